"""What models are made of: each part holds all that one feature brings, and a family is its parts."""
