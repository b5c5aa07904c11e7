// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of a trace: where, what, and what was perhaps meant.
 *
 * Invariants: at most TRACE_ERRORS_MAX are kept; every message is printable text on one line,
 * whatever bytes the input had.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

const char *trace_quote(char buf[TRACE_QUOTE_MAX], const char *s, u32 len)
{
	static const char hex[] = "0123456789abcdef";
	u32 n = 0;

	buf[n++] = '\'';
	for (u32 i = 0; i < len; i++) {
		if (n > TRACE_QUOTE_MAX - 12) {
			memcpy(buf + n, "...", 3);
			n += 3;
			break;
		}
		if (s[i] >= 0x20 && s[i] < 0x7f) {
			buf[n++] = s[i];
		} else {
			buf[n++] = '\\';
			buf[n++] = 'x';
			buf[n++] = hex[(u8)s[i] >> 4];
			buf[n++] = hex[s[i] & 15];
		}
	}
	buf[n++] = '\'';
	buf[n] = 0;
	return buf;
}

void trace_errors_add(struct trace_errors *errs, const char *file, struct trace_loc loc,
		      const char *hint, char *message)
{
	struct trace_error e = {
		.file = g_strdup(file), .loc = loc, .message = message, .hint = g_strdup(hint)};

	if (errs->n == TRACE_ERRORS_MAX) {
		errs->dropped++;
		g_free(e.file);
		g_free(e.message);
		g_free(e.hint);
		return;
	}
	trace_push(errs->v, errs->n, e);
}

bool trace_err(struct trace_parser *p, struct trace_loc loc, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trace_errors_add(p->errs, p->path, loc, hint, g_strdup_vprintf(fmt, ap));
	va_end(ap);
	return false;
}

bool trace_err_unknown(struct trace_parser *p, struct trace_loc loc, const char *what,
		       const char *s, u32 len, const struct trace_suggest *near)
{
	char quoted[TRACE_QUOTE_MAX];
	g_autofree char *hint = NULL;

	if (near && near->best)
		hint = g_strdup_printf("did you mean '%s'?", near->best);
	return trace_err(p, loc, hint, "unknown %s %s", what, trace_quote(quoted, s, len));
}

bool trace_err_expected(struct trace_parser *p, const char *what)
{
	const struct trace_token *tok = &p->lex.tok;
	char quoted[TRACE_QUOTE_MAX];

	if (tok->kind == TRACE_TOK_EOL)
		return trace_err(p, trace_here(p), NULL, "expected %s before the end of the line",
				 what);
	if (tok->kind == TRACE_TOK_BAD && tok->s[0] == '"')
		return trace_err(p, trace_here(p), NULL, "a string has no closing '\"'");
	return trace_err(p, trace_here(p), NULL, "expected %s, not %s", what,
			 trace_quote(quoted, tok->s, tok->len));
}

void trace_errors_print(const struct trace_errors *errs, FILE *to)
{
	for (u32 i = 0; i < errs->n; i++) {
		const struct trace_error *e = &errs->v[i];

		if (e->loc.line)
			fprintf(to, "%s:%u:%u: error: %s", e->file, e->loc.line, e->loc.col,
				e->message);
		else
			fprintf(to, "%s: error: %s", e->file, e->message);
		fprintf(to, "%s%s\n", e->hint ? ", " : "", e->hint ? e->hint : "");
	}
	if (errs->dropped)
		fprintf(to, "more errors follow; only the first %u are shown\n", TRACE_ERRORS_MAX);
}

void trace_errors_finish(struct trace_errors *errs)
{
	for (u32 i = 0; i < errs->n; i++) {
		g_free(errs->v[i].file);
		g_free(errs->v[i].message);
		g_free(errs->v[i].hint);
	}
	g_free(errs->v);
	memset(errs, 0, sizeof(*errs));
}
