/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/benches/pairs.h - lock pairs in a simulation of their own, with the locks as they are and
 * with the bare copy (bare.h): pairs.c is compiled twice.
 */
#ifndef TOOLS_BENCHES_PAIRS_H
#define TOOLS_BENCHES_PAIRS_H

#include "sim/types.h"

enum lock_kind { MUTEX, RWSEM_R, RWSEM_W, RWLOCK_R, RWLOCK_W, SPINLOCK, SRCU, BITLOCK, MEET };
enum pairs_setting { FIFO, RANDOM, THREADS, THREADS_NOSTAT };

/**
 * pairs_run - @n pairs by @tasks tasks together.
 * @kind: MEET is a mutex with a visible operation inside, so that the tasks meet
 *
 * Return: CPU time, ns.
 */
double pairs_run(enum lock_kind kind, enum pairs_setting setting, u32 tasks, u64 n);
double bare_pairs_run(enum lock_kind kind, enum pairs_setting setting, u32 tasks, u64 n);

#endif
