/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/protobuf.h - write protocol buffers, no more of them than a trace needs.
 *
 * A message is built in memory, a part of another one first, and copied into it with its length.
 * Upstream: the encoding, protobuf.dev/programming-guides/encoding
 */
#ifndef TOOLS_REPORT_PROTOBUF_H
#define TOOLS_REPORT_PROTOBUF_H

#include <glib.h>
#include <string.h>

#include "sim/types.h"

enum pb_wire { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2 };

static inline void pb_varint(GByteArray *m, u64 v)
{
	u8 buf[10];
	u32 n = 0;

	do {
		buf[n++] = (u8)(v | 0x80);
		v >>= 7;
	} while (v);
	buf[n - 1] &= 0x7f;
	g_byte_array_append(m, buf, n);
}

static inline void pb_tag(GByteArray *m, u32 field, enum pb_wire wire)
{
	pb_varint(m, (u64)field << 3 | wire);
}

static inline void pb_u64(GByteArray *m, u32 field, u64 v)
{
	pb_tag(m, field, PB_VARINT);
	pb_varint(m, v);
}

static inline void pb_fixed64(GByteArray *m, u32 field, u64 v)
{
	u64 le = GUINT64_TO_LE(v);

	pb_tag(m, field, PB_FIXED64);
	g_byte_array_append(m, (const u8 *)&le, sizeof(le));
}

static inline void pb_bytes(GByteArray *m, u32 field, const void *p, size_t len)
{
	pb_tag(m, field, PB_BYTES);
	pb_varint(m, len);
	g_byte_array_append(m, p, (guint)len);
}

static inline void pb_string(GByteArray *m, u32 field, const char *s)
{
	pb_bytes(m, field, s, strlen(s));
}

/* @part becomes a field of @m, and is empty again. */
static inline void pb_message(GByteArray *m, u32 field, GByteArray *part)
{
	pb_bytes(m, field, part->data, part->len);
	g_byte_array_set_size(part, 0);
}

#endif
