// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/ledger.c - the reference ledger, counted anew from everything that may hold a page.
 *
 * At rest a page has one reference for the page cache, one for each host PTE, one for each lru_add
 * batch entry, 1 or 1024 for each pin and one for a memory error, and no other.  Free pages have
 * none.
 *
 * Upstream: none (facts of mm/filemap.c, mm/memory.c, mm/gup.c, mm/swap.c)
 * Fidelity: simplified: 4K pages
 */
#include "model/mm/ledger.h"

#include "model/mm/gup.h"
#include "model/mm/lru.h"
#include "model/mm/memory_failure.h"

struct ledger {
	/* written by the checking thread */
	struct machine *m;
	u32 *refs;     /* by frame */
	u32 *mapcount; /* by frame */
	u32 bad;
};

static void ledger_add(struct ledger *l, const struct folio *folio, u32 nr)
{
	l->refs[folio_pfn(l->m->folios, folio)] += nr;
}

static void ledger_batched(struct folio *folio, void *arg)
{
	ledger_add(arg, folio, 1);
}

static void ledger_page_table(struct ledger *l, const struct mm_struct *mm, u64 index,
			      const struct pte_table *table)
{
	u32 nr = 0;

	for (u32 i = 0; i < PTRS_PER_PT; i++) {
		pfn_t pfn = pte_pfn(table->pte[i]);

		if (!pte_present(table->pte[i]))
			continue;
		nr++;
		SIM_ASSERT(pfn && pfn <= l->m->folios->nr_used);
		l->refs[pfn]++;
		l->mapcount[pfn]++;
		if (folio_test(pfn_folio(l->m->folios, pfn), PG_free)) {
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
			ledger_add(l, pin->folios[i],
				   pin->gup_flags & FOLL_PIN ? GUP_PIN_COUNTING_BIAS : 1);
	}
	list_for_each_entry(bad, &l->m->poisoned, node)
		ledger_add(l, bad->folio, 1);
	lru_for_each_batched(l->m, ledger_batched, l);
}

/* One frame against what was collected for it. */
static void ledger_compare(struct ledger *l, pfn_t pfn)
{
	const struct folio *folio = pfn_folio(l->m->folios, pfn);
	const struct address_space *mapping = folio->mapping;
	u32 expected = l->refs[pfn];

	if (mapping && __xa_load(&mapping->i_pages, folio->index) == folio)
		expected += folio_nr_pages(folio);
	else if (mapping && !folio_test(folio, PG_free)) {
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
	if (folio->mapcount != l->mapcount[pfn]) {
		l->bad++;
		sim_finding(l->m->sim, NULL, "refcount",
			    "page 0x%x counts %u mappings and has %u", pfn, folio->mapcount,
			    l->mapcount[pfn]);
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
	u64 bytes = ((u64)m->folios->nr_used + 1) * sizeof(u32);
	struct ledger l = {.m = m};

	l.refs = sim_zalloc(m->sim, bytes);
	l.mapcount = sim_zalloc(m->sim, bytes);
	ledger_collect(&l);
	for (pfn_t pfn = 1; pfn <= m->folios->nr_used; pfn++)
		ledger_compare(&l, pfn);
	sim_free(m->sim, l.refs, bytes);
	sim_free(m->sim, l.mapcount, bytes);
	return l.bad;
}
