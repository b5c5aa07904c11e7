// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table that "perf lock contention" prints: a row per function that waited, longest first.
 *
 * Widths, units and words of the columns are perf's.  The engine keeps the first four functions of
 * each class; what others waited there is in one more row, "others".  Waits that perf has no type
 * for, because the kernel has no tracepoint in them (folio_lock, SRCU, grace periods), have the
 * type "wait"; perf calls them "unknown".  As everywhere in these reports, waits for the workload's
 * own signals do not count.
 *
 * Upstream: tools/perf/builtin-lock.c:print_contention_result, lock_type_table
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/perf_lock.h"

struct row {
	/* written by add_rows() */
	const struct lock_class *class;
	enum lock_mode mode;
	u64 contended;
	u64 total_ns, max_ns;
	const char *caller;
};

#define TRACEPOINT "__traceiter_contention_begin"

enum { MUTEX, WAIT, SPINLOCK, RWLOCK_R, RWLOCK_W, RWSEM_R, RWSEM_W };

const struct perf_lock_type perf_lock_types[PERF_LOCK_NR_TYPES] = {
	[MUTEX] = {"mutex", LCB_F_MUTEX, {TRACEPOINT, "__mutex_lock", "mutex_lock"}},
	[WAIT] = {"wait", PERF_LOCK_NO_TYPE, {TRACEPOINT, "schedule", "prepare_to_wait_event"}},
	[SPINLOCK] = {"spinlock", LCB_F_SPIN,
		      {TRACEPOINT, "native_queued_spin_lock_slowpath", "_raw_spin_lock"}},
	[RWLOCK_R] = {"rwlock:R", LCB_F_SPIN | LCB_F_READ,
		      {TRACEPOINT, "queued_read_lock_slowpath", "_raw_read_lock"}},
	[RWLOCK_W] = {"rwlock:W", LCB_F_SPIN | LCB_F_WRITE,
		      {TRACEPOINT, "queued_write_lock_slowpath", "_raw_write_lock"}},
	[RWSEM_R] = {"rwsem:R", LCB_F_READ, {TRACEPOINT, "rwsem_down_read_slowpath", "down_read"}},
	[RWSEM_W] = {"rwsem:W", LCB_F_WRITE,
		     {TRACEPOINT, "rwsem_down_write_slowpath", "down_write"}},
};

const struct perf_lock_type *perf_lock_type(const struct lock_class *class, enum lock_mode mode)
{
	bool spin = class->flags & LOCKC_SPIN, read = mode == LOCK_READ;
	u32 i;

	if (class->flags & LOCKC_MUTEX)
		i = MUTEX;
	else if (class->flags & LOCKC_WAITQ || !(class->flags & (LOCKC_SPIN | LOCKC_RW)))
		i = WAIT;
	else if (!(class->flags & LOCKC_RW))
		i = SPINLOCK;
	else if (spin)
		i = read ? RWLOCK_R : RWLOCK_W;
	else
		i = read ? RWSEM_R : RWSEM_W;
	return &perf_lock_types[i];
}

/* perf's lock_time(): three columns of unit, 12 in all. */
static void put_time(FILE *to, u64 ns)
{
	static const struct {
		float ns; /* as in perf, whose rounding this is */
		const char *unit;
	} units[] = {{1000000000, "s "}, {1000000, "ms"}, {1000, "us"}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if ((float)ns >= units[i].ns) {
			fprintf(to, " %9.2f %s", (double)((float)ns / units[i].ns), units[i].unit);
			return;
		}
	}
	fprintf(to, " %9" PRIu64 " ns", ns);
}

/* As perf counts them: waits that have begun; the times are of those that have ended. */
static u32 add_rows(const struct report_lock *l, struct row *row)
{
	const struct lock_mode_stat *st = &l->stat;
	u64 left = st->contentions, left_ns = st->wait ? st->wait->total : 0;
	u32 n = 0;

	if (!left || l->class->flags & LOCKC_PACING)
		return 0;
	for (u32 i = 0; i < SIM_LOCK_POINTS && st->waiting[i].func; i++) {
		const struct lock_point *p = &st->waiting[i];

		if (!p->count)
			continue;
		row[n++] = (struct row){l->class, l->mode, p->count, p->wait_ns, p->wait_max_ns,
					p->func};
		left -= min(p->count, left);
		left_ns -= min(p->wait_ns, left_ns);
	}
	if (left)
		row[n++] = (struct row){l->class, l->mode, left, left_ns, st->others_max_ns,
					"others"};
	return n;
}

static int compare_rows(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	if (a->total_ns != b->total_ns)
		return a->total_ns > b->total_ns ? -1 : 1;
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return a->mode != b->mode ? (int)a->mode - (int)b->mode : strcmp(a->caller, b->caller);
}

void report_perf_lock(const struct report *r, FILE *to)
{
	struct row *rows = calloc((size_t)r->nr_locks + 1, (SIM_LOCK_POINTS + 1) * sizeof(*rows));
	u32 n = 0;

	SIM_ASSERT(rows);
	for (u32 i = 0; i < r->nr_locks; i++)
		n += add_rows(&r->locks[i], &rows[n]);
	qsort(rows, n, sizeof(*rows), compare_rows);
	fprintf(to, "%10s %12s %12s %12s   %10s   %s\n\n", "contended", "total wait", "max wait",
		"avg wait", "type", "caller");
	for (u32 i = 0; i < n; i++) {
		const struct row *row = &rows[i];

		fprintf(to, "%10" PRIu64, row->contended);
		put_time(to, row->total_ns);
		put_time(to, row->max_ns);
		put_time(to, row->total_ns / row->contended);
		fprintf(to, "   %10s   %s+%#x\n", perf_lock_type(row->class, row->mode)->name,
			row->caller, perf_lock_call(row->class, row->mode));
	}
	free(rows);
}
