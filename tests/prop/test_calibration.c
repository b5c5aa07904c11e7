// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do the costs of debian-vm give back the measurements they were derived from?
 *
 * Each row of traces/real/calibration.csv that operations of the trace language can express is
 * replayed: once without and once with the measured operations; the difference of simulated time is
 * the cost.  A row's tolerance is 5 % unless it says otherwise, and why; rows with tolerance 0 are
 * printed and not judged.
 *
 * usage: test_calibration CALIBRATION_CSV COSTS_DIR
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/replay/replay.h"

#define PAGES_64M 16384
#define PAGES_16M 4096

struct row {
	const char *name;
	u32 units;	    /* pages, or 1 where the row is per call */
	u32 tolerance;	    /* percent; 0: printed, not judged */
	bool bound;	    /* is the file in a memslot? */
	const char *guest;  /* what the vCPU does before */
	const char *before; /* what the VMM does before */
	const char *measured;
	bool guest_measured; /* "measured" is the vCPU's */
};

/* The guest's part runs between signal "a" and signal "b". */
#define GUEST_TOUCH "wait a\ntouch shared 0 64M write\nsignal b\n"

static const struct row rows[] = {
	{"host_fault_alloc_zero_map_64M", PAGES_64M, 5, false, NULL, "",
	 "access write 0 len=64M\n"},
	{"host_fault_alloc_zero_map_random_64M", PAGES_64M, 5, false, NULL, "",
	 "for i in 0..127 { for j in 0..127 { access write i*4K+j*512K len=4K } }\n"},
	{"host_fault_zero_map_64M", PAGES_64M, 5, false, NULL, "allocate 0 len=64M\n",
	 "access write 0 len=64M\n"},
	{"host_refault_map_only_64M", PAGES_64M, 5, false, NULL,
	 "access write 0 len=64M\nadvise dontneed 0 len=64M\n", "access write 0 len=64M\n"},
	{"host_touch_mapped_64M", PAGES_64M, 5, false, NULL, "access write 0 len=64M\n",
	 "access write 0 len=64M\n"},
	{"fallocate_alloc_64M", PAGES_64M, 5, false, NULL, "", "allocate 0 len=64M\n"},
	{"fallocate_present_64M", PAGES_64M, 5, false, NULL, "allocate 0 len=64M\n",
	 "allocate 0 len=64M\n"},
	{"zap_dontneed_64M", PAGES_64M, 5, false, NULL, "access write 0 len=64M\n",
	 "advise dontneed 0 len=64M\n"},
	/* measured warm (69.6) and cold (159.5, same file): one cost cannot be both */
	{"munmap_mapped_64M", PAGES_64M, 0, false, NULL,
	 "mmap 0 len=64M as=m\naccess write 0 len=64M map=m\n", "munmap m\n"},
	{"punch_mapped_whole_64M", PAGES_64M, 5, false, NULL, "access write 0 len=64M\n",
	 "punch 0 len=64M\n"},
	{"punch_mapped_2M_chunks_64M", PAGES_64M, 5, false, NULL, "access write 0 len=64M\n",
	 "for i in 0..31 { punch i*2M len=2M }\n"},
	/* a short hole loses more than a system call: its batches are small */
	{"punch_mapped_64K_chunks_64M", PAGES_64M, 10, false, NULL, "access write 0 len=64M\n",
	 "for i in 0..1023 { punch i*64K len=64K }\n"},
	{"punch_mapped_4K_chunks_64M", PAGES_64M, 0, false, NULL, "access write 0 len=64M\n",
	 "for i in 0..16383 { punch i*4K len=4K }\n"},
	{"punch_unmapped_whole_64M", PAGES_64M, 5, false, NULL,
	 "access write 0 len=64M\nadvise dontneed 0 len=64M\n", "punch 0 len=64M\n"},
	/* a page that was never written is freed 10 ns faster; freeing has one cost */
	{"punch_fallocated_whole_64M", PAGES_64M, 10, false, NULL, "allocate 0 len=64M\n",
	 "punch 0 len=64M\n"},
	{"punch_unmapped_4K_chunks_64M", PAGES_64M, 5, false, NULL,
	 "access write 0 len=64M\nadvise dontneed 0 len=64M\n",
	 "for i in 0..16383 { punch i*4K len=4K }\n"},
	{"zap_then_punch_64M", PAGES_64M, 5, false, NULL, "access write 0 len=64M\n",
	 "advise dontneed 0 len=64M\npunch 0 len=64M\n"},
	{"punch_mapped_bound_slot_64M", PAGES_64M, 5, true, NULL, "access write 0 len=64M\n",
	 "punch 0 len=64M\n"},
	{"punch_longterm_pinned_64M", PAGES_16M, 5, false, NULL,
	 "access write 0 len=16M\npin 0 len=16M longterm as=p\n", "punch 0 len=16M\n"},
	{"release_evict_64M", PAGES_64M, 5, false, NULL,
	 "create f size=64M mmap=yes init=shared\nmmap 0 len=64M gmem=f as=m\n"
	 "access write 0 len=64M map=m\nmunmap m\n",
	 "close f\n"},
	{"vmsplice_pin_64M", PAGES_16M, 5, false, NULL, "access write 0 len=16M\n",
	 "for i in 0..255 { pin i*64K len=64K as=p }\n"},
	{"longterm_pin_64M", PAGES_16M, 5, false, NULL, "access write 0 len=16M\n",
	 "pin 0 len=16M longterm as=p\n"},
	{"longterm_unpin_free_64M", PAGES_16M, 5, false, NULL,
	 "access write 0 len=16M\npin 0 len=16M longterm as=p\npunch 0 len=16M\n", "unpin p\n"},
	{"guest_fault_alloc_zero_spte_64M", PAGES_64M, 5, true, "", "",
	 "touch shared 0 64M write\n", true},
	{"guest_refault_after_host_zap_64M", PAGES_64M, 5, true, "wait a\n",
	 "access write 0 len=64M\nadvise dontneed 0 len=64M\nsignal a\n",
	 "touch shared 0 64M write\n", true},
	{"punch_spte_only_64M", PAGES_64M, 5, true, GUEST_TOUCH, "signal a\nwait b\n",
	 "punch 0 len=64M\n"},
	{"punch_host_and_spte_64M", PAGES_64M, 5, true, GUEST_TOUCH,
	 "access write 0 len=64M\nsignal a\nwait b\n", "punch 0 len=64M\n"},
	/* the real one drops whole page tables at once and frees them later */
	{"memslot_unbind_with_sptes_64M", PAGES_64M, 0, true, GUEST_TOUCH, "signal a\nwait b\n",
	 "memslot-delete slot=0\n"},
	/* grows with the slot there; here it is a slot of 2 MiB, see slot_install */
	{"memslot_bind_64MiB_slot", 1, 0, false, NULL, "", "bind slot=1 gpa=4G offset=0 len=64M\n"},
	{"memslot_unbind_64MiB_slot", 1, 0, false, NULL, "bind slot=1 gpa=4G offset=0 len=64M\n",
	 "unbind slot=1\n"},
};

static const char *csv_path, *costs_dir;

/* The median of a row of the CSV file, in ns; 0 if it is not there. */
static double real_ns(const char *name)
{
	FILE *f = fopen(csv_path, "r");
	char line[512];
	double value = 0;
	size_t len = strlen(name);

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const char *comma = strchr(line, ',');

		if (strncmp(line, name, len) == 0 && line[len] == ',' && comma) {
			comma = strchr(comma + 1, ',');
			value = comma ? strtod(comma + 1, NULL) : 0;
		}
	}
	fclose(f);
	return value;
}

static void make_text(const struct row *row, bool measured, char *buf, size_t size)
{
	const char *last = measured ? row->measured : "";

	snprintf(buf, size,
		 "gmemsim trace 1\n"
		 "[machine]\ncpus = 2\npreempt = none\n"
		 "[cost]\ninclude = debian-vm\n"
		 "[vm vm0]\n%s\nvcpus = 1\n"
		 "%s%s%s"
		 "[task vmm]\nsleep 1us\n%s%s",
		 row->bound ? "memory = 64M" : "gmem ram size=64M",
		 row->guest ? "[task vcpu0]\nsleep 1us\n" : "", row->guest ? row->guest : "",
		 row->guest && row->guest_measured ? last : "", row->before,
		 row->guest_measured ? "" : last);
}

static u64 simulate(const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("calibration", text, strlen(text), &replay_names, &errs);
	struct replay_options opt;
	struct replay *r;
	u64 ns;

	trace_errors_print(&errs, stderr);
	assert_non_null(t);
	replay_options_default(&opt);
	opt.costs_dir = costs_dir;
	opt.checks = false;
	r = replay_create(t, &opt, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(r);
	replay_run(r);
	assert_int_equal(replay_sim(r)->nr_findings, 0);
	for (u32 i = 0; i < replay_sim(r)->nr_ops_stat; i++)
		assert_int_equal(replay_sim(r)->ops_stat[i]->errors, 0);
	ns = replay_sim(r)->end_ns;
	replay_destroy(r);
	trace_free(t);
	trace_errors_finish(&errs);
	return ns;
}

static void row_matches(void **state)
{
	const struct row *row = *state;
	char text[2048];
	double real = real_ns(row->name), sim, off;
	u64 before_ns, after_ns;

	assert_true(real > 0);
	make_text(row, false, text, sizeof(text));
	before_ns = simulate(text);
	make_text(row, true, text, sizeof(text));
	after_ns = simulate(text);
	sim = (double)(after_ns - before_ns) / row->units;
	off = 100 * (sim - real) / real;
	printf("# %-38s simulated %9.1f  real %9.1f  %+6.1f %%", row->name, sim, real, off);
	if (row->tolerance)
		printf("  within %u %%\n", row->tolerance);
	else
		printf("  not judged\n");
	fflush(stdout);
	if (row->tolerance && (off > row->tolerance || off < -(double)row->tolerance))
		fail_msg("%s is %.1f %% off", row->name, off);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows)];

	if (argc != 3)
		return 64;
	csv_path = argv[1];
	costs_dir = argv[2];
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].name,
					       .test_func = row_matches,
					       .initial_state = (void *)&rows[i]};
	return _cmocka_run_group_tests("calibration", tests, ARRAY_SIZE(tests), NULL, NULL);
}
