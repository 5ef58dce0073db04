"""Lead intake: leads from CSV files and from Clay, merged by email, enriched, and passed on to Clay."""
