// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks that need the whole text: references between sections, and what operations rely on.
 *
 * Invariant: runs only on a text without errors so far, so every index that the parser stored is
 * in range; resolves every fixup or reports it.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

u32 trace_find_vm(const struct trace *t, const char *s, size_t len)
{
	for (u32 i = 0; i < t->n_vms; i++)
		if (!strncmp(t->vms[i].name, s, len) && !t->vms[i].name[len])
			return i;
	return TRACE_NONE;
}

bool trace_err_no_vm(struct trace_parser *p, struct trace_loc loc, const char *s, u32 len)
{
	struct trace_suggest near;

	trace_suggest_init(&near, s, len);
	for (u32 i = 0; i < p->t->n_vms; i++)
		trace_suggest_offer(&near, p->t->vms[i].name);
	return trace_err_unknown(p, loc, "VM", s, len, &near);
}

/* ---- files --------------------------------------------------------------------- */

static u32 find_gmem(const struct trace *t, u32 vm, const char *name)
{
	for (u32 i = 0; i < t->n_gmems; i++)
		if (t->gmems[i].vm == vm && !strcmp(t->gmems[i].name, name))
			return i;
	return TRACE_NONE;
}

static u32 make_gmem(struct trace_parser *p, u32 vm, const char *name, struct trace_loc loc)
{
	struct trace *t = p->t;
	u32 i = find_gmem(t, vm, name);

	if (i == TRACE_NONE) {
		struct trace_gmem g = {.loc = loc, .name = name, .vm = vm, .created = true};

		trace_push(t->gmems, t->n_gmems, g);
		return t->n_gmems - 1;
	}
	if (t->gmems[i].created)
		return i; /* again, after a close */
	trace_err(p, loc, NULL, "file '%s' exists from the start (line %u)", name,
		  t->gmems[i].loc.line);
	return TRACE_NONE;
}

u32 trace_resolve_gmem(struct trace_parser *p, u32 vm, const char *name, struct trace_loc loc,
		       bool makes)
{
	const char *dot = strchr(name, '.');
	struct trace_suggest near;
	u32 i;

	if (dot) {
		vm = trace_find_vm(p->t, name, dot - name);
		if (vm == TRACE_NONE) {
			trace_err_no_vm(p, loc, name, dot - name);
			return TRACE_NONE;
		}
		name = dot + 1;
	} else if (vm == TRACE_NONE) {
		if (p->t->n_vms != 1) {
			trace_err(p, loc, NULL, "'%s' does not say of which VM; write VM.%s", name,
				  name);
			return TRACE_NONE;
		}
		vm = 0;
	}
	if (makes)
		return make_gmem(p, vm, name, loc);
	i = find_gmem(p->t, vm, name);
	if (i != TRACE_NONE)
		return i;
	trace_suggest_init(&near, name, strlen(name));
	for (u32 j = 0; j < p->t->n_gmems; j++)
		if (p->t->gmems[j].vm == vm)
			trace_suggest_offer(&near, p->t->gmems[j].name);
	trace_err_unknown(p, loc, "file", name, strlen(name), &near);
	return TRACE_NONE;
}

/* ---- conditions ------------------------------------------------------------------- */

bool trace_find_task(const struct trace *t, const char *name, struct trace_cond *c)
{
	u32 base_len, number;

	if (!trace_split_name(name, strlen(name), &base_len, &number))
		return false;
	for (u32 i = 0; i < t->n_tasks; i++) {
		const struct trace_task *task = &t->tasks[i];

		if (strncmp(task->name, name, base_len) || task->name[base_len] ||
		    task->numbered != (name[base_len] != 0) || number < task->first ||
		    number > task->last)
			continue;
		c->subject = i;
		c->instance = number - task->first;
		return true;
	}
	return false;
}

bool trace_err_no_task(struct trace_parser *p, struct trace_loc loc, const char *name, bool cond)
{
	struct trace_suggest near;

	trace_suggest_init(&near, name, strlen(name));
	if (cond) {
		trace_suggest_words(&near, &trace_words_actor);
		trace_suggest_offer(&near, "any");
	}
	for (u32 i = 0; i < p->t->n_tasks; i++) {
		char task[TRACE_NAME_MAX + 12];

		trace_task_name(&p->t->tasks[i], 0, task);
		trace_suggest_offer(&near, trace_keep(p, task, strlen(task)));
	}
	return trace_err_unknown(p, loc, "task", name, strlen(name), &near);
}

static void resolve_task(struct trace_parser *p, struct trace_cond *c,
			 const struct trace_fixup *fix)
{
	int kind;

	if (trace_find_task(p->t, fix->name, c) || !strcmp(fix->name, "any"))
		return;
	kind = trace_word_find(&trace_words_actor, fix->name, strlen(fix->name));
	if (kind >= 0) {
		c->instance = kind;
		return;
	}
	trace_err_no_task(p, fix->loc, fix->name, true);
}

static void resolve_cond(struct trace_parser *p, const struct trace_fixup *fix)
{
	struct trace_cond *c = &p->t->conds[fix->target];
	size_t len = strcspn(fix->name, ".");

	if (trace_preds[c->pred].args == TRACE_PA_TASK) {
		resolve_task(p, c, fix);
		return;
	}
	c->subject = trace_find_vm(p->t, fix->name, len);
	if (c->subject == TRACE_NONE)
		trace_err_no_vm(p, fix->loc, fix->name, len);
	else if (fix->name[len])
		c->instance = trace_resolve_gmem(p, c->subject, fix->name, fix->loc, false);
}

/* ---- fixups ------------------------------------------------------------------------ */

static void resolve_arg(struct trace_parser *p, const struct trace_fixup *fix)
{
	struct trace_arg *arg = &p->t->args[fix->target];
	u32 vm = fix->task == TRACE_NONE ? TRACE_NONE : p->t->tasks[fix->task].vm;
	struct trace_suggest near;

	if (fix->type == TRACE_T_GMEM) {
		arg->index = trace_resolve_gmem(p, vm, fix->name, fix->loc, fix->makes);
		return;
	}
	if (fix->type == TRACE_T_VM) {
		arg->index = trace_find_vm(p->t, fix->name, strlen(fix->name));
		if (arg->index == TRACE_NONE)
			trace_err_no_vm(p, fix->loc, fix->name, strlen(fix->name));
		return;
	}
	trace_suggest_init(&near, fix->name, strlen(fix->name));
	for (u32 i = 0; i < p->t->n_preambles; i++) {
		if (!strcmp(p->t->preambles[i].name, fix->name)) {
			arg->index = i;
			return;
		}
		trace_suggest_offer(&near, p->t->preambles[i].name);
	}
	trace_err_unknown(p, fix->loc, "preamble", fix->name, strlen(fix->name), &near);
}

static void resolve_set_up(struct trace_parser *p)
{
	for (u32 i = 0; i < p->n_fixups; i++) {
		const struct trace_fixup *fix = &p->fixups[i];
		struct trace *t = p->t;
		u32 vm;

		if (fix->in == TRACE_FIX_TASK) {
			vm = trace_find_vm(t, fix->name, strlen(fix->name));
			if (vm == TRACE_NONE)
				trace_err_no_vm(p, fix->loc, fix->name, strlen(fix->name));
			t->tasks[fix->target].vm = vm;
		} else if (fix->in == TRACE_FIX_SLOT) {
			struct trace_slot *s = &t->slots[fix->target];

			s->gmem = trace_resolve_gmem(p, s->vm, fix->name, fix->loc, false);
		}
	}
}

static void resolve_ops(struct trace_parser *p)
{
	/* files that operations make come first: their use may precede them in the text */
	for (u32 i = 0; i < p->n_fixups; i++)
		if (p->fixups[i].in == TRACE_FIX_ARG && p->fixups[i].makes)
			resolve_arg(p, &p->fixups[i]);
	for (u32 i = 0; i < p->n_fixups; i++) {
		if (p->fixups[i].in == TRACE_FIX_ARG && !p->fixups[i].makes)
			resolve_arg(p, &p->fixups[i]);
		else if (p->fixups[i].in == TRACE_FIX_COND)
			resolve_cond(p, &p->fixups[i]);
	}
}

/* A name that is used but never made. */
static void check_names(struct trace_parser *p)
{
	static const struct {
		enum trace_ns_id ns;
		const char *complaint;
	} rules[] = {
		{TRACE_NS_SIGNAL, "nothing raises the signal"},
		{TRACE_NS_LOCK, "nothing takes the lock"},
		{TRACE_NS_PIN, "no operation has as= for the pin"},
		{TRACE_NS_MAPPING, "no mmap has as= for the mapping"},
	};

	for (u32 r = 0; r < ARRAY_SIZE(rules); r++) {
		const struct trace_ns *ns = &p->ns[rules[r].ns];

		for (u32 i = 0; i < *ns->n_names; i++) {
			const char *name = (*ns->names)[i];
			g_autofree char *hint = NULL;
			struct trace_suggest near;

			if (ns->use[i].made)
				continue;
			trace_suggest_init(&near, name, strlen(name));
			for (u32 j = 0; j < *ns->n_names; j++)
				if (ns->use[j].made)
					trace_suggest_offer(&near, (*ns->names)[j]);
			if (near.best)
				hint = g_strdup_printf("did you mean '%s'?", near.best);
			trace_err(p, ns->use[i].loc, hint, "%s '%s'", rules[r].complaint, name);
			if (p->errs->dropped)
				return;
		}
	}
}

void trace_check(struct trace_parser *p)
{
	resolve_set_up(p);
	trace_check_vms(p);
	trace_check_tasks(p);
	if (p->errs->n > p->errs_before)
		return;
	resolve_ops(p);
	check_names(p);
	trace_check_ops(p);
}
