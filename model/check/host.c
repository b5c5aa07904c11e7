// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/host.c - host page tables and pins against attributes, files and reference counts.
 *
 * attr-mapping	a host PTE or a pin on a private index
 * freed-mapped	a host PTE or a pin on a page that has been given back
 * refcount	a page of a file that is free, or one with fewer references than what visibly
 *		refers to it; surplus is somebody in flight, until the machine is at rest, where
 *		mm's ledger demands equality
 *
 * Nothing is excused: conversion unmaps and looks at references before it stores the attribute.
 */
#include "model/check/check.h"

#include "model/mm/gup.h"
#include "model/mm/mmap.h"

static void check_refs_from_below(struct check_pass *c, const struct folio *folio, s32 pins)
{
	s32 due = (folio->mapping ? (s32)folio_nr_pages(folio) : 0) + (s32)folio_mapcount(folio) +
		  pins;

	if (unlikely(pfn_frozen(c->m->folios, folio_pfn(c->m->folios, folio))))
		return;
	if (load_acquire(folio->refcount) < due)
		check_finding(c, "refcount", "page %u has %d references, %d are due",
			      folio_pfn(c->m->folios, folio), folio->refcount, due);
}

void check_file_pages(struct check_pass *c, struct gmem_inode *inode)
{
	const struct folio *folio;
	u64 index = 0;

	for (folio = __xa_find(&inode->mapping.i_pages, &index, XA_MAX_INDEX); folio;
	     folio = __xa_find_after(&inode->mapping.i_pages, &index, XA_MAX_INDEX)) {
		c->nr_visited++;
		if (pfn_frozen(c->m->folios, folio_pfn(c->m->folios, folio)))
			continue;
		if (check_folio_free(c, folio))
			check_finding(c, "refcount", "the page at index 0x%llx is free",
				      (unsigned long long)index);
		else
			check_refs_from_below(c, folio, 0);
	}
}

static void check_host_pte(struct check_pass *c, const struct vm_area_struct *vma, pte_t pte,
			   pgoff_t index)
{
	struct folio *folio = pfn_folio(c->m->folios, pte_pfn(pte));
	struct gmem_inode *inode = gmem_file_of(vma->vm_file)->inode;

	if (check_folio_free(c, folio) || !folio->mapping) {
		check_finding(c, "freed-mapped",
			      "%s maps a page that index 0x%llx no longer has", vma->vm_mm->name,
			      (unsigned long long)index);
		return;
	}
	if (gmem_index_is_private(inode, index))
		check_finding(c, "attr-mapping", "%s maps private index 0x%llx", vma->vm_mm->name,
			      (unsigned long long)index);
	check_refs_from_below(c, folio, 0);
}

static void check_vma(struct check_pass *c, struct mm_struct *mm, struct vm_area_struct *vma)
{
	u64 i = vma->vm_start >> PMD_SHIFT, last = (vma->vm_end - 1) >> PMD_SHIFT;
	struct pte_table *table;

	for (table = __xa_find(&mm->tables, &i, last); table;
	     table = __xa_find_after(&mm->tables, &i, last)) {
		hva_t addr = max(vma->vm_start, i << PMD_SHIFT);
		hva_t end = min(vma->vm_end, (i + 1) << PMD_SHIFT);

		for (; addr < end; addr += PAGE_SIZE) {
			pte_t pte = load_acquire(table->pte[pte_index(addr)]);

			c->nr_visited++;
			if (pte_present(pte))
				check_host_pte(c, vma, pte, linear_page_index(vma, addr));
		}
	}
}

void check_host_mappings(struct check_pass *c, struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	list_for_each_entry(vma, &mm->vmas, node) {
		if (vma->vm_ops == &gmem_vm_ops)
			check_vma(c, mm, vma);
	}
}

void check_pins(struct check_pass *c)
{
	struct gmem_inode *inode;
	struct pin *pin;
	u64 i;

	list_for_each_entry(pin, &c->m->pins, node) {
		for (i = 0; i < pin->nr; i++) {
			struct folio *folio = pin->folios[i];

			c->nr_visited++;
			if (check_folio_free(c, folio)) {
				check_finding(c, "freed-mapped", "a pinned page is free");
				continue;
			}
			/* A pinned page that has been punched out is an orphan, and nobody's. */
			inode = check_gmem_of(c->m, folio->mapping);
			if (inode && gmem_index_is_private(inode, folio->index))
				check_finding(c, "attr-mapping", "private index 0x%x is pinned",
					      folio->index);
			check_refs_from_below(c, folio, 1);
		}
	}
}
