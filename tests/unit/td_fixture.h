/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/td_fixture.h - the machine of kvm_fixture.h with a TDX module, its VM a TD.
 *
 * Nothing of the TD exists before the test calls tdx_init_vm() or tdx_build_vm(), so that each step
 * can be made to fail.  td_gone() says whether everything a TD had is back.
 */
#ifndef TESTS_UNIT_TD_FIXTURE_H
#define TESTS_UNIT_TD_FIXTURE_H

#include "tests/unit/kvm_fixture.h"

#include "model/fails.h"
#include "model/kvm/tdx_host.h"
#include "model/mm/folio.h"
#include "model/tdx/internal.h"

#define TD_FRAMES(nr_vcpus) (1 + TDX_MIN_TDCX + (nr_vcpus) * TDX_MIN_TDVPS)

static inline void td_init(struct kx *x)
{
	kx_init(x);
	x->type = VM_TDX;
	x->gmem_flags = 0;
	x->nr_vcpus = 2;
	x->mcfg.enable_tdx = true;
	x->mcfg.checks = true;
	x->mcfg.memory_pages = 1u << 20;
	x->mcfg.tdx.nr_packages = 2;
	x->mcfg.tdx.nr_hkids = 2;
}

static inline void td_no_setup(struct task *me, struct kx *x)
{
}

static inline struct tdx_host *td_host(const struct kx *x)
{
	return x->m->tdx;
}

/* Make the @nth pass of @site fail in what comes. */
static inline void td_fail(struct task *me, const char *site, u32 nth)
{
	me->fail_site = site;
	me->fail_nth = nth;
}

/* Has it? */
static inline bool td_failed(struct task *me)
{
	bool hit = !me->fail_site;

	me->fail_site = NULL;
	me->fail_nth = 0;
	return hit;
}

/* Frames that are not NDA in the PAMT. */
static inline u32 td_frames(const struct kx *x)
{
	const struct tdx_module *mod = td_host(x)->mod;
	u32 nr = 0;

	for (u32 b = 0; b < mod->nr_blocks; b++) {
		for (u32 i = 0; mod->block[b] && i < PAMT_ENTRIES; i++) {
			const struct pamt_region *r = mod->block[b]->region[i];

			nr += r ? r->nr_used + (pamt_type(&r->leaf) == PT_REG) * PAMT_ENTRIES : 0;
		}
	}
	return nr;
}

/* Regions that have a pair. */
static inline u32 td_pairs(const struct kx *x)
{
	const struct tdx_module *mod = td_host(x)->mod;
	u32 nr = 0;

	for (u32 b = 0; b < mod->nr_blocks; b++) {
		for (u32 i = 0; mod->block[b] && i < PAMT_ENTRIES; i++) {
			const struct pamt_region *r = mod->block[b]->region[i];

			nr += r && pamt_type(&r->leaf) == PT_PAMT;
		}
	}
	return nr;
}

static inline bool td_gone(const struct kx *x)
{
	const struct tdx_host *host = td_host(x);

	return !td_frames(x) && !td_pairs(x) && !host->pages.nr && !host->nr_configured_hkid &&
	       list_empty(&host->mod->tds);
}

#endif
