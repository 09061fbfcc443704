"""Comparisons with what llama.cpp's converter and quantizer made, and the scripts that keep it."""
