// SPDX-License-Identifier: GPL-2.0-only
/*
 * pairs.c - the loops whose time is measured: lock, unlock.  Compiled twice, see bare.h.
 */
#include "tools/benches/pairs.h"

#include "sim/engine.h"
#include "sim/mutex.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"
#include "tools/benches/bench.h"

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

static inline void pair(struct task *me, struct locks *l, enum lock_kind kind)
{
	u32 idx;

	switch (kind) {
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
	case MEET:
		mutex_lock(me, &l->mutex);
		(sim_point)(me, 1, SIM_WRITE); /* no macro: the real one in both copies */
		mutex_unlock(me, &l->mutex);
		break;
	}
}

static void pairs_fn(struct task *me, void *arg)
{
	struct locks *l = arg;

	for (u64 i = 0; i < l->n; i++)
		pair(me, l, l->kind);
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

double pairs_run(enum lock_kind kind, enum pairs_setting setting, u32 tasks, u64 n)
{
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
	l.kind = kind;
	l.n = n / tasks;
	for (u32 i = 0; i < tasks; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, pairs_fn, &l, -1);
	ns = bench_now_ns();
	sim_run(sim);
	ns = bench_now_ns() - ns;
	sim_destroy(sim);
	return ns;
}
