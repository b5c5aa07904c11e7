// SPDX-License-Identifier: GPL-2.0-only
/*
 * bit_lock.c - a lock in one bit of a flag word, with hashed wait queues.  Rules: sim/wait.h.
 *
 * Invariants: a waiter is counted in its slot before it looks at the bit, and an unlock looks at
 * the count after clearing the bit, so one of both sees the other; a waiter's record is last
 * touched by the store of its state.
 *
 * Upstream: mm/filemap.c:folio_wait_bit_common, wake_page_function
 */
#include "sim/race.h"
#include "sim/wait.h"
#include "sim/waiter.h"

#define BITW_WOKEN 1u
#define BITW_DONE  2u /* the bit is this waiter's */

struct bit_waiter {
	/* protected by the slot's guard */
	struct list_head node;
	struct task *task;
	const u32 *word;
	u32 mask;
	bool exclusive; /* wants the bit, not only to see it clear */
	bool handover;	/* has been passed over often enough */
	/* atomic */
	u32 state;
};

/**
 * bit_wait_table_init - the wait queues of one kind of bit lock.
 *
 * Context: set-up.
 */
void bit_wait_table_init(struct sim *sim, struct bit_wait_table *t, const char *class_name)
{
	for (u32 i = 0; i < BIT_WAIT_TABLE; i++) {
		t->slot[i].guard.locked = 0;
		INIT_LIST_HEAD(&t->slot[i].waiters);
		t->slot[i].nr = 0;
	}
	t->class = lock_class_get(sim, class_name, LOCKC_UNORDERED);
	t->sim = sim;
	t->unfairness = BIT_LOCK_UNFAIRNESS;
	t->sleepers = false;
}

static struct bit_wait_slot *bit_slot(struct bit_wait_table *t, u32 obj)
{
	return &t->slot[(obj * 0x9e3779b1u) >> 26];
}

static struct lockdep_map bit_map(const struct bit_wait_table *t, u32 obj)
{
	return (struct lockdep_map){.class = t->class, .id = obj, .owner = SIM_NO_TASK};
}

/* Return: true if the bit was clear and is set now. */
static inline bool bit_test_and_set(struct sim *sim, u32 *word, u32 mask)
{
	u32 old;

	do {
		old = word_load(word);
		if (old & mask)
			return false;
	} while (!word_cas(sim, word, old, old | mask));
	return true;
}

/* The waiter's first look, under the guard.  Return: true if it need not wait. */
static bool bit_try(struct task *me, u32 *word, struct bit_waiter *w)
{
	if (w->exclusive ? !bit_test_and_set(me->sim, word, w->mask) : (word_load(word) & w->mask))
		return false;
	w->state = BITW_WOKEN | BITW_DONE;
	return true;
}

static void bit_waiter_del(struct bit_wait_slot *slot, struct bit_waiter *w)
{
	list_del_init(&w->node);
	__atomic_sub_fetch(&slot->nr, 1, __ATOMIC_SEQ_CST);
}

/* Wait for one wake-up.  Return: the waiter's state; 0 if a signal came first. */
static u32 bit_wait_once(struct task *me, struct bit_wait_slot *slot, u32 *word,
			 struct bit_waiter *w, enum park_how how)
{
	u32 state;

	sim_guard_lock(me->sim, &slot->guard);
	__atomic_add_fetch(&slot->nr, 1, __ATOMIC_SEQ_CST);
	if (bit_try(me, word, w))
		__atomic_sub_fetch(&slot->nr, 1, __ATOMIC_SEQ_CST);
	else
		list_add_tail(&w->node, &slot->waiters);
	sim_guard_unlock(me->sim, &slot->guard);

	while (!(state = __atomic_load_n(&w->state, __ATOMIC_ACQUIRE))) {
		if (signal_pending_how(me, how)) {
			sim_guard_lock(me->sim, &slot->guard);
			state = w->state;
			if (!state)
				bit_waiter_del(slot, w);
			sim_guard_unlock(me->sim, &slot->guard);
			break;
		}
		sim_park(me, how, SIM_NS_MAX);
	}
	return state;
}

static __attribute__((noinline)) int bit_lock_slowpath(struct task *me, struct bit_wait_table *t,
						       u32 *word, u32 mask, u32 obj,
						       enum park_how how)
{
	struct lockdep_map map = bit_map(t, obj);
	u32 state;

	lock_contended(me, &map, LOCK_WRITE);
	for (u32 passed = 0;; passed++) {
		struct bit_waiter w = {.task = me, .word = word, .mask = mask, .exclusive = true};

		w.handover = passed >= t->unfairness;
		state = bit_wait_once(me, bit_slot(t, obj), word, &w, how);
		if (!state) {
			lock_wait_abort(me, &map, -EINTR);
			return -EINTR;
		}
		if ((state & BITW_DONE) || bit_test_and_set(me->sim, word, mask))
			return 0;
	}
}

static int bit_lock_how(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj,
			enum park_how how)
{
	struct lockdep_map map = bit_map(t, obj);
	int ret = 0;

	might_sleep(me);
	sim_point(me, obj, how == PARK_SLEEP && !t->sleepers ? SIM_LOCK : SIM_RWLOCK_WRITE);
	if (unlikely(!bit_test_and_set(me->sim, word, BIT(bit))))
		ret = bit_lock_slowpath(me, t, word, BIT(bit), obj, how);
	if (likely(!ret))
		lock_acquired(me, &map, LOCK_WRITE, false);
	return ret;
}

void bit_lock(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj)
{
	bit_lock_how(me, t, word, bit, obj, PARK_SLEEP);
}

/**
 * bit_lock_killable - the same, until a fatal signal.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR.
 */
int bit_lock_killable(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj)
{
	return bit_lock_how(me, t, word, bit, obj, PARK_KILLABLE);
}

/**
 * bit_trylock - set the bit if it is clear.
 *
 * Context: any.
 * Return: true if @me set it.
 */
bool bit_trylock(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj)
{
	struct lockdep_map map = bit_map(t, obj);

	sim_point(me, obj, SIM_TRY_WRITE);
	if (!bit_test_and_set(me->sim, word, BIT(bit)))
		return false;
	lock_acquired(me, &map, LOCK_WRITE, true);
	return true;
}

/* B1, B3.  Upstream: mm/filemap.c:folio_wake_bit, wake_page_function */
static __attribute__((noinline)) void bit_wake(struct task *me, struct bit_wait_slot *slot,
					       u32 *word, u32 mask)
{
	struct bit_waiter *w, *next;

	sim_guard_lock(me->sim, &slot->guard);
	list_for_each_entry_safe(w, next, &slot->waiters, node) {
		struct task *task = w->task;
		bool exclusive = w->exclusive;
		u32 state = BITW_WOKEN;

		if (w->word != word || w->mask != mask)
			continue;
		if (exclusive && (word_load(word) & mask))
			break;
		if (exclusive && w->handover) {
			if (!bit_test_and_set(me->sim, word, mask))
				break;
			state |= BITW_DONE;
		}
		bit_waiter_del(slot, w);
		__atomic_store_n(&w->state, state, __ATOMIC_RELEASE);
		sim_unpark(me, task);
		if (exclusive)
			break;
	}
	sim_guard_unlock(me->sim, &slot->guard);
}

static bool bit_clear(struct task *me, struct bit_wait_table *t, u32 *word, u32 mask, u32 obj)
{
	struct lockdep_map map = bit_map(t, obj);

	if (unlikely(!lock_release(me, &map)))
		return false;
	word_clear(me->sim, word, mask);
	return true;
}

/**
 * bit_unlock - clear the bit and wake who waits for that.
 *
 * Context: the task that set it; a finding, and nothing else, for anybody else.
 */
void bit_unlock(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj)
{
	struct bit_wait_slot *slot = bit_slot(t, obj);

	if (!bit_clear(me, t, word, BIT(bit), obj))
		return;
	if (unlikely(__atomic_load_n(&slot->nr, __ATOMIC_SEQ_CST)))
		bit_wake(me, slot, word, BIT(bit));
	sim_release_point(me, obj);
}

void bit_clear_nowake(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj)
{
	if (bit_clear(me, t, word, BIT(bit), obj))
		sim_release_point(me, obj);
}

void bit_wait(struct task *me, struct bit_wait_table *t, u32 *word, u32 bit, u32 obj)
{
	struct bit_waiter w = {.task = me, .word = word, .mask = BIT(bit)};
	struct lockdep_map map = bit_map(t, obj);

	might_sleep(me);
	sim_point(me, obj, SIM_WAIT);
	if (likely(!(word_load(word) & BIT(bit))))
		return;
	lock_contended(me, &map, LOCK_READ);
	bit_wait_once(me, bit_slot(t, obj), word, &w, PARK_SLEEP);
	/* woken, it comes after who cleared the bit; not so one that found it clear */
	if (unlikely(me->sim->racing))
		__race_lock_acquired(me, t->class, obj, LOCK_READ);
	lock_wait_abort(me, &map, 0);
}
