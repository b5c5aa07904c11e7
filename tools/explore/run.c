// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schedules of a campaign, one after another.
 *
 * Schedules are numbered; with a search, every n-th number is a run of it, the others are samples.
 * Samples are taken by whoever is free, in order; the search runs in the first worker.  A finding
 * that nobody has seen yet is run again with what departs from the default written down.
 *
 * Invariants: what a schedule does depends on the campaign and its number only; the time and other
 * workers decide which schedules are run, never what is in them.  Alone, a worker runs schedules in
 * the order of their numbers.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore_tree.h"
#include "sim/sample.h"
#include "sim/schedule_run.h"
#include "tools/explore/internal.h"

#define TELL_NS	   (NSEC_PER_SEC / 4)
#define PROBE_RUNS 8
#define CLAIM	   8 /* samples taken at once, of several workers */

/* ---- one schedule ---------------------------------------------------------------------- */

struct sim *explore_prepare(struct replay **r, u64 seed, struct explorer *ex, bool all_points)
{
	struct sim *sim;

	*r = replay_again(*r, seed, NULL, 0);
	sim = replay_sim(*r);
	sim->cfg.explorer = ex;
	sim->cfg.all_points = all_points;
	return sim;
}

char *explore_rules_of(const struct sim *sim)
{
	GString *g = g_string_new(NULL);

	for (u32 i = 0; i < sim->nr_findings; i++) {
		u32 k = 0;

		while (strcmp(sim->findings[k].rule, sim->findings[i].rule))
			k++;
		if (k == i)
			g_string_append_printf(g, "%s%s", i ? "," : "", sim->findings[i].rule);
	}
	return g_string_free(g, FALSE);
}

char **explore_task_names(const struct sim *sim)
{
	char **names = g_new0(char *, sim->nr_tasks + 1);

	for (u32 i = 0; i < sim->nr_tasks; i++)
		names[i] = g_strdup(sim->tasks[i]->name);
	return names;
}

/* @recorded: NULL if the finding is known. */
static void keep(struct explore_result *res, const struct sim *sim, u32 nth, u64 index,
		 bool sample, const struct schedule *recorded)
{
	const struct sim_finding *f = &sim->findings[nth];
	struct explore_finding out = {
		.rule = g_strdup(f->rule),
		.predicted = f->kind == FINDING_PREDICTED,
		.message = g_strdup(f->message),
		.task = f->task < sim->nr_tasks ? g_strdup(sim->tasks[f->task]->name) : NULL,
		.site = f->site,
		.line = f->line,
		.at_ns = f->at_ns,
		.nth = nth,
		.first = index,
		.count = 1,
		.seed = sim->cfg.seed,
		.fingerprint = sim->fingerprint,
		.rules = explore_rules_of(sim),
		.tasks = explore_task_names(sim),
		.sample = sample,
	};

	schedule_init(&out.schedule, sim->cfg.seed);
	if (recorded)
		schedule_copy(&out.schedule, recorded);
	explore_finding_add(res, &out);
}

static struct explore_finding *known(const struct explore_result *res, u64 site)
{
	for (u32 i = 0; i < res->nr_findings; i++) {
		if (res->findings[i].site == site)
			return &res->findings[i];
	}
	return NULL;
}

static bool counts(const struct sim *sim, u32 i)
{
	if (explore_rule_needs_clock(sim->findings[i].rule))
		return false;
	/* the same finding twice in a run counts once */
	for (u32 k = 0; k < i; k++) {
		if (sim->findings[k].site == sim->findings[i].site)
			return false;
	}
	return true;
}

/* Has the run a finding that nobody has seen, or not so early? */
static bool has_new(const struct explore_result *res, const struct sim *sim, u64 index)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		const struct explore_finding *f = known(res, sim->findings[i].site);

		if (counts(sim, i) && (!f || f->first > index))
			return true;
	}
	return false;
}

/*
 * The run that has just been made, again, and written down: a sample follows from its seed, a run
 * of the search from its choices.  One that the search has cut short goes on to its end this time.
 */
static void record(struct campaign *x, struct explorer *ex, bool sample, struct schedule *out)
{
	struct sim *sim = replay_sim(x->replay);
	u64 seed = sim->cfg.seed, fingerprint = sim->fingerprint;
	bool cut = sim->cut;
	size_t n = sim->tape.rec_len;
	struct choice *tape = g_memdup2(sim->tape.rec, n * sizeof(*tape));
	struct schedule_recorder rec;

	schedule_recorder_init(&rec, sample ? ex : NULL, out);
	sim = explore_prepare(&x->replay, seed, &rec.ex, !sample);
	if (!sample)
		choice_tape_replay(&sim->tape, tape, n);
	schedule_reset(out, seed);
	replay_run(x->replay);
	explorer_done(&rec.ex, sim);
	SIM_ASSERT(cut || sim->fingerprint == fingerprint);
	schedule_recorder_finish(&rec);
	g_free(tape);
}

static void nobody_needs_more(struct shared_notes *notes, u64 index)
{
	u64 old = __atomic_load_n(&notes->stop_at, __ATOMIC_RELAXED);

	while (index < old && !__atomic_compare_exchange_n(&notes->stop_at, &old, index, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

/* Is this what the campaign was made for? */
static bool ends_campaign(const struct campaign *x, const struct sim_finding *f)
{
	const struct campaign_options *o = x->opt;

	if (o->wanted)
		return o->wanted(o->wanted_ctx, f->rule, f->site, f->message);
	return o->first_only && !explore_expected(x->result, f->rule);
}

static void note_findings(struct campaign *x, struct explorer *ex, struct explore_result *res,
			  u64 index)
{
	const struct sim *sim = replay_sim(x->replay);
	bool is_last = false, is_new = has_new(res, sim, index), sample = res == x->result;
	struct schedule recorded;

	schedule_init(&recorded, 0);
	if (is_new)
		record(x, ex, sample, &recorded);
	sim = replay_sim(x->replay);
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (!counts(sim, i))
			continue;
		keep(res, sim, i, index, sample, is_new ? &recorded : NULL);
		is_last |= ends_campaign(x, &sim->findings[i]);
	}
	schedule_finish(&recorded);
	if (is_last)
		nobody_needs_more(x->notes, index);
}

static void note(struct campaign *x, struct explorer *ex, struct explore_result *res, u64 index,
		 u64 hash)
{
	const struct sim *sim = replay_sim(x->replay);

	res->schedules++;
	res->depth_max = MAX(res->depth_max, sim->points);
	res->nr_tasks = MAX(res->nr_tasks, sim->nr_tasks);
	if (!sim->cut)
		coverage_add(&res->coverage, prng_mix(hash));
	if (!x->opt->first_only)
		order_note(&res->order, sim, index);
	if (sim->nr_findings)
		note_findings(x, ex, res, index);
}

static void run_sample(struct campaign *x, u64 index)
{
	u64 seed = campaign_seed(x->opt->seed, index);
	struct sim *sim = explore_prepare(&x->replay, seed, x->sampler, false);
	const char *name;

	replay_run(x->replay);
	explorer_done(x->sampler, sim);
	name = sample_name(x->sampler);
	if (strncmp(name, "pct:", 4) == 0)
		x->result->pct_runs[MIN(atoi(name + 4), EXPLORE_PCT_MAX)]++;
	note(x, x->sampler, x->result, index, sim->fingerprint);
}

/* Return: false if there is nothing more to search. */
static void run_search(struct campaign *x, u64 index)
{
	struct sim *sim = explore_prepare(&x->replay, x->opt->seed, x->search, true);
	struct explore_result *res = x->found;
	bool more;

	sim->tape.record = true;
	replay_run(x->replay);
	more = explorer_done(x->search, sim);
	x->searched++;
	res->search_runs++;
	note(x, x->search, res, index, explore_tree_hash(x->search));
	res->cuts = x->search->stats.cuts;
	if (more)
		return;
	res->search_ended = true;
	res->exhausted = x->search->stats.exhausted;
	explore_tree_destroy(x->search);
	x->search = NULL;
	if (res->exhausted && !(x->opt->first_only && x->notes->stop_at != UINT64_MAX))
		__atomic_store_n(&x->notes->settled, 1, __ATOMIC_RELAXED);
}

/* How long runs are is measured once, so that all workers and shards reckon with the same. */
void campaign_probe(struct campaign *x)
{
	struct explorer *pct = sample_pct_new(2, 0);
	struct pct_promise p = {.decisions = 1};
	bool known = false;

	/* it promises nothing for the length of a run that has just turned out the longest */
	for (u64 i = 0; i < PROBE_RUNS || (!known && i < 8 * PROBE_RUNS); i++) {
		u64 seed = campaign_seed(~x->opt->seed, i);
		struct sim *sim = explore_prepare(&x->replay, seed, pct, false);

		replay_run(x->replay);
		explorer_done(pct, sim);
		known = sample_pct_promise(pct, 0, &p);
	}
	x->result->nr_tasks = p.nr_tasks;
	x->result->decisions = p.decisions;
	x->share = campaign_search_share(x->opt, replay_sim(x->replay)->nr_tasks);
	sample_free(pct);
}

/* ---- many ---------------------------------------------------------------------------------- */

void campaign_tell(const struct campaign *x)
{
	struct campaign_progress p = {
		.limit = x->opt->schedules,
		.elapsed_ns = explore_now_ns() - x->begin_ns,
		.time_ns = x->opt->time_ns,
	};

	if (!x->opt->progress)
		return;
	if (p.limit)
		p.limit = p.limit / x->opt->nr_shards +
			  (p.limit % x->opt->nr_shards > x->opt->shard);
	for (u32 i = 0; i < x->nr_workers; i++) {
		const struct worker_note *w = &x->notes->worker[i];

		p.schedules += __atomic_load_n(&w->schedules, __ATOMIC_RELAXED);
		p.depth_max = MAX(p.depth_max, __atomic_load_n(&w->depth_max, __ATOMIC_RELAXED));
		p.distinct += __atomic_load_n(&w->distinct, __ATOMIC_RELAXED);
		p.findings = MAX(p.findings, __atomic_load_n(&w->findings, __ATOMIC_RELAXED));
	}
	x->opt->progress(x->opt->progress_ctx, &p);
}

static void tell_others(struct campaign *x, u64 now_ns)
{
	struct worker_note *w = &x->notes->worker[x->worker];
	struct explore_result *a = x->result, *b = x->found;
	bool exact;
	u64 distinct;

	if (now_ns - x->told_ns < TELL_NS)
		return;
	x->told_ns = now_ns;
	distinct = coverage_count(&a->coverage, &exact) + coverage_count(&b->coverage, &exact);
	__atomic_store_n(&w->schedules, a->schedules + b->schedules, __ATOMIC_RELAXED);
	__atomic_store_n(&w->depth_max, MAX(a->depth_max, b->depth_max), __ATOMIC_RELAXED);
	__atomic_store_n(&w->distinct, distinct, __ATOMIC_RELAXED);
	__atomic_store_n(&w->findings, MAX(a->nr_findings, b->nr_findings), __ATOMIC_RELAXED);
	if (x->nr_workers == 1)
		campaign_tell(x);
}

static bool is_over(struct campaign *x)
{
	const struct campaign_options *o = x->opt;
	u64 now_ns = explore_now_ns();

	tell_others(x, now_ns);
	if (o->stop && *o->stop)
		x->result->interrupted = true;
	return x->result->interrupted || __atomic_load_n(&x->notes->settled, __ATOMIC_RELAXED) ||
	       (o->time_ns && now_ns - x->begin_ns >= o->time_ns);
}

/* The number of the next sample of this worker, taken from the others if need be. */
static u64 next_sample(struct campaign *x)
{
	u64 nth;

	if (!x->sampler)
		return UINT64_MAX;
	if (x->sample == x->sample_end) {
		u64 n = x->nr_workers > 1 ? CLAIM : 1;

		x->sample = __atomic_fetch_add(&x->notes->next, n, __ATOMIC_RELAXED);
		x->sample_end = x->sample + n;
	}
	nth = x->opt->shard + x->opt->nr_shards * x->sample;
	return x->share ? nth + nth / (x->share - 1) : nth;
}

/* The search's numbers are at the ends of the rounds that it shares with samples. */
static u64 next_search(const struct campaign *x)
{
	if (!x->search && !(x->sampler && x->found->search_ended))
		return UINT64_MAX;
	return x->searched * x->share + x->share - 1;
}

static void run_next(struct campaign *x, u64 sample, u64 search)
{
	bool searches = x->nr_workers > 1 ? search != UINT64_MAX : search < sample;
	u64 index = searches ? search : sample;

	__atomic_store_n(&x->notes->worker[x->worker].index, index, __ATOMIC_RELAXED);
	if (searches && x->search) {
		run_search(x, index);
		return;
	}
	/* the search has no use for its numbers any more: they are samples, too */
	if (searches)
		x->searched++;
	else
		x->sample++;
	run_sample(x, index);
}

void campaign_share(struct campaign *x)
{
	u64 end = x->opt->schedules ? x->opt->schedules : UINT64_MAX;
	bool owner = x->worker == 0 && x->opt->shard == 0;
	char why[160];

	x->sampler = campaign_sampler(x->opt, x->result->decisions);
	x->search = owner && x->share ? campaign_search(x->opt) : NULL;
	x->found = explore_result_like(x->result);
	if (x->opt->only && x->worker == 0)
		run_sample(x, x->opt->only - 1);
	while (!x->opt->only && !is_over(x)) {
		u64 stop_at = __atomic_load_n(&x->notes->stop_at, __ATOMIC_RELAXED);
		u64 sample = next_sample(x), search = next_search(x);

		if (sample >= end || sample > stop_at)
			sample = UINT64_MAX;
		if (search >= end || search > stop_at)
			search = UINT64_MAX;
		if (sample == UINT64_MAX && search == UINT64_MAX)
			break;
		run_next(x, sample, search);
	}
	explore_tree_destroy(x->search);
	sample_free(x->sampler);
	coverage_settle(&x->result->coverage);
	/* what counts as different is not the same for samples and for a search */
	if (!x->found->exhausted && x->sampler)
		coverage_finish(&x->found->coverage);
	explore_result_merge(x->result, x->found, why);
	x->found = NULL;
}
