"""The workspace's database: tables, migrations, typed queries, backups and the vault."""
