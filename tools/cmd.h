/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/cmd.h - subcommands of gmemsim, and what they share.
 *
 * A subcommand is one cmd_NAME.c.  It returns an exit code; machine output goes to standard output
 * or to a file that appears whole or not at all, talk goes to standard error.
 */
#ifndef TOOLS_CMD_H
#define TOOLS_CMD_H

#include <glib.h>

#include "sim/sim.h"
#include "tools/out.h"
#include "tools/replay/replay.h"
#include "tools/trace/trace.h"

/* Exit codes; scripts rely on them. */
enum {
	EXIT_EXPECTED = 0,   /* everything as expected */
	EXIT_FINDING = 1,    /* a finding, or a result that was not expected */
	EXIT_SKIPPED = 4,    /* could not be tried here */
	EXIT_USAGE = 64,     /* the command line is wrong */
	EXIT_BAD_INPUT = 65, /* an input file is wrong */
	EXIT_INTERNAL = 70,  /* gmemsim is wrong, or the machine under it */
};

struct cmd {
	const char *name;
	const char *args; /* what follows the options, for the help */
	const char *help; /* one line */
	int (*run)(const struct cmd *cmd, int argc, char **argv);
};

/* The line that repeats the current run, for a failed assertion's last words; NULL outside one. */
extern const char *volatile cmd_replay_line;

int cmd_run(const struct cmd *cmd, int argc, char **argv);
int cmd_replay(const struct cmd *cmd, int argc, char **argv);
int cmd_shrink(const struct cmd *cmd, int argc, char **argv);
int cmd_check(const struct cmd *cmd, int argc, char **argv);
int cmd_merge(const struct cmd *cmd, int argc, char **argv);
int cmd_compare(const struct cmd *cmd, int argc, char **argv);
int cmd_gen(const struct cmd *cmd, int argc, char **argv);
int cmd_import(const struct cmd *cmd, int argc, char **argv);
int cmd_fmt(const struct cmd *cmd, int argc, char **argv);
int cmd_list(const struct cmd *cmd, int argc, char **argv);

/**
 * cmd_parse - parse a subcommand's options
 * @args: receives what is left, NULL terminated, to be g_strfreev()d
 *
 * Return: true; or false after a message, which means EXIT_USAGE.  "--help" does not return.
 */
bool cmd_parse(const struct cmd *cmd, const GOptionEntry *entries, int argc, char **argv,
	       char ***args);

/**
 * cmd_talk - a message on standard error, "gmemsim NAME: text"
 */
void cmd_talk(const struct cmd *cmd, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/**
 * cmd_load - parse a trace; its errors go to standard error
 */
struct trace *cmd_load(const char *path);

/**
 * cmd_load_recorded - the one trace with a [schedule] that a subcommand wants
 * @paths: what is left of the command line
 * @code: receives the exit code if there is none
 *
 * Return: the trace, which can be repeated; or NULL after a message.
 */
struct trace *cmd_load_recorded(const struct cmd *cmd, char **paths, int *code);

/**
 * cmd_open / cmd_close - write a file that appears whole or not at all; "-" is standard output
 *
 * Return: false, or EXIT_INTERNAL, after a message.
 */
bool cmd_open(const struct cmd *cmd, struct out *out, const char *path);
int cmd_close(const struct cmd *cmd, struct out *out, const char *path);

/* A whole text or trace to a file.  Return: an exit code. */
int cmd_write(const struct cmd *cmd, const char *path, const char *text, size_t len);
void cmd_put_trace(struct out *out, const struct trace *t);
int cmd_write_trace(const struct cmd *cmd, const char *path, const struct trace *t);

/**
 * cmd_parse_seed - a number (decimal or 0x), or a hexadecimal commit hash
 */
bool cmd_parse_seed(const char *text, u64 *seed);

/* Which of a list that ends in NULL; -1: none. */
int cmd_word(const char *word, const char *const *words);

/**
 * cmd_find_word - cmd_word() for an option, with a message if it is not there
 */
int cmd_find_word(const struct cmd *cmd, const char *option, const char *word,
		  const char *const *words);

/**
 * cmd_parse_time - "500ms", "10s": more than nothing
 */
bool cmd_parse_time(const char *text, sim_ns *out);

/* Is that a locking strategy?  If not, the user is told what is wrong with it. */
bool cmd_check_locking(const struct cmd *cmd, const char *locking);

/* A limit for the model's memory: most of what this machine has. */
void cmd_limit_memory(struct replay_options *opt);

/* " --name value", quoted for a shell where it must be; nothing without a value. */
void cmd_add_option(GString *g, const char *name, const char *value);

/* The worse of two exit codes: a script sees one. */
static inline int cmd_worse(int a, int b)
{
	return a > b ? a : b;
}

extern const char *const cmd_kernels[];
extern const char *const cmd_engines[];
extern const char *const cmd_scheds[];

/* Not 0 after an interrupt, which from now on ends what is going on, not the program. */
const volatile int *cmd_interrupt(void);

#endif
