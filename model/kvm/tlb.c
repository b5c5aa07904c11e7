// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tlb.c - software TLBs, requests to vCPUs, remote flushes.
 *
 * Invariants: T1 and T2 of tlb.h.  A request is set before its sender looks at the vCPU's mode;
 * the vCPU sets its mode before it looks at its requests: one of them sees the other.
 *
 * Upstream: virt/kvm/kvm_main.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/tlb.h"

#include <string.h>

#include "model/events.h"
#include "model/kvm/vcpu.h"

void tlb_init(struct sim *sim, struct tlb *tlb)
{
	sim_scratch(sim, tlb->entry, sizeof(tlb->entry) + sizeof(tlb->huge));
}

void tlb_flush_local(struct tlb *tlb)
{
	tlb->flushes++;
	memset(tlb->valid, 0, sizeof(tlb->valid));
	memset(tlb->valid_huge, 0, sizeof(tlb->valid_huge));
}

static u32 tlb_slot(gfn_t gfn, bool is_private)
{
	return (u32)(gfn * 2 + is_private) % TLB_ENTRIES;
}

static u32 tlb_huge_slot(gfn_t gfn, bool is_private, int level)
{
	gfn_t nr = gfn >> ((level - 1) * SPTE_LEVEL_BITS);

	return (u32)(nr * 2 + is_private) % TLB_HUGE_ENTRIES;
}

static const struct tlb_entry *tlb_lookup_huge(struct tlb *tlb, gfn_t gfn, bool is_private)
{
	int level;

	for (level = PG_LEVEL_2M; level <= PG_LEVEL_1G; level++) {
		u32 i = tlb_huge_slot(gfn, is_private, level);
		const struct tlb_entry *e = &tlb->huge[level - PG_LEVEL_2M][i];

		if ((tlb->valid_huge[level - PG_LEVEL_2M] & BIT_ULL(i)) &&
		    e->gfn == ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level))) {
			tlb->hits++;
			return e;
		}
	}
	return NULL;
}

/* Private and shared entries never take the same place. */
const struct tlb_entry *tlb_lookup(struct tlb *tlb, gfn_t gfn, bool is_private)
{
	u32 i = tlb_slot(gfn, is_private);
	const struct tlb_entry *e = &tlb->entry[i];

	if (e->gfn == gfn && (tlb->valid[i / 64] >> (i % 64) & 1)) {
		tlb->hits++;
		return e;
	}
	if (likely(!(tlb->valid_huge[0] | tlb->valid_huge[1])))
		return NULL;
	return tlb_lookup_huge(tlb, gfn, is_private);
}

static inline void tlb_fill_entry(struct vm *vm, struct tlb *tlb, struct tlb_entry *e, gfn_t gfn,
				  bool is_private, u64 spte, int level)
{
	*e = (struct tlb_entry){
		.gfn = gfn,
		.spte = spte,
		.level = (u8)level,
		.is_private = is_private,
		.flushes = __atomic_load_n(&vm->tlb_flushes_begun, __ATOMIC_ACQUIRE),
	};
	tlb->fills++;
}

void tlb_fill(struct vm *vm, struct tlb *tlb, gfn_t gfn, bool is_private, u64 spte)
{
	u32 i = tlb_slot(gfn, is_private);

	tlb_fill_entry(vm, tlb, &tlb->entry[i], gfn, is_private, spte, PG_LEVEL_4K);
	tlb->valid[i / 64] |= BIT_ULL(i % 64);
}

void tlb_fill_huge(struct vm *vm, struct tlb *tlb, gfn_t gfn, bool is_private, u64 spte, int level)
{
	u32 i = tlb_huge_slot(gfn, is_private, level);

	tlb_fill_entry(vm, tlb, &tlb->huge[level - PG_LEVEL_2M][i],
		       ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level)), is_private, spte, level);
	tlb->valid_huge[level - PG_LEVEL_2M] |= BIT_ULL(i);
}

/* Is @t a vCPU of the VM that may be in guest mode, or on its way into it? */
static bool vcpu_needs_ipi(const struct task *t, void *arg)
{
	const struct vcpu *vcpu = task_vcpu(t);

	return vcpu && vcpu->vm == arg && vcpu->task == t &&
	       __atomic_load_n(&vcpu->mode, __ATOMIC_SEQ_CST) != OUTSIDE_GUEST_MODE;
}

u32 make_all_cpus_request(struct task *me, struct vm *vm, enum vcpu_request req)
{
	struct ipi_cost kick = {
		.latency_ns = cost_value(me, COST_remote_flush_ipi),
		.cpu_ns = cost_value(me, COST_remote_flush_cpu),
		.handler_ns = cost_value(me, COST_remote_flush_handler),
	};
	u32 i;

	SIM_FRAME(me);
	sim_point(me, vm->obj_requests, SIM_WRITE);
	/* KVM_REQUEST_NO_ACTION: it is done when the vCPU has been out of the guest. */
	for (i = 0; i < vm->nr_vcpus && req != REQ_OUTSIDE_GUEST_MODE; i++)
		vcpu_make_request(vm->vcpus[i], req);
	sim_cost(me, vm->nr_vcpus * cost_value(me, COST_vcpu_request));
	if (bug(me, BUG_NO_KICK))
		return 0;
	return sim_ipi(me, vcpu_needs_ipi, vm, kick);
}

void flush_remote_tlbs(struct task *me, struct vm *vm)
{
	u64 unflushed = __atomic_load_n(&vm->tlb_unflushed, __ATOMIC_RELAXED);
	u64 number = __atomic_add_fetch(&vm->tlb_flushes_begun, 1, __ATOMIC_ACQ_REL);
	u64 done = __atomic_load_n(&vm->tlb_flushes, __ATOMIC_RELAXED);
	u32 kicked;

	SIM_FRAME(me);
	kicked = make_all_cpus_request(me, vm, REQ_TLB_FLUSH);
	while (done < number && !__atomic_compare_exchange_n(&vm->tlb_flushes, &done, number, false,
							     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	__atomic_sub_fetch(&vm->tlb_unflushed, unflushed, __ATOMIC_RELAXED);
	sim_event(me, EV_kvm_flush_remote_tlbs, vm->id, kicked, unflushed);
}

void flush_remote_tlbs_range(struct task *me, struct vm *vm, gfn_t gfn, u64 nr_pages)
{
	flush_remote_tlbs(me, vm);
}

static void tlb_each_valid(struct vcpu *vcpu, u64 valid, const struct tlb_entry *e,
			   void (*fn)(struct vcpu *vcpu, const struct tlb_entry *e, void *arg),
			   void *arg)
{
	for (; valid; valid &= valid - 1)
		fn(vcpu, &e[__builtin_ctzll(valid)], arg);
}

void tlb_for_each(struct vm *vm,
		  void (*fn)(struct vcpu *vcpu, const struct tlb_entry *e, void *arg), void *arg)
{
	u32 i, j;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vcpu *vcpu = vm->vcpus[i];
		const struct tlb *tlb = &vcpu->tlb;

		/* It flushes before its next entry: nothing in there counts. */
		if (__atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE) & REQ_TLB_FLUSH)
			continue;
		for (j = 0; j < ARRAY_SIZE(tlb->valid); j++)
			tlb_each_valid(vcpu, tlb->valid[j], &tlb->entry[j * 64], fn, arg);
		for (j = 0; j < ARRAY_SIZE(tlb->valid_huge); j++)
			tlb_each_valid(vcpu, tlb->valid_huge[j], tlb->huge[j], fn, arg);
	}
}
