// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_planted.c - planted bugs, each of which has to be caught, and a clean twin.
 *
 * "torture_planted --plant NAME" runs one of them and tells by its exit status whether the checkers
 * or the simulation's findings noticed (1) or not (0); ThreadSanitizer makes that 66.  Without
 * arguments the program is the test: it runs itself once per plant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "sim/atomic.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/wait.h"
#include "tests/torture/torture.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TORTURE_TSAN true
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define TORTURE_TSAN true
#endif
#ifndef TORTURE_TSAN
#define TORTURE_TSAN false
#endif

#define CAUGHT	    1
#define CAUGHT_TSAN 66
#define RCU_GOOD    0x900dull
#define RCU_STALE   0xbadull

static struct spinlock good;
static struct mutex mutex;
static struct rw_semaphore sem;
static struct rwlock rwlock;
static struct bit_wait_table table;
static u32 bits, word, serving;
static u64 *published;

static void setup(struct torture *t)
{
	spin_lock_init(t->sim, &good, "good_lock");
	mutex_init(t->sim, &mutex, "mutex");
	init_rwsem(t->sim, &sem, "rwsem", 0);
	rwlock_init(t->sim, &rwlock, "rwlock");
	bit_wait_table_init(t->sim, &table, "bitlock");
	published = sim_alloc(t->sim, sizeof(*published));
	*published = RCU_GOOD;
}

/* The twin: nothing is wrong. */
static void op_none(struct task *me, struct torture_worker *w)
{
	spin_lock(me, &good);
	torture_write(w, 0);
	spin_unlock(me, &good);
}

/* The lock is forgotten now and then. */
static void op_race(struct task *me, struct torture_worker *w)
{
	bool forget = torture_rand(w, 8) == 0;

	if (!forget)
		spin_lock(me, &good);
	torture_write(w, 0);
	if (!forget)
		spin_unlock(me, &good);
}

/* A lock that tests, and then sets. */
static void op_broken(struct task *me, struct torture_worker *w)
{
	while (READ_ONCE(me, 0, word))
		__builtin_ia32_pause();
	WRITE_ONCE(me, 0, word, 1);
	torture_write(w, 0);
	WRITE_ONCE(me, 0, word, 0);
}

/*
 * A lock that excludes but orders nothing: no harm on x86, a race by the language's rules.  It goes
 * round in order, so that each section follows closely on one of another task's, while
 * ThreadSanitizer still remembers that.
 */
static void op_ordering(struct task *me, struct torture_worker *w)
{
	u32 ticket = __atomic_fetch_add(&word, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&serving, __ATOMIC_RELAXED) != ticket)
		sim_sleep(me, 0);
	torture_write(w, 0);
	__atomic_store_n(&serving, ticket + 1, __ATOMIC_RELAXED);
}

/* An object is overwritten without waiting for the readers that still see it. */
static void op_rcu(struct task *me, struct torture_worker *w)
{
	u64 *fresh, *old;

	if (torture_rand(w, 8)) {
		rcu_read_lock(me);
		old = rcu_dereference(published);
		torture_dawdle(w);
		if (*old != RCU_GOOD)
			__atomic_add_fetch(&w->t->violations, 1, __ATOMIC_RELAXED);
		rcu_read_unlock(me);
		return;
	}
	fresh = sim_alloc(me->sim, sizeof(*fresh));
	*fresh = RCU_GOOD;
	spin_lock(me, &good);
	old = published;
	rcu_assign_pointer(published, fresh);
	*old = RCU_STALE; /* too early */
	spin_unlock(me, &good);
}

/* Who has not taken a lock gives it up: a finding, and the lock stays sound. */
static void op_unlock(struct task *me, struct torture_worker *w)
{
	switch (torture_rand(w, 32)) {
	case 0:
		spin_unlock(me, &good);
		break;
	case 1:
		mutex_unlock(me, &mutex);
		break;
	case 2:
		up_write(me, &sem);
		break;
	case 3:
		write_unlock(me, &rwlock);
		break;
	case 4:
		bit_unlock(me, &table, &bits, 0, 1);
		break;
	default:
		op_none(me, w);
		break;
	}
}

static const struct plant {
	/* constant */
	const char *name;
	void (*op)(struct task *me, struct torture_worker *w);
	bool tsan_only;
} plants[] = {
	{"none", op_none, false},	 {"race", op_race, false},
	{"broken", op_broken, false},	 {"ordering", op_ordering, true},
	{"grace-period", op_rcu, false}, {"unlock", op_unlock, false},
};

/* One finding per lock, and nothing lost in the cells. */
static bool unlocks_found(const struct torture *t)
{
	static const char *const locks[] = {"good_lock", "mutex", "rwsem", "rwlock", "bitlock"};
	const struct sim *sim = t->sim;
	u32 found = 0;

	for (u32 k = 0; k < ARRAY_SIZE(locks); k++) {
		for (u32 i = 0; i < sim->nr_findings; i++) {
			const struct sim_finding *f = &sim->findings[i];

			if (strcmp(f->rule, "lock-order") == 0 &&
			    strstr(f->message, "bad unlock balance") &&
			    strstr(f->message, locks[k])) {
				found++;
				break;
			}
		}
	}
	return found == ARRAY_SIZE(locks) && torture_lost(t) == 0;
}

static int run_plant(const struct plant *p)
{
	static struct torture t;
	const struct torture_ops ops = {p->name, setup, p->op, NULL};
	bool caught;

	torture_parse(&t, 0, NULL);
	t.ms = 300;
	t.nr_tasks = 4;
	t.perturb = 8;
	torture_run(&t, &ops);
	if (p->op == op_unlock)
		caught = unlocks_found(&t);
	else
		caught = torture_lost(&t) != 0 || t.sim->nr_findings != 0;
	sim_destroy(t.sim);
	return caught ? CAUGHT : 0;
}

struct child {
	/* constant */
	const char *program;
	const struct plant *plant;
};

/* Run the plant by itself.  Return: its exit status. */
static int run_child(const struct child *c, bool *tsan_spoke)
{
	char line[4096];
	int status;
	FILE *out;

	snprintf(line, sizeof(line), "'%s' --plant %s 2>&1", c->program, c->plant->name);
	out = popen(line, "r");
	assert_non_null(out);
	while (fgets(line, sizeof(line), out))
		*tsan_spoke |= strstr(line, "ThreadSanitizer: data race") != NULL;
	status = pclose(out);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_plant(void **state)
{
	const struct child *c = *state;
	bool tsan = TORTURE_TSAN && c->plant->op != op_unlock && c->plant->op != op_none;
	bool tsan_spoke = false;
	int expected = tsan ? CAUGHT_TSAN : c->plant->op == op_none ? 0 : CAUGHT;
	int status = -1;

	/* a crowded machine may not let the tasks meet: ask again, but only those that race */
	for (u32 i = 0; i < (c->plant->op == op_none ? 1 : 3) && status != expected; i++)
		status = run_child(c, &tsan_spoke);
	assert_int_equal(status, expected);
	assert_int_equal(tsan_spoke, tsan);
}

int main(int argc, char **argv)
{
	struct child child[ARRAY_SIZE(plants)];
	struct CMUnitTest tests[ARRAY_SIZE(plants)] = {};
	u32 nr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(plants); i++) {
		if (argc == 3 && strcmp(argv[1], "--plant") == 0 &&
		    strcmp(argv[2], plants[i].name) == 0)
			return run_plant(&plants[i]);
		if (plants[i].tsan_only && !TORTURE_TSAN)
			continue; /* nothing but ThreadSanitizer can see it */
		child[i] = (struct child){.program = argv[0], .plant = &plants[i]};
		tests[nr].name = plants[i].name;
		tests[nr].test_func = test_plant;
		tests[nr++].initial_state = &child[i];
	}
	if (argc > 1)
		return 64;
	return _cmocka_run_group_tests("planted", tests, nr, NULL, NULL);
}
