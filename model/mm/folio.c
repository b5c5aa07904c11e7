// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/folio.c - the memory map, the page allocator, references, lock and content.
 *
 * Invariants: F1-F4 of the header; folio_map.c has F5.  A reference operation on a folio whose
 * count is 0 is a finding and leaves the count alone, so that one mistake of the modelled kernel
 * does not corrupt the map.
 *
 * Upstream: include/linux/page_ref.h, mm/page_alloc.c, mm/swap.c
 * Fidelity: simplified (see the header)
 */
#include "model/check.h"
#include "model/mm/hugetlb.h"
#include "model/mm/hugetlb_restructuring.h"

#include "model/mm/direct_map.h"
#include "sim/race.h"

#define FIRST_CHUNKS 16u

static struct folio_map *folio_map_of(const struct task *me)
{
	return machine_of(me)->folios;
}

/* --- memory map --- */

struct folio_map *folio_map_create(struct sim *sim, u64 nr_pages)
{
	struct folio_map *map = sim_zalloc(sim, sizeof(*map));

	SIM_ASSERT(nr_pages < MACHINE_PAGES_MAX);
	INIT_LIST_HEAD(&map->ref_waiters);
	INIT_LIST_HEAD(&map->frozen);
	map->nr_pages = (u32)nr_pages;
	map->block_start = ALIGN_UP((u32)nr_pages + 1, 1u << MAX_FOLIO_ORDER);
	map->cap_chunks = FIRST_CHUNKS;
	map->chunk = sim_zalloc(sim, FIRST_CHUNKS * sizeof(*map->chunk));
	return map;
}

/* The chunk that frame @pfn is in comes into being.  Context: map->lock held. */
static void folio_map_grow(struct sim *sim, struct folio_map *map, pfn_t pfn)
{
	u32 nr = pfn >> FOLIO_CHUNK_SHIFT;
	struct folio **table, *chunk;

	if (nr == map->cap_chunks) {
		/* Lockless users may still read the old table; it stays. */
		table = sim_zalloc(sim, 2ull * map->cap_chunks * sizeof(*table));
		for (u32 i = 0; i < map->cap_chunks; i++)
			table[i] = map->chunk[i];
		store_release(map->chunk, table);
		map->cap_chunks *= 2;
	}
	chunk = sim_zalloc(sim, FOLIO_CHUNK_SIZE * sizeof(*chunk));
	for (u32 i = 0; i < FOLIO_CHUNK_SIZE; i++)
		chunk[i].flags = nr << FOLIO_SECTION_SHIFT;
	store_release(map->chunk[nr], chunk);
}

/* --- allocator --- */

struct folio *folio_alloc(struct task *me)
{
	struct folio_map *map = folio_map_of(me);
	struct folio *folio = NULL;
	pfn_t pfn;

	cost(me, COST_folio_alloc);
	if (sim_should_fail(me, "folio_alloc"))
		return NULL;
	sim_guard_lock(me->sim, &map->lock);
	if (unlikely(folio_map_nr_in_use(map) >= map->nr_pages)) {
		folio = NULL;
	} else if (map->nr_free) {
		folio = pfn_folio(map, map->free_head);
		map->free_head = folio->index;
		map->nr_free--;
	} else {
		pfn = map->nr_used + 1;
		if (pfn == 1 || !(pfn & (FOLIO_CHUNK_SIZE - 1)))
			folio_map_grow(me->sim, map, pfn);
		/* After that: who sees the number without the guard finds the struct. */
		store_release(map->nr_used, pfn);
		folio = pfn_folio(map, pfn);
	}
	sim_guard_unlock(me->sim, &map->lock);
	if (!folio)
		return NULL;
	SIM_ASSERT(!folio->refcount && !folio->mapping);
	race_forget(me->sim, folio, sizeof(*folio)); /* the allocator's lock is not modelled */
	/* Nobody else has it: no bus lock needed. */
	store_release(folio->flags, folio->flags & ~(BIT(PG_free) | BIT(PG_refwait)));
	folio->index = 0;
	store_release(folio->refcount, 1);
	return folio;
}

struct folio *folio_alloc_order(struct task *me, u32 order)
{
	struct folio *folio;

	if (!order)
		return folio_alloc(me);
	cost(me, COST_folio_alloc);
	if (sim_should_fail(me, "folio_alloc"))
		return NULL;
	folio = block_alloc(me->sim, folio_map_of(me), order, false);
	if (folio)
		store_release(folio->refcount, 1);
	return folio;
}

/* Leaves of secondary MMUs that begin in a folio. */
static u32 folio_sptes(const struct folio_map *map, const struct folio *folio, pfn_t pfn)
{
	u32 nr = 0;

	if (likely(!folio_test_large(folio)))
		return load_acquire(folio->sptes);
	for (pfn_t p = pfn; p < pfn + folio_nr_pages(folio); p++) {
		const struct folio *page = pfn_page(map, p);

		if (page)
			nr += load_acquire(page->sptes);
		else
			p |= FOLIO_CHUNK_SIZE - 1;
	}
	return nr;
}

/* What a free page may not be; each is a defect of the modelled kernel. */
void folio_check_free(struct task *me, struct folio *folio)
{
	struct machine *m = machine_of(me);
	pfn_t pfn = folio_pfn(m->folios, folio);
	u32 sptes = folio_sptes(m->folios, folio, pfn);

	if (unlikely(folio_mapped(folio)))
		sim_finding(m->sim, me, "freed-mapped", "page 0x%x freed with %u host PTEs", pfn,
			    folio_mapcount(folio));
	if (unlikely(sptes))
		sim_finding(m->sim, me, "freed-mapped", "page 0x%x freed with %u guest mappings",
			    pfn, sptes);
	if (unlikely(folio_test_large(folio) && load_acquire(folio_large(folio)->pincount)))
		sim_finding(m->sim, me, "refcount", "folio 0x%x freed with %d pins", pfn,
			    load_acquire(folio_large(folio)->pincount));
	if (unlikely(folio_test(folio, PG_tlb_pending)))
		sim_finding(m->sim, me, "tlb-stale",
			    "page 0x%x freed before the TLB flush that its unmapping needs", pfn);
	if (unlikely(folio->mapping))
		sim_finding(m->sim, me, "refcount",
			    "page 0x%x freed while in the page cache at index %u", pfn,
			    folio->index);
	if (unlikely(folio_test(folio, PG_locked)))
		sim_finding(m->sim, me, "lifetime", "page 0x%x freed while locked", pfn);
	if (unlikely(!direct_map_present(m, folio)))
		sim_finding(m->sim, me, "freed-mapped",
			    "page 0x%x freed while it is not in the direct map", pfn);
	if (unlikely(m->tdx))
		check_frames_freed(me, pfn, folio_nr_pages(folio));
	if (m->folio_free_hook)
		m->folio_free_hook(me, folio, pfn);
}

/* The large folio becomes a free block: nobody's, unmapped, unlocked.  Context: count 0. */
void folio_large_reset(struct task *me, struct folio *folio)
{
	const u32 keep = ~(BIT(FOLIO_SECTION_SHIFT) - 1) | BIT(PG_head) | BIT(PG_hwpoison) |
			 BIT(PG_locked);

	block_set_stale(me, folio);
	store_release(folio_large(folio)->mapcount, 0);
	store_release(folio_large(folio)->pincount, 0);
	store_release(folio->mapping, NULL);
	step_and(me, &folio->flags, keep);
	step_or(me, &folio->flags, BIT(PG_free));
}

static void folio_large_free(struct task *me, struct folio *folio)
{
	if (folio_test_hugetlb(folio)) {
		free_huge_folio(me, folio);
		return;
	}
	folio_check_free(me, folio);
	cost(me, COST_folio_free);
	folio_large_reset(me, folio);
	/* Poisoned pages do not come back; upstream would keep the good ones of the block. */
	if (!folio_test(folio, PG_hwpoison))
		block_free(me, folio);
}

/* The last reference is gone.  Poisoned pages do not come back. */
static void folio_free(struct task *me, struct folio *folio)
{
	struct folio_map *map = folio_map_of(me);
	pfn_t pfn = folio_pfn(map, folio);
	union content c = folio_content(folio);
	bool poisoned = folio_test(folio, PG_hwpoison);
	u32 keep = ~(BIT(FOLIO_SECTION_SHIFT) - 1) | BIT(PG_hwpoison) | BIT(PG_locked);

	if (folio_test_large(folio)) {
		folio_large_free(me, folio);
		return;
	}
	if (pfn_hugetlb(map, pfn)) {
		hugetlb_restructuring_free_piece(me, folio);
		return;
	}
	folio_check_free(me, folio);
	cost(me, COST_folio_free);
	c.state = CONTENT_STALE;
	c.generation++;
	store_release(folio->content.raw, c.raw);
	store_release(folio->mapping, NULL);
	store_release(folio->mapcount, 0);
	step_and(me, &folio->flags, keep);
	step_or(me, &folio->flags, poisoned ? 0 : BIT(PG_free));
	if (poisoned)
		return;
	sim_guard_lock(me->sim, &map->lock);
	folio->index = map->free_head;
	map->free_head = pfn;
	map->nr_free++;
	sim_guard_unlock(me->sim, &map->lock);
}

/* --- references --- */

/* Add @nr unless the count is 0 or would become negative: then return 0, else the count before. */
static s32 ref_add_unless_zero(struct task *me, struct folio *folio, s32 nr)
{
	s32 old = load_acquire(folio->refcount);

	do {
		if (unlikely(old <= 0 || old + nr < 0))
			return 0;
	} while (unlikely(!step_try_cmpxchg(me, &folio->refcount, &old, old + nr)));
	return old;
}

static void folio_dead(struct task *me, const struct folio *folio, const char *what)
{
	pfn_t pfn = folio_pfn(folio_map_of(me), folio);
	const char *state = "frozen";

	if (folio_test(folio, PG_free))
		state = "free";
	else if (load_acquire(folio->refcount) > 0)
		state = "in use by others";
	sim_finding(me->sim, me, "lifetime", "%s of page 0x%x, which is %s", what, pfn, state);
}

void folio_ref_add(struct task *me, struct folio *folio, s32 nr)
{
	sim_point(me, folio_obj(me, folio), SIM_BORROW);
	if (unlikely(!ref_add_unless_zero(me, folio, nr)))
		folio_dead(me, folio, "new reference");
}

void folio_get(struct task *me, struct folio *folio)
{
	folio_ref_add(me, folio, 1);
}

bool folio_try_ref_add(struct task *me, struct folio *folio, s32 nr)
{
	sim_point(me, folio_obj(me, folio), SIM_BORROW);
	return ref_add_unless_zero(me, folio, nr) != 0;
}

bool folio_try_get(struct task *me, struct folio *folio)
{
	return folio_try_ref_add(me, folio, 1);
}

void folio_put_refs(struct task *me, struct folio *folio, s32 nr)
{
	s32 old;

	sim_point(me, folio_obj(me, folio), SIM_RETURN);
	old = ref_add_unless_zero(me, folio, -nr);
	if (old <= nr)
		sim_round_lasts(me);
	if (unlikely(!old))
		folio_dead(me, folio, "put");
	else if (old == nr)
		folio_free(me, folio);
	else if (unlikely(folio_test(folio, PG_refwait)))
		folio_ref_wake(me, folio);
}

void folio_put(struct task *me, struct folio *folio)
{
	folio_put_refs(me, folio, 1);
}

void folio_batch_release(struct task *me, struct folio_batch *fbatch)
{
	for (u32 i = 0; i < fbatch->nr; i++)
		folio_put(me, fbatch->folios[i]);
	fbatch->nr = 0;
}

s32 folio_ref_count(struct task *me, struct folio *folio)
{
	sim_point(me, folio_obj(me, folio), SIM_READ);
	return load_acquire(folio->refcount);
}

bool folio_ref_freeze(struct task *me, struct folio *folio, s32 expected)
{
	return atomic_try_cmpxchg(me, folio_obj(me, folio), &folio->refcount, &expected, 0);
}

void folio_ref_unfreeze(struct task *me, struct folio *folio, s32 count)
{
	sim_point(me, folio_obj(me, folio), SIM_WRITE);
	SIM_ASSERT(!load_acquire(folio->refcount) && count > 0);
	store_release(folio->refcount, count);
	if (unlikely(folio_test(folio, PG_refwait)))
		folio_ref_wake(me, folio);
}

/* --- lock and flags --- */

void folio_lock(struct task *me, struct folio *folio)
{
	bit_lock(me, &machine_of(me)->folio_wait, &folio->flags, PG_locked, folio_obj(me, folio));
}

int folio_lock_killable(struct task *me, struct folio *folio)
{
	return bit_lock_killable(me, &machine_of(me)->folio_wait, &folio->flags, PG_locked,
				 folio_obj(me, folio));
}

bool folio_trylock(struct task *me, struct folio *folio)
{
	return bit_trylock(me, &machine_of(me)->folio_wait, &folio->flags, PG_locked,
			   folio_obj(me, folio));
}

void folio_unlock(struct task *me, struct folio *folio)
{
	bit_unlock(me, &machine_of(me)->folio_wait, &folio->flags, PG_locked,
		   folio_obj(me, folio));
}

/* The kernel would not notice; here the holder keeps the lock, and the finding tells. */
void __folio_set_locked(struct task *me, struct folio *folio)
{
	if (likely(folio_trylock(me, folio)))
		return;
	sim_finding(me->sim, me, "data-race", "page 0x%x: the lock bit is set over its holder",
		    folio_pfn(folio_map_of(me), folio));
	folio_lock(me, folio);
}

void __folio_clear_locked(struct task *me, struct folio *folio)
{
	bit_clear_nowake(me, &machine_of(me)->folio_wait, &folio->flags, PG_locked,
			 folio_obj(me, folio));
}

bool folio_test_locked(const struct folio *folio)
{
	return folio_test(folio, PG_locked);
}

bool folio_test_uptodate(struct task *me, struct folio *folio)
{
	sim_point(me, folio_obj(me, folio), SIM_READ);
	return folio_test(folio, PG_uptodate);
}

void folio_mark_uptodate(struct task *me, struct folio *folio)
{
	sim_point(me, folio_obj(me, folio), SIM_WRITE);
	folio_set_flag(me, folio, PG_uptodate);
}

bool folio_test_hwpoison(struct task *me, struct folio *folio)
{
	sim_point(me, folio_obj(me, folio), SIM_READ);
	return folio_test(folio, PG_hwpoison);
}

void folio_set_hwpoison(struct task *me, struct folio *folio)
{
	sim_point(me, folio_obj(me, folio), SIM_WRITE);
	folio_set_flag(me, folio, PG_hwpoison);
}

/* --- content --- */

static void folio_set_content(struct folio *folio, enum content_state state, u32 owner, u8 byte)
{
	union content c = folio_content(folio);

	c.state = state;
	c.owner = owner;
	c.byte = byte;
	c.generation++;
	store_release(folio->content.raw, c.raw);
}

void clear_highpage(struct task *me, struct folio *page, u32 owner)
{
	union content c;

	cost(me, COST_folio_zero);
	sim_point(me, folio_obj(me, page), SIM_WRITE);
	direct_map_access(me, page);
	host_touches(me, folio_pfn(folio_map_of(me), page), true);
	c = folio_content(page);
	if (unlikely(c.state == CONTENT_DATA && c.owner == owner))
		sim_finding(me->sim, me, "content", "page 0x%x zeroed again after it was written",
			    folio_pfn(folio_map_of(me), page));
	folio_set_content(page, CONTENT_ZERO, owner, 0);
}

void folio_copy(struct task *me, struct folio *dst, const struct folio *src, u32 owner)
{
	union content c;

	cost(me, COST_folio_copy);
	sim_point(me, folio_obj(me, dst), SIM_WRITE);
	host_touches(me, folio_pfn(folio_map_of(me), src), false);
	host_touches(me, folio_pfn(folio_map_of(me), dst), true);
	c = folio_content(src);
	folio_set_content(dst, c.state == CONTENT_ZERO ? CONTENT_ZERO : CONTENT_DATA, owner,
			  (u8)c.byte);
	if (unlikely(c.state == CONTENT_STALE))
		sim_finding(me->sim, me, "content", "page 0x%x copied, which nobody has written",
			    folio_pfn(folio_map_of(me), src));
}

void folio_write_byte(struct task *me, struct folio *page, u32 owner, u8 byte)
{
	folio_set_content(page, CONTENT_DATA, owner, byte);
}

static u8 content_read(struct task *me, union content c, pfn_t pfn, u32 owner)
{
	if (unlikely(c.state == CONTENT_STALE))
		sim_finding(me->sim, me, "content",
			    "page 0x%x read with what owner %u left in it; its owner is %u", pfn,
			    (u32)c.owner, owner);
	else if (unlikely(c.owner != owner))
		sim_finding(me->sim, me, "content", "page 0x%x of owner %u read as owner %u's", pfn,
			    (u32)c.owner, owner);
	return (u8)c.byte;
}

u8 folio_read_byte(struct task *me, struct folio *page, u32 owner)
{
	return content_read(me, folio_content(page), folio_pfn(folio_map_of(me), page), owner);
}

u8 page_read_byte(struct task *me, pfn_t pfn, u32 owner)
{
	const struct folio_map *map = folio_map_of(me);

	if (unlikely(pfn >= map->block_start))
		return content_read(me, page_content(map, pfn), pfn, owner);
	return content_read(me, folio_content(pfn_folio(map, pfn)), pfn, owner);
}

/* --- mappings --- */

/* Count up or down; the kernel would warn in the latter case if it was 0 already. */
static void map_count(struct task *me, struct folio *folio, u16 *count, int delta, const char *what)
{
	if (delta > 0) {
		step_add_return(me, count, 1);
	} else if (load_acquire(*count)) {
		step_add_return(me, count, -1);
	} else {
		folio_dead(me, folio, what);
	}
}

void folio_add_rmap(struct task *me, struct folio *folio)
{
	if (folio_test_large(folio))
		step_add_return(me, &folio_large(folio)->mapcount, 1);
	else
		map_count(me, folio, &folio->mapcount, 1, NULL);
}

void folio_remove_rmap(struct task *me, struct folio *folio)
{
	if (!folio_test_large(folio))
		map_count(me, folio, &folio->mapcount, -1, "unmapping");
	else if (load_acquire(folio_large(folio)->mapcount))
		step_add_return(me, &folio_large(folio)->mapcount, -1);
	else
		folio_dead(me, folio, "unmapping");
}

void folio_spte_inc(struct task *me, struct folio *page)
{
	map_count(me, page, &page->sptes, 1, NULL);
}

void folio_spte_dec(struct task *me, struct folio *page)
{
	map_count(me, page, &page->sptes, -1, "zapping");
}
