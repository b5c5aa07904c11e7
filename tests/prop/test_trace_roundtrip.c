// SPDX-License-Identifier: GPL-2.0-only
/*
 * parse(print(x)) is x, and print is a fixed point, for generated traces and for the examples.
 *
 * usage: test_trace_roundtrip [EXAMPLES_DIR [SEED [COUNT]]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "tests/prop/trace_gen.h"
#include "tools/trace/trace.h"

struct options {
	const char *dir;
	u64 seed;
	u32 count;
};

static const struct options *options(void **state)
{
	return *state;
}

static struct trace *parse(const char *what, const char *text, size_t len)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf(what, text, len, NULL, &errs);

	if (!t) {
		trace_errors_print(&errs, stderr);
		fprintf(stderr, "%s\n", text);
	}
	trace_errors_finish(&errs);
	return t;
}

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All comment lines of a trace in alphabetical order; to be freed. */
static char *comments_of(const struct trace *t)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

	for (u32 i = 0; i < t->n_comments; i++) {
		g_auto(GStrv) v = g_strsplit(t->comments[i].text, "\n", -1);

		for (u32 k = 0; v[k]; k++)
			if (v[k][0])
				g_ptr_array_add(lines, g_strdup(v[k]));
	}
	g_ptr_array_sort(lines, by_text);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

/* NULL if the text makes the round trip, else what went wrong; to be freed */
static char *round_trip(const char *what, const char *text)
{
	struct trace *a = parse(what, text, strlen(text)), *b;
	char why[128] = "", *first, *second, *bad = NULL;
	size_t len;

	if (!a)
		return g_strdup("is not accepted");
	first = trace_print(a, &len);
	b = parse("what was printed", first, len);
	if (!b) {
		bad = g_strdup("its printed form is not accepted");
	} else {
		g_autofree char *before = comments_of(a), *after = comments_of(b);

		second = trace_print(b, NULL);
		if (!trace_equal(a, b, why))
			bad = g_strdup_printf("differs after printing: %s", why);
		else if (strcmp(before, after))
			bad = g_strdup_printf("comments differ:\n%s\n----\n%s", before, after);
		else if (strcmp(first, second))
			bad = g_strdup_printf("printing twice differs:\n%s----\n%s", first, second);
		free(second);
	}
	free(first);
	trace_free(a);
	trace_free(b);
	return bad;
}

static void test_generated(void **state)
{
	const struct options *o = options(state);

	for (u64 seed = o->seed; seed < o->seed + o->count; seed++) {
		g_autofree char *what = g_strdup_printf("seed %llu", (unsigned long long)seed);
		char *text = trace_gen(seed, seed % 60), *bad = round_trip(what, text);

		if (bad)
			fail_msg("%s: %s\n%s", what, bad, text);
		free(text);
	}
}

static void test_generated_differ(void **state)
{
	char *a = trace_gen(1, 40), *b = trace_gen(2, 40), *again = trace_gen(1, 40), why[128];
	struct trace *x = parse("seed 1", a, strlen(a)), *y = parse("seed 2", b, strlen(b));

	assert_string_equal(a, again);
	assert_non_null(x);
	assert_non_null(y);
	assert_false(trace_equal(x, y, why));
	trace_free(x);
	trace_free(y);
	free(a);
	free(b);
	free(again);
}

/* The examples are written in the canonical form: fmt changes nothing. */
static void test_examples(void **state)
{
	GDir *dir = g_dir_open(options(state)->dir, 0, NULL);
	const char *name;
	u32 n = 0;

	assert_non_null(dir);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(options(state)->dir, name, NULL);
		g_autofree char *text = NULL, *bad = NULL;
		struct trace *t;
		char *printed;

		if (!g_str_has_suffix(name, ".gms"))
			continue;
		assert_true(g_file_get_contents(path, &text, NULL, NULL));
		bad = round_trip(path, text);
		if (bad)
			fail_msg("%s: %s", path, bad);
		t = parse(path, text, strlen(text));
		printed = trace_print(t, NULL);
		assert_string_equal(printed, text);
		free(printed);
		trace_free(t);
		n++;
	}
	g_dir_close(dir);
	assert_true(n >= 12);
}

int main(int argc, char **argv)
{
	struct options o = {argc > 1 ? argv[1] : "traces/examples",
			    argc > 2 ? strtoull(argv[2], NULL, 0) : 1,
			    argc > 3 ? strtoul(argv[3], NULL, 0) : 1500};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_generated, &o),
		cmocka_unit_test_prestate(test_generated_differ, &o),
		cmocka_unit_test_prestate(test_examples, &o),
	};

	fprintf(stderr, "# seeds %llu to %llu\n", (unsigned long long)o.seed,
		(unsigned long long)o.seed + o.count - 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
