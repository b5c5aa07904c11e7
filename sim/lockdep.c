// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/lockdep.c - held locks, their steps, and the statistics of holds.
 *
 * Invariants: see lockdep.h.  Statistics are written to the task's shard without a lock; the
 * shard is the simulation's own table in the virtual engine.  With statistics off only held[] and
 * wait are kept, and no clock is read.
 *
 * Upstream: kernel/locking/lockdep.c:lock_acquired, lock_release; lock_stat
 * Fidelity: simplified (no irq-state tracking, no order graph here)
 */
#include <string.h>

#include "sim/core.h"
#include "sim/lockdep_internal.h"
#include "sim/race.h"

/* Who made the class usually asks again, with the same string: try those first. */
static struct lock_class *class_find(struct sim *sim, const char *name)
{
	for (u32 i = 0; i < sim->nr_classes; i++) {
		if (sim->classes[i].key == name && strcmp(sim->classes[i].name, name) == 0)
			return &sim->classes[i];
	}
	for (u32 i = 0; i < sim->nr_classes; i++) {
		if (strcmp(sim->classes[i].name, name) == 0)
			return &sim->classes[i];
	}
	return NULL;
}

/* Context: guard held. */
static struct lock_class *class_find_or_make(struct sim *sim, const char *name, u32 flags)
{
	struct lock_class *class = class_find(sim, name);

	if (class)
		return class;
	SIM_ASSERT(sim->nr_classes < SIM_MAX_CLASSES);
	SIM_ASSERT(strlen(name) < sizeof(class->name));
	class = &sim->classes[sim->nr_classes];
	strcpy(class->name, name);
	class->key = name;
	class->id = sim->nr_classes++;
	class->flags = flags;
	class->nr_holds = 0;
	class->a_holder = SIM_NO_TASK;
	memset(class->used_in, 0, sizeof(class->used_in));
	class->instances = NULL;
	class->blocks = NULL;
	memset(&sim->stats[class->id], 0, sizeof(sim->stats[class->id]));
	return class;
}

struct lock_class *lock_class_get(struct sim *sim, const char *name, u32 flags)
{
	struct lock_class *class;

	/* inodes and the like are made during the run, by any task */
	sim_guard_lock(sim, &sim->guard);
	class = class_find_or_make(sim, name, flags);
	sim_guard_unlock(sim, &sim->guard);
	return class;
}

void lock_init_map(struct sim *sim, struct lockdep_map *map, const char *name, u32 flags)
{
	map->class = lock_class_get(sim, name, flags);
	map->id = sim_new_obj(sim);
	map->owner = SIM_NO_TASK;
	map->owner_cpu = 0;
}

static struct held_lock *held_find(const struct task *t, const struct lock_class *class, u32 id)
{
	for (u32 i = t->nr_held; i-- > 0;) {
		const struct held_lock *h = &t->held[i];

		if (h->id == id && h->class == class)
			return (struct held_lock *)h;
	}
	return NULL;
}

bool task_holds(const struct task *t, const struct lock_class *class, u32 id)
{
	return held_find(t, class, id) != NULL;
}

enum { HELD_STEPS_NONE, HELD_STEPS_OUTER, HELD_STEPS_INNER };

static void steps_clear(struct step_table *t)
{
	t->nr = 0;
	t->cur = SIM_MAX_STEPS;
}

static void steps_close(struct step_table *t, sim_ns now_ns)
{
	if (t->cur < t->nr)
		t->step[t->cur].total_ns += now_ns - t->since_ns;
	t->cur = SIM_MAX_STEPS;
}

static void steps_add(struct step_table *t, const struct step_time *s)
{
	u32 i = 0;

	while (i < t->nr && strcmp(t->step[i].name, s->name) != 0)
		i++;
	if (i == SIM_MAX_STEPS)
		i--;
	if (i == t->nr)
		t->step[t->nr++] = (struct step_time){ .name = s->name };
	t->step[i].total_ns += s->total_ns;
	t->step[i].count += s->count;
}

/* The steps of an exclusive hold start afresh; those of a hold around it are kept aside. */
static void steps_begin(struct task *me, struct held_lock *h)
{
	h->steps = HELD_STEPS_OUTER;
	for (const struct held_lock *o = me->held; o < h; o++) {
		if (o->steps == HELD_STEPS_INNER) {
			h->steps = HELD_STEPS_NONE; /* a third level is part of the second */
			return;
		}
		if (o->steps == HELD_STEPS_OUTER)
			h->steps = HELD_STEPS_INNER;
	}
	if (h->steps == HELD_STEPS_INNER)
		me->outer_steps = me->steps;
	steps_clear(&me->steps);
}

static void steps_end(struct task *me, const struct held_lock *h)
{
	struct step_table inner;

	if (h->steps == HELD_STEPS_OUTER) {
		steps_clear(&me->steps);
		return;
	}
	inner = me->steps;
	me->steps = me->outer_steps;
	/* the outer hold's open step goes on; it is not charged twice for the inner's steps */
	for (u32 i = 0; i < inner.nr; i++) {
		steps_add(&me->steps, &inner.step[i]);
		me->steps.since_ns += inner.step[i].total_ns;
	}
}

static inline struct held_lock *hold_init(struct task *me, const struct lockdep_map *map,
					  enum lock_mode mode)
{
	struct held_lock *h = &me->held[me->nr_held];

	h->class = map->class;
	h->id = map->id;
	h->mode = (u8)mode;
	h->func = sim_func(me);
	return h;
}

static inline void hold_begin(struct task *me, struct lockdep_map *map)
{
	__atomic_store_n(&map->owner, me->id, __ATOMIC_RELAXED);
	me->nr_held++;
}

/* sim_event_at() in the virtual engine, as the last thing that the caller does. */
static inline void plain_event(struct task *me, u32 type, const struct lockdep_map *map, u32 mode,
			       u64 b, sim_ns at_ns)
{
	u64 a = EV_LOCK_A(mode, map->class->id);

	sim_event_hash(me, type, map->id, a, b);
	if (unlikely(me->sim->recording))
		__sim_event_record(me, type, map->id, a, b, at_ns);
}

/*
 * What follows is called for every lock.  @plain, a constant: the virtual engine, no hooks, no wait
 * that ends, no order to check, no steps.  Then nothing is called but at the end, and no register
 * saved for it.
 */
static inline void acquired(struct task *me, struct lockdep_map *map, enum lock_mode mode,
			    bool trylock, bool plain)
{
	struct held_lock *h = hold_init(me, map, mode);

	h->steps = HELD_STEPS_NONE;
	h->acquired_ns = 0;
	h->trylock = trylock;
	h->interrupts = (u8)(me->hardirq_count + me->softirq_count);
	if (!plain && me->sim->cfg.checks && me->sim->is_virtual) {
		if (me->nr_held)
			lock_order_note(me, h);
		lock_context_note(me, h);
	}
	if (!plain && me->sim->racing)
		__race_lock_acquired(me, map->class, map->id, mode);
	if (me->sim->cfg.lock_stat) {
		struct lock_mode_stat *st = &me->stats[map->class->id].mode[mode];

		h->acquired_ns = plain ? me->clock_ns : sim_now(me);
		st->acquisitions++;
		st->bounces += owner_elsewhere(me, map);
		if (!plain && map->class->flags & LOCKC_STEPS && mode == LOCK_WRITE)
			steps_begin(me, h);
	}
	hold_begin(me, map);
	__atomic_store_n(&map->owner_cpu, (u16)me->cpu, __ATOMIC_RELAXED);
	if (plain || me->sim->is_virtual)
		map->class->nr_holds++;
	if (plain)
		plain_event(me, EV_LOCK_ACQUIRE, map, mode, trylock, h->acquired_ns);
	else
		sim_event_at(me, EV_LOCK_ACQUIRE, map->id, EV_LOCK_A(mode, map->class->id),
			     trylock, h->acquired_ns);
}

static __attribute__((noinline)) void acquired_slow(struct task *me, struct lockdep_map *map,
				     enum lock_mode mode, bool trylock)
{
	SIM_ASSERT(me->nr_held < SIM_MAX_HELD);
	if (unlikely(me->wait.class))
		lock_wait_abort(me, map, 0);
	acquired(me, map, mode, trylock, false);
}

/* Does the order of locks, or of locks and interrupts, have anything to learn from this? */
static inline bool order_wanted(const struct task *me, const struct lockdep_map *map,
				enum lock_mode mode)
{
	return me->nr_held || !softirqs_on(me) ||
	       !(me->sim->lock_seen[mode] >> map->class->id & 1);
}

void lock_acquired_watched(struct task *me, struct lockdep_map *map, enum lock_mode mode,
			   bool trylock)
{
	const struct sim *sim = me->sim;

	if (unlikely(sim->hooked || me->wait.class || me->nr_held >= SIM_MAX_HELD ||
		     (sim->cfg.checks && order_wanted(me, map, mode)) ||
		     (map->class->flags & LOCKC_STEPS && mode == LOCK_WRITE)))
		acquired_slow(me, map, mode, trylock);
	else
		acquired(me, map, mode, trylock, true);
}

static void hold_note_longest(struct task *me, const struct held_lock *h,
			      struct lock_mode_stat *st, sim_ns hold_ns)
{
	struct hold_record *r = &st->longest;

	if (hold_ns <= r->hold_ns && r->func)
		return;
	r->hold_ns = hold_ns;
	r->at_ns = h->acquired_ns;
	r->id = h->id;
	r->task = me->id;
	r->op = me->op;
	r->func = h->func;
	r->nr_steps = h->steps ? me->steps.nr : 0;
	memcpy(r->step, me->steps.step, r->nr_steps * sizeof(r->step[0]));
}

static sim_ns hold_end(struct task *me, const struct held_lock *h)
{
	struct lock_mode_stat *st = &me->stats[h->class->id].mode[h->mode];
	sim_ns now_ns = sim_now(me);
	sim_ns hold_ns = now_ns - h->acquired_ns;

	lock_record_ns(me, &st->hold, h->class, h->mode, false, hold_ns);
	if (unlikely(h->steps))
		steps_close(&me->steps, now_ns);
	hold_note_longest(me, h, st, hold_ns);
	if (unlikely(h->steps))
		steps_end(me, h);
	return hold_ns;
}

static void bad_unlock(struct task *me, const struct lockdep_map *map)
{
	const char *why = me->nr_held ? "it does not hold that lock" :
					"there are no more locks to release!";

	sim_finding(me->sim, me, "lock-order",
		    "WARNING: bad unlock balance detected! %s/%u is trying to release lock (%s#%u) "
		    "at: %s, but %s",
		    me->name, me->id, map->class->name, map->id, sim_func(me), why);
}

static __attribute__((noinline)) bool release_slow(struct task *me, struct lockdep_map *map)
{
	struct held_lock *h = held_find(me, map->class, map->id);
	sim_ns acquired_ns, hold_ns = 0;
	u32 mode;

	if (unlikely(!h)) {
		bad_unlock(me, map);
		return false;
	}
	mode = h->mode;
	acquired_ns = h->acquired_ns;
	if (unlikely(me->sim->racing))
		__race_lock_release(me, map->class, map->id, mode);
	if (me->sim->cfg.lock_stat)
		hold_ns = hold_end(me, h);
	me->nr_held--;
	if (me->sim->is_virtual)
		map->class->nr_holds--;
	if (unlikely(h < &me->held[me->nr_held]))
		memmove(h, h + 1, (size_t)(&me->held[me->nr_held] - h) * sizeof(*h));
	sim_event_at(me, EV_LOCK_RELEASE, map->id, EV_LOCK_A(mode, map->class->id), hold_ns,
		     acquired_ns + hold_ns);
	return true;
}

/* The same for the lock taken last, where nobody has to be told and the hold is no record. */
bool lock_release_watched(struct task *me, struct lockdep_map *map)
{
	const struct sim *sim = me->sim;
	const struct held_lock *h;
	sim_ns hold_ns = 0;

	if (unlikely(sim->hooked || !me->nr_held))
		return release_slow(me, map);
	h = &me->held[me->nr_held - 1];
	if (unlikely(h->id != map->id || h->class != map->class || h->steps))
		return release_slow(me, map);
	if (sim->cfg.lock_stat) {
		struct lock_mode_stat *st = &me->stats[h->class->id].mode[h->mode];

		hold_ns = me->clock_ns - h->acquired_ns;
		if (unlikely(hold_ns > st->longest.hold_ns || !st->longest.func ||
			     !hist_in_use(st->hold, hold_ns)))
			return release_slow(me, map);
		hist_count(st->hold, hold_ns);
	}
	me->nr_held--;
	map->class->nr_holds--;
	plain_event(me, EV_LOCK_RELEASE, map, h->mode, hold_ns, h->acquired_ns + hold_ns);
	return true;
}

bool lock_is_held(const struct task *me, const struct lockdep_map *map, enum lock_mode mode)
{
	const struct held_lock *h = held_find(me, map->class, map->id);

	return h && (mode == LOCK_NR_MODES || h->mode == mode);
}
