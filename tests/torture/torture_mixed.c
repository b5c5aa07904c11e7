// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_mixed.c - all locks at once, nested as the memory code nests them.
 *
 * Order, outermost first: mutex, rwsem, bit lock, rwlock, spinlock; RCU readers around the spinning
 * ones.  Each operation takes a random subset in that order and works in every cell it may.
 * Interrupts between tasks fly about meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/wait.h"
#include "tests/torture/torture.h"

enum { MUTEX, RWSEM, BITLOCK, RWLOCK, SPINLOCK };

static struct mutex mutex;
static struct rw_semaphore sem;
static struct bit_wait_table table;
static u32 word;
static struct rwlock rwlock;
static struct spinlock spinlock;

static void setup(struct torture *t)
{
	mutex_init(t->sim, &mutex, "torture_mutex");
	init_rwsem(t->sim, &sem, "torture_rwsem", 0);
	bit_wait_table_init(t->sim, &table, "torture_bitlock");
	rwlock_init(t->sim, &rwlock, "torture_rwlock");
	spin_lock_init(t->sim, &spinlock, "torture_spinlock");
	word = 0;
}

static void spinning(struct task *me, struct torture_worker *w, u32 what)
{
	rcu_read_lock(me);
	if (what & 1)
		read_lock(me, &rwlock);
	else if (what & 2)
		write_lock(me, &rwlock);
	if (what & 1)
		torture_read(w, RWLOCK);
	else if (what & 2)
		torture_write(w, RWLOCK);
	if (what & 4) {
		spin_lock(me, &spinlock);
		torture_write(w, SPINLOCK);
		spin_unlock(me, &spinlock);
	}
	if (what & 1)
		read_unlock(me, &rwlock);
	else if (what & 2)
		write_unlock(me, &rwlock);
	rcu_read_unlock(me);
}

static void sleeping(struct task *me, struct torture_worker *w, u32 what)
{
	if (what & 1)
		down_read(me, &sem);
	else if (what & 2)
		down_write(me, &sem);
	if (what & 4) {
		bit_lock(me, &table, &word, 0, 1);
		torture_write(w, BITLOCK);
	}
	spinning(me, w, what >> 3);
	if (what & 1)
		torture_read(w, RWSEM);
	else if (what & 2)
		torture_write(w, RWSEM);
	if (what & 4)
		bit_unlock(me, &table, &word, 0, 1);
	if (what & 1)
		up_read(me, &sem);
	else if (what & 2)
		up_write(me, &sem);
}

static bool everybody(const struct task *t, void *arg)
{
	return true;
}

static void op(struct task *me, struct torture_worker *w)
{
	u32 what = torture_rand(w, 64);

	switch (torture_rand(w, 16)) {
	case 0:
		mutex_lock(me, &mutex);
		torture_write(w, MUTEX);
		sleeping(me, w, what);
		mutex_unlock(me, &mutex);
		break;
	case 1:
		sim_ipi(me, everybody, NULL, (struct ipi_cost){0});
		break;
	case 2:
		synchronize_rcu(me);
		break;
	case 3:
		local_irq_disable(me);
		spinning(me, w, what);
		local_irq_enable(me);
		break;
	default:
		sleeping(me, w, what);
		break;
	}
}

int main(int argc, char **argv)
{
	const struct torture_ops ops = {"mixed", setup, op, NULL};

	return torture_main(argc, argv, &ops);
}
