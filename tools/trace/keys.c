// SPDX-License-Identifier: GPL-2.0-only
/*
 * The settings of each section, as data: parser and printer walk the same tables.
 *
 * Invariant: the order in a table is the order of printing and of the bits of 'set', and matches
 * the enums of trace_internal.h.
 */
#include "tools/trace/trace_internal.h"

/* clang-format off */
#define KEY(nm, ty, st, field, wd, lo, hi)							\
	{ nm, TRACE_KEY_##ty, offsetof(struct st, field), wd, lo, hi }
#define KEYS(id, text)										\
	const struct trace_keys trace_keys_##id = { text, id##_keys, ARRAY_SIZE(id##_keys) }

static const struct trace_key head_keys[] = {
	{.name = "title", .type = TRACE_KEY_OTHER},
	{.name = "expect", .type = TRACE_KEY_OTHER},
};
KEYS(head, "the head of a trace");

static const struct trace_key machine_keys[] = {
	KEY("cpus", COUNT, trace_machine, cpus, NULL, 1, TRACE_CPUS_MAX),
	KEY("memory", SIZE, trace_machine, memory, NULL, 4096, TRACE_MEMORY_MAX),
	KEY("preempt", WORD, trace_machine, preempt, &trace_words_preempt, 0, 0),
	KEY("scheduler", WORD, trace_machine, scheduler, &trace_words_scheduler, 0, 0),
	KEY("hz", COUNT, trace_machine, hz, NULL, 24, 10000),
	KEY("slice", TIME, trace_machine, slice_ns, NULL, 1000, NSEC_PER_SEC),
	KEY("hugepages-2M", COUNT, trace_machine, hugepages_2m, NULL, 0, TRACE_HUGEPAGES_MAX),
	KEY("hugepages-1G", COUNT, trace_machine, hugepages_1g, NULL, 0, TRACE_HUGEPAGES_MAX),
	KEY("fail-one-in", COUNT, trace_machine, fail_one_in, NULL, 2, 1000000000),
	KEY("restructure", WORD, trace_machine, restructure, &trace_words_restructure, 0, 0),
	KEY("hvo", BOOL, trace_machine, hvo, NULL, 0, 0),
	KEY("watchdog-thresh", TIME, trace_machine, watchdog.thresh_ns, NULL, 0, 60 * NSEC_PER_SEC),
	KEY("rcu-stall-timeout", TIME, trace_machine, watchdog.rcu_stall_ns, NULL, 0,
	    300 * NSEC_PER_SEC),
	KEY("wq-watchdog-thresh", TIME, trace_machine, watchdog.wq_thresh_ns, NULL, 0,
	    3600 * NSEC_PER_SEC),
	KEY("watchdog-phase", TIME, trace_machine, watchdog.phase_ns, NULL, 0, 60 * NSEC_PER_SEC),
	KEY("hung-task-timeout", TIME, trace_machine, watchdog.hung_task_ns, NULL, 0,
	    3600 * NSEC_PER_SEC),
};
KEYS(machine, "[machine]");

static const struct trace_key design_keys[] = {
	KEY("kernel", WORD, trace_design, kernel, &trace_words_kernel, 0, 0),
	{.name = "locking", .type = TRACE_KEY_OTHER},
};
KEYS(design, "[design]");

static const struct trace_key vm_keys[] = {
	KEY("type", WORD, trace_vm, type, &trace_words_vm_type, 0, 0),
	KEY("memory", SIZE, trace_vm, memory, NULL, 0, TRACE_MEMORY_MAX),
	KEY("vcpus", COUNT, trace_vm, vcpus, NULL, 1, TRACE_VCPUS_MAX),
	KEY("backing", PAGE, trace_vm, backing, NULL, 0, 0),
	KEY("init", WORD, trace_vm, init, &trace_words_attr, 0, 0),
	KEY("mmap", BOOL, trace_vm, mmap, NULL, 0, 0),
	KEY("private-zap", WORD, trace_vm, private_zap, &trace_words_private_zap, 0, 0),
	KEY("on-memory-fault", WORD, trace_vm, on_memory_fault, &trace_words_on_memory_fault, 0, 0),
	KEY("mapped", RANGES, trace_vm, mapped, NULL, 0, TRACE_MEMORY_MAX),
	KEY("watchdog-thresh", TIME, trace_vm, watchdog.thresh_ns, NULL, 0, 60 * NSEC_PER_SEC),
	KEY("rcu-stall-timeout", TIME, trace_vm, watchdog.rcu_stall_ns, NULL, 0,
	    300 * NSEC_PER_SEC),
	KEY("wq-watchdog-thresh", TIME, trace_vm, watchdog.wq_thresh_ns, NULL, 0,
	    3600 * NSEC_PER_SEC),
	KEY("watchdog-phase", TIME, trace_vm, watchdog.phase_ns, NULL, 0, 60 * NSEC_PER_SEC),
	KEY("hardlockup", WORD, trace_vm, watchdog.hardlockup, &trace_words_hardlockup, 0, 0),
	/* from here on: of TDs */
	KEY("build", WORD, trace_vm, td.build, &trace_words_build, 0, 0),
	KEY("accepted", RANGES, trace_vm, td.accepted, NULL, 0, TRACE_MEMORY_MAX),
	KEY("pending", RANGES, trace_vm, td.pending, NULL, 0, TRACE_MEMORY_MAX),
	KEY("accept", WORD, trace_vm, td.accept, &trace_words_accept, 0, 0),
	KEY("accept-len", SIZE, trace_vm, td.accept_len, NULL, 4096, 1ull << 30),
	KEY("pending-ve-disable", BOOL, trace_vm, td.pending_ve_disable, NULL, 0, 0),
	KEY("on-mapgpa", WORD, trace_vm, td.on_mapgpa, &trace_words_on_mapgpa, 0, 0),
};
KEYS(vm, "[vm]");

static const struct trace_key gmem_keys[] = {
	KEY("size", SIZE, trace_gmem, size, NULL, 4096, TRACE_MEMORY_MAX),
	KEY("backing", PAGE, trace_gmem, backing, NULL, 0, 0),
	KEY("init", WORD, trace_gmem, init, &trace_words_attr, 0, 0),
	KEY("mmap", BOOL, trace_gmem, mmap, NULL, 0, 0),
};
KEYS(gmem, "'gmem'");

static const struct trace_key slot_keys[] = {
	KEY("gpa", ADDR, trace_slot, gpa, NULL, 0, TRACE_MEMORY_MAX),
	KEY("len", SIZE, trace_slot, len, NULL, 4096, TRACE_MEMORY_MAX),
	{.name = "gmem", .type = TRACE_KEY_OTHER},
	KEY("offset", ADDR, trace_slot, offset, NULL, 0, TRACE_MEMORY_MAX),
};
KEYS(slot, "'slot'");

static const struct trace_key task_keys[] = {
	KEY("kind", WORD, trace_task, kind, &trace_words_actor, 0, 0),
	{.name = "vm", .type = TRACE_KEY_OTHER},
	{.name = "cpu", .type = TRACE_KEY_OTHER},
	{.name = "process", .type = TRACE_KEY_OTHER},
};
KEYS(task, "[task]");

static const struct trace_key schedule_keys[] = {
	KEY("engine", WORD, trace_schedule, engine, &trace_words_engine, 0, 0),
	KEY("explored", BOOL, trace_schedule, explored, NULL, 0, 0),
	{.name = "bug", .type = TRACE_KEY_OTHER},
	KEY("model", HEX, trace_schedule, model, NULL, 0, UINT64_MAX),
	KEY("config", HEX, trace_schedule, config, NULL, 0, UINT64_MAX),
	KEY("finding", COUNT, trace_schedule, finding, NULL, 1, 256),
	KEY("seed", U64, trace_schedule, seed, NULL, 0, UINT64_MAX),
	KEY("fingerprint", HEX, trace_schedule, fingerprint, NULL, 0, UINT64_MAX),
	KEY("steps", U64, trace_schedule, steps, NULL, 0, UINT32_MAX),
	KEY("preemptions", COUNT, trace_schedule, preemptions, NULL, 0, UINT32_MAX),
	KEY("zero-values", BOOL, trace_schedule, zero_values, NULL, 0, 0),
	KEY("all-points", BOOL, trace_schedule, all_points, NULL, 0, 0),
	{.name = "depart", .type = TRACE_KEY_OTHER, .repeats = true},
	{.name = "choose", .type = TRACE_KEY_OTHER, .repeats = true},
	{.name = "tape", .type = TRACE_KEY_OTHER, .repeats = true},
};
KEYS(schedule, "[schedule]");

static const struct trace_key tdx_keys[] = {
	KEY("packages", COUNT, trace_tdx, packages, NULL, 1, 64),
	KEY("hkids", COUNT, trace_tdx, hkids, NULL, 1, 1023),
	KEY("dynamic-pamt", BOOL, trace_tdx, dynamic_pamt, NULL, 0, 0),
	KEY("huge-pages", BOOL, trace_tdx, huge_pages, NULL, 0, 0),
	KEY("zero-step-tree", WORD, trace_tdx, zero_step_tree, &trace_words_tree_mode, 0, 0),
	KEY("promote-tree", WORD, trace_tdx, promote_tree, &trace_words_tree_mode, 0, 0),
	KEY("demote-poll", WORD, trace_tdx, demote_poll, &trace_words_demote_poll, 0, 0),
	KEY("host-priority", WORD, trace_tdx, host_priority, &trace_words_host_priority, 0, 0),
	KEY("host-priority-timeout", TIME, trace_tdx, host_priority_timeout_ns, NULL,
	    10 * NSEC_PER_MS, 100 * NSEC_PER_SEC),
	KEY("accept-stale-leaf", BOOL, trace_tdx, accept_stale_leaf, NULL, 0, 0),
	KEY("nonblocking-resize", BOOL, trace_tdx, nonblocking_resize, NULL, 0, 0),
};
KEYS(tdx, "[tdx]");

const struct trace_watchdog trace_watchdog_default = {
	.thresh_ns = 10 * NSEC_PER_SEC,
	.rcu_stall_ns = 21 * NSEC_PER_SEC,
	.wq_thresh_ns = 30 * NSEC_PER_SEC,
	.hung_task_ns = 120 * NSEC_PER_SEC,
	.phase_ns = UINT64_MAX,
	.hardlockup = TRACE_HARDLOCKUP_PERF,
};
