// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_tdx_populate.c - a TD's initial memory: copied, measured, and given back.
 */
#include "tests/unit/td_fixture.h"

#define NR 4u

static hva_t source(struct task *me, struct kx *x, u8 byte)
{
	hva_t src = 0;

	KX_CHECK(x, !sys_mmap_flags(me, NULL, 0, PG(NR), PROT_READ | PROT_WRITE, MAP_PRIVATE,
				    &src));
	KX_CHECK(x, !host_access(me, src, PG(NR), true, byte, NULL));
	return src;
}

static void private_setup(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	if (x->mcfg.kernel == KERNEL_MAINLINE)
		KX_CHECK(x, !vm_set_mem_attributes(me, x->vm, KX_GPA, PG(x->pages),
						   MEMORY_ATTRIBUTE_PRIVATE));
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0);
}

static void tp_init(struct kx *x, enum kernel_design kernel, bool dynamic)
{
	td_init(x);
	x->setup = private_setup;
	x->cfg.lock_stat = true;
	x->mcfg.kernel = kernel;
	x->mcfg.tdx.dynamic_pamt = dynamic;
}

static u64 calls(const struct kx *x, enum tdx_leaf_index leaf)
{
	return td_host(x)->mod->stat[leaf].calls;
}

static enum sept_state state_of(const struct kx *x, u64 page, pfn_t *pfn)
{
	int level;

	*pfn = 0;
	return tdx_walk_sept(tdx_td_find(td_host(x)->mod, x->vm->tdx->tdr), KX_GPA + PG(page),
			     &level, pfn);
}

/* --- it works --- */

static void works_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm_tdx *tdx = x->vm->tdx;
	hva_t src;
	pfn_t pfn;

	kx_wait(me, x);
	src = source(me, x, 0x5a);
	KX_CHECK(x, tdx_init_mem_region(me, x->vm, KX_GPA, PG(NR), src, true) == NR);
	KX_CHECK(x, !tdx->nr_premapped && !vm_dead(x->vm));
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_ADD) == NR);
	KX_CHECK(x, calls(x, TDX_LEAF_MR_EXTEND) == NR * 16);
	for (u32 i = 0; i < NR; i++) {
		KX_CHECK(x, state_of(x, i, &pfn) == SEPT_MAPPED && pfn);
		KX_CHECK(x, page_content(x->m->folios, pfn).byte == 0x5a &&
				    page_content(x->m->folios, pfn).owner ==
					    tdx->params.content_owner);
	}
	/* not measured */
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA + PG(8), PG(1), src) == 1);
	KX_CHECK(x, calls(x, TDX_LEAF_MR_EXTEND) == NR * 16);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA + PG(9), PG(1), src) == -EINVAL);
	gmem_close(me, x->gmem);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x));
}

static void works(enum kernel_design kernel, bool dynamic)
{
	struct kx x;

	tp_init(&x, kernel, dynamic);
	kx_start(&x);
	kx_vmm(&x, "vmm", works_main);
	kx_finish(&x);
}

static void test_works(void **state)
{
	works(KERNEL_INPLACE, false);
	works(KERNEL_INPLACE, true);
	works(KERNEL_MAINLINE, false);
	works(KERNEL_MAINLINE, true);
}

/* In place, what is in the page is what is added. */
static void in_place_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	pfn_t pfn;

	kx_wait(me, x);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(1), 0) == 1);
	KX_CHECK(x, state_of(x, 0, &pfn) == SEPT_MAPPED);
	KX_CHECK(x, page_content(x->m->folios, pfn).state == CONTENT_ZERO);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
}

static void no_source_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(1), 0) == -EOPNOTSUPP);
	KX_CHECK(x, !x->vm->tdx->nr_premapped && tdx_finalize_vm(me, x->vm) == 0);
}

static void test_without_source(void **state)
{
	struct kx x;

	tp_init(&x, KERNEL_INPLACE, false);
	kx_start(&x);
	kx_vmm(&x, "vmm", in_place_main);
	kx_finish(&x);
	tp_init(&x, KERNEL_MAINLINE, false);
	kx_start(&x);
	kx_vmm(&x, "vmm", no_source_main);
	kx_finish(&x);
}

/* --- it is refused --- */

static void early_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	hva_t src = source(me, x, 1);

	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(1), src) == -EINVAL);
	KX_CHECK(x, tdx_init_vm(me, x->vm) == 0);
	KX_CHECK(x, tdx_create_vcpu(me, vm_vcpu(x->vm, 0)) == 0);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(1), src) == -EINVAL);
	KX_CHECK(x, tdx_init_vcpu(me, vm_vcpu(x->vm, 0)) == 0);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA + 1, PG(1), src) == -EINVAL);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, 0, src) == -EINVAL);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(1), src) == -EINVAL); /* no slot */
}

static void test_refused(void **state)
{
	struct kx x;

	td_init(&x);
	x.setup = td_no_setup;
	kx_start(&x);
	kx_vmm(&x, "vmm", early_main);
	kx_finish(&x);
}

/* --- each step fails --- */

struct fail_case {
	const char *site;
	u32 nth;
	s64 ret; /* of populating NR pages */
	bool bugged;
	u32 premapped; /* a leaf without its page is left */
	bool dynamic;
};

static const struct fail_case cases[] = {
	{ "seamcall_mem_page_add", 1, -EBUSY, false, 1, false },
	{ "seamcall_mem_page_add", 3, 2, false, 1, false },
	/* a table is linked at the next try */
	{ "seamcall_mem_sept_add", 1, NR, false, 0, false },
	{ "external_link_busy", 2, NR, false, 0, false },
	{ "external_map_busy", 1, NR, false, 0, false },
	{ "seamcall_mr_extend", 1, -EIO, false, 0, false },
	{ "seamcall_mr_extend", 16 + 5, 1, false, 0, false },
	{ "mmu_external_cache", 1, -ENOMEM, false, 0, false },
	{ "mmu_cache", 1, -ENOMEM, false, 0, false },
	{ "populate_signal", 1, -EINTR, false, 0, false },
	{ "kill_vcpu_mutex", 2, -EINTR, false, 0, false },
	{ "tdx_pamt_page", 1, -ENOMEM, false, 0, true },
	{ "seamcall_mem_page_add", 2, 1, false, 1, true },
};

static void fail_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct fail_case *c = x->priv;
	u32 done;
	hva_t src;

	kx_wait(me, x);
	src = source(me, x, 0x33);
	td_fail(me, c->site, c->nth);
	x->ret[0] = tdx_init_mem_region(me, x->vm, KX_GPA, PG(NR), src, true);
	KX_CHECK(x, td_failed(me));
	me->sigpending = 0;
	KX_CHECK(x, vm_bugged(x->vm) == c->bugged);
	KX_CHECK(x, (u64)x->vm->tdx->nr_premapped == c->premapped);
	if (c->premapped) {
		KX_CHECK(x, tdx_finalize_vm(me, x->vm) == -EINVAL);
		/* the rest; what has its leaf is added now */
		done = x->ret[0] > 0 ? (u32)x->ret[0] : 0;
		KX_CHECK(x, vm_populate(me, x->vm, KX_GPA + PG(done), PG(NR - done), src) ==
				    NR - done);
	}
	KX_CHECK(x, !x->vm->tdx->nr_premapped && tdx_finalize_vm(me, x->vm) == 0);
	gmem_close(me, x->gmem);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x) && !x->vm->tdx->nr_leaked);
}

static void test_each_step_fails(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kx x;

		tp_init(&x, KERNEL_INPLACE, cases[i].dynamic);
		x.priv = (void *)&cases[i];
		kx_start(&x);
		kx_vmm(&x, "vmm", fail_main);
		kx_run(&x);
		if (x.ret[0] != cases[i].ret)
			print_error("%s:%u\n", cases[i].site, cases[i].nth);
		assert_int_equal(x.ret[0], cases[i].ret);
		kx_assert_clean(&x);
		sim_destroy(x.sim);
	}
}

/* --- a leaf whose page was never added is zapped (facts R14) --- */

static void premap_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	hva_t src;

	kx_wait(me, x);
	src = source(me, x, 0x33);
	td_fail(me, "seamcall_mem_page_add", 2);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(2), src) == 1 && td_failed(me));
	KX_CHECK(x, x->vm->tdx->nr_premapped == 1);
	KX_CHECK(x, gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, PG(2)) ==
			    0);
	KX_CHECK(x, !x->vm->tdx->nr_premapped && !vm_dead(x->vm));
	/* before the TD runs, nothing is tracked */
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_RANGE_BLOCK) == 2 && !calls(x, TDX_LEAF_MEM_TRACK));
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) == 1);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
	gmem_close(me, x->gmem);
	vm_close(me, x->vm);
	KX_CHECK(x, td_gone(x));
}

static void test_premapped_is_zapped(void **state)
{
	for (int dynamic = 0; dynamic < 2; dynamic++) {
		struct kx x;

		tp_init(&x, KERNEL_INPLACE, dynamic);
		kx_start(&x);
		kx_vmm(&x, "vmm", premap_main);
		kx_finish(&x);
	}
}

/* --- the two ways to end --- */

static void end_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	bool terminate = x->priv != NULL;
	u64 reclaimed;
	hva_t src;

	kx_wait(me, x);
	src = source(me, x, 0x44);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(NR), src) == NR);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
	x->count[1] = td_frames(x);
	KX_CHECK(x, x->count[1] == TD_FRAMES(2) + NR + 3);
	if (terminate)
		KX_CHECK(x, tdx_terminate_vm(me, x->vm) == 0);
	gmem_close(me, x->gmem);
	KX_CHECK(x, td_frames(x) == x->count[1] - NR);
	reclaimed = calls(x, TDX_LEAF_PHYMEM_PAGE_RECLAIM);
	if (terminate) {
		/* the HKID has gone first, and each page is only reclaimed */
		KX_CHECK(x, !calls(x, TDX_LEAF_MEM_RANGE_BLOCK) && !calls(x, TDX_LEAF_MEM_TRACK));
		KX_CHECK(x, !calls(x, TDX_LEAF_MEM_PAGE_REMOVE) && reclaimed == NR);
	} else {
		KX_CHECK(x, calls(x, TDX_LEAF_MEM_RANGE_BLOCK) == NR);
		KX_CHECK(x, calls(x, TDX_LEAF_MEM_TRACK) == NR);
		KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) == NR && !reclaimed);
		KX_CHECK(x, calls(x, TDX_LEAF_PHYMEM_PAGE_WBINVD) == NR);
	}
	vm_close(me, x->vm);
	KX_CHECK(x, !vm_bugged(x->vm) && td_gone(x));
	/* S-EPT pages go like control pages, the TDR last */
	KX_CHECK(x, calls(x, TDX_LEAF_PHYMEM_PAGE_RECLAIM) == reclaimed + TD_FRAMES(2) + 3);
}

static void test_two_ways_to_end(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct kx x;

		tp_init(&x, KERNEL_INPLACE, i & 1);
		x.priv = i & 2 ? &x : NULL;
		kx_start(&x);
		kx_vmm(&x, "vmm", end_main);
		kx_finish(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_works),
		cmocka_unit_test(test_without_source),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_each_step_fails),
		cmocka_unit_test(test_premapped_is_zapped),
		cmocka_unit_test(test_two_ways_to_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
