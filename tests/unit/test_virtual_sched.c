// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_virtual_sched.c - the virtual engine's time order, CPUs, parking, limits, determinism.
 */
#include "simtest.h"
#include "sim/atomic.h"
#include "sim/mutex.h"
#include "sim/rwsem.h"

#define MAX_NOTES 4096

struct fix {
	struct sim *sim;
	struct mutex m;
	struct rw_semaphore sem;
	struct task *peer;
	u32 n;
	struct {
		sim_ns at_ns;
		u32 task;
	} note[MAX_NOTES];
	sim_ns at_ns[16];
	int ret[16];
	u32 word;
	u64 inner;
};

static void note(struct task *me, struct fix *f)
{
	if (f->n < MAX_NOTES) {
		f->note[f->n].at_ns = me->clock_ns;
		f->note[f->n++].task = me->id;
	}
}

static void uneven(struct task *me, void *arg)
{
	struct fix *f = arg;
	struct prng rng;

	prng_seed(&rng, me->id);
	for (u32 i = 0; i < 200; i++) {
		sim_cost(me, prng_below(&rng, 1000));
		sim_point(me, 1, SIM_WRITE);
		note(me, f);
	}
}

static void visible_operations_happen_in_time_order(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix *f = calloc(1, sizeof(*f));

	f->sim = test_sim(&cfg);
	for (u32 i = 0; i < 8; i++)
		spawn(f->sim, "t", uneven, f);
	sim_run(f->sim);
	assert_int_equal(f->n, 1600);
	for (u32 i = 1; i < f->n; i++)
		assert_true(f->note[i - 1].at_ns <= f->note[i].at_ns);
	sim_destroy(f->sim);
	free(f);
}

static void cost_and_note(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 1000);
	f->at_ns[me->id] = me->clock_ns;
}

static void cpus_run_in_parallel(void **state)
{
	static const struct {
		u32 cpus;
		sim_ns want_ns[4];
	} c[] = { { 4, { 1000, 1000, 1000, 1000 } },
		  { 2, { 1000, 1000, 2000, 2000 } },
		  { 1, { 1000, 2000, 3000, 4000 } } };

	for (u32 i = 0; i < ARRAY_SIZE(c); i++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix *f = calloc(1, sizeof(*f));

		cfg.nr_cpus = c[i].cpus;
		f->sim = test_sim(&cfg);
		for (u32 k = 0; k < 4; k++)
			spawn(f->sim, "t", cost_and_note, f);
		sim_run(f->sim);
		for (u32 k = 0; k < 4; k++)
			assert_int_equal(f->at_ns[k], c[i].want_ns[k]);
		sim_destroy(f->sim);
		free(f);
	}
}

static void pinned_tasks_stay_where_they_are(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix *f = calloc(1, sizeof(*f));

	f->sim = test_sim(&cfg);
	for (u32 k = 0; k < 3; k++)
		spawn_on(f->sim, "pinned", 5, cost_and_note, f);
	spawn(f->sim, "free", cost_and_note, f);
	sim_run(f->sim);
	assert_int_equal(f->at_ns[0], 1000);
	assert_int_equal(f->at_ns[1], 2000);
	assert_int_equal(f->at_ns[2], 3000);
	assert_int_equal(f->at_ns[3], 1000);
	assert_int_equal(f->sim->tasks[2]->cpu, 5);
	sim_destroy(f->sim);
	free(f);
}

static void parks(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret[0] = sim_park(me, PARK_SLEEP, SIM_NS_MAX);
	f->at_ns[0] = me->clock_ns;
	f->ret[1] = sim_park(me, PARK_SLEEP, SIM_NS_MAX);
	f->at_ns[1] = me->clock_ns;
}

static void unparks_at_5000(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_cost(me, 5000);
	sim_unpark(me, f->peer);
	sim_unpark(me, f->peer); /* a permit for the next time */
	f->at_ns[2] = me->clock_ns;
}

static void waking_costs_what_is_configured(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix *f = calloc(1, sizeof(*f));

	cfg.wake_latency_ns = 300;
	cfg.switch_cost_ns = 70;
	f->sim = test_sim(&cfg);
	f->peer = spawn(f->sim, "parked", parks, f);
	spawn(f->sim, "waker", unparks_at_5000, f);
	sim_run(f->sim);
	assert_int_equal(f->ret[0], 0);
	/* back on the CPU it had: nobody else ran there, so no switch */
	assert_int_equal(f->at_ns[0], 5300);
	assert_int_equal(f->ret[1], 0);
	assert_int_equal(f->at_ns[1], 5300);
	assert_int_equal(f->at_ns[2], 5000);
	sim_destroy(f->sim);
	free(f);
}

static void switches_cost_on_a_shared_cpu(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct fix *f = calloc(1, sizeof(*f));

	cfg.switch_cost_ns = 70;
	cfg.nr_cpus = 1;
	f->sim = test_sim(&cfg);
	spawn(f->sim, "a", cost_and_note, f);
	spawn(f->sim, "b", cost_and_note, f);
	sim_run(f->sim);
	assert_int_equal(f->at_ns[0], 1000);
	assert_int_equal(f->at_ns[1], 2070);
	sim_destroy(f->sim);
	free(f);
}

static void waits_with_deadlines(struct task *me, void *arg)
{
	static const enum park_how how[] = { PARK_SLEEP, PARK_INTR, PARK_SPIN, PARK_SPIN_OPT };
	struct fix *f = arg;

	for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
		f->ret[i] = sim_park(me, how[i], (i + 1) * 1000);
		f->at_ns[i] = me->clock_ns;
	}
	f->ret[4] = sim_park(me, PARK_SLEEP, 1); /* long past */
	f->at_ns[4] = me->clock_ns;
	sim_unpark(me, me);
	f->ret[5] = sim_park(me, PARK_SLEEP, 1); /* a permit comes first */
	sim_sleep_until(me, 7000);
	f->at_ns[6] = me->clock_ns;
	sim_sleep(me, 500);
	f->at_ns[7] = me->clock_ns;
}

static void deadlines_are_kept_to_the_nanosecond(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct fix *f = calloc(1, sizeof(*f));

		f->sim = test_sim(&cfg);
		spawn(f->sim, "t", waits_with_deadlines, f);
		sim_run(f->sim);
		for (u32 i = 0; i < 4; i++) {
			assert_int_equal(f->ret[i], -ETIME);
			assert_int_equal(f->at_ns[i], (i + 1) * 1000);
		}
		assert_int_equal(f->ret[4], -ETIME);
		assert_int_equal(f->at_ns[4], 4000);
		assert_int_equal(f->ret[5], 0);
		assert_int_equal(f->at_ns[6], 7000);
		assert_int_equal(f->at_ns[7], 7500);
		sim_destroy(f->sim);
		free(f);
	}
}

static void waits_for_signals(struct task *me, void *arg)
{
	static const enum park_how how[] = { PARK_SLEEP, PARK_KILLABLE, PARK_INTR };
	struct fix *f = arg;

	for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
		f->ret[i] = 0;
		while (f->ret[i] == 0)
			f->ret[i] = sim_park(me, how[i], (i + 1) * 10000);
		f->at_ns[i] = me->clock_ns;
	}
	f->ret[3] = 0;
	while (f->ret[3] == 0)
		f->ret[3] = sim_park(me, PARK_KILLABLE, 40000);
	f->at_ns[3] = me->clock_ns;
}

static void sends_signals(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_sleep_until(me, 5000);
	send_signal(me, f->peer, 1);
	sim_sleep_until(me, 35000);
	send_signal(me, f->peer, 2);
	send_signal(me, f->peer, 1); /* does not make it less fatal */
	sim_sleep_until(me, 36000);
	f->ret[4] = fatal_signal_pending(f->peer);
}

static void signals_end_the_waits_that_allow_it(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct fix *f = calloc(1, sizeof(*f));

		f->sim = test_sim(&cfg);
		f->peer = spawn(f->sim, "t", waits_for_signals, f);
		spawn(f->sim, "sender", sends_signals, f);
		sim_run(f->sim);
		assert_int_equal(f->ret[0], -ETIME); /* uninterruptible */
		assert_int_equal(f->at_ns[0], 10000);
		assert_int_equal(f->ret[1], -ETIME); /* not fatal */
		assert_int_equal(f->at_ns[1], 20000);
		assert_int_equal(f->ret[2], -EINTR); /* pending since 5000 */
		assert_int_equal(f->at_ns[2], 20000);
		assert_int_equal(f->ret[3], -EINTR); /* fatal */
		assert_int_equal(f->at_ns[3], 35000);
		assert_true(f->ret[4]);
		sim_destroy(f->sim);
		free(f);
	}
}

static void spins_on_word(struct task *me, void *arg)
{
	struct fix *f = arg;

	while (READ_ONCE(me, 1, f->word) == 0)
		;
}

static void endless_loops_are_livelocks(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct fix *f = calloc(1, sizeof(*f));

		cfg.limit_points = 3000000;
		f->sim = test_sim(&cfg);
		spawn(f->sim, "vcpu3", spins_on_word, f);
		sim_run(f->sim);
		assert_true(f->sim->stopped);
		assert_int_equal(findings(f->sim, "livelock", 1), 1);
		assert_non_null(strstr(first_finding(f->sim, "livelock"), "vcpu3/0"));
		sim_destroy(f->sim);
		free(f);
	}
}

static void ticks_for_ever(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (;;) {
		sim_sleep(me, 100);
		f->n++;
	}
}

static void parks_for_ever(struct task *me, void *arg)
{
	sim_park(me, PARK_SLEEP, SIM_NS_MAX);
}

static void the_time_limit_ends_a_run(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct fix *f = calloc(1, sizeof(*f));

		cfg.limit_ns = 100000;
		f->sim = test_sim(&cfg);
		spawn(f->sim, "t", ticks_for_ever, f);
		for (u32 i = 0; i < 50; i++)
			spawn(f->sim, "parked", parks_for_ever, f);
		sim_run(f->sim);
		assert_true(f->sim->stopped);
		assert_int_equal(f->n, 1000);
		assert_int_equal(f->sim->end_ns, 100000);
		assert_int_equal(f->sim->nr_findings, 0);
		sim_destroy(f->sim); /* with 51 tasks in the middle of something */
		free(f);
	}
}

static void daemons_do_not_keep_a_run_alive(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct fix *f = calloc(1, sizeof(*f));

		f->sim = test_sim(&cfg);
		spawn(f->sim, "main", uneven, f);
		spawn(f->sim, "daemon", ticks_for_ever, f)->daemon = true;
		sim_run(f->sim);
		assert_false(f->sim->stopped);
		assert_int_equal(f->sim->tasks[0]->state, TASK_DEAD);
		assert_int_equal(f->sim->nr_findings, 0);
		sim_destroy(f->sim);
		free(f);
	}
}

static void nothing_to_do(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct sim *sim = test_sim(&cfg);

		sim_run(sim);
		assert_int_equal(sim->end_ns, 0);
		assert_false(sim->stopped);
		sim_destroy(sim);
	}
}

static void locks_a_bit(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->m);
	f->word++;
	sim_cost(me, 10);
	mutex_unlock(me, &f->m);
	sim_sleep(me, 1000);
	mutex_lock(me, &f->m);
	f->word++;
	mutex_unlock(me, &f->m);
}

static void ten_thousand_tasks(void **state)
{
#ifdef __SANITIZE_THREAD__
	const u32 n = 2000; /* ThreadSanitizer has 8128 contexts */
#else
	const u32 n = 10000;
#endif
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct fix *f = calloc(1, sizeof(*f));

		cfg.nr_cpus = 64;
		f->sim = test_sim(&cfg);
		mutex_init(f->sim, &f->m, "m");
		for (u32 i = 0; i < n; i++)
			spawn(f->sim, "t", locks_a_bit, f);
		sim_run(f->sim);
		assert_int_equal(f->word, 2 * n);
		assert_int_equal(f->sim->nr_findings, 0);
		sim_destroy(f->sim);
		free(f);
	}
}

/* A bit of everything whose outcome depends on every decision. */
static void mixed(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 50; i++) {
		u32 r = sim_choose(me->sim, CHOICE_VALUE, 100);

		mutex_lock(me, &f->m);
		f->word = f->word * 31 + me->id;
		sim_cost(me, 50 + r);
		mutex_unlock(me, &f->m);
		if (r % 3) {
			down_read(me, &f->sem);
			sim_compute(me, 200);
			up_read(me, &f->sem);
		} else {
			down_write(me, &f->sem);
			sim_cost(me, r);
			up_write(me, &f->sem);
		}
		if (r == 7)
			sim_sleep(me, 500);
	}
}

struct outcome {
	u64 fingerprint;
	u32 word;
	sim_ns end_ns;
	struct choice *tape;
	size_t len;
	s64 diverged_at;
};

static struct outcome run_mixed(enum sched_policy sched, u64 seed, const struct outcome *replay)
{
	struct sim_config cfg = test_config(sched);
	struct fix *f = calloc(1, sizeof(*f));
	struct outcome out;

	cfg.seed = seed;
	cfg.nr_cpus = 3;
	cfg.wake_latency_ns = 100;
	cfg.switch_cost_ns = 50;
	cfg.record_tape = true;
	if (replay) {
		cfg.replay = replay->tape;
		cfg.replay_len = replay->len;
	}
	f->sim = test_sim(&cfg);
	mutex_init(f->sim, &f->m, "m");
	init_rwsem(f->sim, &f->sem, "sem", 0);
	for (u32 i = 0; i < 5; i++)
		spawn(f->sim, "t", mixed, f);
	sim_run(f->sim);
	assert_int_equal(f->sim->nr_findings, 0);
	out.fingerprint = f->sim->fingerprint;
	out.word = f->word;
	out.end_ns = f->sim->end_ns;
	out.len = f->sim->tape.rec_len;
	out.tape = malloc(out.len * sizeof(*out.tape));
	memcpy(out.tape, f->sim->tape.rec, out.len * sizeof(*out.tape));
	out.diverged_at = f->sim->tape.diverged_at;
	sim_destroy(f->sim);
	free(f);
	return out;
}

static void same_outcome(const struct outcome *a, const struct outcome *b)
{
	assert_int_equal(a->fingerprint, b->fingerprint);
	assert_int_equal(a->word, b->word);
	assert_int_equal(a->end_ns, b->end_ns);
	assert_int_equal(a->len, b->len);
}

static void a_run_is_a_function_of_its_seed_or_its_tape(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		for (u64 seed = 1; seed < 10; seed++) {
			struct outcome a = run_mixed(s, seed, NULL);
			struct outcome b = run_mixed(s, seed, NULL);
			struct outcome other = run_mixed(s, seed + 100, NULL);
			struct outcome r = run_mixed(s, 999, &a);

			same_outcome(&a, &b);
			same_outcome(&a, &r);
			assert_int_equal(r.diverged_at, -1);
			assert_int_not_equal(a.fingerprint, other.fingerprint);
			free(a.tape);
			free(b.tape);
			free(r.tape);
			free(other.tape);
		}
	}
}

static void runs_another(struct task *me, void *arg)
{
	struct fix *f = arg;
	struct outcome in;

	mixed(me, f);
	in = run_mixed(SCHED_RANDOM, 3, NULL); /* in the middle of this one, on this stack */
	f->inner ^= in.fingerprint;
	free(in.tape);
	mixed(me, f);
}

/* Two simulations take turns in one process: each as if it were alone. */
static void simulations_do_not_disturb_each_other(void **state)
{
	struct outcome alone = run_mixed(SCHED_RANDOM, 3, NULL);
	u64 fingerprint[2];

	for (u32 round = 0; round < 2; round++) {
		struct sim_config cfg = test_config(SCHED_FIFO);
		struct fix *f = calloc(1, sizeof(*f));

		f->sim = test_sim(&cfg);
		mutex_init(f->sim, &f->m, "m");
		init_rwsem(f->sim, &f->sem, "sem", 0);
		spawn(f->sim, "x", runs_another, f);
		spawn(f->sim, "y", runs_another, f);
		spawn(f->sim, "z", runs_another, f);
		sim_run(f->sim);
		assert_int_equal(f->inner, alone.fingerprint); /* three times: one is left */
		fingerprint[round] = f->sim->fingerprint;
		sim_destroy(f->sim);
		free(f);
	}
	assert_int_equal(fingerprint[0], fingerprint[1]);
	free(alone.tape);
}

/* A tiny program with a known history: the same on every machine, or replays stop working. */
static void golden(struct task *me, void *arg)
{
	for (u32 i = 0; i < 5; i++) {
		sim_point(me, 1, SIM_WRITE);
		sim_event(me, EV_MODEL_FIRST, 1, i, sim_choose(me->sim, CHOICE_VALUE, 100));
		sim_cost(me, 100 + me->id);
		sim_point(me, 2, SIM_READ);
		sim_sleep(me, 50);
	}
}

static u64 golden_fingerprint(enum sched_policy sched)
{
	struct sim_config cfg = test_config(sched);
	struct fix *f = calloc(1, sizeof(*f));
	u64 fp;

	cfg.seed = 42;
	f->sim = test_sim(&cfg);
	for (u32 i = 0; i < 3; i++)
		spawn(f->sim, "t", golden, f);
	sim_run(f->sim);
	fp = f->sim->fingerprint;
	sim_destroy(f->sim);
	free(f);
	return fp;
}

static void fingerprints_do_not_depend_on_the_machine(void **state)
{
	assert_int_equal(golden_fingerprint(SCHED_FIFO), 0xfee86d482fc130f8);
	assert_int_equal(golden_fingerprint(SCHED_RANDOM), 0xd6df794caddd582b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visible_operations_happen_in_time_order),
		cmocka_unit_test(cpus_run_in_parallel),
		cmocka_unit_test(pinned_tasks_stay_where_they_are),
		cmocka_unit_test(waking_costs_what_is_configured),
		cmocka_unit_test(switches_cost_on_a_shared_cpu),
		cmocka_unit_test(deadlines_are_kept_to_the_nanosecond),
		cmocka_unit_test(signals_end_the_waits_that_allow_it),
		cmocka_unit_test(endless_loops_are_livelocks),
		cmocka_unit_test(the_time_limit_ends_a_run),
		cmocka_unit_test(daemons_do_not_keep_a_run_alive),
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(ten_thousand_tasks),
		cmocka_unit_test(a_run_is_a_function_of_its_seed_or_its_tape),
		cmocka_unit_test(simulations_do_not_disturb_each_other),
		cmocka_unit_test(fingerprints_do_not_depend_on_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
