// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_ctx.c - coroutine switch: control flow, registers, stacks, abandoned contexts.  Built with
 * the machine's own switch, and once more with the ucontext fallback (test_ctx_ucontext.c).
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/virtual/ctx.h"
#include "sim/virtual/stack.h"

#define NR_CO  8
#define ROUNDS 3

struct co {
	struct ctx ctx;
	struct stack *stack;
	struct test *test;
	u32 id;
	u64 sum;
	double fsum;
	bool aligned, on_stack;
};

struct test {
	struct stack_pool *pool;
	struct ctx main;
	struct co co[NR_CO];
	u32 order[NR_CO * ROUNDS];
	u32 nr;
};

static void setup(struct test *t, void (*fn)(void *arg))
{
	memset(t, 0, sizeof(*t));
	t->pool = stack_pool_create();
	assert_non_null(t->pool);
	ctx_init_main(&t->main);
	for (u32 i = 0; i < NR_CO; i++) {
		struct co *c = &t->co[i];

		c->test = t;
		c->id = i;
		c->stack = stack_get(t->pool);
		assert_non_null(c->stack);
		ctx_init(&c->ctx, c->stack->low, c->stack->size, fn, c);
	}
}

static void teardown(struct test *t)
{
	for (u32 i = 0; i < NR_CO; i++)
		ctx_drop(&t->co[i].ctx);
	stack_pool_destroy(t->pool);
}

static struct ctx *next_of(struct co *c)
{
	return &c->test->co[(c->id + 1) % NR_CO].ctx;
}

/* Once round and out: the last one returns to main. */
static void leave_in_turn(struct co *c)
{
	ctx_leave(&c->ctx, c->id + 1 == NR_CO ? &c->test->main : next_of(c));
}

static void ring(void *arg)
{
	struct co *c = arg;
	long double local = 0; /* wants 16-byte alignment */
	uintptr_t at = (uintptr_t)__builtin_frame_address(0);
	uintptr_t low = (uintptr_t)c->stack->low;

	c->aligned = ((uintptr_t)&local & 15) == 0;
	c->on_stack = at >= low && at < low + c->stack->size;
	for (u32 i = 0; i < ROUNDS; i++) {
		c->test->order[c->test->nr++] = c->id;
		ctx_switch(&c->ctx, next_of(c));
	}
	leave_in_turn(c);
}

static void control_goes_round(void **state)
{
	struct test t;

	setup(&t, ring);
	ctx_switch(&t.main, &t.co[0].ctx);
	assert_int_equal(t.nr, NR_CO * ROUNDS);
	for (u32 i = 0; i < t.nr; i++)
		assert_int_equal(t.order[i], i % NR_CO);
	for (u32 i = 0; i < NR_CO; i++) {
		assert_true(t.co[i].aligned);
		assert_true(t.co[i].on_stack);
	}
	teardown(&t);
}

/* Many values live across each switch, more than there are registers. */
static __attribute__((noinline)) u64 churn(struct co *c, u32 depth, double *fsum)
{
	u64 a = c->id + depth, b = a * 3, d = b ^ 0x55, e = d + 7, f = e * 11, g = f ^ a, h = g + b;
	double x = (double)a, y = x * 1.5, z = y - 2.25;

	if (c->test)
		ctx_switch(&c->ctx, next_of(c));
	if (depth)
		a += churn(c, depth - 1, fsum);
	if (c->test)
		ctx_switch(&c->ctx, next_of(c));
	*fsum += x * y + z;
	return a + b * 2 + d * 3 + e * 5 + f * 7 + g * 11 + h * 13;
}

static void churner(void *arg)
{
	struct co *c = arg;

	c->sum = churn(c, 20, &c->fsum);
	leave_in_turn(c);
}

static void registers_survive(void **state)
{
	struct test t;

	setup(&t, churner);
	ctx_switch(&t.main, &t.co[0].ctx);
	for (u32 i = 0; i < NR_CO; i++) {
		struct co alone = { .id = i };

		assert_int_equal(t.co[i].sum, churn(&alone, 20, &alone.fsum));
		assert_true(t.co[i].fsum == alone.fsum);
	}
	teardown(&t);
}

static __attribute__((noinline)) u32 dive(struct co *c, u32 depth)
{
	volatile char frame[64];

	frame[depth % 64] = (char)depth;
	if (depth == 0)
		ctx_switch(&c->ctx, &c->test->main);
	else
		dive(c, depth - 1);
	return (u32)frame[depth % 64];
}

static void diver(void *arg)
{
	struct co *c = arg;

	c->sum = dive(c, 40);
	ctx_leave(&c->ctx, &c->test->main);
}

/* Parked deep in a call chain and dropped; the stack then serves somebody else. */
static void abandoned_stacks_can_be_reused(void **state)
{
	struct test t;

	setup(&t, diver);
	for (u32 round = 0; round < 200; round++) {
		struct co *c = &t.co[round % NR_CO];

		ctx_switch(&t.main, &c->ctx);
		if (round % 2)
			ctx_switch(&t.main, &c->ctx); /* this one may finish */
		ctx_drop(&c->ctx);
		stack_put(t.pool, c->stack);
		c->stack = stack_get(t.pool);
		ctx_init(&c->ctx, c->stack->low, c->stack->size, diver, c);
	}
	teardown(&t);
}

static void stacks_are_disjoint(void **state)
{
	struct stack_pool *pool = stack_pool_create();
	struct stack *s[100];

	for (u32 i = 0; i < 100; i++) {
		s[i] = stack_get(pool);
		assert_true(s[i]->size >= STACK_BYTES - 8192);
		memset(s[i]->low, (int)i, s[i]->size);
	}
	for (u32 i = 0; i < 100; i++) {
		const u8 *p = s[i]->low;

		assert_int_equal(p[0], i);
		assert_int_equal(p[s[i]->size - 1], i);
	}
	stack_pool_destroy(pool);
}

#if !defined(SIM_ASAN) && !defined(SIM_TSAN)
static void overflow_faults(void **state)
{
	struct stack_pool *pool = stack_pool_create();
	struct stack *s = stack_get(pool);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		((volatile char *)s->low)[-1] = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	stack_pool_destroy(pool);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_goes_round),
		cmocka_unit_test(registers_survive),
		cmocka_unit_test(abandoned_stacks_can_be_reused),
		cmocka_unit_test(stacks_are_disjoint),
#if !defined(SIM_ASAN) && !defined(SIM_TSAN)
		cmocka_unit_test(overflow_faults),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
