// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failures and signals in traces: what fail= reaches, what is said when it does not, failures by
 * choice, and tasks that are interrupted and killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/replay/replay.h"

#define MACHINE(kernel)                                                                    \
	"[design]\nkernel = " kernel "\n[vm vm0]\ntype = sw-protected\nmemory = 4M\n" \
	"vcpus = 2\n"
#define INPLACE MACHINE("inplace") "init = shared\nmmap = yes\n"
#define TIMED	"[cost]\nfolio_zero = 1us\nguest_exit = 1us\npte_zap = 1us\n"

struct run {
	struct trace *t;
	struct replay *r;
	struct sim *sim;
};

static void start_with(struct run *run, const char *body, const struct replay_options *opt)
{
	struct trace_errors errs = {0};
	char text[4096];

	snprintf(text, sizeof(text), "gmemsim trace 1\n%s", body);
	run->t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(run->t);
	run->r = replay_create(run->t, opt, &errs);
	trace_errors_print(&errs, stderr);
	assert_non_null(run->r);
	run->sim = replay_sim(run->r);
	replay_run(run->r);
}

static void start(struct run *run, const char *body)
{
	struct replay_options opt;

	replay_options_default(&opt);
	start_with(run, body, &opt);
}

static void finish(struct run *run)
{
	replay_destroy(run->r);
	trace_free(run->t);
}

/* Run it on both engines and find nothing. */
static void silent(const char *body)
{
	for (int engine = ENGINE_VIRTUAL; engine <= ENGINE_THREADS; engine++) {
		struct replay_options opt;
		struct run run;

		replay_options_default(&opt);
		opt.engine = (enum engine_kind)engine;
		start_with(&run, body, &opt);
		for (u32 i = 0; i < run.sim->nr_findings; i++)
			print_message("# %s\n", run.sim->findings[i].message);
		assert_int_equal(run.sim->nr_findings, 0);
		finish(&run);
	}
}

/* Run it and find one thing: that an expectation failed, with these words. */
static void finds(const char *body, const char *words)
{
	struct run run;

	start(&run, body);
	assert_int_equal(run.sim->nr_findings, 1);
	assert_string_equal(run.sim->findings[0].rule, "expect");
	if (!strstr(run.sim->findings[0].message, words))
		print_message("# %s\n", run.sim->findings[0].message);
	assert_non_null(strstr(run.sim->findings[0].message, words));
	finish(&run);
}

static void a_failure_that_does_not_come_is_found(void **state)
{
	finds(INPLACE "[task vmm]\nconvert private 0 len=4K fail=attr_prealloc:3\n",
	      "`convert private 0 len=4K fail=attr_prealloc:3`: pass 3 of attr_prealloc did not "
	      "come, of which there were 1");
	finds(INPLACE "[task vmm]\nfail vma\npunch 0 len=4K\n", "pass 1 of vma did not come");
	/* the second "fail" takes the first one's place */
	finds(INPLACE "[task vmm]\nfail vma\nfail attr_prealloc\nconvert private 0 len=4K\n",
	      "pass 1 of vma");
	silent(INPLACE "[task vmm]\nfail attr_prealloc:2\nconvert private 0 len=4K expect=ok\n"
		       "convert shared 0 len=4K expect=ENOMEM\n");
}

static void a_failure_can_be_for_one_kernel(void **state)
{
	const char *body = "[task vmm]\nallocate 0 len=4K expect=ENOMEM@inplace|ok@mainline "
			   "fail=folio_alloc@inplace\n";
	char text[512];

	snprintf(text, sizeof(text), MACHINE("mainline") "%s", body);
	silent(text);
	snprintf(text, sizeof(text), INPLACE "%s", body);
	silent(text);
}

static void a_signal_interrupts_what_looks_for_it(void **state)
{
	silent(INPLACE "[task vmm]\nkill vmm\nallocate 0 len=64K expect=ok\n"
		       "allocate 0 len=64K expect=EINTR fail=signal_allocate:3\n"
		       "expect present(vm0, 0x1000)\nallocate 0 len=64K expect=ok\n"
		       "prefault 0 len=64K vcpu=1 expect=ok,left=56K fail=signal_map_page:3\n"
		       "prefault 0 len=64K vcpu=1 expect=EINTR,left=64K fail=signal_pre_fault\n");
}

static void a_guest_does_not_notice_signals(void **state)
{
	struct run run;

	silent(INPLACE "[task vcpu0]\ntouch shared 0 64K write value=0x33 expect=ok,done=16 "
		       "fail=signal_run:9\ntouch shared 0 64K expect=bytes:0x33,done=16\n"
		       "touch shared 0 8K expect=EINTR fail=signal_run\n");
	/* ... and the time it computes is the time it was asked to */
	start(&run, INPLACE TIMED
	      "[task vcpu0]\nrun 10ms\n[task vmm]\nrepeat 5 { after 1ms kill vcpu0 }\n");
	assert_int_equal(run.sim->nr_findings, 0);
	assert_in_range(run.sim->end_ns, 10 * NSEC_PER_MS, 10 * NSEC_PER_MS + NSEC_PER_US);
	finish(&run);
}

static void who_is_killed_does_nothing_more(void **state)
{
	silent(INPLACE "[task vcpu0]\nrepeat until=never { run 1ms }\n"
		       "[task vcpu1]\nwait never\n"
		       "[task vmm]\nallocate 0 len=4K expect=ok\nsignal ready\nbarrier two\n"
		       "[task vmm2]\nwait ready\nat 5ms kill vcpu0 fatal\nsignal never\n"
		       "barrier two\n"
		       "[final]\nexists killed(vcpu0)\nexists killed(vcpu1)\nexists killed(vmm)\n"
		       "exists killed(vmm2)\nnever present(vm0, 0)\n");
}

static void a_kernel_thread_is_not_killed(void **state)
{
	silent(INPLACE "[task kworker]\nsleep 1ms\nspeculative-ref 0 expect=ENOENT\n"
		       "[task vmm]\nkill kworker fatal\n[final]\nnever killed(any)\n");
}

/*
 * The wait for vcpu->mutex ends, as its owner sleeps; behind one that runs the waiter would spin,
 * and not look at signals.
 */
static void a_killed_task_stops_waiting_for_a_lock(void **state)
{
	struct run run;

	start(&run, INPLACE TIMED
	      "[task vmm1 process=other]\nmmap 0 len=2M\naccess write 0 len=2M expect=ok\n"
	      "at 600us convert private 0 len=2M expect=ok\n"
	      "[task vcpu0]\nat 610us touch shared 3M 4K\n"
	      "[task vmm]\nat 620us prefault 0 len=4K vcpu=0 expect=EINTR\n"
	      "[task kworker]\nat 630us kill vmm fatal\n"
	      "[final]\nexists killed(vmm)\nnever killed(vmm1)\nnever stall(vmm) > 15us\n"
	      "exists stall(vmm) > 5us\nexists stall(vcpu0) > 50us\n");
	for (u32 i = 0; i < run.sim->nr_findings; i++)
		print_message("# %s\n", run.sim->findings[i].message);
	assert_int_equal(run.sim->nr_findings, 0);
	finish(&run);
}

#define BY_CHOICE                                                                          \
	"[machine]\nfail-one-in = 4\n" INPLACE                                             \
	"[task vmm]\nrepeat 20 { convert private 0 len=4K; convert shared 0 len=4K; punch " \
	"0 len=64K; allocate 0 len=64K }\n"

static void failures_by_choice_are_on_the_tape(void **state)
{
	struct replay_options opt;
	struct run a, b;
	u64 failed = 0;

	replay_options_default(&opt);
	opt.record_tape = true;
	start_with(&a, BY_CHOICE, &opt);
	for (const struct fail_stat *st = a.sim->fail_stats; st; st = st->next)
		failed += st->count;
	assert_true(failed > 10);
	assert_int_equal(a.sim->nr_findings, 0);
	opt.seed = 99;
	opt.tape = a.sim->tape.rec;
	opt.tape_len = a.sim->tape.rec_len;
	start_with(&b, BY_CHOICE, &opt);
	assert_int_equal(b.sim->tape.diverged_at, -1);
	assert_int_equal(a.sim->fingerprint, b.sim->fingerprint);
	finish(&b);
	finish(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_that_does_not_come_is_found),
		cmocka_unit_test(a_failure_can_be_for_one_kernel),
		cmocka_unit_test(a_signal_interrupts_what_looks_for_it),
		cmocka_unit_test(a_guest_does_not_notice_signals),
		cmocka_unit_test(who_is_killed_does_nothing_more),
		cmocka_unit_test(a_kernel_thread_is_not_killed),
		cmocka_unit_test(a_killed_task_stops_waiting_for_a_lock),
		cmocka_unit_test(failures_by_choice_are_on_the_tape),
	};

	return cmocka_run_group_tests_name("replay_fails", tests, NULL, NULL);
}
