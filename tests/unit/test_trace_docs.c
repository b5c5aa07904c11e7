// SPDX-License-Identifier: GPL-2.0-only
/*
 * docs/TRACE.md says what the parser does: every verb has a row with its exact usage, every example
 * parses, the sample trace is in canonical form, every word of a closed list is named.
 *
 * usage: test_trace_docs TRACE_MD
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/trace_internal.h"

static struct trace *parse(const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", text, strlen(text), NULL, &errs);

	if (!t) {
		trace_errors_print(&errs, stderr);
		fprintf(stderr, "%s", text);
	}
	trace_errors_finish(&errs);
	return t;
}

/* The example of a table row whose first cell begins with this usage; to be freed. */
static char *example_of(const char *docs, const char *usage, bool later)
{
	g_autofree char *row = g_strdup_printf("\n| `%s`%s | `", usage, later ? " *" : "");
	const char *p = strstr(docs, row), *end;

	if (!p)
		fail_msg("docs/TRACE.md has no row '%s'", row + 1);
	p += strlen(row);
	end = strchr(p, '`');
	assert_non_null(end);
	return g_strndup(p, end - p);
}

static void test_verbs(void **state)
{
	for (u32 v = 0; v < TRACE_OP_END; v++) {
		char usage[TRACE_USAGE_MAX];
		g_autofree char *example =
			example_of(*state, trace_verb_usage(v, usage), trace_verbs[v].issue == 0);
		u32 actors = trace_verbs[v].actors, kind = 0;
		g_autofree char *text = NULL;
		struct trace *t;

		if (actors & BIT(TRACE_ACTOR_VMM))
			kind = TRACE_ACTOR_VMM;
		while (!(actors & BIT(kind)))
			kind++;
		assert_true(g_str_has_prefix(example, trace_verb_name(v)));
		text = g_strdup_printf("gmemsim trace 1\n[vm td0]\nmemory = 8G\n"
				       "[task vmm]\nsignal done\npin 0 len=4K as=p0\n"
				       "mmap 0 len=4K as=window\n[task vcpu1]\nlock zone\n"
				       "[preamble warm]\nsleep 1us\n[task x0 kind=%s]\n%s\n",
				       trace_actor_name(kind), example);
		t = parse(text);
		assert_non_null(t);
		trace_free(t);
	}
}

static void test_sample(void **state)
{
	const char *begin = strstr(*state, "```gms\n") + 7;
	g_autofree char *text = g_strndup(begin, strstr(begin, "```") - begin);
	struct trace *t = parse(text);
	char *printed;

	assert_non_null(t);
	printed = trace_print(t, NULL);
	assert_string_equal(printed, text);
	free(printed);
	trace_free(t);
}

static void assert_named(const char *docs, const char *word)
{
	g_autofree char *quoted = g_strdup_printf("`%s`", word);
	g_autofree char *assigned = g_strdup_printf("`%s=", word);
	g_autofree char *option = g_strdup_printf("%s=", word);
	g_autofree char *call = g_strdup_printf("`%s(", word);
	g_autofree char *with = g_strdup_printf("`%s:", word);

	if (!strstr(docs, quoted) && !strstr(docs, assigned) && !strstr(docs, option) &&
	    !strstr(docs, call) && !strstr(docs, with))
		fail_msg("docs/TRACE.md does not name `%s`", word);
}

static void test_words(void **state)
{
	static const struct trace_words *const lists[] = {
		&trace_words_kernel,  &trace_words_preempt, &trace_words_scheduler,
		&trace_words_vm_type, &trace_words_actor,   &trace_words_exit,
		&trace_words_field,   &trace_words_locking, &trace_words_pred,
	};
	static const struct trace_keys *const keys[] = {
		&trace_keys_head, &trace_keys_machine, &trace_keys_design, &trace_keys_vm,
		&trace_keys_gmem, &trace_keys_slot,    &trace_keys_task,   &trace_keys_schedule,
	};

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++)
		for (u32 k = 0; k < lists[i]->n; k++)
			assert_named(*state, lists[i]->v[k]);
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		for (u32 k = 0; k < keys[i]->n; k++)
			assert_named(*state, keys[i]->v[k].name);
	for (u32 i = TRACE_SEC_MACHINE; i < TRACE_SEC_NR; i++) {
		g_autofree char *heading = g_strdup_printf("[%s", trace_words_section.v[i]);

		assert_non_null(strstr(*state, heading));
	}
}

int main(int argc, char **argv)
{
	char *docs = NULL;

	if (!g_file_get_contents(argc > 1 ? argv[1] : "docs/TRACE.md", &docs, NULL, NULL))
		return 2;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_verbs, docs),
		cmocka_unit_test_prestate(test_sample, docs),
		cmocka_unit_test_prestate(test_words, docs),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	g_free(docs);
	return failed;
}
