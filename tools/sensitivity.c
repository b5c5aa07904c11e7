// SPDX-License-Identifier: GPL-2.0-only
/*
 * run --sensitivity: the same trace and seed, with one cost at a time half of what it is said to
 * be, and twice.
 *
 * Doubtful are costs that are assumed, derived or stated by the trace alone; a cost that the run
 * did not charge cannot change it.  The verdict is the set of rules found.  At last all
 * assumed ones are changed at once: errors of guesses need not cancel.
 */
#include <string.h>

#include "sim/watchdog.h"
#include "tools/cmd.h"
#include "tools/sensitivity.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "guest-rcu-stall,guest-soft-lockup"; "none" */
static char *findings_of(const struct sim *sim)
{
	g_autoptr(GPtrArray) rules = g_ptr_array_new();

	for (u32 i = 0; i < sim->nr_findings; i++) {
		gpointer rule = (gpointer)sim->findings[i].rule;

		if (!g_ptr_array_find_with_equal_func(rules, rule, g_str_equal, NULL))
			g_ptr_array_add(rules, rule);
	}
	if (!rules->len)
		return g_strdup("none");
	g_ptr_array_sort(rules, by_name);
	g_ptr_array_add(rules, NULL);
	return g_strjoinv(",", (char **)rules->pdata);
}

static void verdict_of(const struct sim *sim, struct report_verdict *v)
{
	struct watchdog_distance d[WATCHDOG_NR];
	const struct watchdog_distance *near;

	*v = (struct report_verdict){.findings = findings_of(sim), .sim_ns = sim->end_ns};
	watchdog_distances(sim, d);
	near = watchdog_closest(d);
	if (!near)
		return;
	v->permille = watchdog_permille(near);
	v->near_ns = near->max_ns;
	v->rule = near->rule;
}

static bool run_with(const struct trace *t, const struct replay_options *base,
		     const double *factor, struct report_verdict *v)
{
	struct replay_options opt = *base;
	struct trace_errors errs = {0};
	struct replay *r;

	opt.cost_factor = factor;
	opt.tape = NULL; /* its times are those of other costs */
	opt.note_costs = opt.record_events = opt.record_tape = false;
	r = replay_create(t, &opt, &errs);
	if (!r) {
		trace_errors_print(&errs, stderr);
		trace_errors_finish(&errs);
		return false;
	}
	replay_run(r);
	verdict_of(replay_sim(r), v);
	replay_destroy(r);
	return true;
}

static bool selected(const struct cost_use *u, const struct report_sensitivity *s)
{
	return s->use ? u == s->use : u->kind == COST_SOURCE_ASSUMED;
}

static bool vary(const struct trace *t, const struct replay_options *opt, const struct report *r,
		 struct report_sensitivity *s)
{
	double factor[NR_COSTS];

	for (int twice = 0; twice < 2; twice++) {
		for (u32 i = 0; i < NR_COSTS; i++)
			factor[i] = 1;
		for (u32 i = 0; i < r->nr_costs; i++) {
			if (selected(&r->costs[i], s))
				factor[r->costs[i].id] = twice ? 2 : 0.5;
		}
		if (!run_with(t, opt, factor, twice ? &s->doubled : &s->halved))
			return false;
	}
	s->changes = strcmp(s->halved.findings, r->verdict.findings) ||
		     strcmp(s->doubled.findings, r->verdict.findings);
	return true;
}

/* What changes the verdict comes first, then what moves it most. */
static u64 weight(const struct report_sensitivity *s)
{
	u64 up = max(s->doubled.near_ns, s->halved.near_ns);
	u64 down = min(s->doubled.near_ns, s->halved.near_ns);

	return (s->changes ? BIT_ULL(62) : 0) + up - down;
}

static int by_weight(const void *a, const void *b)
{
	const struct report_sensitivity *x = a, *y = b;

	if (!x->use != !y->use)
		return !x->use - !y->use;
	return (weight(x) < weight(y)) - (weight(x) > weight(y));
}

bool sensitivity_run(const struct trace *t, const struct replay_options *opt, struct report *r)
{
	struct report_sensitivity *tab = g_new0(struct report_sensitivity, r->nr_costs + 1);
	const volatile int *interrupted = cmd_interrupt();
	bool ok = true;

	verdict_of(r->sim, &r->verdict);
	r->sensitivity = tab;
	for (u32 i = 0; i <= r->nr_costs && ok; i++) {
		const struct cost_use *use = i < r->nr_costs ? &r->costs[i] : NULL;

		if (use && !report_cost_doubtful(use->kind))
			continue;
		tab[r->nr_sensitivity] = (struct report_sensitivity){
			.name = use ? use->desc->name : "all assumed ones",
			.use = use,
		};
		ok = !*interrupted && vary(t, opt, r, &tab[r->nr_sensitivity]);
		r->nr_sensitivity += ok;
	}
	qsort(tab, r->nr_sensitivity, sizeof(*tab), by_weight);
	return ok;
}

void sensitivity_free(struct report *r)
{
	for (u32 i = 0; i < r->nr_sensitivity; i++) {
		g_free((char *)r->sensitivity[i].halved.findings);
		g_free((char *)r->sensitivity[i].doubled.findings);
	}
	g_free((char *)r->verdict.findings);
	g_free((void *)r->sensitivity);
	r->sensitivity = NULL;
	r->nr_sensitivity = 0;
}
