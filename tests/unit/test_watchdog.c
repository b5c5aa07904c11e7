// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's watchdogs: each at the edges of its threshold, on both sides of the sampling's phase.
 *
 * A guest here is a task that says when it leaves guest mode, as KVM's vCPUs do.
 */
#include "tests/unit/watchdog.h"

/* --- guests --- */

static void compute_until(struct task *me, sim_ns at_ns)
{
	if (at_ns > sim_now(me))
		sim_compute(me, at_ns - sim_now(me));
}

static void stopped(struct task *me, struct vcpu *v)
{
	me->in_guest = false;
	watchdog_stop(me);
	if (v->plan == PLAN_MUTEX) {
		mutex_lock(me, &v->w->mutex);
		mutex_unlock(me, &v->w->mutex);
	} else {
		sim_sleep_until(me, v->end_ns);
	}
	me->in_guest = true;
	watchdog_go(me);
}

static void vcpu_main(struct task *me, void *arg)
{
	struct vcpu *v = arg;

	sim_op_begin(me, "touch");
	me->in_guest = true;
	compute_until(me, v->begin_ns);
	switch (v->plan) {
	case PLAN_RUN:
		break;
	case PLAN_SLEEP:
	case PLAN_MUTEX:
		stopped(me, v);
		break;
	case PLAN_CLOSED:
		watchdog_guest_preempt(me, 1);
		compute_until(me, v->end_ns);
		watchdog_guest_preempt(me, -1);
		break;
	case PLAN_IRQ_OFF:
		watchdog_guest_irqs(me, 1);
		compute_until(me, v->end_ns);
		watchdog_guest_irqs(me, -1);
		break;
	case PLAN_HALT:
		watchdog_guest_halt(me, true);
		me->in_guest = false;
		sim_sleep_until(me, v->end_ns);
		me->in_guest = true;
		watchdog_guest_halt(me, false);
		break;
	}
	compute_until(me, v->end_ns + MS(100));
	me->in_guest = false;
	sim_op_end(me, 0);
}

/* A guest of two vCPUs, of which one does not run from @begin_ns to @end_ns; the other does. */
static void run_guest(struct world *w, const struct watchdog_config *cfg, u32 who, enum plan plan,
		      sim_ns begin_ns, sim_ns end_ns)
{
	struct watchdog *k;

	world_init(w, PREEMPT_LAZY, NULL);
	k = watchdog_create(w->sim, "vm0", true, 2, cfg, &watchdog_guest_ops);
	for (u32 i = 0; i < 2; i++) {
		char name[] = "vcpu0";

		name[4] = (char)('0' + i);
		w->vcpu[i] = (struct vcpu){w, i == who ? plan : PLAN_RUN, begin_ns, end_ns};
		watchdog_watch(k, i,
			       sim_task_create(w->sim, name, ACTOR_GUEST, vcpu_main, &w->vcpu[i],
					       -1));
	}
	sim_run(w->sim);
}

static u32 guest_finds(const char *rule, enum hardlockup_detector hardlockup, u32 who,
		       enum plan plan, sim_ns begin_ns, sim_ns end_ns)
{
	struct watchdog_config cfg = config(hardlockup);
	struct world w;
	u32 n;

	run_guest(&w, &cfg, who, plan, begin_ns, end_ns);
	n = found(w.sim, rule);
	sim_destroy(w.sim);
	return n;
}

/* The last note is the sample before; what counts are units of 2^30 ns, 21 of them. */
static void test_guest_soft_lockup_edges(void **state)
{
	const char *rule = "guest-soft-lockup";

	/* stopped right after a sample: from 4.1 s to 24 units, 25.770 s */
	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(4100), MS(25760)), 0);
	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(4100), MS(25780)), 1);
	/* right before one: from 3.9 s to 21 units, 22.548 s, which is 3 s less */
	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(3900), MS(22540)), 0);
	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(3900), MS(22560)), 1);
}

/* With interrupts on its own timer finds it: 20 s are too little, 24 s are 22 units. */
static void test_guest_soft_lockup_spinning(void **state)
{
	const char *rule = "guest-soft-lockup";
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	struct world w;

	assert_int_equal(guest_finds(rule, 0, 0, PLAN_CLOSED, MS(100), MS(23900)), 0);
	run_guest(&w, &cfg, 0, PLAN_CLOSED, MS(100), MS(24100));
	assert_int_equal(finding_of(w.sim, rule)->at_ns, 24 * NSEC_PER_SEC);
	assert_says(finding_of(w.sim, rule),
		    "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [vcpu0:0]");
	sim_destroy(w.sim);
}

static void test_guest_halted_is_idle(void **state)
{
	assert_int_equal(guest_finds("guest-soft-lockup", 0, 0, PLAN_HALT, MS(100), MS(70000)), 0);
	assert_int_equal(guest_finds("guest-rcu-stall", 0, 0, PLAN_HALT, MS(100), MS(70000)), 0);
	assert_int_equal(guest_finds("guest-wq-stall", 0, 0, PLAN_HALT, MS(100), MS(70000)), 0);
	assert_int_equal(guest_finds("guest-hard-lockup", HARDLOCKUP_BUDDY, 0, PLAN_HALT, MS(100),
				     MS(70000)),
			 0);
}

/* The third miss of the CPU before it: 16 s for all but the first CPU, whose buddy is later. */
static void test_guest_hard_lockup_buddy(void **state)
{
	const char *rule = "guest-hard-lockup";

	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 1, PLAN_SLEEP, MS(100), MS(15900)), 0);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 1, PLAN_SLEEP, MS(100), MS(16100)), 1);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 1, PLAN_SLEEP, MS(3900), MS(15900)),
			 0);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 1, PLAN_SLEEP, MS(3900), MS(16100)),
			 1);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 0, PLAN_SLEEP, MS(3900), MS(11900)),
			 0);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 0, PLAN_SLEEP, MS(3900), MS(12100)),
			 1);
	/* who takes interrupts is no hard lockup */
	assert_int_equal(guest_finds(rule, HARDLOCKUP_BUDDY, 1, PLAN_CLOSED, MS(100), MS(40000)),
			 0);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_OFF, 1, PLAN_SLEEP, MS(100), MS(40000)), 0);
}

/* Cycles are counted: a vCPU that its host keeps executes none. */
static void test_guest_hard_lockup_perf(void **state)
{
	const char *rule = "guest-hard-lockup";

	assert_int_equal(guest_finds(rule, HARDLOCKUP_PERF, 0, PLAN_IRQ_OFF, MS(100), MS(10000)),
			 0);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_PERF, 0, PLAN_IRQ_OFF, MS(100), MS(10200)),
			 1);
	assert_int_equal(guest_finds(rule, HARDLOCKUP_PERF, 0, PLAN_SLEEP, MS(100), MS(40000)), 0);
}

/* From the tick after the stop on, 21 s; others see it two ticks later than the CPU itself. */
static void test_guest_rcu_stall(void **state)
{
	const char *rule = "guest-rcu-stall";
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	struct world w;

	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(100), MS(21103)), 0);
	run_guest(&w, &cfg, 0, PLAN_SLEEP, MS(100), MS(21105));
	assert_says(finding_of(w.sim, rule), "rcu: INFO: rcu_sched self-detected stall on CPU");
	sim_destroy(w.sim);
	run_guest(&w, &cfg, 0, PLAN_SLEEP, MS(100), MS(30000));
	assert_int_equal(found(w.sim, rule), 1);
	assert_int_equal(finding_of(w.sim, rule)->at_ns, MS(21112));
	assert_says(finding_of(w.sim, rule),
		    "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n 0-....: (detected by 1, "
		    "t=5252 jiffies)");
	sim_destroy(w.sim);
}

/* Work queued at 1 s is too old at 31 s; the timer looks at 31.0 s, in vain, and at 61.7 s. */
static void test_guest_wq_stall(void **state)
{
	const char *rule = "guest-wq-stall";

	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(100), MS(61000)), 0);
	assert_int_equal(guest_finds(rule, 0, 0, PLAN_SLEEP, MS(100), MS(63000)), 1);
}

/* Off is off. */
static void test_guest_off(void **state)
{
	struct watchdog_config cfg = {.hardlockup = HARDLOCKUP_BUDDY, .phase_ns = 0};
	struct world w;

	run_guest(&w, &cfg, 0, PLAN_SLEEP, MS(100), MS(100000));
	assert_int_equal(w.sim->nr_findings, 0);
	sim_destroy(w.sim);
}

/* --- who is to blame --- */

static void holds_mutex(struct task *me, void *arg)
{
	struct world *w = arg;

	SIM_FRAME(me);
	sim_op_begin(me, "convert");
	mutex_lock(me, &w->mutex);
	sim_step(me, "zap");
	sim_sleep_until(me, w->end_ns);
	sim_step(me, NULL);
	mutex_unlock(me, &w->mutex);
	sim_op_end(me, 0);
}

static void test_owner_is_named(void **state)
{
	struct watchdog_config cfg = config(HARDLOCKUP_OFF);
	struct watchdog_distance d[WATCHDOG_NR];
	const struct sim_finding *f;
	struct watchdog *k;
	struct world w;

	world_init(&w, PREEMPT_LAZY, NULL);
	w.end_ns = MS(26000);
	k = watchdog_create(w.sim, "vm0", true, 1, &cfg, &watchdog_guest_ops);
	w.vcpu[0] = (struct vcpu){&w, PLAN_MUTEX, MS(1000), MS(27000)};
	sim_task_create(w.sim, "vmm", ACTOR_VMM, holds_mutex, &w, -1);
	watchdog_watch(k, 0, sim_task_create(w.sim, "vcpu0", ACTOR_GUEST, vcpu_main, &w.vcpu[0],
					     -1));
	sim_run(w.sim);
	f = finding_of(w.sim, "guest-soft-lockup");
	assert_int_equal(f->task, 1);
	assert_int_equal(f->at_ns, MS(26000));
	assert_says(f, "in vm0: vcpu0 in `touch` waited for 25.0 s for m, owned by vmm/0 in "
		       "`convert` (holds_mutex, step zap)");
	watchdog_distances(w.sim, d);
	assert_string_equal(d[WATCHDOG_GUEST_SOFT].rule, "guest-soft-lockup");
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].threshold_ns, 20 * NSEC_PER_SEC);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].max_ns, 25 * NSEC_PER_SEC);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].reports, 1);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].task, 1);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].owner, 0);
	assert_string_equal(d[WATCHDOG_GUEST_SOFT].lock, "m");
	assert_string_equal(d[WATCHDOG_GUEST_SOFT].owner_op, "convert");
	assert_int_equal(d[WATCHDOG_GUEST_HARD].threshold_ns, 0);
	assert_int_equal(d[WATCHDOG_HOST_SOFT].max_ns, 0);
	sim_destroy(w.sim);
}

/* The share of the threshold counts, not the time; who is off, or was never near, does not. */
static void test_closest(void **state)
{
	struct watchdog_distance d[WATCHDOG_NR] = {0};

	assert_null(watchdog_closest(d));
	assert_int_equal(watchdog_permille(NULL), 0);
	d[WATCHDOG_HOST_HUNG] = (struct watchdog_distance){.threshold_ns = 120 * NSEC_PER_SEC};
	assert_null(watchdog_closest(d));
	d[WATCHDOG_HOST_HUNG].max_ns = 30 * NSEC_PER_SEC;
	d[WATCHDOG_GUEST_SOFT] = (struct watchdog_distance){.threshold_ns = 20 * NSEC_PER_SEC,
							    .max_ns = 6 * NSEC_PER_SEC};
	d[WATCHDOG_GUEST_HARD].max_ns = 100 * NSEC_PER_SEC;
	assert_ptr_equal(watchdog_closest(d), &d[WATCHDOG_GUEST_SOFT]);
	assert_int_equal(watchdog_permille(&d[WATCHDOG_GUEST_SOFT]), 300);
	d[WATCHDOG_HOST_HUNG].max_ns = 37 * NSEC_PER_SEC;
	assert_ptr_equal(watchdog_closest(d), &d[WATCHDOG_HOST_HUNG]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_soft_lockup_edges),
		cmocka_unit_test(test_guest_soft_lockup_spinning),
		cmocka_unit_test(test_guest_halted_is_idle),
		cmocka_unit_test(test_guest_hard_lockup_buddy),
		cmocka_unit_test(test_guest_hard_lockup_perf),
		cmocka_unit_test(test_guest_rcu_stall),
		cmocka_unit_test(test_guest_wq_stall),
		cmocka_unit_test(test_guest_off),
		cmocka_unit_test(test_owner_is_named),
		cmocka_unit_test(test_closest),
	};

	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
