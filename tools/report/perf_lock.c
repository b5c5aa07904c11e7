// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table that "perf lock contention" prints: a row per function that waited, longest first.
 *
 * Widths, units and words of the columns are perf's.  The engine keeps the first four functions of
 * each class; what others waited there is in one more row, "others".  Waits that perf has no type
 * for, because the kernel has no tracepoint in them (folio_lock, SRCU, grace periods), have the
 * type "wait".  As everywhere in these reports, waits for the workload's own signals do not count.
 *
 * Upstream: tools/perf/builtin-lock.c:print_contention_result, lock_type_table
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/report.h"

struct row {
	/* written by add_rows() */
	const struct lock_class *class;
	enum lock_mode mode;
	u64 contended;
	u64 total_ns, max_ns;
	const char *caller;
};

static const char *type_of(const struct lock_class *class, enum lock_mode mode)
{
	bool spin = class->flags & LOCKC_SPIN, read = mode == LOCK_READ;

	if (class->flags & LOCKC_MUTEX)
		return "mutex";
	if (class->flags & LOCKC_WAITQ || !(class->flags & (LOCKC_SPIN | LOCKC_RW)))
		return "wait";
	if (!(class->flags & LOCKC_RW))
		return "spinlock";
	if (spin)
		return read ? "rwlock:R" : "rwlock:W";
	return read ? "rwsem:R" : "rwsem:W";
}

/* perf's lock_time(): three columns of unit, 12 in all. */
static void put_time(FILE *to, u64 ns)
{
	static const struct {
		u64 ns;
		const char *unit;
	} units[] = {{1000000000, "s "}, {1000000, "ms"}, {1000, "us"}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (ns >= units[i].ns) {
			fprintf(to, " %9.2f %s", (double)ns / (double)units[i].ns, units[i].unit);
			return;
		}
	}
	fprintf(to, " %9" PRIu64 " ns", ns);
}

static u32 add_rows(const struct report_lock *l, struct row *row)
{
	const struct lock_mode_stat *st = &l->stat;
	u64 left = st->wait ? st->wait->count : 0, left_ns = st->wait ? st->wait->total : 0;
	u32 n = 0;

	if (!left || l->class->flags & LOCKC_PACING)
		return 0;
	for (u32 i = 0; i < SIM_LOCK_POINTS && st->waiting[i].func; i++) {
		const struct lock_point *p = &st->waiting[i];
		u64 ended = min(p->count, left);

		row[n++] = (struct row){l->class, l->mode, ended, p->wait_ns, p->wait_max_ns,
					p->func};
		left -= ended;
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
		fprintf(to, "   %10s   %s+0x0\n", type_of(row->class, row->mode), row->caller);
	}
	free(rows);
}
