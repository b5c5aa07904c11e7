// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/restructure_stash.c - the older design: folios leave the page cache to be split.
 *
 * While the pieces are added one by one, a lookup finds nothing where they are still missing: those
 * who do not hold the invalidate lock see a hole where there is a page.
 *
 * Invariants: a folio outside the page cache has count 0 here, and its mapping is NULL.
 *
 * Upstream: virt/kvm/guest_memfd.c and mm/guestmem_hugetlb.c of the second guest_memfd HugeTLB RFC
 *           (May 2025, with the vmemmap restored before the metadata is put aside)
 * Fidelity: faithful
 */
#include "model/mm/restructure_internal.h"

#include "model/mm/hugetlb_vmemmap.h"

/*
 * Upstream: filemap_remove_folio_for_restructuring
 * Fidelity: faithful
 */
static void filemap_remove_folio_for_restructuring(struct task *me, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;

	cost(me, COST_folio_freeze);
	folio_ref_freeze_spin(me, folio, (s32)folio_nr_pages(folio), false);
	folio_lock(me, folio);
	xa_lock(me, &mapping->i_pages);
	cost(me, COST_filemap_delete);
	__xa_erase(me, &mapping->i_pages, folio->index);
	store_release(folio->mapping, NULL);
	mapping->nrpages -= folio_nr_pages(folio);
	xa_unlock(me, &mapping->i_pages);
	folio_unlock(me, folio);
}

/*
 * Upstream: __kvm_gmem_filemap_add_folio
 * Fidelity: faithful: the count is there before the entry is
 */
static int filemap_add_frozen_folio(struct task *me, struct address_space *mapping,
				    struct folio *folio, pgoff_t index)
{
	u32 nr = folio_nr_pages(folio), order = folio_order(folio);
	int err;

	__folio_set_locked(me, folio);
	folio_ref_unfreeze(me, folio, (s32)nr);
	folio->index = (u32)index;
	store_release(folio->mapping, mapping);
	xa_lock(me, &mapping->i_pages);
	cost(me, COST_filemap_add);
	err = __xa_insert_order(me, &mapping->i_pages, index, order, folio);
	if (!err)
		mapping->nrpages += nr;
	xa_unlock(me, &mapping->i_pages);
	if (err) {
		store_release(folio->mapping, NULL);
		store_release(folio->refcount, 0);
	}
	__folio_clear_locked(me, folio);
	return err;
}

static void must_add(struct task *me, struct address_space *mapping, struct folio *folio,
		     pgoff_t index)
{
	if (unlikely(filemap_add_frozen_folio(me, mapping, folio, index)))
		sim_finding(me->sim, me, "lifetime",
			    "folio 0x%x is lost to index %llu: no memory to undo a failed split",
			    folio_pfn(machine_of(me)->folios, folio), (unsigned long long)index);
}

/*
 * Upstream: mm/guestmem_hugetlb.c:guestmem_hugetlb_split_folio
 * Fidelity: faithful
 */
static int stash_split_folio(struct task *me, struct folio *folio)
{
	u32 order = folio_order(folio);
	const struct hstate *h = hugetlb_order_to_hstate(machine_of(me), order);
	int err;

	err = hugetlb_vmemmap_restore_folio(me, h, folio);
	if (err)
		return err;
	err = restructure_metadata_store(me, folio);
	if (err) {
		hugetlb_vmemmap_optimize_folio(me, h, folio);
		return err;
	}
	sim_step(me, "restructure: relabel");
	restructure_relabel(me, 1u << order);
	block_split(me, folio, 0);
	return 0;
}

/*
 * Upstream: mm/guestmem_hugetlb.c:guestmem_hugetlb_merge_folio
 * Fidelity: faithful
 */
static void stash_merge_folio(struct task *me, struct folio *first, u32 order)
{
	restructure_merge_unreferenced_folio(me, first, order);
	hugetlb_restructuring_metadata_restore(me, first);
}

/*
 * Upstream: kvm_gmem_split_folio_in_filemap
 * Fidelity: faithful
 */
static int split_folio_in_filemap(struct task *me, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	u32 i, order = folio_order(folio), nr = 1u << order;
	pgoff_t index = folio->index;
	struct folio **pages;
	int err;

	sim_step(me, "restructure: remove");
	filemap_remove_folio_for_restructuring(me, folio);
	err = stash_split_folio(me, folio);
	if (err) {
		must_add(me, mapping, folio, index);
		return err;
	}
	sim_step(me, "restructure: add");
	pages = restructure_pages_get(me, folio, nr);
	for (i = 0; i < nr && !err; i++)
		err = filemap_add_frozen_folio(me, mapping, restructure_nth_page(i, pages),
					       index + i);
	if (err) {
		while (--i)
			filemap_remove_folio_for_restructuring(me, restructure_nth_page(i - 1,
											pages));
		stash_merge_folio(me, folio, order);
		must_add(me, mapping, folio, index);
	}
	restructure_pages_put(me, pages, nr);
	return err;
}

/*
 * Upstream: kvm_gmem_merge_folio_in_filemap
 * Fidelity: faithful
 */
static int merge_folio_in_filemap(struct task *me, struct folio *first, u32 order)
{
	struct address_space *mapping = first->mapping;
	struct folio **pages = restructure_pages_get(me, first, 1u << order);
	pgoff_t index = first->index;
	int err;

	sim_step(me, "restructure: remove");
	for (u32 i = 0; i < 1u << order; i++)
		filemap_remove_folio_for_restructuring(me, restructure_nth_page(i, pages));
	stash_merge_folio(me, first, order);
	sim_step(me, "restructure: add");
	err = filemap_add_frozen_folio(me, mapping, first, index);
	if (err) {
		if (unlikely(stash_split_folio(me, first)))
			must_add(me, mapping, first, index);
		else
			for (u32 i = 0; i < 1u << order; i++)
				must_add(me, mapping, restructure_nth_page(i, pages), index + i);
	}
	restructure_pages_put(me, pages, 1u << order);
	return err;
}

int stash_restructure_folio(struct task *me, struct folio *folio, u32 to_order)
{
	u32 order = folio_order(folio);
	struct frozen_folio frozen;
	int err = 0;

	folio_frozen_begin(me, &frozen, folio, 1u << max(order, to_order), false);
	if (order > to_order)
		err = split_folio_in_filemap(me, folio);
	else if (order < to_order)
		err = merge_folio_in_filemap(me, folio, to_order);
	folio_frozen_end(me, &frozen);
	sim_step(me, NULL);
	return err;
}
