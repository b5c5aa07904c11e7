/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of a parsed trace: verbs, their arguments, the results they
 * expect, and conditions. Part of trace.h, which is the header to include.
 *
 * Invariants: see trace.h. An argument means the same for every verb.
 */
#ifndef TOOLS_TRACE_OP_H
#define TOOLS_TRACE_OP_H

#include "sim/types.h"

#define TRACE_DEPTH_MAX		16		/* nested blocks; nested preambles */
#define TRACE_ALTS_MAX		8		/* alternatives of one expect=, fields of one */

/* A place in the trace file; line and col count from 1, col in bytes. */
struct trace_loc {
	u32 line;
	u32 col;
};

/* ---- values ---------------------------------------------------------- */

/*
 * A number that is not constant:
 *   base + step * draw(n) + sum of var[i] * scale[i]      (modulo 2^64)
 * rand(a, b) draws from a, a+step, ... below b: base = a, n = how many. Loop
 * variables are numbered by the depth of their 'for' in the task or preamble,
 * from 1; number 0 is 'self', the number at the end of the task's name
 * (vcpu3: 3). A preamble has variables of its own: 'use' starts a new env.
 */
struct trace_expr {
	/* written by the parser only */
	u64 base;
	u64 rand_n;		/* 0: no random part */
	u64 rand_step;
	u64 scale[2];
	u8 var[2];			/* meaningful where scale is not 0 */
};

/* What trace_arg_u64() needs to know to give an expression its value. */
struct trace_env {
	/* written by the caller */
	u64 var[1 + TRACE_DEPTH_MAX];	/* self, then the loop variables */
	u64 (*draw)(void *ctx, u64 n);/* a choice in 0 .. n-1 */
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
	TRACE_OUT_STATUS,		/* of the TDX module; 'value' is the name in words[] */
};

enum trace_exit {
	TRACE_EXIT_MEMORY_FAULT,
	TRACE_EXIT_MMIO,
	TRACE_EXIT_HYPERCALL,
	TRACE_EXIT_INTERNAL_ERROR,
	TRACE_EXIT_SHUTDOWN,
	TRACE_EXIT_SYSTEM_EVENT,	/* of a TD that has reported a fatal error */
	TRACE_EXIT_NR,
};

enum trace_field_id {
	TRACE_FIELD_ERROR_OFFSET,	/* of convert */
	TRACE_FIELD_FLAGS,		/* of an exit */
	TRACE_FIELD_GPA,
	TRACE_FIELD_SIZE,
	TRACE_FIELD_LEFT,		/* bytes that prefault did not do */
	TRACE_FIELD_DONE,		/* bytes or pages that were done */
	TRACE_FIELD_VALUE,		/* of counter */
	TRACE_FIELD_PRESENT,		/* of state, and so the next seven */
	TRACE_FIELD_PRIVATE, TRACE_FIELD_ORDER, TRACE_FIELD_REFCOUNT, TRACE_FIELD_MAPCOUNT,
	TRACE_FIELD_UPTODATE, TRACE_FIELD_PINNED, TRACE_FIELD_POISONED,
	TRACE_FIELD_BLKSIZE,		/* of stat */
	TRACE_FIELD_BLOCKS,
	TRACE_FIELD_OPERAND,		/* of a status of the TDX module: its low half */
	TRACE_FIELD_RCX,		/* registers that a SEAMCALL answered with */
	TRACE_FIELD_RDX, TRACE_FIELD_R8,
	TRACE_FIELD_NR,
};

struct trace_field {
	/* written by the parser only */
	u8 id;			/* enum trace_field_id */
	u64 value;
};

/* One alternative of expect=A|B|C. */
struct trace_expect {
	/* written by the parser only */
	u8 outcome;		/* enum trace_outcome */
	u8 kernels;		/* bit per enum trace_kernel; 0: every kernel */
	u16 n_fields;
	u32 first_field;		/* in fields[] */
	u64 value;
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
	TRACE_OP_TOUCH, TRACE_OP_ACCEPT, TRACE_OP_MAPGPA, TRACE_OP_RUN, TRACE_OP_SPIN,
	TRACE_OP_HALT, TRACE_OP_LOCK, TRACE_OP_UNLOCK,
	/* VMM */
	TRACE_OP_CREATE, TRACE_OP_BIND, TRACE_OP_UNBIND, TRACE_OP_CLOSE, TRACE_OP_MMAP,
	TRACE_OP_MUNMAP, TRACE_OP_ACCESS, TRACE_OP_CONVERT, TRACE_OP_ATTRIBUTES,
	TRACE_OP_ALLOCATE, TRACE_OP_PUNCH, TRACE_OP_POPULATE, TRACE_OP_PREFAULT, TRACE_OP_PIN,
	TRACE_OP_UNPIN, TRACE_OP_IOMMU_MAP, TRACE_OP_IOMMU_UNMAP, TRACE_OP_MEMSLOT_DELETE,
	TRACE_OP_DESTROY, TRACE_OP_TD_INIT, TRACE_OP_TD_VCPU, TRACE_OP_FINALIZE, TRACE_OP_TERMINATE,
	/* host kernel */
	TRACE_OP_LRU_DRAIN, TRACE_OP_SPECULATIVE_REF, TRACE_OP_MEMORY_FAILURE,
	TRACE_OP_MIGRATE, TRACE_OP_COLLAPSE, TRACE_OP_KVM_ACCESS, TRACE_OP_SEAMCALL,
	/* processes and files */
	TRACE_OP_FORK, TRACE_OP_JOIN, TRACE_OP_DUP, TRACE_OP_STAT, TRACE_OP_IO,
	TRACE_OP_ADVISE, TRACE_OP_PROTECT, TRACE_OP_MLOCK, TRACE_OP_MUNLOCK, TRACE_OP_COUNTER,
	TRACE_OP_STATE,
	/* control */
	TRACE_OP_SLEEP, TRACE_OP_FOR, TRACE_OP_REPEAT, TRACE_OP_USE, TRACE_OP_SIGNAL,
	TRACE_OP_WAIT, TRACE_OP_BARRIER, TRACE_OP_EXPECT, TRACE_OP_FAIL, TRACE_OP_KILL,
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
	TRACE_ARG_AFTER,		/* number: ns since the previous operation's end */
	/* positional in most verbs */
	TRACE_ARG_ATTR,			/* word: enum trace_attr */
	TRACE_ARG_ACCESS,		/* word: enum trace_access */
	TRACE_ARG_ADVICE,		/* word: enum trace_advice */
	TRACE_ARG_ADDR,			/* number: guest physical address, or offset in the file */
	TRACE_ARG_LEN,			/* number: bytes */
	TRACE_ARG_TIME,			/* number: ns */
	TRACE_ARG_COUNT,		/* number: rounds, or how many */
	TRACE_ARG_VAR,			/* name: of a 'for', in words[]; 'value' = its number */
	TRACE_ARG_FROM,			/* const: first value of a 'for' */
	TRACE_ARG_TO,			/* const: last value of a 'for' */
	TRACE_ARG_STEP,			/* const: step of a 'for' */
	/* named objects */
	TRACE_ARG_NAME,			/* name: the verb's own object (signal, lock, ...) */
	TRACE_ARG_AS,			/* name: the object that this operation makes */
	TRACE_ARG_UNTIL,		/* name: a signal */
	TRACE_ARG_MAP,			/* name: a mapping */
	TRACE_ARG_GMEM,			/* name: in gmems[]; default: first of the task's VM */
	TRACE_ARG_VM,			/* name: index in vms[] */
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
	TRACE_ARG_TASK,			/* name: of a task, as in reports */
	TRACE_ARG_RCX,			/* number, and so the next three */
	TRACE_ARG_RDX, TRACE_ARG_R8, TRACE_ARG_R9, TRACE_ARG_R12, TRACE_ARG_R13,
	TRACE_ARG_TICK,			/* number: rounds a second */
	TRACE_ARG_MMAP,			/* word: 0 no, 1 yes */
	TRACE_ARG_PROT,			/* word: enum trace_prot */
	TRACE_ARG_FD,			/* word: enum trace_fd */
	TRACE_ARG_ATTRS,		/* number: the raw attributes word */
	TRACE_ARG_RESERVED,		/* number: what reserved words of the argument hold */
	TRACE_ARG_MODE,			/* number: the raw mode of fallocate */
	TRACE_ARG_VIA,			/* word: enum trace_via */
	TRACE_ARG_LINK,			/* name: in gmems[]; the file whose inode is shared */
	/* flags: present or not */
	TRACE_ARG_LONGTERM,
	TRACE_ARG_IRQS_OFF,
	TRACE_ARG_SECRET,
	TRACE_ARG_AGAIN,
	TRACE_ARG_COW,
	TRACE_ARG_FATAL,
	TRACE_ARG_ANON,
	TRACE_ARG_POPULATE, TRACE_ARG_LOCKED, TRACE_ARG_HUGETLB, TRACE_ARG_VALIDATE,
	TRACE_ARG_BAD_POINTER,
	TRACE_ARG_COMPACT,
	TRACE_ARG_V1,
	TRACE_ARG_MEASURE,
	/* results */
	TRACE_ARG_COND,			/* cond: index in conds[] */
	TRACE_ARG_FAIL,			/* fail point: in fail_points[], 'value'-th pass, from 1 */
	TRACE_ARG_EXPECT,		/* expect: alternatives */
	TRACE_ARG_NR,
};

enum trace_attr { TRACE_PRIVATE, TRACE_SHARED, TRACE_ATTR_NR };
enum trace_access { TRACE_READ, TRACE_WRITE, TRACE_EXEC, TRACE_ACCESS_NR };

enum trace_prot {
	TRACE_PROT_NONE, TRACE_PROT_READ, TRACE_PROT_WRITE, TRACE_PROT_EXEC, TRACE_PROT_NR,
};

/* What a file descriptor is that a call is given. */
enum trace_fd {
	TRACE_FD_GMEM, TRACE_FD_NONE, TRACE_FD_SYSTEM, TRACE_FD_VM, TRACE_FD_MEMFD, TRACE_FD_CLOSED,
	TRACE_FD_NR,
};

/* By which call of the kernel: for accesses; the last one for pins. */
enum trace_via {
	TRACE_VIA_COPY,			/* read(2), write(2): copy_to_user(), copy_from_user() */
	TRACE_VIA_PROCESS_VM,		/* process_vm_readv(), process_vm_writev() */
	TRACE_VIA_DIRECT,		/* O_DIRECT */
	TRACE_VIA_PROC_MEM,		/* /proc/PID/mem */
	TRACE_VIA_PIPE,			/* vmsplice() */
	TRACE_VIA_NR,
};

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
	TRACE_K_NAME,			/* 'index' in the argument's table of names */
	TRACE_K_FLAG,			/* present */
	TRACE_K_COND,			/* conds['index'] */
	TRACE_K_FAILPOINT,		/* fail_points['index'], the 'value'-th */
	TRACE_K_ALTS,			/* expects['index' .. 'index' + 'value' - 1] */
};

struct trace_arg {
	/* written by the parser only */
	u8 id;			/* enum trace_arg_id */
	u8 kind;			/* enum trace_kind */
	u8 kernels;			/* of a fail point: bit per enum trace_kernel; 0: all */
	u32 index;
	u64 value;
};

struct trace_op {
	/* written by the parser only */
	u8 verb;			/* enum trace_verb */
	u8 n_args;
	u16 col;			/* of the verb */
	u32 line;
	u32 first_arg;		/* in args[] */
	u32 match;			/* repeat, for: their END; END: its opener; else NONE */
};

/* The type of an argument in a signature; decides how it is written. */
enum trace_type {
	TRACE_T_ADDR, TRACE_T_SIZE, TRACE_T_TIME, TRACE_T_COUNT, TRACE_T_HEX,
	/* the next three are never expressions */
	TRACE_T_PAGE_SIZE, TRACE_T_ROUNDS, TRACE_T_BOUND,
	TRACE_T_BOOL, TRACE_T_ATTR, TRACE_T_ACCESS, TRACE_T_ADVICE, TRACE_T_PROT, TRACE_T_FD,
	TRACE_T_VIA, TRACE_T_SIGNAL, TRACE_T_LOCK, TRACE_T_BARRIER, TRACE_T_PIN, TRACE_T_MAPPING,
	TRACE_T_GMEM, TRACE_T_VM,
	TRACE_T_PREAMBLE, TRACE_T_VAR, TRACE_T_WORD, TRACE_T_FLAG, TRACE_T_COND, TRACE_T_FAIL,
	TRACE_T_EXPECT,
	TRACE_T_NR,
};

/* How an argument is given: 'touch private 0 4K' against 'len=4K'. */
enum trace_place { TRACE_POS, TRACE_OPT_POS, TRACE_NAMED, TRACE_OPT };

struct trace_param {
	u8 id;			/* enum trace_arg_id */
	u8 type;			/* enum trace_type */
	u8 place;			/* enum trace_place */
	bool makes;			/* the operation makes the named object */
};

#define TRACE_PARAMS_MAX 12
#define TRACE_THIS_ISSUE 4 /* verbs of later ones are known and refused */

/*
 * One row of the verb table, in the order of enum trace_verb. 'issue' is the
 * number of the issue that makes the verb run; the runner refuses the others
 * with "verb not supported yet".
 */
struct trace_verb_info {
	const char *name;
	u8 actors;			/* bit per enum trace_actor */
	u8 issue;			/* 1 to TRACE_THIS_ISSUE: runs now */
	u8 n_params;
	const char *help;		/* half a line for 'gmemsim list verbs' */
	struct trace_param params[TRACE_PARAMS_MAX];
};

/* ---- conditions: [final] and the verb 'expect' ------------------------ */

enum trace_quant { TRACE_NEVER, TRACE_EXISTS };

enum trace_pred {
	TRACE_P_STALL,			/* stall(TASK): longest single stall, ns */
	TRACE_P_LATENCY,		/* latency(TASK): longest operation, ns */
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
	TRACE_P_KILLED,			/* killed(TASK): it got SIGKILL */
	TRACE_P_LEAF,			/* leaf(VM, GPA): the size of the guest's leaf, 0 if none */
	TRACE_P_ACCEPTED,		/* accepted(VM, GPA): the TD has accepted the page */
	TRACE_P_PENDING,		/* pending(VM, GPA): it is there, but not accepted */
	TRACE_P_CALLS,			/* calls(LEAF): SEAMCALLs of this kind */
	TRACE_P_BUSY,			/* busy(LEAF): those that answered TDX_OPERAND_BUSY */
	TRACE_P_NR,
};

enum trace_cmp { TRACE_CMP_NONE, TRACE_GT, TRACE_GE, TRACE_LT, TRACE_LE, TRACE_EQ, TRACE_NE };

struct trace_cond {
	/* written by the parser only */
	struct trace_loc loc;
	u8 quant;			/* enum trace_quant */
	u8 pred;			/* enum trace_pred */
	u8 cmp;			/* enum trace_cmp; NONE for true-or-false predicates */
	/*
	 * Of a task: index and instance; "any" task: NONE and NONE; all tasks of a kind:
	 * NONE and the enum trace_actor. Of a VM: its index, and the index of its file.
	 * Of a lock class: the index in lock_classes[]. Of a SEAMCALL: its name, in words[].
	 */
	u32 subject;
	u32 instance;
	u64 addr;			/* second argument */
	u64 value;			/* right of the comparison; ns or a count */
};

#endif
