// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/sept.c - the secure EPT: entries, their states, the lock in each of them, the walk.
 *
 * An entry is one word.  Seven of its bits are the state, TDEL is its lock, TDHP remembers a host
 * that did not get the lock: guests keep off until a host has succeeded.
 *
 * Invariants: only the holder of TDEL writes an entry, but for the lock bits themselves (and
 * PAGE.ADD, which has the TDR exclusive instead); a leaf has no table below it.
 *
 * Upstream: intel/tdx-module src/common/memory_handlers/sept_manager.[ch],
 *           src/common/helpers/tdx_locks.h
 * Fidelity: faithful (guests look for TDHP before they try the lock, as 1.5.32 does)
 */
#include "model/tdx/internal.h"

struct sept_desc {
	/* constant */
	const char *name;
	u8 enc;
	u8 pub;
	u8 kind;
	u8 flags;
};

static const struct sept_desc descs[NR_SEPT_STATES] = {
#define STATE(name_, number_, enc_, pub_, kind_, flags_)                                           \
	[number_] = { #name_, enc_, pub_, SEPT_KIND_##kind_, flags_ },
	SEPT_STATES(STATE)
#undef STATE
};

/* The state of each encoding, plus one; 0: no such encoding. */
static const u8 by_enc[128] = {
#define STATE(name_, number_, enc_, ...) [enc_] = number_ + 1,
	SEPT_STATES(STATE)
#undef STATE
};

const char *sept_state_name(enum sept_state state)
{
	return descs[state].name;
}

static u32 enc_of(u64 e)
{
	return (u32)((e >> 9 & 1) | (e >> 53 & 0xf) << 1 | (e >> 6 & 3) << 5);
}

static u64 enc_bits(u32 enc)
{
	return (u64)(enc & 1) << 9 | (u64)(enc >> 1 & 0xf) << 53 | (u64)(enc >> 5 & 3) << 6;
}

#define SEPT_STATE_BITS (SEPT_D | SEPT_TDEX | SEPT_TDBW | SEPT_TDB | SEPT_TDP | SEPT_IPAT | SEPT_PS)

enum sept_state sept_state(u64 e)
{
	u8 state = by_enc[enc_of(e)];

	SIM_ASSERT(state);
	return (enum sept_state)(state - 1);
}

u32 sept_public(u64 e)
{
	return descs[sept_state(e)].pub;
}

u32 sept_flags(enum sept_state state)
{
	return descs[state].flags;
}

enum sept_kind sept_kind(enum sept_state state)
{
	return (enum sept_kind)descs[state].kind;
}

/* Permissions go with the state: tables and what the guest may use are present. */
static u64 sept_rwx(enum sept_state state)
{
	switch (state) {
	case SEPT_NL_MAPPED:
	case SEPT_MAPPED:
	case SEPT_EXPORTED_DIRTY:
		return SEPT_RWX;
	case SEPT_BLOCKEDW:
	case SEPT_EXPORTED_BLOCKEDW:
	case SEPT_EXPORTED_DIRTY_BLOCKEDW:
		return 0x5; /* no writes */
	default:
		return 0;
	}
}

/**
 * sept_with_state - entry @e in another state, permissions included; locks and address stay.
 */
u64 sept_with_state(u64 e, enum sept_state state)
{
	e &= ~(SEPT_STATE_BITS | SEPT_RWX);
	return e | enc_bits(descs[state].enc) | sept_rwx(state);
}

u64 sept_make(enum sept_state state, pfn_t pfn)
{
	return sept_with_state(SEPT_SVE | tdx_pfn_pa(pfn), state);
}

/* The frame of a leaf at @level, or of the table below. */
pfn_t sept_pfn(u64 e, int level)
{
	u64 hpa = e & SEPT_HPA;

	if (sept_kind(sept_state(e)) == SEPT_KIND_L)
		hpa = ALIGN_DOWN(hpa, tdx_level_size(level));
	return (pfn_t)(hpa >> PAGE_SHIFT);
}

/* The host forgets how far an ACCEPT of 2M had come. */
u64 sept_cleanup(u64 e, int level)
{
	enum sept_state state = sept_state(e);

	if (level == TDX_LEVEL_2M &&
	    (state == SEPT_PENDING || state == SEPT_PENDING_EXPORTED_DIRTY))
		e &= ~SEPT_COUNTER;
	return e;
}

/* What leaves the module of an entry. */
u64 sept_arch(u64 e, int level)
{
	if (sept_state(e) == SEPT_FREE)
		return SEPT_SVE;
	e = sept_cleanup(e, level);
	return e & (SEPT_HPA | SEPT_RWX | SEPT_IPAT | SEPT_PS | SEPT_SVE);
}

u64 sept_unblocked(u64 e)
{
	switch (sept_state(e)) {
	case SEPT_NL_BLOCKED:
		return sept_with_state(e, SEPT_NL_MAPPED);
	case SEPT_BLOCKED:
		return sept_with_state(e, SEPT_MAPPED);
	case SEPT_PENDING_BLOCKED:
		return sept_with_state(e, SEPT_PENDING);
	default:
		return e;
	}
}

/**
 * sept_page_new - an empty table in frame @pfn.
 */
struct sept_page *sept_page_new(struct tdx_module *mod, pfn_t pfn)
{
	struct sept_page *page = sim_alloc(mod->sim, sizeof(*page));
	u64 free = sept_make(SEPT_FREE, 0);

	for (u32 i = 0; i < PAMT_ENTRIES; i++)
		page->e[i] = free;
	page->pfn = pfn;
	return page;
}

static u32 entry_obj(const struct sept_page *page, u32 index)
{
	u64 h = (((u64)page->pfn << 9) + index) * 0x9e3779b97f4a7c15ull;

	return BIT(30) | (u32)(h >> 35);
}

/**
 * sept_walk - from the root to the entry of ref->gpa at ref->want, or as far as there are tables.
 *
 * Upstream: src/common/memory_handlers/sept_manager.c:secure_ept_walk
 * Fidelity: faithful
 * Context: any; lockless.  Each entry that is read is a visible operation.
 */
void sept_walk(struct task *me, struct tdx_td *td, struct sept_ref *ref)
{
	struct sept_page *page = td->root;

	for (int level = td->top;; level--) {
		u32 index = (u32)(ref->gpa >> (PAGE_SHIFT + 9 * level)) & (PAMT_ENTRIES - 1);

		ref->entry = &page->e[index];
		ref->obj = entry_obj(page, index);
		ref->level = (u8)level;
		sim_point(me, ref->obj, SIM_READ);
		ref->copy = sept_read(ref->entry);
		if (level == ref->want || !(ref->copy & SEPT_RWX) ||
		    sept_kind(sept_state(ref->copy)) != SEPT_KIND_N)
			return;
		page = tdx_control(td->mod, sept_pfn(ref->copy, level));
		SIM_ASSERT(page);
	}
}

enum sept_state tdx_walk_sept(const struct tdx_td *td, gpa_t gpa, int *level, pfn_t *pfn)
{
	const struct sept_page *page = td->root;
	u64 e;

	for (*level = td->top;; (*level)--) {
		e = sept_read(&page->e[gpa >> (PAGE_SHIFT + 9 * *level) & (PAMT_ENTRIES - 1)]);
		if (sept_kind(sept_state(e)) != SEPT_KIND_N)
			break;
		page = tdx_control(td->mod, sept_pfn(e, *level));
	}
	*pfn = sept_kind(sept_state(e)) == SEPT_KIND_L ? sept_pfn(e, *level) : PFN_NONE;
	return sept_state(e);
}

/* --- the entry's lock --- */

static struct lockdep_map entry_map(struct tdx_module *mod, const struct sept_ref *ref)
{
	return (struct lockdep_map){ .class = mod->class_entry, .id = ref->obj,
				     .owner = SIM_NO_TASK };
}

static bool entry_set_lock(struct task *me, u64 *entry)
{
	u64 old = sept_read(entry);

	do {
		if (old & SEPT_TDEL)
			return false;
	} while (!step_try_cmpxchg(me, entry, &old, old | SEPT_TDEL));
	return true;
}

/**
 * sept_trylock_host - one attempt; host priority is set if it fails, cleared if not.
 *
 * Fills ref->copy anew if it succeeds: what was read before may be old.
 */
bool sept_trylock_host(struct task *me, struct tdx_module *mod, struct sept_ref *ref)
{
	struct lockdep_map map = entry_map(mod, ref);

	sim_point(me, ref->obj, SIM_WRITE);
	if (!entry_set_lock(me, ref->entry)) {
		step_or(me, ref->entry, SEPT_TDHP);
		tdx_lock_busy(me, &map, TDX_EXCLUSIVE);
		return false;
	}
	step_and(me, ref->entry, ~SEPT_TDHP);
	tdx_lock_taken(me, &map, TDX_EXCLUSIVE);
	ref->copy = sept_read(ref->entry);
	return true;
}

/**
 * sept_trylock_guest - one attempt; not before a host that has failed.
 *
 * Return: TDX_SUCCESS, TDX_OPERAND_BUSY, TDX_OPERAND_BUSY_HOST_PRIORITY.
 */
u64 sept_trylock_guest(struct task *me, struct tdx_module *mod, struct sept_ref *ref)
{
	struct lockdep_map map = entry_map(mod, ref);
	u64 err = TDX_SUCCESS;

	sim_point(me, ref->obj, SIM_WRITE);
	if (sept_read(ref->entry) & SEPT_TDHP)
		err = TDX_OPERAND_BUSY_HOST_PRIORITY;
	else if (!entry_set_lock(me, ref->entry))
		err = TDX_OPERAND_BUSY;
	if (err) {
		tdx_lock_busy(me, &map, TDX_EXCLUSIVE);
		return err;
	}
	tdx_lock_taken(me, &map, TDX_EXCLUSIVE);
	ref->copy = sept_read(ref->entry);
	return TDX_SUCCESS;
}

void sept_unlock(struct task *me, struct tdx_module *mod, struct sept_ref *ref)
{
	struct lockdep_map map = entry_map(mod, ref);

	tdx_lock_given_up(me, &map);
	step_and(me, ref->entry, ~SEPT_TDEL);
	sim_release_point(me, ref->obj);
}

/* A store of the whole word; old versions forget that a host has failed meanwhile. */
static void entry_store(struct task *me, struct tdx_module *mod, u64 *entry, u64 e)
{
	u64 old = sept_read(entry);

	e &= ~SEPT_TDHP;
	if (mod->cfg.hp_lost) {
		store_release(*entry, e);
		return;
	}
	while (!step_try_cmpxchg(me, entry, &old, e | (old & SEPT_TDHP)))
		;
}

/**
 * sept_store - write the entry, whose lock stays with the caller.
 */
void sept_store(struct task *me, struct tdx_module *mod, struct sept_ref *ref, u64 e)
{
	sim_point(me, ref->obj, SIM_WRITE);
	entry_store(me, mod, ref->entry, e | SEPT_TDEL);
}

/**
 * sept_store_unlock - write the entry and drop its lock with the same store.
 */
void sept_store_unlock(struct task *me, struct tdx_module *mod, struct sept_ref *ref, u64 e)
{
	struct lockdep_map map = entry_map(mod, ref);

	sim_point(me, ref->obj, SIM_WRITE);
	tdx_lock_given_up(me, &map);
	entry_store(me, mod, ref->entry, e & ~SEPT_TDEL);
}
