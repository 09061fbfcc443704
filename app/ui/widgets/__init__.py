"""Small parts that several rooms use."""
