// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/memory.c - page faults of processes, and the accesses that raise them.
 *
 * A fault on a file mapping: mmap_lock for read, VMA, the file's fault handler (which returns the
 * folio locked, with a reference), the PTE lock, a look whether somebody was faster, the PTE.  The
 * reference becomes the PTE's.  The folio stays locked until the PTE is in, so truncation either
 * finds the PTE or makes the fault find the folio gone.
 *
 * Invariants: a PTE is installed only while the folio is locked and its table's lock is held;
 * mmap_lock is held for read from the VMA lookup to the end of the fault.
 *
 * Upstream: mm/memory.c, arch/x86/mm/fault.c
 * Fidelity: faithful for shared file mappings without map_pages (the attempt under the VMA's own
 * lock, which always bounces for these, is part of the cost of a fault); anonymous simplified
 */
#include "model/mm/memory.h"

#include "model/check.h"
#include "model/events.h"
#include "model/fails.h"
#include "model/mm/lru.h"
#include "model/ops.h"
#include "sim/race.h"

/* --- installing pages --- */

/* What a write fault's PTE says beyond the frame. */
static u64 vma_prot(const struct vm_area_struct *vma, u32 flags)
{
	u64 prot = vma->vm_flags & VM_WRITE ? _PAGE_RW : 0;

	return flags & FAULT_FLAG_WRITE ? prot | _PAGE_DIRTY : prot;
}

/*
 * Upstream: mm/memory.c:finish_fault, set_pte_range
 * Fidelity: faithful
 * Return: 0, or VM_FAULT_NOPAGE if there is a PTE already.
 */
static vm_fault_t finish_fault(struct task *me, struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct pte_table *table;
	vm_fault_t ret = 0;

	table = pte_offset_map_lock(me, mm, vmf->address);
	if (!table)
		return VM_FAULT_NOPAGE;
	cost(me, COST_pte_install);
	if (unlikely(!pte_none(ptep_get(table, vmf->address)))) {
		ret = VM_FAULT_NOPAGE;
	} else {
		pfn_t pfn = folio_file_pfn(machine_of(me)->folios, vmf->page, vmf->pgoff);

		folio_add_rmap(me, vmf->page);
		set_pte_at(me, table, vmf->address, mk_pte(pfn, vma_prot(vmf->vma, vmf->flags)));
		if (unlikely(vmf->vma->vm_flags & VM_LOCKED))
			mlock_folio(me, vmf->page);
	}
	pte_unmap_unlock(me, table);
	return ret;
}

vm_fault_t vmf_insert_pfn(struct task *me, struct vm_area_struct *vma, hva_t addr, pfn_t pfn)
{
	struct pte_table *table;

	SIM_ASSERT(vma->vm_flags & VM_PFNMAP);
	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	if (pte_alloc(me, vma->vm_mm, addr))
		return VM_FAULT_OOM;
	table = pte_offset_map_lock(me, vma->vm_mm, addr);
	if (!table)
		return VM_FAULT_NOPAGE;
	cost(me, COST_pte_install);
	if (pte_none(ptep_get(table, addr)))
		set_pte_at(me, table, addr, mk_pte(pfn, vma_prot(vma, 0) | _PAGE_SPECIAL));
	pte_unmap_unlock(me, table);
	return VM_FAULT_NOPAGE;
}

/*
 * Upstream: mm/memory.c:__do_fault
 * Fidelity: simplified: a poisoned page that nobody ever wrote to stays in its file (upstream
 * evicts it if nobody refers to it, and the fault gets a new one)
 */
static vm_fault_t __do_fault(struct task *me, struct vm_fault *vmf)
{
	vm_fault_t ret;

	if (pte_alloc(me, vmf->vma->vm_mm, vmf->address))
		return VM_FAULT_OOM;
	ret = vmf->vma->vm_ops->fault(me, vmf);
	if (unlikely(ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)))
		return ret;
	if (unlikely(folio_test_hwpoison(me, vmf->page))) {
		if (ret & VM_FAULT_LOCKED) {
			/* Whoever else has it mapped is to find out, too. */
			if (folio_mapped(vmf->page))
				unmap_mapping_folio(me, vmf->page);
			folio_unlock(me, vmf->page);
		}
		folio_put(me, vmf->page);
		return VM_FAULT_HWPOISON;
	}
	if (unlikely(!(ret & VM_FAULT_LOCKED)))
		folio_lock(me, vmf->page);
	return VM_FAULT_LOCKED;
}

/*
 * Upstream: mm/memory.c:do_read_fault, do_shared_fault
 * Fidelity: faithful (no page_mkwrite, no fault-around)
 */
static vm_fault_t do_shared_fault(struct task *me, struct vm_fault *vmf)
{
	vm_fault_t ret = __do_fault(me, vmf);

	if (unlikely(ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)))
		return ret;
	ret = finish_fault(me, vmf);
	folio_unlock(me, vmf->page);
	if (unlikely(ret))
		folio_put(me, vmf->page);
	return ret;
}

/*
 * Upstream: mm/memory.c:do_anonymous_page
 * Fidelity: simplified: no zero page, no anon_vma, no LRU
 */
static vm_fault_t do_anonymous_page(struct task *me, struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	vm_fault_t ret;

	if (pte_alloc(me, mm, vmf->address))
		return VM_FAULT_OOM;
	vmf->page = folio_alloc(me);
	if (!vmf->page)
		return VM_FAULT_OOM;
	clear_highpage(me, vmf->page, mm->owner);
	folio_mark_uptodate(me, vmf->page);
	ret = finish_fault(me, vmf);
	if (unlikely(ret))
		folio_put(me, vmf->page);
	return ret;
}

vm_fault_t handle_mm_fault(struct task *me, struct vm_area_struct *vma, hva_t address, u32 flags)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = ALIGN_DOWN(address, PAGE_SIZE),
		.pgoff = linear_page_index(vma, address),
		.flags = flags,
	};
	struct pte_table *table;
	pte_t pte;
	vm_fault_t ret;

	SIM_FRAME(me);
	if (!vma_is_accessible(vma) || ((flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_WRITE)))
		return VM_FAULT_SIGSEGV;
	rcu_read_lock(me);
	table = pte_offset_map(me, vma->vm_mm, vmf.address);
	pte = table ? ptep_get_lockless(me, table, vmf.address) : 0;
	rcu_read_unlock(me);
	/* Installed by somebody else since the fault was raised. */
	if (pte_present(pte))
		return 0;
	/* do_swap_page(): the only kind of entry that is neither present nor empty */
	if (unlikely(!pte_none(pte)))
		return VM_FAULT_HWPOISON;
	ret = vma->vm_ops ? do_shared_fault(me, &vmf) : do_anonymous_page(me, &vmf);
	return ret & ~VM_FAULT_NOPAGE;
}

/* --- accesses --- */

/* Return: false if it faults. */
static bool translate_and_access(struct task *me, struct mm_struct *mm, hva_t addr, bool write,
				 u8 *byte)
{
	struct pte_table *table;
	struct folio *folio;
	struct address_space *mapping;
	pte_t pte;
	u32 owner;

	table = pte_offset_map(me, mm, addr);
	if (!table)
		return false;
	pte = ptep_get(table, addr);
	if (!pte_present(pte) || pte_protnone(pte) || (write && !pte_write(pte)))
		return false;
	/* The dirty bit is set in the table, and only in a PTE that is still the same. */
	if (write && !pte_dirty(pte) &&
	    !step_try_cmpxchg(me, &table->pte[pte_index(addr)], &pte, pte | _PAGE_DIRTY))
		return false;
	folio = pfn_folio(mm->machine->folios, pte_pfn(pte));
	mapping = load_acquire(folio->mapping);
	owner = mapping ? mapping->owner : mm->owner;
	host_touches(me, pte_pfn(pte), write);
	if (write)
		folio_write_byte(me, pfn_to_page(me, pte_pfn(pte)), owner, *byte);
	else
		*byte = page_read_byte(me, pte_pfn(pte), owner);
	return true;
}

/*
 * One access by the CPU: translation and data in one step, as no flush completes in the middle of
 * an instruction.  In the virtual engine nobody runs in between; on real threads interrupts are
 * off, which holds the flush up.
 */
static bool cpu_access(struct task *me, struct mm_struct *mm, hva_t addr, bool write, u8 *byte)
{
	bool done;

	cost(me, COST_user_access);
	if (me->sim->is_virtual)
		return translate_and_access(me, mm, addr, write, byte);
	local_irq_disable(me);
	rcu_read_lock(me);
	done = translate_and_access(me, mm, addr, write, byte);
	rcu_read_unlock(me);
	local_irq_enable(me);
	return done;
}

/*
 * Upstream: arch/x86/mm/fault.c:do_user_addr_fault
 * Fidelity: faithful but for the attempt under the VMA's own lock (see above)
 * Return: 0 to try the access again, an access_result or a negative errno.
 */
static s64 do_user_addr_fault(struct task *me, struct mm_struct *mm, hva_t addr, bool write)
{
	u32 flags = FAULT_FLAG_USER | FAULT_FLAG_KILLABLE | FAULT_FLAG_ALLOW_RETRY |
		    (write ? FAULT_FLAG_WRITE : 0);
	struct vm_area_struct *vma;
	vm_fault_t ret;

	SIM_FRAME(me);
	cost(me, COST_page_fault);
	sim_event(me, EV_page_fault_user, addr, write, 0);
	do {
		if (mmap_read_lock_killable(me, mm))
			return -EINTR;
		plain_reads(me, mm->vmas);
		vma = vma_lookup(mm, addr);
		ret = vma ? handle_mm_fault(me, vma, addr, flags) : VM_FAULT_SIGSEGV;
		mmap_read_unlock(me, mm);
		flags |= FAULT_FLAG_TRIED;
		fail_kill(me, "kill_fault");
		if (fatal_signal_pending(me))
			return -EINTR;
		if (ret & VM_FAULT_RETRY)
			sim_retry(me);
	} while (ret & VM_FAULT_RETRY);
	if (likely(!(ret & VM_FAULT_ERROR)))
		return 0;
	if (ret & VM_FAULT_OOM)
		return -ENOMEM;
	return ret & VM_FAULT_SIGSEGV ? ACCESS_SIGSEGV : ACCESS_SIGBUS;
}

s64 host_access(struct task *me, hva_t addr, u64 len, bool write, u8 byte, struct access_info *info)
{
	struct mm_struct *mm = task_mm(me);
	hva_t page = ALIGN_DOWN(addr, PAGE_SIZE), end = addr + len;
	u64 done = 0;
	s64 ret = ACCESS_OK;

	SIM_FRAME(me);
	if (info)
		*info = (struct access_info){0};
	if (!len)
		return ACCESS_OK;
	if (end < addr || end > TASK_SIZE)
		return ACCESS_SIGSEGV;
	for (; page < end && !ret; page += PAGE_SIZE) {
		u8 seen = byte;

		while (!cpu_access(me, mm, page, write, &seen)) {
			ret = do_user_addr_fault(me, mm, page, write);
			if (ret)
				break;
		}
		if (ret)
			break;
		if (info && !write)
			access_info_read(info, seen);
		done++;
		if (info)
			info->pages_done = done;
	}
	return check_result(me, OP_HOST_ACCESS, ret);
}
