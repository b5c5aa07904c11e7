/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/tdx/spec_leaves.h - the leaf functions: numbers, lock modes, states in which they work.
 *
 * LEAF(id, name, number, slug, TDR, OP_STATE, tree, entry, PAMT, epoch, global, op_states,
 *      entry_states, cost, inject)
 *
 * Lock columns: N none, S shared, X exclusive, H the S-EPT entry's host lock, G its guest lock, Z
 * the tree's lock in the mode of zero-step mitigation and only for that, P the tree's in the mode
 * the version promotes with.  They say what is held when the leaf takes effect.  "PAMT" is the
 * entry of the pages that the leaf takes or gives back; what walks to it share is not in the table.
 * "global" names the lock that all TDs have in common.
 *
 * op_states: bit n for OP_STATE n; 0 if the leaf does not look at it.  entry_states: bit n for
 * S-EPT state n (spec_sept.h); 0 if it has no entry to look at.  inject: what the leaf answers when
 * it is told to fail by name (fail=seamcall_SLUG), a status that it can give to a correct caller.
 *
 * The code of the leaves takes the two masks from here, the lock modes it writes out; the tests
 * compare.
 *
 * Upstream: intel/tdx-module include/tdx_api_defs.h, include/auto_gen/op_state_lookup.c,
 *           include/auto_gen/sept_state_lookup.c
 * Fidelity: simplified: OP_STATE 11 and 12 are not there, entry states are those of 1.5.28
 */
#ifndef MODEL_TDX_SPEC_LEAVES_H
#define MODEL_TDX_SPEC_LEAVES_H

#define TDX_LEAVES_MEM(LEAF)                                                                       \
	LEAF(MEM_PAGE_ADD, "TDH.MEM.PAGE.ADD", 2, mem_page_add, X, N, N, N, X, N, NONE, 0x002,     \
	     0x0001, tdx_page_add, TDX_OPERAND_BUSY | OPERAND_RDX)                                 \
	LEAF(MEM_SEPT_ADD, "TDH.MEM.SEPT.ADD", 3, mem_sept_add, S, S, S, H, X, N, NONE, 0x3ce,     \
	     0x0005, tdx_sept_add, TDX_OPERAND_BUSY | OPERAND_SEPT_TREE)                           \
	LEAF(MEM_PAGE_RELOCATE, "TDH.MEM.PAGE.RELOCATE", 5, mem_page_relocate, S, S, S, H, X, N,   \
	     NONE, 0x33e, 0xfff0, tdx_page_relocate, TDX_OPERAND_BUSY | OPERAND_RCX)               \
	LEAF(MEM_PAGE_AUG, "TDH.MEM.PAGE.AUG", 6, mem_page_aug, S, S, S, H, X, N, NONE, 0x20e,     \
	     0x0003, tdx_page_aug, TDX_OPERAND_BUSY | OPERAND_SEPT_TREE)                           \
	LEAF(MEM_RANGE_BLOCK, "TDH.MEM.RANGE.BLOCK", 7, mem_range_block, S, S, X, H, N, N, NONE,   \
	     0x33e, 0x1454, tdx_range_block, TDX_OPERAND_BUSY | OPERAND_SEPT_TREE)                 \
	LEAF(MEM_PAGE_DEMOTE, "TDH.MEM.PAGE.DEMOTE", 15, mem_page_demote, S, S, S, H, X, N, NONE,  \
	     0x33e, 0x0c30, tdx_page_demote, TDX_INTERRUPTED_RESTARTABLE)                          \
	LEAF(MEM_PAGE_PROMOTE, "TDH.MEM.PAGE.PROMOTE", 23, mem_page_promote, S, S, P, H, X, N,     \
	     NONE, 0x33e, 0x000c, tdx_page_promote, TDX_INTERRUPTED_RESTARTABLE)                   \
	LEAF(MEM_SEPT_RD, "TDH.MEM.SEPT.RD", 25, mem_sept_rd, S, S, S, H, N, N, NONE, 0x7fe,       \
	     0xffff, tdx_sept_rd, TDX_OPERAND_BUSY | OPERAND_SEPT_TREE)                            \
	LEAF(MEM_PAGE_REMOVE, "TDH.MEM.PAGE.REMOVE", 29, mem_page_remove, S, S, S, H, X, N, NONE,  \
	     0x73e, 0x1c70, tdx_page_remove, TDX_OPERAND_BUSY | OPERAND_RCX)                       \
	LEAF(MEM_SEPT_REMOVE, "TDH.MEM.SEPT.REMOVE", 30, mem_sept_remove, S, S, X, H, X, N, NONE,  \
	     0x7fe, 0x000c, tdx_sept_remove, TDX_OPERAND_BUSY | OPERAND_SEPT_TREE)                 \
	LEAF(MEM_TRACK, "TDH.MEM.TRACK", 38, mem_track, S, S, N, N, N, X, NONE, 0x3fe, 0,          \
	     tdx_track, TDX_OPERAND_BUSY | OPERAND_TD_EPOCH)                                       \
	LEAF(MEM_RANGE_UNBLOCK, "TDH.MEM.RANGE.UNBLOCK", 39, mem_range_unblock, S, S, X, H, N, N,  \
	     NONE, 0x33e, 0x0828, tdx_range_unblock, TDX_OPERAND_BUSY | OPERAND_SEPT_TREE)

#define TDX_LEAVES_TD(LEAF)                                                                        \
	LEAF(MNG_ADDCX, "TDH.MNG.ADDCX", 1, mng_addcx, X, N, N, N, X, N, NONE, 0x001, 0,           \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_RDX)                                          \
	LEAF(MNG_KEY_CONFIG, "TDH.MNG.KEY.CONFIG", 8, mng_key_config, X, N, N, N, N, N, NONE, 0,   \
	     0, tdx_key_config, TDX_KEY_GENERATION_FAILED)                                         \
	LEAF(MNG_CREATE, "TDH.MNG.CREATE", 9, mng_create, X, N, N, N, N, N, KOT, 0, 0,             \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_KOT)                                          \
	LEAF(MR_EXTEND, "TDH.MR.EXTEND", 16, mr_extend, X, N, N, N, N, N, NONE, 0x002, 0x0010,     \
	     tdx_mr_extend, TDX_OPERAND_BUSY | OPERAND_RDX)                                        \
	LEAF(MR_FINALIZE, "TDH.MR.FINALIZE", 17, mr_finalize, X, N, N, N, N, N, NONE, 0x002, 0,    \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_RCX)                                          \
	LEAF(MNG_VPFLUSHDONE, "TDH.MNG.VPFLUSHDONE", 19, mng_vpflushdone, X, N, N, N, N, N, KOT,   \
	     0, 0, tdx_control, TDX_OPERAND_BUSY | OPERAND_KOT)                                    \
	LEAF(MNG_KEY_FREEID, "TDH.MNG.KEY.FREEID", 20, mng_key_freeid, X, N, N, N, N, N, KOT, 0,   \
	     0, tdx_control, TDX_OPERAND_BUSY | OPERAND_KOT)                                       \
	LEAF(MNG_INIT, "TDH.MNG.INIT", 21, mng_init, X, N, N, N, N, N, NONE, 0x001, 0,             \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_RCX)                                          \
	LEAF(MNG_KEY_RECLAIMID, "TDH.MNG.KEY.RECLAIMID", 27, mng_key_reclaimid, N, N, N, N, N, N,  \
	     NONE, 0, 0, tdx_control, TDX_OPERAND_BUSY | OPERAND_RCX)

#define TDX_LEAVES_VP(LEAF)                                                                        \
	LEAF(VP_ENTER, "TDH.VP.ENTER", 0, vp_enter, S, N, Z, N, S, N, NONE, 0x20c, 0,              \
	     tdx_vp_enter, TDX_OPERAND_BUSY | OPERAND_TD_EPOCH)                                    \
	LEAF(VP_ADDCX, "TDH.VP.ADDCX", 4, vp_addcx, S, S, N, N, X, N, NONE, 0x082, 0,              \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_TDR)                                          \
	LEAF(VP_CREATE, "TDH.VP.CREATE", 10, vp_create, S, S, N, N, X, N, NONE, 0x082, 0,          \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_RDX)                                          \
	LEAF(VP_FLUSH, "TDH.VP.FLUSH", 18, vp_flush, S, N, N, N, X, N, NONE, 0, 0,                 \
	     tdx_vp_flush, TDX_OPERAND_BUSY | OPERAND_TDR)                                         \
	LEAF(VP_INIT, "TDH.VP.INIT", 22, vp_init, S, S, N, N, X, N, NONE, 0x002, 0,                \
	     tdx_control, TDX_OPERAND_BUSY | OPERAND_TDR)

#define TDX_LEAVES_PHYMEM(LEAF)                                                                    \
	LEAF(PHYMEM_PAGE_RECLAIM, "TDH.PHYMEM.PAGE.RECLAIM", 28, phymem_page_reclaim, S, N, N, N,  \
	     X, N, NONE, 0, 0, tdx_page_reclaim, TDX_OPERAND_BUSY | OPERAND_RCX)                   \
	LEAF(PHYMEM_CACHE_WB, "TDH.PHYMEM.CACHE.WB", 40, phymem_cache_wb, N, N, N, N, N, N,        \
	     WBCACHE, 0, 0, tdx_cache_wb, TDX_INTERRUPTED_RESUMABLE)                               \
	LEAF(PHYMEM_PAGE_WBINVD, "TDH.PHYMEM.PAGE.WBINVD", 41, phymem_page_wbinvd, N, N, N, N, S,  \
	     N, NONE, 0, 0, tdx_page_wbinvd, TDX_OPERAND_BUSY | OPERAND_RCX)                       \
	LEAF(PHYMEM_PAMT_ADD, "TDH.PHYMEM.PAMT.ADD", 58, phymem_pamt_add, N, N, N, N, X, N, NONE,  \
	     0, 0, tdx_pamt_add, TDX_OPERAND_BUSY | OPERAND_RCX)                                   \
	LEAF(PHYMEM_PAMT_REMOVE, "TDH.PHYMEM.PAMT.REMOVE", 59, phymem_pamt_remove, N, N, N, N, X,  \
	     N, NONE, 0, 0, tdx_pamt_remove, TDX_OPERAND_BUSY | OPERAND_RCX)

#define TDX_LEAVES(LEAF)                                                                           \
	TDX_LEAVES_MEM(LEAF)                                                                       \
	TDX_LEAVES_TD(LEAF)                                                                        \
	TDX_LEAVES_VP(LEAF)                                                                        \
	TDX_LEAVES_PHYMEM(LEAF)

/* The guest's: LEAF as above; the number is TDCALL's. */
#define TDX_GUEST_LEAVES(LEAF)                                                                     \
	LEAF(VP_VMCALL, "TDG.VP.VMCALL", 0, tdg_vp_vmcall, N, N, N, N, N, N, NONE, 0, 0,           \
	     tdx_tdcall, TDX_OPERAND_INVALID | OPERAND_RCX)                                        \
	LEAF(MEM_PAGE_ACCEPT, "TDG.MEM.PAGE.ACCEPT", 6, tdg_mem_page_accept, N, N, N, G, N, N,     \
	     NONE, 0, 0x4400, tdx_accept_page, TDX_OPERAND_BUSY | OPERAND_RCX)

enum tdx_lock_column { TDX_LOCK_N, TDX_LOCK_S, TDX_LOCK_X, TDX_LOCK_H, TDX_LOCK_G, TDX_LOCK_Z,
		       TDX_LOCK_P };
enum tdx_global_column { TDX_GLOBAL_NONE, TDX_GLOBAL_KOT, TDX_GLOBAL_WBCACHE };

/* Indices of the tables; the numbers that calls are made with are TDH_* and TDG_*. */
enum tdx_leaf_index {
#define LEAF(id, ...) TDX_LEAF_##id,
	TDX_LEAVES(LEAF)
	NR_TDX_LEAVES
#undef LEAF
};

enum tdx_seamcall_number {
#define LEAF(id, name, number, ...) TDH_##id = number,
	TDX_LEAVES(LEAF)
#undef LEAF
};

enum tdx_guest_leaf_index {
#define LEAF(id, ...) TDX_GUEST_LEAF_##id,
	TDX_GUEST_LEAVES(LEAF)
	NR_TDX_GUEST_LEAVES
#undef LEAF
};

enum tdx_tdcall_number {
#define LEAF(id, name, number, ...) TDG_##id = number,
	TDX_GUEST_LEAVES(LEAF)
#undef LEAF
};

#endif
