/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/virtual/virtual.h - the virtual engine's own state; not for models.
 *
 * One OS thread, one coroutine per task.  A scheduler decides who goes on:
 *   fifo    time order on modelled CPUs (fifo.c decides, cpu.c models the CPUs)
 *   random  any runnable task at each decision (random.c)
 *   search  whoever an explorer names, and nothing else orders tasks (search.c)
 *
 * Invariants: exactly one task executes (vengine.cur), or none while the engine itself does.  Time
 * never goes back: whoever executes is not later than anything that is queued.
 */
#ifndef SIM_VIRTUAL_VIRTUAL_H
#define SIM_VIRTUAL_VIRTUAL_H

#include "sim/core.h"
#include "sim/virtual/ctx.h"
#include "sim/virtual/heap.h"
#include "sim/virtual/stack.h"
#include "sim/virtual/timeq.h"

enum vwait {
	VWAIT_NONE,
	VWAIT_SPIN,  /* for a permit, on the CPU (perhaps preempted meanwhile) */
	VWAIT_SLEEP, /* for a permit, off the CPU */
	VWAIT_TIMER, /* for a time, off the CPU */
};

struct vtask {
	struct task t;
	/* written by the engine */
	struct ctx ctx;
	struct stack *stack; /* NULL: not started yet, or finished */
	u8 wait;	     /* enum vwait */
	bool permit;
	bool user;	   /* executes user or guest code */
	bool resched_lazy; /* lazy preemption: should leave at the next tick or in user mode */
	bool movable;	   /* may run on any CPU */
	int park_ret;
	u64 vruntime;
	sim_ns left_ns; /* CPU time that a preempted task had still to spend */
	u32 enabled_pos; /* random: place among the enabled */
	struct list_head spinners; /* who spins as long as this task runs */
	struct list_head spin_node;
	u64 rcu_start;		   /* last grace-period request when the section began */
	u64 rcu_gp;		   /* the request that synchronize_rcu() waits for */
	struct list_head ipis;	   /* interrupts that wait for irqs to be enabled */
	u32 acks_missing;	   /* targets that have not taken this task's IPI yet */
	/* search */
	u32 next_obj;	   /* number of the next object this task makes */
	u32 woken_by;	   /* the step that ended its wait, or SIM_NO_STEP */
	u32 wait_obj, wait_obj2; /* what it waits for, if it does */
	bool timed;	   /* its wait has a deadline */
	bool wait_write;
	u8 irq_state;	   /* how it would take an interrupt, when its step began */
};

/* A modelled host CPU. */
struct hcpu {
	/* written by the engine */
	struct vtask *curr; /* NULL: idle */
	struct vtask *last; /* who ran before */
	struct heap rq;	    /* who waits for the CPU, by vruntime */
	u64 min_vruntime;
	sim_ns since_ns;       /* curr's vruntime is right up to here */
	sim_ns slice_since_ns; /* when curr got the CPU */
	u32 id;
	bool tick_armed;
	bool watched; /* a watchdog wants to know when it schedules: watch.c */
};

#define MAX_CPUS 1024

struct vengine {
	/* constant during a run */
	struct sim *sim;
	struct stack_pool *stacks;
	sim_ns limit_ns; /* SIM_NS_MAX: none */
	sim_ns tick_ns;
	sim_ns slice_ns;
	u32 nr_tasks;
	bool preemptible_kernel; /* lazy or full */
	/* who goes on (cur from now on); NULL: the run is over */
	struct vtask *(*pick)(struct vengine *e);
	void (*task_done)(struct vengine *e, struct vtask *v);
	/* IPIs: how many CPUs there are, who runs there (or NULL), and that it loses time */
	u32 (*nr_targets)(const struct vengine *e);
	struct vtask *(*target)(struct vengine *e, u32 i);
	void (*interrupt)(struct vengine *e, struct vtask *v, sim_ns now_ns, sim_ns handler_ns);
	struct lockdep_map ipi_map; /* the wait for acks */

	/* written by the engine */
	struct ctx main;
	struct vtask *cur;    /* executes now */
	struct vtask *zombie; /* has finished, its stack is not free yet */
	u32 nr_live;	      /* tasks the run waits for */
	u32 wait_debt;	      /* parks of lock holders since the last look for cycles */
	sim_ns now_ns;	      /* when the last pick was made */
	u64 seq;
	u32 *pos; /* places of tasks in the heaps, by id */

	/* fifo */
	struct timeq *time; /* running tasks, deadlines, ticks; ids: tasks, then CPUs */
	struct hcpu *cpu;
	u64 idle_map[MAX_CPUS / 64];
	u32 nr_queued; /* tasks on run queues */
	u32 nr_ticks;  /* ticks in the time queue */
	u32 nr_watch;  /* the watchdogs' place in it: 0 or 1 */
	u32 watch_id;
	struct watchdog *host; /* NULL: has none */
	u32 nr_stuck;  /* tasks the run waits for, that wait without a deadline */
	sim_ns acted_ns; /* when one of those last did anything */

	/* random */
	struct heap timers;	/* deadlines */
	struct vtask **enabled; /* who may go on */
	u32 nr_enabled;

	struct search *search; /* search.c's own, or NULL */

	/* rcu.c */
	struct {
		struct lockdep_map map;
		u64 gp;			  /* last request */
		u32 nr_readers;		  /* tasks in a section */
		u32 nr_requests;	  /* waiters and batches */
		struct list_head waiters;
		struct list_head batches;
		struct sim_rcu_head *frees; /* search: memory to be given back at the end */
	} rcu;
};

static inline struct vtask *vtask(struct task *t)
{
	return (struct vtask *)t;
}

static inline struct vengine *vengine(const struct task *t)
{
	return t->sim->engine;
}

static inline u64 heap_tag(struct vengine *e, u32 id)
{
	return (e->seq++ << HEAP_ID_BITS) | id;
}

/* Outside the host's kernel: the host takes the CPU back whenever it wants it. */
static inline bool vtask_in_user(const struct vtask *v)
{
	return v->user || (v->t.in_guest && v->t.preempt_count == 0 && v->t.irq_count == 0);
}

static inline bool preempt_allowed(const struct vtask *v)
{
	return v->user || (v->t.preempt_count == 0 && v->t.irq_count == 0);
}

/* virtual.c: what both schedulers share */
void heap_reserve(struct sim *sim, struct heap *h, u32 cap);
void virtual_exit(struct sim *sim);
int virtual_task_init(struct task *t);
void virtual_task_exit(struct task *t);
void virtual_task_start(struct vengine *e, struct vtask *v);
void virtual_reap(struct vengine *e);
void virtual_run(struct vengine *e);
void virtual_stop(struct vengine *e, sim_ns at_ns);
void virtual_livelock(struct vengine *e, const char *what, u64 count);
void virtual_quiet(struct vengine *e, sim_ns at_ns);
bool virtual_count_points(struct vtask *v);
bool virtual_blocks(const struct task *holder, const struct task *waiter);
int virtual_park_early(struct vtask *v, enum park_how how, sim_ns deadline_ns);
void virtual_sleep_check(struct vtask *v);
void virtual_park_check(struct vengine *e, struct vtask *v);

static inline struct ctx *virtual_ctx(struct vengine *e, struct vtask *v)
{
	if (unlikely(!v))
		return &e->main;
	if (unlikely(!v->stack))
		virtual_task_start(e, v);
	return &v->ctx;
}

/*
 * Whoever @to is: where that is random, a branch on whether it is @from itself costs more than a
 * switch in vain.  Return: when @from is picked again.
 */
static inline void virtual_switch_any(struct vengine *e, struct vtask *from, struct vtask *to)
{
	ctx_switch(&from->ctx, virtual_ctx(e, to));
	if (unlikely(e->zombie))
		virtual_reap(e);
}

/* Go on with @to, or end the run if NULL.  Return: when @from is picked again. */
static inline void virtual_switch(struct vengine *e, struct vtask *from, struct vtask *to)
{
	if (to != from)
		virtual_switch_any(e, from, to);
}

/* rcu.c */
void virtual_rcu_init(struct vengine *e);
void virtual_rcu_read_lock(struct task *me);
void virtual_rcu_read_unlock(struct task *me);
void virtual_synchronize_rcu(struct task *me);
void virtual_call_rcu(struct task *me, struct sim_rcu_head *head,
		      void (*func)(struct sim *sim, struct sim_rcu_head *head));
void virtual_kfree_rcu(struct task *me, struct sim_rcu_head *head,
		       void (*func)(struct sim *sim, struct sim_rcu_head *head));
void virtual_rcu_barrier(struct sim *sim);
bool virtual_rcu_blocks(const struct vtask *holder, const struct vtask *waiter);
struct task *virtual_rcu_waiter(const struct vengine *e, u32 *reader);

/* ipi.c */
void virtual_ipi_init(struct vengine *e);
u32 virtual_ipi(struct task *me, bool (*match)(const struct task *t, void *arg), void *arg,
		struct ipi_cost cost);
void virtual_ipi_ack(struct task *me);
bool virtual_ipi_blocks(const struct vtask *holder, const struct vtask *waiter);

/* random.c */
extern const struct engine_ops virtual_random_ops;

/* search.c */
extern const struct engine_ops virtual_search_ops;

/* fifo.c */
extern const struct engine_ops virtual_fifo_ops;
void fifo_timer_add(struct vengine *e, struct vtask *v, sim_ns at_ns);
void fifo_run_at(struct vengine *e, struct vtask *v, sim_ns at_ns);
void fifo_dequeue(struct vengine *e, struct vtask *v);

/* watch.c */
void watch_begin(struct vengine *e);
void watch_due(struct vengine *e, sim_ns now_ns);
void watch_scheduled(struct vengine *e, struct hcpu *h, sim_ns now_ns);
void watch_irqs_on(struct vengine *e, struct hcpu *h, sim_ns now_ns);

/* cpu.c */
int cpu_init(struct vengine *e);
void cpu_start_task(struct vengine *e, struct vtask *v);
void cpu_wake(struct vengine *e, struct vtask *v, sim_ns now_ns);
void cpu_leave(struct vengine *e, struct vtask *v, sim_ns now_ns);
bool cpu_schedule(struct vengine *e, struct vtask *v);
void cpu_tick(struct vengine *e, u32 cpu, sim_ns now_ns);
void cpu_spin_end(struct vengine *e, struct vtask *v, int ret, sim_ns now_ns);

#endif
