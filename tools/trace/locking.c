// SPDX-License-Identifier: GPL-2.0-only
/*
 * A locking strategy as one word: range, chunk:2M, bucket:16.
 *
 * Invariant: what trace_locking_text() says, trace_locking_parse() reads.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

void trace_locking_print(GString *out, const char *name, u64 arg)
{
	g_string_append(out, name);
	if (!arg)
		return;
	g_string_append_c(out, ':');
	trace_print_number(out, strncmp(name, "chunk", 5) ? TRACE_T_COUNT : TRACE_T_SIZE, arg);
}

char *trace_locking_text(const char *name, u64 arg)
{
	GString *out = g_string_new(NULL);

	trace_locking_print(out, name, arg);
	return g_string_free(out, FALSE);
}

#define TEMPLATE "gmemsim trace 1\n[design]\nlocking = %s\n[task t kind=kernel]\nrun 1ns\n"

/* The language's own parser reads it, so that both have the same rules and hints. */
bool trace_locking_parse(const char *text, const char **name, u64 *arg, char why[160])
{
	g_autofree char *line = g_strdup_printf(TEMPLATE, text);
	struct trace_errors errs = {0};
	struct trace *t = NULL;
	bool known = false;

	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-:KMGT") == strlen(text))
		t = trace_parse_buf("locking", line, strlen(line), NULL, &errs);
	if (t) {
		int i = trace_word_find(&trace_words_locking, t->design.locking,
					strlen(t->design.locking));

		*name = trace_words_locking.v[i];
		*arg = t->design.locking_arg;
		known = true;
	} else {
		g_snprintf(why, 160, "%s%s%s", errs.n ? errs.v[0].message : "not a strategy",
			   errs.n && errs.v[0].hint ? ", " : "",
			   errs.n && errs.v[0].hint ? errs.v[0].hint : "");
	}
	trace_free(t);
	trace_errors_finish(&errs);
	return known;
}
