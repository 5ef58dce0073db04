"""A ledger of leads: what files, the provider and Clay said about each, and what follows from it."""
