/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/gmem/hugetlb.h - guest_memfd's view of the hugetlb pools.
 *
 * A file of huge pages reserves all of them when it is created, as a subpool of its own; each page
 * that it takes uses one of these reservations and gives it back when it is free again.
 *
 * Invariants: a folio of the file comes from its subpool and was recorded for restructuring before
 * anybody saw it; the file never uses surplus pages.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c (WIP)
 * Fidelity: faithful (no memory policy)
 */
#ifndef MODEL_GMEM_HUGETLB_H
#define MODEL_GMEM_HUGETLB_H

#include "model/gmem/inode.h"

struct hstate;
struct hugepage_subpool;
struct hugetlb_cgroup;

struct gmem_hugetlb {
	/* constant */
	struct hstate *h;
	struct hugepage_subpool *spool;
	struct hugetlb_cgroup *h_cg_rsvd;
};

/**
 * gmem_hugetlb_valid_order - has the machine a pool of such pages?  Order 0 is no huge page.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c:gmem_hugetlb_valid_order
 * Fidelity: faithful
 */
bool gmem_hugetlb_valid_order(const struct machine *m, u32 order);

/**
 * gmem_hugetlb_init - charge and reserve all pages of the file.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c:gmem_hugetlb_init, gmem_hugetlb_setup
 * Fidelity: faithful (fail site "gmem_hugetlb")
 * Return: 0 or -ENOMEM with nothing charged or reserved.
 */
int gmem_hugetlb_init(struct task *me, struct gmem_inode *inode);

/**
 * gmem_hugetlb_teardown - give the reservations back; folios that are still out bring theirs later.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c:gmem_hugetlb_teardown
 * Fidelity: faithful
 */
void gmem_hugetlb_teardown(struct task *me, struct gmem_inode *inode);

/**
 * gmem_hugetlb_alloc_folio - a huge page of the file's own share, with one reference.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c:gmem_hugetlb_alloc_folio
 * Fidelity: faithful
 * Return: the folio or ERR_PTR(-ENOMEM).
 */
struct folio *gmem_hugetlb_alloc_folio(struct task *me, struct gmem_inode *inode);

/**
 * gmem_hugetlb_free_folio - a folio leaves the file: what was recorded is put back if it is whole.
 *
 * Pieces are counted when their last references go; the last piece brings the rest.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.h:gmem_hugetlb_free_folio (not among the texts read)
 * Fidelity: simplified: what it must do, for the record not to outlive the folio
 */
void gmem_hugetlb_free_folio(struct task *me, struct folio *folio);

/**
 * gmem_hugetlb_restructure_folio - make the folio at @index one of @to_order: 0 or the file's.
 *
 * Context: invalidate lock held: exclusively, or shared by who has just inserted the folio.
 * Spins until nobody but the page cache refers to it.
 *
 * Upstream: virt/kvm/guest_memfd_hugetlb.c:gmem_hugetlb_restructure_folio
 * Fidelity: faithful
 * Return: 0 (also if nothing is there), or -ENOMEM with the folio as it was.
 */
int gmem_hugetlb_restructure_folio(struct task *me, struct gmem_inode *inode, pgoff_t index,
				   u32 to_order);

/**
 * gmem_hugetlb_try_restructure_folio - plan: the same, but -EAGAIN instead of a long wait.
 *
 * Upstream: none (docs/decisions/0009-what-the-plan-leaves-open.md)
 * Fidelity: simplified: a plan, not code
 */
int gmem_hugetlb_try_restructure_folio(struct task *me, struct gmem_inode *inode, pgoff_t index,
				       u32 to_order);

#endif
