// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/threads/threads.c - the threads engine: threads, start, end, early end.
 *
 * Threads are made with their tasks and wait on eng->go, so that a machine that has no more threads
 * to give says so in sim_task_create().  sim_run() lets all go at once; the thread that called it
 * is the monitor until nobody is left to wait for.
 *
 * Early end.  thr_stop_all() raises eng->stop, puts the horizon at 0 (so that each visible
 * operation comes here) and gives everyone a permit.  Each task then halts in its next engine call:
 * it leaves its RCU sections and waits in thr_halt().  Halted tasks keep their stacks, because
 * wait-queue entries of theirs may still be walked by tasks on their way to a halt.  When all have
 * halted or finished, all jump to the bottom of their stacks and the threads end in the ordinary
 * way, which AddressSanitizer and ThreadSanitizer both follow.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sim/core.h"
#include "sim/threads/threads.h"

#define STACK_BYTES (256 * 1024)

/* Somebody wants tasks to come by at visible operations: perturbation, an IPI, the stop. */
void thr_attention(struct thr_engine *eng, bool wanted)
{
	struct sim *sim = eng->sim;

	sim_guard_lock(sim, &eng->guard);
	eng->nr_attention += wanted ? 1 : -1u;
	__atomic_store_n(&sim->horizon_ns, eng->nr_attention ? 0 : SIM_NS_MAX, __ATOMIC_SEQ_CST);
	sim_guard_unlock(sim, &eng->guard);
}

static void perturb(struct thr_task *t)
{
	u32 r = (u32)prng_next(&t->rng);

	if (r & 1) {
		sched_yield();
		return;
	}
	for (r = (r >> 1) % 64; r; r--)
		__builtin_ia32_pause();
}

/* struct engine_ops.point: nothing is decided here, but somebody may want attention */
void thr_point(struct task *me, u32 obj, enum sim_access access)
{
	struct thr_task *t = thr_task(me);
	u32 one_in = me->sim->cfg.perturb;

	me->quiet_points = 0;
	if (unlikely(thr_stopping(t)))
		thr_halt(t);
	thr_ack(t);
	if (one_in && prng_below(&t->rng, one_in) == 0)
		perturb(t);
}

static void thr_schedule(struct task *me)
{
	if (unlikely(thr_stopping(thr_task(me))))
		thr_halt(thr_task(me));
	sched_yield();
}

/* One task fewer runs model code; the last one wakes whoever waits for all. */
static void count_halted(struct thr_engine *eng)
{
	if (__atomic_add_fetch(&eng->nr_halted, 1, __ATOMIC_ACQ_REL) == eng->sim->nr_tasks)
		thr_futex_wake(&eng->nr_halted, 1);
}

/* The run has been stopped: @t never comes back from here.  It may be calm already. */
_Noreturn void thr_halt(struct thr_task *t)
{
	struct thr_engine *eng = t->eng;

	thr_rcu_leave_all(t);
	if (__atomic_load_n(&t->calm, __ATOMIC_RELAXED) == CALM_NO)
		thr_calm_enter(t, WAIT_HALT);
	count_halted(eng);
	while (!__atomic_load_n(&eng->released, __ATOMIC_ACQUIRE))
		thr_futex_wait(&eng->released, 0, SIM_NS_MAX);
	_longjmp(t->bottom, 1);
}

void thr_stop_all(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;

	__atomic_store_n(&eng->stop, 1, __ATOMIC_SEQ_CST);
	thr_attention(eng, true);
	thr_futex_wake(&eng->stop, INT32_MAX);
	for (u32 i = 0; i < sim->nr_tasks; i++)
		thr_unpark(NULL, sim->tasks[i]);
}

static void task_finished(struct thr_task *t)
{
	struct thr_engine *eng = t->eng;

	__atomic_sub_fetch(&eng->nr_running, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&t->task.state, TASK_DEAD, __ATOMIC_RELEASE);
	thr_calm_enter(t, WAIT_HALT);
	count_halted(eng);
	if (!t->task.daemon && __atomic_sub_fetch(&eng->nr_awaited, 1, __ATOMIC_ACQ_REL) == 0)
		thr_futex_wake(&eng->nr_awaited, 1);
}

static void *thread_main(void *arg)
{
	struct thr_task *t = arg;
	struct thr_engine *eng = t->eng;
	struct task *me = &t->task;
	u32 go;

	while ((go = __atomic_load_n(&eng->go, __ATOMIC_ACQUIRE)) == GO_WAIT)
		thr_futex_wait(&eng->go, GO_WAIT, SIM_NS_MAX);
	if (go == GO_QUIT)
		return NULL;
	prctl(PR_SET_TIMERSLACK, 1000ul, 0, 0, 0);
	thr_rcu_thread(true);
	if (_setjmp(t->bottom) == 0) {
		__atomic_store_n(&me->state, TASK_RUNNING, __ATOMIC_RELAXED);
		thr_calm_leave(t);
		me->fn(me, me->arg);
		thr_rcu_leave_all(t);
		task_finished(t);
	}
	thr_rcu_thread(false);
	return NULL;
}

static int thr_task_init(struct task *me)
{
	struct thr_task *t = thr_task(me);
	struct thr_engine *eng = thr_engine(me->sim);
	pthread_attr_t attr;
	int err;

	t->eng = eng;
	t->calm = CALM_YES; /* until it starts */
	t->waits_for = WAIT_TIME;
	prng_seed(&t->rng, prng_mix(me->sim->cfg.seed) + me->id);
	me->cpu = me->pin_cpu >= 0 ? (u32)me->pin_cpu : me->id % me->sim->cfg.nr_cpus;
	me->state = TASK_RUNNABLE;
	me->stats = sim_zalloc(me->sim, SIM_MAX_CLASSES * sizeof(*me->stats));
	me->stat_log = sim_zalloc(me->sim, sizeof(*me->stat_log));
	me->log = &t->log;
	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	err = pthread_create(&t->thread, &attr, thread_main, t);
	pthread_attr_destroy(&attr);
	if (err)
		return -err;
	t->has_thread = true;
	return 0;
}

/* Threads that never got to run are sent home; after a run all have been joined. */
static void thr_task_exit(struct task *me)
{
	struct thr_task *t = thr_task(me);
	u32 wait = GO_WAIT;

	if (!t->has_thread)
		return;
	if (__atomic_compare_exchange_n(&t->eng->go, &wait, GO_QUIT, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		thr_futex_wake(&t->eng->go, INT32_MAX);
	pthread_join(t->thread, NULL);
	t->has_thread = false;
}

static u32 usable_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return (u32)max(1L, sysconf(_SC_NPROCESSORS_ONLN));
	return (u32)CPU_COUNT(&set);
}

static int thr_init(struct sim *sim)
{
	struct thr_engine *eng = calloc(1, sizeof(*eng));

	if (!eng)
		return -ENOMEM;
	eng->sim = sim;
	lock_init_map(sim, &eng->gp_map, "rcu", LOCKC_WAITQ | LOCKC_RECURSIVE | LOCKC_ENGINE);
	lock_init_map(sim, &eng->ipi_map, "csd_lock_wait", LOCKC_WAITQ | LOCKC_SPIN | LOCKC_ENGINE);
	eng->nr_cpus = usable_cpus();
	thr_clock_init(&eng->clock);
	sim->engine = eng;
	if (sim->cfg.perturb)
		thr_attention(eng, true);
	return 0;
}

static void thr_exit(struct sim *sim)
{
	free(sim->engine);
	sim->engine = NULL;
}

static void start(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;

	for (u32 i = 0; i < sim->nr_tasks; i++)
		eng->nr_awaited += !sim->tasks[i]->daemon;
	eng->nr_running = sim->nr_tasks;
	thr_clock_start(&eng->clock);
	__atomic_store_n(&eng->go, GO_RUN, __ATOMIC_RELEASE);
	thr_futex_wake(&eng->go, INT32_MAX);
}

/* Wait until nobody runs model code, then let the threads leave and collect them. */
static void finish(struct thr_engine *eng)
{
	struct sim *sim = eng->sim;
	u32 nr;

	while ((nr = __atomic_load_n(&eng->nr_halted, __ATOMIC_ACQUIRE)) < sim->nr_tasks)
		thr_futex_wait(&eng->nr_halted, nr, SIM_NS_MAX);
	sim->end_ns = thr_clock_read(&eng->clock);
	__atomic_store_n(&eng->released, 1, __ATOMIC_RELEASE);
	thr_futex_wake(&eng->released, INT32_MAX);
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct thr_task *t = thr_task(sim->tasks[i]);

		pthread_join(t->thread, NULL);
		t->has_thread = false;
	}
}

static void thr_run(struct sim *sim)
{
	struct thr_engine *eng = thr_engine(sim);

	SIM_ASSERT(eng->go == GO_WAIT); /* a simulation runs once */
	start(eng);
	thr_monitor(eng);
	if (__atomic_load_n(&eng->nr_halted, __ATOMIC_ACQUIRE) < sim->nr_tasks)
		thr_stop_all(eng);
	finish(eng);
	thr_rcu_barrier(sim);
	lock_stat_merge(sim);
}

static void thr_guard_wait(struct sim *sim)
{
	sched_yield();
}

const struct engine_ops threads_engine_ops = {
	.name = "threads",
	.task_size = sizeof(struct thr_task),
	.init = thr_init,
	.exit = thr_exit,
	.task_init = thr_task_init,
	.task_exit = thr_task_exit,
	.run = thr_run,
	.point = thr_point,
	.now = thr_now,
	.cost = thr_cost,
	.compute = thr_cost,
	.schedule = thr_schedule,
	.park = thr_park,
	.spin_on_owner = thr_spin_on_owner,
	.unpark = thr_unpark,
	.sleep_until = thr_sleep_until,
	.ipi = thr_ipi,
	.irq_enabled = thr_irq_enabled,
	.rcu_read_lock = thr_rcu_read_lock,
	.rcu_read_unlock = thr_rcu_read_unlock,
	.synchronize_rcu = thr_synchronize_rcu,
	.call_rcu = thr_call_rcu,
	.rcu_barrier = thr_rcu_barrier,
	.blocks = thr_blocks,
	.at_rest = thr_at_rest,
	.guard_wait = thr_guard_wait,
};
