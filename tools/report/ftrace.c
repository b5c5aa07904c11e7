// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recorded events as text in the layout of tracefs's "trace" file: what people grep, mail, and
 * load into trace viewers.  Events of the engine and of its locks have the kernel's names.
 *
 * The flag characters show what is known of them: nothing, so they are dots.
 *
 * Upstream: kernel/trace/trace_output.c:trace_print_context
 */
#include <inttypes.h>
#include <string.h>

#include "tools/report/event.h"

/* A name if it is known, else the number events know it by. */
static void put_name(FILE *to, const char *name, u64 hash)
{
	if (name)
		fputs(name, to);
	else
		fprintf(to, "0x%" PRIx64, hash);
}

static void put_contention_flags(FILE *to, u32 flags)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = {
		{LCB_F_SPIN, "SPIN"},
		{LCB_F_READ, "READ"},
		{LCB_F_WRITE, "WRITE"},
		{LCB_F_MUTEX, "MUTEX"},
	};
	const char *sep = "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (flags & names[i].bit) {
			fprintf(to, "%s%s", sep, names[i].name);
			sep = "|";
		}
	}
}

static void put_lock_event(const struct report *r, FILE *to, const struct sim_event *ev)
{
	static const char *const names[] = {
		[EV_LOCK_ACQUIRE] = "lock_acquire",
		[EV_LOCK_RELEASE] = "lock_release",
		[EV_CONTENTION_BEGIN] = "contention_begin",
		[EV_CONTENTION_END] = "contention_end",
	};

	fprintf(to, "%s: 0x%" PRIx64, names[ev->type], event_lock_addr(ev));
	switch (ev->type) {
	case EV_LOCK_ACQUIRE:
		fprintf(to, " %s%s%s", ev->b ? "try " : "",
			EV_LOCK_VALUE(ev->a) == LOCK_READ ? "read " : "", event_class_name(r, ev));
		break;
	case EV_LOCK_RELEASE:
		fprintf(to, " %s", event_class_name(r, ev));
		break;
	case EV_CONTENTION_BEGIN:
		fputs(" (flags=", to);
		put_contention_flags(to, EV_LOCK_VALUE(ev->a));
		putc(')', to);
		break;
	default:
		fprintf(to, " (ret=%d)", -(int)EV_LOCK_VALUE(ev->a));
		break;
	}
}

static void put_model_event(const struct report *r, FILE *to, const struct sim_event *ev)
{
	struct text t = {0};

	event_model_text(r, &t, ev);
	fputs(t.s, to);
	text_finish(&t);
}

static void put_event(const struct report *r, FILE *to, const struct sim_event *ev)
{
	switch (ev->type) {
	case EV_LOCK_ACQUIRE:
	case EV_LOCK_RELEASE:
	case EV_CONTENTION_BEGIN:
	case EV_CONTENTION_END:
		put_lock_event(r, to, ev);
		break;
	case EV_SCHED_SWITCH:
		fprintf(to,
			"sched_switch: prev_comm=%s prev_pid=%u prev_prio=120 prev_state=%c ==> "
			"next_comm=%s next_pid=%u next_prio=120",
			event_comm(r, ev->a), event_pid(ev->a), (char)(ev->b >> 32),
			event_comm(r, (u32)ev->b), event_pid((u32)ev->b));
		break;
	case EV_SCHED_WAKING:
		fprintf(to, "sched_waking: comm=%s pid=%u prio=120 target_cpu=%03" PRIu64,
			event_comm(r, ev->a), event_pid(ev->a), ev->obj);
		break;
	case EV_IPI:
		fprintf(to, "ipi_send_cpumask: cpus=%" PRIu64 " latency_ns=%" PRIu64, ev->obj,
			ev->a);
		break;
	case EV_OP_BEGIN:
	case EV_OP_END:
		fputs(ev->type == EV_OP_BEGIN ? "op_begin: " : "op_end: ", to);
		put_name(to, event_op_name(r, ev->obj), ev->obj);
		if (ev->type == EV_OP_END)
			fprintf(to, " ret=%" PRId64, (s64)ev->a);
		break;
	case EV_STEP:
		fputs("step: ", to);
		put_name(to, ev->obj ? event_step_name(r, ev->obj) : "end", ev->obj);
		break;
	case EV_FINDING:
		fputs("finding: ", to);
		put_name(to, event_rule_name(r, ev->obj), ev->obj);
		break;
	default:
		put_model_event(r, to, ev);
		break;
	}
}

static void put_head(const struct report *r, FILE *to, bool ns)
{
	size_t n = r->sim->log.len;

	fputs("# tracer: nop\n#\n", to);
	if (ns)
		fputs("# clock: sim-ns\n#\n", to);
	fprintf(to, "# entries-in-buffer/entries-written: %zu/%zu   #P:%u\n#\n", n, n,
		r->sim->cfg.nr_cpus);
	fputs("#                                _-----=> irqs-off/BH-disabled\n"
	      "#                               / _----=> need-resched\n"
	      "#                              | / _---=> hardirq/softirq\n"
	      "#                              || / _--=> preempt-depth\n"
	      "#                              ||| / _-=> migrate-disable\n"
	      "#                              |||| /     delay\n"
	      "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
	      "#              | |         |   |||||     |         |\n",
	      to);
}

void report_ftrace(const struct report *r, FILE *to, bool ns)
{
	put_head(r, to, ns);
	for (size_t i = 0; i < r->sim->log.len; i++) {
		const struct sim_event *ev = &r->sim->log.ev[i];
		u64 s = ev->at_ns / (u64)NSEC_PER_SEC, frac = ev->at_ns % (u64)NSEC_PER_SEC;

		fprintf(to, "%16s-%-7u [%03u] ..... ",
			ev->task == SIM_NO_TASK ? "<idle>" : event_comm(r, ev->task),
			event_pid(ev->task), ev->cpu);
		if (ns)
			fprintf(to, "%5" PRIu64 ".%09" PRIu64 ": ", s, frac);
		else
			fprintf(to, "%5" PRIu64 ".%06" PRIu64 ": ", s, frac / 1000);
		put_event(r, to, ev);
		putc('\n', to);
	}
}
