// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_tdx_sweep.c - a whole TD, with each call of the module and each allocation
 * failing at each of its passes.
 *
 * What has to hold whatever fails: an errno that the caller can give, no finding, and at the end
 * everything is back, unless the VM was bugged or it is a call that gives things back that failed.
 */
#include "tests/unit/td_fixture.h"

#define REGION 512u

struct sweep {
	/* constant */
	bool dynamic, huge, terminate, threads;
	const char *site;
	u32 nth;
	u32 fail_one_in;
	/* written by the task */
	bool hit;
	u32 passes; /* without a failure */
	s64 ret[16];
	u32 nr_ret;
};

/* The step that fails is one for all of the life. */
static s64 did(struct sweep *s, struct kx *x, s64 ret)
{
	KX_CHECK(x, ret >= 0 || ret == -EBUSY || ret == -EIO || ret == -ENOMEM || ret == -EINVAL ||
			    ret == -EEXIST || ret == -ENOTTY || ret == -EOPNOTSUPP ||
			    ret == -EAGAIN || ret == -EINTR);
	if (!s->threads && s->nr_ret < ARRAY_SIZE(s->ret))
		s->ret[s->nr_ret++] = ret;
	return ret;
}

static s64 convert(struct task *me, struct kx *x, u64 page, u64 nr, u64 attrs)
{
	u64 error_offset;

	return gmem_set_attributes(me, x->gmem, PG(page), PG(nr), attrs, &error_offset);
}

static void use_memory(struct task *me, struct kx *x, struct sweep *s)
{
	u64 from = s->huge ? REGION : 4, nr = s->huge ? REGION : 8, done;
	struct vcpu *v0 = vm_vcpu(x->vm, 0);

	did(s, x, vcpu_pre_fault_memory(me, v0, KX_GPA + PG(from), PG(nr), &done));
	did(s, x, convert(me, x, from + 1, 2, 0));
	did(s, x, vcpu_pre_fault_memory(me, v0, KX_GPA, PG(2), &done));
	did(s, x, convert(me, x, from + 1, 1, MEMORY_ATTRIBUTE_PRIVATE));
	did(s, x, vcpu_pre_fault_memory(me, v0, KX_GPA + PG(from + 1), PG(1), &done));
	did(s, x, gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0,
				 (s64)PG(s->huge ? REGION : 2)));
}

static void life_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct sweep *s = x->priv;
	u32 before = s->nth;

	kx_wait(me, x);
	if (s->site)
		td_fail(me, s->site, s->nth);
	did(s, x, tdx_build_vm(me, x->vm));
	did(s, x, tdx_init_mem_region(me, x->vm, KX_GPA, PG(2), 0, true));
	did(s, x, tdx_finalize_vm(me, x->vm));
	use_memory(me, x, s);
	if (s->terminate)
		did(s, x, tdx_terminate_vm(me, x->vm));
	gmem_close(me, x->gmem);
	vm_close(me, x->vm);
	s->hit = !me->fail_site;
	s->passes = before - me->fail_nth;
	me->fail_site = NULL;
}

static void setup(struct task *me, struct kx *x)
{
	const struct sweep *s = x->priv;

	KX_CHECK(x, !gmem_create_order(me, x->vm, (s64)PG(x->pages), x->gmem_flags,
				       s->huge ? 9 : 0, &x->gmem));
	KX_CHECK(x, !kx_slot(me, x, 0, 0, x->pages));
}

static void sweep_init(struct kx *x, struct sweep *s)
{
	td_init(x);
	x->setup = setup;
	x->priv = s;
	x->mcfg.tdx.dynamic_pamt = s->dynamic;
	x->mcfg.tdx_huge_pages = s->huge;
	x->mcfg.kernel = s->huge ? KERNEL_HUGETLB_PLAN : KERNEL_INPLACE;
	if (s->huge) {
		x->gmem_flags = GMEM_FLAG_HUGETLB;
		x->pages = 2 * REGION;
		x->mcfg.hugetlb[0].order = 9;
		x->mcfg.hugetlb[0].nr_huge_pages = 2;
	}
}

/* Those that give something back: what they do not, stays. */
static bool may_leak(const char *site)
{
	return site && (!strcmp(site, "seamcall_phymem_page_reclaim") ||
			!strcmp(site, "seamcall_phymem_pamt_remove"));
}

static void run(struct sweep *s)
{
	struct kx x;

	sweep_init(&x, s);
	kx_start(&x);
	kx_vmm(&x, "vmm", life_main);
	kx_run(&x);
	if (!vm_bugged(x.vm) &&
	    (x.sim->nr_findings || (s->hit && !td_gone(&x) && !may_leak(s->site))))
		print_error("%s:%u%s%s%s\n", s->site ? s->site : "nothing", s->nth,
			    s->dynamic ? " dynamic" : "", s->huge ? " huge" : "",
			    s->terminate ? " terminate" : "");
	/*
	 * A page that a bugged VM's S-EPT still has is freed with its file: since v6.19 KVM has no
	 * reference to mapped pages that would keep it.
	 */
	if (!vm_bugged(x.vm) || kx_findings(&x, "freed-mapped") != x.sim->nr_findings)
		kx_assert_clean(&x);
	if (!vm_bugged(x.vm) && !may_leak(s->site))
		assert_true(td_gone(&x));
	if (!s->hit)
		assert_false(vm_bugged(x.vm));
	sim_destroy(x.sim);
}

static u32 sweep_site(const char *site, const struct sweep *how)
{
	struct sweep s = *how;
	u32 nr = 0;

	s.site = site;
	s.nth = UINT32_MAX;
	run(&s);
	nr = s.passes;
	/* the first ones, and some of the others */
	for (u32 nth = 1; nth <= nr; nth += nth < 8 ? 1 : (nr + 15) / 16) {
		s = *how;
		s.site = site;
		s.nth = nth;
		run(&s);
		assert_true(s.hit);
	}
	return nr;
}

static bool to_sweep(const struct fail_desc *d)
{
	return d->kind == FAIL_SEAMCALL || !strncmp(d->name, "tdx_", 4) ||
	       !strcmp(d->name, "folio_alloc") || !strcmp(d->name, "mmu_external_cache") ||
	       !strcmp(d->name, "split_external_spt");
}

static u32 sweep_all(const struct sweep *how)
{
	u32 nr = 0;

	for (u32 i = 0; i < NR_FAILS; i++)
		nr += to_sweep(&fail_descs[i]) ? sweep_site(fail_descs[i].name, how) != 0 : 0;
	return nr;
}

/* Every answer without a failure is success. */
static void test_nothing_fails(void **state)
{
	for (u32 i = 0; i < 8; i++) {
		struct sweep s = { .dynamic = i & 1, .huge = i & 2, .terminate = i & 4 };

		run(&s);
		for (u32 k = 0; k < s.nr_ret; k++) {
			if (s.ret[k] < 0)
				print_error("%u: answer %u is %lld\n", i, k, (long long)s.ret[k]);
			assert_true(s.ret[k] >= 0);
		}
	}
}

static void at_least(u32 nr, const struct sweep *how)
{
	u32 passed = sweep_all(how);

	if (passed < nr)
		print_error("%u sites\n", passed);
	assert_true(passed >= nr);
}

/* How many sites are passed: those of the module that KVM uses without running a vCPU. */
static void test_4k(void **state)
{
	at_least(25, &(struct sweep){ .dynamic = false });
	at_least(28, &(struct sweep){ .dynamic = true, .terminate = true });
}

static void test_2m(void **state)
{
	at_least(27, &(struct sweep){ .huge = true, .terminate = true });
	at_least(30, &(struct sweep){ .huge = true, .dynamic = true });
}

/* --- beside each other, anything failing by choice --- */

static void crowd_vcpu(struct task *me, struct kx *x, u32 index)
{
	struct sweep *s = x->priv;
	u64 nr = s->huge ? 2 * REGION : 16, done;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++)
		did(s, x, vcpu_pre_fault_memory(me, vm_vcpu(x->vm, index),
						KX_GPA + PG(i % 2 ? nr / 2 : 0), PG(nr / 2),
						&done));
}

static void crowd_v0(struct task *me, void *arg)
{
	crowd_vcpu(me, arg, 0);
}

static void crowd_v1(struct task *me, void *arg)
{
	crowd_vcpu(me, arg, 1);
}

static void crowd_convert(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct sweep *s = x->priv;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		u64 page = i % 2 ? 3 : s->huge ? REGION + 7 : 9;

		did(s, x, convert(me, x, page, 2, i & 2 ? MEMORY_ATTRIBUTE_PRIVATE : 0));
	}
	did(s, x, gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0,
				 (s64)PG(s->huge ? REGION : 8)));
}

static void crowd_setup(struct task *me, struct kx *x)
{
	setup(me, x);
	KX_CHECK(x, !tdx_build_vm(me, x->vm) && !tdx_finalize_vm(me, x->vm));
	me->sim->cfg.fail_one_in = ((const struct sweep *)x->priv)->fail_one_in;
}

static void crowd(struct sweep s, u64 seed)
{
	struct kx x;

	sweep_init(&x, &s);
	x.setup = crowd_setup;
	if (s.threads)
		x.cfg.engine = ENGINE_THREADS;
	else
		x.cfg.sched = SCHED_RANDOM;
	x.cfg.seed = seed;
	kx_start(&x);
	kx_vmm(&x, "v0", crowd_v0);
	kx_vmm(&x, "v1", crowd_v1);
	kx_vmm(&x, "convert", crowd_convert);
	kx_run(&x);
	if (!vm_bugged(x.vm) || kx_findings(&x, "freed-mapped") != x.sim->nr_findings)
		kx_assert_clean(&x);
	if (!s.fail_one_in)
		assert_false(vm_bugged(x.vm));
	sim_destroy(x.sim);
}

static void test_crowd(void **state)
{
	for (u64 seed = 1; seed <= 40; seed++) {
		struct sweep s = { .dynamic = seed & 1, .huge = seed & 2 };

		crowd(s, seed);
		s.fail_one_in = 40;
		crowd(s, seed);
	}
	for (u64 seed = 1; seed <= 4; seed++)
		crowd((struct sweep){ .threads = true, .dynamic = seed & 1, .huge = seed & 2 },
		      seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_fails),
		cmocka_unit_test(test_4k),
		cmocka_unit_test(test_2m),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
