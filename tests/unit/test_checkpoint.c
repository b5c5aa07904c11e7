// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checkpoints: what is as it was after sim_restore(), what is not, and who gets none.
 * tests/prop/prop_again.c compares whole runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine.h"
#include "sim/mutex.h"
#include "sim/virtual/ctx.h" /* SIM_ASAN */

#define SMALL 200u
#define LARGE 40000u

struct state {
	/* written by the tasks */
	struct mutex mutex;
	char *small, *large, *scratch;
	void *more[100];
	u32 count;
};

/* Leaves its mark everywhere, and then waits for ever with a lock held. */
static void spoil(struct task *me, void *arg)
{
	struct state *s = arg;

	s->count++;
	memset(s->small, 'x', SMALL);
	memset(s->large, 'x', LARGE);
	memset(s->scratch, 'x', SMALL);
	sim_free(me->sim, s->large, LARGE);
	for (u32 i = 0; i < 100; i++)
		s->more[i] = sim_alloc(me->sim, i % 2 ? 3000 : LARGE);
	sim_free(me->sim, s->more[2], LARGE);
	lock_class_get(me->sim, "made during the run", 0);
	mutex_lock(me, &s->mutex);
	mutex_lock(me, &s->mutex);
}

static struct sim *make(struct state **state, enum engine_kind engine)
{
	struct sim_config cfg;
	struct state *s;
	struct sim *sim;

	sim_config_default(&cfg);
	cfg.engine = engine;
	cfg.checks = true; /* freed memory is overwritten */
	sim = sim_create(&cfg);
	assert_non_null(sim);
	*state = s = sim_zalloc(sim, sizeof(*s));
	mutex_init(sim, &s->mutex, "mutex");
	s->small = memset(sim_alloc(sim, SMALL), 's', SMALL);
	s->large = memset(sim_alloc(sim, LARGE), 'l', LARGE);
	s->scratch = sim_zalloc(sim, SMALL);
	sim_scratch(sim, s->scratch, SMALL);
	sim_task_create(sim, "spoil", ACTOR_KERNEL, spoil, s, -1);
	return sim;
}

static bool all(const char *p, char c, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		if (p[i] != c)
			return false;
	}
	return true;
}

static void all_is_back(void **state)
{
	struct state *s;
	struct sim *sim = make(&s, ENGINE_VIRTUAL);
	u64 allocs = sim->nr_allocs, live = sim->bytes_live;
	u32 classes = sim->nr_classes;

#if defined(SIM_ASAN) || defined(SIM_TSAN)
	assert_int_equal(sim_checkpoint(sim), -EOPNOTSUPP);
	sim_destroy(sim);
	return;
#endif
	assert_int_equal(sim_checkpoint(sim), 0);
	for (u32 i = 0; i < 5; i++) {
		sim_run(sim);
		assert_true(sim_has_finding(sim, "deadlock"));
		assert_int_equal(s->count, 1);
		assert_int_equal(sim->nr_classes, classes + 1);
		sim_restore(sim, i);
		assert_int_equal(sim->nr_findings, 0);
		assert_int_equal(sim->nr_classes, classes);
		assert_int_equal(sim->nr_allocs, allocs);
		assert_int_equal(sim->bytes_live, live);
		assert_int_equal(sim->cfg.seed, i);
		assert_int_equal(sim->tasks[0]->state, TASK_NEW);
		assert_int_equal(s->count, 0);
		assert_null(s->more[0]);
		assert_true(all(s->small, 's', SMALL));
		assert_true(all(s->large, 'l', LARGE));
		assert_true(all(s->scratch, 'x', SMALL)); /* nobody may rely on either */
	}
	sim_destroy(sim);
}

static void not_on_threads(void **state)
{
	struct state *s;
	struct sim *sim = make(&s, ENGINE_THREADS);

	assert_int_equal(sim_checkpoint(sim), -EOPNOTSUPP);
	sim_destroy(sim);
}

static void not_after_a_choice(void **state)
{
	struct state *s;
	struct sim *sim = make(&s, ENGINE_VIRTUAL);

	sim_choose(sim, CHOICE_VALUE, 10);
	assert_int_equal(sim_checkpoint(sim), -EBUSY);
	sim_destroy(sim);
}

/* ... and it runs all the same. */
static void not_of_large_machines(void **state)
{
	struct state *s;
	struct sim *sim = make(&s, ENGINE_VIRTUAL);
	int err;

	for (u32 i = 0; i < 100; i++)
		sim_alloc(sim, LARGE);
	err = sim_checkpoint(sim);
	assert_true(err == -E2BIG || err == -EOPNOTSUPP);
	sim_run(sim);
	assert_int_equal(s->count, 1);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_back),
		cmocka_unit_test(not_on_threads),
		cmocka_unit_test(not_after_a_choice),
		cmocka_unit_test(not_of_large_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
