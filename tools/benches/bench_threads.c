// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_threads.c - real threads: locks that two of them fight for, and what the engine's own
 * services cost.
 *
 * Each lock comes bare (the same source without hooks, see bare.h) and with statistics; the C
 * library's locks stand beside them.  How often two threads really meet depends on what else the
 * machine does.
 */
#include <pthread.h>

#include "sim/engine.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "tools/benches/bench.h"

void bare_spin_lock(struct task *me, struct spinlock *lock);
void bare_spin_unlock(struct task *me, struct spinlock *lock);
void bare_mutex_lock(struct task *me, struct mutex *lock);
void bare_mutex_unlock(struct task *me, struct mutex *lock);
void bare_down_read(struct task *me, struct rw_semaphore *sem);
void bare_up_read(struct task *me, struct rw_semaphore *sem);
void bare_down_write(struct task *me, struct rw_semaphore *sem);
void bare_up_write(struct task *me, struct rw_semaphore *sem);
void bare_read_lock(struct task *me, struct rwlock *lock);
void bare_read_unlock(struct task *me, struct rwlock *lock);
void bare_write_lock(struct task *me, struct rwlock *lock);
void bare_write_unlock(struct task *me, struct rwlock *lock);

enum setting { BARE, NOSTAT, STAT, EVENTS };

struct state {
	/* protected by themselves */
	struct spinlock spin;
	struct mutex mutex;
	struct rw_semaphore sem;
	struct rwlock rw;
	pthread_mutex_t pmutex;
	pthread_rwlock_t prw;
	/* constant during a run */
	u64 n;
	bool wall; /* how long it takes, not how much CPU time */
	void (*loop)(struct task *me, struct state *s);
	/* atomic */
	u32 nr_there;
	/* written by its task */
	struct {
		double start_ns, end_ns;
	} task[2];
};

/* One loop per lock, so that nothing but the pair is in it. */
#define LOOP(name, take, drop)                             \
	static void name(struct task *me, struct state *s) \
	{                                                  \
		for (u64 i = 0; i < s->n; i++) {           \
			take;                              \
			drop;                              \
		}                                          \
	}

LOOP(spin, spin_lock(me, &s->spin), spin_unlock(me, &s->spin))
LOOP(bare_spin, bare_spin_lock(me, &s->spin), bare_spin_unlock(me, &s->spin))
LOOP(mutex, mutex_lock(me, &s->mutex), mutex_unlock(me, &s->mutex))
LOOP(bare_mutex, bare_mutex_lock(me, &s->mutex), bare_mutex_unlock(me, &s->mutex))
LOOP(rwsem_r, down_read(me, &s->sem), up_read(me, &s->sem))
LOOP(bare_rwsem_r, bare_down_read(me, &s->sem), bare_up_read(me, &s->sem))
LOOP(rwsem_w, down_write(me, &s->sem), up_write(me, &s->sem))
LOOP(bare_rwsem_w, bare_down_write(me, &s->sem), bare_up_write(me, &s->sem))
LOOP(rwlock_r, read_lock(me, &s->rw), read_unlock(me, &s->rw))
LOOP(bare_rwlock_r, bare_read_lock(me, &s->rw), bare_read_unlock(me, &s->rw))
LOOP(rwlock_w, write_lock(me, &s->rw), write_unlock(me, &s->rw))
LOOP(bare_rwlock_w, bare_write_lock(me, &s->rw), bare_write_unlock(me, &s->rw))
LOOP(pt_mutex, pthread_mutex_lock(&s->pmutex), pthread_mutex_unlock(&s->pmutex))
LOOP(pt_rwlock_r, pthread_rwlock_rdlock(&s->prw), pthread_rwlock_unlock(&s->prw))
LOOP(pt_rwlock_w, pthread_rwlock_wrlock(&s->prw), pthread_rwlock_unlock(&s->prw))
LOOP(rcu_section, rcu_read_lock(me), rcu_read_unlock(me))
LOOP(clock_read, sim_now(me), (void)0)
LOOP(own_permit, sim_unpark(me, me), sim_park(me, PARK_SLEEP, SIM_NS_MAX))

static void grace_period(struct task *me, struct state *s)
{
	for (u64 i = 0; i < s->n; i++)
		synchronize_rcu(me);
}

/* The other side's permit wakes us, ours wakes it: n there and back. */
static void hand_over(struct task *me, struct state *s)
{
	struct task *other = me->sim->tasks[1 - me->id];

	for (u64 i = 0; i < s->n; i++) {
		if (me->id == 0)
			sim_unpark(me, other);
		sim_park(me, PARK_SLEEP, SIM_NS_MAX);
		if (me->id == 1)
			sim_unpark(me, other);
	}
}

/* Threads start one after the other; what is measured begins when all are there. */
static void meet(struct task *me, struct state *s)
{
	__atomic_add_fetch(&s->nr_there, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&s->nr_there, __ATOMIC_SEQ_CST) < me->sim->nr_tasks)
		sim_sleep(me, 0);
}

static double now_ns(struct task *me, const struct state *s)
{
	return s->wall ? (double)sim_now(me) : bench_now_ns();
}

static void timed(struct task *me, void *arg)
{
	struct state *s = arg;

	meet(me, s);
	s->task[me->id].start_ns = now_ns(me, s);
	s->loop(me, s);
	s->task[me->id].end_ns = now_ns(me, s);
}

struct row {
	/* constant */
	void (*loop)(struct task *me, struct state *s);
	enum setting setting;
	u32 nr_tasks; /* 1 or 2 */
	double times; /* more operations for contention to settle, fewer of slow ones */
	bool wall;
};

static double run_row(const struct bench *b, u64 n)
{
	const struct row *r = b->data;
	struct state s = {
		.pmutex = PTHREAD_MUTEX_INITIALIZER,
		.prw = PTHREAD_RWLOCK_INITIALIZER,
		.n = (u64)((double)n * r->times) / r->nr_tasks,
		.loop = r->loop,
		.wall = r->wall,
	};
	struct sim_config cfg;
	struct sim *sim;
	double ns;

	sim_config_default(&cfg);
	cfg.engine = ENGINE_THREADS;
	cfg.lock_stat = r->setting >= STAT;
	cfg.record_events = r->setting == EVENTS;
	sim = sim_create(&cfg);
	spin_lock_init(sim, &s.spin, "spinlock");
	mutex_init(sim, &s.mutex, "mutex");
	init_rwsem(sim, &s.sem, "rwsem", 0);
	rwlock_init(sim, &s.rw, "rwlock");
	for (u32 i = 0; i < r->nr_tasks; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, timed, &s, -1);
	sim_run(sim);
	if (r->nr_tasks == 1)
		s.task[1] = s.task[0];
	ns = max(s.task[0].end_ns, s.task[1].end_ns) - min(s.task[0].start_ns, s.task[1].start_ns);
	sim_destroy(sim);
	return ns / r->times;
}

#define DATA(...)                   \
	.data = &(const struct row) \
	{                           \
		__VA_ARGS__         \
	}
/* Two threads that do nothing but take and drop the lock. */
#define PT(what, loop)                                                           \
	{                                                                        \
		"2x pthread " what, "ns/pair", run_row, .base = "pthread " what, \
							DATA(loop, BARE, 2, 16)  \
	}
#define PAIRS(what, loop, pthread, ...)                                                           \
	{"2x bare " what,                                                                         \
	 "ns/pair",                                                                               \
	 run_row,                                                                                 \
	 .base = "2x pthread " pthread,                                                           \
	 DATA(bare_##loop, BARE, 2, 16),                                                          \
	 __VA_ARGS__},                                                                            \
	{                                                                                         \
		"2x " what, "ns/pair", run_row, .base = "2x bare " what, DATA(loop, STAT, 2, 16), \
						__VA_ARGS__                                       \
	}

static const struct bench contended[] = {
	PT("mutex", pt_mutex),
	PT("rwlock R", pt_rwlock_r),
	PT("rwlock W", pt_rwlock_w),
	PAIRS("mutex", mutex, "mutex", .headline = true),
	PAIRS("spinlock", spin, "mutex"),
	PAIRS("rwsem R", rwsem_r, "rwlock R"),
	PAIRS("rwsem W", rwsem_w, "rwlock W"),
	PAIRS("rwlock R", rwlock_r, "rwlock R"),
	PAIRS("rwlock W", rwlock_w, "rwlock W"),
};

const struct bench_suite bench_contended = {
	"locks",
	"lock pairs, two threads that do nothing else: CPU time of both",
	contended,
	ARRAY_SIZE(contended),
};

static const struct bench services[] = {
	{"mutex, statistics", "ns/pair", run_row, .base = "pthread mutex", DATA(mutex, STAT, 1, 1)},
	{"mutex, every event recorded", "ns/pair", run_row, .base = "mutex, statistics", .times = 2,
	 DATA(mutex, EVENTS, 1, 1)},
	{"reading the clock", "ns", run_row, .base = "2 locked instr.",
	 DATA(clock_read, BARE, 1, 1)},
	{"RCU read-side section", "ns/pair", run_row, .base = "2 locked instr.",
	 DATA(rcu_section, BARE, 1, 1)},
	{"unpark and park, own permit", "ns/pair", run_row, .base = "2 locked instr.",
	 DATA(own_permit, BARE, 1, 1)},
	{"grace period, elapsed", "ns", run_row, .base = "2 locked instr.",
	 DATA(grace_period, BARE, 1, 0.004, true)},
	{"wake another and be woken, elapsed", "ns", run_row, .base = "2 locked instr.",
	 DATA(hand_over, BARE, 2, 0.02, true)},
};

const struct bench_suite bench_threads = {
	"engine",
	"the threads engine: CPU time",
	services,
	ARRAY_SIZE(services),
};
