// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's verbs on files and memslots.  Addresses are offsets in a file unless called gpa.
 *
 * What the model's functions leave to the system call's outside is here: looking a file descriptor
 * up, keeping it while it is used, the slot numbers of a VM.
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

u32 rp_gmem_of(const struct rp_call *c)
{
	if (rp_has(c, TRACE_ARG_GMEM))
		return rp_name(c, TRACE_ARG_GMEM);
	return c->a->vm && c->a->vm->trace->n_gmems ? c->a->vm->trace->first_gmem : TRACE_NONE;
}

struct rp_object *rp_file_get(struct rp_call *c)
{
	return rp_object_get(c, RP_FILE, TRACE_NONE, rp_gmem_of(c));
}

/* The VM of a file, or the task's own. */
struct rp_vm *rp_vm_of(const struct rp_call *c)
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

s64 rp_fallocate(struct rp_call *c, u32 mode)
{
	struct rp_object *o = rp_file_get(c);
	u64 offset = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	s64 ret;

	if (!o)
		return -EBADF;
	ret = gmem_fallocate(c->me, o->file, mode, (s64)offset, (s64)len);
	rp_object_put(c, o);
	return ret;
}

s64 rp_do_allocate(struct rp_call *c)
{
	return rp_fallocate(c, (u32)rp_arg(c, TRACE_ARG_MODE, FALLOC_KEEP_SIZE));
}

s64 rp_do_punch(struct rp_call *c)
{
	return rp_fallocate(c, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE);
}

/* "value" is what the caller's error_offset held before, so that one can see it untouched. */
s64 rp_do_convert(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	struct memory_attributes2 arg = {
		.offset = rp_arg(c, TRACE_ARG_ADDR, 0),
		.size = rp_arg(c, TRACE_ARG_LEN, 0),
		.attributes = rp_arg(c, TRACE_ARG_ATTRS, attribute(c)),
		.flags = rp_arg(c, TRACE_ARG_FLAGS, 0),
		.reserved = rp_arg(c, TRACE_ARG_RESERVED, 0),
		.error_offset = rp_arg(c, TRACE_ARG_VALUE, 0),
	};
	s64 ret;

	if (!o)
		return -EBADF;
	ret = gmem_set_memory_attributes2(c->me, o->file,
					  rp_has(c, TRACE_ARG_BAD_POINTER) ? NULL : &arg);
	if (ret < 0 || rp_has(c, TRACE_ARG_VALUE))
		rp_field(c, TRACE_FIELD_ERROR_OFFSET, arg.error_offset);
	rp_object_put(c, o);
	return ret;
}

/* ---- memslots ------------------------------------------------------------------------ */

/* A slot of no file has a mapping alone. */
static s64 install(struct rp_call *c, struct rp_vm *vm, struct rp_slot *s)
{
	struct rp_object *o = NULL;
	s64 ret;

	if (s->gmem != TRACE_NONE) {
		o = rp_object_get(c, RP_FILE, TRACE_NONE, s->gmem);
		if (!o)
			return -EBADF;
	}
	ret = vm_set_memory_region_flags(c->me, vm->vm, s->id, s->gpa, s->len, o ? o->file : NULL,
					 s->offset, s->hva, s->flags);
	if (o)
		rp_object_put(c, o);
	if (ret < 0)
		return ret;
	s->present = true;
	rp_slot_set(c->a->r, vm, s);
	return ret;
}

/* The call that has no room for a file: what it is given as one is a flag too many. */
static s64 install_v1(struct rp_call *c, struct rp_vm *vm, struct rp_slot *s)
{
	u32 flags = s->flags | (s->gmem != TRACE_NONE ? 4 : 0);
	s64 ret = vm_set_memory_region_v1(c->me, vm->vm, s->id, s->gpa, s->len, s->hva, flags);

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

/* Where the shared side of the slot is: in the mapping named, or in one of the file. */
static hva_t shared_side(struct rp_call *c, const struct rp_slot *s)
{
	struct rp_object *o;
	hva_t hva;

	if (!rp_has(c, TRACE_ARG_MAP))
		return rp_mapped_at(c->a->r, c->a->process, s->gmem, s->offset);
	o = rp_object_get(c, RP_MAPPING, rp_name(c, TRACE_ARG_MAP), TRACE_NONE);
	if (!o)
		return 0;
	hva = o->hva;
	if (s->gmem == TRACE_NONE || o->gmem == TRACE_NONE)
		hva += s->offset - o->offset;
	rp_object_put(c, o);
	return hva;
}

s64 rp_do_bind(struct rp_call *c)
{
	u64 fd = rp_arg(c, TRACE_ARG_FD, TRACE_FD_GMEM);
	struct rp_slot s = {
		.id = (u32)rp_arg(c, TRACE_ARG_SLOT, 0),
		.gmem = fd == TRACE_FD_NONE ? TRACE_NONE : rp_gmem_of(c),
		.gpa = rp_arg(c, TRACE_ARG_GPA, 0),
		.len = rp_arg(c, TRACE_ARG_LEN, 0),
		.offset = rp_arg(c, TRACE_ARG_OFFSET, 0),
		.flags = (u32)rp_arg(c, TRACE_ARG_FLAGS, 0),
	};

	/* kvm_gmem_bind() knows its own files by their operations */
	if (fd == TRACE_FD_CLOSED)
		return -EBADF;
	if (fd != TRACE_FD_GMEM && fd != TRACE_FD_NONE)
		return -EINVAL;
	s.hva = shared_side(c, &s);
	if (rp_has(c, TRACE_ARG_V1))
		return install_v1(c, c->a->vm, &s);
	return install(c, c->a->vm, &s);
}

s64 rp_do_unbind(struct rp_call *c)
{
	u32 id = (u32)rp_arg(c, TRACE_ARG_SLOT, 0);
	struct rp_slot s = {.id = id};

	rp_slot_get(c->a->r, c->a->vm, id, &s);
	return remove_slot(c, c->a->vm, &s);
}

s64 rp_do_memslot_delete(struct rp_call *c)
{
	u32 id = (u32)rp_arg(c, TRACE_ARG_SLOT, 0);
	struct rp_slot s = {.id = id};
	bool known = rp_slot_get(c->a->r, c->a->vm, id, &s);
	s64 ret = remove_slot(c, c->a->vm, &s);

	if (ret >= 0 && known && rp_has(c, TRACE_ARG_AGAIN))
		ret = install(c, c->a->vm, &s);
	return ret;
}

s64 rp_do_attributes(struct rp_call *c)
{
	if (rp_arg(c, TRACE_ARG_FLAGS, 0))
		return -EINVAL;
	return vm_set_mem_attributes(c->me, c->a->vm->vm, rp_arg(c, TRACE_ARG_ADDR, 0),
				     rp_arg(c, TRACE_ARG_LEN, 0),
				     rp_arg(c, TRACE_ARG_ATTRS, attribute(c)));
}

/* The flag is KVM_TDX_INIT_MEM_REGION's. */
static s64 populate(struct rp_call *c, u64 gpa, u64 len, hva_t src)
{
	if (rp_has(c, TRACE_ARG_MEASURE))
		return tdx_init_mem_region(c->me, c->a->vm->vm, gpa, len, src, true);
	return vm_populate(c->me, c->a->vm->vm, gpa, len, src);
}

/* From the mapping's beginning, or @offset behind it. */
s64 rp_do_populate(struct rp_call *c)
{
	struct rp_object *o = NULL;
	hva_t src = 0;
	s64 ret;

	if (rp_has(c, TRACE_ARG_MAP)) {
		o = rp_object_get(c, RP_MAPPING, rp_name(c, TRACE_ARG_MAP), TRACE_NONE);
		if (!o)
			return -EFAULT;
		src = o->hva + rp_arg(c, TRACE_ARG_OFFSET, 0);
	}
	ret = populate(c, rp_arg(c, TRACE_ARG_ADDR, 0), rp_arg(c, TRACE_ARG_LEN, 0), src);
	if (o)
		rp_object_put(c, o);
	if (ret >= 0)
		rp_field(c, TRACE_FIELD_DONE, (u64)ret);
	return ret;
}

s64 rp_do_prefault(struct rp_call *c)
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

/* All slots away, then all files, then the VM: what the exit of a VMM does to a VM. */
s64 rp_do_destroy(struct rp_call *c)
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
	return vm_close(c->me, vm->vm);
}
