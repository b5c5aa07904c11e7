gmemsim trace 1
# Imported by gmemsim from E1_bindunbind_whole64M.txt.gz: 648 events of 5 threads in 41.601 ms.
# name,op,count,pages,mean_ns,p50_ns,p99_ns,p999_ns,max_ns,net_mean_ns,net_p99_ns,net_max_ns
# E1_bindunbind_whole64M,punch,1,16384,25484019,25484019,25484019,25484019,25484019,22137019,22137019,22137019
# E1_bindunbind_whole64M,bind,27,13824,1087976,12486,28844982,28844982,28844982,897643,23705982,23705982
# E1_bindunbind_whole64M,unbind,27,13824,11060,9905,21406,21406,21406,11060,21406,21406
# E1_bindunbind_whole64M,punch_total,1,16384,25499079,25499079,25499079,25499079,25499079,22152079,22152079,22152079
# E1_bindunbind_whole64M,bind/during-punch,1,1,28844982,28844982,28844982,28844982,28844982,23705982,23705982,23705982
# E1_bindunbind_whole64M,bind/outside-punch,26,26,20399,12486,127020,127020,127020,20399,127020,127020
# E1_bindunbind_whole64M,unbind/outside-punch,27,27,11060,9905,21406,21406,21406,11060,21406,21406
#
# Inferred: the file has 67584 KiB; it started as all pages written and mapped in the process (as told).
# Task "prepare" makes it so before the recorded times, which are moved by 51ms.
# Merged: 0 faults that repeated the one before.  Dropped: 0 faults outside the
# file (stacks, code), 0 mmap_lock sections that belong to none, 0 mmap or munmap calls
# of unknown size, all threads but the program's.
#
# The real kernel's figures, from the events:
# real punch call: n=1 p50_us=25480.0 max_us=25480.0 total_us=25480.0
# real invalidate lock held by punch: n=1 p50_us=25480.0 max_us=25480.0 total_us=25480.0
# real invalidate lock write wait: n=1 p50_us=26958.0 max_us=26958.0 total_us=26958.0
# real ioctl call: n=54 p50_us=11.0 max_us=28837.0 total_us=29635.0
title = "Recorded: E1_bindunbind_whole64M.txt.gz"

[machine]
cpus = 2
preempt = none

[design]
kernel = mainline
locking = file

[cost]
include = debian-vm

[vm vm0]
type = default
gmem ram size=66M

[task prepare kind=vmm vm=vm0]
access write 0 len=66M

[task g-bind1 kind=vmm vm=vm0 cpu=0]
at 51216us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 385us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 392us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 390us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 393us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 394us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 387us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 376us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 391us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 374us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 379us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 1634us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 383us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 376us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 376us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 393us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 373us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 372us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 372us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 371us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 371us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 370us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 371us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 372us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 379us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 373us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1
after 379us bind slot=1 gpa=64M offset=64M len=2M
unbind slot=1

[task g-punch0 kind=vmm vm=vm0 cpu=1]
at 61628us punch 0 len=64M
