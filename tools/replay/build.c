// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a trace to a simulation that is ready to run, and through it.
 *
 * Invariant: what this gmemsim cannot do is refused here, with the place in the trace; the run
 * itself meets only operations it can perform.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/events.h"
#include "model/lockings.h"
#include "model/seamcalls.h"
#include "tools/replay/internal.h"

void replay_options_default(struct replay_options *opt)
{
	*opt = (struct replay_options){
		.engine = ENGINE_VIRTUAL,
		.seed = 1,
		.kernel = REPLAY_TRACE_SAYS,
		.sched = REPLAY_TRACE_SAYS,
		.lock_stat = true,
		.checks = true,
	};
}

void rp_error(struct replay *r, u32 line, u32 col, const char *fmt, ...)
{
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trace_errors_add(r->errs, r->trace->path, (struct trace_loc){line, col}, NULL,
			 strdup(text));
}

/* ---- what cannot be run ------------------------------------------------------------ */

static bool needs_vm(u8 verb)
{
	switch (verb) {
	case TRACE_OP_BIND:
	case TRACE_OP_UNBIND:
	case TRACE_OP_MEMSLOT_DELETE:
	case TRACE_OP_ATTRIBUTES:
	case TRACE_OP_PREFAULT:
	case TRACE_OP_POPULATE:
	case TRACE_OP_LOCK:
	case TRACE_OP_UNLOCK:
	case TRACE_OP_ACCEPT:
	case TRACE_OP_MAPGPA:
		return true;
	default:
		return false;
	}
}

/* A pipe holds pages, all other ways come and go. */
static void check_via(struct replay *r, const struct trace_op *op)
{
	const struct trace_arg *arg = trace_op_arg(r->trace, op, TRACE_ARG_VIA);

	if (arg && (arg->value == TRACE_VIA_PIPE) != (op->verb == TRACE_OP_PIN))
		rp_error(r, op->line, op->col, op->verb == TRACE_OP_PIN ?
						       "a pin can only be taken via=pipe" :
						       "only a pin can be taken via=pipe");
}

static void check_op(struct replay *r, const struct trace_op *op)
{
	const struct trace_verb_info *info = &trace_verbs[op->verb];
	const struct trace_arg *cond = trace_op_arg(r->trace, op, TRACE_ARG_COND);

	if (info->issue == 0 || info->issue > TRACE_THIS_ISSUE)
		rp_error(r, op->line, op->col, "verb '%s' is not supported yet", info->name);
	if (cond && !rp_cond_now(&r->trace->conds[cond->index]))
		rp_error(r, op->line, op->col,
			 "this condition is known at the end only: put it into [final]");
	rp_check_words(r, op);
	check_via(r, op);
}

/* What only a TD has. */
static bool needs_td(u8 verb)
{
	switch (verb) {
	case TRACE_OP_ACCEPT:
	case TRACE_OP_MAPGPA:
	case TRACE_OP_TD_INIT:
	case TRACE_OP_TD_VCPU:
	case TRACE_OP_FINALIZE:
	case TRACE_OP_TERMINATE:
		return true;
	default:
		return false;
	}
}

static void check_td(struct replay *r, const struct trace_task *task, const struct trace_op *op)
{
	const struct trace_arg *arg = trace_op_arg(r->trace, op, TRACE_ARG_VM);
	u32 vm = arg ? arg->index : task->vm;

	if (needs_td(op->verb) &&
	    (vm == TRACE_NONE || r->trace->vms[vm].type != TRACE_VM_TDX))
		rp_error(r, op->line, op->col, "'%s' is for VMs of type tdx",
			 trace_verb_name((enum trace_verb)op->verb));
}

static void check_task(struct replay *r, const struct trace_task *task)
{
	for (u32 i = 0; i < task->n_ops; i++) {
		const struct trace_op *op = &r->trace->ops[task->first_op + i];

		if (task->vm == TRACE_NONE && needs_vm(op->verb))
			rp_error(r, op->line, op->col, "'%s' by a task of no VM: add vm=NAME",
				 trace_verb_name((enum trace_verb)op->verb));
		else
			check_td(r, task, op);
	}
}

static void check_machine(struct replay *r)
{
	const struct trace *t = r->trace;
	const char *why;

	why = locking_refuses(r->locking_name, r->locking_arg, (enum kernel_design)r->kernel);
	if (why && !r->opt.locking_ops)
		rp_error(r, t->design.loc.line, t->design.loc.col,
			 "locking = %s with kernel = %s: %s", r->locking,
			 trace_kernel_name(r->kernel), why);
	for (u32 i = 0; i < t->n_gmems; i++) {
		if (!t->gmems[i].created && t->gmems[i].backing != PAGE_SIZE &&
		    r->kernel < TRACE_KERNEL_HUGETLB_WIP)
			rp_error(r, t->gmems[i].loc.line, t->gmems[i].loc.col,
				 "kernel = %s has no files with a backing of huge pages",
				 trace_kernel_name(r->kernel));
	}
	if (t->machine.memory >> PAGE_SHIFT >= MACHINE_PAGES_MAX)
		rp_error(r, t->machine.loc.line, t->machine.loc.col,
			 "memory: the model's memory map ends below %lluT",
			 MACHINE_PAGES_MAX >> (40 - PAGE_SHIFT));
	if (bug_by_slug(r->opt.bug) == NR_BUGS)
		rp_error(r, 0, 0, "no planted fault is called '%s'; see gmemsim list bugs",
			 r->opt.bug);
}

static bool check_trace(struct replay *r)
{
	check_machine(r);
	for (u32 i = 0; i < r->trace->n_ops; i++)
		check_op(r, &r->trace->ops[i]);
	for (u32 i = 0; i < r->trace->n_tasks; i++)
		check_task(r, &r->trace->tasks[i]);
	rp_check_watchdogs(r);
	return r->errs->n == 0 && r->errs->dropped == 0;
}

/* ---- simulation and machine ----------------------------------------------------------- */

static void sim_config_of(struct replay *r, struct sim_config *cfg, const struct cost_table *costs)
{
	const struct trace_machine *m = &r->trace->machine;
	const struct replay_options *o = &r->opt;

	sim_config_default(cfg);
	cfg->engine = o->engine;
	cfg->sched = o->sched == REPLAY_TRACE_SAYS ? (enum sched_policy)m->scheduler :
						     (enum sched_policy)o->sched;
	cfg->preempt = (enum preempt_model)m->preempt;
	cfg->nr_cpus = m->cpus;
	cfg->hz = m->hz;
	cfg->slice_ns = m->slice_ns;
	cfg->seed = o->seed;
	cfg->cost_scale = o->cost_scale;
	cfg->lock_stat = o->lock_stat;
	cfg->record_events = o->record_events;
	cfg->record_tape = o->record_tape;
	cfg->checks = o->checks;
	cfg->races = o->races;
	cfg->limit_ns = o->limit_ns;
	cfg->limit_points = o->limit_points;
	cfg->limit_bytes = o->limit_bytes;
	cfg->out_of_memory = o->out_of_memory;
	cfg->switch_cost_ns = costs->dist[COST_context_switch].a_ns;
	cfg->wake_latency_ns = costs->dist[COST_wake_latency].a_ns;
	cfg->replay_line = o->replay_line;
	cfg->event_desc = model_event_desc;
	cfg->nr_event_desc = NR_MODEL_EVENTS;
	cfg->explorer = o->explorer;
	cfg->all_points = o->all_points;
	cfg->replay = o->tape;
	cfg->replay_len = o->tape_len;
	cfg->pool = o->pool;
	/* who explores has no time to sample */
	if (o->engine == ENGINE_VIRTUAL && cfg->sched == SCHED_FIFO)
		rp_watchdog_config(&m->watchdog, &cfg->watchdog);
}

/* Huge pages that a "create" with plain numbers wants. */
static u64 created_pages(const struct trace *t, const struct trace_op *op, u64 backing)
{
	const struct trace_arg *size = trace_op_arg(t, op, TRACE_ARG_SIZE);
	const struct trace_arg *arg = trace_op_arg(t, op, TRACE_ARG_BACKING);

	if (op->verb != TRACE_OP_CREATE || !arg || arg->value != backing || !size ||
	    size->kind != TRACE_K_CONST)
		return 0;
	return size->value / backing;
}

/* What the trace says, or what its files need. */
static struct hugetlb_pool_config pool_config(const struct trace *t, u64 backing, u32 stated)
{
	struct hugetlb_pool_config pool = {.order = rp_page_order(backing)};

	if (stated != TRACE_NONE) {
		pool.nr_huge_pages = stated;
		return pool;
	}
	for (u32 i = 0; i < t->n_gmems; i++) {
		if (!t->gmems[i].created && t->gmems[i].backing == backing)
			pool.nr_huge_pages += t->gmems[i].size / backing;
	}
	for (u32 i = 0; i < t->n_ops; i++)
		pool.nr_huge_pages += created_pages(t, &t->ops[i], backing);
	return pool;
}

/* No pools, and none of the kernel's threads that go with them, where nobody has huge pages. */
static void configure_pools(const struct replay *r, struct machine_config *cfg)
{
	const struct trace_machine *m = &r->trace->machine;
	struct hugetlb_pool_config *pool = cfg->hugetlb;

	pool[0] = pool_config(r->trace, 2ull << 20, m->hugepages_2m);
	pool[1] = pool_config(r->trace, 1ull << 30, m->hugepages_1g);
	if (!pool[0].nr_huge_pages && !pool[1].nr_huge_pages)
		pool[0] = pool[1] = (struct hugetlb_pool_config){0};
}

bool rp_has_module(const struct replay *r)
{
	for (u32 i = 0; i < r->trace->n_vms; i++) {
		if (r->trace->vms[i].type == TRACE_VM_TDX)
			return true;
	}
	return r->trace->tdx.loc.line != 0;
}

static void configure_tdx(const struct replay *r, struct machine_config *cfg)
{
	const struct trace_tdx *t = &r->trace->tdx;

	cfg->enable_tdx = rp_has_module(r);
	cfg->tdx_huge_pages = t->huge_pages;
	cfg->tdx = (struct tdx_module_config){
		.nr_packages = t->packages,
		.nr_hkids = t->hkids,
		.dynamic_pamt = t->dynamic_pamt,
		.zero_step_exclusive = t->zero_step_tree == TRACE_TREE_EXCLUSIVE,
		.promote_shared = t->promote_tree == TRACE_TREE_SHARED,
		.demote_polls = t->demote_poll == TRACE_POLL_ALWAYS,
		.hp_lost = t->host_priority == TRACE_HP_LOST,
		.accept_stale_leaf = t->accept_stale_leaf,
		.nonblocking_resize = t->nonblocking_resize,
		.hp_timeout_ns = t->host_priority_timeout_ns,
	};
}

static bool create_machine(struct replay *r, const struct cost_table *costs)
{
	struct machine_config cfg = {
		.kernel = (enum kernel_design)r->kernel,
		.locking = r->locking_name,
		.locking_arg = r->locking_arg,
		.locking_ops = r->opt.locking_ops,
		.memory_pages = r->trace->machine.memory / PAGE_SIZE,
		.costs = *costs,
		.bug = r->opt.bug,
		.checks = r->opt.checks,
		.lru_batches = true,
		.hugetlb_optimize_vmemmap = r->trace->machine.hvo,
		.restructure = (enum hugetlb_restructure)r->trace->machine.restructure,
	};
	struct sim_config sim_cfg;

	configure_pools(r, &cfg);
	configure_tdx(r, &cfg);
	sim_config_of(r, &sim_cfg, costs);
	r->sim = sim_create(&sim_cfg);
	if (!r->sim) {
		rp_error(r, 0, 0, "cannot make the simulation: %s", strerror(errno));
		return false;
	}
	r->machine = machine_create(r->sim, &cfg);
	return true;
}

static u32 find_process(struct replay *r, const char *name)
{
	for (u32 i = 0; i < r->nr_processes; i++) {
		if (strcmp(r->processes[i].name, name) == 0)
			return i;
	}
	r->processes[r->nr_processes] = (struct rp_process){
		.name = name,
		.mm = mm_create(r->machine, name),
	};
	return r->nr_processes++;
}

static void create_vms(struct replay *r)
{
	static const enum vm_type types[TRACE_VM_NR] = {
		[TRACE_VM_DEFAULT] = VM_DEFAULT,
		[TRACE_VM_SW_PROTECTED] = VM_SW_PROTECTED,
		[TRACE_VM_TDX] = VM_TDX,
	};
	const struct trace *t = r->trace;

	r->vms = sim_zalloc(r->sim, (t->n_vms + 1) * sizeof(*r->vms));
	r->processes = sim_zalloc(r->sim, (t->n_vms + t->n_tasks + 1) * sizeof(*r->processes));
	for (u32 i = 0; i < t->n_vms; i++) {
		const struct trace_vm *v = &t->vms[i];
		u32 process = find_process(r, v->name);

		r->vms[i].trace = v;
		r->vms[i].process = process;
		INIT_LIST_HEAD(&r->vms[i].slots);
		r->vms[i].vm = vm_create(r->machine, v->name, types[v->type],
					 r->processes[process].mm, v->vcpus);
		vm_set_private_zap(r->vms[i].vm, v->private_zap == TRACE_ZAP_DESTROYS);
		vm_set_pending_ve_disable(r->vms[i].vm, v->td.pending_ve_disable);
		r->has_tds |= v->type == TRACE_VM_TDX;
	}
}

/* ---- tasks --------------------------------------------------------------------------- */

u32 rp_actor_total(const struct trace *t)
{
	u32 n = 0;

	for (u32 i = 0; i < t->n_tasks; i++)
		n += trace_task_instances(&t->tasks[i]);
	return n;
}

static s32 cpu_of(const struct trace_task *task, u32 instance)
{
	if (task->cpu_first == TRACE_NONE)
		return -1;
	return (s32)(task->cpu_first == task->cpu_last ? task->cpu_first :
							 task->cpu_first + instance);
}

static bool create_task(struct replay *r, const struct trace_task *task, u32 instance)
{
	static const enum actor_kind kinds[TRACE_ACTOR_NR] = {
		[TRACE_ACTOR_GUEST] = ACTOR_GUEST,
		[TRACE_ACTOR_VMM] = ACTOR_VMM,
		[TRACE_ACTOR_KERNEL] = ACTOR_KERNEL,
		[TRACE_ACTOR_DEVICE] = ACTOR_DEVICE,
	};
	struct rp_actor *a = &r->actors[r->nr_actors];
	char name[TRACE_NAME_MAX + 12];

	a->r = r;
	a->trace = task;
	a->id = r->nr_actors++;
	a->instance = instance;
	a->vm = task->vm == TRACE_NONE ? NULL : &r->vms[task->vm];
	a->halts = a->spins = TRACE_NONE;
	a->process = find_process(r, task->process);
	a->task = sim_task_create(r->sim, trace_task_name(task, instance, name), kinds[task->kind],
				  rp_task_main, a, cpu_of(task, instance));
	if (!a->task) {
		rp_error(r, task->loc.line, task->loc.col, "no memory for task %s", name);
		return false;
	}
	if (task->kind == TRACE_ACTOR_GUEST)
		task_bind_vcpu(a->task, vm_vcpu(a->vm->vm, task->first + instance));
	else
		task_bind_mm(a->task, r->processes[a->process].mm);
	return true;
}

static bool create_tasks(struct replay *r)
{
	const struct trace *t = r->trace;

	r->actors = sim_zalloc(r->sim, (rp_actor_total(t) + 1) * sizeof(*r->actors));
	for (u32 i = 0; i < t->n_tasks; i++) {
		for (u32 k = 0; k < trace_task_instances(&t->tasks[i]); k++) {
			if (!create_task(r, &t->tasks[i], k))
				return false;
		}
	}
	return true;
}

/* ---- life cycle ----------------------------------------------------------------------- */

/* Everything that changes in a run is the simulation's, but for what struct replay has itself. */
static void keep(struct replay *r)
{
	struct replay *kept = malloc(sizeof(*kept));

	SIM_ASSERT(kept);
	if (sim_checkpoint(r->sim)) {
		free(kept);
		return;
	}
	*kept = *r;
	r->kept = kept;
}

static struct replay *rebuild(struct replay *r, u64 seed, const struct choice *tape,
			      size_t tape_len)
{
	struct replay_options opt = r->opt;
	struct trace_errors errs = {0};
	const struct trace *t = r->trace;

	opt.seed = seed;
	opt.tape = tape;
	opt.tape_len = tape_len;
	replay_destroy(r);
	r = replay_create(t, &opt, &errs);
	SIM_ASSERT(r); /* it could be built before */
	return r;
}

struct replay *replay_again(struct replay *r, u64 seed, const struct choice *tape, size_t tape_len)
{
	struct replay *kept = r->kept;

	if (!kept)
		return rebuild(r, seed, tape, tape_len);
	sim_restore(r->sim, seed);
	*r = *kept;
	r->kept = kept;
	r->opt.seed = seed;
	r->opt.tape = tape;
	r->opt.tape_len = tape_len;
	if (tape)
		choice_tape_replay(&r->sim->tape, tape, tape_len);
	return r;
}

static bool choose_locking(struct replay *r)
{
	char why[160], *text;

	r->locking_name = r->trace->design.locking;
	r->locking_arg = r->trace->design.locking_arg;
	if (r->opt.locking &&
	    !trace_locking_parse(r->opt.locking, &r->locking_name, &r->locking_arg, why)) {
		rp_error(r, 0, 0, "locking %s: %s", r->opt.locking, why);
		return false;
	}
	text = trace_locking_text(r->locking_name, r->locking_arg);
	snprintf(r->locking, sizeof(r->locking), "%s", text);
	free(text);
	return true;
}

struct replay *replay_create(const struct trace *t, const struct replay_options *opt,
			     struct trace_errors *errs)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct cost_table costs;

	SIM_ASSERT(r);
	r->trace = t;
	r->opt = *opt;
	r->errs = errs;
	r->kernel = opt->kernel == REPLAY_TRACE_SAYS ? (enum trace_kernel)t->design.kernel :
						       (enum trace_kernel)opt->kernel;
	INIT_LIST_HEAD(&r->objects);
	if (!choose_locking(r) || !check_trace(r) || !rp_load_costs(r, &costs) ||
	    !create_machine(r, &costs))
		goto out_error;
	create_vms(r);
	rp_sync_init(r);
	if (!create_tasks(r))
		goto out_error;
	rp_watch_guests(r);
	rp_processes_init(r);
	if (errs->n || !rp_guest_init(r) || !rp_vmm_init(r) || !rp_set_up(r))
		goto out_error;
	/* only now: what set-up makes is there */
	r->sim->cfg.fail_one_in = t->machine.fail_one_in;
	r->machine->converted_pages = 0;
	rp_watch_costs(r);
	r->errs = NULL;
	if (opt->again)
		keep(r);
	return r;

out_error:
	replay_destroy(r);
	return NULL;
}

void replay_run(struct replay *r)
{
	sim_run(r->sim);
	if (r->sim->cut)
		return;
	/* what an unfinished operation holds is no leak */
	if (!r->sim->stopped)
		machine_check_at_rest(r->machine);
	rp_check_final(r);
}

struct sim *replay_sim(struct replay *r)
{
	return r->sim;
}

u64 replay_converted_pages(const struct replay *r)
{
	return r->machine->converted_pages;
}

const char *replay_kernel(const struct replay *r)
{
	return trace_kernel_name(r->kernel);
}

const char *replay_locking(const struct replay *r)
{
	return r->locking;
}

void replay_destroy(struct replay *r)
{
	if (!r)
		return;
	sim_destroy(r->sim);
	rp_free_costs(r);
	free(r->kept);
	free(r);
}

/* ---- the trace's expectation ------------------------------------------------------------ */

static bool is_expected(const struct trace *t, const char *rule)
{
	for (u32 i = 0; i < t->n_expect; i++) {
		if (strcmp(t->expect[i], rule) == 0)
			return true;
	}
	return false;
}

bool replay_as_expected(const struct replay *r, char why[160])
{
	const struct trace *t = r->trace;
	const struct sim *sim = r->sim;

	snprintf(why, 160, "as the trace expects");
	if (t->expect_any)
		return true;
	for (u32 i = 0; i < sim->nr_findings; i++) {
		const char *rule = sim->findings[i].rule;

		if (!is_expected(t, rule) && !rp_watchdog_excused(t, rule)) {
			snprintf(why, 160, "but the trace does not expect %s",
				 rule);
			return false;
		}
	}
	for (u32 i = 0; i < t->n_expect; i++) {
		if (!sim_has_finding(sim, t->expect[i])) {
			snprintf(why, 160, "but the trace expects %s", t->expect[i]);
			return false;
		}
	}
	return true;
}
