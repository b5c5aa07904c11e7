// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/folio_wait.c - spinning on a folio's count: until it can be frozen, until it is back.
 *
 * The kernel just loops.  Here a spinner is parked, on its CPU, until the count may have changed:
 * a spin of a second costs one event, and the wait-for graph sees who waits for whom.
 *
 * Invariants: a waiter sets PG_refwait before it looks at the count for the last time, and whoever
 * changes the count looks at the flag afterwards; the flag may be set for nothing.
 *
 * Upstream: mm/filemap.c:filemap_get_entry, hugetlb_restructuring.c
 * Fidelity: faithful
 */
#include "model/mm/folio.h"

/* How long one turn of a loop that waits for a frozen folio takes. */
#define CPU_RELAX_NS 10

struct ref_waiter {
	/* protected by the map's wait_guard */
	struct list_head node;
	struct task *task;
	pfn_t pfn;
};

static struct folio_map *map_of(const struct task *me)
{
	return machine_of(me)->folios;
}

static void ref_waiter_add(struct task *me, struct ref_waiter *w, const struct folio *folio)
{
	struct folio_map *map = map_of(me);

	w->task = me;
	w->pfn = folio_pfn(map, folio);
	sim_guard_lock(me->sim, &map->wait_guard);
	list_add_tail(&w->node, &map->ref_waiters);
	sim_guard_unlock(me->sim, &map->wait_guard);
}

static void ref_waiter_del(struct task *me, struct ref_waiter *w)
{
	struct folio_map *map = map_of(me);

	sim_guard_lock(me->sim, &map->wait_guard);
	list_del_init(&w->node);
	sim_guard_unlock(me->sim, &map->wait_guard);
}

static void wake_range(struct task *me, pfn_t pfn, u32 nr)
{
	struct folio_map *map = map_of(me);
	struct ref_waiter *w;

	sim_guard_lock(me->sim, &map->wait_guard);
	list_for_each_entry(w, &map->ref_waiters, node) {
		if (w->pfn - pfn < nr && w->task != me)
			sim_unpark(me, w->task);
	}
	sim_guard_unlock(me->sim, &map->wait_guard);
}

void folio_ref_wake(struct task *me, const struct folio *folio)
{
	wake_range(me, folio_pfn(map_of(me), folio), 1);
}

void folio_ref_freeze_spin(struct task *me, struct folio *folio, s32 expected, bool resched)
{
	struct lockdep_map dep_map = map_of(me)->ref_map;
	struct ref_waiter w;

	if (likely(folio_ref_freeze(me, folio, expected)))
		return;
	dep_map.id = folio_obj(me, folio);
	ref_waiter_add(me, &w, folio);
	lock_contended(me, &dep_map, LOCK_WRITE);
	for (;;) {
		folio_set_flag(me, folio, PG_refwait);
		if (folio_ref_freeze(me, folio, expected))
			break;
		if (sim_park(me, resched ? PARK_SPIN_OPT : PARK_SPIN, SIM_NS_MAX) == -EAGAIN)
			cond_resched(me);
	}
	folio_clear_flag(me, folio, PG_refwait);
	lock_wait_abort(me, &dep_map, 0);
	ref_waiter_del(me, &w);
}

void folio_frozen_begin(struct task *me, struct frozen_folio *f, struct folio *folio, u32 nr,
			bool waited)
{
	struct folio_map *map = map_of(me);

	f->pfn = folio_pfn(map, folio);
	f->nr = nr;
	f->dep_map = waited ? map->frozen_map : (struct lockdep_map){.class = NULL};
	f->dep_map.id = folio_obj(me, folio);
	if (waited)
		lock_acquired(me, &f->dep_map, LOCK_WRITE, false);
	sim_guard_lock(me->sim, &map->wait_guard);
	list_add_tail(&f->node, &map->frozen);
	store_release(map->nr_frozen, map->nr_frozen + 1);
	sim_guard_unlock(me->sim, &map->wait_guard);
}

void folio_frozen_end(struct task *me, struct frozen_folio *f)
{
	struct folio_map *map = map_of(me);

	sim_guard_lock(me->sim, &map->wait_guard);
	list_del_init(&f->node);
	store_release(map->nr_frozen, map->nr_frozen - 1);
	sim_guard_unlock(me->sim, &map->wait_guard);
	if (f->dep_map.class)
		lock_release(me, &f->dep_map);
	/* What was a page of its own may be a tail page now. */
	wake_range(me, f->pfn, f->nr);
}

bool pfn_frozen(const struct folio_map *map, pfn_t pfn)
{
	const struct frozen_folio *f;

	list_for_each_entry(f, &map->frozen, node) {
		if (pfn - f->pfn < f->nr)
			return true;
	}
	return false;
}

/* Whoever keeps that frame frozen; false: nobody says so. */
static bool frozen_find(struct task *me, pfn_t pfn, struct lockdep_map *dep_map)
{
	struct folio_map *map = map_of(me);
	const struct frozen_folio *f;
	bool found = false;

	sim_guard_lock(me->sim, &map->wait_guard);
	list_for_each_entry(f, &map->frozen, node) {
		if (pfn - f->pfn < f->nr) {
			*dep_map = f->dep_map;
			found = dep_map->class != NULL;
			break;
		}
	}
	sim_guard_unlock(me->sim, &map->wait_guard);
	return found;
}

void folio_wait_frozen(struct task *me, struct folio *folio)
{
	/* or its loop gives the CPU away where it is not in an RCU section */
	bool preemptible = me->sim->cfg.preempt >= PREEMPT_LAZY || !me->rcu_depth;
	struct lockdep_map dep_map;
	struct ref_waiter w;
	int err = -EAGAIN;

	sim_cost(me, CPU_RELAX_NS);
	if (!load_acquire(map_of(me)->nr_frozen))
		return;
	ref_waiter_add(me, &w, folio);
	folio_set_flag(me, folio, PG_refwait);
	if (!load_acquire(folio->refcount) && frozen_find(me, w.pfn, &dep_map)) {
		lock_contended(me, &dep_map, LOCK_READ);
		err = sim_park(me, preemptible ? PARK_SPIN_OPT : PARK_SPIN, SIM_NS_MAX);
		lock_wait_abort(me, &dep_map, 0);
	}
	ref_waiter_del(me, &w);
	/* Somebody wants the CPU and gets it at the next tick or so. */
	if (err == -EAGAIN)
		sim_cost(me, 100 * CPU_RELAX_NS);
}
