// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/hugetlb_counters.c - the hugetlb rows of model/counters.h.
 *
 * Invariant: a pool that the machine does not have counts 0.
 *
 * Upstream: /sys/kernel/mm/hugepages, hugetlb.SIZE.current and hugetlb.SIZE.rsvd.current
 * Fidelity: faithful
 */
#include "model/counters.h"
#include "model/mm/hugetlb.h"

static struct hugetlb_counters pool(const struct task *me, u32 order)
{
	struct hugetlb_counters c = {0};

	hugetlb_counters(machine_of(me), order, &c);
	return c;
}

#define POOL_COUNTERS(size, order)                                                                 \
	u64 counter_nr_hugepages_##size(struct task *me, struct vm *vm)                            \
	{                                                                                          \
		return pool(me, order).nr_hugepages;                                               \
	}                                                                                          \
	u64 counter_free_hugepages_##size(struct task *me, struct vm *vm)                          \
	{                                                                                          \
		return pool(me, order).free_hugepages;                                             \
	}                                                                                          \
	u64 counter_resv_hugepages_##size(struct task *me, struct vm *vm)                          \
	{                                                                                          \
		return pool(me, order).resv_hugepages;                                             \
	}                                                                                          \
	u64 counter_surplus_hugepages_##size(struct task *me, struct vm *vm)                       \
	{                                                                                          \
		return 0;                                                                          \
	}                                                                                          \
	u64 counter_hugetlb_##size##_current(struct task *me, struct vm *vm)                       \
	{                                                                                          \
		return pool(me, order).cgroup_usage_pages << PAGE_SHIFT;                           \
	}                                                                                          \
	u64 counter_hugetlb_##size##_rsvd(struct task *me, struct vm *vm)                          \
	{                                                                                          \
		return pool(me, order).cgroup_rsvd_pages << PAGE_SHIFT;                            \
	}

POOL_COUNTERS(2M, PMD_ORDER)
POOL_COUNTERS(1G, PUD_ORDER)
