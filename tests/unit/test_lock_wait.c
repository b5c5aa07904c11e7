// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lock_wait.c - who is blamed for a stall: the hold that filled it.
 */
#include "simtest.h"
#include "sim/lockdep.h"

struct fix {
	struct sim *sim;
	struct lockdep_map map;
	sim_ns late_ns; /* how long writer_after() holds it */
};

/* Holds it shared until 350, in operation "fault": in the way when the waiter comes. */
static void reader_before(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	sim_sleep_until(me, 100);
	sim_op_begin(me, "fault");
	lock_acquired(me, &f->map, LOCK_READ, false);
	sim_sleep_until(me, 350);
	lock_release(me, &f->map);
	sim_op_end(me, 0);
}

/* Has it after the reader, for @f->late_ns. */
static void writer_after(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	sim_sleep_until(me, 350);
	sim_op_begin(me, "convert");
	lock_acquired(me, &f->map, LOCK_WRITE, false);
	sim_cost(me, f->late_ns);
	lock_release(me, &f->map);
	sim_op_end(me, 0);
}

/* Waits from 300 to 1100. */
static void waiter(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 300);
	sim_op_begin(me, "touch");
	lock_contended(me, &f->map, LOCK_READ);
	sim_sleep_until(me, 1100);
	lock_acquired(me, &f->map, LOCK_READ, false);
	lock_release(me, &f->map);
	sim_op_end(me, 0);
}

/* A hold that began later is to blame if it filled more than half of the 800 ns. */
static void blame(sim_ns late_ns, const char *task, const char *op, const char *func)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix f = {.late_ns = late_ns};
	const struct stall *stall;

	cfg.lock_stat = true;
	f.sim = test_sim(&cfg);
	lock_init_map(f.sim, &f.map, "mapping.invalidate_lock", 0);
	spawn(f.sim, "vcpu1", reader_before, &f);
	spawn(f.sim, "vmm", writer_after, &f);
	spawn(f.sim, "vcpu0", waiter, &f);
	sim_run(f.sim);
	stall = &f.sim->tasks[2]->stall;
	assert_int_equal(stall->max_ns, 800);
	assert_string_equal(f.sim->tasks[stall->holder]->name, task);
	assert_string_equal(stall->holder_op, op);
	assert_string_equal(stall->holder_func, func);
	sim_destroy(f.sim);
}

static void the_hold_that_filled_the_wait_is_blamed(void **state)
{
	blame(401, "vmm", "convert", "writer_after");
	blame(400, "vcpu1", "fault", "reader_before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hold_that_filled_the_wait_is_blamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
