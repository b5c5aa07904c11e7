/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/kvm/tdp_mmu.h - the TDP MMU: second-level page tables of a VM.
 *
 * Direct roots translate all guest physical addresses, or only the shared ones if the VM has a
 * mirror root: that one shadows the page table which the TDX module keeps for private memory, and
 * each change of it is made there, too, through struct tdp_external_ops.
 *
 * Invariants:
 *  M1 Leaves are installed with mmu_lock held for read, by cmpxchg, or removed with it held for
 *     write.  Tables are only added with mmu_lock for read.
 *  M2 mirror, mmu_lock for read: the entry is FROZEN while the external call runs; then it is what
 *     was wanted, or what it was before.
 *  M3 A table that was unhooked dies by RCU; walkers are in RCU read sections.
 *  M4 A present leaf is never replaced by a present leaf of another page.  A huge leaf may become a
 *     table of its parts, and (direct roots) a table a huge leaf.
 *  M5 role.invalid changes under mmu_lock for write, once, and the root is zapped before its MMU
 *     reference is dropped.
 *  M6 Zaps of a gfn range drop mmu_lock only after flushing what they have zapped, and not before
 *     they have got on by one leaf.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c
 * Fidelity: faithful; no write protection, ageing, NX workaround
 */
#ifndef MODEL_KVM_TDP_MMU_H
#define MODEL_KVM_TDP_MMU_H

#include "model/kvm/invalidate.h"
#include "model/kvm/tdp_iter.h"
#include "model/kvm/vm.h"
#include "sim/rcu.h"

struct page_fault;
struct vcpu;

struct mmu_page_role {
	/* constant, but for invalid: written under mmu_lock for write */
	u8 level;
	bool is_mirror;
	bool invalid; /* read without the lock, too: atomic */
};

/* One table: header and entries, as in the kernel; the header stays as a tombstone. */
struct mmu_page {
	/* constant after linking */
	struct mmu_page_role role;
	struct sim_life life;
	u64 *spt; /* atomic words; see M1 */
	gfn_t gfn;
	struct vm *vm;
	void *external_spt; /* the external page table's own page, in mirrors */

	/* written before linking and under tdp_mmu_pages_lock: model/kvm/nx_huge_pages.h */
	bool nx_huge_page_disallowed;
	struct list_head possible_nx_link;

	/* roots only: atomic */
	u32 tdp_mmu_root_count;
	/* roots only: protected by mmu_lock */
	bool scheduled_root_to_zap;
	/* roots only: written under tdp_mmu_pages_lock, read under RCU or mmu_lock */
	struct list_head link;

	struct sim_rcu_head rcu_head;
};

static inline u64 tdp_mmu_read_spte(const u64 *sptep)
{
	return __atomic_load_n(sptep, __ATOMIC_ACQUIRE);
}

/* The object number of one entry, for dependency: any two that collide are only taken for one. */
static inline u32 spte_obj(const struct vm *vm, gfn_t gfn, int level)
{
	u64 h = (gfn + ((u64)vm->id << 40) + ((u64)level << 60)) * 0x9e3779b97f4a7c15ull;

	return BIT(30) | (u32)(h >> 35);
}

enum tdp_root_types {
	INVALID_ROOTS = BIT(0),
	DIRECT_ROOTS = BIT(1),
	MIRROR_ROOTS = BIT(2),
	VALID_ROOTS = DIRECT_ROOTS | MIRROR_ROOTS,
	ALL_ROOTS = VALID_ROOTS | INVALID_ROOTS,
};

/*
 * The external page table behind a mirror, called where the kernel calls its x86 ops.
 * Errors: -EBUSY makes the fault retry; anything else bugs the VM.
 */
struct tdp_external_ops {
	/* constant */
	/*
	 * A table page for the external page table; NULL: out of memory.  @vcpu: of whose fault it
	 * is, with mmu_lock held: from its cache; NULL: for a split, may sleep.
	 */
	void *(*alloc_external_spt)(struct task *me, struct vm *vm, struct vcpu *vcpu);
	/* a page that was never linked goes back; NULL: nothing to do */
	void (*free_unused_spt)(struct task *me, struct vm *vm, void *external_spt);
	/* fill what a fault of @vcpu may need, may sleep: 0 or -ENOMEM; NULL: nothing to do */
	int (*topup_external_cache)(struct task *me, struct vcpu *vcpu);
	/* map a leaf, link a table (@new_spte present), or remove a leaf (@new_spte absent) */
	int (*set_external_spte)(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				 u64 new_spte, int level, void *external_spt);
	/*
	 * @old_spte, a leaf of @level, becomes 512 leaves in the table @external_spt; they are
	 * already in its mirror.  @shared: mmu_lock is held for read, which a module that has to
	 * kick vCPUs cannot do with: -EOPNOTSUPP.  For write, failure bugs the VM.
	 * NULL: there are no huge leaves.
	 */
	int (*split_external_spte)(struct task *me, struct vm *vm, gfn_t gfn, u64 old_spte,
				   int level, void *external_spt, bool shared);
	/* PG_LEVEL_*, the most the external page table can map there; 0, or no such call: any */
	int (*gmem_max_mapping_level)(struct vm *vm, pfn_t pfn, bool is_private);
	/* initial memory: copy @src (or NULL) into the page and map it; see gmem_populate() */
	int (*post_populate)(struct task *me, struct vm *vm, gfn_t gfn, pfn_t pfn,
			     struct folio *src);
	/* a table page was unlinked with everything below it */
	int (*free_external_spt)(struct task *me, struct vm *vm, gfn_t gfn, int level,
				 void *external_spt);
};

void tdp_mmu_init(struct vm *vm);

/* Context: no user of the VM is left. */
void tdp_mmu_uninit(struct task *me, struct vm *vm);

static inline bool tdp_root_invalid(const struct mmu_page *root)
{
	return __atomic_load_n(&root->role.invalid, __ATOMIC_ACQUIRE);
}

enum tdp_root_types gfn_range_filter_to_root_types(const struct vm *vm, u32 filter);

/**
 * tdp_mmu_alloc_root - find or make the root @vcpu needs; one reference is the vCPU's.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_alloc_root
 * Fidelity: faithful
 */
struct mmu_page *tdp_mmu_alloc_root(struct task *me, struct vcpu *vcpu, bool mirror);
bool tdp_mmu_get_root(struct task *me, struct mmu_page *root);
void tdp_mmu_put_root(struct task *me, struct vm *vm, struct mmu_page *root);

/**
 * tdp_mmu_map - install the leaf for @fault.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_map
 * Fidelity: faithful
 * Context: mmu_lock held for read.
 * Return: RET_PF_FIXED, RET_PF_SPURIOUS, RET_PF_RETRY.
 */
int tdp_mmu_map(struct task *me, struct vcpu *vcpu, struct page_fault *fault);

/**
 * tdp_mmu_unmap_gfn_range - zap the leaves of @range, in the roots its filter selects.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_unmap_gfn_range, tdp_mmu_zap_leafs
 * Fidelity: faithful
 * Context: mmu_lock held for write; dropped and retaken if range->may_block and it is wanted.
 * Return: @flush, or true if the caller has to flush now.
 */
bool tdp_mmu_unmap_gfn_range(struct task *me, struct vm *vm, struct gfn_range *range, bool flush);

/**
 * tdp_mmu_split_boundary_leafs - split the huge leaves that reach over an end of @range.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_gfn_range_split_cross_boundary_leafs (TDX huge
 *           pages v3)
 * Fidelity: faithful
 * Context: mmu_lock held, for read if @shared; dropped and retaken to allocate.
 * Return: 0 or -ENOMEM.
 */
int tdp_mmu_split_boundary_leafs(struct task *me, struct vm *vm, const struct gfn_range *range,
				 bool shared);

/**
 * tdp_mmu_try_split_huge_pages - split every leaf in [@start, @end) that is above @target_level.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_try_split_huge_pages
 * Fidelity: simplified: the errno is returned (there it is dropped: nobody depends on it)
 * Context: as above.
 */
int tdp_mmu_try_split_huge_pages(struct task *me, struct vm *vm, gfn_t start, gfn_t end,
				 int target_level, bool shared);

/**
 * tdp_mmu_invalidate_roots / tdp_mmu_zap_invalidated_roots - fast zap of everything: roots become
 * obsolete at once (mmu_lock for write); their tables go afterwards, under mmu_lock for read if
 * @shared.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_invalidate_roots,
 *           kvm_tdp_mmu_zap_invalidated_roots
 * Fidelity: faithful
 */
void tdp_mmu_invalidate_roots(struct task *me, struct vm *vm, enum tdp_root_types types);
void tdp_mmu_zap_invalidated_roots(struct task *me, struct vm *vm, bool shared);

/**
 * tdp_mmu_zap_all - zap every root, for the end of the process.
 */
void tdp_mmu_zap_all(struct task *me, struct vm *vm);

/**
 * tdp_mmu_walk - the hardware's walk: the leaf for @gfn under @root, or a non-present value.
 * @level: where it is, or where the walk ended
 *
 * Context: any; lockless.  In guest mode nothing protects the tables but the kick that precedes
 * their freeing.
 */
u64 tdp_mmu_walk_level(struct task *me, struct mmu_page *root, gfn_t gfn, int *level);

static inline u64 tdp_mmu_walk(struct task *me, struct mmu_page *root, gfn_t gfn)
{
	int level;

	return tdp_mmu_walk_level(me, root, gfn, &level);
}

/**
 * tdp_mmu_gfn_level - of the leaf for @gfn in any valid root; 0 if there is none.
 */
int tdp_mmu_gfn_level(struct vm *vm, gfn_t gfn);

static inline bool tdp_mmu_gfn_mapped(struct vm *vm, gfn_t gfn)
{
	return tdp_mmu_gfn_level(vm, gfn) != 0;
}

/**
 * tdp_mmu_for_each_leaf - every present leaf of every valid root, for the checks.
 *
 * Context: at rest, or mmu_lock held.
 */
typedef void (*tdp_leaf_fn)(struct vm *vm, bool is_mirror, gfn_t gfn, u64 spte, int level,
			    void *arg);
void tdp_mmu_for_each_leaf(struct vm *vm, tdp_leaf_fn fn, void *arg);

#endif
