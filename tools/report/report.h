/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/report.h - what is said about a finished run, one emitter per file.
 *
 * A report is a read-only view of a simulation at rest.  Emitters write text to a stream, never
 * decide anything, and never print what depends on the machine they run on, wall-clock times in the
 * JSON aside: two runs of the same trace and seed give the same bytes.
 */
#ifndef TOOLS_REPORT_REPORT_H
#define TOOLS_REPORT_REPORT_H

#include <stdio.h>

#include "model/costs.h"
#include "sim/sim.h"
#include "tools/report/text.h"

/* One row of the lock tables: a class in one mode, with its shards merged. */
struct report_lock {
	/* written by report_init() */
	const struct lock_class *class;
	enum lock_mode mode;
	struct lock_mode_stat stat;
};

struct json;

/* What a run came to, in short. */
struct report_verdict {
	/* written by the caller */
	const char *findings; /* their rules, sorted, with commas; "none" */
	const char *rule;     /* the closest watchdog, or NULL */
	u64 permille;	      /* ... and how close: of its threshold */
	u64 near_ns;	      /* ... what it saw */
	u64 sim_ns;
};

/* What it comes to if a cost is half of what it is said to be, or twice. */
struct report_sensitivity {
	/* written by the caller */
	const char *name;
	const struct cost_use *use; /* NULL: several at once */
	struct report_verdict halved, doubled;
	bool changes; /* the findings */
};

struct callers;

struct report {
	/* filled in by the caller, before or after report_init() */
	const char *trace; /* as named on the command line */
	const char *title; /* "" if it has none */
	const char *kernel;
	const char *locking;
	const char *replay; /* the command that repeats this run */
	u64 wall_ns;
	const char *expectation; /* "as the trace expects", or what differs from it */
	const struct cost_use *costs; /* that were charged */
	u32 nr_costs;
	const struct callers *callers; /* of its events, or NULL */
	struct report_verdict verdict; /* if there is: */
	const struct report_sensitivity *sensitivity; /* or NULL */
	u32 nr_sensitivity;

	/* written by report_init() */
	struct sim *sim;
	struct report_lock *locks; /* that were ever taken, pacing aside; most contended first */
	u32 nr_locks;
};

/**
 * report_init - collect what the emitters need from a simulation that has run
 *
 * @r keeps its caller's fields.  Its tables live until report_finish() or sim_destroy().
 */
void report_init(struct report *r, struct sim *sim);
void report_finish(struct report *r);

/**
 * report_summary - the terminal report: the verdict in words, then the tables
 */
void report_summary(const struct report *r, FILE *to);

/**
 * report_verdict - append the summary's first paragraph: what stalled, behind what, what was found
 */
void report_verdict(const struct report *r, struct text *t);

/**
 * report_html - all of it as one self-contained page
 *
 * Timeline and holds need a run that has recorded its events.
 */
void report_html(const struct report *r, FILE *to);

/**
 * report_json - design.md section 7, "run --json"
 */
void report_json(const struct report *r, FILE *to);

/**
 * report_lock_stat - the table of /proc/lock_stat, version 0.4
 */
void report_lock_stat(const struct report *r, FILE *to);

/**
 * report_perf_lock - the table of "perf lock contention", most waited for first
 */
void report_perf_lock(const struct report *r, FILE *to);

/**
 * report_perfetto - the recorded events as a Perfetto trace: tasks, locks, CPUs, who let in whom
 *
 * Binary.  Nothing but the tracks' names comes out if the run did not record its events.
 */
void report_perfetto(const struct report *r, FILE *to);

/**
 * report_ftrace - the recorded events in the layout of tracefs's "trace" file
 * @ns: nine decimals instead of six
 *
 * Nothing but the header comes out if the run did not record its events.
 */
void report_ftrace(const struct report *r, FILE *to, bool ns);

/**
 * report_trace_dat - the recorded events as trace-cmd's binary file, version 6
 */
void report_trace_dat(const struct report *r, FILE *to);

/**
 * report_perf_data - the recorded events as a perf.data file; needs @r->callers
 */
void report_perf_data(const struct report *r, FILE *to);

/**
 * report_perf_kallsyms - the functions in report_perf_data(), as /proc/kallsyms has a kernel's
 */
void report_perf_kallsyms(const struct report *r, FILE *to);

#define REPORT_OP_TEXT 200

struct page_watch;

/* What an explanation is about, and what is known besides the run's events. */
struct report_story {
	/* written by the caller */
	const struct sim_finding *finding; /* or NULL: there is none */
	const struct page_watch *watch;	   /* of the run; or NULL */
	/* the operation in a line of the trace; false: there is none; or NULL */
	bool (*op_text)(void *ctx, u32 line, char buf[REPORT_OP_TEXT]);
	void *ctx;
};

/**
 * report_explain - how the run came to a finding: a column per task, a row per event that matters
 *
 * The run has recorded its events, on the virtual engine.
 */
void report_explain(const struct report *r, FILE *to, const struct report_story *story);

/* --- shared by the emitters --- */

/* Paragraphs of the summary, arrays of the JSON: watchdog.c. */
void report_put_watchdogs(const struct report *r, FILE *to);
void report_put_costs(const struct report *r, FILE *to);
void report_json_watchdogs(struct json *j, const struct report *r);
void report_json_costs(struct json *j, const struct report *r);
const char *report_cost_source(enum cost_source kind);
bool report_cost_doubtful(enum cost_source kind);
void report_put_sensitivity(const struct report *r, FILE *to);
void report_json_sensitivity(struct json *j, const struct report *r);

#define REPORT_NS_TEXT 24

/**
 * report_ns - a time for people: three significant digits and a unit, "4.90 ms"
 * Return: @buf
 */
const char *report_ns(u64 ns, char buf[REPORT_NS_TEXT]);

/**
 * report_name_hash - the number by which events refer to an operation's or a step's name
 */
u32 report_name_hash(const char *name);

/**
 * report_task - the name of a task, or "nobody"
 */
const char *report_task(const struct report *r, u32 id);

/* Did a task of the workload ever wait?  The machine's own workers wait for work all the time. */
static inline bool report_stalled(const struct task *t)
{
	return t->stall.max_ns && !t->daemon;
}

#endif
