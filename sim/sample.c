// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/sample.c - what samplers share, and the simplest: a uniform random walk.
 *
 * Invariants: what a strategy draws comes from a stream of its own, begun anew from the run's seed;
 * values and failures do not come from that stream.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/sampler.h"

/**
 * sampler_begin - for another run: streams, counts, memory.
 *
 * Return: @bytes_per_task for each task, not cleared.
 */
void *sampler_begin(struct sampler *s, struct sim *sim, size_t bytes_per_task)
{
	u32 n = sim->nr_tasks;

	if (unlikely(n > s->cap_tasks)) {
		free(s->memory);
		s->memory = malloc(2 * (n + 1) * sizeof(u32) + n * bytes_per_task + sizeof(u64));
		SIM_ASSERT(s->memory);
		s->cap_tasks = n;
	}
	s->nr_tasks = n;
	s->seed = sim->cfg.seed;
	s->nth[0] = s->memory;
	s->nth[1] = s->nth[0] + n + 1;
	memset(s->memory, 0, 2 * (n + 1) * sizeof(u32));
	prng_seed(&s->rng, prng_mix(s->seed) + CHOICE_SCHED);
	fair_begin(&s->fair, n);
	s->decisions = 0;
	s->ex.signals = s->ex.ipis = false; /* a run knows nothing of those before */
	return (char *)s->memory + 2 * (n + 1) * sizeof(u32);
}

u32 sampler_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	struct sampler *s = (struct sampler *)ex;
	u32 task = me ? me->id : SIM_NO_TASK;
	u32 *nth = &s->nth[kind == CHOICE_FAIL][me ? me->id : s->nr_tasks];

	return schedule_value(s->seed, kind, task, (*nth)++, n);
}

bool sampler_done(struct explorer *ex, struct sim *sim)
{
	struct sampler *s = (struct sampler *)ex;

	ex->stats.executions++;
	ex->stats.max_steps = max(ex->stats.max_steps, sim->points);
	s->max_decisions = max(s->max_decisions, s->decisions);
	return true;
}

void *sampler_new(const struct sampler_ops *ops, size_t bytes)
{
	struct sampler *s = calloc(1, bytes);

	SIM_ASSERT(s);
	s->ex.ops = &ops->ex;
	return s;
}

void sampler_finish(struct explorer *ex)
{
	struct sampler *s = (struct sampler *)ex;

	fair_finish(&s->fair);
	free(s->memory);
}

static const struct sampler_ops *sampler_ops(const struct explorer *ex)
{
	return container_of(ex->ops, struct sampler_ops, ex);
}

void sample_free(struct explorer *ex)
{
	if (!ex)
		return;
	sampler_ops(ex)->finish(ex);
	free(ex);
}

const char *sample_name(const struct explorer *ex)
{
	return sampler_ops(ex)->run_name ? sampler_ops(ex)->run_name(ex) : ex->ops->name;
}

bool sample_pct_promise(const struct explorer *ex, u32 i, struct pct_promise *p)
{
	return sampler_ops(ex)->promise && sampler_ops(ex)->promise(ex, i, p);
}

/* The uniform random walk. */

static void random_begin(struct explorer *ex, struct sim *sim)
{
	sampler_begin((struct sampler *)ex, sim, 0);
}

static u32 random_pick(struct explorer *ex, const struct explore_view *view)
{
	struct sampler *s = (struct sampler *)ex;

	if (view->nr_enabled == 1)
		return explore_next_enabled(view, 0);
	s->decisions++;
	return explore_ranked(view, prng_below(&s->rng, view->nr_enabled));
}

static const struct sampler_ops random_ops = {
	.ex = {
		.name = "random",
		.begin = random_begin,
		.pick = random_pick,
		.choose = sampler_choose,
		.done = sampler_done,
	},
	.finish = sampler_finish,
};

/**
 * sample_random_new - any enabled task at each decision.
 */
struct explorer *sample_random_new(void)
{
	return sampler_new(&random_ops, sizeof(struct sampler));
}
