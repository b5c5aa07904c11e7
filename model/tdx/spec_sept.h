/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/tdx/spec_sept.h - S-EPT entry states, and what each leaf makes of each of them.
 *
 * STATE(name, number, encoding, public, kind, flags): @encoding is 7 bits of the entry (D, TDEX,
 * TDBW, TDB, TDP, IPAT, PS), @public what leaves the module in RDX, @kind F nothing there, N a
 * table, L a page.
 *
 * ROW(leaf, level, context, 16 cells): what the leaf answers for an entry at @level that is in
 * each state, in the order of the states.  A cell is the state the entry is in after success, or a
 * lower-case status, and then nothing has changed:
 *	st TDX_EPT_ENTRY_STATE_INCORRECT	bl TDX_GPA_RANGE_ALREADY_BLOCKED
 *	nb TDX_GPA_RANGE_NOT_BLOCKED		nt TDX_TLB_TRACKING_NOT_DONE
 *	np TDX_EPT_ENTRY_NOT_PRESENT		wf TDX_EPT_WALK_FAILED
 *	sm TDX_PAGE_SIZE_MISMATCH		aa TDX_PAGE_ALREADY_ACCEPTED
 *	ex the guest exits (EPT violation)	xx cannot be: no entry of that level is so
 * Contexts: BUILD before MR.FINALIZE; RUN at run time, the entry blocked, if it is, in an earlier
 * epoch that everybody has left; UNTRACKED the same without the TRACK.
 *
 * Only tests and `list seamcalls` read the rows: the leaves' code does not.
 *
 * Upstream: intel/tdx-module include/auto_gen/sept_state_lookup.c (1.5.28: 16 states)
 * Fidelity: simplified: no states of non-blocking export, no aliases of L2 guests
 */
#ifndef MODEL_TDX_SPEC_SEPT_H
#define MODEL_TDX_SPEC_SEPT_H

#define SEPT_F_TRACK   1u  /* removal at run time needs block and track */
#define SEPT_F_BLOCKED 2u  /* any *_BLOCKED */
#define SEPT_F_GUEST   4u  /* a leaf the guest may use */
#define SEPT_F_PENDING 8u  /* not accepted yet */
#define SEPT_F_MERGE   16u /* PROMOTE takes such children: mapped or pending, nothing else */

#define SEPT_STATES(STATE)                                                                         \
	STATE(FREE, 0, 0x0e, 0, F, 0)                                                              \
	STATE(REMOVED, 1, 0x0c, 5, F, 0)                                                           \
	STATE(NL_MAPPED, 2, 0x00, 132, N, SEPT_F_TRACK)                                            \
	STATE(NL_BLOCKED, 3, 0x08, 129, N, SEPT_F_TRACK | SEPT_F_BLOCKED)                          \
	STATE(MAPPED, 4, 0x60, 4, L, SEPT_F_TRACK | SEPT_F_GUEST | SEPT_F_MERGE)                   \
	STATE(BLOCKED, 5, 0x68, 1, L, SEPT_F_TRACK | SEPT_F_BLOCKED)                               \
	STATE(BLOCKEDW, 6, 0x64, 8, L, SEPT_F_TRACK | SEPT_F_GUEST)                                \
	STATE(EXPORTED_BLOCKEDW, 7, 0x66, 9, L, SEPT_F_GUEST)                                      \
	STATE(EXPORTED_DIRTY, 8, 0x63, 11, L, SEPT_F_TRACK | SEPT_F_GUEST)                         \
	STATE(EXPORTED_DIRTY_BLOCKEDW, 9, 0x67, 12, L, SEPT_F_TRACK | SEPT_F_GUEST)                \
	STATE(PENDING, 10, 0x70, 2, L, SEPT_F_TRACK | SEPT_F_PENDING | SEPT_F_MERGE)               \
	STATE(PENDING_BLOCKED, 11, 0x78, 3, L, SEPT_F_TRACK | SEPT_F_BLOCKED | SEPT_F_PENDING)     \
	STATE(PENDING_BLOCKEDW, 12, 0x74, 16, L, SEPT_F_TRACK | SEPT_F_PENDING)                    \
	STATE(PENDING_EXPORTED_BLOCKEDW, 13, 0x76, 17, L, SEPT_F_PENDING)                          \
	STATE(PENDING_EXPORTED_DIRTY, 14, 0x73, 19, L, SEPT_F_TRACK | SEPT_F_PENDING)              \
	STATE(PENDING_EXPORTED_DIRTY_BLOCKEDW, 15, 0x77, 20, L, SEPT_F_TRACK | SEPT_F_PENDING)

enum sept_state {
#define STATE(name, ...) SEPT_##name,
	SEPT_STATES(STATE)
	NR_SEPT_STATES
#undef STATE
};

enum sept_kind { SEPT_KIND_F, SEPT_KIND_N, SEPT_KIND_L };

enum sept_context { SEPT_BUILD, SEPT_RUN, SEPT_UNTRACKED };

/* Cells that are no state. */
enum sept_cell {
	SEPT_CELL_st = NR_SEPT_STATES, SEPT_CELL_bl, SEPT_CELL_nb, SEPT_CELL_nt, SEPT_CELL_np,
	SEPT_CELL_wf, SEPT_CELL_sm, SEPT_CELL_aa, SEPT_CELL_ex, SEPT_CELL_xx,
	/* the states by their initials, as the rows write them */
	SEPT_CELL_F = SEPT_FREE, SEPT_CELL_R = SEPT_REMOVED, SEPT_CELL_N = SEPT_NL_MAPPED,
	SEPT_CELL_NB = SEPT_NL_BLOCKED, SEPT_CELL_M = SEPT_MAPPED, SEPT_CELL_B = SEPT_BLOCKED,
	SEPT_CELL_W = SEPT_BLOCKEDW, SEPT_CELL_EW = SEPT_EXPORTED_BLOCKEDW,
	SEPT_CELL_ED = SEPT_EXPORTED_DIRTY, SEPT_CELL_EDW = SEPT_EXPORTED_DIRTY_BLOCKEDW,
	SEPT_CELL_P = SEPT_PENDING, SEPT_CELL_PB = SEPT_PENDING_BLOCKED,
	SEPT_CELL_PW = SEPT_PENDING_BLOCKEDW, SEPT_CELL_PEW = SEPT_PENDING_EXPORTED_BLOCKEDW,
	SEPT_CELL_PED = SEPT_PENDING_EXPORTED_DIRTY,
	SEPT_CELL_PEDW = SEPT_PENDING_EXPORTED_DIRTY_BLOCKEDW,
};

/* columns: F R N NB | M B W EW ED EDW | P PB PW PEW PED PEDW */
#define SEPT_ROWS_SEAMCALL(ROW)                                                                    \
	ROW(MEM_PAGE_ADD, 0, BUILD, M, st, xx, xx, st, st, st, st, st, st, st, st, st, st, st, st) \
	ROW(MEM_SEPT_ADD, 1, BUILD, N, st, st, st, st, st, st, st, st, st, st, st, st, st, st, st) \
	ROW(MEM_SEPT_ADD, 1, RUN, N, st, st, st, st, st, st, st, st, st, st, st, st, st, st, st)   \
	ROW(MEM_PAGE_AUG, 0, RUN, P, P, xx, xx, st, st, st, st, st, st, st, st, st, st, st, st)    \
	ROW(MEM_PAGE_AUG, 1, RUN, P, P, st, st, st, st, st, st, st, st, st, st, st, st, st, st)    \
	ROW(MEM_PAGE_AUG, 1, BUILD, P, P, st, st, st, st, st, st, st, st, st, st, st, st, st, st)  \
	ROW(MEM_RANGE_BLOCK, 0, RUN, st, st, xx, xx, B, bl, B, st, st, st, PB, bl, PB, st, st, st) \
	ROW(MEM_RANGE_BLOCK, 1, RUN, st, st, NB, bl, B, bl, B, st, st, st, PB, bl, PB, st, st, st) \
	ROW(MEM_RANGE_UNBLOCK, 0, RUN, st, st, xx, xx, st, M, st, st, st, st, st, P, st, st, st,   \
	    st)                                                                                    \
	ROW(MEM_RANGE_UNBLOCK, 1, RUN, st, st, st, N, st, M, st, st, st, st, st, P, st, st, st,    \
	    st)                                                                                    \
	ROW(MEM_RANGE_UNBLOCK, 1, UNTRACKED, st, st, st, nt, st, nt, st, st, st, st, st, nt, st,   \
	    st, st, st)                                                                            \
	ROW(MEM_RANGE_UNBLOCK, 1, BUILD, st, st, st, N, st, M, st, st, st, st, st, P, st, st, st,  \
	    st)                                                                                    \
	ROW(MEM_PAGE_REMOVE, 0, RUN, st, st, xx, xx, nb, F, nb, st, st, st, nb, F, nb, st, st, st) \
	ROW(MEM_PAGE_REMOVE, 1, RUN, st, st, st, st, nb, F, nb, st, st, st, nb, F, nb, st, st, st) \
	ROW(MEM_PAGE_REMOVE, 1, UNTRACKED, st, st, st, st, nb, nt, nb, st, st, st, nb, nt, nb, st, \
	    st, st)                                                                                \
	ROW(MEM_PAGE_REMOVE, 0, BUILD, st, st, xx, xx, F, F, F, st, st, st, F, F, F, st, st, st)   \
	ROW(MEM_SEPT_REMOVE, 1, RUN, st, st, nb, F, st, st, st, st, st, st, st, st, st, st, st,    \
	    st)                                                                                    \
	ROW(MEM_SEPT_REMOVE, 1, UNTRACKED, st, st, nb, nt, st, st, st, st, st, st, st, st, st, st, \
	    st, st)                                                                                \
	ROW(MEM_SEPT_REMOVE, 1, BUILD, st, st, F, F, st, st, st, st, st, st, st, st, st, st, st,   \
	    st)                                                                                    \
	ROW(MEM_PAGE_DEMOTE, 1, RUN, st, st, st, st, nb, N, st, st, st, st, nb, N, st, st, st, st) \
	ROW(MEM_PAGE_DEMOTE, 1, UNTRACKED, st, st, st, st, nb, nt, st, st, st, st, nb, nt, st, st, \
	    st, st)                                                                                \
	ROW(MEM_PAGE_DEMOTE, 1, BUILD, st, st, st, st, N, N, st, st, st, st, N, N, st, st, st, st) \
	ROW(MEM_PAGE_PROMOTE, 1, RUN, st, st, nb, M, st, st, st, st, st, st, st, st, st, st, st,   \
	    st)                                                                                    \
	ROW(MEM_PAGE_PROMOTE, 1, UNTRACKED, st, st, nb, nt, st, st, st, st, st, st, st, st, st,    \
	    st, st, st)                                                                            \
	ROW(MEM_PAGE_RELOCATE, 0, RUN, st, st, xx, xx, nb, M, nb, EW, nb, nb, nb, P, nb, PEW, nb,  \
	    nb)                                                                                    \
	ROW(MEM_PAGE_RELOCATE, 0, UNTRACKED, st, st, xx, xx, nb, nt, nb, EW, nb, nb, nb, nt, nb,   \
	    PEW, nb, nb)                                                                           \
	ROW(MEM_PAGE_RELOCATE, 0, BUILD, st, st, xx, xx, M, M, W, EW, ED, EDW, P, P, PW, PEW, PED, \
	    PEDW)                                                                                  \
	ROW(MEM_SEPT_RD, 0, RUN, F, R, xx, xx, M, B, W, EW, ED, EDW, P, PB, PW, PEW, PED, PEDW)    \
	ROW(MEM_SEPT_RD, 1, RUN, F, R, N, NB, M, B, W, EW, ED, EDW, P, PB, PW, PEW, PED, PEDW)     \
	ROW(MR_EXTEND, 0, BUILD, np, np, xx, xx, M, np, np, np, np, np, np, np, np, np, np, np)

#define SEPT_ROWS_TDCALL(ROW)                                                                      \
	ROW(MEM_PAGE_ACCEPT, 0, RUN, ex, sm, xx, xx, aa, ex, aa, aa, aa, aa, M, ex, ex, ex, ED,    \
	    ex)                                                                                    \
	ROW(MEM_PAGE_ACCEPT, 1, RUN, ex, sm, sm, sm, aa, ex, aa, aa, aa, aa, M, ex, ex, ex, ED,    \
	    ex)

#endif
