// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/lru.c - per-CPU lru_add batches and their drain.
 *
 * lru_add_drain_all() queues one work item on each CPU whose batch is not empty and waits for all
 * of them, holding a mutex that serialises all drains of the machine.  The item is executed by that
 * CPU's worker, a daemon task pinned to it: a busy CPU makes everybody wait.
 *
 * Upstream: mm/swap.c (mm/folio.c in 7.x)
 * Fidelity: simplified: the local lock of a batch is a guard, as nobody waits for it
 */
#include "model/mm/lru.h"

#include <stdio.h>

#include "model/events.h"
#include "model/ops.h"

struct lru_cpu {
	/* protected by guard */
	struct sim_guard guard;
	struct folio_batch lru_add;
	struct folio_batch mlock;

	/* atomic */
	u32 queued; /* work items so far */
	u32 done;

	struct wait_queue_head work;  /* the worker waits for queued */
	struct wait_queue_head flush; /* drainers wait for done */
};

struct lru_batches {
	/* constant */
	u32 nr_cpus;

	struct mutex lock; /* one drain of all CPUs at a time */
	u32 gen;	   /* atomic; written under lock: drains so far */
	u32 disabled;	   /* atomic: how many want every batch to stay empty */
	struct lru_cpu cpu[];
};

/*
 * Upstream: mm/swap.c:folio_batch_move_lru
 * Fidelity: simplified: joining an LRU list is a flag
 */
static void lru_add_drain_cpu(struct task *me, struct lru_cpu *lc)
{
	struct folio_batch fbatch;

	sim_guard_lock(me->sim, &lc->guard);
	fbatch = lc->lru_add;
	store_release(lc->lru_add.nr, 0);
	sim_guard_unlock(me->sim, &lc->guard);
	for (u32 i = 0; i < fbatch.nr; i++)
		folio_set_flag(me, fbatch.folios[i], PG_lru);
	folio_batch_release(me, &fbatch);
	if (likely(!load_acquire(lc->mlock.nr)))
		return;
	sim_guard_lock(me->sim, &lc->guard);
	fbatch = lc->mlock;
	store_release(lc->mlock.nr, 0);
	sim_guard_unlock(me->sim, &lc->guard);
	folio_batch_release(me, &fbatch);
}

/* The CPU a task is on; schedulers that do not model CPUs may give any number. */
static struct lru_cpu *this_lru_cpu(struct task *me, struct lru_batches *lru)
{
	return &lru->cpu[me->cpu % lru->nr_cpus];
}

/*
 * Upstream: mm/swap.c:__folio_batch_add_and_move
 * Fidelity: faithful
 */
static void folio_batch_add_cpu(struct task *me, struct lru_batches *lru, size_t which,
				struct folio *folio)
{
	struct lru_cpu *lc = this_lru_cpu(me, lru);
	struct folio_batch *fbatch = (struct folio_batch *)((char *)lc + which);
	u32 nr;

	folio_get(me, folio);
	do {
		sim_guard_lock(me->sim, &lc->guard);
		/* Full only on real threads, if another task of this CPU is about to drain it. */
		nr = fbatch->nr;
		if (nr < FOLIO_BATCH_SIZE) {
			fbatch->folios[nr] = folio;
			store_release(fbatch->nr, nr + 1);
		}
		sim_guard_unlock(me->sim, &lc->guard);
	} while (nr == FOLIO_BATCH_SIZE);
	if (nr + 1 == FOLIO_BATCH_SIZE || !folio_may_be_lru_cached(folio) ||
	    load_acquire(lru->disabled))
		lru_add_drain_cpu(me, lc);
}

void folio_add_lru(struct task *me, struct folio *folio)
{
	struct lru_batches *lru = machine_of(me)->lru;

	if (!lru) {
		folio_set_flag(me, folio, PG_lru);
		return;
	}
	folio_batch_add_cpu(me, lru, offsetof(struct lru_cpu, lru_add), folio);
}

void mlock_folio(struct task *me, struct folio *folio)
{
	struct lru_batches *lru = machine_of(me)->lru;

	if (lru)
		folio_batch_add_cpu(me, lru, offsetof(struct lru_cpu, mlock), folio);
}

bool folio_isolate_lru(struct task *me, struct folio *folio)
{
	u32 old;

	sim_point(me, folio_obj(me, folio), SIM_WRITE);
	old = load_acquire(folio->flags);
	do {
		if (!(old & BIT(PG_lru)))
			return false;
	} while (!step_try_cmpxchg(me, &folio->flags, &old, old & ~BIT(PG_lru)));
	folio_get(me, folio);
	return true;
}

void folio_putback_lru(struct task *me, struct folio *folio)
{
	folio_add_lru(me, folio);
	folio_put(me, folio);
}

void lru_add_drain(struct task *me)
{
	struct lru_batches *lru = machine_of(me)->lru;

	if (lru)
		lru_add_drain_cpu(me, this_lru_cpu(me, lru));
}

/* One CPU's worker. */
static void lru_worker(struct task *me, void *arg)
{
	struct lru_cpu *lc = arg;

	for (;;) {
		u32 queued;

		wait_event_interruptible(me, &lc->work,
					 load_acquire(lc->queued) != load_acquire(lc->done));
		queued = load_acquire(lc->queued);
		if (queued == load_acquire(lc->done))
			continue;
		cost(me, COST_lru_drain_cpu);
		lru_add_drain_cpu(me, lc);
		store_release(lc->done, queued);
		wake_up_all(me, &lc->flush);
	}
}

/*
 * Upstream: mm/swap.c:__lru_add_drain_all
 * Fidelity: faithful, with the shortcut of who waited out somebody else's whole drain
 */
static u32 __lru_add_drain_all(struct task *me, struct lru_batches *lru, bool force)
{
	u32 this_gen, nr_work = 0;

	this_gen = READ_ONCE(me, lru->lock.dep_map.id, lru->gen);
	mutex_lock(me, &lru->lock);
	/* Whoever drained since began after we came, and so did our work. */
	if (this_gen != load_acquire(lru->gen) && !force)
		goto done;
	WRITE_ONCE(me, lru->lock.dep_map.id, lru->gen, this_gen + 1);
	for (u32 i = 0; i < lru->nr_cpus; i++) {
		struct lru_cpu *lc = &lru->cpu[i];

		if (!READ_ONCE(me, lc->work.dep_map.id, lc->lru_add.nr) &&
		    !load_acquire(lc->mlock.nr))
			continue;
		nr_work++;
		store_release(lc->queued, lc->queued + 1);
		wake_up(me, &lc->work);
	}
	for (u32 i = 0; i < lru->nr_cpus; i++) {
		struct lru_cpu *lc = &lru->cpu[i];

		if (load_acquire(lc->done) != lc->queued)
			wait_event(me, &lc->flush, load_acquire(lc->done) == lc->queued);
	}
done:
	mutex_unlock(me, &lru->lock);
	return nr_work;
}

s64 lru_add_drain_all(struct task *me)
{
	struct lru_batches *lru = machine_of(me)->lru;
	u32 nr_work = 0;

	SIM_FRAME(me);
	if (lru)
		nr_work = __lru_add_drain_all(me, lru, false);
	sim_event(me, EV_mm_lru_add_drain_all, 0, nr_work, 0);
	return 0;
}

void lru_cache_disable(struct task *me)
{
	struct lru_batches *lru = machine_of(me)->lru;

	SIM_FRAME(me);
	if (!lru)
		return;
	/* Who still missed this had added his folio before, so the drain finds it. */
	step_add_return(me, &lru->disabled, 1);
	sim_event(me, EV_mm_lru_add_drain_all, 0, __lru_add_drain_all(me, lru, true), 0);
}

void lru_cache_enable(struct task *me)
{
	struct lru_batches *lru = machine_of(me)->lru;

	if (lru)
		step_add_return(me, &lru->disabled, -1);
}

struct lru_batches *lru_create(struct machine *m)
{
	u32 nr_cpus = m->sim->cfg.nr_cpus;
	struct lru_batches *lru;
	char name[SIM_TASK_NAME];

	lru = sim_zalloc(m->sim, sizeof(*lru) + nr_cpus * sizeof(lru->cpu[0]));
	lru->nr_cpus = nr_cpus;
	mutex_init(m->sim, &lru->lock, "lru_add_drain_all");
	/* a worker without work is idle, not stalled */
	lock_class_get(m->sim, "lru_worker", LOCKC_WAITQ | LOCKC_PACING);
	for (u32 i = 0; i < nr_cpus; i++) {
		struct lru_cpu *lc = &lru->cpu[i];
		struct task *worker;

		/* a worker without work is no stall */
		lock_class_get(m->sim, "lru_worker", LOCKC_WAITQ | LOCKC_PACING);
		init_waitqueue_head(m->sim, &lc->work, "lru_worker");
		init_waitqueue_head(m->sim, &lc->flush, "lru_flush_work");
		snprintf(name, sizeof(name), "kworker/%u", i);
		worker = sim_task_create(m->sim, name, ACTOR_KERNEL, lru_worker, lc, (s32)i);
		worker->daemon = true;
	}
	return lru;
}

void lru_for_each_batched(struct machine *m, void (*fn)(struct folio *folio, void *arg), void *arg)
{
	for (u32 i = 0; m->lru && i < m->lru->nr_cpus; i++) {
		const struct lru_cpu *lc = &m->lru->cpu[i];

		for (u32 j = 0; j < lc->lru_add.nr; j++)
			fn(lc->lru_add.folios[j], arg);
		for (u32 j = 0; j < lc->mlock.nr; j++)
			fn(lc->mlock.folios[j], arg);
	}
}

s32 lru_nr_batched(struct task *me, const struct folio *folio)
{
	struct lru_batches *lru = machine_of(me)->lru;
	s32 nr = 0;

	for (u32 i = 0; lru && i < lru->nr_cpus; i++) {
		struct lru_cpu *lc = &lru->cpu[i];

		sim_guard_lock(me->sim, &lc->guard);
		for (u32 j = 0; j < lc->lru_add.nr; j++)
			nr += lc->lru_add.folios[j] == folio;
		sim_guard_unlock(me->sim, &lc->guard);
	}
	return nr;
}
