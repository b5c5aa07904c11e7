// SPDX-License-Identifier: GPL-2.0-only
/* Where tokens begin and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/trace_internal.h"

/* The tokens of one line, each as a letter for its kind and its text, with blanks between. */
static const char *tokens(char buf[256], const char *text)
{
	static const char kinds[] = "EWNSPB";
	struct trace_lexer lx;

	buf[0] = 0;
	trace_lex_init(&lx, text, strlen(text));
	assert_true(trace_lex_line(&lx));
	for (trace_lex_next(&lx); lx.tok.kind != TRACE_TOK_EOL; trace_lex_next(&lx))
		snprintf(buf + strlen(buf), 256 - strlen(buf), "%s%c:%.*s", buf[0] ? " " : "",
			 kinds[lx.tok.kind], (int)lx.tok.len, lx.tok.s);
	return buf;
}

static void test_words(void **state)
{
	char buf[256];

	assert_string_equal(tokens(buf, "vcpu0..vcpu6"), "W:vcpu0 P:.. W:vcpu6");
	assert_string_equal(tokens(buf, "memslot-delete lru-drain spr-248"),
			    "W:memslot-delete W:lru-drain W:spr-248");
	assert_string_equal(tokens(buf, "mapping.invalidate_lock kvm->mmu_lock tdx:sept_tree"),
			    "W:mapping.invalidate_lock W:kvm->mmu_lock W:tdx:sept_tree");
	assert_string_equal(tokens(buf, "exit:memory_fault bytes:0x41 hvo_restore:2 chunk:2M"),
			    "W:exit:memory_fault W:bytes P:: N:0x41 W:hvo_restore P:: N:2 "
			    "W:chunk P:: N:2M");
	assert_string_equal(tokens(buf, "a- b-> c.5 d. _e9"),
			    "W:a B:- W:b B:- P:> W:c P:. N:5 W:d P:. "
			    "W:_e9");
}

static void test_numbers(void **state)
{
	char buf[256];

	assert_string_equal(tokens(buf, "0 0x1F 2M 1.5ms 0..62M 4KiB 0xfG 1.x"),
			    "N:0 N:0x1F N:2M N:1.5ms N:0 P:.. N:62M N:4KiB N:0xfG N:1 P:. W:x");
}

static void test_punctuation(void **state)
{
	char buf[256];

	assert_string_equal(tokens(buf, "a=b c = d {e}[f](g),;|@*+/"),
			    "W:a P:= W:b W:c P:= W:d P:{ W:e P:} P:[ W:f P:] P:( W:g P:) P:, P:; "
			    "P:| P:@ P:* P:+ P:/");
	assert_string_equal(tokens(buf, "> >= < <= == != !"), "P:> P:>= P:< P:<= P:== P:!= B:!");
	assert_string_equal(tokens(buf, "s1/3*12"), "W:s1 P:/ N:3 P:* N:12");
	assert_string_equal(tokens(buf, "$ \xc3\xa4"), "B:$ B:\xc3\xa4");
}

static void test_strings(void **state)
{
	char buf[256];

	assert_string_equal(tokens(buf, "\"a # b\" \"c \\\" d\" \"\""),
			    "S:\"a # b\" S:\"c \\\" d\" S:\"\"");
	assert_string_equal(tokens(buf, "\"open"), "B:\"open");
	assert_string_equal(tokens(buf, "\"open\\"), "B:\"open\\");
}

static void test_comments_and_lines(void **state)
{
	static const char text[] = "a # b\r\n\n#c\nd";
	struct trace_lexer lx;

	trace_lex_init(&lx, text, strlen(text));
	assert_true(trace_lex_line(&lx));
	trace_lex_next(&lx);
	assert_int_equal(trace_lex_peek(&lx), 0);
	trace_lex_next(&lx);
	assert_int_equal(lx.tok.kind, TRACE_TOK_EOL);
	assert_int_equal(lx.comment_len, 3);
	assert_memory_equal(lx.comment, "# b", 3);
	/* the end of a line is a token that does not go away */
	trace_lex_next(&lx);
	assert_int_equal(lx.tok.kind, TRACE_TOK_EOL);
	assert_true(trace_lex_line(&lx));
	trace_lex_next(&lx);
	assert_int_equal(lx.tok.kind, TRACE_TOK_EOL);
	assert_null(lx.comment);
	assert_true(trace_lex_line(&lx));
	trace_lex_next(&lx);
	assert_memory_equal(lx.comment, "#c", 2);
	assert_true(trace_lex_line(&lx));
	assert_int_equal(lx.lineno, 4);
	trace_lex_next(&lx);
	assert_int_equal(lx.tok.kind, TRACE_TOK_WORD);
	assert_false(trace_lex_line(&lx));
}

static const char *bad_text(const char *text, size_t len, long *where)
{
	struct trace_lexer lx;
	const char *at, *why;
	u8 byte;

	trace_lex_init(&lx, text, len);
	assert_true(trace_lex_line(&lx));
	why = trace_lex_bad_text(&lx, &at, &byte);
	*where = why ? at - text : -1;
	return why;
}

static void test_text(void **state)
{
	/* the edges of UTF-8: shortest and longest of each length; surrogates; beyond Unicode */
	static const char *const good[] = {"a\tb",	   "\xc2\x80",	       "\xdf\xbf",
					   "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
					   "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xff",
					  "\xc3",
					  "\xe2\x82",
					  "\xf0\x90\x80",
					  "\x7f",
					  "\x1b",
					  "\v"};
	long where;

	for (u32 i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(bad_text(good[i], strlen(good[i]), &where));
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_non_null(bad_text(bad[i], strlen(bad[i]), &where));
		assert_int_equal(where, 0);
	}
	assert_string_equal(bad_text("ab\0c", 4, &where), "is a control character");
	assert_int_equal(where, 2);
	/* a carriage return is part of the line's end only there */
	assert_null(bad_text("a\r\n", 3, &where));
	assert_non_null(bad_text("a\rb\n", 4, &where));
}

static void test_suggestions(void **state)
{
	static const struct {
		const char *word, *want;
	} cases[] = {
		{"punhc", "punch"}, {"tuoch", "touch"}, {"converts", "convert"},
		{"x", NULL},	    {"zzzzzz", NULL},	{"memslotdelete", "memslot-delete"},
		{"lok", "lock"},    {"CONVERT", NULL},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trace_suggest near;

		trace_suggest_init(&near, cases[i].word, strlen(cases[i].word));
		for (u32 v = 0; v < TRACE_OP_END; v++)
			trace_suggest_offer(&near, trace_verb_name(v));
		if (cases[i].want)
			assert_string_equal(near.best, cases[i].want);
		else
			assert_null(near.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_punctuation),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_comments_and_lines),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
