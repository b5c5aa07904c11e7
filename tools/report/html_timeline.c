// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timeline of the HTML report, and the steps of the ten longest holds.
 *
 * A lane per task, those that stalled longest first: what it does, above it what it holds of the
 * locks somebody waited for, and over both its waits.  Below, a lane per contended lock, in the
 * colours of its holders' steps.  A page cannot hold a million rectangles: of one kind in one lane,
 * what is nearer to each other than a thousandth of the run is drawn as one, and says so.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tools/report/html.h"

#define SPAN	  100000 /* the run, in the units of the drawing */
#define FINEST	  1000	 /* of SPAN / FINEST: nearer is together */
#define LANE	  20
#define MAX_TASKS 32
#define MAX_LOCKS 12
#define NR_LONGEST 10

/* Neighbours of one kind in one lane. */
struct run {
	/* written by the lane that draws it */
	sim_ns begin_ns, end_ns, busy_ns;
	u32 count;
	const struct tl_slice *first;
};

struct shape {
	/* constant */
	const char *class; /* of CSS; NULL: the step's colour */
	const char *what;
	u32 y, height; /* in the lane */
};

static const struct shape op_shape = {"f-op", "", 11, 6};
static const struct shape hold_shape = {"f-hold", "holds ", 4, 5};
static const struct shape wait_shape = {"f-wait", "waits for ", 4, 13};
static const struct shape lock_shape = {"f-hold", "held by ", 4, 13};
static const struct shape step_shape = {NULL, "step ", 4, 13};

static u64 scaled(const struct page *p, sim_ns ns)
{
	return (u64)((__extension__(unsigned __int128) ns * SPAN) / p->end_ns);
}

static void put_run(const struct page *p, const struct shape *s, u32 lane, const struct run *run)
{
	u64 x = scaled(p, run->begin_ns), end = scaled(p, run->end_ns);
	const struct tl_slice *first = run->first;
	char buf[3][REPORT_NS_TEXT];

	fprintf(p->to,
		"<rect class=\"%s\" x=\"%" PRIu64 "\" y=\"%u\" width=\"%" PRIu64 "\" height=\"%u\">"
		"<title>", s->class ? s->class : page_step_class(p, first->name), x,
		lane * LANE + s->y, max(end - x, (u64)SPAN / FINEST / 4), s->height);
	if (run->count > 1)
		fprintf(p->to, "%u times ", run->count);
	fputs(s->what, p->to);
	page_text(p, s == &lock_shape ? report_task(p->r, first->task) : first->name);
	if (first->kind == TL_WAIT || first->kind == TL_HOLD)
		fputs(first->read ? " (read)" : " (write)", p->to);
	fprintf(p->to, ", %s from %s on", report_ns(run->busy_ns, buf[0]),
		report_ns(run->begin_ns, buf[1]));
	if (run->count > 1)
		fprintf(p->to, ", within %s", report_ns(run->end_ns - run->begin_ns, buf[2]));
	fputs("</title></rect>\n", p->to);
}

/* The slices of @kind that @wanted is true of, as rectangles of one lane. */
static void put_lane(const struct page *p, const struct shape *s, u32 lane, enum tl_kind kind,
		     bool (*wanted)(const struct page *p, const struct tl_slice *s, u32 id), u32 id)
{
	struct run run = {0};

	for (u32 i = 0; i < p->tl.slices->len; i++) {
		const struct tl_slice *slice = timeline_slice(&p->tl, i);
		bool same = run.count && (s->class || slice->name == run.first->name);

		if (slice->kind != kind || !wanted(p, slice, id))
			continue;
		if (same && slice->begin_ns <= run.end_ns + p->end_ns / FINEST) {
			run.end_ns = max(run.end_ns, slice->end_ns);
			run.busy_ns += slice->end_ns - slice->begin_ns;
			run.count++;
			continue;
		}
		if (run.count)
			put_run(p, s, lane, &run);
		run = (struct run){slice->begin_ns, slice->end_ns,
				   slice->end_ns - slice->begin_ns, 1, slice};
	}
	if (run.count)
		put_run(p, s, lane, &run);
}

static u64 waited_ns(const struct page *p, u32 lock)
{
	u64 ns = 0;

	for (u32 i = 0; i < p->tl.slices->len; i++) {
		const struct tl_slice *s = timeline_slice(&p->tl, i);

		if (s->kind == TL_WAIT && s->lock == lock)
			ns += s->end_ns - s->begin_ns;
	}
	return ns;
}

static bool of_task(const struct page *p, const struct tl_slice *s, u32 id)
{
	return s->task == id;
}

/* Not those that the trace's author wanted. */
static bool wait_of_task(const struct page *p, const struct tl_slice *s, u32 id)
{
	u32 class_id = timeline_lock(&p->tl, s->lock)->class_id;

	return s->task == id && !(p->r->sim->classes[class_id].flags & LOCKC_PACING);
}

static bool contended_of_task(const struct page *p, const struct tl_slice *s, u32 id)
{
	return s->task == id && timeline_lock(&p->tl, s->lock)->waiters;
}

static bool profiled(const struct page *p, const struct tl_slice *hold)
{
	u32 class_id = timeline_lock(&p->tl, hold->lock)->class_id;

	return !hold->read && p->r->sim->classes[class_id].flags & LOCKC_STEPS;
}

static bool of_lock(const struct page *p, const struct tl_slice *s, u32 id)
{
	return s->lock == id;
}

/* ---- which lanes ------------------------------------------------------------------------ */

struct ranked {
	/* written by rank_*() */
	u32 id;
	u64 ns;
};

static int most_first(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/*
 * Who stalled, and who made others stall: a holder counts twice as long as it held what was wanted,
 * so that it stands above those that waited for it.
 */
static struct ranked *rank_tasks(const struct page *p, u32 *nr)
{
	const struct sim *sim = p->r->sim;
	struct ranked *rank = g_new0(struct ranked, sim->nr_tasks + 1);

	for (u32 i = 0; i < sim->nr_tasks; i++)
		rank[i] = (struct ranked){i, report_stalled(sim->tasks[i]) ?
						     sim->tasks[i]->stall.max_ns : 0};
	for (u32 i = 0; i < p->tl.slices->len; i++) {
		const struct tl_slice *s = timeline_slice(&p->tl, i);

		if (s->kind == TL_HOLD && timeline_lock(&p->tl, s->lock)->waiters)
			rank[s->task].ns =
				max(rank[s->task].ns, 2 * (s->end_ns - s->begin_ns));
	}
	*nr = sim->nr_tasks;
	qsort(rank, *nr, sizeof(*rank), most_first);
	while (*nr && !rank[*nr - 1].ns && sim->tasks[rank[*nr - 1].id]->daemon)
		--*nr;
	return rank;
}

static struct ranked *rank_locks(const struct page *p, u32 *nr)
{
	struct ranked *rank = g_new0(struct ranked, p->tl.locks->len + 1);

	*nr = 0;
	for (u32 i = 0; i < p->tl.locks->len; i++) {
		struct tl_lock *l = timeline_lock(&p->tl, i);
		u64 ns = l->waiters ? waited_ns(p, i) : 0;

		if (ns && !(p->r->sim->classes[l->class_id].flags & LOCKC_PACING))
			rank[(*nr)++] = (struct ranked){i, ns};
	}
	qsort(rank, *nr, sizeof(*rank), most_first);
	return rank;
}

/* The levels have told their story; from here on "waiters" says whether there ever were any. */
static void mark_contended(const struct page *p)
{
	for (u32 i = 0; i < p->tl.levels->len; i++)
		timeline_lock(&p->tl, g_array_index(p->tl.levels, struct tl_level, i).lock)
			->waiters = 1;
}

static void put_names(const struct page *p, const struct ranked *tasks, u32 nr_tasks,
		      const struct ranked *locks, u32 nr_locks)
{
	fprintf(p->to, "<div class=\"names\">");
	for (u32 i = 0; i < nr_tasks; i++) {
		fprintf(p->to, "<div>");
		page_text(p, report_task(p->r, tasks[i].id));
		fprintf(p->to, "</div>");
	}
	for (u32 i = 0; i < nr_locks; i++) {
		const struct tl_lock *l = timeline_lock(&p->tl, locks[i].id);

		fprintf(p->to, "<div title=\"");
		page_text(p, l->class);
		fprintf(p->to, "\">");
		page_text(p, l->class);
		fprintf(p->to, " %u</div>", l->obj);
	}
	fprintf(p->to, "</div>\n");
}

static void put_drawing(const struct page *p, const struct ranked *tasks, u32 nr_tasks,
			const struct ranked *locks, u32 nr_locks)
{
	u32 lanes = nr_tasks + nr_locks;

	fprintf(p->to,
		"<svg id=\"timeline\" data-ns=\"%" PRIu64 "\" viewBox=\"0 0 %u %u\" height=\"%u\" "
		"preserveAspectRatio=\"none\" role=\"img\">\n",
		p->end_ns, SPAN, lanes * LANE, lanes * LANE);
	for (u32 i = 0; i <= lanes; i++)
		fprintf(p->to, "<line class=\"grid\" vector-effect=\"non-scaling-stroke\" x1=\"0\" "
			       "x2=\"%u\" y1=\"%u\" y2=\"%u\"/>\n", SPAN, i * LANE, i * LANE);
	for (u32 i = 0; i < nr_tasks; i++) {
		put_lane(p, &op_shape, i, TL_OP, of_task, tasks[i].id);
		put_lane(p, &hold_shape, i, TL_HOLD, contended_of_task, tasks[i].id);
		put_lane(p, &wait_shape, i, TL_WAIT, wait_of_task, tasks[i].id);
	}
	for (u32 i = 0; i < nr_locks; i++) {
		put_lane(p, &lock_shape, nr_tasks + i, TL_HOLD, of_lock, locks[i].id);
		put_lane(p, &step_shape, nr_tasks + i, TL_HOLD_STEP, of_lock, locks[i].id);
	}
	fprintf(p->to, "</svg>\n");
}

static void put_ticks(const struct page *p)
{
	char buf[REPORT_NS_TEXT];

	fprintf(p->to, "<div class=\"axis\"><span></span><span class=\"ticks\" id=\"ticks\">");
	for (u32 i = 0; i <= 5; i++)
		fprintf(p->to, "<span>%s</span>", report_ns(p->end_ns / 5 * i, buf));
	fprintf(p->to, "</span></div>\n");
}

void page_timeline(const struct page *p)
{
	u32 nr_tasks, nr_locks;
	g_autofree struct ranked *tasks = NULL, *locks = NULL;

	fprintf(p->to, "<h2>Timeline</h2>\n");
	mark_contended(p);
	tasks = rank_tasks(p, &nr_tasks);
	locks = rank_locks(p, &nr_locks);
	if (!p->tl.slices->len) {
		fprintf(p->to, "<p class=\"dim\">The run has not recorded its events.</p>\n");
		return;
	}
	fprintf(p->to,
		"<div class=\"key\"><span><i style=\"background:var(--wait)\"></i>waits for a lock"
		"</span><span><i style=\"background:var(--hold)\"></i>holds a lock that somebody "
		"waited for</span><span><i style=\"background:var(--op)\"></i>operation</span>"
		"</div>\n<p class=\"controls\"><button id=\"zoom-in\">zoom in</button> "
		"<button id=\"zoom-out\">zoom out</button> <button id=\"zoom-all\">whole run"
		"</button> <span class=\"dim\">wheel and drag work, too</span></p>\n"
		"<div class=\"timeline\">");
	put_names(p, tasks, min(nr_tasks, (u32)MAX_TASKS), locks, min(nr_locks, (u32)MAX_LOCKS));
	put_drawing(p, tasks, min(nr_tasks, (u32)MAX_TASKS), locks, min(nr_locks, (u32)MAX_LOCKS));
	fprintf(p->to, "</div>\n");
	put_ticks(p);
	fprintf(p->to, "<p class=\"dim\">");
	if (nr_tasks > MAX_TASKS)
		fprintf(p->to, "%u tasks that stalled less are left out. ", nr_tasks - MAX_TASKS);
	if (nr_locks > MAX_LOCKS)
		fprintf(p->to, "%u locks waited for less are left out. ", nr_locks - MAX_LOCKS);
	fprintf(p->to, "What lies closer than a thousandth of the run is drawn as one; "
		       "<code>--perfetto</code> has everything.</p>\n");
}

/* ---- the longest holds ------------------------------------------------------------------ */

/* What of a hold is in each step, in the order in which they first came. */
struct breakdown {
	/* written by break_down() */
	const char *name[SIM_MAX_STEPS];
	sim_ns ns[SIM_MAX_STEPS];
	u32 nr;
	sim_ns rest_ns; /* in no step */
};

static void break_down(const struct page *p, u32 hold, struct breakdown *b)
{
	const struct tl_slice *h = timeline_slice(&p->tl, hold);

	*b = (struct breakdown){.rest_ns = h->end_ns - h->begin_ns};
	for (u32 i = hold + 1; i < p->tl.slices->len; i++) {
		const struct tl_slice *s = timeline_slice(&p->tl, i);
		u32 k = 0;

		if (s->begin_ns > h->end_ns)
			break;
		if (s->kind != TL_HOLD_STEP || s->hold != hold)
			continue;
		while (k < b->nr && b->name[k] != s->name)
			k++;
		if (k == SIM_MAX_STEPS)
			continue;
		b->nr = max(b->nr, k + 1);
		b->name[k] = s->name;
		b->ns[k] += s->end_ns - s->begin_ns;
		b->rest_ns -= min(b->rest_ns, s->end_ns - s->begin_ns);
	}
}

static void put_hold(const struct page *p, u32 hold, sim_ns longest_ns)
{
	const struct tl_slice *h = timeline_slice(&p->tl, hold);
	sim_ns ns = h->end_ns - h->begin_ns;
	char buf[2][REPORT_NS_TEXT];
	struct breakdown b;

	break_down(p, hold, &b);
	fprintf(p->to, "<tr><td data-ns=\"%" PRIu64 "\">%s</td><td class=\"l\">", ns,
		report_ns(ns, buf[0]));
	page_text(p, h->name);
	fprintf(p->to, "</td><td class=\"l\">");
	page_text(p, report_task(p->r, h->task));
	fprintf(p->to, "</td><td>%s</td><td class=\"l\"><svg width=\"520\" height=\"16\" "
		       "viewBox=\"0 0 520 16\">", report_ns(h->begin_ns, buf[0]));
	for (u32 k = 0, x = 0; k <= b.nr; k++) {
		sim_ns part_ns = k < b.nr ? b.ns[k] : b.rest_ns;
		u32 width = (u32)(part_ns * 520 / max(longest_ns, (sim_ns)1));

		if (!width)
			continue;
		fprintf(p->to,
			"<rect class=\"%s\" x=\"%u\" y=\"1\" width=\"%u\" height=\"14\"><title>",
			k < b.nr ? page_step_class(p, b.name[k]) : "sx", x, width);
		page_text(p, k < b.nr ? b.name[k] : "in no step");
		fprintf(p->to, ": %s, %u %%</title></rect>", report_ns(part_ns, buf[0]),
			(u32)(part_ns * 100 / max(ns, (sim_ns)1)));
		x += width;
	}
	fprintf(p->to, "</svg></td></tr>\n");
}

void page_longest_holds(const struct page *p)
{
	g_autofree struct ranked *rank = g_new0(struct ranked, p->tl.slices->len + 1);
	u32 nr = 0;

	for (u32 i = 0; i < p->tl.slices->len; i++) {
		const struct tl_slice *s = timeline_slice(&p->tl, i);

		if (s->kind == TL_HOLD && profiled(p, s))
			rank[nr++] = (struct ranked){i, s->end_ns - s->begin_ns};
	}
	qsort(rank, nr, sizeof(*rank), most_first);
	fprintf(p->to, "<h2>The longest exclusive holds, step by step</h2>\n");
	if (!nr)
		return;
	fprintf(p->to, "<div class=\"key\">");
	for (u32 i = 0; i < p->steps->len; i++) {
		const char *name = g_ptr_array_index(p->steps, i);

		fprintf(p->to, "<span><i class=\"%s\"></i>", page_step_class(p, name));
		page_text(p, name);
		fprintf(p->to, "</span>");
	}
	fprintf(p->to,
		"<span><i class=\"sx\"></i>other steps, or none</span></div>\n"
		"<div class=\"wide\"><table id=\"holds\"><tr><th>held</th><th class=\"l\">lock</th>"
		"<th class=\"l\">by</th><th>from</th><th class=\"l\">steps</th></tr>\n");
	for (u32 i = 0; i < min(nr, (u32)NR_LONGEST); i++)
		put_hold(p, rank[i].id, rank[0].ns);
	fprintf(p->to, "</table></div>\n");
}
