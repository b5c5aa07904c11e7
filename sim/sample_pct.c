// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/sample_pct.c - probabilistic concurrency testing.
 *
 * Tasks have random priorities, the highest that is enabled goes on; at depth - 1 random decisions
 * whoever would go on is put below all others first.  What counts as a decision has more than one
 * alternative: at others it makes no difference who is put where.
 *
 * Invariants: order[] lists the tasks from the highest priority to the lowest; a change point with
 * a lower label puts its task lower, whichever comes first; no change point is before the current
 * decision.
 *
 * Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic
 * guarantees of finding bugs", ASPLOS 2010
 */
#include <string.h>

#include "sim/sampler.h"

#define PCT_FIRST_ESTIMATE 64
#define PCT_NEVER	   UINT64_MAX

struct change_point {
	/* written by the sampler, anew for each run */
	u64 at; /* decision, or PCT_NEVER */
	u32 label;
};

struct pct {
	struct sampler s;
	/* constant */
	u32 depth;
	bool learns; /* how long runs are */
	char name[16];
	/* written by the sampler */
	u64 length;  /* change points are spread over so many decisions */
	u64 runs;    /* with this length */
	/* written by the sampler, anew for each run */
	u64 horizon; /* length, or more if this run is longer */
	u64 next_at; /* the first change point */
	u32 label;   /* the lowest there is */
	u32 *order;
	u32 *prio;   /* by task; the lower half of the range is for change points */
	struct change_point change[PCT_MAX_DEPTH - 1];
};

#define PCT_BASE BIT(31)

static void next_change(struct pct *p)
{
	p->next_at = p->horizon;
	for (u32 i = 0; i + 1 < p->depth; i++)
		p->next_at = min(p->next_at, p->change[i].at);
}

/* Spread change points over [from, from + length); each is wanted one time in @one_in. */
static void draw_changes(struct pct *p, u64 from, u64 length, u32 one_in)
{
	p->label -= p->depth;
	for (u32 i = 0; i + 1 < p->depth; i++) {
		struct change_point *c = &p->change[i];

		c->at = PCT_NEVER;
		c->label = p->label + i;
		if (prng_below(&p->s.rng, one_in) == 0)
			c->at = from + prng_below(&p->s.rng, (u32)min(length, UINT32_MAX));
	}
	p->horizon = from + length;
	next_change(p);
}

static void pct_begin(struct explorer *ex, struct sim *sim)
{
	struct pct *p = (struct pct *)ex;
	u32 n = sim->nr_tasks;

	p->order = sampler_begin(&p->s, sim, 2 * sizeof(u32));
	p->prio = p->order + n;
	for (u32 i = 0; i < n; i++) { /* a random permutation, grown from within */
		u32 k = prng_below(&p->s.rng, i + 1);

		p->order[i] = p->order[k];
		p->order[k] = i;
	}
	for (u32 i = 0; i < n; i++)
		p->prio[p->order[i]] = PCT_BASE + n - i;
	p->label = PCT_BASE;
	draw_changes(p, 0, p->length, 1);
}

/* The highest that may go on.  Return: its place in order[]. */
static u32 pct_top(const struct pct *p, const struct explore_view *view)
{
	for (u32 i = 0;; i++) {
		SIM_ASSERT(i < p->s.nr_tasks);
		if (explore_is_enabled(view, p->order[i]) &&
		    fair_allows(&p->s.fair, view, p->order[i]))
			return i;
	}
}

static void pct_lower(struct pct *p, u32 place, u32 prio)
{
	u32 id = p->order[place];

	p->prio[id] = prio;
	for (; place + 1 < p->s.nr_tasks && p->prio[p->order[place + 1]] > prio; place++)
		p->order[place] = p->order[place + 1];
	p->order[place] = id;
}

/* This decision is a change point, or the first that was not reckoned with. */
static void pct_change(struct pct *p, const struct explore_view *view, u64 now)
{
	if (now == p->horizon)
		draw_changes(p, now, p->horizon, 2);
	for (u32 i = 0; i + 1 < p->depth; i++) {
		if (p->change[i].at != now)
			continue;
		p->change[i].at = PCT_NEVER;
		pct_lower(p, pct_top(p, view), p->change[i].label);
	}
	next_change(p);
}

static u32 pct_pick(struct explorer *ex, const struct explore_view *view)
{
	struct pct *p = (struct pct *)ex;

	fair_step(&p->s.fair, view);
	if (view->nr_enabled > 1) {
		u64 now = p->s.decisions++;

		if (unlikely(now == p->next_at))
			pct_change(p, view, now);
	}
	return p->order[pct_top(p, view)];
}

static bool pct_done(struct explorer *ex, struct sim *sim)
{
	struct pct *p = (struct pct *)ex;

	sampler_done(ex, sim);
	p->runs++;
	if (p->learns && p->s.max_decisions != p->length) {
		p->length = max(p->s.max_decisions, 1ull);
		p->runs = 0;
	}
	return true;
}

double pct_bound(u32 nr_tasks, u64 decisions, u32 depth)
{
	double p = 1.0 / (double)max(nr_tasks, 1u);

	for (u32 i = 1; i < depth; i++)
		p /= (double)max(decisions, 1ull);
	return p;
}

/* x to the n-th. */
static double power(double x, u64 n)
{
	double r = 1;

	for (; n; n /= 2, x *= x) {
		if (n % 2)
			r *= x;
	}
	return r;
}

static bool pct_promise(const struct explorer *ex, u32 i, struct pct_promise *out)
{
	const struct pct *p = (const struct pct *)ex;
	double each = pct_bound(p->s.nr_tasks, p->length, p->depth);

	if (i || !p->runs)
		return false;
	*out = (struct pct_promise){
		.depth = p->depth,
		.nr_tasks = p->s.nr_tasks,
		.decisions = p->length,
		.runs = p->runs,
		.each = each,
		.all = 1 - power(1 - each, p->runs),
	};
	return true;
}

static const char *pct_name(const struct explorer *ex)
{
	return ((const struct pct *)ex)->name;
}

static const struct sampler_ops pct_ops = {
	.ex = {
		.name = "pct",
		.begin = pct_begin,
		.pick = pct_pick,
		.choose = sampler_choose,
		.done = pct_done,
	},
	.promise = pct_promise,
	.run_name = pct_name,
	.finish = sampler_finish,
};

struct explorer *sample_pct_new(u32 depth, u64 decisions)
{
	struct pct *p = sampler_new(&pct_ops, sizeof(*p));

	SIM_ASSERT(depth >= 1 && depth <= PCT_MAX_DEPTH);
	p->depth = depth;
	p->learns = !decisions;
	p->length = decisions ? decisions : PCT_FIRST_ESTIMATE;
	memcpy(p->name, "pct:", 4);
	p->name[4] = (char)('0' + depth / 10 % 10);
	p->name[5] = (char)('0' + depth % 10);
	if (depth < 10)
		memmove(p->name + 4, p->name + 5, 2);
	return &p->s.ex;
}
