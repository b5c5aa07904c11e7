// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted faults in KVM's TDX side: each is found by its rule, the same run without it is silent.
 *
 * The run is a TD's whole life: built, some memory mapped, a page of it punched out, closed.
 */
#include "tests/unit/td_fixture.h"

#define NR_PAGES 4

static const struct {
	/* constant */
	const char *bug;
	const char *rule;
} plants[] = {
	{ "plant-td-no-remove", "mirror-sept" },
	{ "plant-td-no-put", "refcount" },
	{ "plant-td-clear-first", "content" },
	{ "plant-td-no-reclaim", "freed-mapped" },
	{ "plant-td-keeps-key", "lifetime" },
};

static void setup_td(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	KX_CHECK(x, !tdx_build_vm(me, x->vm));
	KX_CHECK(x, !tdx_finalize_vm(me, x->vm));
}

static void life_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 done;

	kx_wait(me, x);
	x->ret[0] = vcpu_pre_fault_memory(me, vm_vcpu(x->vm, 0), KX_GPA, PG(NR_PAGES), &done);
	machine_check_op(me);
	gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, PG(1), (s64)PG(1));
	x->m->check_credit = x->m->check_cost;
	machine_check_op(me);
	gmem_close(me, x->gmem);
	x->gmem = NULL;
	vm_close(me, x->vm);
}

static void run_life(const char *bug, bool dynamic, struct kx *x)
{
	td_init(x);
	x->mcfg.bug = bug;
	x->mcfg.tdx.dynamic_pamt = dynamic;
	x->setup = setup_td;
	kx_start(x);
	kx_vmm(x, "life", life_main);
	sim_run(x->sim);
	machine_check_at_rest(x->m);
	assert_null(x->failed);
	assert_int_equal(x->ret[0], 0);
}

static void test_plants(void **state)
{
	struct kx x;

	for (u32 i = 0; i < ARRAY_SIZE(plants); i++) {
		run_life(plants[i].bug, true, &x);
		if (!kx_findings(&x, plants[i].rule)) {
			print_error("%s is not found\n", plants[i].bug);
			kx_print(&x);
		}
		assert_true(kx_findings(&x, plants[i].rule) > 0);
		sim_destroy(x.sim);
	}
	for (u32 b = BUG_NONE + 1; b < NR_BUGS; b++) {
		bool covered = strncmp(bug_descs[b].slug, "plant-td-", 9) != 0;

		for (u32 i = 0; i < ARRAY_SIZE(plants); i++)
			covered |= !strcmp(bug_descs[b].slug, plants[i].bug);
		assert_true(covered);
	}
}

static void test_twin(void **state)
{
	struct kx x;

	for (int dynamic = 0; dynamic < 2; dynamic++) {
		run_life(NULL, dynamic, &x);
		kx_assert_clean(&x);
		assert_true(td_gone(&x));
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plants),
		cmocka_unit_test(test_twin),
	};

	return cmocka_run_group_tests_name("check_td", tests, NULL, NULL);
}
