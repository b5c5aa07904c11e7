// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_tree.c - systematic search: executions of the mini program that other tools are measured
 * with, three tasks with four critical sections of one mutex each.
 *
 * It has 34650 orders of acquisitions, and DPOR needs as many executions (unit test
 * test_explore_counts).  An execution is a reset, the run, and finding the next one.
 */
#include <stdlib.h>

#include "sim/explore_tree.h"
#include "sim/mutex.h"
#include "tools/benches/bench.h"

struct program {
	/* constant */
	struct sim *sim;
	struct mutex mutex;
	u32 sections;
};

static void locker(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < p->sections; i++) {
		mutex_lock(me, &p->mutex);
		mutex_unlock(me, &p->mutex);
	}
}

enum how { DPOR, DPOR_RELEASES, DFS };

static struct explorer *explorer_of(enum how how)
{
	struct explore_options opt;
	struct explorer *ex;

	explore_options_default(&opt);
	opt.mode = how == DFS ? EXPLORE_DFS : EXPLORE_DPOR;
	opt.sleep_sets = false;
	ex = explore_tree_create(&opt);
	if (!ex)
		exit(70);
	return ex;
}

/* @n executions, the tree again and again if it has fewer. */
static double run_tree(const struct bench *b, u64 n)
{
	struct explorer *ex = explorer_of((enum how)b->arg);
	struct sim_config cfg;
	struct program *p;
	struct sim *sim;
	double ns;

	sim_config_default(&cfg);
	cfg.sched = SCHED_SEARCH;
	cfg.explorer = ex;
	cfg.all_points = b->arg == DPOR_RELEASES;
	cfg.lock_stat = false;
	sim = sim_create(&cfg);
	if (!sim)
		exit(70);
	p = sim_zalloc(sim, sizeof(*p));
	p->sections = 4;
	mutex_init(sim, &p->mutex, "mutex");
	for (u32 i = 0; i < 3; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, locker, p, -1);
	if (sim_checkpoint(sim))
		exit(70);
	ns = bench_now_ns();
	for (u64 i = 0; i < n; i++) {
		sim->cfg.explorer = ex;
		sim_run(sim);
		if (!explorer_done(ex, sim)) {
			explore_tree_destroy(ex);
			ex = explorer_of((enum how)b->arg);
		}
		sim_restore(sim, 1);
	}
	ns = bench_now_ns() - ns;
	sim_destroy(sim);
	explore_tree_destroy(ex);
	return ns;
}

#define ROW(name, how) name, "runs/s", run_tree, how, .ops = 34650

static const struct bench benches[] = {
	{ROW("dpor, 3 tasks x 4 critical sections", DPOR), .at_least = 1e6, .headline = true},
	{ROW("... with decisions before releases", DPOR_RELEASES)},
	{ROW("... depth first, every schedule", DFS)},
};

const struct bench_suite bench_tree = {
	"engine",
	"systematic search: CPU time, resets included, one core",
	benches,
	ARRAY_SIZE(benches),
};
