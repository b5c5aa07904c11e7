// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchdogs that a trace sets up: the host's and each guest's.
 *
 * Invariant: only runs in time order have any; exploration has no time to sample.
 */
#include <string.h>

#include "model/watchdogs.h"
#include "tools/replay/internal.h"

static u32 seconds(u64 ns)
{
	return (u32)(ns / NSEC_PER_SEC);
}

void rp_watchdog_config(const struct trace_watchdog *t, struct watchdog_config *cfg)
{
	static const enum hardlockup_detector detectors[TRACE_HARDLOCKUP_NR] = {
		[TRACE_HARDLOCKUP_OFF] = HARDLOCKUP_OFF,
		[TRACE_HARDLOCKUP_PERF] = HARDLOCKUP_PERF,
		[TRACE_HARDLOCKUP_BUDDY] = HARDLOCKUP_BUDDY,
	};

	*cfg = (struct watchdog_config){
		.watchdog_thresh_s = seconds(t->thresh_ns),
		.rcu_cpu_stall_timeout_s = seconds(t->rcu_stall_ns),
		.wq_watchdog_thresh_s = seconds(t->wq_thresh_ns),
		.hung_task_timeout_s = seconds(t->hung_task_ns),
		.hardlockup = detectors[t->hardlockup],
		.phase_ns = t->phase_ns,
	};
}

static void check(struct replay *r, const struct trace_watchdog *t, struct trace_loc loc)
{
	const struct {
		const char *key;
		u64 ns;
	} keys[] = {
		{"watchdog-thresh", t->thresh_ns},
		{"rcu-stall-timeout", t->rcu_stall_ns},
		{"wq-watchdog-thresh", t->wq_thresh_ns},
		{"hung-task-timeout", t->hung_task_ns},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].ns % NSEC_PER_SEC)
			rp_error(r, loc.line, loc.col, "%s: the kernel knows whole seconds only",
				 keys[i].key);
	}
}

void rp_check_watchdogs(struct replay *r)
{
	check(r, &r->trace->machine.watchdog, r->trace->machine.loc);
	for (u32 i = 0; i < r->trace->n_vms; i++)
		check(r, &r->trace->vms[i].watchdog, r->trace->vms[i].loc);
}

void rp_watch_guests(struct replay *r)
{
	struct watchdog_config cfg;

	if (!r->sim->is_virtual || r->sim->cfg.sched != SCHED_FIFO)
		return;
	for (u32 i = 0; i < r->trace->n_vms; i++) {
		rp_watchdog_config(&r->trace->vms[i].watchdog, &cfg);
		vm_set_watchdogs(r->vms[i].vm, &cfg);
	}
}

/* Watchdogs of one kernel look at one stall: who expects one of them has said so. */
static bool is_watchdog(const char *rule, const char *of)
{
	static const char *const what[] = {"soft-lockup", "hard-lockup", "rcu-stall", "wq-stall",
					   "hung-task"};
	size_t len = strlen(of);

	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		if (strncmp(rule, of, len) == 0 && strcmp(rule + len, what[i]) == 0)
			return true;
	}
	return false;
}

bool rp_watchdog_excused(const struct trace *t, const char *rule)
{
	for (u32 i = 0; i < t->n_expect; i++) {
		if ((is_watchdog(rule, "guest-") && is_watchdog(t->expect[i], "guest-")) ||
		    (is_watchdog(rule, "host-") && is_watchdog(t->expect[i], "host-")))
			return true;
	}
	return false;
}
