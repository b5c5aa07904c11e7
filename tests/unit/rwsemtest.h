/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/rwsemtest.h - rw_semaphore as the lock of tests/unit/locktest.h.
 */
#ifndef TESTS_UNIT_RWSEMTEST_H
#define TESTS_UNIT_RWSEMTEST_H

#include "tests/unit/locktest.h"

#include "sim/rwsem.h"

static inline void rwsem_test_init(struct sim *sim, void *lock)
{
	init_rwsem(sim, lock, "test_rwsem", 0);
}

static inline int rwsem_test_lock(struct task *me, void *lock, char mode)
{
	switch (mode) {
	case 'W':
		down_write(me, lock);
		return 0;
	case 'd': /* for 50 us a writer, from then on a reader */
		down_write(me, lock);
		sim_sleep(me, 50 * US);
		downgrade_write(me, lock);
		return 0;
	case 'K':
		return down_write_killable(me, lock);
	case 'T':
		return !down_write_trylock(me, lock);
	case 'k':
		return down_read_killable(me, lock);
	case 'j':
		return down_read_interruptible(me, lock);
	case 't':
		return !down_read_trylock(me, lock);
	default:
		down_read(me, lock);
		return 0;
	}
}

static inline void rwsem_test_unlock(struct task *me, void *lock, char mode)
{
	if (mode == 'W' || mode == 'K' || mode == 'T')
		up_write(me, lock);
	else
		up_read(me, lock);
}

static const struct lt_ops ops = { rwsem_test_init, rwsem_test_lock, rwsem_test_unlock };

static inline void assert_at_rest(const struct rw_semaphore *sem)
{
	assert_int_equal(sem->count, 0);
	assert_true(list_empty(&sem->wait_list));
	assert_true(list_empty(&sem->osq));
	assert_null(sem->spinner);
}

#endif
