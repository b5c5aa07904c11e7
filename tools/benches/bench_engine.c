// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_engine.c - the virtual engine: coroutine switches, decisions, events, whole schedules.
 *
 * Budgets (design section 11): 15 M switches/s and 20 M decisions/s (two tasks on one mutex,
 * random, statistics and fingerprint on), 10 M events/s with 512 actors and lock statistics.
 */
#include <stdlib.h>
#include <ucontext.h>

#include "sim/engine.h"
#include "sim/mutex.h"
#include "sim/rwlock.h"
#include "sim/sample.h"
#include "sim/virtual/ctx.h"
#include "sim/virtual/stack.h"
#include "tools/benches/bench.h"

/* Raw switches, without an engine. */

struct ring {
	/* written by the coroutine that runs */
	u64 left;
	u32 nr;
	struct prng rng;
	struct ctx main;
	struct ctx ctx[512];
	ucontext_t uc_main, uc[2];
};

struct member {
	/* constant */
	struct ring *ring;
	u32 id;
};

static __attribute__((noinline)) void hop(struct member *m, u32 depth)
{
	struct ring *r = m->ring;
	volatile u32 local = depth;

	if (depth) {
		hop(m, depth - 1);
	} else {
		u32 to = prng_below(&r->rng, r->nr);

		if (!r->left)
			ctx_switch(&r->ctx[m->id], &r->main);
		r->left--;
		if (to != m->id)
			ctx_switch(&r->ctx[m->id], &r->ctx[to]);
	}
	(void)local;
}

/* From several places and call depths, as a model does. */
static void wander(void *arg)
{
	struct member *m = arg;

	for (;;) {
		hop(m, 1);
		hop(m, 2);
		hop(m, 3);
	}
}

static void pong(void *arg)
{
	struct member *m = arg;
	struct ring *r = m->ring;

	for (;;) {
		if (!r->left)
			ctx_switch(&r->ctx[m->id], &r->main);
		r->left--;
		ctx_switch(&r->ctx[m->id], &r->ctx[1 - m->id]);
	}
}

static double run_ring(u32 nr, void (*fn)(void *arg), u64 n)
{
	struct stack_pool *pool = stack_pool_create();
	struct ring *r = calloc(1, sizeof(*r));
	struct member *m = calloc(nr, sizeof(*m));
	double ns;

	r->nr = nr;
	r->left = n;
	prng_seed(&r->rng, 1);
	ctx_init_main(&r->main);
	for (u32 i = 0; i < nr; i++) {
		struct stack *s = stack_get(pool);

		m[i] = (struct member){r, i};
		ctx_init(&r->ctx[i], s->low, s->size, fn, &m[i]);
	}
	ns = bench_now_ns();
	ctx_switch(&r->main, &r->ctx[0]);
	ns = bench_now_ns() - ns;
	for (u32 i = 0; i < nr; i++)
		ctx_drop(&r->ctx[i]);
	stack_pool_destroy(pool);
	free(m);
	free(r);
	return ns;
}

static double run_pingpong(const struct bench *b, u64 n)
{
	return run_ring(2, pong, n);
}

static double run_wander(const struct bench *b, u64 n)
{
	return run_ring((u32)b->arg, wander, n);
}

static void uc_pong(unsigned int lo, unsigned int hi)
{
	struct member *m = (struct member *)(((uintptr_t)hi << 32) | lo);
	struct ring *r = m->ring;

	for (;;) {
		if (!r->left)
			swapcontext(&r->uc[m->id], &r->uc_main);
		r->left--;
		swapcontext(&r->uc[m->id], &r->uc[1 - m->id]);
	}
}

static void uc_start(struct ring *r, struct member *m, u32 id, void *stack)
{
	uintptr_t p = (uintptr_t)m;

	*m = (struct member){r, id};
	getcontext(&r->uc[id]);
	r->uc[id].uc_stack.ss_sp = stack;
	r->uc[id].uc_stack.ss_size = STACK_BYTES;
	makecontext(&r->uc[id], (void (*)(void))uc_pong, 2, (unsigned int)p,
		    (unsigned int)(p >> 32));
}

static double run_swapcontext(const struct bench *b, u64 n)
{
	struct ring *r = calloc(1, sizeof(*r));
	char *stack = malloc(2 * STACK_BYTES);
	struct member m[2];
	double ns;

	r->left = n / 16; /* slow */
	uc_start(r, &m[0], 0, stack);
	uc_start(r, &m[1], 1, stack + STACK_BYTES);
	ns = bench_now_ns();
	swapcontext(&r->uc_main, &r->uc[0]);
	ns = bench_now_ns() - ns;
	free(stack);
	free(r);
	return ns * 16;
}

/* The engine. */

struct load {
	/* constant during a run */
	u64 n; /* operations of one task */
	/* protected by itself */
	struct mutex mutex;
	struct rwlock rw;
};

static void points(struct task *me, void *arg)
{
	struct load *l = arg;

	for (u64 i = 0; i < l->n; i++)
		sim_point(me, 1, SIM_WRITE);
}

static void mutex_pairs(struct task *me, void *arg)
{
	struct load *l = arg;

	for (u64 i = 0; i < l->n; i++) {
		mutex_lock(me, &l->mutex);
		mutex_unlock(me, &l->mutex);
	}
}

static void costs(struct task *me, void *arg)
{
	struct load *l = arg;
	struct prng rng;

	prng_seed(&rng, me->id);
	for (u64 i = 0; i < l->n; i++)
		sim_cost(me, 1000 + prng_below(&rng, 1000));
}

static void sleeps(struct task *me, void *arg)
{
	struct load *l = arg;
	struct prng rng;

	prng_seed(&rng, me->id);
	for (u64 i = 0; i < l->n; i++)
		sim_sleep(me, 1000 + prng_below(&rng, 1000));
}

/* A fault, roughly: guest time, then a read lock around some work. */
static void faults(struct task *me, void *arg)
{
	struct load *l = arg;
	struct prng rng;

	prng_seed(&rng, me->id);
	for (u64 i = 0; i < l->n / 2; i++) {
		sim_compute(me, 20000 + prng_below(&rng, 20000));
		read_lock(me, &l->rw);
		sim_cost(me, 500 + prng_below(&rng, 500));
		read_unlock(me, &l->rw);
	}
}

static double run_engine(enum sched_policy sched, u32 tasks, u64 n,
			 void (*fn)(struct task *me, void *arg), struct explorer *ex)
{
	struct sim_config cfg;
	struct load l = {.n = n / tasks};
	struct sim *sim;
	double ns;

	sim_config_default(&cfg);
	cfg.sched = sched;
	cfg.nr_cpus = tasks < 1024 ? tasks : 1024;
	cfg.limit_points = 1ull << 40;
	cfg.explorer = ex;
	if (ex) {
		cfg.checks = true;
		cfg.lock_stat = false; /* explorers keep none: times mean nothing there */
	}
	sim = sim_create(&cfg);
	mutex_init(sim, &l.mutex, "mutex");
	rwlock_init(sim, &l.rw, "rwlock");
	for (u32 i = 0; i < tasks; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, fn, &l, -1);
	ns = bench_now_ns();
	sim_run(sim);
	ns = bench_now_ns() - ns;
	sim_destroy(sim);
	return ns;
}

static double run_points(const struct bench *b, u64 n)
{
	return run_engine(SCHED_RANDOM, (u32)b->arg, n, points, NULL);
}

static double run_decisions(const struct bench *b, u64 n)
{
	return run_engine(SCHED_RANDOM, (u32)b->arg, n, mutex_pairs, NULL);
}

/* Every decision a switch. */
static u32 alternate_pick(struct explorer *ex, const struct explore_view *view)
{
	u32 id = explore_next_enabled(view, view->last + 1);

	return id == SIM_NO_TASK ? explore_next_enabled(view, 0) : id;
}

static const struct explorer_ops alternate_ops = {.name = "alternate", .pick = alternate_pick};

enum search_row { SEARCH_RANDOM, SEARCH_POS, SEARCH_PCT, SEARCH_ALTERNATE };

/* Two tasks on one mutex; an explorer decides.  Fingerprint, lock order, no histograms. */
static double run_search(const struct bench *b, u64 n)
{
	struct explorer alternate = {.ops = &alternate_ops}, *ex = &alternate;
	double ns;

	if (b->arg == SEARCH_RANDOM)
		ex = sample_random_new();
	else if (b->arg == SEARCH_POS)
		ex = sample_pos_new();
	else if (b->arg == SEARCH_PCT)
		ex = sample_pct_new(3, n);
	ns = run_engine(SCHED_SEARCH, 2, n, mutex_pairs, ex);
	if (ex != &alternate)
		sample_free(ex);
	return ns;
}

static double run_costs(const struct bench *b, u64 n)
{
	return run_engine(SCHED_FIFO, (u32)b->arg, n, costs, NULL);
}

static double run_sleeps(const struct bench *b, u64 n)
{
	return run_engine(SCHED_FIFO, (u32)b->arg, n, sleeps, NULL);
}

static double run_faults(const struct bench *b, u64 n)
{
	return run_engine(SCHED_FIFO, (u32)b->arg, n, faults, NULL);
}

/* A whole small simulation per operation: set-up, four tasks with ten decisions each, destroy. */
static double run_schedules(const struct bench *b, u64 n)
{
	struct sim_pool *pool = b->arg ? sim_pool_create() : NULL;
	u64 rounds = n / 64;
	double ns = bench_now_ns();

	for (u64 i = 0; i < rounds; i++) {
		struct sim_config cfg;
		struct load l = {.n = 10};
		struct sim *sim;

		sim_config_default(&cfg);
		cfg.sched = SCHED_RANDOM;
		cfg.seed = i;
		cfg.pool = pool;
		sim = sim_create(&cfg);
		mutex_init(sim, &l.mutex, "mutex");
		for (u32 t = 0; t < 4; t++)
			sim_task_create(sim, "t", ACTOR_KERNEL, mutex_pairs, &l, -1);
		sim_run(sim);
		sim_destroy(sim);
	}
	ns = bench_now_ns() - ns;
	sim_pool_destroy(pool);
	return ns * 64;
}

#define BASE "swapcontext"

static const struct bench benches[] = {
	{BASE, "ns/switch", run_swapcontext},
	{"switch, 2 coroutines, ping-pong", "switches/s", run_pingpong, 0, BASE, .at_least = 15e6,
	 .headline = true},
	{"switch, 4, random, real call depth", "switches/s", run_wander, 4, BASE, .at_least = 15e6,
	 .headline = true},
	{"switch, 512, random, real call depth", "switches/s", run_wander, 512, BASE},
	{"decision, 2 tasks, bare point", "steps/s", run_points, 2, BASE, .headline = true},
	{"decision, 2 tasks on one mutex", "steps/s", run_decisions, 2, BASE, .at_least = 20e6,
	 .headline = true},
	{"decision, 8 tasks on one mutex", "steps/s", run_decisions, 8, BASE},
	{"search, 2 tasks on a mutex, random", "steps/s", run_search, SEARCH_RANDOM, BASE,
	 .at_least = 20e6, .headline = true},
	{"search, 2 tasks on a mutex, POS", "steps/s", run_search, SEARCH_POS, BASE,
	 .at_least = 20e6, .headline = true},
	{"search, 2 tasks on a mutex, PCT", "steps/s", run_search, SEARCH_PCT, BASE},
	{"search, every decision a switch", "steps/s", run_search, SEARCH_ALTERNATE, BASE,
	 .at_least = 15e6, .headline = true},
	{"event, 512 actors spending time", "events/s", run_costs, 512, BASE, .at_least = 10e6,
	 .headline = true},
	{"event, 512 actors sleeping", "events/s", run_sleeps, 512, BASE, .at_least = 10e6},
	{"event, 512 faulting under a rwlock", "events/s", run_faults, 512, BASE, .at_least = 10e6},
	{"event, 10000 actors spending time", "events/s", run_costs, 10000, BASE},
	{"schedule of 4 x 10 decisions, alone", "runs/s", run_schedules, 0, BASE},
	{"schedule of 4 x 10 decisions, pooled", "runs/s", run_schedules, 1, BASE},
};

const struct bench_suite bench_engine = {
	"engine",
	"the engines: CPU time",
	benches,
	ARRAY_SIZE(benches),
};
