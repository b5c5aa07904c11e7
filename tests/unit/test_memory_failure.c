// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory errors in pages of a guest_memfd: conformance M1-M9, references, and the deadlock with
 * hole punching that the order of locks makes possible.
 */
#include "model/mm/lru.h"
#include "model/mm/memory_failure.h"
#include "tests/unit/gmem_fixture.h"

static const struct gx_cfg base = {
	.kernel = KERNEL_INPLACE,
	.type = VM_SW_PROTECTED,
	.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED,
	.nr_pages = 8,
};

/* M6, M1, M2: a page the guest has mapped; the file keeps it until it is punched */
static void guest_page(struct task *me, struct gx *x)
{
	bool is_private = !(x->cfg.flags & GMEM_FLAG_INIT_SHARED);

	gx_guest_write(me, x, 2, is_private, 0x55);
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(2)));
	gx_ret(me, x, memory_failure_at(me, x->f, PG(2)));
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(2)));
	gx_ret(me, x, gmem_folio_state(x->f, PG(2)).present);
	gx_ret(me, x, gx_guest_read(me, x, 2, is_private));
	gx_ret(me, x, (s64)x->info.fault_gpa);
	gx_ret(me, x, gx_guest_read(me, x, 3, is_private)); /* the neighbour */
	gx_ret(me, x, memory_failure_at(me, x->f, PG(2)));
	gx_ret(me, x, gx_punch(me, x, 2, 1));
	gx_ret(me, x, gx_guest_read(me, x, 2, is_private));
}

static void test_guest_page(void **state)
{
	struct gx_cfg cfg = base;

	for (int i = 0; i < 4; i++) {
		cfg.kernel = i & 1 ? KERNEL_INPLACE : KERNEL_MAINLINE;
		cfg.type = cfg.kernel == KERNEL_MAINLINE ? VM_DEFAULT : VM_SW_PROTECTED;
		cfg.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED;
		if (cfg.kernel == KERNEL_INPLACE && i & 2)
			cfg.flags = GMEM_FLAG_MMAP;
		GX_CASE(cfg, 0, guest_page, 1, -EBUSY, 0, 1, -EHWPOISON, PG(2), 0, -EHWPOISON, 0,
			0);
	}
}

/* M7, M8: the process has it mapped and says so itself */
static void host_page(struct task *me, struct gx *x)
{
	hva_t other;

	gx_write(me, x, 1, 0x11);
	gx_guest_read(me, x, 1, false);
	gx_ret(me, x, sys_madvise_hwpoison(me, x->hva + PG(1), PAGE_SIZE));
	gx_ret(me, x, gx_read(me, x, 1));
	gx_ret(me, x, gx_guest_read(me, x, 1, false));
	gx_ret(me, x, (s64)x->info.fault_flags);
	gx_ret(me, x, sys_madvise_hwpoison(me, x->hva + PG(1), PAGE_SIZE));
	gx_ret(me, x, gx_punch(me, x, 1, 1));
	gx_ret(me, x, gx_guest_read(me, x, 1, false));
	gx_ret(me, x, gx_read(me, x, 1)); /* the old mapping remembers */
	gx_ret(me, x, sys_mmap(me, x->f, 0, PG(8), true, &other));
	gx_ret(me, x, host_access(me, other + PG(1), 1, false, 0, &x->info));
	gx_ret(me, x, x->info.first_byte);
	/* until the address is unmapped */
	gx_ret(me, x, sys_madvise_dontneed(me, x->hva + PG(1), PAGE_SIZE));
	gx_ret(me, x, gx_read(me, x, 1));
	gx_ret(me, x, sys_munmap(me, other, PG(8)));
}

static void test_host_page(void **state)
{
	GX_CASE(base, 0, host_page, -EBUSY, ACCESS_SIGBUS, -EHWPOISON, 0, -EFAULT, 0, 0,
		ACCESS_SIGBUS, 0, 0, 0, 0, 0, 0);
}

/* M9: the reference that the handler keeps makes the page inconvertible until it is punched */
static void no_conversion(struct task *me, struct gx *x)
{
	gx_write(me, x, 4, 1);
	gx_ret(me, x, memory_failure_at(me, x->f, PG(4)));
	gx_ret(me, x, gmem_folio_state(x->f, PG(4)).refcount);
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, (s64)x->err_offset);
	gx_ret(me, x, gx_convert(me, x, 4, 1, false));
	gx_ret(me, x, gx_punch(me, x, 4, 1));
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, x->m->folios->nr_free);
}

static void test_no_conversion(void **state)
{
	GX_CASE(base, -1, no_conversion, -EBUSY, 2, -EAGAIN, PG(4), 0, 0, 0, 0);
}

/* Who meets the error himself is killed, the first one and all others. */
static void consumed(struct task *me, struct gx *x)
{
	gx_write(me, x, 2, 1);
	gx_ret(me, x, memory_failure_consumed(me, x->f, PG(2)));
	gx_ret(me, x, memory_failure_consumed(me, x->f, PG(2)));
	gx_ret(me, x, memory_failure_consumed(me, x->f, PG(3)));
	gx_ret(me, x, gx_read(me, x, 2));
}

static void test_consumed(void **state)
{
	GX_CASE(base, -1, consumed, ACCESS_SIGBUS, ACCESS_SIGBUS, -ENXIO, ACCESS_SIGBUS);
}

/* A hole has no page; a process that maps the page later meets the poison in the fault. */
static void edges(struct task *me, struct gx *x)
{
	struct pin *pin;

	gx_ret(me, x, memory_failure_at(me, x->f, PG(7)));
	gx_ret(me, x, memory_failure_at(me, x->f, PG(8)));
	gx_allocate(me, x, 0, 1);
	gx_ret(me, x, memory_failure_at(me, x->f, 0));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, pin_user_pages(me, x->hva, PAGE_SIZE, false, false, &pin));
	gx_ret(me, x, sys_madvise_hwpoison(me, x->hva + 1, PAGE_SIZE));
	gx_ret(me, x, sys_madvise_hwpoison(me, PG(1), PAGE_SIZE));
}

static void test_edges(void **state)
{
	GX_CASE(base, -1, edges, -ENXIO, -ENXIO, -EBUSY, ACCESS_SIGBUS, -EFAULT, -EINVAL, -EFAULT);
}

/* A page that is on no LRU list is marked and left where it is. */
static void not_handlable(struct task *me, struct gx *x)
{
	struct folio *folio;

	gx_guest_read(me, x, 0, false);
	lru_add_drain_all(me);
	folio = __xa_load(&x->f->inode->mapping.i_pages, 0);
	folio_clear_flag(me, folio, PG_lru);
	gx_ret(me, x, memory_failure_at(me, x->f, 0));
	gx_ret(me, x, vm_gpa_mapped(x->vm, 0));
	gx_ret(me, x, gmem_folio_state(x->f, 0).refcount);
	gx_ret(me, x, gx_punch(me, x, 0, 1));
}

static void test_not_handlable(void **state)
{
	GX_CASE(base, 0, not_handlable, -EBUSY, 1, 1, 0);
}

/* ... until somebody faults on it: that unmaps it from all processes. */
static void fault_unmaps(struct task *me, struct gx *x)
{
	struct folio *folio;
	hva_t other;

	gx_write(me, x, 0, 0x21);
	lru_add_drain_all(me);
	folio = __xa_load(&x->f->inode->mapping.i_pages, 0);
	folio_clear_flag(me, folio, PG_lru);
	gx_ret(me, x, memory_failure_at(me, x->f, 0));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, sys_mmap(me, x->f, 0, PG(8), true, &other));
	gx_ret(me, x, host_access(me, other, 1, false, 0, &x->info));
	gx_ret(me, x, gmem_folio_state(x->f, 0).mapcount);
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, sys_munmap(me, other, PG(8)));
}

static void test_fault_unmaps(void **state)
{
	GX_CASE(base, -1, fault_unmaps, -EBUSY, 0x21, 0, ACCESS_SIGBUS, 0, ACCESS_SIGBUS, 0);
}

/* Nor can a frozen page be handled; it is not free, so it stays marked. */
static void frozen(struct task *me, struct gx *x)
{
	struct folio *folio;

	gx_allocate(me, x, 0, 1);
	lru_add_drain_all(me);
	folio = __xa_load(&x->f->inode->mapping.i_pages, 0);
	folio_lock(me, folio);
	gx_ret(me, x, folio_ref_freeze(me, folio, 1));
	gx_ret(me, x, memory_failure(me, folio, 0));
	gx_ret(me, x, folio_test(folio, PG_hwpoison) != 0);
	folio_ref_unfreeze(me, folio, 1);
	folio_unlock(me, folio);
	gx_ret(me, x, gx_punch(me, x, 0, 1));
}

static void test_frozen(void **state)
{
	struct gx_cfg cfg = base;

	cfg.no_checks = true;
	GX_CASE(cfg, -1, frozen, 1, -EBUSY, 1, 0);
}

/* The error is met while somebody else has the page's mapping, or its folio, locked. */
static void fail_later(struct task *me, struct gx *x)
{
	sim_sleep(me, 100000);
	memory_failure_at(me, x->f, 0);
}

/* Isolated while its mappings are being removed: it was on a list when the folio was locked. */
static void isolate(struct task *me, struct gx *x)
{
	struct address_space *mapping = &x->f->inode->mapping;
	struct folio *folio;

	gx_write(me, x, 0, 1);
	gx_guest_read(me, x, 0, false);
	lru_add_drain_all(me);
	folio = __xa_load(&mapping->i_pages, 0);
	down_write(me, &mapping->i_mmap_rwsem);
	sim_sleep(me, 200000);
	gx_ret(me, x, folio_isolate_lru(me, folio));
	up_write(me, &mapping->i_mmap_rwsem);
	sim_sleep(me, 200000);
	gx_ret(me, x, vm_gpa_mapped(x->vm, 0));
	folio_putback_lru(me, folio);
}

/* The batches are drained after the first look at the locked folio. */
static void hold_folio(struct task *me, struct gx *x)
{
	struct folio *folio;

	gx_allocate(me, x, 0, 1);
	lru_add_drain_all(me);
	gx_allocate(me, x, 1, 1);
	folio = __xa_load(&x->f->inode->mapping.i_pages, 0);
	folio_lock(me, folio);
	sim_sleep(me, 200000);
	folio = __xa_load(&x->f->inode->mapping.i_pages, 1);
	gx_ret(me, x, lru_nr_batched(me, folio));
	folio_unlock(me, __xa_load(&x->f->inode->mapping.i_pages, 0));
	sim_sleep(me, 200000);
	gx_ret(me, x, lru_nr_batched(me, folio));
}

static void against(void (*fn)(struct task *me, struct gx *x), s64 first, s64 second)
{
	struct gx *x = gx_new(base);

	gx_actor(x, 0, fn);
	gx_actor(x, -1, fail_later);
	gx_run(x);
	GX_EXPECT(x, first, second);
	gx_silent(x);
	gx_free(x);
}

static void test_against(void **state)
{
	against(isolate, 1, 0);
	against(hold_folio, 1, 0);
}

/* Errors, accesses and references at the same time; then nothing is left over. */
static void fail_all(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 8; i++)
		memory_failure_at(me, x->f, PG(i));
}

static void touch_all(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 8; i++) {
		gx_write(me, x, i, 1);
		gx_guest_read(me, x, i, false);
	}
}

static void pin_all(struct task *me, struct gx *x)
{
	struct pin *pin;

	for (u64 i = 0; i < 8; i++) {
		if (pin_user_pages(me, x->hva + PG(i), PAGE_SIZE, false, false, &pin) == 1)
			unpin_user_pages(me, pin);
	}
}

static void run_storm(enum engine_kind engine, u64 seed)
{
	struct gx_cfg cfg = base;
	struct gx *x;

	cfg.engine = engine;
	cfg.sched = SCHED_RANDOM;
	cfg.seed = seed;
	x = gx_new(cfg);
	gx_actor(x, 0, touch_all);
	gx_actor(x, -1, fail_all);
	gx_actor(x, -1, fail_all);
	gx_actor(x, -1, pin_all);
	gx_run(x);
	gx_silent(x);
	gx_free(x);
}

static void test_storm(void **state)
{
	for (u64 seed = 1; seed <= 60; seed++)
		run_storm(ENGINE_VIRTUAL, seed);
	for (u64 seed = 1; seed <= 3; seed++)
		run_storm(ENGINE_THREADS, seed);
}

/*
 * memory_failure() locks the folio and then wants the invalidate lock; hole punching has that and
 * waits for the folio lock.
 */
static void fill_and_fail(struct task *me, struct gx *x)
{
	gx_allocate(me, x, 0, 8);
	fail_all(me, x);
}

static void punch_all(struct task *me, struct gx *x)
{
	gx_punch(me, x, 0, 8);
}

static void test_deadlock_with_punch(void **state)
{
	u32 found = 0;

	for (u64 seed = 1; seed <= 200 && !found; seed++) {
		struct gx_cfg cfg = base;
		struct gx *x;

		cfg.sched = SCHED_RANDOM;
		cfg.seed = seed;
		cfg.no_checks = true;
		x = gx_new(cfg);
		gx_actor(x, -1, fill_and_fail);
		gx_actor(x, -1, punch_all);
		sim_run(x->sim);
		found += gx_found(x, "deadlock");
		gx_free(x);
	}
	assert_int_equal(found, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_page),
		cmocka_unit_test(test_host_page),
		cmocka_unit_test(test_no_conversion),
		cmocka_unit_test(test_consumed),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_not_handlable),
		cmocka_unit_test(test_fault_unmaps),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_against),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_deadlock_with_punch),
	};

	return cmocka_run_group_tests_name("memory_failure", tests, NULL, NULL);
}
