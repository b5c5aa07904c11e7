// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/torture/torture_mm.c - the memory side on real threads: faults, truncation, mapping and
 * unmapping, pins and LRU drains against each other, in two processes.
 *
 * Whatever happened, at rest all references are in the ledger and nothing has been found.
 */
#include "tests/unit/mm_fixture.h"

#define HOT	4 /* pages everybody fights for */
#define ROUNDS	3000
#define WORKERS 5

static void touch(struct task *me, struct mx *x, struct prng *p, hva_t hva)
{
	hva += PG(prng_below(p, HOT));
	MX_CHECK(x, host_access(me, hva, 1, prng_below(p, 2), (u8)me->id, NULL) == ACCESS_OK);
}

static void pin_some(struct task *me, struct mx *x, struct prng *p, hva_t hva)
{
	struct pin *pin;
	s64 nr;

	nr = pin_user_pages(me, hva, PG(HOT), prng_below(p, 2), prng_below(p, 2), &pin);
	MX_CHECK(x, nr >= 0 && nr <= HOT && !pin == !nr);
	if (pin)
		MX_CHECK(x, !unpin_user_pages(me, pin));
}

static void map_and_unmap(struct task *me, struct mx *x, struct prng *p)
{
	hva_t hva;

	MX_CHECK(x, !vm_mmap(me, prng_below(p, 2) ? &x->file : NULL, 0, 0, PG(HOT), true, &hva));
	MX_CHECK(x, host_access(me, hva, PG(HOT), true, 1, NULL) == ACCESS_OK);
	if (prng_below(p, 2))
		MX_CHECK(x, !sys_munmap(me, hva + PG(1), PG(1)));
	MX_CHECK(x, !sys_munmap(me, hva, PG(HOT)));
}

static void truncate_some(struct task *me, struct mx *x, struct prng *p)
{
	u32 first = prng_below(p, HOT);

	if (prng_below(p, 2)) {
		unmap_mapping_pages(me, &x->mapping, first, 2);
		return;
	}
	filemap_invalidate_lock(me, &x->mapping);
	truncate_inode_pages_range(me, &x->mapping, PG(first), PG(HOT) - 1);
	filemap_invalidate_unlock(me, &x->mapping);
}

static void look_up(struct task *me, struct mx *x, struct prng *p)
{
	pgoff_t index = prng_below(p, HOT);
	struct folio *f = filemap_get_folio(me, &x->mapping, index);

	if (IS_ERR(f))
		return;
	MX_CHECK(x, f->index == index && !folio_test(f, PG_free));
	folio_put(me, f);
}

static void worker_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct prng p;
	hva_t hva;

	prng_seed(&p, me->id);
	mx_wait(me, x);
	hva = x->hva;
	if (task_mm(me) != x->mm)
		MX_CHECK(x, !vm_mmap(me, &x->file, 0, 0, PG(HOT), true, &hva));
	for (u32 i = 0; i < ROUNDS; i++) {
		switch (prng_below(&p, 12)) {
		case 0:
			truncate_some(me, x, &p);
			break;
		case 1:
			map_and_unmap(me, x, &p);
			break;
		case 2:
			pin_some(me, x, &p, hva);
			break;
		case 3:
			look_up(me, x, &p);
			break;
		case 4:
			MX_CHECK(x, !lru_add_drain_all(me));
			break;
		case 5:
			MX_CHECK(x, !sys_madvise_dontneed(me, hva, PG(HOT)));
			break;
		default:
			touch(me, x, &p, hva);
		}
	}
	/* A process's mappings of its own end with it; the ledger counts the others. */
	if (task_mm(me) != x->mm)
		MX_CHECK(x, !sys_munmap(me, hva, PG(HOT)));
}

static void run(bool lru_batches, u64 seed)
{
	struct mx x;

	mx_init(&x);
	x.cfg.engine = ENGINE_THREADS;
	x.cfg.seed = seed;
	x.mcfg.lru_batches = lru_batches;
	mx_start(&x);
	for (u32 i = 0; i < WORKERS; i++)
		mx_task(&x, "worker", i % 3 ? x.mm : x.other, -1, worker_main);
	mx_finish(&x);
}

static void test_everything(void **state)
{
	run(false, 1);
}

static void test_with_batches(void **state)
{
	run(true, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_with_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
