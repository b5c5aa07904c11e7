// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TD's vCPUs: entries, exits, accesses, kicks, halting, moving.
 */
#include "tests/unit/tdrun_fixture.h"

/* --- one vCPU --- */

static void touch_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct accept_info acc;
	struct access_info info;
	int level;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(x->pages), 0, &info, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages == x->pages && !acc.already_pages && !acc.status);
	KX_CHECK(x, td_sept(x, KX_GPA + PG(3), &level) == SEPT_MAPPED && level == TDX_LEVEL_4K);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), true, false, 0, &info) == 0);
	KX_CHECK(x, info.pages_done == 4 && info.first_byte == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(1), PG(2), true, true, 0x5a, &info) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(1), PG(2), true, false, 0, &info) == 0);
	KX_CHECK(x, info.first_byte == 0x5a && !info.other_page);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(x->pages), 0, &info, &acc) == 0);
	KX_CHECK(x, !acc.accepted_pages && acc.already_pages == x->pages);
	KX_CHECK(x, vm_vcpu(x->vm, 0)->nr_faults == x->pages);
	KX_CHECK(x, !tdx_vp_in_guest(td_vcpu(x, 0)->vp) && me->irq_count == 0 &&
			    me->preempt_count == 0);
}

static void test_touch(void **state)
{
	struct kx x;

	td_run_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, touch_main);
	td_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
