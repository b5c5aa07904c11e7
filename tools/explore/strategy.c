// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strategies by name, and the explorers they are.
 *
 * Samplers are made anew in each worker: schedule i is a function of its seed, so it does not
 * matter who runs it.  A search remembers what it has seen: it is one worker's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore_tree.h"
#include "sim/sample.h"
#include "sim/sim.h"
#include "tools/explore/internal.h"

#define SEARCH_MAX_TASKS 64 /* as sim/explore_tree.h says */
#define PORTFOLIO_SHARE	 4
/* more than the model counts before it says livelock */
#define SEARCH_MAX_RETRIES 24
#define SEARCH_MAX_STEPS   60000

const struct campaign_strategy_desc campaign_strategies[CAMPAIGN_NR + 1] = {
	[CAMPAIGN_PORTFOLIO] = {"portfolio", "POS and PCT of depths 2 to 5, and every fourth "
					     "schedule dpor; dfs with --preemptions"},
	[CAMPAIGN_RANDOM] = {"random", "any task that can go on does"},
	[CAMPAIGN_PCT] = {"pct:D", "random priorities that change at D - 1 places: finds defects "
				   "of depth D with a known probability"},
	[CAMPAIGN_POS] = {"pos", "priorities of single steps: samples partial orders"},
	[CAMPAIGN_DFS] = {"dfs", "all schedules, or those with at most --preemptions K"},
	[CAMPAIGN_DPOR] = {"dpor", "one schedule of each class of equivalent ones"},
};

bool campaign_strategy_parse(struct campaign_options *o, const char *text)
{
	char *end;

	if (strncmp(text, "pct:", 4) == 0) {
		unsigned long depth = strtoul(text + 4, &end, 10);

		o->strategy = CAMPAIGN_PCT;
		o->depth = (u32)depth;
		return text[4] >= '1' && text[4] <= '9' && !*end && depth <= PCT_MAX_DEPTH;
	}
	for (u32 i = 0; i < CAMPAIGN_NR; i++) {
		if (i != CAMPAIGN_PCT && strcmp(text, campaign_strategies[i].name) == 0) {
			o->strategy = (enum campaign_strategy)i;
			return true;
		}
	}
	return false;
}

struct explorer *campaign_sampler(const struct campaign_options *o, u64 decisions)
{
	switch (o->strategy) {
	case CAMPAIGN_PORTFOLIO:
		return portfolio_new(NULL, decisions);
	case CAMPAIGN_RANDOM:
		return sample_random_new();
	case CAMPAIGN_PCT:
		return sample_pct_new(o->depth, decisions);
	case CAMPAIGN_POS:
		return sample_pos_new();
	default:
		return NULL;
	}
}

u32 campaign_search_share(const struct campaign_options *o, u32 nr_tasks)
{
	switch (o->strategy) {
	case CAMPAIGN_DFS:
	case CAMPAIGN_DPOR:
		return 1;
	case CAMPAIGN_PORTFOLIO:
		return nr_tasks <= SEARCH_MAX_TASKS ? PORTFOLIO_SHARE : 0;
	default:
		return 0;
	}
}

struct explorer *campaign_search(const struct campaign_options *o)
{
	struct explore_options opt;
	bool bounded = o->preemptions != UINT32_MAX;
	struct explorer *ex;

	explore_options_default(&opt);
	opt.mode = o->strategy == CAMPAIGN_DFS || bounded ? EXPLORE_DFS : EXPLORE_DPOR;
	opt.sleep_sets = !bounded;
	opt.seed = o->seed;
	opt.max_retries = SEARCH_MAX_RETRIES;
	opt.max_steps = SEARCH_MAX_STEPS;
	if (bounded)
		opt.max_preemptions = o->preemptions;
	ex = explore_tree_create(&opt);
	SIM_ASSERT(ex);
	return ex;
}
