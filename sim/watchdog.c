// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/watchdog.c - how close a run came to the kernel's watchdogs.
 *
 * Invariants: a figure is the longest uninterrupted time of its kind, from waits and holds that the
 * locks have reported; 0 without lock statistics.
 */
#include "sim/watchdog.h"

static const struct {
	const char *rule;
	sim_ns threshold_ns;
} watchdogs[WATCHDOG_NR] = {
	[WATCHDOG_GUEST_SOFT] = {"guest-soft-lockup", 20 * NSEC_PER_SEC},
	[WATCHDOG_GUEST_HARD] = {"guest-hard-lockup", 12 * NSEC_PER_SEC},
	[WATCHDOG_GUEST_RCU] = {"guest-rcu-stall", 21 * NSEC_PER_SEC},
	[WATCHDOG_HOST_SOFT] = {"host-soft-lockup", 20 * NSEC_PER_SEC},
	[WATCHDOG_HOST_HUNG] = {"host-hung-task", 120 * NSEC_PER_SEC},
	[WATCHDOG_HOST_RCU] = {"host-rcu-stall", 21 * NSEC_PER_SEC},
};

/* A task of the workload has waited: is it the longest of its kind? */
static void note_stall(struct watchdog_distance *d, const struct task *t)
{
	if (t->stall.max_ns <= d->max_ns)
		return;
	d->max_ns = t->stall.max_ns;
	d->task = t->id;
	d->op = t->stall.op;
	d->lock = t->stall.class ? t->stall.class->name : NULL;
	d->owner = t->stall.holder == t->id ? SIM_NO_TASK : t->stall.holder;
	d->owner_op = t->stall.holder_op;
	d->owner_func = t->stall.holder_func;
}

/* While a spinlock is held its CPU neither schedules nor has a quiescent state. */
static void note_holds(const struct sim *sim, struct watchdog_distance *d)
{
	for (u32 i = 0; i < sim->nr_classes; i++) {
		for (int mode = 0; mode < LOCK_NR_MODES; mode++) {
			const struct hold_record *h = &sim->stats[i].mode[mode].longest;

			if (!(sim->classes[i].flags & LOCKC_SPIN) || h->hold_ns <= d->max_ns)
				continue;
			d->max_ns = h->hold_ns;
			d->task = h->task;
			d->op = h->op;
			d->lock = NULL;
		}
	}
}

void watchdog_distances(const struct sim *sim, struct watchdog_distance d[WATCHDOG_NR])
{
	for (u32 i = 0; i < WATCHDOG_NR; i++)
		d[i] = (struct watchdog_distance){
			.rule = watchdogs[i].rule,
			.threshold_ns = watchdogs[i].threshold_ns,
			.task = SIM_NO_TASK,
			.owner = SIM_NO_TASK,
		};
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *t = sim->tasks[i];

		if (t->daemon)
			continue;
		note_stall(&d[WATCHDOG_HOST_HUNG], t);
		if (t->kind != ACTOR_GUEST)
			continue;
		note_stall(&d[WATCHDOG_GUEST_SOFT], t);
		note_stall(&d[WATCHDOG_GUEST_HARD], t);
		note_stall(&d[WATCHDOG_GUEST_RCU], t);
	}
	note_holds(sim, &d[WATCHDOG_HOST_SOFT]);
	note_holds(sim, &d[WATCHDOG_HOST_RCU]);
}
