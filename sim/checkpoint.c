// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/checkpoint.c - a simulation that is set up once and run many times.
 *
 * Exploration runs one small machine by the hundred thousand.  Building it takes longer than
 * running it, and copying back the few dozen KiB that it is made of takes far less than either.
 * Pointers stay right because everything keeps its address: struct sim, the blocks of its arena,
 * its tasks in them.  Coroutine stacks are given back to their pool; a task starts on a fresh one.
 *
 * Invariants: after sim_restore() a simulation differs from one made afresh in its seed's choices
 * and in nothing that a run can see.  A task's held locks, frames and steps are not copied: none of
 * them is in use before a run.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/core.h"

struct sim_checkpoint {
	/* constant */
	u32 nr_classes;
	struct lock_stat *stats; /* with statistics: of the classes there were */
	struct sim sim;		 /* up to its statistics */
};

static bool at_start(const struct sim *sim)
{
	bool fresh = choice_tape_untouched(&sim->tape, sim->cfg.seed) && !sim->nr_findings;

	for (u32 i = 0; i < sim->nr_tasks; i++)
		fresh = fresh && sim->tasks[i]->nr_held == 0 && sim->tasks[i]->nr_frames == 0;
	return fresh;
}

static struct sim_checkpoint *checkpoint_make(struct sim *sim)
{
	struct sim_checkpoint *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	memcpy(&c->sim, sim, offsetof(struct sim, stats));
	c->nr_classes = sim->nr_classes;
	c->stats = NULL;
	if (!sim->cfg.lock_stat)
		return c;
	c->stats = malloc((c->nr_classes + 1) * sizeof(*c->stats));
	if (!c->stats) {
		free(c);
		return NULL;
	}
	memcpy(c->stats, sim->stats, c->nr_classes * sizeof(*c->stats));
	return c;
}

int sim_checkpoint(struct sim *sim)
{
	int err;

	SIM_ASSERT(!sim->checkpoint);
	if (!at_start(sim))
		return -EBUSY;
	err = sim_arena_save(sim);
	if (err)
		return err;
	sim->checkpoint = checkpoint_make(sim);
	return sim->checkpoint ? 0 : -ENOMEM;
}

/* What steps a task was in the middle of is all that has to be forgotten of the skipped part. */
static void task_forget(struct task *t)
{
	t->steps.nr = t->outer_steps.nr = 0;
	t->steps.cur = SIM_MAX_STEPS;
	t->steps.since_ns = 0;
}

void sim_restore(struct sim *sim, u64 seed)
{
	const struct sim_checkpoint *c = sim->checkpoint;
	struct choice_tape tape = sim->tape;

	SIM_ASSERT(c);
	for (u32 i = 0; i < sim->nr_tasks; i++)
		sim->ops->task_exit(sim->tasks[i]);
	sim_arena_restore(sim);
	memcpy(sim, &c->sim, offsetof(struct sim, classes));
	memcpy(sim->classes, c->sim.classes, c->nr_classes * sizeof(sim->classes[0]));
	memcpy(&sim->nr_classes, &c->sim.nr_classes,
	       offsetof(struct sim, stats) - offsetof(struct sim, nr_classes));
	if (c->stats)
		memcpy(sim->stats, c->stats, c->nr_classes * sizeof(*c->stats));
	sim->checkpoint = (struct sim_checkpoint *)c;
	sim->tape = tape;
	choice_tape_rewind(&sim->tape, seed);
	sim->cfg.seed = seed;
	for (u32 i = 0; i < sim->nr_tasks; i++)
		task_forget(sim->tasks[i]);
}

void sim_scratch(struct sim *sim, void *p, size_t bytes)
{
	struct sim_scratch *s = sim_alloc(sim, sizeof(*s)); /* takes the guard itself */

	sim_guard_lock(sim, &sim->guard);
	*s = (struct sim_scratch){.next = sim->scratch, .p = p, .bytes = bytes};
	sim->scratch = s;
	sim_guard_unlock(sim, &sim->guard);
}

void sim_checkpoint_exit(struct sim *sim)
{
	if (!sim->checkpoint)
		return;
	free(sim->checkpoint->stats);
	free(sim->checkpoint);
	sim->checkpoint = NULL;
}
