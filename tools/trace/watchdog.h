/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/trace/watchdog.h - what a trace says about the watchdogs of a kernel.
 */
#ifndef TOOLS_TRACE_WATCHDOG_H
#define TOOLS_TRACE_WATCHDOG_H

#include "sim/types.h"

enum trace_hardlockup { TRACE_HARDLOCKUP_OFF, TRACE_HARDLOCKUP_PERF, TRACE_HARDLOCKUP_BUDDY,
			TRACE_HARDLOCKUP_NR };

/* A kernel's watchdogs; whole seconds, 0: off. */
struct trace_watchdog {
	/* written by the parser only */
	u64 thresh_ns;			/* default 10s */
	u64 rcu_stall_ns;		/* default 21s */
	u64 wq_thresh_ns;		/* default 30s */
	u64 hung_task_ns;		/* of the host only; default 120s */
	u64 phase_ns;			/* of the samples; UINT64_MAX (default): from the seed */
	u8 hardlockup;			/* of guests only: enum trace_hardlockup; default perf */
};

#endif
