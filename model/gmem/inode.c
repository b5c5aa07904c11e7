// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/inode.c - life and death of guest_memfd: create, link, close, release, evict.
 *
 * Invariants: G1-G4 of inode.h.  Release is work of the task that dropped the last
 * reference, done on its return to user mode: it takes slots_lock.
 *
 * Upstream: virt/kvm/guest_memfd.c, fs/file_table.c, fs/inode.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/gmem/restructure.h"

#include "model/check.h"
#include "model/gmem/hugetlb.h"
#include "model/kvm/memslots.h"
#include "model/kvm/vm.h"
#include "model/locking/locking.h"
#include "model/mm/memory.h"
#include "model/mm/truncate.h"

bool gmem_index_is_private(const struct gmem_inode *inode, pgoff_t index)
{
	if (!gmem_has_attributes(inode))
		return !(inode->flags & GMEM_FLAG_INIT_SHARED);
	return gmem_attributes_run(&inode->attributes, index).attributes & MEMORY_ATTRIBUTE_PRIVATE;
}

bool gmem_is_private_mem(struct task *me, struct gmem_inode *inode, pgoff_t index)
{
	if (!gmem_has_attributes(inode))
		return !(inode->flags & GMEM_FLAG_INIT_SHARED);
	return gmem_attributes_load(me, &inode->attributes, index) & MEMORY_ATTRIBUTE_PRIVATE;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_get_supported_flags,
 *	     arch/x86/kvm/x86.c:kvm_arch_supports_gmem_init_shared
 * Fidelity: faithful: per-VM attributes leave no way to have shared memory in a VM with private
 */
u64 gmem_supported_flags(const struct vm *vm)
{
	const struct machine *m = vm->machine;
	u64 flags = GMEM_FLAG_MMAP;

	if (m->cfg.kernel != KERNEL_MAINLINE || !vm->has_private_mem)
		flags |= GMEM_FLAG_INIT_SHARED;
	if (m->cfg.kernel >= KERNEL_HUGETLB_WIP)
		flags |= GMEM_FLAG_HUGETLB;
	return flags;
}

/* --- inode --- */

/*
 * A folio of a pool keeps its flags when it comes back: the next owner must not find it up to date.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_free_folio, kvm_gmem_hugetlb_free_folio (WIP)
 * Fidelity: simplified: no arch hook
 */
static void gmem_free_huge_folio(struct task *me, struct folio *folio)
{
	folio_clear_flag(me, folio, PG_uptodate);
	gmem_hugetlb_free_folio(me, folio);
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_init_inode (in-place v7; WIP)
 * Fidelity: faithful
 */
static int gmem_init_inode(struct task *me, struct gmem_inode *inode)
{
	u64 attrs = inode->flags & GMEM_FLAG_INIT_SHARED ? 0 : MEMORY_ATTRIBUTE_PRIVATE;
	struct gmem_hold hold;
	int r = gmem_hugetlb_init(me, inode);

	if (r || !gmem_has_attributes(inode))
		return r;
	/* Nobody else can reach the inode; the tree wants its lock held for stores. */
	gmem_lock_file(me, inode, &hold);
	r = sim_should_fail(me, "attr_init") ? -ENOMEM : 0;
	if (!r)
		r = gmem_attributes_init(me->sim, &inode->attributes, gmem_size_pages(inode),
					 attrs);
	/* The December tree reads it without a lock, and did not ask for RCU (defect kept). */
	inode->attributes.rcu = !gmem_is_wip(inode) && !bug(me, BUG_MTREE_LOCKLESS);
	if (inode->locking->lockless)
		inode->attributes.rcu = true;
	if (inode->locking->parallel)
		gmem_attributes_make_parallel(me->sim, &inode->attributes);
	gmem_unlock_file(me, &hold);
	return r;
}

/* Fail site "gmem_inode". */
static struct gmem_inode *gmem_inode_create(struct task *me, u64 size, u64 flags, u32 page_order)
{
	struct machine *m = machine_of(me);
	struct gmem_inode *inode;
	int r;

	if (sim_should_fail(me, "gmem_inode"))
		return ERR_PTR(-ENOMEM);
	inode = sim_zalloc(me->sim, sizeof(*inode));
	inode->machine = m;
	inode->locking = m->locking;
	inode->id = sim_new_obj(me->sim);
	inode->flags = flags;
	inode->i_size = size;
	inode->page_order = (u8)page_order;
	inode->count = 1;
	INIT_LIST_HEAD(&inode->gmem_file_list);
	INIT_LIST_HEAD(&inode->restructuring);
	address_space_init(m, &inode->mapping, inode, AS_UNEVICTABLE | AS_INACCESSIBLE);
	inode->mapping.error_remove_folio = gmem_error_folio;
	inode->mapping.host_life = &inode->life;
	for (u32 i = 0; page_order && i < GMEM_FAULT_MUTEXES; i++)
		mutex_init(me->sim, &inode->fault_mutex[i], "gmem_fault_mutex");
	if (page_order)
		inode->mapping.free_folio = gmem_free_huge_folio;
	sim_life_begin(&inode->life);

	r = inode->locking->init ? inode->locking->init(me, inode) : 0;
	if (!r)
		r = gmem_init_inode(me, inode);
	if (r) {
		gmem_hugetlb_teardown(me, inode);
		sim_life_end(&inode->life);
		address_space_fini(&inode->mapping);
		return ERR_PTR(r);
	}
	sim_guard_lock(me->sim, &m->lock);
	list_add_tail(&inode->node, &m->inodes);
	sim_guard_unlock(me->sim, &m->lock);
	return inode;
}

/*
 * Upstream: fs/inode.c:evict, mm/truncate.c:truncate_inode_pages_final,
 *	     virt/kvm/guest_memfd.c:kvm_gmem_destroy_inode
 * Fidelity: faithful in what is truncated; the inode's memory stays readable, dead
 */
static void gmem_evict_inode(struct task *me, struct gmem_inode *inode)
{
	struct machine *m = inode->machine;
	struct gmem_hold hold;

	SIM_FRAME(me);
	SIM_ASSERT(list_empty(&inode->gmem_file_list));
	if (inode->page_order || gmem_is_wip(inode))
		gmem_merge_truncate_range(me, inode, 0, gmem_size_pages(inode), false);
	else
		truncate_inode_pages_final(me, &inode->mapping);
	/* Nobody checks any more what now goes piece by piece. */
	sim_guard_lock(me->sim, &m->lock);
	list_del_init(&inode->node);
	sim_guard_unlock(me->sim, &m->lock);
	if (gmem_has_attributes(inode)) {
		gmem_lock_file(me, inode, &hold);
		gmem_attributes_finish(&inode->attributes);
		gmem_unlock_file(me, &hold);
	}
	gmem_hugetlb_teardown(me, inode);
	if (inode->locking->fini)
		inode->locking->fini(me, inode);
	sim_life_end(&inode->life);
	address_space_fini(&inode->mapping);
}

static void gmem_iput(struct task *me, struct gmem_inode *inode)
{
	if (sim_life_check(me, &inode->life, "gmem inode") &&
	    atomic_add_return(me, inode->id, &inode->count, -1) == 0)
		gmem_evict_inode(me, inode);
}

/* --- files --- */

struct file *gmem_file_file(struct gmem_file *f)
{
	return &f->file;
}

struct vm *gmem_file_vm(const struct gmem_file *f)
{
	return f->vm;
}

u64 gmem_file_size(const struct gmem_file *f)
{
	return f->inode->i_size;
}

struct gmem_file *gmem_get_file(struct task *me, struct memory_slot *slot)
{
	struct gmem_file *f = READ_ONCE(me, slot->obj, slot->gmem.file);
	u32 id;

	if (!f)
		return NULL;
	id = f->file.f_id;
	if (bug(me, BUG_FILE_REUSE))
		cost(me, COST_interrupt);
	if (!get_file_active(me, &f->file))
		return NULL;
	/* The reference may be to another life of the same memory; only the pointer tells. */
	if (READ_ONCE(me, slot->obj, slot->gmem.file) == f) {
		/* ... and the pointer, only because SRCU keeps the slot what it is. */
		if (unlikely(f->file.f_id != id))
			sim_finding(me->sim, me, "lifetime",
				    "reference to file %u taken through a pointer to file %u",
				    f->file.f_id, id);
		return f;
	}
	fput(me, &f->file);
	return NULL;
}

/*
 * Files are type-safe under RCU and no more: the memory of a released one is at once that of the
 * next, and whoever still has a pointer from before can get a reference to that one.
 *
 * Upstream: fs/file_table.c:alloc_empty_file, file_free (SLAB_TYPESAFE_BY_RCU)
 * Fidelity: simplified: the last in is the first out; not reused on real threads, where the words
 * that only lockless readers look at would have to be atomic
 */
static struct gmem_file *gmem_file_alloc(struct task *me)
{
	struct machine *m = machine_of(me);
	struct gmem_file *f = m->free_files;

	if (!f)
		return sim_zalloc(me->sim, sizeof(*f));
	m->free_files = f->next_free;
	*f = (struct gmem_file){ 0 };
	return f;
}

static void gmem_file_free(struct task *me, struct gmem_file *f)
{
	struct machine *m = machine_of(me);

	if (!me->sim->is_virtual)
		return;
	f->next_free = m->free_files;
	m->free_files = f;
}

/*
 * The last reference is gone; memory that other files or pins still use stays with the inode.
 *
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_release, fs/file_table.c:__fput
 * Fidelity: faithful
 */
static void gmem_release(struct task *me, struct callback_head *work)
{
	struct gmem_file *f = container_of(work, struct gmem_file, release_work);
	struct gmem_inode *inode = f->inode;
	struct vm *vm = f->vm;
	struct memory_slot *slot;
	struct gmem_hold hold;
	pgoff_t index, end;

	SIM_FRAME(me);
	/* Excludes unbind, which would free the slots that the bindings point to. */
	mutex_lock(me, &vm->slots_lock);
	gmem_lock_file(me, inode, &hold);

	sim_step(me, "unbind");
	xa_for_each_range(me, &f->bindings, index, slot, 0, XA_MAX_INDEX) {
		if (sim_life_check(me, &slot->life, "memory slot"))
			WRITE_ONCE(me, slot->obj, slot->gmem.file, NULL);
	}
	/* The end of the file is looked at from version 7 of the in-place series on. */
	end = gmem_has_attributes(inode) && !gmem_is_wip(inode) ? gmem_size_pages(inode) :
								   XA_MAX_INDEX;
	__gmem_invalidate_begin(me, f, 0, end, gmem_invalidate_filter(inode, 0, end));
	__gmem_invalidate_end(me, f, 0, end);
	plain_writes(me, inode->gmem_file_list);
	list_del_init(&f->entry);
	sim_step(me, NULL);

	gmem_unlock_file(me, &hold);
	mutex_unlock(me, &vm->slots_lock);

	xa_destroy(me->sim, &f->bindings);
	vm_put(me, vm);
	gmem_iput(me, inode);
	gmem_file_free(me, f);
}

/*
 * Who drops the last reference may hold slots_lock or be inside SRCU: release waits until the
 * task returns to user mode.
 *
 * Upstream: fs/file_table.c:fput, ____fput
 * Fidelity: faithful
 */
static void gmem_last_fput(struct task *me, struct file *file)
{
	task_work_add(me, &gmem_file_of(file)->release_work, gmem_release);
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_mmap
 * Fidelity: faithful
 */
static int gmem_mmap(struct task *me, struct file *file, struct vm_area_struct *vma)
{
	struct gmem_inode *inode = gmem_file_of(file)->inode;

	if (!(inode->flags & GMEM_FLAG_MMAP))
		return -ENODEV;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vma->vm_ops = &gmem_vm_ops;
	return 0;
}

static const struct file_operations gmem_fops = {
	.mmap = gmem_mmap,
	.release = gmem_last_fput,
	.fallocate = gmem_file_fallocate,
	.noexec = true,
};

static struct gmem_file *gmem_file_create(struct task *me, struct gmem_inode *inode, struct vm *vm)
{
	struct gmem_file *f = gmem_file_alloc(me);

	file_init(inode->machine, &f->file, &gmem_fops, &inode->mapping);
	f->inode = inode;
	f->vm = vm;
	vm_get(me, vm);
	xa_init(me->sim, &f->bindings, "gmem.bindings", 0);
	plain_writes(me, inode->gmem_file_list);
	list_add_tail(&f->entry, &inode->gmem_file_list);
	return f;
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_create (WIP)
 * Fidelity: faithful
 */
static bool gmem_valid_page_order(const struct machine *m, u64 flags, u32 page_order)
{
	if (!(flags & GMEM_FLAG_HUGETLB))
		return page_order == 0;
	return !(flags & GMEM_FLAG_INIT_SHARED) && gmem_hugetlb_valid_order(m, page_order);
}

/*
 * Upstream: virt/kvm/guest_memfd.c:kvm_gmem_create, __kvm_gmem_create
 * Fidelity: simplified: no fd table; its failure and that of struct file are fail sites
 */
static s64 __gmem_create(struct task *me, struct vm *vm, s64 size, u64 flags, u32 page_order,
			 struct gmem_file **out)
{
	struct gmem_inode *inode;

	if (flags & ~gmem_supported_flags(vm))
		return -EINVAL;
	/* A reserved word of the argument, which nobody looks at, until there are huge pages. */
	if (machine_of(me)->cfg.kernel < KERNEL_HUGETLB_WIP)
		page_order = 0;
	if (!gmem_valid_page_order(machine_of(me), flags, page_order))
		return -EINVAL;
	if (size <= 0 || !IS_ALIGNED(size, PAGE_SIZE << page_order))
		return -EINVAL;

	cost(me, COST_gmem_create);
	if (sim_should_fail(me, "gmem_fd"))
		return -EMFILE;
	if (sim_should_fail(me, "gmem_file"))
		return -ENOMEM;
	inode = gmem_inode_create(me, size, flags, page_order);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	if (sim_should_fail(me, "gmem_filp")) {
		gmem_iput(me, inode);
		return -ENFILE;
	}
	*out = gmem_file_create(me, inode, vm);
	return 0;
}

s64 gmem_create_order(struct task *me, struct vm *vm, s64 size, u64 flags, u32 page_order,
		      struct gmem_file **out)
{
	s64 r;

	SIM_FRAME(me);
	*out = NULL;
	cost(me, COST_syscall);
	if (!vm_tryget(vm))
		return check_result(me, OP_GMEM_CREATE, -EBADF);
	r = vm_dead(vm) ? -EIO : __gmem_create(me, vm, size, flags, page_order, out);
	vm_put(me, vm);
	task_work_run(me);
	return check_result(me, OP_GMEM_CREATE, r);
}

s64 gmem_create(struct task *me, struct vm *vm, s64 size, u64 flags, struct gmem_file **out)
{
	return gmem_create_order(me, vm, size, flags, 0, out);
}

s64 gmem_link_vm(struct task *me, struct gmem_file *f, struct vm *vm, struct gmem_file **out)
{
	return check_result(me, OP_GMEM_CREATE, gmem_link(me, f, vm, out));
}

s64 gmem_link(struct task *me, struct gmem_file *f, struct vm *vm, struct gmem_file **out)
{
	struct gmem_inode *inode = f->inode;
	struct gmem_hold hold;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	atomic_add_return(me, inode->id, &inode->count, 1);
	/* Walks over the files hold the lock shared at least. */
	gmem_lock_file(me, inode, &hold);
	*out = gmem_file_create(me, inode, vm);
	gmem_unlock_file(me, &hold);
	return 0;
}

s64 gmem_close(struct task *me, struct gmem_file *f)
{
	SIM_FRAME(me);
	cost(me, COST_syscall);
	fput(me, &f->file);
	task_work_run(me);
	return check_result(me, OP_GMEM_CLOSE, 0);
}

s64 sys_mmap_flags(struct task *me, struct gmem_file *f, u64 offset, u64 len, u32 prot, u32 flags,
		   hva_t *out)
{
	s64 r;

	SIM_FRAME(me);
	cost(me, COST_syscall);
	r = vm_mmap_pgoff(me, f ? &f->file : NULL, 0, offset, len, prot, flags, out);
	task_work_run(me);
	return check_result(me, OP_MMAP, r);
}

s64 sys_mmap(struct task *me, struct gmem_file *f, u64 offset, u64 len, bool shared, hva_t *out)
{
	return sys_mmap_flags(me, f, offset, len, PROT_READ | PROT_WRITE,
			      shared ? MAP_SHARED : MAP_PRIVATE, out);
}
