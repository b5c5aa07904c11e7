/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The small protocol of tools/benches/bench_peer.c, operation by operation, for Spin
 * (https://spinroot.com): all its states.  -DFAULTS=1: two tasks; -DFAULTS=2 -DOTHER: four.
 */
#define SHARED	 0
#define PRIVATE	 1
#define UNMAPPED 2

/* rwlocks: -1 held exclusively, else the number of readers */
short invalidate_lock, mmu_lock;
byte attribute = SHARED, seq, in_progress, mapping = UNMAPPED, running;

inline write_lock(l) { atomic { l == 0 -> l = -1 } }
inline write_unlock(l) { l = 0 }
inline read_lock(l) { atomic { l >= 0 -> l++ } }
inline read_unlock(l) { l-- }

proctype convert()
{
	write_lock(invalidate_lock);
	write_lock(mmu_lock);
	in_progress++;
	mapping = UNMAPPED;
	write_unlock(mmu_lock);
	attribute = PRIVATE;
	write_lock(mmu_lock);
	seq++;
	in_progress--;
	write_unlock(mmu_lock);
	write_unlock(invalidate_lock);
	running--
}

proctype fault()
{
	byte snapshot, attr;
	bit retry;

again:
	snapshot = seq;
	attr = attribute;
	read_lock(invalidate_lock);
	read_unlock(invalidate_lock);
	write_lock(mmu_lock);
	retry = in_progress != 0;
	if
	:: !retry -> retry = seq != snapshot
	:: else
	fi;
	if
	:: !retry -> mapping = attr
	:: else
	fi;
	write_unlock(mmu_lock);
	if
	:: retry -> goto again
	:: else
	fi;
	running--
}

proctype other()
{
	read_lock(invalidate_lock);
	read_unlock(invalidate_lock);
	running--
}

init {
	byte i;

	atomic {
		running = 1 + FAULTS;
		run convert();
		for (i : 1 .. FAULTS) {
			run fault()
		}
#ifdef OTHER
		running++;
		run other()
#endif
	}
	running == 0;
	assert(mapping == UNMAPPED || mapping == attribute)
}
