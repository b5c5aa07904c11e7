// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operation or a run should come to: expect=, fail=, conditions.
 *
 *   expect=EAGAIN,error_offset=2M|ok@mainline	alternatives, fields, one kernel each
 *   fail=folio_alloc:2@inplace			the second pass of a fail point, in one kernel
 *   never hold(mapping.invalidate_lock) > 5ms	a condition
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

bool trace_check_name(struct trace_parser *p, enum trace_name_kind kind, const char *what,
		      const char *name, struct trace_loc loc)
{
	struct trace_suggest near;
	const char *known;

	if (!p->names || !p->names->nth(p->names->ctx, kind, 0))
		return true;
	trace_suggest_init(&near, name, strlen(name));
	for (u32 i = 0; (known = p->names->nth(p->names->ctx, kind, i)); i++) {
		if (!strcmp(known, name))
			return true;
		trace_suggest_offer(&near, known);
	}
	return trace_err_unknown(p, loc, what, name, strlen(name), &near);
}

/* ---- expect= -------------------------------------------------------------- */

static bool unknown_outcome(struct trace_parser *p)
{
	struct trace_suggest near;

	trace_suggest_init(&near, p->lex.tok.s, p->lex.tok.len);
	trace_suggest_offer(&near, "ok");
	trace_suggest_offer(&near, "sigbus");
	trace_suggest_offer(&near, "sigsegv");
	trace_suggest_offer(&near, "bytes");
	for (int e = 1; e < 256; e++)
		if (trace_errno_name(e))
			trace_suggest_offer(&near, trace_errno_name(e));
	return trace_err_unknown(p, trace_here(p), "result", p->lex.tok.s, p->lex.tok.len, &near);
}

static bool take_exit(struct trace_parser *p, struct trace_expect *x)
{
	const char *s = p->lex.tok.s + 5;
	u32 len = p->lex.tok.len - 5;
	int v = trace_word_find(&trace_words_exit, s, len);
	struct trace_suggest near;

	if (v < 0) {
		trace_suggest_init(&near, s, len);
		trace_suggest_words(&near, &trace_words_exit);
		return trace_err_unknown(p, trace_here(p), "exit", s, len, &near);
	}
	x->outcome = TRACE_OUT_EXIT;
	x->value = v;
	trace_lex_next(&p->lex);
	return true;
}

/* TDX_OPERAND_BUSY; also what a TDVMCALL answers */
static bool is_status(const struct trace_token *tok)
{
	return (tok->len > 4 && !memcmp(tok->s, "TDX_", 4)) ||
	       (tok->len > 9 && !memcmp(tok->s, "TDVMCALL_", 9));
}

static bool take_status(struct trace_parser *p, struct trace_expect *x)
{
	struct trace_loc loc = trace_here(p);
	const char *name = trace_take_name(p, "a status");

	if (!name || !trace_check_name(p, TRACE_NAMES_STATUS, "status", name, loc))
		return false;
	x->outcome = TRACE_OUT_STATUS;
	x->value = trace_ns_index(p, TRACE_NS_WORD, name, strlen(name), loc, true);
	return true;
}

static bool take_outcome(struct trace_parser *p, struct trace_expect *x)
{
	static const char *const words[] = {[TRACE_OUT_OK] = "ok",
					    [TRACE_OUT_SIGBUS] = "sigbus",
					    [TRACE_OUT_SIGSEGV] = "sigsegv"};
	const struct trace_token *tok = &p->lex.tok;
	int e;

	if (tok->kind != TRACE_TOK_WORD)
		return trace_err_expected(p, "a result such as ok or EAGAIN");
	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i] && trace_is_word(p, words[i])) {
			x->outcome = i;
			trace_lex_next(&p->lex);
			return true;
		}
	}
	if (trace_is_word(p, "bytes")) {
		trace_lex_next(&p->lex);
		x->outcome = TRACE_OUT_BYTES;
		if (!trace_take_punct(p, ':'))
			return false;
		if (p->lex.tok.kind == TRACE_TOK_NUMBER) {
			struct trace_loc loc = trace_here(p);

			if (!trace_take_number(p, TRACE_T_HEX, &x->value))
				return false;
			return x->value <= 255 || trace_err(p, loc, NULL, "a byte is at most 255");
		}
		return trace_err_expected(p, "a byte");
	}
	if (tok->len > 5 && !memcmp(tok->s, "exit:", 5))
		return take_exit(p, x);
	if (is_status(tok))
		return take_status(p, x);
	e = trace_errno_find(tok->s, tok->len);
	if (e < 0)
		return unknown_outcome(p);
	x->outcome = TRACE_OUT_ERRNO;
	x->value = e;
	trace_lex_next(&p->lex);
	return true;
}

static bool field_follows(const struct trace_parser *p)
{
	return p->lex.tok.kind == TRACE_TOK_WORD && trace_lex_peek(&p->lex) == '=';
}

static bool take_field(struct trace_parser *p, struct trace_expect *x)
{
	struct trace_loc loc = trace_here(p);
	struct trace_field f = {0};
	u64 id;

	if (!trace_take_word(p, &trace_words_field, &id) || !trace_take_punct(p, '='))
		return false;
	f.id = id;
	if (!trace_take_number(p, TRACE_T_BOUND, &f.value))
		return false;
	for (u32 i = 0; i < x->n_fields; i++)
		if (p->t->fields[x->first_field + i].id == id)
			return trace_err(p, loc, NULL, "field '%s' is stated twice",
					 trace_words_field.v[id]);
	x->n_fields++;
	trace_push(p->t->fields, p->t->n_fields, f);
	return true;
}

static bool take_fields(struct trace_parser *p, struct trace_expect *x)
{
	x->first_field = p->t->n_fields;
	if (field_follows(p)) {
		if (!take_field(p, x))
			return false;
	} else {
		if (!take_outcome(p, x))
			return false;
		if (trace_is_punct(p, '(')) {
			do {
				trace_lex_next(&p->lex);
				if (!take_field(p, x))
					return false;
			} while (trace_is_punct(p, ','));
			if (!trace_take_punct(p, ')'))
				return false;
		}
	}
	while (trace_is_punct(p, ',')) {
		trace_lex_next(&p->lex);
		if (!take_field(p, x))
			return false;
	}
	return true;
}

bool trace_take_expect(struct trace_parser *p, struct trace_arg *arg)
{
	struct trace_expect alts[TRACE_ALTS_MAX];
	u32 n = 0;

	for (;;) {
		struct trace_expect x = {0};
		u64 kernel;

		if (n == TRACE_ALTS_MAX)
			return trace_err(p, trace_here(p), NULL, "more than %u alternatives",
					 TRACE_ALTS_MAX);
		if (!take_fields(p, &x))
			return false;
		if (trace_is_punct(p, '@')) {
			trace_lex_next(&p->lex);
			if (!trace_take_word(p, &trace_words_kernel, &kernel))
				return false;
			x.kernels = BIT(kernel);
		}
		alts[n++] = x;
		if (!trace_is_punct(p, '|'))
			break;
		trace_lex_next(&p->lex);
	}
	arg->kind = TRACE_K_ALTS;
	arg->index = p->t->n_expects;
	arg->value = n;
	for (u32 i = 0; i < n; i++)
		trace_push(p->t->expects, p->t->n_expects, alts[i]);
	return true;
}

/* ---- fail= ---------------------------------------------------------------- */

static bool take_fail_point(struct trace_parser *p, struct trace_arg *arg)
{
	struct trace_loc loc = trace_here(p), nth_loc;
	const char *name = trace_take_name(p, "a fail point");

	if (!name || !trace_check_name(p, TRACE_NAMES_FAIL, "fail point", name, loc))
		return false;
	arg->kind = TRACE_K_FAILPOINT;
	arg->index = trace_ns_index(p, TRACE_NS_FAIL, name, strlen(name), loc, true);
	arg->value = 1;
	if (!trace_is_punct(p, ':'))
		return true;
	trace_lex_next(&p->lex);
	nth_loc = trace_here(p);
	if (!trace_take_number(p, TRACE_T_COUNT, &arg->value))
		return false;
	if (!arg->value || arg->value > UINT32_MAX)
		return trace_err(p, nth_loc, NULL, "passes of a fail point count from 1 to 2^32-1");
	return true;
}

bool trace_take_fail(struct trace_parser *p, struct trace_arg *arg)
{
	u64 kernel;

	if (!take_fail_point(p, arg))
		return false;
	if (!trace_is_punct(p, '@'))
		return true;
	trace_lex_next(&p->lex);
	if (!trace_take_word(p, &trace_words_kernel, &kernel))
		return false;
	arg->kernels = (u8)BIT(kernel);
	return true;
}

/* ---- conditions ------------------------------------------------------------ */

static bool take_subject(struct trace_parser *p, struct trace_cond *c, const char **name,
			 struct trace_loc *loc)
{
	u8 args = trace_preds[c->pred].args;

	*name = NULL;
	*loc = trace_here(p);
	if (args == TRACE_PA_NONE)
		return true;
	*name = trace_take_name(p, args == TRACE_PA_TASK ? "a task" :
				   args == TRACE_PA_LOCK ? "a lock class" :
				   args == TRACE_PA_SEAMCALL ? "a SEAMCALL" :
							   "a VM or its file");
	if (!*name)
		return false;
	if (args == TRACE_PA_LOCK) {
		if (!trace_check_name(p, TRACE_NAMES_LOCK_CLASS, "lock class", *name, *loc))
			return false;
		c->subject =
			trace_ns_index(p, TRACE_NS_LOCK_CLASS, *name, strlen(*name), *loc, true);
	}
	if (args == TRACE_PA_SEAMCALL) {
		if (!trace_check_name(p, TRACE_NAMES_SEAMCALL, "SEAMCALL", *name, *loc))
			return false;
		c->subject = trace_ns_index(p, TRACE_NS_WORD, *name, strlen(*name), *loc, true);
	}
	if (args != TRACE_PA_VM_ADDR)
		return true;
	return trace_take_punct(p, ',') && trace_take_number(p, TRACE_T_ADDR, &c->addr);
}

static bool take_comparison(struct trace_parser *p, struct trace_cond *c)
{
	static const u8 punct[] = {
		[TRACE_GT] = '>',	 [TRACE_GE] = TRACE_P_GE, [TRACE_LT] = '<',
		[TRACE_LE] = TRACE_P_LE, [TRACE_EQ] = TRACE_P_EQ, [TRACE_NE] = TRACE_P_NE2};
	u8 yield = trace_preds[c->pred].yield;

	if (yield == TRACE_T_BOOL)
		return true;
	for (u32 i = 1; i < ARRAY_SIZE(punct); i++) {
		if (trace_is_punct(p, punct[i])) {
			c->cmp = i;
			trace_lex_next(&p->lex);
			return trace_take_number(p, yield, &c->value);
		}
	}
	return trace_err_expected(p, "a comparison such as '> 5ms'");
}

bool trace_take_cond(struct trace_parser *p, bool quant_optional, u32 *index)
{
	struct trace_cond c = {
		.quant = TRACE_EXISTS, .subject = TRACE_NONE, .instance = TRACE_NONE};
	struct trace_fixup fix = {.in = TRACE_FIX_COND};
	u64 pred;

	c.loc = trace_here(p);
	if (trace_is_word(p, "never") || trace_is_word(p, "exists")) {
		c.quant = trace_is_word(p, "never") ? TRACE_NEVER : TRACE_EXISTS;
		trace_lex_next(&p->lex);
	} else if (!quant_optional) {
		return trace_err_expected(p, "'never' or 'exists'");
	}
	if (!trace_take_word(p, &trace_words_pred, &pred) || !trace_take_punct(p, '('))
		return false;
	c.pred = pred;
	if (!take_subject(p, &c, &fix.name, &fix.loc) || !trace_take_punct(p, ')') ||
	    !take_comparison(p, &c))
		return false;
	*index = fix.target = p->t->n_conds;
	trace_push(p->t->conds, p->t->n_conds, c);
	if (fix.name && trace_preds[pred].args != TRACE_PA_LOCK &&
	    trace_preds[pred].args != TRACE_PA_SEAMCALL)
		trace_push(p->fixups, p->n_fixups, fix);
	return true;
}
