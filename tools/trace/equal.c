// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether two traces say the same: places, comments and the order of pools aside.
 *
 * Invariant: looks at everything a runner can see, and names by their text, so that parsing the
 * printed form of a trace must give an equal one.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

struct compare {
	/* one trace_equal() */
	const struct trace *a, *b;
	char *why;
};

static bool differ(struct compare *c, const char *what, u32 i)
{
	if (c->why)
		snprintf(c->why, 128, "%s %u", what, i);
	return false;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_names(const char **a, u32 na, const char **b, u32 nb)
{
	if (na != nb)
		return false;
	for (u32 i = 0; i < na; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

/* ---- set-up ------------------------------------------------------------------------- */

static bool equal_tdx(const struct trace_tdx *a, const struct trace_tdx *b)
{
	return a->set == b->set && a->packages == b->packages && a->hkids == b->hkids &&
	       a->dynamic_pamt == b->dynamic_pamt && a->huge_pages == b->huge_pages &&
	       a->zero_step_tree == b->zero_step_tree && a->promote_tree == b->promote_tree &&
	       a->demote_poll == b->demote_poll && a->host_priority == b->host_priority &&
	       a->host_priority_timeout_ns == b->host_priority_timeout_ns &&
	       a->accept_stale_leaf == b->accept_stale_leaf &&
	       a->nonblocking_resize == b->nonblocking_resize;
}

static bool equal_watchdog(const struct trace_watchdog *a, const struct trace_watchdog *b)
{
	return a->thresh_ns == b->thresh_ns && a->rcu_stall_ns == b->rcu_stall_ns &&
	       a->wq_thresh_ns == b->wq_thresh_ns && a->hung_task_ns == b->hung_task_ns &&
	       a->phase_ns == b->phase_ns && a->hardlockup == b->hardlockup;
}

static bool equal_head(struct compare *c)
{
	const struct trace *a = c->a, *b = c->b;
	const struct trace_machine *m = &a->machine, *n = &b->machine;
	const struct trace_design *d = &a->design, *e = &b->design;

	if (a->head_set != b->head_set || !same_text(a->title, b->title) ||
	    a->expect_any != b->expect_any ||
	    !same_names(a->expect, a->n_expect, b->expect, b->n_expect))
		return differ(c, "head", 0);
	if (m->set != n->set || m->cpus != n->cpus || m->memory != n->memory ||
	    m->preempt != n->preempt || m->scheduler != n->scheduler || m->hz != n->hz ||
	    m->slice_ns != n->slice_ns || m->hugepages_2m != n->hugepages_2m ||
	    m->hugepages_1g != n->hugepages_1g || m->fail_one_in != n->fail_one_in ||
	    m->hvo != n->hvo || m->restructure != n->restructure ||
	    !equal_watchdog(&m->watchdog, &n->watchdog))
		return differ(c, "[machine]", 0);
	if (d->set != e->set || d->kernel != e->kernel || !same_text(d->locking, e->locking) ||
	    d->locking_arg != e->locking_arg)
		return differ(c, "[design]", 0);
	if (!equal_tdx(&a->tdx, &b->tdx))
		return differ(c, "[tdx]", 0);
	if (a->n_sections != b->n_sections)
		return differ(c, "number of sections", a->n_sections);
	for (u32 i = 0; i < a->n_sections; i++)
		if (a->sections[i].kind != b->sections[i].kind ||
		    a->sections[i].index != b->sections[i].index)
			return differ(c, "section", i);
	return true;
}

static bool equal_td(const struct trace_td *a, const struct trace_td *b)
{
	return a->build == b->build && a->accepted.first == b->accepted.first &&
	       a->accepted.n == b->accepted.n && a->pending.first == b->pending.first &&
	       a->pending.n == b->pending.n && a->accept == b->accept &&
	       a->accept_len == b->accept_len &&
	       a->pending_ve_disable == b->pending_ve_disable && a->on_mapgpa == b->on_mapgpa;
}

static bool equal_vm(const struct trace_vm *a, const struct trace_vm *b)
{
	return same_text(a->name, b->name) && a->set == b->set && a->type == b->type &&
	       a->memory == b->memory && a->vcpus == b->vcpus && a->backing == b->backing &&
	       a->init == b->init && a->mmap == b->mmap && a->private_zap == b->private_zap &&
	       a->on_memory_fault == b->on_memory_fault &&
	       a->mapped.first == b->mapped.first && a->mapped.n == b->mapped.n &&
	       equal_watchdog(&a->watchdog, &b->watchdog) && equal_td(&a->td, &b->td) &&
	       a->first_gmem == b->first_gmem &&
	       a->n_gmems == b->n_gmems && a->first_slot == b->first_slot &&
	       a->n_slots == b->n_slots;
}

static bool equal_gmem(const struct trace_gmem *a, const struct trace_gmem *b)
{
	return same_text(a->name, b->name) && a->vm == b->vm && a->created == b->created &&
	       a->set == b->set && a->size == b->size && a->backing == b->backing &&
	       a->init == b->init && a->mmap == b->mmap;
}

static bool equal_slot(const struct trace_slot *a, const struct trace_slot *b)
{
	return a->vm == b->vm && a->set == b->set && a->id == b->id && a->gmem == b->gmem &&
	       a->gpa == b->gpa && a->len == b->len && a->offset == b->offset;
}

static bool equal_vms(struct compare *c)
{
	const struct trace *a = c->a, *b = c->b;

	if (a->n_vms != b->n_vms || a->n_gmems != b->n_gmems || a->n_slots != b->n_slots ||
	    a->n_ranges != b->n_ranges)
		return differ(c, "number of VMs, files or slots", a->n_vms);
	for (u32 i = 0; i < a->n_vms; i++)
		if (!equal_vm(&a->vms[i], &b->vms[i]))
			return differ(c, "VM", i);
	for (u32 i = 0; i < a->n_gmems; i++)
		if (!equal_gmem(&a->gmems[i], &b->gmems[i]))
			return differ(c, "file", i);
	for (u32 i = 0; i < a->n_slots; i++)
		if (!equal_slot(&a->slots[i], &b->slots[i]))
			return differ(c, "slot", i);
	for (u32 i = 0; i < a->n_ranges; i++)
		if (a->ranges[i].from != b->ranges[i].from || a->ranges[i].end != b->ranges[i].end)
			return differ(c, "range", i);
	return true;
}

static bool equal_costs(struct compare *c)
{
	const struct trace *a = c->a, *b = c->b;

	if (!same_names(a->includes, a->n_includes, b->includes, b->n_includes) ||
	    a->n_costs != b->n_costs)
		return differ(c, "[cost]", 0);
	for (u32 i = 0; i < a->n_costs; i++) {
		const struct trace_cost *x = &a->costs[i], *y = &b->costs[i];

		if (!same_text(x->name, y->name) || x->dist != y->dist || x->a_ns != y->a_ns ||
		    x->b_ns != y->b_ns || !same_text(x->source, y->source))
			return differ(c, "cost", i);
	}
	return true;
}

static bool equal_schedule(struct compare *c)
{
	return trace_schedule_equal(&c->a->schedule, &c->b->schedule) ||
	       differ(c, "[schedule]", 0);
}

/* ---- operations ------------------------------------------------------------------------ */

static bool equal_cond(struct compare *c, const struct trace_cond *a, const struct trace_cond *b)
{
	if (a->quant != b->quant || a->pred != b->pred || a->cmp != b->cmp ||
	    a->instance != b->instance || a->addr != b->addr || a->value != b->value)
		return false;
	if (trace_preds[a->pred].args == TRACE_PA_LOCK)
		return same_text(c->a->lock_classes[a->subject], c->b->lock_classes[b->subject]);
	if (trace_preds[a->pred].args == TRACE_PA_SEAMCALL)
		return same_text(c->a->words[a->subject], c->b->words[b->subject]);
	return a->subject == b->subject;
}

static bool equal_expr(const struct trace_expr *a, const struct trace_expr *b)
{
	if (a->base != b->base || a->rand_n != b->rand_n ||
	    (a->rand_n && a->rand_step != b->rand_step))
		return false;
	for (u32 i = 0; i < 2; i++)
		if (a->scale[i] != b->scale[i] || (a->scale[i] && a->var[i] != b->var[i]))
			return false;
	return true;
}

static bool equal_alt(struct compare *c, const struct trace_expect *a, const struct trace_expect *b)
{
	if (a->outcome != b->outcome || a->kernels != b->kernels || a->n_fields != b->n_fields)
		return false;
	if (a->outcome == TRACE_OUT_STATUS ?
		    !same_text(c->a->words[a->value], c->b->words[b->value]) :
		    a->value != b->value)
		return false;
	for (u32 i = 0; i < a->n_fields; i++) {
		const struct trace_field *x = &c->a->fields[a->first_field + i];
		const struct trace_field *y = &c->b->fields[b->first_field + i];

		if (x->id != y->id || x->value != y->value)
			return false;
	}
	return true;
}

static const char *name_of(const struct trace *t, const struct trace_op *op,
			   const struct trace_arg *arg)
{
	const struct trace_verb_info *info = &trace_verbs[op->verb];

	for (u32 i = 0; i < info->n_params; i++) {
		if (info->params[i].id != arg->id)
			continue;
		switch (info->params[i].type) {
		case TRACE_T_SIGNAL:
			return t->signals[arg->index];
		case TRACE_T_LOCK:
			return t->locks[arg->index];
		case TRACE_T_BARRIER:
			return t->barriers[arg->index];
		case TRACE_T_PIN:
			return t->pins[arg->index];
		case TRACE_T_MAPPING:
			return t->mappings[arg->index];
		case TRACE_T_GMEM:
			return t->gmems[arg->index].name;
		case TRACE_T_VM:
			return t->vms[arg->index].name;
		case TRACE_T_PREAMBLE:
			return t->preambles[arg->index].name;
		default:
			return t->words[arg->index];
		}
	}
	return NULL;
}

static bool equal_arg(struct compare *c, const struct trace_op *op, const struct trace_arg *a,
		      const struct trace_op *other, const struct trace_arg *b)
{
	if (a->id != b->id || a->kind != b->kind || a->value != b->value)
		return false;
	switch (a->kind) {
	case TRACE_K_EXPR:
		return equal_expr(&c->a->exprs[a->index], &c->b->exprs[b->index]);
	case TRACE_K_COND:
		return equal_cond(c, &c->a->conds[a->index], &c->b->conds[b->index]);
	case TRACE_K_FAILPOINT:
		return a->kernels == b->kernels &&
		       same_text(c->a->fail_points[a->index], c->b->fail_points[b->index]);
	case TRACE_K_NAME:
		return same_text(name_of(c->a, op, a), name_of(c->b, other, b));
	case TRACE_K_ALTS:
		for (u32 i = 0; i < a->value; i++)
			if (!equal_alt(c, &c->a->expects[a->index + i],
				       &c->b->expects[b->index + i]))
				return false;
		return true;
	default:
		return true;
	}
}

static bool equal_ops(struct compare *c)
{
	if (c->a->n_ops != c->b->n_ops)
		return differ(c, "number of operations", c->a->n_ops);
	for (u32 i = 0; i < c->a->n_ops; i++) {
		const struct trace_op *a = &c->a->ops[i], *b = &c->b->ops[i];

		if (a->verb != b->verb || a->n_args != b->n_args || a->match != b->match)
			return differ(c, "operation", i);
		for (u32 k = 0; k < a->n_args; k++)
			if (!equal_arg(c, a, &c->a->args[a->first_arg + k], b,
				       &c->b->args[b->first_arg + k]))
				return differ(c, "argument of operation", i);
	}
	return true;
}

static bool equal_tasks(struct compare *c)
{
	const struct trace *a = c->a, *b = c->b;

	if (a->n_tasks != b->n_tasks || a->n_preambles != b->n_preambles ||
	    a->n_final != b->n_final)
		return differ(c, "number of tasks, preambles or conditions", a->n_tasks);
	for (u32 i = 0; i < a->n_tasks; i++) {
		const struct trace_task *x = &a->tasks[i], *y = &b->tasks[i];

		if (!same_text(x->name, y->name) || x->numbered != y->numbered ||
		    x->range != y->range || x->first != y->first || x->last != y->last ||
		    x->set != y->set || x->kind != y->kind || x->vm != y->vm ||
		    x->cpu_first != y->cpu_first || x->cpu_last != y->cpu_last ||
		    !same_text(x->process, y->process) || x->first_op != y->first_op ||
		    x->n_ops != y->n_ops)
			return differ(c, "task", i);
	}
	for (u32 i = 0; i < a->n_preambles; i++)
		if (!same_text(a->preambles[i].name, b->preambles[i].name) ||
		    a->preambles[i].first_op != b->preambles[i].first_op ||
		    a->preambles[i].n_ops != b->preambles[i].n_ops)
			return differ(c, "preamble", i);
	for (u32 i = 0; i < a->n_final; i++)
		if (!equal_cond(c, &a->conds[a->first_final + i], &b->conds[b->first_final + i]))
			return differ(c, "condition", i);
	if (a->n_barriers != b->n_barriers)
		return differ(c, "number of barriers", a->n_barriers);
	for (u32 i = 0; i < a->n_barriers; i++)
		if (a->barrier_parties[i] != b->barrier_parties[i])
			return differ(c, "parties of barrier", i);
	return true;
}

bool trace_equal(const struct trace *a, const struct trace *b, char why[128])
{
	struct compare c = {a, b, why};

	return equal_head(&c) && equal_vms(&c) && equal_costs(&c) && equal_schedule(&c) &&
	       equal_tasks(&c) && equal_ops(&c);
}
