// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/threads/time.c - real time: the clock, modelled costs, sleeping.
 *
 * The clock is the time-stamp counter where it is invariant (8 ns a read; lock statistics read it
 * twice per lock pair), scaled by a factor measured against CLOCK_MONOTONIC when the simulation is
 * made, and CLOCK_MONOTONIC itself elsewhere.  The factor is good to about 1e-4.  The counter is
 * read without a fence: events of two threads less than some 50 ns apart may appear in either
 * order.  Within a task time never goes backwards.
 *
 * What modelled time is here: sim_cost() and sim_compute() take cost_scale times their nanoseconds
 * of real CPU time (spun, or slept where a sleep is accurate enough); so does a sleep of the trace,
 * in real time.  With cost_scale = 0 costs take nothing and a sleep only yields the CPU: the run
 * goes as fast as the machine, and nothing but its own waiting orders it.  Deadlines of waits (the
 * 4 ms of a rwsem handoff) are real and never scaled.
 */
#include <cpuid.h>
#include <sched.h>
#include <time.h>
#include <x86intrin.h>

#include "sim/threads/threads.h"

#define CALIBRATE_NS 500000ull
#define SPIN_MAX_NS  50000ull /* a shorter cost is spun: sleeping would overshoot */

static u64 monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static bool tsc_is_invariant(void)
{
	u32 a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & BIT(8));
}

/* A reading of both clocks at the same moment: the closest of a few tries. */
static void read_both(u64 *tsc, u64 *ns)
{
	u64 best = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		u64 before = __rdtsc();
		u64 now = monotonic_ns();
		u64 took = __rdtsc() - before;

		if (took < best) {
			best = took;
			*tsc = before + took / 2;
			*ns = now;
		}
	}
}

void thr_clock_init(struct thr_clock *clock)
{
	u64 tsc0 = 0, ns0 = 0, tsc1 = 0, ns1 = 0;

	clock->tsc = tsc_is_invariant();
	if (!clock->tsc)
		return;
	read_both(&tsc0, &ns0);
	while (monotonic_ns() < ns0 + CALIBRATE_NS)
		__builtin_ia32_pause();
	read_both(&tsc1, &ns1);
	clock->ns_per_tick = ((ns1 - ns0) << 32) / (tsc1 - tsc0);
}

void thr_clock_start(struct thr_clock *clock)
{
	clock->base = clock->tsc ? __rdtsc() : monotonic_ns();
}

/* Nanoseconds since the start of the run. */
sim_ns thr_clock_read(const struct thr_clock *clock)
{
	if (likely(clock->tsc))
		return (sim_ns)(((unsigned __int128)(__rdtsc() - clock->base) *
				 clock->ns_per_tick) >>
				32);
	return monotonic_ns() - clock->base;
}

/* struct engine_ops.now, see sim_now() */
sim_ns thr_now(const struct task *me)
{
	struct thr_task *t = thr_task(me);
	sim_ns now = thr_clock_read(&t->eng->clock);

	/* two CPUs' counters may differ by a little, and the thread may have moved */
	if (unlikely((s64)(now - t->last_ns) < 0))
		return t->last_ns;
	t->last_ns = now;
	return now;
}

/* A modelled duration in real nanoseconds; far less than SIM_NS_MAX, so that sums stay in range. */
static sim_ns realised(const struct task *me, sim_ns ns)
{
	double real_ns = (double)ns * me->sim->cfg.cost_scale;

	if (real_ns <= 0)
		return 0;
	return real_ns < 0x1p62 ? (sim_ns)real_ns : (sim_ns)1 << 62;
}

/* Let real time pass without using a CPU, unless the run is stopped. */
static void pass_ns(struct thr_task *t, sim_ns ns)
{
	struct thr_engine *eng = t->eng;
	sim_ns now = thr_now(&t->task), end = now + ns;

	thr_calm_enter(t, WAIT_TIME);
	__atomic_sub_fetch(&eng->nr_running, 1, __ATOMIC_RELAXED);
	for (; now < end && !thr_stopping(t); now = thr_now(&t->task))
		thr_futex_wait(&eng->stop, 0, end - now);
	__atomic_add_fetch(&eng->nr_running, 1, __ATOMIC_RELAXED);
	if (thr_stopping(t))
		thr_halt(t);
	thr_calm_leave(t);
}

static void spin_ns(struct thr_task *t, sim_ns ns)
{
	sim_ns end = thr_now(&t->task) + ns;

	while (thr_now(&t->task) < end) {
		thr_ack(t);
		__builtin_ia32_pause();
	}
}

/*
 * struct engine_ops.cost and .compute, see sim_cost().  A long cost leaves the real CPU to others,
 * because the modelled machine may have more CPUs than this one; in the model the task still runs.
 */
void thr_cost(struct task *me, sim_ns ns)
{
	struct thr_task *t = thr_task(me);

	if (unlikely(thr_stopping(t)))
		thr_halt(t);
	thr_ack(t);
	if (__atomic_load_n(&t->stolen_ns, __ATOMIC_RELAXED))
		ns += __atomic_exchange_n(&t->stolen_ns, 0, __ATOMIC_RELAXED);
	ns = realised(me, ns);
	if (ns >= SPIN_MAX_NS)
		pass_ns(t, ns);
	else if (ns)
		spin_ns(t, ns);
}

/* struct engine_ops.sleep_until, see sim_sleep_until() and the head of this file */
void thr_sleep_until(struct task *me, sim_ns at_ns)
{
	struct thr_task *t = thr_task(me);
	sim_ns now = thr_now(me);
	sim_ns ns = at_ns > now ? realised(me, at_ns - now) : 0;

	if (unlikely(thr_stopping(t)))
		thr_halt(t);
	if (!ns) {
		sched_yield();
		return;
	}
	__atomic_store_n(&me->state, TASK_SLEEPING, __ATOMIC_RELAXED);
	pass_ns(t, ns);
	thr_runs(me);
}
