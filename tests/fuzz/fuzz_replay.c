// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any trace at all, made to happen for a while.
 *
 * What must hold: whatever the parser accepts is refused with an error or runs without a crash, a
 * leak or a failed assertion; operations have results the kernel could give (rule errno),
 * references and mappings stay in order (the invariants of model/check).  Findings that a trace can
 * bring about by itself (deadlocks, unlock of what is not locked, wrong expectations) are fine.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/replay/replay.h"

#define MAX_TASKS 12
#define MAX_CPUS  16

/* Rules that no trace can break, unless the model does. */
static const char *const never[] = {
	"attr-mapping", "leaf-folio", "freed-mapped", "invalidate-balance",
	"tlb-stale",	"lifetime",   "refcount",     "errno",
};

static bool small_enough(const struct trace *t)
{
	u32 tasks = 0;

	for (u32 i = 0; i < t->n_tasks; i++)
		tasks += trace_task_instances(&t->tasks[i]);
	for (u32 i = 0; i < t->n_vms; i++)
		tasks += t->vms[i].vcpus;
	return tasks <= MAX_TASKS && t->machine.cpus <= MAX_CPUS;
}

static void check_findings(const struct sim *sim, const char *data, size_t size)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(never); k++) {
			if (strcmp(sim->findings[i].rule, never[k]) != 0)
				continue;
			fprintf(stderr, "%s: %s\n", never[k], sim->findings[i].message);
			fwrite(data, 1, size, stderr);
			abort();
		}
	}
}

static void run(const struct trace *t, const char *data, size_t size)
{
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct replay *r;

	replay_options_default(&opt);
	opt.limit_ns = 20 * NSEC_PER_MS;
	opt.limit_points = 20000;
	opt.sched = size % 2 ? SCHED_RANDOM : SCHED_FIFO;
	opt.seed = size;
	r = replay_create(t, &opt, &errs);
	if (r) {
		replay_run(r);
		check_findings(replay_sim(r), data, size);
	} else if (!errs.n) {
		abort();
	}
	replay_destroy(r);
	trace_errors_finish(&errs);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("fuzz", (const char *)data, size, &replay_names, &errs);

	if (t && small_enough(t))
		run(t, (const char *)data, size);
	trace_free(t);
	trace_errors_finish(&errs);
	return 0;
}
