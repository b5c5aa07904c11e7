// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generated operation mixes on files of huge pages, in both restructuring kernels.
 *
 * Many actors: vCPUs touch; VMM threads convert, punch, allocate, access, pin and take transient
 * references, some steps failing, in an order drawn from the seed, or in time, or on real threads.
 * In the plan no invariant breaks.  In the December tree only those do that it is known to break
 * (docs/FIDELITY.md), and each of those is found by some seed.
 *
 * One actor: every answer and the final state are those of the reference model.
 *
 * usage: prop_huge [runs [first seed]]
 */
#include "tests/prop/lockings.h"
#include "tests/unit/gmem_fixture.h"

#include "model/check/reference.h"

static u64 nr_runs = 300, first_seed = 1;

/* What the December tree does wrong, and how its findings say so. */
static const struct {
	/* constant */
	const char *rule, *words;
	bool always; /* in every many runs */
} known[] = {
	{ "attr-mapping", "", true },		     /* attribute stored after end */
	{ "lifetime", "attribute node", true },      /* lockless walk without RCU */
	{ "content", "read with what", true },       /* first page cleared, all up to date */
	{ "content", "zeroed again", false },	     /* and a merge believes the first page */
	{ "deadlock", "", true },		     /* fresh folio split under a sleeper */
	{ "data-race", "", false },		     /* the same, split by two */
	{ "leaf-folio", "", false },		     /* the same, mapped before it is split */
	{ "errno", "returned 1", false },	     /* an errno in a bool */
	{ "error-atomic", "reports index", false },  /* the folio's start, below the range */
	{ "error-atomic", "lost what", false },      /* failure after the zap */
	{ "error-atomic", "without what", false },   /* the same, of a hole in 4K folios */
	{ "tlb-stale", "still translates", false },  /* of a leaf that should not be there */
};

static u32 nr_known[ARRAY_SIZE(known)];

static u32 pick(struct task *me, u32 n)
{
	return sim_choose(me->sim, CHOICE_VALUE, n);
}

static u64 huge_pages(const struct gx *x)
{
	return 1ull << x->cfg.page_order;
}

static void pick_range(struct task *me, struct gx *x, u64 *start, u64 *nr)
{
	*start = pick(me, (u32)x->cfg.nr_pages);
	*nr = pick(me, 2) ? 1 : 1 + pick(me, (u32)min(x->cfg.nr_pages - *start, 3 * huge_pages(x)));
	if (pick(me, 3) == 0) { /* whole huge pages */
		*start = round_down(*start, huge_pages(x));
		*nr = huge_pages(x);
	}
}

static void pick_failure(struct task *me)
{
	static const char *const sites[] = { "attr_prealloc", "xa_node", "hvo_restore", "split_sp",
					     "hugetlb_alloc_folio", "restructuring_metadata" };

	me->fail_site = NULL;
	if (pick(me, 6))
		return;
	me->fail_site = sites[pick(me, ARRAY_SIZE(sites))];
	me->fail_nth = 1 + pick(me, 3);
}

static void do_pin(struct task *me, struct gx *x, u64 start)
{
	struct pin *pin = NULL;

	pin_user_pages(me, x->hva + PG(start), 1, pick(me, 2), pick(me, 2), &pin);
	machine_check_op(me);
	if (pin)
		unpin_user_pages(me, pin);
}

static void vmm_op(struct task *me, struct gx *x)
{
	u64 start, nr, attrs = pick(me, 2) ? MEMORY_ATTRIBUTE_PRIVATE : 0, err;
	struct access_info info;

	pick_range(me, x, &start, &nr);
	pick_failure(me);
	switch (pick(me, 16)) {
	case 0 ... 6:
		gmem_set_attributes(me, x->f, PG(start), PG(nr), attrs, &err);
		break;
	case 7 ... 8:
		gx_punch(me, x, round_down(start, huge_pages(x)), huge_pages(x));
		break;
	case 9:
		gx_allocate(me, x, round_down(start, huge_pages(x)), huge_pages(x));
		break;
	case 10 ... 12:
		host_access(me, x->hva + PG(start), min(PG(nr), PG(4)), pick(me, 2),
			    (u8)pick(me, 256), &info);
		break;
	case 13 ... 14:
		do_pin(me, x, start);
		break;
	default:
		speculative_ref(me, x->f, PG(start), pick(me, 50));
		break;
	}
	me->fail_site = NULL;
	machine_check_op(me);
}

static void vmm_body(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 8; i++)
		vmm_op(me, x);
}

static void vcpu_body(struct task *me, struct gx *x)
{
	struct access_info info;
	u64 start, nr;

	for (u32 i = 0; i < 8; i++) {
		pick_range(me, x, &start, &nr);
		guest_touch(me, PG(start), min(PG(nr), PG(4)), pick(me, 2), pick(me, 2),
			    (u8)pick(me, 256), &info);
		machine_check_op(me);
	}
}

static struct gx_cfg cfg_of_seed(enum kernel_design kernel, u64 seed)
{
	struct gx_cfg cfg = {
		.kernel = kernel,
		.sched = SCHED_RANDOM,
		.seed = seed,
		.type = VM_SW_PROTECTED,
		.flags = GMEM_FLAG_MMAP,
		.page_order = 2,
		.nr_pages = 16,
		.nr_vcpus = 2,
	};

	/* 2M now and then, and pages that are just large enough for HVO. */
	if (seed % 8 == 0) {
		cfg.page_order = 9;
		cfg.nr_pages = 1024;
		cfg.hvo = true;
	} else if (seed % 8 == 1) {
		cfg.page_order = 7;
		cfg.nr_pages = 256;
		cfg.hvo = true;
	}
	return cfg;
}

/* A finding of the December tree that it is known for. */
static bool is_known(const struct sim_finding *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(f->rule, known[i].rule) && strstr(f->message, known[i].words)) {
			nr_known[i]++;
			return true;
		}
	}
	return false;
}

static void judge(struct gx *x)
{
	bool wip = x->cfg.kernel == KERNEL_HUGETLB_WIP;

	for (u32 i = 0; i < x->sim->nr_findings; i++) {
		const struct sim_finding *f = &x->sim->findings[i];
		bool ok = wip && is_known(f);

		if (!ok)
			print_message("# %s, %s:%llu, seed %llu: %s: %s\n", wip ? "wip" : "plan",
				      x->cfg.locking ? x->cfg.locking : "file",
				      (unsigned long long)x->cfg.locking_arg,
				      (unsigned long long)x->cfg.seed, f->rule, f->message);
		assert_true(ok);
	}
}

static void many_actors(struct gx_cfg cfg)
{
	struct gx *x = gx_new(cfg);

	vm_set_private_zap(x->vm, cfg.seed % 3 == 0);
	gx_actor(x, 0, vcpu_body);
	gx_actor(x, 1, vcpu_body);
	gx_actor(x, -1, vmm_body);
	gx_actor(x, -1, vmm_body);
	gx_run(x);
	judge(x);
	gx_free(x);
}

static void mixes(enum kernel_design kernel, u64 runs, enum engine_kind engine, bool timed)
{
	for (u64 seed = first_seed; seed < first_seed + runs; seed++) {
		struct gx_cfg cfg = cfg_of_seed(kernel, seed);

		cfg.engine = engine;
		cfg.timed = timed;
		if (timed || engine == ENGINE_THREADS)
			cfg.sched = SCHED_FIFO;
		many_actors(cfg);
	}
}

static void test_plan(void **state)
{
	mixes(KERNEL_HUGETLB_PLAN, nr_runs, ENGINE_VIRTUAL, false);
	mixes(KERNEL_HUGETLB_PLAN, nr_runs / 3, ENGINE_VIRTUAL, true);
}

static void test_lockings(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs / 4; seed++) {
		for (u32 i = 0; i < 2 * ARRAY_SIZE(prop_lockings); i++) {
			struct gx_cfg cfg = cfg_of_seed(
				i % 2 ? KERNEL_HUGETLB_WIP : KERNEL_HUGETLB_PLAN, seed);

			prop_locking(&cfg, i / 2);
			cfg.timed = seed % 4 == 3;
			if (cfg.timed)
				cfg.sched = SCHED_FIFO;
			many_actors(cfg);
			if (i % 2 || seed % 40)
				continue;
			cfg.timed = false;
			cfg.engine = ENGINE_THREADS;
			cfg.sched = SCHED_FIFO;
			many_actors(cfg);
		}
	}
}

static void test_plan_on_real_threads(void **state)
{
	mixes(KERNEL_HUGETLB_PLAN, nr_runs / 15, ENGINE_THREADS, false);
}

static void test_december_tree(void **state)
{
	mixes(KERNEL_HUGETLB_WIP, nr_runs, ENGINE_VIRTUAL, false);
	mixes(KERNEL_HUGETLB_WIP, nr_runs / 3, ENGINE_VIRTUAL, true);
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		print_message("# %-12s %-16s %u\n", known[i].rule, known[i].words, nr_known[i]);
		assert_true(nr_known[i] || !known[i].always || nr_runs < 300);
	}
}

/* --- one actor against the reference --- */

struct ref_test {
	/* written by the actor */
	struct ref_model ref;
	struct ref_page page[256];
	char what[128];
};

static void expect(struct ref_test *t, const char *op, u64 index, s64 got, s64 want)
{
	if (got != want && !t->what[0])
		snprintf(t->what, sizeof(t->what), "%s at %llu answered %lld, not %lld", op,
			 (unsigned long long)index, (long long)got, (long long)want);
}

static void ref_op(struct task *me, struct gx *x, struct ref_test *t)
{
	u64 start, nr, n = huge_pages(x), attrs = pick(me, 2) ? MEMORY_ATTRIBUTE_PRIVATE : 0;
	u64 err = 0, want_err = 0;
	struct access_info info = { 0 };
	u8 want = 0, byte = (u8)pick(me, 256);
	bool write = pick(me, 2);

	pick_range(me, x, &start, &nr);
	switch (pick(me, 6)) {
	case 0 ... 1:
		expect(t, "convert", start,
		       gmem_set_attributes(me, x->f, PG(start), PG(nr), attrs, &err),
		       ref_set_attributes(&t->ref, start, nr, attrs, &want_err));
		return;
	case 2:
		start = round_down(start, n);
		expect(t, "punch", start, gx_punch(me, x, start, n), ref_punch(&t->ref, start, n));
		return;
	case 3:
		start = round_down(start, n);
		expect(t, "allocate", start, gx_allocate(me, x, start, n),
		       ref_allocate(&t->ref, start, n));
		return;
	case 4:
		expect(t, "access", start,
		       host_access(me, x->hva + PG(start), 1, write, byte, &info),
		       ref_access(&t->ref, start, write, byte, &want));
		break;
	default:
		expect(t, "touch", start,
		       guest_touch(me, PG(start), 1, t->ref.page[start].is_private, write, byte,
				   &info),
		       ref_touch(&t->ref, start, t->ref.page[start].is_private, write, byte,
				 &want));
		break;
	}
	expect(t, "content", start, write ? 0 : info.first_byte, want);
}

static void ref_body(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 60; i++) {
		ref_op(me, x, x->priv);
		machine_check_op(me);
	}
}

static void test_one_actor_agrees_with_the_reference(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs / 2; seed++) {
		struct gx_cfg cfg = cfg_of_seed(KERNEL_HUGETLB_PLAN, seed * 2 + 1);
		struct ref_test t = { 0 };
		const char *why;
		pgoff_t index;
		struct gx *x;

		cfg.sched = SCHED_FIFO;
		x = gx_new(cfg);
		x->priv = &t;
		ref_init(&t.ref, cfg.kernel, cfg.type, cfg.flags, t.page, cfg.nr_pages);
		t.ref.huge_pages = 1ull << cfg.page_order;
		gx_actor(x, 0, ref_body);
		gx_run(x);
		why = ref_compare(&t.ref, x->f, &index);
		if (t.what[0] || why)
			print_message("# seed %llu: %s; index %llu %s\n", (unsigned long long)seed,
				      t.what, (unsigned long long)index, why ? why : "is right");
		assert_int_equal(t.what[0], 0);
		assert_null(why);
		gx_silent(x);
		gx_free(x);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_lockings),
		cmocka_unit_test(test_plan_on_real_threads),
		cmocka_unit_test(test_december_tree),
		cmocka_unit_test(test_one_actor_agrees_with_the_reference),
	};

	if (argc > 1)
		nr_runs = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests_name("prop_huge", tests, NULL, NULL);
}
