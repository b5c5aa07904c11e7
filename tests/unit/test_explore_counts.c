// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_explore_counts.c - how many executions a search needs where the number is known, bounds, and
 * that a search which is wrong on purpose is caught by the judge.
 */
#include "explore_fixture.h"

/* Tasks with so many critical sections of one mutex, one after the other. */
static void sections(struct xp_program *prog, u32 tasks, u32 nr, enum xp_kind kind)
{
	memset(prog, 0, sizeof(*prog));
	prog->nr_tasks = tasks;
	for (u32 t = 0; t < tasks; t++) {
		prog->task[t].nr = nr;
		for (u32 i = 0; i < nr; i++)
			prog->task[t].item[i] = (struct xp_item){kind, 0, i + 1};
	}
}

/* Explore @prog; the findings of all runs are counted, by rule "deadlock". */
static struct explore_stats search(const struct xp_program *prog, const struct explore_options *opt,
				   bool all_points, u64 *deadlocks)
{
	struct explorer *ex = explore_tree_create(opt);
	struct sim_config cfg = test_config(SCHED_SEARCH);
	struct explore_stats st;
	u64 found = 0;
	struct xp *x;
	int saved;

	assert_non_null(ex);
	cfg.pool = sim_pool_create(); /* where there are no checkpoints */
	cfg.explorer = ex;
	cfg.all_points = all_points;
	cfg.lock_stat = false;
	cfg.fail_one_in = 2;
	x = xp_sim(prog, &cfg);
	saved = sim_checkpoint(x->sim);
	for (;;) {
		sim_run(x->sim);
		if (!explore_tree_cut_short(ex))
			found += sim_has_finding(x->sim, "deadlock");
		if (!explorer_done(ex, x->sim))
			break;
		x = xp_again(x, prog, &cfg, saved);
	}
	sim_destroy(x->sim);
	sim_pool_destroy(cfg.pool);
	st = ex->stats;
	explore_tree_destroy(ex);
	if (deadlocks)
		*deadlocks = found;
	return st;
}

static struct explore_options options(enum explore_mode mode)
{
	struct explore_options opt;

	explore_options_default(&opt);
	opt.mode = mode;
	opt.sleep_sets = false;
	opt.count_classes = true;
	return opt;
}

/* (3n)! / n!^3 orders, each of them once. */
static void one_execution_per_order(void **state)
{
	static const u64 orders[] = { 1, 6, 90, 1680, 34650 };
	static const enum xp_kind kind[] = { XP_MUTEX, XP_SPIN, XP_BIT, XP_RW_WRITE, XP_SEM_WRITE };
	struct explore_options opt = options(EXPLORE_DPOR);
	struct xp_program prog;

	for (u32 k = 0; k < ARRAY_SIZE(kind); k++) {
		for (u32 n = 1; n <= (k ? 3 : 4); n++) {
			struct explore_stats st;

			sections(&prog, 3, n, kind[k]);
			st = search(&prog, &opt, false, NULL);
			assert_int_equal(st.classes, orders[n]);
			assert_int_equal(st.executions, orders[n]);
			assert_int_equal(st.sleep_blocked, 0);
			assert_int_equal(st.cuts, CUT_RELEASES);
			assert_false(st.exhausted);
			if (n == 4 || k > 2)
				continue;
			st = search(&prog, &opt, true, NULL);
			assert_int_equal(st.executions, orders[n]);
			assert_int_equal(st.sleep_blocked, 0);
			assert_true(st.exhausted);
		}
	}
}

/* Readers that only read have one order. */
static void readers_commute(void **state)
{
	struct explore_options opt = options(EXPLORE_DPOR);
	static const enum xp_kind kind[] = { XP_RW_READ, XP_SEM_READ, XP_RCU, XP_SRCU, XP_READ };
	struct xp_program prog;

	for (u32 k = 0; k < ARRAY_SIZE(kind); k++) {
		struct explore_stats st;

		sections(&prog, 4, 3, kind[k]);
		st = search(&prog, &opt, true, NULL);
		assert_int_equal(st.executions, 1);
		assert_true(st.exhausted);
	}
}

/* 12!/(4!)^3 schedules of three tasks with three marked accesses and a start each. */
static void dfs_counts_are_multinomials(void **state)
{
	struct explore_options opt = options(EXPLORE_DFS);
	struct xp_program prog;
	struct explore_stats st;

	sections(&prog, 3, 3, XP_ADD);
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.executions, 34650);
	assert_int_equal(st.classes, 1680);
	assert_true(st.exhausted);
	sections(&prog, 2, 4, XP_READ);
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.executions, 252);
	assert_int_equal(st.classes, 1);
}

static const struct xp_program inversion = {
	.nr_tasks = 2,
	.task = {
		{.item = {{XP_MUTEX, 0, 2}, {XP_MUTEX, 1, 2}}, .nr = 2},
		{.item = {{XP_MUTEX, 1, 2}, {XP_MUTEX, 0, 2}}, .nr = 2},
	},
};

/* Three classes, of which one is the deadlock. */
static void lock_inversion(void **state)
{
	struct explore_options opt = options(EXPLORE_DPOR);
	struct explore_stats st;
	u64 deadlocks;

	st = search(&inversion, &opt, true, &deadlocks);
	assert_int_equal(st.classes, 3);
	assert_int_equal(st.executions, 3);
	assert_int_equal(deadlocks, 1);
	assert_true(st.exhausted);
}

/* A reader that comes again behind a writer: a deadlock of fair locks only. */
static void recursive_reader(void **state)
{
	static const enum xp_kind reads[] = { XP_RW_READ, XP_SEM_READ };
	static const enum xp_kind writes[] = { XP_RW_WRITE, XP_SEM_WRITE };
	struct explore_options opt = options(EXPLORE_DPOR);
	u64 deadlocks;

	for (u32 k = 0; k < 2; k++) {
		struct xp_program prog = {
			.nr_tasks = 2,
			.task = {
				{.item = {{reads[k], 0, 2}, {reads[k], 0, 2}}, .nr = 2},
				{.item = {{writes[k], 0, 1}}, .nr = 1},
			},
		};

		search(&prog, &opt, true, &deadlocks);
		assert_int_equal(deadlocks, 1);
	}
}

/* What a bound leaves out is said. */
static void bounds_are_reported(void **state)
{
	struct explore_options opt = options(EXPLORE_DFS);
	struct xp_program prog;
	struct explore_stats st;
	u64 deadlocks, all;

	sections(&prog, 3, 3, XP_ADD);
	opt.max_preemptions = 0;
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.executions, 6);
	assert_int_equal(st.cuts, CUT_PREEMPTIONS);
	assert_false(st.exhausted);
	all = st.executions;
	opt.max_preemptions = 1;
	st = search(&prog, &opt, true, NULL);
	assert_true(st.executions > all);
	opt.max_preemptions = 100;
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.executions, 34650);
	assert_true(st.exhausted);
	opt = options(EXPLORE_DFS);
	opt.max_preemptions = 1;
	search(&inversion, &opt, true, &deadlocks);
	assert_true(deadlocks > 0);
	opt = options(EXPLORE_DPOR);
	opt.max_steps = 5;
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.cuts, CUT_STEPS);
	sections(&prog, 2, 2, XP_FAIL);
	opt = options(EXPLORE_DPOR);
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.classes, 5); /* none, or one of four */
	assert_int_equal(st.cuts, CUT_FAILURES);
	opt.max_failures = 4;
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.classes, 16);
	assert_true(st.exhausted);
	sections(&prog, 2, 2, XP_VALUE);
	opt.max_values = 2;
	st = search(&prog, &opt, true, NULL);
	assert_int_equal(st.cuts, CUT_VALUES);
	assert_int_equal(st.executions, 1);
}

/* The run does not wait for a daemon, but what it does comes before or after what others do. */
static void a_daemon_finishes(void **state)
{
	static const struct xp_program busy = {
		.nr_tasks = 2,
		.nr_daemons = 1,
		.task = {
			{.item = {{XP_READ, 0, 1}}, .nr = 1},
			{.item = {{XP_WRITE, 1, 1}, {XP_WRITE, 0, 2}}, .nr = 2},
		},
	}, late = {
		.nr_tasks = 2,
		.nr_daemons = 1,
		.task = {
			{.item = {{XP_READ, 0, 1}}, .nr = 1},
			{.item = {{XP_SLEEP, 0, 1}, {XP_WRITE, 0, 2}}, .nr = 2},
		},
	};
	struct explore_options opt;
	struct explore_stats st;

	for (u32 i = 0; i < 3; i++) {
		opt = options(i ? EXPLORE_DFS : EXPLORE_DPOR);
		opt.sleep_sets = i == 2;
		st = search(&busy, &opt, true, NULL);
		assert_int_equal(st.classes, 2);
		assert_true(st.exhausted);
		st = search(&late, &opt, true, NULL); /* asleep at the end; before or after it */
		assert_int_equal(st.classes, 3);
		assert_true(st.exhausted);
	}
}

/* A step that touches one object or two, as it finds it, is not taken for the other. */
static void steps_that_branch(void **state)
{
	static const struct xp_program prog = {
		.nr_tasks = 3,
		.task = {
			{.item = {{XP_READ, 1, 1}, {XP_BRANCH, 0, 2}, {XP_BRANCH, 1, 3}}, .nr = 3},
			{.item = {{XP_READ, 0, 1}}, .nr = 1},
			{.item = {{XP_BRANCH, 1, 1}, {XP_READ, 0, 2}, {XP_ADD, 0, 3}}, .nr = 3},
		},
	};
	struct explore_options opt = options(EXPLORE_DFS);

	assert_int_equal(search(&prog, &opt, true, NULL).classes, 17);
	opt.mode = EXPLORE_DPOR;
	assert_int_equal(search(&prog, &opt, true, NULL).classes, 17);
	opt.unsound = UNSOUND_STEPS;
	assert_int_equal(search(&prog, &opt, true, NULL).classes, 13);
}

/* Does the judge see that @how loses something of programs made of @kinds? */
static bool caught(enum explore_unsound how, u64 kinds, u32 daemons, u32 programs)
{
	struct explore_options all = options(EXPLORE_DFS), opt = options(EXPLORE_DPOR);
	struct prng rng;
	u32 bad = 0;

	opt.unsound = how;
	prng_seed(&rng, 1);
	for (u32 i = 0; i < programs && !bad; i++) {
		struct judge *truth = judge_create(&all), *j = judge_create(&opt);
		struct xp_program prog;

		xp_gen(&rng, kinds, 2, 3, &prog);
		prog.nr_daemons = daemons;
		if (judge_explore(truth, &prog, true, 2000) &&
		    judge_explore(j, &prog, true, 2000))
			bad += !judges_agree(truth, j);
		judge_destroy(truth);
		judge_destroy(j);
	}
	return bad;
}

static void the_judge_catches_the_textbook(void **state)
{
	u64 mutexes = XP(MUTEX) | XP(READ) | XP(WRITE);
	u64 rw = XP(RW_READ) | XP(RW_WRITE) | XP(READ);
	u64 try = XP(MUTEX) | XP(TRY_MUTEX) | XP(READ);
	u64 late = XP(SLEEP) | XP(READ) | XP(WRITE), adds = XP(INC) | XP(READ);

	assert_false(caught(UNSOUND_NOT, mutexes, 0, 20));
	assert_false(caught(UNSOUND_NOT, rw, 0, 20));
	assert_false(caught(UNSOUND_NOT, try, 0, 20));
	assert_true(caught(UNSOUND_LOCKS, mutexes, 0, 50));
	assert_true(caught(UNSOUND_RELEASES, try, 0, 50));
	assert_true(caught(UNSOUND_READERS, rw, 0, 50));
	assert_true(caught(UNSOUND_DAEMONS, late, 1, 50));
	assert_true(caught(UNSOUND_COMMUTES, adds, 0, 50));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_execution_per_order),
		cmocka_unit_test(readers_commute),
		cmocka_unit_test(dfs_counts_are_multinomials),
		cmocka_unit_test(lock_inversion),
		cmocka_unit_test(recursive_reader),
		cmocka_unit_test(bounds_are_reported),
		cmocka_unit_test(a_daemon_finishes),
		cmocka_unit_test(steps_that_branch),
		cmocka_unit_test(the_judge_catches_the_textbook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
