/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/folio.h - the memory map, the page allocator, folio references, lock and content.
 *
 * One 32-byte struct folio per page frame, in chunks that come into being when their frames are
 * first used; flags carry the chunk's number, as section numbers do in page flags.  Frames that
 * are allocated one by one count from 1 on.  Folios of order 1 and more ("blocks") come from
 * sections of 1 GiB behind all of those: of a large folio only the head's chunk exists, until
 * somebody does something to one of its other pages.
 *
 * "Page" below means one 4K frame.  pfn_folio() gives the folio a frame belongs to (as upstream
 * does), pfn_to_page() the frame's own struct, which for a tail page has content, sptes and
 * PG_hwpoison only, and is never locked or referenced.
 *
 * Reference ledger of a folio (facts at rest; checked by model/mm/ledger.c):
 *	filemap nr_pages, each host PTE 1, each lru_add batch entry 1, each FOLL_GET 1, each
 *	FOLL_PIN 1024 (large: 1, and 1 of the pin count), each fault, walker or scan in flight 1.
 *	Frozen, or free: 0.  SPTEs hold none.
 *
 * Invariants:
 *  F1 refcount 0 means the folio is free or frozen; nobody but the allocator or freezer uses it.
 *  F2 A free folio is in no page table and no filemap, and its content is stale.
 *  F3 mapping and index change only with the folio lock and xa_lock held.
 *  F4 content changes hands only through clear_highpage() or a write by the new owner; a page
 *     without a struct of its own contains what its folio's large part says.
 *  F5 A tail page's mapping is its folio's struct folio_large with bit 0 set; a tail page whose
 *     chunk does not exist belongs to the folio that its whole block is.
 *
 * Upstream: include/linux/mm_types.h:struct folio, include/linux/page_ref.h, mm/page_alloc.c,
 *           mm/filemap.c:folio_lock
 * Fidelity: simplified: one LIFO free list per order, no buddies that merge, no zones, no reclaim
 */
#ifndef MODEL_MM_FOLIO_H
#define MODEL_MM_FOLIO_H

#include "model/machine.h"
#include "sim/wait.h"

struct address_space;
struct hugepage_subpool;
struct hugetlb_cgroup;

#define GUP_PIN_COUNTING_BIAS 1024
#define FOLIO_CHUNK_SHIFT     6
#define FOLIO_CHUNK_SIZE      (1u << FOLIO_CHUNK_SHIFT)
#define FOLIO_SECTION_SHIFT   8
#define MAX_FOLIO_ORDER	      18 /* 1 GiB */
#define FOLIO_SPARE_SECTIONS  64 /* each order of either kind may leave one section incomplete */
#define PMD_ORDER	      9
#define PUD_ORDER	      18

enum pageflags {
	PG_locked,
	PG_uptodate,
	PG_hwpoison,
	PG_lru,
	PG_head,	/* a large folio: see struct folio_large */
	PG_tlb_pending, /* a PTE was cleared and not flushed yet (tlb-stale check) */
	PG_free,	/* on the free list */
	PG_refwait,	/* somebody spins until the count is what they can freeze */
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
	u16 mapcount; /* atomic: host PTEs; of a large folio in its struct folio_large */
	u16 sptes;    /* atomic: leaves of secondary MMUs that begin here, for the checks only */
	/* written under the folio lock and xa_lock; free: index is the next free frame */
	u32 index;
	/* atomic; NULL: anonymous, or not in a file any more; bit 0: a tail page, see F5 */
	struct address_space *mapping;
	/* atomic word; written by whoever the page belongs to */
	union content content;
};

_Static_assert(sizeof(struct folio) == 32, "the memory budget of design.md section 11");

enum hugetlb_page_flags {
	HPG_hugetlb,	       /* the page type */
	HPG_restore_reserve,   /* freeing gives a reservation back to the hstate */
	HPG_vmemmap_optimized, /* HVO: the struct pages of the tails are not there */
	HPG_cma,
};

/* What only a large folio has; upstream keeps it in the first tail pages. */
struct folio_large {
	/* constant while the folio is large */
	struct folio *head;
	u32 order;

	/* atomic */
	s32 mapcount; /* host PTEs */
	s32 pincount; /* FOLL_PIN */
	u32 hugetlb;  /* enum hugetlb_page_flags */

	/* atomic word: of every page whose chunk does not exist */
	union content content;

	/* written by who has the folio alone (hugetlb) */
	struct hugepage_subpool *subpool;
	struct hugetlb_cgroup *cgroup;
	struct hugetlb_cgroup *cgroup_rsvd;

	/* protected by the map's lock; written when it is not in use */
	struct folio_large *next;
};

/* 1 GiB of frames that are handed out in blocks of one order. */
struct folio_section {
	/* constant once a frame of it is in use */
	u32 order;
	bool hugetlb;

	/* written under the map's lock; read without */
	struct folio *head;   /* chunk 0 */
	struct folio **chunk; /* the others; NULL until there is one */
};

struct folio_map {
	/* constant */
	u32 nr_pages;	   /* the machine's memory */
	pfn_t block_start; /* frames from here on are in sections */

	/* protected by lock */
	struct sim_guard lock;
	u32 nr_used;	/* frames ever used: [1, nr_used] have a struct folio; 0 means "none" */
	u32 nr_free;	/* of these, on the free list */
	u32 free_head;	/* LIFO */
	u32 cap_chunks;
	u32 nr_block_pages; /* pages of blocks in use, those of hugetlb pools included */
	u32 nr_adopted;	    /* frames of split blocks that have become single ones */
	u32 nr_sections, cap_sections;
	pfn_t block_free[MAX_FOLIO_ORDER + 1]; /* LIFO by order; 0: none */
	pfn_t block_next[2][MAX_FOLIO_ORDER + 1]; /* [hugetlb]: rest of the last such section */
	struct folio_large *spare_large;

	/* constant, with pools: the classes of waits for a count, and for it to come back */
	struct lockdep_map ref_map, frozen_map;

	struct sim_guard wait_guard;
	/* protected by wait_guard */
	struct list_head ref_waiters;
	struct list_head frozen; /* struct frozen_folio */
	u32 nr_frozen;

	/* written under lock; read without (old tables stay allocated) */
	struct folio **chunk;
	struct folio_section *section;
};

#define FOLIO_BATCH_SIZE 31

struct folio_batch {
	/* written by the owner */
	u32 nr;
	struct folio *folios[FOLIO_BATCH_SIZE];
};

/* The memory map. */
struct folio_map *folio_map_create(struct sim *sim, u64 nr_pages);

/* Of frames in sections; see pfn_folio() and folio_pfn(). */
struct folio *block_pfn_folio(const struct folio_map *map, pfn_t pfn);
struct folio *block_pfn_to_page(struct task *me, pfn_t pfn);
pfn_t block_folio_pfn(const struct folio_map *map, const struct folio *page);

/**
 * pfn_folio - the folio that frame @pfn belongs to.
 *
 * Upstream: include/linux/mm.h:pfn_folio
 * Fidelity: faithful
 * Context: the frame has been used at least once.
 */
static inline struct folio *pfn_folio(const struct folio_map *map, pfn_t pfn)
{
	struct folio **chunk = __atomic_load_n(&map->chunk, __ATOMIC_ACQUIRE);

	if (unlikely(pfn >= map->block_start))
		return block_pfn_folio(map, pfn);
	return &chunk[pfn >> FOLIO_CHUNK_SHIFT][pfn & (FOLIO_CHUNK_SIZE - 1)];
}

/* The frame of a folio's head, or of any page's struct. */
static inline pfn_t folio_pfn(const struct folio_map *map, const struct folio *folio)
{
	u32 nr = __atomic_load_n(&folio->flags, __ATOMIC_RELAXED) >> FOLIO_SECTION_SHIFT;
	struct folio **chunk = __atomic_load_n(&map->chunk, __ATOMIC_ACQUIRE);

	if (unlikely(nr >= map->block_start >> FOLIO_CHUNK_SHIFT))
		return block_folio_pfn(map, folio);
	return (nr << FOLIO_CHUNK_SHIFT) + (u32)(folio - chunk[nr]);
}

/**
 * pfn_page - the struct of frame @pfn itself, or NULL if it has none yet.
 */
struct folio *pfn_page(const struct folio_map *map, pfn_t pfn);

/**
 * pfn_to_page - the struct of frame @pfn itself; made, if it is a tail page that has none yet.
 *
 * Upstream: include/asm-generic/memory_model.h:pfn_to_page
 * Fidelity: faithful; the making of structs is this program's business and costs nothing
 */
static inline struct folio *pfn_to_page(struct task *me, pfn_t pfn)
{
	struct folio_map *map = machine_of(me)->folios;

	if (unlikely(pfn >= map->block_start))
		return block_pfn_to_page(me, pfn);
	return pfn_folio(map, pfn);
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

static inline bool folio_test_large(const struct folio *folio)
{
	return unlikely(folio_test(folio, PG_head));
}

/* Context: a large folio. */
static inline struct folio_large *folio_large(const struct folio *folio)
{
	const struct address_space *tag = __atomic_load_n(&folio[1].mapping, __ATOMIC_ACQUIRE);

	return (struct folio_large *)((uintptr_t)tag & ~(uintptr_t)1);
}

static inline u32 folio_order(const struct folio *folio)
{
	return folio_test_large(folio) ? folio_large(folio)->order : 0;
}

static inline u32 folio_nr_pages(const struct folio *folio)
{
	return 1u << folio_order(folio);
}

static inline pgoff_t folio_next_index(const struct folio *folio)
{
	return (pgoff_t)folio->index + folio_nr_pages(folio);
}

static inline bool folio_contains(const struct folio *folio, pgoff_t index)
{
	return index - folio->index < folio_nr_pages(folio);
}

/* The frame of page @index of the file. */
static inline pfn_t folio_file_pfn(const struct folio_map *map, const struct folio *folio,
				   pgoff_t index)
{
	return folio_pfn(map, folio) + ((pfn_t)index & (folio_nr_pages(folio) - 1));
}

/* The struct of the @n-th page of @folio; made if there is none. */
static inline struct folio *folio_page(struct task *me, const struct folio *folio, u32 n)
{
	return pfn_to_page(me, folio_pfn(machine_of(me)->folios, folio) + n);
}

static inline bool page_is_tail(const struct folio *page)
{
	return (uintptr_t)__atomic_load_n(&page->mapping, __ATOMIC_ACQUIRE) & 1;
}

static inline bool folio_test_hugetlb(const struct folio *folio)
{
	return folio_test_large(folio) &&
	       __atomic_load_n(&folio_large(folio)->hugetlb, __ATOMIC_ACQUIRE) & BIT(HPG_hugetlb);
}

static inline u32 folio_mapcount(const struct folio *folio)
{
	if (folio_test_large(folio))
		return (u32)__atomic_load_n(&folio_large(folio)->mapcount, __ATOMIC_ACQUIRE);
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

/**
 * folio_alloc_order - a folio of 2^@order pages, with one reference; its content is stale.
 *
 * Upstream: mm/page_alloc.c:__folio_alloc
 * Fidelity: simplified: freed blocks of other orders are not merged or split to serve it
 * Fail site: "folio_alloc".  Cost: folio_alloc, once.
 * Return: the folio, or NULL when memory is used up.
 */
struct folio *folio_alloc_order(struct task *me, u32 order);

/* --- blocks: for hugetlb.c and huge_memory.c --- */

/**
 * block_alloc - take a block of 2^@order frames; @hugetlb: for a pool, for ever.
 *
 * No cost, no fail site.
 * Return: the folio, large, with count 0 and stale content, or NULL when memory is used up.
 */
struct folio *block_alloc(struct sim *sim, struct folio_map *map, u32 order, bool hugetlb);

/* Back to the allocator.  Context: count 0, not hugetlb. */
void block_free(struct task *me, struct folio *folio);

/* What every free path does first: findings about a folio that may not be freed like this. */
void folio_check_free(struct task *me, struct folio *folio);

/* Its folio becomes a free block: PG_free, nobody's content, no mapping.  Context: count 0. */
void folio_large_reset(struct task *me, struct folio *folio);

/**
 * block_set_stale - nobody owns the content of this large folio any more.
 */
void block_set_stale(struct task *me, struct folio *folio);

/**
 * block_split - the structs of a large folio become those of folios of @new_order.
 *
 * Upstream: mm/huge_memory.c:__split_folio_to_order
 * Fidelity: simplified: flags but PG_hwpoison (which is each page's own) are the head's; counts of
 * the new folios are 0; what the folio was otherwise (struct folio_large) is gone; all but the
 * first are unlocked from the start (upstream copies PG_locked, and unlocks them later)
 * Context: the folio is frozen, mapped by no process and not pinned.
 */
void block_split(struct task *me, struct folio *folio, u32 new_order);

/**
 * block_merge - the structs from @first on become one large folio of @order.
 *
 * Upstream: mm/page_alloc.c:prep_compound_page, as hugetlb_restructuring.c uses it
 * Fidelity: faithful: flags, mapping and index of the first page stay
 * Context: all counts are 0; the frames are one block.
 */
void block_merge(struct task *me, struct folio *first, u32 order);

/**
 * block_for_each - call @fn for every folio and free block in sections whose struct exists.
 *
 * Context: at rest.
 */
void block_for_each(const struct folio_map *map, void (*fn)(struct folio *folio, void *arg),
		    void *arg);

/* The section of a frame in one. */
static inline struct folio_section *pfn_section(const struct folio_map *map, pfn_t pfn)
{
	return &map->section[(pfn - map->block_start) >> MAX_FOLIO_ORDER];
}

/* Is the frame part of a hugetlb pool, whatever it is now? */
static inline bool pfn_hugetlb(const struct folio_map *map, pfn_t pfn)
{
	return unlikely(pfn >= map->block_start) && pfn_section(map, pfn)->hugetlb;
}

/* Pages in use: neither free nor never used; all pages of hugetlb pools count. */
static inline u32 folio_map_nr_in_use(const struct folio_map *map)
{
	return map->nr_used + map->nr_adopted - map->nr_free + map->nr_block_pages;
}

/* All frames that can ever be in use are below this one. */
static inline pfn_t folio_map_end(const struct folio_map *map)
{
	u64 sections = (map->nr_pages >> MAX_FOLIO_ORDER) + FOLIO_SPARE_SECTIONS;

	return (pfn_t)min(map->block_start + (sections << MAX_FOLIO_ORDER), MACHINE_PAGES_MAX);
}

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

/* The count has changed: those who spin because of it look again. */
void folio_ref_wake(struct task *me, const struct folio *folio);

/**
 * folio_ref_freeze_spin - the same, spinning until it succeeds: for ever, if need be.
 * @resched: with cond_resched() in each turn
 *
 * To the wait-for graph it waits for "folio_refcount" of that folio, which whoever drops a
 * reference brings about.
 *
 * Upstream: hugetlb_restructuring.c:hugetlb_restructuring_freeze_folio
 * Fidelity: faithful
 * Context: may sleep.
 */
void folio_ref_freeze_spin(struct task *me, struct folio *folio, s32 expected, bool resched);

/* Pages whose counts somebody keeps at 0 for a while, so that it is known for whom others wait. */
struct frozen_folio {
	/* protected by the map's wait_guard */
	struct list_head node;
	pfn_t pfn;
	u32 nr;
	/* constant */
	struct lockdep_map dep_map; /* without a class: nobody waits */
};

/**
 * folio_frozen_begin / folio_frozen_end - @me freezes the pages of [@folio, @folio + @nr).
 * @waited: lookups find the folio all the while, and wait for the end of it
 *
 * To the wait-for graph @me holds "folio_frozen" of the first page, if that is so.  Checks excuse
 * the pages in any case.
 */
void folio_frozen_begin(struct task *me, struct frozen_folio *f, struct folio *folio, u32 nr,
			bool waited);
void folio_frozen_end(struct task *me, struct frozen_folio *f);

/* Is somebody about to make another folio of this frame's?  For checks. */
bool pfn_frozen(const struct folio_map *map, pfn_t pfn);

/**
 * folio_wait_frozen - a turn of a loop that wants a reference to a folio whose count is 0.
 *
 * Spins until the folio may have a count again, if it is known who keeps it frozen; a moment if
 * not.  Where kernel code is not preempted the CPU is kept all the while.
 *
 * Upstream: none: the empty body of such loops (mm/filemap.c:filemap_get_entry)
 * Fidelity: faithful
 * Context: any; perhaps in an RCU read section.
 */
void folio_wait_frozen(struct task *me, struct folio *folio);

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

/* Of a page's own struct; page_content() is for any page. */
static inline union content folio_content(const struct folio *folio)
{
	return (union content){.raw = __atomic_load_n(&folio->content.raw, __ATOMIC_ACQUIRE)};
}

/* What is in frame @pfn. */
union content page_content(const struct folio_map *map, pfn_t pfn);

/**
 * clear_highpage - zero one page for its new owner; the caller holds the folio lock.
 * @page: a page's own struct; of a large folio's head that is its first page alone
 *
 * Upstream: include/linux/highmem.h:clear_highpage
 * Fidelity: faithful: a tag; cost folio_zero
 */
void clear_highpage(struct task *me, struct folio *page, u32 owner);

/**
 * folio_zero_user - zero every page of a folio; the caller holds the folio lock.
 *
 * Upstream: mm/memory.c:folio_zero_user
 * Fidelity: faithful: cond_resched between pages; cost folio_zero for each
 * Context: may sleep.
 */
void folio_zero_user(struct task *me, struct folio *folio, u32 owner);

/**
 * folio_copy - the kernel copies all of @src to @dst, which is @owner's.
 *
 * Upstream: include/linux/highmem.h:copy_highpage
 * Fidelity: faithful: a tag; cost folio_copy
 */
void folio_copy(struct task *me, struct folio *dst, const struct folio *src, u32 owner);

/**
 * folio_write_byte - user or guest code fills the page with @byte, as @owner's data.
 * @page: a page's own struct: pfn_to_page()
 */
void folio_write_byte(struct task *me, struct folio *page, u32 owner, u8 byte);

/**
 * page_read_byte - user or guest code that may see @owner's memory reads frame @pfn.
 *
 * Stale or foreign content is a `content` finding.
 */
u8 page_read_byte(struct task *me, pfn_t pfn, u32 owner);
u8 folio_read_byte(struct task *me, struct folio *page, u32 owner); /* of a page's own struct */

/* --- mappings: rmap's counter, under the PTE's lock --- */
void folio_add_rmap(struct task *me, struct folio *folio);
void folio_remove_rmap(struct task *me, struct folio *folio);

/*
 * Secondary MMUs tell the checks about their leaves; no reference is taken.  @page: the struct of
 * the leaf's first frame, pfn_to_page(), so that the count outlives splits and merges.
 */
void folio_spte_inc(struct task *me, struct folio *page);
void folio_spte_dec(struct task *me, struct folio *page);

#endif
