// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every place that can fail is made to fail, in every operation that passes it, at every pass, on
 * every kernel: alone, and beside others that touch, access and scan the same pages.
 *
 * The operation answers with an errno its call can give, all rules are silent, what the operation
 * holds is given back (the VM, its files and all pages are gone at the end), and the same operation
 * succeeds when it is tried again without the failure.  A site that no operation here passes fails
 * the test, unless it is excused with a reason.
 *
 * usage: test_failures [operation [site]]
 */
#include "tests/prop/failures.h"

#include "model/mm/folio.h"
#include "model/task_work.h"

#define MAX_PASSES	  24 /* that are made to fail, of one site in one operation */
#define MAX_TRIES	  400
#define POOL_PAGES	  4u /* huge: two files of two */
#define SIGNAL_SEEDS	  10
#define ON_THREADS_ONE_IN 9 /* real threads wait in real time */

/* Sites that need what is not here, and where they are tried instead. */
static const struct {
	/* constant */
	const char *site, *why;
} excused[] = {
	{ "vcpu_event", "MapGPA of more than 2M: tests/unit/test_tdx_vcpu.c" },
};

/* What a kernel itself does wrong (docs/FIDELITY.md). */
static const struct {
	/* constant */
	enum kernel_design kernel;
	const char *rule, *words;
} admitted[] = {
	{ KERNEL_INPLACE, "error-atomic", "does not look at what xa_store_range() returns" },
	{ KERNEL_HUGETLB_WIP, "error-atomic", "does not look at what xa_store_range() returns" },
	{ KERNEL_HUGETLB_PLAN, "error-atomic", "does not look at what xa_store_range() returns" },
	/* its restructuring, which can fail, comes after the zap */
	{ KERNEL_HUGETLB_WIP, "error-atomic", "have lost what the guest wrote" },
	/* it has an errno in a bool */
	{ KERNEL_HUGETLB_WIP, "errno", "returned 1" },
	/* its attribute tree is read without a lock and not built for that */
	{ KERNEL_HUGETLB_WIP, "lifetime", "attribute node used" },
	/* a fresh folio that cannot be split stays whole, and the next fault maps it */
	{ KERNEL_HUGETLB_WIP, "attr-mapping", "shared leaf" },
};

static const char *only_op, *only_site;

/* What user space can tell of the pages that operations work on, and of their neighbours. */
#define SEEN_FIRST (FX_FIRST - 1)
#define SEEN_NR	   (FX_NR + 2)

struct seen {
	/* written by look() */
	bool present[SEEN_NR];
	bool is_private[SEEN_NR];
	u8 byte[SEEN_NR];
	bool slot[4];
};

struct run {
	/* written before the run */
	struct gx *x;
	struct fx fx;
	const struct fx_machine *machine;
	const struct fx_op *op;
	const char *site; /* NULL: none */
	u32 nth;
	/* written by the acting task */
	u64 passes;
	struct task *actor;
	bool failed; /* the step was made to fail */
	struct seen before, after; /* the first try */
	s64 first, last;
	/* written by judge() */
	u32 nr_admitted;
	/* atomic */
	u32 nr_others;
};

static struct run *run_of(struct gx *x)
{
	return container_of(x->priv, struct run, fx);
}

/* --- the actor --- */

static bool is_fatal(const char *site)
{
	for (u32 i = 0; site && i < NR_FAILS; i++) {
		if (!strcmp(fail_descs[i].name, site))
			return fail_descs[i].kind == FAIL_FATAL;
	}
	return false;
}

/* User space handles the signal; who was killed is succeeded by another thread. */
static void forget_signals(struct task *me)
{
	if (!signal_deliver(me))
		__atomic_store_n(&me->sigpending, 0, __ATOMIC_RELEASE);
}

static void look(struct gx *x, struct seen *seen)
{
	struct gmem_inode *inode = x->f->inode;

	for (u32 i = 0; i < SEEN_NR; i++) {
		pgoff_t index = SEEN_FIRST + i;
		const struct folio *folio = __xa_load(&inode->mapping.i_pages, index);
		void *attr = __xa_load(&x->vm->mem_attr_array, index);

		seen->present[i] = folio;
		seen->is_private[i] = gmem_has_attributes(inode) ?
					      gmem_index_is_private(inode, index) :
					      attr && xa_to_value(attr);
		if (folio && folio_test(folio, PG_uptodate))
			seen->byte[i] = page_content(x->m->folios,
						     folio_file_pfn(x->m->folios, folio, index))
						.byte;
	}
	for (u32 i = 0; i < ARRAY_SIZE(seen->slot); i++)
		seen->slot[i] = id_to_memslot(x->vm->memslots, i);
}

static s64 try_op(struct task *me, struct run *run)
{
	s64 r = run->op->op(me, run->x);

	machine_check_op(me);
	forget_signals(me);
	return r;
}

static void act(struct task *me, struct gx *x)
{
	struct run *run = run_of(x);

	run->op->prepare(me, x);
	look(x, &run->before);
	me->fail_site = run->site;
	me->fail_nth = run->nth;
	run->first = run->last = try_op(me, run);
	if (!run->op->last)
		look(x, &run->after);
	run->passes = run->site && me->fail_site ? run->nth - me->fail_nth : run->nth;
	run->failed = run->site && !me->fail_site;
	me->fail_site = NULL;
	for (u32 i = 0; run->last < 0 && i < MAX_TRIES && !vm_dead(x->vm) && !run->op->last; i++) {
		sim_compute(me, 100);
		run->last = try_op(me, run);
	}
}

/* The process ends, with everything it has. */
static void finish(struct task *me, struct gx *x)
{
	struct fx *fx = x->priv;

	if (fx->child)
		mm_exit(me, fx->child);
	mm_exit(me, x->mm);
	if (fx->file2)
		gmem_close(me, fx->file2);
	if (x->f)
		gmem_close(me, x->f);
	if (!fx->vm_closed)
		vm_close(me, x->vm);
	if (x->m->lru)
		lru_add_drain_all(me);
}

static void act_and_finish(struct task *me, struct gx *x)
{
	struct run *run = run_of(x);

	act(me, x);
	/* asleep, not polling: who wants all CPUs' attention does not want that of sleepers */
	wait_event(me, &x->wq, !__atomic_load_n(&run->nr_others, __ATOMIC_ACQUIRE));
	finish(me, x);
}

/* --- the others --- */

static void other_done(struct task *me, struct gx *x)
{
	__atomic_sub_fetch(&run_of(x)->nr_others, 1, __ATOMIC_RELEASE);
	wake_up_all(me, &x->wq);
}

static void other_guest(struct task *me, struct gx *x)
{
	struct access_info info;

	for (u32 i = 0; i < 6; i++)
		guest_touch(me, PG(FX_FIRST + i % FX_NR), PG(1), i & 1, i & 2, 0x51, &info);
	other_done(me, x);
}

static void other_host(struct task *me, struct gx *x)
{
	struct access_info info;

	for (u32 i = 0; i < 6; i++) {
		if (x->hva)
			host_access(me, x->hva + PG(FX_FIRST + i % FX_NR), 1, i & 1, 0x52, &info);
		speculative_ref(me, x->f, PG(FX_FIRST + i % FX_NR), 10);
	}
	other_done(me, x);
}

/* Signals at any time, in and out of waits; one of them fatal. */
static void other_signals(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 8; i++) {
		sim_compute(me, 50);
		sim_point(me, run_of(x)->actor->id, SIM_WRITE);
		send_signal(me, run_of(x)->actor, i == 5 ? 2 : 1);
	}
	other_done(me, x);
}

/* --- one run --- */

enum how { ALONE, BESIDE_OTHERS, SIGNALLED, ON_THREADS, NR_HOW };

static struct run *run_new(const struct fx_machine *m, const struct fx_op *op, const char *site,
			   u32 nth, enum how how, u64 seed)
{
	struct gx_cfg cfg = {
		.kernel = m->kernel,
		.type = m->type,
		.engine = how == ON_THREADS ? ENGINE_THREADS : ENGINE_VIRTUAL,
		.sched = how == BESIDE_OTHERS || how == SIGNALLED ? SCHED_RANDOM : SCHED_FIFO,
		.seed = seed,
		.nr_pages = m->page_order ? 2ull << m->page_order : FX_PAGES,
		.flags = m->flags,
		.page_order = m->page_order,
		.pool_pages = POOL_PAGES,
		.hvo = m->page_order,
		.td = m->can & FX_MODULE,
		.dynamic_pamt = m->can & FX_DYNAMIC,
		.nr_vcpus = 3,
	};
	struct run *run = calloc(1, sizeof(*run));
	bool mapped = m->can & FX_SHARED;

	assert_non_null(run);
	run->machine = m;
	run->op = op;
	run->site = site;
	run->nth = nth;
	run->fx.external_ops = fx_external_ops;
	run->x = gx_new(cfg);
	run->x->priv = &run->fx;
	if (m->type == VM_TDX && !(m->can & FX_MODULE)) {
		run->x->vm->external_ops = &run->fx.external_ops;
		vm_set_private_zap(run->x->vm, true);
	}
	run->actor = gx_actor(run->x, op->guest ? 0 : -1, act_and_finish);
	if (how != ALONE && !op->last) {
		run->nr_others = (mapped ? 2 : 1) + (how == SIGNALLED);
		if (how == SIGNALLED)
			gx_actor(run->x, -1, other_signals);
		gx_actor(run->x, 2, other_guest);
		if (mapped)
			gx_actor(run->x, -1, other_host);
	}
	gx_run(run->x);
	return run;
}

static bool is_admitted(enum kernel_design kernel, const struct sim_finding *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(admitted); i++) {
		if (admitted[i].kernel == kernel && !strcmp(f->rule, admitted[i].rule) &&
		    strstr(f->message, admitted[i].words))
			return true;
	}
	return false;
}

static u32 complain(const struct run *run, enum how how, u64 seed, const char *fmt, ...)
{
	static const char *const names[NR_HOW] = { "alone", "beside others", "signalled",
						   "on threads" };
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_message("# %s: %s, %s:%u, %s, seed %llu: %s\n", run->machine->name, run->op->name,
		      run->site ? run->site : "-", run->nth, names[how], (unsigned long long)seed,
		      text);
	return 1;
}

/*
 * What a failed operation may not have done, seen from outside: attributes, slots and what is in
 * pages are as before.  New pages are no harm, and accesses and populate say how far they got.
 */
static const char *left_behind(const struct run *run)
{
	const struct seen *a = &run->before, *b = &run->after;

	if (memcmp(a->is_private, b->is_private, sizeof(a->is_private)))
		return "attributes";
	if (memcmp(a->slot, b->slot, sizeof(a->slot)))
		return "slots";
	for (u32 i = 0; i < SEEN_NR; i++) {
		if (a->present[i] && !b->present[i])
			return "a hole";
		if (a->present[i] && a->byte[i] != b->byte[i])
			return "other content";
	}
	return NULL;
}

static bool gives_back(const char *site)
{
	return !strcmp(site, "seamcall_phymem_page_reclaim") ||
	       !strcmp(site, "seamcall_phymem_pamt_remove");
}

/* What is wrong with a finished run? */
static u32 judge(struct run *run, enum how how, u64 seed)
{
	const struct gx *x = run->x;
	u32 bad = 0, pool = x->cfg.page_order ? POOL_PAGES << x->cfg.page_order : 0;
	bool fatal = run->failed && (is_fatal(run->site) || vm_bugged(x->vm));
	/* what the module does not give back is lost */
	bool lost = run->failed && run->machine->can & FX_MODULE &&
		    (vm_bugged(x->vm) || gives_back(run->site));

	for (u32 i = 0; i < x->sim->nr_findings; i++) {
		const struct sim_finding *f = &x->sim->findings[i];

		/* KVM holds no reference that would keep what a bugged VM could not remove. */
		if (lost && !strcmp(f->rule, "freed-mapped"))
			continue;
		if (!is_admitted(run->machine->kernel, f))
			bad += complain(run, how, seed, "%s: %s", f->rule, f->message);
		else if (run->nr_admitted++, !strcmp(f->rule, "deadlock"))
			return 0; /* nothing is in its place after that */
	}
	if (how == ALONE && run->first < 0 && !run->op->last && !run->nr_admitted &&
	    left_behind(run))
		bad += complain(run, how, seed, "failed with %lld and left %s",
				(long long)run->first, left_behind(run));
	if (run->last < 0 && !fatal)
		bad += complain(run, how, seed, "answers %lld, and %lld without the failure",
				(long long)run->first, (long long)run->last);
	if (x->vm->life.state == SIM_LIFE_ALIVE)
		bad += complain(run, how, seed, "the VM is still there, with %u references",
				x->vm->users_count);
	if (!list_empty(&x->m->inodes))
		bad += complain(run, how, seed, "a file is still there");
	/* pages of pools count as in use */
	if (folio_map_nr_in_use(x->m->folios) != pool && !lost)
		bad += complain(run, how, seed, "%u pages are still in use",
				folio_map_nr_in_use(x->m->folios) - pool);
	return bad;
}

static void run_free(struct run *run)
{
	gx_free(run->x);
	free(run);
}

/* --- all of them --- */

struct tally {
	/* written by the test */
	bool exercised[NR_FAILS];
	u32 bad;
	u64 nr_runs, nr_admitted, nr_interrupted;
	u64 nr_pairs; /* of operation and site, with the machine */
};

static void run_and_judge(struct tally *tally, const struct fx_machine *m, const struct fx_op *op,
			  const char *site, u32 nth, enum how how, u64 seed)
{
	struct run *run = run_new(m, op, site, nth, how, seed);

	tally->bad += judge(run, how, seed);
	tally->nr_admitted += run->nr_admitted;
	tally->nr_interrupted += run->first == -EINTR;
	tally->nr_runs++;
	run_free(run);
}

static u64 count_passes(const struct fx_machine *m, const struct fx_op *op, const char *site)
{
	struct run *run = run_new(m, op, site, UINT32_MAX, ALONE, 1);
	u64 passes = run->passes;

	run_free(run);
	return passes;
}

static void try_site(const struct fx_machine *m, const struct fx_op *op, u32 site,
		     struct tally *tally)
{
	const char *name = fail_descs[site].name;
	u64 passes = count_passes(m, op, name);

	if (!passes)
		return;
	tally->exercised[site] = true;
	tally->nr_pairs++;
	for (u32 nth = 1; nth <= min(passes, (u64)MAX_PASSES); nth++) {
		run_and_judge(tally, m, op, name, nth, ALONE, 1);
		for (u64 seed = 1; nth <= 2 && seed <= 2 && !m->alone; seed++)
			run_and_judge(tally, m, op, name, nth, BESIDE_OTHERS, seed);
	}
	/* huge folios: a deadlock that is known would be one of this program's threads */
	if (tally->nr_pairs % ON_THREADS_ONE_IN == 0 && !m->page_order)
		run_and_judge(tally, m, op, name, 1, ON_THREADS, 1);
}

static bool is_of_module(u32 site)
{
	return !strncmp(fail_descs[site].name, "seamcall_", 9) ||
	       !strncmp(fail_descs[site].name, "tdx_", 4);
}

static bool can(const struct fx_machine *m, const struct fx_op *op)
{
	u32 has = m->can | (m->can & FX_MODULE ? 0 : FX_NOT_FINAL);

	return (has & op->needs) == op->needs;
}

static void test_every_failure(void **state)
{
	struct tally tally = { .bad = 0 };
	u32 nr = 0;

	for (u32 i = 0; i < fx_nr_machines; i++) {
		for (u32 k = 0; k < fx_nr_ops; k++) {
			if (!can(&fx_machines[i], &fx_ops[k]) ||
			    (only_op && strcmp(only_op, fx_ops[k].name)))
				continue;
			for (u32 s = 0; s < NR_FAILS; s++) {
				/* most machines have no module behind their external page table */
				if ((!is_of_module(s) || fx_machines[i].can & FX_MODULE) &&
				    (!only_site || !strcmp(only_site, fail_descs[s].name)))
					try_site(&fx_machines[i], &fx_ops[k], s, &tally);
			}
		}
	}
	for (u32 s = 0; s < NR_FAILS; s++) {
		const char *why = NULL;

		if (is_of_module(s))
			why = "TDX module: tests/unit/test_tdx_sweep.c, test_tdx_fail.c";
		for (u32 i = 0; i < ARRAY_SIZE(excused); i++)
			why = strcmp(excused[i].site, fail_descs[s].name) ? why : excused[i].why;
		nr += tally.exercised[s];
		if (tally.exercised[s] || only_op || only_site)
			continue;
		print_message("# not exercised: %s%s%s\n", fail_descs[s].name, why ? ": " : "",
			      why ? why : "");
		tally.bad += !why;
	}
	print_message("# %u of %u sites exercised, %llu pairs of operation and site, %llu runs, "
		      "%llu findings of what a kernel does wrong itself\n",
		      nr, NR_FAILS, (unsigned long long)tally.nr_pairs,
		      (unsigned long long)tally.nr_runs, (unsigned long long)tally.nr_admitted);
	assert_int_equal(tally.bad, 0);
}

/* Without a failure each operation succeeds at once, or the rest would prove nothing. */
static void test_no_failure(void **state)
{
	u32 bad = 0;

	for (u32 i = 0; i < fx_nr_machines; i++) {
		for (u32 k = 0; k < fx_nr_ops; k++) {
			struct run *run;

			if (!can(&fx_machines[i], &fx_ops[k]))
				continue;
			run = run_new(&fx_machines[i], &fx_ops[k], NULL, 0, ALONE, 1);
			bad += judge(run, ALONE, 1);
			if (run->first < 0)
				bad += complain(run, ALONE, 1, "answers %lld",
						(long long)run->first);
			run_free(run);
		}
	}
	assert_int_equal(bad, 0);
}

/* The same with signals from outside, instead of at a chosen place. */
static void test_signals(void **state)
{
	struct tally tally = { .bad = 0 };

	for (u32 i = 0; i < fx_nr_machines; i++) {
		const struct fx_machine *m = &fx_machines[i];

		for (u32 k = 0; k < fx_nr_ops; k++) {
			const struct fx_op *op = &fx_ops[k];

			if (!can(m, op) || op->last || m->alone ||
			    (only_op && strcmp(only_op, op->name)))
				continue;
			for (u64 seed = 1; seed <= SIGNAL_SEEDS; seed++)
				run_and_judge(&tally, m, op, NULL, 0, SIGNALLED, seed);
		}
	}
	print_message("# %llu runs with signals, %llu operations interrupted\n",
		      (unsigned long long)tally.nr_runs, (unsigned long long)tally.nr_interrupted);
	assert_int_equal(tally.bad, 0);
	assert_true(only_op || tally.nr_interrupted > 100);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_failure),
		cmocka_unit_test(test_every_failure),
		cmocka_unit_test(test_signals),
	};

	only_op = argc > 1 ? argv[1] : NULL;
	only_site = argc > 2 ? argv[2] : NULL;
	return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
