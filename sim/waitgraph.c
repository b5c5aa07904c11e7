// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/waitgraph.c - the wait-for graph and the text of its findings.
 *
 * Invariants: see waitgraph.h.  The search keeps its state in arrays of its own, so it can run at
 * any park.  Only blocked tasks are nodes, and only their locks are indexed: looking at everybody
 * costs time in proportion to the tasks, the locks they hold and the edges, no more.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/core.h"

#define END UINT32_MAX

/* A lock that a blocked task holds. */
struct holding {
	/* written by the search */
	const struct lock_class *class;
	u32 id;
	u32 task;
	u32 next; /* in the same bucket, or END */
};

/* Depth-first path through the graph. */
struct search {
	/* written by the search */
	struct sim *sim;
	bool at_rest;  /* nothing moves any more: who waits for a CPU waits in vain too */
	bool *node;    /* per task: blocked, and not yet reported */
	bool *visited; /* per task */
	u32 *path;     /* task ids from the root to here */
	u32 *next;     /* per path entry: the holding, or task, to look at next */
	u32 len;
	struct holding *holding;
	u32 nr_holdings, cap_holdings;
	u32 *bucket; /* first holding of each hash, or END */
	u32 nr_buckets;
};

/* On threads only a task that is held at rest may be looked at; the others are running. */
static bool task_at_rest(const struct task *t)
{
	const struct engine_ops *ops = t->sim->ops;

	return !ops->at_rest || ops->at_rest(t);
}

static bool task_blocked(const struct search *s, const struct task *t)
{
	if (!task_at_rest(t))
		return false;
	if (t->state == TASK_RUNNABLE)
		return s->at_rest;
	return (t->state == TASK_SLEEPING || t->state == TASK_SPINNING) &&
	       t->park_how != PARK_NONE && t->park_deadline_ns == SIM_NS_MAX;
}

/* Does @w wait for something that only @h can bring about? */
static bool waits_for(const struct task *w, const struct task *h)
{
	const struct engine_ops *ops = w->sim->ops;

	if (w->state == TASK_RUNNABLE)
		return h != w && ops->blocks && ops->blocks(h, w);
	if (!w->wait.class || !task_at_rest(h))
		return false;
	if (w->wait.class->blocks)
		return w->wait.class->blocks(w->wait.class, h, w);
	if (task_holds(h, w->wait.class, w->wait.id))
		return true;
	return ops->blocks && ops->blocks(h, w);
}

static u32 *bucket_of(const struct search *s, const struct lock_class *class, u32 id)
{
	return &s->bucket[((class->id + 1) * 0x9e3779b1u ^ id * 0x85ebca6bu) & (s->nr_buckets - 1)];
}

static void index_holdings(struct search *s)
{
	for (u32 i = 0; i < s->sim->nr_tasks; i++) {
		const struct task *t = s->sim->tasks[i];

		for (u32 k = 0; s->node[i] && k < t->nr_held; k++) {
			const struct held_lock *h = &t->held[k];
			u32 *bucket = bucket_of(s, h->class, h->id);

			s->holding[s->nr_holdings] =
				(struct holding){ h->class, h->id, i, *bucket };
			*bucket = s->nr_holdings++;
		}
	}
}

static void search_init(struct search *s, struct sim *sim, bool at_rest)
{
	u32 n = sim->nr_tasks, held = 0;

	*s = (struct search){ .sim = sim, .at_rest = at_rest };
	s->node = sim_alloc(sim, n * sizeof(bool));
	s->visited = sim_zalloc(sim, n * sizeof(bool));
	s->path = sim_alloc(sim, n * sizeof(u32));
	s->next = sim_alloc(sim, n * sizeof(u32));
	for (u32 i = 0; i < n; i++) {
		const struct task *t = sim->tasks[i];

		s->node[i] = task_blocked(s, t) && !t->reported;
		if (s->node[i])
			held += t->nr_held;
	}
	s->nr_buckets = 16;
	while (s->nr_buckets < held)
		s->nr_buckets *= 2;
	s->cap_holdings = held;
	s->bucket = sim_alloc(sim, s->nr_buckets * sizeof(u32));
	memset(s->bucket, 0xff, s->nr_buckets * sizeof(u32)); /* END */
	s->holding = sim_alloc(sim, held * sizeof(*s->holding));
	index_holdings(s);
}

static void search_exit(struct search *s)
{
	u32 n = s->sim->nr_tasks;

	sim_free(s->sim, s->holding, s->cap_holdings * sizeof(*s->holding));
	sim_free(s->sim, s->bucket, s->nr_buckets * sizeof(u32));
	sim_free(s->sim, s->next, n * sizeof(u32));
	sim_free(s->sim, s->path, n * sizeof(u32));
	sim_free(s->sim, s->visited, n * sizeof(bool));
	sim_free(s->sim, s->node, n * sizeof(bool));
}

/*
 * Waits of the engine's own, and for a CPU, have holders that only the engine knows; of a lock that
 * is held in parts, not everybody who holds it is in the way.
 */
static bool asks_engine(const struct task *w)
{
	return w->state == TASK_RUNNABLE ||
	       (w->wait.class && (w->wait.class->flags & LOCKC_ENGINE || w->wait.class->blocks));
}

static void search_push(struct search *s, u32 id)
{
	const struct task *w = s->sim->tasks[id];

	s->visited[id] = true;
	s->path[s->len] = id;
	if (asks_engine(w))
		s->next[s->len] = 0;
	else
		s->next[s->len] =
			w->wait.class ? *bucket_of(s, w->wait.class, w->wait.id) : END;
	s->len++;
}

/* The next blocked task that the path's last one waits for, or END. */
static u32 search_step(struct search *s)
{
	const struct task *w = s->sim->tasks[s->path[s->len - 1]];
	u32 *next = &s->next[s->len - 1];

	while (asks_engine(w) && *next < s->sim->nr_tasks) {
		u32 h = (*next)++;

		if (s->node[h] && waits_for(w, s->sim->tasks[h]))
			return h;
	}
	while (!asks_engine(w) && *next != END) {
		const struct holding *h = &s->holding[*next];

		*next = h->next;
		if (h->class == w->wait.class && h->id == w->wait.id)
			return h->task;
	}
	return END;
}

/*
 * Find a cycle reachable from @root.  On success path[first..len) is the cycle.
 */
static bool search_cycle(struct search *s, u32 root, u32 *first)
{
	s->len = 0;
	search_push(s, root);
	while (s->len) {
		u32 h = search_step(s);

		if (h == END) {
			s->len--;
			continue;
		}
		if (!s->visited[h]) {
			search_push(s, h);
			continue;
		}
		for (u32 i = 0; i < s->len; i++) {
			if (s->path[i] == h) {
				*first = i;
				return true;
			}
		}
	}
	return false;
}

/* Text that grows to a fixed size and then stays as it is. */
struct text {
	/* written by text_add() */
	size_t len;
	char buf[3000];
};

static void __printf(2, 3) text_add(struct text *x, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(x->buf + x->len, sizeof(x->buf) - x->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		x->len = min(x->len + (size_t)n, sizeof(x->buf) - 1);
}

static const char *mode_name(u32 mode)
{
	return mode == LOCK_READ ? "R" : "W";
}

static void text_holders(struct text *x, const struct task *w)
{
	const struct sim *sim = w->sim;
	char label[SIM_TASK_LABEL];
	u32 shown = 0, more = 0;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (!waits_for(w, sim->tasks[i]))
			continue;
		if (shown == 4) {
			more++;
			continue;
		}
		text_add(x, "%s%s%s", shown++ ? ", " : "; held by ",
			 sim_task_label(sim, i, label),
			 sim->tasks[i]->state == TASK_DEAD ? " (exited)" : "");
	}
	if (more)
		text_add(x, " and %u more", more);
	if (!shown && w->wait.class && !(w->wait.class->flags & LOCKC_WAITQ))
		text_add(x, "; held by nobody");
}

/* One task: where it is, what it waits for, what it holds. */
static void text_task(struct text *x, const struct task *t)
{
	bool runnable = t->state == TASK_RUNNABLE;

	text_add(x, "\ntask %s/%u is %s in %s", t->name, t->id, runnable ? "runnable" : "blocked",
		 sim_func(t));
	if (t->op && t->nr_frames)
		text_add(x, " (operation %s)", t->op);
	if (runnable) {
		text_add(x, ": waits for CPU %u", t->cpu);
		text_holders(x, t);
	} else if (t->wait.class) {
		text_add(x, ": waits for %s#%u (%s)", t->wait.class->name, t->wait.id,
			 mode_name(t->wait.mode));
		text_holders(x, t);
	} else {
		text_add(x, ": waits to be woken");
	}
	for (u32 i = 0; i < t->nr_held; i++)
		text_add(x, "\n  #%u: holds %s#%u (%s), taken in %s", i, t->held[i].class->name,
			 t->held[i].id, mode_name(t->held[i].mode), t->held[i].func);
}

static void report_cycle(struct search *s, u32 first)
{
	struct sim *sim = s->sim;
	struct text x = { .len = 0 };
	u32 n = s->len - first;
	struct task *t = sim->tasks[s->path[first]];
	u64 site = 0; /* a sum: it does not matter who closed the cycle */

	if (n == 1 && sim->tasks[s->path[first]]->wait.mode == LOCK_READ)
		text_add(&x, "recursive read lock with a writer queued between: a task waits for "
			     "itself");
	else if (n == 1)
		text_add(&x, "recursive locking: a task waits for itself");
	else
		text_add(&x, "circular wait: %u tasks wait for each other", n);
	for (u32 i = first; i < s->len; i++)
		text_task(&x, sim->tasks[s->path[i]]);
	for (u32 i = first; i < s->len; i++) {
		site += sim_site(sim->tasks[s->path[i]]);
		sim->tasks[s->path[i]]->reported = true;
		s->node[s->path[i]] = false;
	}
	sim_finding_at(sim, t, site, t->op_line, "deadlock", "%s", x.buf);
}

static bool check_root(struct search *s, u32 root)
{
	u32 first;

	if (s->visited[root] || !s->node[root])
		return false;
	if (!search_cycle(s, root, &first))
		return false;
	report_cycle(s, first);
	return true;
}

bool waitgraph_check(struct task *me)
{
	struct search s;
	bool found;

	search_init(&s, me->sim, false);
	found = check_root(&s, me->id);
	search_exit(&s);
	return found;
}

static bool check_all(struct search *s)
{
	bool found = false;

	for (u32 i = 0; i < s->sim->nr_tasks; i++)
		found |= check_root(s, i);
	return found;
}

bool waitgraph_check_all(struct sim *sim)
{
	struct search s;
	bool found;

	search_init(&s, sim, false);
	found = check_all(&s);
	search_exit(&s);
	return found;
}

/* Does @w wait for a task, or daemon, that is stuck itself?  Then that one is the story, not @w. */
static bool waits_behind_another(const struct search *s, const struct task *w)
{
	for (u32 i = 0; i < s->sim->nr_tasks; i++) {
		const struct task *h = s->sim->tasks[i];

		if (task_blocked(s, h) && waits_for(w, h))
			return true;
	}
	return false;
}

static void report_stuck(struct sim *sim, struct task *t)
{
	struct text x = { .len = 0 };

	if (!t->wait.class || t->wait.class->flags & LOCKC_WAITQ)
		text_add(&x, "lost wake-up: a task waits for an event that nobody left can bring "
			     "about");
	else
		text_add(&x, "a task waits for a lock that nobody left will release");
	text_task(&x, t);
	t->reported = true;
	sim_finding(sim, t, "deadlock", "%s", x.buf);
}

void waitgraph_quiescent(struct sim *sim)
{
	struct search s;

	search_init(&s, sim, true);
	check_all(&s);
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct task *t = sim->tasks[i];

		if (!t->reported && !t->daemon && task_blocked(&s, t) &&
		    !waits_behind_another(&s, t))
			report_stuck(sim, t);
	}
	search_exit(&s);
}
