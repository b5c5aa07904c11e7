// SPDX-License-Identifier: GPL-2.0-only
/*
 * What single leaves check on their own account, each with its status.
 */
#include "tests/unit/tdx_calls.h"

static void run(void (*fn)(struct task *me, void *arg), u32 packages)
{
	struct tx x;

	tx_init(&x);
	x.tcfg.nr_packages = packages;
	tx_start(&x);
	tx_task(&x, "own", fn);
	tx_finish(&x);
}

/* --- making a TD --- */

static u64 init(struct task *me, struct tx *x, pfn_t tdr, u64 rdx, const struct td_params *params)
{
	x->a = (struct tdx_module_args){ .rcx = tx_pa(tdr), .rdx = rdx, .params = params };
	return seamcall_on(me, x->mod, TX_LP, TDH_MNG_INIT, &x->a);
}

static void making(struct task *me, void *arg)
{
	static const struct td_params none = { .max_vcpus = 0 }, odd = { 8, .levels = 3 },
				      five = { 1, .levels = 5, .pending_ve_disable = true };
	struct tx *x = arg;
	pfn_t tdr = tx_control(me, x), other = tx_control(me, x);
	struct tdx_td *td;

	TX_IS(x, tx_on0(me, x, TDH_MNG_CREATE, tx_pa(tdr), 0), TDX_OPERAND_INVALID | OPERAND_RDX);
	TX_IS(x, tx_on0(me, x, TDH_MNG_CREATE, tx_pa(tdr), 1001),
	      TDX_OPERAND_INVALID | OPERAND_RDX);
	TX_OK(x, tx_on0(me, x, TDH_MNG_CREATE, tx_pa(tdr), 5));
	TX_IS(x, tx_on0(me, x, TDH_MNG_CREATE, tx_pa(other), 5), TDX_HKID_NOT_FREE);
	td = tdx_td_find(x->mod, tdr);
	TX_IS(x, tx_on0(me, x, TDH_MNG_ADDCX, tx_pa(other), tx_pa(tdr)),
	      TDX_TD_KEYS_NOT_CONFIGURED);
	/* one package is not enough */
	TX_OK(x, tx_on0(me, x, TDH_MNG_KEY_CONFIG, tx_pa(tdr), 0));
	TX_IS(x, tx_on0(me, x, TDH_MNG_KEY_CONFIG, tx_pa(tdr), 0), TDX_KEY_CONFIGURED);
	TX_CHECK(x, td->lifecycle == TD_HKID_ASSIGNED);
	x->a = (struct tdx_module_args){ .rcx = tx_pa(tdr) };
	TX_OK(x, seamcall_on(me, x->mod, 3, TDH_MNG_KEY_CONFIG, &x->a));
	TX_CHECK(x, td->lifecycle == TD_KEYS_CONFIGURED);
	TX_IS(x, init(me, x, tdr, 0x1000, &tx_params), TDX_TDCS_NOT_ALLOCATED);
	for (int i = 0; i < TDX_MAX_TDCX; i++)
		TX_OK(x, tx_on0(me, x, TDH_MNG_ADDCX, tx_pa(tx_control(me, x)), tx_pa(tdr)));
	TX_IS(x, tx_on0(me, x, TDH_MNG_ADDCX, tx_pa(other), tx_pa(tdr)), TDX_TDCX_NUM_INCORRECT);
	TX_IS(x, init(me, x, tdr, 0x1008, &tx_params), TDX_OPERAND_INVALID | OPERAND_RDX);
	TX_IS(x, init(me, x, tdr, 0x1000, NULL), TDX_OPERAND_INVALID | OPERAND_RDX);
	TX_IS(x, init(me, x, tdr, 0x1000, &none), TDX_OPERAND_INVALID | OPERAND_MAX_VCPUS);
	TX_IS(x, init(me, x, tdr, 0x1000, &odd), TDX_OPERAND_INVALID | OPERAND_EPTP_CONTROLS);
	TX_OK(x, init(me, x, tdr, 0x1000, &five));
	TX_IS(x, init(me, x, tdr, 0x1000, &five), TDX_OP_STATE_INCORRECT | OP_STATE_INITIALIZED);
	/* five levels: addresses of 51 bits are private, and a table at level 4 comes first */
	TX_IS(x, tx_mem(me, x, TDH_MEM_SEPT_ADD, tdr, 0, 3, tx_pa(other)),
	      TDX_EPT_WALK_FAILED | OPERAND_RCX);
	TX_CHECK(x, x->a.rdx == 4);
	TX_OK(x, tx_mem(me, x, TDH_MEM_SEPT_ADD, tdr, BIT_ULL(50), 4, tx_pa(other)));
	TX_IS(x, tx_mem(me, x, TDH_MEM_SEPT_ADD, tdr, BIT_ULL(51), 4, 0),
	      TDX_OPERAND_INVALID | OPERAND_RCX);
}

static void test_making(void **state)
{
	run(making, 2);
}

/* --- vCPUs --- */

static void vcpus(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	pfn_t bare, ready;

	tx_env(me, x, STAGE_BUILD, &env);
	bare = tx_vp_pages(me, x, env.tdr, TDX_MIN_TDVPS - 1, false);
	ready = tx_vp_pages(me, x, env.tdr, TDX_MIN_TDVPS, true);
	TX_IS(x, tx_on0(me, x, TDH_VP_INIT, tx_pa(bare), 0), TDX_TDCX_NUM_INCORRECT);
	TX_IS(x, tx_on0(me, x, TDH_VP_FLUSH, tx_pa(bare), 0), TDX_TDCX_NUM_INCORRECT);
	TX_IS(x, tx_on0(me, x, TDH_VP_INIT, tx_pa(ready), 0), TDX_VCPU_STATE_INCORRECT);
	TX_IS(x, tx_on0(me, x, TDH_VP_ADDCX, tx_pa(tx_control(me, x)), tx_pa(ready)),
	      TDX_VCPU_STATE_INCORRECT);
	for (u32 i = 1; i < tx_params.max_vcpus; i++)
		tx_vp_pages(me, x, env.tdr, TDX_MIN_TDVPS, true);
	TX_OK(x, tx_on0(me, x, TDH_VP_ADDCX, tx_pa(tx_control(me, x)), tx_pa(bare)));
	TX_IS(x, tx_on0(me, x, TDH_VP_ADDCX, tx_pa(tx_control(me, x)), tx_pa(bare)),
	      TDX_TDCX_NUM_INCORRECT);
	TX_IS(x, tx_on0(me, x, TDH_VP_INIT, tx_pa(bare), 0), TDX_MAX_VCPUS_EXCEEDED);
	TX_OK(x, tx_on0(me, x, TDH_MR_FINALIZE, tx_pa(env.tdr), 0));
	TX_IS(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(bare), 0), TDX_VCPU_STATE_INCORRECT);
	TX_IS(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(ready) + 1, 0),
	      TDX_OPERAND_INVALID | OPERAND_RCX);
	TX_IS(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(env.tdr), 0),
	      TDX_PAGE_METADATA_INCORRECT | OPERAND_RCX);
	TX_IS(x, tx_on0(me, x, TDH_MNG_VPFLUSHDONE, tx_pa(env.tdr), 0), TDX_FLUSHVP_NOT_DONE);
}

static void test_vcpus(void **state)
{
	run(vcpus, 1);
}

/* --- memory --- */

static void building(struct task *me, void *arg)
{
	struct tx *x = arg;
	u64 page = tx_pa(tx_data(me, x)), tdr;
	struct td_env env;

	tx_env(me, x, STAGE_BUILD, &env);
	tdr = tx_pa(env.tdr);
	tx_tables(me, x, env.tdr, TX_GPA, 0);
	TX_IS(x, tx_call(me, x, TDH_MEM_PAGE_ADD, TX_GPA, tdr, page, 0x7001),
	      TDX_OPERAND_INVALID | OPERAND_R9);
	TX_IS(x, tx_call(me, x, TDH_MEM_PAGE_ADD, TX_GPA, tdr, page, tdx_pa_with_hkid(0x7000, 1)),
	      TDX_OPERAND_INVALID | OPERAND_R9);
	TX_IS(x, tx_call(me, x, TDH_MR_EXTEND, TX_GPA, tdr, 0, 0),
	      TDX_EPT_ENTRY_NOT_PRESENT | OPERAND_RCX);
	TX_IS(x, tx_call(me, x, TDH_MR_EXTEND, TX_GPA * 50, tdr, 0, 0),
	      TDX_EPT_ENTRY_NOT_PRESENT | OPERAND_RCX);
	TX_OK(x, tx_call(me, x, TDH_MEM_PAGE_ADD, TX_GPA, tdr, page, 0x7000));
	TX_IS(x, tx_call(me, x, TDH_MR_EXTEND, TX_GPA + 8, tdr, 0, 0),
	      TDX_OPERAND_INVALID | OPERAND_RCX);
	/* a table that is there: only if that is fine */
	TX_IS(x, tx_mem(me, x, TDH_MEM_SEPT_ADD, env.tdr, TX_GPA, 1, page),
	      TDX_EPT_ENTRY_STATE_INCORRECT | OPERAND_RCX);
	TX_OK(x, tx_call(me, x, TDH_MEM_SEPT_ADD, TX_GPA | 1, tdr | TDX_ALLOW_EXISTING,
			 tx_pa(tx_control(me, x)), 0));
	TX_CHECK(x, x->a.r8 >> 63);
	TX_IS(x, tx_mem(me, x, TDH_MEM_SEPT_REMOVE, env.tdr, TX_GPA, 1, 0),
	      TDX_EPT_PAGE_NOT_FREE | OPERAND_RCX);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 0, 0));
	TX_OK(x, tx_mem(me, x, TDH_MEM_SEPT_REMOVE, env.tdr, TX_GPA, 1, 0));
}

static void moving(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	u64 page, fresh;

	tx_env(me, x, STAGE_RUN, &env);
	tx_mapped(me, x, &env, TX_GPA, 0, true);
	page = tx_pa(x->next_data - 1);
	fresh = tx_pa(tx_data(me, x));
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_RELOCATE, env.tdr, TX_GPA, 0, page),
	      TDX_OPERAND_INVALID | OPERAND_R8);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_RELOCATE, env.tdr, TX_GPA, 0, fresh));
	TX_CHECK(x, x->a.rcx == page);
	TX_CHECK(x, pamt_type(pamt_entry(me, x->mod, (pfn_t)(page >> 12), 0)) == PT_NDA);
}

/* A page that is not accepted is an exit for a TD that asked for no #VE. */
static void no_ve(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	struct tdx_vp *vp;
	pfn_t pfn;

	tx_env(me, x, STAGE_RUN, &env);
	tx_mapped(me, x, &env, TX_GPA, 0, false);
	vp = tdx_vp_find(x->mod, env.vp[0]);
	vp->td->params.pending_ve_disable = true;
	TX_OK(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(env.vp[0]), 0));
	TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA, false, &pfn) == TDX_GUEST_EXIT);
	TX_CHECK(x, vp->exit.type == TDX_EXIT_TYPE_PENDING && !vp->exit.write);
}

static void test_memory(void **state)
{
	run(building, 1);
	run(moving, 1);
	run(no_ve, 1);
}

/* --- the end of a TD --- */

static void ending(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	pfn_t region;

	tx_env(me, x, STAGE_BUILD, &env);
	tx_tables(me, x, env.tdr, TX_GPA, 1);
	region = tx_data_2m(x);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, env.tdr, TX_GPA, 1, tx_pa(region)));
	TX_OK(x, tx_on0(me, x, TDH_MNG_VPFLUSHDONE, tx_pa(env.tdr), 0));
	TX_IS(x, tx_on0(me, x, TDH_PHYMEM_CACHE_WB, 2, 0), TDX_OPERAND_INVALID | OPERAND_RCX);
	TX_IS(x, tx_on0(me, x, TDH_PHYMEM_CACHE_WB, 1, 0), TDX_WBCACHE_RESUME_ERROR);
	me->fail_site = "tdx_interrupt";
	me->fail_nth = 4;
	TX_IS(x, tx_on0(me, x, TDH_PHYMEM_CACHE_WB, 0, 0), TDX_INTERRUPTED_RESUMABLE);
	TX_IS(x, tx_on0(me, x, TDH_MNG_KEY_FREEID, tx_pa(env.tdr), 0), TDX_WBCACHE_NOT_COMPLETE);
	TX_OK(x, tx_on0(me, x, TDH_PHYMEM_CACHE_WB, 1, 0));
	TX_OK(x, tx_on0(me, x, TDH_MNG_KEY_FREEID, tx_pa(env.tdr), 0));
	/* of 2M at once, by its first address */
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(region + 3), 0, 0, 0),
	      TDX_OPERAND_INVALID | OPERAND_RCX);
	TX_CHECK(x, x->a.rcx == PT_REG && x->a.r8 == 1 && x->a.rdx == tx_pa(env.tdr));
	TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(region), 0, 0, 0));
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(region), 0, 0, 0),
	      TDX_PAGE_METADATA_INCORRECT | OPERAND_RCX);
	TX_CHECK(x, !x->a.rcx && !x->a.rdx);
}

static void test_ending(void **state)
{
	run(ending, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_making),
		cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
