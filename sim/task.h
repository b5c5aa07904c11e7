/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/task.h - a task: one actor of the simulation, and what the engine knows about it.
 *
 * A task is a coroutine in the virtual engine and a POSIX thread in the threads engine.  Model code
 * gets its own task as the first parameter "me" (the kernel's "current"); nothing else says who is
 * running, so many simulations can live in one process.
 *
 * Invariants: held[] lists locks in acquisition order; preempt_count, irq_count and rcu_depth are 0
 * and held[] is empty when the task function returns; a task has at most one wait.
 */
#ifndef SIM_TASK_H
#define SIM_TASK_H

#include "sim/list.h"
#include "sim/types.h"

#define SIM_NO_TASK	   UINT32_MAX
#define SIM_TASK_NAME	   32
#define SIM_MAX_HELD	   64 /* truncation alone holds 31 folio locks */
#define SIM_MAX_FRAMES	   48
#define SIM_MAX_STEPS	   24

struct sim;
struct lockdep_map;
struct lock_class;
struct lock_stat;
struct range_request;
struct event_log;
struct op_stat;
struct stat_log;
struct watchdog_cpu;

enum actor_kind { ACTOR_GUEST, ACTOR_VMM, ACTOR_KERNEL, ACTOR_DEVICE, ACTOR_NR };

enum task_state {
	TASK_NEW,
	TASK_RUNNABLE, /* waits for a CPU */
	TASK_RUNNING,  /* has a CPU (virtual: perhaps not the one that executes right now) */
	TASK_SPINNING, /* has a CPU and waits on it */
	TASK_SLEEPING, /* parked without a CPU */
	TASK_DEAD,
};

/* How a waiter waits, and with it who may use its CPU meanwhile. */
enum park_how {
	PARK_SLEEP,	/* gives the CPU away; TASK_UNINTERRUPTIBLE */
	PARK_KILLABLE,	/* the same, ends with -EINTR on a fatal signal */
	PARK_INTR,	/* the same, ends with -EINTR on any signal */
	PARK_SPIN,	/* keeps the CPU, preemption is off (spinlock, qrwlock) */
	PARK_SPIN_OPT,	/* keeps the CPU until need_resched (optimistic spinning): -EAGAIN then */
	PARK_NONE,	/* does not wait */
};

enum lock_mode { LOCK_READ, LOCK_WRITE, LOCK_NR_MODES };

struct held_lock {
	/* written by the task itself */
	const struct lock_class *class;
	u32 id;		  /* the lock's object number: (class, id) names a lock */
	u8 mode;	  /* enum lock_mode */
	u8 steps;	  /* this hold's steps are profiled: 1 outermost, 2 inside another */
	bool trylock;	  /* known only where the order of locks is looked at */
	u8 interrupts;	  /* ... and of how many interrupt handlers this is inside */
	const char *func; /* innermost modelled function at the acquisition */
	sim_ns acquired_ns;
};

/* Where the time of the current hold of a step-profiled lock went. */
struct step_time {
	/* written by the task itself */
	const char *name;
	sim_ns total_ns;
	u64 count;
};

struct step_table {
	/* written by the task itself */
	struct step_time step[SIM_MAX_STEPS];
	u32 nr;
	u32 cur; /* index of the open step, or SIM_MAX_STEPS for none */
	sim_ns since_ns;
};

/* The worst wait of a task so far: what, how long, behind whom. */
struct stall {
	/* written by the task itself */
	sim_ns max_ns;
	sim_ns at_ns; /* when the wait began */
	const char *op;
	const struct lock_class *class;
	enum lock_mode mode; /* in which the lock was wanted */
	u32 holder;	     /* task id, or SIM_NO_TASK */
	const char *holder_op;
	const char *holder_func;
};

/* What a task waits for, since when, and who was in the way when the wait began. */
struct task_wait {
	/* written by the task itself; read by the wait-for graph under sim->guard or at rest */
	const struct lock_class *class; /* NULL: does not wait */
	u32 id;
	enum lock_mode mode;
	sim_ns since_ns;
	const char *func; /* in which it began */
	u32 holder;
	const char *holder_op;
	const char *holder_func;
	const struct range_request *request; /* of a lock that is held in parts; else NULL */
};

/* What is used at every step comes first: a simulation has more tasks than fit into a cache. */
struct task {
	/* constant after sim_task_create() */
	struct sim *sim;
	u32 id;
	enum actor_kind kind;

	/* written by the task itself, or by the engine on its behalf */
	sim_ns clock_ns; /* virtual engine: local time; 0 in the threads engine */
	u32 cpu;
	u32 preempt_count;
	u32 irq_count; /* nesting of interrupts-off */
	u32 hardirq_count; /* nesting of interrupt handlers that run in this task's place */
	u32 softirq_count; /* the same of softirqs */
	u32 bh_count; /* nesting of softirqs-off */
	u32 rcu_depth;
	bool need_resched;
	bool in_guest; /* executes guest code: an IPI forces an exit */
	bool irq_pending; /* an IPI waits for it to take interrupts; atomic */
	u8 state;      /* enum task_state; atomically read by others */
	u8 sigpending; /* 0, 1 = a signal, 2 = SIGKILL; atomic */
	u8 park_how;   /* enum park_how while in sim_park(), else PARK_NONE; atomic */
	bool reported; /* in a deadlock that has been reported */
	bool watchdog_due; /* a watchdog's timer waits for its CPU to take interrupts */
	bool in_loop;  /* a search: after sim_loop(), before sim_loop_end() */
	u32 quiet_points; /* visible operations since the engine last had control */

	/* written by the task itself */
	u32 nr_frames;
	u32 nr_held;	/* read by the wait-for graph under sim->guard or at rest */
	const char *op; /* the trace operation being executed, or NULL */
	struct lock_stat *stats; /* indexed by class id: the sim's table or the task's own shard */
	struct stat_log *stat_log; /* threads: times not yet in histograms; otherwise NULL */
	u64 *fingerprint;
	void *model; /* what the model hangs off a task (vcpu, process) */
	const char *fail_site; /* of the operation: fail the fail_nth-th call of fail_site */
	u32 fail_nth;
	u32 op_line; /* where the operation stands: a number of the user's, for findings */
	u64 nr_failed; /* steps that were made to fail */

	/* written by the task itself; read by the wait-for graph under sim->guard or at rest */
	struct task_wait wait;
	struct held_lock held[SIM_MAX_HELD];

	/* written by the task itself; from held to here nothing is copied by sim_restore() */
	const char *frame[SIM_MAX_FRAMES]; /* modelled call stack, outermost first */
	struct step_table steps;
	struct step_table outer_steps; /* of the hold around the current one */

	/* written by the task itself; read by the wait-for graph under sim->guard or at rest */
	struct task_wait retry; /* a wait that runs: the task tries again and again */

	/* written by the task itself; sim/watchdog.h */
	sim_ns stopped_ns;    /* when the guest that it executes was last left */
	sim_ns stop_limit_ns; /* the longest that took; 0: tell of any; SIM_NS_MAX: of none */
	sim_ns slept_max_ns;  /* the longest uninterruptible sleep, of the wait: */
	struct task_wait slept;
	const char *slept_op;
	struct watchdog_cpu *watchdog; /* as which vCPU, or NULL */

	/* written by the task itself */
	sim_ns op_since_ns;
	struct op_stat *op_stat; /* of the last operation, so that the next one finds it fast */
	struct stall stall;
	u64 own_fingerprint;
	struct event_log *log; /* the sim's log, or the task's own on threads */

	/* written by the engine on the task's behalf */
	sim_ns park_deadline_ns; /* of the current park; SIM_NS_MAX: none */

	/* protected by the lock this task queues on */
	struct list_head wait_node;

	/* constant after sim_task_create() */
	bool daemon; /* the run does not wait for it */
	s32 pin_cpu; /* -1: any */
	char name[SIM_TASK_NAME];
	void (*fn)(struct task *me, void *arg);
	void *arg;
};

const char *actor_kind_name(enum actor_kind kind);

#endif
