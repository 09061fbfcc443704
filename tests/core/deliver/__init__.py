"""Arrival: files in programs of this machine, which stand-ins and llama.cpp itself play."""
