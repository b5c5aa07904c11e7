/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/prop/lockings.h - the locking strategies that a mix is made with, by seed.
 *
 * Invariant: each strategy but file is here, with arguments that make seams show in small files.
 */
#ifndef TESTS_PROP_LOCKINGS_H
#define TESTS_PROP_LOCKINGS_H

#include "model/lockings.h"
#include "tests/unit/gmem_fixture.h"

static const struct {
	const char *name;
	u64 arg;
} prop_lockings[] = {
	{"chunk", PG(1)}, {"chunk", PG(3)}, {"range", 0},	    {"bucket", 1},
	{"bucket", 3},	  {"seq", 0},	    {"prepare-outside", 0},
	{"chunk-open", PG(1)}, {"chunk-open", PG(3)},
};

/* The @i-th of them; a kernel it refuses keeps "file". */
static inline const char *prop_locking(struct gx_cfg *cfg, u64 i)
{
	const char *name = prop_lockings[i % ARRAY_SIZE(prop_lockings)].name;
	u64 arg = prop_lockings[i % ARRAY_SIZE(prop_lockings)].arg;

	if (!locking_refuses(name, arg, cfg->kernel)) {
		cfg->locking = name;
		cfg->locking_arg = arg;
	}
	return name;
}

#endif
