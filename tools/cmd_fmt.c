// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim fmt: traces in their canonical form.
 */
#include <string.h>

#include "tools/cmd.h"

static int format(const struct cmd *cmd, const char *path, bool in_place)
{
	struct trace *t = cmd_load(path);
	int code;

	if (!t)
		return EXIT_BAD_INPUT;
	code = cmd_write_trace(cmd, in_place ? path : "-", t);
	trace_free(t);
	return code;
}

int cmd_fmt(const struct cmd *cmd, int argc, char **argv)
{
	gboolean in_place = FALSE;
	const GOptionEntry table[] = {
		{"in-place", 'i', 0, G_OPTION_ARG_NONE, &in_place,
		 "rewrite the files instead of printing", NULL},
		{0},
	};
	g_auto(GStrv) paths = NULL;
	int code = EXIT_EXPECTED;

	if (!cmd_parse(cmd, table, argc, argv, &paths))
		return EXIT_USAGE;
	if (!paths[0]) {
		cmd_talk(cmd, "no trace given");
		return EXIT_USAGE;
	}
	for (char **p = paths; *p; p++) {
		if (in_place && strcmp(*p, "-") == 0) {
			cmd_talk(cmd, "standard input cannot be rewritten");
			return EXIT_USAGE;
		}
		code = cmd_worse(code, format(cmd, *p, in_place));
	}
	return code;
}
