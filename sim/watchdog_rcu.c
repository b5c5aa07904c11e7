// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/watchdog_rcu.c - grace periods that do not end, tasks that do not wake up.
 *
 * A kernel always has a grace period under way.  A CPU that neither schedules nor idles keeps it
 * from ending; one that has begun to after it had reported keeps the next.  Of the host also those
 * grace periods count that a modelled task waits for.
 *
 * Invariants: nr_gp CPUs have in_gp set; with none of them the grace period is as good as new.  A
 * grace period is reported once.
 *
 * Upstream: kernel/rcu/tree_stall.h:check_cpu_stall, print_cpu_stall, print_other_cpu_stall;
 * kernel/hung_task.c
 * Fidelity: simplified: a grace period begins at the tick after a CPU got stuck, unless another CPU
 * is known to hold up the one before; one kind of RCU
 */
#include <stdio.h>

#include "sim/watchdog_internal.h"

/* rcu: how much later than the stalled CPU itself others report it, in ticks */
#define RCU_STALL_RAT_DELAY 2

static sim_ns stall_ns(const struct watchdog *k)
{
	return k->cfg.rcu_cpu_stall_timeout_s * NSEC_PER_SEC;
}

static void gp_begin(struct watchdog *k, sim_ns at_ns)
{
	sim_ns tick_ns = watchdog_tick_ns(k);

	k->gp_start_ns = (at_ns / tick_ns + 1) * tick_ns;
	k->gp_reported = false;
	k->rcu_due_ns = stall_ns(k) ?
				k->gp_start_ns + stall_ns(k) + RCU_STALL_RAT_DELAY * tick_ns :
				SIM_NS_MAX;
}

static void gp_add(struct watchdog_cpu *c)
{
	c->in_gp = true;
	c->kernel->nr_gp++;
}

/* @c has been stuck since c->stuck_ns. */
void watchdog_gp_join(struct watchdog_cpu *c, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;
	sim_ns since_ns = c->stuck_ns - 1;

	if (c->in_gp || c->in_next_gp)
		return;
	if (!k->nr_gp)
		gp_begin(k, since_ns);
	else if (since_ns > k->gp_start_ns) {
		c->in_next_gp = true;
		return;
	}
	gp_add(c);
}

void watchdog_gp_leave(struct watchdog_cpu *c, sim_ns now_ns)
{
	struct watchdog *k = c->kernel;

	c->in_next_gp = false;
	if (!c->in_gp)
		return;
	watchdog_note_max(k, watchdog_kind_of(k, WATCHDOG_GUEST_RCU, WATCHDOG_HOST_RCU),
			  now_ns > k->gp_start_ns ? now_ns - k->gp_start_ns : 0,
			  k->ops->current_task(c));
	c->in_gp = false;
	if (--k->nr_gp)
		return;
	k->rcu_due_ns = SIM_NS_MAX;
	for (u32 i = 0; i < k->nr_cpus; i++) {
		struct watchdog_cpu *o = &k->cpu[i];

		if (!o->in_next_gp)
			continue;
		if (!k->nr_gp)
			gp_begin(k, now_ns);
		o->in_next_gp = false;
		gp_add(o);
	}
}

/* "rcu_sched" where a reader cannot be preempted. */
static const char *rcu_name(const struct watchdog *k)
{
	return k->sim->cfg.preempt == PREEMPT_FULL && !k->guest ? "rcu_preempt" : "rcu_sched";
}

static const struct watchdog_cpu *first_in_gp(const struct watchdog *k)
{
	for (u32 i = 0; i < k->nr_cpus; i++) {
		if (k->cpu[i].in_gp)
			return &k->cpu[i];
	}
	return NULL;
}

/* " 3-....: 7-....:" */
static void list_stalled(const struct watchdog *k, char *buf, size_t size)
{
	size_t len = 0;

	for (u32 i = 0; i < k->nr_cpus && len < size - 16; i++) {
		if (k->cpu[i].in_gp)
			len += (size_t)snprintf(buf + len, size - len, " %u-....:", i);
	}
}

static void report(struct watchdog *k, const struct watchdog_cpu *by, bool self, sim_ns now_ns)
{
	enum watchdog_kind kind = watchdog_kind_of(k, WATCHDOG_GUEST_RCU, WATCHDOG_HOST_RCU);
	const struct watchdog_cpu *c = self ? by : first_in_gp(k);
	struct task *t = k->ops->current_task(c);
	char text[WATCHDOG_TEXT], cpus[160];

	k->gp_reported = true;
	k->rcu_due_ns = SIM_NS_MAX;
	if ((t && t->reported) || watchdog_muted(k, kind))
		return;
	list_stalled(k, cpus, sizeof(cpus));
	sim_finding_when(k->sim, t, now_ns, watchdog_rule(kind),
			 "rcu: INFO: %s %s\n%s (detected by %u, t=%llu jiffies)\nin %s: %s",
			 rcu_name(k),
			 self ? "self-detected stall on CPU" : "detected stalls on CPUs/tasks:",
			 cpus, by->id,
			 (unsigned long long)((now_ns - k->gp_start_ns) / watchdog_tick_ns(k)),
			 k->guest ? k->name : "the host",
			 watchdog_text(k->sim, &c->blame, t, now_ns, text));
}

/**
 * watchdog_gp_check - does a CPU's tick find that the grace period is too old?
 * @self: whose tick; NULL: anybody's that can take one
 *
 * Upstream: kernel/rcu/tree_stall.h:check_cpu_stall
 * Fidelity: faithful, but for ticks of CPUs that run all the time, which come when it is due
 */
void watchdog_gp_check(struct watchdog *k, struct watchdog_cpu *self, sim_ns now_ns)
{
	sim_ns due_ns = k->gp_start_ns + stall_ns(k), tick_ns = watchdog_tick_ns(k);

	if (!k->nr_gp || k->gp_reported || !stall_ns(k) || now_ns < due_ns)
		return;
	if (self && self->in_gp) {
		report(k, self, true, now_ns);
		return;
	}
	if (now_ns < due_ns + RCU_STALL_RAT_DELAY * tick_ns)
		return;
	for (u32 i = 0; !self && i < k->nr_cpus; i++) {
		if (watchdog_runs(k->ops->state(&k->cpu[i])))
			self = &k->cpu[i];
	}
	if (self)
		report(k, self, self->in_gp, now_ns);
}

/**
 * watchdog_sync - a grace period that a modelled task waits for, and who is in its way.
 *
 * Each sample asks, and arranges to ask again when it is due.
 */
void watchdog_sync(struct watchdog *k, sim_ns now_ns)
{
	struct watchdog_blame b = {.cpu_of = SIM_NO_TASK};
	u32 reader = SIM_NO_TASK;
	struct task *t = k->ops->gp_waiter ? k->ops->gp_waiter(k, &reader) : NULL;
	sim_ns due_ns;
	char text[WATCHDOG_TEXT];

	k->sync_due_ns = SIM_NS_MAX;
	if (!t || !stall_ns(k))
		return;
	due_ns = t->wait.since_ns + stall_ns(k) + RCU_STALL_RAT_DELAY * watchdog_tick_ns(k);
	if (now_ns < due_ns) {
		k->sync_due_ns = due_ns;
		return;
	}
	watchdog_note_max(k, WATCHDOG_HOST_RCU, now_ns - t->wait.since_ns, t);
	if (k->sync_reported_ns == t->wait.since_ns + 1)
		return;
	k->sync_reported_ns = t->wait.since_ns + 1;
	if (t->reported || watchdog_muted(k, WATCHDOG_HOST_RCU))
		return;
	watchdog_look(&b, k->sim, t);
	sim_finding_when(k->sim, t, now_ns, watchdog_rule(WATCHDOG_HOST_RCU),
			 "rcu: INFO: %s detected stalls on CPUs/tasks:\n P%u (detected by 0, "
			 "t=%llu jiffies)\nin the host: %s",
			 rcu_name(k), reader,
			 (unsigned long long)((now_ns - t->wait.since_ns) / watchdog_tick_ns(k)),
			 watchdog_text(k->sim, &b, t, now_ns, text));
}

/**
 * watchdog_rcu - the stall of a grace period is due.
 */
void watchdog_rcu(struct watchdog *k, sim_ns now_ns)
{
	k->rcu_due_ns = SIM_NS_MAX;
	watchdog_gp_check(k, NULL, now_ns);
}

/* --- hung tasks --- */

/*
 * Upstream: kernel/hung_task.c:task_is_hung
 * Fidelity: faithful: TASK_KILLABLE and TASK_IDLE do not count; a worker without work is idle
 */
static bool uninterruptible(const struct task *t)
{
	const struct lock_class *wait = t->wait.class;

	if (t->state != TASK_SLEEPING || t->park_how != PARK_SLEEP || t->reported)
		return false;
	if (wait && wait->flags & LOCKC_PACING)
		return false;
	return !t->daemon || (wait && !(wait->flags & LOCKC_WAITQ));
}

/* As CONFIG_DETECT_HUNG_TASK_BLOCKER has it. */
static void blocker_text(const struct sim *sim, const struct task *t,
			 const struct watchdog_blame *b, char *buf, size_t size)
{
	const struct watchdog_link *l = &b->link[0];

	buf[0] = 0;
	if (!b->nr || l->holder >= sim->nr_tasks)
		return;
	if (l->class->flags & LOCKC_MUTEX)
		snprintf(buf, size,
			 "INFO: task %s:%u is blocked on a mutex likely owned by task %s:%u.\n",
			 t->name, t->id, sim->tasks[l->holder]->name, l->holder);
	else if (!(l->class->flags & LOCKC_WAITQ))
		snprintf(buf, size,
			 "INFO: task %s:%u <%s> blocked on an rw-semaphore likely owned by task "
			 "%s:%u\n",
			 t->name, t->id, l->mode == LOCK_READ ? "reader" : "writer",
			 sim->tasks[l->holder]->name, l->holder);
}

static void hung_report(struct watchdog *k, struct task *t, sim_ns since_ns, sim_ns now_ns)
{
	struct watchdog_blame b;
	char text[WATCHDOG_TEXT], blocker[240];

	if (watchdog_muted(k, WATCHDOG_HOST_HUNG))
		return;
	watchdog_look(&b, k->sim, t);
	blocker_text(k->sim, t, &b, blocker, sizeof(blocker));
	sim_finding_when(k->sim, t, now_ns, watchdog_rule(WATCHDOG_HOST_HUNG),
			 "INFO: task %s:%u blocked for more than %llu seconds.\n%s%s", t->name,
			 t->id, (unsigned long long)((now_ns - since_ns) / NSEC_PER_SEC), blocker,
			 watchdog_text(k->sim, &b, t, now_ns, text));
}

/**
 * watchdog_hung - khungtaskd looks at all tasks.
 *
 * A task is hung if it sleeps, and has slept without a switch, since a scan that is at least
 * hung_task_timeout_secs ago.
 *
 * Upstream: kernel/hung_task.c:check_hung_uninterruptible_tasks
 * Fidelity: simplified: one report for each sleep
 */
void watchdog_hung(struct watchdog *k, sim_ns now_ns)
{
	struct sim *sim = k->sim;

	if (!k->hung)
		k->hung = sim_zalloc(sim, (sim->nr_tasks + 1) * sizeof(*k->hung));
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct task *t = sim->tasks[i];
		struct hung_task *h = &k->hung[i];

		if (!uninterruptible(t))
			continue;
		if (!h->noticed_ns || h->asleep_ns != t->clock_ns) {
			*h = (struct hung_task){.asleep_ns = t->clock_ns, .noticed_ns = now_ns};
			continue;
		}
		if (h->reported ||
		    now_ns - h->noticed_ns < k->cfg.hung_task_timeout_s * NSEC_PER_SEC)
			continue;
		h->reported = true;
		hung_report(k, t, h->noticed_ns, now_ns);
	}
}
