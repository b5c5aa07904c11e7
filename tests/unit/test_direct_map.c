// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's direct map: who takes pages out, that they are back when they are freed, and what it
 * means to touch one that is not there.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/mm/direct_map.h"
#include "model/mm/folio.h"

#define MAPPED (GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED)

static void out_and_back(struct task *me, struct gx *x)
{
	struct folio *folio = folio_alloc(me);

	gx_ret(me, x, direct_map_present(x->m, folio));
	gx_ret(me, x, set_direct_map_invalid(me, folio));
	gx_ret(me, x, set_direct_map_invalid(me, folio)); /* twice is once */
	gx_ret(me, x, direct_map_present(x->m, folio));
	set_direct_map_default(me, folio);
	set_direct_map_default(me, folio);
	gx_ret(me, x, direct_map_present(x->m, folio));
	gx_ret(me, x, direct_map_access(me, folio));
	folio_put(me, folio);
}

static void test_out_and_back(void **state)
{
	const struct gx_cfg cfg = { .flags = MAPPED, .no_slot = true };

	GX_CASE(cfg, -1, out_and_back, 1, 0, 0, 0, 1, 1);
}

static struct gx *run_one(void (*fn)(struct task *me, struct gx *x))
{
	struct gx *x = gx_new((struct gx_cfg){ .flags = MAPPED, .no_slot = true });

	gx_actor(x, -1, fn);
	gx_run(x);
	return x;
}

static void touch_absent(struct task *me, struct gx *x)
{
	struct folio *folio = folio_alloc(me);

	set_direct_map_invalid(me, folio);
	clear_highpage(me, folio, 1);
	set_direct_map_default(me, folio);
	folio_put(me, folio);
}

static void test_touch_absent(void **state)
{
	struct gx *x = run_one(touch_absent);

	assert_true(sim_has_finding(x->sim, "lifetime"));
	assert_int_equal(x->sim->nr_findings, 1);
	gx_free(x);
}

static void free_absent(struct task *me, struct gx *x)
{
	struct folio *folio = folio_alloc(me);

	set_direct_map_invalid(me, folio);
	folio_put(me, folio);
	set_direct_map_default(me, folio);
}

static void test_free_absent(void **state)
{
	struct gx *x = run_one(free_absent);

	assert_true(sim_has_finding(x->sim, "freed-mapped"));
	assert_int_equal(x->sim->nr_findings, 1);
	gx_free(x);
}

/* A page of a secret file: absent while it is in the file, present when the hole is punched. */
static void secret_life(struct task *me, struct gx *x)
{
	struct gmem_file *s;
	struct folio *folio;
	u8 byte = 7;
	hva_t hva;

	gx_ret(me, x, gmem_create_secret(me, x->vm, (s64)PG(4), MAPPED, &s));
	gx_ret(me, x, sys_mmap(me, s, 0, PG(4), true, &hva));
	gx_ret(me, x, host_access(me, hva, PG(1), true, 0x41, NULL));
	folio = __xa_load(&s->inode->mapping.i_pages, 0);
	gx_ret(me, x, direct_map_present(x->m, folio));
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 5, PG(64), PG(4), s, 0, hva));
	gx_ret(me, x, vm_access_guest(me, x->vm, PG(64), false, &byte, 10));
	gx_ret(me, x, byte);
	gx_ret(me, x, direct_map_present(x->m, folio));
	gx_ret(me, x, gmem_fallocate(me, s, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, (s64)PG(4)));
	lru_add_drain_all(me);
	gx_ret(me, x, direct_map_present(x->m, folio));
	gx_ret(me, x, x->m->direct_map->nr_absent);
}

static void test_secret_life(void **state)
{
	const struct gx_cfg cfg = { .flags = MAPPED, .no_slot = true };

	GX_CASE(cfg, -1, secret_life, 0, 0, ACCESS_OK, 0, 0, 0, 0x41, 0, 0, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_and_back),
		cmocka_unit_test(test_touch_absent),
		cmocka_unit_test(test_free_absent),
		cmocka_unit_test(test_secret_life),
	};

	return cmocka_run_group_tests_name("direct_map", tests, NULL, NULL);
}
