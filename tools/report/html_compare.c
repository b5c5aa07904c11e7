// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many designs side by side, as one page: the darker a cell, the worse.
 *
 * A column's colour goes by the logarithm of its figures, from the best of the trace to the worst,
 * in the ruler of the histograms, so that the page is the same on every machine.
 *
 * Invariants: self-contained, as the page of one run; a figure's exact value is in data-ns.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/report/compare.h"
#include "tools/report/html.h"
#include "tools/report/page_text.h"

enum column { CONVERT, HOLD, STALL_P50, STALL_P99, STALL_MAX, NR_COLUMNS };

static const char *const heads[NR_COLUMNS] = {
	[CONVERT] = "converting", [HOLD] = "hold, max", [STALL_P50] = "stall p50",
	[STALL_P99] = "p99",	  [STALL_MAX] = "max",
};

static u64 figure(const struct compare_row *row, enum column column)
{
	const struct hist *stall = &row->vcpu_stall;

	switch (column) {
	case CONVERT:
		return row->convert_total_ns;
	case HOLD:
		return row->invalidate_hold.count ? row->invalidate_hold.max : 0;
	case STALL_P50:
		return stall->count ? hist_quantile(stall, 0.50) : 0;
	case STALL_P99:
		return stall->count ? hist_quantile(stall, 0.99) : 0;
	default:
		return stall->count ? stall->max : 0;
	}
}

/* 0 to 100, between the best and the worst of the same trace. */
static u32 heat(const struct compare *c, const struct compare_row *row, enum column column)
{
	u32 lo = UINT32_MAX, hi = 0, at = hist_index(figure(row, column));

	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_row *o = &c->row[i];

		if (o->refused || strcmp(o->trace, row->trace) != 0)
			continue;
		lo = min(lo, hist_index(figure(o, column)));
		hi = max(hi, hist_index(figure(o, column)));
	}
	return hi > lo ? (at - lo) * 100 / (hi - lo) : 0;
}

static void put_share(const struct page *p, u64 permille)
{
	fprintf(p->to,
		"<td class=\"heat\" style=\"--h:%" PRIu64 "%%\">%" PRIu64 ".%" PRIu64 " %%</td>",
		min(permille / 10, (u64)100), permille / 10, permille % 10);
}

static void put_cells(const struct page *p, const struct compare *c, const struct compare_row *row)
{
	const struct watchdog_distance *d = watchdog_closest(row->distance);
	u64 permille = watchdog_permille(d);
	char word[COMPARE_WORD], buf[REPORT_NS_TEXT];

	for (u32 k = 0; k < NR_COLUMNS; k++)
		fprintf(p->to,
			"<td class=\"heat\" style=\"--h:%u%%\" data-ns=\"%" PRIu64 "\">%s</td>",
			heat(c, row, k), figure(row, k), report_ns(figure(row, k), buf));
	fprintf(p->to, "<td data-bytes-per-s=\"%" PRIu64 "\">%.3f</td>", compare_bytes_per_s(row),
		(double)compare_bytes_per_s(row) / (double)(1u << 30));
	put_share(p, permille);
	fprintf(p->to, "<td class=\"l\">");
	page_text(p, d ? d->rule : "-");
	fprintf(p->to, "</td><td class=\"l%s\">", row->violated[0] ? " broken" : "");
	page_text(p, compare_verdict(row, word));
	fprintf(p->to, "</td><td class=\"l found\">");
	for (u32 k = 0; k < 2; k++) {
		for (char **rule = k ? row->violated : row->found; *rule; rule++) {
			page_text(p, *rule);
			fputs(k ? " (explored) " : " ", p->to);
		}
	}
	fputs("</td>", p->to);
}

static void put_row(const struct page *p, const struct compare *c, const struct compare_row *row)
{
	fputs("<tr><td class=\"l\">", p->to);
	page_text(p, row->kernel);
	fputs("</td><td class=\"l\">", p->to);
	page_text(p, row->locking);
	fputs("</td>", p->to);
	if (row->refused) {
		fprintf(p->to, "<td class=\"l dim\" colspan=\"%u\">", NR_COLUMNS + 5);
		page_text(p, row->refused);
		fputs("</td>", p->to);
	} else {
		put_cells(p, c, row);
	}
	fputs("</tr>\n", p->to);
}

static void put_head_row(const struct page *p)
{
	fputs("<div class=\"wide\"><table class=\"compare\"><tr><th class=\"l\">kernel</th>"
	      "<th class=\"l\">locking</th>", p->to);
	for (u32 k = 0; k < NR_COLUMNS; k++)
		fprintf(p->to, "<th>%s</th>", heads[k]);
	fputs("<th>GiB/s</th><th>threshold</th><th class=\"l\">nearest watchdog</th>"
	      "<th class=\"l\">explored</th><th class=\"l\">found</th></tr>\n", p->to);
}

static void put_shares(const struct page *p, const struct compare_row *row)
{
	fputs("<tr><td class=\"l\">", p->to);
	page_text(p, row->kernel);
	fputs("</td><td class=\"l\">", p->to);
	page_text(p, row->locking);
	fputs("</td>", p->to);
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		if (row->distance[i].threshold_ns)
			put_share(p, watchdog_permille(&row->distance[i]));
		else
			fputs("<td class=\"dim\">off</td>", p->to);
	}
	fputs("</tr>\n", p->to);
}

/* How close each design of @trace comes to each watchdog. */
static void put_watchdogs(const struct page *p, const struct compare *c, const char *trace)
{
	fputs("<p class=\"dim\">The longest that each watchdog has seen, as a share of its "
	      "threshold:</p>\n<div class=\"wide\"><table class=\"watchdogs\"><tr>"
	      "<th class=\"l\">kernel</th><th class=\"l\">locking</th>", p->to);
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		fputs("<th>", p->to);
		page_text(p, watchdog_rule((enum watchdog_kind)i));
		fputs("</th>", p->to);
	}
	fputs("</tr>\n", p->to);
	for (u32 i = 0; i < c->nr; i++) {
		if (!c->row[i].refused && strcmp(c->row[i].trace, trace) == 0)
			put_shares(p, &c->row[i]);
	}
	fputs("</table></div>\n", p->to);
}

static void put_end(const struct page *p, const struct compare *c, const char *trace)
{
	if (!trace)
		return;
	fputs("</table></div>\n", p->to);
	put_watchdogs(p, c, trace);
}

void compare_html(const struct compare *c, FILE *to)
{
	const struct page page = {.to = to}, *p = &page;
	const char *trace = NULL;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>gmemsim: designs compared</title>\n<style>\n", to);
	for (size_t i = 0; i < ARRAY_SIZE(page_css); i++)
		fputs(page_css[i], to);
	fputs("</style></head>\n<body>\n<h1>Designs compared</h1>\n<p class=\"dim\">The redder, "
	      "the worse, from the best of a column to its worst, logarithmically; the watchdog's "
	      "column by its share of the threshold. Hold: exclusive, of the file's lock. Stall: "
	      "the longest of each vCPU. Explored: schedules of", to);
	for (char **path = c->checked; path && *path; path++) {
		fputs(path == c->checked ? " \"" : "; \"", to);
		page_text(p, *path);
		fputs("\"", to);
	}
	fputs(".</p>\n", to);
	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_row *row = &c->row[i];

		if (!trace || strcmp(trace, row->trace) != 0) {
			put_end(p, c, trace);
			fputs("<h2>", to);
			page_text(p, row->trace);
			fputs("</h2>\n", to);
			put_head_row(p);
		}
		trace = row->trace;
		put_row(p, c, row);
	}
	put_end(p, c, trace);
	fputs("</body></html>\n", to);
}
