// SPDX-License-Identifier: GPL-2.0-only
/*
 * 2M pages of a TD: mapped, accepted in other sizes, split, taken away in part.
 */
#include "tests/unit/tdrun_fixture.h"
#include "model/kvm/lpage.h"

static u64 calls(const struct kx *x, enum tdx_leaf_index leaf)
{
	return tdx_leaf_stat(td_host(x)->mod, leaf)->calls;
}

static struct tdx_td *td_of(const struct kx *x)
{
	return tdx_td_find(td_host(x)->mod, x->vm->tdx->tdr);
}

static bool is_level(const struct kx *x, u64 page, enum sept_state state, int level)
{
	int at;

	return td_sept(x, KX_GPA + PG(page), &at) == state && at == level &&
	       vm_gpa_leaf_bytes(x->vm, KX_GPA + PG(page)) == PAGE_SIZE << (9 * level);
}

static s64 make_shared(struct task *me, struct kx *x, u64 page, u64 nr)
{
	u64 err;

	return gmem_set_attributes(me, x->gmem, PG(page), PG(nr), 0, &err);
}

static void run(void (*main)(struct task *me, void *arg), enum kernel_design kernel, bool dynamic)
{
	struct kx x;

	td_huge_init(&x, 2 * M2_PAGES);
	x.mcfg.kernel = kernel;
	x.mcfg.tdx.dynamic_pamt = dynamic;
	kx_start(&x);
	kx_vcpu(&x, 0, main);
	td_finish(&x);
}

static void run_all(void (*main)(struct task *me, void *arg))
{
	run(main, KERNEL_HUGETLB_PLAN, false);
	run(main, KERNEL_HUGETLB_PLAN, true);
	run(main, KERNEL_HUGETLB_WIP, true);
}

static void end_of_td(struct task *me, struct kx *x)
{
	KX_CHECK(x, !vm_dead(x->vm));
	KX_CHECK(x, gmem_close(me, x->gmem) == 0 && vm_close(me, x->vm) == 0 && td_gone(x));
}

/* --- accepting --- */

/* As Linux: in 2M, which KVM maps so, and nothing needs splitting. */
static void linux_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct accept_info acc;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(2 * M2_PAGES), 0, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_2m == 2 && acc.accepted_pages == 2 * M2_PAGES && !acc.mismatches);
	KX_CHECK(x, is_level(x, 5, SEPT_MAPPED, TDX_LEVEL_2M));
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_AUG) == 2 && !calls(x, TDX_LEAF_MEM_TRACK));
	/* 4K of it: accepted */
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(3), PG_LEVEL_4K, NULL, &acc) == 0);
	KX_CHECK(x, acc.already_pages == 3 && !calls(x, TDX_LEAF_MEM_PAGE_DEMOTE));
	end_of_td(me, x);
}

/* In 4K first: nothing is there to split, but from then on it is mapped in 4K. */
static void small_first_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct memory_slot *slot;
	struct accept_info acc;

	kx_wait(me, x);
	slot = gfn_to_memslot(me, x->vm, GFN(0));
	KX_CHECK(x, guest_accept(me, KX_GPA + PG(7), PG(1), 0, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages == 1 && is_level(x, 7, SEPT_MAPPED, TDX_LEVEL_4K));
	KX_CHECK(x, !calls(x, TDX_LEAF_MEM_PAGE_DEMOTE) && vm_vcpu(x->vm, 0)->nr_faults == 1);
	KX_CHECK(x, hugepage_test_guest_inhibit(me, slot, GFN(7), PG_LEVEL_2M));
	KX_CHECK(x, !hugepage_test_guest_inhibit(me, slot, GFN(M2_PAGES), PG_LEVEL_2M));
	/* 2M over the table: the guest is told, without an exit, and takes 4K */
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, &acc) == 0);
	KX_CHECK(x, acc.mismatches == 1 && !acc.accepted_2m && acc.already_pages == 1);
	KX_CHECK(x, acc.accepted_pages == M2_PAGES - 1);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), PG_LEVEL_2M, NULL, &acc) ==
			    ACCESS_EXIT_SYSTEM_EVENT);
	end_of_td(me, x);
}

/* Touched first, so mapped in 2M; then the #VE handler wants 4K: split, then never again. */
static void touch_first_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	struct accept_info acc;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(9), 1, true, true, 3, NULL) == 0);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_DEMOTE) == 1 && x->vm->tdx->nr_tracks == 1);
	KX_CHECK(x, vcpu->nr_faults == 2 && !x->vm->tdx->nr_busy_retries);
	KX_CHECK(x, is_level(x, 9, SEPT_MAPPED, TDX_LEVEL_4K));
	KX_CHECK(x, is_level(x, 10, SEPT_PENDING, TDX_LEVEL_4K));
	KX_CHECK(x, guest_accept(me, KX_GPA + PG(10), PG(5), PG_LEVEL_4K, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages == 5 && vcpu->nr_faults == 2);
	/* zapped, it comes back small */
	KX_CHECK(x, make_shared(me, x, 10, 1) == 0);
	KX_CHECK(x, is_level(x, 9, SEPT_MAPPED, TDX_LEVEL_4K));
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(9), 1, true, false, 0, &x->info) == 0 &&
			    x->info.first_byte == 3);
	end_of_td(me, x);
}

static void test_accept(void **state)
{
	run_all(linux_main);
	run_all(small_first_main);
	run_all(touch_first_main);
}

/* --- where there are none --- */

static void limits_setup(struct task *me, struct kx *x)
{
	const struct tdp_external_ops *ops = x->vm->external_ops;

	KX_CHECK(x, ops->gmem_max_mapping_level(x->vm, 0, true) == PG_LEVEL_4K);
	KX_CHECK(x, ops->gmem_max_mapping_level(x->vm, 0, false) == 0);
	td_setup_huge(me, x);
}

static void limits_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct tdp_external_ops *ops = x->vm->external_ops;
	bool huge = x->mcfg.tdx_huge_pages;
	struct accept_info acc;

	kx_wait(me, x);
	KX_CHECK(x, ops->gmem_max_mapping_level(x->vm, 0, true) ==
			    (huge ? PG_LEVEL_2M : PG_LEVEL_4K));
	/* with mmu_lock for read the module is not even asked */
	KX_CHECK(x, ops->split_external_spte(me, x->vm, GFN(0), 0, PG_LEVEL_2M, NULL, true) ==
			    -EOPNOTSUPP);
	KX_CHECK(x, !calls(x, TDX_LEAF_MEM_RANGE_BLOCK) && !vm_dead(x->vm));
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages == M2_PAGES && acc.accepted_2m == huge);
	/* the first one is mapped in 4K, so the guest finds a table */
	KX_CHECK(x, acc.mismatches == !huge && calls(x, TDX_LEAF_MEM_TRACK) == 0);
}

static void test_limits(void **state)
{
	for (int huge = 0; huge < 2; huge++) {
		struct kx x;

		td_huge_init(&x, M2_PAGES);
		x.mcfg.tdx_huge_pages = huge;
		x.setup = limits_setup;
		kx_start(&x);
		kx_vcpu(&x, 0, limits_main);
		td_finish(&x);
	}
}

/* --- a kick in the middle of 512 pages --- */

static void long_accept_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct accept_info acc;

	kx_wait(me, x);
	store_release(x->count[0], 1ull);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, &acc) == 0);
	KX_CHECK(x, acc.accepted_2m == 1 && vm_vcpu(x->vm, 0)->nr_kicks >= 3);
	/* it went on where it was: no page was zeroed twice */
	KX_CHECK(x, sim_now(me) < M2_PAGES * 1000 + 20000);
	store_release(x->count[0], 2ull);
}

static void kicker_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 4; i++) {
		sim_ns start_ns;

		sim_sleep(me, 100500);
		start_ns = sim_now(me);
		KX_CHECK(x, x->count[0] == 1);
		KX_CHECK(x, make_all_cpus_request(me, x->vm, REQ_OUTSIDE_GUEST_MODE) == 1);
		KX_CHECK(x, sim_now(me) - start_ns <= 2 * 1000 + 3000);
	}
}

static void test_accept_kicked(void **state)
{
	struct kx x;

	td_huge_init(&x, M2_PAGES);
	x.mcfg.costs.dist[COST_tdx_accept_page] = (struct sim_dist){ .a_ns = 1000 };
	x.mcfg.costs.dist[COST_tdx_td_exit] = (struct sim_dist){ .a_ns = 3000 };
	kx_start(&x);
	kx_vcpu(&x, 0, long_accept_main);
	kx_vmm(&x, "kicker", kicker_main);
	td_finish(&x);
}

/* --- taking a part away --- */

static void part_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 removes;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(2 * M2_PAGES), 0, NULL, NULL) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(2 * M2_PAGES), true, true, 6, NULL) == 0);
	removes = calls(x, TDX_LEAF_MEM_PAGE_REMOVE);
	KX_CHECK(x, make_shared(me, x, 100, 3) == 0);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_DEMOTE) == 1);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) - removes == 3);
	KX_CHECK(x, x->vm->tdx->nr_tracks == 4);
	KX_CHECK(x, !vm_gpa_mapped(x->vm, KX_GPA + PG(100)));
	KX_CHECK(x, is_level(x, 99, SEPT_MAPPED, TDX_LEVEL_4K));
	KX_CHECK(x, is_level(x, M2_PAGES, SEPT_MAPPED, TDX_LEVEL_2M));
	/* the rest keeps what was in it, without another fault */
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(100), true, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.first_byte == 6 && !x->info.other_page);
	KX_CHECK(x, vm_vcpu(x->vm, 0)->nr_faults == 2);
	/* a whole one goes in one piece, written back page by page */
	removes = calls(x, TDX_LEAF_MEM_PAGE_REMOVE);
	x->count[0] = calls(x, TDX_LEAF_PHYMEM_PAGE_WBINVD);
	KX_CHECK(x, make_shared(me, x, M2_PAGES, M2_PAGES) == 0);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) - removes == 1);
	KX_CHECK(x, calls(x, TDX_LEAF_PHYMEM_PAGE_WBINVD) - x->count[0] == M2_PAGES);
	KX_CHECK(x, x->vm->tdx->nr_tracks == 5);
	end_of_td(me, x);
}

static void test_part(void **state)
{
	run_all(part_main);
}

/* --- refusals --- */

/* Let the 2M PAMT entry go as soon as KVM keeps vCPUs out for its second try. */
static void holder_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	while (!READ_ONCE(me, x->vm->tdx->obj, x->vm->tdx->wait_for_sept_zap)) {
		if (load_acquire(x->count[7]))
			return;
		sim_cost(me, 1);
	}
	sharex_release_word(me, x->priv, TDX_SHARED);
}

static void demote_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct pamt_entry *e;
	int level;
	pfn_t pfn;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, NULL) == 0);
	tdx_walk_sept(td_of(x), KX_GPA, &level, &pfn);
	e = pamt_entry(me, td_host(x)->mod, pfn, TDX_LEVEL_2M);
	x->priv = &e->lock;
	KX_CHECK(x, sharex_try_word(me, &e->lock, TDX_SHARED, true));
	make_shared(me, x, 5, 1);
	store_release(x->count[7], 1ull);
	KX_CHECK(x, x->vm->tdx->nr_busy_retries == 1);
	if (x->count[0]) {
		KX_CHECK(x, vm_bugged(x->vm) &&
				    !strcmp(x->vm->bugged_why, "TDH.MEM.PAGE.DEMOTE failed"));
		return;
	}
	KX_CHECK(x, !vm_dead(x->vm) && calls(x, TDX_LEAF_MEM_PAGE_DEMOTE) == 2);
	KX_CHECK(x, is_level(x, 4, SEPT_MAPPED, TDX_LEVEL_4K));
}

static void demote(bool twice)
{
	struct kx x;

	td_huge_init(&x, 2 * M2_PAGES);
	x.mcfg.checks = !twice;
	x.count[0] = twice;
	/* time for the holder */
	x.mcfg.costs.dist[COST_vcpu_request] = (struct sim_dist){ .a_ns = 1000 };
	kx_start(&x);
	kx_vcpu(&x, 0, demote_main);
	if (!twice) {
		kx_vmm(&x, "holder", holder_main);
		td_finish(&x);
		return;
	}
	sim_run(x.sim);
	assert_null(x.failed);
	sim_destroy(x.sim);
}

static void test_demote_busy(void **state)
{
	demote(false);
	demote(true);
}

/* INTERRUPTED_RESTARTABLE: what modules before 1.5.28 answer.  KVM does not try again. */
static void interrupted_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(M2_PAGES), 0, NULL, NULL) == 0);
	td_fail(me, "seamcall_mem_page_demote", 1);
	make_shared(me, x, 5, 1);
	KX_CHECK(x, td_failed(me) && vm_bugged(x->vm) && !x->vm->tdx->nr_busy_retries);
}

static void test_interrupted(void **state)
{
	struct kx x;

	td_huge_init(&x, 2 * M2_PAGES);
	x.mcfg.checks = false;
	kx_start(&x);
	kx_vcpu(&x, 0, interrupted_main);
	sim_run(x.sim);
	assert_null(x.failed);
	sim_destroy(x.sim);
}

/* No memory for the table: the guest tries again, or (WIP) for ever until there is some. */
static void no_memory_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	s64 r;

	kx_wait(me, x);
	guest_set_ve_policy(x->vm, TDX_VE_DIE);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, true, true, 3, NULL) == ACCESS_EXIT_SYSTEM_EVENT);
	KX_CHECK(x, is_level(x, 0, SEPT_PENDING, TDX_LEVEL_2M));
	td_fail(me, "split_external_spt", 1);
	r = guest_accept(me, KX_GPA, PG(1), PG_LEVEL_4K, NULL, NULL);
	KX_CHECK(x, td_failed(me));
	if (x->mcfg.kernel == KERNEL_HUGETLB_PLAN) {
		KX_CHECK(x, r == -ENOMEM && is_level(x, 0, SEPT_PENDING, TDX_LEVEL_2M));
		r = guest_accept(me, KX_GPA, PG(1), PG_LEVEL_4K, NULL, NULL);
	}
	KX_CHECK(x, r == 0 && is_level(x, 0, SEPT_MAPPED, TDX_LEVEL_4K));
	end_of_td(me, x);
}

static void test_no_memory(void **state)
{
	run_all(no_memory_main);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_accept_kicked),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_demote_busy),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
