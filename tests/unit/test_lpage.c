// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in a slot no huge page may be mapped: alignment, mixed attributes, the guest's wish; and
 * the level a fault ends up with.
 */
#include "tests/unit/kvm_fixture.h"

#include "model/kvm/lpage.h"

#define M2   512ull
#define G1   (512ull * 512ull)
#define L4K  PG_LEVEL_4K
#define L2M  PG_LEVEL_2M
#define L1G  PG_LEVEL_1G
#define PRIV MEMORY_ATTRIBUTE_PRIVATE

static void setup_no_slot(struct task *me, struct kx *x)
{
}

static void lpage_init(struct kx *x, enum kernel_design kernel)
{
	kx_init(x);
	x->mcfg.kernel = kernel;
	x->setup = setup_no_slot;
}

static const struct memory_slot *slot_at(struct kx *x, gfn_t gfn)
{
	return search_memslots(x->vm->memslots, gfn);
}

/* The highest level for @gfn as far as the slot has a say. */
static int level_at(struct kx *x, gfn_t gfn)
{
	return lpage_max_level(slot_at(x, gfn), gfn, L1G);
}

static s64 add_slot(struct task *me, struct kx *x, u32 id, gfn_t base, u64 npages, u64 hva_page)
{
	return vm_set_memory_region(me, x->vm, id, PG(base), PG(npages), NULL, 0, PG(hva_page));
}

static s64 set_private(struct task *me, struct kx *x, gfn_t gfn, u64 nr, bool private)
{
	return vm_set_mem_attributes(me, x->vm, PG(gfn), PG(nr), private ? PRIV : 0);
}

/* --- alignment --- */

static void align_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, !add_slot(me, x, 0, G1, 2 * G1, 0));
	KX_CHECK(x, level_at(x, G1) == L1G && level_at(x, 3 * G1 - 1) == L1G);
	/* ends inside a huge page: that one is smaller */
	KX_CHECK(x, !add_slot(me, x, 1, 4 * G1 + 3 * M2 + 7, 2 * G1, 3 * M2 + 7));
	KX_CHECK(x, level_at(x, 4 * G1 + 3 * M2 + 7) == L4K);
	KX_CHECK(x, level_at(x, 4 * G1 + 4 * M2 - 1) == L4K);
	KX_CHECK(x, level_at(x, 4 * G1 + 4 * M2) == L2M && level_at(x, 5 * G1 - 1) == L2M);
	KX_CHECK(x, level_at(x, 5 * G1) == L1G && level_at(x, 6 * G1 - 1) == L1G);
	KX_CHECK(x, level_at(x, 6 * G1) == L2M && level_at(x, 6 * G1 + 3 * M2 - 1) == L2M);
	KX_CHECK(x, level_at(x, 6 * G1 + 3 * M2 + 6) == L4K);
	/* host addresses a page off, 2M off, 1G off */
	KX_CHECK(x, !add_slot(me, x, 2, 10 * G1, G1, 1) && level_at(x, 10 * G1 + M2) == L4K);
	KX_CHECK(x, !add_slot(me, x, 3, 12 * G1, G1, M2) && level_at(x, 12 * G1 + M2) == L2M);
	KX_CHECK(x, !add_slot(me, x, 4, 14 * G1, G1, G1) && level_at(x, 14 * G1 + M2) == L1G);
	/* smaller than a huge page */
	KX_CHECK(x, !add_slot(me, x, 5, 16 * G1, 16, 0) && level_at(x, 16 * G1 + 3) == L4K);
	/* asked for less */
	KX_CHECK(x, lpage_max_level(slot_at(x, G1), G1, L2M) == L2M);
	KX_CHECK(x, lpage_max_level(slot_at(x, G1), G1, L4K) == L4K);
	/* a slot that has moved is measured anew; one with other flags is not */
	KX_CHECK(x, !add_slot(me, x, 5, 16 * G1 + M2, 16, 0));
	KX_CHECK(x, !add_slot(me, x, 4, 14 * G1 + M2, G1, G1) && level_at(x, 15 * G1 - 1) == L2M);
	x->count[0] = (uintptr_t)slot_at(x, G1)->lpage_info;
	KX_CHECK(x, !set_memory_region(me, x->vm,
				       &(struct userspace_memory_region2){
					       .slot = 0,
					       .guest_phys_addr = PG(G1),
					       .memory_size = PG(2 * G1),
					       .flags = MEM_LOG_DIRTY_PAGES}));
	KX_CHECK(x, (uintptr_t)slot_at(x, G1)->lpage_info == x->count[0]);
	KX_CHECK(x, level_at(x, G1) == L1G);
	KX_CHECK(x, x->vm->tlb_flushes == 1);
}

static void test_alignment(void **state)
{
	struct kx x;

	lpage_init(&x, KERNEL_MAINLINE);
	kx_start(&x);
	kx_vmm(&x, "vmm", align_main);
	kx_finish(&x);
}

/* --- mixed attributes --- */

static void mixed_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	gfn_t b = G1;

	kx_wait(me, x);
	KX_CHECK(x, !add_slot(me, x, 0, b, G1 + M2 / 2, 0));
	/* inside one 2M page */
	KX_CHECK(x, !set_private(me, x, b + 5, 3, true));
	KX_CHECK(x, level_at(x, b) == L4K && level_at(x, b + 511) == L4K);
	KX_CHECK(x, level_at(x, b + M2) == L2M);
	/* the rest of that page: uniform again, the 1G page is still mixed */
	KX_CHECK(x, !set_private(me, x, b, 5, true) && !set_private(me, x, b + 8, 504, true));
	KX_CHECK(x, level_at(x, b) == L2M && level_at(x, b + M2) == L2M);
	/* from the middle of one page to the middle of another */
	KX_CHECK(x, !set_private(me, x, b + 7 * M2 + 100, 3 * M2, true));
	KX_CHECK(x, level_at(x, b + 7 * M2) == L4K && level_at(x, b + 8 * M2) == L2M);
	KX_CHECK(x, level_at(x, b + 9 * M2) == L2M && level_at(x, b + 10 * M2) == L4K);
	KX_CHECK(x, level_at(x, b + 11 * M2) == L2M);
	/* all of it */
	KX_CHECK(x, !set_private(me, x, b, G1 + M2 / 2, true));
	KX_CHECK(x, level_at(x, b) == L1G && level_at(x, 2 * G1 - 1) == L1G);
	KX_CHECK(x, level_at(x, 2 * G1) == L4K); /* does not fit, whatever its attributes */
	KX_CHECK(x, !set_private(me, x, b + G1 - 1, 1, false));
	KX_CHECK(x, level_at(x, b) == L2M && level_at(x, 2 * G1 - 1) == L4K);
	/* a new slot over old attributes finds them */
	KX_CHECK(x, !kx_slot_delete(me, x, 0) && !add_slot(me, x, 1, b, G1, 0));
	KX_CHECK(x, level_at(x, b) == L2M && level_at(x, 2 * G1 - 1) == L4K);
	KX_CHECK(x, !set_private(me, x, b, G1, false) && level_at(x, b) == L1G);
}

static void test_mixed(void **state)
{
	struct kx x;

	lpage_init(&x, KERNEL_MAINLINE);
	kx_start(&x);
	kx_vmm(&x, "vmm", mixed_main);
	kx_finish(&x);
}

/* The huge pages that the range cuts belong to the invalidation, unless they were mixed before. */
struct cut_case {
	gfn_t start;
	u64 nr;
	gfn_t from, to; /* what is invalidated */
};

static const struct cut_case cut_cases[] = {
	{G1 + 5, 1, G1, 2 * G1},	    /* 4K in 2M in 1G */
	{2 * G1 + M2, M2, 2 * G1, 3 * G1},  /* all of a 2M page */
	{3 * G1, M2 / 2, 3 * G1, 3 * G1 + M2}, /* the slot has no whole 1G page there */
	{G1, 2 * G1, G1, 3 * G1},	    /* nothing is cut */
};

static void cut_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, !add_slot(me, x, 0, G1, 2 * G1 + M2, 0));
	for (u32 i = 0; i < ARRAY_SIZE(cut_cases); i++) {
		const struct cut_case *c = &cut_cases[i];

		KX_CHECK(x, !set_private(me, x, c->start, c->nr, true));
		KX_CHECK(x, x->vm->mmu_invalidate_range_start == c->from);
		KX_CHECK(x, x->vm->mmu_invalidate_range_end == c->to);
		if (i == 0) {
			KX_CHECK(x, !set_private(me, x, G1 + 6, 1, true));
			KX_CHECK(x, x->vm->mmu_invalidate_range_start == G1 + 6);
			KX_CHECK(x, x->vm->mmu_invalidate_range_end == G1 + 7);
		}
		KX_CHECK(x, !set_private(me, x, G1, 2 * G1 + M2, false));
	}
}

static void test_cut_pages_are_invalidated(void **state)
{
	struct kx x;

	lpage_init(&x, KERNEL_MAINLINE);
	kx_start(&x);
	kx_vmm(&x, "vmm", cut_main);
	kx_finish(&x);
}

/* --- the guest's wish, and what a slot costs --- */

static void inhibit_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct memory_slot *slot;
	u64 before;

	kx_wait(me, x);
	before = me->sim->bytes_live;
	KX_CHECK(x, !add_slot(me, x, 0, 0, 1024 * G1, 0));
	slot = (struct memory_slot *)slot_at(x, 0);
	KX_CHECK(x, level_at(x, 777 * G1) == L1G && !slot->lpage_info->level[0].chunk);
	vm_mmu_lock(me, x->vm);
	hugepage_set_guest_inhibit(me, slot, 777 * G1 + 5 * M2, L2M);
	hugepage_set_guest_inhibit(me, slot, 777 * G1 + 5 * M2, L1G);
	vm_mmu_unlock(me, x->vm);
	KX_CHECK(x, hugepage_test_guest_inhibit(me, slot, 777 * G1 + 5 * M2 + 3, L2M));
	KX_CHECK(x, !hugepage_test_guest_inhibit(me, slot, 777 * G1 + 6 * M2, L2M));
	KX_CHECK(x, !hugepage_test_mixed(slot, 777 * G1 + 5 * M2, L2M));
	KX_CHECK(x, level_at(x, 777 * G1 + 5 * M2) == L4K);
	x->count[0] = me->sim->bytes_live - before;
	/* one way: nothing that becomes uniform takes it back */
	KX_CHECK(x, !set_private(me, x, 777 * G1 + 5 * M2 + 1, 1, true));
	KX_CHECK(x, !set_private(me, x, 777 * G1 + 5 * M2 + 1, 1, false));
	KX_CHECK(x, hugepage_test_guest_inhibit(me, slot, 777 * G1 + 5 * M2, L2M));
	KX_CHECK(x, level_at(x, 777 * G1 + 6 * M2) == L2M && level_at(x, 778 * G1) == L1G);
}

static void test_guest_inhibit(void **state)
{
	struct kx x;

	lpage_init(&x, KERNEL_MAINLINE);
	x.cfg.lock_stat = false;
	kx_start(&x);
	kx_vmm(&x, "vmm", inhibit_main);
	kx_run(&x);
	kx_assert_clean(&x);
	assert_in_range(x.count[0], 1, 16 * 1024);
	sim_destroy(x.sim);
}

/* --- the level of a fault --- */

struct adjust_case {
	enum kernel_design kernel;
	enum vm_type type;
	gfn_t gfn;
	int max_level;
	bool is_private, gmem_only, dirty_log;
	int level;
};

static const struct adjust_case adjust_cases[] = {
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, G1 + 600, L1G, true, false, false, L1G},
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, G1 + 600, L2M, true, false, false, L2M},
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, G1 + 600, L4K, true, false, false, L4K},
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, 2 * G1 + 600, L1G, true, false, false, L2M},
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, G1 + 600, L1G, false, true, false, L1G},
	/* through user page tables: 4K */
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, G1 + 600, L1G, false, false, false, L4K},
	{KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, G1 + 600, L1G, true, false, true, L4K},
	/* TDX: nothing before there was support for 2M, and no more than that since */
	{KERNEL_MAINLINE, VM_TDX, G1 + 600, L1G, true, false, false, L4K},
	{KERNEL_HUGETLB_WIP, VM_TDX, G1 + 600, L1G, true, false, false, L2M},
	{KERNEL_HUGETLB_WIP, VM_TDX, G1 + 600, L1G, false, true, false, L1G},
};

static void adjust_main(struct task *me, void *arg)
{
	static const struct tdp_external_ops none;
	struct kx *x = arg;
	const struct adjust_case *c = x->priv;
	struct page_fault fault = {
		.gfn = c->gfn,
		.pfn = (pfn_t)(9 * G1 + c->gfn % G1),
		.is_private = c->is_private,
		.max_level = c->max_level,
		.goal_level = L4K,
	};
	struct memory_slot slot;

	kx_wait(me, x);
	x->vm->external_ops = &none;
	KX_CHECK(x, !add_slot(me, x, 0, G1, G1 + 8 * M2, 0));
	slot = *slot_at(x, G1);
	slot.flags |= c->gmem_only ? MEMSLOT_GMEM_ONLY : 0;
	slot.flags |= c->dirty_log ? MEM_LOG_DIRTY_PAGES : 0;
	fault.slot = &slot;
	mmu_hugepage_adjust(me, x->vm, &fault);
	x->ret[0] = fault.goal_level;
	KX_CHECK(x, fault.pfn ==
			    9 * G1 + ALIGN_DOWN(c->gfn, PAGES_PER_HPAGE(c->level)) % G1);
}

static void test_adjust(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(adjust_cases); i++) {
		const struct adjust_case *c = &adjust_cases[i];
		struct kx x;

		lpage_init(&x, c->kernel);
		x.type = c->type;
		x.priv = (void *)c;
		kx_start(&x);
		kx_vmm(&x, "vmm", adjust_main);
		kx_run(&x);
		if (x.ret[0] != c->level)
			print_error("case %u\n", i);
		assert_int_equal(x.ret[0], c->level);
		kx_assert_clean(&x);
		sim_destroy(x.sim);
	}
}

/* A page at another place in its huge page than the gfn: VM_BUG_ON() in the kernel. */
static void misplaced_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct page_fault fault = {
		.gfn = G1 + 600, .pfn = (pfn_t)G1 + 601, .is_private = true, .max_level = L1G,
		.goal_level = L4K,
	};

	kx_wait(me, x);
	KX_CHECK(x, !add_slot(me, x, 0, G1, G1, 0));
	fault.slot = (struct memory_slot *)slot_at(x, G1);
	mmu_hugepage_adjust(me, x->vm, &fault);
	KX_CHECK(x, fault.goal_level == L4K && fault.pfn == (pfn_t)G1 + 601);
}

static void test_misplaced_page_is_found(void **state)
{
	struct kx x;

	lpage_init(&x, KERNEL_HUGETLB_PLAN);
	kx_start(&x);
	kx_vmm(&x, "vmm", misplaced_main);
	kx_run(&x);
	assert_int_equal(kx_findings(&x, "leaf-folio"), 1);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_cut_pages_are_invalidated),
		cmocka_unit_test(test_guest_inhibit),
		cmocka_unit_test(test_adjust),
		cmocka_unit_test(test_misplaced_page_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
