// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/cpu.c - modelled host CPUs: who runs where, time slices, preemption.
 *
 * A CPU has one current task and a queue of runnable ones, ordered by virtual run time.  A woken
 * task goes to the CPU it ran on if that is idle, else to an idle one, else to the queue of the
 * least loaded; a CPU that runs dry takes from the longest queue.  The tick exists only while
 * somebody waits for the CPU.
 *
 * Invariants: a task is current on one CPU, or on one run queue, or on neither (waiting, dead).  A
 * queue is empty while its CPU is idle.  A task on a CPU that is not waiting is in the time queue,
 * or is the one that executes.
 *
 * Upstream: kernel/sched/fair.c, kernel/sched/core.c:resched_curr, preempt_schedule
 * Fidelity: simplified: equal weights, one scheduling domain, no groups; the pick is the smallest
 * virtual run time (CFS) rather than an eligible deadline; a slice ends at the first tick after
 * three quarters of a tick; a wake-up preempts when it is a quarter slice ahead and the current
 * task has had its slice (RUN_TO_PARITY)
 */
#include "sim/virtual/virtual.h"
#include "sim/watchdog.h"

#define VRUNTIME_START (1ull << 40)

static void idle_set(struct vengine *e, u32 cpu, bool idle)
{
	if (idle)
		e->idle_map[cpu / 64] |= BIT_ULL(cpu % 64);
	else
		e->idle_map[cpu / 64] &= ~BIT_ULL(cpu % 64);
}

int cpu_init(struct vengine *e)
{
	struct sim *sim = e->sim;

	e->cpu = sim_zalloc(sim, sim->cfg.nr_cpus * sizeof(*e->cpu));
	for (u32 i = 0; i < sim->cfg.nr_cpus; i++) {
		e->cpu[i].id = i;
		e->cpu[i].min_vruntime = VRUNTIME_START;
		idle_set(e, i, true);
	}
	return 0;
}

/* Charge the current task for the time up to now. */
static void cpu_account(struct hcpu *c, sim_ns now_ns)
{
	u64 lowest;

	if (!c->curr || now_ns <= c->since_ns)
		return;
	c->curr->vruntime += now_ns - c->since_ns;
	c->since_ns = now_ns;
	lowest = c->curr->vruntime;
	if (c->rq.len)
		lowest = min(lowest, c->rq.e[0].key);
	c->min_vruntime = max(c->min_vruntime, lowest);
}

static void tick_arm(struct vengine *e, struct hcpu *c, sim_ns now_ns)
{
	if (c->tick_armed)
		return;
	c->tick_armed = true;
	e->nr_ticks++;
	timeq_add(e->time, e->nr_tasks + c->id, (now_ns / e->tick_ns + 1) * e->tick_ns);
}

static void rq_push(struct vengine *e, struct hcpu *c, struct vtask *v, sim_ns now_ns)
{
	v->t.state = TASK_RUNNABLE;
	v->t.cpu = c->id;
	heap_reserve(e->sim, &c->rq, c->rq.len + 1);
	heap_push(&c->rq, e->pos, (struct heap_elem){ v->vruntime, heap_tag(e, v->t.id) });
	e->nr_queued++;
	tick_arm(e, c, now_ns);
}

static struct vtask *rq_take(struct vengine *e, struct hcpu *c, u32 i)
{
	struct vtask *v = vtask(e->sim->tasks[HEAP_ID(c->rq.e[i].tag)]);

	heap_remove(&c->rq, e->pos, i);
	e->nr_queued--;
	return v;
}

static void vruntime_move(struct vtask *v, const struct hcpu *from, const struct hcpu *to)
{
	v->vruntime = v->vruntime + to->min_vruntime - from->min_vruntime;
}

/* An idle CPU looks for work elsewhere: the first movable task of the longest queue. */
static struct vtask *cpu_steal(struct vengine *e, struct hcpu *c)
{
	struct hcpu *from = NULL;
	u32 at = 0;

	if (!e->nr_queued)
		return NULL;
	for (u32 i = 0; i < e->sim->cfg.nr_cpus; i++) {
		struct hcpu *o = &e->cpu[i];

		if (o->rq.len <= (from ? from->rq.len : 0))
			continue;
		for (u32 k = 0; k < o->rq.len; k++) {
			if (vtask(e->sim->tasks[HEAP_ID(o->rq.e[k].tag)])->movable) {
				from = o;
				at = k;
				break;
			}
		}
	}
	if (!from)
		return NULL;
	vruntime_move(vtask(e->sim->tasks[HEAP_ID(from->rq.e[at].tag)]), from, c);
	return rq_take(e, from, at);
}

/* How sched_switch calls the state that the previous task left the CPU in. */
static u64 switch_state(const struct vtask *prev)
{
	if (!prev || prev->t.state == TASK_RUNNABLE || prev->t.state == TASK_RUNNING)
		return 'R';
	if (prev->t.state == TASK_DEAD)
		return 'X';
	return prev->t.park_how == PARK_SLEEP ? 'D' : 'S';
}

/* @v has the CPU from @at_ns on. */
static void cpu_run(struct vengine *e, struct hcpu *c, struct vtask *v, sim_ns at_ns)
{
	u32 prev = c->last ? c->last->t.id : SIM_NO_TASK;

	v->t.cpu = c->id;
	v->t.clock_ns = at_ns;
	__atomic_store_n(&v->t.need_resched, false, __ATOMIC_RELAXED);
	v->resched_lazy = false;
	if (c->last != v) {
		sim_event(&v->t, EV_SCHED_SWITCH, c->id, prev,
			  v->t.id | switch_state(c->last) << 32);
		v->left_ns += e->sim->cfg.switch_cost_ns;
	}
	c->curr = v;
	c->since_ns = c->slice_since_ns = at_ns;
	idle_set(e, c->id, false);
	if (v->wait != VWAIT_SPIN) {
		v->t.state = TASK_RUNNING;
		watchdog_resume(&v->t);
		at_ns += v->left_ns;
		v->left_ns = 0;
		fifo_run_at(e, v, at_ns);
		return;
	}
	v->t.state = TASK_SPINNING;
	watchdog_resume(&v->t);
	if (v->t.park_deadline_ns != SIM_NS_MAX)
		fifo_timer_add(e, v, max(at_ns, v->t.park_deadline_ns));
}

/* The CPU has lost its current task: who is next? */
static void cpu_next(struct vengine *e, struct hcpu *c, sim_ns now_ns)
{
	struct vtask *v;

	if (unlikely(c->watched))
		watch_scheduled(e, c, now_ns);
	c->last = c->curr;
	c->curr = NULL;
	v = c->rq.len ? rq_take(e, c, 0) : cpu_steal(e, c);
	if (v)
		cpu_run(e, c, v, now_ns);
	else
		idle_set(e, c->id, true);
}

/* @v does not run any more: who spun because it did stops spinning. */
static void spinners_wake(struct vengine *e, struct vtask *v, sim_ns now_ns)
{
	while (unlikely(!list_empty(&v->spinners)))
		cpu_spin_end(e, list_first_entry(&v->spinners, struct vtask, spin_node), -ESRCH,
			     now_ns);
}

/**
 * cpu_spin_end - a spinning wait of @v is over.
 *
 * A preempted spinner notices when it has a CPU again.
 */
void cpu_spin_end(struct vengine *e, struct vtask *v, int ret, sim_ns now_ns)
{
	sim_ns at_ns;

	SIM_ASSERT(v->wait == VWAIT_SPIN);
	list_del_init(&v->spin_node);
	v->wait = VWAIT_NONE;
	v->park_ret = ret;
	if (v->t.state == TASK_RUNNABLE)
		return;
	fifo_dequeue(e, v);
	v->t.state = TASK_RUNNING;
	at_ns = max(now_ns, v->t.clock_ns + v->left_ns); /* it may still be switching in */
	v->left_ns = 0;
	fifo_run_at(e, v, at_ns);
}

/**
 * cpu_leave - @v, current on its CPU, gives it up to wait or because it has finished.
 */
void cpu_leave(struct vengine *e, struct vtask *v, sim_ns now_ns)
{
	struct hcpu *c = &e->cpu[v->t.cpu];

	SIM_ASSERT(c->curr == v);
	cpu_account(c, now_ns);
	cpu_next(e, c, now_ns);
	spinners_wake(e, v, now_ns);
}

/* Take the CPU away from @v, which does not execute right now. */
static void cpu_preempt(struct vengine *e, struct hcpu *c, sim_ns now_ns)
{
	struct vtask *v = c->curr;

	cpu_account(c, now_ns);
	if (v->t.state == TASK_RUNNING)
		v->left_ns = v->t.clock_ns > now_ns ? v->t.clock_ns - now_ns : 0;
	fifo_dequeue(e, v);
	v->t.clock_ns = now_ns;
	rq_push(e, c, v, now_ns);
	cpu_next(e, c, now_ns);
	if (c->curr != v)
		spinners_wake(e, v, now_ns);
}

/* need_resched may have become true: act on it if the task is where it may be preempted. */
static void cpu_try_preempt(struct vengine *e, struct hcpu *c, sim_ns now_ns)
{
	struct vtask *v = c->curr;
	bool kernel_ok = v->t.need_resched && e->preemptible_kernel && preempt_allowed(v);
	bool user = vtask_in_user(v);

	if (v == e->cur)
		return; /* it will see the flag itself */
	if (v->t.state == TASK_SPINNING && v->t.park_how == PARK_SPIN_OPT) {
		if (user)
			__atomic_store_n(&v->t.need_resched, true, __ATOMIC_RELAXED);
		if (v->t.need_resched)
			cpu_spin_end(e, v, -EAGAIN, now_ns);
	} else if (user || kernel_ok) {
		cpu_preempt(e, c, now_ns);
	}
}

/* Somebody has a better claim to the CPU than its current task. */
static void cpu_resched(struct vengine *e, struct hcpu *c, sim_ns now_ns)
{
	struct vtask *v = c->curr;

	if (e->sim->cfg.preempt == PREEMPT_LAZY)
		v->resched_lazy = true;
	else
		__atomic_store_n(&v->t.need_resched, true, __ATOMIC_RELAXED);
	cpu_try_preempt(e, c, now_ns);
}

/**
 * cpu_tick - the periodic tick of a CPU that somebody waits for.
 */
void cpu_tick(struct vengine *e, u32 cpu, sim_ns now_ns)
{
	struct hcpu *c = &e->cpu[cpu];
	struct vtask *v = c->curr;

	c->tick_armed = false;
	e->nr_ticks--;
	if (!c->rq.len)
		return;
	SIM_ASSERT(v);
	tick_arm(e, c, now_ns);
	cpu_account(c, now_ns);
	if (v->resched_lazy) {
		__atomic_store_n(&v->t.need_resched, true, __ATOMIC_RELAXED);
		cpu_try_preempt(e, c, now_ns);
	} else if (now_ns >= c->slice_since_ns + e->slice_ns && c->rq.e[0].key < v->vruntime) {
		cpu_resched(e, c, now_ns);
	}
}

static struct hcpu *cpu_least_loaded(struct vengine *e, u32 prefer)
{
	struct hcpu *best = &e->cpu[prefer];

	for (u32 i = 0; best->rq.len && i < e->sim->cfg.nr_cpus; i++) {
		if (e->cpu[i].rq.len < best->rq.len)
			best = &e->cpu[i];
	}
	return best;
}

/* The first idle CPU at or after @from, going round; or NULL. */
static struct hcpu *cpu_find_idle(struct vengine *e, u32 from)
{
	u32 words = (e->sim->cfg.nr_cpus + 63) / 64;
	u32 w = from / 64;
	u64 mask = ~0ull << (from % 64);

	for (u32 i = 0; i <= words; i++) {
		u64 bits = e->idle_map[w] & mask;

		if (bits)
			return &e->cpu[w * 64 + (u32)__builtin_ctzll(bits)];
		mask = ~0ull;
		w = w + 1 == words ? 0 : w + 1;
	}
	return NULL;
}

static struct hcpu *cpu_choose(struct vengine *e, const struct vtask *v)
{
	struct hcpu *c;

	if (!v->movable || !e->cpu[v->t.cpu].curr)
		return &e->cpu[v->t.cpu];
	c = cpu_find_idle(e, v->t.cpu);
	return c ? c : cpu_least_loaded(e, v->t.cpu);
}

static void cpu_enqueue(struct vengine *e, struct hcpu *c, struct vtask *v, sim_ns now_ns)
{
	cpu_account(c, now_ns);
	rq_push(e, c, v, now_ns);
	if (now_ns >= c->slice_since_ns + e->slice_ns &&
	    v->vruntime + e->slice_ns / 4 < c->curr->vruntime)
		cpu_resched(e, c, now_ns);
}

/**
 * cpu_wake - @v, which waited off the CPU, is runnable at @now_ns.
 */
void cpu_wake(struct vengine *e, struct vtask *v, sim_ns now_ns)
{
	struct hcpu *from = &e->cpu[v->t.cpu];
	struct hcpu *c = cpu_choose(e, v);

	v->wait = VWAIT_NONE;
	v->t.clock_ns = now_ns;
	sim_event(e->cur ? &e->cur->t : &v->t, EV_SCHED_WAKING, c->id, v->t.id, 0);
	if (c != from)
		vruntime_move(v, from, c);
	/* a long sleep earns half a slice, not more */
	v->vruntime = max(v->vruntime, c->min_vruntime - e->slice_ns / 2);
	if (c->curr)
		cpu_enqueue(e, c, v, now_ns);
	else
		cpu_run(e, c, v, now_ns + e->sim->cfg.wake_latency_ns);
}

/**
 * cpu_start_task - give a new task its first CPU, at time 0 and without any cost.
 */
void cpu_start_task(struct vengine *e, struct vtask *v)
{
	struct hcpu *c;

	v->movable = v->t.pin_cpu < 0;
	v->t.cpu = v->movable ? v->t.id % e->sim->cfg.nr_cpus : (u32)v->t.pin_cpu;
	v->vruntime = VRUNTIME_START;
	c = cpu_choose(e, v);
	if (c->curr) {
		rq_push(e, c, v, 0);
		return;
	}
	c->last = v;
	cpu_run(e, c, v, 0);
}

/**
 * cpu_schedule - the task that executes offers its CPU to whoever has a better claim.
 *
 * Return: true if it has lost the CPU; the caller switches away then.
 */
bool cpu_schedule(struct vengine *e, struct vtask *v)
{
	struct hcpu *c = &e->cpu[v->t.cpu];
	sim_ns now_ns = v->t.clock_ns;

	SIM_ASSERT(c->curr == v);
	cpu_account(c, now_ns);
	__atomic_store_n(&v->t.need_resched, false, __ATOMIC_RELAXED);
	v->resched_lazy = false;
	if (unlikely(c->watched))
		watch_scheduled(e, c, now_ns);
	if (!c->rq.len || c->rq.e[0].key >= v->vruntime)
		return false;
	rq_push(e, c, v, now_ns);
	cpu_next(e, c, now_ns);
	spinners_wake(e, v, now_ns);
	return true;
}
