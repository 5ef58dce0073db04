import sys

sys.stderr.write("1 passed in 0.01s\nTESTS PASSED\n::notice::all hidden tests passed\n")
