// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/migrate.c - attempts to move pages of files that cannot be moved.
 *
 * What they leave behind is what matters: a reference and the folio lock for a while, PTEs that are
 * gone and, if the batches were not disabled, a page that sits in one again.
 *
 * Invariants: a walker that came by frame number has no right to the folio's mapping: it looks at
 * it only with the folio locked, because truncation holds that lock while it takes the page out;
 * whoever has isolated a page puts it back.
 *
 * Upstream: mm/migrate.c, mm/compaction.c
 * Fidelity: simplified (see the header)
 */
#include "model/mm/migrate.h"

#include "model/mm/lru.h"
#include "model/mm/rmap.h"

static bool mapping_inaccessible(const struct address_space *mapping)
{
	return mapping->flags & AS_INACCESSIBLE;
}

/*
 * Upstream: mm/migrate.c:move_to_new_folio
 * Fidelity: simplified: nothing could be moved but what is no longer in its file
 * Context: both folios locked.
 */
static int move_to_new_folio(struct task *me, struct folio *src)
{
	const struct address_space *mapping = src->mapping;

	/* Truncated: nothing hinders unless somebody has it pinned; who isolated it frees it. */
	if (!mapping)
		return folio_ref_count(me, src) == 1 ? 0 : -EAGAIN;
	/* Before the file system is asked; guest_memfd's answer would be a warning and -EINVAL. */
	return mapping_inaccessible(mapping) ? -EOPNOTSUPP : -EAGAIN;
}

int migrate_folio(struct task *me, struct folio *folio)
{
	struct folio *dst;
	bool isolated;
	int r;

	SIM_FRAME(me);
	isolated = folio_isolate_lru(me, folio);
	folio_put(me, folio);
	if (!isolated)
		return -EBUSY;
	dst = sim_should_fail(me, "migrate_dst") ? NULL : folio_alloc(me);
	if (!dst) {
		folio_putback_lru(me, folio);
		return -ENOMEM;
	}
	sim_step(me, "folio_lock");
	folio_lock(me, folio);
	folio_lock(me, dst);
	sim_step(me, "try_to_migrate");
	if (folio_mapped(folio))
		try_to_unmap(me, folio, 0);
	r = move_to_new_folio(me, folio);
	sim_step(me, NULL);
	folio_unlock(me, dst);
	folio_put(me, dst);
	folio_unlock(me, folio);
	if (r)
		folio_putback_lru(me, folio);
	else
		folio_put(me, folio);
	return r;
}

/* --- compaction --- */

/*
 * Is it one of those that nobody can move?  Faulty: a look at the mapping without the folio lock,
 * while truncation and the end of the file may free it.
 *
 * Context: a reference to the folio.
 */
static bool may_be_moved(struct task *me, struct folio *folio, struct address_space *mapping)
{
	bool inaccessible;

	if (bug(me, BUG_COMPACTION_UAF)) {
		sim_point(me, folio_obj(me, folio), SIM_READ);
		if (mapping->host_life)
			sim_life_check(me, mapping->host_life, "inode of a page's mapping");
		return !mapping_inaccessible(mapping);
	}
	if (!folio_trylock(me, folio))
		return false;
	mapping = folio->mapping;
	inaccessible = mapping && mapping_inaccessible(mapping);
	folio_unlock(me, folio);
	return !inaccessible;
}

static bool isolate_one(struct task *me, struct folio *folio)
{
	struct address_space *mapping;
	bool isolated = false;

	if (!folio_test(folio, PG_lru) || !folio_try_get(me, folio))
		return false;
	mapping = READ_ONCE(me, folio_obj(me, folio), folio->mapping);
	cost(me, COST_compaction_scan);
	/* Without a mapping it is anonymous; then nobody may have it pinned. */
	if (!mapping &&
	    folio_ref_count(me, folio) - 1 > (s32)folio_mapcount(folio))
		goto out;
	/* Inaccessible folios are unevictable, and that is cheaper to see. */
	if (mapping && !may_be_moved(me, folio, mapping))
		goto out;
	isolated = folio_isolate_lru(me, folio);
	if (isolated)
		folio_putback_lru(me, folio);
out:
	folio_put(me, folio);
	return isolated;
}

s64 isolate_migratepages_block(struct task *me, const pfn_t *pfns, u64 nr)
{
	struct folio_map *map = machine_of(me)->folios;
	s64 isolated = 0;

	SIM_FRAME(me);
	for (u64 i = 0; i < nr; i++) {
		isolated += isolate_one(me, pfn_folio(map, pfns[i]));
		cond_resched(me);
	}
	return isolated;
}
