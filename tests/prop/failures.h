/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/prop/failures.h - the operations whose failures test_failures.c tries, and the machines
 * they run on.
 */
#ifndef TESTS_PROP_FAILURES_H
#define TESTS_PROP_FAILURES_H

#include "tests/unit/gmem_fixture.h"

#include "model/fails.h"
#include "model/kvm/memslots.h"
#include "model/kvm/tdp_mmu.h"

#define FX_PAGES 130 /* of a 4K file: the page cache needs nodes on two levels */
#define FX_FIRST 62  /* operations work on [FX_FIRST, FX_FIRST + FX_NR) */
#define FX_NR	 4
#define FX_GPA_2 BIT_ULL(30) /* of the slot that operations make or have */

/* What a machine can do; an operation names what it needs. */
enum {
	FX_SHARED = BIT(0),  /* the file's memory is shared and mapped */
	FX_PRIVATE = BIT(1), /* it begins private */
	FX_CONVERT = BIT(2), /* the file has attributes */
	FX_VM_ATTR = BIT(3), /* the VM has */
	FX_TDX = BIT(4),     /* a mirror, and an external page table behind it */
	FX_HUGE = BIT(5),    /* a file of huge pages */
	FX_MODULE = BIT(6),  /* a TD that runs, with the TDX module */
	FX_NOT_FINAL = BIT(8), /* an operation: initial memory can still be added */
	FX_DYNAMIC = BIT(7), /* that has dynamic PAMT */
};

struct fx_machine {
	/* constant */
	const char *name;
	enum kernel_design kernel;
	enum vm_type type;
	u64 flags; /* of gmem_create() */
	u32 can;
	u32 page_order;
	bool alone; /* beside others it has races that are known */
};

/* One run; hangs off struct gx. */
struct fx {
	/* written by the acting task */
	struct gmem_file *file2; /* not bound */
	hva_t hva;		 /* of what an operation has mapped */
	struct pin *pin;
	bool vm_closed;
	struct mm_struct *child;
	u32 nr_to_refuse; /* mappings for which the external page table is busy by itself */
	/* set-up */
	struct tdp_external_ops external_ops;
};

struct fx_op {
	/* constant */
	const char *name;
	u32 needs;
	bool guest; /* vCPU 0 does it */
	bool last;  /* the VM is gone afterwards */
	void (*prepare)(struct task *me, struct gx *x);
	s64 (*op)(struct task *me, struct gx *x);
};

extern const struct fx_machine fx_machines[];
extern const u32 fx_nr_machines;
extern const struct fx_op fx_ops[];
extern const u32 fx_nr_ops;

/* An external page table that agrees to everything; vm->external_ops is fx->external_ops. */
extern const struct tdp_external_ops fx_external_ops;

#endif
