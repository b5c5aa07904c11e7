/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/threads_fixture.h - the common start of the threads engine's tests.
 *
 * Tasks only record; asserts run after the simulation.
 */
#ifndef THREADS_FIXTURE_H
#define THREADS_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine.h"

static inline struct sim *threads_sim(double cost_scale)
{
	struct sim_config cfg;
	struct sim *sim;

	sim_config_default(&cfg);
	cfg.engine = ENGINE_THREADS;
	cfg.cost_scale = cost_scale;
	sim = sim_create(&cfg);
	assert_non_null(sim);
	return sim;
}

static inline struct task *threads_task(struct sim *sim, const char *name,
					void (*fn)(struct task *me, void *arg), void *arg)
{
	struct task *t = sim_task_create(sim, name, ACTOR_KERNEL, fn, arg, -1);

	assert_non_null(t);
	return t;
}

/* The number of findings of a rule; what they say goes to the test's output when it matters. */
static inline u32 threads_findings(const struct sim *sim, const char *rule)
{
	u32 n = 0;

	for (u32 i = 0; i < sim->nr_findings; i++)
		n += strcmp(sim->findings[i].rule, rule) == 0;
	return n;
}

/* Context: a task.  Wait until @t is in @state, giving the CPU away meanwhile. */
static inline void threads_await(struct task *me, const struct task *t, enum task_state state)
{
	while (__atomic_load_n(&t->state, __ATOMIC_ACQUIRE) != state)
		sim_sleep(me, 0);
}

/* Context: a task.  Let real time pass. */
static inline void threads_pass(struct task *me, sim_ns ns)
{
	sim_ns end = sim_now(me) + ns;

	while (sim_now(me) < end)
		sim_sleep(me, 0);
}

#endif
