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
#include <inttypes.h>

#include "model/seamcalls.h"
#include "tools/replay/internal.h"

/* What is done to each piece of memory; 0 or an errno. */
typedef s64 (*piece_fn)(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len);

static s64 make_pending(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len)
{
	u64 done;

	return vcpu_pre_fault_memory(me, vm_vcpu(vm->vm, 0), gpa, len, &done);
}

static s64 make_accepted(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len)
{
	struct access_info info = {0};
	struct accept_info acc = {0};
	s64 ret = make_pending(me, vm, gpa, len);

	if (!ret)
		ret = guest_accept(me, gpa, len, 0, &info, &acc);
	if (!ret)
		rp_mark_accepted(vm, gpa, len);
	return ret;
}

/* The part of the range that is in the slot, if that begins private; *@bytes: how much it is. */
static s64 do_in_slot(struct replay *r, struct task *me, const struct trace_slot *s,
		      const struct trace_range *range, piece_fn fn, u64 *bytes)
{
	gpa_t from = max(range->from, s->gpa), end = min(range->end, s->gpa + s->len);

	if (from >= end || r->trace->gmems[s->gmem].init != TRACE_PRIVATE)
		return 0;
	*bytes += end - from;
	return fn(me, &r->vms[s->vm], from, end - from);
}

static bool do_range(struct replay *r, struct task *me, const struct trace_vm *vm,
		     const struct trace_range *range, const char *what, piece_fn fn)
{
	u64 bytes = 0;
	s64 ret;

	for (u32 n = 0; n < vm->n_slots; n++) {
		ret = do_in_slot(r, me, &r->trace->slots[vm->first_slot + n], range, fn, &bytes);
		if (rp_set_up_failed(r, vm->td_loc, what, ret))
			return false;
	}
	if (range->end == UINT64_MAX || bytes == range->end - range->from)
		return true;
	rp_error(r, vm->td_loc.line, vm->td_loc.col,
		 "%s: not all of 0x%" PRIx64 "..0x%" PRIx64 " is private memory", what,
		 range->from, range->end);
	return false;
}

static bool do_ranges(struct replay *r, struct task *me, u32 i, const struct trace_ranges *ranges,
		      const char *what, piece_fn fn)
{
	for (u32 k = 0; k < ranges->n; k++) {
		if (!do_range(r, me, &r->trace->vms[i], &r->trace->ranges[ranges->first + k], what,
			      fn))
			return false;
	}
	return true;
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
		    !do_ranges(r, vcpu0, i, &t->td.pending, "mapping memory", make_pending) ||
		    !do_ranges(r, vcpu0, i, &t->td.accepted, "accepting memory", make_accepted))
			return false;
	}
	vm_td_settle(me, vm);
	return true;
}
