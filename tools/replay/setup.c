// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's initial state: files, mappings and memslots that exist when the run starts.
 *
 * They are made by the model's own operations, on an engine that executes outside of time: nobody
 * else exists yet, so nothing can wait; nothing costs anything; and what the operations do to
 * statistics and events is thrown away.  The simulation's real engine is put back before the run.
 *
 * Invariants: the run begins at time 0 with empty statistics; an operation that would have to wait
 * during set-up is a bug of gmemsim.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/engine.h"
#include "tools/replay/internal.h"

static void no_point(struct task *me, u32 obj, enum sim_access access)
{
}

static sim_ns no_time(const struct task *me)
{
	return 0;
}

static void no_cost(struct task *me, sim_ns ns)
{
}

static void no_task(struct task *me)
{
}

static int no_park(struct task *me, enum park_how how, sim_ns deadline_ns)
{
	SIM_ASSERT(!"nobody to wait for during set-up");
	return 0;
}

static int no_spin(struct task *me, struct task *owner, sim_ns deadline_ns)
{
	return no_park(me, PARK_SPIN_OPT, deadline_ns);
}

static void no_unpark(struct task *me, struct task *target)
{
}

static u32 no_ipi(struct task *me, bool (*match)(const struct task *t, void *arg), void *arg,
		  struct ipi_cost cost)
{
	return 0;
}

/* Nobody reads: every grace period is over at once. */
static void call_now(struct task *me, struct sim_rcu_head *head,
		     void (*func)(struct sim *sim, struct sim_rcu_head *head))
{
	func(me->sim, head);
}

static void no_barrier(struct sim *sim)
{
}

static const struct engine_ops set_up_ops = {
	.name = "set-up",
	.point = no_point,
	.now = no_time,
	.cost = no_cost,
	.compute = no_cost,
	.schedule = no_task,
	.park = no_park,
	.spin_on_owner = no_spin,
	.unpark = no_unpark,
	.sleep_until = no_cost,
	.ipi = no_ipi,
	.irq_enabled = no_task,
	.rcu_read_lock = no_task,
	.rcu_read_unlock = no_task,
	.synchronize_rcu = no_task,
	.call_rcu = call_now,
	.rcu_barrier = no_barrier,
};

/* Everything that set-up borrows from the simulation, to be put back. */
struct borrowed {
	const struct engine_ops *ops;
	struct cost_table costs;
	bool record_events, lock_stat, record_tape;
	u64 fingerprint;
};

static void borrow(struct replay *r, struct borrowed *b)
{
	struct sim *sim = r->sim;

	b->ops = sim->ops;
	b->costs = r->machine->cfg.costs;
	b->record_events = sim->recording;
	b->lock_stat = sim->cfg.lock_stat;
	b->record_tape = sim->tape.record;
	b->fingerprint = sim->fingerprint;
	sim->ops = &set_up_ops;
	sim->recording = sim->cfg.lock_stat = sim->tape.record = false;
	memset(&r->machine->cfg.costs, 0, sizeof(r->machine->cfg.costs));
}

static void give_back(struct replay *r, const struct borrowed *b)
{
	struct sim *sim = r->sim;

	sim->ops = b->ops;
	sim->recording = b->record_events;
	sim->cfg.lock_stat = b->lock_stat;
	sim->tape.record = b->record_tape;
	sim->fingerprint = b->fingerprint;
	r->machine->cfg.costs = b->costs;
}

/* A task that no engine knows, acting for a process.  Not the simulation's: set-up ends with it. */
static struct task *set_up_task(struct replay *r, struct mm_struct *mm, struct vcpu *vcpu)
{
	struct task *t = calloc(1, sizeof(*t));

	SIM_ASSERT(t);
	t->sim = r->sim;
	t->id = SIM_NO_TASK;
	t->kind = ACTOR_VMM;
	t->pin_cpu = -1;
	snprintf(t->name, sizeof(t->name), "set-up");
	t->state = TASK_RUNNING;
	t->park_how = PARK_NONE;
	t->stall.holder = t->wait.holder = SIM_NO_TASK;
	t->steps.cur = SIM_MAX_STEPS;
	t->stats = r->sim->stats;
	t->fingerprint = &t->own_fingerprint;
	t->log = &r->sim->log;
	INIT_LIST_HEAD(&t->wait_node);
	task_bind(t, mm, vcpu);
	return t;
}

bool rp_set_up_failed(struct replay *r, struct trace_loc loc, const char *what, s64 ret)
{
	const char *name = ret < 0 ? trace_errno_name((int)-ret) : NULL;

	if (ret >= 0)
		return false;
	rp_error(r, loc.line, loc.col, "%s: the modelled kernel says %s", what, name ? name : "no");
	return true;
}

static struct rp_object *set_up_object(struct replay *r, u8 kind, u32 gmem)
{
	const struct trace_gmem *g = &r->trace->gmems[gmem];
	struct rp_object *o = rp_object_new(r, kind, TRACE_NONE);

	o->gmem = gmem;
	o->process = r->vms[g->vm].process;
	o->len = g->size;
	return o;
}

static bool set_up_file(struct replay *r, struct task *me, u32 gmem)
{
	const struct trace_gmem *g = &r->trace->gmems[gmem];
	struct rp_object *f = set_up_object(r, RP_FILE, gmem), *m;
	u64 flags = (g->mmap ? GMEM_FLAG_MMAP : 0) |
		    (g->init == TRACE_SHARED ? GMEM_FLAG_INIT_SHARED : 0) |
		    (g->backing != PAGE_SIZE ? GMEM_FLAG_HUGETLB : 0);
	s64 ret = gmem_create_order(me, r->vms[g->vm].vm, (s64)g->size, flags,
				    rp_page_order(g->backing), &f->file);

	if (rp_set_up_failed(r, g->loc, "creating the file", ret))
		return false;
	rp_object_publish(me, r, f);
	if (!g->mmap)
		return true;
	m = set_up_object(r, RP_MAPPING, gmem);
	ret = sys_mmap(me, f->file, 0, g->size, true, &m->hva);
	if (rp_set_up_failed(r, g->loc, "mapping the file", ret))
		return false;
	rp_object_publish(me, r, m);
	return true;
}

static struct gmem_file *file_of(struct replay *r, u32 gmem)
{
	struct rp_object *o;

	list_for_each_entry(o, &r->objects, node) {
		if (o->kind == RP_FILE && o->gmem == gmem)
			return o->file;
	}
	return NULL;
}

static bool set_up_slot(struct replay *r, struct task *me, const struct trace_slot *s)
{
	struct rp_vm *vm = &r->vms[s->vm];
	struct rp_slot slot = {
		.id = s->id,
		.gmem = s->gmem,
		.gpa = s->gpa,
		.len = s->len,
		.offset = s->offset,
		.hva = rp_mapped_at(r, vm->process, s->gmem, s->offset),
		.present = true,
	};
	s64 ret = vm_set_memory_region(me, vm->vm, s->id, s->gpa, s->len, file_of(r, s->gmem),
				       s->offset, slot.hva);

	if (rp_set_up_failed(r, s->loc, "adding the memslot", ret))
		return false;
	rp_slot_set(r, vm, &slot);
	return true;
}

/* The task that will run the vCPU stays who runs it. */
static struct task *set_up_vcpu(struct replay *r, u32 i)
{
	return set_up_task(r, r->processes[r->vms[i].process].mm, vm_vcpu(r->vms[i].vm, 0));
}

static bool set_up_vm(struct replay *r, struct task *me, u32 i)
{
	const struct trace_vm *vm = &r->trace->vms[i];

	for (u32 k = 0; k < vm->n_gmems; k++) {
		if (!set_up_file(r, me, vm->first_gmem + k))
			return false;
	}
	for (u32 k = 0; k < vm->n_slots; k++) {
		if (!set_up_slot(r, me, &r->trace->slots[vm->first_slot + k]))
			return false;
	}
	if (vm->type == TRACE_VM_TDX || vm->mapped.n) {
		struct task *vcpu0 = set_up_vcpu(r, i);
		bool ok = vm->type == TRACE_VM_TDX ?
				  rp_set_up_td(r, me, vcpu0, i) :
				  rp_each_range(r, vcpu0, i, &vm->mapped, "mapping memory",
						rp_make_mapped);

		free(vcpu0);
		if (!ok)
			return false;
	}
	SIM_ASSERT(me->nr_held == 0 && me->preempt_count == 0);
	return true;
}

bool rp_set_up(struct replay *r)
{
	struct borrowed borrowed;
	bool ok = true;

	borrow(r, &borrowed);
	for (u32 i = 0; ok && i < r->trace->n_vms; i++) {
		struct task *me = set_up_task(r, r->processes[r->vms[i].process].mm, NULL);

		ok = set_up_vm(r, me, i);
		free(me);
	}
	give_back(r, &borrowed);
	return ok;
}
