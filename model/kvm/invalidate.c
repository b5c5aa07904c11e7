// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/invalidate.c - the invalidation count, range and sequence, and the mmu_notifier.
 *
 * Invariants: N1-N4 of invalidate.h.  The words are written under mmu_lock for write; because the
 * pre-checks and the snapshot read them without it, each write is a visible operation.
 *
 * Upstream: virt/kvm/kvm_main.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/invalidate.h"

#include "model/events.h"
#include "model/kvm/apic_access.h"
#include "model/kvm/pfncache.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tlb.h"
#include "sim/atomic.h"

/*
 * The words as a search sees them: the sequence is vm->obj_inv; the count and the range together,
 * as a fault's pre-check looks at them, are the object that invalidate_map stands for.
 */
static u32 obj_range(const struct vm *vm)
{
	return vm->invalidate_map.id;
}

/*
 * A count without a range lets every fault pass: who does not hold mmu_lock cannot tell it from no
 * count.  Only two variants that are wrong look at the count alone.
 */
static u32 obj_begin(const struct task *me, const struct vm *vm)
{
	if (bug(me, BUG_GPC_REFRESH) || bug(me, BUG_END_UNLOCKED))
		return obj_range(vm);
	return vm->mmu_lock.dep_map.id;
}

static void __mmu_invalidate_begin(struct task *me, struct vm *vm)
{
	lockdep_assert_held_write(me, &vm->mmu_lock);
	cost(me, COST_invalidate_range);
	lock_set_owner(me, &vm->invalidate_map);
	sim_point(me, obj_begin(me, vm), SIM_WRITE);
	plain_add(me, vm->mmu_invalidate_in_progress, 1);
	if (vm->mmu_invalidate_in_progress == 1) {
		plain_write(me, vm->mmu_invalidate_range_start, INVALID_GFN);
		plain_write(me, vm->mmu_invalidate_range_end, INVALID_GFN);
	}
}

/**
 * mmu_invalidate_begin - one more invalidation is open.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_invalidate_begin
 * Fidelity: faithful
 * Context: mmu_lock held for write.
 */
void mmu_invalidate_begin(struct task *me, struct vm *vm)
{
	__mmu_invalidate_begin(me, vm);
}

/**
 * mmu_invalidate_range_add - widen the union of the open invalidations by [@start, @end).
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_invalidate_range_add
 * Fidelity: faithful: the union shrinks only when the count has come back to 0
 * Context: mmu_lock held for write, inside begin and end.
 */
void mmu_invalidate_range_add(struct task *me, struct vm *vm, gfn_t start, gfn_t end)
{
	gfn_t old_start = vm->mmu_invalidate_range_start, old_end = vm->mmu_invalidate_range_end;

	lockdep_assert_held_write(me, &vm->mmu_lock);
	if (vm->mmu_invalidate_in_progress <= 0) {
		sim_finding(me->sim, me, "invalidate-balance",
			    "%s: range added to no invalidation in progress", vm->name);
		return;
	}
	if (old_start != INVALID_GFN) {
		start = min(start, old_start);
		end = max(end, old_end);
	}
	sim_point(me, obj_range(vm), SIM_WRITE);
	plain_write(me, vm->mmu_invalidate_range_start, start);
	plain_write(me, vm->mmu_invalidate_range_end, end);
}

/**
 * mmu_invalidate_end - close one invalidation: new sequence first, then the count.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_invalidate_end
 * Fidelity: faithful
 * Context: mmu_lock held for write.
 */
void mmu_invalidate_end(struct task *me, struct vm *vm)
{
	lockdep_assert_held_write(me, &vm->mmu_lock);
	sim_point(me, vm->obj_inv, SIM_WRITE);
	plain_add(me, vm->mmu_invalidate_seq, 1);
	if (vm->mmu_invalidate_in_progress <= 0) {
		sim_finding(me->sim, me, "invalidate-balance",
			    "%s: end without begin of an invalidation", vm->name);
		return;
	}
	if (vm->mmu_invalidate_range_start == INVALID_GFN)
		sim_finding(me->sim, me, "invalidate-balance",
			    "%s: no range added between begin and end", vm->name);
	sim_point(me, obj_range(vm), SIM_WRITE);
	plain_add(me, vm->mmu_invalidate_in_progress, -1);
}

void mmu_invalidate_end_unlocked(struct task *me, struct vm *vm)
{
	s64 count;

	sim_point(me, vm->obj_inv, SIM_WRITE);
	plain_add(me, vm->mmu_invalidate_seq, 1);
	sim_point(me, obj_range(vm), SIM_READ);
	count = plain_read(me, vm->mmu_invalidate_in_progress);
	cost(me, COST_invalidate_range);
	sim_point(me, obj_range(vm), SIM_WRITE);
	plain_write(me, vm->mmu_invalidate_in_progress, count - 1);
}

bool mmu_unmap_gfn_range(struct task *me, struct vm *vm, struct gfn_range *range)
{
	SIM_FRAME(me);
	mmu_invalidate_range_add(me, vm, range->start, range->end);
	if (slot_is_apic_access(range->slot))
		make_all_cpus_request(me, vm, REQ_APIC_PAGE_RELOAD);
	return tdp_mmu_unmap_gfn_range(me, vm, range, false);
}

/*
 * Upstream reads it plainly, before a smp_rmb(): a data race, which the second look under mmu_lock
 * makes good (arch/x86/kvm/mmu/mmu.c:kvm_mmu_faultin_pfn).
 */
u64 mmu_invalidate_snapshot(struct task *me, struct vm *vm)
{
	sim_point(me, vm->obj_inv, SIM_READ);
	return data_race(vm->mmu_invalidate_seq);
}

static bool gfn_in_open_range(const struct vm *vm, gfn_t gfn)
{
	return gfn >= data_race(vm->mmu_invalidate_range_start) &&
	       gfn < data_race(vm->mmu_invalidate_range_end);
}

bool mmu_invalidate_retry_gfn(struct task *me, struct vm *vm, u64 mmu_seq, gfn_t gfn)
{
	SIM_ASSERT(lock_is_held(me, &vm->mmu_lock.dep_map, LOCK_NR_MODES));
	/* not every variant's writer holds it */
	sim_touch(me, obj_range(vm), SIM_READ);
	sim_touch(me, vm->obj_inv, SIM_READ);
	if (plain_read(me, vm->mmu_invalidate_in_progress) > 0) {
		/* mmu_lock was dropped between begin and the first range: nothing is known. */
		if (plain_read(me, vm->mmu_invalidate_range_start) == INVALID_GFN)
			return true;
		plain_reads(me, vm->mmu_invalidate_range_end);
		if (gfn_in_open_range(vm, gfn))
			return true;
	}
	return plain_read(me, vm->mmu_invalidate_seq) != mmu_seq;
}

/*
 * One decision for the whole hint: each of its outcomes can be had by it, and none is relied on.
 * Upstream marks the count and the sequence, and reads the range plainly.
 */
bool mmu_invalidate_retry_gfn_unsafe(struct task *me, struct vm *vm, u64 mmu_seq, gfn_t gfn)
{
	if (bug(me, BUG_NO_PRECHECK))
		return false;
	sim_point(me, vm->obj_inv, SIM_READ);
	sim_touch(me, obj_range(vm), SIM_READ);
	if (load_acquire(vm->mmu_invalidate_in_progress) > 0 &&
	    gfn_in_open_range(vm, gfn))
		return true;
	return data_race(vm->mmu_invalidate_seq) != mmu_seq;
}

/* --- mmu_notifier --- */

typedef bool (*hva_handler)(struct task *me, struct vm *vm, struct gfn_range *range);

/*
 * Visit the slots whose shared side overlaps [start, end).  The first one takes mmu_lock and runs
 * @on_lock; no slot, no lock: that start and end decide alike is what S1 of memslots.h is for.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_handle_hva_range
 * Fidelity: simplified: a linear search instead of the interval tree
 */
static bool handle_hva_range(struct task *me, struct vm *vm, const struct mmu_notifier_range *r,
			     void (*on_lock)(struct task *me, struct vm *vm), hva_handler handler)
{
	bool found_memslot = false, flush = false;
	struct memslots *slots;
	u32 i, idx;

	SIM_FRAME(me);
	idx = srcu_read_lock(me, &vm->srcu);
	slots = vm_memslots(me, vm);
	for (i = 0; i < slots->nr; i++) {
		struct memory_slot *slot = slots->slot[i];
		hva_t slot_end = slot->userspace_addr + (slot->npages << PAGE_SHIFT);
		hva_t start = max(r->start, slot->userspace_addr);
		hva_t end = min(r->end, slot_end);
		struct gfn_range range = {
			.slot = slot, .attr_filter = FILTER_SHARED, .may_block = true};

		if (start >= end)
			continue;
		sim_life_check(me, &slot->life, "memory slot in an mmu_notifier");
		range.start = hva_to_gfn_memslot(start, slot);
		range.end = hva_to_gfn_memslot(end + PAGE_SIZE - 1, slot);
		if (!found_memslot) {
			found_memslot = true;
			vm_mmu_lock(me, vm);
			on_lock(me, vm);
			if (!handler)
				break;
		}
		flush |= handler(me, vm, &range);
	}
	if (flush)
		flush_remote_tlbs(me, vm);
	if (found_memslot)
		vm_mmu_unlock(me, vm);
	srcu_read_unlock(me, &vm->srcu, idx);
	return found_memslot;
}

static bool any_task(const struct task *t, void *arg)
{
	return true;
}

/*
 * What encrypted VMs did at each notifier event: their lines must leave the caches before the
 * page is somebody else's.
 *
 * Upstream: arch/x86/kvm/svm/sev.c:sev_guest_memory_reclaimed
 * Fidelity: simplified: for every VM, by the variant snp-wbinvd-notifier alone
 */
static void wbinvd_on_all_cpus(struct task *me)
{
	sim_ns wbinvd_ns = cost_value(me, COST_wbinvd);

	SIM_FRAME(me);
	/* this CPU does its own while it waits for the others */
	sim_ipi(me, any_task, NULL,
		(struct ipi_cost){.latency_ns = wbinvd_ns, .handler_ns = wbinvd_ns});
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_notifier_invalidate_range_start
 * Fidelity: faithful
 */
static void vm_mn_invalidate_range_start(struct task *me, struct mmu_notifier *mn,
					 const struct mmu_notifier_range *range)
{
	struct vm *vm = container_of(mn, struct vm, mmu_notifier);
	bool unlocked = bug(me, BUG_MN_COUNT);

	SIM_FRAME(me);
	if (likely(!unlocked))
		spin_lock(me, &vm->mn_invalidate_lock);
	plain_add(me, vm->mn_active_invalidate_count, 1);
	sim_touch(me, vm->mn_active_map.id, SIM_WRITE); /* not only its lock's holders look */
	lock_acquired(me, &vm->mn_active_map, LOCK_READ, false);
	if (likely(!unlocked))
		spin_unlock(me, &vm->mn_invalidate_lock);

	/* Before the range is open: who refreshes a cache counts the active notifiers. */
	gfn_to_pfn_cache_invalidate_start(me, vm, range->start, range->end);
	if (bug(me, BUG_WBINVD))
		wbinvd_on_all_cpus(me);
	if (handle_hva_range(me, vm, range, __mmu_invalidate_begin, mmu_unmap_gfn_range))
		sim_event(me, EV_kvm_unmap_hva_range, vm->id, range->start, range->end);
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_mmu_notifier_invalidate_range_end
 * Fidelity: faithful
 */
static void vm_mn_invalidate_range_end(struct task *me, struct mmu_notifier *mn,
				       const struct mmu_notifier_range *range)
{
	struct vm *vm = container_of(mn, struct vm, mmu_notifier);
	struct task *waiter = NULL;

	SIM_FRAME(me);
	handle_hva_range(me, vm, range, mmu_invalidate_end, NULL);

	spin_lock(me, &vm->mn_invalidate_lock);
	if (plain_read(me, vm->mn_active_invalidate_count) <= 0)
		sim_finding(me->sim, me, "invalidate-balance",
			    "%s: end of an mmu_notifier range that did not start", vm->name);
	else
		plain_add(me, vm->mn_active_invalidate_count, -1);
	sim_touch(me, vm->mn_active_map.id, SIM_WRITE);
	if (!vm->mn_active_invalidate_count)
		waiter = vm->mn_memslots_update_waiter;
	lock_release(me, &vm->mn_active_map);
	spin_unlock(me, &vm->mn_invalidate_lock);
	if (waiter)
		sim_unpark(me, waiter);
}

const struct mmu_notifier_ops vm_mmu_notifier_ops = {
	.invalidate_range_start = vm_mn_invalidate_range_start,
	.invalidate_range_end = vm_mn_invalidate_range_end,
};
