/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random traces that the parser must accept, written as untidily as the language allows.
 *
 * The text is a function of the seed. It is driven by the verb table, so a new verb is generated
 * without a change here.
 */
#ifndef TESTS_PROP_TRACE_GEN_H
#define TESTS_PROP_TRACE_GEN_H

#include "sim/types.h"

/**
 * trace_gen() - the trace of a seed
 * @ops: about how many operations
 *
 * Return: text that ends in a NUL; the caller free()s it.
 */
char *trace_gen(u64 seed, u32 ops);

#endif
