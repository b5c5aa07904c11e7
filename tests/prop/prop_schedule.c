// SPDX-License-Identifier: GPL-2.0-only
/*
 * Schedules of whole machines: the shipped examples and races, searched by samplers, the faults of
 * the races planted.  What is recorded repeats the run, strictly and loosely; what is found can be
 * made smaller, and what is left cannot.
 *
 * usage: prop_schedule TRACES-DIR [SEEDS]
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

#include "sim/minimise.h"
#include "sim/sample.h"
#include "tools/replay/replay.h"

#define POINTS	  3000
#define MOST_RUNS 400

static const char *traces_dir;
static u64 nr_seeds = 20;

struct machine {
	struct replay *r;
	const char *rule; /* what is looked for, or NULL */
	u32 minimised, minimal, before, after;
};

static struct sim *run(struct machine *m, struct explorer *ex, u64 seed)
{
	struct sim *sim;

	m->r = replay_again(m->r, seed, NULL, 0);
	sim = replay_sim(m->r);
	sim->cfg.explorer = ex;
	replay_run(m->r);
	explorer_done(ex, replay_sim(m->r));
	return replay_sim(m->r);
}

static void record(struct machine *m, struct explorer *ex, u64 seed, struct schedule *s)
{
	struct schedule_recorder rec;

	schedule_recorder_init(&rec, ex, s);
	run(m, &rec.ex, seed);
	schedule_recorder_finish(&rec);
}

/* Play @s.  Return: was what is looked for found? */
static bool play(struct machine *m, const struct schedule *s, bool loose, bool same)
{
	struct schedule_player player;
	struct sim *sim;

	schedule_player_init(&player, s, loose);
	sim = run(m, &player.ex, s->seed);
	if (same) {
		assert_int_equal(player.diverged, SCHEDULE_SAME);
		assert_int_equal(sim->fingerprint, s->fingerprint);
	}
	schedule_player_finish(&player);
	return m->rule && sim_has_finding(sim, m->rule);
}

static bool found(void *arg, struct explorer *ex, u64 seed)
{
	struct machine *m = arg;

	return sim_has_finding(run(m, ex, seed), m->rule);
}

static void nothing_can_go(struct machine *m, const struct schedule *s)
{
	u32 len = schedule_len(s);
	bool *keep = g_new(bool, len + 1);
	struct schedule less;

	schedule_init(&less, 0);
	for (u32 i = 0; i < len; i++) {
		for (u32 k = 0; k < len; k++)
			keep[k] = k != i;
		schedule_keep(&less, s, keep);
		assert_false(play(m, &less, true, false));
	}
	schedule_finish(&less);
	g_free(keep);
}

static void make_small(struct machine *m, struct schedule *s)
{
	struct minimise min = {.run = found, .arg = m, .max_runs = MOST_RUNS};

	assert_int_equal(schedule_minimise(&min, s), 0);
	assert_true(schedule_len(s) <= min.len_before);
	assert_true(play(m, s, false, true));
	m->minimised++;
	m->before += min.len_before;
	m->after += schedule_len(s);
	if (min.minimal) {
		m->minimal++;
		nothing_can_go(m, s);
	}
}

/* The first finding that does not come from cutting the run short. */
static const char *first_rule(const struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (strcmp(sim->findings[i].rule, "livelock") != 0)
			return sim->findings[i].rule;
	}
	return NULL;
}

static void one_trace(struct machine *m, const struct trace *t, const struct replay_options *opt)
{
	struct explorer *sampler[] = {
		sample_pos_new(), sample_pct_new(3, 200), sample_random_new(),
	};
	struct trace_errors errs = {0};
	bool small = false;
	struct schedule s;

	schedule_init(&s, 0);
	m->r = replay_create(t, opt, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(m->r);
	for (u64 seed = 1; seed <= nr_seeds; seed++) {
		m->rule = NULL;
		record(m, sampler[seed % ARRAY_SIZE(sampler)], seed, &s);
		m->rule = first_rule(replay_sim(m->r));
		assert_int_equal(replay_sim(m->r)->fingerprint, s.fingerprint);
		for (u32 loose = 0; loose < 2; loose++)
			assert_int_equal(play(m, &s, loose, true), m->rule != NULL);
		if (m->rule && !small)
			make_small(m, &s);
		small |= m->rule != NULL;
	}
	replay_destroy(m->r);
	schedule_finish(&s);
	for (u32 i = 0; i < ARRAY_SIZE(sampler); i++)
		sample_free(sampler[i]);
	trace_errors_finish(&errs);
}

static bool is_bug(const char *slug)
{
	for (u32 i = 0; replay_bug(i); i++) {
		if (strcmp(replay_bug(i)->slug, slug) == 0)
			return true;
	}
	return false;
}

static void one_file(struct machine *m, const char *dir, const char *name)
{
	g_autofree char *costs = g_build_filename(traces_dir, "costs", NULL);
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *slug = g_strndup(name, strlen(name) - strlen(".gms"));
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct trace *t = trace_parse_file(path, &replay_names, &errs);

	assert_non_null(t);
	replay_options_default(&opt);
	opt.costs_dir = costs;
	opt.limit_points = POINTS;
	opt.sched = SCHED_SEARCH;
	opt.lock_stat = false;
	opt.again = true;
	opt.bug = is_bug(slug) ? slug : NULL;
	one_trace(m, t, &opt);
	trace_free(t);
	trace_errors_finish(&errs);
}

static struct machine all_of(const char *name)
{
	g_autofree char *dir = g_build_filename(traces_dir, name, NULL);
	struct machine m = {0};
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *file;

	assert_non_null(d);
	while ((file = g_dir_read_name(d))) {
		if (g_str_has_suffix(file, ".gms"))
			one_file(&m, dir, file);
	}
	g_dir_close(d);
	print_message("# %s: %u findings, %u entries made %u; %u of them minimal\n", name,
		      m.minimised, m.before, m.after, m.minimal);
	return m;
}

static void examples(void **state)
{
	all_of("examples");
}

static void races(void **state)
{
	struct machine m = all_of("races");

	assert_true(m.minimised > 10);
	assert_true(m.minimal > m.minimised / 2);
	assert_true(m.before > 3 * m.after);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(races),
	};

	if (argc < 2)
		return 64;
	traces_dir = argv[1];
	if (argc > 2)
		nr_seeds = strtoull(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
