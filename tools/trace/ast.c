// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be done with a parsed trace: free it, evaluate an argument, name a task.
 *
 * Invariant: nothing here changes a trace.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

void *trace_grow(void *v, u32 n, size_t size)
{
	if (n == 0)
		return g_realloc_n(v, 8, size);
	if (n >= 8 && (n & (n - 1)) == 0)
		return g_realloc_n(v, (size_t)n * 2, size);
	return v;
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	g_free(t->expect);
	trace_schedule_finish(&t->schedule);
	g_free(t->vms);
	g_free(t->gmems);
	g_free(t->slots);
	g_free(t->ranges);
	g_free(t->includes);
	g_free(t->costs);
	g_free(t->preambles);
	g_free(t->tasks);
	g_free(t->conds);
	g_free(t->ops);
	g_free(t->args);
	g_free(t->exprs);
	g_free(t->expects);
	g_free(t->fields);
	g_free(t->signals);
	g_free(t->locks);
	g_free(t->barriers);
	g_free(t->barrier_parties);
	g_free(t->pins);
	g_free(t->mappings);
	g_free(t->words);
	g_free(t->fail_points);
	g_free(t->lock_classes);
	g_free(t->sections);
	g_free(t->comments);
	if (t->arena)
		g_string_chunk_free(t->arena);
	g_free(t);
}

const char *trace_task_name(const struct trace_task *task, u32 i, char buf[TRACE_NAME_MAX + 12])
{
	if (task->numbered)
		snprintf(buf, TRACE_NAME_MAX + 12, "%s%u", task->name, task->first + i);
	else
		snprintf(buf, TRACE_NAME_MAX + 12, "%s", task->name);
	return buf;
}

static u64 expr_u64(const struct trace_expr *e, const struct trace_env *env)
{
	u64 v = e->base;

	if (e->rand_n)
		v += e->rand_step * env->draw(env->ctx, e->rand_n);
	for (u32 i = 0; i < 2; i++)
		v += e->scale[i] * env->var[e->var[i]];
	return v;
}

u64 trace_arg_u64(const struct trace *t, const struct trace_arg *arg, const struct trace_env *env)
{
	switch (arg->kind) {
	case TRACE_K_EXPR:
		return expr_u64(&t->exprs[arg->index], env);
	case TRACE_K_FLAG:
		return 1;
	default:
		return arg->value;
	}
}

u64 trace_op_u64(const struct trace *t, const struct trace_op *op, enum trace_arg_id id,
		 u64 otherwise, const struct trace_env *env)
{
	const struct trace_arg *arg = trace_op_arg(t, op, id);

	return arg ? trace_arg_u64(t, arg, env) : otherwise;
}
