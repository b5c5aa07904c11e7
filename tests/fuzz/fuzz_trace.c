// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes at all, as a trace and as a cost file.
 *
 * What must hold: no crash, no leak; a refusal comes with at least one error in printable text;
 * what is accepted makes the round trip through its printed form, and its tape can be expanded.
 *
 * Built twice: with libFuzzer (option 'fuzz', clang), and with smoke.c, which needs neither.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/trace/costs.h"
#include "tools/trace/trace.h"

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static void check_errors(struct trace_errors *errs)
{
	CHECK(errs->n > 0 && errs->n <= TRACE_ERRORS_MAX);
	for (u32 i = 0; i < errs->n; i++) {
		const struct trace_error *e = &errs->v[i];

		CHECK(e->message[0]);
		CHECK(strlen(e->message) < 512);
		for (const char *p = e->message; *p; p++)
			CHECK(*p >= 0x20 && *p < 0x7f);
	}
	trace_errors_finish(errs);
}

static u64 draw_zero(void *ctx, u64 n)
{
	CHECK(n > 0);
	return 0;
}

/* What a runner does with every operation. */
static void walk(const struct trace *t)
{
	struct trace_env env = {.draw = draw_zero};
	u32 n = t->n_ops < 64 ? t->n_ops : 64;
	char text[256];

	for (u32 i = 0; i < n; i++) {
		const struct trace_op *op = &t->ops[i];

		trace_op_text(t, op, text, sizeof(text));
		CHECK(!strncmp(text, "at ", 3) || !strncmp(text, "after ", 6) ||
		      !strncmp(text, trace_verb_name(op->verb), strlen(trace_verb_name(op->verb))));
		CHECK(op->match == TRACE_NONE || t->ops[op->match].match == i);
		for (u32 id = 0; id < TRACE_ARG_NR; id++)
			trace_op_u64(t, op, id, 0, &env);
	}
}

static void check_trace(const char *data, size_t size)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("fuzz", data, size, NULL, &errs), *again;
	char *printed, *printed_again, why[128];
	struct choice *tape;
	size_t len, n;

	if (!t) {
		check_errors(&errs);
		return;
	}
	CHECK(!errs.n);
	walk(t);
	if (t->schedule.n_tape < 64) {
		tape = trace_tape(t, &n);
		CHECK(!tape == !n);
		free(tape);
	}
	printed = trace_print(t, &len);
	CHECK(strlen(printed) == len);
	again = trace_parse_buf("printed", printed, len, NULL, &errs);
	if (!again) {
		trace_errors_print(&errs, stderr);
		fputs(printed, stderr);
	}
	CHECK(again);
	if (!trace_equal(t, again, why)) {
		fprintf(stderr, "%s\n%s", why, printed);
		abort();
	}
	printed_again = trace_print(again, NULL);
	CHECK(!strcmp(printed, printed_again));
	free(printed);
	free(printed_again);
	trace_free(t);
	trace_free(again);
}

static void check_costs(const char *data, size_t size)
{
	struct trace_errors errs = {0};
	struct trace_costs *costs = trace_costs_parse("fuzz", data, size, NULL, &errs);

	if (!costs) {
		check_errors(&errs);
		return;
	}
	for (u32 i = 0; i < costs->n; i++)
		CHECK(costs->v[i].source && trace_costs_find(costs, costs->v[i].name));
	trace_costs_free(costs);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	check_trace((const char *)data, size);
	check_costs((const char *)data, size);
	return 0;
}
