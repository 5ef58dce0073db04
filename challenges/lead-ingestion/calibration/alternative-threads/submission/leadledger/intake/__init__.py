"""From an upload to entries in the ledger."""
