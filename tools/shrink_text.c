// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace's text with less in it.  See shrink_text.h.
 */
#include <string.h>

#include "tools/shrink_text.h"

#define SPREAD_MAX 256 /* tasks of one section */

static bool is_section(const char *line)
{
	return line[0] == '[';
}

static bool opens_block(const char *line)
{
	return g_str_has_suffix(line, "{");
}

static bool closes_block(const char *line)
{
	return line[strspn(line, "\t ")] == '}';
}

/* Up to the next section. */
static u32 section_len(char *const *lines, u32 i)
{
	u32 n = 1;

	while (lines[i + n] && !is_section(lines[i + n]))
		n++;
	return n;
}

/* A line, or a block up to the "}" that belongs to it. */
static u32 line_len(char *const *lines, u32 i)
{
	u32 depth = 0, n = 0;

	do {
		depth += opens_block(lines[i + n]);
		depth -= depth && closes_block(lines[i + n]);
		n++;
	} while (depth && lines[i + n]);
	return n;
}

static void add(GArray *units, u32 changes, enum shrink_change change, u32 first, u32 n)
{
	struct shrink_unit unit = {change, first, n};

	if (changes & BIT(change))
		g_array_append_val(units, unit);
}

static u64 repeats(const char *line)
{
	line += strspn(line, "\t ");
	return g_str_has_prefix(line, "repeat ") ? g_ascii_strtoull(line + 7, NULL, 10) : 0;
}

/* Sections whose lines can go one by one, and who can go as a whole. */
static bool has_lines(const char *header)
{
	return g_str_has_prefix(header, "[task ") || g_str_has_prefix(header, "[preamble ") ||
	       g_str_has_prefix(header, "[final]");
}

static bool can_go(const char *header)
{
	return has_lines(header) || g_str_has_prefix(header, "[cost]") ||
	       g_str_has_prefix(header, "[tdx]");
}

GArray *shrink_units(char *const *lines, u32 changes)
{
	GArray *units = g_array_new(FALSE, FALSE, sizeof(struct shrink_unit));
	bool in_body = false;

	for (u32 i = 0; lines[i]; i++) {
		u32 n;

		if (is_section(lines[i])) {
			in_body = has_lines(lines[i]);
			if (can_go(lines[i]))
				add(units, changes,
				    g_str_has_prefix(lines[i], "[task ") ? SHRINK_TASK :
									   SHRINK_SECTION,
				    i, section_len(lines, i));
			continue;
		}
		if (!in_body || !*lines[i] || closes_block(lines[i]))
			continue;
		n = line_len(lines, i);
		add(units, changes, SHRINK_LINE, i, n);
		if (strchr(lines[i], '{'))
			add(units, changes, SHRINK_UNWRAP, i, n);
		if (repeats(lines[i]) > 1)
			add(units, changes, SHRINK_HALVE, i, n);
	}
	return units;
}

/* "repeat 8 { run 1us }" as "run 1us"; of a block of several lines, its first or last one */
static void put_unwrapped(GString *g, const char *line)
{
	const char *open = strchr(line, '{'), *close = strrchr(line, '}');

	if (open && close > open)
		g_string_append_len(g, open + 1, close - open - 1);
}

static void put_halved(GString *g, const char *line)
{
	const char *number = line + strspn(line, "\t ") + strlen("repeat ");

	g_string_append_printf(g, "%.*s%" G_GUINT64_FORMAT "%s", (int)(number - line), line,
			       repeats(line) / 2, number + strspn(number, "0123456789"));
}

static void put_line(GString *g, const struct shrink_unit *unit, const char *line, u32 i)
{
	bool end = i == unit->first || i == unit->first + unit->n - 1;

	if (unit->change == SHRINK_UNWRAP && end)
		put_unwrapped(g, line);
	else if (unit->change == SHRINK_HALVE && i == unit->first)
		put_halved(g, line);
	else if (unit->change >= SHRINK_UNWRAP)
		g_string_append(g, line);
}

char *shrink_apply(char *const *lines, const struct shrink_unit *units, u32 n)
{
	GString *g = g_string_new(NULL);

	for (u32 i = 0; lines[i]; i++) {
		const struct shrink_unit *unit = NULL;

		for (u32 k = 0; k < n && !unit; k++) {
			if (i >= units[k].first && i < units[k].first + units[k].n)
				unit = &units[k];
		}
		if (unit)
			put_line(g, unit, lines[i], i);
		else
			g_string_append(g, lines[i]);
		if (lines[i + 1])
			g_string_append_c(g, '\n');
	}
	return g_string_free(g, FALSE);
}

/* "vcpu12" is "vcpu" and 12. */
static u32 split_name(const char *name, u64 *number)
{
	u32 len = (u32)strlen(name), head = len;

	while (head && g_ascii_isdigit(name[head - 1]))
		head--;
	*number = g_ascii_strtoull(name + head, NULL, 10);
	return head < len ? head : 0;
}

/* What stands behind the name, for the @i-th of the tasks: "cpu=2..5" is "cpu=3" for the second. */
static void put_rest(GString *g, char *const *words, u64 i)
{
	for (u32 k = 0; words[k]; k++) {
		const char *dots = strstr(words[k], "..");

		if (g_str_has_prefix(words[k], "cpu=") && dots)
			g_string_append_printf(g, " cpu=%" G_GUINT64_FORMAT,
					       g_ascii_strtoull(words[k] + 4, NULL, 10) + i);
		else
			g_string_append_printf(g, " %s", words[k]);
	}
}

/* Return: false, and nothing put, if the section at @i is not one of several tasks. */
static bool put_spread(GString *g, char *const *lines, u32 i, u32 n)
{
	g_auto(GStrv) words = NULL;
	g_autofree char *header = g_strndup(lines[i], strcspn(lines[i], "]"));
	u64 from, to;
	char *dots;
	u32 head;

	words = g_strsplit(header, " ", 0);
	if (!g_str_has_prefix(header, "[task ") || !words[1] || !(dots = strstr(words[1], "..")))
		return false;
	*dots = 0;
	head = split_name(words[1], &from);
	split_name(dots + 2, &to);
	if (!head || to < from || to - from >= SPREAD_MAX)
		return false;
	for (u64 task = from; task <= to; task++) {
		g_string_append_printf(g, "[task %.*s%" G_GUINT64_FORMAT, (int)head, words[1],
				       task);
		put_rest(g, words + 2, task - from);
		g_string_append(g, "]\n");
		for (u32 k = 1; k < n; k++)
			g_string_append_printf(g, "%s\n", lines[i + k]);
	}
	return true;
}

char *shrink_spread(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
	GString *g = g_string_new(NULL);

	for (u32 i = 0, n; lines[i]; i += n) {
		n = is_section(lines[i]) ? section_len(lines, i) : 1;
		if (put_spread(g, lines, i, n))
			continue;
		for (u32 k = 0; k < n; k++)
			g_string_append_printf(g, "%s\n", lines[i + k]);
	}
	return g_string_free(g, FALSE);
}

char *shrink_close_gaps(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
	GString *g = g_string_new(NULL);

	for (u32 i = 0; lines[i]; i++) {
		if (is_section(lines[i]) && g->len)
			g_string_append_c(g, '\n');
		if (*lines[i])
			g_string_append_printf(g, "%s\n", lines[i]);
	}
	return g_string_free(g, FALSE);
}
