// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/op.c - operations, steps inside long holds, injected failures, and the parts of a task's
 * life that both engines share: preemption points, signals.
 *
 * Invariants: operations do not nest; the steps of a hold add up to the time since the first step
 * was opened.
 */
#include <string.h>

#include "sim/core.h"
#include "sim/watchdog.h"

u32 sim_name_hash(const char *name)
{
	u32 h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (u8)*name) * 16777619u;
	return h;
}

static struct op_stat *op_stat_find(struct sim *sim, const char *op, enum actor_kind kind)
{
	for (u32 i = 0; i < sim->nr_ops_stat; i++) {
		struct op_stat *st = sim->ops_stat[i];

		if (st->kind == kind && (st->op == op || strcmp(st->op, op) == 0))
			return st;
	}
	return NULL;
}

/* A histogram is most of it; who explores does not look at it. */
static size_t op_stat_bytes(bool buckets)
{
	return buckets ? sizeof(struct op_stat) :
			 offsetof(struct op_stat, latency) + offsetof(struct hist, bucket);
}

static struct op_stat *op_stat_get(struct sim *sim, const char *op, enum actor_kind kind)
{
	struct op_stat *st, *fresh;
	bool buckets = sim->cfg.lock_stat;

	sim_guard_lock(sim, &sim->guard);
	st = op_stat_find(sim, op, kind);
	sim_guard_unlock(sim, &sim->guard);
	if (st)
		return st;
	fresh = sim_alloc(sim, op_stat_bytes(buckets)); /* takes the guard itself */
	memset(fresh, 0, offsetof(struct op_stat, latency));
	fresh->op = op;
	fresh->op_hash = sim_name_hash(op);
	fresh->kind = kind;
	fresh->buckets = buckets;
	hist_init(&fresh->latency);
	sim_guard_lock(sim, &sim->guard);
	st = op_stat_find(sim, op, kind);
	if (!st) {
		SIM_ASSERT(sim->nr_ops_stat < SIM_MAX_OPS);
		st = sim->ops_stat[sim->nr_ops_stat++] = fresh;
	}
	sim_guard_unlock(sim, &sim->guard);
	if (st != fresh)
		sim_free(sim, fresh, op_stat_bytes(buckets));
	return st;
}

void sim_op_begin(struct task *me, const char *op)
{
	SIM_ASSERT(me->op == NULL);
	sim_compute(me, 0); /* between operations a task is in user or guest mode */
	__atomic_store_n(&me->op, op, __ATOMIC_RELAXED);
	me->op_since_ns = sim_now(me);
	if (!me->op_stat || me->op_stat->op != op)
		me->op_stat = op_stat_get(me->sim, op, me->kind);
	sim_event(me, EV_OP_BEGIN, me->op_stat->op_hash, 0, 0);
}

void sim_op_end(struct task *me, s64 ret)
{
	struct sim *sim = me->sim;
	struct op_stat *st = me->op_stat;
	sim_ns latency_ns;

	SIM_ASSERT(me->op != NULL);
	latency_ns = sim_now(me) - me->op_since_ns;
	sim_guard_lock(sim, &sim->guard);
	st->count++;
	st->errors += ret < 0;
	if (st->buckets)
		hist_record(&st->latency, latency_ns);
	else
		hist_note(&st->latency, latency_ns);
	sim_guard_unlock(sim, &sim->guard);
	sim_event(me, EV_OP_END, st->op_hash, (u64)ret, latency_ns);
	__atomic_store_n(&me->op, NULL, __ATOMIC_RELAXED);
	watchdog_resume(me);
	sim_compute(me, 0);
}

static u32 step_find(struct step_table *t, const char *name)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (t->step[i].name == name || strcmp(t->step[i].name, name) == 0)
			return i;
	}
	if (t->nr == SIM_MAX_STEPS) /* what does not fit counts as the last step */
		return SIM_MAX_STEPS - 1;
	t->step[t->nr] = (struct step_time){ .name = name };
	return t->nr++;
}

/* Events carry a step's number; who reads them wants its name.  Names are constants: first come. */
static void step_name_keep(struct sim *sim, const char *name, u32 hash)
{
	for (u32 i = 0; i < SIM_MAX_STEP_NAMES; i++) {
		const char **slot = &sim->step_names[(hash + i) % SIM_MAX_STEP_NAMES], *none = NULL;

		if (__atomic_compare_exchange_n(slot, &none, name, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED) ||
		    strcmp(none, name) == 0)
			return;
	}
}

const char *sim_step_name(const struct sim *sim, u32 hash)
{
	for (u32 i = 0; sim->step_names && i < SIM_MAX_STEP_NAMES; i++) {
		const char *name = sim->step_names[(hash + i) % SIM_MAX_STEP_NAMES];

		if (!name || sim_name_hash(name) == hash)
			return name;
	}
	return NULL;
}

static void step_event(struct task *me, const char *name)
{
	u32 hash = name ? sim_name_hash(name) : 0;

	if (name && me->sim->cfg.record_events)
		step_name_keep(me->sim, name, hash);
	sim_event(me, EV_STEP, hash, 0, 0);
}

void sim_step(struct task *me, const char *name)
{
	struct step_table *t = &me->steps;
	sim_ns now_ns;

	if (!me->sim->cfg.lock_stat)
		return;
	now_ns = sim_now(me);
	if (t->cur < t->nr)
		t->step[t->cur].total_ns += now_ns - t->since_ns;
	t->cur = SIM_MAX_STEPS;
	t->since_ns = now_ns;
	step_event(me, name);
	if (!name)
		return;
	t->cur = step_find(t, name);
	t->step[t->cur].count++;
}

static void fail_note(struct task *me, const char *site)
{
	struct sim *sim = me->sim;
	struct fail_stat *fresh = sim_zalloc(sim, sizeof(*fresh)), *st; /* takes the guard itself */

	me->nr_failed++;
	sim_guard_lock(sim, &sim->guard);
	for (st = sim->fail_stats; st && strcmp(st->site, site) != 0; st = st->next)
		;
	if (!st) {
		st = fresh;
		st->site = site;
		st->next = sim->fail_stats;
		sim->fail_stats = st;
	}
	st->count++;
	sim_guard_unlock(sim, &sim->guard);
	if (st != fresh)
		sim_free(sim, fresh, sizeof(*fresh));
}

bool __sim_told_to_fail(struct task *me, const char *site)
{
	if (strcmp(me->fail_site, site) != 0)
		return false;
	if (me->fail_nth > 1) {
		me->fail_nth--;
		return false;
	}
	me->fail_site = NULL;
	fail_note(me, site);
	return true;
}

/* Value 0, to which shrinking tends, is success. */
bool __sim_chosen_to_fail(struct task *me, const char *site)
{
	u32 n = me->sim->cfg.fail_one_in;

	if (sim_choose(me->sim, CHOICE_FAIL, n) != n - 1)
		return false;
	fail_note(me, site);
	return true;
}

void preempt_enable(struct task *me)
{
	SIM_ASSERT(me->preempt_count > 0);
	if (--me->preempt_count == 0 && unlikely(need_resched(me)) &&
	    me->sim->cfg.preempt >= PREEMPT_LAZY && me->irq_count == 0)
		me->sim->ops->schedule(me);
}

bool cond_resched(struct task *me)
{
	if (likely(!need_resched(me)) || me->preempt_count || me->irq_count)
		return false;
	me->sim->ops->schedule(me);
	return true;
}

void __might_sleep(struct task *me)
{
	if (unlikely(me->preempt_count || me->irq_count))
		sim_finding(me->sim, me, "lock-order",
			    "BUG: sleeping function called from invalid context in %s: "
			    "in_atomic(): %d, irqs_disabled(): %d%s%s",
			    sim_func(me), me->preempt_count > 0, me->irq_count > 0,
			    me->hardirq_count ? ", in a hardirq" : "",
			    me->softirq_count ? ", in a softirq" : "");
	else if (unlikely(me->rcu_depth))
		sim_finding(me->sim, me, "lock-order",
			    "BUG: sleeping function called from invalid context in %s: "
			    "RCU nest depth: %u, expected: 0",
			    sim_func(me), me->rcu_depth);
	else if (me->sim->cfg.preempt == PREEMPT_VOLUNTARY)
		cond_resched(me);
}

void send_signal(struct task *me, struct task *target, u8 sig)
{
	u8 how, old = __atomic_load_n(&target->sigpending, __ATOMIC_RELAXED);

	SIM_ASSERT(sig == 1 || sig == 2);
	sim_touch(me, target->id, SIM_OP(OP_SIGNAL, 1));
	while (old < sig && !__atomic_compare_exchange_n(&target->sigpending, &old, sig, false,
							 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	/* pairs with sim_park(): it publishes how it waits, then looks for signals */
	how = __atomic_load_n(&target->park_how, __ATOMIC_SEQ_CST);
	if (how == PARK_INTR || (how == PARK_KILLABLE && sig == 2))
		sim_unpark(me, target);
}

/* An rcu_read_unlock() without its rcu_read_lock(). */
void rcu_bad_unlock(struct task *me)
{
	sim_finding(me->sim, me, "lock-order",
		    "WARNING: bad unlock balance detected! %s/%u is trying to release lock "
		    "(rcu_read_lock) at: %s, but there are no more locks to release!",
		    me->name, me->id, sim_func(me));
}

/* Who waits for acks has to be able to give some. */
void ipi_check_context(struct task *me)
{
	if (unlikely(me->irq_count))
		sim_finding(me->sim, me, "lock-order",
			    "WARNING: %s sends an IPI with interrupts off and waits for it: "
			    "two such senders deadlock",
			    sim_func(me));
}
