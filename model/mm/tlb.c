// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/tlb.c - TLB flushes, and pages that wait for one before they may be freed.
 *
 * Invariant: between the clearing of a PTE and the flush, the gather holds the PTE's reference and
 * the folio carries PG_tlb_pending; a page freed with that flag is a tlb-stale finding.
 *
 * Upstream: mm/mmu_gather.c, arch/x86/mm/tlb.c
 * Fidelity: simplified: translations are not modelled one by one; PCIDs and lazy mode are "the CPU
 * runs a task of this process now"
 */
#include "model/events.h"
#include "model/mm/memory.h"
#include "model/ops.h"

static bool runs_mm(const struct task *t, void *mm)
{
	return task_mm(t) == mm;
}

void flush_tlb_mm_range(struct task *me, struct mm_struct *mm, hva_t start, hva_t end)
{
	u64 pages = (end - start) >> PAGE_SHIFT;
	struct ipi_cost shootdown;
	u32 nr_ipis;

	__atomic_fetch_add(&mm->nr_tlb_flushes, 1, __ATOMIC_RELAXED);
	if (task_mm(me) == mm) {
		cost(me, COST_tlb_flush_local);
		sim_event(me, EV_tlb_flush, mm->id, pages, TLB_LOCAL_MM_SHOOTDOWN);
	}
	shootdown = (struct ipi_cost){
		.latency_ns = cost_value(me, COST_tlb_flush_ipi),
		.handler_ns = cost_value(me, COST_tlb_flush_handler),
	};
	nr_ipis = sim_ipi(me, runs_mm, mm, shootdown);
	if (!nr_ipis)
		return;
	__atomic_fetch_add(&mm->nr_tlb_ipis, nr_ipis, __ATOMIC_RELAXED);
	sim_event(me, EV_tlb_flush, mm->id, pages, TLB_REMOTE_SEND_IPI);
}

void tlb_gather_mmu(struct task *me, struct mmu_gather *tlb, struct mm_struct *mm)
{
	tlb->mm = mm;
	tlb->nr = 0;
	tlb->start = UINT64_MAX;
	tlb->end = 0;
	tlb->keep_poison = false;
}

void tlb_remove_tlb_entry(struct mmu_gather *tlb, hva_t addr)
{
	tlb->start = min(tlb->start, addr);
	tlb->end = max(tlb->end, addr + PAGE_SIZE);
}

bool tlb_remove_page(struct task *me, struct mmu_gather *tlb, hva_t addr, struct folio *folio)
{
	SIM_ASSERT(tlb->nr < MMU_GATHER_BATCH);
	folio_set_flag(me, folio, PG_tlb_pending);
	tlb_remove_tlb_entry(tlb, addr);
	tlb->pages[tlb->nr++] = folio;
	/* What does not fit the stack needs a page, which is not waited for. */
	if (tlb->nr == MMU_GATHER_BUNDLE && sim_should_fail(me, "tlb_batch"))
		return true;
	return tlb->nr == MMU_GATHER_BATCH;
}

void tlb_flush_mmu_tlbonly(struct task *me, struct mmu_gather *tlb)
{
	if (tlb->start >= tlb->end || bug(me, BUG_FREE_BEFORE_FLUSH))
		return;
	flush_tlb_mm_range(me, tlb->mm, tlb->start, tlb->end);
	for (u32 i = 0; i < tlb->nr; i++)
		folio_clear_flag(me, tlb->pages[i], PG_tlb_pending);
	tlb->start = UINT64_MAX;
	tlb->end = 0;
}

void tlb_flush_mmu(struct task *me, struct mmu_gather *tlb)
{
	tlb_flush_mmu_tlbonly(me, tlb);
	for (u32 i = 0; i < tlb->nr; i++)
		folio_put(me, tlb->pages[i]);
	tlb->nr = 0;
}

void tlb_finish_mmu(struct task *me, struct mmu_gather *tlb)
{
	tlb_flush_mmu(me, tlb);
}
