// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/check.c - the module's structures against each other, when no call is under way.
 *
 * mirror-sept	S-EPT leaves and tables are in the PAMT as what they are, with the right owner, and
 *		the PAMT has no others; one level of the PAMT says what a frame is
 * refcount	CHLDCNT, the PAMT's counts, the epoch's counts of vCPUs, lent pages
 * lifetime	an HKID belongs to one TD, and is free only when all caches have been written back
 *
 * Epoch safety (tlb-stale) is looked at when a page goes: epoch.c.
 *
 * Invariant: a pass changes nothing and takes no time.
 */
#include "model/tdx/internal.h"

/* What one TD has, counted from the S-EPT and from the PAMT, in frames. */
struct counts {
	/* private to the pass */
	s64 sept_leaves, sept_tables;
	s64 pamt_reg, pamt_ept, pamt_other;
};

struct pass {
	/* private to the pass */
	struct task *me;
	struct tdx_module *mod;
	u32 bad;
};

#define tdx_bad(p, rule, ...)                                                                      \
	do {                                                                                       \
		(p)->bad++;                                                                        \
		sim_finding((p)->mod->sim, (p)->me, rule, __VA_ARGS__);                            \
	} while (0)

static void check_owned(struct pass *p, const struct tdx_td *td, pfn_t pfn, int level,
			enum pamt_type type, gpa_t gpa)
{
	const struct pamt_entry *e = pamt_entry(p->me, p->mod, pfn, level);

	if (pamt_type(e) == type && e->owner == td->tdr)
		return;
	tdx_bad(p, "mirror-sept",
		"TD 0x%x: S-EPT has frame 0x%x at gpa 0x%llx level %d, PAMT type %d of 0x%x",
		td->tdr, pfn, (unsigned long long)gpa, level, pamt_type(e), e->owner);
}

static void check_table(struct pass *p, const struct tdx_td *td, const struct sept_page *page,
			gpa_t gpa, int level, struct counts *n)
{
	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		u64 e = sept_read(&page->e[i]);
		gpa_t at = gpa + i * tdx_level_size(level);
		pfn_t pfn = sept_pfn(e, level);

		if (e & SEPT_TDEL)
			tdx_bad(p, "mirror-sept", "TD 0x%x: entry of gpa 0x%llx level %d is locked",
				td->tdr, (unsigned long long)at, level);
		switch (sept_kind(sept_state(e))) {
		case SEPT_KIND_F:
			break;
		case SEPT_KIND_L:
			n->sept_leaves += (s64)tdx_level_pages(level);
			check_owned(p, td, pfn, level, PT_REG, at);
			break;
		case SEPT_KIND_N:
			n->sept_tables++;
			check_owned(p, td, pfn, TDX_LEVEL_4K, PT_EPT, at);
			check_table(p, td, tdx_control(p->mod, pfn), at, level - 1, n);
			break;
		}
	}
}

static void count_entry(const struct tdx_td *td, const struct pamt_entry *e, int level,
			struct counts *n)
{
	enum pamt_type type = pamt_type(e);

	if (type == PT_NDA || type == PT_PAMT || type == PT_TDR || e->owner != td->tdr)
		return;
	if (type == PT_REG)
		n->pamt_reg += (s64)tdx_level_pages(level);
	else if (type == PT_EPT)
		n->pamt_ept++;
	else
		n->pamt_other++;
}

typedef void (*region_fn)(struct pass *p, struct pamt_region *r, pfn_t pfn, void *arg);

static void each_region(struct pass *p, region_fn fn, void *arg)
{
	for (u32 b = 0; b < p->mod->nr_blocks; b++) {
		struct pamt_block *block = load_acquire(p->mod->block[b]);

		for (u32 i = 0; block && i < PAMT_ENTRIES; i++) {
			struct pamt_region *r = load_acquire(block->region[i]);

			if (r)
				fn(p, r, (b << PFN_1G_SHIFT) + (i << PFN_2M_SHIFT), arg);
		}
	}
}

struct td_counts {
	/* private to the pass */
	const struct tdx_td *td;
	struct counts *n;
};

static void count_region(struct pass *p, struct pamt_region *r, pfn_t pfn, void *arg)
{
	struct td_counts *tc = arg;

	count_entry(tc->td, &r->leaf, TDX_LEVEL_2M, tc->n);
	for (u32 i = 0; load_acquire(r->nr_used) && i < PAMT_ENTRIES; i++)
		count_entry(tc->td, &r->e4k[i], TDX_LEVEL_4K, tc->n);
}

static void check_td_counts(struct pass *p, const struct tdx_td *td)
{
	struct counts n = { 0 };
	struct td_counts tc = { td, &n };
	bool alive = td->lifecycle != TD_TEARDOWN;

	for (u32 b = 0; b < p->mod->nr_blocks; b++) {
		if (p->mod->block[b])
			count_entry(td, &p->mod->block[b]->leaf, TDX_LEVEL_1G, &n);
	}
	each_region(p, count_region, &tc);
	/* who reclaims pages does not look at the S-EPT any more */
	if (td->root && alive) {
		check_table(p, td, td->root, 0, td->top, &n);
		if (n.sept_leaves != n.pamt_reg || n.sept_tables != n.pamt_ept)
			tdx_bad(p, "mirror-sept",
				"TD 0x%x: S-EPT has %lld frames, %lld tables; PAMT has %lld, %lld",
				td->tdr, (long long)n.sept_leaves, (long long)n.sept_tables,
				(long long)n.pamt_reg, (long long)n.pamt_ept);
	}
	if (td->chldcnt != n.pamt_reg + n.pamt_ept + n.pamt_other)
		tdx_bad(p, "refcount", "TD 0x%x: CHLDCNT is %lld, PAMT has %lld frames of it",
			td->tdr, (long long)td->chldcnt,
			(long long)(n.pamt_reg + n.pamt_ept + n.pamt_other));
}

static void check_epoch_counts(struct pass *p, const struct tdx_td *td)
{
	union td_epoch now = { .raw = load_acquire(td->epoch.raw) };
	u32 inside[2] = { 0, 0 };
	const struct tdx_vp *vp;

	list_for_each_entry(vp, &td->vps, node) {
		if (!tdx_vp_in_guest(vp))
			continue;
		inside[vp->epoch & 1]++;
		if (now.epoch - vp->epoch > 1)
			tdx_bad(p, "tlb-stale", "TD 0x%x: vCPU %u runs in epoch %u, the TD's is %u",
				td->tdr, vp->index, vp->epoch, now.epoch);
	}
	if (inside[0] != now.refcount[0] || inside[1] != now.refcount[1])
		tdx_bad(p, "refcount", "TD 0x%x: %u and %u vCPUs in the guest, counted %u and %u",
			td->tdr, inside[0], inside[1], now.refcount[0], now.refcount[1]);
}

/* One level says what a frame is, and the counts of what is below are right. */
static void check_region(struct pass *p, struct pamt_region *r, pfn_t pfn, void *arg)
{
	bool dynamic = p->mod->cfg.dynamic_pamt;
	enum pamt_type type = pamt_type(&r->leaf);
	u32 used = 0;

	for (u32 i = 0; r->e4k && i < PAMT_ENTRIES; i++)
		used += pamt_type(&r->e4k[i]) != PT_NDA;
	if (used && type != (dynamic ? PT_PAMT : PT_NDA)) {
		/* what is below a leaf, or below a region without its pair, is not looked at */
		if (r->nr_used)
			tdx_bad(p, "mirror-sept",
				"PAMT: 2M at frame 0x%x has type %d, and %u frames of its own", pfn,
				type, used);
		return;
	}
	if (used != r->nr_used)
		tdx_bad(p, "refcount", "PAMT: 2M at frame 0x%x has %u frames in use, counted %u",
			pfn, used, r->nr_used);
	if (!dynamic || type != PT_PAMT)
		return;
	for (int i = 0; i < 2; i++) {
		if (!pamt_bit(pamt_region(p->me, p->mod, r->pair[i]), r->pair[i]))
			tdx_bad(p, "refcount", "PAMT: frame 0x%x is lent for 0x%x and not marked",
				r->pair[i], pfn);
	}
}

static void check_key(struct pass *p, u32 hkid)
{
	const struct kot_entry *kot = &p->mod->kot[hkid];
	const struct tdx_td *td;
	u32 users = 0;

	list_for_each_entry(td, &p->mod->tds, node)
		users += td->hkid == hkid && td->lifecycle != TD_TEARDOWN;
	if (users != (kot->state == HKID_FREE ? 0u : 1u))
		tdx_bad(p, "lifetime", "HKID %u is in state %u and has %u TDs", hkid, kot->state,
			users);
	if (kot->state == HKID_FREE && load_acquire(kot->wbinvd))
		tdx_bad(p, "lifetime",
			"HKID %u is free, and packages 0x%llx have lines of it in their caches",
			hkid, (unsigned long long)kot->wbinvd);
}

u32 tdx_check(struct task *me, struct tdx_module *mod)
{
	struct pass p = { .me = me, .mod = mod };
	const struct tdx_td *td;

	list_for_each_entry(td, &mod->tds, node) {
		check_td_counts(&p, td);
		check_epoch_counts(&p, td);
	}
	each_region(&p, check_region, NULL);
	for (u32 hkid = 1; hkid <= mod->cfg.nr_hkids; hkid++)
		check_key(&p, hkid);
	return p.bad;
}
