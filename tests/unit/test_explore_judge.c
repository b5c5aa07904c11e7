// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_explore_judge.c - reductions lose nothing: compared with all schedules of generated
 * programs, kind by kind.
 */
#include "explore_fixture.h"

struct kinds {
	const char *name;
	u64 kinds;
	bool daemons; /* all tasks but one, or but two */
	bool loops;   /* compared with a search that erases no rounds, too */
};

static const struct kinds kinds[] = {
	{ "accesses", XP(READ) | XP(WRITE) | XP(ADD) },
	{ "mutexes", XP(MUTEX) | XP(READ) | XP(WRITE) },
	{ "spinlocks", XP(SPIN) | XP(BIT) | XP(READ) | XP(ADD) },
	{ "rwlocks", XP(RW_READ) | XP(RW_WRITE) | XP(READ) | XP(WRITE) },
	{ "rwlocks that yield", XP(RW_READ) | XP(RW_WRITE) | XP(CONTENDED) | XP(READ) },
	{ "rwsems", XP(SEM_READ) | XP(SEM_WRITE) | XP(READ) | XP(WRITE) | XP(DOWNGRADE) },
	{ "try-locks", XP(MUTEX) | XP(SPIN) | XP(TRY_MUTEX) | XP(TRY_SPIN) | XP(TRY_BIT) |
	  XP(BIT) | XP(READ) | XP(WRITE) },
	{ "rw try-locks", XP(RW_READ) | XP(RW_WRITE) | XP(TRY_RW_READ) | XP(TRY_RW_WRITE) |
	  XP(SEM_READ) | XP(SEM_WRITE) | XP(TRY_SEM_READ) | XP(TRY_SEM_WRITE) | XP(READ) },
	{ "rcu", XP(RCU) | XP(SYNC_RCU) | XP(CALL_RCU) | XP(READ) | XP(WRITE) },
	{ "srcu", XP(SRCU) | XP(SYNC_SRCU) | XP(READ) | XP(WRITE) },
	{ "waits", XP(WAIT) | XP(WAIT_ONE) | XP(WAKE) | XP(WAKE_ONE) | XP(MUTEX) | XP(READ) |
	  XP(ADD) },
	{ "timed", XP(PARK) | XP(PARK_TIMED) | XP(UNPARK) | XP(SLEEP) | XP(READ) | XP(WRITE) },
	{ "signals", XP(SIGNAL) | XP(KILLABLE) | XP(MUTEX) | XP(READ) | XP(WRITE) },
	{ "ipis", XP(IPI) | XP(SPIN_IRQ) | XP(READ) | XP(WRITE) | XP(WAIT) | XP(WAKE) },
	{ "choices", XP(FAIL) | XP(VALUE) | XP(MUTEX) | XP(READ) | XP(WRITE) },
	{ "retries", XP(AWAIT) | XP(CMPXCHG) | XP(SEQ_READ) | XP(SEQ_WRITE) | XP(READ) | XP(ADD) },
	{ "commuting", XP(INC) | XP(READ) | XP(WRITE) | XP(MUTEX) },
	{ "steps that branch", XP(BRANCH) | XP(READ) | XP(ADD) | XP(WRITE) },
	{ "daemons", XP(PARK_TIMED) | XP(SLEEP) | XP(UNPARK) | XP(READ) | XP(WRITE), true },
	{ "daemons and locks", XP(PARK_TIMED) | XP(SLEEP) | XP(MUTEX) | XP(RW_READ) |
	  XP(RW_WRITE) | XP(WAIT) | XP(WAKE) | XP(READ) | XP(WRITE) | XP(AWAIT), true },
	{ "loops", XP(LOOP) | XP(LOOP_LOCKED) | XP(LOOP_BORROWS) | XP(LOOK) | XP(ADD) |
	  XP(TRY_SPIN) | XP(WRITE) | XP(READ), .loops = true },
	{ "loops and others", XP(LOOP) | XP(LOOP_LOCKED) | XP(LOOP_BORROWS) | XP(LOOK) | XP(ADD) |
	  XP(WRITE) | XP(MUTEX) | XP(SPIN) | XP(RW_READ) | XP(RW_WRITE) | XP(AWAIT),
	  .loops = true },
	{ "everything", (1ull << XP_NR) - 1 },
	{ "everything, daemons", (1ull << XP_NR) - 1, true },
};

struct tally {
	u64 programs, runs, classes, dpor_runs, dpor_blocked, sleep_runs;
};

static void options(struct explore_options *opt, enum explore_mode mode, bool sleep)
{
	explore_options_default(opt);
	opt->mode = mode;
	opt->sleep_sets = sleep;
	opt->max_failures = 8;
}

static struct judge *explored(const struct xp_program *prog, enum explore_mode mode, bool sleep,
			      bool all, u64 limit)
{
	struct explore_options opt;
	struct judge *j;

	options(&opt, mode, sleep);
	j = judge_create(&opt);
	if (judge_explore(j, prog, all, limit))
		return j;
	judge_destroy(j);
	return NULL;
}

/* A search that goes on after every round sees the same outcomes, as far as it comes. */
static bool loops_lose_nothing(const struct xp_program *prog, struct judge *erased, u64 limit)
{
	struct explore_options opt;
	struct judge *all;
	bool same = true;

	options(&opt, EXPLORE_DFS, true);
	opt.all_rounds = true;
	opt.max_retries = 110; /* more than a livelock takes */
	opt.max_steps = 400;
	all = judge_create(&opt);
	if (judge_explore(all, prog, true, limit))
		same = outcomes_within(all, erased) &&
		       (all->inner->stats.cuts || outcomes_within(erased, all));
	judge_destroy(all);
	return same;
}

static void one_program(const struct xp_program *prog, bool all, bool loops, u64 limit,
			struct tally *tally)
{
	struct judge *truth = explored(prog, EXPLORE_DFS, false, all, limit);
	struct judge *sleep, *dpor;

	if (!truth)
		return;
	sleep = explored(prog, EXPLORE_DFS, true, all, limit);
	dpor = explored(prog, EXPLORE_DPOR, true, all, limit);
	assert_non_null(sleep);
	assert_non_null(dpor);
	tally->programs++;
	tally->runs += truth->inner->stats.executions;
	tally->classes += truth->classes.nr;
	tally->dpor_runs += dpor->inner->stats.executions;
	tally->dpor_blocked += dpor->inner->stats.sleep_blocked;
	tally->sleep_runs += sleep->inner->stats.executions;
	if (truth->ambiguous || !judges_agree(truth, sleep) || !judges_agree(truth, dpor) ||
	    (loops && !loops_lose_nothing(prog, truth, 2 * limit))) {
		xp_print(prog);
		print_message("# ambiguous %llu, classes: truth %llu, sleep %llu, dpor %llu\n",
			      (unsigned long long)truth->ambiguous,
			      (unsigned long long)truth->nr_runs,
			      (unsigned long long)sleep->nr_runs,
			      (unsigned long long)dpor->nr_runs);
		if (!getenv("GO_ON"))
			fail();
	}
	judge_destroy(truth);
	judge_destroy(sleep);
	judge_destroy(dpor);
}

static u32 env(const char *name, u32 otherwise)
{
	return getenv(name) ? (u32)atoi(getenv(name)) : otherwise;
}

static void compare(u32 k, bool all, u32 programs)
{
	struct tally t = { 0 };
	struct prng rng;

	prng_seed(&rng, 1000 * k + all + env("SEED", 0));
	for (u32 i = 0; i < programs; i++) {
		struct xp_program prog;

		xp_gen(&rng, kinds[k].kinds, 2 + prng_below(&rng, 2), 3, &prog);
		if (kinds[k].daemons)
			prog.nr_daemons = 1 + prng_below(&rng, prog.nr_tasks - 1);
		one_program(&prog, all, kinds[k].loops, env("LIMIT", 6000), &t);
	}
	print_message("# %-20s %4llu programs: %llu runs, %llu classes; sleep %llu; dpor %llu, "
		      "%llu of them blocked\n",
		      kinds[k].name, (unsigned long long)t.programs,
		      (unsigned long long)t.runs, (unsigned long long)t.classes,
		      (unsigned long long)t.sleep_runs, (unsigned long long)t.dpor_runs,
		      (unsigned long long)t.dpor_blocked);
}

static void reductions_lose_no_class(void **state)
{
	for (u32 k = env("FIRST", 0); k < ARRAY_SIZE(kinds) && k < env("LAST", 100); k++) {
		compare(k, env("ALL", 1), env("PROGRAMS", 8));
	}
}

/* Somebody sees a round in vain, and then what its task does after the loop. */
static void rounds_are_noticed(void **state)
{
	static const enum xp_kind pairs[][2] = {
		{ XP_LOOP_BORROWS, XP_LOOK }, { XP_LOOP_LOCKED, XP_TRY_SPIN },
	};
	struct tally t = { 0 };

	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct xp_program prog = {
			.nr_tasks = 2,
			.task = {
				{.item = {{pairs[i][0], 0, 1}, {XP_WRITE, 1, 2}}, .nr = 2},
				{.item = {{pairs[i][1], 0, 1}, {XP_ADD, 0, 2}, {XP_READ, 1, 3}},
				 .nr = 3},
			},
		};

		one_program(&prog, true, true, 6000, &t);
	}
	assert_int_equal(t.programs, ARRAY_SIZE(pairs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reductions_lose_no_class),
		cmocka_unit_test(rounds_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
