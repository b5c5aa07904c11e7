/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/waitgraph.h - who waits for whom: deadlocks found as soon as they are there.
 *
 * Nodes are tasks.  A task that is parked without a deadline and has told lockdep what for waits
 * for every task that holds that lock (class, id), and for those the engine names for its own waits
 * (grace periods, IPI acks).  A cycle can never be left: a deadlock, even while other tasks run on.
 *
 * Invariants: a task is reported at most once.  A wait with a deadline, and a task that has been
 * woken but did not run yet, are not edges.
 */
#ifndef SIM_WAITGRAPH_H
#define SIM_WAITGRAPH_H

#include "sim/task.h"

/**
 * waitgraph_check - look for a cycle through @me, which has just stopped running.
 *
 * Context: virtual engine: when the task parks; threads: all tasks of the cycle are known to be
 * at rest, or under sim->guard and confirmed twice by the caller.
 * Return: true if a new deadlock has been reported.
 */
bool waitgraph_check(struct task *me);

/**
 * waitgraph_check_all - look for cycles anywhere.
 *
 * Return: true if a new deadlock has been reported.
 */
bool waitgraph_check_all(struct sim *sim);

/**
 * waitgraph_quiescent - nobody runs and nobody ever will: report why.
 *
 * Cycles, and tasks that wait for an event or for a lock whose holder is gone.  Those who only wait
 * behind them are victims and get no finding of their own.
 *
 * Context: at rest.
 */
void waitgraph_quiescent(struct sim *sim);

#endif
