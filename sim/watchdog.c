// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/watchdog.c - kernels that watch themselves: how they are set, when they look, how close a run
 * came to each watchdog.
 *
 * Invariants: what is due is done in the order of time, of one time in the order samples, NMIs,
 * RCU, workqueues, hung tasks; a kernel's times do not depend on what runs.
 */
#include <stdio.h>
#include <string.h>

#include "sim/watchdog_internal.h"

static const char *const rules[WATCHDOG_NR] = {
	[WATCHDOG_GUEST_SOFT] = "guest-soft-lockup",
	[WATCHDOG_GUEST_HARD] = "guest-hard-lockup",
	[WATCHDOG_GUEST_RCU] = "guest-rcu-stall",
	[WATCHDOG_GUEST_WQ] = "guest-wq-stall",
	[WATCHDOG_HOST_SOFT] = "host-soft-lockup",
	[WATCHDOG_HOST_HUNG] = "host-hung-task",
	[WATCHDOG_HOST_RCU] = "host-rcu-stall",
	[WATCHDOG_HOST_WQ] = "host-wq-stall",
};

const char *watchdog_rule(enum watchdog_kind kind)
{
	return rules[kind];
}

void watchdog_config_default(struct watchdog_config *cfg)
{
	*cfg = (struct watchdog_config){
		.watchdog_thresh_s = 10,
		.rcu_cpu_stall_timeout_s = 21,
		.wq_watchdog_thresh_s = 30,
		.hung_task_timeout_s = 120,
		.hardlockup = HARDLOCKUP_PERF,
		.phase_ns = WATCHDOG_PHASE_SEED,
	};
}

struct watchdog *watchdog_create(struct sim *sim, const char *name, bool guest, u32 nr_cpus,
				 const struct watchdog_config *cfg, const struct watchdog_ops *ops)
{
	struct watchdog *k = sim_zalloc(sim, sizeof(*k));
	struct watchdog **at = &sim->watchdogs;

	k->sim = sim;
	snprintf(k->name, sizeof(k->name), "%s", name);
	k->guest = guest;
	k->cfg = *cfg;
	k->ops = ops;
	k->nr_cpus = nr_cpus;
	k->cpu = sim_zalloc(sim, nr_cpus * sizeof(*k->cpu));
	for (u32 i = 0; i < nr_cpus; i++) {
		k->cpu[i].kernel = k;
		k->cpu[i].id = i;
	}
	while (*at)
		at = &(*at)->next;
	*at = k;
	return k;
}

void watchdog_watch(struct watchdog *k, u32 id, struct task *t)
{
	SIM_ASSERT(id < k->nr_cpus && !k->cpu[id].task);
	k->cpu[id].task = t;
	t->watchdog = &k->cpu[id];
	t->stop_limit_ns = 0;
}

/* --- when they look --- */

/* Stalls of RCU and workqueues are looked for without lockup detectors, too. */
static sim_ns period_ns(const struct watchdog *k)
{
	return 2 * (k->cfg.watchdog_thresh_s ? k->cfg.watchdog_thresh_s : 10) * NSEC_PER_SEC / 5;
}

static bool has_samples(const struct watchdog_config *cfg)
{
	return cfg->watchdog_thresh_s || cfg->rcu_cpu_stall_timeout_s || cfg->wq_watchdog_thresh_s;
}

/* Wheels are of 64 buckets, each level eight times as coarse as the one below. */
sim_ns watchdog_wheel_ns(const struct watchdog *k, sim_ns now_ns, sim_ns delay_ns)
{
	sim_ns tick_ns = watchdog_tick_ns(k);
	u64 delta = delay_ns / tick_ns, at = (now_ns + k->boot_ns) / tick_ns + delta;
	u32 shift = 0;

	while (delta >= 63ull << shift)
		shift += 3;
	return (((at >> shift) + 1) << shift) * tick_ns - k->boot_ns;
}

static sim_ns wheel_or_never(const struct watchdog *k, sim_ns now_ns, u32 seconds)
{
	return seconds ? watchdog_wheel_ns(k, now_ns, seconds * NSEC_PER_SEC) : SIM_NS_MAX;
}

/* All that differs from machine to machine, from the seed or as the configuration says. */
static void begin(struct watchdog *k)
{
	u64 h = prng_mix(k->sim->cfg.seed ^ prng_mix(sim_name_hash(k->name)));
	bool from_seed = k->cfg.phase_ns == WATCHDOG_PHASE_SEED;
	sim_ns phase_ns = from_seed ? h % period_ns(k) : k->cfg.phase_ns;

	k->boot_ns = (1024ull << 30) + (from_seed ? (h >> 32) & (BIT_ULL(30) - 1) : 0);
	k->sample_due_ns = has_samples(&k->cfg) ? phase_ns : SIM_NS_MAX;
	k->wq_due_ns = wheel_or_never(k, phase_ns, k->cfg.wq_watchdog_thresh_s);
	k->hung_due_ns = wheel_or_never(k, phase_ns, k->guest ? 0 : k->cfg.hung_task_timeout_s);
	k->rcu_due_ns = k->sync_due_ns = k->nmi_due_ns = SIM_NS_MAX;
	for (u32 i = 0; i < k->nr_cpus; i++) {
		struct watchdog_cpu *c = &k->cpu[i];

		c->touch_ns = c->report_ns = k->boot_ns + phase_ns - period_ns(k);
		c->interrupts_saved = UINT32_MAX; /* touched: nobody has missed anything yet */
	}
}

static sim_ns next_due(const struct watchdog *k)
{
	sim_ns rcu_ns = min(k->rcu_due_ns, k->sync_due_ns);

	return min(min(min(k->sample_due_ns, k->nmi_due_ns), rcu_ns),
		   min(k->wq_due_ns, k->hung_due_ns));
}

sim_ns watchdogs_begin(struct sim *sim)
{
	sim_ns due_ns = SIM_NS_MAX;

	for (struct watchdog *k = sim->watchdogs; k; k = k->next) {
		begin(k);
		due_ns = min(due_ns, next_due(k));
	}
	return due_ns;
}

static void run_one(struct watchdog *k, sim_ns now_ns)
{
	if (k->sample_due_ns <= now_ns) {
		watchdog_sample(k, now_ns);
		k->sample_due_ns += period_ns(k);
	}
	if (k->nmi_due_ns <= now_ns)
		watchdog_nmi(k, now_ns);
	if (k->rcu_due_ns <= now_ns)
		watchdog_rcu(k, now_ns);
	if (k->sync_due_ns <= now_ns)
		watchdog_sync(k, now_ns);
	if (k->wq_due_ns <= now_ns) {
		watchdog_wq(k, now_ns);
		k->wq_due_ns = wheel_or_never(k, now_ns, k->cfg.wq_watchdog_thresh_s);
	}
	if (k->hung_due_ns <= now_ns) {
		watchdog_hung(k, now_ns);
		k->hung_due_ns = wheel_or_never(k, now_ns, k->cfg.hung_task_timeout_s);
	}
}

sim_ns watchdogs_run(struct sim *sim, sim_ns now_ns)
{
	sim_ns due_ns = SIM_NS_MAX;

	for (struct watchdog *k = sim->watchdogs; k; k = k->next) {
		run_one(k, now_ns);
		due_ns = min(due_ns, next_due(k));
	}
	return due_ns;
}

/* --- what a guest's CPUs are doing --- */

static enum watchdog_state closed_state(const struct watchdog_cpu *c, enum watchdog_state otherwise)
{
	if (c->irqs_off)
		return WATCHDOG_IRQ_OFF;
	return c->preempt_off ? WATCHDOG_CLOSED : otherwise;
}

/* Between operations a vCPU has nothing to do: the trace paces it, not its host. */
static enum watchdog_state guest_state(const struct watchdog_cpu *c)
{
	const struct task *t = c->task;

	if (!t || t->state == TASK_NEW || t->state == TASK_DEAD)
		return WATCHDOG_IDLE;
	if (!t->op || c->halted)
		return closed_state(c, WATCHDOG_IDLE);
	if (!t->in_guest || !task_on_cpu(t))
		return WATCHDOG_STOPPED;
	return closed_state(c, WATCHDOG_OPEN);
}

static struct task *guest_task(const struct watchdog_cpu *c)
{
	return c->task;
}

static sim_ns guest_since(const struct watchdog_cpu *c, sim_ns now_ns)
{
	const struct task *t = c->task;
	sim_ns since_ns;

	if (guest_state(c) != WATCHDOG_STOPPED)
		return c->closed_ns;
	/* preempted in the guest: since it lost its CPU */
	since_ns = t->in_guest ? t->clock_ns : max(t->stopped_ns, t->op_since_ns);
	if (c->preempt_off || c->irqs_off)
		since_ns = min(since_ns, c->closed_ns);
	return min(since_ns, now_ns);
}

static void guest_notify(struct watchdog_cpu *c)
{
	if (!c->timer_due)
		return; /* the guest says itself when it schedules */
	c->task->watchdog_due = true;
	c->task->stop_limit_ns = 0;
}

const struct watchdog_ops watchdog_guest_ops = {
	.state = guest_state,
	.current_task = guest_task,
	.since = guest_since,
	.notify = guest_notify,
};

static void note_longest(struct watchdog_longest *l, const struct task *t, sim_ns ns)
{
	if (ns <= l->ns)
		return;
	l->ns = ns;
	l->op = t->op;
	l->why = (struct stall){.holder = SIM_NO_TASK};
	if (t->stall.max_ns && t->stall.at_ns + ns >= t->clock_ns)
		l->why = t->stall;
}

void __watchdog_go(struct task *me, sim_ns since_ns)
{
	struct watchdog_cpu *c = me->watchdog;

	note_longest(&c->stop, me, me->clock_ns - since_ns);
	note_longest(&c->deaf, me, me->clock_ns - since_ns);
	me->stop_limit_ns = c->deaf.ns;
	watchdog_resume(me);
}

void __watchdog_resume(struct task *me)
{
	struct watchdog_cpu *c = me->watchdog;

	if (c && watchdog_runs(c->kernel->ops->state(c))) {
		me->watchdog_due = false;
		watchdog_cpu_resume(c, me->clock_ns);
	}
}

/* The guest has let go of the last of what kept it from scheduling. */
static void guest_opened(struct task *me, struct watchdog_cpu *c)
{
	if (c->preempt_off || c->irqs_off)
		return;
	note_longest(&c->stop, me, me->clock_ns - c->closed_ns);
	if (c->stop_due)
		watchdog_cpu_scheduled(c, me->clock_ns);
}

void watchdog_guest_preempt(struct task *me, int by)
{
	struct watchdog_cpu *c = me->watchdog;

	if (!c)
		return;
	if (by > 0 && !c->preempt_off && !c->irqs_off)
		c->closed_ns = me->clock_ns;
	c->preempt_off += (u32)by;
	if (by < 0)
		guest_opened(me, c);
}

void watchdog_guest_irqs(struct task *me, int by)
{
	struct watchdog_cpu *c = me->watchdog;

	if (!c)
		return;
	if (by > 0 && !c->preempt_off && !c->irqs_off)
		c->closed_ns = me->clock_ns;
	if (!c->irqs_off)
		c->irqs_off_ns = me->clock_ns;
	c->irqs_off += (u32)by;
	if (c->irqs_off)
		return;
	note_longest(&c->deaf, me, me->clock_ns - c->irqs_off_ns);
	c->nmi_ns = 0;
	watchdog_resume(me);
	guest_opened(me, c);
}

void watchdog_guest_halt(struct task *me, bool halted)
{
	if (me->watchdog)
		me->watchdog->halted = halted;
}

/* --- how often, how close --- */

bool watchdog_muted(struct watchdog *k, enum watchdog_kind kind)
{
	return ++k->reports[kind] > WATCHDOG_MAX_REPORTS;
}

void watchdog_note_max(struct watchdog *k, enum watchdog_kind kind, sim_ns ns, const struct task *t)
{
	if (ns <= k->max_ns[kind])
		return;
	k->max_ns[kind] = ns;
	k->max_task[kind] = t ? t->id : SIM_NO_TASK;
}

/* The threshold: from there on, with the worst phase, it may report. */
static sim_ns threshold_ns(const struct watchdog_config *cfg, enum watchdog_kind kind)
{
	switch (kind) {
	case WATCHDOG_GUEST_SOFT:
	case WATCHDOG_HOST_SOFT:
		return 2 * cfg->watchdog_thresh_s * NSEC_PER_SEC;
	case WATCHDOG_GUEST_HARD:
		if (cfg->hardlockup == HARDLOCKUP_OFF)
			return 0;
		/* a buddy's third miss may be so early; cycles are exact */
		return cfg->watchdog_thresh_s * NSEC_PER_SEC *
		       (cfg->hardlockup == HARDLOCKUP_BUDDY ? 4 : 5) / 5;
	case WATCHDOG_GUEST_RCU:
	case WATCHDOG_HOST_RCU:
		return cfg->rcu_cpu_stall_timeout_s * NSEC_PER_SEC;
	case WATCHDOG_GUEST_WQ:
	case WATCHDOG_HOST_WQ:
		return cfg->wq_watchdog_thresh_s * NSEC_PER_SEC;
	case WATCHDOG_HOST_HUNG:
		return cfg->hung_task_timeout_s * NSEC_PER_SEC;
	case WATCHDOG_NR:
		break;
	}
	return 0;
}

/* Is it further, as a share of its own threshold, than what is known? */
static bool further(const struct watchdog_distance *d, sim_ns ns, sim_ns of_ns)
{
	if (!of_ns || !d->threshold_ns)
		return of_ns && !d->threshold_ns;
	return (__extension__(unsigned __int128) ns) * d->threshold_ns >
	       (__extension__(unsigned __int128) d->max_ns) * of_ns;
}

static void note(struct watchdog_distance *d, sim_ns ns, sim_ns of_ns, const struct task *t,
		 const char *op)
{
	*d = (struct watchdog_distance){.rule = d->rule, .threshold_ns = of_ns, .max_ns = ns,
					.reports = d->reports, .task = t ? t->id : SIM_NO_TASK,
					.op = op, .owner = SIM_NO_TASK};
}

static void note_lock(struct watchdog_distance *d, const struct lock_class *class, u32 holder,
		      const char *op, const char *func)
{
	if (!class || class->flags & LOCKC_PACING)
		return;
	d->lock = class->name;
	d->owner = holder == d->task ? SIM_NO_TASK : holder;
	d->owner_op = op;
	d->owner_func = func;
}

/* The hard lockup detector that counts cycles does not mind a vCPU that executes none. */
static bool minds_stops(const struct watchdog *k, enum watchdog_kind kind)
{
	return kind != WATCHDOG_GUEST_HARD || k->cfg.hardlockup == HARDLOCKUP_BUDDY;
}

static void distance_guest(const struct watchdog *k, enum watchdog_kind kind,
			   struct watchdog_distance *d)
{
	sim_ns of_ns = threshold_ns(&k->cfg, kind);

	for (u32 i = 0; i < k->nr_cpus && minds_stops(k, kind); i++) {
		const struct watchdog_cpu *c = &k->cpu[i];
		const struct watchdog_longest *l =
			kind == WATCHDOG_GUEST_HARD ? &c->deaf : &c->stop;
		const struct stall *why = &l->why;
		sim_ns ns = l->ns;

		/* still stopped when the run ended */
		if (k->ops->state(c) == WATCHDOG_STOPPED)
			ns = max(ns, k->sim->end_ns - k->ops->since(c, k->sim->end_ns));
		if (!ns || !further(d, ns, of_ns))
			continue;
		if (ns != l->ns)
			why = &c->task->stall;
		note(d, ns, of_ns, c->task, l->op ? l->op : c->task->op);
		note_lock(d, why->class, why->holder, why->holder_op, why->holder_func);
	}
	if (!d->threshold_ns)
		d->threshold_ns = of_ns;
}

/* While a spinlock is held its CPU neither schedules nor has a quiescent state. */
static void distance_spin(const struct sim *sim, struct watchdog_distance *d)
{
	for (u32 i = 0; i < sim->nr_classes; i++) {
		for (int mode = 0; mode < LOCK_NR_MODES; mode++) {
			const struct hold_record *h = &sim->stats[i].mode[mode].longest;

			if (!(sim->classes[i].flags & LOCKC_SPIN) || h->hold_ns <= d->max_ns)
				continue;
			note(d, h->hold_ns, d->threshold_ns, sim->tasks[h->task], h->op);
		}
	}
}

static void distance_hung(const struct sim *sim, struct watchdog_distance *d)
{
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *t = sim->tasks[i];
		bool asleep = t->state == TASK_SLEEPING && t->park_how == PARK_SLEEP;
		bool longer = asleep && sim->end_ns > t->clock_ns + t->slept_max_ns;
		sim_ns ns = longer ? sim->end_ns - t->clock_ns : t->slept_max_ns;
		const struct task_wait *w = longer ? &t->wait : &t->slept;

		if (t->daemon || ns <= d->max_ns || (w->class && w->class->flags & LOCKC_PACING))
			continue;
		note(d, ns, d->threshold_ns, t, longer ? t->op : t->slept_op);
		note_lock(d, w->class, w->holder, w->holder_op, w->holder_func);
	}
}

static void distance_sampled(const struct watchdog *k, enum watchdog_kind kind,
			     struct watchdog_distance *d)
{
	sim_ns of_ns = threshold_ns(&k->cfg, kind);
	u32 id = k->max_task[kind];

	d->reports += k->reports[kind];
	if (k->max_ns[kind] && further(d, k->max_ns[kind], of_ns))
		note(d, k->max_ns[kind], of_ns, id < k->sim->nr_tasks ? k->sim->tasks[id] : NULL,
		     NULL);
}

void watchdog_distances(const struct sim *sim, struct watchdog_distance d[WATCHDOG_NR])
{
	for (u32 i = 0; i < WATCHDOG_NR; i++)
		d[i] = (struct watchdog_distance){
			.rule = rules[i],
			.threshold_ns = i < WATCHDOG_HOST_SOFT ?
						0 :
						threshold_ns(&sim->cfg.watchdog,
							     (enum watchdog_kind)i),
			.task = SIM_NO_TASK,
			.owner = SIM_NO_TASK,
		};
	distance_spin(sim, &d[WATCHDOG_HOST_SOFT]);
	distance_spin(sim, &d[WATCHDOG_HOST_RCU]);
	distance_spin(sim, &d[WATCHDOG_HOST_WQ]);
	distance_hung(sim, &d[WATCHDOG_HOST_HUNG]);
	for (const struct watchdog *k = sim->watchdogs; k; k = k->next) {
		for (u32 i = k->guest ? 0 : WATCHDOG_HOST_SOFT;
		     i < (k->guest ? WATCHDOG_HOST_SOFT : WATCHDOG_NR); i++) {
			if (k->guest)
				distance_guest(k, (enum watchdog_kind)i, &d[i]);
			distance_sampled(k, (enum watchdog_kind)i, &d[i]);
		}
	}
}

const struct watchdog_distance *watchdog_closest(const struct watchdog_distance d[WATCHDOG_NR])
{
	const struct watchdog_distance *best = NULL;

	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		__extension__ typedef unsigned __int128 u128;

		if (!d[i].threshold_ns || !d[i].max_ns)
			continue;
		if (!best || (u128)d[i].max_ns * best->threshold_ns >
				     (u128)best->max_ns * d[i].threshold_ns)
			best = &d[i];
	}
	return best;
}
