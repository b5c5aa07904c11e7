// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/pfncache.c - gfn_to_pfn caches, and accesses of KVM to guest memory.
 *
 * Invariants: P1 and P2 of pfncache.h.  gpc->lock is dropped while the page is looked up, so the
 * lookup's result counts only if no notifier was active and none has ended meanwhile.
 *
 * Upstream: virt/kvm/pfncache.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/pfncache.h"

#include "model/check.h"
#include "model/gmem/inode.h"
#include "model/mm/direct_map.h"
#include "model/mm/gup.h"
#include "model/mm/mmap.h"
#include "model/task_work.h"
#include "sim/atomic.h"

/* How long one turn of a refresh takes at least. */
#define RETRY_NS 100

/* Made with the first cache. */
static struct pfn_caches *vm_pfn_caches(struct vm *vm)
{
	struct machine *m = vm->machine;
	struct pfn_caches *gpcs;

	sim_guard_lock(m->sim, &m->lock);
	gpcs = vm->gpcs;
	if (!gpcs) {
		gpcs = sim_zalloc(m->sim, sizeof(*gpcs));
		spin_lock_init(m->sim, &gpcs->lock, "kvm->gpc_lock");
		INIT_LIST_HEAD(&gpcs->list);
		store_release(vm->gpcs, gpcs);
	}
	sim_guard_unlock(m->sim, &m->lock);
	return gpcs;
}

void gfn_to_pfn_cache_invalidate_start(struct task *me, struct vm *vm, hva_t start, hva_t end)
{
	struct pfn_caches *gpcs = load_acquire(vm->gpcs);
	struct gfn_to_pfn_cache *gpc;

	if (likely(!gpcs))
		return;
	SIM_FRAME(me);
	spin_lock(me, &gpcs->lock);
	list_for_each_entry(gpc, &gpcs->list, node) {
		bool hit;

		read_lock(me, &gpc->lock);
		hit = plain_read(me, gpc->valid) && gpc->uhva >= start && gpc->uhva < end;
		read_unlock(me, &gpc->lock);
		if (!hit)
			continue;
		/* The range may have been refreshed in between; it is in vain either way. */
		write_lock(me, &gpc->lock);
		if (plain_read(me, gpc->valid) && gpc->uhva >= start && gpc->uhva < end)
			plain_write(me, gpc->valid, false);
		write_unlock(me, &gpc->lock);
	}
	spin_unlock(me, &gpcs->lock);
}

/*
 * The caches were invalidated before the range counts as open: only the number of active notifiers
 * covers the time in between.
 *
 * Upstream: virt/kvm/pfncache.c:mmu_notifier_retry_cache
 * Fidelity: faithful
 */
static bool mmu_notifier_retry_cache(struct task *me, struct vm *vm, u64 mmu_seq)
{
	s64 active = bug(me, BUG_GPC_REFRESH) ?
			     READ_ONCE(me, vm->invalidate_map.id, vm->mmu_invalidate_in_progress) :
			     READ_ONCE(me, vm->mn_active_map.id, vm->mn_active_invalidate_count);

	return active || READ_ONCE(me, vm->obj_inv, vm->mmu_invalidate_seq) != mmu_seq;
}

/*
 * Upstream: virt/kvm/pfncache.c:hva_to_pfn_retry
 * Fidelity: faithful
 * Context: gpc->lock held for write; dropped and retaken.
 */
static int hva_to_pfn_retry(struct task *me, struct gfn_to_pfn_cache *gpc)
{
	struct vm *vm = gpc->vm;
	struct mm_struct *mm = vm->mm;
	struct address_space *mapping = NULL;
	struct folio *folio = NULL;
	u64 mmu_seq;
	s64 n;

	SIM_FRAME(me);
	plain_write(me, gpc->valid, false);
	do {
		mmu_seq = READ_ONCE(me, vm->obj_inv, vm->mmu_invalidate_seq);
		write_unlock(me, &gpc->lock);
		cond_resched(me);
		n = get_user_pages_fast_only(me, mm, gpc->uhva, 1, FOLL_GET | FOLL_WRITE, &folio);
		if (n != 1)
			n = get_user_pages_unlocked(me, mm, gpc->uhva, 1, FOLL_GET | FOLL_WRITE,
						    &folio);
		if (n == 1) {
			mapping = load_acquire(folio->mapping);
			/* No reference is kept: the notifier says when it is over. */
			folio_put(me, folio);
		}
		write_lock(me, &gpc->lock);
		if (n != 1)
			return n == -EINTR ? -EINTR : -EFAULT;
		/* Time must go on while whoever is in the way gets on. */
		sim_cost(me, RETRY_NS);
	} while (mmu_notifier_retry_cache(me, vm, mmu_seq));
	gpc->pfn = folio_pfn(machine_of(me)->folios, folio);
	gpc->owner = mapping ? mapping->owner : mm->owner;
	plain_write(me, gpc->valid, true);
	return 0;
}

/*
 * Upstream: virt/kvm/pfncache.c:kvm_gpc_refresh, __kvm_gpc_refresh
 * Fidelity: simplified: the user address is constant
 */
static int gpc_refresh(struct task *me, struct gfn_to_pfn_cache *gpc)
{
	int r = 0;

	SIM_FRAME(me);
	mutex_lock(me, &gpc->refresh_lock);
	write_lock(me, &gpc->lock);
	if (!plain_read(me, gpc->valid))
		r = hva_to_pfn_retry(me, gpc);
	write_unlock(me, &gpc->lock);
	mutex_unlock(me, &gpc->refresh_lock);
	return r;
}

/*
 * Upstream: virt/kvm/pfncache.c:kvm_gpc_activate
 * Fidelity: simplified: found again instead of being its user's
 */
static struct gfn_to_pfn_cache *gpc_activate(struct task *me, struct vm *vm, gfn_t gfn, hva_t uhva)
{
	struct pfn_caches *gpcs = vm_pfn_caches(vm);
	struct gfn_to_pfn_cache *gpc;

	spin_lock(me, &gpcs->lock);
	list_for_each_entry(gpc, &gpcs->list, node) {
		if (gpc->gfn == gfn)
			goto out;
	}
	gpc = sim_zalloc(me->sim, sizeof(*gpc));
	gpc->vm = vm;
	gpc->gfn = gfn;
	gpc->uhva = uhva;
	mutex_init(me->sim, &gpc->refresh_lock, "gpc->refresh_lock");
	rwlock_init(me->sim, &gpc->lock, "gpc->lock");
	list_add_tail(&gpc->node, &gpcs->list);
out:
	spin_unlock(me, &gpcs->lock);
	return gpc;
}

/* The page is KVM's for as long as gpc->lock is held: a notifier waits for it. */
static s64 gpc_access(struct task *me, struct gfn_to_pfn_cache *gpc, bool write, u8 *byte,
		      sim_ns hold_ns)
{
	struct folio *folio;
	int r;

	read_lock(me, &gpc->lock);
	while (!plain_read(me, gpc->valid)) {
		read_unlock(me, &gpc->lock);
		r = gpc_refresh(me, gpc);
		if (r)
			return r;
		read_lock(me, &gpc->lock);
	}
	folio = pfn_folio(machine_of(me)->folios, gpc->pfn);
	if (folio_test(folio, PG_free)) {
		sim_finding(me->sim, me, "freed-mapped",
			    "KVM's cache of gfn 0x%llx leads to page 0x%x, which is free",
			    (unsigned long long)gpc->gfn, gpc->pfn);
	} else {
		direct_map_access(me, folio);
		sim_cost(me, hold_ns);
		host_touches(me, gpc->pfn, write);
		if (write)
			folio_write_byte(me, folio, gpc->owner, *byte);
		else
			*byte = folio_read_byte(me, folio, gpc->owner);
	}
	read_unlock(me, &gpc->lock);
	return 0;
}

/* Not in the direct map: there is no address to cache. */
static s64 access_secret_slot(struct task *me, struct vm *vm, struct memory_slot *slot, gfn_t gfn,
			      bool write, u8 *byte, sim_ns hold_ns)
{
	struct folio *folio;
	int r, order;
	pfn_t pfn;

	r = gmem_get_pfn(me, vm, slot, gfn, &pfn, &folio, &order);
	if (r)
		return r == -ENOMEM ? -ENOMEM : -EFAULT;
	r = (int)secret_access(me, folio, slot->gmem_owner, write, byte, hold_ns);
	folio_put(me, folio);
	return r;
}

static bool slot_is_secret(struct task *me, struct memory_slot *slot)
{
	struct gmem_file *f = gmem_get_file(me, slot);
	bool secret = f && f->inode->no_direct_map;

	if (f)
		fput(me, &f->file);
	return secret;
}

s64 vm_access_guest(struct task *me, struct vm *vm, gpa_t gpa, bool write, u8 *byte,
		    sim_ns hold_ns)
{
	gfn_t gfn = gpa >> PAGE_SHIFT;
	struct memory_slot *slot;
	s64 r = -EFAULT;
	u32 idx;

	SIM_FRAME(me);
	if (!vm_tryget(vm))
		return -EBADF;
	idx = srcu_read_lock(me, &vm->srcu);
	slot = gfn_to_memslot(me, vm, gfn);
	if (slot && !(slot->flags & MEMSLOT_INVALID)) {
		if (slot_is_secret(me, slot))
			r = access_secret_slot(me, vm, slot, gfn, write, byte, hold_ns);
		else if (slot->userspace_addr)
			r = gpc_access(me,
				       gpc_activate(me, vm, gfn, gfn_to_hva_memslot(slot, gfn)),
				       write, byte, hold_ns);
	}
	srcu_read_unlock(me, &vm->srcu, idx);
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_ACCESS_GUEST, r);
}
