/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/hugetlb_restructuring.h - a hugetlb folio in a file becomes 4K folios, and comes back.
 *
 * Who may do it: the owner of the file, who keeps others from the folio (guest_memfd: invalidate
 * lock).  A reference somebody has all the same is waited for, however long it takes.
 *
 * Two designs, by machine_config.restructure.  WIP: the entries of the page cache are split, the
 * folio frozen, its struct pages brought back, relabelled, stored, unfrozen.  STASH: what hugetlb
 * needs to know is put aside, the folio leaves the page cache, is split, and its pieces are added.
 * In both a piece whose last reference goes while the huge page is split (it has left the file, and
 * a pin was in the way) is counted by a worker; the last one brings the huge page together and
 * gives it back to the pool, a while later.
 *
 * Invariants:
 *  R1 A huge page in use that belongs to a guest_memfd has its metadata stored, whole or split.
 *  R2 A huge page is whole, or all of it is 4K folios, except inside these functions.
 *
 * Upstream: hugetlb_restructuring.c of the guest_memfd series; stash: guestmem_hugetlb.c
 * Fidelity: faithful in the WIP's steps, simplified for the stash
 */
#ifndef MODEL_MM_HUGETLB_RESTRUCTURING_H
#define MODEL_MM_HUGETLB_RESTRUCTURING_H

#include "model/mm/filemap.h"
#include "model/mm/hugetlb.h"

struct hugetlb_restructuring_metadata {
	/* constant once stored */
	u32 page_order;
	bool hugetlb_cma;
	struct hugepage_subpool *spool;
	struct hugetlb_cgroup *h_cg;
	struct hugetlb_cgroup *h_cg_rsvd;

	/* atomic */
	u32 nr_pages_waiting_to_be_merged;
};

/**
 * hugetlb_restructuring_metadata_store - remember what @folio is, before it may be split.
 *
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_metadata_store
 * Fidelity: faithful, but for memory that upstream loses if the second step fails
 * Fail sites: "restructuring_metadata", "xa_node".
 * Return: 0 or -ENOMEM.
 */
int hugetlb_restructuring_metadata_store(struct task *me, struct folio *folio);

/**
 * hugetlb_restructuring_metadata_restore - put it back into the whole folio, and forget it.
 *
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_metadata_restore
 * Fidelity: faithful
 */
void hugetlb_restructuring_metadata_restore(struct task *me, struct folio *folio);

/**
 * hugetlb_restructuring_metadata_get - what is known of the huge page that @pfn is part of.
 *
 * Return: the metadata, or NULL.
 */
struct hugetlb_restructuring_metadata *
hugetlb_restructuring_metadata_get(struct task *me, pfn_t pfn);

/**
 * hugetlb_restructuring_restructure_folio - split or merge until folios have @to_order.
 * @folio: in the page cache; of the pieces of a split huge page the first one; no reference is
 *	   needed, as upstream drops it before
 *
 * Steps of a split: "restructure: split entries", "restructure: freeze", "hvo: ...", "restructure:
 * relabel", "restructure: store", "restructure: unfreeze"; of a merge: "restructure: freeze",
 * "restructure: merge entries", "restructure: prep_compound", "hvo: ...".
 *
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_restructure_folio
 * Fidelity: faithful
 * Fail sites: "xa_node" (1 + 64 + 4096 nodes for 1G, 8 for 2M), "hvo_restore".
 * Context: may sleep; the caller excludes the file's other users.
 * Return: 0, or -ENOMEM with everything as before.  A merge does not fail.
 */
int hugetlb_restructuring_restructure_folio(struct task *me, struct folio *folio, u32 to_order);

/**
 * hugetlb_restructuring_try_restructure_folio - the same, for who cannot wait for a reference to go
 * whose owner may wait for him.
 *
 * Upstream: none; the "hugetlb-plan" kernel's (docs/decisions/0009-what-the-plan-leaves-open.md)
 * Fidelity: simplified: a plan, not code
 * Return: 0, -ENOMEM, or -EAGAIN after 64 us; on failure everything is as before.
 */
int hugetlb_restructuring_try_restructure_folio(struct task *me, struct folio *folio,
						u32 to_order);

/**
 * hugetlb_restructuring_free_piece - a 4K folio of a split huge page has lost its last reference.
 *
 * Context: any, interrupts included: a worker does the rest.  Called by folio_put() only.
 */
void hugetlb_restructuring_free_piece(struct task *me, struct folio *folio);

/* Set-up: the metadata's tree, and the worker. */
struct hugetlb_restructuring *hugetlb_restructuring_create(struct machine *m);

/* How many pieces are queued and not yet counted?  At rest: 0. */
u32 hugetlb_restructuring_nr_queued(const struct machine *m);

#endif
