"""One theme table, from which palette, style sheet, icons and canvas colours are drawn (look.md)."""
