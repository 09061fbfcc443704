"""The finished file to where it is used: LM Studio, Ollama, Llama.app and llama.cpp."""
