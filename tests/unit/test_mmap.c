// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_mmap.c - VMAs, faults, munmap and madvise; who waits for mmap_lock; anonymous memory.
 */
#include "mm_fixture.h"

static u32 nr_vmas(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u32 n = 0;

	list_for_each_entry(vma, &mm->vmas, node)
		n++;
	return n;
}

static u64 nr_tables(struct mm_struct *mm)
{
	u64 index = 0, n = 0;

	for (void *t = __xa_find(&mm->tables, &index, XA_MAX_INDEX); t;
	     t = __xa_find_after(&mm->tables, &index, XA_MAX_INDEX))
		n++;
	return n;
}

static void errors_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	hva_t hva, other;

	mx_wait(me, x);
	MX_CHECK(x, vm_mmap(me, &x->file, 0, 0, 0, true, &hva) == -EINVAL);
	MX_CHECK(x, vm_mmap(me, &x->file, 0, 1, PG(1), true, &hva) == -EINVAL);
	MX_CHECK(x, vm_mmap(me, &x->file, 0, 0, ~0ull, true, &hva) == -ENOMEM);
	MX_CHECK(x, vm_mmap(me, &x->file, 0, 0 - PG(1), PG(2), true, &hva) == -EOVERFLOW);
	MX_CHECK(x, vm_mmap(me, &x->file, x->hva + PG(1), 0, PG(1), true, &hva) == -EEXIST);
	MX_CHECK(x, vm_mmap(me, &x->file, 77, 0, PG(1), true, &hva) == -EINVAL);
	MX_CHECK(x, sys_munmap(me, 77, PG(1)) == -EINVAL);
	MX_CHECK(x, sys_munmap(me, x->hva, 0) == -EINVAL);
	MX_CHECK(x, sys_munmap(me, 0, ~0ull) == -EINVAL);
	MX_CHECK(x, sys_munmap(me, PG(1), PG(1)) == 0); /* nothing there is fine */
	MX_CHECK(x, sys_madvise_dontneed(me, 77, PG(1)) == -EINVAL);
	MX_CHECK(x, sys_madvise_dontneed(me, x->hva, PG(MX_PAGES) + 1) == -ENOMEM);
	MX_CHECK(x, sys_madvise_dontneed(me, x->hva, 0) == 0);
	MX_CHECK(x, host_access(me, PG(1), 1, false, 0, NULL) == ACCESS_SIGSEGV);
	MX_CHECK(x, host_access(me, ~0ull, 8, false, 0, NULL) == ACCESS_SIGSEGV);
	/* Behind the end of the file. */
	MX_CHECK(x, !vm_mmap(me, &x->file, 0, PG(MX_PAGES - 1), PG(2), true, &hva));
	MX_CHECK(x, host_access(me, hva, PG(2), false, 0, NULL) == ACCESS_SIGBUS);

	me->fail_site = "vma";
	me->fail_nth = 1;
	MX_CHECK(x, vm_mmap(me, &x->file, 0, 0, PG(1), true, &other) == -ENOMEM);
	me->fail_site = "vma";
	me->fail_nth = 1;
	MX_CHECK(x, sys_munmap(me, hva, PG(1)) == -ENOMEM); /* needs a split */
	me->fail_site = "pte_alloc";
	me->fail_nth = 1;
	MX_CHECK(x, !vm_mmap(me, &x->file, MMAP_BASE + (1ull << 30), 0, PG(1), true, &other));
	MX_CHECK(x, host_access(me, other, 1, false, 0, NULL) == -ENOMEM);
	me->fail_site = NULL;
	MX_CHECK(x, nr_vmas(x->mm) == 3);
}

static void test_errors(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, errors_main);
	mx_finish(&x);
}

/* Holes in the middle split VMAs; neighbours keep their pages, and tables that both use stay. */
static void split_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info = {0};
	u32 refs = 1; /* the test's own */

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 3, NULL) == ACCESS_OK);
	MX_CHECK(x, sys_munmap(me, x->hva + PG(20), PG(10)) == 0);
	MX_CHECK(x, nr_vmas(x->mm) == 2 && nr_tables(x->mm) == 1);
	MX_CHECK(x, load_acquire(x->file.f_count) == refs + 2);
	MX_CHECK(x, host_access(me, x->hva + PG(20), 1, false, 0, NULL) == ACCESS_SIGSEGV);
	MX_CHECK(x, host_access(me, x->hva + PG(19), 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, host_access(me, x->hva + PG(30), 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 3 && x->mapping.nrpages == MX_PAGES);
	/* The VMA above the hole maps the right part of the file. */
	truncate_inode_pages_range(me, &x->mapping, PG(30), PG(31) - 1);
	MX_CHECK(x, host_access(me, x->hva + PG(30), 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 0);
	/* A new mapping goes into the hole; all of it goes at once. */
	{
		hva_t hva;

		MX_CHECK(x, !vm_mmap(me, &x->file, 0, 0, PG(10), true, &hva));
		MX_CHECK(x, hva == x->hva + PG(20) && nr_vmas(x->mm) == 3);
		MX_CHECK(x, host_access(me, hva, PG(10), false, 0, NULL) == ACCESS_OK);
	}
	MX_CHECK(x, sys_munmap(me, x->hva, PG(MX_PAGES)) == 0);
	MX_CHECK(x, nr_vmas(x->mm) == 0 && nr_tables(x->mm) == 0);
	MX_CHECK(x, list_empty(&x->mapping.i_mmap));
	MX_CHECK(x, load_acquire(x->file.f_count) == refs && !x->released);
	fput(me, &x->file);
	MX_CHECK(x, x->released && !get_file_active(me, &x->file));
}

static void test_split(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, split_main);
	mx_finish(&x);
}

/* One batched zap has one flush; DONTNEED keeps the file's pages. */
static void dontneed_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info = {0};
	u64 flushes;

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 3, NULL) == ACCESS_OK);
	flushes = x->mm->nr_tlb_flushes;
	MX_CHECK(x, sys_madvise_dontneed(me, x->hva, PG(MX_PAGES)) == 0);
	MX_CHECK(x, x->mm->nr_tlb_flushes == flushes + 1);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 3 && info.pages_done == MX_PAGES);
}

static void test_dontneed(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, dontneed_main);
	mx_finish(&x);
}

/* Anonymous memory: zeroed, private to the process, gone for good when unmapped. */
static void anon_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info = {0};
	hva_t hva;
	u32 used;

	mx_wait(me, x);
	MX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(600), false, &hva));
	MX_CHECK(x, host_access(me, hva, PG(600), false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 0 && info.pages_done == 600);
	MX_CHECK(x, host_access(me, hva, PG(600), true, 9, NULL) == ACCESS_OK);
	used = x->m->folios->nr_used - x->m->folios->nr_free;
	MX_CHECK(x, sys_madvise_dontneed(me, hva, PG(600)) == 0);
	MX_CHECK(x, x->m->folios->nr_used - x->m->folios->nr_free == used - 600);
	MX_CHECK(x, host_access(me, hva, 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 0);
	exit_mmap(me, x->mm);
	MX_CHECK(x, nr_vmas(x->mm) == 0 && nr_tables(x->mm) == 0);
}

static void test_anonymous(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, anon_main);
	mx_finish(&x);
}

/* Out of memory in the middle of an access: an errno, and nothing is lost. */
static void oom_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info = {0};

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 1, &info) == -ENOMEM);
	MX_CHECK(x, info.pages_done == 10);
}

static void test_oom(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.memory_pages = 10;
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, oom_main);
	mx_finish(&x);
}

/* A fault waits for a writer of mmap_lock, and an access to a mapped page does not. */
static void mmap_writer_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	mmap_write_lock(me, x->mm);
	sim_sleep(me, NSEC_PER_MS);
	mmap_write_unlock(me, x->mm);
}

static void mmap_waiter_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	sim_compute(me, 1000);
	MX_CHECK(x, host_access(me, x->hva, 1, false, 0, NULL) == ACCESS_OK);
	x->count[0] = sim_now(me);
	MX_CHECK(x, host_access(me, x->hva + PG(1), 1, false, 0, NULL) == ACCESS_OK);
	x->count[1] = sim_now(me);
}

static void map_one(struct task *me, struct mx *x)
{
	MX_CHECK(x, host_access(me, x->hva, 1, false, 0, NULL) == ACCESS_OK);
}

static void test_fault_takes_mmap_lock(void **state)
{
	struct mx x;

	mx_init(&x);
	x.setup = map_one;
	mx_start(&x);
	mx_task(&x, "writer", x.mm, 0, mmap_writer_main);
	mx_task(&x, "waiter", x.mm, 1, mmap_waiter_main);
	mx_run(&x);
	mx_assert_clean(&x);
	assert_true(x.count[0] < NSEC_PER_MS / 2);
	assert_true(x.count[1] >= NSEC_PER_MS);
	sim_destroy(x.sim);
}

/* Mapping, unmapping, faulting and DONTNEED under any schedule. */
static void mapper_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 4; i++) {
		hva_t hva;

		MX_CHECK(x, !vm_mmap(me, i & 1 ? NULL : &x->file, 0, 0, PG(3), true, &hva));
		MX_CHECK(x, host_access(me, hva, PG(3), true, 4, NULL) == ACCESS_OK);
		MX_CHECK(x, sys_munmap(me, hva + PG(1), PG(1)) == 0);
		MX_CHECK(x, sys_munmap(me, hva, PG(3)) == 0);
	}
}

static void toucher_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		MX_CHECK(x, host_access(me, x->hva, PG(2), i & 1, 5, NULL) == ACCESS_OK);
		if (i == 3)
			MX_CHECK(x, sys_madvise_dontneed(me, x->hva, PG(2)) == 0);
	}
}

static void test_races(void **state)
{
	for (u64 seed = 1; seed <= 200; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		mx_start(&x);
		mx_task(&x, "map1", x.mm, -1, mapper_main);
		mx_task(&x, "map2", x.mm, -1, mapper_main);
		mx_task(&x, "touch", x.mm, -1, toucher_main);
		mx_finish(&x);
	}
}

static void test_bug_free_before_flush(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.bug = "plant-free-before-flush";
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, anon_main);
	mx_run(&x);
	assert_true(mx_findings(&x, "tlb-stale") > 0);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_dontneed),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_oom),
		cmocka_unit_test(test_fault_takes_mmap_lock),
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_bug_free_before_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
