// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_folio.c - allocator, references, lock and content tags.
 */
#include "mm_fixture.h"

#define OWNER_A 101
#define OWNER_B 102

static void run_one(struct mx *x, void (*fn)(struct task *me, void *arg))
{
	mx_start(x);
	mx_task(x, "t", x->mm, -1, fn);
	mx_run(x);
}

/* Freed pages come back last in, first out, stale and with the old owner's name on them. */
static void alloc_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f[200], *again;
	union content c;

	for (u32 i = 0; i < ARRAY_SIZE(f); i++) {
		f[i] = folio_alloc(me);
		MX_CHECK(x, f[i] && folio_ref_count(me, f[i]) == 1);
		MX_CHECK(x, folio_pfn(x->m->folios, f[i]) == i + 1);
		MX_CHECK(x, pfn_folio(x->m->folios, i + 1) == f[i]);
		MX_CHECK(x, folio_content(f[i]).state == CONTENT_STALE);
	}
	clear_highpage(me, f[7], OWNER_A);
	folio_write_byte(me, f[7], OWNER_A, 0x5a);
	MX_CHECK(x, folio_read_byte(me, f[7], OWNER_A) == 0x5a);
	folio_put(me, f[3]);
	folio_put(me, f[7]);
	again = folio_alloc(me);
	c = folio_content(again);
	MX_CHECK(x, again == f[7] && c.state == CONTENT_STALE && c.owner == OWNER_A);
	MX_CHECK(x, folio_alloc(me) == f[3]);
	for (u32 i = 0; i < ARRAY_SIZE(f); i++)
		folio_put(me, f[i]);
}

static void test_alloc(void **state)
{
	struct mx x;

	mx_init(&x);
	run_one(&x, alloc_main);
	mx_assert_clean(&x);
	assert_int_equal(x.m->folios->nr_free, 200);
	sim_destroy(x.sim);
}

static void limit_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f[5];

	for (u32 i = 0; i < 5; i++) {
		f[i] = folio_alloc(me);
		MX_CHECK(x, f[i]);
	}
	MX_CHECK(x, !folio_alloc(me));
	folio_put(me, f[4]);
	me->fail_site = "folio_alloc";
	me->fail_nth = 1;
	MX_CHECK(x, !folio_alloc(me));
	me->fail_site = NULL;
	f[4] = folio_alloc(me);
	MX_CHECK(x, f[4]);
	/* A poisoned page does not come back. */
	folio_set_hwpoison(me, f[4]);
	for (u32 i = 0; i < 5; i++)
		folio_put(me, f[i]);
	for (u32 i = 0; i < 4; i++) {
		f[i] = folio_alloc(me);
		MX_CHECK(x, f[i]);
	}
	MX_CHECK(x, !folio_alloc(me));
	for (u32 i = 0; i < 4; i++)
		folio_put(me, f[i]);
}

static void test_memory_limit(void **state)
{
	struct mx x;

	mx_init(&x);
	x.mcfg.memory_pages = 5;
	run_one(&x, limit_main);
	mx_assert_clean(&x);
	sim_destroy(x.sim);
}

static void refs_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f = folio_alloc(me);

	folio_get(me, f);
	folio_ref_add(me, f, GUP_PIN_COUNTING_BIAS);
	MX_CHECK(x, folio_ref_count(me, f) == 2 + GUP_PIN_COUNTING_BIAS);
	MX_CHECK(x, !folio_ref_freeze(me, f, 2));
	folio_put_refs(me, f, GUP_PIN_COUNTING_BIAS);
	MX_CHECK(x, folio_ref_freeze(me, f, 2));
	MX_CHECK(x, !folio_try_get(me, f) && folio_ref_count(me, f) == 0);
	folio_ref_unfreeze(me, f, 2);
	MX_CHECK(x, folio_try_get(me, f));
	folio_put_refs(me, f, 3);
	MX_CHECK(x, folio_test(f, PG_free) && !folio_try_get(me, f));
}

static void test_refs(void **state)
{
	struct mx x;

	mx_init(&x);
	run_one(&x, refs_main);
	mx_assert_clean(&x);
	sim_destroy(x.sim);
}

/* One mistake is one finding each, and the allocator survives it. */
static void misuse_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f = folio_alloc(me), *g;

	folio_put(me, f);
	folio_put(me, f); /* once too often */
	folio_get(me, f); /* of a free page */
	MX_CHECK(x, folio_ref_count(me, f) == 0);
	f = folio_alloc(me);
	g = folio_alloc(me);
	MX_CHECK(x, f != g);
	folio_put_refs(me, g, 7); /* more than there are */
	MX_CHECK(x, folio_ref_count(me, g) == 1);
	folio_put(me, f);
	folio_put(me, g);
}

static void test_misuse_is_found(void **state)
{
	struct mx x;

	mx_init(&x);
	run_one(&x, misuse_main);
	assert_int_equal(mx_findings(&x, "lifetime"), 3);
	assert_int_equal(mx_findings(&x, NULL), 3);
	assert_int_equal(mm_check_at_rest(x.m), 0);
	sim_destroy(x.sim);
}

static void content_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f = folio_alloc(me);

	folio_read_byte(me, f, OWNER_A); /* stale */
	clear_highpage(me, f, OWNER_A);
	clear_highpage(me, f, OWNER_A); /* allowed: nothing was written */
	MX_CHECK(x, folio_read_byte(me, f, OWNER_A) == 0);
	folio_write_byte(me, f, OWNER_A, 9);
	folio_read_byte(me, f, OWNER_B); /* somebody else's */
	clear_highpage(me, f, OWNER_B);	 /* a new owner zeroes */
	folio_write_byte(me, f, OWNER_B, 1);
	clear_highpage(me, f, OWNER_B); /* zeroed again after it was written */
	folio_put(me, f);
}

static void test_content(void **state)
{
	struct mx x;

	mx_init(&x);
	run_one(&x, content_main);
	assert_int_equal(mx_findings(&x, "content"), 3);
	assert_int_equal(mx_findings(&x, NULL), 3);
	sim_destroy(x.sim);
}

static void freed_mapped_main(struct task *me, void *arg)
{
	struct folio *f = folio_alloc(me);

	folio_add_rmap(me, f);
	folio_spte_inc(me, f);
	folio_put(me, f);
}

static void test_freed_mapped(void **state)
{
	struct mx x;

	mx_init(&x);
	run_one(&x, freed_mapped_main);
	assert_int_equal(mx_findings(&x, "freed-mapped"), 2);
	sim_destroy(x.sim);
}

/* The lock excludes, and a waiter gets it. */
static void locker_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = x->priv;
	for (u32 i = 0; i < 20; i++) {
		folio_lock(me, f);
		MX_CHECK(x, x->count[0]++ == 0);
		sim_cost(me, 100);
		MX_CHECK(x, !folio_trylock(me, f));
		x->count[0]--;
		x->count[1]++;
		folio_unlock(me, f);
	}
}

static void lock_setup(struct task *me, struct mx *x)
{
	x->priv = folio_alloc(me);
}

static void test_lock(void **state)
{
	for (u64 seed = 1; seed <= 50; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = seed & 1 ? SCHED_RANDOM : SCHED_FIFO;
		x.setup = lock_setup;
		mx_start(&x);
		for (u32 i = 0; i < 3; i++)
			mx_task(&x, "locker", x.mm, -1, locker_main);
		mx_run(&x);
		assert_int_equal(x.count[1], 60);
		assert_int_equal(mx_findings(&x, NULL), 0);
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_memory_limit),
		cmocka_unit_test(test_refs),
		cmocka_unit_test(test_misuse_is_found),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_freed_mapped),
		cmocka_unit_test(test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
