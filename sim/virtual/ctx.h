/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/virtual/ctx.h - stackful coroutines: switch from one stack to another.
 *
 * x86-64 has a switch of its own: the six registers that the ABI preserves, and `ret`, so that the
 * processor's return predictor stays paired at real call depths.  Floating-point control words are
 * not switched: nothing here changes them.  Elsewhere, or with -Dctx=ucontext, swapcontext().
 *
 * Invariants: exactly one context of a simulation runs; a context that ends switches away for good
 * with ctx_leave(); a suspended context may be dropped with ctx_drop() at any time.
 */
#ifndef SIM_VIRTUAL_CTX_H
#define SIM_VIRTUAL_CTX_H

#include "sim/types.h"

#if !defined(__x86_64__) && !defined(GMEMSIM_CTX_UCONTEXT)
#define GMEMSIM_CTX_UCONTEXT 1
#endif

#ifdef __SANITIZE_ADDRESS__
#define SIM_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define SIM_TSAN 1
#endif
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SIM_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define SIM_TSAN 1
#endif
#endif

#ifdef GMEMSIM_CTX_UCONTEXT
#include <ucontext.h>
#endif

struct ctx {
	/* written by who switches from or to this context */
#ifdef GMEMSIM_CTX_UCONTEXT
	ucontext_t uc;
#else
	void *sp;
#endif
	void *stack_low; /* NULL: the context that called first, on the thread's own stack */
	size_t stack_size;
#ifdef SIM_ASAN
	void *fake_stack;
	struct ctx *from; /* who switched here */
#endif
#ifdef SIM_TSAN
	void *fiber;
#endif
};

/**
 * ctx_init_main - the context of the caller; it runs now.
 */
void ctx_init_main(struct ctx *c);

/**
 * ctx_init - a context that will call @fn(@arg) on its own stack when first switched to.
 * @stack_low: lowest address of the stack
 * @stack_size: bytes
 * @fn: must not return; it ends with ctx_leave()
 */
void ctx_init(struct ctx *c, void *stack_low, size_t stack_size, void (*fn)(void *arg), void *arg);

/**
 * ctx_drop - forget a context that is suspended for ever, or has left.
 */
void ctx_drop(struct ctx *c);

/**
 * ctx_switch_slow - ctx_switch() with whatever the build needs around it.
 */
void ctx_switch_slow(struct ctx *from, struct ctx *to, bool leave);

#if defined(GMEMSIM_CTX_UCONTEXT) || defined(SIM_ASAN) || defined(SIM_TSAN)
static inline void ctx_switch(struct ctx *from, struct ctx *to)
{
	ctx_switch_slow(from, to, false);
}
#else
void sim_ctx_swap(void **save_sp, void **load_sp);

/**
 * ctx_switch - suspend @from, which is the caller, and go on with @to, which may be @from.
 *
 * Return: when somebody switches back to @from.
 */
static inline void ctx_switch(struct ctx *from, struct ctx *to)
{
	sim_ctx_swap(&from->sp, &to->sp);
}
#endif

/**
 * ctx_leave - as ctx_switch(), but @from ends here and its stack may be reused.
 */
static inline void ctx_leave(struct ctx *from, struct ctx *to)
{
	ctx_switch_slow(from, to, true);
	__builtin_unreachable();
}

#endif
