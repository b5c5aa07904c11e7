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
#include "model/gmem/inode.h"

/* Nobody can take away what an insertion collided with, so the next lookup finds it. */
#define EEXIST_RETRIES_MAX 64

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
	folio = folio_alloc(me);
	if (!folio)
		return ERR_PTR(-ENOMEM);

	__folio_set_locked(me, folio);
	err = __filemap_add_folio(me, &inode->mapping, folio,
				  round_down(index, folio_nr_pages(folio)));
	if (err) {
		__folio_clear_locked(me, folio);
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

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_folio (WIP)
 * Fidelity: faithful
 */
static struct folio *gmem_get_any_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
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
	return folio;
}

struct folio *gmem_get_folio(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	SIM_FRAME(me);
	if (unlikely(inode->no_direct_map))
		return secret_get_folio(me, inode, index);
	if (inode->page_order || gmem_is_wip(inode))
		return gmem_get_any_folio(me, inode, index);
	return gmem_get_small_folio(me, inode, index);
}
