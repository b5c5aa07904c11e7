// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/rmap.c - unmapping one folio wherever it is mapped.
 *
 * Invariants: a PTE is cleared between notifier start and end, with its table locked, and flushed
 * before the lock is dropped; its reference goes after that.
 *
 * Upstream: mm/rmap.c
 * Fidelity: simplified (see the header)
 */
#include "model/mm/rmap.h"

#include "model/mm/mmu_notifier.h"
#include "sim/race.h"

/*
 * One page of the folio at one address.
 *
 * Upstream: mm/rmap.c:try_to_unmap_one, page_vma_mapped_walk
 * Fidelity: simplified (see the header)
 */
static void try_to_unmap_pte(struct task *me, struct folio *folio, struct vm_area_struct *vma,
			     hva_t addr, u32 flags)
{
	struct folio_map *map = machine_of(me)->folios;
	struct pte_table *table;
	pte_t pte;

	cost(me, COST_rmap_walk);
	table = pte_offset_map_lock(me, vma->vm_mm, addr);
	if (!table)
		return;
	pte = ptep_get(table, addr);
	if (!pte_present(pte) || vm_normal_folio(map, pte) != folio) {
		pte_unmap_unlock(me, table);
		return;
	}
	cost(me, COST_pte_zap);
	pte = ptep_get_and_clear(me, table, addr);
	flush_tlb_mm_range(me, vma->vm_mm, addr, addr + PAGE_SIZE);
	if (flags & TTU_HWPOISON)
		set_hwpoison_pte(me, table, addr, pte_pfn(pte));
	folio_remove_rmap(me, folio);
	folio_put(me, folio);
	pte_unmap_unlock(me, table);
}

static void try_to_unmap_one(struct task *me, struct folio *folio, struct vm_area_struct *vma,
			     u32 flags)
{
	pgoff_t first = folio->index, last = first + folio_nr_pages(folio) - 1;
	pgoff_t vba = vma->vm_pgoff;
	pgoff_t vea = vba + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) - 1;
	struct mmu_notifier_range range = {.mm = vma->vm_mm};

	first = max(first, vba);
	last = min(last, vea);
	if (first > last)
		return;
	range.start = vma->vm_start + ((first - vba) << PAGE_SHIFT);
	range.end = vma->vm_start + ((last - vba + 1) << PAGE_SHIFT);
	mmu_notifier_invalidate_range_start(me, &range);
	for (hva_t addr = range.start; addr < range.end; addr += PAGE_SIZE)
		try_to_unmap_pte(me, folio, vma, addr, flags);
	mmu_notifier_invalidate_range_end(me, &range);
}

void try_to_unmap(struct task *me, struct folio *folio, u32 flags)
{
	struct address_space *mapping = folio->mapping;
	struct vm_area_struct *vma;

	SIM_FRAME(me);
	SIM_ASSERT(folio_test_locked(folio));
	if (!mapping)
		return;
	if (!(flags & TTU_RMAP_LOCKED))
		down_read(me, &mapping->i_mmap_rwsem);
	plain_reads(me, mapping->i_mmap);
	list_for_each_entry(vma, &mapping->i_mmap, i_mmap_node) {
		if (!folio_mapped(folio))
			break;
		try_to_unmap_one(me, folio, vma, flags);
	}
	if (!(flags & TTU_RMAP_LOCKED))
		up_read(me, &mapping->i_mmap_rwsem);
}
