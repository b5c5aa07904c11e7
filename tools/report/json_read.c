// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading JSON.  See json_read.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tools/report/json_read.h"

struct reader {
	/* written while reading */
	const char *p, *end;
	const char *begin;
	char *why;
	u32 depth;
};

static bool wrong(struct reader *r, const char *what)
{
	u32 line = 1;

	if (*r->why)
		return false;
	for (const char *p = r->begin; p < r->p; p++)
		line += *p == '\n';
	snprintf(r->why, 160, "line %u: %s", line, what);
	return false;
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && memchr(" \t\r\n", *r->p, 4))
		r->p++;
}

/* The next character that is no blank, or 0. */
static char peek(struct reader *r)
{
	skip_blanks(r);
	return r->p < r->end ? *r->p : 0;
}

static bool take(struct reader *r, char c, const char *what)
{
	if (peek(r) != c)
		return wrong(r, what);
	r->p++;
	return true;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->p) < len || memcmp(r->p, word, len))
		return wrong(r, "neither a value nor a container");
	r->p += len;
	return true;
}

static bool hex4(struct reader *r, u32 *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *d = r->p < r->end ? memchr(digits, *r->p, 32) : NULL;

		if (!d)
			return wrong(r, "\\u wants four hexadecimal digits");
		*out = *out << 4 | ((u32)(d - digits) & 15);
		r->p++;
	}
	return true;
}

static size_t put_utf8(char *to, u32 c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* After the backslash.  What we never write (NUL, surrogates) becomes U+FFFD. */
static bool take_escape(struct reader *r, char *to, size_t *len)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	char c = r->p < r->end ? *r->p++ : 0;
	const char *at = c ? strchr(from, c) : NULL;
	u32 code;

	if (at) {
		to[(*len)++] = into[at - from];
		return true;
	}
	if (c != 'u')
		return wrong(r, "an unknown escape in a string");
	if (!hex4(r, &code))
		return false;
	if (!code || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	*len += put_utf8(to + *len, code);
	return true;
}

static char *take_string(struct reader *r)
{
	const char *stop;
	size_t len = 0;
	char *text;

	if (!take(r, '"', "a string is missing"))
		return NULL;
	/* no escape is shorter than what it stands for */
	stop = memchr(r->p, '"', (size_t)(r->end - r->p));
	while (stop && stop[-1] == '\\')
		stop = memchr(stop + 1, '"', (size_t)(r->end - stop - 1));
	text = malloc((size_t)((stop ? stop : r->end) - r->p) + 4);
	SIM_ASSERT(text);
	while (r->p < r->end && *r->p != '"') {
		if ((u8)*r->p < 0x20) {
			wrong(r, "a control character in a string");
			break;
		}
		if (*r->p != '\\') {
			text[len++] = *r->p++;
			continue;
		}
		r->p++;
		if (!take_escape(r, text, &len))
			break;
	}
	text[len] = 0;
	if (!*r->why && take(r, '"', "a string has no end"))
		return text;
	free(text);
	return NULL;
}

static bool take_number(struct reader *r, u64 *out)
{
	const char *from = r->p;

	*out = 0;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9') {
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (u64)(*r->p - '0'), out))
			return wrong(r, "a number has more than 64 bits");
		r->p++;
	}
	if (r->p == from)
		return wrong(r, "neither a value nor a container");
	if (r->p < r->end && strchr(".eE", *r->p) && *r->p)
		return wrong(r, "only whole numbers are read");
	return true;
}

static bool take_value(struct reader *r, struct json_value *v);

static bool take_members(struct reader *r, struct json_value *v, char close)
{
	struct json_value **at = &v->child;

	if (++r->depth > JSON_READ_DEPTH)
		return wrong(r, "too many containers in one another");
	r->p++;
	if (peek(r) == close) {
		r->p++;
		r->depth--;
		return true;
	}
	for (;;) {
		struct json_value *child = calloc(1, sizeof(*child));

		SIM_ASSERT(child);
		*at = child;
		at = &child->next;
		if (close == '}' && (!(child->key = take_string(r)) ||
				     !take(r, ':', "a ':' is missing after a key")))
			return false;
		if (!take_value(r, child))
			return false;
		if (peek(r) == close)
			break;
		if (!take(r, ',', "a ',' is missing"))
			return false;
	}
	r->p++;
	r->depth--;
	return true;
}

static bool take_value(struct reader *r, struct json_value *v)
{
	switch (peek(r)) {
	case '{':
		v->kind = JSON_OBJECT;
		return take_members(r, v, '}');
	case '[':
		v->kind = JSON_ARRAY;
		return take_members(r, v, ']');
	case '"':
		v->kind = JSON_STRING;
		v->text = take_string(r);
		return v->text != NULL;
	case 't':
		v->kind = JSON_BOOL;
		v->number = 1;
		return take_word(r, "true");
	case 'f':
		v->kind = JSON_BOOL;
		return take_word(r, "false");
	case 'n':
		return take_word(r, "null");
	default:
		v->kind = JSON_NUMBER;
		return take_number(r, &v->number);
	}
}

void json_free(struct json_value *v)
{
	while (v) {
		struct json_value *next = v->next;

		json_free(v->child);
		free(v->key);
		free(v->text);
		free(v);
		v = next;
	}
}

struct json_value *json_parse(const char *text, size_t len, char why[160])
{
	struct reader r = {.p = text, .end = text + len, .begin = text, .why = why};
	struct json_value *v = calloc(1, sizeof(*v));

	SIM_ASSERT(v);
	*why = 0;
	if (take_value(&r, v) && (skip_blanks(&r), r.p < r.end))
		wrong(&r, "something follows the end");
	if (!*why)
		return v;
	json_free(v);
	return NULL;
}

const struct json_value *json_get(const struct json_value *v, const char *key)
{
	if (!v || v->kind != JSON_OBJECT)
		return NULL;
	for (const struct json_value *c = v->child; c; c = c->next) {
		if (strcmp(c->key, key) == 0)
			return c;
	}
	return NULL;
}

const char *json_get_string(const struct json_value *v, const char *key)
{
	const struct json_value *c = json_get(v, key);

	return c && c->kind == JSON_STRING ? c->text : "";
}

bool json_as_u64(const struct json_value *v, u64 *out)
{
	char *end;

	if (!v)
		return false;
	if (v->kind == JSON_NUMBER) {
		*out = v->number;
		return true;
	}
	if (v->kind != JSON_STRING || strncmp(v->text, "0x", 2) || strlen(v->text) > 18)
		return false;
	*out = strtoull(v->text + 2, &end, 16);
	return end != v->text + 2 && !*end;
}

u64 json_get_u64(const struct json_value *v, const char *key, u64 otherwise)
{
	u64 out;

	return json_as_u64(json_get(v, key), &out) ? out : otherwise;
}

bool json_get_bool(const struct json_value *v, const char *key)
{
	const struct json_value *c = json_get(v, key);

	return c && c->kind == JSON_BOOL && c->number;
}
