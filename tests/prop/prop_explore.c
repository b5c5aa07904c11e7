// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generated traces, each run in many orders, on every kernel: the rules hold.
 *
 * What a kernel profile is known to do wrong, because the public code that it mirrors does, is in
 * known_findings[], with the page of docs/findings that says so.  Anything else fails the test.
 *
 * usage: prop_explore ROOT [KERNEL [TRACES [FIRST [SCHEDULES [DIR [BUG]]]]]]
 *   ROOT       of the sources: the pages must be there
 *   DIR        receives each trace that has an unknown finding, for gmemsim check --save
 *
 * With a KERNEL it is a campaign: one line for each known finding that came up, and those that did
 * not.  Of 0 TRACES it prints the FIRST one.  tests/campaign/generated.sh makes what it finds
 * small.
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

#include "tests/prop/known_findings.h"
#include "tests/prop/machine_gen.h"
#include "tools/explore/explore.h"

#define LIMIT_POINTS 3000000 /* far more than a run that ends has */

/* Under a sanitizer each run's machine is made anew. */
#ifdef __SANITIZE_ADDRESS__
#define SHARE 6
#else
#define SHARE 1
#endif

struct search {
	/* constant */
	enum trace_kernel kernel;
	u64 first, traces, schedules;
	const char *dir; /* or NULL */
	const char *bug; /* or NULL */
	bool quiet;

	/* written by explore_seed() */
	u64 runs, unknown;
	u64 known[KNOWN_FINDINGS_MAX];
};

static const char *root = ".";

static void report(const struct search *s, u64 seed, const char *text,
		   const struct explore_finding *f)
{
	g_autofree char *name = g_strdup_printf(
		"generated-%s-%llu.gms", trace_kernel_name(s->kernel), (unsigned long long)seed);
	g_autofree char *path = s->dir ? g_build_filename(s->dir, name, NULL) : NULL;
	g_auto(GStrv) lines = g_strsplit(f->message, "\n", 0);
	g_autofree char *message = g_strjoinv(" / ", lines);

	if (path)
		g_file_set_contents(path, text, -1, NULL);
	if (!s->quiet)
		print_message("%s: schedule %llu: %s: %s\n%s", name,
			      (unsigned long long)f->first + 1, f->rule, message, path ? "" : text);
}

static void explore_seed(struct search *s, u64 seed)
{
	g_autofree char *text = machine_gen(seed, s->kernel);
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("generated", text, strlen(text), &replay_names, &errs);
	struct campaign_options o;
	struct explore_result *x;

	assert_non_null(t);
	campaign_options_default(&o);
	o.schedules = s->schedules;
	o.seed = seed;
	o.run.bug = s->bug;
	o.run.limit_points = LIMIT_POINTS;
	x = campaign_run(t, &o, &errs);
	if (!x)
		fail_msg("seed %llu: line %u: %s\n%s", (unsigned long long)seed, errs.v[0].loc.line,
			 errs.v[0].message, text);
	s->runs += x->schedules;
	for (u32 i = 0; i < x->nr_findings; i++) {
		const struct explore_finding *f = &x->findings[i];
		int k = known_finding(s->kernel, text, f->rule, f->message);

		if (k >= 0) {
			s->known[k]++;
			continue;
		}
		s->unknown++;
		report(s, seed, text, f);
	}
	explore_result_free(x);
	trace_free(t);
}

static void explore(struct search *s)
{
	for (u64 seed = s->first; seed < s->first + s->traces; seed++)
		explore_seed(s, seed);
}

static void rules_hold(enum trace_kernel kernel, u64 traces)
{
	struct search s = {.kernel = kernel, .first = 1, .traces = traces / SHARE, .schedules = 20};

	explore(&s);
	assert_int_equal(s.unknown, 0);
}

static void test_rules_hold_on_mainline(void **state)
{
	rules_hold(TRACE_KERNEL_MAINLINE, 200);
}

static void test_rules_hold_on_inplace(void **state)
{
	rules_hold(TRACE_KERNEL_INPLACE, 200);
}

static void test_rules_hold_on_hugetlb_wip(void **state)
{
	rules_hold(TRACE_KERNEL_HUGETLB_WIP, 80);
}

static void test_rules_hold_on_hugetlb_plan(void **state)
{
	rules_hold(TRACE_KERNEL_HUGETLB_PLAN, 80);
}

/* The search itself can fail: each planted fault comes up in a few hundred traces. */
static void test_known_findings_have_pages(void **state)
{
	for (u32 i = 0; known_findings[i].page; i++) {
		g_autofree char *name = g_strconcat(known_findings[i].page, ".md", NULL);
		g_autofree char *path = g_build_filename(root, "docs", "findings", name, NULL);

		if (!g_file_test(path, G_FILE_TEST_EXISTS))
			fail_msg("%s does not exist", path);
		assert_true(i < KNOWN_FINDINGS_MAX);
	}
}

static void test_planted_faults_are_found(void **state)
{
	static const struct {
		enum trace_kernel kernel;
		const char *bug;
	} plants[] = {
		{TRACE_KERNEL_MAINLINE, "plant-skip-recheck"},
		{TRACE_KERNEL_INPLACE, "plant-store-before-begin"},
		{TRACE_KERNEL_INPLACE, "plant-td-no-remove"},
		{TRACE_KERNEL_HUGETLB_PLAN, "conv-store-after-end"},
	};

	for (u32 i = 0; i < G_N_ELEMENTS(plants); i += SHARE > 1 ? 2 : 1) {
		struct search s = {.kernel = plants[i].kernel,
				   .bug = plants[i].bug,
				   .schedules = 20,
				   .quiet = true};

		for (u64 seed = 1; seed < 400 && !s.unknown; seed++)
			explore_seed(&s, seed);
		if (!s.unknown)
			fail_msg("%s is not found", plants[i].bug);
	}
}

/* ---- by hand ---------------------------------------------------------------------------- */

static int campaign(struct search *s)
{
	u32 missing = 0;

	explore(s);
	printf("%llu traces, %llu runs, %llu unknown findings\n", (unsigned long long)s->traces,
	       (unsigned long long)s->runs, (unsigned long long)s->unknown);
	for (u32 i = 0; known_findings[i].page; i++) {
		const struct known_finding *k = &known_findings[i];

		if (!(k->kernels & 1u << s->kernel))
			continue;
		printf("%8llu  %s: %s, %s\n", (unsigned long long)s->known[i], k->page, k->rule,
		       k->says);
		missing += !s->known[i];
	}
	if (missing)
		printf("%u known findings did not come up: are they still true?\n", missing);
	return s->unknown ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_hold_on_mainline),
		cmocka_unit_test(test_rules_hold_on_inplace),
		cmocka_unit_test(test_rules_hold_on_hugetlb_wip),
		cmocka_unit_test(test_rules_hold_on_hugetlb_plan),
		cmocka_unit_test(test_known_findings_have_pages),
		cmocka_unit_test(test_planted_faults_are_found),
	};
	struct search s = {.first = 1, .traces = 1000, .schedules = 100};
	u32 kernel = 0;

	if (argc > 1)
		root = argv[1];
	if (argc < 3)
		return cmocka_run_group_tests_name("prop_explore", tests, NULL, NULL);
	while (kernel < TRACE_KERNEL_NR && strcmp(argv[2], trace_kernel_name(kernel)))
		kernel++;
	if (kernel == TRACE_KERNEL_NR)
		return 64;
	s.kernel = (enum trace_kernel)kernel;
	s.traces = argc > 3 ? g_ascii_strtoull(argv[3], NULL, 0) : s.traces;
	s.first = argc > 4 ? g_ascii_strtoull(argv[4], NULL, 0) : s.first;
	s.schedules = argc > 5 ? g_ascii_strtoull(argv[5], NULL, 0) : s.schedules;
	s.dir = argc > 6 ? argv[6] : NULL;
	s.bug = argc > 7 ? argv[7] : NULL;
	if (!s.traces) {
		g_autofree char *text = machine_gen(s.first, s.kernel);

		fputs(text, stdout);
		return 0;
	}
	return campaign(&s);
}
