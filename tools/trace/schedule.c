// SPDX-License-Identifier: GPL-2.0-only
/*
 * [schedule]: a recorded run, or a finding.  Read, written, compared, attached to a trace.
 *
 * A run by a clock or by random decisions is a tape of all its choices.  A run of a search is what
 * departs from the default (sim/schedule.h):
 *
 *   depart = 12 vcpu1/3 after vcpu0/2@5 0x9f1c	at decision 12 vcpu1 goes on, after the fifth step
 *						of vcpu0; the hash is of what could have happened
 *   choose = vcpu0/2@3 17			the fourth value that vcpu0 asks for is 17
 *   choose = vmm/4@0 fails			the first step of vmm that can fail does
 *
 * Invariants: tasks are found by their number, the name before it is for readers; lines of one key
 * add up, in the order of the file.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

#define LINE_COLUMNS 100

/* ---- reading ------------------------------------------------------------------------------ */

/* One run: KIND VALUE/N*COUNT, as in s1/3*12 (s schedule, v value, f failure). */
static bool take_run(struct trace_parser *p)
{
	static const char kinds[] = "svf";
	struct trace_schedule *s = &p->t->schedule;
	const struct trace_token *tok = &p->lex.tok;
	struct trace_loc loc = trace_here(p);
	const char *kind = tok->kind == TRACE_TOK_WORD ? strchr(kinds, tok->s[0]) : NULL;
	u64 value = 0, n = 0, count = 1;

	if (!kind || tok->len < 2 || tok->len > 11)
		return trace_err_expected(p, "a choice such as s1/3");
	for (u32 i = 1; i < tok->len; i++) {
		if (tok->s[i] < '0' || tok->s[i] > '9')
			return trace_err_expected(p, "a choice such as s1/3");
		value = value * 10 + (tok->s[i] - '0');
	}
	trace_lex_next(&p->lex);
	if (!trace_take_punct(p, '/') || !trace_take_number(p, TRACE_T_COUNT, &n))
		return false;
	if (trace_is_punct(p, '*')) {
		trace_lex_next(&p->lex);
		if (!trace_take_number(p, TRACE_T_COUNT, &count))
			return false;
	}
	if (value > UINT32_MAX || n > UINT32_MAX || (n && value >= n))
		return trace_err(p, loc, NULL, "a choice is below its bound, both in 32 bits");
	if (!count || count > TRACE_TAPE_MAX - p->tape_len)
		return trace_err(p, loc, NULL, "a tape has 1 to %u choices", TRACE_TAPE_MAX);
	p->tape_len += count;
	trace_push(s->tape, s->n_tape,
		   ((struct trace_run){{.value = value, .n = n, .kind = kind - kinds}, count}));
	return true;
}

static bool take_tape(struct trace_parser *p)
{
	do {
		if (!take_run(p))
			return false;
	} while (p->lex.tok.kind != TRACE_TOK_EOL && trace_lex_peek(&p->lex) != '=');
	return true;
}

/* Which faults can be planted is for the replay to know. */
static bool take_bug(struct trace_parser *p)
{
	p->t->schedule.bug = trace_take_name(p, "the slug of a planted fault");
	return p->t->schedule.bug != NULL;
}

static bool take_u32(struct trace_parser *p, u32 *out)
{
	struct trace_loc loc = trace_here(p);
	u64 v;

	if (!trace_take_number(p, TRACE_T_COUNT, &v))
		return false;
	*out = (u32)v;
	return v < UINT32_MAX || trace_err(p, loc, NULL, "the number is too big");
}

/* "vcpu0/2", or "nobody" */
static bool take_task(struct trace_parser *p, struct trace_taskref *ref)
{
	ref->id = TRACE_NONE;
	ref->name = trace_take_name(p, "a task such as vcpu0/2");
	if (!ref->name)
		return false;
	if (!trace_is_punct(p, '/') && !strcmp(ref->name, "nobody"))
		return true;
	return trace_take_punct(p, '/') && take_u32(p, &ref->id);
}

/* "vcpu0/2@5": a task and how often something has happened to it */
static bool take_task_at(struct trace_parser *p, struct trace_taskref *ref, u32 *nth)
{
	return take_task(p, ref) && trace_take_punct(p, '@') && take_u32(p, nth);
}

static bool take_departure(struct trace_parser *p)
{
	struct trace_schedule *s = &p->t->schedule;
	struct trace_departure d = {0};
	struct trace_loc loc = trace_here(p);

	if (!take_u32(p, &d.step) || !take_task(p, &d.task))
		return false;
	if (s->n_departures && s->departures[s->n_departures - 1].step >= d.step)
		return trace_err(p, loc, NULL, "departures are in the order of their steps");
	if (!trace_is_word(p, "after"))
		return trace_err_expected(p, "'after'");
	trace_lex_next(&p->lex);
	if (!take_task_at(p, &d.from, &d.from_step))
		return false;
	if (p->lex.tok.kind == TRACE_TOK_NUMBER && !trace_take_number(p, TRACE_T_HEX, &d.state))
		return false;
	if (s->n_departures == TRACE_TAPE_MAX)
		return trace_err(p, loc, NULL, "more than %u departures", TRACE_TAPE_MAX);
	trace_push(s->departures, s->n_departures, d);
	return true;
}

static bool take_choice(struct trace_parser *p)
{
	struct trace_schedule *s = &p->t->schedule;
	struct trace_choice c = {.kind = CHOICE_VALUE};
	struct trace_loc loc = trace_here(p);
	u64 value = 0;

	if (!take_task_at(p, &c.task, &c.nth))
		return false;
	if (trace_is_word(p, "fails")) {
		c.kind = CHOICE_FAIL;
		trace_lex_next(&p->lex);
	} else if (!trace_take_number(p, TRACE_T_COUNT, &value)) {
		return false;
	}
	if (value > UINT32_MAX)
		return trace_err(p, loc, NULL, "a value has 32 bits");
	c.value = (u32)value;
	if (s->n_choices == TRACE_TAPE_MAX)
		return trace_err(p, loc, NULL, "more than %u choices", TRACE_TAPE_MAX);
	trace_push(s->choices, s->n_choices, c);
	return true;
}

bool trace_take_schedule(struct trace_parser *p, u32 key)
{
	switch (key) {
	case TRACE_SCHEDULE_BUG:
		return take_bug(p);
	case TRACE_SCHEDULE_DEPART:
		return take_departure(p);
	case TRACE_SCHEDULE_CHOOSE:
		return take_choice(p);
	default:
		return take_tape(p);
	}
}

/* ---- writing ------------------------------------------------------------------------------ */

static void print_tape(GString *out, const struct trace_schedule *s)
{
	size_t line = out->len - strlen("tape =");

	for (u32 i = 0; i < s->n_tape; i++) {
		const struct trace_run *run = &s->tape[i];
		char text[64];

		snprintf(text, sizeof(text), run->count > 1 ? " %c%u/%u*%u" : " %c%u/%u",
			 "svf"[run->choice.kind], run->choice.value, run->choice.n, run->count);
		if (out->len - line + strlen(text) > LINE_COLUMNS) {
			g_string_append_c(out, '\n');
			line = out->len;
			g_string_append(out, "tape =");
		}
		g_string_append(out, text);
	}
}

static void print_task(GString *out, const struct trace_taskref *ref)
{
	g_string_append(out, ref->name);
	if (ref->id != TRACE_NONE)
		g_string_append_printf(out, "/%u", ref->id);
}

static void print_departures(GString *out, const struct trace_schedule *s)
{
	for (u32 i = 0; i < s->n_departures; i++) {
		const struct trace_departure *d = &s->departures[i];

		g_string_append_printf(out, "%s %u ", i ? "\ndepart =" : "", d->step);
		print_task(out, &d->task);
		g_string_append(out, " after ");
		print_task(out, &d->from);
		g_string_append_printf(out, "@%u", d->from_step);
		if (d->state)
			g_string_append_printf(out, " 0x%" PRIx64, d->state);
	}
}

static void print_choices(GString *out, const struct trace_schedule *s)
{
	for (u32 i = 0; i < s->n_choices; i++) {
		const struct trace_choice *c = &s->choices[i];

		g_string_append(out, i ? "\nchoose = " : " ");
		print_task(out, &c->task);
		g_string_append_printf(out, "@%u ", c->nth);
		if (c->kind == CHOICE_FAIL)
			g_string_append(out, "fails");
		else
			g_string_append_printf(out, "%u", c->value);
	}
}

void trace_print_schedule(GString *out, const struct trace_schedule *s, u32 key)
{
	switch (key) {
	case TRACE_SCHEDULE_BUG:
		g_string_append_printf(out, " %s", s->bug);
		break;
	case TRACE_SCHEDULE_DEPART:
		print_departures(out, s);
		break;
	case TRACE_SCHEDULE_CHOOSE:
		print_choices(out, s);
		break;
	default:
		print_tape(out, s);
	}
}

/* ---- comparing ---------------------------------------------------------------------------- */

static bool same_choice(const struct choice *a, const struct choice *b)
{
	return a->kind == b->kind && a->value == b->value && a->n == b->n;
}

static bool same_task(const struct trace_taskref *a, const struct trace_taskref *b)
{
	return a->id == b->id && strcmp(a->name, b->name) == 0;
}

static bool same_lists(const struct trace_schedule *a, const struct trace_schedule *b)
{
	for (u32 i = 0; i < a->n_tape; i++) {
		if (!same_choice(&a->tape[i].choice, &b->tape[i].choice) ||
		    a->tape[i].count != b->tape[i].count)
			return false;
	}
	for (u32 i = 0; i < a->n_departures; i++) {
		const struct trace_departure *x = &a->departures[i], *y = &b->departures[i];

		if (x->step != y->step || x->from_step != y->from_step || x->state != y->state ||
		    !same_task(&x->task, &y->task) || !same_task(&x->from, &y->from))
			return false;
	}
	for (u32 i = 0; i < a->n_choices; i++) {
		const struct trace_choice *x = &a->choices[i], *y = &b->choices[i];

		if (x->kind != y->kind || x->nth != y->nth || x->value != y->value ||
		    !same_task(&x->task, &y->task))
			return false;
	}
	return true;
}

bool trace_schedule_equal(const struct trace_schedule *a, const struct trace_schedule *b)
{
	return a->set == b->set && a->engine == b->engine && a->explored == b->explored &&
	       g_strcmp0(a->bug, b->bug) == 0 && a->model == b->model && a->config == b->config &&
	       a->finding == b->finding && a->seed == b->seed &&
	       a->fingerprint == b->fingerprint && a->steps == b->steps &&
	       a->zero_values == b->zero_values && a->all_points == b->all_points &&
	       a->n_tape == b->n_tape && a->n_departures == b->n_departures &&
	       a->n_choices == b->n_choices &&
	       same_lists(a, b);
}

/* ---- attaching ---------------------------------------------------------------------------- */

void trace_schedule_finish(struct trace_schedule *s)
{
	g_free(s->tape);
	g_free(s->departures);
	g_free(s->choices);
	*s = (struct trace_schedule){0};
}

static void need_section(struct trace *t)
{
	struct trace_section sec = {.kind = TRACE_SEC_SCHEDULE};

	if (!t->schedule.set)
		trace_push(t->sections, t->n_sections, sec);
}

void trace_set_schedule(struct trace *t, enum trace_engine engine, u64 seed, u64 fingerprint,
			const struct choice *tape, size_t n)
{
	struct trace_schedule *s = &t->schedule;

	need_section(t);
	trace_schedule_finish(s);
	*s = (struct trace_schedule){.engine = engine, .seed = seed, .fingerprint = fingerprint};
	s->set = BIT(TRACE_SCHEDULE_ENGINE) | BIT(TRACE_SCHEDULE_SEED) |
		 BIT(TRACE_SCHEDULE_FINGERPRINT) | (n ? BIT(TRACE_SCHEDULE_TAPE) : 0);
	for (size_t i = 0; i < n; i++) {
		struct trace_run run = {tape[i], 1};

		if (s->n_tape && same_choice(&s->tape[s->n_tape - 1].choice, &tape[i]))
			s->tape[s->n_tape - 1].count++;
		else
			trace_push(s->tape, s->n_tape, run);
	}
}

struct choice *trace_tape(const struct trace *t, size_t *n)
{
	const struct trace_schedule *s = &t->schedule;
	struct choice *tape;
	size_t len = 0, pos = 0;

	for (u32 i = 0; i < s->n_tape; i++)
		len += s->tape[i].count;
	*n = len;
	if (!len)
		return NULL;
	tape = g_new(struct choice, len);
	for (u32 i = 0; i < s->n_tape; i++)
		for (u32 j = 0; j < s->tape[i].count; j++)
			tape[pos++] = s->tape[i].choice;
	return tape;
}

bool trace_is_search(const struct trace *t)
{
	return t->schedule.set & BIT(TRACE_SCHEDULE_STEPS);
}

/* A name that the language can have, of any task. */
static struct trace_taskref taskref(struct trace *t, u32 id, const char *const *names, u32 n)
{
	g_autofree char *name = g_strdup(id < n ? names[id] : id == TRACE_NONE ? "nobody" : "task");

	for (char *c = name; *c; c++) {
		if (!g_ascii_isalnum(*c) && *c != '_' && (*c != '-' || c == name))
			*c = '_';
	}
	return (struct trace_taskref){g_string_chunk_insert_const(t->arena, name), id};
}

void trace_set_departures(struct trace *t, const struct schedule *from, const char *const *names,
			  u32 n)
{
	struct trace_schedule *s = &t->schedule;

	trace_set_schedule(t, TRACE_ENGINE_VIRTUAL, from->seed, from->fingerprint, NULL, 0);
	s->steps = from->nr_steps;
	s->preemptions = from->nr_preemptions;
	s->zero_values = from->zero_values;
	for (u32 i = 0; i < from->nr_departures; i++) {
		const struct departure *d = &from->departures[i];
		struct trace_departure out = {.step = d->step,
					      .task = taskref(t, d->task, names, n),
					      .from = taskref(t, d->from, names, n),
					      .from_step = d->from_step,
					      .state = d->state};

		trace_push(s->departures, s->n_departures, out);
	}
	for (u32 i = 0; i < from->nr_choices; i++) {
		const struct schedule_choice *c = &from->choices[i];
		struct trace_choice out = {.task = taskref(t, c->task, names, n),
					   .nth = c->nth,
					   .value = c->kind == CHOICE_FAIL ? 0 : c->value,
					   .kind = c->kind};

		trace_push(s->choices, s->n_choices, out);
	}
	s->set |= BIT(TRACE_SCHEDULE_STEPS) | BIT(TRACE_SCHEDULE_PREEMPTIONS) |
		  (s->zero_values ? BIT(TRACE_SCHEDULE_ZERO_VALUES) : 0) |
		  (s->n_departures ? BIT(TRACE_SCHEDULE_DEPART) : 0) |
		  (s->n_choices ? BIT(TRACE_SCHEDULE_CHOOSE) : 0);
}

void trace_set_all_points(struct trace *t)
{
	t->schedule.all_points = true;
	t->schedule.set |= BIT(TRACE_SCHEDULE_ALL_POINTS);
}

void trace_set_finding(struct trace *t, u32 nth)
{
	t->schedule.finding = nth;
	t->schedule.set |= BIT(TRACE_SCHEDULE_FINDING);
}

void trace_drop_comments(struct trace *t)
{
	u32 n = 0;

	for (u32 i = 0; i < t->n_comments; i++) {
		const struct trace_comment *c = &t->comments[i];

		if (c->section < t->n_sections && t->sections[c->section].kind == TRACE_SEC_HEAD)
			t->comments[n++] = *c;
	}
	t->n_comments = n;
}

void trace_set_origin(struct trace *t, bool explored, const char *bug, u64 model, u64 config)
{
	struct trace_schedule *s = &t->schedule;

	s->explored = explored;
	s->bug = bug ? g_string_chunk_insert(t->arena, bug) : NULL;
	s->model = model;
	s->config = config;
	s->set &= ~(BIT(TRACE_SCHEDULE_EXPLORED) | BIT(TRACE_SCHEDULE_BUG) |
		    BIT(TRACE_SCHEDULE_MODEL) | BIT(TRACE_SCHEDULE_CONFIG));
	s->set |= (explored ? BIT(TRACE_SCHEDULE_EXPLORED) : 0) |
		  (bug ? BIT(TRACE_SCHEDULE_BUG) : 0) | (model ? BIT(TRACE_SCHEDULE_MODEL) : 0) |
		  (config ? BIT(TRACE_SCHEDULE_CONFIG) : 0);
}
