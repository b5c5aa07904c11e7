/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/check/check.h - the invariants of design.md section 5, from inside the model.
 *
 * One pass walks what maps, binds or refers to guest_memfd memory and compares it with the files.
 * A pass is made at rest, and in checked builds between operations: others may then be in the
 * middle of theirs, so what an open invalidation, a pending flush or a held lock excuses is
 * excused.  A pass has no visible operation; on real threads it is therefore made at rest only.
 *
 * Group by group: mapping.c (attr-mapping, leaf-folio, freed-mapped: leaves), tlb.c (tlb-stale),
 * host.c (attr-mapping, freed-mapped: host PTEs and pins; refcount from below), binding.c
 * (lifetime, invalidate-balance), result.c (errno), tdx.c (TDs: mirror-sept, tlb-stale),
 * tdx_frames.c (the TDX module's frames: freed-mapped, attr-mapping, content, lifetime),
 * tdx_pamt.c and tdx_pages.c (dynamic PAMT, pages for TDX: refcount).  mm and kvm check their own
 * structures at rest.
 */
#ifndef MODEL_CHECK_CHECK_H
#define MODEL_CHECK_CHECK_H

#include "model/gmem/inode.h"
#include "model/kvm/vm.h"
#include "model/machine.h"

struct mmu_page;

#define CHECK_SMALL_VM 128u /* pages; below it looking each gfn up is cheaper than a walk */
#define CHECK_CHEAP    32u  /* entries that are only passed over cost as much as one look-up */

struct check_pass {
	/* written by the one who makes the pass */
	struct machine *m;
	struct task *me; /* who noticed; NULL at rest */
	bool at_rest;
	u64 nr_visited; /* objects looked at: what the pass cost */
};

void check_leaves(struct check_pass *c, struct vm *vm);
void check_tlbs(struct check_pass *c, struct vm *vm);
void check_invalidation(struct check_pass *c, struct vm *vm);
void check_slots(struct check_pass *c, struct vm *vm);
void check_inode(struct check_pass *c, struct gmem_inode *inode);
void check_file_pages(struct check_pass *c, struct gmem_inode *inode);
void check_host_mappings(struct check_pass *c, struct mm_struct *mm);
void check_pins(struct check_pass *c);
void check_td(struct check_pass *c, struct vm *vm);
void check_tdx(struct check_pass *c);
void check_pamt_counts(struct check_pass *c);
void check_tdx_pages(struct check_pass *c);

/* No step was made to fail, no VM bugged: nobody had to leave pages to the TDX module for good. */
bool check_nothing_failed(const struct machine *m);

/* Whoever has mmu_lock for write may be in the middle of anything. */
bool check_mmu_write_locked(const struct vm *vm);

/* The leaf for @gfn below @root and its level, or 0; no visible operation. */
u64 check_find_leaf(const struct mmu_page *root, gfn_t gfn, int *level);

/* Is the memory at @gfn private, by the VM's attributes or by those of the file behind @slot? */
bool check_gfn_is_private(const struct vm *vm, const struct memory_slot *slot, gfn_t gfn);

/* Is any of the @nr gfns from @gfn on inside the range of an open invalidation of its VM? */
bool check_in_window(const struct vm *vm, gfn_t gfn, u64 nr);

/* The guest_memfd that @mapping belongs to, or NULL. */
struct gmem_inode *check_gmem_of(const struct machine *m, const struct address_space *mapping);

/* Is the page on the free list, or referred to by nobody and not being made something else? */
bool check_folio_free(const struct check_pass *c, const struct folio *folio);

#define check_finding(c, rule, ...) sim_finding((c)->m->sim, (c)->me, rule, __VA_ARGS__)

#endif
