// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditions: [final], and the verb "expect".
 *
 * "never X > V" is violated by X > V, "exists X > V" by its absence.  A violated "never hold(...)"
 * is a finding of the rule hold-budget, any other one of the rule expect.
 *
 * Invariant: figures of other tasks and of locks are read at rest only (rp_cond_now() says which
 * conditions may be asked during the run).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/seamcalls.h"
#include "tools/replay/internal.h"

/* What was found, for the message. */
struct answer {
	u64 value;
	u32 who; /* a task to name, or TRACE_NONE */
};

bool rp_cond_now(const struct trace_cond *cond)
{
	switch ((enum trace_pred)cond->pred) {
	case TRACE_P_ALLOCATED:
	case TRACE_P_REFCOUNT:
	case TRACE_P_MAPPED:
	case TRACE_P_LEAF:
	case TRACE_P_PRESENT:
	case TRACE_P_PRIVATE:
	case TRACE_P_SHARED:
	case TRACE_P_PINNED:
	case TRACE_P_ACCEPTED:
	case TRACE_P_PENDING:
		return true;
	default:
		return false;
	}
}

static bool subject_matches(const struct replay *r, const struct trace_cond *cond,
			    const struct rp_actor *a)
{
	if (cond->subject == TRACE_NONE)
		return cond->instance == TRACE_NONE || a->trace->kind == cond->instance;
	return a->trace == &r->trace->tasks[cond->subject] && a->instance == cond->instance;
}

static u64 actor_figure(const struct rp_actor *a, u8 pred)
{
	switch (pred) {
	case TRACE_P_STALL:
		return a->task->stall.max_ns;
	case TRACE_P_LATENCY:
		return a->latency_ns;
	case TRACE_P_ERRORS:
		return a->errors;
	case TRACE_P_KILLED:
		return a->killed;
	default:
		return a->ops;
	}
}

/* Of a task; of several, the one that is furthest from 0. */
static struct answer ask_tasks(const struct replay *r, const struct trace_cond *cond)
{
	struct answer best = {0, TRACE_NONE};

	for (u32 i = 0; i < r->nr_actors; i++) {
		const struct rp_actor *a = &r->actors[i];
		u64 value = actor_figure(a, cond->pred);

		if (subject_matches(r, cond, a) && (best.who == TRACE_NONE || value > best.value))
			best = (struct answer){value, i};
	}
	return best;
}

static struct lock_class *class_by_name(struct replay *r, const char *name)
{
	for (u32 i = 0; i < r->sim->nr_classes; i++) {
		if (strcmp(r->sim->classes[i].name, name) == 0)
			return &r->sim->classes[i];
	}
	return NULL;
}

static struct answer ask_lock(struct replay *r, const struct trace_cond *cond)
{
	struct lock_class *class = class_by_name(r, r->trace->lock_classes[cond->subject]);
	struct answer best = {0, TRACE_NONE};

	for (int mode = 0; class && mode < LOCK_NR_MODES; mode++) {
		struct lock_mode_stat st;
		const struct hist *h;

		lock_stat_total(r->sim, class->id, (enum lock_mode)mode, &st);
		h = cond->pred == TRACE_P_HOLD ? st.hold : st.wait;
		if (h && h->count && h->max > best.value)
			best = (struct answer){h->max, TRACE_NONE};
	}
	return best;
}

/* The file a condition means: the one it names, or the VM's first; NULL if it is closed. */
static struct gmem_file *file_of(struct replay *r, const struct trace_cond *cond, u32 *gmem)
{
	const struct trace_vm *vm = &r->trace->vms[cond->subject];
	struct gmem_file *file = NULL;
	struct rp_object *o;

	*gmem = cond->instance;
	if (*gmem == TRACE_NONE && vm->n_gmems)
		*gmem = vm->first_gmem;
	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (!file && o->kind == RP_FILE && o->gmem == *gmem)
			file = o->file;
	}
	sim_guard_unlock(r->sim, &r->lock);
	return file;
}

static struct answer ask_seamcall(const struct replay *r, const struct trace_cond *cond)
{
	int leaf = seamcall_by_name(r->trace->words[cond->subject]);
	struct seamcall_stat st = {0};

	if (leaf >= 0)
		seamcall_stat(r->machine, (u32)leaf, &st);
	return (struct answer){cond->pred == TRACE_P_CALLS ? st.calls : st.busy, TRACE_NONE};
}

/* Pages that the files of a VM have, or the one file that is named. */
static u64 count_pages(struct replay *r, const struct trace_cond *cond)
{
	struct rp_object *o;
	u64 pages = 0;

	list_for_each_entry(o, &r->objects, node) {
		if (o->kind != RP_FILE || r->trace->gmems[o->gmem].vm != cond->subject ||
		    (cond->instance != TRACE_NONE && cond->instance != o->gmem))
			continue;
		for (u64 at = 0; at < o->len; at += PAGE_SIZE)
			pages += gmem_folio_state(o->file, at).present;
	}
	return pages;
}

static struct answer ask_memory(struct replay *r, const struct trace_cond *cond)
{
	struct folio_state state = {0};
	struct gmem_file *file;
	u32 gmem;

	if (cond->pred == TRACE_P_MAPPED)
		return (struct answer){vm_gpa_mapped(r->vms[cond->subject].vm, cond->addr),
				       TRACE_NONE};
	if (cond->pred == TRACE_P_LEAF)
		return (struct answer){vm_gpa_leaf_bytes(r->vms[cond->subject].vm, cond->addr),
				       TRACE_NONE};
	if (cond->pred == TRACE_P_ACCEPTED || cond->pred == TRACE_P_PENDING)
		return (struct answer){vm_gpa_sept(r->vms[cond->subject].vm, cond->addr) ==
					       (cond->pred == TRACE_P_ACCEPTED ? GPA_SEPT_MAPPED :
										 GPA_SEPT_PENDING),
				       TRACE_NONE};
	if (cond->pred == TRACE_P_ALLOCATED)
		return (struct answer){count_pages(r, cond), TRACE_NONE};
	file = file_of(r, cond, &gmem);
	if (file)
		state = gmem_folio_state(file, cond->addr);
	switch ((enum trace_pred)cond->pred) {
	case TRACE_P_REFCOUNT:
		return (struct answer){state.present ? state.refcount : 0, TRACE_NONE};
	case TRACE_P_PRESENT:
		return (struct answer){state.present, TRACE_NONE};
	case TRACE_P_PRIVATE:
		return (struct answer){file && state.is_private, TRACE_NONE};
	case TRACE_P_SHARED:
		return (struct answer){file && !state.is_private, TRACE_NONE};
	default:
		return (struct answer){rp_pinned(r, gmem, cond->addr), TRACE_NONE};
	}
}

static struct answer ask(struct replay *r, const struct trace_cond *cond)
{
	switch ((enum trace_pred)cond->pred) {
	case TRACE_P_STALL:
	case TRACE_P_LATENCY:
	case TRACE_P_ERRORS:
	case TRACE_P_OPS:
	case TRACE_P_KILLED:
		return ask_tasks(r, cond);
	case TRACE_P_HOLD:
	case TRACE_P_WAIT:
		return ask_lock(r, cond);
	case TRACE_P_CALLS:
	case TRACE_P_BUSY:
		return ask_seamcall(r, cond);
	case TRACE_P_DURATION:
		return (struct answer){r->sim->end_ns, TRACE_NONE};
	default:
		return ask_memory(r, cond);
	}
}

static bool compare(u64 a, u8 cmp, u64 b)
{
	switch ((enum trace_cmp)cmp) {
	case TRACE_GT:
		return a > b;
	case TRACE_GE:
		return a >= b;
	case TRACE_LT:
		return a < b;
	case TRACE_LE:
		return a <= b;
	case TRACE_EQ:
		return a == b;
	case TRACE_NE:
		return a != b;
	default:
		return a != 0;
	}
}

static bool is_time(u8 pred)
{
	return pred == TRACE_P_STALL || pred == TRACE_P_LATENCY || pred == TRACE_P_HOLD ||
	       pred == TRACE_P_WAIT || pred == TRACE_P_DURATION;
}

/* "vcpu0: 4900000 ns", "no" */
static void answer_text(const struct replay *r, const struct trace_cond *cond,
			const struct answer *a, char *buf, size_t size)
{
	const char *who = a->who == TRACE_NONE ? "" : r->actors[a->who].task->name;

	if (cond->cmp == TRACE_CMP_NONE)
		snprintf(buf, size, "%s", a->value ? "it is so" : "it is not so");
	else
		snprintf(buf, size, "%s%sit is %" PRIu64 "%s", who, *who ? ": " : "", a->value,
			 is_time(cond->pred) ? " ns" : "");
}

void rp_check_cond(struct replay *r, struct task *me, const struct trace_cond *cond)
{
	struct answer a = ask(r, cond);
	bool holds = compare(a.value, cond->cmp, cond->value);
	bool budget = cond->quant == TRACE_NEVER && cond->pred == TRACE_P_HOLD;
	char text[256], got[96];

	if (holds == (cond->quant == TRACE_EXISTS))
		return;
	trace_cond_text(r->trace, cond, text, sizeof(text));
	answer_text(r, cond, &a, got, sizeof(got));
	sim_finding_at(r->sim, me, cond->loc.line, cond->loc.line,
		       budget ? "hold-budget" : "expect", "%s:%u:%u: `%s`, but %s", r->trace->path,
		       cond->loc.line, cond->loc.col, text, got);
}

void rp_check_final(struct replay *r)
{
	for (u32 i = 0; i < r->trace->n_final; i++) {
		const struct trace_cond *cond = &r->trace->conds[r->trace->first_final + i];

		/* exploration has no clock that means anything */
		if (r->opt.untimed && is_time(cond->pred))
			continue;
		/* what is not so yet may have come later */
		if (cond->quant == TRACE_NEVER || !r->sim->stopped)
			rp_check_cond(r, NULL, cond);
	}
}
