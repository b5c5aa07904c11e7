/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/tdxmirror_fixture.h - a VM with a mirror, and a TD behind it that is run by hand.
 *
 * The smallest KVM side there can be: a link is SEPT.ADD, a leaf AUG, a removal BLOCK, TRACK and
 * REMOVE.  What model/check looks at is the same as with the real one.
 */
#ifndef TESTS_UNIT_TDXMIRROR_FIXTURE_H
#define TESTS_UNIT_TDXMIRROR_FIXTURE_H

#include "tests/unit/tdp_fixture.h"
#include "tests/unit/tdx_fixture.h"

#include "model/gmem/inode.h"
#include "model/kvm/tdx.h"

struct mx {
	struct kx k;
	struct tx t;
	struct tdx_host host;
	struct vm_tdx tdx;
	pfn_t vp;
};

static inline struct mx *mx_of(struct vm *vm)
{
	return container_of(vm->tdx, struct mx, tdx);
}

static inline void *mx_alloc_spt(struct task *me, struct vm *vm, struct vcpu *vcpu)
{
	return (void *)(uintptr_t)new_pfn(me);
}

static inline int mx_remove(struct task *me, struct mx *x, gpa_t gpa, int level)
{
	TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_RANGE_BLOCK, x->tdx.tdr, gpa, level, 0));
	TX_OK(&x->t, tx_track(me, &x->t, x->tdx.tdr));
	TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_PAGE_REMOVE, x->tdx.tdr, gpa, level, 0));
	return 0;
}

static inline int mx_set_spte(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte, u64 new_spte,
			      int level, void *external_spt)
{
	struct mx *x = mx_of(vm);
	gpa_t gpa = gfn << PAGE_SHIFT;

	if (!is_shadow_present_pte(new_spte))
		return mx_remove(me, x, gpa, level - 1);
	if (is_last_spte(new_spte, level))
		TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_PAGE_AUG, x->tdx.tdr, gpa, level - 1,
				    tx_pa(spte_to_pfn(new_spte))));
	else
		TX_OK(&x->t, tx_mem(me, &x->t, TDH_MEM_SEPT_ADD, x->tdx.tdr, gpa, level - 1,
				    tx_pa(tdx_spt_pfn(external_spt))));
	return 0;
}

static inline int mx_free_spt(struct task *me, struct vm *vm, gfn_t gfn, int level, void *spt)
{
	return 0;
}

static const struct tdp_external_ops mx_ops = {
	.alloc_external_spt = mx_alloc_spt,
	.set_external_spte = mx_set_spte,
	.free_external_spt = mx_free_spt,
};

static inline void mx_init(struct mx *x)
{
	memset(x, 0, sizeof(*x));
	kx_init(&x->k);
	x->k.type = VM_TDX;
	x->k.gmem_flags = GMEM_FLAG_MMAP;
	tx_init(&x->t);
}

static inline void mx_start(struct mx *x)
{
	kx_start(&x->k);
	x->t.sim = x->k.sim;
	x->t.m = x->k.m;
	x->t.cfg.nr_cpus = x->k.cfg.nr_cpus;
	x->t.mod = tdx_module_create(x->k.m, &x->t.tcfg);
	x->t.next_control = TX_CONTROL;
	x->t.next_data = TX_DATA;
	x->t.next_lent = TX_LENT;
	x->t.next_hkid = 1;
	x->host.machine = x->k.m;
	x->host.mod = x->t.mod;
	x->tdx.host = &x->host;
	x->k.m->tdx = &x->host;
	x->k.vm->tdx = &x->tdx;
	x->k.vm->external_ops = &mx_ops;
}

static inline pfn_t mx_file_pfn(struct mx *x, u64 index)
{
	const struct folio *folio = __xa_load(&x->k.gmem->inode->mapping.i_pages, index);

	return folio ? folio_pfn(x->k.m->folios, folio) : PFN_NONE;
}

/* A TD that runs, with pages 0 to @nr of the file in its memory and in both tables. */
static inline void mx_build(struct task *me, struct mx *x, u64 nr)
{
	struct vcpu *vcpu = vm_vcpu(x->k.vm, 0);

	x->tdx.tdr = tx_running(me, &x->t, &x->vp);
	KX_CHECK(&x->k, !gmem_fallocate(me, x->k.gmem, FALLOC_KEEP_SIZE, 0,
				      (s64)PG(x->k.pages)));
	for (u64 i = 0; i < nr; i++)
		KX_CHECK(&x->k, map_pfn(me, vcpu, GFN(i), mx_file_pfn(x, i), true, true) ==
					RET_PF_FIXED);
}

#endif
