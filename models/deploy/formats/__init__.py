"""File formats of exported models, one file each: how it is written, and what runs it."""
