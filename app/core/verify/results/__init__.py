"""What was proved, as plain data, and how it is said: sentences, tables, JSON."""
