// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/check/tdx.c - a TD's two page tables against each other, and what its vCPUs remember.
 *
 * mirror-sept	KVM's mirror and the S-EPT, entry by entry: nothing, a table or a page in both; the
 *		same table page, the same frame at the same level; an entry that nobody is changing
 *		any more and that is frozen
 * tlb-stale	a vCPU that can use a translation, without a walk, that the S-EPT does not have
 *
 * Excused: entries that are frozen; everything while mmu_lock is held for write, because the mirror
 * changes before the S-EPT there; a VM that is bugged: KVM gives up then, and the tables may
 * differ; a TD without its key, whose S-EPT nobody can change or use any more.  A page that is
 * blocked, but still there, can be used by who remembers it.
 *
 * Before the TD is RUNNABLE, leaves that PAGE.ADD has not come to (nr_premapped) are in the mirror
 * only.
 *
 * Small VMs are looked at gfn by gfn, as mapping.c does; only tables that lead to nothing are
 * missed by that, and found at rest.
 */
#include "model/check/check.h"

#include "model/kvm/tdp_mmu.h"
#include "model/kvm/tdx.h"
#include "model/tdx/tdx.h"

struct tdx_pass {
	/* private to the pass */
	struct check_pass *c;
	struct vm *vm;
	const struct tdx_td *td;
	bool premapped; /* some leaves wait for their PAGE.ADD */
};

static const char *spte_word(u64 spte, int level)
{
	if (is_frozen_spte(spte))
		return "a frozen entry";
	if (!is_shadow_present_pte(spte))
		return "nothing";
	return is_last_spte(spte, level) ? "a page" : "a table";
}

static bool sept_is_page(enum sept_state state)
{
	return state == SEPT_MAPPED || state == SEPT_PENDING;
}

static bool sept_is_free(enum sept_state state)
{
	return state == SEPT_FREE || state == SEPT_REMOVED;
}

/* The frame of the S-EPT page that belongs to this table of the mirror. */
static pfn_t spt_frame(const struct mmu_page *sp)
{
	return tdx_spt_pfn(sp->external_spt);
}

static bool entries_agree(u64 spte, int level, enum sept_state state, pfn_t pfn)
{
	if (!is_shadow_present_pte(spte))
		return sept_is_free(state);
	if (is_last_spte(spte, level))
		return sept_is_page(state) && pfn == spte_to_pfn(spte);
	return state == SEPT_NL_MAPPED && pfn == spt_frame(spte_to_child_sp(spte));
}

/* What the two tables have for @gfn: @spte at PG_LEVEL @level, @state and @pfn at that of TDX. */
static void compare_entry(struct tdx_pass *p, gfn_t gfn, u64 spte, int level,
			  enum sept_state state, int sept_level, pfn_t pfn)
{
	bool leaf = is_shadow_present_pte(spte) && is_last_spte(spte, level);

	if (is_frozen_spte(spte) && !p->c->at_rest)
		return;
	if (leaf && sept_is_free(state) && p->premapped)
		return;
	if (!is_frozen_spte(spte) && sept_level + 1 == level &&
	    entries_agree(spte, level, state, pfn))
		return;
	check_finding(p->c, "mirror-sept",
		      "%s: gfn 0x%llx: the mirror has %s (0x%x) at level %d, the S-EPT %s (0x%x) "
		      "at level %d",
		      p->vm->name, (unsigned long long)gfn, spte_word(spte, level),
		      leaf ? spte_to_pfn(spte) : 0, level, sept_state_name(state),
		      pfn == PFN_NONE ? 0 : pfn, sept_level + 1);
}

static void compare_tables(struct tdx_pass *p, const struct mmu_page *sp,
			   const struct sept_page *sept)
{
	int level = sp->role.level;
	u32 i;

	p->c->nr_visited += SPTE_ENT_PER_PAGE / CHECK_CHEAP;
	for (i = 0; i < SPTE_ENT_PER_PAGE; i++) {
		gfn_t gfn = sp->gfn + i * PAGES_PER_HPAGE(level);
		u64 spte = tdp_mmu_read_spte(&sp->spt[i]);
		const struct sept_page *child;
		enum sept_state state;
		pfn_t pfn;

		state = tdx_sept_entry(p->td, sept, i, level - 1, &pfn, &child);
		compare_entry(p, gfn, spte, level, state, level - 1, pfn);
		if (child && is_shadow_present_pte(spte) && !is_last_spte(spte, level))
			compare_tables(p, spte_to_child_sp(spte), child);
	}
}

/* The raw entry in which a walk for @gfn ends. */
static u64 mirror_entry(const struct mmu_page *root, gfn_t gfn, int *level)
{
	const struct mmu_page *sp = root;

	for (*level = sp->role.level;; --*level) {
		u32 i = (gfn >> ((*level - 1) * SPTE_LEVEL_BITS)) & (SPTE_ENT_PER_PAGE - 1);
		u64 spte = tdp_mmu_read_spte(&sp->spt[i]);

		if (!is_shadow_present_pte(spte) || is_last_spte(spte, *level))
			return spte;
		sp = spte_to_child_sp(spte);
	}
}

static void compare_gfns(struct tdx_pass *p, const struct mmu_page *root)
{
	const struct memslots *slots = load_acquire(p->vm->memslots);
	int level, sept_level;
	enum sept_state state;
	gfn_t gfn, end;
	pfn_t pfn;
	u64 spte;

	for (u32 i = 0; i < slots->nr; i++) {
		gfn = slots->slot[i]->base_gfn;
		end = gfn + slots->slot[i]->npages;
		for (; gfn < end; gfn = ALIGN_DOWN(gfn, PAGES_PER_HPAGE(level)) +
					PAGES_PER_HPAGE(level)) {
			p->c->nr_visited++;
			spte = mirror_entry(root, gfn, &level);
			state = tdx_walk_sept(p->td, gfn << PAGE_SHIFT, &sept_level, &pfn);
			compare_entry(p, gfn, spte, level, state, sept_level, pfn);
		}
	}
}

static const struct mmu_page *mirror_root(const struct vm *vm)
{
	const struct mmu_page *root;

	list_for_each_entry(root, &vm->tdp_mmu_roots, link) {
		if (root->role.is_mirror && !tdp_root_invalid(root))
			return root;
	}
	return NULL;
}

static void check_mirror(struct tdx_pass *p)
{
	const struct mmu_page *root = mirror_root(p->vm);
	const struct sept_page *sept;
	int level;

	sept = tdx_sept_root(p->td, &level);
	/* The mirror has four levels: what is above, in an S-EPT of five, has no counterpart. */
	if (!root || !sept || level + 1 != root->role.level)
		return;
	if (!p->c->at_rest && p->vm->nr_memslot_pages <= CHECK_SMALL_VM)
		compare_gfns(p, root);
	else
		compare_tables(p, root, sept);
}

/* --- what vCPUs remember --- */

static void check_translation(u32 vcpu, bool inside, u64 gfn, pfn_t pfn, void *arg)
{
	struct tdx_pass *p = arg;
	int level;
	pfn_t have;
	enum sept_state state = tdx_walk_sept(p->td, gfn << PAGE_SHIFT, &level, &have);

	if (have != PFN_NONE)
		have += (pfn_t)(gfn & (PAGES_PER_HPAGE(level + 1) - 1));
	if (have == pfn)
		return;
	check_finding(p->c, "tlb-stale",
		      "%s: vCPU %u, %s, translates gfn 0x%llx to frame 0x%x; the S-EPT has %s",
		      p->vm->name, vcpu, inside ? "in the guest" : "when it enters",
		      (unsigned long long)gfn, pfn, sept_state_name(state));
}

void check_td(struct check_pass *c, struct vm *vm)
{
	struct tdx_pass p = { .c = c, .vm = vm };

	if (!vm_is_td(vm) || !vm->tdx->tdr)
		return;
	p.td = tdx_td_find(vm->tdx->host->mod, vm->tdx->tdr);
	if (!p.td || !tdx_td_alive(p.td) || vm_bugged(vm))
		return;
	if (check_mmu_write_locked(vm))
		return;
	p.premapped = !tdx_runnable(vm) && load_acquire(vm->tdx->nr_premapped) > 0;
	check_mirror(&p);
	c->nr_visited += tdx_for_each_translation(p.td, check_translation, &p) / CHECK_CHEAP;
}
