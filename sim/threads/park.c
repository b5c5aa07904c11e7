// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/threads/park.c - waiting for a permit on real threads: pause a little, then sleep in a futex.
 *
 * The permit is one word per task: NO, YES, or ASLEEP (NO, and the owner sits in futex_wait).  Who
 * leaves a permit exchanges YES in and makes the system call only if it displaced ASLEEP.
 *
 * A spinning wait keeps its CPU in the model; here it pauses for SPIN_NS and then sleeps like any
 * other, because two CPUs that carry two hundred spinning vCPUs would never get to the lock's
 * owner.  It still counts as spinning (task.state), so nothing that looks at the task can tell.
 * PARK_SPIN_OPT gives up at that moment with -EAGAIN: the machine does want its CPU back.
 *
 * Invariants: whatever was written before sim_unpark() is visible after the sim_park() that it
 * ends; a permit that comes between the last look at the word and futex_wait is never lost (the
 * compare-and-swap to ASLEEP fails, or the kernel finds the word changed).
 */
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sim/threads/threads.h"

/* One pause takes about 25 ns; a futex hand-over between CPUs 1 to 40 us. */
#define SPIN_ROUNDS	    1000
#define SPIN_ROUNDS_CROWDED 40

/* end_of_wait()'s answers beside 0 and errors. */
#define WAIT_ON	  1
#define WAIT_STOP 2

void thr_futex_wait(u32 *word, u32 val, sim_ns timeout_ns)
{
	struct timespec ts;
	struct timespec *tsp = NULL;

	if (timeout_ns != SIM_NS_MAX) {
		ts.tv_sec = (time_t)(timeout_ns / NSEC_PER_SEC);
		ts.tv_nsec = (long)(timeout_ns % NSEC_PER_SEC);
		tsp = &ts;
	}
	/* EAGAIN, EINTR, ETIMEDOUT: the caller looks at the word again anyway */
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, val, tsp, NULL, 0);
}

void thr_futex_wake(u32 *word, int nr)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, nr, NULL, NULL, 0);
}

void thr_calm_enter(struct thr_task *t, enum thr_wait waits_for)
{
	t->waits_for = (u8)waits_for;
	__atomic_store_n(&t->irqs_off, t->task.irq_count != 0, __ATOMIC_RELAXED);
	t->nr_waits++;
	__atomic_store_n(&t->calm, CALM_YES, __ATOMIC_SEQ_CST);
}

void thr_calm_leave(struct thr_task *t)
{
	u32 calm = CALM_YES;

	/*
	 * Sequentially consistent against thr_ipi(), which counts an IPI as sent and then looks at
	 * this word: either it sees the task running, or the task sees the IPI.
	 */
	while (!__atomic_compare_exchange_n(&t->calm, &calm, CALM_NO, true, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED)) {
		calm = CALM_YES;
		sched_yield();
	}
	thr_ack(t);
}

bool thr_has_permit(const struct thr_task *t)
{
	return __atomic_load_n(&t->permit, __ATOMIC_ACQUIRE) == PERMIT_YES;
}

static bool take_permit(struct thr_task *t)
{
	/* an exchange, not a store: a second permit may be on its way, and what its giver wrote
	 * must be visible too */
	return thr_has_permit(t) &&
	       __atomic_exchange_n(&t->permit, PERMIT_NO, __ATOMIC_ACQ_REL) == PERMIT_YES;
}

bool thr_signal_ends(const struct task *me, enum park_how how)
{
	return (how == PARK_INTR && signal_pending(me)) ||
	       (how == PARK_KILLABLE && fatal_signal_pending(me));
}

/*
 * Does the wait end, and how?  A permit counts before anything else; it stays where it is until the
 * task has stopped being calm, or the monitor would see a task that waits and has none.
 */
static int end_of_wait(struct thr_task *t, enum park_how how, const struct task *owner,
		       sim_ns deadline_ns)
{
	const struct task *me = &t->task;

	if (thr_stopping(t))
		return WAIT_STOP;
	if (thr_has_permit(t))
		return 0;
	if (thr_signal_ends(me, how))
		return -EINTR;
	if (owner && !task_on_cpu(owner))
		return -ESRCH;
	if (how == PARK_SPIN_OPT && need_resched(me))
		return -EAGAIN;
	if (deadline_ns != SIM_NS_MAX && thr_now(me) >= deadline_ns)
		return -ETIME;
	return WAIT_ON;
}

static void sleep_for_permit(struct thr_task *t, sim_ns deadline_ns)
{
	struct thr_engine *eng = t->eng;
	sim_ns timeout_ns = SIM_NS_MAX;
	u32 permit = PERMIT_NO;

	if (deadline_ns != SIM_NS_MAX) {
		sim_ns now = thr_now(&t->task);

		if (now >= deadline_ns)
			return;
		timeout_ns = deadline_ns - now;
	}
	if (!__atomic_compare_exchange_n(&t->permit, &permit, PERMIT_ASLEEP, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return;
	__atomic_sub_fetch(&eng->nr_running, 1, __ATOMIC_RELAXED);
	thr_futex_wait(&t->permit, PERMIT_ASLEEP, timeout_ns);
	__atomic_add_fetch(&eng->nr_running, 1, __ATOMIC_RELAXED);
	permit = PERMIT_ASLEEP;
	__atomic_compare_exchange_n(&t->permit, &permit, PERMIT_NO, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_ACQUIRE);
}

static u32 spin_rounds(const struct thr_engine *eng, enum park_how how)
{
	if (how != PARK_SPIN && how != PARK_SPIN_OPT)
		return 0;
	if (__atomic_load_n(&eng->nr_running, __ATOMIC_RELAXED) > eng->nr_cpus)
		return SPIN_ROUNDS_CROWDED;
	return SPIN_ROUNDS;
}

static int wait_for_permit(struct thr_task *t, enum park_how how, const struct task *owner,
			   sim_ns deadline_ns)
{
	bool spins = how == PARK_SPIN || how == PARK_SPIN_OPT;
	u32 rounds = spin_rounds(t->eng, how);
	struct task *me = &t->task;
	int ret;

	me->park_deadline_ns = deadline_ns;
	/* pairs with send_signal(): how it waits is known before it looks for signals */
	__atomic_store_n(&me->park_how, (u8)how, __ATOMIC_SEQ_CST);
	__atomic_store_n(&me->state, spins ? TASK_SPINNING : TASK_SLEEPING, __ATOMIC_RELAXED);
	thr_calm_enter(t, WAIT_PERMIT);
	while ((ret = end_of_wait(t, how, owner, deadline_ns)) == WAIT_ON) {
		if (rounds) {
			rounds--;
			__builtin_ia32_pause();
		} else if (how == PARK_SPIN_OPT) {
			ret = -EAGAIN;
			break;
		} else {
			sleep_for_permit(t, deadline_ns);
		}
	}
	if (ret == WAIT_STOP)
		thr_halt(t);
	thr_calm_leave(t);
	__atomic_store_n(&me->park_how, PARK_NONE, __ATOMIC_RELAXED);
	thr_runs(me);
	if (ret == 0)
		take_permit(t);
	return ret;
}

/* struct engine_ops.park, see sim_park() */
int thr_park(struct task *me, enum park_how how, sim_ns deadline_ns)
{
	struct thr_task *t = thr_task(me);

	if (unlikely(thr_stopping(t)))
		thr_halt(t);
	if (take_permit(t))
		return 0;
	return wait_for_permit(t, how, NULL, deadline_ns);
}

/* struct engine_ops.spin_on_owner, see sim_spin_on_owner() */
int thr_spin_on_owner(struct task *me, struct task *owner, sim_ns deadline_ns)
{
	struct thr_task *t = thr_task(me);

	if (unlikely(thr_stopping(t)))
		thr_halt(t);
	return wait_for_permit(t, PARK_SPIN_OPT, owner, deadline_ns);
}

/* struct engine_ops.unpark, see sim_unpark() */
void thr_unpark(struct task *me, struct task *target)
{
	struct thr_task *t = thr_task(target);

	if (__atomic_exchange_n(&t->permit, PERMIT_YES, __ATOMIC_ACQ_REL) != PERMIT_ASLEEP)
		return;
	thr_futex_wake(&t->permit, 1);
	if (me)
		sim_event(me, EV_SCHED_WAKING, target->cpu, target->id, 0);
}
