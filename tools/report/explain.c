// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a run came to its finding, as commit messages of the kernel show a race: a column per task,
 * time going down.  Below: the locks held at the finding, the invalidation counts of each VM, the
 * modelled call trace.
 *
 * A lock is worth a row if tasks with a column could have met there: two of them took it, one of
 * them not for reading; or if the finding's message names its class.  Everything else that a task
 * does is counted where it happens.
 *
 * Invariants: no line is longer than TEXT_WIDTH; the output is a function of the run alone.
 */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "model/events.h"
#include "model/machine.h"
#include "tools/report/event.h"

#define MAX_COLUMNS 4
#define MAX_ROWS    300 /* the last ones before the finding */
#define GUTTER	    2

/* A task's share of the run. */
struct part {
	/* written by count_parts() */
	u64 nr_events;
	bool takes_part;
	u64 cpus; /* bit mask; those from 63 on are one */
	/* written by choose_columns(); -1: none */
	int column;
};

struct held {
	/* written by note_held() */
	u32 class, id;
	enum lock_mode mode;
};

struct explain {
	/* constant once the table begins */
	const struct report *r;
	FILE *to;
	const struct sim_finding *f; /* NULL: nothing was found */
	size_t end;		     /* events before the end of the table */
	struct part *parts;	     /* by task */
	u32 columns[MAX_COLUMNS];    /* task ids, ascending */
	u32 nr_columns, width;
	GHashTable *locks; /* struct lock_use by itself */
	/* written as the table grows */
	u32 folded_task;
	u64 nr_folded;
};

/* Which columns took a lock, and how. */
struct lock_use {
	/* constant: the key */
	u64 key;
	/* written by note_lock(): bit masks of columns */
	u32 any, write;
};

static u64 lock_key(const struct sim_event *ev)
{
	return (u64)EV_LOCK_CLASS(ev->a) << 32 | (u32)ev->obj;
}

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '>';
}

/* Does the message say that name, and not as a part of another one? */
static bool message_names(const struct explain *x, const char *name)
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

/* --- what is shown --- */

/* The finding that was asked for, or the first. */
static const struct sim_finding *choose_finding(const struct sim *sim, const char *rule)
{
	for (u32 i = 0; rule && i < sim->nr_findings; i++) {
		if (!strcmp(sim->findings[i].rule, rule))
			return &sim->findings[i];
	}
	return sim->nr_findings ? &sim->findings[0] : NULL;
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
		struct part *p;

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

/* Whose column is wanted most: 0 none, 1 the machine's own workers ... 4 who found it. */
static u32 importance(const struct explain *x, u32 task)
{
	const struct task *t = x->r->sim->tasks[task];

	if (!x->parts[task].takes_part)
		return 0;
	if (x->f && x->f->task == task)
		return 4;
	if (message_names(x, t->name))
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
	for (u32 n = 0; n < MAX_COLUMNS; n++) {
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

static int column_of(const struct explain *x, const struct sim_event *ev)
{
	return ev->task < x->r->sim->nr_tasks ? x->parts[ev->task].column : -1;
}

static void note_locks(struct explain *x)
{
	x->locks = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	for (size_t i = 0; i < x->end; i++) {
		const struct sim_event *ev = &x->r->sim->log.ev[i];
		int column = column_of(x, ev);
		struct lock_use *use;
		u64 key = lock_key(ev);

		if (column < 0 ||
		    (ev->type != EV_LOCK_ACQUIRE && ev->type != EV_CONTENTION_BEGIN))
			continue;
		use = g_hash_table_lookup(x->locks, &key);
		if (!use) {
			use = g_new0(struct lock_use, 1);
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
	const struct lock_use *use = g_hash_table_lookup(x->locks, &key);

	if (use && use->write && use->any & (use->any - 1))
		return true;
	return message_names(x, event_class_name(x->r, ev));
}

static bool matters(const struct explain *x, const struct sim_event *ev)
{
	switch (ev->type) {
	case EV_OP_BEGIN:
	case EV_OP_END:
	case EV_IPI:
	case EV_FINDING:
		return true;
	case EV_STEP:
		return ev->obj && event_step_name(x->r, ev->obj);
	case EV_mmap_lock_start_locking: /* the lock's own events say so */
	case EV_mmap_lock_acquire_returned:
	case EV_mmap_lock_released:
		return false;
	default:
		return event_is_lock(ev) ? lock_matters(x, ev) : ev->type >= EV_MODEL_FIRST;
	}
}

/* --- the table --- */

/* How much of @s goes into a line: up to a blank if there is one, else as much as fits. */
static size_t line_len(const char *s, size_t room)
{
	size_t len = strlen(s), cut = room;

	if (len <= room)
		return len;
	while (cut && s[cut] != ' ')
		cut--;
	return cut ? cut : room;
}

/* One cell, as many lines as it needs; those after the first are indented more. */
static void put_cell(const struct explain *x, u32 column, u32 indent, const char *s)
{
	u32 left = column * (x->width + GUTTER), more = indent + 2;

	while (*s) {
		size_t len = line_len(s, x->width - indent);

		fprintf(x->to, "%*s%.*s\n", (int)(left + indent), "", (int)len, s);
		for (s += len; *s == ' '; s++)
			;
		indent = more;
	}
}

static void unfold(struct explain *x)
{
	char s[48];

	if (!x->nr_folded)
		return;
	snprintf(s, sizeof(s), "... %" PRIu64 " event%s", x->nr_folded,
		 x->nr_folded == 1 ? "" : "s");
	put_cell(x, (u32)x->parts[x->folded_task].column, 2, s);
	x->nr_folded = 0;
}

static void put_row(struct explain *x, const struct sim_event *ev)
{
	bool outer = ev->type == EV_OP_BEGIN || ev->type == EV_OP_END || ev->type == EV_FINDING;
	struct text t = {0};

	if (x->nr_folded && x->folded_task != ev->task)
		unfold(x);
	if (!matters(x, ev)) {
		x->folded_task = ev->task;
		x->nr_folded++;
		return;
	}
	unfold(x);
	event_row_text(x->r, &t, ev);
	put_cell(x, (u32)column_of(x, ev), outer ? 0 : 2, t.s);
	text_finish(&t);
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

/* "CPU0: vcpu0    CPU1: vmm", underlined */
static void put_head(const struct explain *x)
{
	struct text head = {0}, line = {0};

	for (u32 i = 0; i < x->nr_columns; i++) {
		u32 task = x->columns[i], left = i * (x->width + GUTTER);
		struct text t = {0};
		int len;

		add_cpus(&t, x->parts[task].cpus);
		text_add(&t, "%s%s", t.len ? ": " : "", report_task(x->r, task));
		len = (int)MIN(t.len, x->width);
		text_add(&head, "%*s%.*s", (int)(left - head.len), "", len, t.s);
		text_add(&line, "%*s", (int)(left - line.len), "");
		while (len--)
			text_add(&line, "=");
		text_finish(&t);
	}
	fprintf(x->to, "%s\n%s\n", head.s, line.s);
	text_finish(&head);
	text_finish(&line);
}

/* Where the last MAX_ROWS rows begin. */
static size_t first_row(const struct explain *x, u64 *nr_skipped)
{
	size_t first = x->end;
	u32 rows = 0;

	while (first && rows < MAX_ROWS) {
		const struct sim_event *ev = &x->r->sim->log.ev[--first];

		rows += column_of(x, ev) >= 0 && matters(x, ev);
	}
	*nr_skipped = 0;
	for (size_t i = 0; i < first; i++)
		*nr_skipped += column_of(x, &x->r->sim->log.ev[i]) >= 0;
	return first;
}

static void put_table(struct explain *x)
{
	u64 nr_skipped;
	size_t first = first_row(x, &nr_skipped);

	put_head(x);
	if (nr_skipped)
		fprintf(x->to, "(%" PRIu64 " events before)\n", nr_skipped);
	for (size_t i = first; i < x->end; i++) {
		if (column_of(x, &x->r->sim->log.ev[i]) >= 0)
			put_row(x, &x->r->sim->log.ev[i]);
	}
	unfold(x);
	if (x->f && x->f->task == SIM_NO_TASK)
		fprintf(x->to, "*** %s, found when all tasks had ended\n", x->f->rule);
}

static void put_others(const struct explain *x)
{
	struct text t = {0};

	for (u32 i = 0; i < x->r->sim->nr_tasks; i++) {
		const struct part *p = &x->parts[i];

		if (p->nr_events && p->column < 0)
			text_add(&t, "%s %s (%" PRIu64 ")",
				 t.len ? "," : "Without a column, with their events:",
				 report_task(x->r, i), p->nr_events);
	}
	if (t.len) {
		putc('\n', x->to);
		text_paragraph(x->to, t.s, 0);
	}
	text_finish(&t);
}

/* --- below the table --- */

static void note_held(GArray *held, const struct sim_event *ev)
{
	struct held h = {EV_LOCK_CLASS(ev->a), (u32)ev->obj, EV_LOCK_VALUE(ev->a)};

	if (ev->type == EV_LOCK_ACQUIRE)
		g_array_append_val(held, h);
	for (guint i = held->len; ev->type == EV_LOCK_RELEASE && i-- > 0;) {
		const struct held *old = &g_array_index(held, struct held, i);

		if (old->class == h.class && old->id == h.id) {
			g_array_remove_index(held, i);
			break;
		}
	}
}

static void put_held_by(const struct explain *x, u32 task)
{
	g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(struct held));

	for (size_t i = 0; i < x->end; i++) {
		if (x->r->sim->log.ev[i].task == task)
			note_held(held, &x->r->sim->log.ev[i]);
	}
	fprintf(x->to, "  %s:%s\n", report_task(x->r, task), held->len ? "" : " none");
	for (guint i = 0; i < held->len; i++) {
		const struct held *h = &g_array_index(held, struct held, i);

		fprintf(x->to, "    #%u: %s#%u (%s)\n", i, x->r->sim->classes[h->class].name,
			h->id, h->mode == LOCK_READ ? "read" : "write");
	}
}

static void put_held(const struct explain *x)
{
	fprintf(x->to, "\nLocks held at the %s:\n",
		x->f && x->f->task != SIM_NO_TASK ? "finding" : "end");
	for (u32 i = 0; i < x->nr_columns; i++)
		put_held_by(x, x->columns[i]);
}

/* The run is over: this is what it came to, not what it was at the finding. */
static void put_sequences(const struct explain *x)
{
	struct vm_invalidations inv;

	for (u32 i = 0; machine_vm_invalidations(x->r->sim->model, i, &inv); i++) {
		if (!i)
			fputs("\nInvalidations at the end of the run:\n", x->to);
		fprintf(x->to,
			"  %s: mmu_invalidate_seq %" PRIu64 ", mmu_invalidate_in_progress %" PRId64
			"\n",
			inv.vm, inv.seq, inv.in_progress);
	}
}

static void put_call_trace(const struct explain *x)
{
	if (!x->f || !x->f->nr_frames)
		return;
	fprintf(x->to, "\nModelled call trace of %s, innermost first:\n",
		report_task(x->r, x->f->task));
	for (u32 i = x->f->nr_frames; i-- > 0;)
		fprintf(x->to, "  %s\n", x->f->frame[i]);
}

static void put_finding(const struct explain *x)
{
	char buf[REPORT_NS_TEXT];

	if (!x->f) {
		fputs("\nNothing was found.\n", x->to);
		return;
	}
	fprintf(x->to, "\n%s at %s", x->f->rule, report_ns(x->f->at_ns, buf));
	if (x->f->task != SIM_NO_TASK)
		fprintf(x->to, " in %s", report_task(x->r, x->f->task));
	fputs(":\n", x->to);
	text_paragraph(x->to, x->f->message, 2);
	if (x->r->sim->nr_findings > 1)
		fprintf(x->to, "The run has %u findings; this is about one of them.\n",
			x->r->sim->nr_findings);
}

void report_explain(const struct report *r, FILE *to, const char *rule)
{
	struct explain x = {.r = r, .to = to, .f = choose_finding(r->sim, rule)};

	x.end = find_end(&x);
	x.parts = g_new0(struct part, r->sim->nr_tasks + 1);
	count_parts(&x);
	choose_columns(&x);
	note_locks(&x);
	if (x.nr_columns)
		put_table(&x);
	put_others(&x);
	put_held(&x);
	put_sequences(&x);
	put_call_trace(&x);
	put_finding(&x);
	g_hash_table_destroy(x.locks);
	g_free(x.parts);
}
