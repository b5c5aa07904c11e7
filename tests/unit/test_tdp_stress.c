// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of every size, zaps and boundary splits of one GiB at once: whatever comes of it, each gfn
 * leads to its page or nowhere, and the books agree with the tables.
 */
#include "tests/unit/huge_fixture.h"

#include "sim/prng.h"

#define OPS 60

static void setup_gig(struct task *me, struct kx *x)
{
	x->count[0] = huge_pfn(me, PG_LEVEL_1G);
	for (u32 i = 0; i < x->nr_vcpus; i++) {
		vm_vcpu(x->vm, i)->mmu_cache_nobjs = MMU_CACHE_CAPACITY;
		mmu_reload(me, vm_vcpu(x->vm, i));
	}
}

/* Mostly where boundaries meet: the first few 2M, and the last ones. */
static gfn_t pick_gfn(struct prng *state)
{
	gfn_t gfn = prng_below(state, 4 * M2);

	return prng_below(state, 4) ? gfn : G1 - 1 - gfn;
}

static void fault_op(struct task *me, struct kx *x, struct vcpu *vcpu, struct prng *state)
{
	int level = PG_LEVEL_4K + (int)(prng_below(state, 3)), r;
	gfn_t gfn = pick_gfn(state);
	pfn_t pfn = (pfn_t)(x->count[0] + ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level)));

	r = map_level(me, vcpu, G1 + gfn, pfn, level, false);
	KX_CHECK(x, r == RET_PF_FIXED || r == RET_PF_SPURIOUS || r == RET_PF_RETRY);
}

static void stress_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u32 n = (u32)__atomic_fetch_add(&x->count[1], 1, __ATOMIC_RELAXED);
	struct prng state;

	prng_seed(&state, x->cfg.seed * 16 + n);
	kx_wait(me, x);
	for (u32 i = 0; i < OPS; i++) {
		gfn_t a = pick_gfn(&state), b = pick_gfn(&state);

		if (a > b) {
			gfn_t c = a;

			a = b;
			b = c;
		}
		switch (prng_below(&state, 8)) {
		case 0:
			KX_CHECK(x, !split_boundary(me, x->vm, G1 + a, G1 + b + 1, FILTER_PRIVATE,
						    prng_below(&state, 2), true));
			break;
		case 1:
			zap(me, x->vm, G1 + a, G1 + b + 1, FILTER_SHARED, true);
			break;
		default:
			fault_op(me, x, vm_vcpu(x->vm, n), &state);
			break;
		}
	}
}

static void leaf_is_right(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level, void *arg)
{
	struct kx *x = arg;

	KX_CHECK(x, spte_to_pfn(spte) == x->count[0] + gfn - G1);
	KX_CHECK(x, is_large_pte(spte) == (level > PG_LEVEL_4K));
}

static u64 count_tables(const struct mmu_page *sp)
{
	u64 n = 1;

	for (u32 i = 0; sp->role.level > PG_LEVEL_4K && i < SPTE_ENT_PER_PAGE; i++) {
		u64 spte = sp->spt[i];

		if (is_shadow_present_pte(spte) && !is_last_spte(spte, sp->role.level))
			n += count_tables(spte_to_child_sp(spte));
	}
	return n;
}

static void stress_run(enum engine_kind engine, u64 seed)
{
	struct kx x;

	huge_init(&x);
	x.setup = setup_gig;
	x.nr_vcpus = 3;
	x.cfg.engine = engine;
	x.cfg.sched = SCHED_RANDOM;
	x.cfg.seed = seed;
	x.cfg.lock_stat = false;
	kx_start(&x);
	for (u32 i = 0; i < x.nr_vcpus; i++)
		kx_vmm(&x, "stress", stress_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	tdp_mmu_for_each_leaf(x.vm, leaf_is_right, &x);
	count_levels(&x);
	assert_null(x.failed);
	assert_int_equal(x.vm->tdp_mmu_pages, count_tables(vm_vcpu(x.vm, 0)->root));
	assert_false(vm_dead(x.vm));
	sim_destroy(x.sim);
}

static void test_stress(void **state)
{
	for (u64 seed = 1; seed <= 40; seed++)
		stress_run(ENGINE_VIRTUAL, seed);
}

static void test_stress_on_threads(void **state)
{
	for (u64 seed = 1; seed <= 5; seed++)
		stress_run(ENGINE_THREADS, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stress),
		cmocka_unit_test(test_stress_on_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
