/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/check.h - the results of campaigns in the formats that people and machines read.
 *
 * Invariant: apart from wall_ns, each text is a function of the results alone: no time, no
 * directory, no machine's name.
 */
#ifndef TOOLS_REPORT_CHECK_H
#define TOOLS_REPORT_CHECK_H

#include <stdio.h>

#include "tools/explore/result.h"

/* Campaigns in the order of the command line. */
struct check_report {
	/* written by the caller */
	struct explore_result **v;
	u32 n;
};

struct check_format {
	const char *name;
	void (*put)(const struct check_report *r, FILE *to);
};

/* text, ktap, junit, sarif; name is NULL past the end. */
extern const struct check_format check_formats[];

void check_put_text(const struct check_report *r, FILE *to);
void check_put_json(const struct check_report *r, FILE *to);
void check_put_ktap(const struct check_report *r, FILE *to);
void check_put_junit(const struct check_report *r, FILE *to);
void check_put_sarif(const struct check_report *r, FILE *to);

/**
 * check_read - the JSON of campaigns, added to a report
 * @r: zeroed, or with what was read before; for check_report_finish() in any case
 * @why: receives what is wrong
 */
bool check_read(const char *text, size_t len, struct check_report *r, char why[160]);
void check_report_finish(struct check_report *r);

/* --- shared by the emitters --- */

#define CHECK_COUNT_TEXT 32

/**
 * check_count - "12,345"
 *
 * Return: @buf
 */
const char *check_count(u64 n, char buf[CHECK_COUNT_TEXT]);

/* Nothing was run that could have been found fault with: a shard without schedules, no time. */
bool check_skipped(struct explore_result *x);

/**
 * check_verdict - one campaign in a sentence
 *
 * Return: text for free()
 */
char *check_verdict(struct explore_result *x);

/* "happened" or "predicted" */
const char *check_kind(const struct explore_finding *f);

/* "deadlock: circular wait: 2 tasks wait for each other": a finding in a line, for free(). */
char *check_headline(const struct explore_finding *f);

#endif
