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

u64 compare_bytes_per_s(const struct compare_row *row)
{
	double s = (double)row->convert_total_ns / (double)NSEC_PER_SEC;

	return row->convert_total_ns ? (u64)((double)row->convert_pages * 4096 / s) : 0;
}

/* "31,263"; from a million on "1.23M". */
static void put_count(char buf[COMPARE_WORD], const char *what, u64 n)
{
	if (n < 1000)
		snprintf(buf, COMPARE_WORD, "%s %" PRIu64, what, n);
	else if (n < 1000000)
		snprintf(buf, COMPARE_WORD, "%s %" PRIu64 ",%03" PRIu64, what, n / 1000, n % 1000);
	else
		snprintf(buf, COMPARE_WORD, "%s %" PRIu64 ".%02" PRIu64 "M", what, n / 1000000,
			 n / 10000 % 100);
}

const char *compare_verdict(const struct compare_row *row, char buf[COMPARE_WORD])
{
	u32 n = row->violated ? g_strv_length(row->violated) : 0;

	if (n)
		snprintf(buf, COMPARE_WORD, "%u violation%s", n, n > 1 ? "s" : "");
	else if (!row->schedules)
		snprintf(buf, COMPARE_WORD, "not tried");
	else
		put_count(buf, row->exhausted ? "proved" : "explored", row->schedules);
	return buf;
}

static void put_percent(FILE *to, const struct watchdog_distance *d)
{
	u64 permille = watchdog_permille(d);

	fprintf(to, " %4" PRIu64 ".%" PRIu64 "%%", permille / 10, permille % 10);
}

static void put_throughput(FILE *to, const struct compare_row *row)
{
	u64 per_s = compare_bytes_per_s(row);
	double gib = (double)per_s / (double)(1u << 30);

	if (per_s)
		fprintf(to, " %6.*f", gib < 10 ? 3 : gib < 100 ? 2 : 0, gib);
	else
		fprintf(to, " %6s", "-");
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
	fprintf(to, " %7s", report_ns(row->convert_total_ns, buf[0]));
	put_throughput(to, row);
	fprintf(to, " %7s %7s %7s %7s",
		report_ns(row->invalidate_hold.count ? row->invalidate_hold.max : 0, buf[1]),
		report_ns(stall->count ? hist_quantile(stall, 0.5) : 0, buf[2]),
		report_ns(stall->count ? hist_quantile(stall, 0.99) : 0, buf[3]),
		report_ns(stall->count ? stall->max : 0, buf[4]));
	put_percent(to, watchdog_closest(row->distance));
	fprintf(to, " %s%s\n", compare_verdict(row, word), row->found[0] ? "*" : "");
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

/* Each trace that was explored, once: designs may have different ones. */
static void put_checked(const struct compare *c, FILE *to)
{
	for (char **p = c->checked; p && *p; p++)
		fprintf(to, "  %s\n", *p);
}

void compare_text(const struct compare *c, FILE *to)
{
	const char *trace = NULL;

	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_row *row = &c->row[i];

		if (!trace || strcmp(trace, row->trace) != 0)
			fprintf(to, "%s%s\n%-12s %-15s %7s %6s %7s %7s %7s %7s %6s %s\n",
				trace ? "\n" : "", row->trace, "kernel", "locking", "convert",
				"GiB/s", "hold", "stall50", "p99", "max", "alarm", "orders");
		trace = row->trace;
		put_row(row, to);
	}
	fprintf(to, "\nconvert: time in all conversions, and pages by that time; hold: the longest "
		    "of the file's lock,\nexclusive; stall: the longest of each vCPU; alarm: the "
		    "nearest watchdog's share of its threshold;\norders: proved: there are no "
		    "others; explored: none of so many breaks a rule; of\n");
	put_checked(c, to);
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
		json_u64(j, "permille", watchdog_permille(d));
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

static void put_checks(struct json *j, const struct compare_row *row)
{
	json_array(j, "checks");
	for (u32 i = 0; i < row->nr_checks; i++) {
		const struct compare_check *k = &row->check[i];

		json_flat_object(j, NULL);
		json_string(j, "trace", k->trace);
		json_string(j, "locking", k->locking);
		json_u64(j, "explored_schedules", k->schedules);
		json_bool(j, "exhausted", k->exhausted);
		json_array(j, "violated");
		for (char **rule = k->violated; rule && *rule; rule++)
			json_string(j, NULL, *rule);
		json_end(j);
		json_string(j, "unexplored", k->unexplored);
		json_end(j);
	}
	json_end(j);
}

static void put_json_row(struct json *j, const struct compare_row *row)
{
	char word[COMPARE_WORD];

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
		json_u64(j, "convert_pages", row->convert_pages);
		json_u64(j, "convert_bytes_per_s", compare_bytes_per_s(row));
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
		json_string(j, "verdict", compare_verdict(row, word));
		put_checks(j, row);
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
		for (u32 k = 0; k < row->nr_checks; k++) {
			g_free(row->check[k].trace);
			g_free(row->check[k].locking);
			g_free(row->check[k].unexplored);
			g_strfreev(row->check[k].violated);
		}
		g_free(row->check);
		g_strfreev(row->found);
		g_strfreev(row->violated);
	}
	g_free(c->row);
	g_strfreev(c->checked);
}
