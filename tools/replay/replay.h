/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/replay/replay.h - a trace made to happen: the machine it describes, and its tasks.
 *
 * Life cycle: replay_create() builds simulation, machine and tasks; replay_run() runs them, checks
 * what holds at rest and the [final] conditions; replay_sim() has the results; replay_destroy().
 *
 * Everything that can be wrong with a trace is found before the run and is an error with a place.
 * During the run nothing is an error: operations have results, and results that are not what the
 * trace states are findings of the rule "expect".
 */
#ifndef TOOLS_REPLAY_REPLAY_H
#define TOOLS_REPLAY_REPLAY_H

#include "model/bugs.h"
#include "model/costs.h"
#include "model/types.h"
#include "sim/sim.h"
#include "tools/trace/trace.h"

#define REPLAY_TRACE_SAYS (-1)

struct gmem_locking_ops;

struct replay_options {
	/* written by the caller before replay_create(); strings outlive the replay */
	enum engine_kind engine;
	u64 seed;
	int kernel;	       /* enum trace_kernel, or REPLAY_TRACE_SAYS */
	int sched;	       /* enum sched_policy, or REPLAY_TRACE_SAYS */
	const char *locking;   /* NULL: the trace says */
	const struct gmem_locking_ops *locking_ops; /* instead: a strategy of the caller's own */
	const char *costs;     /* cost file read after the trace's own; NULL: none */
	const char *costs_dir; /* where "include = NAME" is looked for first; NULL: nowhere */
	bool note_costs;       /* virtual: note which costs are charged, for replay_costs() */
	const double *cost_factor; /* by enum cost_id, multiplies its value; NULL: none */
	double cost_scale;     /* threads engine: realised share of modelled costs */
	const char *bug;       /* a planted fault, or NULL */
	bool lock_stat;
	bool record_events;
	bool record_tape;
	bool checks; /* invariants after every operation */
	bool races;  /* look for data races; virtual engine */
	bool untimed; /* conditions about times do not count: any order is explored */
	sim_ns limit_ns;
	u64 limit_points;
	u64 limit_bytes; /* of the model's own memory; 0: none */
	void (*out_of_memory)(const struct sim *sim); /* does not return; NULL: an internal error */
	const struct choice *tape; /* choices to repeat, or NULL */
	size_t tape_len;
	bool all_points;	   /* decide before releases, too */
	struct explorer *explorer; /* sched SCHED_SEARCH: who decides; NULL: the tape does */
	const char *replay_line; /* the command that repeats the run, for findings */
	struct sim_pool *pool;	 /* memory that successive simulations share, or NULL */
	bool again;		 /* it is going to be run many times: keep what it was like */
};

#define REPLAY_PATH_MAX 4096

/**
 * replay_cost_file - the file that "include = NAME" of a trace means
 * @costs_dir: looked in first; NULL: nowhere
 *
 * Return: is there one?
 */
bool replay_cost_file(const char *trace_path, const char *costs_dir, const char *name,
		      char path[REPLAY_PATH_MAX]);

struct replay;

/**
 * replay_options_default - virtual engine, seed 1, lock statistics, checks, the trace's design
 */
void replay_options_default(struct replay_options *opt);

/**
 * replay_names - the model's names of costs, fail points and lockings, for trace_parse_*()
 */
extern const struct trace_names replay_names;

/**
 * replay_create - build what the trace describes
 * @t: outlives the replay
 * @errs: zeroed by the caller; receives what cannot be built
 *
 * Return: the replay, or NULL with at least one error in @errs.
 */
struct replay *replay_create(const struct trace *t, const struct replay_options *opt,
			     struct trace_errors *errs);

/**
 * replay_run - run it, once
 *
 * Always returns; what went wrong is among the simulation's findings.
 */
void replay_run(struct replay *r);

/**
 * replay_again - for another run: what replay_create() with this seed and this tape would make
 * @r: has been run, or not; not to be used any more
 * @tape: choices to repeat, or NULL; outlives the run
 *
 * With "again" of the options, on the virtual engine, that is a matter of copying some memory back.
 * Else, and in builds with sanitizers, it is built anew; nothing but the time tells the two apart.
 * The results of the last run are gone.
 *
 * Return: the replay; its simulation may be another one.
 */
struct replay *replay_again(struct replay *r, u64 seed, const struct choice *tape, size_t tape_len);

struct sim *replay_sim(struct replay *r);

/* The design that was run, as text. */
const char *replay_kernel(const struct replay *r);
const char *replay_locking(const struct replay *r);

/* Pages whose attribute has changed in the run, at the request of a VMM. */
u64 replay_converted_pages(const struct replay *r);

/**
 * replay_as_expected - do the findings agree with the trace's "expect ="?
 * @why: receives half a sentence either way: "as the trace expects", "but deadlock was expected"
 */
bool replay_as_expected(const struct replay *r, char why[160]);

/**
 * replay_costs - the costs that the run has charged, with "note_costs", in the model's order
 * @use: receives up to NR_COSTS; strings live as long as the replay
 *
 * What is 0 is not charged.  Return: how many there are.
 */
u32 replay_costs(const struct replay *r, struct cost_use *use);

void replay_destroy(struct replay *r);

/**
 * replay_bug - the i-th faulty variant, or NULL past the end
 */
const struct bug_desc *replay_bug(u32 i);

#endif
