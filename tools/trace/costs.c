// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cost files: one named cost on a line, with its unit and its source.
 *
 * Uses the lexer and the values of the trace language, so that a number means the same in both.
 */
#include <string.h>

#include "tools/trace/costs.h"
#include "tools/trace/trace_internal.h"

#define COSTS_MAX 4096

static bool take_source(struct trace_parser *p, struct trace_cost *cost)
{
	struct trace_loc loc;

	if (!trace_is_word(p, "source"))
		return trace_err(p, trace_here(p), "write: NAME = VALUE source = \"...\"",
				 "cost '%s' has no source", cost->name);
	trace_lex_next(&p->lex);
	if (!trace_take_punct(p, '='))
		return false;
	loc = trace_here(p);
	if (!trace_take_string(p, &cost->source))
		return false;
	if (!cost->source[strspn(cost->source, " \t")])
		return trace_err(p, loc, NULL, "the source of '%s' is empty", cost->name);
	if (p->lex.tok.kind != TRACE_TOK_EOL)
		return trace_err_expected(p, "the end of the line");
	return true;
}

static bool take_line(struct trace_parser *p, struct trace_costs *costs, GHashTable *seen)
{
	struct trace_cost cost = {.loc = trace_here(p)};

	cost.name = trace_take_name(p, "the name of a cost");
	if (!cost.name || !trace_check_name(p, TRACE_NAMES_COST, "cost", cost.name, cost.loc))
		return false;
	if (g_hash_table_contains(seen, cost.name))
		return trace_err(p, cost.loc, NULL, "cost '%s' is stated twice", cost.name);
	g_hash_table_add(seen, (char *)cost.name);
	if (costs->n == COSTS_MAX) {
		p->stop = true;
		return trace_err(p, cost.loc, NULL, "more than %u costs", COSTS_MAX);
	}
	if (!trace_take_punct(p, '=') || !trace_take_cost(p, &cost) || !take_source(p, &cost))
		return false;
	trace_push(costs->v, costs->n, cost);
	return true;
}

struct trace_costs *trace_costs_parse(const char *path, const char *buf, size_t len,
				      const struct trace_names *names, struct trace_errors *errs)
{
	struct trace_costs *costs = g_new0(struct trace_costs, 1);
	struct trace_parser p = {.path = path, .names = names, .errs = errs};
	GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
	u32 before = errs->n;

	costs->arena = p.strings = g_string_chunk_new(4096);
	trace_lex_init(&p.lex, buf, len);
	while (!p.stop && !errs->dropped && trace_lex_line(&p.lex)) {
		if (!trace_line_is_text(&p))
			continue;
		trace_lex_next(&p.lex);
		if (p.lex.tok.kind != TRACE_TOK_EOL)
			take_line(&p, costs, seen);
	}
	g_hash_table_destroy(seen);
	if (errs->n == before && !errs->dropped)
		return costs;
	trace_costs_free(costs);
	return NULL;
}

struct trace_costs *trace_costs_load(const char *path, const struct trace_names *names,
				     struct trace_errors *errs)
{
	struct trace_costs *costs;
	size_t len;
	char *text = trace_load(path, &len, errs);

	if (!text)
		return NULL;
	costs = trace_costs_parse(path, text, len, names, errs);
	g_free(text);
	return costs;
}

const struct trace_cost *trace_costs_find(const struct trace_costs *costs, const char *name)
{
	for (u32 i = 0; i < costs->n; i++)
		if (!strcmp(costs->v[i].name, name))
			return &costs->v[i];
	return NULL;
}

void trace_costs_free(struct trace_costs *costs)
{
	if (!costs)
		return;
	g_free(costs->v);
	g_string_chunk_free(costs->arena);
	g_free(costs);
}
