// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lexer: one line at a time, no memory of its own, tokens point into the text.
 *
 * Invariants: p never passes stop; a token never crosses the end of its line; text that is not
 * clean (control characters, broken UTF-8) is found by trace_lex_bad_text() before a line is cut
 * into tokens, so that the rest may treat bytes above 0x7f as parts of strings and comments only.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

enum {
	C_ALPHA = 1,
	C_DIGIT = 2,
	C_BLANK = 4,
	C_HEX = 8,
};

/* Bytes that start or continue tokens; anything else is punctuation. */
static const u8 class_of[256] = {
	['\t'] = C_BLANK,
	[' '] = C_BLANK,
	['0' ... '9'] = C_DIGIT | C_HEX,
	['A' ... 'F'] = C_ALPHA | C_HEX,
	['G' ... 'Z'] = C_ALPHA,
	['_'] = C_ALPHA,
	['a' ... 'f'] = C_ALPHA | C_HEX,
	['g' ... 'z'] = C_ALPHA,
};

static bool is(char c, u8 classes)
{
	return class_of[(u8)c] & classes;
}

void trace_lex_init(struct trace_lexer *lx, const char *text, size_t len)
{
	memset(lx, 0, sizeof(*lx));
	lx->next = text;
	lx->end = text + len;
}

bool trace_lex_line(struct trace_lexer *lx)
{
	const char *nl;

	if (lx->next == lx->end)
		return false;
	lx->line = lx->p = lx->next;
	nl = memchr(lx->line, '\n', lx->end - lx->line);
	lx->stop = nl ? nl : lx->end;
	lx->next = nl ? nl + 1 : lx->end;
	if (lx->stop > lx->line && lx->stop[-1] == '\r')
		lx->stop--;
	lx->lineno++;
	lx->comment = NULL;
	return true;
}

/* Bytes of the UTF-8 sequence at p, 0 if it is not one (overlong, surrogate, cut off). */
static u32 utf8_len(const u8 *p, const u8 *end)
{
	u32 n, c;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2, c = p[0] & 0x1f;
	else if ((p[0] & 0xf0) == 0xe0)
		n = 3, c = p[0] & 0x0f;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4, c = p[0] & 0x07;
	else
		return 0;
	if (end - p < n)
		return 0;
	for (u32 i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (n == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff)))
		return 0;
	if (n == 4 && (c < 0x10000 || c > 0x10ffff))
		return 0;
	return n;
}

const char *trace_lex_bad_text(const struct trace_lexer *lx, const char **where, u8 *byte)
{
	const u8 *p = (const u8 *)lx->line, *end = (const u8 *)lx->stop;

	while (p < end) {
		u32 n;

		if (likely(*p >= 0x20 && *p < 0x7f) || *p == '\t') {
			p++;
			continue;
		}
		n = *p >= 0x80 ? utf8_len(p, end) : 0;
		if (!n) {
			*where = (const char *)p;
			*byte = *p;
			return *p >= 0x80 ? "is not UTF-8" : "is a control character";
		}
		p += n;
	}
	return NULL;
}

/*
 * Words: letters, digits and _, joined inside by - . : and ->, each only where a letter (after -
 * also a digit) follows: memslot-delete, td0.ram, tdx:pamt, kvm->mmu_lock; but vcpu0..vcpu6 and
 * chunk:2M are three tokens each.
 */
static const char *word_end(const char *p, const char *stop)
{
	for (;;) {
		while (p < stop && is(*p, C_ALPHA | C_DIGIT))
			p++;
		if (stop - p >= 2 && (*p == '.' || *p == ':') && is(p[1], C_ALPHA))
			p += 2;
		else if (stop - p >= 2 && *p == '-' && is(p[1], C_ALPHA | C_DIGIT))
			p += 2;
		else if (stop - p >= 3 && p[0] == '-' && p[1] == '>' && is(p[2], C_ALPHA))
			p += 3;
		else
			return p;
	}
}

/* Digits or 0x and hex digits, a fraction, a unit; parse_value.c judges it. */
static const char *number_end(const char *p, const char *stop)
{
	if (stop - p >= 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		p += 2;
	} else {
		while (p < stop && is(*p, C_DIGIT))
			p++;
		if (stop - p >= 2 && *p == '.' && is(p[1], C_DIGIT))
			p++;
	}
	while (p < stop && is(*p, C_ALPHA | C_DIGIT))
		p++;
	return p;
}

static void lex_string(struct trace_lexer *lx)
{
	const char *p = lx->p + 1;

	while (p < lx->stop && *p != '"')
		p += *p == '\\' && lx->stop - p >= 2 ? 2 : 1;
	lx->tok.kind = p < lx->stop ? TRACE_TOK_STRING : TRACE_TOK_BAD;
	lx->p = p < lx->stop ? p + 1 : lx->stop;
}

static u8 two_chars(const char *p, const char *stop)
{
	if (stop - p < 2)
		return 0;
	if (p[0] == '.' && p[1] == '.')
		return TRACE_P_DOTDOT;
	if (p[1] != '=')
		return 0;
	switch (p[0]) {
	case '<':
		return TRACE_P_LE;
	case '>':
		return TRACE_P_GE;
	case '=':
		return TRACE_P_EQ;
	case '!':
		return TRACE_P_NE2;
	}
	return 0;
}

void trace_lex_next(struct trace_lexer *lx)
{
	const char *p = lx->p;
	u8 two;

	while (p < lx->stop && is(*p, C_BLANK))
		p++;
	lx->tok.s = lx->p = p;
	if (p == lx->stop || *p == '#') {
		lx->tok.kind = TRACE_TOK_EOL;
		if (p < lx->stop) {
			lx->comment = p;
			lx->comment_len = lx->stop - p;
			lx->p = lx->stop;
		}
	} else if (is(*p, C_ALPHA)) {
		lx->tok.kind = TRACE_TOK_WORD;
		lx->p = word_end(p, lx->stop);
	} else if (is(*p, C_DIGIT)) {
		lx->tok.kind = TRACE_TOK_NUMBER;
		lx->p = number_end(p, lx->stop);
	} else if (*p == '"') {
		lex_string(lx);
	} else if ((two = two_chars(p, lx->stop))) {
		lx->tok.kind = TRACE_TOK_PUNCT;
		lx->tok.punct = two;
		lx->p = p + 2;
	} else {
		lx->tok.kind = strchr("={}[](),;|@*/+><:.", *p) ? TRACE_TOK_PUNCT : TRACE_TOK_BAD;
		lx->tok.punct = (u8)*p;
		/* keep a UTF-8 sequence together */
		do
			lx->p++;
		while (lx->p < lx->stop && ((u8)*lx->p & 0xc0) == 0x80);
	}
	lx->tok.len = lx->p - lx->tok.s;
}

char trace_lex_peek(const struct trace_lexer *lx)
{
	const char *p = lx->p;

	while (p < lx->stop && is(*p, C_BLANK))
		p++;
	return p < lx->stop && *p != '#' ? *p : 0;
}
