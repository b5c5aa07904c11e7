// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/madvise.c - advice about mappings.
 *
 * Invariant: advice that only looks at VMAs or pages holds mmap_lock for read, advice that changes
 * a VMA for write; a file is never called with mmap_lock held.
 *
 * Upstream: mm/madvise.c
 * Fidelity: faithful for files whose pages are unevictable; mmap_lock for read where the kernel
 * tries the VMA's own lock first
 */
#include "model/check.h"
#include "model/mm/gup.h"
#include "model/mm/lru.h"
#include "model/mm/memory.h"
#include "model/mm/mmu_notifier.h"
#include "model/ops.h"
#include "model/task_work.h"

/*
 * Upstream: mm/madvise.c:madvise_dontneed_single_vma
 * Fidelity: faithful
 */
static s64 madvise_dontneed(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end,
			    struct mmu_gather *tlb)
{
	struct mmu_notifier_range range = {.mm = vma->vm_mm, .start = start, .end = end};

	if (vma->vm_flags & VM_LOCKED)
		return -EINVAL;
	mmu_notifier_invalidate_range_start(me, &range);
	unmap_page_range(me, tlb, vma, start, end, NULL);
	mmu_notifier_invalidate_range_end(me, &range);
	return 0;
}

/*
 * Only for memory that can be given back for good.
 *
 * Upstream: mm/madvise.c:madvise_free_single_vma
 * Fidelity: simplified: anonymous memory keeps its pages, as it may
 */
static s64 madvise_free(struct vm_area_struct *vma)
{
	return vma->vm_file || (vma->vm_flags & VM_LOCKED) ? -EINVAL : 0;
}

/*
 * Both drain this CPU's batches and then find no page they may touch: those of a guest_memfd are
 * unevictable.
 *
 * Upstream: mm/madvise.c:madvise_cold, madvise_pageout, madvise_cold_or_pageout_pte_range
 * Fidelity: simplified: anonymous pages stay where they are
 */
static s64 madvise_cold(struct task *me, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_LOCKED)
		return -EINVAL;
	lru_add_drain(me);
	return 0;
}

/*
 * The file's own hole punching, without mmap_lock: the VMA may be another one afterwards.
 *
 * Upstream: mm/madvise.c:madvise_remove
 * Fidelity: faithful
 * Context: mmap_lock held for read, and again when it returns.
 */
static s64 madvise_remove(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end)
{
	struct mm_struct *mm = vma->vm_mm;
	struct file *f = vma->vm_file;
	u64 offset = linear_page_index(vma, start) << PAGE_SHIFT;
	s64 err;

	if ((vma->vm_flags & VM_LOCKED) || !f)
		return -EINVAL;
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) != (VM_SHARED | VM_MAYWRITE))
		return -EACCES;
	get_file(me, f);
	mmap_read_unlock(me, mm);
	err = f->f_op->fallocate(me, f, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, (s64)offset,
				 (s64)(end - start));
	fput(me, f);
	mmap_read_lock(me, mm);
	return err;
}

/*
 * Upstream: mm/madvise.c:madvise_vma_behavior, mm/khugepaged.c:madvise_collapse (its first test)
 * Fidelity: faithful: a guest_memfd is no candidate for huge pages of the page cache
 */
static s64 madvise_vma_behavior(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end,
				int behavior, struct mmu_gather *tlb)
{
	u32 vm_flags = vma->vm_flags;

	switch (behavior) {
	case MADV_DONTNEED:
		return madvise_dontneed(me, vma, start, end, tlb);
	case MADV_FREE:
		return madvise_free(vma);
	case MADV_COLD:
	case MADV_PAGEOUT:
		return madvise_cold(me, vma);
	case MADV_REMOVE:
		return madvise_remove(me, vma, start, end);
	case MADV_COLLAPSE:
		return -EINVAL;
	case MADV_DONTFORK:
		vm_flags |= VM_DONTCOPY;
		break;
	case MADV_HUGEPAGE:
		vm_flags |= VM_HUGEPAGE;
		break;
	default:
		return -EINVAL;
	}
	if (vm_flags == vma->vm_flags)
		return 0;
	vma = vma_change_flags(me, vma, start, end, vm_flags);
	return IS_ERR(vma) ? PTR_ERR(vma) : 0;
}

/*
 * Holes are passed over, and reported in the end.
 *
 * Upstream: mm/madvise.c:madvise_walk_vmas
 * Fidelity: faithful
 */
static s64 madvise_walk_vmas(struct task *me, struct mm_struct *mm, hva_t start, hva_t end,
			     int behavior)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	s64 unmapped = 0, err = 0;
	struct mmu_gather tlb;

	tlb_gather_mmu(me, &tlb, mm);
	while (start < end) {
		hva_t vma_end;

		if (!vma || vma->vm_start >= end) {
			unmapped = -ENOMEM;
			break;
		}
		if (start < vma->vm_start) {
			unmapped = -ENOMEM;
			start = vma->vm_start;
		}
		vma_end = min(vma->vm_end, end);
		err = madvise_vma_behavior(me, vma, start, vma_end, behavior, &tlb);
		if (err)
			break;
		start = vma_end;
		vma = find_vma(mm, start);
	}
	tlb_finish_mmu(me, &tlb);
	return err ? err : unmapped;
}

/*
 * Upstream: mm/madvise.c:madvise_populate
 * Fidelity: faithful
 * Context: mmap_lock held for read.
 */
static s64 madvise_populate(struct task *me, struct mm_struct *mm, hva_t start, hva_t end,
			    bool write)
{
	s64 err = 0;

	while (start < end && !err) {
		struct vm_area_struct *vma = vma_lookup(mm, start);
		hva_t vma_end = vma ? min(vma->vm_end, end) : end;

		err = vma ? faultin_page_range(me, vma, start, vma_end, write) : -ENOMEM;
		start = vma_end;
	}
	return err;
}

static bool madvise_need_mmap_write(int behavior)
{
	return behavior == MADV_DONTFORK || behavior == MADV_HUGEPAGE;
}

/*
 * Upstream: mm/madvise.c:do_madvise
 * Fidelity: faithful
 */
static s64 do_madvise(struct task *me, hva_t start, u64 len, int behavior)
{
	struct mm_struct *mm = task_mm(me);
	hva_t end = start + ALIGN_UP(len, PAGE_SIZE);
	s64 err;

	if ((start & (PAGE_SIZE - 1)) || end < start || ALIGN_UP(len, PAGE_SIZE) < len)
		return -EINVAL;
	if (end == start)
		return 0;
	if (madvise_need_mmap_write(behavior)) {
		if (mmap_write_lock_killable(me, mm))
			return -EINTR;
		err = madvise_walk_vmas(me, mm, start, end, behavior);
		mmap_write_unlock(me, mm);
		return err;
	}
	mmap_read_lock(me, mm);
	if (behavior == MADV_POPULATE_READ || behavior == MADV_POPULATE_WRITE)
		err = madvise_populate(me, mm, start, end, behavior == MADV_POPULATE_WRITE);
	else
		err = madvise_walk_vmas(me, mm, start, end, behavior);
	mmap_read_unlock(me, mm);
	return err;
}

s64 sys_madvise(struct task *me, hva_t addr, u64 len, int behavior)
{
	s64 ret;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	ret = do_madvise(me, addr, len, behavior);
	task_work_run(me);
	return check_result(me, OP_MADVISE, ret);
}
