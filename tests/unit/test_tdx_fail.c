// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every leaf works with the registers of tdx_calls.h, can be made to fail by its name with the
 * status of its row, and works again after that.
 */
#include "tests/unit/tdx_calls.h"

struct fail {
	struct tx x;
	u32 nr_failed;
};

static bool needs_dynamic(enum tdx_leaf_index leaf)
{
	return leaf == TDX_LEAF_PHYMEM_PAMT_ADD || leaf == TDX_LEAF_PHYMEM_PAMT_REMOVE;
}

static void each_leaf(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct fail *f = container_of(x, struct fail, x);
	struct td_env env;
	struct td_call c;
	char site[64];
	u64 before;

	for (u32 i = 0; i < NR_TDX_LEAVES; i++) {
		const struct tdx_leaf_desc *d = &tdx_leaf_descs[i];
		bool failed = x->failed != NULL;

		if (needs_dynamic((enum tdx_leaf_index)i) && !x->tcfg.dynamic_pamt)
			continue;
		tx_env(me, x, tx_stage_of((enum tdx_leaf_index)i), &env);
		tx_args(me, x, &env, (enum tdx_leaf_index)i, 0, &c);
		snprintf(site, sizeof(site), "seamcall_%s", d->slug);
		before = tx_picture(x);
		me->fail_site = site;
		me->fail_nth = 1;
		TX_IS(x, tx_do(me, x, &c), d->inject);
		TX_CHECK(x, !me->fail_site && tx_picture(x) == before);
		TX_OK(x, tx_do(me, x, &c));
		TX_CHECK(x, i == TDX_LEAF_MNG_KEY_RECLAIMID || i == TDX_LEAF_MEM_SEPT_RD ||
				    i == TDX_LEAF_PHYMEM_PAGE_WBINVD || tx_picture(x) != before);
		if (i == TDX_LEAF_VP_ENTER)
			tx_exit(me, x, env.vp[0]);
		f->nr_failed++;
		if (!failed && x->failed)
			print_error("%s\n", d->name);
	}
}

static void test_each_leaf(void **state)
{
	for (int dynamic = 0; dynamic < 2; dynamic++) {
		struct fail f = { 0 };

		tx_init(&f.x);
		f.x.tcfg.dynamic_pamt = dynamic;
		tx_start(&f.x);
		tx_task(&f.x, "leaves", each_leaf);
		tx_finish(&f.x);
		assert_int_equal(f.nr_failed, NR_TDX_LEAVES - (dynamic ? 0 : 2));
	}
}

/* Each row of the table has a row in model/fails.h. */
static void test_rows(void **state)
{
	char site[64];

	for (u32 i = 0; i < NR_TDX_LEAVES; i++) {
		bool found = false;

		snprintf(site, sizeof(site), "seamcall_%s", tdx_leaf_descs[i].slug);
		for (u32 k = 0; k < NR_FAILS; k++)
			found |= !strcmp(fail_descs[k].name, site);
		assert_true(found);
	}
}

/* The guest's, and interrupts. */
static void guest_fails(struct task *me, void *arg)
{
	struct tdx_module_args a = { .r11 = 0x10001 };
	struct tx *x = arg;
	struct td_env env;
	struct tdx_vp *vp;
	u64 rax = 0;

	tx_env(me, x, STAGE_RUN, &env);
	tx_mapped(me, x, &env, TX_GPA, 1, false);
	vp = tdx_vp_find(x->mod, env.vp[0]);
	TX_OK(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(env.vp[0]), 0));
	me->fail_site = "seamcall_tdg_mem_page_accept";
	me->fail_nth = 1;
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, TDX_OPERAND_BUSY | OPERAND_RCX);
	me->fail_site = "seamcall_tdg_vp_vmcall";
	me->fail_nth = 1;
	TX_CHECK(x, tdcall(me, vp, TDG_VP_VMCALL, &a, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, TDX_OPERAND_INVALID | OPERAND_RCX);
	/* 100 pages, then an interrupt; the rest later */
	me->fail_site = "tdx_guest_interrupt";
	me->fail_nth = 100;
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_RESTART);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_OK(x, rax);
	tx_exit(me, x, env.vp[0]);
}

static void test_guest_fails(void **state)
{
	struct tx x;

	tx_init(&x);
	tx_start(&x);
	tx_task(&x, "guest", guest_fails);
	tx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_leaf),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_guest_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
