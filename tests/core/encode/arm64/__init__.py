"""The library's functions as a Mac's processor computes them, in an emulator where there is one."""
