// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine-readable report of one run.  Keys are the contract of design.md section 7.
 *
 * Invariant: every "*_ns" that sums up many values is the object {min, p50, p99, max, total,
 * count}; all zeros if nothing was recorded.
 */
#include "model/machine.h"
#include "model/seamcalls.h"
#include "tools/report/json.h"
#include "tools/report/report.h"

static void put_hist(struct json *j, const char *key, const struct hist *h)
{
	bool any = h && h->count;

	json_flat_object(j, key);
	json_u64(j, "min", any ? h->min : 0);
	json_u64(j, "p50", any ? hist_quantile(h, 0.50) : 0);
	json_u64(j, "p99", any ? hist_quantile(h, 0.99) : 0);
	json_u64(j, "max", any ? h->max : 0);
	json_u64(j, "total", any ? h->total : 0);
	json_u64(j, "count", any ? h->count : 0);
	json_end(j);
}

/* What the longest hold was spent on; nothing for locks whose holds have no named steps. */
static void put_longest(struct json *j, const struct report *r, const struct hold_record *h)
{
	if (!h->nr_steps)
		return;
	json_object(j, "longest");
	json_u64(j, "at_ns", h->at_ns);
	json_u64(j, "hold_ns", h->hold_ns);
	json_string(j, "task", report_task(r, h->task));
	json_string(j, "op", h->op);
	json_string(j, "func", h->func);
	json_array(j, "steps");
	for (u32 i = 0; i < h->nr_steps; i++) {
		json_flat_object(j, NULL);
		json_string(j, "step", h->step[i].name);
		json_u64(j, "count", h->step[i].count);
		json_u64(j, "total_ns", h->step[i].total_ns);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void put_locks(struct json *j, const struct report *r)
{
	json_array(j, "locks");
	for (u32 i = 0; i < r->nr_locks; i++) {
		const struct report_lock *l = &r->locks[i];

		json_object(j, NULL);
		json_string(j, "class", l->class->name);
		json_string(j, "mode", l->mode == LOCK_READ ? "R" : "W");
		json_u64(j, "acquisitions", l->stat.acquisitions);
		json_u64(j, "contentions", l->stat.contentions);
		put_hist(j, "wait_ns", l->stat.wait);
		put_hist(j, "hold_ns", l->stat.hold);
		put_longest(j, r, &l->stat.longest);
		json_end(j);
	}
	json_end(j);
}

/* Which class of lock was waited for with which one held; virtual engine with checks. */
static void put_lock_order(struct json *j, const struct report *r)
{
	const struct sim *sim = r->sim;

	json_array(j, "lock_order");
	for (u32 i = 0; i < sim->nr_classes; i++) {
		for (u64 after = sim->lock_after[i]; after; after &= after - 1) {
			json_flat_object(j, NULL);
			json_string(j, "held", sim->classes[i].name);
			json_string(j, "taken", sim->classes[__builtin_ctzll(after)].name);
			json_end(j);
		}
	}
	json_end(j);
}

static void put_ops(struct json *j, const struct report *r)
{
	json_array(j, "ops");
	for (u32 i = 0; i < r->sim->nr_ops_stat; i++) {
		const struct op_stat *o = r->sim->ops_stat[i];

		json_object(j, NULL);
		json_string(j, "op", o->op);
		json_string(j, "actor_kind", actor_kind_name(o->kind));
		json_u64(j, "count", o->count);
		json_u64(j, "errors", o->errors);
		put_hist(j, "latency_ns", &o->latency);
		json_end(j);
	}
	json_end(j);
}

static void put_stalls(struct json *j, const struct report *r)
{
	json_array(j, "stalls");
	for (u32 i = 0; i < r->sim->nr_tasks; i++) {
		const struct task *t = r->sim->tasks[i];

		bool known = t->stall.holder != SIM_NO_TASK && t->stall.holder != t->id;

		if (!report_stalled(t))
			continue;
		json_object(j, NULL);
		json_string(j, "task", t->name);
		json_u64(j, "max_ns", t->stall.max_ns);
		json_string(j, "op", t->stall.op);
		json_string(j, "lock", t->stall.class ? t->stall.class->name : NULL);
		json_string(j, "holder", known ? report_task(r, t->stall.holder) : NULL);
		json_end(j);
	}
	json_end(j);
}

/* Of the TDX module: SEAMCALLs and the guest's TDCALLs that were made. */
static void put_seamcalls(struct json *j, const struct report *r)
{
	struct seamcall_stat st;

	json_array(j, "seamcalls");
	for (u32 i = 0; seamcall_stat(r->sim->model, i, &st); i++) {
		if (!st.calls)
			continue;
		json_object(j, NULL);
		json_string(j, "leaf", st.name);
		json_u64(j, "calls", st.calls);
		json_u64(j, "busy", st.busy);
		json_u64(j, "errors", st.errors);
		put_hist(j, "latency_ns", st.latency);
		json_end(j);
	}
	json_end(j);
}

static void put_fails(struct json *j, const struct report *r)
{
	json_array(j, "fails");
	for (const struct fail_stat *st = r->sim->fail_stats; st; st = st->next) {
		json_flat_object(j, NULL);
		json_string(j, "site", st->site);
		json_u64(j, "count", st->count);
		json_end(j);
	}
	json_end(j);
}

static void put_findings(struct json *j, const struct report *r)
{
	json_array(j, "findings");
	for (u32 i = 0; i < r->sim->nr_findings; i++) {
		const struct sim_finding *f = &r->sim->findings[i];

		json_object(j, NULL);
		json_string(j, "rule", f->rule);
		json_string(j, "kind", finding_kind_name(f->kind));
		json_string(j, "message", f->message);
		json_string(j, "task", f->task == SIM_NO_TASK ? NULL : report_task(r, f->task));
		json_u64(j, "at_ns", f->at_ns);
		json_string(j, "replay", r->replay);
		json_end(j);
	}
	json_end(j);
}

void report_json(const struct report *r, FILE *to)
{
	const struct sim *sim = r->sim;
	struct json j;

	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "format", "gmemsim-run");
	json_u64(&j, "version", 1);
	json_string(&j, "trace", r->trace);
	json_string(&j, "engine", sim->is_virtual ? "virtual" : "threads");
	json_u64(&j, "seed", sim->cfg.seed);
	json_string(&j, "kernel", r->kernel);
	json_string(&j, "locking", r->locking);
	json_u64(&j, "sim_ns", sim->end_ns);
	json_u64(&j, "wall_ns", r->wall_ns);
	json_hex(&j, "fingerprint", sim->fingerprint);
	/* a run that a limit cut short has not shown that there is nothing to find */
	json_string(&j, "result",
		    sim->nr_findings ? "finding" : sim->stopped ? "incomplete" : "ok");
	put_locks(&j, r);
	put_lock_order(&j, r);
	put_ops(&j, r);
	put_stalls(&j, r);
	put_seamcalls(&j, r);
	report_json_watchdogs(&j, r);
	report_json_costs(&j, r);
	report_json_sensitivity(&j, r);
	put_fails(&j, r);
	put_findings(&j, r);
	json_end(&j);
	json_finish(&j);
}
