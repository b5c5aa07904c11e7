/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/sampler.h - what the samplers share; see sim/sample.h.  Not for others.
 */
#ifndef SIM_SAMPLER_H
#define SIM_SAMPLER_H

#include "sim/fair.h"
#include "sim/sample.h"
#include "sim/schedule.h"

struct sampler_ops {
	/* constant */
	struct explorer_ops ex; /* first: an explorer's ops are these */
	bool (*promise)(const struct explorer *ex, u32 i, struct pct_promise *p);
	const char *(*run_name)(const struct explorer *ex); /* NULL: ex.name */
	void (*finish)(struct explorer *ex);
};

struct sampler {
	struct explorer ex;
	/* written by the sampler, anew for each run */
	struct prng rng;
	u64 seed;
	u32 nr_tasks;
	u32 *nth[2]; /* by task: values and failures it has asked for; one more for nobody */
	struct fair fair;
	u64 decisions; /* with more than one alternative */
	u64 max_decisions; /* of a run so far */
	u32 cap_tasks;
	void *memory; /* nth and what the strategy keeps by task */
};

/* The first bytes of a sampler's memory are nth; the strategy's own begin here. */
void *sampler_begin(struct sampler *s, struct sim *sim, size_t bytes_per_task);
u32 sampler_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n);
bool sampler_done(struct explorer *ex, struct sim *sim);
void *sampler_new(const struct sampler_ops *ops, size_t bytes);
void sampler_finish(struct explorer *ex);

#endif
