/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_fixture.h - a judge that knows all a program can do, to be compared with a search.
 *
 * The judge is an explorer around another one: it makes the canonical hash of every run from the
 * steps themselves, whatever the search inside thinks of them, and keeps what the tasks have seen.
 */
#ifndef TESTS_UNIT_EXPLORE_FIXTURE_H
#define TESTS_UNIT_EXPLORE_FIXTURE_H

#include "explore_program.h"
#include "sim/explore_trace.h"
#include "sim/explore_tree.h"

/* Class and outcome of a run, and all of them. */
struct xp_run {
	u64 class, outcome;
};

struct judge {
	struct explorer ex;
	struct explorer *inner;
	struct explore_trace trace;
	struct hash_set classes, outcomes;
	struct xp_run *run; /* the first of each class */
	u64 nr_runs, cap_runs;
	u64 ambiguous; /* classes that two outcomes belong to */
};

static inline struct judge *judge_of(struct explorer *ex)
{
	return container_of(ex, struct judge, ex);
}

static inline void judge_share(struct judge *j)
{
	j->inner->signals = j->ex.signals |= j->inner->signals;
	j->inner->ipis = j->ex.ipis |= j->inner->ipis;
	j->inner->stats.cuts |= j->ex.stats.cuts;
}

static inline u32 judge_pick(struct explorer *ex, const struct explore_view *view)
{
	return judge_of(ex)->inner->ops->pick(judge_of(ex)->inner, view);
}

static inline u32 judge_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	u32 value = judge_of(ex)->inner->ops->choose(judge_of(ex)->inner, me, kind, n);

	explore_trace_choice(&judge_of(ex)->trace, value);
	return value;
}

static inline void judge_stuck(struct explorer *ex, const struct explore_view *view)
{
	if (judge_of(ex)->inner->ops->stuck)
		judge_of(ex)->inner->ops->stuck(judge_of(ex)->inner, view);
}

static inline void judge_stepped(struct explorer *ex, const struct explore_step *step)
{
	struct judge *j = judge_of(ex);

	if (explore_tree_is_over(j->inner))
		return;
	explore_trace_order(&j->trace, explore_trace_add(&j->trace, step), NULL, NULL);
	j->inner->ops->stepped(j->inner, step);
}

static inline void judge_begin(struct explorer *ex, struct sim *sim)
{
	struct judge *j = judge_of(ex);

	if (!j->trace.last)
		explore_trace_init(&j->trace, sim->nr_tasks);
	explore_trace_cut(&j->trace, 0);
	j->inner->ops->begin(j->inner, sim);
}

static const struct explorer_ops judge_ops = {
	.name = "judge",
	.pick = judge_pick,
	.choose = judge_choose,
	.stuck = judge_stuck,
	.stepped = judge_stepped,
	.begin = judge_begin,
};

static inline struct judge *judge_create(const struct explore_options *opt)
{
	struct judge *j = calloc(1, sizeof(*j));

	assert_non_null(j);
	j->ex.ops = &judge_ops;
	j->inner = explore_tree_create(opt);
	assert_non_null(j->inner);
	j->ex.max_retries = opt->max_retries;
	j->ex.erases = j->inner->erases;
	return j;
}

static inline void judge_destroy(struct judge *j)
{
	explore_tree_destroy(j->inner);
	explore_trace_exit(&j->trace);
	hash_set_exit(&j->classes);
	hash_set_exit(&j->outcomes);
	free(j->run);
	free(j);
}

/* What can be told from a run: what tasks have seen, what is left, who came to an end. */
static inline u64 xp_outcome(const struct xp *x)
{
	u64 h = 1;

	for (u32 i = 0; i < x->prog->nr_tasks; i++) {
		h = (h ^ x->seen[i]) * 0x9fb21c651e98df25ull;
		h = (h ^ x->sim->tasks[i]->state) * 0xd6e8feb86659fd93ull;
	}
	for (u32 i = 0; i < 10; i++)
		h = (h ^ x->locked[i / 2][i % 2]) * 0x9fb21c651e98df25ull;
	for (u32 i = 0; i < XP_OBJS; i++)
		h = (h ^ x->var[i]) * 0x9fb21c651e98df25ull;
	h = (h ^ x->freed) * 0xd6e8feb86659fd93ull;
	for (u32 i = 0; i < x->sim->nr_findings; i++)
		h += (u64)x->sim->findings[i].rule[0] * (u64)x->sim->findings[i].rule[1];
	return h ^ h >> 32;
}

static inline void judge_note(struct judge *j, const struct xp *x)
{
	u64 class = j->trace.hash, outcome = xp_outcome(x);

	hash_set_add(&j->outcomes, outcome);
	if (hash_set_add(&j->classes, class)) {
		if (j->nr_runs == j->cap_runs) {
			j->cap_runs = 2 * j->cap_runs + 64;
			j->run = realloc(j->run, j->cap_runs * sizeof(*j->run));
			assert_non_null(j->run);
		}
		j->run[j->nr_runs++] = (struct xp_run){ class, outcome };
		return;
	}
	for (u64 i = 0; i < j->nr_runs; i++) {
		if (j->run[i].class == class) {
			j->ambiguous += j->run[i].outcome != outcome;
			return;
		}
	}
}

/* As it was before the run; @saved: what sim_checkpoint() returned. */
static inline struct xp *xp_again(struct xp *x, const struct xp_program *prog,
				  struct sim_config *cfg, int saved)
{
	if (!saved) {
		sim_restore(x->sim, 1);
		return x;
	}
	sim_destroy(x->sim);
	return xp_sim(prog, cfg);
}

/* Explore @prog.  Return: false if there were more than @limit executions. */
static inline bool judge_explore(struct judge *j, const struct xp_program *prog, bool all_points,
				 u64 limit)
{
	struct sim_config cfg = test_config(SCHED_SEARCH);
	struct xp *x;
	bool more;
	int saved;

	cfg.pool = sim_pool_create(); /* where there are no checkpoints */
	cfg.explorer = &j->ex;
	cfg.all_points = all_points;
	cfg.lock_stat = false;
	cfg.fail_one_in = 2;
	x = xp_sim(prog, &cfg);
	saved = sim_checkpoint(x->sim);
	for (;;) {
		sim_run(x->sim);
		judge_share(j);
		if (!explore_tree_cut_short(j->inner))
			judge_note(j, x);
		more = explorer_done(j->inner, x->sim);
		judge_share(j);
		if (!more || j->inner->stats.executions >= limit)
			break;
		x = xp_again(x, prog, &cfg, saved);
	}
	sim_destroy(x->sim);
	sim_pool_destroy(cfg.pool);
	return !more;
}

/* Are all outcomes of @a among those of @b? */
static inline bool outcomes_within(const struct judge *a, struct judge *b)
{
	u64 before = b->outcomes.nr;

	for (u64 i = 0; a->outcomes.order && i < 1ull << a->outcomes.order; i++) {
		if (a->outcomes.slot[i])
			hash_set_add(&b->outcomes, a->outcomes.slot[i]);
	}
	return b->outcomes.nr == before;
}

static inline bool judges_agree(const struct judge *a, struct judge *b)
{
	u64 before = b->classes.nr;
	bool same = a->classes.nr == b->classes.nr;

	for (u64 i = 0; i < a->nr_runs; i++)
		hash_set_add(&b->classes, a->run[i].class);
	return same && b->classes.nr == before;
}

#endif
