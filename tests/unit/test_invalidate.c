// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation count, its union range and the VM-wide sequence; what breaks them is found.
 */
#include "tests/unit/kvm_fixture.h"

static void begin(struct task *me, struct vm *vm, gfn_t start, gfn_t end)
{
	vm_mmu_lock(me, vm);
	mmu_invalidate_begin(me, vm);
	if (start != end)
		mmu_invalidate_range_add(me, vm, start, end);
	vm_mmu_unlock(me, vm);
}

static void end(struct task *me, struct vm *vm)
{
	vm_mmu_lock(me, vm);
	mmu_invalidate_end(me, vm);
	vm_mmu_unlock(me, vm);
}

static bool retry(struct task *me, struct vm *vm, u64 seq, gfn_t gfn)
{
	bool locked;

	read_lock(me, &vm->mmu_lock);
	locked = mmu_invalidate_retry_gfn(me, vm, seq, gfn);
	read_unlock(me, &vm->mmu_lock);
	/* nobody else is about: the hint is exact */
	SIM_ASSERT(locked == mmu_invalidate_retry_gfn_unsafe(me, vm, seq, gfn));
	return locked;
}

/*
 *	   0   10   20   30   40
 *	   .    AAAA .    BBBB .	A and B open: the union is 10..40
 *	   .    ------------- .
 */
static void union_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = x->vm;
	u64 seq;

	kx_wait(me, x);
	seq = mmu_invalidate_snapshot(me, vm);
	KX_CHECK(x, !retry(me, vm, seq, 15));
	begin(me, vm, 10, 20);
	KX_CHECK(x, retry(me, vm, seq, 10) && retry(me, vm, seq, 19));
	KX_CHECK(x, !retry(me, vm, seq, 9) && !retry(me, vm, seq, 20));
	begin(me, vm, 30, 40);
	KX_CHECK(x, retry(me, vm, seq, 25) && retry(me, vm, seq, 39) && !retry(me, vm, seq, 40));
	end(me, vm);
	/* the sequence is the VM's: any old snapshot is stale, wherever its gfn is */
	KX_CHECK(x, retry(me, vm, seq, 1000));
	KX_CHECK(x, vm->mmu_invalidate_seq == seq + 1);
	seq = mmu_invalidate_snapshot(me, vm);
	/* one is still open, and the union does not shrink before the last has ended */
	KX_CHECK(x, retry(me, vm, seq, 15) && retry(me, vm, seq, 35) && !retry(me, vm, seq, 9));
	end(me, vm);
	seq = mmu_invalidate_snapshot(me, vm);
	KX_CHECK(x, !retry(me, vm, seq, 15));
	begin(me, vm, 100, 101);
	KX_CHECK(x, !retry(me, vm, seq, 15) && retry(me, vm, seq, 100));
	/* a range added later widens it */
	vm_mmu_lock(me, vm);
	mmu_invalidate_range_add(me, vm, 90, 95);
	vm_mmu_unlock(me, vm);
	KX_CHECK(x, retry(me, vm, seq, 97) && !retry(me, vm, seq, 101));
	end(me, vm);
}

static void test_union_and_sequence(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", union_main);
	kx_finish(&x);
}

/* Between begin and the first range nothing is known: whoever looks must retry. */
static void no_range_yet_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = x->vm;
	u64 seq;

	kx_wait(me, x);
	seq = mmu_invalidate_snapshot(me, vm);
	begin(me, vm, 0, 0);
	read_lock(me, &vm->mmu_lock);
	KX_CHECK(x, mmu_invalidate_retry_gfn(me, vm, seq, 5));
	read_unlock(me, &vm->mmu_lock);
	vm_mmu_lock(me, vm);
	mmu_invalidate_range_add(me, vm, 1, 2);
	mmu_invalidate_end(me, vm);
	vm_mmu_unlock(me, vm);
}

static void test_no_range_yet(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", no_range_yet_main);
	kx_finish(&x);
}

/* --- imbalance, of each kind --- */

static void missing_end_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	begin(me, x->vm, 1, 2);
}

static void missing_begin_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	end(me, x->vm);
}

static void missing_range_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	begin(me, x->vm, 0, 0);
	end(me, x->vm);
}

static void range_outside_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	vm_mmu_lock(me, x->vm);
	mmu_invalidate_range_add(me, x->vm, 1, 2);
	vm_mmu_unlock(me, x->vm);
}

static void test_imbalance_is_found(void **state)
{
	void (*const fn[])(struct task * me, void *arg) = {
		missing_end_main,
		missing_begin_main,
		missing_range_main,
		range_outside_main,
	};

	for (u32 i = 0; i < ARRAY_SIZE(fn); i++) {
		struct kx x;

		kx_init(&x);
		kx_start(&x);
		kx_vmm(&x, "vmm", fn[i]);
		kx_run(&x);
		if (!kx_findings(&x, "invalidate-balance"))
			print_error("case %u\n", i);
		assert_true(kx_findings(&x, "invalidate-balance") >= 1);
		assert_int_equal(kx_findings(&x, NULL), kx_findings(&x, "invalidate-balance"));
		sim_destroy(x.sim);
	}
}

/* --- N4, on many schedules: who passes the recheck has looked up a current value --- */

struct published {
	u64 value;  /* atomic: what a lookup sees */
	u64 mapped; /* under mmu_lock: what was mapped for gfn 5, 0 = nothing */
};

static void publisher_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct published *p = x->priv;

	kx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		vm_mmu_lock(me, x->vm);
		mmu_invalidate_begin(me, x->vm);
		mmu_invalidate_range_add(me, x->vm, 4, 6);
		p->mapped = 0;
		vm_mmu_unlock(me, x->vm);
		sim_point(me, x->vm->id, SIM_WRITE);
		__atomic_add_fetch(&p->value, 1, __ATOMIC_RELEASE);
		end(me, x->vm);
		vm_mmu_lock(me, x->vm);
		KX_CHECK(x, !p->mapped || p->mapped == p->value);
		vm_mmu_unlock(me, x->vm);
	}
}

static void mapper_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct published *p = x->priv;

	kx_wait(me, x);
	for (u32 i = 0; i < 12; i++) {
		u64 seq = mmu_invalidate_snapshot(me, x->vm), value;

		sim_point(me, x->vm->id, SIM_READ);
		value = __atomic_load_n(&p->value, __ATOMIC_ACQUIRE);
		read_lock(me, &x->vm->mmu_lock);
		if (!mmu_invalidate_retry_gfn(me, x->vm, seq, 5))
			__atomic_store_n(&p->mapped, value, __ATOMIC_RELAXED);
		else
			x->count[1]++;
		read_unlock(me, &x->vm->mmu_lock);
	}
}

static void test_recheck_proves_the_lookup(void **state)
{
	u64 retries = 0;

	for (u64 seed = 1; seed <= 200; seed++) {
		struct published p = {.value = 1};
		struct kx x;

		kx_init_random(&x, seed);
		x.priv = &p;
		kx_start(&x);
		kx_vmm(&x, "publisher", publisher_main);
		kx_vmm(&x, "mapper0", mapper_main);
		kx_vmm(&x, "mapper1", mapper_main);
		kx_finish(&x);
		retries += x.count[1];
	}
	assert_true(retries > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_union_and_sequence),
		cmocka_unit_test(test_no_range_yet),
		cmocka_unit_test(test_imbalance_is_found),
		cmocka_unit_test(test_recheck_proves_the_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
