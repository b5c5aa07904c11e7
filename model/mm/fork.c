// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/fork.c - a process becomes two.
 *
 * The child gets a VMA for each of the parent's, and none of its pages: PTEs of shared file
 * mappings are not copied, the child faults them in itself.
 *
 * Invariant: while VMAs are copied the parent's mmap_lock is held for write; the child's is not
 * taken, since nobody else knows the child.
 *
 * Upstream: mm/mmap.c:dup_mmap, kernel/fork.c, mm/memory.c:vma_needs_copy
 * Fidelity: simplified: anonymous memory is not inherited (no copy on write); no threads, files and
 * signals (tools/replay has the table of open files)
 */
#include "model/check.h"
#include "model/fails.h"
#include "model/mm/memory.h"
#include "model/ops.h"
#include "model/task_work.h"

/*
 * Upstream: mm/mmap.c:dup_mmap
 * Fidelity: simplified: see above
 */
static s64 dup_mmap(struct task *me, struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *vma;
	int err = 0;

	if (mmap_write_lock_killable(me, oldmm))
		return -EINTR;
	list_for_each_entry(vma, &oldmm->vmas, node) {
		cost(me, COST_vma_op);
		fail_kill(me, "kill_fork");
		if (fatal_signal_pending(me))
			err = -EINTR;
		else if (vma->vm_file && !(vma->vm_flags & VM_DONTCOPY))
			err = vma_insert_copy(me, mm, vma);
		if (err)
			break;
	}
	flush_tlb_mm_range(me, oldmm, 0, TASK_SIZE);
	mmap_write_unlock(me, oldmm);
	return err;
}

s64 sys_fork(struct task *me, struct mm_struct *child)
{
	s64 err;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	cost(me, COST_fork);
	err = sim_should_fail(me, "mm") ? -ENOMEM : dup_mmap(me, child, task_mm(me));
	if (err)
		exit_mmap(me, child);
	task_work_run(me);
	return check_result(me, OP_FORK, err);
}

void mm_exit(struct task *me, struct mm_struct *mm)
{
	SIM_FRAME(me);
	exit_mmap(me, mm);
}
