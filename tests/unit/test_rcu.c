// SPDX-License-Identifier: GPL-2.0-only
/*
 * RCU in the virtual engine: what a grace period waits for, when and in which order callbacks run.
 */
#include "tests/unit/locktest.h"

#include "sim/mutex.h"
#include "sim/rcu.h"

#define NR_CB	  8
#define NR_PROBES 5

struct cb {
	struct sim_rcu_head head;
	u32 nr;
};

struct rec {
	struct cb cb[NR_CB];
	u32 order[NR_CB];
	u32 nr_run;
	u32 seen[NR_PROBES]; /* callbacks run by then */
	u32 at_once;	     /* after a call_rcu() that nobody stood in the way of */
	sim_ns sync_ns;
	struct mutex m;
	char how;
};

static void callback(struct sim *sim, struct sim_rcu_head *head)
{
	struct rec *r = sim->model;

	r->order[r->nr_run++] = container_of(head, struct cb, head)->nr;
}

/* A callback has no task and so no clock: somebody looks in now and then. */
static void probe_fn(struct task *me, void *arg)
{
	static const u64 at_us[NR_PROBES] = { 99, 101, 199, 201, 299 };
	struct rec *r = arg;

	for (u32 i = 0; i < NR_PROBES; i++) {
		lt_until(me, at_us[i]);
		r->seen[i] = r->nr_run;
	}
}

static void call(struct task *me, struct rec *r, u32 nr)
{
	r->cb[nr].nr = nr;
	call_rcu(me, &r->cb[nr].head, callback);
}

/* One reader 0..100, nested; one 30..200. */
static void reader_fn(struct task *me, void *arg)
{
	if (me->id == 0) {
		rcu_read_lock(me);
		sim_cost(me, 10 * US);
		rcu_read_lock(me);
		sim_cost(me, 40 * US);
		rcu_read_unlock(me);
		sim_cost(me, 50 * US);
		rcu_read_unlock(me);
	} else {
		lt_until(me, 30);
		rcu_read_lock(me);
		sim_cost(me, 170 * US);
		rcu_read_unlock(me);
	}
}

static void updater_fn(struct task *me, void *arg)
{
	struct rec *r = arg;

	lt_until(me, 20);
	call(me, r, 0);
	call(me, r, 1);
	lt_until(me, 40);
	call(me, r, 2);
	lt_until(me, 300);
	call(me, r, 3); /* nobody reads */
	r->at_once = r->nr_run;
}

static void sync_fn(struct task *me, void *arg)
{
	struct rec *r = arg;

	lt_until(me, 25);
	synchronize_rcu(me);
	r->sync_ns = sim_now(me);
}

static struct sim *rec_sim(struct rec *r)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);

	memset(r, 0, sizeof(*r));
	sim->model = r;
	mutex_init(sim, &r->m, "m");
	return sim;
}

/* G1, G3: callbacks run in order, when the last section open at call_rcu() ends. */
static void test_callbacks(void **state)
{
	struct rec r;
	struct sim *sim = rec_sim(&r);

	sim_task_create(sim, "reader0", ACTOR_KERNEL, reader_fn, &r, -1);
	sim_task_create(sim, "reader1", ACTOR_KERNEL, reader_fn, &r, -1);
	sim_task_create(sim, "updater", ACTOR_KERNEL, updater_fn, &r, -1);
	sim_task_create(sim, "sync", ACTOR_KERNEL, sync_fn, &r, -1);
	sim_task_create(sim, "probe", ACTOR_KERNEL, probe_fn, &r, -1);
	sim_run(sim);
	lt_no_findings(sim);
	assert_int_equal(r.nr_run, 4);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(r.order[i], i);
	for (u32 i = 0; i < NR_PROBES; i++)
		assert_int_equal(r.seen[i], ((const u32[]){ 0, 2, 2, 3, 3 }[i]));
	assert_int_equal(r.at_once, 4);
	/* began at 25: the section of 30..200 is not its business */
	assert_int_equal(r.sync_ns, 100 * US);
	sim_destroy(sim);
}

/* The grace period outlives the task that asked for it. */
static void late_fn(struct task *me, void *arg)
{
	call(me, arg, 0);
}

static void open_reader_fn(struct task *me, void *arg)
{
	rcu_read_lock(me);
	sim_cost(me, 100 * US);
	rcu_read_unlock(me);
}

static void test_callback_after_its_caller_exited(void **state)
{
	struct rec r;
	struct sim *sim = rec_sim(&r);

	sim_task_create(sim, "reader", ACTOR_KERNEL, open_reader_fn, &r, -1);
	sim_task_create(sim, "late", ACTOR_KERNEL, late_fn, &r, -1);
	sim_task_create(sim, "probe", ACTOR_KERNEL, probe_fn, &r, -1);
	sim_run(sim);
	lt_no_findings(sim);
	assert_int_equal(r.seen[0], 0);
	assert_int_equal(r.seen[1], 1);
	sim_destroy(sim);
}

/* G2: synchronize_rcu() inside a section, and sleeping inside one. */
static void misuse_fn(struct task *me, void *arg)
{
	struct rec *r = arg;

	rcu_read_lock(me);
	if (r->how == '-')
		rcu_read_unlock(me);
	if (r->how == 'm')
		mutex_lock(me, &r->m);
	else
		synchronize_rcu(me);
	if (r->how == 'm')
		mutex_unlock(me, &r->m);
	if (r->how != '-')
		rcu_read_unlock(me);
}

static void test_misuse(void **state)
{
	for (const char *how = "sm-"; *how; how++) {
		struct rec r;
		struct sim *sim = rec_sim(&r);

		r.how = *how;
		sim_task_create(sim, "t", ACTOR_KERNEL, misuse_fn, &r, -1);
		sim_run(sim);
		if (*how == 's')
			assert_true(sim_has_finding(sim, "deadlock"));
		else if (*how == 'm')
			assert_true(sim_has_finding(sim, "lock-order"));
		else
			lt_no_findings(sim);
		sim_destroy(sim);
	}
}

/* Random schedules: no reader sees an object that has been freed. */
struct publish {
	u32 obj, current_gen, freed_gen, bad, called;
	struct cb cb[3];
};

static void publish_free(struct sim *sim, struct sim_rcu_head *head)
{
	struct publish *p = sim->model;
	u32 gen = container_of(head, struct cb, head)->nr;

	p->freed_gen = max(p->freed_gen, gen);
	p->called++;
}

static void publish_reader_fn(struct task *me, void *arg)
{
	struct publish *p = arg;

	for (int i = 0; i < 4; i++) {
		u32 gen;

		rcu_read_lock(me);
		sim_point(me, p->obj, SIM_READ);
		gen = p->current_gen;
		sim_point(me, p->obj, SIM_READ);
		p->bad += gen <= p->freed_gen;
		rcu_read_unlock(me);
	}
}

static void publish_updater_fn(struct task *me, void *arg)
{
	struct publish *p = arg;

	for (u32 i = 0; i < 3; i++) {
		u32 old = p->current_gen;

		sim_point(me, p->obj, SIM_WRITE);
		p->current_gen = old + 1;
		if (i == 1) {
			synchronize_rcu(me);
			p->freed_gen = max(p->freed_gen, old);
			p->called++;
			continue;
		}
		p->cb[i].nr = old;
		call_rcu(me, &p->cb[i].head, publish_free);
	}
}

static void test_stress(void **state)
{
	for (u64 seed = 0; seed < 2000; seed++) {
		struct publish p = { .current_gen = 1 };
		struct sim_config cfg = lt_config();
		struct sim *sim;

		cfg.seed = seed;
		cfg.sched = SCHED_RANDOM;
		cfg.pool = lt_pool();
		sim = sim_create(&cfg);
		sim->model = &p;
		p.obj = sim_new_obj(sim);
		sim_task_create(sim, "r0", ACTOR_KERNEL, publish_reader_fn, &p, -1);
		sim_task_create(sim, "u", ACTOR_KERNEL, publish_updater_fn, &p, -1);
		sim_task_create(sim, "r1", ACTOR_KERNEL, publish_reader_fn, &p, -1);
		sim_run(sim);
		lt_no_findings(sim);
		assert_int_equal(p.bad, 0);
		assert_int_equal(p.called, 3);
		assert_int_equal(p.freed_gen, 3);
		sim_destroy(sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_callback_after_its_caller_exited),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
