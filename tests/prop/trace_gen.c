// SPDX-License-Identifier: GPL-2.0-only
/* Random traces; see trace_gen.h. */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "tests/prop/trace_gen.h"
#include "tools/trace/trace_internal.h"

#define NAMES 3 /* of each kind: s0..s2, l0..l2, ... */

struct gen {
	u64 seed;
	GString *out;
	u32 n_vms;
	bool own_files[3]; /* VM i declares its files */
	u32 n_preambles;
	/* where we are */
	u32 vm;
	u32 kind;
	u32 depth, n_vars;
	bool in_preamble;
};

static u64 next(struct gen *g)
{
	u64 z = (g->seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static u64 below(struct gen *g, u64 n)
{
	return next(g) % n;
}

static bool one_in(struct gen *g, u32 n)
{
	return below(g, n) == 0;
}

G_GNUC_PRINTF(2, 3) static void put(struct gen *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g_string_append_vprintf(g->out, fmt, ap);
	va_end(ap);
}

/* ---- white space and comments ----------------------------------------------------- */

static const char *blank(struct gen *g)
{
	static const char *const blanks[] = {" ", "  ", "\t", " \t "};

	return blanks[below(g, 8) < 5 ? 0 : below(g, 4)];
}

static const char *maybe_blank(struct gen *g)
{
	return one_in(g, 3) ? blank(g) : "";
}

static void equals(struct gen *g)
{
	put(g, "%s=%s", maybe_blank(g), maybe_blank(g));
}

static void comment(struct gen *g)
{
	static const char *const texts[] = {
		"#", "# why", "#\tx # y", "# \xc3\xa4\xe2\x82\xac", "# [task vmm]", "#  two  "};

	put(g, "%s", texts[below(g, ARRAY_SIZE(texts))]);
}

static void new_line(struct gen *g)
{
	if (one_in(g, 6)) {
		put(g, "%s", maybe_blank(g));
		comment(g);
	}
	put(g, one_in(g, 20) ? "\r\n" : "\n");
	while (one_in(g, 6)) {
		put(g, "%s", maybe_blank(g));
		if (one_in(g, 2))
			comment(g);
		put(g, "\n");
	}
}

/* ---- numbers ------------------------------------------------------------------------ */

static u64 size_near(struct gen *g)
{
	static const u64 sizes[] = {0,
				    1,
				    4095,
				    4096,
				    8192,
				    65536,
				    2u << 20,
				    5u << 20,
				    1u << 30,
				    1ull << 40,
				    UINT64_MAX >> 20,
				    UINT64_MAX};

	return one_in(g, 4) ? next(g) >> below(g, 64) : sizes[below(g, ARRAY_SIZE(sizes))];
}

static void put_size(struct gen *g, u64 v)
{
	static const char *const units[] = {"", "K", "M", "G", "T"};
	u32 u = 0;

	while (u < 4 && v && v % 1024 == 0 && !one_in(g, 4)) {
		v /= 1024;
		u++;
	}
	if (u && u < 4 && v < 1000 && one_in(g, 4))
		put(g, "%" PRIu64 ".5%s", v, units[u]);
	else
		put(g, one_in(g, 3) ? "0x%" PRIx64 "%s" : "%" PRIu64 "%s", v, units[u]);
}

static void put_time(struct gen *g)
{
	static const char *const times[] = {"0",     "0ns",   "1ns",	"999ns",
					    "1us",   "1.5us", "1000us", "2ms",
					    "0.25s", "7s",    "0x10us", "1.000000001s"};

	put(g, "%s", times[below(g, ARRAY_SIZE(times))]);
}

static void put_number(struct gen *g, enum trace_type type)
{
	switch (type) {
	case TRACE_T_TIME:
		put_time(g);
		break;
	case TRACE_T_PAGE_SIZE:
		put(g, "%s",
		    (const char *const[]){"4K", "2M", "1G", "4096", "0x40000000"}[below(g, 5)]);
		break;
	case TRACE_T_ADDR:
	case TRACE_T_SIZE:
	case TRACE_T_BOUND:
		put_size(g, size_near(g));
		break;
	case TRACE_T_HEX:
		put(g, "0x%x", (u32)below(g, 256));
		break;
	default:
		put(g, "%u", (u32)below(g, 1000) + 1);
	}
}

static void put_rand(struct gen *g, enum trace_type type)
{
	u64 a = below(g, 100) * 512, b = a + 1 + below(g, 1 << 20);

	put(g, "rand%s(%s", maybe_blank(g), maybe_blank(g));
	if (type == TRACE_T_TIME)
		put(g, "%" PRIu64 "ns,%" PRIu64 "ns", a, b);
	else
		put(g, "%" PRIu64 ",%s%" PRIu64, a, maybe_blank(g), b);
	if (one_in(g, 2))
		put(g, ",%u%s", (u32)below(g, 9000) + 1, type == TRACE_T_TIME ? "ns" : "");
	put(g, ")");
}

static void put_var(struct gen *g, enum trace_type type)
{
	u32 v = below(g, g->n_vars + 1);
	char name[16];

	snprintf(name, sizeof(name), v ? "v%u" : "self", v);
	if (one_in(g, 3))
		put(g, "%s", name);
	else if (one_in(g, 2))
		put(g, "%s%s*%u%s", name, maybe_blank(g), (u32)below(g, 5000),
		    type == TRACE_T_TIME ? "us" : "");
	else
		put(g, "%u%s*%s", (u32)below(g, 5000), type == TRACE_T_TIME ? "ns" : "", name);
}

static void put_value(struct gen *g, enum trace_type type)
{
	bool fixed = type == TRACE_T_PAGE_SIZE || type == TRACE_T_ROUNDS || type == TRACE_T_BOUND;

	if (fixed || !one_in(g, 3)) {
		put_number(g, type);
		return;
	}
	if (one_in(g, 2)) {
		put_rand(g, type);
		if (one_in(g, 2)) {
			put(g, "%s+%s", maybe_blank(g), maybe_blank(g));
			put_var(g, type);
		}
		return;
	}
	put_var(g, type);
	if (one_in(g, 2))
		put(g, "+ 12%s", type == TRACE_T_TIME ? "us" : "");
	if (one_in(g, 2)) {
		put(g, " +");
		put_var(g, type);
	}
}

/* ---- results and conditions ------------------------------------------------------------ */

static void put_expect(struct gen *g)
{
	static const char *const outcomes[] = {
		"ok",
		"EAGAIN",
		"ENOMEM",
		"sigbus",
		"sigsegv",
		"bytes:0",
		"bytes:0xff",
		"exit:mmio",
		"exit:memory_fault(flags=8,gpa=4K, size=4096)",
		"error_offset=2M",
		"ok(left=0)",
		"EAGAIN,error_offset=32K",
		"EHWPOISON, done = 7",
		"TDX_OPERAND_BUSY,operand=146",
	};
	u32 n = 1 + below(g, 3);

	for (u32 i = 0; i < n; i++) {
		put(g, "%s%s", i ? "|" : "", outcomes[below(g, ARRAY_SIZE(outcomes))]);
		if (one_in(g, 4))
			put(g, "@%s", trace_kernel_name(below(g, TRACE_KERNEL_NR)));
	}
}

static void put_cond(struct gen *g, bool quant)
{
	static const char *const conds[] = {
		"stall(vm0.vcpu7) > 1s",
		"stall( any )>=5ms",
		"latency(guest) < 1ms",
		"hold(mapping.invalidate_lock) > 10us",
		"wait(kvm->mmu_lock) != 0",
		"duration() < 20s",
		"errors(guest) == 0",
		"ops(vm0.vmm99) <= 0x10",
		"allocated(vm0) > 3",
		"refcount(vm0, 4K) == 1",
		"mapped(vm0, 0x3000)",
		"leaf(vm0, 0x3000) == 4K",
		"present(vm0,0)",
		"private(vm0, 1G)",
		"shared( vm0 , 12K )",
		"pinned(vm0,8192)",
		"accepted(vm0,0)",
		"busy( mem_page_aug ) == 0",
	};

	if (quant || one_in(g, 3))
		put(g, one_in(g, 2) ? "never " : "exists\t");
	put(g, "%s", conds[below(g, ARRAY_SIZE(conds))]);
}

/* ---- operations --------------------------------------------------------------------------- */

static void put_file(struct gen *g)
{
	bool prefix = g->n_vms > 1 && (g->in_preamble || one_in(g, 2));

	if (prefix)
		put(g, "vm%u.", g->vm);
	put(g, "%s", !g->own_files[g->vm] ? "gmem" : one_in(g, 2) ? "ram" : "rom");
}

static void put_arg(struct gen *g, const struct trace_param *param)
{
	const struct trace_words *words = trace_type_words(param->type);

	switch (param->type) {
	case TRACE_T_BOOL ... TRACE_T_VIA:
		put(g, "%s", words->v[below(g, words->n)]);
		break;
	case TRACE_T_SIGNAL ... TRACE_T_MAPPING:
		put(g, "n-%u", (u32)below(g, NAMES));
		break;
	case TRACE_T_GMEM:
		if (param->makes)
			put(g, "%snew%u", g->in_preamble && g->n_vms > 1 ? "vm0." : "",
			    (u32)below(g, NAMES));
		else
			put_file(g);
		break;
	case TRACE_T_VM:
		put(g, "vm%u", (u32)below(g, g->n_vms));
		break;
	case TRACE_T_PREAMBLE:
		put(g, "p%u", (u32)below(g, g->n_preambles));
		break;
	case TRACE_T_WORD:
		put(g, "w-%u", (u32)below(g, NAMES));
		break;
	case TRACE_T_COND:
		put_cond(g, false);
		break;
	case TRACE_T_FAIL:
		put(g, one_in(g, 2) ? "attr_prealloc" : "folio-alloc%s:%u%s", maybe_blank(g),
		    (u32)below(g, 9) + 1, one_in(g, 4) ? " @inplace" : "");
		break;
	case TRACE_T_EXPECT:
		put_expect(g);
		break;
	default:
		put_value(g, param->type);
	}
}

/* A value that is judged by more than its type. */
static bool put_special(struct gen *g, enum trace_verb verb, const struct trace_param *param)
{
	bool memory = verb == TRACE_OP_TOUCH || verb == TRACE_OP_ACCESS;

	if (param->id == TRACE_ARG_TASK || (memory && param->id == TRACE_ARG_LEN))
		put(g, param->id == TRACE_ARG_TASK ? "vm0.vmm99" : "%uK", (u32)below(g, 64) + 1);
	else if (memory && param->id == TRACE_ARG_VALUE)
		put(g, "%u", (u32)below(g, 256));
	else
		return false;
	return true;
}

static void put_named(struct gen *g, enum trace_verb verb, const struct trace_param *param)
{
	put(g, "%s%s", blank(g), trace_words_param.v[param->id]);
	if (param->type == TRACE_T_FLAG)
		return;
	equals(g);
	if (!put_special(g, verb, param))
		put_arg(g, param);
}

static void put_simple(struct gen *g, enum trace_verb verb)
{
	const struct trace_verb_info *info = &trace_verbs[verb];
	bool seconds = verb == TRACE_OP_SPIN || verb == TRACE_OP_HALT;
	u32 order[TRACE_PARAMS_MAX], n = 0;

	if (one_in(g, 6)) {
		put(g, one_in(g, 2) ? "at%s" : "after%s", blank(g));
		put_value(g, TRACE_T_TIME);
		put(g, " ");
	}
	put(g, "%s", info->name);
	for (u32 i = 0; i < info->n_params; i++) {
		const struct trace_param *param = &info->params[i];

		if (param->place >= TRACE_NAMED) {
			order[n++] = i;
		} else if (param->place == TRACE_POS || seconds || one_in(g, 2)) {
			put(g, "%s", blank(g));
			if (!put_special(g, verb, param))
				put_arg(g, param);
		}
	}
	for (u32 i = n; i > 1; i--) {
		u32 j = below(g, i), x = order[i - 1];

		order[i - 1] = order[j];
		order[j] = x;
	}
	for (u32 i = 0; i < n; i++)
		if (info->params[order[i]].place == TRACE_NAMED || one_in(g, 2))
			put_named(g, verb, &info->params[order[i]]);
	if (verb < TRACE_OP_SLEEP && one_in(g, 4)) {
		put(g, "%sexpect=", blank(g));
		put_expect(g);
	}
	if (verb < TRACE_OP_SLEEP && one_in(g, 6))
		put(g, "%sfail=attr_prealloc:2", blank(g));
}

static void put_ops(struct gen *g, u32 n);

static void put_block(struct gen *g)
{
	bool loop = g->n_vars < 3 && one_in(g, 2);

	if (loop) {
		u32 from = below(g, 100);

		put(g, "for v%u in %u..%s%u", g->n_vars + 1, from, maybe_blank(g),
		    from + (u32)below(g, 300));
		if (one_in(g, 2))
			put(g, " step=%u", (u32)below(g, 5000) + 1);
	} else {
		put(g, "repeat");
		if (one_in(g, 2))
			put(g, " %u until=n-1", (u32)below(g, 100));
		else
			put(g, one_in(g, 2) ? " 0x10" : " until=n-0");
	}
	put(g, "%s{", maybe_blank(g));
	if (one_in(g, 2))
		new_line(g);
	g->depth++;
	g->n_vars += loop;
	put_ops(g, 1 + below(g, 3));
	g->n_vars -= loop;
	g->depth--;
	put(g, "}");
}

static enum trace_verb pick_verb(struct gen *g)
{
	for (;;) {
		enum trace_verb v = below(g, TRACE_OP_END);
		bool use = v == TRACE_OP_USE && (g->in_preamble || !g->n_preambles);

		if (v == TRACE_OP_FOR || v == TRACE_OP_REPEAT || use)
			continue;
		/* a preamble is for all kinds of task, so it has only what all of them can do */
		if (g->in_preamble ? trace_verbs[v].actors == (1u << TRACE_ACTOR_NR) - 1 :
				     trace_verbs[v].actors >> g->kind & 1)
			return v;
	}
}

static void put_ops(struct gen *g, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		put(g, "%s", maybe_blank(g));
		if (g->depth < 4 && one_in(g, 8))
			put_block(g);
		else
			put_simple(g, pick_verb(g));
		if (one_in(g, 4))
			put(g, "%s;%s", maybe_blank(g), maybe_blank(g));
		else
			new_line(g);
	}
}

/* ---- sections ------------------------------------------------------------------------------- */

static void put_vm(struct gen *g, u32 i)
{
	put(g, "[vm vm%u]%s", i, maybe_blank(g));
	if (one_in(g, 2))
		new_line(g);
	put(g, " memory = 64M ");
	if (one_in(g, 4))
		put(g, "type=tdx accepted = 0..4K, 0x3000..1M pending=none accept = lazy ");
	else if (one_in(g, 2))
		put(g, "type=%s mapped=4K..1M ", trace_vm_type_name(below(g, TRACE_VM_TDX)));
	if (one_in(g, 4))
		put(g, "on-memory-fault = convert ");
	if (one_in(g, 2))
		put(g, "vcpus = %u  init=%s", 8 + (u32)below(g, 9),
		    trace_attr_name(below(g, TRACE_ATTR_NR)));
	if (one_in(g, 2))
		put(g, " private-zap = destroys mmap = yes backing = 4K");
	new_line(g);
	if (!g->own_files[i])
		return;
	put(g, "gmem ram size=64M");
	new_line(g);
	put(g, "gmem rom backing=2M init=private  size = 0x200000 mmap=no");
	new_line(g);
	put(g, "slot 3 gpa=0 len=16M");
	new_line(g);
	put(g, "slot 1 len=32M gpa=4G gmem=ram offset=32M");
	new_line(g);
	put(g, "slot 32000 gpa=1T gmem=rom len=2M");
	new_line(g);
}

static void put_task(struct gen *g, u32 i, u32 ops)
{
	static const char *const vmms[] = {"vmm", "vmm1..vmm3", "vmm5..7 process=other"};

	g->vm = i % g->n_vms;
	g->kind = below(g, 3);
	g->n_vars = 0;
	put(g, "[task ");
	if (g->kind == TRACE_ACTOR_GUEST)
		put(g, "vm%u.vcpu%u..vcpu%u", g->vm, i / g->n_vms * 2, i / g->n_vms * 2 + 1);
	else if (g->kind == TRACE_ACTOR_VMM)
		put(g, "vm%u.%s", i, vmms[below(g, ARRAY_SIZE(vmms))]);
	else
		put(g, "kworker%u vm=vm%u", i, g->vm);
	if (g->kind == TRACE_ACTOR_VMM)
		g->vm = i;
	if (g->kind == TRACE_ACTOR_GUEST && one_in(g, 2))
		put(g, " cpu=2..3");
	else if (one_in(g, 3))
		put(g, " cpu=%u", (u32)below(g, 4));
	put(g, "]%s", maybe_blank(g));
	if (one_in(g, 2))
		new_line(g);
	put_ops(g, ops);
	new_line(g);
}

/* Makes every name that others may use. */
static void put_makers(struct gen *g)
{
	put(g, "[task vm0.vmm99]\n");
	for (u32 i = 0; i < NAMES; i++)
		put(g,
		    "signal n-%u\nmmap 0 len=4K as=n-%u\npin 0 as=n-%u len=4K\n"
		    "create new%u size=2M\n",
		    i, i, i, i);
	put(g, "[task vm0.vcpu7]\n");
	for (u32 i = 0; i < NAMES; i++)
		put(g, "lock n-%u\n", i);
}

static void put_preamble(struct gen *g, u32 i)
{
	g->in_preamble = true;
	g->vm = 0;
	g->n_vars = 0;
	put(g, "[preamble p%u]", i);
	new_line(g);
	put_ops(g, 1 + below(g, 4));
	new_line(g);
	g->in_preamble = false;
}

static void put_settings(struct gen *g)
{
	if (one_in(g, 2))
		put(g, "expect = %s # e\n",
		    (const char *const[]){"none", "any", "deadlock , expect"}[below(g, 3)]);
	if (one_in(g, 2))
		put(g, "title = \"a \\\"b\\\" \\\\ c # \xc3\xa4\"\n");
	put(g, "[machine] cpus = %u", 4 + (u32)below(g, 100));
	if (one_in(g, 2))
		put(g, " slice=1.5ms fail-one-in=9\nscheduler=random preempt = %s memory = 0x40G",
		    trace_preempt_name(below(g, TRACE_PREEMPT_NR)));
	if (one_in(g, 2))
		put(g, " hvo=no restructure=stash hugepages-1G = 0 hugepages-2M = %u",
		    (u32)below(g, 100));
	new_line(g);
	if (one_in(g, 2))
		put(g, "[design] locking = %s kernel = %s\n",
		    (const char *const[]){"file", "chunk:2M", "bucket:16", "range"}[below(g, 4)],
		    trace_kernel_name(below(g, TRACE_KERNEL_NR)));
	if (one_in(g, 3))
		put(g, "[tdx] packages=2 hkids = 0x10 dynamic-pamt=yes # t\nhuge-pages = yes"
		       " zero-step-tree = exclusive host-priority-timeout=10ms\n");
	if (one_in(g, 2))
		put(g, "[cost] include = debian-vm a=1us # c\n# d\nb = uniform(1ns,2us)"
		       " c=lognormal(median = 1us,p99=4us)\n");
}

char *trace_gen(u64 seed, u32 ops)
{
	struct gen g = {.seed = seed, .out = g_string_new("gmemsim trace 1\n")};

	g.n_vms = 1 + below(&g, 3);
	g.n_preambles = below(&g, 3);
	for (u32 i = 0; i < g.n_vms; i++)
		g.own_files[i] = one_in(&g, 2);
	put_settings(&g);
	for (u32 i = 0; i < g.n_preambles; i++)
		put_preamble(&g, i);
	if (one_in(&g, 2))
		put_makers(&g), put_vm(&g, 0);
	else
		put_vm(&g, 0), put_makers(&g);
	for (u32 i = 1; i < g.n_vms; i++)
		put_vm(&g, i);
	for (u32 i = 0; i < g.n_vms; i++)
		put_task(&g, i, ops / g.n_vms + 1);
	if (one_in(&g, 2)) {
		put(&g, "[final]\n");
		for (u32 i = below(&g, 5); i--;) {
			put_cond(&g, true);
			put(&g, one_in(&g, 2) ? "  " : "\n");
		}
		new_line(&g);
	}
	if (one_in(&g, 2))
		put(&g,
		    "[schedule] engine = threads seed=%" PRIu64 "\ntape = s0/2*7 v1/0 f0/2\n"
		    "fingerprint = 0x%" PRIx64 "\ntape = s1/4\n",
		    next(&g), next(&g));
	if (one_in(&g, 2))
		put(&g, "\n# the end\n\n");
	return g_string_free(g.out, false);
}
