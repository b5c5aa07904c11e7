// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a run came to its finding, as commit messages of the kernel show a race: a column per task,
 * time going down; see explain.h for who prints what.
 *
 * A lock is worth a row if tasks with a column could have met there: two of them took it, one of
 * them not for reading; or if the finding's message names its class.
 *
 * Invariants: no line is longer than TEXT_WIDTH; the output is a function of the run alone.
 */
#include <string.h>

#include "model/events.h"
#include "tools/report/explain.h"

#define GUTTER 2

static u64 lock_key(const struct sim_event *ev)
{
	return (u64)EV_LOCK_CLASS(ev->a) << 32 | (u32)ev->obj;
}

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '>';
}

bool explain_message_names(const struct explain *x, const char *name)
{
	const char *s = x->f ? x->f->message : "";
	size_t len = strlen(name);

	if (!len)
		return false;
	for (const char *p = strstr(s, name); p; p = strstr(p + 1, name)) {
		if ((p == s || !is_word(p[-1])) && !is_word(p[len]))
			return true;
	}
	return false;
}

/* The table ends with the finding, or with the run if it was found at rest. */
static size_t find_end(const struct explain *x)
{
	const struct event_log *log = &x->r->sim->log;

	for (size_t i = 0; x->f && i < log->len; i++) {
		const struct sim_event *ev = &log->ev[i];

		if (ev->type == EV_FINDING && ev->task == x->f->task &&
		    ev->at_ns >= x->f->at_ns && ev->obj == report_name_hash(x->f->rule))
			return i + 1;
	}
	return log->len;
}

/* Who only waits for work takes no part. */
static void count_parts(struct explain *x)
{
	const struct sim *sim = x->r->sim;

	for (size_t i = 0; i < x->end; i++) {
		const struct sim_event *ev = &sim->log.ev[i];
		struct explain_part *p;

		if (ev->task >= sim->nr_tasks)
			continue;
		p = &x->parts[ev->task];
		p->nr_events++;
		p->cpus |= (u64)1 << MIN(ev->cpu, 63);
		p->takes_part |= ev->type == EV_OP_BEGIN || ev->type == EV_LOCK_ACQUIRE ||
				 ev->type >= EV_MODEL_FIRST;
	}
	if (x->f && x->f->task < sim->nr_tasks)
		x->parts[x->f->task].takes_part = true;
}

/* Has it changed what is known of the page? */
static bool changed_something(const struct explain *x, u32 task)
{
	const struct page_watch *w = x->story->watch;

	for (u32 i = 0; w && i < w->moments->len; i++) {
		const struct watch_moment *m = &g_array_index(w->moments, struct watch_moment, i);

		if (m->task == task && m->kind == WATCH_CHANGED && m->at <= x->end)
			return true;
	}
	return false;
}

/* Whose column is wanted most: 0 none, 1 the machine's own workers ... 5 who found it. */
static u32 importance(const struct explain *x, u32 task)
{
	const struct task *t = x->r->sim->tasks[task];

	if (!x->parts[task].takes_part)
		return 0;
	if (x->f && x->f->task == task)
		return 5;
	if (explain_message_names(x, t->name))
		return 4;
	if (changed_something(x, task))
		return 3;
	return t->daemon ? 1 : 2;
}

/* @kinds: bit mask of the kinds of actors that have a column; a race takes two sorts of tasks. */
static bool goes_before(const struct explain *x, u32 a, u32 b, u32 kinds)
{
	struct task *const *tasks = x->r->sim->tasks;
	u32 ia = importance(x, a), ib = importance(x, b);
	bool new_a = !(kinds & BIT(tasks[a]->kind)), new_b = !(kinds & BIT(tasks[b]->kind));

	if (ia != ib)
		return ia > ib;
	if (new_a != new_b)
		return new_a;
	return x->parts[a].nr_events > x->parts[b].nr_events;
}

static void choose_columns(struct explain *x)
{
	u32 nr_tasks = x->r->sim->nr_tasks, kinds = 0;

	for (u32 i = 0; i < nr_tasks; i++)
		x->parts[i].column = -1;
	for (u32 n = 0; n < EXPLAIN_COLUMNS; n++) {
		u32 best = SIM_NO_TASK;

		for (u32 i = 0; i < nr_tasks; i++) {
			if (x->parts[i].column < 0 && importance(x, i) &&
			    (best == SIM_NO_TASK || goes_before(x, i, best, kinds)))
				best = i;
		}
		if (best == SIM_NO_TASK)
			break;
		x->parts[best].column = 0;
		kinds |= BIT(x->r->sim->tasks[best]->kind);
	}
	for (u32 i = 0; i < nr_tasks; i++) {
		if (x->parts[i].column < 0)
			continue;
		x->parts[i].column = (int)x->nr_columns;
		x->columns[x->nr_columns++] = i;
	}
	if (x->nr_columns)
		x->width = (TEXT_WIDTH - GUTTER * (x->nr_columns - 1)) / x->nr_columns;
}

int explain_column(const struct explain *x, const struct sim_event *ev)
{
	return ev->task < x->r->sim->nr_tasks ? x->parts[ev->task].column : -1;
}

static void note_locks(struct explain *x)
{
	x->locks = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	for (size_t i = 0; i < x->end; i++) {
		const struct sim_event *ev = &x->r->sim->log.ev[i];
		int column = explain_column(x, ev);
		struct explain_lock *use;
		u64 key = lock_key(ev);

		if (column < 0 ||
		    (ev->type != EV_LOCK_ACQUIRE && ev->type != EV_CONTENTION_BEGIN))
			continue;
		use = g_hash_table_lookup(x->locks, &key);
		if (!use) {
			use = g_new0(struct explain_lock, 1);
			use->key = key;
			g_hash_table_add(x->locks, use);
		}
		use->any |= BIT(column);
		if (ev->type == EV_LOCK_ACQUIRE ? EV_LOCK_VALUE(ev->a) == LOCK_WRITE :
						  !(EV_LOCK_VALUE(ev->a) & LCB_F_READ))
			use->write |= BIT(column);
	}
}

static bool lock_matters(const struct explain *x, const struct sim_event *ev)
{
	u64 key = lock_key(ev);
	const struct explain_lock *use = g_hash_table_lookup(x->locks, &key);

	if (use && use->write && use->any & (use->any - 1))
		return true;
	return explain_message_names(x, event_class_name(x->r, ev));
}

/* What becomes of this page stands in the table anyway. */
static bool is_watched(const struct explain *x, u64 gfn)
{
	const struct page_watch *w = x->story->watch;

	return w && w->place.vm[0] && w->place.gfn == gfn;
}

bool explain_matters(const struct explain *x, const struct sim_event *ev)
{
	switch (ev->type) {
	case EV_OP_BEGIN:
	case EV_OP_END:
	case EV_FINDING:
		return true;
	case EV_IPI:
		return ev->obj;
	case EV_STEP:
		return ev->obj && event_step_name(x->r, ev->obj);
	case EV_kvm_tdp_mmu_spte_changed: /* a table is linked: no leaf was or is there */
		return ev->a != ev->b && !is_watched(x, ev->obj);
	case EV_mmap_lock_start_locking: /* the lock's own events say so */
	case EV_mmap_lock_acquire_returned:
	case EV_mmap_lock_released:
		return false;
	default:
		return event_is_lock(ev) ? lock_matters(x, ev) : ev->type >= EV_MODEL_FIRST;
	}
}

static void add_cpus(struct text *t, u64 cpus)
{
	const char *sep = "CPU";

	for (u32 cpu = 0; cpu < 64; cpu++) {
		if (cpus >> cpu & 1) {
			text_add(t, "%s%u", sep, cpu);
			sep = ",";
		}
	}
}

/* A search has no CPUs that tasks have to wait for: each column is one of its own. */
void explain_task_name(const struct explain *x, u32 task, struct text *t)
{
	if (x->r->sim->cfg.sched == SCHED_SEARCH)
		text_add(t, "CPU%d", x->parts[task].column);
	else
		add_cpus(t, x->parts[task].cpus);
	text_add(t, "%s%s", t->len ? ": " : "", report_task(x->r, task));
}

void report_explain(const struct report *r, FILE *to, const struct report_story *story)
{
	struct explain x = {.r = r, .story = story, .to = to, .f = story->finding};

	x.end = find_end(&x);
	x.parts = g_new0(struct explain_part, r->sim->nr_tasks + 1);
	count_parts(&x);
	choose_columns(&x);
	note_locks(&x);
	if (x.nr_columns)
		explain_table(&x);
	explain_end(&x);
	g_hash_table_destroy(x.locks);
	g_free(x.parts);
}
