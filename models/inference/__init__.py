"""People in pictures and videos: a picture in, joints out; nothing here imports torch by itself."""
