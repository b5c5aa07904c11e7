// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_threads_ipi.c - interrupts between real threads.
 */
#include "tests/unit/threads_fixture.h"

struct rec {
	struct task *target[2];
	/* atomic */
	u32 ready, irqs_on, done;
	u32 nr_sent;
	u32 seen_on; /* had the target interrupts on when the sender went on? */
	u64 plain;
	u64 rounds;
};

static bool by_model(const struct task *t, void *arg)
{
	return t->model == arg;
}

/* Runs, with a visible operation now and then, until told to end. */
static void target(struct task *me, void *arg)
{
	struct rec *r = arg;

	__atomic_add_fetch(&r->ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&r->done, __ATOMIC_ACQUIRE))
		sim_point(me, 0, SIM_READ);
}

static void sleeper(struct task *me, void *arg)
{
	sim_park(me, PARK_SLEEP, SIM_NS_MAX);
}

static void sender(struct task *me, void *arg)
{
	struct rec *r = arg;

	while (__atomic_load_n(&r->ready, __ATOMIC_SEQ_CST) < 2)
		sim_sleep(me, 0);
	threads_await(me, r->target[0], TASK_SLEEPING);
	r->nr_sent = sim_ipi(me, by_model, r, (struct ipi_cost){0});
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
	sim_unpark(me, r->target[0]);
}

/* Only tasks that run and match get one; not the sender, not who sleeps. */
static void test_targets(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	r.target[0] = threads_task(sim, "asleep", sleeper, &r);
	r.target[1] = threads_task(sim, "target", target, &r);
	threads_task(sim, "another", target, &r)->model = sim;
	r.target[0]->model = &r;
	r.target[1]->model = &r;
	threads_task(sim, "sender", sender, &r)->model = &r;
	sim_run(sim);
	assert_int_equal(r.nr_sent, 1);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

static void mute(struct task *me, void *arg)
{
	struct rec *r = arg;

	local_irq_disable(me);
	__atomic_add_fetch(&r->ready, 1, __ATOMIC_SEQ_CST);
	threads_pass(me, 10 * NSEC_PER_MS);
	r->plain++;
	__atomic_store_n(&r->irqs_on, 1, __ATOMIC_RELAXED);
	local_irq_enable(me);
	/* a sender that comes late, on a busy machine, finds it still */
	while (!__atomic_load_n(&r->done, __ATOMIC_ACQUIRE))
		sim_point(me, 0, SIM_READ);
}

static bool everybody(const struct task *t, void *arg)
{
	return true;
}

static void send_to_mute(struct task *me, void *arg)
{
	struct rec *r = arg;

	while (__atomic_load_n(&r->ready, __ATOMIC_SEQ_CST) < 1)
		sim_sleep(me, 0);
	r->nr_sent = sim_ipi(me, everybody, NULL, (struct ipi_cost){0});
	r->seen_on = __atomic_load_n(&r->irqs_on, __ATOMIC_RELAXED);
	r->plain++; /* the ack orders it after the target's */
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
}

static void test_irqs_off(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	threads_task(sim, "mute", mute, &r);
	threads_task(sim, "sender", send_to_mute, &r);
	sim_run(sim);
	assert_int_equal(r.nr_sent, 1);
	assert_int_equal(r.seen_on, 1);
	assert_int_equal(r.plain, 2);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

static void cross(struct task *me, void *arg)
{
	struct rec *r = arg;

	for (u32 i = 0; i < 500; i++) {
		u32 nr = sim_ipi(me, everybody, NULL, (struct ipi_cost){0});

		__atomic_add_fetch(&r->nr_sent, nr, __ATOMIC_RELAXED);
	}
	__atomic_add_fetch(&r->rounds, 1, __ATOMIC_RELAXED);
}

/* Senders that interrupt each other all get through. */
static void test_crossing(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	for (u32 i = 0; i < 4; i++)
		threads_task(sim, "cross", cross, &r);
	sim_run(sim);
	assert_int_equal(r.rounds, 4);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

static void victim(struct task *me, void *arg)
{
	struct rec *r = arg;
	sim_ns start;

	__atomic_store_n(&r->ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&r->done, __ATOMIC_ACQUIRE))
		sim_point(me, 0, SIM_READ);
	start = sim_now(me);
	sim_cost(me, 1);
	r->plain = sim_now(me) - start;
}

static void attacker(struct task *me, void *arg)
{
	struct rec *r = arg;
	sim_ns start;

	while (!__atomic_load_n(&r->ready, __ATOMIC_SEQ_CST))
		sim_sleep(me, 0);
	start = sim_now(me);
	sim_ipi(me, everybody, NULL,
		(struct ipi_cost){.latency_ns = 3 * NSEC_PER_MS, .handler_ns = 5 * NSEC_PER_MS});
	r->rounds = sim_now(me) - start;
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
}

/* The sender pays the latency, the target the handler. */
static void test_costs(void **state)
{
	struct sim *sim = threads_sim(1);
	struct rec r = {};

	threads_task(sim, "victim", victim, &r);
	threads_task(sim, "attacker", attacker, &r);
	sim_run(sim);
	assert_in_range(r.rounds, 3 * NSEC_PER_MS, NSEC_PER_SEC);
	assert_in_range(r.plain, 5 * NSEC_PER_MS, NSEC_PER_SEC);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_irqs_off),
		cmocka_unit_test(test_crossing),
		cmocka_unit_test(test_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
