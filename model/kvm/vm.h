/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/vm.h - struct vm (struct kvm), its locks, its vCPUs, and who a task is.
 *
 * Lock order (Documentation/virt/kvm/locking.rst): lock -> vcpu->mutex -> slots_lock ->
 * mapping.invalidate_lock -> i_mmap_rwsem -> mn_invalidate_lock -> mmu_lock -> tdp_mmu_pages_lock.
 * srcu readers may take slots_arch_lock, never slots_lock.  mmu_notifiers take neither.
 *
 * Invariants:
 *  V1 Every guest_memfd file and the VM's own descriptor hold a reference; slots do not.
 *  V2 The invalidation count is never negative and is 0 at rest.
 *  V3 mmu_lock for write is dropped only when every present->absent change has been flushed
 *     (vm_mmu_unlock() looks; changes under an invalid root need no flush).
 *
 * Upstream: include/linux/kvm_host.h:struct kvm, virt/kvm/kvm_main.c
 * Fidelity: simplified: only what memory needs
 */
#ifndef MODEL_KVM_VM_H
#define MODEL_KVM_VM_H

#include "model/kvm/memslots.h"
#include "model/kvm/spte.h"
#include "model/machine.h"
#include "model/mm/mmu_notifier.h"
#include "model/mm/xarray.h"
#include "model/ops.h"
#include "sim/mutex.h"
#include "sim/rwlock.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"

struct gfn_range;
struct pfn_caches;
struct tdp_external_ops;
struct vm_tdx;
struct zap_wq;

/* vm->dead */
#define VM_DEAD	  BIT(0)
#define VM_BUGGED BIT(1) /* KVM_BUG_ON was hit */

struct vm {
	/* constant */
	struct machine *machine;
	char name[SIM_TASK_NAME];
	/* object numbers: the VM, its invalidation words, the slot pointer, the requests */
	u32 id;
	u32 obj_inv;
	u32 obj_slots;
	u32 obj_requests;
	enum vm_type type;
	bool has_private_mem;
	bool has_mirrored_tdp;
	bool private_zap_destroys; /* vm_set_private_zap() */
	struct mm_struct *mm;
	struct vcpu **vcpus;
	u32 nr_vcpus;
	struct list_head machine_node; /* machine->vms */

	struct mutex lock;
	struct mutex slots_lock;
	struct mutex slots_arch_lock;
	struct srcu_struct srcu;
	struct rwlock mmu_lock;

	u32 users_count; /* atomic */
	bool fd_closed;	 /* atomic: no new call can come in */
	struct sim_life life;
	u8 dead; /* atomic: VM_DEAD, VM_BUGGED: every ioctl fails from now on */
	const char *bugged_why; /* atomic: the first reason */

	/* protected by slots_lock and slots_arch_lock; published with release */
	struct memslots __memslots[2];
	u64 nr_memslot_pages;	   /* protected by slots_lock */
	struct memory_slot *free_slot; /* protected by slots_lock; see free_memslot() */
	struct memslots *memslots; /* the active one; read under srcu */

	/* written under mmu_lock for write; seq and the rest are also read without, marked */
	s64 mmu_invalidate_in_progress;
	u64 mmu_invalidate_seq;
	gfn_t mmu_invalidate_range_start;
	gfn_t mmu_invalidate_range_end;
	bool mmu_invalidate_added; /* since the count left 0 */

	struct mmu_notifier mmu_notifier;
	struct lockdep_map invalidate_map; /* owner: who began an invalidation last */
	struct lockdep_map mn_active_map; /* held from a notifier's start to its end */
	struct pfn_caches *gpcs; /* atomic; NULL: never had one */
	struct spinlock mn_invalidate_lock;
	/* protected by mn_invalidate_lock */
	s64 mn_active_invalidate_count;
	struct task *mn_memslots_update_waiter; /* there is one at most: it holds slots_lock */

	/* written under slots_lock, read under RCU: gfn -> attributes (mainline) */
	struct xarray mem_attr_array;

	/* TDP MMU.  roots: additions under tdp_mmu_pages_lock, read under RCU or mmu_lock */
	struct list_head tdp_mmu_roots;
	struct spinlock tdp_mmu_pages_lock;
	struct list_head possible_nx_huge_pages; /* protected by tdp_mmu_pages_lock */
	bool nx_huge_pages; /* set-up: no huge page is executable */
	u64 tdp_mmu_pages;			     /* atomic: tables that are linked */
	const struct tdp_external_ops *external_ops; /* set-up; NULL without mirror */
	struct vm_tdx *tdx; /* set-up; a TD: model/kvm/tdx.h */

	/* written under mmu_lock (read: atomic) */
	u64 tlb_unflushed; /* leaves taken out since the last flush */
	u64 tlb_flushes_begun; /* atomic: remote flushes, numbered as they begin */
	u64 tlb_flushes;       /* atomic: highest number of a completed one */
	u64 nr_splits;	       /* atomic: huge leaves that became tables */
	struct zap_wq *zap_wq; /* set-up; a variant's: NULL */
	u64 zap_yields;	   /* written under mmu_lock for write: how often zaps dropped it */
};

/**
 * vm_get / vm_put - references to the VM; the last one destroys it.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_get_kvm, kvm_put_kvm, kvm_destroy_vm
 * Fidelity: faithful in order (notifier, roots, slots, attributes)
 * Context: put may sleep.
 */
void vm_get(struct task *me, struct vm *vm);
void vm_put(struct task *me, struct vm *vm);

/**
 * vm_tryget - a reference for a call on one of the VM's descriptors.
 *
 * Return: false if they are closed (-EBADF).
 */
bool vm_tryget(struct vm *vm);

/* mmu_lock for write, as KVM_MMU_LOCK(); unlocking checks V3. */
static inline void vm_mmu_lock(struct task *me, struct vm *vm)
{
	write_lock(me, &vm->mmu_lock);
}

void vm_mmu_unlock(struct task *me, struct vm *vm);
void vm_check_flushed(struct task *me, struct vm *vm);

/**
 * vm_bug_on - KVM_BUG_ON: if @cond, mark the VM dead and say why (an event, not a finding).
 *
 * Return: @cond.
 */
bool vm_bug_on(struct task *me, struct vm *vm, bool cond, const char *why);

static inline bool vm_dead(const struct vm *vm)
{
	return __atomic_load_n(&vm->dead, __ATOMIC_ACQUIRE) != 0;
}

static inline bool vm_bugged(const struct vm *vm)
{
	return __atomic_load_n(&vm->dead, __ATOMIC_ACQUIRE) & VM_BUGGED;
}

/**
 * vm_set_dead - kvm_vm_dead: no vCPU runs any more, no ioctl works, but nothing is wrong.
 *
 * Upstream: include/linux/kvm_host.h:kvm_vm_dead
 * Fidelity: faithful
 */
void vm_set_dead(struct task *me, struct vm *vm);

/**
 * acquire_vm_state_locks - kvm->lock, every vcpu->mutex, slots_lock: the VM's state stands still.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_acquire_vm_state_locks, virt/kvm/kvm_main.c:
 * kvm_lock_all_vcpus
 * Fidelity: simplified: of a VM with many vCPUs only the first VM_LOCKED_VCPUS are locked
 * Return: how many vCPUs are locked, or -EINTR with nothing held.
 */
#define VM_LOCKED_VCPUS 32u /* a task cannot hold more locks than it has room for */
s64 acquire_vm_state_locks(struct task *me, struct vm *vm);
void release_vm_state_locks(struct task *me, struct vm *vm, s64 nr);

/**
 * vm_mem_is_private - is @gfn private now?  Lockless; each kernel's own source of truth.
 *
 * Mainline: the VM's attribute array.  In-place kernels: the file behind @gfn's slot.
 * Upstream: include/linux/kvm_host.h:kvm_mem_is_private
 * Fidelity: faithful
 * Context: inside vm->srcu.  Only a snapshot: rechecked through the invalidation sequence.
 */
bool vm_mem_is_private(struct task *me, struct vm *vm, gfn_t gfn);

/* The machine has per-VM attributes (mainline), or attributes in the guest_memfd. */
static inline bool vm_memory_attributes(const struct vm *vm)
{
	return vm->machine->cfg.kernel == KERNEL_MAINLINE;
}

/**
 * vm_check_at_rest - V2, and no leaf that was taken out but not flushed.
 *
 * Return: number of findings recorded.
 */
u32 vm_check_at_rest(struct vm *vm);

#endif
