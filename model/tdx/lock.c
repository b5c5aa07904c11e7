// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/lock.c - the module's locks: one attempt each, and a memory of the host's failures.
 *
 * A word of 16 bits: bit 0 exclusive; bit 1 host priority, in locks that have it; the rest counts
 * readers.  A failed attempt to share leaves its count behind while the writer is in; the writer's
 * release throws all counts away.  Host priority is set by a host that fails, keeps guests off, and
 * is cleared by the next host that succeeds.  No guest leaf of this mock takes such a lock, so only
 * the host's side is here; entries of the S-EPT have their own lock (sept.c).
 *
 * Invariants: exclusive and a reader that got in never coexist; each attempt is one visible
 * operation and an acquisition or a contention (of no length) in the lock statistics.
 *
 * Upstream: intel/tdx-module src/common/helpers/tdx_locks.h
 * Fidelity: faithful (the two instructions of a failure that sets host priority are one step)
 */
#include "model/tdx/internal.h"

void tdx_lock_init(struct sim *sim, struct tdx_lock *lock, const char *class_name, bool hp)
{
	lock_init_map(sim, &lock->dep_map, class_name, 0);
	lock->word = 0;
	lock->hp = hp;
}

static bool try_shared(struct task *me, u16 *word, bool hp)
{
	u16 old = (u16)(step_add_return(me, word, (u16)SHAREX_READER) - SHAREX_READER);

	if (old & SHAREX_EX) {
		if (hp)
			step_or(me, word, (u16)SHAREX_HP);
		return false;
	}
	if (old & SHAREX_HP)
		step_and(me, word, (u16)~SHAREX_HP);
	return true;
}

/* From exactly @from, with or without host priority, to exclusive. */
static bool try_exclusive(struct task *me, u16 *word, u16 from, bool hp)
{
	u16 old = from;

	if (step_try_cmpxchg(me, word, &old, (u16)SHAREX_EX))
		return true;
	if (!hp)
		return false;
	if (old == (from | SHAREX_HP))
		return step_try_cmpxchg(me, word, &old, (u16)SHAREX_EX);
	step_or(me, word, (u16)SHAREX_HP);
	return false;
}

/**
 * sharex_try_word - one attempt on a bare lock word.
 *
 * Context: the caller has declared the visible operation.
 */
bool sharex_try_word(struct task *me, u16 *word, enum tdx_mode mode, bool hp)
{
	return mode == TDX_EXCLUSIVE ? try_exclusive(me, word, 0, hp) : try_shared(me, word, hp);
}

/**
 * sharex_promote_word - from shared to exclusive, if there is no other reader.
 *
 * Return: false, and still shared, if there is one.
 */
bool sharex_promote_word(struct task *me, u16 *word)
{
	return try_exclusive(me, word, SHAREX_READER, true);
}

void sharex_release_word(struct task *me, u16 *word, enum tdx_mode mode)
{
	if (mode == TDX_EXCLUSIVE)
		step_and(me, word, (u16)SHAREX_HP);
	else
		step_add_return(me, word, (u16)-SHAREX_READER);
}

static enum lock_mode lock_mode_of(enum tdx_mode mode)
{
	return mode == TDX_EXCLUSIVE ? LOCK_WRITE : LOCK_READ;
}

/**
 * tdx_lock_busy - note that @me did not get @map: a contention that lasts no time.
 */
void tdx_lock_busy(struct task *me, struct lockdep_map *map, enum tdx_mode mode)
{
	lock_contended(me, map, lock_mode_of(mode));
	lock_wait_abort(me, map, -EBUSY);
}

void tdx_lock_taken(struct task *me, struct lockdep_map *map, enum tdx_mode mode)
{
	lock_acquired(me, map, lock_mode_of(mode), true);
}

void tdx_lock_given_up(struct task *me, struct lockdep_map *map)
{
	bool held = lock_release(me, map);

	SIM_ASSERT(held);
}

/**
 * tdx_trylock - one attempt.
 *
 * Context: any.
 * Return: true if @me has the lock now.
 */
bool tdx_trylock(struct task *me, struct tdx_lock *lock, enum tdx_mode mode)
{
	sim_point(me, lock->dep_map.id, SIM_WRITE);
	if (!sharex_try_word(me, &lock->word, mode, lock->hp)) {
		tdx_lock_busy(me, &lock->dep_map, mode);
		return false;
	}
	tdx_lock_taken(me, &lock->dep_map, mode);
	return true;
}

void tdx_unlock(struct task *me, struct tdx_lock *lock, enum tdx_mode mode)
{
	tdx_lock_given_up(me, &lock->dep_map);
	sharex_release_word(me, &lock->word, mode);
	sim_release_point(me, lock->dep_map.id);
}
