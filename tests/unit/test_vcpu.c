// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_RUN: what ends it, what it holds when, what exits cost, and the per-VM attribute ioctl.
 */
#include "tests/unit/kvm_fixture.h"

static struct sim_dist ns(u64 v)
{
	return (struct sim_dist){.kind = DIST_CONST, .a_ns = v};
}

/* --- what ends it --- */

static void signalled_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, true, 1, NULL) == 0);
	x->ret[0] = guest_run(me, NSEC_PER_SEC);
	x->count[0] = sim_now(me);
	/* still pending: KVM_RUN does not even enter, nothing is accessed */
	x->ret[1] = guest_touch(me, KX_GPA, 1, false, true, 2, NULL);
	KX_CHECK(x, !me->in_guest && task_vcpu(me)->mode == OUTSIDE_GUEST_MODE);
}

static void signaller_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	sim_sleep(me, 10 * NSEC_PER_MS);
	send_signal(me, vm_vcpu(x->vm, 0)->task, 1);
}

static void test_signal(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, signalled_main);
	kx_vmm(&x, "signaller", signaller_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], -EINTR);
	assert_int_equal(x.ret[1], -EINTR);
	/* seen at the next tick of the host */
	assert_in_range(x.count[0], 10 * NSEC_PER_MS, 14 * NSEC_PER_MS);
}

static void bugged_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 done;

	kx_wait(me, x);
	x->ret[0] = guest_run(me, 10 * NSEC_PER_MS);
	x->ret[1] = guest_touch(me, KX_GPA, 1, false, true, 2, NULL);
	x->ret[2] = vcpu_pre_fault_memory(me, task_vcpu(me), KX_GPA, PG(1), &done);
}

static void bugger_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	sim_sleep(me, NSEC_PER_MS);
	KX_CHECK(x, !vm_bug_on(me, x->vm, false, "not yet") && !vm_dead(x->vm));
	KX_CHECK(x, vm_bug_on(me, x->vm, true, "a test") && vm_dead(x->vm));
}

static void test_bugged_vm(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, bugged_main);
	kx_vmm(&x, "bugger", bugger_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], -EIO);
	assert_int_equal(x.ret[1], -EIO);
	assert_int_equal(x.ret[2], -EIO);
}

/* --- what it holds: SRCU not in the guest, but during a fault --- */

static void computing_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_run(me, 20 * NSEC_PER_MS) == 0);
}

static void grace_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	sim_ns since;

	kx_wait(me, x);
	sim_sleep(me, NSEC_PER_MS);
	since = sim_now(me);
	synchronize_srcu(me, &x->vm->srcu);
	x->count[0] = sim_now(me) - since;
}

static void test_guest_holds_no_srcu(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, computing_main);
	kx_vmm(&x, "updater", grace_main);
	kx_finish(&x);
	assert_int_equal(x.count[0], 0);
}

static void faulting_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, true, 1, NULL) == 0);
	x->count[1] = sim_now(me);
}

static void test_fault_holds_srcu(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.costs.dist[COST_folio_zero] = ns(5 * NSEC_PER_MS);
	kx_start(&x);
	kx_vcpu(&x, 0, faulting_main);
	kx_vmm(&x, "updater", grace_main);
	kx_finish(&x);
	assert_in_range(x.count[0], 3900 * NSEC_PER_US, 4100 * NSEC_PER_US);
}

/* --- what it costs --- */

static void cost_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	sim_ns since;

	kx_wait(me, x);
	since = sim_now(me);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(3), false, true, 1, NULL) == 0);
	x->count[0] = sim_now(me) - since;
	since = sim_now(me);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(3), false, true, 1, NULL) == 0);
	x->count[1] = sim_now(me) - since;
}

static void test_costs(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.costs.dist[COST_guest_exit] = ns(1000);
	x.mcfg.costs.dist[COST_guest_enter] = ns(500);
	x.mcfg.costs.dist[COST_tdp_walk] = ns(100);
	x.mcfg.costs.dist[COST_spte_install] = ns(30);
	x.mcfg.costs.dist[COST_user_access] = ns(7);
	x.mcfg.costs.dist[COST_folio_zero] = ns(200);
	kx_start(&x);
	kx_vcpu(&x, 0, cost_main);
	kx_finish(&x);
	assert_int_equal(x.count[0], 3 * (1000 + 500 + 100 + 30 + 7 + 200));
	assert_int_equal(x.count[1], 3 * 7);
}

/* --- the attribute ioctl of the VM (rows V and A) --- */

static void attributes_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = x->vm;
	u64 seq;

	kx_wait(me, x);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, PG(1), BIT_ULL(2)) == -EINVAL);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, PG(1), ~0ull) == -EINVAL);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, 0, 0) == -EINVAL);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA + 1, PG(1), 0) == -EINVAL);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, PG(1) + 1, 0) == -EINVAL);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, (u64)0 - PG(1), PG(2), 0) == -EINVAL);
	/* nothing to change: not even a sequence number */
	seq = vm->mmu_invalidate_seq;
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, PG(16), 0) == 0);
	KX_CHECK(x, vm->mmu_invalidate_seq == seq);
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, PG(16), MEMORY_ATTRIBUTE_PRIVATE) == 0);
	KX_CHECK(x, vm->mmu_invalidate_seq == seq + 1 && vm_mem_is_private(me, vm, GFN(15)));
	KX_CHECK(x, !vm_mem_is_private(me, vm, GFN(16)));
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA, PG(16), MEMORY_ATTRIBUTE_PRIVATE) == 0);
	KX_CHECK(x, vm->mmu_invalidate_seq == seq + 1);
	/* V10: where there is no slot it is remembered all the same */
	KX_CHECK(x, vm_set_mem_attributes(me, vm, PG(9), PG(1), MEMORY_ATTRIBUTE_PRIVATE) == 0);
	KX_CHECK(x, vm->mmu_invalidate_seq == seq + 1 && vm_mem_is_private(me, vm, 9));
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA + PG(4), PG(4), 0) == 0);
	KX_CHECK(x, vm_mem_is_private(me, vm, GFN(3)) && !vm_mem_is_private(me, vm, GFN(4)));
	/* no memory half way through the reservation: nothing has changed */
	me->fail_site = "xa_node";
	me->fail_nth = 2;
	KX_CHECK(x, vm_set_mem_attributes(me, vm, KX_GPA + PG(1024), PG(512),
					  MEMORY_ATTRIBUTE_PRIVATE) == -ENOMEM);
	KX_CHECK(x, !vm_mem_is_private(me, vm, GFN(1024)));
}

static void test_vm_attributes(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.gmem_flags = 0;
	kx_start(&x);
	kx_vmm(&x, "vmm", attributes_main);
	kx_finish(&x);
}

static void no_attributes_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	x->ret[0] = vm_set_mem_attributes(me, x->vm, KX_GPA, PG(1), 0);
	x->ret[1] = vm_set_mem_attributes(me, x->vm, KX_GPA, PG(1), MEMORY_ATTRIBUTE_PRIVATE);
}

static void test_vm_attributes_unsupported(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", no_attributes_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], -ENOTTY);
	assert_int_equal(x.ret[1], -ENOTTY);

	kx_init(&x);
	x.type = VM_DEFAULT;
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.gmem_flags = 0;
	kx_start(&x);
	kx_vmm(&x, "vmm", no_attributes_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], 0);
	assert_int_equal(x.ret[1], -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_bugged_vm),
		cmocka_unit_test(test_guest_holds_no_srcu),
		cmocka_unit_test(test_fault_holds_srcu),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_vm_attributes),
		cmocka_unit_test(test_vm_attributes_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
