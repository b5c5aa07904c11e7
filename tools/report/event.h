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
