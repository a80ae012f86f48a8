"""Custom reports: document with history, panels, tables and charts, export."""
