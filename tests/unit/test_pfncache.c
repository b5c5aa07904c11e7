// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's caches of guest pages: filled at the first access, taken back by mmu_notifiers, refreshed
 * when next used; no reference, no access without a slot.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/kvm/pfncache.h"
#include "sim/livelock.h"

#define MAPPED (GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED)

/* The tests bind the file themselves, at its place in the process. */
static const struct gx_cfg mapped = { .flags = MAPPED, .no_slot = true };

static void bind(struct task *me, struct gx *x)
{
	vm_set_memory_region(me, x->vm, 0, 0, PG(8), x->f, 0, x->hva);
}

static s64 kvm_read(struct task *me, struct gx *x, gpa_t gpa)
{
	u8 byte = 0xff;
	s64 r = vm_access_guest(me, x->vm, gpa, false, &byte, 5);

	return r ? r : byte;
}

static bool is_valid(const struct gx *x)
{
	return list_first_entry(&x->vm->gpcs->list, struct gfn_to_pfn_cache, node)->valid;
}

static void cached_and_taken_back(struct task *me, struct gx *x)
{
	u8 byte = 0x42;

	bind(me, x);
	gx_ret(me, x, host_access(me, x->hva, PG(1), true, 0x41, NULL));
	gx_ret(me, x, kvm_read(me, x, 0));
	gx_ret(me, x, is_valid(x));
	gx_ret(me, x, sys_madvise_dontneed(me, x->hva + PG(1), PG(1))); /* another page */
	gx_ret(me, x, is_valid(x));
	gx_ret(me, x, sys_madvise_dontneed(me, x->hva, PG(1)));
	gx_ret(me, x, is_valid(x));
	gx_ret(me, x, vm_access_guest(me, x->vm, 0, true, &byte, 5));
	gx_ret(me, x, is_valid(x));
	gx_ret(me, x, kvm_read(me, x, 0));
	gx_ret(me, x, kvm_read(me, x, PG(1000))); /* no slot */
}

static void test_cached_and_taken_back(void **state)
{
	GX_CASE(mapped, -1, cached_and_taken_back, ACCESS_OK, 0x41, 1, 0, 1, 0, 0, 0, 1, 0x42,
		-EFAULT);
}

static void read_often(struct task *me, struct gx *x)
{
	bind(me, x);
	for (u32 i = 0; i < 20; i++)
		gx_ret(me, x, kvm_read(me, x, 0));
}

static void punch_often(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 20; i++)
		gmem_fallocate(me, x->f, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, (s64)PG(1));
}

static void test_orders_are_silent(void **state)
{
	for (u64 seed = 1; seed <= 30; seed++) {
		struct gx_cfg cfg = mapped;
		struct gx *x;

		cfg.sched = SCHED_RANDOM;
		cfg.seed = seed;
		x = gx_new(cfg);
		gx_actor(x, -1, read_often);
		gx_actor(x, -1, punch_often);
		gx_run(x);
		gx_silent(x);
		assert_int_equal(x->ret[0], 0);
		gx_free(x);
	}
}

static void refuse(struct task *me, struct gx *x)
{
	struct livelock l = { 0 };

	for (u32 i = 0; i < 3; i++)
		livelock_failed(me, &l, false, 4, "test");
	livelock_failed(me, &l, true, 4, "test"); /* somebody is in the way: from the start */
	for (u32 i = 0; i < 3; i++)
		livelock_failed(me, &l, false, 4, "test");
	livelock_progress(&l);
	for (u32 i = 0; i < 3; i++)
		livelock_failed(me, &l, false, 4, "test");
	gx_ret(me, x, x->sim->nr_findings);
	for (u32 i = 0; i < 9; i++)
		livelock_failed(me, &l, false, 4, "test");
	gx_ret(me, x, x->sim->nr_findings);
}

static void test_livelock(void **state)
{
	struct gx *x = gx_new(mapped);

	gx_actor(x, -1, refuse);
	gx_run(x);
	assert_int_equal(x->ret[0], 0);
	assert_int_equal(x->ret[1], 1);
	assert_true(sim_has_finding(x->sim, "livelock"));
	gx_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cached_and_taken_back),
		cmocka_unit_test(test_orders_are_silent),
		cmocka_unit_test(test_livelock),
	};

	return cmocka_run_group_tests_name("pfncache", tests, NULL, NULL);
}
