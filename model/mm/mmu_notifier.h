/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/mmu_notifier.h - secondary MMUs hear of changes to a process's page tables.
 *
 * Invariants: between start and end of a range the subscriber may not establish a mapping of it;
 * each start that was delivered is followed by its end; a subscriber is not called after
 * mmu_notifier_unregister() has returned.
 *
 * Upstream: mm/mmu_notifier.c
 * Fidelity: simplified: one SRCU domain per process, no interval notifiers, always blockable
 */
#ifndef MODEL_MM_MMU_NOTIFIER_H
#define MODEL_MM_MMU_NOTIFIER_H

#include "model/machine.h"
#include "sim/list.h"

struct mm_struct;
struct mmu_notifier;

struct mmu_notifier_range {
	/* constant between start and end */
	struct mm_struct *mm;
	hva_t start;
	hva_t end; /* first byte behind */
};

struct mmu_notifier_ops {
	/* constant */
	void (*invalidate_range_start)(struct task *me, struct mmu_notifier *mn,
				       const struct mmu_notifier_range *range);
	void (*invalidate_range_end)(struct task *me, struct mmu_notifier *mn,
				     const struct mmu_notifier_range *range);
};

struct mmu_notifier {
	/* constant while registered */
	const struct mmu_notifier_ops *ops;
	struct mm_struct *mm;

	/* written under mm->mmap_lock, read under mm->notifier_srcu */
	struct list_head node;
};

/* Context: set-up (@me NULL), or may sleep; takes mmap_lock for write. */
void mmu_notifier_register(struct task *me, struct mmu_notifier *mn, struct mm_struct *mm);
void mmu_notifier_unregister(struct task *me, struct mmu_notifier *mn);

void mmu_notifier_invalidate_range_start(struct task *me, struct mmu_notifier_range *range);
void mmu_notifier_invalidate_range_end(struct task *me, struct mmu_notifier_range *range);

#endif
