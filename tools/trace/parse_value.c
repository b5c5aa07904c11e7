// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values: numbers with units, expressions of loop variables and rand(), words, distributions.
 *
 * Invariant: arithmetic on what the user wrote is done in 128 bits and refused when it does not
 * fit 64; nothing wraps silently. (The value of an expression with a loop variable may wrap at
 * run time: a modelled call must be able to see an offset near 2^64.)
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

typedef unsigned __int128 u128;

enum unit { UNIT_NONE, UNIT_SIZE, UNIT_TIME };

struct number {
	u64 v;
	enum unit unit;
};

static const struct {
	const char *name;
	enum unit unit;
	u64 factor;
} units[] = {
	{"K", UNIT_SIZE, 1ull << 10},	{"M", UNIT_SIZE, 1ull << 20},
	{"G", UNIT_SIZE, 1ull << 30},	{"T", UNIT_SIZE, 1ull << 40},
	{"ns", UNIT_TIME, 1},		{"us", UNIT_TIME, NSEC_PER_US},
	{"ms", UNIT_TIME, NSEC_PER_MS}, {"s", UNIT_TIME, NSEC_PER_SEC},
};

static int digit_of(char c, u32 base)
{
	int d = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

	return d >= 0 && d < (int)base ? d : -1;
}

static bool bad_number(struct trace_parser *p, const char *why)
{
	char quoted[TRACE_QUOTE_MAX];

	return trace_err(p, trace_here(p), NULL, "%s %s",
			 trace_quote(quoted, p->lex.tok.s, p->lex.tok.len), why);
}

static bool find_unit(struct trace_parser *p, const char *s, u32 len, u64 *factor, enum unit *unit)
{
	*factor = 1;
	*unit = UNIT_NONE;
	if (!len)
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) == len && !memcmp(units[i].name, s, len)) {
			*factor = units[i].factor;
			*unit = units[i].unit;
			return true;
		}
	}
	return bad_number(p, "has an unknown unit; sizes are K M G T, times are ns us ms s");
}

/* The number token under the cursor; the cursor stays. */
static bool read_number(struct trace_parser *p, struct number *out)
{
	const char *s = p->lex.tok.s, *end = s + p->lex.tok.len, *digits;
	u32 base = 10;
	u64 factor, parts = 1;
	u128 v = 0;

	if (end - s >= 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	}
	for (digits = s; s < end && digit_of(*s, base) >= 0; s++) {
		v = v * base + digit_of(*s, base);
		if (v > UINT64_MAX)
			return bad_number(p, "does not fit 64 bits");
	}
	if (s == digits)
		return bad_number(p, "has no digits");
	if (s < end && *s == '.') {
		for (s++; s < end && digit_of(*s, 10) >= 0; s++) {
			v = v * 10 + digit_of(*s, 10);
			parts *= 10;
			if (parts > 1000000000)
				return bad_number(p, "has too many digits after the point");
		}
	}
	if (!find_unit(p, s, end - s, &factor, &out->unit))
		return false;
	if (v > (u128)UINT64_MAX << 20)
		return bad_number(p, "does not fit 64 bits");
	v *= factor;
	if (v % parts)
		return bad_number(p, out->unit == UNIT_TIME ? "is finer than 1ns" :
							      "is not a whole number");
	v /= parts;
	if (v > UINT64_MAX)
		return bad_number(p, "does not fit 64 bits");
	out->v = v;
	return true;
}

static const char *type_wants(enum trace_type type)
{
	switch (type) {
	case TRACE_T_ADDR:
		return "an address or offset";
	case TRACE_T_SIZE:
		return "a size";
	case TRACE_T_TIME:
		return "a time";
	case TRACE_T_PAGE_SIZE:
		return "4K, 2M or 1G";
	default:
		return "a number";
	}
}

static bool unit_fits(struct trace_parser *p, enum trace_type type, const struct number *num)
{
	switch (type) {
	case TRACE_T_TIME:
		if (num->unit == UNIT_TIME || (num->unit == UNIT_NONE && num->v == 0))
			return true;
		return bad_number(p, num->unit == UNIT_NONE ?
					     "is a time without a unit: ns us ms s" :
					     "is a size, a time is wanted here");
	case TRACE_T_PAGE_SIZE:
		if (num->v == 4096 || num->v == 2u << 20 || num->v == 1u << 30)
			return true;
		return bad_number(p, "is none of 4K, 2M and 1G");
	case TRACE_T_ADDR:
	case TRACE_T_SIZE:
	case TRACE_T_BOUND:
		if (num->unit != UNIT_TIME)
			return true;
		return bad_number(p, "is a time, a size is wanted here");
	default:
		if (num->unit == UNIT_NONE)
			return true;
		return bad_number(p, "has a unit, a plain number is wanted here");
	}
}

bool trace_take_number(struct trace_parser *p, enum trace_type type, u64 *out)
{
	struct number num = {0};

	if (p->lex.tok.kind != TRACE_TOK_NUMBER)
		return trace_err_expected(p, type_wants(type));
	if (!read_number(p, &num) || !unit_fits(p, type, &num))
		return false;
	*out = num.v;
	trace_lex_next(&p->lex);
	return true;
}

bool trace_take_word(struct trace_parser *p, const struct trace_words *words, u64 *out)
{
	const struct trace_token *tok = &p->lex.tok;
	struct trace_suggest near;
	int v;

	if (tok->kind != TRACE_TOK_WORD)
		return trace_err_expected(p, words->what);
	v = trace_word_find(words, tok->s, tok->len);
	if (v < 0) {
		trace_suggest_init(&near, tok->s, tok->len);
		trace_suggest_words(&near, words);
		return trace_err_unknown(p, trace_here(p), words->what, tok->s, tok->len, &near);
	}
	*out = v;
	trace_lex_next(&p->lex);
	return true;
}

/* ---- expressions -------------------------------------------------------- */

/* The number of a loop variable in scope, or -1. */
static int find_var(struct trace_parser *p, const char *s, u32 len)
{
	int nth = 0, found = -1;

	if (len == 4 && !memcmp(s, "self", 4))
		return 0;
	for (u32 i = 0; i < p->depth; i++) {
		const char *var = p->block[i].var;

		if (!var)
			continue;
		nth++;
		if (strlen(var) == len && !memcmp(var, s, len))
			found = nth;
	}
	return found;
}

static bool take_var(struct trace_parser *p, enum trace_type type, u8 *var)
{
	const struct trace_token *tok = &p->lex.tok;
	struct trace_suggest near;
	int v = find_var(p, tok->s, tok->len);

	if (v < 0) {
		char what[64];

		trace_suggest_init(&near, tok->s, tok->len);
		trace_suggest_offer(&near, "rand");
		trace_suggest_offer(&near, "self");
		for (u32 i = 0; i < p->depth; i++)
			if (p->block[i].var)
				trace_suggest_offer(&near, p->block[i].var);
		snprintf(what, sizeof(what), "variable (%s is wanted here):", type_wants(type));
		return trace_err_unknown(p, trace_here(p), what, tok->s, tok->len, &near);
	}
	*var = v;
	trace_lex_next(&p->lex);
	return true;
}

static bool add_var(struct trace_parser *p, struct trace_expr *e, u8 var, u64 scale,
		    struct trace_loc loc)
{
	u32 i;

	if (!scale)
		return true;
	for (i = 0; i < 2 && e->scale[i]; i++) {
		if (e->var[i] == var) {
			if (__builtin_add_overflow(e->scale[i], scale, &e->scale[i]))
				return trace_err(p, loc, NULL, "factors do not fit 64 bits");
			return true;
		}
	}
	if (i == 2)
		return trace_err(p, loc, NULL, "more than two variables in one expression");
	e->var[i] = var;
	e->scale[i] = scale;
	return true;
}

static u64 default_step(enum trace_type type)
{
	return type == TRACE_T_ADDR || type == TRACE_T_SIZE ? 4096 : 1;
}

/* rand(a, b) or rand(a, b, step): a, a + step, ... below b. */
static bool take_rand(struct trace_parser *p, enum trace_type type, struct trace_expr *e,
		      u128 *base)
{
	struct trace_loc loc = trace_here(p);
	u64 a, b, step = default_step(type);

	trace_lex_next(&p->lex);
	if (!trace_take_punct(p, '(') || !trace_take_number(p, type, &a) ||
	    !trace_take_punct(p, ',') || !trace_take_number(p, type, &b))
		return false;
	if (trace_is_punct(p, ',')) {
		trace_lex_next(&p->lex);
		if (!trace_take_number(p, type, &step))
			return false;
		if (!step)
			return trace_err(p, loc, NULL, "rand() has a step of 0");
	}
	if (!trace_take_punct(p, ')'))
		return false;
	if (a >= b)
		return trace_err(p, loc, NULL, "rand(a,b) needs a < b; b itself is never drawn");
	if (e->rand_n)
		return trace_err(p, loc, NULL, "more than one rand() in one expression");
	e->rand_n = (b - a - 1) / step + 1;
	e->rand_step = step;
	*base += a;
	return true;
}

/* One of: number, number*var, var, var*number, rand(...). */
static bool take_term(struct trace_parser *p, enum trace_type type, struct trace_expr *e,
		      u128 *base)
{
	struct trace_loc loc = trace_here(p);
	u64 scale = 1;
	u8 var;

	if (trace_is_word(p, "rand"))
		return take_rand(p, type, e, base);
	if (p->lex.tok.kind == TRACE_TOK_NUMBER) {
		if (!trace_take_number(p, type, &scale))
			return false;
		if (!trace_is_punct(p, '*')) {
			*base += scale;
			return true;
		}
		trace_lex_next(&p->lex);
		if (p->lex.tok.kind != TRACE_TOK_WORD)
			return trace_err_expected(p, "a variable");
		return take_var(p, type, &var) && add_var(p, e, var, scale, loc);
	}
	if (p->lex.tok.kind != TRACE_TOK_WORD)
		return trace_err_expected(p, type_wants(type));
	if (!take_var(p, type, &var))
		return false;
	if (trace_is_punct(p, '*')) {
		trace_lex_next(&p->lex);
		if (!trace_take_number(p, type, &scale))
			return false;
	}
	return add_var(p, e, var, scale, loc);
}

static void sort_vars(struct trace_expr *e)
{
	if (e->scale[1] && e->var[1] < e->var[0]) {
		u64 scale = e->scale[0];
		u8 var = e->var[0];

		e->scale[0] = e->scale[1];
		e->var[0] = e->var[1];
		e->scale[1] = scale;
		e->var[1] = var;
	}
}

static bool never_expr(enum trace_type type)
{
	return type == TRACE_T_PAGE_SIZE || type == TRACE_T_ROUNDS || type == TRACE_T_BOUND;
}

bool trace_take_value(struct trace_parser *p, enum trace_type type, struct trace_arg *arg)
{
	struct trace_loc loc = trace_here(p);
	struct trace_expr e = {0};
	u128 base = 0, top;

	arg->kind = TRACE_K_CONST;
	arg->index = 0;
	if (never_expr(type))
		return trace_take_number(p, type, &arg->value);
	for (;;) {
		if (!take_term(p, type, &e, &base))
			return false;
		if (!trace_is_punct(p, '+'))
			break;
		trace_lex_next(&p->lex);
	}
	top = base + (u128)e.rand_n * e.rand_step;
	if (top > UINT64_MAX)
		return trace_err(p, loc, NULL, "the value does not fit 64 bits");
	e.base = base;
	arg->value = base;
	if (!e.rand_n && !e.scale[0])
		return true;
	sort_vars(&e);
	arg->kind = TRACE_K_EXPR;
	arg->index = p->t->n_exprs;
	arg->value = 0;
	trace_push(p->t->exprs, p->t->n_exprs, e);
	return true;
}

/* ---- costs --------------------------------------------------------------- */

#define COST_MAX_NS (3600 * NSEC_PER_SEC)

static bool take_cost_part(struct trace_parser *p, const char *name, u64 *out)
{
	if (name) {
		if (!trace_is_word(p, name)) {
			char what[32];

			snprintf(what, sizeof(what), "'%s='", name);
			return trace_err_expected(p, what);
		}
		trace_lex_next(&p->lex);
		if (!trace_take_punct(p, '='))
			return false;
	}
	return trace_take_number(p, TRACE_T_TIME, out);
}

/* 70ns, uniform(1us, 2us), lognormal(median=1us, p99=4us) */
bool trace_take_cost(struct trace_parser *p, struct trace_cost *cost)
{
	struct trace_loc loc = trace_here(p);
	bool lognormal = trace_is_word(p, "lognormal");
	struct trace_suggest near;

	cost->dist = TRACE_DIST_CONST;
	cost->b_ns = 0;
	if (p->lex.tok.kind == TRACE_TOK_WORD) {
		cost->dist = lognormal ? TRACE_DIST_LOGNORMAL : TRACE_DIST_UNIFORM;
		if (!lognormal && !trace_is_word(p, "uniform")) {
			trace_suggest_init(&near, p->lex.tok.s, p->lex.tok.len);
			trace_suggest_offer(&near, "uniform");
			trace_suggest_offer(&near, "lognormal");
			return trace_err_unknown(p, loc, "distribution", p->lex.tok.s,
						 p->lex.tok.len, &near);
		}
		trace_lex_next(&p->lex);
		if (!trace_take_punct(p, '(') ||
		    !take_cost_part(p, lognormal ? "median" : NULL, &cost->a_ns) ||
		    !trace_take_punct(p, ',') ||
		    !take_cost_part(p, lognormal ? "p99" : NULL, &cost->b_ns) ||
		    !trace_take_punct(p, ')'))
			return false;
		if (cost->b_ns < cost->a_ns)
			return trace_err(p, loc, NULL, "the upper value is below the lower one");
		if (lognormal && !cost->a_ns)
			return trace_err(p, loc, NULL, "a lognormal cost has a median above 0");
	} else if (!trace_take_number(p, TRACE_T_TIME, &cost->a_ns)) {
		return false;
	}
	if (cost->a_ns > COST_MAX_NS || cost->b_ns > COST_MAX_NS)
		return trace_err(p, loc, NULL, "a cost above one hour");
	return true;
}
