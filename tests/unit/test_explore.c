// SPDX-License-Identifier: GPL-2.0-only
/*
 * The campaign: the same result whoever runs it, findings once, expectations, counting.
 */
#include <glib.h>

#include "sim/schedule_run.h"
#include "tests/unit/replay_fixture.h"
#include "tools/explore/explore.h"

/* Found in some orders only: nobody waits for the other before the second lock. */
#define ABBA                                                                              \
	"[vm vm0]\nmemory = 2M\nvcpus = 2\n"                                              \
	"[task vcpu0]\nlock a\nlock b\nunlock b\nunlock a\n"                              \
	"[task vcpu1]\nlock b\nlock a\nunlock a\nunlock b\n"
#define IN_ORDER                                                                          \
	"[vm vm0]\nmemory = 2M\nvcpus = 2\n"                                              \
	"[task vcpu0]\nlock a\nlock b\nunlock b\nunlock a\n"                              \
	"[task vcpu1]\nlock a\nlock b\nunlock b\nunlock a\n"

static struct trace *parse(const char *head, const char *body)
{
	g_autofree char *text = g_strdup_printf("gmemsim trace 1\n%s%s", head, body);
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);

	trace_errors_print(&errs, stderr);
	assert_non_null(t);
	return t;
}

static struct explore_result *explore(const struct trace *t, const struct campaign_options *o)
{
	struct trace_errors errs = {0};
	struct explore_result *x = campaign_run(t, o, &errs);

	trace_errors_print(&errs, stderr);
	assert_non_null(x);
	return x;
}

static void options(struct campaign_options *o, u64 schedules)
{
	campaign_options_default(o);
	o->strategy = CAMPAIGN_RANDOM;
	o->schedules = schedules;
}

static void finds_what_some_orders_have(void **state)
{
	struct trace *t = parse("", ABBA), *twin = parse("", IN_ORDER);
	struct campaign_options o;
	struct explore_result *x;
	char why[160];

	options(&o, 300);
	x = explore(t, &o);
	assert_int_equal(x->schedules, 300);
	assert_int_equal(x->nr_findings, 1);
	assert_string_equal(x->findings[0].rule, "deadlock");
	assert_in_range(x->findings[0].count, 2, 299);
	assert_int_equal(explore_judge(x, why), EXPLORE_FINDING);
	assert_false(x->exhausted);
	explore_result_free(x);
	x = explore(twin, &o);
	assert_int_equal(x->nr_findings, 0);
	assert_int_equal(explore_judge(x, why), EXPLORE_OK);
	explore_result_free(x);
	trace_free(t);
	trace_free(twin);
}

/* A search of all orders is the whole campaign, whatever samples are taken beside it. */
static void a_search_settles_it(void **state)
{
	struct trace *t = parse("", ABBA), *twin = parse("", IN_ORDER);
	struct explore_result *alone, *beside;
	struct campaign_options o;

	options(&o, 3000);
	o.strategy = CAMPAIGN_DPOR;
	alone = explore(t, &o);
	assert_true(alone->exhausted);
	assert_int_equal(alone->nr_findings, 1);
	o.strategy = CAMPAIGN_PORTFOLIO;
	beside = explore(t, &o);
	assert_true(beside->exhausted);
	assert_int_equal(beside->schedules, alone->schedules);
	assert_int_equal(beside->findings[0].count, alone->findings[0].count);
	explore_result_free(alone);
	explore_result_free(beside);
	alone = explore(twin, &o);
	assert_true(alone->exhausted);
	assert_int_equal(alone->nr_findings, 0);
	explore_result_free(alone);
	trace_free(t);
	trace_free(twin);
}

static void expectations_are_of_the_campaign(void **state)
{
	struct trace *t = parse("expect = deadlock\n", ABBA);
	struct trace *twin = parse("expect = deadlock\n", IN_ORDER);
	struct campaign_options o;
	struct explore_result *x;
	char why[160];

	options(&o, 100);
	x = explore(t, &o);
	assert_int_equal(explore_judge(x, why), EXPLORE_OK);
	explore_result_free(x);
	x = explore(twin, &o);
	assert_int_equal(explore_judge(x, why), EXPLORE_MISSING);
	x->nr_shards = 2; /* another may have it */
	assert_int_equal(explore_judge(x, why), EXPLORE_OK);
	explore_result_free(x);
	trace_free(t);
	trace_free(twin);
}

static void assert_same(struct explore_result *a, struct explore_result *b)
{
	bool exact;

	assert_int_equal(a->schedules, b->schedules);
	assert_int_equal(a->nr_findings, b->nr_findings);
	assert_int_equal(a->exhausted, b->exhausted);
	for (u32 i = 0; i < a->nr_findings; i++) {
		assert_int_equal(a->findings[i].first, b->findings[i].first);
		assert_int_equal(a->findings[i].count, b->findings[i].count);
		assert_int_equal(a->findings[i].fingerprint, b->findings[i].fingerprint);
		assert_string_equal(a->findings[i].message, b->findings[i].message);
	}
	if (a->first_only)
		return;
	assert_int_equal(a->depth_max, b->depth_max);
	assert_int_equal(coverage_count(&a->coverage, &exact),
			 coverage_count(&b->coverage, &exact));
}

static void jobs_do_not_matter(void **state)
{
	struct trace *t = parse("", ABBA);

	for (int i = 0; i < 2 * CAMPAIGN_NR; i++) {
		struct explore_result *alone, *many;
		struct campaign_options o;

		options(&o, 300);
		o.strategy = (enum campaign_strategy)(i / 2);
		o.first_only = i % 2;
		alone = explore(t, &o);
		o.jobs = 3;
		many = explore(t, &o);
		assert_same(alone, many);
		explore_result_free(alone);
		explore_result_free(many);
	}
	trace_free(t);
}

static void shards_merge_to_the_whole(void **state)
{
	struct trace *t = parse("", ABBA);
	struct explore_result *whole, *part[3];
	struct campaign_options o;
	char why[160];

	options(&o, 500);
	whole = explore(t, &o);
	for (u32 i = 0; i < 3; i++) {
		o.shard = i;
		o.nr_shards = 3;
		part[i] = explore(t, &o);
	}
	assert_true(explore_result_merge(part[2], part[0], why));
	assert_true(explore_result_merge(part[2], part[1], why));
	assert_same(whole, part[2]);
	explore_result_free(whole);
	o.seed = 2;
	whole = explore(t, &o);
	assert_false(explore_result_merge(part[2], whole, why));
	assert_non_null(strstr(why, "seed"));
	explore_result_free(whole);
	explore_result_free(part[2]);
	trace_free(t);
}

static void first_ends_it(void **state)
{
	struct trace *t = parse("", ABBA);
	struct explore_result *all, *x;
	struct campaign_options o;

	options(&o, 300);
	all = explore(t, &o);
	o.first_only = true;
	x = explore(t, &o);
	assert_int_equal(x->schedules, all->findings[0].first + 1);
	explore_result_free(x);
	explore_result_free(all);
	trace_free(t);
}

/* What was recorded repeats the run, and is a trace that says so. */
static void a_finding_replays(void **state)
{
	struct trace *t = parse("", ABBA);
	struct replay_options opt;
	struct campaign_options o;
	struct explore_result *x;
	struct trace_errors errs = {0};
	struct schedule_player player;
	struct replay *r;

	options(&o, 300);
	x = explore(t, &o);
	replay_options_default(&opt);
	opt.sched = SCHED_SEARCH;
	opt.lock_stat = false;
	opt.seed = x->findings[0].seed;
	schedule_player_init(&player, &x->findings[0].schedule, false);
	opt.explorer = &player.ex;
	r = replay_create(t, &opt, &errs);
	assert_non_null(r);
	replay_run(r);
	explorer_done(&player.ex, replay_sim(r));
	assert_int_equal(player.diverged, SCHEDULE_SAME);
	assert_int_equal(replay_sim(r)->fingerprint, x->findings[0].fingerprint);
	assert_int_equal(replay_sim(r)->nr_findings, 1);
	replay_destroy(r);
	schedule_player_finish(&player);
	explore_result_free(x);
	trace_free(t);
}

static void config_is_of_what_counts(void **state)
{
	struct trace *t = parse("", ABBA), *titled = parse("title = \"x\"\n# y\n", ABBA);
	struct trace *other = parse("", IN_ORDER);
	struct replay_options opt;
	u64 h;

	replay_options_default(&opt);
	h = explore_config_hash(t, &opt);
	assert_int_equal(h, explore_config_hash(titled, &opt));
	assert_int_not_equal(h, explore_config_hash(other, &opt));
	opt.kernel = TRACE_KERNEL_INPLACE;
	assert_int_not_equal(h, explore_config_hash(t, &opt));
	trace_free(t);
	trace_free(titled);
	trace_free(other);
}

static void coverage_counts(void **state)
{
	struct coverage a, b, both;
	bool exact;
	u64 n;

	coverage_init(&a);
	coverage_init(&b);
	coverage_init(&both);
	for (u64 i = 0; i < 1000; i++) {
		coverage_add(&a, prng_mix(i % 700));
		coverage_add(&both, prng_mix(i % 700));
	}
	assert_int_equal(coverage_count(&a, &exact), 700);
	assert_true(exact);
	for (u64 i = 0; i < 200000; i++) {
		coverage_add(i % 2 ? &a : &b, prng_mix(i));
		coverage_add(&both, prng_mix(i));
	}
	coverage_merge(&a, &b);
	n = coverage_count(&a, &exact);
	assert_false(exact);
	assert_in_range(n, 195000, 205000);
	assert_int_equal(n, coverage_count(&both, &exact));
	coverage_finish(&a);
	coverage_finish(&b);
	coverage_finish(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_some_orders_have),
		cmocka_unit_test(a_search_settles_it),
		cmocka_unit_test(expectations_are_of_the_campaign),
		cmocka_unit_test(jobs_do_not_matter),
		cmocka_unit_test(shards_merge_to_the_whole),
		cmocka_unit_test(first_ends_it),
		cmocka_unit_test(a_finding_replays),
		cmocka_unit_test(config_is_of_what_counts),
		cmocka_unit_test(coverage_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
