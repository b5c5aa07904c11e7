/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/vcpu_run.h - KVM_RUN's parts, for the operations of guests (vcpu.c) and TDs (tdx_*.c).
 *
 * An operation: vcpu_run_begin(), what the guest does, vcpu_run_end().  In between the vCPU is in
 * guest mode; what takes it out either puts it back in, or says what KVM_RUN returns.
 *
 * Invariant: of an ordinary VM interrupts are on in guest mode, and only off during each access.
 * Of a TD they are off, as on hardware, from VP.ENTER to the TD exit: who sends an interrupt waits
 * for that, and the guest has to look for interrupts before each thing it does.
 *
 * Upstream: arch/x86/kvm/x86.c:vcpu_run, vcpu_enter_guest
 * Fidelity: simplified
 */
#ifndef MODEL_KVM_VCPU_RUN_H
#define MODEL_KVM_VCPU_RUN_H

#include "model/kvm/vcpu.h"
#include "model/ops.h"

/* vcpu_enter_guest(), handlers: go on with the loop; everything else ends KVM_RUN. */
#define RUN_CONTINUE 1

enum guest_access { GUEST_DONE, GUEST_VIOLATION, GUEST_KICKED };

static inline bool vcpu_is_td(const struct vcpu *vcpu)
{
	return vcpu->vm->type == VM_TDX && vcpu->vm->tdx;
}

/**
 * vcpu_run_begin - the ioctl's entry, up to guest mode.
 *
 * Return: 0 in guest mode, or what KVM_RUN has returned.
 */
s64 vcpu_run_begin(struct task *me, struct vcpu *vcpu, struct access_info *info);

/**
 * vcpu_run_end - the ioctl's end.
 * @r: what has ended it; 0: the operation is over, still in guest mode
 *
 * Return: what user space sees.
 */
s64 vcpu_run_end(struct task *me, struct vcpu *vcpu, s64 r, struct access_info *info);

/**
 * vcpu_run_into_guest - enter the guest, as often as it takes.
 *
 * Context: srcu held; in guest mode if 0 is returned.
 * Return: 0, or what KVM_RUN returns.
 */
int vcpu_run_into_guest(struct task *me, struct vcpu *vcpu);

/* Around what waits outside of the guest.  Context: outside of guest mode. */
void vcpu_srcu_read_lock(struct task *me, struct vcpu *vcpu);
void vcpu_srcu_read_unlock(struct task *me, struct vcpu *vcpu);

/**
 * vcpu_td_left - the TD exit has happened: interrupts on, srcu held again.
 */
void vcpu_td_left(struct task *me, struct vcpu *vcpu);

/* One access of a TD to shared memory, by way of the software TLB. */
enum guest_access guest_access_shared(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool write,
				      u8 byte, struct access_info *info);

/* --- TDs (tdx_vcpu.c, tdx_guest.c) --- */

int tdx_handle_ept_violation(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private,
			     bool write);

/**
 * tdx_handle_exit - VP.ENTER has returned: why, and what is to be done?
 *
 * Context: outside of guest mode, srcu held.
 * Return: RUN_CONTINUE, or what KVM_RUN returns.
 */
int tdx_handle_exit(struct task *me, struct vcpu *vcpu);

/*
 * One page of guest_touch(); guest_run(); guest_spin_until().
 *
 * Return: 0 in guest mode, or what KVM_RUN returns.
 */
int tdx_guest_touch_page(struct task *me, struct vcpu *vcpu, gpa_t gpa, bool is_private,
			 bool write, u8 byte, struct access_info *info);
int tdx_guest_compute(struct task *me, struct vcpu *vcpu, sim_ns ns);
int tdx_guest_spin(struct task *me, struct vcpu *vcpu, bool (*cond)(struct task *me, void *arg),
		   void *arg);

#endif
