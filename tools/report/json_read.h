/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/report/json_read.h - JSON as a tree, for what json.h has written.
 *
 * Numbers are unsigned integers, which is all we write.  A key that is not there reads as nothing:
 * whoever needs it checks; nothing here fails after json_parse() has succeeded.
 *
 * Invariant: text of any kind gives a tree or a message with its place, never more than
 * JSON_READ_DEPTH levels.
 */
#ifndef TOOLS_REPORT_JSON_READ_H
#define TOOLS_REPORT_JSON_READ_H

#include <stddef.h>

#include "sim/types.h"

#define JSON_READ_DEPTH 32

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
	/* constant after json_parse() */
	enum json_kind kind;
	char *key;  /* in an object; else NULL */
	char *text; /* of a string */
	u64 number; /* of a number; a bool is 0 or 1 */
	struct json_value *child; /* first of an array or object */
	struct json_value *next;  /* in the container around it */
};

/**
 * json_parse - a whole text
 * @why: receives "line 3: a value is missing"
 *
 * Return: the tree, for json_free(); NULL if it is not JSON, or has fractions or signs.
 */
struct json_value *json_parse(const char *text, size_t len, char why[160]);
void json_free(struct json_value *v);

/* NULL if @v is no object (or NULL), or has no such key. */
const struct json_value *json_get(const struct json_value *v, const char *key);

/* "" if it is not there, or no string. */
const char *json_get_string(const struct json_value *v, const char *key);

/* A number, or a string "0x..."; @otherwise if it is neither. */
u64 json_get_u64(const struct json_value *v, const char *key, u64 otherwise);
bool json_get_bool(const struct json_value *v, const char *key);

/* As json_get_u64(), of the value itself. */
bool json_as_u64(const struct json_value *v, u64 *out);

#endif
