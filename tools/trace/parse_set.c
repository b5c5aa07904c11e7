// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings: "key = value" lines, the directives of [vm], the entries of [cost].
 *
 * Invariant: a key is stated at most once in its section (but those of [schedule] whose lines add
 * up).
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

/* ---- one key by its table -------------------------------------------------------- */

static bool in_range(struct trace_parser *p, const struct trace_key *key, struct trace_loc loc,
		     u64 v)
{
	enum trace_type type = key->type == TRACE_KEY_SIZE || key->type == TRACE_KEY_ADDR ?
				       TRACE_T_SIZE :
			       key->type == TRACE_KEY_TIME ? TRACE_T_TIME :
							     TRACE_T_COUNT;
	g_autoptr(GString) range = NULL;

	if (v >= key->min && v <= key->max)
		return true;
	range = g_string_new(NULL);
	trace_print_number(range, type, key->min);
	g_string_append(range, " to ");
	trace_print_number(range, type, key->max);
	return trace_err(p, loc, NULL, "'%s' is out of range: %s", key->name, range->str);
}

static enum trace_type number_type(u8 key_type)
{
	switch (key_type) {
	case TRACE_KEY_SIZE:
		return TRACE_T_SIZE;
	case TRACE_KEY_ADDR:
		return TRACE_T_ADDR;
	case TRACE_KEY_PAGE:
		return TRACE_T_PAGE_SIZE;
	case TRACE_KEY_TIME:
		return TRACE_T_TIME;
	default:
		return TRACE_T_COUNT;
	}
}

/* none, all, or A..B, C..D: guest physical addresses, the end not included */
static bool take_ranges(struct trace_parser *p, const struct trace_key *key,
			struct trace_ranges *ranges)
{
	struct trace *t = p->t;
	struct trace_range range = {0, UINT64_MAX};
	bool all = trace_is_word(p, "all");

	*ranges = (struct trace_ranges){t->n_ranges, 0};
	if (all || trace_is_word(p, "none")) {
		trace_lex_next(&p->lex);
		if (all)
			trace_push(t->ranges, t->n_ranges, range);
		ranges->n = all;
		return true;
	}
	for (;;) {
		struct trace_loc loc = trace_here(p);

		if (p->lex.tok.kind != TRACE_TOK_NUMBER)
			return trace_err_expected(p, "all, none or a range such as 0..64M");
		if (!trace_take_number(p, TRACE_T_ADDR, &range.from) ||
		    !trace_take_punct(p, TRACE_P_DOTDOT) ||
		    !trace_take_number(p, TRACE_T_ADDR, &range.end))
			return false;
		if (range.from >= range.end || range.end > key->max)
			return trace_err(p, loc, "the end is not included",
					 "the range is empty or too long");
		if (range.from % 4096 || range.end % 4096)
			return trace_err(p, loc, NULL, "'%s' is not in multiples of 4K", key->name);
		if (ranges->n == TRACE_RANGES_MAX)
			return trace_err(p, loc, NULL, "more than %u ranges", TRACE_RANGES_MAX);
		trace_push(t->ranges, t->n_ranges, range);
		ranges->n++;
		if (!trace_is_punct(p, ','))
			return true;
		trace_lex_next(&p->lex);
	}
}

bool trace_parse_key(struct trace_parser *p, const struct trace_keys *keys, u32 k, void *obj)
{
	const struct trace_key *key = &keys->v[k];
	char *field = (char *)obj + key->offset;
	struct trace_loc loc = trace_here(p);
	u64 v;

	if (key->type == TRACE_KEY_WORD || key->type == TRACE_KEY_BOOL) {
		if (!trace_take_word(p, key->words ? key->words : &trace_words_bool, &v))
			return false;
		*(u8 *)field = v;
		return true;
	}
	if (key->type == TRACE_KEY_RANGES)
		return take_ranges(p, key, (struct trace_ranges *)field);
	if (!trace_take_number(p, number_type(key->type), &v))
		return false;
	if (key->type != TRACE_KEY_PAGE && !in_range(p, key, loc, v))
		return false;
	if ((key->type == TRACE_KEY_SIZE || key->type == TRACE_KEY_ADDR) && v % 4096)
		return trace_err(p, loc, NULL, "'%s' is not a multiple of 4K", key->name);
	if (key->type == TRACE_KEY_COUNT)
		*(u32 *)field = v;
	else
		*(u64 *)field = v;
	return true;
}

/* The key under the cursor and its '='; -1 on error. */
static int take_key(struct trace_parser *p, const struct trace_keys *keys, u32 *set)
{
	const struct trace_token *tok = &p->lex.tok;
	struct trace_loc loc = trace_here(p);
	struct trace_suggest near;
	char what[64];
	u32 k;

	if (tok->kind != TRACE_TOK_WORD) {
		snprintf(what, sizeof(what), "a key of %s", keys->section);
		trace_err_expected(p, what);
		return -1;
	}
	trace_suggest_init(&near, tok->s, tok->len);
	for (k = 0; k < keys->n; k++) {
		trace_suggest_offer(&near, keys->v[k].name);
		if (trace_is_word(p, keys->v[k].name))
			break;
	}
	if (k == keys->n) {
		snprintf(what, sizeof(what), "key of %s:", keys->section);
		trace_err_unknown(p, loc, what, tok->s, tok->len, &near);
		return -1;
	}
	if (*set & BIT(k) && !keys->v[k].repeats) {
		trace_err(p, loc, NULL, "'%s' is stated twice", keys->v[k].name);
		return -1;
	}
	trace_lex_next(&p->lex);
	if (!trace_take_punct(p, '='))
		return -1;
	*set |= BIT(k);
	return k;
}

/* name=value ... to the end of the line; keys of type OTHER are names, kept in *other. */
static bool take_pairs(struct trace_parser *p, const struct trace_keys *keys, void *obj, u32 *set,
		       const char **other, struct trace_loc *other_loc)
{
	while (p->lex.tok.kind != TRACE_TOK_EOL) {
		int k = take_key(p, keys, set);

		if (k < 0)
			return false;
		if (keys->v[k].type != TRACE_KEY_OTHER) {
			if (!trace_parse_key(p, keys, k, obj))
				return false;
			continue;
		}
		*other_loc = trace_here(p);
		*other = trace_take_name(p, "a name");
		if (!*other)
			return false;
	}
	return true;
}

/* ---- the head, [design] ------------------------------------------------------------ */

static bool take_rules(struct trace_parser *p)
{
	struct trace *t = p->t;

	if (trace_is_word(p, "none") || trace_is_word(p, "any")) {
		t->expect_any = trace_is_word(p, "any");
		trace_lex_next(&p->lex);
		return true;
	}
	for (;;) {
		struct trace_loc loc = trace_here(p);
		u64 rule;

		if (!trace_take_word(p, &trace_words_rule, &rule))
			return false;
		for (u32 i = 0; i < t->n_expect; i++)
			if (t->expect[i] == trace_words_rule.v[rule])
				return trace_err(p, loc, NULL, "rule '%s' is stated twice",
						 t->expect[i]);
		trace_push(t->expect, t->n_expect, trace_words_rule.v[rule]);
		if (!trace_is_punct(p, ','))
			return true;
		trace_lex_next(&p->lex);
	}
}

static bool take_head(struct trace_parser *p)
{
	int k = take_key(p, &trace_keys_head, &p->t->head_set);

	if (k < 0)
		return false;
	trace_note_item(p, TRACE_ITEM_KEY(k));
	return k == TRACE_HEAD_TITLE ? trace_take_string(p, &p->t->title) : take_rules(p);
}

/* file, range, seq, prepare-outside; chunk:SIZE, bucket:N */
static bool take_locking(struct trace_parser *p)
{
	struct trace_design *d = &p->t->design;
	struct trace_loc loc = trace_here(p);
	const char *name = trace_take_name(p, "a locking strategy");
	bool chunk, bucket;

	if (!name)
		return false;
	if (p->names && p->names->nth(p->names->ctx, TRACE_NAMES_LOCKING, 0)) {
		if (!trace_check_name(p, TRACE_NAMES_LOCKING, "locking", name, loc))
			return false;
	} else if (trace_word_find(&trace_words_locking, name, strlen(name)) < 0) {
		struct trace_suggest near;

		trace_suggest_init(&near, name, strlen(name));
		trace_suggest_words(&near, &trace_words_locking);
		return trace_err_unknown(p, loc, "locking", name, strlen(name), &near);
	}
	d->locking = name;
	chunk = !strcmp(name, "chunk") || !strcmp(name, "chunk-open");
	bucket = !strcmp(name, "bucket");
	if (!chunk && !bucket)
		return true;
	if (!trace_take_punct(p, ':'))
		return false;
	loc = trace_here(p);
	if (!trace_take_number(p, chunk ? TRACE_T_SIZE : TRACE_T_COUNT, &d->locking_arg))
		return false;
	if (chunk && (!d->locking_arg || d->locking_arg % 4096))
		return trace_err(p, loc, NULL, "a chunk is a multiple of 4K, above 0");
	if (bucket && (!d->locking_arg || d->locking_arg > 65536))
		return trace_err(p, loc, NULL, "there are 1 to 65536 buckets");
	return true;
}

/* ---- [vm] --------------------------------------------------------------------------- */

static bool take_gmem(struct trace_parser *p)
{
	struct trace *t = p->t;
	struct trace_vm *vm = &t->vms[t->n_vms - 1];
	struct trace_gmem g = {.vm = t->n_vms - 1};

	trace_note_item(p, TRACE_ITEM_FIRST(vm->n_gmems));
	trace_lex_next(&p->lex);
	g.loc = trace_here(p);
	g.name = trace_take_name(p, "the file's name");
	if (!g.name)
		return false;
	if (strchr(g.name, '.'))
		return trace_err(p, g.loc, NULL, "a file's name has no '.'");
	for (u32 i = 0; i < vm->n_gmems; i++)
		if (!strcmp(t->gmems[vm->first_gmem + i].name, g.name))
			return trace_err(p, g.loc, NULL, "file '%s' is there already", g.name);
	if (vm->n_gmems == TRACE_SLOTS_MAX)
		return trace_err(p, g.loc, NULL, "more than %u files", TRACE_SLOTS_MAX);
	if (!take_pairs(p, &trace_keys_gmem, &g, &g.set, NULL, NULL))
		return false;
	if (!(g.set & BIT(TRACE_GMEM_SIZE)))
		return trace_err(p, g.loc, "write: gmem NAME size=SIZE", "file '%s' has no size",
				 g.name);
	trace_push(t->gmems, t->n_gmems, g);
	vm->n_gmems++;
	return true;
}

static bool take_slot(struct trace_parser *p)
{
	struct trace *t = p->t;
	struct trace_vm *vm = &t->vms[t->n_vms - 1];
	struct trace_slot s = {.vm = t->n_vms - 1};
	struct trace_fixup fix = {.in = TRACE_FIX_SLOT, .target = t->n_slots};
	u64 id;

	trace_note_item(p, TRACE_ITEM_SECOND(vm->n_slots));
	trace_lex_next(&p->lex);
	s.loc = trace_here(p);
	if (!trace_take_number(p, TRACE_T_COUNT, &id))
		return false;
	if (id >= TRACE_SLOTS_MAX)
		return trace_err(p, s.loc, NULL, "memslots are numbered 0 to %u",
				 TRACE_SLOTS_MAX - 1);
	s.id = id;
	if (!take_pairs(p, &trace_keys_slot, &s, &s.set, &fix.name, &fix.loc))
		return false;
	if ((s.set & (BIT(TRACE_SLOT_GPA) | BIT(TRACE_SLOT_LEN))) !=
	    (BIT(TRACE_SLOT_GPA) | BIT(TRACE_SLOT_LEN)))
		return trace_err(p, s.loc, "write: slot ID gpa=ADDR len=SIZE",
				 "slot %u needs 'gpa' and 'len'", s.id);
	s.gmem = TRACE_NONE;
	if (fix.name)
		trace_push(p->fixups, p->n_fixups, fix);
	trace_push(t->slots, t->n_slots, s);
	vm->n_slots++;
	return true;
}

/* ---- [cost] --------------------------------------------------------------------------- */

static bool take_include(struct trace_parser *p)
{
	struct trace *t = p->t;
	struct trace_loc loc;
	const char *name;

	trace_note_item(p, TRACE_ITEM_FIRST(t->n_includes));
	trace_lex_next(&p->lex);
	if (!trace_take_punct(p, '='))
		return false;
	loc = trace_here(p);
	name = trace_take_name(p, "the name of a cost file");
	if (!name)
		return false;
	for (u32 i = 0; i < t->n_includes; i++)
		if (!strcmp(t->includes[i], name))
			return trace_err(p, loc, NULL, "'%s' is included twice", name);
	if (t->n_includes == 16)
		return trace_err(p, loc, NULL, "more than 16 cost files");
	trace_push(t->includes, t->n_includes, name);
	return true;
}

static bool take_cost(struct trace_parser *p)
{
	struct trace *t = p->t;
	struct trace_cost cost = {.loc = trace_here(p)};

	if (trace_is_word(p, "include"))
		return take_include(p);
	trace_note_item(p, TRACE_ITEM_SECOND(t->n_costs));
	cost.name = trace_take_name(p, "the name of a cost");
	if (!cost.name || !trace_check_name(p, TRACE_NAMES_COST, "cost", cost.name, cost.loc))
		return false;
	for (u32 i = 0; i < t->n_costs; i++)
		if (!strcmp(t->costs[i].name, cost.name))
			return trace_err(p, cost.loc, NULL, "cost '%s' is stated twice", cost.name);
	if (t->n_costs == 1024)
		return trace_err(p, cost.loc, NULL, "more than 1024 costs");
	if (!trace_take_punct(p, '=') || !trace_take_cost(p, &cost))
		return false;
	trace_push(t->costs, t->n_costs, cost);
	return true;
}

/* Where the first key stands that only a TD can have. */
static bool take_vm_key(struct trace_parser *p, struct trace_vm *vm)
{
	struct trace_loc loc = trace_here(p);
	int k = take_key(p, &trace_keys_vm, &vm->set);

	if (k < 0)
		return false;
	trace_note_item(p, TRACE_ITEM_KEY(k));
	if (k >= TRACE_VM_TD && !vm->td_loc.line)
		vm->td_loc = loc;
	return trace_parse_key(p, &trace_keys_vm, k, vm);
}

/* ---- dispatch ------------------------------------------------------------------------------ */

static bool take_table(struct trace_parser *p, const struct trace_keys *keys, void *obj, u32 *set)
{
	int k = take_key(p, keys, set);

	if (k < 0)
		return false;
	trace_note_item(p, TRACE_ITEM_KEY(k));
	if (keys->v[k].type != TRACE_KEY_OTHER)
		return trace_parse_key(p, keys, k, obj);
	if (keys == &trace_keys_design)
		return take_locking(p);
	return trace_take_schedule(p, k);
}

bool trace_parse_setting(struct trace_parser *p)
{
	struct trace *t = p->t;
	struct trace_vm *vm = t->n_vms ? &t->vms[t->n_vms - 1] : NULL;

	switch (p->section.kind) {
	case TRACE_SEC_HEAD:
		return take_head(p);
	case TRACE_SEC_MACHINE:
		return take_table(p, &trace_keys_machine, &t->machine, &t->machine.set);
	case TRACE_SEC_DESIGN:
		return take_table(p, &trace_keys_design, &t->design, &t->design.set);
	case TRACE_SEC_COST:
		return take_cost(p);
	case TRACE_SEC_TDX:
		return take_table(p, &trace_keys_tdx, &t->tdx, &t->tdx.set);
	case TRACE_SEC_SCHEDULE:
		return take_table(p, &trace_keys_schedule, &t->schedule, &t->schedule.set);
	default:
		if (trace_is_word(p, "gmem") && trace_lex_peek(&p->lex) != '=')
			return take_gmem(p);
		if (trace_is_word(p, "slot") && trace_lex_peek(&p->lex) != '=')
			return take_slot(p);
		return take_vm_key(p, vm);
	}
}
