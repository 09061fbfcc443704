"""Texts, chats and tokens: llama.cpp with the file against the folder's own tokenizer."""
