// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tasks of a trace say to each other: signals, barriers, guest spinlocks.
 *
 * Signals and barriers pace the trace; waiting for them is no stall and no lock of the machine
 * (LOCKC_PACING).  A guest spinlock is a ticket lock in guest memory: its waiters burn their CPU in
 * guest mode, may be preempted and kicked there, and are served in the order they came.  Waiting
 * for it is a stall, so that one stalled vCPU shows in all that wait for its lock.
 *
 * Invariants: a signal stays raised; a barrier opens when all parties have arrived and can be used
 * again; a guest lock is handed over, never grabbed.
 */
#include "sim/engine.h"
#include "sim/watchdog.h"
#include "tools/replay/internal.h"

#define SIGNAL_CLASS  "trace:signal"
#define BARRIER_CLASS "trace:barrier"
#define GUEST_CLASS   "guest:"

void rp_sync_init(struct replay *r)
{
	const struct trace *t = r->trace;
	char name[48];

	lock_class_get(r->sim, SIGNAL_CLASS, LOCKC_WAITQ | LOCKC_PACING);
	lock_class_get(r->sim, BARRIER_CLASS, LOCKC_WAITQ | LOCKC_PACING);
	r->signals = sim_zalloc(r->sim, t->n_signals * sizeof(*r->signals) + 1);
	r->barriers = sim_zalloc(r->sim, t->n_barriers * sizeof(*r->barriers) + 1);
	r->guest_locks =
		sim_zalloc(r->sim, (size_t)t->n_vms * t->n_locks * sizeof(*r->guest_locks) + 1);
	for (u32 i = 0; i < t->n_signals; i++)
		init_waitqueue_head(r->sim, &r->signals[i].wait, SIGNAL_CLASS);
	for (u32 i = 0; i < t->n_barriers; i++) {
		init_waitqueue_head(r->sim, &r->barriers[i].wait, BARRIER_CLASS);
		r->barriers[i].parties = t->barrier_parties[i];
	}
	for (u32 i = 0; i < t->n_vms * t->n_locks; i++) {
		/* locks beyond the table of classes share one */
		snprintf(name, sizeof(name), GUEST_CLASS "%.40s",
			 t->n_locks <= 16 ? t->locks[i % t->n_locks] : "lock");
		lock_init_map(r->sim, &r->guest_locks[i].dep_map, name, LOCKC_UNORDERED);
		INIT_LIST_HEAD(&r->guest_locks[i].waiters);
	}
}

bool rp_signal_raised(const struct replay *r, u32 signal)
{
	return load_acquire(r->signals[signal].raised) > 0;
}

void rp_wake_spinners(struct rp_call *c, u32 what)
{
	struct replay *r = c->a->r;

	for (u32 i = 0; i < r->nr_actors; i++) {
		if (load_acquire(r->actors[i].spins) == what)
			guest_spin_wake(c->me, r->actors[i].task);
	}
}

/* Those that wait in a TD, or out of it in HLT: an interrupt for these. */
static void wake_vcpus(struct rp_call *c, u32 signal)
{
	struct replay *r = c->a->r;

	if (!r->has_tds)
		return;
	rp_wake_spinners(c, signal);
	for (u32 i = 0; i < r->nr_actors; i++) {
		struct rp_actor *a = &r->actors[i];

		if (load_acquire(a->halts) == signal)
			vcpu_interrupt(c->me, task_vcpu(a->task));
	}
}

struct spin {
	/* constant */
	const struct replay *r;
	u32 signal;
};

static bool spin_over(struct task *me, void *arg)
{
	const struct spin *s = arg;
	const struct rp_signal *signal = &s->r->signals[s->signal];

	sim_point(me, signal->wait.dep_map.id, SIM_READ);
	return load_acquire(signal->raised) > 0;
}

s64 rp_spin_for_signal(struct rp_call *c, u32 signal)
{
	struct spin s = {c->a->r, signal};
	s64 ret;

	store_release(c->a->spins, signal);
	do {
		ret = guest_spin_until(c->me, spin_over, &s);
	} while (rp_enter_again(c, ret));
	store_release(c->a->spins, TRACE_NONE);
	return ret;
}

s64 rp_signal_raise(struct rp_call *c)
{
	struct rp_signal *s = &c->a->r->signals[rp_name(c, TRACE_ARG_NAME)];

	atomic_add_return(c->me, s->wait.dep_map.id, &s->raised, 1);
	wake_up_all(c->me, &s->wait);
	wake_vcpus(c, rp_name(c, TRACE_ARG_NAME));
	return 0;
}

s64 rp_signal_wait(struct rp_call *c, u32 signal, u32 count)
{
	struct rp_signal *s = &c->a->r->signals[signal];

	return wait_event_killable(c->me, &s->wait,
				   READ_ONCE(c->me, s->wait.dep_map.id, s->raised) >= count);
}

s64 rp_barrier_wait(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_barrier *b = &r->barriers[rp_name(c, TRACE_ARG_NAME)];
	u32 id = b->wait.dep_map.id, round;
	bool last;

	sim_point(c->me, id, SIM_WRITE);
	sim_guard_lock(r->sim, &r->lock);
	round = b->round;
	last = ++b->arrived >= b->parties;
	if (last) {
		b->arrived = 0;
		store_release(b->round, round + 1);
	}
	sim_guard_unlock(r->sim, &r->lock);
	if (!last)
		return wait_event_killable(c->me, &b->wait,
					   READ_ONCE(c->me, id, b->round) != round);
	wake_up_all(c->me, &b->wait);
	return 0;
}

/* ---- guest spinlocks ------------------------------------------------------------- */

static struct rp_guest_lock *guest_lock_of(const struct rp_call *c)
{
	const struct replay *r = c->a->r;
	u32 vm = (u32)(c->a->vm - r->vms);

	return &r->guest_locks[vm * r->trace->n_locks + rp_name(c, TRACE_ARG_NAME)];
}

/* Held at once by one task; the kernel under the guest needs room in held[] too. */
#define GUEST_LOCKS_MAX 16

struct guest_waiter {
	/* constant */
	struct rp_guest_lock *lock;
	/* protected by the lock's guard */
	struct list_head node;
	struct task *task;
	bool granted; /* atomic for its task */
};

static void guest_spin(struct task *me, struct rp_guest_lock *l, const struct guest_waiter *w)
{
	enum park_how how = PARK_SPIN_OPT;

	lock_contended(me, &l->dep_map, LOCK_WRITE);
	me->in_guest = true;
	while (!load_acquire(w->granted)) {
		/* Nobody else for this CPU: real threads, where it may wait for good. */
		if (sim_park(me, how, SIM_NS_MAX) == -EAGAIN && !cond_resched(me))
			how = PARK_SPIN;
	}
	me->in_guest = false;
}

static bool lock_granted(struct task *me, void *arg)
{
	const struct guest_waiter *w = arg;

	sim_point(me, w->lock->dep_map.id, SIM_READ);
	return load_acquire(w->granted);
}

/* KVM_RUN has failed: out of the queue, unless the lock has come meanwhile. */
static bool guest_give_up(struct task *me, struct rp_guest_lock *l, struct guest_waiter *w)
{
	bool granted;

	sim_point(me, l->dep_map.id, SIM_WRITE);
	sim_guard_lock(me->sim, &l->guard);
	granted = w->granted;
	if (!granted)
		list_del_init(&w->node);
	sim_guard_unlock(me->sim, &l->guard);
	return !granted;
}

/* In a TD: kicks drive the waiter out of the guest, and KVM may have it wait for its own locks. */
static s64 guest_spin_td(struct rp_call *c, struct rp_guest_lock *l, struct guest_waiter *w)
{
	s64 ret;

	lock_contended(c->me, &l->dep_map, LOCK_WRITE);
	lock_wait_aside(c->me);
	do {
		ret = guest_spin_until(c->me, lock_granted, w);
	} while (rp_enter_again(c, ret));
	lock_wait_back(c->me);
	if (!ret || !guest_give_up(c->me, l, w))
		return 0;
	lock_wait_abort(c->me, &l->dep_map, (int)ret);
	return ret;
}

/* The guest's spin_lock(), or spin_lock_irqsave(); what only its own watchdogs see. */
static void guest_atomic_begin(struct task *me, bool irqs_off)
{
	watchdog_guest_preempt(me, 1);
	if (irqs_off)
		watchdog_guest_irqs(me, 1);
}

static void guest_atomic_end(struct task *me, bool irqs_off)
{
	if (irqs_off)
		watchdog_guest_irqs(me, -1);
	watchdog_guest_preempt(me, -1);
}

s64 rp_lock_guest(struct rp_call *c)
{
	struct rp_guest_lock *l = guest_lock_of(c);
	struct guest_waiter w = {.task = c->me, .lock = l};
	struct task *me = c->me;
	bool irqs_off = rp_has(c, TRACE_ARG_IRQS_OFF);
	s64 ret = 0;

	if (me->nr_held >= GUEST_LOCKS_MAX)
		return -ENOSPC;
	guest_atomic_begin(me, irqs_off);
	sim_point(me, l->dep_map.id, SIM_WRITE);
	sim_guard_lock(me->sim, &l->guard);
	w.granted = !l->held;
	l->held = true;
	if (!w.granted)
		list_add_tail(&w.node, &l->waiters);
	sim_guard_unlock(me->sim, &l->guard);
	if (!w.granted && rp_in_td(c->a))
		ret = guest_spin_td(c, l, &w);
	else if (!w.granted)
		guest_spin(me, l, &w);
	if (ret) {
		guest_atomic_end(me, irqs_off);
		return ret;
	}
	lock_acquired(me, &l->dep_map, LOCK_WRITE, false);
	l->irqs_off = irqs_off;
	return 0;
}

s64 rp_unlock_guest(struct rp_call *c)
{
	struct rp_guest_lock *l = guest_lock_of(c);
	struct task *me = c->me, *next = NULL;
	bool irqs_off = l->irqs_off;

	if (!lock_release(me, &l->dep_map))
		return -EPERM;
	sim_guard_lock(me->sim, &l->guard);
	if (list_empty(&l->waiters)) {
		l->held = false;
	} else {
		struct guest_waiter *w = list_first_entry(&l->waiters, struct guest_waiter, node);

		list_del_init(&w->node);
		next = w->task;
		/* the waiter and its record may be gone from here on */
		store_release(w->granted, true);
	}
	sim_guard_unlock(me->sim, &l->guard);
	if (next && rp_in_td(c->a))
		guest_spin_wake(me, next);
	else if (next)
		sim_unpark(me, next);
	guest_atomic_end(me, irqs_off);
	sim_release_point(me, l->dep_map.id);
	return 0;
}
