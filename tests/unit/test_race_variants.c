// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known races that no trace can show yet: each faulty variant is found, its twin is silent.
 *
 * traces/races/LIST says for each of them why there is no trace.
 */
#include "tests/unit/tdp_fixture.h"

#include "model/kvm/nx_huge_pages.h"

static void *no_spt(struct task *me, struct vm *vm, struct vcpu *vcpu)
{
	return vm;
}

static int private_refused(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, u64 new_spte,
			   int level, void *external_spt)
{
	return level == PG_LEVEL_4K ? -EIO : 0;
}

static int free_nothing(struct task *me, struct vm *vm, gfn_t gfn, int level, void *external_spt)
{
	return 0;
}

static const struct tdp_external_ops failing_ops = {
	.alloc_external_spt = no_spt,
	.set_external_spte = private_refused,
	.free_external_spt = free_nothing,
};

/* --- gmem-punch-misses-shared-leaves: a TD has a root for private memory and one for shared --- */

static void touch_shared(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, !guest_touch(me, KX_GPA, PG(1), false, true, 1, &x->info));
	KX_CHECK(x, !gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0,
				    (s64)PG(1)));
	lru_add_drain_all(me);
}

static u32 punch_under_shared_leaf(const char *bug)
{
	struct kx x;
	u32 found;

	kx_init(&x);
	x.type = VM_TDX;
	x.mcfg.bug = bug;
	kx_start(&x);
	x.vm->external_ops = &failing_ops;
	kx_vcpu(&x, 0, touch_shared);
	kx_run(&x);
	found = kx_findings(&x, "freed-mapped");
	assert_int_equal(kx_findings(&x, NULL), found);
	sim_destroy(x.sim);
	return found;
}

static void test_punch_misses_shared_leaves(void **state)
{
	assert_true(punch_under_shared_leaf("gmem-punch-misses-shared-leaves") > 0);
	assert_int_equal(punch_under_shared_leaf(NULL), 0);
}

/* --- tdp-map-loop-on-dead-vm: the external page table refuses, and the VM is dead --- */

static void prefault_private(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 done;

	kx_wait(me, x);
	x->ret[0] = vcpu_pre_fault_memory(me, vm_vcpu(x->vm, 0), KX_GPA, PG(1), &done);
	KX_CHECK(x, vm_dead(x->vm) && !done);
}

static u32 prefault_until_dead(const char *bug)
{
	struct kx x;
	u32 found;

	kx_init(&x);
	x.type = VM_TDX;
	x.gmem_flags = 0;
	x.mcfg.bug = bug;
	kx_start(&x);
	x.vm->external_ops = &failing_ops;
	kx_vmm(&x, "vmm", prefault_private);
	kx_run(&x);
	assert_int_equal(x.ret[0], -EIO);
	found = kx_findings(&x, "livelock");
	assert_int_equal(kx_findings(&x, NULL), found);
	sim_destroy(x.sim);
	return found;
}

static void test_map_loop_on_dead_vm(void **state)
{
	assert_int_equal(prefault_until_dead("tdp-map-loop-on-dead-vm"), 1);
	assert_int_equal(prefault_until_dead(NULL), 0);
}

/* --- tdpmmu-nx-list-uaf: a table is unlinked between its linking and its listing --- */

static void fetch(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	struct page_fault fault = {
		.gfn = 3,
		.goal_level = PG_LEVEL_4K,
		.req_level = PG_LEVEL_2M,
		.exec = true,
		.owner = 1,
	};

	kx_wait(me, x);
	fault.pfn = new_pfn(me);
	vcpu->mmu_cache_nobjs = MMU_CACHE_CAPACITY;
	mmu_reload(me, vcpu);
	read_lock(me, &x->vm->mmu_lock);
	tdp_mmu_map(me, vcpu, &fault);
	read_unlock(me, &x->vm->mmu_lock);
	x->count[0] += !list_empty(&x->vm->possible_nx_huge_pages);
}

static void end_dirty_log(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 4; i++)
		tdp_mmu_recover_huge_pages(me, x->vm, 0, 512);
}

/* Counts orders with a finding; *@listed: orders in which the table was listed for a while. */
static u32 fetch_against_recovery(const char *bug, u32 *listed)
{
	u32 found = 0;

	*listed = 0;
	for (u64 seed = 1; seed <= 100; seed++) {
		struct kx x;

		init_bare(&x, VM_DEFAULT);
		x.cfg.sched = SCHED_RANDOM;
		x.cfg.seed = seed;
		x.mcfg.bug = bug;
		kx_start(&x);
		x.vm->nx_huge_pages = true;
		kx_vmm(&x, "fetch", fetch);
		kx_vmm(&x, "recover", end_dirty_log);
		kx_run_bare(&x);
		found += kx_findings(&x, "lifetime") > 0;
		assert_int_equal(kx_findings(&x, NULL), kx_findings(&x, "lifetime"));
		*listed += x.count[0] > 0;
		sim_destroy(x.sim);
	}
	return found;
}

static void test_nx_list_uaf(void **state)
{
	u32 listed;

	assert_true(fetch_against_recovery("tdpmmu-nx-list-uaf", &listed) > 0);
	assert_int_equal(fetch_against_recovery(NULL, &listed), 0);
	assert_true(listed > 0 && listed < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_punch_misses_shared_leaves),
		cmocka_unit_test(test_map_loop_on_dead_vm),
		cmocka_unit_test(test_nx_list_uaf),
	};

	return cmocka_run_group_tests_name("race_variants", tests, NULL, NULL);
}
