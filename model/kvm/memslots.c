// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/memslots.c - the two sets of memory slots, and the ioctl that changes them.
 *
 * Invariants: S1-S4 of memslots.h.  Only the inactive set is edited; whoever edits holds
 * slots_arch_lock, which swap_active_memslots() drops.  A slot that somebody may still look at is
 * never changed: it is replaced by another one.
 *
 * Upstream: virt/kvm/kvm_main.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/memslots.h"

#include "model/check.h"
#include "model/error_atomic.h"
#include "model/events.h"
#include "model/gmem/gmem.h"
#include "model/kvm/apic_access.h"
#include "model/kvm/lpage.h"
#include "model/kvm/mmu.h"
#include "model/kvm/vm.h"
#include "model/mm/file.h"
#include "model/mm/filemap.h"
#include "model/mm/mmap.h"
#include "model/task_work.h"
#include "sim/atomic.h"

#include <string.h>

void memslots_init(struct vm *vm)
{
	vm->memslots = &vm->__memslots[0];
}

struct memslots *vm_memslots(struct task *me, struct vm *vm)
{
	struct memslots *slots = srcu_dereference(me, vm->obj_slots, vm->memslots);

	plain_reads(me, slots->nr); /* and the arrays; whoever asks looks */
	return slots;
}

static struct memslots *inactive_memslots(struct vm *vm)
{
	return vm->memslots == &vm->__memslots[0] ? &vm->__memslots[1] : &vm->__memslots[0];
}

/* --- searching a set --- */

u32 memslot_first(const struct memslots *slots, gfn_t gfn)
{
	u32 lo = 0, hi = slots->nr;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;
		const struct memory_slot *slot = slots->slot[mid];

		if (slot->base_gfn + slot->npages <= gfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct memory_slot *search_memslots(const struct memslots *slots, gfn_t gfn)
{
	u32 i = memslot_first(slots, gfn);

	return i < slots->nr && slots->slot[i]->base_gfn <= gfn ? slots->slot[i] : NULL;
}

struct memory_slot *gfn_to_memslot(struct task *me, struct vm *vm, gfn_t gfn)
{
	struct memory_slot *slot = search_memslots(vm_memslots(me, vm), gfn);

	if (slot && !sim_life_check(me, &slot->life, "memory slot"))
		return NULL;
	return slot;
}

struct memory_slot *id_to_memslot(const struct memslots *slots, u32 id)
{
	return id < slots->nr_ids ? slots->by_id[id] : NULL;
}

/* --- editing the inactive set --- */

/*
 * Make room for one more slot, and for @id.  The old arrays stay: only the planted SLOT_UAF makes
 * anybody look at them.
 */
static void memslots_grow(struct sim *sim, struct memslots *slots, u32 id)
{
	struct memory_slot **bigger;

	if (slots->nr == slots->cap) {
		slots->cap = max(8u, slots->cap * 2);
		bigger = sim_zalloc(sim, slots->cap * sizeof(*bigger));
		if (slots->nr)
			memcpy(bigger, slots->slot, slots->nr * sizeof(*bigger));
		slots->slot = bigger;
	}
	if (id >= slots->nr_ids) {
		u32 nr_ids = max(8u, slots->nr_ids * 2);

		while (nr_ids <= id)
			nr_ids *= 2;
		bigger = sim_zalloc(sim, nr_ids * sizeof(*bigger));
		if (slots->nr_ids)
			memcpy(bigger, slots->by_id, slots->nr_ids * sizeof(*bigger));
		slots->by_id = bigger;
		slots->nr_ids = nr_ids;
	}
}

/*
 * Take @old out of the inactive set and put @new in; either may be NULL.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_replace_memslot
 * Fidelity: simplified: sorted array
 */
static void replace_memslot(struct task *me, struct vm *vm, const struct memory_slot *old,
			    struct memory_slot *new)
{
	struct memslots *slots = inactive_memslots(vm);
	u32 i;

	plain_writes(me, slots->nr);
	if (old) {
		i = memslot_first(slots, old->base_gfn);
		SIM_ASSERT(i < slots->nr && slots->slot[i]->id == old->id);
		slots->nr--;
		memmove(&slots->slot[i], &slots->slot[i + 1],
			(slots->nr - i) * sizeof(slots->slot[0]));
		slots->by_id[old->id] = NULL;
	}
	if (new) {
		memslots_grow(me->sim, slots, new->id);
		i = memslot_first(slots, new->base_gfn);
		SIM_ASSERT(i == slots->nr ||
			   slots->slot[i]->base_gfn >= new->base_gfn + new->npages);
		SIM_ASSERT(!slots->by_id[new->id]);
		memmove(&slots->slot[i + 1], &slots->slot[i],
			(slots->nr - i) * sizeof(slots->slot[0]));
		slots->slot[i] = new;
		slots->by_id[new->id] = new;
		slots->nr++;
	}
}

static struct memory_slot *alloc_memslot(struct task *me, const struct memory_slot *from)
{
	struct memory_slot *slot;

	if (sim_should_fail(me, "memslot"))
		return NULL;
	slot = from->vm->free_slot;
	from->vm->free_slot = NULL;
	if (!slot)
		slot = sim_zalloc(me->sim, sizeof(*slot));
	plain_writes(me, slot->npages); /* and all others */
	*slot = *from;
	slot->obj = sim_new_obj(me->sim);
	sim_life_begin(&slot->life);
	return slot;
}

/* The memory stays as a tombstone, so that a late reader is a finding. */
static void free_memslot(struct memory_slot *slot)
{
	sim_life_end(&slot->life);
	/* ... unless a variant wants to see what the next user of the memory makes of it. */
	if (unlikely(slot->vm->machine->bug == BUG_FILE_REUSE))
		slot->vm->free_slot = slot;
}

/* --- publishing --- */

/*
 * Sleep until no mmu_notifier range is open.
 * Context: mn_invalidate_lock held, dropped and retaken.
 */
static void wait_for_mmu_notifiers(struct task *me, struct vm *vm)
{
	if (!plain_read(me, vm->mn_active_invalidate_count) || bug(me, BUG_SWAP_NO_WAIT))
		return;
	SIM_ASSERT(!vm->mn_memslots_update_waiter);
	vm->mn_memslots_update_waiter = me;
	lock_contended(me, &vm->mn_active_map, LOCK_WRITE);
	while (plain_read(me, vm->mn_active_invalidate_count)) {
		spin_unlock(me, &vm->mn_invalidate_lock);
		sim_park(me, PARK_SLEEP, SIM_NS_MAX);
		spin_lock(me, &vm->mn_invalidate_lock);
	}
	lock_acquired(me, &vm->mn_active_map, LOCK_WRITE, false);
	lock_release(me, &vm->mn_active_map);
	vm->mn_memslots_update_waiter = NULL;
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_swap_active_memslots
 * Fidelity: faithful
 * Context: slots_lock and slots_arch_lock held; slots_arch_lock is dropped.
 */
static void swap_active_memslots(struct task *me, struct vm *vm)
{
	struct memslots *slots = inactive_memslots(vm);

	SIM_FRAME(me);
	lockdep_assert_held(me, &vm->slots_arch_lock);
	spin_lock(me, &vm->mn_invalidate_lock);
	wait_for_mmu_notifiers(me, vm);
	plain_write(me, slots->generation, vm->memslots->generation + 1);
	srcu_publish(me, vm->obj_slots, vm->memslots, slots);
	spin_unlock(me, &vm->mn_invalidate_lock);

	/* Somebody inside an SRCU section may wait for it. */
	mutex_unlock(me, &vm->slots_arch_lock);
	if (!bug(me, BUG_SLOT_UAF) && !bug(me, BUG_FILE_REUSE))
		synchronize_srcu(me, &vm->srcu);
}

/* Publish the edited set, then repeat the edit in the other one. */
static void activate_memslot(struct task *me, struct vm *vm, struct memory_slot *old,
			     struct memory_slot *new)
{
	swap_active_memslots(me, vm);
	replace_memslot(me, vm, old, new);
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_invalidate_memslot
 * Fidelity: faithful
 * Context: as set_memslot(); slots_arch_lock is dropped and retaken.
 */
static void invalidate_memslot(struct task *me, struct vm *vm, struct memory_slot *old,
			       struct memory_slot *invalid_slot)
{
	SIM_FRAME(me);
	plain_write(me, invalid_slot->flags, invalid_slot->flags | MEMSLOT_INVALID);
	replace_memslot(me, vm, old, invalid_slot);
	/* The other set keeps the old slot: it is to be removed from there, or replaced. */
	swap_active_memslots(me, vm);
	flush_shadow_memslot(me, vm, old);
	mutex_lock(me, &vm->slots_arch_lock);
}

static void commit_memory_region(struct task *me, struct vm *vm, struct memory_slot *old,
				 struct memory_slot *new, enum mr_change change)
{
	if (change == MR_CREATE)
		vm->nr_memslot_pages += new->npages;
	if (change == MR_CREATE && slot_is_apic_access(new))
		make_all_cpus_request(me, vm, REQ_APIC_PAGE_RELOAD);
	if (change == MR_DELETE)
		vm->nr_memslot_pages -= old->npages;
	if (change == MR_FLAGS_ONLY)
		slot_apply_flags(me, vm, old, new);
	if (!old)
		return;
	if (change == MR_DELETE && slot_has_gmem(old))
		gmem_unbind(me, old);
	if (change != MR_FLAGS_ONLY)
		lpage_free(me->sim, old);
	free_memslot(old);
}

/*
 * Install, delete, move or re-flag one slot.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_set_memslot, kvm_prepare_memory_region
 * Fidelity: faithful
 * Context: slots_lock held, may sleep.
 */
static int set_memslot(struct task *me, struct vm *vm, struct memory_slot *old,
		       struct memory_slot *new, enum mr_change change)
{
	struct memory_slot *invalid_slot = NULL;

	SIM_FRAME(me);
	mutex_lock(me, &vm->slots_arch_lock);
	cost(me, COST_slot_install);
	if (change == MR_DELETE || change == MR_MOVE) {
		invalid_slot = alloc_memslot(me, old);
		if (!invalid_slot) {
			mutex_unlock(me, &vm->slots_arch_lock);
			return -ENOMEM;
		}
		invalidate_memslot(me, vm, old, invalid_slot);
	}
	if (change != MR_DELETE && sim_should_fail(me, "memslot_arch")) {
		if (invalid_slot) {
			activate_memslot(me, vm, invalid_slot, old);
			free_memslot(invalid_slot);
		} else {
			mutex_unlock(me, &vm->slots_arch_lock);
		}
		return -ENOMEM;
	}
	if (change == MR_CREATE || change == MR_MOVE)
		lpage_alloc(me, vm, new);
	else if (change == MR_FLAGS_ONLY)
		new->lpage_info = old->lpage_info;

	/* The set that is inactive now has the old slot, the active one its INVALID copy. */
	replace_memslot(me, vm, old, new);
	activate_memslot(me, vm, invalid_slot ? invalid_slot : old, new);
	if (invalid_slot)
		free_memslot(invalid_slot);
	commit_memory_region(me, vm, old, new, change);
	return 0;
}

/* --- the ioctl --- */

/*
 * Upstream: virt/kvm/kvm_main.c:check_memory_region_flags
 * Fidelity: faithful
 */
static bool memory_region_flags_ok(u32 flags)
{
	u32 valid = MEM_LOG_DIRTY_PAGES | MEM_READONLY | MEM_GUEST_MEMFD;

	if (flags & MEM_GUEST_MEMFD)
		valid &= ~(MEM_LOG_DIRTY_PAGES | MEM_READONLY);
	return !(flags & ~valid);
}

static bool memory_region_ok(const struct userspace_memory_region2 *mem)
{
	if (!memory_region_flags_ok(mem->flags))
		return false;
	if (!IS_ALIGNED(mem->memory_size, PAGE_SIZE) ||
	    !IS_ALIGNED(mem->guest_phys_addr, PAGE_SIZE) ||
	    !IS_ALIGNED(mem->userspace_addr, PAGE_SIZE) || mem->userspace_addr >> 47)
		return false;
	if ((mem->flags & MEM_GUEST_MEMFD) &&
	    (!IS_ALIGNED(mem->guest_memfd_offset, PAGE_SIZE) ||
	     mem->guest_memfd_offset + mem->memory_size < mem->guest_memfd_offset))
		return false;
	if (mem->slot >= USER_MEM_SLOTS)
		return false;
	if (mem->guest_phys_addr + mem->memory_size < mem->guest_phys_addr)
		return false;
	return mem->memory_size >> PAGE_SHIFT <= MEM_MAX_NR_PAGES;
}

/* Does another slot than @id overlap [start, end)?  Context: slots_lock held. */
static bool memslot_overlaps(const struct memslots *slots, u32 id, gfn_t start, gfn_t end)
{
	struct memory_slot *slot;
	u32 i;

	for_each_memslot_in_gfn_range(slot, i, slots, start, end)
	{
		if (slot->id != id)
			return true;
	}
	return false;
}

/* What is asked for: enum mr_change, 1 + MR_FLAGS_ONLY for "nothing", or an errno. */
#define MR_NOTHING (MR_FLAGS_ONLY + 1)

static int memory_region_change(const struct vm *vm, const struct memory_slot *old,
				const struct userspace_memory_region2 *mem)
{
	u64 npages = mem->memory_size >> PAGE_SHIFT;
	gfn_t base_gfn = mem->guest_phys_addr >> PAGE_SHIFT;
	int change;

	if (!npages)
		return old ? (int)MR_DELETE : -EINVAL;
	if (!old) {
		if (vm->nr_memslot_pages + npages < vm->nr_memslot_pages)
			return -EINVAL;
		change = MR_CREATE;
	} else {
		/* Slots with guest_memfd can be deleted, nothing else. */
		if (mem->flags & MEM_GUEST_MEMFD)
			return -EINVAL;
		if (mem->userspace_addr != old->userspace_addr || npages != old->npages ||
		    ((mem->flags ^ old->flags) & (MEM_READONLY | MEM_GUEST_MEMFD)))
			return -EINVAL;
		if (base_gfn == old->base_gfn)
			return mem->flags == old->flags ? (int)MR_NOTHING : (int)MR_FLAGS_ONLY;
		change = MR_MOVE;
	}
	if (memslot_overlaps(vm->memslots, mem->slot, base_gfn, base_gfn + npages))
		return -EEXIST;
	/* Upstream finds this out in kvm_arch_prepare_memory_region(), after the binding. */
	return base_gfn + npages > TDP_MAX_GFN ? -EINVAL : change;
}

/*
 * Create the slot: the binding comes before it is installed (in-place kernels), or half before and
 * half after (mainline), and is undone if the rest fails.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_set_memory_region (tail)
 * Fidelity: faithful
 */
static int install_memslot(struct task *me, struct vm *vm, struct memory_slot *old,
			   struct memory_slot *new, const struct userspace_memory_region2 *mem,
			   enum mr_change change)
{
	bool two_steps = machine_of(me)->cfg.kernel == KERNEL_MAINLINE;
	struct gmem_file *f = mem->guest_memfd;
	int r;

	if (!(mem->flags & MEM_GUEST_MEMFD))
		return set_memslot(me, vm, old, new, change);

	if (!f)
		return -EINVAL;
	new->gmem_owner = gmem_file_file(f)->f_mapping->owner;
	if (!two_steps) {
		r = gmem_bind(me, vm, new, f, mem->guest_memfd_offset);
		if (r)
			return r;
		r = set_memslot(me, vm, old, new, change);
		if (r)
			gmem_unbind(me, new);
		return r;
	}
	r = gmem_prepare_memory_region(me, vm, new, f, mem->guest_memfd_offset);
	if (r)
		return r;
	r = set_memslot(me, vm, old, new, change);
	if (!r) {
		r = gmem_commit_memory_region(me, new);
		if (r && !bug(me, BUG_SLOT_STAYS)) {
			store_release(new->gmem.file, NULL);
			set_memslot(me, vm, new, NULL, MR_DELETE);
		}
	}
	fput(me, gmem_file_file(f));
	return r;
}

static int __set_memory_region(struct task *me, struct vm *vm,
			       const struct userspace_memory_region2 *mem)
{
	struct memory_slot *old, *new,
		from = {
			.id = mem->slot,
			.flags = mem->flags,
			.base_gfn = mem->guest_phys_addr >> PAGE_SHIFT,
			.npages = mem->memory_size >> PAGE_SHIFT,
			.userspace_addr = mem->userspace_addr,
			.vm = vm,
		};
	int change, r;

	SIM_FRAME(me);
	lockdep_assert_held(me, &vm->slots_lock);
	if (!memory_region_ok(mem))
		return -EINVAL;
	old = id_to_memslot(vm->memslots, mem->slot);
	change = memory_region_change(vm, old, mem);
	if (change < 0)
		return change;
	if (change == MR_NOTHING)
		return 0;
	sim_event(me, EV_kvm_set_memory_region, vm->id, mem->slot, (u64)change);
	if (change == MR_DELETE) {
		r = set_memslot(me, vm, old, NULL, MR_DELETE);
		error_atomic_slot(me, vm, mem->slot, old, r);
		return r;
	}

	new = alloc_memslot(me, &from);
	if (!new)
		return -ENOMEM;
	r = install_memslot(me, vm, old, new, mem, change);
	error_atomic_slot(me, vm, mem->slot, old, r);
	/* It stays if not even its deletion got memory. */
	if (r && id_to_memslot(vm->memslots, mem->slot) != new)
		free_memslot(new);
	return r;
}

s64 set_memory_region(struct task *me, struct vm *vm, const struct userspace_memory_region2 *mem)
{
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (!vm_tryget(vm))
		return -EBADF;
	r = -EIO;
	if (!vm_dead(vm)) {
		mutex_lock(me, &vm->slots_lock);
		r = __set_memory_region(me, vm, mem);
		mutex_unlock(me, &vm->slots_lock);
	}
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_SET_MEMORY_REGION, r);
}

s64 vm_set_memory_region(struct task *me, struct vm *vm, u32 slot, gpa_t gpa, u64 size,
			 struct gmem_file *gmem, u64 gmem_offset, hva_t hva)
{
	return vm_set_memory_region_flags(me, vm, slot, gpa, size, gmem, gmem_offset, hva, 0);
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_vm_ioctl (KVM_SET_USER_MEMORY_REGION)
 * Fidelity: faithful: the flags of the second version are refused before anything else is looked at
 */
s64 vm_set_memory_region_v1(struct task *me, struct vm *vm, u32 slot, gpa_t gpa, u64 size,
			    hva_t hva, u32 flags)
{
	if (flags & ~(MEM_LOG_DIRTY_PAGES | MEM_READONLY))
		return check_result(me, OP_SET_MEMORY_REGION, -EINVAL);
	return vm_set_memory_region_flags(me, vm, slot, gpa, size, NULL, 0, hva, flags);
}

s64 vm_set_memory_region_flags(struct task *me, struct vm *vm, u32 slot, gpa_t gpa, u64 size,
			       struct gmem_file *gmem, u64 gmem_offset, hva_t hva, u32 flags)
{
	struct userspace_memory_region2 mem = {
		.slot = slot,
		.flags = flags | (gmem ? MEM_GUEST_MEMFD : 0),
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = hva,
		.guest_memfd = gmem,
		.guest_memfd_offset = gmem_offset,
	};

	return set_memory_region(me, vm, &mem);
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_free_memslots
 * Fidelity: simplified: slots_lock is taken although nobody is left, because unbinding asks for it
 */
void free_memslots(struct task *me, struct vm *vm)
{
	struct memslots *slots = vm->memslots;
	u32 i;

	mutex_lock(me, &vm->slots_lock);
	for (i = 0; i < slots->nr; i++) {
		struct memory_slot *slot = slots->slot[i];

		if (slot_has_gmem(slot))
			gmem_unbind(me, slot);
		lpage_free(me->sim, slot);
		free_memslot(slot);
	}
	slots->nr = 0;
	mutex_unlock(me, &vm->slots_lock);
}
