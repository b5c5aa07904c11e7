// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest fault: what maps, what exits, what retries, what fails and leaves nothing behind.
 */
#include "tests/unit/kvm_fixture.h"

/* --- one access after the other --- */

static void touch_first_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = task_vcpu(me);

	kx_wait(me, x);
	/* absent: fault, zeroed page */
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(2), false, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.pages_done == 2 && x->info.first_byte == 0);
	KX_CHECK(x, vcpu->nr_faults == 2);
	KX_CHECK(x, vm_gpa_mapped(x->vm, KX_GPA) && vm_gpa_mapped(x->vm, KX_GPA + PG(1)));
	KX_CHECK(x, !vm_gpa_mapped(x->vm, KX_GPA + PG(2)));
	/* present: no fault, and writes are seen */
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, true, 0x5a, NULL) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.first_byte == 0x5a && vcpu->nr_faults == 2);
	/* no reference is kept for the mapping: page cache and LRU batch only */
	KX_CHECK(x, gmem_folio_state(x->gmem, 0).refcount <= 2);
}

static void test_first_touch(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, touch_first_main);
	kx_finish(&x);
}

static void touch_outside_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	/* shared access without a slot: MMIO, and no memory-fault details */
	x->ret[0] = guest_touch(me, KX_GPA + PG(x->pages), 8, false, false, 0, &x->info);
	KX_CHECK(x, x->info.fault_size == 0);
	/* half inside: the pages before count */
	x->ret[1] = guest_touch(me, KX_GPA + PG(x->pages - 1), PG(2), false, true, 1, &x->info);
	KX_CHECK(x, x->info.pages_done == 1);
}

static void test_no_slot(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, touch_outside_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], ACCESS_EXIT_MMIO);
	assert_int_equal(x.ret[1], ACCESS_EXIT_MMIO);
}

/* --- memory-fault exits --- */

static void setup_mainline_attr(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	KX_CHECK(x, !vm_set_mem_attributes(me, x->vm, KX_GPA, PG(4), MEMORY_ATTRIBUTE_PRIVATE));
	/* X3, X15: private where there is no guest_memfd, and where there is no slot */
	KX_CHECK(x, !vm_set_mem_attributes(me, x->vm, KX_GPA + PG(100), PG(1),
					   MEMORY_ATTRIBUTE_PRIVATE));
}

static void memory_fault_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), false, true, 7, NULL) == 0);
	x->ret[0] = guest_touch(me, KX_GPA + PG(100) + 5, 1, false, false, 0, &x->info);
	KX_CHECK(x, x->info.fault_gpa == KX_GPA + PG(100) && x->info.fault_size == PAGE_SIZE);
	KX_CHECK(x, x->info.fault_flags == MEMORY_EXIT_FLAG_PRIVATE);
	/* X1: the slot goes, the attribute stays */
	KX_CHECK(x, kx_slot_delete(me, x, 0) == 0);
	x->ret[1] = guest_touch(me, KX_GPA + PG(1), 1, false, false, 0, &x->info);
	KX_CHECK(x, x->info.fault_gpa == KX_GPA + PG(1));
	KX_CHECK(x, x->info.fault_flags == MEMORY_EXIT_FLAG_PRIVATE);
}

static void test_memory_fault_exit(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.gmem_flags = 0;
	x.setup = setup_mainline_attr;
	kx_start(&x);
	kx_vcpu(&x, 0, memory_fault_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], ACCESS_EXIT_MEMORY_FAULT);
	assert_int_equal(x.ret[1], ACCESS_EXIT_MEMORY_FAULT);
}

/* X2: in-place attributes went with the slot. */
static void slot_gone_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 off;

	kx_wait(me, x);
	KX_CHECK(x,
		 gmem_set_attributes(me, x->gmem, 0, PG(4), MEMORY_ATTRIBUTE_PRIVATE, &off) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), false, true, 7, NULL) == 0);
	KX_CHECK(x, kx_slot_delete(me, x, 0) == 0);
	x->ret[0] = guest_touch(me, KX_GPA + PG(1), 1, false, false, 0, &x->info);
}

static void test_inplace_slot_gone_is_mmio(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, slot_gone_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], ACCESS_EXIT_MMIO);
}

/* J7: the file's last descriptor is gone, the slot is not. */
static void file_gone_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), false, true, 7, NULL) == 0);
	KX_CHECK(x, gmem_close(me, x->gmem) == 0);
	KX_CHECK(x, !vm_gpa_mapped(x->vm, KX_GPA));
	x->ret[0] = guest_touch(me, KX_GPA, 1, false, false, 0, &x->info);
	KX_CHECK(x, x->info.fault_flags == 0 && x->info.fault_gpa == KX_GPA);
}

static void test_file_gone(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, file_gone_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], ACCESS_EXIT_MEMORY_FAULT);
}

/* --- shared memory through the process's page tables --- */

static void setup_anon(struct task *me, struct kx *x)
{
	KX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(x->pages), true, &x->hva));
	KX_CHECK(x, !gmem_create(me, x->vm, (s64)PG(x->pages), 0, &x->gmem));
	KX_CHECK(x, !vm_set_memory_region(me, x->vm, 0, KX_GPA, PG(x->pages), x->gmem, 0, x->hva));
}

static void hva_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	/* V1-V3: both sides see host memory until the attribute says private, then two copies */
	KX_CHECK(x, host_access(me, x->hva, PG(2), true, 1, NULL) == ACCESS_OK);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.first_byte == 1);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(2), 1, false, true, 3, NULL) == 0);
	KX_CHECK(x, host_access(me, x->hva + PG(2), 1, false, 0, &x->info) == ACCESS_OK);
	KX_CHECK(x, x->info.first_byte == 3);
	KX_CHECK(x, vm_set_mem_attributes(me, x->vm, KX_GPA, PG(1), MEMORY_ATTRIBUTE_PRIVATE) == 0);
	KX_CHECK(x, !vm_gpa_mapped(x->vm, KX_GPA) && vm_gpa_mapped(x->vm, KX_GPA + PG(2)));
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.first_byte == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, true, 2, NULL) == 0);
	KX_CHECK(x, host_access(me, x->hva, 1, false, 0, &x->info) == ACCESS_OK);
	KX_CHECK(x, x->info.first_byte == 1);
	/* X11's kin: nothing is mapped there any more */
	KX_CHECK(x, sys_munmap(me, x->hva + PG(1), PG(1)) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(1), 1, false, false, 0, NULL) == -EFAULT);
}

static void test_hva_path(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.setup = setup_anon;
	kx_start(&x);
	kx_vcpu(&x, 0, hva_main);
	kx_finish(&x);
}

/* --- failures leave nothing behind --- */

static void fail_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = task_vcpu(me);

	kx_wait(me, x);
	me->fail_site = "mmu_cache";
	me->fail_nth = 3;
	x->ret[0] = guest_touch(me, KX_GPA, 1, false, true, 1, NULL);
	KX_CHECK(x, vcpu->mmu_cache_nobjs == 2);
	/* above the minimum a failure does not matter */
	me->fail_site = "mmu_cache";
	me->fail_nth = 10;
	x->ret[1] = guest_touch(me, KX_GPA, 1, false, true, 1, NULL);
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	x->ret[2] = guest_touch(me, KX_GPA + PG(3), 1, false, true, 1, &x->info);
	KX_CHECK(x, x->info.fault_size == 0 && !vm_gpa_mapped(x->vm, KX_GPA + PG(3)));
	x->ret[3] = guest_touch(me, KX_GPA + PG(3), 1, false, true, 1, &x->info);
}

static void test_allocation_failures(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, fail_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], -ENOMEM);
	assert_int_equal(x.ret[1], 0);
	assert_int_equal(x.ret[2], -ENOMEM);
	assert_int_equal(x.ret[3], 0);
}

/* --- an open invalidation holds faults on its range up, and only those --- */

static void open_invalidation_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	vm_mmu_lock(me, x->vm);
	mmu_invalidate_begin(me, x->vm);
	mmu_invalidate_range_add(me, x->vm, GFN(2), GFN(4));
	vm_mmu_unlock(me, x->vm);
	sim_sleep(me, 1 * NSEC_PER_MS);
	x->count[0] = vm_gpa_mapped(x->vm, KX_GPA + PG(1));
	x->count[1] = vm_gpa_mapped(x->vm, KX_GPA + PG(2));
	vm_mmu_lock(me, x->vm);
	mmu_invalidate_end(me, x->vm);
	vm_mmu_unlock(me, x->vm);
}

static void open_invalidation_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	sim_sleep(me, 100 * NSEC_PER_US);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), false, true, 1, NULL) == 0);
	x->count[2] = sim_now(me);
	x->count[3] = task_vcpu(me)->nr_retries;
}

static void test_open_invalidation(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.costs.dist[COST_retry_delay] = (struct sim_dist){.kind = DIST_CONST, .a_ns = 10000};
	kx_start(&x);
	kx_vmm(&x, "invalidator", open_invalidation_main);
	kx_vcpu(&x, 0, open_invalidation_vcpu);
	kx_finish(&x);
	assert_int_equal(x.count[0], 1);
	assert_int_equal(x.count[1], 0);
	assert_true(x.count[2] >= NSEC_PER_MS);
	/* 900 us of retries, 10 us apart */
	assert_in_range(x.count[3], 85, 95);
}

/* --- prefault --- */

static void prefault_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	u64 done;

	kx_wait(me, x);
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA, PG(4), &done) == 0 && done == PG(4));
	KX_CHECK(x, vm_gpa_mapped(x->vm, KX_GPA + PG(3)));
	/* again: already there */
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA, PG(4), &done) == 0 && done == PG(4));
	/* L2: runs over the end of the slot */
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA + PG(15), PG(2), &done) == 0);
	KX_CHECK(x, done == PG(1));
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA + PG(16), PG(1), &done) == -ENOENT);
	KX_CHECK(x, done == 0);
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA + 1, PG(1), &done) == -EINVAL);
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA, 100, &done) == -EINVAL);
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA, 0, &done) == -EINVAL);
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, PG(1), (u64)0 - PG(1), &done) == -EINVAL);
	vcpu->pre_fault_allowed = false;
	KX_CHECK(x, vcpu_pre_fault_memory(me, vcpu, KX_GPA, PG(1), &done) == -EOPNOTSUPP);
}

static void test_prefault(void **state)
{
	enum vm_type types[] = {VM_DEFAULT, VM_SW_PROTECTED};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		struct kx x;

		kx_init(&x);
		x.type = types[i];
		kx_start(&x);
		kx_vmm(&x, "vmm", prefault_main);
		kx_finish(&x);
	}
}

/* --- races, on many schedules --- */

static void race_convert_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 off;
	s64 r;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		u64 attrs = i % 2 ? 0 : MEMORY_ATTRIBUTE_PRIVATE;

		r = gmem_set_attributes(me, x->gmem, 0, PG(4), attrs, &off);
		KX_CHECK(x, r == 0 || r == -EAGAIN);
	}
}

static void race_convert_vm_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++)
		KX_CHECK(x, !vm_set_mem_attributes(me, x->vm, KX_GPA, PG(4),
						   i % 2 ? 0 : MEMORY_ATTRIBUTE_PRIVATE));
}

static void race_touch_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	s64 r;

	kx_wait(me, x);
	for (u32 i = 0; i < 3; i++) {
		r = guest_touch(me, KX_GPA, PG(4), false, i % 2, (u8)i, NULL);
		KX_CHECK(x, r == 0 || r == ACCESS_EXIT_MEMORY_FAULT);
	}
}

static void race_punch_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 10; i++)
		KX_CHECK(x, !gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE,
					    PG(1), PG(2)));
}

static void race_delete_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 5; i++) {
		KX_CHECK(x, kx_slot_delete(me, x, 0) == 0);
		KX_CHECK(x, kx_slot(me, x, 0, 0, x->pages) == 0);
	}
}

static void race_touch_or_mmio_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	s64 r;

	kx_wait(me, x);
	for (u32 i = 0; i < 3; i++) {
		r = guest_touch(me, KX_GPA, PG(3), false, i % 2, (u8)i, NULL);
		KX_CHECK(x, r == 0 || r == ACCESS_EXIT_MMIO);
	}
}

static u32 race(u64 seed, enum kernel_design kernel, enum vm_type type, const char *bug,
		void (*vmm)(struct task *, void *), void (*guest)(struct task *, void *))
{
	struct kx x;
	u32 n;

	kx_init_random(&x, seed);
	x.mcfg.kernel = kernel;
	x.mcfg.bug = bug;
	x.mcfg.checks = true;
	x.type = type;
	x.nr_vcpus = 2;
	if (kernel == KERNEL_MAINLINE)
		x.setup = setup_anon;
	kx_start(&x);
	kx_vmm(&x, "vmm", vmm);
	kx_vcpu(&x, 0, guest);
	kx_vcpu(&x, 1, guest);
	if (!bug) {
		kx_finish(&x);
		return 0;
	}
	sim_run(x.sim);
	machine_check_at_rest(x.m);
	n = x.sim->nr_findings;
	sim_destroy(x.sim);
	return n;
}

static void test_race_convert(void **state)
{
	for (u64 seed = 1; seed <= 150; seed++) {
		race(seed, KERNEL_INPLACE, VM_SW_PROTECTED, NULL, race_convert_main,
		     race_touch_main);
		race(seed, KERNEL_MAINLINE, VM_SW_PROTECTED, NULL, race_convert_vm_main,
		     race_touch_main);
	}
}

static void test_race_punch(void **state)
{
	for (u64 seed = 1; seed <= 150; seed++)
		race(seed, KERNEL_INPLACE, VM_SW_PROTECTED, NULL, race_punch_main, race_touch_main);
}

static void test_race_slot_delete(void **state)
{
	for (u64 seed = 1; seed <= 100; seed++) {
		race(seed, KERNEL_INPLACE, VM_SW_PROTECTED, NULL, race_delete_main,
		     race_touch_or_mmio_main);
		race(seed, KERNEL_INPLACE, VM_DEFAULT, NULL, race_delete_main,
		     race_touch_or_mmio_main);
	}
}

/* The same races with a fault planted: each must be found, or the silence above says nothing. */
static void test_plants_are_found(void **state)
{
	static const struct {
		const char *bug;
		void (*vmm)(struct task *, void *);
		void (*guest)(struct task *, void *);
	} plant[] = {
		{"plant-skip-recheck", race_punch_main, race_touch_main},
		{"plant-leaf-foreign", race_punch_main, race_touch_main},
		{"plant-extra-ref", race_punch_main, race_touch_main},
		{"plant-no-flush", race_punch_main, race_touch_main},
		{"plant-slot-uaf", race_delete_main, race_touch_or_mmio_main},
	};

	for (u32 i = 0; i < ARRAY_SIZE(plant); i++) {
		u32 found = 0;
		u64 seed;

		for (seed = 1; seed <= 400 && !found; seed++)
			found = race(seed, KERNEL_INPLACE, VM_SW_PROTECTED, plant[i].bug,
				     plant[i].vmm, plant[i].guest);
		if (!found)
			print_error("%s was not found\n", plant[i].bug);
		assert_true(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_touch),
		cmocka_unit_test(test_no_slot),
		cmocka_unit_test(test_memory_fault_exit),
		cmocka_unit_test(test_inplace_slot_gone_is_mmio),
		cmocka_unit_test(test_file_gone),
		cmocka_unit_test(test_hva_path),
		cmocka_unit_test(test_allocation_failures),
		cmocka_unit_test(test_open_invalidation),
		cmocka_unit_test(test_prefault),
		cmocka_unit_test(test_race_convert),
		cmocka_unit_test(test_race_punch),
		cmocka_unit_test(test_race_slot_delete),
		cmocka_unit_test(test_plants_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
