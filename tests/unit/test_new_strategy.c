// SPDX-License-Identifier: GPL-2.0-only
/*
 * The strategy of docs/new-strategy.md, docs/examples/halves.c: mixes of conversions, holes,
 * accesses and faults stay silent on it, in 4K and in huge files, also when bindings change.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/locking/locking.h"

extern const struct gmem_locking_ops gmem_locking_halves;

static u32 pick(struct task *me, u32 n)
{
	return sim_choose(me->sim, CHOICE_VALUE, n);
}

static void vcpu_body(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 12; i++) {
		gx_guest_write(me, x, pick(me, (u32)x->cfg.nr_pages), pick(me, 2), 1);
		machine_check_op(me);
	}
}

static void vmm_body(struct task *me, struct gx *x)
{
	u32 huge = 1u << x->cfg.page_order;

	for (u32 i = 0; i < 12; i++) {
		u64 start = pick(me, (u32)x->cfg.nr_pages);
		u64 nr = 1 + pick(me, (u32)(x->cfg.nr_pages - start));

		switch (pick(me, 4)) {
		case 0:
			gx_punch(me, x, round_down(start, huge), huge);
			break;
		case 1:
			gx_write(me, x, start, 2);
			break;
		default:
			gx_convert(me, x, start, nr, pick(me, 2));
		}
		machine_check_op(me);
	}
}

static u64 mixes(enum kernel_design kernel, u32 page_order, enum engine_kind engine)
{
	u64 holds = 0;

	for (u64 seed = 1; seed <= 40; seed++) {
		struct gx_cfg cfg = {
			.kernel = kernel, .type = VM_SW_PROTECTED, .flags = GMEM_FLAG_MMAP,
			.page_order = page_order, .nr_pages = 16, .nr_vcpus = 2, .seed = seed,
			.engine = engine, .locking_ops = &gmem_locking_halves,
			.sched = engine == ENGINE_VIRTUAL ? SCHED_RANDOM : SCHED_FIFO,
		};
		struct gx *x = gx_new(cfg);
		struct lock_mode_stat st;

		gx_actor(x, 0, vcpu_body);
		gx_actor(x, 1, vcpu_body);
		gx_actor(x, -1, vmm_body);
		gx_actor(x, -1, vmm_body);
		gx_run(x);
		gx_silent(x);
		lock_stat_total(x->sim,
				lock_class_get(x->sim, gmem_locking_halves.lock_class, 0)->id,
				LOCK_WRITE, &st);
		holds += st.acquisitions;
		gx_free(x);
	}
	return holds;
}

static void test_mixes(void **state)
{
	assert_true(mixes(KERNEL_INPLACE, 0, ENGINE_VIRTUAL) > 40);
	assert_true(mixes(KERNEL_HUGETLB_PLAN, 2, ENGINE_VIRTUAL) > 40);
}

static void test_mixes_on_real_threads(void **state)
{
	mixes(KERNEL_INPLACE, 0, ENGINE_THREADS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mixes),
		cmocka_unit_test(test_mixes_on_real_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
