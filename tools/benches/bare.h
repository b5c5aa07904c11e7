/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/benches/bare.h - makes a second copy of the locks that reports nothing: included before
 * everything else when sim/'s lock sources are compiled once more for the benchmarks.
 *
 * What is left is the lock itself: its word, its queue, parking.  No decision before the
 * acquisition, no list of held locks, no statistics, no event.  Every name gets a prefix, so that
 * both copies live in one program.
 */
#ifndef TOOLS_BENCHES_BARE_H
#define TOOLS_BENCHES_BARE_H

#include "sim/engine.h"
#include "sim/lockdep.h"
#include "sim/waiter.h"

#define lock_contended(me, map, mode)	      ((void)(me), (void)(map))
#define lock_wait_abort(me, map, err)	      ((void)(me), (void)(map))
#define lock_acquired(me, map, mode, trylock) ((void)(me), (void)(map))
#define lock_release(me, map)		      ((void)(me), (void)(map), true)
#define lock_release_mode(me, map, mode)      ((void)(me), (void)(map), true)
#define might_sleep(me)			      ((void)(me))
#define sim_point(me, obj, access)	      ((void)(me))
#define sim_release_point(me, obj)	      ((void)(me))

#define mutex_init		 bare_mutex_init
#define mutex_is_locked		 bare_mutex_is_locked
#define mutex_lock		 bare_mutex_lock
#define mutex_lock_interruptible bare_mutex_lock_interruptible
#define mutex_lock_killable	 bare_mutex_lock_killable
#define mutex_trylock		 bare_mutex_trylock
#define mutex_unlock		 bare_mutex_unlock

#define cond_resched_rwlock_read  bare_cond_resched_rwlock_read
#define cond_resched_rwlock_write bare_cond_resched_rwlock_write
#define read_lock		  bare_read_lock
#define read_trylock		  bare_read_trylock
#define read_unlock		  bare_read_unlock
#define rwlock_init		  bare_rwlock_init
#define rwlock_is_contended	  bare_rwlock_is_contended
#define rwlock_needbreak	  bare_rwlock_needbreak
#define write_lock		  bare_write_lock
#define write_trylock		  bare_write_trylock
#define write_unlock		  bare_write_unlock

#define down_read		bare_down_read
#define down_read_interruptible bare_down_read_interruptible
#define down_read_killable	bare_down_read_killable
#define down_read_trylock	bare_down_read_trylock
#define down_write		bare_down_write
#define down_write_killable	bare_down_write_killable
#define down_write_trylock	bare_down_write_trylock
#define downgrade_write		bare_downgrade_write
#define init_rwsem		bare_init_rwsem
#define rwsem_is_contended	bare_rwsem_is_contended
#define up_read			bare_up_read
#define up_write		bare_up_write
#define rwsem_can_spin_on_owner bare_rwsem_can_spin_on_owner
#define rwsem_handoff_spin	bare_rwsem_handoff_spin
#define rwsem_optimistic_spin	bare_rwsem_optimistic_spin

#define spin_lock	bare_spin_lock
#define spin_lock_init	bare_spin_lock_init
#define spin_lock_irq	bare_spin_lock_irq
#define spin_trylock	bare_spin_trylock
#define spin_unlock	bare_spin_unlock
#define spin_unlock_irq bare_spin_unlock_irq

#define init_srcu_struct    bare_init_srcu_struct
#define srcu_read_lock	    bare_srcu_read_lock
#define srcu_read_lock_held bare_srcu_read_lock_held
#define srcu_read_unlock    bare_srcu_read_unlock
#define synchronize_srcu    bare_synchronize_srcu

#define bit_clear_nowake    bare_bit_clear_nowake
#define bit_lock	    bare_bit_lock
#define bit_lock_killable   bare_bit_lock_killable
#define bit_trylock	    bare_bit_trylock
#define bit_unlock	    bare_bit_unlock
#define bit_wait	    bare_bit_wait
#define bit_wait_table_init bare_bit_wait_table_init

#define pairs_run bare_pairs_run

#endif
