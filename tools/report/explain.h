/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/explain.h - what the parts of an explanation share.
 *
 * explain.c chooses what is shown, explain_table.c prints the columns, explain_end.c what stands
 * below them, explain_locks.c findings about locks as lockdep prints them.
 */
#ifndef TOOLS_REPORT_EXPLAIN_H
#define TOOLS_REPORT_EXPLAIN_H

#include <glib.h>

#include "tools/report/event.h"
#include "tools/report/page_watch.h"

#define EXPLAIN_COLUMNS 4

/* A task's share of the run. */
struct explain_part {
	/* written by explain.c */
	u64 nr_events;
	bool takes_part;
	u64 cpus;   /* bit mask; those from 63 on are one */
	int column; /* -1: none */
};

struct explain {
	/* constant once the table begins */
	const struct report *r;
	const struct report_story *story;
	FILE *to;
	const struct sim_finding *f; /* NULL: nothing was found */
	size_t end;		     /* events before the end of the table */
	struct explain_part *parts;  /* by task */
	u32 columns[EXPLAIN_COLUMNS]; /* task ids, ascending */
	u32 nr_columns, width;
	GHashTable *locks; /* struct explain_lock by itself */
};

/* Which columns took a lock, and how. */
struct explain_lock {
	/* constant: the key */
	u64 key;
	/* written by explain.c: bit masks of columns */
	u32 any, write;
};

/* Does the finding's message say that name, and not as a part of another one? */
bool explain_message_names(const struct explain *x, const char *name);
int explain_column(const struct explain *x, const struct sim_event *ev);
/* Is it worth a row? */
bool explain_matters(const struct explain *x, const struct sim_event *ev);

/* What stands in the column's heading: "CPU0: vcpu0". */
void explain_task_name(const struct explain *x, u32 task, struct text *t);

void explain_table(const struct explain *x);

void explain_end(const struct explain *x);

/**
 * explain_locks - a finding about the order of locks, or a deadlock, as lockdep prints it
 *
 * Return: false, and nothing printed, if it is none that can be read.
 */
bool explain_locks(const struct explain *x);

#endif
