// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host kernel's own verbs: what drains, walks and migrates.  Addresses are offsets in a file.
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

#define DEFAULT_HOLD_NS (1 * NSEC_PER_US)

s64 rp_do_lru_drain(struct rp_call *c)
{
	return lru_add_drain_all(c->me);
}

s64 rp_do_speculative_ref(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE);
	u64 hold_ns = rp_arg(c, TRACE_ARG_HOLD, DEFAULT_HOLD_NS);
	s64 ret = 0;

	if (!o)
		return -EBADF;
	for (u64 at = addr; at - addr < len && ret >= 0; at += PAGE_SIZE)
		ret = speculative_ref(c->me, o->file, at, hold_ns);
	rp_object_put(c, o);
	return ret;
}

s64 rp_do_memory_failure(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	s64 ret;

	if (!o)
		return -EBADF;
	ret = memory_failure_at(c->me, o->file, rp_arg(c, TRACE_ARG_ADDR, 0));
	rp_object_put(c, o);
	return ret;
}

s64 rp_do_kvm_access(struct rp_call *c)
{
	bool write = rp_arg(c, TRACE_ARG_ACCESS, TRACE_READ) == TRACE_WRITE;
	u8 byte = (u8)rp_arg(c, TRACE_ARG_VALUE, 1);
	s64 ret = vm_access_guest(c->me, c->a->vm->vm, rp_arg(c, TRACE_ARG_ADDR, 0), write, &byte,
				  rp_arg(c, TRACE_ARG_HOLD, 0));

	c->res->is_read = !write;
	c->res->info.first_byte = byte;
	return ret;
}
