gmemsim trace 1
# conformance: V7 [T]
# The same with allocation of the file before, and punching after each conversion.
title = "regions of a 2M+4K area"
[design]
kernel = mainline

[vm vm0]
type = sw-protected
memory = 0
vcpus = 1

[task vmm]
create f size=2052K expect=ok
mmap 0 len=2052K anon as=ram
bind slot=0 gpa=1G offset=0 len=2052K gmem=f map=ram expect=ok
# 4K at 0K
access write 0 len=2052K map=ram value=0x10
allocate 0K len=4K gmem=f expect=ok
attributes private 0x40000000 len=4K expect=ok
barrier step
barrier step
access read 0K len=4K map=ram expect=bytes:0x10
barrier step
barrier step
attributes shared 0x40000000 len=4K expect=ok
punch 0K len=4K gmem=f expect=ok
# 2048K at 0K
access write 0 len=2052K map=ram value=0x11
allocate 0K len=2048K gmem=f expect=ok
attributes private 0x40000000 len=2048K expect=ok
barrier step
barrier step
access read 0K len=2048K map=ram expect=bytes:0x11
punch 4K len=4K gmem=f expect=ok
attributes shared 0x40001000 len=4K expect=ok
access write 4K len=4K map=ram value=0x31
punch 12K len=4K gmem=f expect=ok
attributes shared 0x40003000 len=4K expect=ok
access write 12K len=4K map=ram value=0x31
punch 20K len=4K gmem=f expect=ok
attributes shared 0x40005000 len=4K expect=ok
access write 20K len=4K map=ram value=0x31
punch 28K len=4K gmem=f expect=ok
attributes shared 0x40007000 len=4K expect=ok
access write 28K len=4K map=ram value=0x31
barrier step
barrier step
attributes shared 0x40000000 len=2048K expect=ok
punch 0K len=2048K gmem=f expect=ok
# 4K at 4K
access write 0 len=2052K map=ram value=0x12
allocate 4K len=4K gmem=f expect=ok
attributes private 0x40001000 len=4K expect=ok
barrier step
barrier step
access read 4K len=4K map=ram expect=bytes:0x12
punch 4K len=4K gmem=f expect=ok
attributes shared 0x40001000 len=4K expect=ok
access write 4K len=4K map=ram value=0x32
barrier step
barrier step
attributes shared 0x40001000 len=4K expect=ok
punch 4K len=4K gmem=f expect=ok
# 2048K at 4K
access write 0 len=2052K map=ram value=0x13
allocate 4K len=2048K gmem=f expect=ok
attributes private 0x40001000 len=2048K expect=ok
barrier step
barrier step
access read 4K len=2048K map=ram expect=bytes:0x13
punch 4K len=4K gmem=f expect=ok
attributes shared 0x40001000 len=4K expect=ok
access write 4K len=4K map=ram value=0x33
punch 12K len=4K gmem=f expect=ok
attributes shared 0x40003000 len=4K expect=ok
access write 12K len=4K map=ram value=0x33
punch 20K len=4K gmem=f expect=ok
attributes shared 0x40005000 len=4K expect=ok
access write 20K len=4K map=ram value=0x33
punch 28K len=4K gmem=f expect=ok
attributes shared 0x40007000 len=4K expect=ok
access write 28K len=4K map=ram value=0x33
barrier step
barrier step
attributes shared 0x40001000 len=2048K expect=ok
punch 4K len=2048K gmem=f expect=ok
# 4K at 2048K
access write 0 len=2052K map=ram value=0x14
allocate 2048K len=4K gmem=f expect=ok
attributes private 0x40200000 len=4K expect=ok
barrier step
barrier step
access read 2048K len=4K map=ram expect=bytes:0x14
barrier step
barrier step
attributes shared 0x40200000 len=4K expect=ok
punch 2048K len=4K gmem=f expect=ok

[task vcpu0]
barrier step
touch private 0x40000000 4K write value=0x20 expect=ok
touch private 0x40000000 4K read expect=bytes:0x20
touch shared 0x40001000 4K read expect=bytes:0x10
barrier step
barrier step
touch private 0x40000000 4K read expect=bytes:0x20
barrier step
barrier step
touch private 0x40000000 2048K write value=0x21 expect=ok
touch private 0x40000000 2048K read expect=bytes:0x21
touch shared 0x40200000 4K read expect=bytes:0x11
barrier step
barrier step
touch shared 0x40001000 4K read expect=bytes:0x31
touch shared 0x40003000 4K read expect=bytes:0x31
touch shared 0x40005000 4K read expect=bytes:0x31
touch shared 0x40007000 4K read expect=bytes:0x31
touch private 0x40000000 4K read expect=bytes:0x21
touch private 0x40002000 4K read expect=bytes:0x21
touch private 0x40004000 4K read expect=bytes:0x21
touch private 0x40006000 4K read expect=bytes:0x21
barrier step
barrier step
touch private 0x40001000 4K write value=0x22 expect=ok
touch private 0x40001000 4K read expect=bytes:0x22
touch shared 0x40000000 4K read expect=bytes:0x12
touch shared 0x40002000 4K read expect=bytes:0x12
barrier step
barrier step
touch shared 0x40001000 4K read expect=bytes:0x32
barrier step
barrier step
touch private 0x40001000 2048K write value=0x23 expect=ok
touch private 0x40001000 2048K read expect=bytes:0x23
touch shared 0x40000000 4K read expect=bytes:0x13
barrier step
barrier step
touch shared 0x40001000 4K read expect=bytes:0x33
touch shared 0x40003000 4K read expect=bytes:0x33
touch shared 0x40005000 4K read expect=bytes:0x33
touch shared 0x40007000 4K read expect=bytes:0x33
touch private 0x40002000 4K read expect=bytes:0x23
touch private 0x40004000 4K read expect=bytes:0x23
touch private 0x40006000 4K read expect=bytes:0x23
touch private 0x40008000 4K read expect=bytes:0x23
barrier step
barrier step
touch private 0x40200000 4K write value=0x24 expect=ok
touch private 0x40200000 4K read expect=bytes:0x24
touch shared 0x401ff000 4K read expect=bytes:0x14
barrier step
barrier step
touch private 0x40200000 4K read expect=bytes:0x24
barrier step
