// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_madvise.c - advice: which is taken, which refused, what it does to VMAs and pages.
 */
#include "mm_fixture.h"

static s64 fallocate(struct task *me, struct file *file, u32 mode, s64 offset, s64 len)
{
	struct mx *x = container_of(file, struct mx, file);

	MX_CHECK(x, mode == (FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE));
	x->count[0] = (u64)offset;
	x->count[1] = (u64)len;
	/* nobody is kept from the address space */
	MX_CHECK(x, down_write_trylock(me, &x->mm->mmap_lock));
	up_write(me, &x->mm->mmap_lock);
	return 0;
}

static const struct file_operations fops = {
	.mmap = mx_mmap,
	.release = mx_release,
	.fallocate = fallocate,
	.noexec = true,
};

static void advice_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	hva_t anon, ro;

	mx_wait(me, x);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(4), 999) == -EINVAL);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(4), MADV_FREE) == -EINVAL);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(4), MADV_COLLAPSE) == -EINVAL);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(4), MADV_COLD) == 0);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(4), MADV_PAGEOUT) == 0);
	MX_CHECK(x, sys_madvise(me, x->hva + PG(2), PG(1), MADV_HUGEPAGE) == 0);
	MX_CHECK(x, vma_lookup(x->mm, x->hva + PG(2))->vm_flags & VM_HUGEPAGE);
	MX_CHECK(x, !(vma_lookup(x->mm, x->hva + PG(3))->vm_flags & VM_HUGEPAGE));
	MX_CHECK(x, sys_madvise(me, x->hva, PG(MX_PAGES) + 1, MADV_DONTFORK) == -ENOMEM);
	MX_CHECK(x, vma_lookup(x->mm, x->hva)->vm_flags & VM_DONTCOPY);
	/* each VMA on its own; mmap_lock is not held by this task meanwhile */
	MX_CHECK(x, sys_madvise(me, x->hva + PG(5), PG(2), MADV_REMOVE) == 0);
	MX_CHECK(x, x->count[0] == PG(5) && x->count[1] == PG(2));
	MX_CHECK(x, !vm_mmap(me, NULL, 0, 0, PG(4), false, &anon));
	MX_CHECK(x, sys_madvise(me, anon, PG(1), MADV_REMOVE) == -EINVAL);
	MX_CHECK(x, sys_madvise(me, anon, PG(1), MADV_FREE) == 0);
	MX_CHECK(x, !vm_mmap_pgoff(me, &x->file, 0, 0, PG(1), PROT_READ, MAP_PRIVATE, &ro));
	MX_CHECK(x, sys_madvise(me, ro, PG(1), MADV_REMOVE) == -EACCES);
	MX_CHECK(x, sys_madvise(me, ro, PG(1), MADV_POPULATE_WRITE) == -EINVAL);
	MX_CHECK(x, vm_mmap_pgoff(me, &x->file, 0, 0, PG(1), PROT_EXEC, MAP_SHARED, &ro) == -EPERM);
	MX_CHECK(x, vm_mmap_pgoff(me, &x->file, 0, 0, PG(1), PROT_READ, 0, &ro) == -EINVAL);
	MX_CHECK(x, sys_mprotect(me, x->hva, PG(1), PROT_EXEC) == -EACCES);
	me->fail_site = "vma";
	me->fail_nth = 1;
	MX_CHECK(x, sys_madvise(me, x->hva + PG(9), PG(1), MADV_HUGEPAGE) == -ENOMEM);
}

static void test_advice(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	x.file.f_op = &fops;
	mx_task(&x, "t", x.mm, -1, advice_main);
	mx_finish(&x);
}

static void populate_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *folio;
	hva_t hva;

	mx_wait(me, x);
	MX_CHECK(x, sys_madvise(me, x->hva, PG(4), MADV_POPULATE_READ) == 0);
	MX_CHECK(x, sys_madvise(me, x->hva + PG(4), PG(4), MADV_POPULATE_WRITE) == 0);
	MX_CHECK(x, x->mapping.nrpages == 8);
	MX_CHECK(x, !pte_dirty(ptep_get(__pte_offset_map(x->mm, x->hva), x->hva)));
	MX_CHECK(x, pte_dirty(ptep_get(__pte_offset_map(x->mm, x->hva), x->hva + PG(4))));
	folio = __xa_load(&x->mapping.i_pages, 0);
	MX_CHECK(x, load_acquire(folio->refcount) == 2);
	MX_CHECK(x, !vm_mmap(me, &x->file, 0, PG(MX_PAGES - 1), PG(2), true, &hva));
	MX_CHECK(x, sys_madvise(me, hva, PG(2), MADV_POPULATE_READ) == -EFAULT);
	MX_CHECK(x, sys_madvise(me, hva, PG(3), MADV_POPULATE_READ) == -EFAULT);
	MX_CHECK(x, sys_madvise(me, hva + PG(2), PG(1), MADV_POPULATE_READ) == -ENOMEM);
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	MX_CHECK(x, sys_madvise(me, x->hva + PG(20), PG(1), MADV_POPULATE_READ) == -ENOMEM);
}

static void test_populate(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.lru_batches = true;
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, populate_main);
	mx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_populate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
