/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/event.h - what recorded events mean: names for the numbers that are in them.
 *
 * Events know operations, steps and rules by the hash of their names; the names are found again
 * among what the run has left behind.
 */
#ifndef TOOLS_REPORT_EVENT_H
#define TOOLS_REPORT_EVENT_H

#include "tools/report/report.h"
#include "tools/report/text.h"

/**
 * event_op_name / event_step_name / event_rule_name - the name with that hash
 *
 * Return: the name, or NULL if the run does not know it.
 */
const char *event_op_name(const struct report *r, u64 hash);
const char *event_step_name(const struct report *r, u64 hash);
const char *event_rule_name(const struct report *r, u64 hash);

/**
 * event_class_name - the class of the lock that a lock event is about
 */
const char *event_class_name(const struct report *r, const struct sim_event *ev);

/**
 * event_pid / event_comm - a task as traces name it: ids are pids from 1000 on, 0 is idle
 */
u32 event_pid(u64 task);
const char *event_comm(const struct report *r, u64 task);

/**
 * event_lock_addr - an address for the lock that a lock event is about
 *
 * Made up from its class and number; equal addresses mean the same lock.
 */
static inline u64 event_lock_addr(const struct sim_event *ev)
{
	return 0xffff880000000000ull | (u64)EV_LOCK_CLASS(ev->a) << 32 | (u32)ev->obj;
}

/**
 * event_model_text - append one of the model's events to @t, as the kernel's tracepoint prints it
 */
void event_model_text(const struct report *r, struct text *t, const struct sim_event *ev);

static inline bool event_is_lock(const struct sim_event *ev)
{
	return ev->type >= EV_LOCK_ACQUIRE && ev->type <= EV_CONTENTION_END;
}

/**
 * event_row_text - append what happened to @t, in words for people: "lock kvm->mmu_lock (read)"
 */
void event_row_text(const struct report *r, struct text *t, const struct sim_event *ev);

#endif
