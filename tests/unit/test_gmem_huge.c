// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of huge pages: creation and reservations (conformance A12, F11 to F13), folios that follow
 * the attributes (F16 to F18), holes (F6, F8, F10), what a pin delays (F5, F9, F20), zeroing.
 *
 * Most cases use huge pages of four pages, as small machines have none of 2M.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/gmem/hugetlb.h"
#include "model/mm/hugetlb.h"

#define ORDER 2
#define HUGE  4 /* pages */

static const enum kernel_design kernels[] = { KERNEL_HUGETLB_WIP, KERNEL_HUGETLB_PLAN };

static struct gx_cfg huge(enum kernel_design kernel)
{
	return (struct gx_cfg){
		.kernel = kernel,
		.type = VM_SW_PROTECTED,
		.flags = GMEM_FLAG_MMAP,
		.nr_pages = 4 * HUGE,
		.page_order = ORDER,
	};
}

/* GX_CASE in both kernels. */
#define BOTH(vcpu, fn, ...)                                                                        \
	do {                                                                                       \
		for (u32 __k = 0; __k < ARRAY_SIZE(kernels); __k++)                                \
			GX_CASE(huge(kernels[__k]), vcpu, fn, __VA_ARGS__);                        \
	} while (0)

static s64 order_at(struct gx *x, u64 index)
{
	const struct folio *folio = __xa_load(&x->f->inode->mapping.i_pages, index);

	return folio ? (s64)folio_order(folio) : -1;
}

static struct hugetlb_counters counters(struct gx *x)
{
	struct hugetlb_counters c = { 0 };

	hugetlb_counters(x->m, x->cfg.page_order, &c);
	return c;
}

/* --- creation --- */

static s64 create(struct task *me, struct gx *x, u64 pages, u64 flags, u32 order)
{
	struct gmem_file *f = NULL;
	s64 r = gmem_create_order(me, x->vm, (s64)PG(pages), flags, order, &f);

	gx_ret(me, x, r);
	if (f)
		gmem_close(me, f);
	return r;
}

static void create_errors(struct task *me, struct gx *x)
{
	create(me, x, HUGE, 0, ORDER);
	create(me, x, HUGE, GMEM_FLAG_HUGETLB, 0);
	create(me, x, HUGE, GMEM_FLAG_HUGETLB, 3);
	create(me, x, HUGE, GMEM_FLAG_HUGETLB | GMEM_FLAG_INIT_SHARED, ORDER);
	create(me, x, HUGE, GMEM_FLAG_HUGETLB | BIT_ULL(3), ORDER);
	create(me, x, HUGE + 1, GMEM_FLAG_HUGETLB, ORDER);
	create(me, x, 0, GMEM_FLAG_HUGETLB, ORDER);
	create(me, x, HUGE, GMEM_FLAG_HUGETLB, ORDER); /* the pool is reserved to its last page */
	gx_ret(me, x, (s64)counters(x).resv_hugepages);
	create(me, x, 3, 0, 0);
}

static void test_create_errors(void **state)
{
	BOTH(-1, create_errors, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL,
	     -ENOMEM, 4, 0);
}

/* Kernels before it know neither the flag nor the word. */
static void create_elsewhere(struct task *me, struct gx *x)
{
	create(me, x, HUGE, GMEM_FLAG_HUGETLB, ORDER);
	create(me, x, 3, 0, ORDER);
}

static void test_other_kernels_have_no_huge_files(void **state)
{
	GX_CASE(((struct gx_cfg){ .kernel = KERNEL_INPLACE, .type = VM_SW_PROTECTED }), -1,
		create_elsewhere, -EINVAL, 0);
	GX_CASE(((struct gx_cfg){ .kernel = KERNEL_MAINLINE, .type = VM_SW_PROTECTED }), -1,
		create_elsewhere, -EINVAL, 0);
}

static void count(struct task *me, struct gx *x)
{
	struct hugetlb_counters c = counters(x);

	gx_ret(me, x, (s64)c.resv_hugepages);
	gx_ret(me, x, (s64)c.free_hugepages);
	gx_ret(me, x, (s64)c.cgroup_usage_pages);
	gx_ret(me, x, (s64)c.cgroup_rsvd_pages);
}

static void reservations(struct task *me, struct gx *x)
{
	count(me, x);
	gx_allocate(me, x, 0, HUGE);
	count(me, x);
	gx_punch(me, x, 0, HUGE);
	count(me, x);
	/* One that cannot be reserved in full charges and reserves nothing. */
	create(me, x, 8 * HUGE, GMEM_FLAG_HUGETLB, ORDER);
	count(me, x);
	gmem_close(me, x->f);
	vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0);
	sys_munmap(me, x->hva, PG(x->cfg.nr_pages));
	count(me, x);
}

static void test_reservations(void **state)
{
	for (u32 k = 0; k < ARRAY_SIZE(kernels); k++) {
		struct gx_cfg cfg = huge(kernels[k]);

		cfg.pool_pages = 6;
		GX_CASE(cfg, -1, reservations,
			/* created */ 4, 6, 0, 16, /* allocated */ 3, 5, 4, 16,
			/* punched */ 4, 6, 0, 16, /* refused */ -ENOMEM, 4, 6, 0, 16,
			/* closed */ 0, 6, 0, 0);
	}
}

static void creation_fails(struct task *me, struct gx *x)
{
	static const char *const sites[] = { "gmem_hugetlb", "hugepage_new_subpool", "attr_init",
					     "gmem_inode" };

	for (u32 i = 0; i < ARRAY_SIZE(sites); i++) {
		me->fail_site = sites[i];
		me->fail_nth = 1;
		create(me, x, HUGE, GMEM_FLAG_HUGETLB, ORDER);
		me->fail_site = NULL;
	}
	count(me, x);
}

static void test_failed_creation_leaves_nothing(void **state)
{
	for (u32 k = 0; k < ARRAY_SIZE(kernels); k++) {
		struct gx_cfg cfg = huge(kernels[k]);

		cfg.pool_pages = 6;
		GX_CASE(cfg, -1, creation_fails, -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM, 4, 6, 0, 16);
	}
}

/* --- folios follow attributes --- */

static void split_and_merge(struct task *me, struct gx *x)
{
	gx_guest_write(me, x, 1, true, 0x11);
	gx_ret(me, x, order_at(x, 1));
	gx_ret(me, x, gx_convert(me, x, 1, 1, false));
	gx_ret(me, x, order_at(x, 1));
	gx_ret(me, x, gx_read(me, x, 1));
	gx_ret(me, x, gx_convert(me, x, 2, 1, false));
	gx_ret(me, x, gx_convert(me, x, 1, 1, true));
	gx_ret(me, x, order_at(x, 1)); /* one part is shared yet */
	gx_ret(me, x, gx_convert(me, x, 0, HUGE, true));
	gx_ret(me, x, order_at(x, 1));
	gx_ret(me, x, gx_guest_read(me, x, 1, true));
}

static void test_split_and_merge(void **state)
{
	BOTH(0, split_and_merge, ORDER, 0, 0, 0x11, 0, 0, 0, 0, ORDER, 0x11);
}

static void fresh(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_convert(me, x, 3, 1, false));
	gx_ret(me, x, gx_guest_read(me, x, 0, true)); /* private, in a mixed huge page */
	gx_ret(me, x, order_at(x, 0));
	gx_ret(me, x, gx_read(me, x, 3));
	gx_ret(me, x, order_at(x, HUGE));
	gx_ret(me, x, gx_allocate(me, x, HUGE, HUGE));
	gx_ret(me, x, order_at(x, HUGE));
	gx_ret(me, x, gx_convert(me, x, 2 * HUGE, HUGE, false));
	gx_ret(me, x, gx_allocate(me, x, 2 * HUGE, HUGE));
	gx_ret(me, x, order_at(x, 3 * HUGE - 1));
}

static void test_fresh_folio_is_split(void **state)
{
	BOTH(0, fresh, 0, 0, 0, 0, -1, 0, ORDER, 0, 0, 0);
}

/* A fresh folio that cannot be split: the December tree leaves it in a page user space may map. */
static void fresh_fails(struct task *me, struct gx *x)
{
	gx_convert(me, x, 0, 1ull << x->cfg.page_order, false);
	me->fail_site = "hvo_restore";
	me->fail_nth = 1;
	gx_ret(me, x, gx_read(me, x, 1));
	me->fail_site = NULL;
	gx_ret(me, x, order_at(x, 1));
	gx_ret(me, x, gx_read(me, x, 1));
}

static void test_fresh_split_fails(void **state)
{
	struct gx_cfg cfg = huge(KERNEL_HUGETLB_WIP);
	struct gx *x;

	/* HVO needs pages full of struct pages: 128 pages have two of them. */
	cfg.page_order = 7;
	cfg.nr_pages = 128;
	cfg.hvo = true;
	x = gx_new(cfg);
	gx_actor(x, -1, fresh_fails);
	gx_run(x);
	GX_EXPECT(x, -ENOMEM, 7, ACCESS_SIGBUS);
	assert_int_equal(x->sim->nr_findings, 1);
	assert_string_equal(x->sim->findings[0].rule, "leaf-folio");
	gx_free(x);
	cfg.kernel = KERNEL_HUGETLB_PLAN;
	GX_CASE(cfg, -1, fresh_fails, -ENOMEM, -1, 0);
}

/* --- holes --- */

static void holes(struct task *me, struct gx *x)
{
	gx_convert(me, x, 0, 2 * HUGE, false);
	gx_write(me, x, 0, 1);
	gx_write(me, x, HUGE, 2);
	gx_ret(me, x, gx_punch(me, x, 0, 1));
	gx_ret(me, x, gx_punch(me, x, 1, HUGE));
	gx_ret(me, x, gx_allocate(me, x, 0, 1));
	gx_ret(me, x, gx_punch(me, x, 0, HUGE));
	gx_ret(me, x, order_at(x, 0));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_read(me, x, HUGE));
	gx_ret(me, x, gx_punch(me, x, 0, 4 * HUGE));
	gx_ret(me, x, (s64)counters(x).free_hugepages);
}

static void test_holes(void **state)
{
	BOTH(-1, holes, -EINVAL, -EINVAL, -EINVAL, 0, -1, 0, 2, 0, 4);
}

/* F6: -EAGAIN while pinned; whether the guest still has its mapping tells the kernels apart. */
static void punch_pinned(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_convert(me, x, 0, HUGE, false);
	gx_write(me, x, 1, 7);
	gx_guest_read(me, x, 1, false);
	pin_user_pages(me, x->hva + PG(1), 1, true, false, &pin);
	gx_ret(me, x, gx_punch(me, x, 0, HUGE));
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(1)));
	gx_ret(me, x, gx_read(me, x, 1));
	unpin_user_pages(me, pin);
	gx_ret(me, x, gx_punch(me, x, 0, HUGE));
	gx_ret(me, x, (s64)counters(x).free_hugepages);
}

static void test_punch_pinned(void **state)
{
	GX_CASE(huge(KERNEL_HUGETLB_WIP), 0, punch_pinned, -EAGAIN, 0, 7, 0, 4);
	GX_CASE(huge(KERNEL_HUGETLB_PLAN), 0, punch_pinned, -EAGAIN, 1, 7, 0, 4);
}

/* F9: the file goes while a piece is pinned; the pool has its page back a while after the unpin. */
static void close_pinned(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_convert(me, x, 0, HUGE, false);
	gx_write(me, x, 1, 7);
	pin_user_pages(me, x->hva + PG(1), 1, true, false, &pin);
	vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0);
	sys_munmap(me, x->hva, PG(x->cfg.nr_pages));
	gx_ret(me, x, gmem_close(me, x->f));
	sim_sleep(me, NSEC_PER_MS);
	gx_ret(me, x, (s64)counters(x).free_hugepages);
	gx_ret(me, x, unpin_user_pages(me, pin));
	sim_sleep(me, NSEC_PER_MS);
	gx_ret(me, x, (s64)counters(x).free_hugepages);
	gx_ret(me, x, (s64)counters(x).resv_hugepages);
}

static void test_close_pinned(void **state)
{
	BOTH(-1, close_pinned, 0, 3, 0, 4, 0);
}

/* --- zeroing --- */

static void zeroing(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_guest_read(me, x, 1, true));
}

static void test_zeroing(void **state)
{
	struct gx *x = gx_new(huge(KERNEL_HUGETLB_WIP));

	gx_actor(x, 0, zeroing);
	gx_run(x);
	assert_true(sim_has_finding(x->sim, "content"));
	assert_int_equal(x->sim->nr_findings, 1);
	gx_free(x);
	GX_CASE(huge(KERNEL_HUGETLB_PLAN), 0, zeroing, 0, 0);
}

/* A page of the pool that another file had does not show what that file had in it. */
static void reused(struct task *me, struct gx *x)
{
	gx_guest_write(me, x, 0, true, 0x5a);
	gx_ret(me, x, gx_punch(me, x, 0, HUGE));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
}

static void test_reused_page_is_zero(void **state)
{
	BOTH(0, reused, 0, 0);
}

/* --- how large a mapping may be --- */

static void mapping_order(struct task *me, struct gx *x)
{
	struct memory_slot *slot;
	pfn_t pfn = PFN_NONE;
	int idx = srcu_read_lock(me, &x->vm->srcu);

	slot = gfn_to_memslot(me, x->vm, 0);
	gx_ret(me, x, gmem_mapping_order(me, slot, 0, &pfn));
	gx_ret(me, x, pfn == PFN_NONE);
	srcu_read_unlock(me, &x->vm->srcu, idx);
	gx_allocate(me, x, 0, HUGE);
	gx_convert(me, x, HUGE, HUGE, false);
	idx = srcu_read_lock(me, &x->vm->srcu);
	gx_ret(me, x, gmem_mapping_order(me, slot, 1, &pfn));
	gx_ret(me, x, pfn != PFN_NONE);
	gx_ret(me, x, gmem_mapping_order(me, slot, HUGE, &pfn));
	gx_ret(me, x, gmem_mapping_order(me, slot, 4 * HUGE - 1, &pfn));
	srcu_read_unlock(me, &x->vm->srcu, idx);
}

static void test_mapping_order(void **state)
{
	/* index 1: private up to 3, shared from 4 on */
	GX_CASE(huge(KERNEL_HUGETLB_WIP), -1, mapping_order, ORDER, 1, 0, 1, 0, ORDER);
	GX_CASE(huge(KERNEL_HUGETLB_PLAN), -1, mapping_order, ORDER, 1, ORDER, 1, 0, ORDER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_errors),
		cmocka_unit_test(test_other_kernels_have_no_huge_files),
		cmocka_unit_test(test_reservations),
		cmocka_unit_test(test_failed_creation_leaves_nothing),
		cmocka_unit_test(test_split_and_merge),
		cmocka_unit_test(test_fresh_folio_is_split),
		cmocka_unit_test(test_fresh_split_fails),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_punch_pinned),
		cmocka_unit_test(test_close_pinned),
		cmocka_unit_test(test_zeroing),
		cmocka_unit_test(test_reused_page_is_zero),
		cmocka_unit_test(test_mapping_order),
	};

	return cmocka_run_group_tests_name("gmem_huge", tests, NULL, NULL);
}
