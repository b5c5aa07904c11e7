/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/twins.h - small traces that do what a large one does, so that all their orders can be seen.
 */
#ifndef TOOLS_TWINS_H
#define TOOLS_TWINS_H

#include "tools/trace/trace.h"

/**
 * twins_of - two tasks on two pages (or one huge page) for each kind of change in @workload
 * @kernel: enum trace_kernel, of the design; the mainline one converts by attributes of the VM
 *
 * The VM's type is the workload's, and 2M stands for every huge page.  Each twin's path says what
 * it is.  They are the program's own text and need no file.
 *
 * Return: for twins_free(); empty, if the workload changes nothing that there is a twin for.
 */
struct trace **twins_of(const struct trace *workload, int kernel);

/**
 * twins_locking - a strategy such that it does in a twin what it does in the workload
 *
 * Pieces of 2M would never cut two pages: they become pieces of 4K.
 *
 * Return: for g_free(); NULL stays NULL.
 */
char *twins_locking(const char *locking);

void twins_free(struct trace **twins);

#endif
