// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/mlock.c - mlock and munlock.
 *
 * First the VMAs are marked and the pages that are mapped already go to the mlock batch, with
 * mmap_lock held for write; then, with it held for read, the missing pages are faulted in.  A page
 * in a batch has a reference more until the batch is drained.
 *
 * Upstream: mm/mlock.c
 * Fidelity: faithful but for limits, accounting and the LRU lists themselves
 */
#include "model/check.h"
#include "model/mm/lru.h"
#include "model/mm/memory.h"
#include "model/ops.h"

/*
 * Upstream: mm/mlock.c:mlock_pte_range
 * Fidelity: faithful
 */
static void mlock_pte_range(struct task *me, struct mm_struct *mm, hva_t addr, hva_t end)
{
	struct pte_table *table = pte_offset_map_lock(me, mm, addr);

	for (; table && addr < end; addr += PAGE_SIZE) {
		pte_t pte = ptep_get(table, addr);

		if (pte_present(pte) && !pte_special(pte))
			mlock_folio(me, pfn_folio(mm->machine->folios, pte_pfn(pte)));
	}
	if (table)
		pte_unmap_unlock(me, table);
}

/*
 * Upstream: mm/mlock.c:mlock_vma_pages_range
 * Fidelity: faithful
 */
static void mlock_vma_pages_range(struct task *me, struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	u64 index = pmd_index(vma->vm_start), last = pmd_index(vma->vm_end - 1);

	lru_add_drain(me);
	for (; xa_find(me, &mm->tables, &index, last); index++) {
		mlock_pte_range(me, mm, max(vma->vm_start, index << PMD_SHIFT),
				min(vma->vm_end, (index + 1) << PMD_SHIFT));
		cond_resched(me);
	}
	lru_add_drain(me);
}

/*
 * Upstream: mm/mlock.c:apply_vma_lock_flags, mlock_fixup
 * Fidelity: faithful
 * Context: mmap_lock held for write.
 */
static s64 apply_vma_lock_flags(struct task *me, struct mm_struct *mm, hva_t start, hva_t end,
				u32 locked)
{
	while (start < end) {
		struct vm_area_struct *vma = vma_lookup(mm, start);
		u32 vm_flags;

		if (!vma)
			return -ENOMEM;
		vm_flags = (vma->vm_flags & ~VM_LOCKED) | locked;
		if (vm_flags != vma->vm_flags) {
			vma = vma_change_flags(me, vma, start, min(vma->vm_end, end), vm_flags);
			if (IS_ERR(vma))
				return PTR_ERR(vma);
			mlock_vma_pages_range(me, vma);
		}
		start = vma->vm_end;
	}
	return 0;
}

static s64 change_locked(struct task *me, hva_t addr, u64 len, u32 locked)
{
	struct mm_struct *mm = task_mm(me);
	hva_t start = ALIGN_DOWN(addr, PAGE_SIZE);
	u64 bytes = ALIGN_UP(len + (addr - start), PAGE_SIZE);
	s64 err;

	if (start + bytes < start)
		return -EINVAL;
	cost(me, COST_vma_op);
	if (mmap_write_lock_killable(me, mm))
		return -EINTR;
	err = apply_vma_lock_flags(me, mm, start, start + bytes, locked);
	mmap_write_unlock(me, mm);
	if (err || !locked)
		return err;
	err = mm_populate(me, mm, start, bytes, false);
	/* POSIX has its own idea of what these are called */
	if (err == -EFAULT)
		return -ENOMEM;
	return err == -ENOMEM ? -EAGAIN : err;
}

/*
 * Upstream: mm/mlock.c:do_mlock
 * Fidelity: faithful
 */
s64 sys_mlock(struct task *me, hva_t addr, u64 len)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	return check_result(me, OP_MLOCK, change_locked(me, addr, len, VM_LOCKED));
}

s64 sys_munlock(struct task *me, hva_t addr, u64 len)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	return check_result(me, OP_MLOCK, change_locked(me, addr, len, 0));
}
