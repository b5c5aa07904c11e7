/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/check.h - does an operation's result look like the kernel's?
 *
 * machine_check_op() and machine_check_at_rest() are in model/machine.h.
 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "model/machine.h"

/* The operations of model/ops.h whose results are judged. */
enum model_op {
	OP_GMEM_CREATE,
	OP_GMEM_CLOSE,
	OP_FALLOCATE,
	OP_SET_ATTRIBUTES, /* of the file */
	OP_SET_VM_ATTRIBUTES,
	OP_SET_MEMORY_REGION,
	OP_PRE_FAULT,
	OP_TOUCH,
	OP_MMAP,
	OP_MUNMAP,
	OP_MADVISE,
	OP_HOST_ACCESS,
	OP_PIN,
	OP_UNPIN,
	OP_SPECULATIVE_REF,
	OP_POPULATE,
	OP_KERNEL_ACCESS,
	OP_IOMMU_MAP,
	OP_ACCESS_GUEST,
	OP_MIGRATE,
	OP_COMPACT,
	OP_COLLAPSE,
	OP_MEMORY_FAILURE,
	OP_MADVISE_HWPOISON,
	OP_MPROTECT,
	OP_MLOCK,
	OP_FORK,
	OP_STAT,
	OP_IO,
	OP_TD_INIT_VM,
	OP_TD_CREATE_VCPU,
	OP_TD_INIT_VCPU,
	OP_TD_FINALIZE,
	OP_TD_TERMINATE,
	NR_MODEL_OPS
};

/**
 * check_private_removed - a private leaf is gone, and with it what the guest had in its pages.
 *
 * Context: a VM with vm_set_private_zap().  The pages read as zero from now on, as the guest finds
 * when it has accepted them again.
 */
void check_private_removed(struct task *me, pfn_t pfn, u64 nr_pages);

/**
 * check_content_mark, check_content_kept - an operation that fails has not lost guest content.
 *
 * The mark is taken where the part begins that fails or succeeds as one; @what names it.
 */
u64 check_content_mark(const struct task *me);
void check_content_kept(struct task *me, u64 mark, s64 ret, const char *what);

/**
 * check_host_access - the host touches frame @pfn, through whatever mapping it has.
 *
 * What it reads of a TD is nonsense; what it writes is a machine check for who reads it next.
 * Context: a machine with a TDX module; host_touches() asks first.
 */
void check_host_access(struct task *me, pfn_t pfn, bool write);

static inline void host_touches(struct task *me, pfn_t pfn, bool write)
{
	if (unlikely(machine_of(me)->tdx))
		check_host_access(me, pfn, write);
}

/**
 * check_frames_freed - @nr frames go back to the allocator: none may be the TDX module's.
 *
 * Context: as above.
 */
void check_frames_freed(struct task *me, pfn_t pfn, u64 nr);

/**
 * model_op_allows - can the kernel answer @op with @ret?
 *
 * 0, a count where the call has one, an errno that the call can give, or an access_result.
 */
bool model_op_allows(enum model_op op, s64 ret);

/**
 * check_result - record an errno finding if the kernel could not have answered @ret.
 *
 * Context: the end of the operation.
 * Return: @ret.
 */
s64 check_result(struct task *me, enum model_op op, s64 ret);

#endif
