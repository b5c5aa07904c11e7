// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings made small: generated traces with a planted fault each.  What is left finds the same
 * rule, repeats bit for bit from its text, and can do without nothing: each task, operation and
 * entry of the schedule is taken out to see.
 *
 * usage: prop_shrink [SEEDS]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "sim/schedule_run.h"
#include "tools/explore/explore.h"
#include "tools/shrink.h"

#define SCHEDULES 200
#define TRIES	  200

static const char *const plants[] = {"plant-skip-recheck", "plant-skip-unmap", "plant-free-mapped",
				     "plant-no-kick",      "plant-no-flush",   "plant-extra-ref",
				     "plant-leaf-foreign", "plant-lost-ref"};

static u64 nr_seeds = 24;

/* ---- traces ------------------------------------------------------------------------------- */

struct dice {
	u64 state;
};

static u32 roll(struct dice *d, u32 n)
{
	d->state = prng_mix(d->state + 1);
	return (u32)(d->state % n);
}

static void put_vmm(GString *g, struct dice *d)
{
	u32 page = roll(d, 3) * 4;

	switch (roll(d, 6)) {
	case 0:
	case 1:
		g_string_append_printf(g, "convert private %uK len=4K\n", page);
		break;
	case 2:
		g_string_append_printf(g, "convert shared %uK len=4K\n", page);
		break;
	case 3:
		g_string_append_printf(g, "punch %uK len=8K\n", page);
		break;
	case 4:
		g_string_append_printf(g, "access write %uK len=4K # a comment {\n", page);
		break;
	default:
		g_string_append(g, "# about nothing }\nstat\n");
		break;
	}
}

static void put_guest(GString *g, struct dice *d)
{
	static const char *const attrs[] = {"shared", "shared", "private"};

	switch (roll(d, 4)) {
	case 0:
		g_string_append(g, "use warm # a preamble\n");
		break;
	case 1:
		g_string_append_printf(g, "repeat %u { touch shared %uK 4K read\nrun 1us }\n",
				       1 + roll(d, 3), roll(d, 3) * 4);
		break;
	default:
		g_string_append_printf(g, "touch %s %uK 4K write\n", attrs[roll(d, 3)],
				       roll(d, 3) * 4);
		break;
	}
}

static char *make_trace(u64 seed)
{
	struct dice d = {prng_mix(seed)};
	GString *g = g_string_new("gmemsim trace 1\n# of a test\n[design]\nkernel = inplace\n"
				  "[vm vm0]\nmemory = 1M\nvcpus = 3\n"
				  "[preamble warm]\nrun 1us\ntouch shared 0 4K write\n");

	g_string_append(g, "[task vcpu0..vcpu1]\n");
	for (u32 n = 1 + roll(&d, 2); n; n--)
		put_guest(g, &d);
	g_string_append(g, "[task vcpu2]\n");
	for (u32 n = 1 + roll(&d, 2); n; n--)
		put_guest(g, &d);
	g_string_append(g, "[task vmm]\n");
	for (u32 n = 2 + roll(&d, 4); n; n--)
		put_vmm(g, &d);
	g_string_append(g, "[final]\nnever stall(vmm) > 1s\n");
	return g_string_free(g, FALSE);
}

static struct trace *parse(const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);

	trace_errors_finish(&errs);
	return t;
}

/* ---- runs --------------------------------------------------------------------------------- */

static bool same_rule(void *ctx, const char *rule, u64 site, const char *message)
{
	const struct shrink *s = ctx;

	return !strcmp(rule, s->rule) && site == s->site;
}

/* Does a portfolio of schedules find what @s is about? */
static bool can_be_found(const char *text, const char *bug, struct shrink *s)
{
	struct trace_errors errs = {0};
	struct campaign_options o;
	struct explore_result *x;
	struct trace *t = parse(text);
	bool found = false;

	campaign_options_default(&o);
	o.run.bug = bug;
	o.schedules = TRIES;
	o.wanted = same_rule;
	o.wanted_ctx = s;
	x = t ? campaign_run(t, &o, &errs) : NULL;
	trace_errors_finish(&errs);
	for (u32 i = 0; x && i < x->nr_findings; i++)
		found |= same_rule(s, x->findings[i].rule, x->findings[i].site, "");
	if (x)
		explore_result_free(x);
	trace_free(t);
	return found;
}

static struct sim *play(struct replay **r, const struct schedule *sched, bool loose,
			bool all_points)
{
	struct schedule_player player;
	struct sim *sim;

	schedule_player_init(&player, sched, loose);
	sim = explore_prepare(r, sched->seed, &player.ex, all_points);
	replay_run(*r);
	explorer_done(&player.ex, sim);
	schedule_player_finish(&player);
	return sim;
}

static bool has(const struct sim *sim, struct shrink *s)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (same_rule(s, sim->findings[i].rule, sim->findings[i].site, NULL))
			return true;
	}
	return false;
}

static struct replay *build(const struct trace *t, const char *bug)
{
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct replay *r;

	replay_options_default(&opt);
	explore_replay_options(&opt);
	opt.bug = bug;
	r = replay_create(t, &opt, &errs);
	assert_non_null(r);
	return r;
}

/* ---- what is left ------------------------------------------------------------------------- */

static void no_entry_can_go(const struct trace *t, const char *bug, struct shrink *s)
{
	struct schedule sched, less;
	struct replay *r = build(t, bug);

	assert_true(explore_schedule_of(t, &sched));
	schedule_init(&less, 0);
	assert_true(has(play(&r, &sched, true, t->schedule.all_points), s));
	for (u32 i = 0; i < schedule_len(&sched); i++) {
		g_autofree bool *keep = g_new(bool, schedule_len(&sched));

		for (u32 k = 0; k < schedule_len(&sched); k++)
			keep[k] = k != i;
		schedule_keep(&less, &sched, keep);
		assert_false(has(play(&r, &less, true, t->schedule.all_points), s));
	}
	schedule_finish(&less);
	schedule_finish(&sched);
	replay_destroy(r);
}

/* Lines of operations, and sections of tasks: what a reader would try to take out. */
static u32 piece_at(char **lines, u32 i)
{
	u32 n = 1;

	if (g_str_has_prefix(lines[i], "[task ")) {
		while (lines[i + n] && lines[i + n][0] != '[')
			n++;
		return n;
	}
	return *lines[i] && lines[i][0] != '[' && !strstr(lines[i], " = ") ? 1 : 0;
}

/* Lines keep their numbers: a finding between operations is known by them. */
static void no_piece_can_go(const char *text, const char *bug, struct shrink *s)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
	bool in_tasks = false;

	for (u32 i = 0; lines[i] && !g_str_has_prefix(lines[i], "[schedule]"); i++) {
		g_autoptr(GString) less = g_string_new(NULL);
		u32 n = piece_at(lines, i);

		in_tasks |= g_str_has_prefix(lines[i], "[task ") ||
			    g_str_has_prefix(lines[i], "[preamble ");
		if (!in_tasks || !n)
			continue;
		for (u32 k = 0; lines[k] && !g_str_has_prefix(lines[k], "[schedule]"); k++)
			g_string_append_printf(less, "%s\n", k >= i && k < i + n ? "" : lines[k]);
		if (can_be_found(less->str, bug, s))
			fail_msg("line %u can go:\n%s", i + 1, text);
	}
}

static void repeats(const struct trace *t, const char *bug, struct shrink *s)
{
	struct schedule sched;
	struct replay *r = build(t, bug);
	const struct sim_finding *f;
	struct sim *sim;

	assert_true(explore_schedule_of(t, &sched));
	sim = play(&r, &sched, false, t->schedule.all_points);
	assert_int_equal(sim->fingerprint, t->schedule.fingerprint);
	assert_int_equal(sim->fingerprint, sched.fingerprint);
	assert_true(t->schedule.finding && t->schedule.finding <= sim->nr_findings);
	f = &sim->findings[t->schedule.finding - 1];
	assert_string_equal(f->rule, s->rule);
	s->site = f->site; /* the file has other lines than what it was made from */
	schedule_finish(&sched);
	replay_destroy(r);
}

static void make_small(const struct trace *t, const struct explore_finding *f, const char *bug)
{
	struct shrink s = {.tries = TRIES};
	struct trace_errors errs = {0};
	struct trace *again;
	char *text;

	assert_int_equal(shrink_trace(&s, t, &errs), 0);
	assert_string_equal(s.rule, f->rule);
	assert_true(s.minimal);
	assert_true(s.after.tasks <= s.before.tasks + 1 && s.after.tasks);
	assert_true(s.after.entries <= s.before.entries);
	text = trace_print(s.trace, NULL);
	again = parse(text);
	assert_non_null(again);
	repeats(again, bug, &s);
	no_entry_can_go(again, bug, &s);
	no_piece_can_go(text, bug, &s);
	trace_free(again);
	free(text);
	trace_free(s.trace);
}

/* The first finding of a trace, or none.  Return: is there one? */
static bool one_trace(u64 seed, u32 strategy)
{
	const char *bug = plants[seed % ARRAY_SIZE(plants)];
	g_autofree char *text = make_trace(seed);
	struct trace *t = parse(text);
	struct trace_errors errs = {0};
	struct campaign_options o;
	struct explore_result *x;
	bool found;

	assert_non_null(t);
	campaign_options_default(&o);
	o.run.bug = bug;
	o.strategy = strategy;
	o.schedules = SCHEDULES;
	o.first_only = true;
	x = campaign_run(t, &o, &errs);
	assert_non_null(x);
	found = x->nr_findings;
	if (found) {
		struct explore_finding *f = &x->findings[0];

		trace_set_scheduler(t, TRACE_SCHED_SEARCH);
		trace_set_departures(t, &f->schedule, (const char *const *)f->tasks,
				     g_strv_length(f->tasks));
		if (!f->sample)
			trace_set_all_points(t);
		trace_set_origin(t, true, bug, 0, 0);
		trace_set_finding(t, f->nth + 1);
		make_small(t, f, bug);
	}
	explore_result_free(x);
	trace_free(t);
	return found;
}

static void run_all(u32 strategy, u64 nr)
{
	u32 nr_found = 0;

	for (u64 seed = 1; seed <= nr; seed++)
		nr_found += one_trace(seed, strategy);
	print_message("%u findings made small\n", nr_found);
	assert_true(nr_found && nr_found >= nr / 10);
}

static void test_sampled(void **state)
{
	run_all(CAMPAIGN_PORTFOLIO, nr_seeds);
}

/* A search decides before releases, too; its schedules count other steps. */
static void test_searched(void **state)
{
	run_all(CAMPAIGN_DPOR, nr_seeds / 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sampled),
		cmocka_unit_test(test_searched),
	};

	if (argc > 1)
		nr_seeds = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
