"""Where files go, and what is asked before they are written."""
