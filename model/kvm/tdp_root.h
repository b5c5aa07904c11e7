/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdp_root.h - tables as objects: making, freeing, the list of roots.
 *
 * Only tdp_mmu.c and tdp_root.c include this.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c
 * Fidelity: faithful
 */
#ifndef MODEL_KVM_TDP_ROOT_H
#define MODEL_KVM_TDP_ROOT_H

#include "model/kvm/tdp_mmu.h"

/* A table from the vCPU's cache, which was topped up before any lock was taken. */
struct mmu_page *tdp_mmu_alloc_sp(struct task *me, struct vcpu *vcpu, bool mirror, int level,
				  gfn_t gfn);

/* Nobody else has seen it / after a grace period. */
void tdp_mmu_free_sp(struct sim *sim, struct mmu_page *sp);
void tdp_mmu_free_sp_rcu(struct task *me, struct mmu_page *sp);

/*
 * The next root of one of @types with a reference, and drop the one to @prev.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_next_root
 * Fidelity: faithful
 * Context: mmu_lock held; it may be dropped between two calls.
 */
struct mmu_page *tdp_mmu_next_root(struct task *me, struct vm *vm, struct mmu_page *prev,
				   enum tdp_root_types types);

#define for_each_tdp_mmu_root_yield_safe(me, vm, root, types)     \
	for (root = tdp_mmu_next_root(me, vm, NULL, types); root; \
	     root = tdp_mmu_next_root(me, vm, root, types))

void tdp_mmu_zap_root(struct task *me, struct vm *vm, struct mmu_page *root, bool shared);

#endif
