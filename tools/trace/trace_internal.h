/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the trace language: lexer, parser state, word tables.
 *
 * How a trace is read: load.c gets the bytes, lex.c cuts one line at a time
 * into tokens, parse.c knows sections, parse_set.c settings, parse_op.c
 * operations, parse_value.c what stands in them; check.c then resolves the
 * references between sections and looks at the whole. Every error is reported
 * through trace_err(); whoever gets 'false' back only passes it on.
 */
#ifndef TOOLS_TRACE_INTERNAL_H
#define TOOLS_TRACE_INTERNAL_H

#include <glib.h>

#include "tools/trace/trace.h"

/* ---- words ----------------------------------------------------------- */

/* A closed list of words; the position of a word is its value. */
struct trace_words {
	const char *what; /* "kernel": for messages */
	const char *const *v;
	u32 n;
};

extern const struct trace_words trace_words_kernel, trace_words_preempt, trace_words_scheduler,
	trace_words_restructure,
	trace_words_private_zap, trace_words_vm_type, trace_words_attr, trace_words_access,
	trace_words_advice, trace_words_prot, trace_words_fd, trace_words_via, trace_words_bool,
	trace_words_engine,
	trace_words_actor, trace_words_pred, trace_words_exit, trace_words_field, trace_words_rule,
	trace_words_section, trace_words_locking, trace_words_param, trace_words_tree_mode,
	trace_words_demote_poll, trace_words_host_priority, trace_words_build, trace_words_accept,
	trace_words_on_mapgpa, trace_words_on_memory_fault, trace_words_hardlockup;

/* The words of an argument type, NULL where it is not a closed list. */
const struct trace_words *trace_type_words(enum trace_type type);

/* The value of a word, or -1. */
int trace_word_find(const struct trace_words *words, const char *s, u32 len);
int trace_verb_find(const char *s, u32 len);
int trace_errno_find(const char *s, u32 len);

/* "did you mean 'x'?": offer candidates, then ask for the nearest one. */
struct trace_suggest {
	const char *word;
	u32 len;
	const char *best;
	u32 best_distance;
};

void trace_suggest_init(struct trace_suggest *s, const char *word, u32 len);
void trace_suggest_offer(struct trace_suggest *s, const char *candidate);
void trace_suggest_words(struct trace_suggest *s, const struct trace_words *words);

/* A predicate of [final]: what stands in its parentheses, and what it yields. */
enum trace_pred_args { TRACE_PA_NONE, TRACE_PA_TASK, TRACE_PA_LOCK, TRACE_PA_VM, TRACE_PA_VM_ADDR,
		       TRACE_PA_SEAMCALL };
struct trace_pred_info {
	u8 args;  /* enum trace_pred_args */
	u8 yield; /* TRACE_T_TIME, TRACE_T_COUNT; TRACE_T_BOOL: true or false */
};

extern const struct trace_pred_info trace_preds[TRACE_P_NR];

/* ---- settings: one table for parser and printer ----------------------- */

enum trace_key_type {
	TRACE_KEY_WORD,	 /* u8, from 'words' */
	TRACE_KEY_BOOL,	 /* bool, yes or no */
	TRACE_KEY_COUNT, /* u32 */
	TRACE_KEY_U64,	 /* u64, decimal */
	TRACE_KEY_HEX,	 /* u64 */
	TRACE_KEY_SIZE,	 /* u64, bytes, a multiple of 4K */
	TRACE_KEY_ADDR,	 /* the same, written as an address */
	TRACE_KEY_PAGE,	 /* u64, 4K, 2M or 1G */
	TRACE_KEY_TIME,	 /* u64, ns */
	TRACE_KEY_RANGES, /* struct trace_ranges */
	TRACE_KEY_OTHER, /* the section's own code */
};

struct trace_key {
	const char *name;
	u8 type;
	u16 offset; /* in the section's struct */
	const struct trace_words *words;
	u64 min, max;
	bool repeats; /* may be stated several times; the lines add up */
};

struct trace_keys {
	const char *section;
	const struct trace_key *v;
	u32 n;
};

extern const struct trace_keys trace_keys_head, trace_keys_machine, trace_keys_design,
	trace_keys_vm, trace_keys_gmem, trace_keys_slot, trace_keys_task, trace_keys_schedule,
	trace_keys_tdx;

/* Bits of 'set' and positions in the key tables. */
enum { TRACE_HEAD_TITLE, TRACE_HEAD_EXPECT };
enum {
	TRACE_MACHINE_CPUS,
	TRACE_MACHINE_MEMORY,
	TRACE_MACHINE_PREEMPT,
	TRACE_MACHINE_SCHEDULER,
	TRACE_MACHINE_HZ,
	TRACE_MACHINE_SLICE,
	TRACE_MACHINE_HUGEPAGES_2M,
	TRACE_MACHINE_HUGEPAGES_1G,
	TRACE_MACHINE_FAIL_ONE_IN,
	TRACE_MACHINE_HVO,
};
enum { TRACE_DESIGN_KERNEL, TRACE_DESIGN_LOCKING };
enum {
	TRACE_VM_TYPE,
	TRACE_VM_MEMORY,
	TRACE_VM_VCPUS,
	TRACE_VM_BACKING,
	TRACE_VM_INIT,
	TRACE_VM_MMAP,
	TRACE_VM_PRIVATE_ZAP,
	TRACE_VM_ON_MEMORY_FAULT,
	TRACE_VM_MAPPED,
	TRACE_VM_WATCHDOG_THRESH,
	TRACE_VM_RCU_STALL,
	TRACE_VM_WQ_THRESH,
	TRACE_VM_WATCHDOG_PHASE,
	TRACE_VM_HARDLOCKUP,
	TRACE_VM_TD, /* the first of those that are for TDs */
};
enum { TRACE_GMEM_SIZE, TRACE_GMEM_BACKING, TRACE_GMEM_INIT, TRACE_GMEM_MMAP };
enum { TRACE_SLOT_GPA, TRACE_SLOT_LEN, TRACE_SLOT_GMEM, TRACE_SLOT_OFFSET };
enum { TRACE_TASK_KIND, TRACE_TASK_VM, TRACE_TASK_CPU, TRACE_TASK_PROCESS };
enum {
	TRACE_SCHEDULE_ENGINE,
	TRACE_SCHEDULE_EXPLORED,
	TRACE_SCHEDULE_BUG,
	TRACE_SCHEDULE_MODEL,
	TRACE_SCHEDULE_CONFIG,
	TRACE_SCHEDULE_FINDING,
	TRACE_SCHEDULE_SEED,
	TRACE_SCHEDULE_FINGERPRINT,
	TRACE_SCHEDULE_STEPS,
	TRACE_SCHEDULE_PREEMPTIONS,
	TRACE_SCHEDULE_ZERO_VALUES,
	TRACE_SCHEDULE_ALL_POINTS,
	TRACE_SCHEDULE_DEPART,
	TRACE_SCHEDULE_CHOOSE,
	TRACE_SCHEDULE_TAPE
};

extern const struct trace_watchdog trace_watchdog_default;

/* Comments hang on items: 0 the header, then keys, directives or operations. */
#define TRACE_ITEM_KEY(i)    (1 + (i))
#define TRACE_ITEM_OP(i)     (1 + (i))
#define TRACE_ITEM_FIRST(i)  (64 + 2 * (i)) /* gmem, include */
#define TRACE_ITEM_SECOND(i) (65 + 2 * (i)) /* slot, cost */

/* ---- lexer ------------------------------------------------------------ */

enum trace_tok_kind {
	TRACE_TOK_EOL,
	TRACE_TOK_WORD,
	TRACE_TOK_NUMBER,
	TRACE_TOK_STRING,
	TRACE_TOK_PUNCT,
	TRACE_TOK_BAD
};

/* Two-character punctuation; all other punctuation is its own character. */
enum { TRACE_P_DOTDOT = 128, TRACE_P_LE, TRACE_P_GE, TRACE_P_EQ, TRACE_P_NE2 };

struct trace_token {
	u8 kind;
	u8 punct;
	u32 len;
	const char *s;
};

struct trace_lexer {
	/* owned by one parse */
	const char *next; /* first byte after this line */
	const char *end;  /* of the text */
	const char *line; /* first byte of this line */
	const char *p;	  /* first byte after 'tok' */
	const char *stop; /* end of this line, without its newline */
	u32 lineno;
	struct trace_token tok;
	const char *comment; /* of this line, from '#', or NULL */
	u32 comment_len;
};

void trace_lex_init(struct trace_lexer *lx, const char *text, size_t len);
/* Step to the next line; false at the end of the text. No token is read yet. */
bool trace_lex_line(struct trace_lexer *lx);
void trace_lex_next(struct trace_lexer *lx);
/* The next byte after 'tok' that is no blank, 0 at the end of the line. */
char trace_lex_peek(const struct trace_lexer *lx);
/* NULL, or why this line is not text; *where is the offending byte. */
const char *trace_lex_bad_text(const struct trace_lexer *lx, const char **where, u8 *byte);

/* ---- parser ------------------------------------------------------------ */

/* A name space that operations share, such as signals. */
struct trace_ns {
	const char *what;
	const char ***names; /* in the trace */
	u32 *n_names;
	GHashTable *map; /* name to index + 1 */
	struct trace_ns_use {
		struct trace_loc loc; /* first mention */
		bool made;
	} * use;
};

enum trace_ns_id {
	TRACE_NS_SIGNAL,
	TRACE_NS_LOCK,
	TRACE_NS_BARRIER,
	TRACE_NS_PIN,
	TRACE_NS_MAPPING,
	TRACE_NS_WORD,
	TRACE_NS_FAIL,
	TRACE_NS_LOCK_CLASS,
	TRACE_NS_NR
};

struct trace_block {
	u32 op; /* TRACE_NONE: the opener was in error */
	const char *var;
	u64 rounds; /* of this block and all around it, multiplied */
	struct trace_loc loc;
};

/* A reference that can be resolved only when the whole text is known. */
enum trace_fix_in { TRACE_FIX_ARG, TRACE_FIX_COND, TRACE_FIX_SLOT, TRACE_FIX_TASK };
struct trace_fixup {
	u8 in;	    /* enum trace_fix_in: which array 'target' is in */
	u8 type;    /* of an argument: TRACE_T_VM, GMEM or PREAMBLE */
	bool makes; /* the operation makes the file */
	u32 target; /* in args[], conds[], slots[] or tasks[] */
	u32 task;   /* the task whose operation it is, or NONE */
	const char *name;
	struct trace_loc loc;
};

struct trace_parser {
	/* owned by one parse */
	struct trace *t;
	const char *path;
	const struct trace_names *names;
	struct trace_errors *errs;
	u32 errs_before; /* the caller's, from other files */
	struct trace_lexer lex;
	GStringChunk *strings;
	struct trace_ns ns[TRACE_NS_NR];
	struct trace_fixup *fixups;
	u32 n_fixups;

	/* the section that is being read */
	struct trace_section section;
	struct trace_loc section_loc[TRACE_SEC_NR]; /* of its first header; line 0: none */
	u32 first_op;
	struct trace_block block[TRACE_DEPTH_MAX];
	u32 depth;
	u32 actors; /* bit per enum trace_actor that may be performing */
	u64 tape_len;
	bool stop; /* no use to go on */

	/* comments */
	GString *lead;
	bool in_statement; /* something other than a comment was on this line */
	u32 item;	   /* the last one on this line */
};

/* Report an error; always false. 'hint' may be NULL. */
bool trace_err(struct trace_parser *p, struct trace_loc loc, const char *hint, const char *fmt, ...)
	G_GNUC_PRINTF(4, 5);
/* Report an unknown word, with the nearest candidate as a hint; always false. */
bool trace_err_unknown(struct trace_parser *p, struct trace_loc loc, const char *what,
		       const char *s, u32 len, const struct trace_suggest *near);
/* Report that something else was expected where the current token is; always false. */
bool trace_err_expected(struct trace_parser *p, const char *what);
/* User text made printable and short, in quotes; into one of the caller's buffers. */
#define TRACE_QUOTE_MAX 64
const char *trace_quote(char buf[TRACE_QUOTE_MAX], const char *s, u32 len);

struct trace_loc trace_here(const struct trace_parser *p);
bool trace_is_punct(const struct trace_parser *p, u8 punct);
bool trace_is_word(const struct trace_parser *p, const char *word);
/* Consume it, or report that it is missing. */
bool trace_take_punct(struct trace_parser *p, u8 punct);
/* Consume a word as a name of its own; NULL on error. */
const char *trace_take_name(struct trace_parser *p, const char *what);
bool trace_take_string(struct trace_parser *p, const char **out);
const char *trace_keep(struct trace_parser *p, const char *s, u32 len);
u32 trace_ns_index(struct trace_parser *p, enum trace_ns_id ns, const char *s, u32 len,
		   struct trace_loc loc, bool makes);

void trace_note_item(struct trace_parser *p, u32 item);
/* Whether the line that was just stepped to is clean text of a bearable length. */
bool trace_line_is_text(struct trace_parser *p);

/* parse_value.c: each consumes tokens and reports its own errors */
bool trace_take_number(struct trace_parser *p, enum trace_type type, u64 *out);
bool trace_take_value(struct trace_parser *p, enum trace_type type, struct trace_arg *arg);
bool trace_take_word(struct trace_parser *p, const struct trace_words *words, u64 *out);
bool trace_take_cost(struct trace_parser *p, struct trace_cost *cost);

/* parse_result.c */
bool trace_take_expect(struct trace_parser *p, struct trace_arg *arg);
bool trace_take_schedule(struct trace_parser *p, u32 key);
bool trace_take_fail(struct trace_parser *p, struct trace_arg *arg);
bool trace_take_cond(struct trace_parser *p, bool quant_optional, u32 *index);
bool trace_check_name(struct trace_parser *p, enum trace_name_kind kind, const char *what,
		      const char *name, struct trace_loc loc);

/* parse_op.c */
void trace_parse_op(struct trace_parser *p);
void trace_skip_line(struct trace_parser *p);

/* parse_set.c */
bool trace_parse_setting(struct trace_parser *p);
bool trace_parse_key(struct trace_parser *p, const struct trace_keys *keys, u32 key, void *obj);

/* parse_task.c: the inside of [task ...]; and names like vcpu3 */
bool trace_parse_task_header(struct trace_parser *p);
bool trace_split_name(const char *s, u32 len, u32 *base_len, u32 *number);

/* check.c, check_vm.c, check_task.c: after the last line; errors are in p->errs */
void trace_check(struct trace_parser *p);
void trace_check_vms(struct trace_parser *p);
void trace_check_tasks(struct trace_parser *p);
void trace_check_ops(struct trace_parser *p);
u32 trace_find_vm(const struct trace *t, const char *s, size_t len);
/* "vcpu3" to a task and an instance of it, in c->subject and c->instance. */
bool trace_find_task(const struct trace *t, const char *name, struct trace_cond *c);
/* @cond: where a kind of task and "any" will do, too */
bool trace_err_no_task(struct trace_parser *p, struct trace_loc loc, const char *name, bool cond);
bool trace_err_no_vm(struct trace_parser *p, struct trace_loc loc, const char *s, u32 len);
/* "ram" or "td0.ram" to an index in gmems[]; NONE after an error. */
u32 trace_resolve_gmem(struct trace_parser *p, u32 vm, const char *name, struct trace_loc loc,
		       bool makes);
/* At the end of its section: settings that depend on others, the implied file and slot. */
void trace_finish_vm(struct trace *t, struct trace_vm *vm);

/* load.c: the bytes of a file; NULL with an error in errs */
char *trace_load(const char *path, size_t *len, struct trace_errors *errs);

/* print.c, print_op.c: canonical text */
struct trace_printer {
	/* one trace_print() */
	const struct trace *t;
	GString *out;
	u32 section;
	const char *var[1 + TRACE_DEPTH_MAX]; /* names of the loop variables in scope */
	u32 n_vars;
};

/* [schedule], the keys that are its own: see schedule.c. */
void trace_print_schedule(GString *out, const struct trace_schedule *s, u32 key);
bool trace_schedule_equal(const struct trace_schedule *a, const struct trace_schedule *b);
void trace_schedule_finish(struct trace_schedule *s);
void trace_print_number(GString *out, enum trace_type type, u64 v);
void trace_locking_print(GString *out, const char *name, u64 arg);
void trace_print_cost(GString *out, const struct trace_cost *cost);
/* One operation without its line: no indentation, no comments. */
void trace_print_op(struct trace_printer *pr, const struct trace_op *op);
void trace_print_ops(struct trace_printer *pr, u32 first, u32 n);
void trace_print_cond(struct trace_printer *pr, const struct trace_cond *c, bool always_quant);
/* The comment before (own lines) or after (same line) an item of the section, if any. */
const char *trace_comment(const struct trace_printer *pr, u32 item, bool trailing);
void trace_print_lead(struct trace_printer *pr, u32 item, u32 indent, bool first);
void trace_print_end(struct trace_printer *pr, u32 item);

/* ast.c: growing arrays; the capacity is the power of two above the length */
void *trace_grow(void *v, u32 n, size_t size);
#define trace_push(v, n, item)                        \
	do {                                          \
		(v) = trace_grow(v, n, sizeof(*(v))); \
		(v)[(n)++] = (item);                  \
	} while (0)

#endif
