// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watchdogs of traces: the model's vCPUs say when they are kept, reports name who keeps them, and a
 * variant that is right stays silent.
 */
#include "model/watchdogs.h"
#include "replay_fixture.h"

/*
 * 1024 pages are given back under the invalidate lock; vcpu0 faults on another one, and vcpu1 waits
 * for a lock of the guest's that vcpu0 holds.
 */
static void run_convert(struct run *run, const char *kernel, const char *hardlockup,
			const char *extra, const char *page_cost)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "expect = guest-soft-lockup\n"
		 "[machine]\ncpus = 4\n"
		 "[design]\nkernel = %s\n"
		 "[vm vm0]\ntype = sw-protected\nmemory = 6M\nvcpus = 2\ninit = private\n"
		 "mmap = no\nwatchdog-phase = 0\nhardlockup = %s\n%s\n"
		 "[cost]\narch_invalidate = %s\nmem_attr_page = 10ms\n"
		 "[task vmm]\nallocate 0 len=4M\nat 100ms convert shared 0 len=4M\n"
		 "attributes shared 0 len=4M\n"
		 "[task vcpu0]\nat 101ms lock zone\ntouch private 5M 4K write\nunlock zone\n"
		 "[task vcpu1]\nat 150ms lock zone\nunlock zone\n",
		 kernel, hardlockup, extra, page_cost);
	start(run, text, NULL);
}

static const struct sim_finding *find(const struct run *run, const char *rule, const char *who)
{
	for (u32 i = 0; i < run->sim->nr_findings; i++) {
		const struct sim_finding *f = &run->sim->findings[i];

		if (strcmp(f->rule, rule) == 0 &&
		    (!who || strcmp(run->sim->tasks[f->task]->name, who) == 0))
			return f;
	}
	return NULL;
}

static void assert_says(const struct sim_finding *f, const char *text)
{
	assert_non_null(f);
	if (!strstr(f->message, text))
		fail_msg("'%s' is not in: %s", text, f->message);
}

/* 25 ms a page: 25.6 s.  The second vCPU spins for a lock of the guest's whose holder is kept. */
static void a_long_conversion_locks_the_guest_up(void **state)
{
	struct run run;
	char why[160];

	run_convert(&run, "inplace", "off", "", "25ms");
	assert_says(find(&run, "guest-soft-lockup", "vcpu0"),
		    "in vm0: vcpu0 in `touch` waited for 25.5 s for mapping.invalidate_lock "
		    "(read), owned by vmm/");
	assert_says(find(&run, "guest-soft-lockup", "vcpu1"),
		    "for guest:zone (write), owned by vcpu0/");
	assert_says(find(&run, "guest-soft-lockup", "vcpu1"),
		    "mapping.invalidate_lock (read), owned by vmm/");
	assert_non_null(find(&run, "guest-rcu-stall", NULL));
	assert_null(find(&run, "guest-hard-lockup", NULL));
	/* the soft lockup is what the trace expects; the others bark at the same stall */
	assert_true(replay_as_expected(run.r, why));
	finish(&run);
}

/* The kernel whose faults do not take the lock. */
static void not_where_faults_do_not_wait(void **state)
{
	struct run run;

	run_convert(&run, "mainline", "buddy", "", "25ms");
	assert_int_equal(run.sim->nr_findings, 0);
	finish(&run);
}

static void nor_where_it_is_shorter(void **state)
{
	struct run run;

	run_convert(&run, "inplace", "off", "", "17ms");
	assert_int_equal(run.sim->nr_findings, 0);
	finish(&run);
}

static void thresholds_are_the_traces(void **state)
{
	struct watchdog_distance d[WATCHDOG_NR];
	struct run run;

	run_convert(&run, "inplace", "off", "watchdog-thresh = 5s\nrcu-stall-timeout = 0", "17ms");
	assert_non_null(find(&run, "guest-soft-lockup", "vcpu0"));
	assert_null(find(&run, "guest-rcu-stall", NULL));
	watchdog_distances(run.sim, d);
	assert_int_equal(d[WATCHDOG_GUEST_SOFT].threshold_ns, 10 * NSEC_PER_SEC);
	assert_in_range(d[WATCHDOG_GUEST_SOFT].max_ns, 17 * NSEC_PER_SEC, 18 * NSEC_PER_SEC);
	assert_int_equal(d[WATCHDOG_GUEST_RCU].threshold_ns, 0);
	finish(&run);
}

/*
 * The page is not among those that become shared, one a call; but each call moves the sequence of
 * the VM while the fault waits for the file's lock, so the fault has to be made again 1024 times:
 * 25.5 s.  Each time the vCPU enters the guest, with @before and @after around the access.
 */
static void run_overtaken(struct run *run, const char *type, const char *hardlockup,
			  const char *before, const char *after)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "expect = any\n[machine]\ncpus = 4\nhung-task-timeout = 5s\n"
		 "[design]\nkernel = inplace\n"
		 "[vm vm0]\ntype = %s\nmemory = 6M\nvcpus = 2\n"
		 "watchdog-phase = 0\nhardlockup = %s\n"
		 "[cost]\nattr_prealloc = 25ms\nguest_exit = 1us\nguest_enter = 1us\n"
		 "[task vmm]\nsleep 100ms\n"
		 "for o in 0..4092K step=4K { convert shared o len=4K expect=ok }\n"
		 "[task vcpu0]\nsleep 101ms\n%s\ntouch private 5M 4K write expect=ok\n%s\n"
		 "[task vcpu1]\nrun 30s\n[final]\nexists stall(vcpu0) > 25s\n",
		 type, hardlockup, before, after);
	start(run, text, NULL);
}

/* Its guest takes interrupts at each entry, and schedules: nobody barks, but it does not get on. */
static void a_fault_that_is_made_again_lets_the_guest_schedule(void **state)
{
	struct watchdog_distance d[WATCHDOG_NR];
	struct run run;

	run_overtaken(&run, "sw-protected", "buddy", "", "");
	assert_int_equal(run.sim->nr_findings, 0);
	watchdog_distances(run.sim, d);
	assert_in_range(d[WATCHDOG_GUEST_SOFT].max_ns, 1, NSEC_PER_SEC);
	assert_in_range(d[WATCHDOG_GUEST_HARD].max_ns, 1, NSEC_PER_SEC);
	finish(&run);
}

/* With preemption off the timer comes at each entry, and the stopper does not. */
static void with_preemption_off_it_is_a_soft_lockup(void **state)
{
	struct watchdog_distance d[WATCHDOG_NR];
	struct run run;

	run_overtaken(&run, "sw-protected", "buddy", "lock zone", "unlock zone");
	assert_says(find(&run, "guest-soft-lockup", "vcpu0"), "soft lockup - CPU#0 stuck for 22s!");
	assert_non_null(find(&run, "guest-rcu-stall", NULL));
	assert_null(find(&run, "guest-hard-lockup", NULL));
	watchdog_distances(run.sim, d);
	assert_true(d[WATCHDOG_GUEST_SOFT].max_ns > 25 * NSEC_PER_SEC);
	assert_in_range(d[WATCHDOG_GUEST_HARD].max_ns, 1, NSEC_PER_SEC);
	finish(&run);
}

/*
 * With interrupts off not even the timer comes.  The buddy says so meanwhile; cycles are not
 * executed; a soft lockup it is when they are on again.
 */
static void with_interrupts_off_it_is_a_hard_lockup(void **state)
{
	struct watchdog_distance d[WATCHDOG_NR];
	struct run run;

	run_overtaken(&run, "sw-protected", "buddy", "lock zone irqs-off", "unlock zone");
	assert_says(find(&run, "guest-hard-lockup", "vcpu0"),
		    "CPU1: Watchdog detected hard LOCKUP on cpu 0");
	assert_non_null(find(&run, "guest-soft-lockup", "vcpu0"));
	watchdog_distances(run.sim, d);
	assert_true(d[WATCHDOG_GUEST_HARD].max_ns > 25 * NSEC_PER_SEC);
	finish(&run);
	run_overtaken(&run, "sw-protected", "perf", "lock zone irqs-off", "unlock zone");
	assert_null(find(&run, "guest-hard-lockup", NULL));
	assert_non_null(find(&run, "guest-soft-lockup", "vcpu0"));
	finish(&run);
}

/* KVM tries a private fault of a TD again itself, until the guest has an interrupt pending. */
static void a_td_is_entered_for_its_timer(void **state)
{
	struct run run;

	run_overtaken(&run, "tdx", "buddy", "", "");
	assert_int_equal(run.sim->nr_findings, 0);
	finish(&run);
	run_overtaken(&run, "tdx", "buddy", "lock zone", "unlock zone");
	assert_says(find(&run, "guest-soft-lockup", "vcpu0"), "soft lockup - CPU#0 stuck for 22s!");
	assert_null(find(&run, "guest-hard-lockup", NULL));
	assert_null(find(&run, "livelock", NULL));
	finish(&run);
}

/* 17 s are too little for a soft lockup, and enough for a buddy. */
static void a_buddy_is_earlier(void **state)
{
	struct run run;

	run_convert(&run, "inplace", "buddy", "", "17ms");
	assert_says(find(&run, "guest-hard-lockup", "vcpu0"),
		    "Watchdog detected hard LOCKUP on cpu 0");
	assert_null(find(&run, "guest-soft-lockup", NULL));
	finish(&run);
}

static void interrupts_off_is_a_hard_lockup(void **state)
{
#define GUEST(verb)                                                               \
	"expect = any\n[vm vm0]\nmemory = 1M\nvcpus = 1\nwatchdog-phase = 0\n" \
	"[task vcpu0]\nat 100ms " verb "\n"
	struct run run;

	start(&run, GUEST("spin 12s irqs-off"), NULL);
	assert_says(find(&run, "guest-hard-lockup", "vcpu0"),
		    "CPU0: Watchdog detected hard LOCKUP on cpu 0");
	finish(&run);
	expect_silent(GUEST("spin 9s irqs-off"));
	expect_silent(GUEST("spin 12s"));
	expect_silent(GUEST("run 60s"));
	expect_silent(GUEST("halt 60s"));
}

static void a_spinning_guest_is_a_soft_lockup(void **state)
{
	struct run run;

	start(&run, GUEST("spin 25s"), NULL);
	assert_says(find(&run, "guest-soft-lockup", "vcpu0"),
		    "soft lockup - CPU#0 stuck for 22s! [vcpu0:");
	finish(&run);
}

/* Commit 47bb584237cc: 26 s for a terabyte. */
#define ATTRIBUTES                                                                             \
	"expect = any\n[machine]\ncpus = 1\npreempt = none\nwatchdog-phase = 0\n"             \
	"[vm vm0]\ntype = sw-protected\nmemory = 16M\nmmap = no\n"                            \
	"[cost]\nmem_attr_page = 3200us\n[task vmm]\nat 1ms attributes private 0 len=16M\n"

static void attributes_without_a_reschedule(void **state)
{
	struct replay_options opt;
	struct run run;

	replay_options_default(&opt);
	opt.bug = "attrs-ioctl-soft-lockup";
	start(&run, ATTRIBUTES, &opt);
	assert_says(find(&run, "host-soft-lockup", "vmm"),
		    "soft lockup - CPU#0 stuck for 22s! [vmm:");
	assert_says(find(&run, "host-rcu-stall", "vmm"), "rcu: INFO: rcu_sched");
	finish(&run);
	expect_silent(ATTRIBUTES);
}

static void stalls_are_conditions(void **state)
{
	expect_findings("[vm vm0]\nmemory = 1M\nvcpus = 2\n[task vcpu0]\nlock a\nrun 2s\nunlock a\n"
			"[task vcpu1]\nat 1ms lock a\nunlock a\n[final]\nnever stall(vcpu1) > 1s\n",
			1, "expect");
	expect_silent("[vm vm0]\nmemory = 1M\nvcpus = 2\n[task vcpu0]\nlock a\nrun 900ms\n"
		      "unlock a\n[task vcpu1]\nat 1ms lock a\nunlock a\n[final]\n"
		"never stall(vcpu1) > 1s\n");
}

static void whole_seconds_only(void **state)
{
	const char *text = "gmemsim trace 1\n[machine]\nhung-task-timeout = 1500ms\n[task kernel]\n"
			   "sleep 1ms\n";
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct trace *t;

	replay_options_default(&opt);
	t = trace_parse_buf("t.gms", text, strlen(text), &replay_names, &errs);
	assert_non_null(t);
	assert_null(replay_create(t, &opt, &errs));
	assert_non_null(strstr(errs.v[0].message, "whole seconds"));
	trace_errors_finish(&errs);
	trace_free(t);
}

/* Whether a cost is charged is seen; a factor changes it. */
static void costs_are_noted_and_scaled(void **state)
{
	const char *text = "[vm vm0]\nmemory = 1M\nvcpus = 1\n[cost]\nfolio_alloc = 1us\n"
			   "folio_free = 2us\n[task vmm]\nallocate 0 len=40K\n";
	struct replay_options opt;
	struct cost_use use[NR_COSTS];
	double factor[NR_COSTS];
	struct run run;
	sim_ns end_ns;

	replay_options_default(&opt);
	opt.note_costs = true;
	start(&run, text, &opt);
	end_ns = run.sim->end_ns;
	assert_int_equal(replay_costs(run.r, use), 1);
	assert_string_equal(use[0].desc->name, "folio_alloc");
	assert_int_equal(use[0].kind, COST_SOURCE_STATED);
	assert_int_equal(use[0].dist.a_ns, 1000);
	finish(&run);
	for (u32 i = 0; i < NR_COSTS; i++)
		factor[i] = 2;
	opt.cost_factor = factor;
	start(&run, text, &opt);
	assert_int_equal(run.sim->end_ns, 2 * end_ns);
	finish(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_conversion_locks_the_guest_up),
		cmocka_unit_test(not_where_faults_do_not_wait),
		cmocka_unit_test(nor_where_it_is_shorter),
		cmocka_unit_test(thresholds_are_the_traces),
		cmocka_unit_test(a_fault_that_is_made_again_lets_the_guest_schedule),
		cmocka_unit_test(with_preemption_off_it_is_a_soft_lockup),
		cmocka_unit_test(with_interrupts_off_it_is_a_hard_lockup),
		cmocka_unit_test(a_td_is_entered_for_its_timer),
		cmocka_unit_test(a_buddy_is_earlier),
		cmocka_unit_test(interrupts_off_is_a_hard_lockup),
		cmocka_unit_test(a_spinning_guest_is_a_soft_lockup),
		cmocka_unit_test(attributes_without_a_reschedule),
		cmocka_unit_test(stalls_are_conditions),
		cmocka_unit_test(whole_seconds_only),
		cmocka_unit_test(costs_are_noted_and_scaled),
	};

	return cmocka_run_group_tests_name("watchdog_trace", tests, NULL, NULL);
}
