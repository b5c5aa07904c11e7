// SPDX-License-Identifier: GPL-2.0-only
/*
 * The canonical form of a trace: 'gmemsim fmt'.
 *
 * Sections stay in the order of the file, keys take the order of their table, one on a line;
 * an operation takes a line, a block of one operation too if it fits 100 columns. Comments stay
 * with what they stood above or beside.
 *
 * Invariants: parsing what is printed gives an equal trace; printing that again gives the same
 * bytes.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

#define LINE_COLUMNS 100

/* ---- comments ------------------------------------------------------------------- */

const char *trace_comment(const struct trace_printer *pr, u32 item, bool trailing)
{
	const struct trace_comment *v = pr->t->comments;
	u32 lo = 0, hi = pr->t->n_comments;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		const struct trace_comment *c = &v[mid];
		bool below = c->section != pr->section ? c->section < pr->section :
			     c->item != item	       ? c->item < item :
							 c->trailing < trailing;

		if (below)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == pr->t->n_comments || v[lo].section != pr->section || v[lo].item != item ||
	    v[lo].trailing != trailing)
		return NULL;
	return v[lo].text;
}

static void print_lines(struct trace_printer *pr, const char *text, u32 indent)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	/* splitting "" gives no line; here it is an empty one */
	if (!lines[0])
		g_string_append_c(pr->out, '\n');
	for (u32 i = 0; lines[i]; i++) {
		for (u32 k = 0; lines[i][0] && k < indent; k++)
			g_string_append_c(pr->out, '\t');
		g_string_append_printf(pr->out, "%s\n", lines[i]);
	}
}

void trace_print_lead(struct trace_printer *pr, u32 item, u32 indent, bool first)
{
	const char *text = trace_comment(pr, item, false);

	if (!text)
		return;
	if (first) {
		/* a section does not begin with a blank line */
		if (!text[0])
			return;
		if (text[0] == '\n')
			text++;
	}
	print_lines(pr, text, indent);
}

void trace_print_end(struct trace_printer *pr, u32 item)
{
	const char *text = trace_comment(pr, item, true);

	if (text)
		g_string_append_printf(pr->out, "  %s", text);
	g_string_append_c(pr->out, '\n');
}

/* ---- settings --------------------------------------------------------------------- */

static void print_string(GString *out, const char *s)
{
	g_string_append_c(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *s);
	}
	g_string_append_c(out, '"');
}

static void print_ranges(struct trace_printer *pr, const struct trace_ranges *ranges)
{
	if (!ranges->n)
		g_string_append(pr->out, "none");
	for (u32 i = 0; i < ranges->n; i++) {
		const struct trace_range *range = &pr->t->ranges[ranges->first + i];

		if (range->end == UINT64_MAX) {
			g_string_append(pr->out, "all");
			return;
		}
		g_string_append(pr->out, i ? ", " : "");
		trace_print_number(pr->out, TRACE_T_ADDR, range->from);
		g_string_append(pr->out, "..");
		trace_print_number(pr->out, TRACE_T_ADDR, range->end);
	}
}

static void print_key_value(struct trace_printer *pr, const struct trace_key *key, const void *obj)
{
	const char *field = (const char *)obj + key->offset;
	GString *out = pr->out;

	switch (key->type) {
	case TRACE_KEY_WORD:
		g_string_append(out, key->words->v[*(const u8 *)field]);
		break;
	case TRACE_KEY_BOOL:
		g_string_append(out, trace_words_bool.v[*(const u8 *)field]);
		break;
	case TRACE_KEY_COUNT:
		g_string_append_printf(out, "%u", *(const u32 *)field);
		break;
	case TRACE_KEY_HEX:
		trace_print_number(out, TRACE_T_HEX, *(const u64 *)field);
		break;
	case TRACE_KEY_SIZE:
	case TRACE_KEY_PAGE:
		trace_print_number(out, TRACE_T_SIZE, *(const u64 *)field);
		break;
	case TRACE_KEY_ADDR:
		trace_print_number(out, TRACE_T_ADDR, *(const u64 *)field);
		break;
	case TRACE_KEY_TIME:
		trace_print_number(out, TRACE_T_TIME, *(const u64 *)field);
		break;
	case TRACE_KEY_RANGES:
		print_ranges(pr, (const struct trace_ranges *)field);
		break;
	default:
		g_string_append_printf(out, "%" PRIu64, *(const u64 *)field);
	}
}

static void print_rules(struct trace_printer *pr)
{
	const struct trace *t = pr->t;

	if (!t->n_expect)
		g_string_append(pr->out, t->expect_any ? "any" : "none");
	for (u32 i = 0; i < t->n_expect; i++)
		g_string_append_printf(pr->out, "%s%s", i ? ", " : "", t->expect[i]);
}

static void print_other(struct trace_printer *pr, const struct trace_keys *keys, u32 k)
{
	const struct trace_design *d = &pr->t->design;

	if (keys == &trace_keys_head && k == TRACE_HEAD_TITLE) {
		g_string_append_c(pr->out, ' ');
		print_string(pr->out, pr->t->title);
	} else if (keys == &trace_keys_head) {
		g_string_append_c(pr->out, ' ');
		print_rules(pr);
	} else if (keys == &trace_keys_design) {
		g_string_append_c(pr->out, ' ');
		trace_locking_print(pr->out, d->locking, d->locking_arg);
	} else {
		trace_print_schedule(pr->out, &pr->t->schedule, k);
	}
}

static void print_keys(struct trace_printer *pr, const struct trace_keys *keys, const void *obj,
		       u32 set)
{
	bool first = true;

	for (u32 k = 0; k < keys->n; k++) {
		if (!(set & BIT(k)))
			continue;
		trace_print_lead(pr, TRACE_ITEM_KEY(k), 0, first);
		g_string_append_printf(pr->out, "%s =", keys->v[k].name);
		if (keys->v[k].type == TRACE_KEY_OTHER) {
			print_other(pr, keys, k);
		} else {
			g_string_append_c(pr->out, ' ');
			print_key_value(pr, &keys->v[k], obj);
		}
		trace_print_end(pr, TRACE_ITEM_KEY(k));
		first = false;
	}
}

/* key=value pairs on one line, of a directive or a task's header */
static void print_pairs(struct trace_printer *pr, const struct trace_keys *keys, const void *obj,
			u32 set, void (*other)(struct trace_printer *, u32, const void *))
{
	for (u32 k = 0; k < keys->n; k++) {
		if (!(set & BIT(k)))
			continue;
		g_string_append_printf(pr->out, " %s=", keys->v[k].name);
		if (keys->v[k].type == TRACE_KEY_OTHER)
			other(pr, k, obj);
		else
			print_key_value(pr, &keys->v[k], obj);
	}
}

static void print_slot_gmem(struct trace_printer *pr, u32 k, const void *obj)
{
	const struct trace_slot *s = obj;

	g_string_append(pr->out, pr->t->gmems[s->gmem].name);
}

static void print_vm(struct trace_printer *pr, const struct trace_vm *vm)
{
	const struct trace *t = pr->t;
	bool first = !vm->set;

	print_keys(pr, &trace_keys_vm, vm, vm->set);
	for (u32 i = 0; i < vm->n_gmems; i++) {
		const struct trace_gmem *g = &t->gmems[vm->first_gmem + i];

		if (!g->set)
			continue;
		trace_print_lead(pr, TRACE_ITEM_FIRST(i), 0, first);
		g_string_append_printf(pr->out, "gmem %s", g->name);
		print_pairs(pr, &trace_keys_gmem, g, g->set, NULL);
		trace_print_end(pr, TRACE_ITEM_FIRST(i));
		first = false;
	}
	for (u32 i = 0; i < vm->n_slots; i++) {
		const struct trace_slot *s = &t->slots[vm->first_slot + i];

		if (!s->set)
			continue;
		trace_print_lead(pr, TRACE_ITEM_SECOND(i), 0, first);
		g_string_append_printf(pr->out, "slot %u", s->id);
		print_pairs(pr, &trace_keys_slot, s, s->set, print_slot_gmem);
		trace_print_end(pr, TRACE_ITEM_SECOND(i));
		first = false;
	}
}

void trace_print_cost(GString *out, const struct trace_cost *cost)
{
	if (cost->dist == TRACE_DIST_UNIFORM)
		g_string_append(out, "uniform(");
	else if (cost->dist == TRACE_DIST_LOGNORMAL)
		g_string_append(out, "lognormal(median=");
	trace_print_number(out, TRACE_T_TIME, cost->a_ns);
	if (cost->dist == TRACE_DIST_CONST)
		return;
	g_string_append(out, cost->dist == TRACE_DIST_UNIFORM ? ", " : ", p99=");
	trace_print_number(out, TRACE_T_TIME, cost->b_ns);
	g_string_append_c(out, ')');
}

static void print_costs(struct trace_printer *pr)
{
	const struct trace *t = pr->t;

	for (u32 i = 0; i < t->n_includes; i++) {
		trace_print_lead(pr, TRACE_ITEM_FIRST(i), 0, !i);
		g_string_append_printf(pr->out, "include = %s", t->includes[i]);
		trace_print_end(pr, TRACE_ITEM_FIRST(i));
	}
	for (u32 i = 0; i < t->n_costs; i++) {
		trace_print_lead(pr, TRACE_ITEM_SECOND(i), 0, !i && !t->n_includes);
		g_string_append_printf(pr->out, "%s = ", t->costs[i].name);
		trace_print_cost(pr->out, &t->costs[i]);
		trace_print_end(pr, TRACE_ITEM_SECOND(i));
	}
}

/* ---- sections ------------------------------------------------------------------------- */

static void print_task_option(struct trace_printer *pr, u32 k, const void *obj)
{
	const struct trace_task *task = obj;

	if (k == TRACE_TASK_VM) {
		g_string_append(pr->out, pr->t->vms[task->vm].name);
	} else if (k == TRACE_TASK_PROCESS) {
		g_string_append(pr->out, task->process);
	} else {
		g_string_append_printf(pr->out, "%u", task->cpu_first);
		if (task->cpu_last != task->cpu_first)
			g_string_append_printf(pr->out, "..%u", task->cpu_last);
	}
}

static void print_header(struct trace_printer *pr, const struct trace_section *sec)
{
	const struct trace *t = pr->t;
	const struct trace_task *task;
	const char *dot;

	g_string_append_c(pr->out, '\n');
	trace_print_lead(pr, 0, 0, true);
	g_string_append_printf(pr->out, "[%s", trace_words_section.v[sec->kind]);
	switch (sec->kind) {
	case TRACE_SEC_VM:
		g_string_append_printf(pr->out, " %s", t->vms[sec->index].name);
		break;
	case TRACE_SEC_PREAMBLE:
		g_string_append_printf(pr->out, " %s", t->preambles[sec->index].name);
		break;
	case TRACE_SEC_TASK:
		task = &t->tasks[sec->index];
		g_string_append_printf(pr->out, " %s", task->name);
		if (task->numbered)
			g_string_append_printf(pr->out, "%u", task->first);
		dot = strrchr(task->name, '.');
		if (task->range)
			g_string_append_printf(pr->out, "..%s%u", dot ? dot + 1 : task->name,
					       task->last);
		print_pairs(pr, &trace_keys_task, task, task->set, print_task_option);
		break;
	}
	g_string_append_c(pr->out, ']');
	trace_print_end(pr, 0);
}

static void print_final(struct trace_printer *pr)
{
	for (u32 i = 0; i < pr->t->n_final; i++) {
		trace_print_lead(pr, TRACE_ITEM_OP(i), 0, !i);
		trace_print_cond(pr, &pr->t->conds[pr->t->first_final + i], true);
		trace_print_end(pr, TRACE_ITEM_OP(i));
	}
}

static void print_body(struct trace_printer *pr, const struct trace_section *sec)
{
	const struct trace *t = pr->t;

	switch (sec->kind) {
	case TRACE_SEC_HEAD:
		print_keys(pr, &trace_keys_head, t, t->head_set);
		break;
	case TRACE_SEC_MACHINE:
		print_keys(pr, &trace_keys_machine, &t->machine, t->machine.set);
		break;
	case TRACE_SEC_DESIGN:
		print_keys(pr, &trace_keys_design, &t->design, t->design.set);
		break;
	case TRACE_SEC_VM:
		print_vm(pr, &t->vms[sec->index]);
		break;
	case TRACE_SEC_COST:
		print_costs(pr);
		break;
	case TRACE_SEC_PREAMBLE:
		trace_print_ops(pr, t->preambles[sec->index].first_op,
				t->preambles[sec->index].n_ops);
		break;
	case TRACE_SEC_TASK:
		trace_print_ops(pr, t->tasks[sec->index].first_op, t->tasks[sec->index].n_ops);
		break;
	case TRACE_SEC_FINAL:
		print_final(pr);
		break;
	case TRACE_SEC_TDX:
		print_keys(pr, &trace_keys_tdx, &t->tdx, t->tdx.set);
		break;
	case TRACE_SEC_SCHEDULE:
		print_keys(pr, &trace_keys_schedule, &t->schedule, t->schedule.set);
		break;
	}
}

char *trace_print(const struct trace *t, size_t *len)
{
	struct trace_printer pr = {.t = t, .out = g_string_new(NULL)};
	const char *last;

	g_string_append_printf(pr.out, "gmemsim trace %u", TRACE_VERSION);
	trace_print_end(&pr, 0);
	for (pr.section = 0; pr.section < t->n_sections; pr.section++) {
		const struct trace_section *sec = &t->sections[pr.section];

		if (sec->kind != TRACE_SEC_HEAD)
			print_header(&pr, sec);
		print_body(&pr, sec);
	}
	last = trace_comment(&pr, 0, false);
	if (last && last[strspn(last, "\n")]) {
		g_string_append_c(pr.out, '\n');
		trace_print_lead(&pr, 0, 0, true);
		while (g_str_has_suffix(pr.out->str, "\n\n"))
			g_string_truncate(pr.out, pr.out->len - 1);
	}
	if (len)
		*len = pr.out->len;
	return g_string_free(pr.out, false);
}
