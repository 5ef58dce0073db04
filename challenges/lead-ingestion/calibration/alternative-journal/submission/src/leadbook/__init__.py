"""A book of leads: CSV files come in, an enrichment provider and Clay add to it, a journal keeps it."""
