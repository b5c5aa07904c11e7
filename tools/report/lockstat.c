// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table that /proc/lock_stat prints, version 0.4, so that tools and eyes that know it work.
 *
 * Times are microseconds with two decimals, rounded as the kernel rounds them.  A class that was
 * taken in both modes has a W and an R row; classes are sorted by contentions.  "Bounces" are
 * acquisitions (or contentions) whose previous owner ran on another simulated CPU.  Contention
 * points are modelled functions; their addresses are made up from the names.
 *
 * Upstream: kernel/locking/lockdep_proc.c:seq_stats, Documentation/locking/lockstat.rst
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/report.h"

#define NAME_WIDTH  40
#define TABLE_WIDTH (NAME_WIDTH + 1 + 12 * (14 + 1))

/* Both modes of one class; either may be missing. */
struct class_rows {
	const struct lock_class *class;
	const struct lock_mode_stat *mode[LOCK_NR_MODES];
	u64 contentions;
};

static void put_rule(FILE *to, char c, u32 indent, u32 width)
{
	for (u32 i = 0; i < indent; i++)
		putc(' ', to);
	for (u32 i = 0; i < width; i++)
		putc(c, to);
	putc('\n', to);
}

static void put_time(FILE *to, u64 ns)
{
	char buf[32];

	ns += 5;
	snprintf(buf, sizeof(buf), "%" PRIu64 ".%02u", ns / 1000, (u32)(ns % 1000 / 10));
	fprintf(to, " %14s", buf);
}

/* nr, min, max, total, avg */
static void put_hist(FILE *to, u64 nr, const struct hist *h)
{
	bool any = h && h->count;

	fprintf(to, "%14" PRIu64, nr);
	put_time(to, any ? h->min : 0);
	put_time(to, any ? h->max : 0);
	put_time(to, any ? h->total : 0);
	put_time(to, any ? h->total / h->count : 0);
}

static void put_row(FILE *to, const struct lock_mode_stat *st)
{
	fprintf(to, "%14" PRIu64 " ", st->contention_bounces);
	put_hist(to, st->contentions, st->wait);
	fprintf(to, " %14" PRIu64 " ", st->bounces);
	put_hist(to, st->acquisitions, st->hold);
	putc('\n', to);
}

/* Both modes' points in one list, as the kernel keeps one per class. */
static u32 merge_points(const struct class_rows *c, bool holding,
			struct lock_point out[2 * SIM_LOCK_POINTS])
{
	u32 n = 0;

	for (int mode = LOCK_NR_MODES - 1; mode >= 0; mode--) {
		const struct lock_mode_stat *st = c->mode[mode];

		for (u32 i = 0; st && i < SIM_LOCK_POINTS; i++) {
			const struct lock_point *p = holding ? &st->holding[i] : &st->waiting[i];
			u32 k = 0;

			if (!p->func)
				break;
			while (k < n && strcmp(out[k].func, p->func) != 0)
				k++;
			if (k == n)
				out[n++] = *p;
			else
				out[k].count += p->count;
		}
	}
	return min(n, (u32)SIM_LOCK_POINTS);
}

static u32 put_points(FILE *to, const struct class_rows *c, bool holding)
{
	struct lock_point points[2 * SIM_LOCK_POINTS];
	u32 n = merge_points(c, holding, points);
	u32 len = (u32)strlen(c->class->name) + (c->mode[LOCK_READ] ? 2 : 0);

	for (u32 i = 0; i < n; i++) {
		char ip[32];

		if (i == 0)
			put_rule(to, '-', NAME_WIDTH - min(len, (u32)NAME_WIDTH), len);
		snprintf(ip, sizeof(ip), "[<%016x>]", report_name_hash(points[i].func));
		fprintf(to, "%40s %14" PRIu64 " %29s %s+0x0\n", c->class->name, points[i].count, ip,
			points[i].func);
	}
	return n;
}

static void put_class(FILE *to, const struct class_rows *c)
{
	const struct lock_mode_stat *w = c->mode[LOCK_WRITE], *r = c->mode[LOCK_READ];
	u32 points;

	if (w) {
		fprintf(to, r ? "%38s-W:" : "%40s:", c->class->name);
		put_row(to, w);
	}
	if (r) {
		fprintf(to, "%38s-R:", c->class->name);
		put_row(to, r);
	}
	if (!c->contentions)
		return;
	points = put_points(to, c, false);
	points += put_points(to, c, true);
	if (points) {
		putc('\n', to);
		put_rule(to, '.', 0, TABLE_WIDTH);
		putc('\n', to);
	}
}

static int compare_classes(const void *va, const void *vb)
{
	const struct class_rows *a = va, *b = vb;

	if (a->contentions != b->contentions)
		return a->contentions > b->contentions ? -1 : 1;
	return a->class < b->class ? -1 : a->class > b->class;
}

void report_lock_stat(const struct report *r, FILE *to)
{
	static const char *const head[] = {
		"con-bounces",	  "contentions",  "waittime-min",   "waittime-max",
		"waittime-total", "waittime-avg", "acq-bounces",    "acquisitions",
		"holdtime-min",	  "holdtime-max", "holdtime-total", "holdtime-avg",
	};
	struct class_rows rows[SIM_MAX_CLASSES] = {0};
	u32 n = r->sim->nr_classes;

	fprintf(to, "lock_stat version 0.4\n");
	put_rule(to, '-', 0, TABLE_WIDTH);
	fprintf(to, "%40s", "class name");
	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		fprintf(to, " %14s", head[i]);
	putc('\n', to);
	put_rule(to, '-', 0, TABLE_WIDTH);
	putc('\n', to);

	for (u32 i = 0; i < n; i++)
		rows[i].class = &r->sim->classes[i];
	for (u32 i = 0; i < r->nr_locks; i++) {
		const struct report_lock *l = &r->locks[i];
		struct class_rows *row = &rows[l->class - r->sim->classes];

		row->mode[l->mode] = &l->stat;
		row->contentions += l->stat.contentions;
	}
	qsort(rows, n, sizeof(rows[0]), compare_classes);
	for (u32 i = 0; i < n; i++)
		put_class(to, &rows[i]);
}
