"""What a person wants to be usual: language, places of files, format, size of texts."""
