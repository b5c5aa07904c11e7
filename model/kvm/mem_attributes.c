// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/mem_attributes.c - private or shared per VM: KVM_SET_MEMORY_ATTRIBUTES (mainline).
 *
 * Invariants: the array is written with slots_lock held; from begin to end of the invalidation
 * around a store no fault on the range maps anything, whichever value it has read; mmu_lock is
 * not held while values are stored.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_vm_set_mem_attributes, arch/x86/kvm/mmu/mmu.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/events.h"
#include "model/check.h"
#include "model/kvm/invalidate.h"
#include "model/kvm/lpage.h"
#include "model/kvm/tlb.h"
#include "model/kvm/vm.h"
#include "model/task_work.h"

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_range_has_memory_attributes
 * Fidelity: faithful
 */
static bool range_has_memory_attributes(struct task *me, struct vm *vm, gfn_t start, gfn_t end,
					u64 attributes)
{
	struct xarray *xa = &vm->mem_attr_array;
	u64 index = start;
	void *entry;

	if (!attributes)
		return !xa_find(me, xa, &index, end - 1);
	for (index = start; index < end; index++) {
		entry = __xa_load(xa, index);
		if (!entry || xa_to_value(entry) != attributes)
			return false;
	}
	return true;
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_pre_set_memory_attributes
 * Fidelity: faithful
 */
static bool pre_set_memory_attributes(struct task *me, struct vm *vm, struct gfn_range *range)
{
	mmu_invalidate_range_add(me, vm, range->start, range->end);
	return arch_pre_set_memory_attributes(me, vm, range);
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_handle_gfn_range
 * Fidelity: faithful: no slot in the range, no lock and no begin or end
 * Context: slots_lock held.
 */
static void handle_gfn_range(struct task *me, struct vm *vm, gfn_t start, gfn_t end, u64 attributes,
			     bool pre)
{
	struct memslots *slots = vm->memslots;
	bool found_memslot = false, flush = false;
	struct memory_slot *slot;
	u32 i;

	SIM_FRAME(me);
	for_each_memslot_in_gfn_range(slot, i, slots, start, end)
	{
		struct gfn_range range = {
			.slot = slot,
			.start = max(start, slot->base_gfn),
			.end = min(end, slot->base_gfn + slot->npages),
			.attributes = attributes,
			.may_block = true,
		};

		if (!found_memslot) {
			found_memslot = true;
			vm_mmu_lock(me, vm);
			if (pre)
				mmu_invalidate_begin(me, vm);
			else if (!bug(me, BUG_END_UNLOCKED))
				mmu_invalidate_end(me, vm);
		}
		if (pre)
			flush |= pre_set_memory_attributes(me, vm, &range);
		else
			arch_post_set_memory_attributes(me, vm, &range);
	}
	if (flush && !bug(me, BUG_NO_FLUSH))
		flush_remote_tlbs(me, vm);
	if (found_memslot)
		vm_mmu_unlock(me, vm);
	if (found_memslot && !pre && bug(me, BUG_END_UNLOCKED))
		mmu_invalidate_end_unlocked(me, vm);
}

static int reserve_mem_attributes(struct task *me, struct vm *vm, gfn_t start, gfn_t end)
{
	gfn_t gfn;
	int r;

	for (gfn = start; gfn < end; gfn++) {
		r = xa_reserve(me, &vm->mem_attr_array, gfn);
		if (r)
			return r;
		cost(me, COST_mem_attr_page);
		if (!bug(me, BUG_ATTRS_NO_RESCHED))
			cond_resched(me);
	}
	return 0;
}

static void store_mem_attributes(struct task *me, struct vm *vm, gfn_t start, gfn_t end,
				 u64 attributes)
{
	void *entry = attributes ? xa_mk_value(attributes) : NULL;
	gfn_t gfn;
	int r;

	cost(me, COST_attr_store);
	for (gfn = start; gfn < end; gfn++) {
		r = xa_store(me, &vm->mem_attr_array, gfn, entry, NULL);
		vm_bug_on(me, vm, r != 0, "store of a reserved attribute failed");
		cost(me, COST_mem_attr_page);
		if (!bug(me, BUG_ATTRS_NO_RESCHED))
			cond_resched(me);
	}
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_vm_set_mem_attributes
 * Fidelity: faithful
 */
static int __vm_set_mem_attributes(struct task *me, struct vm *vm, gfn_t start, gfn_t end,
				   u64 attributes)
{
	int r = 0;

	SIM_FRAME(me);
	sim_event(me, EV_kvm_vm_set_mem_attributes, start, end, attributes);
	mutex_lock(me, &vm->slots_lock);
	if (range_has_memory_attributes(me, vm, start, end, attributes))
		goto out;
	/* All that can fail comes before the first thing that cannot be undone. */
	cost(me, COST_attr_prealloc);
	r = reserve_mem_attributes(me, vm, start, end);
	if (r)
		goto out;
	if (bug(me, BUG_STORE_BEFORE_BEGIN))
		store_mem_attributes(me, vm, start, end, attributes);
	handle_gfn_range(me, vm, start, end, attributes, true);
	if (!bug(me, BUG_STORE_BEFORE_BEGIN))
		store_mem_attributes(me, vm, start, end, attributes);
	machine_note_converted(vm->machine, end - start);
	if (!bug(me, BUG_MISSING_END))
		handle_gfn_range(me, vm, start, end, attributes, false);
out:
	mutex_unlock(me, &vm->slots_lock);
	return r;
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_supported_mem_attributes
 * Fidelity: faithful
 */
static u64 supported_mem_attributes(const struct vm *vm)
{
	return vm->has_private_mem ? MEMORY_ATTRIBUTE_PRIVATE : 0;
}

s64 vm_set_mem_attributes(struct task *me, struct vm *vm, gpa_t start, u64 size, u64 attrs)
{
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (!vm_tryget(vm))
		return -EBADF;
	if (vm_dead(vm))
		r = -EIO;
	else if (!vm_memory_attributes(vm))
		r = -ENOTTY;
	else if (attrs & ~supported_mem_attributes(vm))
		r = -EINVAL;
	else if (!size || start + size < start || !IS_ALIGNED(start | size, PAGE_SIZE))
		r = -EINVAL;
	else
		r = __vm_set_mem_attributes(me, vm, start >> PAGE_SHIFT,
					    (start + size) >> PAGE_SHIFT, attrs);
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_SET_VM_ATTRIBUTES, r);
}
