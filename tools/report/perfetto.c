// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recorded events as a Perfetto trace (TrackEvent protobuf): open the file in ui.perfetto.dev.
 *
 * A track per task (operations, in them steps and waits, and the model's events), a track per lock
 * (who holds it; under exclusive holds the steps they are made of), a counter of waiters per lock
 * that was ever waited for, a track per CPU (who runs).  Arrows lead from a release to who was let
 * in.
 *
 * Slices of a track must nest.  So a lock that several readers hold at a time has as many tracks as
 * it has had readers at once.  Locks nobody ever waited for are drawn if there is room (MAX_QUIET):
 * a million folio locks would tell nobody anything.
 *
 * Invariants: each slice that begins ends; a flow has two ends; times are simulated ns.
 *
 * Upstream: google/perfetto protos/perfetto/trace/track_event/track_event.proto and its neighbours,
 * docs/reference/synthetic-track-event.md; field numbers are theirs.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/report/event.h"
#include "tools/report/protobuf.h"
#include "tools/report/timeline.h"

#define MAX_QUIET 256

/* Trace */
enum { TRACE_PACKET = 1 };
/* TracePacket */
enum {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_INTERNED_DATA = 12,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60,
};
/* TrackEvent */
enum {
	EVENT_DEBUG = 4,
	EVENT_TYPE = 9,
	EVENT_NAME_IID = 10,
	EVENT_TRACK = 11,
	EVENT_COUNTER = 30,
	EVENT_FLOW = 47,
};
enum { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4 };
/* DebugAnnotation */
enum { DEBUG_INT = 4, DEBUG_STRING = 6, DEBUG_NAME = 10 };
/* TrackDescriptor, its ProcessDescriptor; InternedData, its EventName */
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_PARENT = 5, TRACK_COUNTER = 8 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { INTERNED_EVENT_NAMES = 2, EVENT_NAME_ID = 1, EVENT_NAME_TEXT = 2 };

#define SEQUENCE 1
enum { INCREMENTAL_STATE_CLEARED = 1, NEEDS_INCREMENTAL_STATE = 2 };

/* Groups of tracks are "processes". */
enum { GROUP_TASKS = 1, GROUP_LOCKS, GROUP_CPUS };
#define TASK_TRACK(id) (0x100000000ull + (id))
#define CPU_TRACK(id)  (0x200000000ull + (id))
#define WAITERS(lock)  (0x300000000ull + (lock))
#define LANE(n)	       (0x400000000ull + (n))

/* One track of a lock. */
struct lane {
	/* written by draw_holds() */
	u64 uuid;
	sim_ns free_ns; /* its last slice ends */
	u32 next;	/* lane of the same lock, or TL_NONE */
};

struct writer {
	/* written by the emitter */
	const struct report *r;
	FILE *to;
	GByteArray *packet, *event, *part, *inner;
	GHashTable *names; /* to iid */
	struct timeline tl;
	GArray *lanes;	   /* struct lane */
	u32 *first_lane;   /* by lock, or TL_NONE */
	bool *contended;   /* by lock */
	u32 nr_quiet;
	u64 next_flow;
	bool begun;
};

static void put_packet(struct writer *w)
{
	u32 flags = NEEDS_INCREMENTAL_STATE | (w->begun ? 0 : INCREMENTAL_STATE_CLEARED);

	pb_u64(w->packet, PACKET_SEQUENCE_ID, SEQUENCE);
	pb_u64(w->packet, PACKET_SEQUENCE_FLAGS, flags);
	w->begun = true;
	pb_message(w->inner, TRACE_PACKET, w->packet);
	fwrite(w->inner->data, 1, w->inner->len, w->to);
	g_byte_array_set_size(w->inner, 0);
}

static void put_group(struct writer *w, u64 uuid, const char *name)
{
	pb_u64(w->part, PROCESS_PID, uuid);
	pb_string(w->part, PROCESS_NAME, name);
	pb_u64(w->event, TRACK_UUID, uuid);
	pb_message(w->event, TRACK_PROCESS, w->part);
	pb_message(w->packet, PACKET_TRACK_DESCRIPTOR, w->event);
	put_packet(w);
}

static void put_track(struct writer *w, u64 uuid, u64 group, const char *name, bool counter)
{
	pb_u64(w->event, TRACK_UUID, uuid);
	pb_u64(w->event, TRACK_PARENT, group);
	pb_string(w->event, TRACK_NAME, name);
	if (counter)
		pb_message(w->event, TRACK_COUNTER, w->part); /* an empty one */
	pb_message(w->packet, PACKET_TRACK_DESCRIPTOR, w->event);
	put_packet(w);
}

/* The number of @name, which the packet being made defines if it is new. */
static u64 name_iid(struct writer *w, const char *name)
{
	u64 iid = GPOINTER_TO_SIZE(g_hash_table_lookup(w->names, name));

	if (iid)
		return iid;
	iid = g_hash_table_size(w->names) + 1;
	g_hash_table_insert(w->names, g_strdup(name), GSIZE_TO_POINTER(iid));
	pb_u64(w->part, EVENT_NAME_ID, iid);
	pb_string(w->part, EVENT_NAME_TEXT, name);
	pb_message(w->inner, INTERNED_EVENT_NAMES, w->part);
	pb_message(w->packet, PACKET_INTERNED_DATA, w->inner);
	return iid;
}

static void begin_event(struct writer *w, sim_ns at_ns, u64 track, u32 type, const char *name)
{
	pb_u64(w->packet, PACKET_TIMESTAMP, at_ns);
	pb_u64(w->event, EVENT_TYPE, type);
	pb_u64(w->event, EVENT_TRACK, track);
	if (name)
		pb_u64(w->event, EVENT_NAME_IID, name_iid(w, name));
}

static void add_debug_string(struct writer *w, const char *key, const char *value)
{
	pb_string(w->part, DEBUG_NAME, key);
	pb_string(w->part, DEBUG_STRING, value);
	pb_message(w->event, EVENT_DEBUG, w->part);
}

static void add_debug_int(struct writer *w, const char *key, s64 value)
{
	pb_string(w->part, DEBUG_NAME, key);
	pb_u64(w->part, DEBUG_INT, (u64)value);
	pb_message(w->event, EVENT_DEBUG, w->part);
}

static void end_event(struct writer *w)
{
	pb_message(w->packet, PACKET_TRACK_EVENT, w->event);
	put_packet(w);
}

static void put_end(struct writer *w, sim_ns at_ns, u64 track)
{
	begin_event(w, at_ns, track, TYPE_END, NULL);
	end_event(w);
}

/* A lock's name, with its number among all objects: "kvm->mmu_lock 17". */
static char *lock_name(const struct writer *w, u32 lock)
{
	const struct tl_lock *l = timeline_lock(&w->tl, lock);

	return g_strdup_printf("%s %u", l->class, l->obj);
}

static u64 new_lane(struct writer *w, u32 lock, u32 before, sim_ns free_ns)
{
	struct lane lane = {.uuid = LANE(w->lanes->len), .free_ns = free_ns, .next = TL_NONE};
	g_autofree char *name = lock_name(w, lock);
	u32 i = w->lanes->len;

	put_track(w, lane.uuid, GROUP_LOCKS, name, false);
	g_array_append_val(w->lanes, lane);
	if (before == TL_NONE)
		w->first_lane[lock] = i;
	else
		g_array_index(w->lanes, struct lane, before).next = i;
	return lane.uuid;
}

/* The track of a hold of @lock from @begin_ns to @end_ns; 0 if the lock is not drawn. */
static u64 lane_of(struct writer *w, u32 lock, sim_ns begin_ns, sim_ns end_ns)
{
	u32 last = TL_NONE;

	if (w->first_lane[lock] == TL_NONE && !w->contended[lock] && w->nr_quiet++ >= MAX_QUIET)
		return 0;
	for (u32 i = w->first_lane[lock]; i != TL_NONE;) {
		struct lane *lane = &g_array_index(w->lanes, struct lane, i);

		if (lane->free_ns <= begin_ns) {
			lane->free_ns = end_ns;
			return lane->uuid;
		}
		last = i;
		i = lane->next;
	}
	return new_lane(w, lock, last, end_ns);
}

static void draw_slice(struct writer *w, const struct tl_slice *s, u64 track, const char *name)
{
	begin_event(w, s->begin_ns, track, TYPE_BEGIN, name);
	if (s->kind == TL_OP || (s->kind == TL_WAIT && s->ret))
		add_debug_int(w, "ret", s->ret);
	if (s->kind == TL_HOLD || s->kind == TL_WAIT)
		add_debug_string(w, "mode", s->read ? "read" : "write");
	if (s->open)
		add_debug_string(w, "open", "at the end of the run");
	end_event(w);
	put_end(w, s->end_ns, track);
}

static void draw_slices(struct writer *w)
{
	u32 n = w->tl.slices->len;
	g_autofree u64 *track_of_hold = g_new0(u64, n + 1);

	for (u32 i = 0; i < n; i++) {
		const struct tl_slice *s = timeline_slice(&w->tl, i);
		g_autofree char *wait = NULL;

		switch (s->kind) {
		case TL_WAIT:
			wait = g_strdup_printf("wait for %s", s->name);
			draw_slice(w, s, TASK_TRACK(s->task), wait);
			break;
		case TL_HOLD:
			track_of_hold[i] = lane_of(w, s->lock, s->begin_ns, s->end_ns);
			if (track_of_hold[i])
				draw_slice(w, s, track_of_hold[i], report_task(w->r, s->task));
			break;
		case TL_HOLD_STEP:
			if (track_of_hold[s->hold])
				draw_slice(w, s, track_of_hold[s->hold], s->name);
			break;
		case TL_RUN:
			draw_slice(w, s, CPU_TRACK(s->cpu), s->name);
			break;
		default:
			draw_slice(w, s, TASK_TRACK(s->task), s->name ? s->name : "?");
			break;
		}
	}
}

static void draw_flows(struct writer *w)
{
	for (u32 i = 0; i < w->tl.edges->len; i++) {
		const struct tl_edge *e = &g_array_index(w->tl.edges, struct tl_edge, i);
		const char *class = timeline_lock(&w->tl, e->lock)->class;
		g_autofree char *unlock = g_strdup_printf("unlock %s", class);
		g_autofree char *wakeup = g_strdup_printf("got %s", class);

		w->next_flow++;
		begin_event(w, e->release_ns, TASK_TRACK(e->releaser), TYPE_INSTANT, unlock);
		pb_fixed64(w->event, EVENT_FLOW, w->next_flow);
		end_event(w);
		begin_event(w, e->wakeup_ns, TASK_TRACK(e->waiter), TYPE_INSTANT, wakeup);
		pb_fixed64(w->event, EVENT_FLOW, w->next_flow);
		end_event(w);
	}
}

static void draw_levels(struct writer *w)
{
	for (u32 i = 0; i < w->tl.levels->len; i++) {
		const struct tl_level *l = &g_array_index(w->tl.levels, struct tl_level, i);

		begin_event(w, l->at_ns, WAITERS(l->lock), TYPE_COUNTER, NULL);
		pb_u64(w->event, EVENT_COUNTER, l->waiters);
		end_event(w);
	}
}

/* Findings, and what only the model knows. */
static void draw_instants(struct writer *w)
{
	const struct event_log *log = &w->r->sim->log;
	struct text t = {0};

	for (size_t i = 0; i < log->len; i++) {
		const struct sim_event *ev = &log->ev[i];
		const char *rule, *rest;

		if (ev->task >= w->r->sim->nr_tasks)
			continue;
		if (ev->type == EV_FINDING) {
			rule = event_rule_name(w->r, ev->obj);
			begin_event(w, ev->at_ns, TASK_TRACK(ev->task), TYPE_INSTANT,
				    rule ? rule : "finding");
			end_event(w);
		}
		if (ev->type < EV_MODEL_FIRST)
			continue;
		t.len = 0;
		event_model_text(w->r, &t, ev);
		rest = strstr(t.s, ": ");
		if (rest)
			t.s[rest - t.s] = 0;
		begin_event(w, ev->at_ns, TASK_TRACK(ev->task), TYPE_INSTANT, t.s);
		if (rest)
			add_debug_string(w, "fields", rest + 2);
		end_event(w);
	}
	text_finish(&t);
}

static void put_tracks(struct writer *w)
{
	char name[32];

	put_group(w, GROUP_TASKS, "tasks");
	put_group(w, GROUP_LOCKS, "locks");
	put_group(w, GROUP_CPUS, "CPUs");
	for (u32 i = 0; i < w->r->sim->nr_tasks; i++)
		put_track(w, TASK_TRACK(i), GROUP_TASKS, w->r->sim->tasks[i]->name, false);
	for (u32 i = 0; i < w->r->sim->cfg.nr_cpus; i++) {
		snprintf(name, sizeof(name), "CPU %u", i);
		put_track(w, CPU_TRACK(i), GROUP_CPUS, name, false);
	}
	for (u32 i = 0; i < w->tl.levels->len; i++)
		w->contended[g_array_index(w->tl.levels, struct tl_level, i).lock] = true;
	for (u32 i = 0; i < w->tl.locks->len; i++) {
		g_autofree char *lock = lock_name(w, i);
		g_autofree char *waiters = g_strdup_printf("%s: waiters", lock);

		w->first_lane[i] = TL_NONE;
		if (w->contended[i])
			put_track(w, WAITERS(i), GROUP_LOCKS, waiters, true);
	}
}

void report_perfetto(const struct report *r, FILE *to)
{
	struct writer w = {.r = r, .to = to};

	timeline_build(&w.tl, r);
	w.packet = g_byte_array_new();
	w.event = g_byte_array_new();
	w.part = g_byte_array_new();
	w.inner = g_byte_array_new();
	w.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w.lanes = g_array_new(FALSE, FALSE, sizeof(struct lane));
	w.first_lane = g_new0(u32, w.tl.locks->len + 1);
	w.contended = g_new0(bool, w.tl.locks->len + 1);
	put_tracks(&w);
	draw_slices(&w);
	draw_flows(&w);
	draw_levels(&w);
	draw_instants(&w);
	g_free(w.contended);
	g_free(w.first_lane);
	g_array_free(w.lanes, TRUE);
	g_hash_table_destroy(w.names);
	g_byte_array_free(w.inner, TRUE);
	g_byte_array_free(w.part, TRUE);
	g_byte_array_free(w.event, TRUE);
	g_byte_array_free(w.packet, TRUE);
	timeline_finish(&w.tl);
}
