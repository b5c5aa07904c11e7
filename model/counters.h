/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/counters.h - figures of the machine or of one VM that a trace can ask for by name.
 *
 * COUNTER(name, text) stands for a function counter_NAME(me, vm); @vm is the VM the question is
 * about, or NULL.  Each area has a block of its own, so that rows can be added without meeting
 * others; the functions of an area live with it.
 *
 * Invariant: a counter reads, it never changes anything and never waits.
 */
#ifndef MODEL_COUNTERS_H
#define MODEL_COUNTERS_H

#include "model/machine.h"

struct vm;

#define COUNTERS_MACHINE(COUNTER)                                                                  \
	COUNTER(vms, "VMs that exist; one without descriptors lives as long as its files")         \
	COUNTER(inodes, "inodes of guest_memfd")                                                   \
	COUNTER(pins, "calls of GUP whose pages have not been given back")                         \
	COUNTER(pages, "pages that the page allocator has given out")

#define COUNTERS_VM(COUNTER)                                                                       \
	COUNTER(gmem_flags, "creation flags that the VM supports, as a capability says")

/* pool and reservations of huge pages */
#define COUNTERS_HUGETLB(COUNTER)                                                                  \
	COUNTER(nr_hugepages_2M, "pages of the 2M pool")                                           \
	COUNTER(free_hugepages_2M, "of these, free")                                               \
	COUNTER(resv_hugepages_2M, "of the free ones, reserved")                                   \
	COUNTER(surplus_hugepages_2M, "beyond the pool: always 0")                                 \
	COUNTER(hugetlb_2M_current, "bytes of 2M pages charged to the cgroup")                     \
	COUNTER(hugetlb_2M_rsvd, "bytes of 2M reservations charged to it")                         \
	COUNTER(nr_hugepages_1G, "pages of the 1G pool")                                           \
	COUNTER(free_hugepages_1G, "of these, free")                                               \
	COUNTER(resv_hugepages_1G, "of the free ones, reserved")                                   \
	COUNTER(surplus_hugepages_1G, "beyond the pool: always 0")                                 \
	COUNTER(hugetlb_1G_current, "bytes of 1G pages charged to the cgroup")                     \
	COUNTER(hugetlb_1G_rsvd, "bytes of 1G reservations charged to it")

#define MODEL_COUNTERS(COUNTER)                                                                    \
	COUNTERS_MACHINE(COUNTER)                                                                  \
	COUNTERS_VM(COUNTER)                                                                       \
	COUNTERS_HUGETLB(COUNTER)

struct counter_desc {
	/* constant */
	const char *name;
	const char *text;
	u64 (*read)(struct task *me, struct vm *vm);
};

enum counter_id {
#define COUNTER(name, text) COUNTER_##name,
	MODEL_COUNTERS(COUNTER)
#undef COUNTER
		NR_COUNTERS
};

extern const struct counter_desc counter_descs[NR_COUNTERS];

#define COUNTER(name, text) u64 counter_##name(struct task *me, struct vm *vm);
MODEL_COUNTERS(COUNTER)
#undef COUNTER

/**
 * counter_by_name - the row of a counter, or NULL.
 */
const struct counter_desc *counter_by_name(const char *name);

#endif
