// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/lock_stat.c - the lock statistics of all shards put together, after the run.
 *
 * Invariants: see lockdep.h; what is written during a run is in lockdep.c.
 */
#include <string.h>

#include "sim/core.h"

static void hist_total(struct sim *sim, struct hist **out, const struct hist *from)
{
	if (!from)
		return;
	if (!*out) {
		*out = sim_alloc(sim, sizeof(**out));
		hist_init(*out);
	}
	hist_merge(*out, from);
}

static void mode_stat_add(struct sim *sim, struct lock_mode_stat *out,
			  const struct lock_mode_stat *from)
{
	out->acquisitions += from->acquisitions;
	out->contentions += from->contentions;
	out->bounces += from->bounces;
	out->contention_bounces += from->contention_bounces;
	for (u32 i = 0; i < SIM_LOCK_POINTS; i++) {
		if (!lock_point_add(out->waiting, &from->waiting[i]))
			out->others_max_ns = max(out->others_max_ns, from->waiting[i].wait_max_ns);
		lock_point_add(out->holding, &from->holding[i]);
	}
	out->others_max_ns = max(out->others_max_ns, from->others_max_ns);
	hist_total(sim, &out->wait, from->wait);
	hist_total(sim, &out->hold, from->hold);
	if (from->longest.func && (!out->longest.func ||
				   from->longest.hold_ns > out->longest.hold_ns))
		out->longest = from->longest;
}

void lock_stat_total(struct sim *sim, u32 class_id, enum lock_mode mode, struct lock_mode_stat *out)
{
	memset(out, 0, sizeof(*out));
	mode_stat_add(sim, out, &sim->stats[class_id].mode[mode]);
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (sim->tasks[i]->stats != sim->stats)
			mode_stat_add(sim, out, &sim->tasks[i]->stats[class_id].mode[mode]);
	}
}

void lock_stat_merge(struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct task *t = sim->tasks[i];

		if (t->stats == sim->stats)
			continue;
		stat_log_flush(t);
		for (u32 k = 0; k < 2 * sim->nr_classes; k++)
			mode_stat_add(sim, &sim->stats[k / 2].mode[k % 2],
				      &t->stats[k / 2].mode[k % 2]);
		sim_free(sim, t->stats, SIM_MAX_CLASSES * sizeof(*t->stats));
		t->stats = sim->stats;
	}
}
