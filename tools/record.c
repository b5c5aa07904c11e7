// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run written down.  See record.h.
 */
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

int record_run(const struct cmd *cmd, struct trace *t, struct replay *r, const char *path,
	       const char *kernel, const char *locking, const char *sched, const char *costs)
{
	const struct sim *sim = replay_sim(r);
	struct out out;
	char *text;
	size_t len;
	int err;

	set_design(cmd, t, kernel, locking, sched);
	if (costs)
		set_costs(t, costs);
	trace_set_schedule(t, sim->is_virtual ? TRACE_ENGINE_VIRTUAL : TRACE_ENGINE_THREADS,
			   sim->cfg.seed, sim->fingerprint, sim->tape.rec, sim->tape.rec_len);
	text = trace_print(t, &len);
	err = out_open(&out, path);
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
