// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_mprotect.c - permissions of VMAs and PTEs: errors, flushes, who may still write when.
 */
#include "mm_fixture.h"

static pte_t pte_at(struct mm_struct *mm, hva_t addr)
{
	struct pte_table *table = __pte_offset_map(mm, addr);

	return table ? ptep_get(table, addr) : 0;
}

static s64 touch(struct task *me, hva_t addr, bool write)
{
	return host_access(me, addr, 1, write, 5, NULL);
}

static void prots_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct pin *pin;
	u64 flushes;

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 3, NULL) == ACCESS_OK);
	flushes = x->mm->nr_tlb_flushes;
	MX_CHECK(x, sys_mprotect(me, x->hva + PG(8), PG(8), PROT_READ) == 0);
	MX_CHECK(x, x->mm->nr_tlb_flushes == flushes + 1);
	MX_CHECK(x, !pte_write(pte_at(x->mm, x->hva + PG(8))));
	MX_CHECK(x, touch(me, x->hva + PG(8), true) == ACCESS_SIGSEGV);
	MX_CHECK(x, touch(me, x->hva + PG(8), false) == ACCESS_OK);
	MX_CHECK(x, touch(me, x->hva + PG(7), true) == ACCESS_OK);
	MX_CHECK(x, touch(me, x->hva + PG(16), true) == ACCESS_OK);
	MX_CHECK(x, pin_user_pages(me, x->hva + PG(8), PG(1), true, false, &pin) == -EFAULT);
	/* more rights need no flush, and the PTEs have them at once */
	flushes = x->mm->nr_tlb_flushes;
	MX_CHECK(x, sys_mprotect(me, x->hva + PG(8), PG(8), PROT_READ | PROT_WRITE) == 0);
	MX_CHECK(x, x->mm->nr_tlb_flushes == flushes);
	MX_CHECK(x, pte_write(pte_at(x->mm, x->hva + PG(8))));
	/* no access: the pages stay, with their references */
	MX_CHECK(x, sys_mprotect(me, x->hva, PG(MX_PAGES), PROT_NONE) == 0);
	MX_CHECK(x, pte_present(pte_at(x->mm, x->hva)) && pte_protnone(pte_at(x->mm, x->hva)));
	MX_CHECK(x, touch(me, x->hva, false) == ACCESS_SIGSEGV);
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(1), false, false, &pin) == -EFAULT);
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(1), false, true, &pin) == 0);
	MX_CHECK(x, sys_mprotect(me, x->hva, PG(MX_PAGES), PROT_READ) == 0);
	MX_CHECK(x, touch(me, x->hva, false) == ACCESS_OK);
}

static void test_prots(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, prots_main);
	mx_finish(&x);
}

static void errors_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	MX_CHECK(x, sys_mprotect(me, x->hva + 1, PG(1), PROT_READ) == -EINVAL);
	MX_CHECK(x, sys_mprotect(me, x->hva, PG(1), 0x10) == -EINVAL);
	MX_CHECK(x, sys_mprotect(me, x->hva, 0, PROT_NONE) == 0);
	MX_CHECK(x, sys_mprotect(me, x->hva, ~0ull - PG(1), PROT_READ) == -ENOMEM);
	MX_CHECK(x, sys_mprotect(me, PG(1), PG(1), PROT_READ) == -ENOMEM);
	MX_CHECK(x, sys_mprotect(me, x->hva, 1, PROT_EXEC) == 0);
	/* what lies before the gap has changed all the same */
	MX_CHECK(x, sys_mprotect(me, x->hva, PG(MX_PAGES) + 1, PROT_READ) == -ENOMEM);
	MX_CHECK(x, touch(me, x->hva, true) == ACCESS_SIGSEGV);
	me->fail_site = "vma";
	me->fail_nth = 1;
	MX_CHECK(x, sys_mprotect(me, x->hva + PG(1), PG(1), PROT_WRITE) == -ENOMEM);
	MX_CHECK(x, touch(me, x->hva, true) == ACCESS_SIGSEGV);
}

static void test_errors(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, errors_main);
	mx_finish(&x);
}

/* count[0]: the mprotect has returned; count[1], [2]: writes that worked, before and after. */
static void writer_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	s64 r = ACCESS_OK;

	mx_wait(me, x);
	for (u32 i = 0; r == ACCESS_OK && i < 1000; i++) {
		bool after = load_acquire(x->count[0]);

		r = touch(me, x->hva + PG(1), true);
		x->count[after ? 2 : 1] += r == ACCESS_OK;
	}
	MX_CHECK(x, r == ACCESS_SIGSEGV);
}

static void protector_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	MX_CHECK(x, sys_mprotect(me, x->hva, PG(2), PROT_READ) == 0);
	store_release(x->count[0], 1);
}

/* Nobody writes any more when mprotect has returned, whatever the schedule. */
static void test_no_write_after_return(void **state)
{
	for (u64 seed = 1; seed <= 50; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		mx_start(&x);
		mx_task(&x, "writer", x.mm, 1, writer_main);
		mx_task(&x, "protector", x.mm, 2, protector_main);
		mx_run(&x);
		mx_assert_clean(&x);
		assert_int_equal(x.count[2], 0);
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prots),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_no_write_after_return),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
