// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/watchdog_cpu.c - soft and hard lockups, stalled workqueues.
 *
 * Each CPU's timer counts, looks at the next CPU's counter (buddy), and asks the stopper to run;
 * the stopper notes the time.  A timer that finds that time too old is a soft lockup.
 *
 * Times are compared as the kernel does, in units of 2^30 ns that are cut off: a lockup is found
 * from 21.5 s after the last note at the earliest, from 22.6 s on for certain.
 *
 * Invariants: a vCPU that its host keeps takes the timer when it executes again, before its stopper
 * runs, and then finds the lockup; an idle CPU takes its timer; samples that were missed are one.
 *
 * Upstream: kernel/watchdog.c:watchdog_timer_fn, is_softlockup, is_hardlockup; watchdog_buddy.c;
 * watchdog_perf.c; workqueue.c:wq_watchdog_timer_fn
 * Fidelity: simplified: all CPUs' timers are set at one time, in the order of their numbers; nobody
 * touches the watchdog; kvmclock's PVCLOCK_GUEST_STOPPED is never set (only a VMM that pauses its
 * VM asks for that)
 */
#include "sim/watchdog_internal.h"

/* Upstream: kernel/watchdog.c:get_timestamp */
static u64 timestamp(sim_ns clock_ns)
{
	return clock_ns >> 30;
}

static const char *guest_of(const struct watchdog *k)
{
	return k->guest ? k->name : "the host";
}

static u32 pid_of(const struct task *t)
{
	return t ? t->id : 0;
}

static const char *comm_of(const struct task *t)
{
	return t ? t->name : "swapper";
}

/*
 * Upstream: kernel/watchdog.c:is_softlockup, watchdog_timer_fn
 * Fidelity: simplified: one report until the stopper runs
 */
static void soft_check(struct watchdog_cpu *c, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;
	enum watchdog_kind kind = watchdog_kind_of(k, WATCHDOG_GUEST_SOFT, WATCHDOG_HOST_SOFT);
	sim_ns clock_ns = now_ns + k->boot_ns;
	struct task *t = k->ops->current_task(c);
	char text[WATCHDOG_TEXT];

	if (!k->cfg.watchdog_thresh_s ||
	    timestamp(clock_ns) <= timestamp(c->report_ns) + 2 * (u64)k->cfg.watchdog_thresh_s)
		return;
	c->report_ns = clock_ns;
	if (c->soft_reported || (t && t->reported))
		return;
	c->soft_reported = true;
	if (watchdog_muted(k, kind))
		return;
	sim_finding_when(k->sim, t, now_ns, watchdog_rule(kind),
			 "watchdog: BUG: soft lockup - CPU#%u stuck for %llus! [%s:%u]\nin %s: %s",
			 c->id, (unsigned long long)(timestamp(clock_ns) - timestamp(c->touch_ns)),
			 comm_of(t), pid_of(t), guest_of(k),
			 watchdog_text(k->sim, &c->blame, t, now_ns, text));
}

static void hard_lockup(struct watchdog_cpu *c, const struct watchdog_cpu *by, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;
	struct task *t = c->task;
	char text[WATCHDOG_TEXT];

	if (c->hard_reported || (t && t->reported))
		return;
	c->hard_reported = true;
	if (watchdog_muted(k, WATCHDOG_GUEST_HARD))
		return;
	sim_finding_when(k->sim, t, now_ns, watchdog_rule(WATCHDOG_GUEST_HARD),
			 "CPU%u: Watchdog detected hard LOCKUP on cpu %u\nin %s: %s [%s:%u]",
			 by->id, c->id, guest_of(k),
			 watchdog_text(k->sim, &c->blame, t, now_ns, text), comm_of(t), pid_of(t));
}

/*
 * Upstream: kernel/watchdog_buddy.c:watchdog_buddy_check_hardlockup, watchdog.c:is_hardlockup
 * Fidelity: faithful
 */
static void buddy_check(struct watchdog_cpu *c, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;
	struct watchdog_cpu *next = &k->cpu[c->id + 1 == k->nr_cpus ? 0 : c->id + 1];

	if (k->cfg.hardlockup != HARDLOCKUP_BUDDY || !k->cfg.watchdog_thresh_s || next == c ||
	    !k->guest)
		return;
	if (next->interrupts != next->interrupts_saved) {
		next->interrupts_saved = next->interrupts;
		next->missed = 0;
		next->hard_reported = false;
	} else if (++next->missed >= 3) {
		hard_lockup(next, c, now_ns);
	}
}

static void touch(struct watchdog_cpu *c, sim_ns now_ns)
{
	c->touch_ns = c->report_ns = now_ns + c->kernel->boot_ns;
	c->stop_due = c->soft_reported = c->wq_reported = false;
	c->stuck_ns = 0;
	c->blame.nr = 0;
}

/*
 * Upstream: kernel/watchdog.c:watchdog_timer_fn
 * Fidelity: simplified: no counting of interrupts, no sched_ext
 */
static void timer_fn(struct watchdog_cpu *c, sim_ns now_ns)
{
	c->timer_due = false;
	c->interrupts++;
	buddy_check(c, now_ns);
	c->stop_due = true;
	soft_check(c, now_ns);
}

/* Neither the stopper nor a worker can run there: since when, and who is in the way? */
static void stuck(struct watchdog_cpu *c, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;
	const struct task *t = k->ops->current_task(c);
	enum watchdog_kind soft = watchdog_kind_of(k, WATCHDOG_GUEST_SOFT, WATCHDOG_HOST_SOFT);

	if (!c->stuck_ns)
		c->stuck_ns = k->ops->since(c, now_ns) + 1; /* 0 says: it is not */
	if (t)
		watchdog_look(&c->blame, k->sim, t);
	watchdog_note_max(k, soft, now_ns + 1 - c->stuck_ns, t);
	watchdog_gp_join(c, now_ns);
	k->ops->notify(c);
}

/* When the second NMI comes that finds no timer since the one before. */
static void nmi_arm(struct watchdog_cpu *c)
{
	struct watchdog *k = c->kernel;
	sim_ns thresh_ns = k->cfg.watchdog_thresh_s * NSEC_PER_SEC;

	if (k->cfg.hardlockup != HARDLOCKUP_PERF || !k->guest || !thresh_ns || c->nmi_ns)
		return;
	/* the first comes when as many cycles have been executed as it happens to need */
	c->nmi_ns = c->closed_ns + thresh_ns +
		    (k->cfg.phase_ns != WATCHDOG_PHASE_SEED ?
			     0 :
			     prng_mix(k->boot_ns ^ c->id ^ c->closed_ns) % thresh_ns);
	k->nmi_due_ns = min(k->nmi_due_ns, c->nmi_ns);
}

/**
 * watchdog_sample - the timers of all CPUs of @k are due.
 */
void watchdog_sample(struct watchdog *k, sim_ns now_ns)
{
	for (u32 i = 0; i < k->nr_cpus; i++) {
		struct watchdog_cpu *c = &k->cpu[i];
		enum watchdog_state s = k->ops->state(c);

		if (watchdog_runs(s))
			timer_fn(c, now_ns);
		else
			c->timer_due = true;
		if (watchdog_schedules(s)) {
			touch(c, now_ns);
			watchdog_gp_leave(c, now_ns);
			continue;
		}
		stuck(c, now_ns);
		if (s == WATCHDOG_IRQ_OFF)
			nmi_arm(c);
	}
	/* those that could not look while nobody could run */
	watchdog_gp_check(k, NULL, now_ns);
	watchdog_sync(k, now_ns);
}

/**
 * watchdog_nmi - perf counters of @k overflow.
 *
 * Upstream: kernel/watchdog_perf.c:watchdog_overflow_callback
 * Fidelity: simplified: cycles are counted from the moment on at which interrupts went off; who is
 * in the host when the NMI is due is looked at again a second later
 */
void watchdog_nmi(struct watchdog *k, sim_ns now_ns)
{
	k->nmi_due_ns = SIM_NS_MAX;
	for (u32 i = 0; i < k->nr_cpus; i++) {
		struct watchdog_cpu *c = &k->cpu[i];
		enum watchdog_state s = k->ops->state(c);

		if (!c->nmi_ns)
			continue;
		if (s == WATCHDOG_STOPPED) /* it executes nothing: look again later */
			c->nmi_ns = max(c->nmi_ns, now_ns + NSEC_PER_SEC);
		if (c->nmi_ns > now_ns) {
			k->nmi_due_ns = min(k->nmi_due_ns, c->nmi_ns);
			continue;
		}
		c->nmi_ns = 0;
		if (s != WATCHDOG_IRQ_OFF)
			continue;
		watchdog_look(&c->blame, k->sim, c->task);
		hard_lockup(c, c, now_ns);
	}
}

/* Work is queued on every CPU once a second: vmstat's. */
#define WORK_EVERY_NS NSEC_PER_SEC

static void wq_report(struct watchdog_cpu *c, sim_ns queued_ns, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;
	enum watchdog_kind kind = watchdog_kind_of(k, WATCHDOG_GUEST_WQ, WATCHDOG_HOST_WQ);
	struct task *t = k->ops->current_task(c);
	char text[WATCHDOG_TEXT];

	if (c->wq_reported || (t && t->reported))
		return;
	c->wq_reported = true;
	if (watchdog_muted(k, kind))
		return;
	sim_finding_when(k->sim, t, now_ns, watchdog_rule(kind),
			 "BUG: workqueue lockup - pool cpus=%u node=0 flags=0x0 nice=0 stuck for "
			 "%llus!\nin %s: %s",
			 c->id, (unsigned long long)((now_ns - queued_ns) / NSEC_PER_SEC),
			 guest_of(k), watchdog_text(k->sim, &c->blame, t, now_ns, text));
}

/**
 * watchdog_wq - the workqueue watchdog of @k looks at the pools of all CPUs.
 *
 * Upstream: kernel/workqueue.c:wq_watchdog_timer_fn
 * Fidelity: simplified: each CPU's pool has work from the first full second on at which it is
 * stuck; the timer runs wherever somebody can run it
 */
void watchdog_wq(struct watchdog *k, sim_ns now_ns)
{
	sim_ns thresh_ns = k->cfg.wq_watchdog_thresh_s * NSEC_PER_SEC;
	bool anybody = false;

	for (u32 i = 0; i < k->nr_cpus && !anybody; i++)
		anybody = watchdog_runs(k->ops->state(&k->cpu[i]));
	for (u32 i = 0; anybody && i < k->nr_cpus; i++) {
		struct watchdog_cpu *c = &k->cpu[i];
		sim_ns queued_ns;

		if (!c->stuck_ns || watchdog_schedules(k->ops->state(c)))
			continue;
		queued_ns = (c->stuck_ns / WORK_EVERY_NS + 1) * WORK_EVERY_NS;
		if (now_ns > queued_ns + thresh_ns)
			wq_report(c, queued_ns, now_ns);
	}
}

void watchdog_cpu_resume(struct watchdog_cpu *c, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;

	watchdog_gp_check(k, c, now_ns);
	if (c->timer_due)
		timer_fn(c, now_ns);
	if (watchdog_schedules(k->ops->state(c)))
		watchdog_cpu_scheduled(c, now_ns);
}

void watchdog_cpu_scheduled(struct watchdog_cpu *c, sim_ns now_ns)
{
	const struct watchdog *k = c->kernel;

	if (c->stuck_ns)
		watchdog_note_max(c->kernel,
				  watchdog_kind_of(k, WATCHDOG_GUEST_SOFT, WATCHDOG_HOST_SOFT),
				  now_ns + 1 - c->stuck_ns, k->ops->current_task(c));
	if (c->stop_due)
		touch(c, now_ns);
	watchdog_gp_leave(c, now_ns);
}
