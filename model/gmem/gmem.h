/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/gmem/gmem.h - guest_memfd as the rest of the model sees it.
 *
 * An inode is the memory; a file is one VM's view of it and pins that VM; a binding connects a
 * range of the file with a memslot.  model/mm/ calls the file's f_op and vm_ops, model/kvm/ asks
 * for bindings, attributes and pages.  struct gmem_file is the kernel's struct file and its
 * private gmem_file in one; slot->gmem.file points to it and holds no reference.
 *
 * Who may hold what (I = mapping->invalidate_lock):
 *  slots_lock -> I -> mmu_lock;  SRCU -> I shared -> folio lock;  mmap_lock -> I shared -> folio
 *  lock.  The callers of bind, unbind, prepare and commit hold slots_lock.
 *
 * Upstream: virt/kvm/guest_memfd.c, virt/kvm/kvm_mm.h
 * Fidelity: simplified: no fd table (a struct gmem_file * is the fd), order-0 folios
 */
#ifndef MODEL_GMEM_GMEM_H
#define MODEL_GMEM_GMEM_H

#include "model/machine.h"
#include "model/ops.h"
#include "model/types.h"

struct file;
struct folio;
struct memory_slot;

/* --- files --- */

/**
 * gmem_get_file - promote slot->gmem.file, which holds no reference, unless the file is closing.
 *
 * Context: slots_lock or kvm->srcu held, so that the slot cannot be pointed elsewhere.
 * Return: the file with a reference (fput(me, &f->file) drops it), or NULL.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_file, fs/file.c:__get_file_rcu
 * Fidelity: faithful: fails from the moment the count is 0, long before release has run
 */
struct gmem_file *gmem_get_file(struct task *me, struct memory_slot *slot);

struct file *gmem_file_file(struct gmem_file *f);
struct vm *gmem_file_vm(const struct gmem_file *f);
u64 gmem_file_size(const struct gmem_file *f); /* i_size, bytes */

/**
 * gmem_link - a second file of the same inode, owned by another VM (intra-host migration).
 *
 * Upstream: none merged (the object model allows it; every walk visits all files)
 * Fidelity: simplified
 */
s64 gmem_link(struct task *me, struct gmem_file *f, struct vm *vm, struct gmem_file **out);

/* --- for model/kvm --- */

/**
 * gmem_is_private_gfn - does guest_memfd say that @gfn is private?  Lockless.
 *
 * Context: kvm->srcu held for reading.  The answer may be stale at once: the caller rechecks the
 * invalidation sequence under mmu_lock.
 * Return: false where there is no slot, no file, or the file is being closed.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_memory_attributes (in-place v7)
 * Fidelity: faithful
 */
bool gmem_is_private_gfn(struct task *me, struct memory_slot *slot, gfn_t gfn);

/**
 * gmem_get_pfn - the page behind a gfn of a gmem slot, zeroed.
 * @out: on success the folio with a reference, unlocked; kept until the fault has ended
 * @max_order: on success the order of what may be mapped around @pfn; may be NULL
 *
 * Context: kvm->srcu held for reading; may sleep.
 * Return: 0, -EFAULT (file gone), -EIO (binding), -EHWPOISON, -ENOMEM.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_pfn
 * Fidelity: faithful (in-place kernels hold the invalidate lock shared around it)
 */
int gmem_get_pfn(struct task *me, struct vm *vm, struct memory_slot *slot, gfn_t gfn, pfn_t *pfn,
		 struct folio **out, int *max_order);

/**
 * gmem_populate - copy @npages from @src (0: no source) into the private pages at @start_gfn.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_populate
 * Fidelity: faithful
 * Context: slots_lock held; may sleep.
 * Return: pages done, or a negative errno if there are none: -EINVAL (no guest_memfd, not private),
 * -EFAULT, -EINTR, -ENOMEM, -EOPNOTSUPP (no source), or what the architecture says.
 */
s64 gmem_populate(struct task *me, struct vm *vm, gfn_t start_gfn, hva_t src, u64 npages);

/**
 * gmem_mapping_order - with which order could @gfn be mapped now?  Nothing is allocated or locked.
 * @pfn: written if there is a folio
 *
 * Context: kvm->srcu held for reading.  A hint: whoever maps by it rechecks.
 * Return: 0 or the file's page order.  The December tree looks at as many indices as a huge page
 * has, but from @gfn's own on and not from the huge page's start: it says 0 before a boundary to
 * shared memory, and the huge order behind one (defect kept).
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_mapping_order (WIP)
 * Fidelity: faithful; the plan looks at the huge page
 */
u32 gmem_mapping_order(struct task *me, struct memory_slot *slot, gfn_t gfn, pfn_t *pfn);

/**
 * gmem_prepare_memory_region - mainline, step 1: check, and point the new slot at the file.
 *
 * Context: slots_lock held; the slot is not visible yet.
 * Return: 0 and a reference that gmem_commit_memory_region() or the caller drops; -EINVAL.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_prepare_memory_region
 * Fidelity: faithful
 */
int gmem_prepare_memory_region(struct task *me, struct vm *vm, struct memory_slot *slot,
			       struct gmem_file *f, u64 offset);

/**
 * gmem_commit_memory_region - mainline, step 2: establish the binding of an installed slot.
 *
 * Context: slots_lock held; the slot is visible.  On failure the caller deletes the slot again.
 * Return: 0, -EEXIST for overlap in the file, -ENOMEM.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_commit_memory_region
 * Fidelity: faithful
 */
int gmem_commit_memory_region(struct task *me, struct memory_slot *slot);

/**
 * gmem_bind - in-place kernels: check and bind in one step, before the slot is installed.
 *
 * Context: slots_lock held; the slot is not visible yet.
 * Return: 0, -EINVAL (also for overlap in the file).
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_bind
 * Fidelity: faithful
 */
int gmem_bind(struct task *me, struct vm *vm, struct memory_slot *slot, struct gmem_file *f,
	      u64 offset);

/**
 * gmem_unbind - forget the binding of a slot that nobody can see any more.
 *
 * Context: slots_lock held, SRCU readers of the slot waited out.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_unbind
 * Fidelity: faithful
 */
void gmem_unbind(struct task *me, struct memory_slot *slot);

#endif
