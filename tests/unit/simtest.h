/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simtest.h - what the engine's unit tests share.
 *
 * Tasks only record what they see; the tests assert on the main stack after the run.
 */
#ifndef TESTS_UNIT_SIMTEST_H
#define TESTS_UNIT_SIMTEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine.h"

static inline struct sim_config test_config(enum sched_policy sched)
{
	struct sim_config cfg;

	sim_config_default(&cfg);
	cfg.sched = sched;
	return cfg;
}

static inline struct sim *test_sim(const struct sim_config *cfg)
{
	struct sim *sim = sim_create(cfg);

	assert_non_null(sim);
	return sim;
}

static inline struct task *spawn(struct sim *sim, const char *name,
				 void (*fn)(struct task *me, void *arg), void *arg)
{
	struct task *t = sim_task_create(sim, name, ACTOR_VMM, fn, arg, -1);

	assert_non_null(t);
	return t;
}

static inline struct task *spawn_on(struct sim *sim, const char *name, s32 cpu,
				    void (*fn)(struct task *me, void *arg), void *arg)
{
	struct task *t = sim_task_create(sim, name, ACTOR_VMM, fn, arg, cpu);

	assert_non_null(t);
	return t;
}

/* Number of findings of that rule; they are printed if there are not as many as expected. */
static inline u32 findings(const struct sim *sim, const char *rule, u32 expected)
{
	u32 n = 0;

	for (u32 i = 0; i < sim->nr_findings; i++)
		n += strcmp(sim->findings[i].rule, rule) == 0;
	for (u32 i = 0; n != expected && i < sim->nr_findings; i++)
		print_message("# %s: %s\n", sim->findings[i].rule, sim->findings[i].message);
	return n;
}

static inline const char *first_finding(const struct sim *sim, const char *rule)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (strcmp(sim->findings[i].rule, rule) == 0)
			return sim->findings[i].message;
	}
	return "";
}

#endif
