// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/watchdog_text.c - who is in the way of somebody who is stuck: looked at when a sample meets
 * him, said when a watchdog barks.
 *
 * Invariant: what was looked at last is what is said: when the stuck one goes on it is too late.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sim/watchdog_internal.h"

/* Who holds it now: the wait may have begun behind somebody else. */
static u32 holder_now(const struct sim *sim, const struct task *waiter, const struct task_wait *w)
{
	u32 hint = w->class->a_holder;

	if (w->holder < sim->nr_tasks && task_holds(sim->tasks[w->holder], w->class, w->id))
		return w->holder;
	if (hint < sim->nr_tasks && task_holds(sim->tasks[hint], w->class, w->id))
		return hint;
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *t = sim->tasks[i];

		if (t == waiter)
			continue;
		if ((w->class->nr_holds && task_holds(t, w->class, w->id)) ||
		    ((w->class->flags & LOCKC_ENGINE) && sim->ops->blocks &&
		     sim->ops->blocks(t, waiter)))
			return i;
	}
	return w->holder == waiter->id ? SIM_NO_TASK : w->holder;
}

static const struct task_wait *wait_of(const struct task *t)
{
	if (t->wait.class)
		return &t->wait;
	return t->retry.class ? &t->retry : NULL;
}

static const char *step_of(const struct task *t)
{
	const struct step_table *s = &t->steps;

	return t->nr_held && s->cur < s->nr ? s->step[s->cur].name : NULL;
}

static u32 cpu_taker(const struct sim *sim, const struct task *t)
{
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *o = sim->tasks[i];

		if (o != t && task_on_cpu(o) && o->cpu == t->cpu)
			return i;
	}
	return SIM_NO_TASK;
}

/**
 * watchdog_look - why does @t not go on?
 *
 * Context: nobody executes, or @t itself.
 */
void watchdog_look(struct watchdog_blame *b, struct sim *sim, const struct task *t)
{
	b->nr = 0;
	b->op = t->op;
	b->func = sim_func(t);
	b->cpu_of = t->state == TASK_RUNNABLE ? cpu_taker(sim, t) : SIM_NO_TASK;
	while (t && b->nr < WATCHDOG_LINKS) {
		const struct task_wait *w = wait_of(t);
		struct watchdog_link *l = &b->link[b->nr];

		if (!w || w->class->flags & LOCKC_PACING)
			return;
		*l = (struct watchdog_link){.class = w->class, .mode = w->mode,
					    .since_ns = w->since_ns,
					    .holder = holder_now(sim, t, w)};
		b->nr++;
		t = l->holder < sim->nr_tasks ? sim->tasks[l->holder] : NULL;
		if (!t)
			return;
		l->holder_op = t->op;
		l->holder_func = sim_func(t);
		l->step = step_of(t);
	}
}

static const char *mode_text(const struct lock_class *class, enum lock_mode mode)
{
	if (class->flags & (LOCKC_MUTEX | LOCKC_WAITQ))
		return "";
	return mode == LOCK_READ ? " (read)" : " (write)";
}

static void add(char *buf, size_t *len, const char *fmt, ...) __printf(3, 4);
static void add(char *buf, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf + *len, WATCHDOG_TEXT - *len, fmt, ap);
	va_end(ap);
	*len = min(*len + (size_t)max(n, 0), (size_t)WATCHDOG_TEXT - 1);
}

static void add_seconds(char *buf, size_t *len, sim_ns ns)
{
	add(buf, len, "%" PRIu64 ".%" PRIu64 " s", (u64)(ns / NSEC_PER_SEC),
	    (u64)(ns % NSEC_PER_SEC / (NSEC_PER_SEC / 10)));
}

static void add_link(const struct sim *sim, const struct watchdog_link *l, bool first,
		     sim_ns now_ns, char *buf, size_t *len)
{
	char label[SIM_TASK_LABEL];

	add(buf, len, "%s waited for ", first ? "" : ", which");
	add_seconds(buf, len, now_ns - min(l->since_ns, now_ns));
	add(buf, len, " for %s%s", l->class->name, mode_text(l->class, l->mode));
	if (l->holder >= sim->nr_tasks) {
		add(buf, len, ", whose owner is not known");
		return;
	}
	add(buf, len, ", owned by %s", sim_task_label(sim, l->holder, label));
	if (l->holder_op)
		add(buf, len, " in `%s`", l->holder_op);
	if (l->holder_func && l->step)
		add(buf, len, " (%s, step %s)", l->holder_func, l->step);
	else if (l->holder_func)
		add(buf, len, " (%s)", l->holder_func);
}

/* What it was doing itself, if it did not wait. */
static void add_own(const struct sim *sim, const struct watchdog_blame *b, char *buf, size_t *len)
{
	char label[SIM_TASK_LABEL];

	if (b->cpu_of != SIM_NO_TASK)
		add(buf, len, " waited for a CPU, which %s had",
		    sim_task_label(sim, b->cpu_of, label));
	else
		add(buf, len, " was in %s of `%s` and waited for nobody",
		    b->func ? b->func : "?", b->op ? b->op : "no operation");
}

/* "; it holds kvm->mmu_lock (write) for 22.0 s, step zap" */
static void add_holds(const struct task *t, sim_ns now_ns, char *buf, size_t *len)
{
	for (u32 i = 0; t && i < t->nr_held; i++) {
		const struct held_lock *h = &t->held[i];

		add(buf, len, "; it holds %s%s", h->class->name,
		    mode_text(h->class, (enum lock_mode)h->mode));
		if (h->acquired_ns) {
			add(buf, len, " since ");
			add_seconds(buf, len, now_ns - min(h->acquired_ns, now_ns));
		}
		add(buf, len, ", taken in %s", h->func ? h->func : "?");
	}
	if (t && step_of(t))
		add(buf, len, ", step %s", step_of(t));
}

/**
 * watchdog_text - one sentence: who waited for what, how long, who has it and what he does with it.
 *
 * Return: @buf
 */
const char *watchdog_text(const struct sim *sim, const struct watchdog_blame *b,
			  const struct task *t, sim_ns now_ns, char buf[WATCHDOG_TEXT])
{
	size_t len = 0;

	buf[0] = 0;
	add(buf, &len, "%s", t ? t->name : "its CPU");
	if (b->op && b->nr)
		add(buf, &len, " in `%s`", b->op);
	for (u32 i = 0; i < b->nr; i++)
		add_link(sim, &b->link[i], i == 0, now_ns, buf, &len);
	if (!b->nr) {
		add_own(sim, b, buf, &len);
		add_holds(t, now_ns, buf, &len);
	}
	return buf;
}
