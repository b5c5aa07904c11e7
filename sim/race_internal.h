/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/race_internal.h - the race detector's tables; race.c judges, race_map.c stores, race_report.c
 * tells.
 *
 * Everything here is made anew by each run and forgotten at the next one's begin, without being
 * freed: a campaign makes a hundred thousand runs that need the same memory.  It is no part of the
 * simulation's own memory, so a checkpoint does not copy it.
 */
#ifndef SIM_RACE_INTERNAL_H
#define SIM_RACE_INTERNAL_H

#include "sim/core.h"
#include "sim/race.h"

struct race_block;

/* Memory that is only ever forgotten as a whole. */
struct race_arena {
	/* written by the running task */
	struct race_block *first, *cur;
	size_t used; /* of cur */
};

struct race_slot {
	/* written by the running task */
	u64 key;
	void *value;
	u32 gen; /* of the run that filled it */
};

/* From a number to what is known about it. */
struct race_map {
	/* written by the running task */
	struct race_slot *slot;
	u32 cap; /* a power of 2 */
	u32 nr;
	u32 gen;
};

#define RACE_MAX_HELD	16
#define RACE_MAX_FRAMES SIM_MAX_FRAMES

struct race_held {
	/* constant */
	const struct lock_class *class;
	u32 id;
	u8 mode;
};

/* Where and how an access was made; one object for all that agree in it. */
struct race_context {
	/* constant */
	struct race_context *next; /* with the same hash */
	const char *what;
	u32 bytes;
	u32 task, cpu;
	u32 line; /* of the user's, see struct task */
	u8 how;	  /* enum race_access */
	u8 nr_frames, nr_held;
	bool more_held; /* than are here */
	u64 site;
	struct race_held held[RACE_MAX_HELD];
	const char *frame[]; /* outermost first */
};

struct race_last {
	/* written by the running task */
	u32 clock; /* of its task; 0: never */
	struct race_context *context;
};

#define RACE_NOBODY UINT32_MAX
#define RACE_MANY   (UINT32_MAX - 1)

/* The accesses of one kind to a field that may still race: the last, or the last of each task. */
struct race_history {
	/* written by the running task */
	u32 task; /* RACE_NOBODY, or RACE_MANY: see all */
	struct race_last last;
	struct race_last *all; /* by task */
};

/* A field, or an address that stands for something that is released and acquired; or both. */
struct race_cell {
	/* written by the running task */
	struct race_history of[RACE_KINDS];
	u32 *released; /* vector clock of what was released there, or NULL */
};

struct race_lock {
	/* written by the running task; vector clocks */
	u32 *released; /* for everybody */
	u32 *shared;   /* by readers: for writers */
};

#define RACE_LINES	 4096
#define RACE_LINE_SHIFT	 6
#define RACE_MAX_REPORTS 64

struct race_detector {
	/* constant during a run */
	u32 nr_tasks;
	u32 **clock; /* by task: its vector clock */

	/* written by the running task */
	struct race_arena arena;
	struct race_map cells;	  /* by address */
	struct race_map locks;	  /* by class and number */
	struct race_map contexts; /* by hash */
	u64 lines[RACE_LINES / 64]; /* hashed cache lines that have a cell */
	u64 reported[RACE_MAX_REPORTS];
	u32 nr_reported;
};

void *race_alloc(struct race_arena *a, size_t bytes);
void race_arena_reset(struct race_arena *a);
void race_arena_exit(struct race_arena *a);

bool race_map_init(struct race_map *m);
void race_map_reset(struct race_map *m);
void *race_map_find(const struct race_map *m, u64 key);
/* @key is not there. */
void race_map_add(struct race_map *m, u64 key, void *value);

struct race_context *race_context(struct race_detector *d, struct task *me, u32 bytes,
				  enum race_access how, const char *what);
void race_report(struct task *me, const struct race_context *now, const struct race_context *then);

#endif
