/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/fails.h - the places where the modelled kernel can fail, one list for everybody.
 *
 * FAIL(name, kind, where, what): @name is what sim_should_fail() is called with and what a trace
 * says in fail=NAME:N; @kind is one of enum fail_kind; @where the upstream function; @what comes of
 * it.  To add a site: put its row into the block of your part (any order), and the call at the very
 * place where the kernel allocates, waits or calls out.  tests/tidy finds a call without a row and
 * a row without a call; tests/prop/test_failures.c finds a site that no operation reaches.
 *
 * The kinds, and what to call:
 *  FAIL_ALLOC      memory: sim_should_fail(me, "name")
 *  FAIL_EXTERNAL   something outside the kernel refuses: sim_should_fail(me, "name")
 *  FAIL_SEAMCALL   a TDX module call answers with an error: sim_should_fail(me, "name")
 *  FAIL_FATAL      the same, and the VM is bugged: sim_told_to_fail(me, "name")
 *  FAIL_INTERRUPT  a look for signals, or an interruptible wait: fail_signal(me, "name")
 *  FAIL_KILL       the same where only SIGKILL counts: fail_kill(me, "name")
 * FATAL and KILL never fail by choice, only where a trace says so: a VM or a process would be gone.
 */
#ifndef MODEL_FAILS_H
#define MODEL_FAILS_H

#include "sim/engine.h"

#define MM_FAILS(FAIL)                                                                             \
	FAIL(folio_alloc, ALLOC, "mm/mempolicy.c:folio_alloc_mpol", "-ENOMEM; VM_FAULT_OOM")       \
	FAIL(xa_node, ALLOC, "lib/xarray.c:xas_alloc", "-ENOMEM")                                  \
	FAIL(pte_alloc, ALLOC, "mm/memory.c:__pte_alloc", "VM_FAULT_OOM")                          \
	FAIL(vma, ALLOC, "mm/vma_init.c:vm_area_alloc", "-ENOMEM")                                 \
	FAIL(memcg_charge, ALLOC, "mm/filemap.c:filemap_add_folio", "-ENOMEM; VM_FAULT_OOM")       \
	FAIL(vma_tree, ALLOC, "mm/vma.c:vma_iter_prealloc", "-ENOMEM")                             \
	FAIL(tlb_batch, ALLOC, "mm/mmu_gather.c:tlb_next_batch", "none: it flushes earlier")       \
	FAIL(pin, ALLOC, "the driver's array of pages", "-ENOMEM")                                 \
	FAIL(kill_mmap_read, KILL, "include/linux/mmap_lock.h:mmap_read_lock_killable", "-EINTR")  \
	FAIL(kill_mmap_write, KILL, "include/linux/mmap_lock.h:mmap_write_lock_killable",          \
	     "-EINTR")                                                                             \
	FAIL(kill_gup, KILL, "mm/gup.c:__get_user_pages", "-EINTR, or the pages so far")           \
	FAIL(kill_fault, KILL, "arch/x86/mm/fault.c:do_user_addr_fault", "-EINTR")                 \
	FAIL(mm, ALLOC, "kernel/fork.c:dup_mm", "-ENOMEM")                                         \
	FAIL(kill_fork, KILL, "mm/mmap.c:dup_mmap", "-EINTR")

#define HUGETLB_FAILS(FAIL)                                                                        \
	FAIL(hugepage_new_subpool, ALLOC, "mm/hugetlb.c:hugepage_new_subpool", "NULL: -ENOMEM")    \
	FAIL(hugetlb_alloc_folio, ALLOC, "mm/hugetlb.c:hugetlb_alloc_folio", "NULL: -ENOMEM")      \
	FAIL(restructuring_metadata, ALLOC,                                                        \
	     "hugetlb_restructuring.c:hugetlb_restructuring_metadata_store", "-ENOMEM")            \
	FAIL(hvo_restore, ALLOC, "mm/hugetlb_vmemmap.c:alloc_vmemmap_page_list",                   \
	     "-ENOMEM: the folio stays whole")                                                     \
	FAIL(hvo_optimize, ALLOC, "mm/hugetlb_vmemmap.c:vmemmap_remap_free",                       \
	     "none: the old head page is used")

#define HOST_FAILS(FAIL)                                                                           \
	FAIL(migrate_dst, ALLOC, "mm/migrate.c:migrate_folio_unmap", "-ENOMEM")                    \
	FAIL(populate_signal, INTERRUPT, "virt/kvm/guest_memfd.c:kvm_gmem_populate",               \
	     "-EINTR, or the pages done before")

#define TDX_VCPU_FAILS(FAIL)                                                                       \
	FAIL(vcpu_event, EXTERNAL, "arch/x86/kvm/x86.c:kvm_vcpu_has_events",                       \
	     "none: MapGPA answers RETRY, a fault is left and taken again")

#define KVM_FAILS(FAIL)                                                                            \
	FAIL(mmu_cache, ALLOC, "virt/kvm/kvm_main.c:__kvm_mmu_topup_memory_cache", "-ENOMEM")      \
	FAIL(memslot, ALLOC, "virt/kvm/kvm_main.c:kvm_set_memory_region, kvm_set_memslot",         \
	     "-ENOMEM")                                                                            \
	FAIL(memslot_arch, ALLOC, "arch/x86/kvm/x86.c:kvm_alloc_memslot_metadata", "-ENOMEM")      \
	FAIL(signal_run, INTERRUPT, "kernel/entry/virt.c:xfer_to_guest_mode_handle_work",          \
	     "-EINTR")                                                                             \
	FAIL(signal_pre_fault, INTERRUPT, "virt/kvm/kvm_main.c:kvm_vcpu_pre_fault_memory",         \
	     "-EINTR, or 0 with what was done")                                                    \
	FAIL(signal_map_page, INTERRUPT, "arch/x86/kvm/mmu/mmu.c:kvm_tdp_map_page",                \
	     "-EINTR, or 0 with what was done")                                                    \
	FAIL(kill_vcpu_mutex, KILL, "virt/kvm/kvm_main.c:kvm_vcpu_ioctl", "-EINTR")

#define TDP_FAILS(FAIL)                                                                            \
	FAIL(split_sp, ALLOC, "arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_alloc_sp_for_split", "-ENOMEM")  \
	FAIL(split_external_spt, ALLOC, "the same, the external page table's page", "-ENOMEM")     \
	FAIL(mmu_external_cache, ALLOC, "arch/x86/kvm/mmu/mmu.c:mmu_topup_memory_caches",          \
	     "-ENOMEM")                                                                            \
	FAIL(signal_ept, INTERRUPT, "arch/x86/kvm/vmx/tdx.c:tdx_handle_ept_violation", "-EINTR")   \
	FAIL(external_map_busy, EXTERNAL, "x86 op set_external_spte: a leaf, TDX_OPERAND_BUSY",    \
	     "retry")                                                                              \
	FAIL(external_map, FATAL, "x86 op set_external_spte: a leaf", "VM dead: -EIO")             \
	FAIL(external_link_busy, EXTERNAL, "x86 op set_external_spte: a table, TDX_OPERAND_BUSY",  \
	     "retry")                                                                              \
	FAIL(external_link, FATAL, "x86 op set_external_spte: a table", "VM dead: -EIO")           \
	FAIL(external_remove, FATAL, "x86 op set_external_spte: a leaf goes", "VM dead: -EIO")     \
	FAIL(external_split_busy, EXTERNAL, "x86 op split_external_spte: TDX_OPERAND_BUSY",        \
	     "retry with mmu_lock for read; else VM dead: -EIO")                                   \
	FAIL(external_split, FATAL, "x86 op split_external_spte", "VM dead: -EIO")                 \
	FAIL(external_free, FATAL, "x86 op free_external_spt", "VM dead: -EIO")

#define GMEM_FAILS(FAIL)                                                                           \
	FAIL(gmem_file, ALLOC, "virt/kvm/guest_memfd.c:__kvm_gmem_create", "-ENOMEM")              \
	FAIL(gmem_inode, ALLOC, "virt/kvm/guest_memfd.c:kvm_gmem_alloc_inode", "-ENOMEM")          \
	FAIL(attr_init, ALLOC, "virt/kvm/guest_memfd.c:kvm_gmem_init_inode", "-ENOMEM")            \
	FAIL(attr_prealloc, ALLOC, "virt/kvm/guest_memfd.c:kvm_gmem_mas_preallocate", "-ENOMEM")   \
	FAIL(gmem_fd, ALLOC, "fs/file.c:get_unused_fd_flags", "-EMFILE")                           \
	FAIL(gmem_filp, ALLOC, "fs/file_table.c:alloc_file_pseudo", "-ENFILE")                     \
	FAIL(signal_allocate, INTERRUPT, "virt/kvm/guest_memfd.c:kvm_gmem_allocate", "-EINTR")

#define GMEM_HUGE_FAILS(FAIL)                                                                      \
	FAIL(gmem_hugetlb, ALLOC, "virt/kvm/guest_memfd_hugetlb.c:gmem_hugetlb_setup", "-ENOMEM")

/* the TDX module: what each leaf answers is in model/tdx/spec_leaves.h */
#define TDX_FAILS(FAIL)                                                                            \
	FAIL(seamcall_mem_page_add, SEAMCALL, "TDH.MEM.PAGE.ADD",                                  \
	     "TDX_OPERAND_BUSY | OPERAND_RDX")                                                     \
	FAIL(seamcall_mem_sept_add, SEAMCALL, "TDH.MEM.SEPT.ADD",                                  \
	     "TDX_OPERAND_BUSY | OPERAND_SEPT_TREE")                                               \
	FAIL(seamcall_mem_page_relocate, SEAMCALL, "TDH.MEM.PAGE.RELOCATE",                        \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_mem_page_aug, SEAMCALL, "TDH.MEM.PAGE.AUG",                                  \
	     "TDX_OPERAND_BUSY | OPERAND_SEPT_TREE")                                               \
	FAIL(seamcall_mem_range_block, SEAMCALL, "TDH.MEM.RANGE.BLOCK",                            \
	     "TDX_OPERAND_BUSY | OPERAND_SEPT_TREE")                                               \
	FAIL(seamcall_mem_page_demote, SEAMCALL, "TDH.MEM.PAGE.DEMOTE",                            \
	     "TDX_INTERRUPTED_RESTARTABLE")                                                        \
	FAIL(seamcall_mem_page_promote, SEAMCALL, "TDH.MEM.PAGE.PROMOTE",                          \
	     "TDX_INTERRUPTED_RESTARTABLE")                                                        \
	FAIL(seamcall_mem_sept_rd, SEAMCALL, "TDH.MEM.SEPT.RD",                                    \
	     "TDX_OPERAND_BUSY | OPERAND_SEPT_TREE")                                               \
	FAIL(seamcall_mem_page_remove, SEAMCALL, "TDH.MEM.PAGE.REMOVE",                            \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_mem_sept_remove, SEAMCALL, "TDH.MEM.SEPT.REMOVE",                            \
	     "TDX_OPERAND_BUSY | OPERAND_SEPT_TREE")                                               \
	FAIL(seamcall_mem_track, SEAMCALL, "TDH.MEM.TRACK",                                        \
	     "TDX_OPERAND_BUSY | OPERAND_TD_EPOCH")                                                \
	FAIL(seamcall_mem_range_unblock, SEAMCALL, "TDH.MEM.RANGE.UNBLOCK",                        \
	     "TDX_OPERAND_BUSY | OPERAND_SEPT_TREE")                                               \
	FAIL(seamcall_mng_addcx, SEAMCALL, "TDH.MNG.ADDCX", "TDX_OPERAND_BUSY | OPERAND_RDX")      \
	FAIL(seamcall_mng_key_config, SEAMCALL, "TDH.MNG.KEY.CONFIG",                              \
	     "TDX_KEY_GENERATION_FAILED")                                                          \
	FAIL(seamcall_mng_create, SEAMCALL, "TDH.MNG.CREATE", "TDX_OPERAND_BUSY | OPERAND_KOT")    \
	FAIL(seamcall_mr_extend, SEAMCALL, "TDH.MR.EXTEND", "TDX_OPERAND_BUSY | OPERAND_RDX")      \
	FAIL(seamcall_mr_finalize, SEAMCALL, "TDH.MR.FINALIZE", "TDX_OPERAND_BUSY | OPERAND_RCX")  \
	FAIL(seamcall_mng_vpflushdone, SEAMCALL, "TDH.MNG.VPFLUSHDONE",                            \
	     "TDX_OPERAND_BUSY | OPERAND_KOT")                                                     \
	FAIL(seamcall_mng_key_freeid, SEAMCALL, "TDH.MNG.KEY.FREEID",                              \
	     "TDX_OPERAND_BUSY | OPERAND_KOT")                                                     \
	FAIL(seamcall_mng_init, SEAMCALL, "TDH.MNG.INIT", "TDX_OPERAND_BUSY | OPERAND_RCX")        \
	FAIL(seamcall_mng_key_reclaimid, SEAMCALL, "TDH.MNG.KEY.RECLAIMID",                        \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_vp_enter, SEAMCALL, "TDH.VP.ENTER", "TDX_OPERAND_BUSY | OPERAND_TD_EPOCH")   \
	FAIL(seamcall_vp_addcx, SEAMCALL, "TDH.VP.ADDCX", "TDX_OPERAND_BUSY | OPERAND_TDR")        \
	FAIL(seamcall_vp_create, SEAMCALL, "TDH.VP.CREATE", "TDX_OPERAND_BUSY | OPERAND_RDX")      \
	FAIL(seamcall_vp_flush, SEAMCALL, "TDH.VP.FLUSH", "TDX_OPERAND_BUSY | OPERAND_TDR")        \
	FAIL(seamcall_vp_init, SEAMCALL, "TDH.VP.INIT", "TDX_OPERAND_BUSY | OPERAND_TDR")          \
	FAIL(seamcall_phymem_page_reclaim, SEAMCALL, "TDH.PHYMEM.PAGE.RECLAIM",                    \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_phymem_cache_wb, SEAMCALL, "TDH.PHYMEM.CACHE.WB",                            \
	     "TDX_INTERRUPTED_RESUMABLE")                                                          \
	FAIL(seamcall_phymem_page_wbinvd, SEAMCALL, "TDH.PHYMEM.PAGE.WBINVD",                      \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_phymem_pamt_add, SEAMCALL, "TDH.PHYMEM.PAMT.ADD",                            \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_phymem_pamt_remove, SEAMCALL, "TDH.PHYMEM.PAMT.REMOVE",                      \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(seamcall_tdg_vp_vmcall, SEAMCALL, "TDG.VP.VMCALL",                                    \
	     "TDX_OPERAND_INVALID | OPERAND_RCX")                                                  \
	FAIL(seamcall_tdg_mem_page_accept, SEAMCALL, "TDG.MEM.PAGE.ACCEPT",                        \
	     "TDX_OPERAND_BUSY | OPERAND_RCX")                                                     \
	FAIL(tdx_interrupt, EXTERNAL, "is_interrupt_pending_host_side", "TDX_INTERRUPTED_*")       \
	FAIL(tdx_guest_interrupt, EXTERNAL, "is_interrupt_pending_guest_side",                     \
	     "ACCEPT goes on later")

/* KVM's side of TDX */
#define KVM_TDX_FAILS(FAIL)                                                                        \
	FAIL(tdx_pamt_page, ALLOC, "arch/x86/virt/vmx/tdx/tdx.c:tdx_topup_pamt_cache", "-ENOMEM")  \
	FAIL(tdx_create_vcpu, ALLOC, "virt/kvm/kvm_main.c:kvm_vm_ioctl_create_vcpu",               \
	     "-EEXIST: the vCPU is freed again")

#define MODEL_FAILS(FAIL)                                                                          \
	MM_FAILS(FAIL)                                                                             \
	HUGETLB_FAILS(FAIL)                                                                        \
	HOST_FAILS(FAIL)                                                                           \
	KVM_FAILS(FAIL)                                                                            \
	TDP_FAILS(FAIL)                                                                            \
	GMEM_FAILS(FAIL)                                                                           \
	GMEM_HUGE_FAILS(FAIL)                                                                      \
	TDX_FAILS(FAIL)                                                                            \
	TDX_VCPU_FAILS(FAIL)                                                                       \
	KVM_TDX_FAILS(FAIL)

enum fail_kind {
	FAIL_ALLOC,
	FAIL_EXTERNAL,
	FAIL_SEAMCALL,
	FAIL_FATAL,
	FAIL_INTERRUPT,
	FAIL_KILL,
	NR_FAIL_KINDS
};

enum fail_id {
#define FAIL(name, kind, where, what) FAIL_SITE_##name,
	MODEL_FAILS(FAIL)
#undef FAIL
		NR_FAILS
};

struct fail_desc {
	/* constant */
	const char *name;
	enum fail_kind kind;
	const char *where;
	const char *what;
};

extern const struct fail_desc fail_descs[NR_FAILS];

/**
 * fail_kind_name - "alloc", "external", "seamcall", "fatal", "interrupt", "kill".
 */
const char *fail_kind_name(enum fail_kind kind);

/**
 * fail_signal - a signal arrives here, if the trace or the tape says so.
 *
 * Context: just before a look for signals or an interruptible wait, which then behaves as it does
 * for a signal of another task.
 * Return: true if it has arrived now: an interruptible wait that would not have been one, because
 * nobody stands in the way, is to answer -EINTR.
 */
static inline bool fail_signal(struct task *me, const char *site)
{
	if (likely(!sim_should_fail(me, site)))
		return false;
	send_signal(me, me, 1);
	return true;
}

/**
 * fail_kill - SIGKILL arrives here, if the trace says so.
 *
 * Context, Return: as fail_signal(), for killable waits and looks for fatal signals.
 */
static inline bool fail_kill(struct task *me, const char *site)
{
	if (likely(!sim_told_to_fail(me, site)))
		return false;
	send_signal(me, me, 2);
	return true;
}

#endif
