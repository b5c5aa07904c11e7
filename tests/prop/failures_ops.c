// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machines and operations of test_failures.c.
 */
#include "tests/prop/failures.h"

#include "model/kvm/spte.h"

#define RANGE PG(FX_FIRST), PG(FX_NR)

static struct fx *fx_of(const struct gx *x)
{
	return x->priv;
}

const struct fx_machine fx_machines[] = {
	{ "mainline, default VM", KERNEL_MAINLINE, VM_DEFAULT,
	  GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED, FX_SHARED },
	{ "mainline, sw-protected VM", KERNEL_MAINLINE, VM_SW_PROTECTED, 0,
	  FX_PRIVATE | FX_VM_ATTR },
	{ "mainline, TD", KERNEL_MAINLINE, VM_TDX, 0, FX_PRIVATE | FX_VM_ATTR | FX_TDX },
	{ "inplace, shared", KERNEL_INPLACE, VM_SW_PROTECTED,
	  GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED, FX_SHARED | FX_CONVERT },
	{ "inplace, private", KERNEL_INPLACE, VM_SW_PROTECTED, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT },
	{ "inplace, TD", KERNEL_INPLACE, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_TDX },
	{ "hugetlb-wip, shared", KERNEL_HUGETLB_WIP, VM_SW_PROTECTED,
	  GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED, FX_SHARED | FX_CONVERT },
	{ "hugetlb-wip, TD", KERNEL_HUGETLB_WIP, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_TDX },
	{ "hugetlb-plan, shared", KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED,
	  GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED, FX_SHARED | FX_CONVERT },
	{ "hugetlb-plan, TD", KERNEL_HUGETLB_PLAN, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_TDX },
	{ "hugetlb-wip, huge", KERNEL_HUGETLB_WIP, VM_SW_PROTECTED, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_HUGE, 7, true },
	{ "hugetlb-wip, 2M, TD", KERNEL_HUGETLB_WIP, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_HUGE | FX_TDX, 9, true },
	{ "hugetlb-plan, huge", KERNEL_HUGETLB_PLAN, VM_SW_PROTECTED, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_HUGE, 7, false },
	{ "hugetlb-plan, 2M, TD", KERNEL_HUGETLB_PLAN, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_HUGE | FX_TDX, 9, false },
	{ "mainline, TD and module", KERNEL_MAINLINE, VM_TDX, 0,
	  FX_PRIVATE | FX_VM_ATTR | FX_MODULE },
	{ "inplace, TD and module", KERNEL_INPLACE, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_MODULE | FX_DYNAMIC },
	{ "hugetlb-plan, 2M, TD and module", KERNEL_HUGETLB_PLAN, VM_TDX, GMEM_FLAG_MMAP,
	  FX_PRIVATE | FX_CONVERT | FX_HUGE | FX_MODULE | FX_DYNAMIC, 9, false },
};
const u32 fx_nr_machines = ARRAY_SIZE(fx_machines);

/* --- an external page table that agrees to everything, but not always at once --- */

static void *fx_alloc_spt(struct task *me, struct vm *vm, struct vcpu *vcpu)
{
	return vm;
}

static int fx_set_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, u64 new_spte,
		       int level, void *external_spt)
{
	struct fx *fx = container_of(vm->external_ops, struct fx, external_ops);

	if (!is_shadow_present_pte(new_spte) || !fx->nr_to_refuse)
		return 0;
	fx->nr_to_refuse--;
	return -EBUSY;
}

static int fx_split_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, int level,
			 void *external_spt, bool shared)
{
	return shared ? -EOPNOTSUPP : 0;
}

static int fx_free_spt(struct task *me, struct vm *vm, gfn_t gfn, int level, void *external_spt)
{
	return 0;
}

const struct tdp_external_ops fx_external_ops = {
	.alloc_external_spt = fx_alloc_spt,
	.set_external_spte = fx_set_spte,
	.split_external_spte = fx_split_spte,
	.free_external_spt = fx_free_spt,
};

/* --- what operations find --- */

static void nothing(struct task *me, struct gx *x)
{
}

static void written_by_host(struct task *me, struct gx *x)
{
	struct access_info info;

	host_access(me, x->hva + PG(FX_FIRST), PG(FX_NR), true, 0x41, &info);
}

static void written_by_guest(struct task *me, struct gx *x)
{
	struct access_info info;

	guest_touch(me, RANGE, true, true, 0x42, &info);
}

static void written_far(struct task *me, struct gx *x)
{
	struct access_info info;

	host_access(me, x->hva, PG(FX_PAGES), true, 0x43, &info);
}

static u64 huge_pages(const struct gx *x)
{
	return 1ull << x->cfg.page_order;
}

static s64 op_create(struct task *me, struct gx *x)
{
	return gmem_create_order(me, x->vm, PG(x->cfg.nr_pages), x->cfg.flags,
				 x->cfg.page_order, &fx_of(x)->file2);
}

static void second_file(struct task *me, struct gx *x)
{
	op_create(me, x);
}

/* Not aligned where that is allowed: a binding of several entries. */
static s64 add_slot_2(struct task *me, struct gx *x)
{
	bool huge = x->cfg.page_order;

	return vm_set_memory_region(me, x->vm, 2, FX_GPA_2, PG(huge ? huge_pages(x) : FX_NR),
				    fx_of(x)->file2, huge ? 0 : PG(FX_FIRST), 0);
}

static void second_slot(struct task *me, struct gx *x)
{
	second_file(me, x);
	add_slot_2(me, x);
}

/* A slot without guest_memfd, over anonymous memory. */
static s64 add_plain_slot(struct task *me, struct gx *x, gpa_t gpa)
{
	return vm_set_memory_region(me, x->vm, 3, gpa, PG(FX_NR), NULL, 0, fx_of(x)->hva);
}

static void plain_memory(struct task *me, struct gx *x)
{
	vm_mmap(me, NULL, 0, 0, PG(FX_NR), false, &fx_of(x)->hva);
}

/* For the mainline kernel memory is private if the VM says so, too. */
static void private_memory(struct task *me, struct gx *x)
{
	plain_memory(me, x);
	if (x->cfg.kernel == KERNEL_MAINLINE)
		gx_convert(me, x, FX_FIRST, FX_NR, true);
}

static void plain_slot(struct task *me, struct gx *x)
{
	plain_memory(me, x);
	add_plain_slot(me, x, FX_GPA_2);
}

static void busy_external(struct task *me, struct gx *x)
{
	fx_of(x)->nr_to_refuse = 2;
}

static void mixed_and_empty(struct task *me, struct gx *x)
{
	gx_convert(me, x, FX_FIRST, FX_NR, false);
}

static void mixed(struct task *me, struct gx *x)
{
	written_by_guest(me, x);
	mixed_and_empty(me, x);
}

static void child_process(struct task *me, struct gx *x)
{
	written_by_host(me, x);
	fx_of(x)->child = mm_create(x->m, "child");
}

/* --- operations: each can be tried again after it has failed --- */

static s64 op_delete_slot(struct task *me, struct gx *x)
{
	return vm_set_memory_region(me, x->vm, 2, 0, 0, NULL, 0, 0);
}

static s64 op_add_plain_slot(struct task *me, struct gx *x)
{
	return add_plain_slot(me, x, FX_GPA_2);
}

static s64 op_move_slot(struct task *me, struct gx *x)
{
	return add_plain_slot(me, x, 2 * FX_GPA_2);
}

static s64 op_to_private(struct task *me, struct gx *x)
{
	s64 r = gx_convert(me, x, FX_FIRST, FX_NR, true);

	return r > 0 ? -r : r;
}

/* The December tree's positive answer is a failure, too; the rule errno says so. */
static s64 op_to_shared(struct task *me, struct gx *x)
{
	s64 r = gx_convert(me, x, FX_FIRST, FX_NR, false);

	return r > 0 ? -r : r;
}

static s64 op_allocate(struct task *me, struct gx *x)
{
	if (x->cfg.page_order)
		return gx_allocate(me, x, 0, huge_pages(x));
	return gx_allocate(me, x, FX_FIRST, FX_NR);
}

static s64 op_punch(struct task *me, struct gx *x)
{
	s64 r = x->cfg.page_order ? gx_punch(me, x, 0, huge_pages(x)) :
				    gx_punch(me, x, FX_FIRST, FX_NR);

	return r > 0 ? -r : r;
}

static s64 op_access(struct task *me, struct gx *x)
{
	struct access_info info;

	return host_access(me, x->hva + PG(FX_FIRST), PG(FX_NR), true, 0x44, &info);
}

static s64 op_touch_shared(struct task *me, struct gx *x)
{
	struct access_info info;

	return guest_touch(me, RANGE, false, true, 0x45, &info);
}

static s64 op_touch_private(struct task *me, struct gx *x)
{
	struct access_info info;

	return guest_touch(me, RANGE, true, true, 0x46, &info);
}

static s64 op_touch_plain(struct task *me, struct gx *x)
{
	struct access_info info;

	return guest_touch(me, FX_GPA_2, PG(FX_NR), false, true, 0x47, &info);
}

static s64 op_pre_fault(struct task *me, struct gx *x)
{
	u64 done;
	s64 r = vcpu_pre_fault_memory(me, vm_vcpu(x->vm, 1), RANGE, &done);

	/* success is progress, and failure is none */
	return (r == 0) == (done > 0) ? r : -EPROTO;
}

static s64 op_populate(struct task *me, struct gx *x)
{
	s64 r = vm_populate(me, x->vm, PG(FX_FIRST), PG(FX_NR), fx_of(x)->hva);

	return r >= 0 && r < FX_NR ? -EINTR : r;
}

/* Pages of a guest_memfd cannot be migrated, and that is the answer. */
static s64 op_migrate(struct task *me, struct gx *x)
{
	s64 r = migrate_range(me, x->f, RANGE);

	return r == -EOPNOTSUPP || r == -EBUSY ? 0 : r;
}

static s64 op_pin(struct task *me, struct gx *x)
{
	struct fx *fx = fx_of(x);
	s64 r;

	/* fewer than asked for is no success to whoever asked */
	r = pin_user_pages(me, x->hva + PG(FX_FIRST), PG(FX_NR), true, false, &fx->pin);
	if (fx->pin)
		unpin_user_pages(me, fx->pin);
	fx->pin = NULL;
	return r >= 0 && r < FX_NR ? -EINTR : r;
}

static s64 op_mmap(struct task *me, struct gx *x)
{
	return sys_mmap(me, x->f, PG(FX_FIRST), PG(FX_NR), true, &fx_of(x)->hva);
}

static s64 op_mmap_populate(struct task *me, struct gx *x)
{
	return sys_mmap_flags(me, x->f, PG(FX_FIRST), PG(FX_NR), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_POPULATE, &fx_of(x)->hva);
}

static s64 op_munmap(struct task *me, struct gx *x)
{
	return sys_munmap(me, x->hva + PG(FX_FIRST), PG(FX_NR));
}

static s64 op_dontneed(struct task *me, struct gx *x)
{
	return sys_madvise_dontneed(me, x->hva, PG(FX_PAGES));
}

static s64 op_populate_write(struct task *me, struct gx *x)
{
	return sys_madvise(me, x->hva + PG(FX_FIRST), PG(FX_NR), MADV_POPULATE_WRITE);
}

static s64 op_mprotect(struct task *me, struct gx *x)
{
	return sys_mprotect(me, x->hva + PG(FX_FIRST), PG(FX_NR), PROT_READ);
}

static s64 op_mlock(struct task *me, struct gx *x)
{
	return sys_mlock(me, x->hva + PG(FX_FIRST), PG(FX_NR));
}

static s64 op_fork(struct task *me, struct gx *x)
{
	return sys_fork(me, fx_of(x)->child);
}

static s64 op_destroy(struct task *me, struct gx *x)
{
	if (x->hva)
		sys_munmap(me, x->hva, PG(FX_PAGES));
	gmem_close(me, x->f);
	x->f = NULL;
	fx_of(x)->vm_closed = true;
	return vm_close(me, x->vm);
}

const struct fx_op fx_ops[] = {
	{ "create", 0, false, false, nothing, op_create },
	{ "bind", 0, false, false, second_file, add_slot_2 },
	{ "delete slot", 0, false, false, second_slot, op_delete_slot },
	{ "add slot without file", 0, false, false, plain_memory, op_add_plain_slot },
	{ "move slot", 0, false, false, plain_slot, op_move_slot },
	{ "convert to private", FX_SHARED | FX_CONVERT, false, false, written_by_host,
	  op_to_private },
	{ "convert to shared", FX_PRIVATE | FX_CONVERT, true, false, written_by_guest,
	  op_to_shared },
	{ "attributes to private", FX_VM_ATTR, true, false, written_by_guest, op_to_private },
	{ "allocate", 0, false, false, nothing, op_allocate },
	{ "punch", 0, true, false, written_by_guest, op_punch },
	{ "access", FX_SHARED, false, false, nothing, op_access },
	{ "touch shared", FX_SHARED, true, false, nothing, op_touch_shared },
	{ "touch private", FX_PRIVATE | FX_CONVERT, true, false, nothing, op_touch_private },
	{ "touch private, busy", FX_PRIVATE | FX_CONVERT | FX_TDX, true, false, busy_external,
	  op_touch_private },
	{ "touch in a mixed page", FX_HUGE, true, false, mixed_and_empty, op_touch_shared },
	{ "convert back to private", FX_HUGE, true, false, mixed, op_to_private },
	{ "punch a mixed page", FX_HUGE, true, false, mixed, op_punch },
	{ "touch user memory", 0, true, false, plain_slot, op_touch_plain },
	{ "pre-fault", FX_CONVERT, false, false, nothing, op_pre_fault },
	{ "populate", FX_PRIVATE | FX_NOT_FINAL, false, false, private_memory, op_populate },
	{ "migrate", FX_SHARED, false, false, written_by_host, op_migrate },
	{ "pin", FX_SHARED, false, false, nothing, op_pin },
	{ "mmap", FX_SHARED, false, false, nothing, op_mmap },
	{ "mmap, populate", FX_SHARED, false, false, nothing, op_mmap_populate },
	{ "munmap", FX_SHARED, false, false, written_by_host, op_munmap },
	{ "madvise dontneed", FX_SHARED, false, false, written_far, op_dontneed },
	{ "madvise populate", FX_SHARED, false, false, nothing, op_populate_write },
	{ "mprotect", FX_SHARED, false, false, written_by_host, op_mprotect },
	{ "mlock", FX_SHARED, false, false, nothing, op_mlock },
	{ "fork", FX_SHARED, false, false, child_process, op_fork },
	{ "destroy", 0, true, true, written_by_guest, op_destroy },
};
const u32 fx_nr_ops = ARRAY_SIZE(fx_ops);
