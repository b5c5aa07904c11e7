/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a fuzz target offers to libFuzzer and to smoke.c alike.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "sim/types.h"

/* Libfuzzer's entry point: one input; aborts if something that must hold does not. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif
