// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/get_folio.c - the folio at an index of the file, made if there is none.
 *
 * Invariants: what is returned is locked, referenced and has the index; two who want the same index
 * get the same folio, whoever of them allocated it.
 *
 * Upstream: virt/kvm/guest_memfd.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/hugetlb.h"

/* Nobody can take away what an insertion collided with, so the next lookup finds it. */
#define EEXIST_RETRIES_MAX 64
#define FRESH_SPLITS_MAX   3 /* folios that somebody else has got hold of, one after another */

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_folio (7.3, in-place v7)
 * Fidelity: faithful
 */
static struct folio *gmem_get_small_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	struct folio *folio;

	/* The first lookup saves the policy lookup that an allocation needs. */
	folio = filemap_lock_folio(me, &inode->mapping, index);
	if (!IS_ERR(folio))
		return folio;
	return __filemap_get_folio(me, &inode->mapping, index, FGP_LOCK | FGP_CREAT);
}

/*
 * Look up or allocate and insert, once.
 *
 * Upstream: virt/kvm/guest_memfd.c:__kvm_gmem_get_folio (WIP)
 * Fidelity: faithful (no memory cgroup)
 */
static struct folio *__gmem_get_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	struct folio *folio;
	int err;

	folio = filemap_lock_folio(me, &inode->mapping, index);
	if (!IS_ERR(folio))
		return folio;
	folio = inode->hugetlb ? gmem_hugetlb_alloc_folio(me, inode) : folio_alloc(me);
	if (IS_ERR(folio))
		return folio;
	if (!folio)
		return ERR_PTR(-ENOMEM);

	__folio_set_locked(me, folio);
	err = __filemap_add_folio(me, &inode->mapping, folio,
				  round_down(index, folio_nr_pages(folio)));
	if (err) {
		__folio_clear_locked(me, folio);
		gmem_hugetlb_free_folio(me, folio);
		folio_put(me, folio);
		return ERR_PTR(err);
	}
	return folio;
}

/*
 * An -EEXIST that comes again and again: what is in the way is not at the index that is looked up.
 * The model gives up in order to end; the kernel would not.
 */
static bool gmem_eexist_spins(struct task *me, struct gmem_inode *inode, pgoff_t index, u32 tries)
{
	if (tries < EEXIST_RETRIES_MAX)
		return false;
	sim_finding(me->sim, me, "livelock",
		    "index 0x%llx cannot be filled: its huge page is partly in the file",
		    (unsigned long long)index);
	return true;
}

/* Is the huge page around @index private as a whole, so that its folio stays whole? */
static bool gmem_stays_huge(const struct gmem_inode *inode, pgoff_t index)
{
	u64 nr = gmem_huge_pages(inode);

	return gmem_attributes_range_has(&inode->attributes, round_down(index, nr), nr,
					 MEMORY_ATTRIBUTE_PRIVATE);
}

/*
 * Who finds a huge folio in a mixed huge page does not wait for it: its maker splits it, and spins
 * until nobody but the page cache refers to it.  So the lock is given up without waking anybody and
 * taken again, on the piece, without asking, whether the folio was fresh or not.  A second fault
 * that waits for the lock meanwhile keeps its reference and sleeps on (defect kept).
 *
 * Upstream: virt/kvm/guest_memfd.c:__maybe_split_fresh_folio (WIP)
 * Fidelity: faithful
 */
static struct folio *__maybe_split_fresh_folio(struct task *me, struct gmem_inode *inode,
					       struct folio *folio, pgoff_t index)
{
	u32 n = (u32)(index - folio->index);
	int r;

	cost(me, COST_attr_lookup);
	sim_point(me, inode->attributes.id, SIM_READ);
	/* From the folio's own start, also when it is a piece; the tree ends with the file. */
	if (gmem_attributes_range_has(&inode->attributes, folio->index,
				      min(gmem_huge_pages(inode),
					  gmem_size_pages(inode) - folio->index),
				      MEMORY_ATTRIBUTE_PRIVATE))
		return folio;
	__folio_clear_locked(me, folio);
	folio_put(me, folio);

	r = gmem_hugetlb_restructure_folio(me, inode, folio->index, 0);
	if (r)
		return ERR_PTR(r);
	folio = folio_page(me, folio, n);
	__folio_set_locked(me, folio);
	folio_get(me, folio);
	return folio;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_folio (WIP)
 * Fidelity: faithful
 */
static struct folio *gmem_get_folio_wip(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	struct folio *folio;
	u32 tries = 0;

	folio = filemap_lock_folio(me, &inode->mapping, index);
	if (!IS_ERR(folio))
		return folio;
	do {
		folio = __gmem_get_folio(me, inode, index);
		if (IS_ERR(folio) && PTR_ERR(folio) == -EEXIST &&
		    gmem_eexist_spins(me, inode, index, ++tries))
			return ERR_PTR(-ENOMEM);
	} while (IS_ERR(folio) && PTR_ERR(folio) == -EEXIST);
	if (IS_ERR(folio) || !inode->page_order)
		return folio;
	return __maybe_split_fresh_folio(me, inode, folio, index);
}

/*
 * Plan: split the folio that has just been inserted, locked.  One that cannot be split does not
 * stay.  That takes no long wait: who has come by a reference may keep it for good, as a memory
 * error does.
 *
 * Return: the page at @index, or -ENOMEM; -EAGAIN if somebody has the folio, who keeps it then.
 *
 * Upstream: none (docs/decisions/0009-what-the-plan-leaves-open.md)
 * Fidelity: simplified: a plan, not code
 */
static struct folio *gmem_split_fresh_folio(struct task *me, struct gmem_inode *inode,
					    struct folio *folio, pgoff_t index)
{
	int r;

	/* Waiters are woken, see what it is, and come to wait for the mutex without a reference. */
	folio_unlock(me, folio);
	folio_put(me, folio);
	r = gmem_hugetlb_try_restructure_folio(me, inode,
					       round_down(index, gmem_huge_pages(inode)), 0);
	folio = filemap_lock_folio(me, &inode->mapping, index);
	if (!r)
		return folio;
	filemap_remove_folio(me, folio);
	folio_unlock(me, folio);
	folio_put(me, folio);
	return ERR_PTR(r);
}

/*
 * Plan: allocate, insert, and split if the huge page is mixed; one at a time, as hugetlbfs faults
 * are.  Who loses finds the page there instead of a pool that its own reservation has emptied.
 *
 * Context: the huge page's mutex held.
 *
 * Upstream: none (docs/decisions/0009-what-the-plan-leaves-open.md)
 * Fidelity: simplified: a plan, not code
 */
static struct folio *gmem_make_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	struct folio *folio;
	u32 tries = 0, splits = 0;

	do {
		folio = __gmem_get_folio(me, inode, index);
		if (IS_ERR(folio) && PTR_ERR(folio) == -EEXIST &&
		    gmem_eexist_spins(me, inode, index, ++tries))
			return ERR_PTR(-ENOMEM);
		if (!IS_ERR(folio) && folio_test_large(folio) && !gmem_stays_huge(inode, index))
			folio = gmem_split_fresh_folio(me, inode, folio, index);
		if (IS_ERR(folio) && PTR_ERR(folio) == -EAGAIN && ++splits == FRESH_SPLITS_MAX)
			return ERR_PTR(-ENOMEM);
	} while (IS_ERR(folio) && (PTR_ERR(folio) == -EEXIST || PTR_ERR(folio) == -EAGAIN));
	return folio;
}

/*
 * Upstream: none (docs/decisions/0009-what-the-plan-leaves-open.md), mutexes as in
 *	     mm/hugetlb.c:hugetlb_fault_mutex_hash
 * Fidelity: simplified: a plan, not code
 */
static struct folio *gmem_get_folio_plan(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	u32 hash = (u32)(index >> inode->page_order) % GMEM_FAULT_MUTEXES;
	struct mutex *mutex = &inode->fault_mutex[hash];
	struct folio *folio = filemap_lock_folio(me, &inode->mapping, index);

	if (!IS_ERR(folio)) {
		if (!folio_test_large(folio) || gmem_stays_huge(inode, index))
			return folio;
		/* Its maker is about to split it. */
		folio_unlock(me, folio);
		folio_put(me, folio);
	}
	mutex_lock(me, mutex);
	folio = gmem_make_folio(me, inode, index);
	mutex_unlock(me, mutex);
	return folio;
}

struct folio *gmem_get_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	SIM_FRAME(me);
	if (unlikely(inode->no_direct_map))
		return secret_get_folio(me, inode, index);
	if (gmem_is_wip(inode) || (inode->page_order && bug(me, BUG_FRESH_SPLIT)))
		return gmem_get_folio_wip(me, inode, index);
	if (inode->page_order)
		return gmem_get_folio_plan(me, inode, index);
	return gmem_get_small_folio(me, inode, index);
}
