// SPDX-License-Identifier: GPL-2.0-only
/*
 * The importer's ends: files, packed or not, in; a trace out; and what the user adds by hand.
 *
 * Invariant: no more than IMPORT_BYTES_MAX bytes are ever unpacked.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/import/ftrace.h"

#define CHUNK (1u << 20)

char *import_ftrace_buf(const char *buf, size_t len, const struct import_options *opt,
			struct import_error *err)
{
	struct ft_capture capture;
	struct ft_story story;
	char *text = NULL;

	memset(err, 0, sizeof(*err));
	if (ft_read(&capture, buf, len, err)) {
		if (ft_reconstruct(&capture, &opt->assume, &story, err))
			text = ft_emit(&capture, &story, opt);
		ft_story_free(&story);
	}
	ft_capture_free(&capture);
	return text;
}

static bool set_error(struct import_error *err, const char *what)
{
	memset(err, 0, sizeof(*err));
	g_strlcpy(err->message, what, sizeof(err->message));
	return false;
}

/* gzread() hands plain files through as they are. */
static bool unpack(gzFile gz, GByteArray *to, struct import_error *err)
{
	int n, code;

	do {
		u32 at = to->len;

		if (at > IMPORT_BYTES_MAX - CHUNK)
			return set_error(err, "more than 1 GiB of text");
		g_byte_array_set_size(to, at + CHUNK);
		n = gzread(gz, to->data + at, CHUNK);
		g_byte_array_set_size(to, at + (guint)MAX(n, 0));
	} while (n > 0);
	gzerror(gz, &code);
	if (n == 0 && code == Z_OK)
		return true;
	return set_error(err, code == Z_ERRNO	  ? g_strerror(errno) :
			      code == Z_BUF_ERROR ? "the packed file ends too early" :
						    "the packed file is damaged");
}

char *import_ftrace_file(const char *path, const struct import_options *opt,
			 struct import_error *err)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	gzFile gz = strcmp(path, "-") ? gzopen(path, "rb") : gzdopen(dup(STDIN_FILENO), "rb");
	bool ok;

	if (!gz) {
		set_error(err, g_strerror(errno));
		return NULL;
	}
	ok = unpack(gz, bytes, err);
	gzclose(gz);
	if (!ok)
		return NULL;
	return import_ftrace_buf((const char *)bytes->data, bytes->len, opt, err);
}

/* ---- assumptions ------------------------------------------------------------- */

static bool take_size(const char *s, u64 *out)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;
	u64 v;

	if (!g_ascii_isdigit(*s))
		return false;
	errno = 0;
	v = g_ascii_strtoull(s, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || (*end && (!unit || end[1])))
		return false;
	for (const char *u = units; unit && u <= unit; u++)
		if (__builtin_mul_overflow(v, 1024, &v))
			return false;
	*out = v;
	return v % 4096 == 0;
}

static bool take_count(const char *s, u32 *out)
{
	guint64 v;

	if (!g_ascii_string_to_unsigned(s, 10, 1, IMPORT_TASKS_MAX, &v, NULL))
		return false;
	*out = (u32)v;
	return true;
}

/* "8M+2M": offset and length */
static bool take_range(const char *s, u64 *from, u64 *len)
{
	g_auto(GStrv) part = g_strsplit(s, "+", 2);

	return part[0] && part[1] && take_size(part[0], from) && take_size(part[1], len) && *len &&
	       *from + *len > *from;
}

static bool take_prefill(const char *s, enum import_prefill *out)
{
	static const char *const names[] = {
		[PREFILL_NONE] = "none",
		[PREFILL_ALLOCATED] = "allocated",
		[PREFILL_PRESENT] = "present",
		[PREFILL_MAPPED] = "mapped",
	};

	for (u32 i = PREFILL_NONE; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(s, names[i]) == 0) {
			*out = (enum import_prefill)i;
			return true;
		}
	}
	return false;
}

static bool take_flag(const char *word, struct import_assume *as)
{
	if (strcmp(word, "random") == 0)
		as->random = true;
	else if (strcmp(word, "pinned") == 0)
		as->pinning = PINNING_YES;
	else if (strcmp(word, "unpinned") == 0)
		as->pinning = PINNING_NO;
	else
		return false;
	return true;
}

static bool take_assumption(const char *key, const char *value, struct import_assume *as)
{
	u64 len = 0;

	if (!value)
		return take_flag(key, as);
	if (strcmp(key, "size") == 0)
		return take_size(value, &as->size_bytes);
	if (strcmp(key, "prefill") == 0)
		return take_prefill(value, &as->prefill);
	if (strcmp(key, "faulters") == 0)
		return take_count(value, &as->faulters);
	if (strcmp(key, "pinners") == 0)
		return take_count(value, &as->pinners);
	if (strcmp(key, "pin") == 0)
		return take_size(value, &as->pin_bytes) && as->pin_bytes;
	if (strcmp(key, "mmap") == 0)
		return take_size(value, &as->mmap_bytes);
	if (strcmp(key, "slot") == 0)
		return take_range(value, &as->slot_offset, &as->slot_bytes);
	if (strcmp(key, "touch") == 0) {
		if (!take_range(value, &as->touch_from, &len))
			return false;
		as->touch_to = as->touch_from + len;
		return true;
	}
	return false;
}

bool import_assume_parse(const char *text, struct import_assume *as, struct import_error *err)
{
	g_auto(GStrv) words = g_strsplit_set(text, " ,\t", -1);
	u32 col = 1;

	memset(err, 0, sizeof(*err));
	*as = (struct import_assume){.pin_bytes = 4096};
	for (char **w = words; *w; w++) {
		size_t len = strlen(*w);
		char *value = strchr(*w, '=');

		if (value)
			*value++ = 0;
		if (len && !take_assumption(*w, value, as)) {
			g_snprintf(err->message, sizeof(err->message),
				   "'%.40s%s%.40s' is not understood: size=SIZE prefill=none|"
				   "allocated|present|mapped faulters=N pinners=N",
				   *w, value ? "=" : "", value ? value : "");
			err->col = col;
			return false;
		}
		col += (u32)len + 1;
	}
	return true;
}
