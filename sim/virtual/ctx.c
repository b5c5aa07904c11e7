// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/ctx.c - coroutine switch, and what the sanitizers want to know about it.
 *
 * Invariants: see ctx.h.  A fresh stack looks as if sim_ctx_swap() had been called from
 * sim_ctx_entry: six saved registers (r12 = function, r13 = its argument), then the address to
 * return to.  At entry the stack pointer is 16-byte aligned before the call, as the ABI wants.
 */
#include <string.h>

#include "sim/virtual/ctx.h"

#ifdef SIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef SIM_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifndef GMEMSIM_CTX_UCONTEXT

void sim_ctx_swap(void **save_sp, void **load_sp);
void sim_ctx_entry(void);

__asm__(".text\n"
	".p2align 4\n"
	".globl sim_ctx_swap\n"
	".type sim_ctx_swap, @function\n"
	"sim_ctx_swap:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov (%rsi), %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size sim_ctx_swap, . - sim_ctx_swap\n"
	".p2align 4\n"
	".globl sim_ctx_entry\n"
	".type sim_ctx_entry, @function\n"
	"sim_ctx_entry:\n"
	"	xor %ebp, %ebp\n"
	"	mov %r13, %rdi\n"
	"	call *%r12\n"
	"	ud2\n"
	".size sim_ctx_entry, . - sim_ctx_entry\n");

#endif

#ifdef SIM_ASAN
/* First thing on the new side of every switch. */
static void asan_arrived(struct ctx *self)
{
	const void *low;
	size_t size;

	__sanitizer_finish_switch_fiber(self->fake_stack, &low, &size);
	if (self->from && !self->from->stack_low) {
		/* the thread's own stack, whose bounds nobody else tells us */
		self->from->stack_low = (void *)(uintptr_t)low;
		self->from->stack_size = size;
	}
	self->from = NULL;
}
#endif

/* Everything but the switch proper has to know where the new context begins. */
struct entry {
	/* immutable */
	void (*fn)(void *arg);
	void *arg;
	struct ctx *self;
};

static void entry_run(void *p)
{
	struct entry e = *(struct entry *)p;

#ifdef SIM_ASAN
	asan_arrived(e.self);
#endif
	e.fn(e.arg);
	__builtin_trap();
}

#ifdef GMEMSIM_CTX_UCONTEXT
static void uc_entry(unsigned int lo, unsigned int hi)
{
	entry_run((void *)(((uintptr_t)hi << 32) | lo));
}
#endif

void ctx_init_main(struct ctx *c)
{
	memset(c, 0, sizeof(*c));
#ifdef SIM_TSAN
	c->fiber = __tsan_get_current_fiber();
#endif
}

void ctx_init(struct ctx *c, void *stack_low, size_t stack_size, void (*fn)(void *arg), void *arg)
{
	uintptr_t top = ALIGN_DOWN((uintptr_t)stack_low + stack_size - sizeof(struct entry), 64);
	struct entry *e = (struct entry *)top;

#ifdef SIM_ASAN
	__asan_unpoison_memory_region(stack_low, stack_size); /* of whoever had it before */
#endif
	memset(c, 0, sizeof(*c));
	c->stack_low = stack_low;
	c->stack_size = stack_size;
	*e = (struct entry){ .fn = fn, .arg = arg, .self = c };
#ifdef GMEMSIM_CTX_UCONTEXT
	getcontext(&c->uc);
	c->uc.uc_stack.ss_sp = stack_low;
	c->uc.uc_stack.ss_size = top - (uintptr_t)stack_low;
	c->uc.uc_link = NULL;
	makecontext(&c->uc, (void (*)(void))uc_entry, 2, (unsigned int)top,
		    (unsigned int)(top >> 32));
#else
	void **sp = (void **)top;

	*--sp = NULL; /* two words, so that sim_ctx_entry starts 16-byte aligned */
	*--sp = NULL;
	*--sp = (void *)sim_ctx_entry;
	*--sp = NULL;		   /* rbp */
	*--sp = NULL;		   /* rbx */
	*--sp = (void *)entry_run; /* r12 */
	*--sp = e;		   /* r13 */
	*--sp = NULL;		   /* r14 */
	*--sp = NULL;		   /* r15 */
	c->sp = sp;
#endif
#ifdef SIM_TSAN
	c->fiber = __tsan_create_fiber(0);
#endif
}

void ctx_drop(struct ctx *c)
{
#ifdef SIM_TSAN
	if (c->fiber && c->stack_low)
		__tsan_destroy_fiber(c->fiber);
	c->fiber = NULL;
#endif
}

void ctx_switch_slow(struct ctx *from, struct ctx *to, bool leave)
{
	if (to == from)
		return;
#ifdef SIM_ASAN
	to->from = from;
	__sanitizer_start_switch_fiber(leave ? NULL : &from->fake_stack, to->stack_low,
				       to->stack_size);
#endif
#ifdef SIM_TSAN
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
#ifdef GMEMSIM_CTX_UCONTEXT
	swapcontext(&from->uc, &to->uc);
#else
	sim_ctx_swap(&from->sp, &to->sp);
#endif
#ifdef SIM_ASAN
	asan_arrived(from);
#endif
}
