// SPDX-License-Identifier: GPL-2.0-only
/*
 * The S-EPT's specification table (model/tdx/spec_sept.h), cell by cell: each leaf is called on an
 * entry in each state, in each context.  It answers what the cell says; a legal cell leaves the
 * entry in the state that the cell names, an illegal one changes nothing anywhere.
 *
 * Entries are put into a state with the hand of the test: a leaf that led there would be the one
 * under test.  What is around the entry (PAMT, counts, tables) is then what the state implies.
 */
#include "tests/unit/tdx_fixture.h"

struct row {
	/* constant */
	const char *leaf_name;
	u64 leaf;
	int level;
	enum sept_context context;
	bool guest;
	u8 cell[NR_SEPT_STATES];
};

#define CELLS(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                                      \
	{ SEPT_CELL_##a, SEPT_CELL_##b, SEPT_CELL_##c, SEPT_CELL_##d, SEPT_CELL_##e,               \
	  SEPT_CELL_##f, SEPT_CELL_##g, SEPT_CELL_##h, SEPT_CELL_##i, SEPT_CELL_##j,               \
	  SEPT_CELL_##k, SEPT_CELL_##l, SEPT_CELL_##m, SEPT_CELL_##n, SEPT_CELL_##o,               \
	  SEPT_CELL_##p }

static const struct row rows[] = {
#define ROW(id, level_, context_, ...)                                                             \
	{ .leaf_name = #id, .leaf = TDH_##id, .level = level_, .context = SEPT_##context_,         \
	  .cell = CELLS(__VA_ARGS__) },
	SEPT_ROWS_SEAMCALL(ROW)
#undef ROW
#define ROW(id, level_, context_, ...)                                                             \
	{ .leaf_name = #id, .leaf = TDG_##id, .level = level_, .context = SEPT_##context_,         \
	  .guest = true, .cell = CELLS(__VA_ARGS__) },
	SEPT_ROWS_TDCALL(ROW)
#undef ROW
};

/* What a cell that is no state stands for. */
static u64 status_of(u8 cell)
{
	switch (cell) {
	case SEPT_CELL_st:
		return TDX_EPT_ENTRY_STATE_INCORRECT | OPERAND_RCX;
	case SEPT_CELL_bl:
		return TDX_GPA_RANGE_ALREADY_BLOCKED | OPERAND_RCX;
	case SEPT_CELL_nb:
		return TDX_GPA_RANGE_NOT_BLOCKED | OPERAND_RCX;
	case SEPT_CELL_nt:
		return TDX_TLB_TRACKING_NOT_DONE | OPERAND_RCX;
	case SEPT_CELL_wf:
		return TDX_EPT_WALK_FAILED | OPERAND_RCX;
	default:
		return UINT64_MAX;
	}
}

struct bench {
	/* written by the task */
	struct tx x;
	u32 exercised, cells;
	bool dynamic;
	pfn_t tdr[3], vp[3]; /* by context: one TD each */
	gpa_t gpa;
	struct pamt_entry *e;
};

static struct tdx_td *td_of(struct bench *b, const struct row *row)
{
	return tdx_td_find(b->x.mod, b->tdr[row->context]);
}

/* The entry of b->gpa at the row's level: tables above it are there. */
static u64 *entry_of(struct task *me, struct bench *b, const struct row *row)
{
	struct sept_ref ref = { .gpa = b->gpa, .want = (u8)row->level };

	sept_walk(me, td_of(b, row), &ref);
	SIM_ASSERT(ref.level == ref.want);
	return ref.entry;
}

/* Pages below a leaf of that size are the TD's. */
static pfn_t plant_leaf(struct task *me, struct bench *b, const struct row *row, int level)
{
	pfn_t pfn = level ? tx_data_2m(&b->x) : tx_data(me, &b->x);
	struct pamt_entry *e = pamt_entry(me, b->x.mod, pfn, level);

	pamt_assign(me, b->x.mod, pfn, level, e, PT_REG, b->tdr[row->context]);
	td_of(b, row)->chldcnt += (s64)tdx_level_pages(level);
	return pfn;
}

/* A table below the entry: empty, or with 512 pages that can be merged. */
static pfn_t plant_table(struct task *me, struct bench *b, const struct row *row)
{
	struct tdx_module *mod = b->x.mod;
	pfn_t table = tx_control(me, &b->x), pfn;
	struct sept_page *page = sept_page_new(mod, table);

	tdx_control_set(me, mod, table, page);
	pamt_assign(me, mod, table, 0, pamt_entry(me, mod, table, 0), PT_EPT,
		    b->tdr[row->context]);
	td_of(b, row)->chldcnt++;
	if (row->leaf != TDH_MEM_PAGE_PROMOTE)
		return table;
	pfn = tx_data_2m(&b->x);
	tx_pair(me, &b->x, pfn);
	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		page->e[i] = sept_make(SEPT_MAPPED, pfn + i);
		pamt_assign(me, mod, pfn + i, 0, pamt_entry(me, mod, pfn + i, 0), PT_REG,
			    b->tdr[row->context]);
	}
	td_of(b, row)->chldcnt += PAMT_ENTRIES;
	return table;
}

/* The entry of the row's level is in @state from now on, and its surroundings fit. */
static void plant(struct task *me, struct bench *b, const struct row *row, enum sept_state state)
{
	struct tdx_td *td = td_of(b, row);
	u64 *entry = entry_of(me, b, row);
	pfn_t pfn = 0;
	int level = 0;

	switch (sept_kind(state)) {
	case SEPT_KIND_F:
		*entry = sept_make(state, 0);
		return;
	case SEPT_KIND_L:
		level = row->level;
		pfn = plant_leaf(me, b, row, level);
		break;
	case SEPT_KIND_N:
		pfn = plant_table(me, b, row);
		break;
	}
	*entry = sept_make(state, pfn);
	b->e = pamt_entry(me, b->x.mod, pfn, level);
	if (sept_flags(state) & SEPT_F_BLOCKED)
		epoch_block(me, td, b->e);
	if (row->context == SEPT_RUN)
		TX_OK(&b->x, tx_track(me, &b->x, td->tdr));
}

/* With everything else as the leaf wants it; @before: the picture just before the call. */
static u64 call_leaf(struct task *me, struct bench *b, const struct row *row, u64 *before)
{
	struct tx *x = &b->x;
	u64 page = tx_pa(row->leaf == TDH_MEM_PAGE_AUG && row->level ? tx_data_2m(x) :
								       tx_data(me, x));
	u64 lent[2] = { tx_pa(tx_data(me, x)), tx_pa(tx_data(me, x)) };

	*before = tx_picture(x);
	if (row->leaf == TDH_MR_EXTEND)
		return tx_call(me, x, row->leaf, b->gpa, tx_pa(b->tdr[row->context]), 0, 0);
	x->a = (struct tdx_module_args){ .rcx = tx_info(b->gpa, row->level), .r8 = page,
					 .rdx = tx_pa(b->tdr[row->context]), .r9 = 0x7000 };
	x->a.r12 = lent[0];
	x->a.r13 = lent[1];
	return seamcall(me, x->mod, row->leaf, &x->a);
}

static void check_illegal(struct task *me, struct bench *b, const struct row *row,
			  enum sept_state state, u64 got, u64 before)
{
	u8 cell = row->cell[state];
	struct tx *x = &b->x;

	if (cell == SEPT_CELL_np)
		TX_IS(x, got & TDX_SEAMCALL_STATUS_MASK, TDX_EPT_ENTRY_NOT_PRESENT);
	else
		TX_IS(x, got, status_of(cell));
	TX_CHECK(x, tx_picture(x) == before);
	/* what was wrong is told, but for tracking */
	if (cell == SEPT_CELL_nt)
		TX_CHECK(x, !x->a.rcx && !x->a.rdx);
	else if (got & 0xffffffff)
		TX_CHECK(x, x->a.rdx == (row->level |
					 (u64)sept_public(sept_make(state, 0)) << 8));
}

static void seamcall_cell(struct task *me, struct bench *b, const struct row *row,
			  enum sept_state state)
{
	u8 cell = row->cell[state];
	struct tx *x = &b->x;
	u64 before, got;

	plant(me, b, row, state);
	got = call_leaf(me, b, row, &before);
	if (cell >= NR_SEPT_STATES) {
		check_illegal(me, b, row, state, got, before);
		return;
	}
	TX_OK(x, got);
	TX_CHECK(x, sept_state(*entry_of(me, b, row)) == cell);
	TX_CHECK(x, !(*entry_of(me, b, row) & SEPT_TDEL));
}

static void tdcall_cell(struct task *me, struct bench *b, const struct row *row,
			enum sept_state state)
{
	pfn_t vp = b->vp[row->context];
	u8 cell = row->cell[state];
	struct tx *x = &b->x;
	u64 e, rax = 0;
	enum tdx_guest_result ret;

	plant(me, b, row, state);
	e = *entry_of(me, b, row);
	TX_OK(x, tx_enter(me, x, vp));
	ret = tx_accept(me, x, vp, b->gpa, row->level, &rax);
	TX_CHECK(x, (ret == TDX_GUEST_EXIT) == (cell == SEPT_CELL_ex));
	if (ret == TDX_GUEST_EXIT) {
		const struct tdx_exit *exit = tdx_vp_exit(tdx_vp_find(x->mod, vp));

		TX_CHECK(x, exit->rax == EXIT_REASON_EPT_VIOLATION &&
				    exit->type == TDX_EXIT_TYPE_ACCEPT &&
				    exit->level == row->level && exit->gpa == b->gpa &&
				    exit->err_state == sept_public(e));
	} else {
		tx_exit(me, x, vp);
	}
	if (cell == SEPT_CELL_sm)
		TX_IS(x, rax, TDX_PAGE_SIZE_MISMATCH | row->level);
	else if (cell == SEPT_CELL_aa)
		TX_IS(x, rax, TDX_PAGE_ALREADY_ACCEPTED | row->level);
	else if (cell < NR_SEPT_STATES)
		TX_OK(x, rax);
	TX_CHECK(x, cell < NR_SEPT_STATES ? sept_state(*entry_of(me, b, row)) == cell :
					    *entry_of(me, b, row) == e);
}

/* A fresh address each time: nothing of the last cell is in the way. */
static void one_cell(struct task *me, struct bench *b, const struct row *row,
		     enum sept_state state)
{
	bool failed = b->x.failed != NULL;

	b->cells++;
	if (row->cell[state] == SEPT_CELL_xx)
		return;
	b->gpa += tdx_level_size(TDX_LEVEL_2M);
	tx_tables(me, &b->x, b->tdr[row->context], b->gpa, row->level);
	if (row->guest)
		tdcall_cell(me, b, row, state);
	else
		seamcall_cell(me, b, row, state);
	b->exercised++;
	if (!failed && b->x.failed)
		print_error("%s level %d context %d state %s\n", row->leaf_name, row->level,
			    row->context, sept_state_name(state));
}

static void bench_main(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct bench *b = container_of(x, struct bench, x);

	b->tdr[SEPT_BUILD] = tx_td(me, x);
	b->tdr[SEPT_RUN] = tx_running(me, x, &b->vp[SEPT_RUN]);
	b->tdr[SEPT_UNTRACKED] = tx_running(me, x, &b->vp[SEPT_UNTRACKED]);
	for (u32 r = 0; r < ARRAY_SIZE(rows); r++) {
		for (u32 s = 0; s < NR_SEPT_STATES; s++)
			one_cell(me, b, &rows[r], (enum sept_state)s);
	}
}

static void run_bench(struct bench *b)
{
	tx_init(&b->x);
	b->x.tcfg.dynamic_pamt = b->dynamic;
	tx_start(&b->x);
	tx_task(&b->x, "cells", bench_main);
	tx_run(&b->x);
	tx_silent(&b->x);
	assert_int_equal(tdx_check(NULL, b->x.mod), 0);
	tx_silent(&b->x);
	sim_destroy(b->x.sim);
}

static void test_cells(void **state)
{
	u32 impossible = 0;

	for (u32 r = 0; r < ARRAY_SIZE(rows); r++) {
		for (u32 s = 0; s < NR_SEPT_STATES; s++)
			impossible += rows[r].cell[s] == SEPT_CELL_xx;
	}
	for (int dynamic = 0; dynamic < 2; dynamic++) {
		struct bench b = { .dynamic = dynamic };

		run_bench(&b);
		print_message("# %s PAMT: %u of %u cells exercised, %u cannot be\n",
			      dynamic ? "dynamic" : "static", b.exercised, b.cells, impossible);
		assert_int_equal(b.exercised + impossible, b.cells);
		assert_int_equal(b.cells, ARRAY_SIZE(rows) * NR_SEPT_STATES);
	}
}

/* The leaves' own masks and the rows say the same about what is allowed. */
static void test_masks(void **state)
{
	for (u32 r = 0; r < ARRAY_SIZE(rows); r++) {
		const struct tdx_leaf_desc *d = NULL;

		for (u32 i = 0; !rows[r].guest && i < NR_TDX_LEAVES; i++)
			d = tdx_leaf_descs[i].number == rows[r].leaf ? &tdx_leaf_descs[i] : d;
		if (!d)
			continue;
		for (u32 s = 0; s < NR_SEPT_STATES; s++) {
			u8 cell = rows[r].cell[s];
			bool allowed = d->entry_states >> s & 1;

			if (cell == SEPT_CELL_xx)
				continue;
			/* an existing table is allowed to SEPT.ADD only if it is asked for */
			if (rows[r].leaf == TDH_MEM_SEPT_ADD && s == SEPT_NL_MAPPED)
				continue;
			assert_int_equal(allowed, cell != SEPT_CELL_st && cell != SEPT_CELL_bl &&
							  cell != SEPT_CELL_np);
		}
	}
}

/* An encoding is a state and back. */
static void test_encodings(void **state)
{
	for (u32 s = 0; s < NR_SEPT_STATES; s++) {
		u64 e = sept_make((enum sept_state)s, 0x1200);

		assert_int_equal(sept_state(e), s);
		assert_int_equal(sept_state(e | SEPT_TDEL | SEPT_TDHP), s);
		if (sept_kind((enum sept_state)s) != SEPT_KIND_F)
			assert_int_equal(sept_pfn(e, 0), 0x1200);
	}
	assert_int_equal(sept_public(sept_make(SEPT_NL_MAPPED, 1)), 132);
	assert_int_equal(sept_public(sept_make(SEPT_PENDING_BLOCKED, 1)), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
