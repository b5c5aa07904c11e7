// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_many.c - the model with many actors: large machines, small machines by the thousand, and
 * what an actor takes.
 */
#include "sim/wait.h"
#include "tools/benches/rig.h"

/* --- 512 vCPUs --- */

#define VCPUS	  512u
#define TIB_PAGES (1ull << (40 - PAGE_SHIFT))
#define SLICE	  (TIB_PAGES / VCPUS)
#define PIECE	  512u /* 2 MiB: one conversion */
#define PACE_NS	  (500 * NSEC_PER_US)

struct crowd {
	/* constant during a run */
	struct rig rig;
	sim_ns end_ns;
	sim_ns period_ns; /* between two faults of a vCPU */
	/* written by the VMM, read by all */
	bool ready;
};

static void crowd_vcpu(struct task *me, void *arg)
{
	struct crowd *c = arg;
	u64 first = task_vcpu(me) ? me->id % VCPUS * SLICE : 0;
	struct prng rng;

	prng_seed(&rng, me->id);
	/* not all at the same moment */
	sim_sleep_until(me, NSEC_PER_MS + prng_below(&rng, (u32)c->period_ns));
	/* each through its own part, page after page */
	for (u64 page = first; sim_now(me) < c->end_ns; page++) {
		rig_expect("touch",
			   guest_touch(me, page << PAGE_SHIFT, PAGE_SIZE, false, true, 1, NULL));
		rig_expect("run", guest_run(me, c->period_ns));
	}
}

/* Piece after piece becomes shared, as when a guest gives back all it has. */
static void crowd_vmm(struct task *me, void *arg)
{
	struct crowd *c = arg;

	rig_setup(me, &c->rig);
	sim_sleep_until(me, NSEC_PER_MS);
	for (u64 i = 0; sim_now(me) < c->end_ns; i++) {
		u64 piece = i * 0x9e3779b97f4a7c15ull >> 46; /* spread over the vCPUs */

		rig_expect("convert", gmem_set_attributes(me, c->rig.f, piece * PIECE << PAGE_SHIFT,
							  PIECE << PAGE_SHIFT, 0, NULL));
		sim_sleep(me, PACE_NS);
	}
}

/* @b->arg: faults per second of each vCPU.  Return: CPU ns for @n simulated seconds. */
double run_vcpus(const struct bench *b, u64 n)
{
	/* whole seconds: what 512 stacks and page tables take at first is not what is asked for */
	sim_ns span_ns = n * NSEC_PER_SEC;
	struct crowd c = {
		.end_ns = NSEC_PER_MS + span_ns,
		.period_ns = NSEC_PER_SEC / b->arg,
	};
	double ns;

	rig_init(&c.rig, TIB_PAGES);
	c.rig.costs = COSTS_DEBIAN_VM;
	c.rig.nr_vcpus = VCPUS;
	c.rig.init_private = true;
	c.rig.cfg.nr_cpus = VCPUS + 4;
	rig_create(&c.rig);
	rig_vmm(&c.rig, crowd_vmm, &c);
	for (u32 i = 0; i < VCPUS; i++)
		rig_vcpu(&c.rig, i, crowd_vcpu, &c);
	ns = bench_now_ns();
	rig_finish(&c.rig);
	ns = bench_now_ns() - ns;
	return ns;
}

/* --- many small simulations --- */

struct small {
	/* constant during a run */
	struct rig rig;
	struct wait_queue_head gate;
	/* atomic */
	bool open;
};

static void checked(struct task *me, const char *what, s64 ret)
{
	/* an attribute that changes under a fault is an exit to the VMM */
	if (ret != ACCESS_EXIT_MEMORY_FAULT && ret != ACCESS_SIGBUS)
		rig_expect(what, ret);
	machine_check_op(me);
}

/* The file first; then everybody at once. */
static void small_convert(struct task *me, void *arg)
{
	struct small *s = arg;

	rig_setup(me, &s->rig);
	__atomic_store_n(&s->open, true, __ATOMIC_RELEASE);
	wake_up_all(me, &s->gate);
	checked(me, "convert",
		gmem_set_attributes(me, s->rig.f, 0, PAGE_SIZE, MEMORY_ATTRIBUTE_PRIVATE, NULL));
}

static void small_vcpu(struct task *me, void *arg)
{
	struct small *s = arg;

	wait_event(me, &s->gate, __atomic_load_n(&s->open, __ATOMIC_ACQUIRE));
	checked(me, "touch", guest_touch(me, 0, PAGE_SIZE, false, true, 1, NULL));
}

static void small_host(struct task *me, void *arg)
{
	struct small *s = arg;

	wait_event(me, &s->gate, __atomic_load_n(&s->open, __ATOMIC_ACQUIRE));
	checked(me, "access", host_access(me, s->rig.hva + PAGE_SIZE, PAGE_SIZE, true, 1, NULL));
}

/* One schedule: made, run, checked, thrown away.  Return: its decisions. */
static u64 run_small(struct sim_pool *pool, u64 seed)
{
	struct small s = {.open = false};
	u64 points;

	rig_init(&s.rig, 2);
	s.rig.checks = true;
	s.rig.nr_vcpus = 2;
	s.rig.cfg.sched = SCHED_RANDOM;
	s.rig.cfg.seed = seed;
	s.rig.cfg.pool = pool;
	s.rig.cfg.nr_cpus = 2;
	s.rig.cfg.lock_stat = false; /* exploration reports no hold times */
	rig_create(&s.rig);
	init_waitqueue_head(s.rig.sim, &s.gate, "gate");
	rig_vmm(&s.rig, small_convert, &s);
	rig_vmm(&s.rig, small_host, &s);
	rig_vcpu(&s.rig, 0, small_vcpu, &s);
	rig_vcpu(&s.rig, 1, small_vcpu, &s);
	rig_run(&s.rig);
	points = s.rig.sim->points;
	sim_destroy(s.rig.sim);
	return points;
}

static double run_smalls(u64 n, u64 *points)
{
	struct sim_pool *pool = sim_pool_create();
	double ns = bench_now_ns();

	for (u64 i = 0; i < n; i++)
		*points += run_small(pool, i);
	ns = bench_now_ns() - ns;
	sim_pool_destroy(pool);
	return ns;
}

double run_schedule(const struct bench *b, u64 n)
{
	u64 points = 0;

	return run_smalls(n, &points);
}

/* The same time, divided by decisions instead of schedules. */
double run_schedule_decisions(const struct bench *b, u64 n)
{
	u64 points = 0;
	double ns = run_smalls(n, &points);

	return ns * (double)n / (double)points;
}

/* --- what an actor takes --- */

static void one_fault(struct task *me, void *arg)
{
	struct rig *r = arg;
	u64 page = me->id % r->nr_vcpus;

	while (!__atomic_load_n(&r->hva, __ATOMIC_ACQUIRE))
		sim_sleep(me, NSEC_PER_US);
	rig_expect("touch", guest_touch(me, page << PAGE_SHIFT, PAGE_SIZE, false, true, 1, NULL));
}

static void setup_only(struct task *me, void *arg)
{
	rig_setup(me, arg);
}

/* What a process takes whose machine has @n vCPUs, each after a fault. */
double task_bytes_in_child(const struct bench *b, u64 n)
{
	struct rig r;

	rig_init(&r, 4096);
	r.cfg.engine = (enum engine_kind)b->arg;
	r.nr_vcpus = (u32)n;
	rig_create(&r);
	rig_vmm(&r, setup_only, &r);
	for (u32 i = 0; i < n; i++)
		rig_vcpu(&r, i, one_fault, &r);
	rig_run(&r);
	return bench_rss_bytes();
}

double run_task_bytes(const struct bench *b, u64 n)
{
	return bench_child(b, n) - bench_child(b, 1);
}
