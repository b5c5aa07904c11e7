// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-place conversion: arguments (conformance E1-E8), content and state over conversions (E9-E20),
 * references (P1-P18), failures, and what the hold of the invalidate lock is made of.
 */
#include "tests/unit/gmem_fixture.h"

static const struct gx_cfg base = {
	.kernel = KERNEL_INPLACE,
	.type = VM_SW_PROTECTED,
	.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED,
	.nr_pages = 8,
};

static struct gx_cfg shared(void)
{
	return base;
}

static struct gx_cfg private(void)
{
	struct gx_cfg cfg = base;

	cfg.flags = GMEM_FLAG_MMAP;
	return cfg;
}

static s64 set(struct task *me, struct gx *x, u64 offset, u64 size, u64 attrs)
{
	return gx_ret(me, x, gmem_set_attributes(me, x->f, offset, size, attrs, &x->err_offset));
}

/* E3, E5; E8: argument errors leave error_offset alone */
static void arguments(struct task *me, struct gx *x)
{
	const u64 page = PAGE_SIZE, p = MEMORY_ATTRIBUTE_PRIVATE;

	x->err_offset = 4711;
	set(me, x, 0, page, BIT_ULL(0));
	set(me, x, 0, page, p | BIT_ULL(63));
	set(me, x, 0, 0, p);
	set(me, x, -page, 2 * page, p);
	set(me, x, 1, page, p);
	set(me, x, 0, page + 1, p);
	set(me, x, 8 * page, page, p);
	set(me, x, 7 * page, 2 * page, p);
	set(me, x, 0, UINT64_MAX & ~(page - 1), p);
	gx_ret(me, x, (s64)x->err_offset);
	set(me, x, 0, 8 * page, p);
}

static void test_arguments(void **state)
{
	GX_CASE(shared(), -1, arguments, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL,
		-EINVAL, -EINVAL, -EINVAL, 4711, 0);
}

/* E4, and kernels without the ioctl */
static void refused(struct task *me, struct gx *x)
{
	x->vm->has_private_mem = false;
	set(me, x, 0, PAGE_SIZE, MEMORY_ATTRIBUTE_PRIVATE);
	set(me, x, 0, PAGE_SIZE, 0);
}

static void test_refused(void **state)
{
	struct gx_cfg cfg = shared();

	cfg.type = VM_DEFAULT;
	GX_CASE(cfg, -1, refused, -EINVAL, -EINVAL);
	cfg.kernel = KERNEL_MAINLINE;
	GX_CASE(cfg, -1, refused, -ENOTTY, -ENOTTY);
}

/* E9-E11 */
static void private_first(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_write(me, x, 0, 1));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_guest_write(me, x, 0, true, 0xaa));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_convert(me, x, 0, 1, false));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_write(me, x, 0, 0xbb));
	gx_ret(me, x, gx_guest_read(me, x, 0, false));
	gx_ret(me, x, gx_guest_write(me, x, 0, false, 0xcc));
	gx_ret(me, x, gx_read(me, x, 0));
}

/* E13 */
static void shared_first(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_write(me, x, 0, 0x11));
	gx_ret(me, x, gx_guest_read(me, x, 0, false));
	gx_ret(me, x, gx_convert(me, x, 0, 1, true));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_guest_write(me, x, 0, true, 0x22));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_convert(me, x, 0, 1, false));
	gx_ret(me, x, gx_read(me, x, 0));
}

static void test_content_survives(void **state)
{
	GX_CASE(private(), 0, private_first, ACCESS_SIGBUS, 0, 0, ACCESS_SIGBUS, 0, 0xaa, 0, 0xbb,
		0, 0xcc);
	GX_CASE(shared(), 0, shared_first, 0, 0x11, 0, 0x11, 0, ACCESS_SIGBUS, 0, 0x22);
}

/* E14, E15: only page 2 */
static void precise(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 4; i++)
		gx_write(me, x, i, 0x10 + i);
	gx_ret(me, x, gx_convert(me, x, 2, 1, true));
	for (u64 i = 0; i < 4; i++)
		gx_ret(me, x, gx_read(me, x, i));
	gx_ret(me, x, gx_guest_read(me, x, 2, true));
	gx_ret(me, x, gx_convert(me, x, 2, 1, false));
	for (u64 i = 0; i < 4; i++)
		gx_ret(me, x, gx_read(me, x, i));
}

static void test_precise(void **state)
{
	GX_CASE(shared(), 0, precise, 0, 0x10, 0x11, ACCESS_SIGBUS, 0x13, 0x12, 0, 0x10, 0x11, 0x12,
		0x13);
}

/* E16-E20: holes, few pages among holes, partly converted already */
static void bulk(struct task *me, struct gx *x)
{
	gx_write(me, x, 1, 0x41);
	gx_write(me, x, 4, 0x44);
	gx_ret(me, x, gx_convert(me, x, 6, 1, true));
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, x->f->inode->attributes.nr_runs);
	for (u64 i = 0; i < 8; i += 4)
		gx_ret(me, x, gx_read(me, x, i));
	gx_ret(me, x, gx_guest_read(me, x, 1, true));
	gx_ret(me, x, gx_guest_read(me, x, 4, true));
	gx_ret(me, x, gx_guest_read(me, x, 7, true));
	gx_ret(me, x, gx_convert(me, x, 0, 8, false));
	gx_ret(me, x, gx_read(me, x, 3));
	gx_ret(me, x, gx_read(me, x, 4));
}

static void test_bulk(void **state)
{
	GX_CASE(shared(), 0, bulk, 0, 0, 1, ACCESS_SIGBUS, ACCESS_SIGBUS, 0x41, 0x44, 0, 0, 0,
		0x44);
}

/* P2-P4, P7, E7: pages 2 and 5 pinned */
static void pinned(struct task *me, struct gx *x)
{
	struct pin *low = NULL, *high = NULL;

	for (u64 i = 0; i < 8; i++)
		gx_write(me, x, i, 0x50 + i);
	pin_user_pages(me, x->hva + PG(2), PAGE_SIZE, true, false, &low);
	pin_user_pages(me, x->hva + PG(5), PAGE_SIZE, false, false, &high);
	gx_ret(me, x, gx_convert(me, x, 0, 8, false)); /* has it already */
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, (s64)x->err_offset);
	gx_ret(me, x, gx_convert(me, x, 3, 2, true));
	gx_ret(me, x, gx_read(me, x, 2)); /* nothing has changed there */
	unpin_user_pages(me, low);
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, (s64)x->err_offset);
	unpin_user_pages(me, high);
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, gx_guest_read(me, x, 5, true));
}

static void test_pins_are_reported(void **state)
{
	GX_CASE(shared(), 0, pinned, 0, -EAGAIN, PG(2), 0, 0x52, -EAGAIN, PG(5), 0, 0x55);
}

/* P18: the pin holds an orphan */
static void orphan(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_write(me, x, 0, 1);
	pin_user_pages(me, x->hva, PAGE_SIZE, true, false, &pin);
	gx_ret(me, x, gx_punch(me, x, 0, 1));
	gx_ret(me, x, gx_convert(me, x, 0, 1, true));
	unpin_user_pages(me, pin);
}

static void test_orphans_do_not_count(void **state)
{
	GX_CASE(shared(), -1, orphan, 0, 0);
}

/* P9, E29: every page fresh in a batch of this CPU; one drain is enough, and only one is made. */
static void fresh(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 64; i++)
		gx_write(me, x, i, (u8)i);
	gx_ret(me, x, gx_convert(me, x, 0, 64, true));
	gx_ret(me, x, gx_guest_read(me, x, 63, true));
}

static void test_lru_batches_are_drained(void **state)
{
	struct gx_cfg cfg = shared();

	cfg.nr_pages = 64;
	GX_CASE(cfg, 0, fresh, 0, 63);
}

/* Without memory for the store nothing happens at all; E8: error_offset is the range's start. */
static void no_memory(struct task *me, struct gx *x)
{
	gx_write(me, x, 3, 9);
	x->err_offset = 4711;
	me->fail_site = "attr_prealloc";
	me->fail_nth = 1;
	gx_ret(me, x, gx_convert(me, x, 3, 2, true));
	me->fail_site = NULL;
	gx_ret(me, x, (s64)x->err_offset);
	gx_ret(me, x, gmem_folio_state(x->f, PG(3)).mapcount);
	gx_ret(me, x, gx_read(me, x, 3));
	gx_ret(me, x, gx_convert(me, x, 3, 2, true));
}

static void test_no_memory(void **state)
{
	GX_CASE(shared(), -1, no_memory, -ENOMEM, PG(3), 1, 9, 0);
}

/* E25: what -EAGAIN has done by then is the unmapping, and nothing else. */
static void eagain_unmaps(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;
	u64 seq;

	gx_write(me, x, 0, 1);
	gx_write(me, x, 1, 2);
	pin_user_pages(me, x->hva + PG(1), PAGE_SIZE, true, false, &pin);
	gx_guest_read(me, x, 0, false);
	seq = x->vm->mmu_invalidate_seq;
	gx_ret(me, x, gx_convert(me, x, 0, 2, true));
	gx_ret(me, x, gmem_folio_state(x->f, 0).mapcount);
	gx_ret(me, x, gmem_folio_state(x->f, PG(1)).mapcount);
	gx_ret(me, x, vm_gpa_mapped(x->vm, 0));
	gx_ret(me, x, x->vm->mmu_invalidate_in_progress);
	gx_ret(me, x, x->vm->mmu_invalidate_seq == seq);
	unpin_user_pages(me, pin);
}

static void test_eagain_unmaps_the_host_only(void **state)
{
	GX_CASE(shared(), 0, eagain_unmaps, -EAGAIN, 0, 0, 1, 0, 1);
}

/* One file per VM on one inode: all of them lose their mappings. */
static void two_vms(struct task *me, struct gx *x)
{
	struct vm *other = x->priv;
	struct gmem_file *f2;
	u64 seq;

	gmem_link(me, x->f, other, &f2);
	gx_ret(me, x, vm_set_memory_region(me, other, 0, 0, PG(8), f2, 0, 0));
	gx_ret(me, x, vcpu_pre_fault_memory(me, vm_vcpu(other, 0), 0, PG(2), &x->info.pages_done));
	gx_ret(me, x, vm_gpa_mapped(other, PG(1)));
	seq = other->mmu_invalidate_seq;
	gx_ret(me, x, gx_convert(me, x, 1, 1, true));
	gx_ret(me, x, vm_gpa_mapped(other, PG(0)));
	gx_ret(me, x, vm_gpa_mapped(other, PG(1)));
	gx_ret(me, x, (s64)(other->mmu_invalidate_seq - seq));
	gmem_close(me, f2);
}

static void test_all_files_are_told(void **state)
{
	struct gx *x = gx_new(shared());

	x->priv = vm_create(x->m, "other", VM_SW_PROTECTED, x->mm, 1);
	gx_actor(x, -1, two_vms);
	gx_run(x);
	GX_EXPECT(x, 0, 0, 1, 0, 1, 0, 1);
	gx_silent(x);
	gx_free(x);
}

/* The longest exclusive hold names its steps, in the kernel's order. */
static void long_hold(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 8; i++)
		gx_write(me, x, i, 1);
	gx_guest_read(me, x, 0, false);
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
}

static void test_steps_of_the_hold(void **state)
{
	static const char *const want[] = { "prealloc", "unmap",      "refcount-scan", "lru-drain",
					    "zap",	"attr-store", "end" };
	struct gx_cfg cfg = shared();
	struct lock_mode_stat st;
	struct gx *x;
	u32 found = 0;

	cfg.timed = true; /* or any hold could be the longest */
	cfg.sched = SCHED_FIFO;
	x = gx_new(cfg);

	gx_actor(x, 0, long_hold);
	gx_run(x);
	GX_EXPECT(x, 0);
	lock_stat_total(x->sim, lock_class_get(x->sim, "mapping.invalidate_lock", 0)->id,
			LOCK_WRITE, &st);
	for (u32 i = 0; i < st.longest.nr_steps && found < ARRAY_SIZE(want); i++)
		found += !strcmp(st.longest.step[i].name, want[found]);
	assert_int_equal(found, ARRAY_SIZE(want));
	gx_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_content_survives),
		cmocka_unit_test(test_precise),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_pins_are_reported),
		cmocka_unit_test(test_orphans_do_not_count),
		cmocka_unit_test(test_lru_batches_are_drained),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_eagain_unmaps_the_host_only),
		cmocka_unit_test(test_all_files_are_told),
		cmocka_unit_test(test_steps_of_the_hold),
	};

	return cmocka_run_group_tests_name("gmem_convert", tests, NULL, NULL);
}
