/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/huge_leaves.h - which host memory has leaves above 4K, for the checks.
 *
 * A 4K leaf is counted in its page (folio_spte_inc()).  A huge one is counted here, for each 2M or
 * 1G of host memory, because the folio it was made for can be split below it.
 *
 * Invariants: nothing is allocated before the first huge leaf; then 4 bytes per GiB of host memory,
 * and 2 KiB more for each GiB that has 2M leaves.
 */
#ifndef MODEL_KVM_HUGE_LEAVES_H
#define MODEL_KVM_HUGE_LEAVES_H

#include "model/machine.h"

/**
 * huge_leaf_count - one leaf of @level at @pfn more (@delta 1) or less (-1).
 */
void huge_leaf_count(struct task *me, pfn_t pfn, int level, int delta);

/**
 * huge_leaf_over - how many huge leaves are over any of [@pfn, @pfn + @nr)?
 */
u32 huge_leaf_over(const struct machine *m, pfn_t pfn, u64 nr);

/* All of them, for tests. */
u64 huge_leaf_total(const struct machine *m);

#endif
