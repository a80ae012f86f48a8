"""Custom reports as one builds them: the document with its history, panels, tables and charts, files."""
