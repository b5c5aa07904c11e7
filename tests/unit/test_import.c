// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ftrace importer: every form of line, what is told from which events, and where errors are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "tools/import/import.h"
#include "tools/trace/trace.h"

static char *import_as(const char *text, const char *assume)
{
	struct import_options opt = {.source = "test", .costs = "debian-vm"};
	struct import_error err;
	struct trace_errors errs = {0};
	struct trace *t;
	char *out;

	assert_true(import_assume_parse(assume, &opt.assume, &err));
	out = import_ftrace_buf(text, strlen(text), &opt, &err);
	if (!out)
		fprintf(stderr, "%u:%u: %s\n", err.line, err.col, err.message);
	assert_non_null(out);
	t = trace_parse_buf("imported", out, strlen(out), NULL, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(t);
	trace_free(t);
	return out;
}

static void has(const char *text, const char *assume, const char *want)
{
	char *out = import_as(text, assume);

	if (!strstr(out, want))
		fail_msg("no \"%s\" in\n%s", want, out);
	free(out);
}

static void has_not(const char *text, const char *assume, const char *unwanted)
{
	char *out = import_as(text, assume);

	if (strstr(out, unwanted))
		fail_msg("\"%s\" in\n%s", unwanted, out);
	free(out);
}

/* ---- lines --------------------------------------------------------------------------- */

static void all_forms_of_lines_are_read(void **state)
{
	static const char *const forms[] = {
		"  g-punch0-1001    [001] .....   100.010320: sys_fallocate(fd: 5, mode: 3, "
		"offset: 0, "
		"len: 0x2000)\n"
		"  g-punch0-1001    [001] .....   100.011309: sys_fallocate -> 0x0\n",
		"# four flag characters\n"
		"        g-punch0-1001  [001] ...1   100.010320: sys_fallocate(fd: 5, mode: 3, "
		"offset: "
		"0, len: 0x2000)\n"
		"        g-punch0-1001  [001] ...1   100.011309: sys_fallocate -> 0x0\n",
		"cpus=2\n"
		"        g-punch0-1001  [001]   100.010320: sys_enter_fallocate:  fd: 0x00000005, "
		"mode: "
		"0x00000003, offset: 0x00000000, len: 0x00002000\n"
		"        g-punch0-1001  [001]   100.011309: sys_exit_fallocate:   0x0\n",
		"  g-punch0-1001  ( 1000) [001] .....   100.010320: sys_fallocate(fd: 5, mode: 3, "
		"offset: 0, len: 0x2000)\n"
		"  g-punch0-1001  ( 1000) [001] .....   100.011309: sys_fallocate -> 0x0\n"
		"CPU:1 [LOST 7 EVENTS]\n <stack>\n",
		"  g-punch0  1001 [001]   100.010320: syscalls:sys_enter_fallocate: fd: "
		"0x00000005, "
		"mode: 0x00000003, offset: 0x00000000, len: 0x00002000\n"
		"\tksys_fallocate\n\n"
		"  g-punch0  1001 [001]   100.011309: syscalls:sys_exit_fallocate: 0x0\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (i == 3) /* " <stack>" is no line of anything */
			continue;
		has(forms[i], "prefill=none", "at 0s punch 0 len=8K\n");
		has(forms[i], "prefill=none", "# real punch call: n=1 p50_us=989.0");
	}
	has("  g-punch0-1001    [001] .....   100.010320123: sys_fallocate(fd: 5, mode: 1, offset: "
	    "0, "
	    "len: 0x2000)\n  g-punch0-1001    [001] .....   100.010321124: sys_fallocate -> 0x0\n"
	    "CPU:1 [LOST 7 EVENTS]\n",
	    "", "The recorder lost 7 events");
}

static void errors_have_places(void **state)
{
	static const struct {
		const char *text;
		u32 line, col;
		const char *message;
	} cases[] = {
		{"", 0, 0, "no event"},
		{"# nothing\n\n", 0, 0, "no event"},
		{"hello\n", 1, 1, "not a line of ftrace"},
		{"# x\n  a-1 [000] .... 1: ev: x\n", 2, 19, "SECONDS.FRACTION"},
		{"  a-1 [000] .... 99999999999999999999.0: ev: x\n", 1, 18, "64 bits"},
		{"  a-1 [2000] .... 1.0: ev: x\n", 1, 7, "CPUs"},
		{"  a [000] .... 1.0: ev: x\n", 1, 3, "NAME-PID"},
		{"  a-1 [000] .... 1.0: sys_fallocate(fd: 5)\n", 1, 37, "field"},
		{"  a-1 [000] .... 1.0000000001: ev: x\n", 1, 29, "1 ns"},
		{"  a-7 [000] .... 1.0: ev: x\n", 0, 0, "size"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct import_options opt = {.source = "test"};
		struct import_error err;

		assert_null(import_ftrace_buf(cases[i].text, strlen(cases[i].text), &opt, &err));
		if (err.line != cases[i].line || err.col != cases[i].col ||
		    !strstr(err.message, cases[i].message))
			fail_msg("case %zu: %u:%u: %s", i, err.line, err.col, err.message);
	}
}

static void a_packed_file_is_read_as_it_is(void **state)
{
	static const char text[] = "  p-1001 [001] ..... 1.000: sys_fallocate(fd: 5, mode: 3, "
				   "offset: 0, len: 0x2000)\n"
				   "  p-1001 [001] ..... 1.001: sys_fallocate -> 0x0\n";
	char path[] = "/tmp/test_import.XXXXXX";
	struct import_options opt = {.source = "test"};
	struct import_error err;
	int fd = mkstemp(path);
	gzFile gz = gzdopen(fd, "wb");
	char *out;

	assert_true(gzwrite(gz, text, sizeof(text) - 1) > 0);
	gzclose(gz);
	out = import_ftrace_file(path, &opt, &err);
	unlink(path);
	assert_non_null(out);
	assert_non_null(strstr(out, "punch 0 len=8K"));
	free(out);
	assert_null(import_ftrace_file("/no/such/file", &opt, &err));
	assert_int_equal(err.line, 0);
}

/* ---- operations ------------------------------------------------------------------------- */

#define FAULT(t, page, ofs)                                                    \
	"  f-1001 [000] d.... " t ": page_fault_user: address=0x7f000000" page \
	"000 ip=0x55 error_code=0x6\n"                                         \
	"  f-1001 [000] ..... " t                                              \
	"1: mm_filemap_add_to_page_cache: dev 0:16 ino 1 pfn=0x1 ofs=" ofs " order=0\n"

static void faults_are_accesses_at_their_place_in_the_file(void **state)
{
	/* the second page of the file is mapped at ..11000: the base follows from the insertion */
	static const char text[] = FAULT("1.00001", "11", "4096")
		FAULT("1.00003", "15", "20480") "  f-1001 [000] d.... 1.00005: page_fault_user: "
						"address=0x7fffffff0000 ip=0x66 "
						"error_code=0x4\n";

	has(text, "size=64K", "at 0s access write 0x1000 len=4K\n");
	has(text, "size=64K", " access write 0x5000 len=4K\n");
	has(text, "size=64K", "Dropped: 1 faults outside the\n");
	has_not(text, "size=64K", "prepare");
}

static void pauses_are_kept_and_speed_is_not(void **state)
{
	static const char text[] =
		"  p-1001 [001] ..... 1.000000: sys_fallocate(fd: 5, mode: 1, offset: 0, len: "
		"0x1000)\n"
		"  p-1001 [001] ..... 1.000010: sys_fallocate -> 0x0\n"
		"  p-1001 [001] d..2. 1.000011: sched_switch: prev_comm=p prev_pid=1001 "
		"prev_prio=1 "
		"prev_state=S ==> next_comm=swapper next_pid=0 next_prio=120\n"
		"  p-1001 [001] ..... 1.000210: sys_fallocate(fd: 5, mode: 1, offset: 0x1000, len: "
		"0x1000)\n"
		"  p-1001 [001] ..... 1.000220: sys_fallocate -> 0x0\n"
		"  p-1001 [001] ..... 1.000230: sys_fallocate(fd: 5, mode: 3, offset: 0x1000, len: "
		"0x1000)\n"
		"  p-1001 [001] ..... 1.000240: sys_fallocate -> 0x0\n";

	has(text, "",
	    "at 0s allocate 0 len=4K\nafter 200us allocate 0x1000 len=4K\npunch 0x1000 len=4K\n");
}

static void what_was_there_before_is_prepared(void **state)
{
	static const char text[] =
		"  p-1001 [001] ..... 1.000000: sys_fallocate(fd: 5, mode: 3, offset: 0, len: "
		"0x1000)\n"
		"  p-1001 [001] ..... 1.000001: mm_filemap_delete_from_page_cache: dev 0:16 ino 1 "
		"pfn=0x1 ofs=0 order=0\n"
		"  p-1001 [001] ..... 1.000010: sys_fallocate -> 0x0\n";

	has(text, "",
	    "[task prepare vm=vm0 kind=vmm]\naccess write 0 len=4K\nadvise dontneed 0 len=4K\n");
	has(text, "", "at 1ms punch 0 len=4K\n");
	has(text, "prefill=mapped", "[task prepare vm=vm0 kind=vmm]\naccess write 0 len=4K\n\n");
	has(text, "prefill=none", "at 0s punch 0 len=4K\n");
}

static void guest_faults_are_touches_without_the_slots_address(void **state)
{
	static const char text[] =
		"  v-1002 [000] ..... 1.000139: kvm_mmu_pagetable_walk: addr 100ac1000 pferr 6 "
		"W|U\n"
		"  v-1002 [000] ..... 1.000139: kvm_mmu_pagetable_walk: addr 100ac1000 pferr 6 "
		"W|U\n"
		"  v-1002 [000] ...1. 1.000152: kvm_mmu_spte_requested: gfn 100ac1 pfn 2f8797 "
		"level 1\n"
		"  v-1002 [000] ..... 1.000160: kvm_mmu_pagetable_walk: addr 3000000 pferr 6 W|U\n";

	has(text, "size=16M", "touch shared 0xac1000 4K write\n");
	has(text, "size=16M", "[task vcpu0 vm=vm0 cpu=0]\n");
	has(text, "size=16M", "Guest addresses are less 0x100000000");
	has(text, "size=16M", "Merged: 1 faults");
}

static void memslot_ioctls_come_in_pairs(void **state)
{
	static const char text[] =
		"  b-1002 [000] ..... 1.000: sys_ioctl(fd: 4, cmd: 0x40a0ae49, arg: 0x7f)\n"
		"  b-1002 [000] ..... 1.001: sys_ioctl -> 0x0\n"
		"  b-1002 [000] ..... 1.002: sys_ioctl(fd: 4, cmd: 0x40a0ae49, arg: 0x7f)\n"
		"  b-1002 [000] ..... 1.003: kvm_mmu_zap_all_fast: kvm-mmu-valid-gen 0 used_pages "
		"0\n"
		"  b-1002 [000] ..... 1.004: sys_ioctl -> 0x0\n"
		"  b-1002 [000] ..... 1.005: sys_ioctl(fd: 4, cmd: 0xae80, arg: 0x0)\n"
		"  b-1002 [000] ..... 1.006: sys_ioctl -> 0x0\n";

	has(text, "size=4M slot=2M+2M", "bind slot=1 gpa=2M offset=2M len=2M\n");
	has(text, "size=4M slot=2M+2M", "unbind slot=1\n");
	has_not(text, "size=4M slot=2M+2M", "unbind slot=1\nafter");
}

static void threads_without_operations_touch_pages_if_told_so(void **state)
{
	static const char text[] = "  f-1001 [000] d..2. 1.000000: sched_switch: prev_comm=swapper "
				   "prev_pid=0 prev_prio=1 "
				   "prev_state=R ==> next_comm=f next_pid=1001 next_prio=1\n"
				   "  p-1002 [001] ..... 1.000100: sys_fallocate(fd: 5, mode: 3, "
				   "offset: 0, len: 0x2000)\n"
				   "  p-1002 [001] ..... 1.000900: sys_fallocate -> 0x0\n"
				   "  f-1001 [000] d..2. 1.001000: sched_switch: prev_comm=f "
				   "prev_pid=1001 prev_prio=1 "
				   "prev_state=R ==> next_comm=swapper next_pid=0 next_prio=1\n";
	struct import_options opt = {.source = "test"};
	struct import_error err;

	has(text, "size=8K prefill=none faulters=1 random",
	    "repeat until=stop {\naccess write rand(0,0x2000) len=4K\n}\n");
	has(text, "size=8K prefill=none faulters=1 random", "after 100us signal stop\n");
	has(text, "size=8K prefill=none faulters=1",
	    "for i in 0..1 { access write 0+i*4K len=4K\n}\n}\n");
	assert_true(import_assume_parse("size=8K faulters=2", &opt.assume, &err));
	assert_null(import_ftrace_buf(text, strlen(text), &opt, &err));
	assert_non_null(strstr(err.message, "not the 2 assumed"));
}

static void invalidate_lock_waits_are_measured(void **state)
{
	static const char text[] =
		"  p-1 [001] ..... 0.9: tracing_mark_write: x\n"
		"  p-1002 [001] ..... 1.000000: sys_fallocate(fd: 5, mode: 3, offset: 0, len: "
		"0x2000)\n"
		"  p-1002 [001] ..... 1.000001: contention_begin: 00000000aa (flags=WRITE)\n"
		"  p-1002 [001] ..... 1.000011: contention_end: 00000000aa (ret=0)\n"
		"  a-1003 [000] ..... 1.000020: sys_fallocate(fd: 5, mode: 1, offset: 0, len: "
		"0x1000)\n"
		"  a-1003 [000] ..... 1.000021: contention_begin: 00000000aa (flags=READ)\n"
		"  a-1003 [000] ..... 1.000025: contention_begin: 00000000bb (flags=SPIN)\n"
		"  a-1003 [000] ..... 1.000026: contention_end: 00000000bb (ret=0)\n"
		"  p-1002 [001] ..... 1.000111: sys_fallocate -> 0x0\n"
		"  a-1003 [000] ..... 1.000121: contention_end: 00000000aa (ret=0)\n"
		"  a-1003 [000] ..... 1.000122: sys_fallocate -> 0x0\n";

	has(text, "", "# real invalidate lock held by punch: n=1 p50_us=100.0 ");
	has(text, "", "# real invalidate lock read wait: n=1 p50_us=100.0 ");
	has(text, "", "# real punch call: n=1 p50_us=111.0 ");
}

static void assumptions_are_checked(void **state)
{
	static const struct {
		const char *text;
		u32 col; /* 0: accepted */
	} cases[] = {
		{"", 0},
		{"size=32M prefill=mapped faulters=4 random", 0},
		{"slot=64M+2M mmap=2M pinners=1 pin=64K touch=0+1M pinned", 0},
		{"size=5", 1},
		{"size=32M prefill=half", 10},
		{"faulters=0", 1},
		{"size=99999999999999T", 1},
		{"  random walrus", 10},
		{"touch=1M", 1},
	};
	struct import_assume assume;
	struct import_error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool ok = import_assume_parse(cases[i].text, &assume, &err);

		if (ok != (cases[i].col == 0) || err.col != cases[i].col)
			fail_msg("'%s': column %u", cases[i].text, err.col);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_of_lines_are_read),
		cmocka_unit_test(errors_have_places),
		cmocka_unit_test(a_packed_file_is_read_as_it_is),
		cmocka_unit_test(faults_are_accesses_at_their_place_in_the_file),
		cmocka_unit_test(pauses_are_kept_and_speed_is_not),
		cmocka_unit_test(what_was_there_before_is_prepared),
		cmocka_unit_test(guest_faults_are_touches_without_the_slots_address),
		cmocka_unit_test(memslot_ioctls_come_in_pairs),
		cmocka_unit_test(threads_without_operations_touch_pages_if_told_so),
		cmocka_unit_test(invalidate_lock_waits_are_measured),
		cmocka_unit_test(assumptions_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
