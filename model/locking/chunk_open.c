// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/chunk_open.c - locking = chunk-open:SIZE: as chunk, but a conversion is one
 * invalidation, open from before its first piece until after its last.
 *
 * With chunk each piece's end() moves the VM's sequence, and a fault that has waited for a piece is
 * overtaken by that piece: its snapshot is older than its wait.  Here the sequence moves once for
 * all pieces.  Faults of the range wait for the end; others wait for a piece, and go on.
 *
 * Invariants:
 *  - begin and end have to find the same bindings, though the file's lock is given up in between:
 *    a conversion holds inode->bindings_sem shared for all of its length, and who changes
 *    bindings, or anything of the file as a whole, exclusively (K3);
 *  - bindings_sem comes before the file's lock; faults do not take it;
 *  - a piece zaps, and stores its attribute, in one hold; only begin and end are outside (K1, K5).
 *
 * Holes and allocations are as with chunk.  Two conversions may be open at once: the VM's one range
 * then closes what lies between them, too.
 *
 * Upstream: none
 * Fidelity: simplified: a design under review
 */
#include "model/gmem/inode.h"
#include "model/locking/locking.h"

static struct rw_semaphore *bindings_sem(const struct gmem_inode *inode)
{
	return inode->locking_data;
}

static int chunk_open_init(struct task *me, struct gmem_inode *inode)
{
	inode->locking_data = sim_zalloc(me->sim, sizeof(struct rw_semaphore));
	init_rwsem(me->sim, bindings_sem(inode), "gmem_inode->bindings_sem", 0);
	return 0;
}

static void chunk_open_begin(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	if (!bug(me, BUG_CHUNK_OPEN_BINDINGS))
		down_read(me, bindings_sem(inode));
	gmem_open_invalidation(me, inode, start, end);
}

static void chunk_open_end(struct task *me, struct gmem_inode *inode, pgoff_t start, pgoff_t end)
{
	gmem_invalidate_end(me, inode, start, end);
	if (!bug(me, BUG_CHUNK_OPEN_BINDINGS))
		up_read(me, bindings_sem(inode));
}

static void chunk_open_lock_file(struct task *me, struct gmem_hold *h)
{
	down_write(me, bindings_sem(h->inode));
	file_lock_file(me, h);
}

static void chunk_open_unlock_file(struct task *me, struct gmem_hold *h)
{
	file_unlock(me, h);
	up_write(me, bindings_sem(h->inode));
}

static const char *chunk_open_refuse(enum kernel_design kernel, u64 argument)
{
	if (kernel == KERNEL_MAINLINE)
		return "files of that kernel are not converted; use chunk";
	if (kernel == KERNEL_HUGETLB_WIP)
		return "that tree splits and stores after the end of each invalidation; use "
		       "hugetlb-plan";
	return NULL;
}

const struct gmem_locking_ops gmem_locking_chunk_open = {
	.name = "chunk-open",
	.argument = "SIZE",
	.help = "chunk-open:SIZE: as chunk, one invalidation around all pieces",
	.lock_class = "mapping.invalidate_lock",
	.refuse = chunk_open_refuse,
	.init = chunk_open_init,
	.lock = file_lock,
	.unlock = file_unlock,
	.lock_file = chunk_open_lock_file,
	.unlock_file = chunk_open_unlock_file,
	.lock_shared = file_lock_shared,
	.unlock_shared = file_unlock_shared,
	.fault_begin = file_lock_shared,
	.fault_retry = file_fault_retry,
	.fault_end = file_unlock_shared,
	.cut = chunk_cut,
	.open = chunk_open_begin,
	.close = chunk_open_end,
};
