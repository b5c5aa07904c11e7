/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/check/reference.h - guest_memfd as one array: slow, obvious, without a lock or a fault.
 *
 * It replays completed operations of a single actor and says what each must answer, and what every
 * index must look like afterwards.  It knows no steps, so it cannot share their mistakes.
 *
 * Invariants: one entry per index; a page is present or contains nothing; a pin counts as long as
 * its page is in the file (a page that was punched out is the pin's alone).  In a file of huge
 * pages the pages of one come and go together, and each is converted by itself: a request that
 * fails has converted those before.
 */
#ifndef MODEL_CHECK_REFERENCE_H
#define MODEL_CHECK_REFERENCE_H

#include "model/ops.h"
#include "model/types.h"

struct ref_page {
	/* written by the operations below */
	bool is_private;
	bool present;
	u8 byte;
	u32 pins;
	u32 generation; /* how many pages have been here before */
};

struct ref_model {
	/* constant */
	bool has_attributes; /* per index, in the file (in-place kernels) */
	bool private_bit;    /* the guest chooses private or shared (not in software VMs) */
	bool init_shared;
	u64 nr_pages;
	u64 huge_pages; /* of one huge page of the file; 1 after ref_init(), set-up may say more */
	/* written by the operations below */
	struct ref_page *page;
};

/**
 * ref_init - a file of @nr_pages, created with @flags, in that kernel.
 * @page: room for that many entries
 */
void ref_init(struct ref_model *r, enum kernel_design kernel, enum vm_type type, u64 flags,
	      struct ref_page *page, u64 nr_pages);

/* Each does one operation on whole pages inside the file and returns its answer. */
s64 ref_set_attributes(struct ref_model *r, pgoff_t start, u64 nr, u64 attrs, u64 *error_offset);
s64 ref_punch(struct ref_model *r, pgoff_t start, u64 nr);
s64 ref_allocate(struct ref_model *r, pgoff_t start, u64 nr);
s64 ref_touch(struct ref_model *r, pgoff_t index, bool is_private, bool write, u8 byte, u8 *first);
s64 ref_access(struct ref_model *r, pgoff_t index, bool write, u8 byte, u8 *first);
s64 ref_pin(struct ref_model *r, pgoff_t index, u32 *generation);
void ref_unpin(struct ref_model *r, pgoff_t index, u32 generation);

/**
 * ref_compare - does the file look as the array says?
 *
 * Context: nothing runs.
 * Return: NULL, or what differs (at *@index).
 */
const char *ref_compare(const struct ref_model *r, struct gmem_file *f, pgoff_t *index);

#endif
