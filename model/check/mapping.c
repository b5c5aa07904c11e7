// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/mapping.c - every leaf of a guest's page table against slot, attribute and file.
 *
 * attr-mapping	a private leaf where the memory is shared, or the other way round
 * leaf-folio	a leaf onto another page than the file has at that index, or across folios; the
 *		kernels that split 1G pages keep leaves over the pieces: there a leaf may lie across
 *		folios that are the file's at these indices
 * freed-mapped	a leaf onto a page that has been given back, or has left the file
 * lifetime	a leaf without a slot, or of a file that is gone
 *
 * A huge leaf is one object, and all of it must be right.
 *
 * Excused: leaves that an open invalidation overlaps.  Whoever opened it has mmu_lock to come back
 * to, and faults retry until it is closed.
 */
#include "model/check/check.h"

#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tdx.h"

/* A leaf, and where it should lead. */
struct leaf {
	/* written by check_leaf() */
	const struct vm *vm;
	const struct memory_slot *slot;
	gfn_t gfn;
	pfn_t pfn;
	u64 nr;
	bool is_private;
};

/* What the kernel at hand goes by: the VM's attributes, or those of the file behind the slot. */
bool check_gfn_is_private(const struct vm *vm, const struct memory_slot *slot, gfn_t gfn)
{
	const struct gmem_file *f = load_acquire(slot->gmem.file);
	void *entry;

	if (vm_memory_attributes(vm)) {
		entry = __xa_load(&vm->mem_attr_array, gfn);
		return entry && (xa_to_value(entry) & MEMORY_ATTRIBUTE_PRIVATE);
	}
	return f && gmem_index_is_private(f->inode, gmem_get_index(slot, gfn));
}

/* From @gfn on, how many pages surely have the same attribute? */
static u64 attribute_run(const struct vm *vm, const struct memory_slot *slot, gfn_t gfn)
{
	const struct gmem_file *f = load_acquire(slot->gmem.file);
	pgoff_t index = gmem_get_index(slot, gfn);

	if (vm_memory_attributes(vm))
		return 1;
	if (!f || !gmem_has_attributes(f->inode))
		return UINT64_MAX;
	return gmem_attributes_run(&f->inode->attributes, index).last - index + 1;
}

/* A file that is being closed has taken its attributes along. */
static bool gfn_has_attribute(const struct vm *vm, const struct memory_slot *slot)
{
	return vm_memory_attributes(vm) || !slot_has_gmem(slot) || load_acquire(slot->gmem.file);
}

static void check_leaf_attributes(struct check_pass *c, const struct leaf *l)
{
	u64 i;

	if (!gfn_has_attribute(l->vm, l->slot))
		return;
	for (i = 0; i < l->nr; i += attribute_run(l->vm, l->slot, l->gfn + i)) {
		c->nr_visited++;
		if (l->is_private == check_gfn_is_private(l->vm, l->slot, l->gfn + i))
			continue;
		check_finding(c, "attr-mapping", "%s: %s leaf at gfn 0x%llx, which is %s",
			      l->vm->name, l->is_private ? "private" : "shared",
			      (unsigned long long)(l->gfn + i),
			      l->is_private ? "shared" : "private");
		return;
	}
}

/* May a leaf lie across folios?  Not where it was made, but they have been split since. */
static bool leaf_may_outlive_folio(const struct vm *vm)
{
	return vm->machine->cfg.kernel >= KERNEL_HUGETLB_WIP;
}

/* Page @i of the leaf: return how many pages from there on are seen to be right, 0 if none. */
static u64 check_gmem_page(struct check_pass *c, const struct leaf *l, const struct gmem_file *f,
			   u64 i)
{
	pgoff_t index = gmem_get_index(l->slot, l->gfn + i);
	const struct folio *have = __xa_load(&f->inode->mapping.i_pages, index);
	const struct folio *folio = pfn_folio(c->m->folios, l->pfn + (pfn_t)i);

	c->nr_visited++;
	if (unlikely(pfn_frozen(c->m->folios, l->pfn + (pfn_t)i)))
		return 1;
	if (check_folio_free(c, folio)) {
		check_finding(c, "freed-mapped", "%s: gfn 0x%llx maps a free page", l->vm->name,
			      (unsigned long long)(l->gfn + i));
		return 0;
	}
	if (!have || !folio->mapping) {
		check_finding(c, "freed-mapped",
			      "%s: gfn 0x%llx maps a page that index 0x%llx no longer has",
			      l->vm->name, (unsigned long long)(l->gfn + i),
			      (unsigned long long)index);
		return 0;
	}
	if (have != folio ||
	    folio_pfn(c->m->folios, have) + (index - have->index) != l->pfn + (pfn_t)i) {
		check_finding(c, "leaf-folio",
			      "%s: gfn 0x%llx maps another page than index 0x%llx has", l->vm->name,
			      (unsigned long long)(l->gfn + i), (unsigned long long)index);
		return 0;
	}
	return have->index + folio_nr_pages(have) - index;
}

static void check_gmem_leaf(struct check_pass *c, const struct leaf *l)
{
	const struct gmem_file *f = load_acquire(l->slot->gmem.file);
	u64 i, right;

	if (!f) {
		/* Release takes the pointers first and the leaves afterwards. */
		if (c->at_rest)
			check_finding(c, "lifetime", "%s: gfn 0x%llx is mapped, its file is closed",
				      l->vm->name, (unsigned long long)l->gfn);
		return;
	}
	for (i = 0; i < l->nr; i += right) {
		right = check_gmem_page(c, l, f, i);
		if (!right)
			return;
		if (i + right < l->nr && !leaf_may_outlive_folio(l->vm)) {
			check_finding(c, "leaf-folio",
				      "%s: the leaf at gfn 0x%llx is larger than its folio",
				      l->vm->name, (unsigned long long)l->gfn);
			return;
		}
	}
}

/* Through user page tables, in 4K; these may map a guest_memfd, too. */
static void check_hva_leaf(struct check_pass *c, const struct leaf *l)
{
	const struct folio *folio = pfn_folio(c->m->folios, l->pfn);
	struct gmem_inode *inode = check_gmem_of(c->m, folio->mapping);
	pgoff_t index = folio->index + (l->pfn - folio_pfn(c->m->folios, folio));

	if (l->nr > folio_nr_pages(folio))
		check_finding(c, "leaf-folio",
			      "%s: the leaf at gfn 0x%llx is larger than its folio", l->vm->name,
			      (unsigned long long)l->gfn);
	else if (inode && gmem_index_is_private(inode, index))
		check_finding(c, "attr-mapping",
			      "%s: shared leaf at gfn 0x%llx maps private index 0x%llx",
			      l->vm->name, (unsigned long long)l->gfn, (unsigned long long)index);
}

static void check_leaf(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level, void *arg)
{
	struct check_pass *c = arg;
	struct leaf l = {
		.vm = vm,
		.slot = search_memslots(load_acquire(vm->memslots), gfn),
		.gfn = gfn,
		.pfn = spte_to_pfn(spte),
		.nr = PAGES_PER_HPAGE(level),
		.is_private = is_private_spte(spte),
	};

	c->nr_visited++;
	if (check_in_window(vm, gfn, l.nr))
		return;
	if (!l.slot || gfn + l.nr > l.slot->base_gfn + l.slot->npages) {
		check_finding(c, "lifetime", "%s: gfn 0x%llx is mapped without a slot", vm->name,
			      (unsigned long long)gfn);
		return;
	}
	if (check_folio_free(c, pfn_folio(c->m->folios, l.pfn))) {
		check_finding(c, "freed-mapped", "%s: gfn 0x%llx maps a free page", vm->name,
			      (unsigned long long)gfn);
		return;
	}
	check_leaf_attributes(c, &l);
	if (unlikely(c->m->tdx) && !l.is_private && tdx_frame_private(c->m->tdx->mod, l.pfn))
		check_finding(c, "attr-mapping", "%s: shared leaf at gfn 0x%llx maps a TD's frame",
			      vm->name, (unsigned long long)gfn);
	if (slot_has_gmem(l.slot) && (l.is_private || memslot_is_gmem_only(l.slot)))
		check_gmem_leaf(c, &l);
	else
		check_hva_leaf(c, &l);
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
				if (!spte)
					continue;
				gfn = ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level));
				check_leaf(vm, root->role.is_mirror, gfn, spte, level, c);
				gfn += PAGES_PER_HPAGE(level) - 1;
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
