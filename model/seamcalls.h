/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/seamcalls.h - the TDX module's leaf functions as text, for `gmemsim list seamcalls`.
 */
#ifndef MODEL_SEAMCALLS_H
#define MODEL_SEAMCALLS_H

#include "sim/types.h"

struct seamcall_text {
	/* written by seamcall_text() */
	const char *name;
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

#endif
