// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim: the program.  Finds the subcommand; everything else is in cmd_*.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cmd.h"

static const struct cmd cmds[] = {
	{"run", "TRACE...", "execute a trace and say what waited for what", cmd_run},
	{"check", "TRACE...", "run a trace in many orders and say what can happen", cmd_check},
	{"merge", "REPORT...", "put the JSON reports of check --shard together", cmd_merge},
	{"replay", "TRACE", "repeat a recorded run and say whether it was the same", cmd_replay},
	{"shrink", "TRACE", "make a saved finding small", cmd_shrink},
	{"compare", "TRACE...", "one workload under many designs: what they cost, what breaks",
	 cmd_compare},
	{"gen", "WORKLOAD", "print the trace of a workload: boot, swiotlb, convert, teardown, ...",
	 cmd_gen},
	{"import", "ftrace FILE", "make a trace of a real kernel's recording", cmd_import},
	{"fmt", "TRACE...", "print traces in their canonical form", cmd_fmt},
	{"list",
	 "traces|bugs|kernels|lockings|costs|counters|fails|rules|seamcalls|strategies|verbs",
	 "what there is to choose from", cmd_list},
};

static void put_help(FILE *to)
{
	fprintf(to,
		"usage: gmemsim SUBCOMMAND [options] ARGUMENT...\n\n"
		"Simulates guest_memfd and KVM memory management: traces in, lock holds out.\n\n");
	for (size_t i = 0; i < G_N_ELEMENTS(cmds); i++)
		fprintf(to, "  %-8s %s\n", cmds[i].name, cmds[i].help);
	fprintf(to, "\n"
		    "gmemsim SUBCOMMAND --help has the options; gmemsim --version the version.\n"
		    "Exit: 0 as expected, 1 finding or unexpected result, 4 skipped, 64 usage,\n"
		    "65 bad input, 70 internal error.\n");
}

const char *volatile cmd_replay_line;

/* A failed assertion has said what is wrong; here is how to repeat it, and whose fault it is. */
static void on_abort(int sig)
{
	const char *line = cmd_replay_line;

	if (line && (write(STDERR_FILENO, "replay: ", 8) < 0 ||
		     write(STDERR_FILENO, line, strlen(line)) < 0 ||
		     write(STDERR_FILENO, "\n", 1) < 0))
		_exit(EXIT_INTERNAL);
	_exit(EXIT_INTERNAL);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	signal(SIGABRT, on_abort);
	if (!name) {
		put_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		put_help(stdout);
		return EXIT_EXPECTED;
	}
	if (!strcmp(name, "--version")) {
		printf("gmemsim %s\n", GMEMSIM_VERSION);
		return EXIT_EXPECTED;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(cmds); i++) {
		if (strcmp(cmds[i].name, name) == 0)
			return cmds[i].run(&cmds[i], argc - 1, argv + 1);
	}
	fprintf(stderr, "gmemsim: no subcommand '%s'; gmemsim --help lists them\n", name);
	return EXIT_USAGE;
}
