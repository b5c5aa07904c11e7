// SPDX-License-Identifier: GPL-2.0-only
/*
 * The campaign: one schedule after another.  See explore.h.
 *
 * Invariants: what a schedule does depends on the campaign's seed and its index only; the time and
 * other workers decide which schedules are run, never what is in them.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/costs.h"
#include "model/events.h"
#include "model/fails.h"
#include "tools/explore/internal.h"

#define TELL_NS (NSEC_PER_SEC / 4)

const char *campaign_strategy_name(enum campaign_strategy strategy)
{
	static const char *const names[CAMPAIGN_NR] = {
		[CAMPAIGN_RANDOM] = "random",
	};

	return strategy < CAMPAIGN_NR ? names[strategy] : NULL;
}

void campaign_options_default(struct campaign_options *o)
{
	*o = (struct campaign_options){
		.strategy = CAMPAIGN_RANDOM,
		.seed = 1,
		.schedules = 10000,
		.jobs = 1,
		.nr_shards = 1,
	};
	replay_options_default(&o->run);
}

u64 explore_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

u64 campaign_seed(u64 seed, u64 index)
{
	return prng_mix(prng_mix(seed) ^ index);
}

static u64 hash_text(u64 h, const char *text)
{
	for (; text && *text; text++)
		h = (h ^ (u8)*text) * 0x100000001b3ull;
	return prng_mix(h);
}

u64 explore_config_hash(const struct trace *t, const struct replay_options *opt)
{
	struct trace copy = *t;
	int kernel = opt->kernel == REPLAY_TRACE_SAYS ? t->design.kernel : opt->kernel;
	char *text;
	u64 h;

	/* with room for one that trace_set_scheduler() may add */
	copy.sections = g_new(struct trace_section, t->n_sections + 1);
	copy.n_sections = 0;
	for (u32 i = 0; i < t->n_sections; i++) {
		u8 kind = t->sections[i].kind;

		if (kind != TRACE_SEC_HEAD && kind != TRACE_SEC_DESIGN &&
		    kind != TRACE_SEC_SCHEDULE)
			copy.sections[copy.n_sections++] = t->sections[i];
	}
	copy.n_comments = 0;
	trace_set_scheduler(&copy, TRACE_SCHED_RANDOM); /* whatever it was: the explorer's now */
	text = trace_print(&copy, NULL);
	h = hash_text(hash_text(0, text), trace_kernel_name((enum trace_kernel)kernel));
	h = hash_text(h, opt->locking ? opt->locking : t->design.locking);
	h = hash_text(hash_text(h, opt->bug), opt->costs);
	free(text);
	g_free(copy.sections);
	return h;
}

u64 explore_model_hash(void)
{
	u64 h = 0;

	for (u32 i = 0; i < NR_MODEL_EVENTS; i++)
		h = hash_text(h, model_event_desc[i].name);
	for (u32 i = 0; i < NR_COSTS; i++)
		h = hash_text(h, cost_descs[i].name);
	for (u32 i = 0; i < NR_FAILS; i++)
		h = hash_text(h, fail_descs[i].name);
	for (u32 i = 0; replay_bug(i); i++)
		h = hash_text(h, replay_bug(i)->slug);
	return h;
}

/* ---- one schedule ---------------------------------------------------------------------- */

static bool is_new(const struct explore_result *res, u64 site)
{
	for (u32 i = 0; i < res->nr_findings; i++) {
		if (res->findings[i].site == site)
			return false;
	}
	return true;
}

/* "deadlock,expect": each rule once, in the order of the findings. */
static char *rules_of(const struct sim *sim)
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

static void keep(struct explore_result *res, const struct sim *sim, const struct sim_finding *f,
		 u64 index)
{
	struct explore_finding out = {
		.rule = g_strdup(f->rule),
		.message = g_strdup(f->message),
		.task = f->task < sim->nr_tasks ? g_strdup(sim->tasks[f->task]->name) : NULL,
		.site = f->site,
		.line = f->line,
		.at_ns = f->at_ns,
		.first = index,
		.count = 1,
		.seed = sim->cfg.seed,
		.fingerprint = sim->fingerprint,
		.tape = g_memdup2(sim->tape.rec, sim->tape.rec_len * sizeof(struct choice)),
		.n_tape = sim->tape.rec_len,
		.rules = rules_of(sim),
	};

	explore_finding_add(res, &out);
}

/* The same finding twice in a run counts once. */
static bool seen_before(const struct sim *sim, u32 i)
{
	for (u32 k = 0; k < i; k++) {
		if (sim->findings[k].site == sim->findings[i].site)
			return true;
	}
	return false;
}

static void run_one(struct campaign *x, u64 index, bool record)
{
	struct sim *sim;

	x->replay = replay_again(x->replay, campaign_seed(x->opt->seed, index), NULL, 0);
	sim = replay_sim(x->replay);
	sim->tape.record = record;
	replay_run(x->replay);
}

/* Does the run have a finding that nobody has seen yet? */
static bool has_new(const struct explore_result *res, const struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (!explore_rule_needs_clock(sim->findings[i].rule) &&
		    is_new(res, sim->findings[i].site))
			return true;
	}
	return false;
}

static void nobody_needs_more(struct shared_notes *notes, u64 index)
{
	u64 old = __atomic_load_n(&notes->stop_at, __ATOMIC_RELAXED);

	while (index < old && !__atomic_compare_exchange_n(&notes->stop_at, &old, index, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

static void note_findings(struct campaign *x, u64 index)
{
	struct explore_result *res = x->result;
	const struct sim *sim = replay_sim(x->replay);
	bool unexpected = false;

	if (has_new(res, sim)) {
		u64 fingerprint = sim->fingerprint;

		run_one(x, index, true);
		sim = replay_sim(x->replay);
		SIM_ASSERT(sim->fingerprint == fingerprint);
	}
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (explore_rule_needs_clock(sim->findings[i].rule) || seen_before(sim, i))
			continue;
		keep(res, sim, &sim->findings[i], index);
		unexpected |= !explore_expected(res, sim->findings[i].rule);
	}
	if (unexpected && x->opt->first_only)
		nobody_needs_more(x->notes, index);
}

static void note(struct campaign *x, u64 index)
{
	struct explore_result *res = x->result;
	const struct sim *sim = replay_sim(x->replay);

	res->schedules++;
	res->depth_max = MAX(res->depth_max, sim->points);
	coverage_add(&res->coverage, prng_mix(sim->fingerprint));
	if (sim->nr_findings)
		note_findings(x, index);
}

/* ---- many ---------------------------------------------------------------------------------- */

void explore_tell(const struct campaign *x)
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
	bool exact;

	if (now_ns - x->told_ns < TELL_NS)
		return;
	x->told_ns = now_ns;
	__atomic_store_n(&w->schedules, x->result->schedules, __ATOMIC_RELAXED);
	__atomic_store_n(&w->depth_max, x->result->depth_max, __ATOMIC_RELAXED);
	__atomic_store_n(&w->distinct, coverage_count(&x->result->coverage, &exact),
			 __ATOMIC_RELAXED);
	__atomic_store_n(&w->findings, x->result->nr_findings, __ATOMIC_RELAXED);
	if (x->nr_workers == 1)
		explore_tell(x);
}

static bool time_is_up(struct campaign *x)
{
	const struct campaign_options *o = x->opt;
	u64 now_ns = explore_now_ns();

	tell_others(x, now_ns);
	if (o->stop && *o->stop)
		x->result->interrupted = true;
	return x->result->interrupted || (o->time_ns && now_ns - x->begin_ns >= o->time_ns);
}

void explore_share(struct campaign *x)
{
	const struct campaign_options *o = x->opt;
	u64 step = (u64)o->nr_shards * x->nr_workers;
	u64 end = o->schedules ? o->schedules : UINT64_MAX;
	u64 i = o->shard + (u64)o->nr_shards * x->worker;

	while (i < end && i <= __atomic_load_n(&x->notes->stop_at, __ATOMIC_RELAXED) &&
	       !time_is_up(x)) {
		__atomic_store_n(&x->notes->worker[x->worker].index, i, __ATOMIC_RELAXED);
		run_one(x, i, false);
		note(x, i);
		if (__builtin_add_overflow(i, step, &i))
			break;
	}
}

static struct explore_result *new_result(const struct trace *t, const struct campaign_options *o,
					 const struct replay *r)
{
	struct explore_result *res = explore_result_new();

	res->trace = g_strdup(t->path);
	res->title = g_strdup(t->title);
	res->kernel = g_strdup(replay_kernel(r));
	res->locking = g_strdup(replay_locking(r));
	res->bug = g_strdup(o->run.bug);
	res->strategy = g_strdup(campaign_strategy_name(o->strategy));
	res->config = explore_config_hash(t, &o->run);
	res->seed = o->seed;
	res->limit = o->schedules;
	res->time_ns = o->time_ns;
	res->first_only = o->first_only;
	res->shard = o->shard;
	res->nr_shards = MAX(o->nr_shards, 1);
	res->expect_any = t->expect_any;
	res->expect = g_new0(char *, t->n_expect + 1);
	for (u32 i = 0; i < t->n_expect; i++)
		res->expect[i] = g_strdup(t->expect[i]);
	return res;
}

static void run_alone(struct campaign *x)
{
	struct {
		struct shared_notes notes;
		struct worker_note worker[1];
	} alone = {.notes.stop_at = UINT64_MAX};

	x->notes = &alone.notes;
	x->nr_workers = 1;
	explore_share(x);
	x->notes = NULL;
}

struct explore_result *campaign_run(const struct trace *t, const struct campaign_options *o,
				   struct trace_errors *errs)
{
	struct campaign_options opt = *o;
	struct campaign x = {.trace = t, .opt = &opt, .begin_ns = explore_now_ns()};
	struct explore_result *res;

	opt.nr_shards = MAX(opt.nr_shards, 1);
	opt.run.engine = ENGINE_VIRTUAL;
	opt.run.sched = SCHED_RANDOM;
	opt.run.seed = o->seed;
	opt.run.tape = NULL;
	opt.run.lock_stat = opt.run.record_events = opt.run.record_tape = false;
	opt.run.untimed = opt.run.again = true;
	x.told_ns = x.begin_ns;
	x.replay = replay_create(t, &opt.run, errs);
	if (!x.replay)
		return NULL;
	x.result = res = new_result(t, &opt, x.replay);
	if (opt.jobs > 1)
		res = explore_workers(&x, errs);
	else
		run_alone(&x);
	replay_destroy(x.replay);
	if (!res)
		return NULL;
	coverage_settle(&res->coverage);
	res->wall_ns = explore_now_ns() - x.begin_ns;
	return res;
}
