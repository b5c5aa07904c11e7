// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/mmap.c - processes and their VMAs: mmap_lock, mmap, munmap.
 *
 * Invariants: M1-M3 of the header.  Files are put with no lock held, since the last fput() may do
 * anything.
 *
 * Upstream: mm/mmap.c, mm/vma.c, include/linux/mmap_lock.h
 * Fidelity: simplified (see the header)
 */
#include "model/mm/mmap.h"

#include <stdio.h>

#include "model/check.h"
#include "model/events.h"
#include "model/fails.h"
#include "model/mm/memory.h"
#include "model/mm/mmu_notifier.h"
#include "model/ops.h"
#include "model/task_work.h"
#include "sim/race.h"

struct mm_struct *mm_create(struct machine *m, const char *name)
{
	struct mm_struct *mm = sim_zalloc(m->sim, sizeof(*mm));

	mm->machine = m;
	snprintf(mm->name, sizeof(mm->name), "%s", name);
	mm->id = sim_new_obj(m->sim);
	mm->owner = machine_new_id(m);
	init_rwsem(m->sim, &mm->mmap_lock, "mmap_lock", 0);
	INIT_LIST_HEAD(&mm->vmas);
	INIT_LIST_HEAD(&mm->notifiers);
	xa_init(m->sim, &mm->tables, "page_table_lock", 0);
	init_srcu_struct(m->sim, &mm->notifier_srcu, "mmu_notifier_srcu");
	sim_guard_lock(m->sim, &m->lock);
	list_add_tail(&mm->machine_node, &m->mms);
	sim_guard_unlock(m->sim, &m->lock);
	return mm;
}

/* --- mmap_lock --- */

static int mmap_lock_done(struct task *me, struct mm_struct *mm, bool write, int err)
{
	sim_event(me, EV_mmap_lock_acquire_returned, mm->id, write, !err);
	return err;
}

void mmap_read_lock(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_start_locking, mm->id, false, 0);
	down_read(me, &mm->mmap_lock);
	mmap_lock_done(me, mm, false, 0);
}

int mmap_read_lock_killable(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_start_locking, mm->id, false, 0);
	return mmap_lock_done(me, mm, false,
			      fail_kill(me, "kill_mmap_read") ?
				      -EINTR :
				      down_read_killable(me, &mm->mmap_lock));
}

bool mmap_read_trylock(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_start_locking, mm->id, false, 0);
	return !mmap_lock_done(me, mm, false, !down_read_trylock(me, &mm->mmap_lock));
}

void mmap_read_unlock(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_released, mm->id, false, 0);
	up_read(me, &mm->mmap_lock);
}

void mmap_write_lock(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_start_locking, mm->id, true, 0);
	down_write(me, &mm->mmap_lock);
	mmap_lock_done(me, mm, true, 0);
}

int mmap_write_lock_killable(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_start_locking, mm->id, true, 0);
	return mmap_lock_done(me, mm, true,
			      fail_kill(me, "kill_mmap_write") ?
				      -EINTR :
				      down_write_killable(me, &mm->mmap_lock));
}

void mmap_write_unlock(struct task *me, struct mm_struct *mm)
{
	sim_event(me, EV_mmap_lock_released, mm->id, true, 0);
	up_write(me, &mm->mmap_lock);
}

void mmap_write_downgrade(struct task *me, struct mm_struct *mm)
{
	mmap_lock_done(me, mm, false, 0);
	downgrade_write(me, &mm->mmap_lock);
}

/* --- VMAs --- */

struct vm_area_struct *find_vma(struct mm_struct *mm, hva_t addr)
{
	struct vm_area_struct *vma;

	list_for_each_entry(vma, &mm->vmas, node) {
		if (addr < vma->vm_end)
			return vma;
	}
	return NULL;
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, hva_t addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

static struct vm_area_struct *vma_alloc(struct task *me, struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	if (sim_should_fail(me, "vma"))
		return NULL;
	vma = sim_zalloc(me->sim, sizeof(*vma));
	vma->vm_mm = mm;
	INIT_LIST_HEAD(&vma->node);
	INIT_LIST_HEAD(&vma->i_mmap_node);
	return vma;
}

/* Put @vma where its address belongs.  Context: mmap_lock held for write. */
static void vma_store(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *next = find_vma(mm, vma->vm_start);
	struct list_head *at = next ? &next->node : &mm->vmas;

	SIM_ASSERT(vma->vm_start < vma->vm_end && (!next || vma->vm_end <= next->vm_start));
	list_add_tail(&vma->node, at);
}

static void vma_link_file(struct task *me, struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	down_write(me, &mapping->i_mmap_rwsem);
	plain_writes(me, mapping->i_mmap);
	list_add_tail(&vma->i_mmap_node, &mapping->i_mmap);
	up_write(me, &mapping->i_mmap_rwsem);
}

static void vma_unlink_file(struct task *me, struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	down_write(me, &mapping->i_mmap_rwsem);
	plain_writes(me, mapping->i_mmap);
	list_del_init(&vma->i_mmap_node);
	up_write(me, &mapping->i_mmap_rwsem);
}

/* Context: no lock held. */
static void vma_free(struct task *me, struct vm_area_struct *vma)
{
	if (vma->vm_file)
		fput(me, vma->vm_file);
	sim_free(me->sim, vma, sizeof(*vma));
}

/*
 * Cut @vma in two at @addr; @vma keeps the lower part.
 *
 * Upstream: mm/vma.c:__split_vma
 * Fidelity: faithful
 */
static int split_vma(struct task *me, struct mm_struct *mm, struct vm_area_struct *vma, hva_t addr)
{
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;
	struct vm_area_struct *new = vma_alloc(me, mm);

	if (!new)
		return -ENOMEM;
	if (sim_should_fail(me, "vma_tree")) {
		sim_free(me->sim, new, sizeof(*new));
		return -ENOMEM;
	}
	new->vm_ops = vma->vm_ops;
	new->vm_file = vma->vm_file;
	new->vm_private_data = vma->vm_private_data;
	new->vm_flags = vma->vm_flags;
	new->vm_start = addr;
	new->vm_end = vma->vm_end;
	new->vm_pgoff = linear_page_index(vma, addr);
	if (mapping) {
		get_file(me, new->vm_file);
		down_write(me, &mapping->i_mmap_rwsem);
		plain_writes(me, mapping->i_mmap);
		list_add_tail(&new->i_mmap_node, &mapping->i_mmap);
	}
	plain_writes(me, mm->vmas);
	vma->vm_end = addr;
	vma_store(mm, new);
	if (mapping)
		up_write(me, &mapping->i_mmap_rwsem);
	return 0;
}

struct vm_area_struct *vma_change_flags(struct task *me, struct vm_area_struct *vma, hva_t start,
					hva_t end, u32 vm_flags)
{
	struct mm_struct *mm = vma->vm_mm;
	int err = 0;

	if (vma->vm_start < start) {
		err = split_vma(me, mm, vma, start);
		if (!err)
			vma = vma_lookup(mm, start);
	}
	if (!err && vma->vm_end > end)
		err = split_vma(me, mm, vma, end);
	if (err)
		return ERR_PTR(err);
	vma->vm_flags = vm_flags;
	return vma;
}

int vma_insert_copy(struct task *me, struct mm_struct *mm, const struct vm_area_struct *vma)
{
	struct vm_area_struct *new = vma_alloc(me, mm);

	if (!new)
		return -ENOMEM;
	new->vm_ops = vma->vm_ops;
	new->vm_file = vma->vm_file;
	new->vm_private_data = vma->vm_private_data;
	new->vm_flags = vma->vm_flags & ~VM_LOCKED;
	new->vm_start = vma->vm_start;
	new->vm_end = vma->vm_end;
	new->vm_pgoff = vma->vm_pgoff;
	if (new->vm_file)
		get_file(me, new->vm_file);
	vma_link_file(me, new);
	plain_writes(me, mm->vmas);
	vma_store(mm, new);
	return 0;
}

/* --- mmap --- */

/* VMMs see to it that what can be mapped in huge pages begins like one. */
static u64 mmap_align(u64 len)
{
	u64 pud_size = PAGE_SIZE << PUD_ORDER, pmd_size = PAGE_SIZE << PMD_ORDER;

	return len >= pud_size ? pud_size : len >= pmd_size ? pmd_size : PAGE_SIZE;
}

/*
 * The lowest gap that fits.
 *
 * Upstream: mm/mmap.c:vm_unmapped_area
 * Fidelity: simplified: bottom up, no randomisation
 */
static s64 get_unmapped_area(struct mm_struct *mm, hva_t addr, u64 len, hva_t *out)
{
	struct vm_area_struct *vma;

	if (len > TASK_SIZE)
		return -ENOMEM;
	if (addr) {
		if (addr & (PAGE_SIZE - 1))
			return -EINVAL;
		if (addr > TASK_SIZE - len)
			return -ENOMEM;
		vma = find_vma(mm, addr);
		*out = addr;
		return vma && vma->vm_start < addr + len ? -EEXIST : 0;
	}
	addr = MMAP_BASE;
	for (vma = find_vma(mm, addr); vma && vma->vm_start < addr + len; vma = find_vma(mm, addr))
		addr = ALIGN_UP(vma->vm_end, mmap_align(len));
	*out = addr;
	return addr <= TASK_SIZE - len ? 0 : -ENOMEM;
}

/*
 * Upstream: mm/vma.c:__mmap_new_vma
 * Fidelity: simplified: no merging, no accounting
 */
static s64 mmap_region(struct task *me, struct mm_struct *mm, struct file *file, hva_t addr,
		       u64 offset, u64 len, u32 vm_flags)
{
	struct vm_area_struct *vma = vma_alloc(me, mm);
	s64 err = 0;

	if (!vma)
		return -ENOMEM;
	if (sim_should_fail(me, "vma_tree")) {
		sim_free(me->sim, vma, sizeof(*vma));
		return -ENOMEM;
	}
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_pgoff = file ? offset >> PAGE_SHIFT : addr >> PAGE_SHIFT;
	vma->vm_flags = vm_flags;
	if (file) {
		err = file->f_op->mmap(me, file, vma);
		if (err) {
			sim_free(me->sim, vma, sizeof(*vma));
			return err;
		}
		get_file(me, file);
		vma->vm_file = file;
	}
	plain_writes(me, mm->vmas);
	vma_store(mm, vma);
	vma_link_file(me, vma);
	return 0;
}

/*
 * What may be mapped how; all files here can be read and written.
 *
 * Upstream: mm/mmap.c:do_mmap
 * Fidelity: faithful
 * Return: 0 with @vm_flags complete, or a negative errno.
 */
static s64 mmap_vm_flags(const struct file *file, u32 prot, u32 flags, u32 *vm_flags)
{
	*vm_flags = (prot & VM_ACCESS_FLAGS) | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
		    (flags & MAP_LOCKED ? VM_LOCKED : 0);
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		break;
	case MAP_SHARED_VALIDATE:
		if (!file)
			return -EINVAL;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	if ((flags & MAP_TYPE) != MAP_PRIVATE)
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
	if (file && file->f_op->noexec) {
		if (*vm_flags & VM_EXEC)
			return -EPERM;
		*vm_flags &= ~VM_MAYEXEC;
	}
	return 0;
}

s64 vm_mmap_pgoff(struct task *me, struct file *file, hva_t addr, u64 offset, u64 len, u32 prot,
		  u32 flags, hva_t *out)
{
	struct mm_struct *mm = task_mm(me);
	u32 vm_flags;
	s64 err;

	SIM_FRAME(me);
	*out = 0;
	cost(me, COST_vma_op);
	/* huge pages are for files of hugetlbfs */
	if ((offset & (PAGE_SIZE - 1)) || (file && (flags & MAP_HUGETLB)))
		return -EINVAL;
	if (mmap_write_lock_killable(me, mm))
		return -EINTR;
	err = -EINVAL;
	if (!len)
		goto out_unlock;
	err = -ENOMEM;
	if (len > TASK_SIZE)
		goto out_unlock;
	len = ALIGN_UP(len, PAGE_SIZE);
	err = -EOVERFLOW;
	if (offset + len < offset || (file && offset + len > INT64_MAX))
		goto out_unlock;
	err = get_unmapped_area(mm, addr, len, &addr);
	if (!err)
		err = mmap_vm_flags(file, prot, flags, &vm_flags);
	if (!err)
		err = mmap_region(me, mm, file, addr, offset, len, vm_flags);
out_unlock:
	mmap_write_unlock(me, mm);
	if (err)
		return err;
	*out = addr;
	if (flags & (MAP_POPULATE | MAP_LOCKED))
		mm_populate(me, mm, addr, len, true);
	return 0;
}

s64 vm_mmap(struct task *me, struct file *file, hva_t addr, u64 offset, u64 len, bool shared,
	    hva_t *out)
{
	return vm_mmap_pgoff(me, file, addr, offset, len, PROT_READ | PROT_WRITE,
			     shared ? MAP_SHARED : MAP_PRIVATE, out);
}

/* --- munmap --- */

/* What one munmap takes away. */
struct vma_munmap {
	/* written by the unmapping task */
	struct list_head vmas;
	hva_t start, end;
	hva_t floor, ceiling; /* between the neighbours: tables in here belong to nobody else */
};

/*
 * Upstream: mm/vma.c:vms_gather_munmap_vmas
 * Fidelity: faithful
 * Context: mmap_lock held for write.
 */
static int vms_gather_munmap_vmas(struct task *me, struct mm_struct *mm, struct vma_munmap *vms)
{
	struct vm_area_struct *vma, *next;
	int err;

	vma = vma_lookup(mm, vms->start);
	if (vma && vma->vm_start < vms->start) {
		err = split_vma(me, mm, vma, vms->start);
		if (err)
			return err;
	}
	vma = vma_lookup(mm, vms->end - 1);
	if (vma && vms->end < vma->vm_end) {
		err = split_vma(me, mm, vma, vms->end);
		if (err)
			return err;
	}
	/*
	 * Of the tree that collects them; what was split stays split, as upstream.  The end of the
	 * process does without.
	 */
	if (vms->end - vms->start < TASK_SIZE && sim_should_fail(me, "vma_tree"))
		return -ENOMEM;
	vms->floor = 0;
	vms->ceiling = TASK_SIZE;
	plain_writes(me, mm->vmas);
	list_for_each_entry_safe(vma, next, &mm->vmas, node) {
		if (vma->vm_end <= vms->start) {
			vms->floor = vma->vm_end;
		} else if (vma->vm_start >= vms->end) {
			vms->ceiling = vma->vm_start;
			break;
		} else {
			list_move_tail(&vma->node, &vms->vmas);
		}
	}
	return 0;
}

/*
 * Upstream: mm/vma.c:vms_clear_ptes, mm/memory.c:unmap_vmas, free_pgtables
 * Fidelity: faithful: one notifier bracket and one gather for all VMAs; file VMAs leave i_mmap
 * after their pages and before their tables
 */
static void vms_clear_ptes(struct task *me, struct mm_struct *mm, struct vma_munmap *vms)
{
	struct mmu_notifier_range range = {.mm = mm};
	struct vm_area_struct *vma;
	struct mmu_gather tlb;

	range.start = list_first_entry(&vms->vmas, struct vm_area_struct, node)->vm_start;
	range.end = list_last_entry(&vms->vmas, struct vm_area_struct, node)->vm_end;
	tlb_gather_mmu(me, &tlb, mm);
	mmu_notifier_invalidate_range_start(me, &range);
	list_for_each_entry(vma, &vms->vmas, node)
		unmap_page_range(me, &tlb, vma, vma->vm_start, vma->vm_end, NULL);
	mmu_notifier_invalidate_range_end(me, &range);
	list_for_each_entry(vma, &vms->vmas, node)
		vma_unlink_file(me, vma);
	free_pgtables(me, mm, range.start, range.end, vms->floor, vms->ceiling);
	tlb_finish_mmu(me, &tlb);
}

/* Context: mmap_lock held for write; dropped. */
static s64 munmap_and_unlock(struct task *me, struct mm_struct *mm, struct vma_munmap *vms)
{
	struct vm_area_struct *vma, *next;
	int err;

	INIT_LIST_HEAD(&vms->vmas);
	err = vms_gather_munmap_vmas(me, mm, vms);
	if (err || list_empty(&vms->vmas)) {
		mmap_write_unlock(me, mm);
		return err;
	}
	mmap_write_downgrade(me, mm);
	vms_clear_ptes(me, mm, vms);
	mmap_read_unlock(me, mm);
	list_for_each_entry_safe(vma, next, &vms->vmas, node)
		vma_free(me, vma);
	return 0;
}

s64 vm_munmap(struct task *me, struct mm_struct *mm, hva_t addr, u64 len)
{
	struct vma_munmap vms;

	SIM_FRAME(me);
	cost(me, COST_vma_op);
	if ((addr & (PAGE_SIZE - 1)) || addr > TASK_SIZE || len > TASK_SIZE - addr)
		return -EINVAL;
	vms.start = addr;
	vms.end = addr + ALIGN_UP(len, PAGE_SIZE);
	if (vms.end == vms.start)
		return -EINVAL;
	if (mmap_write_lock_killable(me, mm))
		return -EINTR;
	return munmap_and_unlock(me, mm, &vms);
}

s64 sys_munmap(struct task *me, hva_t addr, u64 len)
{
	s64 ret;

	cost(me, COST_syscall);
	ret = vm_munmap(me, task_mm(me), addr, len);
	task_work_run(me);
	return check_result(me, OP_MUNMAP, ret);
}

void exit_mmap(struct task *me, struct mm_struct *mm)
{
	struct vma_munmap vms = {.start = 0, .end = TASK_SIZE};
	s64 err;

	/* whoever was killed gets here, too */
	mmap_write_lock(me, mm);
	err = munmap_and_unlock(me, mm, &vms);
	SIM_ASSERT(!err);
	task_work_run(me);
}
