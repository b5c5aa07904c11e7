/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings of unmodified kernel profiles that are true of the public code they mirror.
 *
 * Each has a page in docs/findings with its minimal trace, which tests/findings runs: a finding
 * that is no longer true is noticed there, and one that has become rare by a campaign.
 */
#ifndef TESTS_PROP_KNOWN_FINDINGS_H
#define TESTS_PROP_KNOWN_FINDINGS_H

#include "tools/trace/trace.h"

#define KNOWN_FINDINGS_MAX 64

struct known_finding {
	/* constant */
	const char *page; /* of docs/findings, without .md; NULL past the end */
	u32 kernels;	  /* a bit for each enum trace_kernel */
	const char *rule;
	const char *says;  /* part of its message */
	const char *needs; /* a word of the trace that makes it possible; NULL: none */
};

extern const struct known_finding known_findings[];

/* Return: the index of the row that a finding of @trace is an instance of, -1 if there is none. */
int known_finding(enum trace_kernel kernel, const char *trace, const char *rule,
		  const char *message);

#endif
