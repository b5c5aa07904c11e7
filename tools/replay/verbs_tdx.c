// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verbs that only a machine with a TDX module has.
 *
 * Invariant: the answer of an operation that has a status of the module is -EIO where that is an
 * error; the status itself, and the registers, are for expect=.
 */
#include <string.h>

#include "model/seamcalls.h"
#include "tools/replay/internal.h"

static const struct rp_vm *vm_of(const struct rp_call *c)
{
	return rp_has(c, TRACE_ARG_VM) ? &c->a->r->vms[rp_name(c, TRACE_ARG_VM)] : c->a->vm;
}

/* ---- raw calls ------------------------------------------------------------------- */

u64 rp_status_value(const char *name)
{
	const char *known;
	u64 value;

	for (u32 i = 0; tdx_status_text(i, &known, &value); i++) {
		if (strcmp(known, name) == 0)
			return value;
	}
	return UINT64_MAX;
}

static const char *leaf_name(const struct replay *r, const struct trace_op *op)
{
	return r->trace->words[trace_op_arg(r->trace, op, TRACE_ARG_WORD)->index];
}

void rp_check_seamcall(struct replay *r, const struct trace_op *op)
{
	const char *name = leaf_name(r, op);

	if (seamcall_by_name(name) < 0)
		rp_error(r, op->line, op->col, "no SEAMCALL is called '%s'", name);
	else if (strncmp(name, "TDG.", 4) == 0 || strncmp(name, "tdg_", 4) == 0)
		rp_error(r, op->line, op->col, "'%s' is a call of the guest", name);
	else if (seamcall_by_name(name) == seamcall_by_name("TDH.VP.ENTER"))
		rp_error(r, op->line, op->col, "a vCPU enters the guest by its own operations");
	else if (!rp_has_module(r))
		rp_error(r, op->line, op->col,
			 "the machine has no TDX module: add a [tdx] section or a VM of type tdx");
}

/* The frame of the file's page at offset=; 0 if it has none. */
static u64 page_address(struct rp_call *c)
{
	struct rp_object *o = rp_file_get(c);
	pfn_t pfn = 0;
	u64 nr;

	if (!o)
		return 0;
	nr = gmem_frames(o->file, rp_arg(c, TRACE_ARG_OFFSET, 0), PAGE_SIZE, &pfn);
	rp_object_put(c, o);
	return nr ? (u64)pfn << PAGE_SHIFT : 0;
}

/* What the trace does not say: the operands that this kind of leaf has. */
static s64 fill_in(struct rp_call *c, enum seamcall_operand kind, struct seamcall_regs *regs)
{
	u64 level = rp_arg(c, TRACE_ARG_LEVEL, PAGE_SIZE);
	const struct rp_vm *vm = vm_of(c);
	u64 tdr = vm ? vm_tdr(vm->vm) : 0, page = 0;

	if (rp_has(c, TRACE_ARG_OFFSET)) {
		page = page_address(c);
		if (!page)
			return -ENXIO;
	}
	switch (kind) {
	case SEAMCALL_GPA:
		regs->rcx = seamcall_gpa(rp_arg(c, TRACE_ARG_GPA, 0), level);
		regs->rdx = tdr;
		regs->r8 = page;
		break;
	case SEAMCALL_TD:
		regs->rcx = tdr;
		break;
	case SEAMCALL_PAGE:
		regs->rcx = seamcall_gpa(ALIGN_DOWN(page, level), level);
		break;
	default:
		break;
	}
	return 0;
}

s64 rp_do_seamcall(struct rp_call *c)
{
	int leaf = seamcall_by_name(leaf_name(c->a->r, c->op));
	struct seamcall_regs regs = {0};
	s64 ret = fill_in(c, seamcall_operand((u32)leaf), &regs);
	u64 rax;

	if (ret)
		return ret;
	regs.rcx = rp_arg(c, TRACE_ARG_RCX, regs.rcx);
	regs.rdx = rp_arg(c, TRACE_ARG_RDX, regs.rdx);
	regs.r8 = rp_arg(c, TRACE_ARG_R8, regs.r8);
	regs.r9 = rp_arg(c, TRACE_ARG_R9, 0);
	regs.r12 = rp_arg(c, TRACE_ARG_R12, 0);
	regs.r13 = rp_arg(c, TRACE_ARG_R13, 0);
	rax = seamcall_raw(c->me, c->a->r->machine, (u32)leaf, &regs);
	rp_status(c, rax);
	rp_field(c, TRACE_FIELD_RCX, regs.rcx);
	rp_field(c, TRACE_FIELD_RDX, regs.rdx);
	rp_field(c, TRACE_FIELD_R8, regs.r8);
	return rax >> 63 ? -EIO : 0;
}

/* ---- the guest ------------------------------------------------------------------------- */

bool rp_in_td(const struct rp_actor *a)
{
	return a->trace->kind == TRACE_ACTOR_GUEST && a->vm && a->vm->trace->type == TRACE_VM_TDX;
}

/* 4K, 2M, 1G as PG_LEVEL_*; 0 if the trace leaves it to the guest. */
static int level_of(const struct rp_call *c)
{
	u64 bytes = rp_arg(c, TRACE_ARG_LEVEL, 0);

	return bytes ? (int)(__builtin_ctzll(bytes) - PAGE_SHIFT) / 9 + 1 : 0;
}

s64 rp_do_accept(struct rp_call *c)
{
	u64 gpa = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	struct accept_info acc;
	s64 ret = rp_accept(c, gpa, len, level_of(c), &acc);

	if (acc.status || !ret)
		rp_status(c, acc.status);
	/* a warning of the module's, which the guest has passed over */
	if (!ret && !acc.status && acc.already_pages && !acc.accepted_pages)
		rp_status(c, rp_status_value("TDX_PAGE_ALREADY_ACCEPTED"));
	rp_field(c, TRACE_FIELD_DONE, acc.accepted_pages);
	if (!ret)
		rp_mark_accepted(c->a->vm, gpa, len);
	return ret;
}

/* As Linux: memory is accepted before it becomes shared, and again when it is private. */
s64 rp_do_mapgpa(struct rp_call *c)
{
	u64 gpa = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, 0);
	bool to_private = rp_arg(c, TRACE_ARG_ATTR, TRACE_SHARED) == TRACE_PRIVATE;
	u8 policy = c->a->vm->trace->td.accept;
	struct mapgpa_info info = {0};
	struct accept_info acc;
	s64 ret = to_private ? 0 : rp_lazy_accept(c, gpa, len);

	if (ret)
		return ret;
	do {
		ret = guest_mapgpa(c->me, to_private, gpa, len, rp_vmm_map_gpa, c, &info);
	} while (rp_enter_again(c, ret));
	if (ret)
		return ret;
	c->res->has_status = RP_STATUS_VMCALL;
	c->res->status = info.status;
	rp_field(c, TRACE_FIELD_GPA, info.failed_gpa);
	if (info.status)
		return -EINVAL;
	if (to_private && (policy == TRACE_ACCEPT_LAZY || policy == TRACE_ACCEPT_EAGER)) {
		ret = rp_accept(c, gpa, len, 0, &acc);
		if (!ret)
			rp_mark_accepted(c->a->vm, gpa, len);
	}
	return ret;
}

/* ---- a TD's life -------------------------------------------------------------------------- */

s64 rp_do_td_init(struct rp_call *c)
{
	return tdx_init_vm(c->me, vm_of(c)->vm);
}

s64 rp_do_td_vcpu(struct rp_call *c)
{
	const struct rp_vm *vm = vm_of(c);
	u64 i = rp_arg(c, TRACE_ARG_VCPU, 0);
	s64 ret;

	if (i >= vm->trace->vcpus)
		return -EINVAL;
	ret = tdx_create_vcpu(c->me, vm_vcpu(vm->vm, (u32)i));
	return ret ? ret : tdx_init_vcpu(c->me, vm_vcpu(vm->vm, (u32)i));
}

s64 rp_do_finalize(struct rp_call *c)
{
	return tdx_finalize_vm(c->me, vm_of(c)->vm);
}

s64 rp_do_terminate(struct rp_call *c)
{
	return tdx_terminate_vm(c->me, vm_of(c)->vm);
}
