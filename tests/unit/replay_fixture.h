/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/replay_fixture.h - a trace as a test: what must come about is stated in it.
 */
#ifndef TESTS_UNIT_REPLAY_FIXTURE_H
#define TESTS_UNIT_REPLAY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/replay/replay.h"

#define VM "[vm vm0]\nmemory = 4M\nvcpus = 3\n"
#define INPLACE                                                                           \
	"[design]\nkernel = inplace\n[vm vm0]\ntype = sw-protected\nmemory = 4M\ninit = " \
	"shared\nmmap = yes\n"

struct run {
	struct trace *t;
	struct replay *r;
	struct sim *sim;
};

static inline void start(struct run *run, const char *body, const struct replay_options *opt)
{
	struct trace_errors errs = {0};
	struct replay_options def;
	char text[4096];

	replay_options_default(&def);
	snprintf(text, sizeof(text), "gmemsim trace 1\n%s", body);
	run->t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(run->t);
	run->r = replay_create(run->t, opt ? opt : &def, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(run->r);
	run->sim = replay_sim(run->r);
	replay_run(run->r);
}

static inline void finish(struct run *run)
{
	replay_destroy(run->r);
	trace_free(run->t);
}

/* Run it and have exactly @n findings, all of @rule. */
static inline void expect_findings(const char *body, u32 n, const char *rule)
{
	struct run run;

	start(&run, body, NULL);
	for (u32 i = 0; i < run.sim->nr_findings; i++)
		if (run.sim->nr_findings != n || strcmp(run.sim->findings[i].rule, rule) != 0)
			fprintf(stderr, "%s: %s\n", run.sim->findings[i].rule,
				run.sim->findings[i].message);
	assert_int_equal(run.sim->nr_findings, n);
	for (u32 i = 0; i < n; i++)
		assert_string_equal(run.sim->findings[i].rule, rule);
	finish(&run);
}

static inline void expect_silent(const char *body)
{
	expect_findings(body, 0, "");
}

#endif
