// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of operations in their tasks: preambles (no cycle, fit for the task), files, barriers.
 *
 * Invariant: after this every 'use' can be followed without a bound on depth other than
 * TRACE_DEPTH_MAX, and every operation on a file has one.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

enum { NEW, OPEN, DONE };

struct preamble_state {
	u8 state;
	u8 actors; /* who can do all of it */
	u8 height; /* of the tree of preambles below, itself included */
	u32 seen;  /* by the barrier count: 1 + the last task that came by */
};

struct op_check {
	/* one trace_check_ops() */
	struct trace_parser *p;
	struct trace *t;
	struct preamble_state *pre;
	u32 *barrier_seen;
	bool wants_file[TRACE_VERB_NR];
};

static struct trace_loc op_loc(const struct trace_op *op)
{
	return (struct trace_loc){op->line, op->col};
}

static const struct trace_preamble *used(const struct trace *t, const struct trace_op *op, u32 *i)
{
	*i = trace_op_arg(t, op, TRACE_ARG_PREAMBLE)->index;
	return *i == TRACE_NONE ? NULL : &t->preambles[*i];
}

static void visit_preamble(struct op_check *c, u32 i)
{
	struct preamble_state *s = &c->pre[i];
	const struct trace_preamble *pre = &c->t->preambles[i];

	s->state = OPEN;
	s->actors = BIT(TRACE_ACTOR_NR) - 1;
	s->height = 1;
	for (u32 k = 0; k < pre->n_ops; k++) {
		const struct trace_op *op = &c->t->ops[pre->first_op + k];
		u32 j;

		s->actors &= trace_verbs[op->verb].actors;
		if (op->verb != TRACE_OP_USE || !used(c->t, op, &j))
			continue;
		if (c->pre[j].state == OPEN) {
			trace_err(c->p, op_loc(op), NULL, "preamble '%s' comes to use itself",
				  c->t->preambles[j].name);
			continue;
		}
		if (c->pre[j].state == NEW)
			visit_preamble(c, j);
		s->actors &= c->pre[j].actors;
		if (c->pre[j].height >= s->height)
			s->height = c->pre[j].height + 1;
		if (s->height > TRACE_DEPTH_MAX) {
			trace_err(c->p, op_loc(op), NULL, "preambles are nested deeper than %u",
				  TRACE_DEPTH_MAX);
			s->height = 1;
		}
	}
	s->state = DONE;
}

static void check_file(struct op_check *c, const struct trace_op *op, u32 vm)
{
	if (trace_op_arg(c->t, op, TRACE_ARG_GMEM) || trace_op_arg(c->t, op, TRACE_ARG_MAP) ||
	    trace_op_arg(c->t, op, TRACE_ARG_ANON))
		return;
	if (op->verb == TRACE_OP_SEAMCALL && !trace_op_arg(c->t, op, TRACE_ARG_OFFSET))
		return;
	if (vm == TRACE_NONE)
		trace_err(c->p, op_loc(op), "add gmem=VM.FILE",
			  "'%s' does not say which file, and the task has no VM",
			  trace_verb_name(op->verb));
	else if (!c->t->vms[vm].n_gmems)
		trace_err(c->p, op_loc(op), "add gmem=NAME",
			  "'%s' does not say which file, and VM '%s' has none from the start",
			  trace_verb_name(op->verb), c->t->vms[vm].name);
}

/* One task's operations, and those of the preambles it uses (each once). */
static void walk(struct op_check *c, u32 first, u32 n, u32 task_index, bool inside)
{
	const struct trace_task *task = &c->t->tasks[task_index];

	for (u32 k = 0; k < n && !c->p->errs->dropped; k++) {
		const struct trace_op *op = &c->t->ops[first + k];
		u32 i;

		if (c->wants_file[op->verb])
			check_file(c, op, task->vm);
		if (op->verb == TRACE_OP_BARRIER) {
			i = trace_op_arg(c->t, op, TRACE_ARG_NAME)->index;
			if (c->barrier_seen[i] != task_index + 1)
				c->t->barrier_parties[i] += trace_task_instances(task);
			c->barrier_seen[i] = task_index + 1;
		}
		if (op->verb != TRACE_OP_USE || !used(c->t, op, &i))
			continue;
		if (!inside && !(c->pre[i].actors & BIT(task->kind)))
			trace_err(c->p, op_loc(op), NULL, "preamble '%s' is not for a %s task",
				  c->t->preambles[i].name, trace_actor_name(task->kind));
		if (c->pre[i].seen == task_index + 1)
			continue;
		c->pre[i].seen = task_index + 1;
		walk(c, c->t->preambles[i].first_op, c->t->preambles[i].n_ops, task_index, true);
	}
}

static void check_kill(struct trace_parser *p, const struct trace_op *op)
{
	const char *name = p->t->words[trace_op_arg(p->t, op, TRACE_ARG_TASK)->index];
	struct trace_cond unused;

	if (!trace_find_task(p->t, name, &unused))
		trace_err_no_task(p, op_loc(op), name, false);
}

void trace_check_ops(struct trace_parser *p)
{
	struct op_check c = {.p = p, .t = p->t};
	u32 errors = p->errs->n;

	c.pre = g_new0(struct preamble_state, p->t->n_preambles + 1);
	c.barrier_seen = g_new0(u32, p->t->n_barriers + 1);
	p->t->barrier_parties = g_new0(u32, p->t->n_barriers + 1);
	for (u32 v = 0; v < TRACE_VERB_NR; v++)
		for (u32 i = 0; i < trace_verbs[v].n_params; i++)
			if (trace_verbs[v].params[i].id == TRACE_ARG_GMEM &&
			    !trace_verbs[v].params[i].makes)
				c.wants_file[v] = true;
	for (u32 i = 0; i < p->t->n_preambles; i++)
		if (c.pre[i].state == NEW)
			visit_preamble(&c, i);
	for (u32 i = 0; i < p->t->n_ops; i++)
		if (p->t->ops[i].verb == TRACE_OP_KILL)
			check_kill(p, &p->t->ops[i]);
	if (p->errs->n == errors)
		for (u32 i = 0; i < p->t->n_tasks; i++)
			walk(&c, p->t->tasks[i].first_op, p->t->tasks[i].n_ops, i, false);
	g_free(c.pre);
	g_free(c.barrier_seen);
}
