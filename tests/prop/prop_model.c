// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generated operation mixes.
 *
 * Many actors: vCPUs touch; VMM threads convert, punch, allocate, access, pin, map and rebind one
 * small file, some steps failing, in an order drawn from the seed.  No invariant breaks, every
 * answer is one the kernel can give, and at rest all references are accounted for.
 *
 * One actor: every answer and the final state are those of the reference model.
 *
 * usage: prop_model [runs [first seed [planted bug]]]
 */
#include "tests/unit/gmem_fixture.h"

#include "model/check/reference.h"
#include "model/fails.h"
#include "model/task_work.h"
#include "tests/prop/lockings.h"

#define MAX_PAGES 64

static u64 nr_runs = 2000, first_seed = 1;
static const char *planted;

static u32 pick(struct task *me, u32 n)
{
	return sim_choose(me->sim, CHOICE_VALUE, n);
}

/* A range inside the file: single pages as often as any other length. */
static void pick_range(struct task *me, struct gx *x, u64 *start, u64 *nr)
{
	*start = pick(me, (u32)x->cfg.nr_pages);
	*nr = pick(me, 2) ? 1 : 1 + pick(me, (u32)(x->cfg.nr_pages - *start));
}

/* Of any kind but those that end a VM or a task. */
static void pick_failure(struct task *me)
{
	const struct fail_desc *d;

	me->fail_site = NULL;
	if (pick(me, 4))
		return;
	do {
		d = &fail_descs[pick(me, NR_FAILS)];
	} while (d->kind == FAIL_FATAL || d->kind == FAIL_KILL);
	me->fail_site = d->name;
	me->fail_nth = 1 + pick(me, 3);
}

/* The operations judge their own answers. */
static void judge(struct task *me, s64 ret)
{
	signal_deliver(me);
	machine_check_op(me);
}

/* --- many actors --- */

static void do_convert(struct task *me, struct gx *x, u64 start, u64 nr)
{
	u64 attrs = pick(me, 2) ? MEMORY_ATTRIBUTE_PRIVATE : 0, err = UINT64_MAX;
	s64 r;

	if (x->cfg.kernel == KERNEL_MAINLINE) {
		judge(me, vm_set_mem_attributes(me, x->vm, PG(start), PG(nr), attrs));
		return;
	}
	r = gmem_set_attributes(me, x->f, PG(start), PG(nr), attrs, &err);
	judge(me, r);
	if (r == -EAGAIN && (err < PG(start) || err >= PG(start + nr)))
		sim_finding(me->sim, me, "test", "error_offset 0x%llx is outside the range",
			    (unsigned long long)err);
}

static void do_pin(struct task *me, struct gx *x, u64 start, u64 nr)
{
	struct pin *pin = NULL;
	bool longterm = pick(me, 2);
	s64 r = pin_user_pages(me, x->hva + PG(start), PG(nr), longterm, pick(me, 2), &pin);

	judge(me, r);
	if (!pin)
		return;
	if (pick(me, 2))
		judge(me, host_access(me, x->hva + PG(start), 1, false, 0,
				      &(struct access_info){0}));
	judge(me, unpin_user_pages(me, pin));
}

static void do_map(struct task *me, struct gx *x, u64 start, u64 nr)
{
	hva_t hva;
	s64 r = sys_mmap(me, x->f, PG(start), PG(nr), true, &hva);

	judge(me, r);
	if (r)
		return;
	judge(me, host_access(me, hva, PG(nr), pick(me, 2), 0x5c, &(struct access_info){0}));
	me->fail_site = NULL;
	judge(me, sys_munmap(me, hva, PG(nr)));
}

static void do_rebind(struct task *me, struct gx *x)
{
	judge(me, vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0));
	me->fail_site = NULL;
	judge(me, vm_set_memory_region(me, x->vm, 0, 0, PG(x->cfg.nr_pages), x->f, 0, 0));
}

static void vmm_op(struct task *me, struct gx *x)
{
	u64 start, nr;

	pick_range(me, x, &start, &nr);
	pick_failure(me);
	switch (pick(me, 32)) {
	case 0 ... 11:
		do_convert(me, x, start, nr);
		break;
	case 12 ... 14:
		judge(me, gx_punch(me, x, start, nr));
		break;
	case 15 ... 16:
		judge(me, gx_allocate(me, x, start, nr));
		break;
	case 17 ... 22: {
		struct access_info info;

		judge(me, host_access(me, x->hva + PG(start), PG(nr), pick(me, 2),
				      (u8)pick(me, 256), &info));
		break;
	}
	case 23 ... 26:
		do_pin(me, x, start, nr);
		break;
	case 27 ... 28:
		do_map(me, x, start, nr);
		break;
	case 29:
		do_rebind(me, x);
		break;
	default:
		judge(me, speculative_ref(me, x->f, PG(start), pick(me, 50)));
		break;
	}
	me->fail_site = NULL;
}

static void vmm_body(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 8; i++)
		vmm_op(me, x);
}

static void vcpu_body(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 10; i++) {
		struct access_info info;
		u64 start, nr;

		pick_range(me, x, &start, &nr);
		pick_failure(me);
		judge(me, guest_touch(me, PG(start), PG(nr), pick(me, 2), pick(me, 2),
				      (u8)pick(me, 256), &info));
		me->fail_site = NULL;
	}
}

/* A vCPU of another VM, its own file on the same memory; closes it with or without its slot. */
static void other_vm_body(struct task *me, struct gx *x)
{
	struct vm *other = x->priv;
	struct access_info info;
	struct gmem_file *f;
	u64 start, nr;

	gmem_link(me, x->f, other, &f);
	judge(me, vm_set_memory_region(me, other, 0, PG(128), PG(x->cfg.nr_pages), f, 0, 0));
	for (u32 i = 0; i < 5; i++) {
		pick_range(me, x, &start, &nr);
		judge(me, guest_touch(me, PG(128 + start), PG(nr), false, pick(me, 2), 0x0f,
				      &info));
	}
	if (pick(me, 2))
		judge(me, vm_set_memory_region(me, other, 0, 0, 0, NULL, 0, 0));
	judge(me, gmem_close(me, f));
	judge(me, guest_touch(me, PG(128), 1, false, false, 0, &info));
}

static void do_iommu(struct task *me, struct gx *x, u64 start, u64 nr)
{
	struct pin *dma = NULL;

	judge(me, iommu_map(me, x->hva + PG(start), PG(nr), &dma));
	sim_cost(me, pick(me, 1000));
	if (dma)
		judge(me, iommu_unmap(me, dma));
}

/*
 * The host kernel's other users of the pages.  Memory errors are not among them: handling one can
 * deadlock with a hole or a conversion, as upstream (tests/unit/test_memory_failure.c).
 */
static void host_body(struct task *me, struct gx *x)
{
	struct access_info info = {0};
	pfn_t pfns[MAX_PAGES];
	u64 start, nr;

	for (u32 i = 0; i < 8; i++) {
		pick_range(me, x, &start, &nr);
		pick_failure(me);
		switch (pick(me, 6)) {
		case 0:
			judge(me, kernel_access(me, x->hva + PG(start), PG(nr), pick(me, 2),
						(enum access_via)pick(me, 4), (u8)pick(me, 256),
						&info));
			break;
		case 1:
			do_iommu(me, x, start, nr);
			break;
		case 2:
			judge(me, migrate_range(me, x->f, PG(start), PG(nr)));
			break;
		case 3:
			nr = min(nr, (u64)MAX_PAGES);
			nr = gmem_frames(x->f, PG(start), PG(nr), pfns);
			judge(me, compact_frames(me, pfns, nr));
			break;
		case 4:
			judge(me, collapse_range(me, x->f, PG(start), PG(nr)));
			break;
		default:
			/* from shared pages of the same file, if these are */
			judge(me, vm_populate(me, x->vm, PG(start), PG(nr), x->hva));
			break;
		}
		me->fail_site = NULL;
	}
}

static struct gx_cfg cfg_of_seed(u64 seed)
{
	struct gx_cfg cfg = {
		.kernel = seed & 1 ? KERNEL_INPLACE : KERNEL_MAINLINE,
		.sched = SCHED_RANDOM,
		.seed = seed,
		.nr_pages = 8u << ((seed >> 1) & 3),
		.flags = GMEM_FLAG_MMAP,
		.nr_vcpus = 2,
		.no_lru = (seed >> 3) & 1,
		.bug = planted,
		.type = (seed >> 4) % 4 == 0 ? VM_DEFAULT : VM_SW_PROTECTED,
	};

	if (cfg.kernel == KERNEL_INPLACE || cfg.type == VM_DEFAULT)
		cfg.flags |= GMEM_FLAG_INIT_SHARED;
	return cfg;
}

static void many_actors(struct gx_cfg cfg)
{
	struct gx *x = gx_new(cfg);

	gx_actor(x, 0, vcpu_body);
	gx_actor(x, 1, vcpu_body);
	gx_actor(x, -1, vmm_body);
	gx_actor(x, -1, vmm_body);
	if (cfg.seed % 4 < 2)
		gx_actor(x, -1, host_body);
	if (cfg.seed % 3 == 0) {
		x->priv = vm_create(x->m, "other", cfg.type, x->mm, 1);
		gx_actor_in(x, x->priv, 0, other_vm_body);
	}
	gx_run(x);
	if (x->sim->nr_findings)
		print_message("# seed %llu, %s:%llu\n", (unsigned long long)cfg.seed,
			      cfg.locking ? cfg.locking : "file",
			      (unsigned long long)cfg.locking_arg);
	gx_silent(x);
	gx_free(x);
}

static void test_many_actors(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs; seed++)
		many_actors(cfg_of_seed(seed));
}

/* In time order on few CPUs: tasks are preempted, spin and queue as they would. */
static void test_many_actors_in_time(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs / 3; seed++) {
		struct gx_cfg cfg = cfg_of_seed(seed);

		cfg.sched = SCHED_FIFO;
		cfg.timed = true;
		many_actors(cfg);
	}
}

static void test_many_actors_on_real_threads(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs / 30; seed++) {
		struct gx_cfg cfg = cfg_of_seed(seed);

		cfg.engine = ENGINE_THREADS;
		cfg.sched = SCHED_FIFO;
		many_actors(cfg);
	}
}

/* However the file is locked. */
static void test_lockings(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs / 4; seed++) {
		for (u32 i = 0; i < ARRAY_SIZE(prop_lockings); i++) {
			struct gx_cfg cfg = cfg_of_seed(seed);
			const char *name = prop_locking(&cfg, i);

			if (seed % 4 == 3) {
				cfg.sched = SCHED_FIFO;
				cfg.timed = true;
			}
			many_actors(cfg);
			if (seed % 40 || i % 2)
				continue;
			print_message("# %s on real threads, seed %llu\n", name,
				      (unsigned long long)seed);
			cfg.timed = false;
			cfg.engine = ENGINE_THREADS;
			cfg.sched = SCHED_FIFO;
			many_actors(cfg);
		}
	}
}

/* --- one actor against the reference --- */

struct ref_test {
	/* written by the actor */
	struct ref_model ref;
	struct ref_page page[MAX_PAGES];
	struct {
		struct pin *pin;
		u64 index;
		u32 generation;
	} pin[4];
	char what[128];
};

static void expect(struct ref_test *t, const char *op, u64 index, s64 got, s64 want)
{
	if (got != want && !t->what[0])
		snprintf(t->what, sizeof(t->what), "%s at %llu answered %lld, not %lld", op,
			 (unsigned long long)index, (long long)got, (long long)want);
}

static void ref_pin_op(struct task *me, struct gx *x, struct ref_test *t, u64 index)
{
	u32 i = pick(me, ARRAY_SIZE(t->pin));

	if (t->pin[i].pin) {
		unpin_user_pages(me, t->pin[i].pin);
		ref_unpin(&t->ref, t->pin[i].index, t->pin[i].generation);
		t->pin[i].pin = NULL;
		return;
	}
	t->pin[i].index = index;
	expect(t, "pin", index,
	       pin_user_pages(me, x->hva + PG(index), 1, pick(me, 2), false, &t->pin[i].pin),
	       ref_pin(&t->ref, index, &t->pin[i].generation));
}

static void ref_range_op(struct task *me, struct gx *x, struct ref_test *t, u64 start, u64 nr)
{
	u64 attrs = pick(me, 2) ? MEMORY_ATTRIBUTE_PRIVATE : 0, err = 0, want_err = 0;

	switch (pick(me, 3)) {
	case 0:
		expect(t, "convert", start,
		       gmem_set_attributes(me, x->f, PG(start), PG(nr), attrs, &err),
		       ref_set_attributes(&t->ref, start, nr, attrs, &want_err));
		expect(t, "error_offset", start, (s64)err, (s64)want_err);
		break;
	case 1:
		expect(t, "punch", start, gx_punch(me, x, start, nr),
		       ref_punch(&t->ref, start, nr));
		break;
	default:
		expect(t, "allocate", start, gx_allocate(me, x, start, nr),
		       ref_allocate(&t->ref, start, nr));
		break;
	}
}

static void ref_body(struct task *me, struct gx *x)
{
	struct ref_test *t = x->priv;

	for (u32 i = 0; i < 60; i++) {
		bool write = pick(me, 2), is_private;
		u8 byte = (u8)pick(me, 256), got = 0, want = 0;
		struct access_info info = { 0 };
		u64 start, nr;

		pick_range(me, x, &start, &nr);
		switch (pick(me, 8)) {
		case 0 ... 2:
			ref_range_op(me, x, t, start, nr);
			continue;
		case 3:
			ref_pin_op(me, x, t, start);
			continue;
		case 4 ... 5:
			expect(t, "access", start,
			       host_access(me, x->hva + PG(start), 1, write, byte, &info),
			       ref_access(&t->ref, start, write, byte, &want));
			break;
		default:
			is_private = gmem_folio_state(x->f, PG(start)).is_private &&
				     x->cfg.kernel == KERNEL_INPLACE;
			expect(t, "touch", start,
			       guest_touch(me, PG(start), 1, is_private, write, byte, &info),
			       ref_touch(&t->ref, start, is_private, write, byte, &want));
			break;
		}
		got = write ? 0 : info.first_byte;
		expect(t, "content", start, got, want);
		machine_check_op(me);
	}
	for (u32 i = 0; i < ARRAY_SIZE(t->pin); i++) {
		if (t->pin[i].pin)
			unpin_user_pages(me, t->pin[i].pin);
	}
}

static void test_one_actor_agrees_with_the_reference(void **state)
{
	for (u64 seed = first_seed; seed < first_seed + nr_runs / 4; seed++) {
		struct gx_cfg cfg = cfg_of_seed(seed);
		struct ref_test t = { 0 };
		const char *why;
		pgoff_t index;
		struct gx *x;

		cfg.sched = SCHED_FIFO;
		x = gx_new(cfg);
		x->priv = &t;
		ref_init(&t.ref, cfg.kernel, cfg.type, cfg.flags, t.page, cfg.nr_pages);
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
		cmocka_unit_test(test_many_actors),
		cmocka_unit_test(test_many_actors_in_time),
		cmocka_unit_test(test_many_actors_on_real_threads),
		cmocka_unit_test(test_lockings),
		cmocka_unit_test(test_one_actor_agrees_with_the_reference),
	};

	if (argc > 1)
		nr_runs = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	if (argc > 3)
		planted = argv[3];
	return cmocka_run_group_tests_name("prop_model", tests, NULL, NULL);
}
