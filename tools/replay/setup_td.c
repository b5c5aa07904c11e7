// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TD's initial state: built and finalized as "build" says, with the memory that "pending" and
 * "accepted" name.
 *
 * All of it is done by KVM's and the guest's own operations, outside of time: pages are mapped by
 * KVM_PRE_FAULT_MEMORY, and accepted by vCPU 0.
 *
 * Invariant: when the run begins, no vCPU is associated with a CPU.
 */
#include "model/seamcalls.h"
#include "tools/replay/internal.h"

static s64 make_accepted(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len)
{
	struct access_info info = {0};
	struct accept_info acc = {0};
	s64 ret = rp_make_mapped(me, vm, gpa, len);

	if (!ret)
		ret = guest_accept(me, gpa, len, 0, &info, &acc);
	if (!ret)
		rp_mark_accepted(vm, gpa, len);
	return ret;
}

/* Mainline keeps the attributes apart from the file; QEMU makes all of a TD's memory private. */
static bool set_attributes(struct replay *r, struct task *me, u32 i)
{
	const struct trace_vm *t = &r->trace->vms[i];
	s64 ret = 0;

	if (r->kernel != TRACE_KERNEL_MAINLINE)
		return true;
	for (u32 k = 0; k < t->n_slots; k++) {
		const struct trace_slot *s = &r->trace->slots[t->first_slot + k];

		if (r->trace->gmems[s->gmem].init == TRACE_PRIVATE)
			ret = vm_set_mem_attributes(me, r->vms[i].vm, s->gpa, s->len,
						    MEMORY_ATTRIBUTE_PRIVATE);
		if (rp_set_up_failed(r, s->loc, "making memory private", ret))
			return false;
	}
	return true;
}

bool rp_set_up_td(struct replay *r, struct task *me, struct task *vcpu0, u32 i)
{
	const struct trace_vm *t = &r->trace->vms[i];
	struct vm *vm = r->vms[i].vm;

	if (!set_attributes(r, me, i))
		return false;
	if (t->td.build == TRACE_BUILD_NONE)
		return true;
	if (rp_set_up_failed(r, t->loc, "building the TD", tdx_build_vm(me, vm)))
		return false;
	if (t->td.build == TRACE_BUILD_ALL) {
		if (rp_set_up_failed(r, t->loc, "finalizing the TD", tdx_finalize_vm(me, vm)) ||
		    !rp_each_range(r, vcpu0, i, &t->td.pending, "mapping memory", rp_make_mapped) ||
		    !rp_each_range(r, vcpu0, i, &t->td.accepted, "accepting memory", make_accepted))
			return false;
	}
	vm_td_settle(me, vm);
	return true;
}
