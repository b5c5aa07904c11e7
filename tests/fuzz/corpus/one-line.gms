gmemsim trace 1
[vm v] memory=2M
[task vcpu0] repeat 2 { repeat 2 { run 1ns }; run 0 ; } ; run 1us