// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/locking/locking.c - the table of locking strategies.
 *
 * Invariant: "file" is the first one, and what is used when nobody chooses.
 */
#include "model/locking/locking.h"

#include <string.h>

#include "model/lockings.h"

extern const struct gmem_locking_ops gmem_locking_file, gmem_locking_chunk, gmem_locking_range;
extern const struct gmem_locking_ops gmem_locking_bucket, gmem_locking_seq;
extern const struct gmem_locking_ops gmem_locking_prepare_outside, gmem_locking_chunk_open;

const struct gmem_locking_ops *const gmem_lockings[] = {
	&gmem_locking_file,
	&gmem_locking_chunk,
	&gmem_locking_chunk_open,
	&gmem_locking_range,
	&gmem_locking_bucket,
	&gmem_locking_seq,
	&gmem_locking_prepare_outside,
	NULL,
};

const struct gmem_locking_ops *gmem_locking_by_name(const char *name)
{
	for (u32 i = 0; gmem_lockings[i]; i++) {
		if (!strcmp(gmem_lockings[i]->name, name))
			return gmem_lockings[i];
	}
	return NULL;
}

bool locking_text(u32 i, struct locking_text *text)
{
	const struct gmem_locking_ops *ops;

	if (i + 1 >= ARRAY_SIZE(gmem_lockings))
		return false;
	ops = gmem_lockings[i];
	*text = (struct locking_text){ops->name, ops->argument, ops->help, ops->lock_class};
	return true;
}

const char *locking_refuses(const char *name, u64 argument, enum kernel_design kernel)
{
	const struct gmem_locking_ops *ops = gmem_locking_by_name(name);

	if (!ops)
		return "there is no such strategy; see gmemsim list lockings";
	return ops->refuse ? ops->refuse(kernel, argument) : NULL;
}
