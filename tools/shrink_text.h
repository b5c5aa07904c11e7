/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/shrink_text.h - what a trace can do without, as changes of its text.
 *
 * The text is in canonical form and has no comments in its sections, so that a line is a section's
 * header, a setting, an operation, or the begin or end of a block.
 *
 * Invariant: a change keeps the number of lines: a finding that comes up between two operations is
 * known by its line.
 */
#ifndef TOOLS_SHRINK_TEXT_H
#define TOOLS_SHRINK_TEXT_H

#include <glib.h>

#include "sim/types.h"

enum shrink_change {
	SHRINK_TASK,	/* a section is gone: a task, */
	SHRINK_SECTION, /* or another that not every trace has */
	SHRINK_LINE,	/* an operation, a block, a condition or a setting is gone */
	SHRINK_UNWRAP,	/* a block's content stands there once, without the block */
	SHRINK_HALVE,	/* it is repeated half as often */
};

/* Lines that can go, or be made less of. */
struct shrink_unit {
	/* constant */
	enum shrink_change change;
	u32 first, n; /* lines */
};

/**
 * shrink_units - of one kind or several, in the order of the lines
 * @changes: bit mask of the kinds that are wanted
 *
 * Return: an array of struct shrink_unit.
 */
GArray *shrink_units(char *const *lines, u32 changes);

/**
 * shrink_apply - the text after a change, or several that take lines out
 */
char *shrink_apply(char *const *lines, const struct shrink_unit *units, u32 n);

/**
 * shrink_spread - each task of "[task vcpu0..vcpu3]" as a section of its own
 */
char *shrink_spread(const char *text);

/**
 * shrink_close_gaps - an empty line between sections, none elsewhere
 */
char *shrink_close_gaps(const char *text);

#endif
