// SPDX-License-Identifier: GPL-2.0-only
/* Each class of error: its place, its words, its hint, letter by letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/trace.h"

#define HEAD  "gmemsim trace 1\n"
#define VM    HEAD "[vm a] memory = 64M\n"
#define VMM   VM "[task vmm]\n"
#define GUEST VM "[task vcpu0]\n"

struct error_case {
	/* constant */
	const char *text;
	size_t len;
	const char *errors; /* as printed, without the file's name */
};

#define C(text, errors)                        \
	{                                      \
		text, sizeof(text) - 1, errors \
	}

static const struct error_case cases[] = {
	C("", "1:1: error: the file is empty\n"),
	C("#!/bin/sh\n", "1:1: error: the first line of a trace is 'gmemsim trace 1'\n"),
	C("gmemsim trace 2\n", "1:15: error: version 2 is not known; this is version 1\n"),
	C("gmemsim trace 1 beta\n", "1:17: error: expected the end of the line, not 'beta'\n"),
	C(HEAD "title = \"a\000b\"\n", "2:11: error: byte 0x00 is a control character\n"),
	C(HEAD "# \377\n", "2:3: error: byte 0xff is not UTF-8\n"),
	C(HEAD "# \300\257\n", "2:3: error: byte 0xc0 is not UTF-8\n"),
	C(HEAD "[machin]\ncpus = 1\n",
	  "2:2: error: unknown section 'machin', did you mean 'machine'?\n"),
	C(HEAD "[machine] cpu = 1\n",
	  "2:11: error: unknown key of [machine]: 'cpu', did you mean 'cpus'?\n"),
	C(HEAD "[design] kernel = mainlin\n",
	  "2:19: error: unknown kernel 'mainlin', did you mean 'mainline'?\n"),
	C(VMM "punhc 0 len=2M\n", "4:1: error: unknown verb 'punhc', did you mean 'punch'?\n"),
	C(VMM "xyzzy 0\n", "4:1: error: unknown verb 'xyzzy'\n"),
	C(VMM "punch 0 lenn=2M\n",
	  "4:9: error: unknown argument of 'punch': 'lenn', did you mean 'len'?\n"),
	C(VMM "pin 0 len=4K longtrm\n",
	  "4:14: error: unknown argument of 'pin': 'longtrm', did you mean 'longterm'?\n"),
	C(VMM "convert privat 0 len=4K\n",
	  "4:9: error: unknown attribute 'privat', did you mean 'private'?\n"),
	C(VMM "punch 0 len=4K expect=EAGIAN\n",
	  "4:23: error: unknown result 'EAGIAN', did you mean 'EAGAIN'?\n"),
	C(HEAD "expect = dedlock\n",
	  "2:10: error: unknown rule 'dedlock', did you mean 'deadlock'?\n"),
	C(VM "[task vmm] close\n[final] never stal(vmm) > 1s\n",
	  "4:15: error: unknown condition 'stal', did you mean 'stall'?\n"),
	C(GUEST "touch private 0 4K expect=exit:memory_fautl\n",
	  "4:27: error: unknown exit 'memory_fautl', did you mean 'memory_fault'?\n"),
	C(VMM "convert private 0 len=4K expect=EAGAIN,eror_offset=0\n",
	  "4:40: error: unknown field 'eror_offset', did you mean 'error_offset'?\n"),
	C(HEAD "[cost] a = uniforn(1us,2us)\n",
	  "2:12: error: unknown distribution 'uniforn', did you mean 'uniform'?\n"),
	C(HEAD "[design] locking = rnage\n",
	  "2:20: error: unknown locking 'rnage', did you mean 'range'?\n"),
	C(VM "[task vmm vm=b] close\n", "3:14: error: unknown VM 'b'\n"),
	C(VM "[task b.vmm] close\n", "3:7: error: unknown VM 'b'\n"),
	C(VMM "punch 0 len=4K gmem=gmen\n",
	  "4:21: error: unknown file 'gmen', did you mean 'gmem'?\n"),
	C(VM "[task vcpu3] run 1us\n[final] never stall(vcpu2) > 1s\n",
	  "4:21: error: unknown task 'vcpu2', did you mean 'vcpu3'?\n"),
	C(VM "[preamble warm] sleep 1us\n[task vmm] use worm\n",
	  "4:16: error: unknown preamble 'worm', did you mean 'warm'?\n"),
	C(VMM "signal done\nwait dnoe\n",
	  "5:6: error: nothing raises the signal 'dnoe', did you mean 'done'?\n"),
	C(GUEST "unlock zone\n", "4:8: error: nothing takes the lock 'zone'\n"),
	C(VMM "unpin p0\n", "4:7: error: no operation has as= for the pin 'p0'\n"),
	C(VMM "munmap m0\n", "4:8: error: no mmap has as= for the mapping 'm0'\n"),
	C(HEAD "[tdx] hkid = 1\n",
	  "2:7: error: unknown key of [tdx]: 'hkid', did you mean 'hkids'?\n"),
	C(HEAD "[tdx] hkids = 4096\n", "2:15: error: 'hkids' is out of range: 1 to 1023\n"),
	C(HEAD "[tdx] zero-step-tree = exclsive\n",
	  "2:24: error: unknown mode of the S-EPT tree's lock 'exclsive', did you mean "
	  "'exclusive'?\n"),
	C(HEAD "[tdx]\n[tdx]\n", "3:1: error: a second [tdx]; the first is in line 2\n"),
	C(VM "on-mapgpa = thraed\n",
	  "3:13: error: unknown answer to MapGPA 'thraed', did you mean 'thread'?\n"),
	C(VM "accept = lazy\n[task vmm] close\n",
	  "3:1: error: this is for TDs, and VM 'a' is none, add type = tdx\n"),
	C(VM "mapped = 0..8K, 4K..1M\n[task vmm] close\n",
	  "2:5: error: ranges of 'mapped' overlap\n"),
	C(VM "type = tdx mapped = all\n[task vmm] close\n",
	  "2:5: error: 'mapped' is not for TDs, whose guest accepts memory, say pending "
	  "or accepted\n"),
	C(VM "type = tdx accepted = some\n",
	  "3:23: error: expected all, none or a range such as 0..64M, not 'some'\n"),
	C(VM "type = tdx accepted = 4K..4K\n",
	  "3:23: error: the range is empty or too long, the end is not included\n"),
	C(VM "type = tdx accepted = 0..1\n",
	  "3:23: error: 'accepted' is not in multiples of 4K\n"),
	C(VM "type = tdx accepted = 0..8K, 4K..1M\n[task vmm] close\n",
	  "3:12: error: ranges of 'accepted' and 'pending' overlap\n"),
	C(VM "type = tdx build = none pending = all\n[task vmm] close\n",
	  "3:12: error: a TD that is not built has no memory yet, populate it, and finalize\n"),
	C(VM "type = tdx accept-len = 12K\n[task vmm] close\n",
	  "3:12: error: 'accept-len' is not a power of 2\n"),
	C(VM "type = tdx private-zap = keeps\n[task vmm] close\n",
	  "2:5: error: memory that leaves a TD loses its content\n"),
	C(VMM "punch 0x10000000000000000 len=4K\n",
	  "4:7: error: '0x10000000000000000' does not fit 64 bits\n"),
	C(VMM "punch 16777216T len=4K\n", "4:7: error: '16777216T' does not fit 64 bits\n"),
	C(VMM "punch 4KiB len=4K\n",
	  "4:7: error: '4KiB' has an unknown unit; sizes are K M G T, times are ns us ms s\n"),
	C(GUEST "run 5\n", "4:5: error: '5' is a time without a unit: ns us ms s\n"),
	C(VMM "punch 0 len=5ms\n", "4:13: error: '5ms' is a time, a size is wanted here\n"),
	C(GUEST "run 5K\n", "4:5: error: '5K' is a size, a time is wanted here\n"),
	C(VMM "bind slot=1K gpa=0 offset=0 len=4K\n",
	  "4:11: error: '1K' has a unit, a plain number is wanted here\n"),
	C(GUEST "run 1.5ns\n", "4:5: error: '1.5ns' is finer than 1ns\n"),
	C(VMM "punch 0.3 len=4K\n", "4:7: error: '0.3' is not a whole number\n"),
	C(VMM "punch 0x len=4K\n", "4:7: error: '0x' has no digits\n"),
	C(VMM "punch 0xffffffffffffffff+1 len=4K\n",
	  "4:7: error: the value does not fit 64 bits\n"),
	C(GUEST "touch shared rand(4K,4K) 4K\n",
	  "4:14: error: rand(a,b) needs a < b; b itself is never drawn\n"),
	C(GUEST "touch shared rand(0,4K)+rand(0,8K) 4K\n",
	  "4:25: error: more than one rand() in one expression\n"),
	C(GUEST "touch shared rand(0,4K,0) 4K\n", "4:14: error: rand() has a step of 0\n"),
	C(GUEST "for i in 0..1 { for j in 0..1 { touch shared i+j+self 4K } }\n",
	  "4:50: error: more than two variables in one expression\n"),
	C(GUEST "for page in 0..1 { touch shared pgae*4K 4K }\n",
	  "4:33: error: unknown variable (an address or offset is wanted here): 'pgae', did you "
	  "mean 'page'?\n"),
	C(HEAD "[machine] cpus = 5000\n", "2:18: error: 'cpus' is out of range: 1 to 1024\n"),
	C(HEAD "[machine] cpus = 0\n", "2:18: error: 'cpus' is out of range: 1 to 1024\n"),
	C(GUEST "touch shared 0 4K write value=256\n", "4:31: error: a byte is at most 255\n"),
	C(GUEST "touch shared 0 0\n", "4:16: error: 'touch' of no bytes\n"),
	C(VMM "punch 0\n",
	  "4:1: error: 'punch' needs 'len', write: punch ADDR len=LEN [gmem=GMEM]\n"),
	C(VMM "attributes private len=4K\n",
	  "4:1: error: 'attributes' needs 'addr', "
	  "write: attributes ATTR ADDR len=LEN [flags=FLAGS] [attrs=ATTRS]\n"),
	C(VMM "punch 0 len=4K len=8K\n", "4:20: error: 'len' is given twice\n"),
	C(VMM "punch 0 4K len=4K\n", "4:9: error: 'punch' has no room for this argument, write: "
				     "punch ADDR len=LEN [gmem=GMEM]\n"),
	C(VMM "at 1us after 1us close\n", "4:8: error: an operation has one 'at' or 'after'\n"),
	C(VMM "at 1us\n", "4:7: error: expected a verb before the end of the line\n"),
	C(GUEST "repeat 2 { run 1us } run 2us\n",
	  "4:22: error: expected the end of the operation (a new line or ';'), not 'run'\n"),
	C(HEAD "title = \"abc\n", "2:9: error: a string has no closing '\"'\n"),
	C(HEAD "title = \"a\\n\"\n", "2:9: error: a string has \\\" and \\\\, no other escapes\n"),
	C(HEAD "[machine] cpus =\n", "2:17: error: expected a number before the end of the line\n"),
	C(HEAD "[machine] cpus 4\n", "2:16: error: expected '=', not '4'\n"),
	C(HEAD "[machine] cpus = 4 cpus = 5\n", "2:20: error: 'cpus' is stated twice\n"),
	C(VMM "punch 0 len=4K $\n", "4:16: error: expected an argument, not '$'\n"),
	C(VM "[task vmm] close\n[final] never stall(vmm)\n",
	  "4:25: error: expected a comparison such as '> 5ms' before the end of the line\n"),
	C(VM "[task vmm] close\n[final] stall(vmm) > 1s\n",
	  "4:9: error: expected 'never' or 'exists', not 'stall'\n"),
	C(GUEST "repeat 2 {\nrun 1us\n", "4:1: error: this block is not closed\n"),
	C(GUEST "run 1us\n}\n", "5:1: error: '}' closes nothing\n"),
	C(GUEST "repeat 2 { }\n", "4:12: error: a block without an operation\n"),
	C(GUEST "repeat 2\nrun 1us\n", "4:9: error: expected '{' before the end of the line\n"),
	C(GUEST "run 1us { run 2us }\n", "4:9: error: 'run' opens no block\n"),
	C(GUEST "repeat { run 1us }\n", "4:1: error: 'repeat' needs a number or until=, write: "
					"repeat [COUNT] [until=UNTIL] { ... }\n"),
	C(GUEST "for i in 5..2 { run 1us }\n", "4:5: error: the range runs backwards\n"),
	C(GUEST "for i in 0..1 { for i in 0..1 { run 1us } }\n",
	  "4:21: error: variable 'i' is in use already\n"),
	C(GUEST "for self in 0..1 { run 1us }\n",
	  "4:5: error: 'self' cannot be the name of a variable\n"),
	C(GUEST "repeat 1000000001 { run 1us }\n", "4:8: error: more than 1000000000 rounds\n"),
	C(GUEST "repeat 1000000 { repeat 1000000 { repeat 2 { run 1us } } }\n",
	  "4:35: error: nested blocks come to more than 1000000000000 rounds\n"),
	C(VMM "touch shared 0 4K\n", "4:1: error: 'touch' is not for a vmm task\n"),
	C(GUEST "punch 0 len=4K\n", "4:1: error: 'punch' is not for a guest task\n"),
	C(VM "[task vmm] close\n[preamble p]\ntouch shared 0 4K\npunch 0 len=4K\n",
	  "6:1: error: 'punch' is not for a guest task\n"),
	C(VM "[task vmm] use p\n[preamble p] touch shared 0 4K\n",
	  "3:12: error: preamble 'p' is not for a vmm task\n"),
	C(VM "[task vmm] use p\n[preamble p] use q\n[preamble q] use p\n",
	  "5:14: error: preamble 'p' comes to use itself\n"),
	C(HEAD "[machine] cpus = 1\n[machine] hz = 100\n",
	  "3:1: error: a second [machine]; the first is in line 2\n"),
	C(VM "[vm a] memory = 1M\n", "3:5: error: VM 'a' is there already\n"),
	C(VM "[task vcpu0..vcpu3] run 1us\n[task vcpu3] run 1us\n",
	  "4:7: error: task 'vcpu3' is there already (line 3)\n"),
	C(VM "[task vcpu1] run 1us\n[task boot1 kind=guest] run 1us\n",
	  "4:7: error: vCPU 1 of VM 'a' has a task already (line 3)\n"),
	C(HEAD "[vm a] memory = 1M vcpus = 2\n[task vcpu2] run 1us\n",
	  "3:7: error: VM 'a' has no vCPU 2, its vCPUs are 0 to 1\n"),
	C(HEAD "[machine] cpus = 2\n[vm a] memory = 1M\n[task vmm cpu=2] close\n",
	  "4:7: error: the machine has no CPU 2, only 2 of them\n"),
	C(VM "[task vcpu0..vcpu3 cpu=0..2] run 1us\n", "3:24: error: 4 tasks need as many CPUs\n"),
	C(VM "[vm b] memory = 1M\n[task vmm] close\n",
	  "4:7: error: 'vmm' does not say which of 2 VMs it belongs to, add vm=NAME\n"),
	C(HEAD "[task vmm] close\n",
	  "2:7: error: the trace has no VM for 'vmm', add a [vm NAME] section\n"),
	C(VM "[task helper] close\n", "3:7: error: the name 'helper' does not say what kind of "
				      "task it is, add kind=guest, vmm, kernel or device\n"),
	C(VM, "2:1: error: the trace has no [task]\n"),
	C(VM "[task vcpu0..vmm3] run 1us\n",
	  "3:14: error: a range of tasks has one name: vcpu0..vcpu7\n"),
	C(VM "[task vcpu3..vcpu0] run 1us\n", "3:14: error: the range runs backwards\n"),
	C(VM "[task vcpu01] run 1us\n",
	  "3:7: error: the number of 'vcpu01' has a leading zero or is too long\n"),
	C(HEAD "[vm a] vcpus = 1\n[task vmm] close\n",
	  "2:5: error: VM 'a' has no memory, write: memory = SIZE\n"),
	C(HEAD "[vm a] memory = 5000\n[task vmm] close\n",
	  "2:17: error: 'memory' is not a multiple of 4K\n"),
	C(HEAD "[vm a] memory = 3M backing = 2M\n[task vmm] close\n",
	  "2:5: error: the size of 'gmem' is not a multiple of its backing\n"),
	C(HEAD
	  "[machine] memory = 8G\n[vm a] memory = 6G\n[vm b] memory = 4G\n[task a.vmm] close\n",
	  "4:5: error: file 'gmem' of VM 'b' asks for more memory than the machine has (8G)\n"),
	C(HEAD "[vm a] memory = 65T\n[task vmm] close\n",
	  "2:17: error: 'memory' is out of range: 0 to 64T\n"),
	C(HEAD "[vm a] memory = 2T\n[task vmm] close\n",
	  "2:5: error: file 'gmem' of VM 'a' asks for more memory than the machine has (1T)\n"),
	C(HEAD "[vm a] gmem r size=8M\nslot 0 gpa=0 len=4M\nslot 1 gpa=2M len=2M offset=4M\n[task "
	       "vmm] close\n",
	  "4:6: error: slot 1 overlaps slot 0 (line 3) in guest memory\n"),
	C(HEAD "[vm a] gmem r size=8M\nslot 0 gpa=0 len=4M\nslot 1 gpa=4M len=4M offset=2M\n[task "
	       "vmm] close\n",
	  "4:6: error: slot 1 overlaps slot 0 (line 3) in the file\n"),
	C(HEAD "[vm a] gmem r size=8M\nslot 0 gpa=0 len=4M\nslot 0 gpa=4M len=4M offset=4M\n[task "
	       "vmm] close\n",
	  "4:6: error: slot 0 is there already\n"),
	C(HEAD "[vm a] gmem r size=8M\nslot 0 gpa=0 len=4M offset=6M\n[task vmm] close\n",
	  "3:6: error: slot 0 ends beyond the end of file 'r'\n"),
	C(HEAD "[vm b] memory=4M\n[vm a] gmem r size=8M\nslot 0 gpa=0 len=4M gmem=b.gmem\n[task "
	       "a.vmm] close\n",
	  "4:6: error: slot 0: the file belongs to another VM\n"),
	C(VM "[vm b] gmem r size=8M\nslot 40000 gpa=0 len=4M\n[task a.vmm] close\n",
	  "4:6: error: memslots are numbered 0 to 32763\n"),
	C(HEAD "[vm a] gmem r size=8M\ngmem r size=8M\n[task vmm] close\n",
	  "3:6: error: file 'r' is there already\n"),
	C(HEAD "[vm a] gmem r init=shared\n[task vmm] close\n",
	  "2:13: error: file 'r' has no size, write: gmem NAME size=SIZE\n"),
	C(VMM "create gmem size=2M\n", "4:8: error: file 'gmem' exists from the start (line 2)\n"),
	C(HEAD "[vm a] memory = 0\n[task vmm] create g size=2M\npunch 0 len=4K\n",
	  "4:1: error: 'punch' does not say which file, and VM 'a' has none from the start, add "
	  "gmem=NAME\n"),
	C(VM "[vm b] memory = 1M\n[task kworker0] speculative-ref 0\n",
	  "4:17: error: 'speculative-ref' does not say which file, and the task has no VM, add "
	  "gmem=VM.FILE\n"),
	C(HEAD "[cost] pte_zap = 70\n", "2:18: error: '70' is a time without a unit: ns us ms s\n"),
	C(HEAD "[cost] pte_zap = 70ns\npte_zap = 80ns\n",
	  "3:1: error: cost 'pte_zap' is stated twice\n"),
	C(HEAD "[cost] a = uniform(2us,1us)\n",
	  "2:12: error: the upper value is below the lower one\n"),
	C(HEAD "[cost] a = 3601s\n", "2:12: error: a cost above one hour\n"),
	C(HEAD "[schedule] tape = s3/3\n",
	  "2:19: error: a choice is below its bound, both in 32 bits\n"),
	C(HEAD "[schedule] tape = x1/3\n",
	  "2:19: error: expected a choice such as s1/3, not 'x1'\n"),
	C(HEAD "[schedule] tape = s0/2*4000000000\n",
	  "2:19: error: a tape has 1 to 67108864 choices\n"),
	C(HEAD "[design] locking = chunk:100\n",
	  "2:26: error: a chunk is a multiple of 4K, above 0\n"),
	C(VMM "convert private 0 len=4K fail=attr_prealloc:0\n",
	  "4:45: error: passes of a fail point count from 1 to 2^32-1\n"),
	C(VMM "convert private 0 len=4K fail=attr_prealloc@inplca\n",
	  "4:45: error: unknown kernel 'inplca', did you mean 'inplace'?\n"),
	C(VMM "kill vm\n", "4:1: error: unknown task 'vm', did you mean 'vmm'?\n"),
	C(HEAD "[machine] fail-one-in = 1\n",
	  "2:25: error: 'fail-one-in' is out of range: 2 to 1000000000\n"),
	C(VMM "convert private 0 len=4K expect=ok(left=0,left=1)\n",
	  "4:43: error: field 'left' is stated twice\n"),
};

/* The errors of a text as they would be printed; to be freed. */
static char *errors_of(const char *text, size_t len, const struct trace_names *names)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", text, len, names, &errs);
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_null(t);
	trace_errors_print(&errs, f);
	fclose(f);
	trace_errors_finish(&errs);
	assert_int_equal(errs.n, 0);
	return out;
}

static void test_each_class(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		char *errors = errors_of(cases[i].text, cases[i].len, NULL), *want, *p;

		/* the table leaves "t:" out */
		want = calloc(1, 2 * strlen(cases[i].errors) + 8);
		p = want;
		for (const char *s = cases[i].errors; *s; s++) {
			if (s == cases[i].errors || s[-1] == '\n')
				p = stpcpy(p, "t:");
			*p++ = *s;
		}
		if (strcmp(errors, want))
			fprintf(stderr, "%s", cases[i].text);
		assert_string_equal(errors, want);
		free(errors);
		free(want);
	}
}

static void test_all_errors_at_once(void **state)
{
	static const char text[] = VMM "punhc 0\npunch 1\n[machine] cpus = 0\n";
	char *errors = errors_of(text, strlen(text), NULL);

	assert_string_equal(errors, "t:4:1: error: unknown verb 'punhc', did you mean 'punch'?\n"
				    "t:5:1: error: 'punch' needs 'len', write: punch ADDR len=LEN "
				    "[gmem=GMEM]\n"
				    "t:6:18: error: 'cpus' is out of range: 1 to 1024\n");
	free(errors);
}

/* One mistake, one message: the braces and the lines around it are understood. */
static void test_no_cascade(void **state)
{
	static const char text[] = GUEST "repeatt 5 {\nrun 1us\nfor i in 0..3 { run i*1us }\n}\n"
					 "run 1us\n[vmm x]\nmemory = 5\nanything { goes\n";
	char *errors = errors_of(text, strlen(text), NULL);

	assert_string_equal(errors, "t:4:1: error: unknown verb 'repeatt', did you mean 'repeat'?\n"
				    "t:9:2: error: unknown section 'vmm', did you mean 'vm'?\n");
	free(errors);
}

static void test_at_most_twenty(void **state)
{
	char text[4096] = VMM, *errors;
	u32 lines = 0;

	for (u32 i = 0; i < 30; i++)
		strcat(text, "bogus 1 2 3\n");
	errors = errors_of(text, strlen(text), NULL);
	for (const char *p = errors; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, TRACE_ERRORS_MAX);
	free(errors);
}

static const char *nth_name(void *ctx, enum trace_name_kind kind, unsigned int i)
{
	static const char *const names[4][3] = {
		[TRACE_NAMES_COST] = {"pte_zap", "folio_zero"},
		[TRACE_NAMES_FAIL] = {"attr_prealloc"},
		[TRACE_NAMES_LOCK_CLASS] = {"mmap_lock", "mapping.invalidate_lock"},
		[TRACE_NAMES_LOCKING] = {"file", "striped"},
	};

	return i < 3 ? names[kind][i] : NULL;
}

static void test_names_of_the_model(void **state)
{
	static const char good[] = VMM "convert private 0 len=4K fail=attr_prealloc\n"
				       "[cost] pte_zap = 1ns\n[design] locking = striped\n"
				       "[final] never hold(mmap_lock) > 1s\n";
	static const char bad[] = VMM "convert private 0 len=4K fail=attr_prealoc\n"
				      "[cost] pte_zip = 1ns\n[design] locking = range\n"
				      "[final] never hold(mmap_lok) > 1s\n";
	const struct trace_names names = {nth_name, NULL};
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t", good, strlen(good), &names, &errs);
	char *errors;

	assert_non_null(t);
	trace_free(t);
	errors = errors_of(bad, strlen(bad), &names);
	assert_string_equal(
		errors,
		"t:4:31: error: unknown fail point 'attr_prealoc', did you mean 'attr_prealloc'?\n"
		"t:5:8: error: unknown cost 'pte_zip', did you mean 'pte_zap'?\n"
		"t:6:20: error: unknown locking 'range'\n"
		"t:7:20: error: unknown lock class 'mmap_lok', did you mean 'mmap_lock'?\n");
	free(errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_class),
		cmocka_unit_test(test_all_errors_at_once),
		cmocka_unit_test(test_no_cascade),
		cmocka_unit_test(test_at_most_twenty),
		cmocka_unit_test(test_names_of_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
