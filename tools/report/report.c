// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all emitters share: the merged lock table, times and names.  See report.h.
 *
 * Invariant: the order of rows is a function of the run alone, never of addresses.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/report.h"

/* Most contended first, as lock_stat sorts; then by time waited, held, and by name. */
static int compare_locks(const void *va, const void *vb)
{
	const struct report_lock *a = va, *b = vb;
	const u64 key_a[] = {a->stat.contentions, a->stat.wait ? a->stat.wait->total : 0,
			     a->stat.hold ? a->stat.hold->total : 0};
	const u64 key_b[] = {b->stat.contentions, b->stat.wait ? b->stat.wait->total : 0,
			     b->stat.hold ? b->stat.hold->total : 0};

	for (size_t i = 0; i < ARRAY_SIZE(key_a); i++) {
		if (key_a[i] != key_b[i])
			return key_a[i] > key_b[i] ? -1 : 1;
	}
	if (a->class != b->class)
		return strcmp(a->class->name, b->class->name);
	return (int)b->mode - (int)a->mode;
}

void report_init(struct report *r, struct sim *sim)
{
	r->sim = sim;
	r->nr_locks = 0;
	r->locks = calloc((size_t)sim->nr_classes * LOCK_NR_MODES + 1, sizeof(*r->locks));
	SIM_ASSERT(r->locks);
	for (u32 id = 0; id < sim->nr_classes; id++) {
		if (sim->classes[id].flags & LOCKC_PACING)
			continue;
		for (int mode = 0; mode < LOCK_NR_MODES; mode++) {
			struct report_lock *row = &r->locks[r->nr_locks];

			row->class = &sim->classes[id];
			row->mode = (enum lock_mode)mode;
			lock_stat_total(sim, id, row->mode, &row->stat);
			if (row->stat.acquisitions || row->stat.contentions)
				r->nr_locks++;
		}
	}
	qsort(r->locks, r->nr_locks, sizeof(*r->locks), compare_locks);
}

void report_finish(struct report *r)
{
	free(r->locks);
	r->locks = NULL;
	r->nr_locks = 0;
}

const char *report_ns(u64 ns, char buf[REPORT_NS_TEXT])
{
	static const struct {
		u64 ns;
		const char *name;
	} units[] = {{NSEC_PER_SEC, "s"}, {NSEC_PER_MS, "ms"}, {NSEC_PER_US, "us"}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		u64 unit = units[i].ns, whole = ns / unit, centi = ns % unit * 100 / unit;

		if (ns < unit)
			continue;
		if (whole < 10)
			snprintf(buf, REPORT_NS_TEXT, "%" PRIu64 ".%02" PRIu64 " %s", whole, centi,
				 units[i].name);
		else if (whole < 100)
			snprintf(buf, REPORT_NS_TEXT, "%" PRIu64 ".%" PRIu64 " %s", whole,
				 centi / 10, units[i].name);
		else
			snprintf(buf, REPORT_NS_TEXT, "%" PRIu64 " %s", whole, units[i].name);
		return buf;
	}
	snprintf(buf, REPORT_NS_TEXT, "%" PRIu64 " ns", ns);
	return buf;
}

const char *report_task(const struct report *r, u32 id)
{
	return id < r->sim->nr_tasks ? r->sim->tasks[id]->name : "nobody";
}

u32 report_name_hash(const char *name)
{
	u32 h = 2166136261u; /* FNV-1a, as the simulation's own */

	for (; *name; name++)
		h = (h ^ (u8)*name) * 16777619u;
	return h;
}
