"""What a finished file says of itself, read back and compared with what its folder gives."""
