// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results of operations against what the trace states with expect=.
 *
 * Invariants: an alternative for other kernels does not count; if none is left, anything goes.
 */
#include <stdio.h>
#include <string.h>

#include "model/seamcalls.h"
#include "tools/replay/internal.h"

/* Of the module's the operand does not count. */
static u64 status_of(const struct rp_result *res)
{
	return res->has_status == RP_STATUS_MODULE ? res->status & ~0xffffffffull : res->status;
}

static bool is_of(const struct rp_result *res, const char *name)
{
	enum rp_status whose = strncmp(name, "TDVMCALL_", 9) == 0 ? RP_STATUS_VMCALL :
								     RP_STATUS_MODULE;

	return res->has_status == whose;
}

static bool status_matches(const struct trace *t, const struct trace_expect *e,
			   const struct rp_result *res)
{
	const char *name = t->words[e->value];

	return is_of(res, name) && status_of(res) == rp_status_value(name);
}

static bool outcome_matches(const struct trace *t, const struct trace_expect *e,
			    const struct rp_result *res)
{
	switch ((enum trace_outcome)e->outcome) {
	case TRACE_OUT_ANY:
		return true;
	case TRACE_OUT_OK:
		return res->ret >= 0;
	case TRACE_OUT_ERRNO:
		return res->ret == -(s64)e->value;
	case TRACE_OUT_SIGBUS:
		return res->ret == ACCESS_SIGBUS;
	case TRACE_OUT_SIGSEGV:
		return res->ret == ACCESS_SIGSEGV;
	case TRACE_OUT_BYTES:
		return res->ret == 0 && res->is_read && res->info.first_byte == e->value &&
		       !res->info.other_page;
	case TRACE_OUT_STATUS:
		return status_matches(t, e, res);
	case TRACE_OUT_EXIT:
		return (res->ret == ACCESS_EXIT_MEMORY_FAULT &&
			e->value == TRACE_EXIT_MEMORY_FAULT) ||
		       (res->ret == ACCESS_EXIT_MMIO && e->value == TRACE_EXIT_MMIO) ||
		       (res->ret == ACCESS_EXIT_INTERNAL_ERROR &&
			e->value == TRACE_EXIT_INTERNAL_ERROR) ||
		       (res->ret == ACCESS_EXIT_SYSTEM_EVENT &&
			e->value == TRACE_EXIT_SYSTEM_EVENT);
	}
	return false;
}

static bool fields_match(const struct trace *t, const struct trace_expect *e,
			 const struct rp_result *res)
{
	for (u32 i = 0; i < e->n_fields; i++) {
		const struct trace_field *f = &t->fields[e->first_field + i];

		if (!(res->has & BIT(f->id)) || res->field[f->id] != f->value)
			return false;
	}
	return true;
}

/* The status of an answer, as the trace language would write it; NULL if it has none. */
static const char *status_name(const struct rp_result *res)
{
	const char *name;
	u64 value;

	for (u32 i = 0; res->has_status && tdx_status_text(i, &name, &value); i++) {
		if (is_of(res, name) && value == status_of(res))
			return name;
	}
	return NULL;
}

/* The result as the trace language would write it. */
const char *rp_result_text(const struct rp_result *res, char *buf, size_t size)
{
	const char *name = res->ret < 0 ? trace_errno_name((int)-res->ret) : "ok";
	size_t len;

	if (res->has_status && status_name(res))
		name = status_name(res);
	else if (res->ret == ACCESS_SIGBUS)
		name = "sigbus";
	else if (res->ret == ACCESS_SIGSEGV)
		name = "sigsegv";
	else if (res->ret == ACCESS_EXIT_MEMORY_FAULT)
		name = "exit:memory_fault";
	else if (res->ret == ACCESS_EXIT_MMIO)
		name = "exit:mmio";
	else if (res->ret == ACCESS_EXIT_INTERNAL_ERROR)
		name = "exit:internal_error";
	else if (res->ret == ACCESS_EXIT_SYSTEM_EVENT)
		name = "exit:system_event";
	if (res->ret == 0 && res->is_read && res->info.other_page)
		snprintf(buf, size, "bytes:0x%x, but 0x%x in page %llu", res->info.first_byte,
			 res->info.other_byte, (unsigned long long)res->info.other_page);
	else if (res->ret == 0 && res->is_read)
		snprintf(buf, size, "bytes:0x%x", res->info.first_byte);
	else if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%lld", (long long)res->ret);
	for (u32 i = 0; i < TRACE_FIELD_NR; i++) {
		len = strlen(buf);
		if (res->has & BIT(i))
			snprintf(buf + len, size - len, ",%s=0x%llx",
				 trace_field_name((enum trace_field_id)i),
				 (unsigned long long)res->field[i]);
	}
	return buf;
}

/* Does the trace want to see this errno itself? */
bool rp_expects_errno(const struct rp_call *c, int err)
{
	const struct replay *r = c->a->r;
	const struct trace_arg *arg = rp_has(c, TRACE_ARG_EXPECT);

	for (u32 i = 0; arg && i < arg->value; i++) {
		const struct trace_expect *e = &r->trace->expects[arg->index + i];

		if (e->outcome == TRACE_OUT_ERRNO && e->value == (u64)err &&
		    (!e->kernels || (e->kernels & BIT(r->kernel))))
			return true;
	}
	return false;
}

void rp_check_result(struct rp_call *c)
{
	const struct replay *r = c->a->r;
	const struct trace_arg *arg = rp_has(c, TRACE_ARG_EXPECT);
	bool any = false;
	char text[256], got[160];

	if (!arg)
		return;
	for (u32 i = 0; i < arg->value; i++) {
		const struct trace_expect *e = &r->trace->expects[arg->index + i];

		if (e->kernels && !(e->kernels & BIT(r->kernel)))
			continue;
		any = true;
		if (outcome_matches(r->trace, e, c->res) && fields_match(r->trace, e, c->res))
			return;
	}
	if (!any)
		return;
	trace_op_text(r->trace, c->op, text, sizeof(text));
	sim_finding(r->sim, c->me, "expect", "%s:%u:%u: `%s` answered %s", r->trace->path,
		    c->op->line, c->op->col, text, rp_result_text(c->res, got, sizeof(got)));
}
