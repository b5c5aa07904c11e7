// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLBs and remote flushes: who is interrupted, who flushes later, and what a forgotten flush, or
 * one that does not arrive, looks like.
 */
#include "tests/unit/kvm_fixture.h"

/* --- the table itself --- */

static void table_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct tlb *tlb = &vm_vcpu(x->vm, 0)->tlb;

	kx_wait(me, x);
	KX_CHECK(x, !tlb_lookup(tlb, 0, false));
	tlb_fill(x->vm, tlb, 1, false, 0x111);
	tlb_fill(x->vm, tlb, 1, true, 0x222);
	KX_CHECK(x, tlb_lookup(tlb, 1, false)->spte == 0x111);
	KX_CHECK(x, tlb_lookup(tlb, 1, true)->spte == 0x222);
	/* bounded: another page of the same set takes the place */
	tlb_fill(x->vm, tlb, 1 + TLB_ENTRIES, false, 0x333);
	KX_CHECK(x, !tlb_lookup(tlb, 1, false) && tlb_lookup(tlb, 1, true));
	tlb_flush_local(tlb);
	KX_CHECK(x, !tlb_lookup(tlb, 1, true) && !tlb_lookup(tlb, 1 + TLB_ENTRIES, false));
	/* what an entry says counts only where there is one */
	tlb_fill(x->vm, tlb, 9, false, 0x444);
	tlb_fill_huge(x->vm, tlb, 512, false, 0x555, PG_LEVEL_2M);
	KX_CHECK(x, tlb_lookup(tlb, 1023, false)->spte == 0x555);
	tlb_flush_local(tlb);
	KX_CHECK(x, tlb->entry[18].gfn == 9 && !tlb_lookup(tlb, 9, false));
	KX_CHECK(x, !tlb_lookup(tlb, 1023, false));
}

static void test_table(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vmm(&x, "vmm", table_main);
	kx_finish(&x);
}

/* --- kicks --- */

static void in_guest_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = task_vcpu(me);

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), false, true, 1, NULL) == 0);
	KX_CHECK(x, guest_run(me, 10 * NSEC_PER_MS) == 0);
	x->count[vcpu->index] = vcpu->nr_kicks;
}

static void asleep_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = task_vcpu(me);

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), false, true, 1, NULL) == 0);
	sim_sleep(me, 10 * NSEC_PER_MS);
	KX_CHECK(x, vcpu_request_pending(vcpu) && tlb_lookup(&vcpu->tlb, GFN(0), false));
	/* the translation is still there, but it goes before the guest can use it */
	x->ret[2] = (s64)vcpu->nr_faults;
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), false, false, 0, &x->info) == 0);
	KX_CHECK(x, vcpu->nr_faults == (u64)x->ret[2] + 1 && x->info.first_byte == 0);
	x->count[vcpu->index] = vcpu->nr_kicks;
}

static void flusher_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	sim_ns since;

	kx_wait(me, x);
	sim_sleep(me, NSEC_PER_MS);
	KX_CHECK(x, !gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, PG(1)));
	since = sim_now(me);
	x->ret[0] = make_all_cpus_request(me, x->vm, REQ_TLB_FLUSH);
	x->ret[1] = (s64)(sim_now(me) - since);
}

static void test_only_guests_are_kicked(void **state)
{
	struct kx x;

	kx_init(&x);
	x.nr_vcpus = 3;
	x.mcfg.costs.dist[COST_remote_flush_ipi] =
		(struct sim_dist){.kind = DIST_CONST, .a_ns = 5000};
	x.mcfg.costs.dist[COST_remote_flush_handler] =
		(struct sim_dist){.kind = DIST_CONST, .a_ns = 700};
	kx_start(&x);
	kx_vcpu(&x, 0, in_guest_main);
	kx_vcpu(&x, 1, in_guest_main);
	kx_vcpu(&x, 2, asleep_main);
	kx_vmm(&x, "flusher", flusher_main);
	kx_finish(&x);
	assert_int_equal(x.ret[0], 2);
	assert_int_equal(x.ret[1], 5000);
	assert_true(x.count[0] >= 1 && x.count[1] >= 1);
	assert_int_equal(x.count[2], 0);
}

/* No vCPU in guest mode: nothing to wait for. */
static void idle_flush_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	sim_ns since;

	kx_wait(me, x);
	since = sim_now(me);
	KX_CHECK(x, make_all_cpus_request(me, x->vm, REQ_TLB_FLUSH) == 0);
	KX_CHECK(x, sim_now(me) == since);
}

static void test_idle_vcpus_cost_nothing(void **state)
{
	struct kx x;

	kx_init(&x);
	x.nr_vcpus = 64;
	x.mcfg.costs.dist[COST_remote_flush_ipi] =
		(struct sim_dist){.kind = DIST_CONST, .a_ns = 5000};
	kx_start(&x);
	kx_vmm(&x, "flusher", idle_flush_main);
	kx_finish(&x);
}

/* --- a flush that does not arrive --- */

/* As if the kick had been lost: the request goes away unheard. */
static void lost_kick_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);

	kx_wait(me, x);
	sim_sleep(me, NSEC_PER_MS);
	flush_remote_tlbs(me, x->vm);
	__atomic_store_n(&vcpu->requests, 0, __ATOMIC_RELEASE);
}

static void late_user_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), false, true, 1, NULL) == 0);
	sim_sleep(me, 3 * NSEC_PER_MS);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), false, true, 1, NULL) == 0);
}

static void test_lost_kick_is_found(void **state)
{
	struct kx x;

	kx_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, late_user_main);
	kx_vmm(&x, "flusher", lost_kick_main);
	kx_run(&x);
	assert_int_equal(kx_findings(&x, "tlb-stale"), 1);
	sim_destroy(x.sim);
}

/* --- many schedules: guests in their TLBs, zaps under them --- */

static void hot_guest_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 16; i++)
		KX_CHECK(x, guest_touch(me, KX_GPA, PG(8), false, i % 4 == 0, 1, NULL) == 0);
	__atomic_fetch_add(&x->count[0], task_vcpu(me)->nr_kicks, __ATOMIC_RELAXED);
	__atomic_fetch_add(&x->count[1], task_vcpu(me)->tlb.hits, __ATOMIC_RELAXED);
}

static void hot_puncher_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	for (u32 i = 0; i < 12; i++) {
		/* let the guests get their page back, or they do nothing but retry */
		for (u32 j = 0; j < 60; j++)
			sim_point(me, x->vm->id, SIM_READ);
		KX_CHECK(x, !gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0,
					    PG(1)));
	}
}

static void test_race_hot_guests(void **state)
{
	u64 kicks = 0, hits = 0;

	for (u64 seed = 1; seed <= 150; seed++) {
		struct kx x;

		kx_init_random(&x, seed);
		x.mcfg.checks = true;
		x.nr_vcpus = 2;
		kx_start(&x);
		kx_vcpu(&x, 0, hot_guest_main);
		kx_vcpu(&x, 1, hot_guest_main);
		kx_vmm(&x, "puncher", hot_puncher_main);
		kx_finish(&x);
		kicks += x.count[0];
		hits += x.count[1];
	}
	print_message("# %llu kicks, %llu hits\n", (unsigned long long)kicks,
		      (unsigned long long)hits);
	/* it was worth it: guests were interrupted, and used what they remembered */
	assert_true(kicks > 50);
	assert_true(hits > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_only_guests_are_kicked),
		cmocka_unit_test(test_idle_vcpus_cost_nothing),
		cmocka_unit_test(test_lost_kick_is_found),
		cmocka_unit_test(test_race_hot_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
