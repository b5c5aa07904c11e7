// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/gup.c - pinning the pages behind user addresses.
 *
 * The fast path takes no lock: interrupts off keep page tables from being freed, a reference is
 * taken speculatively and dropped again if the PTE has changed.  Such a transient reference is
 * visible to everybody who looks at the count.
 *
 * Invariants: a page returned by the fast path had its PTE present after the reference was taken;
 * interrupts are off for the whole walk and nothing in it sleeps.
 *
 * Upstream: mm/gup.c
 * Fidelity: faithful for 4K pages
 */
#include "model/mm/gup.h"

#include "model/check.h"
#include "model/fails.h"
#include "model/mm/lru.h"
#include "model/ops.h"
#include "sim/race.h"

/* A large folio counts its pins apart. */
static s32 gup_refs(const struct folio *folio, u32 flags)
{
	return flags & FOLL_PIN && !folio_test_large(folio) ? GUP_PIN_COUNTING_BIAS : 1;
}

/*
 * Upstream: mm/gup.c:try_grab_folio, try_grab_folio_fast
 * Fidelity: faithful
 */
static bool try_grab_folio(struct task *me, struct folio *folio, u32 flags)
{
	if (!folio_try_ref_add(me, folio, gup_refs(folio, flags)))
		return false;
	if (flags & FOLL_PIN && folio_test_large(folio))
		step_add_return(me, &folio_large(folio)->pincount, 1);
	return true;
}

void gup_put_folio(struct task *me, struct folio *folio, u32 flags)
{
	if (flags & FOLL_PIN && folio_test_large(folio))
		step_add_return(me, &folio_large(folio)->pincount, -1);
	folio_put_refs(me, folio, gup_refs(folio, flags));
}

/*
 * Long-term writable pins of file pages are for the slow path to judge.  A page without mapping may
 * have been truncated: not for the fast path either, unless it is anonymous.
 *
 * Upstream: mm/gup.c:gup_fast_folio_allowed
 * Fidelity: simplified: every file counts as one that cares about dirty pages
 */
static bool gup_fast_folio_allowed(const struct folio *folio, u32 flags)
{
	const u32 longterm = FOLL_PIN | FOLL_LONGTERM | FOLL_WRITE;

	return (flags & longterm) != longterm || !load_acquire(folio->mapping);
}

/*
 * Upstream: mm/gup.c:gup_fast_pte_range
 * Fidelity: faithful
 * Context: interrupts off.
 */
static struct folio *gup_fast_one(struct task *me, struct mm_struct *mm, hva_t addr, u32 flags)
{
	struct pte_table *table;
	struct folio *folio;
	pte_t pte;

	cost(me, COST_gup_fast);
	table = pte_offset_map(me, mm, addr);
	if (!table)
		return NULL;
	pte = ptep_get_lockless(me, table, addr);
	if (!pte_present(pte) || pte_special(pte) || pte_protnone(pte) ||
	    ((flags & FOLL_WRITE) && !pte_write(pte)))
		return NULL;
	folio = pfn_folio(mm->machine->folios, pte_pfn(pte));
	if (!try_grab_folio(me, folio, flags))
		return NULL;
	/* The folio may have been split or merged in between, or the PTE changed. */
	if (pfn_folio(mm->machine->folios, pte_pfn(pte)) == folio &&
	    (ptep_get_lockless(me, table, addr) & ~_PAGE_DIRTY) == (pte & ~_PAGE_DIRTY) &&
	    gup_fast_folio_allowed(folio, flags))
		return folio;
	gup_put_folio(me, folio, flags);
	return NULL;
}

s64 get_user_pages_fast_only(struct task *me, struct mm_struct *mm, hva_t addr, u64 nr, u32 flags,
			     struct folio **pages)
{
	u64 done;

	SIM_FRAME(me);
	local_irq_disable(me);
	rcu_read_lock(me);
	for (done = 0; done < nr; done++) {
		pages[done] = gup_fast_one(me, mm, addr + (done << PAGE_SHIFT), flags);
		if (!pages[done])
			break;
	}
	rcu_read_unlock(me);
	local_irq_enable(me);
	return (s64)done;
}

/*
 * Upstream: mm/gup.c:follow_page_pte
 * Fidelity: faithful
 * Return: the page, NULL if it must be faulted in, or ERR_PTR(-ENOMEM).
 */
static struct folio *follow_page_pte(struct task *me, struct mm_struct *mm, hva_t addr, u32 flags)
{
	struct folio *folio = NULL;
	struct pte_table *table;
	pte_t pte;

	table = pte_offset_map_lock(me, mm, addr);
	if (!table)
		return NULL;
	pte = ptep_get(table, addr);
	if (pte_present(pte) && (!(flags & FOLL_WRITE) || pte_write(pte))) {
		folio = pfn_folio(mm->machine->folios, pte_pfn(pte));
		if ((flags & (FOLL_GET | FOLL_PIN)) && !try_grab_folio(me, folio, flags))
			folio = ERR_PTR(-ENOMEM);
	}
	pte_unmap_unlock(me, table);
	return folio;
}

/*
 * Upstream: mm/gup.c:faultin_page
 * Fidelity: faithful
 * Context: mmap_lock held for read.
 */
static s64 faultin_page(struct task *me, struct vm_area_struct *vma, hva_t addr, u32 flags)
{
	u32 fault_flags = flags & FOLL_WRITE ? FAULT_FLAG_WRITE : 0;
	vm_fault_t ret;

	fault_flags |= FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	if (flags & FOLL_NOWAIT)
		fault_flags |= FAULT_FLAG_RETRY_NOWAIT;
	ret = handle_mm_fault(me, vma, addr, fault_flags);
	if (ret & VM_FAULT_OOM)
		return -ENOMEM;
	if (ret & VM_FAULT_HWPOISON)
		return flags & FOLL_HWPOISON ? -EHWPOISON : -EFAULT;
	if (ret & VM_FAULT_ERROR)
		return -EFAULT;
	return ret & VM_FAULT_RETRY && flags & FOLL_NOWAIT ? -EBUSY : 0;
}

/*
 * Upstream: mm/gup.c:__get_user_pages
 * Fidelity: faithful
 * Context: mmap_lock held for read.
 */
static s64 gup_slow_one(struct task *me, struct mm_struct *mm, hva_t addr, u32 flags,
			struct folio **page)
{
	struct vm_area_struct *vma = (plain_reads(me, mm->vmas), vma_lookup(mm, addr));
	s64 err;

	if (!vma || !vma_is_accessible(vma) ||
	    vma->vm_flags & VM_PFNMAP || ((flags & FOLL_WRITE) && !(vma->vm_flags & VM_WRITE)))
		return -EFAULT;
	cost(me, COST_gup_slow);
	for (;;) {
		fail_kill(me, "kill_gup");
		if (fatal_signal_pending(me))
			return -EINTR;
		cond_resched(me);
		*page = follow_page_pte(me, mm, addr, flags);
		if (*page)
			return IS_ERR(*page) ? PTR_ERR(*page) : 0;
		err = faultin_page(me, vma, addr, flags);
		if (err)
			return err;
	}
}

s64 get_user_pages_unlocked(struct task *me, struct mm_struct *mm, hva_t addr, u64 nr, u32 flags,
			    struct folio **pages)
{
	u64 done = 0;
	s64 err = 0;

	SIM_FRAME(me);
	if (!nr)
		return 0;
	if (mmap_read_lock_killable(me, mm))
		return -EINTR;
	while (done < nr && !err) {
		err = gup_slow_one(me, mm, addr + (done << PAGE_SHIFT), flags, &pages[done]);
		done += !err;
	}
	mmap_read_unlock(me, mm);
	return done ? (s64)done : err;
}

s64 get_user_pages_fast(struct task *me, struct mm_struct *mm, hva_t addr, u64 nr, u32 flags,
			struct folio **pages)
{
	s64 fast, slow;

	fast = get_user_pages_fast_only(me, mm, addr, nr, flags, pages);
	if ((u64)fast == nr || (flags & FOLL_FAST_ONLY))
		return fast;
	slow = get_user_pages_unlocked(me, mm, addr + ((u64)fast << PAGE_SHIFT), nr - (u64)fast,
				       flags, pages + fast);
	if (slow < 0)
		return fast ? fast : slow;
	return fast + slow;
}

/* --- populate --- */

static s64 faultin_range(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end,
			 u32 flags)
{
	struct folio *folio;
	s64 err = 0;

	for (; start < end && !err; start += PAGE_SIZE)
		err = gup_slow_one(me, vma->vm_mm, start, flags, &folio);
	lru_add_drain(me);
	return err;
}

s64 faultin_page_range(struct task *me, struct vm_area_struct *vma, hva_t start, hva_t end,
		       bool write)
{
	if (!vma_is_accessible(vma) || (write && !(vma->vm_flags & VM_WRITE)))
		return -EINVAL;
	return faultin_range(me, vma, start, end, FOLL_HWPOISON | (write ? FOLL_WRITE : 0));
}

/*
 * Upstream: mm/gup.c:populate_vma_page_range
 * Fidelity: faithful: shared memory is read, so that it does not get dirty
 */
static s64 populate_vma_page_range(struct task *me, struct vm_area_struct *vma, hva_t start,
				   hva_t end)
{
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;

	return faultin_range(me, vma, start, end, write ? FOLL_WRITE : 0);
}

s64 mm_populate(struct task *me, struct mm_struct *mm, hva_t addr, u64 len, bool ignore_errors)
{
	hva_t end = addr + len;
	s64 err = 0;

	SIM_FRAME(me);
	mmap_read_lock(me, mm);
	while (addr < end && !err) {
		struct vm_area_struct *vma = find_vma(mm, addr);
		hva_t vma_end;

		if (!vma || vma->vm_start >= end)
			break;
		vma_end = min(vma->vm_end, end);
		err = populate_vma_page_range(me, vma, max(addr, vma->vm_start), vma_end);
		if (ignore_errors)
			err = 0;
		addr = vma_end;
	}
	mmap_read_unlock(me, mm);
	return err;
}

/* --- the operations --- */

static s64 __pin_user_pages(struct task *me, hva_t addr, u64 len, u32 gup_flags, struct pin **out)
{
	struct machine *m = machine_of(me);
	hva_t start = ALIGN_DOWN(addr, PAGE_SIZE);
	struct pin *pin;
	u64 nr;
	s64 ret;

	if (!len)
		return -EINVAL;
	if (addr + len < addr || addr + len > TASK_SIZE)
		return -EFAULT;
	nr = (ALIGN_UP(addr + len, PAGE_SIZE) - start) >> PAGE_SHIFT;
	if (nr > m->cfg.memory_pages || sim_should_fail(me, "pin"))
		return -ENOMEM;
	pin = sim_zalloc(me->sim, sizeof(*pin));
	pin->folios = sim_alloc(me->sim, nr * sizeof(*pin->folios));
	pin->mm = task_mm(me);
	pin->gup_flags = gup_flags;
	pin->nr_alloc = nr;
	ret = get_user_pages_fast(me, pin->mm, start, nr, pin->gup_flags, pin->folios);
	if (ret <= 0) {
		sim_free(me->sim, pin->folios, nr * sizeof(*pin->folios));
		sim_free(me->sim, pin, sizeof(*pin));
		return ret;
	}
	pin->nr = (u64)ret;
	sim_guard_lock(me->sim, &m->lock);
	list_add_tail(&pin->node, &m->pins);
	sim_guard_unlock(me->sim, &m->lock);
	*out = pin;
	return ret;
}

s64 pin_user_pages(struct task *me, hva_t addr, u64 len, bool longterm, bool fast_only,
		   struct pin **out)
{
	u32 flags = FOLL_WRITE | (longterm ? FOLL_PIN | FOLL_LONGTERM : FOLL_GET) |
		    (fast_only ? FOLL_FAST_ONLY : 0);

	SIM_FRAME(me);
	*out = NULL;
	cost(me, COST_syscall);
	return check_result(me, OP_PIN, __pin_user_pages(me, addr, len, flags, out));
}

s64 splice_user_pages(struct task *me, hva_t addr, u64 len, struct pin **out)
{
	SIM_FRAME(me);
	*out = NULL;
	cost(me, COST_syscall);
	return check_result(me, OP_PIN, __pin_user_pages(me, addr, len, FOLL_GET, out));
}

u8 pin_first_byte(const struct pin *pin)
{
	return (u8)folio_content(pin->folios[0]).byte;
}

s64 unpin_user_pages(struct task *me, struct pin *pin)
{
	struct machine *m = machine_of(me);

	SIM_FRAME(me);
	cost(me, COST_syscall);
	sim_guard_lock(me->sim, &m->lock);
	list_del_init(&pin->node);
	sim_guard_unlock(me->sim, &m->lock);
	for (u64 i = 0; i < pin->nr; i++) {
		cost(me, COST_unpin);
		gup_put_folio(me, pin->folios[i], pin->gup_flags);
	}
	sim_free(me->sim, pin->folios, pin->nr_alloc * sizeof(*pin->folios));
	sim_free(me->sim, pin, sizeof(*pin));
	return 0;
}
