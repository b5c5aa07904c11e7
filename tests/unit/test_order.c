// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of lock classes over all schedules of a campaign: cycles that no single run has shown,
 * whoever ran which schedule.
 */
#include "simtest.h"

#include <glib.h>

#include "sim/mutex.h"
#include "tools/explore/result.h"

static void edge(struct explore_result *x, const char *held, const char *taken, u64 first)
{
	char held_in[32], taken_in[32];

	snprintf(held_in, sizeof(held_in), "f%llu", (unsigned long long)first);
	snprintf(taken_in, sizeof(taken_in), "g%llu", (unsigned long long)first);
	order_add(&x->order, &(struct order_edge){.held = (char *)held,
						  .taken = (char *)taken,
						  .held_in = held_in,
						  .taken_in = taken_in,
						  .first = first});
}

static struct explore_result *result(void)
{
	struct explore_result *x = explore_result_new();

	x->trace = g_strdup("t.gms");
	x->strategy = g_strdup("pos");
	x->nr_shards = 1;
	return x;
}

static void two_schedules_make_a_cycle(void **state)
{
	struct explore_result *x = result();

	edge(x, "A", "B", 3);
	edge(x, "B", "C", 1);
	edge(x, "B", "A", 7);
	order_judge(x);
	assert_int_equal(x->nr_findings, 1);
	assert_string_equal(x->findings[0].rule, "lock-order");
	assert_true(x->findings[0].predicted);
	assert_true(x->findings[0].across);
	assert_int_equal(x->findings[0].first, 7);
	assert_string_equal(x->findings[0].message,
			    "possible circular locking, seen over several schedules: A is taken in "
			    "g7 with B held, taken in f7 (schedule 8); the other way round was "
			    "seen: A -> B (by schedule 4)");
	explore_result_free(x);
}

static void a_cycle_may_be_long(void **state)
{
	struct explore_result *x = result();

	edge(x, "A", "B", 9);
	edge(x, "B", "C", 2);
	edge(x, "C", "D", 5);
	edge(x, "D", "A", 4);
	order_judge(x);
	assert_int_equal(x->nr_findings, 1);
	assert_int_equal(x->findings[0].first, 9);
	assert_non_null(strstr(x->findings[0].message, "B -> C -> D -> A (by schedule 6)"));
	explore_result_free(x);
}

static void an_order_is_no_cycle(void **state)
{
	struct explore_result *x = result();

	edge(x, "A", "B", 0);
	edge(x, "A", "C", 1);
	edge(x, "B", "C", 2);
	edge(x, "C", "D", 3);
	order_judge(x);
	assert_int_equal(x->nr_findings, 0);
	explore_result_free(x);
}

static void what_a_run_has_reported_is_known(void **state)
{
	struct explore_result *x = result();
	struct explore_finding f = {
		.rule = g_strdup("lock-order"),
		.message = g_strdup("possible circular locking: t takes A in g and holds B"),
		.rules = g_strdup("lock-order"),
		.site = 1,
		.count = 1,
		.tasks = g_new0(char *, 1),
	};

	schedule_init(&f.schedule, 1);
	explore_finding_add(x, &f);
	edge(x, "A", "B", 3);
	edge(x, "B", "A", 7);
	order_judge(x);
	assert_int_equal(x->nr_findings, 1);
	explore_result_free(x);
}

/* Edges dealt out to @n parts come to the same finding, in whatever order they are merged. */
static char *merged(u32 n, bool backwards)
{
	static const struct {
		const char *held, *taken;
		u64 first;
	} edges[] = {
		{"A", "B", 3}, {"B", "C", 5}, {"C", "A", 11}, {"A", "B", 2}, {"C", "A", 12},
	};
	struct explore_result *part[8], *whole = result();
	char *message;

	for (u32 i = 0; i < n; i++)
		part[i] = result();
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++)
		edge(part[i % n], edges[i].held, edges[i].taken, edges[i].first);
	for (u32 i = 0; i < n; i++) {
		char why[160];

		assert_true(explore_result_merge(whole, part[backwards ? n - 1 - i : i], why));
	}
	order_judge(whole);
	assert_int_equal(whole->nr_findings, 1);
	assert_int_equal(whole->findings[0].first, 11);
	message = g_strdup(whole->findings[0].message);
	explore_result_free(whole);
	return message;
}

static void parts_come_to_the_same(void **state)
{
	g_autofree char *alone = merged(1, false);

	assert_non_null(strstr(alone, "A -> B -> C (by schedule 6)"));
	for (u32 n = 2; n <= 5; n++) {
		g_autofree char *forth = merged(n, false), *back = merged(n, true);

		assert_string_equal(alone, forth);
		assert_string_equal(alone, back);
	}
}

/* Two simulations that take two locks in different orders; each is innocent. */
struct two {
	struct mutex a, b;
	bool swapped;
};

static void taker(struct task *me, void *arg)
{
	struct two *two = arg;
	struct mutex *first = two->swapped ? &two->b : &two->a;
	struct mutex *second = two->swapped ? &two->a : &two->b;

	SIM_FRAME(me);
	mutex_lock(me, first);
	mutex_lock(me, second);
	mutex_unlock(me, second);
	mutex_unlock(me, first);
}

static void note_run(struct explore_result *x, bool swapped, u64 index)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct two two = {.swapped = swapped};
	struct sim *sim;

	cfg.checks = true;
	sim = test_sim(&cfg);
	mutex_init(sim, &two.a, "lock_a");
	mutex_init(sim, &two.b, "lock_b");
	spawn(sim, "taker", taker, &two);
	sim_run(sim);
	assert_int_equal(sim->nr_findings, 0);
	order_note(&x->order, sim, index);
	sim_destroy(sim);
}

static void runs_leave_their_edges(void **state)
{
	struct explore_result *x = result();

	note_run(x, false, 4);
	note_run(x, false, 5);
	order_judge(x);
	assert_int_equal(x->nr_findings, 0);
	note_run(x, true, 6);
	order_judge(x);
	assert_int_equal(x->nr_findings, 1);
	assert_non_null(strstr(x->findings[0].message,
			       "lock_a is taken in taker with lock_b held"));
	assert_non_null(strstr(x->findings[0].message, "lock_a -> lock_b (by schedule 5)"));
	explore_result_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_schedules_make_a_cycle),
		cmocka_unit_test(a_cycle_may_be_long),
		cmocka_unit_test(an_order_is_no_cycle),
		cmocka_unit_test(what_a_run_has_reported_is_known),
		cmocka_unit_test(parts_come_to_the_same),
		cmocka_unit_test(runs_leave_their_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
