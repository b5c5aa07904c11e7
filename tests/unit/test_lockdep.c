// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lockdep.c - what the lock hooks keep: held locks, statistics, stalls, steps, findings.
 *
 * The hooks are called directly, at times the test chooses, so every figure is known exactly.
 */
#include "simtest.h"
#include "sim/lockdep.h"

struct fix {
	struct sim *sim;
	struct lockdep_map map, other;
	u32 flag;
	bool ok;
};

static void setup(struct fix *f, bool lock_stat, u32 class_flags)
{
	struct sim_config cfg = test_config(SCHED_FIFO);

	memset(f, 0, sizeof(*f));
	cfg.lock_stat = lock_stat;
	cfg.record_events = true;
	f->sim = test_sim(&cfg);
	lock_init_map(f->sim, &f->map, "mapping.invalidate_lock", class_flags);
	lock_init_map(f->sim, &f->other, "kvm->mmu_lock", class_flags | LOCKC_SPIN);
}

static struct lock_mode_stat stat_of(struct fix *f, const struct lockdep_map *map,
				     enum lock_mode mode)
{
	struct lock_mode_stat st;

	lock_stat_total(f->sim, map->class->id, mode, &st);
	return st;
}

/* Holds the lock from 100 to 1100, in operation "convert". */
static void holder(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	sim_cost(me, 100);
	sim_op_begin(me, "convert");
	lock_acquired(me, &f->map, LOCK_WRITE, false);
	sim_cost(me, 1000);
	lock_release(me, &f->map);
	sim_op_end(me, 0);
}

/* Wants it at 300, is told so three times, has it at 1100, keeps it until 1150. */
static void waiter(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	sim_sleep_until(me, 300);
	sim_op_begin(me, "touch");
	lock_contended(me, &f->map, LOCK_READ);
	lock_contended(me, &f->map, LOCK_READ);
	sim_sleep_until(me, 1100);
	lock_contended(me, &f->map, LOCK_READ);
	lock_acquired(me, &f->map, LOCK_READ, false);
	sim_cost(me, 50);
	lock_release(me, &f->map);
	sim_op_end(me, -EAGAIN);
}

static void figures_are_exact(void **state)
{
	struct lock_mode_stat r, w;
	struct task *h, *t;
	struct fix f;

	setup(&f, true, 0);
	h = spawn(f.sim, "vmm", holder, &f);
	t = spawn(f.sim, "vcpu0", waiter, &f);
	sim_run(f.sim);
	assert_int_equal(f.sim->nr_findings, 0);
	w = stat_of(&f, &f.map, LOCK_WRITE);
	r = stat_of(&f, &f.map, LOCK_READ);
	assert_int_equal(w.acquisitions, 1);
	assert_int_equal(w.contentions, 0);
	assert_null(w.wait);
	assert_int_equal(w.hold->count, 1);
	assert_int_equal(w.hold->max, 1000);
	assert_int_equal(w.longest.hold_ns, 1000);
	assert_int_equal(w.longest.at_ns, 100);
	assert_int_equal(w.longest.task, h->id);
	assert_string_equal(w.longest.op, "convert");
	assert_string_equal(w.longest.func, "holder");
	assert_int_equal(r.acquisitions, 1);
	assert_int_equal(r.contentions, 1); /* however often it was told */
	assert_int_equal(r.bounces, 1);	    /* another CPU had it last */
	assert_int_equal(r.wait->count, 1);
	assert_int_equal(r.wait->max, 800);
	assert_int_equal(r.hold->max, 50);
	assert_int_equal(t->stall.max_ns, 800);
	assert_int_equal(t->stall.at_ns, 300);
	assert_string_equal(t->stall.op, "touch");
	assert_ptr_equal(t->stall.class, f.map.class);
	assert_int_equal(t->stall.holder, h->id);
	assert_string_equal(t->stall.holder_op, "convert");
	assert_string_equal(t->stall.holder_func, "holder");
	assert_int_equal(h->stall.max_ns, 0);
	sim_destroy(f.sim);
}

static void operations_are_counted(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	spawn(f.sim, "vmm", holder, &f);
	spawn(f.sim, "vcpu0", waiter, &f);
	sim_run(f.sim);
	assert_int_equal(f.sim->nr_ops_stat, 2);
	assert_string_equal(f.sim->ops_stat[0]->op, "convert");
	assert_int_equal(f.sim->ops_stat[0]->count, 1);
	assert_int_equal(f.sim->ops_stat[0]->errors, 0);
	assert_int_equal(f.sim->ops_stat[0]->latency.max, 1000);
	assert_string_equal(f.sim->ops_stat[1]->op, "touch");
	assert_int_equal(f.sim->ops_stat[1]->errors, 1);
	assert_int_equal(f.sim->ops_stat[1]->latency.max, 850);
	sim_destroy(f.sim);
}

static void events_tell_the_story(void **state)
{
	static const struct {
		sim_ns at_ns;
		u32 task;
		u16 type;
		u64 a, b;
	} want[] = {
		{ 100, 0, EV_LOCK_ACQUIRE, LOCK_WRITE, 0 },
		{ 300, 1, EV_CONTENTION_BEGIN, LCB_F_READ, 0 },
		{ 1100, 0, EV_LOCK_RELEASE, LOCK_WRITE, 1000 },
		{ 1100, 1, EV_CONTENTION_END, 0, 800 },
		{ 1100, 1, EV_LOCK_ACQUIRE, LOCK_READ, 0 },
		{ 1150, 1, EV_LOCK_RELEASE, LOCK_READ, 50 },
	};
	struct fix f;
	u32 n = 0;

	setup(&f, true, 0);
	spawn(f.sim, "vmm", holder, &f);
	spawn(f.sim, "vcpu0", waiter, &f);
	sim_run(f.sim);
	for (size_t i = 0; i < f.sim->log.len; i++) {
		const struct sim_event *ev = &f.sim->log.ev[i];

		if (ev->type < EV_LOCK_ACQUIRE || ev->type > EV_CONTENTION_END)
			continue;
		assert_true(n < ARRAY_SIZE(want));
		assert_int_equal(ev->at_ns, want[n].at_ns);
		assert_int_equal(ev->task, want[n].task);
		assert_int_equal(ev->type, want[n].type);
		assert_int_equal(ev->obj, f.map.id);
		assert_int_equal(EV_LOCK_VALUE(ev->a), want[n].a);
		assert_int_equal(EV_LOCK_CLASS(ev->a), f.map.class->id);
		assert_int_equal(ev->b, want[n].b);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(want));
	sim_destroy(f.sim);
}

static void without_statistics_only_held_locks_are_kept(void **state)
{
	struct task *t;
	struct fix f;

	setup(&f, false, LOCKC_STEPS);
	spawn(f.sim, "vmm", holder, &f);
	t = spawn(f.sim, "vcpu0", waiter, &f);
	sim_run(f.sim);
	for (u32 m = 0; m < LOCK_NR_MODES; m++) {
		struct lock_mode_stat st = stat_of(&f, &f.map, m);

		assert_int_equal(st.acquisitions, 0);
		assert_null(st.hold);
		assert_null(st.wait);
	}
	assert_int_equal(t->stall.max_ns, 0);
	assert_int_equal(f.sim->nr_findings, 0);
	sim_destroy(f.sim);
}

static void held_asker(struct task *me, void *arg)
{
	struct fix *f = arg;
	bool ok = true;

	ok &= !lock_is_held(me, &f->map, LOCK_NR_MODES);
	lock_acquired(me, &f->map, LOCK_READ, true);
	ok &= lock_is_held(me, &f->map, LOCK_NR_MODES);
	ok &= lock_is_held(me, &f->map, LOCK_READ);
	ok &= !lock_is_held(me, &f->map, LOCK_WRITE);
	lock_acquired(me, &f->other, LOCK_WRITE, false);
	ok &= lock_is_held(me, &f->other, LOCK_WRITE);
	/* not in the order of acquisition */
	ok &= lock_release(me, &f->map);
	ok &= !lock_is_held(me, &f->map, LOCK_NR_MODES);
	ok &= lock_is_held(me, &f->other, LOCK_WRITE);
	ok &= me->nr_held == 1;
	ok &= lock_release(me, &f->other);
	f->ok = ok;
}

static void held_locks_are_known_by_mode(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	spawn(f.sim, "t", held_asker, &f);
	sim_run(f.sim);
	assert_true(f.ok);
	sim_destroy(f.sim);
}

static void not_mine(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	f->ok = !lock_release(me, &f->map);
	lock_acquired(me, &f->other, LOCK_WRITE, false);
	f->ok &= !lock_release(me, &f->map);
	lock_release(me, &f->other);
}

static void unlock_by_somebody_else_is_a_finding(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	spawn(f.sim, "t", not_mine, &f);
	sim_run(f.sim);
	assert_true(f.ok);
	assert_int_equal(findings(f.sim, "lock-order", 2), 2);
	assert_non_null(strstr(first_finding(f.sim, "lock-order"), "bad unlock balance detected!"));
	assert_non_null(strstr(first_finding(f.sim, "lock-order"), "mapping.invalidate_lock"));
	assert_non_null(strstr(first_finding(f.sim, "lock-order"), "at: not_mine"));
	assert_non_null(strstr(first_finding(f.sim, "lock-order"), "no more locks to release"));
	sim_destroy(f.sim);
}

static void forgets(struct task *me, void *arg)
{
	struct fix *f = arg;

	lock_acquired(me, &f->map, LOCK_WRITE, false);
	preempt_disable(me);
}

static void exit_with_a_lock_is_a_finding(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	spawn(f.sim, "t", forgets, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "lock-order", 2), 2);
	assert_non_null(strstr(first_finding(f.sim, "lock-order"), "still holds mapping.inval"));
	sim_destroy(f.sim);
}

/* Outer hold 0..1000: zap 100 + 50, an inner hold with a step of its own, and some without name. */
static void stepper(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	lock_acquired(me, &f->map, LOCK_WRITE, false);
	sim_step(me, "zap");
	sim_cost(me, 100);
	sim_step(me, "split");
	sim_cost(me, 300);
	lock_acquired(me, &f->other, LOCK_WRITE, false);
	sim_cost(me, 10); /* the outer hold's split goes on */
	sim_step(me, "flush");
	sim_cost(me, 40);
	lock_release(me, &f->other);
	sim_cost(me, 100);
	sim_step(me, "zap");
	sim_cost(me, 50);
	sim_step(me, NULL);
	sim_cost(me, 400);
	lock_release(me, &f->map);
	/* a shorter hold later must not overwrite the record */
	lock_acquired(me, &f->map, LOCK_WRITE, false);
	sim_step(me, "again");
	sim_cost(me, 5);
	lock_release(me, &f->map);
}

static void the_longest_hold_knows_its_steps(void **state)
{
	static const struct {
		const char *name;
		sim_ns ns;
		u64 count;
	} want[] = { { "zap", 150, 2 }, { "split", 410, 1 }, { "flush", 40, 1 } };
	struct lock_mode_stat outer, inner;
	struct fix f;

	setup(&f, true, LOCKC_STEPS);
	spawn(f.sim, "vmm", stepper, &f);
	sim_run(f.sim);
	outer = stat_of(&f, &f.map, LOCK_WRITE);
	inner = stat_of(&f, &f.other, LOCK_WRITE);
	assert_int_equal(outer.longest.hold_ns, 1000);
	assert_int_equal(outer.longest.nr_steps, ARRAY_SIZE(want));
	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(outer.longest.step[i].name, want[i].name);
		assert_int_equal(outer.longest.step[i].total_ns, want[i].ns);
		assert_int_equal(outer.longest.step[i].count, want[i].count);
	}
	assert_int_equal(inner.longest.hold_ns, 50);
	assert_int_equal(inner.longest.nr_steps, 1);
	assert_string_equal(inner.longest.step[0].name, "flush");
	assert_int_equal(inner.longest.step[0].total_ns, 40);
	assert_int_equal(outer.hold->count, 2);
	sim_destroy(f.sim);
}

static void aborter(struct task *me, void *arg)
{
	struct fix *f = arg;

	lock_contended(me, &f->map, LOCK_WRITE);
	sim_sleep(me, 700);
	lock_wait_abort(me, &f->map, -EINTR);
	f->ok = me->wait.class == NULL && me->nr_held == 0;
}

static void giving_up_is_a_wait_but_no_acquisition(void **state)
{
	struct lock_mode_stat st;
	struct task *t;
	struct fix f;

	setup(&f, true, 0);
	t = spawn(f.sim, "t", aborter, &f);
	sim_run(f.sim);
	st = stat_of(&f, &f.map, LOCK_WRITE);
	assert_true(f.ok);
	assert_int_equal(st.contentions, 1);
	assert_int_equal(st.acquisitions, 0);
	assert_int_equal(st.wait->max, 700);
	assert_int_equal(t->stall.max_ns, 700);
	sim_destroy(f.sim);
}

/* In the way from 100 on, without a lock. */
static void in_the_way(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	sim_cost(me, 100);
	sim_op_begin(me, "punch");
	lock_set_owner(me, &f->map);
	sim_cost(me, 1000);
	sim_op_end(me, 0);
}

/* Tries at 300, 400, ... and gets through at 900; waits for another lock from 500 to 550. */
static void retries(struct task *me, void *arg)
{
	struct fix *f = arg;

	SIM_FRAME(me);
	sim_op_begin(me, "touch");
	lock_retry_end(me, 0); /* nothing has begun */
	for (sim_sleep_until(me, 300); sim_now(me) < 900; sim_cost(me, 100)) {
		lock_retry_begin(me, &f->map);
		if (sim_now(me) != 500)
			continue;
		lock_contended(me, &f->other, LOCK_WRITE);
		sim_cost(me, 50);
		lock_wait_abort(me, &f->other, 0);
	}
	lock_retry_end(me, 0);
	f->ok = !me->retry.class && !me->wait.class;
	sim_op_end(me, 0);
}

static void a_retry_loop_is_one_wait(void **state)
{
	struct fix f;
	struct lock_mode_stat st;
	const struct stall *stall;

	setup(&f, true, LOCKC_WAITQ);
	spawn(f.sim, "vmm", in_the_way, &f);
	spawn(f.sim, "vcpu", retries, &f);
	sim_run(f.sim);
	assert_true(f.ok);
	st = stat_of(&f, &f.map, LOCK_READ);
	assert_int_equal(st.contentions, 1);
	assert_int_equal(st.acquisitions, 0);
	assert_int_equal(st.wait->total, f.sim->tasks[1]->stall.max_ns);
	stall = &f.sim->tasks[1]->stall;
	assert_in_range(stall->max_ns, 600, 700);
	assert_ptr_equal(stall->class, f.map.class);
	assert_int_equal(stall->holder, 0);
	assert_string_equal(stall->holder_op, "punch");
	assert_int_equal(stat_of(&f, &f.other, LOCK_WRITE).wait->total, 50);
	sim_destroy(f.sim);
}

static void classes_are_found_by_name(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	assert_ptr_equal(lock_class_get(f.sim, "kvm->mmu_lock", 0), f.other.class);
	assert_ptr_not_equal(lock_class_get(f.sim, "kvm->srcu", 0), f.other.class);
	assert_int_not_equal(f.map.id, f.other.id);
	sim_destroy(f.sim);
}

static void sleeps_in_atomic(struct task *me, void *arg)
{
	preempt_disable(me);
	might_sleep(me);
	preempt_enable(me);
	might_sleep(me);
}

static void sleeping_in_atomic_is_a_finding(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	spawn(f.sim, "t", sleeps_in_atomic, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "lock-order", 1), 1);
	assert_non_null(strstr(first_finding(f.sim, "lock-order"),
			       "sleeping function called from invalid context"));
	sim_destroy(f.sim);
}

static void parks_in_atomic(struct task *me, void *arg)
{
	preempt_disable(me);
	sim_sleep(me, 10);
	preempt_enable(me);
}

static void scheduling_while_atomic_is_a_finding(void **state)
{
	for (u32 s = 0; s < 2; s++) {
		struct sim_config cfg = test_config((enum sched_policy)s);
		struct sim *sim = test_sim(&cfg);

		spawn(sim, "t", parks_in_atomic, NULL);
		sim_run(sim);
		assert_int_equal(findings(sim, "lock-order", 1), 1);
		assert_non_null(strstr(first_finding(sim, "lock-order"),
				       "scheduling while atomic"));
		sim_destroy(sim);
	}
}

static void tries(struct task *me, void *arg)
{
	u32 *failed = arg;

	for (u32 i = 0; i < 1000; i++)
		*failed += sim_should_fail(me, "alloc");
}

static void fails_second_alloc(struct task *me, void *arg)
{
	u32 *failed = arg;

	me->fail_site = "alloc";
	me->fail_nth = 2;
	for (u32 i = 0; i < 5; i++) {
		*failed += sim_should_fail(me, "other") ? 100 : 0;
		*failed += sim_should_fail(me, "alloc") ? 1u << i : 0;
	}
}

static void failures_come_by_choice_or_by_order(void **state)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim = test_sim(&cfg);
	u32 failed = 0;

	spawn(sim, "t", tries, &failed);
	sim_run(sim);
	assert_int_equal(failed, 0);
	sim_destroy(sim);
	cfg.fail_one_in = 10;
	sim = test_sim(&cfg);
	spawn(sim, "t", tries, &failed);
	sim_run(sim);
	assert_in_range(failed, 60, 140);
	sim_destroy(sim);
	cfg.fail_one_in = 0;
	failed = 0;
	sim = test_sim(&cfg);
	spawn(sim, "t", fails_second_alloc, &failed);
	sim_run(sim);
	assert_int_equal(failed, 1u << 1);
	sim_destroy(sim);
}

static void reporter(struct task *me, void *arg)
{
	for (u32 i = 0; i < 500; i++) {
		sim_finding(me->sim, me, "refcount", "the same");
		sim_finding(me->sim, me, "errno", "another %u", i);
	}
}

static void findings_are_counted_once_and_capped(void **state)
{
	struct fix f;

	setup(&f, true, 0);
	spawn(f.sim, "t", reporter, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "refcount", 1), 1);
	assert_int_equal(f.sim->findings[0].count, 500);
	assert_in_range(f.sim->nr_findings, 100, 400);
	assert_true(sim_has_finding(f.sim, "errno"));
	assert_false(sim_has_finding(f.sim, "deadlock"));
	sim_destroy(f.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_exact),
		cmocka_unit_test(operations_are_counted),
		cmocka_unit_test(events_tell_the_story),
		cmocka_unit_test(without_statistics_only_held_locks_are_kept),
		cmocka_unit_test(held_locks_are_known_by_mode),
		cmocka_unit_test(unlock_by_somebody_else_is_a_finding),
		cmocka_unit_test(exit_with_a_lock_is_a_finding),
		cmocka_unit_test(the_longest_hold_knows_its_steps),
		cmocka_unit_test(giving_up_is_a_wait_but_no_acquisition),
		cmocka_unit_test(a_retry_loop_is_one_wait),
		cmocka_unit_test(classes_are_found_by_name),
		cmocka_unit_test(sleeping_in_atomic_is_a_finding),
		cmocka_unit_test(scheduling_while_atomic_is_a_finding),
		cmocka_unit_test(failures_come_by_choice_or_by_order),
		cmocka_unit_test(findings_are_counted_once_and_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
