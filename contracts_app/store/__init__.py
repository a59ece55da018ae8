"""PostgreSQL: tables, the once-only transaction, one module per aggregate, views for reads, migrations."""
