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

/* The scan goes by frames: the file is not in use while it does. */
static s64 compact(struct rp_call *c, struct rp_object *o, u64 addr, u64 len)
{
	u64 max_pages = min(len, o->len) >> PAGE_SHIFT, nr;
	u64 bytes = (max_pages + 1) * sizeof(pfn_t);
	pfn_t *pfns = sim_alloc(c->me->sim, bytes);
	s64 ret;

	nr = gmem_frames(o->file, addr, max_pages << PAGE_SHIFT, pfns);
	rp_object_put(c, o);
	ret = compact_frames(c->me, pfns, nr);
	rp_field(c, TRACE_FIELD_DONE, (u64)ret);
	sim_free(c->me->sim, pfns, bytes);
	return ret;
}

s64 rp_do_migrate(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE);
	struct rp_object *o = rp_file_get(c);
	s64 ret;

	if (!o)
		return -EBADF;
	if (rp_has(c, TRACE_ARG_COMPACT))
		return compact(c, o, addr, len);
	ret = migrate_range(c->me, o->file, addr, len);
	rp_object_put(c, o);
	return ret;
}

s64 rp_do_collapse(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	s64 ret;

	if (!o)
		return -EBADF;
	ret = collapse_range(c->me, o->file, rp_arg(c, TRACE_ARG_ADDR, 0),
			     rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE));
	rp_object_put(c, o);
	return ret;
}

s64 rp_do_memory_failure(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	s64 ret;

	if (!o)
		return -EBADF;
	if (c->a->trace->kind == TRACE_ACTOR_KERNEL)
		ret = memory_failure_at(c->me, o->file, rp_arg(c, TRACE_ARG_ADDR, 0));
	else
		ret = memory_failure_consumed(c->me, o->file, rp_arg(c, TRACE_ARG_ADDR, 0));
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
