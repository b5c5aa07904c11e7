// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/tdp_root.c - roots and tables of the TDP MMU: life cycle, list, lockless walks.
 *
 * Invariants: M3 and M5 of tdp_mmu.h; a root is on the list from its creation until its last
 * reference has gone; the MMU itself holds one until the root has been invalidated and zapped.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/tdp_root.h"

#include "model/kvm/vcpu.h"
#include "sim/atomic.h"

#define SPT_BYTES (SPTE_ENT_PER_PAGE * sizeof(u64))

void tdp_mmu_init(struct vm *vm)
{
	INIT_LIST_HEAD(&vm->tdp_mmu_roots);
	INIT_LIST_HEAD(&vm->possible_nx_huge_pages);
	spin_lock_init(vm->machine->sim, &vm->tdp_mmu_pages_lock, "tdp_mmu_pages_lock");
}

enum tdp_root_types gfn_range_filter_to_root_types(const struct vm *vm, u32 filter)
{
	u32 types = 0;

	if (!vm->has_mirrored_tdp)
		return DIRECT_ROOTS;
	if (filter & FILTER_PRIVATE)
		types |= MIRROR_ROOTS;
	if (filter & FILTER_SHARED)
		types |= DIRECT_ROOTS;
	return (enum tdp_root_types)types;
}

static bool tdp_mmu_root_match(const struct mmu_page *root, enum tdp_root_types types)
{
	if (tdp_root_invalid(root) && !(types & INVALID_ROOTS))
		return false;
	return types & (root->role.is_mirror ? MIRROR_ROOTS : DIRECT_ROOTS);
}

/* --- tables --- */

static struct mmu_page *tdp_mmu_new_sp(struct vm *vm, bool mirror, int level, gfn_t gfn)
{
	struct sim *sim = vm->machine->sim;
	struct mmu_page *sp = sim_zalloc(sim, sizeof(*sp));

	sp->role = (struct mmu_page_role){.level = (u8)level, .is_mirror = mirror};
	sp->gfn = gfn;
	sp->vm = vm;
	sp->spt = sim_zalloc(sim, SPT_BYTES);
	INIT_LIST_HEAD(&sp->link);
	INIT_LIST_HEAD(&sp->possible_nx_link);
	sim_life_begin(&sp->life);
	return sp;
}

struct mmu_page *tdp_mmu_alloc_sp(struct task *me, struct vcpu *vcpu, bool mirror, int level,
				  gfn_t gfn)
{
	struct mmu_page *sp = tdp_mmu_new_sp(vcpu->vm, mirror, level, gfn);

	SIM_ASSERT(vcpu->mmu_cache_nobjs > 0);
	vcpu->mmu_cache_nobjs--;
	/* The external page table has a root of its own. */
	if (mirror && level != TDP_ROOT_LEVEL)
		sp->external_spt = vcpu->vm->external_ops->alloc_external_spt(me, vcpu->vm, vcpu);
	return sp;
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:tdp_mmu_alloc_sp_for_split
 * Fidelity: faithful
 * Fail sites: "split_sp", "split_external_spt".
 */
struct mmu_page *tdp_mmu_alloc_sp_for_split(struct task *me, struct vm *vm, bool mirror)
{
	struct mmu_page *sp;

	might_sleep(me);
	cost(me, COST_tdp_split_alloc);
	if (sim_should_fail(me, "split_sp"))
		return NULL;
	/* Where it goes is known when it is linked. */
	sp = tdp_mmu_new_sp(vm, mirror, PG_LEVEL_4K, 0);
	if (!mirror)
		return sp;
	if (!sim_should_fail(me, "split_external_spt"))
		sp->external_spt = vm->external_ops->alloc_external_spt(me, vm, NULL);
	if (sp->external_spt)
		return sp;
	tdp_mmu_free_sp(me->sim, sp);
	return NULL;
}

void tdp_mmu_free_unused_sp(struct task *me, struct mmu_page *sp)
{
	const struct tdp_external_ops *ops = sp->vm->external_ops;

	if (sp->external_spt && ops->free_unused_spt)
		ops->free_unused_spt(me, sp->vm, sp->external_spt);
	tdp_mmu_free_sp(me->sim, sp);
}

/* The header stays behind as a tombstone, so that a walker who comes too late is a finding. */
void tdp_mmu_free_sp(struct sim *sim, struct mmu_page *sp)
{
	if (unlikely(!list_empty(&sp->possible_nx_link)))
		sim_finding(sim, NULL, "lifetime",
			    "%s: the table of gfn 0x%llx is freed and on the list of possible "
			    "huge pages",
			    sp->vm->name, (unsigned long long)sp->gfn);
	sim_life_end(&sp->life);
	sim_free(sim, sp->spt, SPT_BYTES);
}

static void tdp_mmu_free_sp_rcu_callback(struct sim *sim, struct sim_rcu_head *head)
{
	tdp_mmu_free_sp(sim, container_of(head, struct mmu_page, rcu_head));
}

void tdp_mmu_free_sp_rcu(struct task *me, struct mmu_page *sp)
{
	call_rcu(me, &sp->rcu_head, tdp_mmu_free_sp_rcu_callback);
}

/* --- roots --- */

/* The list is walked under RCU: a removed root keeps its next pointer. */
static void root_list_add(struct vm *vm, struct mmu_page *root)
{
	struct list_head *head = &vm->tdp_mmu_roots, *last = head->prev;

	root->link.next = head;
	root->link.prev = last;
	head->prev = &root->link;
	rcu_assign_pointer(last->next, &root->link);
}

static void root_list_del(struct mmu_page *root)
{
	root->link.next->prev = root->link.prev;
	rcu_assign_pointer(root->link.prev->next, root->link.next);
}

bool tdp_mmu_get_root(struct task *me, struct mmu_page *root)
{
	u32 old = __atomic_load_n(&root->tdp_mmu_root_count, __ATOMIC_RELAXED);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(&root->tdp_mmu_root_count, &old, old + 1, false,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

/**
 * tdp_mmu_put_root - drop a reference; the last one takes the root off the list.
 *
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_put_root
 * Fidelity: faithful
 * Context: any; a valid root always has the MMU's own reference.
 */
void tdp_mmu_put_root(struct task *me, struct vm *vm, struct mmu_page *root)
{
	if (__atomic_sub_fetch(&root->tdp_mmu_root_count, 1, __ATOMIC_ACQ_REL))
		return;
	vm_bug_on(me, vm, !tdp_root_invalid(root), "last reference to a valid root dropped");
	spin_lock(me, &vm->tdp_mmu_pages_lock);
	root_list_del(root);
	spin_unlock(me, &vm->tdp_mmu_pages_lock);
	__atomic_sub_fetch(&vm->tdp_mmu_pages, 1, __ATOMIC_RELAXED);
	tdp_mmu_free_sp_rcu(me, root);
}

struct mmu_page *tdp_mmu_next_root(struct task *me, struct vm *vm, struct mmu_page *prev,
				   enum tdp_root_types types)
{
	struct list_head *head = &vm->tdp_mmu_roots, *pos = prev ? &prev->link : head;
	struct mmu_page *next = NULL;

	SIM_ASSERT(lock_is_held(me, &vm->mmu_lock.dep_map, LOCK_NR_MODES));
	rcu_read_lock(me);
	for (pos = rcu_dereference(pos->next); pos != head; pos = rcu_dereference(pos->next)) {
		next = list_entry(pos, struct mmu_page, link);
		if (tdp_mmu_root_match(next, types) && tdp_mmu_get_root(me, next))
			break;
		next = NULL;
	}
	rcu_read_unlock(me);
	if (prev)
		tdp_mmu_put_root(me, vm, prev);
	return next;
}

static enum tdp_root_types root_type(bool mirror)
{
	return mirror ? MIRROR_ROOTS : DIRECT_ROOTS;
}

struct mmu_page *tdp_mmu_alloc_root(struct task *me, struct vcpu *vcpu, bool mirror)
{
	struct vm *vm = vcpu->vm;
	struct mmu_page *root;
	struct list_head *pos;

	SIM_FRAME(me);
	read_lock(me, &vm->mmu_lock);
	root = tdp_mmu_next_root(me, vm, NULL, root_type(mirror));
	if (root)
		goto out;

	/* Two vCPUs may be here at once: look again with the list locked. */
	spin_lock(me, &vm->tdp_mmu_pages_lock);
	for (pos = vm->tdp_mmu_roots.next; pos != &vm->tdp_mmu_roots; pos = pos->next) {
		root = list_entry(pos, struct mmu_page, link);
		if (tdp_mmu_root_match(root, root_type(mirror)) && tdp_mmu_get_root(me, root))
			goto out_unlock_list;
	}
	root = tdp_mmu_alloc_sp(me, vcpu, mirror, TDP_ROOT_LEVEL, 0);
	root->tdp_mmu_root_count = 2; /* the vCPU's, and the MMU's own */
	__atomic_add_fetch(&vm->tdp_mmu_pages, 1, __ATOMIC_RELAXED);
	root_list_add(vm, root);
out_unlock_list:
	spin_unlock(me, &vm->tdp_mmu_pages_lock);
out:
	read_unlock(me, &vm->mmu_lock);
	return root;
}

void tdp_mmu_invalidate_roots(struct task *me, struct vm *vm, enum tdp_root_types types)
{
	struct mmu_page *root;

	/* No lock at the end of the VM, when there is nobody left to exclude. */
	if (__atomic_load_n(&vm->users_count, __ATOMIC_RELAXED))
		lockdep_assert_held_write(me, &vm->mmu_lock);
	list_for_each_entry(root, &vm->tdp_mmu_roots, link) {
		if (!tdp_mmu_root_match(root, types) || tdp_root_invalid(root))
			continue;
		root->scheduled_root_to_zap = true;
		WRITE_ONCE(me, vm->id, root->role.invalid, true);
	}
}

void tdp_mmu_zap_invalidated_roots(struct task *me, struct vm *vm, bool shared)
{
	struct mmu_page *root;

	SIM_FRAME(me);
	if (shared)
		read_lock(me, &vm->mmu_lock);
	else
		write_lock(me, &vm->mmu_lock);
	for_each_tdp_mmu_root_yield_safe(me, vm, root, ALL_ROOTS)
	{
		if (!root->scheduled_root_to_zap)
			continue;
		root->scheduled_root_to_zap = false;
		SIM_ASSERT(tdp_root_invalid(root));
		tdp_mmu_zap_root(me, vm, root, shared);
		/* Only now: until it was empty, mmu_notifiers had to find it. */
		tdp_mmu_put_root(me, vm, root);
	}
	if (shared)
		read_unlock(me, &vm->mmu_lock);
	else
		vm_mmu_unlock(me, vm);
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_tdp_mmu_zap_all
 * Fidelity: faithful: no flush, no vCPU will run again; mirror roots go with tdp_mmu_uninit()
 */
void tdp_mmu_zap_all(struct task *me, struct vm *vm)
{
	struct mmu_page *root;

	SIM_FRAME(me);
	vm_mmu_lock(me, vm);
	for_each_tdp_mmu_root_yield_safe(me, vm, root, DIRECT_ROOTS | INVALID_ROOTS)
		tdp_mmu_zap_root(me, vm, root, false);
	vm_mmu_unlock(me, vm);
}

/*
 * Upstream: arch/x86/kvm/mmu/tdp_mmu.c:kvm_mmu_uninit_tdp_mmu
 * Fidelity: faithful (the engine runs the callbacks that are still queued)
 */
void tdp_mmu_uninit(struct task *me, struct vm *vm)
{
	SIM_FRAME(me);
	tdp_mmu_invalidate_roots(me, vm, VALID_ROOTS);
	tdp_mmu_zap_invalidated_roots(me, vm, false);
	SIM_ASSERT(list_empty(&vm->tdp_mmu_roots));
	SIM_ASSERT(!vm->tdp_mmu_pages);
}

/* --- lockless walks --- */

u64 tdp_mmu_walk_level(struct task *me, struct mmu_page *root, gfn_t gfn, int *at_level)
{
	struct mmu_page *sp = root;
	int level = root->role.level;
	u64 spte;

	for (;; level--) {
		spte = SHADOW_NONPRESENT_VALUE;
		if (unlikely(me && !sim_life_check(me, &sp->life, "TDP page table")))
			break;
		spte = tdp_mmu_read_spte(&sp->spt[(gfn >> ((level - 1) * SPTE_LEVEL_BITS)) &
						  (SPTE_ENT_PER_PAGE - 1)]);
		if (!is_shadow_present_pte(spte) || is_last_spte(spte, level))
			break;
		sp = spte_to_child_sp(spte);
	}
	*at_level = level;
	return is_shadow_present_pte(spte) ? spte : SHADOW_NONPRESENT_VALUE;
}

int tdp_mmu_gfn_level(struct vm *vm, gfn_t gfn)
{
	struct mmu_page *root;
	int level;

	if (gfn >= TDP_MAX_GFN)
		return 0;
	list_for_each_entry(root, &vm->tdp_mmu_roots, link) {
		if (!tdp_root_invalid(root) && tdp_mmu_walk_level(NULL, root, gfn, &level))
			return level;
	}
	return 0;
}

/* Most tables are mostly empty. */
#define SPTE_GROUP 8u

static bool group_is_empty(const u64 *sptep)
{
	u64 any = 0;

	for (u32 i = 0; i < SPTE_GROUP; i++)
		any |= sptep[i];
	return !any;
}

static void for_each_leaf_below(struct mmu_page *sp, tdp_leaf_fn fn, void *arg)
{
	int level = sp->role.level;
	u32 i;

	for (i = 0; i < SPTE_ENT_PER_PAGE; i++) {
		u64 spte;

		while (i % SPTE_GROUP == 0 && i < SPTE_ENT_PER_PAGE && group_is_empty(&sp->spt[i]))
			i += SPTE_GROUP;
		if (i == SPTE_ENT_PER_PAGE)
			return;
		spte = tdp_mmu_read_spte(&sp->spt[i]);
		if (!is_shadow_present_pte(spte))
			continue;
		if (is_last_spte(spte, level))
			fn(sp->vm, sp->role.is_mirror, sp->gfn + i * PAGES_PER_HPAGE(level), spte,
			   level, arg);
		else
			for_each_leaf_below(spte_to_child_sp(spte), fn, arg);
	}
}

void tdp_mmu_for_each_leaf(struct vm *vm, tdp_leaf_fn fn, void *arg)
{
	struct mmu_page *root;

	list_for_each_entry(root, &vm->tdp_mmu_roots, link)
		for_each_leaf_below(root, fn, arg);
}
