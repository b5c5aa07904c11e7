/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/mmap.h - processes: VMAs, mmap_lock, mmap and munmap.
 *
 * Invariants:
 *  M1 VMAs of one process are disjoint, non-empty, page aligned and sorted.
 *  M2 A file VMA is on its mapping's i_mmap list exactly while it is on its process's list.
 *  M3 vm_start, vm_end and vm_pgoff change only with mmap_lock for write and, for a file VMA,
 *     i_mmap_rwsem for write.
 *
 * Upstream: include/linux/mm_types.h, mm/mmap.c, mm/vma.c
 * Fidelity: simplified: VMAs on a sorted list instead of a maple tree, no merging
 */
#ifndef MODEL_MM_MMAP_H
#define MODEL_MM_MMAP_H

#include "model/mm/file.h"
#include "model/mm/pgtable.h"
#include "sim/rwsem.h"
#include "sim/srcu.h"

#define VM_READ	    BIT(0)
#define VM_WRITE    BIT(1)
#define VM_EXEC	    BIT(2)
#define VM_SHARED   BIT(3)
#define VM_MAYREAD  BIT(4) /* what mprotect() may give, each 4 above what it gives */
#define VM_MAYWRITE BIT(5)
#define VM_MAYEXEC  BIT(6)
#define VM_MAYSHARE BIT(7)
#define VM_PFNMAP   BIT(10) /* the driver inserts frames; core mm knows no pages here */
#define VM_LOCKED   BIT(13)
#define VM_DONTCOPY BIT(17)
#define VM_HUGEPAGE BIT(29)

#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)

/* Low, so that the tree above the leaf tables stays flat. */
#define MMAP_BASE 0x100000000ull
#define TASK_SIZE 0x7ffffffff000ull

struct vm_operations;

struct vm_area_struct {
	/* constant after insertion */
	struct mm_struct *vm_mm;
	const struct vm_operations *vm_ops; /* NULL: anonymous memory */
	struct file *vm_file;		    /* a reference; NULL: anonymous memory */
	void *vm_private_data;		    /* the file's */

	/* written under mmap_lock W */
	u32 vm_flags;

	/* written under mmap_lock W (and i_mmap_rwsem W); read under either for read */
	hva_t vm_start;
	hva_t vm_end;
	pgoff_t vm_pgoff;

	/* protected by mmap_lock */
	struct list_head node;

	/* protected by the mapping's i_mmap_rwsem */
	struct list_head i_mmap_node;
};

struct mm_struct {
	/* constant */
	struct machine *machine;
	char name[SIM_TASK_NAME];
	u32 id;	   /* object number */
	u32 owner; /* of the content of anonymous memory */
	struct list_head machine_node; /* machine->mms */

	struct rw_semaphore mmap_lock;

	/* protected by mmap_lock */
	struct list_head vmas;

	/* leaf tables; the xarray's lock is the kernel's page_table_lock */
	struct xarray tables;

	/* written under mmap_lock; read under notifier_srcu */
	struct list_head notifiers;
	struct srcu_struct notifier_srcu;

	/* atomic: TLB flush counts, for reports and tests */
	u64 nr_tlb_flushes;
	u64 nr_tlb_ipis;
};

/* --- mmap_lock, with the kernel's tracepoints --- */
void mmap_read_lock(struct task *me, struct mm_struct *mm);
void mmap_read_unlock(struct task *me, struct mm_struct *mm);
bool mmap_read_trylock(struct task *me, struct mm_struct *mm);
int mmap_read_lock_killable(struct task *me, struct mm_struct *mm);
void mmap_write_lock(struct task *me, struct mm_struct *mm);
int mmap_write_lock_killable(struct task *me, struct mm_struct *mm);
void mmap_write_unlock(struct task *me, struct mm_struct *mm);
void mmap_write_downgrade(struct task *me, struct mm_struct *mm);

/**
 * find_vma - the first VMA that ends behind @addr (it may begin behind it, too).
 * vma_lookup - the VMA that contains @addr.
 *
 * Context: mmap_lock held.
 */
struct vm_area_struct *find_vma(struct mm_struct *mm, hva_t addr);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, hva_t addr);

static inline bool vma_is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

static inline pgoff_t linear_page_index(const struct vm_area_struct *vma, hva_t addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/**
 * vm_mmap - the mmap system call, for a file or (@file NULL) for anonymous memory.
 * @offset: into the file, bytes
 * @addr: 0 to have an address chosen, or where (must be free: as MAP_FIXED_NOREPLACE)
 *
 * model/gmem's sys_mmap() is this with its own struct file.  f_op->mmap() checks and sets vm_ops.
 * Upstream: mm/mmap.c:do_mmap, mm/vma.c:__mmap_region
 * Fidelity: faithful
 * Fail site: "vma".
 * Return: 0, -EINVAL, -EEXIST, -ENOMEM, -EINTR, or what f_op->mmap() returned.
 */
s64 vm_mmap(struct task *me, struct file *file, hva_t addr, u64 offset, u64 len, bool shared,
	    hva_t *out);

/**
 * vm_mmap_pgoff - the same with the call's own words: PROT_* and MAP_*.
 *
 * Upstream: mm/mmap.c:do_mmap, mm/util.c:vm_mmap_pgoff
 * Fidelity: faithful for files that can be read and written; no limits of RLIMIT_MEMLOCK and of the
 * number of VMAs, no MAP_FIXED, no overcommit
 */
s64 vm_mmap_pgoff(struct task *me, struct file *file, hva_t addr, u64 offset, u64 len, u32 prot,
		  u32 flags, hva_t *out);

/**
 * vma_change_flags - give [@start, @end) of @vma other flags, cutting off what is outside.
 *
 * Upstream: mm/vma.c:vma_modify_flags
 * Fidelity: simplified: no merging
 * Context: mmap_lock held for write.
 * Fail site: "vma".
 * Return: the VMA of exactly that range, or an ERR_PTR.
 */
struct vm_area_struct *vma_change_flags(struct task *me, struct vm_area_struct *vma, hva_t start,
					hva_t end, u32 vm_flags);

/**
 * vma_insert_copy - put a copy of @vma into @mm, at the same address, with no pages.
 *
 * Upstream: mm/mmap.c:dup_mmap
 * Fidelity: faithful, the part for one VMA
 * Context: mmap_lock of both held for write.
 * Fail site: "vma".
 */
int vma_insert_copy(struct task *me, struct mm_struct *mm, const struct vm_area_struct *vma);

/* --- populate (gup.c) --- */

/**
 * mm_populate - fault the pages of [@addr, @addr + @len) in, as the VMA allows, hoping for the best
 * if @ignore_errors.
 *
 * Upstream: mm/gup.c:__mm_populate
 * Fidelity: faithful
 */
s64 mm_populate(struct task *me, struct mm_struct *mm, hva_t addr, u64 len, bool ignore_errors);

/**
 * vm_munmap - the munmap system call without its entry cost.
 *
 * Upstream: mm/vma.c:do_vmi_align_munmap, vms_complete_munmap_vmas
 * Fidelity: faithful: VMAs leave with mmap_lock held for write, pages go after the downgrade
 * Fail site: "vma" (when a VMA must be split).
 */
s64 vm_munmap(struct task *me, struct mm_struct *mm, hva_t addr, u64 len);

/**
 * exit_mmap - the process ends: unmap everything, free the tables.
 *
 * Context: may sleep; nobody in the process uses its memory any more.
 */
void exit_mmap(struct task *me, struct mm_struct *mm);

#endif
