"""What a data set holds, and what a run has learnt and gets wrong."""
