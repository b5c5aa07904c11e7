// SPDX-License-Identifier: GPL-2.0-only
/*
 * Campaigns as KTAP: a test for each trace, its findings as diagnostics before its result.
 *
 * Source: Documentation/dev-tools/ktap.rst.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/report/check.h"

/* Every line of @text as a diagnostic. */
static void put_diagnostic(FILE *to, const char *head, const char *text)
{
	while (*text) {
		int len = (int)strcspn(text, "\n");

		fprintf(to, "# %s%.*s\n", head, len, text);
		text += len + (text[len] == '\n');
	}
}

static bool put_test(struct explore_result *x, u32 number, FILE *to)
{
	char *verdict = check_verdict(x);
	char why[160];
	bool ok = explore_judge(x, why) == EXPLORE_OK;

	put_diagnostic(to, "", verdict);
	for (u32 i = 0; i < x->nr_findings; i++) {
		const struct explore_finding *f = &x->findings[i];

		fprintf(to, "# %s%s%s\n", f->rule, f->predicted ? " (predicted)" : "",
			explore_expected(x, f->rule) ? " (expected)" : "");
		put_diagnostic(to, "  ", f->message);
		if (f->line)
			fprintf(to, "#   at %s:%u\n", x->trace, f->line);
		fprintf(to, "#   replay: %s\n", f->replay);
	}
	/* a '#' in a name would begin a directive */
	fprintf(to, "%s %u ", ok ? "ok" : "not ok", number);
	for (const char *c = x->trace; *c; c++)
		putc(*c == '#' || *c == '\n' ? '_' : *c, to);
	fprintf(to, "%s\n", check_skipped(x) ? " # SKIP no schedule of it was run" : "");
	free(verdict);
	return ok;
}

void check_put_ktap(const struct check_report *r, FILE *to)
{
	u32 passed = 0, skipped = 0;

	fprintf(to, "KTAP version 1\n1..%u\n", r->n);
	for (u32 i = 0; i < r->n; i++) {
		passed += put_test(r->v[i], i + 1, to);
		skipped += check_skipped(r->v[i]);
	}
	fprintf(to, "# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n", passed - skipped,
		r->n - passed, skipped);
}
