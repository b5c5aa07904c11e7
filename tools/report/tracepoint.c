// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as binary trace records.  See tracepoint.h.
 *
 * One table says which fields an event has; format files and records are both made from it, so that
 * they cannot disagree.  Numbers are little-endian, as on the machines that are modelled.
 *
 * Invariant: what a reader prints by these formats is what ftrace.c prints.
 */
#include <string.h>

#include "tools/report/tracepoint.h"

#define MAX_FIELDS 7
#define COMM_LEN   16

enum field_kind { F_NONE, F_INT, F_UINT, F_LONG, F_U64, F_POINTER, F_COMM, F_STRING };

struct field {
	/* constant */
	const char *name;
	enum field_kind kind;
};

struct tracepoint {
	/* constant */
	const char *system, *name;
	struct field field[MAX_FIELDS];
	const char *print;
};

struct value {
	/* written by values_of() */
	u64 n;
	const char *s;
};

#define LOCK_FLAGS                                                                                 \
	"__print_flags(REC->flags, \"|\", { (1U << 0), \"SPIN\" }, { (1U << 1), \"READ\" }, "      \
	"{ (1U << 2), \"WRITE\" }, { (1U << 5), \"MUTEX\" })"
#define STATE                                                                                      \
	"REC->prev_state ? __print_flags(REC->prev_state, \"|\", { 0x1, \"S\" }, { 0x2, \"D\" }, " \
	"{ 0x4, \"T\" }, { 0x8, \"t\" }, { 0x10, \"X\" }, { 0x20, \"Z\" }, { 0x40, \"P\" }, "      \
	"{ 0x80, \"I\" }) : \"R\""

static const struct tracepoint engine_points[EV_FINDING + 1] = {
	[EV_LOCK_ACQUIRE] = {"lock", "lock_acquire",
			     {{"flags", F_UINT}, {"name", F_STRING}, {"lockdep_addr", F_POINTER}},
			     "\"0x%llx %s%s%s\", REC->lockdep_addr, (REC->flags & 1) ? \"try \" : "
			     "\"\", (REC->flags & 2) ? \"read \" : \"\", __get_str(name)"},
	[EV_LOCK_RELEASE] = {"lock", "lock_release",
			     {{"name", F_STRING}, {"lockdep_addr", F_POINTER}},
			     "\"0x%llx %s\", REC->lockdep_addr, __get_str(name)"},
	[EV_CONTENTION_BEGIN] = {"lock", "contention_begin",
				 {{"lock_addr", F_POINTER}, {"flags", F_UINT}},
				 "\"0x%llx (flags=%s)\", REC->lock_addr, " LOCK_FLAGS},
	[EV_CONTENTION_END] = {"lock", "contention_end",
			       {{"lock_addr", F_POINTER}, {"ret", F_INT}},
			       "\"0x%llx (ret=%d)\", REC->lock_addr, REC->ret"},
	[EV_SCHED_SWITCH] = {"sched", "sched_switch",
			     {{"prev_comm", F_COMM}, {"prev_pid", F_INT}, {"prev_prio", F_INT},
			      {"prev_state", F_LONG}, {"next_comm", F_COMM}, {"next_pid", F_INT},
			      {"next_prio", F_INT}},
			     "\"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s ==> "
			     "next_comm=%s next_pid=%d next_prio=%d\", REC->prev_comm, "
			     "REC->prev_pid, REC->prev_prio, " STATE ", REC->next_comm, "
			     "REC->next_pid, REC->next_prio"},
	[EV_SCHED_WAKING] = {"sched", "sched_waking",
			     {{"comm", F_COMM}, {"pid", F_INT}, {"prio", F_INT},
			      {"target_cpu", F_INT}},
			     "\"comm=%s pid=%d prio=%d target_cpu=%03d\", REC->comm, REC->pid, "
			     "REC->prio, REC->target_cpu"},
	[EV_IPI] = {"ipi", "ipi_send_cpumask", {{"cpus", F_U64}, {"latency_ns", F_U64}},
		    "\"cpus=%llu latency_ns=%llu\", REC->cpus, REC->latency_ns"},
	[EV_OP_BEGIN] = {"gmemsim", "op_begin", {{"op", F_STRING}}, "\"%s\", __get_str(op)"},
	[EV_OP_END] = {"gmemsim", "op_end", {{"op", F_STRING}, {"ret", F_LONG}},
		       "\"%s ret=%lld\", __get_str(op), REC->ret"},
	[EV_STEP] = {"gmemsim", "step", {{"step", F_STRING}}, "\"%s\", __get_str(step)"},
	[EV_FINDING] = {"gmemsim", "finding", {{"rule", F_STRING}}, "\"%s\", __get_str(rule)"},
};

/* ---- what is where ------------------------------------------------------------------------ */

static const struct {
	const char *type, *dim;
	u8 size, align, is_signed;
} kinds[] = {
	[F_INT] = {"int", "", 4, 4, 1},
	[F_UINT] = {"unsigned int", "", 4, 4, 0},
	[F_LONG] = {"long", "", 8, 8, 1},
	[F_U64] = {"u64", "", 8, 8, 0},
	[F_POINTER] = {"void *", "", 8, 8, 0},
	[F_COMM] = {"char", "[16]", COMM_LEN, 4, 0},
	[F_STRING] = {"__data_loc char[]", "", 4, 4, 0},
};

/* An event of the model: three numbers, and how the model prints them. */
static struct tracepoint model_point(const struct report *r, u32 type, char print[200])
{
	static const char *const args[] = {", REC->obj", ", REC->a", ", REC->b"};
	const struct sim_event_desc *d = &r->sim->cfg.event_desc[type - EV_MODEL_FIRST];
	u32 n = 0;

	snprintf(print, 200, "\"%s\"", d->fmt);
	for (const char *s = d->fmt; (s = strchr(s, '%')) && n < ARRAY_SIZE(args); s++)
		g_strlcat(print, args[n++], 200);
	return (struct tracepoint){
		.system = g_str_has_prefix(d->name, "kvm_") ? "kvm" : "mm",
		.name = d->name,
		.field = {{"obj", F_U64}, {"a", F_U64}, {"b", F_U64}},
		.print = print,
	};
}

bool tracepoint_known(const struct report *r, u32 type)
{
	if (type < ARRAY_SIZE(engine_points))
		return engine_points[type].name;
	return type >= EV_MODEL_FIRST && type - EV_MODEL_FIRST < r->sim->cfg.nr_event_desc;
}

static struct tracepoint point_of(const struct report *r, u32 type, char print[200])
{
	return type < EV_MODEL_FIRST ? engine_points[type] : model_point(r, type, print);
}

/* ---- formats ------------------------------------------------------------------------------ */

static void put_text(GByteArray *to, const char *s)
{
	g_byte_array_append(to, (const u8 *)s, (guint)strlen(s));
}

static void put_sized(GByteArray *to, const char *s)
{
	bytes_u64(to, strlen(s));
	put_text(to, s);
}

static void put_format(const struct report *r, GByteArray *to, u32 type)
{
	char print[200];
	struct tracepoint p = point_of(r, type, print);
	struct text t = {0};
	u32 at = 8;

	text_add(&t, "name: %s\nID: %u\nformat:\n", p.name, TRACEPOINT_ID(type));
	text_add(&t, "%s",
		 "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		 "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		 "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		 "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n");
	for (u32 i = 0; i < MAX_FIELDS && p.field[i].kind != F_NONE; i++) {
		enum field_kind k = p.field[i].kind;

		at = (at + kinds[k].align - 1u) / kinds[k].align * kinds[k].align;
		text_add(&t, "\tfield:%s %s%s;\toffset:%u;\tsize:%u;\tsigned:%u;\n", kinds[k].type,
			 p.field[i].name, kinds[k].dim, at, kinds[k].size, kinds[k].is_signed);
		at += kinds[k].size;
	}
	text_add(&t, "\nprint fmt: %s\n", p.print);
	put_sized(to, t.s);
	text_finish(&t);
}

static void put_system(const struct report *r, GByteArray *to, const char *system)
{
	u32 n = 0;

	put_text(to, system);
	g_byte_array_append(to, (const u8 *)"", 1);
	for (int put = 0; put < 2; put++) {
		for (u32 type = 1; type < EV_MAX; type++) {
			char print[200];

			if (!tracepoint_known(r, type) ||
			    strcmp(point_of(r, type, print).system, system))
				continue;
			if (put)
				put_format(r, to, type);
			else
				n++;
		}
		if (!put)
			bytes_u32(to, n);
	}
}

static void put_names(const struct report *r, GByteArray *to)
{
	struct text t = {0};

	text_add(&t, "%s", "");
	for (u32 i = 0; i < r->sim->nr_tasks; i++)
		text_add(&t, "%u %s\n", event_pid(i), event_comm(r, i));
	put_sized(to, t.s);
	text_finish(&t);
}

void tracepoint_put_tracing_data(const struct report *r, const char *version, GByteArray *to)
{
	static const char *const systems[] = {"lock", "sched", "ipi", "gmemsim", "kvm", "mm"};

	put_text(to, "\x17\x08\x44tracing");
	g_byte_array_append(to, (const u8 *)version, (guint)strlen(version) + 1);
	g_byte_array_append(to, (const u8 *)"\0\x08", 2); /* little-endian, long is 8 */
	bytes_u32(to, 4096);
	g_byte_array_append(to, (const u8 *)"header_page", 12);
	put_sized(to, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		      "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
		      "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		      "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n");
	g_byte_array_append(to, (const u8 *)"header_event", 13);
	put_sized(to, "# compressed entry header\n\ttype_len    :    5 bits\n"
		      "\ttime_delta  :   27 bits\n\tarray       :   32 bits\n\n"
		      "\tpadding     : type == 29\n\ttime_extend : type == 30\n"
		      "\ttime_stamp : type == 31\n\tdata max type_len  == 28\n");
	bytes_u32(to, 0); /* formats of ftrace's own */
	bytes_u32(to, ARRAY_SIZE(systems));
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
		put_system(r, to, systems[i]);
	bytes_u32(to, 0); /* kallsyms */
	bytes_u32(to, 0); /* formats of trace_printk() */
	put_names(r, to);
}

/* ---- records ------------------------------------------------------------------------------ */

static const char *or_hash(const char *name, u64 hash, char buf[24])
{
	if (name)
		return name;
	snprintf(buf, 24, "0x%llx", (unsigned long long)hash);
	return buf;
}

static u64 state_bits(char letter)
{
	const char *letters = "SDTtXZPI", *at = letter ? strchr(letters, letter) : NULL;

	return at ? 1u << (at - letters) : 0;
}

static void values_of(const struct report *r, const struct sim_event *ev,
		      struct value v[MAX_FIELDS], char buf[24])
{
	u32 value = EV_LOCK_VALUE(ev->a);

	switch (ev->type) {
	case EV_LOCK_ACQUIRE:
		v[0].n = (ev->b ? 1 : 0) | (value == LOCK_READ ? 2 : 0);
		v[1].s = event_class_name(r, ev);
		v[2].n = event_lock_addr(ev);
		break;
	case EV_LOCK_RELEASE:
		v[0].s = event_class_name(r, ev);
		v[1].n = event_lock_addr(ev);
		break;
	case EV_CONTENTION_BEGIN:
	case EV_CONTENTION_END:
		v[0].n = event_lock_addr(ev);
		v[1].n = ev->type == EV_CONTENTION_BEGIN ? value : (u64)-(s64)value;
		break;
	case EV_SCHED_SWITCH:
		v[0].s = event_comm(r, ev->a);
		v[1].n = event_pid(ev->a);
		v[2].n = v[6].n = 120;
		v[3].n = state_bits((char)(ev->b >> 32));
		v[4].s = event_comm(r, (u32)ev->b);
		v[5].n = event_pid((u32)ev->b);
		break;
	case EV_SCHED_WAKING:
		v[0].s = event_comm(r, ev->a);
		v[1].n = event_pid(ev->a);
		v[2].n = 120;
		v[3].n = ev->obj;
		break;
	case EV_OP_BEGIN:
	case EV_OP_END:
		v[0].s = or_hash(event_op_name(r, ev->obj), ev->obj, buf);
		v[1].n = ev->a;
		break;
	case EV_STEP:
		v[0].s = or_hash(ev->obj ? event_step_name(r, ev->obj) : "end", ev->obj, buf);
		break;
	case EV_FINDING:
		v[0].s = or_hash(event_rule_name(r, ev->obj), ev->obj, buf);
		break;
	default:
		v[0].n = ev->obj;
		v[1].n = ev->a;
		v[2].n = ev->b;
		break;
	}
}

static void put_field(GByteArray *rec, enum field_kind kind, const struct value *v)
{
	char comm[COMM_LEN] = {0};

	bytes_align(rec, kinds[kind].align);
	switch (kind) {
	case F_INT:
	case F_UINT:
		bytes_u32(rec, (u32)v->n);
		break;
	case F_COMM:
		g_strlcpy(comm, v->s, sizeof(comm));
		g_byte_array_append(rec, (const u8 *)comm, sizeof(comm));
		break;
	default:
		bytes_u64(rec, v->n);
		break;
	}
}

void tracepoint_put_record(const struct report *r, const struct sim_event *ev, GByteArray *to)
{
	char print[200], buf[24];
	struct tracepoint p = point_of(r, ev->type, print);
	struct value v[MAX_FIELDS] = {0};
	guint begin = to->len, loc[MAX_FIELDS];
	GByteArray *rec = to;

	SIM_ASSERT(begin % 8 == 0);
	values_of(r, ev, v, buf);
	bytes_u16(rec, (u16)(TRACEPOINT_ID(ev->type)));
	bytes_u16(rec, 0); /* flags, preempt count */
	bytes_u32(rec, event_pid(ev->task));
	for (u32 i = 0; i < MAX_FIELDS && p.field[i].kind != F_NONE; i++) {
		loc[i] = rec->len;
		if (p.field[i].kind == F_STRING)
			bytes_u32(rec, 0);
		else
			put_field(rec, p.field[i].kind, &v[i]);
	}
	for (u32 i = 0; i < MAX_FIELDS && p.field[i].kind != F_NONE; i++) {
		u32 len, where;

		if (p.field[i].kind != F_STRING)
			continue;
		len = (u32)strlen(v[i].s) + 1;
		where = len << 16 | (rec->len - begin);
		memcpy(rec->data + loc[i], &where, sizeof(where));
		g_byte_array_append(rec, (const u8 *)v[i].s, len);
	}
	bytes_align(rec, 4);
}
