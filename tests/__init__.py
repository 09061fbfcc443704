"""What the project is held to; README.md beside this says what lies where."""
