/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/mm/ledger.h - who should hold how many references, counted anew from the structures.
 */
#ifndef MODEL_MM_LEDGER_H
#define MODEL_MM_LEDGER_H

#include "model/machine.h"

/**
 * mm_check_at_rest - references, mapcounts, free pages, page cache and page tables agree.
 *
 * Context: after the run, nothing executes.
 * Return: number of violations, each recorded as a finding (refcount, freed-mapped, lifetime).
 */
u32 mm_check_at_rest(struct machine *m);

#endif
