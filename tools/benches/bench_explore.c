// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_explore.c - whole schedules of small traces: set up once, run again and again.
 *
 * Every run is in random order with the next seed, with invariants after each operation and at
 * rest, and without lock statistics, as exploration does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore_tree.h"
#include "sim/mutex.h"
#include "sim/sample.h"
#include "tools/benches/bench.h"
#include "tools/replay/replay.h"

#define MACHINE(vcpus)                                                                             \
	"gmemsim trace 1\n"                                                                        \
	"[machine]\ncpus = 2\n"                                                                    \
	"[design]\nkernel = inplace\n"                                                             \
	"[vm vm0]\ntype = sw-protected\nmemory = 8K\ninit = shared\nmmap = yes\nvcpus = " vcpus    \
	"\n"
#define FAULT "touch shared 0 4K write expect=ok|exit:memory_fault\n"

/* A conversion, and a fault on what it converts. */
static const char two_tasks[] = MACHINE("1") "[task vmm]\nconvert private 0 len=4K\n"
					     "[task vcpu0]\n" FAULT;

/* ... two faults, and somebody who writes to the page beside. */
static const char four_tasks[] = MACHINE("2") "[task vmm]\nconvert private 0 len=4K\n"
					      "[task other kind=vmm]\naccess write 4K len=4K\n"
					      "[task vcpu0..vcpu1]\n" FAULT;

enum how { AGAIN, ANEW, RESTORE, UNCHECKED, STEPS, SEARCH_RANDOM, SEARCH_POS, SEARCH_PCT };
#define HOW(tasks, how) ((tasks) << 8 | (how))

static struct trace *load(const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("bench", text, strlen(text), &replay_names, &errs);

	trace_errors_print(&errs, stderr);
	if (!t)
		exit(70);
	return t;
}

static struct explorer *explorer_of(enum how how)
{
	switch (how) {
	case SEARCH_RANDOM:
		return sample_random_new();
	case SEARCH_POS:
		return sample_pos_new();
	case SEARCH_PCT:
		return sample_pct_new(3, 0);
	default:
		return NULL;
	}
}

static void options(struct replay_options *opt, enum how how)
{
	replay_options_default(opt);
	opt->sched = how >= SEARCH_RANDOM ? SCHED_SEARCH : SCHED_RANDOM;
	opt->lock_stat = false;
	opt->checks = how != UNCHECKED;
	opt->again = how != ANEW;
	opt->pool = sim_pool_create();
}

static void run_one(struct replay *r)
{
	struct sim *sim = replay_sim(r);

	replay_run(r);
	if (!sim->nr_findings)
		return;
	fprintf(stderr, "bench: %s: %s\n", sim->findings[0].rule, sim->findings[0].message);
	exit(70);
}

/* Return: ns; *@points: decisions. */
static double run_traces(enum how how, const char *text, u64 n, u64 *points)
{
	struct explorer *ex = explorer_of(how);
	struct trace_errors errs = {0};
	struct trace *t = load(text);
	struct replay_options opt;
	struct replay *r;
	double ns;

	options(&opt, how);
	r = replay_create(t, &opt, &errs);
	trace_errors_print(&errs, stderr);
	if (!r)
		exit(70);
	ns = bench_now_ns();
	for (u64 i = 0; i < n; i++) {
		replay_sim(r)->cfg.explorer = ex;
		if (how != RESTORE)
			run_one(r);
		if (ex)
			explorer_done(ex, replay_sim(r));
		*points += replay_sim(r)->points;
		r = replay_again(r, i + 2, NULL, 0);
	}
	ns = bench_now_ns() - ns;
	replay_destroy(r);
	sim_pool_destroy(opt.pool);
	sample_free(ex);
	trace_free(t);
	return ns;
}

static double run_explore(const struct bench *b, u64 n)
{
	enum how how = b->arg & 0xff;
	u64 points = 0;
	double ns = run_traces(how, b->arg >> 8 == 2 ? two_tasks : four_tasks, n, &points);

	/* the same time, divided by visible operations instead of schedules */
	return how == STEPS ? ns * (double)n / (double)points : ns;
}

/* --- the reference program of systematic search --- */

#define SECTIONS	   4
#define REFERENCE_CLASSES  34650 /* 12! / (4! 4! 4!) orders of the sections */

static void sections(struct task *me, void *arg)
{
	struct mutex *m = arg;

	for (u32 i = 0; i < SECTIONS; i++) {
		mutex_lock(me, m);
		mutex_unlock(me, m);
	}
}

/* Three tasks with four critical sections each, one run of each class of equal ones. */
static double run_reference(const struct bench *b, u64 n)
{
	struct sim_pool *pool = sim_pool_create();
	struct explore_options opt;
	struct sim_config cfg;
	struct explorer *ex;
	struct mutex *m;
	struct sim *sim;
	double ns;
	bool more;

	explore_options_default(&opt);
	ex = explore_tree_create(&opt);
	sim_config_default(&cfg);
	cfg.sched = SCHED_SEARCH;
	cfg.explorer = ex;
	cfg.lock_stat = false;
	cfg.checks = true;
	cfg.pool = pool;
	sim = sim_create(&cfg);
	m = sim_zalloc(sim, sizeof(*m));
	mutex_init(sim, m, "mutex");
	for (u32 i = 0; i < 3; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, sections, m, -1);
	if (sim_checkpoint(sim))
		exit(70);
	ns = bench_now_ns();
	do {
		sim_run(sim);
		more = explorer_done(ex, sim);
		if (more)
			sim_restore(sim, 1);
	} while (more);
	ns = bench_now_ns() - ns;
	if (ex->stats.executions != REFERENCE_CLASSES || ex->stats.sleep_blocked) {
		fprintf(stderr, "bench: %llu executions instead of %d\n",
			(unsigned long long)ex->stats.executions, REFERENCE_CLASSES);
		exit(70);
	}
	explore_tree_destroy(ex);
	sim_destroy(sim);
	sim_pool_destroy(pool);
	return ns;
}

#define ROW(name, unit, tasks, how)                                                                \
	name, unit, run_explore, HOW(tasks, how), .in_child = run_explore, .ops = 2000

static const struct bench benches[] = {
	{ROW("schedules, convert vs fault, 2 tasks", "runs/s", 2, AGAIN), .headline = true},
	{ROW("visible operations in these", "steps/s", 2, STEPS)},
	{ROW("... built anew each time", "runs/s", 2, ANEW)},
	{ROW("schedules, convert vs fault, 4 tasks", "runs/s", 4, AGAIN), .at_least = 500e3,
	 .headline = true},
	{ROW("visible operations in those", "steps/s", 4, STEPS)},
	{ROW("... without invariants", "runs/s", 4, UNCHECKED)},
	{ROW("... nothing but the reset", "runs/s", 4, RESTORE)},
	{ROW("... each built anew", "runs/s", 4, ANEW)},
	{ROW("... drawn by an explorer: random", "runs/s", 4, SEARCH_RANDOM)},
	{ROW("... by POS", "runs/s", 4, SEARCH_POS)},
	{ROW("... by PCT of depth 3", "runs/s", 4, SEARCH_PCT)},
	{"DPOR, 3 tasks x 4 critical sections", "runs/s", run_reference, 0, NULL,
	 .at_least = 1e6, .in_child = run_reference, .ops = REFERENCE_CLASSES, .headline = true},
};

const struct bench_suite bench_explore = {
	"explore",
	"exploration: CPU time, random order, one core",
	benches,
	ARRAY_SIZE(benches),
};
