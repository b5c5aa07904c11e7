// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/mapping.c - every leaf of a guest's page table against slot, attribute and file.
 *
 * attr-mapping	a private leaf where the memory is shared, or the other way round
 * leaf-folio	a leaf onto another page than the one the file has at that index, or across folios
 * freed-mapped	a leaf onto a page that has been given back, or has left the file
 * lifetime	a leaf without a slot, or of a file that is gone
 *
 * Excused: gfns inside an open invalidation.  Whoever opened it has mmu_lock to come back to, and
 * faults retry until it is closed.
 */
#include "model/check/check.h"

#include "model/kvm/tdp_mmu.h"

#define CHECK_SMALL_VM 128u /* pages; below it looking each gfn up is cheaper than a walk */

/* What the kernel at hand goes by: the VM's attributes, or those of the file behind the slot. */
static bool gfn_is_private(const struct vm *vm, const struct memory_slot *slot, gfn_t gfn)
{
	const struct gmem_file *f = load_acquire(slot->gmem.file);
	void *entry;

	if (vm_memory_attributes(vm)) {
		entry = __xa_load(&vm->mem_attr_array, gfn);
		return entry && (xa_to_value(entry) & MEMORY_ATTRIBUTE_PRIVATE);
	}
	return f && gmem_index_is_private(f->inode, gmem_get_index(slot, gfn));
}

/* A file that is being closed has taken its attributes along. */
static bool gfn_has_attribute(const struct vm *vm, const struct memory_slot *slot)
{
	return vm_memory_attributes(vm) || !slot_has_gmem(slot) || load_acquire(slot->gmem.file);
}

static void check_gmem_leaf(struct check_pass *c, const struct vm *vm,
			    const struct memory_slot *slot, gfn_t gfn, const struct folio *folio)
{
	const struct gmem_file *f = load_acquire(slot->gmem.file);
	pgoff_t index = gmem_get_index(slot, gfn);
	const struct folio *have;

	if (!f) {
		/* Release takes the pointers first and the leaves afterwards. */
		if (c->at_rest)
			check_finding(c, "lifetime", "%s: gfn 0x%llx is mapped, its file is closed",
				      vm->name, (unsigned long long)gfn);
		return;
	}
	have = __xa_load(&f->inode->mapping.i_pages, index);
	if (!have || !folio->mapping)
		check_finding(c, "freed-mapped",
			      "%s: gfn 0x%llx maps a page that index 0x%llx no longer has",
			      vm->name, (unsigned long long)gfn, (unsigned long long)index);
	else if (have != folio)
		check_finding(c, "leaf-folio",
			      "%s: gfn 0x%llx maps another page than index 0x%llx has", vm->name,
			      (unsigned long long)gfn, (unsigned long long)index);
}

static void check_leaf(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level, void *arg)
{
	struct check_pass *c = arg;
	struct memory_slot *slot = search_memslots(load_acquire(vm->memslots), gfn);
	struct folio *folio = pfn_folio(c->m->folios, spte_to_pfn(spte));
	bool is_private = is_private_spte(spte);
	struct gmem_inode *inode;

	c->nr_visited++;
	if (check_in_window(vm, gfn))
		return;
	if (!slot) {
		check_finding(c, "lifetime", "%s: gfn 0x%llx is mapped without a slot", vm->name,
			      (unsigned long long)gfn);
		return;
	}
	if (check_folio_free(folio)) {
		check_finding(c, "freed-mapped", "%s: gfn 0x%llx maps a free page", vm->name,
			      (unsigned long long)gfn);
		return;
	}
	if (PAGES_PER_HPAGE(level) > folio_nr_pages(folio))
		check_finding(c, "leaf-folio",
			      "%s: the leaf at gfn 0x%llx is larger than its folio", vm->name,
			      (unsigned long long)gfn);
	if (gfn_has_attribute(vm, slot) && is_private != gfn_is_private(vm, slot, gfn))
		check_finding(c, "attr-mapping", "%s: %s leaf at gfn 0x%llx, which is %s",
			      vm->name, is_private ? "private" : "shared", (unsigned long long)gfn,
			      is_private ? "shared" : "private");

	if (slot_has_gmem(slot) && (is_private || memslot_is_gmem_only(slot))) {
		check_gmem_leaf(c, vm, slot, gfn, folio);
		return;
	}
	/* Through user page tables; these may map a guest_memfd, too. */
	inode = check_gmem_of(c->m, folio->mapping);
	if (inode && gmem_index_is_private(inode, folio->index))
		check_finding(c, "attr-mapping",
			      "%s: shared leaf at gfn 0x%llx maps private index 0x%x", vm->name,
			      (unsigned long long)gfn, folio->index);
}

u64 check_find_leaf(const struct mmu_page *root, gfn_t gfn, int *level)
{
	const struct mmu_page *sp = root;

	for (*level = sp->role.level; *level >= PG_LEVEL_4K; --*level) {
		u32 i = (gfn >> ((*level - 1) * SPTE_LEVEL_BITS)) & (SPTE_ENT_PER_PAGE - 1);
		u64 spte = tdp_mmu_read_spte(&sp->spt[i]);

		if (!is_shadow_present_pte(spte))
			return 0;
		if (is_last_spte(spte, *level))
			return spte;
		sp = spte_to_child_sp(spte);
	}
	return 0;
}

/* The same for a small VM at a fraction of the price; only leaves without a slot are missed. */
static void check_leaves_of_slots(struct check_pass *c, struct vm *vm)
{
	const struct memslots *slots = load_acquire(vm->memslots);
	struct mmu_page *root;
	gfn_t gfn;
	int level;
	u64 spte;
	u32 i;

	list_for_each_entry(root, &vm->tdp_mmu_roots, link) {
		for (i = 0; i < slots->nr; i++) {
			const struct memory_slot *slot = slots->slot[i];

			for (gfn = slot->base_gfn; gfn < slot->base_gfn + slot->npages; gfn++) {
				spte = check_find_leaf(root, gfn, &level);
				if (spte)
					check_leaf(vm, root->role.is_mirror, gfn, spte, level, c);
			}
		}
	}
}

void check_leaves(struct check_pass *c, struct vm *vm)
{
	if (!c->at_rest && vm->nr_memslot_pages <= CHECK_SMALL_VM)
		check_leaves_of_slots(c, vm);
	else
		tdp_mmu_for_each_leaf(vm, check_leaf, c);
}
