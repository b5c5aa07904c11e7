// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/sample_pos.c - partial-order sampling.
 *
 * Each pending step has a random priority; the highest goes on.  A step's priority is drawn when
 * the step becomes pending, and again when another step that it depends on has been made: it has
 * lost that race, and what it lost by shall not decide the next.  A task that was not enabled and
 * is again has lost one, too.
 *
 * Invariants: priorities of enabled tasks that no step has raced with are those of the decision
 * before.
 *
 * Source: Yuan, Yang, Gu, "Partial order aware concurrency sampling", CAV 2018
 */
#include "sim/sampler.h"

struct pos {
	struct sampler s;
	/* written by the sampler, anew for each run */
	u64 *prio;  /* by task */
	u64 *known; /* bit map: whose priority has been drawn and still counts */
	struct explore_op op; /* of the last step */
	u32 last;	      /* who was picked for it */
};

static void pos_begin(struct explorer *ex, struct sim *sim)
{
	struct pos *p = (struct pos *)ex;
	u32 n = sim->nr_tasks;

	p->prio = sampler_begin(&p->s, sim, 2 * sizeof(u64));
	p->known = p->prio + n;
	for (u32 w = 0; w < (n + 63) / 64; w++)
		p->known[w] = 0;
	p->op = (struct explore_op){0};
	p->last = SIM_NO_TASK;
}

static inline bool depends(const struct explore_op *a, const struct explore_op *b)
{
	return (a->obj == b->obj) & (a->obj != 0) & (a->write | b->write) &
	       !(a->kind == OP_COMMUTE && b->kind == OP_COMMUTE);
}

static u32 pos_pick(struct explorer *ex, const struct explore_view *view)
{
	struct pos *p = (struct pos *)ex;
	u32 best = SIM_NO_TASK;
	u64 best_prio = 0;

	fair_step(&p->s.fair, view);
	p->s.decisions += view->nr_enabled > 1;
	if (p->last != SIM_NO_TASK)
		p->known[p->last / 64] &= ~BIT_ULL(p->last % 64);
	for (u32 w = 0; w < view->nr_words; w++) {
		u64 allowed = fair_allowed(&p->s.fair, view, w), known = p->known[w];

		for (u64 bits = view->enabled[w]; bits; bits &= bits - 1) {
			u32 bit = (u32)__builtin_ctzll(bits), id = w * 64 + bit;
			u64 prio;

			if (!(known >> bit & 1) || depends(&p->op, &view->pending[id]))
				p->prio[id] = prng_next(&p->s.rng) | 1;
			/* not a branch: nobody could predict it */
			prio = p->prio[id] & -(allowed >> bit & 1);
			best = prio > best_prio ? id : best;
			best_prio = max(prio, best_prio);
		}
		p->known[w] = view->enabled[w];
	}
	p->op = view->pending[best];
	p->last = best;
	return best;
}

static const struct sampler_ops pos_ops = {
	.ex = {
		.name = "pos",
		.begin = pos_begin,
		.pick = pos_pick,
		.choose = sampler_choose,
		.done = sampler_done,
	},
	.finish = sampler_finish,
};

/**
 * sample_pos_new - partial-order sampling.
 */
struct explorer *sample_pos_new(void)
{
	return sampler_new(&pos_ops, sizeof(struct pos));
}
