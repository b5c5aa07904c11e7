/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdx.h - KVM's TDX side: a machine's, a TD's and a vCPU's state, and who defines what.
 *
 * A VM of type VM_TDX on a machine with cfg.enable_tdx is a TD.  It comes to life as upstream:
 * vm_create() makes the bare VM; tdx_init_vm() (KVM_TDX_INIT_VM) the TDR and TDCS;
 * tdx_create_vcpu() and tdx_init_vcpu() each vCPU; vm_populate() (KVM_TDX_INIT_MEM_REGION) its
 * initial memory; tdx_finalize_vm() measures and makes it RUNNABLE.  tdx_build_vm() does all of it
 * but the memory.  The operations are in model/ops.h.
 *
 * Invariants:
 *  K1 state changes with kvm->lock, all vcpu->mutex and slots_lock held.
 *  K2 A frame in tdr, tdcs, tdvpr, tdcx or an S-EPT page is the module's until it was reclaimed;
 *     one that cannot be reclaimed is never given back to the allocator: it is leaked.
 *  K3 hkid is not 0 exactly from its allocation to a successful KEY.FREEID.  With it assigned,
 *     pages go by BLOCK, TRACK, kick, REMOVE; without, by PHYMEM.PAGE.RECLAIM.
 *  K4 A vCPU is on the list of the CPU that vcpu_tdx->cpu names, and on no other.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.h, tdx.c
 * Fidelity: simplified: only what memory needs
 */
#ifndef MODEL_KVM_TDX_H
#define MODEL_KVM_TDX_H

#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tdx_pamt.h"
#include "model/kvm/vcpu.h"
#include "model/ops.h"
#include "model/tdx/tdx.h"
#include "sim/livelock.h"

#define TDX_SEAMCALL_RETRIES 10000u
#define TDX_EXTENDMR_CHUNKSIZE 256u

#define TDX_SPT_CACHE 8u

/* flags of tdx_init_mem_region() */
#define TDX_MEASURE_MEMORY_REGION BIT(0)

enum tdx_td_state { TD_STATE_UNINITIALIZED, TD_STATE_INITIALIZED, TD_STATE_RUNNABLE };
enum tdx_vcpu_state { VCPU_TD_STATE_UNINITIALIZED, VCPU_TD_STATE_INITIALIZED };

struct pamt_refs;

/* A set of frames. */
struct tdx_pages {
	/* protected by tdx_host->guard */
	u64 *bitmap;
	u32 nr_words;
	u32 nr; /* frames in it */
};

/* One per machine: what upstream has in static variables. */
struct tdx_host {
	/* constant */
	struct machine *machine;
	struct tdx_module *mod;
	u32 obj; /* of the lists */
	u32 nr_packages;
	u32 nr_hkids;

	struct mutex tdx_lock; /* leaves that need the module's global locks */

	/* protected by guard */
	struct sim_guard guard;
	u64 *hkid_bitmap;
	u32 nr_configured_hkid;
	struct tdx_pages pages; /* that KVM has for TDX and not for a guest; leaked ones, too */
	struct list_head *associated_tdvcpus; /* [cpu]: only that CPU, interrupts off */

	/* dynamic PAMT: tdx_pamt.c */
	struct spinlock pamt_lock;
	struct pamt_refs *pamt_refs; /* counts: atomic */
	/* variants: dpamt-region-lock; dpamt-lock-softirq, protected by guard */
	struct spinlock pamt_region_lock[PAMT_REGION_LOCKS];
	struct list_head softirq;
};

/* The frames in host->pages, for the ledger.  Context: at rest. */
void tdx_host_for_each_page(const struct machine *m, void (*fn)(pfn_t pfn, void *arg), void *arg);

/* vm->tdx */
struct vm_tdx {
	/* constant */
	struct tdx_host *host;
	u32 obj;
	/* set-up, before tdx_init_vm() */
	struct td_params params; /* content_owner: chosen by tdx_init_vm() if 0 */
	enum tdx_ve_policy ve_policy;

	/* K1; read: atomic */
	enum tdx_td_state state;
	/* K1, and at the end by who destroys the VM */
	u16 hkid; /* 0: none; atomic */
	pfn_t tdr;
	pfn_t tdcs[TDX_MIN_TDCX];

	/* written under mmu_lock for write, read with READ_ONCE: nobody may enter the guest */
	bool wait_for_sept_zap;

	/* atomic: leaves of the mirror that PAGE.ADD has not filled yet (fact R14) */
	s64 nr_premapped;

	/* protected by slots_lock: of the region that is being populated */
	u32 region_flags;

	/* splits outside of a vCPU's fault take their pair from here */
	struct spinlock prealloc_split_cache_lock;
	struct tdx_pamt_cache split_cache; /* protected by prealloc_split_cache_lock */

	/* counters for tests and reports: atomic */
	u64 nr_leaked; /* pages that could not be reclaimed */
	u64 nr_tracks, nr_busy_retries;
};

/* vcpu->tdx; NULL before tdx_create_vcpu() */
struct vcpu_tdx {
	struct sim_life life;
	/* constant */
	struct vcpu *vcpu;

	/* protected by vcpu->mutex and the locks of K1 */
	enum tdx_vcpu_state state;
	pfn_t tdvpr;
	pfn_t tdcx[TDX_MIN_TDVPS - 1];
	struct tdx_vp *vp; /* the module's; NULL before VP.CREATE */

	/* written on that CPU with interrupts off (under host->guard): K4 */
	s32 cpu; /* vcpu->cpu; -1: none; atomic */
	struct list_head cpu_list;

	/* protected by vcpu->mutex */
	struct tdx_pamt_cache pamt_cache;
	pfn_t external_spt[TDX_SPT_CACHE]; /* control pages for the tables of one fault */
	u32 nr_external_spt;

	/* written by the vCPU's task: tdx_vcpu.c */
	u64 vp_enter_ret;
	struct tdx_module_args vp_enter_args; /* TDVMCALL: from and to the guest */
	gpa_t map_gpa_next, map_gpa_end;
	u64 nr_enters, nr_enter_busy;
	struct livelock same_exit; /* EPT violations without progress */
	bool exit_on_hypercall; /* user space wants KVM_HC_MAP_GPA_RANGE */
	bool io_pending;	/* KVM_EXIT_HYPERCALL: the next KVM_RUN completes it */
	s64 hypercall_ret;	/* user space's answer to it */
	sim_ns halt_until_ns;	/* HLT ends at this time at the latest; 0: no timer */

	/* atomic */
	bool event; /* an interrupt for the guest that was not delivered yet */
};

static inline bool vm_is_td(const struct vm *vm)
{
	return vm->tdx != NULL;
}

static inline bool tdx_hkid_assigned(const struct vm *vm)
{
	return load_acquire(vm->tdx->hkid) != 0;
}

static inline bool tdx_runnable(const struct vm *vm)
{
	return load_acquire(vm->tdx->state) == TD_STATE_RUNNABLE;
}

/* --- calls (tdx_calls.c): each is one SEAMCALL with the VM's operands --- */

static inline bool tdx_operand_busy(u64 err)
{
	return (err & 0xffffffff00000000ull) == TDX_OPERAND_BUSY;
}

/**
 * tdx_call - one SEAMCALL.
 * @out: registers after it, or NULL
 *
 * Return: RAX.
 */
u64 tdx_call(struct task *me, struct tdx_host *host, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r9,
	     struct tdx_module_args *out);

/**
 * tdx_bug_on - TDX_BUG_ON: if @err, the VM is bugged; the event says which leaf answered what.
 *
 * Return: @err != 0.
 */
bool tdx_bug_on(struct task *me, struct vm *vm, u64 err, const char *why);

/* TDH.PHYMEM.PAGE.WBINVD of @pfn with the TD's HKID. */
u64 tdx_phymem_page_wbinvd_hkid(struct task *me, struct vm *vm, pfn_t pfn);

/**
 * tdx_quirk_reset_page - make a page that was a TD's usable again: MOVDIR64B of zeroes.
 * @level: PG_LEVEL_*, of what begins at @pfn
 *
 * Upstream: tdx_clear_page, tdx_quirk_reset_page
 * Fidelity: faithful: on machines with the quirk (X86_BUG_TDX_PW_MCE), which all of ours are
 */
void tdx_quirk_reset_page(struct task *me, struct tdx_host *host, pfn_t pfn, int level);

/**
 * tdx_reclaim_page - PHYMEM.PAGE.RECLAIM, then make it usable.
 *
 * For a private page that is still mapped when the HKID has gone, tdx_pamt_put() (4K) follows.
 * Upstream: tdx_reclaim_page
 * Fidelity: faithful
 * Context: the HKID is free.
 * Return: 0 or -EIO: the page is lost.
 */
int tdx_reclaim_page(struct task *me, struct vm *vm, pfn_t pfn, int level);

/* The same for a control page, S-EPT pages included: to the allocator, or leaked (-EIO). */
int tdx_reclaim_control_page(struct task *me, struct vm *vm, pfn_t pfn);

/* --- life (tdx_td.c, tdx_td_vcpu.c, tdx_teardown.c), called by vm.c and vcpu.c --- */

void tdx_vm_init(struct vm *vm);
void tdx_vcpu_free(struct task *me, struct vcpu *vcpu);

/**
 * tdx_mmu_release_hkid - no vCPU is on a CPU, caches are written back, the key is free.
 *
 * Upstream: tdx_mmu_release_hkid
 * Fidelity: faithful
 * Context: no vCPU can run any more; may sleep.
 */
void tdx_mmu_release_hkid(struct task *me, struct vm *vm);
void tdx_vm_destroy(struct task *me, struct vm *vm);

/**
 * tdx_vcpu_load - the vCPU is on this CPU from now on: flush it from where it was.
 *
 * Upstream: tdx_vcpu_load
 * Fidelity: faithful
 * Context: preemption off, interrupts on, before VP.ENTER; interrupts another CPU if the task has
 * moved.
 */
void tdx_vcpu_load(struct task *me, struct vcpu *vcpu);

/* --- initial memory (tdx_populate.c) --- */

/**
 * tdx_gmem_post_populate - external_ops->post_populate.
 *
 * Upstream: tdx_gmem_post_populate
 * Fidelity: faithful
 */
int tdx_gmem_post_populate(struct task *me, struct vm *vm, gfn_t gfn, pfn_t pfn,
			   struct folio *src);

/**
 * tdx_mem_page_record_premap - a leaf of the mirror before the TD is RUNNABLE: PAGE.ADD follows.
 *
 * What set_external_spte does with a leaf then, after tdx_pamt_get().  Removing such a leaf: BLOCK
 * answers TDX_EPT_ENTRY_STATE_INCORRECT | OPERAND_RCX with a free entry, nr_premapped goes down.
 *
 * Upstream: tdx_mem_page_record_premap_cnt
 * Fidelity: faithful
 * Return: 0, or -EIO and the VM is bugged.
 */
int tdx_mem_page_record_premap(struct task *me, struct vm *vm, gfn_t gfn, int level, pfn_t pfn);

/* KVM_TDX_INIT_MEM_REGION around its pages.  Context: acquire_vm_state_locks().  0 or errno. */
int tdx_init_mem_region_begin(struct task *me, struct vm *vm, u32 flags);
void tdx_init_mem_region_end(struct task *me);

/* --- S-EPT pages and caches (tdx_spt.c): what tdx_external_ops has under these names --- */

/**
 * tdx_topup_external_cache - S-EPT pages for one fault, and a PAMT pair for its page.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_topup_external_fault_cache (dynamic PAMT v6)
 * Fidelity: faithful: S-EPT pages have their own pairs from here on
 * Fail site: "mmu_external_cache".
 * Context: may sleep, vcpu->mutex held.
 * Return: 0 or -ENOMEM.
 */
int tdx_topup_external_cache(struct task *me, struct vcpu *vcpu);
/* @vcpu: whose cache; NULL: from the allocator, for a split (may sleep; fills the split cache). */
void *tdx_alloc_external_spt(struct task *me, struct vm *vm, struct vcpu *vcpu);
void tdx_free_unused_spt(struct task *me, struct vm *vm, void *external_spt);

/* Whose pamt_cache set_external_spte takes the pair of a 4K page from; NULL: no vCPU is loaded. */
static inline struct tdx_pamt_cache *tdx_running_pamt_cache(const struct task *me)
{
	const struct vcpu *vcpu = get_running_vcpu(me);

	return vcpu && vcpu->tdx ? &vcpu->tdx->pamt_cache : NULL;
}

static inline pfn_t tdx_spt_pfn(const void *external_spt)
{
	return (pfn_t)(uintptr_t)external_spt;
}

/* --- S-EPT and TLB (tdx_mmu.c) --- */

extern const struct tdp_external_ops tdx_external_ops;

/**
 * tdx_track - TRACK and kick: after it, no vCPU has translations from before it.
 *
 * Upstream: tdx_track
 * Fidelity: faithful
 * Context: mmu_lock held for write.
 */
void tdx_track(struct task *me, struct vm *vm);

/**
 * tdh_do_no_vcpus - the call, and if it is BUSY once more with all vCPUs kept out of the guest.
 *
 * Upstream: tdh_do_no_vcpus
 * Fidelity: faithful
 * Context: mmu_lock held for write.
 * Return: RAX of the last one.
 */
u64 tdh_do_no_vcpus(struct task *me, struct vm *vm, u64 leaf, u64 rcx, u64 rdx, u64 r8,
		    struct tdx_module_args *out);

/* --- running (tdx_vcpu.c) --- */

/**
 * tdx_vcpu_run - VP.ENTER and what comes before it, from KVM_RUN's innermost loop.
 *
 * Upstream: tdx_vcpu_run, tdx_exit_handlers_fastpath
 * Fidelity: faithful
 * Context: as vcpu_enter_guest() after the mode was set.
 * Return: 0: in the guest; 1: not entered, go round the loop; negative: what KVM_RUN returns.
 */
int tdx_vcpu_run(struct task *me, struct vcpu *vcpu);

/**
 * tdx_vcpu_pre_run - KVM_RUN begins: may it, and what was left to do by the one before?
 *
 * Upstream: tdx_vcpu_pre_run, arch/x86/kvm/x86.c:kvm_arch_vcpu_ioctl_run (complete_userspace_io)
 * Fidelity: faithful
 * Context: vcpu->mutex and vm->srcu (read) held.
 * Return: 0, or what KVM_RUN returns: -EINVAL if the TD or the vCPU is not that far.
 */
int tdx_vcpu_pre_run(struct task *me, struct vcpu *vcpu);

/**
 * tdx_interrupt_pending - does an interrupt wait for the CPU that runs @me's guest?
 *
 * Context: any; the module asks it in the middle of long calls of the guest.
 */
bool tdx_interrupt_pending(struct task *me);

#endif
