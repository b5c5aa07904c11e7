// SPDX-License-Identifier: GPL-2.0-only
/*
 * Costs of a run: the files a trace includes, in order, its own [cost] entries, and the file named
 * on the command line last.
 *
 * "include = NAME" is NAME.ini in the caller's directory, beside the trace, in costs/ or ../costs/
 * beside the trace, in traces/costs/ of the working directory, or where gmemsim is installed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/replay/internal.h"
#include "tools/trace/costs.h"

static int find_cost(const char *name)
{
	for (int i = 0; i < NR_COSTS; i++) {
		if (strcmp(cost_descs[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* A source says by its first word what it is; else it is a citation. */
static enum cost_source source_kind(const char *source)
{
	static const struct {
		const char *word;
		enum cost_source kind;
	} words[] = {
		{"measured", COST_SOURCE_MEASURED},
		{"published", COST_SOURCE_PUBLISHED},
		{"derived", COST_SOURCE_DERIVED},
		{"assumed", COST_SOURCE_ASSUMED},
	};

	if (!source)
		return COST_SOURCE_STATED;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strncmp(source, words[i].word, strlen(words[i].word)) == 0)
			return words[i].kind;
	}
	return COST_SOURCE_PUBLISHED;
}

static bool set_costs(struct replay *r, struct cost_table *table, const struct trace_cost *costs,
		      u32 n)
{
	static const enum dist_kind kinds[] = {
		[TRACE_DIST_CONST] = DIST_CONST,
		[TRACE_DIST_UNIFORM] = DIST_UNIFORM,
		[TRACE_DIST_LOGNORMAL] = DIST_LOGNORMAL,
	};

	for (u32 i = 0; i < n; i++) {
		int id = find_cost(costs[i].name);

		if (id < 0) /* the parser was given our names */
			return false;
		table->dist[id] = (struct sim_dist){
			.kind = kinds[costs[i].dist],
			.a_ns = costs[i].a_ns,
			.b_ns = costs[i].b_ns,
		};
		r->cost_kind[id] = source_kind(costs[i].source);
		free(r->cost_source[id]);
		r->cost_source[id] = strdup(costs[i].source ? costs[i].source : "");
	}
	return true;
}

static bool load_file(struct replay *r, const char *path, struct cost_table *table)
{
	struct trace_costs *costs = trace_costs_load(path, &replay_names, r->errs);
	bool ok = costs && set_costs(r, table, costs->v, costs->n);

	trace_costs_free(costs);
	return ok;
}

/* Put a path together.  Return: is there such a file? */
static bool __printf(2, 3) is_there(char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, REPLAY_PATH_MAX, fmt, ap);
	va_end(ap);
	return access(path, R_OK) == 0;
}

bool replay_cost_file(const char *trace_path, const char *costs_dir, const char *name,
		      char path[REPLAY_PATH_MAX])
{
	static const char *const places[] = {"", "costs/", "../costs/"};
	const char *slash = strrchr(trace_path, '/');
	int len = slash ? (int)(slash - trace_path + 1) : 0;

	if (costs_dir && is_there(path, "%s/%s.ini", costs_dir, name))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (is_there(path, "%.*s%s%s.ini", len, trace_path, places[i], name))
			return true;
	}
	return is_there(path, "traces/costs/%s.ini", name) ||
	       is_there(path, "%s/costs/%s.ini", GMEMSIM_DATADIR, name);
}

static bool load_include(struct replay *r, const char *name, struct cost_table *table)
{
	char path[REPLAY_PATH_MAX];

	if (replay_cost_file(r->trace->path, r->opt.costs_dir, name, path))
		return load_file(r, path, table);
	rp_error(r, 0, 0,
		 "include = %s: no %s.ini beside the trace, in its costs/ or ../costs/, in "
		 "traces/costs/ or in %s/costs/",
		 name, name, GMEMSIM_DATADIR);
	return false;
}

/* What costs nothing goes on costing nothing, and what costs something does not become free. */
static u64 scaled(u64 ns, double factor)
{
	return ns ? max((u64)((double)ns * factor + 0.5), 1ull) : 0;
}

static void scale(struct sim_dist *d, double factor)
{
	if (factor == 1)
		return;
	d->a_ns = scaled(d->a_ns, factor);
	d->b_ns = scaled(d->b_ns, factor);
}

void rp_watch_costs(struct replay *r)
{
	/* two of them become the engine's own */
	for (int i = 0; r->opt.note_costs && r->sim->is_virtual && i < NR_COSTS; i++) {
		if (i != COST_context_switch && i != COST_wake_latency)
			sim_dist_watch(&r->machine->cfg.costs.dist[i]);
	}
}

u32 replay_costs(const struct replay *r, struct cost_use *use)
{
	u32 n = 0;

	for (int i = 0; r->opt.note_costs && r->sim->is_virtual && i < NR_COSTS; i++) {
		const struct sim_dist *d = &r->machine->cfg.costs.dist[i];

		if (d->kind == DIST_UNSEEN || (!d->a_ns && !d->b_ns))
			continue;
		use[n++] = (struct cost_use){.desc = &cost_descs[i], .id = (enum cost_id)i,
					     .dist = *d, .kind = r->cost_kind[i],
					     .source = r->cost_source[i]};
	}
	return n;
}

void rp_free_costs(struct replay *r)
{
	for (int i = 0; i < NR_COSTS; i++)
		free(r->cost_source[i]);
}

bool rp_load_costs(struct replay *r, struct cost_table *table)
{
	const struct trace *t = r->trace;

	memset(table, 0, sizeof(*table));
	for (u32 i = 0; i < t->n_includes; i++) {
		if (!load_include(r, t->includes[i], table))
			return false;
	}
	if (!set_costs(r, table, t->costs, t->n_costs)) {
		rp_error(r, 0, 0, "a cost of the trace is not known to the model");
		return false;
	}
	if (r->opt.costs && !load_file(r, r->opt.costs, table))
		return false;
	for (int i = 0; r->opt.cost_factor && i < NR_COSTS; i++)
		scale(&table->dist[i], r->opt.cost_factor[i]);
	return true;
}
