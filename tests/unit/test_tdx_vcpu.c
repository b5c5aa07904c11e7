// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TD's vCPUs: entries, exits, accesses, kicks, halting, moving.
 */
#include "tests/unit/tdrun_fixture.h"

/* --- one vCPU --- */

static void touch_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct accept_info acc;
	struct access_info info;
	int level;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(x->pages), 0, &info, &acc) == 0);
	KX_CHECK(x, acc.accepted_pages == x->pages && !acc.already_pages && !acc.status);
	KX_CHECK(x, td_sept(x, KX_GPA + PG(3), &level) == SEPT_MAPPED && level == TDX_LEVEL_4K);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), true, false, 0, &info) == 0);
	KX_CHECK(x, info.pages_done == 4 && info.first_byte == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(1), PG(2), true, true, 0x5a, &info) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(1), PG(2), true, false, 0, &info) == 0);
	KX_CHECK(x, info.first_byte == 0x5a && !info.other_page);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(x->pages), 0, &info, &acc) == 0);
	KX_CHECK(x, !acc.accepted_pages && acc.already_pages == x->pages);
	KX_CHECK(x, vm_vcpu(x->vm, 0)->nr_faults == x->pages);
	KX_CHECK(x, !tdx_vp_in_guest(td_vcpu(x, 0)->vp) && me->irq_count == 0 &&
			    me->preempt_count == 0);
}

static void test_touch(void **state)
{
	struct kx x;

	td_run_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, touch_main);
	td_finish(&x);
}


/* --- interrupts of the host --- */

#define MS 1000000ull

/* Nothing happens but the tick: each is an exit and an entry. */
static void tick_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 enters;

	kx_wait(me, x);
	KX_CHECK(x, guest_run(me, MS / 2) == 0);
	enters = td_vcpu(x, 0)->nr_enters;
	KX_CHECK(x, guest_run(me, 10 * MS) == 0);
	enters = td_vcpu(x, 0)->nr_enters - enters;
	KX_CHECK(x, enters == 11);
}

static void test_ticks(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.cfg.hz = 1000;
	kx_start(&x);
	kx_vcpu(&x, 0, tick_main);
	td_finish(&x);
}

#define EXIT_NS	 7000u
#define ENTER_NS 3000u

struct kick {
	sim_ns punch_ns;
	bool halted;
};

static void kick_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct kick *k = x->priv;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(2), 0, NULL, NULL) == 0);
	KX_CHECK(x, (k->halted ? guest_halt(me, 20 * MS) : guest_run(me, 20 * MS)) == 0);
}

static void kick_vmm(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct kick *k = x->priv;
	struct vcpu *vcpu = vm_vcpu(x->vm, 0);
	sim_ns start_ns;

	kx_wait(me, x);
	sim_sleep_until(me, 10 * MS + MS / 2);
	KX_CHECK(x, (vcpu->mode == IN_GUEST_MODE) == !k->halted);
	start_ns = sim_now(me);
	KX_CHECK(x, gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, PG(1)) ==
			    0);
	k->punch_ns = sim_now(me) - start_ns;
	KX_CHECK(x, x->vm->tdx->nr_tracks == 1 && !x->vm->tdx->nr_busy_retries);
	KX_CHECK(x, !vm_dead(x->vm) && !vm_gpa_mapped(x->vm, KX_GPA));
	/* the kick of TRACK, and that of the flush after it */
	x->count[0] = vcpu->nr_kicks;
}

static sim_ns kick_run(bool halted, u64 *kicks)
{
	struct kick k = { .halted = halted };
	struct kx x;

	td_run_init(&x);
	x.priv = &k;
	x.cfg.hz = 100;
	x.mcfg.costs.dist[COST_tdx_td_exit] = (struct sim_dist){ .a_ns = EXIT_NS };
	x.mcfg.costs.dist[COST_tdx_vp_enter] = (struct sim_dist){ .a_ns = ENTER_NS };
	kx_start(&x);
	kx_vcpu(&x, 0, kick_vcpu);
	kx_vmm(&x, "vmm", kick_vmm);
	*kicks = 0;
	kx_run(&x);
	*kicks = x.count[0];
	kx_assert_clean(&x);
	assert_int_equal(tdx_check(NULL, td_host(&x)->mod), 0);
	sim_destroy(x.sim);
	return k.punch_ns;
}

/* A kick takes a TD exit; who is halted is not kicked. */
static void test_kick(void **state)
{
	u64 kicks;

	assert_in_range(kick_run(false, &kicks), EXIT_NS, 3 * EXIT_NS);
	assert_in_range(kicks, 1, 2);
	assert_in_range(kick_run(true, &kicks), 0, EXIT_NS - 1);
	assert_int_equal(kicks, 0);
}

/* --- HLT --- */

static void halt_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_halt(me, 0) == 0 && sim_now(me) >= 3 * MS && sim_now(me) < 4 * MS);
	KX_CHECK(x, !td_vcpu(x, 0)->event);
	x->count[1] = sim_now(me);
	KX_CHECK(x, guest_halt(me, 2 * MS) == 0);
	KX_CHECK(x, sim_now(me) - x->count[1] >= 2 * MS && sim_now(me) - x->count[1] < 3 * MS);
	/* a signal ends it, too */
	x->count[0] = 1;
	KX_CHECK(x, guest_halt(me, 0) == -EINTR);
}

static void halt_vmm(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	sim_sleep_until(me, 2 * MS);
	KX_CHECK(x, vm_vcpu(x->vm, 0)->mode == OUTSIDE_GUEST_MODE);
	/* it is not woken by what it only has to know before it runs */
	flush_remote_tlbs(me, x->vm);
	sim_unpark(me, vm_vcpu(x->vm, 0)->task);
	sim_sleep_until(me, 3 * MS);
	vcpu_interrupt(me, vm_vcpu(x->vm, 0));
	sim_sleep_until(me, 9 * MS);
	KX_CHECK(x, x->count[0] == 1);
	send_signal(me, vm_vcpu(x->vm, 0)->task, 1);
}

static void test_halt(void **state)
{
	struct kx x;

	td_run_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, halt_vcpu);
	kx_vmm(&x, "vmm", halt_vmm);
	td_finish(&x);
}

/* --- memory that was not accepted --- */

static void ve_accept_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct access_info info;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(3), true, true, 1, &info) == 0);
	KX_CHECK(x, info.pages_done == 3 && vm_vcpu(x->vm, 0)->nr_faults == 3);
	guest_set_ve_policy(x->vm, TDX_VE_DIE);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(4), true, true, 1, &info) ==
			    ACCESS_EXIT_SYSTEM_EVENT);
	KX_CHECK(x, info.pages_done == 3 && !vm_dead(x->vm));
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(3), true, true, 1, &info) == 0);
}

static void test_ve(void **state)
{
	struct kx x;

	td_run_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, ve_accept_main);
	td_finish(&x);
}

static void no_ve_setup(struct task *me, struct kx *x)
{
	x->vm->tdx->params.pending_ve_disable = true;
	td_setup_run(me, x);
}

/* Without #VE it is an exit, and KVM's end of that VM. */
static void no_ve_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, NULL) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), true, true, 1, NULL) == 0 && !vm_dead(x->vm));
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(1), PG(1), true, true, 1, NULL) == -EIO);
	KX_CHECK(x, vm_dead(x->vm) && !vm_bugged(x->vm));
	KX_CHECK(x, guest_touch(me, KX_GPA, PG(1), true, true, 1, NULL) == -EIO);
}

static void test_no_ve(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.setup = no_ve_setup;
	kx_start(&x);
	kx_vcpu(&x, 0, no_ve_main);
	td_finish(&x);
}

/* --- what does not work --- */

static void early_setup(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0);
}

static void early_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_run(me, 1) == -EINVAL);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
	KX_CHECK(x, guest_run(me, 1) == 0);
	/* BUSY is not an error, but a reason to go round the loop */
	td_fail(me, "seamcall_vp_enter", 1);
	KX_CHECK(x, guest_run(me, 1) == 0 && td_failed(me) && td_vcpu(x, 0)->nr_enter_busy == 1);
	/* an interrupt in the middle of ACCEPT */
	td_fail(me, "seamcall_tdg_mem_page_accept", 1);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, NULL) == 0 && td_failed(me));
	/* no slot */
	KX_CHECK(x, guest_touch(me, 0x1000, 1, true, false, 0, &x->info) ==
			    ACCESS_EXIT_MEMORY_FAULT);
	KX_CHECK(x, x->info.fault_gpa == 0x1000 && x->info.fault_flags == MEMORY_EXIT_FLAG_PRIVATE);
	KX_CHECK(x, guest_touch(me, 0x1000, 1, false, false, 0, NULL) == ACCESS_EXIT_MMIO);
	KX_CHECK(x, guest_fetch(me, 0x1000, NULL) == -EIO && vm_bugged(x->vm));
}

static void test_early(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.setup = early_setup;
	kx_start(&x);
	kx_vcpu(&x, 0, early_main);
	td_finish(&x);
}

/* --- a host that has given up --- */

/* It was BUSY for the host and nobody tried again: the guest's patience ends in an exit. */
static void priority_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct sept_ref ref = { .gpa = KX_GPA };
	struct accept_info acc;

	kx_wait(me, x);
	guest_set_ve_policy(x->vm, TDX_VE_DIE);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, true, true, 1, NULL) == ACCESS_EXIT_SYSTEM_EVENT);
	sept_walk(me, td_vcpu(x, 0)->vp->td, &ref);
	KX_CHECK(x, sept_state(ref.copy) == SEPT_PENDING && ref.level == TDX_LEVEL_4K);
	*ref.entry |= SEPT_TDHP;
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, &acc) == ACCESS_EXIT_INTERNAL_ERROR);
	KX_CHECK(x, acc.busy > 10 && !acc.accepted_pages && !vm_dead(x->vm));
	KX_CHECK(x, td_vcpu(x, 0)->vp_enter_ret == TDX_HOST_PRIORITY_BUSY_TIMEOUT);
	*ref.entry &= ~SEPT_TDHP;
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, &acc) == 0 && !acc.busy);
}

static void test_priority(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.mcfg.tdx.hp_timeout_ns = 10000;
	x.mcfg.costs.dist[COST_tdx_tdcall] = (struct sim_dist){ .a_ns = 100 };
	kx_start(&x);
	kx_vcpu(&x, 0, priority_main);
	td_finish(&x);
}

/* --- zero-step mitigation --- */

static void step_vcpu(struct task *me, void *arg)
{
	struct kx *x = arg;
	const struct tdx_leaf_stat *st;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, KX_GPA, 1, true, true, 1, NULL) == 0);
	st = tdx_leaf_stat(td_host(x)->mod, TDX_LEAF_VP_ENTER);
	x->count[1] = st->calls;
	x->count[2] = td_vcpu(x, 0)->nr_enters;
}

/* An invalidation that takes its time; if count[0], with interrupts for the vCPU all the while. */
static void step_vmm(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vm *vm = x->vm;

	vm_mmu_lock(me, vm);
	mmu_invalidate_begin(me, vm);
	mmu_invalidate_range_add(me, vm, GFN(0), GFN(1));
	vm_mmu_unlock(me, vm);
	kx_wait(me, x);
	for (u32 i = 0; i < 200; i++) {
		sim_sleep(me, 100);
		if (x->count[0])
			vcpu_interrupt(me, vm_vcpu(vm, 0));
	}
	vm_mmu_lock(me, vm);
	mmu_invalidate_end(me, vm);
	vm_mmu_unlock(me, vm);
}

static void step_run(struct kx *x, bool events)
{
	td_run_init(x);
	x->count[0] = events;
	x->mcfg.costs.dist[COST_retry_delay] = (struct sim_dist){ .a_ns = 10 };
	kx_start(x);
	kx_vcpu(x, 0, step_vcpu);
	kx_vmm(x, "vmm", step_vmm);
	kx_run(x);
	kx_assert_clean(x);
	assert_int_equal(tdx_check(NULL, td_host(x)->mod), 0);
}

/*
 * Tried again where it is, the fault is one exit.  With events pending KVM lets the guest run, and
 * it misses the same page again: after six of these the module does not even enter.
 */
static void test_zero_step(void **state)
{
	struct kx x;

	step_run(&x, false);
	assert_int_equal(x.count[1], x.count[2]);
	assert_int_equal(x.count[2], 2);
	sim_destroy(x.sim);
	step_run(&x, true);
	assert_in_range(x.count[2], 8, 9);
	assert_in_range(x.count[1], x.count[2] + 20, 2000);
	sim_destroy(x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touch),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_kick),
		cmocka_unit_test(test_halt),
		cmocka_unit_test(test_ve),
		cmocka_unit_test(test_no_ve),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_zero_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
