// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_kvm.c - KVM's side on real threads: guests that fault and use their TLBs,
 * conversions, holes, slot updates and discards of the process's memory against each other.
 *
 * Whatever happened, at rest the invariants hold and nothing has been found on the way.
 */
#include "tests/unit/kvm_fixture.h"

#define HOT    6 /* pages everybody fights for */
#define ROUNDS 20000
#define VCPUS  3

/*
 * Slot 0: guest_memfd, with the process's memory for its shared side if the file cannot be that
 * itself.  Slot 1, behind it: the process's memory alone.
 */
static s64 add_slot(struct task *me, struct kx *x, u32 slot)
{
	if (slot)
		return vm_set_memory_region(me, x->vm, 1, KX_GPA + PG(x->pages), PG(HOT), NULL, 0,
					    x->hva);
	return vm_set_memory_region(me, x->vm, 0, KX_GPA, PG(x->pages), x->gmem, 0, x->hva);
}

static void setup_both(struct task *me, struct kx *x)
{
	KX_CHECK(x, !gmem_create(me, x->vm, (s64)PG(x->pages), x->gmem_flags, &x->gmem));
	KX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(x->pages), true, &x->hva));
	KX_CHECK(x, !add_slot(me, x, 0) && !add_slot(me, x, 1));
}

static void guest_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct prng p;

	prng_seed(&p, me->id);
	kx_wait(me, x);
	for (u32 i = 0; i < ROUNDS; i++) {
		gpa_t gpa = KX_GPA + PG(prng_below(&p, HOT));
		s64 r;

		if (prng_below(&p, 2))
			gpa += PG(x->pages);
		r = guest_touch(me, gpa, PG(3), false, prng_below(&p, 2), (u8)me->id, NULL);
		/* Mainline binds a slot that is already visible: until then the file says -EIO. */
		KX_CHECK(x, r == 0 || r == ACCESS_EXIT_MMIO || r == ACCESS_EXIT_MEMORY_FAULT ||
				    (r == -EIO && x->mcfg.kernel == KERNEL_MAINLINE));
		if (!prng_below(&p, 8))
			KX_CHECK(x, guest_run(me, 1000) == 0);
	}
	__atomic_fetch_add(&x->count[0], 1, __ATOMIC_RELEASE);
}

static bool guests_run(const struct kx *x)
{
	return __atomic_load_n(&x->count[0], __ATOMIC_ACQUIRE) < VCPUS;
}

static void convert_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct prng p;
	u64 off, start;
	s64 r;

	prng_seed(&p, me->id);
	kx_wait(me, x);
	for (u32 i = 0; guests_run(x); i++) {
		start = prng_below(&p, HOT);
		if (x->mcfg.kernel == KERNEL_MAINLINE)
			r = vm_set_mem_attributes(me, x->vm, KX_GPA + PG(start), PG(2),
						  i % 2 ? MEMORY_ATTRIBUTE_PRIVATE : 0);
		else
			r = gmem_set_attributes(me, x->gmem, PG(start), PG(2),
						i % 2 ? MEMORY_ATTRIBUTE_PRIVATE : 0, &off);
		KX_CHECK(x, r == 0 || r == -EAGAIN);
		sim_sleep(me, 20 * NSEC_PER_US);
	}
}

static void punch_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct prng p;

	prng_seed(&p, me->id);
	kx_wait(me, x);
	while (guests_run(x)) {
		KX_CHECK(x, !gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE,
					    (s64)PG(prng_below(&p, HOT)), (s64)PG(2)));
		KX_CHECK(x, !sys_madvise_dontneed(me, x->hva + PG(prng_below(&p, HOT)), PG(1)));
		sim_sleep(me, 30 * NSEC_PER_US);
	}
}

static void slots_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	while (guests_run(x)) {
		KX_CHECK(x, !kx_slot_delete(me, x, 1));
		KX_CHECK(x, !add_slot(me, x, 1));
		sim_sleep(me, 200 * NSEC_PER_US);
		KX_CHECK(x, !kx_slot_delete(me, x, 0));
		KX_CHECK(x, !add_slot(me, x, 0));
		sim_sleep(me, 200 * NSEC_PER_US);
	}
}

static void torture(enum kernel_design kernel, enum vm_type type)
{
	struct kx x;

	kx_init(&x);
	x.cfg.engine = ENGINE_THREADS;
	x.mcfg.kernel = kernel;
	x.mcfg.lru_batches = true;
	x.type = type;
	if (kernel == KERNEL_MAINLINE && type != VM_DEFAULT)
		x.gmem_flags = 0;
	x.nr_vcpus = VCPUS;
	x.setup = setup_both;
	kx_start(&x);
	for (u32 i = 0; i < VCPUS; i++)
		kx_vcpu(&x, i, guest_main);
	if (type != VM_DEFAULT)
		kx_vmm(&x, "convert", convert_main);
	kx_vmm(&x, "punch", punch_main);
	kx_vmm(&x, "slots", slots_main);
	kx_finish(&x);
}

static void test_inplace(void **state)
{
	torture(KERNEL_INPLACE, VM_SW_PROTECTED);
}

static void test_mainline(void **state)
{
	torture(KERNEL_MAINLINE, VM_SW_PROTECTED);
}

/* Slot updates zap everything: obsolete roots, tables that die under walkers. */
static void test_default_vm(void **state)
{
	torture(KERNEL_MAINLINE, VM_DEFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inplace),
		cmocka_unit_test(test_mainline),
		cmocka_unit_test(test_default_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
