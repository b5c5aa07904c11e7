// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_tdx_teardown.c - a TD ends: everything is back, or lost for a reason.
 */
#include "tests/unit/td_fixture.h"

static void build_setup(struct task *me, struct kx *x)
{
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0 && tdx_finalize_vm(me, x->vm) == 0);
}

static void td_init_built(struct kx *x)
{
	td_init(x);
	x->setup = build_setup;
}

/* --- each call of the end fails --- */

struct end_case {
	const char *site;
	u32 nth;
	bool bugged;
	bool hkid_leaked;
	u32 pages_leaked; /* that KVM knows it has lost */
	bool dynamic;
};

/* pages: TDR 1, TDCS 6, two vCPUs of 6 each; VPs go first, a TDVPR after its TDCX */
static const struct end_case ends[] = {
	{ "seamcall_vp_flush", 1, true, true, TD_FRAMES(2), false },
	{ "seamcall_mng_vpflushdone", 1, true, true, TD_FRAMES(2), false },
	{ "seamcall_mng_key_freeid", 1, true, true, TD_FRAMES(2), false },
	/* interrupted once; it goes on */
	{ "seamcall_phymem_cache_wb", 1, false, false, 0, false },
	/* a TDCX page; then the TDR cannot go, either: TD_ASSOCIATED_PAGES_EXIST */
	{ "seamcall_phymem_page_reclaim", 1, false, false, 2, false },
	{ "seamcall_phymem_page_reclaim", 2 * TDX_MIN_TDVPS + 1, false, false, 2, false },
	{ "seamcall_phymem_page_reclaim", TD_FRAMES(2), false, false, 1, false },
	{ "seamcall_phymem_page_wbinvd", 1, true, false, 1, false },
	/* the pair stays with its region */
	{ "seamcall_phymem_pamt_remove", 1, false, false, 2, true },
	{ "seamcall_phymem_page_reclaim", 3, false, false, 2 + 2, true },
};

static void end_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct end_case *c = x->priv;

	kx_wait(me, x);
	td_fail(me, c->site, c->nth);
	vm_close(me, x->vm);
	KX_CHECK(x, td_failed(me));
	KX_CHECK(x, vm_bugged(x->vm) == c->bugged);
	KX_CHECK(x, tdx_hkid_assigned(x->vm) == c->hkid_leaked);
	KX_CHECK(x, td_host(x)->nr_configured_hkid == c->hkid_leaked);
	KX_CHECK(x, td_host(x)->pages.nr == c->pages_leaked);
	KX_CHECK(x, td_gone(x) == !c->pages_leaked);
}

static void test_end_fails(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct kx x;

		td_init_built(&x);
		x.mcfg.tdx.dynamic_pamt = ends[i].dynamic;
		x.priv = (void *)&ends[i];
		kx_start(&x);
		kx_vmm(&x, "vmm", end_main);
		kx_run(&x);
		if (x.sim->nr_findings)
			print_error("%s:%u\n", ends[i].site, ends[i].nth);
		kx_assert_clean(&x);
		sim_destroy(x.sim);
	}
}

/* --- KVM_TDX_TERMINATE_VM --- */

static void terminate_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	mutex_lock(me, &vm_vcpu(x->vm, 1)->mutex);
	KX_CHECK(x, tdx_terminate_vm(me, x->vm) == -EBUSY && !vm_dead(x->vm));
	mutex_unlock(me, &vm_vcpu(x->vm, 1)->mutex);
	KX_CHECK(x, tdx_terminate_vm(me, x->vm) == 0);
	KX_CHECK(x, vm_dead(x->vm) && !vm_bugged(x->vm) && !tdx_hkid_assigned(x->vm));
	KX_CHECK(x, td_frames(x) == TD_FRAMES(2));
	KX_CHECK(x, tdx_terminate_vm(me, x->vm) == -EIO && tdx_init_vm(me, x->vm) == -EIO);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x) && tdx_terminate_vm(me, x->vm) == -EBADF);
}

static void test_terminate(void **state)
{
	struct kx x;

	td_init_built(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", terminate_main);
	kx_finish(&x);
}

/* More vCPUs than a task can hold locks: any that runs is in the way. */
static void many_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct mutex *last = &vm_vcpu(x->vm, x->nr_vcpus - 1)->mutex;

	kx_wait(me, x);
	mutex_lock(me, last);
	KX_CHECK(x, tdx_terminate_vm(me, x->vm) == -EBUSY && !vm_dead(x->vm) && me->nr_held == 1);
	mutex_unlock(me, last);
	KX_CHECK(x, tdx_terminate_vm(me, x->vm) == 0 && !me->nr_held);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x));
}

static void test_many_vcpus(void **state)
{
	struct kx x;

	td_init_built(&x);
	x.nr_vcpus = 100;
	x.mcfg.checks = false;
	kx_start(&x);
	kx_vmm(&x, "vmm", many_main);
	kx_finish(&x);
}

/* --- two TDs end at once: the module's global locks are never BUSY --- */

static void end_one(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = vm_by_name(x->m, me->name);

	kx_wait(me, x);
	KX_CHECK(x, vm_close(me, vm) == 0 && !vm_bugged(vm));
}

static void two_setup(struct task *me, struct kx *x)
{
	build_setup(me, x);
	KX_CHECK(x, tdx_build_vm(me, vm_by_name(x->m, "vm2")) == 0);
}

static void test_two_ends(void **state)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		struct kx x;

		td_init_built(&x);
		x.cfg.sched = SCHED_RANDOM;
		x.cfg.seed = seed;
		x.setup = two_setup;
		kx_start(&x);
		vm_create(x.m, "vm2", VM_TDX, x.mm, 1);
		kx_vmm(&x, "vm", end_one);
		kx_vmm(&x, "vm2", end_one);
		kx_run(&x);
		kx_assert_clean(&x);
		assert_true(td_gone(&x));
		sim_destroy(x.sim);
	}
}

/* --- the order of the end --- */

static void order_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tdx_module *mod = td_host(x)->mod;
	const struct tdx_leaf_stat *st = mod->stat;

	kx_wait(me, x);
	vm_close(me, x->vm);
	KX_CHECK(x, st[TDX_LEAF_VP_FLUSH].calls == 2 && !st[TDX_LEAF_VP_FLUSH].errors);
	KX_CHECK(x, st[TDX_LEAF_MNG_VPFLUSHDONE].calls == 1);
	KX_CHECK(x, st[TDX_LEAF_PHYMEM_CACHE_WB].calls == 2);
	KX_CHECK(x, st[TDX_LEAF_MNG_KEY_FREEID].calls == 1);
	KX_CHECK(x, st[TDX_LEAF_PHYMEM_PAGE_RECLAIM].calls == TD_FRAMES(2));
	KX_CHECK(x, st[TDX_LEAF_PHYMEM_PAGE_WBINVD].calls == 1); /* the TDR */
	KX_CHECK(x, td_gone(x));
}

static void test_calls_of_the_end(void **state)
{
	struct kx x;

	td_init_built(&x);
	x.cfg.lock_stat = true;
	kx_start(&x);
	kx_vmm(&x, "vmm", order_main);
	kx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end_fails),
		cmocka_unit_test(test_terminate),
		cmocka_unit_test(test_many_vcpus),
		cmocka_unit_test(test_two_ends),
		cmocka_unit_test(test_calls_of_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
