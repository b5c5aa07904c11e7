/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/text.h - paragraphs and columns of the terminal report: mail-safe, at most 100 wide.
 *
 * Invariant: no line is longer than TEXT_WIDTH unless a single word is.
 */
#ifndef TOOLS_REPORT_TEXT_H
#define TOOLS_REPORT_TEXT_H

#include <stdio.h>

#include "sim/types.h"

#define TEXT_WIDTH 100

/* A growing string; text_finish() frees it. */
struct text {
	/* written by the text_*() functions only */
	char *s;
	size_t len, cap;
};

void text_add(struct text *t, const char *fmt, ...) __printf(2, 3);
void text_finish(struct text *t);

/**
 * text_paragraph - print @s broken at blanks; line breaks in it are kept
 * @indent: columns before every line
 */
void text_paragraph(FILE *to, const char *s, u32 indent);

#endif
