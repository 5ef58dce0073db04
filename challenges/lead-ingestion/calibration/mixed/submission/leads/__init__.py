"""Lead ingestion service."""
