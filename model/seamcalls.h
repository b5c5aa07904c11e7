/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/seamcalls.h - the TDX module for who is not the kernel: its leaf functions as text, their
 * statistics, calls by name, and what it has for a guest's page.
 */
#ifndef MODEL_SEAMCALLS_H
#define MODEL_SEAMCALLS_H

#include "model/types.h"
#include "sim/types.h"

struct hist;
struct machine;
struct task;
struct vm;

struct seamcall_text {
	/* written by seamcall_text() */
	const char *name;
	const char *slug; /* short, as in the names of fail points */
	char number[8];
	char locks[128];       /* lock=mode, of those it has: S, X; host, guest for entries */
	char op_states[64];    /* numbers; empty: it does not look */
	char entry_states[256]; /* names, first..last; empty: it has no entry to look at */
};

/**
 * seamcall_text - describe the @i-th leaf: SEAMCALLs first, then TDCALLs.
 *
 * Return: false if there is none.
 */
bool seamcall_text(u32 i, struct seamcall_text *t);

/**
 * seamcall_by_name - a leaf by its name in the ABI or in short: "TDH.MEM.TRACK", "mem_track".
 *
 * Return: as seamcall_text() counts them, or -1.
 */
int seamcall_by_name(const char *name);

/**
 * tdx_status_text - the @i-th completion status that has a name, TDVMCALL's last.
 *
 * Return: false if there is none.
 */
bool tdx_status_text(u32 i, const char **name, u64 *value);

struct seamcall_stat {
	/* written by seamcall_stat() */
	const char *name;
	u64 calls;
	u64 busy;   /* answered TDX_OPERAND_BUSY, whatever the operand */
	u64 errors; /* any other error */
	const struct hist *latency; /* NULL: never called, or no statistics of locks */
};

/**
 * seamcall_stat - how often the @i-th leaf was called on this machine, and how it went.
 *
 * Return: false if there is none, or no module, or no machine (@m NULL).
 */
bool seamcall_stat(const struct machine *m, u32 i, struct seamcall_stat *st);

/* Registers of a call by name; outputs replace inputs. */
struct seamcall_regs {
	/* owned by the caller */
	u64 rcx, rdx, r8, r9, r12, r13;
};

/**
 * seamcall_raw - call the @i-th leaf with these registers; nothing is checked, nobody is told.
 *
 * Context: any.
 * Return: RAX.
 */
u64 seamcall_raw(struct task *me, struct machine *m, u32 i, struct seamcall_regs *regs);

/* Where a leaf has what it works on. */
enum seamcall_operand {
	SEAMCALL_OTHER,
	SEAMCALL_GPA,  /* RCX: address and level; RDX: TDR */
	SEAMCALL_TD,   /* RCX: TDR */
	SEAMCALL_PAGE, /* RCX: a page */
};
enum seamcall_operand seamcall_operand(u32 i);

/* RCX of a leaf that takes an address: @bytes is 4K, 2M or 1G. */
u64 seamcall_gpa(gpa_t gpa, u64 bytes);

/**
 * vm_tdr - the physical address of a TD's TDR; 0: it has none.
 */
u64 vm_tdr(const struct vm *vm);

/**
 * vm_set_pending_ve_disable - what a touch of a page that was not accepted does.
 *
 * Context: set-up, before tdx_init_vm().
 */
void vm_set_pending_ve_disable(struct vm *vm, bool disable);

/**
 * vm_td_settle - after set-up: no vCPU is associated with the CPU that set-up ran on.
 */
void vm_td_settle(struct task *me, struct vm *vm);

/* What the S-EPT has for a page. */
enum gpa_sept { GPA_SEPT_FREE, GPA_SEPT_PENDING, GPA_SEPT_MAPPED, GPA_SEPT_BLOCKED };

/**
 * vm_gpa_sept - what is there for @gpa now?  For questions: no visible operation.
 */
enum gpa_sept vm_gpa_sept(const struct vm *vm, gpa_t gpa);

#endif
