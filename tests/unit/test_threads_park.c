// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_threads_park.c - permits, deadlines and signals on real threads.
 */
#include "sim/atomic.h"
#include "tests/unit/threads_fixture.h"

struct rec {
	int ret[4];
	sim_ns took_ns;
	struct task *other;
	enum park_how how;
	u32 state_seen, state_after_first;
	u32 woken; /* atomic */
	u64 nr;
	u64 plain; /* handed back and forth by nothing but permits */
};

static void permit_first(struct task *me, void *arg)
{
	struct rec *r = arg;

	sim_unpark(me, me);
	sim_unpark(me, me);
	r->ret[0] = sim_park(me, PARK_SLEEP, SIM_NS_MAX);
	r->ret[1] = sim_park(me, PARK_SLEEP, sim_now(me) + NSEC_PER_MS); /* they were one */
	sim_unpark(me, me);
	r->ret[2] = sim_park(me, PARK_SPIN, 0); /* a permit comes before a deadline long past */
	r->ret[3] = sim_park(me, PARK_SPIN, 0);
}

static void test_permit(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	threads_task(sim, "a", permit_first, &r);
	sim_run(sim);
	assert_int_equal(r.ret[0], 0);
	assert_int_equal(r.ret[1], -ETIME);
	assert_int_equal(r.ret[2], 0);
	assert_int_equal(r.ret[3], -ETIME);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

static void deadline(struct task *me, void *arg)
{
	struct rec *r = arg;
	sim_ns start = sim_now(me);

	r->ret[0] = sim_park(me, r->how, start + 5 * NSEC_PER_MS);
	r->took_ns = sim_now(me) - start;
}

static void test_deadline(void **state)
{
	static const enum park_how how[] = {PARK_SLEEP, PARK_KILLABLE, PARK_INTR, PARK_SPIN};
	struct rec r[ARRAY_SIZE(how)] = {};
	struct sim *sim = threads_sim(0);

	for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
		r[i].how = how[i];
		threads_task(sim, "a", deadline, &r[i]);
	}
	sim_run(sim);
	for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
		assert_int_equal(r[i].ret[0], -ETIME);
		assert_in_range(r[i].took_ns, 5 * NSEC_PER_MS, NSEC_PER_SEC);
	}
	sim_destroy(sim);
}

#define ROUNDS 1000

struct pingpong {
	struct task *side[2];
	enum park_how how;
	u64 plain; /* whoever has the permit */
};

static void play(struct task *me, void *arg)
{
	struct pingpong *p = arg;
	u32 my = me == p->side[1];

	if (my == 0)
		sim_unpark(me, me);
	for (u32 i = 0; i < ROUNDS; i++) {
		while (sim_park(me, p->how, SIM_NS_MAX))
			continue;
		p->plain++;
		sim_unpark(me, p->side[1 - my]);
	}
}

/* A permit carries happens-before with it: ThreadSanitizer sees the plain counter. */
static void test_pingpong(void **state)
{
	static const enum park_how how[] = {PARK_SLEEP, PARK_INTR, PARK_SPIN, PARK_SPIN_OPT};
	struct pingpong p[ARRAY_SIZE(how)] = {};
	struct sim *sim = threads_sim(0);

	for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
		p[i].how = how[i];
		p[i].side[0] = threads_task(sim, "ping", play, &p[i]);
		p[i].side[1] = threads_task(sim, "pong", play, &p[i]);
	}
	sim_run(sim);
	for (u32 i = 0; i < ARRAY_SIZE(how); i++)
		assert_int_equal(p[i].plain, 2 * ROUNDS);
	assert_false(sim->stopped);
	sim_destroy(sim);
}

static void park_for_signal(struct task *me, void *arg)
{
	struct rec *r = arg;

	/* a signal may leave a permit as well, and a permit counts first */
	do {
		r->ret[0] = sim_park(me, r->how, SIM_NS_MAX);
	} while (r->ret[0] == 0 && !load_acquire(r->woken));
	r->took_ns = sim_now(me);
}

/* The sleeper has as long as it takes to end if it should, and a moment if it should not. */
static void signal_and_watch(struct task *me, struct rec *r, u8 sig, bool ends)
{
	sim_ns until = sim_now(me) + (ends ? 10 * NSEC_PER_SEC : 2 * NSEC_PER_MS);

	send_signal(me, r->other, sig);
	do {
		sim_sleep(me, 0);
		r->state_seen = __atomic_load_n(&r->other->state, __ATOMIC_ACQUIRE);
	} while (r->state_seen != TASK_DEAD && sim_now(me) < until);
}

static void send_both(struct task *me, void *arg)
{
	struct rec *r = arg;

	threads_await(me, r->other, TASK_SLEEPING);
	signal_and_watch(me, r, 1, r->how == PARK_INTR);
	r->state_after_first = r->state_seen;
	signal_and_watch(me, r, 2, r->how == PARK_KILLABLE);
	store_release(r->woken, 1);
	sim_unpark(me, r->other);
}

static struct rec signalled(enum park_how how)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {.how = how};

	r.other = threads_task(sim, "sleeper", park_for_signal, &r);
	threads_task(sim, "sender", send_both, &r);
	sim_run(sim);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
	return r;
}

static void test_signals(void **state)
{
	struct rec r;

	r = signalled(PARK_INTR);
	assert_int_equal(r.ret[0], -EINTR);
	assert_int_equal(r.state_after_first, TASK_DEAD);
	r = signalled(PARK_KILLABLE);
	assert_int_equal(r.ret[0], -EINTR);
	assert_int_equal(r.state_after_first, TASK_SLEEPING);
	assert_int_equal(r.state_seen, TASK_DEAD);
	r = signalled(PARK_SLEEP);
	assert_int_equal(r.ret[0], 0);
	assert_int_equal(r.state_seen, TASK_SLEEPING);
}

static void spin_opt(struct task *me, void *arg)
{
	struct rec *r = arg;
	sim_ns start = sim_now(me);

	r->ret[0] = sim_park(me, PARK_SPIN_OPT, SIM_NS_MAX);
	r->took_ns = sim_now(me) - start;
}

/* On real threads nobody can spin for ever on somebody else's CPU. */
static void test_spin_opt_is_bounded(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	threads_task(sim, "a", spin_opt, &r);
	sim_run(sim);
	assert_int_equal(r.ret[0], -EAGAIN);
	assert_in_range(r.took_ns, 0, 200 * NSEC_PER_MS);
	sim_destroy(sim);
}

static void owner_sleeps(struct task *me, void *arg)
{
	sim_park(me, PARK_SLEEP, SIM_NS_MAX);
}

static void spin_on(struct task *me, void *arg)
{
	struct rec *r = arg;

	threads_await(me, r->other, TASK_SLEEPING);
	r->ret[0] = sim_spin_on_owner(me, r->other, SIM_NS_MAX);
	sim_unpark(me, me);
	r->ret[1] = sim_spin_on_owner(me, r->other, SIM_NS_MAX);
	r->ret[2] = sim_spin_on_owner(me, me, 0);
	sim_unpark(me, r->other);
}

static void test_spin_on_owner(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	r.other = threads_task(sim, "owner", owner_sleeps, NULL);
	threads_task(sim, "spinner", spin_on, &r);
	sim_run(sim);
	assert_int_equal(r.ret[0], -ESRCH);
	assert_int_equal(r.ret[1], 0);
	/* it spins itself, so it has a CPU; the deadline is over */
	assert_int_equal(r.ret[2], -ETIME);
	sim_destroy(sim);
}

static void spin_until_permit(struct task *me, void *arg)
{
	struct rec *r = arg;

	r->ret[0] = sim_park(me, PARK_SPIN, SIM_NS_MAX);
}

static void wake_spinner(struct task *me, void *arg)
{
	struct rec *r = arg;

	threads_await(me, r->other, TASK_SPINNING);
	threads_pass(me, 10 * NSEC_PER_MS); /* far longer than it pauses */
	r->state_seen = __atomic_load_n(&r->other->state, __ATOMIC_ACQUIRE);
	sim_unpark(me, r->other);
}

static void test_spin_sleeps_in_the_end(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	r.other = threads_task(sim, "spinner", spin_until_permit, &r);
	threads_task(sim, "waker", wake_spinner, &r);
	sim_run(sim);
	assert_int_equal(r.ret[0], 0);
	assert_int_equal(r.state_seen, TASK_SPINNING);
	sim_destroy(sim);
}

static void test_never_run(void **state)
{
	struct sim *sim = threads_sim(0);
	struct rec r = {};

	threads_task(sim, "a", park_for_signal, &r);
	threads_task(sim, "b", park_for_signal, &r);
	sim_destroy(sim); /* the threads are sent home */
	assert_int_equal(r.took_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permit),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_pingpong),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_spin_opt_is_bounded),
		cmocka_unit_test(test_spin_on_owner),
		cmocka_unit_test(test_spin_sleeps_in_the_end),
		cmocka_unit_test(test_never_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
