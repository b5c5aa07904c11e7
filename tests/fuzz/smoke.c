// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzz target without a fuzzer: the corpus, its truncations, and a bounded number of mutations
 * that are a function of the seed. Runs in every build, sanitizers included.
 *
 * usage: fuzz_X SEED COUNT DICTIONARY FILE_OR_DIRECTORY...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (64u << 10)

struct smoke {
	u64 seed;
	GPtrArray *corpus; /* GString */
	GPtrArray *words;  /* char *, of the dictionary */
	GString *input;
};

static u64 below(struct smoke *s, u64 n)
{
	u64 z = (s->seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % n;
}

static void run(const GString *input)
{
	/* in a block of its own size, so that a sanitizer sees the first byte too many */
	u8 *copy = malloc(input->len ? input->len : 1);

	memcpy(copy, input->str, input->len);
	LLVMFuzzerTestOneInput(copy, input->len);
	free(copy);
}

static const GString *pick(struct smoke *s)
{
	return s->corpus->pdata[below(s, s->corpus->len)];
}

/* A place in the text; often the beginning of a word or of a line. */
static size_t place(struct smoke *s)
{
	size_t at = below(s, s->input->len + 1);
	const char *p;

	if (below(s, 3) == 0)
		return at;
	p = strpbrk(s->input->str + at, below(s, 2) ? " =\n" : "\n");
	return p ? p + 1 - s->input->str : at;
}

static void mutate(struct smoke *s)
{
	GString *in = s->input;
	size_t at = place(s), len;
	const GString *other = pick(s);

	switch (below(s, 8)) {
	case 0: /* one byte */
		if (at < in->len)
			in->str[at] = below(s, 256);
		break;
	case 1: /* a bit */
		if (at < in->len)
			in->str[at] ^= 1 << below(s, 8);
		break;
	case 2: /* cut a piece out */
		len = below(s, 40);
		if (at + len <= in->len)
			g_string_erase(in, at, len);
		break;
	case 3: /* say a piece twice */
		len = below(s, 200);
		if (at + len <= in->len) {
			g_autofree char *piece = g_strndup(in->str + at, len);

			g_string_insert_len(in, place(s), piece, strlen(piece));
		}
		break;
	case 4: /* a piece of another input */
		len = below(s, 300);
		if (len < other->len)
			g_string_insert_len(in, at, other->str + below(s, other->len - len), len);
		break;
	case 5: /* cut the end off */
		if (below(s, 8) == 0)
			g_string_truncate(in, at);
		break;
	default: /* a word that means something */
		g_string_insert(in, at, s->words->pdata[below(s, s->words->len)]);
	}
	if (in->len > INPUT_MAX)
		g_string_truncate(in, INPUT_MAX);
}

/* A libFuzzer dictionary: one "word" on a line, with \xNN, \\ and \" in it. */
static void load_words(struct smoke *s, const char *path)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		exit(2);
	lines = g_strsplit(text, "\n", -1);
	for (u32 i = 0; lines[i]; i++) {
		char *open = strchr(lines[i], '"'), *close = strrchr(lines[i], '"');

		if (lines[i][0] == '#' || !open || close == open)
			continue;
		*close = 0;
		g_ptr_array_add(s->words, g_strcompress(open + 1));
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void load_inputs(struct smoke *s, const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;
	g_autofree char *text = NULL;
	size_t len;

	if (!dir) {
		if (!g_file_get_contents(path, &text, &len, NULL))
			exit(2);
		g_ptr_array_add(s->corpus, g_string_new_len(text, len));
		return;
	}
	while ((name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_build_filename(path, name, NULL));
	g_dir_close(dir);
	/* the order of a directory is not an input */
	g_ptr_array_sort(names, by_name);
	for (u32 i = 0; i < names->len; i++)
		load_inputs(s, names->pdata[i]);
}

static void free_string(void *string)
{
	g_string_free(string, true);
}

int main(int argc, char **argv)
{
	struct smoke s = {.corpus = g_ptr_array_new_with_free_func(free_string),
			  .words = g_ptr_array_new_with_free_func(g_free),
			  .input = g_string_new(NULL)};
	u64 seed, count;

	if (argc < 5)
		return 2;
	seed = strtoull(argv[1], NULL, 0);
	count = strtoull(argv[2], NULL, 0);
	load_words(&s, argv[3]);
	for (int i = 4; i < argc; i++)
		load_inputs(&s, argv[i]);
	for (u32 i = 0; i < s.corpus->len; i++) {
		const GString *in = s.corpus->pdata[i];

		/* the file, and the file cut off at some hundred places */
		for (size_t len = in->len + 1; len--;) {
			g_string_truncate(s.input, 0);
			g_string_append_len(s.input, in->str, len);
			run(s.input);
			len -= len > in->len / 128 ? in->len / 128 : 0;
		}
	}
	for (u64 n = 0; n < count; n++) {
		const GString *in;

		s.seed = seed + n * 0x51ed2701;
		in = pick(&s);
		g_string_truncate(s.input, 0);
		g_string_append_len(s.input, in->str, in->len);
		for (u32 k = 1 + below(&s, 4); k--;)
			mutate(&s);
		run(s.input);
	}
	printf("%u files, %llu mutations\n", s.corpus->len, (unsigned long long)count);
	g_ptr_array_free(s.corpus, true);
	g_ptr_array_free(s.words, true);
	g_string_free(s.input, true);
	return 0;
}
