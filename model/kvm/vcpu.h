/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/vcpu.h - a virtual CPU: guest mode, requests, the KVM_RUN loop.
 *
 * Invariants:
 *  C1 mode is IN_GUEST_MODE only while the task executes guest code; requests are looked at after
 *     it was set, so a request is either seen before entry or its sender sees the mode and kicks.
 *  C2 vm->srcu is held for reading outside guest mode, from KVM_RUN to its return, and not in it.
 *  C3 One guest access (requests, translation, page) runs with interrupts off: a kick is acked
 *     before or after it, never in its middle.
 *
 * Upstream: arch/x86/kvm/x86.c:vcpu_run, vcpu_enter_guest; virt/kvm/kvm_main.c
 * Fidelity: simplified: no registers, no events but signals, no halt polling
 */
#ifndef MODEL_KVM_VCPU_H
#define MODEL_KVM_VCPU_H

#include "model/kvm/mmu.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tlb.h"

enum vcpu_mode { OUTSIDE_GUEST_MODE, IN_GUEST_MODE };

#define MEMORY_EXIT_FLAG_PRIVATE BIT_ULL(3)

/* Objects of vcpu->mmu_shadow_page_cache. */
#define MMU_CACHE_MIN	   5
#define MMU_CACHE_CAPACITY 40

struct vcpu_tdx;

/* What every exit uses is in the first few cache lines, up to the TLB's head. */
struct vcpu {
	struct mutex mutex;

	/* constant */
	struct vm *vm;
	u32 index;
	u32 obj;

	/* atomic */
	u32 requests; /* enum vcpu_request */
	u32 mode;     /* enum vcpu_mode */

	/* protected by mutex */
	struct mmu_page *root;
	struct mmu_page *mirror_root;
	u32 mmu_cache_nobjs;
	u32 srcu_idx;
	u64 nr_faults; /* counters for reports and tests; written by the vCPU's task */
	struct {
		bool is_memory_fault;
		u64 flags;
		gpa_t gpa;
		u64 size;
	} run;

	/* written by the vCPU's task in guest mode, or by whoever holds mutex outside of it */
	struct tlb tlb;

	/* written by the vCPU's task */
	bool fetching; /* its accesses are instruction fetches */
	pfn_t apic_access_pfn; /* in the VMCS; 0: none */
	u64 nr_retries;
	u64 nr_kicks;

	/* set-up */
	struct task *task;	/* who runs it */
	struct vcpu_tdx *tdx;	/* a TD's: from KVM_CREATE_VCPU on (atomic); model/kvm/tdx.h */
	bool pre_fault_allowed; /* not before a TD's initial memory is complete */
};

/**
 * get_running_vcpu - which vCPU is loaded: the task's, or the one whose ioctl it is in.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_get_running_vcpu
 * Fidelity: faithful
 */
static inline struct vcpu *get_running_vcpu(const struct task *me)
{
	const struct actor *actor = me->model;

	if (!actor)
		return NULL;
	return actor->loaded_vcpu ? actor->loaded_vcpu : actor->vcpu;
}

/* vcpu_load(), vcpu_put() of an ioctl that is not KVM_RUN.  Context: vcpu->mutex held. */
static inline void vcpu_loaded(struct task *me, struct vcpu *vcpu)
{
	struct actor *actor = me->model;

	if (actor)
		actor->loaded_vcpu = vcpu;
}

struct vcpu *vcpu_create(struct vm *vm, u32 index);

/**
 * vcpu_lock_killable - vcpu->mutex, which every ioctl of a vCPU takes.
 *
 * Return: 0, or -EINTR.
 */
int vcpu_lock_killable(struct task *me, struct vcpu *vcpu);

static inline void vcpu_make_request(struct vcpu *vcpu, enum vcpu_request req)
{
	if (likely(vcpu->vm->machine->sim->is_virtual))
		vcpu->requests |= req;
	else
		__atomic_fetch_or(&vcpu->requests, req, __ATOMIC_SEQ_CST);
}

static inline bool vcpu_request_pending(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE) != 0;
}

/* Test and clear. */
static inline bool vcpu_check_request(struct vcpu *vcpu, enum vcpu_request req)
{
	if (!(__atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE) & req))
		return false;
	__atomic_fetch_and(&vcpu->requests, ~(u32)req, __ATOMIC_SEQ_CST);
	return true;
}

/**
 * prepare_memory_fault_exit - fill vcpu->run for KVM_EXIT_MEMORY_FAULT.
 *
 * Upstream: include/linux/kvm_host.h:kvm_prepare_memory_fault_exit
 * Fidelity: faithful
 */
void prepare_memory_fault_exit(struct vcpu *vcpu, gpa_t gpa, u64 size, bool is_private);

#endif
