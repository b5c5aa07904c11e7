// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mirror's changes as the TDX module sees them, and KVM's answer to each of its refusals.
 */
#include "tests/unit/tdrun_fixture.h"

static u64 calls(const struct kx *x, enum tdx_leaf_index leaf)
{
	return tdx_leaf_stat(td_host(x)->mod, leaf)->calls;
}

static s64 punch(struct task *me, struct kx *x, u64 page, u64 nr)
{
	return gmem_fallocate(me, x->gmem, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, (s64)PG(page),
			      (s64)PG(nr));
}

static struct tdx_td *td_of(const struct kx *x)
{
	return tdx_td_find(td_host(x)->mod, x->vm->tdx->tdr);
}

static pfn_t pfn_of(const struct kx *x, gpa_t gpa)
{
	pfn_t pfn = 0;
	int level;

	return tdx_walk_sept(td_of(x), gpa, &level, &pfn) == SEPT_FREE ? 0 : pfn;
}

/* --- the sequence --- */

static void sequence_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	u64 blocks, removes, writebacks, tracks;
	pfn_t tdr;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(8), 0, NULL, NULL) == 0);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_AUG) == 8 && calls(x, TDX_LEAF_MEM_SEPT_ADD) == 3);
	blocks = calls(x, TDX_LEAF_MEM_RANGE_BLOCK);
	tracks = calls(x, TDX_LEAF_MEM_TRACK);
	removes = calls(x, TDX_LEAF_MEM_PAGE_REMOVE);
	writebacks = calls(x, TDX_LEAF_PHYMEM_PAGE_WBINVD);
	KX_CHECK(x, punch(me, x, 2, 4) == 0);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_RANGE_BLOCK) - blocks == 4);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_TRACK) - tracks == 4 && x->vm->tdx->nr_tracks == 4);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) - removes == 4);
	KX_CHECK(x, calls(x, TDX_LEAF_PHYMEM_PAGE_WBINVD) - writebacks == 4);
	KX_CHECK(x, pfn_of(x, KX_GPA + PG(1)) && !pfn_of(x, KX_GPA + PG(2)));
	KX_CHECK(x, tdx_frame_type(td_host(x)->mod, pfn_of(x, KX_GPA), &tdr) == PT_REG &&
			    tdr == x->vm->tdx->tdr);
	/* the table stays, the guest can have the pages again, empty */
	KX_CHECK(x, guest_accept(me, KX_GPA + PG(2), PG(4), 0, NULL, NULL) == 0);
	KX_CHECK(x, guest_touch(me, KX_GPA + PG(2), PG(4), true, false, 0, &x->info) == 0 &&
			    x->info.first_byte == 0 && !x->info.other_page);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_SEPT_ADD) == 3 && !vm_dead(x->vm));
}

static void closing_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	sequence_main(me, arg);
	KX_CHECK(x, gmem_close(me, x->gmem) == 0 && vm_close(me, x->vm) == 0 && td_gone(x));
}

static void sequence(bool dynamic)
{
	struct kx x;

	td_run_init(&x);
	x.mcfg.tdx.dynamic_pamt = dynamic;
	kx_start(&x);
	kx_vcpu(&x, 0, closing_main);
	td_finish(&x);
}

static void test_sequence(void **state)
{
	sequence(false);
	sequence(true);
}

/* --- BUSY once --- */

static const char *const zap_sites[] = {
	"seamcall_mem_range_block", "seamcall_mem_track", "seamcall_mem_page_remove",
};

static void busy_once_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	/* a fault tries again */
	td_fail(me, "seamcall_mem_page_aug", 1);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, NULL) == 0 && td_failed(me));
	KX_CHECK(x, vm_vcpu(x->vm, 0)->nr_retries == 1 && vm_vcpu(x->vm, 0)->nr_faults == 1);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(x->pages), 0, NULL, NULL) == 0);
	/* a zap does, too, when nobody is in the guest */
	for (u32 i = 0; i < ARRAY_SIZE(zap_sites); i++) {
		td_fail(me, zap_sites[i], 1);
		KX_CHECK(x, punch(me, x, i, 1) == 0 && td_failed(me));
		KX_CHECK(x, x->vm->tdx->nr_busy_retries == i + 1 && !vm_dead(x->vm));
		KX_CHECK(x, !x->vm->tdx->wait_for_sept_zap && !pfn_of(x, KX_GPA + PG(i)));
	}
}

static void link_busy_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	td_fail(me, "seamcall_mem_sept_add", 2);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, NULL) == 0 && td_failed(me));
	KX_CHECK(x, vm_vcpu(x->vm, 0)->nr_retries == 1 && !vm_dead(x->vm));
}

static void run_vcpu0(void (*main)(struct task *me, void *arg))
{
	struct kx x;

	td_run_init(&x);
	kx_start(&x);
	kx_vcpu(&x, 0, main);
	td_finish(&x);
}

static void test_busy_once(void **state)
{
	run_vcpu0(busy_once_main);
	run_vcpu0(link_busy_main);
}

/* --- BUSY twice: nothing is left but the VM's end --- */

enum who { BLOCK_BUSY, TRACK_BUSY, REMOVE_BUSY, NR_WHO };

static const char *const whys[NR_WHO] = {
	"TDH.MEM.RANGE.BLOCK failed", "TDH.MEM.TRACK failed", "TDH.MEM.PAGE.REMOVE failed",
};

/* Somebody holds what the call needs, and does not let go. */
static void take(struct task *me, struct kx *x, enum who who)
{
	struct pamt_entry *e;

	switch (who) {
	case BLOCK_BUSY:
		KX_CHECK(x, sharex_try_word(me, &td_of(x)->tree_lock.word, TDX_SHARED, true));
		break;
	case TRACK_BUSY:
		KX_CHECK(x, sharex_try_word(me, &td_of(x)->epoch_lock.word, TDX_SHARED, false));
		break;
	default:
		e = pamt_entry(me, td_host(x)->mod, pfn_of(x, KX_GPA), TDX_LEVEL_4K);
		KX_CHECK(x, sharex_try_word(me, &e->lock, TDX_SHARED, true));
	}
}

static void give(struct task *me, struct kx *x, enum who who, struct pamt_entry *e)
{
	if (who == BLOCK_BUSY)
		sharex_release_word(me, &td_of(x)->tree_lock.word, TDX_SHARED);
	else if (who == TRACK_BUSY)
		sharex_release_word(me, &td_of(x)->epoch_lock.word, TDX_SHARED);
	else
		sharex_release_word(me, &e->lock, TDX_SHARED);
}

static void busy_twice_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	enum who who = (enum who)x->count[0];
	struct pamt_entry *e;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(2), 0, NULL, NULL) == 0);
	e = pamt_entry(me, td_host(x)->mod, pfn_of(x, KX_GPA), TDX_LEVEL_4K);
	take(me, x, who);
	punch(me, x, 0, 1);
	KX_CHECK(x, vm_bugged(x->vm) && !strcmp(x->vm->bugged_why, whys[who]));
	KX_CHECK(x, x->vm->tdx->nr_busy_retries == 1 && !x->vm->tdx->wait_for_sept_zap);
	KX_CHECK(x, guest_run(me, 1) == -EIO);
	give(me, x, who, e);
}

static void test_busy_twice(void **state)
{
	for (u64 who = 0; who < NR_WHO; who++) {
		struct kx x;

		td_run_init(&x);
		x.mcfg.checks = false; /* the two page tables differ from here on */
		x.count[0] = who;
		kx_start(&x);
		kx_vcpu(&x, 0, busy_twice_main);
		sim_run(x.sim);
		assert_null(x.failed);
		sim_destroy(x.sim);
	}
}

/* Any other answer: no second try. */
static void error_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(1), 0, NULL, NULL) == 0);
	td_fail(me, "seamcall_phymem_page_wbinvd", 1);
	punch(me, x, 0, 1);
	KX_CHECK(x, td_failed(me) && vm_bugged(x->vm) && !x->vm->tdx->nr_busy_retries);
}

static void test_error(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.mcfg.checks = false;
	kx_start(&x);
	kx_vcpu(&x, 0, error_main);
	sim_run(x.sim);
	assert_null(x.failed);
	sim_destroy(x.sim);
}

/* --- before the TD runs --- */

static void premap_setup(struct task *me, struct kx *x)
{
	kx_setup_gmem(me, x);
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0);
}

/* PAGE.ADD was BUSY: the mirror has a leaf that the module knows nothing of. */
static void premap_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	hva_t src;

	kx_wait(me, x);
	KX_CHECK(x, sys_mmap_flags(me, NULL, 0, PG(2), PROT_READ | PROT_WRITE, MAP_PRIVATE, &src) ==
			    0);
	KX_CHECK(x, host_access(me, src, PG(2), true, 7, NULL) == 0);
	td_fail(me, "seamcall_mem_page_add", 1);
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(1), src) == -EBUSY && td_failed(me));
	KX_CHECK(x, x->vm->tdx->nr_premapped == 1 && vm_gpa_mapped(x->vm, KX_GPA));
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == -EINVAL);
	KX_CHECK(x, punch(me, x, 0, 1) == 0 && !vm_dead(x->vm));
	KX_CHECK(x, !x->vm->tdx->nr_premapped && !x->vm->tdx->nr_tracks);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) == 0);
	/* what was added goes without tracking: nobody has run */
	KX_CHECK(x, vm_populate(me, x->vm, KX_GPA, PG(2), src) == 2);
	KX_CHECK(x, punch(me, x, 0, 2) == 0 && !vm_dead(x->vm) && !x->vm->tdx->nr_tracks);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_PAGE_REMOVE) == 2);
	KX_CHECK(x, tdx_finalize_vm(me, x->vm) == 0);
}

static void test_premap(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.setup = premap_setup;
	kx_start(&x);
	kx_vmm(&x, "vmm", premap_main);
	td_finish(&x);
}

/* --- the HKID goes first --- */

static void reclaim_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	kx_wait(me, x);
	KX_CHECK(x, guest_accept(me, KX_GPA, PG(x->pages), 0, NULL, NULL) == 0);
	KX_CHECK(x, tdx_terminate_vm(me, x->vm) == 0 && !tdx_hkid_assigned(x->vm));
	KX_CHECK(x, punch(me, x, 0, 4) == 0);
	KX_CHECK(x, calls(x, TDX_LEAF_MEM_RANGE_BLOCK) == 0 && !vm_bugged(x->vm));
	KX_CHECK(x, calls(x, TDX_LEAF_PHYMEM_PAGE_RECLAIM) == 4);
	KX_CHECK(x, gmem_close(me, x->gmem) == 0 && vm_close(me, x->vm) == 0 && td_gone(x));
}

static void test_reclaim(void **state)
{
	struct kx x;

	td_run_init(&x);
	x.mcfg.tdx.dynamic_pamt = true;
	kx_start(&x);
	kx_vcpu(&x, 0, reclaim_main);
	td_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_busy_once),
		cmocka_unit_test(test_busy_twice),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_premap),
		cmocka_unit_test(test_reclaim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
