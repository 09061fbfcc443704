"""tokenizer_config.json of the sample tokenizer: its special tokens."""

SETTINGS = {"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"}
