// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory slots: validation and errno (rows D and J of the conformance list), the two swaps of an
 * update, who waits for whom, and life time.
 */
#include "tests/unit/kvm_fixture.h"

#include "model/mm/file.h"

#define MiB (1ull << 20)

static s64 region(struct task *me, struct kx *x, u32 slot, u32 flags, gpa_t gpa, u64 size,
		  struct gmem_file *f, u64 offset, hva_t hva)
{
	struct userspace_memory_region2 mem = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = hva,
		.guest_memfd = f,
		.guest_memfd_offset = offset,
	};

	return set_memory_region(me, x->vm, &mem);
}

/* KX_PAGES of gmem, nothing bound. */
static void setup_unbound(struct task *me, struct kx *x)
{
	KX_CHECK(x, !gmem_create(me, x->vm, (s64)PG(x->pages), x->gmem_flags, &x->gmem));
}

static void run_on(enum kernel_design kernel, void (*fn)(struct task *me, void *arg))
{
	struct kx x;

	kx_init(&x);
	x.mcfg.kernel = kernel;
	x.setup = setup_unbound;
	if (kernel == KERNEL_MAINLINE)
		x.gmem_flags = 0;
	kx_start(&x);
	kx_vmm(&x, "vmm", fn);
	kx_finish(&x);
}

static void run_on_all(void (*fn)(struct task *me, void *arg))
{
	run_on(KERNEL_MAINLINE, fn);
	run_on(KERNEL_INPLACE, fn);
}

/* --- validation --- */

/* D3, D6, D12-D15, D24, D25 */
static void validation_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct gmem_file *f;
	u64 i;

	kx_wait(me, x);
	f = x->gmem;
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(4), NULL, 0, 0) == -EINVAL);
	for (i = 1; i < PAGE_SIZE; i = i * 2 + 1)
		KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(2), f, i, 0) == -EINVAL);
	for (i = 0; i < 32; i++) {
		bool ok = i == 2;

		KX_CHECK(x, (region(me, x, 0, MEM_GUEST_MEMFD | BIT(i), 0, PG(2), f, 0, 0) == 0) ==
				    ok);
		if (ok)
			KX_CHECK(x, region(me, x, 0, 0, 0, 0, NULL, 0, 0) == 0);
	}
	for (i = 3; i < 32; i++)
		KX_CHECK(x, region(me, x, 0, BIT(i), 0, PG(2), NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(16), f, PG(1), 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(1), f, PG(16), 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(1), f, (u64)0 - PG(1), 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(2), f, (u64)0 - PG(1), 0) == -EINVAL);

	KX_CHECK(x, region(me, x, 0, 0, 1, PG(1), NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, 0, PG(1) + 1, NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, 0, PG(1), NULL, 0, 1) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, 0, PG(1), NULL, 0, 1ull << 47) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, (u64)0 - PG(1), PG(2), NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, 1ull << 48, PG(1), NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, 0, 0, NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 7, 0, 0, 0, NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, USER_MEM_SLOTS, 0, 0, PG(1), NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 0, 0, 0, PG(MEM_MAX_NR_PAGES + 1), NULL, 0, 0) == -EINVAL);
	KX_CHECK(x, x->vm->memslots->nr == 0 && x->vm->nr_memslot_pages == 0);
}

static void test_validation(void **state)
{
	run_on_all(validation_main);
}

/* D7-D10, D19, D26-D28 */
static void overlap_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	bool mainline = x->mcfg.kernel == KERNEL_MAINLINE;
	s64 bound = mainline ? -EEXIST : -EINVAL;
	struct gmem_file *f;

	kx_wait(me, x);
	f = x->gmem;
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(2), f, 0, 0) == 0);
	KX_CHECK(x, region(me, x, 1, MEM_GUEST_MEMFD, MiB, PG(2), f, PG(2), 0) == 0);
	KX_CHECK(x, region(me, x, 0, 0, 0, 0, NULL, 0, 0) == 0);
	/* the file's range is taken: nothing of the attempt stays */
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(2), f, PG(1), 0) == bound);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(2), f, PG(3), 0) == bound);
	KX_CHECK(x, x->vm->memslots->nr == 1 && x->vm->nr_memslot_pages == 2);
	/* the guest's range is taken */
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, MiB - PG(1), PG(2), f, 0, 0) == -EEXIST);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, MiB + PG(1), PG(2), f, 0, 0) == -EEXIST);
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, MiB + PG(2), PG(2), f, 0, 0) == 0);
	/* gmem slots can only be deleted */
	KX_CHECK(x, region(me, x, 1, MEM_GUEST_MEMFD, MiB, PG(2), f, PG(2), 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 1, MEM_GUEST_MEMFD, MiB, PG(2), f, PG(2), PG(9)) == -EINVAL);
	KX_CHECK(x, region(me, x, 1, MEM_GUEST_MEMFD, 2 * MiB, PG(2), f, PG(2), 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 1, MEM_GUEST_MEMFD, MiB, PG(1), f, PG(2), 0) == -EINVAL);
	KX_CHECK(x, region(me, x, 1, 0, MiB, PG(2), NULL, 0, 0) == -EINVAL);
	/* a freed range can be bound again */
	KX_CHECK(x, region(me, x, 1, 0, 0, 0, NULL, 0, 0) == 0);
	KX_CHECK(x, region(me, x, 2, MEM_GUEST_MEMFD, 3 * MiB, PG(1), f, PG(3), 0) == 0);
	/* the last descriptor goes: the slot stays, and can be deleted */
	KX_CHECK(x, gmem_close(me, f) == 0);
	KX_CHECK(x, region(me, x, 3, 0, 3 * MiB, PG(1), NULL, 0, 0) == -EEXIST);
	KX_CHECK(x, region(me, x, 2, 0, 0, 0, NULL, 0, 0) == 0);
	KX_CHECK(x, x->vm->nr_memslot_pages == 2);
}

static void test_overlap(void **state)
{
	run_on_all(overlap_main);
}

/* D4, J4: a file binds only into the VM it was made for. */
static void foreign_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct gmem_file *f;

	kx_wait(me, x);
	KX_CHECK(x, !gmem_create(me, x->priv, (s64)PG(4), x->gmem_flags, &f));
	KX_CHECK(x, region(me, x, 0, MEM_GUEST_MEMFD, 0, PG(4), f, 0, 0) == -EINVAL);
	KX_CHECK(x, gmem_close(me, f) == 0);
}

static void test_foreign_file(void **state)
{
	struct kx x;

	kx_init(&x);
	x.setup = setup_unbound;
	kx_start(&x);
	x.priv = vm_create(x.m, "other", VM_SW_PROTECTED, x.mm, 1);
	kx_vmm(&x, "vmm", foreign_main);
	kx_finish(&x);
}

/* Slots without guest_memfd may be moved and re-flagged. */
static void move_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	hva_t hva;

	kx_wait(me, x);
	KX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(8), true, &hva));
	KX_CHECK(x, region(me, x, 0, 0, 0, PG(8), NULL, 0, hva) == 0);
	KX_CHECK(x, region(me, x, 1, 0, 2 * MiB, PG(8), NULL, 0, hva) == 0);
	KX_CHECK(x, host_access(me, hva + PG(1), 1, true, 0x33, NULL) == ACCESS_OK);
	KX_CHECK(x, guest_touch(me, PG(1), 1, false, false, 0, &x->info) == 0);
	KX_CHECK(x, region(me, x, 0, 0, 0, PG(8), NULL, 0, hva) == 0);
	KX_CHECK(x, vm_gpa_mapped(x->vm, PG(1)));
	KX_CHECK(x, region(me, x, 0, 0, 2 * MiB - PG(1), PG(8), NULL, 0, hva) == -EEXIST);
	KX_CHECK(x, region(me, x, 0, 0, MiB, PG(8), NULL, 0, hva) == 0);
	KX_CHECK(x, !vm_gpa_mapped(x->vm, PG(1)));
	KX_CHECK(x, guest_touch(me, PG(1), 1, false, false, 0, NULL) == ACCESS_EXIT_MMIO);
	KX_CHECK(x, guest_touch(me, MiB + PG(1), 1, false, false, 0, &x->info) == 0);
	KX_CHECK(x, x->info.first_byte == 0x33);
	KX_CHECK(x, region(me, x, 0, MEM_LOG_DIRTY_PAGES, MiB, PG(8), NULL, 0, hva) == 0);
	KX_CHECK(x, id_to_memslot(x->vm->memslots, 0)->flags == MEM_LOG_DIRTY_PAGES);
	KX_CHECK(x, region(me, x, 0, MEM_READONLY, MiB, PG(8), NULL, 0, hva) == -EINVAL);
	KX_CHECK(x, x->vm->nr_memslot_pages == 16);
}

static void test_move(void **state)
{
	struct kx x;

	kx_init(&x);
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.gmem_flags = 0;
	x.type = VM_DEFAULT;
	x.setup = setup_unbound;
	kx_start(&x);
	kx_vcpu(&x, 0, move_main);
	kx_finish(&x);
}

/* D16: as many as there are numbers; found by gfn and by number; in two directions. */
static void many_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct memory_slot *slot;
	u32 i;

	kx_wait(me, x);
	for (i = 0; i < USER_MEM_SLOTS; i++)
		KX_CHECK(x, region(me, x, i, 0, i * MiB, MiB, NULL, 0, 0) == 0);
	KX_CHECK(x, region(me, x, i, 0, i * MiB, MiB, NULL, 0, 0) == -EINVAL);
	for (i = 0; i < USER_MEM_SLOTS; i += 1000) {
		slot = search_memslots(x->vm->memslots, (i * MiB >> PAGE_SHIFT) + 255);
		KX_CHECK(x, slot && slot->id == i && slot == id_to_memslot(x->vm->memslots, i));
	}
	for (i = USER_MEM_SLOTS; i-- > USER_MEM_SLOTS - 3;)
		KX_CHECK(x, region(me, x, i, 0, 0, 0, NULL, 0, 0) == 0);
	KX_CHECK(x, x->vm->memslots->nr == USER_MEM_SLOTS - 3);
}

static void test_many_slots(void **state)
{
	run_on(KERNEL_INPLACE, many_main);
}

/* --- failures --- */

static void fail_main(struct task *me, void *arg)
{
	static const char *const sites[] = {"memslot", "memslot_arch", "xa_node"};
	struct kx *x = arg;
	u32 i;

	kx_wait(me, x);
	for (i = 0; i < ARRAY_SIZE(sites); i++) {
		s64 r;

		me->fail_site = sites[i];
		me->fail_nth = 1;
		r = kx_slot(me, x, 0, 0, 8);
		/* the in-place kernel does not look at the result of storing a binding */
		if (i == 2 && x->mcfg.kernel != KERNEL_MAINLINE) {
			KX_CHECK(x, r == 0 && kx_slot_delete(me, x, 0) == 0);
			continue;
		}
		KX_CHECK(x, r == -ENOMEM && !me->fail_site);
		KX_CHECK(x, x->vm->memslots->nr == 0 && x->vm->nr_memslot_pages == 0);
		me->fail_site = NULL;
	}
	KX_CHECK(x, kx_slot(me, x, 0, 0, 8) == 0);
	/* no memory for the INVALID copy: the slot is as before */
	me->fail_site = "memslot";
	me->fail_nth = 1;
	KX_CHECK(x, kx_slot_delete(me, x, 0) == -ENOMEM);
	KX_CHECK(x, x->vm->memslots->nr == 1);
	KX_CHECK(x, !(id_to_memslot(x->vm->memslots, 0)->flags & MEMSLOT_INVALID));
	KX_CHECK(x, kx_slot_delete(me, x, 0) == 0);
}

static void test_failures(void **state)
{
	run_on_all(fail_main);
}

/* --- waiting --- */

/* Deletion waits for a reader twice; meanwhile the slot is INVALID and its number is free last. */
static void reader_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct memory_slot *slot;
	u32 idx;

	kx_wait(me, x);
	idx = srcu_read_lock(me, &x->vm->srcu);
	slot = gfn_to_memslot(me, x->vm, GFN(1));
	KX_CHECK(x, slot && !(slot->flags & MEMSLOT_INVALID));
	sim_sleep(me, 5 * NSEC_PER_MS);
	KX_CHECK(x, sim_life_check(me, &slot->life, "slot"));
	/* found now: the copy */
	slot = gfn_to_memslot(me, x->vm, GFN(1));
	KX_CHECK(x, slot && (slot->flags & MEMSLOT_INVALID));
	srcu_read_unlock(me, &x->vm->srcu, idx);
	x->count[0] = sim_now(me);
}

static void deleter_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct memory_slot *slot;

	kx_wait(me, x);
	sim_sleep(me, NSEC_PER_MS);
	slot = id_to_memslot(x->vm->memslots, 0);
	KX_CHECK(x, kx_slot_delete(me, x, 0) == 0);
	x->count[1] = sim_now(me);
	KX_CHECK(x, slot->life.state == SIM_LIFE_DEAD);
}

static void test_deletion_waits_for_readers(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vmm(&x, "reader", reader_main);
	kx_vmm(&x, "deleter", deleter_main);
	kx_finish(&x);
	assert_true(x.count[0] >= 5 * NSEC_PER_MS);
	assert_true(x.count[1] >= x.count[0]);
}

/* slots_arch_lock may be wanted inside an SRCU section: it is dropped before the grace period. */
static void arch_reader_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u32 idx;

	kx_wait(me, x);
	idx = srcu_read_lock(me, &x->vm->srcu);
	sim_sleep(me, 2 * NSEC_PER_MS);
	mutex_lock(me, &x->vm->slots_arch_lock);
	mutex_unlock(me, &x->vm->slots_arch_lock);
	srcu_read_unlock(me, &x->vm->srcu, idx);
}

static void test_arch_lock_inside_srcu(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vmm(&x, "reader", arch_reader_main);
	kx_vmm(&x, "deleter", deleter_main);
	kx_finish(&x);
}

/* D18, X8: a slot is deleted and added back under a guest that uses it. */
static void again_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 20; i++) {
		KX_CHECK(x, kx_slot_delete(me, x, 0) == 0);
		KX_CHECK(x, kx_slot(me, x, 0, 0, x->pages) == 0);
		sim_sleep(me, 50 * NSEC_PER_US);
	}
	__atomic_store_n(&x->count[0], 1, __ATOMIC_RELEASE);
}

static void again_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;
	s64 r;

	kx_wait(me, x);
	while (!__atomic_load_n(&x->count[0], __ATOMIC_ACQUIRE)) {
		r = guest_touch(me, KX_GPA, PG(4), false, true, 1, NULL);
		KX_CHECK(x, r == 0 || r == ACCESS_EXIT_MMIO);
		guest_run(me, 1000);
	}
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), false, true, 1, NULL) == 0);
}

static void test_delete_and_add_again(void **state)
{
	enum vm_type types[] = {VM_DEFAULT, VM_SW_PROTECTED};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		struct kx x;

		kx_init(&x);
		x.type = types[i];
		x.nr_vcpus = 2;
		kx_start(&x);
		kx_vmm(&x, "vmm", again_main);
		kx_vcpu(&x, 0, again_vcpu);
		kx_vcpu(&x, 1, again_vcpu);
		kx_finish(&x);
	}
}

/* J1, J5: files keep the VM; the end of it unbinds and frees everything. */
static void destroy_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(2), false, true, 1, NULL) == 0);
	KX_CHECK(x, vm_close(me, x->vm) == 0 && vm_close(me, x->vm) == -EBADF);
	KX_CHECK(x, x->vm->life.state == SIM_LIFE_ALIVE);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, false, true, 1, NULL) == -EBADF);
	KX_CHECK(x, kx_slot_delete(me, x, 0) == -EBADF);
	KX_CHECK(x, gmem_fallocate(me, x->gmem, FALLOC_KEEP_SIZE, 0, (s64)PG(4)) == 0);
	KX_CHECK(x, gmem_close(me, x->gmem) == 0);
	KX_CHECK(x, x->vm->life.state == SIM_LIFE_DEAD && list_empty(&x->m->vms));
}

static void test_destroy(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, destroy_main);
	kx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_validation),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_foreign_file),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_many_slots),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_deletion_waits_for_readers),
		cmocka_unit_test(test_arch_lock_inside_srcu),
		cmocka_unit_test(test_delete_and_add_again),
		cmocka_unit_test(test_destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
