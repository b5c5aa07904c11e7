// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/threads/monitor.c - ends the runs that would not end: deadlocks and limits.
 *
 * The thread that called sim_run() looks at the tasks every PERIOD_NS.  It freezes the calm ones
 * and so sees a consistent picture of all that wait; those that run are left alone and counted as
 * running.  Two verdicts, both made by sim/waitgraph.c from that picture:
 *  - nobody runs, nobody has a deadline, a permit, a signal or a grace period to look forward to:
 *    the run is at an end;
 *  - some tasks wait for each other while others run on.  Only tasks count that have been found in
 *    the same wait several times in a row, because a lock's new owner has told nobody yet while
 *    its waker is between "granted" and "woken"; how often depends on how crowded the machine is.
 *
 * Invariants: a struct task is read only while its task is frozen or finished; nothing stays frozen
 * when a look is over.
 */
#include "sim/core.h"
#include "sim/threads/threads.h"

#define PERIOD_NS	(20 * NSEC_PER_MS)
#define SAME_WAIT_LOOKS 5
#define CROWD_PER_LOOK	8 /* runnable threads per CPU that cost one more look */

static bool finished(const struct thr_task *t)
{
	return __atomic_load_n(&t->task.state, __ATOMIC_ACQUIRE) == TASK_DEAD;
}

static bool freeze(struct thr_task *t)
{
	u32 calm = CALM_YES;

	return __atomic_compare_exchange_n(&t->calm, &calm, CALM_FROZEN, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void thaw(struct thr_task *t)
{
	t->at_rest = false;
	if (__atomic_load_n(&t->calm, __ATOMIC_RELAXED) == CALM_FROZEN)
		__atomic_store_n(&t->calm, CALM_YES, __ATOMIC_RELEASE);
}

/* How often must the same wait be seen before it counts as lasting? */
static u32 looks_wanted(const struct thr_engine *eng)
{
	u32 crowd = __atomic_load_n(&eng->nr_running, __ATOMIC_RELAXED) / eng->nr_cpus;

	return SAME_WAIT_LOOKS + crowd / CROWD_PER_LOOK;
}

/*
 * Count the look.  A wait for a lock is the same from lock_contended() on, however often the task
 * parks in it; other waits are told apart by the park.  Context: frozen.
 */
static void count_look(struct thr_task *t)
{
	const struct task *me = &t->task;
	u64 wait = t->nr_waits;

	if (me->wait.class)
		wait = prng_mix(me->wait.since_ns) ^ ((u64)me->wait.class->id << 32 | me->wait.id);
	if (t->seen_wait != wait)
		t->nr_looks = 0;
	t->seen_wait = wait;
	t->nr_looks++;
}

/*
 * Can nothing but another task end this wait?  A park that gives up by itself (PARK_SPIN_OPT) does
 * not end the wait of somebody who parks again and again.  Context: frozen, this look counted.
 */
static bool stuck(const struct thr_task *t)
{
	enum park_how how = __atomic_load_n(&t->task.park_how, __ATOMIC_RELAXED);

	switch ((enum thr_wait)t->waits_for) {
	case WAIT_PERMIT:
		if (how == PARK_SPIN_OPT && t->nr_looks < looks_wanted(t->eng))
			return false;
		return t->task.park_deadline_ns == SIM_NS_MAX && !thr_has_permit(t) &&
		       !thr_signal_ends(&t->task, how);
	case WAIT_GP:
		return true; /* grace_period_comes() has the last word */
	case WAIT_IPI:
		return !thr_acked(thr_task(t->task.sim->tasks[t->ipi_target]));
	case WAIT_TIME:
	case WAIT_HALT:
		break;
	}
	return false;
}

/* Freeze all that can be frozen.  Return: true if that is everybody. */
static bool freeze_all(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;
	bool all = true;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct thr_task *t = thr_task(sim->tasks[i]);

		t->at_rest = freeze(t);
		all &= t->at_rest;
	}
	return all;
}

/*
 * Who is stuck?  Only after all have been frozen: until then one of them may still have given a
 * permit to another.
 * Return: true if nobody is anything but stuck, for the second time, and the run has to wait for
 * some of them.
 */
static bool judge_all(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;
	bool all = true, awaited = false;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct thr_task *t = thr_task(sim->tasks[i]);

		if (t->at_rest && finished(t))
			continue;
		if (t->at_rest)
			count_look(t);
		t->is_stuck = t->at_rest && stuck(t);
		all &= t->is_stuck && t->nr_looks > 1;
		awaited |= !t->task.daemon;
	}
	return all && awaited;
}

static void thaw_all(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;

	for (u32 i = 0; i < sim->nr_tasks; i++)
		thaw(thr_task(sim->tasks[i]));
}

/* Does a reader hold up the grace period that @w waits for?  Context: all tasks are at rest. */
static bool reader_in_the_way(const struct task *w)
{
	for (u32 i = 0; i < w->sim->nr_tasks; i++) {
		const struct task *h = w->sim->tasks[i];

		if (!finished(thr_task(h)) && thr_blocks(h, w))
			return true;
	}
	return false;
}

/* Is a grace period on its way that just has not ended yet?  Context: all tasks are stuck. */
static bool grace_period_comes(const struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct thr_task *t = thr_task(sim->tasks[i]);

		if (!finished(t) && t->waits_for == WAIT_GP && !reader_in_the_way(&t->task))
			return true;
	}
	return false;
}

/* Leave at rest only those whose wait has lasted; the others count as running. */
static u32 keep_lasting(struct thr_engine *eng)
{
	u32 looks = looks_wanted(eng), nr = 0;
	struct sim *sim = eng->sim;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct thr_task *t = thr_task(sim->tasks[i]);

		if (t->at_rest && !finished(t) && (!t->is_stuck || t->nr_looks < looks))
			thaw(t);
		nr += t->at_rest && !finished(t);
	}
	return nr;
}

static bool look_for_deadlock(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;
	bool all_frozen, all_stuck, found = false;

	all_frozen = freeze_all(eng);
	all_stuck = judge_all(eng);
	if (all_frozen && all_stuck && !grace_period_comes(sim)) {
		waitgraph_quiescent(sim);
		found = true;
	} else if (keep_lasting(eng)) {
		found = waitgraph_check_all(sim);
	}
	thaw_all(eng);
	return found;
}

/* struct engine_ops.at_rest */
bool thr_at_rest(const struct task *t)
{
	return thr_task(t)->at_rest;
}

/* struct engine_ops.blocks: grace periods wait for readers, IPIs for the one ack that is missing */
bool thr_blocks(const struct task *holder, const struct task *waiter)
{
	const struct thr_task *w = thr_task(waiter);

	if (w->waits_for == WAIT_GP)
		return holder->rcu_depth && thr_task(holder)->rcu_start < w->gp;
	return w->waits_for == WAIT_IPI && w->ipi_target == holder->id;
}

/* Until no task is left that the run has to wait for, or it has to be ended. */
void thr_monitor(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;
	sim_ns limit_ns = sim->cfg.limit_ns ? sim->cfg.limit_ns : SIM_NS_MAX;
	sim_ns next_ns = PERIOD_NS;
	u32 nr;

	while ((nr = __atomic_load_n(&eng->nr_awaited, __ATOMIC_ACQUIRE)) != 0) {
		sim_ns now = thr_clock_read(&eng->clock);

		if (now >= limit_ns) {
			sim->stopped = true;
			return;
		}
		if (now < min(next_ns, limit_ns)) {
			thr_futex_wait(&eng->nr_awaited, nr, min(next_ns, limit_ns) - now);
			continue;
		}
		next_ns = now + PERIOD_NS;
		if (look_for_deadlock(eng)) {
			sim->stopped = true;
			return;
		}
	}
}
