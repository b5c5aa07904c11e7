// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/direct_map.c - the set of pages that are not in the kernel's direct map.
 *
 * Invariants: D1 and D2 of the header are looked at where pages are freed and touched; a machine in
 * which no page was ever taken out pays one load for it.
 *
 * Upstream: arch/x86/mm/pat/set_memory.c
 * Fidelity: simplified: see the header
 */
#include "model/mm/direct_map.h"

#include "model/mm/folio.h"

/* Made when the first page is taken out. */
static struct direct_map *direct_map_get(struct machine *m)
{
	struct direct_map *map;

	sim_guard_lock(m->sim, &m->lock);
	map = m->direct_map;
	if (!map) {
		map = sim_zalloc(m->sim, sizeof(*map));
		xa_init(m->sim, &map->absent, "cpa_lock", 0);
		store_release(m->direct_map, map);
	}
	sim_guard_unlock(m->sim, &m->lock);
	return map;
}

int set_direct_map_invalid(struct task *me, struct folio *folio)
{
	struct direct_map *map = direct_map_get(machine_of(me));
	pfn_t pfn = folio_pfn(machine_of(me)->folios, folio);
	void *old;
	int r;

	SIM_FRAME(me);
	cost(me, COST_set_direct_map);
	r = xa_store(me, &map->absent, pfn, xa_mk_value(1), &old);
	if (!r && !old)
		__atomic_add_fetch(&map->nr_absent, 1, __ATOMIC_RELEASE);
	return r;
}

void set_direct_map_default(struct task *me, struct folio *folio)
{
	struct direct_map *map = direct_map_get(machine_of(me));

	SIM_FRAME(me);
	cost(me, COST_set_direct_map);
	if (xa_erase(me, &map->absent, folio_pfn(machine_of(me)->folios, folio)))
		__atomic_sub_fetch(&map->nr_absent, 1, __ATOMIC_RELEASE);
}

bool direct_map_present(struct machine *m, const struct folio *folio)
{
	const struct direct_map *map = load_acquire(m->direct_map);

	if (likely(!map || !load_acquire(map->nr_absent)))
		return true;
	return !__xa_load(&map->absent, folio_pfn(m->folios, folio));
}

bool direct_map_access(struct task *me, const struct folio *folio)
{
	struct direct_map *map = load_acquire(machine_of(me)->direct_map);

	/* visible: what was there when the page was put back may be gone by now */
	if (likely(!map) ||
	    !xa_load(me, &map->absent, folio_pfn(machine_of(me)->folios, folio)))
		return true;
	sim_finding(me->sim, me, "lifetime",
		    "the kernel touches page 0x%x, which is not in the direct map",
		    folio_pfn(machine_of(me)->folios, folio));
	return false;
}
