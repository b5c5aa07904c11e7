// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a guest has when the run begins: what "mapped", and of TDs "pending" and "accepted"
 * name.  Pages are mapped by KVM_PRE_FAULT_MEMORY, outside of time.
 *
 * A guest of many GiB whose vCPUs touch all of it first takes longer to warm up than to convert.
 *
 * Invariant: all of a range that has an end is in slots, or the trace is refused.
 */
#include <inttypes.h>

#include "tools/replay/internal.h"

s64 rp_make_mapped(struct task *me, struct rp_vm *vm, gpa_t gpa, u64 len)
{
	u64 done;

	return vcpu_pre_fault_memory(me, vm_vcpu(vm->vm, 0), gpa, len, &done);
}

/* Shared memory of a TD is not the range's. */
static bool slot_counts(const struct replay *r, const struct trace_slot *s)
{
	return r->trace->vms[s->vm].type != TRACE_VM_TDX ||
	       r->trace->gmems[s->gmem].init == TRACE_PRIVATE;
}

/* The part of the range that is in the slot; *@bytes: how much it is. */
static s64 do_in_slot(struct replay *r, struct task *me, const struct trace_slot *s,
		      const struct trace_range *range, rp_piece_fn fn, u64 *bytes)
{
	gpa_t from = max(range->from, s->gpa), end = min(range->end, s->gpa + s->len);

	if (from >= end || !slot_counts(r, s))
		return 0;
	*bytes += end - from;
	return fn(me, &r->vms[s->vm], from, end - from);
}

static bool do_range(struct replay *r, struct task *me, const struct trace_vm *vm,
		     const struct trace_range *range, const char *what, rp_piece_fn fn)
{
	struct trace_loc loc = vm->type == TRACE_VM_TDX ? vm->td_loc : vm->loc;
	u64 bytes = 0;
	s64 ret;

	for (u32 n = 0; n < vm->n_slots; n++) {
		ret = do_in_slot(r, me, &r->trace->slots[vm->first_slot + n], range, fn, &bytes);
		if (rp_set_up_failed(r, loc, what, ret))
			return false;
	}
	if (range->end == UINT64_MAX || bytes == range->end - range->from)
		return true;
	rp_error(r, loc.line, loc.col, "%s: not all of 0x%" PRIx64 "..0x%" PRIx64 " is %smemory",
		 what, range->from, range->end, vm->type == TRACE_VM_TDX ? "private " : "");
	return false;
}

bool rp_each_range(struct replay *r, struct task *me, u32 i, const struct trace_ranges *ranges,
		   const char *what, rp_piece_fn fn)
{
	for (u32 k = 0; k < ranges->n; k++) {
		if (!do_range(r, me, &r->trace->vms[i], &r->trace->ranges[ranges->first + k], what,
			      fn))
			return false;
	}
	return true;
}
