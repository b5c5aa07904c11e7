// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/bugs.c - the table of faulty variants.
 */
#include "model/bugs.h"

#include <string.h>

/* what the table's rows call their status */
#define PLANT "plant"
#define C     "C"
#define L     "L"
#define D     "D"
#define G     "G"
#define T     "T"

const struct bug_desc bug_descs[NR_BUGS] = {
#define BUG(id, slug_, status_, rules_, text_)                                                     \
	[BUG_##id] = { .slug = (slug_), .status = (status_), .rules = (rules_), .text = (text_) },
	MODEL_BUGS(BUG)
#undef BUG
};

enum bug_id bug_by_slug(const char *slug)
{
	int i;

	if (!slug)
		return BUG_NONE;
	for (i = BUG_NONE + 1; i < NR_BUGS; i++) {
		if (!strcmp(slug, bug_descs[i].slug))
			return (enum bug_id)i;
	}
	return NR_BUGS;
}
