// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for locks and switches between tasks as a perf.data file: what perf lock contention, perf
 * sched and perf script read.  Its kernel is the model, so there is a second file with the model's
 * functions in the form of /proc/kallsyms: perf lock -i FILE --kallsyms FILE.kallsyms contention.
 *
 * A kind of event per tracepoint; a sample per event, with the modelled call stack.
 * perf lock leaves the innermost three functions of a stack out, which are the lock's own; they
 * are put there.  Waits that only pace the workload are left out, as in the tables.
 *
 * Invariant: perf lock contention --max-stack 4 prints the table of perf_lock.c.
 *
 * Upstream: tools/perf/Documentation/perf.data-file-format.txt; include/uapi/linux/perf_event.h
 */
#include <inttypes.h>
#include <linux/perf_event.h>
#include <string.h>

#include "tools/report/callers.h"
#include "tools/report/perf_lock.h"
#include "tools/report/tracepoint.h"

#define ATTR_BYTES     PERF_ATTR_SIZE_VER5
#define HEADER_BYTES   104
#define KERNEL_TEXT    0xffffffff81000000ull
#define SYMBOL_BYTES   0x1000ull
#define FINISHED_ROUND 68 /* a record of perf's own: what came before may be sorted now */
#define ROUND	       4096
#define CONTENTION_FLAGS 16 /* where contention_begin has its flags */
#define SAMPLE_TYPE                                                                                \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |            \
	 PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_RAW)

struct writer {
	/* constant */
	const struct report *r;
	/* written on the way */
	GHashTable *symbol; /* function to number + 1 */
	GPtrArray *names;   /* of the functions, by number */
	GByteArray *data, *rec;
	GHashTable *begun; /* task and lock to event + 1: waits that have begun */
};

/* ---- symbols ------------------------------------------------------------------------------ */

static u64 symbol_of(struct writer *w, const char *name)
{
	u32 i = GPOINTER_TO_UINT(g_hash_table_lookup(w->symbol, name));

	if (!i) {
		g_ptr_array_add(w->names, (gpointer)name);
		i = w->names->len;
		g_hash_table_insert(w->symbol, (gpointer)name, GUINT_TO_POINTER(i));
	}
	return KERNEL_TEXT + i * SYMBOL_BYTES;
}

/* All functions that can be in a stack, always in the same order. */
static void collect_symbols(struct writer *w)
{
	const struct callers *c = w->r->callers;

	for (u32 i = 0; i < PERF_LOCK_NR_TYPES; i++) {
		for (u32 k = 0; k < PERF_LOCK_FRAMES; k++)
			symbol_of(w, perf_lock_types[i].frame[k]);
	}
	for (u32 i = 0; i < c->stacks->len; i++) {
		const char *const *frame = g_ptr_array_index(c->stacks, i);

		for (; *frame; frame++)
			symbol_of(w, *frame);
	}
}

static void begin(struct writer *w, const struct report *r)
{
	*w = (struct writer){
		.r = r,
		.symbol = g_hash_table_new(g_str_hash, g_str_equal),
		.names = g_ptr_array_new(),
		.data = g_byte_array_new(),
		.rec = g_byte_array_new(),
		.begun = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
	};
	collect_symbols(w);
}

static void finish(struct writer *w)
{
	g_hash_table_destroy(w->symbol);
	g_ptr_array_unref(w->names);
	g_byte_array_unref(w->data);
	g_byte_array_unref(w->rec);
	g_hash_table_destroy(w->begun);
}

void report_perf_kallsyms(const struct report *r, FILE *to)
{
	struct writer w;

	begin(&w, r);
	fprintf(to, "%llx T _text\n%llx T _stext\n", KERNEL_TEXT, KERNEL_TEXT);
	for (u32 i = 0; i < w.names->len; i++)
		fprintf(to, "%llx T %s\n", KERNEL_TEXT + (i + 1) * SYMBOL_BYTES,
			(const char *)g_ptr_array_index(w.names, i));
	fprintf(to, "%llx T _etext\n", KERNEL_TEXT + (w.names->len + 1) * SYMBOL_BYTES);
	finish(&w);
}

/* ---- records ------------------------------------------------------------------------------ */

/* Return: where the record begins, for end_record(). */
static guint begin_record(struct writer *w, u32 type, u16 misc)
{
	guint at = w->data->len;

	bytes_u32(w->data, type);
	bytes_u16(w->data, misc);
	bytes_u16(w->data, 0);
	return at;
}

static void end_record(struct writer *w, guint at)
{
	u16 size;

	bytes_align(w->data, 8);
	size = (u16)(w->data->len - at);
	memcpy(w->data->data + at + 6, &size, sizeof(size));
}

/* Records that are no samples: whose, when, where, of which event.  perf sched wants to know. */
static void put_sample_id(struct writer *w, u32 pid)
{
	bytes_align(w->data, 8);
	bytes_u32(w->data, pid);
	bytes_u32(w->data, pid);
	bytes_u64(w->data, 0);
	bytes_u64(w->data, 0);
	bytes_u64(w->data, TRACEPOINT_ID(EV_CONTENTION_BEGIN));
}

static void put_string(struct writer *w, const char *s)
{
	g_byte_array_append(w->data, (const u8 *)s, (guint)strlen(s) + 1);
}

static void put_kernel(struct writer *w)
{
	guint at = begin_record(w, PERF_RECORD_MMAP, PERF_RECORD_MISC_KERNEL);

	bytes_u32(w->data, UINT32_MAX);
	bytes_u32(w->data, 0);
	bytes_u64(w->data, KERNEL_TEXT);
	bytes_u64(w->data, (w->names->len + 2) * SYMBOL_BYTES);
	bytes_u64(w->data, KERNEL_TEXT);
	put_string(w, "[kernel.kallsyms]_text");
	put_sample_id(w, UINT32_MAX);
	end_record(w, at);
}

static void put_tasks(struct writer *w)
{
	for (u32 i = 0; i < w->r->sim->nr_tasks; i++) {
		guint at = begin_record(w, PERF_RECORD_COMM, 0);

		bytes_u32(w->data, event_pid(i));
		bytes_u32(w->data, event_pid(i));
		put_string(w, event_comm(w->r, i));
		put_sample_id(w, event_pid(i));
		end_record(w, at);
	}
}

/* Whose stack event @i has: a wait ends in the functions that it has begun in. */
static size_t stack_event(struct writer *w, size_t i)
{
	const struct sim_event *ev = &w->r->sim->log.ev[i];
	u64 key = event_lock_addr(ev) * 31 + ev->task;
	size_t begun;

	if (ev->type == EV_CONTENTION_BEGIN)
		g_hash_table_insert(w->begun, g_memdup2(&key, sizeof(key)),
				    GSIZE_TO_POINTER(i + 1));
	if (ev->type != EV_CONTENTION_END)
		return i;
	begun = GPOINTER_TO_SIZE(g_hash_table_lookup(w->begun, &key));
	return begun ? begun - 1 : i;
}

static enum lock_mode wait_mode(const struct sim_event *begin)
{
	return EV_LOCK_VALUE(begin->a) & LCB_F_READ ? LOCK_READ : LOCK_WRITE;
}

static const struct perf_lock_type *wait_type(const struct writer *w, const struct sim_event *begin)
{
	return perf_lock_type(&w->r->sim->classes[EV_LOCK_CLASS(begin->a)], wait_mode(begin));
}

static bool is_contention(const struct sim_event *ev)
{
	return ev->type == EV_CONTENTION_BEGIN || ev->type == EV_CONTENTION_END;
}

static void put_callchain(struct writer *w, size_t i)
{
	const struct sim_event *ev = &w->r->sim->log.ev[i];
	const char *const *frame = callers_of(w->r->callers, i);
	guint at = w->data->len;
	u64 n;

	bytes_u64(w->data, 0);
	bytes_u64(w->data, PERF_CONTEXT_KERNEL);
	if (is_contention(ev)) {
		const struct lock_class *class = &w->r->sim->classes[EV_LOCK_CLASS(ev->a)];

		for (u32 k = 0; k < PERF_LOCK_FRAMES; k++)
			bytes_u64(w->data, symbol_of(w, wait_type(w, ev)->frame[k]));
		bytes_u64(w->data, symbol_of(w, *frame++) + perf_lock_call(class, wait_mode(ev)));
	}
	for (; *frame; frame++)
		bytes_u64(w->data, symbol_of(w, *frame) + 4);
	n = (w->data->len - at) / sizeof(u64) - 1;
	memcpy(w->data->data + at, &n, sizeof(n));
}

static void put_raw(struct writer *w, const struct sim_event *ev)
{
	u32 size;

	g_byte_array_set_size(w->rec, 0);
	tracepoint_put_record(w->r, ev, w->rec);
	if (ev->type == EV_CONTENTION_BEGIN)
		memcpy(w->rec->data + CONTENTION_FLAGS, &wait_type(w, ev)->flags, sizeof(u32));
	bytes_align(w->rec, 8);
	bytes_u32(w->rec, 0);
	size = w->rec->len; /* with the size itself, a multiple of 8 */
	bytes_u32(w->data, size);
	g_byte_array_append(w->data, w->rec->data, size);
}

static void put_sample(struct writer *w, size_t i)
{
	const struct sim_event *ev = &w->r->sim->log.ev[i];
	guint at = begin_record(w, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL);

	bytes_u64(w->data, TRACEPOINT_ID(ev->type));
	bytes_u64(w->data, KERNEL_TEXT);
	bytes_u32(w->data, event_pid(ev->task));
	bytes_u32(w->data, event_pid(ev->task));
	bytes_u64(w->data, ev->at_ns);
	bytes_u32(w->data, ev->cpu);
	bytes_u32(w->data, 0);
	bytes_u64(w->data, 1);
	put_callchain(w, stack_event(w, i));
	put_raw(w, ev);
	end_record(w, at);
}

/* What perf has commands for; locks that nobody waits for are none of it. */
static bool wanted(const struct writer *w, const struct sim_event *ev)
{
	if (ev->type == EV_SCHED_SWITCH || ev->type == EV_SCHED_WAKING)
		return true;
	return is_contention(ev) &&
	       !(w->r->sim->classes[EV_LOCK_CLASS(ev->a)].flags & LOCKC_PACING);
}

static void put_samples(struct writer *w, bool seen[EV_MAX])
{
	const struct event_log *log = &w->r->sim->log;

	for (size_t i = 0; i < log->len; i++) {
		const struct sim_event *ev = &log->ev[i];

		if (!wanted(w, ev))
			continue;
		seen[ev->type] = true;
		put_sample(w, i);
		if (i % ROUND == ROUND - 1)
			end_record(w, begin_record(w, FINISHED_ROUND, 0));
	}
}

/* ---- the file ----------------------------------------------------------------------------- */

static void put_attr(GByteArray *to, u32 id, u64 ids_at)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = ATTR_BYTES,
		.config = id,
		.sample_period = 1,
		.sample_type = SAMPLE_TYPE,
		.sample_id_all = 1,
	};

	g_byte_array_append(to, (const u8 *)&attr, ATTR_BYTES);
	bytes_u64(to, ids_at);
	bytes_u64(to, sizeof(u64));
}

static void put_section(GByteArray *to, u64 at, u64 size)
{
	bytes_u64(to, at);
	bytes_u64(to, size);
}

/* Header, ids, attributes, data, where the features are, features. */
static void put_file(struct writer *w, const bool seen[EV_MAX], FILE *to)
{
	g_autoptr(GByteArray) head = g_byte_array_new(), ids = g_byte_array_new();
	g_autoptr(GByteArray) attrs = g_byte_array_new(), tail = g_byte_array_new();
	g_autoptr(GByteArray) tracing = g_byte_array_new();
	u64 attrs_at, data_at;

	for (u32 type = 0; type < EV_MAX; type++) {
		if (!seen[type])
			continue;
		put_attr(attrs, TRACEPOINT_ID(type), HEADER_BYTES + ids->len);
		bytes_u64(ids, TRACEPOINT_ID(type));
	}
	attrs_at = HEADER_BYTES + ids->len;
	data_at = attrs_at + attrs->len;
	tracepoint_put_tracing_data(w->r, "0.6", tracing);
	put_section(tail, data_at + w->data->len + 2 * sizeof(u64), tracing->len);

	g_byte_array_append(head, (const u8 *)"PERFILE2", 8);
	bytes_u64(head, HEADER_BYTES);
	bytes_u64(head, ATTR_BYTES + 2 * sizeof(u64));
	put_section(head, attrs_at, attrs->len);
	put_section(head, data_at, w->data->len);
	put_section(head, 0, 0);
	bytes_u64(head, 1 << 1); /* HEADER_TRACING_DATA */
	for (u32 i = 1; i < 4; i++)
		bytes_u64(head, 0);

	SIM_ASSERT(head->len == HEADER_BYTES);
	for (u32 i = 0; i < 6; i++) {
		const GByteArray *part[] = {head, ids, attrs, w->data, tail, tracing};

		fwrite(part[i]->data, 1, part[i]->len, to);
	}
}

void report_perf_data(const struct report *r, FILE *to)
{
	bool seen[EV_MAX] = {[EV_CONTENTION_BEGIN] = true, [EV_CONTENTION_END] = true};
	struct writer w;

	begin(&w, r);
	put_kernel(&w);
	put_tasks(&w);
	put_samples(&w, seen);
	put_file(&w, seen, to);
	finish(&w);
}
