// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_ctx_ucontext.c - the tests of the coroutine switch on its portable fallback.
 */
#ifndef GMEMSIM_CTX_UCONTEXT
#define GMEMSIM_CTX_UCONTEXT 1
#endif
#include "sim/virtual/ctx.c"
#include "sim/virtual/stack.c"
#include "test_ctx.c"
