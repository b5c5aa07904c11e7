// SPDX-License-Identifier: GPL-2.0-only
/*
 * The columns of an explanation: rows of events, the functions they happen in, and what becomes of
 * the page at hand.
 *
 * A function is named once, above the first row from inside it; rows are indented by how deep they
 * are.  What was changed stands in brackets, where it was changed.
 *
 * Invariant: rows are in the order of the run.
 */
#include <inttypes.h>
#include <string.h>

#include "model/events.h"
#include "tools/report/explain.h"

#define GUTTER	 2
#define MAX_ROWS 300 /* the last ones before the finding */

struct table {
	/* constant */
	const struct explain *x;
	const struct page_watch *w; /* or NULL */
	/* written as the table grows */
	struct watch_stack shown[EXPLAIN_COLUMNS]; /* functions that the reader knows it is in */
	u32 moment;				   /* the next one */
};

/*
 * How much of @s goes into a line: up to a blank if there is one, else up to the end of a part of a
 * name, else as much as fits.
 */
static size_t line_len(const char *s, size_t room)
{
	size_t len = strlen(s), cut = room;

	if (len <= room)
		return len;
	while (cut && s[cut] != ' ')
		cut--;
	if (cut)
		return cut;
	for (cut = room; cut > room / 2; cut--) {
		if (strchr("_.>:=(", s[cut - 1]))
			return cut;
	}
	return room;
}

/* One cell, as many lines as it needs; those after the first are indented more. */
static void put_cell(const struct table *t, u32 column, u32 depth, const char *s)
{
	const struct explain *x = t->x;
	u32 step = x->nr_columns > 2 ? 1 : 2;
	u32 left = column * (x->width + GUTTER), indent = MIN(depth * step, x->width / 3);
	u32 more = indent + 2 * step;

	while (*s) {
		size_t len = line_len(s, x->width - indent);

		fprintf(x->to, "%*s%.*s\n", (int)(left + indent), "", (int)len, s);
		for (s += len; *s == ' '; s++)
			;
		indent = more;
	}
}

/* Those that are known and still go on.  Return: how many. */
static u32 leave_functions(struct table *t, u32 column, const struct watch_stack *stack)
{
	struct watch_stack *shown = &t->shown[column];
	u32 i = 0;

	while (i < shown->nr && i < stack->nr && shown->frame[i] == stack->frame[i])
		i++;
	shown->nr = i;
	return i;
}

/* The functions that the reader does not know about yet.  Return: how deep that is. */
static u32 put_functions(struct table *t, u32 column, const struct watch_stack *stack)
{
	u32 i;

	for (i = leave_functions(t, column, stack); i < stack->nr; i++) {
		g_autofree char *s = g_strdup_printf("%s()", stack->frame[i]);

		put_cell(t, column, 1 + i, s);
	}
	t->shown[column] = *stack;
	return 1 + stack->nr;
}

static const struct watch_point *point(const struct table *t, size_t i)
{
	return t->w && i < t->w->points->len ? &g_array_index(t->w->points, struct watch_point, i) :
					       NULL;
}

/* Who has the lock that @ev has to wait for? */
static void add_holders(const struct table *t, struct text *text, size_t at)
{
	const struct sim *sim = t->x->r->sim;
	const struct sim_event *wait = &sim->log.ev[at];
	g_autofree s32 *holds = g_new0(s32, sim->nr_tasks);
	const char *sep = ", held by ";

	for (size_t i = 0; i < at; i++) {
		const struct sim_event *ev = &sim->log.ev[i];

		if (ev->task >= sim->nr_tasks || ev->obj != wait->obj ||
		    (ev->type != EV_LOCK_ACQUIRE && ev->type != EV_LOCK_RELEASE) ||
		    EV_LOCK_CLASS(ev->a) != EV_LOCK_CLASS(wait->a))
			continue;
		holds[ev->task] += ev->type == EV_LOCK_ACQUIRE ? 1 : -1;
	}
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (holds[i] > 0) {
			text_add(text, "%s%s", sep, report_task(t->x->r, i));
			sep = ", ";
		}
	}
}

/* "touch shared 0 4K write {" if the trace is at hand, else "touch {" */
static void add_event(const struct table *t, struct text *text, size_t i)
{
	const struct report_story *story = t->x->story;
	const struct sim_event *ev = &t->x->r->sim->log.ev[i];
	const struct watch_point *p = point(t, i);
	char op[REPORT_OP_TEXT];

	if (ev->type == EV_OP_BEGIN && p && story->op_text &&
	    story->op_text(story->ctx, p->line, op))
		text_add(text, "%s {", op);
	else
		event_row_text(t->x->r, text, ev);
	if (ev->type == EV_CONTENTION_BEGIN)
		add_holders(t, text, i);
}

static void put_event(struct table *t, size_t i)
{
	const struct sim_event *ev = &t->x->r->sim->log.ev[i];
	bool outer = ev->type == EV_OP_BEGIN || ev->type == EV_OP_END || ev->type == EV_FINDING;
	u32 column = (u32)explain_column(t->x, ev);
	const struct watch_point *p = point(t, i);
	struct text text = {0};
	u32 depth = 1;

	if (p && !outer)
		depth = put_functions(t, column, &p->stack);
	if (ev->type == EV_OP_BEGIN)
		t->shown[column] = (struct watch_stack){0};
	add_event(t, &text, i);
	put_cell(t, column, outer ? 0 : depth, text.s);
	text_finish(&text);
}

/* A reading is worth a row if what is read is changed in this run. */
static bool moment_matters(const struct table *t, const struct watch_moment *m)
{
	if (m->kind != WATCH_READS)
		return true;
	return m->object == PAGE_VIEW_INVALIDATE ? t->w->nr_invalidations : t->w->nr_conversions;
}

static void put_moment(struct table *t, const struct watch_moment *m)
{
	const struct explain *x = t->x;
	int column = m->task < x->r->sim->nr_tasks ? x->parts[m->task].column : -1;
	g_autofree char *s = NULL;
	u32 depth;

	if (m->kind != WATCH_CHANGED) {
		if (column >= 0) {
			depth = put_functions(t, (u32)column, &m->stack);
			put_cell(t, (u32)column, depth, m->text);
		}
		return;
	}
	if (column < 0) {
		s = g_strdup_printf("[%s: %s]", report_task(x->r, m->task), m->text);
		put_cell(t, 0, 0, s);
		return;
	}
	depth = m->inside ? put_functions(t, (u32)column, &m->stack) :
			    1 + leave_functions(t, (u32)column, &m->stack);
	s = g_strdup_printf("[%s]", m->text);
	put_cell(t, (u32)column, depth, s);
}

/* What has happened before event @i. */
static void put_moments(struct table *t, size_t i, bool show)
{
	for (; t->w && t->moment < t->w->moments->len; t->moment++) {
		const struct watch_moment *m =
			&g_array_index(t->w->moments, struct watch_moment, t->moment);

		if (m->at > i)
			break;
		if (show && moment_matters(t, m))
			put_moment(t, m);
	}
}

/* "CPU0: vcpu0    CPU1: vmm", underlined */
static void put_head(const struct explain *x)
{
	struct text head = {0}, line = {0};

	for (u32 i = 0; i < x->nr_columns; i++) {
		u32 left = i * (x->width + GUTTER);
		struct text t = {0};
		int len;

		explain_task_name(x, x->columns[i], &t);
		len = (int)MIN(t.len, x->width);
		text_add(&head, "%*s%.*s", (int)(left - head.len), "", len, t.s);
		text_add(&line, "%*s", (int)(left - line.len), "");
		while (len--)
			text_add(&line, "=");
		text_finish(&t);
	}
	fprintf(x->to, "%s\n%s\n", head.s, line.s);
	text_finish(&head);
	text_finish(&line);
}

/* Where the last MAX_ROWS rows begin. */
static size_t first_row(const struct explain *x, u64 *nr_skipped)
{
	size_t first = x->end;
	u32 rows = 0;

	while (first && rows < MAX_ROWS) {
		const struct sim_event *ev = &x->r->sim->log.ev[--first];

		rows += explain_column(x, ev) >= 0 && explain_matters(x, ev);
	}
	*nr_skipped = 0;
	for (size_t i = 0; i < first; i++)
		*nr_skipped += explain_column(x, &x->r->sim->log.ev[i]) >= 0;
	return first;
}

static void put_beginning(const struct table *t)
{
	struct text text = {0};

	if (!t->w || !t->w->place.vm[0] || !t->w->has_view)
		return;
	text_add(&text, "At the beginning, gfn 0x%" PRIx64 " of %s: ", t->w->place.gfn,
		 t->w->place.vm);
	page_watch_view_text(&text, &t->w->first);
	text_paragraph(t->x->to, text.s, 0);
	putc('\n', t->x->to);
	text_finish(&text);
}

void explain_table(const struct explain *x)
{
	struct table t = {.x = x, .w = x->story->watch};
	u64 nr_skipped;
	size_t first = first_row(x, &nr_skipped);

	put_beginning(&t);
	put_head(x);
	if (nr_skipped)
		fprintf(x->to, "(%" PRIu64 " events before)\n", nr_skipped);
	put_moments(&t, first, false);
	for (size_t i = first; i < x->end; i++) {
		const struct sim_event *ev = &x->r->sim->log.ev[i];

		put_moments(&t, i, true);
		if (explain_column(x, ev) >= 0 && explain_matters(x, ev))
			put_event(&t, i);
	}
	if (x->end == x->r->sim->log.len)
		put_moments(&t, x->end, true);
	if (x->f && x->f->task == SIM_NO_TASK)
		fprintf(x->to, "*** %s, found when all tasks had ended\n", x->f->rule);
}
