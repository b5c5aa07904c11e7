/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/locktest.h - scenarios for lock tests: a table of actors, each of which arrives, takes
 * the lock, holds it and gives it up; and a stress that checks mutual exclusion.
 *
 * An actor's arrival is exact, because it computes until then on a CPU of its own.  Times are in
 * microseconds.  Results are judged after the run, on the main stack.
 */
#ifndef TESTS_UNIT_LOCKTEST_H
#define TESTS_UNIT_LOCKTEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine.h"
#include "sim/lockdep.h"

#define US NSEC_PER_US
#define NEVER SIM_NS_MAX

struct lt;

/* One lock type under test; @mode is the test's own letter. */
struct lt_ops {
	void (*init)(struct sim *sim, void *lock);
	int (*lock)(struct task *me, void *lock, char mode);
	void (*unlock)(struct task *me, void *lock, char mode);
};

struct lt_actor {
	/* set by the test */
	u64 at_us;
	char mode; /* the lock's; or '9' to kill, '1' to signal, '0' to wake actor @target */
	u64 hold_us;
	bool sleep; /* hold it asleep, off the CPU */
	u32 rounds; /* 0 = 1 */
	u32 target;
	/* written by the actor */
	sim_ns got_ns;	/* first time it had the lock, or NEVER */
	sim_ns left_ns; /* when its last call returned */
	int ret;
	u32 count; /* how often it had the lock */
	struct lt *lt;
	struct task *task;
};

struct lt {
	struct sim *sim;
	const struct lt_ops *ops;
	struct lt_actor *actor;
	u32 nr;
	void *lock;
	u32 order[1024]; /* actors in the order in which they got the lock */
	u32 nr_order;
};

static inline struct sim_config lt_config(void)
{
	struct sim_config cfg;

	sim_config_default(&cfg);
	cfg.engine = ENGINE_VIRTUAL;
	cfg.sched = SCHED_FIFO;
	cfg.preempt = PREEMPT_LAZY;
	cfg.nr_cpus = 512;
	cfg.hz = 250;
	cfg.switch_cost_ns = 0;
	cfg.wake_latency_ns = 0;
	cfg.lock_stat = true;
	return cfg;
}

static inline void lt_until(struct task *me, u64 at_us)
{
	if (at_us * US > sim_now(me))
		sim_compute(me, at_us * US - sim_now(me));
}

static inline void lt_actor_fn(struct task *me, void *arg)
{
	struct lt_actor *a = arg;
	struct lt *lt = a->lt;

	lt_until(me, a->at_us);
	if (a->mode == '0')
		sim_unpark(me, lt->actor[a->target].task); /* spurious */
	else if (a->mode == '1' || a->mode == '9')
		send_signal(me, lt->actor[a->target].task, a->mode == '9' ? 2 : 1);
	if (a->mode <= '9')
		return;
	for (u32 i = 0; i < max(a->rounds, 1u); i++) {
		a->ret = lt->ops->lock(me, lt->lock, a->mode);
		if (a->ret)
			break;
		if (!a->count++)
			a->got_ns = sim_now(me);
		if (lt->nr_order < ARRAY_SIZE(lt->order))
			lt->order[lt->nr_order++] = (u32)(a - lt->actor);
		if (a->sleep)
			sim_sleep(me, a->hold_us * US);
		else
			sim_cost(me, a->hold_us * US);
		lt->ops->unlock(me, lt->lock, a->mode);
	}
	a->left_ns = sim_now(me);
}

/* Create the simulation and its actors; the caller may look at the lock between this and run. */
static inline void lt_setup(struct lt *lt, const struct sim_config *cfg, const struct lt_ops *ops,
			    void *lock, struct lt_actor *actor, u32 nr)
{
	char name[SIM_TASK_NAME];

	memset(lt, 0, sizeof(*lt));
	lt->sim = sim_create(cfg);
	assert_non_null(lt->sim);
	lt->ops = ops;
	lt->lock = lock;
	lt->actor = actor;
	lt->nr = nr;
	ops->init(lt->sim, lock);
	for (u32 i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "actor%u", i);
		actor[i].lt = lt;
		actor[i].got_ns = NEVER;
		actor[i].task = sim_task_create(lt->sim, name, ACTOR_KERNEL, lt_actor_fn, &actor[i],
						-1);
	}
}

static inline void lt_no_findings(const struct sim *sim)
{
	if (sim->nr_findings)
		print_error("finding: %s: %s\n", sim->findings[0].rule, sim->findings[0].message);
	assert_int_equal(sim->nr_findings, 0);
}

#define lt_run(lt, cfg, ops, lock, actor)                                                          \
	do {                                                                                       \
		lt_setup(lt, cfg, ops, lock, actor, ARRAY_SIZE(actor));                            \
		sim_run((lt)->sim);                                                                \
	} while (0)

#define assert_got_us(lt, i, us) assert_int_equal((lt)->actor[i].got_ns, (u64)(us)*US)

/* Find how often a rule was violated, with @text somewhere in the message. */
static inline u32 lt_findings(const struct sim *sim, const char *rule, const char *text)
{
	u32 n = 0;

	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (!strcmp(sim->findings[i].rule, rule) && strstr(sim->findings[i].message, text))
			n += (u32)sim->findings[i].count;
	}
	return n;
}

/*
 * Stress: every task takes the lock in a mode of its table for a few rounds; the critical section
 * has a decision inside, so that anybody the lock lets in can be seen there.
 */
#define STRESS_TASKS  5
#define STRESS_ROUNDS 4

struct lt_stress {
	const struct lt_ops *ops;
	void *lock;
	const char *modes; /* one letter per task; upper case excludes, lower case shares */
	u32 obj;
	u32 inside_r, inside_w;
	u32 bad;
	u32 done;
	u32 findings;
	u64 fingerprint;
};

static inline void lt_stress_fn(struct task *me, void *arg)
{
	struct lt_stress *s = arg;
	char mode = s->modes[me->id];
	u32 *inside = mode < 'a' ? &s->inside_w : &s->inside_r;

	for (u32 i = 0; i < STRESS_ROUNDS; i++) {
		if (s->ops->lock(me, s->lock, mode))
			continue;
		(*inside)++;
		s->bad += s->inside_w > 1 || (s->inside_w && s->inside_r);
		sim_point(me, s->obj, SIM_WRITE);
		if ((me->id + i) % 3 == 0)
			sim_cost(me, 3 * US);
		s->bad += s->inside_w > 1 || (s->inside_w && s->inside_r);
		(*inside)--;
		s->ops->unlock(me, s->lock, mode);
		s->done++;
	}
}

/* Stacks are mapped once for all seeds. */
static inline struct sim_pool *lt_pool(void)
{
	static struct sim_pool *pool;

	if (!pool)
		pool = sim_pool_create();
	return pool;
}

static inline struct lt_stress lt_stress_run(const struct lt_ops *ops, void *lock,
					     const char *modes, u64 seed, enum sched_policy sched)
{
	struct lt_stress s = { .ops = ops, .lock = lock, .modes = modes };
	struct sim_config cfg = lt_config();
	struct sim *sim;
	char name[2] = "a";

	cfg.seed = seed;
	cfg.sched = sched;
	cfg.nr_cpus = 2;
	cfg.preempt = (enum preempt_model)(seed % 4);
	cfg.wake_latency_ns = seed % 3 * US;
	cfg.pool = lt_pool();
	sim = sim_create(&cfg);
	ops->init(sim, lock);
	s.obj = sim_new_obj(sim);
	for (u32 i = 0; modes[i]; i++, name[0]++)
		sim_task_create(sim, name, ACTOR_KERNEL, lt_stress_fn, &s, -1);
	sim_run(sim);
	if (sim->nr_findings)
		print_error("seed %lu: %s\n", (unsigned long)seed, sim->findings[0].message);
	s.findings = sim->nr_findings + sim->stopped;
	s.fingerprint = sim->fingerprint;
	sim_destroy(sim);
	return s;
}

/* Return: how many sections were entered. */
static inline u32 lt_stress_seed(const struct lt_ops *ops, void *lock, const char *modes, u64 seed,
				 enum sched_policy sched)
{
	struct lt_stress s = lt_stress_run(ops, lock, modes, seed, sched);

	assert_int_equal(s.findings, 0);
	assert_int_equal(s.bad, 0);
	return s.done;
}

#endif
