/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace language: what a parsed trace looks like, and how to get one.
 *
 * A trace is parsed as a whole or not at all. A struct trace that a caller
 * holds has passed every check of the language: names resolve, sections are
 * there, numbers are in range, blocks are closed. docs/TRACE.md is the
 * grammar; this header is the same thing as data.
 *
 * Invariants of a struct trace:
 * 1. All operations of all tasks and preambles lie in one array, ops[]. The
 *    body of a task is ops[first_op .. first_op + n_ops - 1], in file order.
 * 2. A block (repeat, for) is its opening operation, its body, and one END
 *    operation; 'match' of the one is the index of the other. Blocks nest.
 * 3. Every argument of an operation appears once, in args[], sorted by id.
 * 4. References (vm, gmem, task, signal, ...) are indices that are in range.
 * 5. trace_parse(trace_print(t)) is equal to t, as trace_equal() sees it.
 *
 * Nothing here changes after parsing, so a trace may be shared by any number
 * of simulations and threads; all fields are "written by the parser only".
 */
#ifndef TOOLS_TRACE_TRACE_H
#define TOOLS_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_VERSION		1
#define TRACE_LINE_MAX		4096		/* bytes in one line */
#define TRACE_FILE_MAX		(512u << 20)	/* bytes in one trace */
#define TRACE_NAME_MAX		63		/* bytes in one name */
#define TRACE_OPS_MAX		(16u << 20)	/* operations in one trace */
#define TRACE_TASKS_MAX		4096		/* task instances, all ranges together */
#define TRACE_VMS_MAX		64
#define TRACE_VCPUS_MAX		4096		/* per VM */
#define TRACE_CPUS_MAX		8192		/* host CPUs */
#define TRACE_SLOTS_MAX		32764		/* per VM, as in KVM */
#define TRACE_DEPTH_MAX		16		/* nested blocks; nested preambles */
#define TRACE_REPEAT_MAX	1000000000ull	/* rounds of one block */
#define TRACE_ROUNDS_MAX	1000000000000ull /* rounds of nested blocks multiplied */
#define TRACE_MEMORY_MAX	(64ull << 40)	/* bytes, the machine and each VM */
#define TRACE_ERRORS_MAX	20
#define TRACE_NONE		UINT32_MAX	/* "no such index" */

/* A place in the trace file; line and col count from 1, col in bytes. */
struct trace_loc {
	uint32_t line;
	uint32_t col;
};

/* ---- values ---------------------------------------------------------- */

/*
 * A number that is not constant:
 *   base + step * draw(n) + sum of var[i] * scale[i]      (modulo 2^64)
 * rand(a, b) draws from a, a+step, ... below b: base = a, n = how many. Loop
 * variables are numbered by the depth of their 'for'; number 0 is 'self', the
 * number at the end of the task's name (vcpu3: 3).
 */
struct trace_expr {
	/* written by the parser only */
	uint64_t base;
	uint64_t rand_n;		/* 0: no random part */
	uint64_t rand_step;
	uint64_t scale[2];
	uint8_t var[2];			/* meaningful where scale is not 0 */
};

/* What trace_arg_u64() needs to know to give an expression its value. */
struct trace_env {
	/* written by the caller */
	uint64_t var[1 + TRACE_DEPTH_MAX];	/* self, then the loop variables */
	uint64_t (*draw)(void *ctx, uint64_t n);/* a choice in 0 .. n-1 */
	void *ctx;
};

enum trace_kernel {
	TRACE_KERNEL_MAINLINE,
	TRACE_KERNEL_INPLACE,
	TRACE_KERNEL_HUGETLB_WIP,
	TRACE_KERNEL_HUGETLB_PLAN,
	TRACE_KERNEL_NR,
};

enum trace_outcome {
	TRACE_OUT_ANY,			/* only the fields count */
	TRACE_OUT_OK,
	TRACE_OUT_ERRNO,		/* 'value' is the positive errno number */
	TRACE_OUT_SIGBUS,
	TRACE_OUT_SIGSEGV,
	TRACE_OUT_BYTES,		/* every byte read equals 'value' */
	TRACE_OUT_EXIT,			/* 'value' is an enum trace_exit */
};

enum trace_exit {
	TRACE_EXIT_MEMORY_FAULT,
	TRACE_EXIT_MMIO,
	TRACE_EXIT_HYPERCALL,
	TRACE_EXIT_INTERNAL_ERROR,
	TRACE_EXIT_SHUTDOWN,
	TRACE_EXIT_NR,
};

enum trace_field_id {
	TRACE_FIELD_ERROR_OFFSET,	/* of convert */
	TRACE_FIELD_FLAGS,		/* of an exit */
	TRACE_FIELD_GPA,
	TRACE_FIELD_SIZE,
	TRACE_FIELD_LEFT,		/* bytes that prefault did not do */
	TRACE_FIELD_DONE,		/* bytes or pages that were done */
	TRACE_FIELD_VALUE,		/* of counter and state */
	TRACE_FIELD_NR,
};

struct trace_field {
	/* written by the parser only */
	uint8_t id;			/* enum trace_field_id */
	uint64_t value;
};

/* One alternative of expect=A|B|C. */
struct trace_expect {
	/* written by the parser only */
	uint8_t outcome;		/* enum trace_outcome */
	uint8_t kernels;		/* bit per enum trace_kernel; 0: every kernel */
	uint16_t n_fields;
	uint32_t first_field;		/* in fields[] */
	uint64_t value;
};

/* ---- operations ------------------------------------------------------ */

/* Who may perform a verb; a task's kind is one of these. */
enum trace_actor {
	TRACE_ACTOR_GUEST,
	TRACE_ACTOR_VMM,
	TRACE_ACTOR_KERNEL,
	TRACE_ACTOR_DEVICE,
	TRACE_ACTOR_NR,
};

enum trace_verb {
	/* guest */
	TRACE_OP_TOUCH, TRACE_OP_ACCEPT, TRACE_OP_MAPGPA, TRACE_OP_RUN, TRACE_OP_SPIN, TRACE_OP_HALT,
	TRACE_OP_LOCK, TRACE_OP_UNLOCK,
	/* VMM */
	TRACE_OP_CREATE, TRACE_OP_BIND, TRACE_OP_UNBIND, TRACE_OP_CLOSE, TRACE_OP_MMAP, TRACE_OP_MUNMAP,
	TRACE_OP_ACCESS, TRACE_OP_CONVERT, TRACE_OP_ATTRIBUTES, TRACE_OP_ALLOCATE, TRACE_OP_PUNCH,
	TRACE_OP_POPULATE, TRACE_OP_PREFAULT, TRACE_OP_PIN, TRACE_OP_UNPIN, TRACE_OP_IOMMU_MAP,
	TRACE_OP_IOMMU_UNMAP, TRACE_OP_MEMSLOT_DELETE, TRACE_OP_DESTROY,
	/* host kernel */
	TRACE_OP_LRU_DRAIN, TRACE_OP_SPECULATIVE_REF, TRACE_OP_MEMORY_FAILURE, TRACE_OP_MIGRATE,
	TRACE_OP_COLLAPSE, TRACE_OP_SEAMCALL,
	/* processes and files */
	TRACE_OP_FORK, TRACE_OP_JOIN, TRACE_OP_DUP, TRACE_OP_STAT, TRACE_OP_IO, TRACE_OP_ADVISE, TRACE_OP_PROTECT,
	TRACE_OP_COUNTER, TRACE_OP_STATE,
	/* control */
	TRACE_OP_SLEEP, TRACE_OP_FOR, TRACE_OP_REPEAT, TRACE_OP_USE, TRACE_OP_SIGNAL, TRACE_OP_WAIT,
	TRACE_OP_BARRIER, TRACE_OP_EXPECT, TRACE_OP_FAIL,
	TRACE_OP_END,			/* closes a block; written '}' */
	TRACE_VERB_NR,
};

/*
 * Arguments mean the same for every verb that takes them. The comment gives
 * the kind of value (enum trace_kind) and what it stands for.
 */
enum trace_arg_id {
	/* prefixes */
	TRACE_ARG_AT,			/* number: ns since the start of the run */
	TRACE_ARG_AFTER,		/* number: ns since the task's previous operation ended */
	/* positional in most verbs */
	TRACE_ARG_ATTR,			/* word: enum trace_attr */
	TRACE_ARG_ACCESS,		/* word: enum trace_access */
	TRACE_ARG_ADVICE,		/* word: enum trace_advice */
	TRACE_ARG_ADDR,			/* number: guest physical address, or offset in the file */
	TRACE_ARG_LEN,			/* number: bytes */
	TRACE_ARG_TIME,			/* number: ns */
	TRACE_ARG_COUNT,		/* number: rounds, or how many */
	TRACE_ARG_VAR,			/* const: variable number of a 'for' */
	TRACE_ARG_FROM,			/* const: first value of a 'for' */
	TRACE_ARG_TO,			/* const: last value of a 'for' */
	TRACE_ARG_STEP,			/* const: step of a 'for' */
	/* named objects */
	TRACE_ARG_NAME,			/* name: the verb's own object (signal, lock, ...) */
	TRACE_ARG_AS,			/* name: the object that this operation makes */
	TRACE_ARG_UNTIL,		/* name: a signal */
	TRACE_ARG_MAP,			/* name: a mapping */
	TRACE_ARG_GMEM,			/* name: index in gmems[]; default: first of the task's VM */
	TRACE_ARG_VM,			/* name: index in vms[] */
	TRACE_ARG_TASK,			/* name: index in tasks[], instance in 'value' */
	TRACE_ARG_PREAMBLE,		/* name: index in preambles[] */
	/* named values */
	TRACE_ARG_SLOT,			/* number: memslot id */
	TRACE_ARG_GPA,			/* number */
	TRACE_ARG_OFFSET,		/* number */
	TRACE_ARG_SIZE,			/* number: bytes */
	TRACE_ARG_BACKING,		/* const: 4K, 2M or 1G */
	TRACE_ARG_LEVEL,		/* const: 4K, 2M or 1G */
	TRACE_ARG_INIT,			/* word: enum trace_attr */
	TRACE_ARG_VALUE,		/* number: a byte of content, or a file position */
	TRACE_ARG_FLAGS,		/* number: the raw flags word */
	TRACE_ARG_VCPU,			/* number */
	TRACE_ARG_HOLD,			/* number: ns */
	TRACE_ARG_WORD,			/* name: free word (seamcall leaf, counter, io call) */
	TRACE_ARG_RCX, TRACE_ARG_RDX, TRACE_ARG_R8, TRACE_ARG_R9, /* number */
	/* flags: present or not */
	TRACE_ARG_MMAP,
	TRACE_ARG_LONGTERM,
	TRACE_ARG_IRQS_OFF,
	TRACE_ARG_AGAIN,
	TRACE_ARG_COW,
	/* results */
	TRACE_ARG_COND,			/* cond: index in conds[] */
	TRACE_ARG_FAIL,			/* fail: name in fail_points[], 'value' = which one, from 1 */
	TRACE_ARG_EXPECT,		/* expect: alternatives */
	TRACE_ARG_NR,
};

enum trace_attr { TRACE_PRIVATE, TRACE_SHARED, TRACE_ATTR_NR };
enum trace_access { TRACE_READ, TRACE_WRITE, TRACE_EXEC, TRACE_ACCESS_NR };

enum trace_advice {
	TRACE_DONTNEED,			/* MADV_DONTNEED; 'zap' is another name for it */
	TRACE_POPULATE_READ, TRACE_POPULATE_WRITE, TRACE_REMOVE, TRACE_FREE, TRACE_COLD,
	TRACE_PAGEOUT, TRACE_HUGEPAGE, TRACE_MADV_COLLAPSE, TRACE_HWPOISON, TRACE_DONTFORK,
	TRACE_ADVICE_NR,
};

enum trace_kind {
	TRACE_K_CONST,			/* 'value' */
	TRACE_K_EXPR,			/* exprs['index'] */
	TRACE_K_WORD,			/* 'value' is the enum of the argument's type */
	TRACE_K_NAME,			/* 'index' in the table of the argument's type */
	TRACE_K_FLAG,			/* present */
	TRACE_K_COND,			/* conds['index'] */
	TRACE_K_FAILPOINT,		/* fail_points['index'], the 'value'-th */
	TRACE_K_ALTS,			/* expects['index' .. 'index' + 'value' - 1] */
};

struct trace_arg {
	/* written by the parser only */
	uint8_t id;			/* enum trace_arg_id */
	uint8_t kind;			/* enum trace_kind */
	uint32_t index;
	uint64_t value;
};

struct trace_op {
	/* written by the parser only */
	uint8_t verb;			/* enum trace_verb */
	uint8_t n_args;
	uint16_t col;			/* of the verb */
	uint32_t line;
	uint32_t first_arg;		/* in args[] */
	uint32_t match;			/* repeat, for: their END; END: its opener; else NONE */
};

/* The type of an argument in a signature; decides how it is written. */
enum trace_type {
	TRACE_T_ADDR, TRACE_T_SIZE, TRACE_T_TIME, TRACE_T_COUNT, TRACE_T_HEX, TRACE_T_PAGE_SIZE,
	TRACE_T_ATTR, TRACE_T_ACCESS, TRACE_T_ADVICE, TRACE_T_SIGNAL, TRACE_T_LOCK,
	TRACE_T_BARRIER, TRACE_T_PIN, TRACE_T_MAPPING, TRACE_T_GMEM, TRACE_T_VM, TRACE_T_TASK,
	TRACE_T_PREAMBLE, TRACE_T_VAR, TRACE_T_WORD, TRACE_T_FLAG, TRACE_T_COND, TRACE_T_FAIL,
	TRACE_T_EXPECT,
	TRACE_T_NR,
};

/* How an argument is given: 'touch private 0 4K' against 'len=4K'. */
enum trace_place { TRACE_POS, TRACE_OPT_POS, TRACE_NAMED, TRACE_OPT };

struct trace_param {
	uint8_t id;			/* enum trace_arg_id */
	uint8_t type;			/* enum trace_type */
	uint8_t place;			/* enum trace_place */
	bool makes;			/* the operation makes the named object */
};

#define TRACE_PARAMS_MAX 9

/*
 * One row of the verb table, in the order of enum trace_verb. 'issue' is the
 * number of the issue that makes the verb run; the runner refuses the others
 * with "verb not supported yet".
 */
struct trace_verb_info {
	const char *name;
	uint8_t actors;			/* bit per enum trace_actor */
	uint8_t issue;			/* 2: runs now */
	uint8_t n_params;
	const char *help;		/* half a line for 'gmemsim list verbs' */
	struct trace_param params[TRACE_PARAMS_MAX];
};

/* ---- conditions: [final] and the verb 'expect' ------------------------ */

enum trace_quant { TRACE_NEVER, TRACE_EXISTS };

enum trace_pred {
	TRACE_P_STALL,			/* stall(TASK): longest single stall, ns */
	TRACE_P_HOLD,			/* hold(LOCK): longest hold of the class, ns */
	TRACE_P_WAIT,			/* wait(LOCK): longest wait for the class, ns */
	TRACE_P_DURATION,		/* duration(): of the run, ns */
	TRACE_P_ERRORS,			/* errors(TASK): operations that failed */
	TRACE_P_OPS,			/* ops(TASK): operations done */
	TRACE_P_ALLOCATED,		/* allocated(VM): pages in its files */
	TRACE_P_REFCOUNT,		/* refcount(VM, OFFSET): of the folio, 0 if none */
	TRACE_P_MAPPED,			/* mapped(VM, GPA): a leaf is present */
	TRACE_P_PRESENT,		/* present(VM, OFFSET): a folio is in the file */
	TRACE_P_PRIVATE,		/* private(VM, OFFSET) */
	TRACE_P_SHARED,			/* shared(VM, OFFSET) */
	TRACE_P_PINNED,			/* pinned(VM, OFFSET) */
	TRACE_P_NR,
};

enum trace_cmp { TRACE_CMP_NONE, TRACE_GT, TRACE_GE, TRACE_LT, TRACE_LE, TRACE_EQ, TRACE_NE };

struct trace_cond {
	/* written by the parser only */
	struct trace_loc loc;
	uint8_t quant;			/* enum trace_quant */
	uint8_t pred;			/* enum trace_pred */
	uint8_t cmp;			/* enum trace_cmp; NONE for true-or-false predicates */
	uint32_t subject;		/* task, vm: index; lock: in lock_classes[]; else NONE */
	uint32_t instance;		/* of a task range: which; vm.gmem: index in gmems[] */
	uint64_t addr;			/* second argument */
	uint64_t value;			/* right of the comparison; ns or a count */
};

/* ---- set-up ---------------------------------------------------------- */

enum trace_preempt { TRACE_PREEMPT_NONE, TRACE_PREEMPT_VOLUNTARY, TRACE_PREEMPT_LAZY,
		     TRACE_PREEMPT_FULL, TRACE_PREEMPT_NR };
enum trace_vm_type { TRACE_VM_DEFAULT, TRACE_VM_SW_PROTECTED, TRACE_VM_TDX, TRACE_VM_NR };
enum trace_scheduler { TRACE_SCHED_FIFO, TRACE_SCHED_RANDOM, TRACE_SCHED_NR };
enum trace_engine { TRACE_ENGINE_VIRTUAL, TRACE_ENGINE_THREADS, TRACE_ENGINE_NR };

/*
 * Settings carry their defaults when the trace does not state them; 'set' has
 * the bit of each key that is stated, in the order of the fields below.
 */
struct trace_machine {
	/* written by the parser only */
	uint32_t set;
	struct trace_loc loc;
	uint32_t cpus;			/* default: one for each task */
	uint64_t memory;		/* bytes; default 1T */
	uint8_t preempt;		/* enum trace_preempt; default lazy */
	uint8_t scheduler;		/* enum trace_scheduler; default fifo */
	uint32_t hz;			/* default 250 */
	uint64_t slice_ns;		/* time slice; default 3ms */
};

struct trace_design {
	/* written by the parser only */
	uint32_t set;
	struct trace_loc loc;
	uint8_t kernel;			/* enum trace_kernel; default mainline */
	const char *locking;		/* "file" (default), "chunk", "range", ... */
	uint64_t locking_arg;		/* bytes of chunk:SIZE, N of bucket:N; else 0 */
};

/*
 * A guest_memfd file. Those with 'created' are made by a 'create' operation, whose
 * arguments say what it is; they follow the declared ones of all VMs in gmems[].
 * The others exist when the run starts.
 */
struct trace_gmem {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	uint32_t vm;
	bool created;
	uint32_t set;			/* 0: the implied file of a VM that declares none */
	uint64_t size;			/* bytes */
	uint64_t backing;		/* 4K, 2M, 1G; default: the VM's */
	uint8_t init;			/* enum trace_attr; default: the VM's */
	bool mmap;			/* GUEST_MEMFD_FLAG_MMAP; default: the VM's */
};

/* A memslot that exists when the run starts. */
struct trace_slot {
	/* written by the parser only */
	struct trace_loc loc;
	uint32_t vm;
	uint32_t set;			/* 0: the implied slot */
	uint32_t id;
	uint32_t gmem;			/* in gmems[]; default: the VM's first */
	uint64_t gpa;
	uint64_t len;			/* bytes */
	uint64_t offset;		/* in the file; default 0 */
};

/*
 * A VM that declares neither gmem nor slot gets a file "gmem" of 'memory' bytes
 * in slot 0 at address 0 (none if memory = 0).
 */
struct trace_vm {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	uint32_t set;
	uint8_t type;			/* enum trace_vm_type; default default */
	uint64_t memory;		/* bytes */
	uint32_t vcpus;			/* default: as many as tasks name, at least 1 */
	uint64_t backing;		/* default 4K */
	uint8_t init;			/* enum trace_attr; default: shared for type default */
	bool mmap;			/* default: yes for type default, else no */
	uint32_t first_gmem, n_gmems;	/* in gmems[], those that exist at the start */
	uint32_t first_slot, n_slots;	/* in slots[] */
};

enum trace_dist { TRACE_DIST_CONST, TRACE_DIST_UNIFORM, TRACE_DIST_LOGNORMAL };

struct trace_cost {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	uint8_t dist;			/* enum trace_dist */
	uint64_t a_ns;			/* the constant, the low end, the median */
	uint64_t b_ns;			/* the high end (inclusive), the p99 */
	const char *source;		/* of a cost file; NULL in a trace */
};

struct trace_preamble {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	uint32_t first_op, n_ops;
};

/* [task vcpu0..vcpu6 vm=td0 cpu=0..6]: one body, several instances. */
struct trace_task {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;		/* without the number: "vcpu", "td1.vcpu", "vmm" */
	bool numbered;			/* the name ends in a number */
	bool range;			/* written as a range */
	uint32_t first, last;		/* numbers; both 0 if not numbered */
	uint32_t set;			/* options stated: kind, vm, cpu, process */
	uint8_t kind;			/* enum trace_actor */
	uint32_t vm;			/* index, or TRACE_NONE (a host task of no VM) */
	uint32_t cpu_first, cpu_last;	/* TRACE_NONE: any; equal: all on that one */
	const char *process;		/* address space; default: the VM's name, or "kernel" */
	uint32_t first_op, n_ops;
};

struct trace_run {
	uint64_t value;
	uint64_t count;
};

/* What a recorded run adds. The tape is the list of choices, run-length coded. */
struct trace_schedule {
	/* written by the parser only, or by trace_set_schedule() */
	uint32_t set;			/* 0: there is no [schedule] section */
	struct trace_loc loc;
	uint8_t engine;			/* enum trace_engine */
	uint64_t seed;
	uint64_t fingerprint;
	struct trace_run *tape;
	uint32_t n_tape;
};

/* A section in file order; the printer keeps that order. */
enum trace_section_kind {
	TRACE_SEC_HEAD,			/* title and expect, before the first [section] */
	TRACE_SEC_MACHINE, TRACE_SEC_DESIGN, TRACE_SEC_VM, TRACE_SEC_COST, TRACE_SEC_PREAMBLE,
	TRACE_SEC_TASK, TRACE_SEC_FINAL, TRACE_SEC_SCHEDULE,
	TRACE_SEC_NR,
};

struct trace_section {
	uint8_t kind;
	uint32_t index;			/* in vms[], tasks[], preambles[]; else 0 */
};

/* A comment: before (own lines) or after (same line) an item of a section. */
struct trace_comment {
	uint32_t section;		/* in sections[]; n_sections: end of the file */
	uint32_t item;			/* 0: the header; 1 + key, directive or operation */
	bool trailing;
	const char *text;		/* "# ..." lines, '\n' between them; "" a blank line */
};

struct trace {
	/* written by the parser only */
	const char *path;
	const char *title;		/* "" if not stated */
	uint32_t head_set;		/* title, expect */

	bool expect_any;		/* expect = any */
	const char **expect;		/* rule ids that must be found; none: n_expect == 0 */
	uint32_t n_expect;

	struct trace_machine machine;
	struct trace_design design;
	struct trace_schedule schedule;

	struct trace_vm *vms;
	uint32_t n_vms;
	struct trace_gmem *gmems;
	uint32_t n_gmems;
	struct trace_slot *slots;
	uint32_t n_slots;

	const char **includes;		/* [cost] include = NAME, in order */
	uint32_t n_includes;
	struct trace_cost *costs;	/* overrides, in order */
	uint32_t n_costs;

	struct trace_preamble *preambles;
	uint32_t n_preambles;
	struct trace_task *tasks;
	uint32_t n_tasks;
	struct trace_cond *conds;	/* [final] is final_first .. + n_final - 1 */
	uint32_t n_conds;
	uint32_t first_final, n_final;

	struct trace_op *ops;
	uint32_t n_ops;
	struct trace_arg *args;
	uint32_t n_args;
	struct trace_expr *exprs;
	uint32_t n_exprs;
	struct trace_expect *expects;
	uint32_t n_expects;
	struct trace_field *fields;
	uint32_t n_fields;

	/* names by type; an argument of kind TRACE_K_NAME indexes one of these */
	const char **signals;
	uint32_t n_signals;
	const char **locks;		/* guest spinlocks; each VM has its own of that name */
	uint32_t n_locks;
	const char **barriers;
	uint32_t *barrier_parties;	/* task instances whose body names the barrier */
	uint32_t n_barriers;
	const char **pins;
	uint32_t n_pins;
	const char **mappings;
	uint32_t n_mappings;
	const char **words;		/* free words */
	uint32_t n_words;
	const char **fail_points;
	uint32_t n_fail_points;
	const char **lock_classes;	/* named by hold() and wait() */
	uint32_t n_lock_classes;

	struct trace_section *sections;
	uint32_t n_sections;
	struct trace_comment *comments;
	uint32_t n_comments;

	void *arena;			/* owns the strings */
};

/* ---- errors ---------------------------------------------------------- */

struct trace_error {
	/* written by the parser only */
	char *file;
	struct trace_loc loc;		/* line 0: the file as a whole */
	char *message;
	char *hint;			/* "did you mean 'punch'?", or NULL */
};

struct trace_errors {
	/* written by the parser only; starts as all zero */
	struct trace_error *v;
	uint32_t n;
	uint32_t dropped;		/* beyond TRACE_ERRORS_MAX */
};

/* Names that live outside the language: the model's tables. */
enum trace_name_kind { TRACE_NAMES_COST, TRACE_NAMES_FAIL, TRACE_NAMES_LOCK_CLASS,
		       TRACE_NAMES_LOCKING };

/*
 * nth() returns the i-th name of a kind, NULL past the end; a NULL first name
 * means "not known here, accept anything".
 */
struct trace_names {
	const char *(*nth)(void *ctx, enum trace_name_kind kind, unsigned int i);
	void *ctx;
};

/* ---- functions ------------------------------------------------------- */

/**
 * trace_parse_file() - read and check a trace
 * @path: file name; "-" is standard input
 * @names: the model's names, or NULL to accept any
 * @errs: zeroed by the caller; receives the errors; trace_errors_finish() frees them
 *
 * Context: any thread; takes no lock.
 * Return: the trace, or NULL with at least one error in @errs.
 */
struct trace *trace_parse_file(const char *path, const struct trace_names *names,
			       struct trace_errors *errs);

/**
 * trace_parse_buf() - the same for text in memory
 * @path: what to call the text in errors
 * @buf: the text, need not end in a NUL
 * @len: its length in bytes
 */
struct trace *trace_parse_buf(const char *path, const char *buf, size_t len,
			      const struct trace_names *names, struct trace_errors *errs);

/**
 * trace_free() - free a trace; NULL is allowed
 */
void trace_free(struct trace *t);

/**
 * trace_print() - the canonical form, with comments
 * @len: receives the length, may be NULL
 *
 * Return: text that ends in a newline and a NUL; the caller free()s it.
 */
char *trace_print(const struct trace *t, size_t *len);

/**
 * trace_equal() - whether two traces say the same (places and comments aside)
 * @why: receives a description of the first difference, may be NULL
 */
bool trace_equal(const struct trace *a, const struct trace *b, char why[128]);

/**
 * trace_set_schedule() - put a recorded run into the trace
 * @values: the choices in order
 * @n: how many
 */
void trace_set_schedule(struct trace *t, enum trace_engine engine, uint64_t seed,
			uint64_t fingerprint, const uint32_t *values, size_t n);

/**
 * trace_errors_print() - one line per error: "file:line:col: error: text, hint"
 */
void trace_errors_print(const struct trace_errors *errs, FILE *to);

/**
 * trace_errors_finish() - free the errors and make @errs empty
 */
void trace_errors_finish(struct trace_errors *errs);

/* The verb table and the names of enums; NULL past the end. */
extern const struct trace_verb_info trace_verbs[TRACE_VERB_NR];
const char *trace_verb_name(enum trace_verb verb);
const char *trace_kernel_name(enum trace_kernel kernel);
const char *trace_actor_name(enum trace_actor actor);
const char *trace_preempt_name(enum trace_preempt preempt);
const char *trace_vm_type_name(enum trace_vm_type type);
const char *trace_attr_name(enum trace_attr attr);
const char *trace_access_name(enum trace_access access);
const char *trace_advice_name(enum trace_advice advice);
const char *trace_pred_name(enum trace_pred pred);
const char *trace_exit_name(enum trace_exit reason);
const char *trace_errno_name(int err);
const char *trace_rule_name(unsigned int i);

/**
 * trace_task_name() - "vcpu3", "td1.vcpu0", "vmm"
 * @i: instance, 0 .. trace_task_instances() - 1
 * Return: @buf
 */
const char *trace_task_name(const struct trace_task *task, uint32_t i,
			    char buf[TRACE_NAME_MAX + 12]);

/* How many tasks a task section stands for. */
static inline uint32_t trace_task_instances(const struct trace_task *task)
{
	return task->last - task->first + 1;
}

/**
 * trace_op_arg() - an argument of an operation
 * Return: the argument, or NULL if it was not given.
 */
static inline const struct trace_arg *trace_op_arg(const struct trace *t,
						   const struct trace_op *op,
						   enum trace_arg_id id)
{
	const struct trace_arg *arg = &t->args[op->first_arg];

	for (unsigned int i = 0; i < op->n_args; i++)
		if (arg[i].id == id)
			return &arg[i];
	return NULL;
}

/**
 * trace_arg_u64() - the value of a number, word or flag
 * @env: loop variables and the source of random choices
 *
 * Draws from @env at most once. An address or a length without a step of its
 * own has been given a step of 4K by the parser.
 */
uint64_t trace_arg_u64(const struct trace *t, const struct trace_arg *arg,
		       const struct trace_env *env);

/**
 * trace_op_u64() - an argument of an operation, or a default
 */
uint64_t trace_op_u64(const struct trace *t, const struct trace_op *op, enum trace_arg_id id,
		      uint64_t otherwise, const struct trace_env *env);

/**
 * trace_op_text() - an operation as it would be printed, without indentation
 * @buf: receives the text, cut to @size
 */
void trace_op_text(const struct trace *t, const struct trace_op *op, char *buf, size_t size);

#endif /* TOOLS_TRACE_TRACE_H */
