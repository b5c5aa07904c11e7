// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the recorded threads did, written down as a trace.
 *
 * Everything is moved behind a warm-up in which a task "prepare" brings the file into the state it
 * had when the recording began.  The first operation of a task has its recorded time; a later one
 * has its recorded distance from the end of the one before if the thread slept in between, and else
 * follows at once: pauses are the program's, speed is the machine's.
 *
 * Invariant: the text depends on the recording and the options alone.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/import/ftrace_emit.h"

#define PAGE		    4096ull
#define RUN_MIN		    4 /* operations one page apart that are written as a loop */
#define WARM_UP_NS_PER_PAGE 3000ull
#define GUEST_GAP_NS	    100000ull /* four times what a guest's fault took there */

void ft_add_size(GString *g, u64 bytes)
{
	static const char units[] = {'T', 'G', 'M', 'K'};

	for (u32 i = 0; bytes && i < sizeof(units); i++) {
		u64 unit = 1ull << (40 - 10 * i);

		if (bytes % unit == 0) {
			g_string_append_printf(g, "%" PRIu64 "%c", bytes / unit, units[i]);
			return;
		}
	}
	g_string_append_printf(g, bytes ? "0x%" PRIx64 : "%" PRIu64, bytes);
}

static void add_addr(GString *g, u64 addr)
{
	if (addr % (1 << 20) == 0)
		ft_add_size(g, addr);
	else
		g_string_append_printf(g, "0x%" PRIx64, addr);
}

void ft_add_time(GString *g, u64 ns)
{
	static const struct {
		u64 ns;
		const char *name;
	} units[] = {{NSEC_PER_SEC, "s"}, {NSEC_PER_MS, "ms"}, {NSEC_PER_US, "us"}};

	for (u32 i = 0; i < ARRAY_SIZE(units); i++) {
		u64 n = ns / units[i].ns;

		if (ns % units[i].ns == 0) {
			g_string_append_printf(g, "%" PRIu64 "%s", n, units[i].name);
			return;
		}
	}
	g_string_append_printf(g, "%" PRIu64 "ns", ns);
}

static u32 count_guests(const struct ft_story *s)
{
	u32 n = 0;

	for (u32 i = 0; i < s->actors->len; i++)
		n += g_array_index(s->actors, struct ft_actor, i).guest;
	return n;
}

/*
 * Guests need the file in a memslot.  A program without any may have had none, and a hole in bound
 * memory costs more; recorded ioctls say themselves what they bind.
 */
static void add_vm(struct emitter *e)
{
	GString *g = e->out;
	u32 guests = count_guests(e->s);

	g_string_append(g, "[vm vm0]\ntype = default\n");
	if (guests)
		g_string_append_printf(g, "vcpus = %u\nmemory = ", guests);
	g_string_append(g, guests ? "" : "gmem ram size=");
	ft_add_size(g, e->s->size_bytes);
	g_string_append(g, "\n\n");
}

/* ---- tasks -------------------------------------------------------------------- */

static void add_prepare(struct emitter *e)
{
	GString *g = e->out;

	if (e->prefill == PREFILL_NONE)
		return;
	g_string_append(g, "[task prepare vm=vm0 kind=vmm]\n");
	g_string_append(g, e->prefill == PREFILL_ALLOCATED ? "allocate 0 len=" :
							     "access write 0 len=");
	ft_add_size(g, e->s->size_bytes);
	g_string_append_c(g, '\n');
	if (e->prefill == PREFILL_PRESENT) {
		g_string_append(g, "advise dontneed 0 len=");
		ft_add_size(g, e->s->size_bytes);
		g_string_append_c(g, '\n');
	}
	g_string_append_c(g, '\n');
}

static bool is_name_char(const char *p, u32 n)
{
	return g_ascii_isalnum(*p) || (*p == '-' && n && g_ascii_isalpha(p[1]));
}

/* A thread's name is its task's; what is no word of the language becomes '_'. */
static void task_name(struct emitter *e, const struct ft_actor *a, u32 vcpu, char name[64])
{
	const struct ft_thread *t = ft_thread_at(e->c, a->thread);
	u32 n = 0, digits;

	memset(name, 0, 64);
	if (a->guest) {
		g_snprintf(name, 64, "vcpu%u", vcpu);
		return;
	}
	if (!g_ascii_isalpha(t->name[0]) || g_str_has_prefix(t->name, "vcpu"))
		n = (u32)g_snprintf(name, 64, "t_");
	for (const char *p = t->name; *p; p++, n++)
		name[n] = is_name_char(p, n) ? *p : '_';
	/* the digits at the end of a name are its number: at most six, no leading zero */
	for (digits = n; digits && g_ascii_isdigit(name[digits - 1]); digits--)
		;
	if (n - digits > 6 || (n - digits > 1 && name[digits] == '0'))
		name[n++] = 't';
	if (g_hash_table_contains(e->names, name))
		g_snprintf(name + n, 64 - n, "_%ut", t->pid);
	g_hash_table_add(e->names, g_strdup(name));
}

static void add_task_header(struct emitter *e, const struct ft_actor *a, u32 vcpu)
{
	GString *g = e->out;
	char name[64];

	task_name(e, a, vcpu, name);
	g_string_append_printf(g, "[task %s vm=vm0%s", name, a->guest ? "" : " kind=vmm");
	if (a->cpu >= 0)
		g_string_append_printf(g, " cpu=%d", a->cpu);
	g_string_append(g, "]\n");
}

static void add_when(struct emitter *e, const struct ft_op *op, const struct ft_op *before)
{
	GString *g = e->out;

	if (!before) {
		g_string_append(g, "at ");
		ft_add_time(g, op->start_ns - e->c->start_ns + e->warm_up_ns);
		g_string_append_c(g, ' ');
	} else if (op->slept && op->start_ns > before->end_ns) {
		g_string_append(g, "after ");
		ft_add_time(g, op->start_ns - before->end_ns);
		g_string_append_c(g, ' ');
	}
}

static void add_verb(GString *g, const struct ft_op *op, const struct import_assume *assume)
{
	switch ((enum ft_verb)op->verb) {
	case FT_OP_ALLOCATE:
		g_string_append(g, "allocate ");
		break;
	case FT_OP_PUNCH:
		g_string_append(g, "punch ");
		break;
	case FT_OP_ACCESS:
		g_string_append_printf(g, "access %s ", op->write ? "write" : "read");
		break;
	case FT_OP_TOUCH:
		g_string_append(g, "touch shared ");
		break;
	case FT_OP_BIND:
		g_string_append(g, "bind slot=1 gpa=");
		add_addr(g, assume->slot_offset);
		g_string_append(g, " offset=");
		add_addr(g, assume->slot_offset);
		g_string_append(g, " len=");
		ft_add_size(g, assume->slot_bytes);
		break;
	case FT_OP_UNBIND:
		g_string_append(g, "unbind slot=1");
		break;
	case FT_OP_MMAP:
		g_string_append(g, "mmap 0 len=");
		ft_add_size(g, op->len);
		g_string_append(g, " as=view");
		break;
	case FT_OP_MUNMAP:
		g_string_append(g, "munmap view");
		break;
	}
}

/* Address and length of the verbs that have them behind the verb. */
static void add_range(GString *g, const struct ft_op *op, const char *addr)
{
	if (op->verb > FT_OP_TOUCH)
		return;
	if (addr)
		g_string_append(g, addr);
	else
		add_addr(g, op->addr);
	g_string_append(g, op->verb == FT_OP_TOUCH ? " " : " len=");
	ft_add_size(g, op->len);
	if (op->verb == FT_OP_TOUCH && op->write)
		g_string_append(g, " write");
}

static void add_run(GString *g, const struct ft_op *op, u32 n)
{
	g_autoptr(GString) addr = g_string_new(NULL);

	if (op->addr) {
		add_addr(addr, op->addr);
		g_string_append(addr, "+i*4K");
	} else {
		g_string_append(addr, "i*4K");
	}
	g_string_append_printf(g, "for i in 0..%u { ", n - 1);
	add_verb(g, op, NULL);
	add_range(g, op, addr->str);
	g_string_append(g, " }\n");
}

static bool has_unknown_size(const struct ft_op *op, const struct import_assume *assume)
{
	bool slot = op->verb == FT_OP_BIND || op->verb == FT_OP_UNBIND;
	bool map = op->verb == FT_OP_MMAP || op->verb == FT_OP_MUNMAP;

	return (slot && !assume->slot_bytes) || (map && !assume->mmap_bytes);
}

/* The first moment in [from, to) at which somebody punches a hole; @to_ns if nobody does. */
static u64 first_punch(const struct ft_story *s, u64 from_ns, u64 to_ns)
{
	for (u32 i = 0; i < s->actors->len; i++) {
		const GArray *ops = g_array_index(s->actors, struct ft_actor, i).ops;

		for (u32 k = 0; k < ops->len; k++) {
			const struct ft_op *op = &g_array_index(ops, struct ft_op, k);

			if (op->verb == FT_OP_PUNCH && op->start_ns < to_ns && op->end_ns > from_ns)
				to_ns = MAX(op->start_ns, from_ns);
		}
	}
	return to_ns;
}

/*
 * A guest's time between two faults that are far apart is spent in guest mode, on pages it has.
 * While a hole is being punched it is what the punch does to the guest, and the simulation's to
 * find out.  Nothing of the kind is told of host threads, which are often off the CPU.
 */
static u64 guest_ran_ns(const struct emitter *e, const struct ft_op *op, const struct ft_op *before)
{
	u64 ran_ns;

	if (op->verb != FT_OP_TOUCH || op->slept || op->start_ns < before->end_ns)
		return 0;
	ran_ns = first_punch(e->s, before->end_ns, op->start_ns) - before->end_ns;
	return ran_ns >= GUEST_GAP_NS ? ran_ns : 0;
}

static void add_guest_time(struct emitter *e, const struct ft_op *op, const struct ft_op *before)
{
	u64 ran_ns = before ? guest_ran_ns(e, op, before) : 0;

	if (!ran_ns)
		return;
	g_string_append(e->out, "run ");
	ft_add_time(e->out, ran_ns);
	g_string_append_c(e->out, '\n');
}

/* How many operations from @i on are the same, each one page further and with no pause. */
static u32 run_length(const struct emitter *e, const GArray *ops, u32 i)
{
	const struct ft_op *first = &g_array_index(ops, struct ft_op, i);
	u32 n = 1;

	if (first->verb != FT_OP_ACCESS && first->verb != FT_OP_TOUCH)
		return 1;
	for (; i + n < ops->len; n++) {
		const struct ft_op *op = &g_array_index(ops, struct ft_op, i + n);

		if (op->verb != first->verb || op->write != first->write || op->slept ||
		    op->addr != first->addr + n * PAGE || guest_ran_ns(e, op, op - 1))
			break;
	}
	return n;
}

static void add_ops(struct emitter *e, const struct ft_actor *a)
{
	const struct ft_op *before = NULL;
	GString *g = e->out;

	for (u32 i = 0; i < a->ops->len;) {
		const struct ft_op *op = &g_array_index(a->ops, struct ft_op, i);
		u32 n = run_length(e, a->ops, i);

		if (has_unknown_size(op, &e->opt->assume)) {
			i++;
			continue;
		}
		add_guest_time(e, op, before);
		add_when(e, op, before);
		if (n >= RUN_MIN) {
			add_run(g, op, n);
			i += n;
		} else {
			add_verb(g, op, &e->opt->assume);
			add_range(g, op, NULL);
			g_string_append_c(g, '\n');
			i++;
		}
		before = &g_array_index(a->ops, struct ft_op, i - 1);
	}
}

/* A thread that did something all the time which the events do not show. */
static void add_generated(struct emitter *e, const struct ft_actor *a, bool pins)
{
	const struct import_assume *as = &e->opt->assume;
	u64 from = as->touch_from, to = as->touch_to ? as->touch_to : e->s->size_bytes;
	u64 len = pins ? as->pin_bytes : PAGE;
	GString *g = e->out;

	g_string_append(g, "at ");
	ft_add_time(g, a->first_ns - e->c->start_ns + e->warm_up_ns);
	g_string_append(g, " repeat until=stop {\n");
	if (!as->random) {
		g_string_append_printf(g, "for i in 0..%" PRIu64 " { ", (to - from) / len - 1);
	}
	g_string_append(g, pins ? "pin " : "access write ");
	if (as->random) {
		g_string_append(g, "rand(");
		add_addr(g, from);
		g_string_append_c(g, ',');
		add_addr(g, to - len + 1 > from ? to - len + PAGE : to);
		g_string_append_c(g, ')');
	} else {
		add_addr(g, from);
		g_string_append(g, "+i*");
		ft_add_size(g, len);
	}
	g_string_append(g, " len=");
	ft_add_size(g, len);
	g_string_append(g, pins ? " as=pages\nunpin pages\n" : "\n");
	g_string_append(g, as->random ? "}\n" : "}\n}\n");
}

/* Who raises "stop": the thread whose recorded operations end last; NULL if nobody has any. */
static const struct ft_actor *last_worker(const struct ft_story *s)
{
	const struct ft_actor *last = NULL;
	u64 last_ns = 0;

	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);
		u64 end_ns;

		if (a->generated || !a->ops->len)
			continue;
		end_ns = g_array_index(a->ops, struct ft_op, a->ops->len - 1).end_ns;
		if (!last || end_ns > last_ns) {
			last = a;
			last_ns = end_ns;
		}
	}
	return last;
}

/* From the end of the last recorded operation to the end of the generated work. */
static u64 tail_ns(const struct ft_story *s, u64 from_ns)
{
	u64 end_ns = from_ns;

	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);

		if (a->generated)
			end_ns = MAX(end_ns, a->last_ns);
	}
	return end_ns - from_ns;
}

static void add_stop(struct emitter *e, const struct ft_actor *a)
{
	if (a) {
		g_string_append(e->out, "after ");
		ft_add_time(
			e->out,
			tail_ns(e->s, g_array_index(a->ops, struct ft_op, a->ops->len - 1).end_ns));
	} else {
		g_string_append(e->out, "[task main vm=vm0 kind=vmm]\nat ");
		ft_add_time(e->out, tail_ns(e->s, e->c->start_ns) + e->warm_up_ns);
	}
	g_string_append(e->out, " signal stop\n");
}

static void add_tasks(struct emitter *e)
{
	const struct ft_actor *last = last_worker(e->s);
	u32 vcpu = 0, generated = 0;

	for (u32 i = 0; i < e->s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(e->s->actors, struct ft_actor, i);

		if (!a->generated && !a->ops->len)
			continue;
		add_task_header(e, a, vcpu);
		vcpu += a->guest;
		if (a->generated)
			add_generated(e, a, generated++ >= e->opt->assume.faulters);
		else
			add_ops(e, a);
		if (a == last && e->s->nr_generated)
			add_stop(e, a);
		g_string_append_c(e->out, '\n');
	}
	if (!last && e->s->nr_generated)
		add_stop(e, NULL);
}

static u64 count_skipped(const struct ft_story *s, const struct import_assume *assume)
{
	u64 n = 0;

	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);

		for (u32 k = 0; !a->generated && k < a->ops->len; k++)
			n += has_unknown_size(&g_array_index(a->ops, struct ft_op, k), assume);
	}
	return n;
}

static enum import_prefill choose_prefill(const struct ft_story *s, const struct import_assume *as)
{
	if (as->prefill != PREFILL_INFER)
		return as->prefill;
	if (s->seen_present)
		return s->seen_mapped ? PREFILL_MAPPED : PREFILL_PRESENT;
	return PREFILL_NONE;
}

char *ft_emit(const struct ft_capture *c, const struct ft_story *s,
	      const struct import_options *opt)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct emitter e = {.c = c, .s = s, .opt = opt, .out = g_string_new(NULL), .names = names};
	u64 pages = s->size_bytes / PAGE;

	e.prefill = choose_prefill(s, &opt->assume);
	if (e.prefill != PREFILL_NONE)
		e.warm_up_ns = (pages * WARM_UP_NS_PER_PAGE / NSEC_PER_MS + 1) * NSEC_PER_MS;
	e.skipped_mmaps = count_skipped(s, &opt->assume);
	ft_add_head(&e);
	add_vm(&e);
	g_hash_table_add(names, g_strdup("prepare"));
	g_hash_table_add(names, g_strdup("main"));
	add_prepare(&e);
	add_tasks(&e);
	return g_string_free(e.out, FALSE);
}
