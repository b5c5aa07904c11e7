/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/compare.h - one workload under many designs: what each costs, what breaks.
 *
 * Plain data and its emitters.  "compare" makes it; see tools/cmd_compare.c.
 */
#ifndef TOOLS_REPORT_COMPARE_H
#define TOOLS_REPORT_COMPARE_H

#include <stdio.h>

#include "sim/hist.h"
#include "sim/watchdog.h"

/* A trace under a design. */
struct compare_row {
	/* written by "compare"; strings are its own */
	char *trace;
	char *kernel, *locking;
	char *refused; /* why there is no such row; NULL: there is */

	u64 sim_ns;
	u64 converts, convert_total_ns; /* operations that convert, and how long they took in all */
	u64 convert_errors;
	struct hist invalidate_hold; /* exclusive holds of the file's lock */
	struct hist vcpu_stall;	     /* over the vCPUs: the longest stall of each */
	char *stalled, *lock, *holder, *step; /* the longest of them; NULL: nobody stalled */
	struct watchdog_distance distance[WATCHDOG_NR]; /* who was stuck where: not kept */

	char **found;	 /* rules that the timed run found, unexpectedly; ends in NULL */
	char **violated; /* rules that exploration found, unexpectedly; ends in NULL */
	u64 schedules;	 /* that were explored; 0: not tried */
	bool exhausted;	 /* there are no others */
	char *unexplored; /* why one of the traces could not be explored; NULL: all were */
};

struct compare {
	/* written by "compare" */
	struct compare_row *row;
	u32 nr;
	char **checked; /* the traces that were explored; ends in NULL */
};

/* "ok", "exhausted", "2 rules": what exploration says of a design. */
#define COMPARE_WORD 32
const char *compare_verdict(const struct compare_row *row, char buf[COMPARE_WORD]);

/**
 * compare_text - a table of at most 100 columns, and under it what was found
 */
void compare_text(const struct compare *c, FILE *to);

/**
 * compare_json - design.md section 7, "compare --json"
 */
void compare_json(const struct compare *c, FILE *to);

/**
 * compare_html - the table as a heat map, self-contained
 */
void compare_html(const struct compare *c, FILE *to);

void compare_finish(struct compare *c);

#endif
