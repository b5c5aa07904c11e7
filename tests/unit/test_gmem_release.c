// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of files and inodes: what the last reference takes along, what stays, and a close that
 * meets everything else.  Numbers are those of the conformance list.
 */
#include "tests/unit/gmem_fixture.h"

#include "model/mm/folio.h"

static struct gx_cfg cfg_of(u32 k)
{
	return (struct gx_cfg){
		.kernel = k ? KERNEL_INPLACE : KERNEL_MAINLINE,
		.flags = GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED,
		.nr_pages = 4,
	};
}

static u32 nr_inodes(const struct machine *m)
{
	struct gmem_inode *inode;
	u32 nr = 0;

	list_for_each_entry(inode, &m->inodes, node)
		nr++;
	return nr;
}

static u64 pages_in_use(const struct machine *m)
{
	return m->folios->nr_used - m->folios->nr_free;
}

/* J5: a mapping keeps the file; the last munmap ends it, its pages and its guest mappings. */
static void mapping_keeps_the_file(struct task *me, struct gx *x)
{
	gx_write(me, x, 0, 0x61);
	gx_guest_read(me, x, 1, false);
	gx_ret(me, x, gmem_close(me, x->f));
	gx_ret(me, x, gx_read(me, x, 0));
	gx_ret(me, x, gx_write(me, x, 2, 0x62));
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(1)));
	gx_ret(me, x, gx_guest_read(me, x, 2, false));
	gx_ret(me, x, sys_munmap(me, x->hva, PG(4)));
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(1)));
	gx_ret(me, x, nr_inodes(x->m));
	gx_ret(me, x, (s64)pages_in_use(x->m));
	/* J7: the slot is still there, without a file */
	gx_ret(me, x, guest_touch(me, 0, 1, false, false, 0, &x->info));
}

static void test_a_mapping_keeps_the_file(void **state)
{
	for (u32 k = 0; k < 2; k++) {
		struct gx_cfg cfg = cfg_of(k);

		cfg.no_lru = true;
		GX_CASE(cfg, 0, mapping_keeps_the_file, 0, 0x61, 0, 1, 0x62, 0, 0, 0, 0,
			ACCESS_EXIT_MEMORY_FAULT);
	}
}

/* J6: content outlives the slot */
static void slot_goes_and_comes(struct task *me, struct gx *x)
{
	gx_ret(me, x, gx_guest_write(me, x, 0, false, 0x77));
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0));
	gx_ret(me, x, vm_set_memory_region(me, x->vm, 0, 0, PG(4), x->f, 0, 0));
	gx_ret(me, x, gx_guest_read(me, x, 0, false));
}

static void test_content_outlives_the_slot(void **state)
{
	for (u32 k = 0; k < 2; k++)
		GX_CASE(cfg_of(k), 0, slot_goes_and_comes, 0, 0, 0, 0x77);
}

/* A pin outlives the file; its page goes with the unpin. */
static void pin_outlives(struct task *me, struct gx *x)
{
	struct pin *pin = NULL;

	gx_write(me, x, 0, 1);
	gx_ret(me, x, pin_user_pages(me, x->hva, PAGE_SIZE, true, false, &pin));
	gx_ret(me, x, gmem_close(me, x->f));
	gx_ret(me, x, sys_munmap(me, x->hva, PG(4)));
	gx_ret(me, x, (s64)pages_in_use(x->m));
	gx_ret(me, x, unpin_user_pages(me, pin));
	gx_ret(me, x, (s64)pages_in_use(x->m));
}

static void test_a_pin_outlives_the_file(void **state)
{
	for (u32 k = 0; k < 2; k++) {
		struct gx_cfg cfg = cfg_of(k);

		cfg.no_lru = true;
		GX_CASE(cfg, -1, pin_outlives, 1, 0, 0, 1, 0, 0);
	}
}

/* Two files, one inode: the memory stays until the second goes. */
static void second_file(struct task *me, struct gx *x)
{
	struct vm *other = x->priv;
	struct gmem_file *f2;

	gx_ret(me, x, gx_guest_write(me, x, 3, false, 0x33));
	gmem_link(me, x->f, other, &f2);
	sys_munmap(me, x->hva, PG(4));
	gx_ret(me, x, gmem_close(me, x->f));
	gx_ret(me, x, vm_gpa_mapped(x->vm, PG(3)));
	gx_ret(me, x, gmem_folio_state(f2, PG(3)).present);
	gx_ret(me, x, nr_inodes(x->m));
	gx_ret(me, x, gmem_close(me, f2));
	gx_ret(me, x, nr_inodes(x->m));
}

static void test_two_files_one_inode(void **state)
{
	for (u32 k = 0; k < 2; k++) {
		struct gx *x = gx_new(cfg_of(k));

		x->priv = vm_create(x->m, "other", VM_DEFAULT, x->mm, 1);
		gx_actor(x, 0, second_file);
		gx_run(x);
		GX_EXPECT(x, 0, 0, 0, 1, 1, 0, 0);
		gx_silent(x);
		gx_free(x);
	}
}

/* --- close against the rest, in many orders: nothing is found, and only these answers come --- */

static void closer(struct task *me, struct gx *x)
{
	sys_munmap(me, x->hva, PG(4));
	gmem_close(me, x->f);
	machine_check_op(me);
}

static void toucher(struct task *me, struct gx *x)
{
	for (u64 i = 0; i < 4; i++)
		gx_ret(me, x, guest_touch(me, PG(i), 1, false, true, 1, &x->info));
}

static void slot_deleter(struct task *me, struct gx *x)
{
	s64 r = vm_set_memory_region(me, x->vm, 0, 0, 0, NULL, 0, 0);

	if (r)
		sim_finding(x->sim, me, "test", "deleting the slot answered %lld", (long long)r);
	machine_check_op(me);
}

static void test_close_against_faults_and_slot_deletion(void **state)
{
	for (u64 seed = 1; seed <= 100; seed++) {
		struct gx_cfg cfg = cfg_of(seed & 1);
		struct gx *x;

		cfg.seed = seed;
		cfg.sched = SCHED_RANDOM;
		x = gx_new(cfg);
		gx_actor(x, -1, closer);
		gx_actor(x, 0, toucher);
		gx_actor(x, -1, slot_deleter);
		gx_run(x);
		gx_silent(x);
		assert_int_equal(x->nr_ret, 4);
		for (u32 i = 0; i < 4; i++) {
			s64 r = x->ret[i];

			assert_true(r == 0 || r == ACCESS_EXIT_MEMORY_FAULT ||
				    r == ACCESS_EXIT_MMIO);
		}
		assert_int_equal(nr_inodes(x->m), 0);
		gx_free(x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mapping_keeps_the_file),
		cmocka_unit_test(test_content_outlives_the_slot),
		cmocka_unit_test(test_a_pin_outlives_the_file),
		cmocka_unit_test(test_two_files_one_inode),
		cmocka_unit_test(test_close_against_faults_and_slot_deletion),
	};

	return cmocka_run_group_tests_name("gmem_release", tests, NULL, NULL);
}
