// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/explore_race.c - source-DPOR: which other order of two dependent steps has to be tried.
 *
 * Two steps i, k of different tasks race if k depends on i and on nothing in between that depends
 * on i.  If k's task could have made its step before i, then some run must do so: from the node of
 * i, all that lies between the two and does not come after i, and then k.  Which task begins that
 * does not matter as long as it is a possible beginning (an initial): if one of those is explored
 * there, or asleep, nothing has to be added.
 *
 * A lock without a shared mode makes its next owner wait.  Its release lets the next owner go on:
 * these two have no other order.  The race is between the next owner and the step in which the
 * releasing task acquired the lock, and what happens between that and the release comes after it.
 * A wake-up and what it wakes have no other order either, unless the wait has a deadline.
 *
 * What a step touches may depend on what came before it: moved to before i, k need not be the step
 * that it was.  See initials().
 *
 * Invariants: what is added to a node is enabled there.  Where no initial is (a step that acts on
 * more than one object, and differently in the other order), everybody is added: too much at worst.
 *
 * Paper: Abdulla, Aronis, Jonsson, Sagonas, "Source sets", POPL 2014, algorithm 1; the step over
 * releases follows from Flanagan, Godefroid, POPL 2005: acquisitions may be co-enabled, a release
 * and an acquisition never are.
 */
#include "sim/explore_search.h"

/* What @task does next at node @n has been explored: what it touches there; or NULL. */
static const struct footprint *asleep_foot(const struct explore_tree *t, const struct tree_node *n,
					   u32 task)
{
	if (!(n->asleep & BIT_ULL(task)))
		return NULL;
	for (u32 i = 0; i < n->nr_sleepers; i++) {
		if (t->sleeper[n->sleepers + i].task == task)
			return &t->sleeper[n->sleepers + i].foot;
	}
	return NULL;
}

/* Does @foot, of a sleeper, depend on what lies between steps @i and @k and not after @i? */
static bool meets_between(const struct explore_tree *t, const struct footprint *foot, u32 i, u32 k)
{
	const struct explore_trace *tr = &t->trace;

	for (u32 j = i + 1; j < k; j++) {
		if (!trace_before(tr, i, j) &&
		    footprints_depend(t->sleep_touch, foot, tr->touch, &tr->step[j].foot))
			return true;
	}
	return false;
}

/*
 * Possible beginnings of what has to come before step @i for step @k to come before it, too.
 *
 * What step @k would touch there need not be what it has touched here, after @i.  If its task is
 * asleep there, it is known.  If not, it will be explored there, and what it touches then is
 * compared with the others there.
 */
static u64 initials(const struct explore_tree *tree, u32 i, u32 k, u32 *first)
{
	const struct explore_trace *t = &tree->trace;
	const struct tree_node *n = &tree->node[tree->node_of[i]];
	const struct footprint *foot = asleep_foot(tree, n, t->step[k].task);
	u32 nth[64]; /* by task: its first step among them */
	u64 seen = 0, initial = 0;

	for (u32 j = i + 1; j <= k; j++) {
		const struct trace_step *s = &t->step[j];
		const u32 *clock;
		bool begins = true;

		if (seen & BIT_ULL(s->task) || (j < k && trace_before(t, i, j)))
			continue;
		clock = trace_clock(t, j);
		for (u64 bits = seen; bits && begins; bits &= bits - 1) {
			u32 u = (u32)__builtin_ctzll(bits);

			begins = clock[u] <= nth[u];
		}
		if (j == k && foot && tree->opt.unsound != UNSOUND_STEPS)
			begins = !meets_between(tree, foot, i, k);
		seen |= BIT_ULL(s->task);
		nth[s->task] = s->nth;
		if (!begins)
			continue;
		if (!initial)
			*first = s->task;
		initial |= BIT_ULL(s->task);
	}
	return initial;
}

static void race(struct explore_tree *t, u32 i, u32 k)
{
	struct tree_node *n = &t->node[t->node_of[i]];
	u32 task = t->trace.step[k].task, first = 0;
	u64 initial = initials(t, i, k, &first);

	if (initial & (n->backtrack | n->asleep))
		return;
	if (initial & BIT_ULL(task))
		first = task;
	if (likely(n->enabled & BIT_ULL(first))) {
		n->backtrack |= BIT_ULL(first);
		return;
	}
	t->ex.stats.unclear++;
	n->backtrack |= n->enabled;
}

static bool was_enabled(const struct explore_tree *t, u32 i, u32 task)
{
	return t->node[t->node_of[i]].enabled >> task & 1;
}

/* The step that acquired @lock and has not released it before step @i; or TRACE_NO_STEP. */
static u32 held_before(const struct explore_trace *t, u32 i, u32 lock)
{
	while (i-- > 0) {
		const struct explore_touch *x = trace_touched(t, i, lock);

		if (x && x->write && x->how & (TOUCH_ACQUIRE | TOUCH_RELEASE))
			return x->how & TOUCH_RELEASE ? TRACE_NO_STEP : i;
	}
	return TRACE_NO_STEP;
}

/* Does step @j write to something that step @k has looked at? */
static bool writes_for(const struct explore_trace *t, u32 j, u32 k)
{
	const struct footprint *f = &t->step[k].foot;

	for (u32 n = 0; n < f->nr; n++) {
		const struct explore_touch *x = trace_touched(t, j, t->touch[f->at + n].obj);

		if (x && x->write)
			return true;
	}
	return false;
}

/* Step @i ended the wait before step @k: would somebody else have done so without it? */
static bool others_wake(const struct explore_trace *t, u32 i, u32 k)
{
	const struct trace_step *s = &t->step[k];

	for (u32 j = s->prev + 1; j < k; j++) {
		const struct explore_touch *x;

		if (j == i || trace_before(t, i, j))
			continue;
		x = trace_touched(t, j, EXPLORE_TASK_OBJ | s->task);
		if (s->op.kind == OP_AWAIT ? writes_for(t, j, k) : x && x->how & TOUCH_WAKE)
			return true;
	}
	return false;
}

/*
 * The wait before step @k was ended by step @i, when time did not pass any more: its deadline could
 * have ended it before that.
 */
static void race_with_end(struct explore_tree *t, u32 i, u32 k)
{
	const struct explore_trace *tr = &t->trace;
	u32 prev = tr->step[k].prev;

	while (i-- > 0) {
		const struct explore_touch *x = trace_touched(tr, i, EXPLORE_END_OBJ);

		if (x && x->write && !trace_before(tr, i, prev))
			race(t, i, k);
	}
}

/**
 * explore_race_direct - step @k depends directly on step @i: do they race?
 */
void explore_race_direct(void *arg, u32 i, u32 k)
{
	struct explore_tree *t = arg;
	const struct explore_trace *tr = &t->trace;
	const struct trace_step *s = &tr->step[k];
	u32 held = TRACE_NO_STEP;

	if (s->waker == i && !s->timed && !others_wake(tr, i, k))
		return;
	if (unlikely(s->waker == i && s->timed && !was_enabled(t, i, s->task)) &&
	    t->opt.unsound != UNSOUND_DAEMONS)
		race_with_end(t, i, k);
	if (s->op.kind == OP_LOCK && trace_touched(tr, i, s->op.obj))
		held = held_before(tr, i, s->op.obj);
	if (held == TRACE_NO_STEP) {
		race(t, i, k);
		return;
	}
	if (t->opt.unsound == UNSOUND_LOCKS || tr->step[held].task == s->task)
		return;
	if (s->prev == TRACE_NO_STEP || !trace_before(tr, held, s->prev))
		race(t, held, k);
}

/**
 * explore_race_pending - @task would do @op next, to @obj, but the run has ended: does that race
 * with what has been done?
 */
void explore_race_pending(struct explore_tree *t, u32 task, const struct explore_op *op, u64 obj)
{
	struct explore_touch touch = {.obj = obj, .write = op->write, .how = TOUCH_ACCESS};
	struct explore_step step = {
		.task = task, .waker = SIM_NO_STEP, .op = *op, .touch = &touch, .nr_touched = 1,
	};
	u64 hash = t->trace.hash;
	u32 k = explore_trace_add(&t->trace, &step);

	explore_trace_order(&t->trace, k, explore_race_direct, t);
	explore_trace_cut(&t->trace, k);
	SIM_ASSERT(t->trace.hash == hash);
}
