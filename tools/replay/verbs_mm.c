// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of a process's own memory.  Addresses are offsets in the file behind the mapping.
 *
 * Invariant: an address that no mapping has becomes one that no process has mapped, so that the
 * modelled kernel answers, not the replay.
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

#define DEFAULT_BYTE 1

s64 rp_do_mmap(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_object *f = rp_file_get(c), *o;
	s64 ret;

	if (!f)
		return -EBADF;
	o = rp_object_new(r, RP_MAPPING, rp_name(c, TRACE_ARG_AS));
	o->gmem = f->gmem;
	o->actor = c->a->id;
	o->process = c->a->process;
	o->offset = rp_arg(c, TRACE_ARG_ADDR, 0);
	o->len = rp_arg(c, TRACE_ARG_LEN, 0);
	ret = sys_mmap(c->me, f->file, o->offset, o->len, !rp_has(c, TRACE_ARG_COW), &o->hva);
	rp_object_put(c, f);
	if (ret >= 0)
		rp_object_publish(c->me, r, o);
	return ret;
}

s64 rp_do_munmap(struct rp_call *c)
{
	struct rp_object *o = rp_object_get(c, RP_MAPPING, rp_name(c, TRACE_ARG_MAP), TRACE_NONE);
	u64 offset, len;
	s64 ret;

	if (!o)
		return -EINVAL;
	offset = rp_arg(c, TRACE_ARG_OFFSET, 0);
	len = rp_arg(c, TRACE_ARG_LEN, o->len - min(offset, o->len));
	ret = sys_munmap(c->me, o->hva + offset, len);
	/* the name stays with a mapping that only lost a part */
	if (ret >= 0 && offset == 0 && len >= o->len)
		rp_object_close(c, o);
	else
		rp_object_put(c, o);
	return ret;
}

/* Where the mapping has @addr of the file; an address nobody maps if there is no mapping. */
static hva_t hva_of(const struct rp_object *o, u64 addr)
{
	return o ? o->hva + (addr - o->offset) : 0;
}

static void mapping_put(struct rp_call *c, struct rp_object *o)
{
	if (o)
		rp_object_put(c, o);
}

s64 rp_do_access(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE);
	bool write = rp_arg(c, TRACE_ARG_ACCESS, TRACE_READ) == TRACE_WRITE;
	struct rp_object *o = rp_mapping_get(c, addr, len);
	s64 ret = host_access(c->me, hva_of(o, addr), len, write,
			      (u8)rp_arg(c, TRACE_ARG_VALUE, DEFAULT_BYTE), &c->res->info);

	mapping_put(c, o);
	c->res->is_read = !write;
	rp_field(c, TRACE_FIELD_DONE, c->res->info.pages_done);
	return ret;
}

s64 rp_do_pin(struct rp_call *c)
{
	struct replay *r = c->a->r;
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE);
	struct rp_object *m = rp_mapping_get(c, addr, len);
	struct rp_object *o = rp_object_new(r, RP_PIN, rp_name(c, TRACE_ARG_AS));
	s64 ret = pin_user_pages(c->me, hva_of(m, addr), len, rp_has(c, TRACE_ARG_LONGTERM), false,
				 &o->pin);

	o->gmem = m ? m->gmem : TRACE_NONE;
	mapping_put(c, m);
	if (ret < 0)
		return ret;
	o->actor = c->a->id;
	o->process = c->a->process;
	o->offset = addr;
	o->len = (u64)ret * PAGE_SIZE;
	rp_field(c, TRACE_FIELD_DONE, (u64)ret);
	rp_object_publish(c->me, r, o);
	return ret;
}

s64 rp_do_unpin(struct rp_call *c)
{
	struct rp_object *o = rp_object_get(c, RP_PIN, rp_name(c, TRACE_ARG_NAME), TRACE_NONE);

	return o ? rp_object_close(c, o) : -EINVAL;
}

/* build.c lets only these two kinds of advice through. */
s64 rp_do_advise(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	u64 advice = rp_arg(c, TRACE_ARG_ADVICE, TRACE_DONTNEED);
	struct rp_object *o;
	s64 ret;

	if (advice == TRACE_REMOVE)
		return rp_fallocate(c, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE);
	o = rp_mapping_get(c, addr, len);
	if (advice == TRACE_HWPOISON)
		ret = sys_madvise_hwpoison(c->me, hva_of(o, addr), len);
	else
		ret = sys_madvise_dontneed(c->me, hva_of(o, addr), len);
	mapping_put(c, o);
	return ret;
}
