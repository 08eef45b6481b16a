"""How English words are pronounced: the table and the letter-to-sound network of `mixdown_tts_onnx.english`."""
