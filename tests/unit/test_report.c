// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emitters: JSON that any reader takes, lock_stat's layout to the column, ftrace's line shape,
 * and paragraphs that stay within 100 columns.
 */
#include "simtest.h"

#include "sim/rwsem.h"
#include "tools/report/json.h"
#include "tools/report/report.h"
#include "tools/report/text.h"

static char buffer[1 << 20];

/* What @emit prints, in buffer[]. */
static const char *capture(void (*emit)(const struct report *r, FILE *to), const struct report *r)
{
	FILE *f = fmemopen(buffer, sizeof(buffer), "w");

	assert_non_null(f);
	emit(r, f);
	fclose(f);
	return buffer;
}

/* ---- text ------------------------------------------------------------------------- */

static void times_have_three_digits(void **state)
{
	static const struct {
		u64 ns;
		const char *text;
	} cases[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.00 us"},
		{4905000, "4.90 ms"},
		{49050000, "49.0 ms"},
		{999999999, "999 ms"},
		{1000000000, "1.00 s"},
		{61500000000, "61.5 s"},
		{7200000000000, "7200 s"},
	};
	char buf[REPORT_NS_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(report_ns(cases[i].ns, buf), cases[i].text);
}

static void paragraphs_fit_and_keep_units(void **state)
{
	char text[512] = "";
	FILE *f = fmemopen(buffer, sizeof(buffer), "w");
	char *line, *save = NULL;

	for (int i = 0; i < 24; i++)
		strcat(text, "waited 4.90 ms; ");
	text_paragraph(f, text, 2);
	fclose(f);
	for (line = strtok_r(buffer, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		assert_true(strlen(line) <= TEXT_WIDTH);
		assert_memory_equal(line, "  ", 2);
		/* no line begins with a unit whose number the line before has */
		assert_true(strncmp(line, "  ms;", 5) != 0);
	}
}

/* ---- JSON ---------------------------------------------------------------------------- */

static void json_escapes_and_nests(void **state)
{
	FILE *f = fmemopen(buffer, sizeof(buffer), "w");
	struct json j;

	json_init(&j, f);
	json_object(&j, NULL);
	json_string(&j, "a\"b", "\\ \n \x01 \x7f \xc3\xa9 \xff \xed\xa0\x80");
	json_array(&j, "empty");
	json_end(&j);
	json_array(&j, "list");
	json_u64(&j, NULL, UINT64_MAX);
	json_bool(&j, NULL, true);
	json_string(&j, NULL, NULL);
	json_flat_object(&j, NULL);
	json_u64(&j, "x", 1);
	json_hex(&j, "y", 255);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	json_finish(&j);
	fclose(f);
	assert_string_equal(buffer, "{\n"
				    "  \"a\\\"b\": \"\\\\ \\n \\u0001 \\u007f \xc3\xa9 \\ufffd "
				    "\\ufffd\\ufffd\\ufffd\",\n"
				    "  \"empty\": [],\n"
				    "  \"list\": [\n"
				    "    18446744073709551615,\n"
				    "    true,\n"
				    "    null,\n"
				    "    {\"x\": 1, \"y\": \"0x00000000000000ff\"}\n"
				    "  ]\n"
				    "}\n");
}

/* ---- a run with one contended lock ---------------------------------------------------- */

struct two {
	struct rw_semaphore sem;
};

static void writer(struct task *me, void *arg)
{
	struct two *two = arg;

	SIM_FRAME(me);
	sim_op_begin(me, "write");
	down_write(me, &two->sem);
	sim_step(me, "work");
	sim_cost(me, 3 * NSEC_PER_MS);
	sim_step(me, NULL);
	up_write(me, &two->sem);
	sim_op_end(me, 0);
}

static void reader(struct task *me, void *arg)
{
	struct two *two = arg;

	SIM_FRAME(me);
	sim_op_begin(me, "read");
	sim_sleep(me, 1 * NSEC_PER_MS);
	down_read(me, &two->sem);
	up_read(me, &two->sem);
	sim_op_end(me, -EAGAIN);
}

static struct sim *contended_run(struct two *two, struct report *r)
{
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct sim *sim;

	cfg.record_events = true;
	cfg.nr_cpus = 2;
	sim = test_sim(&cfg);
	init_rwsem(sim, &two->sem, "test_sem", LOCKC_STEPS);
	spawn(sim, "writer", writer, two);
	spawn(sim, "reader", reader, two);
	sim_run(sim);
	sim_finding(sim, sim->tasks[1], "expect", "said \"so\"");
	*r = (struct report){.trace = "t.gms",
			     .title = "a title",
			     .kernel = "mainline",
			     .locking = "file",
			     .replay = "gmemsim run t.gms",
			     .expectation = "as the trace expects"};
	report_init(r, sim);
	return sim;
}

static void summary_says_who_waited_for_whom(void **state)
{
	struct two two;
	struct report r;
	struct sim *sim = contended_run(&two, &r);
	const char *text = capture(report_summary, &r);
	char *flat = strdup(text);

	/* where lines break is not what is said */
	for (char *nl = flat; (nl = strchr(nl, '\n')); *nl = ' ')
		;
	assert_non_null(strstr(flat, "Found expect: "));
	assert_non_null(strstr(flat,
			       "reader stalled 2.00 ms in `read` behind test_sem (read), held "
			       "by writer in `write` (writer, step work 100 %);"));
	assert_non_null(strstr(flat, " 1 finding, as the trace expects."));
	free(flat);
	assert_non_null(strstr(text, "  replay: gmemsim run t.gms\n"));
	assert_non_null(strstr(text, "\nread             vmm              1        1 "));
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		assert_true(strchr(line, '\n') - line <= TEXT_WIDTH);
	report_finish(&r);
	sim_destroy(sim);
}

static void lock_stat_is_version_0_4(void **state)
{
	struct two two;
	struct report r;
	struct sim *sim = contended_run(&two, &r);
	const char *text = capture(report_lock_stat, &r), *line = text;
	u32 n = 0;

	assert_memory_equal(text, "lock_stat version 0.4\n-----", 27);
	for (; *line; line = strchr(line, '\n') + 1, n++) {
		size_t len = (size_t)(strchr(line, '\n') - line);

		if (n == 1 || n == 3)
			assert_int_equal(len, 221);
		if (n == 2)
			assert_int_equal(len, 220);
		if (n == 5) /* the class is padded to 38, its 12 columns of 14 follow */
			assert_memory_equal(
				line,
				"                              test_sem-W:             0 "
				"             0           0.00           0.00           "
				"0.00           0.00              0              1        "
				"3000.00        3000.00        3000.00        3000.00\n",
				221);
		if (n == 6)
			assert_memory_equal(
				line,
				"                              test_sem-R:             1 "
				"             1        2000.00        2000.00        2000.00 "
				"       2000.00              1              1           0.00 "
				"          0.00           0.00           0.00\n",
				221);
	}
	assert_non_null(strstr(text, "\n                              ----------\n"
				     "                                test_sem              1 "
				     "         [<00000000"));
	assert_non_null(strstr(text, ">] reader+0x0\n"));
	assert_non_null(strstr(text, ">] writer+0x0\n"));
	report_finish(&r);
	sim_destroy(sim);
}

static void perf_lock_has_perfs_columns(void **state)
{
	struct two two;
	struct report r;
	struct sim *sim = contended_run(&two, &r);

	assert_string_equal(capture(report_perf_lock, &r),
			    " contended   total wait     max wait     avg wait         type   "
			    "caller\n\n"
			    "         1      2.00 ms      2.00 ms      2.00 ms      rwsem:R   "
			    "reader+0x14\n");
	report_finish(&r);
	sim_destroy(sim);
}

/* Five functions wait for one lock, of which four are kept by name. */
#define WAITER(name, ms)                                                                           \
	static void name(struct task *me, void *arg)                                               \
	{                                                                                          \
		struct two *two = arg;                                                             \
		SIM_FRAME(me);                                                                     \
		sim_sleep(me, (ms) * NSEC_PER_MS);                                                 \
		down_read(me, &two->sem);                                                          \
		up_read(me, &two->sem);                                                            \
	}

WAITER(first, 1)
WAITER(second, 1)
WAITER(third, 1)
WAITER(fourth, 1)
WAITER(fifth, 2)

static void perf_lock_counts_all_waits(void **state)
{
	void (*const fn[])(struct task *, void *) = {first, second, third, fourth, fifth, fifth};
	struct sim_config cfg = test_config(SCHED_FIFO);
	struct report r = {.trace = "t.gms"};
	struct two two;
	struct sim *sim;
	const char *text;

	cfg.nr_cpus = 8;
	sim = test_sim(&cfg);
	init_rwsem(sim, &two.sem, "test_sem", 0);
	spawn(sim, "writer", writer, &two);
	for (size_t i = 0; i < ARRAY_SIZE(fn); i++)
		spawn(sim, "waiter", fn[i], &two);
	sim_run(sim);
	report_init(&r, sim);
	text = capture(report_perf_lock, &r);
	assert_non_null(strstr(text, "\n         1      2.00 ms      2.00 ms      2.00 ms      "
				     "rwsem:R   first+0x14\n"));
	assert_non_null(strstr(text, "\n         2      2.00 ms      1.00 ms      1.00 ms      "
				     "rwsem:R   others+0x14\n"));
	report_finish(&r);
	sim_destroy(sim);
}

static void emit_ftrace(const struct report *r, FILE *to)
{
	report_ftrace(r, to, false);
}

static void emit_ftrace_ns(const struct report *r, FILE *to)
{
	report_ftrace(r, to, true);
}

static void ftrace_has_the_kernels_lines(void **state)
{
	struct two two;
	struct report r;
	struct sim *sim = contended_run(&two, &r);
	const char *text = capture(emit_ftrace, &r);

	assert_memory_equal(text, "# tracer: nop\n#\n", 16);
	assert_non_null(strstr(text, "\n          reader-1001    [001] .....     0.001000: "
				     "contention_begin: 0xffff880200000003 (flags=READ)\n"));
	assert_non_null(strstr(text, "0.003000: contention_end: 0xffff880200000003 (ret=0)\n"));
	assert_non_null(strstr(text, "lock_acquire: 0xffff880200000003 test_sem\n"));
	assert_non_null(strstr(text, "lock_acquire: 0xffff880200000003 read test_sem\n"));
	assert_non_null(strstr(text, ": step: work\n"));
	assert_non_null(strstr(text, ": op_end: read ret=-11\n"));
	assert_non_null(strstr(text, ": finding: expect\n"));
	text = capture(emit_ftrace_ns, &r);
	assert_non_null(strstr(text, "# clock: sim-ns\n"));
	assert_non_null(strstr(text, " 0.001000000: contention_begin"));
	report_finish(&r);
	sim_destroy(sim);
}

static void json_has_the_contracts_keys(void **state)
{
	static const char *const keys[] = {
		"format",   "version", "trace",	       "engine",      "seed",	 "kernel",
		"locking",  "sim_ns",  "wall_ns",      "fingerprint", "result",	 "locks",
		"class",    "mode",    "acquisitions", "contentions", "wait_ns", "hold_ns",
		"ops",	    "op",      "actor_kind",   "count",	      "errors",	 "latency_ns",
		"stalls",   "task",    "max_ns",       "lock",	      "holder",	 "seamcalls",
		"findings", "rule",    "message",      "at_ns",	      "replay",	 "min",
		"p50",	    "p99",     "max",	       "total",
	};
	struct two two;
	struct report r;
	struct sim *sim = contended_run(&two, &r);
	const char *text = capture(report_json, &r);
	char key[32];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(key, sizeof(key), "\"%s\": ", keys[i]);
		if (!strstr(text, key))
			fail_msg("no key %s", keys[i]);
	}
	assert_non_null(strstr(text, "\"message\": \"said \\\"so\\\"\""));
	assert_non_null(strstr(text, "\"result\": \"finding\""));
	report_finish(&r);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_three_digits),
		cmocka_unit_test(paragraphs_fit_and_keep_units),
		cmocka_unit_test(json_escapes_and_nests),
		cmocka_unit_test(summary_says_who_waited_for_whom),
		cmocka_unit_test(lock_stat_is_version_0_4),
		cmocka_unit_test(perf_lock_has_perfs_columns),
		cmocka_unit_test(perf_lock_counts_all_waits),
		cmocka_unit_test(ftrace_has_the_kernels_lines),
		cmocka_unit_test(json_has_the_contracts_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
