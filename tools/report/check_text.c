// SPDX-License-Identifier: GPL-2.0-only
/*
 * Campaigns for the terminal: the verdict first, then what it rests on, then each finding with the
 * command that repeats it.
 *
 * Invariants: at most 100 columns, no tabs, no colour; no figure that differs from run to run.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/check.h"
#include "tools/report/report.h"
#include "tools/report/text.h"

const struct check_format check_formats[] = {
	{"text", check_put_text},
	{"ktap", check_put_ktap},
	{"junit", check_put_junit},
	{"sarif", check_put_sarif},
	{NULL, NULL},
};

const char *check_count(u64 n, char buf[CHECK_COUNT_TEXT])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	buf[at] = 0;
	return buf;
}

const char *check_kind(const struct explore_finding *f)
{
	return finding_kind_name(f->predicted ? FINDING_PREDICTED : FINDING_HAPPENED);
}

static void say_findings(const struct explore_result *x, struct text *t)
{
	u32 predicted = 0;
	char why[160];

	for (u32 i = 0; i < x->nr_findings; i++)
		predicted += x->findings[i].predicted;

	if (!x->nr_findings)
		text_add(t, "no violation");
	else
		text_add(t, "%u finding%s", x->nr_findings, x->nr_findings > 1 ? "s" : "");
	if (predicted == x->nr_findings && predicted)
		text_add(t, ", predicted");
	else if (predicted)
		text_add(t, ", %u of them predicted", predicted);
	if (explore_judge(x, why) != EXPLORE_OK || x->nr_findings)
		text_add(t, ", %s", why);
	text_add(t, ".");
}

bool check_skipped(struct explore_result *x)
{
	char why[160];

	return !x->schedules && explore_judge(x, why) == EXPLORE_OK;
}

char *check_verdict(struct explore_result *x)
{
	char buf[CHECK_COUNT_TEXT];
	struct text t = {0};

	if (check_skipped(x))
		return strdup("No schedule of it was run.");
	text_add(&t, "Explored %s%s schedule%s, %s%s: ", x->exhausted ? "all " : "",
		 check_count(x->schedules, buf), x->schedules == 1 ? "" : "s",
		 x->exhausted ? "exhausted" : "not exhausted",
		 x->interrupted ? ", interrupted" : "");
	say_findings(x, &t);
	return t.s;
}

char *check_headline(const struct explore_finding *f)
{
	struct text t = {0};

	text_add(&t, "%s%s: %.*s", f->rule, f->predicted ? " (predicted)" : "",
		 (int)strcspn(f->message, "\n"), f->message);
	return t.s;
}

/* What the verdict rests on. */
static void put_basis(struct explore_result *x, FILE *to)
{
	char buf[2][CHECK_COUNT_TEXT];
	struct text t = {0};
	bool exact;
	u64 distinct = explore_distinct(x, &exact);
	char *bound = explore_bound(x);

	/* who ran on after the first finding was there is a matter of speed */
	if (!x->first_only)
		text_add(&t, "%s%s different run%s, the longest with %s decisions.",
			 exact ? "" : "About ", check_count(distinct, buf[0]),
			 distinct == 1 ? "" : "s", check_count(x->depth_max, buf[1]));
	text_add(&t, "%s%s", t.len && *bound ? " " : "", bound);
	if (t.len)
		text_paragraph(to, t.s, 0);
	text_finish(&t);
	g_free(bound);
}

static void put_finding(const struct explore_result *x, u32 i, FILE *to)
{
	const struct explore_finding *f = &x->findings[i];
	char buf[2][CHECK_COUNT_TEXT];

	fprintf(to, "\nfinding %u: %s%s, first in schedule %s", i + 1, f->rule,
		f->predicted ? " (predicted)" : "", check_count(f->first + 1, buf[0]));
	if (!x->first_only)
		fprintf(to, ", in %s of %s", check_count(f->count, buf[0]),
			check_count(x->schedules, buf[1]));
	if (explore_expected(x, f->rule))
		fprintf(to, " (expected)");
	putc('\n', to);
	text_paragraph(to, f->message, 2);
	if (f->line)
		fprintf(to, "  at %s:%u%s%s\n", x->trace, f->line, f->task ? ", task " : "",
			f->task ? f->task : "");
	fprintf(to, "  replay: %s\n", f->replay);
}

static void put_campaign(struct explore_result *x, FILE *to)
{
	char *verdict = check_verdict(x);

	fprintf(to, "%s: %s, seed %" PRIu64 ", kernel %s, locking %s%s%s", x->trace, x->strategy,
		x->seed, x->kernel, x->locking, x->bug ? ", bug " : "", x->bug ? x->bug : "");
	if (x->nr_shards > 1)
		fprintf(to, ", shard %u of %u", x->shard + 1, x->nr_shards);
	putc('\n', to);
	if (*x->title)
		fprintf(to, "%s\n", x->title);
	putc('\n', to);
	text_paragraph(to, verdict, 0);
	put_basis(x, to);
	for (u32 i = 0; i < x->nr_findings; i++)
		put_finding(x, i, to);
	free(verdict);
}

/* Several traces have several verdicts: all of them first. */
static void put_table(const struct check_report *r, FILE *to)
{
	for (u32 i = 0; i < r->n; i++) {
		char *verdict = check_verdict(r->v[i]);
		struct text t = {0};

		text_add(&t, "%s: %s", r->v[i]->trace, verdict);
		text_paragraph(to, t.s, 0);
		text_finish(&t);
		free(verdict);
	}
	putc('\n', to);
}

void check_put_text(const struct check_report *r, FILE *to)
{
	if (r->n > 1)
		put_table(r, to);
	for (u32 i = 0; i < r->n; i++) {
		if (i)
			putc('\n', to);
		put_campaign(r->v[i], to);
	}
}
