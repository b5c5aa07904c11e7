// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watchdogs: how close a run came to each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mutex.h"
#include "sim/watchdog.h"

struct world {
	/* written by the test, then by its tasks */
	struct sim *sim;
	struct mutex mutex;
};

static void holder(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_op_begin(me, "hold");
	mutex_lock(me, &w->mutex);
	sim_cost(me, 3 * NSEC_PER_SEC);
	mutex_unlock(me, &w->mutex);
	sim_op_end(me, 0);
}

static void waiter(struct task *me, void *arg)
{
	struct world *w = arg;

	sim_sleep(me, NSEC_PER_SEC);
	sim_op_begin(me, "want");
	mutex_lock(me, &w->mutex);
	mutex_unlock(me, &w->mutex);
	sim_op_end(me, 0);
}

static void test_distances_name_the_owner(void **state)
{
	struct watchdog_distance d[WATCHDOG_NR];
	struct sim_config cfg;
	struct world w;

	sim_config_default(&cfg);
	w.sim = sim_create(&cfg);
	assert_non_null(w.sim);
	mutex_init(w.sim, &w.mutex, "m");
	sim_task_create(w.sim, "vmm", ACTOR_VMM, holder, &w, -1);
	sim_task_create(w.sim, "vcpu0", ACTOR_GUEST, waiter, &w, -1);
	sim_run(w.sim);
	watchdog_distances(w.sim, d);
	assert_string_equal(d[WATCHDOG_GUEST_SOFT].rule, "guest-soft-lockup");
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].threshold_ns, 20 * NSEC_PER_SEC);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].max_ns, 2 * NSEC_PER_SEC);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].task, 1);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].owner, 0);
	assert_string_equal(d[WATCHDOG_GUEST_SOFT].lock, "m");
	assert_string_equal(d[WATCHDOG_GUEST_SOFT].owner_op, "hold");
	assert_int_equal(d[WATCHDOG_HOST_HUNG].max_ns, 2 * NSEC_PER_SEC);
	assert_int_equal(d[WATCHDOG_HOST_SOFT].max_ns, 0);
	sim_destroy(w.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distances_name_the_owner),
	};

	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
