/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/follow.h - a recorded run repeated: its tape, or its schedule, given to the replay.
 */
#ifndef TOOLS_FOLLOW_H
#define TOOLS_FOLLOW_H

#include "sim/schedule_run.h"
#include "tools/explore/explore.h"

struct follow {
	/* written by the functions below */
	bool search; /* it is a schedule, not a tape */
	struct choice *tape;
	size_t tape_len;
	struct schedule schedule;
	struct schedule_player player;
};

/**
 * follow_begin - have @opt repeat what the trace's [schedule] has recorded
 * @f: outlives the replay
 */
void follow_begin(struct follow *f, const struct trace *t, struct replay_options *opt);

/**
 * follow_end - after the run: was it the same?
 * @why: receives half a sentence: "17 decisions, 2 preemptions", or where it became another one
 */
bool follow_end(struct follow *f, const struct trace *t, struct sim *sim, char why[200]);
void follow_finish(struct follow *f);

#endif
