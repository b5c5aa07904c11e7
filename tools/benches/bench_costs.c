// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_costs.c - the cost file that benchmarks of the model use beside no costs at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/benches/rig.h"
#include "tools/trace/costs.h"

#define COST_FILE "traces/costs/debian-vm.ini"

static void load(struct cost_table *table)
{
	static const enum dist_kind kinds[] = {
		[TRACE_DIST_CONST] = DIST_CONST,
		[TRACE_DIST_UNIFORM] = DIST_UNIFORM,
		[TRACE_DIST_LOGNORMAL] = DIST_LOGNORMAL,
	};
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_load(COST_FILE, NULL, &errs);

	if (!costs) {
		trace_errors_print(&errs, stderr);
		exit(65);
	}
	for (int id = 0; id < NR_COSTS; id++) {
		const struct trace_cost *c = trace_costs_find(costs, cost_descs[id].name);

		if (c)
			table->dist[id] = (struct sim_dist){
				.kind = kinds[c->dist], .a_ns = c->a_ns, .b_ns = c->b_ns};
	}
	trace_costs_free(costs);
}

const struct cost_table *bench_costs_debian_vm(void)
{
	static struct cost_table table;
	static bool loaded;

	if (!loaded)
		load(&table);
	loaded = true;
	return &table;
}
