/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdx_host.h - what KVM's TDX files share among themselves.
 *
 * Invariant: nothing but model/kvm/tdx_*.c and the checks includes this.
 */
#ifndef MODEL_KVM_TDX_HOST_H
#define MODEL_KVM_TDX_HOST_H

#include "model/kvm/tdx.h"

/**
 * tdx_host_get - the machine's; made at the first call, which is at set-up.
 */
struct tdx_host *tdx_host_get(struct machine *m);

/* Return: an HKID, or -ENOSPC. */
int tdx_guest_keyid_alloc(struct tdx_host *host);
void tdx_hkid_free(struct vm *vm);

/**
 * tdx_alloc_page / tdx_free_page - a page for TDX, whatever for.
 *
 * Fail site: "folio_alloc".
 * Context: alloc may sleep.
 * Return: the frame, or 0.
 */
pfn_t tdx_alloc_page(struct task *me, struct tdx_host *host);
void tdx_free_page(struct task *me, struct tdx_host *host, pfn_t pfn);

void tdx_pamt_init(struct tdx_host *host);

void tdx_flush_vp_on_cpu(struct task *me, struct vcpu_tdx *tdx);
void tdx_reclaim_td_control_pages(struct task *me, struct vm *vm);

/* The TDR goes last.  Return: 0, or -EIO: leaked. */
int tdx_reclaim_tdr(struct task *me, struct vm *vm);

/* The first CPU of a package. */
static inline u32 tdx_package_cpu(const struct tdx_host *host, u32 package)
{
	return (package * host->machine->sim->cfg.nr_cpus + host->nr_packages - 1) /
	       host->nr_packages;
}

/**
 * tdx_smp_call - have @fn done on @cpu, and wait for it: in its interrupt handler, or here.
 *
 * Upstream: kernel/smp.c:smp_call_function_single
 * Fidelity: simplified: the handler's time is the sender's
 * Context: interrupts on, unless @cpu is this one.
 */
void tdx_smp_call(struct task *me, u32 cpu, void (*fn)(struct task *me, u32 cpu, void *arg),
		  void *arg);

/* The same call as @cpu would make it. */
u64 tdx_call_on(struct task *me, struct tdx_host *host, u32 cpu, u64 leaf, u64 rcx);

#endif
