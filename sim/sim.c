// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/sim.c - life of a simulation and of its tasks.
 *
 * Invariant: after sim_run() a task that has finished holds no lock and is in no atomic section, or
 * that is a finding.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core.h"
#include "sim/race.h"
#include "sim/virtual/stack.h"

/**
 * sim_config_default - the configuration that everybody starts from.
 *
 * Costs that depend on the machine (context switch, wake-up) are 0 until a cost file states them.
 */
void sim_config_default(struct sim_config *cfg)
{
	*cfg = (struct sim_config){
		.engine = ENGINE_VIRTUAL,
		.sched = SCHED_FIFO,
		.preempt = PREEMPT_LAZY,
		.nr_cpus = 8,
		.hz = 250,
		.seed = 1,
		.lock_stat = true,
	};
}

const char *actor_kind_name(enum actor_kind kind)
{
	static const char *const names[ACTOR_NR] = {
		[ACTOR_GUEST] = "guest",
		[ACTOR_VMM] = "vmm",
		[ACTOR_KERNEL] = "kernel",
		[ACTOR_DEVICE] = "device",
	};

	return kind < ACTOR_NR ? names[kind] : "?";
}

struct sim_pool *sim_pool_create(void)
{
	struct sim_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->stacks = stack_pool_create();
	if (!pool->stacks) {
		free(pool);
		return NULL;
	}
	return pool;
}

void sim_pool_destroy(struct sim_pool *pool)
{
	if (!pool)
		return;
	SIM_ASSERT(!pool->busy);
	chunk_pool_exit(&pool->chunks);
	free(pool->spare);
	stack_pool_destroy(pool->stacks);
	free(pool);
}

static const struct engine_ops *engine_of(enum engine_kind kind)
{
	switch (kind) {
	case ENGINE_VIRTUAL:
		return &virtual_engine_ops;
	case ENGINE_THREADS:
#ifdef GMEMSIM_THREADS
		return &threads_engine_ops;
#else
		return NULL;
#endif
	}
	return NULL;
}

static bool config_valid(const struct sim_config *cfg)
{
	return cfg->nr_cpus >= 1 && cfg->nr_cpus <= 1024 && cfg->hz >= 1 && cfg->hz <= 100000 &&
	       cfg->preempt <= PREEMPT_FULL && cfg->sched <= SCHED_SEARCH &&
	       (cfg->sched != SCHED_SEARCH || cfg->engine == ENGINE_VIRTUAL);
}

/* Cleared up to the statistics, which their classes clear. */
static struct sim *sim_memory(struct sim_pool *pool)
{
	struct sim *sim = pool ? pool->spare : NULL;

	if (sim)
		pool->spare = NULL;
	else
		sim = malloc(sizeof(*sim));
	if (sim)
		memset(sim, 0, offsetof(struct sim, stats));
	return sim;
}

static void sim_memory_free(struct sim *sim)
{
	struct sim_pool *pool = sim->cfg.pool;

	if (pool && !pool->spare)
		pool->spare = sim;
	else
		free(sim);
}

struct sim *sim_create(const struct sim_config *cfg)
{
	const struct engine_ops *ops = engine_of(cfg->engine);
	struct sim *sim;
	int err;

	if (!ops || !config_valid(cfg) || (cfg->pool && cfg->pool->busy)) {
		errno = EINVAL;
		return NULL;
	}
	sim = sim_memory(cfg->pool);
	if (!sim)
		return NULL;
	sim->cfg = *cfg;
	sim->ops = ops;
	sim->is_virtual = cfg->engine == ENGINE_VIRTUAL;
	sim->on_threads = !sim->is_virtual;
	sim->recording = cfg->record_events;
	sim->release_points = cfg->all_points;
	sim->quiet = !sim->is_virtual && !cfg->record_events;
	sim->watched = !sim->quiet || cfg->lock_stat;
	sim->horizon_ns = SIM_NS_MAX;
	sim->fingerprint = prng_mix(0);
	sim->bytes_limit = sim->cfg.limit_bytes ? sim->cfg.limit_bytes : UINT64_MAX;
	if (!sim->cfg.limit_points)
		sim->cfg.limit_points = sim->cfg.sched == SCHED_SEARCH ? SIM_SEARCH_LIMIT_POINTS :
									 SIM_DEFAULT_LIMIT_POINTS;
	choice_tape_init(&sim->tape, cfg->seed);
	sim->tape.record = cfg->record_tape;
	if (cfg->replay)
		choice_tape_replay(&sim->tape, cfg->replay, cfg->replay_len);
	err = sim_arena_init(sim);
	if (err)
		goto out_free;
	sim->ops_stat = sim_alloc(sim, SIM_MAX_OPS * sizeof(*sim->ops_stat));
	if (cfg->record_events)
		sim->step_names = sim_zalloc(sim, SIM_MAX_STEP_NAMES * sizeof(*sim->step_names));
	if (cfg->races && sim->is_virtual)
		err = race_init(sim);
	if (!err)
		err = ops->init(sim);
	if (err)
		goto out_arena;
	if (cfg->pool)
		cfg->pool->busy = true;
	return sim;

out_arena:
	race_exit(sim);
	sim_arena_exit(sim);
out_free:
	sim_memory_free(sim);
	errno = -err;
	return NULL;
}

struct task *sim_task_create(struct sim *sim, const char *name, enum actor_kind kind,
			     void (*fn)(struct task *me, void *arg), void *arg, s32 pin_cpu)
{
	struct task *t = sim_zalloc(sim, sim->ops->task_size);

	SIM_ASSERT(pin_cpu < (s32)sim->cfg.nr_cpus);
	t->sim = sim;
	t->id = sim->nr_tasks;
	t->kind = kind;
	t->pin_cpu = pin_cpu;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->fn = fn;
	t->arg = arg;
	t->park_how = PARK_NONE;
	t->park_deadline_ns = t->stop_limit_ns = SIM_NS_MAX;
	t->stall.holder = SIM_NO_TASK;
	t->wait.holder = SIM_NO_TASK;
	t->steps.cur = SIM_MAX_STEPS;
	t->stats = sim->stats;
	t->fingerprint = &sim->fingerprint;
	t->log = &sim->log;
	INIT_LIST_HEAD(&t->wait_node);
	if (sim->nr_tasks == sim->cap_tasks) {
		u32 cap = sim->cap_tasks ? 2 * sim->cap_tasks : 16;
		struct task **tab = sim_alloc(sim, cap * sizeof(struct task *));

		if (sim->nr_tasks)
			memcpy(tab, sim->tasks, sim->nr_tasks * sizeof(struct task *));
		sim_free(sim, sim->tasks, sim->cap_tasks * sizeof(struct task *));
		sim->tasks = tab;
		sim->cap_tasks = cap;
	}
	if (sim->ops->task_init(t)) {
		sim_free(sim, t, sim->ops->task_size);
		return NULL;
	}
	sim->tasks[sim->nr_tasks++] = t;
	return t;
}

/* What must be true of a task that has returned from its function. */
static void check_finished(struct sim *sim, struct task *t)
{
	for (u32 i = 0; i < t->nr_held; i++)
		sim_finding(sim, t, "lock-order",
			    "task %s/%u exited and still holds %s#%u, taken in %s", t->name, t->id,
			    t->held[i].class->name, t->held[i].id, t->held[i].func);
	if (t->preempt_count || t->irq_count || t->bh_count || t->rcu_depth)
		sim_finding(sim, t, "lock-order",
			    "task %s/%u exited in atomic context: preempt_count %u, "
			    "interrupts off %u, RCU nest depth %u",
			    t->name, t->id, t->preempt_count, t->irq_count, t->rcu_depth);
}

void sim_run(struct sim *sim)
{
	if (sim->races) {
		race_begin(sim);
		sim->racing = true;
	}
	sim->ops->run(sim);
	sim->racing = false;
	event_log_merge(sim);
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (sim->tasks[i]->state == TASK_DEAD)
			check_finished(sim, sim->tasks[i]);
		else
			lock_wait_cut(sim->tasks[i], sim->end_ns);
	}
}

void sim_destroy(struct sim *sim)
{
	if (!sim)
		return;
	for (u32 i = 0; i < sim->nr_tasks; i++)
		sim->ops->task_exit(sim->tasks[i]);
	sim->ops->exit(sim);
	if (sim->cfg.pool)
		sim->cfg.pool->busy = false;
	choice_tape_finish(&sim->tape);
	sim_checkpoint_exit(sim);
	race_exit(sim);
	sim_arena_exit(sim);
	sim_memory_free(sim);
}

const char *sim_task_label(const struct sim *sim, u32 id, char buf[SIM_TASK_LABEL])
{
	if (id >= sim->nr_tasks)
		snprintf(buf, SIM_TASK_LABEL, "?");
	else
		snprintf(buf, SIM_TASK_LABEL, "%s/%u", sim->tasks[id]->name, id);
	return buf;
}

/* Until the guard looks free; its holder may have lost its CPU, so not for ever on ours. */
void __sim_guard_wait(struct sim *sim, struct sim_guard *g)
{
	u32 rounds = 0;

	while (__atomic_load_n(&g->locked, __ATOMIC_RELAXED)) {
		if (++rounds % 128 == 0)
			sim->ops->guard_wait(sim);
		else
			__builtin_ia32_pause();
	}
}

_Noreturn void sim_bug(struct sim *sim, const char *file, int line, const char *what)
{
	const char *replay = sim && sim->cfg.replay_line ? sim->cfg.replay_line : NULL;

	fprintf(stderr, "gmemsim: bug at %s:%d: %s\n", file, line, what);
	if (replay)
		fprintf(stderr, "gmemsim: replay with: %s\n", replay);
	abort();
}

/* For a search: what @me does next depends on whether something is alive. */
void sim_life_looked(struct task *me)
{
	me->sim->ops->touch(me, 0, SIM_OP(OP_LIFE, 0));
}

bool __sim_life_bad(struct task *me, const struct sim_life *l, const char *what)
{
	u32 state = __atomic_load_n(&l->state, __ATOMIC_ACQUIRE);

	if (state == SIM_LIFE_ALIVE)
		return true;
	sim_finding(me->sim, me, "lifetime", "%s used in %s after it was freed", what,
		    sim_func(me));
	SIM_ASSERT(state == SIM_LIFE_DEAD); /* anything else was never alive */
	return false;
}
