// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/pamt.c - the physical address metadata: what each frame is, whose, and the locks on it.
 *
 * One entry for each 1G, 2M and 4K.  An explicit access (an address the host passes) shares the
 * entries above and locks the one it is for; at 2M and 1G, where the entry above and the entry
 * itself can be the same, exclusive is reached by promotion, which fails if anybody else is below.
 * An implicit access (an address from the S-EPT or from an owner field) locks only the one entry.
 *
 * Static: all 4K entries exist; a 2M or 1G entry of another type than NDA is the leaf.  Dynamic:
 * 4K entries exist below 2M entries of type PAMT, which somebody gave two pages for; any other 2M
 * entry is the leaf.
 *
 * The arrays are made when first looked at, which is this program's thrift and nothing visible.
 *
 * Invariants: X3 of internal.h; types, owners and pairs change with the entry locked exclusive.
 *
 * Upstream: intel/tdx-module src/common/memory_handlers/pamt_manager.c
 * Fidelity: faithful (one TDMR without reserved areas)
 */
#include "model/tdx/internal.h"
#include "sim/race.h"

/* Publish @fresh at *@p unless somebody else has been there.  Return: what is there. */
static void *link_once(struct tdx_module *mod, void **p, void *fresh, size_t bytes)
{
	void *old;

	sim_guard_lock(mod->sim, &mod->guard);
	old = *p;
	if (!old)
		store_release(*p, fresh);
	sim_guard_unlock(mod->sim, &mod->guard);
	if (!old)
		return fresh;
	sim_free(mod->sim, fresh, bytes);
	return old;
}

static struct pamt_block *pamt_block(struct tdx_module *mod, pfn_t pfn)
{
	struct pamt_block **p = &mod->block[pfn >> PFN_1G_SHIFT];
	struct pamt_block *b = load_acquire(*p);

	SIM_ASSERT(pfn < mod->end);
	if (likely(b))
		return b;
	b = sim_zalloc(mod->sim, sizeof(*b));
	b->id = sim_new_obj(mod->sim);
	return link_once(mod, (void **)p, b, sizeof(*b));
}

/**
 * pamt_region - the 2 MiB that frame @pfn is in.
 */
struct pamt_region *pamt_region(struct task *me, struct tdx_module *mod, pfn_t pfn)
{
	struct pamt_block *b = pamt_block(mod, pfn);
	struct pamt_region **p = &b->region[pfn >> PFN_2M_SHIFT & (PAMT_ENTRIES - 1)];
	struct pamt_region *r = load_acquire(*p);

	if (likely(r))
		return r;
	r = sim_zalloc(mod->sim, sizeof(*r));
	r->id = sim_new_obj(mod->sim);
	return link_once(mod, (void **)p, r, sizeof(*r));
}

static struct pamt_entry *pamt_4k(struct tdx_module *mod, struct pamt_region *r, pfn_t pfn)
{
	struct pamt_entry *e = load_acquire(r->e4k);
	size_t bytes = PAMT_ENTRIES * sizeof(*e);

	if (unlikely(!e))
		e = link_once(mod, (void **)&r->e4k, sim_zalloc(mod->sim, bytes), bytes);
	return &e[pfn & (PAMT_ENTRIES - 1)];
}

/**
 * pamt_entry - the entry of @pfn at @level, wherever the leaf is.
 */
struct pamt_entry *pamt_entry(struct task *me, struct tdx_module *mod, pfn_t pfn, int level)
{
	if (level == TDX_LEVEL_1G)
		return &pamt_block(mod, pfn)->leaf;
	if (level == TDX_LEVEL_2M)
		return &pamt_region(me, mod, pfn)->leaf;
	return pamt_4k(mod, pamt_region(me, mod, pfn), pfn);
}

/* Object numbers: 2M and 1G entries have their own, 4K entries the top quarter. */
static struct lockdep_map pamt_map(struct tdx_module *mod, struct lock_class *class, pfn_t pfn,
				   u32 id)
{
	return (struct lockdep_map){ .class = class, .owner = SIM_NO_TASK,
				     .id = id ? id : (BIT(31) | BIT(30) | pfn) };
}

static bool entry_try(struct task *me, struct pamt_entry *e, struct lockdep_map map,
		      enum tdx_mode mode, bool promote)
{
	bool had;

	sim_point(me, map.id, SIM_WRITE);
	had = sharex_try_word(me, &e->lock, promote ? TDX_SHARED : mode, true);
	if (had && promote && mode == TDX_EXCLUSIVE && !sharex_promote_word(me, &e->lock)) {
		sharex_release_word(me, &e->lock, TDX_SHARED);
		had = false;
	}
	if (had)
		tdx_lock_taken(me, &map, mode);
	else
		tdx_lock_busy(me, &map, mode);
	return had;
}

static void entry_unlock(struct task *me, struct pamt_entry *e, struct lockdep_map map,
			 enum tdx_mode mode)
{
	tdx_lock_given_up(me, &map);
	sharex_release_word(me, &e->lock, mode);
	sim_release_point(me, map.id);
}

static bool is_leaf_2m(const struct tdx_module *mod, const struct pamt_region *r)
{
	enum pamt_type type = pamt_type(&r->leaf);

	return mod->cfg.dynamic_pamt ? type != PT_PAMT : type != PT_NDA;
}

static u64 walk_done(struct pamt_walk *w, struct pamt_entry *e, int level)
{
	w->entry = e;
	w->level = (u8)level;
	return TDX_SUCCESS;
}

static struct lockdep_map leaf_map(struct tdx_module *mod, const struct pamt_walk *w, int level)
{
	u32 id = 0;

	if (level == TDX_LEVEL_1G)
		id = w->block->id;
	else if (level == TDX_LEVEL_2M)
		id = w->region->id;
	return pamt_map(mod, w->class, w->pfn, id);
}

static struct lockdep_map parent_map(struct tdx_module *mod, u32 id)
{
	return pamt_map(mod, mod->class_pamt, 0, id);
}

/**
 * pamt_lock_walk - from the 1G entry down to the leaf, or to @level, and lock that in @mode.
 * @class: of the lock, for reports; a TDR's is not called a PAMT lock
 *
 * Return: TDX_SUCCESS and w->level, or TDX_OPERAND_BUSY without any lock held.
 */
u64 pamt_lock_walk(struct task *me, struct tdx_module *mod, pfn_t pfn, enum tdx_mode mode,
		   int level, struct lock_class *class, struct pamt_walk *w)
{
	struct pamt_block *b = pamt_block(mod, pfn);
	struct pamt_region *r = pamt_region(me, mod, pfn);
	bool stop;

	*w = (struct pamt_walk){ .block = b, .region = r, .pfn = pfn, .mode = (u8)mode,
				 .class = class };
	stop = pamt_type(&b->leaf) != PT_NDA || level == TDX_LEVEL_1G;
	if (!entry_try(me, &b->leaf, stop ? leaf_map(mod, w, TDX_LEVEL_1G) :
		       parent_map(mod, b->id), stop ? mode : TDX_SHARED, true))
		return TDX_OPERAND_BUSY;
	if (stop)
		return walk_done(w, &b->leaf, TDX_LEVEL_1G);

	stop = is_leaf_2m(mod, r) || level == TDX_LEVEL_2M;
	if (!entry_try(me, &r->leaf, stop ? leaf_map(mod, w, TDX_LEVEL_2M) :
		       parent_map(mod, r->id), stop ? mode : TDX_SHARED, true))
		goto busy_2m;
	if (stop)
		return walk_done(w, &r->leaf, TDX_LEVEL_2M);

	w->entry = pamt_4k(mod, r, pfn);
	if (entry_try(me, w->entry, leaf_map(mod, w, TDX_LEVEL_4K), mode, false))
		return walk_done(w, w->entry, TDX_LEVEL_4K);
	w->entry = NULL;
	entry_unlock(me, &r->leaf, parent_map(mod, r->id), TDX_SHARED);
busy_2m:
	entry_unlock(me, &b->leaf, parent_map(mod, b->id), TDX_SHARED);
	return TDX_OPERAND_BUSY;
}

/**
 * pamt_lock_implicit - lock the entry of a page that is known to be one of @level; nothing above.
 *
 * Return: TDX_SUCCESS or TDX_OPERAND_BUSY.
 */
u64 pamt_lock_implicit(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
		       enum tdx_mode mode, struct lock_class *class, struct pamt_walk *w)
{
	struct pamt_entry *e = pamt_entry(me, mod, pfn, level);
	struct lockdep_map map;

	*w = (struct pamt_walk){ .pfn = pfn, .level = (u8)level, .mode = (u8)mode, .class = class };
	w->block = pamt_block(mod, pfn);
	w->region = pamt_region(me, mod, pfn);
	map = leaf_map(mod, w, level);
	w->block = NULL;
	if (!entry_try(me, e, map, mode, false))
		return TDX_OPERAND_BUSY;
	w->entry = e;
	return TDX_SUCCESS;
}

/**
 * pamt_unlock - undo either of the two; nothing if nothing is held.
 */
void pamt_unlock(struct task *me, struct tdx_module *mod, struct pamt_walk *w)
{
	struct pamt_block *b = w->block;

	if (!w->entry)
		return;
	w->block = pamt_block(mod, w->pfn);
	entry_unlock(me, w->entry, leaf_map(mod, w, w->level), (enum tdx_mode)w->mode);
	w->entry = NULL;
	if (!b)
		return;
	if (w->level < TDX_LEVEL_2M)
		entry_unlock(me, &w->region->leaf, parent_map(mod, w->region->id), TDX_SHARED);
	if (w->level < TDX_LEVEL_1G)
		entry_unlock(me, &b->leaf, parent_map(mod, b->id), TDX_SHARED);
}

/**
 * pamt_check_hpa - is it an address the host may pass: aligned, without HKID, in a TDMR?
 */
u64 pamt_check_hpa(struct tdx_module *mod, u64 hpa, int level)
{
	if (!IS_ALIGNED(hpa, tdx_level_size(level)) || hpa >> TDX_HKID_SHIFT)
		return TDX_OPERAND_INVALID;
	if (hpa >> PAGE_SHIFT >= mod->end)
		return TDX_OPERAND_ADDR_RANGE_ERROR;
	return TDX_SUCCESS;
}

/**
 * pamt_lock_page - the checks of an address that the host passes for a page of type @type.
 *
 * Upstream: src/common/helpers/helpers.c:check_and_lock_explicit_private_hpa
 * Fidelity: faithful
 * Return: a status without its operand; nothing is held unless it is TDX_SUCCESS.
 */
u64 pamt_lock_page(struct task *me, struct tdx_module *mod, u64 hpa, enum tdx_mode mode, int level,
		   enum pamt_type type, struct lock_class *class, struct pamt_walk *w)
{
	u64 err = pamt_check_hpa(mod, hpa, level);

	if (err)
		return err;
	err = pamt_lock_walk(me, mod, (pfn_t)(hpa >> PAGE_SHIFT), mode, level, class, w);
	if (err)
		return err;
	plain_reads(me, w->entry->type);
	if (w->level != level) {
		err = TDX_PAGE_METADATA_INCORRECT;
		if (mod->cfg.dynamic_pamt && w->level == TDX_LEVEL_2M && type == PT_NDA &&
		    pamt_type(w->entry) == PT_NDA)
			err = TDX_MISSING_PAMT_PAGE_PAIR;
	} else if (pamt_type(w->entry) != type) {
		err = TDX_PAGE_METADATA_INCORRECT;
	} else if (mod->cfg.dynamic_pamt && type == PT_NDA && pamt_bit(w->region, w->pfn)) {
		err = TDX_PAGE_METADATA_INCORRECT;
	}
	if (err)
		pamt_unlock(me, mod, w);
	return err;
}

/**
 * pamt_range_free - is no frame of this 2M in use?
 *
 * Context: its entry locked exclusive.
 */
bool pamt_range_free(struct tdx_module *mod, const struct pamt_region *r)
{
	if (mod->cfg.dynamic_pamt) {
		for (u32 i = 0; i < ARRAY_SIZE(r->bitmap); i++) {
			if (load_acquire(r->bitmap[i]))
				return false;
		}
		return true;
	}
	return !load_acquire(r->nr_used);
}

void pamt_set(struct pamt_entry *e, enum pamt_type type, pfn_t owner)
{
	store_release(e->owner, owner);
	store_release(e->bepoch, 0);
	store_release(e->blocked_at, 0);
	store_release(e->type, (u8)type);
}

bool pamt_bit(const struct pamt_region *r, pfn_t pfn)
{
	u32 i = pfn & (PAMT_ENTRIES - 1);

	return load_acquire(r->bitmap[i / 64]) >> (i % 64) & 1;
}

/* Return: false if it was set. */
bool pamt_bit_set(struct task *me, struct pamt_region *r, pfn_t pfn)
{
	u32 i = pfn & (PAMT_ENTRIES - 1);
	u64 old;

	sim_point(me, r->id, SIM_WRITE);
	old = load_acquire(r->bitmap[i / 64]);
	do {
		if (old >> (i % 64) & 1)
			return false;
	} while (!step_try_cmpxchg(me, &r->bitmap[i / 64], &old, old | BIT_ULL(i % 64)));
	return true;
}

void pamt_bit_clear(struct task *me, struct pamt_region *r, pfn_t pfn)
{
	u32 i = pfn & (PAMT_ENTRIES - 1);

	sim_point(me, r->id, SIM_WRITE);
	step_and(me, &r->bitmap[i / 64], ~BIT_ULL(i % 64));
}

/**
 * pamt_assign - the frames of @e are @owner's from now on.
 *
 * Context: @e locked exclusive.
 */
void pamt_assign(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
		 struct pamt_entry *e, enum pamt_type type, pfn_t owner)
{
	plain_writes(me, e->type);
	pamt_set(e, type, owner);
	if (level == TDX_LEVEL_4K)
		step_add_return(me, &pamt_region(me, mod, pfn)->nr_used, 1);
}

/**
 * pamt_release - the frames of @e are nobody's from now on.
 *
 * Context: @e locked exclusive.
 * Return: TDX_HINT_PAIR if the 2M around it has become empty and its pair could go, else 0.
 */
u64 pamt_release(struct task *me, struct tdx_module *mod, pfn_t pfn, int level,
		 struct pamt_entry *e)
{
	struct pamt_region *r;

	plain_write(me, e->type, (u8)PT_NDA);
	if (level != TDX_LEVEL_4K)
		return 0;
	r = pamt_region(me, mod, pfn);
	return step_add_return(me, &r->nr_used, -1) || !mod->cfg.dynamic_pamt ? 0 : TDX_HINT_PAIR;
}
