// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the subcommands share: options, messages, loading a trace, words and seeds.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cmd.h"

const char *const cmd_kernels[] = {"mainline", "inplace", "hugetlb-wip", "hugetlb-plan", NULL};
const char *const cmd_engines[] = {"virtual", "threads", NULL};
const char *const cmd_scheds[] = {"fifo", "random", "search", NULL};

static volatile int interrupted;

static void on_interrupt(int sig)
{
	interrupted = 1;
}

const volatile int *cmd_interrupt(void)
{
	signal(SIGINT, on_interrupt);
	return &interrupted;
}

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

struct trace *cmd_load_recorded(const struct cmd *cmd, char **paths, int *code)
{
	struct trace *t;

	*code = EXIT_USAGE;
	if (!paths[0] || paths[1]) {
		cmd_talk(cmd, "one recorded trace is wanted");
		return NULL;
	}
	*code = EXIT_BAD_INPUT;
	t = cmd_load(paths[0]);
	if (!t || (t->schedule.set && t->schedule.engine == TRACE_ENGINE_VIRTUAL))
		return t;
	if (!t->schedule.set)
		cmd_talk(cmd,
			 "%s has no [schedule]: gmemsim run --record and check --save make one",
			 paths[0]);
	else
		cmd_talk(cmd, "%s was recorded on real threads, which cannot be repeated",
			 paths[0]);
	trace_free(t);
	return NULL;
}

bool cmd_open(const struct cmd *cmd, struct out *out, const char *path)
{
	int err = out_open(out, path);

	if (err)
		cmd_talk(cmd, "%s: %s", path, g_strerror(-err));
	return !err;
}

int cmd_close(const struct cmd *cmd, struct out *out, const char *path)
{
	int err = out_commit(out);

	if (err)
		cmd_talk(cmd, "%s: %s", path, g_strerror(-err));
	return err ? EXIT_INTERNAL : EXIT_EXPECTED;
}

int cmd_write(const struct cmd *cmd, const char *path, const char *text, size_t len)
{
	struct out out;

	if (!cmd_open(cmd, &out, path))
		return EXIT_INTERNAL;
	fwrite(text, 1, len, out.to);
	return cmd_close(cmd, &out, path);
}

void cmd_put_trace(struct out *out, const struct trace *t)
{
	size_t len;
	char *text = trace_print(t, &len);

	fwrite(text, 1, len, out->to);
	free(text);
}

int cmd_write_trace(const struct cmd *cmd, const char *path, const struct trace *t)
{
	struct out out;

	if (!cmd_open(cmd, &out, path))
		return EXIT_INTERNAL;
	cmd_put_trace(&out, t);
	return cmd_close(cmd, &out, path);
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

int cmd_word(const char *word, const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

int cmd_find_word(const struct cmd *cmd, const char *option, const char *word,
		  const char *const *words)
{
	int i = cmd_word(word, words);
	g_autofree char *list = i < 0 ? g_strjoinv(", ", (char **)words) : NULL;

	if (i < 0)
		cmd_talk(cmd, "--%s %s: not one of %s", option, word, list);
	return i;
}

bool cmd_check_locking(const struct cmd *cmd, const char *locking)
{
	const char *name;
	char why[160];
	u64 arg;

	if (trace_locking_parse(locking, &name, &arg, why))
		return true;
	cmd_talk(cmd, "--locking %s: %s; see gmemsim list lockings", locking, why);
	return false;
}

bool cmd_parse_time(const char *text, sim_ns *out)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	char *end;
	u64 v = g_ascii_strtoull(text, &end, 10);

	for (size_t i = 0; end != text && i < G_N_ELEMENTS(units); i++) {
		if (strcmp(end, units[i].name) == 0)
			return !__builtin_mul_overflow(v, units[i].ns, out) && *out;
	}
	return false;
}

/* The simulation wants more than this machine can give: say so before the kernel's killer does. */
static void out_of_memory(const struct sim *sim)
{
	fprintf(stderr,
		"gmemsim: error: the trace needs more memory than this machine has: "
		"%" PRIu64 " MiB of model state so far\n",
		sim->bytes_live >> 20);
	_exit(EXIT_BAD_INPUT);
}

void cmd_limit_memory(struct replay_options *opt)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	opt->limit_bytes = pages > 0 && size > 0 ? (u64)pages * (u64)size / 8 * 7 : 0;
	opt->out_of_memory = out_of_memory;
}

void cmd_add_option(GString *g, const char *name, const char *value)
{
	g_autofree char *quoted = value ? g_shell_quote(value) : NULL;

	if (!value)
		return;
	/* plain words read better bare */
	g_string_append_printf(g, " --%s %s", name,
			       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789-_./:,+=") == strlen(value) ?
				       value :
				       quoted);
}
