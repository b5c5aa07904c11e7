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

static void one_program(const struct xp_program *prog, bool all, u64 limit, struct tally *tally)
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
	if (truth->ambiguous || !judges_agree(truth, sleep) || !judges_agree(truth, dpor)) {
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
		one_program(&prog, all, env("LIMIT", 6000), &t);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reductions_lose_no_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
