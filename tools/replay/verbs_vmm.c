// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's and the host kernel's verbs.  Addresses are offsets in a file unless called gpa.
 *
 * What the model's functions leave to the system call's outside is here: looking a file descriptor
 * up, keeping it while it is used, the slot numbers of a VM.
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

#define DEFAULT_BYTE	1
#define DEFAULT_HOLD_NS (1 * NSEC_PER_US)

u32 rp_gmem_of(const struct rp_call *c)
{
	if (rp_has(c, TRACE_ARG_GMEM))
		return rp_name(c, TRACE_ARG_GMEM);
	return c->a->vm && c->a->vm->trace->n_gmems ? c->a->vm->trace->first_gmem : TRACE_NONE;
}

static struct rp_object *file_get(struct rp_call *c)
{
	return rp_object_get(c, RP_FILE, TRACE_NONE, rp_gmem_of(c));
}

/* The VM of a file, or the task's own. */
static struct rp_vm *vm_of(const struct rp_call *c)
{
	struct replay *r = c->a->r;

	if (rp_has(c, TRACE_ARG_GMEM))
		return &r->vms[r->trace->gmems[rp_name(c, TRACE_ARG_GMEM)].vm];
	return c->a->vm;
}

static u64 attribute(const struct rp_call *c)
{
	return rp_arg(c, TRACE_ARG_ATTR, TRACE_SHARED) == TRACE_PRIVATE ? MEMORY_ATTRIBUTE_PRIVATE :
									  0;
}

/* ---- files ------------------------------------------------------------------------ */

static u64 create_flags(const struct rp_call *c)
{
	const struct trace_vm *vm = vm_of(c)->trace;
	u64 flags = 0;

	if (rp_arg(c, TRACE_ARG_MMAP, vm->mmap))
		flags |= GMEM_FLAG_MMAP;
	if (rp_arg(c, TRACE_ARG_INIT, vm->init) == TRACE_SHARED)
		flags |= GMEM_FLAG_INIT_SHARED;
	return rp_arg(c, TRACE_ARG_FLAGS, flags);
}

static s64 do_create(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_object *o = rp_object_new(r, RP_FILE, TRACE_NONE);
	u64 size = rp_arg(c, TRACE_ARG_SIZE, 0);
	s64 ret = gmem_create(c->me, vm_of(c)->vm, (s64)size, create_flags(c), &o->file);

	if (ret < 0)
		return ret;
	o->gmem = rp_gmem_of(c);
	o->actor = c->a->id;
	o->process = c->a->process;
	o->len = size;
	rp_object_publish(c->me, r, o);
	return ret;
}

static s64 do_close(struct rp_call *c)
{
	struct rp_object *o = file_get(c);

	return o ? rp_object_close(c, o) : -EBADF;
}

static s64 fallocate(struct rp_call *c, u32 mode)
{
	struct rp_object *o = file_get(c);
	u64 offset = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	s64 ret;

	if (!o)
		return -EBADF;
	ret = gmem_fallocate(c->me, o->file, mode, (s64)offset, (s64)len);
	rp_object_put(c, o);
	return ret;
}

static s64 do_allocate(struct rp_call *c)
{
	return fallocate(c, FALLOC_KEEP_SIZE);
}

static s64 do_punch(struct rp_call *c)
{
	return fallocate(c, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE);
}

static s64 do_convert(struct rp_call *c)
{
	struct rp_object *o = file_get(c);
	u64 offset = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	u64 error_offset = 0;
	s64 ret;

	if (!o)
		return -EBADF;
	/* the ioctl's flags word has no bit yet */
	ret = rp_arg(c, TRACE_ARG_FLAGS, 0) ?
		      -EINVAL :
		      gmem_set_attributes(c->me, o->file, offset, len, attribute(c), &error_offset);
	if (ret < 0)
		rp_field(c, TRACE_FIELD_ERROR_OFFSET, error_offset);
	rp_object_put(c, o);
	return ret;
}

/* ---- memslots ------------------------------------------------------------------------ */

static s64 install(struct rp_call *c, struct rp_vm *vm, struct rp_slot *s)
{
	struct rp_object *o = rp_object_get(c, RP_FILE, TRACE_NONE, s->gmem);
	s64 ret;

	if (!o)
		return -EBADF;
	ret = vm_set_memory_region(c->me, vm->vm, s->id, s->gpa, s->len, o->file, s->offset,
				   s->hva);
	rp_object_put(c, o);
	if (ret < 0)
		return ret;
	s->present = true;
	rp_slot_set(c->a->r, vm, s);
	return ret;
}

static s64 remove_slot(struct rp_call *c, struct rp_vm *vm, struct rp_slot *s)
{
	s64 ret = vm_set_memory_region(c->me, vm->vm, s->id, s->gpa, 0, NULL, 0, 0);

	if (ret < 0)
		return ret;
	s->present = false;
	rp_slot_set(c->a->r, vm, s);
	return ret;
}

static s64 do_bind(struct rp_call *c)
{
	struct rp_slot s = {
		.id = (u32)rp_arg(c, TRACE_ARG_SLOT, 0),
		.gmem = rp_gmem_of(c),
		.gpa = rp_arg(c, TRACE_ARG_GPA, 0),
		.len = rp_arg(c, TRACE_ARG_LEN, 0),
		.offset = rp_arg(c, TRACE_ARG_OFFSET, 0),
	};

	s.hva = rp_mapped_at(c->a->r, c->a->process, s.gmem, s.offset);
	return install(c, c->a->vm, &s);
}

static s64 do_unbind(struct rp_call *c)
{
	u32 id = (u32)rp_arg(c, TRACE_ARG_SLOT, 0);
	struct rp_slot s = {.id = id};

	rp_slot_get(c->a->r, c->a->vm, id, &s);
	return remove_slot(c, c->a->vm, &s);
}

static s64 do_memslot_delete(struct rp_call *c)
{
	u32 id = (u32)rp_arg(c, TRACE_ARG_SLOT, 0);
	struct rp_slot s = {.id = id};
	bool known = rp_slot_get(c->a->r, c->a->vm, id, &s);
	s64 ret = remove_slot(c, c->a->vm, &s);

	if (ret >= 0 && known && rp_has(c, TRACE_ARG_AGAIN))
		ret = install(c, c->a->vm, &s);
	return ret;
}

static s64 do_attributes(struct rp_call *c)
{
	if (rp_arg(c, TRACE_ARG_FLAGS, 0))
		return -EINVAL;
	return vm_set_mem_attributes(c->me, c->a->vm->vm, rp_arg(c, TRACE_ARG_ADDR, 0),
				     rp_arg(c, TRACE_ARG_LEN, 0), attribute(c));
}

static s64 do_prefault(struct rp_call *c)
{
	u64 index = rp_arg(c, TRACE_ARG_VCPU, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	u64 done = 0;
	s64 ret;

	if (index >= c->a->vm->trace->vcpus)
		return -EBADF;
	ret = vcpu_pre_fault_memory(c->me, vm_vcpu(c->a->vm->vm, (u32)index),
				    rp_arg(c, TRACE_ARG_ADDR, 0), len, &done);
	rp_field(c, TRACE_FIELD_DONE, done);
	rp_field(c, TRACE_FIELD_LEFT, len - min(done, len));
	return ret;
}

/* All slots away, then all files: what the exit of a VMM does to a VM. */
static s64 do_destroy(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_vm *vm = rp_has(c, TRACE_ARG_VM) ? &r->vms[rp_name(c, TRACE_ARG_VM)] : c->a->vm;
	struct rp_object *o;
	struct rp_slot s;

	for (u32 id = 0; id < TRACE_SLOTS_MAX; id++) {
		if (rp_slot_get(r, vm, id, &s) && s.present)
			remove_slot(c, vm, &s);
	}
	for (u32 gmem = 0; gmem < r->trace->n_gmems; gmem++) {
		if (r->trace->gmems[gmem].vm != (u32)(vm - r->vms))
			continue;
		while ((o = rp_object_get(c, RP_FILE, TRACE_NONE, gmem)))
			rp_object_close(c, o);
	}
	return 0;
}

/* ---- the process's memory ------------------------------------------------------------- */

static s64 do_mmap(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_object *f = file_get(c), *o;
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

static s64 do_munmap(struct rp_call *c)
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

static s64 do_access(struct rp_call *c)
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

static s64 do_pin(struct rp_call *c)
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

static s64 do_unpin(struct rp_call *c)
{
	struct rp_object *o = rp_object_get(c, RP_PIN, rp_name(c, TRACE_ARG_NAME), TRACE_NONE);

	return o ? rp_object_close(c, o) : -EINVAL;
}

/* build.c lets only these two kinds of advice through. */
static s64 do_advise(struct rp_call *c)
{
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	struct rp_object *o;
	s64 ret;

	if (rp_arg(c, TRACE_ARG_ADVICE, TRACE_DONTNEED) == TRACE_REMOVE)
		return fallocate(c, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE);
	o = rp_mapping_get(c, addr, len);
	ret = sys_madvise_dontneed(c->me, hva_of(o, addr), len);
	mapping_put(c, o);
	return ret;
}

/* ---- the host kernel -------------------------------------------------------------------- */

static s64 do_lru_drain(struct rp_call *c)
{
	return lru_add_drain_all(c->me);
}

static s64 do_speculative_ref(struct rp_call *c)
{
	struct rp_object *o = file_get(c);
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

/* Verbs that are not here are control, or build.c has refused the trace. */
const rp_verb_fn rp_verbs[TRACE_VERB_NR] = {
	[TRACE_OP_TOUCH] = rp_do_touch,
	[TRACE_OP_RUN] = rp_do_run,
	[TRACE_OP_SPIN] = rp_do_spin,
	[TRACE_OP_HALT] = rp_do_halt,
	[TRACE_OP_LOCK] = rp_lock_guest,
	[TRACE_OP_UNLOCK] = rp_unlock_guest,
	[TRACE_OP_CREATE] = do_create,
	[TRACE_OP_BIND] = do_bind,
	[TRACE_OP_UNBIND] = do_unbind,
	[TRACE_OP_CLOSE] = do_close,
	[TRACE_OP_MMAP] = do_mmap,
	[TRACE_OP_MUNMAP] = do_munmap,
	[TRACE_OP_ACCESS] = do_access,
	[TRACE_OP_CONVERT] = do_convert,
	[TRACE_OP_ATTRIBUTES] = do_attributes,
	[TRACE_OP_ALLOCATE] = do_allocate,
	[TRACE_OP_PUNCH] = do_punch,
	[TRACE_OP_PREFAULT] = do_prefault,
	[TRACE_OP_PIN] = do_pin,
	[TRACE_OP_UNPIN] = do_unpin,
	[TRACE_OP_MEMSLOT_DELETE] = do_memslot_delete,
	[TRACE_OP_DESTROY] = do_destroy,
	[TRACE_OP_LRU_DRAIN] = do_lru_drain,
	[TRACE_OP_SPECULATIVE_REF] = do_speculative_ref,
	[TRACE_OP_ADVISE] = do_advise,
};
