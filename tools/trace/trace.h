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
 * Nothing here changes after parsing but by trace_set_*(), so a trace may be shared by any number
 * of simulations and threads; all fields are "written by the parser only".
 */
#ifndef TOOLS_TRACE_TRACE_H
#define TOOLS_TRACE_TRACE_H

#include <stdio.h>

#include "sim/schedule.h"
#include "sim/types.h"
#include "tools/trace/op.h"
#include "tools/trace/tdx.h"
#include "tools/trace/watchdog.h"

#define TRACE_VERSION		1
#define TRACE_LINE_MAX		16384		/* bytes in one line */
#define TRACE_FILE_MAX		(512u << 20)	/* bytes in one trace */
#define TRACE_NAME_MAX		63		/* bytes in one name */
#define TRACE_OPS_MAX		(16u << 20)	/* operations in one trace */
#define TRACE_TASKS_MAX		4096		/* task instances, all ranges together */
#define TRACE_VMS_MAX		64
#define TRACE_VCPUS_MAX		4096		/* per VM */
#define TRACE_CPUS_MAX		1024		/* host CPUs */
#define TRACE_HUGEPAGES_MAX	(1u << 24)	/* of one size */
#define TRACE_SLOTS_MAX		32764		/* per VM, as in KVM */
#define TRACE_REPEAT_MAX	1000000000ull	/* rounds of one block */
#define TRACE_ROUNDS_MAX	1000000000000ull /* rounds of nested blocks multiplied */
#define TRACE_MEMORY_MAX	(64ull << 40)	/* bytes, the machine and each VM */
#define TRACE_TAPE_MAX		(64u << 20)	/* choices in a recorded run */
#define TRACE_ERRORS_MAX	20
#define TRACE_USAGE_MAX		200
#define TRACE_NONE		UINT32_MAX	/* "no such index" */

/* ---- set-up ---------------------------------------------------------- */

enum trace_preempt { TRACE_PREEMPT_NONE, TRACE_PREEMPT_VOLUNTARY, TRACE_PREEMPT_LAZY,
		     TRACE_PREEMPT_FULL, TRACE_PREEMPT_NR };
enum trace_vm_type { TRACE_VM_DEFAULT, TRACE_VM_SW_PROTECTED, TRACE_VM_TDX, TRACE_VM_NR };
enum trace_restructure { TRACE_RESTRUCTURE_IN_PLACE, TRACE_RESTRUCTURE_STASH,
			 TRACE_RESTRUCTURE_NR };
enum trace_private_zap { TRACE_ZAP_KEEPS, TRACE_ZAP_DESTROYS, TRACE_ZAP_NR };
enum trace_scheduler { TRACE_SCHED_FIFO, TRACE_SCHED_RANDOM, TRACE_SCHED_SEARCH,
		       TRACE_SCHED_NR };
enum trace_engine { TRACE_ENGINE_VIRTUAL, TRACE_ENGINE_THREADS, TRACE_ENGINE_NR };

/*
 * Settings carry their defaults when the trace does not state them; 'set' has
 * the bit of each key that is stated, in the order of the fields below.
 */
struct trace_machine {
	/* written by the parser only */
	u32 set;
	struct trace_loc loc;
	u32 cpus;			/* default: one for each task */
	u64 memory;			/* bytes; default 1T */
	u8 preempt;			/* enum trace_preempt; default lazy */
	u8 scheduler;			/* enum trace_scheduler; default fifo */
	u32 hz;				/* default 250 */
	u64 slice_ns;			/* time slice; default 3ms */
	u32 hugepages_2m;		/* hugetlb pool; TRACE_NONE: what the files need */
	u32 hugepages_1g;
	u32 fail_one_in;		/* a fallible step fails by choice; default 0: never */
	u8 restructure;			/* enum trace_restructure; default in-place */
	bool hvo;			/* hugetlb_optimize_vmemmap; default yes */
	struct trace_watchdog watchdog;
};

struct trace_design {
	/* written by the parser only */
	u32 set;
	struct trace_loc loc;
	u8 kernel;			/* enum trace_kernel; default mainline */
	const char *locking;		/* "file" (default), "chunk", "range", ... */
	u64 locking_arg;		/* bytes of chunk:SIZE, N of bucket:N; else 0 */
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
	u32 vm;
	bool created;
	u32 set;			/* 0: the implied file of a VM that declares none */
	u64 size;			/* bytes */
	u64 backing;			/* 4K, 2M, 1G; default: the VM's */
	u8 init;			/* enum trace_attr; default: the VM's */
	bool mmap;			/* GUEST_MEMFD_FLAG_MMAP; default: the VM's */
};

/* A memslot that exists when the run starts. */
struct trace_slot {
	/* written by the parser only */
	struct trace_loc loc;
	u32 vm;
	u32 set;			/* 0: the implied slot */
	u32 id;
	u32 gmem;			/* in gmems[]; default: the VM's first */
	u64 gpa;
	u64 len;			/* bytes */
	u64 offset;			/* in the file; default 0 */
};

/*
 * A VM that declares no file gets one called "gmem" of 'memory' bytes (none if
 * memory = 0); if it declares no slot either, that file is in slot 0 at address 0.
 */
struct trace_vm {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	u32 set;
	u8 type;			/* enum trace_vm_type; default default */
	u64 memory;			/* bytes */
	u32 vcpus;			/* default: as many as tasks name, at least 1 */
	u64 backing;			/* default 4K */
	u8 init;			/* enum trace_attr; default: shared for type default */
	bool mmap;			/* default: yes for type default, else no */
	u8 private_zap;			/* enum trace_private_zap; default keeps, TD: destroys */
	u8 on_memory_fault;		/* enum trace_on_memory_fault; default stop */
	struct trace_ranges mapped;	/* in the guest from the start; not for TDs */
	struct trace_watchdog watchdog;
	struct trace_td td;
	struct trace_loc td_loc;	/* of the first key that is for TDs; line 0: none */
	u32 first_gmem, n_gmems;	/* in gmems[], those that exist at the start */
	u32 first_slot, n_slots;	/* in slots[] */
};

enum trace_dist { TRACE_DIST_CONST, TRACE_DIST_UNIFORM, TRACE_DIST_LOGNORMAL };

struct trace_cost {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	u8 dist;			/* enum trace_dist */
	u64 a_ns;			/* the constant, the low end, the median */
	u64 b_ns;			/* the high end (inclusive), the p99 */
	const char *source;		/* of a cost file; NULL in a trace */
};

struct trace_preamble {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;
	u32 first_op, n_ops;
};

/* [task vcpu0..vcpu6 vm=td0 cpu=0..6]: one body, several instances. */
struct trace_task {
	/* written by the parser only */
	struct trace_loc loc;
	const char *name;		/* without the number: "vcpu", "td1.vcpu", "vmm" */
	bool numbered;			/* the name ends in a number */
	bool range;			/* written as a range */
	u32 first, last;		/* numbers; both 0 if not numbered */
	u32 set;			/* options stated: kind, vm, cpu, process */
	u8 kind;			/* enum trace_actor */
	u32 vm;				/* index, or TRACE_NONE (a host task of no VM) */
	u32 cpu_first, cpu_last;	/* TRACE_NONE: any; equal: all on that one */
	const char *process;		/* address space; default: the VM's name, or "kernel" */
	u32 first_op, n_ops;
};

/* 'count' equal choices in a row. */
struct trace_run {
	struct choice choice;
	u32 count;
};

/* A task of the simulation: by number; the name is for readers. */
struct trace_taskref {
	const char *name;
	u32 id;				/* TRACE_NONE: nobody */
};

/* As struct departure and struct schedule_choice of sim/schedule.h. */
struct trace_departure {
	u32 step;
	struct trace_taskref task, from;
	u32 from_step;
	u64 state;			/* 0: not known */
};

struct trace_choice {
	struct trace_taskref task;
	u32 nth;
	u32 value;
	u8 kind;			/* CHOICE_VALUE or CHOICE_FAIL */
};

/*
 * What a recorded run adds: all its choices, run-length coded; or, of a search, what departs from
 * the default.
 */
struct trace_schedule {
	/* written by the parser only, or by trace_set_schedule() */
	u32 set;			/* 0: there is no [schedule] section */
	struct trace_loc loc;
	u8 engine;			/* enum trace_engine */
	bool explored;			/* any order may come: conditions on times do not count */
	const char *bug;		/* the planted fault of the run, or NULL */
	u64 model;			/* of the gmemsim that ran it; see explore_model_hash() */
	u64 config;			/* of the trace and its design; see explore_config_hash() */
	u32 finding;			/* that it was saved for, from 1; 0: not stated */
	u64 seed;
	u64 fingerprint;
	u64 steps;			/* stated: it is a run of a search */
	u32 preemptions;
	bool zero_values;
	bool all_points;		/* decisions before releases, too */
	struct trace_departure *departures;
	u32 n_departures;
	struct trace_choice *choices;
	u32 n_choices;
	struct trace_run *tape;
	u32 n_tape;
};

/* A section in file order; the printer keeps that order. */
enum trace_section_kind {
	TRACE_SEC_HEAD,			/* title and expect, before the first [section] */
	TRACE_SEC_MACHINE, TRACE_SEC_DESIGN, TRACE_SEC_VM, TRACE_SEC_COST, TRACE_SEC_PREAMBLE,
	TRACE_SEC_TASK, TRACE_SEC_FINAL, TRACE_SEC_SCHEDULE, TRACE_SEC_TDX,
	TRACE_SEC_NR,
};

struct trace_section {
	u8 kind;
	u32 index;			/* in vms[], tasks[], preambles[]; else 0 */
};

/* A comment: before (own lines) or after (same line) an item of a section. */
struct trace_comment {
	u32 section;			/* in sections[]; n_sections: end of the file */
	u32 item;			/* 0: the header; 1 + key, directive or operation */
	bool trailing;
	const char *text;		/* "# ..." lines, '\n' between them; "" a blank line */
};

struct trace {
	/* written by the parser only */
	const char *path;
	const char *title;		/* "" if not stated */
	u32 head_set;			/* title, expect */

	bool expect_any;		/* expect = any */
	const char **expect;		/* rule ids that must be found; none: n_expect == 0 */
	u32 n_expect;

	struct trace_machine machine;
	struct trace_design design;
	struct trace_schedule schedule;
	struct trace_tdx tdx;

	struct trace_vm *vms;
	u32 n_vms;
	struct trace_gmem *gmems;
	u32 n_gmems;
	struct trace_slot *slots;
	u32 n_slots;
	struct trace_range *ranges;	/* of guest memory */
	u32 n_ranges;

	const char **includes;		/* [cost] include = NAME, in order */
	u32 n_includes;
	struct trace_cost *costs;	/* overrides, in order */
	u32 n_costs;

	struct trace_preamble *preambles;
	u32 n_preambles;
	struct trace_task *tasks;
	u32 n_tasks;
	struct trace_cond *conds;	/* [final] is final_first .. + n_final - 1 */
	u32 n_conds;
	u32 first_final, n_final;

	struct trace_op *ops;
	u32 n_ops;
	struct trace_arg *args;
	u32 n_args;
	struct trace_expr *exprs;
	u32 n_exprs;
	struct trace_expect *expects;
	u32 n_expects;
	struct trace_field *fields;
	u32 n_fields;

	/* names by type; an argument of kind TRACE_K_NAME indexes one of these */
	const char **signals;
	u32 n_signals;
	const char **locks;		/* guest spinlocks; each VM has its own of that name */
	u32 n_locks;
	const char **barriers;
	u32 *barrier_parties;		/* task instances whose body names the barrier */
	u32 n_barriers;
	const char **pins;
	u32 n_pins;
	const char **mappings;
	u32 n_mappings;
	const char **words;		/* free words */
	u32 n_words;
	const char **fail_points;
	u32 n_fail_points;
	const char **lock_classes;	/* named by hold() and wait() */
	u32 n_lock_classes;

	struct trace_section *sections;
	u32 n_sections;
	struct trace_comment *comments;
	u32 n_comments;

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
	u32 n;
	u32 dropped;			/* beyond TRACE_ERRORS_MAX */
};

/* Names that live outside the language: the model's tables. */
enum trace_name_kind { TRACE_NAMES_COST, TRACE_NAMES_FAIL, TRACE_NAMES_LOCK_CLASS,
		       TRACE_NAMES_LOCKING, TRACE_NAMES_SEAMCALL, TRACE_NAMES_STATUS };

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
 * @tape: the choices in order
 * @n: how many
 */
void trace_set_schedule(struct trace *t, enum trace_engine engine, u64 seed, u64 fingerprint,
			const struct choice *tape, size_t n);

/**
 * trace_set_departures() - the same for a run of a search
 * @names: of the tasks of the simulation, by number
 * @n: how many
 */
void trace_set_departures(struct trace *t, const struct schedule *s, const char *const *names,
			  u32 n);

/* ... which had decisions before releases, too. */
void trace_set_all_points(struct trace *t);

/**
 * trace_set_origin() - what else the recorded run depended on
 * @explored: by exploration, not by a clock
 * @bug: its planted fault, or NULL
 * @model: 0: not known
 * @config: 0: not known
 *
 * Context: after trace_set_schedule().
 */
void trace_set_origin(struct trace *t, bool explored, const char *bug, u64 model, u64 config);

/* ... and for which of its findings it is there, from 1. */
void trace_set_finding(struct trace *t, u32 nth);

/**
 * trace_drop_comments() - all but those of the head: they are about what may be gone soon
 */
void trace_drop_comments(struct trace *t);

/**
 * trace_set_expect() - the rules that must be found, instead of what the trace says
 * @rules: @n different names of rules; others are left out
 */
void trace_set_expect(struct trace *t, const char *const *rules, u32 n);

/**
 * trace_drop_includes() - include no files of costs
 */
void trace_drop_includes(struct trace *t);

/**
 * trace_set_kernel() and the next three - change a setting, and state it
 *
 * trace_set_cost() replaces a cost of that name, or adds one.
 */
void trace_set_kernel(struct trace *t, enum trace_kernel kernel);
void trace_set_locking(struct trace *t, const char *locking, u64 arg);
void trace_set_scheduler(struct trace *t, enum trace_scheduler scheduler);
void trace_set_fail_one_in(struct trace *t, u32 n);
void trace_set_cost(struct trace *t, const struct trace_cost *cost);

/**
 * trace_locking_parse() - read a locking strategy: range, chunk:2M, bucket:16
 * @name: receives the part before the colon, a string constant
 * @arg: receives the number behind it, or 0
 * @why: if it is none, what is wrong with it
 */
bool trace_locking_parse(const char *text, const char **name, u64 *arg, char why[160]);

/**
 * trace_locking_text() - the opposite
 *
 * Return: text that the caller free()s.
 */
char *trace_locking_text(const char *name, u64 arg);

/* Is the [schedule] section one of a search? */
bool trace_is_search(const struct trace *t);

/**
 * trace_tape() - the recorded choices of the [schedule] section, one by one
 * @n: receives how many
 *
 * Return: an array that the caller free()s, NULL if there are none.
 */
struct choice *trace_tape(const struct trace *t, size_t *n);

/**
 * trace_errors_print() - one line per error: "file:line:col: error: text, hint"
 */
void trace_errors_print(const struct trace_errors *errs, FILE *to);

/**
 * trace_errors_add() - one more error, for who finds it after parsing
 * @hint: copied; may be NULL
 * @message: from malloc() or GLib; owned by @errs from here on
 */
void trace_errors_add(struct trace_errors *errs, const char *file, struct trace_loc loc,
		      const char *hint, char *message);

/**
 * trace_errors_finish() - free the errors and make @errs empty
 */
void trace_errors_finish(struct trace_errors *errs);

/**
 * trace_verb_usage() - how a verb is written: "punch ADDR len=LEN [gmem=GMEM]"
 *
 * Return: @buf
 */
const char *trace_verb_usage(enum trace_verb verb, char buf[TRACE_USAGE_MAX]);

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
const char *trace_via_name(enum trace_via via);
const char *trace_pred_name(enum trace_pred pred);
const char *trace_exit_name(enum trace_exit reason);
const char *trace_field_name(enum trace_field_id field);
const char *trace_errno_name(int err);
const char *trace_rule_name(unsigned int i);

/**
 * trace_task_name() - "vcpu3", "td1.vcpu0", "vmm"
 * @i: instance, 0 .. trace_task_instances() - 1
 * Return: @buf
 */
const char *trace_task_name(const struct trace_task *task, u32 i,
			    char buf[TRACE_NAME_MAX + 12]);

/* The attribute of fresh memory of a file that does not state it. */
enum trace_attr trace_default_init(const struct trace_vm *vm, u64 backing);

/* How many tasks a task section stands for. */
static inline u32 trace_task_instances(const struct trace_task *task)
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
u64 trace_arg_u64(const struct trace *t, const struct trace_arg *arg,
		       const struct trace_env *env);

/**
 * trace_op_u64() - an argument of an operation, or a default
 */
u64 trace_op_u64(const struct trace *t, const struct trace_op *op, enum trace_arg_id id,
		      u64 otherwise, const struct trace_env *env);

/**
 * trace_op_text() - an operation as it would be printed, without indentation
 * @buf: receives the text, cut to @size
 */
void trace_op_text(const struct trace *t, const struct trace_op *op, char *buf, size_t size);

/**
 * trace_cond_text() - a condition as it would be printed
 */
void trace_cond_text(const struct trace *t, const struct trace_cond *cond, char *buf, size_t size);

#endif /* TOOLS_TRACE_TRACE_H */
