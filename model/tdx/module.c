// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/module.c - the module itself, its tables, and what its control pages are.
 *
 * Invariant: what a control page is (struct tdx_td, tdx_vp, sept_page) is written with its PAMT
 * entry locked exclusive, before the page's type says that there is something.
 *
 * Upstream: intel/tdx-module src/common/data_structures/tdx_global_data.h
 * Fidelity: simplified: always configured; no TDMR set-up, no update, no shutdown
 */
#include <string.h>

#include "model/tdx/internal.h"

#define LEAF_DESC(id_, name_, number_, slug_, tdr_, op_, tree_, entry_, pamt_, epoch_, global_,    \
		  op_states_, entry_states_, cost_, inject_)                                       \
	{ .name = name_, .number = number_, .slug = #slug_, .tdr = TDX_LOCK_##tdr_,                \
	  .op_state = TDX_LOCK_##op_, .tree = TDX_LOCK_##tree_, .entry = TDX_LOCK_##entry_,        \
	  .pamt = TDX_LOCK_##pamt_, .epoch = TDX_LOCK_##epoch_, .global = TDX_GLOBAL_##global_,    \
	  .op_states = op_states_, .entry_states = entry_states_, .cost = COST_##cost_,            \
	  .inject = inject_ }

const struct tdx_leaf_desc tdx_leaf_descs[NR_TDX_LEAVES] = {
#define LEAF(id, ...) [TDX_LEAF_##id] = LEAF_DESC(id, __VA_ARGS__),
	TDX_LEAVES(LEAF)
#undef LEAF
};

const struct tdx_leaf_desc tdx_guest_leaf_descs[NR_TDX_GUEST_LEAVES] = {
#define LEAF(id, ...) [TDX_GUEST_LEAF_##id] = LEAF_DESC(id, __VA_ARGS__),
	TDX_GUEST_LEAVES(LEAF)
#undef LEAF
};

const char *tdx_status_name(u64 status)
{
	static const struct {
		u64 value;
		const char *name;
	} names[] = {
#define ST(name_, value_) { value_##ull, #name_ },
		TDX_STATUSES(ST)
#undef ST
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].value == (status & TDX_SEAMCALL_STATUS_MASK))
			return names[i].name;
	}
	return "";
}

static void config_defaults(struct tdx_module_config *cfg)
{
	if (!cfg->tdmr_pages || cfg->tdmr_pages > MACHINE_PAGES_MAX)
		cfg->tdmr_pages = MACHINE_PAGES_MAX;
	if (!cfg->nr_packages)
		cfg->nr_packages = 1;
	if (!cfg->nr_hkids)
		cfg->nr_hkids = 64;
	if (!cfg->hp_timeout_ns)
		cfg->hp_timeout_ns = NSEC_PER_SEC;
	SIM_ASSERT(cfg->nr_packages <= 64 && cfg->nr_hkids < 1024);
}

struct tdx_module *tdx_module_create(struct machine *m, const struct tdx_module_config *cfg)
{
	struct sim *sim = m->sim;
	struct tdx_module *mod = sim_zalloc(sim, sizeof(*mod));

	mod->m = m;
	mod->sim = sim;
	mod->cfg = *cfg;
	config_defaults(&mod->cfg);
	mod->end = (pfn_t)mod->cfg.tdmr_pages;
	mod->nr_blocks = (u32)(((u64)mod->end + (1u << PFN_1G_SHIFT) - 1) >> PFN_1G_SHIFT);
	mod->block = sim_zalloc(sim, mod->nr_blocks * sizeof(struct pamt_block *));
	mod->class_tdr = lock_class_get(sim, "tdx:tdr", 0);
	mod->class_tdvpr = lock_class_get(sim, "tdx:tdvpr", 0);
	mod->class_pamt = lock_class_get(sim, "tdx:pamt", 0);
	mod->class_entry = lock_class_get(sim, "tdx:sept_entry", 0);
	tdx_lock_init(sim, &mod->kot_lock, "tdx:kot", false);
	mod->kot = sim_zalloc(sim, (mod->cfg.nr_hkids + 1) * sizeof(*mod->kot));
	mod->wbcache = sim_zalloc(sim, mod->cfg.nr_packages * sizeof(*mod->wbcache));
	for (u32 i = 0; i < mod->cfg.nr_packages; i++) {
		tdx_lock_init(sim, &mod->wbcache[i].lock, "tdx:wbcache", false);
		mod->wbcache[i].flushed = sim_zalloc(sim, mod->cfg.nr_hkids + 1);
	}
	INIT_LIST_HEAD(&mod->tds);
	return mod;
}

/* --- control pages --- */

/**
 * tdx_control_set - frame @pfn is a control page for @what now; NULL: not any more.
 *
 * Context: its PAMT entry locked exclusive.
 */
void tdx_control_set(struct task *me, struct tdx_module *mod, pfn_t pfn, void *what)
{
	struct pamt_region *r = pamt_region(me, mod, pfn);
	void **fresh = NULL;

	if (!load_acquire(r->control))
		fresh = sim_zalloc(mod->sim, PAMT_ENTRIES * sizeof(*fresh));
	sim_guard_lock(mod->sim, &mod->guard);
	if (!r->control) {
		store_release(r->control, fresh);
		fresh = NULL;
	}
	sim_guard_unlock(mod->sim, &mod->guard);
	if (fresh)
		sim_free(mod->sim, fresh, PAMT_ENTRIES * sizeof(*fresh));
	store_release(r->control[pfn & (PAMT_ENTRIES - 1)], what);
}

void *tdx_control(struct tdx_module *mod, pfn_t pfn)
{
	void **control = load_acquire(pamt_region(NULL, mod, pfn)->control);

	return control ? load_acquire(control[pfn & (PAMT_ENTRIES - 1)]) : NULL;
}

const struct tdx_leaf_stat *tdx_leaf_stat(const struct tdx_module *mod, u32 leaf)
{
	return &mod->stat[leaf];
}
