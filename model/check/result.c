// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/result.c - which answers the kernel can give to which call.
 *
 * Invariants: the sets are those of facts and sources (validation, what the call's callees
 * return); an errno that is not in a set cannot come out of that call.  Positive results are
 * counts, and only of calls that count.
 */
#include "model/check.h"

#include "model/ops.h"

struct op_answers {
	/* constant */
	const char *name;
	bool counts;
	s64 allowed[12]; /* besides 0 */
};

static const struct op_answers op_answers[NR_MODEL_OPS] = {
	[OP_GMEM_CREATE] = { "gmem_create", false,
			     { -EINVAL, -EMFILE, -ENFILE, -ENOMEM, -EBADF, -EIO } },
	[OP_GMEM_CLOSE] = { "gmem_close", false, { 0 } },
	[OP_FALLOCATE] = { "fallocate", false,
			   { -EINVAL, -EOPNOTSUPP, -EFBIG, -EINTR, -EAGAIN, -ENOMEM } },
	[OP_SET_ATTRIBUTES] = { "set_attributes", false,
				{ -EINVAL, -ENOTTY, -EFAULT, -EAGAIN, -ENOMEM } },
	[OP_SET_VM_ATTRIBUTES] = { "vm_set_mem_attributes", false,
				   { -EINVAL, -ENOTTY, -ENOMEM, -EBADF, -EIO } },
	[OP_SET_MEMORY_REGION] = { "set_memory_region", false,
				   { -EINVAL, -EEXIST, -ENOMEM, -EBADF, -EIO } },
	[OP_PRE_FAULT] = { "pre_fault_memory", false,
			   { -EINVAL, -EOPNOTSUPP, -ENOENT, -EINTR, -EAGAIN, -EFAULT, -EIO, -ENOMEM,
			     -EHWPOISON, -EBADF } },
	[OP_TOUCH] = { "KVM_RUN", false,
		       { -EINTR, -EFAULT, -EIO, -ENOMEM, -EHWPOISON, -EBADF,
			 ACCESS_EXIT_MEMORY_FAULT, ACCESS_EXIT_MMIO,
			 ACCESS_EXIT_INTERNAL_ERROR, ACCESS_EXIT_SYSTEM_EVENT, -EINVAL } },
	[OP_MMAP] = { "mmap", false,
		      { -ENODEV, -EINVAL, -ENOMEM, -EINTR, -EPERM, -EACCES, -EOVERFLOW } },
	[OP_MUNMAP] = { "munmap", false, { -EINVAL, -ENOMEM, -EINTR } },
	[OP_MADVISE] = { "madvise", false,
			 { -EINVAL, -ENOMEM, -EINTR, -EACCES, -EFAULT, -EHWPOISON } },
	[OP_HOST_ACCESS] = { "access", false, { -EINTR, -ENOMEM, ACCESS_SIGBUS, ACCESS_SIGSEGV } },
	[OP_PIN] = { "pin_user_pages", true,
		     { -EINVAL, -EFAULT, -EAGAIN, -EINTR, -ENOMEM, -EHWPOISON } },
	[OP_UNPIN] = { "unpin_user_pages", false, { 0 } },
	[OP_POPULATE] = { "populate", true,
			  { -EINVAL, -EFAULT, -EIO, -EINTR, -ENOMEM, -EHWPOISON, -EOPNOTSUPP,
			    -EBUSY, -EBADF } },
	[OP_TD_INIT_VM] = { "KVM_TDX_INIT_VM", false,
			    { -EINVAL, -EBUSY, -ENOSPC, -ENOMEM, -EIO, -EINTR, -EBADF, -ENOTTY } },
	[OP_TD_CREATE_VCPU] = { "KVM_CREATE_VCPU", false, { -EEXIST, -EIO, -EBADF, -ENOTTY } },
	[OP_TD_INIT_VCPU] = { "KVM_TDX_INIT_VCPU", false,
			      { -EINVAL, -ENOMEM, -EIO, -EINTR, -EBADF, -ENOTTY } },
	[OP_TD_FINALIZE] = { "KVM_TDX_FINALIZE_VM", false,
			     { -EINVAL, -EBUSY, -EIO, -EINTR, -EBADF, -ENOTTY } },
	[OP_TD_TERMINATE] = { "KVM_TDX_TERMINATE_VM", false, { -EBUSY, -EIO, -EBADF, -ENOTTY } },
	[OP_KERNEL_ACCESS] = { "kernel access", false, { -EFAULT, -EIO, -EINTR, -ENOMEM } },
	[OP_IOMMU_MAP] = { "iommu_map", true,
			   { -EINVAL, -EFAULT, -EAGAIN, -EINTR, -ENOMEM, -EHWPOISON } },
	[OP_MIGRATE] = { "migrate", false, { -ENOENT, -EBUSY, -ENOMEM, -EAGAIN, -EOPNOTSUPP } },
	[OP_COMPACT] = { "compact", true, { 0 } },
	[OP_COLLAPSE] = { "collapse", false, { -EINVAL, -EAGAIN, -ENOMEM } },
	[OP_MEMORY_FAILURE] = { "memory_failure", false, { -ENXIO, -EBUSY, -EHWPOISON } },
	[OP_MADVISE_HWPOISON] = { "madvise", false,
				  { -EINVAL, -EFAULT, -EBUSY, -EHWPOISON, -ENOMEM, -EINTR } },
	[OP_MPROTECT] = { "mprotect", false, { -EINVAL, -ENOMEM, -EINTR, -EACCES } },
	[OP_MLOCK] = { "mlock", false, { -EINVAL, -ENOMEM, -EINTR, -EAGAIN, -EHWPOISON } },
	[OP_FORK] = { "fork", false, { -ENOMEM, -EINTR } },
	[OP_STAT] = { "fstat", false, { 0 } },
	[OP_IO] = { "io", false, { -EINVAL, -ESPIPE, -EXDEV, -ENXIO } },
	[OP_ACCESS_GUEST] = { "kvm_access", false, { -EFAULT, -EINTR, -ENOMEM, -EBADF } },
	[OP_SPECULATIVE_REF] = { "speculative_ref", false, { -EINVAL, -ENOENT } },
};

bool model_op_allows(enum model_op op, s64 ret)
{
	const struct op_answers *a = &op_answers[op];
	u32 i;

	if (ret == 0)
		return true;
	if (ret > 0)
		return a->counts;
	for (i = 0; i < ARRAY_SIZE(a->allowed) && a->allowed[i]; i++) {
		if (a->allowed[i] == ret)
			return true;
	}
	return false;
}

s64 check_result(struct task *me, enum model_op op, s64 ret)
{
	if (!model_op_allows(op, ret))
		sim_finding(me->sim, me, "errno", "%s returned %lld", op_answers[op].name,
			    (long long)ret);
	return ret;
}
