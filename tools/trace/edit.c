// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes to a parsed trace: settings that a command line overrides, so that a recorded run says
 * what it ran with.
 *
 * Invariant: what is set is also stated, and the section it belongs to is there to be printed.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

static void need_section(struct trace *t, enum trace_section_kind kind)
{
	struct trace_section section = {.kind = (u8)kind};

	for (u32 i = 0; i < t->n_sections; i++)
		if (t->sections[i].kind == kind)
			return;
	trace_push(t->sections, t->n_sections, section);
}

void trace_set_kernel(struct trace *t, enum trace_kernel kernel)
{
	need_section(t, TRACE_SEC_DESIGN);
	t->design.kernel = (u8)kernel;
	t->design.set |= BIT(TRACE_DESIGN_KERNEL);
}

void trace_set_locking(struct trace *t, const char *locking, u64 arg)
{
	need_section(t, TRACE_SEC_DESIGN);
	t->design.locking = g_string_chunk_insert(t->arena, locking);
	t->design.locking_arg = arg;
	t->design.set |= BIT(TRACE_DESIGN_LOCKING);
}

void trace_set_scheduler(struct trace *t, enum trace_scheduler scheduler)
{
	need_section(t, TRACE_SEC_MACHINE);
	t->machine.scheduler = (u8)scheduler;
	t->machine.set |= BIT(TRACE_MACHINE_SCHEDULER);
}

void trace_set_fail_one_in(struct trace *t, u32 n)
{
	need_section(t, TRACE_SEC_MACHINE);
	t->machine.fail_one_in = n;
	t->machine.set |= BIT(TRACE_MACHINE_FAIL_ONE_IN);
}

void trace_set_expect(struct trace *t, const char *const *rules, u32 n)
{
	t->expect_any = false;
	t->n_expect = 0;
	g_clear_pointer(&t->expect, g_free);
	for (u32 i = 0; i < n; i++) {
		int rule = trace_word_find(&trace_words_rule, rules[i], (u32)strlen(rules[i]));

		if (rule >= 0)
			trace_push(t->expect, t->n_expect, trace_words_rule.v[rule]);
	}
	t->head_set |= BIT(TRACE_HEAD_EXPECT);
}

void trace_set_cost(struct trace *t, const struct trace_cost *cost)
{
	struct trace_cost copy = *cost;
	u32 i = 0;

	need_section(t, TRACE_SEC_COST);
	copy.name = g_string_chunk_insert(t->arena, cost->name);
	copy.source = NULL;
	while (i < t->n_costs && strcmp(t->costs[i].name, cost->name))
		i++;
	if (i < t->n_costs)
		t->costs[i] = copy;
	else
		trace_push(t->costs, t->n_costs, copy);
}

void trace_drop_includes(struct trace *t)
{
	t->n_includes = 0;
}
