// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/explore_tree.c - depth-first search by running again: nodes, sleep sets, bounds.
 *
 * A run follows the path that the last one has left, to its end; from there on it makes new nodes.
 * explorer_done() goes back to the deepest node with something left to try.
 *
 * Invariants: see explore_search.h.  Nothing is allocated once the arrays have grown to the depth
 * of the tree.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/explore_search.h"

#define GROW(p, cap, nr)                                                                  \
	do {                                                                              \
		if (unlikely((nr) > (cap))) {                                             \
			(cap) = 2 * (cap) + (nr) + 64;                                    \
			(p) = realloc(p, (cap) * sizeof(*(p)));                           \
			SIM_ASSERT(p);                                                    \
		}                                                                         \
	} while (0)

void explore_options_default(struct explore_options *opt)
{
	*opt = (struct explore_options){
		.mode = EXPLORE_DPOR,
		.sleep_sets = true,
		.max_preemptions = EXPLORE_NO_LIMIT,
		.max_failures = 1,
		.max_values = 16,
		.max_steps = 10000,
		.max_retries = 8,
		.seed = 1,
	};
}

static bool has_sleep_sets(const struct explore_tree *t)
{
	return t->opt.mode == EXPLORE_DPOR ||
	       (t->opt.sleep_sets && t->opt.max_preemptions == EXPLORE_NO_LIMIT);
}

/* --- going down --- */

static struct tree_node *node_add(struct explore_tree *t)
{
	struct tree_node *n;

	GROW(t->node, t->cap, t->nr + 1);
	n = &t->node[t->nr++];
	memset(n, 0, sizeof(*n));
	return n;
}

static void sleeper_add(struct explore_tree *t, struct tree_node *n, struct sleeper s)
{
	GROW(t->sleeper, t->cap_sleepers, n->sleepers + n->nr_sleepers + 1);
	t->sleeper[n->sleepers + n->nr_sleepers++] = s;
	n->asleep |= BIT_ULL(s.task);
}

/* Who sleeps on after the step that @p began. */
static void sleepers_inherit(struct explore_tree *t, struct tree_node *n, const struct tree_node *p)
{
	const struct footprint *foot = &t->trace.step[p->step].foot;

	n->sleepers = p->sleepers + p->nr_sleepers;
	n->touches = p->touches + p->nr_union;
	for (u32 i = 0; i < p->nr_sleepers; i++) {
		struct sleeper s = t->sleeper[p->sleepers + i];

		if (s.task != p->value && !footprints_depend(t->sleep_touch, &s.foot,
							     t->trace.touch, foot))
			sleeper_add(t, n, s);
	}
}

static bool preempts(const struct tree_node *n, u32 task)
{
	return n->last != SIM_NO_TASK && n->last != task;
}

/* Whom the preemption bound allows. */
static u64 allowed(struct explore_tree *t, const struct tree_node *n)
{
	if (n->preemptions < t->opt.max_preemptions || n->last == SIM_NO_TASK)
		return n->enabled;
	if (n->enabled & ~BIT_ULL(n->last))
		t->ex.stats.cuts |= CUT_PREEMPTIONS;
	return BIT_ULL(n->last);
}

/* Tasks begin before anything else happens; then who goes on goes on. */
static u32 first_choice(const struct explore_view *view, u64 tasks)
{
	for (u64 bits = tasks; bits; bits &= bits - 1) {
		u32 id = (u32)__builtin_ctzll(bits);

		if (view->pending[id].kind == OP_START)
			return id;
	}
	if (view->last_enabled && tasks & BIT_ULL(view->last))
		return view->last;
	return (u32)__builtin_ctzll(tasks);
}

/* --- what has not happened at the end of a run --- */

static void pending_locks(struct explore_tree *t, const struct explore_view *view)
{
	for (u32 id = 0; id < t->trace.nr_tasks; id++) {
		if (view->pending[id].kind == OP_LOCK && !explore_is_enabled(view, id) &&
		    view->sim->tasks[id]->state == TASK_RUNNING)
			explore_race_pending(t, id, &view->pending[id], view->pending[id].obj);
	}
}

/* A daemon's wait that has not ended by its deadline could have, before the end. */
static void pending_timeouts(struct explore_tree *t, const struct explore_view *view)
{
	for (u32 id = 0; id < t->trace.nr_tasks; id++) {
		const struct task *task = view->sim->tasks[id];

		if (task->daemon && view->pending[id].kind == OP_TIMEOUT &&
		    task->park_deadline_ns != SIM_NS_MAX)
			explore_race_pending(t, id, &view->pending[id], EXPLORE_END_OBJ);
	}
}

/* Who cannot go on might have, earlier.  Also if those who can are all asleep. */
static void pending_races(struct explore_tree *t, const struct explore_view *view)
{
	if (t->opt.mode != EXPLORE_DPOR || view->step != t->trace.nr)
		return;
	pending_locks(t, view);
	if (t->opt.unsound != UNSOUND_DAEMONS)
		pending_timeouts(t, view);
}

static u32 run_stop(struct explore_tree *t, u32 cut)
{
	t->ex.stats.cuts |= cut;
	t->cut = cut != 0;
	t->blocked = cut == 0;
	return EXPLORE_STOP;
}

/* Whose last round was in vain waits until nobody else is left. */
static u64 can_go_on(const struct explore_view *view)
{
	return view->enabled[0] & ~view->vain[0];
}

static u32 tree_deeper(struct explore_tree *t, const struct explore_view *view)
{
	struct tree_node *n;
	u64 tasks;

	if (view->step >= t->opt.max_steps)
		return run_stop(t, CUT_STEPS);
	n = node_add(t);
	n->parent = t->nr - 1;
	n->step = (u32)view->step;
	n->enabled = can_go_on(view);
	n->last = view->last_enabled && !view->last_retries ? view->last : SIM_NO_TASK;
	if (t->nr > 1) {
		const struct tree_node *p = &t->node[t->parent];

		n->preemptions = p->preemptions + preempts(p, p->value);
		sleepers_inherit(t, n, p);
	}
	tasks = allowed(t, n);
	if (!(tasks & ~n->asleep)) {
		t->nr--;
		pending_races(t, view);
		return run_stop(t, 0);
	}
	n->value = first_choice(view, tasks & ~n->asleep);
	n->backtrack = t->opt.mode == EXPLORE_DPOR ? BIT_ULL(n->value) : tasks;
	GROW(t->node_of, t->cap_steps, n->step + 1);
	t->node_of[n->step] = t->nr - 1;
	return n->value;
}

/*
 * What is left of the run is made for its end only: whoever has tried in vain tries again, in turn,
 * each until it cannot go on, or has to try again.
 */
static u32 over_pick(struct explore_tree *t, const struct explore_view *view)
{
	u32 next;

	if (view->step >= t->opt.max_steps)
		return run_stop(t, CUT_STEPS);
	t->ex.known = true;
	if (!t->over) {
		t->over = true;
		pending_races(t, view);
		return explore_next_enabled(view, 0);
	}
	if (view->last_enabled && !view->last_retries)
		return view->last;
	next = explore_next_enabled(view, view->last + 1);
	return next == SIM_NO_TASK ? explore_next_enabled(view, 0) : next;
}

static u32 tree_pick(struct explorer *ex, const struct explore_view *view)
{
	struct explore_tree *t = tree_of(ex);
	u32 task;

	t->view = view;
	t->trace.choices = 0;
	if (unlikely(t->over || !can_go_on(view)))
		return over_pick(t, view);
	ex->known = view->step < t->trace.nr;
	if (t->at == t->nr) {
		task = tree_deeper(t, view);
		if (task == EXPLORE_STOP)
			return task;
	} else {
		SIM_ASSERT(!t->node[t->at].n && t->node[t->at].enabled == can_go_on(view));
		task = t->node[t->at].value;
	}
	t->parent = t->at++;
	return task;
}

/* What somebody draws that has too many alternatives: its own n-th such number. */
static u32 tree_draw(struct explore_tree *t, const struct task *me, u32 n)
{
	u64 who = me ? me->id + 1 : 0;
	u64 r = prng_mix(prng_mix(t->opt.seed + who) + t->nr_drawn++);

	t->ex.stats.cuts |= CUT_VALUES;
	return n ? (u32)(r % n) : (u32)(r >> 32);
}

static u32 tree_value(struct explore_tree *t, u32 n, bool fail)
{
	struct tree_node *x;

	if (t->at == t->nr) {
		x = node_add(t);
		x->parent = t->parent;
		x->step = t->node[t->parent].step;
		x->n = n;
		x->fail = fail;
		x->failures = t->failures;
	}
	x = &t->node[t->at++];
	SIM_ASSERT(x->n == n && x->fail == fail);
	explore_trace_choice(&t->trace, x->value);
	return x->value;
}

static u32 tree_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	struct explore_tree *t = tree_of(ex);

	if (!me || t->over)
		return 0;
	if (kind != CHOICE_FAIL)
		return n && n <= t->opt.max_values ? tree_value(t, n, false) : tree_draw(t, me, n);
	if (t->failures >= t->opt.max_failures) {
		t->ex.stats.cuts |= CUT_FAILURES;
		return 0;
	}
	if (!tree_value(t, 2, true))
		return 0;
	t->failures++;
	return n - 1; /* what __sim_chosen_to_fail() takes for a failure */
}

/* --- what a step has touched, as this search sees it --- */

static u32 unsound_touches(const struct explore_tree *t, const struct explore_step *step,
			   struct explore_touch *out)
{
	u32 nr = 0;

	for (u32 i = 0; i < step->nr_touched; i++) {
		struct explore_touch x = step->touch[i];

		if (t->opt.unsound == UNSOUND_RELEASES &&
		    (x.how & (TOUCH_RELEASE | TOUCH_ACQUIRE)) == TOUCH_RELEASE)
			continue;
		if (t->opt.unsound == UNSOUND_READERS && !x.write &&
		    x.how & (TOUCH_ACQUIRE | TOUCH_RELEASE))
			continue;
		if (t->opt.unsound == UNSOUND_COMMUTES && x.write == TOUCH_COMMUTES)
			x.write = TOUCH_READS;
		out[nr++] = x;
	}
	return nr;
}

static void step_new(struct explore_tree *t, const struct explore_step *step)
{
	struct explore_touch touch[256];
	struct explore_step s = *step;
	u32 k;

	if (unlikely(t->opt.unsound) && step->nr_touched <= ARRAY_SIZE(touch)) {
		s.nr_touched = unsound_touches(t, step, touch);
		s.touch = touch;
	}
	k = explore_trace_add(&t->trace, &s);
	explore_trace_order(&t->trace, k,
			    t->opt.mode == EXPLORE_DPOR ? explore_race_direct : NULL, t);
}

static void tree_stepped(struct explorer *ex, const struct explore_step *step)
{
	struct explore_tree *t = tree_of(ex);

	if (t->over)
		return;
	if (step->number >= t->trace.nr)
		step_new(t, step);
	else
		SIM_ASSERT(t->trace.step[step->number].task == step->task);
	t->trace.choices = 0;
}

static void tree_stuck(struct explorer *ex, const struct explore_view *view)
{
	pending_races(tree_of(ex), view);
}

/* --- going back --- */

/* Add what the step of schedule node @p has touched to what it does for any values. */
static void union_add(struct explore_tree *t, struct tree_node *p)
{
	const struct footprint *f = &t->trace.step[p->step].foot;
	struct explore_touch *u;

	GROW(t->sleep_touch, t->cap_sleep_touch, p->touches + p->nr_union + f->nr);
	u = t->sleep_touch + p->touches;
	for (u32 i = 0; i < f->nr; i++) {
		const struct explore_touch *x = &t->trace.touch[f->at + i];
		u32 k = 0;

		while (k < p->nr_union && u[k].obj != x->obj)
			k++;
		if (k < p->nr_union)
			u[k].write = explore_both(u[k].write, x->write);
		else
			u[p->nr_union++] = *x;
	}
}

/* All of the subtree below the current choice of @n has been seen. */
static void node_done(struct explore_tree *t, struct tree_node *n)
{
	if (!has_sleep_sets(t)) {
		n->backtrack &= ~BIT_ULL(n->value);
		n->nr_union = 0;
		return;
	}
	sleeper_add(t, n, (struct sleeper){
		.task = n->value,
		.foot = footprint_of(t->sleep_touch, n->touches, n->nr_union),
	});
	n->touches += n->nr_union;
	n->nr_union = 0;
}

/* The deepest node with something left to try gets its next alternative. */
static bool tree_next(struct explore_tree *t)
{
	while (t->nr) {
		struct tree_node *n = &t->node[t->nr - 1], *p = &t->node[n->parent];
		u64 left;

		if (has_sleep_sets(t) && t->trace.nr > p->step)
			union_add(t, p);
		explore_trace_cut(&t->trace, p->step);
		if (n->n) {
			if (++n->value < n->n)
				return true;
			t->nr--;
			continue;
		}
		node_done(t, n);
		left = n->backtrack & ~n->asleep;
		if (left) {
			n->value = (u32)__builtin_ctzll(left);
			return true;
		}
		t->nr--;
	}
	return false;
}

/* The search has learnt something that changes what its steps depend on: it begins again. */
static void tree_restart(struct explore_tree *t)
{
	t->nr = 0;
	explore_trace_cut(&t->trace, 0);
}

static void run_account(struct explore_tree *t, const struct sim *sim)
{
	struct explore_stats *st = &t->ex.stats;

	st->executions++;
	st->sleep_blocked += t->blocked;
	st->cut_runs += t->cut;
	st->max_steps = max(st->max_steps, t->trace.nr);
	if (!sim->cfg.all_points)
		st->cuts |= CUT_RELEASES;
	if (t->blocked || t->cut || !t->opt.count_classes)
		return;
	st->classes += hash_set_add(&t->seen, t->trace.hash);
}

static bool tree_done(struct explorer *ex, struct sim *sim)
{
	struct explore_tree *t = tree_of(ex);

	if (sim->stopped && !t->blocked && ex->stats.cuts & CUT_RETRIES)
		t->cut = true;
	run_account(t, sim);
	if (ex->signals != t->signals || ex->ipis != t->ipis) {
		t->signals = ex->signals;
		t->ipis = ex->ipis;
		tree_restart(t);
		return true;
	}
	if (tree_next(t))
		return true;
	ex->stats.exhausted = !ex->stats.cuts;
	return false;
}

static void tree_begin(struct explorer *ex, struct sim *sim)
{
	struct explore_tree *t = tree_of(ex);

	SIM_ASSERT(sim->nr_tasks <= 64);
	if (!t->trace.last)
		explore_trace_init(&t->trace, sim->nr_tasks);
	SIM_ASSERT(t->trace.nr_tasks == sim->nr_tasks);
	t->at = t->failures = t->nr_drawn = t->parent = 0;
	t->view = NULL;
	t->blocked = t->cut = t->over = false;
	t->trace.choices = 0;
}

static const struct explorer_ops tree_ops = {
	.name = "tree",
	.begin = tree_begin,
	.pick = tree_pick,
	.choose = tree_choose,
	.stuck = tree_stuck,
	.stepped = tree_stepped,
	.done = tree_done,
};

struct explorer *explore_tree_create(const struct explore_options *opt)
{
	struct explore_tree *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->opt = *opt;
	t->ex.ops = &tree_ops;
	t->ex.max_retries = opt->max_retries;
	t->ex.erases = !opt->all_rounds;
	return &t->ex;
}

void explore_tree_destroy(struct explorer *ex)
{
	struct explore_tree *t;

	if (!ex)
		return;
	t = tree_of(ex);
	explore_trace_exit(&t->trace);
	hash_set_exit(&t->seen);
	free(t->node);
	free(t->node_of);
	free(t->sleeper);
	free(t->sleep_touch);
	free(t);
}

u64 explore_tree_hash(const struct explorer *ex)
{
	return container_of(ex, const struct explore_tree, ex)->trace.hash;
}

bool explore_tree_is_over(const struct explorer *ex)
{
	return container_of(ex, const struct explore_tree, ex)->over;
}

bool explore_tree_cut_short(const struct explorer *ex)
{
	const struct explore_tree *t = container_of(ex, const struct explore_tree, ex);

	return t->blocked || t->cut;
}
