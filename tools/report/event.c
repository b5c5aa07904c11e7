// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for the numbers in recorded events.  See event.h.
 */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "model/events.h"
#include "model/seamcalls.h"
#include "model/types.h"
#include "tools/report/event.h"

#define FIRST_PID 1000

const char *event_op_name(const struct report *r, u64 hash)
{
	for (u32 i = 0; i < r->sim->nr_ops_stat; i++) {
		if (report_name_hash(r->sim->ops_stat[i]->op) == hash)
			return r->sim->ops_stat[i]->op;
	}
	return NULL;
}

const char *event_step_name(const struct report *r, u64 hash)
{
	return sim_step_name(r->sim, (u32)hash);
}

const char *event_rule_name(const struct report *r, u64 hash)
{
	for (u32 i = 0; i < r->sim->nr_findings; i++) {
		if (report_name_hash(r->sim->findings[i].rule) == hash)
			return r->sim->findings[i].rule;
	}
	return NULL;
}

const char *event_class_name(const struct report *r, const struct sim_event *ev)
{
	u32 id = EV_LOCK_CLASS(ev->a);

	return id < r->sim->nr_classes ? r->sim->classes[id].name : "?";
}

u32 event_pid(u64 task)
{
	return task == SIM_NO_TASK ? 0 : FIRST_PID + (u32)task;
}

const char *event_comm(const struct report *r, u64 task)
{
	return task < r->sim->nr_tasks ? r->sim->tasks[task]->name : "swapper";
}

void event_model_text(const struct report *r, struct text *t, const struct sim_event *ev)
{
	u32 i = ev->type - EV_MODEL_FIRST;

	if (i >= r->sim->cfg.nr_event_desc) {
		text_add(t, "event_%u: %" PRIx64 " %" PRIx64 " %" PRIx64, ev->type, ev->obj, ev->a,
			 ev->b);
		return;
	}
	text_add(t, "%s: ", r->sim->cfg.event_desc[i].name);
	/* formats are the model's own constants, at most three numbers each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_add(t, r->sim->cfg.event_desc[i].fmt, (unsigned long long)ev->obj,
		 (unsigned long long)ev->a, (unsigned long long)ev->b);
#pragma GCC diagnostic pop
}

/* The lower half says more about the same: which operand, how many. */
static void add_status(struct text *t, u64 status)
{
	const char *name;
	u64 value;

	for (u32 i = 0; status && tdx_status_text(i, &name, &value); i++) {
		if (value >> 32 == status >> 32) {
			text_add(t, " = %s (0x%" PRIx64 ")", name, status);
			return;
		}
	}
	text_add(t, " = 0x%" PRIx64, status);
}

/* By its name in the ABI, as no event has it. */
static void add_seamcall(struct text *t, const struct sim_event *ev)
{
	struct seamcall_text st;
	bool known = false;

	for (u32 i = 0; !known && seamcall_text(i, &st); i++)
		known = g_ascii_strtoull(st.number, NULL, 10) == (ev->obj & 0xffff);
	if (known)
		text_add(t, "%s", st.name);
	else
		text_add(t, "SEAMCALL %" PRIu64, ev->obj);
	if (ev->type == EV_kvm_tdx_seamcall_enter)
		text_add(t, " rcx=0x%" PRIx64 " rdx=0x%" PRIx64, ev->a, ev->b);
	else
		add_status(t, ev->a);
}

static void add_lock(const struct report *r, struct text *t, const struct sim_event *ev)
{
	const char *class = event_class_name(r, ev);
	u32 value = EV_LOCK_VALUE(ev->a);

	switch (ev->type) {
	case EV_LOCK_ACQUIRE:
		text_add(t, "%s %s (%s)", ev->b ? "trylock" : "lock", class,
			 value == LOCK_READ ? "read" : "write");
		break;
	case EV_LOCK_RELEASE:
		text_add(t, "unlock %s (%s)", class, value == LOCK_READ ? "read" : "write");
		break;
	case EV_CONTENTION_BEGIN:
		text_add(t, "wait for %s%s", class,
			 value & LCB_F_READ  ? " (read)" :
			 value & LCB_F_WRITE ? " (write)" :
					       "");
		break;
	default:
		text_add(t, value ? "gives up waiting for %s: -%s" : "has waited for %s", class,
			 value ? strerrorname_np((int)value) : "");
		break;
	}
}

/* An errno, how an access ended, or a number. */
static void add_result(struct text *t, s64 ret)
{
	static const struct {
		enum access_result ret;
		const char *name;
	} accesses[] = {
		{ACCESS_SIGBUS, "SIGBUS"},
		{ACCESS_SIGSEGV, "SIGSEGV"},
		{ACCESS_EXIT_MEMORY_FAULT, "KVM_EXIT_MEMORY_FAULT"},
		{ACCESS_EXIT_MMIO, "KVM_EXIT_MMIO"},
		{ACCESS_EXIT_INTERNAL_ERROR, "KVM_EXIT_INTERNAL_ERROR"},
		{ACCESS_EXIT_SYSTEM_EVENT, "KVM_EXIT_SYSTEM_EVENT"},
	};
	const char *name = ret < 0 && ret > -MAX_ERRNO ? strerrorname_np((int)-ret) : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
		if (ret == (s64)accesses[i].ret) {
			text_add(t, "%s", accesses[i].name);
			return;
		}
	}
	if (name)
		text_add(t, "-%s", name);
	else
		text_add(t, "%" PRId64, ret);
}

void event_row_text(const struct report *r, struct text *t, const struct sim_event *ev)
{
	const char *op = event_op_name(r, ev->obj);

	switch (ev->type) {
	case EV_OP_BEGIN:
		text_add(t, "%s {", op ? op : "operation");
		break;
	case EV_OP_END:
		text_add(t, "} %s = ", op ? op : "operation");
		add_result(t, (s64)ev->a);
		break;
	case EV_IPI:
		text_add(t, "IPI to %" PRIu64 " CPU%s", ev->obj, ev->obj == 1 ? "" : "s");
		break;
	case EV_STEP:
		text_add(t, "step %s", event_step_name(r, ev->obj));
		break;
	case EV_kvm_tdx_seamcall_enter:
	case EV_kvm_tdx_seamcall_exit:
		add_seamcall(t, ev);
		break;
	case EV_FINDING:
		text_add(t, "*** %s", event_rule_name(r, ev->obj));
		break;
	default:
		if (event_is_lock(ev))
			add_lock(r, t, ev);
		else
			event_model_text(r, t, ev);
		break;
	}
}
