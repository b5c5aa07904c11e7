/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/page_watch.h - a run on the virtual engine looked at from outside while it goes on:
 * where each task is when an event is recorded, and what becomes of one page.
 *
 * A search is looked at between all its steps, other runs when they record an event: what changes
 * in between is said to be the doing of who records it.
 *
 * Invariant: the run does not notice.
 */
#ifndef TOOLS_REPORT_PAGE_WATCH_H
#define TOOLS_REPORT_PAGE_WATCH_H

#include <glib.h>

#include "model/page_view.h"
#include "sim/explore.h"
#include "tools/report/text.h"

/* A page of a guest. */
struct watch_place {
	/* written by page_watch_find_place() */
	char vm[SIM_TASK_NAME]; /* "": none */
	u64 gfn;
};

/* Where a task was, in functions. */
struct watch_stack {
	/* constant; outermost first */
	const char *const *frame;
	u32 nr;
};

enum watch_kind {
	WATCH_CHANGED, /* something about the page is not as it was */
	WATCH_READS,   /* is about to read something that is known */
	WATCH_STOPS,   /* somebody else goes on */
};

/* Something that is no event, behind those recorded so far. */
struct watch_moment {
	/* constant */
	size_t at; /* that many events were there before */
	u32 task;
	enum watch_kind kind;
	enum page_view_object object; /* that is read */
	bool inside; /* WATCH_CHANGED: in the last of these functions, as far as is known */
	struct watch_stack stack;
	char *text;
};

/* Everybody's place when something was found. */
struct watch_finding {
	/* constant */
	size_t at; /* number of the event */
	struct watch_stack *stack; /* by task */
	struct page_view view;
	bool has_view;
};

/* About an event. */
struct watch_point {
	/* constant */
	struct watch_stack stack;
	u32 line; /* of the operation, in the trace */
};

struct page_watch {
	struct explorer ex;
	/* constant while it runs */
	struct explorer_ops ops;
	struct explorer *inner; /* who decides; NULL: not a search */
	struct sim *sim;
	struct watch_place place;
	/* written while it runs */
	bool has_view;
	struct page_view first, now;
	GArray *points;	  /* struct watch_point, by event */
	GArray *moments;  /* struct watch_moment */
	GArray *findings; /* struct watch_finding */
	GStringChunk *memory;
	GHashTable *stacks; /* by content */
	u64 nr_invalidations; /* changes of the sequence or the count */
	u64 nr_conversions;   /* changes of the attribute */
};

/**
 * page_watch_find_place - which page is a finding about?  Asked after a run that has it.
 *
 * Return: false if its message names none and no page is mapped.
 */
bool page_watch_find_place(struct sim *sim, const char *message, struct watch_place *out);

/**
 * page_watch_begin - look at @sim, which has not run yet
 * @place: a page, or none
 */
void page_watch_begin(struct page_watch *w, struct sim *sim, const struct watch_place *place);
void page_watch_finish(struct page_watch *w);

/**
 * page_watch_view_text - append the page and what leads to it: "shared; in the file: page 0x1; ..."
 */
void page_watch_view_text(struct text *t, const struct page_view *v);

#endif
