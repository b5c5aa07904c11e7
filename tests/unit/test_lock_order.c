// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of lock classes: each case is two strings, of what two tasks do one after the other so
 * that nothing ever waits, and the number of findings that it has to come to.
 *
 *	a b c	mutexes, taken		A B C	released
 *	x y	the same by trylock	X Y
 *	r	an rwsem for reading	R	released
 *	s	SRCU section		S	left
 *	g	grace period of that SRCU
 *	f	a bit lock		F
 *	p q	spinlocks		P Q
 *	u	an rwlock for reading	U	v for writing	V
 *	( )	a hardirq's handler	[ ]	a softirq's
 *	{ }	interrupts off and on	< >	softirqs off and on
 *	m	might_sleep(), as an allocation with GFP_KERNEL does
 *	i	RCU section		I
 */
#include "tests/unit/locktest.h"

#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"

struct locks {
	struct mutex m[3];
	struct spinlock spin[2];
	struct rwlock rw;
	struct rw_semaphore sem;
	struct srcu_struct srcu;
	struct bit_wait_table bits;
	u32 word;
	u32 idx;
	const char *todo[2];
	u32 obj;
};

static void bit_step(struct task *me, struct locks *l, char c)
{
	if (c == 'f')
		bit_lock(me, &l->bits, &l->word, 0, l->obj);
	else
		bit_unlock(me, &l->bits, &l->word, 0, l->obj);
}

static void spin_step(struct task *me, struct locks *l, char c)
{
	switch (c) {
	case 'p' ... 'q':
		spin_lock(me, &l->spin[c - 'p']);
		break;
	case 'P' ... 'Q':
		spin_unlock(me, &l->spin[c - 'P']);
		break;
	case 'u':
		read_lock(me, &l->rw);
		break;
	case 'U':
		read_unlock(me, &l->rw);
		break;
	case 'v':
		write_lock(me, &l->rw);
		break;
	case 'V':
		write_unlock(me, &l->rw);
		break;
	default:
		bit_step(me, l, c);
	}
}

static void context_step(struct task *me, struct locks *l, char c)
{
	switch (c) {
	case '(':
		irq_enter(me);
		break;
	case ')':
		irq_exit(me);
		break;
	case '[':
		softirq_enter(me);
		break;
	case ']':
		softirq_exit(me);
		break;
	case '{':
		local_irq_disable(me);
		break;
	case '}':
		local_irq_enable(me);
		break;
	case '<':
		local_bh_disable(me);
		break;
	case '>':
		local_bh_enable(me);
		break;
	case 'm':
		might_sleep(me);
		break;
	case 'i':
		rcu_read_lock(me);
		break;
	case 'I':
		rcu_read_unlock(me);
		break;
	default:
		spin_step(me, l, c);
	}
}

static void one_step(struct task *me, struct locks *l, char c)
{
	switch (c) {
	case 'a' ... 'c':
		mutex_lock(me, &l->m[c - 'a']);
		break;
	case 'A' ... 'C':
		mutex_unlock(me, &l->m[c - 'A']);
		break;
	case 'x' ... 'y':
		mutex_trylock(me, &l->m[c - 'x']);
		break;
	case 'X' ... 'Y':
		mutex_unlock(me, &l->m[c - 'X']);
		break;
	case 'r':
		down_read(me, &l->sem);
		break;
	case 'R':
		up_read(me, &l->sem);
		break;
	case 's':
		l->idx = srcu_read_lock(me, &l->srcu);
		break;
	case 'S':
		srcu_read_unlock(me, &l->srcu, l->idx);
		break;
	case 'g':
		synchronize_srcu(me, &l->srcu);
		break;
	default:
		context_step(me, l, c);
	}
}

/* The second task begins when the first has long been done. */
static void actor(struct task *me, void *arg)
{
	struct locks *l = arg;

	sim_sleep(me, me->id * NSEC_PER_MS);
	for (const char *c = l->todo[me->id]; *c; c++)
		one_step(me, l, *c);
}

static u32 findings(const char *first, const char *second, bool checks)
{
	struct sim_config cfg = lt_config();
	struct sim *sim;
	struct locks l = { .todo = { first, second } };
	u32 nr;

	cfg.checks = checks;
	sim = sim_create(&cfg);
	mutex_init(sim, &l.m[0], "a");
	mutex_init(sim, &l.m[1], "b");
	mutex_init(sim, &l.m[2], "c");
	init_rwsem(sim, &l.sem, "r", 0);
	spin_lock_init(sim, &l.spin[0], "p");
	spin_lock_init(sim, &l.spin[1], "q");
	rwlock_init(sim, &l.rw, "u");
	init_srcu_struct(sim, &l.srcu, "s");
	bit_wait_table_init(sim, &l.bits, "f");
	l.obj = sim_new_obj(sim);
	sim_task_create(sim, "first", ACTOR_KERNEL, actor, &l, -1);
	sim_task_create(sim, "second", ACTOR_KERNEL, actor, &l, -1);
	sim_run(sim);
	nr = sim->nr_findings;
	for (u32 i = 0; i < nr; i++) {
		bool now = strstr(sim->findings[i].message, "sleeping function");

		assert_string_equal(sim->findings[i].rule, "lock-order");
		assert_int_equal(sim->findings[i].kind, now ? FINDING_HAPPENED : FINDING_PREDICTED);
	}
	sim_destroy(sim);
	return nr;
}

static const struct {
	const char *first, *second;
	u32 nr;
	bool always; /* with checks off, too */
} cases[] = {
	/* inversions, and the same in one order */
	{ "abBA", "baAB", 1 },
	{ "abBA", "abBA", 0 },
	{ "abBA", "bBaA", 0 },
	/* of three, and across what is held in between */
	{ "abBAbcCB", "caAC", 1 },
	{ "abcCBA", "caAC", 1 },
	{ "abBAbcCB", "acCA", 0 },
	/* readers count, too */
	{ "arRA", "raAR", 1 },
	/* a trylock cannot wait; but with one held others can */
	{ "abBA", "bxXB", 0 },
	{ "xbBX", "baAB", 1 },
	/* a section waits for nobody, a grace period for the section */
	{ "saAS", "asSA", 0 },
	{ "saAS", "agA", 1 },
	{ "aAsS", "agA", 0 },
	/* the section hides nothing that is below it */
	{ "asbBSA", "baAB", 1 },
	/* bits are not looked at, and hide nothing either */
	{ "afFA", "faAF", 0 },
	{ "afbBFA", "baAB", 1 },
	/* one class in a handler and with interrupts on; off, it is fine */
	{ "(pP)", "pP", 1 },
	{ "pP", "(pP)", 1 },
	{ "(pP)", "{pP}", 0 },
	{ "{pP}pP", "(pP)", 1 },
	{ "[pP]", "pP", 1 },
	{ "pP", "[pP]", 1 },
	{ "[pP]", "<pP>", 0 },
	{ "[pP]", "{pP}", 0 },
	/* a softirq runs with interrupts on; a hardirq interrupts it, not the other way round */
	{ "[pP]", "(pP)", 1 },
	{ "[{pP}]", "(pP)", 0 },
	/* interrupts come on while the lock is held */
	{ "(pP)", "{p}P", 1 },
	{ "[pP]", "<p>P", 1 },
	/* readers do not stand in each other's way */
	{ "(uU)", "uU", 0 },
	{ "(uU)", "vV", 1 },
	{ "(vV)", "uU", 1 },
	/* a trylock in a handler cannot wait; a lock that is held in the handler's place can */
	{ "(xX)", "aA", 0 },
	/* two classes: what is taken in a handler comes before what is held with interrupts on */
	{ "(pP){pqQP}", "qQ", 1 },
	{ "qQ{pqQP}", "(pP)", 1 },
	{ "{pqQP}(pP)", "qQ", 1 },
	{ "(pP){pqQP}", "{qQ}", 0 },
	{ "(pP){qpPQ}", "qQ", 0 },
	{ "[pP]<pqQP>", "qQ", 1 },
	{ "[pP]<pqQP>", "<qQ>", 0 },
	/* the handler's locks are not ordered with those of whom it interrupts, but by that rule */
	{ "q(pP)Q", "{pP}", 0 },
	{ "q(pP)Q", "{pqQP}", 1 },
	/* sleeping in atomic context of each kind, and the same in none */
	{ "m", "aAm", 0 },
	{ "pmP", "pPm", 1, true },
	{ "vmV", "vVm", 1, true },
	{ "umU", "uUm", 1, true },
	{ "{m}", "{}m", 1, true },
	{ "<m>", "<>m", 1, true },
	{ "(m)", "()m", 1, true },
	{ "[m]", "[]m", 1, true },
	{ "imI", "iIm", 1, true },
	{ "paAP", "aA", 1, true },
	{ "smS", "rmR", 0 },
};

static void test_orders(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 nr = findings(cases[i].first, cases[i].second, true);

		if (nr != cases[i].nr)
			print_message("# %s, %s: %u findings\n", cases[i].first, cases[i].second,
				      nr);
		assert_int_equal(nr, cases[i].nr);
		assert_int_equal(findings(cases[i].first, cases[i].second, false),
				 cases[i].always ? nr : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
	};

	return cmocka_run_group_tests_name("lock_order", tests, NULL, NULL);
}
