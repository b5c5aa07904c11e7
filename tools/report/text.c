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

/* One line of input, as many of output as it needs. */
static void put_wrapped(FILE *to, const char *s, size_t len, u32 indent)
{
	size_t column = 0;

	while (len) {
		size_t blanks = 0, word = 0;

		while (blanks < len && s[blanks] == ' ')
			blanks++;
		while (blanks + word < len && s[blanks + word] != ' ')
			word++;
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
