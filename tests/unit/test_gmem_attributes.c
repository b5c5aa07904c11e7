// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attribute tree against an array, store by store; failed and dropped stores; lockless readers.
 *
 *	index	0 1 2 3 4 5 6 7
 *	before	P P P P P P P P		one run
 *	store S at [2,4)		P P S S P P P P		three runs
 *	store S at [4,8)		P P S S S S S S		two: equal neighbours are one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "model/gmem/attributes.h"
#include "model/ops.h"
#include "sim/rcu.h"

#define P    MEMORY_ATTRIBUTE_PRIVATE
#define SIZE 64

struct attr_test {
	struct machine m;
	struct sim *sim;
	struct gmem_attributes attrs;
	u64 expect[SIZE];
	u64 nr_wrong;
	u32 nr_stores;
	int ret;
	bool done;
};

static struct attr_test *attr_test_new(u64 seed, enum sched_policy sched, u64 initial)
{
	struct attr_test *t = calloc(1, sizeof(*t));
	struct sim_config cfg;

	sim_config_default(&cfg);
	cfg.seed = seed;
	cfg.sched = sched;
	cfg.nr_cpus = 4;
	t->sim = sim_create(&cfg);
	t->m.sim = t->sim;
	t->sim->model = &t->m;
	assert_int_equal(gmem_attributes_init(t->sim, &t->attrs, SIZE, initial), 0);
	for (int i = 0; i < SIZE; i++)
		t->expect[i] = initial;
	return t;
}

static void attr_test_free(struct attr_test *t)
{
	u64 live = t->sim->nr_allocs - t->sim->nr_frees;

	/* every node but those of the published version is gone */
	gmem_attributes_finish(&t->attrs);
	assert_int_equal(t->sim->nr_allocs - t->sim->nr_frees, live - t->attrs.nr_runs);
	sim_destroy(t->sim);
	free(t);
}

static void store(struct task *me, struct attr_test *t, u64 start, u64 nr, u64 value)
{
	struct attr_update up;

	if (gmem_attributes_prealloc(me, &t->attrs, start, nr, value, &up)) {
		t->nr_wrong++;
		return;
	}
	gmem_attributes_store(me, &up);
	for (u64 i = start; i < start + nr; i++)
		t->expect[i] = value;
	t->nr_stores++;
}

static void compare(struct task *me, struct attr_test *t)
{
	for (u64 i = 0; i < SIZE; i++)
		t->nr_wrong += gmem_attributes_load(me, &t->attrs, i) != t->expect[i];
	t->nr_wrong += gmem_attributes_check(&t->attrs) != NULL;
}

static void random_stores(struct task *me, void *arg)
{
	struct attr_test *t = arg;

	for (int i = 0; i < 500; i++) {
		u64 start = sim_choose(me->sim, CHOICE_VALUE, SIZE);
		u64 nr = 1 + sim_choose(me->sim, CHOICE_VALUE, (u32)(SIZE - start));

		store(me, t, start, nr, sim_choose(me->sim, CHOICE_VALUE, 2) ? P : 0);
		compare(me, t);
	}
}

static void test_matches_an_array(void **state)
{
	for (u64 seed = 1; seed <= 5; seed++) {
		struct attr_test *t = attr_test_new(seed, SCHED_FIFO, P);

		sim_task_create(t->sim, "writer", ACTOR_VMM, random_stores, t, -1);
		sim_run(t->sim);
		assert_int_equal(t->nr_wrong, 0);
		assert_int_equal(t->nr_stores, 500);
		assert_int_equal(t->sim->nr_findings, 0);
		attr_test_free(t);
	}
}

static void drawing(struct task *me, void *arg)
{
	struct attr_test *t = arg;
	struct attr_run run;

	store(me, t, 2, 2, 0);
	t->nr_wrong += t->attrs.nr_runs != 3;
	store(me, t, 4, SIZE - 4, 0);
	t->nr_wrong += t->attrs.nr_runs != 2;
	run = gmem_attributes_run(&t->attrs, 10);
	t->nr_wrong += run.start != 2 || run.last != SIZE - 1 || run.attributes != 0;
	t->nr_wrong += !gmem_attributes_range_has(&t->attrs, 2, SIZE - 2, 0);
	t->nr_wrong += gmem_attributes_range_has(&t->attrs, 1, 2, 0);
	t->nr_wrong += !gmem_attributes_range_has(&t->attrs, 0, 2, P);
	store(me, t, 0, 2, 0);
	t->nr_wrong += t->attrs.nr_runs != 1;
	compare(me, t);
}

static void test_merges_equal_neighbours(void **state)
{
	struct attr_test *t = attr_test_new(1, SCHED_FIFO, P);

	sim_task_create(t->sim, "writer", ACTOR_VMM, drawing, t, -1);
	sim_run(t->sim);
	assert_int_equal(t->nr_wrong, 0);
	attr_test_free(t);
}

static void fail_and_drop(struct task *me, void *arg)
{
	struct attr_test *t = arg;
	struct attr_update up;
	u64 live;

	store(me, t, 5, 1, 0);
	store(me, t, 9, 3, 0);
	me->fail_site = "attr_prealloc";
	me->fail_nth = 1;
	t->ret = gmem_attributes_prealloc(me, &t->attrs, 0, 8, 0, &up);
	compare(me, t);

	live = t->sim->nr_allocs - t->sim->nr_frees;
	if (gmem_attributes_prealloc(me, &t->attrs, 0, 40, 0, &up))
		t->nr_wrong++;
	gmem_attributes_destroy(&up);
	t->nr_wrong += t->sim->nr_allocs - t->sim->nr_frees != live;
	compare(me, t);
}

static void test_failed_and_dropped_stores_change_nothing(void **state)
{
	struct attr_test *t = attr_test_new(1, SCHED_FIFO, P);

	sim_task_create(t->sim, "writer", ACTOR_VMM, fail_and_drop, t, -1);
	sim_run(t->sim);
	assert_int_equal(t->ret, -ENOMEM);
	assert_int_equal(t->nr_wrong, 0);
	attr_test_free(t);
}

/* Flips [16, 48) as one; both ends must flip for every reader, in whatever order it looks. */
static void flipper(struct task *me, void *arg)
{
	struct attr_test *t = arg;

	for (int i = 0; i < 40; i++)
		store(me, t, 16, 32, i & 1 ? P : 0);
	t->done = true;
}

static void reader(struct task *me, void *arg)
{
	struct attr_test *t = arg;

	while (!t->done) {
		u64 v = gmem_attributes_load(me, &t->attrs, 17);

		t->nr_wrong += v != 0 && v != P;
		t->nr_wrong += gmem_attributes_load(me, &t->attrs, 15) != P;
		t->nr_wrong += gmem_attributes_load(me, &t->attrs, 48) != P;
	}
}

static void test_lockless_readers(void **state)
{
	for (u64 seed = 1; seed <= 50; seed++) {
		struct attr_test *t = attr_test_new(seed, SCHED_RANDOM, P);

		sim_task_create(t->sim, "flipper", ACTOR_VMM, flipper, t, -1);
		sim_task_create(t->sim, "reader0", ACTOR_GUEST, reader, t, -1);
		sim_task_create(t->sim, "reader1", ACTOR_GUEST, reader, t, -1);
		sim_run(t->sim);
		assert_int_equal(t->nr_wrong, 0);
		assert_int_equal(t->sim->nr_findings, 0);
		attr_test_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_an_array),
		cmocka_unit_test(test_merges_equal_neighbours),
		cmocka_unit_test(test_failed_and_dropped_stores_change_nothing),
		cmocka_unit_test(test_lockless_readers),
	};

	return cmocka_run_group_tests_name("gmem_attributes", tests, NULL, NULL);
}
