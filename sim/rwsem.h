/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/rwsem.h - rw_semaphore: sleeping, writer-fair by handoff, phase-fair in reader batches.
 *
 * Word: bit 0 a writer holds, bit 1 waiters queue, bit 2 handoff, readers from bit 8.
 *
 * Invariants (kernel/locking/rwsem.c, numbered for the tests to cite):
 *  R1 A reader's fast path adds itself and fails if a writer holds, waiters queue or handoff is
 *     set.
 *  R2 A reader that failed may still steal if no writer holds and no handoff is set, unless the
 *     lock is reader-owned and it would be one more than one reader (it counts itself): in effect
 *     it steals a lock that is free at that moment.  If it is then the only reader, it brings in
 *     the queue's readers, should one be at the head.
 *  R3 Readers never spin.  A writer spins optimistically (one at a time, in order) while the owner
 *     is a writer that runs, or for a bounded time while readers own the lock; it may steal when
 *     the lock is free and no handoff is set.
 *  R4 Otherwise waiters queue FIFO.  A waiter that has waited DIV_ROUND_UP(HZ, 250) jiffies when it
 *     fails sets handoff; from then on nobody steals and only the first waiter may take the lock.
 *  R5 A release wakes the head: a writer alone; for a reader, all queued readers up to 256 (writers
 *     between them are skipped), each holding the lock before it runs.
 *  R6 down_read and down_write sleep uninterruptibly.
 *
 * Upstream: kernel/locking/rwsem.c
 * Fidelity: faithful (RT waiters' immediate handoff is not modelled: no RT tasks)
 */
#ifndef SIM_RWSEM_H
#define SIM_RWSEM_H

#include "sim/engine.h"
#include "sim/lockdep.h"

#define RWSEM_MAX_READERS_WAKEUP 256

#define RWSEM_WRITER_LOCKED 1ull
#define RWSEM_FLAG_WAITERS  2ull
#define RWSEM_FLAG_HANDOFF  4ull
#define RWSEM_READER_SHIFT  8
#define RWSEM_READER_BIAS   (1ull << RWSEM_READER_SHIFT)

/* The owner word: task id + 1 of the writer or of one reader, past or present, and two flags. */
#define RWSEM_READER_OWNED BIT_ULL(63)
#define RWSEM_NONSPINNABLE BIT_ULL(62) /* a writer spun on these readers in vain */

struct rw_semaphore {
	struct lockdep_map dep_map;
	/* atomic */
	u64 count; /* the word above */
	u64 owner;
	struct task *spinner; /* the head of osq, while it spins: hears of every change */
	/* protected by guard */
	struct sim_guard guard;
	struct list_head wait_list;
	struct list_head osq; /* optimistic spinners, in order */
};

void init_rwsem(struct sim *sim, struct rw_semaphore *sem, const char *class_name, u32 class_flags);
void down_read(struct task *me, struct rw_semaphore *sem);
int down_read_killable(struct task *me, struct rw_semaphore *sem);
int down_read_interruptible(struct task *me, struct rw_semaphore *sem);
bool down_read_trylock(struct task *me, struct rw_semaphore *sem);
void up_read(struct task *me, struct rw_semaphore *sem);
void down_write(struct task *me, struct rw_semaphore *sem);
int down_write_killable(struct task *me, struct rw_semaphore *sem);
bool down_write_trylock(struct task *me, struct rw_semaphore *sem);
void up_write(struct task *me, struct rw_semaphore *sem);
void downgrade_write(struct task *me, struct rw_semaphore *sem);
bool rwsem_is_contended(const struct rw_semaphore *sem);

#endif
