// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/huge_leaves.c - see huge_leaves.h.
 */
#include "model/kvm/huge_leaves.h"

#include "model/kvm/spte.h"
#include "model/mm/folio.h"

#define HUGE_PER_GIG 512u
#define GIG_PAGES    PAGES_PER_HPAGE(PG_LEVEL_1G)

struct huge_leaves {
	/* constant */
	u64 nr_gigs;
	/* atomic */
	u64 total;
	u32 *gig;  /* leaves of 1G, by the GiB they map */
	u32 **two; /* leaves of 2M: for each GiB that has had one, 512 counts */
};

/* A page goes back to the allocator. */
static void huge_leaf_page_freed(struct task *me, struct folio *folio, pfn_t pfn)
{
	u32 over = huge_leaf_over(machine_of(me), pfn, folio_nr_pages(folio));

	if (unlikely(over))
		sim_finding(me->sim, me, "freed-mapped",
			    "page 0x%x freed below %u huge guest mappings", pfn, over);
}

/* On real threads two may come at once: the loser's goes unused. */
static void *publish(struct sim *sim, void **where, void *new, size_t size)
{
	void *old = NULL;

	if (__atomic_compare_exchange_n(where, &old, new, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return new;
	sim_free(sim, new, size);
	return old;
}

static struct huge_leaves *huge_leaves_get(struct task *me)
{
	struct machine *m = machine_of(me);
	struct huge_leaves *h = load_acquire(m->huge_leaves);

	if (likely(h))
		return h;
	h = sim_zalloc(me->sim, sizeof(*h));
	/* as far as folio_map.c hands out frames */
	h->nr_gigs = ((u64)m->folios->block_start + m->folios->nr_pages) / GIG_PAGES + 65;
	h->gig = sim_zalloc(me->sim, h->nr_gigs * sizeof(*h->gig));
	h->two = sim_zalloc(me->sim, h->nr_gigs * sizeof(*h->two));
	store_release(m->folio_free_hook, huge_leaf_page_freed);
	return publish(me->sim, (void **)&m->huge_leaves, h, sizeof(*h));
}

static u32 *two_counts(const struct huge_leaves *h, pfn_t pfn)
{
	u64 gig = pfn / GIG_PAGES;

	SIM_ASSERT(gig < h->nr_gigs);
	return __atomic_load_n(&h->two[gig], __ATOMIC_ACQUIRE);
}

void huge_leaf_count(struct task *me, pfn_t pfn, int level, int delta)
{
	struct huge_leaves *h = huge_leaves_get(me);
	u64 gig = pfn / GIG_PAGES;
	u32 *counts = two_counts(h, pfn);

	if (level == PG_LEVEL_2M && !counts)
		counts = publish(me->sim, (void **)&h->two[gig],
				 sim_zalloc(me->sim, HUGE_PER_GIG * sizeof(*counts)),
				 HUGE_PER_GIG * sizeof(*counts));
	if (level == PG_LEVEL_2M)
		counts += (pfn >> SPTE_LEVEL_BITS) % HUGE_PER_GIG;
	else
		counts = &h->gig[gig];
	step_add_return(me, counts, (u32)delta);
	step_add_return(me, &h->total, (u64)(s64)delta);
}

u32 huge_leaf_over(const struct machine *m, pfn_t pfn, u64 nr)
{
	const struct huge_leaves *h = load_acquire(m->huge_leaves);
	const pfn_t last = pfn + (pfn_t)nr - 1;
	u32 *counts, over = 0;
	pfn_t i;

	if (!h || !__atomic_load_n(&h->total, __ATOMIC_ACQUIRE))
		return 0;
	for (i = pfn / GIG_PAGES; i <= last / GIG_PAGES; i++)
		over += __atomic_load_n(&h->gig[i], __ATOMIC_ACQUIRE);
	for (i = pfn >> SPTE_LEVEL_BITS; i <= last >> SPTE_LEVEL_BITS; i++) {
		counts = two_counts(h, i << SPTE_LEVEL_BITS);
		if (counts)
			over += __atomic_load_n(&counts[i % HUGE_PER_GIG], __ATOMIC_ACQUIRE);
		else
			i |= HUGE_PER_GIG - 1;
	}
	return over;
}

u64 huge_leaf_total(const struct machine *m)
{
	const struct huge_leaves *h = load_acquire(m->huge_leaves);

	return h ? __atomic_load_n(&h->total, __ATOMIC_ACQUIRE) : 0;
}
