// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report says of costs: how sure one is of what a run was computed from, and what changes
 * if one is not.
 *
 * Invariant: every figure of the text is in the JSON, too; a cost that the run has not charged is
 * in neither.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/report/json.h"
#include "tools/report/report.h"
#include "tools/report/text.h"

const char *report_cost_source(enum cost_source kind)
{
	static const char *const names[COST_SOURCE_NR] = {
		[COST_SOURCE_MEASURED] = "measured", [COST_SOURCE_PUBLISHED] = "published",
		[COST_SOURCE_DERIVED] = "derived",   [COST_SOURCE_ASSUMED] = "assumed",
		[COST_SOURCE_STATED] = "stated",
	};

	return names[kind];
}

bool report_cost_doubtful(enum cost_source kind)
{
	return kind >= COST_SOURCE_DERIVED;
}

/* "70 ns", "600 ns to 2.00 us" */
static const char *value_text(const struct sim_dist *d, char *buf, size_t size)
{
	char a[REPORT_NS_TEXT], b[REPORT_NS_TEXT];

	if (d->kind == DIST_CONST)
		snprintf(buf, size, "%s", report_ns(d->a_ns, a));
	else
		snprintf(buf, size, d->kind == DIST_UNIFORM ? "%s to %s" : "%s, p99 %s",
			 report_ns(d->a_ns, a), report_ns(d->b_ns, b));
	return buf;
}

/* "31 costs were charged: 4 measured, 11 derived, 16 assumed." */
void report_put_costs(const struct report *r, FILE *to)
{
	u32 nr[COST_SOURCE_NR] = {0};
	struct text t = {0};
	const char *before = ": ";

	if (!r->nr_costs)
		return;
	for (u32 i = 0; i < r->nr_costs; i++)
		nr[r->costs[i].kind]++;
	text_add(&t, "%u cost%s charged", r->nr_costs, r->nr_costs > 1 ? "s were" : " was");
	for (u32 k = 0; k < COST_SOURCE_NR; k++) {
		if (!nr[k])
			continue;
		text_add(&t, "%s%u %s", before, nr[k], report_cost_source(k));
		before = ", ";
	}
	text_add(&t, ".%s", r->sensitivity ? "" : " `run --sensitivity` says which matter.");
	putc('\n', to);
	text_paragraph(to, t.s, 0);
	text_finish(&t);
}

void report_json_costs(struct json *j, const struct report *r)
{
	char value[64];

	json_array(j, "costs");
	for (u32 i = 0; i < r->nr_costs; i++) {
		const struct cost_use *c = &r->costs[i];

		json_object(j, NULL);
		json_string(j, "cost", c->desc->name);
		json_string(j, "kind", report_cost_source(c->kind));
		json_string(j, "value", value_text(&c->dist, value, sizeof(value)));
		json_string(j, "per", c->desc->unit);
		json_string(j, "source", c->source);
		json_end(j);
	}
	json_end(j);
}

/* --- sensitivity --- */

#define SHARE_TEXT 32

static const char *share_text(u64 permille, char buf[SHARE_TEXT])
{
	snprintf(buf, SHARE_TEXT, "%" PRIu64 ".%" PRIu64 " %%", permille / 10, permille % 10);
	return buf;
}

static bool moves(const struct report_verdict *a, const struct report_verdict *b)
{
	u64 diff = a->near_ns > b->near_ns ? a->near_ns - b->near_ns : b->near_ns - a->near_ns;

	return diff > a->near_ns / 100 || strcmp(a->findings, b->findings) != 0;
}

/* "guest-rcu-stall +1": the first, and how many more. */
static const char *some(const char *findings, char buf[SHARE_TEXT])
{
	size_t first = strcspn(findings, ",");
	u32 more = 0;

	for (const char *p = findings + first; *p; p++)
		more += *p == ',';
	snprintf(buf, SHARE_TEXT, more ? "%.*s +%u" : "%.*s", (int)min(first, (size_t)18),
		 findings, more);
	return buf;
}

static void put_row(const struct report_sensitivity *s, FILE *to)
{
	char value[64], ns[2][REPORT_NS_TEXT], found[2][SHARE_TEXT];

	fprintf(to, "%-20.20s %-9s %12.12s %8s %-21.21s %8s %.21s\n", s->name,
		s->use ? report_cost_source(s->use->kind) : "-",
		s->use ? value_text(&s->use->dist, value, sizeof(value)) : "-",
		report_ns(s->halved.near_ns, ns[0]), some(s->halved.findings, found[0]),
		report_ns(s->doubled.near_ns, ns[1]), some(s->doubled.findings, found[1]));
}

void report_put_sensitivity(const struct report *r, FILE *to)
{
	const struct report_verdict *base = &r->verdict;
	u32 nr = 0, changes = 0, quiet = 0;
	struct text t = {0};
	char share[SHARE_TEXT], ns[REPORT_NS_TEXT];

	if (!r->sensitivity)
		return;
	for (u32 i = 0; i < r->nr_sensitivity; i++) {
		nr += r->sensitivity[i].use != NULL;
		changes += r->sensitivity[i].use && r->sensitivity[i].changes;
	}
	text_add(&t, "Sensitivity: the verdict is %s, at %s (%s) of the closest watchdog",
		 strcmp(base->findings, "none") ? base->findings : "no findings",
		 share_text(base->permille, share), report_ns(base->near_ns, ns));
	text_add(&t, "%s%s. %u of %u costs that are derived, assumed or stated change it when they "
		 "are halved or doubled.",
		 base->rule ? ", " : "", base->rule ? base->rule : "", changes, nr);
	putc('\n', to);
	text_paragraph(to, t.s, 0);
	text_finish(&t);
	fprintf(to, "%-20s %-9s %12s %8s %-21s %8s %s\n", "cost", "source", "value", "halved",
		"findings", "doubled", "findings");
	for (u32 i = 0; i < r->nr_sensitivity; i++) {
		const struct report_sensitivity *s = &r->sensitivity[i];

		if (!s->use || s->changes || moves(base, &s->halved) || moves(base, &s->doubled))
			put_row(s, to);
		else
			quiet++;
	}
	if (quiet)
		fprintf(to, "%u more move nothing by a hundredth.\n", quiet);
}

static void json_verdict(struct json *j, const char *key, const struct report_verdict *v)
{
	json_flat_object(j, key);
	json_string(j, "findings", v->findings);
	json_string(j, "closest", v->rule);
	json_u64(j, "permille", v->permille);
	json_u64(j, "max_ns", v->near_ns);
	json_u64(j, "sim_ns", v->sim_ns);
	json_end(j);
}

void report_json_sensitivity(struct json *j, const struct report *r)
{
	if (!r->sensitivity)
		return;
	json_object(j, "sensitivity");
	json_verdict(j, "as_stated", &r->verdict);
	json_array(j, "costs");
	for (u32 i = 0; i < r->nr_sensitivity; i++) {
		const struct report_sensitivity *s = &r->sensitivity[i];

		json_object(j, NULL);
		json_string(j, "cost", s->name);
		json_string(j, "kind", s->use ? report_cost_source(s->use->kind) : NULL);
		json_verdict(j, "halved", &s->halved);
		json_verdict(j, "doubled", &s->doubled);
		json_bool(j, "changes_verdict", s->changes);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}
