// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/filemap.c - the page cache: lookup without locks, insertion, removal.
 *
 * Invariants: A1-A3 of the header.
 *
 * Upstream: mm/filemap.c
 * Fidelity: faithful in the order of steps (see the header for what is left out)
 */
#include "model/mm/filemap.h"

#include "model/events.h"
#include "model/mm/lru.h"
#include "sim/race.h"

void address_space_init(struct machine *m, struct address_space *mapping, void *host, u32 flags)
{
	mapping->machine = m;
	mapping->host = host;
	mapping->flags = flags;
	mapping->owner = machine_new_id(m);
	mapping->obj = sim_new_obj(m->sim);
	init_rwsem(m->sim, &mapping->invalidate_lock, "mapping.invalidate_lock", LOCKC_STEPS);
	init_rwsem(m->sim, &mapping->i_mmap_rwsem, "i_mmap_rwsem", 0);
	xa_init(m->sim, &mapping->i_pages, "xa_lock", XA_FLAGS_LOCK_IRQ);
	INIT_LIST_HEAD(&mapping->i_mmap);
}

void address_space_fini(struct address_space *mapping)
{
	SIM_ASSERT(list_empty(&mapping->i_mmap));
	xa_destroy(mapping->machine->sim, &mapping->i_pages);
}

/* --- the invalidate lock --- */

void filemap_invalidate_lock(struct task *me, struct address_space *mapping)
{
	down_write(me, &mapping->invalidate_lock);
}

void filemap_invalidate_unlock(struct task *me, struct address_space *mapping)
{
	up_write(me, &mapping->invalidate_lock);
}

void filemap_invalidate_lock_shared(struct task *me, struct address_space *mapping)
{
	down_read(me, &mapping->invalidate_lock);
}

void filemap_invalidate_unlock_shared(struct task *me, struct address_space *mapping)
{
	up_read(me, &mapping->invalidate_lock);
}

bool filemap_invalidate_trylock_shared(struct task *me, struct address_space *mapping)
{
	return down_read_trylock(me, &mapping->invalidate_lock);
}

/* --- lookup --- */

/*
 * Who has frozen the folio may wait for a grace period until it thaws it, which a loop inside of an
 * RCU read section never lets end.  Upstream loops there; the plan, which cannot do without the
 * grace period, is taken to look again from outside.
 */
static void filemap_wait_frozen(struct task *me, struct folio *folio)
{
	bool leave = machine_of(me)->cfg.kernel == KERNEL_HUGETLB_PLAN && !bug(me, BUG_RCU_LOOKUP);

	if (leave)
		rcu_read_unlock(me);
	folio_wait_frozen(me, folio);
	if (!leave)
		return;
	cond_resched(me);
	rcu_read_lock(me);
}

/*
 * The reference may be to a page that has left this slot in between, so the slot is read again.
 * The slot is that of the entry, where upstream reads that of the index again: when a huge page has
 * been split in between, its first page is still there, but has not this index any more.
 * A folio with count 0 is frozen or on its way out: go round until it is one or the other.
 *
 * Upstream: mm/filemap.c:filemap_get_entry
 * Fidelity: faithful
 */
static struct folio *filemap_get_entry(struct task *me, struct address_space *mapping,
				       pgoff_t index)
{
	void *const *slot;
	struct folio *folio;

	rcu_read_lock(me);
	while ((folio = xa_load_rcu(me, &mapping->i_pages, index, &slot))) {
		if (!folio_try_get(me, folio)) {
			filemap_wait_frozen(me, folio);
			continue;
		}
		if (likely(xa_reload(me, &mapping->i_pages, slot) == folio &&
			   folio_contains(folio, index)))
			break;
		folio_put(me, folio);
	}
	rcu_read_unlock(me);
	return folio;
}

/* Return: NULL if the folio has left the file; the caller looks it up again. */
static struct folio *filemap_lock_entry(struct task *me, struct address_space *mapping,
					struct folio *folio, u32 fgp)
{
	if (!(fgp & FGP_NOWAIT)) {
		folio_lock(me, folio);
	} else if (!folio_trylock(me, folio)) {
		folio_put(me, folio);
		return ERR_PTR(-EAGAIN);
	}
	/* Has the page been truncated? */
	if (unlikely(plain_read(me, folio->mapping) != mapping)) {
		folio_unlock(me, folio);
		folio_put(me, folio);
		return NULL;
	}
	return folio;
}

struct folio *__filemap_get_folio(struct task *me, struct address_space *mapping, pgoff_t index,
				  u32 fgp)
{
	struct folio *folio;
	int err;

	SIM_ASSERT(!(fgp & FGP_CREAT) || (fgp & FGP_LOCK));
	for (;;) {
		cost(me, COST_filemap_lookup);
		folio = filemap_get_entry(me, mapping, index);
		if (folio) {
			if (fgp & FGP_LOCK)
				folio = filemap_lock_entry(me, mapping, folio, fgp);
			if (folio)
				return folio;
			continue;
		}
		if (!(fgp & FGP_CREAT))
			return ERR_PTR(-ENOENT);
		folio = folio_alloc(me);
		if (!folio)
			return ERR_PTR(-ENOMEM);
		err = filemap_add_folio(me, mapping, folio, index);
		if (!err)
			return folio;
		folio_put(me, folio);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

/* Behind the slot that covers @index: a large folio may have many slots while it is split. */
static pgoff_t next_slot(const struct address_space *mapping, const struct folio *folio,
			 pgoff_t index)
{
	if (likely(!folio_test_large(folio)))
		return index + 1;
	return (index | ((1ull << xa_get_order(&mapping->i_pages, index)) - 1)) + 1;
}

/*
 * The next folio at or after *@index, with a reference.  Context: RCU read section.
 *
 * Upstream: mm/filemap.c:find_get_entry
 * Fidelity: faithful
 */
static struct folio *find_get_entry(struct task *me, struct address_space *mapping, pgoff_t *index,
				    pgoff_t end)
{
	void *const *slot;
	struct folio *folio;

	while ((folio = xa_find_rcu(me, &mapping->i_pages, index, end, &slot))) {
		if (!folio_try_get(me, folio)) {
			filemap_wait_frozen(me, folio);
			continue;
		}
		if (likely(xa_reload(me, &mapping->i_pages, slot) == folio &&
			   folio_contains(folio, *index)))
			break;
		folio_put(me, folio);
	}
	return folio;
}

u32 filemap_get_folios(struct task *me, struct address_space *mapping, pgoff_t *start, pgoff_t end,
		       struct folio_batch *fbatch)
{
	pgoff_t index = *start;
	struct folio *folio;

	fbatch->nr = 0;
	rcu_read_lock(me);
	while (fbatch->nr < FOLIO_BATCH_SIZE && index <= end) {
		folio = find_get_entry(me, mapping, &index, end);
		if (!folio) {
			/* Nothing more: go on behind the end, if there is something behind it. */
			index = end == XA_MAX_INDEX ? end : end + 1;
			break;
		}
		fbatch->folios[fbatch->nr++] = folio;
		index = next_slot(mapping, folio, index);
	}
	rcu_read_unlock(me);
	*start = index;
	return fbatch->nr;
}

u32 find_get_entries(struct task *me, struct address_space *mapping, pgoff_t *start, pgoff_t end,
		     struct folio_batch *fbatch)
{
	pgoff_t index = *start;
	struct folio *folio;

	fbatch->nr = 0;
	rcu_read_lock(me);
	while (fbatch->nr < FOLIO_BATCH_SIZE && index <= end &&
	       (folio = find_get_entry(me, mapping, &index, end))) {
		fbatch->folios[fbatch->nr++] = folio;
		index = next_slot(mapping, folio, index);
		*start = index;
	}
	rcu_read_unlock(me);
	return fbatch->nr;
}

u32 find_lock_entries(struct task *me, struct address_space *mapping, pgoff_t *start, pgoff_t end,
		      struct folio_batch *fbatch)
{
	pgoff_t index = *start;
	const pgoff_t first = *start;
	struct folio *folio;
	pgoff_t next;

	fbatch->nr = 0;
	rcu_read_lock(me);
	for (; fbatch->nr < FOLIO_BATCH_SIZE && index <= end; index = next) {
		folio = find_get_entry(me, mapping, &index, end);
		if (!folio)
			break;
		next = next_slot(mapping, folio, index);
		/* Only folios that lie in the range whole. */
		if (folio->index < first || folio_next_index(folio) - 1 > end ||
		    !folio_trylock(me, folio)) {
			folio_put(me, folio);
			continue;
		}
		if (unlikely(plain_read(me, folio->mapping) != mapping)) {
			folio_unlock(me, folio);
			folio_put(me, folio);
			continue;
		}
		fbatch->folios[fbatch->nr++] = folio;
		*start = next;
	}
	rcu_read_unlock(me);
	return fbatch->nr;
}

bool filemap_range_has_page(struct task *me, struct address_space *mapping, pgoff_t start,
			    pgoff_t end)
{
	return start <= end && xa_find(me, &mapping->i_pages, &start, end) != NULL;
}

/* --- insertion and removal --- */

int __filemap_add_folio(struct task *me, struct address_space *mapping, struct folio *folio,
			pgoff_t index)
{
	u32 order = folio_order(folio);
	int err;

	SIM_ASSERT(index <= UINT32_MAX && !(index & ((1ull << order) - 1)));

	folio_ref_add(me, folio, (s32)folio_nr_pages(folio));
	plain_write(me, folio->mapping, mapping);
	folio->index = (u32)index;

	xa_lock(me, &mapping->i_pages);
	cost(me, COST_filemap_add); /* nearly all of it is the store and its accounting */
	if (likely(!order))
		err = __xa_insert(me, &mapping->i_pages, index, folio);
	else
		err = __xa_insert_order(me, &mapping->i_pages, index, order, folio);
	if (!err)
		plain_add(me, mapping->nrpages, folio_nr_pages(folio));
	xa_unlock(me, &mapping->i_pages);
	if (!err) {
		sim_event(me, EV_mm_filemap_add_to_page_cache, mapping->obj,
			  folio_pfn(machine_of(me)->folios, folio), index);
		return 0;
	}
	plain_write(me, folio->mapping, NULL);
	folio_put_refs(me, folio, (s32)folio_nr_pages(folio));
	return err == -EBUSY ? -EEXIST : err;
}

int filemap_add_folio(struct task *me, struct address_space *mapping, struct folio *folio,
		      pgoff_t index)
{
	int err;

	/* struct folio has room for the index of a page below 16 TiB */
	if (unlikely(index > UINT32_MAX) || sim_should_fail(me, "memcg_charge"))
		return -ENOMEM;
	folio_lock(me, folio); /* new, so nobody else has it */
	err = __filemap_add_folio(me, mapping, folio, index);
	if (unlikely(err)) {
		bit_clear_nowake(me, &machine_of(me)->folio_wait, &folio->flags, PG_locked,
				 folio_obj(me, folio));
		return err;
	}
	folio_add_lru(me, folio);
	return 0;
}

/*
 * Upstream: mm/filemap.c:page_cache_delete, filemap_unaccount_folio
 * Fidelity: simplified: no shadow entries; a page that is still mapped is a finding, not a BUG
 */
static void page_cache_delete(struct task *me, struct address_space *mapping, struct folio *folio)
{
	void *old;

	SIM_ASSERT(folio_test_locked(folio) && folio->mapping == mapping);
	sim_event(me, EV_mm_filemap_delete_from_page_cache, mapping->obj,
		  folio_pfn(machine_of(me)->folios, folio), folio->index);
	if (unlikely(folio_mapped(folio)))
		sim_finding(me->sim, me, "freed-mapped",
			    "page 0x%x leaves the file at index %u while %u host PTEs map it",
			    folio_pfn(machine_of(me)->folios, folio), folio->index,
			    folio_mapcount(folio));
	old = __xa_erase(me, &mapping->i_pages, folio->index);
	SIM_ASSERT(old == folio && !__xa_load(&mapping->i_pages, folio_next_index(folio) - 1));
	plain_write(me, folio->mapping, NULL); /* the index stays: walkers compare it */
	plain_add(me, mapping->nrpages, -(u64)folio_nr_pages(folio));
}

static void filemap_free_folio(struct task *me, struct address_space *mapping, struct folio *folio)
{
	if (mapping->free_folio)
		mapping->free_folio(me, folio);
	folio_put_refs(me, folio, (s32)folio_nr_pages(folio));
}

void filemap_remove_folio(struct task *me, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;

	cost(me, COST_filemap_delete);
	xa_lock(me, &mapping->i_pages);
	page_cache_delete(me, mapping, folio);
	xa_unlock(me, &mapping->i_pages);
	filemap_free_folio(me, mapping, folio);
}

void delete_from_page_cache_batch(struct task *me, struct address_space *mapping,
				  struct folio_batch *fbatch)
{
	if (!fbatch->nr)
		return;
	xa_lock(me, &mapping->i_pages);
	for (u32 i = 0; i < fbatch->nr; i++) {
		cost(me, COST_filemap_delete);
		page_cache_delete(me, mapping, fbatch->folios[i]);
	}
	xa_unlock(me, &mapping->i_pages);
	for (u32 i = 0; i < fbatch->nr; i++)
		filemap_free_folio(me, mapping, fbatch->folios[i]);
}

int filemap_speculative_ref(struct task *me, struct address_space *mapping, pgoff_t index,
			    sim_ns hold_ns)
{
	struct folio *folio = filemap_get_folio(me, mapping, index);

	if (IS_ERR(folio))
		return (int)PTR_ERR(folio);
	sim_compute(me, hold_ns);
	folio_put(me, folio);
	return 0;
}

u32 filemap_check(struct address_space *mapping)
{
	struct sim *sim = mapping->machine->sim;
	const struct folio *folio;
	pgoff_t index = 0;
	u64 nr = 0;
	u32 bad = 0;

	for (folio = __xa_find(&mapping->i_pages, &index, XA_MAX_INDEX); folio;
	     folio = __xa_find_after(&mapping->i_pages, &index, XA_MAX_INDEX)) {
		nr += folio_nr_pages(folio);
		if (folio->mapping == mapping && folio->index == index && folio->refcount > 0 &&
		    xa_get_order(&mapping->i_pages, index) == folio_order(folio))
			continue;
		bad++;
		sim_finding(sim, NULL, "lifetime",
			    "page 0x%x at index %llu of file %u does not belong there",
			    folio_pfn(mapping->machine->folios, folio), (unsigned long long)index,
			    mapping->obj);
	}
	if (nr != mapping->nrpages) {
		bad++;
		sim_finding(sim, NULL, "refcount", "file %u counts %llu pages and has %llu",
			    mapping->obj, (unsigned long long)mapping->nrpages,
			    (unsigned long long)nr);
	}
	return bad;
}
