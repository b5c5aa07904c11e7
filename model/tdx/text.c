// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/text.c - the tables of leaves, in words.
 *
 * Invariant: nothing is said here that is not in spec_leaves.h or spec_sept.h.
 */
#include "model/seamcalls.h"

#include <stdio.h>
#include <string.h>

#include "model/tdx/internal.h"

static void append(char *to, size_t size, const char *separator, const char *word)
{
	size_t len = strlen(to);

	snprintf(to + len, size - len, "%s%s", len ? separator : "", word);
}

static void append_lock(struct seamcall_text *t, const char *lock, u8 mode)
{
	static const char *const names[] = {
		[TDX_LOCK_S] = "S", [TDX_LOCK_X] = "X", [TDX_LOCK_H] = "host",
		[TDX_LOCK_G] = "guest", [TDX_LOCK_Z] = "zero-step", [TDX_LOCK_P] = "X",
	};
	char word[32];

	if (mode == TDX_LOCK_N)
		return;
	snprintf(word, sizeof(word), "%s=%s", lock, names[mode]);
	append(t->locks, sizeof(t->locks), " ", word);
}

static void locks_text(const struct tdx_leaf_desc *d, struct seamcall_text *t)
{
	append_lock(t, "tdr", d->tdr);
	append_lock(t, "op_state", d->op_state);
	append_lock(t, "tree", d->tree);
	append_lock(t, "entry", d->entry);
	append_lock(t, "pamt", d->pamt);
	append_lock(t, "epoch", d->epoch);
	if (d->global == TDX_GLOBAL_KOT)
		append_lock(t, "kot", TDX_LOCK_X);
	if (d->global == TDX_GLOBAL_WBCACHE) {
		append_lock(t, "wbcache", TDX_LOCK_X);
		append_lock(t, "kot", TDX_LOCK_S);
	}
}

/* Names with commas; three and more in a row as first..last. */
static void entry_states_text(const struct tdx_leaf_desc *d, struct seamcall_text *t)
{
	u32 last;

	for (u32 s = 0; s < NR_SEPT_STATES; s++) {
		if (!(d->entry_states >> s & 1))
			continue;
		append(t->entry_states, sizeof(t->entry_states), ",",
		       sept_state_name((enum sept_state)s));
		for (last = s; last + 1 < NR_SEPT_STATES && d->entry_states >> (last + 1) & 1;)
			last++;
		if (last < s + 2)
			continue;
		append(t->entry_states, sizeof(t->entry_states), "..",
		       sept_state_name((enum sept_state)last));
		s = last;
	}
}

bool seamcall_text(u32 i, struct seamcall_text *t)
{
	const struct tdx_leaf_desc *d;
	char number[8];

	if (i >= NR_TDX_LEAVES + NR_TDX_GUEST_LEAVES)
		return false;
	d = i < NR_TDX_LEAVES ? &tdx_leaf_descs[i] : &tdx_guest_leaf_descs[i - NR_TDX_LEAVES];
	*t = (struct seamcall_text){ .name = d->name };
	snprintf(t->number, sizeof(t->number), "%u", d->number & 0xffff);
	locks_text(d, t);
	for (u32 s = 0; s < NR_OP_STATES; s++) {
		snprintf(number, sizeof(number), "%u", s);
		if (d->op_states >> s & 1)
			append(t->op_states, sizeof(t->op_states), ",", number);
	}
	entry_states_text(d, t);
	return true;
}
