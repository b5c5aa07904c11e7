/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/watchdog_internal.h - what the files of the watchdogs share.
 */
#ifndef SIM_WATCHDOG_INTERNAL_H
#define SIM_WATCHDOG_INTERNAL_H

#include "sim/core.h"
#include "sim/watchdog.h"

/* Of one kind in one kernel: they are alike, and further ones are counted only. */
#define WATCHDOG_MAX_REPORTS 4

/* What the scan for hung tasks remembers of a task. */
struct hung_task {
	/* written at scans */
	sim_ns asleep_ns; /* when it went to sleep, as of the scan that noticed */
	sim_ns noticed_ns;
	bool reported;
};

static inline enum watchdog_kind watchdog_kind_of(const struct watchdog *k,
						  enum watchdog_kind guest,
						  enum watchdog_kind host)
{
	return k->guest ? guest : host;
}

static inline bool watchdog_runs(enum watchdog_state s)
{
	return s != WATCHDOG_IRQ_OFF && s != WATCHDOG_STOPPED;
}

static inline bool watchdog_schedules(enum watchdog_state s)
{
	return s == WATCHDOG_IDLE || s == WATCHDOG_OPEN;
}

static inline sim_ns watchdog_tick_ns(const struct watchdog *k)
{
	return NSEC_PER_SEC / k->sim->cfg.hz;
}

/* watchdog.c: has a kernel barked so often that this one is only counted?  Counts it. */
bool watchdog_muted(struct watchdog *k, enum watchdog_kind kind);
void watchdog_note_max(struct watchdog *k, enum watchdog_kind kind, sim_ns ns,
		       const struct task *t);

/**
 * watchdog_wheel_ns - when a timer of the timer wheel fires that was set to @delay_ns.
 *
 * Upstream: kernel/time/timer.c:calc_wheel_index
 * Fidelity: faithful, for a timer that is set at @now_ns on a tick
 */
sim_ns watchdog_wheel_ns(const struct watchdog *k, sim_ns now_ns, sim_ns delay_ns);

/* watchdog_cpu.c */
void watchdog_sample(struct watchdog *k, sim_ns now_ns);
void watchdog_nmi(struct watchdog *k, sim_ns now_ns);
void watchdog_wq(struct watchdog *k, sim_ns now_ns);

/* watchdog_rcu.c */
void watchdog_gp_join(struct watchdog_cpu *c, sim_ns now_ns);
void watchdog_gp_leave(struct watchdog_cpu *c, sim_ns now_ns);
void watchdog_gp_check(struct watchdog *k, struct watchdog_cpu *self, sim_ns now_ns);
void watchdog_rcu(struct watchdog *k, sim_ns now_ns);
void watchdog_sync(struct watchdog *k, sim_ns now_ns);
void watchdog_hung(struct watchdog *k, sim_ns now_ns);

/* watchdog_text.c */
#define WATCHDOG_TEXT 1200
void watchdog_look(struct watchdog_blame *b, struct sim *sim, const struct task *t);
const char *watchdog_text(const struct sim *sim, const struct watchdog_blame *b,
			  const struct task *t, sim_ns now_ns, char buf[WATCHDOG_TEXT]);

#endif
