/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/watchdogs.h - a guest's kernel that watches itself: sim/watchdog.h with vCPUs as its CPUs.
 */
#ifndef MODEL_WATCHDOGS_H
#define MODEL_WATCHDOGS_H

#include "model/types.h"
#include "sim/watchdog.h"

struct vm;

/**
 * vm_set_watchdogs - the guest's kernel watches its vCPUs.
 *
 * Context: set-up, after the tasks of all vCPUs were bound; once.  For simulations in time order.
 */
void vm_set_watchdogs(struct vm *vm, const struct watchdog_config *cfg);

#endif
