// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning and the end of a campaign, and what it is a function of.  See explore.h.
 *
 * Invariant: two campaigns with the same configuration hash, options and seed run the same
 * schedules.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/costs.h"
#include "model/events.h"
#include "model/fails.h"
#include "tools/explore/internal.h"

void campaign_options_default(struct campaign_options *o)
{
	*o = (struct campaign_options){
		.strategy = CAMPAIGN_PORTFOLIO,
		.depth = 3,
		.preemptions = UINT32_MAX,
		.seed = 1,
		.schedules = 10000,
		.jobs = 1,
		.nr_shards = 1,
	};
	replay_options_default(&o->run);
}

void explore_replay_options(struct replay_options *opt)
{
	opt->engine = ENGINE_VIRTUAL;
	opt->sched = SCHED_SEARCH;
	opt->tape = NULL;
	opt->lock_stat = opt->record_events = opt->record_tape = false;
	opt->untimed = opt->again = opt->races = true;
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
	const char *name = t->design.locking;
	u64 h, arg = t->design.locking_arg;
	char *text, *locking, why[160];

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
	trace_set_scheduler(&copy, TRACE_SCHED_SEARCH); /* whatever it was: the explorer's now */
	text = trace_print(&copy, NULL);
	h = hash_text(hash_text(0, text), trace_kernel_name((enum trace_kernel)kernel));
	if (opt->locking)
		trace_locking_parse(opt->locking, &name, &arg, why);
	locking = trace_locking_text(name, arg);
	h = hash_text(h, locking);
	free(locking);
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

bool explore_schedule_of(const struct trace *t, struct schedule *out)
{
	const struct trace_schedule *s = &t->schedule;

	schedule_init(out, s->seed);
	out->zero_values = s->zero_values;
	out->nr_steps = s->steps;
	out->fingerprint = s->fingerprint;
	out->nr_preemptions = s->preemptions;
	for (u32 i = 0; i < s->n_departures; i++) {
		const struct trace_departure *d = &s->departures[i];

		schedule_add_departure(out, &(struct departure){.step = d->step,
								.task = d->task.id,
								.from = d->from.id,
								.from_step = d->from_step,
								.state = d->state});
	}
	for (u32 i = 0; i < s->n_choices; i++) {
		const struct trace_choice *c = &s->choices[i];

		schedule_add_choice(out, &(struct schedule_choice){.task = c->task.id,
								   .nth = c->nth,
								   .value = c->value,
								   .kind = c->kind});
	}
	return trace_is_search(t);
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
	res->strategy = o->strategy == CAMPAIGN_PCT ?
				g_strdup_printf("pct:%u", o->depth) :
				g_strdup(campaign_strategies[o->strategy].name);
	res->preemptions = o->preemptions;
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

struct explore_result *explore_result_like(const struct explore_result *like)
{
	struct explore_result *res = explore_result_new();

	res->trace = g_strdup(like->trace);
	res->strategy = g_strdup(like->strategy);
	res->config = like->config;
	res->seed = like->seed;
	res->limit = like->limit;
	res->time_ns = like->time_ns;
	res->first_only = like->first_only;
	res->preemptions = like->preemptions;
	res->nr_shards = like->nr_shards;
	return res;
}

static void run_alone(struct campaign *x)
{
	x->notes = g_malloc0(sizeof(*x->notes) + sizeof(x->notes->worker[0]));
	x->notes->stop_at = UINT64_MAX;
	x->nr_workers = 1;
	campaign_share(x);
	g_free(x->notes);
	x->notes = NULL;
}

struct explore_result *campaign_run(const struct trace *t, const struct campaign_options *o,
				   struct trace_errors *errs)
{
	struct campaign_options opt = *o;
	struct campaign x = {.trace = t, .opt = &opt, .begin_ns = explore_now_ns()};
	struct explore_result *res;

	opt.nr_shards = MAX(opt.nr_shards, 1);
	explore_replay_options(&opt.run);
	opt.run.seed = o->seed;
	x.told_ns = x.begin_ns;
	x.replay = replay_create(t, &opt.run, errs);
	if (!x.replay)
		return NULL;
	x.result = res = new_result(t, &opt, x.replay);
	campaign_probe(&x);
	if (opt.jobs > 1)
		res = explore_workers(&x, errs);
	else
		run_alone(&x);
	replay_destroy(x.replay);
	if (!res)
		return NULL;
	coverage_settle(&res->coverage);
	if (res->nr_shards == 1)
		order_judge(res);
	res->wall_ns = explore_now_ns() - x.begin_ns;
	return res;
}
