"""The menu bar and its menus."""
