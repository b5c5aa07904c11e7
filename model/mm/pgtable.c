// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/pgtable.c - leaf tables: finding, making, freeing them, and changing their entries.
 *
 * Invariants: P1-P3 of the header; nr_present counts the present PTEs of a table.
 *
 * Upstream: mm/pgtable-generic.c, mm/memory.c
 * Fidelity: simplified: upper levels are an xarray
 */
#include "model/mm/pgtable.h"

#include "model/mm/mmap.h"
#include "sim/race.h"

struct pte_table *__pte_offset_map(const struct mm_struct *mm, hva_t addr)
{
	return __xa_load(&mm->tables, pmd_index(addr));
}

struct pte_table *pte_offset_map(struct task *me, struct mm_struct *mm, hva_t addr)
{
	void *const *slot;

	return xa_load_rcu(me, &mm->tables, pmd_index(addr), &slot);
}

struct pte_table *pte_offset_map_lock(struct task *me, struct mm_struct *mm, hva_t addr)
{
	struct pte_table *table;

	rcu_read_lock(me);
	while ((table = pte_offset_map(me, mm, addr))) {
		spin_lock(me, &table->ptl);
		if (likely(!table->dead))
			return table;
		spin_unlock(me, &table->ptl);
	}
	rcu_read_unlock(me);
	return NULL;
}

void pte_unmap_unlock(struct task *me, struct pte_table *table)
{
	spin_unlock(me, &table->ptl);
	rcu_read_unlock(me);
}

int pte_alloc(struct task *me, struct mm_struct *mm, hva_t addr)
{
	struct pte_table *table;
	int err;

	if (likely(xa_load(me, &mm->tables, pmd_index(addr))))
		return 0;
	if (sim_should_fail(me, "pte_alloc"))
		return -ENOMEM;
	table = sim_zalloc(me->sim, sizeof(*table));
	spin_lock_init(me->sim, &table->ptl, "ptlock");

	xa_lock(me, &mm->tables);
	err = __xa_insert(me, &mm->tables, pmd_index(addr), table);
	xa_unlock(me, &mm->tables);
	if (err) /* somebody was faster, or no memory for the level above */
		sim_free(me->sim, table, sizeof(*table));
	return err == -EBUSY ? 0 : err;
}

static void pte_free_rcu(struct sim *sim, struct sim_rcu_head *head)
{
	sim_free(sim, container_of(head, struct pte_table, rcu), sizeof(struct pte_table));
}

void free_pgtables(struct task *me, struct mm_struct *mm, hva_t start, hva_t end, hva_t floor,
		   hva_t ceiling)
{
	u64 first = max(pmd_index(start), pmd_index(floor + PMD_SIZE - 1));
	u64 last = min(pmd_index(end - 1), pmd_index(ceiling) - 1);
	struct pte_table *table;
	u64 index;

	if (pmd_index(ceiling) == 0 || first > last)
		return;
	xa_for_each_range(me, &mm->tables, index, table, first, last) {
		spin_lock(me, &table->ptl);
		if (table->nr_present)
			sim_finding(me->sim, me, "lifetime",
				    "page table of 0x%llx freed with %u pages in it",
				    (unsigned long long)index << PMD_SHIFT, table->nr_present);
		table->dead = true;
		spin_unlock(me, &table->ptl);
		xa_erase(me, &mm->tables, index);
		kfree_rcu(me, &table->rcu, pte_free_rcu);
	}
}

void set_pte_at(struct task *me, struct pte_table *table, hva_t addr, pte_t pte)
{
	pte_t *ptep = &table->pte[pte_index(addr)];

	lockdep_assert_held(me, &table->ptl);
	SIM_ASSERT(pte_present(pte));
	plain_add(me, table->nr_present, !pte_present(load_acquire(*ptep)));
	WRITE_ONCE(me, table->ptl.dep_map.id, *ptep, pte);
}

pte_t ptep_get_and_clear(struct task *me, struct pte_table *table, hva_t addr)
{
	pte_t old;

	lockdep_assert_held(me, &table->ptl);
	old = atomic_xchg(me, table->ptl.dep_map.id, &table->pte[pte_index(addr)], 0);
	plain_add(me, table->nr_present, -(u32)pte_present(old));
	return old;
}

void set_hwpoison_pte(struct task *me, struct pte_table *table, hva_t addr, pfn_t pfn)
{
	lockdep_assert_held(me, &table->ptl);
	WRITE_ONCE(me, table->ptl.dep_map.id, table->pte[pte_index(addr)],
		   ((u64)pfn << PAGE_SHIFT) | _PAGE_HWPOISON);
}
