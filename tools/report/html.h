/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/html.h - what the parts of the HTML report share.
 *
 * Every figure of a table carries its exact value as data-ns or data-n beside the rounded text.
 */
#ifndef TOOLS_REPORT_HTML_H
#define TOOLS_REPORT_HTML_H

#include "tools/report/timeline.h"

#define PAGE_COLOURS 10

struct page {
	/* written by report_html() */
	const struct report *r;
	FILE *to;
	struct timeline tl;
	sim_ns end_ns; /* of the run, at least 1 */
	GPtrArray *steps; /* names, in the order of their colours; at most PAGE_COLOURS */
};

/**
 * page_text - @s with what HTML would take for its own replaced
 */
void page_text(const struct page *p, const char *s);

/**
 * page_step_class - the CSS class with the colour of step @name: always the same in one page
 */
const char *page_step_class(const struct page *p, const char *name);

/**
 * page_charts - distributions of waits and of holds, a chart per class and mode of lock
 */
void page_charts(const struct page *p);

/**
 * page_timeline - tasks and contended locks against time
 */
void page_timeline(const struct page *p);

/**
 * page_longest_holds - the ten longest exclusive holds and the steps they were made of
 */
void page_longest_holds(const struct page *p);

#endif
