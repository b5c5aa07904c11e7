/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/types.h - the kernel's address types and page arithmetic.
 */
#ifndef MODEL_TYPES_H
#define MODEL_TYPES_H

#include "sim/types.h"

typedef u64 gfn_t;   /* guest frame number */
typedef u64 gpa_t;   /* guest physical address, bytes */
typedef u64 hva_t;   /* host virtual address, bytes */
typedef u32 pfn_t;   /* host page frame: index into the memory map */
typedef u64 pgoff_t; /* index into a file, pages */

#define PAGE_SHIFT  12
#define PAGE_SIZE   (1ull << PAGE_SHIFT)
#define PTRS_PER_PT 512u
#define PFN_NONE    UINT32_MAX

/* To multiples of a power of two. */
#define round_down(x, y) ((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y)	 ((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)

/* The host has fewer pages than this. */
#define MACHINE_PAGES_MAX (1ull << 30)

/* Which kernel's step order the model follows (trace and command line: kernel=). */
enum kernel_design { KERNEL_MAINLINE, KERNEL_INPLACE, KERNEL_HUGETLB_WIP, KERNEL_HUGETLB_PLAN };

/*
 * Answers that are not an errno of a system call: how a memory access by user space or by the
 * guest ended.  Kept clear of errno values and of positive counts.
 */
enum access_result {
	ACCESS_OK = 0,
	ACCESS_SIGBUS = -2001,
	ACCESS_SIGSEGV = -2002,
	ACCESS_EXIT_MEMORY_FAULT = -2003, /* KVM_EXIT_MEMORY_FAULT, details in struct access_info */
	ACCESS_EXIT_MMIO = -2004,	  /* no slot there */
	ACCESS_EXIT_INTERNAL_ERROR = -2005, /* emulation was asked for and failed */
	ACCESS_EXIT_SYSTEM_EVENT = -2006,   /* a TD has reported that it cannot go on */
};

/* Pointers that may be an error instead, as in include/linux/err.h. */
#define MAX_ERRNO 4095

static inline void *ERR_PTR(s64 err)
{
	return (void *)(uintptr_t)err;
}

static inline s64 PTR_ERR(const void *p)
{
	return (s64)(uintptr_t)p;
}

static inline bool IS_ERR(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)-MAX_ERRNO;
}

#endif
