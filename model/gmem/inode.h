/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/gmem/inode.h - the objects of guest_memfd, for model/gmem/, model/check/ and tests.
 *
 * Invariants:
 *  G1 an inode lives as long as a file of it does; its memory goes with it
 *  G2 a file that is not released is on its inode's list and pins its VM
 *  G3 a binding and its slot agree: slot->gmem.file is the file, slot->gmem.pgoff its range's start
 *  G4 f_count 0 and still on the list: the file is being closed; nobody can promote a pointer to it
 */
#ifndef MODEL_GMEM_INODE_H
#define MODEL_GMEM_INODE_H

#include "model/gmem/attributes.h"
#include "model/gmem/gmem.h"
#include "model/kvm/memslots.h"
#include "model/mm/file.h"
#include "model/mm/filemap.h"
#include "model/mm/xarray.h"
#include "model/task_work.h"
#include "sim/livelock.h"

#define GMEM_FAULT_MUTEXES 8

struct gmem_inode {
	/* constant after gmem_create() */
	struct machine *machine;
	const struct gmem_locking_ops *locking;
	void *locking_data; /* the strategy's own */
	u32 id;
	u64 flags; /* GMEM_FLAG_* */
	u64 i_size; /* bytes */
	bool no_direct_map; /* see secret.c */
	u8 page_order; /* of a folio as it is allocated, before any restructuring */
	struct gmem_hugetlb *hugetlb; /* NULL: 4K pages of the page allocator */
	/* has locks of its own */
	struct address_space mapping;
	/* written under mapping.invalidate_lock exclusive, read locklessly; unused in mainline */
	struct gmem_attributes attributes;
	/* written under mapping.invalidate_lock exclusive, walked under it */
	struct list_head gmem_file_list;
	/* written under mapping.invalidate_lock exclusive */
	struct livelock conversion; /* refused for references of nobody */
	/* atomic */
	u32 count; /* one per file */
	struct sim_life life;
	/* protected by machine->lock */
	struct list_head node;
	struct mutex fault_mutex[GMEM_FAULT_MUTEXES]; /* plan: makers of huge folios, by hash */
	/* huge pages that are being split or merged; protected by restructuring_guard */
	struct sim_guard restructuring_guard;
	struct list_head restructuring;
};

struct gmem_file {
	/* has its own count and life */
	struct file file;
	/* constant after gmem_create() */
	struct gmem_inode *inode;
	struct vm *vm; /* with a reference until released */
	/* written under invalidate_lock exclusive, read under it, SRCU or RCU: index -> slot */
	struct xarray bindings;
	/* protected by inode->mapping.invalidate_lock */
	struct list_head entry;
	/* written by the task that dropped the last reference */
	struct callback_head release_work;
	/* released: protected by machine->lock */
	struct gmem_file *next_free;
};

#define gmem_for_each_file(f, inode) list_for_each_entry(f, &(inode)->gmem_file_list, entry)

static inline struct gmem_file *gmem_file_of(struct file *file)
{
	return container_of(file, struct gmem_file, file);
}

static inline pgoff_t gmem_size_pages(const struct gmem_inode *inode)
{
	return inode->i_size >> PAGE_SHIFT;
}

/* Does this kernel keep private or shared per index of the inode? */
static inline bool gmem_has_attributes(const struct gmem_inode *inode)
{
	return inode->machine->cfg.kernel != KERNEL_MAINLINE;
}

/* Does this kernel restructure folios when memory is converted? */
static inline bool gmem_restructures(const struct gmem_inode *inode)
{
	return inode->machine->cfg.kernel >= KERNEL_HUGETLB_WIP;
}

/* The December 2025 tree as it is, or (false) the order announced since, or another kernel. */
static inline bool gmem_is_wip(const struct gmem_inode *inode)
{
	return inode->machine->cfg.kernel == KERNEL_HUGETLB_WIP;
}

/* Pages of a folio as it is allocated. */
static inline u64 gmem_huge_pages(const struct gmem_inode *inode)
{
	return 1ull << inode->page_order;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_index
 * Fidelity: faithful
 */
static inline pgoff_t gmem_get_index(const struct memory_slot *slot, gfn_t gfn)
{
	return gfn - slot->base_gfn + slot->gmem.pgoff;
}

extern const struct vm_operations gmem_vm_ops;

/* fallocate as others in the kernel call it: without the system call around it. */
s64 gmem_file_fallocate(struct task *me, struct file *file, u32 mode, s64 offset, s64 len);

/* gmem_get_folio() for files without direct map. */
struct folio *secret_get_folio(struct task *me, struct gmem_inode *inode, pgoff_t index);

/**
 * secret_access - KVM itself reads or writes a page that is not in the direct map.
 *
 * Context: a reference to the folio is held; may sleep.
 * Return: 0.
 */
s64 secret_access(struct task *me, struct folio *folio, u32 owner, bool write, u8 *byte,
		  sim_ns hold_ns);

/**
 * gmem_is_private_mem - private or shared, per index (in-place) or per file (mainline).
 *
 * Context: lockless callers recheck later; holders of the invalidate lock get a stable answer.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_is_private_mem
 * Fidelity: faithful
 */
bool gmem_is_private_mem(struct task *me, struct gmem_inode *inode, pgoff_t index);

/* The same without a visible operation: at rest, or with the invalidate lock held. */
bool gmem_index_is_private(const struct gmem_inode *inode, pgoff_t index);

/**
 * gmem_get_folio - the folio at @index, locked and referenced; made if absent.
 *
 * Context: may sleep.
 * Return: the folio or an ERR_PTR: -ENOMEM.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_folio
 * Fidelity: faithful (no NUMA policy); the WIP tree inserts by itself, past the LRU batches
 */
struct folio *gmem_get_folio(struct task *me, struct gmem_inode *inode, pgoff_t index);

/**
 * gmem_invalidate_filter - which mappings an invalidation of [start, end) has to zap.
 *
 * Context: invalidate lock held.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_invalidate_filter (mainline; in-place v7)
 * Fidelity: faithful
 */
u32 gmem_invalidate_filter(const struct gmem_inode *inode, pgoff_t start, pgoff_t end);

/**
 * gmem_open_invalidation, gmem_zap - the two halves of gmem_invalidate_begin() where they are two
 * sections of mmu_lock (restructuring kernels): count and range, then leaves.
 *
 * Context: invalidate lock held; gmem_zap() inside an open invalidation.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_invalidate_begin, kvm_gmem_zap (WIP)
 * Fidelity: faithful
 */
void gmem_open_invalidation(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end);
void gmem_zap(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end, u32 filter);

/**
 * gmem_split_private - split private leaves that reach over an end of the range, in every VM.
 *
 * mmu_lock is dropped to allocate.
 * Context: invalidate lock held exclusively, an invalidation of the range open.
 * Return: 0, -ENOMEM; in the WIP kernel what split_cross_boundary_leafs() makes of it there: 1.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_split_private (WIP)
 * Fidelity: faithful
 */
int gmem_split_private(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end);

/**
 * gmem_invalidate_begin / _end - stop faults on [start, end) and zap what is mapped, in every VM.
 *
 * Each VM's mmu_lock is taken in turn, never two at once.
 * Context: invalidate lock held, so that bindings stay the same between begin and end.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_invalidate_begin, kvm_gmem_invalidate_end
 * Fidelity: faithful
 */
void gmem_invalidate_begin(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end,
			   u32 filter);
void gmem_invalidate_end(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end);
void __gmem_invalidate_begin(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end,
			     u32 filter);
void __gmem_invalidate_end(struct task *me, struct gmem_file *f, pgoff_t start, pgoff_t end);

/* Zero a page that has no content yet.  Context: folio locked. */
void gmem_zero_folio(struct task *me, struct gmem_inode *inode, struct folio *folio);

/**
 * __gmem_get_pfn - the folio at @index of a file that @slot is bound to, locked, with a reference.
 *
 * Upstream: virt/kvm/guest_memfd.c:__kvm_gmem_get_pfn
 * Fidelity: faithful
 * Return: an ERR_PTR: -EFAULT, -EIO (binding), -EHWPOISON, -ENOMEM.
 */
struct folio *__gmem_get_pfn(struct task *me, struct gmem_file *f, struct memory_slot *slot,
			     pgoff_t index, pfn_t *pfn, int *max_order);

/**
 * gmem_error_folio - a page of the file has failed: take it from all guests, keep it in the file.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_error_folio
 * Fidelity: faithful: takes the invalidate lock, shared, with the folio locked.  Hole punching
 * waits for that folio lock with the invalidate lock held: the two can deadlock, as upstream
 * Context: folio locked; may sleep.
 * Return: MF_DELAYED.
 */
int gmem_error_folio(struct task *me, struct address_space *mapping, struct folio *folio);

#endif
