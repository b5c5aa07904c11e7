// SPDX-License-Identifier: GPL-2.0-only
/*
 * The design as the command line has it.  See design.h.
 */
#include "model/bugs.h"
#include "tools/design.h"
#include "tools/trace/costs.h"

void design_set_failures(struct trace *t, const struct design_options *d)
{
	if (d->fail_one_in)
		trace_set_fail_one_in(t, (u32)d->fail_one_in);
}

bool design_apply(const struct cmd *cmd, const struct design_options *d, struct replay_options *opt)
{
	if (d->seed && !cmd_parse_seed(d->seed, &opt->seed)) {
		cmd_talk(cmd, "--seed %s: neither a number nor a commit hash", d->seed);
		return false;
	}
	if (d->kernel && (opt->kernel = cmd_find_word(cmd, "kernel", d->kernel, cmd_kernels)) < 0)
		return false;
	if (d->locking && !cmd_check_locking(cmd, d->locking))
		return false;
	if (d->bug && bug_by_slug(d->bug) == NR_BUGS) {
		cmd_talk(cmd, "--bug %s: no such planted fault; see gmemsim list bugs", d->bug);
		return false;
	}
	if (d->fail_one_in && d->fail_one_in < 2) {
		cmd_talk(cmd, "--fail-one-in: at least 2");
		return false;
	}
	opt->locking = d->locking;
	opt->costs = d->costs;
	opt->bug = d->bug;
	cmd_limit_memory(opt);
	return true;
}

void design_add(GString *g, const struct design_options *d)
{
	cmd_add_option(g, "kernel", d->kernel);
	cmd_add_option(g, "locking", d->locking);
	cmd_add_option(g, "costs", d->costs);
	cmd_add_option(g, "bug", d->bug);
	if (d->fail_one_in)
		g_string_append_printf(g, " --fail-one-in %d", d->fail_one_in);
}

/* Costs of a file given on the command line override the trace's own. */
static void write_costs(struct trace *t, const char *path)
{
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_load(path, &replay_names, &errs);

	/* it was read once already; if it is gone by now, the run is still what it was */
	for (u32 i = 0; costs && i < costs->n; i++)
		trace_set_cost(t, &costs->v[i]);
	trace_costs_free(costs);
	trace_errors_finish(&errs);
}

void design_write(struct trace *t, const struct design_options *d)
{
	const char *name;
	char why[160];
	u64 arg;

	if (d->kernel)
		trace_set_kernel(t, (enum trace_kernel)cmd_word(d->kernel, cmd_kernels));
	if (d->locking && trace_locking_parse(d->locking, &name, &arg, why))
		trace_set_locking(t, name, arg);
	if (d->costs)
		write_costs(t, d->costs);
}

void design_finish(struct design_options *d)
{
	g_free(d->seed);
	g_free(d->kernel);
	g_free(d->locking);
	g_free(d->costs);
	g_free(d->bug);
}
