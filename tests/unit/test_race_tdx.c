// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known races of KVM's TDX side that no trace can show: each faulty variant is found, its twin is
 * silent.  traces/races/LIST says for each of them why there is no trace.
 */
#include "tests/unit/tdrun_fixture.h"

#define NR_SEEDS 40u

/* Random order, no TD: the PAMT does not ask whose frames they are. */
static void pamt_start(struct kx *x, const char *bug, u64 seed)
{
	td_init(x);
	x->setup = td_no_setup;
	x->cfg.sched = SCHED_RANDOM;
	x->cfg.seed = seed;
	x->mcfg.bug = bug;
	x->mcfg.tdx.dynamic_pamt = true;
	kx_start(x);
}

/* Frames of which KVM gets and gives back the pairs; the memory map does not know them. */
#define REGION_A 0x20200u

static void pamt_cycle(struct task *me, struct kx *x, pfn_t pfn)
{
	int r = tdx_pamt_get(me, td_host(x), pfn, NULL);

	x->count[r != 0]++;
	if (!r)
		tdx_pamt_put(me, td_host(x), pfn);
}

/* In how many orders does a get fail?  The fixed variant must let all succeed. */
static u32 failing_orders(const char *bug, void (*a)(struct task *me, void *arg),
			  void (*b)(struct task *me, void *arg))
{
	u32 failing = 0;

	for (u64 seed = 1; seed <= NR_SEEDS; seed++) {
		struct kx x;

		pamt_start(&x, bug, seed);
		kx_vmm(&x, "a", a);
		kx_vmm(&x, "b", b);
		sim_run(x.sim);
		machine_check_at_rest(x.m);
		assert_true(x.count[0] > 0);
		failing += x.count[1] > 0;
		if (!bug)
			kx_assert_clean(&x);
		sim_destroy(x.sim);
	}
	return failing;
}

/* --- dpamt-get-vs-put: the last user leaves, the next one comes --- */

static void cycle_a(struct task *me, void *arg)
{
	kx_wait(me, arg);
	for (pfn_t i = 0; i < 6; i++)
		pamt_cycle(me, arg, REGION_A + i);
}

static void test_get_vs_put(void **state)
{
	assert_true(failing_orders("dpamt-get-vs-put", cycle_a, cycle_a) > 0);
	assert_int_equal(failing_orders(NULL, cycle_a, cycle_a), 0);
}

/* --- dpamt-add-vs-add: the pages of A's pair lie in the region that needs a pair now --- */

static void cycle_low(struct task *me, void *arg)
{
	kx_wait(me, arg);
	for (pfn_t i = 0; i < 6; i++)
		pamt_cycle(me, arg, 256 + i);
}

static void test_add_vs_add(void **state)
{
	assert_true(failing_orders("dpamt-add-vs-add", cycle_a, cycle_low) > 0);
	assert_int_equal(failing_orders(NULL, cycle_a, cycle_low), 0);
}

/* --- tdx-vp-init-vs-migration: the VMM's thread is moved while it initializes a vCPU --- */

static void init_setup(struct task *me, struct kx *x)
{
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0 && tdx_finalize_vm(me, x->vm) == 0);
}

static void enter_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	x->ret[0] = guest_run(me, 1000);
}

/* Keeps its CPU busy now and then, so that others leave it. */
static void busy_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	while (!load_acquire(x->ready)) {
		sim_compute(me, 2 * NSEC_PER_MS);
		sim_sleep(me, me->id * NSEC_PER_MS);
	}
}

static u32 failing_entries(const char *bug)
{
	u32 failing = 0;

	for (u64 seed = 1; seed <= NR_SEEDS; seed++) {
		struct kx x;

		td_init(&x);
		x.setup = init_setup;
		x.nr_vcpus = 1;
		x.cfg.nr_cpus = 2;
		x.cfg.preempt = PREEMPT_FULL;
		x.cfg.seed = seed;
		x.cfg.hz = 1000;
		x.mcfg.bug = bug;
		x.mcfg.costs.dist[COST_tdx_control] =
			(struct sim_dist){ DIST_UNIFORM, 0, 3 * NSEC_PER_MS };
		kx_start(&x);
		kx_vcpu(&x, 0, enter_main);
		for (s32 cpu = 0; cpu < 2; cpu++)
			assert_non_null(sim_task_create(x.sim, "busy", ACTOR_KERNEL, busy_main,
							&x, cpu));
		sim_run(x.sim);
		failing += x.ret[0] != 0;
		if (!bug)
			kx_assert_clean(&x);
		sim_destroy(x.sim);
	}
	return failing;
}

static void test_vp_init(void **state)
{
	assert_true(failing_entries("tdx-vp-init-vs-migration") > 0);
	assert_int_equal(failing_entries(NULL), 0);
}

/* --- tdx-demote-ignored: the split of a 2M page fails, and nobody hears of it --- */

static void split_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct gfn_range range = {
		.start = GFN(3),
		.end = GFN(4),
		.attr_filter = FILTER_PRIVATE,
		.may_block = true,
	};
	u64 done;

	kx_wait(me, x);
	range.slot = search_memslots(load_acquire(x->vm->memslots), GFN(3));
	x->ret[0] = vcpu_pre_fault_memory(me, vm_vcpu(x->vm, 0), KX_GPA, PG(512), &done);
	mutex_lock(me, &x->vm->slots_lock);
	vm_mmu_lock(me, x->vm);
	td_fail(me, "seamcall_mem_page_demote", 1);
	split_cross_boundary_leafs(me, x->vm, &range, false);
	KX_CHECK(x, td_failed(me));
	vm_mmu_unlock(me, x->vm);
	mutex_unlock(me, &x->vm->slots_lock);
	x->m->check_credit = x->m->check_cost;
	machine_check_op(me);
	x->ret[1] = vm_bugged(x->vm);
}

static void setup_huge(struct task *me, struct kx *x)
{
	KX_CHECK(x, !gmem_create_order(me, x->vm, (s64)PG(x->pages), x->gmem_flags, PMD_ORDER,
				       &x->gmem));
	KX_CHECK(x, !kx_slot(me, x, 0, 0, x->pages));
	KX_CHECK(x, !tdx_build_vm(me, x->vm) && !tdx_finalize_vm(me, x->vm));
}

/* Either the VM is bugged, or the two tables are what they say. */
static u32 split_with_failing_demote(const char *bug)
{
	struct kx x;
	u32 found;

	td_huge_init(&x, 512);
	x.setup = setup_huge;
	x.mcfg.bug = bug;
	kx_start(&x);
	kx_vmm(&x, "split", split_main);
	sim_run(x.sim);
	if (x.failed)
		print_error("%s\n", x.failed);
	assert_null(x.failed);
	assert_int_equal(x.ret[0], 0);
	assert_int_equal(x.ret[1], !bug);
	found = kx_findings(&x, "mirror-sept");
	assert_int_equal(kx_findings(&x, NULL), found);
	sim_destroy(x.sim);
	return found;
}

static void test_demote_ignored(void **state)
{
	assert_true(split_with_failing_demote("tdx-demote-ignored") > 0);
	assert_int_equal(split_with_failing_demote(NULL), 0);
}

/* --- dpamt-demote-vs-add: DEMOTE is given pages of a region that gets a pair itself --- */

#define PAIR_REGION 2u

static struct gfn_range one_page(struct kx *x)
{
	return (struct gfn_range){
		.slot = search_memslots(load_acquire(x->vm->memslots), GFN(3)),
		.start = GFN(3),
		.end = GFN(4),
		.attr_filter = FILTER_PRIVATE,
		.may_block = true,
	};
}

/* The next two pages of the allocator are the last of that region; the table's is behind it. */
static void setup_pair_region(struct task *me, struct kx *x)
{
	u64 done;

	setup_huge(me, x);
	KX_CHECK(x, !vcpu_pre_fault_memory(me, vm_vcpu(x->vm, 0), KX_GPA, PG(512), &done));
	while (folio_pfn(x->m->folios, folio_alloc(me)) + 3 < (PAIR_REGION + 1) * 512)
		;
	KX_CHECK(x, !tdx_topup_split_cache(me, x->vm));
	KX_CHECK(x, x->vm->tdx->split_cache.page[0] / 512 == PAIR_REGION);
}

static void demote_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct gfn_range range;

	kx_wait(me, x);
	range = one_page(x);
	mutex_lock(me, &x->vm->slots_lock);
	vm_mmu_lock(me, x->vm);
	x->ret[0] = split_cross_boundary_leafs(me, x->vm, &range, false);
	vm_mmu_unlock(me, x->vm);
	mutex_unlock(me, &x->vm->slots_lock);
}

static void cycle_pair_region(struct task *me, void *arg)
{
	kx_wait(me, arg);
	for (pfn_t i = 0; i < 12; i++)
		pamt_cycle(me, arg, PAIR_REGION * 512 + i);
}

/* In how many orders is either of them BUSY for good? */
static u32 busy_orders(const char *bug)
{
	u32 busy = 0;

	for (u64 seed = 1; seed <= NR_SEEDS; seed++) {
		struct kx x;

		td_huge_init(&x, 512);
		x.setup = setup_pair_region;
		x.cfg.sched = SCHED_RANDOM;
		x.cfg.seed = seed;
		x.mcfg.bug = bug;
		x.mcfg.checks = false;
		x.mcfg.tdx.dynamic_pamt = true;
		kx_start(&x);
		kx_vmm(&x, "demote", demote_main);
		kx_vmm(&x, "cycle", cycle_pair_region);
		sim_run(x.sim);
		assert_null(x.failed);
		busy += x.count[1] > 0 || vm_bugged(x.vm);
		sim_destroy(x.sim);
	}
	return busy;
}

static void test_demote_vs_add(void **state)
{
	assert_true(busy_orders("dpamt-demote-vs-add") > 0);
	assert_int_equal(busy_orders(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_vs_put),
		cmocka_unit_test(test_add_vs_add),
		cmocka_unit_test(test_vp_init),
		cmocka_unit_test(test_demote_ignored),
		cmocka_unit_test(test_demote_vs_add),
	};

	return cmocka_run_group_tests_name("race_tdx", tests, NULL, NULL);
}
