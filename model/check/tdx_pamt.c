// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/tdx_pamt.c - dynamic PAMT: the kernel's counts per 2M region against the module's.
 *
 * refcount	fewer users counted than frames in use, at any time; at rest not the same number, a
 *		region with users and no pair, or a pair that nobody needs
 *
 * Excused: more users than frames while calls are under way, because a reference is taken before
 * the frame is used and dropped after it; everything while pamt_lock is held, because DEMOTE uses a
 * pair before the kernel has counted its users; frames of caches, which wait with their reference;
 * after a failure, what had to be left to the module.
 */
#include "model/check/check.h"

#include "model/kvm/tdx.h"
#include "model/tdx/tdx.h"

#define PAGES_PER_2M PAGES_PER_HPAGE(PG_LEVEL_2M)

struct pair_pass {
	/* private to the pass */
	struct check_pass *c;
	const struct tdx_host *host;
};

/* Control pages that have been prepared for tables nobody has needed yet. */
static u32 frames_in_caches(const struct machine *m, pfn_t region)
{
	const struct vm *vm;
	u32 nr = 0;

	list_for_each_entry(vm, &m->vms, machine_node) {
		for (u32 i = 0; vm_is_td(vm) && i < vm->nr_vcpus; i++) {
			const struct vcpu_tdx *tdx = vm->vcpus[i]->tdx;

			for (u32 j = 0; tdx && j < tdx->nr_external_spt; j++)
				nr += ALIGN_DOWN(tdx->external_spt[j], PAGES_PER_2M) == region;
		}
	}
	return nr;
}

static void check_pair(pfn_t pfn, u32 nr_used, bool has_pair, void *arg)
{
	struct pair_pass *p = arg;
	u32 count = tdx_pamt_refcount(p->host, pfn);
	bool exact = p->c->at_rest && check_nothing_failed(p->c->m);

	p->c->nr_visited++;
	if (count < nr_used || (exact && count != nr_used + frames_in_caches(p->c->m, pfn)))
		check_finding(p->c, "refcount",
			      "2M at frame 0x%x: KVM counts %u users of its PAMT pair, the PAMT %u",
			      pfn, count, nr_used);
	else if (exact && has_pair != (count != 0))
		check_finding(p->c, "refcount", "2M at frame 0x%x: %u users, and %s PAMT pair", pfn,
			      count, has_pair ? "a" : "no");
}

void check_pamt_counts(struct check_pass *c)
{
	const struct tdx_host *host = c->m->tdx;
	struct pair_pass p = { c, host };

	if (tdx_supports_dynamic_pamt(host) && !load_acquire(host->pamt_lock.val))
		tdx_for_each_region(host->mod, check_pair, &p);
}
