// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/ledger.c - the reference ledger, counted anew from everything that may hold a page.
 *
 * At rest a folio has nr_pages references for the page cache, one for each host PTE, one for each
 * lru_add batch entry, 1 for each FOLL_GET and for each FOLL_PIN 1024 or, if it is large, 1 and one
 * of its pin count, 1 for a memory error, 1 if KVM has it for TDX, and no other.  Free folios have
 * none.  Where a folio is being split or merged somebody is not at rest.
 *
 * Upstream: none (facts of mm/filemap.c, mm/memory.c, mm/gup.c, mm/swap.c)
 * Fidelity: faithful
 */
#include "model/mm/ledger.h"

#include "model/kvm/tdx.h"
#include "model/mm/gup.h"
#include "model/mm/hugetlb.h"
#include "model/mm/lru.h"
#include "model/mm/memory_failure.h"

/* What should be there for the folio that begins at a frame. */
struct ledger_page {
	/* written by the checking thread */
	u32 refs;
	u32 mapcount;
	u32 pins;
};

struct ledger {
	/* written by the checking thread */
	struct machine *m;
	struct ledger_page *single; /* by frame */
	struct ledger_page **chunk; /* by chunk, from block_start on; NULL: nothing is expected */
	u32 nr_chunks;
	u32 bad;
};

static struct ledger_page *ledger_page(struct ledger *l, const struct folio *folio)
{
	const struct folio_map *map = l->m->folios;
	pfn_t pfn = folio_pfn(map, folio);
	struct ledger_page **chunk;

	if (pfn < map->block_start)
		return &l->single[pfn];
	chunk = &l->chunk[(pfn - map->block_start) >> FOLIO_CHUNK_SHIFT];
	if (!*chunk)
		*chunk = sim_zalloc(l->m->sim, FOLIO_CHUNK_SIZE * sizeof(**chunk));
	return *chunk + (pfn & (FOLIO_CHUNK_SIZE - 1));
}

static void ledger_add(struct ledger *l, const struct folio *folio, u32 nr)
{
	ledger_page(l, folio)->refs += nr;
}

static void ledger_pin(struct ledger *l, const struct folio *folio, u32 gup_flags)
{
	struct ledger_page *page = ledger_page(l, folio);

	if (!(gup_flags & FOLL_PIN)) {
		page->refs++;
	} else if (folio_test_large(folio)) {
		page->refs++;
		page->pins++;
	} else {
		page->refs += GUP_PIN_COUNTING_BIAS;
	}
}

static void ledger_batched(struct folio *folio, void *arg)
{
	ledger_add(arg, folio, 1);
}

static void ledger_tdx_page(pfn_t pfn, void *arg)
{
	struct ledger *l = arg;

	ledger_add(l, pfn_folio(l->m->folios, pfn), 1);
}

/* Most tables are mostly empty. */
#define PTE_GROUP 8u

static bool ptes_none(const pte_t *pte)
{
	pte_t any = 0;

	for (u32 i = 0; i < PTE_GROUP; i++)
		any |= pte[i];
	return !any;
}

static void ledger_page_table(struct ledger *l, const struct mm_struct *mm, u64 index,
			      const struct pte_table *table)
{
	u32 nr = 0;

	for (u32 i = 0; i < PTRS_PER_PT; i++) {
		pfn_t pfn = pte_pfn(table->pte[i]);
		const struct folio *folio;

		if (i % PTE_GROUP == 0 && ptes_none(&table->pte[i])) {
			i += PTE_GROUP - 1;
			continue;
		}
		if (!pte_present(table->pte[i]))
			continue;
		nr++;
		SIM_ASSERT(pfn);
		folio = pfn_folio(l->m->folios, pfn);
		if (!pte_special(table->pte[i])) {
			ledger_page(l, folio)->refs++;
			ledger_page(l, folio)->mapcount++;
		}
		if (folio_test(folio, PG_free)) {
			l->bad++;
			sim_finding(l->m->sim, NULL, "freed-mapped",
				    "%s maps page 0x%x at 0x%llx, which is free", mm->name, pfn,
				    (unsigned long long)((index << PMD_SHIFT) + i * PAGE_SIZE));
		}
	}
	if (nr != table->nr_present) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "refcount",
			    "page table 0x%llx of %s counts %u pages and has %u",
			    (unsigned long long)index << PMD_SHIFT, mm->name, table->nr_present,
			    nr);
	}
}

static void ledger_collect(struct ledger *l)
{
	struct mm_struct *mm;
	struct mf_page *bad;
	struct pin *pin;

	list_for_each_entry(mm, &l->m->mms, machine_node) {
		struct pte_table *table;
		u64 index = 0;

		for (table = __xa_find(&mm->tables, &index, XA_MAX_INDEX); table;
		     table = __xa_find_after(&mm->tables, &index, XA_MAX_INDEX))
			ledger_page_table(l, mm, index, table);
	}
	list_for_each_entry(pin, &l->m->pins, node) {
		for (u64 i = 0; i < pin->nr; i++)
			ledger_pin(l, pin->folios[i], pin->gup_flags);
	}
	list_for_each_entry(bad, &l->m->poisoned, node)
		ledger_add(l, bad->folio, 1);
	lru_for_each_batched(l->m, ledger_batched, l);
	tdx_host_for_each_page(l->m, ledger_tdx_page, l);
}

/* One folio against what was collected for it. */
static void ledger_compare(struct folio *folio, void *arg)
{
	struct ledger *l = arg;
	/* the word links free pieces that wait to be merged: no file then */
	const struct address_space *mapping = folio_test(folio, PG_free) ? NULL : folio->mapping;
	const struct ledger_page *page = ledger_page(l, folio);
	pfn_t pfn = folio_pfn(l->m->folios, folio);
	u32 expected = page->refs;

	if (mapping && __xa_load(&mapping->i_pages, folio->index) == folio)
		expected += folio_nr_pages(folio);
	else if (mapping) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "lifetime",
			    "page 0x%x believes in file %u, which does not have it at index %u",
			    pfn, mapping->obj, folio->index);
	}
	if ((u32)folio->refcount != expected) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "refcount", "page 0x%x has %d references, not %u", pfn,
			    folio->refcount, expected);
	}
	if (folio_test_large(folio) && (u32)folio_large(folio)->pincount != page->pins) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "refcount", "folio 0x%x counts %d pins and has %u",
			    pfn, folio_large(folio)->pincount, page->pins);
	}
	if (folio_mapcount(folio) != page->mapcount) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "refcount",
			    "page 0x%x counts %u mappings and has %u", pfn, folio_mapcount(folio),
			    page->mapcount);
	}
	if (folio_test(folio, PG_locked)) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "lifetime", "page 0x%x is locked at rest", pfn);
	}
	if (folio_test(folio, PG_tlb_pending)) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "tlb-stale",
			    "page 0x%x was unmapped and never flushed", pfn);
	}
}

u32 mm_check_at_rest(struct machine *m)
{
	const struct folio_map *map = m->folios;
	u64 bytes = ((u64)map->nr_used + 1) * sizeof(struct ledger_page);
	struct ledger l = {.m = m};

	l.nr_chunks = map->nr_sections << (MAX_FOLIO_ORDER - FOLIO_CHUNK_SHIFT);
	l.single = sim_zalloc(m->sim, bytes);
	l.chunk = sim_zalloc(m->sim, l.nr_chunks * sizeof(*l.chunk));
	ledger_collect(&l);
	for (pfn_t pfn = 1; pfn <= map->nr_used; pfn++)
		ledger_compare(pfn_folio(map, pfn), &l);
	block_for_each(map, ledger_compare, &l);
	l.bad += hugetlb_check(m);
	for (u32 i = 0; i < l.nr_chunks; i++) {
		if (l.chunk[i])
			sim_free(m->sim, l.chunk[i], FOLIO_CHUNK_SIZE * sizeof(**l.chunk));
	}
	sim_free(m->sim, l.chunk, l.nr_chunks * sizeof(*l.chunk));
	sim_free(m->sim, l.single, bytes);
	return l.bad;
}
