/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/engine.h - what an engine provides; locks and model are written over this and nothing else.
 *
 * Interleaving can change only inside these calls.  sim_point() is the visible operation's
 * decision: in the virtual engine it lets every task that is due earlier go first (or, with a
 * searching scheduler, any task), in the threads engine the hardware decides.
 *
 * Parking works with a permit, like a futex word: sim_unpark() leaves a permit, sim_park() consumes
 * it or waits for it.  A waiter therefore publishes itself, drops its guard, and loops:
 *
 *	while (!granted(w))
 *		sim_park(me, PARK_SLEEP, SIM_NS_MAX);
 *
 * Spurious returns are allowed; conditions are re-tested.
 */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include "sim/sim.h"

/*
 * What a visible operation does to its object, in bit 0: reads commute with reads, and SIM_COMMUTE
 * with itself; nothing else does.  The bits above say what kind of operation it is
 * (docs/EXPLORE.md); only a search looks.
 */
enum sim_op_kind {
	OP_ACCESS,  /* a marked access, a declared point */
	OP_LOCK,    /* takes a lock that has no shared mode; waits while somebody holds it */
	OP_RWLOCK,  /* asks for a lock that has one, or until a signal; gets it or queues */
	OP_TRY,	    /* takes a lock if it can be had at once */
	OP_RELEASE, /* gives something up; decided about only with all_points */
	OP_LOOK,    /* looks at something without waiting; decided about only in a search */
	OP_WAIT,    /* waits unless its condition holds */
	OP_RCU,	    /* enters a read-side section */
	OP_SYNC,    /* begins a grace period */
	OP_IPI,	    /* interrupts other CPUs */
	OP_COMMUTE, /* changes something, as others do, and sees neither them nor the result */
	OP_BORROW,  /* changes something for a while: takes a reference, leaves guest mode ... */
	OP_RETURN,  /* ... and gives it back: as it was */
	/* of the engine's own making */
	OP_START,   /* the task has not run yet */
	OP_WOKEN,   /* its wait is over */
	OP_TIMEOUT, /* its wait may end by its deadline now */
	OP_AWAIT,   /* tries again what others have to make possible */
	OP_UNPARK,  /* never pending: has left a permit for somebody */
	OP_SIGNAL,  /* never pending: has sent a signal */
	OP_LIFE,      /* never pending: looks whether something is alive, or ends lives */
	OP_RELEASING, /* never pending: is about to give something up */
	OP_NR,
};
#define SIM_OP(kind, write) ((kind) << 1 | (write))
/* ... of a lock of that class: several can have one object's number (a folio's bit, its freezer) */
#define SIM_OP_OF(kind, write, class_id) (SIM_OP(kind, write) | (class_id) << 16)

enum sim_access {
	SIM_READ,
	SIM_WRITE,
	SIM_LOCK = SIM_OP(OP_LOCK, 1),
	SIM_RWLOCK_READ = SIM_OP(OP_RWLOCK, 0),
	SIM_RWLOCK_WRITE = SIM_OP(OP_RWLOCK, 1),
	SIM_TRY_READ = SIM_OP(OP_TRY, 0),
	SIM_TRY_WRITE = SIM_OP(OP_TRY, 1),
	SIM_RELEASE_READ = SIM_OP(OP_RELEASE, 0),
	SIM_RELEASE = SIM_OP(OP_RELEASE, 1),
	SIM_WAIT = SIM_OP(OP_WAIT, 0),
	SIM_WAIT_ONE = SIM_OP(OP_WAIT, 1), /* one of several is woken: their order matters */
	SIM_RCU_READ = SIM_OP(OP_RCU, 0),
	SIM_SYNC = SIM_OP(OP_SYNC, 1),
	SIM_IPI = SIM_OP(OP_IPI, 1),
	SIM_BORROW = SIM_OP(OP_BORROW, 1),
	SIM_RETURN = SIM_OP(OP_RETURN, 1),
	SIM_COMMUTE = SIM_OP(OP_COMMUTE, 1), /* x += n, |= bit; of one kind for each object */
	SIM_RELEASING = SIM_OP(OP_RELEASING, 1), /* sim_touch(): no step begins with it, or ends */
	SIM_LOOK = SIM_OP(OP_LOOK, 0), /* sim_touch(): a look at what others may change */
};

/* What is said about a loop that tries again: see sim_loop(). */
enum sim_round {
	ROUND_BEGINS,
	ROUND_ENDS,
	ROUND_LASTS,
};

/* What an interrupt of other CPUs takes. */
struct ipi_cost {
	/* constant */
	sim_ns latency_ns; /* from the last one sent to the last ack, if all take them at once */
	sim_ns cpu_ns;	   /* sending to one CPU: one after the other */
	sim_ns handler_ns; /* what it takes from each target */
};

struct engine_ops {
	/* constant */
	const char *name;
	size_t task_size; /* the engine's task, whose first member is struct task */
	int (*init)(struct sim *sim);
	void (*exit)(struct sim *sim);
	int (*task_init)(struct task *t);
	void (*task_exit)(struct task *t);
	void (*run)(struct sim *sim);
	void (*point)(struct task *me, u32 obj, enum sim_access access);
	sim_ns (*now)(const struct task *me);
	void (*cost)(struct task *me, sim_ns ns);
	void (*compute)(struct task *me, sim_ns ns);
	void (*schedule)(struct task *me); /* give the CPU to whoever should have it */
	int (*park)(struct task *me, enum park_how how, sim_ns deadline_ns);
	int (*spin_on_owner)(struct task *me, struct task *owner, sim_ns deadline_ns);
	void (*unpark)(struct task *me, struct task *target);
	void (*sleep_until)(struct task *me, sim_ns at_ns);
	u32 (*ipi)(struct task *me, bool (*match)(const struct task *t, void *arg), void *arg,
		   struct ipi_cost cost);
	void (*irq_enabled)(struct task *me); /* the outermost irq-off section ended */
	void (*rcu_read_lock)(struct task *me);
	void (*rcu_read_unlock)(struct task *me);
	void (*synchronize_rcu)(struct task *me);
	void (*call_rcu)(struct task *me, struct sim_rcu_head *head,
			 void (*func)(struct sim *sim, struct sim_rcu_head *head));
	void (*rcu_barrier)(struct sim *sim); /* at rest: run what is still queued */
	/*
	 * Waits of the engine's own (grace period, IPI ack): must @holder act for @waiter's to end?
	 * NULL: the engine has no such knowledge.
	 */
	bool (*blocks)(const struct task *holder, const struct task *waiter);
	/* May the wait-for graph read @t's waits and holds now?  NULL: always, nobody else runs. */
	bool (*at_rest)(const struct task *t);
	/* Only where sim->searching: see sim_touch(), kfree_rcu(), sim_retry(), sim_choose(). */
	void (*touch)(struct task *me, u32 obj, enum sim_access access);
	void (*kfree_rcu)(struct task *me, struct sim_rcu_head *head,
			  void (*func)(struct sim *sim, struct sim_rcu_head *head));
	void (*retry)(struct task *me);
	void (*round)(struct task *me, enum sim_round what);
	u32 (*choose)(struct sim *sim, enum choice_kind kind, u32 n);
	/* A guard was not to be had for a while.  NULL: guards are never waited for. */
	void (*guard_wait)(struct sim *sim);
};

/* The engine has control at least once in so many visible operations, even if nobody is due. */
#define SIM_QUIET_POINTS (1u << 20)

/* The threads engine lowers the horizon while others run, to have them come by. */
static inline sim_ns sim_horizon(const struct sim *sim)
{
	return __atomic_load_n(&sim->horizon_ns, __ATOMIC_RELAXED);
}

/**
 * sim_point - a visible operation on object @obj is about to happen.
 *
 * Context: any; may switch to another task, never sleeps.
 */
static inline void sim_point(struct task *me, u32 obj, enum sim_access access)
{
	if (unlikely(me->clock_ns >= sim_horizon(me->sim) ||
		     ++me->quiet_points >= SIM_QUIET_POINTS))
		me->sim->ops->point(me, obj, access);
}

/**
 * sim_release_point - the same after a release.  Releases are left-movers, so this decides
 * nothing unless the simulation was asked for all points (to test that very claim).
 */
static inline void sim_release_point(struct task *me, u32 obj)
{
	if (unlikely(me->sim->release_points))
		me->sim->ops->point(me, obj, SIM_RELEASE);
}

/*
 * The same after a reader's release.  As long as somebody waits for readers to leave, which of them
 * is the last matters (@contended).
 */
#define sim_release_point_shared(me, obj, contended)                                   \
	do {                                                                           \
		if (unlikely((me)->sim->release_points))                               \
			(me)->sim->ops->point(me, obj,                                 \
					      (contended) ? SIM_RELEASE : SIM_RELEASE_READ); \
	} while (0)

/**
 * sim_touch - the visible operation that @me is in the middle of concerns @obj, too.
 *
 * For steps that do more than their sim_point() says: a search has to know what they depend on.
 */
static inline void sim_touch(struct task *me, u32 obj, enum sim_access access)
{
	if (unlikely(me->sim->searching))
		me->sim->ops->touch(me, obj, access);
}

/**
 * sim_retry - @me found that it has to try again, and will do so until somebody else makes that
 * possible.
 *
 * Only for loops without a bound of their own, after a round that has changed nothing that
 * lasts.  A search lets the next round begin when another task has written to something that
 * this round has looked at: until then it would be the same round again.
 * Context: any.
 */
static inline void sim_retry(struct task *me)
{
	if (unlikely(me->sim->searching))
		me->sim->ops->retry(me);
}

/**
 * sim_loop - a loop that may say sim_retry() begins: @me is in the state it will be in after that.
 *
 * A round that ends with sim_retry(), has written to nothing (but SIM_BORROW and SIM_RETURN, and
 * locks, which it no longer has) and has not been noticed by anybody might as well not have been
 * made.  A systematic search makes use of that: it knows what comes after it from elsewhere.
 */
static inline void sim_loop(struct task *me)
{
	if (unlikely(me->sim->searching))
		me->sim->ops->round(me, ROUND_BEGINS);
}

/**
 * sim_loop_end - the loop is over.
 */
static inline void sim_loop_end(struct task *me)
{
	if (unlikely(me->sim->searching))
		me->sim->ops->round(me, ROUND_ENDS);
}

/**
 * sim_round_lasts - what @me does, without a visible operation of its own, is no such round.
 */
static inline void sim_round_lasts(struct task *me)
{
	if (unlikely(me->sim->searching))
		me->sim->ops->round(me, ROUND_LASTS);
}

/**
 * sim_now - the time of @me, ns since the start of the run.
 */
static inline sim_ns sim_now(const struct task *me)
{
	return me->sim->is_virtual ? me->clock_ns : me->sim->ops->now(me);
}

/**
 * sim_cost - @me has spent @ns of CPU time in the modelled kernel.
 *
 * Context: any.  Preemptible where the preemption model and the context allow it.
 */
static inline void sim_cost(struct task *me, sim_ns ns)
{
	if (likely(me->clock_ns + ns < sim_horizon(me->sim) && me->sim->is_virtual))
		me->clock_ns += ns;
	else if (ns)
		me->sim->ops->cost(me, ns);
}

/**
 * sim_compute - run user or guest code for @ns of CPU time: preemptible and interruptible anywhere.
 */
static inline void sim_compute(struct task *me, sim_ns ns)
{
	me->sim->ops->compute(me, ns);
}

/**
 * sim_park - wait for a permit.
 * @how: who may use the CPU meanwhile, and what ends the wait
 * @deadline_ns: absolute time at which to give up, or SIM_NS_MAX
 *
 * Context: PARK_SLEEP, _KILLABLE and _INTR may sleep; the SPIN forms do not.
 * Return: 0 with a permit, -ETIME at the deadline, -EINTR for a signal, -EAGAIN for need_resched.
 */
static inline int sim_park(struct task *me, enum park_how how, sim_ns deadline_ns)
{
	return me->sim->ops->park(me, how, deadline_ns);
}

/**
 * sim_spin_on_owner - PARK_SPIN_OPT that also ends when @owner stops running.
 *
 * The wait of optimistic spinning: it pays only as long as the owner has a CPU.
 * Context: as PARK_SPIN_OPT; the owner's release has to unpark the spinner.
 * Return: 0 with a permit, -EAGAIN for need_resched, -ESRCH if @owner has no CPU (now or from some
 * moment on), -ETIME at the deadline.
 */
static inline int sim_spin_on_owner(struct task *me, struct task *owner, sim_ns deadline_ns)
{
	return me->sim->ops->spin_on_owner(me, owner, deadline_ns);
}

/**
 * sim_unpark - leave a permit for @target and make it runnable if it waits.
 *
 * Context: any, also with guards held.
 */
static inline void sim_unpark(struct task *me, struct task *target)
{
	me->sim->ops->unpark(me, target);
}

/**
 * sim_ipi - interrupt every other CPU whose current task matches, and spin until all have acked.
 * @match: called for the task that runs on each other CPU; false means "leave that CPU alone"
 * @cost: what it takes
 *
 * A target with interrupts off acks when it enables them: the sender waits that long.
 * Context: interrupts on; may hold spinlocks.
 * Return: the number of CPUs interrupted.
 */
static inline u32 sim_ipi(struct task *me, bool (*match)(const struct task *t, void *arg),
			  void *arg, struct ipi_cost cost)
{
	return me->sim->ops->ipi(me, match, arg, cost);
}

/**
 * sim_sleep_until / sim_sleep - sleep until a time / for a while.
 *
 * Context: may sleep.
 */
static inline void sim_sleep_until(struct task *me, sim_ns at_ns)
{
	me->sim->ops->sleep_until(me, at_ns);
}

static inline void sim_sleep(struct task *me, sim_ns ns)
{
	me->sim->ops->sleep_until(me, sim_now(me) + ns);
}

/**
 * preempt_disable / preempt_enable - nestable; enabling may schedule.
 */
static inline void preempt_disable(struct task *me)
{
	me->preempt_count++;
}

void preempt_enable(struct task *me);

/**
 * local_irq_disable / local_irq_enable - nestable; while off, IPIs to this CPU are not acked.
 */
static inline void local_irq_disable(struct task *me)
{
	me->irq_count++;
}

static inline void local_irq_enable(struct task *me)
{
	if (--me->irq_count)
		return;
	if (unlikely(me->nr_held))
		lock_context_opened(me);
	me->sim->ops->irq_enabled(me);
}

/**
 * local_bh_disable / local_bh_enable - nestable; while off, no softirq runs on this CPU.
 */
static inline void local_bh_disable(struct task *me)
{
	me->bh_count++;
	preempt_disable(me);
}

static inline void local_bh_enable(struct task *me)
{
	if (--me->bh_count == 0 && unlikely(me->nr_held))
		lock_context_opened(me);
	preempt_enable(me);
}

/**
 * irq_enter / irq_exit - bracket an interrupt handler that the model runs in a task's place.
 */
static inline void irq_enter(struct task *me)
{
	local_irq_disable(me);
	preempt_disable(me);
	me->hardirq_count++;
}

static inline void irq_exit(struct task *me)
{
	me->hardirq_count--;
	local_irq_enable(me);
	preempt_enable(me);
}

/**
 * softirq_enter / softirq_exit - the same for a softirq: interrupts stay as they are.
 *
 * Context: interrupts and softirqs on.
 */
static inline void softirq_enter(struct task *me)
{
	preempt_disable(me);
	me->softirq_count++;
}

static inline void softirq_exit(struct task *me)
{
	me->softirq_count--;
	preempt_enable(me);
}

static inline bool in_interrupt(const struct task *me)
{
	return (me->hardirq_count | me->softirq_count) != 0;
}

/* Can a softirq run here, with interrupts on?  Not inside another one, either. */
static inline bool softirqs_on(const struct task *me)
{
	return !(me->hardirq_count | me->softirq_count | me->bh_count | me->irq_count);
}

void __might_sleep(struct task *me);

/**
 * might_sleep - the caller may sleep here; in atomic context this is a finding (lock-order).
 * On a voluntary-preemption kernel it is also a preemption point.
 */
static inline void might_sleep(struct task *me)
{
	if (unlikely((me->preempt_count | me->irq_count | me->rcu_depth) ||
		     me->sim->cfg.preempt == PREEMPT_VOLUNTARY))
		__might_sleep(me);
}

/**
 * cond_resched - let others run if this task's slice is over.
 *
 * Return: true if the task was switched out.
 */
bool cond_resched(struct task *me);

/**
 * need_resched - is somebody waiting for this CPU with a better claim to it?
 */
static inline bool need_resched(const struct task *me)
{
	return __atomic_load_n(&me->need_resched, __ATOMIC_RELAXED);
}

/**
 * send_signal - make @sig (1 = a signal, 2 = SIGKILL) pending on @target and end its wait if that
 * wait allows it.
 */
void send_signal(struct task *me, struct task *target, u8 sig);

static inline bool signal_pending(const struct task *me)
{
	return __atomic_load_n(&me->sigpending, __ATOMIC_ACQUIRE) != 0;
}

static inline bool fatal_signal_pending(const struct task *me)
{
	return __atomic_load_n(&me->sigpending, __ATOMIC_ACQUIRE) == 2;
}

/* Does a pending signal end a wait of this kind? */
static inline bool signal_pending_how(const struct task *me, enum park_how how)
{
	if (how == PARK_KILLABLE)
		return fatal_signal_pending(me);
	return how == PARK_INTR && signal_pending(me);
}

/* Is @t executing on a CPU now (not sleeping, not waiting for one)?  A hint on real threads. */
static inline bool task_on_cpu(const struct task *t)
{
	u8 s = __atomic_load_n(&t->state, __ATOMIC_RELAXED);

	return s == TASK_RUNNING || s == TASK_SPINNING;
}

#endif
