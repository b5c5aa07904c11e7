// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_peer.c - the heart of conversion against fault as a small protocol, on this engine and,
 * where it has been built (tools/benches/peer/build), in another checker: the same operations in
 * the same order, in random schedules, with the same condition at the end of each.
 *
 * Two rwlocks (invalidate_lock, mmu_lock), a sequence count, a count of invalidations in progress,
 * an attribute, a mapping.  peer/protocol.cpp is the same for Relacy.  A release is a point at
 * which Relacy decides; here it is none, because it never makes a difference.
 */
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/atomic.h"
#include "sim/explore_tree.h"
#include "sim/rwlock.h"
#include "tools/benches/bench.h"

enum state { SHARED, PRIVATE, UNMAPPED };

struct protocol {
	struct rwlock invalidate_lock, mmu_lock;
	/* constant */
	u32 obj_attribute, obj_seq, obj_progress;
	/* atomic */
	u32 attribute, seq, in_progress;
	/* protected by mmu_lock */
	u32 mapping;
};

static void convert(struct task *me, void *arg)
{
	struct protocol *p = arg;

	write_lock(me, &p->invalidate_lock);
	write_lock(me, &p->mmu_lock);
	atomic_add_return(me, p->obj_progress, &p->in_progress, 1);
	p->mapping = UNMAPPED;
	write_unlock(me, &p->mmu_lock);
	WRITE_ONCE(me, p->obj_attribute, p->attribute, PRIVATE);
	write_lock(me, &p->mmu_lock);
	atomic_add_return(me, p->obj_seq, &p->seq, 1);
	atomic_add_return(me, p->obj_progress, &p->in_progress, -1);
	write_unlock(me, &p->mmu_lock);
	write_unlock(me, &p->invalidate_lock);
}

static bool fault_once(struct task *me, struct protocol *p)
{
	u32 snapshot = READ_ONCE(me, p->obj_seq, p->seq);
	u32 attribute = READ_ONCE(me, p->obj_attribute, p->attribute);
	bool retry;

	read_lock(me, &p->invalidate_lock);
	read_unlock(me, &p->invalidate_lock);
	write_lock(me, &p->mmu_lock);
	retry = READ_ONCE(me, p->obj_progress, p->in_progress) ||
		READ_ONCE(me, p->obj_seq, p->seq) != snapshot;
	if (!retry)
		p->mapping = attribute;
	write_unlock(me, &p->mmu_lock);
	return !retry;
}

static void fault(struct task *me, void *arg)
{
	while (!fault_once(me, arg))
		sim_retry(me);
}

static void other(struct task *me, void *arg)
{
	struct protocol *p = arg;

	read_lock(me, &p->invalidate_lock);
	read_unlock(me, &p->invalidate_lock);
}

/* @ex: who searches, or NULL: random */
static struct sim *make(u32 tasks, struct sim_pool *pool, struct explorer *ex, struct protocol **pp)
{
	void (*const fn[])(struct task *me, void *arg) = {convert, fault, fault, other};
	struct sim_config cfg;
	struct protocol *p;
	struct sim *sim;

	sim_config_default(&cfg);
	cfg.sched = ex ? SCHED_SEARCH : SCHED_RANDOM;
	cfg.explorer = ex;
	cfg.all_points = ex; /* only that is a proof */
	cfg.lock_stat = false;
	cfg.checks = true;
	cfg.pool = pool;
	sim = sim_create(&cfg);
	if (!sim)
		exit(70);
	*pp = p = sim_zalloc(sim, sizeof(*p));
	rwlock_init(sim, &p->invalidate_lock, "invalidate_lock");
	rwlock_init(sim, &p->mmu_lock, "mmu_lock");
	p->obj_attribute = sim_new_obj(sim);
	p->obj_seq = sim_new_obj(sim);
	p->obj_progress = sim_new_obj(sim);
	p->mapping = UNMAPPED;
	for (u32 i = 0; i < tasks; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, fn[i], p, -1);
	if (sim_checkpoint(sim))
		exit(70);
	return sim;
}

static void check(const struct sim *sim, const struct protocol *p)
{
	if (!sim->nr_findings && (p->mapping == UNMAPPED || p->mapping == p->attribute))
		return;
	fprintf(stderr, "bench: the protocol is wrong\n");
	exit(70);
}

/* All schedules, one of each class of equal ones: a proof.  Return: CPU ms. */
static double run_all(const struct bench *b, u64 n)
{
	struct sim_pool *pool = sim_pool_create();
	struct explore_options opt;
	struct explorer *ex;
	struct protocol *p;
	struct sim *sim;
	double ns;
	bool more;

	explore_options_default(&opt);
	opt.max_retries = 1000;
	ex = explore_tree_create(&opt);
	sim = make((u32)b->arg, pool, ex, &p);
	ns = bench_now_ns();
	do {
		sim_run(sim);
		if (!explore_tree_cut_short(ex))
			check(sim, p);
		more = explorer_done(ex, sim);
		if (more)
			sim_restore(sim, 1);
	} while (more);
	ns = bench_now_ns() - ns;
	if (!ex->stats.exhausted)
		ns = NAN;
	explore_tree_destroy(ex);
	sim_destroy(sim);
	sim_pool_destroy(pool);
	return ns / 1e6;
}

static double run_schedules(u32 tasks, u64 n, u64 *points)
{
	struct sim_pool *pool = sim_pool_create();
	struct protocol *p;
	struct sim *sim = make(tasks, pool, NULL, &p);
	double ns = bench_now_ns();

	for (u64 i = 0; i < n; i++) {
		sim_run(sim);
		check(sim, p);
		*points += sim->points;
		sim_restore(sim, i + 2);
	}
	ns = bench_now_ns() - ns;
	sim_destroy(sim);
	sim_pool_destroy(pool);
	return ns;
}

static double run_here(const struct bench *b, u64 n)
{
	u64 points = 0;

	return run_schedules((u32)b->arg, n, &points);
}

static double run_here_steps(const struct bench *b, u64 n)
{
	u64 points = 0;
	double ns = run_schedules((u32)b->arg, n, &points);

	return ns * (double)n / (double)points;
}

/* The path of what peer/build made.  Return: false if it has not. */
static bool installed(char exe[PATH_MAX], const char *name)
{
	ssize_t len = readlink("/proc/self/exe", exe, PATH_MAX - 1 - (ssize_t)strlen(name));

	exe[len > 0 ? len : 0] = 0;
	dirname(exe);
	strcat(exe, name);
	return access(exe, X_OK) == 0;
}

/* Return: CPU ns of @n schedules there, or NAN if it is not installed. */
static double relacy(u32 tasks, u64 n, double *steps)
{
	char exe[PATH_MAX], command[PATH_MAX + 64];
	double ns = NAN;
	FILE *f;

	if (!installed(exe, "/relacy-protocol"))
		return NAN;
	snprintf(command, sizeof(command), "exec '%s' %u %llu", exe, tasks, (unsigned long long)n);
	f = popen(command, "r");
	if (!f || fscanf(f, "%lf %lf", &ns, steps) != 2 || pclose(f)) {
		fprintf(stderr, "bench: no answer from: %s\n", command);
		exit(70);
	}
	return ns;
}

static double run_relacy(const struct bench *b, u64 n)
{
	double steps;

	return relacy((u32)b->arg, n, &steps);
}

static double run_relacy_steps(const struct bench *b, u64 n)
{
	double steps = 1, ns = relacy((u32)b->arg, n, &steps);

	return ns * (double)n / steps;
}

static double children_ns(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return ((double)ru.ru_utime.tv_sec + (double)ru.ru_stime.tv_sec) * 1e9 +
	       ((double)ru.ru_utime.tv_usec + (double)ru.ru_stime.tv_usec) * 1e3;
}

/* Return: CPU ms of a search of all states, or NAN if it is not installed. */
static double run_spin(const struct bench *b, u64 n)
{
	char exe[PATH_MAX], command[PATH_MAX + 128], name[32];
	double ns = children_ns();

	snprintf(name, sizeof(name), "/spin-protocol-%u", (u32)b->arg);
	if (!installed(exe, name))
		return NAN;
	/* small tables: clearing large ones would take most of the time */
	snprintf(command, sizeof(command), "'%s' -w14 | grep -q 'errors: 0'", exe);
	if (system(command)) {
		fprintf(stderr, "bench: not as it should be: %s\n", command);
		exit(70);
	}
	return (children_ns() - ns) / 1e6;
}

static const struct bench benches[] = {
	{"Relacy, 2 tasks", "runs/s", run_relacy, 2, NULL, .ops = 50000},
	{"Relacy, 4 tasks", "runs/s", run_relacy, 4, NULL, .ops = 50000},
	{"Relacy, operations of 2 tasks", "steps/s", run_relacy_steps, 2, NULL, .ops = 50000},
	{"Relacy, operations of 4 tasks", "steps/s", run_relacy_steps, 4, NULL, .ops = 50000},
	{"Spin, all states of 2 tasks", "ms", run_spin, 2, NULL, .ops = 1},
	{"Spin, all states of 4 tasks", "ms", run_spin, 4, NULL, .ops = 1},
	{"small protocol, 2 tasks", "runs/s", run_here, 2, "Relacy, 2 tasks", .in_child = run_here,
	 .ops = 20000, .headline = true},
	{"its operations", "steps/s", run_here_steps, 2, "Relacy, operations of 2 tasks",
	 .ops = 20000},
	{"small protocol, 4 tasks", "runs/s", run_here, 4, "Relacy, 4 tasks", .in_child = run_here,
	 .ops = 20000, .headline = true},
	{"its operations, 4 tasks", "steps/s", run_here_steps, 4, "Relacy, operations of 4 tasks",
	 .ops = 20000},
	{"all of it, 2 tasks", "ms", run_all, 2, "Spin, all states of 2 tasks", .ops = 1},
};

const struct bench_suite bench_peer = {
	"explore",
	"the small protocol: CPU time, random order, one core",
	benches,
	ARRAY_SIZE(benches),
};
