// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/bind.c - bindings: which memslot stands for which range of a file.
 *
 * Invariants: G3 of inode.h; the ranges of one file's bindings are disjoint; bindings change only
 * with the invalidate lock held exclusively, so begin and end of an invalidation see the same ones.
 *
 * Upstream: virt/kvm/guest_memfd.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/inode.h"

#include "model/error_atomic.h"
#include "model/kvm/memslots.h"
#include "model/kvm/vm.h"
#include "model/locking/locking.h"
#include "sim/race.h"

/* What both kernels refuse; wrap-around of offset and size included. */
static bool gmem_range_fits(const struct gmem_inode *inode, u64 offset, u64 size)
{
	return IS_ALIGNED(offset, PAGE_SIZE) && size <= inode->i_size &&
	       offset <= inode->i_size - size;
}

static void gmem_point_slot(struct memory_slot *slot, struct gmem_file *f, u64 offset)
{
	/* No decision: the slot is not visible to anybody yet. */
	store_release(slot->gmem.file, f);
	slot->gmem.pgoff = offset >> PAGE_SHIFT;
	if (f->inode->flags & GMEM_FLAG_MMAP)
		slot->flags |= MEMSLOT_GMEM_ONLY;
}

static bool gmem_range_is_bound(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end)
{
	return xa_find(me, &f->bindings, &start, end - 1) != NULL;
}

int gmem_prepare_memory_region(struct task *me, struct vm *vm, struct memory_slot *slot,
			       struct gmem_file *f, u64 offset)
{
	SIM_FRAME(me);
	get_file(me, &f->file);
	if (f->vm != vm || !gmem_range_fits(f->inode, offset, slot->npages << PAGE_SHIFT)) {
		fput(me, &f->file);
		return -EINVAL;
	}
	plain_writes(me, slot->gmem.pgoff);
	gmem_point_slot(slot, f, offset);
	return 0;
}

int gmem_commit_memory_region(struct task *me, struct memory_slot *slot)
{
	struct gmem_file *f = slot->gmem.file;
	pgoff_t start = slot->gmem.pgoff, end = start + slot->npages;
	struct gmem_hold hold;
	int r;

	SIM_FRAME(me);
	gmem_lock_file(me, f->inode, &hold);
	sim_step(me, "bind");
	cost(me, COST_gmem_bind);
	if (gmem_range_is_bound(me, f, start, end)) {
		r = -EEXIST;
		goto out;
	}
	r = xa_store_range(me, &f->bindings, start, end - 1, slot);
	if (r && !bug(me, BUG_BIND_HALF))
		xa_store_range(me, &f->bindings, start, end - 1, NULL);
out:
	error_atomic_bound(me, f, slot, start, slot->npages, r);
	sim_step(me, NULL);
	gmem_unlock_file(me, &hold);
	return r;
}

int gmem_bind(struct task *me, struct vm *vm, struct memory_slot *slot, struct gmem_file *f,
	      u64 offset)
{
	struct gmem_inode *inode = f->inode;
	pgoff_t start = offset >> PAGE_SHIFT, end = start + slot->npages;
	struct gmem_hold hold;
	int r = -EINVAL;

	SIM_FRAME(me);
	get_file(me, &f->file);
	if (f->vm != vm || !gmem_range_fits(inode, offset, slot->npages << PAGE_SHIFT))
		goto out_put;

	gmem_lock_file(me, inode, &hold);
	sim_step(me, "bind");
	cost(me, COST_gmem_bind);
	if (!gmem_range_is_bound(me, f, start, end)) {
		gmem_point_slot(slot, f, offset);
		/* Upstream does not look at the result: a store that fails leaves -EIO faults. */
		xa_store_range(me, &f->bindings, start, end - 1, slot);
		r = 0;
	}
	error_atomic_bound(me, f, slot, start, slot->npages, r);
	sim_step(me, NULL);
	gmem_unlock_file(me, &hold);
out_put:
	/* The file pins the VM, not the other way round. */
	fput(me, &f->file);
	return r;
}

static void __gmem_unbind(struct task *me, struct memory_slot *slot, struct gmem_file *f)
{
	pgoff_t start = slot->gmem.pgoff;

	cost(me, COST_gmem_unbind);
	xa_store_range(me, &f->bindings, start, start + slot->npages - 1, NULL);
	WRITE_ONCE(me, slot->obj, slot->gmem.file, NULL);
}

void gmem_unbind(struct task *me, struct memory_slot *slot)
{
	struct gmem_file *f = slot->gmem.file;
	struct gmem_file *active;
	struct gmem_hold hold;

	SIM_FRAME(me);
	/* Already released: nothing to do.  slots_lock keeps release out from here on. */
	if (!f)
		return;
	active = gmem_get_file(me, slot);
	if (!active && bug(me, BUG_UNBIND_DYING))
		return;
	/*
	 * A file that is being closed still has its binding to this slot, which is about to be
	 * freed: it is removed just the same.  In-place kernels leave the lock out in that case.
	 */
	if (active || !gmem_has_attributes(f->inode)) {
		gmem_lock_file(me, f->inode, &hold);
		sim_step(me, "unbind");
		__gmem_unbind(me, slot, f);
		sim_step(me, NULL);
		gmem_unlock_file(me, &hold);
	} else {
		__gmem_unbind(me, slot, f);
	}
	if (active)
		fput(me, &active->file);
}
