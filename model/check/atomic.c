// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/atomic.c - see model/error_atomic.h.
 *
 * error-atomic	what a failed operation left behind: attributes, folios, bindings, slots; a reported
 *		index that is not where it stopped; a success that is none
 *
 * Invariant: nothing here is a visible operation or takes time.
 */
#include "model/error_atomic.h"

#include "model/gmem/inode.h"
#include "model/kvm/memslots.h"
#include "model/kvm/vm.h"
#include "model/locking/locking.h"

static const char *kernel_name(const struct task *me)
{
	static const char *const name[] = {
		[KERNEL_MAINLINE] = "mainline",
		[KERNEL_INPLACE] = "inplace",
		[KERNEL_HUGETLB_WIP] = "hugetlb-wip",
		[KERNEL_HUGETLB_PLAN] = "hugetlb-plan",
	};

	return name[machine_of(me)->cfg.kernel];
}

/* --- pictures --- */

static void picture_some(struct error_atomic *ea, pgoff_t index, pgoff_t last)
{
	const struct folio_map *map = ea->inode->machine->folios;
	struct xarray *pages = &ea->inode->mapping.i_pages;
	const struct folio *folio;
	u32 n = 0;

	for (folio = __xa_find(pages, &index, last); folio && n < ERROR_ATOMIC_FOLIOS;
	     folio = __xa_find_after(pages, &index, last), n++) {
		u32 order = folio_order(folio);

		ea->folios = (ea->folios ^ folio_pfn(map, folio) ^ ((u64)folio->index << 32) ^
			      ((u64)order << 60)) *
			     0x9e3779b97f4a7c15ull;
		if (!order)
			ea->nr_data += folio_content(folio).state == CONTENT_DATA;
	}
}

void __error_atomic_begin(struct error_atomic *ea, struct gmem_inode *inode, pgoff_t start,
			  u64 nr_pages)
{
	*ea = (struct error_atomic){
		.inode = inode,
		.start = start,
		.last = start + nr_pages - 1,
		.version = __atomic_load_n(&inode->attributes.version, __ATOMIC_RELAXED),
	};
	/* Others store elsewhere meanwhile. */
	if (inode->attributes.parallel)
		ea->version = gmem_attributes_picture(&inode->attributes, start, ea->last);
	picture_some(ea, start, ea->last);
	if (nr_pages > ERROR_ATOMIC_FOLIOS)
		picture_some(ea, ea->last - ERROR_ATOMIC_FOLIOS + 1, ea->last);
}

/* A fault that holds nothing can have begun before, and bring a page where there was none. */
static bool others_add_folios(const struct gmem_inode *inode)
{
	return inode->locking->lockless && !inode->page_order;
}

void __error_atomic_failed(struct task *me, const struct error_atomic *ea, s64 r,
			   const char *what)
{
	struct error_atomic now;
	const char *left = NULL;

	__error_atomic_begin(&now, ea->inode, ea->start, ea->last - ea->start + 1);
	if (now.version != ea->version)
		left = "other attributes";
	else if (now.folios != ea->folios && !others_add_folios(ea->inode))
		left = "other folios";
	else if (now.nr_data < ea->nr_data)
		left = "pages without what was in them";
	if (left)
		sim_finding(me->sim, me, "error-atomic",
			    "%s of index 0x%llx to 0x%llx failed with %lld and has left %s "
			    "(kernel %s)",
			    what, (unsigned long long)ea->start, (unsigned long long)ea->last,
			    (long long)r, left, kernel_name(me));
}

void error_atomic_reported(struct task *me, struct gmem_inode *inode, pgoff_t start, u64 nr_pages,
			   u64 batch, u64 attrs, s64 r, pgoff_t err_index)
{
	pgoff_t end = start + nr_pages, done = end;

	if (!machine_of(me)->cfg.checks)
		return;
	if (r && (err_index < start || err_index >= end)) {
		sim_finding(me->sim, me, "error-atomic",
			    "conversion of index 0x%llx to 0x%llx failed with %lld and reports "
			    "index 0x%llx (kernel %s)",
			    (unsigned long long)start, (unsigned long long)end - 1, (long long)r,
			    (unsigned long long)err_index, kernel_name(me));
		return;
	}
	if (r)
		done = batch ? max(start, ALIGN_DOWN(err_index, batch)) : start;
	if (done > start &&
	    !gmem_attributes_range_has(&inode->attributes, start, done - start, attrs))
		sim_finding(me->sim, me, "error-atomic",
			    "conversion of index 0x%llx to 0x%llx says it got to 0x%llx, but "
			    "attributes before that are not changed (kernel %s)",
			    (unsigned long long)start, (unsigned long long)end - 1,
			    (unsigned long long)done, kernel_name(me));
}

/* --- bindings --- */

static u64 pages_bound_to(struct gmem_file *f, const struct memory_slot *slot, pgoff_t start,
			  pgoff_t last)
{
	struct xarray *xa = &f->bindings;
	pgoff_t index = start;
	u64 nr = 0;
	void *entry;

	for (entry = __xa_find(xa, &index, last); entry;
	     entry = __xa_find_after(xa, &index, last)) {
		u64 size = 1ull << xa_get_order(xa, index);
		pgoff_t end = min(ALIGN_DOWN(index, size) + size, last + 1);

		if (entry == slot)
			nr += end - index;
	}
	return nr;
}

void error_atomic_bound(struct task *me, struct gmem_file *f, const struct memory_slot *slot,
			pgoff_t start, u64 nr_pages, s64 r)
{
	u64 nr;

	if (!machine_of(me)->cfg.checks)
		return;
	nr = pages_bound_to(f, slot, start, start + nr_pages - 1);
	if (r && nr)
		sim_finding(me->sim, me, "error-atomic",
			    "binding slot %u failed with %lld and has left %llu pages bound "
			    "(kernel %s)",
			    slot->id, (long long)r, (unsigned long long)nr, kernel_name(me));
	if (!r && nr != nr_pages)
		sim_finding(me->sim, me, "error-atomic",
			    "binding slot %u succeeded, but only %llu of %llu pages are bound: "
			    "kernel %s does not look at what xa_store_range() returns",
			    slot->id, (unsigned long long)nr, (unsigned long long)nr_pages,
			    kernel_name(me));
}

/* --- slots --- */

void error_atomic_slot(struct task *me, struct vm *vm, u32 id, const struct memory_slot *old, s64 r)
{
	u32 i;

	if (!r || !machine_of(me)->cfg.checks)
		return;
	for (i = 0; i < ARRAY_SIZE(vm->__memslots); i++) {
		if (id_to_memslot(&vm->__memslots[i], id) == old)
			continue;
		sim_finding(me->sim, me, "error-atomic",
			    "%s: a change of slot %u failed with %lld, but set %u has another slot "
			    "there than before (kernel %s)",
			    vm->name, id, (long long)r, i, kernel_name(me));
	}
}
