// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration, compaction and khugepaged at a guest_memfd: refused, what they leave behind, and their
 * faulty variants.
 */
#include "model/mm/lru.h"
#include "tests/unit/gmem_fixture.h"

static const struct gx_cfg base = {
	.kernel = KERNEL_INPLACE,
	.type = VM_SW_PROTECTED,
	.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED,
	.nr_pages = 8,
};

/* The page stays, and no batch has it; the process has to fault it in again. */
static void migrate(struct task *me, struct gx *x)
{
	gx_write(me, x, 0, 0x31);
	gx_guest_read(me, x, 0, false);
	gx_ret(me, x, migrate_range(me, x->f, 0, PG(8)));
	gx_ret(me, x, gmem_folio_state(x->f, 0).mapcount);
	gx_ret(me, x, gmem_folio_state(x->f, 0).refcount);
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_guest_read(me, x, 0, false));
	gx_ret(me, x, migrate_range(me, x->f, PG(4), PG(2)));
	me->fail_site = "migrate_dst";
	me->fail_nth = 1;
	gx_ret(me, x, migrate_range(me, x->f, 0, PG(1)));
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
}

static void test_migrate(void **state)
{
	GX_CASE(base, 0, migrate, -EOPNOTSUPP, 0, 1, 0x31, 0x31, -ENOENT, -ENOMEM, 0);
}

/* What was truncated in between moves, unless the truncating task still has its reference. */
static void migrate_one(struct task *me, struct gx *x)
{
	gx_allocate(me, x, 0, 1);
	gx_ret(me, x, migrate_range(me, x->f, 0, PG(1)));
}

static void punch_one(struct task *me, struct gx *x)
{
	gx_punch(me, x, 0, 1);
}

static void test_migrate_truncated(void **state)
{
	u32 nr_moved = 0;

	for (u64 seed = 1; seed <= 100; seed++) {
		struct gx_cfg cfg = base;
		struct gx *x;

		cfg.sched = SCHED_RANDOM;
		cfg.seed = seed;
		x = gx_new(cfg);
		gx_actor(x, -1, migrate_one);
		gx_actor(x, -1, punch_one);
		gx_run(x);
		gx_silent(x);
		nr_moved += x->ret[0] == 0;
		gx_free(x);
	}
	assert_true(nr_moved > 0);
}

/* Compaction finds nothing to move; a locked page is passed over, an orphan with a pin, too. */
static void compact(struct task *me, struct gx *x)
{
	struct folio *locked;
	struct pin *pin;
	pfn_t pfns[8];
	u64 nr;

	for (u64 i = 0; i < 4; i++)
		gx_write(me, x, i, 1);
	lru_add_drain_all(me);
	gx_ret(me, x, (s64)(nr = gmem_frames(x->f, 0, PG(100), pfns)));
	locked = __xa_load(&x->f->inode->mapping.i_pages, 1);
	folio_lock(me, locked);
	gx_ret(me, x, compact_frames(me, pfns, nr));
	folio_unlock(me, locked);
	gx_ret(me, x, gmem_folio_state(x->f, PG(1)).refcount);
	pin_user_pages(me, x->hva, PG(1), true, false, &pin);
	gx_punch(me, x, 0, 4);
	gx_ret(me, x, compact_frames(me, pfns, nr));
	unpin_user_pages(me, pin);
}

static void test_compact(void **state)
{
	GX_CASE(base, -1, compact, 4, 0, 2, 0);
}

/* The file goes away while a frame of it is looked at. */
static void scan(struct task *me, struct gx *x)
{
	pfn_t pfns[8];
	u64 nr;

	gx_allocate(me, x, 0, 8);
	lru_add_drain_all(me);
	nr = gmem_frames(x->f, 0, PG(8), pfns);
	gx_ret(me, x, compact_frames(me, pfns, nr));
}

static void close_file(struct task *me, struct gx *x)
{
	sim_sleep(me, 2500);
	gmem_close(me, x->f);
	task_work_run(me);
}

static u32 scan_vs_close(const char *bug, u32 *nr_lifetime)
{
	struct gx_cfg cfg = base;
	struct gx *x;
	u32 nr;

	cfg.flags = GMEM_FLAG_INIT_SHARED;
	cfg.no_slot = true;
	cfg.no_checks = true;
	cfg.bug = bug;
	x = gx_new(cfg);
	x->m->cfg.costs.dist[COST_compaction_scan].a_ns = 1000;
	gx_actor(x, -1, scan);
	gx_actor(x, -1, close_file);
	gx_run(x);
	nr = x->sim->nr_findings;
	*nr_lifetime = gx_found(x, "lifetime");
	gx_free(x);
	return nr;
}

static void test_scan_vs_close(void **state)
{
	u32 lifetime;

	assert_int_equal(scan_vs_close(NULL, &lifetime), 0);
	assert_int_equal(scan_vs_close("compaction-vs-truncate-mapping-uaf", &lifetime), 1);
	assert_int_equal(lifetime, 1);
}

static void collapse(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 512; i++)
		gx_write(me, x, i, (u8)i);
	gx_guest_read(me, x, 3, false);
	gx_ret(me, x, collapse_range(me, x->f, 0, PG(512)));
	gx_ret(me, x, gx_guest_read(me, x, 5, false));
	gx_ret(me, x, gx_read(me, x, 7));
	gx_ret(me, x, collapse_range(me, x->f, 0, PG(512)));
}

static void test_collapse(void **state)
{
	struct gx_cfg cfg = base;
	struct gx *x;

	cfg.nr_pages = 512;
	GX_CASE(cfg, 0, collapse, -EINVAL, 5, 7, -EINVAL);
	/* collapsed; the guest maps a page of it, the process cannot any more */
	cfg.bug = "gmem-khugepaged-collapse";
	cfg.no_checks = true;
	x = gx_new(cfg);
	gx_actor(x, 0, collapse);
	gx_run(x);
	GX_EXPECT(x, 0, 5, ACCESS_SIGBUS, -EINVAL);
	assert_int_equal(gx_found(x, "leaf-folio"), 1);
	/* the slot has no address in the process: nobody told KVM of gfn 3 */
	assert_true(gx_found(x, "freed-mapped") > 0);
	gx_free(x);
}

/* Nor can it be mapped as one huge page where address and offset are not aligned alike. */
static void misaligned(struct task *me, struct gx *x)
{
	hva_t hva;

	gx_ret(me, x, sys_munmap(me, x->hva, PG(1024)));
	gx_ret(me, x, sys_mmap(me, x->f, PG(1), PG(1023), true, &hva));
	gx_ret(me, x, IS_ALIGNED((hva >> PAGE_SHIFT) - 1, 512));
	gx_allocate(me, x, 512, 512);
	gx_ret(me, x, collapse_range(me, x->f, PG(512), PG(512)));
}

static void test_misaligned(void **state)
{
	struct gx_cfg cfg = base;

	cfg.nr_pages = 1024;
	cfg.bug = "gmem-khugepaged-collapse";
	cfg.no_checks = true;
	GX_CASE(cfg, -1, misaligned, 0, 0, 0, -EINVAL);
}

/* What keeps even the faulty variant from collapsing: a hole, a pin. */
static void no_collapse(struct task *me, struct gx *x)
{
	struct pin *pin;

	gx_write(me, x, 0, 1);
	gx_ret(me, x, collapse_range(me, x->f, 0, PG(512)));
	gx_allocate(me, x, 0, 512);
	pin_user_pages(me, x->hva + PG(9), PG(1), true, false, &pin);
	gx_ret(me, x, collapse_range(me, x->f, 0, PG(512)));
	unpin_user_pages(me, pin);
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	gx_ret(me, x, collapse_range(me, x->f, 0, PG(512)));
	gx_ret(me, x, gx_read(me, x, 0));
}

static void test_no_collapse(void **state)
{
	struct gx_cfg cfg = base;

	cfg.nr_pages = 512;
	cfg.bug = "gmem-khugepaged-collapse";
	GX_CASE(cfg, -1, no_collapse, -EINVAL, -EAGAIN, -ENOMEM, 1);
}

/* All of them at once, with everybody who uses the pages. */
static void move_all(struct task *me, struct gx *x)
{
	pfn_t pfns[8];

	for (u32 i = 0; i < 4; i++) {
		migrate_range(me, x->f, 0, PG(8));
		compact_frames(me, pfns, gmem_frames(x->f, 0, PG(8), pfns));
		collapse_range(me, x->f, 0, PG(8));
	}
}

static void use_all(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 24; i++) {
		gx_write(me, x, i % 8, 1);
		gx_guest_read(me, x, (i + 3) % 8, false);
	}
}

static void change_all(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 16; i++) {
		gx_convert(me, x, i % 8, 1, i & 1);
		gx_punch(me, x, (i + 5) % 8, 1);
	}
}

static void test_storm(void **state)
{
	for (u64 seed = 1; seed <= 40; seed++) {
		struct gx_cfg cfg = base;
		struct gx *x;

		cfg.sched = SCHED_RANDOM;
		cfg.seed = seed;
		if (seed > 37)
			cfg.engine = ENGINE_THREADS;
		x = gx_new(cfg);
		gx_actor(x, 0, use_all);
		gx_actor(x, -1, move_all);
		gx_actor(x, -1, change_all);
		gx_run(x);
		gx_silent(x);
		gx_free(x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_migrate),
		cmocka_unit_test(test_migrate_truncated),
		cmocka_unit_test(test_compact),
		cmocka_unit_test(test_scan_vs_close),
		cmocka_unit_test(test_collapse),
		cmocka_unit_test(test_misaligned),
		cmocka_unit_test(test_no_collapse),
		cmocka_unit_test(test_storm),
	};

	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
