/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/watchdog.h - what the tests of the watchdogs share: a small machine, its findings.
 *
 * All kernels begin with their clock at a whole unit and a sample at time 0, so samples are at 0 s,
 * 4 s, 8 s.
 */
#ifndef TESTS_UNIT_WATCHDOG_H
#define TESTS_UNIT_WATCHDOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/watchdog.h"

#define MS(x) ((sim_ns)(x) * NSEC_PER_MS)
#define MAX_VCPUS 4

/* What a vCPU does from begin_ns to end_ns; before and after it runs. */
enum plan { PLAN_RUN, PLAN_SLEEP, PLAN_MUTEX, PLAN_CLOSED, PLAN_IRQ_OFF, PLAN_HALT };

struct vcpu {
	/* written by the test */
	struct world *w;
	enum plan plan;
	sim_ns begin_ns, end_ns;
};

struct world {
	/* written by the test, then by its tasks */
	struct sim *sim;
	struct mutex mutex;
	struct rw_semaphore rwsem;
	struct spinlock spin;
	struct vcpu vcpu[MAX_VCPUS];
	sim_ns begin_ns, end_ns;
	bool yields;
};

static inline struct watchdog_config config(enum hardlockup_detector hardlockup)
{
	struct watchdog_config cfg;

	watchdog_config_default(&cfg);
	cfg.phase_ns = 0;
	cfg.hardlockup = hardlockup;
	return cfg;
}

static inline void world_init(struct world *w, enum preempt_model preempt,
			      const struct watchdog_config *h)
{
	struct sim_config cfg;

	memset(w, 0, sizeof(*w));
	sim_config_default(&cfg);
	cfg.preempt = preempt;
	if (h)
		cfg.watchdog = *h;
	w->sim = sim_create(&cfg);
	assert_non_null(w->sim);
	mutex_init(w->sim, &w->mutex, "m");
	init_rwsem(w->sim, &w->rwsem, "r", 0);
	spin_lock_init(w->sim, &w->spin, "s");
}

static inline u32 found(const struct sim *sim, const char *rule)
{
	u32 n = 0;

	for (u32 i = 0; i < sim->nr_findings; i++)
		n += strcmp(sim->findings[i].rule, rule) == 0;
	return n;
}

static inline const struct sim_finding *finding_of(const struct sim *sim, const char *rule)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (strcmp(sim->findings[i].rule, rule) == 0)
			return &sim->findings[i];
	}
	fail_msg("no finding of rule %s", rule);
	return NULL;
}

static inline void assert_says(const struct sim_finding *f, const char *text)
{
	if (!strstr(f->message, text))
		fail_msg("'%s' is not in: %s", text, f->message);
}

#endif
