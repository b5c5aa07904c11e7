// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel at user memory (conformance P11, P12), pipes (P13, P17), devices, and what all of them
 * mean for a conversion.
 */
#include "tests/unit/gmem_fixture.h"

static const struct gx_cfg base = {
	.kernel = KERNEL_INPLACE,
	.type = VM_SW_PROTECTED,
	.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED,
	.nr_pages = 8,
};

static const enum access_via ways[] = {ACCESS_VIA_COPY, ACCESS_VIA_PROCESS_VM, ACCESS_VIA_DIRECT,
				       ACCESS_VIA_PROC_MEM};

/* Each way writes a page and reads it back; private pages and holes in the address space refuse. */
static void all_ways(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++) {
		gx_ret(me, x, kernel_access(me, x->hva + PG(i), PG(1), true, ways[i], 0x40 + i,
					    &x->info));
		gx_ret(me, x, kernel_access(me, x->hva + PG(i), PG(1), false, ways[i], 0,
					    &x->info));
		gx_ret(me, x, x->info.first_byte);
	}
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++) {
		gx_ret(me, x, kernel_access(me, x->hva + PG(i), PG(1), true, ways[i], 1, &x->info));
		gx_ret(me, x, kernel_access(me, PG(1), PG(1), false, ways[i], 1, &x->info));
	}
	/* as far as it gets */
	gx_convert(me, x, 0, 2, false);
	gx_ret(me, x, kernel_access(me, x->hva, PG(4), false, ACCESS_VIA_DIRECT, 0, &x->info));
	gx_ret(me, x, (s64)x->info.pages_done);
	gx_ret(me, x, kernel_access(me, ~0ull, 2, false, ACCESS_VIA_DIRECT, 0, &x->info));
}

static void test_all_ways(void **state)
{
	struct gx_cfg cfg = base;

	for (int i = 0; i < 2; i++) {
		cfg.engine = i ? ENGINE_THREADS : ENGINE_VIRTUAL;
		GX_CASE(cfg, -1, all_ways, 0, 0, 0x40, 0, 0, 0x41, 0, 0, 0x42, 0, 0, 0x43, 0,
			-EFAULT, -EFAULT, -EFAULT, -EFAULT, -EFAULT, -EFAULT, -EIO, -EIO, 0, 2,
			-EFAULT);
	}
}

/* A pipe keeps the page over a hole, and bytes in it; 16 of them are as good as a page. */
static void in_a_pipe(struct task *me, struct gx *x)
{
	struct pin *pipe, *rest;

	gx_write(me, x, 0, 0x11);
	gx_write(me, x, 1, 0x22);
	gx_ret(me, x, splice_user_pages(me, x->hva, PG(1), &pipe));
	gx_ret(me, x, splice_user_pages(me, x->hva + PG(1) + 100, 16, &rest));
	gx_ret(me, x, gx_convert(me, x, 1, 1, true));
	gx_ret(me, x, gx_punch(me, x, 0, 1));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, pin_first_byte(pipe));
	gx_ret(me, x, gx_convert(me, x, 0, 1, true));
	unpin_user_pages(me, pipe);
	unpin_user_pages(me, rest);
	gx_ret(me, x, gx_convert(me, x, 1, 1, true));
	gx_ret(me, x, splice_user_pages(me, x->hva, PG(1), &pipe));
}

static void test_in_a_pipe(void **state)
{
	GX_CASE(base, -1, in_a_pipe, 1, 1, -EAGAIN, 0, 0, 0x11, 0, 0, -EFAULT);
}

/* Mapped for devices: no conversion until it is unmapped; all of a range or nothing. */
static void for_devices(struct task *me, struct gx *x)
{
	struct pin *dma;

	gx_ret(me, x, iommu_map(me, x->hva + PG(2), PG(4), &dma));
	gx_ret(me, x, gx_convert(me, x, 0, 8, true));
	gx_ret(me, x, (s64)x->err_offset);
	gx_ret(me, x, iommu_unmap(me, dma));
	gx_ret(me, x, gx_convert(me, x, 0, 4, true));
	gx_ret(me, x, iommu_map(me, x->hva + PG(2), PG(4), &dma));
	gx_ret(me, x, iommu_map(me, x->hva + PG(6), PG(4), &dma));
	/* file, PTE, batch */
	gx_ret(me, x, gmem_folio_state(x->f, PG(6)).refcount);
	gx_ret(me, x, iommu_map(me, x->hva + 1, PG(1), &dma));
	gx_ret(me, x, iommu_map(me, x->hva, 0, &dma));
}

static void test_for_devices(void **state)
{
	GX_CASE(base, -1, for_devices, 4, -EAGAIN, PG(2), 0, 0, -EFAULT, -EFAULT, 3, -EINVAL,
		-EINVAL);
}

/* References that come and go against a converter that asks until it gets it. */
static void read_again(struct task *me, struct gx *x)
{
	for (u32 i = 0; i < 24; i++)
		kernel_access(me, x->hva + PG(i % 8), PG(1), false, ways[i % 4], 0, &x->info);
}

static void convert_again(struct task *me, struct gx *x)
{
	s64 r = -EAGAIN;

	for (u32 i = 0; i < 200 && r == -EAGAIN; i++)
		r = gx_convert(me, x, 0, 8, true);
	gx_ret(me, x, r);
}

static void test_transient(void **state)
{
	for (u64 seed = 1; seed <= 40; seed++) {
		struct gx_cfg cfg = base;
		struct gx *x;

		cfg.sched = SCHED_RANDOM;
		cfg.seed = seed;
		if (seed > 37)
			cfg.engine = ENGINE_THREADS;
		x = gx_new(cfg);
		gx_actor(x, -1, read_again);
		gx_actor(x, -1, convert_again);
		gx_run(x);
		GX_EXPECT(x, 0);
		gx_silent(x);
		gx_free(x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_ways),
		cmocka_unit_test(test_in_a_pipe),
		cmocka_unit_test(test_for_devices),
		cmocka_unit_test(test_transient),
	};

	return cmocka_run_group_tests_name("kernel_access", tests, NULL, NULL);
}
