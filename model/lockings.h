/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/lockings.h - the locking strategies that there are, for who chooses one.
 *
 * What they do is in model/locking/, how one is written in docs/new-strategy.md.
 */
#ifndef MODEL_LOCKINGS_H
#define MODEL_LOCKINGS_H

#include "model/types.h"

struct locking_text {
	/* constant */
	const char *name;
	const char *argument; /* what stands behind a colon (SIZE, N), or NULL */
	const char *help;
	const char *lock_class; /* whose exclusive holds are those of changes */
};

/**
 * locking_text - the @i-th strategy.
 *
 * Return: false if there are not so many.
 */
bool locking_text(u32 i, struct locking_text *text);

/**
 * locking_refuses - does it make no sense to lock the files of that kernel so?
 * @argument: of the strategy, or 0
 *
 * Return: why, and what would make sense; NULL if it does.
 */
const char *locking_refuses(const char *name, u64 argument, enum kernel_design kernel);

#endif
