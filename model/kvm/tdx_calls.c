// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdx_calls.c - SEAMCALLs as KVM makes them, and giving pages back.
 *
 * Invariant: a page is usable for the host only after the module has let it go, its cache lines
 * with the TD's key are written back (PAGE.WBINVD, or CACHE.WB at the HKID's release) and it was
 * written over; one for which any of this fails stays lost.
 *
 * Upstream: arch/x86/virt/vmx/tdx/tdx.c (wrappers), arch/x86/kvm/vmx/tdx.c
 * Fidelity: simplified: nothing is printed, TDX_RND_NO_ENTROPY does not happen
 */
#include "model/kvm/tdx_host.h"

#include "model/check.h"
#include "model/mm/filemap.h"
#include "model/mm/folio.h"

#define TDX_GLOBAL_KEYID 1023 /* no TD has it */

u64 tdx_call(struct task *me, struct tdx_host *host, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r9,
	     struct tdx_module_args *out)
{
	struct tdx_module_args args = { .rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9 };
	u64 err = seamcall(me, host->mod, leaf, &args);

	if (out)
		*out = args;
	return err;
}

u64 tdx_call_on(struct task *me, struct tdx_host *host, u32 cpu, u64 leaf, u64 rcx)
{
	struct tdx_module_args args = { .rcx = rcx };

	return seamcall_on(me, host->mod, cpu, leaf, &args);
}

bool tdx_bug_on(struct task *me, struct vm *vm, u64 err, const char *why)
{
	return vm_bug_on(me, vm, err != TDX_SUCCESS, why);
}

/* --- other CPUs --- */

static bool runs_on(const struct task *t, void *arg)
{
	return t->cpu == *(const u32 *)arg;
}

void tdx_smp_call(struct task *me, u32 cpu, void (*fn)(struct task *me, u32 cpu, void *arg),
		  void *arg)
{
	if (cpu != me->cpu) {
		cost(me, COST_smp_call);
		sim_ipi(me, runs_on, &cpu, (struct ipi_cost){ .latency_ns = 0 });
	}
	irq_enter(me);
	fn(me, cpu, arg);
	irq_exit(me);
}

/* --- pages --- */

u64 tdx_phymem_page_wbinvd_hkid(struct task *me, struct vm *vm, pfn_t pfn)
{
	return tdx_call(me, vm->tdx->host, TDH_PHYMEM_PAGE_WBINVD,
			tdx_pa_with_hkid(tdx_pfn_pa(pfn), vm->tdx->hkid), 0, 0, 0, NULL);
}

void tdx_quirk_reset_page(struct task *me, struct tdx_host *host, pfn_t pfn, int level)
{
	const struct folio *folio = pfn_folio(host->machine->folios, pfn);
	const struct address_space *mapping = load_acquire(folio->mapping);
	u64 nr = PAGES_PER_HPAGE(level);

	for (u64 i = 0; i < nr; i++) {
		cost(me, COST_tdx_clear_page);
		check_host_access(me, pfn + (pfn_t)i, true);
	}
	tdx_host_zero(me, host->mod, pfn, nr, mapping ? mapping->owner : 0);
}

/*
 * Upstream: arch/x86/kvm/vmx/tdx.c:__tdx_reclaim_page
 * Fidelity: faithful (its WARN counts as an error, nobody prints it)
 */
static int __tdx_reclaim_page(struct task *me, struct vm *vm, pfn_t pfn)
{
	u64 err = tdx_call(me, vm->tdx->host, TDH_PHYMEM_PAGE_RECLAIM, tdx_pfn_pa(pfn), 0, 0, 0,
			   NULL);

	if (!err)
		return 0;
	__atomic_add_fetch(&vm->tdx->nr_leaked, 1, __ATOMIC_RELAXED);
	return -EIO;
}

int tdx_reclaim_page(struct task *me, struct vm *vm, pfn_t pfn, int level)
{
	int r = __tdx_reclaim_page(me, vm, pfn);

	if (!r)
		tdx_quirk_reset_page(me, vm->tdx->host, pfn, level);
	return r;
}

int tdx_reclaim_control_page(struct task *me, struct vm *vm, pfn_t pfn)
{
	int r = bug(me, BUG_TD_NO_RECLAIM) ? 0 : tdx_reclaim_page(me, vm, pfn, PG_LEVEL_4K);

	/* Nobody can use it safely any more. */
	if (!r)
		tdx_free_control_page(me, vm->tdx->host, pfn);
	return r;
}

int tdx_reclaim_tdr(struct task *me, struct vm *vm)
{
	struct vm_tdx *tdx = vm->tdx;
	u64 err;

	if (__tdx_reclaim_page(me, vm, tdx->tdr))
		return -EIO;
	/* The module has written to it with the global key until now. */
	err = tdx_call(me, tdx->host, TDH_PHYMEM_PAGE_WBINVD,
		       tdx_pa_with_hkid(tdx_pfn_pa(tdx->tdr), TDX_GLOBAL_KEYID), 0, 0, 0, NULL);
	if (tdx_bug_on(me, vm, err, "TDH.PHYMEM.PAGE.WBINVD of the TDR failed")) {
		__atomic_add_fetch(&tdx->nr_leaked, 1, __ATOMIC_RELAXED);
		return -EIO;
	}
	tdx_quirk_reset_page(me, tdx->host, tdx->tdr, PG_LEVEL_4K);
	tdx_free_control_page(me, tdx->host, tdx->tdr);
	tdx->tdr = 0;
	return 0;
}
