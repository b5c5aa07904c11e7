// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splitting leaves that reach over a range: which ones, what may happen while mmu_lock is dropped
 * to allocate, and what happens when that fails.
 */
#include "tests/unit/huge_fixture.h"

#define ALLOC_NS (100 * NSEC_PER_US)

static void slow_alloc(struct kx *x)
{
	x->mcfg.costs.dist[COST_tdp_split_alloc] =
		(struct sim_dist){.kind = DIST_CONST, .a_ns = ALLOC_NS};
}

/* --- which leaves --- */

struct boundary_case {
	gfn_t start, end;
	u64 nr4k, nr2m, nr1g, splits;
};

/* One leaf of 1G at G1, one of 2M at 0. */
static const struct boundary_case boundary_cases[] = {
	{G1, 2 * G1, 0, 1, 1, 0},	       /* nothing reaches over */
	{0, 3 * G1, 0, 1, 1, 0},	       /* nor here */
	{G1, G1 + M2, 0, 513, 0, 1},	       /* 1G at its end; the 2M below then fits */
	{G1 + 3 * M2, 2 * G1, 0, 513, 0, 1},   /* at its start */
	{G1 + 1, 2 * G1, 512, 512, 0, 2},      /* down to 4K at the start */
	{G1, 2 * G1 - 1, 512, 512, 0, 2},      /* at the end */
	{G1 + 1, 2 * G1 - 1, 1024, 511, 0, 3}, /* at both */
	{G1 + M2 + 1, G1 + M2 + 2, 512, 512, 0, 2}, /* in one leaf */
	{5, G1 + 5, 1024, 511, 0, 3},	       /* in two leaves of different size */
	{M2, G1, 0, 1, 1, 0},		       /* between them */
};

static void boundary_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct boundary_case *c = x->priv;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t gig = huge_pfn(me, PG_LEVEL_1G), two = huge_pfn(me, PG_LEVEL_2M);
	u64 flushes;

	map_level(me, vcpu, G1, gig, PG_LEVEL_1G, false);
	map_level(me, vcpu, 0, two, PG_LEVEL_2M, false);
	flushes = x->vm->tlb_flushes;
	KX_CHECK(x, !split_boundary(me, x->vm, c->start, c->end, FILTER_PRIVATE, false, true));
	KX_CHECK(x, x->vm->nr_splits == c->splits && x->vm->tlb_flushes == flushes);
	CHECK_LEVELS(x, c->nr4k, c->nr2m, c->nr1g);
	KX_CHECK(x, count_levels(x).pages == G1 + M2);
	KX_CHECK(x, leaf_pfn(me, vcpu, 2 * G1 - 1) == gig + (pfn_t)G1 - 1);
	/* again: everything fits now */
	KX_CHECK(x, !split_boundary(me, x->vm, c->start, c->end, FILTER_PRIVATE, false, true));
	KX_CHECK(x, x->vm->nr_splits == c->splits);
	/* and the zap that follows takes what it should */
	zap(me, x->vm, c->start, c->end, FILTER_PRIVATE, true);
	KX_CHECK(x, leaf_level(me, vcpu, c->start) == 0 && leaf_level(me, vcpu, c->end - 1) == 0);
	KX_CHECK(x, !c->start || c->start == M2 || c->start == G1 || c->start > 2 * G1 ||
			    leaf_level(me, vcpu, c->start - 1));
	KX_CHECK(x, c->end >= 2 * G1 || c->end == G1 || leaf_level(me, vcpu, c->end));
}

static void test_boundaries(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(boundary_cases); i++) {
		struct kx x;

		huge_init(&x);
		x.priv = (void *)&boundary_cases[i];
		huge_run(&x, boundary_main, NULL);
		sim_destroy(x.sim);
	}
}

/* Everything down to a level, at once. */
static void all_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	map_level(me, vcpu, G1, huge_pfn(me, PG_LEVEL_1G), PG_LEVEL_1G, false);
	map_level(me, vcpu, 0, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, false);
	read_lock(me, &x->vm->mmu_lock);
	KX_CHECK(x, !tdp_mmu_try_split_huge_pages(me, x->vm, 0, 2 * G1, PG_LEVEL_2M, true));
	read_unlock(me, &x->vm->mmu_lock);
	CHECK_LEVELS(x, 0, 513, 0);
	read_lock(me, &x->vm->mmu_lock);
	KX_CHECK(x, !tdp_mmu_try_split_huge_pages(me, x->vm, G1, G1 + 8 * M2, PG_LEVEL_4K, true));
	read_unlock(me, &x->vm->mmu_lock);
	CHECK_LEVELS(x, 8 * 512, 505, 0);
}

static void test_all(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, all_main, NULL);
	sim_destroy(x.sim);
}

static void refused_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	map_level(me, vm_vcpu(x->vm, 0), 0, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, false);
	KX_CHECK(x, split_boundary(me, x->vm, 1, 2, FILTER_PRIVATE, false, false) == -EOPNOTSUPP);
	CHECK_LEVELS(x, 0, 1, 0);
}

static void test_must_be_able_to_block(void **state)
{
	struct kx x;

	huge_init(&x);
	huge_run(&x, refused_main, NULL);
	sim_destroy(x.sim);
}

/* --- no memory --- */

/* What has been split stays split; the work can be taken up again. */
static void enomem_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	map_level(me, vm_vcpu(x->vm, 0), 0, huge_pfn(me, PG_LEVEL_1G), PG_LEVEL_1G, false);
	me->fail_site = "split_sp";
	me->fail_nth = 2;
	x->ret[0] = split_boundary(me, x->vm, 1, G1, FILTER_PRIVATE, false, true);
	me->fail_site = NULL;
	CHECK_LEVELS(x, 0, 512, 0);
	x->ret[1] = split_boundary(me, x->vm, 1, G1, FILTER_PRIVATE, false, true);
	CHECK_LEVELS(x, 512, 511, 0);
}

static void test_enomem(void **state)
{
	const enum kernel_design kernels[] = {KERNEL_HUGETLB_PLAN, KERNEL_HUGETLB_WIP};

	for (u32 i = 0; i < 2; i++) {
		struct kx x;

		huge_init(&x);
		x.mcfg.kernel = kernels[i];
		huge_run(&x, enomem_main, NULL);
		/* the December tree's bool: no errno at all */
		assert_int_equal(x.ret[0], i ? 1 : -ENOMEM);
		assert_int_equal(x.ret[1], 0);
		sim_destroy(x.sim);
	}
}

/* --- the lock is dropped --- */

/* Somebody has the lock meanwhile. */
static void wait_for_drop(struct task *me, struct kx *x)
{
	sim_sleep(me, ALLOC_NS / 2);
	vm_mmu_lock(me, x->vm);
	KX_CHECK(x, sim_now(me) < ALLOC_NS);
}

static void drop_splitter(struct task *me, void *arg)
{
	struct kx *x = arg;

	map_level(me, vm_vcpu(x->vm, 0), 0, huge_pfn(me, PG_LEVEL_1G), PG_LEVEL_1G, false);
	KX_CHECK(x, sim_now(me) == 0);
	x->ret[0] = split_boundary(me, x->vm, 1, 2, FILTER_PRIVATE, false, true);
	x->count[0] = sim_now(me);
}

static void drop_zapper(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct gfn_range range = {.start = 0, .end = 1, .attr_filter = FILTER_SHARED};

	wait_for_drop(me, x);
	if (tdp_mmu_unmap_gfn_range(me, x->vm, &range, false))
		flush_remote_tlbs(me, x->vm);
	vm_mmu_unlock(me, x->vm);
}

/* The leaf is gone when the table for its parts has come. */
static void test_zapped_meanwhile(void **state)
{
	struct kx x;

	huge_init(&x);
	slow_alloc(&x);
	huge_run(&x, drop_splitter, drop_zapper);
	assert_int_equal(x.ret[0], 0);
	assert_int_equal(x.vm->nr_splits, 0);
	assert_int_equal(x.vm->tdp_mmu_pages, 2);
	assert_int_equal(x.count[0], ALLOC_NS);
	sim_destroy(x.sim);
}

/* A fault has split it: the walk goes on inside. */
static void drop_faulter(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	sim_sleep(me, ALLOC_NS / 2);
	KX_CHECK(x, map_level(me, vcpu, 5, leaf_pfn(me, vcpu, 0), PG_LEVEL_2M, false) ==
			    RET_PF_SPURIOUS);
	KX_CHECK(x, sim_now(me) < ALLOC_NS);
}

static void test_split_meanwhile(void **state)
{
	struct kx x;

	huge_init(&x);
	slow_alloc(&x);
	huge_run(&x, drop_splitter, drop_faulter);
	/* the table that was for the 1G leaf is used for the first 2M leaf below it */
	assert_int_equal(x.ret[0], 0);
	assert_int_equal(x.vm->nr_splits, 2);
	assert_int_equal(x.count[0], ALLOC_NS);
	sim_destroy(x.sim);
}

static void twin_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, !split_boundary(me, x->vm, G1 + 1, 2 * G1 - 1, FILTER_PRIVATE, true, true));
}

static void setup_twin(struct task *me, struct kx *x)
{
	map_level(me, vm_vcpu(x->vm, 0), G1, huge_pfn(me, PG_LEVEL_1G), PG_LEVEL_1G, false);
}

/* Two split the same leaves with mmu_lock for read: one of them wins each entry. */
static void test_two_splitters(void **state)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		struct leaf_count n;
		struct kx x;

		huge_init(&x);
		x.setup = setup_twin;
		x.cfg.sched = SCHED_RANDOM;
		x.cfg.seed = seed;
		kx_start(&x);
		kx_vmm(&x, "a", twin_main);
		kx_vmm(&x, "b", twin_main);
		kx_run_bare(&x);
		kx_assert_clean(&x);
		n = count_levels(&x);
		assert_null(x.failed);
		assert_int_equal(n.level[PG_LEVEL_4K], 1024);
		assert_int_equal(n.level[PG_LEVEL_2M], 510);
		assert_int_equal(x.vm->nr_splits, 3);
		assert_int_equal(x.vm->tdp_mmu_pages, 5);
		sim_destroy(x.sim);
	}
}

static void test_two_splitters_on_threads(void **state)
{
	struct kx x;

	huge_init(&x);
	x.setup = setup_twin;
	x.cfg.engine = ENGINE_THREADS;
	kx_start(&x);
	kx_vmm(&x, "a", twin_main);
	kx_vmm(&x, "b", twin_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	assert_int_equal(count_levels(&x).level[PG_LEVEL_4K], 1024);
	assert_int_equal(x.vm->nr_splits, 3);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_must_be_able_to_block),
		cmocka_unit_test(test_enomem),
		cmocka_unit_test(test_zapped_meanwhile),
		cmocka_unit_test(test_split_meanwhile),
		cmocka_unit_test(test_two_splitters),
		cmocka_unit_test(test_two_splitters_on_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
