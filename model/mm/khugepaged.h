/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/khugepaged.h - the kernel thread that makes huge pages out of small ones.
 *
 * Upstream: mm/khugepaged.c, mm/huge_memory.c:file_thp_enabled
 * Fidelity: simplified: files only
 */
#ifndef MODEL_MM_KHUGEPAGED_H
#define MODEL_MM_KHUGEPAGED_H

#include "model/mm/filemap.h"

/* Why not: the first of upstream's results that matter here. */
enum scan_result {
	SCAN_SUCCEED,
	SCAN_FAIL,	/* a hole */
	SCAN_VMA_CHECK, /* no mapping that may have huge pages */
	SCAN_PAGE_COUNT,
	SCAN_PAGE_COMPOUND,
	SCAN_DEL_PAGE_LRU,
	SCAN_ALLOC_HUGE_PAGE_FAIL,
};

/**
 * khugepaged_scan - try to collapse the 2M around @index, if somebody has them mapped.
 *
 * Upstream: mm/khugepaged.c:khugepaged_scan_mm_slot, hpage_collapse_scan_file
 * Fidelity: simplified: finds the processes by the mapping instead of going through all of them
 * Context: may sleep.
 */
enum scan_result khugepaged_scan(struct task *me, struct address_space *mapping, pgoff_t index);

#endif
