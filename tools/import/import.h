/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/import/import.h - recordings of real kernels as traces.
 *
 * An importer reads text that anybody may have written: whatever it is, the answer is a trace or an
 * error with a place, and memory is bounded by the limits below.
 */
#ifndef TOOLS_IMPORT_IMPORT_H
#define TOOLS_IMPORT_IMPORT_H

#include <stddef.h>
#include <stdio.h>

#include "sim/types.h"

#define IMPORT_LINE_MAX	  65536u       /* bytes in one line */
#define IMPORT_BYTES_MAX  (1ull << 30) /* bytes of text, unpacked */
#define IMPORT_EVENTS_MAX (8u << 20)
#define IMPORT_TASKS_MAX  1024u
#define IMPORT_OPS_MAX	  (1u << 20)

/* How much of the file was there, and mapped, before the recording began. */
enum import_prefill {
	PREFILL_INFER,	   /* as the recorded removals show */
	PREFILL_NONE,	   /* empty */
	PREFILL_ALLOCATED, /* allocated, never written */
	PREFILL_PRESENT,   /* written, not mapped in the process */
	PREFILL_MAPPED,	   /* written and mapped */
};

/* Were the threads bound to CPUs? */
enum import_pinning {
	PINNING_INFER, /* yes, if none that worked was seen on a second CPU */
	PINNING_YES,
	PINNING_NO,
};

/* What the recording cannot say and the person who made it knows. */
struct import_assume {
	/* written by import_assume_parse() */
	u64 size_bytes; /* of the file; 0: as far as the operations reach */
	enum import_prefill prefill;
	enum import_pinning pinning;
	u32 faulters; /* that many threads touch pages all the time */
	u32 pinners;  /* ... take and drop page references */
	u64 pin_bytes;
	bool random;		     /* order of the pages they touch */
	u64 touch_from, touch_to;    /* file range they touch; 0, 0: all of it */
	u64 slot_offset, slot_bytes; /* of the memslot that recorded ioctls add and remove */
	u64 mmap_bytes;		     /* of recorded mmap() calls */
};

struct import_options {
	/* written by the caller */
	const char *source;   /* what to call the recording in the trace's head */
	const char *title;    /* NULL: made from the source */
	const char *comments; /* quoted in the trace's head, or NULL */
	const char *costs;    /* cost file to include, or NULL */
	u32 cpus;	      /* of the recorded machine; 0: as many as appear */
	struct import_assume assume;
};

struct import_error {
	/* written by the importer */
	u32 line, col; /* 0: the file as a whole */
	char message[160];
};

/**
 * import_assume_parse - "size=32M prefill=mapped faulters=4 random"
 *
 * Return: false with a message in @err, whose col counts in @text.
 */
bool import_assume_parse(const char *text, struct import_assume *assume, struct import_error *err);

/**
 * import_ftrace_buf / import_ftrace_file - ftrace text, or trace-cmd's report of it, as a trace
 * @path: may be packed with gzip; "-" is standard input
 *
 * Return: the text of a trace, to be free()d, or NULL with @err set.
 */
char *import_ftrace_buf(const char *buf, size_t len, const struct import_options *opt,
			struct import_error *err);
char *import_ftrace_file(const char *path, const struct import_options *opt,
			 struct import_error *err);

#endif
