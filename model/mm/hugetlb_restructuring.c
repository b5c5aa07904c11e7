// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/hugetlb_restructuring.c - hugetlb folios are split and merged at run time.
 *
 * Invariants: R1 and R2 of the header.  While a folio is frozen its slots in the page cache refer
 * to folios with count 0, so whoever looks there goes round until the count is back.  Costs are
 * paid page by page; what others can observe is visible at least 512 times for each pass over a
 * huge page (for 2M and smaller: page by page).
 *
 * Upstream: hugetlb_restructuring.c of the guest_memfd series (December 2025)
 * Fidelity: faithful
 */
#include "model/mm/hugetlb_vmemmap.h"
#include "model/mm/restructure_internal.h"

struct hugetlb_restructuring {
	struct xarray metadata; /* by frame, one entry for all of a huge page */

	/* atomic: pieces to be counted, linked by mapping; and how many */
	struct folio *cleanup_list;
	u32 nr_queued;
	struct wait_queue_head work;
};

static struct hugetlb_restructuring *restructuring_of(const struct task *me)
{
	return machine_of(me)->hugetlb->restructuring;
}

static struct folio_map *map_of(const struct task *me)
{
	return machine_of(me)->folios;
}

/* --- metadata --- */

int restructure_metadata_store(struct task *me, struct folio *folio)
{
	const struct folio_large *large = folio_large(folio);
	struct xarray *xa = &restructuring_of(me)->metadata;
	struct hugetlb_restructuring_metadata *metadata;
	pfn_t pfn = folio_pfn(map_of(me), folio);
	int err;

	if (sim_should_fail(me, "restructuring_metadata"))
		return -ENOMEM;
	metadata = sim_zalloc(me->sim, sizeof(*metadata));
	metadata->page_order = large->order;
	metadata->spool = large->subpool;
	metadata->h_cg = large->cgroup;
	metadata->h_cg_rsvd = large->cgroup_rsvd;
	metadata->hugetlb_cma = large->hugetlb & BIT(HPG_cma);
	xa_lock(me, xa);
	err = __xa_insert_order(me, xa, pfn, large->order, metadata);
	xa_unlock(me, xa);
	SIM_ASSERT(err != -EBUSY);
	if (err)
		sim_free(me->sim, metadata, sizeof(*metadata));
	return err;
}

int hugetlb_restructuring_metadata_store(struct task *me, struct folio *folio)
{
	/* The older design stores it when the folio is split. */
	if (machine_of(me)->cfg.restructure == HUGETLB_RESTRUCTURE_STASH)
		return 0;
	return restructure_metadata_store(me, folio);
}

void hugetlb_restructuring_metadata_restore(struct task *me, struct folio *folio)
{
	struct folio_large *large = folio_large(folio);
	struct hugetlb_restructuring_metadata *metadata;

	metadata = xa_erase(me, &restructuring_of(me)->metadata, folio_pfn(map_of(me), folio));
	if (!metadata)
		return;
	SIM_ASSERT(folio_test_hugetlb(folio) && large->order == metadata->page_order);
	large->subpool = metadata->spool;
	large->cgroup = metadata->h_cg;
	large->cgroup_rsvd = metadata->h_cg_rsvd;
	if (metadata->hugetlb_cma)
		large->hugetlb |= BIT(HPG_cma);
	sim_free(me->sim, metadata, sizeof(*metadata));
}

struct hugetlb_restructuring_metadata *hugetlb_restructuring_metadata_get(struct task *me,
									   pfn_t pfn)
{
	return xa_load(me, &restructuring_of(me)->metadata, pfn);
}

/* --- split --- */

/* Passes over the pages of a huge page: how many of them are one visible operation. */
static u32 pages_per_point(u32 nr)
{
	return max(nr >> PMD_ORDER, 1u);
}

struct folio **restructure_pages_get(struct task *me, const struct folio *first, u32 nr)
{
	const struct folio_map *map = map_of(me);
	u32 nr_chunks = (nr + FOLIO_CHUNK_SIZE - 1) >> FOLIO_CHUNK_SHIFT;
	struct folio **pages = sim_alloc(me->sim, nr_chunks * sizeof(*pages));
	pfn_t pfn = folio_pfn(map, first);

	for (u32 i = 0; i < nr_chunks; i++)
		pages[i] = pfn_page(map, pfn + (i << FOLIO_CHUNK_SHIFT));
	return pages;
}

void restructure_pages_put(struct task *me, struct folio **pages, u32 nr)
{
	u32 nr_chunks = (nr + FOLIO_CHUNK_SIZE - 1) >> FOLIO_CHUNK_SHIFT;

	sim_free(me->sim, pages, nr_chunks * sizeof(*pages));
}

/*
 * Upstream: hugetlb_restructuring.c:split_entries
 * Fidelity: faithful
 */
static int split_entries(struct task *me, struct address_space *mapping, pgoff_t index,
			 u32 current_order, u32 to_order)
{
	struct xa_split split;

	sim_step(me, "restructure: split entries");
	if (xa_split_alloc(me, current_order, to_order, &split))
		return -ENOMEM;
	xa_lock(me, &mapping->i_pages);
	__xa_split(me, &mapping->i_pages, index, to_order, &split);
	xa_unlock(me, &mapping->i_pages);
	return 0;
}

/*
 * Upstream: hugetlb_restructuring.c:merge_entries
 * Fidelity: faithful
 */
static void merge_entries(struct task *me, struct address_space *mapping, pgoff_t index,
			  u32 to_order, void *entry)
{
	u32 nr_nodes = xa_split_nr_nodes(to_order, 0);
	int err;

	sim_step(me, "restructure: merge entries");
	xa_lock(me, &mapping->i_pages);
	for (u32 i = 0; i < nr_nodes; i++)
		cost(me, COST_xa_merge);
	err = __xa_store(me, &mapping->i_pages, index, to_order, entry, NULL);
	xa_unlock(me, &mapping->i_pages);
	SIM_ASSERT(!err); /* the nodes above are there */
}

void restructure_relabel(struct task *me, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		cost(me, COST_folio_relabel);
}

static void unfreeze_pages(struct task *me, struct folio **pages, u32 nr)
{
	u32 per_point = pages_per_point(nr);

	sim_step(me, "restructure: unfreeze");
	for (u32 i = 0; i < nr; i++) {
		struct folio *page = restructure_nth_page(i, pages);

		cost(me, COST_folio_freeze);
		if (!(i % per_point))
			sim_point(me, folio_obj(me, page), SIM_WRITE);
		SIM_ASSERT(!load_acquire(page->refcount));
		store_release(page->refcount, 1);
		if (unlikely(folio_test(page, PG_refwait)))
			folio_ref_wake(me, page);
	}
}

/* How often, a microsecond apart, who cannot wait looks whether a reference has gone. */
#define FREEZE_TRIES 64

static bool restructure_freeze(struct task *me, struct folio *folio, s32 expected, bool wait)
{
	u32 i;

	if (wait) {
		folio_ref_freeze_spin(me, folio, expected, true);
		return true;
	}
	for (i = 0; i < FREEZE_TRIES; i++) {
		if (folio_ref_freeze(me, folio, expected))
			return true;
		sim_cost(me, NSEC_PER_US);
		cond_resched(me);
	}
	return false;
}

/*
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_split_folio
 * Fidelity: faithful: only to order 0; a poisoned folio is split like any other (upstream warns)
 */
static int hugetlb_restructuring_split_folio(struct task *me, struct folio *folio, u32 to_order,
					     bool wait)
{
	struct address_space *mapping = folio->mapping;
	u32 order = folio_order(folio), nr = 1u << order;
	const struct hstate *h = hugetlb_order_to_hstate(machine_of(me), order);
	pgoff_t index = folio->index;
	struct frozen_folio frozen;
	struct folio **pages;
	int err;

	SIM_ASSERT(!to_order && h);
	err = split_entries(me, mapping, index, order, to_order);
	if (err) {
		/* Nothing was split, but upstream's way out is one for all. */
		merge_entries(me, mapping, index, order, folio);
		return err;
	}
	sim_step(me, "restructure: freeze");
	cost(me, COST_folio_freeze);
	if (!restructure_freeze(me, folio, (s32)nr, wait)) {
		merge_entries(me, mapping, index, order, folio);
		return -EAGAIN;
	}
	folio_frozen_begin(me, &frozen, folio, nr, true);
	err = hugetlb_vmemmap_restore_folio(me, h, folio);
	if (err) {
		folio_ref_unfreeze(me, folio, (s32)nr);
		folio_frozen_end(me, &frozen);
		merge_entries(me, mapping, index, order, folio);
		return err;
	}
	sim_step(me, "restructure: relabel");
	restructure_relabel(me, nr);
	block_split(me, folio, to_order);
	sim_step(me, "restructure: store");
	pages = restructure_pages_get(me, folio, nr);
	xa_lock(me, &mapping->i_pages);
	__xa_store_each(me, &mapping->i_pages, index, nr, restructure_nth_page, pages);
	xa_unlock(me, &mapping->i_pages);
	unfreeze_pages(me, pages, nr);
	folio_frozen_end(me, &frozen);
	restructure_pages_put(me, pages, nr);
	return 0;
}

/* --- merge --- */

/* Each piece must be nobody's but the file's, however long that takes.  Return: how many are. */
static u32 freeze_pages(struct task *me, struct folio **pages, u32 nr, bool wait)
{
	u32 per_point = pages_per_point(nr);

	sim_step(me, "restructure: freeze");
	for (u32 i = 0; i < nr; i++) {
		struct folio *page = restructure_nth_page(i, pages);
		s32 expected = 1;

		cost(me, COST_folio_freeze);
		if (!(i % per_point)) {
			sim_point(me, folio_obj(me, page), SIM_WRITE);
			cond_resched(me);
		}
		if (!step_try_cmpxchg(me, &page->refcount, &expected, 0) &&
		    !restructure_freeze(me, page, 1, wait))
			return i;
	}
	return nr;
}

void restructure_merge_unreferenced_folio(struct task *me, struct folio *first, u32 to_order)
{
	const struct hstate *h = hugetlb_order_to_hstate(machine_of(me), to_order);

	sim_step(me, "restructure: prep_compound_page");
	restructure_relabel(me, 1u << to_order);
	block_merge(me, first, to_order);
	folio_large(first)->hugetlb = BIT(HPG_hugetlb);
	hugetlb_vmemmap_optimize_folio(me, h, first);
}

/*
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_merge_folio
 * Fidelity: faithful: what the folio was to hugetlb stays in the metadata until it is freed
 */
static int hugetlb_restructuring_merge_folio(struct task *me, struct folio *first, u32 to_order,
					     bool wait)
{
	u32 nr = 1u << to_order, nr_frozen;
	struct folio **pages = restructure_pages_get(me, first, nr);
	struct frozen_folio frozen;

	SIM_ASSERT(IS_ALIGNED(first->index, nr) && !folio_order(first));
	folio_frozen_begin(me, &frozen, first, nr, true);
	nr_frozen = freeze_pages(me, pages, nr, wait);
	if (nr_frozen < nr) {
		unfreeze_pages(me, pages, nr_frozen);
		folio_frozen_end(me, &frozen);
		restructure_pages_put(me, pages, nr);
		return -EAGAIN;
	}
	restructure_pages_put(me, pages, nr);
	merge_entries(me, first->mapping, first->index, to_order, first);
	restructure_merge_unreferenced_folio(me, first, to_order);
	sim_step(me, "restructure: unfreeze");
	folio_ref_unfreeze(me, first, (s32)nr);
	folio_frozen_end(me, &frozen);
	return 0;
}

static int restructure_folio(struct task *me, struct folio *folio, u32 to_order, bool wait)
{
	u32 order = folio_order(folio);
	int err = 0;

	SIM_FRAME(me);
	if (machine_of(me)->cfg.restructure == HUGETLB_RESTRUCTURE_STASH)
		return stash_restructure_folio(me, folio, to_order);
	if (order > to_order)
		err = hugetlb_restructuring_split_folio(me, folio, to_order, wait);
	else if (order < to_order)
		err = hugetlb_restructuring_merge_folio(me, folio, to_order, wait);
	sim_step(me, NULL);
	return err;
}

int hugetlb_restructuring_restructure_folio(struct task *me, struct folio *folio, u32 to_order)
{
	return restructure_folio(me, folio, to_order, true);
}

int hugetlb_restructuring_try_restructure_folio(struct task *me, struct folio *folio, u32 to_order)
{
	return restructure_folio(me, folio, to_order, false);
}

/* --- pieces that nobody has any more --- */

/*
 * Upstream: hugetlb_restructuring.c:maybe_merge_unreferenced_folio,
 *           hugetlb_restructuring_cleanup_folio
 * Fidelity: faithful
 */
static void hugetlb_restructuring_cleanup_folio(struct task *me, struct folio *folio)
{
	pfn_t pfn = folio_pfn(map_of(me), folio);
	struct hugetlb_restructuring_metadata *metadata;
	struct folio *first;
	u32 nr;

	metadata = hugetlb_restructuring_metadata_get(me, pfn);
	SIM_ASSERT(metadata);
	nr = atomic_add_return(me, folio_obj(me, folio), &metadata->nr_pages_waiting_to_be_merged,
			       1);
	if (nr < 1u << metadata->page_order)
		return;
	first = pfn_page(map_of(me), pfn & ~((1u << metadata->page_order) - 1));
	restructure_merge_unreferenced_folio(me, first, metadata->page_order);
	hugetlb_restructuring_metadata_restore(me, first);
	free_huge_folio(me, first);
}

/*
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_cleanup_workfn, include/linux/llist.h
 * Fidelity: faithful
 */
static void hugetlb_restructuring_worker(struct task *me, void *arg)
{
	struct hugetlb_restructuring *hr = arg;

	for (;;) {
		struct folio *folio, *next;

		wait_event_interruptible(me, &hr->work, load_acquire(hr->cleanup_list) != NULL);
		folio = atomic_xchg(me, hr->work.dep_map.id, &hr->cleanup_list, NULL);
		for (; folio; folio = next) {
			next = (struct folio *)folio->mapping;
			store_release(folio->mapping, NULL);
			hugetlb_restructuring_cleanup_folio(me, folio);
			step_add_return(me, &hr->nr_queued, -1);
			cond_resched(me);
		}
	}
}

void hugetlb_restructuring_free_piece(struct task *me, struct folio *folio)
{
	struct hugetlb_restructuring *hr = restructuring_of(me);
	const u32 keep = ~(BIT(FOLIO_SECTION_SHIFT) - 1) | BIT(PG_hwpoison) | BIT(PG_locked);
	struct folio *head = load_acquire(hr->cleanup_list);

	folio_check_free(me, folio);
	cost(me, COST_folio_free);
	store_release(folio->mapcount, 0);
	step_and(me, &folio->flags, keep);
	step_or(me, &folio->flags, BIT(PG_free));
	step_add_return(me, &hr->nr_queued, 1);
	do {
		store_release(folio->mapping, (struct address_space *)head);
	} while (!step_try_cmpxchg(me, &hr->cleanup_list, &head, folio));
	/* queue_work() */
	if (!head)
		wake_up(me, &hr->work);
}

u32 hugetlb_restructuring_nr_queued(const struct machine *m)
{
	return m->hugetlb ? load_acquire(m->hugetlb->restructuring->nr_queued) : 0;
}

struct hugetlb_restructuring *hugetlb_restructuring_create(struct machine *m)
{
	struct hugetlb_restructuring *hr = sim_zalloc(m->sim, sizeof(*hr));
	struct task *worker;

	xa_init(m->sim, &hr->metadata, "hugetlb_restructuring_metadata", 0);
	/* A worker without work is idle, not stalled. */
	lock_class_get(m->sim, "hugetlb_restructuring", LOCKC_WAITQ | LOCKC_PACING);
	init_waitqueue_head(m->sim, &hr->work, "hugetlb_restructuring");
	worker = sim_task_create(m->sim, "kworker/u:ht", ACTOR_KERNEL,
				 hugetlb_restructuring_worker, hr, -1);
	worker->daemon = true;
	return hr;
}
