// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_tdx_dpamt.c - dynamic PAMT: pairs come with the first user and go with the last.
 */
#include "tests/unit/td_fixture.h"

#define REGION 512u

static void dp_init(struct kx *x)
{
	td_init(x);
	x->setup = td_no_setup;
	x->mcfg.tdx.dynamic_pamt = true;
}

/* A frame of a region that nobody uses. */
static pfn_t frame(u32 region, u32 n)
{
	return (200 + region) * REGION + n;
}

/* --- counts --- */

static void counts_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tdx_host *host = td_host(x);
	struct tdx_pamt_cache cache = { .nr = 0 };

	KX_CHECK(x, tdx_pamt_get(me, host, frame(0, 0), &cache) == -ENOMEM);
	KX_CHECK(x, !tdx_pamt_refcount(host, frame(0, 0)) && !td_pairs(x));
	KX_CHECK(x, tdx_topup_pamt_cache(me, host, &cache, 2) == 0 && cache.nr == 4);
	KX_CHECK(x, tdx_pamt_get(me, host, frame(0, 0), &cache) == 0 && cache.nr == 2);
	KX_CHECK(x, tdx_pamt_get(me, host, frame(0, 511), &cache) == 0 && cache.nr == 2);
	KX_CHECK(x, tdx_pamt_get(me, host, frame(1, 0), &cache) == 0 && !cache.nr);
	KX_CHECK(x, tdx_pamt_refcount(host, frame(0, 7)) == 2 && td_pairs(x) == 2);
	/* without a cache: from the allocator */
	KX_CHECK(x, tdx_pamt_get(me, host, frame(2, 0), NULL) == 0 && td_pairs(x) == 3);
	tdx_pamt_put(me, host, frame(0, 0));
	KX_CHECK(x, td_pairs(x) == 3 && host->pages.nr == 6);
	tdx_pamt_put(me, host, frame(0, 511));
	tdx_pamt_put(me, host, frame(1, 0));
	tdx_pamt_put(me, host, frame(2, 0));
	KX_CHECK(x, td_gone(x));
}

static void test_counts(void **state)
{
	struct kx x;

	dp_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", counts_main);
	kx_finish(&x);
}

static void static_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tdx_pamt_cache cache = { .nr = 0 };
	u64 pair[2] = { 1, 1 };

	KX_CHECK(x, tdx_topup_pamt_cache(me, td_host(x), &cache, 2) == 0 && !cache.nr);
	KX_CHECK(x, tdx_pamt_get(me, td_host(x), frame(0, 0), &cache) == 0);
	KX_CHECK(x, tdx_topup_split_cache(me, x->vm) == 0);
	KX_CHECK(x, tdx_pamt_demote_begin(me, x->vm, frame(0, 0), pair) == 0);
	KX_CHECK(x, !pair[0] && !pair[1] && !me->nr_held);
	tdx_pamt_demote_end(me, x->vm, frame(0, 0), pair, true);
	tdx_pamt_put(me, td_host(x), frame(0, 0));
	KX_CHECK(x, td_gone(x) && !tdx_pamt_refcount(td_host(x), frame(0, 0)));
}

/* Static PAMT: nothing of all this happens. */
static void test_static(void **state)
{
	struct kx x;

	dp_init(&x);
	x.mcfg.tdx.dynamic_pamt = false;
	kx_start(&x);
	kx_vmm(&x, "vmm", static_main);
	kx_finish(&x);
}

/* --- refusals --- */

static void refused_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tdx_host *host = td_host(x);
	struct tdx_pamt_cache cache = { .nr = 0 };

	td_fail(me, "tdx_pamt_page", 2);
	KX_CHECK(x, tdx_topup_pamt_cache(me, host, &cache, 1) == -ENOMEM && cache.nr == 1);
	KX_CHECK(x, tdx_topup_pamt_cache(me, host, &cache, 1) == 0 && cache.nr == 2);
	td_fail(me, "seamcall_phymem_pamt_add", 1);
	KX_CHECK(x, tdx_pamt_get(me, host, frame(0, 0), &cache) == -EIO);
	/* the pages are back where they were */
	KX_CHECK(x, cache.nr == 2 && !tdx_pamt_refcount(host, frame(0, 0)) && !td_pairs(x));
	KX_CHECK(x, tdx_pamt_get(me, host, frame(0, 0), &cache) == 0);
	td_fail(me, "seamcall_phymem_pamt_remove", 1);
	tdx_pamt_put(me, host, frame(0, 0));
	/* a pair without a user; the next one needs no other */
	KX_CHECK(x, td_pairs(x) == 1 && tdx_pamt_refcount(host, frame(0, 0)) == 1);
	KX_CHECK(x, !cache.nr && tdx_pamt_get(me, host, frame(0, 0), &cache) == 0);
	tdx_pamt_put(me, host, frame(0, 0));
	tdx_pamt_put(me, host, frame(0, 0));
	KX_CHECK(x, td_gone(x));
}

static void test_refused(void **state)
{
	struct kx x;

	dp_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", refused_main);
	kx_finish(&x);
}

/* --- splits --- */

static void demote_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tdx_host *host = td_host(x);
	u64 pair[2];

	KX_CHECK(x, tdx_pamt_demote_begin(me, x->vm, frame(0, 0), pair) == -EIO && !me->nr_held);
	KX_CHECK(x, tdx_topup_split_cache(me, x->vm) == 0 && x->vm->tdx->split_cache.nr == 2);
	KX_CHECK(x, tdx_topup_split_cache(me, x->vm) == 0 && x->vm->tdx->split_cache.nr == 2);
	KX_CHECK(x, tdx_pamt_demote_begin(me, x->vm, frame(0, 0), pair) == 0 && pair[0]);
	KX_CHECK(x, lock_is_held(me, &host->pamt_lock.dep_map, LOCK_WRITE));
	tdx_pamt_demote_end(me, x->vm, frame(0, 0), pair, false);
	KX_CHECK(x, !me->nr_held && x->vm->tdx->split_cache.nr == 2);
	KX_CHECK(x, !tdx_pamt_refcount(host, frame(0, 0)));
	/* what DEMOTE does with the pair, PAMT.ADD does here */
	KX_CHECK(x, tdx_pamt_demote_begin(me, x->vm, frame(0, 0), pair) == 0);
	KX_CHECK(x, !tdx_call(me, host, TDH_PHYMEM_PAMT_ADD, tdx_pfn_pa(frame(0, 0)) | 1, pair[0],
			      pair[1], 0, NULL));
	tdx_pamt_demote_end(me, x->vm, frame(0, 0), pair, true);
	KX_CHECK(x, tdx_pamt_refcount(host, frame(0, 0)) == REGION && !x->vm->tdx->split_cache.nr);
	for (u32 i = 0; i < REGION; i++)
		tdx_pamt_put(me, host, frame(0, i));
	KX_CHECK(x, td_gone(x));
}

static void test_demote(void **state)
{
	struct kx x;

	dp_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", demote_main);
	kx_finish(&x);
}

/* --- many at once --- */

static void churn_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tdx_host *host = td_host(x);
	struct tdx_pamt_cache cache = { .nr = 0 };

	for (u32 i = 0; i < 8; i++) {
		pfn_t pfn = frame(i & 1, i);

		KX_CHECK(x, tdx_topup_pamt_cache(me, host, &cache, 1) == 0);
		KX_CHECK(x, tdx_pamt_get(me, host, pfn, &cache) == 0);
		sim_point(me, host->obj, SIM_READ);
		KX_CHECK(x, tdx_pamt_refcount(host, pfn));
		tdx_pamt_put(me, host, pfn);
	}
	tdx_free_pamt_cache(me, &cache);
}

static void churn(enum engine_kind engine, u64 seed)
{
	struct kx x;

	dp_init(&x);
	x.cfg.engine = engine;
	x.cfg.sched = engine == ENGINE_VIRTUAL ? SCHED_RANDOM : SCHED_FIFO;
	x.cfg.seed = seed;
	x.mcfg.checks = false;
	kx_start(&x);
	for (int i = 0; i < 4; i++)
		kx_vmm(&x, "churn", churn_main);
	kx_run(&x);
	kx_assert_clean(&x);
	/* Nobody was ever told BUSY, or that a region is not free. */
	assert_int_equal(td_host(&x)->mod->stat[TDX_LEAF_PHYMEM_PAMT_ADD].busy, 0);
	assert_int_equal(td_host(&x)->mod->stat[TDX_LEAF_PHYMEM_PAMT_ADD].errors, 0);
	assert_int_equal(td_host(&x)->mod->stat[TDX_LEAF_PHYMEM_PAMT_REMOVE].busy, 0);
	assert_int_equal(td_host(&x)->mod->stat[TDX_LEAF_PHYMEM_PAMT_REMOVE].errors, 0);
	assert_true(td_gone(&x));
	sim_destroy(x.sim);
}

static void test_churn(void **state)
{
	for (u64 seed = 1; seed <= 30; seed++)
		churn(ENGINE_VIRTUAL, seed);
	churn(ENGINE_THREADS, 1);
}

/* --- whole TDs --- */

static void many_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = vm_by_name(x->m, me->name);

	KX_CHECK(x, tdx_build_vm(me, vm) == 0 && tdx_finalize_vm(me, vm) == 0);
	vm_close(me, vm);
}

/* On both engines; the last is real threads. */
static void test_tds_at_once(void **state)
{
	static const char *const names[] = { "vm", "b", "c" };

	for (u64 seed = 1; seed <= 11; seed++) {
		struct kx x;

		dp_init(&x);
		if (seed > 10)
			x.cfg.engine = ENGINE_THREADS;
		else
			x.cfg.sched = SCHED_RANDOM;
		x.cfg.seed = seed;
		x.mcfg.tdx.nr_hkids = 3;
		kx_start(&x);
		for (int i = 0; i < 3; i++) {
			if (i)
				vm_create(x.m, names[i], VM_TDX, x.mm, 1);
			kx_vmm(&x, names[i], many_main);
		}
		kx_run(&x);
		kx_assert_clean(&x);
		assert_true(td_gone(&x));
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_demote),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_tds_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
