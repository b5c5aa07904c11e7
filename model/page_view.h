/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/page_view.h - one page of a guest as somebody sees who can look everywhere at once: for
 * reports that say how it came to a finding.
 *
 * Context of all functions: virtual engine, between two steps or after the run.  They make no
 * visible operation, take no lock and change nothing.
 */
#ifndef MODEL_PAGE_VIEW_H
#define MODEL_PAGE_VIEW_H

#include "model/machine.h"

#define PAGE_VIEW_NONE UINT64_MAX

struct page_view {
	/* written by machine_page_view() */
	const char *vm;
	u64 seq;	 /* mmu_invalidate_seq */
	s64 in_progress; /* mmu_invalidate_in_progress */
	bool has_slot;
	s32 is_private; /* -1: nobody says */
	u64 index;	/* in the guest_memfd; PAGE_VIEW_NONE: there is none */
	u64 file_pfn;	/* of the page that the file has there */
	u64 leaf_pfn;	/* where the guest's page table leads */
	bool leaf_private;
	u64 mirror_pfn; /* where the mirror of the S-EPT leads */
	const char *sept; /* state of the S-EPT entry, or NULL: no TD */
	u64 tlbs;	/* bit mask: vCPUs with a translation; from 63 on they are one */
	u64 flushes;	/* ... that are to flush before they enter the guest again */
	/* of the page that the file has, or else of that of the leaf */
	u64 pfn;
	s32 refs;
	u32 host_ptes;
	u32 order;
	bool locked;
};

/* What is known of the object of a visible operation. */
enum page_view_object {
	PAGE_VIEW_OTHER,
	PAGE_VIEW_INVALIDATE, /* sequence and count of invalidations */
	PAGE_VIEW_ATTRIBUTES,
};

/**
 * machine_page_view - the page at @gfn of the VM called @vm
 *
 * Return: false if there is no such VM (any more).
 */
bool machine_page_view(struct machine *m, const char *vm, gfn_t gfn, struct page_view *out);

/**
 * machine_object - what @obj is to the page at @gfn of @vm
 */
enum page_view_object machine_object(struct machine *m, const char *vm, gfn_t gfn, u32 obj);

/**
 * machine_gfn_of_index / machine_gfn_of_pfn - a guest's address of a page of its file, of a page
 *
 * Return: PAGE_VIEW_NONE if it has none.
 */
u64 machine_gfn_of_index(struct machine *m, const char *vm, u64 index);
u64 machine_gfn_of_pfn(struct machine *m, const char *vm, u64 pfn);

/**
 * machine_vm_name - of the @i-th VM that there still is; NULL past the end
 */
const char *machine_vm_name(const struct machine *m, u32 i);

#endif
