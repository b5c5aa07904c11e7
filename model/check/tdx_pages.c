// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/tdx_pages.c - pages that KVM has for TDX, and has lost.
 *
 * refcount	at rest, a page that KVM took for TDX is neither the module's nor in a cache
 *
 * Excused: everything after a failure, when pages are left to the module or given up on purpose.
 */
#include "model/check/check.h"

#include "model/kvm/tdx.h"
#include "model/tdx/tdx.h"

struct lost_pages {
	/* private to the pass */
	struct check_pass *c;
	u32 nr; /* that the module does not have */
	pfn_t last;
};

static void count_page(pfn_t pfn, void *arg)
{
	struct lost_pages *lost = arg;
	pfn_t tdr;

	lost->c->nr_visited++;
	if (tdx_frame_type(lost->c->m->tdx->mod, pfn, &tdr) != PT_NDA)
		return;
	lost->nr++;
	lost->last = pfn;
}

static u32 pages_in_caches(const struct machine *m)
{
	const struct vm *vm;
	u32 nr = 0;

	list_for_each_entry(vm, &m->vms, machine_node) {
		if (!vm_is_td(vm))
			continue;
		nr += vm->tdx->split_cache.nr;
		for (u32 i = 0; i < vm->nr_vcpus; i++) {
			const struct vcpu_tdx *tdx = vm->vcpus[i]->tdx;

			nr += tdx ? tdx->pamt_cache.nr + tdx->nr_external_spt : 0;
		}
	}
	return nr;
}

void check_tdx_pages(struct check_pass *c)
{
	struct lost_pages lost = { .c = c };
	u32 cached = pages_in_caches(c->m);

	if (!c->at_rest || !check_nothing_failed(c->m))
		return;
	tdx_host_for_each_page(c->m, count_page, &lost);
	if (lost.nr != cached)
		check_finding(c, "refcount",
			      "KVM has %u pages for TDX that the module has not, one of them 0x%x; "
			      "its caches have %u",
			      lost.nr, lost.last, cached);
}
