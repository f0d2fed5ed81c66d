"""From phonemes and a style to sound, sentence by sentence, as a stream."""
