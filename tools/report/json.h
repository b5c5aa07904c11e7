/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/json.h - a JSON writer: order of keys is order of calls, no tree in memory.
 *
 * Invariants: every begin has its end (asserted at json_finish()); keys are given in objects and
 * only there; text that is not UTF-8 comes out as U+FFFD, so the output always is.
 */
#ifndef TOOLS_REPORT_JSON_H
#define TOOLS_REPORT_JSON_H

#include <stdio.h>

#include "sim/types.h"

#define JSON_DEPTH_MAX 16

struct json {
	/* written by the json_*() functions only */
	FILE *to;
	u32 depth;
	u32 flat; /* depth from which on everything stays on one line; 0 = nowhere */
	bool empty;
	bool array[JSON_DEPTH_MAX + 1];
};

void json_init(struct json *j, FILE *to);

/**
 * json_object / json_array - open a container
 * @key: its name in the surrounding object; NULL in an array and at the top
 */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);

/**
 * json_flat_object - an object that is printed on one line, with all it contains
 */
void json_flat_object(struct json *j, const char *key);

/**
 * json_end - close the innermost container
 */
void json_end(struct json *j);

void json_string(struct json *j, const char *key, const char *value); /* NULL prints null */
void json_u64(struct json *j, const char *key, u64 value);
void json_bool(struct json *j, const char *key, bool value);

/* A 64-bit word as a string, "0x0123456789abcdef": readers that use doubles keep all of it. */
void json_hex(struct json *j, const char *key, u64 value);

/**
 * json_finish - end the text with a newline
 */
void json_finish(struct json *j);

#endif
