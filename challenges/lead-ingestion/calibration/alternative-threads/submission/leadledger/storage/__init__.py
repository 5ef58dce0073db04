"""SQLite in DATA_DIR, by way of SQLAlchemy Core."""
