// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes and files in traces: what a child has of its parent, how it ends, what descriptors do.
 */
#include "replay_fixture.h"

#define CHILD "[task vmm-child process=child]\n"

static void a_child_has_files_and_mappings_of_its_own(void **state)
{
	expect_silent(VM "[task vmm]\nmmap 0 len=64K as=m\naccess write 0 len=64K map=m value=3\n"
			 "fork child expect=ok\nclose expect=ok\nclose expect=EBADF\nmunmap m\n"
			 "signal gone\njoin child expect=ok\ncounter inodes expect=value=1\n" CHILD
			 "wait gone\naccess read 0 len=64K map=m expect=bytes:3\n"
			 "punch 0 len=4K expect=ok\naccess read 0 len=4K map=m expect=bytes:0\n"
			 "munmap m expect=ok\naccess read 0 len=4K map=m expect=EINVAL|sigsegv\n"
			 "close expect=ok\npunch 0 len=4K expect=EBADF\n");
}

static void a_child_cannot_use_the_vm(void **state)
{
	expect_silent(VM "[task vmm]\nfork child\njoin child expect=ok\n" CHILD
			 "create f size=4K expect=EIO\nmemslot-delete slot=0 expect=EIO\n"
			 "bind slot=1 gpa=1G offset=0 len=4K expect=EIO\n"
			 "prefault 0 len=4K expect=EIO\nallocate 0 len=4K expect=ok\n");
}

static void a_signal_without_handler_ends_the_child(void **state)
{
	expect_silent("[vm vm0]\nmemory = 64K\ninit = private\nmmap = yes\n"
		      "[task vmm]\nfork child\njoin child expect=sigbus\n"
		      "state 0 expect=present=0\n" CHILD
		      "access write 0 len=4K expect=sigbus\naccess read 0 len=4K\n"
		      "allocate 0 len=4K\n");
	/* ... and all of its threads */
	expect_silent("[vm vm0]\nmemory = 64K\ninit = private\nmmap = yes\n"
		      "[task vmm]\nfork child\njoin child expect=sigbus\n"
		      "[task vmm1 process=child]\nwait never-comes\nallocate 0 len=4K expect=EIO\n"
		      "[task vmm2 process=child]\naccess write 0 len=4K\n"
		      "[task vmm3]\nat 1s signal never-comes\n");
}

static void the_memory_of_a_child_goes_with_it(void **state)
{
	expect_silent(VM "[task vmm]\naccess write 0 len=64K value=1\nlru-drain\nfork child\n"
			 "wait read\nstate 0 expect=mapcount=2,refcount=3\nsignal seen\njoin child "
			 "expect=ok\n"
			 "state 0 expect=mapcount=1,refcount=2\n" CHILD
			 "access read 0 len=64K expect=bytes:1\nsignal read\nwait seen\n");
}

static void a_fork_that_fails_has_no_child(void **state)
{
	expect_silent(VM "[task vmm]\njoin child expect=ECHILD\nfork child fail=mm expect=ENOMEM\n"
			 "join child expect=ECHILD\nfork child expect=EAGAIN\n" CHILD
			 "punch 0 len=4K expect=EIO\n");
}

static void a_fork_that_does_not_come_keeps_nobody_waiting(void **state)
{
	expect_silent(VM "[task vmm]\nsleep 1ms\nfork child\n[task vmm1]\nkill vmm fatal\n" CHILD
			 "fork grandchild\n[task vmm-grandchild process=grandchild]\n"
			 "punch 0 len=4K expect=EIO\n");
}

static void a_grandchild_is_a_child(void **state)
{
	expect_silent(VM "[task vmm]\naccess write 0 len=4K value=4\nfork child\njoin child\n" CHILD
			 "access read 0 len=4K expect=bytes:4\nfork grandchild expect=ok\n"
			 "join grandchild expect=ok\n[task vmm-g process=grandchild]\n"
			 "access read 0 len=4K expect=bytes:4\n");
}

static void the_last_descriptor_closes_the_file(void **state)
{
	expect_silent(
		"[vm vm0]\nmemory = 64K\nmmap = no\n[task vmm]\ndup expect=ok\ndup expect=ok\n"
		"close\nclose\nstat expect=ok,size=64K\ncounter inodes expect=value=1\n"
		"close\nstat expect=EBADF\ndup expect=EBADF\nio read expect=EBADF\n"
		"state 0 expect=EBADF\ncounter inodes expect=value=0\n");
}

static void each_page_of_a_read_is_compared(void **state)
{
	expect_findings(VM
			"[task vmm]\naccess write 0 len=64K value=1\n"
			"access write 32K len=4K value=2\naccess read 0 len=64K expect=bytes:1\n"
			"signal a\n[task vcpu0]\nwait a\ntouch shared 0 64K read expect=bytes:1\n"
			"touch shared 0 32K read expect=bytes:1\n",
			2, "expect");
}

static void error_offset_is_written_by_failed_conversions_only(void **state)
{
	expect_findings(INPLACE
			"[task vmm]\naccess write 0 len=8K\npin 4K len=4K as=p\n"
			"convert private 0 len=8K value=9 expect=EAGAIN,error_offset=4K\n"
			"convert private 0 len=8K value=9 expect=EAGAIN,error_offset=9\n"
			"convert private 0 len=1 value=9 expect=EINVAL,error_offset=9\n"
			"unpin p\nconvert private 0 len=8K value=9 expect=ok,error_offset=9\n",
			1, "expect");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_files_and_mappings_of_its_own),
		cmocka_unit_test(a_child_cannot_use_the_vm),
		cmocka_unit_test(a_signal_without_handler_ends_the_child),
		cmocka_unit_test(the_memory_of_a_child_goes_with_it),
		cmocka_unit_test(a_fork_that_fails_has_no_child),
		cmocka_unit_test(a_fork_that_does_not_come_keeps_nobody_waiting),
		cmocka_unit_test(a_grandchild_is_a_child),
		cmocka_unit_test(the_last_descriptor_closes_the_file),
		cmocka_unit_test(each_page_of_a_read_is_compared),
		cmocka_unit_test(error_offset_is_written_by_failed_conversions_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
