gmemsim trace 1 # v
title = "a \"b\" \\ c"  expect = deadlock , expect
[machine] cpus = 8 memory = 64G preempt = full scheduler = random hz = 1000 slice = 1.5ms
[design] kernel = hugetlb-wip locking = chunk:2M
[cost] include = spr-248 a = 1us
b = uniform(1us, 2us)  c = lognormal(median=1us, p99=4us) # c
[vm a] type = tdx memory = 8G vcpus = 4 backing = 2M init = private mmap = no
gmem ram size=4G backing=2M
gmem rom size=2M init=shared mmap=yes
slot 0 gpa=0 len=1G
slot 1 gpa=4G len=2M gmem=rom offset=0
[vm b] memory = 1G
[preamble warm] barrier go; for v in 0..3 { run v*1us+rand(1us,9us,2ns) }
[task a.vcpu0..vcpu3 cpu=0..3] use warm
for i in 0..62M step=2M { for j in 0..1 {
	at 10ms touch private rand(0,8K)+i+j*4K 4K write value=0x41 expect=bytes:7|EAGAIN,error_offset=2M@inplace
	repeat 3 until=done { spin until=done irqs-off; halt 1us }
	# inner
} }
lock l irqs-off; unlock l; mapgpa shared 1G len=1G; accept 0 len=2M level=4K
[task b.vmm process=other] create new size=2M backing=4K init=private mmap=yes flags=0x3
mmap 0 len=4K cow as=m; munmap m offset=0 len=4K; pin 0 len=4K longterm map=m as=p; unpin p
bind slot=5 gpa=8G offset=0 len=2M gmem=new; unbind slot=5; close new; destroy b
convert private 0 len=4K fail=attr_prealloc:2 expect=exit:memory_fault(flags=8,gpa=0)
advise zap 0 len=4K; signal done; wait done count=2; expect never mapped(a, 0)
[task kworker0 vm=a] lru-drain; speculative-ref 0 hold=1ms gmem=a.ram; seamcall TDH.MEM.PAGE.AUG rcx=1
[task nic kind=device vm=b] access read 0 len=4K
[final] never stall(guest) > 1s exists mapped(a, 0x3000) never hold(kvm->mmu_lock) >= 5ms
exists refcount(a.rom, 0) != 2
[schedule] engine = threads seed = 1 fingerprint = 0xff
tape = s0/2*3 v5/0 f0/2
tape = s1/3
# end
