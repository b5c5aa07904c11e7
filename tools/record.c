// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run written down.  See record.h.
 */
#include <string.h>

#include "tools/out.h"
#include "tools/record.h"
#include "tools/trace/costs.h"

/* Bits of the settings in trace_machine.set and trace_design.set, in the order of their fields. */
#define SET_SCHEDULER BIT(3)
#define SET_KERNEL    BIT(0)
#define SET_LOCKING   BIT(1)

static void need_section(struct trace *t, enum trace_section_kind kind)
{
	for (u32 i = 0; i < t->n_sections; i++)
		if (t->sections[i].kind == kind)
			return;
	t->sections = g_renew(struct trace_section, t->sections, t->n_sections + 1);
	t->sections[t->n_sections++] = (struct trace_section){.kind = (u8)kind};
}

static const char *keep(struct trace *t, const char *text)
{
	return g_string_chunk_insert(t->arena, text);
}

static void set_design(const struct cmd *cmd, struct trace *t, const char *kernel,
		       const char *locking, const char *sched)
{
	if (kernel) {
		t->design.kernel = (u8)cmd_find_word(cmd, "kernel", kernel, cmd_kernels);
		t->design.set |= SET_KERNEL;
	}
	if (locking) {
		t->design.locking = keep(t, locking);
		t->design.set |= SET_LOCKING;
	}
	if (kernel || locking)
		need_section(t, TRACE_SEC_DESIGN);
	if (sched) {
		t->machine.scheduler = (u8)cmd_find_word(cmd, "sched", sched, cmd_scheds);
		t->machine.set |= SET_SCHEDULER;
		need_section(t, TRACE_SEC_MACHINE);
	}
}

/* Costs of a file given on the command line override the trace's own. */
static void set_cost(struct trace *t, const struct trace_cost *cost)
{
	u32 i = 0;

	while (i < t->n_costs && strcmp(t->costs[i].name, cost->name) != 0)
		i++;
	if (i == t->n_costs) {
		t->costs = g_renew(struct trace_cost, t->costs, t->n_costs + 1);
		t->n_costs++;
	}
	t->costs[i] = *cost;
	t->costs[i].name = keep(t, cost->name);
	t->costs[i].source = NULL;
}

static void set_costs(struct trace *t, const char *path)
{
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_load(path, &replay_names, &errs);

	/* it was read once already; if it is gone by now, the run is still what it was */
	for (u32 i = 0; costs && i < costs->n; i++)
		set_cost(t, &costs->v[i]);
	need_section(t, TRACE_SEC_COST);
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
