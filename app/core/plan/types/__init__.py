"""Which GGUF type each tensor gets."""
