// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge leaves of a mirror: what the external page table is told, and what is refused.
 */
#include "tests/unit/huge_fixture.h"

/* The external page table's side: it counts, and answers what it is told to. */
struct fake {
	u32 maps, splits, shared_splits, removes, tables;
	int split_answer;
	bool no_memory;
};

static struct fake fake;

static void *fake_alloc_spt(struct task *me, struct vm *vm, struct vcpu *vcpu)
{
	if (fake.no_memory)
		return NULL;
	fake.tables++;
	return &fake;
}

static int fake_set_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, u64 new_spte,
			 int level, void *external_spt)
{
	fake.maps += is_shadow_present_pte(new_spte) && is_last_spte(new_spte, level);
	fake.removes += !is_shadow_present_pte(new_spte);
	return 0;
}

static int fake_split_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, int level,
			   void *external_spt, bool shared)
{
	SIM_ASSERT(external_spt && is_last_spte(old_spte, level) && level > PG_LEVEL_4K);
	SIM_ASSERT(lock_is_held(me, &vm->mmu_lock.dep_map, shared ? LOCK_READ : LOCK_WRITE));
	if (shared) {
		fake.shared_splits++;
		return -EOPNOTSUPP;
	}
	fake.splits++;
	return fake.split_answer;
}

static int fake_free_spt(struct task *me, struct vm *vm, gfn_t gfn, int level, void *external_spt)
{
	return 0;
}

static const struct tdp_external_ops fake_ops = {
	.alloc_external_spt = fake_alloc_spt,
	.set_external_spte = fake_set_spte,
	.split_external_spte = fake_split_spte,
	.free_external_spt = fake_free_spt,
};

static void mirror_init(struct kx *x, enum kernel_design kernel)
{
	fake = (struct fake){0};
	init_bare(x, VM_TDX);
	x->mcfg.kernel = kernel;
}

static void mirror_start(struct kx *x, void (*main)(struct task *me, void *arg))
{
	kx_start(x);
	x->vm->external_ops = &fake_ops;
	kx_vmm(x, "main", main);
	kx_run_bare(x);
	kx_assert_clean(x);
}

static int mirror_level(struct task *me, struct vcpu *vcpu, gfn_t gfn)
{
	int level;

	return tdp_mmu_walk_level(me, vcpu->mirror_root, gfn, &level) ? level : 0;
}

/* --- mmu_lock for write --- */

static void split_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	u32 tables;

	for (gfn_t i = 0; i < 3; i++)
		map_level(me, vcpu, i * M2, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, true);
	KX_CHECK(x, fake.maps == 3);
	tables = fake.tables;
	/* the shared side has no such leaves */
	KX_CHECK(x, !split_boundary(me, x->vm, 5, 2 * M2 + 5, FILTER_SHARED, false, true));
	KX_CHECK(x, fake.splits == 0);
	KX_CHECK(x, !split_boundary(me, x->vm, 5, 2 * M2 + 5, FILTER_PRIVATE, false, true));
	KX_CHECK(x, fake.splits == 2 && fake.tables == tables + 2 && fake.removes == 0);
	CHECK_LEVELS(x, 1024, 1, 0);
	zap(me, x->vm, 5, 2 * M2 + 5, FILTER_PRIVATE, true);
	/* exactly the range: 507 pages, one leaf, 5 pages */
	KX_CHECK(x, fake.removes == 507 + 1 + 5);
	CHECK_LEVELS(x, 512, 0, 0);
	KX_CHECK(x, !vm_dead(x->vm));
}

static void test_split(void **state)
{
	struct kx x;

	mirror_init(&x, KERNEL_HUGETLB_WIP);
	mirror_start(&x, split_main);
	sim_destroy(x.sim);
}

static void failure_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	map_level(me, vm_vcpu(x->vm, 0), 0, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, true);
	fake.no_memory = true;
	KX_CHECK(x, split_boundary(me, x->vm, 5, M2, FILTER_PRIVATE, false, true) == -ENOMEM);
	fake.no_memory = false;
	me->fail_site = "split_external_spt";
	me->fail_nth = 1;
	KX_CHECK(x, split_boundary(me, x->vm, 5, M2, FILTER_PRIVATE, false, true) == -ENOMEM);
	me->fail_site = NULL;
	KX_CHECK(x, fake.splits == 0 && !vm_dead(x->vm));
	CHECK_LEVELS(x, 0, 1, 0);
	/* Here the two page tables part: nothing can be undone. */
	fake.split_answer = -EIO;
	split_boundary(me, x->vm, 5, M2, FILTER_PRIVATE, false, true);
	KX_CHECK(x, fake.splits == 1 && vm_dead(x->vm));
}

static void test_failures(void **state)
{
	struct kx x;

	mirror_init(&x, KERNEL_HUGETLB_PLAN);
	mirror_start(&x, failure_main);
	sim_destroy(x.sim);
}

/* --- mmu_lock for read --- */

/* A fault that wants 4K below a huge leaf gets nowhere, and does no harm. */
static void fault_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t two = huge_pfn(me, PG_LEVEL_2M);
	u64 pages;

	map_level(me, vcpu, 0, two, PG_LEVEL_2M, true);
	pages = x->vm->tdp_mmu_pages;
	for (int i = 0; i < 3; i++)
		KX_CHECK(x, map_level(me, vcpu, 5, two + 5, PG_LEVEL_4K, true) == RET_PF_RETRY);
	KX_CHECK(x, fake.shared_splits == 3 && !vm_dead(x->vm));
	KX_CHECK(x, mirror_level(me, vcpu, 5) == PG_LEVEL_2M && x->vm->tdp_mmu_pages == pages);
	CHECK_LEVELS(x, 0, 1, 0);
}

static void test_fault_cannot_split(void **state)
{
	struct kx x;

	mirror_init(&x, KERNEL_HUGETLB_WIP);
	mirror_start(&x, fault_main);
	sim_destroy(x.sim);
}

/* Before there were huge leaves for TDX, one is a bug of KVM. */
static void mainline_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t two = huge_pfn(me, PG_LEVEL_2M);

	map_level(me, vcpu, 0, two, PG_LEVEL_2M, true);
	KX_CHECK(x, map_level(me, vcpu, 5, two + 5, PG_LEVEL_4K, true) == RET_PF_RETRY);
	KX_CHECK(x, vm_dead(x->vm) && !strcmp(x->vm->bugged_why, "huge leaf in a mirror"));
	KX_CHECK(x, fake.shared_splits == 0);
	CHECK_LEVELS(x, 0, 1, 0);
}

static void test_mainline_bug(void **state)
{
	struct kx x;

	mirror_init(&x, KERNEL_MAINLINE);
	mirror_start(&x, mainline_main);
	sim_destroy(x.sim);
}

/* Small leaves first: a mirror keeps its table, the fault goes one level down. */
static void no_merge_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t two = huge_pfn(me, PG_LEVEL_2M);

	map_level(me, vcpu, 3, two + 3, PG_LEVEL_4K, true);
	KX_CHECK(x, map_level(me, vcpu, 7, two, PG_LEVEL_2M, true) == RET_PF_FIXED);
	KX_CHECK(x, mirror_level(me, vcpu, 7) == PG_LEVEL_4K && !mirror_level(me, vcpu, 8));
	KX_CHECK(x, spte_to_pfn(tdp_mmu_walk(me, vcpu->mirror_root, 7)) == two + 7);
	CHECK_LEVELS(x, 2, 0, 0);
	/* over nothing the leaf is as large as it may be */
	KX_CHECK(x, map_level(me, vcpu, M2 + 1, huge_pfn(me, PG_LEVEL_2M), PG_LEVEL_2M, true) ==
			    RET_PF_FIXED);
	CHECK_LEVELS(x, 2, 1, 0);
}

static void test_no_merge(void **state)
{
	struct kx x;

	mirror_init(&x, KERNEL_HUGETLB_PLAN);
	mirror_start(&x, no_merge_main);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_fault_cannot_split),
		cmocka_unit_test(test_mainline_bug),
		cmocka_unit_test(test_no_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
