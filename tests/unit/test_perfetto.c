// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Perfetto emitter, decoded by protobuf-c: every slice ends and nests, holds and their steps
 * are those of the lock statistics, arrows lead from a release to who was let in.
 */
#include "simtest.h"

#include "perfetto.pb-c.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "tools/report/report.h"
#include "tools/report/timeline.h"

#define NR_READERS 3
#define MAX_DEPTH  8

struct shared {
	struct rw_semaphore sem;
	struct spinlock inner;
};

static void writer(struct task *me, void *arg)
{
	struct shared *x = arg;

	SIM_FRAME(me);
	for (int i = 0; i < 2; i++) {
		sim_op_begin(me, "write");
		down_write(me, &x->sem);
		sim_step(me, "unmap");
		sim_cost(me, 3 * NSEC_PER_MS);
		sim_step(me, "split");
		spin_lock(me, &x->inner);
		sim_cost(me, 1 * NSEC_PER_MS);
		spin_unlock(me, &x->inner);
		sim_step(me, NULL);
		sim_cost(me, 1 * NSEC_PER_MS);
		up_write(me, &x->sem);
		sim_op_end(me, 0);
		sim_sleep(me, 2 * NSEC_PER_MS);
	}
}

static void reader(struct task *me, void *arg)
{
	struct shared *x = arg;

	SIM_FRAME(me);
	for (int i = 0; i < 2; i++) {
		sim_op_begin(me, "read");
		sim_sleep(me, 1 * NSEC_PER_MS);
		down_read(me, &x->sem);
		sim_cost(me, (i + 1) * 100 * NSEC_PER_US);
		up_read(me, &x->sem);
		sim_op_end(me, -EAGAIN);
	}
}

struct decoded {
	struct sim *sim;
	struct report report;
	char *bytes;
	size_t len;
	Perfetto__Trace *trace;
	const char *name[64]; /* by iid */
};

static void setup_run(struct decoded *d, struct shared *x)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	FILE *f;

	memset(d, 0, sizeof(*d));
	cfg.record_events = true;
	cfg.nr_cpus = 4;
	d->sim = test_sim(&cfg);
	init_rwsem(d->sim, &x->sem, "test_sem", LOCKC_STEPS);
	spin_lock_init(d->sim, &x->inner, "inner");
	spawn(d->sim, "writer", writer, x);
	for (int i = 0; i < NR_READERS; i++)
		spawn(d->sim, "reader", reader, x);
	sim_run(d->sim);
	sim_finding(d->sim, d->sim->tasks[1], "expect", "so");
	report_init(&d->report, d->sim);
	f = open_memstream(&d->bytes, &d->len);
	assert_non_null(f);
	report_perfetto(&d->report, f);
	fclose(f);
	d->trace = perfetto__trace__unpack(NULL, d->len, (const u8 *)d->bytes);
	assert_non_null(d->trace);
}

static void finish_run(struct decoded *d)
{
	perfetto__trace__free_unpacked(d->trace, NULL);
	free(d->bytes);
	report_finish(&d->report);
	sim_destroy(d->sim);
}

/* Names as the reader learns them, in file order. */
static void learn(struct decoded *d, const Perfetto__TracePacket *p)
{
	for (size_t i = 0; p->interned_data && i < p->interned_data->n_event_names; i++) {
		const Perfetto__EventName *n = p->interned_data->event_names[i];

		assert_in_range(n->iid, 1, ARRAY_SIZE(d->name) - 1);
		assert_null(d->name[n->iid]);
		d->name[n->iid] = n->name;
	}
}

static void every_packet_is_of_a_known_track(void **state)
{
	struct shared x;
	struct decoded d;
	GHashTable *tracks = g_hash_table_new(g_direct_hash, g_direct_equal);

	setup_run(&d, &x);
	for (size_t i = 0; i < d.trace->n_packet; i++) {
		const Perfetto__TracePacket *p = d.trace->packet[i];
		const Perfetto__TrackDescriptor *t = p->track_descriptor;

		assert_int_equal(p->trusted_packet_sequence_id, 1);
		assert_int_equal(p->sequence_flags, i ? 2 : 3);
		learn(&d, p);
		if (t) {
			assert_true(t->process || (t->name && t->has_parent_uuid));
			assert_true(!t->has_parent_uuid ||
				    g_hash_table_contains(tracks, (gpointer)t->parent_uuid));
			assert_true(g_hash_table_add(tracks, (gpointer)t->uuid));
			continue;
		}
		assert_non_null(p->track_event);
		assert_true(p->has_timestamp);
		assert_true(g_hash_table_contains(tracks, (gpointer)p->track_event->track_uuid));
		if (p->track_event->type == PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN)
			assert_non_null(d.name[p->track_event->name_iid]);
	}
	g_hash_table_destroy(tracks);
	finish_run(&d);
}

/* ---- slices ------------------------------------------------------------------------------- */

static const Perfetto__Trace *sorting;

static gint by_time(gconstpointer a, gconstpointer b)
{
	size_t ia = *(const size_t *)a, ib = *(const size_t *)b;
	u64 ta = sorting->packet[ia]->timestamp, tb = sorting->packet[ib]->timestamp;

	return ta != tb ? (ta < tb ? -1 : 1) : (ia < ib ? -1 : 1);
}

struct open {
	u64 track;
	u32 depth;
	struct {
		u64 begin_ns;
		const char *name;
	} slice[MAX_DEPTH];
};

static struct open *open_of(GArray *tracks, u64 track)
{
	struct open fresh = {.track = track};

	for (guint i = 0; i < tracks->len; i++) {
		if (g_array_index(tracks, struct open, i).track == track)
			return &g_array_index(tracks, struct open, i);
	}
	g_array_append_val(tracks, fresh);
	return &g_array_index(tracks, struct open, tracks->len - 1);
}

/* What slices of that name on tracks of that kind add up to, as a viewer would draw them. */
static u64 drawn_ns(struct decoded *d, u64 kind, const char *name, u32 depth, u32 *count)
{
	GArray *order = g_array_new(FALSE, FALSE, sizeof(size_t));
	GArray *tracks = g_array_new(FALSE, FALSE, sizeof(struct open));
	u64 total_ns = 0;

	*count = 0;
	memset(d->name, 0, sizeof(d->name));
	for (size_t i = 0; i < d->trace->n_packet; i++) {
		learn(d, d->trace->packet[i]);
		if (d->trace->packet[i]->track_event)
			g_array_append_val(order, i);
	}
	sorting = d->trace;
	g_array_sort(order, by_time);
	for (guint i = 0; i < order->len; i++) {
		const Perfetto__TracePacket *p = d->trace->packet[g_array_index(order, size_t, i)];
		const Perfetto__TrackEvent *e = p->track_event;
		struct open *o = open_of(tracks, e->track_uuid);

		if (e->type == PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN) {
			assert_true(o->depth < MAX_DEPTH);
			o->slice[o->depth].begin_ns = p->timestamp;
			o->slice[o->depth++].name = d->name[e->name_iid];
		} else if (e->type == PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_END) {
			assert_true(o->depth > 0);
			o->depth--;
			if (e->track_uuid >> 32 == kind && o->depth == depth &&
			    !strcmp(o->slice[o->depth].name, name)) {
				total_ns += p->timestamp - o->slice[o->depth].begin_ns;
				++*count;
			}
		}
	}
	for (guint i = 0; i < tracks->len; i++)
		assert_int_equal(g_array_index(tracks, struct open, i).depth, 0);
	g_array_free(order, TRUE);
	g_array_free(tracks, TRUE);
	return total_ns;
}

enum { TASKS = 1, LOCKS = 4 };

static void slices_are_the_statistics(void **state)
{
	struct shared x;
	struct decoded d;
	u32 n, modes = 0;

	setup_run(&d, &x);
	for (u32 i = 0; i < d.report.nr_locks; i++) {
		const struct report_lock *l = &d.report.locks[i];
		bool sem = !strcmp(l->class->name, "test_sem"), w = l->mode == LOCK_WRITE;

		modes += sem;
		if (sem && !w) {
			assert_int_equal(drawn_ns(&d, LOCKS, "reader", 0, &n),
					 l->stat.hold->total);
			assert_int_equal(n, l->stat.acquisitions);
			assert_int_equal(n, 2 * NR_READERS);
			assert_int_equal(drawn_ns(&d, TASKS, "wait for test_sem", 1, &n),
					 l->stat.wait->total);
			assert_int_equal(n, l->stat.contentions);
			assert_true(n >= NR_READERS);
		} else if (sem) {
			/* the inner lock's holds have a track of their own */
			assert_int_equal(drawn_ns(&d, LOCKS, "writer", 0, &n),
					 l->stat.hold->total + 2 * NSEC_PER_MS);
			assert_int_equal(n, 4);
		}
	}
	assert_int_equal(modes, 2);
	assert_int_equal(drawn_ns(&d, LOCKS, "unmap", 1, &n), 6 * NSEC_PER_MS);
	assert_int_equal(n, 2);
	assert_int_equal(drawn_ns(&d, LOCKS, "split", 1, &n), 2 * NSEC_PER_MS);
	assert_int_equal(drawn_ns(&d, TASKS, "write", 0, &n), 10 * NSEC_PER_MS);
	assert_int_equal(drawn_ns(&d, TASKS, "unmap", 1, &n), 6 * NSEC_PER_MS);
	finish_run(&d);
}

/* ---- arrows and counters ------------------------------------------------------------------- */

static void arrows_lead_from_a_release_to_a_wakeup(void **state)
{
	const Perfetto__TracePacket *from = NULL;
	struct shared x;
	struct decoded d;
	u32 n = 0;

	setup_run(&d, &x);
	for (size_t i = 0; i < d.trace->n_packet; i++) {
		const Perfetto__TracePacket *p = d.trace->packet[i];
		const Perfetto__TrackEvent *e = p->track_event;

		learn(&d, p);
		if (!e || !e->n_flow_ids)
			continue;
		assert_string_equal(d.name[e->name_iid],
				    n % 2 ? "got test_sem" : "unlock test_sem");
		if (n++ % 2) {
			assert_int_equal(e->flow_ids[0], from->track_event->flow_ids[0]);
			assert_true(from->timestamp <= p->timestamp);
			assert_true(from->track_event->track_uuid != e->track_uuid);
		}
		from = p;
	}
	assert_true(n >= 2 * NR_READERS);
	assert_int_equal(n % 2, 0);
	finish_run(&d);
}

static void waiters_come_and_go(void **state)
{
	struct shared x;
	struct decoded d;
	s64 most = 0, last = -1;

	setup_run(&d, &x);
	for (size_t i = 0; i < d.trace->n_packet; i++) {
		const Perfetto__TrackEvent *e = d.trace->packet[i]->track_event;

		if (!e || e->type != PERFETTO__TRACK_EVENT__TYPE__TYPE_COUNTER)
			continue;
		last = e->counter_value;
		most = max(most, last);
	}
	assert_int_equal(most, NR_READERS);
	assert_int_equal(last, 0);
	finish_run(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_is_of_a_known_track),
		cmocka_unit_test(slices_are_the_statistics),
		cmocka_unit_test(arrows_lead_from_a_release_to_a_wakeup),
		cmocka_unit_test(waiters_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
