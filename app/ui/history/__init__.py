"""Files that were made: what they were made from, and what was found when they were checked."""
