"""From text to data: nodes that know their line, shapes that give types, files and models."""
