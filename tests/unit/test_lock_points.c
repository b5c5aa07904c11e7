// SPDX-License-Identifier: GPL-2.0-only
/*
 * One acquisition is one decision, whether it has to wait or not; a release is one more only when
 * all points are asked for.
 */
#include "tests/unit/locktest.h"

#include "sim/mutex.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"

#define ROUNDS 10

struct locks {
	struct spinlock spin;
	struct rwlock rw;
	struct rw_semaphore sem;
	struct mutex mutex;
	struct srcu_struct srcu;
	struct bit_wait_table table;
	u32 word;
	u32 idx;
	u64 hold_us;
};

static void spin(struct task *me, struct locks *l)
{
	spin_lock(me, &l->spin);
	sim_cost(me, l->hold_us * US);
	spin_unlock(me, &l->spin);
}

static void spin_irq(struct task *me, struct locks *l)
{
	spin_lock_irq(me, &l->spin);
	sim_cost(me, l->hold_us * US);
	spin_unlock_irq(me, &l->spin);
}

static void rw_read(struct task *me, struct locks *l)
{
	read_lock(me, &l->rw);
	sim_cost(me, l->hold_us * US);
	read_unlock(me, &l->rw);
}

static void rw_write(struct task *me, struct locks *l)
{
	write_lock(me, &l->rw);
	sim_cost(me, l->hold_us * US);
	write_unlock(me, &l->rw);
}

static void sem_read(struct task *me, struct locks *l)
{
	down_read(me, &l->sem);
	sim_cost(me, l->hold_us * US);
	up_read(me, &l->sem);
}

static void sem_write(struct task *me, struct locks *l)
{
	down_write(me, &l->sem);
	sim_cost(me, l->hold_us * US);
	up_write(me, &l->sem);
}

static void sem_write_asleep(struct task *me, struct locks *l)
{
	down_write(me, &l->sem);
	if (l->hold_us)
		sim_sleep(me, l->hold_us * US);
	up_write(me, &l->sem);
}

static void mutex(struct task *me, struct locks *l)
{
	mutex_lock(me, &l->mutex);
	sim_cost(me, l->hold_us * US);
	mutex_unlock(me, &l->mutex);
}

static void bit(struct task *me, struct locks *l)
{
	bit_lock(me, &l->table, &l->word, 0, 1000);
	sim_cost(me, l->hold_us * US);
	bit_unlock(me, &l->table, &l->word, 0, 1000);
}

static void srcu(struct task *me, struct locks *l)
{
	u32 idx = srcu_read_lock(me, &l->srcu);

	srcu_read_unlock(me, &l->srcu, idx);
}

static void (*const pairs[])(struct task *me, struct locks *l) = {
	spin, spin_irq, rw_read, rw_write, sem_read, sem_write, sem_write_asleep, mutex, bit, srcu,
};

struct actor {
	struct locks *l;
	u32 pair;
};

static void actor_fn(struct task *me, void *arg)
{
	struct actor *a = arg;

	for (u32 i = 0; i < ROUNDS; i++)
		pairs[a->pair](me, a->l);
}

static u64 count(u32 pair, u32 tasks, u64 hold_us, bool all_points)
{
	struct sim_config cfg = lt_config();
	struct locks l = { .hold_us = hold_us };
	struct actor a = { &l, pair };
	struct sim *sim;
	u64 points;

	cfg.all_points = all_points;
	cfg.wake_latency_ns = US;
	sim = sim_create(&cfg);
	spin_lock_init(sim, &l.spin, "spin");
	rwlock_init(sim, &l.rw, "rw");
	init_rwsem(sim, &l.sem, "sem", 0);
	mutex_init(sim, &l.mutex, "mutex");
	init_srcu_struct(sim, &l.srcu, "srcu");
	bit_wait_table_init(sim, &l.table, "bit");
	for (u32 i = 0; i < tasks; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, actor_fn, &a, -1);
	sim_run(sim);
	lt_no_findings(sim);
	points = sim->points;
	sim_destroy(sim);
	return points;
}

static void test_one_point_per_acquisition(void **state)
{
	for (u32 pair = 0; pair < ARRAY_SIZE(pairs); pair++) {
		assert_int_equal(count(pair, 1, 0, false), ROUNDS);
		assert_int_equal(count(pair, 4, 5, false), 4 * ROUNDS);
	}
}

static void test_all_points(void **state)
{
	for (u32 pair = 0; pair < ARRAY_SIZE(pairs); pair++) {
		assert_int_equal(count(pair, 1, 0, true), 2 * ROUNDS);
		assert_int_equal(count(pair, 4, 5, true), 2 * 4 * ROUNDS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_point_per_acquisition),
		cmocka_unit_test(test_all_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
