// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks: the words themselves, what each leaf holds when it takes effect, and who can be told that
 * something is busy because of whom.
 *
 * A leaf's cost is charged while it has all its locks, so a second task that looks, or calls, in
 * the middle of it sees what others would see.  Expectations come from the table of lock modes
 * (spec_leaves.h); that they agree with what is published about the module is test_published.
 */
#include "tests/unit/tdx_calls.h"

#define HOLD_NS 10000u
#define SLOT_NS 1000000u /* one experiment after the other */

static void cost_set(struct tx *x, enum cost_id id, u64 ns)
{
	x->mcfg.costs.dist[id] = (struct sim_dist){ .kind = DIST_CONST, .a_ns = ns };
}

/* Leaves take their time with their locks held; VP.ENTER only at @enter. */
static void costs(struct tx *x, enum cost_id enter)
{
	for (u32 i = 0; i < NR_TDX_LEAVES; i++)
		cost_set(x, tdx_leaf_descs[i].cost, HOLD_NS);
	cost_set(x, COST_tdx_vp_enter, 0);
	cost_set(x, COST_tdx_cache_wb, HOLD_NS / WBCACHE_BLOCKS);
	cost_set(x, enter, HOLD_NS);
}

static u64 experiment_ns(u32 n)
{
	return (u64)SLOT_NS * (n + 1);
}

/* --- the words --- */

static void words(struct task *me, void *arg)
{
	struct tx *x = arg;
	u16 w = 0;

	TX_CHECK(x, sharex_try_word(me, &w, TDX_SHARED, true) && w == SHAREX_READER);
	TX_CHECK(x, sharex_try_word(me, &w, TDX_SHARED, true) && w == 2 * SHAREX_READER);
	TX_CHECK(x, !sharex_promote_word(me, &w) && w == (2 * SHAREX_READER | SHAREX_HP));
	sharex_release_word(me, &w, TDX_SHARED);
	TX_CHECK(x, sharex_promote_word(me, &w) && w == SHAREX_EX);
	/* a reader that fails leaves its count and the host's priority; the count goes */
	TX_CHECK(x, !sharex_try_word(me, &w, TDX_SHARED, true));
	TX_CHECK(x, w == (SHAREX_EX | SHAREX_HP | SHAREX_READER));
	TX_CHECK(x, !sharex_try_word(me, &w, TDX_EXCLUSIVE, true));
	sharex_release_word(me, &w, TDX_EXCLUSIVE);
	TX_CHECK(x, w == SHAREX_HP);
	/* a host that gets in, in whatever mode, clears it */
	TX_CHECK(x, sharex_try_word(me, &w, TDX_SHARED, true) && w == SHAREX_READER);
	sharex_release_word(me, &w, TDX_SHARED);
	w = SHAREX_HP | SHAREX_READER;
	TX_CHECK(x, sharex_promote_word(me, &w) && w == SHAREX_EX);
	w = SHAREX_HP;
	TX_CHECK(x, sharex_try_word(me, &w, TDX_EXCLUSIVE, true) && w == SHAREX_EX);
	sharex_release_word(me, &w, TDX_EXCLUSIVE);
	TX_CHECK(x, w == 0);
	/* without priority nothing is remembered */
	TX_CHECK(x, sharex_try_word(me, &w, TDX_EXCLUSIVE, false));
	TX_CHECK(x, !sharex_try_word(me, &w, TDX_EXCLUSIVE, false) && w == SHAREX_EX);
	sharex_release_word(me, &w, TDX_EXCLUSIVE);
	TX_CHECK(x, w == 0);
}

static void test_words(void **state)
{
	struct tx x;

	tx_init(&x);
	tx_start(&x);
	tx_task(&x, "words", words);
	tx_finish(&x);
}

/* --- what each leaf holds --- */

struct modes {
	/* by the observer */
	u8 tdr, op_state, tree, entry, pamt, epoch, kot, wbcache;
};

struct locks {
	struct tx x;
	struct task *caller;
	struct modes seen[NR_TDX_LEAVES];
};

/* Of S and X, the stronger. */
static void note(u8 *mode, const struct held_lock *h)
{
	*mode = max(*mode, h->mode == LOCK_WRITE ? TDX_LOCK_X : TDX_LOCK_S);
}

static void look(const struct task *t, struct modes *m)
{
	for (u32 i = 0; i < t->nr_held; i++) {
		const struct held_lock *h = &t->held[i];
		const char *name = h->class->name;

		if (!strcmp(name, "tdx:tdr"))
			note(&m->tdr, h);
		else if (!strcmp(name, "tdx:tdcs_op_state"))
			note(&m->op_state, h);
		else if (!strcmp(name, "tdx:sept_tree"))
			note(&m->tree, h);
		else if (!strcmp(name, "tdx:sept_entry"))
			m->entry = TDX_LOCK_H;
		else if (!strcmp(name, "tdx:tdcs_epoch"))
			note(&m->epoch, h);
		else if (!strcmp(name, "tdx:kot"))
			note(&m->kot, h);
		else if (!strcmp(name, "tdx:wbcache"))
			note(&m->wbcache, h);
		else if (!strcmp(name, "tdx:tdvpr"))
			note(&m->pamt, h);
		/* what a walk shares on its way down is not the page's own entry */
		else if (!strcmp(name, "tdx:pamt") && (h->mode == LOCK_WRITE || h->id >> 30 == 3))
			note(&m->pamt, h);
	}
}

static void modes_caller(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct td_env env;
	struct td_call c;

	for (u32 i = 0; i < NR_TDX_LEAVES; i++) {
		tx_env(me, x, tx_stage_of((enum tdx_leaf_index)i), &env);
		tx_args(me, x, &env, (enum tdx_leaf_index)i, 0, &c);
		sim_sleep_until(me, experiment_ns(i));
		TX_OK(x, tx_do(me, x, &c));
		if (i == TDX_LEAF_VP_ENTER)
			tx_exit(me, x, env.vp[0]);
		TX_CHECK(x, me->nr_held == 0);
		sim_sleep_until(me, experiment_ns(i) + 2 * HOLD_NS);
	}
}

static void modes_observer(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct locks *l = container_of(x, struct locks, x);

	for (u32 i = 0; i < NR_TDX_LEAVES; i++) {
		sim_sleep_until(me, experiment_ns(i) + HOLD_NS / 2);
		look(l->caller, &l->seen[i]);
	}
}

static u32 check_column(const struct tdx_leaf_desc *d, const char *column, u8 want, u8 got)
{
	if (want == got)
		return 0;
	print_error("%s: %s is held in mode %d, table says %d\n", d->name, column, got, want);
	return 1;
}

static u32 check_modes(const struct tdx_leaf_desc *d, const struct modes *m, bool promote_shared)
{
	u8 tree = d->tree, kot, wbcache;
	u32 bad = 0;

	if (tree == TDX_LOCK_Z)
		tree = TDX_LOCK_N;
	if (tree == TDX_LOCK_P)
		tree = promote_shared ? TDX_LOCK_S : TDX_LOCK_X;
	kot = d->global == TDX_GLOBAL_KOT ? TDX_LOCK_X : TDX_LOCK_N;
	wbcache = TDX_LOCK_N;
	if (d->global == TDX_GLOBAL_WBCACHE) {
		wbcache = TDX_LOCK_X;
		kot = TDX_LOCK_S;
	}
	bad += check_column(d, "tdr", d->tdr, m->tdr);
	bad += check_column(d, "op_state", d->op_state, m->op_state);
	bad += check_column(d, "tree", tree, m->tree);
	bad += check_column(d, "entry", d->entry, m->entry);
	bad += check_column(d, "pamt", d->pamt, m->pamt);
	bad += check_column(d, "epoch", d->epoch, m->epoch);
	bad += check_column(d, "kot", kot, m->kot);
	bad += check_column(d, "wbcache", wbcache, m->wbcache);
	return bad;
}

static void test_modes(void **state)
{
	for (int old = 0; old < 2; old++) {
		struct locks l = { 0 };
		u32 bad = 0;

		tx_init(&l.x);
		l.x.tcfg.dynamic_pamt = true;
		l.x.tcfg.promote_shared = old;
		costs(&l.x, COST_tdx_vp_enter);
		tx_start(&l.x);
		l.caller = tx_task(&l.x, "caller", modes_caller);
		tx_task(&l.x, "observer", modes_observer);
		tx_run(&l.x);
		for (u32 i = 0; i < NR_TDX_LEAVES; i++)
			bad += check_modes(&tdx_leaf_descs[i], &l.seen[i], old);
		print_message("# lock modes: %u cells exercised, %u wrong\n", 8 * NR_TDX_LEAVES,
			      bad);
		assert_int_equal(bad, 0);
		tx_silent(&l.x);
		sim_destroy(l.x.sim);
	}
}

/* --- who is busy because of whom --- */

enum where { OTHER_GPA, SAME_4K, SAME_2M, NR_WHERE };

/* One holder against all losers. */
struct pairs {
	struct tx x;
	enum where where;
	u32 holder;
	struct td_call first, second;
	u64 got[NR_TDX_LEAVES]; /* by loser */
};

static bool has_entry(u32 leaf)
{
	return tdx_leaf_descs[leaf].entry == TDX_LOCK_H;
}

static bool takes_level(u32 leaf, enum where where)
{
	switch (leaf) {
	case TDX_LEAF_MEM_PAGE_RELOCATE:
		return where == SAME_4K;
	case TDX_LEAF_MEM_SEPT_ADD:
	case TDX_LEAF_MEM_SEPT_REMOVE:
	case TDX_LEAF_MEM_PAGE_DEMOTE:
	case TDX_LEAF_MEM_PAGE_PROMOTE:
		return where == SAME_2M;
	default:
		return has_entry(leaf);
	}
}

/* Two leaves that cannot be called on one entry do not meet there. */
static bool wanted(const struct pairs *p, u32 loser)
{
	return p->where == OTHER_GPA ||
	       (takes_level(loser, p->where) && takes_level(p->holder, p->where));
}

static void pairs_holder(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct pairs *p = container_of(x, struct pairs, x);
	enum tdx_leaf_index h = (enum tdx_leaf_index)p->holder;
	struct tdx_module_args a;
	struct td_env env;

	for (u32 l = 0; l < NR_TDX_LEAVES; l++) {
		if (!wanted(p, l))
			continue;
		tx_env(me, x, tx_stage_of(h), &env);
		tx_args(me, x, &env, h, 0, &p->first);
		tx_args(me, x, &env, (enum tdx_leaf_index)l, 1, &p->second);
		if (p->where != OTHER_GPA)
			p->second.a.rcx = p->first.a.rcx;
		sim_sleep_until(me, experiment_ns(l));
		a = p->first.a;
		TX_OK(x, seamcall_on(me, x->mod, TX_LP, p->first.leaf, &a));
		if (h == TDX_LEAF_VP_ENTER)
			tx_exit(me, x, env.vp[0]);
		sim_sleep_until(me, experiment_ns(l) + 3 * HOLD_NS);
	}
}

static void pairs_loser(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct pairs *p = container_of(x, struct pairs, x);
	struct tdx_module_args a;

	for (u32 l = 0; l < NR_TDX_LEAVES; l++) {
		if (!wanted(p, l))
			continue;
		sim_sleep_until(me, experiment_ns(l) + HOLD_NS / 2);
		a = p->second.a;
		p->got[l] = seamcall_on(me, x->mod, TX_LP, p->second.leaf, &a);
		if (p->second.leaf == TDH_VP_ENTER && !p->got[l])
			tdx_td_exit(me, tdx_vp_find(x->mod, (pfn_t)(p->second.a.rcx >> 12)),
				    EXIT_REASON_HLT);
	}
}

static bool clash(u8 a, u8 b)
{
	return a != TDX_LOCK_N && b != TDX_LOCK_N && (a == TDX_LOCK_X || b == TDX_LOCK_X);
}

static u8 tree_mode(const struct tdx_leaf_desc *d)
{
	if (d->tree == TDX_LOCK_Z)
		return TDX_LOCK_N;
	return d->tree == TDX_LOCK_P ? TDX_LOCK_X : d->tree;
}

/* The operand a leaf has its TDR in. */
static u32 tdr_operand(u32 leaf)
{
	switch (leaf) {
	case TDX_LEAF_VP_ENTER:
	case TDX_LEAF_VP_ADDCX:
	case TDX_LEAF_VP_FLUSH:
	case TDX_LEAF_VP_INIT:
	case TDX_LEAF_PHYMEM_PAGE_RECLAIM:
		return OPERAND_TDR;
	case TDX_LEAF_MEM_TRACK:
	case TDX_LEAF_MNG_KEY_CONFIG:
	case TDX_LEAF_MNG_INIT:
	case TDX_LEAF_MNG_VPFLUSHDONE:
	case TDX_LEAF_MNG_KEY_FREEID:
	case TDX_LEAF_MR_FINALIZE:
		return OPERAND_RCX;
	default:
		return OPERAND_RDX;
	}
}

/* MNG.CREATE has a TDR of its own. */
static u8 tdr_mode(u32 leaf)
{
	return leaf == TDX_LEAF_MNG_CREATE ? TDX_LOCK_N : tdx_leaf_descs[leaf].tdr;
}

/* Some leaves find the TDR through a page of the TD, which is not there at each of its stages. */
static bool finds_tdr(u32 loser, u32 holder)
{
	enum td_stage stage = tx_stage_of((enum tdx_leaf_index)holder);

	if (tdr_operand(loser) != OPERAND_TDR)
		return true;
	if (loser == TDX_LEAF_PHYMEM_PAGE_RECLAIM)
		return stage >= STAGE_TDCS;
	return stage == STAGE_BUILD || stage == STAGE_RUN;
}

/* What the table predicts for a loser that meets the holder in the TD (and the entry) only. */
static u64 predicted(u32 loser, u32 holder, enum where where)
{
	const struct tdx_leaf_desc *l = &tdx_leaf_descs[loser], *h = &tdx_leaf_descs[holder];

	if (l->global == TDX_GLOBAL_WBCACHE && h->global == TDX_GLOBAL_WBCACHE)
		return tdx_busy(OPERAND_WBCACHE);
	if (clash(tdr_mode(loser), tdr_mode(holder)) && finds_tdr(loser, holder))
		return tdx_busy(tdr_operand(loser));
	if (clash(tree_mode(l), tree_mode(h)))
		return tdx_busy(OPERAND_SEPT_TREE);
	if (clash(loser == TDX_LEAF_VP_ENTER ? TDX_LOCK_S : l->epoch, h->epoch))
		return tdx_busy(OPERAND_TD_EPOCH);
	if (where != OTHER_GPA && l->entry == TDX_LOCK_H && h->entry == TDX_LOCK_H)
		return tdx_busy(OPERAND_RCX);
	/* the key table: shared by CACHE.WB, exclusive for the others; FREEID looks for it late */
	if (loser == TDX_LEAF_MNG_KEY_FREEID && tx_stage_of((enum tdx_leaf_index)holder) !=
							STAGE_BLOCKED)
		return TDX_SUCCESS;
	if (l->global != TDX_GLOBAL_NONE && h->global != TDX_GLOBAL_NONE)
		return tdx_busy(OPERAND_KOT);
	return TDX_SUCCESS;
}

static u32 pairs_check(const struct pairs *p, u32 *nr, u32 *nr_busy)
{
	u32 bad = 0, h = p->holder;

	for (u32 l = 0; l < NR_TDX_LEAVES; l++) {
		u64 want = predicted(l, h, p->where), got = p->got[l];
		bool busy = (got & TDX_SEAMCALL_STATUS_MASK) == TDX_OPERAND_BUSY;

		if (!wanted(p, l))
			continue;
		++*nr;
		*nr_busy += busy;
		if (want ? got == want : !busy)
			continue;
		print_error("%s against %s: 0x%llx, predicted 0x%llx\n", tdx_leaf_descs[l].name,
			    tdx_leaf_descs[h].name, (unsigned long long)got,
			    (unsigned long long)want);
		bad++;
	}
	return bad;
}

static u32 pairs_run(enum where where, u32 holder, u32 *nr, u32 *nr_busy)
{
	struct pairs p = { .where = where, .holder = holder };
	u32 bad;

	tx_init(&p.x);
	p.x.tcfg.dynamic_pamt = true;
	costs(&p.x, COST_tdx_vp_enter);
	p.x.level = where == SAME_2M;
	tx_start(&p.x);
	tx_task(&p.x, "holder", pairs_holder);
	tx_task(&p.x, "loser", pairs_loser);
	tx_run(&p.x);
	tx_silent(&p.x);
	bad = pairs_check(&p, nr, nr_busy);
	sim_destroy(p.x.sim);
	return bad;
}

static void test_pairs(void **state)
{
	u32 nr = 0, nr_busy = 0, bad = 0;

	for (int where = OTHER_GPA; where < NR_WHERE; where++) {
		for (u32 h = 0; h < NR_TDX_LEAVES; h++) {
			if (where == OTHER_GPA || takes_level(h, (enum where)where))
				bad += pairs_run((enum where)where, h, &nr, &nr_busy);
		}
	}
	print_message("# contention: %u pairs, %u busy, %u not as the lock table predicts\n", nr,
		      nr_busy, bad);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
