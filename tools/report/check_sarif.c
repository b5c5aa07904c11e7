// SPDX-License-Identifier: GPL-2.0-only
/*
 * Campaigns as SARIF 2.1.0: each finding is a result at the line of the trace whose operation it
 * is about.  Its fingerprint is made of rule, lock classes and modelled functions, so that a viewer
 * knows it again in the next run.
 *
 * Findings that the trace expects are notes; what it expects and was not found is a result, too.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/check.h"
#include "tools/report/json.h"

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define MISSING_RULE "missing"

/* "GMS-LOCK-ORDER" */
static const char *rule_id(const char *rule, char buf[64])
{
	size_t n = (size_t)snprintf(buf, 64, "GMS-%s", rule);

	for (size_t i = 4; i < n && i < 63; i++) {
		if (buf[i] >= 'a' && buf[i] <= 'z')
			buf[i] = (char)(buf[i] - 'a' + 'A');
	}
	return buf;
}

/* A path as a relative reference: what a URI cannot hold is escaped. */
static void put_uri(struct json *j, const char *path)
{
	size_t len = 0;
	char *uri = malloc(3 * strlen(path) + 1);

	for (; uri && *path; path++) {
		if (strchr("-_.~/+,=@", *path) || (*path >= '0' && *path <= '9') ||
		    ((*path | 0x20) >= 'a' && (*path | 0x20) <= 'z'))
			uri[len++] = *path;
		else
			len += (size_t)sprintf(uri + len, "%%%02X", (u8)*path);
	}
	if (uri)
		uri[len] = 0;
	json_string(j, "uri", uri);
	free(uri);
}

static void put_location(struct json *j, const struct explore_result *x, u32 line)
{
	json_array(j, "locations");
	json_object(j, NULL);
	json_object(j, "physicalLocation");
	json_object(j, "artifactLocation");
	put_uri(j, x->trace);
	json_end(j);
	json_object(j, "region");
	json_u64(j, "startLine", line ? line : 1);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void put_message(struct json *j, const char *text)
{
	json_object(j, "message");
	json_string(j, "text", text);
	json_end(j);
}

static void put_finding(struct json *j, const struct explore_result *x,
			const struct explore_finding *f)
{
	char buf[64];

	json_object(j, NULL);
	json_string(j, "ruleId", rule_id(f->rule, buf));
	/* what has not happened is a warning; it fails the check all the same */
	json_string(j, "level", explore_expected(x, f->rule) ? "note" :
				f->predicted		     ? "warning" :
							       "error");
	put_message(j, f->message);
	put_location(j, x, f->line);
	json_object(j, "partialFingerprints");
	snprintf(buf, sizeof(buf), "%016" PRIx64, f->site);
	json_string(j, "gmemsimSite/v1", buf);
	json_end(j);
	json_object(j, "properties");
	json_string(j, "kind", check_kind(f));
	json_string(j, "kernel", x->kernel);
	json_string(j, "locking", x->locking);
	json_u64(j, "schedulesToFirst", f->first + 1);
	json_string(j, "replay", f->replay);
	json_end(j);
	json_end(j);
}

static void put_missing(struct json *j, struct explore_result *x)
{
	char why[160], buf[64], *verdict;

	if (explore_judge(x, why) != EXPLORE_MISSING)
		return;
	verdict = check_verdict(x);
	json_object(j, NULL);
	json_string(j, "ruleId", rule_id(MISSING_RULE, buf));
	json_string(j, "level", "error");
	put_message(j, verdict);
	put_location(j, x, 1);
	json_end(j);
	free(verdict);
}

/* Has an earlier finding the same rule? */
static bool listed(const struct check_report *r, u32 campaign, u32 finding)
{
	const char *rule = r->v[campaign]->findings[finding].rule;

	for (u32 i = 0; i <= campaign; i++) {
		u32 n = i < campaign ? r->v[i]->nr_findings : finding;

		for (u32 k = 0; k < n; k++) {
			if (strcmp(r->v[i]->findings[k].rule, rule) == 0)
				return true;
		}
	}
	return false;
}

static void put_rule(struct json *j, const char *rule)
{
	char buf[64];

	json_object(j, NULL);
	json_string(j, "id", rule_id(rule, buf));
	json_string(j, "name", rule);
	json_end(j);
}

static void put_driver(struct json *j, const struct check_report *r)
{
	bool missing = false;
	char why[160];

	json_object(j, "tool");
	json_object(j, "driver");
	json_string(j, "name", "gmemsim");
	json_array(j, "rules");
	for (u32 i = 0; i < r->n; i++) {
		for (u32 k = 0; k < r->v[i]->nr_findings; k++) {
			if (!listed(r, i, k))
				put_rule(j, r->v[i]->findings[k].rule);
		}
		missing |= explore_judge(r->v[i], why) == EXPLORE_MISSING;
	}
	if (missing)
		put_rule(j, MISSING_RULE);
	json_end(j);
	json_end(j);
	json_end(j);
}

void check_put_sarif(const struct check_report *r, FILE *to)
{
	struct json j;

	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "$schema", SARIF_SCHEMA);
	json_string(&j, "version", "2.1.0");
	json_array(&j, "runs");
	json_object(&j, NULL);
	put_driver(&j, r);
	json_array(&j, "results");
	for (u32 i = 0; i < r->n; i++) {
		for (u32 k = 0; k < r->v[i]->nr_findings; k++)
			put_finding(&j, r->v[i], &r->v[i]->findings[k]);
		put_missing(&j, r->v[i]);
	}
	json_end(&j);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	json_finish(&j);
}
