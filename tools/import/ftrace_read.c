// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of ftrace text as events.
 *
 * Read are the "trace" file of tracefs with four or five flag characters, "trace-cmd report" (no
 * flags, or with), and the event lines of "perf script":
 *
 *	          g-flt0-1001    [000] d....   100.000026: page_fault_user: address=0x7f.. ip=0x..
 *	          g-flt0-1001  [000]   100.000026: page_fault_user: address=0x7f.. ip=0x..
 *	          g-flt0  1001 [000]   100.000026: exceptions:page_fault_user: address=0x7f..
 *
 * Invariants: a line is understood, skipped as a comment or a stack line, or an error; events come
 * out sorted by time, equal times in the order of the file.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/import/ftrace.h"

/* The line under work. */
struct cursor {
	const char *start, *p, *end;
	u32 line;
	struct import_error *err;
};

static bool fail(const struct cursor *c, const char *at, const char *what)
{
	c->err->line = c->line;
	c->err->col = c->line ? (u32)(at - c->start) + 1 : 0;
	g_strlcpy(c->err->message, what, sizeof(c->err->message));
	return false;
}

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* Decimal digits, at least one, that fit 64 bits. */
static bool take_decimal(struct cursor *c, u64 *out)
{
	const char *s = c->p;

	*out = 0;
	while (c->p < c->end && is_digit(*c->p)) {
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (u64)(*c->p - '0'), out))
			return fail(c, s, "number does not fit 64 bits");
		c->p++;
	}
	return c->p > s || fail(c, s, "a number is expected here");
}

/* "100.000026" in seconds, six or nine decimals (or any other number up to nine). */
static bool take_time(struct cursor *c, u64 *ns)
{
	const char *s = c->p;
	u64 scale = NSEC_PER_SEC, part = 0;

	if (!take_decimal(c, ns))
		return false;
	if (c->p == c->end || *c->p != '.')
		return fail(c, c->p, "a time stamp has the form SECONDS.FRACTION");
	for (c->p++; c->p < c->end && is_digit(*c->p); c->p++) {
		if (scale == 1)
			return fail(c, c->p, "a time stamp is finer than 1 ns");
		scale /= 10;
		part = part * 10 + (u64)(*c->p - '0');
	}
	if (*ns > 1000000000ull)
		return fail(c, s, "a time stamp is beyond 10^9 seconds");
	*ns = *ns * NSEC_PER_SEC + part * scale;
	return true;
}

/* ---- who ---------------------------------------------------------------- */

static bool thread_index(struct ft_capture *cap, struct cursor *c, const char *name, size_t len,
			 u32 pid, u32 *out)
{
	gpointer found;
	struct ft_thread t = {.pid = pid, .ours = pid > 1};

	/* All idle tasks are pid 0, and so one thread: nobody asks which. */
	if (g_hash_table_lookup_extended(cap->by_pid, GUINT_TO_POINTER(pid), NULL, &found)) {
		*out = GPOINTER_TO_UINT(found);
		return true;
	}
	if (cap->threads->len == IMPORT_TASKS_MAX)
		return fail(c, c->start, "more than 1024 threads");
	memcpy(t.name, name, MIN(len, sizeof(t.name) - 1));
	*out = cap->threads->len;
	g_array_append_val(cap->threads, t);
	g_hash_table_insert(cap->by_pid, GUINT_TO_POINTER(pid), GUINT_TO_POINTER(*out));
	return true;
}

/* "  g-flt0-1001 (  999) " before the bracket: the name may contain anything, the pid is last. */
static bool take_thread(struct ft_capture *cap, struct cursor *c, const char *bracket, u32 *thread)
{
	const char *s = c->p, *e = bracket, *digits;
	u64 pid = 0;

	while (e > s && e[-1] == ' ')
		e--;
	if (e > s && e[-1] == ')') { /* thread group */
		while (e > s && *e != '(')
			e--;
		while (e > s && e[-1] == ' ')
			e--;
	}
	for (digits = e; digits > s && is_digit(digits[-1]); digits--)
		;
	if (digits == e || digits == s || (digits[-1] != '-' && digits[-1] != ' ') ||
	    e - digits > 9)
		return fail(c, s, "a thread has the form NAME-PID");
	for (const char *d = digits; d < e; d++)
		pid = pid * 10 + (u64)(*d - '0');
	e = digits - 1;
	while (e > s && e[-1] == ' ')
		e--;
	return thread_index(cap, c, s, (size_t)(e - s), (u32)pid, thread);
}

/* The first " [digits]": a name with such a thing in it is not worth the trouble. */
static const char *find_bracket(const struct cursor *c)
{
	for (const char *p = c->p; p + 2 < c->end; p++) {
		const char *q = p + 2;

		if (p[0] != ' ' || p[1] != '[' || !is_digit(*q))
			continue;
		while (q < c->end && is_digit(*q))
			q++;
		if (q < c->end && *q == ']')
			return p + 1;
	}
	return NULL;
}

/* ---- what ---------------------------------------------------------------- */

/* The value after @key in the fields, in any base; false if it is not there. */
static bool field(const struct cursor *c, const char *key, u64 *out)
{
	const char *at = g_strstr_len(c->p, c->end - c->p, key);
	char digits[24];
	size_t n = 0;

	if (!at)
		return false;
	at += strlen(key);
	while (at < c->end && *at == ' ')
		at++;
	while (at < c->end && n < sizeof(digits) - 1 && g_ascii_isalnum(*at))
		digits[n++] = *at++;
	digits[n] = 0;
	if (!n || !is_digit(digits[0]))
		return false;
	*out = g_ascii_strtoull(digits, NULL, 0);
	return true;
}

/* The same in base 16 without "0x": hashed pointers, gfns. */
static bool field_hex(const struct cursor *c, const char *key, u64 *out)
{
	const char *at = g_strstr_len(c->p, c->end - c->p, key);
	char digits[24];
	size_t n = 0;

	if (!at)
		return false;
	at += strlen(key);
	while (at < c->end && *at == ' ')
		at++;
	while (at < c->end && n < sizeof(digits) - 1 && g_ascii_isxdigit(*at))
		digits[n++] = *at++;
	digits[n] = 0;
	*out = g_ascii_strtoull(digits, NULL, 16);
	return n > 0;
}

static bool has(const struct cursor *c, const char *text)
{
	return g_strstr_len(c->p, c->end - c->p, text) != NULL;
}

static bool name_is(const char *name, size_t len, const char *what)
{
	return strlen(what) == len && memcmp(name, what, len) == 0;
}

static bool missing(const struct cursor *c)
{
	return fail(c, c->p, "a field of this event is missing or is not a number");
}

static bool read_switch(struct cursor *c, struct ft_event *ev)
{
	const char *state = g_strstr_len(c->p, c->end - c->p, "prev_state=");

	if (!state || !field(c, "prev_pid=", &ev->a) || !field(c, "next_pid=", &ev->b))
		return missing(c);
	state += strlen("prev_state=");
	ev->c = state < c->end ? (u64)(unsigned char)*state : 0;
	ev->type = FT_SWITCH;
	return true;
}

static bool read_fallocate(struct cursor *c, struct ft_event *ev)
{
	if (!field(c, "mode:", &ev->a) || !field(c, "offset:", &ev->b) || !field(c, "len:", &ev->c))
		return missing(c);
	ev->type = FT_FALLOCATE;
	return true;
}

static bool read_mmap_lock(struct cursor *c, struct ft_event *ev, enum ft_type type)
{
	if (!has(c, "write="))
		return missing(c);
	ev->a = has(c, "write=true") || has(c, "write=1");
	/* a trylock that failed got nothing */
	ev->type = has(c, "success=false") ? FT_OTHER : type;
	return true;
}

static bool read_lock(struct cursor *c, struct ft_event *ev, enum ft_type type)
{
	if (!field_hex(c, "", &ev->a))
		return missing(c);
	ev->b = has(c, "WRITE");
	/* spinning locks are not what anybody waits long for */
	ev->type = type == FT_LOCK_BEGIN && has(c, "SPIN") ? FT_OTHER : (u8)type;
	return true;
}

/* Events whose fields are plain numbers: name, type, and the text before each of them. */
static const struct {
	const char *name;
	enum ft_type type;
	const char *key[3];
	bool hex;
} plain[] = {
	{"page_fault_user", FT_FAULT, {"address=", "ip=", "error_code="}, false},
	{"mm_filemap_add_to_page_cache", FT_PAGE_ADD, {"ofs="}, false},
	{"mm_filemap_delete_from_page_cache", FT_PAGE_DEL, {"ofs="}, false},
	{"kvm_mmu_pagetable_walk", FT_GUEST_FAULT, {"addr "}, true},
	{"kvm_page_fault", FT_GUEST_FAULT, {" address 0x"}, true},
	{"kvm_mmu_spte_requested", FT_GUEST_MAPPED, {"gfn "}, true},
	{"kvm_mmu_zap_all_fast", FT_ZAP_ALL, {NULL}, false},
	{"sys_enter_ioctl", FT_IOCTL, {"cmd:"}, false},
	{"sys_ioctl", FT_IOCTL, {"cmd:"}, false},
};

static bool read_plain(struct cursor *c, struct ft_event *ev, size_t i)
{
	u64 *out[] = {&ev->a, &ev->b, &ev->c};

	for (int k = 0; k < 3 && plain[i].key[k]; k++) {
		if (!(plain[i].hex ? field_hex : field)(c, plain[i].key[k], out[k]))
			return missing(c);
	}
	ev->type = (u8)plain[i].type;
	return true;
}

static bool read_unmap(struct cursor *c, struct ft_event *ev)
{
	if (!field(c, "range:", &ev->a) || !field(c, "--", &ev->b))
		return missing(c);
	ev->type = FT_UNMAP_HVA;
	return true;
}

/* Fields begin at c->p; events that say nothing to us stay FT_OTHER. */
static bool read_event(struct cursor *c, struct ft_event *ev, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (name_is(name, len, plain[i].name))
			return read_plain(c, ev, i);
	}
	if (name_is(name, len, "sched_switch"))
		return read_switch(c, ev);
	if (name_is(name, len, "sys_fallocate") || name_is(name, len, "sys_enter_fallocate"))
		return read_fallocate(c, ev);
	if (name_is(name, len, "mmap_lock_start_locking"))
		return read_mmap_lock(c, ev, FT_MMAP_START);
	if (name_is(name, len, "mmap_lock_acquire_returned"))
		return read_mmap_lock(c, ev, FT_MMAP_GOT);
	if (name_is(name, len, "mmap_lock_released"))
		return read_mmap_lock(c, ev, FT_MMAP_DONE);
	if (name_is(name, len, "contention_begin"))
		return read_lock(c, ev, FT_LOCK_BEGIN);
	if (name_is(name, len, "contention_end"))
		return read_lock(c, ev, FT_LOCK_END);
	if (name_is(name, len, "kvm_unmap_hva_range"))
		return read_unmap(c, ev);
	if (name_is(name, len, "tlb_flush") && has(c, "remote IPI send"))
		ev->type = FT_TLB_SEND;
	return true;
}

/* "sys_ioctl -> 0x0", or "sys_exit_ioctl: 0x0" */
static bool read_exit(struct cursor *c, struct ft_event *ev, const char *text)
{
	u64 value = 0;

	field(c, text, &value);
	ev->a = value;
	ev->type = FT_SYSCALL_END;
	return true;
}

/* The event's name and fields; c->p is behind "TIME: ". */
static bool take_event(struct cursor *c, struct ft_event *ev)
{
	const char *name = c->p, *e, *colon;

	for (e = name; e < c->end && (g_ascii_isalnum(*e) || *e == '_'); e++)
		;
	/* perf script says exceptions:page_fault_user: */
	if (e + 1 < c->end && *e == ':' && (g_ascii_isalpha(e[1]) || e[1] == '_')) {
		colon = e + 1;
		for (e = colon; e < c->end && (g_ascii_isalnum(*e) || *e == '_'); e++)
			;
		name = colon;
	}
	if (e == name)
		return *name == '<' || fail(c, name, "the name of an event is expected here");
	c->p = e;
	if (g_str_has_prefix(name, "sys_exit_"))
		return read_exit(c, ev, ":");
	if (g_str_has_prefix(name, "sys_") && e + 3 < c->end && memcmp(e, " -> ", 4) == 0)
		return read_exit(c, ev, "-> ");
	if (e == c->end || (*e != ':' && *e != '('))
		return fail(c, e, "':' is expected behind the name of an event");
	c->p = e + 1;
	return read_event(c, ev, name, (size_t)(e - name));
}

/* Comments, blank lines, and the lines of stack traces. */
static bool is_noise(struct ft_capture *cap, const struct cursor *c)
{
	const char *p = c->start;
	size_t len = (size_t)(c->end - p);

	if (len == 0 || *p == '#' || (len > 5 && memcmp(p, "cpus=", 5) == 0))
		return true;
	if (*p == '\t' || g_str_has_prefix(p, " => ") || g_str_has_prefix(p, "=> ")) {
		cap->stack_lines++;
		return true;
	}
	if (g_str_has_prefix(p, "CPU:") && g_strstr_len(p, (gssize)len, " [LOST ")) {
		cap->lost +=
			g_ascii_strtoull(g_strstr_len(p, (gssize)len, " [LOST ") + 7, NULL, 10);
		return true;
	}
	return strspn(p, " \r") >= len;
}

static bool read_line(struct ft_capture *cap, struct cursor *c)
{
	struct ft_event ev = {.line = c->line};
	const char *bracket;
	u64 cpu;

	if (is_noise(cap, c))
		return true;
	skip_blanks(c);
	bracket = find_bracket(c);
	if (!bracket)
		return fail(c, c->p, "not a line of ftrace: NAME-PID [CPU] TIME: EVENT");
	if (!take_thread(cap, c, bracket, &ev.thread))
		return false;
	c->p = bracket + 1;
	if (!take_decimal(c, &cpu))
		return false;
	if (cpu > 1023)
		return fail(c, bracket, "more than 1024 CPUs");
	ev.cpu = (u16)cpu;
	cap->cpus = MAX(cap->cpus, (u32)cpu + 1);
	c->p++;
	skip_blanks(c);
	/* flags, if any: a time stamp starts with a digit and they do not */
	if (c->p < c->end && !is_digit(*c->p)) {
		while (c->p < c->end && *c->p != ' ')
			c->p++;
		skip_blanks(c);
	}
	if (!take_time(c, &ev.at_ns))
		return false;
	if (c->p == c->end || *c->p != ':')
		return fail(c, c->p, "':' is expected behind the time stamp");
	c->p++;
	skip_blanks(c);
	if (!take_event(c, &ev))
		return false;
	if (cap->events->len == IMPORT_EVENTS_MAX)
		return fail(c, c->start, "more than 8 million events");
	g_array_append_val(cap->events, ev);
	return true;
}

static gint compare_events(gconstpointer va, gconstpointer vb)
{
	const struct ft_event *a = va, *b = vb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

bool ft_read(struct ft_capture *cap, const char *buf, size_t len, struct import_error *err)
{
	struct cursor c = {.err = err};
	const char *p = buf, *end = buf + len;
	g_autoptr(GString) line = g_string_new(NULL);

	*cap = (struct ft_capture){
		.events = g_array_new(FALSE, FALSE, sizeof(struct ft_event)),
		.threads = g_array_new(FALSE, FALSE, sizeof(struct ft_thread)),
		.by_pid = g_hash_table_new(NULL, NULL),
	};
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		c.line++;
		if (n > IMPORT_LINE_MAX) {
			c.start = p;
			return fail(&c, p, "line is longer than 65536 bytes");
		}
		/* a copy ends in a NUL, so that looking for a text cannot run past it */
		g_string_truncate(line, 0);
		g_string_append_len(line, p, (gssize)n);
		c.start = c.p = line->str;
		c.end = c.start + strlen(line->str);
		if ((size_t)(c.end - c.start) != n)
			return fail(&c, c.end, "a NUL byte: this is not text");
		if (!read_line(cap, &c))
			return false;
		p += n + 1;
	}
	if (!cap->events->len) {
		c.line = 0;
		c.start = buf;
		return fail(&c, buf, "no event in the file");
	}
	g_array_sort(cap->events, compare_events);
	cap->start_ns = ft_event_at(cap, 0)->at_ns;
	return true;
}

void ft_capture_free(struct ft_capture *cap)
{
	g_array_free(cap->events, TRUE);
	g_array_free(cap->threads, TRUE);
	g_hash_table_destroy(cap->by_pid);
}
