// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/huge_memory.c - core mm splits a large folio: unmap, freeze or give up, relabel.
 *
 * Unlike restructuring it never waits for a reference: the count is tested before anything happens,
 * and again, for good, with interrupts off and the xa_lock held.
 *
 * Invariants: while the new folios appear one after the other, the first one, to which the others'
 * slots still refer, stays frozen: a lookup waits there instead of finding the wrong page.
 *
 * Upstream: mm/huge_memory.c:__folio_split
 * Fidelity: simplified (see the header)
 */
#include "model/mm/huge_memory.h"

#include "model/mm/rmap.h"

/* References of the page cache: what freezing expects besides the caller's. */
static s32 folio_cache_ref_count(const struct folio *folio)
{
	return (s32)folio_nr_pages(folio);
}

/*
 * Racy: only to save the trouble.
 *
 * Upstream: mm/huge_memory.c:can_split_folio
 * Fidelity: faithful
 */
static bool can_split_folio(struct task *me, struct folio *folio)
{
	return (s32)folio_mapcount(folio) ==
	       folio_ref_count(me, folio) - folio_cache_ref_count(folio) - 1;
}

/*
 * Upstream: mm/huge_memory.c:__split_unmapped_folio, __folio_freeze_and_split_unmapped
 * Fidelity: simplified: uniform
 * Context: frozen; xa_lock held.
 */
static void split_unmapped_folio(struct task *me, struct address_space *mapping,
				 struct folio *folio, u32 new_order, struct xa_split *split)
{
	const struct folio_map *map = machine_of(me)->folios;
	u32 nr = folio_nr_pages(folio), step = 1u << new_order;
	pfn_t pfn = folio_pfn(map, folio);

	__xa_split(me, &mapping->i_pages, folio->index, new_order, split);
	for (u32 i = 0; i < nr; i++)
		cost(me, COST_folio_relabel);
	block_split(me, folio, new_order);
	for (u32 i = step; i < nr; i += step) {
		struct folio *new = pfn_page(map, pfn + i);

		folio_ref_unfreeze(me, new, folio_cache_ref_count(new) + 1);
		cost(me, COST_xa_store);
		__xa_store(me, &mapping->i_pages, new->index, new_order, new, NULL);
	}
	folio_ref_unfreeze(me, folio, folio_cache_ref_count(folio) + 1);
}

/* Interrupts stay off from here to the last new folio. */
static int freeze_and_split(struct task *me, struct address_space *mapping, struct folio *folio,
			    u32 new_order, struct xa_split *split)
{
	int err = 0;

	xa_lock(me, &mapping->i_pages);
	if (__xa_load(&mapping->i_pages, folio->index) != folio ||
	    !folio_ref_freeze(me, folio, folio_cache_ref_count(folio) + 1))
		err = -EAGAIN;
	else
		split_unmapped_folio(me, mapping, folio, new_order, split);
	xa_unlock(me, &mapping->i_pages);
	return err;
}

static int folio_split(struct task *me, struct address_space *mapping, struct folio *folio,
		       u32 new_order)
{
	struct frozen_folio frozen;
	struct xa_split split;
	int err = -EAGAIN;

	if (xa_split_alloc(me, folio_order(folio), new_order, &split))
		return -ENOMEM;
	down_read(me, &mapping->i_mmap_rwsem);
	if (can_split_folio(me, folio)) {
		cost(me, COST_split_unmap);
		try_to_unmap(me, folio, TTU_RMAP_LOCKED);
		folio_frozen_begin(me, &frozen, folio, folio_nr_pages(folio), false);
		err = freeze_and_split(me, mapping, folio, new_order, &split);
		folio_frozen_end(me, &frozen);
	}
	up_read(me, &mapping->i_mmap_rwsem);
	xa_split_free(me, &split);
	return err;
}

int split_huge_page_to_order(struct task *me, struct folio *folio, u32 new_order)
{
	const struct folio_map *map = machine_of(me)->folios;
	struct address_space *mapping = load_acquire(folio->mapping);
	u32 nr = folio_nr_pages(folio);
	pfn_t pfn = folio_pfn(map, folio);
	int err;

	SIM_FRAME(me);
	SIM_ASSERT(folio_test_locked(folio));
	if (new_order >= folio_order(folio) || folio_test_hugetlb(folio))
		return -EINVAL;
	if (!mapping)
		return -EBUSY;
	err = folio_split(me, mapping, folio, new_order);
	if (err)
		return err;
	/* The caller's reference was copied to each. */
	for (u32 i = 1u << new_order; i < nr; i += 1u << new_order)
		folio_put(me, pfn_page(map, pfn + i));
	return 0;
}
