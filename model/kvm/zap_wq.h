/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/zap_wq.h - a worker that zaps invalid roots: the variant async-root-zap-scheduling.
 */
#ifndef MODEL_KVM_ZAP_WQ_H
#define MODEL_KVM_ZAP_WQ_H

#include "model/kvm/vm.h"

struct zap_wq;

/* Makes vm->zap_wq if the variant is on.  Context: set-up. */
void zap_wq_create(struct vm *vm);

/**
 * zap_wq_flush - have the worker zap the invalid roots, and wait until it has.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_zap_invalidated_roots before 0df9dab891ff
 * Fidelity: faithful
 */
void zap_wq_flush(struct task *me, struct zap_wq *wq);

#endif
