"""The command. The brief says what it has to do; this is only where it starts."""

raise SystemExit("nothing is done yet")
