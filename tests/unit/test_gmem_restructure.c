// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversion in the two restructuring kernels: the order of steps, each failure and what it leaves
 * behind, partial progress, error_offset, and the races that the December tree has and the plan
 * does not.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/gmem/restructure.h"

#define HUGE 4 /* pages */

static struct gx_cfg huge(enum kernel_design kernel)
{
	return (struct gx_cfg){
		.kernel = kernel,
		.type = VM_SW_PROTECTED,
		.flags = GMEM_FLAG_MMAP,
		.nr_pages = 4 * HUGE,
		.page_order = 2,
	};
}

/* Huge pages of two pages of struct pages, so that undoing HVO has something to allocate. */
static struct gx_cfg hvo(enum kernel_design kernel)
{
	struct gx_cfg cfg = huge(kernel);

	cfg.page_order = 7;
	cfg.nr_pages = 256;
	cfg.hvo = true;
	return cfg;
}

static s64 order_at(struct gx *x, u64 index)
{
	const struct folio *folio = __xa_load(&x->f->inode->mapping.i_pages, index);

	return folio ? (s64)folio_order(folio) : -1;
}

static s64 is_private(struct gx *x, u64 index)
{
	return gmem_index_is_private(x->f->inode, index);
}

static u64 huge_pages(const struct gx *x)
{
	return 1ull << x->cfg.page_order;
}

/* --- the order of steps --- */

static void to_shared(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < HUGE; i++)
		gx_guest_write(me, x, i, true, 1);
	gx_ret(me, x, gx_convert(me, x, 0, HUGE, false));
}

static void to_private(struct task *me, struct gx *x)
{
	gx_convert(me, x, 0, 2 * HUGE, false);
	for (u64 i = 0; i < HUGE; i++)
		gx_write(me, x, i, 1);
	gx_guest_read(me, x, 0, false);
	x->m->cfg.costs.dist[COST_refcount_check].a_ns = NSEC_PER_MS;
	gx_ret(me, x, gx_convert(me, x, 0, HUGE, true));
}

static void steps(enum kernel_design kernel, void (*fn)(struct task *me, struct gx *x),
		  enum cost_id slow, const char *const *want, u32 nr)
{
	struct gx *x = gx_new(huge(kernel));
	struct lock_mode_stat st;
	u32 found = 0;

	/* makes the hold in question the longest */
	x->m->cfg.costs.dist[slow] = (struct sim_dist){ DIST_CONST, NSEC_PER_SEC, 0 };
	gx_actor(x, 0, fn);
	gx_run(x);
	GX_EXPECT(x, 0);
	lock_stat_total(x->sim, lock_class_get(x->sim, "mapping.invalidate_lock", 0)->id,
			LOCK_WRITE, &st);
	for (u32 i = 0; i < st.longest.nr_steps && found < nr; i++)
		found += !strcmp(st.longest.step[i].name, want[found]);
	if (found < nr)
		print_message("# no step '%s'\n", want[found]);
	assert_int_equal(found, nr);
	gx_free(x);
}

#define STEPS(kernel, fn, slow, ...)                                                               \
	do {                                                                                       \
		static const char *const __want[] = { __VA_ARGS__ };                               \
		steps(kernel, fn, slow, __want, ARRAY_SIZE(__want));                               \
	} while (0)

static void test_steps(void **state)
{
	STEPS(KERNEL_HUGETLB_WIP, to_shared, COST_attr_prealloc, "prealloc", "begin", "split-leafs",
	      "zap", "end", "split", "restructure: freeze", "restructure: relabel",
	      "restructure: store", "restructure: unfreeze", "attr-store");
	STEPS(KERNEL_HUGETLB_PLAN, to_shared, COST_attr_prealloc, "prealloc", "split",
	      "restructure: freeze", "restructure: relabel", "restructure: store",
	      "restructure: unfreeze", "begin", "split-leafs", "zap", "arch-invalidate",
	      "attr-store", "end");
	STEPS(KERNEL_HUGETLB_WIP, to_private, COST_refcount_check, "prealloc", "unmap",
	      "refcount-scan", "begin", "zap", "end", "merge", "restructure: freeze",
	      "restructure: merge entries", "restructure: prep_compound_page",
	      "restructure: unfreeze", "attr-store");
	STEPS(KERNEL_HUGETLB_PLAN, to_private, COST_refcount_check, "prealloc", "unmap",
	      "refcount-scan", "begin", "zap", "attr-store", "end", "merge", "restructure: freeze",
	      "restructure: merge entries");
}

/* --- failures --- */

struct fail_case {
	const char *site;
	u32 nth;
	s64 ret[2];	      /* of wip, of plan */
	const char *found[2]; /* rule, or NULL */
};

static const struct fail_case *failing;

/* The second of two huge pages, mapped and written by the guest, becomes shared: fails. */
static void convert_fails(struct task *me, struct gx *x)
{
	u64 n = huge_pages(x);

	gx_guest_write(me, x, n, true, 0x77);
	me->fail_site = failing->site;
	me->fail_nth = failing->nth;
	x->err_offset = 4711;
	gx_ret(me, x, gx_convert(me, x, n + 1, 1, false));
	me->fail_site = NULL;
	gx_ret(me, x, (s64)(x->err_offset >> PAGE_SHIFT) - (s64)n);
	gx_ret(me, x, is_private(x, n + 1));
	gx_ret(me, x, order_at(x, n));
	gx_ret(me, x, gx_guest_read(me, x, n, true));
	gx_ret(me, x, gx_convert(me, x, n + 1, 1, false));
	gx_ret(me, x, order_at(x, n));
}

static void fail_once(const struct fail_case *c, struct gx_cfg cfg, bool destroys)
{
	bool plan = cfg.kernel == KERNEL_HUGETLB_PLAN;
	const char *rule = c->found[plan];
	struct gx *x = gx_new(cfg);

	failing = c;
	vm_set_private_zap(x->vm, destroys);
	gx_actor(x, 0, convert_fails);
	gx_run(x);
	/* In the December tree the page next to the one converted has lost its content, too. */
	GX_EXPECT(x, c->ret[plan], 1, 1, cfg.page_order, 0x77, 0, 0);
	if (rule && (destroys || strcmp(rule, "error-atomic"))) {
		assert_int_equal(x->sim->nr_findings, 1);
		assert_string_equal(x->sim->findings[0].rule, rule);
	} else {
		gx_silent(x);
	}
	gx_free(x);
}

static void test_failures(void **state)
{
	static const struct fail_case cases[] = {
		{ "attr_prealloc", 1, { -ENOMEM, -ENOMEM }, { NULL, NULL } },
		{ "xa_node", 1, { -ENOMEM, -ENOMEM }, { NULL, NULL } },
		{ "hvo_restore", 1, { -ENOMEM, -ENOMEM }, { NULL, NULL } },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		fail_once(&cases[i], hvo(KERNEL_HUGETLB_WIP), false);
		fail_once(&cases[i], hvo(KERNEL_HUGETLB_PLAN), false);
		fail_once(&cases[i], hvo(KERNEL_HUGETLB_PLAN), true);
	}
}

/* Where a zap destroys, the December tree has destroyed before it fails; the plan has not. */
static void no_return(struct task *me, struct gx *x)
{
	gx_guest_write(me, x, 1, true, 0x66);
	me->fail_site = "hvo_restore";
	me->fail_nth = 1;
	gx_ret(me, x, gx_convert(me, x, 1, 1, false));
	me->fail_site = NULL;
	gx_ret(me, x, is_private(x, 1));
	gx_ret(me, x, gx_guest_read(me, x, 1, true));
}

static void test_point_of_no_return(void **state)
{
	struct gx *x = gx_new(hvo(KERNEL_HUGETLB_WIP));

	vm_set_private_zap(x->vm, true);
	gx_actor(x, 0, no_return);
	gx_run(x);
	GX_EXPECT(x, -ENOMEM, 1, 0);
	assert_int_equal(x->sim->nr_findings, 1);
	assert_string_equal(x->sim->findings[0].rule, "error-atomic");
	gx_free(x);

	x = gx_new(hvo(KERNEL_HUGETLB_PLAN));
	vm_set_private_zap(x->vm, true);
	gx_actor(x, 0, no_return);
	gx_run(x);
	GX_EXPECT(x, -ENOMEM, 1, 0x66);
	gx_silent(x);
	gx_free(x);
}

/* A 2M leaf must be split, and there is no memory for the table. */
static void leaf_split_fails(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_guest_write(me, x, 0, true, 0x44));
	me->fail_site = "split_sp";
	me->fail_nth = 1;
	x->err_offset = 4711;
	gx_ret(me, x, gx_convert(me, x, 7, 1, false));
	me->fail_site = NULL;
	gx_ret(me, x, (s64)(x->err_offset >> PAGE_SHIFT));
	gx_ret(me, x, is_private(x, 7));
	gx_ret(me, x, order_at(x, 7));
	gx_ret(me, x, gx_guest_read(me, x, 0, true));
}

static void test_leaf_split_fails(void **state)
{
	struct gx_cfg cfg = huge(KERNEL_HUGETLB_PLAN);
	struct gx *x;

	cfg.page_order = 9;
	cfg.nr_pages = 1024;
	GX_CASE(cfg, 0, leaf_split_fails, 0, -ENOMEM, 7, 1, 9, 0x44);

	/* The December tree keeps the error in a bool. */
	cfg.kernel = KERNEL_HUGETLB_WIP;
	x = gx_new(cfg);
	gx_actor(x, 0, leaf_split_fails);
	gx_run(x);
	GX_EXPECT(x, 0, 1, 7, 1, 9, 0x44);
	assert_int_equal(x->sim->nr_findings, 1);
	assert_string_equal(x->sim->findings[0].rule, "errno");
	gx_free(x);
}

/* Four huge pages in one call, the third cannot be split: two are converted, two are as before. */
static void partial(struct task *me, struct gx *x)
{
	u64 n = huge_pages(x);

	for (u64 i = 0; i < 4; i++)
		gx_guest_write(me, x, i * n, true, 1);
	me->fail_site = "attr_prealloc";
	me->fail_nth = 3;
	gx_ret(me, x, gx_convert(me, x, n / 2, 3 * n, false));
	me->fail_site = NULL;
	gx_ret(me, x, (s64)(x->err_offset >> PAGE_SHIFT) / (s64)n);
	for (u64 i = 0; i < 4; i++) {
		gx_ret(me, x, is_private(x, i * n + n / 2));
		gx_ret(me, x, order_at(x, i * n));
	}
}

static void test_partial_progress(void **state)
{
	GX_CASE(huge(KERNEL_HUGETLB_WIP), 0, partial, -ENOMEM, 2, 0, 0, 0, 0, 1, 2, 1, 2);
	GX_CASE(huge(KERNEL_HUGETLB_PLAN), 0, partial, -ENOMEM, 2, 0, 0, 0, 0, 1, 2, 1, 2);
}

/* F20: a reference to a whole huge page, found from its middle on. */
static void referenced(struct task *me, struct gx *x)
{
	struct folio *folio;

	gx_ret(me, x, gx_allocate(me, x, 0, HUGE));
	gx_convert(me, x, HUGE, HUGE, false);
	folio = filemap_get_folio(me, &x->f->inode->mapping, 0);
	gx_ret(me, x, gx_convert(me, x, 2, HUGE, true));
	gx_ret(me, x, (s64)(x->err_offset >> PAGE_SHIFT));
	folio_put(me, folio);
	gx_ret(me, x, gx_convert(me, x, 2, HUGE, true));
	gx_ret(me, x, order_at(x, HUGE));
}

static void test_error_offset_of_a_huge_folio(void **state)
{
	/* The folio's start, below the range: nothing that user space could go on from. */
	struct gx *x = gx_new(huge(KERNEL_HUGETLB_WIP));

	gx_actor(x, -1, referenced);
	gx_run(x);
	GX_EXPECT(x, 0, -EAGAIN, 0, 0, -1);
	assert_int_equal(x->sim->nr_findings, 1);
	assert_string_equal(x->sim->findings[0].rule, "error-atomic");
	gx_free(x);
	GX_CASE(huge(KERNEL_HUGETLB_PLAN), -1, referenced, 0, -EAGAIN, 2, 0, -1);
}

/* --- races --- */

static void fault_one(struct task *me, struct gx *x)
{
	gx_guest_read(me, x, 0, true);
}

static void share_one(struct task *me, struct gx *x)
{
	gx_convert(me, x, 0, 1, false);
}

static void read_shared(struct task *me, struct gx *x)
{
	gx_convert(me, x, 0, HUGE, false);
	host_access(me, x->hva + PG(me->id % HUGE), 1, false, 0, &(struct access_info){ 0 });
}

/* In how many of @runs random orders is @rule found?  Beside it @known may be, nothing else. */
static u32 races(enum kernel_design kernel, u32 nr_vmm, s32 vcpu, const char *rule,
		 const char *known, void (*vmm)(struct task *me, struct gx *x), u32 runs)
{
	u32 found = 0;

	for (u32 seed = 1; seed <= runs; seed++) {
		struct gx_cfg cfg = huge(kernel);
		struct gx *x;

		cfg.sched = SCHED_RANDOM;
		cfg.seed = seed;
		x = gx_new(cfg);
		if (vcpu >= 0)
			gx_actor(x, vcpu, fault_one);
		for (u32 i = 0; i < nr_vmm; i++)
			gx_actor(x, -1, vmm);
		gx_run(x);
		for (u32 i = 0; i < x->sim->nr_findings; i++) {
			const char *got = x->sim->findings[i].rule;
			bool ok = !strcmp(got, rule) || strstr(known, got);

			if (!ok)
				print_message("# seed %u: %s: %s\n", seed, got,
					      x->sim->findings[i].message);
			assert_true(ok);
		}
		found += sim_has_finding(x->sim, rule);
		gx_free(x);
	}
	return found;
}

/* A fault reads the attribute between end and attr-store, and maps what it said. */
static void test_late_attribute_store(void **state)
{
	assert_true(races(KERNEL_HUGETLB_WIP, 1, 0, "attr-mapping", "lifetime", share_one, 300));
	/* it also walks a tree that is not built for being walked without a lock */
	assert_true(races(KERNEL_HUGETLB_WIP, 1, 0, "lifetime", "attr-mapping", share_one, 300));
	assert_int_equal(races(KERNEL_HUGETLB_PLAN, 1, 0, "-", "-", share_one, 300), 0);
}

/* Two faults on a fresh huge page: one splits it, the other sleeps on its lock with a reference. */
static void test_fresh_split_and_a_waiter(void **state)
{
	const char *known = "deadlock data-race leaf-folio";

	assert_true(races(KERNEL_HUGETLB_WIP, 2, -1, "deadlock", known, read_shared, 1000));
	assert_true(races(KERNEL_HUGETLB_WIP, 2, -1, "data-race", known, read_shared, 300));
	assert_true(races(KERNEL_HUGETLB_WIP, 2, -1, "leaf-folio", known, read_shared, 300));
	assert_int_equal(races(KERNEL_HUGETLB_PLAN, 3, -1, "-", "-", read_shared, 300), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_point_of_no_return),
		cmocka_unit_test(test_leaf_split_fails),
		cmocka_unit_test(test_partial_progress),
		cmocka_unit_test(test_error_offset_of_a_huge_folio),
		cmocka_unit_test(test_late_attribute_store),
		cmocka_unit_test(test_fresh_split_and_a_waiter),
	};

	return cmocka_run_group_tests_name("gmem_restructure", tests, NULL, NULL);
}
