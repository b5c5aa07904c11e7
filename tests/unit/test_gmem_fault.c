// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages for guest and host: zeroing, references, which locks are taken in which kernel, what ends a
 * fault.  Numbers are those of the conformance list.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/mm/folio.h"

static struct gx_cfg cfg_of(enum kernel_design kernel)
{
	return (struct gx_cfg){
		.kernel = kernel,
		.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED,
		.nr_pages = 4,
		.no_lru = true,
	};
}

/* B1, B2, B14 */
static void mappability(struct task *me, struct gx *x)
{
	hva_t hva;

	gx_ret(me, x, sys_mmap(me, x->f, 0, PG(4), false, &hva));
	gx_ret(me, x, sys_mmap(me, x->f, 1, PG(1), true, &hva));
	gx_ret(me, x, sys_mmap(me, x->f, PG(7), PG(1), true, &hva));
	gx_ret(me, x, host_access(me, hva, 1, false, 0, &x->info));
}

static void unmappable(struct task *me, struct gx *x)
{
	hva_t hva;

	gx_ret(me, x, sys_mmap(me, x->f, 0, PG(4), true, &hva));
	gx_ret(me, x, sys_mmap(me, x->f, 0, PG(1), false, &hva));
}

static void test_mmap(void **state)
{
	struct gx_cfg cfg = cfg_of(KERNEL_MAINLINE);

	GX_CASE(cfg, -1, mappability, -EINVAL, -EINVAL, 0, ACCESS_SIGBUS);
	cfg.kernel = KERNEL_INPLACE;
	GX_CASE(cfg, -1, mappability, -EINVAL, -EINVAL, 0, ACCESS_SIGBUS);
	cfg.flags = 0;
	GX_CASE(cfg, -1, unmappable, -ENODEV, -ENODEV);
}

/* B3, B4, B5, B18 */
static void host_faults(struct task *me, struct gx *x)
{
	hva_t big;

	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, sys_mmap(me, x->f, 0, PG(16), true, &big));
	gx_ret(me, x, host_access(me, big, PG(16), true, 0x5a, &x->info));
	gx_ret(me, x, (s64)x->info.pages_done);
	gx_ret(me, x, gx_read(me, x, 3));
	gx_ret(me, x, gmem_folio_state(x->f, PG(3)).mapcount);
	gx_ret(me, x, gmem_folio_state(x->f, PG(3)).refcount);
}

static void test_host_faults(void **state)
{
	GX_CASE(cfg_of(KERNEL_MAINLINE), -1, host_faults, 0, 0, ACCESS_SIGBUS, 4, 0x5a, 2, 3);
	GX_CASE(cfg_of(KERNEL_INPLACE), -1, host_faults, 0, 0, ACCESS_SIGBUS, 4, 0x5a, 2, 3);
}

/* B7, B8; P12: pins of private pages */
static void private_host(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_ret(me, x, gx_write(me, x, 0, 1));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, pin_user_pages(me, x->hva, PAGE_SIZE, true, false, &pin));
	gx_ret(me, x, gmem_folio_state(x->f, 0).present);
}

static void test_private_pages_are_not_the_hosts(void **state)
{
	for (int k = 0; k < 2; k++) {
		struct gx_cfg cfg = cfg_of(k ? KERNEL_INPLACE : KERNEL_MAINLINE);

		cfg.flags = GMEM_FLAG_MMAP;
		GX_CASE(cfg, -1, private_host, ACCESS_SIGBUS, ACCESS_SIGBUS, -EFAULT, 0);
	}
}

/* A guest fault leaves one reference, the page cache's: SPTEs hold none. */
static void guest_fault(struct task *me, struct gx *x)
{
	struct folio_state s;

	gx_ret(me, x, gx_guest_read(me, x, 1, false));
	s = gmem_folio_state(x->f, PG(1));
	gx_ret(me, x, s.present && s.uptodate ? s.refcount : -1);
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(1)));
	gx_ret(me, x, gx_guest_write(me, x, 1, false, 0x42));
	gx_ret(me, x, gx_read(me, x, 1));
}

static void test_guest_faults(void **state)
{
	GX_CASE(cfg_of(KERNEL_MAINLINE), 0, guest_fault, 0, 1, 1, 0, 0x42);
	GX_CASE(cfg_of(KERNEL_INPLACE), 0, guest_fault, 0, 1, 1, 0, 0x42);
}

/* Allocation leaves stale content; the first fault zeroes it, the second does not. */
static void zeroing(struct task *me, struct gx *x)
{
	gx_allocate(me, x, 0, 1);
	gx_ret(me, x, gmem_folio_state(x->f, 0).uptodate);
	gx_ret(me, x, gx_guest_write(me, x, 0, false, 7));
	gx_ret(me, x, gmem_folio_state(x->f, 0).uptodate);
	gx_ret(me, x, gx_read(me, x, 0));
}

static void test_zeroing_is_lazy(void **state)
{
	GX_CASE(cfg_of(KERNEL_MAINLINE), 0, zeroing, 0, 0, 1, 7);
	GX_CASE(cfg_of(KERNEL_INPLACE), 0, zeroing, 0, 0, 1, 7);
}

static void one_of_each(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_guest_read(me, x, 0, false));
	gx_ret(me, x, gx_read(me, x, 1));
}

/* The invalidate lock: not taken by any fault in mainline, shared by both in in-place kernels. */
static void test_invalidate_lock(void **state)
{
	for (int k = 0; k < 2; k++) {
		struct gx *x = gx_new(cfg_of(k ? KERNEL_INPLACE : KERNEL_MAINLINE));
		struct lock_mode_stat st;

		gx_actor(x, 0, one_of_each);
		gx_run(x);
		GX_EXPECT(x, 0, 0);
		gx_silent(x);
		lock_stat_total(x->sim,
				lock_class_get(x->sim, "mapping.invalidate_lock", 0)->id,
				LOCK_READ, &st);
		assert_int_equal(st.acquisitions, k ? 2 : 0);
		gx_free(x);
	}
}

static void poisoned(struct task *me, struct gx *x)
{
	gx_guest_write(me, x, 0, false, 3);
	folio_set_hwpoison(me, __xa_load(&x->f->inode->mapping.i_pages, 0));
	/* the leaf is still there: only a new fault sees it */
	gx_ret(me, x, gx_punch(me, x, 1, 1));
	gx_ret(me, x, vcpu_pre_fault_memory(me, vm_vcpu(x->vm, 0), PG(2), PG(1),
					    &x->info.pages_done));
	folio_set_hwpoison(me, __xa_load(&x->f->inode->mapping.i_pages, 2));
	gx_ret(me, x, gx_punch(me, x, 3, 1));
	gx_allocate(me, x, 3, 1);
	folio_set_hwpoison(me, __xa_load(&x->f->inode->mapping.i_pages, 3));
	gx_ret(me, x, guest_touch(me, PG(3), 1, false, false, 0, &x->info));
	gx_ret(me, x, gx_punch(me, x, 3, 1));
	gx_ret(me, x, gx_guest_read(me, x, 3, false));
}

static void test_poison(void **state)
{
	GX_CASE(cfg_of(KERNEL_MAINLINE), 0, poisoned, 0, 0, 0, -EHWPOISON, 0, 0);
	GX_CASE(cfg_of(KERNEL_INPLACE), 0, poisoned, 0, 0, 0, -EHWPOISON, 0, 0);
}

static void no_memory(struct task *me, struct gx *x)
{
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	gx_ret(me, x, gx_guest_read(me, x, 0, false));
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	gx_ret(me, x, gx_read(me, x, 0));
	me->fail_site = NULL;
	gx_ret(me, x, gx_read(me, x, 0));
}

static void test_no_memory(void **state)
{
	GX_CASE(cfg_of(KERNEL_MAINLINE), 0, no_memory, -ENOMEM, -ENOMEM, 0);
	GX_CASE(cfg_of(KERNEL_INPLACE), 0, no_memory, -ENOMEM, -ENOMEM, 0);
}

static void transient(struct task *me, struct gx *x)
{
	gx_ret(me, x, speculative_ref(me, x->f, 0, 100));
	gx_allocate(me, x, 0, 1);
	gx_ret(me, x, speculative_ref(me, x->f, 0, 100));
	gx_ret(me, x, gmem_folio_state(x->f, 0).refcount);
	gx_ret(me, x, speculative_ref(me, x->f, PG(4), 100));
}

static void test_speculative_ref(void **state)
{
	GX_CASE(cfg_of(KERNEL_MAINLINE), -1, transient, -ENOENT, 0, 1, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mmap),
		cmocka_unit_test(test_host_faults),
		cmocka_unit_test(test_private_pages_are_not_the_hosts),
		cmocka_unit_test(test_guest_faults),
		cmocka_unit_test(test_zeroing_is_lazy),
		cmocka_unit_test(test_invalidate_lock),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_speculative_ref),
	};

	return cmocka_run_group_tests_name("gmem_fault", tests, NULL, NULL);
}
