// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recorded events as a trace.dat file, version 6: what trace-cmd report and KernelShark read.
 *
 * Tracing data (tracepoint.h), then for each CPU pages as the kernel's ring buffer has them: the
 * time of the first event, how much of the page is used, and events that know how long after the
 * last one they happened.  A CPU's events are put in order of their times: a wait is recorded a
 * moment after it has begun.
 *
 * Upstream: trace-cmd.dat.v6(5); include/linux/ring_buffer.h:enum ring_buffer_type
 */
#include <stdlib.h>
#include <string.h>

#include "tools/report/tracepoint.h"

#define PAGE_BYTES  4096
#define PAGE_HEAD   16 /* time, commit */
#define DELTA_BITS  27
#define TYPE_EXTEND 30 /* a longer time than fits */
#define MAX_SHORT   28 /* words, as type_len */

struct cpu_pages {
	/* written by put_event() */
	GByteArray *bytes; /* whole pages, but for the last */
	guint page;	   /* where the last one begins */
	sim_ns last_ns;
};

static void close_page(struct cpu_pages *c)
{
	u64 commit = c->bytes->len - c->page - PAGE_HEAD;

	if (!c->bytes->len)
		return;
	memcpy(c->bytes->data + c->page + sizeof(u64), &commit, sizeof(commit));
	bytes_align(c->bytes, PAGE_BYTES);
}

static void open_page(struct cpu_pages *c, sim_ns at_ns)
{
	close_page(c);
	c->page = c->bytes->len;
	bytes_u64(c->bytes, at_ns);
	bytes_u64(c->bytes, 0);
	c->last_ns = at_ns;
}

static void put_event(struct cpu_pages *c, sim_ns at_ns, const GByteArray *rec)
{
	u32 words = rec->len / 4, need = rec->len + 16;
	u64 delta;

	if (!c->bytes->len || c->bytes->len - c->page + need > PAGE_BYTES)
		open_page(c, at_ns);
	delta = at_ns - c->last_ns;
	c->last_ns = at_ns;
	if (delta >> DELTA_BITS) {
		bytes_u32(c->bytes, TYPE_EXTEND | (u32)(delta << 5));
		bytes_u32(c->bytes, (u32)(delta >> DELTA_BITS));
		delta = 0;
	}
	bytes_u32(c->bytes, (words <= MAX_SHORT ? words : 0) | (u32)delta << 5);
	if (words > MAX_SHORT)
		bytes_u32(c->bytes, rec->len + 4);
	g_byte_array_append(c->bytes, rec->data, rec->len);
}

/* An event, for sorting. */
struct place {
	/* constant */
	sim_ns at_ns;
	size_t i;
};

static int compare_places(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	return a->i < b->i ? -1 : a->i > b->i;
}

static void put_events(const struct report *r, struct cpu_pages *cpus, u32 nr_cpus)
{
	const struct event_log *log = &r->sim->log;
	g_autofree struct place *order = g_new(struct place, log->len + 1);
	g_autoptr(GByteArray) rec = g_byte_array_new();

	for (size_t i = 0; i < log->len; i++)
		order[i] = (struct place){log->ev[i].at_ns, i};
	qsort(order, log->len, sizeof(*order), compare_places);
	for (size_t i = 0; i < log->len; i++) {
		const struct sim_event *ev = &log->ev[order[i].i];

		if (!tracepoint_known(r, ev->type) || ev->cpu >= nr_cpus)
			continue;
		g_byte_array_set_size(rec, 0);
		tracepoint_put_record(r, ev, rec);
		put_event(&cpus[ev->cpu], ev->at_ns, rec);
	}
}

void report_trace_dat(const struct report *r, FILE *to)
{
	u32 nr_cpus = max(r->sim->cfg.nr_cpus, 1u);
	g_autofree struct cpu_pages *cpus = g_new0(struct cpu_pages, nr_cpus);
	g_autoptr(GByteArray) head = g_byte_array_new();
	u64 at;

	for (u32 i = 0; i < nr_cpus; i++)
		cpus[i].bytes = g_byte_array_new();
	put_events(r, cpus, nr_cpus);
	tracepoint_put_tracing_data(r, "6", head);
	bytes_u32(head, nr_cpus);
	g_byte_array_append(head, (const u8 *)"flyrecord", 10);
	at = (head->len + nr_cpus * 16ull + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	for (u32 i = 0; i < nr_cpus; i++) {
		close_page(&cpus[i]);
		bytes_u64(head, at);
		bytes_u64(head, cpus[i].bytes->len);
		at += cpus[i].bytes->len;
	}
	bytes_align(head, PAGE_BYTES);
	fwrite(head->data, 1, head->len, to);
	for (u32 i = 0; i < nr_cpus; i++) {
		fwrite(cpus[i].bytes->data, 1, cpus[i].bytes->len, to);
		g_byte_array_unref(cpus[i].bytes);
	}
}
