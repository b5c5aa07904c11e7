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
	*t = (struct seamcall_text){ .name = d->name, .slug = d->slug };
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

int seamcall_by_name(const char *name)
{
	const struct tdx_leaf_desc *d;

	for (int i = 0; i < NR_TDX_LEAVES + NR_TDX_GUEST_LEAVES; i++) {
		d = i < NR_TDX_LEAVES ? &tdx_leaf_descs[i] :
					&tdx_guest_leaf_descs[i - NR_TDX_LEAVES];
		if (strcmp(d->name, name) == 0 || strcmp(d->slug, name) == 0)
			return i;
	}
	return -1;
}

static const struct {
	const char *name;
	u64 value;
} statuses[] = {
#define ST(name, value) { #name, value##ull },
	TDX_STATUSES(ST)
#undef ST
	{ "TDVMCALL_STATUS_SUCCESS", 0 },
	{ "TDVMCALL_STATUS_RETRY", 1 },
	{ "TDVMCALL_STATUS_INVALID_OPERAND", 0x8000000000000000ull },
	{ "TDVMCALL_STATUS_ALIGN_ERROR", 0x8000000000000002ull },
	{ "TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED", 0x8000000000000003ull },
};

bool tdx_status_text(u32 i, const char **name, u64 *value)
{
	if (i >= ARRAY_SIZE(statuses))
		return false;
	*name = statuses[i].name;
	*value = statuses[i].value;
	return true;
}

enum seamcall_operand seamcall_operand(u32 i)
{
	if (i >= NR_TDX_LEAVES)
		return SEAMCALL_OTHER;
	switch ((enum tdx_leaf_index)i) {
	case TDX_LEAF_MEM_TRACK:
	case TDX_LEAF_MNG_ADDCX:
	case TDX_LEAF_MNG_KEY_CONFIG:
	case TDX_LEAF_MR_FINALIZE:
	case TDX_LEAF_MNG_VPFLUSHDONE:
	case TDX_LEAF_MNG_KEY_FREEID:
	case TDX_LEAF_MNG_INIT:
		return SEAMCALL_TD;
	case TDX_LEAF_PHYMEM_PAGE_RECLAIM:
	case TDX_LEAF_PHYMEM_PAGE_WBINVD:
	case TDX_LEAF_PHYMEM_PAMT_ADD:
	case TDX_LEAF_PHYMEM_PAMT_REMOVE:
		return SEAMCALL_PAGE;
	case TDX_LEAF_MR_EXTEND:
		return SEAMCALL_GPA;
	default:
		return strncmp(tdx_leaf_descs[i].name, "TDH.MEM.", 8) ? SEAMCALL_OTHER :
									SEAMCALL_GPA;
	}
}

u64 seamcall_gpa(gpa_t gpa, u64 bytes)
{
	return gpa | (u64)(__builtin_ctzll(bytes) - PAGE_SHIFT) / 9;
}
