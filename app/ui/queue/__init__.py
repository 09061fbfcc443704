"""What is converted and checked, one after the other, whatever model is open meanwhile."""
