// SPDX-License-Identifier: GPL-2.0-only
/*
 * The replay of traces: what each construct of the language does.
 *
 * Every test is a trace; what it must bring about is stated in the trace (expect=, [final]), or is
 * read from the simulation afterwards.
 */
#include "replay_fixture.h"

static const struct op_stat *op(const struct run *run, const char *name)
{
	for (u32 i = 0; i < run->sim->nr_ops_stat; i++)
		if (strcmp(run->sim->ops_stat[i]->op, name) == 0)
			return run->sim->ops_stat[i];
	fail_msg("no operation %s", name);
	return NULL;
}

/* ---- set-up --------------------------------------------------------------------- */

static void set_up_takes_no_time_and_leaves_no_trace(void **state)
{
	struct run run;

	start(&run, VM "[cost]\nsyscall = 1ms\n[task vmm]\nsleep 5ms\n", NULL);
	assert_int_equal(run.sim->end_ns, 5 * NSEC_PER_MS);
	assert_int_equal(run.sim->nr_ops_stat, 0);
	for (u32 i = 0; i < run.sim->nr_classes; i++)
		for (int mode = 0; mode < LOCK_NR_MODES; mode++) {
			struct lock_mode_stat st;

			lock_stat_total(run.sim, i, (enum lock_mode)mode, &st);
			assert_int_equal(st.acquisitions, 0);
		}
	finish(&run);
}

static void default_vm_has_file_slot_and_mapping(void **state)
{
	expect_silent(VM "[task vmm]\naccess write 1M len=4K value=7\nsignal a\n"
			 "[task vcpu0]\nwait a\ntouch shared 1M 4K read expect=bytes:7\n");
}

/* The pages are there, zero, as guest faults would have left them; nothing has been spent. */
static void mapped_memory_is_there_from_the_start(void **state)
{
	struct run run;

	start(&run, INPLACE "mapped = 0..1M, 2M..3M\n[cost]\nspte_install = 1ms\n"
		       "[task vmm]\nsleep 5ms\nconvert private 0 len=4K\n"
		       "[task vcpu1]\ntouch shared 2M 4K read expect=bytes:0\n"
		       "[final]\nexists mapped(vm0, 0xff000)\nnever mapped(vm0, 0x100000)\n"
		       "exists mapped(vm0, 0x2ff000)\nnever mapped(vm0, 0x300000)\n"
		       "never mapped(vm0, 0)\n", NULL);
	assert_int_equal(op(&run, "touch")->latency.max, 0);
	assert_int_equal(run.sim->nr_findings, 0);
	finish(&run);
}

static void a_vm_without_slots_has_none(void **state)
{
	expect_silent("[vm vm0]\ngmem ram size=4M\nvcpus = 1\n[task vcpu0]\n"
		      "touch shared 0 4K read expect=exit:mmio\n");
}

static void what_cannot_run_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		u32 line;
		const char *message;
	} cases[] = {
		{VM "[task vmm]\nterminate\n", 6, "for VMs of type tdx"},
		{"[vm vm0]\nmemory = 4M\nbacking = 2M\n[task vmm]\nsleep 1ms\n", 2, "backing"},
		{VM "[task vcpu0]\nsleep 1ms\naccept 0 len=4K\n", 7, "for VMs of type tdx"},
		{VM "[task kernel]\nsleep 1ms\nseamcall mem_track\n", 7, "no TDX module"},
		{VM "[task kernel]\nseamcall TDG.VP.VMCALL\n", 6, "a call of the guest"},
		{VM "[task kernel]\nseamcall TDH.VP.ENTER\n", 6, "by its own operations"},
		{VM "[task vmm]\nfork x\n", 6, "no task says process=x"},
		{VM "[task vmm]\nfork vm0\n", 6, "is the process of a VM"},
		{VM "[task vmm]\nio juggle\n", 6, "no call 'juggle'"},
		{VM "[task vmm]\ncounter sheep\n", 6, "no counter is called 'sheep'"},
		{VM "[task vmm]\nexpect duration() > 1ms\n", 6, "[final]"},
		{VM "mapped = 0..8M\n[task vmm]\nclose\n", 2, "not all of 0x0..0x800000"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trace_errors errs = {0};
		struct replay_options opt;
		char text[1024];
		struct trace *t;

		snprintf(text, sizeof(text), "gmemsim trace 1\n%s", cases[i].text);
		t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);
		trace_errors_print(&errs, stderr);
		assert_non_null(t);
		replay_options_default(&opt);
		assert_null(replay_create(t, &opt, &errs));
		assert_true(errs.n >= 1);
		assert_int_equal(errs.v[0].loc.line, cases[i].line);
		assert_non_null(strstr(errs.v[0].message, cases[i].message));
		trace_errors_finish(&errs);
		trace_free(t);
	}
}

/* ---- control ----------------------------------------------------------------------- */

static void loops_nest_and_preambles_have_their_own_variables(void **state)
{
	expect_silent("[vm vm0]\nmemory = 4M\n[preamble fill]\n"
		      "for i in 0..1 { allocate 1M+i*4K+self*8K len=4K }\n"
		      "[task vmm1..vmm2]\n"
		      "for i in 0..3 { for j in 0..1 { allocate i*8K+j*4K len=4K }\nuse fill\n}\n"
		      "[final]\nexists allocated(vm0) == 12\nexists present(vm0, 0x7000)\n"
		      "exists present(vm0, 0x102000)\nexists present(vm0, 0x105000)\n");
}

static void at_and_after_are_times_of_their_own(void **state)
{
	struct run run;

	start(&run, VM "[task vmm]\nat 2ms run 1ms\nafter 3ms run 1ms\nat 1ms run 1ms\n", NULL);
	assert_int_equal(run.sim->end_ns, 8 * NSEC_PER_MS);
	finish(&run);
}

static void a_loop_until_a_signal_ends_where_nothing_costs(void **state)
{
	struct run run;

	start(&run,
	      VM "[task vmm0]\nrepeat until=stop { access write rand(0,4M) len=4K }\n"
		 "[task vmm1]\nat 10us signal stop\n",
	      NULL);
	assert_int_equal(run.sim->nr_findings, 0);
	assert_true(op(&run, "access")->count > 1000);
	finish(&run);
}

static void a_signal_can_be_waited_for_n_times(void **state)
{
	expect_silent(VM "[task vmm0..vmm2]\nat 1ms allocate self*4K len=4K\nsignal done\n"
			 "[task vmm3]\nwait done count=3\n"
			 "expect present(vm0, 0)\nexpect present(vm0, 0x1000)\nexpect present(vm0, "
			 "0x2000)\n");
}

static void a_barrier_can_be_used_again(void **state)
{
	struct run run;

	start(&run,
	      VM "[task vmm0..vmm2]\nfor i in 0..9 {\nsleep 1ms\nbarrier b\n}\n"
		 "[task vmm3]\nfor i in 0..9 {\nsleep 2ms\nbarrier b\n}\n",
	      NULL);
	assert_int_equal(run.sim->nr_findings, 0);
	assert_int_equal(run.sim->end_ns, 20 * NSEC_PER_MS);
	finish(&run);
}

static void waiting_for_a_signal_is_no_stall(void **state)
{
	expect_silent(VM "[task vmm0]\nwait go\n[task vmm1]\nat 50ms signal go\n"
			 "[final]\nnever stall(any) > 0ns\n");
}

static void waiting_for_good_is_a_deadlock(void **state)
{
	expect_findings(VM "[task vmm0]\nrun 1ms\nwait go count=2\n[task vmm1]\nsignal go\n", 1,
			"deadlock");
}

/* ---- failures -------------------------------------------------------------------- */

static void fail_reaches_one_operation(void **state)
{
	expect_silent(INPLACE "[task vmm]\n"
			      "convert private 0 len=64K fail=attr_prealloc expect=ENOMEM\n"
			      "convert private 0 len=64K expect=ok\n");
}

static void the_verb_fail_waits_for_its_pass(void **state)
{
	expect_silent(INPLACE "[task vmm]\nfail attr_prealloc:2\n"
			      "convert private 0 len=64K expect=ok\n"
			      "convert shared 0 len=64K expect=ENOMEM\n"
			      "convert shared 0 len=64K expect=ok\n");
}

/* ---- results ----------------------------------------------------------------------- */

static void a_wrong_result_is_a_finding_with_its_place(void **state)
{
	struct run run;

	start(&run, VM "[task vmm]\nallocate 0 len=4K\npunch 0 len=4K expect=EBUSY|EAGAIN\n", NULL);
	assert_int_equal(run.sim->nr_findings, 1);
	assert_string_equal(run.sim->findings[0].rule, "expect");
	assert_string_equal(run.sim->findings[0].message,
			    "t.gms:7:1: `punch 0 len=4K expect=EBUSY|EAGAIN` answered ok");
	finish(&run);
}

static void alternatives_of_other_kernels_do_not_count(void **state)
{
	expect_silent(VM "[task vmm]\nconvert private 0 len=4K expect=ok@inplace|ENOTTY@mainline\n"
			 "punch 0 len=4K expect=EBUSY@inplace\n");
	expect_findings(VM "[task vmm]\nconvert private 0 len=4K expect=ENOTTY@inplace|ok\n", 1,
			"expect");
}

static void fields_are_part_of_the_result(void **state)
{
	expect_silent(INPLACE
		      "[task vmm]\naccess write 0 len=64K\npin 32K len=4K as=p\n"
		      "convert private 0 len=64K expect=EAGAIN,error_offset=32K\nunpin p\n");
	expect_findings(INPLACE
			"[task vmm]\naccess write 0 len=64K\npin 32K len=4K as=p\n"
			"convert private 0 len=64K expect=EAGAIN,error_offset=16K\nunpin p\n",
			1, "expect");
}

/* ---- files, mappings, pins ----------------------------------------------------------- */

static void names_that_stand_for_nothing_are_errors_of_the_call(void **state)
{
	expect_silent(VM "[task vmm]\nclose\nclose expect=EBADF\npunch 0 len=4K expect=EBADF\n"
			 "access read 0 len=4K expect=ok|sigbus\n");
	expect_silent(VM "[task vmm]\naccess read 0 len=4K map=m expect=sigsegv\n"
			 "mmap 0 len=8K as=m\naccess read 0 len=4K map=m expect=ok\n"
			 "munmap m\nmunmap m expect=EINVAL\n");
	expect_silent(VM "[task vmm]\nunpin p expect=EINVAL\naccess write 0 len=4K\n"
			 "pin 0 len=4K as=p\nunpin p\nunpin p expect=EINVAL\n");
}

static void each_task_means_its_own_objects_first(void **state)
{
	expect_silent(VM "[task vmm0..vmm1]\naccess write self*1M len=4K\npin self*1M len=4K as=p\n"
			 "barrier pinned\nexpect pinned(vm0, 0)\nexpect pinned(vm0, 1M)\n"
			 "barrier seen\nunpin p\nunpin p expect=EINVAL|ok\n"
			 "[final]\nnever pinned(vm0, 0)\nnever pinned(vm0, 1M)\n");
}

static void created_files_are_files(void **state)
{
	expect_silent(VM
		      "[task vmm]\ncreate f size=64K mmap=yes init=shared\n"
		      "bind slot=7 gpa=1G offset=0 len=64K gmem=f\nmmap 0 len=64K gmem=f as=m\n"
		      "access write 0 len=4K map=m value=9\nsignal a\nwait b\n"
		      "unbind slot=7\nunbind slot=7 expect=ENOENT|EINVAL\nmunmap m\nclose f\n"
		      "[task vcpu0]\nwait a\ntouch shared 1G 4K read expect=bytes:9\nsignal b\n");
}

static void destroy_leaves_nothing_behind(void **state)
{
	expect_silent(VM "[task vmm]\naccess write 0 len=1M\nsignal a\nwait b\ndestroy\n"
			 "punch 0 len=4K expect=EBADF\nmemslot-delete slot=0 expect=EBADF\n"
			 "[task vcpu0]\nwait a\ntouch shared 0 1M write\nsignal b\n");
}

/* ---- guest spinlocks ------------------------------------------------------------------- */

static void guest_locks_are_served_in_order_and_stall(void **state)
{
	struct run run;

	start(&run,
	      "[machine]\ncpus = 4\n" VM "[task vcpu0]\nlock l\nrun 10ms\nunlock l\n"
	      "[task vcpu1]\nat 1ms lock l\nrun 1ms\nunlock l\n"
	      "[task vcpu2]\nat 2ms lock l\nunlock l\n"
	      "[final]\nexists stall(vcpu1) == 9ms\nexists stall(vcpu2) == 9ms\n"
	      "exists hold(guest:l) == 10ms\n",
	      NULL);
	assert_int_equal(run.sim->nr_findings, 0);
	assert_int_equal(run.sim->end_ns, 11 * NSEC_PER_MS);
	finish(&run);
}

static void taking_a_guest_lock_twice_is_a_deadlock(void **state)
{
	expect_findings(VM "[task vcpu0]\nlock l\nlock l\nunlock l\n", 1, "deadlock");
}

static void unlocking_what_is_not_held_is_found(void **state)
{
	expect_findings(VM "[task vcpu0]\nlock l\nunlock l\nunlock l expect=EPERM\n", 1,
			"lock-order");
}

/* ---- conditions --------------------------------------------------------------------------- */

static void final_conditions_hold_or_are_findings(void **state)
{
	static const char body[] =
		VM "[cost]\nfilemap_delete = 1us\n[task vmm]\n"
		   "allocate 0 len=64K\npunch 0 len=64K\npunch 1 len=4K\n[final]\n";
	static const struct {
		const char *cond, *rule;
	} cases[] = {
		{"never hold(mapping.invalidate_lock) > 1ms", NULL},
		{"never hold(mapping.invalidate_lock) > 10us", "hold-budget"},
		{"exists hold(mapping.invalidate_lock) >= 16us", NULL},
		{"exists hold(mapping.invalidate_lock) < 16us", "expect"},
		{"exists errors(vmm) == 1", NULL},
		{"never errors(any) > 0", "expect"},
		{"exists ops(vmm) == 3", NULL},
		{"exists allocated(vm0) == 0", NULL},
		{"exists present(vm0, 0)", "expect"},
		{"exists refcount(vm0, 0) == 0", NULL},
		{"exists shared(vm0, 0)", NULL},
		{"never duration() < 16us", NULL},
		{"never latency(vmm) > 16us", NULL},
		{"exists latency(any) > 16us", "expect"},
		{"exists latency(vmm) >= 16us", NULL},
		{"exists mapped(vm0, 0)", "expect"},
		{"never wait(no_such_lock) > 0ns", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[1024];

		snprintf(text, sizeof(text), "%s%s\n", body, cases[i].cond);
		expect_findings(text, cases[i].rule != NULL, cases[i].rule ? cases[i].rule : "");
	}
}

/* ---- choices ------------------------------------------------------------------------------- */

static void a_recorded_tape_repeats_the_run(void **state)
{
	static const char body[] =
		VM "[task vmm0..vmm2]\nrepeat 20 { access write rand(0,64K) len=4K }\n"
		   "[task vmm3]\nrepeat 5 { punch 0 len=64K }\n";
	struct replay_options opt;
	struct run first, second;

	replay_options_default(&opt);
	opt.sched = SCHED_RANDOM;
	opt.seed = 42;
	opt.record_tape = true;
	start(&first, body, &opt);
	assert_true(first.sim->tape.rec_len > 100);
	opt.record_tape = false;
	opt.tape = first.sim->tape.rec;
	opt.tape_len = first.sim->tape.rec_len;
	opt.seed = 1;
	start(&second, body, &opt);
	assert_int_equal(second.sim->fingerprint, first.sim->fingerprint);
	assert_int_equal(second.sim->tape.diverged_at, -1);
	finish(&second);
	finish(&first);
}

static void both_engines_run_the_same_trace(void **state)
{
	struct replay_options opt;
	struct run run;

	replay_options_default(&opt);
	opt.engine = ENGINE_THREADS;
	start(&run,
	      VM
	      "[task vmm]\naccess write 0 len=64K value=3\nbarrier b\n"
	      "[task vcpu0]\nbarrier b\nlock l\ntouch shared 0 4K read expect=bytes:3\nunlock l\n"
	      "[task vcpu1]\nbarrier b\nlock l\ntouch shared 4K 4K read expect=bytes:3\nunlock l\n",
	      &opt);
	assert_int_equal(run.sim->nr_findings, 0);
	assert_int_equal(op(&run, "touch")->count, 2);
	finish(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_up_takes_no_time_and_leaves_no_trace),
		cmocka_unit_test(default_vm_has_file_slot_and_mapping),
		cmocka_unit_test(mapped_memory_is_there_from_the_start),
		cmocka_unit_test(a_vm_without_slots_has_none),
		cmocka_unit_test(what_cannot_run_is_refused_with_its_place),
		cmocka_unit_test(loops_nest_and_preambles_have_their_own_variables),
		cmocka_unit_test(at_and_after_are_times_of_their_own),
		cmocka_unit_test(a_loop_until_a_signal_ends_where_nothing_costs),
		cmocka_unit_test(a_signal_can_be_waited_for_n_times),
		cmocka_unit_test(a_barrier_can_be_used_again),
		cmocka_unit_test(waiting_for_a_signal_is_no_stall),
		cmocka_unit_test(waiting_for_good_is_a_deadlock),
		cmocka_unit_test(fail_reaches_one_operation),
		cmocka_unit_test(the_verb_fail_waits_for_its_pass),
		cmocka_unit_test(a_wrong_result_is_a_finding_with_its_place),
		cmocka_unit_test(alternatives_of_other_kernels_do_not_count),
		cmocka_unit_test(fields_are_part_of_the_result),
		cmocka_unit_test(names_that_stand_for_nothing_are_errors_of_the_call),
		cmocka_unit_test(each_task_means_its_own_objects_first),
		cmocka_unit_test(created_files_are_files),
		cmocka_unit_test(destroy_leaves_nothing_behind),
		cmocka_unit_test(guest_locks_are_served_in_order_and_stall),
		cmocka_unit_test(taking_a_guest_lock_twice_is_a_deadlock),
		cmocka_unit_test(unlocking_what_is_not_held_is_found),
		cmocka_unit_test(final_conditions_hold_or_are_findings),
		cmocka_unit_test(a_recorded_tape_repeats_the_run),
		cmocka_unit_test(both_engines_run_the_same_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
