// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/file_ops.c - a guest_memfd as a file: descriptors, fstat, and what it cannot do.
 *
 * A guest_memfd has no methods for reading, writing, seeking or syncing, its inode refuses any
 * change of size, mode, owner and time, and it has no seals: the answers follow from what is
 * missing, at the place where the VFS looks for it.
 *
 * Upstream: virt/kvm/guest_memfd.c, fs/read_write.c, fs/open.c, fs/splice.c, mm/memfd.c
 * Fidelity: faithful in the answers; the locks of calls that only fail are left out
 */
#include "model/gmem/inode.h"

#include "model/check.h"
#include "model/counters.h"

const char *const gmem_io_names[NR_GMEM_IO] = {
	[GMEM_IO_READ] = "read",
	[GMEM_IO_WRITE] = "write",
	[GMEM_IO_PREAD] = "pread",
	[GMEM_IO_PWRITE] = "pwrite",
	[GMEM_IO_LSEEK] = "lseek",
	[GMEM_IO_FTRUNCATE] = "ftruncate",
	[GMEM_IO_CHMOD] = "chmod",
	[GMEM_IO_CHOWN] = "chown",
	[GMEM_IO_UTIMENS] = "utimens",
	[GMEM_IO_FSYNC] = "fsync",
	[GMEM_IO_SEALS] = "seals",
	[GMEM_IO_SPLICE] = "splice",
	[GMEM_IO_SENDFILE] = "sendfile",
	[GMEM_IO_COPY_FILE_RANGE] = "copy_file_range",
	[GMEM_IO_REOPEN] = "reopen",
	[GMEM_IO_FADVISE] = "fadvise",
};

static const s64 gmem_io_answers[NR_GMEM_IO] = {
	/* no read_iter, no write_iter: FMODE_CAN_READ and FMODE_CAN_WRITE are not set */
	[GMEM_IO_READ] = -EINVAL,
	[GMEM_IO_WRITE] = -EINVAL,
	/* no llseek: neither FMODE_LSEEK nor FMODE_PREAD and FMODE_PWRITE */
	[GMEM_IO_PREAD] = -ESPIPE,
	[GMEM_IO_PWRITE] = -ESPIPE,
	[GMEM_IO_LSEEK] = -ESPIPE,
	/* kvm_gmem_setattr() refuses whatever it is asked for */
	[GMEM_IO_FTRUNCATE] = -EINVAL,
	[GMEM_IO_CHMOD] = -EINVAL,
	[GMEM_IO_CHOWN] = -EINVAL,
	[GMEM_IO_UTIMENS] = -EINVAL,
	/* no fsync; neither shmem nor hugetlbfs, so no seals */
	[GMEM_IO_FSYNC] = -EINVAL,
	[GMEM_IO_SEALS] = -EINVAL,
	/* no splice_read; another file system than any target */
	[GMEM_IO_SPLICE] = -EINVAL,
	[GMEM_IO_SENDFILE] = -EINVAL,
	[GMEM_IO_COPY_FILE_RANGE] = -EXDEV,
	/* /proc/self/fd/N: inode->i_fop is no_open_fops */
	[GMEM_IO_REOPEN] = -ENXIO,
	/* nothing to write back: the advice is heard and ignored */
	[GMEM_IO_FADVISE] = 0,
};

s64 gmem_io(struct task *me, struct gmem_file *f, enum gmem_io call)
{
	SIM_FRAME(me);
	SIM_ASSERT(call < NR_GMEM_IO);
	sim_life_check(me, &f->inode->life, "gmem inode");
	cost(me, COST_syscall);
	return check_result(me, OP_IO, gmem_io_answers[call]);
}

void gmem_file_get(struct task *me, struct gmem_file *f)
{
	get_file(me, &f->file);
}

s64 gmem_dup(struct task *me, struct gmem_file *f)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	gmem_file_get(me, f);
	return 0;
}

/*
 * Upstream: fs/stat.c:generic_fillattr
 * Fidelity: faithful: a guest_memfd never accounts blocks; a block is a page of the backing
 */
s64 gmem_stat(struct task *me, struct gmem_file *f, struct gmem_stat *st)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	*st = (struct gmem_stat){
		.size = f->inode->i_size,
		.blksize = PAGE_SIZE << f->inode->page_order,
		.blocks = 0,
	};
	return check_result(me, OP_STAT, 0);
}

u64 counter_gmem_flags(struct task *me, struct vm *vm)
{
	return gmem_supported_flags(vm);
}
