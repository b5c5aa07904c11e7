/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/gmem/gmem.h - guest_memfd as the rest of the model sees it.
 *
 * An inode is the memory; a file is one VM's view of it and pins that VM; a binding connects a
 * range of the file with a memslot.  model/mm/ asks for mappings and host faults, model/kvm/ for
 * bindings, attributes and pages.  struct gmem_file is the kernel's struct file and gmem_file in
 * one: its count is the file's.
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

struct address_space;
struct folio;
struct gmem_inode;
struct memory_slot;
struct vm_area_struct;
struct vm_fault;

/* --- files --- */

/**
 * get_file - one more reference to a file the caller already holds one to.
 *
 * Upstream: include/linux/fs.h:get_file
 * Fidelity: faithful
 */
struct gmem_file *get_file(struct task *me, struct gmem_file *f);

/**
 * get_file_active - promote a pointer that holds no reference, unless the file is being closed.
 *
 * Context: the caller excludes reuse of the slot (kvm->srcu or slots_lock).
 * Return: the file with a reference, or NULL.
 *
 * Upstream: fs/file.c:get_file_active
 * Fidelity: faithful: fails from the moment the count is 0, long before release has run
 */
struct gmem_file *get_file_active(struct task *me, struct gmem_file **fp);

/**
 * fput - drop a reference; the last one releases the file.
 *
 * Context: may sleep; no lock below slots_lock held.
 *
 * Upstream: fs/file_table.c:fput
 * Fidelity: simplified: release runs here, not from task work
 */
void fput(struct task *me, struct gmem_file *f);

struct address_space *gmem_file_mapping(const struct gmem_file *f);
struct vm *gmem_file_vm(const struct gmem_file *f);
u64 gmem_file_size(const struct gmem_file *f); /* i_size, bytes */
bool gmem_file_alive(const struct gmem_file *f);

/**
 * gmem_link - a second file of the same inode, owned by another VM (intra-host migration).
 *
 * Upstream: none merged (the object model allows it; every walk visits all files)
 * Fidelity: simplified
 */
s64 gmem_link(struct task *me, struct gmem_file *f, struct vm *vm, struct gmem_file **out);

/* --- for model/mm --- */

/**
 * gmem_mmap - is this file mappable that way?
 * @shared: MAP_SHARED
 *
 * Context: mmap_lock held for writing, before the VMA becomes visible.
 * Return: 0, -ENODEV without GMEM_FLAG_MMAP, -EINVAL for a private mapping.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_mmap
 * Fidelity: faithful
 */
int gmem_mmap(struct task *me, struct gmem_file *f, bool shared);

/**
 * gmem_fault_user_mapping - find or make the page for a host fault at @pgoff.
 * @out: on success the folio, locked and with a reference that becomes the PTE's
 *
 * Context: mmap_lock held for reading; may sleep.  The invalidate lock is not held on return.
 * Return: 0 (VM_FAULT_LOCKED), -EAGAIN (VM_FAULT_RETRY), -ENOMEM (VM_FAULT_OOM), or
 * ACCESS_SIGBUS.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_fault_user_mapping
 * Fidelity: faithful (mainline without, in-place with the invalidate lock shared)
 */
int gmem_fault_user_mapping(struct task *me, struct gmem_file *f, pgoff_t pgoff,
			    struct folio **out);

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
 *
 * Context: kvm->srcu held for reading; may sleep.
 * Return: 0, -EFAULT (file gone), -EIO (binding), -EHWPOISON, -ENOMEM.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_pfn
 * Fidelity: faithful (in-place kernels hold the invalidate lock shared around it)
 */
int gmem_get_pfn(struct task *me, struct vm *vm, struct memory_slot *slot, gfn_t gfn, pfn_t *pfn,
		 struct folio **out);

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
