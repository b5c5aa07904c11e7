// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim list: what there is to choose from.
 *
 * Each kind is a function that hands out its i-th row; text and JSON are made from the same rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/costs.h"
#include "model/counters.h"
#include "model/fails.h"
#include "model/lockings.h"
#include "model/seamcalls.h"
#include "tools/cmd.h"
#include "tools/explore/explore.h"
#include "tools/replay/replay.h"
#include "tools/report/json.h"

#define COLUMNS 5

/* A row: a name and up to four more columns; strings live until the list is printed. */
struct row {
	const char *column[COLUMNS];
};

struct list {
	const char *kind;
	const char *column[COLUMNS]; /* keys in JSON; NULL: not there */
	bool (*row)(struct list *l, u32 i, struct row *row);
	/* written while the list is printed */
	GPtrArray *paths; /* of traces */
	GPtrArray *kept;  /* strings made on the way */
};

static bool row_bugs(struct list *l, u32 i, struct row *row)
{
	const struct bug_desc *bug = replay_bug(i);

	if (!bug)
		return false;
	row->column[0] = bug->slug;
	row->column[1] = bug->status;
	row->column[2] = bug->rules;
	row->column[3] = bug->text;
	return true;
}

static bool row_kernels(struct list *l, u32 i, struct row *row)
{
	static const char *const help[] = {
		"faults take no invalidate lock; attributes are the VM's",
		"4K conversion in place: faults share the invalidate lock, attributes by file",
		"1G and 2M folios, split and merged in place: the tree of December 2025 as it is",
		"the same in the order announced in January 2026: what can fail comes first",
	};

	if (!cmd_kernels[i])
		return false;
	row->column[0] = cmd_kernels[i];
	row->column[1] = help[i];
	return true;
}

static bool row_lockings(struct list *l, u32 i, struct row *row)
{
	struct locking_text text;

	if (!locking_text(i, &text))
		return false;
	row->column[0] = text.name;
	row->column[1] = text.help;
	return true;
}

static bool row_costs(struct list *l, u32 i, struct row *row)
{
	if (i >= NR_COSTS)
		return false;
	row->column[0] = cost_descs[i].name;
	row->column[1] = cost_descs[i].unit;
	row->column[2] = cost_descs[i].text;
	return true;
}

static bool row_counters(struct list *l, u32 i, struct row *row)
{
	if (i >= NR_COUNTERS)
		return false;
	row->column[0] = counter_descs[i].name;
	row->column[1] = counter_descs[i].text;
	return true;
}

static bool row_fails(struct list *l, u32 i, struct row *row)
{
	if (i >= NR_FAILS)
		return false;
	row->column[0] = fail_descs[i].name;
	row->column[1] = fail_kind_name(fail_descs[i].kind);
	row->column[2] = fail_descs[i].where;
	row->column[3] = fail_descs[i].what;
	return true;
}

static bool row_seamcalls(struct list *l, u32 i, struct row *row)
{
	struct seamcall_text *t = g_new(struct seamcall_text, 1);

	g_ptr_array_add(l->kept, t);
	if (!seamcall_text(i, t))
		return false;
	row->column[0] = t->name;
	row->column[1] = t->number;
	row->column[2] = t->locks;
	row->column[3] = t->op_states;
	row->column[4] = t->entry_states;
	return true;
}

static bool row_rules(struct list *l, u32 i, struct row *row)
{
	row->column[0] = trace_rule_name(i);
	return row->column[0] != NULL;
}

static bool row_strategies(struct list *l, u32 i, struct row *row)
{
	row->column[0] = campaign_strategies[i].name;
	row->column[1] = campaign_strategies[i].help;
	return row->column[0] != NULL;
}

static bool row_verbs(struct list *l, u32 i, struct row *row)
{
	char *usage;

	if (i >= TRACE_OP_END)
		return false;
	usage = g_malloc(TRACE_USAGE_MAX);
	g_ptr_array_add(l->kept, usage);
	row->column[0] = trace_verbs[i].name;
	row->column[1] = trace_verb_usage((enum trace_verb)i, usage);
	row->column[2] = trace_verbs[i].issue && trace_verbs[i].issue <= TRACE_THIS_ISSUE ?
				 trace_verbs[i].help :
				 "not supported yet";
	return true;
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_traces(struct list *l, const char *dir)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	if (!d)
		return;
	while ((name = g_dir_read_name(d))) {
		char *path = g_build_filename(dir, name, NULL);

		if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
			find_traces(l, path);
			g_free(path);
		} else if (g_str_has_suffix(name, ".gms")) {
			g_ptr_array_add(l->paths, path);
		} else {
			g_free(path);
		}
	}
	g_dir_close(d);
}

static bool row_traces(struct list *l, u32 i, struct row *row)
{
	struct trace_errors errs = {0};
	struct trace *t;

	if (!l->paths) {
		l->paths = g_ptr_array_new_with_free_func(g_free);
		find_traces(l, "traces");
		if (!l->paths->len)
			find_traces(l, GMEMSIM_DATADIR "/traces");
		g_ptr_array_sort(l->paths, compare_paths);
	}
	if (i >= l->paths->len)
		return false;
	row->column[0] = l->paths->pdata[i];
	t = trace_parse_file(row->column[0], &replay_names, &errs);
	row->column[1] = t ? g_strdup(t->title) : g_strdup("(does not parse)");
	g_ptr_array_add(l->kept, (char *)row->column[1]);
	trace_free(t);
	trace_errors_finish(&errs);
	return true;
}

static const struct list lists[] = {
	{"traces", {"path", "title"}, row_traces, NULL, NULL},
	{"bugs", {"slug", "status", "rule", "text"}, row_bugs, NULL, NULL},
	{"kernels", {"name", "text"}, row_kernels, NULL, NULL},
	{"lockings", {"name", "text"}, row_lockings, NULL, NULL},
	{"costs", {"name", "unit", "text"}, row_costs, NULL, NULL},
	{"counters", {"name", "text"}, row_counters, NULL, NULL},
	{"fails", {"name", "kind", "where", "what"}, row_fails, NULL, NULL},
	{"rules", {"rule"}, row_rules, NULL, NULL},
	{"seamcalls", {"leaf", "number", "locks", "op_states", "entry_states"}, row_seamcalls, NULL,
	 NULL},
	{"strategies", {"name", "text"}, row_strategies, NULL, NULL},
	{"verbs", {"name", "usage", "text"}, row_verbs, NULL, NULL},
};

static void put_json(struct list *l, const GArray *rows)
{
	struct json j;

	json_init(&j, stdout);
	json_array(&j, NULL);
	for (u32 i = 0; i < rows->len; i++) {
		const struct row *row = &g_array_index(rows, struct row, i);

		json_flat_object(&j, NULL);
		for (int c = 0; c < COLUMNS && l->column[c]; c++)
			json_string(&j, l->column[c], row->column[c]);
		json_end(&j);
	}
	json_end(&j);
	json_finish(&j);
}

/* Text from @column on, broken between words where the line would be long.  Return: the column. */
static int put_words(const char *text, int column)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 0);

	for (char **w = words; *w; w++) {
		int len = (int)strlen(*w);

		if (w > words && column + 1 + len > 100)
			column = printf("\n%*s", 10, "") - 1;
		column += printf(" %s", *w);
	}
	return column;
}

/* Names in a column as wide as the longest; what follows is indented if the line would be long. */
static void put_text(struct list *l, const GArray *rows)
{
	int width = 0;

	for (u32 i = 0; i < rows->len; i++)
		width = MAX(width, (int)strlen(g_array_index(rows, struct row, i).column[0]));
	for (u32 i = 0; i < rows->len; i++) {
		const struct row *row = &g_array_index(rows, struct row, i);
		int column = printf("%-*s", l->column[1] ? width : 0, row->column[0]);

		for (int c = 1; c < COLUMNS && l->column[c]; c++) {
			int len = (int)strlen(row->column[c]);

			if (column + 2 + len > 100)
				column = printf("\n%*s", 6, "") - 1;
			column = put_words(row->column[c], column + printf(" "));
		}
		putchar('\n');
	}
}

static void put_list(const struct list *kind, bool json)
{
	struct list copy = *kind, *l = &copy;
	g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, sizeof(struct row));
	struct row row = {0};

	l->kept = g_ptr_array_new_with_free_func(g_free);
	for (u32 i = 0; l->row(l, i, &row); i++)
		g_array_append_val(rows, row);
	if (json)
		put_json(l, rows);
	else
		put_text(l, rows);
	g_ptr_array_free(l->kept, TRUE);
	if (l->paths)
		g_ptr_array_free(l->paths, TRUE);
}

int cmd_list(const struct cmd *cmd, int argc, char **argv)
{
	gboolean json = FALSE;
	const GOptionEntry table[] = {
		{"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
		{0},
	};
	g_auto(GStrv) args = NULL;

	if (!cmd_parse(cmd, table, argc, argv, &args))
		return EXIT_USAGE;
	for (size_t i = 0; args[0] && !args[1] && i < G_N_ELEMENTS(lists); i++) {
		if (strcmp(lists[i].kind, args[0]) == 0) {
			put_list(&lists[i], json);
			return EXIT_EXPECTED;
		}
	}
	cmd_talk(cmd, "list what? %s", cmd->args);
	return EXIT_USAGE;
}
