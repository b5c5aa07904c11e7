// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/zap.c - taking pages out of page tables: by address, by file index, by folio.
 *
 * Order for each VMA, as upstream: notifier start, PTEs cleared under their lock, notifier end, and
 * only then the TLB flush and the references (unless a dirty PTE of a file forces the flush inside
 * the PTE lock).
 *
 * Invariants: a PTE is cleared with its table locked and between notifier start and end; its
 * reference goes to the gather, never straight to folio_put().
 *
 * Upstream: mm/memory.c
 * Fidelity: faithful for 4K pages (no swap entries, no guard markers, no reclaim of empty tables)
 */
#include "model/mm/memory.h"

#include "model/mm/lru.h"
#include "model/mm/mmu_notifier.h"
#include "sim/race.h"

/*
 * One leaf table's part of a range.  Return: where to go on.
 *
 * Upstream: mm/memory.c:zap_pte_range
 * Fidelity: faithful
 */
static hva_t zap_pte_range(struct task *me, struct mmu_gather *tlb, struct vm_area_struct *vma,
			   hva_t addr, hva_t end, const struct folio *single)
{
	struct folio_map *map = machine_of(me)->folios;
	struct pte_table *table;
	bool force_flush = false, full = false;

	table = pte_offset_map_lock(me, tlb->mm, addr);
	if (!table)
		return end;
	for (; addr < end && !full; addr += PAGE_SIZE) {
		pte_t pte = ptep_get(table, addr);
		struct folio *folio;

		if (!pte_present(pte)) {
			if (unlikely(!pte_none(pte)) && !tlb->keep_poison)
				ptep_get_and_clear(me, table, addr);
			continue;
		}
		folio = vm_normal_folio(map, pte);
		if (single && folio != single)
			continue;
		cost(me, COST_pte_zap);
		pte = ptep_get_and_clear(me, table, addr);
		if (unlikely(!folio)) {
			tlb_remove_tlb_entry(tlb, addr);
			continue;
		}
		/* Others must not find the page clean while a CPU can still write to it. */
		if (pte_dirty(pte) && vma->vm_file)
			force_flush = true;
		folio_remove_rmap(me, folio);
		if (unlikely(vma->vm_flags & VM_LOCKED))
			munlock_folio(me, folio);
		full = tlb_remove_page(me, tlb, addr, folio);
	}
	if (force_flush || full)
		tlb_flush_mmu_tlbonly(me, tlb);
	pte_unmap_unlock(me, table);
	if (force_flush || full)
		tlb_flush_mmu(me, tlb);
	return addr;
}

void unmap_page_range(struct task *me, struct mmu_gather *tlb, struct vm_area_struct *vma,
		      hva_t start, hva_t end, const struct folio *single)
{
	u64 index = pmd_index(start), last = pmd_index(end - 1);
	hva_t addr = start;

	while (addr < end && xa_find(me, &tlb->mm->tables, &index, last)) {
		hva_t table_end = min((index + 1) << PMD_SHIFT, end);

		addr = max(addr, index << PMD_SHIFT);
		while (addr < table_end) {
			addr = zap_pte_range(me, tlb, vma, addr, table_end, single);
			if (!single)
				cond_resched(me);
		}
		index++;
	}
}

/*
 * Upstream: mm/memory.c:zap_page_range_single_batched, zap_page_range_single
 * Fidelity: faithful
 */
static void zap_page_range_single(struct task *me, struct vm_area_struct *vma, hva_t start,
				  hva_t end, const struct folio *single, bool even_cows)
{
	struct mmu_notifier_range range = {.mm = vma->vm_mm, .start = start, .end = end};
	struct mmu_gather tlb;

	tlb_gather_mmu(me, &tlb, vma->vm_mm);
	tlb.keep_poison = !even_cows;
	mmu_notifier_invalidate_range_start(me, &range);
	unmap_page_range(me, &tlb, vma, start, end, single);
	mmu_notifier_invalidate_range_end(me, &range);
	tlb_finish_mmu(me, &tlb);
}

void zap_vma_range(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end)
{
	zap_page_range_single(me, vma, start, end, NULL, true);
}

/*
 * Every VMA that maps part of [first, last].
 *
 * Upstream: mm/memory.c:unmap_mapping_range_tree
 * Fidelity: faithful but for the order of VMAs
 * Context: i_mmap_rwsem held for read.
 */
static void unmap_mapping_range_tree(struct task *me, struct address_space *mapping, pgoff_t first,
				     pgoff_t last, const struct folio *single)
{
	struct vm_area_struct *vma;

	plain_reads(me, mapping->i_mmap);
	list_for_each_entry(vma, &mapping->i_mmap, i_mmap_node) {
		pgoff_t vba = vma->vm_pgoff;
		pgoff_t vea = vba + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) - 1;
		pgoff_t zba = max(first, vba), zea = min(last, vea);

		if (zba > zea)
			continue;
		if (single)
			cost(me, COST_rmap_walk);
		zap_page_range_single(me, vma, vma->vm_start + ((zba - vba) << PAGE_SHIFT),
				      vma->vm_start + ((zea - vba + 1) << PAGE_SHIFT), single,
				      false);
	}
}

void unmap_mapping_pages(struct task *me, struct address_space *mapping, pgoff_t start, pgoff_t nr)
{
	pgoff_t last = start + nr - 1;

	SIM_FRAME(me);
	if (!nr)
		return;
	if (last < start)
		last = UINT64_MAX;
	down_read(me, &mapping->i_mmap_rwsem);
	unmap_mapping_range_tree(me, mapping, start, last, NULL);
	up_read(me, &mapping->i_mmap_rwsem);
}

void unmap_mapping_folio(struct task *me, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;

	SIM_ASSERT(folio_test_locked(folio));
	down_read(me, &mapping->i_mmap_rwsem);
	unmap_mapping_range_tree(me, mapping, folio->index,
				 folio->index + folio_nr_pages(folio) - 1, folio);
	up_read(me, &mapping->i_mmap_rwsem);
}
