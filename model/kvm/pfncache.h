/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/pfncache.h - KVM's own accesses to guest memory, and its caches of where that is.
 *
 * A gfn_to_pfn_cache remembers the page behind a guest address without a reference to it: like an
 * SPTE it is valid until an mmu_notifier takes it back.  It is taken back before the notifier's
 * range counts as open for guest faults, so a refresh has to look at another counter than they do.
 *
 * Invariants:
 *  P1 A cache is valid only while its page is mapped at its user address; valid, pfn and owner
 *     change with gpc->lock held for write.
 *  P2 One refresh of a cache at a time (refresh_lock).
 *
 * Upstream: virt/kvm/pfncache.c, include/linux/kvm_types.h:struct gfn_to_pfn_cache
 * Fidelity: simplified: one page, no kernel mapping of its own (the direct map), one cache per page
 * of a VM for everybody; memslots do not change under a cache
 */
#ifndef MODEL_KVM_PFNCACHE_H
#define MODEL_KVM_PFNCACHE_H

#include "model/kvm/vm.h"
#include "sim/mutex.h"
#include "sim/rwlock.h"

struct gfn_to_pfn_cache {
	/* constant after it is on the list */
	struct vm *vm;
	gfn_t gfn;
	hva_t uhva;
	struct list_head node; /* pfn_caches.list, protected by its lock */

	struct mutex refresh_lock;
	struct rwlock lock;
	/* protected by lock */
	bool valid;
	pfn_t pfn;
	u32 owner; /* of the page's content */
};

/* The caches of a VM: kvm->gpc_lock, kvm->gpc_list. */
struct pfn_caches {
	struct spinlock lock;
	struct list_head list; /* protected by lock */
};

/**
 * gfn_to_pfn_cache_invalidate_start - an mmu_notifier range begins: caches inside it are invalid.
 *
 * Upstream: virt/kvm/pfncache.c:gfn_to_pfn_cache_invalidate_start
 * Fidelity: faithful (a VM without caches does not take the lock)
 * Context: mn_active_invalidate_count has been raised, the invalidation has not begun.
 */
void gfn_to_pfn_cache_invalidate_start(struct task *me, struct vm *vm, hva_t start, hva_t end);

#endif
