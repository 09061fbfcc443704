"""Tests of the proof of vocabulary and chats."""
