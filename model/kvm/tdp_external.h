/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdp_external.h - calls of the external page table behind a mirror, with their fail
 * sites.
 *
 * Invariant: a call that is made to fail does not reach the VM's own ops, so the external page
 * table is as before; -EBUSY stands for TDX_OPERAND_BUSY, -EIO for every other status.  Allocation
 * fails where the caches are filled: "mmu_external_cache", "split_external_spt".
 */
#ifndef MODEL_KVM_TDP_EXTERNAL_H
#define MODEL_KVM_TDP_EXTERNAL_H

#include "model/fails.h"
#include "model/kvm/spte.h"
#include "model/kvm/tdp_mmu.h"

static inline int external_set_fails(struct task *me, u64 new_spte, int level)
{
	if (!is_shadow_present_pte(new_spte))
		return sim_told_to_fail(me, "external_remove") ? -EIO : 0;
	if (is_last_spte(new_spte, level)) {
		if (sim_should_fail(me, "external_map_busy"))
			return -EBUSY;
		return sim_told_to_fail(me, "external_map") ? -EIO : 0;
	}
	if (sim_should_fail(me, "external_link_busy"))
		return -EBUSY;
	return sim_told_to_fail(me, "external_link") ? -EIO : 0;
}

static inline int external_set_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				    u64 new_spte, int level, void *external_spt)
{
	int r = external_set_fails(me, new_spte, level);

	return r ? r :
		   vm->external_ops->set_external_spte(me, vm, gfn, old_spte, new_spte, level,
						       external_spt);
}

static inline int external_split_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				      int level, void *external_spt, bool shared)
{
	/* With mmu_lock for write nobody would try again: the VM would be bugged. */
	if (shared ? sim_should_fail(me, "external_split_busy") :
		     sim_told_to_fail(me, "external_split_busy"))
		return -EBUSY;
	if (sim_told_to_fail(me, "external_split"))
		return -EIO;
	return vm->external_ops->split_external_spte(me, vm, gfn, old_spte, level, external_spt,
						     shared);
}

static inline int external_free_spt(struct task *me, struct vm *vm, gfn_t gfn, int level,
				    void *external_spt)
{
	if (sim_told_to_fail(me, "external_free"))
		return -EIO;
	return vm->external_ops->free_external_spt(me, vm, gfn, level, external_spt);
}

#endif
