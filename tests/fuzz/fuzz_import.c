// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes at all, as a recording to import.
 *
 * What must hold: no crash, no leak; a refusal has a place and a printable reason; what is accepted
 * comes out as a trace that the parser takes, whatever is assumed besides.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/import/import.h"
#include "tools/trace/trace.h"

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static void check_trace(const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("imported", text, strlen(text), NULL, &errs);

	if (!t) {
		trace_errors_print(&errs, stderr);
		fputs(text, stderr);
	}
	CHECK(t);
	trace_free(t);
}

static void check_import(const char *data, size_t size, const char *assume)
{
	struct import_options opt = {.source = "fuzz \"\\\n.txt", .comments = "two\nlines\x01\xff"};
	struct import_error err;
	char *text;

	CHECK(import_assume_parse(assume, &opt.assume, &err));
	text = import_ftrace_buf(data, size, &opt, &err);
	if (text) {
		check_trace(text);
		free(text);
		return;
	}
	CHECK(err.message[0]);
	for (const char *p = err.message; *p; p++)
		CHECK(*p >= 0x20 && *p < 0x7f);
	CHECK((err.line == 0) == (err.col == 0));
}

static void check_assume(const char *data, size_t size)
{
	struct import_assume assume;
	struct import_error err;
	char *text = strndup(data, size < 200 ? size : 200);

	if (!import_assume_parse(text, &assume, &err))
		CHECK(err.message[0] && err.col > 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	check_import((const char *)data, size, "");
	check_import((const char *)data, size,
		     "size=4M prefill=mapped mmap=64K slot=2M+2M faulters=1 random unpinned");
	check_assume((const char *)data, size);
	return 0;
}
