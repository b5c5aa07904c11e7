// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/kvm/lpage.c - where no huge page may be mapped; attributes that differ inside one.
 *
 * Invariants: L1-L4 of lpage.h.  The scan for mixed attributes runs under slots_lock, which their
 * writers hold: it has no visible operation.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c
 * Fidelity: faithful; where not, the function says so
 */
#include "model/kvm/lpage.h"

#include "model/kvm/invalidate.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/vm.h"
#include "sim/atomic.h"

#define LPAGE_MIXED	    BIT(0)
#define LPAGE_GUEST_INHIBIT BIT(1)

static int level_shift(int level)
{
	return (level - 1) * SPTE_LEVEL_BITS;
}

static gfn_t gfn_round_for_level(gfn_t gfn, int level)
{
	return ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level));
}

static const struct lpage_level *lpage_level(const struct memory_slot *slot, int level)
{
	SIM_ASSERT(level > PG_LEVEL_4K && level <= MAX_HUGEPAGE_LEVEL);
	return &slot->lpage_info->level[level - PG_LEVEL_2M];
}

/*
 * Upstream: include/linux/kvm_host.h:gfn_to_index
 * Fidelity: faithful
 */
static u64 lpage_index(const struct memory_slot *slot, gfn_t gfn, int level)
{
	int shift = level_shift(level);

	return (gfn >> shift) - (slot->base_gfn >> shift);
}

/* --- flags --- */

static u8 lpage_flags(const struct lpage_level *l, u64 index)
{
	u8 **table = __atomic_load_n(&l->chunk, __ATOMIC_ACQUIRE), *chunk;

	if (likely(!table))
		return 0;
	SIM_ASSERT(index < l->nr);
	chunk = __atomic_load_n(&table[index >> LPAGE_CHUNK_SHIFT], __ATOMIC_ACQUIRE);
	return chunk ? __atomic_load_n(&chunk[index & (BIT(LPAGE_CHUNK_SHIFT) - 1)],
				       __ATOMIC_ACQUIRE) : 0;
}

static u64 lpage_nr_chunks(const struct lpage_level *l)
{
	return (l->nr >> LPAGE_CHUNK_SHIFT) + 1;
}

/* Context: mmu_lock held for write, or the slot is not visible yet: there is one writer. */
static void lpage_change(struct sim *sim, struct memory_slot *slot, gfn_t gfn, int level, u8 set,
			 u8 clear)
{
	struct lpage_level *l = (struct lpage_level *)lpage_level(slot, level);
	u64 index = lpage_index(slot, gfn, level);
	u8 old = lpage_flags(l, index), **slot_in_table, *byte;

	SIM_ASSERT(index < l->nr);
	if (((old | set) & ~clear) == old)
		return;
	if (!l->chunk)
		store_release(l->chunk,
			      (u8 **)sim_zalloc(sim, lpage_nr_chunks(l) * sizeof(*l->chunk)));
	slot_in_table = &l->chunk[index >> LPAGE_CHUNK_SHIFT];
	if (!*slot_in_table)
		store_release(*slot_in_table, (u8 *)sim_zalloc(sim, BIT(LPAGE_CHUNK_SHIFT)));
	byte = &(*slot_in_table)[index & (BIT(LPAGE_CHUNK_SHIFT) - 1)];
	store_release(*byte, (u8)((old | set) & ~clear));
}

bool hugepage_test_mixed(const struct memory_slot *slot, gfn_t gfn, int level)
{
	return lpage_flags(lpage_level(slot, level), lpage_index(slot, gfn, level)) & LPAGE_MIXED;
}

static void hugepage_mark_mixed(struct sim *sim, struct memory_slot *slot, gfn_t gfn, int level,
				bool mixed)
{
	lpage_change(sim, slot, gfn, level, mixed ? LPAGE_MIXED : 0, mixed ? 0 : LPAGE_MIXED);
}

void hugepage_set_guest_inhibit(struct task *me, struct memory_slot *slot, gfn_t gfn, int level)
{
	lockdep_assert_held_write(me, &slot->vm->mmu_lock);
	sim_point(me, slot->obj, SIM_WRITE);
	lpage_change(me->sim, slot, gfn, level, LPAGE_GUEST_INHIBIT, 0);
}

bool hugepage_test_guest_inhibit(struct task *me, const struct memory_slot *slot, gfn_t gfn,
				 int level)
{
	sim_point(me, slot->obj, SIM_READ);
	return lpage_flags(lpage_level(slot, level), lpage_index(slot, gfn, level)) &
	       LPAGE_GUEST_INHIBIT;
}

int lpage_max_level(const struct memory_slot *slot, gfn_t gfn, int max_level)
{
	int level;

	for (level = min(max_level, MAX_HUGEPAGE_LEVEL); level > PG_LEVEL_4K; level--) {
		const struct lpage_level *l = lpage_level(slot, level);
		u64 index = lpage_index(slot, gfn, level);

		if (!l->none && !(l->first && index == 0) && !(l->last && index == l->nr - 1) &&
		    !lpage_flags(l, index))
			break;
	}
	return level;
}

/* --- mixed attributes --- */

static u64 memory_attributes(struct vm *vm, gfn_t gfn)
{
	void *entry = __xa_load(&vm->mem_attr_array, gfn);

	return entry ? xa_to_value(entry) : 0;
}

/*
 * Upstream: virt/kvm/kvm_main.c:kvm_range_has_memory_attributes
 * Fidelity: faithful
 */
static bool range_has_attrs(struct task *me, struct vm *vm, gfn_t start, gfn_t end, u64 attrs)
{
	gfn_t gfn = start;
	bool all = true;

	if (!attrs)
		return !__xa_find(&vm->mem_attr_array, &gfn, end - 1);
	while (all && gfn < end)
		all = memory_attributes(vm, gfn++) == attrs;
	sim_cost(me, (gfn - start) * cost_value(me, COST_lpage_scan));
	return all;
}

/*
 * Upstream: arch/x86/kvm/mmu/mmu.c:hugepage_has_attrs
 * Fidelity: faithful
 */
static bool hugepage_has_attrs(struct task *me, struct vm *vm, const struct memory_slot *slot,
			       gfn_t start, int level, u64 attrs)
{
	gfn_t gfn, end = start + PAGES_PER_HPAGE(level);

	if (level == PG_LEVEL_2M)
		return range_has_attrs(me, vm, start, end, attrs);
	for (gfn = start; gfn < end; gfn += PAGES_PER_HPAGE(level - 1)) {
		if (hugepage_test_mixed(slot, gfn, level - 1) ||
		    attrs != memory_attributes(vm, gfn))
			return false;
	}
	return true;
}

/* Is the huge page at @gfn wholly in the slot?  If not, nothing is tracked: it is never mapped. */
static bool hugepage_in_slot(const struct memory_slot *slot, gfn_t gfn, int level)
{
	return gfn >= slot->base_gfn &&
	       gfn + PAGES_PER_HPAGE(level) <= slot->base_gfn + slot->npages;
}

bool arch_pre_set_memory_attributes(struct task *me, struct vm *vm, struct gfn_range *range)
{
	struct memory_slot *slot = range->slot;
	int level;

	SIM_FRAME(me);
	for (level = PG_LEVEL_2M; level <= MAX_HUGEPAGE_LEVEL; level++) {
		gfn_t start = gfn_round_for_level(range->start, level);
		gfn_t end = gfn_round_for_level(range->end - 1, level);
		u64 nr_pages = PAGES_PER_HPAGE(level);

		if ((start != range->start || start + nr_pages > range->end) &&
		    hugepage_in_slot(slot, start, level) &&
		    !hugepage_test_mixed(slot, start, level))
			mmu_invalidate_range_add(me, vm, start, start + nr_pages);
		if (end == start)
			continue;
		if (end + nr_pages > range->end && hugepage_in_slot(slot, end, level) &&
		    !hugepage_test_mixed(slot, end, level))
			mmu_invalidate_range_add(me, vm, end, end + nr_pages);
	}
	range->attr_filter =
		range->attributes & MEMORY_ATTRIBUTE_PRIVATE ? FILTER_SHARED : FILTER_PRIVATE;
	return tdp_mmu_unmap_gfn_range(me, vm, range, false);
}

static void hugepage_update_mixed(struct task *me, struct vm *vm, struct memory_slot *slot,
				  gfn_t gfn, int level, u64 attrs)
{
	if (hugepage_in_slot(slot, gfn, level))
		hugepage_mark_mixed(me->sim, slot, gfn, level,
				    !hugepage_has_attrs(me, vm, slot, gfn, level, attrs));
}

void arch_post_set_memory_attributes(struct task *me, struct vm *vm, const struct gfn_range *range)
{
	struct memory_slot *slot = range->slot;
	int level;

	SIM_FRAME(me);
	lockdep_assert_held_write(me, &vm->mmu_lock);
	lockdep_assert_held(me, &vm->slots_lock);
	/* In this order: a level looks at what has been found out for the one below. */
	for (level = PG_LEVEL_2M; level <= MAX_HUGEPAGE_LEVEL; level++) {
		gfn_t gfn = gfn_round_for_level(range->start, level);
		u64 nr_pages = PAGES_PER_HPAGE(level);

		if (gfn != range->start || gfn + nr_pages > range->end) {
			hugepage_update_mixed(me, vm, slot, gfn, level, range->attributes);
			gfn += nr_pages;
		}
		for (; gfn + nr_pages <= range->end; gfn += nr_pages)
			hugepage_mark_mixed(me->sim, slot, gfn, level, false);
		if (gfn < range->end)
			hugepage_update_mixed(me, vm, slot, gfn, level, range->attributes);
	}
}

/* --- slots --- */

/*
 * Attributes may have been set before there was a slot.
 *
 * Upstream: arch/x86/kvm/mmu/mmu.c:kvm_mmu_init_memslot_memory_attributes
 * Fidelity: simplified: huge pages without any attribute are passed over, and cost nothing
 */
static void init_memslot_memory_attributes(struct task *me, struct vm *vm, struct memory_slot *slot)
{
	gfn_t end = slot->base_gfn + slot->npages;
	int level;

	for (level = PG_LEVEL_2M; level <= MAX_HUGEPAGE_LEVEL; level++) {
		u64 gfn = slot->base_gfn;

		while (gfn < end && __xa_find(&vm->mem_attr_array, &gfn, end - 1)) {
			gfn_t start = gfn_round_for_level(gfn, level);

			hugepage_update_mixed(me, vm, slot, start, level,
					      memory_attributes(vm, start));
			gfn = start + PAGES_PER_HPAGE(level);
		}
	}
}

/*
 * The file's pages are as large as they are there: with an offset in between none fits.
 *
 * Upstream: arch/x86/kvm/x86.c:kvm_alloc_memslot_metadata as the series for huge guest_memfd (May
 * 2025) has it
 * Fidelity: faithful
 */
static bool gmem_misaligned(const struct vm *vm, const struct memory_slot *slot, u64 mask)
{
	return vm->machine->cfg.kernel >= KERNEL_HUGETLB_WIP && slot_has_gmem(slot) &&
	       ((slot->base_gfn ^ slot->gmem.pgoff) & mask);
}

void lpage_alloc(struct task *me, struct vm *vm, struct memory_slot *slot)
{
	gfn_t end = slot->base_gfn + slot->npages;
	int level;

	slot->lpage_info = sim_zalloc(me->sim, sizeof(*slot->lpage_info));
	for (level = PG_LEVEL_2M; level <= MAX_HUGEPAGE_LEVEL; level++) {
		u64 mask = PAGES_PER_HPAGE(level) - 1;

		slot->lpage_info->level[level - PG_LEVEL_2M] = (struct lpage_level){
			.nr = lpage_index(slot, end - 1, level) + 1,
			.first = slot->base_gfn & mask,
			.last = end & mask,
			.none = ((slot->base_gfn ^ (slot->userspace_addr >> PAGE_SHIFT)) & mask) ||
				gmem_misaligned(vm, slot, mask),
		};
	}
	if (vm->has_private_mem)
		init_memslot_memory_attributes(me, vm, slot);
}

/* The struct stays, like the slot: a late reader is a finding, not a crash. */
void lpage_free(struct sim *sim, struct memory_slot *slot)
{
	u64 i;
	int n;

	for (n = 0; slot->lpage_info && n < NR_HUGE_LEVELS; n++) {
		struct lpage_level *l = &slot->lpage_info->level[n];
		u8 **table = l->chunk;

		if (!table)
			continue;
		store_release(l->chunk, (u8 **)NULL);
		for (i = 0; i < lpage_nr_chunks(l); i++)
			if (table[i])
				sim_free(sim, table[i], BIT(LPAGE_CHUNK_SHIFT));
		sim_free(sim, table, lpage_nr_chunks(l) * sizeof(*table));
	}
}
