/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/benches/bare.h - the locks without instrumentation, to measure what instrumentation costs.
 *
 * The build includes this file in front of the locks' own sources, compiled a second time: every
 * hook becomes nothing and every function gets the prefix bare_.  No hold is known, no statistics
 * are kept, no visible operation is declared; what remains is the lock.
 */
#ifndef TOOLS_BENCHES_BARE_H
#define TOOLS_BENCHES_BARE_H

#include "sim/engine.h"
#include "sim/lockdep.h"
#include "sim/waiter.h"

#define lock_contended(me, map, mode)	  ((void)0)
#define lock_acquired(me, map, mode, try) ((void)0)
#define lock_wait_abort(me, map, err)	  ((void)0)
#define lock_release(me, map)		  true
#define lock_release_mode(me, map, mode)  true
#define sim_point(me, obj, access)	  ((void)0)
#define sim_release_point(me, obj)	  ((void)0)
#define might_sleep(me)			  ((void)0)

#define spin_lock		  bare_spin_lock
#define spin_lock_init		  bare_spin_lock_init
#define spin_lock_irq		  bare_spin_lock_irq
#define spin_trylock		  bare_spin_trylock
#define spin_unlock		  bare_spin_unlock
#define spin_unlock_irq		  bare_spin_unlock_irq
#define mutex_init		  bare_mutex_init
#define mutex_is_locked		  bare_mutex_is_locked
#define mutex_lock		  bare_mutex_lock
#define mutex_lock_interruptible  bare_mutex_lock_interruptible
#define mutex_lock_killable	  bare_mutex_lock_killable
#define mutex_trylock		  bare_mutex_trylock
#define mutex_unlock		  bare_mutex_unlock
#define rwlock_init		  bare_rwlock_init
#define rwlock_is_contended	  bare_rwlock_is_contended
#define rwlock_needbreak	  bare_rwlock_needbreak
#define cond_resched_rwlock_read  bare_cond_resched_rwlock_read
#define cond_resched_rwlock_write bare_cond_resched_rwlock_write
#define read_lock		  bare_read_lock
#define read_trylock		  bare_read_trylock
#define read_unlock		  bare_read_unlock
#define write_lock		  bare_write_lock
#define write_trylock		  bare_write_trylock
#define write_unlock		  bare_write_unlock
#define init_rwsem		  bare_init_rwsem
#define down_read		  bare_down_read
#define down_read_interruptible	  bare_down_read_interruptible
#define down_read_killable	  bare_down_read_killable
#define down_read_trylock	  bare_down_read_trylock
#define down_write		  bare_down_write
#define down_write_killable	  bare_down_write_killable
#define down_write_trylock	  bare_down_write_trylock
#define downgrade_write		  bare_downgrade_write
#define rwsem_is_contended	  bare_rwsem_is_contended
#define up_read			  bare_up_read
#define up_write		  bare_up_write

#endif
