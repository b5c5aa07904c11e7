/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/core.h - what the files of sim/ share among themselves and with the engines; not for models.
 */
#ifndef SIM_CORE_H
#define SIM_CORE_H

#include "sim/engine.h"
#include "sim/region.h"
#include "sim/waitgraph.h"

#define SIM_DEFAULT_LIMIT_POINTS 2000000000ull
#define SIM_SEARCH_LIMIT_POINTS	 20000000ull /* whoever runs many wants no long ones */
#define SIM_MAX_OPS		 256
#define SIM_MAX_STEP_NAMES	 256

extern const struct engine_ops virtual_engine_ops;
extern const struct engine_ops threads_engine_ops;

/* What successive simulations may share. */
struct sim_pool {
	/* written by the simulation that uses the pool at the moment */
	struct stack_pool *stacks; /* sim/virtual's */
	struct chunk_pool chunks;
	struct sim *spare; /* memory of the last simulation */
	bool busy;
};

int sim_arena_init(struct sim *sim);
void sim_arena_exit(struct sim *sim);
int sim_arena_save(struct sim *sim);
void sim_arena_restore(struct sim *sim);
void sim_checkpoint_exit(struct sim *sim);

void event_log_merge(struct sim *sim);

/* Return: false if there is no place left for @add's function. */
bool lock_point_add(struct lock_point *points, const struct lock_point *add);

/* Times on their way to the histograms: see stat_log.c. */
#define STAT_LOG_LEN 256
struct stat_log {
	/* written by the task itself */
	u32 len;
	u64 entry[STAT_LOG_LEN];
};
void stat_log_add(struct task *me, u32 class_id, enum lock_mode mode, bool wait, sim_ns ns);
void stat_log_flush(struct task *me);

/* Misuse that both engines meet: findings. */
void rcu_bad_unlock(struct task *me);
void ipi_check_context(struct task *me);

/* A name's number in events: the same on every machine and in every run. */
u32 sim_name_hash(const char *name);

/* name/id, as reports call a task; "?" for SIM_NO_TASK. */
#define SIM_TASK_LABEL (SIM_TASK_NAME + 12)
const char *sim_task_label(const struct sim *sim, u32 id, char buf[SIM_TASK_LABEL]);

#endif
