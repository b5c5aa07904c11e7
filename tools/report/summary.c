// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal report.  The answer comes first, in words: what stalled, for how long, behind which
 * lock, held by whom, in which step, and how close that was to a watchdog.  Then what waited behind
 * what, the lock table, the steps of the longest hold, the operations, and the findings, each with
 * the command that repeats it.
 *
 * Invariants: at most 100 columns, no tabs, no colour; every figure is also in the JSON report.
 */
#include <inttypes.h>
#include <string.h>

#include "model/machine.h"
#include "model/seamcalls.h"
#include "sim/watchdog.h"
#include "tools/report/report.h"
#include "tools/report/text.h"

/* The watchdog that a stalled task of each kind meets first, with the kernel's default. */
static const struct meets {
	const char *name;
	enum watchdog_kind kind;
	u64 threshold_ns;
} watchdogs[ACTOR_NR] = {
	[ACTOR_GUEST] = {"guest soft-lockup", WATCHDOG_GUEST_SOFT, 20 * NSEC_PER_SEC},
	[ACTOR_VMM] = {"host hung-task", WATCHDOG_HOST_HUNG, 120 * NSEC_PER_SEC},
	[ACTOR_KERNEL] = {"host hung-task", WATCHDOG_HOST_HUNG, 120 * NSEC_PER_SEC},
	[ACTOR_DEVICE] = {"host hung-task", WATCHDOG_HOST_HUNG, 120 * NSEC_PER_SEC},
};

/* As this run has it, or the default where nobody watches. */
static u64 threshold_of(const struct report *r, const struct meets *dog)
{
	struct watchdog_distance d[WATCHDOG_NR];

	watchdog_distances(r->sim, d);
	return d[dog->kind].threshold_ns ? d[dog->kind].threshold_ns : dog->threshold_ns;
}

/* The longest stall; a guest's before anybody else's, because that is the question asked. */
static const struct task *worst_stall(const struct sim *sim)
{
	const struct task *worst = NULL;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *t = sim->tasks[i];
		bool guest = t->kind == ACTOR_GUEST;
		bool worst_guest = worst && worst->kind == ACTOR_GUEST;

		if (!report_stalled(t) || (worst_guest && !guest))
			continue;
		if (!worst || (guest && !worst_guest) || t->stall.max_ns > worst->stall.max_ns)
			worst = t;
	}
	return worst;
}

/* The exclusive hold that most probably was the one waited for: the class's longest. */
static const struct hold_record *longest_hold(const struct report *r, const struct lock_class *c)
{
	const struct hold_record *longest = NULL;

	for (u32 i = 0; i < r->nr_locks; i++) {
		const struct report_lock *l = &r->locks[i];

		if (l->class == c && l->stat.longest.hold_ns &&
		    (!longest || l->stat.longest.hold_ns > longest->hold_ns))
			longest = &l->stat.longest;
	}
	return longest;
}

static const struct step_time *longest_step(const struct hold_record *h)
{
	const struct step_time *longest = NULL;

	for (u32 i = 0; h && i < h->nr_steps; i++) {
		if (h->step[i].total_ns && (!longest || h->step[i].total_ns > longest->total_ns))
			longest = &h->step[i];
	}
	return longest;
}

static u32 percent(u64 part, u64 whole)
{
	return whole ? (u32)((__extension__(unsigned __int128) part * 100 + whole / 2) / whole) : 0;
}

/* "held by vmm in `punch` (gmem_punch_hole, step truncate 92 %)" */
static void say_holder(const struct report *r, u32 task, const struct stall *s, struct text *t)
{
	const struct hold_record *h = longest_hold(r, s->class);
	const struct step_time *step = NULL;

	if (s->holder == SIM_NO_TASK || s->holder == task) {
		text_add(t, ", whose holder is not known");
		return;
	}
	text_add(t, ", held by %s", report_task(r, s->holder));
	if (s->holder_op)
		text_add(t, " in `%s`", s->holder_op);
	if (h && h->task == s->holder)
		step = longest_step(h);
	if (s->holder_func && step)
		text_add(t, " (%s, step %s %u %%)", s->holder_func, step->name,
			 percent(step->total_ns, h->hold_ns));
	else if (s->holder_func)
		text_add(t, " (%s)", s->holder_func);
}

/* How many other tasks waited behind the same class of lock, but for its holder. */
static u32 others_behind(const struct sim *sim, const struct task *worst)
{
	u32 nr = 0;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *t = sim->tasks[i];

		nr += t != worst && t->id != worst->stall.holder && report_stalled(t) &&
		      t->stall.class == worst->stall.class;
	}
	return nr;
}

static void say_stall(const struct report *r, const struct task *task, struct text *t)
{
	const struct stall *s = &task->stall;
	const struct meets *dog = &watchdogs[task->kind];
	u64 threshold_ns = threshold_of(r, dog), permille = s->max_ns * 1000 / threshold_ns;
	char buf[REPORT_NS_TEXT];
	u32 others;

	text_add(t, "%s stalled %s", task->name, report_ns(s->max_ns, buf));
	others = others_behind(r->sim, task);
	if (s->op)
		text_add(t, " in `%s`", s->op);
	text_add(t, " behind %s", s->class ? s->class->name : "something without a name");
	if (s->class && !(s->class->flags & (LOCKC_MUTEX | LOCKC_WAITQ)))
		text_add(t, " (%s)", s->mode == LOCK_READ ? "read" : "write");
	say_holder(r, task->id, s, t);
	if (others)
		text_add(t, ", and %u other task%s behind it", others, others > 1 ? "s" : "");
	if (permille)
		text_add(t, "; %" PRIu64 ".%" PRIu64 " %% of the %s threshold (%" PRIu64 " s).",
			 permille / 10, permille % 10, dog->name,
			 (u64)(threshold_ns / NSEC_PER_SEC));
	else
		text_add(t, "; less than 0.1 %% of the %s threshold (%" PRIu64 " s).", dog->name,
			 (u64)(threshold_ns / NSEC_PER_SEC));
}

/* "Found deadlock: circular wait: 2 tasks wait for each other. ": the message's first line. */
static void say_first_finding(const struct sim_finding *f, struct text *t)
{
	int len = (int)strcspn(f->message, "\n");

	text_add(t, "Found %s: %.*s%s ", f->rule, len, f->message,
		 len && f->message[len - 1] == '.' ? "" : ".");
}

/* ", 3 steps made to fail (attr_prealloc, xa_node 2)" */
static void say_made_to_fail(const struct sim *sim, struct text *t)
{
	const struct fail_stat *st;
	u64 total = 0;

	for (st = sim->fail_stats; st; st = st->next)
		total += st->count;
	if (!total)
		return;
	text_add(t, ", %" PRIu64 " step%s made to fail (", total, total > 1 ? "s" : "");
	for (st = sim->fail_stats; st; st = st->next) {
		text_add(t, "%s", st->site);
		if (st->count > 1)
			text_add(t, " %" PRIu64, st->count);
		text_add(t, "%s", st->next ? ", " : ")");
	}
}

void report_verdict(const struct report *r, struct text *t)
{
	const struct sim *sim = r->sim;
	const struct task *worst = worst_stall(sim);
	char buf[REPORT_NS_TEXT];

	if (sim->nr_findings)
		say_first_finding(&sim->findings[0], t);
	if (worst)
		say_stall(r, worst, t);
	else
		text_add(t, "No task waited for another.");
	if (sim->nr_findings == 0)
		text_add(t, " No findings");
	else
		text_add(t, " %u finding%s", sim->nr_findings, sim->nr_findings > 1 ? "s" : "");
	say_made_to_fail(sim, t);
	text_add(t, ", %s. %s after %s%s.", r->expectation,
		 sim->stopped ? "The run was stopped" : "The run ended",
		 report_ns(sim->end_ns, buf), sim->is_virtual ? " of simulated time" : "");
}

static void put_verdict(const struct report *r, FILE *to)
{
	struct text t = {0};

	report_verdict(r, &t);
	text_paragraph(to, t.s, 0);
	text_finish(&t);
}

static void put_stalls(const struct report *r, FILE *to)
{
	const struct sim *sim = r->sim;
	bool any = false;
	char buf[REPORT_NS_TEXT];

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		const struct task *t = sim->tasks[i];
		const struct stall *s = &t->stall;

		if (!report_stalled(t))
			continue;
		if (!any)
			fprintf(to, "\n%-16s %-14s %10s  %-24s %s\n", "waiting task", "operation",
				"longest", "behind", "held by");
		any = true;
		fprintf(to, "%-16.16s %-14.14s %10s  %-24.24s ", t->name, s->op ? s->op : "-",
			report_ns(s->max_ns, buf), s->class ? s->class->name : "-");
		if (s->holder == SIM_NO_TASK || s->holder == t->id)
			fprintf(to, "-\n");
		else
			fprintf(to, "%.16s%s%.14s\n", report_task(r, s->holder),
				s->holder_op ? ": " : "", s->holder_op ? s->holder_op : "");
	}
}

static const char *max_text(const struct hist *h, char buf[REPORT_NS_TEXT])
{
	return h && h->count ? report_ns(h->max, buf) : "-";
}

static const char *total_text(const struct hist *h, char buf[REPORT_NS_TEXT])
{
	return h && h->count ? report_ns(h->total, buf) : "-";
}

static const char *p50_text(const struct hist *h, char buf[REPORT_NS_TEXT])
{
	return h && h->count ? report_ns(hist_quantile(h, 0.5), buf) : "-";
}

static void put_locks(const struct report *r, FILE *to)
{
	char buf[5][REPORT_NS_TEXT];

	if (!r->nr_locks)
		return;
	fprintf(to, "\n%-24s %2s %9s %9s %9s %10s %9s %9s %10s\n", "lock", "rw", "acquired",
		"contended", "wait max", "wait total", "hold p50", "hold max", "hold total");
	for (u32 i = 0; i < r->nr_locks; i++) {
		const struct report_lock *l = &r->locks[i];
		const struct lock_mode_stat *st = &l->stat;

		fprintf(to, "%-24.24s %2s %9" PRIu64 " %9" PRIu64 " %9s %10s %9s %9s %10s\n",
			l->class->name, l->mode == LOCK_READ ? "R" : "W", st->acquisitions,
			st->contentions, max_text(st->wait, buf[0]), total_text(st->wait, buf[1]),
			p50_text(st->hold, buf[2]), max_text(st->hold, buf[3]),
			total_text(st->hold, buf[4]));
	}
}

/* The longest hold that was profiled step by step, over all classes. */
static const struct report_lock *profiled_hold(const struct report *r)
{
	const struct report_lock *best = NULL;

	for (u32 i = 0; i < r->nr_locks; i++) {
		const struct report_lock *l = &r->locks[i];

		if (l->stat.longest.nr_steps &&
		    (!best || l->stat.longest.hold_ns > best->stat.longest.hold_ns))
			best = l;
	}
	return best;
}

static void put_steps(const struct report *r, FILE *to)
{
	const struct report_lock *l = profiled_hold(r);
	const struct hold_record *h = l ? &l->stat.longest : NULL;
	struct text t = {0};
	char buf[2][REPORT_NS_TEXT];

	if (!h)
		return;
	text_add(&t, "Longest hold of %s: %s by %s", l->class->name, report_ns(h->hold_ns, buf[0]),
		 report_task(r, h->task));
	if (h->op)
		text_add(&t, " in `%s`", h->op);
	text_add(&t, " (%s), from %s on:", h->func ? h->func : "?", report_ns(h->at_ns, buf[1]));
	putc('\n', to);
	text_paragraph(to, t.s, 0);
	text_finish(&t);
	fprintf(to, "  %-32s %12s %10s %6s\n", "step", "times", "total", "share");
	for (u32 i = 0; i < h->nr_steps; i++)
		fprintf(to, "  %-32.32s %12" PRIu64 " %10s %4u %%\n", h->step[i].name,
			h->step[i].count, report_ns(h->step[i].total_ns, buf[0]),
			percent(h->step[i].total_ns, h->hold_ns));
}

static void put_ops(const struct report *r, FILE *to)
{
	const struct sim *sim = r->sim;
	char buf[4][REPORT_NS_TEXT];

	if (!sim->nr_ops_stat)
		return;
	fprintf(to, "\n%-16s %-7s %10s %8s %9s %9s %9s %10s\n", "operation", "actor", "count",
		"errors", "p50", "p99", "max", "total");
	for (u32 i = 0; i < sim->nr_ops_stat; i++) {
		const struct op_stat *o = sim->ops_stat[i];
		const struct hist *h = &o->latency;

		if (!h->count)
			continue;
		fprintf(to, "%-16.16s %-7s %10" PRIu64 " %8" PRIu64 " %9s %9s %9s %10s\n", o->op,
			actor_kind_name(o->kind), o->count, o->errors,
			report_ns(hist_quantile(h, 0.5), buf[0]),
			report_ns(hist_quantile(h, 0.99), buf[1]), report_ns(h->max, buf[2]),
			report_ns(h->total, buf[3]));
	}
}

static void put_seamcalls(const struct report *r, FILE *to)
{
	struct seamcall_stat st;
	bool any = false;
	char buf[4][REPORT_NS_TEXT];

	for (u32 i = 0; seamcall_stat(r->sim->model, i, &st); i++) {
		if (!st.calls || !st.latency)
			continue;
		if (!any)
			fprintf(to, "\n%-24s %10s %8s %8s %9s %9s %9s %10s\n", "SEAMCALL, TDCALL",
				"calls", "busy", "errors", "p50", "p99", "max", "total");
		any = true;
		fprintf(to, "%-24s %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %9s %9s %9s %10s\n",
			st.name, st.calls, st.busy, st.errors,
			report_ns(hist_quantile(st.latency, 0.5), buf[0]),
			report_ns(hist_quantile(st.latency, 0.99), buf[1]),
			report_ns(st.latency->max, buf[2]), report_ns(st.latency->total, buf[3]));
	}
}

static void put_findings(const struct report *r, FILE *to)
{
	char buf[REPORT_NS_TEXT];

	for (u32 i = 0; i < r->sim->nr_findings; i++) {
		const struct sim_finding *f = &r->sim->findings[i];

		fprintf(to, "\nfinding %u: %s%s at %s", i + 1, f->rule,
			f->kind == FINDING_PREDICTED ? " (predicted)" : "",
			report_ns(f->at_ns, buf));
		if (f->task != SIM_NO_TASK)
			fprintf(to, " in %s", report_task(r, f->task));
		if (f->count > 1)
			fprintf(to, " (%" PRIu64 " times)", f->count);
		putc('\n', to);
		text_paragraph(to, f->message, 2);
		fprintf(to, "  replay: %s\n", r->replay);
	}
}

void report_summary(const struct report *r, FILE *to)
{
	fprintf(to, "%s: engine %s, seed %" PRIu64 ", kernel %s, locking %s\n", r->trace,
		r->sim->is_virtual ? "virtual" : "threads", r->sim->cfg.seed, r->kernel,
		r->locking);
	if (r->title && *r->title)
		fprintf(to, "%s\n", r->title);
	putc('\n', to);
	put_verdict(r, to);
	report_put_watchdogs(r, to);
	report_put_costs(r, to);
	report_put_sensitivity(r, to);
	put_stalls(r, to);
	put_locks(r, to);
	put_steps(r, to);
	put_ops(r, to);
	put_seamcalls(r, to);
	put_findings(r, to);
}
