// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps that are told to fail, and tasks that are sent signals.
 *
 * A trace that says fail=NAME:N states that the task passes NAME so often.  If it does not, what
 * the trace is about did not happen, and that is a finding of the rule expect.
 *
 * Invariant: fail_site and fail_nth of a task belong to its operation's fail=, or else to the last
 * "fail" of its body; fail=... @KERNEL for another kernel is as if it were not there.
 */
#include <stdio.h>
#include <string.h>

#include "sim/engine.h"
#include "tools/replay/internal.h"

static const struct trace_arg *fail_arg(const struct rp_actor *a, const struct trace_op *op)
{
	const struct trace_arg *arg = trace_op_arg(a->r->trace, op, TRACE_ARG_FAIL);

	return arg && arg->kernels && !(arg->kernels & BIT(a->r->kernel)) ? NULL : arg;
}

static void arm(struct rp_actor *a, const struct trace_arg *arg)
{
	a->task->fail_site = a->r->trace->fail_points[arg->index];
	a->task->fail_nth = (u32)arg->value;
}

/* The step that @op told to fail was not reached. */
static void unreached(struct rp_actor *a, const struct trace_op *op)
{
	const struct trace_arg *arg = fail_arg(a, op);
	const struct trace *t = a->r->trace;
	char text[256];

	trace_op_text(t, op, text, sizeof(text));
	sim_finding(a->r->sim, a->task, "expect",
		    "%s:%u:%u: `%s`: pass %llu of %s did not come, of which there were %llu",
		    t->path, op->line, op->col, text, (unsigned long long)arg->value,
		    t->fail_points[arg->index],
		    (unsigned long long)(arg->value - a->task->fail_nth));
}

void rp_fail_begin(struct rp_call *c, struct rp_fail *before)
{
	const struct trace_arg *arg = fail_arg(c->a, c->op);

	*before = (struct rp_fail){c->me->fail_site, c->me->fail_nth};
	if (arg)
		arm(c->a, arg);
}

void rp_fail_end(struct rp_call *c, const struct rp_fail *before)
{
	if (!fail_arg(c->a, c->op))
		return;
	if (c->me->fail_site && !fatal_signal_pending(c->me))
		unreached(c->a, c->op);
	c->me->fail_site = before->site;
	c->me->fail_nth = before->nth;
}

void rp_fail_from_now(struct rp_call *c)
{
	const struct trace_arg *arg = fail_arg(c->a, c->op);

	if (!arg)
		return;
	if (c->me->fail_site)
		unreached(c->a, c->a->fail_op);
	c->a->fail_op = c->op;
	arm(c->a, arg);
}

void rp_fail_at_exit(struct rp_actor *a)
{
	if (a->task->fail_site && !a->killed)
		unreached(a, a->fail_op);
}

static struct rp_actor *actor_by_name(struct replay *r, const char *name)
{
	char buf[TRACE_NAME_MAX + 12];

	for (u32 i = 0; i < r->nr_actors; i++) {
		if (!strcmp(trace_task_name(r->actors[i].trace, r->actors[i].instance, buf), name))
			return &r->actors[i];
	}
	SIM_ASSERT(!"the parser knows the task");
	return NULL;
}

static void send(struct task *me, struct task *target, u8 sig)
{
	sim_point(me, target->id, SIM_WRITE);
	send_signal(me, target, sig);
}

/*
 * A fatal signal is for the process: each of its threads dies on its way back to user mode, and the
 * last one takes the process's memory, files and VMs with it.
 *
 * Upstream: kernel/signal.c:complete_signal, kernel/exit.c:do_exit
 */
void rp_kill(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_actor *a = actor_by_name(r, r->trace->words[rp_name(c, TRACE_ARG_TASK)]);

	if (!rp_has(c, TRACE_ARG_FATAL)) {
		send(c->me, a->task, 1);
		return;
	}
	if (!rp_is_thread(a))
		return;
	sim_guard_lock(r->sim, &r->lock);
	r->processes[a->process].killed = true;
	sim_guard_unlock(r->sim, &r->lock);
	for (u32 i = 0; i < r->nr_actors; i++) {
		if (r->actors[i].process == a->process && rp_is_thread(&r->actors[i]))
			send(c->me, r->actors[i].task, 2);
	}
}
