// SPDX-License-Identifier: GPL-2.0-only
/*
 * TDs in a trace: how they are made, how their guests accept memory, what the VMM answers.
 *
 * Every test is a trace; what it must bring about is stated in it.
 */
#include "model/seamcalls.h"
#include "tests/unit/replay_fixture.h"

#define TD(keys) "[design]\nkernel = inplace\n[vm td]\ntype = tdx\nmemory = 4M\nmmap = yes\n" keys

static u64 calls(const struct run *run, const char *leaf)
{
	struct seamcall_stat st = {0};

	assert_true(seamcall_stat(run->sim->model, (u32)seamcall_by_name(leaf), &st));
	return st.calls;
}

static void memory_is_there_from_the_start(void **state)
{
	expect_silent(TD("accepted = 0..64K, 1M..1028K\npending = 64K..128K\n")
		      "[task vcpu0]\nexpect accepted(td, 0)\nexpect accepted(td, 0xf000)\n"
		      "expect pending(td, 0x10000)\nexpect never accepted(td, 0x20000)\n"
		      "expect never pending(td, 0x20000)\nexpect accepted(td, 1M)\n"
		      "expect never accepted(td, 0x101000)\n");
}

static void set_up_leaves_no_trace(void **state)
{
	struct run run;

	start(&run, TD("accepted = all\n") "[task vmm]\nsleep 1us\n", NULL);
	assert_int_equal(calls(&run, "TDH.MEM.PAGE.AUG"), 0);
	assert_int_equal(calls(&run, "tdg_mem_page_accept"), 0);
	assert_int_equal(run.sim->end_ns, 1000);
	finish(&run);
}

static void memory_without_a_slot_cannot_be_accepted(void **state)
{
	struct trace_errors errs = {0};
	struct replay_options opt;
	static const char text[] = "gmemsim trace 1\n[vm td]\ntype = tdx\ngmem ram size=4M\n"
				   "slot 0 gpa=0 len=1M\naccepted = 0..2M\n[task vmm]\nclose\n";
	struct trace *t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);

	replay_options_default(&opt);
	assert_non_null(t);
	assert_null(replay_create(t, &opt, &errs));
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].loc.line, 6);
	trace_errors_finish(&errs);
	trace_free(t);
}

static void ve_accepts_page_by_page(void **state)
{
	struct run run;

	start(&run, TD("") "[task vcpu0]\ntouch private 0 16K write expect=ok\n"
			   "touch private 0 16K read expect=bytes:1\n", NULL);
	assert_int_equal(run.sim->nr_findings, 0);
	assert_int_equal(calls(&run, "TDG.MEM.PAGE.ACCEPT"), 4);
	finish(&run);
}

static void without_ve_it_is_the_end_of_the_td(void **state)
{
	expect_silent(TD("pending-ve-disable = yes\n")
		      "[task vcpu0]\ntouch private 0 4K write expect=EIO\n"
		      "touch private 4K 4K write expect=EIO\n");
	expect_silent(TD("accept = none\n")
		      "[task vcpu0]\naccept 0 len=4K expect=ok,done=1\n"
		      "touch private 0 4K write expect=ok\n"
		      "touch private 4K 4K write expect=exit:system_event\n");
}

static void lazy_accepts_a_piece(void **state)
{
	expect_silent(TD("accept = lazy\naccept-len = 64K\naccepted = 0..64K\n")
		      "[task vcpu0..vcpu1]\ntouch private 0x14000 4K write expect=ok\n"
		      "expect accepted(td, 0x1f000)\nexpect never accepted(td, 0x20000)\n"
		      "[final]\nexists calls(TDG.MEM.PAGE.ACCEPT) == 32\n");
	expect_silent(TD("accept = lazy\n")
		      "[task vcpu0]\nmapgpa shared 2M len=4K expect=ok\n"
		      "expect accepted(td, 0x201000)\nexpect shared(td, 2M)\n"
		      "mapgpa private 2M len=4K expect=ok\nexpect accepted(td, 2M)\n");
}

static void eager_accepts_all_of_it_first(void **state)
{
	expect_silent(TD("accept = eager\naccepted = 1M..2M\n")
		      "[task vcpu1]\nexpect accepted(td, 0x3ff000)\nexpect accepted(td, 0)\n"
		      "[task vcpu0]\nexpect accepted(td, 0)\n");
}

static void the_vmm_answers_mapgpa(void **state)
{
	expect_silent(TD("accepted = all\n")
		      "[task vcpu0]\nmapgpa shared 0 len=4M expect=TDVMCALL_STATUS_SUCCESS\n"
		      "touch shared 0 4M write value=7 expect=ok\n"
		      "mapgpa private 0 len=4096K expect=ok\nexpect never accepted(td, 0)\n"
		      "mapgpa shared 0x800 len=4K expect=TDVMCALL_STATUS_ALIGN_ERROR,gpa=0x800\n"
		      "mapgpa shared 0 len=0 expect=TDVMCALL_STATUS_INVALID_OPERAND\n"
		      "[task vmm]\nsleep 1us\n");
	expect_silent(TD("on-mapgpa = refuse\n")
		      "[task vcpu0]\nmapgpa shared 0 len=4K "
		      "expect=TDVMCALL_STATUS_INVALID_OPERAND,gpa=0\nexpect private(td, 0)\n");
	expect_silent(TD("on-mapgpa = thread\naccepted = all\n")
		      "[task vcpu0]\nmapgpa shared 0 len=4M expect=ok\nexpect shared(td, 0)\n"
		      "[task vcpu1]\nmapgpa shared 0 len=2M expect=ok\n"
		      "[task vcpu2]\ntouch private 2M 4K\n");
}

static void the_vmm_tries_again_while_pages_are_pinned(void **state)
{
	expect_silent(TD("init = shared\n")
		      "[task vmm]\naccess write 0 len=64K\npin 8K len=4K as=p\nsignal pinned\n"
		      "sleep 1ms\nunpin p\n"
		      "[task vcpu0]\nwait pinned\nmapgpa private 0 len=64K expect=ok\n"
		      "touch private 0 64K write expect=ok\n[final]\nexists duration() >= 1ms\n");
	expect_silent(TD("init = shared\n")
		      "[task vmm]\naccess write 0 len=64K\npin 8K len=4K as=p\nsignal pinned\n"
		      "[task vcpu0]\nwait pinned\nmapgpa private 0 len=64K "
		      "expect=TDVMCALL_STATUS_INVALID_OPERAND\nexpect shared(td, 0)\n"
		      "expect shared(td, 0x2000)\n[final]\nexists duration() >= 10ms\n");
}

static void the_vmm_converts_on_memory_faults(void **state)
{
	expect_silent(TD("on-memory-fault = convert\naccepted = 0..16K\n")
		      "[task vcpu0]\ntouch shared 0 16K write value=5 expect=ok,done=4\n"
		      "expect shared(td, 0)\naccept 0 len=8K expect=ok,done=2\n"
		      "touch private 0 16K read expect=bytes:0,done=4\n"
		      "expect private(td, 0x3000)\n[task vmm]\nsleep 1us\n");
	expect_silent(TD("")
		      "[task vcpu0]\ntouch shared 0 16K write "
		      "expect=exit:memory_fault(flags=0,gpa=0,size=4K)\n");
}

static void halts_end(void **state)
{
	expect_silent(TD("")
		      "[task vcpu0]\nhalt 1ms\n[task vcpu1]\nhalt until=go\n"
		      "[task vcpu2]\nhalt until=go tick=1000\n"
		      "[task vcpu3]\nhalt 2ms until=never-raised\n"
		      "[task vmm]\nat 5ms signal go\n[task vmm2]\nat 1s signal never-raised\n"
		      "[final]\nnever latency(vcpu0) < 1ms\nnever latency(vcpu0) > 1.1ms\n"
		      "never latency(vcpu1) < 5ms\nnever latency(vcpu1) > 5.1ms\n"
		      "never latency(vcpu2) > 5.1ms\nnever latency(vcpu3) > 2.1ms\n"
		      "exists calls(TDG.VP.VMCALL) >= 8\n");
}

static const struct task *task_named(const struct sim *sim, const char *name)
{
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (!strcmp(sim->tasks[i]->name, name))
			return sim->tasks[i];
	}
	fail_msg("no task %s", name);
	return NULL;
}

static void spinlocks_name_their_holder(void **state)
{
	const struct stall *stall;
	struct run run;

	start(&run, TD("accepted = all\n")
	      "[cost]\ntdx_page_wbinvd = 10us\n"
	      "[task vcpu0]\nlock l\nsignal held\nmapgpa shared 0 len=64K\nunlock l\n"
	      "[task vcpu1]\nwait held\nlock l\nunlock l\n", NULL);
	assert_int_equal(run.sim->nr_findings, 0);
	stall = &task_named(run.sim, "vcpu1")->stall;
	assert_true(stall->max_ns >= 160000);
	assert_string_equal(stall->class->name, "guest:l");
	assert_ptr_equal(run.sim->tasks[stall->holder], task_named(run.sim, "vcpu0"));
	finish(&run);
}

/* A TLB flush of the VMM's own mapping: its interrupts get the vCPUs out of the TD at once. */
static void interrupts_of_the_host_reach_who_spins(void **state)
{
	expect_silent(TD("init = shared\n")
		      "[task vcpu0]\nat 1ms mapgpa private 0 len=4K expect=ok\nsignal done\n"
		      "[task vcpu1]\nspin until=done\n[task vcpu2]\nrun 3ms\n"
		      "[task vmm]\naccess write 0 len=4K\n"
		      "[final]\nnever latency(vcpu0) > 100us\n");
}

/* A guest that dies takes nobody with it: who spins hears of the VM's end from KVM_RUN. */
static void spinning_ends_with_the_td(void **state)
{
	expect_silent(TD("pending-ve-disable = yes\n")
		      "[task vcpu0]\nlock l\nat 1ms touch private 0 4K expect=EIO\n"
		      "after 1ms unlock l\n"
		      "[task vcpu1]\nat 1us lock l expect=EIO\n"
		      "[task vcpu2]\nat 1us spin until=never expect=EIO\n"
		      "[task vcpu3]\nat 1us halt until=never expect=EIO\n"
		      "[task vmm]\nat 1s signal never\n");
}

static void tds_are_built_step_by_step(void **state)
{
	expect_silent(TD("build = vcpus\nvcpus = 2\n")
		      "[task vmm]\ntd-init expect=EINVAL\ntd-vcpu 0 expect=EEXIST\n"
		      "td-vcpu 7 expect=EINVAL\nmmap 0 len=8K anon as=m\n"
		      "access write 0 len=8K map=m value=9\n"
		      "populate 0 len=8K map=m measure expect=ok,done=2\n"
		      "finalize expect=ok\nsignal go\n"
		      "[task vcpu1]\nwait go\ntouch private 0 8K read expect=bytes:9\n"
		      "[final]\nexists calls(TDH.MR.EXTEND) == 32\n");
	expect_silent(TD("build = none\nvcpus = 1\n")
		      "[task vcpu0]\ntouch private 0 4K expect=EINVAL|EIO|ENOTTY|EBUSY\n");
}

static void seamcalls_fill_in_their_operands(void **state)
{
	expect_silent(TD("accepted = 0..4K\n")
		      "[task kernel]\nseamcall TDH.MEM.SEPT.RD gpa=0 expect=TDX_SUCCESS\n"
		      "seamcall TDH.MEM.SEPT.RD gpa=0 rdx=0 "
		      "expect=TDX_PAGE_METADATA_INCORRECT,operand=2\n"
		      "seamcall mem_track expect=ok\n"
		      "seamcall TDH.PHYMEM.PAGE.RECLAIM offset=1M expect=ENXIO\n"
		      "seamcall TDH.PHYMEM.PAGE.RECLAIM offset=0 "
		      "expect=TDX_LIFECYCLE_STATE_INCORRECT\n"
		      "[final]\nexists calls(mem_track) == 1\n");
}

/* Blocked behind KVM's back: the guest exits and exits, and time goes on all the same. */
static void a_page_blocked_by_hand_does_not_stop_time(void **state)
{
	struct replay_options opt;
	struct run run;

	replay_options_default(&opt);
	opt.limit_ns = 10000;
	start(&run, TD("accepted = 0..4K\n")
	      "[task kernel]\nseamcall TDH.MEM.RANGE.BLOCK gpa=0\nsignal blocked\n"
	      "[task vcpu0]\nwait blocked\ntouch private 0 4K\n"
	      "[task vcpu1]\nwait blocked\naccept 0 len=4K\n", &opt);
	assert_true(run.sim->stopped);
	finish(&run);
}

static void expectations_of_tds_can_fail(void **state)
{
	expect_findings(TD("") "[task kernel]\nseamcall TDH.MEM.TRACK expect=TDX_OPERAND_BUSY\n", 1,
			"expect");
	expect_findings(TD("") "[task vcpu0]\naccept 0 len=4K\n[final]\nnever accepted(td, 0)\n", 1,
			"expect");
	expect_findings(TD("") "[task vcpu0]\nsleep 1us\n[final]\nexists calls(mem_track) > 0\n", 1,
			"expect");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_there_from_the_start),
		cmocka_unit_test(set_up_leaves_no_trace),
		cmocka_unit_test(memory_without_a_slot_cannot_be_accepted),
		cmocka_unit_test(ve_accepts_page_by_page),
		cmocka_unit_test(without_ve_it_is_the_end_of_the_td),
		cmocka_unit_test(lazy_accepts_a_piece),
		cmocka_unit_test(eager_accepts_all_of_it_first),
		cmocka_unit_test(the_vmm_answers_mapgpa),
		cmocka_unit_test(the_vmm_tries_again_while_pages_are_pinned),
		cmocka_unit_test(the_vmm_converts_on_memory_faults),
		cmocka_unit_test(halts_end),
		cmocka_unit_test(spinlocks_name_their_holder),
		cmocka_unit_test(interrupts_of_the_host_reach_who_spins),
		cmocka_unit_test(spinning_ends_with_the_td),
		cmocka_unit_test(tds_are_built_step_by_step),
		cmocka_unit_test(seamcalls_fill_in_their_operands),
		cmocka_unit_test(a_page_blocked_by_hand_does_not_stop_time),
		cmocka_unit_test(expectations_of_tds_can_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
