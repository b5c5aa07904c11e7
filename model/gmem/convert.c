// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/convert.c - in-place conversion between private and shared.
 *
 * The steps of KVM_SET_MEMORY_ATTRIBUTES2 on the file, all under the invalidate lock held
 * exclusively; what can fail comes before what cannot be undone:
 *
 *	prealloc        the attribute store's memory; -ENOMEM
 *	unmap           to private: the range leaves all host page tables
 *	refcount-scan   to private: whoever still refers to a page can still write to it; -EAGAIN
 *	lru-drain       ... but per-CPU batches are emptied once before that is believed
 *	zap, flush      guest mappings go, in every VM; from here on faults of the range retry
 *	arch-invalidate to shared: the architecture gives the pages back
 *	attr-store      the new attributes are visible to faults
 *	end             faults of the range may succeed again
 *
 * Invariants: the attribute is stored inside an open invalidation; on failure attributes, folios
 * and guest mappings are as before (host page tables of the range are not: they refault).
 *
 * Upstream: virt/kvm/guest_memfd.c (in-place conversion series, v7, May 2026)
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/restructure.h"

#include "model/check.h"
#include "model/error_atomic.h"
#include "model/kvm/vm.h"
#include "model/locking/locking.h"
#include "model/mm/lru.h"
#include "model/mm/memory.h"

/* Refusals in a row that cannot be the fault of anybody. */
#define CONVERSION_RETRIES 4

bool gmem_folio_is_idle(struct task *me, struct folio *folio)
{
	s32 expected = (s32)folio_nr_pages(folio) + 1;

	cost(me, COST_refcount_check);
	if (bug(me, BUG_CHECK_FIRST))
		expected += (s32)folio_mapcount(folio);
	return folio_ref_count(me, folio) == expected;
}

/* Asking again is a livelock if only batches hold the references: nobody empties them. */
static void gmem_note_refusal(struct task *me, struct gmem_inode *inode, struct folio *folio)
{
	s32 own = (s32)folio_nr_pages(folio) + 1;
	s32 batched = lru_nr_batched(me, folio);

	livelock_failed(me, &inode->conversion, load_acquire(folio->refcount) != own + batched,
			CONVERSION_RETRIES,
			"conversion refused for references that only per-CPU batches hold");
}

bool gmem_is_safe_for_conversion(struct task *me, struct gmem_inode *inode, pgoff_t start,
				 u64 nr_pages, pgoff_t *err_index)
{
	pgoff_t last = start + nr_pages - 1, next = start;
	bool lru_drained = false, safe = true;
	struct folio_batch fbatch;
	u32 i;

	SIM_FRAME(me);
	sim_step(me, "refcount-scan");
	while (safe && filemap_get_folios(me, &inode->mapping, &next, last, &fbatch)) {
		for (i = 0; i < fbatch.nr;) {
			struct folio *folio = fbatch.folios[i];

			safe = gmem_folio_is_idle(me, folio);
			if (safe) {
				i++;
			} else if (folio_may_be_lru_cached(folio) && !lru_drained &&
				   !bug(me, BUG_NO_LRU_DRAIN)) {
				sim_step(me, "lru-drain");
				lru_add_drain_all(me);
				lru_drained = true;
				sim_step(me, "refcount-scan");
			} else {
				*err_index = max(start, (pgoff_t)folio->index);
				gmem_note_refusal(me, inode, folio);
				break;
			}
		}
		folio_batch_release(me, &fbatch);
		cond_resched(me);
	}
	return safe;
}

/*
 * Nobody outside the guest may reach the pages any more.  First the page tables, then the count:
 * a fault or a fast GUP that was under way has its reference by then, or finds no PTE.
 *
 * Upstream: virt/kvm/guest_memfd.c:__kvm_gmem_set_attributes (in-place v7)
 * Fidelity: faithful
 * Return: false if somebody refers to a page; *@err_index says to which.
 */
static bool gmem_take_from_users(struct task *me, struct gmem_inode *inode, pgoff_t start,
				 u64 nr_pages, pgoff_t *err_index)
{
	if (bug(me, BUG_SKIP_UNMAP))
		return true;
	if (bug(me, BUG_CHECK_FIRST) &&
	    !gmem_is_safe_for_conversion(me, inode, start, nr_pages, err_index))
		return false;
	sim_step(me, "unmap");
	unmap_mapping_pages(me, &inode->mapping, start, nr_pages);
	if (bug(me, BUG_CHECK_FIRST) || bug(me, BUG_SKIP_CHECK))
		return true;
	return gmem_is_safe_for_conversion(me, inode, start, nr_pages, err_index);
}

void gmem_arch_invalidate(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	struct folio_batch fbatch;

	sim_step(me, "arch-invalidate");
	/* Software VMs and TDX have no hook; SNP's is where its cost is stated. */
	if (machine_of(me)->cfg.costs.dist[COST_arch_invalidate].a_ns == 0)
		return;
	while (start < end &&
	       filemap_get_folios(me, &inode->mapping, &start, end - 1, &fbatch)) {
		for (u32 i = 0; i < fbatch.nr; i++) {
			for (u64 n = folio_nr_pages(fbatch.folios[i]); n; n--)
				cost(me, COST_arch_invalidate);
		}
		folio_batch_release(me, &fbatch);
		if (!bug(me, BUG_ARCH_NO_RESCHED))
			cond_resched(me);
	}
}

/* A hold given up in the middle, to let others go first: what has been looked at is old news. */
static int gmem_drop_hold(struct task *me, struct gmem_hold *hold, struct attr_update *up)
{
	struct gmem_inode *inode = hold->inode;
	pgoff_t start = hold->start, end = hold->end;
	u64 attrs = up->value;

	gmem_attributes_destroy(up);
	gmem_unlock(me, hold);
	cond_resched(me);
	gmem_lock(me, inode, start, end, hold);
	return gmem_attributes_prealloc(me, &inode->attributes, start, end - start, attrs, up);
}

/*
 * One hold: the 4K kernel's steps; those that restructure huge pages have theirs in restructure.c.
 *
 * Upstream: virt/kvm/guest_memfd.c:__kvm_gmem_set_attributes (in-place v7)
 * Fidelity: faithful
 */
static int __gmem_set_attributes(struct task *me, struct gmem_inode *inode, pgoff_t start,
				 u64 nr_pages, u64 attrs, pgoff_t *err_index)
{
	bool to_private = attrs & MEMORY_ATTRIBUTE_PRIVATE;
	pgoff_t end = start + nr_pages;
	struct error_atomic ea = { .inode = NULL };
	struct attr_update up;
	struct gmem_hold hold;
	int r = 0;

	SIM_FRAME(me);
	gmem_lock(me, inode, start, end, &hold);
	if (gmem_attributes_range_has(&inode->attributes, start, nr_pages, attrs))
		goto out;
	if (gmem_restructures(inode)) {
		r = gmem_convert_batches(me, inode, start, nr_pages, attrs, err_index);
		goto out;
	}

	error_atomic_begin(me, &ea, inode, start, nr_pages);
	sim_step(me, "prealloc");
	r = gmem_attributes_prealloc(me, &inode->attributes, start, nr_pages, attrs, &up);
	if (r) {
		*err_index = start;
		goto out;
	}

	if (to_private && !gmem_take_from_users(me, inode, start, nr_pages, err_index)) {
		if (bug(me, BUG_FAIL_STORES))
			gmem_attributes_store(me, &up);
		else
			gmem_attributes_destroy(&up);
		if (bug(me, BUG_FAIL_INDEX))
			*err_index = end;
		r = -EAGAIN;
		goto out;
	}
	livelock_progress(&inode->conversion);
	if (bug(me, BUG_CHUNK_DROPS) && gmem_drop_hold(me, &hold, &up)) {
		*err_index = start;
		r = -ENOMEM;
		goto out;
	}

	/* Nothing below can fail; from the zap on, the guest notices. */
	if (bug(me, BUG_STORE_BEFORE_BEGIN))
		gmem_attributes_store(me, &up);
	/* count, range and zap are one section of mmu_lock, unless the count is up already */
	if (inode->locking->open)
		gmem_zap(me, inode, start, end, gmem_invalidate_filter(inode, start, end));
	else
		gmem_invalidate_begin(me, inode, start, end,
				      gmem_invalidate_filter(inode, start, end));
	if (!to_private)
		gmem_arch_invalidate(me, inode, start, end);
	sim_step(me, "attr-store");
	if (!bug(me, BUG_STORE_BEFORE_BEGIN))
		gmem_attributes_store(me, &up);
	machine_note_converted(inode->machine, nr_pages);
	if (!bug(me, BUG_MISSING_END))
		gmem_piece_end(me, inode, start, end);
out:
	sim_step(me, NULL);
	error_atomic_end(me, &ea, r, "conversion");
	error_atomic_reported(me, inode, start, nr_pages,
			      inode->page_order ? gmem_huge_pages(inode) : 0, attrs, r, *err_index);
	gmem_unlock(me, &hold);
	return r;
}

/*
 * As many holds as the locking strategy wants.  What earlier holds have converted stays converted,
 * and @err_index says how far that is.
 */
static int gmem_set_attributes_pieces(struct task *me, struct gmem_inode *inode, pgoff_t start,
				      pgoff_t end, u64 attrs, pgoff_t *err_index)
{
	struct gmem_change change = {
		.kind = GMEM_CONVERT,
		.to_private = attrs & MEMORY_ATTRIBUTE_PRIVATE,
		.start = start,
	};
	int r;

	for (;;) {
		change.end = gmem_lock_cut(inode, &change, end);
		*err_index = change.start;
		r = gmem_prepare(me, inode, &change);
		if (!r)
			r = __gmem_set_attributes(me, inode, change.start,
						  change.end - change.start, attrs, err_index);
		gmem_unprepare(me, inode, &change);
		if (r || change.end == end)
			return r;
		change.start = change.end;
		cond_resched(me);
	}
}

static int gmem_set_attributes_range(struct task *me, struct gmem_inode *inode, pgoff_t start,
				     pgoff_t end, u64 attrs, pgoff_t *err_index)
{
	pgoff_t first = round_down(start, gmem_huge_pages(inode));
	pgoff_t after = round_up(end, gmem_huge_pages(inode));
	int r;

	gmem_lock_open(me, inode, first, after);
	r = gmem_set_attributes_pieces(me, inode, start, end, attrs, err_index);
	gmem_lock_close(me, inode, first, after);
	return r;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_ioctl, kvm_gmem_set_attributes (in-place v7)
 * Fidelity: faithful; a VM without private memory is refused whatever it asks for, as from v8 on
 */
static s64 gmem_ioctl_set_attributes(struct task *me, struct gmem_file *f,
				     struct memory_attributes2 *arg)
{
	struct gmem_inode *inode = f->inode;
	pgoff_t err_index = 0;
	int r;

	if (!gmem_has_attributes(inode))
		return -ENOTTY;
	if (!arg)
		return -EFAULT;
	if (arg->flags || arg->reserved)
		return -EINVAL;
	if (!f->vm->has_private_mem || (arg->attributes & ~MEMORY_ATTRIBUTE_PRIVATE))
		return -EINVAL;
	if (arg->size == 0 || arg->offset + arg->size < arg->offset)
		return -EINVAL;
	if (!IS_ALIGNED(arg->offset, PAGE_SIZE) || !IS_ALIGNED(arg->size, PAGE_SIZE))
		return -EINVAL;
	if (arg->offset >= inode->i_size || arg->offset + arg->size > inode->i_size)
		return -EINVAL;

	r = gmem_set_attributes_range(me, inode, arg->offset >> PAGE_SHIFT,
				      (arg->offset + arg->size) >> PAGE_SHIFT, arg->attributes,
				      &err_index);
	if (r)
		arg->error_offset = err_index << PAGE_SHIFT;
	return bug(me, BUG_POSITIVE_ERRNO) ? -r : r;
}

s64 gmem_set_memory_attributes2(struct task *me, struct gmem_file *f,
				struct memory_attributes2 *arg)
{
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	r = gmem_ioctl_set_attributes(me, f, arg);
	task_work_run(me);
	return check_result(me, OP_SET_ATTRIBUTES, r);
}

s64 gmem_set_attributes(struct task *me, struct gmem_file *f, u64 offset, u64 size, u64 attrs,
			u64 *error_offset)
{
	struct memory_attributes2 arg = {
		.offset = offset,
		.size = size,
		.attributes = attrs,
		.error_offset = error_offset ? *error_offset : 0,
	};
	s64 r = gmem_set_memory_attributes2(me, f, &arg);

	if (error_offset)
		*error_offset = arg.error_offset;
	return r;
}
