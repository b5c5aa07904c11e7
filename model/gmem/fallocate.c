// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/fallocate.c - holes and allocation; transient references; questions about a page.
 *
 * Invariants: a hole is punched with the invalidate lock held exclusively over begin, truncation
 * and end; attributes stay as they are.  Allocation holds it shared over the whole range, however
 * long that is; what was allocated before an error stays.
 *
 * Upstream: virt/kvm/guest_memfd.c, fs/open.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/restructure.h"

#include "model/check.h"
#include "model/error_atomic.h"
#include "model/fails.h"
#include "model/locking/locking.h"
#include "model/mm/truncate.h"

/* No superblock limit below the largest file offset. */
#define MAX_LFS_FILESIZE INT64_MAX

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_punch_hole (7.3, in-place v7)
 * Fidelity: faithful: host page tables lose the range during truncation, after the guest has
 */
static s64 gmem_punch_small(struct task *me, struct gmem_inode *inode, u64 offset, u64 len)
{
	pgoff_t start = offset >> PAGE_SHIFT, end = (offset + len) >> PAGE_SHIFT;
	struct error_atomic ea;
	struct gmem_hold hold;
	int r = 0;

	SIM_FRAME(me);
	gmem_lock(me, inode, start, end, &hold);
	error_atomic_begin(me, &ea, inode, start, end - start);
	if (bug(me, BUG_PUNCH_HALF) && signal_pending(me)) {
		len = PAGE_SIZE;
		r = -EINTR;
	}
	if (!bug(me, BUG_FREE_MAPPED))
		gmem_invalidate_begin(me, inode, start, end,
				      gmem_invalidate_filter(inode, start, end));
	sim_step(me, "truncate");
	truncate_inode_pages_range(me, &inode->mapping, offset, offset + len - 1);
	if (!bug(me, BUG_FREE_MAPPED))
		gmem_invalidate_end(me, inode, start, end);
	if (bug(me, BUG_DOUBLE_END))
		gmem_invalidate_end(me, inode, start, end);
	sim_step(me, NULL);
	error_atomic_end(me, &ea, r, "punching a hole");
	gmem_unlock(me, &hold);
	return r;
}

/*
 * The work-in-progress tree finds out too late that somebody refers to a page; the plan asks first.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_punch_hole (WIP)
 * Fidelity: faithful for that kernel
 */
static s64 gmem_punch_huge(struct task *me, struct gmem_inode *inode, u64 offset, u64 len)
{
	pgoff_t start = offset >> PAGE_SHIFT, end = (offset + len) >> PAGE_SHIFT;
	u64 mark = check_content_mark(me);
	struct error_atomic ea;
	struct gmem_hold hold;
	int r = 0;

	SIM_FRAME(me);
	gmem_lock(me, inode, start, end, &hold);
	error_atomic_begin(me, &ea, inode, start, end - start);
	if (!gmem_is_wip(inode))
		r = gmem_prepare_truncate(me, inode, start, end - start);
	if (r)
		goto out;
	gmem_open_invalidation(me, inode, start, end);
	r = gmem_split_private(me, inode, start, end);
	if (!r) {
		gmem_zap(me, inode, start, end, gmem_invalidate_filter(inode, start, end));
		r = gmem_merge_truncate_range(me, inode, start, end - start, true);
	}
	gmem_invalidate_end(me, inode, start, end);
	check_content_kept(me, mark, r, "punching a hole");
out:
	error_atomic_end(me, &ea, r, "punching a hole");
	sim_step(me, NULL);
	gmem_unlock(me, &hold);
	return r;
}

static s64 __gmem_punch_hole(struct task *me, struct gmem_inode *inode, u64 offset, u64 len)
{
	if (inode->page_order || gmem_is_wip(inode))
		return gmem_punch_huge(me, inode, offset, len);
	return gmem_punch_small(me, inode, offset, len);
}

/*
 * As many holds as the locking strategy wants.  If one fails, what was punched before stays so: the
 * caller can ask for all of it again.
 */
static s64 gmem_punch_hole(struct task *me, struct gmem_inode *inode, u64 offset, u64 len)
{
	pgoff_t end = (offset + len) >> PAGE_SHIFT;
	struct gmem_change change = {.kind = GMEM_PUNCH, .start = offset >> PAGE_SHIFT};
	s64 r;

	for (;;) {
		change.end = gmem_lock_cut(inode, &change, end);
		r = gmem_prepare(me, inode, &change);
		if (!r)
			r = __gmem_punch_hole(me, inode, change.start << PAGE_SHIFT,
					      (change.end - change.start) << PAGE_SHIFT);
		gmem_unprepare(me, inode, &change);
		if (r || change.end == end)
			return r;
		change.start = change.end;
		cond_resched(me);
	}
}

/* One hold. */
static s64 gmem_allocate_range(struct task *me, struct gmem_inode *inode, pgoff_t index,
			       pgoff_t end)
{
	struct gmem_hold hold;
	s64 r = 0;

	gmem_lock_shared(me, inode, index, end, &hold);
	while (index < end) {
		struct folio *folio;

		fail_signal(me, "signal_allocate");
		if (signal_pending(me)) {
			r = -EINTR;
			break;
		}
		folio = gmem_get_folio(me, inode, index);
		if (IS_ERR(folio)) {
			r = PTR_ERR(folio);
			break;
		}
		index = folio_next_index(folio);
		folio_unlock(me, folio);
		folio_put(me, folio);
		if (bug(me, BUG_LOST_REF))
			folio_put(me, folio);
		cond_resched(me);
	}
	gmem_unlock_shared(me, &hold);
	return r;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_allocate
 * Fidelity: faithful
 */
static s64 gmem_allocate(struct task *me, struct gmem_inode *inode, u64 offset, u64 len)
{
	struct gmem_change change = {.kind = GMEM_ALLOCATE, .start = offset >> PAGE_SHIFT};
	pgoff_t end = (offset + len) >> PAGE_SHIFT;
	s64 r = 0;

	SIM_FRAME(me);
	if (offset + len > inode->i_size)
		return -EINVAL;

	for (; change.start < end && !r; change.start = change.end) {
		change.end = gmem_lock_cut(inode, &change, end);
		r = gmem_allocate_range(me, inode, change.start, change.end);
	}
	return r;
}

/*
 * Upstream: fs/open.c:vfs_fallocate, virt/kvm/guest_memfd.c:kvm_gmem_fallocate
 * Fidelity: faithful for a file opened for writing
 */
s64 gmem_file_fallocate(struct task *me, struct file *file, u32 mode, s64 offset, s64 len)
{
	struct gmem_inode *inode = gmem_file_of(file)->inode;
	u64 page_size;

	/* what the VFS asks of every file system */
	if (offset < 0 || len <= 0)
		return -EINVAL;
	if ((mode & FALLOC_PUNCH_HOLE) && !(mode & FALLOC_KEEP_SIZE))
		return -EOPNOTSUPP;
	if ((u64)offset + (u64)len > MAX_LFS_FILESIZE)
		return -EFBIG;

	if (!(mode & FALLOC_KEEP_SIZE) || (mode & ~(FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE)))
		return -EOPNOTSUPP;
	page_size = PAGE_SIZE << (bug(me, BUG_EEXIST_SPIN) ? 0 : inode->page_order);
	if (!IS_ALIGNED(offset, page_size) || !IS_ALIGNED(len, page_size))
		return -EINVAL;
	if (mode & FALLOC_PUNCH_HOLE)
		return gmem_punch_hole(me, inode, offset, len);
	return gmem_allocate(me, inode, offset, len);
}

s64 gmem_fallocate(struct task *me, struct gmem_file *f, u32 mode, s64 offset, s64 len)
{
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	r = gmem_file_fallocate(me, &f->file, mode, offset, len);
	task_work_run(me);
	return check_result(me, OP_FALLOCATE, r);
}

s64 speculative_ref(struct task *me, struct gmem_file *f, u64 offset, sim_ns hold_ns)
{
	s64 r = -EINVAL;

	SIM_FRAME(me);
	if (offset < f->inode->i_size)
		r = filemap_speculative_ref(me, &f->inode->mapping, offset >> PAGE_SHIFT,
					    hold_ns);
	return check_result(me, OP_SPECULATIVE_REF, r);
}

struct folio_state gmem_folio_state(struct gmem_file *f, u64 offset)
{
	struct gmem_inode *inode = f->inode;
	pgoff_t index = offset >> PAGE_SHIFT;
	struct folio_state state = { 0 };
	struct folio *folio;

	if (offset >= inode->i_size)
		return state;
	state.is_private = gmem_index_is_private(inode, index);
	folio = __xa_load(&inode->mapping.i_pages, index);
	if (!folio)
		return state;
	state.present = true;
	state.uptodate = folio_test(folio, PG_uptodate);
	state.poisoned = folio_test(folio, PG_hwpoison);
	state.order = (u32)__builtin_ctz(folio_nr_pages(folio));
	state.refcount = (u32)load_acquire(folio->refcount);
	state.mapcount = folio_mapcount(folio);
	return state;
}
