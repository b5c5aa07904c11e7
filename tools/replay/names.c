// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's names that a trace may use: costs, fail points, lock strategies.
 *
 * Invariant: the names are those of the model's own tables, in their order.
 */
#include "model/fails.h"
#include "model/seamcalls.h"
#include "tools/replay/internal.h"

static const char *nth_seamcall(unsigned int i)
{
	struct seamcall_text text;
	unsigned int n = 0;

	if (seamcall_text(i, &text))
		return text.name;
	while (seamcall_text(n, &text))
		n++;
	return seamcall_text(i - n, &text) ? text.slug : NULL;
}

static const char *nth_status(unsigned int i)
{
	const char *name;
	u64 value;

	return tdx_status_text(i, &name, &value) ? name : NULL;
}

static const char *nth_name(void *ctx, enum trace_name_kind kind, unsigned int i)
{
	switch (kind) {
	case TRACE_NAMES_COST:
		return i < NR_COSTS ? cost_descs[i].name : NULL;
	case TRACE_NAMES_FAIL:
		return i < NR_FAILS ? fail_descs[i].name : NULL;
	case TRACE_NAMES_SEAMCALL:
		return nth_seamcall(i);
	case TRACE_NAMES_STATUS:
		return nth_status(i);
	default:
		return NULL; /* lock classes come to be while a run goes on; see build.c for
				lockings */
	}
}

const struct trace_names replay_names = {.nth = nth_name};

const struct bug_desc *replay_bug(u32 i)
{
	return i + 1 < NR_BUGS ? &bug_descs[i + 1] : NULL;
}
