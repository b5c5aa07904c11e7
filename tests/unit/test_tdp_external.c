// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seam to an external page table, with a fake behind it: which calls are made when, what others
 * see while one runs, and what happens when one fails.
 */
#include "tests/unit/tdp_fixture.h"

struct fake {
	u32 maps, links, removes, frees, tables;
	int fail_map;
	int fail_remove;
	sim_ns map_ns;
};

static struct fake fake;

static void *fake_alloc_spt(struct task *me, struct vm *vm, struct vcpu *vcpu)
{
	fake.tables++;
	return &fake;
}

static int fake_set_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, u64 new_spte,
			 int level, void *external_spt)
{
	if (!is_shadow_present_pte(new_spte)) {
		SIM_ASSERT(is_shadow_present_pte(old_spte));
		fake.removes++;
		return fake.fail_remove;
	}
	SIM_ASSERT(!is_shadow_present_pte(old_spte));
	if (level > PG_LEVEL_4K) {
		SIM_ASSERT(external_spt);
		fake.links++;
		return 0;
	}
	sim_cost(me, fake.map_ns);
	fake.maps++;
	return fake.fail_map;
}

static int fake_free_spt(struct task *me, struct vm *vm, gfn_t gfn, int level, void *external_spt)
{
	fake.frees++;
	return 0;
}

static const struct tdp_external_ops fake_ops = {
	.alloc_external_spt = fake_alloc_spt,
	.set_external_spte = fake_set_spte,
	.free_external_spt = fake_free_spt,
};

static void init_mirror(struct kx *x)
{
	fake = (struct fake){0};
	init_bare(x, VM_TDX);
	x->nr_vcpus = 2;
}

static void filter_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	KX_CHECK(x, map_pfn(me, vcpu, 3, new_pfn(me), true, true) == RET_PF_FIXED);
	KX_CHECK(x, map_pfn(me, vcpu, 4, new_pfn(me), false, true) == RET_PF_FIXED);
	KX_CHECK(x, fake.maps == 1 && fake.links == 3 && fake.tables == 3);
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->mirror_root, 3) && !tdp_mmu_walk(me, vcpu->root, 3));
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->root, 4) && !tdp_mmu_walk(me, vcpu->mirror_root, 4));
	zap(me, x->vm, 0, 10, FILTER_SHARED, true);
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->mirror_root, 3) && !tdp_mmu_walk(me, vcpu->root, 4));
	KX_CHECK(x, fake.removes == 0);
	map_pfn(me, vcpu, 4, new_pfn(me), false, true);
	zap(me, x->vm, 0, 10, FILTER_PRIVATE, true);
	KX_CHECK(x, !tdp_mmu_walk(me, vcpu->mirror_root, 3) && tdp_mmu_walk(me, vcpu->root, 4));
	KX_CHECK(x, fake.removes == 1 && fake.frees == 0);
	map_pfn(me, vcpu, 3, new_pfn(me), true, true);
	vm_close(me, x->vm);
	/* the end of the VM: leaves are removed, tables freed, mirror root last */
	KX_CHECK(x, fake.removes == 2 && fake.frees == 3 && !vm_dead(x->vm));
}

static void test_mirror_and_filters(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "vmm", filter_main);
	finish_bare(&x);
}

/* While the external call runs, whoever comes to the entry gives up; its neighbours are free. */
static void freezer_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t pfn = new_pfn(me);

	KX_CHECK(x, map_pfn(me, vcpu, 1, pfn, true, true) == RET_PF_FIXED);
	fake.map_ns = 100 * NSEC_PER_US;
	x->count[0] = sim_now(me);
	KX_CHECK(x, map_pfn(me, vcpu, 3, new_pfn(me), true, true) == RET_PF_FIXED);
}

static void frozen_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 1);

	sim_sleep(me, 50 * NSEC_PER_US);
	KX_CHECK(x, fake.maps == 1);
	KX_CHECK(x, !tdp_mmu_walk(me, vm_vcpu(x->vm, 0)->mirror_root, 3));
	KX_CHECK(x, map_pfn(me, vcpu, 3, new_pfn(me), true, true) == RET_PF_RETRY);
	fake.map_ns = 0;
	KX_CHECK(x, map_pfn(me, vcpu, 4, new_pfn(me), true, true) == RET_PF_FIXED);
	KX_CHECK(x, sim_now(me) < 90 * NSEC_PER_US);
	sim_sleep(me, 100 * NSEC_PER_US);
	KX_CHECK(x, fake.maps == 3);
	KX_CHECK(x, tdp_mmu_walk(me, vcpu->mirror_root, 3));
}

static void test_frozen_entry(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "freezer", freezer_main);
	kx_vmm(&x, "other", frozen_main);
	finish_bare(&x);
}

static void external_failure_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	pfn_t pfn = new_pfn(me);

	fake.fail_map = -EBUSY;
	KX_CHECK(x, map_pfn(me, vcpu, 3, pfn, true, true) == RET_PF_RETRY);
	KX_CHECK(x, !tdp_mmu_gfn_mapped(x->vm, 3) && !vm_dead(x->vm));
	fake.fail_map = 0;
	KX_CHECK(x, map_pfn(me, vcpu, 3, pfn, true, true) == RET_PF_FIXED);
	fake.fail_map = -EIO;
	KX_CHECK(x, map_pfn(me, vcpu, 4, new_pfn(me), true, true) == RET_PF_RETRY);
	KX_CHECK(x, !tdp_mmu_gfn_mapped(x->vm, 4) && vm_dead(x->vm));
}

static void test_external_map_failure(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "vmm", external_failure_main);
	kx_run_bare(&x);
	kx_assert_clean(&x);
	assert_int_equal(leaves(x.vm), 1);
	sim_destroy(x.sim);
}

static void external_remove_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	map_pfn(me, vm_vcpu(x->vm, 0), 3, new_pfn(me), true, true);
	fake.fail_remove = -EIO;
	zap(me, x->vm, 0, 10, FILTER_PRIVATE, true);
	KX_CHECK(x, vm_dead(x->vm));
}

static void test_external_remove_failure(void **state)
{
	struct kx x;

	init_mirror(&x);
	kx_start(&x);
	x.vm->external_ops = &fake_ops;
	kx_vmm(&x, "vmm", external_remove_main);
	finish_bare(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mirror_and_filters),
		cmocka_unit_test(test_frozen_entry),
		cmocka_unit_test(test_external_map_failure),
		cmocka_unit_test(test_external_remove_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
