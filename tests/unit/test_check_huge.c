// SPDX-License-Identifier: GPL-2.0-only
/*
 * What model/check says of leaves of 2M: silent while all of a leaf is right, and the rule that is
 * broken when a part of it is not.
 */
#include "tests/unit/huge_fixture.h"

#include "model/gmem/inode.h"
#include "model/mm/filemap.h"

#define PAGES (4 * M2)

struct check_case {
	const char *rule; /* NULL: nothing to be found */
	enum kernel_design kernel;
	void (*body)(struct task *me, struct kx *x, pfn_t pfn);
};

/* A folio of 2M is the file's at [index, index + 512). */
static pfn_t add_huge(struct task *me, struct kx *x, pgoff_t index, u32 order)
{
	struct folio *folio = folio_alloc_order(me, order);
	pfn_t pfn = folio_pfn(x->m->folios, folio);

	folio_lock(me, folio);
	KX_CHECK(x, !__filemap_add_folio(me, &x->gmem->inode->mapping, folio, index));
	clear_highpage(me, folio, x->gmem->inode->mapping.owner);
	folio_unlock(me, folio);
	folio_put(me, folio);
	return pfn;
}

static struct vcpu *vcpu0(struct kx *x)
{
	return vm_vcpu(x->vm, 0);
}

static int map_private(struct task *me, struct kx *x, u64 page, pfn_t pfn, int level)
{
	return map_level(me, vcpu0(x), GFN(page), pfn, level, true);
}

static void store_attribute(struct task *me, struct kx *x, pgoff_t index, u64 nr, u64 attributes)
{
	struct gmem_inode *inode = x->gmem->inode;
	struct attr_update up;

	filemap_invalidate_lock(me, &inode->mapping);
	KX_CHECK(x, !gmem_attributes_prealloc(me, &inode->attributes, index, nr, attributes, &up));
	gmem_attributes_store(me, &up);
	filemap_invalidate_unlock(me, &inode->mapping);
}

/* --- as it should be --- */

static void right_body(struct task *me, struct kx *x, pfn_t pfn)
{
	KX_CHECK(x, map_private(me, x, 0, pfn, PG_LEVEL_2M) == RET_PF_FIXED);
	KX_CHECK(x, map_private(me, x, M2, pfn + (pfn_t)M2, PG_LEVEL_2M) == RET_PF_FIXED);
	CHECK_LEVELS(x, 0, 2, 0);
}

/* The translation of 2M stays good when its leaf is split, and parts are used. */
static void split_body(struct task *me, struct kx *x, pfn_t pfn)
{
	map_private(me, x, 0, pfn, PG_LEVEL_2M);
	tlb_fill_huge(x->vm, &vcpu0(x)->tlb, GFN(3), true,
		      tdp_mmu_walk(me, vcpu0(x)->root, GFN(3)), PG_LEVEL_2M);
	KX_CHECK(x, tlb_lookup(&vcpu0(x)->tlb, GFN(511), true)->gfn == GFN(0));
	KX_CHECK(x, !split_boundary(me, x->vm, GFN(5), GFN(6), FILTER_PRIVATE, false, true));
	KX_CHECK(x, tlb_lookup(&vcpu0(x)->tlb, GFN(5), true));
}

static void split_zap_flush_body(struct task *me, struct kx *x, pfn_t pfn)
{
	split_body(me, x, pfn);
	zap(me, x->vm, GFN(5), GFN(6), FILTER_PRIVATE, true);
	CHECK_LEVELS(x, 511, 0, 0);
}

/* --- and as it should not be --- */

static void one_shared_index_body(struct task *me, struct kx *x, pfn_t pfn)
{
	map_private(me, x, 0, pfn, PG_LEVEL_2M);
	store_attribute(me, x, 300, 1, 0);
}

static void other_page_body(struct task *me, struct kx *x, pfn_t pfn)
{
	map_private(me, x, 0, pfn + (pfn_t)M2, PG_LEVEL_2M);
}

static void gone_body(struct task *me, struct kx *x, pfn_t pfn)
{
	map_private(me, x, 2 * M2, pfn, PG_LEVEL_2M);
}

static void beyond_slot_body(struct task *me, struct kx *x, pfn_t pfn)
{
	kx_slot_delete(me, x, 0);
	KX_CHECK(x, !kx_slot(me, x, 0, 0, M2 - 1));
	map_private(me, x, 0, pfn, PG_LEVEL_2M);
}

/* Zapped without a flush: somebody else's mmu_lock is dropped, too. */
static void stale_body(struct task *me, struct kx *x, pfn_t pfn)
{
	struct gfn_range range = {.start = GFN(5), .end = GFN(6), .attr_filter = FILTER_PRIVATE};

	split_body(me, x, pfn);
	vm_mmu_lock(me, x->vm);
	KX_CHECK(x, tdp_mmu_unmap_gfn_range(me, x->vm, &range, false));
	x->vm->tlb_unflushed = 0; /* so that only the entry itself tells */
	vm_mmu_unlock(me, x->vm);
}

/* One leaf over two folios that are where they belong. */
static void two_folios_body(struct task *me, struct kx *x, pfn_t pfn)
{
	pfn_t first = add_huge(me, x, 2 * M2, 8), second = add_huge(me, x, 2 * M2 + 256, 8);

	if (second < first) {
		/* the allocator gives them in falling order: let the file have them in rising */
		x->count[7] = 1;
		return;
	}
	map_private(me, x, 2 * M2, first, PG_LEVEL_2M);
}

static const struct check_case cases[] = {
	{NULL, KERNEL_HUGETLB_PLAN, right_body},
	{NULL, KERNEL_INPLACE, right_body},
	{NULL, KERNEL_HUGETLB_PLAN, split_body},
	{NULL, KERNEL_HUGETLB_PLAN, split_zap_flush_body},
	{"attr-mapping", KERNEL_HUGETLB_PLAN, one_shared_index_body},
	{"leaf-folio", KERNEL_HUGETLB_PLAN, other_page_body},
	{"freed-mapped", KERNEL_HUGETLB_PLAN, gone_body},
	{"lifetime", KERNEL_HUGETLB_PLAN, beyond_slot_body},
	{"tlb-stale", KERNEL_HUGETLB_PLAN, stale_body},
	{"leaf-folio", KERNEL_INPLACE, two_folios_body},
	{NULL, KERNEL_HUGETLB_PLAN, two_folios_body},
};

static void setup_huge_file(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	store_attribute(me, x, 0, x->pages, MEMORY_ATTRIBUTE_PRIVATE);
	/* one folio of 4M */
	x->count[0] = add_huge(me, x, 0, 10);
}

static void case_main(struct task *me, void *arg)
{
	const struct check_case *c;
	struct kx *x = arg;

	kx_wait(me, x);
	c = x->priv;
	c->body(me, x, (pfn_t)x->count[0]);
}

static void test_cases(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct check_case *c = &cases[i];
		struct kx x;

		kx_init(&x);
		x.mcfg.kernel = c->kernel;
		x.pages = PAGES;
		x.priv = (void *)c;
		x.setup = setup_huge_file;
		kx_start(&x);
		kx_vmm(&x, "main", case_main);
		kx_run(&x);
		if (x.sim->nr_findings != (c->rule != NULL) ||
		    kx_findings(&x, c->rule) != x.sim->nr_findings) {
			print_error("case %u\n", i);
			kx_print(&x);
		}
		assert_int_equal(x.count[7], 0);
		assert_int_equal(x.sim->nr_findings, c->rule != NULL);
		assert_int_equal(kx_findings(&x, c->rule), c->rule != NULL);
		sim_destroy(x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
