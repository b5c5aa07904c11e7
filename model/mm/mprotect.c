// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/mprotect.c - other permissions for mappings that exist.
 *
 * All of it happens with mmap_lock held for write: VMAs are cut, their flags change, then the PTEs,
 * inside one notifier bracket per VMA; one TLB flush for the whole call comes last.
 *
 * Invariant: a PTE that loses a permission is in the gather's range until that is flushed.
 *
 * Upstream: mm/mprotect.c
 * Fidelity: faithful for 4K pages of shared files; no pkeys, no NUMA hints, no write notification
 */
#include "model/check.h"
#include "model/mm/memory.h"
#include "model/mm/mmu_notifier.h"
#include "model/ops.h"

static pte_t pte_modify(pte_t pte, u32 vm_flags)
{
	pte &= ~(_PAGE_RW | _PAGE_PROTNONE);
	if (vm_flags & VM_WRITE)
		pte |= _PAGE_RW;
	return vm_flags & VM_ACCESS_FLAGS ? pte : pte | _PAGE_PROTNONE;
}

/*
 * Upstream: mm/mprotect.c:change_pte_range
 * Fidelity: faithful
 */
static void change_pte_range(struct task *me, struct mmu_gather *tlb, hva_t addr, hva_t end,
			     u32 vm_flags)
{
	struct pte_table *table = pte_offset_map_lock(me, tlb->mm, addr);

	if (!table)
		return;
	for (; addr < end; addr += PAGE_SIZE) {
		pte_t old = ptep_get(table, addr), pte;

		if (!pte_present(old))
			continue;
		cost(me, COST_pte_protect);
		/* the CPU may set the dirty bit until the old entry is gone */
		old = ptep_get_and_clear(me, table, addr);
		pte = pte_modify(old, vm_flags);
		set_pte_at(me, table, addr, pte);
		if ((old & ~pte & _PAGE_RW) || (pte & ~old & _PAGE_PROTNONE)) {
			tlb->start = min(tlb->start, addr);
			tlb->end = max(tlb->end, addr + PAGE_SIZE);
		}
	}
	pte_unmap_unlock(me, table);
}

/*
 * Nobody is told about a range without page tables.
 *
 * Upstream: mm/mprotect.c:change_protection, change_pud_range, change_pmd_range
 * Fidelity: simplified: one notifier bracket per VMA, not per 512 GiB
 */
static void change_protection(struct task *me, struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	struct mmu_notifier_range range = {.mm = tlb->mm, .end = vma->vm_end};
	u64 index = pmd_index(vma->vm_start), last = pmd_index(vma->vm_end - 1);

	for (; xa_find(me, &tlb->mm->tables, &index, last); index++) {
		hva_t start = max(vma->vm_start, index << PMD_SHIFT);

		if (!range.start) {
			range.start = start;
			mmu_notifier_invalidate_range_start(me, &range);
		}
		change_pte_range(me, tlb, start, min(vma->vm_end, (index + 1) << PMD_SHIFT),
				 vma->vm_flags);
		cond_resched(me);
	}
	if (range.start)
		mmu_notifier_invalidate_range_end(me, &range);
}

/*
 * Upstream: mm/mprotect.c:mprotect_fixup
 * Fidelity: faithful but for accounting
 */
static s64 mprotect_fixup(struct task *me, struct mmu_gather *tlb, struct vm_area_struct *vma,
			  hva_t start, hva_t end, u32 vm_flags, struct vm_area_struct **changed)
{
	u32 old_flags = vma->vm_flags;

	*changed = vma;
	if (vm_flags == old_flags)
		return 0;
	vma = vma_change_flags(me, vma, start, end, vm_flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	*changed = vma;
	change_protection(me, tlb, vma);
	return 0;
}

/* Context: mmap_lock held for write. */
static s64 mprotect_vmas(struct task *me, struct mmu_gather *tlb, hva_t start, hva_t end, u32 prot)
{
	struct vm_area_struct *vma = vma_lookup(tlb->mm, start);
	s64 err = 0;

	if (!vma)
		return -ENOMEM;
	while (!err && start < end) {
		u32 vm_flags = (vma->vm_flags & ~VM_ACCESS_FLAGS) | prot;
		hva_t vma_end = min(vma->vm_end, end);

		if ((prot & ~(vma->vm_flags >> 4)) & VM_ACCESS_FLAGS)
			return -EACCES;
		err = mprotect_fixup(me, tlb, vma, start, vma_end, vm_flags, &vma);
		start = vma_end;
		if (err || start == end)
			break;
		vma = vma_lookup(tlb->mm, start);
		if (!vma)
			err = -ENOMEM;
	}
	return err;
}

/*
 * Upstream: mm/mprotect.c:do_mprotect_pkey
 * Fidelity: faithful
 */
static s64 do_mprotect(struct task *me, hva_t start, u64 len, u32 prot)
{
	struct mm_struct *mm = task_mm(me);
	struct mmu_gather tlb;
	hva_t end = start + ALIGN_UP(len, PAGE_SIZE);
	s64 err;

	if ((start & (PAGE_SIZE - 1)) || (prot & ~VM_ACCESS_FLAGS))
		return -EINVAL;
	if (!len)
		return 0;
	if (end <= start)
		return -ENOMEM;
	cost(me, COST_vma_op);
	if (mmap_write_lock_killable(me, mm))
		return -EINTR;
	tlb_gather_mmu(me, &tlb, mm);
	err = mprotect_vmas(me, &tlb, start, end, prot);
	tlb_finish_mmu(me, &tlb);
	mmap_write_unlock(me, mm);
	return err;
}

s64 sys_mprotect(struct task *me, hva_t addr, u64 len, u32 prot)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	return check_result(me, OP_MPROTECT, do_mprotect(me, addr, len, prot));
}
