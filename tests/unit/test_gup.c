// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_gup.c - pins: how much they count, which path they take, and GUP-fast against zaps.
 */
#include "mm_fixture.h"

static s32 refs_of(struct task *me, struct mx *x, pgoff_t index)
{
	return folio_ref_count(me, __xa_load(&x->mapping.i_pages, index));
}

static void counts_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct pin *get, *pin;

	mx_wait(me, x);
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(4), false, true, &get) == 0 && !get);
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(4), false, false, &get) == 4);
	MX_CHECK(x, refs_of(me, x, 0) == 3); /* file, PTE, FOLL_GET */
	MX_CHECK(x, pin_user_pages(me, x->hva + 5, 1, true, false, &pin) == 1);
	MX_CHECK(x, refs_of(me, x, 0) == 3 + GUP_PIN_COUNTING_BIAS);
	MX_CHECK(x, !unpin_user_pages(me, get));
	MX_CHECK(x, refs_of(me, x, 0) == 2 + GUP_PIN_COUNTING_BIAS && refs_of(me, x, 1) == 2);
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(6), false, true, &get) == 4);
	MX_CHECK(x, !unpin_user_pages(me, get));
	/* Neither unmapping nor truncation revokes a pin. */
	truncate_inode_pages_final(me, &x->mapping);
	MX_CHECK(x, x->m->folios->nr_free == 3);
	MX_CHECK(x, folio_ref_count(me, pin->folios[0]) == GUP_PIN_COUNTING_BIAS);
	MX_CHECK(x, !pin->folios[0]->mapping && !folio_mapped(pin->folios[0]));
	MX_CHECK(x, !mm_check_at_rest(x->m));
	MX_CHECK(x, !unpin_user_pages(me, pin));
	MX_CHECK(x, x->m->folios->nr_free == 4);
	/* Errors. */
	MX_CHECK(x, pin_user_pages(me, PG(1), 1, false, false, &pin) == -EFAULT && !pin);
	MX_CHECK(x, pin_user_pages(me, x->hva, 0, false, false, &pin) == -EINVAL);
	MX_CHECK(x, pin_user_pages(me, ~0ull, 2, false, false, &pin) == -EFAULT);
	MX_CHECK(x, pin_user_pages(me, x->hva + PG(MX_PAGES - 2), PG(4), false, false, &pin) == 2);
	MX_CHECK(x, !unpin_user_pages(me, pin));
}

static void test_counts(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, counts_main);
	mx_finish(&x);
}

/* A long-term pin of file pages goes by the slow path, others by the fast one if it can. */
static void path_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct pin *pin;

	mx_wait(me, x);
	MX_CHECK(x, host_access(me, x->hva, PG(2), true, 1, NULL) == ACCESS_OK);
	mmap_write_lock(me, x->mm);
	/* With mmap_lock held nothing but the fast path can answer. */
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(2), false, true, &pin) == 2);
	mmap_write_unlock(me, x->mm);
	MX_CHECK(x, !unpin_user_pages(me, pin));
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(2), true, true, &pin) == 0);
	MX_CHECK(x, pin_user_pages(me, x->hva, PG(2), true, false, &pin) == 2);
	MX_CHECK(x, !unpin_user_pages(me, pin));
}

static void test_path(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, path_main);
	mx_finish(&x);
}

static void map_one(struct task *me, struct mx *x)
{
	MX_CHECK(x, host_access(me, x->hva, 1, true, 1, NULL) == ACCESS_OK);
	x->priv = __xa_load(&x->mapping.i_pages, 0);
}

/* Against zaps: what is pinned has the right content and stays until it is unpinned. */
static void pinner_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		struct folio *page = NULL;
		u32 flags = FOLL_WRITE | (i & 1 ? FOLL_PIN : FOLL_GET);

		if (get_user_pages_fast_only(me, x->mm, x->hva, 1, flags, &page) != 1) {
			x->count[1]++;
			continue;
		}
		x->count[0]++;
		MX_CHECK(x, folio_ref_count(me, page) >= (i & 1 ? GUP_PIN_COUNTING_BIAS : 1));
		MX_CHECK(x, page->index == 0 && !folio_test(page, PG_free));
		MX_CHECK(x, folio_content(page).owner == x->mapping.owner);
		gup_put_folio(me, page, flags);
	}
}

static void slow_pinner_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 3; i++) {
		struct pin *pin;

		MX_CHECK(x, pin_user_pages(me, x->hva, PG(2), i & 1, false, &pin) == 2);
		MX_CHECK(x, !unpin_user_pages(me, pin));
	}
}

static void zapper_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 3; i++) {
		MX_CHECK(x, host_access(me, x->hva, 1, true, 6, NULL) == ACCESS_OK);
		if (i & 1)
			truncate_inode_pages_range(me, &x->mapping, 0, PG(2) - 1);
		else
			unmap_mapping_pages(me, &x->mapping, 0, 2);
	}
}

static void test_races(void **state)
{
	u64 got = 0, lost = 0;

	for (u64 seed = 1; seed <= 300; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		x.setup = map_one;
		mx_start(&x);
		mx_task(&x, "fast", x.mm, -1, pinner_main);
		mx_task(&x, "slow", x.mm, -1, slow_pinner_main);
		mx_task(&x, "zap", x.mm, -1, zapper_main);
		mx_finish(&x);
		got += x.count[0];
		lost += x.count[1];
	}
	print_message("# fast path: %llu pins, %llu refusals\n", (unsigned long long)got,
		      (unsigned long long)lost);
	assert_true(got > 100 && lost > 100);
}

/*
 * A reference that GUP-fast takes and drops again is seen by a third party, but not by who has
 * unmapped the page: the flush waits until the walker has its interrupts on again.
 */
static void counter_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = x->priv;
	for (u32 i = 0; i < 8; i++)
		x->count[2] += folio_ref_count(me, f) > 3; /* the file, the PTE, the zapper */
}

static void one_zapper_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	f = filemap_get_folio(me, &x->mapping, 0);
	unmap_mapping_pages(me, &x->mapping, 0, 1);
	x->count[3] = folio_ref_count(me, f) - 2;
	folio_put(me, f);
}

static void undone_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *page;

	mx_wait(me, x);
	if (get_user_pages_fast_only(me, x->mm, x->hva, 1, FOLL_GET, &page) == 1) {
		x->count[0]++;
		gup_put_folio(me, page, FOLL_GET);
	}
}

static void test_transient(void **state)
{
	u64 seen_though_undone = 0;

	for (u64 seed = 1; seed <= 400; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		x.setup = map_one;
		mx_start(&x);
		mx_task(&x, "gup", x.mm, -1, undone_main);
		mx_task(&x, "zap", x.mm, -1, one_zapper_main);
		mx_task(&x, "count", x.mm, -1, counter_main);
		mx_finish(&x);
		seen_though_undone += x.count[2] && !x.count[0];
		if (!x.count[0])
			assert_int_equal(x.count[3], 0);
	}
	assert_true(seen_though_undone > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_transient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
