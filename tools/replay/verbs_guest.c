// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's verbs.  Addresses are guest physical.
 */
#include "model/task_work.h"
#include "sim/engine.h"
#include "sim/watchdog.h"
#include "tools/replay/internal.h"

#define DEFAULT_BYTE  1
#define SPIN_SLICE_NS (10 * NSEC_PER_US) /* how often a spinning vCPU looks at its signal */

/* The guest notices nothing of it.  Not so if the trace asks for EINTR. */
bool rp_enter_again(struct rp_call *c, s64 ret)
{
	return ret == -EINTR && !(c->op && rp_expects_errno(c, EINTR)) && signal_deliver(c->me);
}

/* What one entry read, added to what those before it did. */
static void add_entry(struct access_info *sum, const struct access_info *part)
{
	struct access_info before = *sum;

	*sum = *part;
	sum->pages_done += before.pages_done;
	if (!before.pages_done)
		return;
	sum->first_byte = before.first_byte;
	sum->other_page += part->other_page ? before.pages_done : 0;
	if (before.other_page) {
		sum->other_page = before.other_page;
		sum->other_byte = before.other_byte;
	} else if (part->pages_done && part->first_byte != before.first_byte) {
		sum->other_page = before.pages_done;
		sum->other_byte = part->first_byte;
	}
}

/* Each entry goes on where the last one was interrupted. */
static s64 touch(struct rp_call *c, u64 gpa, u64 len, bool is_private, bool write, u8 byte)
{
	struct access_info part, *sum = &c->res->info;
	u64 end = gpa + len;
	s64 ret;

	do {
		u64 done = sum->pages_done;
		u64 from = done ? ALIGN_DOWN(gpa, PAGE_SIZE) + (done << PAGE_SHIFT) : gpa;

		ret = guest_touch(c->me, from, end - from, is_private, write, byte, &part);
		add_entry(sum, &part);
	} while (rp_enter_again(c, ret) || rp_vmm_fault(c, ret, &part));
	return ret;
}

s64 rp_do_touch(struct rp_call *c)
{
	u64 access = rp_arg(c, TRACE_ARG_ACCESS, TRACE_READ);
	bool write = access == TRACE_WRITE;
	bool is_private = rp_arg(c, TRACE_ARG_ATTR, TRACE_SHARED) == TRACE_PRIVATE;
	u64 gpa = rp_arg(c, TRACE_ARG_ADDR, 0), len = rp_arg(c, TRACE_ARG_LEN, PAGE_SIZE);
	u8 byte = (u8)rp_arg(c, TRACE_ARG_VALUE, DEFAULT_BYTE);
	s64 ret = is_private ? rp_lazy_accept(c, gpa, len) : 0;

	if (!ret)
		ret = access == TRACE_EXEC ? guest_fetch(c->me, gpa, &c->res->info) :
					     touch(c, gpa, len, is_private, write, byte);

	c->res->is_read = !write;
	/* an exit to user space that comes with EFAULT or EHWPOISON */
	if (c->res->info.fault_size) {
		rp_field(c, TRACE_FIELD_FLAGS, c->res->info.fault_flags);
		rp_field(c, TRACE_FIELD_GPA, c->res->info.fault_gpa);
		rp_field(c, TRACE_FIELD_SIZE, c->res->info.fault_size);
	}
	rp_field(c, TRACE_FIELD_DONE, c->res->info.pages_done);
	return ret;
}

/* An interruption is part of the time: what is left is computed. */
static s64 run(struct rp_call *c, u64 ns)
{
	sim_ns end_ns = sim_now(c->me) + ns;
	s64 ret;

	do {
		sim_ns now_ns = sim_now(c->me);

		ret = now_ns < end_ns ? guest_run(c->me, min(ns, end_ns - now_ns)) : 0;
	} while (rp_enter_again(c, ret));
	return ret;
}

/* "run" is for every actor: a guest computes in guest mode. */
s64 rp_do_run(struct rp_call *c)
{
	u64 ns = rp_arg(c, TRACE_ARG_TIME, 0);

	if (task_vcpu(c->me))
		return run(c, ns);
	sim_compute(c->me, ns);
	return 0;
}

static s64 spin(struct rp_call *c)
{
	u64 left_ns = rp_arg(c, TRACE_ARG_TIME, SIM_NS_MAX);
	u32 until = rp_name(c, TRACE_ARG_UNTIL);
	s64 ret = 0;

	if (until != TRACE_NONE && left_ns == SIM_NS_MAX && rp_in_td(c->a))
		return rp_spin_for_signal(c, until);
	while (left_ns && ret >= 0) {
		u64 ns = min(left_ns, (u64)SPIN_SLICE_NS);

		if (until != TRACE_NONE && rp_signal_raised(c->a->r, until))
			break;
		ret = run(c, until == TRACE_NONE ? left_ns : ns);
		left_ns -= until == TRACE_NONE ? left_ns : ns;
	}
	return ret;
}

/* Without a scheduling point of the guest: its preemption is off, perhaps its interrupts, too. */
s64 rp_do_spin(struct rp_call *c)
{
	bool irqs_off = rp_has(c, TRACE_ARG_IRQS_OFF);
	s64 ret;

	watchdog_guest_preempt(c->me, 1);
	if (irqs_off)
		watchdog_guest_irqs(c->me, 1);
	ret = spin(c);
	if (irqs_off)
		watchdog_guest_irqs(c->me, -1);
	watchdog_guest_preempt(c->me, -1);
	return ret;
}

/* ---- halts ---------------------------------------------------------------------------- */

struct halt {
	u32 until;    /* a signal, or TRACE_NONE */
	sim_ns end_ns;
	sim_ns tick_ns; /* 0: no ticks */
};

static bool halted(const struct rp_call *c, const struct halt *h)
{
	if (h->until != TRACE_NONE && rp_signal_raised(c->a->r, h->until))
		return false;
	return sim_now(c->me) < h->end_ns;
}

/* How long at a time; 0: for good. */
static sim_ns halt_timer(const struct rp_call *c, const struct halt *h)
{
	sim_ns left_ns = h->end_ns == SIM_NS_MAX ? 0 : h->end_ns - sim_now(c->me);

	if (h->tick_ns && (!left_ns || h->tick_ns < left_ns))
		return h->tick_ns;
	return left_ns;
}

/* Who raises the signal sees whom it has to interrupt. */
static s64 halt_td(struct rp_call *c, const struct halt *h)
{
	s64 ret = 0;

	store_release(c->a->halts, h->until);
	while (halted(c, h)) {
		ret = guest_halt(c->me, halt_timer(c, h));
		if (ret && !rp_enter_again(c, ret))
			break;
		ret = 0;
	}
	store_release(c->a->halts, TRACE_NONE);
	return ret;
}

/* A VM that is no TD: the exit is not modelled, a tick is an entry. */
static s64 halt_with_ticks(struct rp_call *c, const struct halt *h)
{
	s64 ret = 0;

	while (!ret && halted(c, h)) {
		sim_sleep(c->me, halt_timer(c, h));
		ret = run(c, 1);
	}
	return ret;
}

static s64 halt(struct rp_call *c)
{
	u64 hz = rp_arg(c, TRACE_ARG_TICK, 0), ns = rp_arg(c, TRACE_ARG_TIME, 0);
	struct halt h = {
		.until = rp_name(c, TRACE_ARG_UNTIL),
		.end_ns = rp_has(c, TRACE_ARG_TIME) ? sim_now(c->me) + ns : SIM_NS_MAX,
		.tick_ns = hz ? max(NSEC_PER_SEC / hz, 1ull) : 0,
	};

	if (rp_in_td(c->a))
		return halt_td(c, &h);
	if (hz)
		return halt_with_ticks(c, &h);
	if (h.until != TRACE_NONE)
		return rp_signal_wait(c, h.until, 1);
	sim_sleep(c->me, ns);
	return 0;
}

s64 rp_do_halt(struct rp_call *c)
{
	s64 ret;

	watchdog_guest_halt(c->me, true);
	ret = halt(c);
	watchdog_guest_halt(c->me, false);
	return ret;
}
