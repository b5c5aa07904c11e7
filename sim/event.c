// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/event.c - keeping events, and putting the tasks' logs of a threaded run into one.
 *
 * The simulation's log is one array.  A task's own log, on threads, comes in pieces, because
 * copying it each time it grows would cost more than all the rest of recording, and packed, because
 * what recording costs is mostly the host's page faults: an event takes one slot, or two if a
 * number of it needs more than 32 bits.
 *
 * Invariants: a log is in the order its owner wrote it, and that is in time order; after
 * event_log_merge() the simulation's log is sorted by time, and by task id where times are equal.
 */
#include <string.h>

#include "sim/core.h"

#define CHUNK_SLOTS 2730 /* 64 KiB */
#define SLOT_WIDE   0x8000u /* in type: the upper halves follow in the next slot */

struct event_slot {
	/* immutable once written */
	sim_ns at_ns;
	u32 obj, a, b;
	u16 type, cpu;
};

struct event_chunk {
	/* written by the log's owner */
	struct event_chunk *next;
	u64 len;
	struct event_slot slot[CHUNK_SLOTS];
};

static void flat_grow(struct sim *sim, struct event_log *log, size_t cap)
{
	struct sim_event *ev = sim_alloc(sim, cap * sizeof(*ev));

	if (log->len)
		memcpy(ev, log->ev, log->len * sizeof(*ev));
	sim_free(sim, log->ev, log->cap * sizeof(*ev));
	log->ev = ev;
	log->cap = cap;
}

static struct sim_event *flat_room(struct sim *sim, struct event_log *log)
{
	if (log->len == log->cap)
		flat_grow(sim, log, log->cap ? 2 * log->cap : 1024);
	return &log->ev[log->len++];
}

/* Return: @n slots of one chunk. */
static struct event_slot *slots_room(struct sim *sim, struct event_log *log, u32 n)
{
	struct event_chunk *c = log->last;

	if (unlikely(!c || c->len + n > CHUNK_SLOTS)) {
		c = sim_alloc(sim, sizeof(*c));
		c->next = NULL;
		c->len = 0;
		*(log->last ? &log->last->next : &log->first) = c;
		log->last = c;
	}
	c->len += n;
	return &c->slot[c->len - n];
}

static void event_pack(struct sim *sim, struct event_log *log, const struct sim_event *e)
{
	bool wide = (e->obj | e->a | e->b) >> 32;
	struct event_slot *s = slots_room(sim, log, 1u + wide);

	*s = (struct event_slot){
		.at_ns = e->at_ns,
		.obj = (u32)e->obj,
		.a = (u32)e->a,
		.b = (u32)e->b,
		.type = (u16)(e->type | (wide ? SLOT_WIDE : 0)),
		.cpu = e->cpu,
	};
	if (unlikely(wide))
		s[1] = (struct event_slot){
			.obj = (u32)(e->obj >> 32),
			.a = (u32)(e->a >> 32),
			.b = (u32)(e->b >> 32),
		};
	log->len++;
}

static struct sim_event event_unpack(const struct event_slot *s, u32 task)
{
	struct sim_event e = {
		.at_ns = s->at_ns,
		.task = task,
		.type = (u16)(s->type & ~SLOT_WIDE),
		.cpu = s->cpu,
		.obj = s->obj,
		.a = s->a,
		.b = s->b,
	};

	if (s->type & SLOT_WIDE) {
		e.obj |= (u64)s[1].obj << 32;
		e.a |= (u64)s[1].a << 32;
		e.b |= (u64)s[1].b << 32;
	}
	return e;
}

/* What is acquired and released is part of what a step depends on. */
static void tell_search(struct task *me, u32 type, u32 obj, u64 a)
{
	u32 write = EV_LOCK_VALUE(a) == LOCK_WRITE, class_id = EV_LOCK_CLASS(a);

	if (type == EV_LOCK_ACQUIRE)
		me->sim->ops->touch(me, obj, SIM_OP_OF(OP_LOCK, write, class_id));
	if (type != EV_LOCK_RELEASE)
		return;
	if (me->sim->cfg.all_points)
		me->sim->ops->touch(me, obj, SIM_RELEASING);
	me->sim->ops->touch(me, obj, SIM_OP_OF(OP_RELEASE, write, class_id));
}

static void event_keep(struct task *me, u32 type, u64 obj, u64 a, u64 b, sim_ns at_ns)
{
	struct event_log *log = me->log;
	struct sim *sim = me->sim;
	struct sim_event e = {
		.at_ns = at_ns ? at_ns : sim_now(me),
		.task = me->id,
		.type = (u16)type,
		.cpu = (u16)me->cpu,
		.obj = obj,
		.a = a,
		.b = b,
	};

	if (unlikely(sim->cfg.watch))
		sim->cfg.watch(sim->cfg.watch_arg, me, type);
	if (log == &sim->log)
		*flat_room(sim, log) = e;
	else
		event_pack(sim, log, &e);
}

/* A search hears of all events, many times a second: it does not pay for what it does not keep. */
void __sim_event_record(struct task *me, u32 type, u64 obj, u64 a, u64 b, sim_ns at_ns)
{
	if (likely(!me->sim->cfg.record_events)) {
		tell_search(me, type, (u32)obj, a);
		return;
	}
	if (me->sim->searching)
		tell_search(me, type, (u32)obj, a);
	event_keep(me, type, obj, a, b, at_ns);
}

/* Where the merge is in one task's log. */
struct cursor {
	/* written by the merge */
	struct event_chunk *chunk;
	u32 pos;
	u32 task;
};

static const struct event_slot *cursor_slot(const struct cursor *c)
{
	return &c->chunk->slot[c->pos];
}

static bool cursor_before(const struct cursor *a, const struct cursor *b)
{
	sim_ns x = cursor_slot(a)->at_ns, y = cursor_slot(b)->at_ns;

	return x != y ? x < y : a->task < b->task;
}

/* Return: false at the end.  Chunks are freed as they are left. */
static bool cursor_advance(struct sim *sim, struct cursor *c)
{
	struct event_chunk *old = c->chunk;

	c->pos += cursor_slot(c)->type & SLOT_WIDE ? 2 : 1;
	if (c->pos < old->len)
		return true;
	c->chunk = old->next;
	c->pos = 0;
	sim_free(sim, old, sizeof(*old));
	return c->chunk != NULL;
}

static void heap_down(struct cursor *heap, u32 n, u32 i)
{
	for (;;) {
		u32 least = i, left = 2 * i + 1, right = left + 1;
		struct cursor tmp = heap[i];

		if (left < n && cursor_before(&heap[left], &heap[least]))
			least = left;
		if (right < n && cursor_before(&heap[right], &heap[least]))
			least = right;
		if (least == i)
			return;
		heap[i] = heap[least];
		heap[least] = tmp;
		i = least;
	}
}

/* Take over the tasks' own logs.  Return: the number of cursors; *@nr_events: of events. */
static u32 logs_collect(struct sim *sim, struct cursor *heap, size_t *nr_events)
{
	u32 n = 0;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		struct event_log *log = sim->tasks[i]->log;

		if (log == &sim->log || !log->len)
			continue;
		heap[n++] = (struct cursor){.chunk = log->first, .task = sim->tasks[i]->id};
		*nr_events += log->len;
		*log = (struct event_log){};
	}
	return n;
}

/**
 * event_log_merge - move the tasks' own logs into the simulation's, and its fingerprint on.
 *
 * Context: after the run.
 */
void event_log_merge(struct sim *sim)
{
	struct cursor *heap;
	size_t nr_events = 0;
	u32 n;

	if (sim->is_virtual)
		return; /* there is but one log */
	heap = sim_alloc(sim, sim->nr_tasks * sizeof(*heap));
	n = logs_collect(sim, heap, &nr_events);
	if (n) /* behind what was logged before the run */
		flat_grow(sim, &sim->log, sim->log.len + nr_events);
	for (u32 i = n; i-- > 0;)
		heap_down(heap, n, i);
	while (n) {
		struct sim_event e = event_unpack(cursor_slot(&heap[0]), heap[0].task);

		sim->fingerprint = event_hash(sim->fingerprint, e.at_ns, e.task, e.type, e.obj, e.a,
					      e.b);
		sim->log.ev[sim->log.len++] = e;
		if (!cursor_advance(sim, &heap[0]))
			heap[0] = heap[--n];
		heap_down(heap, n, 0);
	}
	sim_free(sim, heap, sim->nr_tasks * sizeof(*heap));
}
