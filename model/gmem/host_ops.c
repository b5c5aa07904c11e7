// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/host_ops.c - what the host kernel does to pages, named by where they are in a file.
 *
 * Invariant: the file is only a name here; what is done is core mm's, in model/mm.
 */
#include "model/gmem/inode.h"

#include "model/check.h"
#include "model/mm/khugepaged.h"
#include "model/mm/lru.h"
#include "model/mm/memory_failure.h"
#include "model/mm/migrate.h"
#include "model/mm/pgtable.h"

s64 memory_failure_at(struct task *me, struct gmem_file *f, u64 offset)
{
	struct folio *folio = NULL;

	SIM_FRAME(me);
	/* The hardware says which page; that it is this one costs nothing. */
	if (offset < f->inode->i_size)
		folio = __xa_load(&f->inode->mapping.i_pages, offset >> PAGE_SHIFT);
	return check_result(me, OP_MEMORY_FAILURE,
			    folio ? memory_failure(me, folio, 0) : -ENXIO);
}

/*
 * Upstream: arch/x86/kernel/cpu/mce/core.c:kill_me_maybe,
 *	     mm/memory-failure.c:kill_accessing_process
 * Fidelity: simplified: the machine check costs nothing; a file's page is never recovered, so
 * the task is always killed, be it because of -EBUSY or because others have met the error before
 * (then upstream only if the page, or its hwpoison entry, is in his own page table)
 */
s64 memory_failure_consumed(struct task *me, struct gmem_file *f, u64 offset)
{
	s64 ret;

	SIM_FRAME(me);
	ret = memory_failure_at(me, f, offset);
	return ret == -ENXIO ? ret : ACCESS_SIGBUS;
}

s64 migrate_range(struct task *me, struct gmem_file *f, u64 offset, u64 len)
{
	struct address_space *mapping = &f->inode->mapping;
	pgoff_t index = offset >> PAGE_SHIFT, end = (offset + len) >> PAGE_SHIFT;
	s64 ret = -ENOENT;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	lru_cache_disable(me);
	for (; index < end && (!ret || ret == -ENOENT || ret == -EOPNOTSUPP); index++) {
		struct folio *folio = filemap_get_folio(me, mapping, index);

		if (IS_ERR(folio))
			continue;
		ret = migrate_folio(me, folio);
	}
	lru_cache_enable(me);
	return check_result(me, OP_MIGRATE, ret);
}

u64 gmem_frames(struct gmem_file *f, u64 offset, u64 len, pfn_t *pfns)
{
	struct gmem_inode *inode = f->inode;
	u64 nr = 0;

	for (u64 at = offset; at < offset + len && at < inode->i_size; at += PAGE_SIZE) {
		struct folio *folio = __xa_load(&inode->mapping.i_pages, at >> PAGE_SHIFT);

		if (folio)
			pfns[nr++] = folio_file_pfn(inode->machine->folios, folio,
						    at >> PAGE_SHIFT);
	}
	return nr;
}

s64 compact_frames(struct task *me, const pfn_t *pfns, u64 nr)
{
	SIM_FRAME(me);
	return check_result(me, OP_COMPACT, isolate_migratepages_block(me, pfns, nr));
}

/*
 * Upstream: mm/khugepaged.c:madvise_collapse_errno
 * Fidelity: faithful
 */
static s64 scan_errno(enum scan_result r)
{
	switch (r) {
	case SCAN_SUCCEED:
		return 0;
	case SCAN_ALLOC_HUGE_PAGE_FAIL:
		return -ENOMEM;
	case SCAN_PAGE_COUNT:
	case SCAN_DEL_PAGE_LRU:
		return -EAGAIN;
	default:
		return -EINVAL;
	}
}

s64 collapse_range(struct task *me, struct gmem_file *f, u64 offset, u64 len)
{
	u64 at = ALIGN_DOWN(offset, PMD_SIZE);
	s64 ret = -EINVAL;

	SIM_FRAME(me);
	for (; at < offset + len; at += PMD_SIZE) {
		ret = scan_errno(khugepaged_scan(me, &f->inode->mapping, at >> PAGE_SHIFT));
		if (ret)
			break;
	}
	return check_result(me, OP_COLLAPSE, ret);
}
