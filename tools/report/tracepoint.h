/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/tracepoint.h - recorded events as the kernel's binary trace records, with the format
 * files that tell readers what is in them.
 *
 * What perf.data and trace.dat have in common: "tracing data", which libtraceevent reads, and
 * records that begin with the fields all tracepoints have.
 *
 * Upstream: include/trace/events/lock.h, sched.h; Documentation/trace/events.rst, "format"
 */
#ifndef TOOLS_REPORT_TRACEPOINT_H
#define TOOLS_REPORT_TRACEPOINT_H

#include <glib.h>

#include "tools/report/event.h"

/* The number of an event's format; the kernel's own are where its build puts them. */
#define TRACEPOINT_ID(type) (300 + (u32)(type))

/**
 * tracepoint_known - is there a format for events of this type?
 */
bool tracepoint_known(const struct report *r, u32 type);

/**
 * tracepoint_put_tracing_data - append magic, header formats, event formats and the tasks' names
 * @version: of the whole, as text; from "0.6" on there are names
 */
void tracepoint_put_tracing_data(const struct report *r, const char *version, GByteArray *to);

/**
 * tracepoint_put_record - append one event; its length is a multiple of 4
 */
void tracepoint_put_record(const struct report *r, const struct sim_event *ev, GByteArray *to);

static inline void bytes_u16(GByteArray *to, u16 v)
{
	g_byte_array_append(to, (const u8 *)&v, sizeof(v));
}

static inline void bytes_u32(GByteArray *to, u32 v)
{
	g_byte_array_append(to, (const u8 *)&v, sizeof(v));
}

static inline void bytes_u64(GByteArray *to, u64 v)
{
	g_byte_array_append(to, (const u8 *)&v, sizeof(v));
}

/* Up to a multiple of @align, with zeroes. */
static inline void bytes_align(GByteArray *to, guint align)
{
	static const u8 none[8];

	while (to->len % align)
		g_byte_array_append(to, none, min(align - to->len % align, (guint)sizeof(none)));
}

#endif
