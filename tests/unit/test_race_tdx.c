// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known races of KVM's TDX side that no trace can show: each faulty variant is found, its twin is
 * silent.  traces/races/LIST says for each of them why there is no trace.
 */
#include "tests/unit/td_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_vs_put),
		cmocka_unit_test(test_add_vs_add),
		cmocka_unit_test(test_vp_init),
	};

	return cmocka_run_group_tests_name("race_tdx", tests, NULL, NULL);
}
