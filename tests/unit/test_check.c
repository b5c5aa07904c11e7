// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every planted fault is caught by its rule, and the same runs without it are silent.
 *
 * A row is a plant, a small scenario in which it matters, and in how many orders to look for it.
 * The first order is the deterministic one; the others are drawn from seeds.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/bugs.h"

static void check_after(struct task *me, s64 ret)
{
	machine_check_op(me);
}

/* --- one actor: the plant shows at once --- */

static void write_then_convert(struct task *me, struct gx *x)
{
	check_after(me, gx_write(me, x, 0, 1));
	check_after(me, gx_convert(me, x, 0, 1, true));
}

static void touch_then_punch(struct task *me, struct gx *x)
{
	check_after(me, gx_allocate(me, x, 0, x->cfg.nr_pages));
	check_after(me, gx_guest_write(me, x, 0, false, 1));
	check_after(me, gx_guest_write(me, x, 1, false, 1));
	check_after(me, gx_punch(me, x, 0, 1));
}

static void write_then_punch(struct task *me, struct gx *x)
{
	check_after(me, gx_write(me, x, 0, 1));
	check_after(me, gx_punch(me, x, 0, 1));
}

static void write_then_unmap(struct task *me, struct gx *x)
{
	check_after(me, gx_write(me, x, 0, 1));
	check_after(me, sys_munmap(me, x->hva, PG(x->cfg.nr_pages)));
}

static void convert_only(struct task *me, struct gx *x)
{
	check_after(me, gx_convert(me, x, 0, 2, true));
}

static void allocate_only(struct task *me, struct gx *x)
{
	check_after(me, gx_allocate(me, x, 0, 1));
}

static void convert_pinned(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_write(me, x, 0, 1);
	pin_user_pages(me, x->hva, 1, true, false, &pin);
	check_after(me, gx_convert(me, x, 0, 1, true));
	unpin_user_pages(me, pin);
}

/* --- several actors: the plant shows in some orders --- */

/* With pauses: a stream of conversions bumps the sequence so often that no fault gets through. */
static void flip(struct task *me, struct gx *x)
{
	/* mainline VMs start shared, whatever the file is */
	bool to_private = x->cfg.kernel == KERNEL_MAINLINE;

	for (int i = 0; i < 6; i++, to_private = !to_private) {
		for (int j = 0; j < 20; j++)
			speculative_ref(me, x->f, PG(3), 1);
		check_after(me, gx_convert(me, x, 0, 1, to_private));
	}
}

static void to_shared(struct task *me, struct gx *x)
{
	check_after(me, gx_convert(me, x, 0, 1, false));
}

static void touch_then_to_shared(struct task *me, struct gx *x)
{
	struct access_info info;

	check_after(me, guest_touch(me, 0, 1, true, false, 0, &info));
	to_shared(me, x);
}

static void touch_then_to_private(struct task *me, struct gx *x)
{
	struct access_info info;

	check_after(me, guest_touch(me, 0, 1, false, false, 0, &info));
	check_after(me, gx_convert(me, x, 0, 1, true));
}

/* Somebody else's operations come to an end all the time. */
static void watch(struct task *me, struct gx *x)
{
	for (int i = 0; i < 40; i++)
		check_after(me, speculative_ref(me, x->f, PG(3), 1));
}

/* A software VM's guest goes by the attributes: it never has to exit. */
static void touch(struct task *me, struct gx *x)
{
	struct access_info info;

	for (int i = 0; i < 30; i++)
		check_after(me, guest_touch(me, 0, 1, i & 1, false, 0, &info));
}

static void touch_all(struct task *me, struct gx *x)
{
	struct access_info info;

	for (u64 i = 0; i < x->cfg.nr_pages; i++)
		check_after(me, guest_touch(me, PG(i), 1, false, false, 0, &info));
}

/* Translations that are used again and again, in one stretch of guest mode. */
static void touch_hot(struct task *me, struct gx *x)
{
	struct access_info info;

	for (int i = 0; i < 30; i++)
		check_after(me, guest_touch(me, 0, PG(2), false, false, 0, &info));
}

static void punch_some(struct task *me, struct gx *x)
{
	for (int i = 0; i < 6; i++) {
		for (int j = 0; j < 20; j++)
			speculative_ref(me, x->f, PG(3), 1);
		check_after(me, gx_punch(me, x, 0, 1));
	}
}

/* The slot's shared side is the mapping of its file: notifiers concern it. */
static void add_slot_with_mapping(struct task *me, struct gx *x)
{
	vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0);
	check_after(me, vm_set_memory_region(me, x->vm, 0, 0, PG(x->cfg.nr_pages), x->f, 0,
					     x->hva));
}

static void discard(struct task *me, struct gx *x)
{
	for (int i = 0; i < 4; i++)
		check_after(me, sys_madvise_dontneed(me, x->hva, PG(2)));
}

static void delete_slot(struct task *me, struct gx *x)
{
	check_after(me, vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0));
}

static void close_file(struct task *me, struct gx *x)
{
	sys_munmap(me, x->hva, PG(x->cfg.nr_pages));
	check_after(me, gmem_close(me, x->f));
}

static void punch_signalled(struct task *me, struct gx *x)
{
	check_after(me, gx_allocate(me, x, 0, x->cfg.nr_pages));
	send_signal(me, me, 1);
	check_after(me, gx_punch(me, x, 0, x->cfg.nr_pages));
}

/* The first entry of the binding needs one node, the second two more. */
static void bind_without_memory(struct task *me, struct gx *x)
{
	vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0);
	me->fail_site = "xa_node";
	me->fail_nth = 2;
	check_after(me, vm_set_memory_region(me, x->vm, 0, 0, PG(2), x->f, PG(63), 0));
	me->fail_site = NULL;
	check_after(me, vm_set_memory_region(me, x->vm, 0, 0, PG(2), x->f, PG(63), 0));
}

static void bind_twice(struct task *me, struct gx *x)
{
	check_after(me, vm_set_memory_region(me, x->vm, 1, BIT_ULL(30), PG(2), x->f, PG(1), 0));
}

enum { IN = BIT(0), MAIN = BIT(1), BOTH = IN | MAIN };

struct plant {
	/* constant */
	enum bug_id bug;
	void (*vcpu)(struct task *me, struct gx *x); /* or NULL */
	void (*vmm[2])(struct task *me, struct gx *x);
	u32 nr_orders;
	u32 kernels; /* where the scenario can show it */
	bool convertible; /* a VM with private memory; its memory starts private if it can */
	u64 nr_pages;	  /* of the file; 0: 4 */
};

static const struct plant plants[] = {
	{ BUG_SKIP_RECHECK, touch, { flip }, 300, BOTH, true },
	{ BUG_SKIP_UNMAP, NULL, { write_then_convert }, 1, IN },
	{ BUG_STORE_BEFORE_BEGIN, touch_then_to_shared, { watch }, 300, IN, true },
	{ BUG_STORE_BEFORE_BEGIN, touch_then_to_private, { watch }, 300, MAIN, true },
	{ BUG_LEAF_FOREIGN, touch_then_punch, { NULL }, 1, BOTH },
	{ BUG_FREE_MAPPED, touch_then_punch, { NULL }, 1, BOTH },
	{ BUG_MISSING_END, NULL, { convert_only }, 1, IN },
	{ BUG_MISSING_END, NULL, { convert_only }, 1, MAIN, true },
	{ BUG_DOUBLE_END, touch_then_punch, { NULL }, 1, BOTH },
	{ BUG_NO_FLUSH, touch_then_punch, { NULL }, 1, BOTH },
	{ BUG_NO_FLUSH, touch_then_to_private, { NULL }, 1, MAIN, true },
	{ BUG_FREE_BEFORE_FLUSH, NULL, { write_then_unmap }, 1, BOTH },
	{ BUG_TRUNCATE_KEEPS_PTES, NULL, { write_then_punch }, 1, BOTH },
	{ BUG_SLOT_UAF, touch_all, { delete_slot }, 300, BOTH },
	{ BUG_NO_KICK, touch_hot, { punch_some }, 300, BOTH },
	{ BUG_SWAP_NO_WAIT, NULL, { add_slot_with_mapping, discard }, 300, BOTH },
	{ BUG_UNBIND_DYING, NULL, { delete_slot, close_file }, 300, BOTH },
	{ BUG_EXTRA_REF, touch, { flip }, 300, BOTH, true },
	{ BUG_LOST_REF, NULL, { allocate_only }, 1, BOTH },
	{ BUG_POSITIVE_ERRNO, NULL, { convert_pinned }, 1, IN },
	{ BUG_FAIL_STORES, NULL, { convert_pinned }, 1, IN },
	{ BUG_FAIL_INDEX, NULL, { convert_pinned }, 1, IN },
	{ BUG_PUNCH_HALF, NULL, { punch_signalled }, 1, BOTH },
	{ BUG_BIND_HALF, NULL, { bind_without_memory }, 1, MAIN, false, 130 },
	{ BUG_SLOT_STAYS, NULL, { bind_twice }, 1, MAIN },
};

static struct gx *run_plant(const struct plant *p, enum kernel_design kernel, u32 order,
			    const char *bug)
{
	struct gx_cfg cfg = {
		.kernel = kernel,
		.type = kernel == KERNEL_MAINLINE && !p->convertible ? VM_DEFAULT : VM_SW_PROTECTED,
		.flags = GMEM_FLAG_MMAP | (p->convertible ? 0 : GMEM_FLAG_INIT_SHARED),
		.nr_pages = p->nr_pages ? p->nr_pages : 4,
		.sched = order ? SCHED_RANDOM : SCHED_FIFO,
		.seed = order + 1,
		.bug = bug,
	};
	struct gx *x = gx_new(cfg);

	if (p->vcpu)
		gx_actor(x, 0, p->vcpu);
	for (u32 i = 0; i < ARRAY_SIZE(p->vmm); i++) {
		if (p->vmm[i])
			gx_actor(x, -1, p->vmm[i]);
	}
	gx_run(x);
	return x;
}

static bool is_found(const struct plant *p, enum kernel_design kernel)
{
	const struct bug_desc *desc = &bug_descs[p->bug];
	bool found = false;

	for (u32 order = 0; order < p->nr_orders && !found; order++) {
		struct gx *x = run_plant(p, kernel, order, desc->slug);

		found = sim_has_finding(x->sim, desc->rules);
		gx_free(x);
	}
	if (!found)
		print_message("# %s: %s does not find it, kernel %d\n", desc->slug, desc->rules,
			      kernel);
	return found;
}

static void test_each_plant_is_caught(void **state)
{
	bool covered[NR_BUGS] = { [BUG_NONE] = true };
	u32 missed = 0;

	for (u32 i = 0; i < ARRAY_SIZE(plants); i++) {
		covered[plants[i].bug] = true;
		if (plants[i].kernels & IN)
			missed += !is_found(&plants[i], KERNEL_INPLACE);
		if (plants[i].kernels & MAIN)
			missed += !is_found(&plants[i], KERNEL_MAINLINE);
	}
	assert_int_equal(missed, 0);
	for (u32 i = 0; i < NR_BUGS; i++) {
		if (!covered[i] && bug_descs[i].status && strcmp(bug_descs[i].status, "plant"))
			continue; /* tests/races */
		if (!covered[i] && !strncmp(bug_descs[i].slug ? bug_descs[i].slug : "",
					    "plant-td", 8))
			continue; /* test_tdx_check.c */
		if (!covered[i] && strncmp(bug_descs[i].slug ? bug_descs[i].slug : "", "plant-", 6))
			continue; /* of a locking strategy: test_locking_plants.c */
		if (!covered[i])
			print_message("# %s has no scenario\n", bug_descs[i].slug);
		assert_true(covered[i]);
	}
}

static void expect_silence(const struct plant *p, enum kernel_design kernel)
{
	for (u32 order = 0; order < min(p->nr_orders, 60u); order++) {
		struct gx *x = run_plant(p, kernel, order, NULL);

		if (x->sim->nr_findings)
			print_message("# twin of %s, order %u\n", bug_descs[p->bug].slug, order);
		gx_silent(x);
		gx_free(x);
	}
}

static void test_each_twin_is_silent(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(plants); i++) {
		if (plants[i].kernels & IN)
			expect_silence(&plants[i], KERNEL_INPLACE);
		if (plants[i].kernels & MAIN)
			expect_silence(&plants[i], KERNEL_MAINLINE);
	}
}

static void test_slugs(void **state)
{
	assert_int_equal(bug_by_slug(NULL), BUG_NONE);
	assert_int_equal(bug_by_slug("no-such-plant"), NR_BUGS);
	for (int i = BUG_NONE + 1; i < NR_BUGS; i++) {
		assert_int_equal(bug_by_slug(bug_descs[i].slug), i);
		assert_true(strlen(bug_descs[i].rules) > 0 && strlen(bug_descs[i].text) > 0);
	}
}

static void test_results(void **state)
{
	assert_true(model_op_allows(OP_SET_ATTRIBUTES, 0));
	assert_true(model_op_allows(OP_SET_ATTRIBUTES, -EAGAIN));
	assert_false(model_op_allows(OP_SET_ATTRIBUTES, EAGAIN));
	assert_false(model_op_allows(OP_SET_ATTRIBUTES, 1));
	assert_false(model_op_allows(OP_SET_ATTRIBUTES, -EEXIST));
	assert_true(model_op_allows(OP_PIN, 3));
	assert_false(model_op_allows(OP_GMEM_CLOSE, -EINTR));
	assert_true(model_op_allows(OP_TOUCH, ACCESS_EXIT_MEMORY_FAULT));
	assert_false(model_op_allows(OP_TOUCH, ACCESS_SIGBUS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_plant_is_caught),
		cmocka_unit_test(test_each_twin_is_silent),
		cmocka_unit_test(test_slugs),
		cmocka_unit_test(test_results),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
