// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs on files as such: descriptors, fstat, what a guest_memfd cannot do, and questions.
 *
 * Invariant: a call on something that is no guest_memfd never reaches the model; it is answered
 * here as the file it is made on answers, which takes no memory management.
 */
#include <string.h>

#include "model/counters.h"
#include "sim/engine.h"
#include "tools/replay/internal.h"

/* What an ioctl answers that is made on another kind of file, 0 for the right kind. */
static s64 wrong_fd(u64 fd, enum trace_fd right)
{
	if (fd == right)
		return 0;
	switch ((enum trace_fd)fd) {
	case TRACE_FD_NONE:
	case TRACE_FD_CLOSED:
		return -EBADF;
	case TRACE_FD_SYSTEM: /* kvm_dev_ioctl() and kvm_vm_ioctl() end in an architecture's */
	case TRACE_FD_VM:
		return -EINVAL;
	default:
		return -ENOTTY;
	}
}

static u64 create_flags(const struct rp_call *c)
{
	const struct trace_vm *vm = rp_vm_of(c)->trace;
	u64 backing = rp_arg(c, TRACE_ARG_BACKING, vm->backing), flags = 0;

	if (rp_arg(c, TRACE_ARG_MMAP, vm->mmap))
		flags |= GMEM_FLAG_MMAP;
	if (rp_arg(c, TRACE_ARG_INIT, trace_default_init(vm, backing)) == TRACE_SHARED)
		flags |= GMEM_FLAG_INIT_SHARED;
	if (backing != PAGE_SIZE)
		flags |= GMEM_FLAG_HUGETLB;
	return rp_arg(c, TRACE_ARG_FLAGS, flags);
}

/* A second file of an inode, for the VM of the operation. */
static s64 link_file(struct rp_call *c, struct gmem_file **out)
{
	struct rp_object *o = rp_file_anywhere(c, rp_name(c, TRACE_ARG_LINK));
	s64 ret;

	if (!o)
		return -EBADF;
	if (rp_arg(c, TRACE_ARG_SIZE, 0) != o->len)
		ret = -EINVAL;
	else
		ret = gmem_link_vm(c->me, o->file, rp_vm_of(c)->vm, out);
	rp_object_put(c, o);
	return ret;
}

/* Reserved words of the argument are not looked at. */
s64 rp_do_create(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_object *o;
	u64 size = rp_arg(c, TRACE_ARG_SIZE, 0);
	u64 backing = rp_arg(c, TRACE_ARG_BACKING, rp_vm_of(c)->trace->backing);
	s64 ret = wrong_fd(rp_arg(c, TRACE_ARG_FD, TRACE_FD_VM), TRACE_FD_VM);

	if (ret)
		return ret;
	if (rp_has(c, TRACE_ARG_BAD_POINTER))
		return -EFAULT;
	o = rp_object_new(r, RP_FILE, TRACE_NONE);
	if (rp_has(c, TRACE_ARG_LINK))
		ret = link_file(c, &o->file);
	else if (rp_has(c, TRACE_ARG_SECRET))
		ret = gmem_create_secret(c->me, rp_vm_of(c)->vm, (s64)size, create_flags(c),
					 &o->file);
	else
		ret = gmem_create_order(c->me, rp_vm_of(c)->vm, (s64)size, create_flags(c),
					rp_page_order(backing), &o->file);
	if (ret < 0)
		return ret;
	o->gmem = rp_gmem_of(c);
	o->actor = c->a->id;
	o->process = c->a->process;
	o->len = size;
	rp_object_publish(c->me, r, o);
	return ret;
}

s64 rp_do_close(struct rp_call *c)
{
	struct rp_object *o;

	if (rp_arg(c, TRACE_ARG_FD, TRACE_FD_GMEM) == TRACE_FD_VM)
		return vm_close(c->me, rp_vm_of(c)->vm);
	o = rp_file_get(c);
	return o ? rp_object_close(c, o) : -EBADF;
}

s64 rp_do_dup(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c), *copy;
	s64 ret;

	if (!o)
		return -EBADF;
	ret = gmem_dup(c->me, o->file);
	copy = rp_object_copy(c->a->r, o);
	copy->actor = c->a->id;
	copy->process = c->a->process;
	rp_object_put(c, o);
	rp_object_publish(c->me, c->a->r, copy);
	return ret;
}

s64 rp_do_stat(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	struct gmem_stat st;
	s64 ret;

	if (!o)
		return -EBADF;
	ret = gmem_stat(c->me, o->file, &st);
	rp_object_put(c, o);
	rp_field(c, TRACE_FIELD_SIZE, st.size);
	rp_field(c, TRACE_FIELD_BLKSIZE, st.blksize);
	rp_field(c, TRACE_FIELD_BLOCKS, st.blocks);
	return ret;
}

static const char *word_of(const struct replay *r, const struct trace_op *op)
{
	return r->trace->words[trace_op_arg(r->trace, op, TRACE_ARG_WORD)->index];
}

static u32 io_call(const char *name)
{
	u32 i = 0;

	while (i < NR_GMEM_IO && strcmp(gmem_io_names[i], name) != 0)
		i++;
	return i;
}

s64 rp_do_io(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	s64 ret;

	if (!o)
		return -EBADF;
	ret = gmem_io(c->me, o->file, (enum gmem_io)io_call(word_of(c->a->r, c->op)));
	rp_object_put(c, o);
	return ret;
}

/* ---- questions: they cost nothing and nobody sees them asked ----------------------- */

s64 rp_do_counter(struct rp_call *c)
{
	const struct rp_vm *vm = c->a->vm;

	if (rp_has(c, TRACE_ARG_VM))
		vm = &c->a->r->vms[rp_name(c, TRACE_ARG_VM)];
	rp_field(c, TRACE_FIELD_VALUE,
		 counter_by_name(word_of(c->a->r, c->op))->read(c->me, vm ? vm->vm : NULL));
	return 0;
}

s64 rp_do_state(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	u64 addr = rp_arg(c, TRACE_ARG_ADDR, 0);
	struct folio_state state;

	if (!o)
		return -EBADF;
	state = gmem_folio_state(o->file, addr);
	rp_field(c, TRACE_FIELD_PRESENT, state.present);
	rp_field(c, TRACE_FIELD_PRIVATE, state.is_private);
	rp_field(c, TRACE_FIELD_PINNED, rp_pinned(c->a->r, o->gmem, addr));
	rp_object_put(c, o);
	if (!state.present)
		return 0;
	rp_field(c, TRACE_FIELD_ORDER, state.order);
	rp_field(c, TRACE_FIELD_REFCOUNT, state.refcount);
	rp_field(c, TRACE_FIELD_MAPCOUNT, state.mapcount);
	rp_field(c, TRACE_FIELD_UPTODATE, state.uptodate);
	rp_field(c, TRACE_FIELD_POISONED, state.poisoned);
	return 0;
}

void rp_check_words(struct replay *r, const struct trace_op *op)
{
	if (op->verb == TRACE_OP_SEAMCALL)
		rp_check_seamcall(r, op);
	if (op->verb == TRACE_OP_IO && io_call(word_of(r, op)) == NR_GMEM_IO)
		rp_error(r, op->line, op->col, "'io' knows no call '%s'; see docs/TRACE.md",
			 word_of(r, op));
	if (op->verb == TRACE_OP_COUNTER && !counter_by_name(word_of(r, op)))
		rp_error(r, op->line, op->col, "no counter is called '%s'; see docs/TRACE.md",
			 word_of(r, op));
}
