// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands below the columns: who else was there, the page, the locks and the functions when it
 * was found, and the finding in full.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/report/explain.h"

struct held {
	/* written by note_held() */
	u32 class, id;
	enum lock_mode mode;
};

static void put_others(const struct explain *x)
{
	struct text t = {0};

	for (u32 i = 0; i < x->r->sim->nr_tasks; i++) {
		const struct explain_part *p = &x->parts[i];

		if (p->nr_events && p->column < 0)
			text_add(&t, "%s %s (%" PRIu64 ")",
				 t.len ? "," : "Without a column, with their events:",
				 report_task(x->r, i), p->nr_events);
	}
	if (t.len) {
		putc('\n', x->to);
		text_paragraph(x->to, t.s, 0);
	}
	text_finish(&t);
}

static const char *when(const struct explain *x)
{
	return x->f && x->f->task != SIM_NO_TASK ? "finding" : "end";
}

/* What was seen when it was found; NULL: it was found at rest, or nobody has looked. */
static const struct watch_finding *at_finding(const struct explain *x)
{
	const struct page_watch *w = x->story->watch;

	for (u32 i = 0; w && x->f && x->f->task != SIM_NO_TASK && i < w->findings->len; i++) {
		const struct watch_finding *f =
			&g_array_index(w->findings, struct watch_finding, i);

		if (f->at + 1 == x->end)
			return f;
	}
	return NULL;
}

static void put_page(const struct explain *x)
{
	const struct watch_finding *f = at_finding(x);
	const struct page_watch *w = x->story->watch;
	const struct page_view *v = f ? &f->view : w ? &w->now : NULL;
	struct text t = {0};

	if (!w || !w->place.vm[0] || !(f ? f->has_view : w->has_view))
		return;
	fprintf(x->to, "\nAt the %s:\n", when(x));
	text_add(&t,
		 "%s: mmu_invalidate_seq %" PRIu64 ", mmu_invalidate_in_progress %" PRId64 "\n",
		 w->place.vm, v->seq, v->in_progress);
	text_add(&t, "gfn 0x%" PRIx64, w->place.gfn);
	if (v->index != PAGE_VIEW_NONE)
		text_add(&t, " (index 0x%" PRIx64 ")", v->index);
	text_add(&t, ": ");
	page_watch_view_text(&t, v);
	text_paragraph(x->to, t.s, 2);
	text_finish(&t);
}

static void note_held(GArray *held, const struct sim_event *ev)
{
	struct held h = {EV_LOCK_CLASS(ev->a), (u32)ev->obj, EV_LOCK_VALUE(ev->a)};

	if (ev->type == EV_LOCK_ACQUIRE)
		g_array_append_val(held, h);
	for (guint i = held->len; ev->type == EV_LOCK_RELEASE && i-- > 0;) {
		const struct held *old = &g_array_index(held, struct held, i);

		if (old->class == h.class && old->id == h.id) {
			g_array_remove_index(held, i);
			break;
		}
	}
}

/* Return: how many. */
static u32 put_held_by(const struct explain *x, u32 task)
{
	g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(struct held));

	for (size_t i = 0; i < x->end; i++) {
		if (x->r->sim->log.ev[i].task == task)
			note_held(held, &x->r->sim->log.ev[i]);
	}
	if (!held->len)
		return 0;
	fprintf(x->to, "%u lock%s held by %s/%u:\n", held->len, held->len == 1 ? "" : "s",
		report_task(x->r, task), task);
	for (guint i = 0; i < held->len; i++) {
		const struct held *h = &g_array_index(held, struct held, i);

		fprintf(x->to, " #%u: (%s#%u){%s}\n", i, x->r->sim->classes[h->class].name, h->id,
			h->mode == LOCK_READ ? "R" : "W");
	}
	return held->len;
}

static void put_held(const struct explain *x)
{
	u32 n = 0;

	fprintf(x->to, "\nShowing all locks held at the %s:\n", when(x));
	for (u32 i = 0; i < x->r->sim->nr_tasks; i++)
		n += x->parts[i].takes_part ? put_held_by(x, i) : 0;
	if (!n)
		fputs("none\n", x->to);
}

static void put_call_trace(const struct explain *x, u32 task, const struct watch_stack *s)
{
	struct text t = {0};

	if (!s->nr)
		return;
	explain_task_name(x, task, &t);
	fprintf(x->to, "\nCall trace of %s:\n", t.s);
	for (u32 i = s->nr; i-- > 0;)
		fprintf(x->to, " %s\n", s->frame[i]);
	text_finish(&t);
}

/* Of all sides, if somebody has looked; else of who found it. */
static void put_call_traces(const struct explain *x)
{
	const struct watch_finding *f = at_finding(x);

	if (!f && x->f && x->f->task < x->r->sim->nr_tasks) {
		put_call_trace(x, x->f->task,
			       &(struct watch_stack){x->f->frame, x->f->nr_frames});
		return;
	}
	for (u32 i = 0; f && i < x->nr_columns; i++)
		put_call_trace(x, x->columns[i], &f->stack[x->columns[i]]);
}

static void put_finding(const struct explain *x)
{
	char buf[REPORT_NS_TEXT];
	bool timed = x->r->sim->cfg.sched != SCHED_SEARCH;

	if (!x->f) {
		fputs("\nNothing was found.\n", x->to);
		return;
	}
	fprintf(x->to, "\n%s", x->f->rule);
	if (timed)
		fprintf(x->to, " at %s", report_ns(x->f->at_ns, buf));
	if (x->f->task != SIM_NO_TASK)
		fprintf(x->to, " in %s", report_task(x->r, x->f->task));
	fputs(":\n", x->to);
	if (!explain_locks(x))
		text_paragraph(x->to, x->f->message, 2);
	if (x->r->sim->nr_findings > 1)
		fprintf(x->to, "The run has %u findings; this is about one of them.\n",
			x->r->sim->nr_findings);
}

void explain_end(const struct explain *x)
{
	put_others(x);
	put_page(x);
	put_held(x);
	put_call_traces(x);
	put_finding(x);
}
