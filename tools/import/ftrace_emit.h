/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/import/ftrace_emit.h - what the two files that write a trace share: the head in
 * ftrace_head.c, machine and tasks in ftrace_emit.c.
 */
#ifndef TOOLS_IMPORT_FTRACE_EMIT_H
#define TOOLS_IMPORT_FTRACE_EMIT_H

#include "tools/import/ftrace.h"

struct emitter {
	/* constant but for the text and the names, which grow */
	const struct ft_capture *c;
	const struct ft_story *s;
	const struct import_options *opt;
	enum import_prefill prefill;
	u64 warm_up_ns;
	GString *out;
	GHashTable *names; /* of tasks, in use */
	u64 skipped_mmaps;
};

void ft_add_size(GString *g, u64 bytes);
void ft_add_time(GString *g, u64 ns);

/* Provenance, what was inferred and dropped, the real figures, title, machine, design, costs. */
void ft_add_head(struct emitter *e);

#endif
