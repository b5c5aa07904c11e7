// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting the bytes of a trace, from a file, a pipe or standard input.
 *
 * Invariant: no more than TRACE_FILE_MAX bytes are ever held, and a line that is too long is
 * refused when it is that long, not when its end has been found.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tools/trace/trace_internal.h"

#define CHUNK (256u << 10)

struct loader {
	/* one trace_load() */
	char *text;
	size_t len, cap;
	size_t line_len; /* of the line that is being read */
	u32 lineno;
};

/* Account for a new piece; false when a line has become too long. */
static bool lines_fit(struct loader *l, size_t n)
{
	const char *p = l->text + l->len, *end = p + n;

	while (p < end) {
		const char *nl = memchr(p, '\n', end - p);

		l->line_len += (nl ? nl : end) - p;
		if (l->line_len > TRACE_LINE_MAX)
			return false;
		if (!nl)
			return true;
		l->line_len = 0;
		l->lineno++;
		p = nl + 1;
	}
	return true;
}

static bool load_fd(struct loader *l, int fd, const char *path, struct trace_errors *errs)
{
	struct trace_loc whole = {0, 0};

	for (;;) {
		ssize_t n;

		if (l->cap - l->len < CHUNK) {
			l->cap = l->cap ? l->cap * 2 : 2 * CHUNK;
			l->text = g_realloc(l->text, l->cap);
		}
		n = read(fd, l->text + l->len, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			trace_errors_add(errs, path, whole, NULL, g_strdup(strerror(errno)));
			return false;
		}
		if (n == 0)
			return true;
		if (!lines_fit(l, n)) {
			trace_errors_add(
				errs, path, (struct trace_loc){l->lineno, TRACE_LINE_MAX}, NULL,
				g_strdup_printf("line is longer than %u bytes", TRACE_LINE_MAX));
			return false;
		}
		l->len += n;
		if (l->len > TRACE_FILE_MAX) {
			trace_errors_add(
				errs, path, whole, NULL,
				g_strdup_printf("file is larger than %u bytes", TRACE_FILE_MAX));
			return false;
		}
	}
}

char *trace_load(const char *path, size_t *len, struct trace_errors *errs)
{
	struct loader l = {.lineno = 1};
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0) {
		trace_errors_add(errs, path, (struct trace_loc){0, 0}, NULL,
				 g_strdup(strerror(errno)));
		return NULL;
	}
	ok = load_fd(&l, fd, is_stdin ? "<stdin>" : path, errs);
	if (!is_stdin)
		close(fd);
	if (!ok) {
		g_free(l.text);
		return NULL;
	}
	*len = l.len;
	return l.text;
}
