// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of 2M and 1G pages from the guest's side: how large the leaves are that faults and
 * prefaults make, what conversions and holes leave of them, what failures of the split come to.
 */
#include "tests/unit/gmem_fixture.h"

#define M2   512ull
#define G1   (512ull * 512ull)
#define O2M  9
#define O1G  18
#define S4K  4096
#define S2M  (2 << 20)
#define S1G  (1 << 30)

static const enum kernel_design kernels[] = { KERNEL_HUGETLB_WIP, KERNEL_HUGETLB_PLAN };

static struct gx_cfg huge(enum kernel_design kernel, u32 order, u64 nr_huge)
{
	return (struct gx_cfg){
		.kernel = kernel,
		.type = VM_SW_PROTECTED,
		.flags = GMEM_FLAG_MMAP,
		.nr_pages = nr_huge << order,
		.page_order = order,
	};
}

#define BOTH(order, nr_huge, fn, ...)                                                     \
	do {                                                                              \
		for (u32 k_ = 0; k_ < ARRAY_SIZE(kernels); k_++)                          \
			GX_CASE(huge(kernels[k_], order, nr_huge), 0, fn, __VA_ARGS__);   \
	} while (0)

static s64 leaf(struct task *me, struct gx *x, u64 page)
{
	return gx_ret(me, x, (s64)vm_gpa_leaf_bytes(x->vm, PG(page)));
}

static u64 faults(const struct gx *x)
{
	return vm_vcpu(x->vm, 0)->nr_faults;
}

/* --- faults --- */

/* One fault for all of a huge page. */
static void fault_body(struct task *me, struct gx *x)
{
	u64 last = x->cfg.nr_pages - 1;

	gx_ret(me, x, gx_guest_write(me, x, 5, true, 1));
	gx_ret(me, x, gx_guest_write(me, x, 300, true, 2));
	gx_ret(me, x, (s64)faults(x));
	leaf(me, x, 300);
	leaf(me, x, last);
	gx_ret(me, x, gx_guest_read(me, x, 300, true));
	gx_ret(me, x, gx_guest_write(me, x, last, true, 3));
	leaf(me, x, last);
	gx_ret(me, x, gx_guest_read(me, x, 5, true));
}

static void test_faults(void **state)
{
	BOTH(O2M, 2, fault_body, 0, 0, 1, S2M, 0, 2, 0, S2M, 1);
	BOTH(O1G, 1, fault_body, 0, 0, 1, S1G, S1G, 2, 0, S1G, 1);
}

/* Each step is as long as the leaf it finds or makes. */
static void prefault_body(struct task *me, struct gx *x)
{
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	u64 done, size = PG(x->cfg.nr_pages);

	gx_ret(me, x, vcpu_pre_fault_memory(me, vcpu, PG(7), PG(1), &done));
	gx_ret(me, x, (s64)(done >> PAGE_SHIFT));
	leaf(me, x, 0);
	gx_ret(me, x, vcpu_pre_fault_memory(me, vcpu, PG(7), size - PG(7), &done));
	gx_ret(me, x, done == size - PG(7));
	leaf(me, x, x->cfg.nr_pages - 1);
	/* a page that is small by now */
	gx_ret(me, x, gx_convert(me, x, 1, 1, false));
	gx_ret(me, x, vcpu_pre_fault_memory(me, vcpu, 0, PG(512), &done));
	gx_ret(me, x, (s64)(done >> PAGE_SHIFT));
	leaf(me, x, 1);
}

static void test_prefault(void **state)
{
	BOTH(O2M, 2, prefault_body, 0, 1, S2M, 0, 1, S2M, 0, 0, 512, S4K);
	BOTH(O1G, 1, prefault_body, 0, 1, S1G, 0, 1, S1G, 0, 0, 512, S4K);
}

/* --- conversions and holes --- */

/* Private memory around the part that becomes shared stays mapped, in pieces as large as fit. */
static void convert_body(struct task *me, struct gx *x)
{
	gx_guest_write(me, x, 0, true, 1);
	gx_ret(me, x, gx_convert(me, x, 300, 1, false));
	leaf(me, x, 0);
	leaf(me, x, 300);
	leaf(me, x, 511);
	leaf(me, x, 512);
	gx_ret(me, x, (s64)faults(x));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_guest_write(me, x, 300, false, 2));
	leaf(me, x, 300);
	gx_ret(me, x, gx_convert(me, x, 300, 1, true));
	leaf(me, x, 300);
	leaf(me, x, 299);
	/* the fault finds one folio again, and replaces the tables by one leaf */
	gx_ret(me, x, gx_guest_write(me, x, 300, true, 3));
	leaf(me, x, 0);
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
}

static void test_convert(void **state)
{
	BOTH(O2M, 1, convert_body, 0, S4K, 0, S4K, 0, 1, 1, 0, S4K, 0, 0, S4K, 0, S2M, 1);
	BOTH(O1G, 1, convert_body, 0, S4K, 0, S4K, S2M, 1, 1, 0, S4K, 0, 0, S4K, 0, S1G, 1);
}

/* As in a TD: what is unmapped is lost, so small leaves are not taken out for a large one. */
static void no_merge_body(struct task *me, struct gx *x)
{
	vm_set_private_zap(x->vm, true);
	gx_guest_write(me, x, 0, true, 1);
	gx_ret(me, x, gx_convert(me, x, 300, 1, false));
	gx_ret(me, x, gx_convert(me, x, 300, 1, true));
	gx_ret(me, x, gx_guest_write(me, x, 300, true, 2));
	leaf(me, x, 300);
	leaf(me, x, 0);
	leaf(me, x, 1024);
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
}

static void test_no_merge(void **state)
{
	BOTH(O1G, 1, no_merge_body, 0, 0, 0, S4K, S4K, S2M, 1);
}

/* Whole huge pages need no split, and what is next to them is not touched. */
static void whole_body(struct task *me, struct gx *x)
{
	u64 huge_pages = 1ull << x->cfg.page_order;

	for (u64 i = 0; i < 3; i++)
		gx_guest_write(me, x, i * huge_pages, true, 1);
	gx_ret(me, x, gx_convert(me, x, huge_pages, huge_pages, false));
	gx_ret(me, x, (s64)x->vm->nr_splits);
	leaf(me, x, huge_pages - 1);
	leaf(me, x, huge_pages);
	leaf(me, x, 2 * huge_pages);
	gx_ret(me, x, gx_punch(me, x, 2 * huge_pages, huge_pages));
	leaf(me, x, 2 * huge_pages);
	gx_ret(me, x, (s64)x->vm->nr_splits);
}

static void test_whole_huge_pages(void **state)
{
	BOTH(O2M, 3, whole_body, 0, 0, S2M, 0, S2M, 0, 0, 0);
	BOTH(O1G, 3, whole_body, 0, 0, S1G, 0, S1G, 0, 0, 0);
}

/* A slot whose addresses or offset do not fit has small leaves, over folios of any size. */
static void misfit_body(struct task *me, struct gx *x)
{
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 1, PG(G1 + M2), PG(2 * M2), x->f, 0, 0));
	gx_ret(me, x, guest_touch(me, PG(G1 + M2), 1, true, true, 1, NULL));
	leaf(me, x, G1 + M2);
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 1, 0, 0, NULL, 0, 0));
	leaf(me, x, G1 + M2);
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 1, PG(G1 + 1), PG(M2), x->f, 0, PG(1)));
	gx_ret(me, x, guest_touch(me, PG(G1 + 6), 1, true, true, 0, NULL));
	leaf(me, x, G1 + 6);
	leaf(me, x, G1 + 7);
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 1, 0, 0, NULL, 0, 0));
	leaf(me, x, G1 + 6);
}

static void test_slots_that_do_not_fit(void **state)
{
	for (u32 k = 0; k < ARRAY_SIZE(kernels); k++) {
		struct gx_cfg cfg = huge(kernels[k], O1G, 1);

		cfg.no_slot = true;
		/* 2M inside a 1G page at another place: 2M leaves */
		GX_CASE(cfg, 0, misfit_body, 0, 0, S2M, 0, 0, 0, 0, S4K, 0, 0, 0);
	}
}

/* --- failures --- */

/* The split has no memory: the page stays private, and as it was. */
static void enomem_body(struct task *me, struct gx *x)
{
	gx_guest_write(me, x, 0, true, 1);
	me->fail_site = "split_sp";
	me->fail_nth = x->cfg.page_order == O1G ? 2 : 1;
	gx_ret(me, x, gx_convert(me, x, 300, 1, false));
	me->fail_site = NULL;
	leaf(me, x, 300);
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_read(me, x, 300));
	gx_ret(me, x, gx_convert(me, x, 300, 1, false));
	leaf(me, x, 300);
}

static void test_enomem(void **state)
{
	for (u32 i = 0; i < 4; i++) {
		u32 order = i & 1 ? O1G : O2M;
		struct gx *x = gx_new(huge(kernels[i / 2], order, 1));

		gx_actor(x, 0, enomem_body);
		gx_run(x);
		/* the December tree hands the 1 of a bool to user space */
		GX_EXPECT(x, i < 2 ? 1 : -ENOMEM, S2M, 1, ACCESS_SIGBUS, 0, 0);
		assert_int_equal(gx_found(x, "errno"), i < 2);
		assert_int_equal(x->sim->nr_findings, i < 2);
		gx_free(x);
	}
}

/* --- everybody at once --- */

static void toucher(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 6; i++) {
		guest_touch(me, PG(i % 2 * 299), 3, true, i % 3, (u8)i, NULL);
		machine_check_op(me);
	}
}

static void converter(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 4; i++) {
		gx_convert(me, x, 300, 1, i % 2);
		machine_check_op(me);
	}
}

/* The announced order: nothing is found, whoever comes when. */
static void race(enum engine_kind engine, u64 seed)
{
	struct gx_cfg cfg = huge(KERNEL_HUGETLB_PLAN, O2M, 1);
	struct gx *x;

	cfg.engine = engine;
	cfg.sched = SCHED_RANDOM;
	cfg.seed = seed;
	cfg.nr_vcpus = 2;
	x = gx_new(cfg);
	gx_actor(x, 0, toucher);
	gx_actor(x, 1, toucher);
	gx_actor(x, -1, converter);
	gx_run(x);
	gx_silent(x);
	gx_free(x);
}

static void test_races(void **state)
{
	for (u64 seed = 1; seed <= 30; seed++)
		race(ENGINE_VIRTUAL, seed);
}

static void test_races_on_threads(void **state)
{
	for (u64 seed = 1; seed <= 5; seed++)
		race(ENGINE_THREADS, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_prefault),
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_no_merge),
		cmocka_unit_test(test_whole_huge_pages),
		cmocka_unit_test(test_slots_that_do_not_fit),
		cmocka_unit_test(test_enomem),
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_races_on_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
