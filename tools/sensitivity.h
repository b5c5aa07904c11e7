/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/sensitivity.h - does the verdict of a run hang on costs that nobody has measured?
 */
#ifndef TOOLS_SENSITIVITY_H
#define TOOLS_SENSITIVITY_H

#include "tools/replay/replay.h"
#include "tools/report/report.h"

/**
 * sensitivity_run - run a trace again, with each doubtful cost halved and doubled
 * @r: of the run as it is: its costs are known; receives verdict and sensitivity[]
 *
 * Return: false if it was interrupted, or a run could not be made.
 */
bool sensitivity_run(const struct trace *t, const struct replay_options *opt, struct report *r);

void sensitivity_free(struct report *r);

#endif
