// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/tdx_frames.c - what the TDX module has against what the host believes to have.
 *
 * freed-mapped	a frame of the module's that the host has given back to its allocator
 * attr-mapping	a frame of the module's that a process maps, that is pinned, or that a shared leaf
 *		of a guest leads to: the host reaches memory of a TD
 * refcount	KVM's counts of a 2M region's users and the PAMT's; a region with users and no
 *		pair, or a pair that nobody needs
 * lifetime	a TD whose VM is gone, with its key
 *
 * And the module's own invariants (model/tdx/check.c), which know nothing of KVM.
 *
 * Excused: nothing.  A frame goes to the module when the host has let go of it, and comes back
 * before the host touches it; only while a call is under way nothing is looked at.
 */
#include "model/check/check.h"

#include "model/check.h"
#include "model/kvm/tdx.h"
#include "model/mm/folio.h"
#include "model/mm/gup.h"
#include "model/tdx/tdx.h"

static const char *frame_word(enum pamt_type type)
{
	switch (type) {
	case PT_REG:
		return "memory of a TD";
	case PT_EPT:
		return "a page of an S-EPT";
	case PT_PAMT:
		return "a page of the PAMT";
	default:
		return "a control page of a TD";
	}
}

bool check_nothing_failed(const struct machine *m)
{
	return !m->sim->fail_stats && !load_acquire(m->vm_was_bugged);
}

/* Tests have frames that are bare numbers. */
static bool frame_known(const struct folio_map *map, pfn_t pfn)
{
	return pfn && (pfn >= map->block_start || pfn <= load_acquire(map->nr_used));
}

/* By the folio: a large page may have been split below its leaf. */
static void check_frame(pfn_t pfn, u64 nr, enum pamt_type type, pfn_t tdr, void *arg)
{
	struct check_pass *c = arg;
	const struct folio_map *map = c->m->folios;
	pfn_t first = pfn, end = pfn + (pfn_t)nr, head;
	const struct folio *folio;
	u64 len;

	for (; pfn < end; pfn = head + (pfn_t)len) {
		if (!frame_known(map, pfn))
			return;
		c->nr_visited++;
		folio = pfn_folio(map, pfn);
		head = folio_pfn(map, folio);
		len = folio_nr_pages(folio);
		if (check_folio_free(c, folio))
			check_finding(c, "freed-mapped", "frame 0x%x is free, and %s", pfn,
				      frame_word(type));
		/* the mapping of a larger folio may be of another part of it */
		else if (head >= first && head + len <= end && folio_mapcount(folio))
			check_finding(c, "attr-mapping", "a process maps frame 0x%x, %s", pfn,
				      frame_word(type));
	}
}

static void check_pinned(struct check_pass *c, const struct tdx_module *mod)
{
	const struct pin *pin;

	list_for_each_entry(pin, &c->m->pins, node) {
		for (u64 i = 0; i < pin->nr; i++) {
			pfn_t pfn = folio_pfn(c->m->folios, pin->folios[i]), tdr;
			enum pamt_type type = tdx_frame_type(mod, pfn, &tdr);

			c->nr_visited++;
			if (type != PT_NDA && folio_nr_pages(pin->folios[i]) == 1)
				check_finding(c, "attr-mapping", "frame 0x%x is pinned, %s", pfn,
					      frame_word(type));
		}
	}
}

/* --- TDs without VMs --- */

static bool tdr_has_vm(const struct machine *m, pfn_t tdr)
{
	const struct vm *vm;

	list_for_each_entry(vm, &m->vms, machine_node) {
		if (vm_is_td(vm) && vm->tdx->tdr == tdr)
			return true;
	}
	return false;
}

static void check_orphan(pfn_t pfn, u64 nr, enum pamt_type type, pfn_t tdr, void *arg)
{
	struct check_pass *c = arg;
	const struct tdx_td *td;

	if (type != PT_TDR || tdr_has_vm(c->m, pfn))
		return;
	td = tdx_td_find(c->m->tdx->mod, pfn);
	check_finding(c, "lifetime", "the TD of frame 0x%x, %s, has no VM any more", pfn,
		      td && tdx_td_alive(td) ? "which has its key" : "which was not reclaimed");
}

void check_tdx(struct check_pass *c)
{
	struct tdx_host *host = c->m->tdx;
	u64 nr, nr_tds = 0;
	const struct vm *vm;

	if (!host || !tdx_idle(host->mod))
		return;
	nr = tdx_for_each_frame(host->mod, check_frame, c);
	/* the module's own checks count each TD's frames in all of the PAMT */
	list_for_each_entry(vm, &c->m->vms, machine_node)
		nr_tds += vm_is_td(vm);
	c->nr_visited += nr * (2 + nr_tds) / CHECK_CHEAP;
	check_pinned(c, host->mod);
	check_pamt_counts(c);
	check_tdx_pages(c);
	tdx_check(c->me, host->mod);
	if (c->at_rest && !c->m->sim->fail_stats)
		tdx_for_each_frame(host->mod, check_orphan, c);
}

/* --- as it happens --- */

void check_host_access(struct task *me, pfn_t pfn, bool write)
{
	pfn_t tdr;
	enum pamt_type type = tdx_frame_type(machine_of(me)->tdx->mod, pfn, &tdr);

	if (type == PT_NDA)
		return;
	sim_finding(me->sim, me, "content", "the host %s frame 0x%x, %s",
		    write ? "writes" : "reads", pfn, frame_word(type));
}

void check_frames_freed(struct task *me, pfn_t pfn, u64 nr)
{
	const struct tdx_module *mod = machine_of(me)->tdx->mod;
	pfn_t tdr;

	for (u64 i = 0; i < nr; i++) {
		enum pamt_type type = tdx_frame_type(mod, pfn + (pfn_t)i, &tdr);

		if (type == PT_NDA)
			continue;
		sim_finding(me->sim, me, "freed-mapped", "frame 0x%x is freed, and %s",
			    pfn + (pfn_t)i, frame_word(type));
		return;
	}
}
