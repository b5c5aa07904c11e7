/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/types.h - fixed-width types, and the handful of macros kernel readers expect.
 */
#ifndef SIM_TYPES_H
#define SIM_TYPES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* Simulated time, nanoseconds since the start of the run. */
typedef u64 sim_ns;

#define SIM_NS_MAX   UINT64_MAX
#define NSEC_PER_US  1000ull
#define NSEC_PER_MS  1000000ull
#define NSEC_PER_SEC 1000000000ull

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define ARRAY_SIZE(a)			(sizeof(a) / sizeof((a)[0]))
#define min(a, b)			((a) < (b) ? (a) : (b))
#define max(a, b)			((a) > (b) ? (a) : (b))
#define BIT(n)				(1u << (n))
#define BIT_ULL(n)			(1ull << (n))
#define ALIGN_DOWN(x, a)		((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a)			ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a)		(((x) & ((__typeof__(x))(a) - 1)) == 0)

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define __printf(f, a) __attribute__((format(printf, f, a)))

/*
 * Errors of the modelled kernel that user space never sees in errno.h.  They stay inside the
 * model: an operation's result is always 0, a positive count or one of errno.h's, negated.
 */
#define ERESTARTSYS 512

#endif
