/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/tdx/tdx.h - the mock TDX module, as KVM and the guest see it: registers in, registers out.
 *
 * A SEAMCALL is atomic for the CPU that makes it (interrupts stay out) and not for anybody else:
 * each lock and each word it looks at is a visible operation.  Nothing in here waits: a lock that
 * is taken is an answer (TDX_OPERAND_BUSY).  Addresses are physical: frame number << 12, HKID from
 * bit TDX_HKID_SHIFT on.
 *
 * VP.ENTER differs from hardware in one thing: it returns TDX_SUCCESS as soon as the vCPU is in the
 * guest.  The guest's accesses and TDCALLs are then made with tdx_guest_access() and tdcall() by
 * the same task, until one of them, or tdx_td_exit(), leaves the guest; vp->exit then has what the
 * hardware's VP.ENTER would have answered.
 *
 * Upstream: intel/tdx-module (1.5.28 to 1.5.32, dynamic PAMT of 2.0)
 * Fidelity: simplified: see docs/FIDELITY.md
 */
#ifndef MODEL_TDX_TDX_H
#define MODEL_TDX_TDX_H

#include "model/machine.h"
#include "model/tdx/spec_leaves.h"
#include "model/tdx/spec_sept.h"
#include "model/tdx/spec_status.h"
#include "model/tdx_config.h"

struct sept_page;
struct tdx_module;
struct tdx_td;
struct tdx_vp;

#define TDX_HKID_SHIFT	 42 /* frames are below 2^30 */
#define TDX_MAX_PA	 52
#define TDX_LEVEL_4K	 0
#define TDX_LEVEL_2M	 1
#define TDX_LEVEL_1G	 2
#define TDX_MIN_TDCX	 6
#define TDX_MAX_TDCX	 9
#define TDX_MIN_TDVPS	 6
#define TDX_HINT_PAIR	 BIT_ULL(62) /* of an address: its 2M may give its PAMT pair back */
#define TDX_ALLOW_EXISTING BIT_ULL(0) /* SEPT.ADD: flag in RDX */

/* The registers of a call; outputs replace inputs. */
struct tdx_module_args {
	/* private to the caller */
	u64 rcx, rdx, r8, r9, r10, r11, r12, r13, r14, r15, rbx, rdi, rsi;
	const struct td_params *params; /* MNG.INIT: the page at RDX */
};

struct td_params {
	/* constant */
	u32 max_vcpus;
	u32 levels; /* of the S-EPT: 4 or 5; 0: 4 */
	bool pending_ve_disable; /* touching a page that is not accepted exits instead of #VE */
	u32 content_owner; /* whose content its pages have (model/mm/folio.h); 0: a new owner */
};

/**
 * tdx_module_create - a module that is configured and ready, with nothing in it.
 *
 * Context: set-up, after machine_create().
 */
struct tdx_module *tdx_module_create(struct machine *m, const struct tdx_module_config *cfg);

/**
 * seamcall - call leaf @leaf (number, version from bit 16 on) of the module.
 * @args: registers in and out
 *
 * The CPU that calls is the task's; seamcall_on() is for the other CPUs' interrupt handlers, which
 * the model runs in the sender's place.
 *
 * Fail sites: seamcall_SLUG (spec_leaves.h).  Costs: tdx_seamcall, and the leaf's when it works.
 * Context: any; nothing here sleeps.
 * Return: RAX.
 */
u64 seamcall(struct task *me, struct tdx_module *mod, u64 leaf, struct tdx_module_args *args);
u64 seamcall_on(struct task *me, struct tdx_module *mod, u32 lp, u64 leaf,
		struct tdx_module_args *args);

static inline u64 tdx_pfn_pa(pfn_t pfn)
{
	return (u64)pfn << PAGE_SHIFT;
}

static inline u64 tdx_pa_with_hkid(u64 pa, u16 hkid)
{
	return pa | (u64)hkid << TDX_HKID_SHIFT;
}

/**
 * tdx_host_zero - the host has written zeroes over frames that were a TD's (MOVDIR64B).
 * @owner: whose they are now; 0: nobody's
 */
void tdx_host_zero(struct task *me, struct tdx_module *mod, pfn_t pfn, u64 nr, u32 owner);

/* --- the guest --- */

enum tdx_exit_type {
	TDX_EXIT_TYPE_NONE = 0,
	TDX_EXIT_TYPE_ACCEPT = 1,
	TDX_EXIT_TYPE_PENDING = 6, /* not accepted, and pending_ve_disable */
};

/* What VP.ENTER has answered when the guest was left. */
struct tdx_exit {
	/* written by the vCPU's task */
	u64 rax; /* an enum tdx_exit_reason, or a status */
	gpa_t gpa;
	bool write;
	enum tdx_exit_type type; /* extended qualification */
	u8 level;		 /* that ACCEPT asked for */
	u8 err_level;		 /* where the walk stopped */
	u8 err_state;		 /* public state there */
	bool err_leaf;
	struct tdx_module_args regs; /* TDVMCALL: what the guest passes */
};

enum tdx_guest_result {
	TDX_GUEST_OK,
	TDX_GUEST_VE,	   /* #VE: the page is there, but not accepted */
	TDX_GUEST_EXIT,	   /* the guest was left: vp->exit */
	TDX_GUEST_RESTART, /* an interrupt: leave, come back, and call again */
};

/**
 * tdx_vp_find - the vCPU whose TDVPR is frame @pfn, or NULL.
 */
struct tdx_vp *tdx_vp_find(struct tdx_module *mod, pfn_t pfn);
struct tdx_td *tdx_td_find(struct tdx_module *mod, pfn_t tdr_pfn);
const struct tdx_exit *tdx_vp_exit(const struct tdx_vp *vp);
bool tdx_vp_in_guest(const struct tdx_vp *vp);

/**
 * tdx_guest_access - an instruction of the guest touches private memory.
 * @pfn: the frame it gets at, with TDX_GUEST_OK
 *
 * A translation the vCPU remembers is used without a walk, right or wrong.
 * Context: in the guest.
 * Return: OK, VE or EXIT.
 */
enum tdx_guest_result tdx_guest_access(struct task *me, struct tdx_vp *vp, gpa_t gpa, bool write,
				       pfn_t *pfn);

/**
 * tdcall - the guest calls the module.
 * @rax: the status, with TDX_GUEST_OK
 *
 * TDG.VP.VMCALL always exits; what the host answers is in tdx_vmcall_result() after the next entry.
 * Fail sites: seamcall_tdg_SLUG.
 * Context: in the guest.
 * Return: OK, EXIT or RESTART.
 */
enum tdx_guest_result tdcall(struct task *me, struct tdx_vp *vp, u64 leaf,
			     struct tdx_module_args *args, u64 *rax);
const struct tdx_module_args *tdx_vmcall_result(const struct tdx_vp *vp);

/**
 * tdx_td_exit - the guest is left for another reason: an interrupt, HLT.
 *
 * Context: in the guest.
 */
void tdx_td_exit(struct task *me, struct tdx_vp *vp, enum tdx_exit_reason reason);

/* --- observation --- */

struct hist;

struct tdx_leaf_stat {
	/* written under the module's guard */
	u64 calls;
	u64 busy;   /* TDX_OPERAND_BUSY, whatever the operand */
	u64 errors; /* all that are no success and not busy */
	struct hist *latency; /* made at the first call */
};

/* @leaf: an index of a SEAMCALL, or NR_TDX_LEAVES and the index of a TDCALL */
const struct tdx_leaf_stat *tdx_leaf_stat(const struct tdx_module *mod, u32 leaf);

/* One row of the tables, for `list seamcalls`. */
struct tdx_leaf_desc {
	/* constant */
	const char *name;
	u32 number;
	const char *slug;
	u8 tdr, op_state, tree, entry, pamt, epoch; /* enum tdx_lock_column */
	u8 global;				    /* enum tdx_global_column */
	u16 op_states;
	u16 entry_states;
	enum cost_id cost;
	u64 inject;
};

extern const struct tdx_leaf_desc tdx_leaf_descs[NR_TDX_LEAVES];
extern const struct tdx_leaf_desc tdx_guest_leaf_descs[NR_TDX_GUEST_LEAVES];

const char *sept_state_name(enum sept_state state);

/**
 * tdx_walk_sept - what the S-EPT has for @gpa: state and level of the entry where the walk ends.
 * @pfn: of a leaf
 *
 * Context: for checks: no visible operation.
 */
enum sept_state tdx_walk_sept(const struct tdx_td *td, gpa_t gpa, int *level, pfn_t *pfn);

/* What the PAMT says a frame is. */
enum pamt_type {
	PT_NDA = 0, PT_RSVD = 1, PT_REG = 3, PT_TDR = 4, PT_TDCX = 5, PT_TDVPR = 6, PT_EPT = 8,
	PT_PAMT = 15,
};

/* The rest is for checks: no visible operation, nothing is changed or made. */

/**
 * tdx_sept_root - the table at the top of the S-EPT, NULL before MNG.INIT and after key release.
 * @level: of its entries
 */
const struct sept_page *tdx_sept_root(const struct tdx_td *td, int *level);

/**
 * tdx_sept_entry - entry @i of a table.
 * @pfn: of the page or the table it leads to
 * @child: the table, or NULL
 */
enum sept_state tdx_sept_entry(const struct tdx_td *td, const struct sept_page *page, u32 i,
			       int level, pfn_t *pfn, const struct sept_page **child);

/**
 * tdx_frame_type - what is frame @pfn?  PT_PAMT: lent to the module for its dynamic PAMT.
 * @tdr: of the TD it belongs to
 */
enum pamt_type tdx_frame_type(const struct tdx_module *mod, pfn_t pfn, pfn_t *tdr);

static inline bool tdx_frame_private(const struct tdx_module *mod, pfn_t pfn)
{
	pfn_t tdr;

	return tdx_frame_type(mod, pfn, &tdr) != PT_NDA;
}

/**
 * tdx_for_each_frame - each frame the module has, a page of 2M or 1G as one.
 * @fn: @nr frames from @pfn on
 *
 * Return: how many PAMT entries were looked at.
 */
typedef void (*tdx_frame_fn)(pfn_t pfn, u64 nr, enum pamt_type type, pfn_t tdr, void *arg);
u64 tdx_for_each_frame(const struct tdx_module *mod, tdx_frame_fn fn, void *arg);

/* 2M of memory with a PAMT pair (dynamic PAMT): @nr_used of its frames are in use. */
typedef void (*tdx_pair_fn)(pfn_t pfn, u32 nr_used, bool has_pair, void *arg);
void tdx_for_each_region(const struct tdx_module *mod, tdx_pair_fn fn, void *arg);

/**
 * tdx_for_each_translation - what vCPUs of @td can use without a walk, now or when they enter next.
 *
 * Return: how many entries were looked at.
 */
typedef void (*tdx_translation_fn)(u32 vcpu, bool inside, u64 gfn, pfn_t pfn, void *arg);
u64 tdx_for_each_translation(const struct tdx_td *td, tdx_translation_fn fn, void *arg);

/* Is nobody between the beginning and the end of a call?  Who is in the guest is not. */
bool tdx_idle(const struct tdx_module *mod);

/* Has the TD a key that works, so that it can run, and its S-EPT can be changed? */
bool tdx_td_alive(const struct tdx_td *td);

/**
 * tdx_check - the module's own invariants: PAMT and S-EPT agree, counts, keys (model/tdx/check.c).
 *
 * Context: at rest, or between operations with no call under way.
 * Return: the number of violations; each is a finding.
 */
u32 tdx_check(struct task *me, struct tdx_module *mod);

#endif
