// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/page_view.c - what a report says about a page at a moment.  See model/page_view.h.
 *
 * Invariant: nothing is changed, counted or announced by looking.
 */
#include <string.h>

#include "model/page_view.h"

#include "model/check/check.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tdx.h"
#include "model/kvm/tlb.h"
#include "model/kvm/vcpu.h"

static struct vm *vm_called(const struct machine *m, const char *name)
{
	struct vm *vm;

	list_for_each_entry(vm, &m->vms, machine_node) {
		if (!strcmp(vm->name, name))
			return vm;
	}
	return NULL;
}

const char *machine_vm_name(const struct machine *m, u32 i)
{
	const struct vm *vm;

	list_for_each_entry(vm, &m->vms, machine_node) {
		if (!i--)
			return vm->name;
	}
	return NULL;
}

static const struct memory_slot *slot_of(const struct vm *vm, gfn_t gfn)
{
	return search_memslots(load_acquire(vm->memslots), gfn);
}

static void view_file(struct page_view *v, const struct vm *vm, gfn_t gfn)
{
	const struct memory_slot *slot = slot_of(vm, gfn);
	const struct gmem_file *f = slot ? load_acquire(slot->gmem.file) : NULL;
	const struct folio *folio;

	v->has_slot = slot;
	v->is_private = -1;
	if (slot && (vm_memory_attributes(vm) || f))
		v->is_private = check_gfn_is_private(vm, slot, gfn);
	if (!slot || !f)
		return;
	v->index = gmem_get_index(slot, gfn);
	folio = __xa_load(&f->inode->mapping.i_pages, v->index);
	if (folio)
		v->file_pfn = folio_pfn(vm->machine->folios, folio) + (v->index - folio->index);
}

static void view_leaves(struct page_view *v, const struct vm *vm, gfn_t gfn)
{
	const struct mmu_page *root;

	list_for_each_entry(root, &vm->tdp_mmu_roots, link) {
		int level;
		u64 spte = tdp_root_invalid(root) ? 0 : check_find_leaf(root, gfn, &level);
		u64 pfn;

		if (!spte)
			continue;
		pfn = spte_to_pfn(spte) + (gfn & (PAGES_PER_HPAGE(level) - 1));
		if (root->role.is_mirror) {
			v->mirror_pfn = pfn;
			continue;
		}
		v->leaf_pfn = pfn;
		v->leaf_private = is_private_spte(spte);
	}
}

/* Looking something up counts as a hit of the TLB; this does not. */
static bool translates(struct vcpu *vcpu, gfn_t gfn)
{
	u64 hits = vcpu->tlb.hits;
	bool yes = tlb_lookup(&vcpu->tlb, gfn, false) || tlb_lookup(&vcpu->tlb, gfn, true);

	vcpu->tlb.hits = hits;
	return yes;
}

static void view_tlbs(struct page_view *v, const struct vm *vm, gfn_t gfn)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		struct vcpu *vcpu = vm->vcpus[i];
		u64 bit = BIT_ULL(min(i, 63u));

		if (!translates(vcpu, gfn))
			continue;
		v->tlbs |= bit;
		if (__atomic_load_n(&vcpu->requests, __ATOMIC_RELAXED) & REQ_TLB_FLUSH)
			v->flushes |= bit;
	}
}

static void view_page(struct page_view *v, const struct vm *vm)
{
	const struct folio_map *map = vm->machine->folios;
	const struct folio *folio;

	v->pfn = v->file_pfn != PAGE_VIEW_NONE ? v->file_pfn :
		 v->leaf_pfn != PAGE_VIEW_NONE ? v->leaf_pfn :
						 v->mirror_pfn;
	if (v->pfn == PAGE_VIEW_NONE)
		return;
	folio = pfn_folio(map, (pfn_t)v->pfn);
	v->refs = __atomic_load_n(&folio->refcount, __ATOMIC_RELAXED);
	v->host_ptes = folio_mapcount(folio);
	v->order = folio_order(folio);
	v->locked = folio_test(folio, PG_locked);
}

bool machine_page_view(struct machine *m, const char *name, gfn_t gfn, struct page_view *out)
{
	struct vm *vm = vm_called(m, name);
	const struct tdx_td *td;
	pfn_t pfn;
	int level;

	if (!vm)
		return false;
	*out = (struct page_view){.vm = vm->name,
				  .seq = vm->mmu_invalidate_seq,
				  .in_progress = vm->mmu_invalidate_in_progress,
				  .index = PAGE_VIEW_NONE,
				  .file_pfn = PAGE_VIEW_NONE,
				  .leaf_pfn = PAGE_VIEW_NONE,
				  .mirror_pfn = PAGE_VIEW_NONE};
	view_file(out, vm, gfn);
	view_leaves(out, vm, gfn);
	td = m->tdx && vm->tdx ? tdx_td_find(m->tdx->mod, vm->tdx->tdr) : NULL;
	if (td)
		out->sept = sept_state_name(tdx_walk_sept(td, gfn << PAGE_SHIFT, &level, &pfn));
	view_tlbs(out, vm, gfn);
	view_page(out, vm);
	return true;
}

enum page_view_object machine_object(struct machine *m, const char *name, gfn_t gfn, u32 obj)
{
	const struct vm *vm = vm_called(m, name);
	const struct memory_slot *slot = vm ? slot_of(vm, gfn) : NULL;
	const struct gmem_file *f = slot ? load_acquire(slot->gmem.file) : NULL;

	if (vm && obj == vm->obj_inv)
		return PAGE_VIEW_INVALIDATE;
	if (f && gmem_has_attributes(f->inode) && obj == f->inode->attributes.id)
		return PAGE_VIEW_ATTRIBUTES;
	return PAGE_VIEW_OTHER;
}

/* The first gfn of a slot whose page @is_it. */
static u64 find_gfn(struct machine *m, const char *name, u64 what,
		    bool (*is_it)(const struct page_view *v, u64 what))
{
	const struct vm *vm = vm_called(m, name);
	const struct memslots *slots = vm ? load_acquire(vm->memslots) : NULL;

	for (u32 i = 0; slots && i < slots->nr; i++) {
		gfn_t gfn = slots->slot[i]->base_gfn, end = gfn + slots->slot[i]->npages;

		for (; gfn < end; gfn++) {
			struct page_view v;

			machine_page_view(m, name, gfn, &v);
			if (is_it(&v, what))
				return gfn;
		}
	}
	return PAGE_VIEW_NONE;
}

static bool has_index(const struct page_view *v, u64 index)
{
	return v->index == index;
}

static bool has_pfn(const struct page_view *v, u64 pfn)
{
	return v->file_pfn == pfn || v->leaf_pfn == pfn || v->mirror_pfn == pfn;
}

u64 machine_gfn_of_index(struct machine *m, const char *name, u64 index)
{
	return find_gfn(m, name, index, has_index);
}

u64 machine_gfn_of_pfn(struct machine *m, const char *name, u64 pfn)
{
	return find_gfn(m, name, pfn, has_pfn);
}
