// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_sample.c - samplers: functions of the seed, complete, as good as their bounds, fair.
 */
#include "exploretest.h"

static struct explorer *pct1(void)
{
	return sample_pct_new(1, 0);
}

static struct explorer *pct3(void)
{
	return sample_pct_new(3, 0);
}

static struct explorer *portfolio(void)
{
	return portfolio_new(NULL, 40);
}

static struct explorer *(*const sampler[])(void) = {
	sample_random_new, sample_pos_new, pct3, portfolio,
};

static struct program program_of(u32 nr, void (*fn)(struct task *me, void *arg))
{
	struct program p = {.nr = nr, .pool = sim_pool_create()};

	for (u32 i = 0; i < nr; i++)
		p.actor[i] = fn;
	return p;
}

/* --- what a run depends on --- */

static void mixed(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < 4; i++) {
		mutex_lock(me, &p->mutex[(me->id + i) % 2]);
		saw(p, me->id * 16 + sim_choose(me->sim, CHOICE_VALUE, 7));
		mutex_unlock(me, &p->mutex[(me->id + i) % 2]);
		if (sim_should_fail(me, "site"))
			saw(p, me->id);
	}
}

static void a_run_is_a_function_of_the_seed(void **state)
{
	struct program p = program_of(3, mixed);

	p.fail_one_in = 3;
	for (u32 k = 0; k < ARRAY_SIZE(sampler); k++) {
		struct explorer *a = sampler[k](), *b = sampler[k]();
		u32 differing = 0;

		for (u64 seed = 0; seed < 20 && k < 2; seed++)
			program_run(&p, b, 1000 + seed); /* no history, where none is learnt */
		for (u64 seed = 0; seed < 50; seed++) {
			u64 fingerprint;
			u32 hash;

			program_run(&p, a, seed);
			fingerprint = p.fingerprint;
			hash = p.hash;
			program_run(&p, b, seed);
			assert_int_equal(p.fingerprint, fingerprint);
			assert_int_equal(p.hash, hash);
			program_run(&p, b, seed + 5000);
			differing += p.hash != hash;
			program_run(&p, a, seed + 5000);
		}
		assert_true(differing > 40);
		assert_int_equal(a->stats.executions, 100);
		sample_free(a);
		sample_free(b);
	}
	sim_pool_destroy(p.pool);
}

/* With the decisions given, the portfolio and PCT do not depend on earlier runs either. */
static void a_given_estimate_leaves_no_history(void **state)
{
	struct program p = program_of(3, mixed);
	struct explorer *a = portfolio(), *b = portfolio();

	for (u64 seed = 0; seed < 100; seed++) {
		u32 hash;

		program_run(&p, a, seed);
		hash = p.hash;
		program_run(&p, b, 12345 + seed);
		program_run(&p, b, seed);
		assert_int_equal(p.hash, hash);
	}
	sample_free(a);
	sample_free(b);
	sim_pool_destroy(p.pool);
}

static void asks_for_values(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < 5; i++) {
		sim_point(me, 1, SIM_WRITE);
		p->word[me->id] = p->word[me->id] * 10 + sim_choose(me->sim, CHOICE_VALUE, 10);
	}
}

/* The same seed by different strategies: other orders, the same values. */
static void values_stay_with_their_task(void **state)
{
	struct program p = program_of(3, asks_for_values);

	for (u64 seed = 0; seed < 20; seed++) {
		u32 first[3] = {0};

		for (u32 k = 0; k < ARRAY_SIZE(sampler); k++) {
			struct explorer *ex = sampler[k]();

			program_run(&p, ex, seed);
			for (u32 i = 0; i < 3; i++) {
				if (k == 0)
					first[i] = p.word[i];
				assert_int_equal(p.word[i], first[i]);
			}
			sample_free(ex);
		}
		assert_int_not_equal(first[0], first[1]);
	}
	sim_pool_destroy(p.pool);
}

static void two_steps(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < 2; i++) {
		sim_point(me, 1, SIM_WRITE);
		p->word[0] = p->word[0] * 4 + me->id + 1;
	}
}

static void every_order_comes_up(void **state)
{
	struct program p = program_of(2, two_steps);

	for (u32 k = 0; k < ARRAY_SIZE(sampler); k++) {
		struct explorer *ex = sampler[k]();
		u32 count[256] = {0}, distinct = 0;

		for (u64 seed = 0; seed < 600; seed++) {
			program_run(&p, ex, seed);
			distinct += count[p.word[0] & 255]++ == 0;
		}
		assert_int_equal(distinct, 6);
		sample_free(ex);
	}
	sim_pool_destroy(p.pool);
}

/* --- AB-BA --- */

static u32 median_to_deadlock(u32 pad, struct explorer *(*new)(void), u32 seeds, u32 most)
{
	struct program p = {.nr = 2, .actor = {ab, ba}, .pad = pad, .pool = sim_pool_create()};
	u32 runs[51];

	for (u32 i = 0; i < seeds; i++) {
		struct explorer *ex = new();

		runs[i] = runs_to_deadlock(&p, ex, i + 1, most);
		sample_free(ex);
	}
	sim_pool_destroy(p.pool);
	return median(runs, seeds);
}

static struct explorer *pct2(void)
{
	return sample_pct_new(2, 0);
}

static void a_misaligned_inversion_is_found_soon(void **state)
{
	assert_in_range(median_to_deadlock(5, sample_pos_new, 51, 1000), 2, 40);
	assert_in_range(median_to_deadlock(5, pct2, 51, 1000), 2, 60);
	assert_in_range(median_to_deadlock(20, sample_pos_new, 51, 1000), 5, 100);
	assert_in_range(median_to_deadlock(20, pct2, 51, 1000), 5, 100);
	assert_in_range(median_to_deadlock(20, portfolio, 51, 1000), 5, 100);
	/* what it is worth: */
	assert_int_equal(median_to_deadlock(20, sample_random_new, 5, 500), 500);
	assert_int_equal(median_to_deadlock(20, pct1, 5, 500), 500);
}

/* One task writes six times, another once, to one object: six races, each drawn for itself. */
static void races_for_one_object(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < (me->id ? 1 : 6); i++) {
		sim_point(me, 1, SIM_WRITE);
		p->word[me->id] = p->word[0] + (me->id == 0);
	}
}

static void losing_a_race_does_not_decide_the_next(void **state)
{
	struct program p = program_of(2, races_for_one_object);
	struct explorer *ex = sample_pos_new();
	u32 place[7] = {0};

	for (u64 seed = 0; seed < 4000; seed++) {
		program_run(&p, ex, seed);
		place[p.word[1]]++;
	}
	/* losing six times on end: rare, unless the first defeat decides the others */
	assert_in_range(place[6], 400, 700);
	sample_free(ex);
	sim_pool_destroy(p.pool);
}

/* --- PCT's bound on generated defects --- */

/* Event @i of a chain: the chain is complete when all have come in order. */
struct chain_op {
	u32 pad;
	u32 event; /* 0: none */
};

struct chain {
	struct program p;
	struct chain_op op[MAX_ACTORS][16];
	u32 nr_ops[MAX_ACTORS];
	u32 len;
};

static void chain_actor(struct task *me, void *arg)
{
	struct chain *c = arg;

	for (u32 i = 0; i < c->nr_ops[me->id]; i++) {
		const struct chain_op *op = &c->op[me->id][i];

		for (u32 k = 0; k < op->pad; k++)
			sim_point(me, 100 + me->id, SIM_WRITE);
		sim_point(me, 1, SIM_WRITE);
		if (op->event == c->p.word[0] + 1)
			c->p.word[0] = op->event;
		c->p.bad |= c->p.word[0] == c->len;
	}
}

/* depth + 1 events, in turns by two of the actors: each has to come before the next. */
static void chain_make(struct chain *c, u64 seed, u32 depth)
{
	u32 nr = 2 + (u32)(prng_mix(seed) % 2), first = (u32)(prng_mix(seed + 1) % nr);
	struct prng rng;

	prng_seed(&rng, seed);
	memset(c, 0, sizeof(*c));
	c->p = program_of(nr, chain_actor);
	c->len = depth + 1;
	for (u32 e = 0; e < c->len; e++) {
		u32 who = (first + e % 2) % nr;

		c->op[who][c->nr_ops[who]++] = (struct chain_op){
			.pad = prng_below(&rng, depth > 2 ? 2 : 4), .event = e + 1,
		};
	}
	for (u32 i = 0; i < nr; i++) {
		if (!c->nr_ops[i])
			c->op[i][c->nr_ops[i]++] = (struct chain_op){.pad = 1};
	}
}

/* Return: the largest number of decisions of a few runs. */
static u64 chain_decisions(struct chain *c)
{
	struct explorer *ex = sample_pct_new(2, 0);
	struct pct_promise promise;

	for (u64 seed = 0; seed < 200; seed++)
		program_run(&c->p, ex, seed);
	assert_true(sample_pct_promise(ex, 0, &promise));
	sample_free(ex);
	return promise.decisions;
}

static u32 chain_hits(struct chain *c, u32 depth, u64 decisions, u32 runs)
{
	struct explorer *ex = sample_pct_new(depth, decisions);
	u32 hits = 0;

	for (u64 seed = 0; seed < runs; seed++) {
		program_run(&c->p, ex, seed);
		hits += c->p.bad;
	}
	sample_free(ex);
	return hits;
}

static double root(double x)
{
	double r = x;

	for (u32 i = 0; i < 60; i++)
		r = (r + x / r) / 2;
	return r;
}

static void hit_rates_keep_the_bound(void **state)
{
	for (u32 depth = 1; depth <= 4; depth++) {
		for (u64 seed = 0; seed < 6; seed++) {
			struct chain c;
			double p, least;
			u64 decisions;
			u32 runs;

			chain_make(&c, seed * 10 + depth, depth);
			decisions = chain_decisions(&c);
			p = pct_bound(c.p.nr, decisions, depth);
			runs = (u32)(20 / p);
			least = runs * p - 3 * root(runs * p * (1 - p));
			assert_true(least > 5);
			assert_true(chain_hits(&c, depth, decisions, runs) >= least);
			/* the depth is what it is said to be */
			if (depth > 1)
				assert_int_equal(chain_hits(&c, depth - 1, decisions, 500), 0);
			sim_pool_destroy(c.p.pool);
		}
	}
}

static void the_promise_is_the_bound(void **state)
{
	struct program p = {.nr = 2, .actor = {ab, ba}, .pad = 5, .pool = sim_pool_create()};
	struct explorer *ex = sample_pct_new(3, 24);
	struct pct_promise promise;

	assert_false(sample_pct_promise(ex, 0, &promise));
	for (u64 seed = 0; seed < 500; seed++)
		program_run(&p, ex, seed);
	assert_true(sample_pct_promise(ex, 0, &promise));
	assert_false(sample_pct_promise(ex, 1, &promise));
	assert_int_equal(promise.depth, 3);
	assert_int_equal(promise.nr_tasks, 2);
	assert_int_equal(promise.decisions, 24);
	assert_int_equal(promise.runs, 500);
	assert_true(promise.each == 1.0 / (2 * 24 * 24));
	assert_true(promise.all > 0.35 && promise.all < 0.353); /* 1 - (1 - each)^500 */
	sample_free(ex);
	sim_pool_destroy(p.pool);
}

/* A run that is longer than reckoned with is changed in its later part, too. */
static void a_low_estimate_is_made_up_for(void **state)
{
	struct program p = {.nr = 2, .actor = {ab, ba}, .pad = 5, .pool = sim_pool_create()};
	struct explorer *ex = sample_pct_new(2, 2);

	assert_in_range(runs_to_deadlock(&p, ex, 1, 2000), 1, 1999);
	sample_free(ex);
	sim_pool_destroy(p.pool);
}

/* --- fairness --- */

static void writer(struct task *me, void *arg)
{
	struct program *p = arg;

	for (u32 i = 0; i < 3; i++)
		sim_point(me, 50, SIM_WRITE);
	sim_point(me, 1, SIM_WRITE);
	p->word[0] = 1;
}

static void spins(struct task *me, void *arg)
{
	struct program *p = arg;

	do {
		sim_point(me, 1, SIM_READ);
	} while (!p->word[0]);
}

/* Each round writes something: the engine cannot tell that it is in vain. */
static void retries(struct task *me, void *arg)
{
	struct program *p = arg;

	for (;;) {
		sim_point(me, 2, SIM_WRITE);
		if (p->word[0])
			return;
		p->word[1]++;
		sim_retry(me);
	}
}

static void polls(struct task *me, void *arg)
{
	struct program *p = arg;

	while (!p->word[0])
		sim_sleep(me, 1000);
}

static void never(struct task *me, void *arg)
{
	sim_point(me, 1, SIM_WRITE);
}

static void (*const waiter[])(struct task *me, void *arg) = {spins, retries, polls};

static void spinning_starves_nobody(void **state)
{
	for (u32 w = 0; w < ARRAY_SIZE(waiter); w++) {
		for (u32 k = 0; k <= ARRAY_SIZE(sampler); k++) {
			struct program p = {
				.nr = 4, .actor = {waiter[w], waiter[w], writer, waiter[0]},
				.limit_points = 200000, .pool = sim_pool_create(),
			};
			/* and one that changes no priority but for fairness */
			struct explorer *ex = k < ARRAY_SIZE(sampler) ? sampler[k]() : pct1();
			u64 most = 0;

			for (u64 seed = 0; seed < 20; seed++) {
				program_run(&p, ex, seed);
				assert_false(p.livelock);
				assert_false(p.stopped);
				most = max(most, p.points);
			}
			if (waiter[w] != spins)
				assert_true(most > 8);
			sample_free(ex);
			sim_pool_destroy(p.pool);
		}
	}
}

/* Who never gets help is told apart. */
static void a_livelock_is_one_still(void **state)
{
	for (u32 w = 0; w < ARRAY_SIZE(waiter); w++) {
		for (u32 k = 0; k < ARRAY_SIZE(sampler); k++) {
			struct program p = {
				.nr = 2, .actor = {waiter[w], never}, .limit_points = 20000,
				.pool = sim_pool_create(),
			};
			struct explorer *ex = sampler[k]();

			program_run(&p, ex, k);
			assert_true(p.livelock);
			sample_free(ex);
			sim_pool_destroy(p.pool);
		}
	}
}

/* --- the portfolio --- */

static void members_have_their_shares(void **state)
{
	struct program p = program_of(2, two_steps);
	struct explorer *search = sample_random_new(); /* stands in for one */
	struct explorer *ex = portfolio_new(search, 10);
	u32 pos = 0, pct = 0, other = 0;
	struct pct_promise promise;
	u64 promised = 0;

	assert_string_equal(sample_name(ex), "portfolio");
	for (u64 seed = 0; seed < 1600; seed++) {
		program_run(&p, ex, seed);
		pos += strcmp(sample_name(ex), "pos") == 0;
		pct += strncmp(sample_name(ex), "pct:", 4) == 0;
		other += strcmp(sample_name(ex), "random") == 0;
	}
	assert_int_equal(pos + pct + other, 1600);
	assert_in_range(pos, 530, 670);
	assert_in_range(pct, 530, 670);
	assert_in_range(other, 340, 460);
	assert_int_equal(search->stats.executions, other);
	assert_int_equal(ex->stats.executions, 1600);
	for (u32 i = 0; sample_pct_promise(ex, i, &promise); i++) {
		assert_int_equal(promise.depth, i + 2);
		promised += promise.runs;
	}
	assert_int_equal(promised, pct);
	sample_free(ex);
	sample_free(search);
	sim_pool_destroy(p.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_a_function_of_the_seed),
		cmocka_unit_test(a_given_estimate_leaves_no_history),
		cmocka_unit_test(values_stay_with_their_task),
		cmocka_unit_test(every_order_comes_up),
		cmocka_unit_test(a_misaligned_inversion_is_found_soon),
		cmocka_unit_test(losing_a_race_does_not_decide_the_next),
		cmocka_unit_test(hit_rates_keep_the_bound),
		cmocka_unit_test(the_promise_is_the_bound),
		cmocka_unit_test(a_low_estimate_is_made_up_for),
		cmocka_unit_test(spinning_starves_nobody),
		cmocka_unit_test(a_livelock_is_one_still),
		cmocka_unit_test(members_have_their_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
