// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_schedule.c - schedules: what is recorded repeats the run; what does not fit is told.
 */
#include "exploretest.h"
#include "sim/rwsem.h"

static struct program program_of(u32 nr, void (*fn)(struct task *me, void *arg))
{
	struct program p = {.nr = nr, .pool = sim_pool_create()};

	for (u32 i = 0; i < nr; i++)
		p.actor[i] = fn;
	return p;
}

/* --- generated programs --- */

struct generated {
	struct program p;
	u64 seed;
	u32 shorter; /* this actor leaves out its last operation; nobody: MAX_ACTORS */
};

static void one_op(struct task *me, struct generated *g, u32 what)
{
	struct mutex *m = &g->p.mutex[what / 8 % 2];

	switch (what % 8) {
	case 0:
	case 1:
		mutex_lock(me, m);
		sim_point(me, 7, SIM_READ);
		saw(&g->p, me->id);
		mutex_unlock(me, m);
		break;
	case 2:
		if (mutex_trylock(me, m)) {
			saw(&g->p, 100 + me->id);
			mutex_unlock(me, m);
		}
		break;
	case 3:
		saw(&g->p, sim_choose(me->sim, CHOICE_VALUE, 10));
		break;
	case 4:
		if (sim_should_fail(me, "site"))
			saw(&g->p, 200 + me->id);
		break;
	case 5:
		sim_sleep(me, 100);
		break;
	case 6:
		sim_park(me, PARK_SLEEP, sim_now(me) + 100);
		break;
	default:
		sim_unpark(me, me->sim->tasks[what / 8 % g->p.nr]);
		sim_point(me, 9, SIM_WRITE);
		break;
	}
}

static void generated_actor(struct task *me, void *arg)
{
	struct generated *g = arg;
	struct prng rng;
	u32 n;

	prng_seed(&rng, g->seed + me->id);
	n = 3 + prng_below(&rng, 6);
	for (u32 i = 0; i < n; i++) {
		if (i + 1 < n || g->shorter != me->id)
			one_op(me, g, (u32)prng_next(&rng) % 4096);
	}
}

static struct generated generate(u64 seed)
{
	struct generated g = {
		.p = program_of(2 + (u32)(seed % 3), generated_actor),
		.seed = prng_mix(seed),
		.shorter = MAX_ACTORS,
	};

	g.p.fail_one_in = 3;
	return g;
}

static struct explorer *portfolio(void)
{
	return portfolio_new(NULL, 30);
}

static struct explorer *(*const sampler[])(void) = {
	sample_random_new, sample_pos_new, portfolio,
};

static void record(struct program *p, struct explorer *ex, u64 seed, struct schedule *s)
{
	struct schedule_recorder rec;

	schedule_recorder_init(&rec, ex, s);
	program_run(p, &rec.ex, seed);
	schedule_recorder_finish(&rec);
}

/* Return: where it diverged. */
static enum schedule_divergence play(struct program *p, const struct schedule *s, bool loose,
				     u64 *step)
{
	enum schedule_divergence d;
	struct schedule_player player;

	schedule_player_init(&player, s, loose);
	program_run(p, &player.ex, s->seed);
	d = player.diverged;
	*step = player.diverged_step;
	schedule_player_finish(&player);
	return d;
}

/* Strictly and loosely, and the loose replay recorded: all the same run. */
static void what_is_recorded_repeats_the_run(void **state)
{
	u64 departures = 0, choices = 0, step;
	struct schedule s, again;

	schedule_init(&s, 0);
	schedule_init(&again, 0);
	for (u64 seed = 0; seed < 300; seed++) {
		struct generated g = generate(seed);
		struct explorer *ex = sampler[seed % ARRAY_SIZE(sampler)]();
		struct schedule_player player;
		u64 fingerprint;
		u32 hash;

		record(&g.p, ex, seed * 7, &s);
		fingerprint = g.p.fingerprint;
		hash = g.p.hash;
		assert_int_equal(s.fingerprint, fingerprint);
		departures += s.nr_departures;
		choices += s.nr_choices;
		for (u32 loose = 0; loose < 2; loose++) {
			assert_int_equal(play(&g.p, &s, loose, &step), SCHEDULE_SAME);
			assert_int_equal(g.p.fingerprint, fingerprint);
			assert_int_equal(g.p.hash, hash);
		}
		schedule_player_init(&player, &s, true);
		record(&g.p, &player.ex, s.seed, &again);
		assert_true(schedule_equal(&s, &again));
		assert_int_equal(again.nr_preemptions, s.nr_preemptions);
		assert_int_equal(again.nr_steps, s.nr_steps);
		schedule_player_finish(&player);
		sample_free(ex);
		sim_pool_destroy(g.p.pool);
	}
	assert_true(departures > 1000);
	assert_true(choices > 100);
	schedule_finish(&s);
	schedule_finish(&again);
}

/* A sampler's tape becomes a schedule, and the schedule that tape again. */
static void tapes_and_schedules_are_the_same(void **state)
{
	struct schedule s;

	schedule_init(&s, 0);
	for (u64 seed = 0; seed < 100; seed++) {
		struct generated g = generate(seed);
		struct explorer *ex = sampler[seed % ARRAY_SIZE(sampler)]();
		struct choice *tape = NULL, *back = NULL;
		struct schedule_recorder rec;
		struct schedule_player player;
		size_t len = 0, len_back = 0;
		u64 fingerprint;

		program_run_tape(&g.p, ex, seed, &tape, &len);
		fingerprint = g.p.fingerprint;
		schedule_recorder_init(&rec, NULL, &s);
		program_run_tape(&g.p, &rec.ex, seed, &tape, &len);
		assert_int_equal(g.p.fingerprint, fingerprint);
		schedule_recorder_finish(&rec);
		schedule_player_init(&player, &s, false);
		program_run_tape(&g.p, &player.ex, seed, &back, &len_back);
		assert_int_equal(player.diverged, SCHEDULE_SAME);
		assert_int_equal(len_back, len);
		for (size_t i = 0; i < len; i++) {
			assert_int_equal(back[i].kind, tape[i].kind);
			assert_int_equal(back[i].n, tape[i].n);
			/* of what does not fail it is not kept how closely */
			if (tape[i].kind != CHOICE_FAIL || tape[i].value == tape[i].n - 1)
				assert_int_equal(back[i].value, tape[i].value);
		}
		schedule_player_finish(&player);
		free(tape);
		free(back);
		sample_free(ex);
		sim_pool_destroy(g.p.pool);
	}
	schedule_finish(&s);
}

/* --- the default --- */

static void writes_order(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < 2; i++) {
		sim_point(me, 1, SIM_WRITE);
		p->word[0] = p->word[0] * 10 + me->id + 1;
	}
}

static void the_default_runs_tasks_to_their_ends(void **state)
{
	struct program p = program_of(3, writes_order);
	struct schedule s;
	u64 step;

	schedule_init(&s, 5);
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_SAME);
	assert_int_equal(p.word[0], 112233);
	/* 2 at the start, and 3 when 2 is at its second step */
	schedule_add_departure(&s, &(struct departure){
		.step = 0, .task = 1, .from = SIM_NO_TASK, .from_step = 0});
	schedule_add_departure(&s, &(struct departure){
		.step = 2, .task = 2, .from = 1, .from_step = 2});
	for (u32 loose = 0; loose < 2; loose++) {
		assert_int_equal(play(&p, &s, loose, &step), SCHEDULE_SAME);
		assert_int_equal(p.word[0], 233112);
	}
	schedule_finish(&s);
	sim_pool_destroy(p.pool);
}

static void spins_or_sets(struct task *me, void *arg)
{
	struct program *p = arg;

	do {
		sim_point(me, 1, SIM_WRITE);
		p->word[0] += me->id == 2;
	} while (!p->word[0]);
}

/* Also with loops that nobody has marked the default comes to an end. */
static void the_default_is_fair(void **state)
{
	struct program p = program_of(3, spins_or_sets);
	struct schedule s;
	u64 step;

	p.limit_points = 100000;
	schedule_init(&s, 5);
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_SAME);
	assert_false(p.livelock);
	assert_true(p.points > 2 * 4096);
	schedule_finish(&s);
	sim_pool_destroy(p.pool);
}

/* Loosely, entries are found by their task's own steps: taking one out does not move the others. */
static void entries_stand_for_themselves(void **state)
{
	struct program p = program_of(3, writes_order);
	bool keep[2] = {false, true};
	struct schedule s, one;
	u64 step;

	schedule_init(&s, 5);
	schedule_init(&one, 0);
	schedule_add_departure(&s, &(struct departure){
		.step = 0, .task = 1, .from = SIM_NO_TASK, .from_step = 0});
	schedule_add_departure(&s, &(struct departure){
		.step = 2, .task = 2, .from = 1, .from_step = 2});
	schedule_keep(&one, &s, keep);
	assert_int_equal(one.nr_departures, 1);
	play(&p, &one, true, &step);
	assert_int_equal(p.word[0], 112332);
	schedule_finish(&s);
	schedule_finish(&one);
	sim_pool_destroy(p.pool);
}

/* --- divergence --- */

static void a_shorter_program_is_noticed(void **state)
{
	u32 how[SCHEDULE_ENDS_LATE + 1] = {0};
	struct schedule s;
	u64 step;

	schedule_init(&s, 0);
	for (u64 seed = 0; seed < 100; seed++) {
		struct generated g = generate(seed);
		struct explorer *ex = sample_pos_new();
		enum schedule_divergence d;

		record(&g.p, ex, seed, &s);
		g.shorter = (u32)seed % g.p.nr;
		d = play(&g.p, &s, false, &step);
		how[d]++;
		if (d) /* else it was nothing that a schedule is about */
			assert_in_range(step, 1, s.nr_steps);
		sample_free(ex);
		sim_pool_destroy(g.p.pool);
	}
	assert_true(how[SCHEDULE_OTHER_STATE] > 20);
	assert_true(how[SCHEDULE_ENDS_EARLY] > 0);
	assert_true(how[SCHEDULE_SAME] < 40);
	schedule_finish(&s);
}

static void a_replay_stops_where_it_diverges(void **state)
{
	struct program p = program_of(3, writes_order);
	struct explorer *ex = sample_random_new();
	struct schedule s;
	u64 step;

	schedule_init(&s, 0);
	record(&p, ex, 1, &s);
	assert_true(s.nr_departures >= 3);
	s.departures[2].state ^= 1;
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_OTHER_STATE);
	assert_int_equal(step, s.departures[2].step);
	assert_true(p.stopped);
	s.departures[2].state = 0; /* not known */
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_SAME);
	s.departures[2].task = 77;
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_NOT_ENABLED);
	assert_int_equal(step, s.departures[2].step);
	record(&p, ex, 1, &s);
	s.nr_steps--;
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_ENDS_LATE);
	s.nr_steps += 2;
	assert_int_equal(play(&p, &s, false, &step), SCHEDULE_ENDS_EARLY);
	for (u32 d = SCHEDULE_SAME; d <= SCHEDULE_ENDS_LATE; d++)
		assert_true(strlen(schedule_divergence_text(d)) > 5);
	schedule_finish(&s);
	sample_free(ex);
	sim_pool_destroy(p.pool);
}

/* --- what steps are recorded with --- */

static void a_recorder_passes_on_what_it_hears(void **state)
{
	struct program p = program_of(2, writes_order);
	struct explorer *pos = sample_pos_new();
	struct explorer *inner = portfolio_new(NULL, 10);
	struct schedule s, t;

	schedule_init(&s, 0);
	schedule_init(&t, 0);
	for (u64 seed = 0; seed < 50; seed++) {
		record(&p, inner, seed, &s);
		if (strcmp(sample_name(inner), "pos") != 0)
			continue;
		record(&p, pos, seed, &t);
		assert_true(schedule_equal(&s, &t));
	}
	assert_int_equal(inner->stats.executions, 50);
	schedule_finish(&s);
	schedule_finish(&t);
	sample_free(pos);
	sample_free(inner);
	sim_pool_destroy(p.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_recorded_repeats_the_run),
		cmocka_unit_test(tapes_and_schedules_are_the_same),
		cmocka_unit_test(the_default_runs_tasks_to_their_ends),
		cmocka_unit_test(the_default_is_fair),
		cmocka_unit_test(entries_stand_for_themselves),
		cmocka_unit_test(a_shorter_program_is_noticed),
		cmocka_unit_test(a_replay_stops_where_it_diverges),
		cmocka_unit_test(a_recorder_passes_on_what_it_hears),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
