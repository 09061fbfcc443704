"""What stands in the file's header."""
