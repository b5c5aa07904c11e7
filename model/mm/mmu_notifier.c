// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/mmu_notifier.c - subscriptions to page-table changes of a process.
 *
 * Invariants: the list changes with mmap_lock held for write and is walked inside SRCU, so that an
 * unregistered subscriber is left alone once synchronize_srcu() has returned.
 *
 * Upstream: mm/mmu_notifier.c
 * Fidelity: simplified (see the header)
 */
#include "model/mm/mmu_notifier.h"

#include "model/mm/mmap.h"

static bool mm_has_notifiers(const struct mm_struct *mm)
{
	return load_acquire(mm->notifiers.next) != &mm->notifiers;
}

void mmu_notifier_register(struct task *me, struct mmu_notifier *mn, struct mm_struct *mm)
{
	mn->mm = mm;
	if (me)
		mmap_write_lock(me, mm);
	/* Published whole: a walker sees it with its ops, or not at all. */
	mn->node.next = &mm->notifiers;
	mn->node.prev = mm->notifiers.prev;
	store_release(mm->notifiers.prev->next, &mn->node);
	mm->notifiers.prev = &mn->node;
	if (me)
		mmap_write_unlock(me, mm);
}

/*
 * Upstream: mm/mmu_notifier.c:mmu_notifier_unregister
 * Fidelity: simplified: no release() callback
 */
void mmu_notifier_unregister(struct task *me, struct mmu_notifier *mn)
{
	struct mm_struct *mm = mn->mm;

	mmap_write_lock(me, mm);
	/* mn->node.next stays: a walker that stands here goes on. */
	mn->node.next->prev = mn->node.prev;
	store_release(mn->node.prev->next, mn->node.next);
	mmap_write_unlock(me, mm);
	synchronize_srcu(me, &mm->notifier_srcu);
}

static struct mmu_notifier *next_notifier(struct mm_struct *mm, struct list_head *pos)
{
	struct list_head *next = load_acquire(pos->next);

	return next == &mm->notifiers ? NULL : list_entry(next, struct mmu_notifier, node);
}

/*
 * Upstream: mm/mmu_notifier.c:mn_hlist_invalidate_range_start
 * Fidelity: simplified: start may not fail (always blockable)
 */
void mmu_notifier_invalidate_range_start(struct task *me, struct mmu_notifier_range *range)
{
	struct mm_struct *mm = range->mm;
	struct mmu_notifier *mn;
	u32 idx;

	if (!mm_has_notifiers(mm))
		return;
	might_sleep(me);
	cost(me, COST_mmu_notifier);
	idx = srcu_read_lock(me, &mm->notifier_srcu);
	for (mn = next_notifier(mm, &mm->notifiers); mn; mn = next_notifier(mm, &mn->node))
		mn->ops->invalidate_range_start(me, mn, range);
	srcu_read_unlock(me, &mm->notifier_srcu, idx);
}

void mmu_notifier_invalidate_range_end(struct task *me, struct mmu_notifier_range *range)
{
	struct mm_struct *mm = range->mm;
	struct mmu_notifier *mn;
	u32 idx;

	if (!mm_has_notifiers(mm))
		return;
	idx = srcu_read_lock(me, &mm->notifier_srcu);
	for (mn = next_notifier(mm, &mm->notifiers); mn; mn = next_notifier(mm, &mn->node))
		mn->ops->invalidate_range_end(me, mn, range);
	srcu_read_unlock(me, &mm->notifier_srcu, idx);
}
