// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the subcommands share: options, messages, loading a trace, words and seeds.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/replay/replay.h"

const char *const cmd_kernels[] = {"mainline", "inplace", "hugetlb-wip", "hugetlb-plan", NULL};
const char *const cmd_lockings[] = {"file", NULL};
const char *const cmd_engines[] = {"virtual", "threads", NULL};
const char *const cmd_scheds[] = {"fifo", "random", NULL};

void cmd_talk(const struct cmd *cmd, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	fprintf(stderr, "gmemsim %s: %s\n", cmd->name, text);
}

bool cmd_parse(const struct cmd *cmd, const GOptionEntry *entries, int argc, char **argv,
	       char ***args)
{
	g_autoptr(GOptionContext) context = g_option_context_new(cmd->args);
	g_autofree char *program = g_strdup_printf("gmemsim %s", cmd->name);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) copy = g_new0(char *, (gsize)argc + 1);

	for (int i = 0; i < argc; i++)
		copy[i] = g_strdup(argv[i]);
	g_set_prgname(program);
	g_option_context_set_summary(context, cmd->help);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse_strv(context, &copy, &error)) {
		cmd_talk(cmd, "%s; gmemsim %s --help lists the options", error->message, cmd->name);
		return false;
	}
	*args = g_strdupv(copy + 1);
	if (*args && **args && strcmp(**args, "--") == 0) {
		char **rest = g_strdupv(*args + 1);

		g_strfreev(*args);
		*args = rest;
	}
	return true;
}

struct trace *cmd_load(const char *path)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_file(path, &replay_names, &errs);

	if (!t)
		trace_errors_print(&errs, stderr);
	trace_errors_finish(&errs);
	return t;
}

/* A commit hash has more digits than 64 bits: all of them count. */
static u64 hash_digits(const char *text)
{
	u64 h = 0;

	for (const char *p = text; *p; p++)
		h = prng_mix(h ^ (u64)g_ascii_xdigit_value(*p));
	return h;
}

bool cmd_parse_seed(const char *text, u64 *seed)
{
	size_t len = strlen(text);
	bool hex = len >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
	char *end;

	errno = 0;
	if (hex || strspn(text, "0123456789") == len) {
		*seed = g_ascii_strtoull(text, &end, hex ? 16 : 10);
		if (len && !*end && errno == 0 && end != text)
			return true;
	}
	if (len < 7 || len > 64 || strspn(text, "0123456789abcdefABCDEF") != len)
		return false;
	*seed = hash_digits(text);
	return true;
}

int cmd_find_word(const struct cmd *cmd, const char *option, const char *word,
		  const char *const *words)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
		g_string_append_printf(list, "%s%s", i ? ", " : "", words[i]);
	}
	cmd_talk(cmd, "--%s %s: not one of %s", option, word, list->str);
	return -1;
}
