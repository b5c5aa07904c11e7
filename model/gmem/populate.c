// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/populate.c - the initial memory of a guest, copied in by user space.
 *
 * Who calls holds kvm->lock, the mutexes of all vCPUs and slots_lock.  For each page: the source is
 * pinned with no lock of guest_memfd held (its fault may need mmap_lock, and may be one of a
 * guest_memfd itself); then the invalidate lock is taken exclusively, the page looked up or made,
 * its attribute tested, and the architecture copies.  Until January 2026 the invalidate lock was
 * taken first and held over everything: mmap_lock inside it, against the order of faults.
 *
 * Invariants: a page is marked uptodate only once all of it has content; what was populated before
 * an error stays.
 *
 * Upstream: virt/kvm/guest_memfd.c, arch/x86/kvm/vmx/tdx.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/inode.h"

#include "model/check.h"
#include "model/fails.h"
#include "model/kvm/memslots.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tdx.h"
#include "model/kvm/vcpu.h"
#include "model/kvm/vm.h"
#include "model/locking/locking.h"
#include "model/mm/gup.h"
#include "model/mm/mmap.h"

/* One call. */
struct populate {
	/* constant during the call */
	struct vm *vm;
	struct memory_slot *slot;
	struct gmem_file *f;
	hva_t src; /* 0: none */
};

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_gmem_post_populate,
 *	     arch/x86/kvm/svm/sev.c:sev_gmem_post_populate
 * Fidelity: simplified: software-protected VMs, which have no such call upstream, copy the page; a
 * TD's own way is external_ops->post_populate
 */
static int post_populate(struct task *me, const struct populate *p, gfn_t gfn, pfn_t pfn,
			 struct folio *page, struct folio *src)
{
	struct vm *vm = p->vm;
	struct folio *again;

	if (vm->external_ops && vm->external_ops->post_populate)
		return vm->external_ops->post_populate(me, vm, gfn, pfn, src);
	/* In-place kernels take what is in the page already. */
	if (!src)
		return gmem_has_attributes(p->f->inode) ? 0 : -EOPNOTSUPP;
	folio_copy(me, page, src, p->f->inode->mapping.owner);
	if (bug(me, BUG_POPULATE_GETPFN)) {
		/* Mapping it by the way of a fault: the lock is taken again. */
		if (gmem_get_pfn(me, vm, p->slot, gfn, &pfn, &again, NULL) == 0)
			folio_put(me, again);
	}
	return 0;
}

static bool gfn_is_private(struct task *me, const struct populate *p, gfn_t gfn)
{
	if (vm_memory_attributes(p->vm))
		return vm_mem_is_private(me, p->vm, gfn);
	return gmem_index_is_private(p->f->inode, gmem_get_index(p->slot, gfn));
}

/*
 * Upstream: virt/kvm/guest_memfd.c:__kvm_gmem_populate
 * Fidelity: faithful (in-place kernels zero a new page first, as from v8 on: without a source
 * nobody else would)
 * Context: invalidate lock held exclusively.
 */
static int populate_locked(struct task *me, const struct populate *p, gfn_t gfn, struct folio *src)
{
	pgoff_t index = gmem_get_index(p->slot, gfn);
	struct gmem_inode *inode = p->f->inode;
	struct folio *folio;
	pfn_t pfn;
	int r;

	folio = __gmem_get_pfn(me, p->f, p->slot, index, &pfn, NULL);
	if (IS_ERR(folio))
		return (int)PTR_ERR(folio);
	if (gmem_has_attributes(inode) && !bug(me, BUG_PREPARE_UPTODATE))
		gmem_zero_folio(me, inode, folio);
	folio_unlock(me, folio);
	r = -EINVAL;
	if (gfn_is_private(me, p, gfn)) {
		sim_step(me, "post_populate");
		r = post_populate(me, p, gfn, pfn, pfn_to_page(me, pfn), src);
		if (!r)
			folio_mark_uptodate(me, folio);
	}
	folio_put(me, folio);
	return r;
}

/*
 * Upstream: mm/gup.c:get_user_pages_fast, as kvm_gmem_populate() calls it
 * Fidelity: faithful
 */
static int get_source(struct task *me, const struct populate *p, u64 i, struct folio **src)
{
	s64 r;

	*src = NULL;
	if (!p->src)
		return 0;
	sim_step(me, "source");
	r = get_user_pages_fast(me, task_mm(me), p->src + (i << PAGE_SHIFT), 1, FOLL_GET, src);
	if (r == 1)
		return 0;
	*src = NULL;
	return r < 0 ? (int)r : -ENOMEM;
}

/* One page: the source, then the invalidate lock. */
static int populate_page(struct task *me, const struct populate *p, gfn_t gfn, u64 i)
{
	pgoff_t index = gmem_get_index(p->slot, gfn);
	bool lock_is_held = bug(me, BUG_POPULATE_MMAP);
	struct gmem_hold hold;
	struct folio *src;
	int r;

	r = get_source(me, p, i, &src);
	if (r)
		return r;
	if (!lock_is_held)
		gmem_lock(me, p->f->inode, index, index + 1, &hold);
	sim_step(me, "populate");
	r = populate_locked(me, p, gfn, src);
	sim_step(me, NULL);
	if (!lock_is_held)
		gmem_unlock(me, &hold);
	if (src)
		folio_put(me, src);
	return r;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_populate
 * Fidelity: faithful
 * Return: pages done, or the error if there are none.
 */
static s64 populate_pages(struct task *me, struct populate *p, gfn_t start_gfn, u64 npages)
{
	struct gmem_hold hold;
	u64 i;
	int r = 0;

	npages = min(npages, p->slot->npages - (start_gfn - p->slot->base_gfn));
	/* The order before the rework. */
	if (bug(me, BUG_POPULATE_MMAP))
		gmem_lock_file(me, p->f->inode, &hold);
	for (i = 0; i < npages; i++) {
		r = fail_signal(me, "populate_signal") || signal_pending(me) ? -EINTR : 0;
		if (!r)
			r = populate_page(me, p, start_gfn + i, i);
		if (r)
			break;
	}
	if (bug(me, BUG_POPULATE_MMAP))
		gmem_unlock_file(me, &hold);
	return r && !i ? r : (s64)i;
}

s64 gmem_populate(struct task *me, struct vm *vm, gfn_t start_gfn, hva_t src, u64 npages)
{
	struct populate p = {.vm = vm, .src = src};
	s64 r;

	SIM_FRAME(me);
	lockdep_assert_held(me, &vm->slots_lock);
	p.slot = gfn_to_memslot(me, vm, start_gfn);
	if (!slot_has_gmem(p.slot))
		return -EINVAL;
	p.f = gmem_get_file(me, p.slot);
	if (!p.f)
		return -EFAULT;
	r = populate_pages(me, &p, start_gfn, npages);
	fput(me, &p.f->file);
	return r;
}

s64 acquire_vm_state_locks(struct task *me, struct vm *vm)
{
	u32 n, nr = min(vm->nr_vcpus, VM_LOCKED_VCPUS);

	mutex_lock(me, &vm->lock);
	for (n = 0; n < nr; n++) {
		if (vcpu_lock_killable(me, vm->vcpus[n])) {
			while (n--)
				mutex_unlock(me, &vm->vcpus[n]->mutex);
			mutex_unlock(me, &vm->lock);
			return -EINTR;
		}
	}
	mutex_lock(me, &vm->slots_lock);
	return nr;
}

void release_vm_state_locks(struct task *me, struct vm *vm, s64 nr)
{
	mutex_unlock(me, &vm->slots_lock);
	while (nr--)
		mutex_unlock(me, &vm->vcpus[nr]->mutex);
	mutex_unlock(me, &vm->lock);
}

static s64 populate_region(struct task *me, struct vm *vm, gpa_t gpa, u64 len, hva_t src,
			   u32 flags)
{
	s64 r;

	/* What the ioctl asks for before it goes on. */
	if (!IS_ALIGNED(gpa, PAGE_SIZE) || !IS_ALIGNED(len, PAGE_SIZE) || !len ||
	    !IS_ALIGNED(src, PAGE_SIZE) || gpa + len <= gpa)
		return -EINVAL;
	if (!vm_is_td(vm))
		return gmem_populate(me, vm, gpa >> PAGE_SHIFT, src, len >> PAGE_SHIFT);
	r = tdx_init_mem_region_begin(me, vm, flags);
	if (r)
		return r;
	r = gmem_populate(me, vm, gpa >> PAGE_SHIFT, src, len >> PAGE_SHIFT);
	tdx_init_mem_region_end(me);
	return r;
}

static s64 populate(struct task *me, struct vm *vm, gpa_t gpa, u64 len, hva_t src, u32 flags)
{
	s64 nr, r;

	cost(me, COST_syscall);
	if (!vm_tryget(vm))
		return -EBADF;
	nr = acquire_vm_state_locks(me, vm);
	if (nr < 0) {
		r = nr;
	} else {
		r = vm_dead(vm) ? -EIO : populate_region(me, vm, gpa, len, src, flags);
		release_vm_state_locks(me, vm, nr);
	}
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_POPULATE, r);
}

s64 vm_populate(struct task *me, struct vm *vm, gpa_t gpa, u64 len, hva_t src)
{
	SIM_FRAME(me);
	return populate(me, vm, gpa, len, src, 0);
}

s64 tdx_init_mem_region(struct task *me, struct vm *vm, gpa_t gpa, u64 len, hva_t src, bool measure)
{
	SIM_FRAME(me);
	if (!vm_is_td(vm))
		return -ENOTTY;
	return populate(me, vm, gpa, len, src, measure ? TDX_MEASURE_MEMORY_REGION : 0);
}
