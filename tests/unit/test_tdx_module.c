// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a TD, and the statuses that callers hard-code.
 */
#include "tests/unit/tdx_fixture.h"

/* --- from nothing to running and back to nothing --- */

static void reclaim_all(struct task *me, struct tx *x, pfn_t tdr)
{
	/* the TDR last: everything else is its child */
	for (pfn_t pfn = TX_CONTROL; pfn < x->next_control; pfn++) {
		if (pfn != tdr)
			TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(pfn), 0, 0, 0));
	}
	for (pfn_t pfn = TX_DATA; pfn < x->next_data; pfn++) {
		if (pamt_type(pamt_entry(me, x->mod, pfn, 0)) != PT_NDA)
			TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(pfn), 0, 0, 0));
	}
	TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(tdr), 0, 0, 0));
}

static void teardown(struct task *me, struct tx *x, pfn_t tdr, pfn_t vp)
{
	u32 nr = x->mod->cfg.nr_packages;

	TX_IS(x, tx_call(me, x, TDH_MNG_VPFLUSHDONE, tx_pa(tdr), 0, 0, 0), TDX_FLUSHVP_NOT_DONE);
	TX_OK(x, tx_call(me, x, TDH_VP_FLUSH, tx_pa(vp), 0, 0, 0));
	TX_IS(x, tx_call(me, x, TDH_VP_FLUSH, tx_pa(vp), 0, 0, 0), TDX_VCPU_NOT_ASSOCIATED);
	TX_IS(x, tx_call(me, x, TDH_MNG_KEY_FREEID, tx_pa(tdr), 0, 0, 0),
	      TDX_LIFECYCLE_STATE_INCORRECT);
	TX_OK(x, tx_call(me, x, TDH_MNG_VPFLUSHDONE, tx_pa(tdr), 0, 0, 0));
	for (u32 i = 0; i < nr; i++) {
		TX_IS(x, tx_call(me, x, TDH_MNG_KEY_FREEID, tx_pa(tdr), 0, 0, 0),
		      TDX_WBCACHE_NOT_COMPLETE);
		x->a = (struct tdx_module_args){ .rcx = 0 };
		TX_OK(x, seamcall_on(me, x->mod, i * x->cfg.nr_cpus / nr, TDH_PHYMEM_CACHE_WB,
				     &x->a));
	}
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(vp), 0, 0, 0),
	      TDX_LIFECYCLE_STATE_INCORRECT);
	TX_OK(x, tx_call(me, x, TDH_MNG_KEY_FREEID, tx_pa(tdr), 0, 0, 0));
	TX_OK(x, tx_call(me, x, TDH_MNG_KEY_RECLAIMID, tx_pa(tdr), 0, 0, 0));
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_PAGE_RECLAIM, tx_pa(tdr), 0, 0, 0),
	      TDX_TD_ASSOCIATED_PAGES_EXIST);
	TX_IS(x, tx_enter(me, x, vp), TDX_TD_KEYS_NOT_CONFIGURED);
	reclaim_all(me, x, tdr);
	TX_IS(x, tx_call(me, x, TDH_PHYMEM_CACHE_WB, 0, 0, 0, 0), TDX_NO_HKID_READY_TO_WBCACHE);
}

static void life(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t tdr = tx_td(me, x), vp, page = tx_data(me, x);
	gpa_t gpa = TX_GPA;

	tx_tables(me, x, tdr, gpa, 0);
	TX_OK(x, tx_call(me, x, TDH_MEM_PAGE_ADD, gpa, tx_pa(tdr), tx_pa(page), 0x7000));
	TX_OK(x, tx_call(me, x, TDH_MR_EXTEND, gpa + 0x100, tx_pa(tdr), 0, 0));
	TX_IS(x, tx_call(me, x, TDH_MR_FINALIZE, tx_pa(tdr), 0, 0, 0), TDX_NO_VCPUS);
	vp = tx_vp(me, x, tdr);
	TX_IS(x, tx_enter(me, x, vp), TDX_OP_STATE_INCORRECT | OP_STATE_INITIALIZED);
	TX_OK(x, tx_call(me, x, TDH_MR_FINALIZE, tx_pa(tdr), 0, 0, 0));
	TX_IS(x, tx_call(me, x, TDH_MEM_PAGE_ADD, gpa, tx_pa(tdr), tx_pa(page + 1), 0x7000),
	      TDX_OP_STATE_INCORRECT | OP_STATE_RUNNABLE);
	page = tx_data(me, x);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, gpa + 0x1000, 0, tx_pa(page)));
	TX_CHECK(x, !x->a.rcx && !x->a.rdx);
	tx_accepted(me, x, vp, gpa + 0x1000, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, tdr, gpa + 0x1000, 0, 0));
	TX_OK(x, tx_track(me, x, tdr));
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, gpa + 0x1000, 0, 0));
	TX_CHECK(x, (x->a.rcx & ~TDX_HINT_PAIR) == tx_pa(page));
	TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAGE_WBINVD, tdx_pa_with_hkid(tx_pa(page), 1), 0, 0,
			 0));
	TX_CHECK(x, !tdx_check(me, x->mod));
	teardown(me, x, tdr, vp);
	TX_CHECK(x, !tdx_td_find(x->mod, tdr) && list_empty(&x->mod->tds));
}

static void test_life(void **state)
{
	struct tx x;

	for (u32 i = 0; i < 4; i++) {
		tx_init(&x);
		x.tcfg.dynamic_pamt = i & 1;
		x.tcfg.nr_packages = i & 2 ? 2 : 1;
		tx_start(&x);
		tx_task(&x, "life", life);
		tx_finish(&x);
	}
}

/* --- values that callers know by heart --- */

static void known(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t vp, tdr = tx_running(me, x, &vp), page = tx_data_2m(x);
	gpa_t gpa = TX_GPA;

	tx_tables(me, x, tdr, gpa, 1);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, gpa, 1, tx_pa(page)));
	/* below a leaf there is nothing to walk to: its level and state */
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, gpa, 0, 0), 0xC0000B0000000001);
	TX_CHECK(x, x->a.rdx == 0x201);
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, gpa, 1, 0), 0xC0000B0600000001);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, tdr, gpa, 1, 0));
	TX_IS(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, tdr, gpa, 1, 0), 0x00000B0700000001);
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_DEMOTE, tdr, gpa, 1, 0), 0xC0000B0800000001);
	TX_CHECK(x, !x->a.rcx && !x->a.rdx);
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, gpa, 0, 0), 0xC0000B0000000001);
	TX_CHECK(x, x->a.rdx == 0x301); /* PENDING_BLOCKED at level 1 */
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, gpa + 0x40000000, 0, 0), 0xC0000B0000000001);
	TX_CHECK(x, x->a.rdx == 0x002); /* FREE at level 2 */
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, gpa, 1, tx_pa(page)), 0xC0000B0D00000001);
	TX_IS(x, tx_call(me, x, TDH_MEM_TRACK, 0x1234, 0, 0, 0), 0xC000010000000001);
	TX_IS(x, tx_call(me, x, TDH_MEM_TRACK, tx_pa(page), 0, 0, 0), 0xC000030000000001);
	TX_IS(x, tx_call(me, x, TDH_MEM_TRACK, tx_pa(9u << 18), 0, 0, 0), 0xC000010100000001);
	TX_IS(x, tx_call(me, x, 77, 0, 0, 0, 0), 0xC000010000000000);
	TX_IS(x, tx_call(me, x, TDH_MEM_TRACK | 3 << 16, tx_pa(tdr), 0, 0, 0), 0xC000010000000000);
}

static void test_known_values(void **state)
{
	struct tx x;

	tx_init(&x);
	tx_start(&x);
	tx_task(&x, "known", known);
	tx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_known_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
