/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/ops.h - the operations of the modelled machine, as its actors call them.
 *
 * This is the model's public face: one function per verb of the trace language, each the whole
 * system call, exit or access, with its entry cost, its locks and its errno.  Replay of traces and
 * property tests call these and need no other header of the model.
 *
 * Conventions: @me is the actor; offsets and lengths are bytes and may be anything a user could
 * pass (validation is the kernel's and answers as the kernel does); the result is 0, a positive
 * count where the call returns one, a negative errno, or an enum access_result.
 */
#ifndef MODEL_OPS_H
#define MODEL_OPS_H

#include "model/machine.h"

struct vm;
struct vcpu;
struct mm_struct;
struct gmem_file;
struct pin;

enum vm_type { VM_DEFAULT, VM_SW_PROTECTED, VM_TDX };

/* flags of gmem_create, as KVM_CREATE_GUEST_MEMFD's */
#define GMEM_FLAG_MMAP	      BIT_ULL(0)
#define GMEM_FLAG_INIT_SHARED BIT_ULL(1)
#define GMEM_FLAG_HUGETLB     BIT_ULL(2) /* restructuring kernels */

/* attribute bits */
#define MEMORY_ATTRIBUTE_PRIVATE BIT_ULL(3)

/* fallocate modes */
#define FALLOC_KEEP_SIZE  BIT(0)
#define FALLOC_PUNCH_HOLE BIT(1)

/* prot and flags of mmap, prot of mprotect */
#define PROT_NONE	    0x0
#define PROT_READ	    0x1
#define PROT_WRITE	    0x2
#define PROT_EXEC	    0x4
#define MAP_SHARED	    0x01
#define MAP_PRIVATE	    0x02
#define MAP_SHARED_VALIDATE 0x03
#define MAP_TYPE	    0x0f
#define MAP_LOCKED	    0x02000
#define MAP_POPULATE	    0x08000
#define MAP_HUGETLB	    0x40000

/* advice of madvise */
#define MADV_DONTNEED	    4
#define MADV_FREE	    8
#define MADV_REMOVE	    9
#define MADV_DONTFORK	    10
#define MADV_HUGEPAGE	    14
#define MADV_COLD	    20
#define MADV_PAGEOUT	    21
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#define MADV_COLLAPSE	    25

/* What an access saw, or why it ended. */
struct access_info {
	u64 fault_gpa;
	u64 fault_size;
	u64 fault_flags; /* KVM_MEMORY_EXIT_FLAG_PRIVATE = 8 */
	u8 first_byte;	 /* what the first page of a read contained */
	u8 other_byte;	 /* what a later one contained instead, if other_page is not 0 */
	u64 other_page;
	u64 pages_done;
};

/* Note one page of a read, before pages_done counts it. */
static inline void access_info_read(struct access_info *info, u8 byte)
{
	if (!info->pages_done) {
		info->first_byte = byte;
	} else if (byte != info->first_byte && !info->other_page) {
		info->other_byte = byte;
		info->other_page = info->pages_done;
	}
}

/* --- set-up (before the run, or from a running task) --- */

/**
 * mm_create - a process: an address space with its own mmap_lock and page tables.
 */
struct mm_struct *mm_create(struct machine *m, const char *name);

/**
 * vm_create - a VM owned by the process @mm, with @nr_vcpus vCPUs, no memslots and no memory.
 */
struct vm *vm_create(struct machine *m, const char *name, enum vm_type type, struct mm_struct *mm,
		     u32 nr_vcpus);

/**
 * vm_set_private_zap - does memory lose its content when it is taken out of the private page table?
 *
 * It does where the removed page is unreadable to everybody and accepting it again clears it (TDX),
 * and does not where privacy is kept in software.
 * Context: set-up.
 */
void vm_set_private_zap(struct vm *vm, bool destroys);
struct vcpu *vm_vcpu(struct vm *vm, u32 index);
struct vm *vm_by_name(struct machine *m, const char *name);

/**
 * vm_close - close the VM's descriptor and its vCPUs'; the VM goes when its last file has gone.
 *
 * Return: 0, or -EBADF if that was done before.
 */
s64 vm_close(struct task *me, struct vm *vm);

/**
 * task_bind_vcpu / task_bind_mm - say which vCPU or process a task acts as; sets me->model.
 *
 * Context: set-up, once per task.
 */
void task_bind_vcpu(struct task *t, struct vcpu *vcpu);
void task_bind_mm(struct task *t, struct mm_struct *mm);
struct mm_struct *task_mm(const struct task *t);
struct vcpu *task_vcpu(const struct task *t); /* NULL for a VMM thread */

/* --- guest --- */

/**
 * guest_touch - the guest accesses [gpa, gpa + len) page by page, as private or shared.
 * @byte: what a write stores
 *
 * Faults as needed: each EPT violation exits, is handled, is retried as KVM retries it.
 * Context: task bound to a vCPU; may sleep.
 * Return: ACCESS_OK, an ACCESS_EXIT_*, or the errno KVM_RUN would return.
 */
s64 guest_touch(struct task *me, gpa_t gpa, u64 len, bool is_private, bool write, u8 byte,
		struct access_info *info);

/**
 * guest_fetch - the guest executes an instruction at @gpa.
 *
 * An exit to the emulator cannot help: there is no device to fetch instructions from.
 * Return: as guest_touch(), with ACCESS_EXIT_INTERNAL_ERROR where that has ACCESS_EXIT_MMIO.
 */
s64 guest_fetch(struct task *me, gpa_t gpa, struct access_info *info);

/**
 * guest_run - compute in the guest for @ns; kicks interrupt it.
 */
s64 guest_run(struct task *me, sim_ns ns);

/* --- TDs: what the guest does (model/kvm/tdx_vcpu.c, tdx_guest.c) --- */

/* What a touch of private memory that was not accepted does, beyond the exit it takes. */
enum tdx_ve_policy {
	TDX_VE_ACCEPT, /* the handler of #VE accepts the 4K page, then the access is made again */
	TDX_VE_DIE,    /* as Linux: the guest reports a fatal error, ACCESS_EXIT_SYSTEM_EVENT */
};

/* Context: set-up. */
void guest_set_ve_policy(struct vm *vm, enum tdx_ve_policy policy);

/* What the module has answered to the ACCEPTs of one operation. */
struct accept_info {
	/* written by the vCPU's task */
	u64 accepted_pages; /* 4K pages, whatever the size they were accepted in */
	u64 already_pages;  /* TDX_PAGE_ALREADY_ACCEPTED */
	u64 accepted_2m;    /* calls that accepted 2M at once */
	u64 mismatches;	    /* TDX_PAGE_SIZE_MISMATCH: smaller pages were tried then */
	u64 busy;	    /* TDX_OPERAND_BUSY: the host was at that page; tried again */
	u64 status;	    /* of the call that ended it, 0 if none did */
};

/**
 * guest_accept - TDG.MEM.PAGE.ACCEPT for [gpa, gpa + len), from the lowest address on.
 * @level: 0: as Linux, the largest page that is aligned and fits, smaller ones if the host has
 *	   mapped smaller ones; PG_LEVEL_4K (1) or PG_LEVEL_2M (2): only that size
 *
 * Context: task bound to a vCPU of a TD; may sleep.
 * Return: 0 (some pages may have been accepted before: already_pages), ACCESS_EXIT_SYSTEM_EVENT if
 * the module refuses (acc->status) and the guest gives up, or as guest_touch().
 */
s64 guest_accept(struct task *me, gpa_t gpa, u64 len, int level, struct access_info *info,
		 struct accept_info *acc);

/**
 * vmm_map_gpa_fn - user space's answer to KVM_EXIT_HYPERCALL / KVM_HC_MAP_GPA_RANGE, at most 2 MiB.
 *
 * Context: the vCPU's thread, outside of KVM_RUN.
 * Return: 0, or an error: the guest gets TDVMCALL_STATUS_INVALID_OPERAND.
 */
typedef s64 (*vmm_map_gpa_fn)(struct task *me, struct vm *vm, gpa_t gpa, u64 len, bool to_private,
			      void *arg);

#define TDVMCALL_STATUS_SUCCESS		    0ull
#define TDVMCALL_STATUS_RETRY		    1ull
#define TDVMCALL_STATUS_INVALID_OPERAND	    0x8000000000000000ull
#define TDVMCALL_STATUS_ALIGN_ERROR	    0x8000000000000002ull
#define TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED 0x8000000000000003ull

struct mapgpa_info {
	/* written by the vCPU's task */
	u64 status;	  /* TDVMCALL_STATUS_*, of the last call */
	gpa_t failed_gpa; /* R11 of it, without the shared bit: from here on nothing was done */
	u32 nr_exits;	  /* to user space */
	u32 nr_retries;	  /* TDVMCALL_STATUS_RETRY: the guest has gone on from R11 */
};

/**
 * guest_mapgpa - TDG.VP.VMCALL<MapGPA>: the guest wants [gpa, gpa + len) private or shared.
 * @map_gpa: user space; NULL: it has not asked for KVM_HC_MAP_GPA_RANGE
 *
 * Memory that has become private is not accepted here: guest_accept() follows, as in Linux.
 * Context: task bound to a vCPU of a TD; may sleep.
 * Return: 0 if the guest has its answer (info->status), or what KVM_RUN has returned.
 */
s64 guest_mapgpa(struct task *me, bool to_private, gpa_t gpa, u64 len, vmm_map_gpa_fn map_gpa,
		 void *arg, struct mapgpa_info *info);

/**
 * guest_halt - TDG.VP.VMCALL<HLT>: the vCPU is blocked, outside of guest mode, until an interrupt.
 * @timer_ns: the guest's own timer interrupts it after this time; 0: none
 *
 * Context: task bound to a vCPU of a TD; may sleep.
 * Return: 0 when it has been woken, or what KVM_RUN returns (-EINTR).
 */
s64 guest_halt(struct task *me, sim_ns timer_ns);

/**
 * vcpu_interrupt - an interrupt for the guest (a device's, or from another vCPU).
 *
 * Wakes the vCPU if it is halted; while it is pending, MapGPA answers RETRY.  Delivered with the
 * next VP.ENTER.
 * Context: any that may sleep.
 */
void vcpu_interrupt(struct task *me, struct vcpu *vcpu);

/**
 * guest_spin_until - run in the guest until @cond is true: a spinlock of the guest's.
 *
 * Kicks and the host's tick interrupt it, as they do guest_run().  Whoever makes @cond true calls
 * guest_spin_wake() for each task that may wait for it.
 * Return: 0 with @cond true, or what KVM_RUN returns.
 */
s64 guest_spin_until(struct task *me, bool (*cond)(struct task *me, void *arg), void *arg);
void guest_spin_wake(struct task *me, struct task *spinner);

/* --- guest_memfd --- */
s64 gmem_create(struct task *me, struct vm *vm, s64 size, u64 flags, struct gmem_file **out);

/**
 * gmem_create_order - the same with the order of its pages: 9 or 18 with GMEM_FLAG_HUGETLB, else 0.
 */
s64 gmem_create_order(struct task *me, struct vm *vm, s64 size, u64 flags, u32 page_order,
		      struct gmem_file **out);

/**
 * gmem_link_vm - a second file of @f's inode, for another VM (intra-host migration): not in any
 * released kernel, but the object model has it, and every walk visits all files.
 */
s64 gmem_link_vm(struct task *me, struct gmem_file *f, struct vm *vm, struct gmem_file **out);
s64 gmem_close(struct task *me, struct gmem_file *f); /* drop the fd's reference */

/**
 * gmem_dup - one more descriptor of the same open file, by dup or by fork; gmem_close() undoes it.
 */
s64 gmem_dup(struct task *me, struct gmem_file *f);
void gmem_file_get(struct task *me, struct gmem_file *f); /* the same without the call's cost */

/* What fstat says of a file. */
struct gmem_stat {
	/* owned by the caller */
	u64 size;
	u64 blksize;
	u64 blocks;
};
s64 gmem_stat(struct task *me, struct gmem_file *f, struct gmem_stat *st);

/* The calls that exist for every file and that a guest_memfd answers with an error, but for one. */
enum gmem_io {
	GMEM_IO_READ,
	GMEM_IO_WRITE,
	GMEM_IO_PREAD,
	GMEM_IO_PWRITE,
	GMEM_IO_LSEEK,
	GMEM_IO_FTRUNCATE,
	GMEM_IO_CHMOD,
	GMEM_IO_CHOWN,
	GMEM_IO_UTIMENS,
	GMEM_IO_FSYNC,
	GMEM_IO_SEALS,
	GMEM_IO_SPLICE,
	GMEM_IO_SENDFILE,
	GMEM_IO_COPY_FILE_RANGE,
	GMEM_IO_REOPEN,
	GMEM_IO_FADVISE,
	NR_GMEM_IO
};
extern const char *const gmem_io_names[NR_GMEM_IO];
s64 gmem_io(struct task *me, struct gmem_file *f, enum gmem_io call);

/**
 * gmem_supported_flags - what KVM_CHECK_EXTENSION(KVM_CAP_GUEST_MEMFD_FLAGS) says of a VM.
 */
u64 gmem_supported_flags(const struct vm *vm);
s64 gmem_fallocate(struct task *me, struct gmem_file *f, u32 mode, s64 offset, s64 len);

/**
 * gmem_set_attributes - KVM_SET_MEMORY_ATTRIBUTES2 on the file (in-place kernels).
 * @error_offset: written on failure, as the ioctl writes it
 *
 * Return: 0, -EAGAIN on unexpected references, -ENOTTY where the kernel has per-VM attributes.
 */
s64 gmem_set_attributes(struct task *me, struct gmem_file *f, u64 offset, u64 size, u64 attrs,
			u64 *error_offset);

/* The argument of KVM_SET_MEMORY_ATTRIBUTES2, as the caller's memory holds it. */
struct memory_attributes2 {
	/* written by the caller; error_offset by a conversion that fails */
	u64 offset;
	u64 size;
	u64 attributes;
	u64 flags;
	u64 reserved;
	u64 error_offset;
};

/**
 * gmem_set_memory_attributes2 - the same ioctl with all of its argument.
 * @arg: NULL for a pointer to nowhere
 */
s64 gmem_set_memory_attributes2(struct task *me, struct gmem_file *f,
				struct memory_attributes2 *arg);

/**
 * vm_set_mem_attributes - KVM_SET_MEMORY_ATTRIBUTES on the VM (mainline).
 */
s64 vm_set_mem_attributes(struct task *me, struct vm *vm, gpa_t start, u64 size, u64 attrs);

/* --- memslots --- */

/**
 * vm_set_memory_region - KVM_SET_USER_MEMORY_REGION2.
 * @size: 0 deletes the slot
 * @gmem: NULL for a slot without guest_memfd
 * @hva: userspace address of the shared side; 0 with a file that has GMEM_FLAG_MMAP (GMEM_ONLY)
 */
s64 vm_set_memory_region(struct task *me, struct vm *vm, u32 slot, gpa_t gpa, u64 size,
			 struct gmem_file *gmem, u64 gmem_offset, hva_t hva);

/* The same with further bits of the flags word: KVM_MEM_LOG_DIRTY_PAGES 1, KVM_MEM_READONLY 2 */
s64 vm_set_memory_region_flags(struct task *me, struct vm *vm, u32 slot, gpa_t gpa, u64 size,
			       struct gmem_file *gmem, u64 gmem_offset, hva_t hva, u32 flags);

/* KVM_SET_USER_MEMORY_REGION, the first version of the call, which knows of no guest_memfd. */
s64 vm_set_memory_region_v1(struct task *me, struct vm *vm, u32 slot, gpa_t gpa, u64 size,
			    hva_t hva, u32 flags);

/**
 * vm_populate - give the guest its initial memory, as KVM_TDX_INIT_MEM_REGION does.
 * @src: address in the process that the pages are copied from; 0: in-place kernels take what the
 * file has, others refuse
 *
 * Return: pages done, or a negative errno if there are none.
 */
s64 vm_populate(struct task *me, struct vm *vm, gpa_t gpa, u64 len, hva_t src);

/* --- TDs (machines with enable_tdx; -ENOTTY for other VMs) --- */

/**
 * tdx_init_vm - KVM_TDX_INIT_VM: key, TDR and TDCS.
 *
 * Return: 0, -EBUSY if there are vCPUs, -EINVAL, -ENOSPC (no HKID), -ENOMEM, -EIO.
 */
s64 tdx_init_vm(struct task *me, struct vm *vm);

/**
 * tdx_create_vcpu / tdx_init_vcpu - KVM_CREATE_VCPU of a TD's vCPU; KVM_TDX_INIT_VCPU.
 *
 * Return: 0, -EIO (the TD is not initialized, the module refused), -EEXIST, -EINVAL, -ENOMEM.
 */
s64 tdx_create_vcpu(struct task *me, struct vcpu *vcpu);
s64 tdx_init_vcpu(struct task *me, struct vcpu *vcpu);

/**
 * tdx_init_mem_region - KVM_TDX_INIT_MEM_REGION with its flags; vm_populate() has none.
 * @measure: KVM_TDX_MEASURE_MEMORY_REGION
 */
s64 tdx_init_mem_region(struct task *me, struct vm *vm, gpa_t gpa, u64 len, hva_t src,
			bool measure);

/**
 * tdx_finalize_vm - KVM_TDX_FINALIZE_VM: the TD may run.
 *
 * Return: 0, -EINVAL, -EBUSY, -EIO.
 */
s64 tdx_finalize_vm(struct task *me, struct vm *vm);

/**
 * tdx_build_vm - tdx_init_vm(), and tdx_create_vcpu() and tdx_init_vcpu() of each vCPU.
 *
 * Initial memory and tdx_finalize_vm() may follow.
 */
s64 tdx_build_vm(struct task *me, struct vm *vm);

/**
 * tdx_terminate_vm - KVM_TDX_TERMINATE_VM: give the HKID up now, so that the memory goes fast.
 *
 * Return: 0, -EBUSY if a vCPU is in an ioctl, -EIO if the VM is dead already.
 */
s64 tdx_terminate_vm(struct task *me, struct vm *vm);

s64 vcpu_pre_fault_memory(struct task *me, struct vcpu *vcpu, gpa_t gpa, u64 size,
			  u64 *done_bytes);

/* --- the process's own mapping --- */
s64 sys_mmap(struct task *me, struct gmem_file *f, u64 offset, u64 len, bool shared, hva_t *out);
s64 sys_munmap(struct task *me, hva_t addr, u64 len);

/**
 * sys_mmap_flags - mmap with the call's own words; @f NULL: anonymous memory.
 */
s64 sys_mmap_flags(struct task *me, struct gmem_file *f, u64 offset, u64 len, u32 prot, u32 flags,
		   hva_t *out);
s64 sys_madvise(struct task *me, hva_t addr, u64 len, int behavior);
s64 sys_mprotect(struct task *me, hva_t addr, u64 len, u32 prot);
s64 sys_mlock(struct task *me, hva_t addr, u64 len);
s64 sys_munlock(struct task *me, hva_t addr, u64 len);

static inline s64 sys_madvise_dontneed(struct task *me, hva_t addr, u64 len)
{
	return sys_madvise(me, addr, len, MADV_DONTNEED);
}

/**
 * sys_fork - fork as far as memory goes: @child, an empty address space, becomes a copy of @me's.
 *
 * Return: 0, -ENOMEM or -EINTR (then @child is empty again).
 */
s64 sys_fork(struct task *me, struct mm_struct *child);

/**
 * mm_exit - the last thread of a process ends: all its mappings go.
 */
void mm_exit(struct task *me, struct mm_struct *mm);

/**
 * host_access - user code reads or writes [addr, addr + len) page by page.
 *
 * Return: ACCESS_OK, ACCESS_SIGBUS, ACCESS_SIGSEGV, or -ENOMEM (OOM).
 */
s64 host_access(struct task *me, hva_t addr, u64 len, bool write, u8 byte,
		struct access_info *info);

/**
 * pin_user_pages - GUP: references that no unmap can revoke.
 * @longterm: FOLL_PIN | FOLL_LONGTERM instead of FOLL_GET
 * @fast_only: try the lockless path alone
 *
 * Return: pages pinned (then *@out is to be given to unpin_user_pages()), or a negative errno.
 */
s64 pin_user_pages(struct task *me, hva_t addr, u64 len, bool longterm, bool fast_only,
		   struct pin **out);
s64 unpin_user_pages(struct task *me, struct pin *pin);

/**
 * splice_user_pages - vmsplice: a pipe holds the pages, and the bytes in them, until it is read.
 *
 * Return: as pin_user_pages(); a byte of a page counts as much as all of it.
 */
s64 splice_user_pages(struct task *me, hva_t addr, u64 len, struct pin **out);

/* What the first of the pages holds now, whoever has it mapped; given back by unpin_user_pages() */
u8 pin_first_byte(const struct pin *pin);

/**
 * iommu_map - pin [addr, addr + len) and map it for devices (VFIO).
 *
 * Return: pages mapped, all of them, or a negative errno.
 */
s64 iommu_map(struct task *me, hva_t addr, u64 len, struct pin **out);
s64 iommu_unmap(struct task *me, struct pin *pin);

/* How the kernel gets at the user memory that a call names. */
enum access_via {
	ACCESS_VIA_COPY,       /* read(2), write(2): copy_to_user(), copy_from_user() */
	ACCESS_VIA_PROCESS_VM, /* process_vm_readv(), process_vm_writev() */
	ACCESS_VIA_DIRECT,     /* O_DIRECT */
	ACCESS_VIA_PROC_MEM,   /* /proc/PID/mem */
};

/**
 * kernel_access - a system call that reads or writes [addr, addr + len) of the process's memory.
 *
 * Return: 0 if anything was done (info->pages_done says how much), or a negative errno.
 */
s64 kernel_access(struct task *me, hva_t addr, u64 len, bool write, enum access_via via, u8 byte,
		  struct access_info *info);

/* --- the host kernel's own actors --- */
s64 lru_add_drain_all(struct task *me);

/**
 * speculative_ref - a transient reference to the folio at @index, held for @hold_ns, as a page
 * cache walker, compaction or GUP-fast that lost its race takes one.
 */
s64 speculative_ref(struct task *me, struct gmem_file *f, u64 offset, sim_ns hold_ns);

/**
 * migrate_range - try to migrate each page of a range of the file, as move_pages(2) does.
 *
 * Return: the first page's status that is not the usual one (-EOPNOTSUPP: the file's pages cannot
 * be moved), or that; -ENOENT where there is none.
 */
s64 migrate_range(struct task *me, struct gmem_file *f, u64 offset, u64 len);

/**
 * compact_frames - compaction scans @nr frames; it knows nothing of the file they are in.
 * gmem_frames - which frames has the file in a range now?  As /proc/kpageflags would tell.
 *
 * Return: how many could have been moved; how many frames there are.
 */
s64 compact_frames(struct task *me, const pfn_t *pfns, u64 nr);
u64 gmem_frames(struct gmem_file *f, u64 offset, u64 len, pfn_t *pfns);

/**
 * collapse_range - khugepaged tries each 2M of the range.
 *
 * Return: 0 if it has collapsed them, -EINVAL (may not have huge pages), -EAGAIN, -ENOMEM.
 */
s64 collapse_range(struct task *me, struct gmem_file *f, u64 offset, u64 len);

/**
 * memory_failure_at - the hardware reports an uncorrected error in the page of @f at @offset.
 *
 * Return: -ENXIO where the file has no page, else what memory_failure() says: -EBUSY or -EHWPOISON.
 */
s64 memory_failure_at(struct task *me, struct gmem_file *f, u64 offset);

/**
 * memory_failure_consumed - the same, met by @me itself in an access (MF_ACTION_REQUIRED).
 *
 * Return: ACCESS_SIGBUS, whatever became of the page; -ENXIO.
 */
s64 memory_failure_consumed(struct task *me, struct gmem_file *f, u64 offset);

/**
 * sys_madvise_hwpoison - the same as the process asks for it, page by page (MADV_HWPOISON).
 *
 * Return: 0, -EINVAL, -EFAULT (nothing can be mapped there), or memory_failure()'s -EBUSY.
 */
s64 sys_madvise_hwpoison(struct task *me, hva_t addr, u64 len);

/**
 * gmem_create_secret - a file whose pages are not in the kernel's direct map.
 */
s64 gmem_create_secret(struct task *me, struct vm *vm, s64 size, u64 flags,
		       struct gmem_file **out);

/**
 * vm_access_guest - KVM itself reads or writes a guest page, for @hold_ns.
 *
 * Through a cache of the page's place, or, if the page has no direct map, with one for as long.
 * Context: may sleep.
 * Return: 0, -EFAULT, -EINTR, -ENOMEM, -EBADF.
 */
s64 vm_access_guest(struct task *me, struct vm *vm, gpa_t gpa, bool write, u8 *byte,
		    sim_ns hold_ns);

/* --- questions a trace may ask --- */

/**
 * vm_gpa_mapped - is there a leaf for @gpa now (private or shared)?
 */
bool vm_gpa_mapped(struct vm *vm, gpa_t gpa);

/**
 * vm_gpa_leaf_bytes - how large is that leaf?  0 if there is none.
 */
u64 vm_gpa_leaf_bytes(struct vm *vm, gpa_t gpa);

/**
 * gmem_folio_state - describe the folio at @offset: present, reference count, uptodate.
 */
struct folio_state {
	/* a snapshot, owned by the caller */
	bool present;
	bool uptodate;
	bool is_private;
	bool poisoned;
	u32 order;
	u32 refcount;
	u32 mapcount;
};
struct folio_state gmem_folio_state(struct gmem_file *f, u64 offset);

#endif
