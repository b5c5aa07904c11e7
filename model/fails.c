// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/fails.c - the table of places that can fail.
 */
#include "model/fails.h"

const struct fail_desc fail_descs[NR_FAILS] = {
#define FAIL(name_, kind_, where_, what_)                                                          \
	[FAIL_SITE_##name_] = { .name = #name_, .kind = FAIL_##kind_, .where = (where_),           \
				.what = (what_) },
	MODEL_FAILS(FAIL)
#undef FAIL
};

const char *fail_kind_name(enum fail_kind kind)
{
	static const char *const name[NR_FAIL_KINDS] = {
		[FAIL_ALLOC] = "alloc",
		[FAIL_EXTERNAL] = "external",
		[FAIL_SEAMCALL] = "seamcall",
		[FAIL_FATAL] = "fatal",
		[FAIL_INTERRUPT] = "interrupt",
		[FAIL_KILL] = "kill",
	};

	return name[kind];
}
