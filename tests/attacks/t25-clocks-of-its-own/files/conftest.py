import clocks
