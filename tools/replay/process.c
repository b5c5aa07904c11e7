// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that come and go: fork, join, and what becomes of a child.
 *
 * A process that some "fork NAME" makes is there from the start as an empty address space with
 * tasks that wait.  The fork copies the parent's mappings and its table of open files and lets the
 * tasks go; when the last of them has ended the child gives back both, and who joins it goes on.
 *
 * A child has no signal handlers: SIGBUS or SIGSEGV ends it, unless the operation's expect= says
 * that it is expected.
 *
 * Invariants: a name is forked once; state only rises; a child's files and mappings are its own.
 */
#include <string.h>

#include "sim/engine.h"
#include "tools/replay/internal.h"

#define PROCESS_CLASS "trace:process"

enum process_state { NOT_FORKED, FORKING, RUNNING, NEVER_BORN, DEAD };

static struct rp_process *process_by_name(struct replay *r, const char *name)
{
	for (u32 i = 0; i < r->nr_processes; i++) {
		if (strcmp(r->processes[i].name, name) == 0)
			return &r->processes[i];
	}
	return NULL;
}

static struct rp_process *process_of(const struct rp_call *c)
{
	return process_by_name(c->a->r, c->a->r->trace->words[rp_name(c, TRACE_ARG_WORD)]);
}

static bool is_vms_own(const struct replay *r, const struct rp_process *p)
{
	for (u32 i = 0; i < r->trace->n_vms; i++) {
		if (&r->processes[r->vms[i].process] == p)
			return true;
	}
	return false;
}

static void check_fork(struct replay *r, const struct trace_op *op, const char *name)
{
	struct rp_process *p = process_by_name(r, name);

	if (!p)
		rp_error(r, op->line, op->col, "no task says process=%s", name);
	else if (is_vms_own(r, p))
		rp_error(r, op->line, op->col, "'%s' is the process of a VM", name);
	if (!p || is_vms_own(r, p) || p->is_child)
		return;
	p->is_child = true;
	lock_class_get(r->sim, PROCESS_CLASS, LOCKC_WAITQ | LOCKC_PACING);
	init_waitqueue_head(r->sim, &p->wait, PROCESS_CLASS);
}

void rp_processes_init(struct replay *r)
{
	for (u32 i = 0; i < r->trace->n_ops; i++) {
		const struct trace_op *op = &r->trace->ops[i];

		if (op->verb == TRACE_OP_FORK || op->verb == TRACE_OP_JOIN) {
			u32 word = trace_op_arg(r->trace, op, TRACE_ARG_WORD)->index;

			check_fork(r, op, r->trace->words[word]);
		}
	}
	for (u32 i = 0; i < r->nr_actors; i++) {
		const struct trace_task *task = r->actors[i].trace;
		struct rp_process *p = &r->processes[r->actors[i].process];

		p->nr_left += rp_is_thread(&r->actors[i]);
		r->nr_born += !p->is_child;
		if (p->is_child && task->kind != TRACE_ACTOR_VMM)
			rp_error(r, task->loc.line, task->loc.col,
				 "a forked process has tasks of kind vmm only");
	}
}

bool rp_is_thread(const struct rp_actor *a)
{
	return a->trace->kind == TRACE_ACTOR_GUEST || a->trace->kind == TRACE_ACTOR_VMM;
}

static void set_state(struct task *me, struct rp_process *p, enum process_state state)
{
	WRITE_ONCE(me, p->wait.dep_map.id, p->state, state);
	wake_up_all(me, &p->wait);
}

/* ---- birth ----------------------------------------------------------------------- */

/* Files and mappings, not pins: these are held by who took them.  Context: lock held. */
static bool is_inherited(const struct rp_object *o, u32 parent)
{
	return o->process == parent && o->kind != RP_PIN;
}

static void copy_objects(struct rp_call *c, u32 parent, u32 child)
{
	struct replay *r = c->a->r;
	struct rp_object *o, **from;
	u32 n = 0, room = 0;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node)
		room += is_inherited(o, parent);
	sim_guard_unlock(r->sim, &r->lock);
	from = sim_alloc(r->sim, (room + 1) * sizeof(*from));
	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (!is_inherited(o, parent) || n == room)
			continue;
		o->users++;
		from[n++] = o;
	}
	sim_guard_unlock(r->sim, &r->lock);
	/* the newest comes first on the list, and is to do so on the child's part of it */
	while (n) {
		struct rp_object *copy;

		o = from[--n];
		copy = rp_object_copy(r, o);
		copy->process = child;
		if (o->kind == RP_FILE)
			gmem_file_get(c->me, o->file);
		rp_object_put(c, o);
		rp_object_publish(c->me, r, copy);
	}
	sim_free(r->sim, from, (room + 1) * sizeof(*from));
}

s64 rp_do_fork(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_process *p = process_of(c);
	u32 old = NOT_FORKED;
	s64 ret;

	sim_point(c->me, p->wait.dep_map.id, SIM_WRITE);
	if (!step_try_cmpxchg(c->me, &p->state, &old, FORKING))
		return -EAGAIN;
	ret = sys_fork(c->me, p->mm);
	if (ret >= 0) {
		copy_objects(c, c->a->process, (u32)(p - r->processes));
		sim_guard_lock(r->sim, &r->lock);
		r->nr_born += p->nr_left;
		sim_guard_unlock(r->sim, &r->lock);
	}
	set_state(c->me, p, ret < 0 ? NEVER_BORN : RUNNING);
	return ret;
}

bool rp_process_begin(struct task *me, struct rp_actor *a)
{
	struct rp_process *p = &a->r->processes[a->process];

	if (!p->is_child)
		return true;
	wait_event(me, &p->wait, READ_ONCE(me, p->wait.dep_map.id, p->state) > FORKING);
	return load_acquire(p->state) == RUNNING;
}

/*
 * A VM and its vCPUs listen to the process that made them only.
 *
 * Upstream: virt/kvm/kvm_main.c:kvm_vm_ioctl, kvm_vcpu_ioctl
 * Fidelity: faithful
 */
static bool is_vm_ioctl(u8 verb)
{
	switch (verb) {
	case TRACE_OP_CREATE:
	case TRACE_OP_BIND:
	case TRACE_OP_UNBIND:
	case TRACE_OP_MEMSLOT_DELETE:
	case TRACE_OP_ATTRIBUTES:
	case TRACE_OP_PREFAULT:
		return true;
	default:
		return false;
	}
}

s64 rp_process_may(struct rp_call *c)
{
	struct rp_vm *vm;

	if (!is_vm_ioctl(c->op->verb))
		return 0;
	vm = c->op->verb == TRACE_OP_CREATE ? rp_vm_of(c) : c->a->vm;
	return vm->process == c->a->process ? 0 : -EIO;
}

/* ---- death ----------------------------------------------------------------------- */

static bool expects_signal(const struct rp_call *c, s64 signal)
{
	const struct trace_arg *arg = rp_has(c, TRACE_ARG_EXPECT);
	u8 outcome = signal == ACCESS_SIGBUS ? TRACE_OUT_SIGBUS : TRACE_OUT_SIGSEGV;

	for (u32 i = 0; arg && i < arg->value; i++) {
		if (c->a->r->trace->expects[arg->index + i].outcome == outcome)
			return true;
	}
	return false;
}

void rp_process_signal(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_process *p;

	if (likely(c->res->ret != ACCESS_SIGBUS && c->res->ret != ACCESS_SIGSEGV))
		return;
	p = &r->processes[c->a->process];
	if (!p->is_child || expects_signal(c, c->res->ret))
		return;
	sim_guard_lock(r->sim, &r->lock);
	if (!p->status)
		p->status = c->res->ret;
	sim_guard_unlock(r->sim, &r->lock);
	for (u32 i = 0; i < r->nr_actors; i++) {
		if (r->actors[i].process == c->a->process)
			send_signal(c->me, r->actors[i].task, 2);
	}
}

static void close_files(struct task *me, struct rp_actor *a)
{
	struct rp_result res = {0};
	struct rp_call c = {.a = a, .me = me, .res = &res};
	struct rp_object *o;

	while ((o = rp_object_of_process(&c)))
		rp_object_close(&c, o);
}

/* Nobody is left who could fork: what has not been born never will. */
static void end_unborn(struct task *me, struct replay *r)
{
	for (u32 i = 0; i < r->nr_processes; i++) {
		struct rp_process *p = &r->processes[i];

		if (p->is_child && load_acquire(p->state) == NOT_FORKED)
			set_state(me, p, NEVER_BORN);
	}
}

static void leave(struct task *me, struct replay *r)
{
	bool last;

	sim_guard_lock(r->sim, &r->lock);
	last = --r->nr_born == 0;
	sim_guard_unlock(r->sim, &r->lock);
	if (last)
		end_unborn(me, r);
}

/* The last thread takes the process's memory, files and VMs with it. */
static void exit_thread(struct task *me, struct rp_actor *a)
{
	struct replay *r = a->r;
	struct rp_process *p = &r->processes[a->process];
	bool last;

	sim_guard_lock(r->sim, &r->lock);
	last = --p->nr_left == 0 && (p->is_child || p->killed);
	sim_guard_unlock(r->sim, &r->lock);
	if (!last)
		return;
	sim_op_begin(me, "exit");
	mm_exit(me, p->mm);
	close_files(me, a);
	for (u32 i = 0; i < r->trace->n_vms; i++) {
		if (&r->processes[r->vms[i].process] == p)
			vm_close(me, r->vms[i].vm);
	}
	sim_op_end(me, 0);
	if (p->is_child)
		set_state(me, p, DEAD);
}

void rp_process_end(struct task *me, struct rp_actor *a)
{
	struct rp_process *p = &a->r->processes[a->process];

	if (p->is_child && load_acquire(p->state) != RUNNING)
		return;
	if (rp_is_thread(a))
		exit_thread(me, a);
	leave(me, a->r);
}

s64 rp_do_join(struct rp_call *c)
{
	struct rp_process *p = process_of(c);

	if (READ_ONCE(c->me, p->wait.dep_map.id, p->state) == NOT_FORKED)
		return -ECHILD;
	wait_event(c->me, &p->wait, READ_ONCE(c->me, p->wait.dep_map.id, p->state) > RUNNING);
	return load_acquire(p->state) == NEVER_BORN ? -ECHILD : p->status;
}
