// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/portfolio.c - several explorers take turns: no single one is best at every defect.
 *
 * In 16 runs, as the seed has it, 4 go to the search, 6 to POS, and 2, 2, 1, 1 to PCT of depth 2 to
 * 5.  What a search has no use for any more goes to POS.
 *
 * Invariants: who makes a run is known from its seed alone, but for a search that has ended; only
 * the member that makes a run hears of it, and what it has no use for is not even collected.
 */
#include "sim/sampler.h"

#define NR_DEPTHS   4
#define FIRST_DEPTH 2

struct portfolio {
	struct explorer ex;
	/* constant */
	struct sampler_ops lean, full; /* for samplers, for the search */
	struct explorer *pos;
	struct explorer *pct[NR_DEPTHS];
	struct explorer *search; /* or NULL */
	/* written by the portfolio */
	struct explorer *current;
	bool searched; /* the search has ended */
};

static struct explorer *portfolio_member(const struct portfolio *p, u64 seed)
{
	static const u8 depth[] = {2, 2, 3, 3, 4, 5};
	u32 r = (u32)(prng_mix(~seed) >> 60);

	if (r < ARRAY_SIZE(depth))
		return p->pct[depth[r] - FIRST_DEPTH];
	return r < 10 && p->search && !p->searched ? p->search : p->pos;
}

static void portfolio_begin(struct explorer *ex, struct sim *sim)
{
	struct portfolio *p = (struct portfolio *)ex;

	p->current = portfolio_member(p, sim->cfg.seed);
	ex->ops = p->current == p->search ? &p->full.ex : &p->lean.ex;
	ex->max_retries = p->current->max_retries;
	if (p->current->ops->begin)
		p->current->ops->begin(p->current, sim);
	ex->signals = p->current->signals;
	ex->ipis = p->current->ipis;
}

/* What the engine says to the portfolio is for who decides. */
static void portfolio_told(const struct explorer *ex, struct explorer *current)
{
	current->signals |= ex->signals;
	current->ipis |= ex->ipis;
}

static u32 portfolio_pick(struct explorer *ex, const struct explore_view *view)
{
	struct explorer *x = ((struct portfolio *)ex)->current;

	portfolio_told(ex, x);
	return x->ops->pick(x, view);
}

static u32 portfolio_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	struct explorer *x = ((struct portfolio *)ex)->current;

	return x->ops->choose(x, me, kind, n);
}

static void portfolio_stepped(struct explorer *ex, const struct explore_step *step)
{
	struct explorer *x = ((struct portfolio *)ex)->current;

	portfolio_told(ex, x);
	x->ops->stepped(x, step);
}

/* Once the search has seen everything nobody can find more. */
static bool portfolio_done(struct explorer *ex, struct sim *sim)
{
	struct portfolio *p = (struct portfolio *)ex;
	struct explorer *x = p->current;
	bool more = explorer_done(x, sim);

	ex->stats.executions++;
	ex->stats.max_steps = max(ex->stats.max_steps, sim->points);
	if (x != p->search)
		return true;
	ex->stats.sleep_blocked = x->stats.sleep_blocked;
	ex->stats.cut_runs = x->stats.cut_runs;
	ex->stats.classes = x->stats.classes;
	ex->stats.cuts = x->stats.cuts;
	ex->stats.exhausted = x->stats.exhausted;
	p->searched = !more;
	return !ex->stats.exhausted;
}

static bool portfolio_promise(const struct explorer *ex, u32 i, struct pct_promise *out)
{
	const struct portfolio *p = (const struct portfolio *)ex;

	return i < NR_DEPTHS && sample_pct_promise(p->pct[i], 0, out);
}

static const char *portfolio_name(const struct explorer *ex)
{
	const struct portfolio *p = (const struct portfolio *)ex;

	if (!p->current)
		return "portfolio";
	return p->current == p->search ? p->search->ops->name : sample_name(p->current);
}

static void portfolio_finish(struct explorer *ex)
{
	struct portfolio *p = (struct portfolio *)ex;

	sample_free(p->pos);
	for (u32 i = 0; i < NR_DEPTHS; i++)
		sample_free(p->pct[i]);
}

struct explorer *portfolio_new(struct explorer *search, u64 decisions)
{
	static const struct sampler_ops ops = {
		.ex = {
			.name = "portfolio",
			.begin = portfolio_begin,
			.pick = portfolio_pick,
			.choose = portfolio_choose,
			.done = portfolio_done,
		},
		.promise = portfolio_promise,
		.run_name = portfolio_name,
		.finish = portfolio_finish,
	};
	struct portfolio *p = sampler_new(&ops, sizeof(*p));

	p->lean = p->full = ops;
	if (search && !search->ops->choose)
		p->full.ex.choose = NULL;
	if (search && search->ops->stepped)
		p->full.ex.stepped = portfolio_stepped;
	p->search = search;
	p->pos = sample_pos_new();
	for (u32 i = 0; i < NR_DEPTHS; i++)
		p->pct[i] = sample_pct_new(FIRST_DEPTH + i, decisions);
	return &p->ex;
}
