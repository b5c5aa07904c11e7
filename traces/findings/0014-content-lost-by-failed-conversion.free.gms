gmemsim trace 1
# As 0014: what can fail comes before the zap.
title = "the conversion failed, and the content is there"

[design]
kernel = hugetlb-plan

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M
private-zap = destroys

[task vcpu0]
touch private 0 4K write value=7 expect=ok
signal written
wait failed
touch private 0 4K read expect=bytes:7

[task vmm]
wait written
convert shared 0 len=4K expect=ENOMEM fail=hvo_restore
signal failed
