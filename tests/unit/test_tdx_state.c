// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes before a leaf's own checks, in its order: the TDR's address and type, the life of the
 * TD, its OP_STATE, the address in RCX, pages that the host passes.  Each violation has its status
 * and changes nothing.
 */
#include "tests/unit/tdx_calls.h"

struct states {
	struct tx x;
	u32 cells;
};

/* Where a leaf has its TDR: 0 nowhere, else the operand. */
static u32 tdr_in(u32 leaf)
{
	switch (leaf) {
	case TDX_LEAF_MEM_TRACK:
	case TDX_LEAF_MNG_KEY_CONFIG:
	case TDX_LEAF_MNG_INIT:
	case TDX_LEAF_MNG_VPFLUSHDONE:
	case TDX_LEAF_MNG_KEY_FREEID:
	case TDX_LEAF_MR_FINALIZE:
		return OPERAND_RCX;
	case TDX_LEAF_MNG_ADDCX:
	case TDX_LEAF_MR_EXTEND:
	case TDX_LEAF_VP_CREATE:
		return OPERAND_RDX;
	default:
		return leaf <= TDX_LEAF_MEM_RANGE_UNBLOCK ? OPERAND_RDX : 0;
	}
}

/* Leaves that ask for configured keys and, then, an OP_STATE. */
static bool asks_state(u32 leaf)
{
	return tdx_leaf_descs[leaf].op_states != 0;
}

static void denied(struct task *me, struct states *s, struct td_call *c, u64 status)
{
	struct tx *x = &s->x;
	bool failed = x->failed != NULL;
	u64 before = tx_picture(x);

	TX_IS(x, tx_do(me, x, c), status);
	TX_CHECK(x, tx_picture(x) == before);
	s->cells++;
	if (!failed && x->failed)
		print_error("leaf %llu\n", (unsigned long long)c->leaf);
}

/* --- OP_STATE: every leaf in every state --- */

static void op_states_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct states *s = container_of(x, struct states, x);
	struct td_env env;
	struct td_call c;

	for (u32 leaf = 0; leaf < NR_TDX_LEAVES; leaf++) {
		for (u32 op = 0; op < NR_OP_STATES && asks_state(leaf); op++) {
			enum td_stage stage = tx_stage_of((enum tdx_leaf_index)leaf);

			/* it looks only when there are more pages than needed */
			if (leaf == TDX_LEAF_MNG_ADDCX)
				stage = STAGE_TDCS;
			tx_env(me, x, stage, &env);
			tx_args(me, x, &env, (enum tdx_leaf_index)leaf, 0, &c);
			tdx_td_find(x->mod, env.tdr)->op_state = (u8)op;
			if (!(tdx_leaf_descs[leaf].op_states >> op & 1)) {
				denied(me, s, &c, TDX_OP_STATE_INCORRECT | op);
				continue;
			}
			TX_OK(x, tx_do(me, x, &c));
			if (leaf == TDX_LEAF_VP_ENTER)
				tx_exit(me, x, env.vp[0]);
			s->cells++;
		}
	}
}

/* --- the life of a TD --- */

static const struct {
	/* constant */
	enum tdx_leaf_index leaf;
	bool ok[TD_TEARDOWN + 1]; /* by lifecycle */
	u64 otherwise;
} lives[] = {
	{ TDX_LEAF_MNG_KEY_CONFIG, { 1, 0, 0, 0 }, TDX_LIFECYCLE_STATE_INCORRECT },
	{ TDX_LEAF_MNG_ADDCX, { 0, 1, 0, 0 }, TDX_TD_KEYS_NOT_CONFIGURED },
	{ TDX_LEAF_MNG_VPFLUSHDONE, { 1, 1, 0, 0 }, TDX_LIFECYCLE_STATE_INCORRECT },
	{ TDX_LEAF_MNG_KEY_FREEID, { 0, 0, 1, 0 }, TDX_LIFECYCLE_STATE_INCORRECT },
	{ TDX_LEAF_PHYMEM_PAGE_RECLAIM, { 0, 0, 0, 1 }, TDX_LIFECYCLE_STATE_INCORRECT },
	{ TDX_LEAF_VP_FLUSH, { 0, 1, 0, 0 }, TDX_TD_KEYS_NOT_CONFIGURED },
};

static void life_cell(struct task *me, struct states *s, u32 leaf, enum td_lifecycle life,
		      u64 status)
{
	struct tx *x = &s->x;
	struct tdx_td *td;
	struct td_env env;
	struct td_call c;

	tx_env(me, x, tx_stage_of((enum tdx_leaf_index)leaf), &env);
	tx_args(me, x, &env, (enum tdx_leaf_index)leaf, 0, &c);
	td = tdx_td_find(x->mod, env.tdr);
	/* by hand: most leaves have no TD of that stage to be called on */
	td->lifecycle = (u8)life;
	denied(me, s, &c, status);
	td->lifecycle = TD_KEYS_CONFIGURED;
	x->mod->kot[td->hkid].state = HKID_ASSIGNED;
	x->mod->kot[td->hkid].wbinvd = 0;
	if (asks_state(leaf)) {
		td->fatal = true;
		denied(me, s, &c, TDX_TD_FATAL);
		td->fatal = false;
	}
}

static void lives_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct states *s = container_of(x, struct states, x);

	for (u32 life = 0; life <= TD_TEARDOWN; life++) {
		for (u32 i = 0; i < ARRAY_SIZE(lives); i++) {
			if (!lives[i].ok[life])
				life_cell(me, s, lives[i].leaf, (enum td_lifecycle)life,
					  lives[i].otherwise);
		}
		for (u32 leaf = 0; leaf < NR_TDX_LEAVES && life != TD_KEYS_CONFIGURED; leaf++) {
			if (asks_state(leaf))
				life_cell(me, s, leaf, (enum td_lifecycle)life,
					  TDX_TD_KEYS_NOT_CONFIGURED);
		}
	}
}

/* --- the TDR, and pages --- */

static void tdr_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct states *s = container_of(x, struct states, x);
	struct td_env env;
	struct td_call c;

	for (u32 leaf = 0; leaf < NR_TDX_LEAVES; leaf++) {
		u32 operand = tdr_in(leaf);
		u64 *reg, tdr;

		if (!operand)
			continue;
		tx_env(me, x, tx_stage_of((enum tdx_leaf_index)leaf), &env);
		tx_args(me, x, &env, (enum tdx_leaf_index)leaf, 0, &c);
		reg = operand == OPERAND_RCX ? &c.a.rcx : &c.a.rdx;
		tdr = *reg;
		*reg = tdr + 0x800;
		denied(me, s, &c, TDX_OPERAND_INVALID | operand);
		*reg = tdx_pa_with_hkid(tdr, 3);
		denied(me, s, &c, TDX_OPERAND_INVALID | operand);
		*reg = x->mod->cfg.tdmr_pages << PAGE_SHIFT;
		denied(me, s, &c, TDX_OPERAND_ADDR_RANGE_ERROR | operand);
		*reg = tx_pa(tx_control(me, x));
		denied(me, s, &c, TDX_PAGE_METADATA_INCORRECT | operand);
		/* it is looked at before the TD, and before everything else */
		tdx_td_find(x->mod, env.tdr)->fatal = true;
		c.a.r8 = 1;
		denied(me, s, &c, TDX_PAGE_METADATA_INCORRECT | operand);
	}
}

static const struct {
	/* constant */
	enum tdx_leaf_index leaf;
	bool rcx; /* the page is in RCX, else in R8 */
} pages[] = {
	{ TDX_LEAF_MEM_PAGE_ADD, false }, { TDX_LEAF_MEM_SEPT_ADD, false },
	{ TDX_LEAF_MEM_PAGE_AUG, false }, { TDX_LEAF_MEM_PAGE_RELOCATE, false },
	{ TDX_LEAF_MEM_PAGE_DEMOTE, false }, { TDX_LEAF_MNG_ADDCX, true },
	{ TDX_LEAF_VP_CREATE, true }, { TDX_LEAF_VP_ADDCX, true }, { TDX_LEAF_MNG_CREATE, true },
};

static void pages_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct states *s = container_of(x, struct states, x);
	struct td_env env;
	struct td_call c;

	tx_env(me, x, STAGE_CREATED, &env); /* somebody else's TDR */
	for (u32 i = 0; i < ARRAY_SIZE(pages); i++) {
		u32 operand = pages[i].rcx ? OPERAND_RCX : OPERAND_R8;
		u64 *reg = pages[i].rcx ? &c.a.rcx : &c.a.r8, page;

		tx_env(me, x, tx_stage_of(pages[i].leaf), &env);
		tx_args(me, x, &env, pages[i].leaf, 0, &c);
		page = *reg;
		*reg = page + 8;
		denied(me, s, &c, TDX_OPERAND_INVALID | operand);
		*reg = tdx_pa_with_hkid(page, 1);
		denied(me, s, &c, TDX_OPERAND_INVALID | operand);
		*reg = x->mod->cfg.tdmr_pages << PAGE_SHIFT;
		denied(me, s, &c, TDX_OPERAND_ADDR_RANGE_ERROR | operand);
		*reg = tx_pa(env.tdr); /* locked by the call itself */
		if (pages[i].leaf != TDX_LEAF_MNG_CREATE)
			denied(me, s, &c, TDX_OPERAND_BUSY | operand);
		*reg = tx_pa(TX_CONTROL); /* the first TD's TDR */
		denied(me, s, &c, TDX_PAGE_METADATA_INCORRECT | operand);
		if (x->tcfg.dynamic_pamt) {
			*reg = tx_pa(tx_data_2m(x));
			denied(me, s, &c, TDX_MISSING_PAMT_PAGE_PAIR | operand);
			*reg = tx_pa(TX_LENT); /* serves as a PAMT page, in a region with a pair */
			tx_pair(me, x, TX_LENT);
			denied(me, s, &c, TDX_PAGE_METADATA_INCORRECT | operand);
		}
		*reg = page;
		TX_OK(x, tx_do(me, x, &c));
	}
}

/* --- RCX: address and level --- */

static void rcx_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct states *s = container_of(x, struct states, x);
	struct td_env env;
	struct td_call c;
	u64 rcx;

	for (u32 leaf = 0; leaf <= TDX_LEAF_MEM_RANGE_UNBLOCK; leaf++) {
		if (leaf == TDX_LEAF_MEM_TRACK)
			continue;
		tx_env(me, x, tx_stage_of((enum tdx_leaf_index)leaf), &env);
		tx_args(me, x, &env, (enum tdx_leaf_index)leaf, 0, &c);
		rcx = c.a.rcx;
		c.a.rcx = rcx | 0x800;
		denied(me, s, &c, TDX_OPERAND_INVALID | OPERAND_RCX);
		c.a.rcx = rcx | BIT_ULL(60);
		denied(me, s, &c, TDX_OPERAND_INVALID | OPERAND_RCX);
		c.a.rcx = rcx | 7;
		denied(me, s, &c, TDX_OPERAND_INVALID | OPERAND_RCX);
		c.a.rcx = (rcx & ~7ull) | 0x1000 | 1; /* not a multiple of 2M */
		denied(me, s, &c, TDX_OPERAND_INVALID | OPERAND_RCX);
		c.a.rcx = rcx | BIT_ULL(47); /* shared */
		denied(me, s, &c, TDX_OPERAND_INVALID | OPERAND_RCX);
		c.a.rcx = rcx | BIT_ULL(46); /* private, and nothing there */
		denied(me, s, &c, TDX_EPT_WALK_FAILED | OPERAND_RCX);
		TX_CHECK(x, x->a.rcx == SEPT_SVE && x->a.rdx == 3);
	}
}

static void run(void (*fn)(struct task *me, void *arg), bool dynamic, const char *what)
{
	struct states s = { 0 };

	tx_init(&s.x);
	s.x.tcfg.dynamic_pamt = dynamic;
	tx_start(&s.x);
	tx_task(&s.x, "states", fn);
	tx_run(&s.x);
	tx_silent(&s.x);
	print_message("# %s: %u cells\n", what, s.cells);
	assert_true(s.cells > 0);
	sim_destroy(s.x.sim);
}

static void test_op_states(void **state)
{
	run(op_states_main, true, "leaf x OP_STATE");
}

static void test_lives(void **state)
{
	run(lives_main, false, "leaf x lifecycle");
}

static void test_tdr(void **state)
{
	run(tdr_main, false, "TDR operand");
}

static void test_pages(void **state)
{
	run(pages_main, false, "pages, static PAMT");
	run(pages_main, true, "pages, dynamic PAMT");
}

static void test_rcx(void **state)
{
	run(rcx_main, false, "page_info");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_op_states), cmocka_unit_test(test_lives),
		cmocka_unit_test(test_tdr),	  cmocka_unit_test(test_pages),
		cmocka_unit_test(test_rcx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
