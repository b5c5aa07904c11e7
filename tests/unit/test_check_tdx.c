// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of TDs: each rule finds what was bent by hand, and nothing in the same run unbent.
 */
#include "tests/unit/tdxmirror_fixture.h"

#include "model/mm/gup.h"

#define NR_MAPPED 4

/* --- what can be bent, in a TD with four pages --- */

static struct mmu_page *leaf_table(struct mx *x)
{
	struct mmu_page *sp = vm_vcpu(x->k.vm, 0)->mirror_root;

	while (sp->role.level > PG_LEVEL_4K)
		sp = spte_to_child_sp(sp->spt[(GFN(0) >> ((sp->role.level - 1) * 9)) & 511]);
	return sp;
}

static u64 *leaf_of(struct mx *x, u64 index)
{
	return &leaf_table(x)->spt[GFN(index) & 511];
}

static void bend_nothing(struct task *me, struct mx *x)
{
}

/* The module has lost a page that the mirror still has. */
static void bend_sept_lost(struct task *me, struct mx *x)
{
	mx_remove(me, x, KX_GPA, TDX_LEVEL_4K);
}

static void bend_sept_blocked(struct task *me, struct mx *x)
{
	TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_RANGE_BLOCK, x->tdx.tdr, KX_GPA, 0, 0));
}

/* The module has one that the mirror does not have. */
static void bend_sept_more(struct task *me, struct mx *x)
{
	TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_PAGE_AUG, x->tdx.tdr, KX_GPA + PG(NR_MAPPED), 0,
			    tx_pa(tx_data(me, &x->t))));
}

static void bend_sept_other(struct task *me, struct mx *x)
{
	mx_remove(me, x, KX_GPA, TDX_LEVEL_4K);
	TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_PAGE_AUG, x->tdx.tdr, KX_GPA, 0,
			    tx_pa(tx_data(me, &x->t))));
}

static void bend_table_page(struct task *me, struct mx *x)
{
	leaf_table(x)->external_spt = (void *)(uintptr_t)TX_LENT;
}

/* Nobody changes it any more, but nobody has said so. */
static void bend_frozen(struct task *me, struct mx *x)
{
	*leaf_of(x, NR_MAPPED) = FROZEN_SPTE;
}

/* --- frames --- */

static void bend_pinned(struct task *me, struct mx *x)
{
	struct folio *folio = pfn_folio(x->k.m->folios, mx_file_pfn(x, 1));
	struct pin *pin = sim_zalloc(me->sim, sizeof(*pin));

	pin->nr = 1;
	pin->folios = sim_zalloc(me->sim, sizeof(*pin->folios));
	pin->folios[0] = folio;
	folio_ref_add(me, folio, GUP_PIN_COUNTING_BIAS);
	list_add_tail(&pin->node, &x->k.m->pins);
}

static void bend_mapped(struct task *me, struct mx *x)
{
	struct folio *folio = pfn_folio(x->k.m->folios, mx_file_pfn(x, 1));

	folio_get(me, folio);
	folio->mapcount++;
}

static void bend_shared_leaf(struct task *me, struct mx *x)
{
	struct vcpu *vcpu = vm_vcpu(x->k.vm, 0);

	KX_CHECK(&x->k, map_pfn(me, vcpu, GFN(1), mx_file_pfn(x, 1), false, true) == RET_PF_FIXED);
}

/* A table page of the S-EPT goes back to the allocator. */
static void bend_freed(struct task *me, struct mx *x)
{
	folio_put(me, pfn_folio(x->k.m->folios, tdx_spt_pfn(leaf_table(x)->external_spt)));
}

static void bend_host_write(struct task *me, struct mx *x)
{
	clear_highpage(me, pfn_folio(x->k.m->folios, mx_file_pfn(x, 2)), 77);
}

static void bend_host_copy(struct task *me, struct mx *x)
{
	struct folio *to = folio_alloc(me);

	folio_copy(me, to, pfn_folio(x->k.m->folios, mx_file_pfn(x, 2)), 77);
	folio_put(me, to);
}

static void bend_orphan(struct task *me, struct mx *x)
{
	x->tdx.tdr = 0;
}

/* --- what a vCPU remembers --- */

static void bend_translation(struct task *me, struct mx *x)
{
	struct tdx_vp *vp = tdx_vp_find(x->t.mod, x->vp);
	pfn_t pfn;

	tx_accepted(me, &x->t, x->vp, KX_GPA, TDX_LEVEL_4K);
	TX_OK(&x->t, tx_enter(me, &x->t, x->vp));
	KX_CHECK(&x->k, tdx_guest_access(me, vp, KX_GPA, true, &pfn) == TDX_GUEST_OK);
	vp->tlb[(KX_GPA >> PAGE_SHIFT) & (VP_TLB_ENTRIES - 1)].pfn++;
}

static void bend_key(struct task *me, struct mx *x)
{
	x->t.mod->kot[1].state = HKID_FREE;
}

static const struct bend {
	/* constant */
	const char *rule;
	void (*bend)(struct task *me, struct mx *x);
	bool small; /* seen between operations, too */
} bends[] = {
	{ NULL, bend_nothing, true },
	{ "mirror-sept", bend_sept_lost, true },
	{ "mirror-sept", bend_sept_blocked, true },
	{ "mirror-sept", bend_sept_more, true },
	{ "mirror-sept", bend_sept_other, true },
	{ "mirror-sept", bend_table_page, false },
	{ "mirror-sept", bend_frozen, false },
	{ "attr-mapping", bend_pinned, true },
	{ "attr-mapping", bend_mapped, true },
	{ "attr-mapping", bend_shared_leaf, true },
	{ "freed-mapped", bend_freed, true },
	{ "content", bend_host_write, true },
	{ "content", bend_host_copy, true },
	{ "lifetime", bend_orphan, false },
	{ "lifetime", bend_key, true },
	{ "tlb-stale", bend_translation, true },
};

static u32 kx_rule(const struct mx *x, const char *rule)
{
	return kx_findings(&x->k, rule);
}

static void bend_main(struct task *me, void *arg)
{
	struct mx *x = container_of((struct kx *)arg, struct mx, k);
	const struct bend *b = x->k.priv;

	kx_wait(me, &x->k);
	mx_build(me, x, NR_MAPPED);
	machine_check_op(me);
	KX_CHECK(&x->k, !x->k.sim->nr_findings);
	b->bend(me, x);
	if (!b->rule)
		return;
	x->k.m->check_credit = x->k.m->check_cost;
	machine_check_op(me);
	x->k.count[0] = kx_rule(x, b->rule);
}

static void run_bend(const struct bend *b, struct mx *x)
{
	mx_init(x);
	x->k.mcfg.checks = true;
	x->k.priv = (void *)(uintptr_t)b;
	mx_start(x);
	kx_vmm(&x->k, "bend", bend_main);
	sim_run(x->k.sim);
	if (x->k.failed || x->t.failed)
		print_error("%s %s %s\n", x->k.failed, x->t.failed, x->t.detail);
	assert_null(x->k.failed);
	assert_null(x->t.failed);
}

/* What was done by hand is in nobody's books, so at rest only the rule counts. */
static void test_bends(void **state)
{
	struct mx x;

	for (u32 i = 0; i < ARRAY_SIZE(bends); i++) {
		run_bend(&bends[i], &x);
		if (bends[i].rule && bends[i].small && !x.k.count[0])
			print_error("bend %u: no %s\n", i, bends[i].rule);
		assert_true(!bends[i].rule || !bends[i].small || x.k.count[0] > 0);
		machine_check_at_rest(x.k.m);
		if (bends[i].rule && !kx_rule(&x, bends[i].rule))
			print_error("bend %u: no %s at rest\n", i, bends[i].rule);
		assert_true(!bends[i].rule || kx_rule(&x, bends[i].rule) > 0);
		for (u32 j = 0; !bends[i].rule && j < x.k.sim->nr_findings; j++)
			assert_string_equal(x.k.sim->findings[j].rule, "refcount");
		sim_destroy(x.k.sim);
	}
}

/* A bugged VM may have tables that differ: that is what it is bugged for. */
static void bug_main(struct task *me, void *arg)
{
	struct mx *x = container_of((struct kx *)arg, struct mx, k);

	kx_wait(me, &x->k);
	mx_build(me, x, NR_MAPPED);
	bend_sept_lost(me, x);
	vm_bug_on(me, x->k.vm, true, "test");
	machine_check_op(me);
	x->k.count[0] = kx_rule(x, "mirror-sept");
}

static void test_bugged(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	kx_vmm(&x.k, "bug", bug_main);
	sim_run(x.k.sim);
	machine_check_at_rest(x.k.m);
	assert_null(x.t.failed);
	assert_int_equal(kx_rule(&x, "mirror-sept"), 0);
	sim_destroy(x.k.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bends),
		cmocka_unit_test(test_bugged),
	};

	return cmocka_run_group_tests_name("check_tdx", tests, NULL, NULL);
}
