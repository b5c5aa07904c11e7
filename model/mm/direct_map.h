/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/direct_map.h - which pages the kernel cannot reach through its own mapping of memory.
 *
 * All are in the direct map but those that somebody has taken out (secretmem, guest_memfd without
 * direct map).  Whatever the kernel does with a page's content goes through it.
 *
 * Invariants:
 *  D1 A page that is given back to the allocator is in the direct map.
 *  D2 The kernel touches a page only while it is.
 *
 * Upstream: include/linux/set_memory.h, arch/x86/mm/pat/set_memory.c
 * Fidelity: simplified: a set of frames; the flush is part of the cost; no huge pages to be split
 */
#ifndef MODEL_MM_DIRECT_MAP_H
#define MODEL_MM_DIRECT_MAP_H

#include "model/machine.h"
#include "model/mm/xarray.h"

struct folio;

struct direct_map {
	/* has its own lock, the kernel's cpa_lock */
	struct xarray absent;
	/* atomic */
	u32 nr_absent;
};

/**
 * set_direct_map_invalid - take the folio's page out.
 *
 * Upstream: arch/x86/mm/pat/set_memory.c:set_direct_map_invalid_noflush, flush_tlb_kernel_range
 * Fidelity: simplified: see above
 * Return: 0 or -ENOMEM.
 */
int set_direct_map_invalid(struct task *me, struct folio *folio);

/**
 * set_direct_map_default - put it back; nothing if it is there.
 *
 * Upstream: arch/x86/mm/pat/set_memory.c:set_direct_map_default_noflush
 * Fidelity: simplified: see above
 */
void set_direct_map_default(struct task *me, struct folio *folio);

/* Is it there?  No visible operation. */
bool direct_map_present(struct machine *m, const struct folio *folio);

/**
 * direct_map_access - the kernel touches the page: a fault of the kernel if it is not there.
 *
 * Return: false after a finding.
 */
bool direct_map_access(struct task *me, const struct folio *folio);

#endif
