// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task walks its operations: loops, preambles, times, failures, results.
 *
 * Invariants: an operation is bracketed by sim_op_begin() and sim_op_end(), control is not; an
 * operation's fail= reaches no further than the operation; signals are delivered between
 * operations, and a task that was killed does nothing more; a loop round costs at least a
 * nanosecond, so that a loop that waits for somebody cannot stop time where nothing has a cost.
 */
#include "model/task_work.h"
#include "sim/engine.h"
#include "tools/replay/internal.h"

#define ROUND_NS 1

struct walk {
	struct rp_actor *a;
	struct task *me;
	struct trace_env *env;
};

static void walk_ops(struct walk *w, u32 first, u32 end);

/* env->draw: random values are choices on the tape. */
static u64 draw(void *ctx, u64 n)
{
	struct rp_actor *a = ctx;
	struct sim *sim = a->r->sim;
	u64 high;

	if (n <= UINT32_MAX)
		return sim_choose(sim, CHOICE_VALUE, (u32)n);
	high = sim_choose(sim, CHOICE_VALUE, (u32)((n - 1) >> 32) + 1);
	return (high << 32 | sim_choose(sim, CHOICE_VALUE, 0)) % n;
}

static void env_init(struct trace_env *env, struct rp_actor *a)
{
	*env = (struct trace_env){.draw = draw, .ctx = a};
	env->var[0] = a->trace->first + a->instance;
}

static const struct trace_arg *arg_of(const struct walk *w, const struct trace_op *op,
				      enum trace_arg_id id)
{
	return trace_op_arg(w->a->r->trace, op, id);
}

static u64 value_of(const struct walk *w, const struct trace_op *op, enum trace_arg_id id,
		    u64 otherwise)
{
	return trace_op_u64(w->a->r->trace, op, id, otherwise, w->env);
}

/* "at T" counts from the start of the run, "after T" from the end of what came before. */
static void wait_for_time(struct walk *w, const struct trace_op *op)
{
	if (arg_of(w, op, TRACE_ARG_AT)) {
		sim_ns at_ns = value_of(w, op, TRACE_ARG_AT, 0);

		if (at_ns > sim_now(w->me))
			sim_sleep_until(w->me, at_ns);
	} else if (arg_of(w, op, TRACE_ARG_AFTER)) {
		sim_sleep(w->me, value_of(w, op, TRACE_ARG_AFTER, 0));
	}
}

static void walk_repeat(struct walk *w, u32 i)
{
	const struct trace_op *op = &w->a->r->trace->ops[i];
	const struct trace_arg *until = arg_of(w, op, TRACE_ARG_UNTIL);
	u64 rounds = value_of(w, op, TRACE_ARG_COUNT, UINT64_MAX);

	for (u64 n = 0; n < rounds && !w->a->killed; n++) {
		if (until && rp_signal_raised(w->a->r, until->index))
			return;
		walk_ops(w, i + 1, op->match);
		sim_compute(w->me, ROUND_NS);
		sim_point(w->me, w->me->id, SIM_READ);
	}
}

static void walk_for(struct walk *w, u32 i)
{
	const struct trace_op *op = &w->a->r->trace->ops[i];
	u64 var = arg_of(w, op, TRACE_ARG_VAR)->value;
	u64 from = value_of(w, op, TRACE_ARG_FROM, 0), to = value_of(w, op, TRACE_ARG_TO, 0);
	u64 step = value_of(w, op, TRACE_ARG_STEP, 1);

	for (u64 v = from; v <= to && !w->a->killed; v += step) {
		w->env->var[var] = v;
		walk_ops(w, i + 1, op->match);
		if (v > to - min(step, to)) /* the next step may not fit 64 bits */
			break;
	}
}

static void walk_use(struct walk *w, const struct trace_op *op)
{
	const struct trace *t = w->a->r->trace;
	const struct trace_preamble *pre = &t->preambles[arg_of(w, op, TRACE_ARG_PREAMBLE)->index];
	struct trace_env env;
	struct walk inner = {w->a, w->me, &env};

	env_init(&env, w->a);
	walk_ops(&inner, pre->first_op, pre->first_op + pre->n_ops);
}

/* Signals, barriers, sleeping: what paces a task.  False if the verb is none of these. */
static bool do_control(struct walk *w, struct rp_call *c)
{
	const struct trace_op *op = c->op;

	switch (op->verb) {
	case TRACE_OP_SLEEP:
		sim_sleep(w->me, value_of(w, op, TRACE_ARG_TIME, 0));
		return true;
	case TRACE_OP_SIGNAL:
		rp_signal_raise(c);
		return true;
	case TRACE_OP_WAIT:
		rp_signal_wait(c, rp_name(c, TRACE_ARG_NAME),
			       (u32)value_of(w, op, TRACE_ARG_COUNT, 1));
		return true;
	case TRACE_OP_BARRIER:
		rp_barrier_wait(c);
		return true;
	case TRACE_OP_EXPECT:
		rp_check_cond(w->a->r, w->me,
			      &w->a->r->trace->conds[arg_of(w, op, TRACE_ARG_COND)->index]);
		return true;
	case TRACE_OP_FAIL:
		rp_fail_from_now(c);
		return true;
	case TRACE_OP_KILL:
		rp_kill(c);
		return true;
	case TRACE_OP_USE:
		walk_use(w, op);
		return true;
	default:
		return false;
	}
}

/* Accesses come by the million and mostly change nothing. */
static void check_after(struct task *me, const struct trace_op *op)
{
	if (op->verb == TRACE_OP_ACCESS || op->verb == TRACE_OP_TOUCH)
		machine_check_access(me);
	else
		machine_check_op(me);
}

static void do_op(struct walk *w, const struct trace_op *op)
{
	struct rp_result res = {0};
	struct rp_call c = {w->a, w->me, op, w->env, &res};
	struct rp_fail before;

	w->me->op_line = op->line;
	if (do_control(w, &c))
		return;
	rp_fail_begin(&c, &before);
	sim_op_begin(w->me, trace_verbs[op->verb].name);
	res.ret = rp_process_may(&c);
	if (!res.ret)
		res.ret = rp_verbs[op->verb](&c);
	w->a->latency_ns = max(w->a->latency_ns, sim_now(w->me) - w->me->op_since_ns);
	sim_op_end(w->me, res.ret);
	rp_fail_end(&c, &before);
	w->a->ops++;
	w->a->errors += res.ret < 0;
	rp_check_result(&c);
	rp_process_signal(&c);
	if (w->a->r->opt.checks)
		check_after(w->me, op);
}

static void walk_ops(struct walk *w, u32 first, u32 end)
{
	const struct trace *t = w->a->r->trace;

	for (u32 i = first; i < end && !w->a->killed; i++) {
		const struct trace_op *op = &t->ops[i];

		wait_for_time(w, op);
		if (op->verb == TRACE_OP_REPEAT) {
			walk_repeat(w, i);
			i = op->match;
		} else if (op->verb == TRACE_OP_FOR) {
			walk_for(w, i);
			i = op->match;
		} else {
			do_op(w, op);
			/* back in user mode, where signals are for */
			w->a->killed = !signal_deliver(w->me);
		}
	}
}

void rp_task_main(struct task *me, void *arg)
{
	struct rp_actor *a = arg;
	struct trace_env env;
	struct walk w = {a, me, &env};

	env_init(&env, a);
	if (rp_process_begin(me, a)) {
		rp_boot(me, a);
		walk_ops(&w, a->trace->first_op, a->trace->first_op + a->trace->n_ops);
	}
	rp_process_end(me, a);
	rp_fail_at_exit(a);
}
