/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/explore/order.h - the order of lock classes over all schedules of a campaign.
 *
 * A run reports the cycles that it has seen both sides of.  Here the edges of all runs come
 * together: one schedule may take A and then B, another one B and then A.
 *
 * Invariants: each pair of classes is there once, with the first schedule that had it and the
 * functions it had there; so the graph does not depend on who ran which schedule.
 */
#ifndef TOOLS_EXPLORE_ORDER_H
#define TOOLS_EXPLORE_ORDER_H

#include "sim/sim.h"

#define ORDER_CACHE 256

struct order_edge {
	/* written by order_add() */
	char *held, *taken;	  /* classes */
	char *held_in, *taken_in; /* functions */
	u64 first;		  /* index of a schedule */
};

struct explore_order {
	/* written by the functions below */
	struct order_edge *edge;
	u32 n;
	struct {
		const struct lock_class *held, *taken;
		u32 edge;
	} cache[ORDER_CACHE]; /* of a simulation that is run again and again in one place */
};

struct explore_result;

/**
 * order_note - the edges of the run that @sim has just made
 * @index: of the schedule
 */
void order_note(struct explore_order *o, const struct sim *sim, u64 index);

/* One edge; the strings are copied if it is new, or earlier than what is known. */
void order_add(struct explore_order *o, const struct order_edge *e);

/* @from is empty afterwards. */
void order_merge(struct explore_order *to, struct explore_order *from);

/**
 * order_judge - add a predicted finding for each cycle that no single schedule has shown
 *
 * Context: @x is whole, no shard.
 */
void order_judge(struct explore_result *x);

void order_finish(struct explore_order *o);

#endif
