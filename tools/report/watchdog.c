// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report says of watchdogs: how close the run came to each.
 *
 * Invariant: every figure of the text is in the JSON, too.
 */
#include <inttypes.h>

#include "sim/watchdog.h"
#include "tools/report/json.h"
#include "tools/report/report.h"
#include "tools/report/text.h"

/* A share in per mille, cut off; UINT64_MAX if there is no threshold. */
static u64 permille(const struct watchdog_distance *d)
{
	if (!d->threshold_ns)
		return UINT64_MAX;
	return (u64)((__extension__(unsigned __int128) d->max_ns) * 1000 / d->threshold_ns);
}

static void say_distance(const struct report *r, const struct watchdog_distance *d, struct text *t)
{
	char buf[2][REPORT_NS_TEXT];
	u64 p = permille(d);

	text_add(t, "%s %" PRIu64 ".%" PRIu64 " %% (%s of %s", d->rule, p / 10, p % 10,
		 report_ns(d->max_ns, buf[0]), report_ns(d->threshold_ns, buf[1]));
	if (d->task != SIM_NO_TASK)
		text_add(t, ", %s", report_task(r, d->task));
	if (d->reports > 1)
		text_add(t, ", barked %" PRIu64 " times", d->reports);
	text_add(t, ")");
}

/* Those that saw something; a tenth of a percent is not. */
void report_put_watchdogs(const struct report *r, FILE *to)
{
	struct watchdog_distance d[WATCHDOG_NR];
	struct text t = {0};
	u32 near = 0, far = 0;

	watchdog_distances(r->sim, d);
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		if (!d[i].threshold_ns)
			continue;
		if (!permille(&d[i])) {
			far++;
			continue;
		}
		text_add(&t, "%s", near++ ? ", " : "Distance to each watchdog: ");
		say_distance(r, &d[i], &t);
	}
	if (near)
		text_add(&t, far ? "; the others less than 0.1 %%." : ".");
	else if (far)
		text_add(&t, "Distance to each watchdog: less than 0.1 %% of its threshold.");
	if (near || far) {
		putc('\n', to);
		text_paragraph(to, t.s, 0);
	}
	text_finish(&t);
}

void report_json_watchdogs(struct json *j, const struct report *r)
{
	struct watchdog_distance d[WATCHDOG_NR];

	watchdog_distances(r->sim, d);
	json_array(j, "watchdogs");
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		if (!d[i].threshold_ns)
			continue;
		json_object(j, NULL);
		json_string(j, "rule", d[i].rule);
		json_u64(j, "threshold_ns", d[i].threshold_ns);
		json_u64(j, "max_ns", d[i].max_ns);
		json_u64(j, "permille", permille(&d[i]));
		json_u64(j, "reports", d[i].reports);
		json_string(j, "task",
			    d[i].task == SIM_NO_TASK ? NULL : report_task(r, d[i].task));
		json_string(j, "op", d[i].op);
		json_string(j, "lock", d[i].lock);
		json_string(j, "owner",
			    d[i].owner == SIM_NO_TASK ? NULL : report_task(r, d[i].owner));
		json_end(j);
	}
	json_end(j);
}
