// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run written down.  See record.h.
 */
#include <errno.h>
#include <string.h>

#include "tools/out.h"
#include "tools/record.h"
#include "tools/trace/costs.h"

static void set_design(const struct cmd *cmd, struct trace *t, const char *kernel,
		       const char *locking, const char *sched)
{
	if (kernel)
		trace_set_kernel(
			t, (enum trace_kernel)cmd_find_word(cmd, "kernel", kernel, cmd_kernels));
	if (locking)
		trace_set_locking(t, locking);
	if (sched)
		trace_set_scheduler(
			t, (enum trace_scheduler)cmd_find_word(cmd, "sched", sched, cmd_scheds));
}

/* Costs of a file given on the command line override the trace's own. */
static void set_costs(struct trace *t, const char *path)
{
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_load(path, &replay_names, &errs);

	/* it was read once already; if it is gone by now, the run is still what it was */
	for (u32 i = 0; costs && i < costs->n; i++)
		trace_set_cost(t, &costs->v[i]);
	trace_costs_free(costs);
	trace_errors_finish(&errs);
}

/* The trace says what the command line said, so that the file needs no options. */
static void set_all(const struct cmd *cmd, struct trace *t, const struct record_design *d)
{
	set_design(cmd, t, d->kernel, d->locking, d->sched);
	if (d->costs)
		set_costs(t, d->costs);
}

static void set_origin(struct trace *t, bool explored, const char *bug)
{
	struct replay_options opt;

	replay_options_default(&opt);
	opt.bug = bug;
	trace_set_origin(t, explored, bug, explore_model_hash(), explore_config_hash(t, &opt));
}

static int write_trace(const struct cmd *cmd, struct trace *t, const char *path)
{
	struct out out;
	size_t len;
	char *text = trace_print(t, &len);
	int err = out_open(&out, path);

	if (!err) {
		fwrite(text, 1, len, out.to);
		err = out_commit(&out);
	}
	g_free(text);
	if (!err)
		return EXIT_EXPECTED;
	cmd_talk(cmd, "%s: %s", path, g_strerror(-err));
	return EXIT_INTERNAL;
}

int record_run(const struct cmd *cmd, struct trace *t, struct replay *r, const char *path,
	       const struct record_design *design)
{
	const struct sim *sim = replay_sim(r);

	set_all(cmd, t, design);
	trace_set_schedule(t, sim->is_virtual ? TRACE_ENGINE_VIRTUAL : TRACE_ENGINE_THREADS,
			   sim->cfg.seed, sim->fingerprint, sim->tape.rec, sim->tape.rec_len);
	set_origin(t, false, design->bug);
	return write_trace(cmd, t, path);
}

/* DIR/TRACE.KERNEL.RULE-SITE.gms */
static char *finding_path(const char *dir, const struct explore_result *x,
			  const struct explore_finding *f)
{
	g_autofree char *base = g_path_get_basename(strcmp(x->trace, "-") ? x->trace : "stdin");
	g_autofree char *name = NULL;

	if (g_str_has_suffix(base, ".gms"))
		base[strlen(base) - 4] = 0;
	name = g_strdup_printf("%s.%s.%s-%08x.gms", base, x->kernel, f->rule, (u32)(f->site >> 32));
	return g_build_filename(dir, name, NULL);
}

int record_finding(const struct cmd *cmd, struct trace *t, const char *dir,
		   const struct record_design *design, const struct explore_result *x,
		   struct explore_finding *f)
{
	g_auto(GStrv) rules = g_strsplit(f->rules, ",", 0);

	if (g_mkdir_with_parents(dir, 0777)) {
		cmd_talk(cmd, "%s: %s", dir, g_strerror(errno));
		return EXIT_INTERNAL;
	}
	f->file = finding_path(dir, x, f);
	set_all(cmd, t, design);
	trace_set_expect(t, (const char *const *)rules, g_strv_length(rules));
	trace_set_scheduler(t, TRACE_SCHED_SEARCH);
	trace_set_departures(t, &f->schedule, (const char *const *)f->tasks,
			     g_strv_length(f->tasks));
	if (!f->sample) /* the search decides before releases, too: that makes it a proof */
		trace_set_all_points(t);
	set_origin(t, true, design->bug);
	return write_trace(cmd, t, f->file);
}
