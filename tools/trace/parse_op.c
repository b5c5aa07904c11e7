// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations: one statement of a task or a preamble, read along the verb table.
 *
 * Invariants: an operation enters ops[] only when all of it was understood; p->block[] mirrors
 * the braces that are open, including those of an opener that was in error, so that one mistake
 * gives one message.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

/* One operation while it is read. */
struct draft {
	const struct trace_verb_info *info;
	struct trace_op op;
	struct trace_loc loc;
	struct trace_arg arg[TRACE_PARAMS_MAX + 4];
	struct trace_loc arg_loc[TRACE_PARAMS_MAX + 4];
	u8 type[TRACE_PARAMS_MAX + 4];
	const char *name[TRACE_PARAMS_MAX + 4]; /* of a reference to resolve later */
	bool makes[TRACE_PARAMS_MAX + 4];
};

static const struct trace_param common[] = {
	{TRACE_ARG_EXPECT, TRACE_T_EXPECT, TRACE_OPT, false},
	{TRACE_ARG_FAIL, TRACE_T_FAIL, TRACE_OPT, false},
};

static bool is_control(const struct trace_verb_info *info)
{
	return info >= &trace_verbs[TRACE_OP_SLEEP];
}

static bool at_end(const struct trace_parser *p)
{
	return p->lex.tok.kind == TRACE_TOK_EOL || trace_is_punct(p, ';') ||
	       trace_is_punct(p, '{') || trace_is_punct(p, '}');
}

static const struct trace_arg *arg_of(const struct draft *d, u8 id)
{
	for (u32 i = 0; i < d->op.n_args; i++)
		if (d->arg[i].id == id)
			return &d->arg[i];
	return NULL;
}

static bool has_arg(const struct draft *d, u8 id)
{
	return arg_of(d, id);
}

static enum trace_ns_id ns_of(enum trace_type type)
{
	switch (type) {
	case TRACE_T_SIGNAL:
		return TRACE_NS_SIGNAL;
	case TRACE_T_LOCK:
		return TRACE_NS_LOCK;
	case TRACE_T_BARRIER:
		return TRACE_NS_BARRIER;
	case TRACE_T_PIN:
		return TRACE_NS_PIN;
	case TRACE_T_MAPPING:
		return TRACE_NS_MAPPING;
	default:
		return TRACE_NS_WORD;
	}
}

static bool take_name_arg(struct trace_parser *p, const struct trace_param *param,
			  struct trace_arg *arg, struct trace_loc loc, bool seamcall)
{
	enum trace_ns_id ns = ns_of(param->type);
	const struct trace_token *tok = &p->lex.tok;

	if (tok->kind != TRACE_TOK_WORD)
		return trace_err_expected(p, p->ns[ns].what);
	if (tok->len > TRACE_NAME_MAX)
		return trace_err(p, loc, NULL, "a name is longer than %u bytes", TRACE_NAME_MAX);
	arg->kind = TRACE_K_NAME;
	arg->index = trace_ns_index(p, ns, tok->s, tok->len, loc, param->makes);
	if (seamcall && !trace_check_name(p, TRACE_NAMES_SEAMCALL, "SEAMCALL",
					  p->t->words[arg->index], loc))
		return false;
	trace_lex_next(&p->lex);
	return true;
}

/* The value of one argument, by its type. */
static bool take_arg(struct trace_parser *p, struct draft *d, const struct trace_param *param)
{
	const struct trace_words *words = trace_type_words(param->type);
	u32 i = d->op.n_args;
	struct trace_arg *arg = &d->arg[i];

	d->arg_loc[i] = trace_here(p);
	if (has_arg(d, param->id))
		return trace_err(p, d->arg_loc[i], NULL, "'%s' is given twice",
				 trace_words_param.v[param->id]);
	*arg = (struct trace_arg){.id = param->id};
	d->type[i] = param->type;
	d->makes[i] = param->makes;
	d->name[i] = NULL;
	d->op.n_args++;
	if (words) {
		arg->kind = TRACE_K_WORD;
		return trace_take_word(p, words, &arg->value);
	}
	switch (param->type) {
	case TRACE_T_GMEM:
	case TRACE_T_VM:
	case TRACE_T_PREAMBLE:
		arg->kind = TRACE_K_NAME;
		d->name[i] = trace_take_name(p, param->type == TRACE_T_GMEM ? "a file" :
						param->type == TRACE_T_VM   ? "a VM" :
									      "a preamble");
		return d->name[i];
	case TRACE_T_SIGNAL:
	case TRACE_T_LOCK:
	case TRACE_T_BARRIER:
	case TRACE_T_PIN:
	case TRACE_T_MAPPING:
	case TRACE_T_WORD:
		return take_name_arg(p, param, arg, d->arg_loc[i],
				     d->op.verb == TRACE_OP_SEAMCALL);
	case TRACE_T_FLAG:
		arg->kind = TRACE_K_FLAG;
		trace_lex_next(&p->lex);
		return true;
	case TRACE_T_COND:
		arg->kind = TRACE_K_COND;
		return trace_take_cond(p, true, &arg->index);
	case TRACE_T_FAIL:
		return trace_take_fail(p, arg);
	case TRACE_T_EXPECT:
		return trace_take_expect(p, arg);
	default:
		return trace_take_value(p, param->type, arg);
	}
}

static const struct trace_param *find_param(const struct trace_verb_info *info, const char *s,
					    u32 len, bool flag)
{
	for (u32 i = 0; i < info->n_params + ARRAY_SIZE(common); i++) {
		const struct trace_param *param =
			i < info->n_params ? &info->params[i] : &common[i - info->n_params];
		const char *name = trace_words_param.v[param->id];

		if (i >= info->n_params && is_control(info))
			break;
		if ((param->type == TRACE_T_FLAG) != flag)
			continue;
		if (!strncmp(name, s, len) && !name[len])
			return param;
	}
	return NULL;
}

static bool err_param(struct trace_parser *p, const struct trace_verb_info *info)
{
	const struct trace_token *tok = &p->lex.tok;
	struct trace_suggest near;
	char what[64];

	trace_suggest_init(&near, tok->s, tok->len);
	for (u32 i = 0; i < info->n_params; i++)
		trace_suggest_offer(&near, trace_words_param.v[info->params[i].id]);
	if (!is_control(info)) {
		trace_suggest_offer(&near, "expect");
		trace_suggest_offer(&near, "fail");
	}
	snprintf(what, sizeof(what), "argument of '%s':", info->name);
	return trace_err_unknown(p, trace_here(p), what, tok->s, tok->len, &near);
}

static bool err_usage(struct trace_parser *p, struct trace_loc loc,
		      const struct trace_verb_info *info, const char *what)
{
	char usage[TRACE_USAGE_MAX], hint[TRACE_USAGE_MAX + 8];

	snprintf(hint, sizeof(hint), "write: %s", trace_verb_usage(info - trace_verbs, usage));
	return trace_err(p, loc, hint, "'%s' %s", info->name, what);
}

/* The next positional parameter that has not been given. */
static const struct trace_param *next_positional(const struct draft *d)
{
	for (u32 i = 0; i < d->info->n_params; i++) {
		const struct trace_param *param = &d->info->params[i];

		if (param->place <= TRACE_OPT_POS && !has_arg(d, param->id))
			return param;
	}
	return NULL;
}

static bool take_args(struct trace_parser *p, struct draft *d)
{
	const struct trace_param *param;

	while (!at_end(p)) {
		const struct trace_token *tok = &p->lex.tok;

		if (tok->kind == TRACE_TOK_WORD && trace_lex_peek(&p->lex) == '=') {
			param = find_param(d->info, tok->s, tok->len, false);
			if (!param)
				return err_param(p, d->info);
			trace_lex_next(&p->lex);
			trace_lex_next(&p->lex);
		} else {
			param = NULL;
			if (tok->kind == TRACE_TOK_WORD)
				param = find_param(d->info, tok->s, tok->len, true);
			if (!param)
				param = next_positional(d);
			if (!param && tok->kind == TRACE_TOK_WORD)
				return err_param(p, d->info);
			if (tok->kind == TRACE_TOK_BAD)
				return trace_err_expected(p, "an argument");
			if (!param)
				return err_usage(p, trace_here(p), d->info,
						 "has no room for this argument");
		}
		if (!take_arg(p, d, param))
			return false;
	}
	return true;
}

static bool args_complete(struct trace_parser *p, struct draft *d)
{
	char what[64];

	for (u32 i = 0; i < d->info->n_params; i++) {
		const struct trace_param *param = &d->info->params[i];

		if ((param->place == TRACE_POS || param->place == TRACE_NAMED) &&
		    !has_arg(d, param->id)) {
			snprintf(what, sizeof(what), "needs '%s'", trace_words_param.v[param->id]);
			return err_usage(p, d->loc, d->info, what);
		}
	}
	switch (d->op.verb) {
	case TRACE_OP_SPIN:
	case TRACE_OP_HALT:
		if (!has_arg(d, TRACE_ARG_TIME) && !has_arg(d, TRACE_ARG_UNTIL))
			return err_usage(p, d->loc, d->info, "needs a time or until=");
		return true;
	case TRACE_OP_REPEAT:
		if (!has_arg(d, TRACE_ARG_COUNT) && !has_arg(d, TRACE_ARG_UNTIL))
			return err_usage(p, d->loc, d->info, "needs a number or until=");
		return true;
	default:
		return true;
	}
}

/* What no modelled call could be asked: these never reach the kernel. */
static bool args_sane(struct trace_parser *p, const struct draft *d)
{
	bool memory = d->op.verb == TRACE_OP_TOUCH || d->op.verb == TRACE_OP_ACCESS;

	for (u32 i = 0; i < d->op.n_args; i++) {
		const struct trace_arg *arg = &d->arg[i];

		if (arg->kind != TRACE_K_CONST)
			continue;
		if (memory && arg->id == TRACE_ARG_LEN && !arg->value)
			return trace_err(p, d->arg_loc[i], NULL, "'%s' of no bytes", d->info->name);
		if (memory && arg->id == TRACE_ARG_VALUE && arg->value > 255)
			return trace_err(p, d->arg_loc[i], NULL, "a byte is at most 255");
		if (arg->id == TRACE_ARG_STEP && !arg->value)
			return trace_err(p, d->arg_loc[i], NULL, "a step of 0");
		if (arg->id == TRACE_ARG_COUNT && arg->value > TRACE_REPEAT_MAX)
			return trace_err(p, d->arg_loc[i], NULL, "more than %llu rounds",
					 TRACE_REPEAT_MAX);
	}
	return true;
}

/* ---- storing --------------------------------------------------------------- */

static void sort_args(struct draft *d)
{
	for (u32 i = 1; i < d->op.n_args; i++) {
		for (u32 j = i; j && d->arg[j].id < d->arg[j - 1].id; j--) {
			struct trace_arg arg = d->arg[j];
			struct trace_loc loc = d->arg_loc[j];
			const char *name = d->name[j];
			u8 type = d->type[j];
			bool makes = d->makes[j];

			d->arg[j] = d->arg[j - 1], d->arg[j - 1] = arg;
			d->arg_loc[j] = d->arg_loc[j - 1], d->arg_loc[j - 1] = loc;
			d->name[j] = d->name[j - 1], d->name[j - 1] = name;
			d->type[j] = d->type[j - 1], d->type[j - 1] = type;
			d->makes[j] = d->makes[j - 1], d->makes[j - 1] = makes;
		}
	}
}

static bool store(struct trace_parser *p, struct draft *d)
{
	struct trace *t = p->t;

	if (t->n_ops == TRACE_OPS_MAX) {
		p->stop = true;
		return trace_err(p, d->loc, NULL, "more than %u operations", TRACE_OPS_MAX);
	}
	sort_args(d);
	d->op.first_arg = t->n_args;
	d->op.line = d->loc.line;
	d->op.col = min(d->loc.col, 0xffffu);
	for (u32 i = 0; i < d->op.n_args; i++) {
		if (d->name[i]) {
			struct trace_fixup fix = {
				.type = d->type[i],
				.makes = d->makes[i],
				.target = t->n_args,
				.task = p->section.kind == TRACE_SEC_TASK ? p->section.index :
									    TRACE_NONE,
				.name = d->name[i],
				.loc = d->arg_loc[i],
			};

			trace_push(p->fixups, p->n_fixups, fix);
		}
		trace_push(t->args, t->n_args, d->arg[i]);
	}
	trace_push(t->ops, t->n_ops, d->op);
	return true;
}

/* ---- blocks ---------------------------------------------------------------- */

static bool open_block(struct trace_parser *p, u32 op, const char *var, u64 rounds,
		       struct trace_loc loc)
{
	struct trace_block *b = &p->block[p->depth];

	if (p->depth == TRACE_DEPTH_MAX) {
		p->stop = true;
		return trace_err(p, loc, NULL, "blocks are nested deeper than %u", TRACE_DEPTH_MAX);
	}
	if (rounds && p->depth && p->block[p->depth - 1].rounds > TRACE_ROUNDS_MAX / rounds)
		trace_err(p, loc, NULL, "nested blocks come to more than %llu rounds",
			  TRACE_ROUNDS_MAX);
	else if (p->depth)
		rounds *= p->block[p->depth - 1].rounds;
	*b = (struct trace_block){.op = op, .var = var, .rounds = rounds ? rounds : 1, .loc = loc};
	p->depth++;
	return true;
}

static void close_block(struct trace_parser *p)
{
	struct draft d = {.info = &trace_verbs[TRACE_OP_END],
			  .loc = trace_here(p),
			  .op = {.verb = TRACE_OP_END}};
	struct trace_block *b;

	trace_lex_next(&p->lex);
	if (!p->depth) {
		trace_err(p, d.loc, NULL, "'}' closes nothing");
		return;
	}
	b = &p->block[--p->depth];
	d.op.match = b->op;
	if (b->op != TRACE_NONE) {
		if (p->t->n_ops == b->op + 1)
			trace_err(p, d.loc, NULL, "a block without an operation");
		p->t->ops[b->op].match = p->t->n_ops;
	}
	store(p, &d);
}

/* VAR in A..B; the rest of 'for' is ordinary arguments. */
static const char *take_for(struct trace_parser *p, struct draft *d)
{
	static const struct trace_param from = {TRACE_ARG_FROM, TRACE_T_BOUND},
					to = {TRACE_ARG_TO, TRACE_T_BOUND};
	struct trace_loc loc = trace_here(p);
	const char *var = trace_take_name(p, "a variable");
	u32 nth = 1;

	if (!var)
		return NULL;
	if (!strcmp(var, "self") || !strcmp(var, "rand") || strpbrk(var, ".:->")) {
		trace_err(p, loc, NULL, "'%s' cannot be the name of a variable", var);
		return NULL;
	}
	for (u32 i = 0; i < p->depth; i++) {
		if (!p->block[i].var)
			continue;
		nth++;
		if (!strcmp(p->block[i].var, var)) {
			trace_err(p, loc, NULL, "variable '%s' is in use already", var);
			return NULL;
		}
	}
	d->arg[d->op.n_args] = (struct trace_arg){
		.id = TRACE_ARG_VAR,
		.kind = TRACE_K_NAME,
		.value = nth,
		.index = trace_ns_index(p, TRACE_NS_WORD, var, strlen(var), loc, true),
	};
	d->op.n_args++;
	if (!trace_is_word(p, "in")) {
		trace_err_expected(p, "'in'");
		return NULL;
	}
	trace_lex_next(&p->lex);
	if (!take_arg(p, d, &from) || !trace_take_punct(p, TRACE_P_DOTDOT) || !take_arg(p, d, &to))
		return NULL;
	if (arg_of(d, TRACE_ARG_FROM)->value > arg_of(d, TRACE_ARG_TO)->value) {
		trace_err(p, loc, NULL, "the range runs backwards");
		return NULL;
	}
	return var;
}

static bool take_block(struct trace_parser *p, struct draft *d, const char *var)
{
	const struct trace_arg *count = arg_of(d, TRACE_ARG_COUNT), *step;
	u64 rounds = count ? count->value : 1;

	if (var) {
		step = arg_of(d, TRACE_ARG_STEP);
		rounds = (arg_of(d, TRACE_ARG_TO)->value - arg_of(d, TRACE_ARG_FROM)->value) /
			 (step ? step->value : 1);
		if (rounds >= TRACE_REPEAT_MAX)
			return trace_err(p, d->loc, NULL, "more than %llu rounds",
					 TRACE_REPEAT_MAX);
		rounds++;
	}
	if (!trace_is_punct(p, '{'))
		return trace_err_expected(p, "'{'");
	if (!store(p, d) || !open_block(p, p->t->n_ops - 1, var, rounds, d->loc))
		return false;
	trace_lex_next(&p->lex);
	return true;
}

/* ---- one statement ---------------------------------------------------------- */

static bool take_prefix(struct trace_parser *p, struct draft *d)
{
	static const struct trace_param at = {TRACE_ARG_AT, TRACE_T_TIME},
					after = {TRACE_ARG_AFTER, TRACE_T_TIME};
	bool is_at = trace_is_word(p, "at");

	if (!is_at && !trace_is_word(p, "after"))
		return true;
	trace_lex_next(&p->lex);
	if (!take_arg(p, d, is_at ? &at : &after))
		return false;
	if (trace_is_word(p, "at") || trace_is_word(p, "after"))
		return trace_err(p, trace_here(p), NULL, "an operation has one 'at' or 'after'");
	return true;
}

static bool take_verb(struct trace_parser *p, struct draft *d)
{
	const struct trace_token *tok = &p->lex.tok;
	struct trace_suggest near;
	char quoted[TRACE_QUOTE_MAX];
	int verb;

	d->loc = trace_here(p);
	if (tok->kind != TRACE_TOK_WORD)
		return trace_err_expected(p, "a verb");
	verb = trace_verb_find(tok->s, tok->len);
	if (verb < 0) {
		trace_suggest_init(&near, tok->s, tok->len);
		for (u32 i = 0; i < TRACE_OP_END; i++)
			trace_suggest_offer(&near, trace_verbs[i].name);
		return trace_err_unknown(p, d->loc, "verb", tok->s, tok->len, &near);
	}
	d->info = &trace_verbs[verb];
	d->op.verb = verb;
	if (!(d->info->actors & p->actors)) {
		for (u32 i = 0; i < TRACE_ACTOR_NR; i++)
			if (p->actors & BIT(i))
				return trace_err(p, d->loc, NULL, "%s is not for a %s task",
						 trace_quote(quoted, tok->s, tok->len),
						 trace_actor_name(i));
		return trace_err(p, d->loc, NULL, "%s: no kind of task can do all of this preamble",
				 trace_quote(quoted, tok->s, tok->len));
	}
	if (p->section.kind == TRACE_SEC_PREAMBLE)
		p->actors &= d->info->actors;
	trace_lex_next(&p->lex);
	return true;
}

static bool take_op(struct trace_parser *p)
{
	struct draft d = {.op = {.match = TRACE_NONE}};
	const char *var = NULL;

	if (!take_prefix(p, &d) || !take_verb(p, &d))
		return false;
	if (d.op.verb == TRACE_OP_FOR) {
		var = take_for(p, &d);
		if (!var)
			return false;
	}
	if (!take_args(p, &d) || !args_complete(p, &d) || !args_sane(p, &d))
		return false;
	if (d.op.verb == TRACE_OP_REPEAT || d.op.verb == TRACE_OP_FOR)
		return take_block(p, &d, var);
	if (trace_is_punct(p, '{'))
		return trace_err(p, trace_here(p), NULL, "'%s' opens no block", d.info->name);
	return store(p, &d);
}

/* Go to the end of a line in error, keeping count of its braces. */
void trace_skip_line(struct trace_parser *p)
{
	bool task = p->section.kind == TRACE_SEC_TASK || p->section.kind == TRACE_SEC_PREAMBLE;

	for (; p->lex.tok.kind != TRACE_TOK_EOL; trace_lex_next(&p->lex)) {
		if (p->stop || !task)
			continue;
		if (trace_is_punct(p, '{'))
			open_block(p, TRACE_NONE, NULL, 1, trace_here(p));
		else if (trace_is_punct(p, '}') && p->depth)
			p->depth--;
	}
}

void trace_parse_op(struct trace_parser *p)
{
	trace_note_item(p, TRACE_ITEM_OP(p->t->n_ops - p->first_op));
	if (trace_is_punct(p, '}')) {
		close_block(p);
	} else {
		u32 depth = p->depth;

		if (!take_op(p)) {
			trace_skip_line(p);
			return;
		}
		if (p->depth > depth)
			return;
	}
	if (trace_is_punct(p, ';')) {
		trace_lex_next(&p->lex);
	} else if (p->lex.tok.kind != TRACE_TOK_EOL && !trace_is_punct(p, '}')) {
		trace_err_expected(p, "the end of the operation (a new line or ';')");
		trace_skip_line(p);
	}
}
