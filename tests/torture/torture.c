// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture.c - the torture tests' common part, see torture.h.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/torture/torture.h"

static void violation(struct torture_worker *w)
{
	__atomic_add_fetch(&w->t->violations, 1, __ATOMIC_RELAXED);
}

static u32 count(u32 *n, int by)
{
	return __atomic_add_fetch(n, (u32)by, __ATOMIC_RELAXED);
}

static u32 look(const u32 *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

void torture_dawdle(struct torture_worker *w)
{
	u32 r = torture_rand(w, 256);

	if (r == 0)
		sched_yield();
	else if (r < 64)
		for (; r; r--)
			__builtin_ia32_pause();
}

void torture_write(struct torture_worker *w, u32 i)
{
	struct torture_cell *c = &w->t->cell[i];

	if (count(&c->writers, 1) != 1 || look(&c->readers))
		violation(w);
	c->a++;
	torture_dawdle(w);
	c->b++;
	if (c->a != c->b)
		violation(w);
	w->nr_writes[i]++;
	if (count(&c->writers, -1) != 0 || look(&c->readers))
		violation(w);
}

void torture_read(struct torture_worker *w, u32 i)
{
	struct torture_cell *c = &w->t->cell[i];
	u64 a;

	count(&c->readers, 1);
	if (look(&c->writers))
		violation(w);
	a = c->a;
	torture_dawdle(w);
	if (c->a != a || c->b != a)
		violation(w);
	w->nr_reads[i]++;
	if (look(&c->writers))
		violation(w);
	count(&c->readers, -1);
}

void torture_signal(struct task *me, struct torture_worker *w)
{
	struct sim *sim = me->sim;

	send_signal(me, sim->tasks[torture_rand(w, sim->nr_tasks)], (u8)(1 + torture_rand(w, 2)));
}

static void number(const char *what, const char *text, u64 *out)
{
	char *end;

	*out = strtoull(text, &end, 0);
	if (*end || end == text) {
		fprintf(stderr, "%s: not a number: %s\n", what, text);
		exit(64);
	}
}

void torture_parse(struct torture *t, int argc, char **argv)
{
	*t = (struct torture){.ms = 1000, .seed = 1, .nr_tasks = 6, .perturb = 64};
	for (int i = 1; i + 1 < argc; i += 2) {
		u64 n;

		number(argv[i], argv[i + 1], &n);
		if (strcmp(argv[i], "--ms") == 0)
			t->ms = (u32)n;
		else if (strcmp(argv[i], "--seed") == 0)
			t->seed = n;
		else if (strcmp(argv[i], "--tasks") == 0)
			t->nr_tasks = (u32)max(1ull, min(n, (u64)TORTURE_MAX_TASKS));
		else if (strcmp(argv[i], "--perturb") == 0)
			t->perturb = (u32)n;
		else
			exit(64);
	}
}

/* The operation to draw, for the task function that all workers share. */
struct torture_run {
	/* constant during the run */
	struct torture_worker *worker;
	void (*op)(struct task *me, struct torture_worker *w);
};

static void work(struct task *me, void *arg)
{
	const struct torture_run *run = arg;
	struct torture_worker *w = run->worker;

	while (sim_now(me) < w->t->end_ns) {
		run->op(me, w);
		w->nr_ops++;
	}
}

void torture_run(struct torture *t, const struct torture_ops *ops)
{
	struct torture_run run[TORTURE_MAX_TASKS];
	struct sim_config cfg;
	char name[SIM_TASK_NAME];

	sim_config_default(&cfg);
	cfg.engine = ENGINE_THREADS;
	cfg.seed = t->seed;
	cfg.perturb = t->perturb;
	t->sim = sim_create(&cfg);
	assert_non_null(t->sim);
	t->end_ns = t->ms * NSEC_PER_MS;
	ops->setup(t);
	for (u32 i = 0; i < t->nr_tasks; i++) {
		t->worker[i].t = t;
		prng_seed(&t->worker[i].rng, prng_mix(t->seed) ^ i);
		run[i] = (struct torture_run){.worker = &t->worker[i], .op = ops->op};
		snprintf(name, sizeof(name), "torture%u", i);
		assert_non_null(sim_task_create(t->sim, name, ACTOR_KERNEL, work, &run[i], -1));
	}
	sim_run(t->sim);
}

u64 torture_lost(const struct torture *t)
{
	u64 lost = t->violations;

	for (u32 i = 0; i < TORTURE_CELLS; i++) {
		u64 writes = 0;

		for (u32 k = 0; k < t->nr_tasks; k++)
			writes += t->worker[k].nr_writes[i];
		lost += t->cell[i].a != writes || t->cell[i].b != writes;
	}
	return lost;
}

void torture_check_stat(struct torture *t, const char *class_name)
{
	struct lock_mode_stat stat;
	u64 writes = 0;

	for (u32 i = 0; i < TORTURE_CELLS; i++)
		writes += t->cell[i].a;
	lock_stat_total(t->sim, lock_class_get(t->sim, class_name, 0)->id, LOCK_WRITE, &stat);
	assert_int_equal(stat.acquisitions, writes);
	assert_int_equal(stat.hold->count, writes);
	assert_int_equal(stat.contentions ? stat.wait->count : 0, stat.contentions);
}

static void show(const struct torture *t, const struct torture_ops *ops)
{
	u64 nr_ops = 0;

	for (u32 i = 0; i < t->nr_tasks; i++)
		nr_ops += t->worker[i].nr_ops;
	printf("# %s: %llu operations by %u tasks in %llu ms, seed %llu\n", ops->name,
	       (unsigned long long)nr_ops, t->nr_tasks,
	       (unsigned long long)(t->sim->end_ns / NSEC_PER_MS), (unsigned long long)t->seed);
	if (torture_lost(t))
		printf("# %s: %llu violations of exclusion, %llu in all\n", ops->name,
		       (unsigned long long)t->violations, (unsigned long long)torture_lost(t));
	for (u32 i = 0; i < t->sim->nr_findings; i++)
		printf("# %s: %s\n", t->sim->findings[i].rule, t->sim->findings[i].message);
}

struct torture_case {
	/* constant */
	struct torture *t;
	const struct torture_ops *ops;
};

static void test_torture(void **state)
{
	const struct torture_case *c = *state;
	struct torture *t = c->t;

	torture_run(t, c->ops);
	show(t, c->ops);
	assert_int_equal(torture_lost(t), 0);
	assert_int_equal(t->sim->nr_findings, 0);
	for (u32 i = 0; i < t->nr_tasks; i++)
		assert_true(t->worker[i].nr_ops > 0);
	if (c->ops->check)
		c->ops->check(t);
	sim_destroy(t->sim);
}

int torture_main(int argc, char **argv, const struct torture_ops *ops)
{
	static struct torture t;
	struct torture_case c = {.t = &t, .ops = ops};
	const struct CMUnitTest tests[] = {
		{.name = ops->name, .test_func = test_torture, .initial_state = &c},
	};

	torture_parse(&t, argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
