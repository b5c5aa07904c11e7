// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/hugetlb.c - huge pages for guest_memfd out of the hugetlb pools.
 *
 * Invariants: those of hugetlb.h.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c (WIP)
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/hugetlb.h"

#include "model/mm/hugetlb.h"
#include "model/mm/hugetlb_restructuring.h"

bool gmem_hugetlb_valid_order(const struct machine *m, u32 order)
{
	return order && hugetlb_order_to_hstate(m, order);
}

int gmem_hugetlb_init(struct task *me, struct gmem_inode *inode)
{
	u64 nr_pages = gmem_size_pages(inode);
	struct hugetlb_cgroup *h_cg_rsvd;
	struct gmem_hugetlb *private;
	s64 hpages;
	int r;

	SIM_FRAME(me);
	if (!inode->page_order)
		return 0;
	if (sim_should_fail(me, "gmem_hugetlb"))
		return -ENOMEM;
	/* The subpool reserves, so the reservation is charged now. */
	r = hugetlb_cgroup_charge_cgroup_rsvd_for_order(me, inode->page_order, nr_pages,
							&h_cg_rsvd);
	if (r)
		return r;
	private = sim_zalloc(me->sim, sizeof(*private));
	private->h = hugetlb_order_to_hstate(inode->machine, inode->page_order);
	private->h_cg_rsvd = h_cg_rsvd;
	hpages = (s64)(nr_pages >> inode->page_order);
	private->spool = hugepage_new_subpool(me, private->h, hpages, hpages, false);
	if (!private->spool) {
		hugetlb_cgroup_uncharge_cgroup_rsvd_for_order(me, inode->page_order, nr_pages,
							      h_cg_rsvd);
		return -ENOMEM;
	}
	inode->hugetlb = private;
	return 0;
}

void gmem_hugetlb_teardown(struct task *me, struct gmem_inode *inode)
{
	struct gmem_hugetlb *private = inode->hugetlb;

	SIM_FRAME(me);
	if (!private)
		return;
	hugepage_put_subpool(me, private->spool);
	hugetlb_cgroup_uncharge_cgroup_rsvd_for_order(me, inode->page_order,
						      gmem_size_pages(inode), private->h_cg_rsvd);
	inode->hugetlb = NULL;
}

struct folio *gmem_hugetlb_alloc_folio(struct task *me, struct gmem_inode *inode)
{
	struct gmem_hugetlb *private = inode->hugetlb;
	struct folio *folio;
	s64 unreserved;
	int r;

	SIM_FRAME(me);
	unreserved = hugepage_subpool_get_pages(me, private->spool, 1);
	if (unreserved == -ENOMEM)
		return ERR_PTR(-ENOMEM);
	/* Beyond what was reserved: there are no surplus pages for guest_memfd. */
	if (unreserved > 0)
		goto err_put_pages;

	/* The file's reservation is charged already, and used now. */
	folio = hugetlb_alloc_folio(me, private->h, false, true);
	if (!folio)
		goto err_put_pages;
	/* Freed, the page must go back to the subpool, which restores the reservation. */
	folio_clear_hugetlb_restore_reserve(folio);
	hugetlb_set_folio_subpool(folio, private->spool);

	r = hugetlb_restructuring_metadata_store(me, folio);
	if (r) {
		folio_put(me, folio);
		return ERR_PTR(r);
	}
	return folio;

err_put_pages:
	hugepage_subpool_put_pages(me, private->spool, 1);
	return ERR_PTR(-ENOMEM);
}

void gmem_hugetlb_free_folio(struct task *me, struct folio *folio)
{
	if (folio_test_hugetlb(folio))
		hugetlb_restructuring_metadata_restore(me, folio);
}

/* A huge page that is being split or merged; on the stack of who does it. */
struct gmem_restructuring {
	/* constant while it is on the list */
	pgoff_t first;
	/* protected by inode->restructuring_guard */
	struct list_head node;
};

/*
 * One at a time for each huge page.  Upstream has nothing to see to it when the invalidate lock is
 * held shared; two that split one folio would corrupt it.  Here the second one is a finding, and
 * is sent away.
 */
static bool gmem_restructure_begin(struct task *me, struct gmem_inode *inode,
				   struct gmem_restructuring *new)
{
	struct gmem_restructuring *other;
	bool busy = false;

	sim_guard_lock(me->sim, &inode->restructuring_guard);
	list_for_each_entry(other, &inode->restructuring, node)
		busy |= other->first == new->first;
	list_add(&new->node, &inode->restructuring);
	sim_guard_unlock(me->sim, &inode->restructuring_guard);
	if (busy)
		sim_finding(me->sim, me, "data-race", "two at a time split the huge page at 0x%llx",
			    (unsigned long long)new->first);
	return !busy;
}

static void gmem_restructure_end(struct task *me, struct gmem_inode *inode,
				 struct gmem_restructuring *old)
{
	sim_guard_lock(me->sim, &inode->restructuring_guard);
	list_del_init(&old->node);
	sim_guard_unlock(me->sim, &inode->restructuring_guard);
}

static int __gmem_hugetlb_restructure_folio(struct task *me, struct gmem_inode *inode,
					    pgoff_t index, u32 to_order, bool wait)
{
	struct gmem_restructuring mine = {.first = round_down(index, gmem_huge_pages(inode))};
	struct folio *folio;
	int r = -ENOMEM;

	SIM_FRAME(me);
	folio = filemap_get_folio(me, &inode->mapping, index);
	if (IS_ERR(folio))
		return 0;
	/* Leave the page cache's references only. */
	folio_put(me, folio);
	if (gmem_restructure_begin(me, inode, &mine)) {
		if (wait)
			r = hugetlb_restructuring_restructure_folio(me, folio, to_order);
		else
			r = hugetlb_restructuring_try_restructure_folio(me, folio, to_order);
	}
	gmem_restructure_end(me, inode, &mine);
	return r;
}

int gmem_hugetlb_restructure_folio(struct task *me, struct gmem_inode *inode, pgoff_t index,
				   u32 to_order)
{
	return __gmem_hugetlb_restructure_folio(me, inode, index, to_order, true);
}

int gmem_hugetlb_try_restructure_folio(struct task *me, struct gmem_inode *inode, pgoff_t index,
				       u32 to_order)
{
	bool wait = gmem_is_wip(inode) || bug(me, BUG_FREEZE_SPIN);

	return __gmem_hugetlb_restructure_folio(me, inode, index, to_order, wait);
}
