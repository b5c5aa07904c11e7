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

/* "write" and "exec" include "read", as anything else would be odd. */
static u32 prot_of(const struct rp_call *c)
{
	static const u32 prots[TRACE_PROT_NR] = {
		[TRACE_PROT_NONE] = PROT_NONE,
		[TRACE_PROT_READ] = PROT_READ,
		[TRACE_PROT_WRITE] = PROT_READ | PROT_WRITE,
		[TRACE_PROT_EXEC] = PROT_READ | PROT_EXEC,
	};

	return prots[rp_arg(c, TRACE_ARG_PROT, TRACE_PROT_WRITE)];
}

static u32 map_flags(const struct rp_call *c)
{
	u32 flags = rp_has(c, TRACE_ARG_COW)	  ? MAP_PRIVATE :
		    rp_has(c, TRACE_ARG_VALIDATE) ? MAP_SHARED_VALIDATE :
						    MAP_SHARED;

	if (rp_has(c, TRACE_ARG_POPULATE))
		flags |= MAP_POPULATE;
	if (rp_has(c, TRACE_ARG_LOCKED))
		flags |= MAP_LOCKED;
	if (rp_has(c, TRACE_ARG_HUGETLB))
		flags |= MAP_HUGETLB;
	return flags;
}

s64 rp_do_mmap(struct rp_call *c)
{
	struct replay *r = c->a->r;
	bool anon = rp_has(c, TRACE_ARG_ANON);
	struct rp_object *f = anon ? NULL : rp_file_get(c), *o;
	s64 ret;

	if (!f && !anon)
		return -EBADF;
	o = rp_object_new(r, RP_MAPPING, rp_name(c, TRACE_ARG_AS));
	o->gmem = f ? f->gmem : TRACE_NONE;
	o->actor = c->a->id;
	o->process = c->a->process;
	o->offset = rp_arg(c, TRACE_ARG_ADDR, 0);
	o->len = rp_arg(c, TRACE_ARG_LEN, 0);
	ret = sys_mmap_flags(c->me, f ? f->file : NULL, o->offset, o->len, prot_of(c),
			     map_flags(c), &o->hva);
	if (f)
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
	u8 byte = (u8)rp_arg(c, TRACE_ARG_VALUE, DEFAULT_BYTE);
	s64 ret;

	if (rp_has(c, TRACE_ARG_VIA))
		ret = kernel_access(c->me, hva_of(o, addr), len, write,
				    (enum access_via)rp_arg(c, TRACE_ARG_VIA, 0), byte,
				    &c->res->info);
	else
		ret = host_access(c->me, hva_of(o, addr), len, write, byte, &c->res->info);
	mapping_put(c, o);
	c->res->is_read = !write;
	rp_field(c, TRACE_FIELD_DONE, c->res->info.pages_done);
	return ret;
}

static s64 take_pins(struct rp_call *c, u8 how)
{
	struct replay *r = c->a->r;
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE);
	struct rp_object *m = rp_mapping_get(c, addr, len);
	struct rp_object *o = rp_object_new(r, RP_PIN, rp_name(c, TRACE_ARG_AS));
	hva_t hva = hva_of(m, addr);
	s64 ret;

	if (how == RP_PIN_IOMMU)
		ret = iommu_map(c->me, hva, len, &o->pin);
	else if (how == RP_PIN_PIPE)
		ret = splice_user_pages(c->me, hva, len, &o->pin);
	else
		ret = pin_user_pages(c->me, hva, len, rp_has(c, TRACE_ARG_LONGTERM), false,
				     &o->pin);
	o->gmem = m ? m->gmem : TRACE_NONE;
	mapping_put(c, m);
	if (ret < 0)
		return ret;
	o->how = how;
	o->actor = c->a->id;
	o->process = c->a->process;
	o->offset = addr;
	o->len = (u64)ret * PAGE_SIZE;
	rp_field(c, TRACE_FIELD_DONE, (u64)ret);
	rp_object_publish(c->me, r, o);
	return ret;
}

s64 rp_do_pin(struct rp_call *c)
{
	return take_pins(c, rp_has(c, TRACE_ARG_VIA) ? RP_PIN_PIPE : RP_PIN_GUP);
}

s64 rp_do_iommu_map(struct rp_call *c)
{
	return take_pins(c, RP_PIN_IOMMU);
}

/* Of a pipe: by reading it, so that the answer is what it held. */
s64 rp_do_unpin(struct rp_call *c)
{
	struct rp_object *o = rp_object_get(c, RP_PIN, rp_name(c, TRACE_ARG_NAME), TRACE_NONE);

	if (!o)
		return -EINVAL;
	if (o->how == RP_PIN_PIPE && o->pin) {
		c->res->is_read = true;
		c->res->info.first_byte = pin_first_byte(o->pin);
	}
	return rp_object_close(c, o);
}

/* What the trace's advice is to the kernel; hwpoison is a call of its own here. */
static const int advice_of[TRACE_ADVICE_NR] = {
	[TRACE_DONTNEED] = MADV_DONTNEED,
	[TRACE_POPULATE_READ] = MADV_POPULATE_READ,
	[TRACE_POPULATE_WRITE] = MADV_POPULATE_WRITE,
	[TRACE_REMOVE] = MADV_REMOVE,
	[TRACE_FREE] = MADV_FREE,
	[TRACE_COLD] = MADV_COLD,
	[TRACE_PAGEOUT] = MADV_PAGEOUT,
	[TRACE_HUGEPAGE] = MADV_HUGEPAGE,
	[TRACE_MADV_COLLAPSE] = MADV_COLLAPSE,
	[TRACE_DONTFORK] = MADV_DONTFORK,
};

s64 rp_do_advise(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	u64 advice = rp_arg(c, TRACE_ARG_ADVICE, TRACE_DONTNEED);
	struct rp_object *o = rp_mapping_get(c, addr, len);
	s64 ret;

	if (advice == TRACE_HWPOISON)
		ret = sys_madvise_hwpoison(c->me, hva_of(o, addr), len);
	else
		ret = sys_madvise(c->me, hva_of(o, addr), len, advice_of[advice]);
	mapping_put(c, o);
	return ret;
}

s64 rp_do_protect(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	struct rp_object *o = rp_mapping_get(c, addr, len);
	s64 ret = sys_mprotect(c->me, hva_of(o, addr), len, prot_of(c));

	mapping_put(c, o);
	return ret;
}

s64 rp_do_mlock(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	struct rp_object *o = rp_mapping_get(c, addr, len);
	s64 ret = sys_mlock(c->me, hva_of(o, addr), len);

	mapping_put(c, o);
	return ret;
}

s64 rp_do_munlock(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	struct rp_object *o = rp_mapping_get(c, addr, len);
	s64 ret = sys_munlock(c->me, hva_of(o, addr), len);

	mapping_put(c, o);
	return ret;
}
