// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the VMM does when its guest leaves KVM_RUN for it: conversions that the guest asks for by
 * MapGPA (on-mapgpa), or by touching memory as what it is not (on-memory-fault).
 *
 * In-place kernels: it sets the attributes of the file behind each slot, again and again for 10 ms
 * if other references are in the way (-EAGAIN).  Mainline: the attributes of the VM; the other
 * kind's memory is kept, as the selftests do and QEMU does not.
 *
 * Invariant: a request to the VMM's thread lies on the stack of the vCPU that waits for it.
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

#define RETRY_NS     (100 * NSEC_PER_US)
#define RETRIES	     100
#define THREAD_CLASS "vmm:convert"
#define IDLE_CLASS   "trace:vmm-thread"

/* ---- conversion --------------------------------------------------------------------- */

bool rp_slot_at(struct replay *r, struct rp_vm *vm, gpa_t gpa, struct rp_slot *copy)
{
	struct rp_slot *s;
	bool found = false;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(s, &vm->slots, node) {
		if (!found && s->present && gpa >= s->gpa && gpa - s->gpa < s->len) {
			*copy = *s;
			found = true;
		}
	}
	sim_guard_unlock(r->sim, &r->lock);
	return found;
}

static s64 convert_file(struct rp_call *c, struct gmem_file *file, u64 offset, u64 len, u64 attrs)
{
	u64 error_offset;
	s64 ret = 0;

	for (u32 i = 0; i < RETRIES; i++) {
		ret = gmem_set_attributes(c->me, file, offset, len, attrs, &error_offset);
		if (ret != -EAGAIN)
			break;
		sim_sleep(c->me, RETRY_NS);
	}
	return ret;
}

static s64 convert_in_slot(struct rp_call *c, const struct rp_slot *s, gpa_t gpa, u64 len,
			   u64 attrs)
{
	struct rp_object *o = NULL;
	s64 ret;

	if (s->gmem != TRACE_NONE)
		o = rp_object_get(c, RP_FILE, TRACE_NONE, s->gmem);
	if (!o)
		return -EBADF;
	if (c->a->r->kernel == TRACE_KERNEL_MAINLINE)
		ret = vm_set_mem_attributes(c->me, c->a->vm->vm, gpa, len, attrs);
	else
		ret = convert_file(c, o->file, s->offset + (gpa - s->gpa), len, attrs);
	rp_object_put(c, o);
	return ret;
}

s64 rp_vmm_convert(struct rp_call *c, gpa_t gpa, u64 len, bool to_private)
{
	u64 attrs = to_private ? MEMORY_ATTRIBUTE_PRIVATE : 0, part;
	gpa_t end = gpa + len;
	struct rp_slot s;
	s64 ret = 0;

	for (; gpa < end && !ret; gpa += part) {
		if (!rp_slot_at(c->a->r, c->a->vm, gpa, &s))
			return -EINVAL;
		part = min(end, s.gpa + s.len) - gpa;
		ret = convert_in_slot(c, &s, gpa, part, attrs);
	}
	return ret;
}

/* ---- a thread for it ----------------------------------------------------------------- */

struct request {
	/* written by the vCPU's thread */
	struct list_head node;
	gpa_t gpa;
	u64 len;
	bool to_private;
	/* written by the VMM's thread */
	s64 ret;
	bool done; /* atomic */
};

struct rp_vmm_thread {
	/* constant */
	struct rp_actor actor; /* as whom the thread looks for files */
	struct wait_queue_head work, done;
	/* protected by the replay's lock */
	struct list_head requests;
	u32 nr_requests; /* read: atomic */
};

static struct request *next_request(struct rp_vmm_thread *th)
{
	struct replay *r = th->actor.r;
	struct request *req = NULL;

	sim_guard_lock(r->sim, &r->lock);
	if (!list_empty(&th->requests)) {
		req = list_first_entry(&th->requests, struct request, node);
		list_del_init(&req->node);
		__atomic_sub_fetch(&th->nr_requests, 1, __ATOMIC_RELAXED);
	}
	sim_guard_unlock(r->sim, &r->lock);
	return req;
}

static void vmm_thread(struct task *me, void *arg)
{
	struct rp_vmm_thread *th = arg;
	struct rp_call c = {.a = &th->actor, .me = me};
	struct request *req;

	for (;;) {
		wait_event_interruptible(me, &th->work, load_acquire(th->nr_requests) != 0);
		sim_point(me, th->work.dep_map.id, SIM_WRITE);
		req = next_request(th);
		if (!req)
			continue;
		req->ret = rp_vmm_convert(&c, req->gpa, req->len, req->to_private);
		/* the request may be gone from here on */
		store_release(req->done, true);
		wake_up_all(me, &th->done);
	}
}

static s64 ask_thread(struct rp_call *c, struct rp_vmm_thread *th, struct request *req)
{
	struct replay *r = c->a->r;

	sim_point(c->me, th->work.dep_map.id, SIM_WRITE);
	sim_guard_lock(r->sim, &r->lock);
	list_add_tail(&req->node, &th->requests);
	__atomic_add_fetch(&th->nr_requests, 1, __ATOMIC_RELEASE);
	sim_guard_unlock(r->sim, &r->lock);
	wake_up(c->me, &th->work);
	/* not even a signal: the answer goes to our stack */
	wait_event(c->me, &th->done, load_acquire(req->done));
	return req->ret;
}

static bool thread_create(struct replay *r, struct rp_vm *vm)
{
	struct rp_vmm_thread *th = sim_zalloc(r->sim, sizeof(*th));
	char name[SIM_TASK_NAME];
	struct task *t;

	th->actor = (struct rp_actor){
		.r = r, .id = TRACE_NONE, .process = vm->process, .vm = vm};
	INIT_LIST_HEAD(&th->requests);
	/* a thread without work is no stall */
	lock_class_get(r->sim, IDLE_CLASS, LOCKC_WAITQ | LOCKC_PACING);
	init_waitqueue_head(r->sim, &th->work, IDLE_CLASS);
	init_waitqueue_head(r->sim, &th->done, THREAD_CLASS);
	snprintf(name, sizeof(name), "%.16s.convert", vm->trace->name);
	t = sim_task_create(r->sim, name, ACTOR_VMM, vmm_thread, th, -1);
	if (!t)
		return false;
	t->daemon = true;
	task_bind_mm(t, r->processes[vm->process].mm);
	th->actor.task = t;
	vm->vmm_thread = th;
	return true;
}

bool rp_vmm_init(struct replay *r)
{
	for (u32 i = 0; i < r->trace->n_vms; i++) {
		if (r->trace->vms[i].type == TRACE_VM_TDX &&
		    r->trace->vms[i].td.on_mapgpa == TRACE_MAPGPA_THREAD &&
		    !thread_create(r, &r->vms[i]))
			return false;
	}
	return true;
}

/* ---- exits ------------------------------------------------------------------------------ */

s64 rp_vmm_map_gpa(struct task *me, struct vm *vm, gpa_t gpa, u64 len, bool to_private, void *arg)
{
	struct rp_call *c = arg;
	struct request req = {.gpa = gpa, .len = len, .to_private = to_private};

	switch ((enum trace_on_mapgpa)c->a->vm->trace->td.on_mapgpa) {
	case TRACE_MAPGPA_REFUSE:
		return -EPERM;
	case TRACE_MAPGPA_THREAD:
		return ask_thread(c, c->a->vm->vmm_thread, &req);
	default:
		return rp_vmm_convert(c, gpa, len, to_private);
	}
}

/* Has the VMM made of the memory what the guest has tried to use it as?  The guest goes on then. */
bool rp_vmm_fault(struct rp_call *c, s64 ret, const struct access_info *info)
{
	return ret == ACCESS_EXIT_MEMORY_FAULT &&
	       c->a->vm->trace->on_memory_fault == TRACE_FAULT_CONVERT &&
	       !rp_vmm_convert(c, info->fault_gpa, info->fault_size, info->fault_flags & 8);
}
