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

/* A small trace, or the workload itself, explored under a design. */
struct compare_check {
	/* written by "compare"; strings are its own */
	char *trace, *locking; /* the strategy with the trace's sizes: chunk:4K */
	u64 schedules;
	bool exhausted;	 /* there are no others: a proof, for that trace and that design */
	char **violated; /* rules that were broken, unexpectedly; ends in NULL */
	char *unexplored; /* why it could not be explored; NULL: it was */
};

/* A trace under a design. */
struct compare_row {
	/* written by "compare"; strings are its own */
	char *trace;
	char *kernel, *locking;
	char *refused; /* why there is no such row; NULL: there is */

	u64 sim_ns;
	u64 converts, convert_total_ns; /* operations that convert, and how long they took in all */
	u64 convert_errors;
	u64 convert_pages; /* pages of 4K whose attribute they have changed */
	struct hist invalidate_hold; /* exclusive holds of the file's lock */
	struct hist vcpu_stall;	     /* over the vCPUs: the longest stall of each */
	char *stalled, *lock, *holder, *step; /* the longest of them; NULL: nobody stalled */
	struct watchdog_distance distance[WATCHDOG_NR]; /* who was stuck where: not kept */

	char **found;	 /* rules that the timed run found, unexpectedly; ends in NULL */
	char **violated; /* rules that exploration found, unexpectedly; ends in NULL */
	u64 schedules;	 /* that were explored; 0: not tried */
	bool exhausted;	 /* there are no others, of any of the traces */
	char *unexplored; /* why one of the traces could not be explored; NULL: all were */
	struct compare_check *check; /* one for each trace */
	u32 nr_checks;
};

struct compare {
	/* written by "compare" */
	struct compare_row *row;
	u32 nr;
	char **checked; /* the traces that were explored; ends in NULL */
};

/* "proved 31,263", "explored 4,000", "2 violations": what exploration says of a design. */
#define COMPARE_WORD 32
const char *compare_verdict(const struct compare_row *row, char buf[COMPARE_WORD]);

/* Bytes converted in a second of conversions; 0: none were. */
u64 compare_bytes_per_s(const struct compare_row *row);

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
