// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/truncate.c - taking huge pages, whole or split, out of a file.
 *
 * Invariants: a huge page that is split is merged before it leaves, unless somebody still refers to
 * a piece and the caller cannot wait (eviction): then it leaves in pieces, and is merged when the
 * last of them is free.
 *
 * Upstream: virt/kvm/guest_memfd.c (WIP)
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/restructure.h"

#include "model/gmem/hugetlb.h"
#include "model/mm/memory.h"

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_truncate_folio (WIP)
 * Fidelity: faithful
 */
static void gmem_truncate_folio(struct task *me, struct folio *folio)
{
	folio_lock(me, folio);
	if (folio_mapped(folio))
		unmap_mapping_folio(me, folio);
	filemap_remove_folio(me, folio);
	folio_unlock(me, folio);
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_truncate_range (WIP)
 * Fidelity: faithful
 */
static void gmem_truncate_range(struct task *me, struct gmem_inode *inode, pgoff_t start,
				u64 nr_pages)
{
	pgoff_t next = start, last = start + nr_pages - 1;
	struct folio_batch fbatch;
	u32 i;

	SIM_FRAME(me);
	sim_step(me, "truncate");
	while (filemap_get_folios(me, &inode->mapping, &next, last, &fbatch)) {
		for (i = 0; i < fbatch.nr; i++)
			gmem_truncate_folio(me, fbatch.folios[i]);
		folio_batch_release(me, &fbatch);
		cond_resched(me);
	}
}

int gmem_prepare_truncate(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages)
{
	sim_step(me, "unmap");
	unmap_mapping_pages(me, &inode->mapping, start, nr_pages);
	return gmem_has_safe_refcount(me, inode, start, nr_pages, NULL) ? 0 : -EAGAIN;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:merge_folios_in_range (WIP)
 * Fidelity: faithful
 */
static int gmem_merge_folios_in_range(struct task *me, struct gmem_inode *inode, pgoff_t start,
				      u64 nr_pages)
{
	pgoff_t index;
	int r = 0;

	sim_step(me, "merge");
	for (index = start; index < start + nr_pages && !r; index += gmem_huge_pages(inode))
		r = gmem_hugetlb_try_restructure_folio(me, inode, index, inode->page_order);
	return r;
}

int gmem_merge_truncate_range(struct task *me, struct gmem_inode *inode, pgoff_t start,
			      u64 nr_pages, bool require_merge)
{
	int r = 0;

	SIM_FRAME(me);
	if (!inode->hugetlb || bug(me, BUG_EEXIST_SPIN)) {
		gmem_truncate_range(me, inode, start, nr_pages);
		return 0;
	}
	/* The plan's punch has done both before it took anything from the guest. */
	if (gmem_is_wip(inode) || !require_merge)
		r = gmem_prepare_truncate(me, inode, start, nr_pages);
	if (!r)
		r = gmem_merge_folios_in_range(me, inode, start, nr_pages);
	/* In the plan nothing fails any more; pieces are merged when the last reference goes. */
	if (r && require_merge && gmem_is_wip(inode))
		return r;
	gmem_truncate_range(me, inode, start, nr_pages);
	return 0;
}
