// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_choice.c - the choice tape: streams, recording, replay, divergence.
 */
#include "simtest.h"

static void same_seed_same_choices(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *a, *b, *c;
	u32 differing = 0;

	cfg.seed = 5;
	a = test_sim(&cfg);
	b = test_sim(&cfg);
	cfg.seed = 6;
	c = test_sim(&cfg);
	for (u32 i = 0; i < 1000; i++) {
		u32 x = sim_choose(a, CHOICE_SCHED, 1000);

		assert_int_equal(x, sim_choose(b, CHOICE_SCHED, 1000));
		differing += x != sim_choose(c, CHOICE_SCHED, 1000);
	}
	assert_true(differing > 900);
	sim_destroy(a);
	sim_destroy(b);
	sim_destroy(c);
}

/* A longer schedule must not move the random values. */
static void kinds_have_streams_of_their_own(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *a = test_sim(&cfg), *b = test_sim(&cfg);

	for (u32 i = 0; i < 100; i++) {
		sim_choose(b, CHOICE_SCHED, 7);
		sim_choose(b, CHOICE_FAIL, 2);
		assert_int_equal(sim_choose(a, CHOICE_VALUE, 1u << 30),
				 sim_choose(b, CHOICE_VALUE, 1u << 30));
	}
	sim_destroy(a);
	sim_destroy(b);
}

static void choices_are_below_n_and_all_occur(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);
	u32 seen[7] = { 0 };

	for (u32 i = 0; i < 7000; i++) {
		u32 v = sim_choose(sim, CHOICE_SCHED, 7);

		assert_true(v < 7);
		seen[v]++;
	}
	for (u32 i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150);
	sim_destroy(sim);
}

static void one_alternative_is_no_decision(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim;

	cfg.record_tape = true;
	sim = test_sim(&cfg);
	assert_int_equal(sim_choose(sim, CHOICE_SCHED, 1), 0);
	assert_int_equal(sim->tape.rec_len, 0);
	sim_choose(sim, CHOICE_SCHED, 2);
	assert_int_equal(sim->tape.rec_len, 1);
	sim_destroy(sim);
}

/* Record @len choices of a mixed program; return the tape, which the caller frees. */
static struct choice *record(u64 seed, size_t *len, u32 *out, u32 n)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct choice *copy;
	struct sim *sim;

	cfg.seed = seed;
	cfg.record_tape = true;
	sim = test_sim(&cfg);
	for (u32 i = 0; i < n; i++)
		out[i] = sim_choose(sim, i % 3, 2 + i % 100);
	*len = sim->tape.rec_len;
	copy = malloc(*len * sizeof(*copy));
	memcpy(copy, sim->tape.rec, *len * sizeof(*copy));
	sim_destroy(sim);
	return copy;
}

static void replay_gives_what_was_recorded(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct choice *tape;
	struct sim *sim;
	u32 out[300];
	size_t len;

	tape = record(11, &len, out, 300);
	assert_int_equal(len, 300);
	cfg.seed = 99;
	cfg.record_tape = true;
	cfg.replay = tape;
	cfg.replay_len = len;
	sim = test_sim(&cfg);
	for (u32 i = 0; i < 300; i++)
		assert_int_equal(sim_choose(sim, i % 3, 2 + i % 100), out[i]);
	assert_int_equal(sim->tape.diverged_at, -1);
	assert_int_equal(sim->tape.rec_len, len);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(sim->tape.rec[i].value, tape[i].value);
		assert_int_equal(sim->tape.rec[i].n, tape[i].n);
		assert_int_equal(sim->tape.rec[i].kind, tape[i].kind);
	}
	sim_destroy(sim);
	free(tape);
}

static void divergence_is_told_once_and_values_stay_in_range(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct choice *tape;
	struct sim *sim;
	u32 out[60];
	size_t len;

	tape = record(3, &len, out, 60);
	cfg.replay = tape;
	cfg.replay_len = len;
	sim = test_sim(&cfg);
	for (u32 i = 0; i < 10; i++)
		sim_choose(sim, i % 3, 2 + i % 100);
	for (u32 i = 10; i < 60; i++)
		assert_true(sim_choose(sim, i % 3, 3) < 3);
	assert_int_equal(sim->tape.diverged_at, 10);
	sim_destroy(sim);
	free(tape);
}

static void running_out_of_tape_is_a_divergence(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct choice *tape;
	struct sim *sim;
	u32 out[5];
	size_t len;

	tape = record(3, &len, out, 5);
	cfg.replay = tape;
	cfg.replay_len = len;
	sim = test_sim(&cfg);
	for (u32 i = 0; i < 5; i++)
		sim_choose(sim, i % 3, 2 + i % 100);
	assert_int_equal(sim->tape.diverged_at, -1);
	assert_true(sim_choose(sim, CHOICE_SCHED, 9) < 9);
	assert_int_equal(sim->tape.diverged_at, 5);
	sim_destroy(sim);
	free(tape);
}

static void units_are_uniform_and_replayable(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim, *again;
	double sum = 0;

	cfg.record_tape = true;
	sim = test_sim(&cfg);
	for (u32 i = 0; i < 10000; i++) {
		double u = sim_choose_unit(sim);

		assert_true(u >= 0 && u < 1);
		sum += u;
	}
	assert_true(sum > 4900 && sum < 5100);
	cfg.seed = 1234;
	cfg.replay = sim->tape.rec;
	cfg.replay_len = sim->tape.rec_len;
	again = test_sim(&cfg);
	for (u32 i = 0; i < 10000; i++)
		sum -= sim_choose_unit(again);
	assert_true(sum > -1e-6 && sum < 1e-6);
	assert_int_equal(again->tape.diverged_at, -1);
	sim_destroy(again);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_choices),
		cmocka_unit_test(kinds_have_streams_of_their_own),
		cmocka_unit_test(choices_are_below_n_and_all_occur),
		cmocka_unit_test(one_alternative_is_no_decision),
		cmocka_unit_test(replay_gives_what_was_recorded),
		cmocka_unit_test(divergence_is_told_once_and_values_stay_in_range),
		cmocka_unit_test(running_out_of_tape_is_a_divergence),
		cmocka_unit_test(units_are_uniform_and_replayable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
