// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/hugetlb_vmemmap.c - HVO: struct pages of huge pages, given away and fetched back.
 *
 * Nothing of this program's memory map changes; what others can notice does: a grace period, one
 * allocation for each vmemmap page, init_mm's mmap_lock held for read during the remapping, and an
 * interrupt to every CPU.
 *
 * Invariant: the folio is frozen all the while.
 *
 * Upstream: mm/hugetlb_vmemmap.c (December 2025)
 * Fidelity: simplified (see the header)
 */
#include "model/mm/hugetlb_vmemmap.h"

#include "sim/rcu.h"

static bool every_cpu(const struct task *t, void *arg)
{
	return true;
}

/*
 * Upstream: arch/x86/mm/tlb.c:flush_tlb_kernel_range
 * Fidelity: simplified: always everywhere, as with more pages than tlb_single_page_flush_ceiling
 */
static void flush_tlb_kernel_range(struct task *me)
{
	struct ipi_cost flush = {
		.latency_ns = cost_value(me, COST_hvo_flush),
		.handler_ns = cost_value(me, COST_hvo_flush_handler),
	};

	sim_step(me, "hvo: flush");
	cost(me, COST_hvo_flush_handler);
	/* Idle CPUs are interrupted, too. */
	if (!sim_ipi(me, every_cpu, NULL, flush) && me->sim->cfg.nr_cpus > 1)
		sim_cost(me, flush.latency_ns);
}

/* Page-table entries of the vmemmap, one after the other; nobody else reads them meanwhile. */
static void vmemmap_remap_range(struct task *me, u32 nr)
{
	struct rw_semaphore *mmap_lock = &machine_of(me)->hugetlb->init_mm_lock;

	sim_step(me, "hvo: remap");
	down_read(me, mmap_lock);
	for (u32 i = 0; i < nr; i++)
		cost(me, COST_hvo_remap);
	up_read(me, mmap_lock);
	flush_tlb_kernel_range(me);
}

/* Speculative walkers may still be looking at the struct pages that will move. */
static void vmemmap_synchronize_rcu(struct task *me)
{
	sim_ns latency_ns = cost_value(me, COST_rcu_grace_period);

	if (bug(me, BUG_HVO_NO_GRACE))
		return;
	sim_step(me, "hvo: synchronize_rcu");
	if (latency_ns)
		sim_sleep(me, latency_ns);
	synchronize_rcu(me);
}

/*
 * Upstream: mm/hugetlb_vmemmap.c:alloc_vmemmap_page_list
 * Fidelity: faithful
 */
static int alloc_vmemmap_page_list(struct task *me, u32 nr)
{
	struct actor *actor = me->model;

	if (unlikely(actor && actor->vmemmap_pages >= nr)) {
		actor->vmemmap_pages -= nr;
		return 0;
	}
	sim_step(me, "hvo: allocate");
	might_sleep(me);
	for (u32 i = 0; i < nr; i++) {
		cost(me, COST_hvo_alloc);
		if (!sim_should_fail(me, "hvo_restore"))
			continue;
		for (u32 k = 0; k < i; k++)
			cost(me, COST_hvo_free);
		return -ENOMEM;
	}
	return 0;
}

int hugetlb_vmemmap_prealloc(struct task *me, u32 order)
{
	u32 nr = hugetlb_vmemmap_optimizable_pages(order);
	struct actor *actor = me->model;

	SIM_FRAME(me);
	if (!actor)
		return 0;
	might_sleep(me);
	for (u32 i = 0; i < nr; i++) {
		cost(me, COST_hvo_alloc);
		if (!sim_should_fail(me, "hvo_restore"))
			continue;
		for (u32 k = 0; k < i; k++)
			cost(me, COST_hvo_free);
		return -ENOMEM;
	}
	actor->vmemmap_pages += nr;
	return 0;
}

void hugetlb_vmemmap_prealloc_free(struct task *me)
{
	struct actor *actor = me->model;

	for (; actor && actor->vmemmap_pages; actor->vmemmap_pages--)
		cost(me, COST_hvo_free);
}

int hugetlb_vmemmap_restore_folio(struct task *me, const struct hstate *h, struct folio *folio)
{
	u32 nr = hugetlb_vmemmap_optimizable_pages(h->order);

	SIM_FRAME(me);
	SIM_ASSERT(folio_test_hugetlb(folio) && !load_acquire(folio->refcount));
	if (!folio_test_hugetlb_vmemmap_optimized(folio))
		return 0;
	vmemmap_synchronize_rcu(me);
	for (u32 i = 1; bug(me, BUG_HVO_UNBATCHED) && i < 1u << h->order >> PMD_ORDER; i++)
		vmemmap_synchronize_rcu(me);
	if (alloc_vmemmap_page_list(me, nr))
		return -ENOMEM;
	vmemmap_remap_range(me, nr);
	folio_large(folio)->hugetlb &= ~BIT(HPG_vmemmap_optimized);
	return 0;
}

void hugetlb_vmemmap_optimize_folio(struct task *me, const struct hstate *h, struct folio *folio)
{
	u32 nr = hugetlb_vmemmap_optimizable_pages(h->order);

	SIM_FRAME(me);
	SIM_ASSERT(folio_test_hugetlb(folio) && !load_acquire(folio->refcount));
	if (folio_test_hugetlb_vmemmap_optimized(folio) || !nr ||
	    !machine_of(me)->cfg.hugetlb_optimize_vmemmap)
		return;
	vmemmap_synchronize_rcu(me);
	folio_large(folio)->hugetlb |= BIT(HPG_vmemmap_optimized);
	/* A new head page, so that what is freed is contiguous; without one the old one will do. */
	cost(me, COST_hvo_alloc);
	if (!sim_should_fail(me, "hvo_optimize"))
		nr++;
	vmemmap_remap_range(me, nr);
	sim_step(me, "hvo: free");
	for (u32 i = 0; i < nr; i++)
		cost(me, COST_hvo_free);
}

/* Is the struct of this page one of those that HVO has mapped to the head's page, read-only? */
static bool page_is_folded(struct task *me, const struct folio *page)
{
	const struct folio_map *map = machine_of(me)->folios;
	pfn_t pfn = folio_pfn(map, page);
	const struct folio *folio;

	if (!page_is_tail(page))
		return false;
	folio = pfn_folio(map, pfn);
	return folio_test_hugetlb_vmemmap_optimized(folio) &&
	       pfn - folio_pfn(map, folio) >= FOLIO_CHUNK_SIZE;
}

struct folio *pfn_try_get(struct task *me, pfn_t pfn)
{
	struct folio *page, *folio = NULL;
	s32 old;

	rcu_read_lock(me);
	page = pfn_to_page(me, pfn);
	sim_point(me, folio_obj(me, page), SIM_READ);
	old = load_acquire(page->refcount);
	if (!page_is_folded(me, page) && old > 0) {
		/* Loaded; exchanged in a while, if it is the same: that always writes. */
		cost(me, COST_gup_fast);
		sim_point(me, folio_obj(me, page), SIM_WRITE);
		if (unlikely(page_is_folded(me, page)))
			sim_finding(me->sim, me, "lifetime",
				    "a walker writes to the struct of page 0x%x, which has been "
				    "mapped read-only", pfn);
		else if (step_try_cmpxchg(me, &page->refcount, &old, old + 1))
			folio = page;
	}
	rcu_read_unlock(me);
	return folio;
}
