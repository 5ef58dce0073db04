"""Leads as a ledger: append what was said, compute what is shown."""
