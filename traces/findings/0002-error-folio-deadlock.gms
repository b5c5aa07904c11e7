gmemsim trace 1
# A memory error takes the folio lock, then the invalidate lock; a hole takes them the other way.
#
# free: none
title = "a memory error against a hole"
expect = deadlock

[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 4K

[task vmm]
allocate 0 len=4K expect=ok
punch 0 len=4K

[task kernel0]
memory-failure 0

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0x829a2a9dd19f0e99
finding = 1
seed = 13608149317741381227
fingerprint = 0x7483d599f5ceec8d
steps = 71
preemptions = 1
zero-values = yes
depart = 32 kernel0/3 after vmm/2@28 0x77c110c4c1e174a
depart = 46 kernel0/3 after kworker_0/0@6 0x938c75300233d828
