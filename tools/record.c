// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run written down.  See record.h.
 */
#include <errno.h>
#include <string.h>

#include "tools/record.h"

static void set_origin(struct trace *t, bool explored, const char *bug)
{
	struct replay_options opt;

	replay_options_default(&opt);
	opt.bug = bug;
	trace_set_origin(t, explored, bug, explore_model_hash(), explore_config_hash(t, &opt));
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
	set_origin(t, false, design->bug);
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
	set_origin(t, true, design->bug);
	return cmd_write_trace(cmd, f->file, t);
}
