// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run written down.  See record.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/record.h"
#include "tools/trace/costs.h"

static void set_origin(struct trace *t, bool explored, const char *bug)
{
	struct replay_options opt;

	replay_options_default(&opt);
	opt.bug = bug;
	trace_set_origin(t, explored, bug, explore_model_hash(), explore_config_hash(t, &opt));
}

/* Are the files of costs the same, seen from @path? */
static bool same_includes(const struct trace *t, const char *path)
{
	for (u32 i = 0; i < t->n_includes; i++) {
		char here[REPLAY_PATH_MAX], there[REPLAY_PATH_MAX];
		g_autofree char *a = NULL, *b = NULL;

		if (!replay_cost_file(t->path, NULL, t->includes[i], here) ||
		    !replay_cost_file(path, NULL, t->includes[i], there))
			return false;
		a = realpath(here, NULL);
		b = realpath(there, NULL);
		if (g_strcmp0(a, b))
			return false;
	}
	return true;
}

static void state_costs(struct trace *t, const char *path, u32 nr_own)
{
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_load(path, &replay_names, &errs);

	for (u32 i = 0; costs && i < costs->n; i++) {
		u32 k = 0;

		while (k < nr_own && strcmp(t->costs[k].name, costs->v[i].name))
			k++;
		if (k == nr_own)
			trace_set_cost(t, &costs->v[i]);
	}
	trace_costs_free(costs);
	trace_errors_finish(&errs);
}

static void settle_costs(struct trace *t, const char *path)
{
	u32 nr_own = t->n_costs;

	if (same_includes(t, path))
		return;
	for (u32 i = 0; i < t->n_includes; i++) {
		char file[REPLAY_PATH_MAX];

		if (replay_cost_file(t->path, NULL, t->includes[i], file))
			state_costs(t, file, nr_own);
	}
	trace_drop_includes(t);
}

void record_settle(struct trace *t, const char *path, bool explored, const char *bug)
{
	settle_costs(t, path);
	set_origin(t, explored, bug);
}

int record_run(const struct cmd *cmd, struct trace *t, struct replay *r, const char *path,
	       const struct design_options *design, const char *sched)
{
	const struct sim *sim = replay_sim(r);

	design_write(t, design);
	if (sched)
		trace_set_scheduler(t, (enum trace_scheduler)cmd_word(sched, cmd_scheds));
	trace_set_schedule(t, sim->is_virtual ? TRACE_ENGINE_VIRTUAL : TRACE_ENGINE_THREADS,
			   sim->cfg.seed, sim->fingerprint, sim->tape.rec, sim->tape.rec_len);
	record_settle(t, path, false, design->bug);
	return cmd_write_trace(cmd, path, t);
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
		   const struct design_options *design, const struct explore_result *x,
		   struct explore_finding *f)
{
	g_auto(GStrv) rules = g_strsplit(f->rules, ",", 0);

	if (g_mkdir_with_parents(dir, 0777)) {
		cmd_talk(cmd, "%s: %s", dir, g_strerror(errno));
		return EXIT_INTERNAL;
	}
	f->file = finding_path(dir, x, f);
	design_write(t, design);
	trace_set_expect(t, (const char *const *)rules, g_strv_length(rules));
	trace_set_scheduler(t, TRACE_SCHED_SEARCH);
	trace_set_departures(t, &f->schedule, (const char *const *)f->tasks,
			     g_strv_length(f->tasks));
	if (!f->sample) /* the search decides before releases, too: that makes it a proof */
		trace_set_all_points(t);
	record_settle(t, f->file, true, design->bug);
	trace_set_finding(t, f->nth + 1);
	return cmd_write_trace(cmd, f->file, t);
}
