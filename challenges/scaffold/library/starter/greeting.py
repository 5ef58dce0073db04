"""The library. The brief says what it has to do; this is only where it starts."""
