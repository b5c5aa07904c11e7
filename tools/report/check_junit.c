// SPDX-License-Identifier: GPL-2.0-only
/*
 * Campaigns as JUnit's XML: a test case for each trace; the first unexpected finding is its
 * failure, the text has all of them.
 *
 * Invariant: well-formed whatever a trace is called and a message says: what XML cannot hold
 * becomes '?'.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/check.h"

static void put_escaped(FILE *to, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '&':
			fputs("&amp;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\n':
			fputs("&#10;", to);
			break;
		default:
			putc((u8)*text < 0x20 || *text == 0x7f ? '?' : *text, to);
		}
	}
}

static void put_attribute(FILE *to, const char *name, const char *value)
{
	fprintf(to, " %s=\"", name);
	put_escaped(to, value);
	putc('"', to);
}

static void put_seconds(FILE *to, u64 ns)
{
	fprintf(to, " time=\"%" PRIu64 ".%03" PRIu64 "\"", (u64)(ns / NSEC_PER_SEC),
		(u64)(ns % NSEC_PER_SEC / 1000000));
}

static void put_text(FILE *to, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		put_escaped(to, line ? line : "");
		putc('\n', to);
		free(line);
		text += len + (text[len] == '\n');
	}
}

static void put_failure(struct explore_result *x, enum explore_verdict verdict, FILE *to)
{
	const char *type = "missing";
	char why[160], *headline = NULL;

	explore_judge(x, why);
	for (u32 i = 0; i < x->nr_findings && verdict == EXPLORE_FINDING && !headline; i++) {
		if (explore_expected(x, x->findings[i].rule))
			continue;
		type = x->findings[i].rule;
		headline = check_headline(&x->findings[i]);
	}
	fputs("      <failure", to);
	put_attribute(to, "type", type);
	put_attribute(to, "message", headline ? headline : why);
	fputs(">", to);
	for (u32 i = 0; i < x->nr_findings; i++) {
		if (x->findings[i].predicted)
			put_text(to, "predicted:");
		put_text(to, x->findings[i].message);
		fputs("replay: ", to);
		put_text(to, x->findings[i].replay);
	}
	fputs("</failure>\n", to);
	free(headline);
}

static void put_case(struct explore_result *x, FILE *to)
{
	char *verdict = check_verdict(x);
	enum explore_verdict judged;
	char why[160];

	fputs("    <testcase classname=\"gmemsim.check\"", to);
	put_attribute(to, "name", x->trace);
	put_seconds(to, x->wall_ns);
	fputs(">\n", to);
	judged = explore_judge(x, why);
	if (judged != EXPLORE_OK)
		put_failure(x, judged, to);
	if (check_skipped(x))
		fputs("      <skipped message=\"no schedule of it was run\"/>\n", to);
	fputs("      <system-out>", to);
	put_escaped(to, verdict);
	fputs("</system-out>\n    </testcase>\n", to);
	free(verdict);
}

void check_put_junit(const struct check_report *r, FILE *to)
{
	u64 wall_ns = 0;
	u32 failed = 0, skipped = 0;
	char why[160];

	for (u32 i = 0; i < r->n; i++) {
		failed += explore_judge(r->v[i], why) != EXPLORE_OK;
		skipped += check_skipped(r->v[i]);
		wall_ns += r->v[i]->wall_ns;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", to);
	fprintf(to, "  <testsuite name=\"gmemsim check\" tests=\"%u\" failures=\"%u\" errors=\"0\"",
		r->n, failed);
	fprintf(to, " skipped=\"%u\"", skipped);
	put_seconds(to, wall_ns);
	fputs(">\n", to);
	for (u32 i = 0; i < r->n; i++)
		put_case(r->v[i], to);
	fputs("  </testsuite>\n</testsuites>\n", to);
}
