/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/events.h - the model's trace events, one list for everybody.
 *
 * EVENT(name, format): the kernel's tracepoint name where there is one; the format prints obj, a
 * and b in that order with %llx, %llu or %lld.  Append to the part that is yours; the order is the
 * number.
 */
#ifndef MODEL_EVENTS_H
#define MODEL_EVENTS_H

#include "sim/event.h"

/* model/mm */
#define MM_EVENTS(EVENT)                                                                           \
	EVENT(mm_filemap_add_to_page_cache, "i_ino=%llu pfn=0x%llx ofs=%llu")                      \
	EVENT(mm_filemap_delete_from_page_cache, "i_ino=%llu pfn=0x%llx ofs=%llu")                 \
	EVENT(tlb_flush, "mm=%llu pages=%llu reason=%llu")                                         \
	EVENT(mmap_lock_start_locking, "mm=%llu write=%llu")                                       \
	EVENT(mmap_lock_acquire_returned, "mm=%llu write=%llu success=%llu")                       \
	EVENT(mmap_lock_released, "mm=%llu write=%llu")                                            \
	EVENT(page_fault_user, "address=0x%llx write=%llu")                                        \
	EVENT(mm_lru_add_drain_all, "force_all_cpus=%llu cpus=%llu")

/* model/kvm */
#define KVM_EVENTS(EVENT)                                                                          \
	EVENT(kvm_page_fault, "address=0x%llx ret=%lld private=%llu")                              \
	EVENT(kvm_unmap_hva_range, "vm=%llu start=0x%llx end=0x%llx")                              \
	EVENT(kvm_vm_set_mem_attributes, "gfn=0x%llx end=0x%llx attributes=0x%llx")                \
	EVENT(kvm_tdp_mmu_spte_changed, "gfn=0x%llx old_pfn=0x%llx new_pfn=0x%llx")                \
	EVENT(kvm_flush_remote_tlbs, "vm=%llu kicked=%llu leaves=%llu")                            \
	EVENT(kvm_set_memory_region, "vm=%llu slot=%llu change=%llu")                              \
	EVENT(kvm_bug, "vm=%llu")                                                                  \
	EVENT(kvm_mmu_split_huge_page, "gfn=0x%llx level=%llu ret=%lld")

/* model/gmem */
#define GMEM_EVENTS(EVENT)

/* the host kernel's other users of guest memory */
#define HOST_EVENTS(EVENT) EVENT(memory_failure_event, "pfn=0x%llx result=%llu")

/* the TDX module; names as proposed for KVM in 2021, no kernel has such tracepoints */
#define TDX_EVENTS(EVENT)                                                                          \
	EVENT(kvm_tdx_seamcall_enter, "op=%llu rcx=0x%llx rdx=0x%llx")                             \
	EVENT(kvm_tdx_seamcall_exit, "op=%llu err=0x%llx rcx=0x%llx")

#define MODEL_EVENTS(EVENT)                                                                        \
	MM_EVENTS(EVENT)                                                                           \
	KVM_EVENTS(EVENT)                                                                          \
	GMEM_EVENTS(EVENT)                                                                         \
	HOST_EVENTS(EVENT)                                                                         \
	TDX_EVENTS(EVENT)

enum model_event {
	EV_MODEL_BEFORE = EV_MODEL_FIRST - 1,
#define EVENT(name, fmt) EV_##name,
	MODEL_EVENTS(EVENT)
#undef EVENT
		EV_MODEL_END
};

#define NR_MODEL_EVENTS (EV_MODEL_END - EV_MODEL_FIRST)

/* a of tlb_flush, as enum tlb_flush_reason counts them */
enum tlb_flush_reason {
	TLB_FLUSH_ON_TASK_SWITCH,
	TLB_REMOTE_SHOOTDOWN,
	TLB_LOCAL_SHOOTDOWN,
	TLB_LOCAL_MM_SHOOTDOWN,
	TLB_REMOTE_SEND_IPI,
};

/* For sim_config.event_desc, with NR_MODEL_EVENTS. */
extern const struct sim_event_desc model_event_desc[];

#endif
