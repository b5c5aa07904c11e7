// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_threads_rcu.c - grace periods and callbacks by liburcu.
 */
#include "sim/rcu.h"
#include "tests/unit/threads_fixture.h"

struct rec {
	/* atomic */
	u32 reader_in, reader_out, published;
	u32 seen_out; /* was the reader out when the grace period was over? */
	u64 plain;
	u32 nr_called;
	struct sim_rcu_head head[8];
	struct rec *next;
};

static void reader(struct task *me, void *arg)
{
	struct rec *r = arg;

	rcu_read_lock(me);
	rcu_read_lock(me);
	__atomic_store_n(&r->reader_in, 1, __ATOMIC_SEQ_CST);
	rcu_read_unlock(me);
	threads_pass(me, 20 * NSEC_PER_MS);
	r->plain++; /* ordered against the updater by the grace period alone */
	__atomic_store_n(&r->reader_out, 1, __ATOMIC_RELAXED);
	rcu_read_unlock(me);
}

static void synchronizer(struct task *me, void *arg)
{
	struct rec *r = arg;

	while (!__atomic_load_n(&r->reader_in, __ATOMIC_SEQ_CST))
		sim_sleep(me, 0);
	synchronize_rcu(me);
	r->seen_out = __atomic_load_n(&r->reader_out, __ATOMIC_RELAXED);
	r->plain++;
}

static void test_synchronize(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	threads_task(sim, "reader", reader, &r);
	threads_task(sim, "updater", synchronizer, &r);
	sim_run(sim);
	assert_int_equal(r.seen_out, 1);
	assert_int_equal(r.plain, 2);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

static void called(struct sim *sim, struct sim_rcu_head *head)
{
	struct rec *r = sim->model;

	r->seen_out &= __atomic_load_n(&r->reader_out, __ATOMIC_RELAXED);
	r->plain++;
	r->nr_called++;
}

static void call_again(struct sim *sim, struct sim_rcu_head *head)
{
	struct rec *r = sim->model;

	r->nr_called++;
	if (r->nr_called < 4)
		sim->ops->call_rcu(sim->tasks[0], &r->head[r->nr_called], call_again);
}

static void caller(struct task *me, void *arg)
{
	struct rec *r = arg;

	while (!__atomic_load_n(&r->reader_in, __ATOMIC_SEQ_CST))
		sim_sleep(me, 0);
	for (u32 i = 0; i < ARRAY_SIZE(r->head); i++)
		call_rcu(me, &r->head[i], called);
}

static void test_callbacks(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {.seen_out = 1};

	sim->model = &r;
	threads_task(sim, "reader", reader, &r);
	threads_task(sim, "updater", caller, &r);
	sim_run(sim);
	assert_int_equal(r.nr_called, ARRAY_SIZE(r.head)); /* none is left when the run is over */
	assert_int_equal(r.seen_out, 1);
	assert_int_equal(r.plain, 1 + ARRAY_SIZE(r.head));
	sim_destroy(sim);
}

static void call_first(struct task *me, void *arg)
{
	struct rec *r = arg;

	call_rcu(me, &r->head[0], call_again);
}

static void test_callbacks_that_call(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	sim->model = &r;
	threads_task(sim, "a", call_first, &r);
	sim_run(sim);
	assert_int_equal(r.nr_called, 4);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_synchronize),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_callbacks_that_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
