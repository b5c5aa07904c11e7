// SPDX-License-Identifier: GPL-2.0-only
/*
 * populate: arguments, content, how far it gets, and the faults it had.
 */
#include "model/kvm/tdp_mmu.h"
#include "tests/unit/gmem_fixture.h"

static const struct gx_cfg base = {
	.kernel = KERNEL_INPLACE,
	.type = VM_SW_PROTECTED,
	.flags = GMEM_FLAG_MMAP, /* private from birth */
	.nr_pages = 8,
};

static s64 populate(struct task *me, struct gx *x, u64 index, u64 nr, hva_t src)
{
	return gx_ret(me, x, vm_populate(me, x->vm, PG(index), PG(nr), src));
}

static hva_t source(struct task *me, u64 nr, u8 byte)
{
	hva_t src = 0;

	sys_mmap_flags(me, NULL, 0, PG(nr), PROT_READ | PROT_WRITE, MAP_PRIVATE, &src);
	host_access(me, src, PG(nr), true, byte, NULL);
	return src;
}

/* The guest sees what was copied, and zero elsewhere. */
static void copies(struct task *me, struct gx *x)
{
	hva_t src = source(me, 4, 0x77);

	gx_convert(me, x, 0, 8, true);
	populate(me, x, 2, 4, src);
	gx_ret(me, x, gx_guest_read(me, x, 2, true));
	gx_ret(me, x, gx_guest_read(me, x, 5, true));
	gx_ret(me, x, gx_guest_read(me, x, 6, true));
	/* writing to the source afterwards changes nothing */
	host_access(me, src, PG(1), true, 0x78, NULL);
	gx_ret(me, x, gx_guest_read(me, x, 2, true));
	/* the slot ends the range */
	populate(me, x, 6, 4, src);
	sys_munmap(me, src, PG(4));
}

static void test_copies(void **state)
{
	struct gx_cfg cfg = base;

	GX_CASE(cfg, 0, copies, 4, 0x77, 0x77, 0, 0x77, 2);
	cfg.engine = ENGINE_THREADS;
	GX_CASE(cfg, 0, copies, 4, 0x77, 0x77, 0, 0x77, 2);
	cfg.engine = ENGINE_VIRTUAL;
	cfg.kernel = KERNEL_MAINLINE;
	GX_CASE(cfg, 0, copies, 4, 0x77, 0x77, 0, 0x77, 2);
}

/* Q10: what is refused */
static void refused(struct task *me, struct gx *x)
{
	hva_t src = source(me, 4, 1);

	populate(me, x, 0, 0, src);
	populate(me, x, 0, 1, src + 1);
	gx_ret(me, x, vm_populate(me, x->vm, 1, PG(1), src));
	populate(me, x, 100, 1, src); /* no slot */
	populate(me, x, 0, 4, PG(1)); /* nothing is mapped there */
	gx_convert(me, x, 1, 1, false);
	populate(me, x, 1, 1, src);
	populate(me, x, 0, 4, src); /* stops at the shared page */
	sys_munmap(me, src + PG(2), PG(2));
	populate(me, x, 2, 4, src); /* stops where the source does */
}

static void test_refused(void **state)
{
	GX_CASE(base, -1, refused, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EFAULT, -EINVAL, 1, 2);
}

static void mainline_shared(struct task *me, struct gx *x)
{
	hva_t src = source(me, 1, 1);

	populate(me, x, 0, 1, src);
	gx_convert(me, x, 0, 1, true);
	populate(me, x, 0, 1, 0);
	populate(me, x, 0, 1, src);
}

static void test_mainline(void **state)
{
	struct gx_cfg cfg = base;

	cfg.kernel = KERNEL_MAINLINE;
	GX_CASE(cfg, -1, mainline_shared, -EINVAL, -EOPNOTSUPP, 1);
}

/* In place without a source: what the page has, zero if it is new. */
static void in_place(struct task *me, struct gx *x)
{
	gx_convert(me, x, 0, 1, false);
	gx_write(me, x, 0, 0x5a);
	gx_convert(me, x, 0, 1, true);
	populate(me, x, 0, 2, 0);
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_guest_read(me, x, 1, true));
}

static void test_in_place(void **state)
{
	struct gx_cfg cfg = base;
	struct gx *x;

	GX_CASE(cfg, 0, in_place, 2, 0x5a, 0);
	cfg.bug = "prepare-tracking-vs-uptodate";
	cfg.no_checks = true;
	x = gx_new(cfg);
	gx_actor(x, 0, in_place);
	gx_run(x);
	assert_int_equal(gx_found(x, "content"), 1);
	gx_free(x);
}

/* What was done before an error stays; the answer is the count. */
static void interrupted(struct task *me, struct gx *x)
{
	hva_t src = source(me, 8, 3);

	me->fail_site = "populate_signal";
	me->fail_nth = 1;
	populate(me, x, 0, 8, src);
	me->sigpending = 0;
	me->fail_site = "populate_signal";
	me->fail_nth = 4;
	populate(me, x, 0, 8, src);
	me->sigpending = 0;
	me->fail_site = "folio_alloc";
	me->fail_nth = 3;
	populate(me, x, 2, 6, src);
	me->fail_site = NULL;
	populate(me, x, 0, 8, src);
	gx_ret(me, x, gx_guest_read(me, x, 7, true));
}

static void test_interrupted(void **state)
{
	GX_CASE(base, 0, interrupted, -EINTR, 3, 3, 8, 3);
}

/* The source is shared memory of the same file: its fault takes the same lock. */
static void same_file(struct task *me, struct gx *x)
{
	gx_convert(me, x, 4, 4, false);
	gx_write(me, x, 4, 0x44);
	gx_write(me, x, 5, 0x45);
	sys_madvise_dontneed(me, x->hva, PG(8));
	populate(me, x, 0, 2, x->hva + PG(4));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
	gx_ret(me, x, gx_guest_read(me, x, 1, true));
}

static void test_same_file(void **state)
{
	GX_CASE(base, 0, same_file, 2, 0x44, 0x45);
}

/* The architecture's own way. */
static int count_pages(struct task *me, struct vm *vm, gfn_t gfn, pfn_t pfn, struct folio *src)
{
	return gfn == 2 ? -EIO : 0;
}

static const struct tdp_external_ops arch_ops = {.post_populate = count_pages};

static void arch(struct task *me, struct gx *x)
{
	hva_t src = source(me, 4, 1);

	x->vm->external_ops = &arch_ops;
	populate(me, x, 0, 4, src);
	populate(me, x, 2, 1, src);
	x->vm->external_ops = NULL;
}

static void test_arch(void **state)
{
	GX_CASE(base, -1, arch, 2, -EIO);
}

/* The order before the rework: nobody needs to be in the way for the inversion, three to hang. */
static void run_bug(const char *bug, const char *rule)
{
	struct gx_cfg cfg = base;
	struct gx *x;

	cfg.bug = bug;
	cfg.no_checks = true;
	x = gx_new(cfg);
	gx_actor(x, 0, same_file);
	sim_run(x->sim);
	assert_true(gx_found(x, rule) > 0);
	gx_free(x);
}

static void test_faulty_orders(void **state)
{
	run_bug("populate-mmap-abba", "deadlock");
	run_bug("populate-getpfn-self-deadlock", "deadlock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_mainline),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_same_file),
		cmocka_unit_test(test_arch),
		cmocka_unit_test(test_faulty_orders),
	};

	return cmocka_run_group_tests_name("gmem_populate", tests, NULL, NULL);
}
