/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a parsed trace says of the TDX module and of TDs. Part of trace.h, which is the header to
 * include.
 *
 * Invariants: see trace.h. Settings carry their defaults when the trace does not state them.
 */
#ifndef TOOLS_TRACE_TDX_H
#define TOOLS_TRACE_TDX_H

#include "tools/trace/op.h"

enum trace_tree_mode { TRACE_TREE_SHARED, TRACE_TREE_EXCLUSIVE, TRACE_TREE_NR };
enum trace_demote_poll { TRACE_POLL_L2, TRACE_POLL_ALWAYS, TRACE_POLL_NR };
enum trace_host_priority { TRACE_HP_PRESERVED, TRACE_HP_LOST, TRACE_HP_NR };

/* [tdx]: the module, and what KVM does with it. */
struct trace_tdx {
	/* written by the parser only */
	u32 set;
	struct trace_loc loc;
	u32 packages;			/* default 1 */
	u32 hkids;			/* keys that TDs can have; default 64 */
	bool dynamic_pamt;		/* default no */
	bool huge_pages;		/* KVM maps private memory in 2M; default no */
	u8 zero_step_tree;		/* enum trace_tree_mode; default shared */
	u8 promote_tree;		/* enum trace_tree_mode; default exclusive */
	u8 demote_poll;			/* enum trace_demote_poll; default l2 */
	u8 host_priority;		/* enum trace_host_priority; default preserved */
	u64 host_priority_timeout_ns;	/* default 1s */
	bool accept_stale_leaf;		/* default no */
	bool nonblocking_resize;	/* default no */
};

/* Guest physical addresses, without the end. */
struct trace_range {
	u64 from, end;
};

struct trace_ranges {
	u32 first, n;			/* in ranges[] */
};

#define TRACE_RANGES_MAX 64

/* How much of KVM's making of a TD has been done when the run starts. */
enum trace_build { TRACE_BUILD_ALL, TRACE_BUILD_VCPUS, TRACE_BUILD_NONE, TRACE_BUILD_NR };
/* What the guest does to have its private memory accepted. */
enum trace_accept { TRACE_ACCEPT_VE, TRACE_ACCEPT_LAZY, TRACE_ACCEPT_EAGER, TRACE_ACCEPT_NONE,
		    TRACE_ACCEPT_NR };
/* What the VMM does. */
enum trace_on_mapgpa { TRACE_MAPGPA_CONVERT, TRACE_MAPGPA_THREAD, TRACE_MAPGPA_REFUSE,
		       TRACE_MAPGPA_NR };
enum trace_on_memory_fault { TRACE_FAULT_STOP, TRACE_FAULT_CONVERT, TRACE_FAULT_NR };

/* The keys of [vm] that are for TDs. */
struct trace_td {
	/* written by the parser only */
	u8 build;			/* enum trace_build; default all */
	struct trace_ranges accepted;	/* private pages that are the guest's from the start */
	struct trace_ranges pending;	/* those that only wait to be accepted */
	u8 accept;			/* enum trace_accept; default ve */
	u64 accept_len;			/* bytes, a power of 2: of lazy, at a time; default 2M */
	bool pending_ve_disable;	/* default no */
	u8 on_mapgpa;			/* enum trace_on_mapgpa; default convert */
};

#endif
