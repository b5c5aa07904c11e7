// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim gen: parameterised workloads.
 *
 * What comes out has been parsed: sizes that do not fit each other are refused here, by the rules
 * of every other trace.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/gen.h"

struct options {
	/* written by the option parser */
	char *memory, *len, *piece, *backing, *kernel, *locking, *costs, *type, *others;
	char *every, *busy, *output;
	int vcpus, repeat;
};

static const GOptionEntry *entries(struct options *o)
{
	const GOptionEntry table[] = {
		{"memory", 0, 0, G_OPTION_ARG_STRING, &o->memory, "of the VM; default 2G", "SIZE"},
		{"len", 0, 0, G_OPTION_ARG_STRING, &o->len,
		 "how much is converted, accepted or punched; default half of the memory", "SIZE"},
		{"piece", 0, 0, G_OPTION_ARG_STRING, &o->piece,
		 "of each call; default 2M, for convert all at once", "SIZE"},
		{"vcpus", 0, 0, G_OPTION_ARG_INT, &o->vcpus, "1 to 512; default 8", "N"},
		{"backing", 0, 0, G_OPTION_ARG_STRING, &o->backing,
		 "4K (default), 2M or 1G", "SIZE"},
		{"kernel", 0, 0, G_OPTION_ARG_STRING, &o->kernel,
		 "default inplace, with huge pages hugetlb-plan", "KERNEL"},
		{"locking", 0, 0, G_OPTION_ARG_STRING, &o->locking, "default file", "LOCKING"},
		{"type", 0, 0, G_OPTION_ARG_STRING, &o->type,
		 "sw-protected or tdx; default what the workload wants", "TYPE"},
		{"costs", 0, 0, G_OPTION_ARG_STRING, &o->costs,
		 "default spr-248 for TDs, else debian-vm", "NAME"},
		{"others", 0, 0, G_OPTION_ARG_STRING, &o->others,
		 "boot, swiotlb, kexec: halt (default), tick, spin or fault", "WHAT"},
		{"repeat", 0, 0, G_OPTION_ARG_INT, &o->repeat,
		 "storm, and --others=fault: faults of each vCPU; default 1000", "N"},
		{"every", 0, 0, G_OPTION_ARG_STRING, &o->every,
		 "convert, stream: from one fault of a vCPU to the next; default 1ms", "T"},
		{"busy", 0, 0, G_OPTION_ARG_STRING, &o->busy,
		 "lru-drain: how long a CPU schedules nobody; default 1s", "T"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
		 "default standard output", "FILE"},
		{0},
	};

	return g_memdup2(table, sizeof(table));
}

/* "2M": a whole number of pages. */
static bool parse_size(const struct cmd *cmd, const char *option, const char *text, u64 *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	u64 n = g_ascii_strtoull(text, &end, 10);
	u32 shift = 0;

	unit = *end ? strchr(units, *end) : NULL;
	if (unit)
		shift = 10 * (u32)(unit - units + 1);
	if (!g_ascii_isdigit(*text) || !n || (*end && (!unit || end[1])) || n >> (63 - shift) ||
	    (n << shift) & 0xfff) {
		cmd_talk(cmd, "--%s %s: not a size in whole pages, such as 2M", option, text);
		return false;
	}
	*out = n << shift;
	return true;
}

static bool one_of(const struct cmd *cmd, const char *option, const char *word,
		   const char *const *words)
{
	return cmd_find_word(cmd, option, word, words) >= 0;
}

static bool words_ok(const struct cmd *cmd, const struct options *o)
{
	static const char *const backings[] = {"4K", "2M", "1G", NULL};
	static const char *const types[] = {"sw-protected", "tdx", NULL};
	static const char *const others[] = {"halt", "tick", "spin", "fault", NULL};

	if ((o->backing && !one_of(cmd, "backing", o->backing, backings)) ||
	    (o->type && !one_of(cmd, "type", o->type, types)) ||
	    (o->others && !one_of(cmd, "others", o->others, others)) ||
	    (o->kernel && !one_of(cmd, "kernel", o->kernel, cmd_kernels)) ||
	    (o->locking && !cmd_check_locking(cmd, o->locking)))
		return false;
	if (o->vcpus < 1 || o->vcpus > 512 || o->repeat < 1) {
		cmd_talk(cmd, "--vcpus: 1 to 512; --repeat: from 1 on");
		return false;
	}
	return true;
}

static bool parse_time(const struct cmd *cmd, const char *option, const char *text, sim_ns most_ns,
		       u64 *out)
{
	if (cmd_parse_time(text, out) && *out <= most_ns)
		return true;
	cmd_talk(cmd, "--%s=%s: a time such as 1ms, up to %us", option, text,
		 (u32)(most_ns / NSEC_PER_SEC));
	return false;
}

static bool apply(const struct cmd *cmd, const struct options *o, const struct gen_workload *w,
		  struct gen_params *p)
{
	if (!words_ok(cmd, o))
		return false;
	p->vcpus = (u32)o->vcpus;
	p->repeat = (u32)o->repeat;
	p->backing = o->backing ? o->backing : "4K";
	p->kernel = o->kernel ? o->kernel : *p->backing == '4' ? "inplace" : "hugetlb-plan";
	p->locking = o->locking ? o->locking : "file";
	p->tdx = o->type ? strcmp(o->type, "tdx") == 0 : w->tdx;
	p->costs = o->costs ? o->costs : p->tdx ? "spr-248" : "debian-vm";
	p->others = o->others ? o->others : "halt";
	if (!parse_time(cmd, "every", o->every ? o->every : "1ms", NSEC_PER_SEC, &p->every_ns) ||
	    !parse_time(cmd, "busy", o->busy ? o->busy : "1s", NSEC_PER_SEC, &p->busy_ns))
		return false;
	p->slice_ns = 0;
	if (w->tdx && !p->tdx) {
		cmd_talk(cmd, "%s is a workload of TDs", w->name);
		return false;
	}
	if (w->small && *p->backing != '4') {
		cmd_talk(cmd, "%s is a workload of 4K pages", w->name);
		return false;
	}
	if (!parse_size(cmd, "memory", o->memory ? o->memory : "2G", &p->memory))
		return false;
	p->len = p->memory / 2 & ~0xfffull;
	p->piece = w->whole ? p->len : 2ull << 20;
	if (o->len && !parse_size(cmd, "len", o->len, &p->len))
		return false;
	if (o->len && !o->piece && w->whole)
		p->piece = p->len;
	if (o->piece && !parse_size(cmd, "piece", o->piece, &p->piece))
		return false;
	if (p->len > p->memory || p->piece > p->len || p->len % p->piece) {
		cmd_talk(cmd, "PIECE has to divide LEN, which has to fit into the memory");
		return false;
	}
	return true;
}

static int generate(const struct cmd *cmd, const struct options *o, const struct gen_workload *w)
{
	const char *path = o->output ? o->output : "-";
	struct trace_errors errs = {0};
	struct gen_params p;
	g_autofree char *text = NULL;
	struct trace *t;
	int code;

	if (!apply(cmd, o, w, &p))
		return EXIT_USAGE;
	text = gen_text(w, &p);
	t = trace_parse_buf(w->name, text, strlen(text), &replay_names, &errs);
	if (!t) {
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		return EXIT_BAD_INPUT;
	}
	code = cmd_write_trace(cmd, path, t);
	trace_free(t);
	return code;
}

static int unknown(const struct cmd *cmd, const char *name)
{
	if (name)
		cmd_talk(cmd, "no workload '%s'; there are", name);
	else
		cmd_talk(cmd, "no workload given; there are");
	for (const struct gen_workload *w = gen_workloads; w->name; w++)
		fprintf(stderr, "  %-10s %s\n", w->name, w->help);
	return EXIT_USAGE;
}

int cmd_gen(const struct cmd *cmd, int argc, char **argv)
{
	struct options o = {.vcpus = 8, .repeat = 1000};
	g_autofree GOptionEntry *table = (GOptionEntry *)entries(&o);
	const struct gen_workload *w = gen_workloads;
	g_auto(GStrv) args = NULL;
	int code = EXIT_USAGE;

	if (cmd_parse(cmd, table, argc, argv, &args)) {
		while (args[0] && w->name && strcmp(w->name, args[0]) != 0)
			w++;
		if (!args[0] || !w->name)
			code = unknown(cmd, args[0]);
		else if (args[1])
			cmd_talk(cmd, "one workload, please");
		else
			code = generate(cmd, &o, w);
	}
	char *strings[] = {o.memory, o.len, o.piece, o.backing, o.kernel, o.locking, o.costs,
			   o.type, o.others, o.every, o.busy, o.output};
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	return code;
}
