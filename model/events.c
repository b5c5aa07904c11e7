// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/events.c - names and formats of the model's trace events.
 *
 * Invariant: entry i describes event EV_MODEL_FIRST + i.
 */
#include "model/events.h"

const struct sim_event_desc model_event_desc[] = {
#define EVENT(name, fmt) {#name, fmt},
	MODEL_EVENTS(EVENT)
#undef EVENT
};

_Static_assert((int)EV_MODEL_END <= (int)EV_MAX, "the event number is smaller than that");
_Static_assert(sizeof(model_event_desc) / sizeof(model_event_desc[0]) == NR_MODEL_EVENTS,
	       "one description per event");
