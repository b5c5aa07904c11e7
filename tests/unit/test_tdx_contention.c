// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contention beyond pairs of calls on one TD: with the guest inside, at VP.ENTER's short locks, on
 * PAMT entries across TDs.  And the whole against what is published about the module: who can be
 * told BUSY because of whom, by which lock.
 *
 * Each cell is some runs: the holder begins at a known time and takes HOLD_NS with its locks held,
 * the loser calls in the middle.
 */
#include "tests/unit/tdx_calls.h"

#define HOLD_NS	 10000u
#define BEGIN_NS 100000000u

enum party {
	SEPT_ADD, AUG, BLOCK, UNBLOCK, TRACK, REMOVE, DEMOTE, ENTER, ENTER_ZERO, ACCEPT, PAMT_ADD,
	PAMT_REMOVE, NR_ACTORS
};

static const struct {
	/* constant */
	const char *name;
	enum tdx_leaf_index leaf;
	bool entry; /* has one, at level 1 */
	/* in a 2M region that others use: a part, with the region's PAMT entry shared; all of it */
	bool part, whole;
	bool asks; /* as a loser it names the region itself, and need not have it */
} actors[NR_ACTORS] = {
	[SEPT_ADD] = { "SEPT.ADD", TDX_LEAF_MEM_SEPT_ADD, true, true, false, true },
	[AUG] = { "AUG", TDX_LEAF_MEM_PAGE_AUG, true, true, true, true },
	[BLOCK] = { "BLOCK", TDX_LEAF_MEM_RANGE_BLOCK, true, false, false, false },
	[UNBLOCK] = { "UNBLOCK", TDX_LEAF_MEM_RANGE_UNBLOCK, true, false, false, false },
	[TRACK] = { "TRACK", TDX_LEAF_MEM_TRACK, false, false, false, false },
	[REMOVE] = { "REMOVE", TDX_LEAF_MEM_PAGE_REMOVE, true, false, true, false },
	[DEMOTE] = { "DEMOTE", TDX_LEAF_MEM_PAGE_DEMOTE, true, true, true, true },
	[ENTER] = { "ENTER", TDX_LEAF_VP_ENTER, false, true, false, false },
	[ENTER_ZERO] = { "ENTER/zero-step", TDX_LEAF_VP_ENTER, false, false, false, false },
	[ACCEPT] = { "ACCEPT", TDX_LEAF_VP_ENTER, true, false, false, false },
	[PAMT_ADD] = { "PAMT.ADD", TDX_LEAF_PHYMEM_PAMT_ADD, false, true, true, true },
	[PAMT_REMOVE] = { "PAMT.REMOVE", TDX_LEAF_PHYMEM_PAMT_REMOVE, false, false, true, true },
};

/*
 * Published (column: holder): t tree, e entry, c epoch; T tree only with an old module, where
 * zero-step mitigation takes it exclusive.  PAMT locks are computed from the columns above.
 */
static const char *const published[NR_ACTORS][NR_ACTORS] = {
	/*		 ADD  AUG  BLK  UNB  TRK  REM  DEM  ENT  ENTZ ACC  P.A  P.R */
	[SEPT_ADD] =	{ "e", "e", "t", "t", "", "e", "e", "", "T", "e", "", "" },
	[AUG] =		{ "e", "e", "t", "t", "", "e", "e", "", "T", "e", "", "" },
	[BLOCK] =	{ "t", "t", "t", "t", "", "t", "t", "", "t", "e", "", "" },
	[UNBLOCK] =	{ "t", "t", "t", "t", "", "t", "t", "", "t", "e", "", "" },
	[TRACK] =	{ "", "", "", "", "c", "", "", "c", "c", "", "", "" },
	[REMOVE] =	{ "e", "e", "t", "t", "", "e", "e", "", "T", "e", "", "" },
	[DEMOTE] =	{ "e", "e", "t", "t", "", "e", "e", "", "T", "e", "", "" },
	[ENTER] =	{ "", "", "", "", "c", "", "", "", "", "", "", "" },
	[ENTER_ZERO] =	{ "T", "T", "t", "t", "c", "T", "T", "", "T", "", "", "" },
	[ACCEPT] =	{ "e", "e", "e", "e", "", "e", "e", "", "", "e", "", "" },
	[PAMT_ADD] =	{ "", "", "", "", "", "", "", "", "", "", "", "" },
	[PAMT_REMOVE] =	{ "", "", "", "", "", "", "", "", "", "", "", "" },
};

enum common { OTHER_GPA, SAME_GPA, REGION };

struct side {
	/* by the holder's task, before BEGIN_NS */
	enum party who;
	bool whole; /* REGION: takes all of it */
	struct td_env *env;
	struct td_call call;
	pfn_t vp;
	/* by its own task */
	u64 got;
};

struct cell {
	struct tx x;
	enum common common;
	bool old; /* zero-step mitigation takes the tree exclusive */
	bool in_epoch; /* VP.ENTER takes its time with the epoch's lock, else with the tree's */
	struct td_env env[2];
	struct side holder, loser;
	pfn_t region;
};

static struct cell *cell_of(struct tx *x)
{
	return container_of(x, struct cell, x);
}

/* Seven misses at one instruction, and the next entry looks for what is missing. */
static void arm(struct task *me, struct tx *x, pfn_t vp)
{
	struct tdx_vp *v = tdx_vp_find(x->mod, vp);
	pfn_t pfn;

	for (int i = 0; i <= EPF_THRESHOLD; i++) {
		TX_OK(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(vp), 0));
		TX_CHECK(x, tdx_guest_access(me, v, TX_GPA * 100, true, &pfn) == TDX_GUEST_EXIT);
	}
	TX_CHECK(x, v->nr_epf_gpas == 1);
}

/* A page of the region, or the region itself, is what this side is about. */
static void use_region(struct task *me, struct cell *c, struct side *s)
{
	static const u32 part_of[2] = { 7, 8 };
	u64 page = tx_pa(c->region + part_of[s == &c->loser]);
	struct tdx_module_args *a = &s->call.a;

	switch (s->who) {
	case AUG:
		a->r8 = s->whole ? tx_pa(c->region) : page;
		if (!s->whole)
			a->rcx &= ~7ull;
		break;
	case SEPT_ADD:
	case DEMOTE:
		if (!s->whole)
			a->r8 = page;
		break;
	case PAMT_ADD:
		if (s->whole)
			a->rcx = tx_pa(c->region) | 1;
		else
			a->rdx = page;
		break;
	case PAMT_REMOVE:
		a->rcx = tx_pa(c->region) | 1;
		break;
	default: /* REMOVE, ENTER: theirs already */
		break;
	}
}

/* ACCEPT needs a page; AUG of 4K a table. */
static void prepare(struct task *me, struct cell *c, struct side *s, u32 slot)
{
	struct tx *x = &c->x;

	/* what is mapped next is the region */
	if (c->common == REGION && s->whole && (s->who == REMOVE || s->who == DEMOTE))
		x->next_data = c->region;
	tx_args(me, x, s->env, actors[s->who].leaf, slot, &s->call);
	s->vp = s->env->vp[slot];
	if (s->who == ACCEPT)
		tx_mapped(me, x, s->env, s->call.gpa, 1, false);
	if (s->who == AUG && c->common == REGION && !s->whole)
		tx_tables(me, x, s->env->tdr, s->call.gpa, 0);
	if (s->who == ENTER_ZERO)
		arm(me, x, s->vp);
	if (c->common == REGION)
		use_region(me, c, s);
}

static void prepare_cell(struct task *me, struct cell *c)
{
	struct tx *x = &c->x;

	x->level = 1;
	c->region = tx_data_2m(x);
	if (c->common == REGION && (!c->holder.whole || c->holder.who == PAMT_REMOVE))
		tx_pair(me, x, c->region);
	if (c->common == REGION && c->holder.who == ENTER)
		x->tdvpr = c->region + 1;
	tx_env(me, x, STAGE_RUN, &c->env[0]);
	c->holder.env = c->loser.env = &c->env[0];
	if (c->common == REGION) {
		tx_env(me, x, STAGE_RUN, &c->env[1]);
		c->loser.env = &c->env[1];
	}
	prepare(me, c, &c->holder, 0);
	prepare(me, c, &c->loser, 1);
	if (c->common == SAME_GPA) {
		c->loser.call.a.rcx = tx_info(c->holder.call.gpa, 1);
		c->loser.call.gpa = c->holder.call.gpa;
	}
}

static void act(struct task *me, struct cell *c, struct side *s, u64 at_ns)
{
	struct tdx_module_args a = s->call.a;
	struct tx *x = &c->x;

	if (s->who == ACCEPT) {
		TX_OK(x, tx_on0(me, x, TDH_VP_ENTER, tx_pa(s->vp), 0));
		sim_sleep_until(me, at_ns);
		if (tx_accept(me, x, s->vp, s->call.gpa, 1, &s->got) != TDX_GUEST_EXIT)
			tx_exit(me, x, s->vp);
		return;
	}
	sim_sleep_until(me, at_ns);
	s->got = seamcall_on(me, x->mod, TX_LP, s->call.leaf, &a);
	if (s->call.leaf == TDH_VP_ENTER && !s->got)
		tx_exit(me, x, (pfn_t)(a.rcx >> PAGE_SHIFT));
}

static void holder_main(struct task *me, void *arg)
{
	struct cell *c = cell_of(arg);

	prepare_cell(me, c);
	SIM_ASSERT(sim_now(me) < BEGIN_NS / 2);
	act(me, c, &c->holder, BEGIN_NS);
	/* while it is in the epoch's lock, the loser may take the tree's */
	if (c->holder.who == ENTER_ZERO && c->in_epoch)
		return;
	if (c->holder.who == ENTER_ZERO)
		TX_IS(&c->x, c->holder.got, EXIT_REASON_EPT_VIOLATION);
	else
		TX_OK(&c->x, c->holder.got);
}

static void loser_main(struct task *me, void *arg)
{
	struct cell *c = cell_of(arg);

	sim_sleep_until(me, BEGIN_NS / 2);
	act(me, c, &c->loser, BEGIN_NS + HOLD_NS / 2);
}

static void costs(struct cell *c)
{
	struct sim_dist *d = c->x.mcfg.costs.dist;

	for (u32 i = 0; i < NR_TDX_LEAVES; i++)
		d[tdx_leaf_descs[i].cost].a_ns = HOLD_NS;
	d[COST_tdx_vp_enter].a_ns = c->common == REGION ? HOLD_NS : 0;
	d[COST_tdx_accept_page].a_ns = HOLD_NS / PAMT_ENTRIES;
	d[c->in_epoch ? COST_tdx_epoch_lock : COST_tdx_zero_step].a_ns = HOLD_NS;
	/* DEMOTE splits the PAMT entry at its end */
	if (c->common == REGION && c->holder.who == DEMOTE) {
		d[COST_tdx_page_demote].a_ns = 0;
		d[COST_tdx_pamt_scan].a_ns = HOLD_NS;
	}
}

/* Return: the letter of the lock that the loser was told about, or 0. */
static char run_cell(enum party loser, enum party holder, struct cell *c)
{
	u64 got;

	c->loser.who = loser;
	c->holder.who = holder;
	tx_init(&c->x);
	c->x.tcfg.dynamic_pamt = true;
	c->x.tcfg.zero_step_exclusive = c->old;
	costs(c);
	tx_start(&c->x);
	tx_task(&c->x, "holder", holder_main);
	tx_task(&c->x, "loser", loser_main);
	sim_run(c->x.sim);
	if (c->x.failed)
		print_error("%s against %s\n", actors[loser].name, actors[holder].name);
	tx_judge(&c->x);
	tx_silent(&c->x);
	got = c->loser.got;
	sim_destroy(c->x.sim);
	if ((got & TDX_SEAMCALL_STATUS_MASK) != TDX_OPERAND_BUSY)
		return 0;
	switch ((u32)got) {
	case OPERAND_SEPT_TREE:
		return 't';
	case OPERAND_TD_EPOCH:
		return 'c';
	default:
		return c->common == REGION ? 'p' : 'e';
	}
}

static void note(char *letters, char letter)
{
	if (letter && !strchr(letters, letter))
		letters[strlen(letters)] = letter;
}

static char one_run(enum party loser, enum party holder, enum common common, bool old,
		    bool in_epoch, bool whole_loser, bool whole_holder)
{
	struct cell c = { .common = common, .in_epoch = in_epoch, .old = old };

	c.loser.whole = whole_loser;
	c.holder.whole = whole_holder;
	return run_cell(loser, holder, &c);
}

/* All letters of one cell. */
static u32 observe(enum party l, enum party h, bool old, char letters[8])
{
	u32 runs = 0;

	for (int in_epoch = 0; in_epoch < 2; in_epoch++, runs++)
		note(letters, one_run(l, h, OTHER_GPA, old, in_epoch, false, false));
	if (actors[l].entry && actors[h].entry) {
		note(letters, one_run(l, h, SAME_GPA, old, false, false, false));
		runs++;
	}
	for (int w = 0; w < 4; w++) {
		bool whole_l = w & 1, whole_h = w & 2;

		if (!actors[l].asks || !(whole_l ? actors[l].whole : actors[l].part) ||
		    !(whole_h ? actors[h].whole : actors[h].part))
			continue;
		/* a loser that demotes the region has it: nobody else can */
		if (whole_l && l == DEMOTE)
			continue;
		note(letters, one_run(l, h, REGION, old, false, whole_l, whole_h));
		runs++;
	}
	return runs;
}

static void expected(enum party l, enum party h, bool old, char letters[8])
{
	bool whole_l = actors[l].whole && l != DEMOTE;

	for (const char *p = published[l][h]; *p; p++) {
		if (*p != 'T')
			note(letters, *p);
		else if (old)
			note(letters, 't');
	}
	if (actors[l].asks && ((actors[l].part && actors[h].whole) ||
			       (whole_l && (actors[h].part || actors[h].whole))))
		note(letters, 'p');
}

static bool same_letters(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && strspn(a, b) == strlen(a);
}

static void test_published(void **state)
{
	u32 bad = 0, cells = 0, runs = 0;

	for (int old = 0; old < 2; old++) {
		for (u32 l = 0; l < NR_ACTORS; l++) {
			for (u32 h = 0; h < NR_ACTORS; h++) {
				char got[8] = "", want[8] = "";

				runs += observe((enum party)l, (enum party)h, old, got);
				expected((enum party)l, (enum party)h, old, want);
				cells++;
				if (same_letters(got, want))
					continue;
				print_error("%s module: %s against %s: '%s', published '%s'\n",
					    old ? "old" : "new", actors[l].name, actors[h].name,
					    got, want);
				bad++;
			}
		}
	}
	print_message("# contention matrix: %u cells in %u runs, %u differ\n", cells, runs, bad);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
