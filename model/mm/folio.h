/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/folio.h - the memory map, the page allocator, folio references, lock and content.
 *
 * One 32-byte struct folio per page frame, in chunks that come into being when their frames are
 * first used; flags carry the chunk's number, as section numbers do in page flags.
 *
 * Reference ledger of a 4K folio (facts at rest; checked by model/mm/ledger.c):
 *	filemap 1, each host PTE 1, each lru_add batch entry 1, each FOLL_GET 1, each FOLL_PIN 1024,
 *	each fault, walker or scan in flight 1.  Frozen, or free: 0.  SPTEs hold none.
 *
 * Invariants:
 *  F1 refcount 0 means the folio is free or frozen; nobody but the allocator or freezer uses it.
 *  F2 A free folio is in no page table and no filemap, and its content is stale.
 *  F3 mapping and index change only with the folio lock and xa_lock held.
 *  F4 content changes hands only through clear_highpage() or a write by the new owner.
 *
 * Upstream: include/linux/mm_types.h:struct folio, include/linux/page_ref.h, mm/page_alloc.c,
 *           mm/filemap.c:folio_lock
 * Fidelity: simplified: one LIFO free list, no zones, no reclaim, order 0 only
 */
#ifndef MODEL_MM_FOLIO_H
#define MODEL_MM_FOLIO_H

#include "model/machine.h"
#include "sim/wait.h"

struct address_space;

#define GUP_PIN_COUNTING_BIAS 1024
#define FOLIO_CHUNK_SHIFT     6
#define FOLIO_CHUNK_SIZE      (1u << FOLIO_CHUNK_SHIFT)
#define FOLIO_SECTION_SHIFT   8

enum pageflags {
	PG_locked,
	PG_uptodate,
	PG_hwpoison,
	PG_lru,
	PG_head,	/* reserved: a large folio, its order is in the next frame */
	PG_tlb_pending, /* a PTE was cleared and not flushed yet (tlb-stale check) */
	PG_free,	/* on the free list */
};

enum content_state { CONTENT_STALE, CONTENT_ZERO, CONTENT_DATA };

/* What is in a page: enough to see leaks, lost writes and double zeroing. */
union content {
	u64 raw;
	struct {
		u64 state : 4;
		u64 byte : 8;	     /* every byte of the page */
		u64 owner : 24;	     /* whose it is; stale: whose it was; 0 = nobody's */
		u64 generation : 28; /* how often it has changed */
	};
};

struct folio {
	u32 flags;    /* atomic: enum pageflags, chunk number above FOLIO_SECTION_SHIFT */
	s32 refcount; /* atomic */
	u16 mapcount; /* atomic: host PTEs */
	u16 sptes;    /* atomic: leaves of secondary MMUs, for the checks only: no references */
	/* written under the folio lock and xa_lock; free: index is the next free frame */
	u32 index;
	struct address_space *mapping; /* atomic; NULL: anonymous, or not in a file any more */
	/* atomic word; written by whoever the page belongs to */
	union content content;
};

_Static_assert(sizeof(struct folio) == 32, "the memory budget of design.md section 11");

struct folio_map {
	/* constant */
	u32 nr_pages; /* the machine's memory */

	/* protected by lock */
	struct sim_guard lock;
	u32 nr_used;	/* frames ever used: [1, nr_used] have a struct folio; 0 means "none" */
	u32 nr_free;	/* of these, on the free list */
	u32 free_head;	/* LIFO */
	u32 cap_chunks;

	/* written under lock; read without (old tables stay allocated) */
	struct folio **chunk;
};

#define FOLIO_BATCH_SIZE 31

struct folio_batch {
	/* written by the owner */
	u32 nr;
	struct folio *folios[FOLIO_BATCH_SIZE];
};

/* The memory map. */
struct folio_map *folio_map_create(struct sim *sim, u64 nr_pages);

/* Context: the frame has been used at least once. */
static inline struct folio *pfn_folio(const struct folio_map *map, pfn_t pfn)
{
	struct folio **chunk = __atomic_load_n(&map->chunk, __ATOMIC_ACQUIRE);

	return &chunk[pfn >> FOLIO_CHUNK_SHIFT][pfn & (FOLIO_CHUNK_SIZE - 1)];
}

static inline pfn_t folio_pfn(const struct folio_map *map, const struct folio *folio)
{
	u32 nr = __atomic_load_n(&folio->flags, __ATOMIC_RELAXED) >> FOLIO_SECTION_SHIFT;
	struct folio **chunk = __atomic_load_n(&map->chunk, __ATOMIC_ACQUIRE);

	return (nr << FOLIO_CHUNK_SHIFT) + (u32)(folio - chunk[nr]);
}

/* The object number of a folio, for dependency and for reports; apart from sim_new_obj()'s. */
static inline u32 folio_obj(const struct task *me, const struct folio *folio)
{
	return BIT(31) | folio_pfn(machine_of(me)->folios, folio);
}

static inline bool folio_test(const struct folio *folio, enum pageflags flag)
{
	return __atomic_load_n(&folio->flags, __ATOMIC_ACQUIRE) & BIT(flag);
}

static inline void folio_set_flag(struct task *me, struct folio *folio, enum pageflags flag)
{
	step_or(me, &folio->flags, BIT(flag));
}

static inline void folio_clear_flag(struct task *me, struct folio *folio, enum pageflags flag)
{
	step_and(me, &folio->flags, ~BIT(flag));
}

/* Visible: PG_uptodate and PG_hwpoison are looked at by others than the lock holder. */
bool folio_test_uptodate(struct task *me, struct folio *folio);
void folio_mark_uptodate(struct task *me, struct folio *folio);
bool folio_test_hwpoison(struct task *me, struct folio *folio);
void folio_set_hwpoison(struct task *me, struct folio *folio);

static inline u32 folio_nr_pages(const struct folio *folio)
{
	return 1;
}

static inline bool folio_test_large(const struct folio *folio)
{
	return folio_test(folio, PG_head);
}

static inline u32 folio_mapcount(const struct folio *folio)
{
	return __atomic_load_n(&folio->mapcount, __ATOMIC_ACQUIRE);
}

static inline bool folio_mapped(const struct folio *folio)
{
	return folio_mapcount(folio) != 0;
}

/* --- allocation --- */

/**
 * folio_alloc - one page from the allocator, with one reference; its content is stale.
 *
 * Upstream: mm/page_alloc.c:__folio_alloc
 * Fidelity: simplified (see above)
 * Fail site: "folio_alloc".
 * Return: the folio, or NULL when memory is used up.
 */
struct folio *folio_alloc(struct task *me);

/* --- references --- */

/**
 * folio_get - one more reference; the caller already has one or otherwise knows the folio lives.
 */
void folio_get(struct task *me, struct folio *folio);
void folio_ref_add(struct task *me, struct folio *folio, s32 nr);

/**
 * folio_try_get - one more reference unless the count is 0.
 *
 * Upstream: include/linux/page_ref.h:folio_try_get
 * Fidelity: faithful
 */
bool folio_try_get(struct task *me, struct folio *folio);
bool folio_try_ref_add(struct task *me, struct folio *folio, s32 nr);

/**
 * folio_put - drop a reference; the last one frees the folio.
 *
 * Upstream: include/linux/mm.h:folio_put, mm/swap.c:__folio_put
 * Fidelity: faithful
 */
void folio_put(struct task *me, struct folio *folio);
void folio_put_refs(struct task *me, struct folio *folio, s32 nr);
void folio_batch_release(struct task *me, struct folio_batch *fbatch);

/* Visible read of the count. */
s32 folio_ref_count(struct task *me, struct folio *folio);

/**
 * folio_ref_freeze - take the count from exactly @expected to 0, so that nobody gets in.
 *
 * Upstream: include/linux/page_ref.h:folio_ref_freeze
 * Fidelity: faithful
 * Return: false if the count is something else.
 */
bool folio_ref_freeze(struct task *me, struct folio *folio, s32 expected);
void folio_ref_unfreeze(struct task *me, struct folio *folio, s32 count);

/* --- the folio lock (class "folio_lock") --- */
void folio_lock(struct task *me, struct folio *folio);
int folio_lock_killable(struct task *me, struct folio *folio);
bool folio_trylock(struct task *me, struct folio *folio);
void folio_unlock(struct task *me, struct folio *folio);
bool folio_test_locked(const struct folio *folio);

/**
 * __folio_set_locked, __folio_clear_locked - the lock of a folio that nobody else has, or of one
 * whose waiters are not told.
 *
 * Upstream: include/linux/pagemap.h:__folio_set_locked, __folio_clear_locked
 * Fidelity: faithful
 */
void __folio_set_locked(struct task *me, struct folio *folio);
void __folio_clear_locked(struct task *me, struct folio *folio);

/*
 * --- content ---
 *
 * Reading and writing a page is no visible operation of its own: it belongs to the access whose
 * translation (PTE, SPTE) was one.  On the real machine nobody can take a page away in between
 * either, because the flush that precedes its reuse waits for the instruction to end.
 */

static inline union content folio_content(const struct folio *folio)
{
	return (union content){.raw = __atomic_load_n(&folio->content.raw, __ATOMIC_ACQUIRE)};
}

/**
 * clear_highpage - zero the page for its new owner; the caller holds the folio lock.
 *
 * Upstream: include/linux/highmem.h:clear_highpage
 * Fidelity: faithful
 * Fidelity: a tag; cost folio_zero
 */
void clear_highpage(struct task *me, struct folio *folio, u32 owner);

/**
 * folio_write_byte - user or guest code fills the page with @byte, as @owner's data.
 */
void folio_write_byte(struct task *me, struct folio *folio, u32 owner, u8 byte);

/**
 * folio_read_byte - user or guest code that may see @owner's memory reads the page.
 *
 * Stale or foreign content is a `content` finding.
 */
u8 folio_read_byte(struct task *me, struct folio *folio, u32 owner);

/* --- mappings: rmap's counter, under the PTE's lock --- */
void folio_add_rmap(struct task *me, struct folio *folio);
void folio_remove_rmap(struct task *me, struct folio *folio);

/* Secondary MMUs tell the checks about their leaves; no reference is taken. */
void folio_spte_inc(struct task *me, struct folio *folio);
void folio_spte_dec(struct task *me, struct folio *folio);

#endif
