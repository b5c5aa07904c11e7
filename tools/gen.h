/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/gen.h - parameterised workloads, as the text of a trace.
 */
#ifndef TOOLS_GEN_H
#define TOOLS_GEN_H

#include <glib.h>

#include "sim/types.h"

/* What the command line says of a workload. */
struct gen_params {
	/* written by the caller */
	u64 memory, len, piece; /* bytes: of the VM, of what is converted (or punched), of a call */
	u32 vcpus;
	const char *backing, *kernel, *locking, *costs;
	bool tdx;
	const char *others; /* what the other vCPUs do: "fault", "spin", "halt", "tick" */
	u32 repeat;	    /* faults of each vCPU that faults a number of times */
	u64 busy_ns;	    /* how long a CPU schedules nobody */
	u64 slice_ns;	    /* of the host's CPUs; 0: the default */
	u64 every_ns;	    /* between two faults of a vCPU that faults until the work is done */
};

struct gen_workload {
	/* constant */
	const char *name; /* NULL past the end */
	const char *help;
	bool tdx; /* makes sense for TDs only */
	bool small; /* of 4K pages only */
	bool whole; /* one call for all, unless --piece says otherwise */
	void (*put)(GString *g, const struct gen_params *p);
};

extern const struct gen_workload gen_workloads[];

/**
 * gen_text - the trace
 *
 * Return: text for g_free(); whether the sizes fit each other is for the trace's parser to say.
 */
char *gen_text(const struct gen_workload *w, const struct gen_params *p);

#endif
