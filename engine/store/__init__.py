"""The workspace's database: its tables, how it is opened, and what is written and read in one piece."""
