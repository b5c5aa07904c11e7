/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdx_run.h - what a TD's vCPU in KVM (tdx_vcpu.c) and its guest (tdx_guest.c) share.
 *
 * Invariant: nothing else includes this.
 */
#ifndef MODEL_KVM_TDX_RUN_H
#define MODEL_KVM_TDX_RUN_H

#include "model/kvm/tdx.h"
#include "model/kvm/vcpu_run.h"

/* The most that one KVM_EXIT_HYPERCALL is for, so that interrupts are seen in between. */
#define TDX_MAP_GPA_MAX_LEN (2ull << 20)

/* R11 of a TDVMCALL; the smaller ones are exit reasons. */
#define TDVMCALL_MAP_GPA	    0x10001ull
#define TDVMCALL_REPORT_FATAL_ERROR 0x10003ull

/* KVM_RUN returns with KVM_EXIT_HYPERCALL: map_gpa_next and map_gpa_end say for what. */
#define TDX_RUN_HYPERCALL (-2100)

/* The bit of an address that says "shared": above the TD's widest. */
static inline gpa_t tdx_shared_bit(const struct vm *vm)
{
	return vm->tdx->params.levels == 5 ? BIT_ULL(51) : BIT_ULL(47);
}

bool tdx_vcpu_has_events(struct task *me, struct vcpu *vcpu);

/* What the run loop makes of enum ret_pf or an errno. */
int tdx_ept_violation_result(struct task *me, struct vcpu *vcpu, int r);

#endif
