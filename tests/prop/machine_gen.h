/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random small machines at work: traces that can be run, for the explorer.
 *
 * Two to four tasks with one to three operations each, on few pages, so that a few dozen schedules
 * meet many of the orders there are.  What matters for which kernel is in the weights only: any
 * operation may come up in any of them, and what a kernel refuses it answers with an errno.
 */
#ifndef TESTS_PROP_MACHINE_GEN_H
#define TESTS_PROP_MACHINE_GEN_H

#include "tools/trace/trace.h"

/**
 * machine_gen - the trace of a seed
 *
 * Return: text in the canonical form, for g_free(); a function of @seed and @kernel.
 */
char *machine_gen(u64 seed, enum trace_kernel kernel);

#endif
