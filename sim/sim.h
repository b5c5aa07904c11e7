/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/sim.h - one simulation: configuration, life cycle, findings, events, operations.
 *
 * All state hangs off struct sim; any number of simulations may exist in one process.  Life cycle:
 * sim_create(), build the model, sim_task_create() for each actor, sim_run(), read the results,
 * sim_destroy().
 *
 * Three kinds of failure are kept apart.  SIM_ASSERT: gmemsim itself is wrong, the process ends
 * with the line that replays it.  sim_finding(): the modelled design is wrong, the run goes on.
 * A negative errno: the modelled kernel's own answer.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

/* <sched.h> comes with <pthread.h> and has a macro SCHED_FIFO: first it, then our enumerator. */
#include <sched.h>
#undef SCHED_FIFO

#include "sim/choice.h"
#include "sim/event.h"
#include "sim/hist.h"
#include "sim/list.h"
#include "sim/lockdep.h"
#include "sim/task.h"
#include "sim/types.h"

struct engine_ops;
struct explorer;
struct event_chunk;
struct race_detector;
struct sim_checkpoint;
struct watchdog;

enum engine_kind { ENGINE_VIRTUAL, ENGINE_THREADS };
enum preempt_model { PREEMPT_NONE, PREEMPT_VOLUNTARY, PREEMPT_LAZY, PREEMPT_FULL };
enum sched_policy {
	SCHED_FIFO,   /* in time order, on the modelled CPUs */
	SCHED_RANDOM, /* any runnable task at each decision; CPUs do not limit */
	SCHED_SEARCH, /* an explorer decides, about time-outs and failures, too: sim/explore.h */
};

struct sim_rcu_head {
	/* protected by the engine's RCU */
	union {
		struct sim_rcu_head *next; /* virtual */
		void *engine[2];	   /* threads: liburcu's own head */
	};
	void (*func)(struct sim *sim, struct sim_rcu_head *head);
	struct sim *sim; /* threads */
};

/* A small lock for the inside of locks: real on threads, nothing in the virtual engine. */
struct sim_guard {
	u32 locked; /* atomic */
};

enum hardlockup_detector {
	HARDLOCKUP_OFF,
	HARDLOCKUP_PERF,  /* an NMI after so many cycles that the CPU has executed */
	HARDLOCKUP_BUDDY, /* the CPU before it looks at its timer */
};

#define WATCHDOG_PHASE_SEED SIM_NS_MAX

/* The watchdogs of one kernel, in seconds as its parameters; 0 turns one off. */
struct watchdog_config {
	/* constant */
	u32 watchdog_thresh_s;	     /* kernel.watchdog_thresh: soft and hard lockups */
	u32 rcu_cpu_stall_timeout_s; /* rcupdate.rcu_cpu_stall_timeout */
	u32 wq_watchdog_thresh_s;    /* workqueue.watchdog_thresh */
	u32 hung_task_timeout_s;     /* kernel.hung_task_timeout_secs; of the host only */
	enum hardlockup_detector hardlockup;
	/*
	 * When the first sample is due; its clock is then at a whole unit.  WATCHDOG_PHASE_SEED:
	 * both follow from the seed.
	 */
	sim_ns phase_ns;
};

struct sim_config {
	/* written by the caller before sim_create(); constant afterwards */
	enum engine_kind engine;
	enum sched_policy sched;
	enum preempt_model preempt;
	u32 nr_cpus;		/* 1..1024 */
	u32 hz;			/* tick, default 250 */
	sim_ns slice_ns;	/* base time slice; 0: three quarters of a tick */
	u64 seed;
	double cost_scale;	/* threads engine: realised share of modelled costs; 0 = none */
	u32 perturb;		/* threads: stir one in so many visible operations; 0 = none */
	bool lock_stat;		/* keep wait and hold histograms */
	bool record_events;	/* keep every event, not only its hash */
	bool record_tape;
	bool all_points;	/* decide after releases too */
	u32 fail_one_in;	/* a fallible step fails by choice, one in so many; 0 = never */
	bool checks;		/* slow invariants after every operation */
	bool races;		/* virtual: look for data races (sim/race.h) */
	sim_ns limit_ns;	/* end the run here; 0 = no limit */
	u64 limit_points;	/* visible operations that count as a livelock; 0 = default */
	u64 limit_bytes;	/* of sim_alloc()ed memory; 0 = no limit */
	/* called at that limit, and when the host has no more; not to return */
	void (*out_of_memory)(const struct sim *sim);
	sim_ns switch_cost_ns;	/* context switch */
	sim_ns wake_latency_ns; /* from wake-up to running on an idle CPU */
	struct watchdog_config watchdog; /* the host's; all 0: it has none */
	const char *replay_line; /* printed at the end of every finding and failed assertion */
	const struct sim_event_desc *event_desc; /* the model's, from EV_MODEL_FIRST on */
	u32 nr_event_desc;
	const struct choice *replay; /* a recorded tape, or NULL */
	size_t replay_len;
	struct explorer *explorer; /* SCHED_SEARCH: who decides; NULL: the tape does */
	struct sim_pool *pool; /* lent by the caller, or NULL: see sim_pool_create() */
	/* with record_events: before @me keeps an event, which is the len-th of the log; or NULL */
	void (*watch)(void *arg, const struct task *me, u32 type);
	void *watch_arg;
};

/* A finding happened in its run, or follows from what happened: another run has it. */
enum finding_kind { FINDING_HAPPENED, FINDING_PREDICTED };

struct sim_finding {
	/* immutable once recorded */
	const char *rule; /* one of design.md section 5 */
	enum finding_kind kind;
	char *message;
	u32 task;
	sim_ns at_ns;
	u64 count; /* how often the same rule and message came up */
	u64 site;  /* where, without names and numbers of this run: the same in every build */
	u32 line;  /* task->op_line at that time, or 0 */
	const char **frame; /* task->frame[] at that time, outermost first */
	u32 nr_frames;
};

/* Latency and errors of one kind of operation, per kind of actor. */
struct op_stat {
	/* written under sim->guard */
	const char *op;
	u32 op_hash; /* sim_name_hash() of it */
	enum actor_kind kind;
	u64 count;
	u64 errors;
	bool buckets;	     /* statistics are kept */
	struct hist latency; /* without buckets if not, and shorter */
};

/* How often a fail site was made to fail. */
struct fail_stat {
	/* written under sim->guard */
	struct fail_stat *next;
	const char *site;
	u64 count;
};

/* Bytes that a checkpoint leaves out. */
struct sim_scratch {
	/* constant */
	struct sim_scratch *next;
	void *p;
	size_t bytes;
};

struct event_log {
	/* written by the log's owner (the simulation, or one task on threads) */
	struct sim_event *ev;
	size_t len, cap;
	struct event_chunk *first, *last; /* instead of ev in a task's own log */
};

struct sim {
	/* constant during a run */
	struct sim_config cfg;
	const struct engine_ops *ops;
	bool is_virtual;
	bool searching;	     /* set by SCHED_SEARCH when the run begins */
	bool recording;	     /* events are kept (off while a trace's set-up runs), or searched by */
	bool release_points; /* the engine wants to hear of releases */
	union {
		u16 hooked; /* either of these: locks take the long way */
		struct {
			bool racing; /* accesses are looked at: races is there, and a run on */
			bool on_threads;
		};
	};
	u64 bytes_limit; /* cfg.limit_bytes, or UINT64_MAX */
	bool quiet; /* nobody looks at events: threads, not recording */
	bool watched; /* somebody may look at more of a lock than who holds it */
	void *engine; /* the engine's own state */
	void *model;
	void *arena;
	struct sim_checkpoint *checkpoint; /* or NULL */
	struct race_detector *races; /* or NULL */

	/*
	 * Virtual engine: the earliest time at which anybody else is due.  Threads: SIM_NS_MAX, or
	 * 0 while tasks are wanted in the engine; atomic.
	 */
	sim_ns horizon_ns;

	/* set-up time only */
	struct task **tasks;
	u32 nr_tasks, cap_tasks;
	struct lock_class classes[SIM_MAX_CLASSES];
	u32 nr_classes;
	struct watchdog *watchdogs; /* the guests', and from the run's beginning the host's */

	/* atomic; NULL if events are not kept */
	const char **step_names; /* by sim_name_hash() */

	/* atomic */
	u32 next_obj;
	u64 points; /* visible operations with a decision; virtual: exact, threads: unused */

	/* protected by guard */
	struct sim_guard guard;
	struct sim_finding *findings;
	u32 nr_findings, cap_findings;
	struct op_stat **ops_stat;
	u32 nr_ops_stat;
	struct fail_stat *fail_stats; /* latest first */
	struct sim_scratch *scratch;
	struct choice_tape tape;
	u64 nr_allocs, nr_frees, bytes_live, bytes_max;

	/* virtual: written by the running task; threads: merged at the end */
	struct event_log log;
	u64 fingerprint;
	sim_ns end_ns;
	bool stopped; /* a limit or a deadlock ended the run early */
	bool cut;     /* ... or an explorer that had seen enough: its end says nothing */

	/* virtual, with checks: classes that were waited for with a lock of this one held */
	u64 lock_after[SIM_MAX_CLASSES];
	struct lock_usage lock_usage[IRQ_CONTEXTS];
	u64 lock_seen[LOCK_NR_MODES]; /* classes taken with softirqs on */
	struct lock_edge *edges; /* the same, in the order in which they were seen first */
	u32 nr_edges, cap_edges;

	/*
	 * Virtual: written by the running task; threads: merged at the end, but for the histograms,
	 * which are protected by stat_guard.  Last, because it is big: an entry is cleared when its
	 * class is made.
	 */
	struct sim_guard stat_guard;
	struct lock_stat stats[SIM_MAX_CLASSES];
};

void sim_config_default(struct sim_config *cfg);

/**
 * sim_pool_create - stacks and memory that successive simulations may share.
 *
 * Exploration makes a new simulation per schedule; a pool saves it from mapping the same stacks
 * again and again.  At most one simulation uses a pool at a time.
 */
struct sim_pool *sim_pool_create(void);
void sim_pool_destroy(struct sim_pool *pool);

/**
 * sim_create - a new simulation, with nothing in it.
 *
 * Return: the simulation, or NULL with errno set.
 */
struct sim *sim_create(const struct sim_config *cfg);

/**
 * sim_task_create - add an actor; it starts when sim_run() does, in creation order.
 * @name: shown in reports, at most SIM_TASK_NAME - 1 bytes
 * @pin_cpu: the CPU it may run on, or -1
 *
 * Context: before sim_run().
 */
struct task *sim_task_create(struct sim *sim, const char *name, enum actor_kind kind,
			     void (*fn)(struct task *me, void *arg), void *arg, s32 pin_cpu);

/**
 * sim_run - run every task to its end, or to a limit, or to a deadlock.
 *
 * Always returns; what went wrong is among the findings.
 */
void sim_run(struct sim *sim);

/**
 * sim_checkpoint - remember the simulation as it is, to run it again and again from here.
 *
 * Everything in the simulation's own memory is remembered: itself, its tasks, what sim_alloc() has
 * given out.  What its users keep elsewhere is theirs to reset.
 *
 * Context: after all set-up, once, before sim_run(); nothing has been drawn from the tape.
 * Return: 0; -EOPNOTSUPP on real threads and in builds with sanitizers, -EBUSY if something has
 * been drawn, -E2BIG or -ENOMEM: the simulation can be run as ever, but once.
 */
int sim_checkpoint(struct sim *sim);

/**
 * sim_restore - as it was at the checkpoint, but with the choices of @seed.
 *
 * A run after this is the run of a simulation made and set up afresh with @seed: same decisions,
 * same fingerprint.  Findings, recorded events and the recorded tape of the last run are gone; a
 * tape to replay is given by choice_tape_replay() after this.
 * Context: after sim_checkpoint(), not during a run.
 */
void sim_restore(struct sim *sim, u64 seed);

/**
 * sim_destroy - free a simulation and everything allocated in it.  NULL is fine.
 */
void sim_destroy(struct sim *sim);

/**
 * sim_finding - record a defect of the modelled design.
 * @me: the task that noticed, or NULL
 * @rule: rule id of design.md section 5
 */
void sim_finding(struct sim *sim, struct task *me, const char *rule, const char *fmt, ...)
	__printf(4, 5);

/**
 * sim_finding_at - the same, by somebody who knows better where it is.
 * @site: sim_site() of the task it is about, or a sum of several
 * @line: in the user's terms; see struct task
 */
void sim_finding_at(struct sim *sim, struct task *me, u64 site, u32 line, const char *rule,
		    const char *fmt, ...) __printf(6, 7);

/* sim_predict_at - the same, of what has not happened in this run but can. */
void sim_predict_at(struct sim *sim, struct task *me, u64 site, u32 line, const char *rule,
		    const char *fmt, ...) __printf(6, 7);

/* "happened" or "predicted" */
const char *finding_kind_name(enum finding_kind kind);

/**
 * sim_finding_when - the same, by somebody who has looked at @t from outside.
 * @at_ns: when
 */
void sim_finding_when(struct sim *sim, struct task *t, sim_ns at_ns, const char *rule,
		      const char *fmt, ...) __printf(5, 6);

/**
 * sim_site - where a task is: the classes of locks it holds and waits for, its modelled functions.
 *
 * Of names only, so that two schedules, builds and machines agree on it.
 * Context: the task itself, or at rest.
 */
u64 sim_site(const struct task *t);

bool sim_has_finding(const struct sim *sim, const char *rule);

_Noreturn void sim_bug(struct sim *sim, const char *file, int line, const char *what);

#define SIM_ASSERT(cond)                                                                           \
	do {                                                                                       \
		if (unlikely(!(cond)))                                                             \
			sim_bug(NULL, __FILE__, __LINE__, #cond);                                  \
	} while (0)

/* The simulation's own memory: counted, freed with the simulation, dead objects poisoned. */
void *sim_alloc(struct sim *sim, size_t bytes);
void *sim_zalloc(struct sim *sim, size_t bytes);
void sim_free(struct sim *sim, void *p, size_t bytes);

/**
 * sim_scratch - nobody reads these bytes before having written them, in any run.
 * @p: inside one block that sim_alloc() gave out
 *
 * They need not be what they were after sim_restore(): a cache that knows which entries it has.
 * Context: any; the block is never freed.
 */
void sim_scratch(struct sim *sim, void *p, size_t bytes);

/*
 * Lifetime of a modelled object.  A dead object's memory stays with the simulation (poisoned
 * marker, contents kept), so a use after free is a finding and never undefined behaviour.
 */
#define SIM_LIFE_ALIVE 0x600da11fu
#define SIM_LIFE_DEAD  0xdeadf00du
struct sim_life {
	u32 state; /* atomic */
};

static inline void sim_life_begin(struct sim_life *l)
{
	__atomic_store_n(&l->state, SIM_LIFE_ALIVE, __ATOMIC_RELEASE);
}

static inline void sim_life_end(struct sim_life *l)
{
	__atomic_store_n(&l->state, SIM_LIFE_DEAD, __ATOMIC_RELEASE);
}

void sim_life_looked(struct task *me);
bool __sim_life_bad(struct task *me, const struct sim_life *l, const char *what);

/**
 * sim_life_check - is this object still alive?  If not, record a lifetime finding.
 *
 * Return: true if it is alive.
 */
static inline bool sim_life_check(struct task *me, const struct sim_life *l, const char *what)
{
	if (unlikely(me->sim->searching))
		sim_life_looked(me);
	if (likely(__atomic_load_n(&l->state, __ATOMIC_ACQUIRE) == SIM_LIFE_ALIVE))
		return true;
	return __sim_life_bad(me, l, what);
}

/**
 * sim_new_obj - the next object number.  In the virtual engine a function of the inputs.
 */
static inline u32 sim_new_obj(struct sim *sim)
{
	return __atomic_add_fetch(&sim->next_obj, 1, __ATOMIC_RELAXED);
}

void __sim_guard_wait(struct sim *sim, struct sim_guard *g);

/*
 * Context: no engine call but sim_unpark() with a guard held; a task that waits for one is neither
 * interrupted nor stopped.
 */
static inline void sim_guard_lock(struct sim *sim, struct sim_guard *g)
{
	if (sim->is_virtual)
		return;
	while (unlikely(__atomic_exchange_n(&g->locked, 1, __ATOMIC_ACQUIRE)))
		__sim_guard_wait(sim, g);
}

static inline void sim_guard_unlock(struct sim *sim, struct sim_guard *g)
{
	if (!sim->is_virtual)
		__atomic_store_n(&g->locked, 0, __ATOMIC_RELEASE);
}

static inline u64 event_hash(u64 h, sim_ns at_ns, u32 task, u32 type, u64 obj, u64 a, u64 b)
{
	h = (h ^ (type + ((u64)task << 16) + (obj << 32) + at_ns)) * 0x9fb21c651e98df25ull;
	return (h ^ (h >> 32) ^ a ^ (b << 1)) * 0xd6e8feb86659fd93ull;
}

void __sim_event_record(struct task *me, u32 type, u64 obj, u64 a, u64 b, sim_ns at_ns);

/* All there is to an event in the virtual engine that is not recorded. */
static inline void sim_event_hash(struct task *me, u32 type, u64 obj, u64 a, u64 b)
{
	*me->fingerprint = event_hash(*me->fingerprint, me->clock_ns, me->id, type, obj, a, b);
}

/**
 * sim_event_at - note that something happened, at a time that is known already.
 * @at_ns: @me's time, or 0: now
 */
static inline void sim_event_at(struct task *me, u32 type, u64 obj, u64 a, u64 b, sim_ns at_ns)
{
	if (unlikely(me->sim->quiet))
		return;
	if (likely(me->sim->is_virtual))
		sim_event_hash(me, type, obj, a, b);
	if (unlikely(me->sim->recording))
		__sim_event_record(me, type, obj, a, b, at_ns);
}

/**
 * sim_event - note that something happens.
 */
static inline void sim_event(struct task *me, u32 type, u64 obj, u64 a, u64 b)
{
	sim_event_at(me, type, obj, a, b, 0);
}

/*
 * Modelled call stack: SIM_FRAME(me) as a function's first statement pushes its name until the
 * function returns.  Reports, finding texts and hold records quote it.
 */
static inline struct task *sim_frame_push(struct task *me, const char *func)
{
	SIM_ASSERT(me->nr_frames < SIM_MAX_FRAMES);
	me->frame[me->nr_frames++] = func;
	return me;
}

static inline void sim_frame_pop(struct task **me)
{
	(*me)->nr_frames--;
}

#define SIM_FRAME(me)                                                                              \
	__attribute__((cleanup(sim_frame_pop), unused)) struct task *__sim_frame =                 \
		sim_frame_push(me, __func__)

static inline const char *sim_func(const struct task *me)
{
	return me->nr_frames ? me->frame[me->nr_frames - 1] : (me->op ? me->op : me->name);
}

/* Where nobody looks at more of a lock than who holds it (lockdep.h), there is no call either. */
static inline void lock_acquired_unwatched(struct task *me, struct lockdep_map *map,
					   enum lock_mode mode)
{
	struct held_lock *h;

	/* a wait ends as it does with somebody watching */
	if (unlikely(me->wait.class || me->nr_held >= SIM_MAX_HELD)) {
		lock_acquired_watched(me, map, mode, false);
		return;
	}
	h = &me->held[me->nr_held];
	h->class = map->class;
	h->id = map->id;
	h->mode = (u8)mode;
	h->func = sim_func(me);
	__atomic_store_n(&map->owner, me->id, __ATOMIC_RELAXED);
	me->nr_held++;
}

static inline bool lock_release_unwatched(struct task *me, struct lockdep_map *map)
{
	const struct held_lock *last;

	if (unlikely(!me->nr_held))
		return lock_release_watched(me, map);
	last = &me->held[me->nr_held - 1];
	if (unlikely(last->id != map->id || last->class != map->class))
		return lock_release_watched(me, map);
	me->nr_held--;
	return true;
}

/**
 * lock_acquired - @me holds @map from now on.
 */
static inline void lock_acquired(struct task *me, struct lockdep_map *map, enum lock_mode mode,
				 bool trylock)
{
	if (likely(me->sim->watched))
		lock_acquired_watched(me, map, mode, trylock);
	else
		lock_acquired_unwatched(me, map, mode);
}

/**
 * lock_release - @me stops holding @map.
 *
 * Return: false if @me does not hold it: the finding has been recorded ("bad unlock balance") and
 * the caller must leave the lock alone.
 */
static inline bool lock_release(struct task *me, struct lockdep_map *map)
{
	if (likely(me->sim->watched))
		return lock_release_watched(me, map);
	return lock_release_unwatched(me, map);
}

/**
 * sim_op_begin / sim_op_end - bracket one operation of the trace, for ops[] and stalls[].
 * @op: a string that outlives the simulation
 * @ret: 0 or a positive count, or a negative errno
 */
void sim_op_begin(struct task *me, const char *op);
void sim_op_end(struct task *me, s64 ret);

/**
 * sim_step - the hold's next step begins; the previous one ends.
 * @name: a string constant, or NULL to close the last step
 */
void sim_step(struct task *me, const char *name);

/**
 * sim_step_name - the name that an EV_STEP event stands for
 *
 * Context: after a run that has recorded its events.
 * Return: the name, or NULL if no step was called so.
 */
const char *sim_step_name(const struct sim *sim, u32 hash);

/**
 * sim_told_to_fail - has this task been told to fail at this pass of @site (trace fail=)?
 */
bool __sim_told_to_fail(struct task *me, const char *site);
static inline bool sim_told_to_fail(struct task *me, const char *site)
{
	return unlikely(me->fail_site) && __sim_told_to_fail(me, site);
}

/**
 * sim_should_fail - is the fallible step @site to fail now, because of fail= or by choice?
 */
bool __sim_chosen_to_fail(struct task *me, const char *site);
static inline bool sim_should_fail(struct task *me, const char *site)
{
	if (unlikely(me->sim->cfg.fail_one_in) && __sim_chosen_to_fail(me, site))
		return true;
	return sim_told_to_fail(me, site);
}

#endif
