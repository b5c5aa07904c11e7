/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/out.h - output files that appear whole or not at all.
 *
 * Text goes to a temporary file beside the target, which is renamed over it when all of it has
 * been written.  "-" is standard output, without the temporary file.
 *
 * Invariants: nothing is visible under the target's name before out_commit() returned 0; after an
 * error the temporary file is gone.
 */
#ifndef TOOLS_OUT_H
#define TOOLS_OUT_H

#include <stdbool.h>
#include <stdio.h>

struct out {
	/* written by out_open() and the two that end it */
	FILE *to;
	char *path;
	char *temp; /* NULL for standard output */
};

/**
 * out_open - begin to write a file
 * @path: the target, or "-"
 *
 * Return: 0, or a negative errno with nothing to undo.
 */
int out_open(struct out *out, const char *path);

/**
 * out_commit - flush, and give the file its name
 *
 * Return: 0, or a negative errno; either way @out is finished.
 */
int out_commit(struct out *out);

/**
 * out_abort - drop what has been written
 */
void out_abort(struct out *out);

#endif
