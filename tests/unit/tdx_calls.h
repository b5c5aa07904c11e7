/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/tdx_calls.h - for each leaf, a TD in the right state and registers that work with it.
 *
 * Two calls on one TD take different slots: addresses, pages and vCPUs that have nothing in common
 * but the TD.
 */
#ifndef TESTS_UNIT_TDX_CALLS_H
#define TESTS_UNIT_TDX_CALLS_H

#include "tests/unit/tdx_fixture.h"

enum td_stage {
	STAGE_CREATED, STAGE_KEYED, STAGE_TDCS, STAGE_BUILD, STAGE_RUN, STAGE_BLOCKED,
	STAGE_TEARDOWN,
};

struct td_env {
	/* constant */
	enum td_stage stage;
	pfn_t tdr;
	pfn_t vp[2]; /* by slot */
};

struct td_call {
	/* constant */
	u64 leaf;
	struct tdx_module_args a;
	u32 lp;
	gpa_t gpa;
	int level;
};

static const struct td_params tx_params = { .max_vcpus = 8 };

/* All calls are made as if by one CPU, whoever makes them. */
#define TX_LP 0u

static inline u64 tx_do(struct task *me, struct tx *x, struct td_call *c)
{
	x->a = c->a;
	return seamcall_on(me, x->mod, c->lp, c->leaf, &x->a);
}

static inline u64 tx_on0(struct task *me, struct tx *x, u64 leaf, u64 rcx, u64 rdx)
{
	x->a = (struct tdx_module_args){ .rcx = rcx, .rdx = rdx, .params = &tx_params };
	return seamcall_on(me, x->mod, TX_LP, leaf, &x->a);
}

static inline enum td_stage tx_stage_of(enum tdx_leaf_index leaf)
{
	switch (leaf) {
	case TDX_LEAF_MNG_KEY_CONFIG:
		return STAGE_CREATED;
	case TDX_LEAF_MNG_ADDCX:
		return STAGE_KEYED;
	case TDX_LEAF_MNG_INIT:
		return STAGE_TDCS;
	case TDX_LEAF_MEM_PAGE_ADD:
	case TDX_LEAF_MR_EXTEND:
	case TDX_LEAF_MR_FINALIZE:
	case TDX_LEAF_VP_CREATE:
	case TDX_LEAF_VP_ADDCX:
	case TDX_LEAF_VP_INIT:
	case TDX_LEAF_MNG_VPFLUSHDONE:
		return STAGE_BUILD;
	case TDX_LEAF_MNG_KEY_FREEID:
	case TDX_LEAF_PHYMEM_CACHE_WB:
		return STAGE_BLOCKED;
	case TDX_LEAF_PHYMEM_PAGE_RECLAIM:
		return STAGE_TEARDOWN;
	default:
		return STAGE_RUN;
	}
}

/* A vCPU with @pages pages, and initialised if @init. */
static inline pfn_t tx_vp_pages(struct task *me, struct tx *x, pfn_t tdr, int pages, bool init)
{
	pfn_t vp = x->tdvpr ? x->tdvpr : tx_control(me, x);

	x->tdvpr = 0;
	TX_OK(x, tx_on0(me, x, TDH_VP_CREATE, tx_pa(vp), tx_pa(tdr)));
	for (int i = 1; i < pages; i++)
		TX_OK(x, tx_on0(me, x, TDH_VP_ADDCX, tx_pa(tx_control(me, x)), tx_pa(vp)));
	if (init)
		TX_OK(x, tx_on0(me, x, TDH_VP_INIT, tx_pa(vp), 0));
	return vp;
}

static inline void tx_env_end(struct task *me, struct tx *x, struct td_env *env)
{
	TX_OK(x, tx_on0(me, x, TDH_MNG_VPFLUSHDONE, tx_pa(env->tdr), 0));
	if (env->stage == STAGE_BLOCKED)
		return;
	TX_OK(x, tx_on0(me, x, TDH_PHYMEM_CACHE_WB, 0, 0));
	TX_OK(x, tx_on0(me, x, TDH_MNG_KEY_FREEID, tx_pa(env->tdr), 0));
}

/* A new TD.  With vCPUs only from RUN on: those of BUILD belong to the calls. */
static inline void tx_env(struct task *me, struct tx *x, enum td_stage stage, struct td_env *env)
{
	*env = (struct td_env){ .stage = stage, .tdr = tx_control(me, x) };
	TX_OK(x, tx_on0(me, x, TDH_MNG_CREATE, tx_pa(env->tdr), x->next_hkid++));
	if (stage == STAGE_CREATED)
		return;
	TX_OK(x, tx_on0(me, x, TDH_MNG_KEY_CONFIG, tx_pa(env->tdr), 0));
	if (stage == STAGE_KEYED)
		return;
	for (int i = 0; i < TDX_MIN_TDCX; i++)
		TX_OK(x, tx_on0(me, x, TDH_MNG_ADDCX, tx_pa(tx_control(me, x)), tx_pa(env->tdr)));
	if (stage == STAGE_TDCS)
		return;
	TX_OK(x, tx_on0(me, x, TDH_MNG_INIT, tx_pa(env->tdr), 0x1000));
	if (stage >= STAGE_BLOCKED)
		tx_env_end(me, x, env);
	if (stage != STAGE_RUN)
		return;
	env->vp[0] = tx_vp_pages(me, x, env->tdr, TDX_MIN_TDVPS, true);
	env->vp[1] = tx_vp_pages(me, x, env->tdr, TDX_MIN_TDVPS, true);
	TX_OK(x, tx_on0(me, x, TDH_MR_FINALIZE, tx_pa(env->tdr), 0));
}

/* A page at @gpa, not accepted, blocked and tracked if @blocked. */
static inline void tx_mapped(struct task *me, struct tx *x, struct td_env *env, gpa_t gpa,
			     int level, bool blocked)
{
	pfn_t pfn = level ? tx_data_2m(x) : tx_data(me, x);

	tx_tables(me, x, env->tdr, gpa, level);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env->tdr, gpa, level, tx_pa(pfn)));
	if (!blocked)
		return;
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env->tdr, gpa, level, 0));
	TX_OK(x, tx_track(me, x, env->tdr));
}

/* 512 pages below a table that is blocked, ready to be merged. */
static inline void tx_split(struct task *me, struct tx *x, struct td_env *env, gpa_t gpa)
{
	struct tdx_module_args a;

	tx_mapped(me, x, env, gpa, 1, true);
	a = (struct tdx_module_args){ .rcx = tx_info(gpa, 1), .rdx = tx_pa(env->tdr),
				      .r8 = tx_pa(tx_data(me, x)), .r12 = tx_pa(tx_data(me, x)),
				      .r13 = tx_pa(tx_data(me, x)) };
	TX_OK(x, seamcall(me, x->mod, TDH_MEM_PAGE_DEMOTE, &a));
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env->tdr, gpa, 1, 0));
	TX_OK(x, tx_track(me, x, env->tdr));
}

/* What the entry at c->gpa has to be for this leaf. */
static inline void tx_entry_for(struct task *me, struct tx *x, struct td_env *env,
				enum tdx_leaf_index leaf, struct td_call *c)
{
	c->level = x->level;
	switch (leaf) {
	case TDX_LEAF_MEM_SEPT_ADD:
		c->level = 1;
		tx_tables(me, x, env->tdr, c->gpa, 1);
		break;
	case TDX_LEAF_MEM_RANGE_BLOCK:
		tx_mapped(me, x, env, c->gpa, c->level, false);
		break;
	case TDX_LEAF_MEM_PAGE_RELOCATE:
		c->level = 0;
		tx_mapped(me, x, env, c->gpa, 0, true);
		break;
	case TDX_LEAF_MEM_PAGE_REMOVE:
	case TDX_LEAF_MEM_RANGE_UNBLOCK:
		tx_mapped(me, x, env, c->gpa, c->level, true);
		break;
	case TDX_LEAF_MEM_PAGE_DEMOTE:
		c->level = 1;
		tx_mapped(me, x, env, c->gpa, 1, true);
		break;
	case TDX_LEAF_MEM_PAGE_PROMOTE:
		c->level = 1;
		tx_split(me, x, env, c->gpa);
		break;
	case TDX_LEAF_MEM_SEPT_REMOVE:
		c->level = 1;
		tx_tables(me, x, env->tdr, c->gpa, 0);
		TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env->tdr, c->gpa, 1, 0));
		TX_OK(x, tx_track(me, x, env->tdr));
		break;
	case TDX_LEAF_MEM_PAGE_ADD:
		c->level = 0;
		tx_tables(me, x, env->tdr, c->gpa, 0);
		break;
	default: /* AUG, SEPT.RD: free */
		tx_tables(me, x, env->tdr, c->gpa, c->level);
	}
}

static inline void tx_args_mem(struct task *me, struct tx *x, struct td_env *env,
			       enum tdx_leaf_index leaf, struct td_call *c)
{
	if (leaf == TDX_LEAF_MEM_TRACK) {
		c->a.rcx = tx_pa(env->tdr);
		return;
	}
	if (leaf == TDX_LEAF_MR_EXTEND && env->stage == STAGE_BUILD) {
		tx_tables(me, x, env->tdr, c->gpa, 0);
		TX_OK(x, tx_call(me, x, TDH_MEM_PAGE_ADD, c->gpa, tx_pa(env->tdr),
				 tx_pa(tx_data(me, x)), 0x7000));
	} else if (env->stage == STAGE_RUN || env->stage == STAGE_BUILD) {
		tx_entry_for(me, x, env, leaf, c);
	}
	c->a.rcx = tx_info(c->gpa, c->level);
	c->a.rdx = tx_pa(env->tdr);
	c->a.r8 = tx_pa(leaf == TDX_LEAF_MEM_PAGE_AUG && c->level ? tx_data_2m(x) :
								     tx_data(me, x));
	c->a.r9 = 0x7000;
	c->a.r12 = tx_pa(tx_data(me, x));
	c->a.r13 = tx_pa(tx_data(me, x));
}

static inline void tx_args_vp(struct task *me, struct tx *x, struct td_env *env,
			      enum tdx_leaf_index leaf, u32 slot, struct td_call *c)
{
	int pages = leaf == TDX_LEAF_VP_ADDCX ? 1 : TDX_MIN_TDVPS;
	pfn_t vp = env->vp[slot];

	if (leaf == TDX_LEAF_VP_CREATE) {
		c->a.rcx = tx_pa(tx_control(me, x));
		c->a.rdx = tx_pa(env->tdr);
		return;
	}
	if (!vp && env->stage == STAGE_BUILD)
		vp = tx_vp_pages(me, x, env->tdr, pages, false);
	c->a.rcx = tx_pa(vp);
	if (leaf == TDX_LEAF_VP_ADDCX) {
		c->a.rcx = tx_pa(tx_control(me, x));
		c->a.rdx = tx_pa(vp);
	}
}

static inline void tx_args_phymem(struct task *me, struct tx *x, struct td_env *env,
				  enum tdx_leaf_index leaf, u32 slot, struct td_call *c)
{
	pfn_t pfn;

	switch (leaf) {
	case TDX_LEAF_PHYMEM_PAGE_RECLAIM: /* a page of its control structure */
		c->a.rcx = tx_pa(tdx_td_find(x->mod, env->tdr)->tdcx[slot]);
		break;
	case TDX_LEAF_PHYMEM_PAGE_WBINVD:
		c->a.rcx = tx_pa(tx_data(me, x));
		break;
	case TDX_LEAF_PHYMEM_PAMT_ADD:
	case TDX_LEAF_PHYMEM_PAMT_REMOVE:
		pfn = tx_data_2m(x);
		if (leaf == TDX_LEAF_PHYMEM_PAMT_REMOVE)
			tx_pair(me, x, pfn);
		c->a.rcx = tx_pa(pfn) | 1;
		c->a.rdx = tx_pa(x->next_lent++);
		c->a.r8 = tx_pa(x->next_lent++);
		break;
	default: /* CACHE.WB: 0 */
		break;
	}
}

/* Registers with which @leaf works on @env, if its stage is the leaf's. */
static inline void tx_args(struct task *me, struct tx *x, struct td_env *env,
			   enum tdx_leaf_index leaf, u32 slot, struct td_call *c)
{
	*c = (struct td_call){ .leaf = tdx_leaf_descs[leaf].number, .lp = TX_LP,
			       .gpa = TX_GPA * (1 + slot) };
	c->a.params = &tx_params;
	switch (leaf) {
	case TDX_LEAF_MNG_CREATE:
		c->a.rcx = tx_pa(tx_control(me, x));
		c->a.rdx = x->next_hkid++;
		break;
	case TDX_LEAF_MNG_ADDCX:
		c->a.rcx = tx_pa(tx_control(me, x));
		c->a.rdx = tx_pa(env->tdr);
		break;
	case TDX_LEAF_MNG_INIT:
		c->a.rdx = 0x1000;
		c->a.rcx = tx_pa(env->tdr);
		break;
	case TDX_LEAF_MNG_KEY_CONFIG:
	case TDX_LEAF_MNG_VPFLUSHDONE:
	case TDX_LEAF_MNG_KEY_FREEID:
	case TDX_LEAF_MNG_KEY_RECLAIMID:
		c->a.rcx = tx_pa(env->tdr);
		if (leaf == TDX_LEAF_MNG_KEY_FREEID && env->stage == STAGE_BLOCKED)
			TX_OK(x, tx_on0(me, x, TDH_PHYMEM_CACHE_WB, 0, 0));
		break;
	case TDX_LEAF_MR_FINALIZE:
		c->a.rcx = tx_pa(env->tdr);
		if (env->stage == STAGE_BUILD && !slot)
			tx_vp_pages(me, x, env->tdr, TDX_MIN_TDVPS, true);
		break;
	case TDX_LEAF_VP_ENTER:
	case TDX_LEAF_VP_ADDCX:
	case TDX_LEAF_VP_CREATE:
	case TDX_LEAF_VP_FLUSH:
	case TDX_LEAF_VP_INIT:
		tx_args_vp(me, x, env, leaf, slot, c);
		break;
	case TDX_LEAF_PHYMEM_PAGE_RECLAIM:
	case TDX_LEAF_PHYMEM_CACHE_WB:
	case TDX_LEAF_PHYMEM_PAGE_WBINVD:
	case TDX_LEAF_PHYMEM_PAMT_ADD:
	case TDX_LEAF_PHYMEM_PAMT_REMOVE:
		tx_args_phymem(me, x, env, leaf, slot, c);
		break;
	default:
		tx_args_mem(me, x, env, leaf, c);
	}
}

#endif
