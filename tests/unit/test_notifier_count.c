// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmu_notifier ranges against memslot updates: start and end see the same slots, because a swap
 * waits until no range is open.
 */
#include "tests/unit/kvm_fixture.h"

/* Two slots over one anonymous mapping: an odd one out makes start and end see different things. */
static void setup_anon(struct task *me, struct kx *x)
{
	KX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(x->pages), true, &x->hva));
	KX_CHECK(x, !vm_set_memory_region(me, x->vm, 0, KX_GPA, PG(8), NULL, 0, x->hva));
	KX_CHECK(x, host_access(me, x->hva, PG(x->pages), true, 1, NULL) == ACCESS_OK);
}

static struct mmu_notifier_range range_of(struct kx *x, u64 page, u64 nr)
{
	return (struct mmu_notifier_range){
		.mm = x->mm,
		.start = x->hva + PG(page),
		.end = x->hva + PG(page + nr),
	};
}

/* --- the filter, and what is found by address --- */

static void notify_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct mmu_notifier_range r;
	u64 seq;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(8), false, false, 0, NULL) == 0);
	seq = x->vm->mmu_invalidate_seq;
	/* half a page in, half a page out: whole pages go */
	r = range_of(x, 2, 2);
	r.start += 100;
	r.end -= 100;
	mmu_notifier_invalidate_range_start(me, &r);
	KX_CHECK(x, x->vm->mn_active_invalidate_count == 1);
	KX_CHECK(x, x->vm->mmu_invalidate_in_progress == 1);
	KX_CHECK(x, x->vm->mmu_invalidate_range_start == GFN(2));
	KX_CHECK(x, x->vm->mmu_invalidate_range_end == GFN(4));
	KX_CHECK(x, vm_gpa_mapped(x->vm, KX_GPA + PG(1)) && !vm_gpa_mapped(x->vm, KX_GPA + PG(2)));
	KX_CHECK(x, !vm_gpa_mapped(x->vm, KX_GPA + PG(3)) && vm_gpa_mapped(x->vm, KX_GPA + PG(4)));
	mmu_notifier_invalidate_range_end(me, &r);
	KX_CHECK(x, x->vm->mn_active_invalidate_count == 0);
	KX_CHECK(x, x->vm->mmu_invalidate_in_progress == 0);
	KX_CHECK(x, x->vm->mmu_invalidate_seq == seq + 1);
	/* no slot there: not even mmu_lock is taken, but the count goes up all the same */
	r = range_of(x, 8, 4);
	mmu_notifier_invalidate_range_start(me, &r);
	KX_CHECK(x, x->vm->mn_active_invalidate_count == 1);
	KX_CHECK(x, x->vm->mmu_invalidate_in_progress == 0);
	mmu_notifier_invalidate_range_end(me, &r);
	KX_CHECK(x, x->vm->mmu_invalidate_seq == seq + 1);
	/* an unmap of the process takes the guest's mapping along */
	KX_CHECK(x, sys_madvise_dontneed(me, x->hva, PG(1)) == 0);
	KX_CHECK(x, !vm_gpa_mapped(x->vm, KX_GPA));
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.first_byte == 0);
}

static void test_notifier(void **state)
{
	struct kx x;

	kx_init(&x);
	x.type = VM_DEFAULT;
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.setup = setup_anon;
	kx_start(&x);
	kx_vcpu(&x, 0, notify_main);
	kx_finish(&x);
}

/* --- a swap waits --- */

static void open_range_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct mmu_notifier_range r;

	kx_wait(me, x);
	r = range_of(x, 0, 12);
	mmu_notifier_invalidate_range_start(me, &r);
	sim_sleep(me, 3 * NSEC_PER_MS);
	/* the swap has not happened, or this end would see another slot than its start */
	KX_CHECK(x, x->vm->memslots->nr == 1);
	KX_CHECK(x, x->vm->mn_memslots_update_waiter != NULL);
	mmu_notifier_invalidate_range_end(me, &r);
	x->count[0] = sim_now(me);
}

static void add_slot_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	sim_sleep(me, NSEC_PER_MS);
	KX_CHECK(x, !vm_set_memory_region(me, x->vm, 1, KX_GPA + PG(8), PG(4), NULL, 0,
					  x->hva + PG(8)));
	x->count[1] = sim_now(me);
}

static void test_swap_waits_for_open_ranges(void **state)
{
	struct kx x;

	kx_init(&x);
	x.type = VM_DEFAULT;
	x.setup = setup_anon;
	kx_start(&x);
	kx_vmm(&x, "notifier", open_range_main);
	kx_vmm(&x, "updater", add_slot_main);
	kx_finish(&x);
	assert_true(x.count[1] >= 3 * NSEC_PER_MS);
	assert_true(x.count[1] >= x.count[0]);
}

/* slots_lock inside an open range: the notifier waits for the swap, the swap for the range. */
static void bad_notifier_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct mmu_notifier_range r;

	kx_wait(me, x);
	r = range_of(x, 0, 12);
	mmu_notifier_invalidate_range_start(me, &r);
	sim_sleep(me, 3 * NSEC_PER_MS);
	mutex_lock(me, &x->vm->slots_lock);
	mutex_unlock(me, &x->vm->slots_lock);
	mmu_notifier_invalidate_range_end(me, &r);
}

static void test_slots_lock_in_a_range_deadlocks(void **state)
{
	struct kx x;

	kx_init(&x);
	x.type = VM_DEFAULT;
	x.setup = setup_anon;
	kx_start(&x);
	kx_vmm(&x, "notifier", bad_notifier_main);
	kx_vmm(&x, "updater", add_slot_main);
	sim_run(x.sim);
	assert_int_equal(kx_findings(&x, "deadlock"), 1);
	sim_destroy(x.sim);
}

/* --- many schedules --- */

static void race_notifier(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		struct mmu_notifier_range r = range_of(x, i % 3 * 4, 6);

		mmu_notifier_invalidate_range_start(me, &r);
		sim_point(me, x->vm->id, SIM_READ);
		mmu_notifier_invalidate_range_end(me, &r);
	}
}

static void race_slots(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 4; i++) {
		KX_CHECK(x, !vm_set_memory_region(me, x->vm, 1, KX_GPA + PG(8), PG(4), NULL, 0,
						  x->hva + PG(8)));
		KX_CHECK(x, !kx_slot_delete(me, x, 1));
	}
}

static void race_discard(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 4; i++)
		KX_CHECK(x, !sys_madvise_dontneed(me, x->hva + PG(6), PG(4)));
}

static void race_guest(struct task *me, void *arg)
{
	struct kx *x = arg;
	s64 r;

	kx_wait(me, x);
	for (u32 i = 0; i < 4; i++) {
		r = guest_touch(me, KX_GPA + PG(4), PG(8), false, true, (u8)i, NULL);
		KX_CHECK(x, r == 0 || r == ACCESS_EXIT_MMIO);
	}
}

static void test_race_notifier_and_swap(void **state)
{
	for (u64 seed = 1; seed <= 250; seed++) {
		struct kx x;

		kx_init_random(&x, seed);
		x.type = VM_DEFAULT;
		x.mcfg.kernel = seed % 2 ? KERNEL_MAINLINE : KERNEL_INPLACE;
		x.setup = setup_anon;
		kx_start(&x);
		kx_vmm(&x, "notifier0", race_notifier);
		kx_vmm(&x, "notifier1", race_notifier);
		kx_vmm(&x, "slots", race_slots);
		kx_vmm(&x, "discard", race_discard);
		kx_vcpu(&x, 0, race_guest);
		kx_finish(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notifier),
		cmocka_unit_test(test_swap_waits_for_open_ranges),
		cmocka_unit_test(test_slots_lock_in_a_range_deadlocks),
		cmocka_unit_test(test_race_notifier_and_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
