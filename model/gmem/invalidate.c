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
#include "model/kvm/mmu.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tlb.h"
#include "model/kvm/vm.h"
#include "sim/race.h"

u32 gmem_invalidate_filter(const struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	const u32 both = FILTER_PRIVATE | FILTER_SHARED;
	struct attr_run run;
	u32 filter = 0;

	if (unlikely(inode->machine->bug == BUG_PUNCH_PRIVATE_ONLY))
		return FILTER_PRIVATE;
	if (!gmem_has_attributes(inode))
		return inode->flags & GMEM_FLAG_INIT_SHARED ? FILTER_SHARED : FILTER_PRIVATE;
	/* That tree does not look at what the range has; its authors mean to change that. */
	if (gmem_is_wip(inode))
		return both;

	end = min(end, gmem_size_pages(inode));
	for (; start < end && filter != both; start = run.last + 1) {
		run = gmem_attributes_run(&inode->attributes, start);
		filter |= run.attributes & MEMORY_ATTRIBUTE_PRIVATE ? FILTER_PRIVATE :
								      FILTER_SHARED;
	}
	return filter;
}

/* The part of file range [@start, @end) that @slot has, as guest frames. */
static struct gfn_range gmem_gfn_range(struct memory_slot *slot, pgoff_t start, pgoff_t end,
				       u32 filter)
{
	pgoff_t pgoff = slot->gmem.pgoff;

	return (struct gfn_range){
		.start = slot->base_gfn + max(pgoff, start) - pgoff,
		.end = slot->base_gfn + min(pgoff + slot->npages, end) - pgoff,
		.slot = slot,
		.may_block = true,
		.attr_filter = filter,
	};
}

static void gmem_flush(struct task *me, struct vm *vm)
{
	if (bug(me, BUG_NO_FLUSH))
		return;
	sim_step(me, "flush");
	flush_remote_tlbs(me, vm);
}

/* --- the restructuring kernels: begin and zap are two sections of mmu_lock --- */

static void __gmem_open(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end)
{
	bool found_memslot = false;
	struct vm *vm = f->vm;
	struct memory_slot *slot;
	u64 index;

	SIM_FRAME(me);
	sim_step(me, "begin");
	xa_for_each_range(me, &f->bindings, index, slot, start, end - 1) {
		struct gfn_range range = gmem_gfn_range(slot, start, end, 0);

		if (!found_memslot) {
			found_memslot = true;
			vm_mmu_lock(me, vm);
			mmu_invalidate_begin(me, vm);
		}
		mmu_invalidate_range_add(me, vm, range.start, range.end);
	}
	if (found_memslot)
		vm_mmu_unlock(me, vm);
}

static void __gmem_zap(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end, u32 filter)
{
	bool flush = false, locked = false;
	struct vm *vm = f->vm;
	struct memory_slot *slot;
	u64 index;

	SIM_FRAME(me);
	sim_step(me, "zap");
	xa_for_each_range(me, &f->bindings, index, slot, start, end - 1) {
		struct gfn_range range = gmem_gfn_range(slot, start, end, filter);

		if (!locked) {
			locked = true;
			vm_mmu_lock(me, vm);
		}
		if (bug(me, BUG_ALLOC_MMULOCK))
			might_sleep(me); /* for an entry in a list of invalidated VMs */
		/* the range has been added when the invalidation was opened */
		flush |= tdp_mmu_unmap_gfn_range(me, vm, &range, false);
	}
	if (flush)
		gmem_flush(me, vm);
	if (locked)
		vm_mmu_unlock(me, vm);
}

void gmem_open_invalidation(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	struct gmem_file *f;

	gmem_for_each_file(f, inode)
		__gmem_open(me, f, start, end);
}

void gmem_zap(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end, u32 filter)
{
	struct gmem_file *f;

	gmem_for_each_file(f, inode)
		__gmem_zap(me, f, start, end, filter);
}

static int __gmem_split_private(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end)
{
	struct vm *vm = f->vm;
	struct memory_slot *slot;
	bool locked = false;
	u64 index;
	int r = 0;

	SIM_FRAME(me);
	sim_step(me, "split-leafs");
	xa_for_each_range(me, &f->bindings, index, slot, start, end - 1) {
		struct gfn_range range = gmem_gfn_range(slot, start, end, FILTER_PRIVATE);

		if (!locked) {
			locked = true;
			vm_mmu_lock(me, vm);
		}
		r = split_cross_boundary_leafs(me, vm, &range, false);
		if (r)
			break;
	}
	if (locked)
		vm_mmu_unlock(me, vm);
	return r;
}

int gmem_split_private(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	struct gmem_file *f;
	int r;

	gmem_for_each_file(f, inode) {
		r = __gmem_split_private(me, f, start, end);
		if (r)
			return r;
	}
	return 0;
}

/* --- begin, zap and flush; end --- */

void __gmem_invalidate_begin(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end,
			     u32 filter)
{
	bool flush = false, found_memslot = false;
	struct vm *vm = f->vm;
	struct memory_slot *slot;
	u64 index;

	SIM_FRAME(me);
	if (gmem_restructures(f->inode)) {
		__gmem_open(me, f, start, end);
		__gmem_zap(me, f, start, end, filter);
		return;
	}
	sim_step(me, "zap");
	xa_for_each_range(me, &f->bindings, index, slot, start, end - 1) {
		struct gfn_range range = gmem_gfn_range(slot, start, end, filter);

		plain_reads(me, slot->gmem.pgoff);
		if (!found_memslot) {
			found_memslot = true;
			vm_mmu_lock(me, vm);
			mmu_invalidate_begin(me, vm);
		}
		flush |= mmu_unmap_gfn_range(me, vm, &range);
	}
	if (flush)
		gmem_flush(me, vm);
	if (found_memslot)
		vm_mmu_unlock(me, vm);
}

void gmem_invalidate_begin(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end,
			   u32 filter)
{
	struct gmem_file *f;

	plain_reads(me, inode->gmem_file_list);
	if (gmem_restructures(inode)) {
		gmem_open_invalidation(me, inode, start, end);
		gmem_for_each_file(f, inode)
			__gmem_zap(me, f, start, end, filter);
		return;
	}
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

	plain_reads(me, inode->gmem_file_list);
	gmem_for_each_file(f, inode)
		__gmem_invalidate_end(me, f, start, end);
}
