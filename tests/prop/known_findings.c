// SPDX-License-Identifier: GPL-2.0-only
/* Findings of unmodified kernel profiles; see known_findings.h. */
#include <string.h>

#include "tests/prop/known_findings.h"

#define MAINLINE (1u << TRACE_KERNEL_MAINLINE)
#define INPLACE	 (1u << TRACE_KERNEL_INPLACE)
#define WIP	 (1u << TRACE_KERNEL_HUGETLB_WIP)
#define PLAN	 (1u << TRACE_KERNEL_HUGETLB_PLAN)
#define ALL	 (MAINLINE | INPLACE | WIP | PLAN)

/* steps are made to fail */
#define FAILS "fail-one-in"

#define F0001 "0001-td-shared-leaf-survives-punch"
#define F0002 "0002-error-folio-deadlock"
#define F0003 "0003-td-page-freed-after-failed-remove"
#define F0004 "0004-bind-ignores-xa-store-range"
#define F0005 "0005-slot-stays-unbound"
#define F0006 "0006-attribute-stored-after-end"
#define F0007 "0007-attribute-tree-without-rcu"
#define F0008 "0008-first-page-cleared-only"
#define F0009 "0009-leaf-split-answers-1"
#define F0010 "0010-split-spins-for-memory-error"
#define F0011 "0011-lookup-spins-in-rcu-section"
#define F0012 "0012-fresh-folio-split-twice"
#define F0013 "0013-fresh-folio-sleeper"
#define F0014 "0014-content-lost-by-failed-conversion"
#define F0016 "0016-terminate-against-zap"

const struct known_finding known_findings[] = {
	{F0001, MAINLINE, "freed-mapped", " maps a page that index ", NULL},
	{F0001, MAINLINE, "freed-mapped", " maps a free page", NULL},
	{F0001, MAINLINE, "freed-mapped", " to a free page", NULL},
	{F0001, MAINLINE, "freed-mapped", " guest mappings", NULL},
	{F0001, MAINLINE, "leaf-folio", " is mapped to pfn ", NULL},
	{F0002, ALL, "deadlock", "is blocked in gmem_error_folio (operation memory-failure)", NULL},
	/* who waits for a deadlocked thread, or tries again because its invalidation is open */
	{F0002, ALL, "deadlock", "waits for vmm:convert", NULL},
	{F0002, ALL, "livelock", "in truncate_inode_pages_range (operation ", NULL},
	{F0003, ALL, "freed-mapped", ", and memory of a TD", FAILS},
	{F0003, ALL, "content", ", memory of a TD", FAILS},
	{F0003, ALL, "content", " read as owner ", FAILS},
	{F0003, ALL, "attr-mapping", ", memory of a TD", FAILS},
	{F0003, ALL, "attr-mapping", " maps a TD's frame", FAILS},
	{F0003, INPLACE | WIP | PLAN, "content", " read with what owner ", FAILS},
	{F0016, ALL, "freed-mapped", ", and memory of a TD", "terminate"},
	{F0016, ALL, "content", ", memory of a TD", "terminate"},
	{F0016, ALL, "content", " read as owner ", "terminate"},
	{F0016, ALL, "attr-mapping", ", memory of a TD", "terminate"},
	{F0016, ALL, "attr-mapping", " maps a TD's frame", "terminate"},
	{F0004, INPLACE | WIP | PLAN, "error-atomic", "look at what xa_store_range() returns",
	 NULL},
	{F0004, INPLACE | WIP | PLAN, "lifetime", " names a file that is gone", FAILS},
	{F0005, MAINLINE, "error-atomic", "has another slot there than before (kernel mainline)",
	 FAILS},
	{F0006, WIP, "attr-mapping", "private leaf at", NULL},
	{F0006, WIP, "attr-mapping", "shared leaf at", NULL},
	/* what a private leaf over a shared page leads to in a TD */
	{F0006, WIP, "attr-mapping", ", memory of a TD", NULL},
	{F0006, WIP, "content", ", memory of a TD", NULL},
	{F0006, WIP, "content", " read as owner ", NULL},
	{F0007, WIP, "lifetime", "attribute node used in ", NULL},
	{F0008, WIP, "content", " read with what owner ", NULL},
	{F0008, WIP, "content", " zeroed again", NULL},
	{F0009, WIP, "errno", "set_attributes returned 1", NULL},
	{F0010, WIP, "deadlock", "waits for folio_refcount", NULL},
	{F0011, WIP, "deadlock", "waits for folio_frozen", NULL},
	{F0012, WIP, "data-race", "two at a time split the huge page", NULL},
	{F0012, WIP, "data-race", "the lock bit is set over its holder", NULL},
	{F0012, WIP, "leaf-folio", "host fault: index ", NULL},
	{F0013, WIP, "deadlock", "held by nobody", NULL},
	{F0014, WIP, "error-atomic", "pages have lost what the guest wrote", NULL},
	{0},
};

int known_finding(enum trace_kernel kernel, const char *trace, const char *rule,
		  const char *message)
{
	for (int i = 0; known_findings[i].page; i++) {
		const struct known_finding *k = &known_findings[i];

		if ((k->kernels & 1u << kernel) && (!k->needs || strstr(trace, k->needs)) &&
		    !strcmp(k->rule, rule) && strstr(message, k->says))
			return i;
	}
	return -1;
}
