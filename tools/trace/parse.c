// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser's frame: lines, sections, comments, names, and the small helpers of all its parts.
 *
 * Invariants: one call of a statement parser consumes at least one token; whatever is wrong with
 * a line, the next line starts fresh. With any error there is no trace.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

/* ---- helpers ---------------------------------------------------------------- */

struct trace_loc trace_here(const struct trace_parser *p)
{
	return (struct trace_loc){p->lex.lineno, p->lex.tok.s - p->lex.line + 1};
}

bool trace_is_punct(const struct trace_parser *p, u8 punct)
{
	return p->lex.tok.kind == TRACE_TOK_PUNCT && p->lex.tok.punct == punct;
}

bool trace_is_word(const struct trace_parser *p, const char *word)
{
	return p->lex.tok.kind == TRACE_TOK_WORD && strlen(word) == p->lex.tok.len &&
	       !memcmp(word, p->lex.tok.s, p->lex.tok.len);
}

bool trace_take_punct(struct trace_parser *p, u8 punct)
{
	char what[4] = {'\'', (char)punct, '\'', 0};

	if (!trace_is_punct(p, punct))
		return trace_err_expected(p, punct == TRACE_P_DOTDOT ? "'..'" : what);
	trace_lex_next(&p->lex);
	return true;
}

const char *trace_keep(struct trace_parser *p, const char *s, u32 len)
{
	return g_string_chunk_insert_len(p->strings, s, len);
}

const char *trace_take_name(struct trace_parser *p, const char *what)
{
	const struct trace_token *tok = &p->lex.tok;
	const char *name;

	if (tok->kind != TRACE_TOK_WORD) {
		trace_err_expected(p, what);
		return NULL;
	}
	if (tok->len > TRACE_NAME_MAX) {
		trace_err(p, trace_here(p), NULL, "a name is longer than %u bytes", TRACE_NAME_MAX);
		return NULL;
	}
	name = trace_keep(p, tok->s, tok->len);
	trace_lex_next(&p->lex);
	return name;
}

bool trace_take_string(struct trace_parser *p, const char **out)
{
	const struct trace_token *tok = &p->lex.tok;
	g_autoptr(GString) text = g_string_new(NULL);

	if (tok->kind != TRACE_TOK_STRING)
		return trace_err_expected(p, "a string in double quotes");
	for (u32 i = 1; i + 1 < tok->len; i++) {
		if (tok->s[i] == '\\') {
			i++;
			if (tok->s[i] != '"' && tok->s[i] != '\\')
				return trace_err(p, trace_here(p), NULL,
						 "a string has \\\" and \\\\, no other escapes");
		}
		g_string_append_c(text, tok->s[i]);
	}
	if (text->len > 1024)
		return trace_err(p, trace_here(p), NULL, "a string is longer than 1024 bytes");
	*out = trace_keep(p, text->str, text->len);
	trace_lex_next(&p->lex);
	return true;
}

u32 trace_ns_index(struct trace_parser *p, enum trace_ns_id id, const char *s, u32 len,
		   struct trace_loc loc, bool makes)
{
	struct trace_ns *ns = &p->ns[id];
	char key[TRACE_NAME_MAX + 1];
	const char *name;
	u32 index;

	memcpy(key, s, len);
	key[len] = 0;
	index = GPOINTER_TO_UINT(g_hash_table_lookup(ns->map, key));
	if (!index) {
		struct trace_ns_use use = {loc, makes};
		u32 n = *ns->n_names;

		name = trace_keep(p, key, len);
		ns->use = trace_grow(ns->use, n, sizeof(use));
		ns->use[n] = use;
		trace_push(*ns->names, *ns->n_names, name);
		g_hash_table_insert(ns->map, (char *)name, GUINT_TO_POINTER(n + 1));
		return n;
	}
	ns->use[index - 1].made |= makes;
	return index - 1;
}

/* ---- comments ---------------------------------------------------------------- */

static void add_comment(struct trace_parser *p, u32 item, bool trailing, const char *text)
{
	struct trace_comment c = {
		.section = p->t->n_sections - 1, .item = item, .trailing = trailing, .text = text};

	/* the lines of a tape are one item; their comments become one */
	for (u32 i = p->t->n_comments; p->section.kind == TRACE_SEC_SCHEDULE && i--;) {
		struct trace_comment *old = &p->t->comments[i];

		if (old->section != c.section)
			break;
		if (old->item == item && old->trailing == trailing) {
			g_autofree char *both =
				g_strconcat(old->text, trailing ? " " : "\n", text, NULL);

			old->text = trace_keep(p, both, strlen(both));
			return;
		}
	}
	trace_push(p->t->comments, p->t->n_comments, c);
}

static int by_place(const void *a, const void *b)
{
	const struct trace_comment *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return x->trailing - y->trailing;
}

/* An item begins: what stood above it is its comment. */
void trace_note_item(struct trace_parser *p, u32 item)
{
	p->item = item;
	p->in_statement = true;
	if (!p->lead->len)
		return;
	/* every line of it ended in '\n'; the last one's end is not part of the text */
	g_string_truncate(p->lead, p->lead->len - 1);
	add_comment(p, item, false, trace_keep(p, p->lead->str, p->lead->len));
	g_string_truncate(p->lead, 0);
}

static void end_line(struct trace_parser *p)
{
	struct trace_lexer *lx = &p->lex;
	GString *lead = p->lead;
	u32 len = lx->comment_len;

	while (lx->comment && len && strchr(" \t", lx->comment[len - 1]))
		len--;
	if (p->in_statement) {
		if (lx->comment)
			add_comment(p, p->item, true, trace_keep(p, lx->comment, len));
	} else if (lx->comment) {
		g_string_append_len(lead, lx->comment, len);
		g_string_append_c(lead, '\n');
	} else if (!g_str_has_suffix(lead->str, "\n\n") && strcmp(lead->str, "\n")) {
		/* a blank line; a second one in a row would say nothing */
		g_string_append_c(lead, '\n');
	}
	p->in_statement = false;
}

/* ---- sections ----------------------------------------------------------------- */

static void end_section(struct trace_parser *p)
{
	struct trace *t = p->t;
	u32 n = t->n_ops - p->first_op;

	while (p->depth) {
		struct trace_block *b = &p->block[--p->depth];

		trace_err(p, b->loc, NULL, "this block is not closed");
	}
	if (p->section.kind == TRACE_SEC_TASK) {
		t->tasks[p->section.index].first_op = p->first_op;
		t->tasks[p->section.index].n_ops = n;
	} else if (p->section.kind == TRACE_SEC_PREAMBLE) {
		t->preambles[p->section.index].first_op = p->first_op;
		t->preambles[p->section.index].n_ops = n;
	} else if (p->section.kind == TRACE_SEC_VM) {
		trace_finish_vm(t, &t->vms[p->section.index]);
	}
}

static void begin_section(struct trace_parser *p, enum trace_section_kind kind, u32 index)
{
	p->section = (struct trace_section){kind, index};
	trace_push(p->t->sections, p->t->n_sections, p->section);
	p->first_op = p->t->n_ops;
	if (p->t->n_sections > 1)
		trace_note_item(p, 0);
}

static bool take_vm_header(struct trace_parser *p)
{
	struct trace_vm vm = {.loc = trace_here(p)};
	struct trace *t = p->t;

	vm.name = trace_take_name(p, "the VM's name");
	if (!vm.name)
		return false;
	if (strchr(vm.name, '.'))
		return trace_err(p, vm.loc, NULL, "a VM's name has no '.'");
	if (trace_find_vm(t, vm.name, strlen(vm.name)) != TRACE_NONE)
		return trace_err(p, vm.loc, NULL, "VM '%s' is there already", vm.name);
	if (t->n_vms == TRACE_VMS_MAX)
		return trace_err(p, vm.loc, NULL, "more than %u VMs", TRACE_VMS_MAX);
	vm.backing = 4096;
	vm.watchdog = trace_watchdog_default;
	vm.td.accept_len = 2 << 20;
	vm.first_gmem = t->n_gmems;
	vm.first_slot = t->n_slots;
	trace_push(t->vms, t->n_vms, vm);
	begin_section(p, TRACE_SEC_VM, t->n_vms - 1);
	return true;
}

static bool take_preamble_header(struct trace_parser *p)
{
	struct trace_preamble pre = {.loc = trace_here(p)};
	struct trace *t = p->t;

	pre.name = trace_take_name(p, "the preamble's name");
	if (!pre.name)
		return false;
	for (u32 i = 0; i < t->n_preambles; i++)
		if (!strcmp(t->preambles[i].name, pre.name))
			return trace_err(p, pre.loc, NULL, "preamble '%s' is there already",
					 pre.name);
	if (t->n_preambles == TRACE_TASKS_MAX)
		return trace_err(p, pre.loc, NULL, "more than %u preambles", TRACE_TASKS_MAX);
	trace_push(t->preambles, t->n_preambles, pre);
	p->actors = BIT(TRACE_ACTOR_NR) - 1;
	begin_section(p, TRACE_SEC_PREAMBLE, t->n_preambles - 1);
	return true;
}

static bool take_plain_header(struct trace_parser *p, enum trace_section_kind kind,
			      struct trace_loc loc)
{
	struct trace_loc *first = &p->section_loc[kind];

	if (first->line)
		return trace_err(p, loc, NULL, "a second [%s]; the first is in line %u",
				 trace_words_section.v[kind], first->line);
	*first = loc;
	if (kind == TRACE_SEC_MACHINE)
		p->t->machine.loc = loc;
	else if (kind == TRACE_SEC_DESIGN)
		p->t->design.loc = loc;
	else if (kind == TRACE_SEC_SCHEDULE)
		p->t->schedule.loc = loc;
	else if (kind == TRACE_SEC_TDX)
		p->t->tdx.loc = loc;
	else if (kind == TRACE_SEC_FINAL)
		p->t->first_final = p->t->n_conds;
	begin_section(p, kind, 0);
	return true;
}

static bool take_header(struct trace_parser *p)
{
	struct trace_loc loc = trace_here(p);
	bool ok;
	u64 kind;

	end_section(p);
	/* until the header is understood its lines belong nowhere */
	p->section.kind = TRACE_SEC_NR;
	trace_lex_next(&p->lex);
	if (!trace_take_word(p, &trace_words_section, &kind))
		return false;
	switch (kind) {
	case TRACE_SEC_VM:
		ok = take_vm_header(p);
		break;
	case TRACE_SEC_PREAMBLE:
		ok = take_preamble_header(p);
		break;
	case TRACE_SEC_TASK:
		ok = trace_parse_task_header(p);
		if (ok)
			begin_section(p, TRACE_SEC_TASK, p->t->n_tasks - 1);
		break;
	default:
		ok = take_plain_header(p, kind, loc);
	}
	return ok && trace_take_punct(p, ']');
}

static bool take_final(struct trace_parser *p)
{
	u32 index;

	trace_note_item(p, TRACE_ITEM_OP(p->t->n_final));
	if (!trace_take_cond(p, false, &index))
		return false;
	p->t->n_final++;
	return true;
}

static void take_line(struct trace_parser *p)
{
	bool first = true;

	trace_lex_next(&p->lex);
	while (p->lex.tok.kind != TRACE_TOK_EOL && !p->stop) {
		bool ok = true;

		if (first && trace_is_punct(p, '['))
			ok = take_header(p);
		else if (p->section.kind == TRACE_SEC_TASK || p->section.kind == TRACE_SEC_PREAMBLE)
			trace_parse_op(p);
		else if (p->section.kind == TRACE_SEC_FINAL)
			ok = take_final(p);
		else if (p->section.kind == TRACE_SEC_NR)
			ok = false;
		else
			ok = trace_parse_setting(p);
		if (!ok)
			trace_skip_line(p);
		first = false;
	}
}

/* ---- the whole text ------------------------------------------------------------ */

bool trace_line_is_text(struct trace_parser *p)
{
	struct trace_lexer *lx = &p->lex;
	struct trace_loc loc = {lx->lineno, 1};
	const char *where, *why;
	u8 byte;

	if (lx->stop - lx->line > TRACE_LINE_MAX)
		return trace_err(p, loc, NULL, "line is longer than %u bytes", TRACE_LINE_MAX);
	why = trace_lex_bad_text(lx, &where, &byte);
	if (!why)
		return true;
	loc.col = where - lx->line + 1;
	return trace_err(p, loc, NULL, "byte 0x%02x %s", byte, why);
}

/* "gmemsim trace 1", exactly, before anything else. */
static bool take_version(struct trace_parser *p)
{
	struct trace_loc top = {1, 1};
	u64 version;

	if (!trace_lex_line(&p->lex))
		return trace_err(p, top, NULL, "the file is empty");
	if (!trace_line_is_text(p))
		return false;
	trace_lex_next(&p->lex);
	if (!trace_is_word(p, "gmemsim"))
		return trace_err(p, top, NULL, "the first line of a trace is 'gmemsim trace %u'",
				 TRACE_VERSION);
	trace_lex_next(&p->lex);
	if (!trace_is_word(p, "trace"))
		return trace_err_expected(p, "'trace'");
	trace_lex_next(&p->lex);
	top = trace_here(p);
	if (!trace_take_number(p, TRACE_T_COUNT, &version))
		return false;
	if (version != TRACE_VERSION)
		return trace_err(p, top, NULL,
				 "version %" PRIu64 " is not known; this is version %u", version,
				 TRACE_VERSION);
	if (p->lex.tok.kind != TRACE_TOK_EOL)
		return trace_err_expected(p, "the end of the line");
	trace_note_item(p, 0);
	end_line(p);
	return true;
}

static void parse_text(struct trace_parser *p)
{
	begin_section(p, TRACE_SEC_HEAD, 0);
	if (!take_version(p))
		return;
	while (!p->stop && trace_lex_line(&p->lex)) {
		if (trace_line_is_text(p)) {
			take_line(p);
			end_line(p);
		}
		if (p->errs->n >= TRACE_ERRORS_MAX)
			p->stop = true;
	}
	if (p->stop)
		return;
	end_section(p);
	p->section = (struct trace_section){TRACE_SEC_NR, 0};
	if (p->lead->len) {
		trace_note_item(p, 0);
		p->t->comments[p->t->n_comments - 1].section = p->t->n_sections;
	}
	if (p->t->n_comments)
		qsort(p->t->comments, p->t->n_comments, sizeof(*p->t->comments), by_place);
	if (p->errs->n == p->errs_before)
		trace_check(p);
}

static void parser_init(struct trace_parser *p, const char *path, const struct trace_names *names,
			struct trace_errors *errs)
{
	struct trace *t = g_new0(struct trace, 1);
	const struct trace_ns ns[TRACE_NS_NR] = {
		[TRACE_NS_SIGNAL] = {"a signal", &t->signals, &t->n_signals},
		[TRACE_NS_LOCK] = {"a lock", &t->locks, &t->n_locks},
		[TRACE_NS_BARRIER] = {"a barrier", &t->barriers, &t->n_barriers},
		[TRACE_NS_PIN] = {"a pin", &t->pins, &t->n_pins},
		[TRACE_NS_MAPPING] = {"a mapping", &t->mappings, &t->n_mappings},
		[TRACE_NS_WORD] = {"a word", &t->words, &t->n_words},
		[TRACE_NS_FAIL] = {"a fail point", &t->fail_points, &t->n_fail_points},
		[TRACE_NS_LOCK_CLASS] = {"a lock class", &t->lock_classes, &t->n_lock_classes},
	};

	*p = (struct trace_parser){
		.t = t, .path = path, .names = names, .errs = errs, .errs_before = errs->n};
	memcpy(p->ns, ns, sizeof(ns));
	for (u32 i = 0; i < TRACE_NS_NR; i++)
		p->ns[i].map = g_hash_table_new(g_str_hash, g_str_equal);
	p->strings = t->arena = g_string_chunk_new(4096);
	p->lead = g_string_new(NULL);
	t->path = trace_keep(p, path, strlen(path));
	t->title = "";
	t->machine = (struct trace_machine){.memory = 1ull << 40,
					    .preempt = TRACE_PREEMPT_LAZY,
					    .hz = 250,
					    .slice_ns = 3 * NSEC_PER_MS,
					    .hugepages_2m = TRACE_NONE,
					    .hugepages_1g = TRACE_NONE,
					    .hvo = true,
					    .watchdog = trace_watchdog_default};
	t->design.locking = "file";
	t->tdx = (struct trace_tdx){.packages = 1,
				    .hkids = 64,
				    .promote_tree = TRACE_TREE_EXCLUSIVE,
				    .host_priority_timeout_ns = NSEC_PER_SEC};
}

struct trace *trace_parse_buf(const char *path, const char *buf, size_t len,
			      const struct trace_names *names, struct trace_errors *errs)
{
	struct trace_parser p;
	bool ok;

	parser_init(&p, path, names, errs);
	trace_lex_init(&p.lex, buf, len);
	parse_text(&p);
	ok = errs->n == p.errs_before && !errs->dropped;
	for (u32 i = 0; i < TRACE_NS_NR; i++) {
		g_hash_table_destroy(p.ns[i].map);
		g_free(p.ns[i].use);
	}
	g_string_free(p.lead, true);
	g_free(p.fixups);
	if (!ok)
		trace_free(p.t);
	return ok ? p.t : NULL;
}

struct trace *trace_parse_file(const char *path, const struct trace_names *names,
			       struct trace_errors *errs)
{
	struct trace *t;
	size_t len;
	char *text = trace_load(path, &len, errs);

	if (!text)
		return NULL;
	t = trace_parse_buf(strcmp(path, "-") ? path : "<stdin>", text, len, names, errs);
	g_free(text);
	return t;
}
