/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/virtual/stack.h - a pool of coroutine stacks.
 *
 * Invariants: a stack is on the free list or lent; below each stack lies a page that faults, as
 * long as the system grants the mappings (vm.max_map_count); tops are coloured, so that the hot
 * lines of different stacks fall into different cache sets.
 */
#ifndef SIM_VIRTUAL_STACK_H
#define SIM_VIRTUAL_STACK_H

#include "sim/types.h"
#include "sim/virtual/ctx.h"

#if defined(SIM_ASAN) || defined(SIM_TSAN)
#define STACK_BYTES (256u * 1024)
#else
#define STACK_BYTES (64u * 1024)
#endif

struct stack {
	/* constant while the pool exists */
	struct stack *next; /* written by the pool: the free list */
	void *low;
	size_t size; /* usable, colour subtracted */
	u32 valgrind_id;
};

struct stack_pool;

struct stack_pool *stack_pool_create(void);
void stack_pool_destroy(struct stack_pool *pool);

/**
 * stack_get - borrow a stack.
 *
 * Return: a stack, or NULL if the host has no memory left.
 */
struct stack *stack_get(struct stack_pool *pool);
void stack_put(struct stack_pool *pool, struct stack *stack);

#endif
