// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_threads_stats.c - what tasks record apart is put together: events, lock
 * statistics, findings, operations; and many simulations in one process keep out of each other's
 * way.
 */
#include <pthread.h>

#include "sim/mutex.h"
#include "tests/unit/threads_fixture.h"

#define NR_TASKS 5
#define NR_LOOPS 200

struct work {
	struct mutex lock[2];
	/* protected by lock[0] */
	u64 plain;
	u32 nr_findings; /* each task files */
};

static void worker(struct task *me, void *arg)
{
	struct work *w = arg;

	for (u32 i = 0; i < NR_LOOPS; i++) {
		sim_op_begin(me, i % 2 ? "odd" : "even");
		mutex_lock(me, &w->lock[0]);
		w->plain++;
		mutex_unlock(me, &w->lock[0]);
		sim_op_end(me, i % 10 ? 0 : -EAGAIN);
	}
	mutex_lock(me, &w->lock[1]);
	mutex_unlock(me, &w->lock[1]);
	for (u32 i = 0; i < w->nr_findings; i++) {
		sim_finding(me->sim, me, "expect", "the same from everybody");
		sim_finding(me->sim, me, "expect", "from %s only", me->name);
	}
}

static struct sim *run_work(struct work *w, bool record)
{
	struct sim_config cfg;
	struct sim *sim;
	char name[8];

	sim_config_default(&cfg);
	cfg.engine = ENGINE_THREADS;
	cfg.record_events = record;
	sim = sim_create(&cfg);
	w->plain = 0;
	mutex_init(sim, &w->lock[0], "busy");
	mutex_init(sim, &w->lock[1], "calm");
	for (u32 i = 0; i < NR_TASKS; i++) {
		snprintf(name, sizeof(name), "w%u", i);
		threads_task(sim, name, worker, w);
	}
	sim_run(sim);
	return sim;
}

static void test_lock_stat(void **state)
{
	struct work w = {};
	struct sim *sim = run_work(&w, false);
	struct lock_mode_stat st;
	u32 busy = w.lock[0].dep_map.class->id;

	assert_int_equal(w.plain, NR_TASKS * NR_LOOPS);
	lock_stat_total(sim, busy, LOCK_WRITE, &st);
	assert_int_equal(st.acquisitions, NR_TASKS * NR_LOOPS);
	assert_int_equal(st.hold->count, NR_TASKS * NR_LOOPS);
	assert_true(st.hold->max <= sim->end_ns);
	assert_true(st.longest.hold_ns == st.hold->max);
	assert_int_equal(st.contentions, st.wait ? st.wait->count : 0);
	/* the same in the simulation's own table */
	assert_int_equal(sim->stats[busy].mode[LOCK_WRITE].acquisitions, NR_TASKS * NR_LOOPS);
	assert_int_equal(sim->stats[busy].mode[LOCK_WRITE].hold->count, NR_TASKS * NR_LOOPS);
	assert_int_equal(sim->stats[busy].mode[LOCK_READ].acquisitions, 0);
	assert_null(sim->stats[busy].mode[LOCK_READ].hold); /* nothing is allocated for nothing */
	lock_stat_total(sim, w.lock[1].dep_map.class->id, LOCK_WRITE, &st);
	assert_int_equal(st.acquisitions, NR_TASKS);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

static void test_events(void **state)
{
	struct work w = {};
	struct sim *sim = run_work(&w, true);
	u64 last_of[NR_TASKS] = {};
	u64 nr_acquire = 0, nr_release = 0;
	bool sorted = true, per_task = true;

	for (size_t i = 0; i < sim->log.len; i++) {
		const struct sim_event *e = &sim->log.ev[i];

		assert_in_range(e->task, 0, NR_TASKS - 1);
		sorted &= i == 0 || sim->log.ev[i - 1].at_ns <= e->at_ns;
		per_task &= last_of[e->task] <= e->at_ns;
		last_of[e->task] = e->at_ns;
		nr_acquire += e->type == EV_LOCK_ACQUIRE;
		nr_release += e->type == EV_LOCK_RELEASE;
	}
	assert_true(sorted);
	assert_true(per_task);
	assert_int_equal(nr_acquire, NR_TASKS * (NR_LOOPS + 1));
	assert_int_equal(nr_release, nr_acquire);
	sim_destroy(sim);

	sim = run_work(&w, false);
	assert_int_equal(sim->log.len, 0);
	sim_destroy(sim);
}

static void test_findings(void **state)
{
	struct work w = {.nr_findings = 10};
	struct sim *sim = run_work(&w, false);
	u64 nr = 0;

	assert_int_equal(sim->nr_findings, 1 + NR_TASKS);
	for (u32 i = 0; i < sim->nr_findings; i++)
		nr += sim->findings[i].count;
	assert_int_equal(nr, 2 * 10 * NR_TASKS);
	sim_destroy(sim);
}

static void test_ops(void **state)
{
	struct work w = {};
	struct sim *sim = run_work(&w, false);
	u64 nr = 0, errors = 0;

	assert_int_equal(sim->nr_ops_stat, 2);
	for (u32 i = 0; i < sim->nr_ops_stat; i++) {
		nr += sim->ops_stat[i]->count;
		errors += sim->ops_stat[i]->errors;
	}
	assert_int_equal(nr, NR_TASKS * NR_LOOPS);
	assert_int_equal(errors, NR_TASKS * NR_LOOPS / 10);
	sim_destroy(sim);
}

static void *one_of_many(void *arg)
{
	u32 *good = arg;
	struct work w = {};
	struct sim *sim = run_work(&w, true);

	*good = w.plain == NR_TASKS * NR_LOOPS && !sim->nr_findings && !sim->stopped;
	sim_destroy(sim);
	return NULL;
}

static void test_many_at_once(void **state)
{
	pthread_t thread[6];
	u32 good[ARRAY_SIZE(thread)] = {};

	for (u32 i = 0; i < ARRAY_SIZE(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, one_of_many, &good[i]), 0);
	for (u32 i = 0; i < ARRAY_SIZE(thread); i++)
		pthread_join(thread[i], NULL);
	for (u32 i = 0; i < ARRAY_SIZE(thread); i++)
		assert_true(good[i]);
}

static void contend(struct task *me, void *arg)
{
	struct work *w = arg;

	for (u32 i = 0; i < 20; i++) {
		mutex_lock(me, &w->lock[0]);
		w->plain++;
		mutex_unlock(me, &w->lock[0]);
	}
}

/* Far more actors than CPUs. */
static void test_crowd(void **state)
{
	struct sim *sim = threads_sim(0);
	struct work w = {};

	mutex_init(sim, &w.lock[0], "busy");
	for (u32 i = 0; i < 200; i++)
		threads_task(sim, "c", contend, &w);
	sim_run(sim);
	assert_int_equal(w.plain, 200 * 20);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_stat),    cmocka_unit_test(test_events),
		cmocka_unit_test(test_findings),     cmocka_unit_test(test_ops),
		cmocka_unit_test(test_many_at_once), cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
