// SPDX-License-Identifier: GPL-2.0-only
/*
 * A property test of one's own, with cmocka and libgmemsim.
 *
 *	cc -D_GNU_SOURCE property.c -o property $(pkg-config --cflags --libs gmemsim cmocka)
 *
 * Property: whatever a VMM converts, punches and allocates while a vCPU faults, no rule is broken
 * in any order that is tried.  The traces are made from numbers; a failure prints the one that
 * failed and the schedule, which "gmemsim replay" repeats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/explore/explore.h"

#define TRACES 12

/* A trace from a number: three operations of the VMM against two accesses of a guest. */
static void make_trace(u64 number, char *text, size_t size)
{
	static const char *const verbs[] = {
		"convert private %u len=4K expect=ok|EAGAIN",
		"convert shared %u len=4K expect=ok|EAGAIN",
		"punch %u len=8K",
		"allocate %u len=4K",
	};
	size_t at = (size_t)snprintf(text, size,
				     "gmemsim trace 1\n[design]\nkernel = inplace\n"
				     "[vm vm0]\ntype = sw-protected\nmemory = 16K\nvcpus = 1\n"
				     "init = shared\nmmap = yes\n[task vmm]\n");

	for (int i = 0; i < 3; i++) {
		number = prng_mix(number);
		at += (size_t)snprintf(text + at, size - at, verbs[number & 3],
				       (unsigned int)(number >> 2 & 1) * 4096);
		at += (size_t)snprintf(text + at, size - at, "\n");
	}
	snprintf(text + at, size - at,
		 "[task vcpu0]\n"
		 "touch shared 0 4K write expect=ok|exit:memory_fault\n"
		 "touch private 4K 4K read expect=ok|exit:memory_fault\n");
}

static void no_rule_is_broken(void **state)
{
	for (u64 number = 1; number <= TRACES; number++) {
		struct trace_errors errs = {0};
		struct campaign_options o;
		struct explore_result *x;
		struct trace *t;
		char text[1024], why[160];

		make_trace(number, text, sizeof(text));
		t = trace_parse_buf("generated", text, strlen(text), &replay_names, &errs);
		trace_errors_print(&errs, stderr);
		assert_non_null(t);
		campaign_options_default(&o);
		o.schedules = 200;
		o.first_only = true;
		x = campaign_run(t, &o, &errs);
		trace_errors_print(&errs, stderr);
		assert_non_null(x);
		if (explore_judge(x, why) != EXPLORE_OK)
			fail_msg("%s\n%s: %s, in schedule %llu", text, x->findings[0].rule,
				 x->findings[0].message,
				 (unsigned long long)x->findings[0].first + 1);
		explore_result_free(x);
		trace_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rule_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
