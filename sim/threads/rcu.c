// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/threads/rcu.c - RCU by liburcu (memb flavour).
 *
 * Readers, grace periods and callbacks are liburcu's; this file only adds what ThreadSanitizer
 * cannot see.  The distribution's library is not instrumented, so that a callback seems to race
 * with the readers it has waited for: a reader releases eng->rcu_order as it leaves, a callback and
 * the end of synchronize_rcu() acquire it.  The read side is inlined (_LGPL_SOURCE, which liburcu
 * allows to any program for functions this small) and so instrumented.
 *
 * liburcu's registry and its callback thread are per process, the only state here that does not
 * hang off struct sim: a grace period of one simulation also waits for the readers of another.
 *
 * Invariants: every task thread is registered from before its first to after its last model
 * instruction; a task that halts has left its read-side section, so that no grace period hangs on
 * a run that is being stopped; nr_callbacks is 0 after thr_rcu_barrier().
 */
#define _LGPL_SOURCE
#include <urcu/urcu-memb.h>

#include "sim/core.h"
#include "sim/threads/threads.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THR_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define THR_TSAN 1
#endif

#ifdef THR_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define order_acquire(p) __tsan_acquire(p)
#define order_release(p) __tsan_release(p)
#else
#define order_acquire(p) ((void)(p))
#define order_release(p) ((void)(p))
#endif

_Static_assert(sizeof(struct rcu_head) <= sizeof(((struct sim_rcu_head *)0)->engine),
	       "sim_rcu_head has no room for liburcu's");

void thr_rcu_thread(bool on)
{
	if (on)
		urcu_memb_register_thread();
	else
		urcu_memb_unregister_thread();
}

static void reader_leaves(struct thr_task *t)
{
	order_release(&t->eng->rcu_order);
	urcu_memb_read_unlock();
}

/* @t will run no model code any more: whoever waits for its reader may go on. */
void thr_rcu_leave_all(struct thr_task *t)
{
	for (u32 depth = t->task.rcu_depth; depth; depth--)
		reader_leaves(t);
}

/* struct engine_ops.rcu_read_lock */
void thr_rcu_read_lock(struct task *me)
{
	struct thr_task *t = thr_task(me);

	if (me->rcu_depth++ == 0)
		t->rcu_start = __atomic_load_n(&t->eng->nr_gp, __ATOMIC_RELAXED);
	urcu_memb_read_lock();
}

/* struct engine_ops.rcu_read_unlock */
void thr_rcu_read_unlock(struct task *me)
{
	if (unlikely(me->rcu_depth == 0)) {
		rcu_bad_unlock(me);
		return;
	}
	me->rcu_depth--;
	reader_leaves(thr_task(me));
}

/*
 * struct engine_ops.synchronize_rcu.  Inside a read-side section it waits for itself: liburcu would
 * hang where no stop reaches it, so the task parks and the monitor finds it.
 */
void thr_synchronize_rcu(struct task *me)
{
	struct thr_task *t = thr_task(me);

	might_sleep(me);
	sim_point(me, t->eng->gp_map.id, SIM_WRITE);
	t->gp = __atomic_add_fetch(&t->eng->nr_gp, 1, __ATOMIC_RELAXED);
	lock_contended(me, &t->eng->gp_map, LOCK_WRITE);
	me->park_deadline_ns = SIM_NS_MAX;
	__atomic_store_n(&me->park_how, PARK_SLEEP, __ATOMIC_RELAXED);
	__atomic_store_n(&me->state, TASK_SLEEPING, __ATOMIC_RELAXED);
	thr_calm_enter(t, WAIT_GP);
	while (me->rcu_depth) {
		if (thr_stopping(t))
			thr_halt(t);
		thr_futex_wait(&t->eng->stop, 0, SIM_NS_MAX);
	}
	urcu_memb_synchronize_rcu();
	order_acquire(&t->eng->rcu_order);
	if (thr_stopping(t))
		thr_halt(t);
	thr_calm_leave(t);
	__atomic_store_n(&me->park_how, PARK_NONE, __ATOMIC_RELAXED);
	thr_runs(me);
	lock_wait_abort(me, &t->eng->gp_map, 0);
}

static void run_callback(struct rcu_head *urcu)
{
	struct sim_rcu_head *head = container_of((void *)urcu, struct sim_rcu_head, engine);
	struct thr_engine *eng;
	struct sim *sim;

	order_acquire(head);
	sim = head->sim;
	eng = thr_engine(sim);
	order_acquire(&eng->rcu_order);
	head->func(sim, head);
	__atomic_sub_fetch(&eng->nr_callbacks, 1, __ATOMIC_RELEASE);
}

/* struct engine_ops.call_rcu */
void thr_call_rcu(struct task *me, struct sim_rcu_head *head,
		  void (*func)(struct sim *sim, struct sim_rcu_head *head))
{
	sim_point(me, thr_engine(me->sim)->gp_map.id, SIM_WRITE);
	head->func = func;
	head->sim = me->sim;
	__atomic_add_fetch(&thr_engine(me->sim)->nr_callbacks, 1, __ATOMIC_RELAXED);
	order_release(head);
	urcu_memb_call_rcu((struct rcu_head *)head->engine, run_callback);
}

/* struct engine_ops.rcu_barrier: callbacks may queue callbacks, so until none is left */
void thr_rcu_barrier(struct sim *sim)
{
	struct thr_engine *eng = thr_engine(sim);

	while (__atomic_load_n(&eng->nr_callbacks, __ATOMIC_ACQUIRE))
		urcu_memb_barrier();
}
