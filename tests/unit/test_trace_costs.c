// SPDX-License-Identifier: GPL-2.0-only
/* Cost files: what is read, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/costs.h"

static const char *nth_name(void *ctx, enum trace_name_kind kind, unsigned int i)
{
	static const char *const names[] = {"pte_zap", "folio_zero", "tlb_flush_ipi"};

	return kind == TRACE_NAMES_COST && i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const struct trace_names model = {nth_name, NULL};

static void test_good(void **state)
{
	static const char text[] =
		"# measured\n"
		"pte_zap = 70ns  source = \"calibration.csv munmap_mapped_64M\"\n"
		"\n"
		"folio_zero = lognormal(median=1us, p99=4us) source = \"assumed\" # x\n"
		"tlb_flush_ipi = uniform(1us, 2us)\tsource=\"a \\\"b\\\"\"\n";
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_parse("c.ini", text, strlen(text), &model, &errs);

	assert_non_null(costs);
	assert_int_equal(costs->n, 3);
	assert_string_equal(costs->v[0].name, "pte_zap");
	assert_int_equal(costs->v[0].dist, TRACE_DIST_CONST);
	assert_int_equal(costs->v[0].a_ns, 70);
	assert_string_equal(costs->v[0].source, "calibration.csv munmap_mapped_64M");
	assert_int_equal(costs->v[0].loc.line, 2);
	assert_int_equal(costs->v[1].dist, TRACE_DIST_LOGNORMAL);
	assert_int_equal(costs->v[1].a_ns, 1000);
	assert_int_equal(costs->v[1].b_ns, 4000);
	assert_int_equal(costs->v[2].dist, TRACE_DIST_UNIFORM);
	assert_string_equal(costs->v[2].source, "a \"b\"");
	assert_ptr_equal(trace_costs_find(costs, "folio_zero"), &costs->v[1]);
	assert_null(trace_costs_find(costs, "folio"));
	trace_costs_free(costs);
}

static void test_empty_is_fine(void **state)
{
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_parse("c.ini", "", 0, &model, &errs);

	assert_non_null(costs);
	assert_int_equal(costs->n, 0);
	trace_costs_free(costs);
	trace_costs_free(NULL);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"pte_zap = 70 source = \"x\"\n",
		 "c.ini:1:11: error: '70' is a time without a unit: ns us ms s\n"},
		{"pte_zip = 70ns source = \"x\"\n",
		 "c.ini:1:1: error: unknown cost 'pte_zip', did you mean 'pte_zap'?\n"},
		{"pte_zap = 70ns\n",
		 "c.ini:1:15: error: cost 'pte_zap' has no source, write: NAME = "
		 "VALUE source = \"...\"\n"},
		{"pte_zap = 70ns source = \" \"\n",
		 "c.ini:1:25: error: the source of 'pte_zap' is empty\n"},
		{"pte_zap = 70ns source = x\n",
		 "c.ini:1:25: error: expected a string in double quotes, not 'x'\n"},
		{"\npte_zap = 70ns source = \"x\"\npte_zap = 71ns source = \"x\"\n",
		 "c.ini:3:1: error: cost 'pte_zap' is stated twice\n"},
		{"pte_zap = 70ns source = \"x\" folio_zero = 1us source = \"x\"\n",
		 "c.ini:1:29: error: expected the end of the line, not 'folio_zero'\n"},
		{"pte_zap = normal(1us, 2us) source = \"x\"\n",
		 "c.ini:1:11: error: unknown distribution 'normal', did you mean 'lognormal'?\n"},
		{"pte_zap = lognormal(median=0, p99=2us) source = \"x\"\n",
		 "c.ini:1:11: error: a lognormal cost has a median above 0\n"},
		{"pte_zap = lognormal(1us, 2us) source = \"x\"\n",
		 "c.ini:1:21: error: expected 'median=', not '1us'\n"},
		{"[costs]\n", "c.ini:1:1: error: expected the name of a cost, not '['\n"},
		{"pte_zap\n", "c.ini:1:8: error: expected '=' before the end of the line\n"},
		{"\x01\n", "c.ini:1:1: error: byte 0x01 is a control character\n"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trace_errors errs = {0};
		char *out = NULL;
		size_t size;
		FILE *f = open_memstream(&out, &size);

		assert_null(trace_costs_parse("c.ini", cases[i].text, strlen(cases[i].text), &model,
					      &errs));
		trace_errors_print(&errs, f);
		fclose(f);
		assert_string_equal(out, cases[i].error);
		trace_errors_finish(&errs);
		free(out);
	}
}

static void test_no_file(void **state)
{
	struct trace_errors errs = {0};

	assert_null(trace_costs_load("/nonexistent/c.ini", &model, &errs));
	assert_int_equal(errs.n, 1);
	trace_errors_finish(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_empty_is_fine),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
