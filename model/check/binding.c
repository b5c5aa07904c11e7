// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/binding.c - files, slots and invalidations: who is alive, what is open.
 *
 * lifetime	a binding to a slot that is freed, a slot or a list entry that names a dead file
 * invalidate-balance	more ends than begins; at rest, fewer (model/kvm/ looks at that)
 */
#include "model/check/check.h"

static bool is_alive(const struct sim_life *life)
{
	return load_acquire(life->state) == SIM_LIFE_ALIVE;
}

void check_invalidation(struct check_pass *c, struct vm *vm)
{
	c->nr_visited++;
	if (vm->mmu_invalidate_in_progress < 0 || vm->mn_active_invalidate_count < 0)
		check_finding(c, "invalidate-balance", "%s: %lld invalidations in progress",
			      vm->name, (long long)vm->mmu_invalidate_in_progress);
}

void check_slots(struct check_pass *c, struct vm *vm)
{
	const struct memslots *slots = load_acquire(vm->memslots);
	u32 i;

	for (i = 0; i < slots->nr; i++) {
		const struct memory_slot *slot = slots->slot[i];
		const struct gmem_file *f = load_acquire(slot->gmem.file);

		c->nr_visited++;
		if (!is_alive(&slot->life))
			check_finding(c, "lifetime", "%s: slot %u is in use and freed", vm->name,
				      slot->id);
		if (f && !is_alive(&f->inode->life))
			check_finding(c, "lifetime", "%s: slot %u names a file that is gone",
				      vm->name, slot->id);
	}
}

void check_inode(struct check_pass *c, struct gmem_inode *inode)
{
	const struct memory_slot *slot;
	struct gmem_file *f;
	u64 index;

	c->nr_visited++;
	if (gmem_has_attributes(inode)) {
		/* Not a matter of the modelled design: the tree is ours.  Edited in place it is
		 * not one in the middle of a store. */
		if (inode->attributes.rcu || c->at_rest)
			SIM_ASSERT(!gmem_attributes_check(&inode->attributes));
		c->nr_visited += inode->attributes.nr_runs;
	}
	gmem_for_each_file(f, inode) {
		index = 0;
		for (slot = __xa_find(&f->bindings, &index, XA_MAX_INDEX); slot;
		     slot = __xa_find_after(&f->bindings, &index, XA_MAX_INDEX)) {
			c->nr_visited++;
			if (!is_alive(&slot->life))
				check_finding(c, "lifetime", "a file is bound to a freed slot");
		}
	}
}
