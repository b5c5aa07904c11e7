// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_mmu.c - what a change of a TD's mirror does to the page table of the TDX module.
 *
 * Installing a page or a table happens in faults, with mmu_lock for read: a module that is busy
 * makes the fault try again.  Removing and splitting happens with mmu_lock for write, after the
 * mirror has been changed, and nobody would try again.  There the rule is: one call, and if that is
 * BUSY, a second one with all vCPUs out of the guest and none let in; any other answer, or BUSY
 * twice, bugs the VM.
 *
 * Invariants:
 *  - a private page goes by BLOCK, TRACK, a kick of all vCPUs, REMOVE, and is then written back
 *    from the caches, page by page, and written over, before anybody else can have it;
 *  - TRACK and its kick are one critical section: a second TRACK in between would find vCPUs of the
 *    epoch before the last (facts/tdx.md R12);
 *  - a page has its PAMT reference before AUG or PAGE.ADD, until after REMOVE or RECLAIM.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c; 2M pages: TDX huge pages v3
 * Fidelity: faithful, as of v6.19: no references to mapped pages
 */
#include "model/events.h"
#include "model/kvm/tdx_host.h"
#include "model/kvm/tlb.h"
#include "sim/livelock.h"
#include "sim/race.h"

/* So often in a row, and it is no coincidence any more: the variants that do not give up. */
#define BUSY_LIVELOCK_BOUND 64u

static gpa_t sept_info(gfn_t gfn, int level)
{
	return ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level)) << PAGE_SHIFT | (u64)(level - 1);
}

static struct tdx_module_args sept_args(const struct vm *vm, gfn_t gfn, int level)
{
	return (struct tdx_module_args){
		.rcx = sept_info(gfn, level),
		.rdx = tdx_pfn_pa(vm->tdx->tdr),
	};
}

/* --- BUSY --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_no_vcpus_enter_start, tdx_no_vcpus_enter_stop
 * Fidelity: faithful
 */
static void no_vcpus_enter_start(struct task *me, struct vm *vm)
{
	lockdep_assert_held_write(me, &vm->mmu_lock);
	if (!bug(me, BUG_BUSY_NO_FLAG))
		WRITE_ONCE(me, vm->tdx->obj, vm->tdx->wait_for_sept_zap, true);
	if (!bug(me, BUG_BUSY_NO_KICK))
		make_all_cpus_request(me, vm, REQ_OUTSIDE_GUEST_MODE);
	if (bug(me, BUG_BUSY_FLAG_EARLY))
		WRITE_ONCE(me, vm->tdx->obj, vm->tdx->wait_for_sept_zap, false);
}

static void no_vcpus_enter_stop(struct task *me, struct vm *vm)
{
	lockdep_assert_held_write(me, &vm->mmu_lock);
	WRITE_ONCE(me, vm->tdx->obj, vm->tdx->wait_for_sept_zap, false);
}

static u64 nr_enters(const struct vm *vm)
{
	u64 nr = 0;

	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i]->tdx)
			nr += load_acquire(vm->vcpus[i]->tdx->nr_enters);
	}
	return nr;
}

/*
 * Before 4b2abc49712b: nobody is kept from the guest.  A vCPU that has come in since the last try
 * is somebody new in the way; so many of them end it, for reports only.
 */
static u64 retry_while_busy(struct task *me, struct vm *vm, u64 leaf,
			    const struct tdx_module_args *in, struct tdx_module_args *args, u64 err)
{
	struct livelock l = { .failures = 0 };
	u64 enters = nr_enters(vm), now;

	while (tdx_operand_busy(err) && l.failures < BUSY_LIVELOCK_BOUND) {
		now = nr_enters(vm);
		if (now != enters)
			livelock_failed(me, &l, false, BUSY_LIVELOCK_BOUND,
					"a SEAMCALL under mmu_lock is BUSY with vCPUs that enter");
		enters = now;
		*args = *in;
		err = seamcall(me, vm->tdx->host->mod, leaf, args);
	}
	return err;
}

/* The same for calls with more registers: @args in and out. */
static u64 do_no_vcpus(struct task *me, struct vm *vm, u64 leaf, struct tdx_module_args *args)
{
	const struct tdx_module_args in = *args;
	u64 err;

	lockdep_assert_held_write(me, &vm->mmu_lock);
	err = seamcall(me, vm->tdx->host->mod, leaf, args);
	if (bug(me, BUG_BUSY_UNBOUNDED))
		err = retry_while_busy(me, vm, leaf, &in, args, err);
	if (likely(!tdx_operand_busy(err)) || bug(me, BUG_BUSY_FATAL))
		return err;
	no_vcpus_enter_start(me, vm);
	__atomic_add_fetch(&vm->tdx->nr_busy_retries, 1, __ATOMIC_RELAXED);
	*args = in;
	err = seamcall(me, vm->tdx->host->mod, leaf, args);
	no_vcpus_enter_stop(me, vm);
	return err;
}

u64 tdh_do_no_vcpus(struct task *me, struct vm *vm, u64 leaf, u64 rcx, u64 rdx, u64 r8,
		    struct tdx_module_args *out)
{
	struct tdx_module_args args = { .rcx = rcx, .rdx = rdx, .r8 = r8 };
	u64 err = do_no_vcpus(me, vm, leaf, &args);

	if (out)
		*out = args;
	return err;
}

void tdx_track(struct task *me, struct vm *vm)
{
	u64 err;

	/* Before that no vCPU runs. */
	if (!tdx_runnable(vm))
		return;
	SIM_FRAME(me);
	lockdep_assert_held_write(me, &vm->mmu_lock);
	sim_step(me, "tdx_track");
	__atomic_add_fetch(&vm->tdx->nr_tracks, 1, __ATOMIC_RELAXED);
	err = tdh_do_no_vcpus(me, vm, TDH_MEM_TRACK, tdx_pfn_pa(vm->tdx->tdr), 0, 0, NULL);
	tdx_bug_on(me, vm, err, "TDH.MEM.TRACK failed");
	/* No action is asked for: it is enough that each vCPU was out of the guest once. */
	sim_step(me, "tdx_kick");
	if (bug(me, BUG_TRACK_NO_KICK))
		return;
	make_all_cpus_request(me, vm, REQ_OUTSIDE_GUEST_MODE);
}

/* --- installing: mmu_lock for read --- */

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_mem_page_aug
 * Fidelity: faithful
 */
static int mem_page_aug(struct task *me, struct vm *vm, gfn_t gfn, int level, pfn_t pfn)
{
	struct tdx_module_args args = sept_args(vm, gfn, level);
	u64 err;

	args.r8 = tdx_pfn_pa(pfn);
	/* The host may have lines of it in its caches, with its own key. */
	sim_cost(me, PAGES_PER_HPAGE(level) * cost_value(me, COST_tdx_clflush_page));
	err = seamcall(me, vm->tdx->host->mod, TDH_MEM_PAGE_AUG, &args);
	if (unlikely(tdx_operand_busy(err)))
		return -EBUSY;
	return tdx_bug_on(me, vm, err, "TDH.MEM.PAGE.AUG failed") ? -EIO : 0;
}

/*
 * A 2M page needs no PAMT pair: nobody looks at its 4K entries.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_set_private_spte
 * Fidelity: faithful
 */
static int sept_set_private_spte(struct task *me, struct vm *vm, gfn_t gfn, int level, pfn_t pfn)
{
	struct tdx_host *host = vm->tdx->host;
	int r;

	SIM_FRAME(me);
	if (vm_bug_on(me, vm, level > PG_LEVEL_2M, "a private page larger than 2M"))
		return -EIO;
	if (level == PG_LEVEL_4K && tdx_pamt_get(me, host, pfn, tdx_running_pamt_cache(me)))
		return -EIO;
	sim_point(me, vm->tdx->obj, SIM_READ);
	if (likely(plain_read(me, vm->tdx->state) == TD_STATE_RUNNABLE))
		r = mem_page_aug(me, vm, gfn, level, pfn);
	else
		r = tdx_mem_page_record_premap(me, vm, gfn, level, pfn);
	if (unlikely(r) && level == PG_LEVEL_4K)
		tdx_pamt_put(me, host, pfn);
	return r;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_link_private_spt
 * Fidelity: faithful
 */
static int sept_link_private_spt(struct task *me, struct vm *vm, gfn_t gfn, int level,
				 void *external_spt)
{
	struct tdx_module_args args = sept_args(vm, gfn, level);
	u64 err;

	SIM_FRAME(me);
	args.r8 = tdx_pfn_pa(tdx_spt_pfn(external_spt));
	err = seamcall(me, vm->tdx->host->mod, TDH_MEM_SEPT_ADD, &args);
	if (unlikely(tdx_operand_busy(err)))
		return -EBUSY;
	return tdx_bug_on(me, vm, err, "TDH.MEM.SEPT.ADD failed") ? -EIO : 0;
}

/* --- removing: mmu_lock for write --- */

/*
 * A leaf that PAGE.ADD has not come to: the mirror has it, the module does not.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_is_sept_zap_err_due_to_premap
 * Fidelity: faithful
 */
static bool zap_err_due_to_premap(const struct vm *vm, u64 err, u64 entry)
{
	if (vm->machine->bug == BUG_PREMAP_FATAL)
		return false;
	return err == (TDX_EPT_ENTRY_STATE_INCORRECT | OPERAND_RCX) && !tdx_runnable(vm) &&
	       !(entry & 7); /* R, W, X */
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_zap_private_spte
 * Fidelity: faithful
 * Return: 1 if the entry is blocked now, 0 if there is nothing more to do, -EIO.
 */
static int sept_block(struct task *me, struct vm *vm, gfn_t gfn, int level)
{
	struct tdx_module_args args = sept_args(vm, gfn, level);
	u64 err;

	sim_step(me, "tdx_block");
	err = do_no_vcpus(me, vm, TDH_MEM_RANGE_BLOCK, &args);
	if (unlikely(zap_err_due_to_premap(vm, err, args.rcx)) &&
	    !vm_bug_on(me, vm, !READ_ONCE(me, vm->tdx->obj, vm->tdx->nr_premapped),
		       "a private page that was never mapped is zapped")) {
		atomic_add_return(me, vm->tdx->obj, &vm->tdx->nr_premapped, -1);
		return 0;
	}
	return tdx_bug_on(me, vm, err, "TDH.MEM.RANGE.BLOCK failed") ? -EIO : 1;
}

/*
 * REMOVE, then give the memory back to the host, whose key the caches must not have lines without.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_drop_private_spte
 * Fidelity: faithful
 */
static int sept_drop_private_spte(struct task *me, struct vm *vm, gfn_t gfn, int level, pfn_t pfn)
{
	struct tdx_module_args args = sept_args(vm, gfn, level);
	u64 err, i;

	sim_step(me, "tdx_remove");
	if (bug(me, BUG_TD_NO_REMOVE))
		return 0;
	if (bug(me, BUG_TD_CLEAR_FIRST))
		tdx_quirk_reset_page(me, vm->tdx->host, pfn, level);
	err = do_no_vcpus(me, vm, TDH_MEM_PAGE_REMOVE, &args);
	if (tdx_bug_on(me, vm, err, "TDH.MEM.PAGE.REMOVE failed"))
		return -EIO;
	sim_step(me, "tdx_wbinvd");
	for (i = 0; i < PAGES_PER_HPAGE(level); i++) {
		err = tdx_phymem_page_wbinvd_hkid(me, vm, pfn + (pfn_t)i);
		if (tdx_bug_on(me, vm, err, "TDH.PHYMEM.PAGE.WBINVD failed"))
			return -EIO;
	}
	sim_step(me, "tdx_clear");
	tdx_quirk_reset_page(me, vm->tdx->host, pfn, level);
	return 0;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_remove_private_spte
 * Fidelity: faithful (with the HKID gone: as of KVM_TDX_TERMINATE_VM)
 */
static int sept_remove_private_spte(struct task *me, struct vm *vm, gfn_t gfn, int level,
				    pfn_t pfn)
{
	int r;

	SIM_FRAME(me);
	lockdep_assert_held_write(me, &vm->mmu_lock);
	if (!tdx_hkid_assigned(vm)) {
		r = tdx_reclaim_page(me, vm, pfn, level);
	} else {
		r = sept_block(me, vm, gfn, level);
		if (r > 0) {
			tdx_track(me, vm);
			r = sept_drop_private_spte(me, vm, gfn, level, pfn);
		}
	}
	if (!r && level == PG_LEVEL_4K && !bug(me, BUG_TD_NO_PUT))
		tdx_pamt_put(me, vm->tdx->host, pfn);
	return r;
}

/* RFC v5: with the mirror's table, in its RCU callback. */
static int free_private_spt_rcu(struct task *me, struct vm *vm, pfn_t pfn)
{
	int r = tdx_reclaim_page(me, vm, pfn, PG_LEVEL_4K);

	if (!r)
		tdx_free_control_page_rcu(me, vm->tdx->host, pfn);
	return r;
}

/*
 * Tables go with everything else, when the module has forgotten the TD.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_free_private_spt
 * Fidelity: faithful
 */
static int sept_free_private_spt(struct task *me, struct vm *vm, gfn_t gfn, int level,
				 void *external_spt)
{
	if (vm_bug_on(me, vm, tdx_hkid_assigned(vm), "an S-EPT page is freed before the HKID"))
		return -EIO;
	if (bug(me, BUG_PAMT_SOFTIRQ))
		return free_private_spt_rcu(me, vm, tdx_spt_pfn(external_spt));
	return tdx_reclaim_control_page(me, vm, tdx_spt_pfn(external_spt));
}

/* --- splitting: mmu_lock for write --- */

/* Isaku's v6 and v7: as often as an interrupt wants it, with mmu_lock held for write. */
static u64 demote_until_done(struct task *me, struct vm *vm, const struct tdx_module_args *in,
			     u64 err)
{
	struct livelock l = { .failures = 0 };

	while (err == TDX_INTERRUPTED_RESTARTABLE && l.failures < BUSY_LIVELOCK_BOUND) {
		struct tdx_module_args args = *in;

		livelock_failed(me, &l, false, BUSY_LIVELOCK_BOUND,
				"DEMOTE with mmu_lock held for write is interrupted");
		err = seamcall(me, vm->tdx->host->mod, TDH_MEM_PAGE_DEMOTE, &args);
	}
	return err;
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_spte_demote_private_spte (TDX huge pages v3, 8 and 22/24)
 * Fidelity: faithful
 */
static int sept_demote(struct task *me, struct vm *vm, gfn_t gfn, int level, pfn_t pfn,
		       void *external_spt)
{
	struct tdx_module_args args = sept_args(vm, gfn, level), in;
	u64 pair[2], err;
	int r;

	sim_step(me, "tdx_demote");
	r = tdx_pamt_demote_begin(me, vm, pfn, pair);
	if (vm_bug_on(me, vm, r != 0, "no PAMT pair for a page to be split"))
		return r;
	args.r8 = tdx_pfn_pa(tdx_spt_pfn(external_spt));
	args.r12 = pair[0];
	args.r13 = pair[1];
	in = args;
	err = do_no_vcpus(me, vm, TDH_MEM_PAGE_DEMOTE, &args);
	if (bug(me, BUG_DEMOTE_RESTART))
		err = demote_until_done(me, vm, &in, err);
	tdx_pamt_demote_end(me, vm, pfn, pair, !err);
	if (bug(me, BUG_DEMOTE_IGNORED))
		return 0;
	return tdx_bug_on(me, vm, err, "TDH.MEM.PAGE.DEMOTE failed") ? -EIO : 0;
}

/*
 * A split that fails between BLOCK and DEMOTE would have to be undone by UNBLOCK, which can be BUSY
 * as well: that is why mmu_lock has to be held for write.  Done, the parts are not blocked.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_sept_split_private_spt (TDX huge pages v3, 7 to 9/24)
 * Fidelity: faithful
 */
static int sept_split_private_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				   int level, void *external_spt, bool shared)
{
	int r;

	if (shared)
		return -EOPNOTSUPP;
	SIM_FRAME(me);
	lockdep_assert_held_write(me, &vm->mmu_lock);
	if (vm_bug_on(me, vm, !tdx_runnable(vm) || level != PG_LEVEL_2M,
		      "a private page is split that cannot be"))
		return -EIO;
	r = sept_block(me, vm, gfn, level);
	if (r <= 0)
		return r ? r : -EIO;
	tdx_track(me, vm);
	return sept_demote(me, vm, gfn, level, spte_to_pfn(old_spte), external_spt);
}

/* --- the hooks --- */

static int tdx_set_external_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				 u64 new_spte, int level, void *external_spt)
{
	if (!is_shadow_present_pte(new_spte))
		return sept_remove_private_spte(me, vm, gfn, level, spte_to_pfn(old_spte));
	if (is_last_spte(new_spte, level))
		return sept_set_private_spte(me, vm, gfn, level, spte_to_pfn(new_spte));
	return sept_link_private_spt(me, vm, gfn, level, external_spt);
}

/*
 * PAGE.ADD is for 4K only.
 *
 * Upstream: arch/x86/kvm/vmx/tdx.c:tdx_gmem_max_mapping_level (TDX huge pages v3, 24/24)
 * Fidelity: faithful
 */
static int tdx_gmem_max_mapping_level(struct vm *vm, pfn_t pfn, bool is_private)
{
	const struct machine_config *cfg = &vm->machine->cfg;

	if (!is_private)
		return 0;
	if (cfg->kernel < KERNEL_HUGETLB_WIP || !cfg->tdx_huge_pages || !tdx_runnable(vm))
		return PG_LEVEL_4K;
	/* A module that lets DEMOTE be interrupted (before 1.5.28) has no 2M pages for KVM. */
	if (cfg->tdx.demote_polls && vm->machine->bug != BUG_DEMOTE_RESTART)
		return PG_LEVEL_4K;
	return PG_LEVEL_2M;
}

const struct tdp_external_ops tdx_external_ops = {
	.alloc_external_spt = tdx_alloc_external_spt,
	.free_unused_spt = tdx_free_unused_spt,
	.topup_external_cache = tdx_topup_external_cache,
	.set_external_spte = tdx_set_external_spte,
	.split_external_spte = sept_split_private_spte,
	.gmem_max_mapping_level = tdx_gmem_max_mapping_level,
	.post_populate = tdx_gmem_post_populate,
	.free_external_spt = sept_free_private_spt,
};
