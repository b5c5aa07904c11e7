/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/threads/threads.h - inside the threads engine: one POSIX thread per task.
 *
 * The hardware interleaves; the engine only parks, wakes, tells the time, ends a run that cannot
 * end by itself, and puts the threads' separate statistics together afterwards.
 *
 * Calm.  A thread inside an engine call that may take long (parked, asleep, waiting for a grace
 * period or for IPI acks) is "calm": it executes no model code and has published everything it
 * wrote.  The word thr_task.calm says so.  Two parties use it:
 *  - an IPI needs no ack from a calm task with interrupts on: it is between visible operations;
 *  - the monitor freezes calm tasks (CALM -> FROZEN) and then may read their struct task as if at
 *    rest; a frozen task that wants to go on waits the few microseconds until it is thawed.
 *
 * Stop.  A run that ends early (deadlock, limit, only daemons left) is stopped in two phases: every
 * task halts at its next engine call and stays there, and only when all have, all leave by longjmp
 * to the bottom of their own stacks.  So no task ever touches a wait-queue entry on the stack of a
 * task that is gone, and no thread is cancelled or killed.  See thr_halt().
 *
 * Invariants:
 *  1. permit is 1 only by thr_unpark() or thr_stop_all(); only the owner takes it to 0 or 2.
 *  2. calm != CALM_NO implies that the task runs no model code.
 *  3. nr_halted only grows; released is set once nr_halted == nr_tasks, and nobody runs after that.
 *  4. A task holds no sim_guard in an engine call other than unpark: the virtual engine would
 *     switch there, so that rule is not ours alone.
 */
#ifndef SIM_THREADS_THREADS_H
#define SIM_THREADS_THREADS_H

#include <pthread.h>
#include <setjmp.h>

#include "sim/engine.h"
#include "sim/prng.h"

enum thr_permit { PERMIT_NO, PERMIT_YES, PERMIT_ASLEEP };
enum thr_calm { CALM_NO, CALM_YES, CALM_FROZEN };
enum thr_go { GO_WAIT, GO_RUN, GO_QUIT };

/* What a calm task waits for, beside what struct task says (park_how, park_deadline_ns, wait). */
enum thr_wait { WAIT_PERMIT, WAIT_TIME, WAIT_GP, WAIT_IPI, WAIT_HALT };

struct thr_clock {
	/* constant after thr_clock_init() */
	bool tsc;	 /* the counter is invariant: rdtsc; otherwise clock_gettime */
	u64 ns_per_tick; /* 32.32 fixed point */
	/* written before the tasks start */
	u64 base; /* ticks or nanoseconds at the start of the run */
};

struct thr_engine {
	/* constant during a run */
	struct sim *sim;
	struct thr_clock clock;
	u32 nr_cpus;			    /* of the real machine */
	struct lockdep_map gp_map, ipi_map; /* what engine waits are called in reports */

	/* futex words, atomic */
	u32 go;		/* enum thr_go */
	u32 stop;	/* the run ends early: halt at the next engine call */
	u32 released;	/* everybody has halted: leave */
	u32 nr_awaited; /* tasks alive that are not daemons */
	u32 nr_halted;	/* tasks that run no model code any more (finished or halted) */

	/* protected by guard */
	struct sim_guard guard;
	u32 nr_attention; /* why points must be looked at: perturbation, IPIs under way, stop */

	/* atomic */
	u32 nr_running; /* tasks that are alive: too many for the machine, and spinning is waste */
	u64 nr_callbacks; /* of call_rcu(), not yet run */
	u64 nr_gp;	  /* grace periods asked for by synchronize_rcu() */

	/* an address for TSan: readers release it, callbacks and grace periods acquire it */
	char rcu_order;
};

struct thr_task {
	struct task task; /* first: the core sees this */

	/* constant after thr_task_init() */
	struct thr_engine *eng;
	pthread_t thread;
	bool has_thread; /* made and not yet joined */

	/* written by the task itself */
	jmp_buf bottom;	 /* where a stopped task leaves to */
	struct prng rng; /* perturbation */
	sim_ns last_ns;	 /* time never goes backwards within a task */
	u8 *ipi_to;	 /* who got the IPI that is under way; made at first use */
	struct event_log log;

	/* written before calm is set, read while it is frozen */
	u8 waits_for;	/* enum thr_wait */
	bool irqs_off;	/* atomic */
	u32 ipi_target; /* WAIT_IPI: the task whose ack is missing */
	u64 gp;		/* WAIT_GP: its number */
	u64 rcu_start;	/* as a reader: the last grace period asked for before */
	u64 nr_waits;	/* grows with each calm period: the same wait has the same number */

	/* written by the monitor */
	u64 seen_wait; /* nr_waits at the last look */
	u32 nr_looks;  /* at which the task was in that wait */
	bool is_stuck; /* and nothing but another task can end it */
	bool at_rest;  /* frozen now, or finished: struct task may be read */

	/* atomic; padded off because other threads write them */
	char pad_before[64];
	u32 permit;    /* futex word, enum thr_permit */
	u32 calm;      /* enum thr_calm */
	u32 ipi_sent;  /* IPIs sent to this task */
	u32 ipi_acked; /* of these, acknowledged */
	u64 stolen_ns; /* IPI handler time, spent at the next cost */
	char pad_after[64];
};

static inline struct thr_task *thr_task(const struct task *me)
{
	return container_of(me, struct thr_task, task);
}

static inline struct thr_engine *thr_engine(const struct sim *sim)
{
	return sim->engine;
}

static inline bool thr_stopping(const struct thr_task *t)
{
	return __atomic_load_n(&t->eng->stop, __ATOMIC_ACQUIRE) != 0;
}

/*
 * @me has its CPU back.  A full barrier: who sends an IPI and takes @me for asleep has made its
 * change before anything that @me reads from now on.
 */
static inline void thr_runs(struct task *me)
{
	__atomic_store_n(&me->state, TASK_RUNNING, __ATOMIC_SEQ_CST);
}

/* threads.c; threads_engine_ops itself is declared in sim/core.h */
void thr_attention(struct thr_engine *eng, bool wanted);
void thr_point(struct task *me, u32 obj, enum sim_access access);
_Noreturn void thr_halt(struct thr_task *t);
void thr_stop_all(struct thr_engine *eng);

/* park.c */
void thr_calm_enter(struct thr_task *t, enum thr_wait waits_for);
void thr_calm_leave(struct thr_task *t);
void thr_futex_wait(u32 *word, u32 val, sim_ns timeout_ns);
void thr_futex_wake(u32 *word, int nr);
bool thr_has_permit(const struct thr_task *t);
bool thr_signal_ends(const struct task *me, enum park_how how);
int thr_park(struct task *me, enum park_how how, sim_ns deadline_ns);
int thr_spin_on_owner(struct task *me, struct task *owner, sim_ns deadline_ns);
void thr_unpark(struct task *me, struct task *target);

/* time.c */
void thr_clock_init(struct thr_clock *clock);
void thr_clock_start(struct thr_clock *clock);
sim_ns thr_clock_read(const struct thr_clock *clock);
sim_ns thr_now(const struct task *me);
void thr_cost(struct task *me, sim_ns ns);
void thr_sleep_until(struct task *me, sim_ns at_ns);

/* ipi.c */
void thr_ack(struct thr_task *t);
bool thr_acked(struct thr_task *target);
u32 thr_ipi(struct task *me, bool (*match)(const struct task *t, void *arg), void *arg,
	    struct ipi_cost cost);
void thr_irq_enabled(struct task *me);

/* rcu.c */
void thr_rcu_thread(bool on);
void thr_rcu_leave_all(struct thr_task *t);
void thr_rcu_read_lock(struct task *me);
void thr_rcu_read_unlock(struct task *me);
void thr_synchronize_rcu(struct task *me);
void thr_call_rcu(struct task *me, struct sim_rcu_head *head,
		  void (*func)(struct sim *sim, struct sim_rcu_head *head));
void thr_rcu_barrier(struct sim *sim);

/* monitor.c */
void thr_monitor(struct thr_engine *eng);
bool thr_at_rest(const struct task *t);
bool thr_blocks(const struct task *holder, const struct task *waiter);

#endif
