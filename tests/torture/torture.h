/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/torture/torture.h - what the torture tests share.
 *
 * A torture test runs workers on real threads for a while.  Each draws operations from its own
 * seeded generator, so the same seed gives each worker the same operations; the interleaving is
 * the machine's, stirred by the engine's perturbation.  Two checkers watch each lock:
 *  - a cell counts who is inside, with relaxed atomics, which order nothing: overlaps are seen on
 *    any build, and the checker adds no happens-before that could hide a missing one;
 *  - the cell's data are plain variables that only the lock under test protects: a lock that
 *    excludes but does not order is a data race for ThreadSanitizer.
 * At the end the plain counters must equal what the workers say they did, lock statistics must
 * have counted the same acquisitions, and the simulation must have no findings.
 *
 * usage: torture_X [--ms N] [--seed N] [--tasks N] [--perturb N]
 */
#ifndef TORTURE_H
#define TORTURE_H

#include "sim/engine.h"

#define TORTURE_CELLS	  8
#define TORTURE_MAX_TASKS 64

/* What one instance of the lock under test protects. */
struct torture_cell {
	/* atomic, relaxed */
	u32 writers, readers;
	/* protected by the lock under test, and by nothing else */
	u64 a, b;
};

struct torture_worker {
	/* written by its own task; read after the run */
	struct torture *t;
	struct prng rng;
	u64 nr_ops;
	u64 nr_reads[TORTURE_CELLS];  /* sections entered for reading */
	u64 nr_writes[TORTURE_CELLS]; /* for writing: what a and b count */
	char pad[64];
};

struct torture {
	/* constant during a run */
	u32 ms;
	u64 seed;
	u32 nr_tasks;
	u32 perturb;
	struct sim *sim;
	sim_ns end_ns;

	/* atomic, relaxed */
	u64 violations;

	struct torture_cell cell[TORTURE_CELLS];
	struct torture_worker worker[TORTURE_MAX_TASKS];
};

struct torture_ops {
	/* constant */
	const char *name;
	void (*setup)(struct torture *t);
	void (*op)(struct task *me, struct torture_worker *w); /* one random operation */
	void (*check)(struct torture *t); /* after the run, with cmocka's asserts; may be NULL */
};

/* Run one torture test as a cmocka group of one.  Return: the exit status. */
int torture_main(int argc, char **argv, const struct torture_ops *ops);

/* The parts of it, for tests that want something else. */
void torture_parse(struct torture *t, int argc, char **argv);
void torture_run(struct torture *t, const struct torture_ops *ops);

/* The cells' own invariants: nothing overlapped, nothing was lost.  Return: violations. */
u64 torture_lost(const struct torture *t);

/* cmocka's asserts: lock statistics of an exclusive lock's class counted what the workers did. */
void torture_check_stat(struct torture *t, const char *class_name);

static inline u32 torture_rand(struct torture_worker *w, u32 n)
{
	return prng_below(&w->rng, n);
}

/* Stay where we are for a moment; now and then long enough to be preempted. */
void torture_dawdle(struct torture_worker *w);

/* Around a section that the lock of cell @i protects. */
void torture_write(struct torture_worker *w, u32 i);
void torture_read(struct torture_worker *w, u32 i);

/* A signal for a random task; signals are taken when a wait has ended with -EINTR. */
void torture_signal(struct task *me, struct torture_worker *w);
static inline void torture_take_signal(struct task *me)
{
	__atomic_store_n(&me->sigpending, 0, __ATOMIC_RELEASE);
}

#endif
