// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run after sim_restore() is the run of a simulation made afresh: the shipped examples and races,
 * in time order, in random order and searched, seed after seed, each beside a fresh one.
 *
 * Runs are cut after some visible operations: then tasks are left in the middle of everything,
 * which is the harder case.
 *
 * usage: prop_again TRACES-DIR [SEEDS]
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

#include "sim/virtual/ctx.h" /* SIM_ASAN */
#include "tools/replay/replay.h"

#define POINTS 3000

static const char *traces_dir;
static u64 nr_seeds = 3;

static void same_findings(const struct sim *a, const struct sim *b)
{
	assert_int_equal(a->nr_findings, b->nr_findings);
	for (u32 i = 0; i < a->nr_findings; i++) {
		assert_string_equal(a->findings[i].rule, b->findings[i].rule);
		assert_string_equal(a->findings[i].message, b->findings[i].message);
		assert_int_equal(a->findings[i].task, b->findings[i].task);
		assert_int_equal(a->findings[i].at_ns, b->findings[i].at_ns);
		assert_int_equal(a->findings[i].count, b->findings[i].count);
	}
}

static void same_tape(const struct choice_tape *a, const struct choice_tape *b)
{
	assert_int_equal(a->rec_len, b->rec_len);
	for (size_t i = 0; i < a->rec_len; i++) {
		assert_int_equal(a->rec[i].value, b->rec[i].value);
		assert_int_equal(a->rec[i].n, b->rec[i].n);
		assert_int_equal(a->rec[i].kind, b->rec[i].kind);
	}
}

static void same_stats(struct sim *a, struct sim *b)
{
	assert_int_equal(a->nr_classes, b->nr_classes);
	assert_int_equal(a->nr_ops_stat, b->nr_ops_stat);
	for (u32 i = 0; i < a->nr_classes; i++) {
		for (int mode = 0; mode < LOCK_NR_MODES; mode++) {
			struct lock_mode_stat x, y;

			lock_stat_total(a, i, (enum lock_mode)mode, &x);
			lock_stat_total(b, i, (enum lock_mode)mode, &y);
			assert_int_equal(x.acquisitions, y.acquisitions);
			assert_int_equal(x.contentions, y.contentions);
			assert_int_equal(x.longest.hold_ns, y.longest.hold_ns);
			assert_int_equal(x.longest.nr_steps, y.longest.nr_steps);
		}
	}
}

static void same_run(struct sim *a, struct sim *b)
{
	assert_int_equal(a->fingerprint, b->fingerprint);
	assert_int_equal(a->points, b->points);
	assert_int_equal(a->end_ns, b->end_ns);
	assert_int_equal(a->stopped, b->stopped);
	assert_int_equal(a->nr_allocs, b->nr_allocs);
	assert_int_equal(a->nr_frees, b->nr_frees);
	assert_int_equal(a->bytes_live, b->bytes_live);
	assert_int_equal(a->bytes_max, b->bytes_max);
	assert_int_equal(a->next_obj, b->next_obj);
	same_findings(a, b);
	same_tape(&a->tape, &b->tape);
	if (a->cfg.lock_stat)
		same_stats(a, b);
}

static struct replay *create(const struct trace *t, const struct replay_options *opt)
{
	struct trace_errors errs = {0};
	struct replay *r = replay_create(t, opt, &errs);

	trace_errors_print(&errs, stderr);
	assert_non_null(r);
	return r;
}

static void again_is_afresh(const struct trace *t, const struct replay_options *how)
{
	struct replay_options opt = *how, once = *how;
	struct replay *r, *fresh;

	opt.again = true;
	opt.seed = 1;
	r = create(t, &opt);
	for (u64 i = 0; i <= nr_seeds; i++) {
		u64 seed = i == nr_seeds ? 1 : i + 1; /* and the first once more */

		if (i)
			r = replay_again(r, seed, NULL, 0);
		replay_run(r);
		once.seed = seed;
		fresh = create(t, &once);
		replay_run(fresh);
		same_run(replay_sim(r), replay_sim(fresh));
		replay_destroy(fresh);
	}
	replay_destroy(r);
}

static void tape_is_followed(const struct trace *t, const struct replay_options *how)
{
	struct replay_options opt = *how;
	struct choice *tape;
	struct replay *r;
	u64 fingerprint;
	size_t len;

	opt.again = true;
	r = create(t, &opt);
	replay_run(r);
	fingerprint = replay_sim(r)->fingerprint;
	len = replay_sim(r)->tape.rec_len;
	tape = g_memdup2(replay_sim(r)->tape.rec, len * sizeof(*tape));
	r = replay_again(r, 99, tape, len);
	replay_run(r);
	assert_int_equal(replay_sim(r)->fingerprint, fingerprint);
	assert_int_equal(replay_sim(r)->tape.diverged_at, -1);
	replay_destroy(r);
	g_free(tape);
}

static void file_again(const char *path, const char *costs_dir)
{
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct trace *t = trace_parse_file(path, &replay_names, &errs);

	trace_errors_print(&errs, stderr);
	assert_non_null(t);
	replay_options_default(&opt);
	opt.costs_dir = costs_dir;
	opt.limit_points = POINTS;
	opt.record_tape = true;
	again_is_afresh(t, &opt);
	opt.sched = SCHED_RANDOM;
	opt.lock_stat = false;
	again_is_afresh(t, &opt);
	tape_is_followed(t, &opt);
	opt.sched = SCHED_SEARCH;
	again_is_afresh(t, &opt);
	tape_is_followed(t, &opt);
	trace_free(t);
	trace_errors_finish(&errs);
}

static void dir_again(const char *name)
{
	g_autofree char *costs = g_build_filename(traces_dir, "costs", NULL);
	g_autofree char *dir = g_build_filename(traces_dir, name, NULL);
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *file;

	assert_non_null(d);
	while ((file = g_dir_read_name(d))) {
		g_autofree char *path = g_build_filename(dir, file, NULL);

		if (g_str_has_suffix(file, ".gms"))
			file_again(path, costs);
	}
	g_dir_close(d);
}

static void examples(void **state)
{
	dir_again("examples");
}

static void races(void **state)
{
	dir_again("races");
}

/* Not only that nothing differs: it was not built anew behind our back. */
static void it_is_kept(void **state)
{
	static const char text[] = "gmemsim trace 1\n[vm vm0]\nmemory = 4M\nvcpus = 1\n"
				   "[task vcpu0]\ntouch shared 0 4K write\n";
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", text, strlen(text), &replay_names, &errs);
	struct replay_options opt;
	struct replay *r;
	struct sim *sim;
	bool kept;

	assert_non_null(t);
	replay_options_default(&opt);
	opt.again = true;
	r = create(t, &opt);
	sim = replay_sim(r);
	kept = sim->checkpoint;
#if !defined(SIM_ASAN) && !defined(SIM_TSAN)
	assert_true(kept);
#endif
	replay_run(r);
	r = replay_again(r, 2, NULL, 0);
	if (kept)
		assert_ptr_equal(replay_sim(r), sim);
	replay_run(r);
	replay_destroy(r);
	trace_free(t);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_kept),
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
