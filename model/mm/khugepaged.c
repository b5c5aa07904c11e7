// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/khugepaged.c - khugepaged at a file.
 *
 * Files on anonymous inodes, as guest_memfd's, look like read-only regular files to the test for
 * huge pages: nobody has them open for writing by way of i_writecount.  Since dd085fe9a8eb they are
 * refused by name; before that khugepaged replaced 512 pages of a file that knows of order 0 only.
 *
 * Invariant: what is replaced is unmapped, isolated and had no reference besides the page cache's,
 * the lookup's and the isolation's when it was frozen; mappings of secondary MMUs hold none.
 *
 * Upstream: mm/khugepaged.c
 * Fidelity: simplified: see the functions
 */
#include "model/mm/khugepaged.h"

#include "model/mm/lru.h"
#include "model/mm/mmu_notifier.h"
#include "model/mm/rmap.h"
#include "model/ops.h"

/* of the lookup, the isolation and the page cache */
#define ISOLATED_REFS 3

#define HPAGE_PMD_NR (1u << PMD_ORDER)

/*
 * Upstream: mm/huge_memory.c:__thp_vma_allowable_orders, file_thp_enabled,
 *	     include/linux/huge_mm.h:thp_vma_suitable_order
 * Fidelity: simplified: CONFIG_READ_ONLY_THP_FOR_FS, huge pages always; all files here are on
 * anonymous inodes
 */
static bool thp_vma_allowable(struct task *me, const struct vm_area_struct *vma, pgoff_t start)
{
	pgoff_t first = vma->vm_pgoff;
	pgoff_t end = first + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT);

	if (!IS_ALIGNED((vma->vm_start >> PAGE_SHIFT) - first, (pgoff_t)HPAGE_PMD_NR))
		return false;
	return bug(me, BUG_KHUGEPAGED) && start >= first && start + HPAGE_PMD_NR <= end;
}

/* The pages that are to be replaced, each isolated and frozen. */
struct collapse {
	/* written by the collapsing task */
	struct address_space *mapping;
	pgoff_t start;
	struct folio *new;
	struct folio **old;
	u32 nr;
};

static void putback_page(struct task *me, struct folio *folio)
{
	folio_putback_lru(me, folio);
	folio_put(me, folio);
}

static void putback_pages(struct task *me, struct collapse *c)
{
	while (c->nr--) {
		folio_ref_unfreeze(me, c->old[c->nr], ISOLATED_REFS);
		putback_page(me, c->old[c->nr]);
	}
}

/*
 * Upstream: mm/khugepaged.c:collapse_file, its loop
 * Fidelity: simplified: waits for folio locks; a page that passed is frozen, upstream keeps 512
 * folio locks
 */
static enum scan_result isolate_pages(struct task *me, struct collapse *c)
{
	enum scan_result r = SCAN_SUCCEED;

	while (c->nr < HPAGE_PMD_NR) {
		struct folio *folio = filemap_lock_folio(me, c->mapping, c->start + c->nr);

		if (IS_ERR(folio))
			return SCAN_FAIL;
		if (folio_test_large(folio))
			r = SCAN_PAGE_COMPOUND;
		else if (!folio_isolate_lru(me, folio))
			r = SCAN_DEL_PAGE_LRU;
		if (r != SCAN_SUCCEED) {
			folio_unlock(me, folio);
			folio_put(me, folio);
			return r;
		}
		if (folio_mapped(folio))
			try_to_unmap(me, folio, 0);
		if (!folio_ref_freeze(me, folio, ISOLATED_REFS)) {
			folio_unlock(me, folio);
			putback_page(me, folio);
			return SCAN_PAGE_COUNT;
		}
		folio_unlock(me, folio);
		c->old[c->nr++] = folio;
	}
	return SCAN_SUCCEED;
}

/*
 * Every process's page table of the range goes, so that the huge page can be mapped as one.
 *
 * Upstream: mm/khugepaged.c:retract_page_tables
 * Fidelity: simplified: the notifiers; the tables, which are empty by now, stay
 */
static void retract_page_tables(struct task *me, struct collapse *c)
{
	struct vm_area_struct *vma;

	down_read(me, &c->mapping->i_mmap_rwsem);
	list_for_each_entry(vma, &c->mapping->i_mmap, i_mmap_node) {
		struct mmu_notifier_range range = {.mm = vma->vm_mm};

		if (!thp_vma_allowable(me, vma, c->start))
			continue;
		range.start = vma->vm_start + ((c->start - vma->vm_pgoff) << PAGE_SHIFT);
		range.end = range.start + ((hva_t)HPAGE_PMD_NR << PAGE_SHIFT);
		mmu_notifier_invalidate_range_start(me, &range);
		mmu_notifier_invalidate_range_end(me, &range);
	}
	up_read(me, &c->mapping->i_mmap_rwsem);
}

/* Context: all old pages isolated and frozen. */
static enum scan_result replace_pages(struct task *me, struct collapse *c)
{
	struct address_space *mapping = c->mapping;
	void *old;
	int err;

	for (u32 i = 0; i < HPAGE_PMD_NR; i++) {
		folio_copy(me, folio_page(me, c->new, i), c->old[i], mapping->owner);
		cond_resched(me);
	}
	folio_mark_uptodate(me, c->new);
	folio_ref_add(me, c->new, HPAGE_PMD_NR - 1);
	xa_lock(me, &mapping->i_pages);
	err = __xa_store(me, &mapping->i_pages, c->start, PMD_ORDER, c->new, &old);
	if (!err) {
		c->new->index = (u32)c->start;
		store_release(c->new->mapping, mapping);
	}
	xa_unlock(me, &mapping->i_pages);
	if (err) {
		folio_put_refs(me, c->new, HPAGE_PMD_NR - 1);
		return SCAN_FAIL;
	}
	retract_page_tables(me, c);
	for (u32 i = 0; i < HPAGE_PMD_NR; i++) {
		store_release(c->old[i]->mapping, NULL);
		folio_ref_unfreeze(me, c->old[i], ISOLATED_REFS);
		folio_put_refs(me, c->old[i], ISOLATED_REFS);
	}
	return SCAN_SUCCEED;
}

/*
 * Upstream: mm/khugepaged.c:collapse_file
 * Fidelity: simplified: no holes, no shmem; upstream refuses a page that is marked dirty, which
 * there is none of here, and takes the invalidate lock, shared, to count huge pages
 * Fail sites: "folio_alloc", "xa_node".
 */
static enum scan_result collapse_file(struct task *me, struct address_space *mapping, pgoff_t start)
{
	const u64 bytes = HPAGE_PMD_NR * sizeof(struct folio *);
	struct collapse c = {.mapping = mapping, .start = start};
	enum scan_result r;

	SIM_FRAME(me);
	c.new = folio_alloc_order(me, PMD_ORDER);
	if (!c.new)
		return SCAN_ALLOC_HUGE_PAGE_FAIL;
	c.old = sim_alloc(me->sim, bytes);
	folio_lock(me, c.new);
	sim_step(me, "isolate");
	r = isolate_pages(me, &c);
	sim_step(me, "replace");
	if (r == SCAN_SUCCEED)
		r = replace_pages(me, &c);
	if (r != SCAN_SUCCEED)
		putback_pages(me, &c);
	sim_step(me, NULL);
	folio_unlock(me, c.new);
	if (r == SCAN_SUCCEED)
		folio_set_flag(me, c.new, PG_lru);
	else
		folio_put(me, c.new);
	sim_free(me->sim, c.old, bytes);
	return r;
}

/* Does anybody have the range in a mapping that may have huge pages? */
static bool range_is_eligible(struct task *me, struct address_space *mapping, pgoff_t start)
{
	struct vm_area_struct *vma;
	bool eligible = false;

	down_read(me, &mapping->i_mmap_rwsem);
	list_for_each_entry(vma, &mapping->i_mmap, i_mmap_node)
		eligible |= thp_vma_allowable(me, vma, start);
	up_read(me, &mapping->i_mmap_rwsem);
	return eligible;
}

enum scan_result khugepaged_scan(struct task *me, struct address_space *mapping, pgoff_t index)
{
	pgoff_t start = ALIGN_DOWN(index, (pgoff_t)HPAGE_PMD_NR);

	SIM_FRAME(me);
	if (!range_is_eligible(me, mapping, start))
		return SCAN_VMA_CHECK;
	lru_add_drain_all(me);
	return collapse_file(me, mapping, start);
}
