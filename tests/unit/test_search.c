// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_search.c - the search scheduler: who may be picked when, what an explorer is told, and that
 * a tape repeats a run.
 */
#include "simtest.h"
#include "sim/atomic.h"
#include "sim/explore.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"

struct fix {
	struct sim *sim;
	struct mutex a, b;
	struct spinlock spin;
	struct rwlock rw;
	struct rw_semaphore sem;
	struct srcu_struct srcu;
	struct bit_wait_table table;
	struct wait_queue_head wq;
	u32 word;
	u32 inside, readers;
	bool broken;
	u32 ready;
	u32 x, y;
	int ret;
	u32 n;
};

static struct sim *fix_sim(struct fix *f, struct sim_config *cfg)
{
	memset(f, 0, sizeof(*f));
	f->sim = test_sim(cfg);
	mutex_init(f->sim, &f->a, "a");
	mutex_init(f->sim, &f->b, "b");
	spin_lock_init(f->sim, &f->spin, "spin");
	rwlock_init(f->sim, &f->rw, "rw");
	init_rwsem(f->sim, &f->sem, "sem", 0);
	init_srcu_struct(f->sim, &f->srcu, "srcu");
	bit_wait_table_init(f->sim, &f->table, "bit");
	init_waitqueue_head(f->sim, &f->wq, "wq");
	return f->sim;
}

static void hold(struct task *me, struct fix *f, bool shared)
{
	f->broken |= f->inside || (!shared && f->readers);
	*(shared ? &f->readers : &f->inside) += 1;
	sim_point(me, 99, SIM_READ);
	*(shared ? &f->readers : &f->inside) -= 1;
}

static void all_locks(struct task *me, void *arg)
{
	struct fix *f = arg;
	u32 idx;

	for (u32 i = 0; i < 2; i++) {
		mutex_lock(me, &f->a);
		hold(me, f, false);
		mutex_unlock(me, &f->a);
		spin_lock(me, &f->spin);
		f->x++;
		spin_unlock(me, &f->spin);
		read_lock(me, &f->rw);
		sim_point(me, 98, SIM_READ);
		read_unlock(me, &f->rw);
		write_lock(me, &f->rw);
		sim_point(me, 98, SIM_READ);
		f->y++;
		write_unlock(me, &f->rw);
		down_read(me, &f->sem);
		sim_point(me, 97, SIM_READ);
		up_read(me, &f->sem);
		if (down_write_trylock(me, &f->sem))
			up_write(me, &f->sem);
		down_write(me, &f->sem);
		sim_point(me, 97, SIM_READ);
		up_write(me, &f->sem);
		bit_lock(me, &f->table, &f->word, 0, 1000);
		sim_point(me, 97, SIM_READ);
		bit_unlock(me, &f->table, &f->word, 0, 1000);
		idx = srcu_read_lock(me, &f->srcu);
		srcu_read_unlock(me, &f->srcu, idx);
		rcu_read_lock(me);
		sim_point(me, 96, SIM_READ);
		rcu_read_unlock(me);
		if (me->id == 0) {
			synchronize_rcu(me);
			synchronize_srcu(me, &f->srcu);
		}
	}
	f->n++;
}

static void every_lock_works(void **state)
{
	for (u64 seed = 0; seed < 100; seed++) {
		struct sim_config cfg = test_config(SCHED_SEARCH);
		struct fix f;

		cfg.seed = seed;
		fix_sim(&f, &cfg);
		for (u32 i = 0; i < 4; i++)
			spawn(f.sim, "t", all_locks, &f);
		sim_run(f.sim);
		assert_int_equal(f.sim->nr_findings, 0);
		assert_int_equal(f.n, 4);
		assert_int_equal(f.x, 8);
		assert_int_equal(f.y, 8);
		assert_false(f.broken);
		sim_destroy(f.sim);
	}
}

static void tape_repeats_a_run(void **state)
{
	struct sim_config cfg = test_config(SCHED_SEARCH);
	struct choice *tape;
	struct fix f;
	size_t len;
	u64 print;

	cfg.record_tape = true;
	cfg.seed = 7;
	fix_sim(&f, &cfg);
	for (u32 i = 0; i < 4; i++)
		spawn(f.sim, "t", all_locks, &f);
	sim_run(f.sim);
	print = f.sim->fingerprint;
	len = f.sim->tape.rec_len;
	tape = malloc(len * sizeof(*tape));
	assert_non_null(tape);
	memcpy(tape, f.sim->tape.rec, len * sizeof(*tape));
	sim_destroy(f.sim);
	cfg.seed = 8;
	cfg.replay = tape;
	cfg.replay_len = len;
	fix_sim(&f, &cfg);
	for (u32 i = 0; i < 4; i++)
		spawn(f.sim, "t", all_locks, &f);
	sim_run(f.sim);
	assert_true(f.sim->tape.diverged_at < 0);
	assert_true(f.sim->fingerprint == print);
	sim_destroy(f.sim);
	free(tape);
}

static void a_then_b(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
	mutex_lock(me, &f->b);
	mutex_unlock(me, &f->b);
	mutex_unlock(me, &f->a);
}

static void b_then_a(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->b);
	mutex_lock(me, &f->a);
	mutex_unlock(me, &f->a);
	mutex_unlock(me, &f->b);
}

/* Who waits for a held lock is not picked, but a cycle of such waits is reported all the same. */
static void deadlock_is_found(void **state)
{
	u32 found = 0;

	for (u64 seed = 0; seed < 50; seed++) {
		struct sim_config cfg = test_config(SCHED_SEARCH);
		struct fix f;

		cfg.seed = seed;
		fix_sim(&f, &cfg);
		spawn(f.sim, "ab", a_then_b, &f);
		spawn(f.sim, "ba", b_then_a, &f);
		sim_run(f.sim);
		assert_int_equal(f.sim->stopped, sim_has_finding(f.sim, "deadlock"));
		found += f.sim->stopped;
		sim_destroy(f.sim);
	}
	assert_in_range(found, 5, 45);
}

static void gives_up_silently(struct task *me, void *arg)
{
	struct fix *f = arg;

	bit_lock(me, &f->table, &f->word, 0, 1000);
	sim_point(me, 97, SIM_WRITE);
	bit_clear_nowake(me, &f->table, &f->word, 0, 1000);
}

static void locks_a_bit(struct task *me, void *arg)
{
	struct fix *f = arg;

	bit_lock(me, &f->table, &f->word, 0, 1000);
	f->n++;
	bit_unlock(me, &f->table, &f->word, 0, 1000);
}

/* Who asked before the bit was cleared sleeps on; a search that queues nobody cannot see it. */
static u32 sleep_on(bool sleepers)
{
	u32 found = 0;

	for (u64 seed = 0; seed < 50; seed++) {
		struct sim_config cfg = test_config(SCHED_SEARCH);
		struct fix f;

		cfg.seed = seed;
		fix_sim(&f, &cfg);
		f.table.sleepers = sleepers;
		spawn(f.sim, "clears", gives_up_silently, &f);
		spawn(f.sim, "locks", locks_a_bit, &f);
		sim_run(f.sim);
		assert_int_equal(f.n, !sim_has_finding(f.sim, "deadlock"));
		found += !f.n;
		sim_destroy(f.sim);
	}
	return found;
}

static void who_sleeps_on_a_bit_matters(void **state)
{
	assert_in_range(sleep_on(true), 3, 45);
	assert_int_equal(sleep_on(false), 0);
}

static void parks(struct task *me, void *arg)
{
	struct fix *f = arg;

	f->ret = sim_park(me, PARK_SLEEP, sim_now(me) + NSEC_PER_SEC);
}

static void wakes(struct task *me, void *arg)
{
	struct fix *f = arg;

	sim_point(me, 5, SIM_WRITE);
	sim_point(me, 5, SIM_WRITE);
	sim_unpark(me, f->sim->tasks[0]);
}

/* However far away the deadline is, it may pass before the wake-up; or not. */
static void a_timeout_is_a_choice(void **state)
{
	u32 late = 0;

	for (u64 seed = 0; seed < 100; seed++) {
		struct sim_config cfg = test_config(SCHED_SEARCH);
		struct fix f;

		cfg.seed = seed;
		fix_sim(&f, &cfg);
		spawn(f.sim, "parks", parks, &f);
		spawn(f.sim, "wakes", wakes, &f);
		sim_run(f.sim);
		assert_true(f.ret == 0 || f.ret == -ETIME);
		late += f.ret != 0;
		sim_destroy(f.sim);
	}
	assert_in_range(late, 10, 90);
}

static void polls(struct task *me, void *arg)
{
	struct fix *f = arg;

	while (!READ_ONCE(me, 7, f->ready)) {
		f->n++;
		sim_retry(me);
	}
}

static void sets(struct task *me, void *arg)
{
	struct fix *f = arg;

	for (u32 i = 0; i < 50; i++)
		sim_point(me, 8, SIM_WRITE);
	WRITE_ONCE(me, 7, f->ready, 1);
}

/* One round before it is known what a round looks at, one that shows it, then causes. */
static void a_retry_waits_for_a_change(void **state)
{
	for (u64 seed = 0; seed < 50; seed++) {
		struct sim_config cfg = test_config(SCHED_SEARCH);
		struct fix f;

		cfg.seed = seed;
		fix_sim(&f, &cfg);
		spawn(f.sim, "polls", polls, &f);
		spawn(f.sim, "sets", sets, &f);
		sim_run(f.sim);
		assert_int_equal(f.sim->nr_findings, 0);
		assert_in_range(f.n, 0, 2);
		sim_destroy(f.sim);
	}
}

static void nobody_left_to_help_is_a_livelock(void **state)
{
	struct sim_config cfg = test_config(SCHED_SEARCH);
	struct fix f;

	fix_sim(&f, &cfg);
	spawn(f.sim, "polls", polls, &f);
	sim_run(f.sim);
	assert_int_equal(findings(f.sim, "livelock", 1), 1);
	sim_destroy(f.sim);
}

/* An explorer that picks the lowest id and writes down what it hears. */
struct listener {
	struct explorer ex;
	char log[512];
};

static u32 listener_pick(struct explorer *ex, const struct explore_view *view)
{
	return explore_next_enabled(view, 0);
}

static void listener_stepped(struct explorer *ex, const struct explore_step *step)
{
	struct listener *l = container_of(ex, struct listener, ex);
	size_t len = strlen(l->log);

	len += (size_t)snprintf(l->log + len, sizeof(l->log) - len, "%u:", step->task);
	for (u32 i = 0; i < step->nr_touched; i++) {
		const struct explore_touch *t = &step->touch[i];

		if (t->obj > 2 && t->obj < 1000) /* not what IPIs see */
			len += (size_t)snprintf(l->log + len, sizeof(l->log) - len, " %u%c%s%s",
						(u32)t->obj, t->write ? 'w' : 'r',
						t->how & TOUCH_ACQUIRE ? "+" : "",
						t->how & TOUCH_RELEASE ? "-" : "");
	}
	snprintf(l->log + len, sizeof(l->log) - len, "\n");
}

static const struct explorer_ops listener_ops = {
	.name = "listener", .pick = listener_pick, .stepped = listener_stepped,
};

static void some_locks(struct task *me, void *arg)
{
	struct fix *f = arg;

	mutex_lock(me, &f->a);
	read_lock(me, &f->rw);
	read_unlock(me, &f->rw);
	if (me->id == 1)
		sim_point(me, 99, SIM_READ);
	mutex_unlock(me, &f->a);
}

static void try_a(struct task *me, void *arg)
{
	struct fix *f = arg;

	if (mutex_trylock(me, &f->a))
		mutex_unlock(me, &f->a);
}

static void an_explorer_hears_of_all(void **state)
{
	struct listener l = {.ex.ops = &listener_ops};
	struct sim_config cfg = test_config(SCHED_SEARCH);
	char want[256];
	struct fix f;
	u32 a, rw;

	cfg.explorer = &l.ex;
	fix_sim(&f, &cfg);
	a = f.a.dep_map.id;
	rw = f.rw.dep_map.id;
	spawn(f.sim, "t0", some_locks, &f);
	spawn(f.sim, "t1", some_locks, &f);
	spawn(f.sim, "t2", try_a, &f);
	sim_run(f.sim);
	snprintf(want, sizeof(want),
		 "0:\n0: %uw+\n0: %ur+- %uw-\n"
		 "1:\n1: %uw+\n1: %ur+-\n1: 99r %uw-\n"
		 "2:\n2: %uw+-\n",
		 a, rw, a, a, rw, a, a);
	assert_string_equal(l.log, want);
	sim_destroy(f.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lock_works),
		cmocka_unit_test(tape_repeats_a_run),
		cmocka_unit_test(deadlock_is_found),
		cmocka_unit_test(who_sleeps_on_a_bit_matters),
		cmocka_unit_test(a_timeout_is_a_choice),
		cmocka_unit_test(a_retry_waits_for_a_change),
		cmocka_unit_test(nobody_left_to_help_is_a_livelock),
		cmocka_unit_test(an_explorer_hears_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
