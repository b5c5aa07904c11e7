// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/tdx/content.c - what the pages of TDs contain, in the tags of model/mm/folio.h.
 *
 * Private memory is encrypted: from the moment a page is a TD's until somebody writes it anew, the
 * host reads nonsense.  As a tag that is "stale, of the TD": a host that reads it is a content
 * finding.  ACCEPT zeroes a page for the guest, PAGE.ADD copies into it, and what the guest then
 * writes is its own.  REMOVE and RECLAIM clear nothing: the page is stale until the host has.
 *
 * Frames that the memory map does not know have no content; the module itself does not care.  A
 * folio of one piece stays one piece if all of it changes, or nothing does.
 *
 * Invariant: only frames whose PAMT entry the caller has exclusive, or S-EPT entry locked, change.
 *
 * Upstream: none: a convention of this model
 * Fidelity: simplified: no integrity, no poison: reading with the wrong key is a finding, not a #MC
 */
#include "model/mm/folio.h"
#include "model/tdx/internal.h"

/* Context: a frame in a section is that of a folio. */
static bool frame_known(const struct folio_map *map, pfn_t pfn)
{
	return pfn && (pfn >= map->block_start || pfn <= load_acquire(map->nr_used));
}

static void set_word(union content *word, u32 owner, enum content_state state, u8 byte)
{
	union content c = { .raw = load_acquire(word->raw) };

	c.state = state;
	c.owner = owner;
	c.byte = byte;
	c.generation++;
	store_release(word->raw, c.raw);
}

/* Frames [@pfn, @pfn + @nr) get this content, of @owner. */
static void set_frames(struct task *me, struct tdx_module *mod, pfn_t pfn, u64 nr, u32 owner,
		       enum content_state state, u8 byte)
{
	const struct folio_map *map = mod->m->folios;
	struct folio *folio, *page;
	bool whole;

	if (!frame_known(map, pfn))
		return;
	folio = pfn_folio(map, pfn);
	whole = nr > 1 && folio_pfn(map, folio) == pfn && folio_nr_pages(folio) == nr;
	if (whole)
		set_word(&folio_large(folio)->content, owner, state, byte);
	for (pfn_t p = pfn; p < pfn + nr; p++) {
		if (!frame_known(map, p))
			return;
		page = pfn_page(map, p);
		if (!page && (whole || page_content(map, p).state == state)) {
			p |= FOLIO_CHUNK_SIZE - 1;
			continue;
		}
		if (!page)
			page = pfn_to_page(me, p);
		set_word(&page->content, owner, state, byte);
	}
}

/* The same for what this TD owns. */
static void set_range(struct task *me, struct tdx_td *td, pfn_t pfn, u64 nr,
		      enum content_state state, u8 byte)
{
	set_frames(me, td->mod, pfn, nr, td->owner, state, byte);
}

/**
 * content_private - the page is the TD's now; nobody has written it as such.
 */
void content_private(struct task *me, struct tdx_td *td, pfn_t pfn, int level)
{
	set_range(me, td, pfn, tdx_level_pages(level), CONTENT_STALE, 0);
}

/**
 * content_copy - the TD's page gets what is in @from.
 */
void content_copy(struct task *me, struct tdx_td *td, pfn_t pfn, pfn_t from)
{
	const struct folio_map *map = td->mod->m->folios;
	union content c = { .state = CONTENT_ZERO };

	if (frame_known(map, from))
		c = page_content(map, from);
	set_range(me, td, pfn, 1, c.state == CONTENT_ZERO ? CONTENT_ZERO : CONTENT_DATA,
		  (u8)c.byte);
}

/**
 * content_zero - the module has zeroed frames for the guest.
 */
void content_zero(struct task *me, struct tdx_td *td, pfn_t pfn, u64 nr)
{
	set_range(me, td, pfn, nr, CONTENT_ZERO, 0);
}

/**
 * content_given_back - the host has the page again, with what the TD left in it.
 */
void content_given_back(struct task *me, struct tdx_td *td, pfn_t pfn, int level)
{
	set_range(me, td, pfn, tdx_level_pages(level), CONTENT_STALE, 0);
}

void tdx_host_zero(struct task *me, struct tdx_module *mod, pfn_t pfn, u64 nr, u32 owner)
{
	set_frames(me, mod, pfn, nr, owner, CONTENT_ZERO, 0);
}
