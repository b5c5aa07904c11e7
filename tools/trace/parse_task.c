// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task headers: [task vcpu0..vcpu6 vm=td0 cpu=0..6 process=qemu kind=guest].
 *
 * A task's name says who it is: what follows the last '.' of the name decides the kind of actor
 * (vcpuN a guest, vmm the VMM, ...), what precedes the first '.' may be its VM.
 */
#include <string.h>

#include "tools/trace/trace_internal.h"

/* "vcpu12" is "vcpu" and 12; false where the digits are no number of ours. */
bool trace_split_name(const char *s, u32 len, u32 *base_len, u32 *number)
{
	u32 b = len;
	u64 v = 0;

	while (b && s[b - 1] >= '0' && s[b - 1] <= '9')
		b--;
	*base_len = b;
	*number = 0;
	if (b == len)
		return true;
	if (len - b > 6 || (s[b] == '0' && len - b > 1))
		return false;
	for (u32 i = b; i < len; i++)
		v = v * 10 + (s[i] - '0');
	*number = v;
	return true;
}

static int kind_of_name(const char *name)
{
	static const struct {
		const char *prefix;
		enum trace_actor kind;
	} kinds[] = {
		{"vcpu", TRACE_ACTOR_GUEST},	{"vmm", TRACE_ACTOR_VMM},
		{"kernel", TRACE_ACTOR_KERNEL}, {"kworker", TRACE_ACTOR_KERNEL},
		{"kswapd", TRACE_ACTOR_KERNEL}, {"device", TRACE_ACTOR_DEVICE},
	};
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (g_str_has_prefix(last, kinds[i].prefix))
			return kinds[i].kind;
	return -1;
}

static bool take_numbered(struct trace_parser *p, const char **base, u32 *number, bool *numbered)
{
	struct trace_loc loc = trace_here(p);
	const char *name = trace_take_name(p, "the task's name");
	u32 base_len;

	if (!name)
		return false;
	if (!trace_split_name(name, strlen(name), &base_len, number))
		return trace_err(p, loc, NULL,
				 "the number of '%s' has a leading zero or is too long", name);
	*numbered = name[base_len] != 0;
	*base = trace_keep(p, name, base_len);
	return true;
}

/* vcpu0..vcpu6, or vcpu0..6; the VM before a '.' need not be said again */
static bool take_range(struct trace_parser *p, struct trace_task *task)
{
	const char *dot = strrchr(task->name, '.'), *base;
	struct trace_loc loc;
	bool numbered;
	u64 last;

	trace_lex_next(&p->lex);
	loc = trace_here(p);
	if (p->lex.tok.kind == TRACE_TOK_NUMBER) {
		if (!trace_take_number(p, TRACE_T_COUNT, &last))
			return false;
	} else {
		if (!take_numbered(p, &base, &task->last, &numbered))
			return false;
		if (!numbered || (strcmp(base, task->name) && (!dot || strcmp(base, dot + 1))))
			return trace_err(p, loc, NULL, "a range of tasks has one name: %s0..%s7",
					 task->name, task->name);
		last = task->last;
	}
	if (!task->numbered)
		return trace_err(p, task->loc, NULL, "a range of tasks begins with a number: %s0",
				 task->name);
	if (last < task->first)
		return trace_err(p, loc, NULL, "the range runs backwards");
	if (last - task->first >= TRACE_TASKS_MAX)
		return trace_err(p, loc, NULL, "more than %u tasks", TRACE_TASKS_MAX);
	task->last = last;
	task->range = true;
	return true;
}

/* cpu=3, or cpu=0..6: one for each task of the range */
static bool take_cpus(struct trace_parser *p, struct trace_task *task)
{
	struct trace_loc loc = trace_here(p);
	u64 first, last;

	if (!trace_take_number(p, TRACE_T_COUNT, &first))
		return false;
	last = first;
	if (trace_is_punct(p, TRACE_P_DOTDOT)) {
		trace_lex_next(&p->lex);
		if (!trace_take_number(p, TRACE_T_COUNT, &last))
			return false;
		if (last < first || last - first != task->last - task->first)
			return trace_err(p, loc, NULL, "%u tasks need as many CPUs",
					 trace_task_instances(task));
	}
	if (last >= TRACE_CPUS_MAX)
		return trace_err(p, loc, NULL, "CPUs are numbered 0 to %u", TRACE_CPUS_MAX - 1);
	task->cpu_first = first;
	task->cpu_last = last;
	return true;
}

static bool take_option(struct trace_parser *p, struct trace_task *task)
{
	struct trace_fixup fix = {.in = TRACE_FIX_TASK, .target = p->t->n_tasks};
	struct trace_suggest near;
	struct trace_loc loc = trace_here(p);
	u32 k;

	if (p->lex.tok.kind != TRACE_TOK_WORD)
		return trace_err_expected(p, "']'");
	trace_suggest_init(&near, p->lex.tok.s, p->lex.tok.len);
	for (k = 0; k < trace_keys_task.n && !trace_is_word(p, trace_keys_task.v[k].name); k++)
		trace_suggest_offer(&near, trace_keys_task.v[k].name);
	if (k == trace_keys_task.n)
		return trace_err_unknown(p, loc, "key of [task]:", p->lex.tok.s, p->lex.tok.len,
					 &near);
	if (task->set & BIT(k))
		return trace_err(p, loc, NULL, "'%s' is stated twice", trace_keys_task.v[k].name);
	task->set |= BIT(k);
	trace_lex_next(&p->lex);
	if (!trace_take_punct(p, '='))
		return false;
	switch (k) {
	case TRACE_TASK_VM:
		fix.loc = trace_here(p);
		fix.name = trace_take_name(p, "a VM");
		if (fix.name)
			trace_push(p->fixups, p->n_fixups, fix);
		return fix.name;
	case TRACE_TASK_CPU:
		return take_cpus(p, task);
	case TRACE_TASK_PROCESS:
		task->process = trace_take_name(p, "the process's name");
		return task->process;
	default:
		return trace_parse_key(p, &trace_keys_task, k, task);
	}
}

bool trace_parse_task_header(struct trace_parser *p)
{
	struct trace_task task = {.loc = trace_here(p),
				  .vm = TRACE_NONE,
				  .cpu_first = TRACE_NONE,
				  .cpu_last = TRACE_NONE};
	int kind;

	if (!take_numbered(p, &task.name, &task.first, &task.numbered))
		return false;
	task.last = task.first;
	if (trace_is_punct(p, TRACE_P_DOTDOT) && !take_range(p, &task))
		return false;
	while (!trace_is_punct(p, ']'))
		if (!take_option(p, &task))
			return false;
	if (!(task.set & BIT(TRACE_TASK_KIND))) {
		kind = kind_of_name(task.name);
		if (kind < 0)
			return trace_err(p, task.loc, "add kind=guest, vmm, kernel or device",
					 "the name '%s' does not say what kind of task it is",
					 task.name);
		task.kind = kind;
	}
	if (p->t->n_tasks == TRACE_TASKS_MAX)
		return trace_err(p, task.loc, NULL, "more than %u tasks", TRACE_TASKS_MAX);
	p->actors = BIT(task.kind);
	trace_push(p->t->tasks, p->t->n_tasks, task);
	return true;
}
