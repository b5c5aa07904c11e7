/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/machine.h - one modelled machine: its memory map, its VMs, its processes, its design.
 *
 * sim->model points to it; everything of the model is reached from here, nothing is global.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include "model/bugs.h"
#include "model/costs.h"
#include "model/tdx_config.h"
#include "model/types.h"
#include "sim/atomic.h"
#include "sim/mutex.h"
#include "sim/rcu.h"
#include "sim/sim.h"
#include "sim/spinlock.h"
#include "sim/wait.h"

struct callback_head;
struct direct_map;
struct folio;
struct folio_map;
struct gmem_file;
struct gmem_locking_ops;
struct huge_leaves;
struct hugetlb;
struct lru_batches;
struct mm_struct;
struct tdx_host;
struct vcpu;

#define HUGE_MAX_HSTATE 4

/* One pool of huge pages, as hugepagesz= and hugepages= of the kernel's command line. */
struct hugetlb_pool_config {
	/* constant */
	u32 order; /* 0: no pool; 9 and 18 exist on real machines, small ones make small tests */
	u64 nr_huge_pages;
};

/* How a hugetlb folio of a guest_memfd is split and merged; kernel.md 4.1 and 4.2. */
enum hugetlb_restructure {
	HUGETLB_RESTRUCTURE_WIP,   /* in place, in the page cache, under the invalidate lock */
	HUGETLB_RESTRUCTURE_STASH, /* the older design: out of the page cache and in again */
};

struct machine_config {
	/* written by the caller before machine_create(); constant afterwards */
	enum kernel_design kernel;
	const char *locking;	 /* "file" */
	u64 locking_arg;	 /* of chunk:SIZE and bucket:N */
	const struct gmem_locking_ops *locking_ops; /* instead: a strategy of the caller's */
	u64 memory_pages;	 /* of the host; 0 = 64 GiB */
	struct cost_table costs;
	const char *bug; /* --bug SLUG, or NULL: planted fault variant */
	bool checks;	 /* invariants after every operation */
	bool lru_batches;
	struct hugetlb_pool_config hugetlb[HUGE_MAX_HSTATE];
	u64 hugetlb_cgroup_limit_pages; /* 4K pages: usage and, apart, reservations; 0: none */
	bool hugetlb_optimize_vmemmap;	/* HVO */
	enum hugetlb_restructure restructure;
	bool enable_tdx; /* VMs of type VM_TDX are TDs; without, mirrors of what the caller sets */
	struct tdx_module_config tdx;
	bool tdx_huge_pages; /* KVM maps private memory of TDs in 2M (huge pages v3, 24/24) */
};

struct machine {
	/* constant during a run */
	struct sim *sim;
	struct machine_config cfg;
	enum bug_id bug; /* cfg.bug, resolved by machine_create() */
	const struct gmem_locking_ops *locking; /* cfg.locking, likewise */
	struct folio_map *folios;
	struct lru_batches *lru;
	struct hugetlb *hugetlb; /* NULL: no pools */
	struct bit_wait_table folio_wait;

	/* protected by lock; written at set-up and by create/destroy operations */
	struct sim_guard lock;
	struct list_head vms;	 /* struct vm */
	struct list_head mms;	 /* struct mm_struct */
	struct list_head inodes; /* struct gmem_inode */
	struct list_head pins;	 /* struct pin */
	u32 next_id;		 /* owners of content: inodes and processes; 0 is nobody */
	struct direct_map *direct_map; /* atomic; NULL: nothing was ever taken out */
	struct gmem_file *free_files; /* released, to be used again (SLAB_TYPESAFE_BY_RCU) */

	/* one memory error at a time; protects what memory_failure.c keeps */
	struct mutex mf_mutex; /* made by the first error */
	struct list_head poisoned; /* struct mf_page: references that nobody will ever drop */

	/* written by machine_check_op(); see model/check/check.c */
	u64 check_credit;
	u64 check_cost;

	/* atomic: who looks at each page that goes back to the allocator; huge_leaves.c does */
	void (*folio_free_hook)(struct task *me, struct folio *folio, pfn_t pfn);

	bool vm_was_bugged; /* atomic: some VM of it was, see vm_bug_on() */

	u64 converted_pages; /* atomic: whose attribute has changed since the start, for reports */

	/* KVM's side of the TDX module (model/kvm/tdx.h); NULL: none */
	struct tdx_host *tdx;

	/* atomic; NULL until there is a guest mapping above 4K (model/kvm/huge_leaves.h) */
	struct huge_leaves *huge_leaves;
};

/* What task->model points to: as whom a task acts. */
struct actor {
	/* constant after task_bind() */
	struct mm_struct *mm;
	struct vcpu *vcpu; /* NULL for a VMM thread */
	/* written by the task itself */
	struct vcpu *loaded_vcpu; /* NULL: vcpu; see get_running_vcpu() */
	struct callback_head *task_works; /* model/task_work.h */
	u32 vmemmap_pages; /* brought along for splits to come; see hugetlb_vmemmap_prealloc() */
	u64 lost_pages; /* model/check/loss.c: pages of data that it took from a guest */
};

/* @nr_pages of a VM have changed between private and shared, at the request of its VMM. */
static inline void machine_note_converted(struct machine *m, u64 nr_pages)
{
	__atomic_fetch_add(&m->converted_pages, nr_pages, __ATOMIC_RELAXED);
}

/**
 * task_bind - make @t act as @vcpu (or NULL) of the process @mm.
 *
 * Context: set-up, once per task.  task_bind_mm() and task_bind_vcpu() of model/ops.h end here.
 */
void task_bind(struct task *t, struct mm_struct *mm, struct vcpu *vcpu);

/**
 * machine_new_id - a number that no other owner of content in this machine has.
 */
u32 machine_new_id(struct machine *m);

static inline struct machine *machine_of(const struct task *me)
{
	return (struct machine *)me->sim->model;
}

/**
 * bug - is the planted fault @id switched on in this run?
 */
static inline bool bug(const struct task *me, enum bug_id id)
{
	return unlikely(machine_of(me)->bug == id);
}

/**
 * cost - charge one unit of a named cost to @me.
 *
 * Context: any.
 */
static inline void cost(struct task *me, enum cost_id id)
{
	const struct sim_dist *d = &machine_of(me)->cfg.costs.dist[id];

	sim_cost(me, likely(d->kind == DIST_CONST) ? d->a_ns : sim_dist_sample(me->sim, d));
}

static inline sim_ns cost_value(struct task *me, enum cost_id id)
{
	const struct sim_dist *d = &machine_of(me)->cfg.costs.dist[id];

	return likely(d->kind == DIST_CONST) ? d->a_ns : sim_dist_sample(me->sim, d);
}

/**
 * machine_create - an empty machine inside @sim; freed with it.
 */
struct machine *machine_create(struct sim *sim, const struct machine_config *cfg);

/**
 * machine_check - all invariants that hold at rest (model/check/).
 *
 * Context: after the run, nothing executes.  Findings go to the simulation.
 */
void machine_check_at_rest(struct machine *m);

/**
 * machine_check_op - the invariants that hold after every operation, in checked builds.
 *
 * Sampled: a pass over the machine's mappings is made after every operation while the machine is
 * small, and at intervals proportional to its size after that, so that checking costs a constant
 * amount per operation.
 *
 * Context: @me between two operations, no model lock held by @me.  Others may be in the middle of
 * theirs, so only what their open windows allow is demanded.  Does nothing on real threads.
 */
void machine_check_op(struct task *me);

/**
 * machine_check_access - the same after a mere access to memory, which pays a sixteenth of a pass.
 *
 * A machine with a handful of objects is still looked at after every few accesses.
 */
void machine_check_access(struct task *me);

/* Where the notifications of a VM's MMU stand: what a fault compares. */
struct vm_invalidations {
	/* written by machine_vm_invalidations() */
	const char *vm;
	u64 seq;	 /* mmu_invalidate_seq */
	s64 in_progress; /* mmu_invalidate_in_progress */
};

/**
 * machine_vm_invalidations - of the @i-th VM that there still is, for reports.
 *
 * Context: after the run, nothing executes.
 * Return: false if there is none, or no machine (@m NULL).
 */
bool machine_vm_invalidations(const struct machine *m, u32 i, struct vm_invalidations *inv);

#endif
