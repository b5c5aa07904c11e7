// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/folio_map.c - the memory map of blocks: structs made when needed, split and merged.
 *
 * A section is 1 GiB of frames behind all single ones, handed out in blocks of one order.  Chunk 0
 * of a section has its pointer in the section itself, so that a 1 GiB folio nobody looks into costs
 * one chunk and one struct folio_large.
 *
 * Invariants: F5 of folio.h.  A chunk appears with all its frames tagged and filled; a chunk that
 * holds the head of a block in use exists.  A chunk stays for ever, as struct pages do; struct
 * folio_large is recycled, never given back: who looks too late reads a struct, not freed memory.
 *
 * Upstream: mm/page_alloc.c, mm/huge_memory.c, include/linux/page-flags.h:compound_head
 * Fidelity: simplified (see folio.h)
 */
#include "model/mm/folio.h"

#define SECTION_PAGES  (1u << MAX_FOLIO_ORDER)
#define SECTION_CHUNKS (SECTION_PAGES >> FOLIO_CHUNK_SHIFT)
#define KEEP_FLAGS     (~(BIT(FOLIO_SECTION_SHIFT) - 1))

static struct address_space *tail_tag(const struct folio_large *large)
{
	return (struct address_space *)((uintptr_t)large | 1);
}

static struct folio_large *tag_large(const struct address_space *tag)
{
	return (struct folio_large *)((uintptr_t)tag & ~(uintptr_t)1);
}

static pfn_t block_base(pfn_t pfn, u32 order)
{
	return pfn & ~((1u << order) - 1);
}

/* --- lookup --- */

static struct folio **chunk_slot(struct folio_section *s, u32 nr)
{
	struct folio **table;

	if (!(nr & (SECTION_CHUNKS - 1)))
		return &s->head;
	table = load_acquire(s->chunk);
	return table ? &table[nr & (SECTION_CHUNKS - 1)] : NULL;
}

struct folio *pfn_page(const struct folio_map *map, pfn_t pfn)
{
	struct folio **slot, *chunk;

	if (pfn < map->block_start)
		return pfn_folio(map, pfn);
	slot = chunk_slot(pfn_section(map, pfn), pfn >> FOLIO_CHUNK_SHIFT);
	chunk = slot ? load_acquire(*slot) : NULL;
	return chunk ? &chunk[pfn & (FOLIO_CHUNK_SIZE - 1)] : NULL;
}

struct folio *block_pfn_folio(const struct folio_map *map, pfn_t pfn)
{
	struct folio *page = pfn_page(map, pfn);
	struct address_space *tag;

	if (!page) {
		page = pfn_page(map, block_base(pfn, pfn_section(map, pfn)->order));
		SIM_ASSERT(page);
		return page;
	}
	tag = load_acquire(page->mapping);
	return (uintptr_t)tag & 1 ? tag_large(tag)->head : page;
}

pfn_t block_folio_pfn(const struct folio_map *map, const struct folio *page)
{
	pfn_t pfn = (load_acquire(page->flags) >> FOLIO_SECTION_SHIFT) << FOLIO_CHUNK_SHIFT;

	return pfn + (u32)(page - pfn_page(map, pfn));
}

/* --- structs come into being --- */

/* Tag the structs of [@pfn, @pfn + @nr) that exist as tail pages of @large, but for its head. */
static void tag_tails(struct folio_map *map, struct folio_large *large, pfn_t pfn, u32 nr)
{
	for (pfn_t p = pfn; p < pfn + nr; p++) {
		struct folio *page = pfn_page(map, p);

		if (!page)
			p |= FOLIO_CHUNK_SIZE - 1;
		else if (page != large->head)
			store_release(page->mapping, tail_tag(large));
	}
}

/* The chunk of @pfn.  Context: map->lock held. */
static struct folio *chunk_make(struct sim *sim, struct folio_map *map, pfn_t pfn)
{
	struct folio_section *s = pfn_section(map, pfn);
	pfn_t base = pfn & ~(pfn_t)(FOLIO_CHUNK_SIZE - 1);
	u32 nr = base >> FOLIO_CHUNK_SHIFT;
	const struct folio *head = NULL;
	struct folio **slot, *chunk;

	if (nr & (SECTION_CHUNKS - 1) && !s->chunk)
		store_release(s->chunk, sim_zalloc(sim, SECTION_CHUNKS * sizeof(*s->chunk)));
	slot = chunk_slot(s, nr);
	if (*slot)
		return *slot;
	chunk = sim_alloc(sim, FOLIO_CHUNK_SIZE * sizeof(*chunk));
	if (s->order > FOLIO_CHUNK_SHIFT && block_base(base, s->order) != base)
		head = pfn_page(map, block_base(base, s->order));
	for (u32 i = 0; i < FOLIO_CHUNK_SIZE; i++) {
		chunk[i] = (struct folio){.flags = nr << FOLIO_SECTION_SHIFT};
		if (!head)
			continue;
		chunk[i].mapping = head[1].mapping;
		chunk[i].content.raw = load_acquire(folio_large(head)->content.raw);
	}
	store_release(*slot, chunk);
	return chunk;
}

struct folio *block_pfn_to_page(struct task *me, pfn_t pfn)
{
	struct folio_map *map = machine_of(me)->folios;
	struct folio *page = pfn_page(map, pfn);

	if (likely(page))
		return page;
	sim_guard_lock(me->sim, &map->lock);
	page = chunk_make(me->sim, map, pfn) + (pfn & (FOLIO_CHUNK_SIZE - 1));
	sim_guard_unlock(me->sim, &map->lock);
	return page;
}

/* Make all structs of a block.  Context: map->lock held. */
static void block_make(struct sim *sim, struct folio_map *map, pfn_t pfn, u32 order)
{
	for (pfn_t p = pfn; p < pfn + (1u << order); p += FOLIO_CHUNK_SIZE)
		chunk_make(sim, map, p);
}

/* Context: map->lock held. */
static struct folio_large *large_make(struct sim *sim, struct folio_map *map, struct folio *head,
				      u32 order)
{
	struct folio_large *large = map->spare_large;

	if (large)
		map->spare_large = large->next;
	else
		large = sim_alloc(sim, sizeof(*large));
	*large = (struct folio_large){.head = head, .order = order};
	return large;
}

/* --- blocks --- */

/* A frame range of that order, or 0.  Context: map->lock held. */
static pfn_t block_take(struct sim *sim, struct folio_map *map, u32 order, bool hugetlb)
{
	pfn_t *next = &map->block_next[hugetlb][order], pfn = *next;
	struct folio_section *s;

	if (!(pfn & (SECTION_PAGES - 1))) {
		if (!map->section) {
			map->cap_sections = (map->nr_pages >> MAX_FOLIO_ORDER) +
					    FOLIO_SPARE_SECTIONS;
			store_release(map->section,
				      sim_zalloc(sim, map->cap_sections * sizeof(*s)));
		}
		if (map->nr_sections == map->cap_sections)
			return 0;
		pfn = map->block_start + (map->nr_sections << MAX_FOLIO_ORDER);
		if (pfn > MACHINE_PAGES_MAX - SECTION_PAGES)
			return 0;
		map->nr_sections++;
		s = pfn_section(map, pfn);
		s->order = order;
		s->hugetlb = hugetlb;
	}
	*next = pfn + (1u << order);
	return pfn;
}

struct folio *block_alloc(struct sim *sim, struct folio_map *map, u32 order, bool hugetlb)
{
	struct folio *folio = NULL;
	pfn_t pfn = 0;

	SIM_ASSERT(order && order <= MAX_FOLIO_ORDER);
	sim_guard_lock(sim, &map->lock);
	/* Pools have been accounted for. */
	if (hugetlb || (u64)folio_map_nr_in_use(map) + (1u << order) <= map->nr_pages) {
		if (!hugetlb && map->block_free[order]) {
			folio = pfn_page(map, map->block_free[order]);
			map->block_free[order] = folio->index;
		} else {
			pfn = block_take(sim, map, order, hugetlb);
		}
	}
	if (pfn) {
		folio = chunk_make(sim, map, pfn) + (pfn & (FOLIO_CHUNK_SIZE - 1));
		tag_tails(map, large_make(sim, map, folio, order), pfn, 1u << order);
	}
	if (folio && !hugetlb)
		map->nr_block_pages += 1u << order;
	sim_guard_unlock(sim, &map->lock);
	if (!folio)
		return NULL;
	SIM_ASSERT(!folio->refcount && !folio->mapping);
	folio->index = 0;
	store_release(folio->flags, (folio->flags & ~BIT(PG_free)) | BIT(PG_head));
	return folio;
}

void block_free(struct task *me, struct folio *folio)
{
	struct folio_map *map = machine_of(me)->folios;
	u32 order = folio_order(folio);

	sim_guard_lock(me->sim, &map->lock);
	folio->index = map->block_free[order];
	map->block_free[order] = folio_pfn(map, folio);
	map->nr_block_pages -= 1u << order;
	sim_guard_unlock(me->sim, &map->lock);
}

static void page_set_stale(struct folio *page)
{
	union content c = folio_content(page);

	if (c.state == CONTENT_STALE)
		return;
	c.state = CONTENT_STALE;
	c.generation++;
	store_release(page->content.raw, c.raw);
}

void block_set_stale(struct task *me, struct folio *folio)
{
	struct folio_map *map = machine_of(me)->folios;
	struct folio_large *large = folio_large(folio);
	pfn_t pfn = folio_pfn(map, folio), end = pfn + (1u << large->order);
	union content c = folio_content(folio);

	c.state = CONTENT_STALE;
	c.generation++;
	store_release(large->content.raw, c.raw);
	sim_guard_lock(me->sim, &map->lock);
	for (pfn_t p = pfn; p < end; p++) {
		struct folio *page = pfn_page(map, p);

		if (page)
			page_set_stale(page);
		else
			p |= FOLIO_CHUNK_SIZE - 1;
	}
	sim_guard_unlock(me->sim, &map->lock);
}

void block_split(struct task *me, struct folio *folio, u32 new_order)
{
	const u32 own = KEEP_FLAGS | BIT(PG_hwpoison) | BIT(PG_locked) | BIT(PG_refwait);
	const u32 same = BIT(PG_uptodate) | BIT(PG_lru);
	struct folio_map *map = machine_of(me)->folios;
	struct folio_large *large = folio_large(folio);
	pfn_t pfn = folio_pfn(map, folio);
	u32 nr = 1u << large->order, flags = load_acquire(folio->flags) & same;
	struct folio *page = NULL;

	SIM_ASSERT(new_order < large->order && !load_acquire(folio->refcount));
	sim_guard_lock(me->sim, &map->lock);
	block_make(me->sim, map, pfn, large->order);
	for (u32 i = 0; i < nr; i += 1u << new_order) {
		if (!page || new_order || !((pfn + i) & (FOLIO_CHUNK_SIZE - 1)))
			page = pfn_page(map, pfn + i);
		else
			page++;
		page->index = folio->index + i;
		/* Who spins for it sets a flag meanwhile. */
		step_and(me, &page->flags, own);
		step_or(me, &page->flags, flags | (new_order ? BIT(PG_head) : 0));
		if (new_order)
			tag_tails(map, large_make(me->sim, map, page, new_order), pfn + i,
				  1u << new_order);
		store_release(page->mapping, folio->mapping);
	}
	large->next = map->spare_large;
	map->spare_large = large;
	if (!new_order && !pfn_section(map, pfn)->hugetlb) {
		map->nr_block_pages -= nr;
		map->nr_adopted += nr;
	}
	sim_guard_unlock(me->sim, &map->lock);
}

void block_merge(struct task *me, struct folio *first, u32 order)
{
	struct folio_map *map = machine_of(me)->folios;
	pfn_t pfn = folio_pfn(map, first);
	struct folio_large *large;
	struct folio *page = first;

	SIM_ASSERT(!folio_test_large(first) && block_base(pfn, order) == pfn);
	SIM_ASSERT(pfn_hugetlb(map, pfn));
	sim_guard_lock(me->sim, &map->lock);
	large = large_make(me->sim, map, first, order);
	large->content.raw = load_acquire(first->content.raw); /* the guest may write it now */
	for (u32 i = 1; i < 1u << order; i++) {
		page = (pfn + i) & (FOLIO_CHUNK_SIZE - 1) ? page + 1 : pfn_page(map, pfn + i);
		SIM_ASSERT(!load_acquire(page->refcount));
		store_release(page->mapping, tail_tag(large));
		step_and(me, &page->flags, KEEP_FLAGS | BIT(PG_hwpoison));
	}
	step_or(me, &first->flags, BIT(PG_head));
	sim_guard_unlock(me->sim, &map->lock);
}

void block_for_each(const struct folio_map *map, void (*fn)(struct folio *folio, void *arg),
		    void *arg)
{
	pfn_t end = map->block_start + (map->nr_sections << MAX_FOLIO_ORDER);

	for (pfn_t pfn = map->block_start; pfn < end; pfn += FOLIO_CHUNK_SIZE) {
		struct folio *page = pfn_page(map, pfn);

		for (u32 i = 0; page && i < FOLIO_CHUNK_SIZE; i++) {
			if (!page_is_tail(&page[i]))
				fn(&page[i], arg);
		}
	}
}

/* --- content --- */

union content page_content(const struct folio_map *map, pfn_t pfn)
{
	const struct folio *page = pfn_page(map, pfn);

	if (page)
		return folio_content(page);
	return (union content){
		.raw = load_acquire(folio_large(pfn_folio(map, pfn))->content.raw)};
}

/* Every page of a large folio becomes zero.  Return: pages that had been written already. */
static u32 block_set_zero(struct folio_map *map, struct folio *folio, u32 owner)
{
	union content *inherited = &folio_large(folio)->content, c = *inherited;
	pfn_t pfn = folio_pfn(map, folio), end = pfn + folio_nr_pages(folio);
	u32 again = 0;

	c = (union content){.state = CONTENT_ZERO, .owner = owner, .generation = c.generation + 1};
	store_release(inherited->raw, c.raw);
	for (pfn_t p = pfn; p < end; p++) {
		struct folio *page = pfn_page(map, p);

		if (!page) {
			p |= FOLIO_CHUNK_SIZE - 1;
			continue;
		}
		again += page->content.state == CONTENT_DATA && page->content.owner == owner;
		c.generation = page->content.generation + 1;
		store_release(page->content.raw, c.raw);
	}
	return again;
}

void folio_zero_user(struct task *me, struct folio *folio, u32 owner)
{
	struct folio_map *map = machine_of(me)->folios;
	u32 again;

	if (!folio_test_large(folio)) {
		clear_highpage(me, folio, owner);
		return;
	}
	for (u32 i = 0; i < folio_nr_pages(folio); i++) {
		cost(me, COST_folio_zero);
		cond_resched(me);
	}
	sim_point(me, folio_obj(me, folio), SIM_WRITE);
	again = block_set_zero(map, folio, owner);
	if (unlikely(again))
		sim_finding(me->sim, me, "content", "folio 0x%x: %u pages zeroed again after they "
			    "were written", folio_pfn(map, folio), again);
}
