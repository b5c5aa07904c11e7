// SPDX-License-Identifier: GPL-2.0-only
/* Hostile and oversized input: refused with a place and a reason, in bounded memory. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "tools/trace/trace.h"

#define HEAD "gmemsim trace 1\n[vm a] memory = 64M\n"

/* NULL if it parses; else the first error, to be freed */
static char *first_error(const char *text, size_t len)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", text, len, NULL, &errs);
	char *message = NULL;

	assert_true((t != NULL) == (errs.n == 0));
	if (!t)
		message = g_strdup_printf("%u:%u: %s", errs.v[0].loc.line, errs.v[0].loc.col,
					  errs.v[0].message);
	trace_free(t);
	trace_errors_finish(&errs);
	return message;
}

static void assert_refused(const char *text, size_t len, const char *want)
{
	g_autofree char *message = first_error(text, len);

	assert_non_null(message);
	assert_string_equal(message, want);
}

/* The example cut off after every byte: an error or a whole trace, never anything else. */
static void test_truncated(void **state)
{
	static const char text[] = HEAD "[task vcpu0..vcpu3] # x\nrepeat 3 { touch shared 0 4K }\n"
					"[final] never stall(vcpu0) > 1s\n";
	u32 whole = 0;

	for (size_t len = 0; len <= strlen(text); len++) {
		g_autofree char *message = first_error(text, len);

		whole += !message;
	}
	/* the header alone (two lengths and its comment), the whole block, the whole text, ... */
	assert_true(whole > 4 && whole < 60);
}

static void test_binary(void **state)
{
	char text[4096];
	u64 x = 1;

	for (u32 round = 0; round < 200; round++) {
		g_autofree char *message = NULL;

		for (u32 i = 0; i < sizeof(text); i++)
			text[i] = (x = x * 6364136223846793005ull + 1442695040888963407ull) >> 56;
		if (round % 2)
			memcpy(text, HEAD, strlen(HEAD));
		message = first_error(text, sizeof(text));
		assert_non_null(message);
	}
}

static void test_long_line(void **state)
{
	g_autoptr(GString) text = g_string_new(HEAD "[task vmm]\nclose # ");

	while (text->len < strlen(HEAD) + 11 + TRACE_LINE_MAX)
		g_string_append_c(text, 'x');
	assert_null(first_error(text->str, text->len));
	g_string_append_c(text, 'x');
	assert_refused(text->str, text->len, "4:1: line is longer than 16384 bytes");
}

/*
 * A line of a gigabyte arrives through a pipe. The reader must give up when the line is too long,
 * so the writer finds the pipe closed after a few hundred kilobytes.
 */
static void test_endless_line(void **state)
{
	struct trace_errors errs = {0};
	int fd[2], status;
	char path[64], piece[65536];
	pid_t child;

	assert_int_equal(pipe(fd), 0);
	child = fork();
	if (child == 0) {
		size_t written = 0;

		close(fd[0]);
		signal(SIGPIPE, SIG_IGN);
		memset(piece, 'x', sizeof(piece));
		while (written < 1u << 30) {
			ssize_t n = write(fd[1], piece, sizeof(piece));

			if (n < 0)
				break;
			written += n;
		}
		_exit(written < 4u << 20 ? 0 : 1);
	}
	close(fd[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	assert_null(trace_parse_file(path, NULL, &errs));
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.v[0].message, "line is longer than 16384 bytes");
	assert_int_equal(errs.v[0].loc.line, 1);
	close(fd[0]);
	trace_errors_finish(&errs);
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_unreadable(void **state)
{
	struct trace_errors errs = {0};

	assert_null(trace_parse_file("/nonexistent/x.gms", NULL, &errs));
	assert_null(trace_parse_file("/", NULL, &errs));
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.v[0].loc.line, 0);
	assert_string_equal(errs.v[0].message, "No such file or directory");
	assert_string_equal(errs.v[1].message, "Is a directory");
	trace_errors_finish(&errs);
}

static void test_deep_blocks(void **state)
{
	for (u32 depth = TRACE_DEPTH_MAX; depth <= 100000; depth = depth * 100 + 1) {
		g_autoptr(GString) text = g_string_new(HEAD "[task vcpu0]\n");

		for (u32 i = 0; i < depth; i++)
			g_string_append(text, "repeat 1 {\n");
		g_string_append(text, "run 1us\n");
		for (u32 i = 0; i < depth; i++)
			g_string_append(text, "}\n");
		if (depth == TRACE_DEPTH_MAX)
			assert_null(first_error(text->str, text->len));
		else
			assert_refused(text->str, text->len,
				       "20:1: blocks are nested deeper than 16");
	}
}

static void test_deep_preambles(void **state)
{
	g_autoptr(GString) text = g_string_new(HEAD "[task vcpu0] use p0\n");
	g_autofree char *message = NULL;

	for (u32 i = 0; i < 1000; i++)
		g_string_append_printf(text, "[preamble p%u] run 1us; use p%u; use p%u\n", i, i + 1,
				       i + 1);
	g_string_append(text, "[preamble p1000] run 1us\n");
	message = first_error(text->str, text->len);
	assert_non_null(strstr(message, "preambles are nested deeper than 16"));
}

static void test_names(void **state)
{
	char name[TRACE_NAME_MAX + 2], text[512];

	memset(name, 'n', sizeof(name));
	name[TRACE_NAME_MAX + 1] = 0;
	snprintf(text, sizeof(text), HEAD "[task vmm] signal %s\n", name);
	assert_refused(text, strlen(text), "3:19: a name is longer than 63 bytes");
	name[TRACE_NAME_MAX] = 0;
	snprintf(text, sizeof(text), HEAD "[task vmm] signal %s\n", name);
	assert_null(first_error(text, strlen(text)));
}

static void test_tasks(void **state)
{
	static const char most[] = HEAD "[task vcpu0..vcpu4095] run 1us\n";
	static const char more[] = HEAD "[task vcpu0..vcpu4095] run 1us\n[task vmm] close\n";
	static const char range[] = HEAD "[task vcpu0..vcpu4096] run 1us\n";
	static const char number[] = HEAD "[task vcpu4294967296] run 1us\n";

	assert_null(first_error(most, strlen(most)));
	assert_refused(more, strlen(more), "4:7: more than 4096 tasks");
	assert_refused(range, strlen(range), "3:14: more than 4096 tasks");
	assert_refused(number, strlen(number),
		       "3:7: the number of 'vcpu4294967296' has a leading zero or is too long");
}

static void test_alternatives(void **state)
{
	static const char nine[] = HEAD "[task vmm]\npunch 0 len=4K "
					"expect=ok|ok|ok|ok|ok|ok|ok|ok|ok\n";

	assert_refused(nine, strlen(nine), "4:47: more than 8 alternatives");
}

/* Every bound at once: setup arithmetic stays inside 64 bits. */
static void test_memory_sums(void **state)
{
	g_autoptr(GString) text = g_string_new("gmemsim trace 1\n[machine] memory = 64T\n[vm a]\n");
	g_autofree char *message = NULL;

	for (u32 i = 0; i < 1000; i++)
		g_string_append_printf(text, "gmem g%u size=64T\n", i);
	g_string_append(text, "[task vmm] close\n");
	message = first_error(text->str, text->len);
	assert_string_equal(message, "5:6: file 'g1' of VM 'a' asks for more memory than the "
				     "machine has (64T)");
}

static void test_many_operations(void **state)
{
	g_autoptr(GString) text = g_string_new(HEAD "[task vcpu0]\n");
	struct trace_errors errs = {0};
	struct trace *t, *again;
	char *printed, why[128];
	size_t len;

	for (u32 i = 0; i < 200000; i++)
		g_string_append_printf(text, "touch shared 0x%x000 4K write\n", i % 16384);
	t = trace_parse_buf("t", text->str, text->len, NULL, &errs);
	assert_non_null(t);
	assert_int_equal(t->tasks[0].n_ops, 200000);
	printed = trace_print(t, &len);
	again = trace_parse_buf("t", printed, len, NULL, &errs);
	assert_non_null(again);
	assert_true(trace_equal(t, again, why));
	free(printed);
	trace_free(t);
	trace_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),      cmocka_unit_test(test_binary),
		cmocka_unit_test(test_long_line),      cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_unreadable),     cmocka_unit_test(test_deep_blocks),
		cmocka_unit_test(test_deep_preambles), cmocka_unit_test(test_names),
		cmocka_unit_test(test_tasks),	       cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_memory_sums),    cmocka_unit_test(test_many_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
