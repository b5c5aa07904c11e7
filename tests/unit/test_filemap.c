// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_filemap.c - page cache: the reference ledger, races of insertion and of lookup with removal.
 */
#include "mm_fixture.h"

/* facts: freshly allocated 1, in the file and returned locked 2, idle 1. */
static void ledger_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f, *g;

	mx_wait(me, x);
	MX_CHECK(x, PTR_ERR(filemap_lock_folio(me, &x->mapping, 3)) == -ENOENT);
	f = __filemap_get_folio(me, &x->mapping, 3, FGP_LOCK | FGP_CREAT);
	MX_CHECK(x, !IS_ERR(f) && folio_test_locked(f) && folio_ref_count(me, f) == 2);
	MX_CHECK(x, f->mapping == &x->mapping && f->index == 3 && x->mapping.nrpages == 1);
	MX_CHECK(x, PTR_ERR(__filemap_get_folio(me, &x->mapping, 3, FGP_LOCK | FGP_NOWAIT)) ==
			    -EAGAIN);
	folio_unlock(me, f);
	g = filemap_get_folio(me, &x->mapping, 3);
	MX_CHECK(x, g == f && folio_ref_count(me, f) == 3);
	folio_put(me, g);
	folio_put(me, f);
	MX_CHECK(x, folio_ref_count(me, f) == 1);
	MX_CHECK(x, filemap_range_has_page(me, &x->mapping, 0, 3));
	MX_CHECK(x, !filemap_range_has_page(me, &x->mapping, 4, 100));

	folio_get(me, f);
	folio_lock(me, f);
	filemap_remove_folio(me, f);
	folio_unlock(me, f);
	MX_CHECK(x, !f->mapping && folio_ref_count(me, f) == 1 && !x->mapping.nrpages);
	folio_put(me, f);
	MX_CHECK(x, folio_test(f, PG_free));
}

static void test_ledger(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, ledger_main);
	mx_finish(&x);
}

/* Each site that can fail leaves nothing behind. */
static void failure_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	const char *const sites[] = {"folio_alloc", "xa_node"};

	mx_wait(me, x);
	for (u32 i = 0; i < ARRAY_SIZE(sites); i++) {
		struct folio *f;

		me->fail_site = sites[i];
		me->fail_nth = 1;
		f = __filemap_get_folio(me, &x->mapping, 50, FGP_LOCK | FGP_CREAT);
		me->fail_site = NULL;
		MX_CHECK(x, PTR_ERR(f) == -ENOMEM);
		MX_CHECK(x, !x->mapping.nrpages && xa_empty(&x->mapping.i_pages));
	}
}

static void test_failure(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, failure_main);
	mx_finish(&x);
}

static void batches_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio_batch fbatch;
	pgoff_t index = 10;
	u32 nr = 0;

	mx_wait(me, x);
	for (pgoff_t i = 0; i < 200; i += 2) {
		struct folio *f = __filemap_get_folio(me, &x->mapping, i, FGP_LOCK | FGP_CREAT);

		folio_unlock(me, f);
		folio_put(me, f);
	}
	while (filemap_get_folios(me, &x->mapping, &index, 150, &fbatch)) {
		for (u32 i = 0; i < fbatch.nr; i++, nr++) {
			MX_CHECK(x, fbatch.folios[i]->index == 10 + 2 * nr);
			MX_CHECK(x, folio_ref_count(me, fbatch.folios[i]) == 2);
		}
		folio_batch_release(me, &fbatch);
	}
	MX_CHECK(x, nr == 71 && index == 151);
	/* Without a hit the position of a truncation walk stays. */
	index = 151;
	MX_CHECK(x, !find_get_entries(me, &x->mapping, &index, 151, &fbatch) && index == 151);
	/* A locked page is passed over. */
	{
		struct folio *f = filemap_lock_folio(me, &x->mapping, 20);

		index = 18;
		MX_CHECK(x, find_lock_entries(me, &x->mapping, &index, 22, &fbatch) == 2);
		MX_CHECK(x, fbatch.folios[0]->index == 18 && fbatch.folios[1]->index == 22);
		for (u32 i = 0; i < fbatch.nr; i++)
			folio_unlock(me, fbatch.folios[i]);
		folio_batch_release(me, &fbatch);
		folio_unlock(me, f);
		folio_put(me, f);
	}
}

static void test_batches(void **state)
{
	struct mx x;

	mx_init(&x);
	mx_start(&x);
	mx_task(&x, "t", x.mm, -1, batches_main);
	mx_finish(&x);
}

/* Three tasks insert, look up and remove the same four pages. */
static void race_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	for (u32 i = 0; i < 6; i++) {
		pgoff_t index = (i + me->id) % 4;
		struct folio *f;

		f = __filemap_get_folio(me, &x->mapping, index, FGP_LOCK | FGP_CREAT);
		MX_CHECK(x, !IS_ERR(f));
		MX_CHECK(x, folio_test_locked(f) && f->mapping == &x->mapping &&
				    f->index == index);
		if (i % 2) {
			folio_unlock(me, f);
			folio_put(me, f);
			f = filemap_get_folio(me, &x->mapping, index);
			if (IS_ERR(f))
				continue;
			/* It may leave the file, but not become another page while we have it. */
			MX_CHECK(x, f->index == index && folio_ref_count(me, f) >= 1);
			MX_CHECK(x, !folio_test(f, PG_free));
		} else {
			filemap_remove_folio(me, f);
			folio_unlock(me, f);
		}
		folio_put(me, f);
	}
}

static void test_races(void **state)
{
	for (u64 seed = 1; seed <= 300; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.cfg.sched = SCHED_RANDOM;
		x.mcfg.lru_batches = seed % 3 == 0;
		mx_start(&x);
		for (u32 i = 0; i < 3; i++)
			mx_task(&x, "racer", x.mm, -1, race_main);
		mx_finish(&x);
	}
}

/* A transient reference is seen by who counts. */
static void holder_main(struct task *me, void *arg)
{
	struct mx *x = arg;

	mx_wait(me, x);
	MX_CHECK(x, filemap_speculative_ref(me, &x->mapping, 9, 10) == -ENOENT);
	MX_CHECK(x, !filemap_speculative_ref(me, &x->mapping, 1, 1000));
}

static void observer_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct folio *f;

	mx_wait(me, x);
	sim_compute(me, 500);
	f = filemap_get_folio(me, &x->mapping, 1);
	MX_CHECK(x, folio_ref_count(me, f) == 3);
	sim_compute(me, 1000);
	MX_CHECK(x, folio_ref_count(me, f) == 2);
	folio_put(me, f);
}

static void speculative_setup(struct task *me, struct mx *x)
{
	struct folio *f = __filemap_get_folio(me, &x->mapping, 1, FGP_LOCK | FGP_CREAT);

	folio_unlock(me, f);
	folio_put(me, f);
}

static void test_speculative_ref(void **state)
{
	struct mx x;

	mx_init(&x);
	x.setup = speculative_setup;
	mx_start(&x);
	mx_task(&x, "holder", x.mm, -1, holder_main);
	mx_task(&x, "observer", x.mm, -1, observer_main);
	mx_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ledger),	cmocka_unit_test(test_failure),
		cmocka_unit_test(test_batches), cmocka_unit_test(test_races),
		cmocka_unit_test(test_speculative_ref),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
