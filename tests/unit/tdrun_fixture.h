/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/tdrun_fixture.h - td_fixture.h with a TD that runs: a guest_memfd in slot 0, vCPUs.
 */
#ifndef TESTS_UNIT_TDRUN_FIXTURE_H
#define TESTS_UNIT_TDRUN_FIXTURE_H

#include "tests/unit/td_fixture.h"

#define M2_PAGES 512ull
#define M2_BYTES (M2_PAGES << PAGE_SHIFT)

static inline void td_setup_run(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
}

static inline void td_run_init(struct kx *x)
{
	td_init(x);
	x->setup = td_setup_run;
}

static inline void td_setup_huge(struct task *me, struct kx *x)
{
	KX_CHECK(x, !gmem_create_order(me, x->vm, (s64)PG(x->pages), x->gmem_flags, 9, &x->gmem));
	KX_CHECK(x, !kx_slot(me, x, 0, 0, x->pages));
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
}

/* Huge pages for the file and for KVM; the file is @pages long. */
static inline void td_huge_init(struct kx *x, u64 pages)
{
	td_run_init(x);
	x->setup = td_setup_huge;
	x->mcfg.kernel = KERNEL_HUGETLB_PLAN;
	x->mcfg.tdx_huge_pages = true;
	x->mcfg.hugetlb[0] = (struct hugetlb_pool_config){ .order = 9, .nr_huge_pages = 8 };
	x->gmem_flags = GMEM_FLAG_HUGETLB;
	x->pages = pages;
}

static inline enum sept_state td_sept(const struct kx *x, gpa_t gpa, int *level)
{
	pfn_t pfn;

	return tdx_walk_sept(tdx_td_find(td_host(x)->mod, x->vm->tdx->tdr), gpa, level, &pfn);
}

static inline struct vcpu_tdx *td_vcpu(const struct kx *x, u32 index)
{
	return x->vm->vcpus[index]->tdx;
}

/* The end of each test: no finding, the module's own books in order, the mirror as the S-EPT. */
static inline void td_finish(struct kx *x)
{
	kx_run(x);
	kx_assert_clean(x);
	assert_int_equal(tdx_check(NULL, td_host(x)->mod), 0);
	sim_destroy(x->sim);
}

#endif
