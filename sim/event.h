/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/event.h - typed trace events.
 *
 * An event is fixed-size; the text is made when somebody reads it.  sim defines the events of the
 * engine and of its locks under the names of the kernel's tracepoints; a model adds its own from
 * EV_MODEL_FIRST on and hands their descriptions over in sim_config.
 *
 * In the virtual engine every event goes into the run's fingerprint, recorded or not; the order of
 * events, and so the fingerprint, is a function of the inputs.  On threads no two runs are alike:
 * there the fingerprint names the recorded log.
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include "sim/types.h"

enum sim_event_type {
	EV_NONE,
	/* locks: the class is in a, see EV_LOCK_A() */
	EV_LOCK_ACQUIRE,     /* obj = lock, a = mode, b = 1 for a try */
	EV_LOCK_RELEASE,     /* obj = lock, a = mode, b = hold ns */
	EV_CONTENTION_BEGIN, /* obj = lock, a = LCB_F_* flags */
	EV_CONTENTION_END,   /* obj = lock, a = positive errno or 0, b = wait ns */
	/* obj = cpu, a = prev task, b = next task, and prev's state letter from bit 32 on */
	EV_SCHED_SWITCH,
	EV_SCHED_WAKING,     /* obj = target cpu, a = woken task */
	EV_IPI,		     /* obj = cpus reached, a = latency ns */
	EV_OP_BEGIN,	     /* obj = op id, a, b = op specific */
	EV_OP_END,	     /* obj = op id, a = result */
	EV_STEP,	     /* obj = step name id */
	EV_FINDING,	     /* obj = rule id */
	EV_MODEL_FIRST = 64,
	EV_MAX = 256,
};

/* a of a lock event: what it says, and the id of the lock's class */
#define EV_LOCK_A(value, class_id) ((u64)(u16)(value) | (u64)(class_id) << 16)
#define EV_LOCK_VALUE(a)	   ((u32)((a) & 0xffff))
#define EV_LOCK_CLASS(a)	   ((u32)((a) >> 16))

/* contention_begin's flag words, as in include/trace/events/lock.h */
#define LCB_F_SPIN  BIT(0)
#define LCB_F_READ  BIT(1)
#define LCB_F_WRITE BIT(2)
#define LCB_F_MUTEX BIT(5)

struct sim_event {
	/* immutable once written */
	sim_ns at_ns;
	u32 task; /* task id, or SIM_NO_TASK */
	u16 type;
	u16 cpu;
	u64 obj;
	u64 a;
	u64 b;
};

/* How to print one event type: printf-like over obj, a, b given as %llx/%llu in that order. */
struct sim_event_desc {
	/* immutable */
	const char *name;
	const char *fmt;
};

#endif
