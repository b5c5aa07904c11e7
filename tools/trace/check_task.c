// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the tasks: which VM each belongs to, which vCPU it is, where it runs.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

/* The VM of a task: vm=, or "td1." before its name, or the only one there is. */
static void find_vm_of(struct trace_parser *p, struct trace_task *task)
{
	bool host = task->kind == TRACE_ACTOR_KERNEL || task->kind == TRACE_ACTOR_DEVICE;
	const char *dot = strchr(task->name, '.');
	u32 vm = TRACE_NONE;

	if (dot) {
		vm = trace_find_vm(p->t, task->name, dot - task->name);
		if (vm == TRACE_NONE) {
			trace_err_no_vm(p, task->loc, task->name, dot - task->name);
			return;
		}
	}
	if (task->vm != TRACE_NONE) {
		if (dot && vm != task->vm)
			trace_err(p, task->loc, NULL, "the task's name and vm= say different VMs");
		return;
	}
	if (!dot && p->t->n_vms == 1)
		vm = 0;
	task->vm = vm;
	if (vm != TRACE_NONE || host)
		return;
	if (!p->t->n_vms)
		trace_err(p, task->loc, "add a [vm NAME] section", "the trace has no VM for '%s'",
			  task->name);
	else
		trace_err(p, task->loc, "add vm=NAME",
			  "'%s' does not say which of %u VMs it belongs to", task->name,
			  p->t->n_vms);
}

static void check_vcpus(struct trace_parser *p, struct trace_task *task)
{
	struct trace_vm *vm;

	if (task->kind != TRACE_ACTOR_GUEST || task->vm == TRACE_NONE)
		return;
	vm = &p->t->vms[task->vm];
	if (!task->numbered) {
		trace_err(p, task->loc, NULL,
			  "the name of a guest task ends in its vCPU's number: %s0", task->name);
	} else if (!(vm->set & BIT(TRACE_VM_VCPUS))) {
		if (task->last >= TRACE_VCPUS_MAX)
			trace_err(p, task->loc, NULL, "a VM has at most %u vCPUs", TRACE_VCPUS_MAX);
		else
			vm->vcpus = max(vm->vcpus, task->last + 1);
	} else if (task->last >= vm->vcpus) {
		trace_err(p, task->loc, NULL, "VM '%s' has no vCPU %u, its vCPUs are 0 to %u",
			  vm->name, task->last, vm->vcpus - 1);
	}
}

/* Two sections for one name, or for one vCPU. */
static void check_twice(struct trace_parser *p, u32 i)
{
	const struct trace_task *b = &p->t->tasks[i];

	for (u32 j = 0; j < i; j++) {
		const struct trace_task *a = &p->t->tasks[j];
		bool both_guests = a->kind == TRACE_ACTOR_GUEST && b->kind == TRACE_ACTOR_GUEST;
		char name[TRACE_NAME_MAX + 12];
		u32 n = max(a->first, b->first);

		if (a->numbered != b->numbered || a->last < b->first || b->last < a->first)
			continue;
		if (!strcmp(a->name, b->name)) {
			trace_err(p, b->loc, NULL, "task '%s' is there already (line %u)",
				  trace_task_name(b, n - b->first, name), a->loc.line);
			return;
		}
		if (both_guests && a->vm == b->vm && a->vm != TRACE_NONE) {
			trace_err(p, b->loc, NULL,
				  "vCPU %u of VM '%s' has a task already (line %u)", n,
				  p->t->vms[a->vm].name, a->loc.line);
			return;
		}
	}
}

void trace_check_tasks(struct trace_parser *p)
{
	struct trace *t = p->t;
	u32 instances = 0;

	if (!t->n_tasks)
		trace_err(p, (struct trace_loc){p->lex.lineno, 1}, NULL, "the trace has no [task]");
	for (u32 i = 0; i < t->n_tasks; i++) {
		struct trace_task *task = &t->tasks[i];

		find_vm_of(p, task);
		check_vcpus(p, task);
		check_twice(p, i);
		instances += trace_task_instances(task);
		if (instances > TRACE_TASKS_MAX) {
			trace_err(p, task->loc, NULL, "more than %u tasks", TRACE_TASKS_MAX);
			return;
		}
		if (!task->process)
			task->process = task->vm == TRACE_NONE || task->kind == TRACE_ACTOR_KERNEL ?
						"kernel" :
						t->vms[task->vm].name;
	}
	if (!(t->machine.set & BIT(TRACE_MACHINE_CPUS)))
		t->machine.cpus = min(max(instances, 1u), (u32)TRACE_CPUS_MAX);
	for (u32 i = 0; i < t->n_vms; i++)
		t->vms[i].vcpus = max(t->vms[i].vcpus, 1u);
	for (u32 i = 0; i < t->n_tasks; i++)
		if (t->tasks[i].cpu_last != TRACE_NONE && t->tasks[i].cpu_last >= t->machine.cpus)
			trace_err(p, t->tasks[i].loc, NULL,
				  "the machine has no CPU %u, only %u of them",
				  t->tasks[i].cpu_last, t->machine.cpus);
}
