/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/explore.h - who decides in a search (SCHED_SEARCH): explorers, and what they are told.
 *
 * At each decision the engine says which tasks could go on and what each would do next; the
 * explorer names one.  What a task then does up to its next decision is one step.  Values and
 * failures are chosen by the explorer, too, in the middle of a step.  After each step an explorer
 * that wants to know hears what the step has touched: that, and not what was announced, is what
 * steps depend on each other by.  docs/EXPLORE.md has the dependency relation.
 *
 * In a search nothing is ordered by time: there are as many CPUs as tasks, each task has a clock of
 * its own, and a wait with a deadline may end by it whenever the explorer says so.
 *
 * A run ends when nobody can go on.  Time passes until the last task that is no daemon has ended:
 * from then on daemons finish what they are at, and no wait ends by its deadline any more.
 *
 * Invariants: object numbers, clocks and footprints are functions of the step's past in the partial
 * order of dependent steps, not of how independent ones were interleaved; a task that could go on
 * still can after somebody else's step, except one that waits for a lock without a shared mode.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include "sim/engine.h"

/* Above the objects' own 32 bits, numbers of tasks: who is woken, who is sent a signal. */
#define EXPLORE_TASK_OBJ   (1ull << 32)
#define EXPLORE_SIGNAL_OBJ (2ull << 32)
/* Whether objects are alive: read by sim_life_check(), written by RCU callbacks. */
#define EXPLORE_LIFE_OBJ   (3ull << 32)
/* Whether time passes: until the last task that is no daemon has ended. */
#define EXPLORE_END_OBJ	   (4ull << 32)

#define SIM_NO_STEP UINT32_MAX

/* pick() returns this to end the run here: the rest is not worth it. */
#define EXPLORE_STOP UINT32_MAX

/* What a task would do next. */
struct explore_op {
	/* written by the engine */
	u32 obj;
	u8 write; /* enum sim_access's bit 0 */
	u8 kind;  /* enum sim_op_kind */
};

/* In which ways a step has touched an object. */
enum explore_how {
	TOUCH_ACCESS = BIT(0),
	TOUCH_ACQUIRE = BIT(1), /* holds it since */
	TOUCH_RELEASE = BIT(2), /* has held it; or has told its waiters something */
	TOUCH_BORROW = BIT(4),	/* has changed it for a while */
	TOUCH_RETURN = BIT(5),	/* that while is over */
	TOUCH_WAKE = BIT(3),	/* EXPLORE_TASK_OBJ: has left a permit; else it was its own wait */
};

/* What a step has done to an object: two that are the same, and no writes, commute. */
enum explore_access {
	TOUCH_READS,
	TOUCH_WRITES,
	TOUCH_COMMUTES, /* with others of this kind only */
};

/* What a step has done to an object. */
struct explore_touch {
	/* written by the engine */
	u64 obj;
	u8 write; /* enum explore_access */
	u8 how; /* enum explore_how */
};

/* What an explorer may look at when it decides. */
struct explore_view {
	/* written by the engine */
	struct sim *sim;
	const u64 *enabled; /* bit map by task id: who could go on */
	const u64 *vain; /* of these: who begins again, as if what it has done last had not been */
	u32 nr_words;
	u32 nr_enabled;			  /* at least 1 */
	const struct explore_op *pending; /* by task id: what each would do next */
	u64 step;	  /* steps so far in this run */
	u32 last;	  /* who made the last step, or SIM_NO_TASK */
	bool last_enabled; /* could go on: anybody else is a preemption */
	bool last_retries; /* it has just said sim_retry(): anybody else is none */
};

/* A step that has been made. */
struct explore_step {
	/* written by the engine */
	u32 task;
	u32 number; /* of the run's steps */
	u32 waker; /* number of the step that ended the wait before this one, or SIM_NO_STEP */
	struct explore_op op; /* what it was picked for */
	bool timed;	      /* the wait that was ended could have ended by its deadline */
	const struct explore_touch *touch; /* all it has touched, each object once */
	u32 nr_touched;
};

/* What a step does to an object that it touches twice. */
static inline u8 explore_both(u8 a, u8 b)
{
	return a == b ? a : (u8)TOUCH_WRITES;
}

/* Does it matter which of two accesses to one object comes first? */
static inline bool explore_conflict(u8 a, u8 b)
{
	return a != b || a == TOUCH_WRITES;
}

static inline u8 explore_op_access(const struct explore_op *op)
{
	return op->kind == OP_COMMUTE ? (u8)TOUCH_COMMUTES : op->write;
}

struct explorer;

struct explorer_ops {
	/* constant */
	const char *name;
	/*
	 * Who goes on: the id of an enabled task, or EXPLORE_STOP.  Also asked when there is only
	 * one, and until nobody is left: daemons finish what they have been given to do.
	 */
	u32 (*pick)(struct explorer *ex, const struct explore_view *view);
	/* A value below @n (0: any 32 bits).  NULL: drawn from the tape.  @me: who asks, or NULL */
	u32 (*choose)(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n);
	/*
	 * Nobody is enabled: the end, a deadlock, or a loop that nobody can end.  What follows in
	 * this run is for the reports.  May be NULL.
	 */
	void (*stuck)(struct explorer *ex, const struct explore_view *view);
	/* The step that pick() began is over.  NULL: footprints are not even collected. */
	void (*stepped)(struct explorer *ex, const struct explore_step *step);
	/* A run begins: tasks are there, nothing has happened.  May be NULL. */
	void (*begin)(struct explorer *ex, struct sim *sim);
	/*
	 * The run is over: for strategies whose next run depends on the last.  explorer_done().
	 * Return: true if there is another run to make.
	 */
	bool (*done)(struct explorer *ex, struct sim *sim);
};

/* What a search has left out so far; "exhausted" needs an empty set. */
enum explore_cut {
	CUT_PREEMPTIONS = BIT(0), /* more preemptions than allowed */
	CUT_FAILURES = BIT(1),	  /* more injected failures than allowed */
	CUT_VALUES = BIT(2),	  /* a value with too many alternatives was drawn, not enumerated */
	CUT_STEPS = BIT(3),	  /* a run was longer than allowed */
	CUT_RETRIES = BIT(4),	  /* a loop went round more often than allowed */
	CUT_RELEASES = BIT(5),	  /* no decisions before releases: sim_config.all_points is off */
};

struct explore_stats {
	/* written by the explorer */
	u64 executions;	   /* runs, those cut short included */
	u64 sleep_blocked; /* ended early: all they could still do had been seen */
	u64 cut_runs;	   /* ended early by a bound */
	u64 classes;	   /* different up to reordering of independent steps; 0: not counted */
	u64 max_steps;
	u64 unclear; /* DPOR: races for whose other order every task had to be tried */
	u32 cuts; /* enum explore_cut */
	bool exhausted; /* every behaviour has been seen: no run left, and no cuts */
};

struct explorer {
	/* constant */
	const struct explorer_ops *ops;
	u32 max_retries; /* sim_retry()s of a task in a run that begin another round; 0: no limit */
	bool erases;	 /* looks at view->vain; rounds that are there do not count as retries */
	/* written by the explorer and by the engine */
	struct explore_stats stats;
	/*
	 * Set by pick(): the step it begins is known, stepped() need not be called.  Collecting
	 * footprints is a good part of what a step costs.
	 */
	bool known;
	/*
	 * Somebody sends signals, or interrupts: from then on steps depend on those, too.  Set by
	 * the engine, at the first one.
	 */
	bool signals;
	bool ipis;
};

/**
 * explorer_done - a run with @ex has ended; what was found is in @sim still.
 *
 * The caller's loop: make or restore the simulation, sim_run(), look at it, explorer_done().
 * Return: true if there is another run to make.
 */
static inline bool explorer_done(struct explorer *ex, struct sim *sim)
{
	return ex->ops->done ? ex->ops->done(ex, sim) : true;
}

/* The first enabled task at or after @id, or SIM_NO_TASK. */
static inline u32 explore_next_enabled(const struct explore_view *view, u32 id)
{
	for (u32 w = id / 64; w < view->nr_words; w++) {
		u64 bits = view->enabled[w] & (w == id / 64 ? ~0ull << (id % 64) : ~0ull);

		if (bits)
			return w * 64 + (u32)__builtin_ctzll(bits);
	}
	return SIM_NO_TASK;
}

static inline bool explore_is_enabled(const struct explore_view *view, u32 id)
{
	return view->enabled[id / 64] >> (id % 64) & 1;
}

/* The enabled task that has @rank others with a lower id before it. */
static inline u32 explore_ranked(const struct explore_view *view, u32 rank)
{
	u32 id = explore_next_enabled(view, 0);

	while (rank--)
		id = explore_next_enabled(view, id + 1);
	return id;
}

#endif
