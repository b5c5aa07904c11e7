/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/racetest.h - programs of accesses and of what orders them, written as a string.
 *
 * A program is "0l0w0u 1l1r1u": task and step, in the order in which they happen, one each
 * millisecond, whatever the tasks would do by themselves; blanks mean nothing.  Tasks compute in
 * between, each on a CPU of its own, so nothing but the steps orders them.
 *
 *	w r   x, plainly		W R   x, marked			h H   y, plainly
 *	l u   mutex			s S   spinlock		t T   bit lock; v waits for it
 *	q Q   rwlock, reading		e E   rwlock, writing
 *	d D   rwsem, reading		f F   rwsem, writing; g downgrades
 *	a A   smp_store_release(), smp_load_acquire() of a flag; m n marked accesses to it
 *	c     atomic_add_return() of that flag; o step_or() of it; k try_cmpxchg that fails
 *	b B   RCU section, y grace period	p P   SRCU section, z grace period
 *	i     IPI to all others		j J   interrupts off, on
 *	K     wait_event() for the flag "ready", set and woken for by O; Z sets it only
 *	x     x's memory is another object from now on
 */
#ifndef TESTS_UNIT_RACETEST_H
#define TESTS_UNIT_RACETEST_H

#include "tests/unit/locktest.h"

#include "sim/atomic.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"

#define RT_TASKS 4

struct rt {
	struct mutex mutex;
	struct spinlock spin;
	struct rwlock rw;
	struct rw_semaphore sem;
	struct srcu_struct srcu;
	struct bit_wait_table bits;
	struct wait_queue_head wq;
	u32 idx[RT_TASKS];
	u32 word, obj;
	u32 flag, ready;
	u32 x, y;
	const char *program;
};

static bool rt_any(const struct task *t, void *arg)
{
	return true;
}

static void rt_access(struct task *me, struct rt *p, char c)
{
	u32 none = ~0u;

	switch (c) {
	case 'w':
		plain_write(me, p->x, 1u);
		break;
	case 'r':
		plain_read(me, p->x);
		break;
	case 'W':
		WRITE_ONCE(me, p->obj, p->x, 1u);
		break;
	case 'R':
		READ_ONCE(me, p->obj, p->x);
		break;
	case 'h':
		plain_write(me, p->y, 1u);
		break;
	case 'H':
		plain_read(me, p->y);
		break;
	case 'a':
		smp_store_release(me, p->flag, 1u);
		break;
	case 'A':
		smp_load_acquire(me, p->flag);
		break;
	case 'm':
		WRITE_ONCE(me, p->obj, p->flag, 2u);
		break;
	case 'n':
		READ_ONCE(me, p->obj, p->flag);
		break;
	case 'c':
		atomic_add_return(me, p->obj, &p->flag, 1u);
		break;
	case 'o':
		step_or(me, &p->flag, 4u);
		break;
	case 'k':
		atomic_try_cmpxchg(me, p->obj, &p->flag, &none, 0u);
		break;
	case 'x':
		race_forget(me->sim, &p->x, sizeof(p->x));
		break;
	}
}

static void rt_shared(struct task *me, struct rt *p, char c)
{
	switch (c) {
	case 'q':
		read_lock(me, &p->rw);
		break;
	case 'Q':
		read_unlock(me, &p->rw);
		break;
	case 'e':
		write_lock(me, &p->rw);
		break;
	case 'E':
		write_unlock(me, &p->rw);
		break;
	case 'd':
		down_read(me, &p->sem);
		break;
	case 'D':
		up_read(me, &p->sem);
		break;
	case 'f':
		down_write(me, &p->sem);
		break;
	case 'F':
		up_write(me, &p->sem);
		break;
	case 'g':
		downgrade_write(me, &p->sem);
		break;
	default:
		rt_access(me, p, c);
	}
}

static void rt_lock(struct task *me, struct rt *p, char c)
{
	switch (c) {
	case 'l':
		mutex_lock(me, &p->mutex);
		break;
	case 'u':
		mutex_unlock(me, &p->mutex);
		break;
	case 's':
		spin_lock(me, &p->spin);
		break;
	case 'S':
		spin_unlock(me, &p->spin);
		break;
	case 't':
		bit_lock(me, &p->bits, &p->word, 0, p->obj);
		break;
	case 'T':
		bit_unlock(me, &p->bits, &p->word, 0, p->obj);
		break;
	case 'v':
		bit_wait(me, &p->bits, &p->word, 0, p->obj);
		break;
	default:
		rt_shared(me, p, c);
	}
}

static void rt_step(struct task *me, struct rt *p, char c)
{
	switch (c) {
	case 'b':
		rcu_read_lock(me);
		break;
	case 'B':
		rcu_read_unlock(me);
		break;
	case 'y':
		synchronize_rcu(me);
		break;
	case 'p':
		p->idx[me->id] = srcu_read_lock(me, &p->srcu);
		break;
	case 'P':
		srcu_read_unlock(me, &p->srcu, p->idx[me->id]);
		break;
	case 'z':
		synchronize_srcu(me, &p->srcu);
		break;
	case 'i':
		sim_ipi(me, rt_any, NULL, (struct ipi_cost){0});
		break;
	case 'j':
		local_irq_disable(me);
		break;
	case 'J':
		local_irq_enable(me);
		break;
	case 'K':
		wait_event(me, &p->wq, READ_ONCE(me, p->obj, p->ready));
		break;
	case 'O':
		WRITE_ONCE(me, p->obj, p->ready, 1u);
		wake_up_all(me, &p->wq);
		break;
	case 'Z':
		WRITE_ONCE(me, p->obj, p->ready, 1u);
		break;
	default:
		rt_lock(me, p, c);
	}
}

static void rt_actor(struct task *me, void *arg)
{
	struct rt *p = arg;
	u64 at_us = 1000;

	for (const char *c = p->program; *c; c++) {
		if (*c == ' ')
			continue;
		if ((u32)(*c++ - '0') == me->id) {
			lt_until(me, at_us);
			rt_step(me, p, *c);
		}
		at_us += 1000;
	}
	lt_until(me, at_us);
}

/* The simulation after its run, for sim_destroy(). */
static struct sim *rt_run(struct rt *p, const char *program, u32 nr_tasks)
{
	static const char *const names[RT_TASKS] = {"a", "b", "c", "d"};
	struct sim_config cfg = lt_config();
	struct sim *sim;

	cfg.races = cfg.checks = true;
	cfg.lock_stat = false;
	sim = sim_create(&cfg);
	*p = (struct rt){.program = program};
	mutex_init(sim, &p->mutex, "mutex");
	spin_lock_init(sim, &p->spin, "spin");
	rwlock_init(sim, &p->rw, "rwlock");
	init_rwsem(sim, &p->sem, "rwsem", 0);
	init_srcu_struct(sim, &p->srcu, "srcu");
	bit_wait_table_init(sim, &p->bits, "bit");
	init_waitqueue_head(sim, &p->wq, "wq");
	p->obj = sim_new_obj(sim);
	for (u32 i = 0; i < nr_tasks; i++)
		sim_task_create(sim, names[i], ACTOR_KERNEL, rt_actor, p, -1);
	sim_run(sim);
	return sim;
}

#endif
