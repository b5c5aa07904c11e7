// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_minimise.c - schedules made short: what is left still finds it, and nothing can be left out.
 */
#include "exploretest.h"
#include "sim/minimise.h"

static bool found(void *arg, struct explorer *ex, u64 seed)
{
	struct program *p = arg;

	program_run(p, ex, seed);
	return p->bad || p->deadlock;
}

/* Search by @ex until it is found; record that.  Return: the number of runs, 0: not found. */
static u32 find(struct program *p, struct explorer *ex, struct schedule *s)
{
	struct schedule_recorder rec;
	u32 runs = 0;

	schedule_recorder_init(&rec, ex, s);
	for (u64 seed = 1; seed < 3000 && !runs; seed++) {
		program_run(p, &rec.ex, seed);
		if (p->bad || p->deadlock)
			runs = (u32)seed;
	}
	schedule_recorder_finish(&rec);
	return runs;
}

/* Does playing @s strictly find it, and is it the run that the schedule says it is? */
static void replays(struct program *p, const struct schedule *s)
{
	struct schedule_player player;

	schedule_player_init(&player, s, false);
	program_run(p, &player.ex, s->seed);
	assert_true(p->bad || p->deadlock);
	assert_int_equal(player.diverged, SCHEDULE_SAME);
	assert_int_equal(p->fingerprint, s->fingerprint);
	schedule_player_finish(&player);
}

/* Without any one entry it is not found. */
static void is_minimal(struct program *p, const struct schedule *s)
{
	struct schedule less;

	schedule_init(&less, 0);
	for (u32 i = 0; i < schedule_len(s); i++) {
		struct schedule_player player;
		bool keep[64];

		assert_true(schedule_len(s) <= ARRAY_SIZE(keep));
		for (u32 k = 0; k < ARRAY_SIZE(keep); k++)
			keep[k] = k != i;
		schedule_keep(&less, s, keep);
		schedule_player_init(&player, &less, true);
		program_run(p, &player.ex, less.seed);
		assert_false(p->bad || p->deadlock);
		schedule_player_finish(&player);
	}
	schedule_finish(&less);
}

static struct minimise minimise(struct program *p, struct schedule *s, bool zero_values)
{
	struct minimise m = {.run = found, .arg = p, .zero_values = zero_values};
	u32 before = schedule_len(s);

	assert_int_equal(schedule_minimise(&m, s), 0);
	assert_true(m.minimal);
	assert_int_equal(m.len_before, before);
	assert_true(schedule_len(s) <= before);
	replays(p, s);
	is_minimal(p, s);
	return m;
}

static void an_inversion_takes_one_preemption(void **state)
{
	struct program p = {.nr = 2, .actor = {ab, ba}, .pad = 20, .pool = sim_pool_create()};
	u64 runs = 0;
	struct schedule s;

	schedule_init(&s, 0);
	for (u32 i = 0; i < 10; i++) {
		struct explorer *ex = i < 5 ? sample_pos_new() : sample_random_new();
		struct minimise m;

		p.actor[0] = i % 2 ? ba : ab;
		p.actor[1] = i % 2 ? ab : ba;
		p.pad = i < 5 ? 20 + i : 4;
		assert_int_not_equal(find(&p, ex, &s), 0);
		m = minimise(&p, &s, false);
		runs += m.nr_runs;
		assert_in_range(schedule_len(&s), 1, 2);
		assert_in_range(s.nr_preemptions, 1, 2);
		sample_free(ex);
	}
	assert_true(runs < 10 * 60); /* microseconds each */
	schedule_finish(&s);
	sim_pool_destroy(p.pool);
}

/* Fails the third time, and then reads what the other one wrote in between. */
static void failing(struct task *me, void *arg)
{
	struct program *p = arg;
	u32 failures = 0;

	for (u32 i = 0; i < 6; i++) {
		sim_point(me, 1, SIM_WRITE);
		if (sim_should_fail(me, "site") && i == 2)
			failures++;
		saw(p, sim_choose(me->sim, CHOICE_VALUE, 1000));
	}
	sim_point(me, 2, SIM_WRITE);
	p->word[0] = failures;
	sim_point(me, 2, SIM_WRITE);
	p->word[0] = 0;
}

static void reading(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < 6; i++) {
		sim_point(me, 1, SIM_WRITE);
		sim_should_fail(me, "other");
	}
	sim_point(me, 2, SIM_READ);
	p->bad = p->word[0];
}

static void only_the_failure_that_matters_is_left(void **state)
{
	struct program p = {.nr = 2, .actor = {failing, reading}, .fail_one_in = 3,
			    .pool = sim_pool_create()};
	struct explorer *ex = sample_random_new();
	struct schedule s;

	schedule_init(&s, 0);
	assert_int_not_equal(find(&p, ex, &s), 0);
	assert_true(s.nr_choices > 2);
	minimise(&p, &s, true);
	assert_int_equal(s.nr_departures, 1);
	assert_int_equal(s.nr_choices, 1);
	assert_int_equal(s.choices[0].kind, CHOICE_FAIL);
	assert_int_equal(s.choices[0].task, 0);
	assert_int_equal(s.choices[0].nth, 2);
	assert_true(s.zero_values);
	sample_free(ex);
	schedule_finish(&s);
	sim_pool_destroy(p.pool);
}

/* Values that matter stay: from a tape, where they are not the seed's. */
static void drawing(struct task *me, void *arg)
{
	struct program *p = arg;
	u32 sum = 0;

	for (u32 i = 0; i < 8; i++) {
		sim_point(me, 1, SIM_WRITE);
		p->word[0] += me->id == 1;
		sum += sim_choose(me->sim, CHOICE_VALUE, 50) == 49;
	}
	p->bad |= sum && me->id == 0 && p->word[0];
}

static void values_that_matter_are_left(void **state)
{
	struct program p = {.nr = 2, .actor = {drawing, drawing}, .pool = sim_pool_create()};
	struct choice *tape = NULL;
	struct schedule_recorder rec;
	struct schedule s;
	size_t len;
	u64 seed = 0;

	schedule_init(&s, 0);
	do {
		free(tape);
		tape = NULL;
		program_run_tape(&p, NULL, ++seed, &tape, &len);
	} while (!p.bad);
	schedule_recorder_init(&rec, NULL, &s);
	program_run_tape(&p, &rec.ex, seed, &tape, &len);
	schedule_recorder_finish(&rec);
	assert_true(p.bad);
	assert_true(s.nr_choices > 10);
	minimise(&p, &s, false);
	assert_in_range(s.nr_choices, 0, 2);
	assert_int_equal(s.nr_departures, 1);
	free(tape);
	schedule_finish(&s);
	sim_pool_destroy(p.pool);
}

/* --- generated defects --- */

/* Events that have to come in order, in turns; among others that do not matter. */
struct chain {
	struct program p;
	u32 depth, pad;
	u64 seed;
};

static void chain_actor(struct task *me, void *arg)
{
	struct chain *c = arg;

	for (u32 e = 0; e <= c->depth; e++) {
		u32 pad = (u32)(prng_mix(c->seed + e * 8 + me->id) % c->pad);

		for (u32 i = 0; i < pad; i++) {
			mutex_lock(me, &c->p.mutex[i % 2]);
			sim_point(me, 50, SIM_READ);
			mutex_unlock(me, &c->p.mutex[i % 2]);
		}
		sim_point(me, 1, SIM_WRITE);
		if (me->id == e % 2 && c->p.word[0] == e)
			c->p.word[0]++;
	}
	c->p.bad |= c->p.word[0] == c->depth + 1;
}

static void defects_of_some_depth_need_no_more_entries(void **state)
{
	u64 before = 0, after = 0;
	struct schedule s;

	schedule_init(&s, 0);
	for (u32 i = 0; i < 16; i++) {
		struct chain c = {.depth = 1 + i % 4, .pad = 3, .seed = i * 1000};
		struct explorer *ex = portfolio_new(NULL, 30);

		c.p = (struct program){.nr = 2 + i % 2, .actor = {chain_actor, chain_actor},
				       .pool = sim_pool_create()};
		c.p.actor[2] = chain_actor;
		if (find(&c.p, ex, &s)) {
			before += schedule_len(&s);
			minimise(&c.p, &s, false);
			after += schedule_len(&s);
			assert_in_range(schedule_len(&s), 0, c.depth);
		}
		sample_free(ex);
		sim_pool_destroy(c.p.pool);
	}
	assert_true(before > 4 * after);
	schedule_finish(&s);
}

/* --- what cannot be made smaller --- */

static void peaceful(struct task *me, void *arg)
{
	for (u32 i = 0; i < 5; i++)
		sim_point(me, 1, SIM_WRITE);
}

static void what_finds_nothing_is_refused(void **state)
{
	struct program p = {.nr = 2, .actor = {peaceful, peaceful}, .pool = sim_pool_create()};
	struct minimise m = {.run = found, .arg = &p};
	struct schedule s, copy;

	schedule_init(&s, 1);
	schedule_init(&copy, 0);
	schedule_add_departure(&s, &(struct departure){
		.step = 0, .task = 1, .from = SIM_NO_TASK, .from_step = 0});
	schedule_copy(&copy, &s);
	assert_int_equal(schedule_minimise(&m, &s), -ENOENT);
	assert_true(schedule_equal(&s, &copy));
	schedule_finish(&s);
	schedule_finish(&copy);
	sim_pool_destroy(p.pool);
}

static void a_budget_is_kept_and_told(void **state)
{
	struct program p = {.nr = 2, .actor = {ab, ba}, .pad = 20, .pool = sim_pool_create()};
	struct minimise m = {.run = found, .arg = &p, .max_runs = 4};
	struct explorer *ex = sample_pos_new();
	struct schedule s;

	schedule_init(&s, 0);
	assert_int_not_equal(find(&p, ex, &s), 0);
	assert_int_equal(schedule_minimise(&m, &s), 0);
	assert_false(m.minimal);
	assert_int_equal(m.nr_runs, 4);
	replays(&p, &s);
	sample_free(ex);
	schedule_finish(&s);
	sim_pool_destroy(p.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inversion_takes_one_preemption),
		cmocka_unit_test(only_the_failure_that_matters_is_left),
		cmocka_unit_test(values_that_matter_are_left),
		cmocka_unit_test(defects_of_some_depth_need_no_more_entries),
		cmocka_unit_test(what_finds_nothing_is_refused),
		cmocka_unit_test(a_budget_is_kept_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
