/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/watchdog.h - the kernel's watchdogs: soft and hard lockups, RCU stalls, workqueue stalls,
 * hung tasks; and how close a run came to each.
 *
 * A kernel watches its own CPUs and tasks.  The host is one kernel (the engine makes it, its CPUs
 * are the modelled ones), each VM can have another (the model makes it, its CPUs are tasks).  They
 * differ in how one finds out what a CPU is doing; the watchdogs are the same code.
 *
 * Time is sampled as the kernel samples it: every 2/5 of watchdog_thresh a timer runs on each CPU.
 * All samples of a kernel are one event in the engine's queue, so nothing is paid between them.  A
 * CPU that cannot take its timer when it is due takes it when it can: watchdog_resume().
 *
 * Invariants: only simulations in time order (SCHED_FIFO of the virtual engine) have watchdogs;
 * they change nothing in a run but findings, and need_resched of a task that does not let the
 * stopper run, as in the kernel.
 *
 * Upstream: kernel/watchdog.c, watchdog_buddy.c, watchdog_perf.c, hung_task.c, workqueue.c,
 * kernel/rcu/tree_stall.h
 */
#ifndef SIM_WATCHDOG_H
#define SIM_WATCHDOG_H

#include "sim/sim.h"

/* One per rule of watchdogs, in the order in which reports name them. */
enum watchdog_kind {
	WATCHDOG_GUEST_SOFT,
	WATCHDOG_GUEST_HARD,
	WATCHDOG_GUEST_RCU,
	WATCHDOG_GUEST_WQ,
	WATCHDOG_HOST_SOFT,
	WATCHDOG_HOST_HUNG,
	WATCHDOG_HOST_RCU,
	WATCHDOG_HOST_WQ,
	WATCHDOG_NR,
};

/* How close a run came to one of the watchdogs. */
struct watchdog_distance {
	/* written by watchdog_distances() */
	const char *rule;      /* of its findings: "guest-soft-lockup" */
	sim_ns threshold_ns;   /* from there on it may report; 0: it is off */
	sim_ns max_ns;	       /* the longest time of the kind that it watches for */
	u64 reports;	       /* how often it barked, findings or not */
	u32 task;	       /* who was stuck that long, or SIM_NO_TASK */
	const char *op;	       /* in which operation, or NULL */
	const char *lock;      /* class of the lock it waited for, or NULL */
	u32 owner;	       /* who held that, or SIM_NO_TASK */
	const char *owner_op;  /* or NULL */
	const char *owner_func; /* or NULL */
};

/**
 * watchdog_distances - how close the run came to each watchdog, in the order of the enum.
 * @d: receives WATCHDOG_NR entries
 *
 * The ratio max_ns / threshold_ns is what designs are compared by: it says how much slower a
 * machine may be before somebody barks.  Of several VMs the closest counts.
 * Context: after the run.
 */
void watchdog_distances(const struct sim *sim, struct watchdog_distance d[WATCHDOG_NR]);

/**
 * watchdog_closest - whom the run came closest to, as a share of its threshold.
 *
 * Return: one of @d; NULL if all are off, or nobody was ever stuck.
 */
const struct watchdog_distance *watchdog_closest(const struct watchdog_distance d[WATCHDOG_NR]);

/* That share, in thousandths; 0 for NULL. */
static inline u64 watchdog_permille(const struct watchdog_distance *d)
{
	return d && d->threshold_ns ? d->max_ns * 1000 / d->threshold_ns : 0;
}

/**
 * watchdog_rule - the rule id of a watchdog's findings.
 */
const char *watchdog_rule(enum watchdog_kind kind);

/**
 * watchdog_config_default - what distributions ship: 10 s, perf, 21 s, 30 s, 120 s.
 */
void watchdog_config_default(struct watchdog_config *cfg);

/* What a CPU is doing, as far as its kernel's watchdogs can tell. */
enum watchdog_state {
	WATCHDOG_IDLE,	  /* has nothing to do */
	WATCHDOG_OPEN,	  /* takes interrupts, and schedules when it is asked to */
	WATCHDOG_CLOSED,  /* takes interrupts, but does not schedule */
	WATCHDOG_IRQ_OFF, /* executes, and takes no interrupts */
	WATCHDOG_STOPPED, /* does not execute: a vCPU that its host keeps */
};

/* Who was in the way, one behind the other: the stuck one waits for a lock whose holder waits... */
#define WATCHDOG_LINKS 3
struct watchdog_link {
	/* written when a sample meets a CPU or task that is stuck */
	const struct lock_class *class; /* waited for; NULL: none */
	enum lock_mode mode;
	sim_ns since_ns;
	u32 holder; /* or SIM_NO_TASK */
	const char *holder_op;
	const char *holder_func;
	const char *step; /* of the hold, or NULL */
};

struct watchdog_blame {
	/* written when a sample meets a CPU or task that is stuck */
	u32 nr;
	struct watchdog_link link[WATCHDOG_LINKS];
	u32 cpu_of; /* it waited for a CPU that this task had, or SIM_NO_TASK */
	const char *op, *func; /* what the stuck one was in itself */
};

struct watchdog;

/* The longest of a vCPU's times of one kind. */
struct watchdog_longest {
	/* written by the vCPU's task, when one ends */
	sim_ns ns;
	const char *op;
	struct stall why; /* the worst wait in it */
};

struct watchdog_cpu {
	/* constant after watchdog_watch() */
	struct watchdog *kernel;
	struct task *task; /* whose vCPU it is; NULL: a CPU of the host, or a vCPU without a task */
	u32 id;

	/* of a vCPU, written by its task */
	u32 preempt_off; /* nesting of the guest's own preempt_disable() */
	u32 irqs_off;
	bool halted;
	sim_ns closed_ns;	      /* since when preempt_off or irqs_off */
	sim_ns irqs_off_ns;	      /* since when irqs_off */
	struct watchdog_longest stop; /* in the host, or with preemption off */
	struct watchdog_longest deaf; /* in the host, or with interrupts off: never longer */

	/* written at samples and by watchdog_resume(); times are the kernel's own clock */
	sim_ns touch_ns;  /* when the stopper last ran */
	sim_ns report_ns; /* ... or a soft lockup was reported */
	sim_ns stuck_ns;  /* since when it neither schedules nor idles, or 0 */
	sim_ns nmi_ns;	  /* perf: when an NMI finds no timer since the last, or 0 */
	u32 interrupts, interrupts_saved, missed;
	bool timer_due; /* a sample waits for it to take interrupts */
	bool stop_due;	/* the stopper waits for it to schedule */
	bool hard_reported, soft_reported, wq_reported;
	bool in_gp;	 /* the grace period waits for it */
	bool in_next_gp; /* ... and the next one will */
	struct watchdog_blame blame;
};

/* How a kernel's CPUs are looked at. */
struct watchdog_ops {
	/* constant */
	enum watchdog_state (*state)(const struct watchdog_cpu *c);
	/* the task that keeps the CPU, or NULL */
	struct task *(*current_task)(const struct watchdog_cpu *c);
	/* since when has it been like that, as well as is known */
	sim_ns (*since)(const struct watchdog_cpu *c, sim_ns now_ns);
	/* call watchdog_cpu_resume() and watchdog_cpu_scheduled() when it gets to that */
	void (*notify)(struct watchdog_cpu *c);
	/* who has been waiting longest for a grace period, or NULL */
	struct task *(*gp_waiter)(const struct watchdog *k, u32 *reader);
};

/* One kernel that watches itself. */
struct watchdog {
	/* constant during a run */
	struct sim *sim;
	struct watchdog *next;
	char name[SIM_TASK_NAME]; /* "host", or the VM's */
	bool guest;
	struct watchdog_config cfg;
	const struct watchdog_ops *ops;
	void *engine;
	u32 nr_cpus;
	struct watchdog_cpu *cpu;

	/* set by watchdogs_begin() */
	sim_ns boot_ns; /* the kernel's clock at the beginning of the run */

	/* written at samples; times of the run */
	sim_ns sample_due_ns, wq_due_ns, hung_due_ns, rcu_due_ns, sync_due_ns, nmi_due_ns;
	sim_ns gp_start_ns; /* of the grace period that nr_gp CPUs keep from ending */
	u32 nr_gp;
	bool gp_reported;
	sim_ns sync_reported_ns; /* the wait for a grace period that was reported last began then */
	struct hung_task *hung; /* by task id; NULL: not looked at yet */
	u64 reports[WATCHDOG_NR];
	sim_ns max_ns[WATCHDOG_NR]; /* of what only samples see */
	u32 max_task[WATCHDOG_NR];
};

/**
 * watchdog_create - a kernel with @nr_cpus CPUs that watches itself.
 * @guest: of a VM
 *
 * Context: before the run; memory is the simulation's.
 */
struct watchdog *watchdog_create(struct sim *sim, const char *name, bool guest, u32 nr_cpus,
				 const struct watchdog_config *cfg,
				 const struct watchdog_ops *ops);

/**
 * watchdog_watch - vCPU @id of the guest @k is executed by @t.
 *
 * Context: before the run.
 */
void watchdog_watch(struct watchdog *k, u32 id, struct task *t);

/* The looks at a guest's CPUs: they are tasks. */
extern const struct watchdog_ops watchdog_guest_ops;

/* --- for engines --- */

/**
 * watchdogs_begin - the run begins.
 *
 * Return: when watchdogs_run() wants to be called; SIM_NS_MAX: never.
 */
sim_ns watchdogs_begin(struct sim *sim);

/**
 * watchdogs_run - do what is due at @now_ns.
 *
 * Context: nobody executes.
 * Return: when to call again.
 */
sim_ns watchdogs_run(struct sim *sim, sim_ns now_ns);

/**
 * watchdog_cpu_resume - @c can take interrupts again; if a sample has been waiting, here it is.
 */
void watchdog_cpu_resume(struct watchdog_cpu *c, sim_ns now_ns);

/**
 * watchdog_cpu_scheduled - @c has had the chance to run its stopper.
 */
void watchdog_cpu_scheduled(struct watchdog_cpu *c, sim_ns now_ns);

/**
 * watchdog_slept - @me has slept uninterruptibly, and its wait is still noted.
 */
static inline void watchdog_slept(struct task *me, sim_ns start_ns)
{
	if (likely(me->clock_ns - start_ns <= me->slept_max_ns))
		return;
	me->slept_max_ns = me->clock_ns - start_ns;
	me->slept = me->wait;
	me->slept_op = me->op;
}

/* --- for vCPUs: said by the task that is one --- */

/* From here on the guest does not execute. */
static inline void watchdog_stop(struct task *me)
{
	me->stopped_ns = me->clock_ns;
}

void __watchdog_go(struct task *me, sim_ns since_ns);

/**
 * watchdog_go - the guest executes again.
 *
 * What stops at the ends of operations is an artefact of the trace.
 */
static inline void watchdog_go(struct task *me)
{
	sim_ns since_ns = max(me->stopped_ns, me->op_since_ns);

	if (unlikely(me->clock_ns - since_ns > me->stop_limit_ns))
		__watchdog_go(me, since_ns);
}

/* A sample may have been waiting for this. */
void __watchdog_resume(struct task *me);

static inline void watchdog_resume(struct task *me)
{
	if (unlikely(me->watchdog_due))
		__watchdog_resume(me);
}

/**
 * watchdog_guest_preempt - the guest's kernel disables (1) or enables (-1) preemption.
 * watchdog_guest_irqs - ... or interrupts.
 * watchdog_guest_halt - the guest idles, or has something to do again.
 */
void watchdog_guest_preempt(struct task *me, int by);
void watchdog_guest_irqs(struct task *me, int by);
void watchdog_guest_halt(struct task *me, bool halted);

#endif
