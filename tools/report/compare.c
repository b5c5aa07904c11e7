// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many designs side by side, as text and as JSON.  See compare.h.
 */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "tools/report/compare.h"
#include "tools/report/json.h"
#include "tools/report/report.h"

const char *compare_verdict(const struct compare_row *row, char buf[COMPARE_WORD])
{
	u32 n = row->violated ? g_strv_length(row->violated) : 0;

	if (n)
		snprintf(buf, COMPARE_WORD, "%u rule%s broken", n, n > 1 ? "s" : "");
	else if (!row->schedules)
		snprintf(buf, COMPARE_WORD, "not tried");
	else if (row->exhausted)
		snprintf(buf, COMPARE_WORD, "all %" PRIu64 " ok", row->schedules);
	else
		snprintf(buf, COMPARE_WORD, "%" PRIu64 " ok", row->schedules);
	return buf;
}

static void put_percent(FILE *to, const struct watchdog_distance *d)
{
	u64 permille = watchdog_permille(d);

	fprintf(to, " %6" PRIu64 ".%" PRIu64 "%%", permille / 10, permille % 10);
}

static void put_row(const struct compare_row *row, FILE *to)
{
	const struct hist *stall = &row->vcpu_stall;
	char buf[5][REPORT_NS_TEXT], word[COMPARE_WORD];

	fprintf(to, "%-12.12s %-15.15s", row->kernel, row->locking);
	if (row->refused) {
		fprintf(to, " %.70s\n", row->refused);
		return;
	}
	fprintf(to, " %9s %9s %9s %9s %9s", report_ns(row->convert_total_ns, buf[0]),
		report_ns(row->invalidate_hold.count ? row->invalidate_hold.max : 0, buf[1]),
		report_ns(stall->count ? hist_quantile(stall, 0.5) : 0, buf[2]),
		report_ns(stall->count ? hist_quantile(stall, 0.99) : 0, buf[3]),
		report_ns(stall->count ? stall->max : 0, buf[4]));
	put_percent(to, watchdog_closest(row->distance));
	fprintf(to, " %s%s\n", compare_verdict(row, word), row->found[0] ? " *" : "");
}

/* "inplace, range: found guest-soft-lockup; exploration found attr-mapping" */
static void put_found(const struct compare_row *row, FILE *to)
{
	g_autofree char *found = NULL, *violated = NULL;

	if (row->refused || (!row->found[0] && !row->violated[0] && !row->unexplored))
		return;
	found = g_strjoinv(", ", row->found);
	violated = g_strjoinv(", ", row->violated);
	fprintf(to, "%s, %s:", row->kernel, row->locking);
	if (*found)
		fprintf(to, " * the run found %s", found);
	if (*violated)
		fprintf(to, "%s exploration found %s", *found ? ";" : "", violated);
	if (row->unexplored)
		fprintf(to, "%s not explored: %s", *found || *violated ? ";" : "",
			row->unexplored);
	putc('\n', to);
}

void compare_text(const struct compare *c, FILE *to)
{
	const char *trace = NULL;

	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_row *row = &c->row[i];

		if (!trace || strcmp(trace, row->trace) != 0)
			fprintf(to, "%s%s\n%-12s %-15s %9s %9s %9s %9s %9s %8s %s\n",
				trace ? "\n" : "", row->trace, "kernel", "locking", "convert",
				"hold max", "stall p50", "p99", "max", "watchdog", "explored");
		trace = row->trace;
		put_row(row, to);
	}
	fprintf(to, "\nconvert: all conversions; hold: of the file's lock, exclusive; stall: the "
		    "longest of each vCPU;\nwatchdog: the nearest one's share of its threshold; "
		    "explored: schedules of\n");
	for (char **p = c->checked; p && *p; p++)
		fprintf(to, "  %s\n", *p);
	for (u32 i = 0; i < c->nr; i++)
		put_found(&c->row[i], to);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void put_hist(struct json *j, const char *key, const struct hist *h)
{
	json_flat_object(j, key);
	json_u64(j, "min", h->count ? h->min : 0);
	json_u64(j, "p50", h->count ? hist_quantile(h, 0.50) : 0);
	json_u64(j, "p99", h->count ? hist_quantile(h, 0.99) : 0);
	json_u64(j, "max", h->count ? h->max : 0);
	json_u64(j, "total", h->total);
	json_u64(j, "count", h->count);
	json_end(j);
}

static bool is_watchdog(const char *rule)
{
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		if (strcmp(rule, watchdog_rule((enum watchdog_kind)i)) == 0)
			return true;
	}
	return false;
}

static void put_lockups(struct json *j, char **rule)
{
	json_array(j, "lockups");
	for (; *rule; rule++) {
		if (is_watchdog(*rule))
			json_string(j, NULL, *rule);
	}
	json_end(j);
}

static void put_distances(struct json *j, const struct compare_row *row)
{
	json_array(j, "distances");
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		const struct watchdog_distance *d = &row->distance[i];

		if (!d->threshold_ns)
			continue;
		json_flat_object(j, NULL);
		json_string(j, "rule", d->rule);
		json_u64(j, "threshold_ns", d->threshold_ns);
		json_u64(j, "max_ns", d->max_ns);
		json_end(j);
	}
	json_end(j);
}

static void put_findings(struct json *j, const struct compare_row *row)
{
	json_array(j, "findings");
	for (u32 k = 0; k < 2; k++) {
		for (char **rule = k ? row->violated : row->found; rule && *rule; rule++) {
			json_flat_object(j, NULL);
			json_string(j, "rule", *rule);
			json_string(j, "by", k ? "check" : "run");
			json_end(j);
		}
	}
	json_end(j);
}

static void put_json_row(struct json *j, const struct compare_row *row)
{
	json_object(j, NULL);
	json_string(j, "trace", row->trace);
	json_string(j, "kernel", row->kernel);
	json_string(j, "locking", row->locking);
	json_string(j, "refused", row->refused);
	if (!row->refused) {
		json_u64(j, "sim_ns", row->sim_ns);
		json_u64(j, "converts", row->converts);
		json_u64(j, "convert_errors", row->convert_errors);
		json_u64(j, "convert_total_ns", row->convert_total_ns);
		put_hist(j, "invalidate_hold_ns", &row->invalidate_hold);
		put_hist(j, "vcpu_stall_ns", &row->vcpu_stall);
		json_string(j, "stalled", row->stalled);
		json_string(j, "lock", row->lock);
		json_string(j, "holder", row->holder);
		json_string(j, "step", row->step);
		put_distances(j, row);
		put_lockups(j, row->found);
		put_findings(j, row);
		json_u64(j, "explored_schedules", row->schedules);
		json_bool(j, "exhausted", row->exhausted);
		json_string(j, "unexplored", row->unexplored);
	}
	json_end(j);
}

void compare_json(const struct compare *c, FILE *to)
{
	struct json j;

	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "format", "gmemsim-compare");
	json_u64(&j, "version", 1);
	json_array(&j, "checked");
	for (char **p = c->checked; p && *p; p++)
		json_string(&j, NULL, *p);
	json_end(&j);
	json_array(&j, "rows");
	for (u32 i = 0; i < c->nr; i++)
		put_json_row(&j, &c->row[i]);
	json_end(&j);
	json_end(&j);
	json_finish(&j);
}

void compare_finish(struct compare *c)
{
	for (u32 i = 0; i < c->nr; i++) {
		struct compare_row *row = &c->row[i];
		char *strings[] = {row->trace, row->kernel, row->locking, row->refused,
				   row->stalled, row->lock, row->holder, row->step,
				   row->unexplored};

		for (size_t k = 0; k < G_N_ELEMENTS(strings); k++)
			g_free(strings[k]);
		g_strfreev(row->found);
		g_strfreev(row->violated);
	}
	g_free(c->row);
	g_strfreev(c->checked);
}
