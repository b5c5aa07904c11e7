// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocation and holes: arguments (conformance C), content and state (H), interruption, failure.
 */
#include "tests/unit/gmem_fixture.h"

#define KEEP  FALLOC_KEEP_SIZE
#define PUNCH (FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE)

static const struct gx_cfg kernels[] = {
	{ .kernel = KERNEL_MAINLINE, .nr_pages = 4 },
	{ .kernel = KERNEL_INPLACE, .nr_pages = 4 },
};

static s64 falloc(struct task *me, struct gx *x, u32 mode, s64 offset, s64 len)
{
	return gx_ret(me, x, gmem_fallocate(me, x->f, mode, offset, len));
}

/* C1-C8, C15, C16 */
static void ranges(struct task *me, struct gx *x)
{
	const s64 page = PAGE_SIZE, size = 4 * page;

	falloc(me, x, KEEP, 0, size);
	falloc(me, x, KEEP, size, page);
	falloc(me, x, KEEP, size + page, page);
	falloc(me, x, PUNCH, page - 1, page);
	falloc(me, x, PUNCH, page, page - 1);
	falloc(me, x, PUNCH, size, page);
	falloc(me, x, PUNCH, size + page, page);
	falloc(me, x, PUNCH, page, page);
	falloc(me, x, KEEP, page, page);
	falloc(me, x, KEEP, size - page, 2 * page);
	falloc(me, x, PUNCH, size - page, 2 * page);
	falloc(me, x, KEEP, page, page);
	falloc(me, x, PUNCH, page, page);
	falloc(me, x, PUNCH, page, page);
}

static void test_ranges(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++)
		GX_CASE(kernels[i], -1, ranges, 0, -EINVAL, -EINVAL, -EINVAL, -EINVAL, 0, 0, 0, 0,
			-EINVAL, 0, 0, 0, 0);
}

/* C13, C14 */
static void arguments(struct task *me, struct gx *x)
{
	const s64 page = PAGE_SIZE;

	falloc(me, x, 0, 0, page);
	falloc(me, x, FALLOC_PUNCH_HOLE, 0, page);
	falloc(me, x, 0x08, 0, page); /* COLLAPSE_RANGE */
	falloc(me, x, 0x10, 0, page); /* ZERO_RANGE */
	falloc(me, x, 0x20, 0, page); /* INSERT_RANGE */
	falloc(me, x, 0x40, 0, page); /* UNSHARE_RANGE */
	falloc(me, x, KEEP | 0x4000, 0, page);
	falloc(me, x, KEEP, 0, 0);
	falloc(me, x, KEEP, -page, page);
	falloc(me, x, PUNCH, ALIGN_DOWN(INT64_MAX, PAGE_SIZE), 2 * page);
	falloc(me, x, KEEP, ALIGN_DOWN(INT64_MAX, PAGE_SIZE), 2 * page);
}

static void test_arguments(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++)
		GX_CASE(kernels[i], -1, arguments, -EOPNOTSUPP, -EOPNOTSUPP, -EOPNOTSUPP,
			-EOPNOTSUPP, -EOPNOTSUPP, -EOPNOTSUPP, -EOPNOTSUPP, -EINVAL, -EINVAL,
			-EFBIG, -EFBIG);
}

/* What is there after each step: present (1), uptodate (2), host references beyond its own (4). */
static s64 look(struct task *me, struct gx *x, u64 index)
{
	struct folio_state s = gmem_folio_state(x->f, PG(index));

	return gx_ret(me, x, s.present + 2 * s.uptodate + (s.refcount > 1 ? 4 : 0));
}

static void presence(struct task *me, struct gx *x)
{
	gx_allocate(me, x, 1, 2);
	for (u64 i = 0; i < 4; i++)
		look(me, x, i);
	gx_punch(me, x, 2, 2);
	for (u64 i = 0; i < 4; i++)
		look(me, x, i);
}

static void test_allocation_zeroes_nothing(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct gx_cfg cfg = kernels[i];

		cfg.no_lru = true;
		GX_CASE(cfg, -1, presence, 0, 1, 1, 0, 0, 1, 0, 0);
	}
}

/* H1, H6, and through the mapping: what was written is gone, the neighbours keep theirs. */
static void content(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 4; i++)
		gx_write(me, x, i, 0xa0 + i);
	gx_ret(me, x, gx_punch(me, x, 1, 1));
	for (u64 i = 0; i < 4; i++)
		gx_ret(me, x, gx_read(me, x, i));
	gx_ret(me, x, gx_write(me, x, 1, 0x77));
	gx_ret(me, x, gx_read(me, x, 1));
	gx_ret(me, x, gx_guest_read(me, x, 1, false));
}

static void test_holes_read_zero(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct gx_cfg cfg = kernels[i];

		cfg.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED;
		GX_CASE(cfg, 0, content, 0, 0xa0, 0, 0xa2, 0xa3, 0, 0x77, 0x77);
	}
}

/* H3: still private after the hole */
static void private_hole(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_guest_write(me, x, 0, true, 0x55));
	gx_ret(me, x, gx_punch(me, x, 0, 1));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gmem_folio_state(x->f, 0).is_private);
}

static void test_a_hole_keeps_its_attribute(void **state)
{
	struct gx_cfg cfg = kernels[1];

	cfg.flags = GMEM_FLAG_MMAP;
	cfg.type = VM_SW_PROTECTED;
	GX_CASE(cfg, 0, private_hole, 0, 0, ACCESS_SIGBUS, 0, 1);
}

/* H7, P13: the pin keeps the old page and its bytes; the file has a hole */
static void pinned_hole(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_write(me, x, 0, 0x33);
	gx_ret(me, x, pin_user_pages(me, x->hva, PAGE_SIZE, true, false, &pin));
	gx_ret(me, x, gx_punch(me, x, 0, 1));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, unpin_user_pages(me, pin));
}

static void test_pins_do_not_stop_holes(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct gx_cfg cfg = kernels[i];

		cfg.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED;
		GX_CASE(cfg, -1, pinned_hole, 1, 0, 0, 0);
	}
}

static void interrupted(struct task *me, struct gx *x)
{
	send_signal(me, me, 1);
	falloc(me, x, KEEP, 0, 4 * PAGE_SIZE);
	falloc(me, x, PUNCH, 0, PAGE_SIZE); /* a hole is not interruptible */
	look(me, x, 0);
}

static void test_signals_interrupt_allocation(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++)
		GX_CASE(kernels[i], -1, interrupted, -EINTR, 0, 0);
}

/* Work already done stays. */
static void out_of_memory(struct task *me, struct gx *x)
{
	me->fail_site = "folio_alloc";
	me->fail_nth = 3;
	falloc(me, x, KEEP, 0, 4 * PAGE_SIZE);
	me->fail_site = NULL;
	for (u64 i = 0; i < 4; i++)
		look(me, x, i);
	falloc(me, x, KEEP, 0, 4 * PAGE_SIZE);
}

static void test_failed_allocation_keeps_what_it_did(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct gx_cfg cfg = kernels[i];

		cfg.no_lru = true;
		GX_CASE(cfg, -1, out_of_memory, -ENOMEM, 1, 1, 0, 0, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_allocation_zeroes_nothing),
		cmocka_unit_test(test_holes_read_zero),
		cmocka_unit_test(test_a_hole_keeps_its_attribute),
		cmocka_unit_test(test_pins_do_not_stop_holes),
		cmocka_unit_test(test_signals_interrupt_allocation),
		cmocka_unit_test(test_failed_allocation_keeps_what_it_did),
	};

	return cmocka_run_group_tests_name("gmem_fallocate", tests, NULL, NULL);
}
