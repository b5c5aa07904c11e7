// SPDX-License-Identifier: GPL-2.0-only
/*
 * The canonical form of operations, values and conditions.
 *
 * Invariant: what is printed parses to the same values; among the ways to write a value the one
 * chosen depends on the value and its type alone.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

#define LINE_COLUMNS 100

static void print_scaled(GString *out, u64 v, u64 radix, const char *const *units, u32 n_units)
{
	u32 u = 0;

	while (v && u + 1 < n_units && v % radix == 0) {
		v /= radix;
		u++;
	}
	g_string_append_printf(out, "%" PRIu64 "%s", v, units[u]);
}

void trace_print_number(GString *out, enum trace_type type, u64 v)
{
	static const char *const sizes[] = {"", "K", "M", "G", "T"};
	static const char *const times[] = {"ns", "us", "ms", "s"};

	switch (type) {
	case TRACE_T_TIME:
		print_scaled(out, v, 1000, times, ARRAY_SIZE(times));
		break;
	case TRACE_T_ADDR:
		if (v % (1u << 20))
			g_string_append_printf(out, "0x%" PRIx64, v);
		else
			print_scaled(out, v, 1024, sizes, ARRAY_SIZE(sizes));
		break;
	case TRACE_T_BOUND:
		if (v % 4096)
			g_string_append_printf(out, "%" PRIu64, v);
		else
			print_scaled(out, v, 1024, sizes, ARRAY_SIZE(sizes));
		break;
	case TRACE_T_SIZE:
	case TRACE_T_PAGE_SIZE:
		print_scaled(out, v, 1024, sizes, ARRAY_SIZE(sizes));
		break;
	case TRACE_T_HEX:
		g_string_append_printf(out, "0x%" PRIx64, v);
		break;
	default:
		g_string_append_printf(out, "%" PRIu64, v);
	}
}

static void print_expr(struct trace_printer *pr, enum trace_type type, const struct trace_expr *e)
{
	enum trace_type factor = type == TRACE_T_ADDR ? TRACE_T_SIZE : type;
	u64 step = type == TRACE_T_ADDR || type == TRACE_T_SIZE ? 4096 : 1;
	GString *out = pr->out;
	bool any = true;

	if (e->rand_n) {
		g_string_append(out, "rand(");
		trace_print_number(out, type, e->base);
		g_string_append_c(out, ',');
		trace_print_number(out, type, e->base + e->rand_n * e->rand_step);
		if (e->rand_step != step) {
			g_string_append_c(out, ',');
			trace_print_number(out, factor, e->rand_step);
		}
		g_string_append_c(out, ')');
	} else if (e->base) {
		trace_print_number(out, type, e->base);
	} else {
		any = false;
	}
	for (u32 i = 0; i < 2 && e->scale[i]; i++) {
		if (any)
			g_string_append_c(out, '+');
		g_string_append(out, e->var[i] ? pr->var[e->var[i]] : "self");
		if (e->scale[i] != 1) {
			g_string_append_c(out, '*');
			trace_print_number(out, factor, e->scale[i]);
		}
		any = true;
	}
}

static void print_gmem(struct trace_printer *pr, u32 i)
{
	const struct trace_gmem *g = &pr->t->gmems[i];

	if (pr->t->n_vms > 1)
		g_string_append_printf(pr->out, "%s.", pr->t->vms[g->vm].name);
	g_string_append(pr->out, g->name);
}

static void print_name(struct trace_printer *pr, enum trace_type type, u32 i)
{
	const struct trace *t = pr->t;

	switch (type) {
	case TRACE_T_GMEM:
		print_gmem(pr, i);
		return;
	case TRACE_T_SIGNAL:
		g_string_append(pr->out, t->signals[i]);
		return;
	case TRACE_T_LOCK:
		g_string_append(pr->out, t->locks[i]);
		return;
	case TRACE_T_BARRIER:
		g_string_append(pr->out, t->barriers[i]);
		return;
	case TRACE_T_PIN:
		g_string_append(pr->out, t->pins[i]);
		return;
	case TRACE_T_MAPPING:
		g_string_append(pr->out, t->mappings[i]);
		return;
	case TRACE_T_VM:
		g_string_append(pr->out, t->vms[i].name);
		return;
	case TRACE_T_PREAMBLE:
		g_string_append(pr->out, t->preambles[i].name);
		return;
	default:
		g_string_append(pr->out, t->words[i]);
	}
}

/* ---- results ---------------------------------------------------------------------- */

static void print_alt(struct trace_printer *pr, const struct trace_expect *x)
{
	const struct trace *t = pr->t;
	GString *out = pr->out;
	bool paren = x->outcome == TRACE_OUT_EXIT && x->n_fields;

	switch (x->outcome) {
	case TRACE_OUT_OK:
		g_string_append(out, "ok");
		break;
	case TRACE_OUT_SIGBUS:
		g_string_append(out, "sigbus");
		break;
	case TRACE_OUT_SIGSEGV:
		g_string_append(out, "sigsegv");
		break;
	case TRACE_OUT_ERRNO:
		g_string_append(out, trace_errno_name(x->value));
		break;
	case TRACE_OUT_BYTES:
		g_string_append_printf(out, "bytes:0x%02" PRIx64, x->value);
		break;
	case TRACE_OUT_STATUS:
		g_string_append(out, t->words[x->value]);
		break;
	case TRACE_OUT_EXIT:
		g_string_append_printf(out, "exit:%s", trace_exit_name(x->value));
		break;
	}
	for (u32 i = 0; i < x->n_fields; i++) {
		const struct trace_field *f = &t->fields[x->first_field + i];

		if (i || x->outcome != TRACE_OUT_ANY)
			g_string_append_c(out, paren && !i ? '(' : ',');
		g_string_append_printf(out, "%s=", trace_words_field.v[f->id]);
		trace_print_number(out, TRACE_T_BOUND, f->value);
	}
	if (paren)
		g_string_append_c(out, ')');
	for (u32 k = 0; k < TRACE_KERNEL_NR; k++)
		if (x->kernels & BIT(k))
			g_string_append_printf(out, "@%s", trace_kernel_name(k));
}

void trace_print_cond(struct trace_printer *pr, const struct trace_cond *c, bool always_quant)
{
	static const char *const cmps[] = {"", " > ", " >= ", " < ", " <= ", " == ", " != "};
	const struct trace_pred_info *info = &trace_preds[c->pred];
	const struct trace *t = pr->t;
	GString *out = pr->out;
	char name[TRACE_NAME_MAX + 12];

	if (c->quant == TRACE_NEVER)
		g_string_append(out, "never ");
	else if (always_quant)
		g_string_append(out, "exists ");
	g_string_append_printf(out, "%s(", trace_pred_name(c->pred));
	if (info->args == TRACE_PA_LOCK) {
		g_string_append(out, t->lock_classes[c->subject]);
	} else if (info->args == TRACE_PA_SEAMCALL) {
		g_string_append(out, t->words[c->subject]);
	} else if (info->args == TRACE_PA_TASK) {
		if (c->subject != TRACE_NONE)
			g_string_append(out,
					trace_task_name(&t->tasks[c->subject], c->instance, name));
		else
			g_string_append(out, c->instance == TRACE_NONE ?
						     "any" :
						     trace_actor_name(c->instance));
	} else if (info->args != TRACE_PA_NONE) {
		g_string_append(out, t->vms[c->subject].name);
		if (c->instance != TRACE_NONE)
			g_string_append_printf(out, ".%s", t->gmems[c->instance].name);
	}
	if (info->args == TRACE_PA_VM_ADDR) {
		g_string_append(out, ", ");
		trace_print_number(out, TRACE_T_ADDR, c->addr);
	}
	g_string_append_printf(out, ")%s", cmps[c->cmp]);
	if (c->cmp)
		trace_print_number(out, info->yield, c->value);
}

/* ---- one operation ------------------------------------------------------------------ */

static void print_arg(struct trace_printer *pr, enum trace_type type, const struct trace_arg *arg)
{
	const struct trace *t = pr->t;

	switch (arg->kind) {
	case TRACE_K_CONST:
		trace_print_number(pr->out, type, arg->value);
		break;
	case TRACE_K_EXPR:
		print_expr(pr, type, &t->exprs[arg->index]);
		break;
	case TRACE_K_WORD:
		g_string_append(pr->out, trace_type_words(type)->v[arg->value]);
		break;
	case TRACE_K_NAME:
		print_name(pr, type, arg->index);
		break;
	case TRACE_K_FLAG:
		g_string_append(pr->out, trace_words_param.v[arg->id]);
		break;
	case TRACE_K_COND:
		trace_print_cond(pr, &t->conds[arg->index], false);
		break;
	case TRACE_K_FAILPOINT:
		g_string_append(pr->out, t->fail_points[arg->index]);
		if (arg->value != 1)
			g_string_append_printf(pr->out, ":%" PRIu64, arg->value);
		if (arg->kernels)
			g_string_append_printf(pr->out, "@%s",
					       trace_words_kernel.v[__builtin_ctz(arg->kernels)]);
		break;
	case TRACE_K_ALTS:
		for (u32 i = 0; i < arg->value; i++) {
			if (i)
				g_string_append_c(pr->out, '|');
			print_alt(pr, &t->expects[arg->index + i]);
		}
		break;
	}
}

static void print_common(struct trace_printer *pr, const struct trace_op *op, enum trace_arg_id id,
			 enum trace_type type, const char *before)
{
	const struct trace_arg *arg = trace_op_arg(pr->t, op, id);

	if (!arg)
		return;
	g_string_append(pr->out, before);
	print_arg(pr, type, arg);
	if (id <= TRACE_ARG_AFTER)
		g_string_append_c(pr->out, ' ');
}

void trace_print_op(struct trace_printer *pr, const struct trace_op *op)
{
	const struct trace_verb_info *info = &trace_verbs[op->verb];

	print_common(pr, op, TRACE_ARG_AT, TRACE_T_TIME, "at ");
	print_common(pr, op, TRACE_ARG_AFTER, TRACE_T_TIME, "after ");
	g_string_append(pr->out, info->name);
	for (u32 i = 0; i < info->n_params; i++) {
		const struct trace_param *param = &info->params[i];
		const struct trace_arg *arg = trace_op_arg(pr->t, op, param->id);

		if (!arg)
			continue;
		if (param->id == TRACE_ARG_TO)
			g_string_append(pr->out, "..");
		else
			g_string_append(pr->out, param->id == TRACE_ARG_FROM ? " in " : " ");
		if (param->place >= TRACE_NAMED && param->type != TRACE_T_FLAG)
			g_string_append_printf(pr->out, "%s=", trace_words_param.v[param->id]);
		print_arg(pr, param->type, arg);
	}
	if (op->verb < TRACE_OP_SLEEP) {
		print_common(pr, op, TRACE_ARG_EXPECT, TRACE_T_EXPECT, " expect=");
		print_common(pr, op, TRACE_ARG_FAIL, TRACE_T_FAIL, " fail=");
	}
}

/* ---- bodies ---------------------------------------------------------------------------- */

static u32 columns(const char *s, size_t len)
{
	u32 n = 0;

	for (size_t i = 0; i < len; i++)
		n = s[i] == '\t' ? (n / 8 + 1) * 8 : n + 1;
	return n;
}

static void enter(struct trace_printer *pr, const struct trace_op *op)
{
	if (op->verb == TRACE_OP_FOR)
		pr->var[++pr->n_vars] = pr->t->words[trace_op_arg(pr->t, op, TRACE_ARG_VAR)->index];
}

static void leave(struct trace_printer *pr, const struct trace_op *op)
{
	if (op->verb == TRACE_OP_FOR)
		pr->n_vars--;
}

/* "repeat 5 { touch private 0 4K }" when that is all there is, and fits. */
static bool print_on_one_line(struct trace_printer *pr, u32 first, u32 i, u32 line_start)
{
	const struct trace_op *op = &pr->t->ops[i];
	u32 item = TRACE_ITEM_OP(i - first);
	size_t len = pr->out->len;

	if (op->match != i + 2 || trace_comment(pr, item, true) ||
	    trace_comment(pr, item + 1, false) || trace_comment(pr, item + 1, true) ||
	    trace_comment(pr, item + 2, false))
		return false;
	enter(pr, op);
	g_string_append_c(pr->out, ' ');
	trace_print_op(pr, op + 1);
	g_string_append(pr->out, " }");
	leave(pr, op);
	if (columns(pr->out->str + line_start, pr->out->len - line_start) <= LINE_COLUMNS)
		return true;
	g_string_truncate(pr->out, len);
	return false;
}

void trace_print_ops(struct trace_printer *pr, u32 first, u32 n)
{
	u32 depth = 0;

	pr->n_vars = 0;
	for (u32 i = first; i < first + n; i++) {
		const struct trace_op *op = &pr->t->ops[i];
		u32 line_start;

		if (op->verb == TRACE_OP_END) {
			depth--;
			leave(pr, &pr->t->ops[op->match]);
		}
		/* what stands above a '}' belongs to the block */
		trace_print_lead(pr, TRACE_ITEM_OP(i - first), depth + (op->verb == TRACE_OP_END),
				 i == first);
		line_start = pr->out->len;
		for (u32 k = 0; k < depth; k++)
			g_string_append_c(pr->out, '\t');
		trace_print_op(pr, op);
		if (op->verb == TRACE_OP_REPEAT || op->verb == TRACE_OP_FOR) {
			g_string_append(pr->out, " {");
			if (print_on_one_line(pr, first, i, line_start)) {
				i = op->match;
			} else {
				enter(pr, op);
				depth++;
			}
		}
		trace_print_end(pr, TRACE_ITEM_OP(i - first));
	}
}

void trace_op_text(const struct trace *t, const struct trace_op *op, char *buf, size_t size)
{
	struct trace_printer pr = {.t = t, .out = g_string_new(NULL)};
	const char *var[1 + TRACE_DEPTH_MAX];
	u32 n = 0;

	/* the blocks around it, from the inside out */
	for (u32 i = op - t->ops; i-- && n < TRACE_DEPTH_MAX;) {
		const struct trace_op *o = &t->ops[i];

		if (o->verb == TRACE_OP_END) {
			i = o->match;
		} else if (o->match != TRACE_NONE && &t->ops[o->match] > op &&
			   o->verb == TRACE_OP_FOR) {
			const struct trace_arg *arg = trace_op_arg(t, o, TRACE_ARG_VAR);

			var[arg->value] = t->words[arg->index];
			pr.var[arg->value] = var[arg->value];
			if (arg->value == 1)
				break;
			n++;
		}
	}
	trace_print_op(&pr, op);
	g_strlcpy(buf, pr.out->str, size);
	g_string_free(pr.out, true);
}

void trace_cond_text(const struct trace *t, const struct trace_cond *cond, char *buf, size_t size)
{
	struct trace_printer pr = {.t = t, .out = g_string_new(NULL)};

	trace_print_cond(&pr, cond, true);
	g_strlcpy(buf, pr.out->str, size);
	g_string_free(pr.out, true);
}

/* ---- usage ------------------------------------------------------------------------------ */

const char *trace_verb_usage(enum trace_verb verb, char buf[TRACE_USAGE_MAX])
{
	const struct trace_verb_info *info = &trace_verbs[verb];
	g_autoptr(GString) out = g_string_new(info->name);

	for (u32 i = 0; i < info->n_params; i++) {
		const struct trace_param *param = &info->params[i];
		const char *name = trace_words_param.v[param->id];
		bool optional = param->place == TRACE_OPT || param->place == TRACE_OPT_POS;
		g_autofree char *upper = g_ascii_strup(name, -1);

		g_string_append(out, param->id == TRACE_ARG_TO ? ".." : " ");
		if (param->id == TRACE_ARG_FROM)
			g_string_append(out, "in ");
		g_string_append(out, optional ? "[" : "");
		if (param->type == TRACE_T_FLAG)
			g_string_append(out, name);
		else if (param->place >= TRACE_NAMED)
			g_string_append_printf(out, "%s=%s", name, upper);
		else
			g_string_append(out, upper);
		g_string_append(out, optional ? "]" : "");
	}
	if (verb == TRACE_OP_FOR || verb == TRACE_OP_REPEAT)
		g_string_append(out, " { ... }");
	g_strlcpy(buf, out->str, TRACE_USAGE_MAX);
	return buf;
}
