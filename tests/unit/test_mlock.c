// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_mlock.c - mlock, munlock, MAP_LOCKED, and the batch that holds references meanwhile.
 */
#include "mm_fixture.h"

static s32 refs_at(struct mx *x, u64 index)
{
	struct folio *folio = __xa_load(&x->mapping.i_pages, index);

	return folio ? load_acquire(folio->refcount) : -1;
}

static void mlock_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	hva_t hva;

	mx_wait(me, x);
	MX_CHECK(x, sys_mlock(me, x->hva + 5, PG(7)) == 0);
	MX_CHECK(x, x->mapping.nrpages == 8);
	MX_CHECK(x, refs_at(x, 0) == 2); /* page cache and PTE: drained */
	MX_CHECK(x, sys_madvise(me, x->hva, PG(1), MADV_DONTNEED) == -EINVAL);
	MX_CHECK(x, sys_munlock(me, x->hva, PG(8)) == 0);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(1), MADV_DONTNEED) == 0);
	MX_CHECK(x, refs_at(x, 0) == 1);
	/* pages that leave a locked mapping pass through the batch */
	MX_CHECK(x, sys_mlock(me, x->hva, PG(8)) == 0);
	MX_CHECK(x, sys_munmap(me, x->hva, PG(4)) == 0);
	MX_CHECK(x, refs_at(x, 0) == 2 && refs_at(x, 4) == 2);
	lru_add_drain_all(me);
	MX_CHECK(x, refs_at(x, 0) == 1 && refs_at(x, 4) == 2);
	MX_CHECK(x, !sys_mlock(me, x->hva + PG(4), PG(4)));
	/* gaps and the end of the file */
	MX_CHECK(x, sys_mlock(me, x->hva + PG(2), PG(4)) == -ENOMEM);
	MX_CHECK(x, sys_mlock(me, ~0ull - 5, PG(1)) == -EINVAL);
	MX_CHECK(x, !vm_mmap(me, &x->file, 0, PG(MX_PAGES - 1), PG(2), true, &hva));
	MX_CHECK(x, sys_mlock(me, hva, PG(2)) == -ENOMEM);
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	MX_CHECK(x, sys_mlock(me, x->hva + PG(20), PG(1)) == -EAGAIN);
	/* at mmap nobody complains */
	MX_CHECK(x, !vm_mmap_pgoff(me, &x->file, 0, PG(MX_PAGES - 1), PG(2), PROT_READ,
				   MAP_SHARED | MAP_LOCKED, &hva));
	MX_CHECK(x, !vm_mmap_pgoff(me, &x->file, 0, PG(30), PG(2), PROT_READ,
				   MAP_SHARED | MAP_POPULATE, &hva));
	MX_CHECK(x, refs_at(x, 31) == 2);
}

static void test_mlock(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.lru_batches = true;
	mx_start(&x);
	mx_task(&x, "t", x.mm, 1, mlock_main);
	mx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
