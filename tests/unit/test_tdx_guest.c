// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's side: accepting page by page, sizes that do not fit, interrupts, the host's priority,
 * zero-step mitigation, epochs, what a vCPU remembers, and calls of the host.
 */
#include "tests/unit/tdx_calls.h"

/* One TD that runs, tables for TX_GPA down to 2M, both vCPUs outside. */
static struct td_env running(struct task *me, struct tx *x)
{
	struct td_env env;

	tx_env(me, x, STAGE_RUN, &env);
	tx_tables(me, x, env.tdr, TX_GPA, 1);
	return env;
}

static void enter(struct task *me, struct tx *x, pfn_t vp)
{
	TX_OK(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(vp), 0));
}

static u64 aug(struct task *me, struct tx *x, struct td_env *env, gpa_t gpa, int level)
{
	return tx_mem(me, x, TDH_MEM_PAGE_AUG, env->tdr, gpa, level,
		      tx_pa(level ? tx_data_2m(x) : tx_data(me, x)));
}

static void run(void (*fn)(struct task *me, void *arg))
{
	struct tx x;

	tx_init(&x);
	tx_start(&x);
	tx_task(&x, "guest", fn);
	tx_finish(&x);
}

/* --- sizes --- */

static void sizes(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_vp *vp = tdx_vp_find(x->mod, env.vp[0]);
	gpa_t far = TX_GPA + 0x10000000;
	u64 rax = 0;

	/* nothing there: the exit says what was asked for and how far the walk came */
	enter(me, x, env.vp[0]);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], far, 1, &rax) == TDX_GUEST_EXIT);
	TX_CHECK(x, vp->exit.type == TDX_EXIT_TYPE_ACCEPT && vp->exit.level == 1 &&
			    vp->exit.err_level == 1 && !vp->exit.err_leaf);
	/* 4K of a 2M page that is not accepted: the host has to split it */
	TX_OK(x, aug(me, x, &env, TX_GPA, 1));
	enter(me, x, env.vp[0]);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA + 0x3000, 0, &rax) == TDX_GUEST_EXIT);
	TX_CHECK(x, vp->exit.level == 0 && vp->exit.err_level == 1 && vp->exit.err_leaf &&
			    vp->exit.err_state == 2);
	/* 2M works; 4K of it then is accepted already, and so is 2M */
	enter(me, x, env.vp[0]);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_OK(x, rax);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA + 0x3000, 0, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, 0x00000B0A00000001);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, 0x00000B0A00000001);
	/* 2M over a table */
	tx_tables(me, x, env.tdr, far, 0);
	TX_OK(x, aug(me, x, &env, far, 0));
	TX_CHECK(x, tx_accept(me, x, env.vp[0], far, 1, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, 0xC0000B0B00000001);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], far, 0, &rax) == TDX_GUEST_OK);
	TX_OK(x, rax);
	/* nonsense */
	TX_CHECK(x, tx_accept(me, x, env.vp[0], far, 2, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, TDX_OPERAND_INVALID | OPERAND_RCX);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], far | BIT_ULL(47), 0, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, TDX_OPERAND_INVALID | OPERAND_RCX);
	tx_exit(me, x, env.vp[0]);
}

static void test_sizes(void **state)
{
	run(sizes);
}

/* --- interrupted, and the host forgets how far it was --- */

static u64 counter(struct tx *x, struct td_env *env)
{
	struct sept_ref ref = { .gpa = TX_GPA, .want = 1 };

	sept_walk(x->sim->tasks[0], tdx_td_find(x->mod, env->tdr), &ref);
	return (ref.copy & SEPT_COUNTER) >> PAGE_SHIFT;
}

static void interrupted(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	u64 rax = 0;

	TX_OK(x, aug(me, x, &env, TX_GPA, 1));
	enter(me, x, env.vp[0]);
	me->fail_site = "tdx_guest_interrupt";
	me->fail_nth = 100;
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_RESTART);
	TX_CHECK(x, counter(x, &env) == 100);
	me->fail_site = "tdx_guest_interrupt";
	me->fail_nth = 50;
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_RESTART);
	TX_CHECK(x, counter(x, &env) == 150);
	tx_exit(me, x, env.vp[0]);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 1, 0));
	TX_OK(x, tx_track(me, x, env.tdr));
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_UNBLOCK, env.tdr, TX_GPA, 1, 0));
	TX_CHECK(x, counter(x, &env) == 0);
	tx_accepted(me, x, env.vp[0], TX_GPA, 1);
}

static void test_interrupted(void **state)
{
	run(interrupted);
}

/* --- host priority --- */

static void priority(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_vp *vp = tdx_vp_find(x->mod, env.vp[0]);
	struct sept_ref ref = { .gpa = TX_GPA, .want = 1 };
	u64 rax = 0;

	TX_OK(x, aug(me, x, &env, TX_GPA, 1));
	enter(me, x, env.vp[0]);
	/* a guest has the entry; a host fails, and is remembered */
	sept_walk(me, vp->td, &ref);
	*ref.entry |= SEPT_TDEL;
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 1, 0), 0x8000020000000001);
	TX_CHECK(x, *ref.entry & SEPT_TDHP);
	*ref.entry &= ~SEPT_TDEL;
	/* from then on guests are told busy, until their patience is over */
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, 0x8000020000000001);
	sim_sleep(me, NSEC_PER_SEC / 2);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, 0x8000020000000001);
	sim_sleep(me, NSEC_PER_SEC / 2);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_EXIT);
	TX_CHECK(x, vp->exit.rax == TDX_HOST_PRIORITY_BUSY_TIMEOUT);
	/* or until the host comes again */
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 1, 0), 0xC0000B0600000001);
	TX_CHECK(x, !(*ref.entry & SEPT_TDHP));
	tx_accepted(me, x, env.vp[0], TX_GPA, 1);
}

static void test_priority(void **state)
{
	run(priority);
}

/* --- zero-step mitigation --- */

static void zero_step(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_vp *vp = tdx_vp_find(x->mod, env.vp[0]);
	u64 rax = 0, epoch;
	pfn_t pfn;

	/* exits of ACCEPT do not count */
	for (int i = 0; i < 20; i++) {
		enter(me, x, env.vp[0]);
		TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 0, &rax) == TDX_GUEST_EXIT);
	}
	for (int i = 0; i < 7; i++) {
		TX_CHECK(x, vp->nr_epf_gpas == 0);
		enter(me, x, env.vp[0]);
		TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA, true, &pfn) == TDX_GUEST_EXIT);
		TX_CHECK(x, vp->exit.type == TDX_EXIT_TYPE_NONE);
	}
	TX_CHECK(x, vp->nr_epf_gpas == 1);
	/* still missing: not let in, and not counted as having been in */
	epoch = vp->td->epoch.raw;
	TX_IS(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(env.vp[0]), 0), EXIT_REASON_EPT_VIOLATION);
	TX_CHECK(x, vp->td->epoch.raw == epoch && !tdx_vp_in_guest(vp) && vp->exit.gpa == TX_GPA);
	/* the page is there; the guest takes it as a #VE, accepts, and gets on */
	TX_OK(x, aug(me, x, &env, TX_GPA, 1));
	enter(me, x, env.vp[0]);
	TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA, true, &pfn) == TDX_GUEST_VE);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA, true, &pfn) == TDX_GUEST_OK);
	/* progress: the next miss begins a new count */
	TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA * 2, true, &pfn) == TDX_GUEST_EXIT);
	TX_CHECK(x, vp->nr_epf_gpas == 0 && vp->nr_epf == 1);
}

static void test_zero_step(void **state)
{
	run(zero_step);
}

/* --- epochs --- */

static void epochs(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_td *td = tdx_td_find(x->mod, env.tdr);

	TX_OK(x, aug(me, x, &env, TX_GPA, 1));
	TX_CHECK(x, td->epoch.epoch == 1);
	enter(me, x, env.vp[0]);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 1, 0));
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 1, 0), 0xC0000B0800000001);
	TX_OK(x, tx_track(me, x, env.tdr));
	/* one is still in from before: not yet, and no other epoch either */
	TX_IS(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 1, 0), 0xC0000B0800000001);
	TX_IS(x, tx_track(me, x, env.tdr), TDX_PREVIOUS_TLB_EPOCH_BUSY);
	enter(me, x, env.vp[1]); /* in the new epoch: does not matter */
	tx_exit(me, x, env.vp[0]);
	TX_OK(x, tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 1, 0));
	TX_CHECK(x, td->epoch.epoch == 2 && td->epoch.refcount[0] == 1);
	tx_exit(me, x, env.vp[1]);
	TX_OK(x, tx_track(me, x, env.tdr));
	TX_OK(x, tx_track(me, x, env.tdr));
}

static void test_epochs(void **state)
{
	run(epochs);
}

/* --- a vCPU on one CPU at a time, and what it remembers --- */

static void association(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_module_args a = { .rcx = tx_pa(env.vp[0]) };

	TX_IS(x, seamcall_on(me, x->mod, 1, TDH_VP_ENTER, &a), TDX_VCPU_ASSOCIATED);
	TX_IS(x, seamcall_on(me, x->mod, 1, TDH_VP_FLUSH, &a), TDX_VCPU_NOT_ASSOCIATED);
	enter(me, x, env.vp[0]);
	TX_IS(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(env.vp[0]), 0),
	      TDX_VCPU_STATE_INCORRECT | VCPU_ACTIVE);
	TX_IS(x, tx_on0(me, x, TDH_VP_FLUSH, tx_pa(env.vp[0]), 0), TDX_OPERAND_BUSY | OPERAND_RCX);
	tx_exit(me, x, env.vp[0]);
	TX_OK(x, tx_on0(me, x, TDH_VP_FLUSH, tx_pa(env.vp[0]), 0));
	a.rcx = tx_pa(env.vp[0]);
	TX_OK(x, seamcall_on(me, x->mod, 1, TDH_VP_ENTER, &a));
	tx_exit(me, x, env.vp[0]);
}

static void test_association(void **state)
{
	run(association);
}

/* A translation from before is used after the page has gone, if nobody cares for epochs. */
static void stale(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_vp *vp = tdx_vp_find(x->mod, env.vp[0]);
	u64 rax = 0;
	pfn_t pfn;

	TX_OK(x, aug(me, x, &env, TX_GPA, 1));
	enter(me, x, env.vp[0]);
	TX_CHECK(x, tx_accept(me, x, env.vp[0], TX_GPA, 1, &rax) == TDX_GUEST_OK);
	TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA, true, &pfn) == TDX_GUEST_OK);
	TX_OK(x, tx_mem(me, x, TDH_MEM_RANGE_BLOCK, env.tdr, TX_GPA, 1, 0));
	tx_mem(me, x, TDH_MEM_PAGE_REMOVE, env.tdr, TX_GPA, 1, 0);
	TX_CHECK(x, tdx_guest_access(me, vp, TX_GPA, true, &pfn) == TDX_GUEST_OK);
	tx_exit(me, x, env.vp[0]);
}

static void test_stale(void **state)
{
	struct tx x;

	for (int plant = 0; plant < 2; plant++) {
		tx_init(&x);
		x.mcfg.bug = plant ? "plant-tdx-no-tracking" : NULL;
		tx_start(&x);
		tx_task(&x, "guest", stale);
		tx_run(&x);
		assert_int_equal(tx_findings(&x, "freed-mapped"), plant);
		sim_destroy(x.sim);
	}
}

/* --- the guest calls the host --- */

static void vmcall(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env = running(me, x);
	struct tdx_vp *vp = tdx_vp_find(x->mod, env.vp[0]);
	struct tdx_module_args a = { .r11 = 0x10001, .r12 = TX_GPA, .r13 = 0x200000 };
	u64 rax = 1;

	enter(me, x, env.vp[0]);
	TX_CHECK(x, tdcall(me, vp, TDG_VP_VMCALL, &a, &rax) == TDX_GUEST_EXIT);
	TX_CHECK(x, vp->exit.rax == EXIT_REASON_TDCALL && vp->exit.regs.r11 == 0x10001 &&
			    vp->exit.regs.r12 == TX_GPA && vp->exit.regs.r13 == 0x200000);
	/* "go on from there" */
	x->a = (struct tdx_module_args){ .rcx = tx_pa(env.vp[0]), .r10 = 1, .r11 = TX_GPA + 4096 };
	TX_OK(x, seamcall_on(me, x->mod, TX_LP, TDH_VP_ENTER, &x->a));
	TX_CHECK(x, tdx_vmcall_result(vp)->r10 == 1 &&
			    tdx_vmcall_result(vp)->r11 == TX_GPA + 4096);
	TX_CHECK(x, tdcall(me, vp, 99, &a, &rax) == TDX_GUEST_OK);
	TX_IS(x, rax, TDX_OPERAND_INVALID | OPERAND_RAX);
	tx_exit(me, x, env.vp[0]);
}

static void test_vmcall(void **state)
{
	run(vmcall);
}

/* --- defects of old versions --- */

struct race {
	struct tx x;
	struct td_env env;
	bool ready; /* atomic */
	u64 rax;
	enum tdx_guest_result ret;
	bool priority_left;
};

static struct race *race_of(void *arg)
{
	return container_of((struct tx *)arg, struct race, x);
}

static void race_setup(struct task *me, struct race *r, bool mapped)
{
	struct tx *x = &r->x;

	tx_env(me, x, STAGE_RUN, &r->env);
	tx_tables(me, x, r->env.tdr, TX_GPA, 0);
	if (mapped)
		TX_OK(x, aug(me, x, &r->env, TX_GPA, 0));
	enter(me, x, r->env.vp[0]);
	__atomic_store_n(&r->ready, true, __ATOMIC_RELEASE);
}

/* AUG comes between the guest's walk and its lock. */
static void leaf_guest(struct task *me, void *arg)
{
	struct race *r = race_of(arg);

	race_setup(me, r, false);
	sim_sleep_until(me, NSEC_PER_MS);
	r->ret = tx_accept(me, &r->x, r->env.vp[0], TX_GPA, 0, &r->rax);
	if (r->ret != TDX_GUEST_EXIT)
		tx_exit(me, &r->x, r->env.vp[0]);
}

static void leaf_host(struct task *me, void *arg)
{
	struct race *r = race_of(arg);

	sim_sleep_until(me, NSEC_PER_MS);
	/* may be told busy: then it was too late */
	SIM_ASSERT(__atomic_load_n(&r->ready, __ATOMIC_ACQUIRE));
	aug(me, &r->x, &r->env, TX_GPA, 0);
}

static void test_stale_leaf(void **state)
{
	for (int old = 0; old < 2; old++) {
		u32 mismatches = 0, accepted = 0;

		for (u64 seed = 1; seed <= 300; seed++) {
			struct race r = { 0 };

			tx_init(&r.x);
			r.x.cfg.sched = SCHED_RANDOM;
			r.x.cfg.seed = seed;
			r.x.tcfg.accept_stale_leaf = old;
			tx_start(&r.x);
			tx_task(&r.x, "guest", leaf_guest);
			tx_task(&r.x, "host", leaf_host);
			tx_run(&r.x);
			mismatches += r.rax == TDX_PAGE_SIZE_MISMATCH;
			accepted += r.ret == TDX_GUEST_OK && !r.rax;
			tx_silent(&r.x);
			sim_destroy(r.x.sim);
		}
		assert_true(accepted > 0);
		assert_true(old ? mismatches > 0 : !mismatches);
	}
}

/* The host fails while the guest has the entry: does the guest's store forget that? */
static void prio_guest(struct task *me, void *arg)
{
	struct race *r = race_of(arg);
	struct sept_ref ref = { .gpa = TX_GPA };

	race_setup(me, r, true);
	sim_sleep_until(me, NSEC_PER_MS);
	tx_accept(me, &r->x, r->env.vp[0], TX_GPA, 0, &r->rax);
	sept_walk(me, tdx_td_find(r->x.mod, r->env.tdr), &ref);
	r->priority_left = *ref.entry & SEPT_TDHP;
	tx_exit(me, &r->x, r->env.vp[0]);
}

static void prio_host(struct task *me, void *arg)
{
	struct race *r = race_of(arg);

	sim_sleep_until(me, NSEC_PER_MS + 5000);
	TX_IS(&r->x, tx_mem(me, &r->x, TDH_MEM_RANGE_BLOCK, r->env.tdr, TX_GPA, 0, 0),
	      TDX_OPERAND_BUSY | OPERAND_RCX);
}

static void test_priority_lost(void **state)
{
	for (int lost = 0; lost < 2; lost++) {
		struct race r = { 0 };

		tx_init(&r.x);
		r.x.tcfg.hp_lost = lost;
		r.x.mcfg.costs.dist[COST_tdx_accept_page].a_ns = 10000;
		tx_start(&r.x);
		tx_task(&r.x, "guest", prio_guest);
		tx_task(&r.x, "host", prio_host);
		tx_run(&r.x);
		assert_int_equal(r.priority_left, !lost);
		sim_destroy(r.x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	      cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_priority),      cmocka_unit_test(test_zero_step),
		cmocka_unit_test(test_epochs),	      cmocka_unit_test(test_association),
		cmocka_unit_test(test_stale),	      cmocka_unit_test(test_vmcall),
		cmocka_unit_test(test_stale_leaf),    cmocka_unit_test(test_priority_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
