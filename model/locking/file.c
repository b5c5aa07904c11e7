// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/file.c - locking = file: one invalidate lock for the whole file, as in the kernel.
 *
 * Invariants: K1 to K4 of locking.h hold trivially; a change holds the lock over all of its range.
 *
 * Upstream: include/linux/fs.h:filemap_invalidate_lock, mm/filemap.c
 * Fidelity: faithful
 */
#include "model/locking/locking.h"

int file_lock(struct task *me, struct gmem_hold *h, enum park_how how)
{
	struct address_space *mapping = &h->inode->mapping;

	if (unlikely(how != PARK_SLEEP))
		return down_write_killable(me, &mapping->invalidate_lock);
	filemap_invalidate_lock(me, mapping);
	return 0;
}

void file_unlock(struct task *me, struct gmem_hold *h)
{
	filemap_invalidate_unlock(me, &h->inode->mapping);
}

void file_lock_file(struct task *me, struct gmem_hold *h)
{
	filemap_invalidate_lock(me, &h->inode->mapping);
}

int file_lock_shared(struct task *me, struct gmem_hold *h, enum park_how how)
{
	struct address_space *mapping = &h->inode->mapping;

	if (unlikely(how == PARK_KILLABLE))
		return down_read_killable(me, &mapping->invalidate_lock);
	if (unlikely(how == PARK_INTR))
		return down_read_interruptible(me, &mapping->invalidate_lock);
	filemap_invalidate_lock_shared(me, mapping);
	return 0;
}

void file_unlock_shared(struct task *me, struct gmem_hold *h)
{
	filemap_invalidate_unlock_shared(me, &h->inode->mapping);
}

/* Who holds the lock is overtaken by nobody. */
bool file_fault_retry(struct task *me, struct gmem_hold *h)
{
	return false;
}

const struct gmem_locking_ops gmem_locking_file = {
	.name = "file",
	.help = "one invalidate lock for the file, as in the kernel",
	.lock_class = "mapping.invalidate_lock",
	.lock = file_lock,
	.unlock = file_unlock,
	.lock_file = file_lock_file,
	.unlock_file = file_unlock,
	.lock_shared = file_lock_shared,
	.unlock_shared = file_unlock_shared,
	.fault_begin = file_lock_shared,
	.fault_retry = file_fault_retry,
	.fault_end = file_unlock_shared,
};
