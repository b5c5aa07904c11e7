// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/hugetlb.c - pools of huge pages, reservations, subpools, and their cgroup.
 *
 * Invariants: H1-H3 of the header.  hugetlb_lock is taken with interrupts off; a subpool's lock is
 * never held together with it.
 *
 * Upstream: mm/hugetlb.c, mm/hugetlb_cgroup.c
 * Fidelity: simplified (see the header)
 */
#include "model/mm/hugetlb.h"

#include "model/mm/hugetlb_restructuring.h"
#include "model/mm/hugetlb_vmemmap.h"
#include "sim/race.h"

static struct hugetlb *hugetlb_of(const struct task *me)
{
	return machine_of(me)->hugetlb;
}

struct hugetlb *hugetlb_create(struct machine *m)
{
	struct hugetlb *hugetlb;
	u64 pages = 0;

	for (u32 i = 0; i < HUGE_MAX_HSTATE; i++)
		pages += m->cfg.hugetlb[i].nr_huge_pages << m->cfg.hugetlb[i].order;
	if (!pages)
		return NULL;
	pages = 0;
	hugetlb = sim_zalloc(m->sim, sizeof(*hugetlb));
	spin_lock_init(m->sim, &hugetlb->lock, "hugetlb_lock");
	lock_init_map(m->sim, &m->folios->ref_map, "folio_refcount", LOCKC_WAITQ);
	lock_init_map(m->sim, &m->folios->frozen_map, "folio_frozen", 0);
	init_rwsem(m->sim, &hugetlb->init_mm_lock, "init_mm.mmap_lock", 0);
	for (u32 i = 0; i < HUGE_MAX_HSTATE; i++) {
		const struct hugetlb_pool_config *pool = &m->cfg.hugetlb[i];
		struct hstate *h = &hugetlb->hstate[hugetlb->nr_hstates];

		if (!pool->order || !pool->nr_huge_pages)
			continue;
		SIM_ASSERT(pool->order <= MAX_FOLIO_ORDER);
		h->order = pool->order;
		h->index = hugetlb->nr_hstates++;
		/* As at boot: as many as there are. */
		h->nr_huge_pages = min(pool->nr_huge_pages,
				       (m->cfg.memory_pages - 1 - pages) >> h->order);
		h->free_huge_pages = h->nr_huge_pages;
		h->nr_unborn = h->nr_huge_pages;
		pages += h->nr_huge_pages << h->order;
	}
	/* The pools' memory is nobody else's from the start. */
	m->folios->nr_block_pages += (u32)pages;
	hugetlb->cgroup.limit_pages =
		m->cfg.hugetlb_cgroup_limit_pages ? m->cfg.hugetlb_cgroup_limit_pages : UINT64_MAX;
	hugetlb->restructuring = hugetlb_restructuring_create(m);
	return hugetlb;
}

struct hstate *hugetlb_order_to_hstate(const struct machine *m, u32 order)
{
	for (u32 i = 0; m->hugetlb && i < m->hugetlb->nr_hstates; i++) {
		if (m->hugetlb->hstate[i].order == order)
			return &m->hugetlb->hstate[i];
	}
	return NULL;
}

bool hugetlb_counters(const struct machine *m, u32 order, struct hugetlb_counters *out)
{
	const struct hstate *h = hugetlb_order_to_hstate(m, order);

	if (!h)
		return false;
	out->nr_hugepages = load_acquire(h->nr_huge_pages);
	out->free_hugepages = load_acquire(h->free_huge_pages);
	out->resv_hugepages = load_acquire(h->resv_huge_pages);
	out->cgroup_usage_pages = load_acquire(m->hugetlb->cgroup.usage_pages[h->index]);
	out->cgroup_rsvd_pages = load_acquire(m->hugetlb->cgroup.rsvd_pages[h->index]);
	return true;
}

/* --- reservations --- */

int hugetlb_acct_memory(struct task *me, struct hstate *h, s64 delta)
{
	struct hugetlb *hugetlb = hugetlb_of(me);
	int err = 0;

	if (!delta)
		return 0;
	spin_lock_irq(me, &hugetlb->lock);
	if (delta > 0 && plain_read(me, h->resv_huge_pages) + (u64)delta >
				 plain_read(me, h->free_huge_pages))
		err = -ENOMEM;
	else
		plain_add(me, h->resv_huge_pages, (u64)delta);
	spin_unlock_irq(me, &hugetlb->lock);
	return err;
}

struct hugepage_subpool *hugepage_new_subpool(struct task *me, struct hstate *h, s64 max_hpages,
					      s64 min_hpages, bool use_surplus)
{
	struct hugepage_subpool *spool;

	SIM_ASSERT(!use_surplus);
	if (sim_should_fail(me, "hugepage_new_subpool"))
		return NULL;
	spool = sim_zalloc(me->sim, sizeof(*spool));
	spin_lock_init(me->sim, &spool->lock, "hugepage_subpool.lock");
	spool->count = 1;
	spool->hstate = h;
	spool->max_hpages = max_hpages;
	spool->min_hpages = min_hpages;
	if (min_hpages != -1 && hugetlb_acct_memory(me, h, min_hpages)) {
		sim_free(me->sim, spool, sizeof(*spool));
		return NULL;
	}
	spool->rsv_hpages = max(min_hpages, (s64)0);
	return spool;
}

/*
 * Upstream: mm/hugetlb.c:unlock_or_release_subpool, subpool_is_free
 * Fidelity: faithful
 */
static void unlock_or_release_subpool(struct task *me, struct hugepage_subpool *spool)
{
	bool is_free = !spool->count;

	if (is_free && spool->max_hpages != -1)
		is_free = !spool->used_hpages;
	else if (is_free && spool->min_hpages != -1)
		is_free = spool->rsv_hpages == spool->min_hpages;
	spin_unlock_irq(me, &spool->lock);
	if (!is_free)
		return;
	if (spool->min_hpages != -1)
		hugetlb_acct_memory(me, spool->hstate, -spool->min_hpages);
	sim_free(me->sim, spool, sizeof(*spool));
}

void hugepage_put_subpool(struct task *me, struct hugepage_subpool *spool)
{
	spin_lock_irq(me, &spool->lock);
	SIM_ASSERT(spool->count);
	spool->count--;
	unlock_or_release_subpool(me, spool);
}

s64 hugepage_subpool_get_pages(struct task *me, struct hugepage_subpool *spool, s64 delta)
{
	s64 ret = delta;

	if (!spool)
		return ret;
	spin_lock_irq(me, &spool->lock);
	if (spool->max_hpages != -1) {
		if (spool->used_hpages + delta > spool->max_hpages) {
			spin_unlock_irq(me, &spool->lock);
			return -ENOMEM;
		}
		plain_add(me, spool->used_hpages, delta);
	}
	if (spool->min_hpages != -1 && spool->rsv_hpages) {
		ret = max(delta - spool->rsv_hpages, (s64)0);
		plain_add(me, spool->rsv_hpages, ret - delta);
	}
	spin_unlock_irq(me, &spool->lock);
	return ret;
}

s64 hugepage_subpool_put_pages(struct task *me, struct hugepage_subpool *spool, s64 delta)
{
	s64 ret = delta;

	if (!spool)
		return ret;
	spin_lock_irq(me, &spool->lock);
	if (spool->max_hpages != -1)
		plain_add(me, spool->used_hpages, -delta);
	if (spool->min_hpages != -1 && spool->used_hpages < spool->min_hpages) {
		ret = max(spool->rsv_hpages + delta - spool->min_hpages, (s64)0);
		spool->rsv_hpages = min(spool->rsv_hpages + delta, spool->min_hpages);
	}
	/* It may be the last page of a subpool that nobody else has any more. */
	unlock_or_release_subpool(me, spool);
	return ret;
}

/* --- cgroup --- */

/*
 * Upstream: mm/hugetlb_cgroup.c:__hugetlb_cgroup_charge_cgroup, mm/page_counter.c
 * Fidelity: simplified: one level
 */
static int cgroup_charge(struct task *me, struct hugetlb_cgroup *h_cg, u64 *counter, u64 nr_pages)
{
	u64 old = load_acquire(*counter);

	do {
		if (old + nr_pages > h_cg->limit_pages)
			return -ENOMEM;
	} while (!step_try_cmpxchg(me, counter, &old, old + nr_pages));
	return 0;
}

int hugetlb_cgroup_charge_cgroup_rsvd_for_order(struct task *me, u32 order, u64 nr_pages,
						struct hugetlb_cgroup **h_cg)
{
	const struct hstate *h = hugetlb_order_to_hstate(machine_of(me), order);
	struct hugetlb_cgroup *cgroup = &hugetlb_of(me)->cgroup;
	int err = cgroup_charge(me, cgroup, &cgroup->rsvd_pages[h->index], nr_pages);

	*h_cg = err ? NULL : cgroup;
	return err;
}

void hugetlb_cgroup_uncharge_cgroup_rsvd_for_order(struct task *me, u32 order, u64 nr_pages,
						   struct hugetlb_cgroup *h_cg)
{
	const struct hstate *h = hugetlb_order_to_hstate(machine_of(me), order);

	if (h_cg)
		step_add_return(me, &h_cg->rsvd_pages[h->index], -nr_pages);
}

/* --- folios --- */

/*
 * A page that was never taken gets its structs now; one that was comes from the list.  Poisoned
 * pages stay there.
 *
 * Upstream: mm/hugetlb.c:dequeue_hugetlb_folio_node_exact
 * Fidelity: faithful
 * Context: hugetlb_lock held.
 */
static struct folio *dequeue_hugetlb_folio(struct task *me, struct hstate *h)
{
	struct folio_map *map = machine_of(me)->folios;
	struct folio *folio;
	pfn_t pfn, *link = &h->free_head;

	while ((pfn = *link)) {
		folio = pfn_folio(map, pfn);
		if (!folio_test(folio, PG_hwpoison)) {
			*link = folio->index;
			folio->index = 0;
			return folio;
		}
		link = &folio->index;
	}
	if (!h->nr_unborn)
		return NULL;
	h->nr_unborn--;
	folio = block_alloc(me->sim, map, h->order, true);
	SIM_ASSERT(folio);
	folio_large(folio)->hugetlb = BIT(HPG_hugetlb);
	if (machine_of(me)->cfg.hugetlb_optimize_vmemmap &&
	    hugetlb_vmemmap_optimizable_pages(h->order))
		folio_large(folio)->hugetlb |= BIT(HPG_vmemmap_optimized); /* at boot */
	return folio;
}

struct folio *hugetlb_alloc_folio(struct task *me, struct hstate *h, bool charge_cgroup_rsvd,
				  bool use_existing_reservation)
{
	struct hugetlb *hugetlb = hugetlb_of(me);
	struct hugetlb_cgroup *cgroup = &hugetlb->cgroup;
	u64 nr_pages = pages_per_huge_page(h);
	struct folio_large *large;
	struct folio *folio = NULL;

	cost(me, COST_hugetlb_alloc);
	if (sim_should_fail(me, "hugetlb_alloc_folio"))
		return NULL;
	if (charge_cgroup_rsvd &&
	    cgroup_charge(me, cgroup, &cgroup->rsvd_pages[h->index], nr_pages))
		return NULL;
	if (cgroup_charge(me, cgroup, &cgroup->usage_pages[h->index], nr_pages))
		goto uncharge_rsvd;
	spin_lock_irq(me, &hugetlb->lock);
	if (use_existing_reservation ||
	    plain_read(me, h->free_huge_pages) > plain_read(me, h->resv_huge_pages))
		folio = dequeue_hugetlb_folio(me, h);
	if (!folio) {
		spin_unlock_irq(me, &hugetlb->lock);
		goto uncharge;
	}
	plain_add(me, h->free_huge_pages, -1ull);
	large = folio_large(folio);
	if (use_existing_reservation) {
		large->hugetlb |= BIT(HPG_restore_reserve);
		plain_add(me, h->resv_huge_pages, -1ull);
	}
	large->cgroup = cgroup;
	large->cgroup_rsvd = charge_cgroup_rsvd ? cgroup : NULL;
	step_and(me, &folio->flags, ~(BIT(PG_free) | BIT(PG_refwait)));
	store_release(folio->refcount, 1);
	spin_unlock_irq(me, &hugetlb->lock);
	return folio;

uncharge:
	step_add_return(me, &cgroup->usage_pages[h->index], -nr_pages);
uncharge_rsvd:
	if (charge_cgroup_rsvd)
		step_add_return(me, &cgroup->rsvd_pages[h->index], -nr_pages);
	return NULL;
}

void free_huge_folio(struct task *me, struct folio *folio)
{
	struct machine *m = machine_of(me);
	struct hugetlb *hugetlb = m->hugetlb;
	struct folio_large *large = folio_large(folio);
	struct hstate *h = hugetlb_order_to_hstate(m, large->order);
	struct hugepage_subpool *spool = large->subpool;
	bool restore_reserve = folio_test_hugetlb_restore_reserve(folio);
	u64 nr_pages = pages_per_huge_page(h);

	folio_check_free(me, folio);
	cost(me, COST_hugetlb_free);
	large->subpool = NULL;
	folio_clear_hugetlb_restore_reserve(folio);
	/* If the subpool keeps the page for itself, so does the pool. */
	if (!restore_reserve && !hugepage_subpool_put_pages(me, spool, 1))
		restore_reserve = true;
	folio_large_reset(me, folio);
	spin_lock_irq(me, &hugetlb->lock);
	if (large->cgroup)
		step_add_return(me, &large->cgroup->usage_pages[h->index], -nr_pages);
	if (large->cgroup_rsvd)
		step_add_return(me, &large->cgroup_rsvd->rsvd_pages[h->index], -nr_pages);
	large->cgroup = NULL;
	large->cgroup_rsvd = NULL;
	if (restore_reserve)
		plain_add(me, h->resv_huge_pages, 1);
	folio->index = h->free_head;
	h->free_head = folio_pfn(m->folios, folio);
	plain_add(me, h->free_huge_pages, 1);
	spin_unlock_irq(me, &hugetlb->lock);
}

u32 hugetlb_check(struct machine *m)
{
	u32 bad = 0;

	for (u32 i = 0; m->hugetlb && i < m->hugetlb->nr_hstates; i++) {
		const struct hstate *h = &m->hugetlb->hstate[i];
		u64 nr = h->nr_unborn;

		for (pfn_t pfn = h->free_head; pfn; pfn = pfn_folio(m->folios, pfn)->index)
			nr++;
		if (nr == h->free_huge_pages && h->resv_huge_pages <= nr)
			continue;
		bad++;
		sim_finding(m->sim, NULL, "refcount",
			    "pool of order %u counts %llu free pages, has %llu, and owes %llu",
			    h->order, (unsigned long long)h->free_huge_pages,
			    (unsigned long long)nr, (unsigned long long)h->resv_huge_pages);
	}
	return bad;
}
