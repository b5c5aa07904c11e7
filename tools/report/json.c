// SPDX-License-Identifier: GPL-2.0-only
/*
 * A JSON writer.  See json.h.
 */
#include <inttypes.h>

#include "sim/sim.h"
#include "tools/report/json.h"

void json_init(struct json *j, FILE *to)
{
	*j = (struct json){.to = to, .empty = true};
}

/* Length of the UTF-8 sequence at @s, or 0 if it is none (overlong and surrogates included). */
static u32 utf8_len(const unsigned char *s)
{
	u32 n, c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	c = s[0] & (0xffu >> (n + 1));
	for (u32 i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) ||
	    (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return n;
}

static void put_string(FILE *to, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putc('"', to);
	while (*s) {
		u32 n = utf8_len(s);

		if (n == 0) {
			fputs("\\ufffd", to);
			s++;
			continue;
		}
		if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", to);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(to, "\\u%04x", *s);
		else
			fwrite(s, 1, n, to);
		s += n;
	}
	putc('"', to);
}

static bool is_flat(const struct json *j)
{
	return j->flat && j->depth >= j->flat;
}

static void newline(struct json *j)
{
	putc('\n', j->to);
	for (u32 i = 0; i < j->depth; i++)
		fputs("  ", j->to);
}

/* What stands before a value: comma, line break, key. */
static void begin_value(struct json *j, const char *key)
{
	SIM_ASSERT((key != NULL) == (j->depth > 0 && !j->array[j->depth]));
	if (!j->empty)
		putc(',', j->to);
	if (j->depth && !is_flat(j))
		newline(j);
	else if (!j->empty)
		putc(' ', j->to);
	j->empty = false;
	if (key) {
		put_string(j->to, key);
		fputs(": ", j->to);
	}
}

static void begin_container(struct json *j, const char *key, bool array)
{
	begin_value(j, key);
	SIM_ASSERT(j->depth < JSON_DEPTH_MAX);
	putc(array ? '[' : '{', j->to);
	j->array[++j->depth] = array;
	j->empty = true;
}

void json_object(struct json *j, const char *key)
{
	begin_container(j, key, false);
}

void json_array(struct json *j, const char *key)
{
	begin_container(j, key, true);
}

void json_flat_object(struct json *j, const char *key)
{
	begin_container(j, key, false);
	if (!j->flat)
		j->flat = j->depth;
}

void json_end(struct json *j)
{
	bool array = j->array[j->depth];
	bool flat = is_flat(j);

	SIM_ASSERT(j->depth > 0);
	if (j->flat == j->depth)
		j->flat = 0;
	j->depth--;
	if (!j->empty && !flat)
		newline(j);
	putc(array ? ']' : '}', j->to);
	j->empty = false;
}

void json_string(struct json *j, const char *key, const char *value)
{
	begin_value(j, key);
	if (value)
		put_string(j->to, value);
	else
		fputs("null", j->to);
}

void json_u64(struct json *j, const char *key, u64 value)
{
	begin_value(j, key);
	fprintf(j->to, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	fputs(value ? "true" : "false", j->to);
}

void json_hex(struct json *j, const char *key, u64 value)
{
	begin_value(j, key);
	fprintf(j->to, "\"0x%016" PRIx64 "\"", value);
}

void json_finish(struct json *j)
{
	SIM_ASSERT(j->depth == 0);
	putc('\n', j->to);
}
