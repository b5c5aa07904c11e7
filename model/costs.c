// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/costs.c - descriptions of the named costs, generated from the one list.
 */
#include "model/costs.h"

const struct cost_desc cost_descs[NR_COSTS] = {
#define COST(name, unit, text) {#name, unit, text},
	MODEL_COSTS(COST)
#undef COST
};
