// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/observe.c - what the module has, for checks of those who use it.
 *
 * Invariant: nothing here is visible, takes time, changes anything or makes a part of the PAMT that
 * nobody has looked at yet.
 */
#include "model/tdx/internal.h"

bool tdx_idle(const struct tdx_module *mod)
{
	return !load_acquire(mod->nr_calls);
}

bool tdx_td_alive(const struct tdx_td *td)
{
	return load_acquire(td->lifecycle) == TD_KEYS_CONFIGURED;
}

/* --- S-EPT --- */

const struct sept_page *tdx_sept_root(const struct tdx_td *td, int *level)
{
	*level = td->top;
	return tdx_td_alive(td) ? td->root : NULL;
}

enum sept_state tdx_sept_entry(const struct tdx_td *td, const struct sept_page *page, u32 i,
			       int level, pfn_t *pfn, const struct sept_page **child)
{
	u64 e = sept_read(&page->e[i]);
	enum sept_kind kind = sept_kind(sept_state(e));

	*pfn = kind == SEPT_KIND_F ? PFN_NONE : sept_pfn(e, level);
	*child = kind == SEPT_KIND_N ? tdx_control(td->mod, *pfn) : NULL;
	return sept_state(e);
}

/* --- PAMT --- */

static const struct pamt_region *region_if_any(const struct tdx_module *mod, pfn_t pfn,
					       const struct pamt_block **block)
{
	*block = pfn < mod->end ? load_acquire(mod->block[pfn >> PFN_1G_SHIFT]) : NULL;
	if (!*block)
		return NULL;
	return load_acquire((*block)->region[pfn >> PFN_2M_SHIFT & (PAMT_ENTRIES - 1)]);
}

static enum pamt_type entry_type(const struct pamt_entry *e, pfn_t *tdr)
{
	enum pamt_type type = pamt_type(e);

	/* a TDR is its own */
	*tdr = type == PT_NDA || type == PT_TDR ? PFN_NONE : load_acquire(e->owner);
	return type;
}

enum pamt_type tdx_frame_type(const struct tdx_module *mod, pfn_t pfn, pfn_t *tdr)
{
	const struct pamt_block *b;
	const struct pamt_region *r = region_if_any(mod, pfn, &b);
	const struct pamt_entry *e4k;

	*tdr = PFN_NONE;
	if (!b)
		return PT_NDA;
	if (pamt_type(&b->leaf) != PT_NDA)
		return entry_type(&b->leaf, tdr);
	if (!r)
		return PT_NDA;
	if (pamt_bit(r, pfn))
		return PT_PAMT;
	if (pamt_type(&r->leaf) == PT_REG)
		return entry_type(&r->leaf, tdr);
	e4k = load_acquire(r->e4k);
	if (!e4k || !load_acquire(r->nr_used))
		return PT_NDA;
	return entry_type(&e4k[pfn & (PAMT_ENTRIES - 1)], tdr);
}

struct frame_walk {
	/* private to the walk */
	tdx_frame_fn fn;
	void *arg;
	u64 nr;
};

static void walk_entry(struct frame_walk *w, const struct pamt_entry *e, pfn_t pfn, int level)
{
	pfn_t tdr;
	enum pamt_type type = entry_type(e, &tdr);

	w->nr++;
	/* of 2M, PAMT says only that the entries below count */
	if (type != PT_NDA && !(type == PT_PAMT && level))
		w->fn(pfn, tdx_level_pages(level), type, tdr, w->arg);
}

static void walk_region(struct frame_walk *w, const struct pamt_region *r, pfn_t pfn)
{
	const struct pamt_entry *e4k = load_acquire(r->e4k);

	walk_entry(w, &r->leaf, pfn, TDX_LEVEL_2M);
	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		if (e4k && load_acquire(r->nr_used))
			walk_entry(w, &e4k[i], pfn + i, TDX_LEVEL_4K);
		if (unlikely(pamt_bit(r, pfn + i)))
			w->fn(pfn + i, 1, PT_PAMT, PFN_NONE, w->arg);
	}
}

typedef void (*region_fn)(const struct pamt_region *r, pfn_t pfn, void *arg);

static void each_region(const struct pamt_block *block, pfn_t pfn, region_fn fn, void *arg)
{
	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		const struct pamt_region *r = load_acquire(block->region[i]);

		if (r)
			fn(r, pfn + (i << PFN_2M_SHIFT), arg);
	}
}

static void frames_of_region(const struct pamt_region *r, pfn_t pfn, void *arg)
{
	walk_region(arg, r, pfn);
}

u64 tdx_for_each_frame(const struct tdx_module *mod, tdx_frame_fn fn, void *arg)
{
	struct frame_walk w = { .fn = fn, .arg = arg };

	for (u32 b = 0; b < mod->nr_blocks; b++) {
		const struct pamt_block *block = load_acquire(mod->block[b]);
		pfn_t pfn = b << PFN_1G_SHIFT;

		if (!block)
			continue;
		walk_entry(&w, &block->leaf, pfn, TDX_LEVEL_1G);
		each_region(block, pfn, frames_of_region, &w);
	}
	return w.nr;
}

struct pair_walk {
	/* private to the walk */
	tdx_pair_fn fn;
	void *arg;
};

static void pair_of_region(const struct pamt_region *r, pfn_t pfn, void *arg)
{
	struct pair_walk *w = arg;

	w->fn(pfn, load_acquire(r->nr_used), pamt_type(&r->leaf) == PT_PAMT, w->arg);
}

void tdx_for_each_region(const struct tdx_module *mod, tdx_pair_fn fn, void *arg)
{
	struct pair_walk w = { fn, arg };

	for (u32 b = 0; b < mod->nr_blocks; b++) {
		const struct pamt_block *block = load_acquire(mod->block[b]);

		if (block)
			each_region(block, b << PFN_1G_SHIFT, pair_of_region, &w);
	}
}

/* --- what vCPUs remember --- */

u64 tdx_for_each_translation(const struct tdx_td *td, tdx_translation_fn fn, void *arg)
{
	u32 epoch = (u32)load_acquire(td->epoch.epoch);
	const struct tdx_vp *vp;
	u64 nr = 0;

	list_for_each_entry(vp, &td->vps, node) {
		bool inside = load_acquire(vp->inside);

		nr++;
		/* in another epoch it drops them when it enters */
		if (!load_acquire(vp->has_run) || (!inside && load_acquire(vp->epoch) != epoch))
			continue;
		for (u32 i = 0; i < VP_TLB_ENTRIES; i++) {
			const struct vp_tlb_entry *t = &vp->tlb[i];

			nr++;
			if (t->flushes == vp->flushes)
				fn(vp->index, inside, t->gfn, t->pfn, arg);
		}
	}
	return nr;
}
