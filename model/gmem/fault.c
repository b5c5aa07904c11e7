// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/fault.c - pages for guest faults and for host faults.
 *
 * Invariants:
 *  - a folio leaves here only zeroed or written since its owner last changed (PG_uptodate), and
 *    zeroing happens under the folio lock;
 *  - the reference that a fault gets here is what keeps the page from being given away until the
 *    fault has mapped it; the invalidate lock is not held that long.
 *
 * Upstream: virt/kvm/guest_memfd.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/inode.h"

#include "model/kvm/memslots.h"
#include "model/kvm/vm.h"
#include "model/locking/locking.h"
#include "model/mm/memory.h"
#include "sim/race.h"

/*
 * PG_uptodate speaks for the whole folio.  The work-in-progress tree clears its first page only and
 * says it of all: the others are shown with what their last owner left in them (defect kept).
 *
 * Context: folio locked.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_pfn, kvm_gmem_fault_user_mapping
 * Fidelity: faithful; the plan clears all pages (docs/decisions/0009-what-the-plan-leaves-open.md)
 */
void gmem_zero_folio(struct task *me, struct gmem_inode *inode, struct folio *folio)
{
	if (folio_test_uptodate(me, folio))
		return;
	if (folio_test_large(folio) && !gmem_is_wip(inode))
		folio_zero_user(me, folio, inode->mapping.owner);
	else
		clear_highpage(me, folio, inode->mapping.owner);
	folio_mark_uptodate(me, folio);
}

/* --- host --- */

/* The folio at @index, locked and referenced, if the index is shared; else -EACCES. */
static struct folio *gmem_get_shared_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	struct gmem_hold hold;
	struct folio *folio;
	bool again;

	hold.tries = 0;
	do {
		gmem_fault_begin(me, inode, index, &hold);
		if (gmem_is_private_mem(me, inode, index))
			folio = ERR_PTR(-EACCES);
		else
			folio = gmem_get_folio(me, inode, index);
		again = gmem_fault_retry(me, &hold);
		gmem_fault_end(me, &hold);
		if (again && !IS_ERR(folio)) {
			folio_unlock(me, folio);
			folio_put(me, folio);
		}
	} while (again);
	return folio;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_fault_user_mapping
 * Fidelity: faithful: mainline takes no invalidate lock and judges by the whole file; in-place
 * kernels hold it shared over lookup and attribute test and drop it before the page is zeroed and
 * mapped
 */
static vm_fault_t gmem_fault_user_mapping(struct task *me, struct vm_fault *vmf)
{
	struct gmem_inode *inode = gmem_file_of(vmf->vma->vm_file)->inode;
	struct folio *folio;

	SIM_FRAME(me);
	if (vmf->pgoff >= gmem_size_pages(inode))
		return VM_FAULT_SIGBUS;

	if (!gmem_has_attributes(inode)) {
		if (gmem_is_private_mem(me, inode, vmf->pgoff))
			return VM_FAULT_SIGBUS;
		folio = gmem_get_folio(me, inode, vmf->pgoff);
	} else {
		folio = gmem_get_shared_folio(me, inode, vmf->pgoff);
	}
	if (IS_ERR(folio))
		return PTR_ERR(folio) == -EAGAIN ? VM_FAULT_RETRY : vmf_error(PTR_ERR(folio));

	/* Upstream warns: who maps it gets 4K folios, unless somebody else has changed them. */
	if (unlikely(folio_test_large(folio))) {
		sim_finding(me->sim, me, "leaf-folio", "host fault: index 0x%llx has order %u",
			    (unsigned long long)vmf->pgoff, folio_order(folio));
		folio_unlock(me, folio);
		folio_put(me, folio);
		return VM_FAULT_SIGBUS;
	}
	if (bug(me, BUG_FAULT_EARLY_PUT))
		folio_put(me, folio);
	gmem_zero_folio(me, inode, folio);
	if (bug(me, BUG_FAULT_EARLY_PUT))
		folio_get(me, folio);
	vmf->page = folio;
	return VM_FAULT_LOCKED;
}

const struct vm_operations gmem_vm_ops = {
	.name = "guest_memfd",
	.fault = gmem_fault_user_mapping,
};

/* --- guest --- */

bool gmem_is_private_gfn(struct task *me, struct memory_slot *slot, gfn_t gfn)
{
	struct gmem_file *f;
	bool is_private;

	/* Without a slot there is no guest_memfd, and without guest_memfd nothing is private. */
	if (!slot)
		return false;
	f = gmem_get_file(me, slot);
	if (!f)
		return false;
	plain_reads(me, slot->gmem.pgoff);
	is_private = gmem_is_private_mem(me, f->inode, gmem_get_index(slot, gfn));
	fput(me, &f->file);
	return is_private;
}

struct folio *__gmem_get_pfn(struct task *me, struct gmem_file *f, struct memory_slot *slot,
			     pgoff_t index, pfn_t *pfn, int *max_order)
{
	const struct memory_slot *bound;
	struct folio *folio;

	if (READ_ONCE(me, slot->obj, slot->gmem.file) != f)
		return ERR_PTR(-EFAULT);
	bound = xa_load(me, &f->bindings, index);
	if (bound != slot) {
		/* NULL is legal: only freeing the slot waits for this fault, unbinding not. */
		if (bound)
			sim_finding(me->sim, me, "lifetime",
				    "index 0x%llx is bound to another slot than the fault's",
				    (unsigned long long)index);
		return ERR_PTR(-EIO);
	}

	folio = gmem_get_folio(me, f->inode, index);
	if (IS_ERR(folio))
		return folio;
	if (folio_test_hwpoison(me, folio)) {
		folio_unlock(me, folio);
		folio_put(me, folio);
		return ERR_PTR(-EHWPOISON);
	}
	*pfn = folio_file_pfn(machine_of(me)->folios, folio, index);
	if (max_order)
		*max_order = (int)folio_order(folio);
	return folio;
}

/* The page, zeroed, in *@out with a reference. */
static int gmem_get_ready_pfn(struct task *me, struct gmem_file *f, struct memory_slot *slot,
			      pgoff_t index, pfn_t *pfn, struct folio **out, int *max_order)
{
	struct folio *folio = __gmem_get_pfn(me, f, slot, index, pfn, max_order);

	if (IS_ERR(folio))
		return (int)PTR_ERR(folio);
	gmem_zero_folio(me, f->inode, folio);
	/* The arch hook that makes a private page ready is empty for software VMs and TDX. */
	folio_unlock(me, folio);
	*out = folio;
	return 0;
}

int gmem_get_pfn(struct task *me, struct vm *vm, struct memory_slot *slot, gfn_t gfn, pfn_t *pfn,
		 struct folio **out, int *max_order)
{
	pgoff_t index = gmem_get_index(slot, gfn);
	struct gmem_hold hold;
	struct gmem_file *f;
	bool again = false;
	int r;

	SIM_FRAME(me);
	f = gmem_get_file(me, slot);
	if (!f)
		return -EFAULT;
	if (!gmem_has_attributes(f->inode)) {
		r = gmem_get_ready_pfn(me, f, slot, index, pfn, out, max_order);
		goto out;
	}
	hold.tries = 0;
	do {
		gmem_fault_begin(me, f->inode, index, &hold);
		r = gmem_get_ready_pfn(me, f, slot, index, pfn, out, max_order);
		again = gmem_fault_retry(me, &hold);
		gmem_fault_end(me, &hold);
		if (again && !r)
			folio_put(me, *out);
	} while (again);
out:
	fput(me, &f->file);
	return r;
}

u32 gmem_mapping_order(struct task *me, struct memory_slot *slot, gfn_t gfn, pfn_t *pfn)
{
	struct gmem_file *f = gmem_get_file(me, slot);
	pgoff_t index = gmem_get_index(slot, gfn), start, end;
	struct gmem_inode *inode;
	struct folio *folio;
	bool is_private = true;

	SIM_FRAME(me);
	if (!f)
		return 0;
	inode = f->inode;
	start = gmem_is_wip(inode) ? index : round_down(index, gmem_huge_pages(inode));
	/* Behind the end of the file there are no attributes, which are none that differ. */
	end = min(start + gmem_huge_pages(inode), gmem_size_pages(inode));
	while (start < end && is_private) {
		struct attr_run run = gmem_attributes_load_run(me, &inode->attributes, start);

		is_private = run.attributes & MEMORY_ATTRIBUTE_PRIVATE;
		start = run.last + 1;
	}
	folio = filemap_get_folio(me, &inode->mapping, index);
	if (!IS_ERR(folio)) {
		*pfn = folio_file_pfn(machine_of(me)->folios, folio, index);
		folio_put(me, folio);
	}
	fput(me, &f->file);
	return is_private ? inode->page_order : 0;
}
