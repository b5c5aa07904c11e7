/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/tdx_config.h - what the TDX module of a machine is like: how much it has, which version.
 */
#ifndef MODEL_TDX_CONFIG_H
#define MODEL_TDX_CONFIG_H

#include "sim/types.h"

struct task;

struct tdx_module_config {
	/* written by the caller before tdx_module_create(); constant afterwards */
	u64 tdmr_pages;	  /* memory that TDs can have: frames below; 0: all */
	u32 nr_packages;  /* 0: 1 */
	u32 nr_hkids;	  /* private ones; 0: 64 */
	bool dynamic_pamt;
	/* what differs between versions; false is 1.5.28 and later */
	bool zero_step_exclusive; /* zero-step mitigation takes the tree exclusive (to 2.0.04) */
	bool promote_shared;	  /* PROMOTE takes the tree shared and each child (1.5.01) */
	bool demote_polls;	  /* DEMOTE looks for interrupts without L2 VMs, too (to 1.5.27) */
	bool hp_lost;		  /* entry stores forget the host's priority (1.5.01, 2.0.04) */
	bool accept_stale_leaf;	  /* ACCEPT judges leafness by what it read without the lock */
	bool nonblocking_resize;  /* DEMOTE needs no BLOCK and TRACK: announced, in no tree */
	sim_ns hp_timeout_ns;	  /* 0: 1 s */
	/* does an interrupt wait for the CPU of @me?  NULL: as need_resched() says */
	bool (*interrupt_pending)(struct task *me);
};

#endif
