/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exploretest.h - small programs over a few locks and words, run again and again by an explorer.
 */
#ifndef TESTS_UNIT_EXPLORETEST_H
#define TESTS_UNIT_EXPLORETEST_H

#include "simtest.h"
#include "sim/mutex.h"
#include "sim/sample.h"
#include "sim/schedule_run.h"

#define MAX_ACTORS 8
#define NR_MUTEXES 4

struct program {
	/* set by the test */
	u32 nr;
	void (*actor[MAX_ACTORS])(struct task *me, void *arg);
	u32 fail_one_in;
	u64 limit_points;
	u32 pad, depth;
	/* anew for each run */
	struct mutex mutex[NR_MUTEXES];
	struct mutex private[MAX_ACTORS];
	u32 word[8];
	bool bad; /* what the test looks for */
	u32 hash; /* of what the actors have seen */
	/* of the last run */
	u64 fingerprint;
	u64 points;
	bool deadlock, livelock, stopped;
	/* constant */
	struct sim_pool *pool;
};

static inline void saw(struct program *p, u32 what)
{
	p->hash = (p->hash ^ what) * 16777619u;
}

static inline void program_note(struct program *p, const struct sim *sim)
{
	p->fingerprint = sim->fingerprint;
	p->points = sim->points;
	p->deadlock = sim_has_finding(sim, "deadlock");
	p->livelock = sim_has_finding(sim, "livelock");
	p->stopped = sim->stopped;
}

/* One run.  @tape: receives the tape, which the caller frees; or NULL. */
static inline void program_run_tape(struct program *p, struct explorer *ex, u64 seed,
				    struct choice **tape, size_t *len)
{
	struct sim_config cfg = test_config(SCHED_SEARCH);
	struct sim *sim;

	cfg.seed = seed;
	cfg.explorer = ex;
	cfg.lock_stat = false;
	cfg.fail_one_in = p->fail_one_in;
	cfg.limit_points = p->limit_points;
	cfg.pool = p->pool;
	cfg.record_tape = tape && !*tape;
	if (tape && *tape) {
		cfg.replay = *tape;
		cfg.replay_len = *len;
	}
	sim = test_sim(&cfg);
	for (u32 i = 0; i < NR_MUTEXES; i++)
		mutex_init(sim, &p->mutex[i], "mutex");
	for (u32 i = 0; i < p->nr; i++)
		mutex_init(sim, &p->private[i], "private");
	memset(p->word, 0, sizeof(p->word));
	p->bad = false;
	p->hash = 0;
	for (u32 i = 0; i < p->nr; i++)
		spawn(sim, "actor", p->actor[i], p);
	sim_run(sim);
	program_note(p, sim);
	if (ex)
		explorer_done(ex, sim);
	if (cfg.record_tape) {
		*len = sim->tape.rec_len;
		*tape = malloc((*len + 1) * sizeof(**tape));
		memcpy(*tape, sim->tape.rec, *len * sizeof(**tape));
	}
	sim_destroy(sim);
}

static inline void program_run(struct program *p, struct explorer *ex, u64 seed)
{
	program_run_tape(p, ex, seed, NULL, NULL);
}

/* --- AB-BA, misaligned by 2 * pad private critical sections --- */

static inline void pads(struct task *me, struct program *p, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		mutex_lock(me, &p->private[me->id]);
		mutex_unlock(me, &p->private[me->id]);
	}
}

static inline void ab(struct task *me, void *arg)
{
	struct program *p = arg;

	mutex_lock(me, &p->mutex[0]);
	mutex_lock(me, &p->mutex[1]);
	mutex_unlock(me, &p->mutex[1]);
	mutex_unlock(me, &p->mutex[0]);
	pads(me, p, 2 * p->pad);
}

static inline void ba(struct task *me, void *arg)
{
	struct program *p = arg;

	pads(me, p, 2 * p->pad);
	mutex_lock(me, &p->mutex[1]);
	mutex_lock(me, &p->mutex[0]);
	mutex_unlock(me, &p->mutex[0]);
	mutex_unlock(me, &p->mutex[1]);
}

/* Runs until the deadlock, from seed @seed * 10^6 on; or @most. */
static inline u32 runs_to_deadlock(struct program *p, struct explorer *ex, u64 seed, u32 most)
{
	for (u32 i = 1; i < most; i++) {
		program_run(p, ex, seed * 1000000 + i);
		if (p->deadlock)
			return i;
	}
	return most;
}

static inline int u32_cmp(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static inline u32 median(u32 *v, u32 n)
{
	qsort(v, n, sizeof(*v), u32_cmp);
	return v[n / 2];
}

#endif
