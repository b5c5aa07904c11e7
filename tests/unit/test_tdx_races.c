// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TD's vCPUs against each other and against the host, in many orders and on real threads: two
 * that accept the same memory in different sizes (facts/tdx.md R17), zaps under vCPUs that enter,
 * compute, accept and halt.
 */
#include "tests/unit/tdrun_fixture.h"

#define SEEDS 40
#define PAGES 4

/* What an access may end with while the host takes the memory away. */
static bool expected(s64 r)
{
	return r == 0 || r == ACCESS_EXIT_MEMORY_FAULT;
}

static void convert(struct task *me, struct kx *x, u64 page, u64 nr, u64 attrs)
{
	u64 err;
	s64 r = gmem_set_attributes(me, x->gmem, PG(page), PG(nr), attrs, &err);

	/* a fault on its way has the folio for a moment */
	KX_CHECK(x, r == 0 || r == -EAGAIN);
}

static bool vcpus_done(struct kx *x)
{
	return __atomic_load_n(&x->count[2], __ATOMIC_ACQUIRE) == 2;
}

/* --- 4K: zaps under everything a vCPU can do --- */

static void small_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 3; i++) {
		KX_CHECK(x, expected(guest_accept(me, KX_GPA, PG(PAGES), 0, NULL, NULL)));
		KX_CHECK(x, expected(guest_touch(me, KX_GPA, PG(PAGES), true, true, 1, NULL)));
		KX_CHECK(x, guest_run(me, 200) == 0);
		KX_CHECK(x, guest_halt(me, 100) == 0);
	}
	__atomic_add_fetch(&x->count[2], 1, __ATOMIC_RELEASE);
}

static void small_vmm(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; !vcpus_done(x); i++) {
		convert(me, x, i % 3, 2, 0);
		convert(me, x, i % 3, 2, MEMORY_ATTRIBUTE_PRIVATE);
		sim_sleep(me, 1500);
		KX_CHECK(x, gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0,
					   PG(1)) == 0);
	}
	KX_CHECK(x, !vm_dead(x->vm));
}

/* --- 2M: one wants 4K, the other 2M --- */

static void small_pages_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct accept_info acc;

	kx_wait(me, x);
	sim_sleep(me, (x->cfg.seed % 8) * 100);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(PAGES), PG_LEVEL_4K, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages + acc.already_pages == PAGES);
	__atomic_add_fetch(&x->count[0], acc.accepted_pages, __ATOMIC_RELAXED);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(PAGES), true, true, 2, NULL) == 0);
}

static void large_pages_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct accept_info acc;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages + acc.already_pages == M2_PAGES);
	__atomic_add_fetch(&x->count[0], acc.accepted_pages, __ATOMIC_RELAXED);
	__atomic_add_fetch(&x->count[1], acc.accepted_2m, __ATOMIC_RELAXED);
}

/* Each page was accepted once: nobody has lost what the other has written. */
static void check_accepted(struct kx *x)
{
	assert_int_equal(x->count[0], M2_PAGES);
}

/* --- 2M: split under vCPUs that use it --- */

static void large_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, expected(guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, NULL)));
	for (u32 i = 0; i < 4; i++)
		KX_CHECK(x, expected(guest_touch(me, KX_GPA, PG(PAGES), true, true, 2, NULL)));
	__atomic_add_fetch(&x->count[2], 1, __ATOMIC_RELEASE);
}

static void large_vmm(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	while (!vcpus_done(x)) {
		sim_sleep(me, 2500);
		convert(me, x, 1, 1, 0);
		convert(me, x, 1, 1, MEMORY_ATTRIBUTE_PRIVATE);
		convert(me, x, 0, M2_PAGES, 0);
		convert(me, x, 0, M2_PAGES, MEMORY_ATTRIBUTE_PRIVATE);
	}
	KX_CHECK(x, !vm_dead(x->vm));
}

/* --- */

struct scene {
	/* constant */
	bool huge, checked;
	void (*vcpu[2])(struct task *me, void *arg);
	void (*vmm)(struct task *me, void *arg);
};

static const struct scene scenes[] = {
	{ false, false, { small_vcpu, small_vcpu }, small_vmm },
	{ true, true, { small_pages_vcpu, large_pages_vcpu }, NULL },
	{ true, false, { large_vcpu, large_vcpu }, large_vmm },
};

/*
 * The file has its huge page from the start: of two faults that allocate it at once, one finds the
 * file's share of the pool empty, and ends with -ENOMEM.
 */
static void huge_setup(struct task *me, struct kx *x)
{
	td_setup_huge(me, x);
	KX_CHECK(x, gmem_fallocate(me, x->gmem, FALLOC_KEEP_SIZE, 0, PG(M2_PAGES)) == 0);
}

/* What has come up at all: the races are there. */
struct seen {
	u64 retries, enter_busy, accepted_2m;
};

static void play(const struct scene *s, u64 seed, enum engine_kind engine, bool dynamic,
		 struct seen *seen)
{
	struct kx x;

	if (s->huge)
		td_huge_init(&x, M2_PAGES);
	else
		td_run_init(&x);
	if (s->huge)
		x.setup = huge_setup;
	x.cfg.engine = engine;
	x.cfg.sched = SCHED_RANDOM;
	x.cfg.seed = seed;
	x.cfg.lock_stat = false;
	x.mcfg.checks = false;
	x.mcfg.costs.dist[COST_tdx_seamcall] = (struct sim_dist){ .a_ns = 100 };
	x.mcfg.tdx.dynamic_pamt = dynamic;
	/* conversions of WIP have a race of their own: it stores attributes too late */
	x.mcfg.kernel = s->huge && !s->vmm && seed % 2 ? KERNEL_HUGETLB_WIP : x.mcfg.kernel;
	kx_start(&x);
	kx_vcpu(&x, 0, s->vcpu[0]);
	kx_vcpu(&x, 1, s->vcpu[1]);
	if (s->vmm)
		kx_vmm(&x, "vmm", s->vmm);
	kx_run(&x);
	kx_assert_clean(&x);
	assert_int_equal(tdx_check(NULL, td_host(&x)->mod), 0);
	if (s->checked)
		check_accepted(&x);
	seen->retries += x.vm->tdx->nr_busy_retries;
	seen->enter_busy += td_vcpu(&x, 0)->nr_enter_busy + td_vcpu(&x, 1)->nr_enter_busy;
	seen->accepted_2m += x.count[1];
	sim_destroy(x.sim);
}

static void test_random(void **state)
{
	struct seen seen = {0};

	for (u32 i = 0; i < ARRAY_SIZE(scenes); i++) {
		for (u64 seed = 1; seed <= SEEDS; seed++)
			play(&scenes[i], seed, ENGINE_VIRTUAL, seed % 3 == 0, &seen);
	}
	assert_true(seen.retries && seen.enter_busy);
	assert_in_range(seen.accepted_2m, 1, SEEDS - 1);
}

static void test_threads(void **state)
{
	struct seen seen = {0};

	for (u32 i = 0; i < ARRAY_SIZE(scenes); i++) {
		for (u64 seed = 1; seed <= 4; seed++)
			play(&scenes[i], seed, ENGINE_THREADS, seed % 2, &seen);
	}
}

/* --- fewer CPUs than tasks: vCPUs lose theirs in the guest, and go on with another --- */

static void crowd_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		KX_CHECK(x, expected(guest_touch(me, KX_GPA, PG(PAGES), true, true, 1, NULL)));
		KX_CHECK(x, guest_run(me, 3000000) == 0);
		if (i % 3 == me->id % 3)
			KX_CHECK(x, guest_halt(me, 500000) == 0);
	}
	__atomic_add_fetch(&x->count[2], 1, __ATOMIC_RELEASE);
}

static void crowd_vmm(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	while (__atomic_load_n(&x->count[2], __ATOMIC_ACQUIRE) < x->nr_vcpus) {
		sim_sleep(me, 700000);
		convert(me, x, 1, 2, 0);
		sim_compute(me, 300000);
		convert(me, x, 1, 2, MEMORY_ATTRIBUTE_PRIVATE);
	}
	KX_CHECK(x, !vm_dead(x->vm));
}

static void crowd(enum preempt_model preempt, u64 *moves, u64 *kicks)
{
	struct kx x;

	td_run_init(&x);
	x.cfg.preempt = preempt;
	x.cfg.nr_cpus = 2;
	x.cfg.hz = 1000;
	x.nr_vcpus = 4;
	x.mcfg.costs.dist[COST_tdx_td_exit] = (struct sim_dist){ .a_ns = 1000 };
	kx_start(&x);
	for (u32 i = 0; i < x.nr_vcpus; i++)
		kx_vcpu(&x, i, crowd_vcpu);
	kx_vmm(&x, "vmm", crowd_vmm);
	kx_run(&x);
	kx_assert_clean(&x);
	assert_int_equal(tdx_check(NULL, td_host(&x)->mod), 0);
	*moves += tdx_leaf_stat(td_host(&x)->mod, TDX_LEAF_VP_FLUSH)->calls;
	for (u32 i = 0; i < x.nr_vcpus; i++)
		*kicks += x.vm->vcpus[i]->nr_kicks;
	sim_destroy(x.sim);
}

static void test_crowd(void **state)
{
	u64 moves = 0, kicks = 0;

	crowd(PREEMPT_NONE, &moves, &kicks);
	crowd(PREEMPT_VOLUNTARY, &moves, &kicks);
	crowd(PREEMPT_LAZY, &moves, &kicks);
	crowd(PREEMPT_FULL, &moves, &kicks);
	assert_true(moves && kicks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
