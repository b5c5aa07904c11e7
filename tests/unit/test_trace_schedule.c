// SPDX-License-Identifier: GPL-2.0-only
/* [schedule]: what a recorded run of a search looks like, and what is wrong with others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/trace.h"

#define HEAD "gmemsim trace 1\n[vm a]\nmemory = 1G\n[task vmm]\npunch 0 len=4K\n"

static struct trace *parse(const char *text, struct trace_errors *errs)
{
	return trace_parse_buf("t", text, strlen(text), NULL, errs);
}

static void departures_read_and_print(void **state)
{
	static const char text[] =
		HEAD "[schedule] choose=vmm/4@0 fails seed=0x7 explored=yes\n"
		     "depart = 3 vmm/4 after nobody@0\n"
		     "choose = nobody@2 17\n"
		     "steps = 20 bug=conv-x model=1 config = 2 preemptions=1\n"
		     "depart = 12 vcpu1/3 after td0.vcpu0/2@5 0x9f1c zero-values=yes\n";
	struct trace_errors errs = {0};
	struct trace *t = parse(text, &errs), *again;
	char *printed;

	trace_errors_print(&errs, stderr);
	assert_non_null(t);
	assert_true(trace_is_search(t));
	assert_int_equal(t->schedule.n_departures, 2);
	assert_int_equal(t->schedule.departures[0].from.id, TRACE_NONE);
	assert_int_equal(t->schedule.departures[1].step, 12);
	assert_int_equal(t->schedule.departures[1].task.id, 3);
	assert_int_equal(t->schedule.departures[1].from_step, 5);
	assert_int_equal(t->schedule.departures[1].state, 0x9f1c);
	assert_int_equal(t->schedule.n_choices, 2);
	assert_int_equal(t->schedule.choices[0].kind, CHOICE_FAIL);
	assert_int_equal(t->schedule.choices[1].value, 17);
	printed = trace_print(t, NULL);
	assert_non_null(strstr(printed, "[schedule]\n"
					"explored = yes\n"
					"bug = conv-x\n"
					"model = 0x1\n"
					"config = 0x2\n"
					"seed = 7\n"
					"steps = 20\n"
					"preemptions = 1\n"
					"zero-values = yes\n"
					"depart = 3 vmm/4 after nobody@0\n"
					"depart = 12 vcpu1/3 after td0.vcpu0/2@5 0x9f1c\n"
					"choose = vmm/4@0 fails\n"
					"choose = nobody@2 17\n"));
	again = parse(printed, &errs);
	assert_non_null(again);
	assert_true(trace_equal(t, again, NULL));
	again->schedule.departures[1].from_step++;
	assert_false(trace_equal(t, again, NULL));
	free(printed);
	trace_free(t);
	trace_free(again);
}

static void departures_are_attached(void **state)
{
	static const char *const names[] = {"kworker:0/1", "vmm"};
	struct departure d[] = {{.step = 1, .task = 1, .from = 0, .from_step = 1, .state = 0xabc},
				{.step = 4, .task = 0, .from = 1, .from_step = 2}};
	struct schedule_choice c = {.task = 1, .nth = 3, .kind = CHOICE_FAIL, .value = 1};
	const struct schedule s = {.seed = 3,
				   .departures = d,
				   .nr_departures = 2,
				   .choices = &c,
				   .nr_choices = 1,
				   .nr_steps = 9,
				   .fingerprint = 0xfee,
				   .nr_preemptions = 2};
	struct trace_errors errs = {0};
	struct trace *t = parse(HEAD, &errs), *again;
	char *printed;

	assert_non_null(t);
	for (int round = 0; round < 2; round++) { /* the second replaces the first */
		trace_set_departures(t, &s, names, 2);
		trace_set_origin(t, true, NULL, 5, 6);
	}
	printed = trace_print(t, NULL);
	assert_non_null(strstr(printed, "depart = 4 kworker_0_1/0 after vmm/1@2\n"
					"choose = vmm/1@3 fails\n"));
	again = parse(printed, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(again);
	assert_true(trace_equal(t, again, NULL));
	free(printed);
	trace_free(t);
	trace_free(again);
}

static void assert_wrong(const char *section, const char *message)
{
	char text[512];
	struct trace_errors errs = {0};

	snprintf(text, sizeof(text), HEAD "[schedule]\n%s\n", section);
	assert_null(parse(text, &errs));
	assert_int_equal(errs.n, 1);
	if (!strstr(errs.v[0].message, message))
		fail_msg("%s: '%s'", section, errs.v[0].message);
	trace_errors_finish(&errs);
}

static void mistakes_have_places(void **state)
{
	assert_wrong("depart = 3 vmm after nobody@0", "'/'");
	assert_wrong("depart = 3 vmm/1 before nobody@0", "'after'");
	assert_wrong("depart = 3 vmm/1 after vmm/0", "'@'");
	assert_wrong("depart = 3 vmm/1 after vmm/0@1\ndepart = 3 vmm/1 after vmm/0@1", "order");
	assert_wrong("choose = vmm/1@2 falls", "");
	assert_wrong("choose = vmm/1@2 4294967296", "32 bits");
	assert_wrong("steps = 3 steps = 4", "twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(departures_read_and_print),
		cmocka_unit_test(departures_are_attached),
		cmocka_unit_test(mistakes_have_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
