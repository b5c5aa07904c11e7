// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_tdx_td.c - a TD comes to life, or fails to at every step and leaves nothing.
 */
#include "tests/unit/td_fixture.h"

/* --- in order, and out of it --- */

static void life_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = x->vm;
	struct vcpu *v0 = vm_vcpu(vm, 0), *v1 = vm_vcpu(vm, 1);
	u64 done;

	KX_CHECK(x, tdx_finalize_vm(me, vm) == -EINVAL);
	KX_CHECK(x, tdx_create_vcpu(me, v0) == -EIO);
	KX_CHECK(x, tdx_init_vcpu(me, v0) == -ENOTTY);
	KX_CHECK(x, vm->tdx->state == TD_STATE_UNINITIALIZED && !tdx_hkid_assigned(vm));

	KX_CHECK(x, tdx_init_vm(me, vm) == 0);
	KX_CHECK(x, vm->tdx->state == TD_STATE_INITIALIZED && tdx_hkid_assigned(vm));
	KX_CHECK(x, td_frames(x) == TD_FRAMES(0) && td_host(x)->nr_configured_hkid == 1);
	KX_CHECK(x, tdx_init_vm(me, vm) == -EINVAL);

	KX_CHECK(x, tdx_init_vcpu(me, v0) == -ENOTTY);
	KX_CHECK(x, tdx_create_vcpu(me, v0) == 0 && tdx_create_vcpu(me, v0) == -EEXIST);
	KX_CHECK(x, v0->tdx->cpu == (s32)me->cpu && !v0->tdx->vp);
	KX_CHECK(x, tdx_init_vcpu(me, v0) == 0 && tdx_init_vcpu(me, v0) == -EINVAL);
	KX_CHECK(x, v0->tdx->vp && v0->tdx->vp->assoc_lp == me->cpu);
	KX_CHECK(x, tdx_create_vcpu(me, v1) == 0 && tdx_init_vcpu(me, v1) == 0);
	KX_CHECK(x, td_frames(x) == TD_FRAMES(2));
	KX_CHECK(x, vcpu_pre_fault_memory(me, v0, KX_GPA, PAGE_SIZE, &done) == -EOPNOTSUPP);

	KX_CHECK(x, tdx_finalize_vm(me, vm) == 0 && tdx_runnable(vm));
	KX_CHECK(x, v0->pre_fault_allowed && v1->pre_fault_allowed);
	KX_CHECK(x, tdx_finalize_vm(me, vm) == -EINVAL && tdx_init_vm(me, vm) == -EINVAL);
	KX_CHECK(x, !vm_dead(vm));

	KX_CHECK(x, vm_close(me, vm) == 0 && td_gone(x));
	KX_CHECK(x, tdx_init_vm(me, vm) == -EBADF);
}

static void life(bool dynamic)
{
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	x.mcfg.tdx.dynamic_pamt = dynamic;
	kx_start(&x);
	kx_vmm(&x, "vmm", life_main);
	kx_finish(&x);
}

static void test_life(void **state)
{
	life(false);
	life(true);
}

static void no_vcpus_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	KX_CHECK(x, tdx_init_vm(me, x->vm) == 0);
	/* TDX_NO_VCPUS is nothing that KVM expects. */
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == -EIO && vm_bugged(x->vm));
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == -EIO);
	KX_CHECK(x, vm_close(me, x->vm) == 0 && td_gone(x));
}

static void test_no_vcpus(void **state)
{
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	kx_start(&x);
	kx_vmm(&x, "vmm", no_vcpus_main);
	kx_finish(&x);
}

/* --- what cannot be had --- */

static void hkid_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm2 = vm_create(x->m, "vm2", VM_TDX, x->mm, 1);
	struct vm *vm3 = vm_create(x->m, "vm3", VM_TDX, x->mm, 1);

	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0 && tdx_build_vm(me, vm2) == 0);
	KX_CHECK(x, x->vm->tdx->hkid != vm2->tdx->hkid);
	KX_CHECK(x, tdx_init_vm(me, vm3) == -ENOSPC && !vm_dead(vm3));
	vm_close(me, x->vm);
	KX_CHECK(x, tdx_init_vm(me, vm3) == 0);
	vm_close(me, vm2);
	vm_close(me, vm3);
	KX_CHECK(x, td_gone(x));
}

static void test_hkids_run_out(void **state)
{
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	kx_start(&x);
	kx_vmm(&x, "vmm", hkid_main);
	kx_finish(&x);
}

static void params_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	x->vm->tdx->params.levels = 3;
	KX_CHECK(x, tdx_init_vm(me, x->vm) == -EINVAL && !vm_dead(x->vm) && td_gone(x));
	x->vm->tdx->params.levels = 5;
	KX_CHECK(x, tdx_init_vm(me, x->vm) == 0);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x));
}

static void test_wrong_parameters(void **state)
{
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	kx_start(&x);
	kx_vmm(&x, "vmm", params_main);
	kx_finish(&x);
}

/* --- each step fails --- */

enum which { INIT_VM, INIT_VCPU, FINALIZE };

struct fail_case {
	const char *site;
	u32 passes; /* how often the step is passed */
	enum which where;
	s64 errno_;
	bool bugged; /* KVM_BUG_ON */
	bool dynamic;
};

static const struct fail_case cases[] = {
	{ "folio_alloc", 1 + TDX_MIN_TDCX, INIT_VM, -ENOMEM, false, false },
	{ "seamcall_mng_create", 1, INIT_VM, -EIO, false, false },
	{ "seamcall_mng_key_config", 2, INIT_VM, -EIO, true, false },
	{ "seamcall_mng_addcx", TDX_MIN_TDCX, INIT_VM, -EIO, false, false },
	{ "seamcall_mng_init", 1, INIT_VM, -EIO, false, false },
	{ "folio_alloc", TDX_MIN_TDVPS, INIT_VCPU, -ENOMEM, false, false },
	{ "kill_vcpu_mutex", 2, INIT_VCPU, -EINTR, false, false },
	{ "seamcall_vp_create", 1, INIT_VCPU, -EIO, true, false },
	{ "seamcall_vp_addcx", TDX_MIN_TDVPS - 1, INIT_VCPU, -EIO, true, false },
	{ "seamcall_vp_init", 1, INIT_VCPU, -EIO, true, false },
	{ "kill_vcpu_mutex", 2, FINALIZE, -EINTR, false, false },
	{ "seamcall_mr_finalize", 1, FINALIZE, -EBUSY, false, false },
	{ "folio_alloc", 1 + TDX_MIN_TDCX + 2, INIT_VM, -ENOMEM, false, true },
	{ "tdx_pamt_page", 2, INIT_VM, -ENOMEM, false, true },
	{ "seamcall_phymem_pamt_add", 1, INIT_VM, -ENOMEM, false, true },
	{ "seamcall_mng_addcx", TDX_MIN_TDCX, INIT_VM, -EIO, false, true },
	{ "seamcall_vp_addcx", TDX_MIN_TDVPS - 1, INIT_VCPU, -EIO, true, true },
};

struct attempt {
	const struct fail_case *c;
	u32 nth;
	bool hit;
	s64 ret;
};

static s64 step(struct task *me, struct kx *x, enum which which, const struct attempt *a)
{
	struct vcpu *v0 = vm_vcpu(x->vm, 0);

	if (which == a->c->where)
		td_fail(me, a->c->site, a->nth);
	switch (which) {
	case INIT_VM:
		return tdx_init_vm(me, x->vm);
	case INIT_VCPU:
		return tdx_init_vcpu(me, v0);
	default:
		return tdx_finalize_vm(me, x->vm);
	}
}

static void fail_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct attempt *a = x->priv;
	enum which i;

	for (i = INIT_VM; i <= a->c->where; i++) {
		if (i == INIT_VCPU)
			KX_CHECK(x, tdx_create_vcpu(me, vm_vcpu(x->vm, 0)) == 0);
		a->ret = step(me, x, i, a);
		a->hit = td_failed(me);
		KX_CHECK(x, i == a->c->where || !a->ret);
	}
	KX_CHECK(x, vm_bugged(x->vm) == a->c->bugged);
	if (a->c->where == INIT_VM) {
		KX_CHECK(x, td_gone(x) && x->vm->tdx->state == TD_STATE_UNINITIALIZED);
	} else if (a->c->where == FINALIZE) {
		KX_CHECK(x, !tdx_runnable(x->vm) && !vm_vcpu(x->vm, 0)->pre_fault_allowed);
	}
	me->sigpending = 0;
	/* Once more, nothing in the way: what was undone can be done again. */
	if (!a->c->bugged) {
		for (i = a->c->where; i <= FINALIZE; i++) {
			if (i == INIT_VCPU && a->c->where != INIT_VCPU)
				KX_CHECK(x, tdx_create_vcpu(me, vm_vcpu(x->vm, 0)) == 0);
			KX_CHECK(x, i == INIT_VM   ? !tdx_init_vm(me, x->vm) :
				    i == INIT_VCPU ? !tdx_init_vcpu(me, vm_vcpu(x->vm, 0)) :
						     !tdx_finalize_vm(me, x->vm));
		}
	}
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x) && !x->vm->tdx->nr_leaked);
}

static void fail_once(const struct fail_case *c, u32 nth)
{
	struct attempt a = { .c = c, .nth = nth };
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	x.mcfg.tdx.dynamic_pamt = c->dynamic;
	x.priv = &a;
	kx_start(&x);
	kx_vmm(&x, "vmm", fail_main);
	kx_run(&x);
	if (a.ret != c->errno_ || !a.hit)
		print_error("%s:%u answered %lld\n", c->site, nth, (long long)a.ret);
	assert_true(a.hit);
	assert_int_equal(a.ret, c->errno_);
	kx_assert_clean(&x);
	sim_destroy(x.sim);
}

static void test_each_step_fails(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (u32 nth = 1; nth <= cases[i].passes; nth++)
			fail_once(&cases[i], nth);
	}
}

/* --- vCPUs and CPUs --- */

static void create_fails_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct list_head *head;

	KX_CHECK(x, tdx_init_vm(me, x->vm) == 0);
	td_fail(me, "tdx_create_vcpu", 1);
	KX_CHECK(x, tdx_create_vcpu(me, vm_vcpu(x->vm, 0)) == -EEXIST && td_failed(me));
	KX_CHECK(x, !vm_vcpu(x->vm, 0)->tdx && !vm_dead(x->vm));
	head = &td_host(x)->associated_tdvcpus[me->cpu];
	KX_CHECK(x, list_empty(head));
	KX_CHECK(x, tdx_create_vcpu(me, vm_vcpu(x->vm, 0)) == 0);
	KX_CHECK(x, tdx_create_vcpu(me, vm_vcpu(x->vm, 1)) == 0);
	KX_CHECK(x, head->next == &vm_vcpu(x->vm, 1)->tdx->cpu_list);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x) && list_empty(head));
}

static void test_create_fails(void **state)
{
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	kx_start(&x);
	kx_vmm(&x, "vmm", create_fails_main);
	kx_finish(&x);
}

/* The same vCPU is loaded here and there; the other CPU is asked to let it go. */
static void load_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *v0 = vm_vcpu(x->vm, 0);
	s32 before;

	kx_wait(me, x);
	for (int i = 0; i < 4; i++) {
		mutex_lock(me, &v0->mutex);
		preempt_disable(me);
		before = v0->tdx->cpu;
		tdx_vcpu_load(me, v0);
		KX_CHECK(x, v0->tdx->cpu == (s32)me->cpu);
		KX_CHECK(x, td_host(x)->associated_tdvcpus[me->cpu].next == &v0->tdx->cpu_list);
		/* On a new CPU it is nobody's until it enters. */
		KX_CHECK(x, v0->tdx->vp->assoc_lp == VCPU_NO_LP || before == (s32)me->cpu);
		x->count[0] += before != (s32)me->cpu;
		preempt_enable(me);
		mutex_unlock(me, &v0->mutex);
		sim_sleep(me, 1000);
	}
}

static void load_setup(struct task *me, struct kx *x)
{
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0 && tdx_finalize_vm(me, x->vm) == 0);
}

static void test_vcpu_moves(void **state)
{
	struct kx x;
	struct task *t;

	td_init(&x);
	x.setup = load_setup;
	kx_start(&x);
	for (s32 cpu = 1; cpu < 3; cpu++) {
		t = sim_task_create(x.sim, "mover", ACTOR_VMM, load_main, &x, cpu);
		task_bind_mm(t, x.mm);
	}
	kx_run(&x);
	kx_assert_clean(&x);
	assert_true(x.count[0] >= 4);
	sim_destroy(x.sim);
}

/* --- a page that KVM forgets --- */

static void forget_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	pfn_t pfn = tdx_alloc_control_page(me, td_host(x));

	KX_CHECK(x, pfn && tdx_build_vm(me, x->vm) == 0);
	if (!x->priv)
		tdx_free_control_page(me, td_host(x), pfn);
}

static void test_forgotten_page(void **state)
{
	for (int forget = 0; forget < 2; forget++) {
		struct kx x;

		td_init(&x);
		x.setup = td_no_setup;
		x.priv = forget ? &x : NULL;
		kx_start(&x);
		kx_vmm(&x, "vmm", forget_main);
		kx_run(&x);
		assert_int_equal(kx_findings(&x, "refcount"), forget);
		assert_int_equal(kx_findings(&x, NULL), forget);
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_no_vcpus),
		cmocka_unit_test(test_hkids_run_out),
		cmocka_unit_test(test_wrong_parameters),
		cmocka_unit_test(test_each_step_fails),
		cmocka_unit_test(test_create_fails),
		cmocka_unit_test(test_vcpu_moves),
		cmocka_unit_test(test_forgotten_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
