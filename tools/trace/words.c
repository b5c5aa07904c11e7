// SPDX-License-Identifier: GPL-2.0-only
/*
 * The closed word lists of the trace language, and the nearest word to a wrong one.
 *
 * Invariant: the order of each list is the order of the enum it names.
 */
#include <errno.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

#define WORDS(id, text, ...)                                  \
	static const char *const id##_list[] = {__VA_ARGS__}; \
	const struct trace_words trace_words_##id = {text, id##_list, ARRAY_SIZE(id##_list)}

/* clang-format off */
WORDS(kernel, "kernel", "mainline", "inplace", "hugetlb-wip", "hugetlb-plan");
WORDS(preempt, "preemption model", "none", "voluntary", "lazy", "full");
WORDS(hardlockup, "detector of hard lockups", "off", "perf", "buddy");
WORDS(restructure, "way of restructuring folios", "in-place", "stash");
WORDS(private_zap, "effect of a private zap", "keeps", "destroys");
WORDS(on_memory_fault, "answer to memory faults", "stop", "convert");
WORDS(tree_mode, "mode of the S-EPT tree's lock", "shared", "exclusive");
WORDS(demote_poll, "polling for interrupts", "l2", "always");
WORDS(host_priority, "fate of the host's priority", "preserved", "lost");
WORDS(build, "part of a TD's making", "all", "vcpus", "none");
WORDS(accept, "way to accept memory", "ve", "lazy", "eager", "none");
WORDS(on_mapgpa, "answer to MapGPA", "convert", "thread", "refuse");
WORDS(scheduler, "scheduler", "fifo", "random", "search");
WORDS(vm_type, "VM type", "default", "sw-protected", "tdx");
WORDS(attr, "attribute", "private", "shared");
WORDS(access, "access", "read", "write", "exec");
WORDS(advice, "advice", "dontneed", "populate-read", "populate-write", "remove", "free", "cold",
      "pageout", "hugepage", "collapse", "hwpoison", "dontfork");
WORDS(prot, "protection", "none", "read", "write", "exec");
WORDS(fd, "file descriptor", "gmem", "none", "system", "vm", "memfd", "closed");
WORDS(via, "way", "copy", "process-vm", "direct", "proc-mem", "pipe");
WORDS(bool, "answer", "no", "yes");
WORDS(engine, "engine", "virtual", "threads");
WORDS(actor, "kind of actor", "guest", "vmm", "kernel", "device");
WORDS(exit, "exit", "memory_fault", "mmio", "hypercall", "internal_error", "shutdown",
      "system_event");
WORDS(field, "field", "error_offset", "flags", "gpa", "size", "left", "done", "value", "present",
      "private", "order", "refcount", "mapcount", "uptodate", "pinned", "poisoned", "blksize",
      "blocks", "operand", "rcx", "rdx", "r8");
WORDS(section, "section", "", "machine", "design", "vm", "cost", "preamble", "task", "final",
      "schedule", "tdx");
WORDS(locking, "locking", "file", "chunk", "chunk-open", "range", "bucket", "seq",
      "prepare-outside");
WORDS(pred, "condition", "stall", "latency", "hold", "wait", "duration", "errors", "ops",
      "allocated", "refcount", "mapped", "present", "private", "shared", "pinned", "killed",
      "leaf", "accepted", "pending", "calls", "busy");
WORDS(rule, "rule", "attr-mapping", "leaf-folio", "freed-mapped", "invalidate-balance",
      "tlb-stale", "lifetime", "mirror-sept", "error-atomic", "content", "refcount", "errno",
      "deadlock", "lock-order", "data-race", "livelock", "guest-soft-lockup",
      "guest-hard-lockup", "guest-rcu-stall", "host-soft-lockup", "host-hung-task",
      "host-rcu-stall", "hold-budget", "expect", "guest-wq-stall", "host-wq-stall");
WORDS(param, "argument", "at", "after", "attr", "access", "advice", "addr", "len", "time",
      "count", "var", "from", "to", "step", "name", "as", "until", "map", "gmem", "vm",
      "preamble", "slot", "gpa", "offset", "size", "backing", "level", "init", "value", "flags",
      "vcpu", "hold", "word", "task", "rcx", "rdx", "r8", "r9", "r12", "r13",
      "tick", "mmap", "prot", "fd", "attrs",
      "reserved", "mode", "via", "link", "longterm", "irqs-off", "secret", "again", "cow", "fatal",
      "anon", "populate", "locked", "hugetlb", "validate", "bad-pointer", "compact", "v1",
      "measure", "cond",
      "fail", "expect");

_Static_assert(ARRAY_SIZE(param_list) == TRACE_ARG_NR, "a name for each argument");
_Static_assert(ARRAY_SIZE(kernel_list) == TRACE_KERNEL_NR, "a name for each kernel");
_Static_assert(ARRAY_SIZE(prot_list) == TRACE_PROT_NR, "a name for each protection");
_Static_assert(ARRAY_SIZE(fd_list) == TRACE_FD_NR, "a name for each descriptor");
_Static_assert(ARRAY_SIZE(via_list) == TRACE_VIA_NR, "a name for each way");
_Static_assert(ARRAY_SIZE(advice_list) == TRACE_ADVICE_NR, "a name for each advice");
_Static_assert(ARRAY_SIZE(pred_list) == TRACE_P_NR, "a name for each predicate");
_Static_assert(ARRAY_SIZE(field_list) == TRACE_FIELD_NR, "a name for each field");
_Static_assert(ARRAY_SIZE(exit_list) == TRACE_EXIT_NR, "a name for each exit");
_Static_assert(ARRAY_SIZE(section_list) == TRACE_SEC_NR, "a name for each section");
_Static_assert(ARRAY_SIZE(tree_mode_list) == TRACE_TREE_NR, "a name for each mode");
_Static_assert(ARRAY_SIZE(demote_poll_list) == TRACE_POLL_NR, "a name for each way");
_Static_assert(ARRAY_SIZE(host_priority_list) == TRACE_HP_NR, "a name for each fate");
_Static_assert(ARRAY_SIZE(build_list) == TRACE_BUILD_NR, "a name for each part");
_Static_assert(ARRAY_SIZE(accept_list) == TRACE_ACCEPT_NR, "a name for each way");
_Static_assert(ARRAY_SIZE(on_mapgpa_list) == TRACE_MAPGPA_NR, "a name for each answer");
_Static_assert(ARRAY_SIZE(on_memory_fault_list) == TRACE_FAULT_NR, "a name for each answer");

const struct trace_pred_info trace_preds[TRACE_P_NR] = {
	[TRACE_P_STALL] = { TRACE_PA_TASK, TRACE_T_TIME },
	[TRACE_P_LATENCY] = { TRACE_PA_TASK, TRACE_T_TIME },
	[TRACE_P_HOLD] = { TRACE_PA_LOCK, TRACE_T_TIME },
	[TRACE_P_WAIT] = { TRACE_PA_LOCK, TRACE_T_TIME },
	[TRACE_P_DURATION] = { TRACE_PA_NONE, TRACE_T_TIME },
	[TRACE_P_ERRORS] = { TRACE_PA_TASK, TRACE_T_COUNT },
	[TRACE_P_OPS] = { TRACE_PA_TASK, TRACE_T_COUNT },
	[TRACE_P_ALLOCATED] = { TRACE_PA_VM, TRACE_T_COUNT },
	[TRACE_P_REFCOUNT] = { TRACE_PA_VM_ADDR, TRACE_T_COUNT },
	[TRACE_P_MAPPED] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_PRESENT] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_PRIVATE] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_SHARED] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_PINNED] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_KILLED] = { TRACE_PA_TASK, TRACE_T_BOOL },
	[TRACE_P_LEAF] = { TRACE_PA_VM_ADDR, TRACE_T_SIZE },
	[TRACE_P_ACCEPTED] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_PENDING] = { TRACE_PA_VM_ADDR, TRACE_T_BOOL },
	[TRACE_P_CALLS] = { TRACE_PA_SEAMCALL, TRACE_T_COUNT },
	[TRACE_P_BUSY] = { TRACE_PA_SEAMCALL, TRACE_T_COUNT },
};

/* The errno values a modelled call can answer with. */
static const struct {
	const char *name;
	int value;
} errnos[] = {
#define E(x) { #x, x }
	E(EPERM), E(ENOENT), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(EBADF), E(EAGAIN), E(ENOMEM),
	E(EACCES), E(EFAULT), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(EINVAL), E(ENFILE),
	E(EMFILE), E(ENOTTY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(ERANGE), E(EDEADLK),
	E(ECHILD), E(ENOSYS), E(EOVERFLOW), E(EOPNOTSUPP), E(ETIMEDOUT), E(ESTALE), E(EHWPOISON),
#undef E
};
/* clang-format on */

const struct trace_words *trace_type_words(enum trace_type type)
{
	switch (type) {
	case TRACE_T_ATTR:
		return &trace_words_attr;
	case TRACE_T_ACCESS:
		return &trace_words_access;
	case TRACE_T_ADVICE:
		return &trace_words_advice;
	case TRACE_T_PROT:
		return &trace_words_prot;
	case TRACE_T_FD:
		return &trace_words_fd;
	case TRACE_T_VIA:
		return &trace_words_via;
	case TRACE_T_BOOL:
		return &trace_words_bool;
	default:
		return NULL;
	}
}

static bool same(const char *word, const char *s, u32 len)
{
	return strncmp(word, s, len) == 0 && word[len] == 0;
}

int trace_word_find(const struct trace_words *words, const char *s, u32 len)
{
	for (u32 i = 0; i < words->n; i++)
		if (words->v[i][0] == s[0] && same(words->v[i], s, len))
			return i;
	/* the one word with two spellings */
	if (words == &trace_words_advice && same("zap", s, len))
		return TRACE_DONTNEED;
	return -1;
}

int trace_verb_find(const char *s, u32 len)
{
	for (u32 i = 0; i < TRACE_OP_END; i++)
		if (trace_verbs[i].name[0] == s[0] && same(trace_verbs[i].name, s, len))
			return i;
	return -1;
}

int trace_errno_find(const char *s, u32 len)
{
	for (u32 i = 0; i < ARRAY_SIZE(errnos); i++)
		if (same(errnos[i].name, s, len))
			return errnos[i].value;
	return -1;
}

const char *trace_errno_name(int err)
{
	for (u32 i = 0; i < ARRAY_SIZE(errnos); i++)
		if (errnos[i].value == err)
			return errnos[i].name;
	return NULL;
}

static const char *nth_word(const struct trace_words *words, u32 i)
{
	return i < words->n ? words->v[i] : NULL;
}

const char *trace_verb_name(enum trace_verb verb)
{
	return verb < TRACE_VERB_NR ? trace_verbs[verb].name : NULL;
}

const char *trace_kernel_name(enum trace_kernel kernel)
{
	return nth_word(&trace_words_kernel, kernel);
}

const char *trace_actor_name(enum trace_actor actor)
{
	return nth_word(&trace_words_actor, actor);
}

const char *trace_preempt_name(enum trace_preempt preempt)
{
	return nth_word(&trace_words_preempt, preempt);
}

const char *trace_vm_type_name(enum trace_vm_type type)
{
	return nth_word(&trace_words_vm_type, type);
}

const char *trace_attr_name(enum trace_attr attr)
{
	return nth_word(&trace_words_attr, attr);
}

const char *trace_access_name(enum trace_access access)
{
	return nth_word(&trace_words_access, access);
}

const char *trace_via_name(enum trace_via via)
{
	return nth_word(&trace_words_via, via);
}

const char *trace_advice_name(enum trace_advice advice)
{
	return nth_word(&trace_words_advice, advice);
}

const char *trace_pred_name(enum trace_pred pred)
{
	return nth_word(&trace_words_pred, pred);
}

const char *trace_exit_name(enum trace_exit reason)
{
	return nth_word(&trace_words_exit, reason);
}

const char *trace_field_name(enum trace_field_id field)
{
	return nth_word(&trace_words_field, field);
}

const char *trace_rule_name(unsigned int i)
{
	return nth_word(&trace_words_rule, i);
}

/* ---- the nearest word -------------------------------------------------- */

/*
 * Edit distance with transpositions of neighbours (optimal string alignment), cut off at names
 * of TRACE_NAME_MAX bytes.
 */
static u32 distance(const char *a, u32 la, const char *b, u32 lb)
{
	u8 row[3][TRACE_NAME_MAX + 2];
	u8 *prev2 = row[0], *prev = row[1], *cur = row[2];

	for (u32 j = 0; j <= lb; j++)
		prev[j] = j;
	for (u32 i = 1; i <= la; i++) {
		u8 *old = prev2;

		cur[0] = i;
		for (u32 j = 1; j <= lb; j++) {
			u32 d = prev[j - 1] + (a[i - 1] != b[j - 1]);

			d = min(d, min(prev[j], cur[j - 1]) + 1u);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = min(d, prev2[j - 2] + 1u);
			cur[j] = d;
		}
		prev2 = prev;
		prev = cur;
		cur = old;
	}
	return prev[lb];
}

void trace_suggest_init(struct trace_suggest *s, const char *word, u32 len)
{
	*s = (struct trace_suggest){word, len, NULL, len <= 3 ? 2 : len / 3 + 2};
}

void trace_suggest_offer(struct trace_suggest *s, const char *candidate)
{
	size_t len = strlen(candidate);
	u32 d;

	if (!len || len > TRACE_NAME_MAX || s->len > TRACE_NAME_MAX)
		return;
	d = distance(s->word, s->len, candidate, len);
	if (d < s->best_distance && d < len) {
		s->best = candidate;
		s->best_distance = d;
	}
}

void trace_suggest_words(struct trace_suggest *s, const struct trace_words *words)
{
	for (u32 i = 0; i < words->n; i++)
		trace_suggest_offer(s, words->v[i]);
}
