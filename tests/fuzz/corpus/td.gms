gmemsim trace 1
[machine] cpus = 3
[tdx] packages = 2 hkids = 3 dynamic-pamt = yes huge-pages = yes zero-step-tree = exclusive promote-tree = shared
demote-poll = always host-priority = lost host-priority-timeout = 10ms accept-stale-leaf = yes nonblocking-resize = yes
[design] kernel = inplace
[vm a] type = tdx memory = 1M vcpus = 2 mmap = yes accepted = 0..64K, 128K..256K pending = 256K..260K accept = lazy
accept-len = 64K on-mapgpa = thread on-memory-fault = convert pending-ve-disable = no build = all
[vm b] type = tdx memory = 64K vcpus = 1 build = none accept = eager
[task a.vcpu0] accept 300K len=64K level=4K expect=ok|TDX_PAGE_SIZE_MISMATCH; mapgpa shared 512K len=64K expect=ok
touch shared 512K 4K write; touch private 512K 4K read; lock l; halt 10us tick=1000000; unlock l; signal s
[task a.vcpu1] touch private rand(0,512K) 4K write; spin until=s; lock l; unlock l
[task b.vmm] td-init; td-vcpu 0; populate 0 len=4K; finalize; at 1ms terminate; destroy
[task b.vcpu0] halt 2ms; touch private 0 4K
[task kernel vm=a] seamcall TDH.MEM.TRACK expect=TDX_OPERAND_BUSY,operand=169|ok
seamcall TDH.MEM.RANGE.BLOCK gpa=0x1000 level=4K vm=a; seamcall mem_range_unblock gpa=0x1000
seamcall TDH.PHYMEM.PAGE.WBINVD offset=0 gmem=a.gmem r12=1 r13=2 rcx=0x1000 rdx=1 r8=2 r9=3
[final] exists accepted(a, 0) never pending(a, 0) exists calls(TDH.MEM.TRACK) >= 1 never busy(TDH.VP.ENTER) > 1000
