// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/invalidate.c - telling every VM of an inode that a range is about to change.
 *
 * Invariants: between begin and end of one range the invalidate lock is held without a gap, so the
 * bindings found by end are those found by begin, and every begin has its end.  Zaps may drop and
 * retake mmu_lock; the invalidate lock is never yielded.
 *
 * Upstream: virt/kvm/guest_memfd.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/inode.h"

#include "model/kvm/invalidate.h"
#include "model/kvm/memslots.h"
#include "model/kvm/tlb.h"
#include "model/kvm/vm.h"

u32 gmem_invalidate_filter(const struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	const u32 both = FILTER_PRIVATE | FILTER_SHARED;
	struct attr_run run;
	u32 filter = 0;

	if (!gmem_has_attributes(inode))
		return inode->flags & GMEM_FLAG_INIT_SHARED ? FILTER_SHARED : FILTER_PRIVATE;

	end = min(end, gmem_size_pages(inode));
	for (; start < end && filter != both; start = run.last + 1) {
		run = gmem_attributes_run(&inode->attributes, start);
		filter |= run.attributes & MEMORY_ATTRIBUTE_PRIVATE ? FILTER_PRIVATE :
								      FILTER_SHARED;
	}
	return filter;
}

void __gmem_invalidate_begin(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end,
			     u32 filter)
{
	bool flush = false, found_memslot = false;
	struct vm *vm = f->vm;
	struct memory_slot *slot;
	u64 index;

	SIM_FRAME(me);
	sim_step(me, "zap");
	xa_for_each_range(me, &f->bindings, index, slot, start, end - 1) {
		pgoff_t pgoff = slot->gmem.pgoff;
		struct gfn_range range = {
			.start = slot->base_gfn + max(pgoff, start) - pgoff,
			.end = slot->base_gfn + min(pgoff + slot->npages, end) - pgoff,
			.slot = slot,
			.may_block = true,
			.attr_filter = filter,
		};

		if (!found_memslot) {
			found_memslot = true;
			vm_mmu_lock(me, vm);
			mmu_invalidate_begin(me, vm);
		}
		flush |= mmu_unmap_gfn_range(me, vm, &range);
	}
	if (flush && !bug(me, BUG_NO_FLUSH)) {
		sim_step(me, "flush");
		flush_remote_tlbs(me, vm);
	}
	if (found_memslot)
		vm_mmu_unlock(me, vm);
}

void gmem_invalidate_begin(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end,
			   u32 filter)
{
	struct gmem_file *f;

	gmem_for_each_file(f, inode)
		__gmem_invalidate_begin(me, f, start, end, filter);
}

void __gmem_invalidate_end(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end)
{
	struct vm *vm = f->vm;

	SIM_FRAME(me);
	sim_step(me, "end");
	if (!xa_find(me, &f->bindings, &start, end - 1))
		return;
	vm_mmu_lock(me, vm);
	mmu_invalidate_end(me, vm);
	vm_mmu_unlock(me, vm);
}

void gmem_invalidate_end(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	struct gmem_file *f;

	gmem_for_each_file(f, inode)
		__gmem_invalidate_end(me, f, start, end);
}
