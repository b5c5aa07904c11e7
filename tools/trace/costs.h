/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cost files: traces/costs/NAME.ini, what each step of the modelled kernel takes.
 *
 *   pte_zap    = 70ns				source = "calibration.csv munmap_mapped_64M"
 *   folio_zero = lognormal(median=1us, p99=4us)	source = "assumed"
 *
 * One cost on a line, each with a unit and a source. A file is read as a whole or not at all.
 */
#ifndef TOOLS_TRACE_COSTS_H
#define TOOLS_TRACE_COSTS_H

#include "tools/trace/trace.h"

struct trace_costs {
	/* written by trace_costs_load() only */
	struct trace_cost *v;
	u32 n;
	void *arena; /* owns the strings */
};

/**
 * trace_costs_load() - read a cost file
 * @path: file name
 * @names: the model's names (TRACE_NAMES_COST is asked for), or NULL to accept any
 * @errs: receives the errors
 *
 * Context: any thread; takes no lock.
 * Return: the costs in the order of the file, or NULL with at least one error in @errs.
 */
struct trace_costs *trace_costs_load(const char *path, const struct trace_names *names,
				     struct trace_errors *errs);

/**
 * trace_costs_parse() - the same for text in memory
 */
struct trace_costs *trace_costs_parse(const char *path, const char *buf, size_t len,
				      const struct trace_names *names, struct trace_errors *errs);

/**
 * trace_costs_find() - a cost by its name, NULL if the file does not state it
 */
const struct trace_cost *trace_costs_find(const struct trace_costs *costs, const char *name);

/**
 * trace_costs_free() - free what was loaded; NULL is allowed
 */
void trace_costs_free(struct trace_costs *costs);

#endif
