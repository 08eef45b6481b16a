"""Text and SSML to utterances with offsets into the original: sentences, numbers, pauses."""
