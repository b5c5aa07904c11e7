/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/hugetlb.h - pools of huge pages, reservations, subpools and their cgroup.
 *
 * A pool is configured at boot (struct machine_config) and neither grows nor shrinks: guest_memfd
 * uses no surplus pages.  Its pages come into being when they are first taken.
 *
 * Reference ledger: a folio of a pool is free (0), or as any other large folio; see folio.h.
 *
 * Invariants:
 *  H1 free_huge_pages >= resv_huge_pages: whoever has a reservation gets a page.
 *  H2 A subpool with a minimum has rsv_hpages of the hstate's reservations for itself, and
 *     used_hpages + rsv_hpages >= min_hpages.
 *  H3 A frame of a pool goes back to that pool only, as a whole huge page.
 *
 * Upstream: mm/hugetlb.c, mm/hugetlb_cgroup.c, and hugetlb_alloc_folio() of the guest_memfd series
 * Fidelity: simplified: one node, no surplus, no runtime resizing, no demotion, one cgroup
 */
#ifndef MODEL_MM_HUGETLB_H
#define MODEL_MM_HUGETLB_H

#include "model/mm/folio.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"

struct hstate {
	/* constant */
	u32 order;
	u32 index;

	/* protected by hugetlb_lock */
	u64 nr_huge_pages;
	u64 free_huge_pages;
	u64 resv_huge_pages;
	u64 nr_unborn;	 /* of the free ones: never taken yet, no struct folio */
	pfn_t free_head; /* of the others, linked by index; 0: none */
};

struct hugetlb_cgroup {
	/* constant */
	u64 limit_pages; /* of each counter below */

	/* atomic, in 4K pages, by hstate */
	u64 usage_pages[HUGE_MAX_HSTATE];
	u64 rsvd_pages[HUGE_MAX_HSTATE];
};

struct hugepage_subpool {
	/* constant */
	struct hstate *hstate;
	s64 max_hpages; /* -1: no maximum */
	s64 min_hpages; /* -1: no minimum */

	struct spinlock lock;
	/* protected by lock */
	u64 count; /* references */
	s64 used_hpages;
	s64 rsv_hpages;
};

struct hugetlb_restructuring;

struct hugetlb {
	/* constant */
	u32 nr_hstates;
	struct hugetlb_restructuring *restructuring; /* hugetlb_restructuring.c's */

	struct rw_semaphore init_mm_lock; /* mmap_lock of the kernel's own address space */
	struct spinlock lock;		  /* class "hugetlb_lock" */
	struct hstate hstate[HUGE_MAX_HSTATE];
	struct hugetlb_cgroup cgroup;
};

/* Figures of one pool, as in /sys/kernel/mm/hugepages, and of the cgroup. */
struct hugetlb_counters {
	/* written by hugetlb_counters() */
	u64 nr_hugepages;
	u64 free_hugepages;
	u64 resv_hugepages;
	u64 cgroup_usage_pages;
	u64 cgroup_rsvd_pages;
};

/* Set-up: the pools of m->cfg; NULL if there are none. */
struct hugetlb *hugetlb_create(struct machine *m);

/**
 * hugetlb_order_to_hstate - the pool of that order, or NULL.
 */
struct hstate *hugetlb_order_to_hstate(const struct machine *m, u32 order);

static inline u32 pages_per_huge_page(const struct hstate *h)
{
	return 1u << h->order;
}

/**
 * hugetlb_counters - read the figures.  Return: false if there is no such pool.
 */
bool hugetlb_counters(const struct machine *m, u32 order, struct hugetlb_counters *out);

/**
 * hugetlb_acct_memory - reserve @delta huge pages of the pool, or give -@delta back.
 *
 * Upstream: mm/hugetlb.c:hugetlb_acct_memory, gather_surplus_pages
 * Fidelity: simplified: no surplus: what the pool does not have cannot be reserved
 * Return: 0 or -ENOMEM.
 */
int hugetlb_acct_memory(struct task *me, struct hstate *h, s64 delta);

/* --- subpools --- */

/**
 * hugepage_new_subpool - a share of the pool of at most @max_hpages, with @min_hpages reserved now.
 * @use_surplus: false; there is no surplus here
 *
 * Upstream: mm/hugetlb.c:hugepage_new_subpool
 * Fidelity: faithful
 * Fail site: "hugepage_new_subpool".
 * Return: the subpool with one reference, or NULL.
 */
struct hugepage_subpool *hugepage_new_subpool(struct task *me, struct hstate *h, s64 max_hpages,
					      s64 min_hpages, bool use_surplus);

/**
 * hugepage_put_subpool - drop the reference; it goes when its last page has come back.
 *
 * Upstream: mm/hugetlb.c:hugepage_put_subpool, unlock_or_release_subpool
 * Fidelity: faithful
 */
void hugepage_put_subpool(struct task *me, struct hugepage_subpool *spool);

/**
 * hugepage_subpool_get_pages - use @delta pages of the share.
 *
 * Upstream: mm/hugetlb.c:hugepage_subpool_get_pages
 * Fidelity: faithful
 * Return: how many of them are not reserved yet, or -ENOMEM beyond the maximum.
 */
s64 hugepage_subpool_get_pages(struct task *me, struct hugepage_subpool *spool, s64 delta);

/**
 * hugepage_subpool_put_pages - give them back.
 *
 * Upstream: mm/hugetlb.c:hugepage_subpool_put_pages
 * Fidelity: faithful
 * Return: how many reservations the caller must drop.
 */
s64 hugepage_subpool_put_pages(struct task *me, struct hugepage_subpool *spool, s64 delta);

/* --- cgroup --- */

/**
 * hugetlb_cgroup_charge_cgroup_rsvd_for_order - charge a reservation of @nr_pages 4K pages.
 *
 * Upstream: hugetlb_cgroup_charge_cgroup_rsvd_for_order() of the guest_memfd series
 * Fidelity: faithful
 * Return: 0 and the cgroup in *@h_cg, or -ENOMEM beyond the limit.
 */
int hugetlb_cgroup_charge_cgroup_rsvd_for_order(struct task *me, u32 order, u64 nr_pages,
						struct hugetlb_cgroup **h_cg);
void hugetlb_cgroup_uncharge_cgroup_rsvd_for_order(struct task *me, u32 order, u64 nr_pages,
						   struct hugetlb_cgroup *h_cg);

/* --- folios --- */

/**
 * hugetlb_alloc_folio - take a folio out of the pool; count 1, content stale.
 * @charge_cgroup_rsvd: charge the reservation to the cgroup, too
 * @use_existing_reservation: it has been reserved: the hstate's reservations go down by one
 *
 * Upstream: mm/hugetlb.c:hugetlb_alloc_folio (guest_memfd series)
 * Fidelity: simplified: no memory policy, no memcg, no allocation beyond the pool
 * Fail site: "hugetlb_alloc_folio".
 * Return: the folio with restore_reserve as @use_existing_reservation, or NULL.
 */
struct folio *hugetlb_alloc_folio(struct task *me, struct hstate *h, bool charge_cgroup_rsvd,
				  bool use_existing_reservation);

/**
 * free_huge_folio - a folio of a pool has lost its last reference.
 *
 * Upstream: mm/hugetlb.c:free_huge_folio
 * Fidelity: faithful: the subpool first, then under hugetlb_lock the charges, the reservation and
 * the free list; may run anywhere a reference is dropped
 */
void free_huge_folio(struct task *me, struct folio *folio);

static inline bool folio_test_hugetlb_restore_reserve(const struct folio *folio)
{
	return folio_large(folio)->hugetlb & BIT(HPG_restore_reserve);
}

static inline void folio_clear_hugetlb_restore_reserve(struct folio *folio)
{
	folio_large(folio)->hugetlb &= ~BIT(HPG_restore_reserve);
}

static inline bool folio_test_hugetlb_vmemmap_optimized(const struct folio *folio)
{
	return folio_large(folio)->hugetlb & BIT(HPG_vmemmap_optimized);
}

static inline void hugetlb_set_folio_subpool(struct folio *folio, struct hugepage_subpool *spool)
{
	folio_large(folio)->subpool = spool;
}

static inline struct hugepage_subpool *hugetlb_folio_subpool(const struct folio *folio)
{
	return folio_large(folio)->subpool;
}

/**
 * hugetlb_check - H1 and the length of the free lists, at rest.
 *
 * Return: number of violations, each recorded as a finding.
 */
u32 hugetlb_check(struct machine *m);

#endif
