"""Lead intake: CSV leads in, deduplicated and enriched leads out."""
