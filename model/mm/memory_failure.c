// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/memory_failure.c - memory_failure(), from the poisoned page to the file system.
 *
 * A page of the LRU is unmapped from all processes, each PTE giving way to a hwpoison entry, and
 * the file system is asked to remove it.  Whoever has it mapped dies (SIGBUS) when he touches it.
 * A page that is on no LRU list is only marked.
 *
 * Invariants: those of the header; PG_hwpoison is set before anything else is done and stays.
 *
 * Upstream: mm/memory-failure.c
 * Fidelity: simplified: see the functions
 */
#include "model/mm/memory_failure.h"

#include "model/check.h"
#include "model/events.h"
#include "model/mm/gup.h"
#include "model/mm/lru.h"
#include "model/mm/rmap.h"
#include "model/ops.h"
#include "model/task_work.h"

#define GET_PAGE_MAX_RETRY_NUM 3

/*
 * Upstream: mm/memory-failure.c:action_result
 * Fidelity: faithful (no counters)
 */
static int action_result(struct task *me, struct folio *folio, enum mf_result result)
{
	sim_event(me, EV_memory_failure_event, folio_pfn(machine_of(me)->folios, folio), result,
		  0);
	return result == MF_RECOVERED || result == MF_DELAYED ? 0 : -EBUSY;
}

static bool test_set_hwpoison(struct task *me, struct folio *folio)
{
	u32 old;

	sim_point(me, folio_obj(me, folio), SIM_WRITE);
	old = load_acquire(folio->flags);
	while (!(old & BIT(PG_hwpoison)) &&
	       !step_try_cmpxchg(me, &folio->flags, &old, old | BIT(PG_hwpoison)))
		;
	return old & BIT(PG_hwpoison);
}

/* The reference is the page's for ever. */
static void keep_reference(struct task *me, struct folio *folio)
{
	struct mf_page *p = sim_zalloc(me->sim, sizeof(*p));

	lockdep_assert_held(me, &machine_of(me)->mf_mutex);
	p->folio = folio;
	list_add_tail(&p->node, &machine_of(me)->poisoned);
}

static void shake_folio(struct task *me, struct folio *folio)
{
	if (!folio_test_large(folio))
		lru_add_drain_all(me);
}

static bool hwpoison_handlable(struct folio *folio)
{
	return folio_test(folio, PG_lru) || folio_test_large(folio);
}

/*
 * Upstream: mm/memory-failure.c:get_hwpoison_page, get_any_page, __get_hwpoison_page
 * Fidelity: simplified: does not turn the per-CPU page lists off; drains the batches whatever the
 * reason to try again
 * Return: 1 with a reference, 0 for a page on the free list, or -EIO (frozen, on its way to the
 * free list, on no LRU list).
 */
static int get_hwpoison_page(struct task *me, struct folio *folio)
{
	for (int pass = 0;; pass++) {
		if (folio_test(folio, PG_free))
			return 0;
		/* A reference to what cannot be handled would only get into others' way. */
		if (hwpoison_handlable(folio) && folio_try_get(me, folio)) {
			if (hwpoison_handlable(folio))
				return 1;
			folio_put(me, folio);
		}
		if (pass == GET_PAGE_MAX_RETRY_NUM)
			return -EIO;
		shake_folio(me, folio);
	}
}

/*
 * Upstream: mm/memory-failure.c:hwpoison_user_mappings, unmap_poisoned_folio
 * Fidelity: simplified: nobody is killed early, so nobody is looked for (collect_procs); no second
 * drain for locked memory; i_mmap_rwsem for read where hugetlb needs it for write
 * Return: false if it is still mapped.
 */
static bool hwpoison_user_mappings(struct task *me, struct folio *folio)
{
	if (!folio_mapped(folio))
		return true;
	sim_step(me, "unmap_poisoned_folio");
	try_to_unmap(me, folio, TTU_HWPOISON);
	return !folio_mapped(folio);
}

/*
 * Upstream: mm/memory-failure.c:truncate_error_folio
 * Fidelity: simplified: a file that has no such operation keeps its page.  Any answer but 0 is a
 * failure, so what guest_memfd says (MF_DELAYED) is one
 */
static enum mf_result truncate_error_folio(struct task *me, struct folio *folio,
					   struct address_space *mapping)
{
	if (!mapping->error_remove_folio)
		return MF_FAILED;
	return mapping->error_remove_folio(me, mapping, folio) ? MF_FAILED : MF_RECOVERED;
}

/* References besides ours, and besides the page cache's if it is to keep them. */
static bool has_extra_refcount(struct task *me, struct folio *folio, bool in_page_cache)
{
	return folio_ref_count(me, folio) - 1 -
		       (in_page_cache ? (s32)folio_nr_pages(folio) : 0) > 0;
}

/*
 * Upstream: mm/memory-failure.c:delete_from_lru_cache
 * Fidelity: faithful
 */
static void delete_from_lru_cache(struct task *me, struct folio *folio)
{
	if (folio_isolate_lru(me, folio))
		folio_put(me, folio);
}

/*
 * Upstream: mm/memory-failure.c:me_pagecache_clean, me_pagecache_dirty
 * Fidelity: simplified: files only; nobody asks the mapping for -EIO
 * Context: folio locked; unlocks it.
 */
static enum mf_result me_pagecache_clean(struct task *me, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	enum mf_result ret = MF_FAILED;

	delete_from_lru_cache(me, folio);
	if (mapping) {
		sim_step(me, "error_remove_folio");
		ret = truncate_error_folio(me, folio, mapping);
		if (has_extra_refcount(me, folio, false))
			ret = MF_FAILED;
	}
	folio_unlock(me, folio);
	return ret;
}

/*
 * Upstream: mm/memory-failure.c:me_huge_page
 * Fidelity: simplified: only with a mapping; otherwise the page is left alone
 * Context: folio locked; unlocks it.
 */
static enum mf_result me_huge_page(struct task *me, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	enum mf_result ret = MF_FAILED;

	if (mapping) {
		sim_step(me, "error_remove_folio");
		ret = truncate_error_folio(me, folio, mapping);
	}
	folio_unlock(me, folio);
	return has_extra_refcount(me, folio, mapping) ? MF_FAILED : ret;
}

/*
 * @page_flags: as they were when the folio was locked: what is on an LRU list can be isolated at
 * any time.
 *
 * Upstream: mm/memory-failure.c:identify_page_state, me_unknown
 * Fidelity: simplified: huge, on the LRU, or unknown; upstream a page that was isolated before is
 * known by PG_unevictable, which there is none of here
 * Context: folio locked; unlocks it.
 */
static enum mf_result identify_page_state(struct task *me, struct folio *folio, u32 page_flags)
{
	if (folio_test_large(folio))
		return me_huge_page(me, folio);
	if (page_flags & BIT(PG_lru) || folio_test(folio, PG_lru))
		return me_pagecache_clean(me, folio);
	folio_unlock(me, folio);
	return MF_IGNORED;
}

/* Context: mf_mutex held; a reference that is not given back. */
static enum mf_result handle_page(struct task *me, struct folio *folio)
{
	u32 page_flags;

	keep_reference(me, folio);
	sim_step(me, "folio_lock");
	if (!folio_test_large(folio)) {
		/* hwpoison_filter(), which lets everything pass */
		folio_lock(me, folio);
		folio_unlock(me, folio);
		shake_folio(me, folio);
	}
	folio_lock(me, folio);
	page_flags = load_acquire(folio->flags);
	if (page_flags & BIT(PG_lru) || folio_test_large(folio)) {
		if (!hwpoison_user_mappings(me, folio)) {
			folio_unlock(me, folio);
			return MF_FAILED;
		}
		/* Truncated since. */
		if (!folio->mapping) {
			folio_unlock(me, folio);
			return MF_IGNORED;
		}
	}
	return identify_page_state(me, folio, page_flags);
}

static void lock_mf_mutex(struct task *me)
{
	struct machine *m = machine_of(me);

	sim_guard_lock(me->sim, &m->lock);
	if (!m->mf_mutex.dep_map.class)
		mutex_init(me->sim, &m->mf_mutex, "mf_mutex");
	sim_guard_unlock(me->sim, &m->lock);
	mutex_lock(me, &m->mf_mutex);
}

int memory_failure(struct task *me, struct folio *folio, u32 flags)
{
	struct machine *m = machine_of(me);
	int ret;

	SIM_FRAME(me);
	lock_mf_mutex(me);
	if (test_set_hwpoison(me, folio)) {
		if (flags & MF_COUNT_INCREASED)
			folio_put(me, folio);
		action_result(me, folio, MF_FAILED);
		ret = -EHWPOISON;
		goto out;
	}
	ret = flags & MF_COUNT_INCREASED ? 1 : get_hwpoison_page(me, folio);
	if (ret != 1) {
		/* The allocator does not look at the flag of what is on its list. */
		if (!ret)
			folio_clear_flag(me, folio, PG_hwpoison);
		ret = action_result(me, folio, MF_IGNORED);
		goto out;
	}
	ret = action_result(me, folio, handle_page(me, folio));
out:
	sim_step(me, NULL);
	mutex_unlock(me, &m->mf_mutex);
	return ret;
}

/*
 * Upstream: mm/madvise.c:madvise_inject_error
 * Fidelity: simplified: the caller may do it, and the kernel was built with it; he is not killed
 * at once (MF_ACTION_REQUIRED), as upstream does if he has written to the page
 */
static s64 madvise_inject_error(struct task *me, hva_t start, hva_t end)
{
	u64 size;

	for (; start < end; start += size) {
		struct folio *folio;
		s64 ret;

		ret = get_user_pages_fast(me, task_mm(me), start, 1, FOLL_GET, &folio);
		if (ret != 1)
			return ret;
		size = (u64)folio_nr_pages(folio) << PAGE_SHIFT;
		ret = memory_failure(me, folio, MF_COUNT_INCREASED);
		if (ret)
			return ret;
	}
	return 0;
}

s64 sys_madvise_hwpoison(struct task *me, hva_t addr, u64 len)
{
	hva_t end = addr + ALIGN_UP(len, PAGE_SIZE);
	s64 ret = -EINVAL;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	if (IS_ALIGNED(addr, PAGE_SIZE) && end >= addr && ALIGN_UP(len, PAGE_SIZE) >= len)
		ret = madvise_inject_error(me, addr, end);
	task_work_run(me);
	return check_result(me, OP_MADVISE_HWPOISON, ret);
}
