// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_locks.c - what a lock pair costs: on both engines, alone and contended.
 *
 * Budgets (design section 11): virtual pair with decision, statistics and fingerprint well under
 * 50 ns; on threads at most 25 ns above the bare pair with statistics, at most 3 ns without.
 */
#include <pthread.h>

#include "sim/engine.h"
#include "sim/mutex.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"
#include "tools/benches/bench.h"

enum lock_kind { MUTEX, RWSEM_R, RWSEM_W, RWLOCK_R, RWLOCK_W, SPINLOCK, SRCU, BITLOCK };
enum setting { FIFO, RANDOM, THREADS, THREADS_NOSTAT };

#define BENCH_ARG(kind, setting, tasks) ((kind) | (setting) << 8 | (tasks) << 16)

struct locks {
	/* protected by itself */
	struct mutex mutex;
	struct rw_semaphore sem;
	struct rwlock rw;
	struct spinlock spin;
	struct srcu_struct srcu;
	struct bit_wait_table table;
	u32 word;
	/* constant during a run */
	enum lock_kind kind;
	u64 n;
};

static void pair(struct task *me, struct locks *l)
{
	u32 idx;

	switch (l->kind) {
	case MUTEX:
		mutex_lock(me, &l->mutex);
		mutex_unlock(me, &l->mutex);
		break;
	case RWSEM_R:
		down_read(me, &l->sem);
		up_read(me, &l->sem);
		break;
	case RWSEM_W:
		down_write(me, &l->sem);
		up_write(me, &l->sem);
		break;
	case RWLOCK_R:
		read_lock(me, &l->rw);
		read_unlock(me, &l->rw);
		break;
	case RWLOCK_W:
		write_lock(me, &l->rw);
		write_unlock(me, &l->rw);
		break;
	case SPINLOCK:
		spin_lock(me, &l->spin);
		spin_unlock(me, &l->spin);
		break;
	case SRCU:
		idx = srcu_read_lock(me, &l->srcu);
		srcu_read_unlock(me, &l->srcu, idx);
		break;
	case BITLOCK:
		bit_lock(me, &l->table, &l->word, 0, 1);
		bit_unlock(me, &l->table, &l->word, 0, 1);
		break;
	}
}

/* Alone, a pair has nothing inside; with others it has a decision there, so that they meet. */
static void pairs_fn(struct task *me, void *arg)
{
	struct locks *l = arg;

	for (u64 i = 0; i < l->n; i++)
		pair(me, l);
}

static void contended_fn(struct task *me, void *arg)
{
	struct locks *l = arg;

	for (u64 i = 0; i < l->n; i++) {
		mutex_lock(me, &l->mutex);
		sim_point(me, 1, SIM_WRITE);
		mutex_unlock(me, &l->mutex);
	}
}

static void locks_init(struct sim *sim, struct locks *l)
{
	mutex_init(sim, &l->mutex, "mutex");
	init_rwsem(sim, &l->sem, "rwsem", 0);
	rwlock_init(sim, &l->rw, "rwlock");
	spin_lock_init(sim, &l->spin, "spinlock");
	init_srcu_struct(sim, &l->srcu, "srcu");
	bit_wait_table_init(sim, &l->table, "bit");
	l->word = 0;
}

static double run_tasks(const struct bench *b, u64 n, void (*fn)(struct task *me, void *arg))
{
	enum setting setting = b->arg >> 8 & 0xff;
	u32 tasks = b->arg >> 16;
	struct sim_config cfg;
	struct locks l;
	struct sim *sim;
	double ns;

	sim_config_default(&cfg);
	cfg.engine = setting >= THREADS ? ENGINE_THREADS : ENGINE_VIRTUAL;
	cfg.sched = setting == RANDOM ? SCHED_RANDOM : SCHED_FIFO;
	cfg.lock_stat = setting != THREADS_NOSTAT;
	cfg.nr_cpus = 4;
	cfg.limit_points = 1ull << 40;
	sim = sim_create(&cfg);
	locks_init(sim, &l);
	l.kind = b->arg & 0xff;
	l.n = n / tasks;
	for (u32 i = 0; i < tasks; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, fn, &l, -1);
	ns = bench_now_ns();
	sim_run(sim);
	ns = bench_now_ns() - ns;
	sim_destroy(sim);
	return ns;
}

static double run_pairs(const struct bench *b, u64 n)
{
	return run_tasks(b, n, pairs_fn);
}

static double run_contended(const struct bench *b, u64 n)
{
	return run_tasks(b, n, contended_fn);
}

/* What any lock pays at least: two locked instructions on a line that is in the cache. */
static double run_bare(const struct bench *b, u64 n)
{
	u64 word = 0;
	double ns = bench_now_ns();

	for (u64 i = 0; i < n; i++) {
		u64 old = 0;

		__atomic_compare_exchange_n(&word, &old, 1, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED);
		__atomic_sub_fetch(&word, 1, __ATOMIC_RELEASE);
	}
	return bench_now_ns() - ns;
}

static void *idle_thread(void *arg)
{
	pthread_mutex_lock(arg);
	pthread_mutex_unlock(arg);
	return NULL;
}

/* The C library drops the locked instructions while there is only one thread: have two. */
static double run_pthread(const struct bench *b, u64 n)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, idle = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;
	double ns;

	pthread_mutex_lock(&idle);
	if (pthread_create(&thread, NULL, idle_thread, &idle))
		return 0;
	ns = bench_now_ns();
	for (u64 i = 0; i < n; i++) {
		pthread_mutex_lock(&m);
		pthread_mutex_unlock(&m);
	}
	ns = bench_now_ns() - ns;
	pthread_mutex_unlock(&idle);
	pthread_join(thread, NULL);
	return ns;
}

#define PAIR(what, kind, where, setting)                                \
	{                                                               \
		"locks: " what ", alone, " where, "ns/pair", run_pairs, \
			BENCH_ARG(kind, setting, 1u)                    \
	}
#define PAIRS(where, setting)                                                                   \
	PAIR("mutex", MUTEX, where, setting), PAIR("rwsem R", RWSEM_R, where, setting),         \
		PAIR("rwsem W", RWSEM_W, where, setting),                                       \
		PAIR("rwlock R", RWLOCK_R, where, setting),                                     \
		PAIR("rwlock W", RWLOCK_W, where, setting),                                     \
		PAIR("spinlock", SPINLOCK, where, setting), PAIR("srcu", SRCU, where, setting), \
		PAIR("bit lock", BITLOCK, where, setting)

static const struct bench benches[] = {
	{"locks: two locked instructions", "ns/pair", run_bare, 0},
	{"locks: pthread mutex, alone", "ns/pair", run_pthread, 0},
	PAIRS("time order", FIFO),
	PAIRS("random", RANDOM),
	PAIRS("threads", THREADS),
	PAIRS("threads, no statistics", THREADS_NOSTAT),
	{"locks: mutex, 2 tasks, random", "ns/pair", run_pairs, BENCH_ARG(MUTEX, RANDOM, 2u)},
	{"locks: mutex, 2 tasks that meet, random", "ns/pair", run_contended,
	 BENCH_ARG(MUTEX, RANDOM, 2u)},
	{"locks: mutex, 8 tasks that meet, random", "ns/pair", run_contended,
	 BENCH_ARG(MUTEX, RANDOM, 8u)},
	{"locks: mutex, 2 threads that meet", "ns/pair", run_contended,
	 BENCH_ARG(MUTEX, THREADS, 2u)},
};

const struct bench_suite bench_locks = {"locks", benches, ARRAY_SIZE(benches)};
