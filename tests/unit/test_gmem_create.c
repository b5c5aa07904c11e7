// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creation: sizes, flags per kernel and VM type, initial state, failures.  Numbers are those of the
 * conformance list (A1, A2, ...).
 */
#include "tests/unit/gmem_fixture.h"

static const struct gx_cfg mainline = { .kernel = KERNEL_MAINLINE };
static const struct gx_cfg inplace = { .kernel = KERNEL_INPLACE };

static s64 create(struct task *me, struct gx *x, s64 size, u64 flags)
{
	struct gmem_file *f = NULL;
	s64 r = gmem_create(me, x->vm, size, flags, &f);

	if (!r != !!f)
		return 4711; /* a file exactly on success */
	if (f)
		gmem_close(me, f);
	return gx_ret(me, x, r);
}

/* A1, A2, A3 */
static void sizes(struct task *me, struct gx *x)
{
	create(me, x, 1, 0);
	create(me, x, PAGE_SIZE - 1, 0);
	create(me, x, 0, 0);
	create(me, x, PAGE_SIZE + 1, 0);
	create(me, x, -(s64)PAGE_SIZE, 0);
	create(me, x, INT64_MIN, 0);
	create(me, x, ALIGN_DOWN(INT64_MAX, PAGE_SIZE), 0);
	create(me, x, PAGE_SIZE, 0);
}

static void test_sizes(void **state)
{
	GX_CASE(mainline, -1, sizes, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, 0, 0);
	GX_CASE(inplace, -1, sizes, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, 0, 0);
}

/* A5, A6: which single bits are accepted; the answer is the mask of those. */
static void flag_bits(struct task *me, struct gx *x)
{
	u64 mask = 0;

	for (int i = 0; i < 64; i++) {
		struct gmem_file *f;

		if (gmem_create(me, x->vm, PAGE_SIZE, BIT_ULL(i), &f) == 0) {
			mask |= BIT_ULL(i);
			gmem_close(me, f);
		}
	}
	gx_ret(me, x, (s64)mask);
}

static void test_flags(void **state)
{
	struct gx_cfg cfg = mainline;

	/* A9: default VMs have both; V11: per-VM attributes know no shared memory in a gmem */
	GX_CASE(cfg, -1, flag_bits, GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED);
	cfg.type = VM_SW_PROTECTED;
	GX_CASE(cfg, -1, flag_bits, GMEM_FLAG_MMAP);
	cfg.kernel = KERNEL_INPLACE; /* A11 */
	GX_CASE(cfg, -1, flag_bits, GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED);
}

static void initial_state(struct task *me, struct gx *x)
{
	struct folio_state s;

	for (u64 i = 0; i < x->cfg.nr_pages; i++) {
		s = gmem_folio_state(x->f, PG(i));
		gx_ret(me, x, s.present || s.refcount ? -1 : s.is_private);
	}
	s = gmem_folio_state(x->f, PG(x->cfg.nr_pages));
	gx_ret(me, x, s.present || s.is_private);
	gx_ret(me, x, (s64)gmem_file_size(x->f) >> PAGE_SHIFT);
}

static void test_initial_state(void **state)
{
	struct gx_cfg cfg = { .kernel = KERNEL_INPLACE, .type = VM_SW_PROTECTED, .nr_pages = 3 };

	GX_CASE(cfg, -1, initial_state, 1, 1, 1, 0, 3);
	cfg.flags = GMEM_FLAG_INIT_SHARED;
	GX_CASE(cfg, -1, initial_state, 0, 0, 0, 0, 3);
	cfg = (struct gx_cfg){ .kernel = KERNEL_MAINLINE, .nr_pages = 3 };
	GX_CASE(cfg, -1, initial_state, 1, 1, 1, 0, 3);
	cfg.flags = GMEM_FLAG_INIT_SHARED;
	GX_CASE(cfg, -1, initial_state, 0, 0, 0, 0, 3);
}

/* A13: shared from birth, but not mappable */
static void shared_unmappable(struct task *me, struct gx *x)
{
	gx_ret(me, x, sys_mmap(me, x->f, 0, PAGE_SIZE, true, &x->hva));
}

static void test_init_shared_without_mmap(void **state)
{
	struct gx_cfg cfg = { .flags = GMEM_FLAG_INIT_SHARED, .no_slot = true };

	GX_CASE(cfg, -1, shared_unmappable, -ENODEV);
}

static const char *const fail_sites[] = { "gmem_file", "gmem_inode", "attr_init" };

static void failing(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < ARRAY_SIZE(fail_sites); i++) {
		me->fail_site = fail_sites[i];
		me->fail_nth = 1;
		create(me, x, PAGE_SIZE, 0);
		me->fail_site = NULL;
		create(me, x, PAGE_SIZE, 0);
	}
}

static u32 nr_inodes(const struct machine *m)
{
	struct gmem_inode *inode;
	u32 nr = 0;

	list_for_each_entry(inode, &m->inodes, node)
		nr++;
	return nr;
}

static void test_failures_leave_nothing(void **state)
{
	struct gx *x = gx_new(inplace);

	gx_actor(x, -1, failing);
	gx_run(x);
	GX_EXPECT(x, -ENOMEM, 0, -ENOMEM, 0, -ENOMEM, 0);
	gx_silent(x);
	/* the set-up's own file and nothing else */
	assert_int_equal(nr_inodes(x->m), 1);
	gx_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_initial_state),
		cmocka_unit_test(test_init_shared_without_mmap),
		cmocka_unit_test(test_failures_leave_nothing),
	};

	return cmocka_run_group_tests_name("gmem_create", tests, NULL, NULL);
}
