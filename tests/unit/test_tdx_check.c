// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's own invariants: each planted violation is found under its rule, and the same run
 * without the plant is silent.  And what hosts see of TD pages.
 */
#include "tests/unit/tdx_calls.h"

#include "model/mm/folio.h"

/* --- plants --- */

struct plant {
	/* constant */
	const char *bug;
	const char *rule;
	void (*run)(struct task *me, void *arg);
};

/* A page goes while a vCPU that has used it is in the guest. */
static void remove_under_vcpu(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t vp, tdr = tx_running(me, x, &vp), pfn;
	u64 rax, err;

	tx_tables(me, x, tdr, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, TX_GPA, 0, tx_pa(tx_data(me, x))));
	TX_OK(x, tx_enter(me, x, vp));
	TX_CHECK(x, tx_accept(me, x, vp, TX_GPA, 0, &rax) == TDX_GUEST_OK);
	TX_CHECK(x, tdx_guest_access(me, tdx_vp_find(x->mod, vp), TX_GPA, true, &pfn) ==
			    TDX_GUEST_OK);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, tdr, TX_GPA, 0, 0));
	TX_OK(x, tx_track(me, x, tdr));
	err = tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, TX_GPA, 0, 0);
	TX_CHECK(x, err == TDX_SUCCESS || err == (TDX_TLB_TRACKING_NOT_DONE | OPERAND_RCX));
	tx_exit(me, x, vp);
	if (err)
		TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, TX_GPA, 0, 0));
}

/* It has left and come back since, so it should have forgotten. */
static void remove_after_return(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t vp, tdr = tx_running(me, x, &vp);

	tx_tables(me, x, tdr, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, TX_GPA, 0, tx_pa(tx_data(me, x))));
	tx_accepted(me, x, vp, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, tdr, TX_GPA, 0, 0));
	TX_OK(x, tx_track(me, x, tdr));
	TX_OK(x, tx_enter(me, x, vp));
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, TX_GPA, 0, 0));
	tx_exit(me, x, vp);
}

static void remove_and_look(struct task *me, void *arg)
{
	struct tx *x = arg;

	remove_after_return(me, arg);
	tdx_check(me, x->mod);
}

static void teardown(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	u64 err;

	tx_env(me, x, STAGE_BLOCKED, &env);
	err = tx_on0(me, x, TDH_MNG_KEY_FREEID, tx_pa(env.tdr), 0);
	TX_CHECK(x, err == TDX_SUCCESS || err == TDX_WBCACHE_NOT_COMPLETE);
	tdx_check(me, x->mod);
}

static const struct plant plants[] = {
	{ "plant-tdx-no-tracking", "tlb-stale", remove_under_vcpu },
	{ "plant-tdx-no-invept", "tlb-stale", remove_after_return },
	{ "plant-tdx-lost-pamt", "mirror-sept", remove_and_look },
	{ "plant-tdx-early-freeid", "lifetime", teardown },
};

static void run_plant(const struct plant *p, const char *bug, struct tx *x)
{
	tx_init(x);
	x->mcfg.bug = bug;
	tx_start(x);
	tx_task(x, "plant", p->run);
	tx_run(x);
}

static void test_plants(void **state)
{
	struct tx x;

	for (u32 i = 0; i < ARRAY_SIZE(plants); i++) {
		run_plant(&plants[i], plants[i].bug, &x);
		if (!tx_findings(&x, plants[i].rule))
			print_error("%s is not found\n", plants[i].bug);
		assert_true(tx_findings(&x, plants[i].rule) > 0);
		sim_destroy(x.sim);
	}
	for (u32 b = BUG_NONE + 1; b < NR_BUGS; b++) {
		bool covered = strncmp(bug_descs[b].slug, "plant-tdx-", 10) != 0;

		for (u32 i = 0; i < ARRAY_SIZE(plants); i++)
			covered |= !strcmp(bug_descs[b].slug, plants[i].bug);
		assert_true(covered);
	}
}

static void test_twins(void **state)
{
	struct tx x;

	for (u32 i = 0; i < ARRAY_SIZE(plants); i++) {
		run_plant(&plants[i], NULL, &x);
		tx_silent(&x);
		assert_int_equal(tdx_check(NULL, x.mod), 0);
		sim_destroy(x.sim);
	}
}

/* --- a frame that is nobody's, and one that AUG has not written down yet --- */

static void touch_nobodys(struct task *me, struct tx *x, u16 lock)
{
	pfn_t vp, tdr = tx_running(me, x, &vp), pfn;
	struct pamt_entry *e;
	u64 rax;

	tx_tables(me, x, tdr, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, TX_GPA, 0, tx_pa(tx_data(me, x))));
	TX_OK(x, tx_enter(me, x, vp));
	TX_CHECK(x, tx_accept(me, x, vp, TX_GPA, 0, &rax) == TDX_GUEST_OK);
	e = pamt_entry(me, x->mod, TX_DATA, 0);
	e->type = PT_NDA;
	e->lock = lock;
	TX_CHECK(x, tdx_guest_access(me, tdx_vp_find(x->mod, vp), TX_GPA, true, &pfn) ==
			    TDX_GUEST_OK);
	e->type = PT_REG;
	e->lock = 0;
	tx_exit(me, x, vp);
}

static void nobodys(struct task *me, void *arg)
{
	touch_nobodys(me, arg, 0);
}

static void being_given(struct task *me, void *arg)
{
	touch_nobodys(me, arg, SHAREX_EX);
}

static void test_nobodys_frame(void **state)
{
	struct tx x;

	run_plant(&(struct plant){.run = nobodys}, NULL, &x);
	assert_int_equal(tx_findings(&x, "freed-mapped"), 1);
	sim_destroy(x.sim);
	run_plant(&(struct plant){.run = being_given}, NULL, &x);
	tx_silent(&x);
	sim_destroy(x.sim);
}

/* --- each rule of tdx_check(), with the structures bent by hand --- */

static struct tdx_td *one_td(struct task *me, struct tx *x)
{
	pfn_t vp, tdr = tx_running(me, x, &vp);

	tx_tables(me, x, tdr, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, TX_GPA, 0, tx_pa(tx_data(me, x))));
	TX_CHECK(x, !tdx_check(me, x->mod));
	return tdx_td_find(x->mod, tdr);
}

static void bend_owner(struct task *me, struct tx *x, struct tdx_td *td)
{
	pamt_entry(me, x->mod, TX_DATA, 0)->owner++;
}

static void bend_count(struct task *me, struct tx *x, struct tdx_td *td)
{
	td->chldcnt--;
}

static void bend_used(struct task *me, struct tx *x, struct tdx_td *td)
{
	pamt_region(me, x->mod, TX_DATA)->nr_used++;
}

static void bend_refcount(struct task *me, struct tx *x, struct tdx_td *td)
{
	td->epoch.refcount[0]++;
}

static void bend_lock(struct task *me, struct tx *x, struct tdx_td *td)
{
	td->root->e[5] |= SEPT_TDEL;
}

static void bend_key(struct task *me, struct tx *x, struct tdx_td *td)
{
	x->mod->kot[td->hkid].state = HKID_FREE;
}

static void bend_level(struct task *me, struct tx *x, struct tdx_td *td)
{
	pamt_set(&pamt_region(me, x->mod, TX_DATA)->leaf, PT_REG, td->tdr);
}

static const struct {
	/* constant */
	const char *rule;
	void (*bend)(struct task *me, struct tx *x, struct tdx_td *td);
} bends[] = {
	{ "mirror-sept", bend_owner }, { "refcount", bend_count }, { "refcount", bend_used },
	{ "refcount", bend_refcount }, { "mirror-sept", bend_lock }, { "lifetime", bend_key },
	{ "mirror-sept", bend_level },
};

static void bend_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct tdx_td *td = one_td(me, x);

	bends[x->count[0]].bend(me, x, td);
	x->count[1] = tdx_check(me, x->mod);
}

static void test_bends(void **state)
{
	struct tx x;

	for (u32 i = 0; i < ARRAY_SIZE(bends); i++) {
		tx_init(&x);
		tx_start(&x);
		x.count[0] = i;
		tx_task(&x, "bend", bend_main);
		tx_run(&x);
		assert_true(x.count[1] > 0);
		assert_true(tx_findings(&x, bends[i].rule) > 0);
		sim_destroy(x.sim);
	}
}

/* --- content: what the host reads of a TD's pages --- */

static void content_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	pfn_t vp, tdr = tx_running(me, x, &vp), pfn;
	struct folio *folio = folio_alloc(me);
	union content c;

	pfn = folio_pfn(x->m->folios, folio);
	clear_highpage(me, folio, 99);
	tx_tables(me, x, tdr, TX_GPA, 0);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_AUG, tdr, TX_GPA, 0, tx_pa(pfn)));
	c = folio_content(folio);
	TX_CHECK(x, c.state == CONTENT_STALE);
	tx_accepted(me, x, vp, TX_GPA, 0);
	c = folio_content(folio);
	TX_CHECK(x, c.state == CONTENT_ZERO && c.owner == tdx_td_find(x->mod, tdr)->owner);
	folio_write_byte(me, folio, c.owner, 7);
	TX_CHECK(x, folio_read_byte(me, folio, c.owner) == 7);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, tdr, TX_GPA, 0, 0));
	TX_OK(x, tx_track(me, x, tdr));
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, tdr, TX_GPA, 0, 0));
	TX_CHECK(x, !x->sim->nr_findings);
	if (x->count[0])
		clear_highpage(me, folio, 99);
	folio_read_byte(me, folio, 99);
	folio_put(me, folio);
}

static void test_content(void **state)
{
	struct tx x;

	/* the host clears what it got back, or reads what the TD left */
	for (int clears = 0; clears < 2; clears++) {
		tx_init(&x);
		tx_start(&x);
		x.count[0] = (u64)clears;
		tx_task(&x, "content", content_main);
		tx_run(&x);
		assert_int_equal(tx_findings(&x, "content"), !clears);
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plants),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_nobodys_frame),
		cmocka_unit_test(test_bends),
		cmocka_unit_test(test_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
