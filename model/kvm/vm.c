// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/vm.c - life and death of a VM, and who a task acts as.
 *
 * Invariants: V1-V3 of vm.h; a VM is on machine->vms from its creation to its destruction; nothing
 * of it is freed before its last reference has gone, and its memory not even then (sim_life).
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_create_vm, kvm_destroy_vm
 * Fidelity: simplified: no devices, buses, irqfds; order of what is left is the kernel's
 */
#include "model/kvm/vm.h"

#include "model/events.h"
#include "model/gmem/gmem.h"
#include "model/kvm/invalidate.h"
#include "model/kvm/mmu.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tdx.h"
#include "model/kvm/vcpu.h"
#include "model/kvm/zap_wq.h"
#include "model/task_work.h"
#include "model/watchdogs.h"

#include <stdio.h>
#include <string.h>

static void vm_init_locks(struct sim *sim, struct vm *vm)
{
	mutex_init(sim, &vm->lock, "kvm->lock");
	mutex_init(sim, &vm->slots_lock, "kvm->slots_lock");
	mutex_init(sim, &vm->slots_arch_lock, "kvm->slots_arch_lock");
	init_srcu_struct(sim, &vm->srcu, "kvm->srcu");
	rwlock_init(sim, &vm->mmu_lock, "kvm->mmu_lock");
	spin_lock_init(sim, &vm->mn_invalidate_lock, "kvm->mn_invalidate_lock");
	lock_init_map(sim, &vm->invalidate_map, "kvm->mmu_invalidate_in_progress", LOCKC_WAITQ);
	lock_init_map(sim, &vm->mn_active_map, "kvm->mn_active_invalidate_count",
		      LOCKC_WAITQ | LOCKC_RECURSIVE);
}

struct vm *vm_create(struct machine *m, const char *name, enum vm_type type, struct mm_struct *mm,
		     u32 nr_vcpus)
{
	struct sim *sim = m->sim;
	struct vm *vm = sim_zalloc(sim, sizeof(*vm));
	u32 i;

	SIM_ASSERT(mm != NULL);
	vm->machine = m;
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->id = sim_new_obj(sim);
	vm->obj_inv = sim_new_obj(sim);
	vm->obj_slots = sim_new_obj(sim);
	vm->obj_requests = sim_new_obj(sim);
	vm->type = type;
	/* decision 8: from the in-place kernels on, a default VM has it too, in software */
	vm->has_private_mem = type != VM_DEFAULT || m->cfg.kernel != KERNEL_MAINLINE;
	vm->has_mirrored_tdp = type == VM_TDX;
	vm->mm = mm;
	vm->users_count = 1;
	vm->mmu_invalidate_range_start = INVALID_GFN;
	vm->mmu_invalidate_range_end = INVALID_GFN;
	vm_init_locks(sim, vm);
	memslots_init(vm);
	xa_init(sim, &vm->mem_attr_array, "kvm->mem_attr_array", 0);
	tdp_mmu_init(vm);
	zap_wq_create(vm);
	sim_life_begin(&vm->life);

	vm->nr_vcpus = nr_vcpus;
	vm->vcpus = sim_zalloc(sim, sizeof(*vm->vcpus) * max(nr_vcpus, 1u));
	for (i = 0; i < nr_vcpus; i++)
		vm->vcpus[i] = vcpu_create(vm, i);
	if (type == VM_TDX && m->cfg.enable_tdx)
		tdx_vm_init(vm);

	vm->mmu_notifier.ops = &vm_mmu_notifier_ops;
	mmu_notifier_register(NULL, &vm->mmu_notifier, mm);

	sim_guard_lock(sim, &m->lock);
	list_add_tail(&vm->machine_node, &m->vms);
	sim_guard_unlock(sim, &m->lock);
	return vm;
}

void vm_set_private_zap(struct vm *vm, bool destroys)
{
	vm->private_zap_destroys = destroys;
}

void vm_set_watchdogs(struct vm *vm, const struct watchdog_config *cfg)
{
	struct watchdog *k = watchdog_create(vm->machine->sim, vm->name, true, vm->nr_vcpus, cfg,
					     &watchdog_guest_ops);

	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i]->task)
			watchdog_watch(k, i, vm->vcpus[i]->task);
	}
}

struct vcpu *vm_vcpu(struct vm *vm, u32 index)
{
	return index < vm->nr_vcpus ? vm->vcpus[index] : NULL;
}

struct vm *vm_by_name(struct machine *m, const char *name)
{
	struct vm *vm, *found = NULL;

	sim_guard_lock(m->sim, &m->lock);
	list_for_each_entry(vm, &m->vms, machine_node) {
		if (!strcmp(vm->name, name)) {
			found = vm;
			break;
		}
	}
	sim_guard_unlock(m->sim, &m->lock);
	return found;
}

bool machine_vm_invalidations(const struct machine *m, u32 i, struct vm_invalidations *inv)
{
	const struct vm *vm;

	if (!m)
		return false;
	list_for_each_entry(vm, &m->vms, machine_node) {
		if (i--)
			continue;
		inv->vm = vm->name;
		inv->seq = vm->mmu_invalidate_seq;
		inv->in_progress = vm->mmu_invalidate_in_progress;
		return true;
	}
	return false;
}

void task_bind_vcpu(struct task *t, struct vcpu *vcpu)
{
	task_bind(t, vcpu->vm->mm, vcpu);
	vcpu->task = t;
}

/* --- references --- */

void vm_get(struct task *me, struct vm *vm)
{
	u32 old = __atomic_fetch_add(&vm->users_count, 1, __ATOMIC_RELAXED);

	SIM_ASSERT(old > 0);
}

bool vm_tryget(struct vm *vm)
{
	u32 old = __atomic_load_n(&vm->users_count, __ATOMIC_RELAXED);

	do {
		if (!old || __atomic_load_n(&vm->fd_closed, __ATOMIC_ACQUIRE))
			return false;
	} while (!__atomic_compare_exchange_n(&vm->users_count, &old, old + 1, false,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_destroy_vm
 * Fidelity: simplified: notifier, mappings, vCPUs, roots, slots, attributes go in the kernel's
 * order
 */
static void vm_destroy(struct task *me, struct vm *vm)
{
	struct sim *sim = me->sim;
	u32 i;

	SIM_FRAME(me);
	sim_guard_lock(sim, &vm->machine->lock);
	list_del_init(&vm->machine_node);
	sim_guard_unlock(sim, &vm->machine->lock);

	/* kvm_arch_pre_destroy_vm(): no private page is mapped any more, or each is reclaimed. */
	if (vm_is_td(vm))
		tdx_mmu_release_hkid(me, vm);
	mmu_notifier_unregister(me, &vm->mmu_notifier);
	tdp_mmu_zap_all(me, vm);
	for (i = 0; i < vm->nr_vcpus; i++) {
		mmu_unload(me, vm->vcpus[i]);
		if (vm_is_td(vm))
			tdx_vcpu_free(me, vm->vcpus[i]);
	}
	tdp_mmu_uninit(me, vm);
	if (vm_is_td(vm))
		tdx_vm_destroy(me, vm);
	free_memslots(me, vm);
	xa_destroy(sim, &vm->mem_attr_array);
	vm_check_at_rest(vm);
	sim_life_end(&vm->life);
}

void vm_put(struct task *me, struct vm *vm)
{
	if (atomic_add_return(me, vm->id, &vm->users_count, -1) == 0)
		vm_destroy(me, vm);
}

s64 vm_close(struct task *me, struct vm *vm)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (__atomic_exchange_n(&vm->fd_closed, true, __ATOMIC_ACQ_REL))
		return -EBADF;
	/* There in the process's exit: kvm_flush_shadow_all(). */
	if (bug(me, BUG_HKID_EARLY) && vm_is_td(vm))
		tdx_mmu_release_hkid(me, vm);
	vm_put(me, vm);
	task_work_run(me);
	return 0;
}

/* --- checks and questions --- */

/* V3: mmu_lock is about to be dropped.  Context: held for write. */
void vm_check_flushed(struct task *me, struct vm *vm)
{
	if (unlikely(vm->tlb_unflushed)) {
		sim_finding(me->sim, me, "tlb-stale",
			    "mmu_lock of %s dropped with %llu leaves removed but not flushed",
			    vm->name, (unsigned long long)vm->tlb_unflushed);
		vm->tlb_unflushed = 0;
	}
}

void vm_mmu_unlock(struct task *me, struct vm *vm)
{
	vm_check_flushed(me, vm);
	write_unlock(me, &vm->mmu_lock);
}

bool vm_bug_on(struct task *me, struct vm *vm, bool cond, const char *why)
{
	if (likely(!cond))
		return false;
	sim_event(me, EV_kvm_bug, vm->id, 0, 0);
	if (!(__atomic_fetch_or(&vm->dead, VM_BUGGED, __ATOMIC_ACQ_REL) & VM_BUGGED)) {
		store_release(vm->machine->vm_was_bugged, true);
		__atomic_store_n(&vm->bugged_why, why, __ATOMIC_RELEASE);
		make_all_cpus_request(me, vm, REQ_VM_DEAD);
	}
	return true;
}

void vm_set_dead(struct task *me, struct vm *vm)
{
	__atomic_fetch_or(&vm->dead, VM_DEAD, __ATOMIC_ACQ_REL);
	make_all_cpus_request(me, vm, REQ_VM_DEAD);
}

bool vm_mem_is_private(struct task *me, struct vm *vm, gfn_t gfn)
{
	void *entry;

	if (!vm_memory_attributes(vm))
		return gmem_is_private_gfn(me, gfn_to_memslot(me, vm, gfn), gfn);
	cost(me, COST_attr_lookup);
	entry = xa_load(me, &vm->mem_attr_array, gfn);
	return entry && (xa_to_value(entry) & MEMORY_ATTRIBUTE_PRIVATE);
}

bool vm_gpa_mapped(struct vm *vm, gpa_t gpa)
{
	return tdp_mmu_gfn_mapped(vm, gpa >> PAGE_SHIFT);
}

u64 vm_gpa_leaf_bytes(struct vm *vm, gpa_t gpa)
{
	int level = tdp_mmu_gfn_level(vm, gpa >> PAGE_SHIFT);

	return level ? PAGES_PER_HPAGE(level) << PAGE_SHIFT : 0;
}

u32 vm_check_at_rest(struct vm *vm)
{
	struct sim *sim = vm->machine->sim;
	u32 bad = 0;

	if (vm->mmu_invalidate_in_progress || vm->mn_active_invalidate_count) {
		sim_finding(sim, NULL, "invalidate-balance",
			    "%s at rest: %lld invalidations and %lld notifiers in progress",
			    vm->name, (long long)vm->mmu_invalidate_in_progress,
			    (long long)vm->mn_active_invalidate_count);
		bad++;
	}
	if (vm->tlb_unflushed) {
		sim_finding(sim, NULL, "tlb-stale",
			    "%s at rest: %llu leaves removed but never flushed", vm->name,
			    (unsigned long long)vm->tlb_unflushed);
		bad++;
	}
	return bad;
}
