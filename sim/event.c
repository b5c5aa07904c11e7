// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/event.c - keeping events, and putting the tasks' logs of a threaded run into one.
 *
 * Invariants: a log is in the order its owner wrote it; after event_log_merge() the simulation's
 * log is sorted by time, and by task id where times are equal.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/core.h"

static struct sim_event *log_room(struct sim *sim, struct event_log *log)
{
	if (log->len == log->cap) {
		size_t cap = log->cap ? 2 * log->cap : 1024;
		struct sim_event *ev = sim_alloc(sim, cap * sizeof(*ev));

		if (log->len)
			memcpy(ev, log->ev, log->len * sizeof(*ev));
		sim_free(sim, log->ev, log->cap * sizeof(*ev));
		log->ev = ev;
		log->cap = cap;
	}
	return &log->ev[log->len++];
}

void __sim_event_record(struct task *me, enum sim_event_type type, u64 obj, u64 a, u64 b)
{
	*log_room(me->sim, me->log) = (struct sim_event){
		.at_ns = sim_now(me),
		.task = me->id,
		.type = (u16)type,
		.cpu = (u16)me->cpu,
		.obj = obj,
		.a = a,
		.b = b,
	};
}

static int event_cmp(const void *pa, const void *pb)
{
	const struct sim_event *a = *(const struct sim_event *const *)pa;
	const struct sim_event *b = *(const struct sim_event *const *)pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	return a < b ? -1 : a > b; /* one log's order; keeps the sort stable */
}

static size_t logs_gather(struct sim *sim, const struct sim_event **order)
{
	size_t n = 0;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct event_log *log = sim->tasks[i]->log;

		if (log == &sim->log)
			continue;
		for (size_t k = 0; k < log->len; k++, n++) {
			if (order)
				order[n] = &log->ev[k];
		}
	}
	return n;
}

/**
 * event_log_merge - move the tasks' own logs into the simulation's.
 *
 * Context: after the run.
 */
void event_log_merge(struct sim *sim)
{
	size_t n = logs_gather(sim, NULL);
	const struct sim_event **order;

	if (n == 0)
		return;
	order = sim_alloc(sim, n * sizeof(*order));
	logs_gather(sim, order);
	qsort(order, n, sizeof(*order), event_cmp);
	for (size_t i = 0; i < n; i++)
		*log_room(sim, &sim->log) = *order[i];
	sim_free(sim, order, n * sizeof(*order));
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct event_log *log = sim->tasks[i]->log;

		if (log == &sim->log)
			continue;
		sim_free(sim, log->ev, log->cap * sizeof(*log->ev));
		*log = (struct event_log){};
	}
}
