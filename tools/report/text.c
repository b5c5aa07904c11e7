// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growing strings and wrapped paragraphs.  See text.h.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tools/report/text.h"

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	SIM_ASSERT(n >= 0);
	if (t->len + (size_t)n + 1 > t->cap) {
		t->cap = 2 * (t->len + (size_t)n + 1);
		t->s = realloc(t->s, t->cap);
		SIM_ASSERT(t->s);
	}
	va_start(ap, fmt);
	vsnprintf(t->s + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

void text_finish(struct text *t)
{
	free(t->s);
	*t = (struct text){0};
}

/* "4.90 ms", "92 %": a number and its unit stay together. */
static bool is_unit(const char *s, size_t len)
{
	static const char *const units[] = { "ns", "us", "ms", "s", "%" };

	while (len && strchr(".,;:)", s[len - 1]))
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i]) == len && strncmp(units[i], s, len) == 0)
			return true;
	}
	return false;
}

static size_t word_len(const char *s, size_t len)
{
	size_t n = 0, next;

	while (n < len && s[n] != ' ')
		n++;
	if (n == 0 || n == len || s[n - 1] < '0' || s[n - 1] > '9')
		return n;
	for (next = n + 1; next < len && s[next] != ' '; next++)
		;
	return is_unit(s + n + 1, next - n - 1) ? next : n;
}

/* One line of input, as many of output as it needs. */
static void put_wrapped(FILE *to, const char *s, size_t len, u32 indent)
{
	size_t column = 0;

	while (len) {
		size_t blanks = 0, word;

		while (blanks < len && s[blanks] == ' ')
			blanks++;
		word = word_len(s + blanks, len - blanks);
		if (column && column + blanks + word > TEXT_WIDTH) {
			putc('\n', to);
			column = 0;
		}
		if (!column)
			column = (size_t)fprintf(to, "%*s", (int)indent, "");
		else
			column += (size_t)fprintf(to, "%*s", (int)blanks, "");
		fwrite(s + blanks, 1, word, to);
		column += word;
		s += blanks + word;
		len -= blanks + word;
	}
	putc('\n', to);
}

void text_paragraph(FILE *to, const char *s, u32 indent)
{
	while (*s) {
		size_t len = strcspn(s, "\n");

		put_wrapped(to, s, len, indent);
		s += len + (s[len] == '\n');
	}
}
