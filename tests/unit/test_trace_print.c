// SPDX-License-Identifier: GPL-2.0-only
/* The canonical form, letter by letter; comments keep their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/trace.h"

static void assert_prints(const char *text, const char *want)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", text, strlen(text), NULL, &errs);
	char *printed;
	size_t len;

	trace_errors_print(&errs, stderr);
	assert_non_null(t);
	printed = trace_print(t, &len);
	assert_string_equal(printed, want);
	assert_int_equal(strlen(want), len);
	free(printed);
	trace_free(t);
}

static void test_sections(void **state)
{
	assert_prints("gmemsim trace 1\n"
		      "expect = deadlock ,guest-soft-lockup title=\"x \\\"y\\\"\"\n"
		      "[machine]preempt=lazy cpus=0x10\n"
		      "[vm a]memory=1024M type=tdx\nslot 0 len=4096K gpa=0\n"
		      "slot 7 offset=4194304 gpa=0x100000000 len=4M gmem=gmem\n"
		      "[cost]b=1500ns include=spr-248 c = uniform(0,1000us)\n"
		      "[task vcpu0..1   cpu=2]run 1000us\n"
		      "[design]locking=bucket:16\n"
		      "[final]never stall(guest)>60s exists mapped(a,12288)\n"
		      "[schedule]tape=s0/2 s0/3*4 fingerprint=255 seed=0x7\n",
		      "gmemsim trace 1\n"
		      "title = \"x \\\"y\\\"\"\n"
		      "expect = deadlock, guest-soft-lockup\n"
		      "\n"
		      "[machine]\n"
		      "cpus = 16\n"
		      "preempt = lazy\n"
		      "\n"
		      "[vm a]\n"
		      "type = tdx\n"
		      "memory = 1G\n"
		      "slot 0 gpa=0 len=4M\n"
		      "slot 7 gpa=4G len=4M gmem=gmem offset=4M\n"
		      "\n"
		      "[cost]\n"
		      "include = spr-248\n"
		      "b = 1500ns\n"
		      "c = uniform(0ns, 1ms)\n"
		      "\n"
		      "[task vcpu0..vcpu1 cpu=2]\n"
		      "run 1ms\n"
		      "\n"
		      "[design]\n"
		      "locking = bucket:16\n"
		      "\n"
		      "[final]\n"
		      "never stall(guest) > 60s\n"
		      "exists mapped(a, 0x3000)\n"
		      "\n"
		      "[schedule]\n"
		      "seed = 7\n"
		      "fingerprint = 0xff\n"
		      "tape = s0/2 s0/3*4\n");
}

static void test_tdx(void **state)
{
	assert_prints("gmemsim trace 1\n"
		      "[tdx]hkids=0x10 dynamic-pamt=yes packages=2 demote-poll=always\n"
		      "host-priority-timeout=10000us zero-step-tree=exclusive\n"
		      "[vm a]accepted=0..4096K , 0x500000..0x501000 type=tdx memory=1G\n"
		      "pending = 8M..16M accept-len=4096K accept=lazy on-mapgpa=thread\n"
		      "on-memory-fault=convert pending-ve-disable=no # n\n"
		      "[vm b] type=tdx memory=4M accepted=all pending=none build=all\n"
		      "[task a.vmm]td-init;td-vcpu 0;finalize b;terminate\n"
		      "[task kernel vm=a]seamcall TDH.MEM.PAGE.AUG r8=16 level=2048K gpa=4096 "
		      "offset=0 expect=TDX_OPERAND_BUSY,operand=0x92|ok\n"
		      "[task a.vcpu0]halt tick=1000 1s;mapgpa shared 0 len=2M "
		      "expect=TDVMCALL_STATUS_RETRY\n"
		      "[final]never accepted(a,4096) exists busy(TDH.MEM.TRACK)>2\n",
		      "gmemsim trace 1\n"
		      "\n"
		      "[tdx]\n"
		      "packages = 2\n"
		      "hkids = 16\n"
		      "dynamic-pamt = yes\n"
		      "zero-step-tree = exclusive\n"
		      "demote-poll = always\n"
		      "host-priority-timeout = 10ms\n"
		      "\n"
		      "[vm a]\n"
		      "type = tdx\n"
		      "memory = 1G\n"
		      "on-memory-fault = convert\n"
		      "accepted = 0..4M, 5M..0x501000\n"
		      "pending = 8M..16M\n"
		      "accept = lazy\n"
		      "accept-len = 4M\n"
		      "pending-ve-disable = no  # n\n"
		      "on-mapgpa = thread\n"
		      "\n"
		      "[vm b]\n"
		      "type = tdx\n"
		      "memory = 4M\n"
		      "build = all\n"
		      "accepted = all\n"
		      "pending = none\n"
		      "\n"
		      "[task a.vmm]\n"
		      "td-init\n"
		      "td-vcpu 0\n"
		      "finalize b\n"
		      "terminate\n"
		      "\n"
		      "[task kernel vm=a]\n"
		      "seamcall TDH.MEM.PAGE.AUG gpa=0x1000 level=2M offset=0 r8=0x10 "
		      "expect=TDX_OPERAND_BUSY,operand=146|ok\n"
		      "\n"
		      "[task a.vcpu0]\n"
		      "halt 1s tick=1000\n"
		      "mapgpa shared 0 len=2M expect=TDVMCALL_STATUS_RETRY\n"
		      "\n"
		      "[final]\n"
		      "never accepted(a, 0x1000)\n"
		      "exists busy(TDH.MEM.TRACK) > 2\n");
}

static void test_operations(void **state)
{
	assert_prints("gmemsim trace 1\n[vm a]memory=1G\n[task vmm]\n"
		      "pin 4096 as=p len=65536 longterm;unpin p\n"
		      "at 1000us access value=65 write 0x0 len=1M expect=ok|sigbus@inplace\n"
		      "convert len=2048K shared 1048577 fail=x:1 expect=error_offset=4096,left=1\n"
		      "for i in 0..8191 step=4096{punch 2M*i+4K len=i*0+1+4095}\n"
		      "create n size=2M mmap=yes backing=4096\n"
		      "[task kworker0]speculative-ref rand(0,10000,1)+self*3 hold=rand(1us,2us)\n",
		      "gmemsim trace 1\n"
		      "\n"
		      "[vm a]\n"
		      "memory = 1G\n"
		      "\n"
		      "[task vmm]\n"
		      "pin 0x1000 len=64K longterm as=p\n"
		      "unpin p\n"
		      "at 1ms access write 0 len=1M value=0x41 expect=ok|sigbus@inplace\n"
		      "convert shared 0x100001 len=2M expect=error_offset=4K,left=1 fail=x\n"
		      "for i in 0..8191 step=4K { punch 0x1000+i*2M len=4K }\n"
		      "create n size=2M backing=4K mmap=yes\n"
		      "\n"
		      "[task kworker0]\n"
		      "speculative-ref rand(0,0x2710,1)+self*3 hold=rand(1us,2us)\n");
}

static void test_blocks(void **state)
{
	assert_prints("gmemsim trace 1\n[vm a]memory=1G\n[task vcpu0]\n"
		      "repeat 2{run 1us}\n"
		      "repeat 2{run 1us;run 2us}\n"
		      "repeat 2{ # why\nrun 1us}\n"
		      "repeat 2{repeat 3{run 1us}} # end\n"
		      "repeat 2{\nrun 1us # inner\n}\n"
		      "repeat 2{\nrun 1us\n# last\n}\n"
		      "repeat 2{at 1us touch private "
		      "rand(0x123456789,0x987654321,0x1111111)+self*0x123456 "
		      "4K write value=0x41}\n",
		      "gmemsim trace 1\n"
		      "\n"
		      "[vm a]\n"
		      "memory = 1G\n"
		      "\n"
		      "[task vcpu0]\n"
		      "repeat 2 { run 1us }\n"
		      "repeat 2 {\n"
		      "\trun 1us\n"
		      "\trun 2us\n"
		      "}\n"
		      "repeat 2 {  # why\n"
		      "\trun 1us\n"
		      "}\n"
		      "repeat 2 {\n"
		      "\trepeat 3 { run 1us }\n"
		      "}  # end\n"
		      "repeat 2 {\n"
		      "\trun 1us  # inner\n"
		      "}\n"
		      "repeat 2 {\n"
		      "\trun 1us\n"
		      "\t# last\n"
		      "}\n"
		      "repeat 2 {\n"
		      "\tat 1us touch private rand(0x123456789,0x98789ab47,17895697)+self*1193046 "
		      "4K write "
		      "value=0x41\n"
		      "}\n");
}

static void test_comments(void **state)
{
	assert_prints("gmemsim trace 1 # version\n"
		      "\n\n# head\n\n\n# more\n"
		      "title = \"t\"   # title\n"
		      "\n# before\n"
		      "[machine] # machine\n"
		      "\n"
		      "# cpus\n"
		      "cpus = 1  hz=100 # hz\n"
		      "\n"
		      "memory = 1G\n"
		      "[vm a]memory=4M# m\n"
		      "[task vmm]\n"
		      "\n"
		      "# first\n"
		      "close\n"
		      "\n\n"
		      "sleep 1us\n"
		      "   # two\n"
		      "\t# lines  \n"
		      "\n"
		      "sleep 2us # a;\n"
		      "\n# end\n\n",
		      "gmemsim trace 1  # version\n"
		      "# head\n"
		      "\n"
		      "# more\n"
		      "title = \"t\"  # title\n"
		      "\n"
		      "# before\n"
		      "[machine]  # machine\n"
		      "# cpus\n"
		      "cpus = 1\n"
		      "\n"
		      "memory = 1G\n"
		      "hz = 100  # hz\n"
		      "\n"
		      "[vm a]\n"
		      "memory = 4M  # m\n"
		      "\n"
		      "[task vmm]\n"
		      "# first\n"
		      "close\n"
		      "\n"
		      "sleep 1us\n"
		      "# two\n"
		      "# lines\n"
		      "\n"
		      "sleep 2us  # a;\n"
		      "\n"
		      "# end\n");
}

/* A recorded run is the trace, and a tape of any length in lines of 100 columns. */
static void test_recorded(void **state)
{
	static const char text[] =
		"gmemsim trace 1\n[vm a]\nmemory = 4M\n[task vmm]\nclose\n# end\n";
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", text, strlen(text), NULL, &errs), *again;
	struct choice tape[1000], *back;
	char *printed;
	size_t len, n;

	for (u32 i = 0; i < ARRAY_SIZE(tape); i++)
		tape[i] = (struct choice){.value = i % 7 / 5, .n = 2, .kind = CHOICE_SCHED};
	tape[999] = (struct choice){.value = UINT32_MAX, .n = 0, .kind = CHOICE_VALUE};
	trace_set_schedule(t, TRACE_ENGINE_VIRTUAL, 42, 0xfeed, tape, ARRAY_SIZE(tape));
	printed = trace_print(t, &len);
	for (const char *line = printed; *line; line = strchr(line, '\n') + 1)
		assert_true(strchr(line, '\n') - line <= 100);
	assert_non_null(strstr(printed, "\n# end\n[schedule]\nengine = virtual\nseed = 42\n"
					"fingerprint = 0xfeed\ntape = s0/2*5 s1/2*2 s0/2*5"));
	again = trace_parse_buf("t", printed, len, NULL, &errs);
	assert_non_null(again);
	back = trace_tape(again, &n);
	assert_int_equal(n, ARRAY_SIZE(tape));
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(back[i].value, tape[i].value);
		assert_int_equal(back[i].n, tape[i].n);
		assert_int_equal(back[i].kind, tape[i].kind);
	}
	free(back);
	free(printed);
	trace_free(t);
	trace_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections), cmocka_unit_test(test_tdx),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_blocks),	 cmocka_unit_test(test_comments),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
