/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/memslots.h - memory slots: guest physical ranges and what backs them.
 *
 * Two sets; one is active.  An update edits the inactive set, publishes it, waits for the readers
 * of the other one, and repeats the edit there.  A slot that is deleted or moved is first replaced
 * by a copy with MEMSLOT_INVALID, so that faults stop before its mappings are zapped.
 *
 * Invariants:
 *  S1 The active set changes only with slots_lock held, and not while an mmu_notifier range is
 *     open: between its start and its end a notifier sees the same slots.
 *  S2 A slot is freed only after every SRCU reader that could have found it has left.
 *  S3 In each set the slots are sorted by base_gfn and disjoint, and no id is there twice.
 *  S4 slots_arch_lock is dropped before synchronize_srcu(): it may be taken inside SRCU sections.
 *
 * Upstream: virt/kvm/kvm_main.c (kvm_set_memory_region and below), include/linux/kvm_host.h
 * Fidelity: simplified: a sorted array instead of rbtree, hash table and interval tree; one address
 * space; no dirty log
 */
#ifndef MODEL_KVM_MEMSLOTS_H
#define MODEL_KVM_MEMSLOTS_H

#include "model/machine.h"
#include "model/types.h"

struct gmem_file;
struct lpage_info;
struct vm;

#define USER_MEM_SLOTS	 32764u
#define MEM_MAX_NR_PAGES ((1ull << 31) - 1)

/* slot flags: those of the ioctl, and the kernel's own from bit 16 on */
#define MEM_LOG_DIRTY_PAGES BIT(0)
#define MEM_READONLY	    BIT(1)
#define MEM_GUEST_MEMFD	    BIT(2)
#define MEMSLOT_INVALID	    BIT(16)
#define MEMSLOT_GMEM_ONLY   BIT(17)

struct memory_slot {
	/* constant once published (a change is a new slot, or a copy with MEMSLOT_INVALID) */
	u32 id;
	u32 flags;
	gfn_t base_gfn;
	u64 npages;
	hva_t userspace_addr;
	struct vm *vm;
	u32 gmem_owner; /* whose content the file's pages have */
	struct lpage_info *lpage_info; /* lpage.h; a copy with other flags shares it */

	/* written by model/gmem: under slots_lock and the invalidate lock; read under SRCU */
	struct {
		struct gmem_file *file; /* no reference: promoted with get_file_active() */
		pgoff_t pgoff;
	} gmem;

	u32 obj;
	struct sim_life life;
};

struct memslots {
	/* written while inactive, under slots_lock and slots_arch_lock; read under SRCU if active
	 */
	u64 generation;
	u32 nr;
	u32 cap;
	struct memory_slot **slot; /* sorted by base_gfn */
	u32 nr_ids;
	struct memory_slot **by_id;
};

/* KVM_SET_USER_MEMORY_REGION2's argument. */
struct userspace_memory_region2 {
	/* the caller's */
	u32 slot;
	u32 flags;
	gpa_t guest_phys_addr;
	u64 memory_size;
	hva_t userspace_addr;
	u64 guest_memfd_offset;
	struct gmem_file *guest_memfd; /* the fd; NULL with MEM_GUEST_MEMFD: some other fd */
};

enum mr_change { MR_CREATE, MR_DELETE, MR_MOVE, MR_FLAGS_ONLY };

/**
 * set_memory_region - the ioctl with all its fields (vm_set_memory_region() is the short form).
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_vm_ioctl_set_memory_region, kvm_set_memory_region
 * Fidelity: faithful
 * Context: may sleep; takes slots_lock.
 * Return: 0, -EINVAL, -EEXIST, -ENOMEM, or what the binding returned.
 */
s64 set_memory_region(struct task *me, struct vm *vm, const struct userspace_memory_region2 *mem);

/**
 * vm_memslots - the active set.
 *
 * Context: inside vm->srcu, or slots_lock held, or at rest.
 */
struct memslots *vm_memslots(struct task *me, struct vm *vm);

/**
 * gfn_to_memslot - the slot that contains @gfn, in the active set, or NULL.
 *
 * The slot may carry MEMSLOT_INVALID.
 * Upstream: virt/kvm/kvm_main.c:gfn_to_memslot
 * Fidelity: simplified: no cached last slot
 * Context: inside vm->srcu, or slots_lock held.
 */
struct memory_slot *gfn_to_memslot(struct task *me, struct vm *vm, gfn_t gfn);
struct memory_slot *search_memslots(const struct memslots *slots, gfn_t gfn);
struct memory_slot *id_to_memslot(const struct memslots *slots, u32 id);

/* Index in slots->slot[] of the first slot that ends behind @gfn; slots->nr if there is none. */
u32 memslot_first(const struct memslots *slots, gfn_t gfn);

/* The slots of @slots that overlap [@start, @end), in gfn order. */
#define for_each_memslot_in_gfn_range(slot_, i_, slots_, start_, end_) \
	for (i_ = memslot_first(slots_, start_);                       \
	     i_ < (slots_)->nr && ((slot_) = (slots_)->slot[i_])->base_gfn < (end_); i_++)

static inline bool slot_has_gmem(const struct memory_slot *slot)
{
	return slot && (slot->flags & MEM_GUEST_MEMFD);
}

static inline bool memslot_is_gmem_only(const struct memory_slot *slot)
{
	return slot && (slot->flags & MEMSLOT_GMEM_ONLY);
}

static inline hva_t gfn_to_hva_memslot(const struct memory_slot *slot, gfn_t gfn)
{
	return slot->userspace_addr + ((gfn - slot->base_gfn) << PAGE_SHIFT);
}

static inline gfn_t hva_to_gfn_memslot(hva_t hva, const struct memory_slot *slot)
{
	return slot->base_gfn + ((hva - slot->userspace_addr) >> PAGE_SHIFT);
}

void memslots_init(struct vm *vm);

/**
 * free_memslots - the VM goes away: unbind and free every slot.
 *
 * Context: no user of the VM is left.
 */
void free_memslots(struct task *me, struct vm *vm);

#endif
