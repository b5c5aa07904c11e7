// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_fork.c - what a child inherits, what a failed fork leaves, and who unmaps from both.
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

/* count[0]: the child may look; count[1]: it has; count[2]: it may look again. */
static void child_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info;

	wait_event(me, &x->gate, load_acquire(x->count[0]));
	MX_CHECK(x, host_access(me, x->hva, PG(4), false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 3 && !info.other_page && info.pages_done == 4);
	MX_CHECK(x, host_access(me, x->hva + PG(8), 1, false, 0, &info) == ACCESS_SIGSEGV);
	MX_CHECK(x, host_access(me, x->hva, PG(1), true, 9, NULL) == ACCESS_OK);
	store_release(x->count[1], 1);
	wake_up_all(me, &x->gate);
	wait_event(me, &x->gate, load_acquire(x->count[2]));
	mm_exit(me, x->other);
}

static void parent_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct access_info info;
	struct folio *folio;
	u32 refs;
	hva_t anon;

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 3, NULL) == ACCESS_OK);
	MX_CHECK(x, sys_madvise(me, x->hva + PG(8), PG(8), MADV_DONTFORK) == 0);
	MX_CHECK(x, sys_mlock(me, x->hva, PG(1)) == 0);
	MX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(4), false, &anon));
	refs = load_acquire(x->file.f_count);
	/* the third VMA cannot be had: the child is empty again */
	me->fail_site = "vma";
	me->fail_nth = 3;
	MX_CHECK(x, sys_fork(me, x->other) == -ENOMEM);
	MX_CHECK(x, nr_vmas(x->other) == 0 && load_acquire(x->file.f_count) == refs);
	me->fail_site = "mm";
	me->fail_nth = 1;
	MX_CHECK(x, sys_fork(me, x->other) == -ENOMEM);
	me->fail_site = NULL;

	MX_CHECK(x, sys_fork(me, x->other) == 0);
	/* [0] locked, [1..7], [16..]; not [8..15], not the anonymous one */
	MX_CHECK(x, nr_vmas(x->other) == 3 && load_acquire(x->file.f_count) == refs + 3);
	MX_CHECK(x, !(vma_lookup(x->other, x->hva)->vm_flags & VM_LOCKED));
	MX_CHECK(x, !__pte_offset_map(x->other, x->hva));
	folio = __xa_load(&x->mapping.i_pages, 0);
	MX_CHECK(x, folio_mapcount(folio) == 1);
	store_release(x->count[0], 1);
	wake_up_all(me, &x->gate);
	wait_event(me, &x->gate, load_acquire(x->count[1]));
	MX_CHECK(x, folio_mapcount(folio) == 2);
	MX_CHECK(x, host_access(me, x->hva, 1, false, 0, &info) == ACCESS_OK);
	MX_CHECK(x, info.first_byte == 9);
	unmap_mapping_pages(me, &x->mapping, 0, MX_PAGES);
	MX_CHECK(x, folio_mapcount(folio) == 0);
	store_release(x->count[2], 1);
	wake_up_all(me, &x->gate);
}

static void test_fork(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "parent", x.mm, 1, parent_main);
	mx_task(&x, "child", x.other, 2, child_main);
	mx_finish(&x);
	assert_int_equal(x.file.f_count, 5);
}

/* VMAs of the parent may be copied while the file is unmapped everywhere. */
static void forker_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(MX_PAGES), true, 3, NULL) == ACCESS_OK);
	MX_CHECK(x, sys_fork(me, x->other) == 0);
	mm_exit(me, x->other);
}

static void unmapper_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 8; i++)
		unmap_mapping_pages(me, &x->mapping, 0, MX_PAGES);
}

static void test_fork_against_unmap(void **state)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		mx_start(&x);
		mx_task(&x, "forker", x.mm, 1, forker_main);
		mx_task(&x, "unmapper", x.mm, 2, unmapper_main);
		mx_finish(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_fork_against_unmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
