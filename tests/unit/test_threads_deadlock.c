// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/unit/test_threads_deadlock.c - runs that cannot end are ended, with the reason.
 *
 * Each deadlock has a twin that takes the same locks in one order, on which nothing is said.
 */
#include "sim/atomic.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/wait.h"
#include "tests/unit/threads_fixture.h"

struct pair {
	struct sim *sim;
	struct mutex m[2];
	struct rw_semaphore sem[2];
	struct spinlock spin[2];
	struct lockdep_map guest[2];
	u32 word[2];
	bool crossed; /* the second task takes them the other way round */
	/* atomic */
	u32 nr_ready;
};

/* Both hold their first lock before either asks for its second; the twin has nobody to meet. */
static void meet(struct task *me, struct pair *p)
{
	if (!p->crossed)
		return;
	__atomic_add_fetch(&p->nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&p->nr_ready, __ATOMIC_SEQ_CST) < 2)
		sim_sleep(me, 0);
}

static u32 first_lock(const struct task *me, const struct pair *p)
{
	return p->crossed ? me->id % 2 : 0;
}

static void two_mutexes(struct task *me, void *arg)
{
	struct pair *p = arg;
	u32 i = first_lock(me, p);

	mutex_lock(me, &p->m[i]);
	meet(me, p);
	mutex_lock(me, &p->m[1 - i]);
	mutex_unlock(me, &p->m[1 - i]);
	mutex_unlock(me, &p->m[i]);
}

static void two_spinlocks(struct task *me, void *arg)
{
	struct pair *p = arg;
	u32 i = first_lock(me, p);

	spin_lock(me, &p->spin[i]);
	meet(me, p);
	spin_lock(me, &p->spin[1 - i]);
	spin_unlock(me, &p->spin[1 - i]);
	spin_unlock(me, &p->spin[i]);
}

static void two_rwsems(struct task *me, void *arg)
{
	struct pair *p = arg;
	u32 i = first_lock(me, p);

	down_read(me, &p->sem[i]);
	meet(me, p);
	down_write(me, &p->sem[1 - i]);
	up_write(me, &p->sem[1 - i]);
	up_read(me, &p->sem[i]);
}

static void killable_mutexes(struct task *me, void *arg)
{
	struct pair *p = arg;
	u32 i = first_lock(me, p);

	mutex_lock(me, &p->m[i]);
	meet(me, p);
	if (!mutex_lock_killable(me, &p->m[1 - i]))
		mutex_unlock(me, &p->m[1 - i]);
	mutex_unlock(me, &p->m[i]);
}

/* synchronize_rcu() under a mutex that a reader wants. */
static void mutex_and_grace_period(struct task *me, void *arg)
{
	struct pair *p = arg;

	if (first_lock(me, p)) {
		rcu_read_lock(me);
		meet(me, p);
		spin_lock(me, &p->spin[0]);
		spin_unlock(me, &p->spin[0]);
		rcu_read_unlock(me);
		return;
	}
	spin_lock(me, &p->spin[0]);
	meet(me, p);
	if (p->crossed)
		synchronize_rcu(me);
	spin_unlock(me, &p->spin[0]);
	synchronize_rcu(me);
}

static bool everybody(const struct task *t, void *arg)
{
	return true;
}

/* An IPI under a lock that the target waits for with interrupts off. */
static void lock_and_ipi(struct task *me, void *arg)
{
	struct pair *p = arg;

	if (first_lock(me, p)) {
		local_irq_disable(me);
		meet(me, p);
		spin_lock(me, &p->spin[0]);
		spin_unlock(me, &p->spin[0]);
		local_irq_enable(me);
		return;
	}
	spin_lock(me, &p->spin[0]);
	meet(me, p);
	sim_ipi(me, everybody, NULL, (struct ipi_cost){0});
	spin_unlock(me, &p->spin[0]);
}

/* A lock of the guest's: its waiter parks in small pieces, for ever. */
static void guest_lock(struct task *me, struct lockdep_map *map, u32 *word)
{
	while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE)) {
		lock_contended(me, map, LOCK_WRITE);
		sim_park(me, PARK_SPIN_OPT, SIM_NS_MAX);
	}
	lock_acquired(me, map, LOCK_WRITE, false);
}

static void guest_unlock(struct task *me, struct lockdep_map *map, u32 *word)
{
	lock_release(me, map);
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

static void two_guest_locks(struct task *me, void *arg)
{
	struct pair *p = arg;
	u32 i = first_lock(me, p);

	guest_lock(me, &p->guest[i], &p->word[i]);
	meet(me, p);
	guest_lock(me, &p->guest[1 - i], &p->word[1 - i]);
	guest_unlock(me, &p->guest[1 - i], &p->word[1 - i]);
	guest_unlock(me, &p->guest[i], &p->word[i]);
}

static void look_on(struct task *me, void *arg)
{
	u64 word = 0;

	while (!READ_ONCE(me, 0, word))
		continue;
}

static struct sim *run_pair(struct pair *p, void (*fn)(struct task *me, void *arg), bool crossed,
			    bool onlooker)
{
	struct sim *sim = threads_sim(0);

	*p = (struct pair){.sim = sim, .crossed = crossed};
	for (u32 i = 0; i < 2; i++) {
		mutex_init(sim, &p->m[i], i ? "mutex_b" : "mutex_a");
		init_rwsem(sim, &p->sem[i], i ? "sem_b" : "sem_a", 0);
		spin_lock_init(sim, &p->spin[i], i ? "spin_b" : "spin_a");
		lock_init_map(sim, &p->guest[i], i ? "guest_b" : "guest_a", LOCKC_SPIN);
	}
	threads_task(sim, "first", fn, p);
	threads_task(sim, "second", fn, p);
	if (onlooker)
		threads_task(sim, "onlooker", look_on, NULL);
	sim_run(sim);
	return sim;
}

static void dead(void (*fn)(struct task *me, void *arg), bool onlooker, const char *lock)
{
	struct pair p;
	struct sim *sim = run_pair(&p, fn, true, onlooker);

	assert_true(sim->stopped);
	assert_int_equal(threads_findings(sim, "deadlock"), 1);
	assert_in_range(sim->end_ns, 0, 3 * NSEC_PER_SEC); /* 40 to 250 ms if left alone */
	for (u32 i = 0; i < sim->nr_findings; i++) {
		if (strcmp(sim->findings[i].rule, "deadlock") != 0)
			continue;
		assert_non_null(strstr(sim->findings[i].message, lock));
		assert_non_null(strstr(sim->findings[i].message, "first/0"));
		assert_non_null(strstr(sim->findings[i].message, "second/1"));
	}
	/* a wait without an end is a stall, too */
	assert_true(sim->tasks[0]->stall.max_ns > 0);
	assert_true(sim->tasks[0]->stall.max_ns <= sim->end_ns);
	sim_destroy(sim);
}

static void alive(void (*fn)(struct task *me, void *arg))
{
	struct pair p;
	struct sim *sim = run_pair(&p, fn, false, false);

	assert_false(sim->stopped);
	assert_int_equal(threads_findings(sim, "deadlock"), 0);
	sim_destroy(sim);
}

static void test_abba(void **state)
{
	dead(two_mutexes, false, "mutex_a");
	dead(two_spinlocks, false, "spin_a");
	dead(two_rwsems, false, "sem_a");
	dead(killable_mutexes, false, "mutex_a");
	dead(two_guest_locks, false, "guest_a");
}

static void test_abba_twins(void **state)
{
	alive(two_mutexes);
	alive(two_spinlocks);
	alive(two_rwsems);
	alive(killable_mutexes);
	alive(two_guest_locks);
	alive(mutex_and_grace_period);
	alive(lock_and_ipi);
}

/* Somebody else runs on, and would for ever. */
static void test_partial(void **state)
{
	dead(two_mutexes, true, "mutex_b");
	dead(two_spinlocks, true, "spin_b");
	dead(two_rwsems, true, "sem_b");
	dead(two_guest_locks, true, "guest_b");
}

static void test_grace_period(void **state)
{
	dead(mutex_and_grace_period, false, "spin_a");
	dead(mutex_and_grace_period, true, "spin_a");
}

static void test_ipi_ack(void **state)
{
	dead(lock_and_ipi, false, "spin_a");
	dead(lock_and_ipi, true, "spin_a");
}

struct event {
	struct wait_queue_head wq;
	/* atomic */
	u32 happened;
};

static void wait_for_event(struct task *me, void *arg)
{
	struct event *e = arg;

	wait_event(me, &e->wq, load_acquire(e->happened));
}

static void bring_about(struct task *me, void *arg)
{
	struct event *e = arg;

	threads_pass(me, 60 * NSEC_PER_MS); /* longer than the monitor needs to look */
	store_release(e->happened, 1);
	wake_up_all(me, &e->wq);
}

static void test_lost_wakeup(void **state)
{
	for (u32 twin = 0; twin < 2; twin++) {
		struct sim *sim = threads_sim(0);
		struct event e = {};

		init_waitqueue_head(sim, &e.wq, "event");
		threads_task(sim, "waiter", wait_for_event, &e);
		threads_task(sim, "waiter", wait_for_event, &e);
		if (twin)
			threads_task(sim, "waker", bring_about, &e);
		sim_run(sim);
		assert_int_equal(sim->stopped, !twin);
		assert_int_equal(threads_findings(sim, "deadlock") != 0, !twin);
		sim_destroy(sim);
	}
}

static void sync_inside(struct task *me, void *arg)
{
	rcu_read_lock(me);
	synchronize_rcu(me);
	rcu_read_unlock(me);
}

static void test_grace_period_inside_a_reader(void **state)
{
	struct sim *sim = threads_sim(0);

	threads_task(sim, "a", sync_inside, NULL);
	sim_run(sim);
	assert_true(sim->stopped);
	assert_int_equal(threads_findings(sim, "deadlock"), 1);
	sim_destroy(sim);
}

/* A long wait behind somebody who will let go is no deadlock, however often one looks. */
static void hold_long(struct task *me, void *arg)
{
	struct pair *p = arg;

	for (u32 i = 0; i < 2; i++) {
		mutex_lock(me, &p->m[me->id % 2]);
		threads_pass(me, 80 * NSEC_PER_MS);
		mutex_unlock(me, &p->m[me->id % 2]);
	}
}

static void test_long_waits(void **state)
{
	struct sim *sim = threads_sim(0);
	struct pair p = {};

	mutex_init(sim, &p.m[0], "mutex_a");
	mutex_init(sim, &p.m[1], "mutex_b");
	for (u32 i = 0; i < 4; i++)
		threads_task(sim, "a", hold_long, &p);
	sim_run(sim);
	assert_false(sim->stopped);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abba),
		cmocka_unit_test(test_abba_twins),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_grace_period),
		cmocka_unit_test(test_ipi_ack),
		cmocka_unit_test(test_lost_wakeup),
		cmocka_unit_test(test_grace_period_inside_a_reader),
		cmocka_unit_test(test_long_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
