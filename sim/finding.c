// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/finding.c - what a run has found.
 *
 * Invariants: a finding with the same rule and message is recorded once and counted; at most
 * SIM_MAX_FINDINGS different ones are kept.  The site of a finding depends on names and on the line
 * of the operation only: neither on task or object numbers nor on times.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/core.h"

#define SIM_MAX_FINDINGS 256
#define SIM_MAX_MESSAGE	 4096

static u64 hash_name(u64 h, const char *name)
{
	return prng_mix(h ^ sim_name_hash(name));
}

/* Several locks of a class in a row count as one: how many is a matter of the trace's sizes. */
static u64 hash_held(u64 h, const struct task *t)
{
	for (u32 i = 0; i < t->nr_held; i++) {
		if (!i || t->held[i].class != t->held[i - 1].class)
			h = hash_name(h, t->held[i].class->name);
	}
	return h;
}

u64 sim_site(const struct task *t)
{
	u64 h = 0;

	for (u32 i = 0; i < t->nr_frames; i++)
		h = hash_name(h, t->frame[i]);
	if (!t->nr_frames)
		h = prng_mix(t->op_line);
	if (t->wait.class)
		h = hash_name(h + t->wait.mode, t->wait.class->name);
	return hash_held(h, t);
}

/* Count it if it is known.  Context: under the guard. */
static bool finding_known(struct sim *sim, const char *rule, const char *message)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		struct sim_finding *f = &sim->findings[i];

		if (strcmp(f->rule, rule) == 0 && strcmp(f->message, message) == 0) {
			f->count++;
			return true;
		}
	}
	return sim->nr_findings == SIM_MAX_FINDINGS;
}

/* Where @t is, in names of functions: they outlive the simulation. */
static void copy_frames(struct sim *sim, struct sim_finding *f, const struct task *t)
{
	size_t bytes = t ? t->nr_frames * sizeof(t->frame[0]) : 0;

	if (!bytes)
		return;
	f->frame = sim_alloc(sim, bytes);
	memcpy(f->frame, t->frame, bytes);
	f->nr_frames = t->nr_frames;
}

/* @f is complete but for its message, which is copied.  Context: without the guard. */
static void finding_add(struct sim *sim, struct sim_finding *f, const char *message, bool first)
{
	size_t len = strlen(message) + 1;
	struct sim_finding *tab = NULL;

	f->message = sim_alloc(sim, len);
	memcpy(f->message, message, len);
	if (first)
		tab = sim_alloc(sim, SIM_MAX_FINDINGS * sizeof(*tab));
	sim_guard_lock(sim, &sim->guard);
	if (!sim->findings) {
		sim->findings = tab;
		sim->cap_findings = SIM_MAX_FINDINGS;
	}
	if (!finding_known(sim, f->rule, message))
		sim->findings[sim->nr_findings++] = *f;
	sim_guard_unlock(sim, &sim->guard);
}

/* What is known of a finding besides its rule and its words. */
struct where {
	/* constant */
	sim_ns at_ns;
	u64 site;
	u32 line;
	enum finding_kind kind;
};

static struct where where_is(const struct sim *sim, const struct task *me)
{
	return (struct where){.at_ns = me ? sim_now(me) : sim->end_ns,
			      .site = me ? sim_site(me) : 0,
			      .line = me ? me->op_line : 0,
			      .kind = FINDING_HAPPENED};
}

static void __printf(5, 0) finding(struct sim *sim, struct task *me, const struct where *w,
				   const char *rule, const char *fmt, va_list ap)
{
	struct sim_finding f = {
		.rule = rule,
		.kind = w->kind,
		.task = me ? me->id : SIM_NO_TASK,
		.at_ns = w->at_ns,
		.count = 1,
		.site = hash_name(hash_name(w->site, rule), fmt),
		.line = w->line,
	};
	char message[SIM_MAX_MESSAGE];
	bool known, first;

	vsnprintf(message, sizeof(message), fmt, ap);
	sim_guard_lock(sim, &sim->guard);
	known = finding_known(sim, rule, message);
	first = !sim->findings;
	sim_guard_unlock(sim, &sim->guard);
	if (!known) {
		copy_frames(sim, &f, me);
		finding_add(sim, &f, message, first);
	}
	if (me)
		sim_event_at(me, EV_FINDING, sim_name_hash(rule), 0, 0, w->at_ns);
}

void sim_finding(struct sim *sim, struct task *me, const char *rule, const char *fmt, ...)
{
	struct where w = where_is(sim, me);
	va_list ap;

	va_start(ap, fmt);
	finding(sim, me, &w, rule, fmt, ap);
	va_end(ap);
}

void sim_finding_at(struct sim *sim, struct task *me, u64 site, u32 line, const char *rule,
		    const char *fmt, ...)
{
	struct where w = where_is(sim, me);
	va_list ap;

	w.site = site;
	w.line = line;
	va_start(ap, fmt);
	finding(sim, me, &w, rule, fmt, ap);
	va_end(ap);
}

void sim_finding_when(struct sim *sim, struct task *t, sim_ns at_ns, const char *rule,
		      const char *fmt, ...)
{
	struct where w = where_is(sim, t);
	va_list ap;

	w.at_ns = at_ns;
	va_start(ap, fmt);
	finding(sim, t, &w, rule, fmt, ap);
	va_end(ap);
}

void sim_predict_at(struct sim *sim, struct task *me, u64 site, u32 line, const char *rule,
		    const char *fmt, ...)
{
	struct where w = where_is(sim, me);
	va_list ap;

	w.site = site;
	w.line = line;
	w.kind = FINDING_PREDICTED;
	va_start(ap, fmt);
	finding(sim, me, &w, rule, fmt, ap);
	va_end(ap);
}

const char *finding_kind_name(enum finding_kind kind)
{
	return kind == FINDING_PREDICTED ? "predicted" : "happened";
}

bool sim_has_finding(const struct sim *sim, const char *rule)
{
	struct sim_guard *guard = (struct sim_guard *)&sim->guard;
	bool has = false;

	sim_guard_lock((struct sim *)sim, guard);
	for (u32 i = 0; i < sim->nr_findings && !has; i++)
		has = strcmp(sim->findings[i].rule, rule) == 0;
	sim_guard_unlock((struct sim *)sim, guard);
	return has;
}
