// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports on campaigns: which, and where they go.  See emit.h.
 */
#include <stdio.h>
#include <string.h>

#include "tools/emit.h"

bool emit_options_apply(const struct cmd *cmd, struct emit_options *e)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (const struct check_format *f = check_formats; f->name; f++) {
		if (!strcmp(e->format ? e->format : "text", f->name))
			e->emitter = f;
		g_string_append_printf(list, "%s%s", list->len ? ", " : "", f->name);
	}
	if (!e->emitter)
		cmd_talk(cmd, "--format %s: not one of %s", e->format, list->str);
	return e->emitter != NULL;
}

void emit_options_finish(struct emit_options *e)
{
	g_free(e->format);
	g_free(e->json);
	g_free(e->output);
}

static int write_to(const struct cmd *cmd, const char *path, const struct check_report *r,
		    void (*put)(const struct check_report *r, FILE *to))
{
	struct out out;

	if (!cmd_open(cmd, &out, path))
		return EXIT_INTERNAL;
	put(r, out.to);
	return cmd_close(cmd, &out, path);
}

int emit_report(const struct cmd *cmd, const struct emit_options *e, const struct check_report *r)
{
	/* JSON on standard output leaves no room for another report there */
	bool taken = e->json && !strcmp(e->json, "-") && !e->output;
	int code = EXIT_EXPECTED;

	if (!e->quiet && !taken)
		code = write_to(cmd, e->output ? e->output : "-", r, e->emitter->put);
	if (e->json)
		code = cmd_worse(code, write_to(cmd, e->json, r, check_put_json));
	return code;
}

int emit_code(const struct explore_result *x)
{
	char why[160];

	return explore_judge(x, why) == EXPLORE_OK ? EXIT_EXPECTED : EXIT_FINDING;
}
