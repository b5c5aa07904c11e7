// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PAMT: types and levels, splitting and merging at both sizes, the pages dynamic PAMT needs.
 */
#include "tests/unit/tdx_calls.h"

static void run(void (*fn)(struct task *me, void *arg), bool dynamic)
{
	struct tx x;

	tx_init(&x);
	x.tcfg.dynamic_pamt = dynamic;
	tx_start(&x);
	tx_task(&x, "pamt", fn);
	tx_finish(&x);
}

static u64 pamt_add(struct task *me, struct tx *x, u64 rcx, u64 rdx, u64 r8)
{
	return tx_call(me, x, TDH_PHYMEM_PAMT_ADD, rcx, rdx, r8, 0);
}

static u64 pamt_remove(struct task *me, struct tx *x, u64 rcx)
{
	return tx_call(me, x, TDH_PHYMEM_PAMT_REMOVE, rcx, 0, 0, 0);
}

static u64 frees(struct task *me, struct tx *x, struct td_env *env, gpa_t gpa, int level)
{
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env->tdr, gpa, level, 0));
	TX_OK(x, tx_track(me, x, env->tdr));
	return tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env->tdr, gpa, level, 0);
}

/* --- pairs --- */

static void off(struct task *me, void *arg)
{
	struct tx *x = arg;

	TX_IS(x, pamt_add(me, x, tx_pa(TX_DATA) | 1, 0, 0), TDX_OPERAND_INVALID | OPERAND_RAX);
	TX_IS(x, pamt_remove(me, x, tx_pa(TX_DATA) | 1), TDX_OPERAND_INVALID | OPERAND_RAX);
}

static void pairs(struct task *me, void *arg)
{
	struct tx *x = arg;
	u64 r = tx_pa(TX_DATA) | 1, end = x->mod->cfg.tdmr_pages << PAGE_SHIFT;
	u64 a = tx_pa(TX_LENT + 2048), b = a + PAGE_SIZE, before;
	struct td_env env;

	before = tx_picture(x);
	TX_IS(x, pamt_add(me, x, r & ~1ull, a, b), TDX_OPERAND_INVALID | OPERAND_RCX);
	TX_IS(x, pamt_add(me, x, r + 0x1000, a, b), TDX_OPERAND_INVALID | OPERAND_RCX);
	TX_IS(x, pamt_add(me, x, r, a + 1, b), TDX_OPERAND_INVALID | OPERAND_RDX);
	TX_IS(x, pamt_add(me, x, r, a, end), TDX_OPERAND_ADDR_RANGE_ERROR | OPERAND_R8);
	TX_IS(x, pamt_add(me, x, end | 1, a, b), TDX_OPERAND_ADDR_RANGE_ERROR | OPERAND_RCX);
	TX_IS(x, pamt_add(me, x, r, a, a), TDX_PAGE_NOT_FREE | OPERAND_R8);
	TX_IS(x, pamt_remove(me, x, r), TDX_NO_PAMT_PAGE_PAIR | OPERAND_RCX);
	TX_CHECK(x, tx_picture(x) == before);
	TX_OK(x, pamt_add(me, x, r, a, b));
	before = tx_picture(x);
	TX_IS(x, pamt_add(me, x, r, a + 0x2000, b + 0x2000), TDX_HPA_RANGE_NOT_FREE | OPERAND_RCX);
	TX_IS(x, pamt_add(me, x, r + 0x200000, a + 0x2000, b), TDX_PAGE_NOT_FREE | OPERAND_R8);
	TX_CHECK(x, tx_picture(x) == before);
	/* a pair may lie in the region it is for */
	TX_OK(x, pamt_add(me, x, r + 0x200000, r - 1 + 0x200000, r - 1 + 0x201000));
	TX_OK(x, pamt_remove(me, x, r + 0x200000));
	TX_CHECK(x, x->a.rdx == r - 1 + 0x200000 && x->a.r8 == r - 1 + 0x201000);
	/* not while a page needs it; which half, says the status */
	tx_env(me, x, STAGE_RUN, &env);
	tx_tables(me, x, env.tdr, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA, 0, r - 1 + 0x12c000));
	TX_IS(x, pamt_remove(me, x, r), TDX_PAMT_PAGE_NOT_EMPTY | 1);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA + 0x1000, 0, r - 1));
	TX_IS(x, pamt_remove(me, x, r), TDX_PAMT_PAGE_NOT_EMPTY | 0);
	/* the last page to go says so */
	TX_OK(x, frees(me, x, &env, TX_GPA, 0));
	TX_CHECK(x, x->a.rcx == r - 1 + 0x12c000);
	TX_OK(x, frees(me, x, &env, TX_GPA + 0x1000, 0));
	TX_CHECK(x, x->a.rcx == ((r - 1) | TDX_HINT_PAIR));
	TX_OK(x, pamt_remove(me, x, r));
	TX_CHECK(x, x->a.rdx == a && x->a.r8 == b);
}

static void test_pairs(void **state)
{
	run(off, false);
	run(pairs, true);
}

/* --- 2M and its 4K --- */

static void levels(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t region = tx_data_2m(x);
	bool dynamic = x->tcfg.dynamic_pamt;
	struct td_env env;
	struct tdx_td *td;
	s64 children;

	tx_env(me, x, STAGE_RUN, &env);
	td = tdx_td_find(x->mod, env.tdr);
	tx_tables(me, x, env.tdr, TX_GPA, 1);
	tx_tables(me, x, env.tdr, TX_GPA * 2, 0);
	children = td->chldcnt;
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA, 1, tx_pa(region)));
	TX_CHECK(x, td->chldcnt == children + 512);
	/* not a second time, in part or as a whole, for this or anybody */
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA * 2, 0, tx_pa(region + 5)),
	      TDX_PAGE_METADATA_INCORRECT | OPERAND_R8);
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_PAGE_WBINVD, tx_pa(region + 5), 0, 0, 0),
	      TDX_PAGE_METADATA_INCORRECT | OPERAND_RCX);
	if (dynamic)
		TX_IS(x, pamt_add(me, x, tx_pa(region) | 1, tx_pa(TX_LENT + 64),
				  tx_pa(TX_LENT + 65)), TDX_HPA_RANGE_NOT_FREE | OPERAND_RCX);
	TX_OK(x, frees(me, x, &env, TX_GPA, 1));
	TX_CHECK(x, td->chldcnt == children && x->a.rcx == tx_pa(region));
	for (u32 i = 0; i < 512; i++)
		TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAGE_WBINVD, tx_pa(region + i), 0, 0, 0));
	/* one small page in it, and it is no 2M page */
	tx_pair(me, x, region);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA * 2, 0, tx_pa(region + 5)));
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA, 1, tx_pa(region)),
	      TDX_PAGE_METADATA_INCORRECT | OPERAND_R8);
}

static void test_levels(void **state)
{
	run(levels, false);
	run(levels, true);
}

/* --- DEMOTE and PROMOTE --- */

static u64 demote(struct task *me, struct tx *x, struct td_env *env, int level, u64 r12, u64 r13)
{
	u64 table = tx_pa(tx_data(me, x));

	x->a = (struct tdx_module_args){ .rcx = tx_info(TX_GPA, level), .rdx = tx_pa(env->tdr),
					 .r8 = table, .r12 = r12, .r13 = r13 };
	return seamcall(me, x->mod, TDH_MEM_PAGE_DEMOTE, &x->a);
}

static void demote_pair(struct task *me, void *arg)
{
	struct tx *x = arg;
	u64 a = tx_pa(TX_LENT + 1024), b = a + PAGE_SIZE, end, before;
	struct pamt_region *r;
	struct td_env env;

	end = x->mod->cfg.tdmr_pages << PAGE_SHIFT;
	tx_env(me, x, STAGE_RUN, &env);
	tx_mapped(me, x, &env, TX_GPA, 1, true);
	r = pamt_region(me, x->mod, x->next_data - 1);
	tx_data(me, x);
	before = tx_picture(x);
	TX_IS(x, demote(me, x, &env, 1, a + 8, b), TDX_OPERAND_INVALID | OPERAND_R12);
	TX_IS(x, demote(me, x, &env, 1, a, b + 8), TDX_OPERAND_INVALID | OPERAND_R13);
	TX_IS(x, demote(me, x, &env, 1, end, b), TDX_OPERAND_ADDR_RANGE_ERROR | OPERAND_R12);
	TX_IS(x, demote(me, x, &env, 1, a, tx_pa(env.tdr)), TDX_PAGE_NOT_FREE | OPERAND_R13);
	TX_IS(x, demote(me, x, &env, 1, a, a), TDX_PAGE_NOT_FREE | OPERAND_R13);
	TX_CHECK(x, tx_picture(x) == before && pamt_type(&r->leaf) == PT_REG);
	TX_OK(x, demote(me, x, &env, 1, a, b));
	TX_CHECK(x, pamt_type(&r->leaf) == PT_PAMT && r->nr_used == 512);
	TX_CHECK(x, pamt_bit(pamt_region(me, x->mod, TX_LENT + 1024), TX_LENT + 1024));
	/* and back: the pair comes with it */
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 1, 0));
	TX_OK(x, tx_track(me, x, env.tdr));
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_PROMOTE, env.tdr, TX_GPA, 1, 0));
	TX_CHECK(x, x->a.r12 == a && x->a.r13 == b && pamt_type(&r->leaf) == PT_REG);
	TX_CHECK(x, !pamt_bit(pamt_region(me, x->mod, TX_LENT + 1024), TX_LENT + 1024));
}

/* Children that differ cannot be merged. */
static void promote_conditions(struct task *me, void *arg)
{
	u64 bad = TDX_EPT_INVALID_PROMOTE_CONDITIONS | OPERAND_RCX;
	struct tx *x = arg;
	struct td_env env;
	u64 rax;

	tx_env(me, x, STAGE_RUN, &env);
	tx_split(me, x, &env, TX_GPA);
	me->fail_site = "tdx_interrupt";
	me->fail_nth = 1;
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_PROMOTE, env.tdr, TX_GPA, 1, 0),
	      TDX_INTERRUPTED_RESTARTABLE);
	TX_CHECK(x, x->a.rcx == tx_info(TX_GPA, 1) && x->a.rdx == tx_pa(env.tdr));
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_UNBLOCK, env.tdr, TX_GPA, 1, 0));
	/* one accepted, the others not */
	TX_OK(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(env.vp[0]), 0));
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA + 0x5000, 0, &rax) == TDX_GUEST_OK);
	tx_exit(me, x, env.vp[0]);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 1, 0));
	TX_OK(x, tx_track(me, x, env.tdr));
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_PROMOTE, env.tdr, TX_GPA, 1, 0), bad);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_UNBLOCK, env.tdr, TX_GPA, 1, 0));
	/* one missing */
	TX_OK(x, frees(me, x, &env, TX_GPA + 0x5000, 0));
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 1, 0));
	TX_OK(x, tx_track(me, x, env.tdr));
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_PROMOTE, env.tdr, TX_GPA, 1, 0), bad);
}

/* 512 pages of 2M become one of 1G, and 512 of 2M again. */
static void gigabyte(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t first = ALIGN_UP(x->next_data, 1u << PFN_1G_SHIFT);
	struct td_env env;
	pfn_t pfn;
	int level;

	tx_env(me, x, STAGE_RUN, &env);
	tx_tables(me, x, env.tdr, TX_GPA, 1);
	for (u32 i = 0; i < 512; i++)
		TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA + i * 0x200000ull, 1,
				tx_pa(first + i * 512)));
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 2, 0));
	TX_OK(x, tx_track(me, x, env.tdr));
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_PROMOTE, env.tdr, TX_GPA, 2, 0));
	TX_CHECK(x, tdx_walk_sept(tdx_td_find(x->mod, env.tdr), TX_GPA, &level, &pfn) ==
			    SEPT_PENDING && level == 2 && pfn == first);
	TX_CHECK(x, !tdx_check(me, x->mod));
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_PAGE_WBINVD, tx_pa(first + 7), 0, 0, 0),
	      TDX_PAGE_METADATA_INCORRECT | OPERAND_RCX);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 2, 0));
	TX_OK(x, tx_track(me, x, env.tdr));
	x->next_data = first + (1u << PFN_1G_SHIFT);
	TX_OK(x, demote(me, x, &env, 2, 0, 0));
	TX_CHECK(x, tdx_walk_sept(tdx_td_find(x->mod, env.tdr), TX_GPA + 0x200000, &level,
				  &pfn) == SEPT_PENDING && level == 1 && pfn == first + 512);
}

static void test_split(void **state)
{
	run(demote_pair, true);
	run(promote_conditions, false);
	run(promote_conditions, true);
	run(gigabyte, false);
	run(gigabyte, true);
}

/* --- versions --- */

static void old_demote(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	u64 before;

	tx_env(me, x, STAGE_RUN, &env);
	tx_mapped(me, x, &env, TX_GPA, 1, !x->tcfg.nonblocking_resize);
	me->fail_site = "tdx_interrupt";
	me->fail_nth = 1;
	before = tx_picture(x);
	if (x->tcfg.demote_polls) {
		TX_IS(x, demote(me, x, &env, 1, 0, 0), TDX_INTERRUPTED_RESTARTABLE);
		TX_CHECK(x, tx_picture(x) == before && x->a.rcx == tx_info(TX_GPA, 1));
	}
	TX_OK(x, demote(me, x, &env, 1, 0, 0));
	me->fail_site = NULL;
}

static void test_versions(void **state)
{
	struct tx x;

	for (int i = 0; i < 3; i++) {
		tx_init(&x);
		x.tcfg.demote_polls = i == 1;
		x.tcfg.nonblocking_resize = i == 2;
		tx_start(&x);
		tx_task(&x, "demote", old_demote);
		tx_finish(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
