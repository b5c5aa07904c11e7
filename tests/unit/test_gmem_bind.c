// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding memslots to a file: overlap in the file and in guest memory, bounds, other VMs, what
 * happens to bindings when either side goes away.  Numbers are those of the conformance list.
 *
 *	file	0 1 2 3 4	units of one page
 *	X	x x		slot 1 at gpa 100
 *	Y	    y y		slot 2 at gpa 200
 */
#include "tests/unit/gmem_fixture.h"

#define UNIT PAGE_SIZE

static const struct gx_cfg mainline = {
	.kernel = KERNEL_MAINLINE, .type = VM_SW_PROTECTED, .nr_pages = 5, .no_slot = true,
};
static const struct gx_cfg inplace = {
	.kernel = KERNEL_INPLACE, .type = VM_SW_PROTECTED, .nr_pages = 5, .no_slot = true,
};

static s64 region(struct task *me, struct gx *x, u32 slot, u64 gpa_unit, u64 nr, u64 offset)
{
	return gx_ret(me, x, vm_set_memory_region(me, x->vm, slot, gpa_unit * UNIT, nr * UNIT,
						  x->f, offset, 0));
}

/* D7-D10 */
static void overlap(struct task *me, struct gx *x)
{
	region(me, x, 1, 100, 2, 0 * UNIT);
	region(me, x, 2, 200, 2, 2 * UNIT);
	region(me, x, 1, 0, 0, 0);	    /* delete X */
	region(me, x, 1, 100, 2, 1 * UNIT); /* overlaps Y in the file only */
	region(me, x, 1, 100, 2, 3 * UNIT);
	region(me, x, 1, 199, 2, 0); /* overlaps Y in guest memory only */
	region(me, x, 1, 201, 2, 0);
	region(me, x, 1, 100, 2, 0); /* fits */
	region(me, x, 3, 300, 1, 4 * UNIT);
}

static void test_overlap(void **state)
{
	GX_CASE(mainline, -1, overlap, 0, 0, 0, -EEXIST, -EEXIST, -EEXIST, -EEXIST, 0, 0);
	GX_CASE(inplace, -1, overlap, 0, 0, 0, -EINVAL, -EINVAL, -EEXIST, -EEXIST, 0, 0);
}

/* D6, D24 */
static void bounds(struct task *me, struct gx *x)
{
	region(me, x, 1, 100, 5, 1);
	region(me, x, 1, 100, 1, UNIT / 2);
	region(me, x, 1, 100, 5, UNIT);
	region(me, x, 1, 100, 1, 5 * UNIT);
	region(me, x, 1, 100, 1, (u64)-(s64)UNIT);
	region(me, x, 1, 100, 2, (u64)-(s64)UNIT); /* wraps */
	region(me, x, 1, 100, 6, 0);
	region(me, x, 1, 100, 5, 0);
}

static void test_bounds(void **state)
{
	GX_CASE(mainline, -1, bounds, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL,
		0);
	GX_CASE(inplace, -1, bounds, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL,
		0);
}

/* D4: the file of another VM; and the same memory through a linked file of this VM's own. */
static void other_vm(struct task *me, struct gx *x)
{
	struct vm *other = x->priv;
	struct gmem_file *f2;

	gx_ret(me, x, vm_set_memory_region(me, other, 1, 0, UNIT, x->f, 0, 0));
	gmem_link(me, x->f, other, &f2);
	gx_ret(me, x, vm_set_memory_region(me, other, 1, 0, UNIT, f2, 0, 0));
	/* the two files have bindings of their own */
	region(me, x, 1, 100, 2, 0);
	gmem_close(me, f2);
}

static void test_other_vm(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct gx *x = gx_new(i ? inplace : mainline);

		x->priv = vm_create(x->m, "other", VM_SW_PROTECTED, x->mm, 1);
		gx_actor(x, -1, other_vm);
		gx_run(x);
		GX_EXPECT(x, -EINVAL, 0, 0);
		gx_silent(x);
		gx_free(x);
	}
}

/* A range that is not a power of two is several entries of the bindings, all of one slot. */
static void odd_range(struct task *me, struct gx *x)
{
	struct memory_slot *slot;
	u64 index = 0;
	u32 nr = 0;

	region(me, x, 1, 100, 3, UNIT);
	for (u64 i = 0; i < 5; i++) {
		slot = __xa_load(&x->f->bindings, i);
		gx_ret(me, x, slot ? (s64)slot->id : -1);
	}
	for (slot = __xa_find(&x->f->bindings, &index, 5); slot;
	     slot = __xa_find_after(&x->f->bindings, &index, 5))
		nr++;
	gx_ret(me, x, nr);
	region(me, x, 1, 0, 0, 0);
	gx_ret(me, x, xa_empty(&x->f->bindings));
}

static void test_odd_range(void **state)
{
	GX_CASE(mainline, -1, odd_range, 0, -1, 1, 1, 1, -1, 2, 0, 1);
	GX_CASE(inplace, -1, odd_range, 0, -1, 1, 1, 1, -1, 2, 0, 1);
}

/* D27, D28, J7 */
static void either_side_goes(struct task *me, struct gx *x)
{
	struct memory_slot *slot;

	region(me, x, 1, 100, 2, 0);
	region(me, x, 1, 0, 0, 0);
	region(me, x, 2, 200, 2, 0); /* the freed file range */
	slot = search_memslots(x->vm->memslots, 200);
	gx_ret(me, x, slot->gmem.file == x->f && slot->gmem.pgoff == 0);
	gx_ret(me, x, gmem_close(me, x->f));
	gx_ret(me, x, slot->gmem.file == NULL);
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 3, 200 * UNIT, UNIT, NULL, 0, 0));
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 2, 0, 0, NULL, 0, 0));
}

static void test_either_side_goes(void **state)
{
	GX_CASE(mainline, -1, either_side_goes, 0, 0, 0, 1, 0, 1, -EEXIST, 0);
	GX_CASE(inplace, -1, either_side_goes, 0, 0, 0, 1, 0, 1, -EEXIST, 0);
}

static void gmem_only(struct task *me, struct gx *x)
{
	struct memory_slot *slot;

	region(me, x, 1, 100, 1, 0);
	slot = search_memslots(x->vm->memslots, 100);
	gx_ret(me, x, memslot_is_gmem_only(slot));
}

static void test_mappable_files_make_gmem_only_slots(void **state)
{
	struct gx_cfg cfg = mainline;

	GX_CASE(cfg, -1, gmem_only, 0, 0);
	cfg.flags = GMEM_FLAG_MMAP;
	GX_CASE(cfg, -1, gmem_only, 0, 1);
}

/* A store of the bindings that fails: mainline says so and leaves nothing behind. */
static void failing(struct task *me, struct gx *x)
{
	me->fail_site = "xa_node";
	me->fail_nth = 1;
	region(me, x, 1, 100, 3, UNIT);
	me->fail_site = NULL;
	gx_ret(me, x, xa_empty(&x->f->bindings));
	gx_ret(me, x, search_memslots(x->vm->memslots, 100) == NULL);
	region(me, x, 1, 100, 3, UNIT);
}

static void test_failed_binding(void **state)
{
	GX_CASE(mainline, -1, failing, -ENOMEM, 1, 1, 0);
}

/*
 * In-place kernels do not look: the slot is there and its memory is not bound, so that the guest
 * gets -EIO.  That is the kernel's own, and the finding says so.
 */
static void half_bound(struct task *me, struct gx *x)
{
	me->fail_site = "xa_node";
	me->fail_nth = 1;
	region(me, x, 1, 100, 3, UNIT);
	me->fail_site = NULL;
	gx_ret(me, x, xa_empty(&x->f->bindings));
	gx_ret(me, x, guest_touch(me, 100 << PAGE_SHIFT, 1, false, false, 0, &x->info));
}

static void test_unnoticed_half_binding(void **state)
{
	struct gx_cfg cfg = mainline;
	struct gx *x;

	cfg.kernel = KERNEL_INPLACE;
	x = gx_new(cfg);
	gx_actor(x, 0, half_bound);
	gx_run(x);
	assert_int_equal(x->ret[0], 0);
	assert_int_equal(x->ret[1], 1);
	assert_int_equal(x->ret[2], -EIO);
	assert_int_equal(x->sim->nr_findings, 1);
	assert_string_equal(x->sim->findings[0].rule, "error-atomic");
	assert_non_null(strstr(x->sim->findings[0].message, "kernel inplace does not look"));
	gx_free(x);
}

/*
 * Mainline installs the slot and binds it afterwards: a guest that faults in between is told -EIO.
 * In-place kernels bind before anybody can see the slot.
 */
static void create_slot(struct task *me, struct gx *x)
{
	vm_set_memory_region(me, x->vm, 1, 0, UNIT, x->f, 0, 0);
}

static void touch_until_it_works(struct task *me, struct gx *x)
{
	s64 r;

	do {
		r = guest_touch(me, 0, 1, false, false, 0, &x->info);
		if (r == -EIO)
			x->nr_ret++;
	} while (r == ACCESS_EXIT_MMIO || r == -EIO);
}

static u32 count_eio(struct gx_cfg cfg)
{
	u32 nr = 0;

	cfg.flags = GMEM_FLAG_MMAP;
	cfg.sched = SCHED_RANDOM;
	for (cfg.seed = 1; cfg.seed <= 50; cfg.seed++) {
		struct gx *x = gx_new(cfg);

		gx_actor(x, 0, touch_until_it_works);
		gx_actor(x, -1, create_slot);
		gx_run(x);
		gx_silent(x);
		nr += x->nr_ret > 0;
		gx_free(x);
	}
	return nr;
}

static void test_a_slot_that_is_visible_and_not_bound(void **state)
{
	assert_true(count_eio(mainline) > 0);
	assert_int_equal(count_eio(inplace), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_other_vm),
		cmocka_unit_test(test_odd_range),
		cmocka_unit_test(test_either_side_goes),
		cmocka_unit_test(test_mappable_files_make_gmem_only_slots),
		cmocka_unit_test(test_failed_binding),
		cmocka_unit_test(test_unnoticed_half_binding),
		cmocka_unit_test(test_a_slot_that_is_visible_and_not_bound),
	};

	return cmocka_run_group_tests_name("gmem_bind", tests, NULL, NULL);
}
