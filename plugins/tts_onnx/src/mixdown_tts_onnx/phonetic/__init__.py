"""From text to phonemes and back to words: what Kokoro and Piper share of their parent half."""
